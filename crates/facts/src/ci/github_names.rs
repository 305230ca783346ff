//! The names in GitHub's expressions: what is known of each on an occasion, and the values of a matrix.

use plimsoll_base::{FileId, Location, Sourced};
use plimsoll_syntax::Node;

use super::expressions::{Names, Value};
use super::occasions::{Kind, Occasion};
use super::reading::{Reader, sourced};

/// Inputs that a caller gives: their names in lower case and what is known of them.
pub(super) type Inputs = [(String, Value)];

/// What an expression sees.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub reader: &'a Reader<'a>,
    pub env: &'a [(String, Sourced<String>)],
    pub inputs: &'a Inputs,
    /// What started the workflow; none where nothing is assumed of it.
    pub occasion: Option<&'a Occasion>,
    /// The needed jobs that do not run on it.
    pub unreachable: &'a [String],
    pub matrix: &'a [(String, String)],
    pub runner: Option<&'a str>,
}

impl Names for Scope<'_> {
    fn value(&self, path: &str) -> Value {
        let mut parts = path.splitn(2, '.');
        let (context, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match context {
            "github" => self.github(rest),
            "inputs" => self.input(rest),
            "env" => match self.env.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(rest)) {
                Some((_, value)) if !value.value.contains("${{") => Value::text(&value.value),
                _ => Value::Unknown,
            },
            "matrix" if self.matrix.is_empty() => Value::Unknown,
            "matrix" => match self.matrix.iter().find(|(name, _)| name.eq_ignore_ascii_case(rest)) {
                Some((_, value)) if value == "true" || value == "false" => Value::Bool(value == "true"),
                Some((_, value)) => Value::text(value),
                None if rest.contains('.') => Value::Unknown,
                None => Value::Null,
            },
            "needs" => match rest.strip_suffix(".result") {
                Some(job) if self.unreachable.iter().any(|u| u.eq_ignore_ascii_case(job)) => Value::text("skipped"),
                _ => Value::Unknown,
            },
            "runner" if rest == "os" => match self.runner {
                Some(r) if r.starts_with("ubuntu") => Value::text("Linux"),
                Some(r) if r.starts_with("windows") => Value::text("Windows"),
                Some(r) if r.starts_with("macos") => Value::text("macOS"),
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    fn status(&self, function: &str) -> Value {
        match function {
            "always" => Value::Bool(true),
            "success" if !self.unreachable.is_empty() => Value::Bool(false),
            "success" => Value::Bool(true),
            _ => Value::Unknown,
        }
    }
}

impl Scope<'_> {
    fn github(&self, name: &str) -> Value {
        if name == "event.repository.default_branch" {
            return Value::text(&self.reader.default_branch.0);
        }
        let Some(occasion) = self.occasion else { return Value::Unknown };
        let pull = matches!(occasion.event.as_str(), "pull_request" | "pull_request_target");
        let prefixed = |prefix: &str| match &occasion.name {
            Value::Text(t) => Value::Text(format!("{prefix}{t}")),
            Value::Partly { not, .. } => {
                Value::Partly { prefix: prefix.to_owned(), not: not.iter().map(|n| format!("{prefix}{n}")).collect() }
            }
            _ => Value::Unknown,
        };
        match name {
            "event_name" => Value::text(&occasion.event),
            "ref" if occasion.event == "pull_request" => Value::Partly { prefix: "refs/pull/".into(), not: Vec::new() },
            "ref" if occasion.kind == Kind::Tag => prefixed("refs/tags/"),
            "ref" => prefixed("refs/heads/"),
            "ref_name" if occasion.event == "pull_request" => {
                Value::Partly { prefix: String::new(), not: vec![self.reader.default_branch.0.clone()] }
            }
            "ref_name" => occasion.name.clone(),
            "ref_type" if occasion.kind == Kind::Tag => Value::text("tag"),
            "ref_type" if occasion.kind != Kind::Manual && occasion.kind != Kind::Other => Value::text("branch"),
            "base_ref" if pull && occasion.kind == Kind::PullRequest => Value::text(&self.reader.default_branch.0),
            "base_ref" | "head_ref" if !pull && occasion.kind != Kind::Other => Value::text(""),
            "event.pull_request.merged" if pull && occasion.kind == Kind::PullRequest => Value::Bool(false),
            _ => match name.strip_prefix("event.inputs.") {
                Some(input) => self.input(input),
                None => Value::Unknown,
            },
        }
    }

    fn input(&self, name: &str) -> Value {
        if let Some((_, value)) = self.inputs.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            return value.clone();
        }
        match self.occasion {
            // Without a person or a caller nobody gives inputs.
            Some(o) if self.inputs.is_empty() && !matches!(o.kind, Kind::Manual | Kind::Other) => Value::Null,
            _ => Value::Unknown,
        }
    }
}

