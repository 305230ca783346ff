//! How many instances platforms run, and what moves their number.

use plimsoll_base::{Location, Sourced};

use super::{KIND, PlatformTarget};
use crate::container::{Runtime, Workload};
use crate::iac::cloud::do_component;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Capacity, CapacityKind, Property, Provider, ScalingPolicy};
use crate::library::Held;

/// The capacity of everything lasting that a target runs.
pub(super) fn read(held: &Held, target: &PlatformTarget) -> Vec<Capacity> {
    declared(held.root().map(|node| Value::of(node, held.id)).as_ref(), target)
}

/// The capacity of a target of which only a pipeline's command tells: what the platform gives by nature, and what the command states.
pub(super) fn commanded(target: &PlatformTarget) -> Vec<Capacity> {
    declared(None, target)
}

fn declared(value: Option<&Value>, target: &PlatformTarget) -> Vec<Capacity> {
    let mut found = Vec::new();
    for w in target.workloads.iter().filter(|w| !w.one_shot && w.runtime != Runtime::Ecs) {
        let mut c = Capacity::new(format!("{}/{}", target.platform, w.name), w.at, Provider::Platform, CapacityKind::Application);
        c.workload = Some(w.name.clone());
        if serves(w) {
            c.balanced.push(Sourced::new("the platform's router".to_owned(), w.at));
        }
        fill(target.platform, value, w, &mut c);
        found.push(c);
    }
    found
}

fn kind(w: &Workload) -> &str {
    w.labels.iter().find(|(name, _)| name == KIND).map_or("", |(_, k)| k.value.as_str())
}

fn serves(w: &Workload) -> bool {
    matches!(kind(w), "web" | "static")
}

fn fill(platform: &str, value: Option<&Value>, w: &Workload, c: &mut Capacity) {
    if kind(w) == "static" {
        by_itself(c, "files are served from the platform's edge");
        return;
    }
    match (platform, value) {
        ("vercel" | "netlify" | "cloudflare", _) => {
            c.kind = CapacityKind::Function;
            by_itself(c, "the platform starts as many as there are requests");
        }
        ("cloud-run", Some(value)) => cloud_run(value, c),
        ("cloud-run", None) => {
            spread(c, "Cloud Run");
            c.on_demand = true;
            c.minimum = w.replicas.stated().map(|n| Property::stated(n.value, n.at, format!("--min-instances={}", n.value)));
            c.scaling.push(moves(c.at, "Cloud Run adds instances by requests and CPU"));
        }
        ("app-engine", Some(value)) => app_engine(value, c),
        ("app-runner", _) => {
            spread(c, "App Runner");
            c.on_demand = true;
            c.scaling.push(moves(c.at, "App Runner adds instances by the number of requests at a time"));
        }
        ("fly", Some(value)) => fly(value, w, c),
        ("render", Some(value)) => render(value, w, c),
        ("railway", Some(value)) => railway(value, c),
        ("digitalocean-app", Some(value)) => {
            let mut all = ["services", "workers"].into_iter().flat_map(|f| each(value.get(f)));
            if let Some(service) = all.find(|s| s.get("name").and_then(Value::text) == Some(&w.name)) {
                c.balanced.clear();
                do_component(service, c);
            }
        }
        ("kamal", _) => {
            c.kind = CapacityKind::ContainerService;
            c.desired = w.replicas.stated().map(|n| Property::stated(n.value, n.at, format!("{} hosts", n.value)));
        }
        _ => {
            c.desired = Some(match w.replicas.stated() {
                Some(n) => Property::stated(n.value, n.at, format!("quantity {}", n.value)),
                None => Property::unresolved(c.at, "the number is set in the platform's console"),
            });
        }
    }
}

fn moves(at: Location, says: impl Into<String>) -> ScalingPolicy {
    let says = says.into();
    ScalingPolicy { at, effective: Property::stated(true, at, says.clone()), says }
}

fn by_itself(c: &mut Capacity, says: &str) {
    c.scaling.push(moves(c.at, says));
    c.on_demand = true;
    spread(c, "the platform");
}

fn spread(c: &mut Capacity, product: &str) {
    c.regional = Some(Property::defaulted(true, c.at, format!("{product} spreads over the zones of its region")));
}

fn number(value: Option<&Value>, name: &str) -> Option<Property<u32>> {
    let v = value?;
    Some(match v.text().and_then(|t| t.trim().parse().ok()) {
        Some(n) => Property::stated(n, v.at, format!("{name} = {n}")),
        None => Property::unresolved(v.at, format!("{name} is decided elsewhere")),
    })
}

fn cloud_run(value: &Value, c: &mut Capacity) {
    spread(c, "Cloud Run");
    c.on_demand = true;
    let annotation = |name: &str| value.path(&["spec", "template", "metadata", "annotations", name]);
    let default = |n: u32, name: &str| Property::defaulted(n, c.at, format!("{name} is not set: {n} by default"));
    let least = number(annotation("autoscaling.knative.dev/minScale"), "minScale").unwrap_or_else(|| default(0, "minScale"));
    let most = number(annotation("autoscaling.knative.dev/maxScale"), "maxScale").unwrap_or_else(|| default(100, "maxScale"));
    c.minimum = Some(least);
    c.maximum = Some(most);
    c.scaling.push(moves(c.at, "Cloud Run adds instances by requests and CPU"));
}

