//! What is known of the variables in a script: what it assigns, over what its environment gives.

use std::collections::HashMap;

use super::work::{Given, Told};

/// The variables that a script assigns, over those of its environment.
pub(super) struct Names<'a> {
    assigned: HashMap<&'a str, &'a str>,
    given: &'a dyn Fn(&str) -> Given,
}

impl<'a> Names<'a> {
    pub(super) fn new(commands: &'a [Told], given: &'a dyn Fn(&str) -> Given) -> Self {
        let mut assigned = HashMap::new();
        for (name, value) in commands.iter().flat_map(|t| &t.command.assignments) {
            assigned.entry(name.as_str()).or_insert(value.as_str());
        }
        for word in commands.iter().filter(|t| t.command.words.first().is_some_and(|w| w == "export")).flat_map(|t| &t.command.words[1..]) {
            if let Some((name, value)) = word.split_once('=') {
                assigned.entry(name).or_insert(value);
            }
        }
        Self { assigned, given }
    }

    pub(super) fn of(&self, name: &str) -> Given {
        match self.assigned.get(name) {
            Some(text) if !text.contains('$') => Given::Known((*text).to_owned()),
            Some(_) => Given::Set,
            None => (self.given)(name),
        }
    }

    /// A text with the variables in it that are known.
    pub(super) fn resolved(&self, text: &str) -> String {
        self.expand(text, 0)
    }

    fn expand(&self, text: &str, depth: usize) -> String {
        const LONG: usize = 4096;
        if !text.contains('$') || depth > 6 || text.len() > LONG {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let (whole, name, default) = match variable(rest) {
                Some(found) => found,
                None => {
                    out.push('$');
                    rest = &rest[1..];
                    continue;
                }
            };
            let value = match self.assigned.get(name) {
                // `X=${X:-7}` reads the environment under the same name.
                Some(text) if variable(text).is_some_and(|v| v.1 == name) => match (self.given)(name) {
                    Given::Known(value) => Some(value),
                    _ => variable(text).and_then(|v| v.2).map(|d| self.expand(d, depth + 1)),
                },
                Some(text) => Some(self.expand(text, depth + 1)),
                None => match (self.given)(name) {
                    Given::Known(value) => Some(value),
                    Given::Set => None,
                    Given::Absent => default.map(|d| self.expand(d, depth + 1)),
                },
            };
            match value {
                Some(value) if out.len() + value.len() < LONG => out.push_str(&value),
                _ => out.push_str(whole),
            }
            rest = &rest[whole.len()..];
        }
        out.push_str(rest);
        out
    }
}

/// `$X`, `${X}`, `${X:-default}` at the beginning of a text: the whole, the name, the default.
fn variable(text: &str) -> Option<(&str, &str, Option<&str>)> {
    let body = text.strip_prefix('$')?;
    let name_end = |t: &str| t.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(t.len());
    if let Some(inner) = body.strip_prefix('{') {
        let end = inner.find('}')?;
        let inner_text = &inner[..end];
        let name = &inner_text[..name_end(inner_text)];
        let rest = &inner_text[name.len()..];
        let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')).or_else(|| rest.strip_prefix(":="));
        return (!name.is_empty()).then_some((&text[..end + 3], name, default));
    }
    let name = &body[..name_end(body)];
    (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some((&text[..name.len() + 1], name, None))
}
