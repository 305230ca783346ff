//! Alarms, and the channels they speak through: monitors whose configuration stands in config maps, and the objects of operators.

use plimsoll_base::Sourced;
use plimsoll_syntax::yaml;

use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Audit, AuditKind, Receiver};
use crate::infrastructure::{Channel, Infrastructure, LogDestination, LogRoute, Property, Provider, ReceiverKind};
use crate::monitoring::{self, Around, ConfigFile, Files, Monitor};

pub(super) fn read(objects: &[Object], found: &mut Infrastructure) {
    monitors(objects, found);
    operator(objects, found);
    for object in objects {
        match (object.group.as_str(), object.kind.as_str()) {
            ("argoproj.io", "Application") => {
                let sources = object.spec(&["source"]).into_iter().chain(each(object.spec(&["sources"])));
                for source in sources {
                    let Some(chart) = source.get("chart").and_then(Value::text) else { continue };
                    let values = source.path(&["helm", "valuesObject"]).cloned().or_else(|| embedded(source.path(&["helm", "values"])));
                    monitoring::stack::chart(chart, &object.name, object.at(), values.as_ref(), found);
                }
            }
            ("helm.toolkit.fluxcd.io", "HelmRelease") => {
                if let Some(chart) = object.spec(&["chart", "spec", "chart"]).and_then(Value::text) {
                    monitoring::stack::chart(chart, &object.name, object.at(), object.spec(&["values"]), found);
                }
            }
            ("helm.cattle.io", "HelmChart") => {
                if let Some(chart) = object.spec(&["chart"]).and_then(Value::text) {
                    let values = embedded(object.spec(&["valuesContent"]));
                    monitoring::stack::chart(chart, &object.name, object.at(), values.as_ref(), found);
                }
            }
            _ => {}
        }
    }
}

/// A document that stands in a text of another.
fn embedded(value: Option<&Value>) -> Option<Value> {
    let value = value?;
    let text = value.text()?;
    yaml(text.as_bytes()).value.first().map(|n| Value::of(n, value.at.file).placed(value.at))
}

/// Monitors that run as pods.
fn monitors(objects: &[Object], found: &mut Infrastructure) {
    let mut monitors = Vec::new();
    let mut parts = Vec::new();
    for object in objects.iter().filter(|o| o.runs()) {
        let Some((pod, _)) = object.template() else { continue };
        for container in each(pod.get("containers")) {
            let image = container.get("image").and_then(Value::written).unwrap_or_default();
            parts.push((object.name.clone(), image.to_owned()));
            let Some(tool) = monitoring::tool_of(image) else { continue };
            let words = |field: &str| container.get(field).and_then(Value::words).map(|w| w.value).unwrap_or_default();
            let mut command = words("command");
            command.extend(words("args"));
            let environment = each(container.get("env")).iter();
            let environment =
                environment.filter_map(|v| Some((v.get("name")?.text()?.to_owned(), v.get("value")?.text()?.to_owned()))).collect();
            let host = each(pod.get("volumes")).iter().filter_map(|v| v.path(&["hostPath", "path"])).filter_map(Value::text);
            if object.kind == "DaemonSet" && tool == monitoring::Tool::Collector("the OpenTelemetry collector") {
                continue;
            }
            let sees_logs =
                object.kind == "DaemonSet" && host.into_iter().any(|p| p.starts_with("/var/log") || p.starts_with("/var/lib/docker"));
            let files = mounted(objects, pod, container);
            monitors.push(Monitor { name: object.name.clone(), at: object.at(), tool, command, environment, files, sees_logs });
        }
        for container in each(pod.get("containers")) {
            let image = container.get("image").and_then(Value::written).unwrap_or_default();
            if falco(image) {
                found.audits.push(detection(&object.name, object));
            }
        }
    }
    // A service is how others reach a pod: its name stands for the images of what it selects by name.
    let services: Vec<(String, String)> = (objects.iter())
        .filter(|o| o.kind == "Service" && o.group.is_empty() && !parts.iter().any(|(n, _)| *n == o.name))
        .map(|o| (o.name.clone(), String::new()))
        .collect();
    parts.extend(services);
    if !monitors.is_empty() {
        monitoring::configure(&monitors, &Around { parts, renders: false }, found);
    }
}

fn falco(image: &str) -> bool {
    image.contains("falcosecurity/falco") && !image.contains("driver-loader") && !image.contains("falcosidekick")
}

fn detection(name: &str, object: &Object) -> Audit {
    Audit {
        name: name.to_owned(),
        at: object.at(),
        provider: Provider::Kubernetes,
        kind: AuditKind::Detection,
        says: "Falco".into(),
        enabled: Property::stated(true, object.at(), "it runs"),
        all_regions: None,
        validated: None,
        notes: Vec::new(),
    }
}

