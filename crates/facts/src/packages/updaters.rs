//! What proposes updates by machine: Dependabot, Renovate, PyUp.

use plimsoll_base::{Location, Problem};
use plimsoll_discover::Role;
use plimsoll_syntax::{JsonFlavour, Node, json, yaml};

use crate::library::{Held, Library};
use crate::repository::{Updater, UpdaterEntry};

/// Where Renovate looks for its configuration.
const RENOVATE: &[&str] = &[
    "renovate.json",
    "renovate.json5",
    ".github/renovate.json",
    ".github/renovate.json5",
    ".gitlab/renovate.json",
    ".gitlab/renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
    ".renovaterc.json5",
];

/// Every updater that the repository configures; each is read from the root alone, as the services do.
pub(crate) fn updaters(library: &Library, problems: &mut Vec<Problem>) -> Vec<Updater> {
    let mut found = Vec::new();
    for path in [".github/dependabot.yml", ".github/dependabot.yaml"] {
        if let Some(held) = library.get(path) {
            found.extend(held.root().and_then(|root| dependabot(held, root, problems)));
        }
    }
    for path in RENOVATE {
        let Some(held) = library.get(path) else { continue };
        let parsed = held.root().cloned().or_else(|| Some(json(held.bytes.as_deref()?, JsonFlavour::Comments).value));
        match parsed.filter(Node::is_mapping) {
            Some(root) => found.push(renovate(held, &root, held.whole())),
            None => problems.push(Problem { at: held.whole(), says: "no JSON object: Renovate cannot read its configuration".into() }),
        }
    }
    if let Some((held, entry)) = library.get("package.json").and_then(|h| Some((h, h.root()?.entry("renovate")?))) {
        found.push(renovate(held, &entry.value, held.at(entry.key_span)));
    }
    for path in [".pyup.yml", ".pyup.yaml"] {
        let Some(held) = library.get(path) else { continue };
        let parsed = held.root().cloned().or_else(|| yaml(held.bytes.as_deref()?).value.into_iter().next());
        let off = parsed.as_ref().and_then(|r| r.get("update")).is_some_and(|u| matches!(u.scalar(), Some("false" | "insecure")));
        let entry = UpdaterEntry { ecosystem: "pip".into(), folders: vec![String::new(), "**".into()], at: held.whole(), disabled: off };
        found.push(Updater { tool: "PyUp".into(), at: held.whole(), entries: vec![entry], everything: false });
    }
    found
}

fn dependabot(held: &Held, root: &Node, problems: &mut Vec<Problem>) -> Option<Updater> {
    // A template among the examples configures nothing.
    if matches!(held.role, Role::Example | Role::Backup) {
        return None;
    }
    if root.get("version").and_then(Node::scalar) != Some("2") {
        problems.push(Problem { at: held.whole(), says: "not version 2: Dependabot does nothing with it".into() });
    }
    let updates = root.get("updates").map(Node::items).unwrap_or_default();
    let entries = updates.iter().filter_map(|update| {
        let text = |key: &str| update.get(key).and_then(Node::scalar);
        let listed = update.get("directories").map(Node::scalars).unwrap_or_default();
        let folders = listed.into_iter().filter_map(|n| n.scalar()).chain(text("directory")).map(folder).collect::<Vec<_>>();
        Some(UpdaterEntry {
            ecosystem: text("package-ecosystem")?.to_owned(),
            // Without a folder Dependabot rejects the entry.
            disabled: text("open-pull-requests-limit") == Some("0") || folders.is_empty(),
            folders,
            at: held.at(update.span),
        })
    });
    Some(Updater { tool: "Dependabot".into(), at: held.whole(), entries: entries.collect(), everything: false })
}

fn folder(written: &str) -> String {
    let trimmed = written.trim_start_matches("./").trim_matches('/');
    if trimmed == "." { String::new() } else { trimmed.to_owned() }
}

fn renovate(held: &Held, root: &Node, at: Location) -> Updater {
    let off = root.get("enabled").and_then(Node::as_bool) == Some(false);
    let managers = root.get("enabledManagers").map(Node::scalars).unwrap_or_default();
    let included = root.get("includePaths").map(Node::scalars).unwrap_or_default();
    let mut entries: Vec<UpdaterEntry> = Vec::new();
    let folders = || -> Vec<String> {
        let given: Vec<String> = included.iter().filter_map(|n| n.scalar()).map(folder).collect();
        if given.is_empty() { vec![String::new(), "**".to_owned()] } else { given }
    };
    for manager in &managers {
        let ecosystem = manager.scalar().unwrap_or_default().to_owned();
        entries.push(UpdaterEntry { ecosystem, folders: folders(), at: held.at(manager.span), disabled: off });
    }
    if managers.is_empty() && !included.is_empty() {
        entries.push(UpdaterEntry { ecosystem: "*".into(), folders: folders(), at: held.at(included[0].span), disabled: off });
    }
    // Managers switched off, and paths left out, are entries that cover nothing.
    let enabled = |value: &Node| value.get("enabled").and_then(Node::as_bool);
    // What pip-compile writes must not be updated beside it: the manager of plain requirements gives way.
    let compiled = root.get("pip-compile").and_then(enabled) == Some(true);
    let gives_way = |key: &str| compiled && key == "pip_requirements";
    for entry in root.entries().iter().filter(|e| enabled(&e.value) == Some(false) && !gives_way(e.key.as_ref())) {
        entries.push(UpdaterEntry {
            ecosystem: entry.key.to_string(),
            folders: vec![String::new(), "**".into()],
            at: held.at(entry.span()),
            disabled: true,
        });
    }
    if let Some(ignored) = root.get("ignorePaths") {
        let folders = ignored.scalars().iter().filter_map(|n| n.scalar()).map(folder).collect::<Vec<_>>();
        if !folders.is_empty() {
            entries.push(UpdaterEntry { ecosystem: "*".into(), folders, at: held.at(ignored.span), disabled: true });
        }
    }
    if off {
        entries.push(UpdaterEntry { ecosystem: "*".into(), folders: vec![String::new(), "**".into()], at, disabled: true });
    }
    Updater { tool: "Renovate".into(), at, everything: !off && managers.is_empty() && included.is_empty(), entries }
}
