//! Google's instances, groups, clusters and applications.

use plimsoll_base::Sourced;

use super::{addresses, by_nature, copies, count, guard, idle, moves, one, stated};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Capacity, CapacityKind, GuardKind, Property, Provider, ScalingPolicy};

const GROUPS: &[&str] = &["google_compute_instance_group_manager", "google_compute_region_instance_group_manager"];
const AUTOSCALERS: &[&str] = &["google_compute_autoscaler", "google_compute_region_autoscaler"];
const RUN: &[&str] = &["google_cloud_run_service", "google_cloud_run_v2_service"];
const FUNCTIONS: &[&str] = &["google_cloudfunctions_function", "google_cloudfunctions2_function"];
const ENGINE: &[&str] = &["google_app_engine_standard_app_version", "google_app_engine_flexible_app_version"];

pub(super) fn read(resources: &Resources<'_>, found: &mut Vec<Capacity>) {
    found.extend(resources.of_any(RUN).map(run));
    found.extend(resources.of_any(FUNCTIONS).map(function));
    found.extend(resources.of_any(ENGINE).map(engine));
    found.extend(resources.of("google_compute_instance").map(|i| machine(resources, i)));
    found.extend(resources.of_any(GROUPS).map(|g| group(resources, g)));
    found.extend(resources.of("google_container_cluster").map(cluster));
    found.extend(resources.of("google_container_node_pool").map(|p| pool(resources, p)));
}

fn new(instance: &Instance, kind: CapacityKind) -> Capacity {
    Capacity::new(instance.address(), instance.at, Provider::Google, kind)
}

fn run(service: &Instance) -> Capacity {
    let mut c = new(service, CapacityKind::Application);
    c.workload = Some(service.title());
    by_nature(&mut c, "Cloud Run");
    c.on_demand = true;
    let annotation = |name: &str| service.value.path(&["template", "metadata", "annotations", name]);
    let scaling = service.value.path(&["template", "scaling"]);
    let inner = |name: &str| scaling.and_then(|s| s.get(name));
    let least = inner("min_instance_count").or_else(|| annotation("autoscaling.knative.dev/minScale"));
    let most = inner("max_instance_count").or_else(|| annotation("autoscaling.knative.dev/maxScale"));
    let default = |n: u32, name: &str| Property::defaulted(n, service.at, format!("{name} is not set: {n} by default"));
    c.minimum = Some(count(least, "min_instance_count").unwrap_or_else(|| default(0, "min_instance_count")));
    c.maximum = Some(count(most, "max_instance_count").unwrap_or_else(|| default(100, "max_instance_count")));
    c.scaling.push(moves(service.at, "Cloud Run adds instances by requests and CPU"));
    let container = service.value.path(&["template", "containers"]).or_else(|| service.value.path(&["template", "spec", "containers"]));
    c.size = container
        .and_then(|t| t.path(&["resources", "limits", "cpu"]))
        .and_then(|v| v.text().map(|t| Property::stated(t.to_owned(), v.at, format!("cpu = {t}"))));
    c
}

fn function(function: &Instance) -> Capacity {
    let mut c = new(function, CapacityKind::Function);
    c.workload = Some(function.title());
    by_nature(&mut c, "Cloud Functions");
    c.on_demand = true;
    c.minimum = stated(function, &["min_instances"]).or_else(|| stated(function, &["service_config", "min_instance_count"]));
    c.maximum = stated(function, &["max_instances"]).or_else(|| stated(function, &["service_config", "max_instance_count"]));
    c.scaling.push(moves(function.at, "the platform starts as many as there are events"));
    c
}

fn engine(version: &Instance) -> Capacity {
    let mut c = new(version, CapacityKind::Application);
    c.workload = Some(version.title());
    by_nature(&mut c, "App Engine");
    if let Some(manual) = version.value.path(&["manual_scaling", "instances"]) {
        c.desired = count(Some(manual), "instances");
        return c;
    }
    let paths: [(&[&str], &[&str]); 3] = [
        (
            &["automatic_scaling", "standard_scheduler_settings", "min_instances"],
            &["automatic_scaling", "standard_scheduler_settings", "max_instances"],
        ),
        (&["automatic_scaling", "min_total_instances"], &["automatic_scaling", "max_total_instances"]),
        (&["automatic_scaling", "min_idle_instances"], &["basic_scaling", "max_instances"]),
    ];
    for (least, most) in paths {
        c.minimum = c.minimum.or_else(|| stated(version, least));
        c.maximum = c.maximum.or_else(|| stated(version, most));
    }
    // The flexible environment keeps two unless it is told otherwise, the standard one none.
    let flexible = version.kind.contains("flexible");
    c.on_demand = !flexible;
    let least = if flexible { 2 } else { 0 };
    c.minimum = c.minimum.or_else(|| Some(Property::defaulted(least, version.at, format!("no minimum is set: {least} by default"))));
    c.scaling.push(moves(version.at, "App Engine adds instances by load"));
    c
}

