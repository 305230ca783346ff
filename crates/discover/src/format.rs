//! What a file holds, told by its name; only a nameless kind of file is told by its first bytes.

use crate::kinds;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the formats' own")]
pub enum Format {
    Dockerfile,
    Yaml,
    Json,
    JsonWithComments,
    Toml,
    Xml,
    /// `KEY=value` lines for a process's environment.
    Dotenv,
    /// Terraform, OpenTofu, Packer, Nomad and others.
    Hcl,
    Nginx,
    /// Some other server's or tool's own configuration language.
    Conf,
    Markdown,
    RestructuredText,
    PlainText,
    Csv,
    Shell,
    Makefile,
    Sql,
    /// A programming language.
    Source(Language),
    Properties,
    Ini,
    /// Patterns of files to leave out: git's, Docker's, Helm's.
    Ignore,
    /// Resolved dependencies.
    Lockfile(Lockfile),
    Log,
    /// A certificate or a key as text.
    KeyMaterial,
    Image,
    Archive,
    Binary,
    Notebook,
    /// A text with holes, filled by some template engine.
    Template,
    Other,
}

/// A programming language (markup and schema languages of applications included).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the languages' own")]
pub enum Language {
    Astro,
    C,
    Cpp,
    CSharp,
    Clojure,
    Css,
    Cue,
    Dart,
    Elixir,
    Erlang,
    FSharp,
    Go,
    GraphQl,
    Groovy,
    Haskell,
    Html,
    Java,
    JavaScript,
    Jsonnet,
    Kotlin,
    Lua,
    Nix,
    ObjectiveC,
    Perl,
    Php,
    PowerShell,
    Prisma,
    Protobuf,
    Python,
    R,
    Rego,
    Ruby,
    Rust,
    Scala,
    Solidity,
    Starlark,
    Svelte,
    Swift,
    TypeScript,
    Vue,
    Zig,
}

/// Whose lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the tools' own")]
pub enum Lockfile {
    Bun,
    Bundler,
    Cargo,
    CocoaPods,
    Composer,
    Deno,
    Go,
    Gradle,
    Helm,
    Mix,
    Nix,
    Npm,
    NuGet,
    Pdm,
    Pipenv,
    Pixi,
    Pnpm,
    Poetry,
    Pub,
    Swift,
    Terraform,
    Uv,
    Yarn,
}

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 2 << 20;
/// The largest lock file that is read: they are long by nature, and every line counts.
pub const MAX_LOCKFILE_BYTES: u64 = 16 << 20;

impl Format {
    /// What a file of that path holds, as far as its name tells. [`Format::Other`] may be told from the bytes by [`Format::sniffed`].
    pub fn of(path: &str) -> Format {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let name = without_backup_mark(name);
        let lower = name.to_ascii_lowercase();
        if let Some(format) = kinds::named(&lower) {
            return format;
        }
        if let Some(format) = dockerfile(name, &lower).or_else(|| dotenv(&lower)) {
            return format;
        }
        if let Some(format) = kinds::starting(&lower).or_else(|| kinds::ending(&lower)) {
            return format;
        }
        let plain = without_sample_mark(&lower);
        let Some((stem, extension)) = plain.rsplit_once('.') else {
            return if plain.len() < lower.len() { Format::of(plain) } else { Format::Other };
        };
        let format = kinds::extension(extension).unwrap_or(Format::Other);
        match format {
            Format::Conf if is_nginx(folder, stem) => Format::Nginx,
            Format::Json if folder.rsplit('/').next() == Some(".vscode") => Format::JsonWithComments,
            Format::Other if plain.len() < lower.len() => kinds::named(plain).unwrap_or(Format::Other),
            format => format,
        }
    }

    /// What the bytes say of a file whose name says nothing; any other format stays what it is.
    pub fn sniffed(self, bytes: &[u8]) -> Format {
        if self == Format::Other { kinds::sniff(bytes) } else { self }
    }

    /// Whether it is text that some reader may want.
    pub fn is_text(self) -> bool {
        !matches!(self, Format::Image | Format::Archive | Format::Binary)
    }

    /// The largest file of this format that is read, in bytes.
    pub fn limit(self) -> u64 {
        if matches!(self, Format::Lockfile(_)) { MAX_LOCKFILE_BYTES } else { MAX_FILE_BYTES }
    }

