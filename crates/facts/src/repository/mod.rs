//! The repository as such: documents, env files, ignore rules, tracked artefacts, credentials found, tests by file.

mod subjects;

pub use subjects::*;
