//! Variables in Compose texts: `$NAME`, `${NAME}` and the forms with a default, an alternative or an error.

use std::collections::BTreeMap;

use plimsoll_discover::Format;
use plimsoll_syntax::dotenv;

use crate::container::Interpolation;
use crate::library::{Held, Library, join};

/// How deep defaults may stand within defaults.
const MAX_NESTING: usize = 16;
/// How long a text may become; a longer one is left unresolved.
const MAX_TEXT: usize = 64 * 1024;
/// How many entries of one env file are read.
const MAX_ENTRIES: usize = 5_000;

/// The variables that a start knows without anything set outside: name to value and the file that gives it.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    values: BTreeMap<String, (String, String)>,
}

impl Scope {
    /// The variables of an env file, if the tree holds it.
    pub(super) fn of_file(library: &Library, folder: &str, path: &str) -> Self {
        let mut scope = Self::default();
        if let Some(held) = library.resolve(folder, path) {
            scope.add(held);
        }
        scope
    }
    /// The variables of several env files of one command: what a later one says wins.
    pub(super) fn of_files(library: &Library, paths: &[String]) -> Self {
        let mut scope = Self::default();
        for held in paths.iter().filter_map(|p| library.get(p)) {
            for entry in entries(held) {
                let value = if entry.literal { entry.value } else { interpolate(&entry.value, &scope).resolved.unwrap_or_default() };
                scope.values.insert(entry.key, (value, held.path.clone()));
            }
        }
        scope
    }
    /// Adds the variables of another env file; those that are there win.
    pub(super) fn add(&mut self, held: &Held) {
        for entry in entries(held) {
            if self.values.contains_key(&entry.key) {
                continue;
            }
            let value = if entry.literal { entry.value } else { interpolate(&entry.value, self).resolved.unwrap_or_default() };
            self.values.insert(entry.key, (value, held.path.clone()));
        }
    }
    /// The value of a variable and the path of the file that gives it.
    pub(super) fn get(&self, name: &str) -> Option<&(String, String)> {
        self.values.get(name)
    }
    /// The value of a variable, split as Compose splits its own list settings.
    pub(super) fn list(&self, name: &str, separator: char) -> Vec<String> {
        let value = self.get(name).map(|v| v.0.as_str()).unwrap_or_default();
        value.split(separator).map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect()
    }
}

/// An entry of an env file.
pub(super) struct EnvEntry {
    /// Its name.
    pub(super) key: String,
    /// Its value without quotes.
    pub(super) value: String,
    /// Where its name stands.
    pub(super) at: plimsoll_base::Location,
    /// Single quotes: nothing in it is substituted.
    pub(super) literal: bool,
}

/// The live entries of an env file; the last one of a name counts.
pub(super) fn entries(held: &Held) -> Vec<EnvEntry> {
    let Some(bytes) = held.bytes.as_deref() else { return Vec::new() };
    if !matches!(held.format, Format::Dotenv | Format::PlainText | Format::Conf | Format::Ini | Format::Shell) {
        return Vec::new();
    }
    let mut found: Vec<EnvEntry> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for entry in dotenv(bytes).value.into_iter().filter(|e| !e.commented).take(MAX_ENTRIES) {
        let literal = entry.quote == Some('\'');
        let new = EnvEntry { key: entry.key, value: entry.value, at: held.at(entry.key_span), literal };
        match index.get(&new.key) {
            Some(i) => found[*i] = new,
            None => {
                index.insert(new.key.clone(), found.len());
                found.push(new);
            }
        }
    }
    found
}

/// A text with its variables.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// As written.
    pub(super) raw: String,
    /// With values and defaults applied; none where a variable has neither.
    pub(super) resolved: Option<String>,
    /// The variables in it, each once.
    pub(super) variables: Vec<Interpolation>,
}

impl Reading {
    /// The resolved text, else the text as written.
    pub(super) fn best(self) -> String {
        self.resolved.unwrap_or(self.raw)
    }
}

/// Applies values and defaults to a text.
pub(super) fn interpolate(raw: &str, scope: &Scope) -> Reading {
    let mut variables = Vec::new();
    let resolved = if raw.contains('$') { expand(raw, scope, 0, &mut variables) } else { Some(raw.to_owned()) };
    Reading { raw: raw.to_owned(), resolved, variables }
}

