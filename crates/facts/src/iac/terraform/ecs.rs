//! ECS: services, the task definitions they run, and tasks that something else starts.

use plimsoll_base::{Location, Setting, Sourced};
use plimsoll_syntax::{JsonFlavour, json};

use super::security::{Admission, admission};
use super::{Instance, Resources};
use crate::container::{
    LogDriver, Port, Probe, ProbeKind, ProbeTest, Reach, Restart, Runtime, SecretStore, SecretUse, ValueSource, Variable, Workload,
};
use crate::iac::value::{Shape, Value, each, image};

/// Labels that name nothing.
const BLANK: &[&str] = &["this", "main", "default", "service", "app", "ecs", "task"];

/// Every workload on ECS that a root and its modules declare.
pub(super) fn workloads(resources: &Resources<'_>) -> Vec<Workload> {
    let mut found = Vec::new();
    let mut served: Vec<&Instance> = Vec::new();
    for service in resources.of("aws_ecs_service").filter(|s| first_of_its_kind(s)) {
        let task = resources.referent(service.value.get("task_definition"), "aws_ecs_task_definition");
        let label = service.title();
        let mut containers = match task {
            Some(task) => {
                served.push(task);
                containers(task, &label)
            }
            None => {
                let mut w = Workload::new(&label, service.at, Runtime::Ecs);
                w.image = Some(Setting::Unresolved(service.value.get("task_definition").map_or(service.at, |v| v.at)));
                vec![(None, w)]
            }
        };
        let alone = containers.len() == 1;
        for (name, w) in &mut containers {
            serve(resources, service, name.as_deref(), alone, w);
        }
        found.extend(containers.into_iter().map(|(_, w)| w));
    }
    for task in resources.of("aws_ecs_task_definition").filter(|t| first_of_its_kind(t)) {
        if served.iter().any(|s| std::ptr::eq(*s, task)) {
            continue;
        }
        let schedule = schedule(resources, task);
        for (_, mut w) in containers(task, &task.title()) {
            w.one_shot = true;
            w.schedule = schedule.clone();
            found.push(w);
        }
    }
    found
}

/// Of instances by `count`, which are alike, the first stands for all.
pub(super) fn first_of_its_kind(instance: &Instance) -> bool {
    !instance.key.starts_with('[') || instance.key.starts_with("[\"") || instance.key == "[0]"
}

/// The name under which the workload of a service stands: its label, or its only container's name where the label names nothing. Of several
/// containers each is named `label/container`.
pub(in crate::iac) fn label(service: &str, task: Option<&Instance>) -> String {
    let definitions = task.and_then(|t| t.value.get("container_definitions")).and_then(listed);
    let own = match definitions.as_ref().map(Value::items) {
        Some([only]) if BLANK.contains(&service) => only.get("name").and_then(Value::text),
        _ => None,
    };
    own.unwrap_or(service).to_owned()
}

/// The containers of a task definition, each with its own name.
fn containers(task: &Instance, label: &str) -> Vec<(Option<String>, Workload)> {
    let definitions = task.value.get("container_definitions").and_then(listed);
    let Some(definitions) = definitions.filter(|d| !d.items().is_empty()) else {
        let mut w = Workload::new(label, task.at, Runtime::Ecs);
        w.image = Some(Setting::Unresolved(task.value.get("container_definitions").map_or(task.at, |v| v.at)));
        limits(task, &mut w);
        return vec![(None, w)];
    };
    let alone = definitions.items().len() == 1;
    let mut found = Vec::new();
    for definition in definitions.items() {
        let own = definition.get("name").and_then(Value::text).map(str::to_owned);
        let name = match &own {
            Some(own) if alone && BLANK.contains(&label) => own.clone(),
            Some(own) if !alone => format!("{label}/{own}"),
            _ => label.to_owned(),
        };
        let mut w = Workload::new(name, definition.at, Runtime::Ecs);
        container(definition, &mut w);
        limits(task, &mut w);
        found.push((own, w));
    }
    found
}

