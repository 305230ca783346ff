//! What the command lines of pipelines and scripts hand to Terraform: values of variables, settings of the backend.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{Location, Sourced};

use super::commands::{developments, lines, may_command};
use super::eval::Evaluator;
use super::source::{Source, Unit};
use super::term::Term;
use crate::compose::EnvironmentWord;
use crate::library::{Library, folder_of, join};

/// Everything that command lines hand in, in the order of files.
#[derive(Default)]
pub(super) struct Given {
    pub(super) files: Vec<Mention<String>>,
    pub(super) variables: Vec<Mention<(String, Option<String>)>>,
    pub(super) environment: Vec<Mention<(String, Option<String>)>>,
    pub(super) backends: Vec<(Option<String>, Configured)>,
    /// Where something writes a backend block before the tool runs.
    pub(super) generated: Option<Sourced<String>>,
    /// Where a command chooses a workspace.
    pub(super) workspaces: Option<Location>,
    /// Where a command makes a bucket keep former versions.
    pub(super) versioning: Vec<Sourced<String>>,
    /// Roots that a command names.
    pub(super) named: BTreeSet<String>,
}

/// Something that a line hands in.
pub(super) struct Mention<T> {
    /// The root meant, if the line tells.
    pub(super) folder: Option<String>,
    pub(super) at: Location,
    pub(super) what: T,
}

/// One `-backend-config`.
pub(super) struct Configured {
    pub(super) at: Location,
    pub(super) says: String,
    /// Settings on the line with their values; none where something else decides when it runs.
    pub(super) settings: Vec<(String, Option<String>)>,
    /// The folder of the command's file and the path that it names, for a file of settings.
    pub(super) file: Option<(String, String)>,
}

impl Configured {
    /// Settings with their values, those of a file read as the root would; none where the file is not here.
    pub(super) fn settings(&self, library: &Library, root: &str) -> Option<Vec<(String, Option<String>)>> {
        let Some((folder, path)) = &self.file else { return Some(self.settings.clone()) };
        let paths = [join(root, path), join(folder, path), join("", path)];
        let held = paths.into_iter().flatten().filter_map(|p| library.get(&p)).find(|h| h.bytes.is_some())?;
        let body = plimsoll_syntax::hcl(held.bytes.as_deref().unwrap_or_default()).value;
        Some(body.attributes.iter().map(|a| (a.name.clone(), a.value.scalar().map(str::to_owned))).collect())
    }
}

/// Reads the command lines of pipelines, scripts and Makefiles that speak of Terraform. Those of development are passed over.
pub(super) fn read(library: &Library, source: &Source<'_>) -> Given {
    let mut given = Given::default();
    for held in library.files().iter().filter(|f| f.product()) {
        if matches!(held.name(), "atmos.yaml" | "terramate.tm.hcl") && given.generated.is_none() {
            given.generated = Some(Sourced::new(held.path.clone(), held.whole()));
        }
        if !may_command(held) {
            continue;
        }
        let Some(bytes) = held.bytes.as_deref() else { continue };
        let speaks = [b"terraform".as_slice(), b"tofu", b"terragrunt", b"TF_VAR_", b"put-bucket-versioning"]
            .iter()
            .any(|w| memchr::memmem::find(bytes, w).is_some());
        if speaks && !developments(&held.path) {
            lines(held, source, &mut given);
        }
    }
    given
}

impl Given {
    /// What commands hand to the backend of a root.
    pub(super) fn backend(&self, root: &str) -> impl Iterator<Item = &Configured> {
        self.backends.iter().filter(move |(folder, _)| folder.as_deref().is_none_or(|f| f == root)).map(|(_, c)| c)
    }

