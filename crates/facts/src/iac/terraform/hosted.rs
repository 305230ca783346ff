//! Functions, container platforms and single machines, in outline.

use plimsoll_base::{Setting, Sourced};

use super::ecs::{first_of_its_kind, source};
use super::security::{Admission, admission};
use super::{Instance, Resources};
use crate::container::{
    Port, Probe, ProbeKind, ProbeTest, Reach, Restart, Runtime, SecretStore, SecretUse, ValueSource, Variable, Workload,
};
use crate::iac::value::{Value, each, image};

/// Every workload outside ECS that a root and its modules declare.
pub(super) fn workloads(resources: &Resources<'_>) -> Vec<Workload> {
    let mut found = Vec::new();
    for instance in resources.all().iter().filter(|i| !i.data && first_of_its_kind(i)) {
        match instance.kind.as_str() {
            "aws_lambda_function" => found.push(lambda(resources, instance)),
            "google_cloudfunctions_function"
            | "google_cloudfunctions2_function"
            | "azurerm_linux_function_app"
            | "azurerm_windows_function_app" => {
                found.push(Workload::new(instance.title(), instance.at, Runtime::Function));
            }
            "aws_apprunner_service" => found.push(app_runner(instance)),
            "google_cloud_run_service" | "google_cloud_run_v2_service" => found.extend(cloud_run(resources, instance)),
            "google_cloud_run_v2_job" => found.extend(cloud_run(resources, instance).into_iter().map(|mut w| {
                w.one_shot = true;
                w
            })),
            "azurerm_container_app" => found.extend(container_app(instance)),
            "azurerm_linux_web_app" | "azurerm_windows_web_app" | "azurerm_app_service" | "aws_elastic_beanstalk_environment" => {
                let mut w = Workload::new(instance.title(), instance.at, Runtime::Platform);
                if let Some(settings) = instance.value.get("app_settings") {
                    mapped(settings, &mut w);
                }
                found.push(w);
            }
            "kubernetes_deployment"
            | "kubernetes_deployment_v1"
            | "kubernetes_stateful_set"
            | "kubernetes_stateful_set_v1"
            | "kubernetes_daemonset"
            | "kubernetes_daemon_set_v1" => {
                found.extend(kubernetes(instance));
            }
            "aws_autoscaling_group" => found.extend(machine_group(resources, instance)),
            "google_compute_instance_group_manager" | "google_compute_region_instance_group_manager" => {
                found.extend(instance_group(resources, instance));
            }
            "azurerm_linux_virtual_machine_scale_set"
            | "azurerm_windows_virtual_machine_scale_set"
            | "azurerm_orchestrated_virtual_machine_scale_set" => found.extend(scale_set(instance)),
            "aws_instance" | "google_compute_instance" | "digitalocean_droplet" | "hcloud_server" => {
                found.extend(machine(resources, instance))
            }
            _ => {}
        }
    }
    found
}

fn lambda(resources: &Resources<'_>, function: &Instance) -> Workload {
    let value = &function.value;
    let mut w = Workload::new(function.title(), function.at, Runtime::Function);
    w.image = value.get("image_uri").and_then(image);
    w.memory_limit = value.get("memory_size").and_then(Value::setting);
    w.command = value.get("handler").and_then(Value::words);
    if let Some(variables) = value.path(&["environment", "variables"]) {
        mapped(variables, &mut w);
    }
    let target = resources.of("aws_cloudwatch_event_target").find(|i| resources.refers(i.value.get("arn"), function));
    w.schedule = target
        .and_then(|t| resources.referent(t.value.get("rule"), "aws_cloudwatch_event_rule"))
        .and_then(|r| r.value.get("schedule_expression"))
        .and_then(Value::sourced);
    w
}

