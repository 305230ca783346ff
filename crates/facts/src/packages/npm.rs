//! npm, pnpm, yarn and bun: `package.json` and the workspaces that it, or `pnpm-workspace.yaml`, declares.

use std::collections::{BTreeMap, HashMap, HashSet};

use plimsoll_base::{Problem, Sourced};
use plimsoll_syntax::Node;

use super::workspace::{self, Root};
use super::{Ecosystem, Package, PackageDependency};
use crate::library::{Held, Library};

/// Sections of a manifest that configure a tool.
#[rustfmt::skip]
const TOOLS: &[&str] = &[
    "jest", "eslintConfig", "prettier", "stylelint", "babel", "lint-staged", "husky", "nyc", "c8", "ava", "mocha", "commitlint", "release", "xo",
    "renovate", "simple-git-hooks", "browserslist", "size-limit", "vitest", "tap", "standard", "jscpd", "prisma", "knip", "wireit", "oxlint",
];

/// Every `package.json` that describes a package.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<Package> {
    let manifests: Vec<&Held> =
        library.files().iter().filter(|f| f.name() == "package.json" && f.bytes.is_some() && !super::foreign(f)).collect();
    let mut packages: Vec<Package> = manifests.iter().filter_map(|held| package(held, problems)).collect();
    let mut roots: Vec<Root> = Vec::new();
    let mut catalogs: BTreeMap<String, Catalog> = BTreeMap::new();
    for held in &manifests {
        let folder = held.folder();
        let beside = library.resolve(folder, "pnpm-workspace.yaml").or_else(|| library.resolve(folder, "pnpm-workspace.yml"));
        if let Some(catalog) = beside.and_then(Held::root) {
            catalogs.insert(folder.to_owned(), versions_of(catalog));
        }
        let from_pnpm = beside.and_then(Held::root).and_then(|r| r.get("packages"));
        let own = held.root().and_then(|r| r.get("workspaces")).map(|w| w.get("packages").unwrap_or(w));
        let lerna = library.resolve(folder, "lerna.json").and_then(Held::root).and_then(|r| r.get("packages"));
        // In an Nx repository without a workspace, the root installs for all projects.
        if from_pnpm.or(own).or(lerna).is_none() && library.resolve(folder, "nx.json").is_some() {
            roots.push(Root { path: held.path.clone(), folder: folder.to_owned(), patterns: vec!["**".to_owned()] });
        }
        if let Some(patterns) = from_pnpm.or(own).or(lerna) {
            let patterns = patterns.scalars().iter().filter_map(|n| n.scalar()).map(str::to_owned).collect();
            roots.push(Root { path: held.path.clone(), folder: folder.to_owned(), patterns });
        }
    }
    workspace::join_members(&mut packages, &roots);
    for package in &mut packages {
        let root = package.workspace_root.as_deref().map_or(package.folder.as_str(), crate::folder_of).to_owned();
        if let Some(catalog) = catalogs.get(&root) {
            package.dependencies.iter_mut().for_each(|d| from_catalog(d, catalog));
        }
        package.exact = package.dependencies.iter().all(|d| is_exact(&d.constraint));
    }
    packages
}

