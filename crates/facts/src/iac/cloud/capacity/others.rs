//! Machines, clusters and applications of other providers, and objects of a cluster that Terraform makes.

use plimsoll_base::Sourced;

use super::{addresses, copies, count, guard, idle, moves, stated};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Capacity, CapacityKind, GuardKind, Property, Provider};

/// Machines by their kind: the provider, and the names of their fields for the script, the size and the place.
const MACHINES: &[(&str, Provider, &str, &str, &str)] = &[
    ("digitalocean_droplet", Provider::DigitalOcean, "user_data", "size", "region"),
    ("hcloud_server", Provider::Hetzner, "user_data", "server_type", "location"),
    ("linode_instance", Provider::Other, "metadata", "type", "region"),
    ("vultr_instance", Provider::Other, "user_data", "plan", "region"),
    ("scaleway_instance_server", Provider::Other, "user_data", "type", "zone"),
    ("openstack_compute_instance_v2", Provider::Other, "user_data", "flavor_name", "availability_zone"),
    ("oci_core_instance", Provider::Other, "metadata", "shape", "availability_domain"),
];
const DEPLOYMENTS: &[&str] =
    &["kubernetes_deployment", "kubernetes_deployment_v1", "kubernetes_stateful_set", "kubernetes_stateful_set_v1"];
const SCALERS: &[&str] = &[
    "kubernetes_horizontal_pod_autoscaler",
    "kubernetes_horizontal_pod_autoscaler_v1",
    "kubernetes_horizontal_pod_autoscaler_v2",
    "kubernetes_horizontal_pod_autoscaler_v2beta2",
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Vec<Capacity>) {
    for (kind, provider, script, size, place) in MACHINES {
        for machine in resources.of(kind) {
            let mut c = Capacity::new(machine.address(), machine.at, *provider, CapacityKind::Machine);
            c.workload = machine.value.get(script).map(|_| machine.title());
            c.desired = Some(copies(resources, machine));
            c.zones = machine.value.get(place).and_then(Value::sourced).into_iter().collect();
            c.regional = Some(Property::defaulted(false, machine.at, "one machine stands in one place"));
            c.size = machine.word(&[size]);
            c.balanced = balancers(resources, machine);
            found.push(c);
        }
    }
    found.extend(resources.of("digitalocean_app").flat_map(app));
    for cluster in resources.of("digitalocean_kubernetes_cluster") {
        found.push(Capacity::new(cluster.address(), cluster.at, Provider::DigitalOcean, CapacityKind::Cluster));
        if let Some(pool) = cluster.value.get("node_pool") {
            found.push(pool_of(cluster, pool, "/pool"));
        }
    }
    found.extend(resources.of("digitalocean_kubernetes_node_pool").map(|p| pool_of(p, &p.value, "")));
    for formation in resources.of("heroku_formation") {
        let mut c = Capacity::new(formation.address(), formation.at, Provider::Platform, CapacityKind::Application);
        c.workload = formation.written(&["type"]).map(str::to_owned);
        c.desired = stated(formation, &["quantity"]);
        c.size = formation.word(&["size"]);
        found.push(c);
    }
    found.extend(resources.of_any(DEPLOYMENTS).map(|d| deployment(resources, d)));
}

/// The balancers that name a machine, by reference or by a tag that it carries.
fn balancers(resources: &Resources<'_>, machine: &Instance) -> Vec<Sourced<String>> {
    let tags: Vec<&str> = each(machine.value.get("tags")).iter().filter_map(Value::written).collect();
    let mut found = Vec::new();
    for balancer in resources.of("digitalocean_loadbalancer") {
        let tagged = balancer.written(&["droplet_tag"]).is_some_and(|t| tags.contains(&t));
        if tagged || resources.refers(balancer.value.get("droplet_ids"), machine) {
            found.push(Sourced::new(balancer.address(), balancer.at));
        }
    }
    for target in resources.of("hcloud_load_balancer_target").filter(|t| resources.refers(t.value.get("server_id"), machine)) {
        let names = addresses(resources, target.value.get("load_balancer_id"), &["hcloud_load_balancer"]);
        found.extend(names.into_iter().map(|n| Sourced::new(n, target.at)));
    }
    found
}

