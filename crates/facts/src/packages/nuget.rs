//! .NET: project files with `PackageReference`, and the versions that `Directory.Packages.props` keeps for all of them.

use std::collections::{BTreeMap, HashMap};

use plimsoll_base::{Problem, Sourced};
use plimsoll_syntax::{Element, xml};

use super::{Ecosystem, Package, PackageDependency};
use crate::library::{Held, Library, folder_of};

/// Values that files above a project give it, by folder.
#[derive(Default)]
struct Shared {
    versions: BTreeMap<String, String>,
    framework: Option<Sourced<String>>,
}

/// Every project; several in one folder are one package.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<Package> {
    let mut shared: BTreeMap<&str, Shared> = BTreeMap::new();
    let mut packages: BTreeMap<&str, Package> = BTreeMap::new();
    let files = || library.files().iter().filter(|f| f.bytes.is_some() && !super::foreign(f));
    for held in files().filter(|f| matches!(f.name(), "Directory.Packages.props" | "Directory.Build.props")) {
        let Some(root) = element(held, problems) else { continue };
        let properties = properties(&root);
        let here = shared.entry(held.folder()).or_default();
        for item in root.descendants() {
            if item.name == "PackageVersion" {
                let version = item.attribute("Version").map(str::to_owned).or_else(|| item.child("Version").map(|v| v.text.clone()));
                if let (Some(name), Some(version)) = (item.attribute("Include"), version) {
                    here.versions.insert(name.to_ascii_lowercase(), property(&properties, &version));
                }
            } else if matches!(item.name.as_str(), "TargetFramework" | "TargetFrameworks") {
                here.framework = Some(Sourced::new(item.text.clone(), held.at(item.span)));
            }
        }
    }
    for held in files().filter(|f| is_project(f.name())) {
        let read = project(held, &shared, problems);
        match packages.get_mut(held.folder()) {
            Some(first) => first.dependencies.extend(read.dependencies),
            None => {
                packages.insert(held.folder(), read);
            }
        }
    }
    packages.into_values().collect()
}

/// Whether a file of that name is a project.
pub(super) fn is_project(name: &str) -> bool {
    [".csproj", ".fsproj", ".vbproj"].iter().any(|end| name.ends_with(end))
}

fn element(held: &Held, problems: &mut Vec<Problem>) -> Option<Element> {
    let parsed = xml(held.bytes.as_deref().unwrap_or_default());
    if held.product() {
        problems.extend(parsed.issues.into_iter().map(|i| crate::gather::problem(held.id, i)));
    }
    parsed.value
}

fn project(held: &Held, shared: &BTreeMap<&str, Shared>, problems: &mut Vec<Problem>) -> Package {
    let mut package = Package::new(held, Ecosystem::Nuget);
    package.name = held.name().rsplit_once('.').map(|(stem, _)| stem.to_owned());
    let Some(root) = element(held, problems) else {
        problems.push(Problem { at: held.whole(), says: "no XML element: the dependencies of this package are unknown".into() });
        return package;
    };
    let above: Vec<&Shared> = ancestors(held.folder()).filter_map(|folder| shared.get(folder)).collect();
    let properties = properties(&root);
    let mut framework = None;
    for item in root.descendants() {
        match item.name.as_str() {
            "PackageReference" => {
                let Some(name) = item.attribute("Include").or_else(|| item.attribute("Update")) else { continue };
                let part = |key: &str| item.attribute(key).map(str::to_owned).or_else(|| item.child(key).map(|c| c.text.clone()));
                let own = part("VersionOverride").or_else(|| part("Version")).map(|v| property(&properties, &v));
                let central = || above.iter().find_map(|s| s.versions.get(&name.to_ascii_lowercase()).cloned());
                package.dependencies.push(PackageDependency {
                    name: name.to_owned(),
                    constraint: own.or_else(central).unwrap_or_default(),
                    at: held.at(item.span),
                    dev: part("PrivateAssets").is_some_and(|p| p.eq_ignore_ascii_case("all")),
                });
            }
            "TargetFramework" | "TargetFrameworks" if !item.text.is_empty() => {
                framework = Some(Sourced::new(property(&properties, &item.text), held.at(item.span)));
            }
            "IsTestProject" if item.text.eq_ignore_ascii_case("true") => package.product = false,
            "Version" if package.version.is_none() && !item.text.is_empty() => {
                package.version = Some(Sourced::new(item.text.clone(), held.at(item.span)));
            }
            _ => {}
        }
    }
    if package.dependencies.iter().any(|d| d.name.eq_ignore_ascii_case("Microsoft.NET.Test.Sdk")) {
        package.product = false;
    }
    let framework = framework.or_else(|| above.iter().find_map(|s| s.framework.clone()));
    package.runtimes.extend(framework.map(|f| ("dotnet".to_owned(), f)));
    package.exact = package.dependencies.iter().all(|d| is_exact(&d.constraint));
    package
}

/// The folders from a folder up to the root.
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder);
    std::iter::from_fn(move || {
        let here = next?;
        next = (!here.is_empty()).then(|| folder_of(here));
        Some(here)
    })
}

/// The properties of a file; the last value of each.
fn properties(root: &Element) -> HashMap<&str, &str> {
    let groups = root.children.iter().filter(|c| c.name == "PropertyGroup");
    groups.flat_map(|g| &g.children).map(|p| (p.name.as_str(), p.text.as_str())).collect()
}

/// A value with `$(Name)` replaced by the property of the same file, one level deep.
fn property(properties: &HashMap<&str, &str>, value: &str) -> String {
    let Some((before, rest)) = value.split_once("$(") else { return value.to_owned() };
    let Some((name, after)) = rest.split_once(')') else { return value.to_owned() };
    match properties.get(name) {
        Some(found) => format!("{before}{found}{after}"),
        None => value.to_owned(),
    }
}

fn is_exact(constraint: &str) -> bool {
    let inner = constraint.trim_start_matches('[').trim_end_matches(']');
    !inner.is_empty() && !inner.contains(['*', ',', '(', ')', '$'])
}
