//! Where imports lead: files of the tree, packages, modules of the language.

use super::ModuleId;

/// Where an import leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// To a module of the tree; for Python, the package's `__init__` where a package is meant.
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
    /// To a file that is not source: a style, an image, JSON.
    Asset(String),
    /// To something of this repository that is not there: generated code, a path alias that nothing explains.
    Missing,
}