fn package(held: &Held, problems: &mut Vec<Problem>) -> Option<Package> {
    let mut package = Package::new(held, Ecosystem::Npm);
    let Some(root) = held.root().filter(|r| r.is_mapping()) else {
        problems.push(Problem { at: held.whole(), says: "no JSON object: the dependencies of this package are unknown".into() });
        return Some(package);
    };
    // A file that only sets the module system is a mark for a folder, not a package.
    let says_something = ["name", "scripts", "dependencies", "devDependencies", "workspaces", "peerDependencies", "optionalDependencies"];
    if !says_something.iter().any(|key| root.get(key).is_some()) {
        return None;
    }
    let text = |key: &str| root.get(key).and_then(|n| Some(Sourced::new(n.scalar()?.to_owned(), held.at(n.span))));
    package.name = text("name").map(|n| n.value);
    package.version = text("version");
    // A template that a generator fills is not a package yet.
    package.product &= !package.name.as_deref().is_some_and(|name| name.contains(['{', '<', '$']));
    package.private = root.get("private").and_then(Node::as_bool).unwrap_or(false);
    package.manager = text("packageManager").or_else(|| {
        let manager = root.path(&["devEngines", "packageManager", "name"])?;
        Some(Sourced::new(manager.scalar()?.to_owned(), held.at(manager.span)))
    });
    let for_development: HashSet<&str> =
        root.get("devDependencies").map(Node::entries).unwrap_or_default().iter().map(|e| &*e.key).collect();
    for (section, dev) in [("dependencies", false), ("optionalDependencies", false), ("devDependencies", true), ("peerDependencies", false)]
    {
        let entries = root.get(section).map(Node::entries).unwrap_or_default();
        // What a package expects of its host and installs for its own tests is not its own in production.
        let installed = |name: &str| section != "peerDependencies" || !for_development.contains(name);
        package.dependencies.extend(entries.iter().filter(|e| installed(&e.key)).map(|entry| PackageDependency {
            name: entry.key.to_string(),
            constraint: entry.value.scalar().unwrap_or_default().to_owned(),
            at: held.at(entry.span()),
            dev,
        }));
    }
    for entry in root.get("scripts").map(Node::entries).unwrap_or_default() {
        if let Some(command) = entry.value.as_str() {
            package.scripts.push((entry.key.to_string(), Sourced::new(command.to_owned(), held.at(entry.value.span))));
        }
    }
    let node = root
        .path(&["engines", "node"])
        .or_else(|| root.path(&["volta", "node"]))
        .or_else(|| root.path(&["devEngines", "runtime", "version"]));
    package.runtimes.extend(node.and_then(|n| Some(("node".to_owned(), Sourced::new(n.scalar()?.to_owned(), held.at(n.span))))));
    package.tools = root.entries().iter().filter(|e| TOOLS.contains(&&*e.key)).map(|e| (e.key.to_string(), held.at(e.key_span))).collect();
    Some(package)
}

/// Versions that a workspace's file states, by catalogue (the default one is nameless) and package.
type Catalog = HashMap<(String, String), String>;

fn versions_of(root: &Node) -> Catalog {
    let entries = |node: Option<&Node>| node.map(|n| n.entries().to_vec()).unwrap_or_default();
    let default = entries(root.get("catalog")).into_iter().map(|e| (String::new(), e));
    let named = root.get("catalogs").map(Node::entries).unwrap_or_default().iter().flat_map(|catalog| {
        let name = if &*catalog.key == "default" { "" } else { &catalog.key };
        catalog.value.entries().iter().map(move |e| (name.to_owned(), e.clone()))
    });
    default.chain(named).filter_map(|(name, e)| Some(((name, e.key.to_string()), e.value.scalar()?.to_owned()))).collect()
}

/// `catalog:` and `catalog:name` stand for a version in the workspace's file.
fn from_catalog(dependency: &mut PackageDependency, catalog: &Catalog) {
    let Some(which) = dependency.constraint.strip_prefix("catalog:") else { return };
    let which = if which == "default" { "" } else { which };
    if let Some(version) = catalog.get(&(which.to_owned(), dependency.name.clone())) {
        dependency.constraint.clone_from(version);
    }
}

/// One exact version, or a package of the same repository.
fn is_exact(constraint: &str) -> bool {
    let version = constraint.strip_prefix("npm:").and_then(|c| c.rsplit_once('@')).map_or(constraint, |(_, version)| version);
    let version = version.trim_start_matches(['=', 'v', ' ']);
    ["workspace:", "file:", "link:", "portal:"].iter().any(|local| constraint.starts_with(local))
        || (version.matches('.').count() >= 2
            && version.starts_with(|c: char| c.is_ascii_digit())
            && !version.contains([' ', '|', '*', '<', '>', '~', '^'])
            && !version.split(['-', '+']).next().is_some_and(|core| core.contains('x')))
}
