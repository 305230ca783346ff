//! Amazon's services, functions and applications.

use plimsoll_base::Sourced;

use super::{addresses, attached, by_nature, count, guard, idle, moves, names, one, stated, surely};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::terraform::ecs;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Capacity, CapacityKind, DisruptionGuard, GuardKind, Property, Provider, ScalingPolicy};

/// What spreads calls between services of a cluster; the internet does not come in by it.
const DISCOVERY: &str = "service discovery";
const TARGET_GROUPS: &[&str] = &["aws_lb_target_group", "aws_alb_target_group"];

pub(super) fn read(resources: &Resources<'_>, found: &mut Vec<Capacity>) {
    services(resources, found);
    found.extend(resources.of("aws_lambda_function").map(|f| function(resources, f)));
    found.extend(resources.of("aws_apprunner_service").map(|s| app_runner(resources, s)));
    found.extend(resources.of("aws_elastic_beanstalk_environment").map(beanstalk));
}

fn new(instance: &Instance, kind: CapacityKind) -> Capacity {
    Capacity::new(instance.address(), instance.at, Provider::Aws, kind)
}

fn services(resources: &Resources<'_>, found: &mut Vec<Capacity>) {
    let targets: Vec<&Instance> =
        resources.of("aws_appautoscaling_target").filter(|t| t.written(&["service_namespace"]).is_none_or(|n| n.contains("ecs"))).collect();
    let mut used = vec![false; targets.len()];
    let first = found.len();
    for service in resources.of("aws_ecs_service") {
        let mut capacity = ecs_service(resources, service);
        for (target, used) in targets.iter().zip(&mut used).filter(|(t, _)| scales(resources, t, service)) {
            *used = true;
            capacity.minimum = stated(target, &["min_capacity"]);
            capacity.maximum = stated(target, &["max_capacity"]);
            capacity.scaling.extend(policies(resources, target));
            capacity.scaling.extend(scheduled(resources, target));
        }
        found.push(capacity);
    }
    // A target that names no service of the root is a slip where one service is left that nothing scales.
    let strays: Vec<&Instance> = targets.iter().zip(&used).filter(|(_, used)| !**used).map(|(t, _)| *t).collect();
    let unscaled: Vec<usize> = (first..found.len()).filter(|i| found[*i].minimum.is_none()).collect();
    if let ([stray], [index]) = (strays.as_slice(), unscaled.as_slice()) {
        found[*index].scaling.push(astray(stray));
    }
}

fn astray(target: &Instance) -> ScalingPolicy {
    let id = target.value.get("resource_id");
    let at = id.map_or(target.at, |v| v.at);
    let text = id.and_then(Value::written).unwrap_or("nothing");
    let says = format!("a scaling target for `{text}`");
    match id.map(Value::is_unknown) {
        Some(true) => ScalingPolicy { at, says, effective: Property::unresolved(at, format!("resource_id `{text}` is decided elsewhere")) },
        _ => idle(at, says, format!("resource_id `{text}` names no service here")),
    }
}

/// `service/CLUSTER/NAME`: by a reference to the service, or by its very name.
fn scales(resources: &Resources<'_>, target: &Instance, service: &Instance) -> bool {
    let id = target.value.get("resource_id");
    let last = id.and_then(Value::written).and_then(|t| t.rsplit_once('/')).map(|(_, last)| last);
    resources.refers(id, service) || last.is_some() && last == service.written(&["name"])
}

/// The policies of a scaling target. One that moves by steps needs an alarm that calls it.
fn policies(resources: &Resources<'_>, target: &Instance) -> Vec<ScalingPolicy> {
    let own = target.written(&["resource_id"]);
    let of = |p: &&Instance| {
        let id = p.value.get("resource_id");
        resources.refers(id, target) || own.is_some() && id.and_then(Value::written) == own
    };
    resources
        .of("aws_appautoscaling_policy")
        .filter(of)
        .map(|p| policy(resources, p, "target_tracking_scaling_policy_configuration"))
        .collect()
}

/// A policy that follows a target by itself, or moves in steps when an alarm calls it.
pub(super) fn policy(resources: &Resources<'_>, policy: &Instance, tracking: &str) -> ScalingPolicy {
    surely(policy, effect(resources, policy, tracking))
}

