//! Maven: `pom.xml` with its parents in the repository.

use std::collections::{BTreeMap, HashMap};

use plimsoll_base::{Problem, Sourced};
use plimsoll_syntax::{Element, xml};

use super::workspace::{self, Root};
use super::{Ecosystem, Package, PackageDependency, gradle};
use crate::library::{Held, Library, join};

/// Every Maven and Gradle project; both in one folder are one package, described by the first.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<Package> {
    let files = || library.files().iter().filter(|f| f.bytes.is_some() && !super::foreign(f));
    let mut poms: BTreeMap<String, (&Held, Element)> = BTreeMap::new();
    let mut packages = Vec::new();
    for held in files().filter(|f| f.name() == "pom.xml") {
        let parsed = xml(held.bytes.as_deref().unwrap_or_default());
        if held.product() {
            problems.extend(parsed.issues.into_iter().map(|i| crate::gather::problem(held.id, i)));
        }
        match parsed.value {
            Some(root) => {
                poms.insert(held.path.clone(), (held, root));
            }
            None => {
                problems.push(Problem { at: held.whole(), says: "no XML element: the dependencies of this package are unknown".into() });
                packages.push(Package::new(held, Ecosystem::Maven));
            }
        }
    }
    packages.extend(poms.values().map(|(held, root)| package(held, root, &poms)));
    let mut roots: Vec<Root> = poms
        .values()
        .filter_map(|(held, root)| {
            let patterns: Vec<String> =
                root.child("modules")?.children.iter().map(|m| m.text.trim_end_matches("/pom.xml").to_owned()).collect();
            Some(Root { path: held.path.clone(), folder: held.folder().to_owned(), patterns })
        })
        .collect();
    for built in gradle::read(library, &mut roots) {
        match packages.iter_mut().find(|p| p.folder == built.folder) {
            Some(pom) => {
                pom.dependencies.extend(built.dependencies);
                pom.tools.extend(built.tools);
                pom.merge_mentions();
            }
            None => packages.push(built),
        }
    }
    workspace::join_members(&mut packages, &roots);
    packages
}

/// The parents of a project that lie in the repository, the nearest first; at most ten.
fn lineage<'a>(held: &'a Held, root: &'a Element, poms: &'a BTreeMap<String, (&'a Held, Element)>) -> Vec<(&'a Held, &'a Element)> {
    let mut found = vec![(held, root)];
    while let Some((at, element)) = found.last().copied() {
        let Some(parent) = element.child("parent") else { break };
        let relative = parent.child("relativePath").map_or("../pom.xml", |p| p.text.as_str());
        let path = join(at.folder(), relative).map(|p| if p.ends_with(".xml") { p } else { format!("{p}/pom.xml") });
        let Some((next, above)) = path.and_then(|p| poms.get(&p)) else { break };
        let same = above.child("artifactId").map(|a| &a.text) == parent.child("artifactId").map(|a| &a.text);
        if !same || found.len() > 10 {
            break;
        }
        found.push((next, above));
    }
    found
}

fn package(held: &Held, root: &Element, poms: &BTreeMap<String, (&Held, Element)>) -> Package {
    let mut package = Package::new(held, Ecosystem::Maven);
    let lineage = lineage(held, root, poms);
    let mut properties: HashMap<&str, Sourced<String>> = HashMap::new();
    for (at, element) in &lineage {
        for value in element.child("properties").map(|p| p.children.as_slice()).unwrap_or_default() {
            properties.entry(&value.name).or_insert_with(|| Sourced::new(value.text.clone(), at.at(value.span)));
        }
    }
    let property = |name: &str| properties.get(name);
    let resolved = |text: &str| {
        let mut text = text.to_owned();
        for _ in 0..5 {
            let Some((before, rest)) = text.split_once("${") else { break };
            let Some((name, after)) = rest.split_once('}') else { break };
            let Some(value) = property(name) else { break };
            text = format!("{before}{}{after}", value.value);
        }
        text
    };
    let text = |element: &Element, key: &str| element.child(key).map(|c| resolved(&c.text));
    package.name = root.child("artifactId").map(|a| a.text.clone());
    package.version = root.child("version").map(|v| Sourced::new(resolved(&v.text), held.at(v.span)));
    for (at, element) in &lineage {
        // The outermost parent comes from a repository: it decides versions, as a dependency does.
        if let Some(parent) = element.child("parent").filter(|_| lineage.last().is_some_and(|(last, _)| last.id == at.id)) {
            let name = format!("{}:{}", text(parent, "groupId").unwrap_or_default(), text(parent, "artifactId").unwrap_or_default());
            let constraint = text(parent, "version").unwrap_or_default();
            package.dependencies.push(PackageDependency { name, constraint, at: at.at(parent.span), dev: false });
        }
    }
    let mut managed: BTreeMap<String, String> = BTreeMap::new();
    for (_, element) in &lineage {
        let listed = element.child("dependencyManagement").and_then(|m| m.child("dependencies"));
        for entry in listed.map(|l| l.children.as_slice()).unwrap_or_default() {
            if let (Some(name), Some(version)) = (coordinates(entry, &resolved), text(entry, "version")) {
                managed.entry(name).or_insert(version);
            }
        }
    }
    for (at, element) in &lineage {
        let lists = [element.child("dependencies"), element.child("dependencyManagement").and_then(|m| m.child("dependencies"))];
        for (list, all) in lists.into_iter().zip([true, false]) {
            for entry in list.map(|l| l.children.as_slice()).unwrap_or_default() {
                let scope = text(entry, "scope");
                // Of what is only managed, an imported bill of materials decides versions.
                if !all && scope.as_deref() != Some("import") {
                    continue;
                }
                let Some(name) = coordinates(entry, &resolved) else { continue };
                let constraint = text(entry, "version").or_else(|| managed.get(&name).cloned()).unwrap_or_default();
                package.dependencies.push(PackageDependency {
                    name,
                    constraint,
                    at: at.at(entry.span),
                    dev: scope.as_deref() == Some("test"),
                });
            }
        }
    }
    for plugin in root.child("build").into_iter().flat_map(|b| b.descendants()).filter(|e| e.name == "plugin") {
        if let Some(artifact) = plugin.child("artifactId") {
            package.tools.push((artifact.text.clone(), held.at(plugin.span)));
        }
    }
    let java = ["java.version", "maven.compiler.release", "maven.compiler.target", "maven.compiler.source", "jdk.version"];
    package
        .runtimes
        .extend(java.iter().find_map(|name| property(name)).map(|v| ("java".to_owned(), Sourced::new(resolved(&v.value), v.at))));
    package.exact = package.dependencies.iter().all(|d| is_fixed(&d.constraint));
    package
}

fn coordinates(entry: &Element, resolved: &impl Fn(&str) -> String) -> Option<String> {
    Some(format!("{}:{}", resolved(&entry.child("groupId")?.text), resolved(&entry.child("artifactId")?.text)))
}

/// Neither a range, nor a moving version, nor one that is decided elsewhere; none at all is decided by a parent or bill of materials.
pub(super) fn is_fixed(constraint: &str) -> bool {
    !constraint.contains(['[', '(', ',', '+', '$'])
        && !constraint.ends_with("-SNAPSHOT")
        && !matches!(constraint, "LATEST" | "RELEASE")
        && !constraint.starts_with("latest.")
}
