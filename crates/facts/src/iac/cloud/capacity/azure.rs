//! Azure's machines, plans, container apps and clusters.

use plimsoll_base::Sourced;

use super::{addresses, by_nature, copies, count, guard, idle, moves, one, stated};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Capacity, CapacityKind, GuardKind, Property, Provider, ScalingPolicy};

const SETS: &[&str] = &[
    "azurerm_linux_virtual_machine_scale_set",
    "azurerm_windows_virtual_machine_scale_set",
    "azurerm_orchestrated_virtual_machine_scale_set",
];
const MACHINES: &[&str] = &["azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_virtual_machine"];
const WEB: &[&str] = &["azurerm_linux_web_app", "azurerm_windows_web_app", "azurerm_app_service"];
const FUNCTIONS: &[&str] = &["azurerm_linux_function_app", "azurerm_windows_function_app", "azurerm_function_app"];
const RULES: &[&str] = &["http_scale_rule", "tcp_scale_rule", "azure_queue_scale_rule", "custom_scale_rule"];

pub(super) fn read(resources: &Resources<'_>, found: &mut Vec<Capacity>) {
    found.extend(resources.of_any(WEB).map(|a| web_app(resources, a)));
    found.extend(resources.of_any(FUNCTIONS).map(function));
    found.extend(resources.of("azurerm_container_app").map(|a| container_app(resources, a)));
    found.extend(resources.of_any(MACHINES).map(|m| machine(resources, m)));
    found.extend(resources.of_any(SETS).map(|s| scale_set(resources, s)));
    for cluster in resources.of("azurerm_kubernetes_cluster") {
        let mut c = new(cluster, CapacityKind::Cluster);
        by_nature(&mut c, "the control plane of AKS");
        found.push(c);
        if let Some(pool) = cluster.value.get("default_node_pool") {
            found.push(node_pool(resources, cluster, pool, "/default"));
        }
    }
    found.extend(resources.of("azurerm_kubernetes_cluster_node_pool").map(|p| node_pool(resources, p, &p.value, "")));
}

fn new(instance: &Instance, kind: CapacityKind) -> Capacity {
    Capacity::new(instance.address(), instance.at, Provider::Azure, kind)
}

/// The autoscale setting of a plan or a set of machines: the bounds of its first profile, and its rules.
fn autoscaled(resources: &Resources<'_>, target: &Instance, c: &mut Capacity) {
    for setting in resources.of("azurerm_monitor_autoscale_setting").filter(|s| resources.refers(s.value.get("target_resource_id"), target))
    {
        let profile = setting.value.get("profile");
        let bounds = profile.and_then(|p| p.get("capacity"));
        c.minimum = count(bounds.and_then(|b| b.get("minimum")), "minimum");
        c.maximum = count(bounds.and_then(|b| b.get("maximum")), "maximum");
        c.scaling.push(super::surely(setting, rules(setting)));
    }
}

fn rules(setting: &Instance) -> ScalingPolicy {
    if let Some(off) = setting.value.get("enabled").filter(|e| e.is_false()) {
        return idle(off.at, "an autoscale setting", "enabled = false");
    }
    let mut profiles = setting.value.all("profile");
    let rule = setting.value.all("profile").find_map(|p| p.get("rule"));
    match rule {
        Some(rule) => {
            let metric = rule.path(&["metric_trigger", "metric_name"]).and_then(Value::written).unwrap_or("a metric");
            moves(rule.at, format!("rules on {metric}"))
        }
        None if profiles.any(|p| p.get("recurrence").is_some() || p.get("fixed_date").is_some()) => moves(setting.at, "by schedule"),
        None => idle(setting.at, "an autoscale setting", "its profile has no rule"),
    }
}

fn web_app(resources: &Resources<'_>, app: &Instance) -> Capacity {
    let mut c = new(app, CapacityKind::Application);
    c.workload = Some(app.title());
    c.balanced.push(Sourced::new("App Service's front ends".to_owned(), app.at));
    let named = app.value.get("service_plan_id").or_else(|| app.value.get("app_service_plan_id"));
    let plan = one(resources, named, "azurerm_service_plan").or_else(|| one(resources, named, "azurerm_app_service_plan"));
    let Some(plan) = plan else {
        let at = named.map_or(app.at, |v| v.at);
        c.desired = Some(Property::unresolved(at, "the plan that says how many run stands elsewhere"));
        return c;
    };
    c.desired = Some(
        stated(plan, &["worker_count"])
            .or_else(|| stated(plan, &["sku", "capacity"]))
            .unwrap_or_else(|| Property::defaulted(1, plan.at, "worker_count is not set: one instance by default")),
    );
    let balanced = ["zone_balancing_enabled", "zone_redundant"].iter().find(|f| plan.value.get(f).is_some());
    c.regional = Some(match balanced {
        Some(field) => plan.flag(&[field], false),
        None => Property::defaulted(false, plan.at, "zone_balancing_enabled is not set: false by default"),
    });
    c.size = plan.word(&["sku_name"]).or_else(|| plan.word(&["sku", "size"]));
    if plan.value.get("premium_plan_auto_scale_enabled").is_some_and(Value::is_true) {
        c.minimum = c.desired.clone();
        c.maximum = stated(plan, &["maximum_elastic_worker_count"]);
        c.scaling.push(moves(plan.at, "App Service adds instances by HTTP traffic"));
    }
    autoscaled(resources, plan, &mut c);
    c.subnets = addresses(resources, app.value.get("virtual_network_subnet_id"), &["azurerm_subnet"]);
    c
}

