//! Alarms, and the channels they speak through.

mod aws;
mod azure;
mod google;
mod others;
mod topics;

#[cfg(test)]
mod tests;

use plimsoll_base::{Location, Sourced};

use super::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Alarm, Infrastructure, Property, Receiver, ReceiverKind};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    aws::read(resources, found);
    topics::read(resources, found);
    google::read(resources, found);
    azure::read(resources, found);
    others::read(resources, found);
}

/// The addresses of resources that a text refers to: `${aws_sns_topic.ops[0].arn}` gives `aws_sns_topic.ops`.
pub(in crate::iac) fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    // Indices stand between a name and its attribute; they belong to neither.
    let mut bare = String::with_capacity(text.len());
    let mut depth = 0_u32;
    for c in text.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    // What stands in brackets may refer to something itself: `[aws_sns_topic.ops.arn]`.
    for text in [bare.as_str(), text] {
        for path in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))) {
            if let Some(address) = address(path)
                && !found.contains(&address)
            {
                found.push(address);
            }
        }
    }
    found
}

/// `module.a.aws_sns_topic.ops.arn` is `module.a.aws_sns_topic.ops`; none for variables, locals and plain words.
fn address(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('.').collect();
    let mut at = 0;
    while parts.get(at) == Some(&"module") {
        at += 2;
    }
    let data = usize::from(parts.get(at) == Some(&"data"));
    let kind = parts.get(at + data)?;
    let name = parts.get(at + data + 1)?;
    let is_kind = kind.contains('_') && kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    (is_kind && !name.is_empty()).then(|| parts[..at + data + 2].join("."))
}

/// Puts whom an alarm tells into it: the addresses and literal names in a list of targets; `skips` are targets that act on machines.
fn tell(alarm: &mut Alarm, targets: Option<&Value>, skips: &[&str]) {
    for target in each(targets) {
        let Some(text) = target.written() else { continue };
        let referred: Vec<String> = addresses(text);
        let acts = |name: &str| skips.iter().any(|s| name.contains(s));
        for name in referred.iter().filter(|n| !acts(n)) {
            alarm.tells.push(Sourced::new(name.clone(), target.at));
        }
        if !referred.is_empty() || acts(text) {
            continue;
        }
        if target.is_unknown() {
            alarm.tells_unresolved = Some(target.at);
        } else if !text.trim().is_empty() {
            alarm.tells.push(Sourced::new(text.to_owned(), target.at));
        }
    }
}

/// The list of targets as written, where it is no list: `var.alarm_actions`.
fn undecided(targets: Option<&Value>) -> Option<Location> {
    targets.filter(|v| v.is_unknown() && v.written().is_none_or(|t| addresses(t).is_empty())).map(|v| v.at)
}

/// A receiver whose address is an attribute.
fn receiver(instance: &Instance, kind: ReceiverKind, address: Option<&Value>) -> Receiver {
    match address {
        Some(v) => Receiver::at_address(v.at, kind, v.written().unwrap_or_default(), v.text().is_some()),
        None => Receiver { at: instance.at, kind, says: instance.address(), real: Property::stated(true, instance.at, "it is declared") },
    }
}
