//! The words for packages of every ecosystem.

use std::collections::HashMap;

use plimsoll_base::{FileId, Location, Sourced};

use crate::library::Held;

/// Where packages come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// npm, pnpm, yarn, bun.
    Npm,
    /// pip, poetry, uv, pipenv.
    Pypi,
    /// Go modules.
    Go,
    /// Cargo.
    Cargo,
    /// Maven and Gradle.
    Maven,
    /// Bundler.
    Ruby,
    /// Composer.
    Php,
    /// NuGet.
    Nuget,
    /// Mix.
    Hex,
    /// Swift, Dart and others of which only the manifest is known.
    Other,
}

impl Ecosystem {
    /// The word used in signals and output.
    pub fn word(self) -> &'static str {
        match self {
            Ecosystem::Npm => "npm",
            Ecosystem::Pypi => "pypi",
            Ecosystem::Go => "go",
            Ecosystem::Cargo => "cargo",
            Ecosystem::Maven => "maven",
            Ecosystem::Ruby => "ruby",
            Ecosystem::Php => "php",
            Ecosystem::Nuget => "nuget",
            Ecosystem::Hex => "hex",
            Ecosystem::Other => "other",
        }
    }
}

/// A package root: a folder with a manifest.
#[derive(Clone, Debug)]
pub struct Package {
    /// The manifest.
    pub file: FileId,
    /// Its path; the stable name.
    pub path: String,
    /// The folder that holds it; empty for the root.
    pub folder: String,
    /// Where its packages come from.
    pub ecosystem: Ecosystem,
    /// The name it gives itself.
    pub name: Option<String>,
    /// The version it gives itself.
    pub version: Option<Sourced<String>>,
    /// Marked as not to be published.
    pub private: bool,
    /// Dependencies in their order.
    pub dependencies: Vec<PackageDependency>,
    /// Scripts: name and command.
    pub scripts: Vec<(String, Sourced<String>)>,
    /// The lock file that governs it (its own, or its workspace root's).
    pub lock: Option<Lock>,
    /// Further lock files of the same ecosystem that compete with it.
    pub competing_locks: Vec<Lock>,
    /// Versions it asks of its runtime: product (`node`, `python`, `go`, `php`, `java`, `dotnet`, `ruby`, `rust`) and the constraint.
    pub runtimes: Vec<(String, Sourced<String>)>,
    /// The folders of its workspace's members, for a workspace root.
    pub members: Vec<String>,
    /// The package root it belongs to, for a member: the path of that manifest.
    pub workspace_root: Option<String>,
    /// Whether it is a product package, not a test, an example or a copy.
    pub product: bool,
    /// Every direct dependency states one exact version (`==`, no range).
    pub exact: bool,
    /// Hashes or a lock section stand in the manifest itself (`--hash`).
    pub hashed: bool,
    /// The languages of its sources that matter: TypeScript, JavaScript, Python …
    pub languages: Vec<String>,
    /// Package manager it asks for: `pnpm@9.1.0`.
    pub manager: Option<Sourced<String>>,
    /// Tool configuration sections found in it: `tool.ruff`, `jest`, `eslintConfig`.
    pub tools: Vec<(String, Location)>,
}

impl Package {
    /// A package of which nothing is known but its manifest.
    pub(crate) fn new(held: &Held, ecosystem: Ecosystem) -> Self {
        Self {
            file: held.id,
            path: held.path.clone(),
            folder: held.folder().to_owned(),
            ecosystem,
            name: None,
            version: None,
            private: false,
            dependencies: Vec::new(),
            scripts: Vec::new(),
            lock: None,
            competing_locks: Vec::new(),
            runtimes: Vec::new(),
            members: Vec::new(),
            workspace_root: None,
            product: held.product(),
            exact: false,
            hashed: false,
            languages: Vec::new(),
            manager: None,
            tools: Vec::new(),
        }
    }

    /// Keeps the first mention of each dependency; one for production outweighs one for development.
    pub(crate) fn merge_mentions(&mut self) {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut kept: Vec<PackageDependency> = Vec::with_capacity(self.dependencies.len());
        for dependency in self.dependencies.drain(..) {
            match places.get(&dependency.name) {
                Some(at) if kept[*at].dev && !dependency.dev => kept[*at] = dependency,
                Some(_) => {}
                None => {
                    places.insert(dependency.name.clone(), kept.len());
                    kept.push(dependency);
                }
            }
        }
        self.dependencies = kept;
    }
}

/// A lock file.
#[derive(Clone, Debug)]
pub struct Lock {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// What wrote it: `npm`, `pnpm`, `yarn`, `bun`, `poetry`, `uv`, `pip-tools`, `pipenv`, `cargo`, `go`, `bundler`, `composer`, `gradle`, `nuget`, `mix`.
    pub tool: String,
    /// Whether git ignores it.
    pub ignored: bool,
    /// Resolved versions of the packages that a control asks about (frameworks, runtimes): name and version.
    pub resolved: Vec<(String, Sourced<String>)>,
}

/// A direct dependency.
#[derive(Clone, Debug)]
pub struct PackageDependency {
    /// Its name.
    pub name: String,
    /// The constraint as written; empty if none.
    pub constraint: String,
    /// Where it stands.
    pub at: Location,
    /// Only for development or tests.
    pub dev: bool,
}
