//! What gives workloads their pods, what moves their number, and what keeps enough of them while nodes are drained.

mod guards;
mod scaling;

#[cfg(test)]
mod tests;

use plimsoll_base::{Location, Sourced};

use crate::iac::kubernetes::object::Object;
use crate::iac::value::Value;
use crate::infrastructure::{Capacity, CapacityKind, Infrastructure, Property, Provider};

/// How many objects of one kind are compared with each workload.
const MAX_OBJECTS: usize = 2_000;

pub(super) fn read(objects: &[Object], found: &mut Infrastructure) {
    let first = found.capacity.len();
    let running: Vec<&Object> = objects.iter().filter(|o| lasting(o)).take(MAX_OBJECTS).collect();
    for object in &running {
        found.capacity.push(capacity(objects, object, running.len() == 1));
    }
    scaling::astray(objects, &running, &mut found.capacity[first..]);
}

/// Whether it keeps pods running.
fn lasting(object: &Object) -> bool {
    object.runs() && !object.ends()
}

fn capacity(objects: &[Object], object: &Object, alone: bool) -> Capacity {
    let name = format!("{}/{}", object.kind.to_ascii_lowercase(), object.name);
    let mut c = Capacity::new(name, object.at(), Provider::Kubernetes, CapacityKind::ContainerService);
    c.workload = Some(object.name.clone());
    c.desired = Some(desired(object));
    scaling::read(objects, object, &mut c);
    guards::read(objects, object, alone, &mut c);
    if let Some((pod, _)) = object.template() {
        c.spot = spot(pod);
    }
    if object.elsewhere {
        guards::elsewhere(object.at(), &mut c);
    }
    c
}

fn desired(object: &Object) -> Property<u32> {
    let at = object.at();
    match (object.kind.as_str(), object.spec(&["replicas"])) {
        ("DaemonSet", _) => Property::unresolved(at, "one pod on each node"),
        ("Pod", _) => Property::stated(1, at, "a bare Pod is one pod"),
        ("Service", _) => Property::unresolved(at, "Knative starts pods by requests"),
        (_, Some(count)) => number(count, "replicas"),
        _ => Property::defaulted(1, at, "replicas is not set: 1 by default"),
    }
}

/// A number where it is written.
fn number(value: &Value, name: &str) -> Property<u32> {
    match value.text().and_then(|t| t.trim().parse().ok()) {
        Some(n) => Property::stated(n, value.at, format!("{name}: {n}")),
        None => Property::unresolved(value.at, format!("{name} is decided elsewhere")),
    }
}

/// Nodes that a provider may take back, by the labels that providers give them.
fn spot(pod: &Value) -> Option<Sourced<String>> {
    const LABELS: [&str; 5] = [
        "karpenter.sh/capacity-type",
        "eks.amazonaws.com/capacityType",
        "cloud.google.com/gke-spot",
        "cloud.google.com/gke-preemptible",
        "kubernetes.azure.com/scalesetpriority",
    ];
    let selector = pod.get("nodeSelector")?;
    let label = selector.fields().iter().find(|f| {
        LABELS.contains(&f.name.as_str()) && f.value.text().is_some_and(|t| ["spot", "true"].iter().any(|w| t.eq_ignore_ascii_case(w)))
    })?;
    Some(Sourced::new(label.name.clone(), label.at))
}

/// Whether two objects may stand in one namespace.
fn together(a: &Object, b: &Object) -> bool {
    a.namespace.is_none() || b.namespace.is_none() || a.namespace == b.namespace
}

/// Where an object's field stands, else the object.
fn place(object: &Object, path: &[&str]) -> Location {
    object.spec(path).map_or_else(|| object.at(), |v| v.at)
}
