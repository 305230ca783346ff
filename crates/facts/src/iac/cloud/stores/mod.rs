//! Stores of data, one file per provider. Each fact that only a default gives names it; the source of a default is told beside its table.

mod aws;
mod aws_objects;
mod aws_others;
mod azure;
mod azure_objects;
mod google;
mod google_objects;
mod others;
mod policy;

#[cfg(test)]
mod tests;

pub(crate) use others::{d1, kv};

use std::collections::BTreeSet;

use plimsoll_base::{Setting, Sourced};

use super::{Instance, Resources};
use crate::iac::value::{Shape, Value, each};
use crate::infrastructure::{AttachedKind, Attachment, Infrastructure, Opening, Property, Provider, Store, StoreKind, TrafficSource};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    aws::read(resources, found);
    aws_others::read(resources, found);
    aws_objects::read(resources, found);
    google::read(resources, found);
    google_objects::read(resources, found);
    azure::read(resources, found);
    azure_objects::read(resources, found);
    others::read(resources, found);
    let doubtful: BTreeSet<String> = resources.all().iter().filter(|i| !i.certain && !i.data).map(Instance::address).collect();
    found.stores.iter_mut().filter(|s| doubtful.contains(&s.name)).for_each(unsettle);
}

/// Where something outside decides whether a store exists, nothing that it says holds for certain.
fn unsettle(store: &mut Store) {
    let name = store.name.clone();
    let says = || format!("whether {name} exists is decided elsewhere");
    store.doubtful = Some(says());
    let switches = [
        &mut store.encrypted,
        &mut store.public,
        &mut store.point_in_time,
        &mut store.deletion_protection,
        &mut store.final_snapshot,
        &mut store.force_destroy,
        &mut store.versioned,
        &mut store.failover,
    ];
    for property in switches.into_iter().flatten().chain(&mut store.insights) {
        *property = Property::unresolved(property.at, says());
    }
    if let Some(days) = &mut store.backup_days {
        *days = Property::unresolved(days.at, says());
    }
}

/// A store with what every resource says in the same way: tags or labels, and a lifecycle that forbids its destruction.
fn store(i: &Instance, provider: Provider, kind: StoreKind, product: &'static str) -> Store {
    let mut store = Store::new(i.address(), i.at, provider, kind, product);
    if let Some(v) = i.value.path(&["lifecycle", "prevent_destroy"]).filter(|v| v.is_true()) {
        store.prevent_destroy = Some(Sourced::new("prevent_destroy = true".to_owned(), v.at));
    }
    let tags = ["tags", "labels", "user_labels"].iter().filter_map(|name| i.value.get(name));
    store.tags = tags.flat_map(Value::fields).filter_map(|f| Some((f.name.clone(), f.value.text()?.to_owned()))).collect();
    store
}

/// What the product gives by its nature, with the words that say so.
fn given<T>(i: &Instance, value: T, says: &str) -> Option<Property<T>> {
    Some(i.settled(Property::defaulted(value, i.at, says)))
}

/// The same property as another value: what follows from it.
pub(crate) fn following<T, U>(from: &Property<T>, follow: impl FnOnce(&T) -> U) -> Property<U> {
    let setting = match &from.setting {
        Setting::Stated(s) => Setting::Stated(Sourced::new(follow(&s.value), s.at)),
        Setting::Defaulted(v) => Setting::Defaulted(follow(v)),
        Setting::Unresolved(at) => Setting::Unresolved(*at),
    };
    Property { setting, at: from.at, says: from.says.clone() }
}

/// What refers to something by its words, a reference included: a key, a network.
fn named(i: &Instance, path: &[&str]) -> Option<Property<String>> {
    let value = i.value.path(path)?;
    let text = value.written().filter(|t| !t.is_empty())?;
    let says = format!("{} = {text}", path.join("."));
    // A variable without a value may be empty; anything else that is referred to is there.
    if value.is_unknown() && (text.starts_with("${var.") || text.starts_with("${local.") || text.contains(" ? ")) {
        return Some(Property::unresolved(value.at, says));
    }
    Some(Property::stated(text.to_owned(), value.at, says))
}

/// Resources of these kinds that a value refers to, by address; what is not declared here as it is written.
fn addresses(resources: &Resources<'_>, value: Option<&Value>, kind: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for item in each(value) {
        let referred = resources.referred(Some(item), kind);
        if referred.is_empty() {
            found.extend(item.written().filter(|t| !t.is_empty()).map(str::to_owned));
        }
        found.extend(referred.iter().map(|r| r.address()));
    }
    found.dedup();
    found
}

