//! Autoscalers of pods: whom they scale, and whether they can.

use plimsoll_base::Location;

use super::{number, place, together};
use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Capacity, Property, ScalingPolicy};

/// What autoscalers are called.
const SCALERS: [&str; 3] = ["HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler"];

fn target<'o>(scaler: &'o Object, field: &str) -> Option<&'o Value> {
    let name = if scaler.kind == "VerticalPodAutoscaler" { "targetRef" } else { "scaleTargetRef" };
    scaler.spec(&[name, field])
}

fn scales(scaler: &Object, object: &Object) -> bool {
    SCALERS.contains(&scaler.kind.as_str())
        && together(scaler, object)
        && !object.name.is_empty()
        && target(scaler, "name").and_then(Value::written) == Some(&object.name)
        && target(scaler, "kind").and_then(Value::text).is_none_or(|k| k == object.kind)
}

/// The autoscalers of one workload.
pub(super) fn read(objects: &[Object], object: &Object, c: &mut Capacity) {
    for scaler in objects.iter().filter(|s| scales(s, object)) {
        match scaler.kind.as_str() {
            "HorizontalPodAutoscaler" => {
                let default = || Property::defaulted(1, scaler.at(), "minReplicas is not set: 1 by default");
                c.minimum = Some(scaler.spec(&["minReplicas"]).map_or_else(default, |v| number(v, "minReplicas")));
                c.maximum = scaler.spec(&["maxReplicas"]).map(|v| number(v, "maxReplicas"));
                c.scaling.extend(metrics(objects, scaler, object));
            }
            "ScaledObject" => {
                let default = |n: u32, name: &str| Property::defaulted(n, scaler.at(), format!("{name} is not set: {n} by default"));
                let bound = |name: &str, n: u32| scaler.spec(&[name]).map_or_else(|| default(n, name), |v| number(v, name));
                c.minimum = Some(bound("minReplicaCount", 0));
                c.maximum = Some(bound("maxReplicaCount", 100));
                c.scaling.extend(triggers(objects, scaler, object));
            }
            _ => c.scaling.push(vertical(scaler)),
        }
    }
    if object.group == "serving.knative.dev" {
        c.scaling.push(works(object.at(), "Knative starts pods by requests"));
    }
}

fn works(at: Location, says: impl Into<String>) -> ScalingPolicy {
    let says = says.into();
    ScalingPolicy { at, effective: Property::stated(true, at, says.clone()), says }
}

/// The metrics of a horizontal autoscaler. A share of what pods ask for means nothing where they ask for nothing.
fn metrics(objects: &[Object], scaler: &Object, object: &Object) -> Vec<ScalingPolicy> {
    let listed = each(scaler.spec(&["metrics"]));
    if listed.is_empty() {
        let field = scaler.spec(&["targetCPUUtilizationPercentage"]);
        let goal = field.and_then(Value::text).unwrap_or("80");
        return vec![share(objects, object, "cpu", goal, field.map_or_else(|| scaler.at(), |f| f.at))];
    }
    let mut found = Vec::new();
    for metric in listed {
        let kind = metric.get("type").and_then(Value::written).unwrap_or_default();
        let resource = metric.get("resource").or_else(|| metric.get("containerResource"));
        let name = resource.and_then(|r| r.get("name")).and_then(Value::text);
        let percent = resource.and_then(|r| {
            let goal = r.path(&["target", "averageUtilization"]).or_else(|| r.get("targetAverageUtilization"));
            goal.and_then(Value::written)
        });
        found.push(match (name, percent) {
            (Some(name), Some(percent)) => share(objects, object, name, percent, metric.at),
            (Some(name), None) => works(metric.at, format!("HorizontalPodAutoscaler on {name}")),
            _ => works(metric.at, format!("HorizontalPodAutoscaler on a metric of type {kind}")),
        });
    }
    found
}

/// A share of the requested CPU or memory.
fn share(objects: &[Object], object: &Object, resource: &str, percent: &str, at: Location) -> ScalingPolicy {
    let says = format!("HorizontalPodAutoscaler on {resource} at {percent} %");
    let effective = match requested(objects, object, resource) {
        Some(true) => Property::stated(true, at, says.clone()),
        Some(false) => {
            Property::stated(false, at, format!("a container states no request of {resource}, so that {percent} % of it is undefined"))
        }
        None => Property::unresolved(at, format!("whether every container requests {resource} is decided elsewhere")),
    };
    ScalingPolicy { at, says, effective }
}