fn app_engine(value: &Value, c: &mut Capacity) {
    spread(c, "App Engine");
    if let Some(manual) = value.path(&["manual_scaling", "instances"]) {
        c.desired = number(Some(manual), "manual_scaling.instances");
        return;
    }
    let automatic = value.get("automatic_scaling");
    let field = |names: [&str; 2]| names.into_iter().find_map(|n| number(automatic.and_then(|a| a.get(n)), n));
    let flexible = value.get("env").is_some_and(|e| e.is("flex") || e.is("flexible"));
    c.on_demand = !flexible;
    let least = if flexible { 2 } else { 0 };
    c.minimum = field(["min_instances", "min_num_instances"])
        .or_else(|| Some(Property::defaulted(least, c.at, format!("no minimum is set: {least} by default"))));
    c.maximum =
        field(["max_instances", "max_num_instances"]).or_else(|| number(value.path(&["basic_scaling", "max_instances"]), "max_instances"));
    c.scaling.push(moves(automatic.map_or(c.at, |a| a.at), "App Engine adds instances by load"));
}

/// Fly's file says how many machines keep running and whether traffic starts more; how many there are is the platform's state.
fn fly(value: &Value, w: &Workload, c: &mut Capacity) {
    let mut serving = value.get("http_service").into_iter().chain(each(value.get("services")));
    let mine = serving.find(|s| s.get("processes").is_none_or(|p| p.items().iter().any(|i| i.is(&w.name))));
    let Some(service) = mine else {
        c.desired = Some(Property::unresolved(c.at, "how many machines there are is set by `fly scale count`"));
        return;
    };
    let least = number(service.get("min_machines_running"), "min_machines_running");
    let starts = service.get("auto_start_machines").filter(|v| v.is_true());
    let stops = service.get("auto_stop_machines").filter(|v| v.is_true() || v.is("stop") || v.is("suspend"));
    // A machine that is stopped is started again by traffic, so that a low number says nothing of how many there are.
    match least.filter(|n| n.known().is_some_and(|n| *n > 1)) {
        Some(least) => c.minimum = Some(least),
        None => c.desired = Some(Property::unresolved(service.at, "how many machines there are is set by `fly scale count`")),
    }
    if let (Some(starts), Some(_)) = (starts, stops) {
        c.scaling.push(moves(starts.at, "the proxy starts and stops machines with the traffic, as many as were made"));
    }
    c.size = each(value.get("vm"))
        .first()
        .and_then(|v| v.get("size"))
        .and_then(|v| v.text().map(|t| Property::stated(t.to_owned(), v.at, format!("size = {t}"))));
}

fn render(value: &Value, w: &Workload, c: &mut Capacity) {
    let Some(service) = each(value.get("services")).iter().find(|s| s.get("name").and_then(Value::text) == Some(&w.name)) else { return };
    if let Some(scaling) = service.get("scaling") {
        c.minimum = number(scaling.get("minInstances"), "minInstances");
        c.maximum = number(scaling.get("maxInstances"), "maxInstances");
        let goals = [("targetCPUPercent", "CPU"), ("targetMemoryPercent", "memory")];
        let goal = goals.iter().find(|(field, _)| scaling.get(field).is_some());
        c.scaling.push(match goal {
            Some((_, word)) => moves(scaling.at, format!("scaling on {word}")),
            None => ScalingPolicy {
                at: scaling.at,
                says: "scaling".into(),
                effective: Property::stated(false, scaling.at, "no target is named"),
            },
        });
    } else {
        let default = || Property::defaulted(1, c.at, "numInstances is not set: 1 by default");
        c.desired = Some(number(service.get("numInstances"), "numInstances").unwrap_or_else(default));
    }
    c.size = service.get("plan").and_then(|v| v.text().map(|t| Property::stated(t.to_owned(), v.at, format!("plan: {t}"))));
}

fn railway(value: &Value, c: &mut Capacity) {
    let deploy = value.get("deploy");
    let regions = deploy.and_then(|d| d.get("multiRegionConfig")).map(Value::fields).unwrap_or_default();
    c.desired = number(deploy.and_then(|d| d.get("numReplicas")), "numReplicas");
    let counts: Option<Vec<u32>> = regions.iter().map(|r| r.value.get("numReplicas")?.text()?.parse().ok()).collect();
    if let (Some(first), Some(counts)) = (regions.first(), counts) {
        let sum = counts.iter().fold(0u32, |a, b| a.saturating_add(*b));
        c.desired = Some(Property::stated(sum, first.at, format!("{sum} replicas in {} regions", regions.len())));
        c.zones = regions.iter().map(|r| Sourced::new(r.name.clone(), r.at)).collect();
    }
    if c.desired.is_none() {
        c.desired = Some(Property::unresolved(c.at, "the number of replicas is set in the platform's console"));
    }
}