/// Container definitions as a list, from `jsonencode` or from JSON in a text.
fn listed(value: &Value) -> Option<Value> {
    match &value.shape {
        Shape::List(_) => Some(value.clone()),
        Shape::Text(text) | Shape::Unknown(text) if text.trim_start().starts_with('[') => {
            let parsed = json(text.as_bytes(), JsonFlavour::Strict);
            let file = value.at.file;
            let mut list = Value::of(&parsed.value, file).placed(value.at);
            undecide(&mut list);
            Some(list)
        }
        _ => None,
    }
}

/// Texts that still hold an insertion are decided elsewhere.
fn undecide(value: &mut Value) {
    match &mut value.shape {
        Shape::Text(text) if text.contains("${") => value.shape = Shape::Unknown(std::mem::take(text)),
        Shape::List(items) => items.iter_mut().for_each(undecide),
        Shape::Map(fields) => fields.iter_mut().for_each(|f| undecide(&mut f.value)),
        _ => {}
    }
}

/// What a container definition states, in the form that the ECS interface takes.
pub(crate) fn container(definition: &Value, w: &mut Workload) {
    w.image = definition.get("image").and_then(image);
    w.user = definition.get("user").and_then(Value::setting);
    w.entrypoint = definition.get("entryPoint").and_then(Value::words);
    w.command = definition.get("command").and_then(Value::words);
    w.memory_limit = definition.get("memory").and_then(Value::setting);
    w.memory_request = definition.get("memoryReservation").and_then(Value::setting);
    w.cpu_request = definition.get("cpu").filter(|c| !c.is("0")).and_then(Value::setting);
    let stop = definition.get("stopTimeout");
    w.grace_period = stop.and_then(Value::sourced);
    if let Some(check) = definition.get("healthCheck")
        && let Some(command) = check.get("command").and_then(Value::words)
    {
        let mut words = command.value;
        match words.first().map(String::as_str) {
            Some("NONE") => w.probe_disabled = Some(command.at),
            first => {
                if matches!(first, Some("CMD" | "CMD-SHELL")) {
                    words.remove(0);
                }
                w.probes.push(Probe { kind: ProbeKind::Health, test: ProbeTest::Command(words), at: check.at });
            }
        }
    }
    w.logging = definition.get("logConfiguration").map(|l| LogDriver {
        at: l.at,
        driver: l.get("logDriver").and_then(Value::setting).unwrap_or(Setting::Unresolved(l.at)),
        options: l
            .get("options")
            .map(Value::fields)
            .unwrap_or_default()
            .iter()
            .filter_map(|f| Some((f.name.clone(), Sourced::new(f.value.written()?.to_owned(), f.at))))
            .collect(),
    });
    for variable in each(definition.get("environment")) {
        if let Some(name) = variable.get("name").and_then(Value::text) {
            let value = variable.get("value").map_or(ValueSource::Unresolved, source);
            w.environment.push(Variable { name: name.to_owned(), at: variable.at, value });
        }
    }
    for secret in each(definition.get("secrets")) {
        let from = secret.get("valueFrom").and_then(Value::written).unwrap_or_default();
        if let Some(name) = secret.get("name").and_then(Value::text) {
            w.environment.push(Variable { name: name.to_owned(), at: secret.at, value: ValueSource::SecretRef(from.to_owned()) });
            w.secrets.push(SecretUse { name: name.to_owned(), at: secret.at, store: SecretStore::Managed(store(from).to_owned()) });
        }
    }
    // A list that is put together from what others decide may hand over anything; that it hands over nothing is not known.
    let open = |l: &&Value| matches!(l.shape, Shape::Unknown(_)) || each(Some(l)).iter().any(|i| matches!(i.shape, Shape::Unknown(_)));
    if let Some(list) = definition.get("secrets").filter(open) {
        w.secrets.push(SecretUse { name: "secrets[*]".to_owned(), at: list.at, store: SecretStore::Unresolved });
    }
    for mapping in each(definition.get("portMappings")) {
        let target = mapping.get("containerPort").and_then(Value::text).map(str::to_owned);
        let says = format!("containerPort {}", target.as_deref().unwrap_or("decided elsewhere"));
        let published = mapping.get("hostPort").and_then(Value::text).map(str::to_owned);
        w.ports.push(Port { at: mapping.at, target, reach: Reach::Internal, published, says });
    }
    let on = |v: Option<&Value>| v.filter(|v| v.is_true()).map(|v| v.at);
    w.privileges.privileged = on(definition.get("privileged"));
    w.privileges.read_only = on(definition.get("readonlyRootFilesystem"));
    if let Some(linux) = definition.get("linuxParameters") {
        w.init = on(linux.get("initProcessEnabled"));
        if let Some(capabilities) = linux.get("capabilities") {
            w.privileges.added = capabilities.get("add").map(Value::texts).unwrap_or_default();
            w.privileges.dropped = capabilities.get("drop").map(Value::texts).unwrap_or_default();
        }
    }
    for option in each(definition.get("dockerSecurityOptions")).iter().filter(|o| o.is("no-new-privileges")) {
        w.privileges.no_new_privileges = Some(option.at);
    }
}

