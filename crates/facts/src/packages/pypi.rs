//! Python: `pyproject.toml`, `Pipfile`, `setup.py`, `setup.cfg` and requirements files; all that lie in one folder are one package.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{Problem, Sourced, Span};

use super::lines::{lines, literal, literals, trimmed, without_comment};
use super::requirements::{self, Requirements};
use super::workspace::{self, Root};
use super::{Ecosystem, Package, PackageDependency, locks, pyproject};
use crate::library::{Held, Library, folder_of};

/// What one folder holds of Python packaging.
#[derive(Default)]
struct Folder<'a> {
    manifests: Vec<&'a Held>,
    requirements: Vec<&'a Held>,
}

/// Every Python package.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<Package> {
    let mut folders: BTreeMap<&str, Folder> = BTreeMap::new();
    for held in library.files().iter().filter(|f| f.bytes.is_some() && !super::foreign(f)) {
        match held.name() {
            "pyproject.toml" | "Pipfile" | "setup.py" | "setup.cfg" => folders.entry(held.folder()).or_default().manifests.push(held),
            _ if requirements::is_requirements(&held.path) => {
                let folder = held.folder();
                let inner = matches!(folder.rsplit('/').next(), Some("requirements" | "reqs"));
                folders.entry(if inner { folder_of(folder) } else { folder }).or_default().requirements.push(held);
            }
            _ => {}
        }
    }
    let mut roots = Vec::new();
    let mut packages = Vec::new();
    for (folder, files) in &folders {
        let pyproject = files.manifests.iter().find(|h| h.name() == "pyproject.toml");
        if let Some(members) = pyproject.and_then(|h| h.root()).and_then(|r| r.path(&["tool", "uv", "workspace", "members"])) {
            let patterns = members.scalars().iter().filter_map(|n| n.scalar()).map(str::to_owned).collect();
            roots.push(Root { path: pyproject.map(|h| h.path.clone()).unwrap_or_default(), folder: (*folder).to_owned(), patterns });
        }
        packages.extend(package(library, folder, files, problems));
    }
    workspace::join_members(&mut packages, &roots);
    packages
}

fn package(library: &Library, folder: &str, files: &Folder, problems: &mut Vec<Problem>) -> Option<Package> {
    let named = |name: &str| files.manifests.iter().copied().find(|h| h.name() == name);
    let own: Vec<&Held> = files.requirements.iter().copied().filter(|h| !h.name().starts_with("constraints")).collect();
    let production = production(&own);
    let pyproject = named("pyproject.toml");
    let full = pyproject.filter(|h| h.root().is_some_and(pyproject::has_dependencies));
    let setup_cfg = named("setup.cfg").filter(|h| h.text().contains("[metadata]") || h.text().contains("[options]"));
    let first = full.or(named("Pipfile")).or(production).or(named("setup.py")).or(setup_cfg).or(pyproject).or(own.first().copied())?;

    let mut package = Package::new(first, Ecosystem::Pypi);
    package.folder = folder.to_owned();
    for held in &files.manifests {
        match (held.name(), held.root().filter(|r| r.is_mapping())) {
            ("pyproject.toml", Some(root)) => pyproject::pyproject(held, root, &mut package),
            ("Pipfile", Some(root)) => pyproject::pipfile(held, root, &mut package),
            ("setup.py", _) => setup_py(held, &mut package),
            ("setup.cfg", _) => setup_cfg_file(held, &mut package),
            _ => problems.push(Problem { at: held.whole(), says: "no TOML table: the dependencies of this package are unknown".into() }),
        }
    }
    let mut contents: BTreeMap<String, Requirements> = own.iter().map(|h| (h.path.clone(), requirements::requirements(h))).collect();
    let starts: Vec<&str> = own.iter().filter(|h| !requirements::is_dev(&h.path)).map(|h| h.path.as_str()).collect();
    let installed = requirements::closure(library, &starts, &mut contents);
    let manifest_is_requirements = own.iter().any(|h| h.id == first.id);
    add_requirements(library, &contents, &installed, &mut package);
    package.merge_mentions();

    let direct: Vec<&PackageDependency> = package.dependencies.iter().filter(|d| !d.dev).collect();
    package.exact = direct.iter().all(|d| requirements::is_exact(&d.constraint));
    if manifest_is_requirements {
        let main = contents.get(&first.path);
        package.hashed = main.is_some_and(|r| r.hashed);
    }
    locks::attach(library, &mut package, folder);
    if package.lock.is_none() {
        compiled_lock(library, &contents, &mut package);
    }
    Some(package)
}

/// The requirements file that production installs, by the names; none where all are for development.
fn production<'a>(files: &[&'a Held]) -> Option<&'a Held> {
    let rank = |held: &Held| {
        let path = held.path.to_ascii_lowercase();
        let name = held.name().to_ascii_lowercase();
        let prod = path
            .rsplit('/')
            .next()
            .is_some_and(|n| n.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| matches!(w, "prod" | "production" | "prd")));
        match () {
            () if name == "requirements.txt" => 0,
            () if prod => 1,
            () if name == "base.txt" => 2,
            () if name.ends_with(".txt") => 3,
            () => 4,
        }
    };
    files.iter().copied().filter(|h| !requirements::is_dev(&h.path)).min_by_key(|h| (rank(h), h.path.len()))
}