fn app_runner(service: &Instance) -> Workload {
    let mut w = Workload::new(service.title(), service.at, Runtime::Platform);
    let repository = service.value.path(&["source_configuration", "image_repository"]);
    w.image = repository.and_then(|r| r.get("image_identifier")).and_then(image);
    let settings = repository
        .and_then(|r| r.get("image_configuration"))
        .or_else(|| service.value.path(&["source_configuration", "code_repository", "code_configuration", "code_configuration_values"]));
    if let Some(settings) = settings {
        if let Some(variables) = settings.get("runtime_environment_variables") {
            mapped(variables, &mut w);
        }
        for secret in settings.get("runtime_environment_secrets").map(Value::fields).unwrap_or_default() {
            let from = secret.value.written().unwrap_or_default().to_owned();
            w.environment.push(Variable { name: secret.name.clone(), at: secret.at, value: ValueSource::SecretRef(from) });
            w.secrets.push(SecretUse {
                name: secret.name.clone(),
                at: secret.at,
                store: SecretStore::Managed("Secrets Manager or SSM".into()),
            });
        }
    }
    if let Some(check) = service.value.get("health_check_configuration") {
        let http = check.get("protocol").is_some_and(|p| p.is("HTTP"));
        let path = check.get("path").and_then(Value::text).unwrap_or("/").to_owned();
        let test = if http { ProbeTest::Http { path, port: None } } else { ProbeTest::Tcp };
        w.probes.push(Probe { kind: ProbeKind::Health, test, at: check.at });
    }
    let private = service.value.path(&["network_configuration", "ingress_configuration", "is_publicly_accessible"]);
    let reach = if private.is_some_and(Value::is_false) { Reach::Private } else { Reach::Public };
    let target = settings.and_then(|s| s.get("port")).and_then(Value::text).map(str::to_owned);
    w.ports.push(Port { at: service.at, target, reach, published: Some("443".into()), says: "App Runner endpoint".into() });
    w
}

fn cloud_run(resources: &Resources<'_>, service: &Instance) -> Vec<Workload> {
    let value = &service.value;
    let template = value.get("template");
    // The second version nests containers one level less; a job one level more.
    let pod = template.and_then(|t| t.get("spec").or_else(|| t.get("template")).or(Some(t)));
    let Some(pod) = pod else { return vec![Workload::new(service.title(), service.at, Runtime::Platform)] };
    let everyone = resources.all().iter().any(|i| {
        !i.data
            && i.kind.starts_with("google_cloud_run")
            && i.kind.contains("_iam_")
            && (resources.refers(i.value.get("service"), service) || resources.refers(i.value.get("name"), service))
            && each(i.value.get("member")).iter().chain(each(i.value.get("members"))).any(|m| m.is("allUsers"))
    });
    let ingress = value.get("ingress").and_then(Value::text).unwrap_or("").to_ascii_lowercase();
    let reach = if everyone && !ingress.contains("internal") { Reach::Public } else { Reach::Private };
    let count = template.and_then(|t| {
        t.path(&["scaling", "min_instance_count"]).or_else(|| t.path(&["metadata", "annotations", "autoscaling.knative.dev/minScale"]))
    });
    let containers: Vec<&Value> = pod.all("containers").collect();
    let mut found = Vec::new();
    for c in &containers {
        let own = c.get("name").and_then(Value::text).filter(|_| containers.len() > 1);
        let name = own.map_or_else(|| service.title(), |own| format!("{}/{own}", service.title()));
        let mut w = container(c, name, Runtime::Platform, "Secret Manager");
        if let Some(count) = count {
            w.replicas = count.count();
        }
        if let Some(port) = c.get("ports") {
            let target = port.get("container_port").and_then(Value::text).map(str::to_owned);
            w.ports = vec![Port { at: port.at, target, reach, published: Some("443".into()), says: "Cloud Run endpoint".into() }];
        } else if containers.len() == 1 {
            w.ports = vec![Port {
                at: service.at,
                target: Some("8080".into()),
                reach,
                published: Some("443".into()),
                says: "Cloud Run endpoint".into(),
            }];
        }
        w.at = c.at;
        found.push(w);
    }
    found
}

fn container_app(app: &Instance) -> Vec<Workload> {
    let Some(template) = app.value.get("template") else { return Vec::new() };
    let containers: Vec<&Value> = template.all("container").collect();
    let ingress = app.value.get("ingress");
    let mut found = Vec::new();
    for c in &containers {
        let own = c.get("name").and_then(Value::text).filter(|_| containers.len() > 1);
        let name = own.map_or_else(|| app.title(), |own| format!("{}/{own}", app.title()));
        let mut w = container(c, name, Runtime::Platform, "Container Apps secret");
        w.memory_limit = c.get("memory").and_then(Value::setting);
        w.cpu_limit = c.get("cpu").and_then(Value::setting);
        if let Some(count) = template.get("min_replicas") {
            w.replicas = count.count();
        }
        if let Some(ingress) = ingress {
            let reach = match ingress.get("external_enabled") {
                Some(e) if e.is_true() => Reach::Public,
                Some(e) if e.is_unknown() => Reach::Unresolved,
                _ => Reach::Internal,
            };
            let target = ingress.get("target_port").and_then(Value::text).map(str::to_owned);
            w.ports.push(Port { at: ingress.at, target, reach, published: Some("443".into()), says: "Container Apps ingress".into() });
        }
        found.push(w);
    }
    found
}