fn effect(resources: &Resources<'_>, policy: &Instance, tracking: &str) -> ScalingPolicy {
    if let Some(follows) = policy.value.get(tracking) {
        let predefined = follows.path(&["predefined_metric_specification", "predefined_metric_type"]);
        let own = follows.path(&["customized_metric_specification", "metric_name"]);
        let metric = predefined.or(own).and_then(Value::written).unwrap_or("a metric");
        let goal = follows.get("target_value").and_then(Value::text).map(|v| format!(" at {v}")).unwrap_or_default();
        return moves(policy.at, format!("target tracking on {metric}{goal}"));
    }
    let says = "steps when an alarm calls";
    let called = resources
        .of("aws_cloudwatch_metric_alarm")
        .any(|a| ["alarm_actions", "ok_actions", "insufficient_data_actions"].iter().any(|f| resources.refers(a.value.get(f), policy)));
    if called || policy.value.get("predictive_scaling_configuration").is_some() {
        moves(policy.at, says)
    } else {
        idle(policy.at, says, "no alarm calls this policy")
    }
}

fn scheduled(resources: &Resources<'_>, target: &Instance) -> Vec<ScalingPolicy> {
    let own = target.written(&["resource_id"]);
    let of = |a: &&Instance| {
        let id = a.value.get("resource_id");
        resources.refers(id, target) || own.is_some() && id.and_then(Value::written) == own
    };
    let actions = resources.of("aws_appautoscaling_scheduled_action").filter(of);
    actions.map(|a| surely(a, moves(a.at, format!("by schedule {}", a.written(&["schedule"]).unwrap_or("decided elsewhere"))))).collect()
}

fn ecs_service(resources: &Resources<'_>, service: &Instance) -> Capacity {
    let value = &service.value;
    let task = one(resources, value.get("task_definition"), "aws_ecs_task_definition");
    let mut c = new(service, CapacityKind::ContainerService);
    c.workload = Some(ecs::label(&service.title(), task));
    let ignored = value.path(&["lifecycle", "ignore_changes"]).filter(|v| {
        let text = |v: &Value| v.written().is_some_and(|t| t.contains("desired_count") || t.trim_matches(['$', '{', '}']) == "all");
        each(Some(v)).iter().any(text)
    });
    c.desired = Some(match ignored {
        _ if value.get("scheduling_strategy").is_some_and(|s| s.is("DAEMON")) => {
            Property::unresolved(service.at, "one task on each machine of the cluster")
        }
        Some(v) => Property::unresolved(v.at, "ignore_changes: the count is set outside this file after the first apply"),
        None => service.number(&["desired_count"], 0),
    });
    if let Some(network) = value.get("network_configuration") {
        c.subnets = addresses(resources, network.get("subnets"), &["aws_subnet", "aws_default_subnet"]);
        c.groups = addresses(resources, network.get("security_groups"), &["aws_security_group"]);
        c.public_address = Some(service.flag(&["network_configuration", "assign_public_ip"], false));
    }
    for balancer in value.all("load_balancer") {
        let group = balancer.get("target_group_arn").or_else(|| balancer.get("elb_name"));
        c.balanced.extend(addresses(resources, group, TARGET_GROUPS).into_iter().map(|a| Sourced::new(a, balancer.at)));
        if let Some(group) = TARGET_GROUPS.iter().find_map(|kind| one(resources, group, kind)) {
            c.guards.push(drain(group));
        }
    }
    // Service Connect and Cloud Map spread the calls of other services over healthy tasks.
    for field in ["service_connect_configuration", "service_registries"] {
        if let Some(discovery) = value.get(field).filter(|d| !d.get("enabled").is_some_and(Value::is_false)) {
            c.balanced.push(Sourced::new(DISCOVERY.to_owned(), discovery.at));
        }
    }
    let least = service.number(&["deployment_minimum_healthy_percent"], 100);
    c.guards.push(match least.known() {
        Some(0) => DisruptionGuard {
            at: least.at,
            kind: GuardKind::Budget,
            says: least.says.clone(),
            effective: Property::stated(false, least.at, "no task has to stay healthy while others are replaced"),
            across_zones: false,
        },
        _ => guard(GuardKind::Budget, least.at, least.says.clone()),
    });
    let serverless = value.get("launch_type").is_some_and(|l| l.is("FARGATE"))
        || value
            .all("capacity_provider_strategy")
            .any(|s| s.get("capacity_provider").and_then(Value::text).is_some_and(|p| p.starts_with("FARGATE")));
    let strategy = value.all("ordered_placement_strategy").find(|s| s.get("type").is_some_and(|t| t.is("spread")));
    if let Some(strategy) = strategy {
        let field = strategy.get("field").and_then(Value::text).unwrap_or("host").to_owned();
        let zones = field.contains("availability-zone");
        c.guards.push(DisruptionGuard { across_zones: zones, ..guard(GuardKind::Spread, strategy.at, format!("spread by {field}")) });
    } else if serverless && c.subnets.len() > 1 {
        let says = "Fargate spreads tasks over the zones of the subnets";
        c.guards.push(DisruptionGuard { across_zones: true, ..guard(GuardKind::Spread, service.at, says) });
    }
    spot(service, &mut c);
    c.size = task.and_then(|t| t.word(&["cpu"]));
    c
}

