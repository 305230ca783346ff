//! Lock files: which one governs a package, and the versions that it resolves.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{Sourced, Span};

use super::{Ecosystem, Lock, Package};
use crate::library::{Held, Library};

/// Names of lock files with what writes them, the most telling first.
const LOCKS: &[(Ecosystem, &str, &str)] = &[
    (Ecosystem::Npm, "pnpm-lock.yaml", "pnpm"),
    (Ecosystem::Npm, "yarn.lock", "yarn"),
    (Ecosystem::Npm, "bun.lock", "bun"),
    (Ecosystem::Npm, "bun.lockb", "bun"),
    (Ecosystem::Npm, "npm-shrinkwrap.json", "npm"),
    (Ecosystem::Npm, "package-lock.json", "npm"),
    (Ecosystem::Pypi, "uv.lock", "uv"),
    (Ecosystem::Pypi, "poetry.lock", "poetry"),
    (Ecosystem::Pypi, "pdm.lock", "pdm"),
    (Ecosystem::Pypi, "Pipfile.lock", "pipenv"),
    (Ecosystem::Pypi, "pylock.toml", "pip"),
    (Ecosystem::Go, "go.sum", "go"),
    (Ecosystem::Cargo, "Cargo.lock", "cargo"),
    (Ecosystem::Maven, "gradle.lockfile", "gradle"),
    (Ecosystem::Ruby, "Gemfile.lock", "bundler"),
    (Ecosystem::Php, "composer.lock", "composer"),
    (Ecosystem::Nuget, "packages.lock.json", "nuget"),
    (Ecosystem::Hex, "mix.lock", "mix"),
    (Ecosystem::Other, "pubspec.lock", "pub"),
    (Ecosystem::Other, "Package.resolved", "swift"),
];

/// Packages of which versions are looked up in lock files, with the product they are in the end-of-life table.
pub(super) const FRAMEWORKS: &[(Ecosystem, &str, &str)] = &[
    (Ecosystem::Npm, "next", "nextjs"),
    (Ecosystem::Npm, "nuxt", "nuxt"),
    (Ecosystem::Npm, "vue", "vue"),
    (Ecosystem::Npm, "svelte", "svelte"),
    (Ecosystem::Npm, "@angular/core", "angular"),
    (Ecosystem::Npm, "angular", "angularjs"),
    (Ecosystem::Npm, "express", "express"),
    (Ecosystem::Pypi, "django", "django"),
    (Ecosystem::Ruby, "rails", "rails"),
    (Ecosystem::Php, "laravel/framework", "laravel"),
    (Ecosystem::Php, "symfony/framework-bundle", "symfony"),
    (Ecosystem::Maven, "org.springframework.boot:spring-boot-starter-parent", "spring-boot"),
    (Ecosystem::Maven, "org.springframework.boot:spring-boot", "spring-boot"),
    (Ecosystem::Maven, "org.springframework.boot", "spring-boot"),
];

/// Gives a package the locks of a folder; those of further tools compete with the first.
pub(super) fn attach(library: &Library, package: &mut Package, folder: &str) {
    if package.lock.is_some() {
        return;
    }
    let named = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let mut locks: Vec<Lock> = LOCKS
        .iter()
        .filter(|(ecosystem, ..)| *ecosystem == package.ecosystem)
        .filter_map(|(_, name, tool)| Some(lock(library.get(&named(name))?, tool)))
        .collect();
    // Two files of one tool (`bun.lock` beside `bun.lockb`) do not compete.
    let mut seen: Vec<String> = Vec::new();
    locks.retain(|l| {
        let new = !seen.contains(&l.tool);
        seen.push(l.tool.clone());
        new
    });
    let asked = package.manager.as_ref().map(|m| m.value.split('@').next().unwrap_or_default().to_owned());
    if let Some(at) = asked.and_then(|tool| locks.iter().position(|l| l.tool == tool)) {
        let chosen = locks.remove(at);
        locks.insert(0, chosen);
    }
    let mut locks = locks.into_iter();
    package.lock = locks.next();
    package.competing_locks.extend(locks);
}

/// A lock file, its versions not yet looked up.
pub(super) fn lock(held: &Held, tool: &str) -> Lock {
    Lock { file: held.id, path: held.path.clone(), tool: tool.to_owned(), ignored: held.ignored, resolved: Vec::new() }
}

