//! Disruption budgets, spread and drain hooks of pods.

use plimsoll_base::Location;

use super::{place, together};
use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Shape, Value, each};
use crate::infrastructure::{Capacity, DisruptionGuard, GuardKind, Property};

/// What protects the pods of one workload; `alone` where no other workload stands beside it.
pub(super) fn read(objects: &[Object], object: &Object, alone: bool, c: &mut Capacity) {
    let Some((pod, metadata)) = object.template() else { return };
    let labels = metadata.and_then(|m| m.get("labels"));
    for budget in objects.iter().filter(|o| o.kind == "PodDisruptionBudget" && together(o, object)) {
        let chosen = selects(budget.spec(&["selector"]), labels, alone || budget.name == object.name);
        if chosen {
            c.guards.push(allows(budget, c));
        } else if alone || budget.name == object.name {
            let at = place(budget, &["selector"]);
            c.guards.push(without_effect(GuardKind::Budget, at, "PodDisruptionBudget", "its selector matches none of these pods"));
        }
    }
    for constraint in each(pod.get("topologySpreadConstraints")) {
        let key = constraint.get("topologyKey").and_then(Value::written).unwrap_or("decided elsewhere");
        let says = format!("spread over {key}");
        let mut guard = works(GuardKind::Spread, constraint.at, says);
        guard.across_zones = key.ends_with("/zone") || key.ends_with("/region");
        if !selects(constraint.get("labelSelector"), labels, true) {
            guard.effective = Property::stated(false, constraint.at, "its labelSelector matches none of these pods");
        }
        c.guards.push(guard);
    }
    c.guards.extend(apart(pod, labels));
    let hook = each(pod.get("containers")).iter().find_map(|k| k.path(&["lifecycle", "preStop"]));
    if let Some(hook) = hook {
        let grace = pod.get("terminationGracePeriodSeconds").and_then(Value::text).unwrap_or("30");
        let mut guard = works(GuardKind::Drain, hook.at, format!("preStop, with {grace} seconds to end"));
        if grace == "0" {
            guard.effective = Property::stated(false, hook.at, "terminationGracePeriodSeconds: 0 leaves no time to end");
        }
        c.guards.push(guard);
    }
}

/// What a chart from elsewhere may bring for its pods.
pub(super) fn elsewhere(at: Location, c: &mut Capacity) {
    for (kind, says) in [(GuardKind::Budget, "PodDisruptionBudget"), (GuardKind::Spread, "spread of pods"), (GuardKind::Drain, "preStop")] {
        let effective = Property::unresolved(at, format!("the chart decides: {says}"));
        c.guards.push(DisruptionGuard { at, kind, effective, says: says.to_owned(), across_zones: false });
    }
}

fn works(kind: GuardKind, at: Location, says: impl Into<String>) -> DisruptionGuard {
    let says = says.into();
    DisruptionGuard { at, kind, effective: Property::stated(true, at, says.clone()), says, across_zones: false }
}

fn without_effect(kind: GuardKind, at: Location, says: &str, why: impl Into<String>) -> DisruptionGuard {
    DisruptionGuard { at, kind, says: says.to_owned(), effective: Property::stated(false, at, why), across_zones: false }
}

/// Anti-affinity to pods of the same labels: demanded or preferred.
fn apart(pod: &Value, labels: Option<&Value>) -> Vec<DisruptionGuard> {
    let mut found = Vec::new();
    let Some(rules) = pod.path(&["affinity", "podAntiAffinity"]) else { return found };
    let demanded = each(rules.get("requiredDuringSchedulingIgnoredDuringExecution")).iter().map(|t| (t, t, "demands"));
    let preferred = each(rules.get("preferredDuringSchedulingIgnoredDuringExecution"))
        .iter()
        .filter_map(|t| Some((t, t.get("podAffinityTerm")?, "prefers")));
    for (whole, term, verb) in demanded.chain(preferred) {
        if !selects(term.get("labelSelector"), labels, true) {
            continue;
        }
        let key = term.get("topologyKey").and_then(Value::written).unwrap_or("decided elsewhere");
        let mut guard = works(GuardKind::Spread, whole.at, format!("{verb} another {key} for each pod"));
        guard.across_zones = key.ends_with("/zone") || key.ends_with("/region");
        found.push(guard);
    }
    found
}