/// A balancer lets requests end before it forgets a target: 300 seconds unless it is told otherwise.
fn drain(group: &Instance) -> DisruptionGuard {
    let delay = group.number(&["deregistration_delay"], 300);
    let mut found = guard(GuardKind::Drain, delay.at, delay.says.clone());
    if delay.known() == Some(&0) {
        found.effective = Property::stated(false, delay.at, "requests are cut off when a target leaves");
    }
    found
}

/// Tasks that Amazon may take back within two minutes; a share on ordinary capacity keeps some.
fn spot(service: &Instance, c: &mut Capacity) {
    let provider = |s: &&Value| s.get("capacity_provider").and_then(Value::written).unwrap_or_default().to_ascii_uppercase();
    let strategies: Vec<&Value> = service.value.all("capacity_provider_strategy").collect();
    let Some(cheap) = strategies.iter().find(|s| provider(s).contains("SPOT")) else { return };
    c.spot = Some(Sourced::new("FARGATE_SPOT".to_owned(), cheap.at));
    let share = |s: &Value| ["base", "weight"].iter().any(|f| s.get(f).and_then(Value::text).is_some_and(|t| t != "0"));
    if let Some(firm) = strategies.iter().find(|s| !provider(s).contains("SPOT") && share(s)) {
        c.guards.push(guard(GuardKind::SpotHandling, firm.at, "a share of the tasks runs on capacity that is not taken back"));
    }
}

fn function(resources: &Resources<'_>, function: &Instance) -> Capacity {
    let mut c = new(function, CapacityKind::Function);
    c.workload = Some(function.title());
    by_nature(&mut c, "Lambda");
    c.on_demand = true;
    let reserved = stated(function, &["reserved_concurrent_executions"]);
    c.scaling.push(match &reserved {
        Some(r) if r.known() == Some(&0) => idle(r.at, "concurrency", "reserved_concurrent_executions = 0 stops the function"),
        _ => moves(function.at, "Lambda starts as many as there are events"),
    });
    c.maximum = reserved;
    let kept = resources.of("aws_lambda_provisioned_concurrency_config").find(|p| {
        let of = p.value.get("function_name");
        resources.refers(of, function) || of.and_then(Value::written).is_some_and(|t| Some(t) == function.written(&["function_name"]))
    });
    c.minimum = kept.and_then(|p| stated(p, &["provisioned_concurrent_executions"]));
    if let Some(network) = function.value.get("vpc_config") {
        c.subnets = addresses(resources, network.get("subnet_ids"), &["aws_subnet"]);
        c.groups = addresses(resources, network.get("security_group_ids"), &["aws_security_group"]);
    }
    c.size = function.word(&["memory_size"]);
    c
}

fn app_runner(resources: &Resources<'_>, service: &Instance) -> Capacity {
    let mut c = new(service, CapacityKind::Application);
    c.workload = Some(service.title());
    by_nature(&mut c, "App Runner");
    c.on_demand = true;
    let configured =
        one(resources, service.value.get("auto_scaling_configuration_arn"), "aws_apprunner_auto_scaling_configuration_version");
    let holder = configured.unwrap_or(service);
    c.minimum = Some(holder.number(&["min_size"], 1));
    c.maximum = Some(holder.number(&["max_size"], 25));
    c.scaling.push(moves(holder.at, "App Runner adds instances by the number of requests at a time"));
    c.size = service.word(&["instance_configuration", "cpu"]);
    c
}

