//! Parts: the folders of source that services run, and the language each is written in.

use std::collections::BTreeMap;

use plimsoll_base::Location;
use plimsoll_facts::folder_of;
use plimsoll_facts::repository::SourceFile;
use plimsoll_facts::Language;

use crate::system::System;

/// A language of a part, as far as checkers of style and types care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeLanguage(Language);

impl CodeLanguage {
    /// As people write it.
    pub fn word(self) -> &'static str {
        match self.0 {
            Language::TypeScript => "TypeScript",
            Language::JavaScript => "JavaScript",
            Language::Vue => "Vue",
            Language::Svelte => "Svelte",
            Language::Astro => "Astro",
            Language::Python => "Python",
            Language::Go => "Go",
            Language::Rust => "Rust",
            Language::Java => "Java",
            Language::Kotlin => "Kotlin",
            Language::Scala => "Scala",
            Language::CSharp => "C#",
            Language::FSharp => "F#",
            Language::Ruby => "Ruby",
            Language::Php => "PHP",
            Language::Elixir => "Elixir",
            Language::Swift => "Swift",
            Language::Dart => "Dart",
            Language::Haskell => "Haskell",
            Language::C | Language::Cpp => "C++",
            _ => "its language",
        }
    }
    /// Whether a compiler checks its types.
    pub fn compiled(self) -> bool {
        matches!(
            self.0,
            Language::Go | Language::Rust | Language::Java | Language::Kotlin | Language::Scala | Language::CSharp | Language::FSharp | Language::Swift | Language::Dart | Language::Haskell | Language::C | Language::Cpp
        )
    }
    /// Whether a checker, named by a technology or a command, is made for this language; checkers of no known language serve all.
    pub fn checked_by(self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let has = |list: &[&str]| list.iter().any(|w| words.contains(w));
        let web = has(&["eslint", "biome", "oxlint", "prettier", "tsc", "vue", "svelte", "standard", "xo", "tslint", "next", "jshint", "stylelint", "typescript", "flow", "dprint"]);
        let python = has(&["ruff", "flake8", "pylint", "black", "isort", "mypy", "pyright", "basedpyright", "pyre", "pytype", "pycodestyle", "autopep8", "yapf", "bandit"]);
        match self.0 {
            Language::TypeScript | Language::JavaScript | Language::Vue | Language::Svelte | Language::Astro => web,
            Language::Python => python,
            Language::Go => has(&["golangci", "gofmt", "gofumpt", "staticcheck", "vet", "golint", "goimports", "revive"]),
            Language::Rust => has(&["clippy", "rustfmt", "fmt"]),
            Language::Java | Language::Kotlin | Language::Scala => has(&["checkstyle", "spotless", "ktlint", "pmd", "spotbugs", "detekt", "scalafmt", "google", "errorprone", "sonar"]),
            Language::CSharp | Language::FSharp => has(&["dotnet", "csharpier", "stylecop", "roslyn", "resharper"]),
            Language::Ruby => has(&["rubocop", "standardrb", "standard", "sorbet", "steep", "reek"]),
            Language::Php => has(&["phpcs", "phpcbf", "pint", "php", "phpstan", "psalm", "phan", "ecs", "codesniffer"]),
            Language::Elixir => has(&["credo", "mix", "dialyzer", "dialyxir"]),
            _ => !web && !python,
        }
    }
}

impl System {
    /// The parts: each owned service's source folder with the service's name, each folder once; without services, each package root.
    pub fn parts(&self) -> Vec<(String, String)> {
        let mut parts: Vec<(String, String)> = Vec::new();
        for service in self.owned() {
            let folder = match service.source_folder(self) {
                Some(folder) => folder,
                None => service.packages(self).first().map(|p| p.folder.clone()).unwrap_or_default(),
            };
            if !parts.iter().any(|(_, f)| *f == folder) {
                parts.push((service.name.clone(), folder));
            }
        }
        if parts.is_empty() {
            for package in self.packages().iter().filter(|p| p.product && p.workspace_root.is_none()) {
                if !parts.iter().any(|(_, f)| *f == package.folder) {
                    parts.push((if package.folder.is_empty() { "root".to_owned() } else { package.folder.clone() }, package.folder.clone()));
                }
            }
        }
        parts
    }

    /// Product sources below a folder that belong to no other part below it, in order.
    pub fn sources_below(&self, folder: &str) -> Vec<&SourceFile> {
        let within = |path: &str, folder: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let inner: Vec<String> = self.parts().into_iter().map(|(_, f)| f).filter(|f| f != folder && within(&format!("{f}/"), folder)).collect();
        self.sources()
            .iter()
            .filter(|s| s.role == plimsoll_facts::Role::Product && counts(s.language) && within(&s.path, folder) && !inner.iter().any(|f| within(&s.path, f)))
            .collect()
    }

    /// The language that most bytes of a part are written in.
    pub fn main_language(&self, folder: &str) -> Option<CodeLanguage> {
        let mut bytes: BTreeMap<Language, u64> = BTreeMap::new();
        for source in self.sources_below(folder) {
            *bytes.entry(source.language).or_default() += source.size;
        }
        bytes.into_iter().max_by_key(|(language, size)| (*size, std::cmp::Reverse(*language))).map(|(language, _)| CodeLanguage(language))
    }

    /// Whether TypeScript is strict in a part, and where that is decided; none without a `tsconfig.json` in or above it.
    pub fn typescript_strict(&self, folder: &str) -> Option<(bool, Location)> {
        let mut at = folder.to_owned();
        loop {
            let path = if at.is_empty() { "tsconfig.json".to_owned() } else { format!("{at}/tsconfig.json") };
            if let Some(file) = self.file(&path)
                && let Some(root) = file.root()
            {
                return Some(match root.path(&["compilerOptions", "strict"]) {
                    Some(strict) => (strict.as_bool() == Some(true), file.at(strict.span)),
                    // A base configuration may switch it on; every published base does.
                    None => (root.get("extends").is_some(), file.whole()),
                });
            }
            if at.is_empty() {
                return None;
            }
            at = folder_of(&at).to_owned();
        }
    }
}

/// Markup, style and schema languages are no code that is linted or typed here.
fn counts(language: Language) -> bool {
    !matches!(language, Language::Css | Language::Html | Language::GraphQl | Language::Protobuf | Language::Prisma | Language::Nix | Language::Jsonnet | Language::Cue | Language::Starlark)
}
