//! Packages of npm within the tree: what their names and the paths within them lead to.

use std::collections::HashMap;

use plimsoll_discover::Role;
use plimsoll_syntax::Node;

use super::{Known, below};
use crate::library::join;

/// Text conditions of `exports` and `imports` may nest this deep.
const MAX_NESTING: u32 = 6;

/// Files that one path within a package may stand for.
const MAX_CANDIDATES: usize = 16;

/// A manifest of the tree.
struct Manifest<'a> {
    folder: &'a str,
    root: &'a Node,
}

/// The packages of the tree by their names and folders.
pub(super) struct Manifests<'a> {
    all: Vec<Manifest<'a>>,
    by_name: HashMap<&'a str, Vec<usize>>,
    by_folder: HashMap<&'a str, usize>,
}

impl<'a> Manifests<'a> {
    /// Reads every `package.json` that is not somebody else's.
    pub(super) fn new(known: &Known<'a>) -> Self {
        let files = known.library.files().iter().filter(|f| f.name() == "package.json" && f.role != Role::Vendored);
        let all: Vec<Manifest> =
            files.filter_map(|f| Some(Manifest { folder: f.folder(), root: f.root().filter(|r| r.is_mapping())? })).collect();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_folder = HashMap::new();
        for (index, manifest) in all.iter().enumerate() {
            by_folder.insert(manifest.folder, index);
            if let Some(name) = manifest.root.get("name").and_then(Node::as_str) {
                by_name.entry(name).or_default().push(index);
            }
        }
        Self { all, by_name, by_folder }
    }
    /// Whether a folder has a manifest.
    pub(super) fn has(&self, folder: &str) -> bool {
        self.by_folder.contains_key(folder)
    }
    /// Whether the manifest of a folder asks for a package.
    pub(super) fn declares(&self, folder: &str, package: &str) -> bool {
        const SECTIONS: [&str; 4] = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
        let manifest = self.by_folder.get(folder).map(|i| &self.all[*i]);
        manifest.is_some_and(|m| SECTIONS.iter().any(|s| m.root.path(&[s, package]).is_some()))
    }
    /// Paths that `#name` may lead to, by the `imports` of a folder's manifest.
    pub(super) fn internal(&self, folder: &str, specifier: &str) -> Vec<String> {
        let Some(manifest) = self.by_folder.get(folder).map(|i| &self.all[*i]) else { return Vec::new() };
        let targets = manifest.root.get("imports").map(|i| targets(i, specifier)).unwrap_or_default();
        targets.into_iter().filter_map(|t| join(folder, &t)).collect()
    }
    /// Paths that a package of the tree, and a path within it, may lead to, the likeliest first; none where no package of the tree has that name.
    pub(super) fn paths(&self, name: &str, rest: &str) -> Option<Vec<String>> {
        let named = self.by_name.get(name)?;
        let mut paths = Vec::new();
        for manifest in named.iter().map(|i| &self.all[*i]) {
            manifest.paths(rest, &mut paths);
        }
        Some(paths)
    }
    /// The entry that a folder's own manifest names.
    pub(super) fn entry(&self, folder: &str) -> Vec<String> {
        let mut paths = Vec::new();
        if let Some(index) = self.by_folder.get(folder) {
            self.all[*index].paths("", &mut paths);
        }
        paths
    }
}

impl Manifest<'_> {
    fn paths(&self, rest: &str, paths: &mut Vec<String>) {
        let mut written: Vec<String> = Vec::new();
        if let Some(exports) = self.root.get("exports") {
            let key = if rest.is_empty() { ".".to_owned() } else { format!("./{rest}") };
            written = targets(exports, &key);
        }
        if rest.is_empty() {
            let fields = ["source", "module", "main", "svelte", "browser", "types", "typings"];
            written.extend(fields.iter().filter_map(|f| self.root.get(f)?.as_str().map(str::to_owned)));
        }
        for target in written {
            let Some(path) = join(self.folder, &target) else { continue };
            // What is built need not be in the tree: its source is.
            paths.extend(source_of(self.folder, &path));
            paths.push(path);
        }
        for inner in ["", "src", "lib"] {
            let path = below(&below(self.folder, inner), rest);
            if rest.is_empty() { paths.push(below(&path, "index")) } else { paths.push(path) }
        }
    }
}

/// The paths of sources that may have been built to a path: `dist/x.js` from `src/x` and from `x`.
fn source_of(folder: &str, built: &str) -> Vec<String> {
    const OUTPUTS: &[&str] = &["dist", "build", "out", "output", "es", "esm", "cjs", "lib", "types", "module", "commonjs"];
    let Some(inner) = built.strip_prefix(folder).map(|p| p.trim_start_matches('/')) else { return Vec::new() };
    let mut parts: Vec<&str> = inner.split('/').collect();
    let outputs = parts.iter().take_while(|p| OUTPUTS.contains(p)).count();
    if outputs == 0 {
        return Vec::new();
    }
    parts.drain(..outputs);
    let path = parts.join("/");
    let stem = [".d.ts", ".d.mts", ".d.cts"].iter().find_map(|end| path.strip_suffix(end)).map(str::to_owned);
    let stem = stem.unwrap_or_else(|| path.rsplit_once('.').map_or(path.clone(), |(stem, _)| stem.to_owned()));
    // `dist/src/index.js` keeps the folder that it was built from.
    let flat = stem.strip_prefix("src/").unwrap_or(&stem);
    vec![below(folder, &format!("src/{flat}")), below(folder, flat)]
}

/// The paths that a table of `exports` or `imports` gives for a key, patterns filled in.
fn targets(table: &Node, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    let keyed = table.entries().iter().any(|e| e.key.starts_with(['.', '#']));
    if !keyed {
        if key == "." {
            texts(table, "", MAX_NESTING, &mut found);
        }
        return found;
    }
    if let Some(node) = table.get(key) {
        texts(node, "", MAX_NESTING, &mut found);
        return found;
    }
    let matches = table.entries().iter().filter_map(|e| {
        let (before, after) = e.key.split_once('*')?;
        let middle = key.strip_prefix(before)?.strip_suffix(after)?;
        Some((before.len(), middle, &e.value))
    });
    if let Some((_, middle, node)) = matches.max_by_key(|(length, ..)| *length) {
        texts(node, middle, MAX_NESTING, &mut found);
    }
    found
}

fn texts(node: &Node, middle: &str, depth: u32, found: &mut Vec<String>) {
    if found.len() >= MAX_CANDIDATES || depth == 0 {
        return;
    }
    if let Some(text) = node.as_str() {
        found.push(text.replace('*', middle));
    }
    node.items().iter().for_each(|n| texts(n, middle, depth - 1, found));
    // Declarations of types stand first by rule, and are the least of use.
    let (types, others): (Vec<_>, Vec<_>) = node.entries().iter().partition(|e| e.key.starts_with("types"));
    others.into_iter().chain(types).for_each(|e| texts(&e.value, middle, depth - 1, found));
}