/// Looks up the frameworks that packages ask for, once per lock file, however many packages it governs.
pub(super) fn resolve(library: &Library, packages: &mut [Package]) {
    let mut wanted: BTreeMap<String, (String, BTreeSet<&'static str>)> = BTreeMap::new();
    for package in packages.iter() {
        let Some(lock) = &package.lock else { continue };
        let names = FRAMEWORKS
            .iter()
            .filter(|(e, name, _)| *e == package.ecosystem && package.dependencies.iter().any(|d| is_named(&d.name, name)))
            .map(|(_, name, _)| *name);
        wanted.entry(lock.path.clone()).or_insert_with(|| (lock.tool.clone(), BTreeSet::new())).1.extend(names);
    }
    let found: BTreeMap<String, Resolved> = wanted
        .into_iter()
        .filter_map(|(path, (tool, names))| {
            let held = library.get(&path)?;
            let versions = names.into_iter().flat_map(|name| versions_of(held, &tool, name)).collect();
            Some((path, versions))
        })
        .collect();
    for lock in packages.iter_mut().filter_map(|p| p.lock.as_mut()) {
        lock.resolved = found.get(&lock.path).cloned().unwrap_or_default();
    }
}

/// Whether a dependency is the package of that name, its extras left out.
pub(super) fn is_named(dependency: &str, name: &str) -> bool {
    dependency.split('[').next().unwrap_or(dependency).eq_ignore_ascii_case(name)
}

type Resolved = Vec<(String, Sourced<String>)>;

/// The versions of a package that a lock file holds, found by the forms of its format without reading the rest.
fn versions_of(held: &Held, tool: &str, name: &str) -> Resolved {
    let bytes = held.bytes.as_deref().unwrap_or_default();
    let mut found = Vec::new();
    for form in forms(tool, name) {
        let needle = form.needle.as_bytes();
        // The first line of a file has no line end before it.
        let first = needle.strip_prefix(b"\n").filter(|n| bytes.starts_with(n)).map(|n| (0, n.len()));
        let rest = memchr::memmem::find_iter(bytes, needle).map(|i| (i, i + needle.len()));
        for (at, end) in first.into_iter().chain(rest).take(20) {
            if let Some((value, span)) = version_behind(bytes, at, end, &form) {
                found.push((name.to_owned(), Sourced::new(value, held.at(span))));
            }
        }
    }
    found.sort_by_key(|(_, version)| version.at);
    // Formats name a package in several sections: the first place of each version is enough.
    let mut seen: BTreeSet<String> = BTreeSet::new();
    found.retain(|(_, version)| seen.insert(version.value.clone()));
    found
}

/// How a format writes a package and its version.
struct Form {
    /// What stands before the version, or before the line that holds it.
    needle: String,
    /// What leads from there to the version; empty where the version follows at once.
    lead: &'static str,
    /// How many bytes lie between at most.
    within: usize,
    /// What must not precede on the same line: a copy inside another package.
    nested: bool,
}

fn forms(tool: &str, name: &str) -> Vec<Form> {
    let form = |needle: String, lead: &'static str, within: usize| Form { needle, lead, within, nested: false };
    match tool {
        "npm" => vec![
            Form { needle: format!("node_modules/{name}\": {{"), lead: "\"version\": \"", within: 200, nested: true },
            form(format!("\n    \"{name}\": {{\n      \"version\": \""), "", 0),
        ],
        "yarn" => vec![form(format!("\n{name}@"), "\n  version \"", 2000), form(format!("\n\"{name}@"), "\n  version", 2000)],
        "pnpm" => vec![
            form(format!("\n  {name}@"), "", 0),
            form(format!("\n  '{name}@"), "", 0),
            form(format!("\n  /{name}@"), "", 0),
            form(format!("\n  '/{name}@"), "", 0),
            form(format!("\n  /{name}/"), "", 0),
        ],
        "bun" => vec![form(format!("\"{name}\": [\"{name}@"), "", 0)],
        "poetry" | "uv" | "pdm" | "cargo" => vec![form(format!("\nname = \"{name}\"\n"), "version = \"", 200)],
        "pipenv" => vec![form(format!("\n        \"{name}\": {{"), "\"version\": \"==", 20_000)],
        "pip-tools" | "pip" => vec![form(format!("\n{name}=="), "", 0), form(format!("\n{}==", capital(name)), "", 0)],
        "bundler" => vec![form(format!("\n    {name} ("), "", 0)],
        "composer" => vec![form(format!("\"name\": \"{name}\","), "\"version\": \"", 100)],
        "gradle" => vec![form(format!("\n{name}:"), "", 0)],
        _ => Vec::new(),
    }
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn version_behind(bytes: &[u8], at: usize, end: usize, form: &Form) -> Option<(String, Span)> {
    if form.nested {
        // The key from its opening quote: a second `node_modules` in it makes it a copy inside another package.
        let key_start = bytes[..at].iter().rposition(|b| *b == b'"')? + 1;
        if memchr::memmem::find(&bytes[key_start..at], b"node_modules/").is_some() {
            return None;
        }
    }
    let window = &bytes[end..bytes.len().min(end + form.within + form.lead.len())];
    let mut start = end + if form.lead.is_empty() { 0 } else { memchr::memmem::find(window, form.lead.as_bytes())? + form.lead.len() };
    while bytes.get(start).is_some_and(|b| matches!(b, b':' | b' ' | b'"' | b'v')) {
        start += 1;
    }
    let length = bytes[start..].iter().take(60).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+')).count();
    let value = std::str::from_utf8(&bytes[start..start + length]).ok()?;
    // A range or a patch's name is no version.
    value.starts_with(|c: char| c.is_ascii_digit()).then(|| (value.to_owned(), Span::new(start, start + length)))
}