    /// The files of values that production's run of a root reads, in their order; those of one inner list are alternatives to each other.
    fn files<'a>(&self, root: &str, source: &Source<'a>) -> Vec<Vec<&'a Unit>> {
        let inside = |path: &str| {
            let folder = folder_of(path);
            let below = root.is_empty() || folder == root || folder.starts_with(&format!("{root}/"));
            // A folder with a root of its own keeps its values for itself.
            below && (folder == root || !source.folders.contains_key(folder))
        };
        let word = |path: &str| EnvironmentWord::of(path.strip_prefix(root).unwrap_or(path));
        let mut named: Vec<&str> = Vec::new();
        for mention in self.files.iter().filter(|m| m.folder.as_deref().is_none_or(|f| f == root)) {
            let variable = mention.what.contains('$') || mention.what.contains("{{");
            let mut add = |path: &'a str| {
                if !named.contains(&path) {
                    named.push(path);
                }
            };
            if variable {
                let pattern = Pattern::of(&mention.what);
                source.named.keys().filter(|p| inside(p) && pattern.matches(p)).for_each(|p| add(p));
            } else if let Some((path, _)) = join(root, &mention.what)
                .and_then(|p| source.named.get_key_value(p.as_str()))
                .or_else(|| join("", &mention.what).filter(|p| inside(p)).and_then(|p| source.named.get_key_value(p.as_str())))
            {
                add(path);
            }
        }
        let automatic = |path: &str| folder_of(path) == root && (path.ends_with("terraform.tfvars") || path.contains(".auto.tfvars"));
        let unit = |path: &&str| source.named.get(*path).copied();
        let of = |paths: &[&'a str], wanted: EnvironmentWord| -> Vec<&'a str> {
            paths.iter().copied().filter(|p| !automatic(p) && word(p) == wanted).collect()
        };
        let all: Vec<&str> = source.named.keys().copied().filter(|p| inside(p)).collect();
        let mut groups: Vec<Vec<&str>> = of(&named, EnvironmentWord::Unnamed).into_iter().map(|p| vec![p]).collect();
        let order = [
            of(&named, EnvironmentWord::Production),
            of(&all, EnvironmentWord::Production),
            of(&named, EnvironmentWord::Staging),
            of(&named, EnvironmentWord::Development),
        ];
        groups.extend(order.into_iter().find(|g| !g.is_empty()));
        groups.iter().map(|g| g.iter().filter_map(unit).collect()).collect()
    }

    /// Values of the root's variables as production's run has them: the environment, the automatic files, those named, those on the line.
    pub(super) fn variables<'a>(
        &self,
        root: &str,
        source: &Source<'a>,
        evaluator: &Evaluator<'a>,
    ) -> (BTreeMap<String, Term>, Vec<&'a Unit>) {
        let mut values: BTreeMap<String, Term> = BTreeMap::new();
        let mut used: Vec<&'a Unit> = Vec::new();
        let mine = |m: &&Mention<(String, Option<String>)>| m.folder.as_deref().is_none_or(|f| f == root);
        told(&mut values, self.environment.iter().filter(mine));
        let here = evaluator.module(0);
        let read = |unit: &'a Unit| -> BTreeMap<String, Term> {
            let cx = here.context(0, unit);
            unit.body.attributes.iter().map(|a| (a.name.clone(), evaluator.eval(&a.value, &cx))).collect()
        };
        for unit in &here.folder.values {
            values.extend(read(unit));
            used.push(unit);
        }
        for alternatives in self.files(root, source) {
            let mut all: Vec<BTreeMap<String, Term>> = alternatives.iter().map(|u| read(u)).collect();
            used.extend(alternatives);
            let Some(mut first) = all.pop() else { continue };
            for (name, value) in &mut first {
                let agree =
                    |other: &BTreeMap<String, Term>| other.get(name).is_some_and(|o| super::functions::same(o, value) == Some(true));
                if !all.iter().all(agree) {
                    *value = Term::unknown(format!("${{var.{name}}}"), value.at);
                }
            }
            values.extend(first);
        }
        told(&mut values, self.variables.iter().filter(mine));
        (values, used)
    }
}

/// Values from command lines; where several differ, which one counts is not known.
fn told<'m>(values: &mut BTreeMap<String, Term>, mentions: impl Iterator<Item = &'m Mention<(String, Option<String>)>>) {
    let mut found: BTreeMap<&str, (Location, Option<&str>)> = BTreeMap::new();
    for mention in mentions {
        let (name, value) = &mention.what;
        match found.get_mut(name.as_str()) {
            Some((_, held)) if *held != value.as_deref() => *held = None,
            Some(_) => {}
            None => {
                found.insert(name, (mention.at, value.as_deref()));
            }
        }
    }
    for (name, (at, value)) in found {
        let term = match value {
            Some(text) => Term::of_text(text, at),
            None => Term::unknown(format!("${{var.{name}}}"), at),
        };
        values.insert(name.to_owned(), term);
    }
}

/// A path with insertions: its literal pieces in their order.
struct Pattern(Vec<String>);

impl Pattern {
    fn of(path: &str) -> Self {
        let mut pieces = vec![String::new()];
        let mut depth = 0usize;
        let mut bare = false;
        for c in path.trim_start_matches("./").chars() {
            match c {
                '$' => {
                    pieces.push(String::new());
                    bare = true;
                }
                '{' | '(' => {
                    depth += 1;
                    bare = false;
                }
                '}' | ')' => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                c if bare && (c.is_ascii_alphanumeric() || c == '_') => {}
                c => {
                    bare = false;
                    if let Some(last) = pieces.last_mut() {
                        last.push(c);
                    }
                }
            }
        }
        Self(pieces)
    }
    fn matches(&self, path: &str) -> bool {
        let mut rest = path;
        let last = self.0.last().map_or("", String::as_str);
        for piece in &self.0 {
            let Some(i) = rest.find(piece.as_str()) else { return false };
            rest = &rest[i + piece.len()..];
        }
        last.is_empty() || path.ends_with(last)
    }
}
