//! Env files, their templates, and the variables that sources read.

use std::sync::LazyLock;

use plimsoll_base::{Problem, Span};
use plimsoll_discover::{Format, Language, Role};
use plimsoll_syntax::{decode, dotenv};
use regex::bytes::Regex;

use crate::gather::problem;
use crate::library::{Held, Library};
use crate::pattern::pattern;
use crate::repository::{EnvEntry, EnvFile, EnvRead};

/// Whether a file's name makes it a template of an env file.
pub fn is_template(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("env")
        && ["example", "sample", "template", "dist", "tpl", "default", "defaults", "skel"]
            .iter()
            .any(|w| name.split(['.', '-', '_']).any(|p| p == *w))
}

/// Env files and templates, in the tree's order.
pub(crate) fn env_files(library: &Library, problems: &mut Vec<Problem>) -> Vec<EnvFile> {
    let mut found = Vec::new();
    for file in library.files() {
        let template = is_template(file.name());
        let dotenv_like =
            file.format == Format::Dotenv || (template && matches!(file.format, Format::Other | Format::PlainText | Format::Template));
        if !dotenv_like || matches!(file.role, Role::Vendored | Role::Generated) {
            continue;
        }
        let Some(bytes) = file.bytes.as_deref() else {
            if file.size == 0 {
                found.push(EnvFile {
                    file: file.id,
                    path: file.path.clone(),
                    template,
                    entries: vec![],
                    tracked: file.tracked,
                    ignored: file.ignored,
                });
            }
            continue;
        };
        let parsed = dotenv(bytes);
        if !template {
            problems.extend(parsed.issues.into_iter().take(3).map(|i| problem(file.id, i)));
        }
        let entries = parsed
            .value
            .into_iter()
            .map(|e| EnvEntry {
                name: e.key.to_string(),
                value: e.value.to_string(),
                at: file.at(Span { start: e.key_span.start, end: e.value_span.end.max(e.key_span.end) }),
                commented: e.commented,
            })
            .collect();
        found.push(EnvFile { file: file.id, path: file.path.clone(), template, entries, tracked: file.tracked, ignored: file.ignored });
    }
    found
}

/// The forms in which sources read variables: language, words of which every match holds one, pattern (group 1 is the name), and whether
/// a default stands in the match. A pattern is compiled for the first file with such a word, which costs more than to read most files.
struct Form {
    languages: &'static [Language],
    words: &'static [&'static str],
    pattern: LazyLock<Regex>,
}

macro_rules! form {
    ([$($l:ident),*], [$($w:literal),*], $p:literal) => {
        Form { languages: &[$(Language::$l),*], words: &[$($w),*], pattern: LazyLock::new(|| pattern($p)) }
    };
}