fn expand(text: &str, scope: &Scope, depth: usize, variables: &mut Vec<Interpolation>) -> Option<String> {
    if depth > MAX_NESTING {
        return None;
    }
    let mut out = Some(String::with_capacity(text.len()));
    let mut push = |part: Option<&str>| match (&mut out, part) {
        (Some(o), Some(p)) if o.len() + p.len() <= MAX_TEXT => o.push_str(p),
        _ => out = None,
    };
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        push(Some(&rest[..at]));
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            push(Some("$"));
            rest = tail;
        } else if let Some(body) = after.strip_prefix('{') {
            let Some(end) = closing_brace(body) else {
                // Compose refuses such a text; nothing in it can be told.
                push(None);
                rest = "";
                break;
            };
            let value = braced(&body[..end], scope, depth, variables);
            push(value.as_deref());
            rest = &body[end + 1..];
        } else {
            let length = name_length(after);
            if length == 0 {
                push(Some("$"));
            } else {
                let value = braced(&after[..length], scope, depth, variables);
                push(value.as_deref());
            }
            rest = &after[length..];
        }
    }
    push(Some(rest));
    out
}

/// What stands between the braces.
fn braced(body: &str, scope: &Scope, depth: usize, variables: &mut Vec<Interpolation>) -> Option<String> {
    let length = name_length(body);
    let (name, operation) = body.split_at(length);
    if name.is_empty() {
        return None;
    }
    let given = scope.get(name);
    let colon = operation.starts_with(':');
    let operator = operation.trim_start_matches(':').chars().next();
    let argument = operation.trim_start_matches(':').get(1..).unwrap_or_default();
    // With a colon an empty value counts as none.
    let set = given.filter(|(value, _)| !colon || !value.is_empty());
    let mut inner = Vec::new();
    let (default, value) = match operator {
        Some('-') => {
            let default = expand(argument, scope, depth + 1, &mut inner);
            let value = set.map(|s| s.0.clone()).or_else(|| default.clone());
            (default, value)
        }
        Some('+') => {
            let alternative = expand(argument, scope, depth + 1, &mut inner);
            (Some(String::new()), if set.is_some() { alternative } else { Some(String::new()) })
        }
        Some('?') => (None, set.map(|s| s.0.clone())),
        _ => (None, given.map(|g| g.0.clone())),
    };
    let from_file = given.map(|(value, path)| (path.clone(), value.clone()));
    let add = |variables: &mut Vec<Interpolation>, new: Interpolation| {
        if variables.len() < 256 && !variables.iter().any(|v| v.name == new.name) {
            variables.push(new);
        }
    };
    add(variables, Interpolation { name: name.to_owned(), default, required: operator == Some('?'), from_file });
    // A variable within the default of one that has a value is never asked for.
    if set.is_none() || operator == Some('+') {
        inner.into_iter().for_each(|v| add(variables, v));
    }
    value
}

fn name_length(text: &str) -> usize {
    let word = |b: u8| b == b'_' || b.is_ascii_alphanumeric();
    if text.bytes().next().is_none_or(|b| b.is_ascii_digit()) {
        return 0;
    }
    text.bytes().position(|b| !word(b)).unwrap_or(text.len())
}

/// The brace that closes, others within passed over.
fn closing_brace(body: &str) -> Option<usize> {
    let bytes = body.as_bytes();
    let mut open = 0usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                open += 1;
                at += 1;
            }
            b'}' if open == 0 => return Some(at),
            b'}' => open -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Splits at a character that stands outside of `${…}`, at most into `limit` parts.
pub(super) fn split_outside(text: &str, separator: u8, limit: usize) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let (mut depth, mut from, mut at) = (0usize, 0, 0);
    while at < bytes.len() && parts.len() + 1 < limit {
        match bytes[at] {
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                depth += 1;
                at += 1;
            }
            b'}' => depth = depth.saturating_sub(1),
            b if b == separator && depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&text[from..]);
    parts
}

/// Variables that every shell sets.
pub(super) fn set_by_shell(name: &str) -> bool {
    matches!(name, "PWD" | "HOME" | "USER" | "HOSTNAME" | "UID" | "GID" | "COMPOSE_PROJECT_NAME")
}

/// A path of the host as seen from the folder that relative paths start from: `$PWD` is that folder.
pub(super) fn without_pwd(path: &str) -> String {
    for prefix in ["${PWD}", "$PWD", "${PWD:-.}"] {
        if let Some(rest) = path.strip_prefix(prefix) {
            return format!(".{rest}");
        }
    }
    path.to_owned()
}

/// Joins as [`join`], and gives the path as written where it leaves the tree.
pub(super) fn joined(folder: &str, path: &str) -> (String, bool) {
    match join(folder, path) {
        Some(inside) => (inside, true),
        None => (path.to_owned(), false),
    }
}
