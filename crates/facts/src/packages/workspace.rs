//! Workspaces: which packages belong to which root, by the patterns that the root declares.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};

use super::Package;
use crate::library::join;

/// A workspace as its root declares it.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// The root's manifest.
    pub(super) path: String,
    /// The folder that holds it.
    pub(super) folder: String,
    /// Patterns of member folders; those that start with `!` leave out.
    pub(super) patterns: Vec<String>,
}

/// Patterns beyond this number are left out: no workspace has so many.
const MAX_PATTERNS: usize = 500;

/// Workspaces beyond this number are left out.
const MAX_ROOTS: usize = 300;

/// Tells each root its members and each member its root; the nearest root counts.
pub(super) fn join_members(packages: &mut [Package], roots: &[Root]) {
    let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let compiled: Vec<(&Root, Vec<(bool, GlobMatcher)>)> = roots.iter().take(MAX_ROOTS).map(|root| (root, matchers(root))).collect();
    for package in packages.iter_mut() {
        let owner = compiled
            .iter()
            .filter(|(root, _)| root.path != package.path && below(&package.folder, &root.folder))
            .filter(|(_, patterns)| belongs(patterns, &package.folder))
            .max_by_key(|(root, _)| root.folder.len());
        if let Some((root, _)) = owner {
            package.workspace_root = Some(root.path.clone());
            members.entry(root.path.clone()).or_default().push(package.folder.clone());
        }
    }
    for package in packages.iter_mut() {
        if let Some(found) = members.remove(&package.path) {
            package.members = found;
        }
    }
}

fn below(folder: &str, root: &str) -> bool {
    root.is_empty() || folder.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

fn belongs(patterns: &[(bool, GlobMatcher)], folder: &str) -> bool {
    patterns.iter().any(|(keep, p)| *keep && p.is_match(folder)) && !patterns.iter().any(|(keep, p)| !*keep && p.is_match(folder))
}

fn matchers(root: &Root) -> Vec<(bool, GlobMatcher)> {
    let each = root.patterns.iter().take(MAX_PATTERNS).filter_map(|pattern| {
        let (keep, pattern) = pattern.strip_prefix('!').map_or((true, pattern.as_str()), |rest| (false, rest));
        let whole = join(&root.folder, pattern.trim_end_matches('/'))?;
        let glob = GlobBuilder::new(&whole).literal_separator(true).build().ok()?;
        Some((keep, glob.compile_matcher()))
    });
    each.collect()
}
