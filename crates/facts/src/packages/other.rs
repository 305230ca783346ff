//! Dart's `pubspec.yaml` and Swift's `Package.swift`: the manifest alone.

use plimsoll_base::{Problem, Span};
use plimsoll_syntax::Node;

use super::lines::{lines, literals, trimmed};
use super::{Ecosystem, Package, PackageDependency};
use crate::library::{Held, Library};

/// Every package of these.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<Package> {
    let files = library.files().iter().filter(|f| f.bytes.is_some() && !super::foreign(f));
    files
        .filter_map(|held| match held.name() {
            "pubspec.yaml" | "pubspec.yml" => Some(pubspec(held, problems)),
            "Package.swift" => Some(swift(held)),
            _ => None,
        })
        .collect()
}

fn pubspec(held: &Held, problems: &mut Vec<Problem>) -> Package {
    let mut package = Package::new(held, Ecosystem::Other);
    let Some(root) = held.root().filter(|r| r.is_mapping()) else {
        problems.push(Problem { at: held.whole(), says: "no mapping: the dependencies of this package are unknown".into() });
        return package;
    };
    package.name = root.get("name").and_then(Node::scalar).map(str::to_owned);
    package.private = root.get("publish_to").and_then(Node::scalar) == Some("none");
    for (section, dev) in [("dependencies", false), ("dev_dependencies", true)] {
        for entry in root.get(section).map(Node::entries).unwrap_or_default() {
            let version = entry.value.scalar().or_else(|| entry.value.get("version").and_then(Node::scalar));
            let at = held.at(entry.span());
            package.dependencies.push(PackageDependency {
                name: entry.key.to_string(),
                constraint: version.unwrap_or_default().to_owned(),
                at,
                dev,
            });
        }
    }
    package
}

fn swift(held: &Held) -> Package {
    let mut package = Package::new(held, Ecosystem::Other);
    let text = held.text();
    for (start, line) in lines(&text) {
        let (content, span) = trimmed(start, line);
        let Some(url) = content.find(".package(url:") else { continue };
        let values = literals(&content[url..]);
        let Some((_, address)) = values.first() else { continue };
        let name = address.trim_end_matches(".git").rsplit('/').next().unwrap_or(address).to_owned();
        let constraint = values.get(1).map(|(_, v)| (*v).to_owned()).unwrap_or_default();
        let at = held.at(Span::new(span.start as usize + url, span.end as usize));
        package.dependencies.push(PackageDependency { name, constraint, at, dev: false });
    }
    package
}
