//! Folders that hold other people's files or build output: counted, not read.

/// Passed over wherever they stand.
#[rustfmt::skip]
const ALWAYS: &[&str] = &[
    ".angular", ".cache", ".git", ".gradle", ".hg", ".mypy_cache", ".next", ".nox", ".nuxt", ".parcel-cache", ".pnpm-store",
    ".pytest_cache", ".ruff_cache", ".svelte-kit", ".svn", ".terraform", ".tox", ".turbo", "Pods", "__pycache__",
    "bower_components", "jspm_packages", "node_modules",
];

/// Passed over beside one of these files, which shows what the folder is.
const BESIDE: &[(&str, &[&str])] = &[
    ("vendor", &["go.mod", "composer.json", "Gemfile"]),
    ("target", &["Cargo.toml", "pom.xml"]),
    ("_build", &["mix.exs"]),
    ("deps", &["mix.exs"]),
];

/// Passed over below a folder of that name.
const BELOW: &[(&str, &str)] = &[(".yarn", "cache"), (".yarn", "unplugged")];

/// A file that marks the folder around it as one to pass over.
pub(crate) const MARK: &str = "pyvenv.cfg";

/// Whether the folder `name` is passed over, by its name, its parent's name and the files beside it.
pub(crate) fn passed_over(parent: &str, name: &str, beside: impl Fn(&str) -> bool) -> bool {
    ALWAYS.contains(&name)
        || BELOW.contains(&(parent, name))
        || BESIDE.iter().any(|(folder, marks)| *folder == name && marks.iter().any(|m| beside(m)))
}

/// Whether a name promises a secret. Such a file is read even inside a folder that is passed over, if somebody committed it.
pub(crate) fn secret_like(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with(".env")
        || name.starts_with("id_rsa")
        || name.starts_with("id_ed25519")
        || name.contains(".tfstate")
        || [".pem", ".key", ".env", ".p12", ".pfx", ".jks"].iter().any(|end| name.ends_with(end))
}
