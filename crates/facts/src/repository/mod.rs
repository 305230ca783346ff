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

/// Takes out what is the name of a secret and none itself: the key that an ExternalSecret gives its value, and names of secret objects of the tree.
pub(crate) fn without_names(credentials: &mut Vec<Credential>, library: &Library) {
    let in_yaml = |c: &Credential| library.get(&c.path).filter(|held| held.format == Format::Yaml);
    if !credentials.iter().any(|c| in_yaml(c).is_some()) {
        return;
    }
    let mut names: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    for node in library.files().iter().filter(|f| f.format == Format::Yaml).flat_map(|f| &f.documents) {
        let kind = node.get("kind").and_then(plimsoll_syntax::Node::as_str).unwrap_or_default();
        if matches!(kind, "Secret" | "SealedSecret" | "ExternalSecret" | "ClusterExternalSecret") {
            let named = node.get("metadata").and_then(|m| m.get("name"));
            let target = node.get("spec").and_then(|s| s.get("target")).and_then(|t| t.get("name"));
            names.extend([named, target].into_iter().flatten().filter_map(plimsoll_syntax::Node::as_str));
        }
    }
    credentials.retain(|c| {
        let Some(held) = in_yaml(c) else { return true };
        let text = held.text();
        let gives =
            c.finding.key.as_deref() == Some("secretKey") && ["ExternalSecret", "PushSecret"].iter().any(|kind| text.contains(kind));
        let value = text.get(c.finding.span.range()).map(|v| v.trim_matches(['"', '\'']));
        !gives && !value.is_some_and(|v| names.contains(v))
    });
}
