//! Where imports lead: files of the tree, packages, modules of the language.

mod aliases;
mod libraries;
mod manifests;
mod python;
mod script;
mod tsconfig;

use std::collections::HashMap;

use plimsoll_source::Dialect;
use rayon::prelude::*;

use super::ModuleId;
use super::index::SourceModule;
use crate::library::Library;
use crate::packages::Package;

/// Where an import leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// To a module of the tree; for Python, the package's `__init__` where a name of it is meant, and the submodule where that is what the name is.
    Module(ModuleId),
    /// To a package that is not in the tree: its name as in manifests of npm (`express`, `@nestjs/common`) or as the importable top-level module of
    /// Python (`fastapi`), and the rest of the path within it (`server` of `next/server`, `middleware.cors`).
    Package {
        /// Its name.
        name: String,
        /// The rest; empty for the package itself.
        rest: String,
    },
    /// To the language's own library: `node:fs` as `fs`, `asyncio`.
    Library(String),
    /// To a file that is not source: a style, an image, JSON, declarations of types.
    Asset(String),
    /// To a source file of the tree that was not read: generated, vendored, minified, a test.
    Unread(String),
    /// To something of this repository that is not there: generated code, a path alias that nothing explains.
    Missing,
}

/// A Python import whose name is a module of its own: `from app import models`.
pub(super) type Whole = bool;

/// What is known of the tree while imports are resolved.
struct Known<'a> {
    library: &'a Library,
    modules: &'a [SourceModule],
    by_path: &'a HashMap<String, ModuleId>,
}

impl Known<'_> {
    fn module(&self, path: &str) -> Option<ModuleId> {
        self.by_path.get(path).copied()
    }
    fn path(&self, id: ModuleId) -> &str {
        &self.modules[id.0 as usize].path
    }
}

/// Resolves every import of every module, in the order of modules and imports.
pub(super) fn resolve(
    library: &Library,
    packages: &[Package],
    modules: &[SourceModule],
    by_path: &HashMap<String, ModuleId>,
) -> Vec<Vec<(Resolved, Whole)>> {
    let known = Known { library, modules, by_path };
    let script = script::Resolver::new(&known);
    let python = python::Resolver::new(&known, packages);
    modules
        .par_iter()
        .map(|importer| match importer.dialect {
            Dialect::Python => importer.module.imports.iter().map(|i| python.resolve(importer, i)).collect(),
            _ => {
                let around = script.around(&importer.path);
                importer.module.imports.iter().map(|i| (script.resolve(&around, &i.module), false)).collect()
            }
        })
        .collect()
}

/// A folder and all folders around it, the innermost first, the root (empty) last.
fn upwards(folder: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder);
    std::iter::from_fn(move || {
        let here = next?;
        next = (!here.is_empty()).then(|| crate::folder_of(here));
        Some(here)
    })
}

/// A path below a folder, either of which may be empty.
fn below(folder: &str, path: &str) -> String {
    match (folder.is_empty(), path.is_empty()) {
        (true, _) => path.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{path}"),
    }
}