/// What a variable's value is: written, put together from what others decide, or decided elsewhere.
pub(super) fn source(value: &Value) -> ValueSource {
    match &value.shape {
        Shape::Text(text) => ValueSource::Literal(text.clone()),
        Shape::Null => ValueSource::Literal(String::new()),
        Shape::Unknown(text) if !(text.is_empty() || text.starts_with("${") && text.find('}') == Some(text.len() - 1)) => {
            ValueSource::Interpolated { raw: text.clone(), resolved: None, variables: Vec::new() }
        }
        _ => ValueSource::Unresolved,
    }
}

fn store(from: &str) -> &'static str {
    if from.contains("secretsmanager") {
        "Secrets Manager"
    } else if from.contains("ssm") || from.contains(":parameter") || from.starts_with('/') {
        "SSM Parameter Store"
    } else {
        "Secrets Manager or SSM"
    }
}

/// What the task as a whole states: its size, its volumes.
fn limits(task: &Instance, w: &mut Workload) {
    if w.memory_limit.is_none() {
        w.memory_limit = task.value.get("memory").and_then(Value::setting);
    }
    w.cpu_limit = task.value.get("cpu").and_then(Value::setting);
    for (field, word) in [("network_mode", "host"), ("pid_mode", "host"), ("ipc_mode", "host")] {
        if let Some(mode) = task.value.get(field).filter(|m| m.is(word)) {
            w.privileges.host_namespace.push(Sourced::new(format!("{field} = {word}"), mode.at));
        }
    }
    for volume in task.value.all("volume") {
        let Some(host) = volume.get("host_path").and_then(Value::sourced) else { continue };
        if host.value.ends_with("docker.sock") {
            w.privileges.engine_socket = Some((host.at, false));
        }
        w.privileges.host_paths.push(host);
    }
}

