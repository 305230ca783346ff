//! How many containers a Swarm stack runs: on one host Compose itself has no more to say than the workload does.

use plimsoll_base::Setting;

use super::value::{Context, Shape, Value};
use crate::container::Workload;
use crate::infrastructure::{Capacity, CapacityKind, DisruptionGuard, GuardKind, Property, Provider};

/// The capacity of one service of a stack.
pub(super) fn of_stack(context: Context, service: &Value, w: &Workload) -> Capacity {
    let mut c = Capacity::new(format!("swarm/{}", w.name), w.at, Provider::Other, CapacityKind::ContainerService);
    c.workload = Some(w.name.clone());
    c.desired = Some(match &w.replicas {
        Setting::Stated(n) => Property::stated(n.value, n.at, format!("replicas: {}", n.value)),
        Setting::Defaulted(n) => Property::defaulted(*n, w.at, format!("replicas is not set: {n} by default")),
        Setting::Unresolved(at) => Property::unresolved(*at, "how many run is decided elsewhere"),
    });
    let placement = |name: &str| service.path(&["deploy", "placement", name]);
    if let Some(most) = placement("max_replicas_per_node")
        && context.text(most).is_some_and(|t| t == "1")
    {
        c.guards.push(spread(most, "at most one replica on each node", false));
    }
    if let Some(preferences) = placement("preferences") {
        let label = |v: &Value| v.get("spread").and_then(|s| context.text(s)).unwrap_or_default();
        let labels: Vec<String> = match &preferences.shape {
            Shape::List(items) => items.iter().map(label).collect(),
            _ => Vec::new(),
        };
        let zones = labels.iter().any(|l| ["zone", "datacenter", "rack"].iter().any(|w| l.contains(w)));
        c.guards.push(spread(preferences, "placement spread by a label of the nodes", zones));
    }
    c
}

fn spread(value: &Value, says: &str, across_zones: bool) -> DisruptionGuard {
    DisruptionGuard {
        at: value.at,
        kind: GuardKind::Spread,
        says: says.to_owned(),
        effective: Property::stated(true, value.at, says),
        across_zones,
    }
}