fn function(app: &Instance) -> Capacity {
    let mut c = new(app, CapacityKind::Function);
    c.on_demand = true;
    c.workload = Some(app.title());
    c.scaling.push(moves(app.at, "the platform starts as many as there are events"));
    c
}

fn container_app(resources: &Resources<'_>, app: &Instance) -> Capacity {
    let mut c = new(app, CapacityKind::ContainerService);
    c.workload = Some(app.title());
    let least = app.number(&["template", "min_replicas"], 0);
    c.maximum = Some(app.number(&["template", "max_replicas"], 10));
    c.minimum = Some(least);
    let template = app.value.get("template");
    let rule = template.and_then(|t| RULES.iter().find_map(|r| t.get(r).map(|v| (*r, v.at))));
    c.scaling.push(match rule {
        Some((name, at)) => moves(at, name.replace('_', " ")),
        None if app.value.get("ingress").is_some() => moves(app.at, "Container Apps adds replicas by HTTP requests unless told otherwise"),
        None => idle(app.at, "no scale rule", "there is neither ingress nor a scale rule"),
    });
    let environment = one(resources, app.value.get("container_app_environment_id"), "azurerm_container_app_environment");
    c.regional = environment.map(|e| e.flag(&["zone_redundancy_enabled"], false));
    if app.value.get("ingress").is_some() {
        c.balanced.push(Sourced::new("the environment's ingress".to_owned(), app.at));
    }
    c.size = template
        .and_then(|t| t.path(&["container", "cpu"]))
        .and_then(|v| v.text().map(|t| Property::stated(t.to_owned(), v.at, format!("cpu = {t}"))));
    c
}

fn machine(resources: &Resources<'_>, machine: &Instance) -> Capacity {
    let mut c = new(machine, CapacityKind::Machine);
    let script = ["custom_data", "user_data"].iter().any(|f| machine.value.get(f).is_some());
    c.workload = script.then(|| machine.title());
    c.desired = Some(copies(resources, machine));
    c.zones = machine.value.get("zone").and_then(Value::sourced).into_iter().collect();
    c.regional = Some(Property::defaulted(false, machine.at, "one machine stands in one place"));
    c.size = machine.word(&["size"]).or_else(|| machine.word(&["vm_size"]));
    c.spot = spot(&machine.value);
    c
}

fn spot(value: &Value) -> Option<Sourced<String>> {
    value.get("priority").filter(|p| p.is("Spot")).map(|p| Sourced::new("spot".to_owned(), p.at))
}

fn scale_set(resources: &Resources<'_>, set: &Instance) -> Capacity {
    let value = &set.value;
    let mut c = new(set, CapacityKind::MachineGroup);
    let script =
        ["custom_data", "user_data"].iter().any(|f| value.get(f).is_some()) || value.path(&["os_profile", "custom_data"]).is_some();
    c.workload = script.then(|| set.title());
    c.desired = stated(set, &["instances"]);
    c.zones = value.get("zones").map(Value::texts).unwrap_or_default();
    autoscaled(resources, set, &mut c);
    for interface in value.all("network_interface") {
        for settings in interface.all("ip_configuration") {
            c.subnets.extend(addresses(resources, settings.get("subnet_id"), &["azurerm_subnet"]));
            for field in ["load_balancer_backend_address_pool_ids", "application_gateway_backend_address_pool_ids"] {
                let pools =
                    super::attached(resources, settings.get(field), &["azurerm_lb_backend_address_pool", "azurerm_application_gateway"]);
                c.balanced.extend(pools);
            }
        }
        c.groups.extend(addresses(resources, interface.get("network_security_group_id"), &["azurerm_network_security_group"]));
    }
    for field in ["rolling_upgrade_policy", "automatic_instance_repair"] {
        if let Some(policy) = value.get(field) {
            c.guards.push(guard(GuardKind::Budget, policy.at, field.replace('_', " ")));
        }
    }
    c.spot = spot(value);
    c.size = set.word(&["sku"]).or_else(|| set.word(&["sku_name"]));
    c
}

fn node_pool(resources: &Resources<'_>, holder: &Instance, pool: &Value, suffix: &str) -> Capacity {
    let at = if suffix.is_empty() { holder.at } else { pool.at };
    let mut c = Capacity::new(format!("{}{suffix}", holder.address()), at, Provider::Azure, CapacityKind::NodeGroup);
    c.desired = count(pool.get("node_count"), "node_count");
    let on = ["auto_scaling_enabled", "enable_auto_scaling"].iter().find_map(|f| pool.get(f)).filter(|v| v.is_true());
    if let Some(on) = on {
        c.minimum = count(pool.get("min_count"), "min_count");
        c.maximum = count(pool.get("max_count"), "max_count");
        c.scaling.push(moves(on.at, "the cluster autoscaler adds nodes for pods that wait"));
    }
    c.zones = ["zones", "availability_zones"].iter().find_map(|f| pool.get(f)).map(Value::texts).unwrap_or_default();
    c.subnets = addresses(resources, pool.get("vnet_subnet_id"), &["azurerm_subnet"]);
    c.spot = spot(pool);
    if let Some(upgrade) = pool.get("upgrade_settings") {
        c.guards.push(guard(GuardKind::Budget, upgrade.at, "upgrades replace a stated share of nodes at a time"));
    }
    c.size =
        each(pool.get("vm_size")).first().and_then(|v| v.text().map(|t| Property::stated(t.to_owned(), v.at, format!("vm_size = {t}"))));
    c
}