fn beanstalk(environment: &Instance) -> Capacity {
    let mut c = new(environment, CapacityKind::Application);
    c.workload = Some(environment.title());
    let setting = |namespace: &str, name: &str| {
        let mut all = environment.value.all("setting");
        all.find(|s| s.get("namespace").is_some_and(|n| n.is(namespace)) && s.get("name").is_some_and(|n| n.is(name)))
            .and_then(|s| s.get("value"))
    };
    let single = setting("aws:elasticbeanstalk:environment", "EnvironmentType").filter(|v| v.is("SingleInstance"));
    if let Some(single) = single {
        c.desired = Some(Property::stated(1, single.at, "EnvironmentType = SingleInstance"));
        return c;
    }
    let default = |n: u32, name: &str| Property::defaulted(n, environment.at, format!("{name} is not set: {n} by default"));
    c.minimum = Some(count(setting("aws:autoscaling:asg", "MinSize"), "MinSize").unwrap_or_else(|| default(1, "MinSize")));
    c.maximum = Some(count(setting("aws:autoscaling:asg", "MaxSize"), "MaxSize").unwrap_or_else(|| default(4, "MaxSize")));
    let measure = setting("aws:autoscaling:trigger", "MeasureName");
    let says = measure.and_then(Value::text).map_or("network traffic, the default trigger".to_owned(), str::to_owned);
    c.scaling.push(moves(measure.map_or(environment.at, |m| m.at), says));
    if let Some(subnets) = setting("aws:ec2:vpc", "Subnets") {
        let listed = subnets.written().unwrap_or_default().split(',').map(|s| s.trim().to_owned());
        c.subnets = listed.filter(|s| !s.is_empty()).collect();
    }
    if let Some(zones) = setting("aws:autoscaling:asg", "Availability Zones").filter(|z| !z.is("Any 1")) {
        c.regional = Some(Property::stated(true, zones.at, "Availability Zones"));
    }
    c.balanced.push(Sourced::new("the environment's load balancer".to_owned(), environment.at));
    if let Some(updates) = setting("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateEnabled").filter(|v| v.is_true()) {
        c.guards.push(guard(GuardKind::Budget, updates.at, "instances are replaced in batches"));
    }
    c.size = setting("aws:autoscaling:launchconfiguration", "InstanceType")
        .and_then(|v| v.text().map(|t| Property::stated(t.to_owned(), v.at, format!("InstanceType = {t}"))));
    c
}

/// The target groups that machines are put into one by one.
pub(super) fn attachments(resources: &Resources<'_>, machine: &Instance) -> Vec<Sourced<String>> {
    let kinds: &[&str] = &["aws_lb_target_group_attachment", "aws_alb_target_group_attachment"];
    let mut found: Vec<Sourced<String>> = Vec::new();
    for attachment in resources.of_any(kinds).filter(|a| resources.refers(a.value.get("target_id"), machine)) {
        found.extend(attached(resources, attachment.value.get("target_group_arn"), TARGET_GROUPS));
    }
    for balancer in resources.of("aws_elb").filter(|b| resources.refers(b.value.get("instances"), machine)) {
        found.push(Sourced::new(balancer.address(), balancer.at));
    }
    found
}

/// The target groups and classic balancers that a group of machines is registered with.
pub(super) fn group_attachments(resources: &Resources<'_>, group: &Instance) -> Vec<Sourced<String>> {
    let mut found = attached(resources, group.value.get("target_group_arns"), TARGET_GROUPS);
    found.extend(attached(resources, group.value.get("load_balancers"), &["aws_elb"]));
    for source in group.value.all("traffic_source") {
        found.extend(attached(resources, source.get("identifier"), TARGET_GROUPS));
    }
    for attachment in resources.of("aws_autoscaling_attachment").filter(|a| names(resources, a.value.get("autoscaling_group_name"), group))
    {
        for field in ["lb_target_group_arn", "alb_target_group_arn", "elb"] {
            found.extend(attached(resources, attachment.value.get(field), &["aws_lb_target_group", "aws_alb_target_group", "aws_elb"]));
        }
    }
    found
}

/// How a group lets requests end.
pub(super) fn drains(resources: &Resources<'_>, group: &Instance) -> Vec<DisruptionGuard> {
    TARGET_GROUPS.iter().flat_map(|kind| resources.referred(group.value.get("target_group_arns"), kind)).map(drain).collect()
}