    /// The language, for source code.
    pub fn language(self) -> Option<Language> {
        if let Format::Source(language) = self { Some(language) } else { None }
    }
}

/// `Dockerfile`, `Dockerfile.prod`, `api.Dockerfile`, `Containerfile`; not `Dockerfile.md`, not `dockerfile.go`.
fn dockerfile(name: &str, lower: &str) -> Option<Format> {
    if lower.ends_with(".dockerfile") || lower.ends_with(".containerfile") {
        return Some(Format::Dockerfile);
    }
    let (capital, rest) =
        ["dockerfile", "containerfile"].iter().find_map(|stem| Some((name.starts_with(['D', 'C']), lower.strip_prefix(stem)?)))?;
    let extension = rest.rsplit_once('.').map(|(_, e)| e);
    let by_extension = extension.and_then(kinds::extension);
    match (rest.chars().next(), by_extension) {
        (None, _) => Some(Format::Dockerfile),
        // With a capital and straight after the dot, a language is the name of a stage or service: `Dockerfile.go`.
        (Some('.'), Some(Format::Source(_))) if capital && rest.matches('.').count() == 1 => Some(Format::Dockerfile),
        (_, Some(_)) => None,
        (Some('.' | '-' | '_'), None) if extension != Some("dockerignore") => Some(Format::Dockerfile),
        (Some(c), None) if extension.is_none() && c.is_ascii_alphanumeric() && capital => Some(Format::Dockerfile),
        _ => None,
    }
}

/// Words that follow `env.` in the name of an environment file; `env.ts` is source.
#[rustfmt::skip]
const ENVIRONMENTS: &[&str] = &[
    "ci", "default", "defaults", "dev", "development", "dist", "docker", "example", "live", "local", "preprod", "preview", "prod",
    "production", "qa", "sample", "stage", "staging", "template", "test", "testing", "uat",
];

fn dotenv(lower: &str) -> Option<Format> {
    if lower == ".env" || lower.ends_with(".env") {
        return Some(Format::Dotenv);
    }
    if let Some(rest) = lower.strip_prefix(".env.").or_else(|| lower.strip_prefix(".env-")).or_else(|| lower.strip_prefix(".env_")) {
        let by_extension = rest.rsplit('.').next().and_then(kinds::extension);
        // The last word is an environment's or a service's name (`.env.db`) unless it can only be a file format.
        return Some(match by_extension {
            Some(Format::Source(Language::JavaScript | Language::TypeScript | Language::Python | Language::Php | Language::Ruby)) => {
                by_extension?
            }
            Some(Format::Template | Format::Markdown | Format::Yaml | Format::Json | Format::Toml | Format::Shell) => by_extension?,
            _ if rest.ends_with(".gpg") || rest.ends_with(".age") || rest == "gpg" || rest == "age" => Format::Binary,
            _ => Format::Dotenv,
        });
    }
    let mut words = lower.strip_prefix("env.")?.split('.');
    words.all(|w| ENVIRONMENTS.contains(&w)).then_some(Format::Dotenv)
}

fn is_nginx(folder: &str, stem: &str) -> bool {
    let hint = |s: &str| s.to_ascii_lowercase().contains("nginx");
    stem.contains("nginx") || folder.split('/').any(hint)
}

/// The name without the mark of a copy, so that `compose.yml.bak` is still YAML.
pub(crate) fn without_backup_mark(name: &str) -> &str {
    let mut name = name;
    while let Some(shorter) = name.strip_suffix('~').or_else(|| {
        let (stem, mark) = name.rsplit_once('.')?;
        ["bak", "orig", "old", "save", "backup", "rej", "swp"].iter().any(|m| mark.eq_ignore_ascii_case(m)).then_some(stem)
    }) {
        if shorter.is_empty() || shorter.trim_start_matches('.').is_empty() {
            break;
        }
        name = shorter;
    }
    name
}

fn without_sample_mark(lower: &str) -> &str {
    ["example", "sample", "dist", "template"]
        .iter()
        .find_map(|mark| lower.strip_suffix(mark)?.strip_suffix('.'))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(lower)
}