/// Whether every container asks for a resource: by itself, by a limit that stands for the request, or by the namespace's default.
fn requested(objects: &[Object], object: &Object, resource: &str) -> Option<bool> {
    let (pod, _) = object.template()?;
    let ranged = objects
        .iter()
        .filter(|o| o.kind == "LimitRange" && together(o, object))
        .any(|o| each(o.spec(&["limits"])).iter().any(|l| ["defaultRequest", "default"].iter().any(|f| l.path(&[f, resource]).is_some())));
    let mut all = true;
    for container in each(pod.get("containers")) {
        let asks = ["requests", "limits"].iter().any(|part| container.path(&["resources", part, resource]).is_some());
        let undecided = container.get("resources").is_some_and(|r| r.is_unknown() || r.fields().iter().any(|f| f.value.is_unknown()));
        match (asks || ranged, undecided) {
            (true, _) => {}
            (false, true) => return None,
            (false, false) => all = false,
        }
    }
    Some(all)
}

fn triggers(objects: &[Object], scaler: &Object, object: &Object) -> Vec<ScalingPolicy> {
    let paused = scaler.value.path(&["metadata", "annotations", "autoscaling.keda.sh/paused"]).filter(|v| v.is_true());
    let listed = each(scaler.spec(&["triggers"]));
    if let Some(paused) = paused {
        return vec![stopped(paused.at, "KEDA", "the annotation `autoscaling.keda.sh/paused` stops it")];
    }
    if listed.is_empty() {
        return vec![stopped(scaler.at(), "KEDA", "the ScaledObject has no trigger")];
    }
    let one = |trigger: &Value| {
        let kind = trigger.get("type").and_then(Value::written).unwrap_or("decided elsewhere");
        let value = trigger.path(&["metadata", "value"]).and_then(Value::written).unwrap_or("?");
        let absolute = trigger.get("metricType").is_some_and(|t| t.is("AverageValue"));
        match kind {
            "cpu" | "memory" if !absolute => share(objects, object, kind, value, trigger.at),
            _ => works(trigger.at, format!("KEDA by {kind}")),
        }
    };
    listed.iter().map(one).collect()
}

fn stopped(at: Location, says: &str, why: &str) -> ScalingPolicy {
    ScalingPolicy { at, says: says.to_owned(), effective: Property::stated(false, at, why) }
}

fn vertical(scaler: &Object) -> ScalingPolicy {
    let at = place(scaler, &["updatePolicy", "updateMode"]);
    match scaler.spec(&["updatePolicy", "updateMode"]).map(|m| (m.is("Off"), m.is_unknown())) {
        Some((true, _)) => stopped(at, "VerticalPodAutoscaler", "updateMode: Off only recommends"),
        Some((_, true)) => ScalingPolicy {
            at,
            says: "VerticalPodAutoscaler".into(),
            effective: Property::unresolved(at, "its updateMode is decided elsewhere"),
        },
        _ => works(at, "VerticalPodAutoscaler gives pods more room"),
    }
}

/// An autoscaler whose target is nowhere is a slip where one workload is left that nothing scales.
pub(super) fn astray(objects: &[Object], running: &[&Object], capacity: &mut [Capacity]) {
    let scalers: Vec<&Object> = objects.iter().filter(|o| SCALERS[..2].contains(&o.kind.as_str())).take(super::MAX_OBJECTS).collect();
    let strays: Vec<&Object> = scalers.into_iter().filter(|s| !running.iter().any(|o| scales(s, o))).collect();
    let mut unscaled = capacity.iter_mut().filter(|c| c.scaling.is_empty());
    if let ([stray], Some(only), None) = (strays.as_slice(), unscaled.next(), unscaled.next()) {
        let name = target(stray, "name");
        let at = name.map_or_else(|| stray.at(), |n| n.at);
        let text = name.and_then(Value::written).unwrap_or("nothing");
        let effective = match name.is_some_and(Value::is_unknown) {
            true => Property::unresolved(at, format!("its target `{text}` is decided elsewhere")),
            false => Property::stated(false, at, format!("its target `{text}` is not declared here")),
        };
        only.scaling.push(ScalingPolicy { at, says: format!("{} for `{text}`", stray.kind), effective });
    }
}
