//! Packages: manifests, lock files, dependencies and scripts of every ecosystem.

mod package;

pub use package::*;
