//! How a file's syntax bears on reading values from it. This is syntax, not role: whether the file matters is the caller's question.

/// The ways in which a literal may stand behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A programming language: only quoted literals are values.
    Source,
    /// Quoted values only, but a configuration: JSON, HCL, XML attributes.
    Quoted,
    /// A configuration with bare values: YAML, properties, env files, INI.
    Plain,
    /// A shell script or Makefile: bare words up to a blank or an operator.
    Shell,
    /// A Dockerfile.
    Docker,
    /// Prose with values in it.
    Prose,
    /// Generated lists of checksums, and translations: only formats are looked for.
    Lock,
}

impl Kind {
    /// Of the file at `path`, by its name alone.
    pub(crate) fn of(path: &str) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
        if is_lock(&name) {
            return Self::Lock;
        }
        if name.starts_with("dockerfile") || name.starts_with("containerfile") || name.ends_with(".dockerfile") {
            return Self::Docker;
        }
        if name.starts_with(".env") && name != ".envrc" {
            return Self::Plain;
        }
        if name.starts_with("makefile") || name == "justfile" || name == "procfile" || name == ".envrc" {
            return Self::Shell;
        }
        // A template is read as what it becomes.
        if let Some((stem, "example" | "sample" | "template" | "dist" | "bak" | "orig" | "old")) = name.rsplit_once('.') {
            return Self::of(stem);
        }
        let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
        if matches!(extension, "json" | "yml" | "yaml" | "properties" | "po" | "arb" | "xml") && is_translation(path) {
            return Self::Lock;
        }
        match extension {
            "sh" | "bash" | "zsh" | "fish" | "ksh" | "ps1" | "bat" | "cmd" | "mk" => Self::Shell,
            "json" | "jsonc" | "json5" | "tf" | "hcl" | "tfvars" | "tfstate" | "ipynb" | "bicep" | "webmanifest" => Self::Quoted,
            "xml" | "config" | "csproj" | "props" | "plist" | "toml" | "sql" | "graphql" => Self::Quoted,
            "md" | "markdown" | "mdx" | "rst" | "txt" | "adoc" | "html" | "htm" | "csv" | "tsv" | "svg" | "log" => Self::Prose,
            "rs" | "py" | "pyi" | "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" | "vue" | "svelte" | "astro" => Self::Source,
            "go" | "java" | "kt" | "kts" | "scala" | "groovy" | "gradle" | "cs" | "vb" | "fs" | "rb" | "rake" | "ru" | "gemspec"
            | "php" | "pl" | "pm" => Self::Source,
            "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "m" | "mm" | "swift" | "dart" | "ex" | "exs" | "erl" => Self::Source,
            "clj" | "lua" | "r" | "jl" | "nim" | "zig" | "hs" | "ml" | "css" | "scss" | "less" | "proto" | "asm" | "s" => Self::Source,
            "jinja" | "j2" | "tpl" | "tmpl" | "erb" | "ejs" | "hbs" | "cshtml" | "razor" | "sol" | "v" | "pyx" | "d" | "def" => {
                Self::Source
            }
            _ => Self::Plain,
        }
    }

    /// Whether a value may stand without quotes.
    pub(crate) fn bare_values(self) -> bool {
        matches!(self, Self::Plain | Self::Shell | Self::Docker | Self::Prose)
    }
}

/// Texts for people: there "password" is followed by the word for it.
fn is_translation(path: &str) -> bool {
    path.split(['/', '\\'])
        .rev()
        .skip(1)
        .any(|part| matches!(part, "locales" | "locale" | "i18n" | "intl" | "lang" | "langs" | "translations" | "l10n"))
}

fn is_lock(name: &str) -> bool {
    matches!(
        name,
        "package-lock.json"
            | "npm-shrinkwrap.json"
            | "pnpm-lock.yaml"
            | "go.sum"
            | "packages.lock.json"
            | "bun.lockb"
            | "gradle.lockfile"
            | "cargo_vcs_info.json"
    ) || name.ends_with(".lock")
        || name.ends_with(".lock.hcl")
        || name.ends_with(".map")
        || name.ends_with(".min.js")
        || name.ends_with(".min.css")
}
