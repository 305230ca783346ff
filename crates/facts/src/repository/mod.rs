//! The repository as such: documents, env files, ignore rules, tracked artefacts, credentials found, tests by file.

mod artefact;
mod database_mark;
mod document;
mod environment;
mod personal_field;
mod source_mark;
mod subjects;
mod test_file;
mod upload;

pub use environment::is_template;
pub use plimsoll_secrets::{Finding, Shape, Strength, is_placeholder, names_a_secret};
pub use subjects::*;
pub use upload::UploadMark;

pub(crate) use artefact::{artefacts, is_plan};
pub(crate) use database_mark::database_marks;
pub(crate) use document::document;
pub(crate) use environment::{env_files, env_reads};
pub(crate) use source_mark::source_marks;
pub(crate) use test_file::test_file;
pub(crate) use upload::uploads;

use std::sync::LazyLock;

use plimsoll_discover::Format;
use plimsoll_secrets::Scanner;

use crate::container::patterns;
use crate::library::{Held, Library};

static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::new);

/// Credential-like values of a file, whatever its part: the caller knows what that part means.
pub(crate) fn credentials(held: &Held, bytes: &[u8]) -> Vec<Credential> {
    plimsoll_secrets::scan(&held.path, bytes, &SCANNER)
        .into_iter()
        .map(|finding| Credential {
            at: held.at(finding.span),
            path: held.path.clone(),
            role: held.role,
            template: environment::is_template(held.name()),
            finding,
        })
        .collect()
}

/// Every `.gitignore`.
pub(crate) fn ignore_rules(library: &Library) -> Vec<IgnoreRules> {
    library
        .files()
        .iter()
        .filter(|f| f.format == Format::Ignore && f.name() == ".gitignore")
        .map(|f| IgnoreRules { file: f.id, path: f.path.clone(), patterns: patterns(f) })
        .collect()
}