/// The requirements of all files. What a compiler wrote is left to its source, if that is here: only the source tells what is wanted directly.
fn add_requirements(library: &Library, contents: &BTreeMap<String, Requirements>, installed: &BTreeSet<String>, package: &mut Package) {
    let has_own = !package.dependencies.is_empty();
    let ordered = contents.iter().filter(|(p, _)| installed.contains(*p)).chain(contents.iter().filter(|(p, _)| !installed.contains(*p)));
    for (path, file) in ordered {
        let source = path.strip_suffix(".txt").is_some_and(|stem| library.get(&format!("{stem}.in")).is_some());
        if file.compiled.is_some() && (source || has_own) {
            continue;
        }
        let dev = !installed.contains(path);
        package.dependencies.extend(file.dependencies.iter().cloned().map(|d| PackageDependency { dev, ..d }));
    }
}

/// A compiled requirements file, or one with a hash on every line, locks what it lists.
fn compiled_lock(library: &Library, contents: &BTreeMap<String, Requirements>, package: &mut Package) {
    let pinned = |r: &Requirements| !r.dependencies.is_empty() && r.dependencies.iter().all(|d| requirements::is_exact(&d.constraint));
    // Beside a manifest of requirements that is not locked itself, a hashed file is a part of it and locks nothing else.
    let by_hand = contents.get(&package.path).is_some_and(|r| r.compiled.is_none());
    let counts = |path: &str, r: &Requirements| r.compiled.is_some() || r.hashed && (path == package.path || !by_hand);
    let candidates = contents.iter().filter(|(path, r)| pinned(r) && counts(path, r) && !requirements::is_dev(path));
    let Some((path, file)) = candidates.min_by_key(|(path, _)| (**path != package.path, path.len())) else { return };
    if let Some(held) = library.get(path) {
        package.hashed |= file.hashed;
        let tool = match file.compiled {
            Some("uv") => "uv",
            Some("poetry") => "poetry",
            Some("pdm") => "pdm",
            _ => "pip-tools",
        };
        package.lock = Some(locks::lock(held, tool));
    }
}

/// What `setup.py` says in literals; it is a program and is not run.
fn setup_py(held: &Held, package: &mut Package) {
    let text = held.text();
    for (keyword, dev) in [("install_requires", false), ("tests_require", true)] {
        let Some((start, list)) = bracketed(&text, keyword) else { continue };
        for (at, requirement) in literals(list) {
            if let Some((name, constraint)) = requirements::requirement_of(requirement) {
                let span = Span::new(start + at, start + at + requirement.len());
                package.dependencies.push(PackageDependency { name, constraint, at: held.at(span), dev });
            }
        }
    }
    for (start, line) in lines(&text) {
        let (content, span) = trimmed(start, line);
        let value = |key: &str| {
            let rest = content.strip_prefix(key)?.trim_start().strip_prefix('=')?;
            Some(literal(rest)?.1.to_owned())
        };
        if let Some(version) = value("python_requires") {
            package.runtimes.push(("python".into(), Sourced::new(version, held.at(span))));
        } else if let Some(name) = value("name").filter(|_| package.name.is_none()) {
            package.name = Some(name);
        }
    }
}

/// The text between the brackets behind `keyword =`, with its start.
fn bracketed<'a>(text: &'a str, keyword: &str) -> Option<(usize, &'a str)> {
    let at = text.find(keyword)?;
    let rest = &text[at + keyword.len()..];
    let open = rest.find('[').filter(|i| rest[..*i].trim().trim_end_matches('=').trim().is_empty())?;
    let start = at + keyword.len() + open + 1;
    let mut depth = 1;
    let mut quote = None;
    for (i, byte) in text[start..].bytes().enumerate() {
        match (quote, byte) {
            (Some(q), b) if b == q => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[') => depth += 1,
            (None, b']') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((start, &text[start..start + i]));
        }
    }
    None
}

/// What `setup.cfg` says: indented lines belong to the key above them.
fn setup_cfg_file(held: &Held, package: &mut Package) {
    let text = held.text();
    let (mut section, mut key) = (String::new(), String::new());
    for (start, line) in lines(&text) {
        let plain = without_comment(line, "#");
        let (content, span) = trimmed(start, plain);
        if content.is_empty() {
            continue;
        }
        if let Some(name) = content.strip_prefix('[').and_then(|c| c.strip_suffix(']')) {
            section = name.to_owned();
            let tool = name.strip_prefix("tool:").unwrap_or(name);
            if !matches!(tool, "metadata" | "options") && !tool.starts_with("options.") {
                package.tools.push((format!("tool.{tool}"), held.at(span)));
            }
            continue;
        }
        let mut value = content;
        if !line.starts_with(char::is_whitespace) {
            let (name, rest) = content.split_once('=').unwrap_or((content, ""));
            key = name.trim().to_owned();
            value = rest.trim();
        }
        match (section.as_str(), key.as_str()) {
            ("metadata", "name") if package.name.is_none() => package.name = Some(value.to_owned()),
            ("options", "python_requires") if !value.is_empty() => {
                package.runtimes.push(("python".into(), Sourced::new(value.to_owned(), held.at(span))))
            }
            ("options", "install_requires" | "tests_require") => depend(held, span, value, key == "tests_require", package),
            ("options.extras_require", group) => depend(held, span, value, requirements::is_dev_word(group), package),
            _ => {}
        }
    }
}

fn depend(held: &Held, span: Span, value: &str, dev: bool, package: &mut Package) {
    if let Some((name, constraint)) = requirements::requirement_of(value) {
        package.dependencies.push(PackageDependency { name, constraint, at: held.at(span), dev });
    }
}
