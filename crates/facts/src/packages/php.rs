//! Composer: `composer.json`.

use plimsoll_base::{Problem, Sourced};
use plimsoll_syntax::Node;

use super::{Ecosystem, Package, PackageDependency};
use crate::library::{Held, Library};

/// Every Composer package.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<Package> {
    let manifests = library.files().iter().filter(|f| f.name() == "composer.json" && f.bytes.is_some() && !super::foreign(f));
    manifests.map(|held| package(held, problems)).collect()
}

fn package(held: &Held, problems: &mut Vec<Problem>) -> Package {
    let mut package = Package::new(held, Ecosystem::Php);
    let Some(root) = held.root().filter(|r| r.is_mapping()) else {
        problems.push(Problem { at: held.whole(), says: "no JSON object: the dependencies of this package are unknown".into() });
        return package;
    };
    let text = |key: &str| root.get(key).and_then(|n| Some(Sourced::new(n.scalar()?.to_owned(), held.at(n.span))));
    package.name = text("name").map(|n| n.value);
    package.version = text("version");
    for (section, dev) in [("require", false), ("require-dev", true)] {
        for entry in root.get(section).map(Node::entries).unwrap_or_default() {
            let constraint = entry.value.scalar().unwrap_or_default().to_owned();
            let at = held.at(entry.span());
            if &*entry.key == "php" {
                package.runtimes.push(("php".into(), Sourced::new(constraint, at)));
            } else if entry.key.contains('/') {
                // Without a vendor it is an extension or a library of the platform.
                package.dependencies.push(PackageDependency { name: entry.key.to_string(), constraint, at, dev });
            }
        }
    }
    package.exact = package.dependencies.iter().all(|d| {
        let version = d.constraint.trim_start_matches(['=', 'v']);
        version.matches('.').count() >= 2 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    });
    for entry in root.get("scripts").map(Node::entries).unwrap_or_default() {
        let commands: Vec<&str> = entry.value.scalars().into_iter().filter_map(|n| n.scalar()).collect();
        if !commands.is_empty() {
            package.scripts.push((entry.key.to_string(), Sourced::new(commands.join(" && "), held.at(entry.value.span))));
        }
    }
    package
}
