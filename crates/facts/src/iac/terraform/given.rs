//! What the command lines of pipelines and scripts hand to Terraform: values of variables, settings of the backend.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{Location, Sourced, Span};
use plimsoll_discover::Format;

use super::eval::Evaluator;
use super::source::{Source, Unit};
use super::term::Term;
use crate::compose::EnvironmentWord;
use crate::library::{Held, Library, folder_of, join};

/// Most mentions that are kept.
const MOST: usize = 2000;

/// Everything that command lines hand in, in the order of files.
#[derive(Default)]
pub(super) struct Given {
    files: Vec<Mention<String>>,
    variables: Vec<Mention<(String, Option<String>)>>,
    environment: Vec<Mention<(String, Option<String>)>>,
    backends: Vec<(Option<String>, Configured)>,
    /// Where something writes a backend block before the tool runs.
    pub(super) generated: Option<Sourced<String>>,
    /// Where a command chooses a workspace.
    pub(super) workspaces: Option<Location>,
    /// Where a command makes a bucket keep former versions.
    pub(super) versioning: Vec<Sourced<String>>,
    /// Roots that a command names.
    pub(super) named: BTreeSet<String>,
}

struct Mention<T> {
    /// The root meant, if the line tells.
    folder: Option<String>,
    at: Location,
    what: T,
}

/// One `-backend-config`.
pub(super) struct Configured {
    pub(super) at: Location,
    pub(super) says: String,
    /// Settings on the line with their values; none where something else decides when it runs.
    settings: Vec<(String, Option<String>)>,
    /// The folder of the command's file and the path that it names, for a file of settings.
    file: Option<(String, String)>,
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

/// Whether a file is named for work on one's own machine. `ci` in a name is none: what runs there is what counts.
fn developments(path: &str) -> bool {
    path.to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|w| matches!(w, "dev" | "development" | "local" | "sandbox" | "test" | "tests" | "e2e"))
}

fn may_command(held: &Held) -> bool {
    matches!(held.format, Format::Shell | Format::Makefile | Format::Yaml | Format::Dotenv)
        || held.name().starts_with("Jenkinsfile")
        || matches!(held.name().to_ascii_lowercase().as_str(), "justfile" | "package.json" | "taskfile.yml")
}

fn lines(held: &Held, source: &Source<'_>, given: &mut Given) {
    let text = held.text();
    let mut start = 0;
    let yaml = held.format == Format::Yaml;
    let mut folder: Option<String> = None;
    // What a whole job of a pipeline works in, and what was found since its step began.
    let mut fallback: Option<String> = None;
    let mut step = (0, 0, 0);
    let mut previous = "";
    for line in text.split_inclusive('\n') {
        let at = held.at(Span::new(start + (line.len() - line.trim_start().len()), start + line.trim_end().len()));
        start += line.len();
        let trimmed = line.trim();
        if trimmed.starts_with('#') || trimmed.starts_with("//") || given.files.len() + given.variables.len() > MOST {
            continue;
        }
        if yaml && trimmed.starts_with("- ") {
            folder.clone_from(&fallback);
            step = (given.files.len(), given.variables.len(), given.backends.len());
        }
        if let Some(named) = place(trimmed) {
            folder = root_of(held, &named, source);
            if previous == "run:" {
                fallback.clone_from(&folder);
            }
            if yaml && !trimmed.contains("cd ") {
                // The folder of a step may be written behind its command.
                given.files[step.0..].iter_mut().for_each(|m| m.folder.clone_from(&folder));
                given.variables[step.1..].iter_mut().for_each(|m| m.folder.clone_from(&folder));
                given.backends[step.2..].iter_mut().for_each(|m| m.0.clone_from(&folder));
            }
        }
        if !trimmed.is_empty() {
            previous = trimmed;
        }
        if trimmed.starts_with("backend \"") && given.generated.is_none() {
            given.generated = Some(Sourced::new(trimmed.to_owned(), at));
        }
        if ["workspace select", "workspace new", "TF_WORKSPACE"].iter().any(|w| trimmed.contains(w)) {
            given.workspaces = given.workspaces.or(Some(at));
        }
        if ["put-bucket-versioning", "versioning set on", "--versioning"].iter().any(|w| trimmed.contains(w)) {
            given.versioning.push(Sourced::new(trimmed.trim_end_matches('\\').trim().to_owned(), at));
        }
        let own = flag(trimmed, "-chdir").into_iter().next().and_then(|f| root_of(held, &f, source));
        let folder = own.or_else(|| folder.clone());
        if let Some(folder) = folder.as_ref().filter(|_| ["terraform ", "tofu "].iter().any(|w| trimmed.contains(w))) {
            given.named.insert(folder.clone());
        }
        for path in flag(trimmed, "-var-file") {
            given.files.push(Mention { folder: folder.clone(), at, what: path });
        }
        if ["terraform", "tofu", "terragrunt", "-var"].iter().any(|w| trimmed.contains(w)) {
            for pair in flag(trimmed, "-var") {
                if let Some((name, value)) = assignment(&pair) {
                    given.variables.push(Mention { folder: folder.clone(), at, what: (name, value) });
                }
            }
        }
        for (i, _) in trimmed.match_indices("TF_VAR_") {
            let rest = &trimmed[i + 7..];
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let value = after.trim_start_matches(['"', '\'']).strip_prefix(['=', ':']);
            let before = trimmed[..i].ends_with('$') || trimmed[..i].ends_with("${");
            if let (Some(value), false, false) = (value, before, name.is_empty()) {
                let value = value.trim_start();
                let value = match value.chars().next() {
                    Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default(),
                    _ => value.split([' ', ';', '\\']).next().unwrap_or_default(),
                };
                given.environment.push(Mention { folder: None, at, what: (name.to_owned(), literal(value)) });
            }
        }
        for config in flag(trimmed, "-backend-config") {
            let says = format!("-backend-config={config}");
            let (settings, file) = match assignment(&config) {
                Some(pair) => (vec![pair], None),
                None => (Vec::new(), Some((held.folder().to_owned(), config))),
            };
            given.backends.push((folder.clone(), Configured { at, says, settings, file }));
        }
    }
}

