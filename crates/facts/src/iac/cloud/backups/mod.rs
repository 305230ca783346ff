//! Backups that providers run: plans, what they select, where copies go. Backups that are a setting of the store itself are told there.

mod aws;
mod azure;
mod google;
mod others;

use super::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Coverage, Infrastructure, Property};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    aws::read(resources, found);
    google::read(resources, found);
    azure::read(resources, found);
    others::read(resources, found);
}

/// The stores that a value refers to, by address; what refers to nothing of this root is decided elsewhere.
fn covered(resources: &Resources<'_>, value: Option<&Value>) -> Vec<Coverage> {
    let mut found = Vec::new();
    for item in each(value) {
        let stores = resources.all().iter().filter(|i| !i.data && !is_plumbing(&i.kind) && resources.refers(Some(item), i));
        let before = found.len();
        found.extend(stores.map(|i| Coverage::Store(i.address())));
        if found.len() == before {
            found.push(match item.text() {
                Some(text) => Coverage::Store(text.to_owned()),
                None => Coverage::Unresolved(item.at),
            });
        }
    }
    found
}

/// Resources that no backup is of, though their addresses appear in selections.
fn is_plumbing(kind: &str) -> bool {
    kind.contains("backup") || kind.contains("iam") || kind.contains("kms") || kind.contains("policy")
}

/// A number behind a word of an instance's block.
fn days(value: Option<&Value>, name: &str) -> Option<Property<u32>> {
    let value = value?;
    Some(match value.text().and_then(|t| t.trim().parse().ok()) {
        Some(n) => Property::stated(n, value.at, format!("{name} = {n}")),
        None => Property::unresolved(value.at, format!("{name} is decided elsewhere")),
    })
}

/// Days of a duration: `P30D`, `P4W`, `P1M`, `2592000s`, `720h`.
fn duration(value: Option<&Value>, name: &str) -> Option<Property<u32>> {
    let value = value?;
    let Some(text) = value.text() else { return Some(Property::unresolved(value.at, format!("{name} is decided elsewhere"))) };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number: u32 = digits.parse().unwrap_or(0);
    let known = match text.chars().last() {
        Some('D') => number,
        Some('W') => number.saturating_mul(7),
        Some('M') if text.starts_with('P') && !text.contains('T') => number.saturating_mul(30),
        Some('Y') => number.saturating_mul(365),
        Some('s') => number / 86_400,
        Some('h') => number / 24,
        _ => return Some(Property::unresolved(value.at, format!("{name} = \"{text}\""))),
    };
    Some(Property::stated(known, value.at, format!("{name} = \"{text}\"")))
}

/// When something runs.
fn schedule(instance: &Instance, path: &[&str]) -> Option<Property<String>> {
    instance.word(path)
}