fn machine(resources: &Resources<'_>, machine: &Instance) -> Capacity {
    let mut c = new(machine, CapacityKind::Machine);
    let script = machine.value.get("metadata_startup_script").or_else(|| machine.value.path(&["metadata", "startup-script"]));
    c.workload = script.map(|_| machine.title());
    c.desired = Some(copies(resources, machine));
    c.zones = machine.value.get("zone").and_then(Value::sourced).into_iter().collect();
    c.regional = Some(Property::defaulted(false, machine.at, "one machine stands in one zone"));
    network(resources, machine, &mut c);
    c.size = machine.word(&["machine_type"]);
    let spot = machine.value.path(&["scheduling", "preemptible"]).filter(|p| p.is_true());
    c.spot = spot.map(|p| Sourced::new("preemptible".to_owned(), p.at));
    c
}

fn network(resources: &Resources<'_>, holder: &Instance, c: &mut Capacity) {
    let mut public = None;
    for interface in holder.value.all("network_interface") {
        c.subnets.extend(addresses(resources, interface.get("subnetwork"), &["google_compute_subnetwork"]));
        public = public.or_else(|| interface.get("access_config").map(|a| a.at));
    }
    // Google's firewalls name machines by tags.
    c.groups.extend(holder.value.get("tags").map(Value::texts).unwrap_or_default().into_iter().map(|t| t.value));
    c.public_address = Some(match public {
        Some(at) => Property::stated(true, at, "access_config gives it an address of the internet"),
        None => Property::defaulted(false, holder.at, "no access_config: it has no address of the internet"),
    });
}

fn group(resources: &Resources<'_>, group: &Instance) -> Capacity {
    let mut c = new(group, CapacityKind::MachineGroup);
    c.desired = stated(group, &["target_size"]);
    let regional = group.kind.contains("region");
    c.regional = Some(if regional {
        Property::stated(true, group.at, "a regional group spreads over zones")
    } else {
        Property::stated(false, group.at, "a zonal group stands in one zone")
    });
    let zones = group.value.get(if regional { "distribution_policy_zones" } else { "zone" });
    c.zones = zones.map(Value::texts).unwrap_or_default();
    if regional && c.zones.len() == 1 {
        c.regional = zones.map(|z| Property::stated(false, z.at, "distribution_policy_zones names one zone"));
    }
    for scaler in resources.of_any(AUTOSCALERS).filter(|a| resources.refers(a.value.get("target"), group)) {
        c.minimum = stated(scaler, &["autoscaling_policy", "min_replicas"]);
        c.maximum = stated(scaler, &["autoscaling_policy", "max_replicas"]);
        c.scaling.push(super::surely(scaler, autoscaler(scaler)));
    }
    // A backend names the group that the manager makes by `instance_group`.
    let backends: &[&str] = &["google_compute_backend_service", "google_compute_region_backend_service"];
    for service in resources.of_any(backends) {
        for backend in service.value.all("backend").filter(|b| resources.refers(b.get("group"), group)) {
            c.balanced.push(Sourced::new(service.address(), backend.at));
        }
        let drain = service.value.get("connection_draining_timeout_sec");
        if let Some(drain) = drain.filter(|_| c.balanced.iter().any(|b| b.value == service.address())) {
            c.guards.push(guard(GuardKind::Drain, drain.at, "connections drain before a machine leaves"));
        }
    }
    c.balanced.extend(super::attached(resources, group.value.get("target_pools"), &["google_compute_target_pool"]));
    if let Some(update) = group.value.get("update_policy") {
        let most = ["max_unavailable_fixed", "max_unavailable_percent"].iter().find_map(|f| update.get(f)).and_then(Value::text);
        c.guards.push(guard(
            GuardKind::Budget,
            update.at,
            format!("at most {} machines are away during an update", most.unwrap_or("one zone's")),
        ));
    }
    let template = one(resources, group.value.path(&["version", "instance_template"]), "google_compute_instance_template")
        .or_else(|| one(resources, group.value.path(&["version", "instance_template"]), "google_compute_region_instance_template"));
    if let Some(template) = template {
        network(resources, template, &mut c);
        c.size = template.word(&["machine_type"]);
        let model = template.value.path(&["scheduling", "provisioning_model"]).filter(|m| m.is("SPOT"));
        let spot = model.or_else(|| template.value.path(&["scheduling", "preemptible"]).filter(|p| p.is_true()));
        c.spot = spot.map(|s| Sourced::new("spot".to_owned(), s.at));
        let script =
            ["startup-script", "user-data", "gce-container-declaration"].iter().find_map(|f| template.value.path(&["metadata", f]));
        c.workload = script.or_else(|| template.value.get("metadata_startup_script")).map(|_| group.title());
    }
    c
}