/// The subnets of the group of subnets that a value names.
fn subnets_of_group(resources: &Resources<'_>, name: Option<&Value>, kind: &str) -> Vec<String> {
    let groups = resources.referred(name, kind);
    groups.iter().flat_map(|group| addresses(resources, group.value.get("subnet_ids"), "aws_subnet")).collect()
}

/// Resources of a kind whose attribute refers to another resource: satellites of a bucket, instances of a cluster. A literal name is as
/// good as a reference where the other resource bears that name.
fn satellites<'a>(resources: &Resources<'a>, kind: &str, attributes: &[&str], of: &Instance, names: &[&str]) -> Vec<&'a Instance> {
    let own: Vec<&str> = names.iter().filter_map(|n| of.value.get(n).and_then(Value::text)).filter(|t| !t.is_empty()).collect();
    let belongs = |s: &&Instance| {
        attributes.iter().filter_map(|a| s.value.get(a)).any(|v| resources.refers(Some(v), of) || own.iter().any(|n| v.text() == Some(n)))
    };
    resources.of(kind).filter(belongs).collect()
}

/// How many an evaluated instance stands for: one, unless something outside decides whether and how often it exists.
fn copies_of(i: &Instance) -> Option<u32> {
    i.certain.then_some(1)
}

/// A number that need not be written; none where it is not.
fn number(i: &Instance, path: &[&str]) -> Option<Property<u32>> {
    i.value.path(path)?;
    Some(i.number(path, 0))
}

/// A switch that need not be written; none where it is not.
fn flag(i: &Instance, path: &[&str]) -> Option<Property<bool>> {
    i.value.path(path)?;
    Some(i.flag(path, false))
}

/// A word that means on, whatever else means off.
fn switched(i: &Instance, path: &[&str], on: &str, default: bool) -> Property<bool> {
    match i.word(path) {
        Some(word) => following(&word, |w| w.eq_ignore_ascii_case(on)),
        None => i.flag(path, default),
    }
}

/// A switch that is on where the other is off: `skip_final_snapshot`.
fn inverse(property: &Property<bool>) -> Property<bool> {
    following(property, |v| !v)
}

/// The range of addresses as a source of traffic.
fn source(cidr: &Value) -> TrafficSource {
    let Some(text) = cidr.text() else { return TrafficSource::Unresolved(cidr.at) };
    let text = text.trim();
    let world = matches!(text, "0.0.0.0/0" | "::/0" | "0.0.0.0" | "*")
        || text.ends_with("/1") && (text.starts_with("0.") || text.starts_with("128."));
    let private = ["10.", "192.168.", "127.", "fd", "fc"].iter().any(|p| text.starts_with(p))
        || text.strip_prefix("172.").and_then(|r| r.split('.').next()?.parse::<u8>().ok()).is_some_and(|n| (16..32).contains(&n));
    match (world, private) {
        (true, _) => TrafficSource::World,
        (_, true) => TrafficSource::Private(text.to_owned()),
        _ => TrafficSource::Addresses(text.to_owned()),
    }
}

/// A rule of a store's own firewall, which bears the store's address.
fn admits(to: &Store, at: plimsoll_base::Location, says: impl Into<String>, source: TrafficSource) -> Opening {
    Opening {
        at,
        says: says.into(),
        group: to.name.clone(),
        sources: vec![source],
        protocol: "tcp".into(),
        ports: None,
        ports_unresolved: false,
        attached: vec![Attachment {
            name: to.name.clone(),
            kind: AttachedKind::Store,
            public_address: to.public.as_ref().and_then(|p| p.known()).copied(),
        }],
    }
}

/// Whether any text within a value holds one of these words.
fn mentions(value: &Value, words: &[&str]) -> bool {
    match &value.shape {
        Shape::Text(t) | Shape::Unknown(t) => words.iter().any(|w| t.contains(w)),
        Shape::List(items) => items.iter().any(|v| mentions(v, words)),
        Shape::Map(fields) => fields.iter().any(|f| mentions(&f.value, words)),
        Shape::Null => false,
    }
}

/// Whether any text within a value refers to a resource.
fn refers_within(resources: &Resources<'_>, value: &Value, to: &Instance) -> bool {
    match &value.shape {
        Shape::Text(_) | Shape::Unknown(_) => resources.refers(Some(value), to),
        Shape::List(items) => items.iter().any(|v| refers_within(resources, v, to)),
        Shape::Map(fields) => fields.iter().any(|f| refers_within(resources, &f.value, to)),
        Shape::Null => false,
    }
}
