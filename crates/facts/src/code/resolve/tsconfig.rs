//! `tsconfig.json` and `jsconfig.json`: what `paths` and `baseUrl` make of module names.

use std::collections::{BTreeMap, HashMap};

use plimsoll_syntax::Node;

use super::manifests::Manifests;
use super::{Known, below};
use crate::library::{Held, folder_of, join};

/// Configurations that one may build upon, one after the other.
const MAX_DEPTH: u32 = 8;

/// Patterns that are kept of one configuration.
const MAX_PATTERNS: usize = 2_000;

/// What a configuration says of module names.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    /// Whole names and what they stand for, paths from the root of the tree.
    exact: HashMap<String, Vec<String>>,
    /// What stands before and after `*`, and what that stands for; the longest first.
    patterns: Vec<(String, String, Vec<String>)>,
    /// The folder from which names are looked up.
    base: Option<String>,
}

impl Config {
    /// The paths that a name may lead to.
    pub(super) fn paths(&self, specifier: &str) -> Vec<String> {
        if let Some(targets) = self.exact.get(specifier) {
            return targets.clone();
        }
        let matching = self.patterns.iter().find_map(|(before, after, targets)| {
            let middle = specifier.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
            Some((middle, targets))
        });
        matching.map(|(middle, targets)| targets.iter().map(|t| t.replacen('*', middle, 1)).collect()).unwrap_or_default()
    }
    /// The path of a name below `baseUrl`.
    pub(super) fn based(&self, specifier: &str) -> Option<String> {
        join(self.base.as_deref()?, specifier)
    }
    fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.patterns.is_empty()
    }
    fn takes(&mut self, paths: &Node, from: &str) {
        for entry in paths.entries().iter().take(MAX_PATTERNS) {
            let targets: Vec<String> =
                entry.value.scalars().iter().filter_map(|t| join(from, t.scalar()?.trim_start_matches("${configDir}/"))).collect();
            match entry.key.split_once('*') {
                Some((before, after)) => self.patterns.push((before.to_owned(), after.to_owned(), targets)),
                None => {
                    self.exact.insert(entry.key.to_string(), targets);
                }
            }
        }
        self.patterns.sort_by_key(|(before, ..)| std::cmp::Reverse(before.len()));
    }
}

/// The configurations of each folder that has some.
pub(super) fn configs(known: &Known, manifests: &Manifests) -> HashMap<String, Vec<Config>> {
    let mut by_folder: BTreeMap<&str, Vec<&Held>> = BTreeMap::new();
    for file in known.library.files() {
        let name = file.name();
        if (name.starts_with("tsconfig") || name.starts_with("jsconfig")) && name.ends_with(".json") && file.root().is_some() {
            by_folder.entry(file.folder()).or_default().push(file);
        }
    }
    let mut configs = HashMap::new();
    for (folder, mut files) in by_folder {
        files.sort_by_key(|f| (f.name() != "tsconfig.json", f.name() != "jsconfig.json", f.name()));
        let read: Vec<Config> = files.iter().map(|f| read(known, manifests, f, MAX_DEPTH)).collect();
        configs.insert(folder.to_owned(), read);
    }
    configs
}

fn read(known: &Known, manifests: &Manifests, file: &Held, depth: u32) -> Config {
    let mut config = Config::default();
    let Some(root) = file.root().filter(|_| depth > 0) else { return config };
    let folder = file.folder();
    let options = root.get("compilerOptions");
    for parent in root.get("extends").map(Node::scalars).unwrap_or_default() {
        let parent = parent.scalar().and_then(|name| extended(known, manifests, folder, name));
        if let Some(inherited) = parent.map(|p| read(known, manifests, p, depth - 1)) {
            config.base = inherited.base.clone().or(config.base);
            if !inherited.is_empty() {
                config = Config { base: config.base, ..inherited };
            }
        }
    }
    if let Some(base) = options.and_then(|o| o.get("baseUrl")).and_then(Node::as_str) {
        config.base = join(folder, base.trim_start_matches("${configDir}/"));
    }
    if let Some(paths) = options.and_then(|o| o.get("paths")) {
        config.exact.clear();
        config.patterns.clear();
        let from = config.base.clone().unwrap_or_else(|| folder.to_owned());
        config.takes(paths, &from);
    }
    // A configuration that only lists others: what it says of names stands there.
    if config.is_empty() {
        for reference in root.get("references").map(Node::items).unwrap_or_default().iter().take(20) {
            let Some(path) = reference.get("path").and_then(Node::as_str).and_then(|p| join(folder, p)) else { continue };
            let referenced = known.library.get(&path).or_else(|| known.library.get(&below(&path, "tsconfig.json")));
            // Other projects have their own names; those of the same folder are parts of this one.
            if let Some(part) = referenced.filter(|r| r.folder() == folder).map(|r| read(known, manifests, r, depth - 1)) {
                config.exact.extend(part.exact);
                config.patterns.extend(part.patterns);
                config.base = config.base.or(part.base);
            }
        }
    }
    config
}

/// The configuration that `extends` names: a path, or a path within a package of the tree.
fn extended<'a>(known: &Known<'a>, manifests: &Manifests, folder: &str, name: &str) -> Option<&'a Held> {
    let open = |path: &str| {
        let library = known.library;
        library.get(path).or_else(|| library.get(&format!("{path}.json"))).or_else(|| library.get(&below(path, "tsconfig.json")))
    };
    if name.starts_with('.') {
        return open(&join(folder, name)?);
    }
    let (package, rest) = super::script::split(name);
    manifests
        .paths(package, rest)?
        .iter()
        .filter(|p| !folder_of(p).is_empty())
        .find_map(|p| open(p))
        .filter(|f| f.name().ends_with(".json"))
}