fn autoscaler(scaler: &Instance) -> ScalingPolicy {
    let Some(policy) = scaler.value.get("autoscaling_policy") else {
        return idle(scaler.at, "an autoscaler", "the autoscaler has no policy");
    };
    let metric = ["cpu_utilization", "load_balancing_utilization", "metric", "scaling_schedules"].iter().find(|f| policy.get(f).is_some());
    match policy.get("mode").filter(|m| m.is("OFF") || m.is("ONLY_UP") || m.is("ONLY_SCALE_OUT")) {
        Some(mode) if mode.is("OFF") => idle(mode.at, "an autoscaler", "mode = OFF"),
        // Without a signal the provider follows the CPU at 60 %.
        _ => moves(scaler.at, format!("autoscaler on {}", metric.unwrap_or(&"cpu_utilization, the default"))),
    }
}

/// `europe-west1-b` is a zone, `europe-west1` a region.
fn is_zone(location: &str) -> bool {
    location.rsplit_once('-').is_some_and(|(region, last)| last.len() == 1 && region.contains('-'))
}

fn place(location: Option<&Value>, c: &mut Capacity) {
    c.regional = location.map(|v| match v.text() {
        Some(text) if is_zone(text) => Property::stated(false, v.at, format!("location `{text}` is one zone")),
        Some(text) => Property::stated(true, v.at, format!("location `{text}` is a region")),
        None => Property::unresolved(v.at, "the location is decided elsewhere"),
    });
}

fn cluster(cluster: &Instance) -> Capacity {
    let value = &cluster.value;
    let mut c = new(cluster, CapacityKind::Cluster);
    place(value.get("location"), &mut c);
    c.zones = value.get("node_locations").map(Value::texts).unwrap_or_default();
    if value.get("enable_autopilot").is_some_and(Value::is_true) {
        c.scaling.push(moves(cluster.at, "Autopilot gives every pod the machine it needs"));
    } else if !value.get("remove_default_node_pool").is_some_and(Value::is_true) {
        c.desired = stated(cluster, &["initial_node_count"]);
    }
    if value.path(&["cluster_autoscaling", "enabled"]).is_some_and(Value::is_true) {
        c.scaling.push(moves(cluster.at, "node pools are made as pods need them"));
    }
    c.subnets = each(value.get("subnetwork")).iter().filter_map(|v| v.written().map(str::to_owned)).collect();
    c
}

fn pool(resources: &Resources<'_>, pool: &Instance) -> Capacity {
    let mut c = new(pool, CapacityKind::NodeGroup);
    let of = resources.of("google_container_cluster").find(|k| super::names(resources, pool.value.get("cluster"), k));
    place(pool.value.get("location").or_else(|| of.and_then(|k| k.value.get("location"))), &mut c);
    let zones = pool.value.get("node_locations").or_else(|| of.and_then(|k| k.value.get("node_locations")));
    c.zones = zones.map(Value::texts).unwrap_or_default();
    // Counts are for each zone.
    c.desired = stated(pool, &["node_count"]).or_else(|| stated(pool, &["initial_node_count"]));
    if let Some(scaling) = pool.value.get("autoscaling") {
        c.minimum = stated(pool, &["autoscaling", "min_node_count"]).or_else(|| stated(pool, &["autoscaling", "total_min_node_count"]));
        c.maximum = stated(pool, &["autoscaling", "max_node_count"]).or_else(|| stated(pool, &["autoscaling", "total_max_node_count"]));
        c.scaling.push(moves(scaling.at, "the cluster autoscaler adds nodes for pods that wait"));
    }
    let config = pool.value.get("node_config");
    let spot = config.and_then(|n| ["spot", "preemptible"].iter().find_map(|f| n.get(f)).filter(|v| v.is_true()));
    c.spot = spot.map(|s| Sourced::new("spot".to_owned(), s.at));
    if let Some(upgrade) = pool.value.get("upgrade_settings") {
        c.guards.push(guard(GuardKind::Budget, upgrade.at, "upgrades replace a stated number of nodes at a time"));
    }
    c.size = pool.word(&["node_config", "machine_type"]);
    c
}
