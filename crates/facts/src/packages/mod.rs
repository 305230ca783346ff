//! Packages: manifests, lock files, dependencies and scripts of every ecosystem; what keeps them up to date; the versions that age.

mod cargo;
mod end_of_life;
mod go;
mod gradle;
mod hex;
mod infrastructure;
mod lines;
mod locks;
mod maven;
mod npm;
mod nuget;
mod other;
mod package;
mod php;
mod pipeline_versions;
mod product;
mod pypi;
mod pyproject;
mod requirements;
mod ruby;
mod tool_files;
mod updaters;
mod versions;
mod workspace;

#[cfg(test)]
mod tests;

pub use end_of_life::{EndOfLife, Support, end_of_life, is_known, support};
pub use package::*;
pub use product::{ImageProduct, product_of_image};
pub(crate) use updaters::updaters;
pub(crate) use versions::{VersionInput, versions};

use std::collections::BTreeSet;

use plimsoll_base::Problem;
use plimsoll_discover::{Format, Language, Role};

use crate::library::{Held, Library, folder_of};

/// Whether a file of that name is a manifest, or tells of versions, so that its content is kept whatever its format.
pub(crate) fn is_manifest(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "package.json",
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "Pipfile",
        "go.mod",
        "go.work",
        "Cargo.toml",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "settings.gradle",
        "settings.gradle.kts",
        "Gemfile",
        "gems.rb",
        "composer.json",
        "mix.exs",
        "pubspec.yaml",
        "Package.swift",
        "Directory.Packages.props",
        "Directory.Build.props",
        "global.json",
        "pnpm-workspace.yaml",
        "lerna.json",
        "renovate.json",
        "renovate.json5",
    ];
    NAMES.contains(&name)
        || nuget::is_project(name)
        || name.ends_with(".gemspec")
        || name.ends_with(".versions.toml")
        || requirements::is_requirements(name)
}

/// Somebody else's, written by a program, or a leftover copy: no package of this repository.
fn foreign(held: &Held) -> bool {
    matches!(held.role, Role::Vendored | Role::Generated | Role::Backup)
}

/// Every package of the tree, in the order of folder and ecosystem.
pub(crate) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<Package> {
    let mut packages = npm::read(library, problems);
    packages.extend(pypi::read(library, problems));
    packages.extend(go::read(library));
    packages.extend(cargo::read(library, problems));
    packages.extend(maven::read(library, problems));
    packages.extend(ruby::read(library));
    packages.extend(php::read(library, problems));
    packages.extend(nuget::read(library, problems));
    packages.extend(hex::read(library));
    packages.extend(other::read(library, problems));
    packages.sort_by(|a, b| (&a.folder, a.ecosystem, &a.path).cmp(&(&b.folder, b.ecosystem, &b.path)));
    for package in &mut packages {
        package.merge_mentions();
        let folder = package.folder.clone();
        locks::attach(library, package, &folder);
        if let Some(root) = package.workspace_root.clone().filter(|_| package.lock.is_none()) {
            locks::attach(library, package, folder_of(&root));
        }
    }
    locks::resolve(library, &mut packages);
    languages(library, &mut packages);
    packages
}

/// The languages of each package's sources: those of the files below its folder and below no other package of its ecosystem.
fn languages(library: &Library, packages: &mut [Package]) {
    let mut folders: Vec<(String, usize)> = packages.iter().enumerate().map(|(i, p)| (p.folder.clone(), i)).collect();
    folders.sort();
    let mut found: Vec<BTreeSet<&'static str>> = vec![BTreeSet::new(); packages.len()];
    let mut owners: (Option<&str>, Vec<usize>) = (None, Vec::new());
    for file in library.files().iter().filter(|f| f.product()) {
        let Format::Source(language) = file.format else { continue };
        let Some((name, ecosystems)) = language_of(language).filter(|_| !is_manifest(file.name())) else { continue };
        let folder = file.folder();
        if owners.0 != Some(folder) {
            owners = (Some(folder), owning(&folders, packages, folder));
        }
        for owner in owners.1.iter().filter(|i| ecosystems.contains(&packages[**i].ecosystem)) {
            found[*owner].insert(name);
        }
    }
    for (package, languages) in packages.iter_mut().zip(found) {
        let mut languages: BTreeSet<String> = languages.into_iter().map(str::to_owned).collect();
        let typed = package.dependencies.iter().any(|d| d.name == "typescript");
        if package.ecosystem == Ecosystem::Npm && (typed || library.resolve(&package.folder, "tsconfig.json").is_some()) {
            languages.insert("TypeScript".to_owned());
        }
        package.languages = languages.into_iter().collect();
    }
}

/// For each ecosystem the package with the nearest folder above.
fn owning(folders: &[(String, usize)], packages: &[Package], folder: &str) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut above = Some(folder);
    while let Some(here) = above {
        let from = folders.partition_point(|(f, _)| f.as_str() < here);
        for (_, index) in folders[from..].iter().take_while(|(f, _)| f == here) {
            if !found.iter().any(|i| packages[*i].ecosystem == packages[*index].ecosystem) {
                found.push(*index);
            }
        }
        above = (!here.is_empty()).then(|| folder_of(here));
    }
    found
}

fn language_of(language: Language) -> Option<(&'static str, &'static [Ecosystem])> {
    use Ecosystem::{Cargo, Go, Hex, Maven, Npm, Nuget, Other, Php, Pypi, Ruby};
    Some(match language {
        Language::TypeScript => ("TypeScript", &[Npm]),
        Language::JavaScript => ("JavaScript", &[Npm]),
        Language::Vue => ("Vue", &[Npm]),
        Language::Svelte => ("Svelte", &[Npm]),
        Language::Astro => ("Astro", &[Npm]),
        Language::Python => ("Python", &[Pypi]),
        Language::Go => ("Go", &[Go]),
        Language::Rust => ("Rust", &[Cargo]),
        Language::Java => ("Java", &[Maven]),
        Language::Kotlin => ("Kotlin", &[Maven]),
        Language::Scala => ("Scala", &[Maven]),
        Language::Groovy => ("Groovy", &[Maven]),
        Language::Ruby => ("Ruby", &[Ruby]),
        Language::Php => ("PHP", &[Php]),
        Language::CSharp => ("C#", &[Nuget]),
        Language::FSharp => ("F#", &[Nuget]),
        Language::Elixir => ("Elixir", &[Hex]),
        Language::Dart => ("Dart", &[Other]),
        Language::Swift => ("Swift", &[Other]),
        _ => return None,
    })
}
