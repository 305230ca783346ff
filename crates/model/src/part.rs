//! Parts: the folders of source that services run, and the language each is written in.

use std::collections::BTreeMap;

use plimsoll_base::Location;
use plimsoll_facts::Language;
use plimsoll_facts::folder_of;
use plimsoll_facts::repository::{SourceFile, TestFile, TestKind};
use plimsoll_facts::technology::{Sign, SignSource};

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
            Language::Go
                | Language::Rust
                | Language::Java
                | Language::Kotlin
                | Language::Scala
                | Language::CSharp
                | Language::FSharp
                | Language::Swift
                | Language::Dart
                | Language::Haskell
                | Language::C
                | Language::Cpp
        )
    }
    /// Whether it runs without a compiler that checks its types.
    pub fn scripted(self) -> bool {
        matches!(
            self.0,
            Language::TypeScript
                | Language::JavaScript
                | Language::Vue
                | Language::Svelte
                | Language::Astro
                | Language::Python
                | Language::Ruby
                | Language::Php
                | Language::Elixir
        )
    }
    /// Whether it is of the family that runs in browsers and on Node.
    pub fn web(self) -> bool {
        matches!(self.0, Language::TypeScript | Language::JavaScript | Language::Vue | Language::Svelte | Language::Astro)
    }
    /// Whether a test runner of that name can run tests of this language; runners of no known language serve all.
    pub fn tested_by(self, runner: &str) -> bool {
        let runner = runner.to_ascii_lowercase();
        let named = |list: &[&str]| list.iter().any(|w| runner.contains(w));
        let web = named(&["jest", "vitest", "mocha", "ava", "node test", "bun test", "deno"]);
        let python = named(&["pytest", "unittest", "tox"]);
        let jvm = named(&["gradle", "maven"]);
        let other = [(Language::Go, "go test"), (Language::Rust, "cargo"), (Language::Php, "phpunit"), (Language::Elixir, "exunit")];
        let known = web || python || jvm || named(&["dotnet", "minitest", "rspec", "go test", "cargo", "phpunit", "exunit"]);
        match self.0 {
            _ if !known => true,
            _ if self.web() => web,
            Language::Python => python,
            Language::Java | Language::Kotlin | Language::Scala => jvm,
            Language::CSharp | Language::FSharp => named(&["dotnet"]),
            Language::Ruby => named(&["minitest", "rspec"]),
            own => other.iter().any(|(language, word)| *language == own && runner.contains(word)),
        }
    }
    /// Whether a checker, named by a technology or a command, is made for this language; checkers of no known language serve all.
    pub fn checked_by(self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let has = |list: &[&str]| list.iter().any(|w| words.contains(w));
        if has(&["super", "megalinter", "mega", "trunk"]) {
            return true;
        }
        let web = has(&[
            "eslint",
            "biome",
            "oxlint",
            "prettier",
            "tsc",
            "vue",
            "svelte",
            "standard",
            "xo",
            "tslint",
            "next",
            "jshint",
            "stylelint",
            "typescript",
            "flow",
            "dprint",
        ]);
        let python = has(&[
            "ruff",
            "flake8",
            "pylint",
            "black",
            "isort",
            "mypy",
            "pyright",
            "basedpyright",
            "pyre",
            "pytype",
            "pycodestyle",
            "autopep8",
            "yapf",
            "bandit",
        ]);
        match self.0 {
            Language::TypeScript | Language::JavaScript | Language::Vue | Language::Svelte | Language::Astro => web,
            Language::Python => python,
            Language::Go => has(&["golangci", "gofmt", "gofumpt", "staticcheck", "vet", "golint", "goimports", "revive"]),
            Language::Rust => has(&["clippy", "rustfmt", "fmt"]),
            Language::Java | Language::Kotlin | Language::Scala => {
                has(&["checkstyle", "spotless", "ktlint", "pmd", "spotbugs", "detekt", "scalafmt", "google", "errorprone", "sonar"])
            }
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
    pub fn parts(&self) -> &[(String, String)] {
        self.parts.get_or_init(|| self.find_parts())
    }

    fn find_parts(&self) -> Vec<(String, String)> {
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
                    parts
                        .push((if package.folder.is_empty() { "root".to_owned() } else { package.folder.clone() }, package.folder.clone()));
                }
            }
        }
        parts
    }

    /// Product sources below a folder that belong to no other part below it, in order.
    pub fn sources_below(&self, folder: &str) -> Vec<&SourceFile> {
        let inner = self.parts_within(folder);
        self.sources()
            .iter()
            .filter(|s| {
                s.role == plimsoll_facts::Role::Product
                    && counts(s.language)
                    && within(&s.path, folder)
                    && !inner.iter().any(|f| within(&s.path, f))
            })
            .collect()
    }

    /// The folders of other parts that lie below a part's.
    fn parts_within<'s>(&'s self, folder: &str) -> Vec<&'s str> {
        self.parts().iter().map(|(_, f)| f.as_str()).filter(|f| *f != folder && within(f, folder)).collect()
    }

    /// The folder itself, or the nearest above it, that holds code or a package.
    pub(crate) fn nearest_code(&self, folder: &str) -> String {
        let product = |role| role == plimsoll_facts::Role::Product;
        let mut at = folder;
        loop {
            let packaged = self.packages().iter().any(|p| p.product && p.folder == at);
            if at.is_empty() || packaged || self.sources().iter().any(|s| product(s.role) && counts(s.language) && within(&s.path, at)) {
                return at.to_owned();
            }
            at = folder_of(at);
        }
    }

    /// Whether a sign concerns a part: it stands in the part's folder, or above it, and in no other part.
    pub fn concerns(&self, sign: &Sign, folder: &str) -> bool {
        let at = match &sign.source {
            SignSource::Dependency { manifest: path, .. } | SignSource::File { path } | SignSource::Command { path } => folder_of(path),
            SignSource::Pipeline(source) => source.folder.as_str(),
            SignSource::Image { .. } | SignSource::Variable { .. } => return true,
        };
        let inner = self.parts_within(folder).iter().any(|f| *f == at || within(at, f));
        !inner && (at == folder || within(at, folder) || within(folder, at))
    }

    /// The tests of a part: those below its folder and, where it has none, those of its language that lie in no part at all.
    pub fn tests_of(&self, folder: &str) -> Vec<&TestFile> {
        let counted = |t: &&TestFile| t.cases > 0 && t.kind != TestKind::Manual;
        let inner = self.parts_within(folder);
        let own: Vec<&TestFile> =
            self.tests().iter().filter(counted).filter(|t| within(&t.path, folder) && !inner.iter().any(|f| within(&t.path, f))).collect();
        if !own.is_empty() {
            return own;
        }
        let parts = self.parts();
        let family = |name: &str| match name {
            "TypeScript" | "JavaScript" | "Vue" | "Svelte" | "Astro" => "web".to_owned(),
            other => other.to_owned(),
        };
        let Some(language) = self.main_language(folder) else { return Vec::new() };
        let wanted = family(&format!("{:?}", language.0));
        self.tests()
            .iter()
            .filter(counted)
            .filter(|t| family(&t.language) == wanted && !parts.iter().any(|(_, f)| within(&t.path, f)))
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

    /// The first source of a part in its main language: a place that shows it.
    pub fn example_of(&self, folder: &str) -> Option<&SourceFile> {
        let language = self.main_language(folder)?;
        self.sources_below(folder).into_iter().find(|s| s.language == language.0)
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

/// Programs are linted, typed and tested; markup, style, schemas, queries and scripts of the shell are not meant here.
fn counts(language: Language) -> bool {
    let code = CodeLanguage(language);
    code.compiled() || code.scripted()
}

/// Whether a path lies below a folder; everything lies below the root.
fn within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