fn kubernetes(object: &Instance) -> Vec<Workload> {
    let name = object.value.path(&["metadata", "name"]).and_then(Value::text).unwrap_or(&object.name);
    let Some(pod) = object.value.path(&["spec", "template", "spec"]) else { return Vec::new() };
    let containers: Vec<&Value> = pod.all("container").collect();
    let mut found = Vec::new();
    for c in &containers {
        let own = c.get("name").and_then(Value::text).filter(|_| containers.len() > 1);
        let mut w = container(c, own.map_or_else(|| name.to_owned(), |own| format!("{name}/{own}")), Runtime::Kubernetes, "");
        w.restart = Restart::Supervised(object.at);
        if let Some(count) = object.value.path(&["spec", "replicas"]) {
            w.replicas = count.count();
        }
        w.update.strategy = object.value.path(&["spec", "strategy", "type"]).and_then(Value::sourced);
        let user = c.path(&["security_context", "run_as_user"]).or_else(|| pod.path(&["security_context", "run_as_user"]));
        w.user = user.and_then(Value::setting);
        let non_root = c.path(&["security_context", "run_as_non_root"]).or_else(|| pod.path(&["security_context", "run_as_non_root"]));
        w.run_as_non_root = non_root.filter(|v| v.is_true()).map(|v| v.at);
        let context = |field: &str| c.path(&["security_context", field]);
        w.privileges.privileged = context("privileged").filter(|v| v.is_true()).map(|v| v.at);
        w.privileges.read_only = context("read_only_root_filesystem").filter(|v| v.is_true()).map(|v| v.at);
        w.privileges.no_new_privileges = context("allow_privilege_escalation").filter(|v| v.is_false()).map(|v| v.at);
        w.privileges.dropped = c.path(&["security_context", "capabilities", "drop"]).map(Value::texts).unwrap_or_default();
        w.privileges.added = c.path(&["security_context", "capabilities", "add"]).map(Value::texts).unwrap_or_default();
        found.push(w);
    }
    found
}

/// A container block as the providers of Google, Azure and Kubernetes write it.
fn container(c: &Value, name: String, runtime: Runtime, store: &str) -> Workload {
    let mut w = Workload::new(name, c.at, runtime);
    w.image = c.get("image").and_then(image);
    w.entrypoint = c.get("command").and_then(Value::words);
    w.command = c.get("args").and_then(Value::words);
    w.memory_limit = c.path(&["resources", "limits", "memory"]).and_then(Value::setting);
    w.cpu_limit = c.path(&["resources", "limits", "cpu"]).and_then(Value::setting);
    w.memory_request = c.path(&["resources", "requests", "memory"]).and_then(Value::setting);
    w.cpu_request = c.path(&["resources", "requests", "cpu"]).and_then(Value::setting);
    for (field, kind) in
        [("liveness_probe", ProbeKind::Liveness), ("readiness_probe", ProbeKind::Readiness), ("startup_probe", ProbeKind::Startup)]
    {
        let Some(probe) = c.get(field) else { continue };
        let test = if let Some(http) = probe.get("http_get") {
            ProbeTest::Http {
                path: http.get("path").and_then(Value::text).unwrap_or("/").to_owned(),
                port: http.get("port").and_then(Value::text).map(str::to_owned),
            }
        } else if let Some(path) = probe.get("path").and_then(Value::text) {
            ProbeTest::Http { path: path.to_owned(), port: probe.get("port").and_then(Value::text).map(str::to_owned) }
        } else if let Some(command) = probe.path(&["exec", "command"]).and_then(Value::words) {
            ProbeTest::Command(command.value)
        } else if probe.get("grpc").is_some() {
            ProbeTest::Grpc
        } else if probe.get("tcp_socket").is_some() || probe.get("transport").is_some_and(|t| t.is("TCP")) {
            ProbeTest::Tcp
        } else {
            ProbeTest::Unresolved
        };
        w.probes.push(Probe { kind, test, at: probe.at });
    }
    for variable in c.all("env") {
        let Some(name) = variable.get("name").and_then(Value::text) else { continue };
        let from = ["value_source", "value_from"].iter().find_map(|f| variable.get(f)).and_then(|v| v.get("secret_key_ref"));
        let secret = from.and_then(|f| f.get("secret").or_else(|| f.get("name"))).or_else(|| variable.get("secret_name"));
        let value = match (secret, from, variable.get("value")) {
            (Some(_), _, _) | (_, Some(_), _) => {
                let reference = secret.and_then(Value::written).unwrap_or(name).to_owned();
                let store = if store.is_empty() { SecretStore::Orchestrator } else { SecretStore::Managed(store.to_owned()) };
                w.secrets.push(SecretUse { name: reference.clone(), at: variable.at, store });
                ValueSource::SecretRef(reference)
            }
            (None, None, Some(value)) => source(value),
            (None, None, None) => ValueSource::Unresolved,
        };
        w.environment.push(Variable { name: name.to_owned(), at: variable.at, value });
    }
    for port in c.all("port") {
        let target = port.get("container_port").and_then(Value::text).map(str::to_owned);
        let says = format!("container_port {}", target.as_deref().unwrap_or("decided elsewhere"));
        w.ports.push(Port { at: port.at, target, reach: Reach::Internal, published: None, says });
    }
    w
}

