//! `pyproject.toml` and `Pipfile`, whichever tool's tables they use.

use plimsoll_base::Sourced;
use plimsoll_syntax::{Entry, Node};

use super::requirements::{is_dev_word, requirement_of};
use super::{Package, PackageDependency};
use crate::library::Held;

/// Adds what a `pyproject.toml` says.
pub(super) fn pyproject(held: &Held, root: &Node, package: &mut Package) {
    let sourced = |node: Option<&Node>| node.and_then(|n| Some(Sourced::new(n.scalar()?.to_owned(), held.at(n.span))));
    let project = root.get("project");
    let poetry = root.path(&["tool", "poetry"]);
    let field = |key: &str| sourced(project.and_then(|p| p.get(key))).or_else(|| sourced(poetry.and_then(|p| p.get(key))));
    package.name = field("name").map(|n| n.value).or(package.name.take());
    package.version = field("version").or(package.version.take());
    let classifiers = project.and_then(|p| p.get("classifiers")).map(Node::items).unwrap_or_default();
    package.private |= classifiers.iter().any(|c| c.as_str().is_some_and(|c| c.starts_with("Private ::")));
    package.private |= poetry.and_then(|p| p.get("package-mode")).and_then(Node::as_bool) == Some(false);
    package.runtimes.extend(field("requires-python").map(|v| ("python".to_owned(), v)));

    strings(held, project.and_then(|p| p.get("dependencies")), false, package);
    for group in groups(project.and_then(|p| p.get("optional-dependencies"))) {
        strings(held, Some(&group.value), is_dev_group(&group.key), package);
    }
    for group in groups(root.get("dependency-groups")).iter().chain(groups(root.path(&["tool", "pdm", "dev-dependencies"]))) {
        strings(held, Some(&group.value), true, package);
    }
    strings(held, root.path(&["tool", "uv", "dev-dependencies"]), true, package);
    for environment in groups(root.path(&["tool", "hatch", "envs"])) {
        for key in ["dependencies", "extra-dependencies"] {
            strings(held, environment.value.get(key), true, package);
        }
        scripts(held, environment.value.get("scripts"), package);
    }
    if let Some(poetry) = poetry {
        table(held, poetry.get("dependencies"), false, package);
        table(held, poetry.get("dev-dependencies"), true, package);
        for group in groups(poetry.get("group")) {
            table(held, group.value.get("dependencies"), &*group.key != "main", package);
        }
    }
    for path in [&["tool", "poe", "tasks"][..], &["tool", "pdm", "scripts"], &["tool", "taskipy", "tasks"], &["tool", "rye", "scripts"]] {
        scripts(held, root.path(path), package);
    }
    for tool in groups(root.get("tool")) {
        package.tools.push((format!("tool.{}", tool.key), held.at(tool.key_span)));
    }
}

/// Whether a `pyproject.toml` declares dependencies, or a place where they are read from.
pub(super) fn has_dependencies(root: &Node) -> bool {
    let listed = |path: &[&str]| root.path(path).is_some_and(|n| !n.items().is_empty() || !n.entries().is_empty());
    listed(&["project", "dependencies"])
        || listed(&["project", "optional-dependencies"])
        || listed(&["tool", "poetry", "dependencies"])
        || listed(&["dependency-groups"])
}

/// Adds what a `Pipfile` says.
pub(super) fn pipfile(held: &Held, root: &Node, package: &mut Package) {
    table(held, root.get("packages"), false, package);
    table(held, root.get("dev-packages"), true, package);
    scripts(held, root.get("scripts"), package);
    let version = root.path(&["requires", "python_full_version"]).or_else(|| root.path(&["requires", "python_version"]));
    package.runtimes.extend(version.and_then(|n| Some(("python".to_owned(), Sourced::new(n.scalar()?.to_owned(), held.at(n.span))))));
}

fn groups(node: Option<&Node>) -> &[Entry] {
    node.map(Node::entries).unwrap_or_default()
}

fn is_dev_group(name: &str) -> bool {
    name.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(is_dev_word)
}

/// A list of requirement strings.
fn strings(held: &Held, list: Option<&Node>, dev: bool, package: &mut Package) {
    for item in list.map(Node::items).unwrap_or_default() {
        if let Some((name, constraint)) = item.as_str().and_then(requirement_of) {
            package.dependencies.push(PackageDependency { name, constraint, at: held.at(item.span), dev });
        }
    }
}

/// A table of names with constraints, as Poetry and Pipenv write it.
fn table(held: &Held, table: Option<&Node>, dev: bool, package: &mut Package) {
    for entry in groups(table) {
        let version = entry.value.scalar().or_else(|| entry.value.get("version").and_then(Node::scalar));
        let version = version.or_else(|| entry.value.items().first()?.get("version")?.scalar());
        let at = held.at(entry.span());
        if &*entry.key == "python" {
            package.runtimes.extend(version.map(|v| ("python".to_owned(), Sourced::new(v.to_owned(), at))));
            continue;
        }
        package.dependencies.push(PackageDependency {
            name: entry.key.to_string(),
            constraint: version.unwrap_or_default().to_owned(),
            at,
            dev,
        });
    }
}

/// A table of scripts: a command, a list of commands, or a table with one.
fn scripts(held: &Held, table: Option<&Node>, package: &mut Package) {
    for entry in groups(table) {
        let commands = match entry.value.get("cmd").or_else(|| entry.value.get("shell")).or_else(|| entry.value.get("composite")) {
            Some(inner) => inner.scalars(),
            None => entry.value.scalars(),
        };
        let words: Vec<&str> = commands.iter().filter_map(|n| n.scalar()).collect();
        if !words.is_empty() {
            package.scripts.push((entry.key.to_string(), Sourced::new(words.join(" && "), held.at(entry.value.span))));
        }
    }
}