/// What config maps give a container: a file for each key, below the folder they are mounted at.
fn mounted(objects: &[Object], pod: &Value, container: &Value) -> Files {
    let mut files = Files::default();
    for mount in each(container.get("volumeMounts")) {
        let name = mount.get("name").and_then(Value::written).unwrap_or_default();
        let target = mount.get("mountPath").and_then(Value::written).unwrap_or_default().trim_end_matches('/');
        let volume = each(pod.get("volumes")).iter().find(|v| v.get("name").and_then(Value::written) == Some(name));
        let Some(volume) = volume else { continue };
        let projected = each(volume.path(&["projected", "sources"])).iter().filter_map(|s| s.path(&["configMap", "name"]));
        for map in volume.path(&["configMap", "name"]).into_iter().chain(projected).filter_map(Value::written) {
            let data = objects.iter().find(|o| o.kind == "ConfigMap" && o.name == map).and_then(|o| o.value.get("data"));
            for field in data.map(Value::fields).unwrap_or_default() {
                let path = match mount.get("subPath").and_then(Value::text) {
                    Some(sub) if sub == field.name => target.to_owned(),
                    Some(_) => continue,
                    None => format!("{target}/{}", field.name),
                };
                let documents = embedded(Some(&field.value)).into_iter().collect();
                files.all.push(ConfigFile { path, documents });
            }
        }
    }
    files
}

/// Objects of the Prometheus operator: rules count where a Prometheus of the same group selects them.
fn operator(objects: &[Object], found: &mut Infrastructure) {
    let of = |kind: &'static str| {
        objects.iter().filter(move |o| o.kind == kind && (o.group == "monitoring.coreos.com" || o.group == "operator.victoriametrics.com"))
    };
    let servers: Vec<&Object> = of("Prometheus").chain(of("VMAlert")).collect();
    let mut receivers: Vec<Sourced<String>> = Vec::new();
    for config in of("AlertmanagerConfig") {
        for receiver in each(config.spec(&["receivers"])) {
            let Some(own) = receiver.get("name").and_then(Value::written) else { continue };
            let name = format!("{}/{own}", config.name);
            receivers.push(Sourced::new(name.clone(), receiver.at));
            found.channels.push(Channel { name, at: receiver.at, receivers: monitoring::receivers(receiver) });
        }
    }
    for object in of("PrometheusRule").chain(of("VMRule")) {
        let Some(spec) = object.value.get("spec") else { continue };
        let evaluated = selected(object, &servers);
        for rule in monitoring::rules(spec) {
            let mut alarm = rule.alarm("Prometheus", evaluated.clone());
            alarm.tells.clone_from(&receivers);
            if receivers.is_empty() {
                alarm.tells_unresolved = Some(object.at());
            }
            found.alarms.push(alarm);
        }
    }
    // A probe from outside the pods, or an entry of an uptime service, is no alarm; a log pipeline of an operator is a route.
    for flow in objects.iter().filter(|o| o.kind == "ClusterFlow" || o.kind == "ClusterLogForwarder" || o.kind == "ClusterLogPipeline") {
        let says = format!("{} `{}` ships the output of all pods", flow.kind, flow.name);
        let effective = Property::stated(true, flow.at(), "it is declared");
        found.log_routes.push(LogRoute { at: flow.at(), says, workload: None, destination: LogDestination::Central, effective });
    }
    for policy in objects.iter().filter(|o| o.group == "notification.toolkit.fluxcd.io" && o.kind == "Provider") {
        let receiver = Receiver {
            at: policy.at(),
            kind: ReceiverKind::Chat,
            says: policy.spec(&["type"]).and_then(Value::text).unwrap_or("a provider").to_owned(),
            real: Property::stated(true, policy.at(), "it is declared"),
        };
        found.channels.push(Channel { name: policy.name.clone(), at: policy.at(), receivers: vec![receiver] });
    }
}

/// Whether a Prometheus of the group takes a rule; without one here, that is decided where the operator is installed.
fn selected(rule: &Object, servers: &[&Object]) -> Property<bool> {
    let Some(server) = servers.first() else {
        return Property::unresolved(rule.at(), "no Prometheus that could select it is declared beside it");
    };
    let labels = rule.value.path(&["metadata", "labels"]);
    for server in servers {
        match server.spec(&["ruleSelector"]) {
            // Nothing is selected without a selector; an empty one takes all.
            None => continue,
            Some(selector) if selector.is_unknown() || selector.get("matchExpressions").is_some() => {
                return Property::unresolved(selector.at, "its selector is decided elsewhere");
            }
            Some(selector) => {
                let wanted = selector.get("matchLabels").map(Value::fields).unwrap_or_default();
                if wanted
                    .iter()
                    .all(|w| w.value.text().is_some_and(|t| labels.and_then(|l| l.get(&w.name)).is_some_and(|l| l.text() == Some(t))))
                {
                    return Property::stated(true, rule.at(), format!("`{}` selects it", server.name));
                }
            }
        }
    }
    Property::stated(false, rule.at(), format!("its labels are not those that `{}` selects", server.name))
}
