//! The text of a policy file to a [`Policy`]. It walks the spanned tree itself, so that every fault has its place and all are told at once.

mod exceptions;

use std::ops::Range;

use plimsoll_base::{LineIndex, Tier};
use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::errors::nearest;
use super::{Deployment, Fault, Kind, Policy, PolicyError};

const TOP: &[&str] = &["name", "tier", "tier_reason", "production", "evidence", "waive", "attest"];
const PRODUCTION: &[&str] = &["deployment"];
const EVIDENCE: &[&str] = &["exclude"];

pub(super) fn policy(text: &str) -> Result<Policy, PolicyError> {
    let mut reader = Reader { index: LineIndex::new(text.as_bytes()), faults: Vec::new() };
    let mut policy = match DeTable::parse(text) {
        Ok(table) => reader.policy(table.get_ref()),
        Err(error) => {
            reader.fault(error.span().unwrap_or(0..0), error.message().to_owned());
            Policy::default()
        }
    };
    if !reader.faults.is_empty() {
        reader.faults.sort();
        return Err(PolicyError { faults: reader.faults });
    }
    policy.hash = Some(Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect());
    Ok(policy)
}

struct Reader<'t> {
    index: LineIndex<'t>,
    faults: Vec<Fault>,
}

/// A table, its name for people, and its place for what is missing from it.
struct Section<'a, 'i> {
    table: &'a DeTable<'i>,
    name: &'static str,
    span: Range<usize>,
}

impl<'a, 'i> Section<'a, 'i> {
    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'i>>> {
        self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, v)| v)
    }
}

impl Reader<'_> {
    fn fault(&mut self, span: Range<usize>, says: impl Into<String>) {
        let (line, column) = self.index.line_column(u32::try_from(span.start).unwrap_or(u32::MAX));
        self.faults.push(Fault { line, column, says: says.into() });
    }

    fn policy(&mut self, table: &DeTable<'_>) -> Policy {
        let top = Section { table, name: "the file", span: 0..0 };
        self.known_keys(&top, TOP);
        let mut policy = Policy {
            name: self.text(&top, "name"),
            tier: self.tier(&top),
            tier_reason: self.text(&top, "tier_reason"),
            ..Policy::default()
        };
        if let Some(production) = self.section(&top, "production", "[production]") {
            self.known_keys(&production, PRODUCTION);
            policy.deployment = self.deployment(&production);
        }
        if let Some(evidence) = self.section(&top, "evidence", "[evidence]") {
            self.known_keys(&evidence, EVIDENCE);
            policy.exclude = self.exclude(&evidence);
        }
        for (key, name, kind) in [("waive", "[[waive]]", Kind::Waive), ("attest", "[[attest]]", Kind::Attest)] {
            policy.exceptions.extend(self.exceptions(&top, key, name, kind));
        }
        policy.exceptions.sort_by_key(|e| e.line);
        policy
    }

    fn known_keys(&mut self, section: &Section<'_, '_>, known: &[&'static str]) {
        for key in section.table.keys() {
            let word = key.get_ref().as_ref();
            if known.contains(&word) {
                continue;
            }
            let hint = match nearest(word, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known: {}", known.join(", ")),
            };
            self.fault(key.span(), format!("unknown key `{word}` in {}; {hint}", section.name));
        }
    }

    fn section<'a, 'i>(&mut self, within: &Section<'a, 'i>, key: &str, name: &'static str) -> Option<Section<'a, 'i>> {
        let value = within.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Section { table, name, span: value.span() }),
            other => {
                self.fault(value.span(), format!("`{key}` must be a table, {name}, not {}", kind_of(other)));
                None
            }
        }
    }

    /// The text of a key, if the key is there; an empty text is a fault.
    fn text(&mut self, section: &Section<'_, '_>, key: &str) -> Option<String> {
        self.nonempty(section.get(key)?, key, section.name)
    }

    /// The text of a key that must be there.
    fn required(&mut self, section: &Section<'_, '_>, key: &str) -> Option<String> {
        if section.get(key).is_none() {
            self.fault(section.span.clone(), format!("{} has no `{key}`", section.name));
        }
        self.text(section, key)
    }

    fn nonempty(&mut self, value: &Spanned<DeValue<'_>>, key: &str, name: &str) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => {
                return Some(text.trim().to_owned());
            }
            DeValue::String(_) => self.fault(value.span(), format!("`{key}` of {name} is empty")),
            other => self.fault(value.span(), format!("`{key}` of {name} must be a string, not {}", kind_of(other))),
        }
        None
    }

    fn texts(&mut self, value: &Spanned<DeValue<'_>>, key: &str, name: &str) -> Vec<(String, Range<usize>)> {
        let DeValue::Array(list) = value.get_ref() else {
            self.fault(value.span(), format!("`{key}` of {name} must be a list of strings, not {}", kind_of(value.get_ref())));
            return Vec::new();
        };
        list.iter().filter_map(|item| Some((self.nonempty(item, key, name)?, item.span()))).collect()
    }

    fn tier(&mut self, top: &Section<'_, '_>) -> Option<Tier> {
        let word = self.text(top, "tier")?;
        let found = Tier::ALL.into_iter().find(|t| t.word() == word);
        if found.is_none() {
            let known = Tier::ALL.map(Tier::word);
            let hint = nearest(&word, known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            let span = top.get("tier").map(Spanned::span).unwrap_or_default();
            self.fault(span, format!("unknown tier `{word}`{hint} (one of {})", known.join(", ")));
        }
        found
    }

    fn deployment(&mut self, production: &Section<'_, '_>) -> Option<Deployment> {
        let value = production.get("deployment")?;
        if !matches!(value.get_ref(), DeValue::Array(_)) {
            return self.nonempty(value, "deployment", production.name).map(Deployment::Name);
        }
        let before = self.faults.len();
        let files: Vec<String> = self.texts(value, "deployment", production.name).into_iter().map(|(f, _)| f).collect();
        if files.is_empty() && self.faults.len() == before {
            self.fault(value.span(), "`deployment` of [production] names no file");
        }
        Some(Deployment::Files(files))
    }

    fn exclude(&mut self, evidence: &Section<'_, '_>) -> Vec<String> {
        let Some(value) = evidence.get("exclude") else {
            return Vec::new();
        };
        let mut globs = Vec::new();
        for (glob, span) in self.texts(value, "exclude", evidence.name) {
            match globset::GlobBuilder::new(&glob).literal_separator(true).build() {
                Err(error) => self.fault(span, format!("`{glob}` is not a glob: {}", error.kind())),
                Ok(_) if glob.starts_with('/') || glob.split('/').any(|part| part == "..") => {
                    self.fault(span, format!("`{glob}` can match nothing: paths are relative to the root"));
                }
                Ok(_) => globs.push(glob),
            }
        }
        globs
    }
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