fn app(app: &Instance) -> Vec<Capacity> {
    let Some(spec) = app.value.get("spec") else { return Vec::new() };
    let mut found = Vec::new();
    for field in ["service", "worker"] {
        for service in spec.all(field) {
            let name = service.get("name").and_then(Value::text).unwrap_or(field);
            let mut c = Capacity::new(format!("{}/{name}", app.address()), service.at, Provider::DigitalOcean, CapacityKind::Application);
            c.workload = Some(name.to_owned());
            do_component(service, &mut c);
            found.push(c);
        }
    }
    found
}

/// The numbers of a component of DigitalOcean's App Platform, which its own file and Terraform write alike.
pub(crate) fn do_component(service: &Value, c: &mut Capacity) {
    match service.get("autoscaling") {
        Some(scaling) => {
            c.minimum = count(scaling.get("min_instance_count"), "min_instance_count");
            c.maximum = count(scaling.get("max_instance_count"), "max_instance_count");
            c.scaling.push(match scaling.get("metrics") {
                Some(metrics) => moves(metrics.at, "autoscaling on CPU"),
                None => idle(scaling.at, "autoscaling", "no metric is named"),
            });
        }
        None => {
            let least = count(service.get("instance_count"), "instance_count");
            c.desired = Some(least.unwrap_or_else(|| Property::defaulted(1, c.at, "instance_count is not set: 1 by default")));
        }
    }
    c.balanced.push(Sourced::new("the platform's router".to_owned(), c.at));
    c.size = service
        .get("instance_size_slug")
        .and_then(|v| v.text().map(|t| Property::stated(t.to_owned(), v.at, format!("instance_size_slug = {t}"))));
}

fn pool_of(holder: &Instance, pool: &Value, suffix: &str) -> Capacity {
    let at = if suffix.is_empty() { holder.at } else { pool.at };
    let mut c = Capacity::new(format!("{}{suffix}", holder.address()), at, Provider::DigitalOcean, CapacityKind::NodeGroup);
    c.desired = count(pool.get("node_count"), "node_count");
    if let Some(on) = pool.get("auto_scale").filter(|v| v.is_true()) {
        c.minimum = count(pool.get("min_nodes"), "min_nodes");
        c.maximum = count(pool.get("max_nodes"), "max_nodes");
        c.scaling.push(moves(on.at, "nodes are added for pods that wait"));
    }
    c.regional = Some(Property::defaulted(false, at, "a cluster stands in one data centre"));
    c
}

fn deployment(resources: &Resources<'_>, object: &Instance) -> Capacity {
    let mut c = Capacity::new(object.address(), object.at, Provider::Kubernetes, CapacityKind::ContainerService);
    let name = object.written(&["metadata", "name"]).unwrap_or(&object.name).to_owned();
    c.desired = Some(object.number(&["spec", "replicas"], 1));
    for scaler in resources.of_any(SCALERS) {
        let target = scaler.value.path(&["spec", "scale_target_ref", "name"]);
        if !(resources.refers(target, object) || target.and_then(Value::written) == Some(&name)) {
            continue;
        }
        c.minimum = Some(scaler.number(&["spec", "min_replicas"], 1));
        c.maximum = stated(scaler, &["spec", "max_replicas"]);
        c.scaling.push(moves(scaler.at, "HorizontalPodAutoscaler"));
    }
    let budgets: &[&str] = &["kubernetes_pod_disruption_budget", "kubernetes_pod_disruption_budget_v1"];
    let labels = object.value.path(&["spec", "template", "metadata", "labels"]);
    for budget in resources.of_any(budgets) {
        if chooses(budget.value.path(&["spec", "selector", "match_labels"]), labels) {
            c.guards.push(guard(GuardKind::Budget, budget.at, "PodDisruptionBudget"));
        }
    }
    for service in resources.of_any(&["kubernetes_service", "kubernetes_service_v1"]) {
        let selector = service.value.path(&["spec", "selector"]);
        if resources.refers(selector, object) || chooses(selector, labels) {
            c.balanced.push(Sourced::new(service.address(), service.at));
        }
    }
    c.workload = Some(name);
    c
}

/// Whether a map of labels chooses pods that carry these.
fn chooses(selector: Option<&Value>, labels: Option<&Value>) -> bool {
    let wanted = selector.map(Value::fields).unwrap_or_default();
    let carried = |f: &crate::iac::value::Field| labels.and_then(|l| l.get(&f.name)).and_then(Value::written) == f.value.written();
    !wanted.is_empty() && wanted.iter().all(carried)
}