/// The folder that a line changes to: `cd infra`, `working-directory: infra`.
fn place(line: &str) -> Option<String> {
    let line = line.trim_start_matches("- ").trim_start_matches("run: ").trim_start_matches('@').trim_start_matches('(');
    let rest = ["cd ", "pushd ", "working-directory:", "working_directory:", "workingDirectory:", "tf_root:", "TF_ROOT:", "dir("]
        .iter()
        .find_map(|w| line.strip_prefix(w))?;
    let word = rest.trim().split([' ', ';', '&', ')']).next()?.trim_matches(['"', '\'']);
    (!word.is_empty()).then(|| word.to_owned())
}

/// The root that a path in a file means: from the top of the tree, or from the file's own folder.
fn root_of(held: &Held, path: &str, source: &Source<'_>) -> Option<String> {
    let path = path.trim_matches(['"', '\'']);
    let path = ["${{ github.workspace }}/", "$(pwd)/", "$PWD/", "${PWD}/", "$CI_PROJECT_DIR/", "${CI_PROJECT_DIR}/"]
        .iter()
        .find_map(|p| path.strip_prefix(p))
        .unwrap_or(path);
    let candidates = [join("", path), join(held.folder(), path)];
    candidates.into_iter().flatten().find(|c| source.folders.contains_key(c.as_str()))
}

/// The arguments of a flag on a line: `-f=x`, `-f x`, `--f="x y"`.
fn flag(line: &str, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (i, _) in line.match_indices(name) {
        let before = line[..i].trim_end_matches('-').chars().next_back();
        let rest = &line[i + name.len()..];
        if !before.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | '[' | ','))
            || !rest.starts_with(['=', ' ', '\t', '"', '\''])
        {
            continue;
        }
        let quoted = before.filter(|c| matches!(c, '"' | '\''));
        let rest = rest.trim_start_matches(['=', ' ', '\t']);
        // `"-var=x"` is one quoted word, `"-var", "x"` two.
        let rest = match quoted {
            Some(quote) => rest.strip_prefix(quote).map_or(rest, |r| r.trim_start_matches([',', ' '])),
            None => rest,
        };
        let word = word(rest, quoted);
        if !word.is_empty() && found.len() < 32 {
            found.push(word);
        }
    }
    found
}

/// The first word of a command line; quotes and insertions hold it together.
fn word(text: &str, outer: Option<char>) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut depth = 0usize;
    for c in text.chars() {
        match (c, quote) {
            (c, Some(q)) if c == q => quote = None,
            ('{' | '(', _) => {
                depth += 1;
                out.push(c);
            }
            ('}' | ')', _) if depth > 0 => {
                depth -= 1;
                out.push(c);
            }
            (c, None) if Some(c) == outer && depth == 0 => break,
            ('"' | '\'', None) => quote = Some(c),
            (c, None) if depth == 0 && (c.is_whitespace() || matches!(c, ';' | '&' | '|' | ',' | '\\' | ')' | ']')) => break,
            (c, _) => out.push(c),
        }
    }
    out
}

/// `name=value`, the value none where something else decides it.
fn assignment(text: &str) -> Option<(String, Option<String>)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain.then(|| (name.to_owned(), literal(value.trim().trim_matches(['"', '\'']))))
}

fn literal(value: &str) -> Option<String> {
    (!value.contains(['$', '`', '<']) && !value.contains("{{")).then(|| value.to_owned())
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