/// What the machines of a group start when they boot; those that only join a cluster start nothing of their own.
fn machine_group(resources: &Resources<'_>, group: &Instance) -> Option<Workload> {
    let named = group.value.path(&["launch_template", "id"]).or_else(|| group.value.path(&["launch_template", "name"]));
    let launch = resources
        .referent(named, "aws_launch_template")
        .or_else(|| resources.referent(group.value.get("launch_configuration"), "aws_launch_configuration"))?;
    let script = launch.value.get("user_data").or_else(|| launch.value.get("user_data_base64"))?;
    let text = script.written().unwrap_or_default();
    let joins = ["ECS_CLUSTER", "/etc/eks/bootstrap.sh", "nodeadm", "kubeadm join"].iter().any(|w| text.contains(w));
    let carries = resources
        .of("aws_ecs_capacity_provider")
        .any(|p| resources.refers(p.value.path(&["auto_scaling_group_provider", "auto_scaling_group_arn"]), group));
    if joins || carries {
        return None;
    }
    let mut w = grouped(group, script, group.value.get("min_size"));
    let attached = ["target_group_arns", "load_balancers", "traffic_source"].iter().find_map(|f| group.value.get(f)).map(|v| v.at);
    w.update.balanced = attached;
    w.update.routed = attached;
    Some(w)
}

/// What the machines of a group of Google's start when they boot.
fn instance_group(resources: &Resources<'_>, group: &Instance) -> Option<Workload> {
    let named = group.value.path(&["version", "instance_template"]);
    let template = resources
        .referent(named, "google_compute_instance_template")
        .or_else(|| resources.referent(named, "google_compute_region_instance_template"))?;
    let keys = ["startup-script", "user-data", "gce-container-declaration"];
    let script =
        keys.iter().find_map(|k| template.value.path(&["metadata", k])).or_else(|| template.value.get("metadata_startup_script"))?;
    Some(grouped(group, script, group.value.get("target_size")))
}

/// What the machines of a scale set of Azure's start when they boot.
fn scale_set(set: &Instance) -> Option<Workload> {
    let fields: [&[&str]; 3] = [&["custom_data"], &["user_data"], &["os_profile", "custom_data"]];
    let script = fields.iter().find_map(|f| set.value.path(f))?;
    Some(grouped(set, script, set.value.get("instances")))
}

fn grouped(group: &Instance, script: &Value, count: Option<&Value>) -> Workload {
    let mut w = Workload::new(group.title(), group.at, Runtime::Process);
    w.command = script.written().filter(|t| !t.starts_with("${")).map(|t| Sourced::new(vec![t.to_owned()], script.at));
    w.restart = Restart::Supervised(group.at);
    w.replicas = count.map_or(Setting::Defaulted(1), Value::count);
    w
}

/// A machine that starts something when it boots.
fn machine(resources: &Resources<'_>, machine: &Instance) -> Option<Workload> {
    let script = ["user_data", "user_data_base64", "metadata_startup_script"].iter().find_map(|f| machine.value.get(f))?;
    let mut w = Workload::new(machine.title(), machine.at, Runtime::Process);
    w.command = script.written().filter(|t| !t.starts_with("${")).map(|t| Sourced::new(vec![t.to_owned()], script.at));
    w.replicas = match (machine.certain, machine.key.as_str()) {
        (false, _) => Setting::Unresolved(machine.at),
        (true, "[0]") => {
            let alike = resources.of(&machine.kind).filter(|i| i.module == machine.module && i.name == machine.name).count();
            Setting::Stated(Sourced::new(u32::try_from(alike).unwrap_or(u32::MAX), machine.at))
        }
        _ => Setting::Defaulted(1),
    };
    if machine.value.get("associate_public_ip_address").is_some_and(Value::is_true)
        && let Admission::World(at) = admission(resources, machine.value.get("vpc_security_group_ids"), None)
    {
        w.ports.push(Port { at, target: None, reach: Reach::Public, published: None, says: "its security group admits 0.0.0.0/0".into() });
    }
    Some(w)
}

/// Variables given as a map.
fn mapped(variables: &Value, w: &mut Workload) {
    for field in variables.fields() {
        w.environment.push(Variable { name: field.name.clone(), at: field.at, value: source(&field.value) });
    }
}
