//! Amazon's machines: instances, groups of them, and clusters.

use plimsoll_base::Sourced;

use super::{addresses, aws, copies, count, guard, moves, names, one, stated, surely};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Capacity, CapacityKind, GuardKind, Property, Provider};

pub(super) fn read(resources: &Resources<'_>, found: &mut Vec<Capacity>) {
    found.extend(resources.of("aws_instance").map(|i| machine(resources, i)));
    found.extend(resources.of("aws_autoscaling_group").map(|g| group(resources, g)));
    for cluster in resources.of("aws_eks_cluster") {
        let mut c = Capacity::new(cluster.address(), cluster.at, Provider::Aws, CapacityKind::Cluster);
        let network = cluster.value.get("vpc_config");
        c.subnets = addresses(resources, network.and_then(|n| n.get("subnet_ids")), &["aws_subnet"]);
        c.groups = addresses(resources, network.and_then(|n| n.get("security_group_ids")), &["aws_security_group"]);
        super::by_nature(&mut c, "the control plane of EKS");
        found.push(c);
    }
    found.extend(resources.of("aws_eks_node_group").map(|g| node_group(resources, g)));
    for profile in resources.of("aws_eks_fargate_profile") {
        let mut c = Capacity::new(profile.address(), profile.at, Provider::Aws, CapacityKind::NodeGroup);
        c.subnets = addresses(resources, profile.value.get("subnet_ids"), &["aws_subnet"]);
        c.scaling.push(moves(profile.at, "Fargate gives every pod its own machine"));
        found.push(c);
    }
}

fn machine(resources: &Resources<'_>, machine: &Instance) -> Capacity {
    let mut c = Capacity::new(machine.address(), machine.at, Provider::Aws, CapacityKind::Machine);
    let value = &machine.value;
    c.workload = ["user_data", "user_data_base64"].iter().any(|f| value.get(f).is_some()).then(|| machine.title());
    c.desired = Some(copies(resources, machine));
    c.subnets = addresses(resources, value.get("subnet_id"), &["aws_subnet", "aws_default_subnet"]);
    c.zones = value.get("availability_zone").and_then(Value::sourced).into_iter().collect();
    c.groups = addresses(resources, value.get("vpc_security_group_ids"), &["aws_security_group"]);
    c.groups.extend(addresses(resources, value.get("security_groups"), &["aws_security_group"]));
    let elastic = resources.of("aws_eip").find(|e| resources.refers(e.value.get("instance"), machine)).map(|e| e.at);
    let associated = || {
        let mut all = resources.of("aws_eip_association");
        all.find(|a| resources.refers(a.value.get("instance_id"), machine)).map(|a| a.at)
    };
    c.public_address = match elastic.or_else(associated) {
        Some(at) => Some(Property::stated(true, at, "an elastic address")),
        None => value.get("associate_public_ip_address").map(|_| machine.flag(&["associate_public_ip_address"], false)),
    };
    c.balanced = aws::attachments(resources, machine);
    c.spot = value.get("instance_market_options").filter(|m| m.get("market_type").is_some_and(|t| t.is("spot"))).map(spot);
    c.size = machine.word(&["instance_type"]);
    c
}

fn spot(value: &Value) -> Sourced<String> {
    Sourced::new("spot".to_owned(), value.at)
}

