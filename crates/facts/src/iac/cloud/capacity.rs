//! What gives workloads their instances, and what moves their number.

mod aws;
mod aws_machines;
mod azure;
mod google;
mod others;

#[cfg(test)]
mod tests;

use plimsoll_base::{Location, Sourced};

pub(crate) use self::others::do_component;
use super::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Capacity, DisruptionGuard, GuardKind, Infrastructure, Property, ScalingPolicy};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    aws::read(resources, &mut found.capacity);
    aws_machines::read(resources, &mut found.capacity);
    google::read(resources, &mut found.capacity);
    azure::read(resources, &mut found.capacity);
    others::read(resources, &mut found.capacity);
}

/// A number at a path, if it is written there.
fn stated(instance: &Instance, path: &[&str]) -> Option<Property<u32>> {
    instance.value.path(path).map(|_| instance.number(path, 0))
}

/// A number of a block, if it is written.
fn count(value: Option<&Value>, name: &str) -> Option<Property<u32>> {
    let v = value?;
    Some(match v.text().and_then(|t| t.trim().parse().ok()) {
        Some(n) => Property::stated(n, v.at, format!("{name} = {n}")),
        None => Property::unresolved(v.at, format!("{name} is decided elsewhere")),
    })
}

/// How many a resource makes by `count` or `for_each`: as many as there are of its name.
fn copies(resources: &Resources<'_>, instance: &Instance) -> Property<u32> {
    let alike = resources.of(&instance.kind).filter(|i| i.module == instance.module && i.name == instance.name).count();
    let number = u32::try_from(alike).unwrap_or(u32::MAX);
    instance.settled(match number {
        0 | 1 => Property::defaulted(1, instance.at, "there is one of it"),
        _ => Property::stated(number, instance.at, format!("there are {number} of it")),
    })
}

/// A policy that surely exists, or one of which that is decided elsewhere.
fn surely(instance: &Instance, mut policy: ScalingPolicy) -> ScalingPolicy {
    policy.effective = instance.settled(policy.effective);
    policy
}

/// The addresses of what a value refers to; what lies outside stays as written.
fn addresses(resources: &Resources<'_>, value: Option<&Value>, kinds: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |address: String| {
        if !address.is_empty() && !found.contains(&address) {
            found.push(address);
        }
    };
    for item in each(value) {
        let mut inside = false;
        for instance in kinds.iter().flat_map(|kind| resources.referred(Some(item), kind)) {
            inside = true;
            add(instance.address());
        }
        if !inside && let Some(text) = item.written() {
            add(text.trim_start_matches("${").trim_end_matches('}').to_owned());
        }
    }
    found
}

/// The target groups or balancers that a value names, each with the place.
fn attached(resources: &Resources<'_>, value: Option<&Value>, kinds: &[&str]) -> Vec<Sourced<String>> {
    let place = |v: &Value| v.at;
    each(value).iter().flat_map(|item| addresses(resources, Some(item), kinds).into_iter().map(|a| Sourced::new(a, place(item)))).collect()
}

/// Whether a value names an instance: by a reference, or by the very name that the instance is given.
fn names(resources: &Resources<'_>, value: Option<&Value>, to: &Instance) -> bool {
    let own = to.written(&["name"]);
    resources.refers(value, to) || value.and_then(Value::written).is_some_and(|text| Some(text) == own)
}

/// The resource of a kind that a value refers to.
fn one<'a>(resources: &Resources<'a>, value: Option<&Value>, kind: &str) -> Option<&'a Instance> {
    resources.referred(value, kind).into_iter().next()
}

/// A policy that moves the number.
fn moves(at: Location, says: impl Into<String>) -> ScalingPolicy {
    let says = says.into();
    ScalingPolicy { at, effective: Property::stated(true, at, says.clone()), says }
}

/// A policy that cannot move the number, and why.
fn idle(at: Location, says: impl Into<String>, why: impl Into<String>) -> ScalingPolicy {
    ScalingPolicy { at, says: says.into(), effective: Property::stated(false, at, why) }
}

/// A guard that has its effect.
fn guard(kind: GuardKind, at: Location, says: impl Into<String>) -> DisruptionGuard {
    let says = says.into();
    DisruptionGuard { at, kind, effective: Property::stated(true, at, says.clone()), says, across_zones: false }
}

/// What runs behind nothing of its own: a product that the provider spreads over the zones of its region.
fn by_nature(capacity: &mut Capacity, product: &str) {
    capacity.regional = Some(Property::defaulted(true, capacity.at, format!("{product} spreads over the zones of its region")));
}
