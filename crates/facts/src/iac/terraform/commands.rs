//! Command lines of Terraform in pipelines and scripts: which root they mean and what they hand to it.

use plimsoll_base::{Sourced, Span};
use plimsoll_discover::Format;

use super::given::{Configured, Given, Mention};
use super::source::Source;
use crate::library::{Held, join};
use crate::pattern::present;

/// Most mentions that are kept.
const MOST: usize = 2000;

/// Whether a file is named for work on one's own machine. `ci` in a name is none: what runs there is what counts.
pub(super) fn developments(path: &str) -> bool {
    path.to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|w| matches!(w, "dev" | "development" | "local" | "sandbox" | "test" | "tests" | "e2e"))
}

/// Whether a file holds command lines.
pub(super) fn may_command(held: &Held) -> bool {
    matches!(held.format, Format::Shell | Format::Makefile | Format::Yaml | Format::Dotenv)
        || held.name().starts_with("Jenkinsfile")
        || matches!(held.name().to_ascii_lowercase().as_str(), "justfile" | "package.json" | "taskfile.yml")
}

/// Takes what the command lines of a file hand in.
pub(super) fn lines(held: &Held, source: &Source<'_>, given: &mut Given) {
    let text = held.text();
    let mut start = 0;
    let yaml = held.format == Format::Yaml;
    let mut folder: Option<String> = None;
    // What a whole job of a pipeline works in, and what was found since its step began.
    let mut fallback: Option<String> = None;
    let mut step = (0, 0, 0);
    let mut previous = "";
    let workspaces = present(&text, &["workspace select", "workspace new", "TF_WORKSPACE"]);
    let versionings = present(&text, &["put-bucket-versioning", "versioning set on", "--versioning"]);
    let tools = present(&text, &["terraform ", "tofu "]);
    let callers = present(&text, &["terraform", "tofu", "terragrunt", "-var"]);
    let flags = present(&text, &["-chdir", "-var-file", "-var", "-backend-config"]);
    let flag = |line: &str, name: &'static str| if flags.contains(&name) { flag(line, name) } else { Vec::new() };
    let environment = present(&text, &["TF_VAR_"]);
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
        if workspaces.iter().any(|w| trimmed.contains(w)) {
            given.workspaces = given.workspaces.or(Some(at));
        }
        if versionings.iter().any(|w| trimmed.contains(w)) {
            given.versioning.push(Sourced::new(trimmed.trim_end_matches('\\').trim().to_owned(), at));
        }
        let own = flag(trimmed, "-chdir").into_iter().next().and_then(|f| root_of(held, &f, source));
        let folder = own.or_else(|| folder.clone());
        if let Some(folder) = folder.as_ref().filter(|_| tools.iter().any(|w| trimmed.contains(w))) {
            given.named.insert(folder.clone());
        }
        for path in flag(trimmed, "-var-file") {
            given.files.push(Mention { folder: folder.clone(), at, what: path });
        }
        if callers.iter().any(|w| trimmed.contains(w)) {
            for pair in flag(trimmed, "-var") {
                if let Some((name, value)) = assignment(&pair) {
                    given.variables.push(Mention { folder: folder.clone(), at, what: (name, value) });
                }
            }
        }
        for (i, _) in environment.iter().flat_map(|name| trimmed.match_indices(name)) {
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