static FORMS: [Form; 18] = [
    form!(
        [JavaScript, TypeScript, Vue, Svelte, Astro],
        [".env.", ".env?."],
        r#"(?:process|Bun|import\.meta)\.env(?:\.|\?\.)([A-Z_][A-Z0-9_]*)(\s*(?:\|\||\?\?))?"#
    ),
    form!(
        [JavaScript, TypeScript, Vue, Svelte, Astro],
        ["process.env["],
        r#"process\.env\[\s*['"`]([A-Za-z_][A-Za-z0-9_]*)['"`]\s*\](\s*(?:\|\||\?\?))?"#
    ),
    form!(
        [JavaScript, TypeScript],
        ["env.get", "onfigService.get", "onfig.get"],
        r#"(?:Deno\.env\.get|configService\.get(?:OrThrow)?(?:<[^>]*>)?|config\.get(?:OrThrow)?(?:<[^>]*>)?)\(\s*['"`]([A-Z][A-Z0-9_]+)['"`](\s*,)?"#
    ),
    form!([JavaScript, TypeScript, Svelte], ["env."], r#"\benv\.([A-Z][A-Z0-9_]{2,})\b(\s*(?:\|\||\?\?))?"#),
    form!(
        [Python],
        ["environ.get(", "environ[", "environ.setdefault("],
        r#"(?:os\.)?environ(?:\.get\(|\[|\.setdefault\()\s*['"]([A-Za-z_][A-Za-z0-9_]*)['"](\s*,)?"#
    ),
    form!([Python], ["getenv("], r#"\b(?:os\.)?getenv\(\s*['"]([A-Za-z_][A-Za-z0-9_]*)['"](\s*,)?"#),
    form!(
        [Python],
        [
            "config(",
            "env(",
            "env_",
            "envstr(",
            "envbool(",
            "envint(",
            "envfloat(",
            "envlist(",
            "envdict(",
            "envsecret(",
            "envstring(",
            "envvar(",
            "envor_none(",
            "env."
        ],
        r#"\b(?:config|env_?(?:str|bool|int|float|list|dict|secret|string|var|or_none)?|env\.(?:str|bool|int|float|list|dict|url|db|json|path|cache|get_value))\(\s*['"]([A-Z][A-Z0-9_]+)['"](\s*,)?"#
    ),
    form!([Go], ["os.Getenv(", "os.LookupEnv("], r#"os\.(?:Getenv|LookupEnv)\(\s*"([A-Za-z_][A-Za-z0-9_]*)"()"#),
    form!([Go], ["env:\""], r#"`[^`]*\benv:"([A-Z][A-Z0-9_]+)[,"]()"#),
    form!([Go], ["etenv", "etEnv"], r#"\b[gG]et[eE]nv\w*\(\s*"([A-Z][A-Z0-9_]+)"(\s*,)?"#),
    form!([Rust], ["env::var"], r#"env::var(?:_os)?\(\s*"([A-Za-z_][A-Za-z0-9_]*)"()"#),
    form!([Ruby], ["ENV.fetch(", "ENV["], r#"ENV(?:\.fetch\(\s*|\[\s*)['"]([A-Za-z_][A-Za-z0-9_]*)['"](\s*,)?"#),
    form!([Php], ["env("], r#"\b(?:env|getenv)\(\s*['"]([A-Za-z_][A-Za-z0-9_]*)['"](\s*,)?"#),
    form!([Php], ["$_ENV[", "$_SERVER["], r#"\$_(?:ENV|SERVER)\[\s*['"]([A-Z][A-Z0-9_]*)['"]()"#),
    form!([Java, Kotlin, Scala, Groovy], ["System.getenv("], r#"System\.getenv\(\s*"([A-Za-z_][A-Za-z0-9_]*)"()"#),
    form!([Java, Kotlin, Scala], ["@Value("], r#"@Value\(\s*"\$\{([A-Z][A-Z0-9_]*)(:)?"#),
    form!([CSharp, FSharp], ["GetEnvironmentVariable("], r#"GetEnvironmentVariable\(\s*"([A-Za-z_][A-Za-z0-9_]*)"()"#),
    form!([Elixir], ["System.get_env(", "System.fetch_env"], r#"System\.(?:get_env|fetch_env!?)\(\s*"([A-Za-z_][A-Za-z0-9_]*)"(\s*,)?"#),
];

static SETTINGS_CLASS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^class\s+\w+\([^)]*BaseSettings[^)]*\)\s*:"));
static SETTINGS_FIELD: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t]+([A-Za-z][A-Za-z0-9_]*)[ \t]*:[^\n=]+(=)?"));

/// Variables that a source file reads, each once per file.
pub(crate) fn env_reads(held: &Held, language: Language, bytes: &[u8]) -> Vec<EnvRead> {
    // The words that every form holds; most files hold none of them and cost one search.
    let may = [&b"env"[..], b"ENV", b"Env", b"config", b"BaseSettings"].iter().any(|w| memchr::memmem::find(bytes, w).is_some());
    if !may || !held.product() {
        return Vec::new();
    }
    let text = decode(bytes).0;
    let mut found: Vec<EnvRead> = Vec::new();
    let mut add = |name: &str, start: usize, defaulted: bool| {
        if !found.iter().any(|r| r.name == name) {
            found.push(EnvRead {
                name: name.to_owned(),
                at: held.at(Span::new(start, start + name.len())),
                path: held.path.clone(),
                defaulted,
            });
        }
    };
    let possible = |form: &&Form| {
        form.languages.contains(&language) && form.words.iter().any(|w| memchr::memmem::find(text.as_bytes(), w.as_bytes()).is_some())
    };
    for form in FORMS.iter().filter(possible) {
        for captures in form.pattern.captures_iter(text.as_bytes()) {
            let Some((name, start)) = captures.get(1).and_then(|m| Some((text.get(m.range())?, m.start()))) else { continue };
            add(name, start, captures.get(2).is_some_and(|d| !d.is_empty()));
        }
    }
    if matches!(language, Language::JavaScript | Language::TypeScript) {
        for (start, list) in destructured(&text) {
            for part in list.split(',') {
                let name = part.split([':', '=']).next().unwrap_or(part).trim();
                if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                    add(name, start, part.contains('='));
                }
            }
        }
    }
    if language == Language::Python {
        for class in SETTINGS_CLASS.find_iter(text.as_bytes()) {
            let body = &text[class.end()..];
            let end = body
                .match_indices('\n')
                .find(|(i, _)| body[i + 1..].chars().next().is_some_and(|c| !c.is_whitespace() && c != '#'))
                .map_or(body.len(), |(i, _)| i);
            for captures in SETTINGS_FIELD.captures_iter(&body.as_bytes()[..end]) {
                let Some((name, start)) = captures.get(1).and_then(|m| Some((body.get(m.range())?, m.start()))) else { continue };
                if !matches!(name, "model_config" | "return" | "def" | "class" | "else" | "if" | "for" | "try") {
                    add(&name.to_ascii_uppercase(), class.end() + start, captures.get(2).is_some());
                }
            }
        }
    }
    found
}

/// The lists of names that are taken out of `process.env` in one statement, with their places: `{ A, B = 1 } = process.env`.
///
/// Read backwards from the word: a pattern for a bounded list would be many times as large as all the others together.
fn destructured(text: &str) -> impl Iterator<Item = (usize, &str)> {
    const LONGEST: usize = 2000;
    text.match_indices("process.env").filter_map(|(at, word)| {
        let after = text[at + word.len()..].chars().next();
        if after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            return None;
        }
        let list = text[..at].trim_end().strip_suffix('=')?.trim_end().strip_suffix('}')?;
        let mut floor = list.len().saturating_sub(LONGEST + 1);
        while !list.is_char_boundary(floor) {
            floor += 1;
        }
        let open = list[floor..].rfind(['{', '}'])? + floor;
        (list.as_bytes()[open] == b'{' && open + 1 < list.len()).then(|| (open + 1, &list[open + 1..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(language: Language, text: &str) -> Vec<String> {
        let held = Held::source("src/a", language);
        env_reads(&held, language, text.as_bytes())
            .into_iter()
            .map(|r| format!("{}{}", r.name, if r.defaulted { "=" } else { "" }))
            .collect()
    }

    /// The table of forms: each with its example.
    #[test]
    fn every_form_is_recognised() {
        assert_eq!(reads(Language::TypeScript, "const a = process.env.API_KEY || 'x'; process.env['B']"), ["API_KEY=", "B"]);
        assert_eq!(reads(Language::JavaScript, "const { PORT = 3000, HOST: host } = process.env"), ["PORT=", "HOST"]);
        assert_eq!(reads(Language::Python, "os.environ['A']; os.getenv(\"B\", 'x'); os.environ.get('C')"), ["A", "C", "B="]);
        assert_eq!(
            reads(Language::Python, "class S(BaseSettings):\n    db_url: str\n    debug: bool = False\n\nx: int = 1\n"),
            ["DB_URL", "DEBUG="]
        );
        assert_eq!(reads(Language::Go, "os.Getenv(\"A\")"), ["A"]);
        assert_eq!(reads(Language::Rust, "std::env::var(\"A\")"), ["A"]);
        assert_eq!(reads(Language::Ruby, "ENV.fetch('A', 1); ENV[\"B\"]"), ["A=", "B"]);
        assert_eq!(reads(Language::Php, "env('A', 'x')"), ["A="]);
        assert_eq!(reads(Language::Java, "System.getenv(\"A\")"), ["A"]);
        assert_eq!(reads(Language::CSharp, "Environment.GetEnvironmentVariable(\"A\")"), ["A"]);
        assert_eq!(reads(Language::Elixir, "System.get_env(\"A\")"), ["A"]);
    }

    #[test]
    fn templates_are_told_by_their_names() {
        for name in [".env.example", "env.sample", ".env.production.template", ".env.dist"] {
            assert!(is_template(name), "{name}");
        }
        for name in [".env", ".env.production", "environment.ts"] {
            assert!(!is_template(name), "{name}");
        }
    }
}