fn group(resources: &Resources<'_>, group: &Instance) -> Capacity {
    let value = &group.value;
    let mut c = Capacity::new(group.address(), group.at, Provider::Aws, CapacityKind::MachineGroup);
    c.minimum = stated(group, &["min_size"]);
    c.maximum = stated(group, &["max_size"]);
    c.desired = stated(group, &["desired_capacity"]);
    c.subnets = addresses(resources, value.get("vpc_zone_identifier"), &["aws_subnet", "aws_default_subnet"]);
    c.zones = value.get("availability_zones").map(Value::texts).unwrap_or_default();
    c.balanced = aws::group_attachments(resources, group);
    c.guards = aws::drains(resources, group);
    let own = |i: &&Instance| names(resources, i.value.get("autoscaling_group_name"), group);
    c.scaling =
        resources.of("aws_autoscaling_policy").filter(own).map(|p| aws::policy(resources, p, "target_tracking_configuration")).collect();
    let schedules = resources.of("aws_autoscaling_schedule").filter(own);
    c.scaling.extend(
        schedules.map(|s| surely(s, moves(s.at, format!("by schedule {}", s.written(&["recurrence"]).unwrap_or("decided elsewhere"))))),
    );
    if let Some(refresh) = value.get("instance_refresh") {
        let least = count(refresh.path(&["preferences", "min_healthy_percentage"]), "min_healthy_percentage")
            .unwrap_or_else(|| Property::defaulted(90, refresh.at, "instances are replaced with 90 % healthy by default"));
        let mut found = guard(GuardKind::Budget, least.at, least.says.clone());
        if least.known() == Some(&0) {
            found.effective = Property::stated(false, least.at, "no instance has to stay healthy while others are replaced");
        }
        c.guards.push(found);
    }
    let template = value
        .path(&["launch_template", "id"])
        .or_else(|| value.path(&["launch_template", "name"]))
        .or_else(|| value.path(&["mixed_instances_policy", "launch_template", "launch_template_specification", "launch_template_id"]));
    let launch = one(resources, template, "aws_launch_template")
        .or_else(|| one(resources, value.get("launch_configuration"), "aws_launch_configuration"));
    if let Some(launch) = launch {
        c.size = launch.word(&["instance_type"]);
        let fields = ["vpc_security_group_ids", "security_groups"];
        c.groups = fields.iter().flat_map(|f| addresses(resources, launch.value.get(f), &["aws_security_group"])).collect();
        let interface = launch.value.get("network_interfaces");
        c.groups.extend(addresses(resources, interface.and_then(|i| i.get("security_groups")), &["aws_security_group"]));
        let paths: [&[&str]; 2] = [&["network_interfaces", "associate_public_ip_address"], &["associate_public_ip_address"]];
        c.public_address = paths.iter().find(|p| launch.value.path(p).is_some()).map(|p| launch.flag(p, false));
        let market = launch.value.get("instance_market_options").filter(|m| m.get("market_type").is_some_and(|t| t.is("spot")));
        c.spot = market.or_else(|| launch.value.get("spot_price")).map(spot);
    }
    if let Some(mixed) = value.path(&["mixed_instances_policy", "instances_distribution"]) {
        let share = mixed.get("on_demand_percentage_above_base_capacity").filter(|p| !p.is("100"));
        c.spot = c.spot.or_else(|| share.map(spot));
        let base = mixed.get("on_demand_base_capacity").filter(|b| b.text().is_some_and(|t| t != "0"));
        if let Some(base) = base.or_else(|| share.filter(|s| s.text().is_some_and(|t| t != "0"))) {
            c.guards.push(guard(GuardKind::SpotHandling, base.at, "a share of the machines is not taken back"));
        }
    }
    if let Some(rebalance) = value.get("capacity_rebalance").filter(|v| v.is_true()) {
        c.guards.push(guard(GuardKind::SpotHandling, rebalance.at, "machines are replaced before they are taken back"));
    }
    // A group that is registered with a container cluster carries others' tasks, not a workload of its own.
    let carries = resources
        .of("aws_ecs_capacity_provider")
        .any(|p| resources.refers(p.value.path(&["auto_scaling_group_provider", "auto_scaling_group_arn"]), group));
    if carries {
        c.kind = CapacityKind::NodeGroup;
    } else if launch.is_some_and(|l| l.value.get("user_data").is_some()) {
        c.workload = Some(group.title());
    }
    c
}

fn node_group(resources: &Resources<'_>, group: &Instance) -> Capacity {
    let mut c = Capacity::new(group.address(), group.at, Provider::Aws, CapacityKind::NodeGroup);
    c.desired = stated(group, &["scaling_config", "desired_size"]);
    c.minimum = stated(group, &["scaling_config", "min_size"]);
    c.maximum = stated(group, &["scaling_config", "max_size"]);
    c.subnets = addresses(resources, group.value.get("subnet_ids"), &["aws_subnet"]);
    c.spot = group.value.get("capacity_type").filter(|t| t.is("SPOT")).map(spot);
    let most = ["max_unavailable", "max_unavailable_percentage"].iter().find_map(|f| group.value.path(&["update_config", f]));
    let says = most
        .and_then(Value::text)
        .map_or("one node at a time is replaced by default".to_owned(), |m| format!("at most {m} nodes are replaced at a time"));
    c.guards.push(guard(GuardKind::Budget, most.map_or(group.at, |m| m.at), says));
    c.size = each(group.value.get("instance_types"))
        .first()
        .and_then(|v| v.text().map(|t| Property::stated(t.to_owned(), v.at, format!("instance_types = {t}"))));
    c
}
