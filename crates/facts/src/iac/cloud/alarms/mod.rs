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

/// The addresses of what a text refers to.
pub(in crate::iac::cloud) fn addresses(resources: &Resources<'_>, text: &str) -> Vec<String> {
    resources.meant(text).iter().map(|i| i.address()).collect()
}

/// Puts whom an alarm tells into it: the addresses and literal names in a list of targets; `skips` are targets that act on machines.
fn tell(resources: &Resources<'_>, alarm: &mut Alarm, targets: Option<&Value>, skips: &[&str]) {
    for target in each(targets) {
        let Some(text) = target.written() else { continue };
        let referred = resources.meant(text);
        let acts = |name: &str| skips.iter().any(|s| name.contains(s));
        for instance in referred.iter().filter(|i| !acts(&i.address())) {
            if instance.certain {
                alarm.tells.push(Sourced::new(instance.address(), target.at));
            } else {
                // A channel that may not exist tells nobody for certain.
                alarm.tells_unresolved = Some(target.at);
            }
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
fn undecided(resources: &Resources<'_>, targets: Option<&Value>) -> Option<Location> {
    targets.filter(|v| v.is_unknown() && v.written().is_none_or(|t| addresses(resources, t).is_empty())).map(|v| v.at)
}

/// A receiver whose address is an attribute.
fn receiver(instance: &Instance, kind: ReceiverKind, address: Option<&Value>) -> Receiver {
    let mut one = match address {
        Some(v) => Receiver::at_address(v.at, kind, v.written().unwrap_or_default(), v.text().is_some()),
        None => Receiver { at: instance.at, kind, says: instance.address(), real: Property::stated(true, instance.at, "it is declared") },
    };
    if !instance.certain && !one.real.off() {
        one.real = instance.settled(one.real);
    }
    one
}