/// Whether a selector matches labels. Where a template decides the labels, `otherwise` answers.
fn selects(selector: Option<&Value>, labels: Option<&Value>, otherwise: bool) -> bool {
    let Some(selector) = selector else { return false };
    if selector.is_unknown() {
        return otherwise;
    }
    let wanted = selector.get("matchLabels");
    let expressions = each(selector.get("matchExpressions"));
    let fields = wanted.map(Value::fields).unwrap_or_default();
    let undecided = wanted.is_some_and(Value::is_unknown)
        || fields.iter().any(|f| f.value.is_unknown())
        || labels.is_some_and(|l| l.is_unknown() || l.fields().iter().any(|f| f.value.is_unknown()));
    let label = |key: &str| labels.and_then(|l| l.get(key)).and_then(Value::text);
    let agrees = |f: &crate::iac::value::Field| match (label(&f.name), f.value.text()) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    };
    let holds = |e: &Value| {
        let key = e.get("key").and_then(Value::text).unwrap_or_default();
        let listed = each(e.get("values")).iter().any(|v| v.text().is_some() && v.text() == label(key));
        match e.get("operator").and_then(Value::text) {
            Some("In") => listed,
            Some("NotIn") => !listed,
            Some("Exists") => label(key).is_some(),
            Some("DoesNotExist") => label(key).is_none(),
            _ => false,
        }
    };
    // An empty selector of a budget means every pod of the namespace.
    let every = matches!(&selector.shape, Shape::Map(_)) && fields.iter().all(agrees) && expressions.iter().all(holds);
    every || undecided && otherwise
}

/// Whether a budget lets a node be drained at all.
fn allows(budget: &Object, c: &Capacity) -> DisruptionGuard {
    let least = budget.spec(&["minAvailable"]);
    let most = budget.spec(&["maxUnavailable"]);
    let Some(value) = least.or(most) else {
        return without_effect(GuardKind::Budget, budget.at(), "PodDisruptionBudget", "it states neither minAvailable nor maxUnavailable");
    };
    let name = if least.is_some() { "minAvailable" } else { "maxUnavailable" };
    let Some(text) = value.text() else {
        let says = format!("PodDisruptionBudget, {name} decided elsewhere");
        return DisruptionGuard { effective: Property::unresolved(value.at, says.clone()), ..works(GuardKind::Budget, value.at, says) };
    };
    let says = format!("PodDisruptionBudget, {name}: {text}");
    let scaled = c.minimum.as_ref().or(c.desired.as_ref());
    let pods = scaled.and_then(|p| p.known()).copied();
    let percent = text.strip_suffix('%').and_then(|p| p.trim().parse::<u64>().ok());
    let number = text.parse::<u64>().ok();
    // Kubernetes rounds both shares up.
    let part = |percent: u64, pods: u32| (percent.saturating_mul(u64::from(pods))).div_ceil(100);
    let blocks = match (least.is_some(), percent, number, pods) {
        (true, Some(p), _, _) if p >= 100 => Some(true),
        (true, Some(p), _, Some(n)) => Some(part(p, n) >= u64::from(n)),
        (true, _, Some(k), Some(n)) => Some(k >= u64::from(n)),
        (false, Some(p), _, _) => Some(p == 0),
        (false, _, Some(k), _) => Some(k == 0),
        _ => None,
    };
    let effective = match blocks {
        Some(true) => {
            let pods = pods.map(|n| format!(" of {n}")).unwrap_or_default();
            Property::stated(false, value.at, format!("{name}: {text}{pods} forbids every eviction, so that a node cannot be drained"))
        }
        Some(false) => Property::stated(true, value.at, says.clone()),
        None => {
            Property::unresolved(value.at, format!("whether {name}: {text} lets a pod go depends on a count that is decided elsewhere"))
        }
    };
    DisruptionGuard { effective, ..works(GuardKind::Budget, value.at, says) }
}