/// Each key of a job's matrix with its values.
pub(super) fn matrix(file: FileId, job: &Node) -> Vec<(String, Vec<Sourced<String>>)> {
    let mut found: Vec<(String, Vec<Sourced<String>>)> = Vec::new();
    let mut add = |key: &str, value: Sourced<String>| match found.iter_mut().find(|(k, _)| k == key) {
        Some((_, values)) if values.len() >= 256 || values.iter().any(|v| v.value == value.value) => {}
        Some((_, values)) => values.push(value),
        None => found.push((key.to_owned(), vec![value])),
    };
    let Some(matrix) = job.path(&["strategy", "matrix"]) else { return found };
    for entry in matrix.entries().iter().filter(|e| &*e.key != "exclude") {
        for item in entry.value.items() {
            let prefix = if &*entry.key == "include" { String::new() } else { format!("{}.", entry.key) };
            if let Some(value) = sourced(file, item) {
                add(&entry.key, value);
            }
            for inner in item.entries() {
                if let Some(value) = sourced(file, &inner.value) {
                    add(&format!("{prefix}{}", inner.key), value);
                }
            }
        }
        if entry.value.scalar().is_some_and(|t| t.contains("${{")) {
            add(&entry.key, Sourced::new(entry.value.scalar().unwrap_or_default().to_owned(), Location::at(file, entry.value.span)));
        }
    }
    found
}

/// How many combinations of a matrix are looked at.
const MOST: usize = 64;

/// The combinations of a job's matrix, keys of nested values joined with dots; those of `include` behind the others.
pub(super) fn combinations(job: &Node) -> Vec<Vec<(String, String)>> {
    let Some(matrix) = job.path(&["strategy", "matrix"]) else { return Vec::new() };
    let flat = |prefix: &str, node: &Node| -> Vec<(String, String)> {
        match node.scalar() {
            Some(text) => vec![(prefix.to_owned(), text.to_owned())],
            None => node
                .entries()
                .iter()
                .filter_map(|e| {
                    Some((if prefix.is_empty() { e.key.to_string() } else { format!("{prefix}.{}", e.key) }, e.value.scalar()?.to_owned()))
                })
                .collect(),
        }
    };
    let mut all: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for entry in matrix.entries().iter().filter(|e| !matches!(&*e.key, "include" | "exclude")) {
        let values = entry.value.items();
        if values.is_empty() {
            continue;
        }
        all = all
            .iter()
            .flat_map(|before| values.iter().map(move |v| before.iter().cloned().chain(flat(&entry.key, v)).collect()))
            .take(MOST)
            .collect();
    }
    if all.len() == 1 && all[0].is_empty() {
        all.clear();
    }
    for extra in matrix.get("include").map(Node::items).unwrap_or_default().iter().take(MOST) {
        let values = flat("", extra);
        let clashes = |c: &Vec<(String, String)>| values.iter().any(|(k, v)| c.iter().any(|(ck, cv)| ck == k && cv != v));
        let shares = |c: &Vec<(String, String)>| values.iter().any(|(k, _)| c.iter().any(|(ck, _)| ck == k));
        let mut extended = false;
        for combination in all.iter_mut().filter(|c| shares(c) && !clashes(c)) {
            let new: Vec<_> = values.iter().filter(|(k, _)| !combination.iter().any(|(ck, _)| ck == k)).cloned().collect();
            combination.extend(new);
            extended = true;
        }
        if !extended {
            all.push(values);
        }
    }
    all
}

/// The keys of the matrix that expressions in these texts use.
pub(super) fn used_keys(texts: &[&str]) -> Vec<String> {
    let mut keys = Vec::new();
    for text in texts {
        for (at, word) in text.match_indices("matrix.") {
            let behind = &text[at + word.len()..];
            let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.')).unwrap_or(behind.len());
            let key = behind[..end].to_owned();
            if !key.is_empty() && !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}
