//! Bicep and ARM templates, evaluated: parameters, conditions, loops, local modules. Their resources are told in the words of Terraform's
//! provider, so that one mapping of the cloud serves both.

mod arm;
mod evaluate;
mod function;
mod literal;
mod module;
mod parameters;
mod parse;
mod registry;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Problem;

use self::module::Reader;
use self::parse::{Declaration, Kind, Part, Role, declarations};
use super::cloud::{self, Resources};
use super::root::{IacRoot, IacTool};
use super::terraform;
use super::vocabulary::word;
use crate::library::{Held, Library, join};

/// A file with what it declares.
struct Source<'a> {
    held: &'a Held,
    declarations: Vec<Declaration>,
}

/// Every file, by path.
type Sources<'a> = BTreeMap<&'a str, Source<'a>>;

/// Roots: a folder with the files that no other file uses.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<IacRoot> {
    let sources = load(library);
    let entries = entries(&sources, library);
    let mut roots = Vec::new();
    for (folder, files) in &entries {
        let reader = stand(&sources, files, library);
        problems.extend(reader.problems);
        let resources = Resources::new(&reader.instances);
        let mut root = IacRoot::new(*folder, IacTool::Bicep);
        root.files = reader.files.into_iter().collect();
        root.infrastructure = cloud::infrastructure(&resources);
        root.workloads = terraform::workloads(&resources);
        root.resources = reader.resources;
        root.environments = parameters::environments(library, folder);
        roots.push(root);
    }
    roots
}

/// What the entry files of one folder declare.
fn stand<'a>(sources: &'a Sources<'a>, files: &[&'a str], library: &Library) -> Reader<'a> {
    let mut reader = Reader::new(sources);
    for path in files {
        let Some(source) = sources.get(path) else { continue };
        let prefix = if files.len() > 1 && !is_main(source.held) { format!("module.{}.", word(stem(source.held))) } else { String::new() };
        reader.entry(source, prefix, parameters::given(library, source.held, &source.declarations));
    }
    reader
}

fn load(library: &Library) -> Sources<'_> {
    let mut sources = Sources::new();
    for held in library.files().iter().filter(|f| f.product()) {
        let declarations = if held.name().ends_with(".bicep") {
            declarations(&held.text())
        } else if arm::is_template(library, held) {
            arm::declarations(held)
        } else {
            continue;
        };
        sources.insert(held.path.as_str(), Source { held, declarations });
    }
    sources
}

/// Files by folder that stand for a deployment of their own, which no other uses as a module.
fn entries<'a>(sources: &'a Sources<'a>, library: &Library) -> BTreeMap<&'a str, Vec<&'a str>> {
    let used = |source: &Source<'_>| -> Vec<String> {
        let modules = source.declarations.iter().filter(|d| d.role == Role::Module);
        modules.filter_map(|d| join(source.held.folder(), &d.kind)).collect()
    };
    let called: BTreeSet<String> = sources.values().flat_map(used).collect();
    let free: Vec<&Source<'_>> = sources.values().filter(|s| !called.contains(&s.held.path) && !s.declarations.is_empty()).collect();
    let mut entries: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for source in &free {
        let folder = source.held.folder();
        // A module that nobody uses lies beneath the file that could.
        let beneath = free.iter().any(|o| {
            let above = o.held.folder();
            above != folder && is_main(o.held) && (above.is_empty() || folder.starts_with(&format!("{above}/")))
        });
        if !beneath || is_main(source.held) || parameters::has_own(library, source.held) {
            entries.entry(folder).or_default().push(source.held.path.as_str());
        }
    }
    entries
}

fn is_main(held: &Held) -> bool {
    matches!(held.name(), "main.bicep" | "azuredeploy.json" | "azuredeploy.bicep" | "main.json")
}

fn stem(held: &Held) -> &str {
    held.name().split('.').next().unwrap_or_default()
}

/// A text without insertions.
fn plain(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Text(parts) => match parts.as_slice() {
            [Part::Plain(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}