/// What the service adds: how many, behind what, how it is replaced, who reaches it.
fn serve(resources: &Resources<'_>, service: &Instance, container: Option<&str>, alone: bool, w: &mut Workload) {
    let value = &service.value;
    w.restart = Restart::Supervised(service.at);
    w.replicas = replicas(resources, service);
    if let Some(controller) = value.path(&["deployment_controller", "type"]).filter(|t| t.is("CODE_DEPLOY")) {
        w.update.strategy = Some(Sourced::new("blue-green".to_owned(), controller.at));
    }
    w.update.minimum = value.get("deployment_minimum_healthy_percent").and_then(Value::sourced);
    if let Some(breaker) = value.get("deployment_circuit_breaker") {
        let enabled = breaker.get("enable").is_some_and(Value::is_true);
        w.update.rollback = breaker.get("rollback").filter(|r| enabled && r.is_true()).map(|r| r.at);
    }
    let mut balanced = Vec::new();
    for balancer in value.all("load_balancer") {
        let named = balancer.get("container_name").and_then(Value::text);
        if !alone && named.is_some() && container.is_some() && named != container {
            continue;
        }
        w.update.balanced = Some(balancer.at);
        w.update.routed = Some(balancer.at);
        balanced.push(balancer.get("container_port").and_then(Value::text).map(str::to_owned));
        if let Some(group) = resources
            .referent(balancer.get("target_group_arn"), "aws_lb_target_group")
            .or_else(|| resources.referent(balancer.get("target_group_arn"), "aws_alb_target_group"))
        {
            w.probes.extend(target_check(group));
        }
    }
    let network = value.get("network_configuration");
    let public = network.and_then(|n| n.get("assign_public_ip"));
    let bound = matches!(&w.privileges.host_namespace.first(), Some(n) if n.value.starts_with("network_mode"));
    for port in &mut w.ports {
        let number = port.target.as_deref().and_then(|t| t.parse().ok());
        let behind = balanced.iter().any(|b| b.is_none() || port.target.is_none() || *b == port.target);
        let inside = if behind { Reach::Private } else { Reach::Internal };
        port.reach = match public {
            Some(p) if p.is_true() => match admission(resources, network.and_then(|n| n.get("security_groups")), number) {
                Admission::World(at) => {
                    port.at = at;
                    port.says =
                        format!("public IP address; its security group admits 0.0.0.0/0 on port {}", port.target.as_deref().unwrap_or("?"));
                    Reach::Public
                }
                Admission::Named if behind => Reach::Private,
                Admission::Named => Reach::Private,
                Admission::Undecided => Reach::Unresolved,
            },
            Some(p)
                if p.is_unknown()
                    && matches!(
                        admission(resources, network.and_then(|n| n.get("security_groups")), number),
                        Admission::World(_) | Admission::Undecided
                    ) =>
            {
                Reach::Unresolved
            }
            _ if bound || port.published.as_deref().is_some_and(|p| p != "0") && network.is_none() => Reach::Private,
            _ => inside,
        };
    }
}

/// The service's count, and the floor of its autoscaling.
fn replicas(resources: &Resources<'_>, service: &Instance) -> Setting<u32> {
    let desired = service.value.get("desired_count").map(Value::count);
    let floor = resources
        .of("aws_appautoscaling_target")
        .find(|i| resources.refers(i.value.get("resource_id"), service))
        .and_then(|i| i.value.get("min_capacity"))
        .map(Value::count);
    match (desired, floor) {
        (Some(Setting::Stated(d)), Some(Setting::Stated(f))) if d.value >= f.value => Setting::Stated(d),
        (_, Some(floor)) => floor,
        (Some(desired), None) => desired,
        (None, None) => Setting::Defaulted(1),
    }
}

/// A target group always checks its targets, by `/` unless it says otherwise.
fn target_check(group: &Instance) -> Option<Probe> {
    let check = group.value.get("health_check");
    let at: Location = check.map_or(group.at, |c| c.at);
    let text = |name: &str| check.and_then(|c| c.get(name)).and_then(Value::text);
    if text("enabled") == Some("false") {
        return None;
    }
    let protocol = text("protocol").or_else(|| group.value.get("protocol").and_then(Value::text)).unwrap_or("HTTP");
    let test = match check.and_then(|c| c.get("path")) {
        _ if protocol.eq_ignore_ascii_case("TCP") || protocol.eq_ignore_ascii_case("TLS") => ProbeTest::Tcp,
        Some(path) if path.text().is_none() => ProbeTest::Unresolved,
        path => ProbeTest::Http {
            path: path.and_then(Value::text).unwrap_or("/").to_owned(),
            port: text("port").filter(|p| *p != "traffic-port").map(str::to_owned),
        },
    };
    Some(Probe { kind: ProbeKind::LoadBalancer, test, at })
}

/// The schedule of the rule or scheduler that starts a task.
fn schedule(resources: &Resources<'_>, task: &Instance) -> Option<Sourced<String>> {
    let starts = |v: Option<&Value>| resources.refers(v, task);
    let target = resources.of("aws_cloudwatch_event_target").find(|i| starts(i.value.path(&["ecs_target", "task_definition_arn"])));
    if let Some(target) = target {
        let rule = resources.referent(target.value.get("rule"), "aws_cloudwatch_event_rule")?;
        return rule.value.get("schedule_expression").and_then(Value::sourced);
    }
    let scheduler =
        resources.of("aws_scheduler_schedule").find(|i| starts(i.value.path(&["target", "ecs_parameters", "task_definition_arn"])))?;
    scheduler.value.get("schedule_expression").and_then(Value::sourced)
}
