//! Networks, subnets and what their firewalls admit.

mod address;
mod aws;
mod aws_firewalls;
mod azure;
mod google;
mod others;

#[cfg(test)]
mod tests;

pub(crate) use address::{source_of, written_source};

use plimsoll_base::Location;

use super::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{AttachedKind, Attachment, Infrastructure, Opening, TrafficSource};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    aws::read(resources, found);
    aws_firewalls::read(resources, found);
    google::read(resources, found);
    azure::read(resources, found);
    others::read(resources, found);
}

/// An opening in words: `0.0.0.0/0 on tcp 3000`.
pub(crate) fn opening(at: Location, group: &str, sources: Vec<TrafficSource>, protocol: &str, ports: Ports) -> Opening {
    let from: Vec<&str> = sources.iter().map(words).collect();
    let from = if from.is_empty() { "nobody named".to_owned() } else { from.join(", ") };
    let (range, on) = match ports {
        Ports::All => (None, "every port".to_owned()),
        Ports::Range(a, b) if a == b => (Some((a, b)), a.to_string()),
        Ports::Range(a, b) => (Some((a, b)), format!("{a}-{b}")),
        Ports::Unresolved => (None, "ports decided elsewhere".to_owned()),
    };
    let says = match protocol {
        "all" => format!("{from} on {on}"),
        "icmp" | "icmpv6" => format!("{from} by {protocol}"),
        _ => format!("{from} on {protocol} {on}"),
    };
    Opening {
        at,
        says,
        group: group.to_owned(),
        sources,
        protocol: protocol.to_owned(),
        ports: range,
        ports_unresolved: ports == Ports::Unresolved,
        attached: Vec::new(),
    }
}

fn words(source: &TrafficSource) -> &str {
    match source {
        TrafficSource::World => "0.0.0.0/0",
        TrafficSource::Private(text) | TrafficSource::Addresses(text) | TrafficSource::Group(text) | TrafficSource::ProviderList(text) => {
            text
        }
        TrafficSource::Unresolved(_) => "addresses decided elsewhere",
    }
}

/// The ports of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ports {
    All,
    Range(u16, u16),
    Unresolved,
}

impl Ports {
    /// `22`, `8000-9000`, `8000:9000`, `any`, `*`.
    pub(crate) fn of(value: &Value) -> Self {
        match value.text() {
            Some(text) => Self::written(text),
            None => Ports::Unresolved,
        }
    }
    pub(crate) fn written(text: &str) -> Self {
        let text = text.trim();
        if matches!(text, "*" | "any" | "all" | "" | "-1") {
            return Ports::All;
        }
        let (from, to) = text.split_once(['-', ':']).unwrap_or((text, text));
        match (from.trim().parse(), to.trim().parse()) {
            (Ok(0 | 1), Ok(65535)) => Ports::All,
            (Ok(from), Ok(to)) => Ports::Range(from, to),
            _ => Ports::Unresolved,
        }
    }
}

/// The name of a protocol; numbers as the registry has them (IANA protocol numbers).
pub(crate) fn protocol(value: Option<&Value>) -> String {
    let text = value.and_then(Value::text).unwrap_or("all").to_ascii_lowercase();
    match text.as_str() {
        "-1" | "*" | "any" | "all" => "all",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" | "icmpv6" => "icmpv6",
        other => return other.to_owned(),
    }
    .to_owned()
}

/// An opening that a resource makes; where it may not exist, whom it admits is decided elsewhere.
fn settled(by: &Instance, mut open: Opening) -> Opening {
    if !by.certain {
        open.sources = vec![TrafficSource::Unresolved(by.at)];
        open.says = format!("{}, if the rule exists", open.says);
    }
    open
}

/// Where the rules of a firewall are not told as a whole because it may not exist.
fn doubtful(firewall: &Instance) -> Option<Location> {
    (!firewall.certain).then_some(firewall.at)
}

/// What a resource is to a firewall that is attached to it.
fn attachment(instance: &Instance, kind: AttachedKind, public: Option<bool>) -> Attachment {
    Attachment { name: instance.address(), kind, public_address: public }
}

/// Puts an attachment in once.
fn attach(list: &mut Vec<Attachment>, new: Attachment) {
    match list.iter_mut().find(|a| a.name == new.name) {
        Some(old) => old.public_address = old.public_address.or(new.public_address),
        None => list.push(new),
    }
}
