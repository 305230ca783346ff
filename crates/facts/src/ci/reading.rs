//! What every provider's reader needs: the tree, the packages, the default branch, and short ways to values with places.

use std::cell::Cell;
use std::collections::HashMap;

use plimsoll_base::{FileId, Location, Problem, Sourced};
use plimsoll_syntax::Node;

use super::occasions::DefaultBranch;
use crate::library::{Held, Library};
use crate::packages::Package;

/// The tree as a pipeline sees it.
pub(super) struct Reader<'a> {
    pub library: &'a Library,
    pub packages: &'a [Package],
    pub default_branch: DefaultBranch,
    by_folder: HashMap<&'a str, Vec<&'a Package>>,
    /// How many bytes of scripts may still be opened.
    left: Cell<usize>,
    /// How many jobs and steps may still be put in the place of calls, templates and references.
    expansions: Cell<usize>,
}

/// How many bytes of scripts all pipelines together are followed into, the same script counted each time.
const MOST_FOLLOWED: usize = 16 << 20;
/// How many jobs and steps are put in the place of calls, templates and references: parts that call parts may multiply.
const MOST_EXPANSIONS: usize = 10_000;

impl<'a> Reader<'a> {
    pub(super) fn new(library: &'a Library, packages: &'a [Package], default_branch: DefaultBranch) -> Self {
        let mut by_folder: HashMap<&str, Vec<&Package>> = HashMap::new();
        for package in packages {
            by_folder.entry(package.folder.as_str()).or_default().push(package);
        }
        Self { library, packages, default_branch, by_folder, left: Cell::new(MOST_FOLLOWED), expansions: Cell::new(MOST_EXPANSIONS) }
    }

    /// The packages whose manifests lie in a folder.
    pub(super) fn packages_in(&self, folder: &str) -> &[&'a Package] {
        self.by_folder.get(folder).map_or(&[], Vec::as_slice)
    }

    /// Whether a script of that length may still be opened. Once it may not, none may.
    pub(super) fn opens(&self, length: usize) -> bool {
        let left = self.left.get().saturating_sub(length.max(64));
        self.left.set(left);
        left > 0
    }

    /// Whether one more part, of that many jobs or steps, may be put in the place of its name.
    pub(super) fn expands(&self, size: usize) -> bool {
        let left = self.expansions.get().saturating_sub(size.max(1));
        self.expansions.set(left);
        left > 0
    }

    /// Whether no script may be opened any more.
    pub(super) fn exhausted(&self) -> bool {
        self.left.get() == 0
    }

    /// Whether something was left out for being too much.
    pub(super) fn limited(&self) -> bool {
        self.exhausted() || self.expansions.get() == 0
    }

    pub(super) fn held(&self, file: FileId) -> Option<&'a Held> {
        self.library.files().get(file.0 as usize)
    }
}

/// A scalar with its place.
pub(super) fn sourced(file: FileId, node: &Node) -> Option<Sourced<String>> {
    Some(Sourced::new(node.scalar()?.to_owned(), Location::at(file, node.span)))
}

/// A scalar or a list of scalars with their places.
pub(super) fn list(file: FileId, node: Option<&Node>) -> Vec<Sourced<String>> {
    node.map(|n| n.scalars().into_iter().filter_map(|s| sourced(file, s)).collect()).unwrap_or_default()
}

/// The scalars of a mapping.
pub(super) fn pairs(file: FileId, node: Option<&Node>) -> Vec<(String, Sourced<String>)> {
    let entries = node.map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|e| Some((e.key.to_string(), sourced(file, &e.value)?))).collect()
}

/// The place of a key with its value.
pub(super) fn entry_at(file: FileId, node: &Node, key: &str) -> Option<Location> {
    node.entry(key).map(|e| Location::at(file, e.span()))
}

/// The place of a key alone, for long values.
pub(super) fn key_at(file: FileId, node: &Node, key: &str) -> Option<Location> {
    node.entry(key).map(|e| Location::at(file, e.key_span))
}

/// Whether a file's text was understood in full; if not, the pipeline says so, lest anybody conclude that something is absent.
pub(super) fn defect(file: &Held, problems: &mut Vec<Problem>) -> Option<Sourced<String>> {
    let issue = match file.bytes.as_deref() {
        None => return Some(Sourced::new("the file was not read".to_owned(), file.whole())),
        Some(bytes) => plimsoll_syntax::yaml(bytes).issues.into_iter().find(|i| !i.says.starts_with("duplicate key"))?,
    };
    let problem = Problem { at: Location { file: file.id, span: issue.span }, says: issue.says };
    let opaque = Sourced::new(format!("the file was not read in full: {}", problem.says), problem.at);
    problems.push(problem);
    Some(opaque)
}
