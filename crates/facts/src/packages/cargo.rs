//! Cargo: `Cargo.toml` and its workspaces.

use std::collections::{BTreeMap, HashMap};

use plimsoll_base::{Problem, Sourced};
use plimsoll_syntax::Node;

use super::workspace::{self, Root};
use super::{Ecosystem, Package, PackageDependency};
use crate::library::{Held, Library};

/// Every crate and workspace.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<Package> {
    let manifests: Vec<&Held> =
        library.files().iter().filter(|f| f.name() == "Cargo.toml" && f.bytes.is_some() && !super::foreign(f)).collect();
    let mut packages: Vec<Package> = manifests.iter().map(|held| package(held, problems)).collect();
    let mut shared: BTreeMap<String, (&Held, &Node, HashMap<&str, &Node>)> = BTreeMap::new();
    let mut roots = Vec::new();
    for held in &manifests {
        let Some(workspace) = held.root().and_then(|r| r.get("workspace")) else { continue };
        let listed = workspace.get("dependencies").map(Node::entries).unwrap_or_default();
        shared.insert(held.path.clone(), (held, workspace, listed.iter().map(|e| (&*e.key, &e.value)).collect()));
        let words = |key: &str| workspace.get(key).map(Node::scalars).unwrap_or_default();
        let members = words("members").into_iter().filter_map(|n| n.scalar()).map(str::to_owned);
        let left_out = words("exclude").into_iter().filter_map(|n| n.scalar()).map(|p| format!("!{p}"));
        roots.push(Root { path: held.path.clone(), folder: held.folder().to_owned(), patterns: members.chain(left_out).collect() });
    }
    workspace::join_members(&mut packages, &roots);
    for package in &mut packages {
        if let Some((held, workspace, versions)) = shared.get(package.workspace_root.as_deref().unwrap_or(&package.path)) {
            inherit(package, held, workspace, versions);
        }
        package.exact = package.dependencies.iter().all(|d| d.constraint.starts_with('=') || d.constraint == LOCAL);
    }
    packages
}

/// Stands for a version where the dependency lies in the repository.
const LOCAL: &str = "path";

fn package(held: &Held, problems: &mut Vec<Problem>) -> Package {
    let mut package = Package::new(held, Ecosystem::Cargo);
    let Some(root) = held.root().filter(|r| r.is_mapping()) else {
        problems.push(Problem { at: held.whole(), says: "no TOML table: the dependencies of this package are unknown".into() });
        return package;
    };
    let about = root.get("package");
    let field = |key: &str| about.and_then(|p| p.get(key)).and_then(|n| Some(Sourced::new(n.scalar()?.to_owned(), held.at(n.span))));
    package.name = field("name").map(|n| n.value);
    package.version = field("version");
    package.private = about.and_then(|p| p.get("publish")).and_then(Node::as_bool) == Some(false);
    package.runtimes.extend(field("rust-version").map(|v| ("rust".to_owned(), v)));
    sections(held, root, &mut package);
    for target in root.get("target").map(Node::entries).unwrap_or_default() {
        sections(held, &target.value, &mut package);
    }
    if root.get("lints").is_some() || root.path(&["workspace", "lints"]).is_some() {
        let at = root.entry("lints").or_else(|| root.get("workspace")?.entry("lints")).map(|e| held.at(e.key_span));
        package.tools.extend(at.map(|at| ("lints".to_owned(), at)));
    }
    package
}

fn sections(held: &Held, table: &Node, package: &mut Package) {
    for (section, dev) in [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)] {
        for entry in table.get(section).map(Node::entries).unwrap_or_default() {
            let value = &entry.value;
            package.dependencies.push(PackageDependency {
                name: value.get("package").and_then(Node::scalar).unwrap_or(&entry.key).to_owned(),
                constraint: constraint(value),
                at: held.at(entry.span()),
                dev,
            });
        }
    }
}

fn constraint(value: &Node) -> String {
    let version = value.scalar().or_else(|| value.get("version").and_then(Node::scalar));
    match version {
        Some(version) => version.to_owned(),
        None if value.get("workspace").is_some() => WORKSPACE.to_owned(),
        None if value.get("path").is_some() => LOCAL.to_owned(),
        None => value.get("git").and_then(Node::scalar).unwrap_or_default().to_owned(),
    }
}

/// Stands for a version that the workspace's root states, until it is looked up there.
const WORKSPACE: &str = "workspace";

/// What members take from their workspace's root.
fn inherit(package: &mut Package, root: &Held, workspace: &Node, versions: &HashMap<&str, &Node>) {
    for dependency in package.dependencies.iter_mut().filter(|d| d.constraint == WORKSPACE) {
        if let Some(value) = versions.get(dependency.name.as_str()) {
            dependency.constraint = constraint(value);
        }
    }
    let stated = |key: &str| workspace.path(&["package", key]).and_then(|n| Some(Sourced::new(n.scalar()?.to_owned(), root.at(n.span))));
    if package.version.is_none() {
        package.version = stated("version");
    }
    if package.runtimes.is_empty() {
        package.runtimes.extend(stated("rust-version").map(|v| ("rust".to_owned(), v)));
    }
}
