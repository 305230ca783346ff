//! Occasions: what may start a pipeline, each with what is known of the branch or tag, and the default branch.

use std::collections::BTreeMap;

use plimsoll_syntax::{Kind as NodeKind, Node};

use super::expressions::Value;
use super::{BranchFilter, Occasions, Provider};
use crate::library::Held;

/// The default branch, as far as the pipelines tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DefaultBranch(pub String);

/// What kind of occasion it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    PullRequest,
    Main,
    Branch,
    Tag,
    Schedule,
    Manual,
    /// An issue, a comment, a call from outside: it starts something, but nothing that [`Occasions`] names.
    Other,
}

/// One thing that may start a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Occasion {
    pub kind: Kind,
    /// The event, in the provider's word.
    pub event: String,
    /// The name of the branch or tag.
    pub name: Value,
}

impl Occasion {
    pub(super) fn new(kind: Kind, event: &str, name: Value) -> Self {
        Self { kind, event: event.to_owned(), name }
    }
}

/// The occasions as the set that the facts know.
pub(super) fn set<'a>(occasions: impl IntoIterator<Item = &'a Occasion>) -> Occasions {
    let mut set = Occasions::default();
    for occasion in occasions {
        match occasion.kind {
            Kind::PullRequest => set.pull_request = true,
            Kind::Main => set.main = true,
            Kind::Branch => set.branch = true,
            Kind::Tag => set.tag = true,
            Kind::Schedule => set.schedule = true,
            Kind::Manual => set.manual = true,
            Kind::Other => {}
        }
    }
    set
}

impl DefaultBranch {
    /// Whether a pattern-free name is this branch, or the other usual name for one.
    pub(super) fn is(&self, name: &str) -> bool {
        name == self.0
    }

    /// The name of any other branch.
    pub(super) fn other(&self) -> Value {
        Value::Partly { prefix: String::new(), not: vec![self.0.clone()] }
    }

    /// The branches that a filter lets through: the default one, and others as far as they are named.
    pub(super) fn admitted(&self, filter: &BranchFilter) -> (bool, Vec<Value>) {
        let allows = |name: &str| {
            let ignored = filter.branches_ignore.iter().any(|p| matches(&p.value, name));
            let mut allowed = filter.branches.is_empty();
            for pattern in &filter.branches {
                match pattern.value.strip_prefix('!') {
                    Some(pattern) if matches(pattern, name) => allowed = false,
                    None if matches(&pattern.value, name) => allowed = true,
                    _ => {}
                }
            }
            allowed && !ignored
        };
        let mut others = Vec::new();
        if filter.branches.is_empty() {
            others.push(self.other());
        }
        for pattern in filter.branches.iter().map(|p| p.value.as_str()).filter(|p| !p.starts_with('!')).take(64) {
            if pattern.contains(['*', '?', '[', '+']) {
                if !others.contains(&self.other()) {
                    others.push(self.other());
                }
            } else if !self.is(pattern) && !matches!(pattern, "main" | "master") {
                others.push(Value::text(pattern));
            }
        }
        (allows(&self.0), others)
    }
}

/// Whether a branch matches a pattern: `*` stands for text without `/`, `**` for any text, `?` makes the character before it optional.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    const LONGEST: usize = 256;
    if pattern == name {
        return true;
    }
    if pattern.len() > LONGEST || name.len() > LONGEST {
        return false;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // Which lengths of the name the pattern read so far may cover.
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    let mut at = 0;
    while at < pattern.len() {
        let mut next = vec![false; name.len() + 1];
        let any = pattern[at] == '*';
        let deep = any && pattern.get(at + 1) == Some(&'*');
        let optional = pattern.get(at + 1) == Some(&'?');
        let repeated = pattern.get(at + 1) == Some(&'+');
        for i in 0..=name.len() {
            if any {
                let passes = i > 0 && next[i - 1] && (deep || name[i - 1] != '/');
                next[i] = reached[i] || passes;
            } else {
                let same = |c: char| pattern[at] == '?' || pattern[at] == c;
                let steps = i > 0 && same(name[i - 1]) && (reached[i - 1] || (repeated && next[i - 1]));
                next[i] = steps || (optional && reached[i]);
            }
        }
        reached = next;
        at += if deep || (!any && (optional || repeated)) { 2 } else { 1 };
    }
    reached[name.len()]
}

/// The default branch: `main` or `master` if any pipeline names one of them, else what they name most, else `main`.
pub(super) fn default_branch(files: &[(&Held, Provider)]) -> DefaultBranch {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (file, _) in files {
        file.documents.iter().for_each(|d| count(d, "", &mut counts, 0));
    }
    let of = |name: &str| counts.get(name).copied().unwrap_or(0);
    if of("main") + of("master") > 0 {
        return DefaultBranch(if of("master") > of("main") { "master" } else { "main" }.to_owned());
    }
    // A branch of a flow is not the default one for being the only one that is named.
    const OF_A_FLOW: [&str; 20] = [
        "develop",
        "dev",
        "staging",
        "stage",
        "release",
        "production",
        "prod",
        "gh-pages",
        "test",
        "qa",
        "branches",
        "tags",
        "merge_requests",
        "schedules",
        "web",
        "api",
        "pushes",
        "triggers",
        "pipelines",
        "external",
    ];
    let most = counts.iter().filter(|(name, _)| !OF_A_FLOW.contains(&name.as_str())).max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
    DefaultBranch(most.map_or_else(|| "main".to_owned(), |(name, _)| name.clone()))
}

/// Counts the names of branches in filters and conditions.
fn count(node: &Node, key: &str, counts: &mut BTreeMap<String, usize>, depth: usize) {
    if depth > 12 {
        return;
    }
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().for_each(|e| count(&e.value, &e.key, counts, depth + 1)),
        NodeKind::Sequence(items) => items.iter().for_each(|i| count(i, key, counts, depth + 1)),
        _ => {
            let Some(text) = node.scalar() else { return };
            let plain = |name: &str| {
                !name.is_empty()
                    && !name.ends_with(".yml")
                    && !name.ends_with(".yaml")
                    && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            };
            match key {
                "branches" | "branch" | "only" | "include" if plain(text) => *counts.entry(text.to_owned()).or_default() += 1,
                "if" | "condition" | "run" | "script" | "when" => {
                    for (_, behind) in text.match_indices("refs/heads/").map(|(at, m)| (at, &text[at + m.len()..])) {
                        let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(behind.len());
                        if plain(&behind[..end]) {
                            *counts.entry(behind[..end].to_owned()).or_default() += 1;
                        }
                    }
                    for name in ["main", "master"] {
                        if text.contains(&format!("== '{name}'")) || text.contains(&format!("== \"{name}\"")) {
                            *counts.entry(name.to_owned()).or_default() += 1;
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// A filter without any condition at a place.
pub(super) fn unfiltered(at: plimsoll_base::Location) -> BranchFilter {
    BranchFilter { at, branches: Vec::new(), branches_ignore: Vec::new(), paths: Vec::new(), paths_ignore: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branch_patterns_match_as_github_reads_them() {
        for (pattern, name, expected) in [
            ("main", "main", true),
            ("*", "main", true),
            ("*", "feature/a", false),
            ("**", "feature/a", true),
            ("feature/**", "feature/a/b", true),
            ("feature/*", "feature/a/b", false),
            ("v?1", "1", true),
            ("ma*", "main", true),
            ("ma*", "dev", false),
            ("**-release", "a/b-release", true),
            ("a+", "aaa", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
        assert!(!matches(&"*a".repeat(5000), &"a".repeat(5000)));
    }
}
