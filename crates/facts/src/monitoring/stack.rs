//! Charts that bring a whole monitor along, known by name, wherever something installs them.

use plimsoll_base::{Location, Sourced};

use super::alertmanager::of_configuration;
use super::rules::rules;
use crate::iac::value::Value;
use crate::infrastructure::{Alarm, Dashboard, Infrastructure, LogDestination, LogRoute, Property, Symptom};

/// Charts that ship the output of every pod, with the value that switches that on where it is not on by itself.
#[rustfmt::skip]
const COLLECTORS: &[(&str, &str, &[&str])] = &[
    ("promtail", "Promtail", &[]), ("loki-stack", "Promtail", &[]), ("fluent-bit", "Fluent Bit", &[]), ("fluentd", "Fluentd", &[]),
    ("aws-for-fluent-bit", "Fluent Bit", &[]), ("vector", "Vector", &[]), ("filebeat", "Filebeat", &[]), ("k8s-monitoring", "Alloy", &["podLogs", "enabled"]),
    ("alloy", "Alloy", &[]), ("datadog", "the Datadog agent", &["datadog", "logs", "enabled"]), ("nri-bundle", "New Relic", &["newrelic-logging", "enabled"]),
    ("newrelic-logging", "New Relic", &[]), ("k8s-infra", "SigNoz", &[]), ("splunk-otel-collector", "Splunk", &[]),
    ("opentelemetry-collector", "the OpenTelemetry collector", &["presets", "logsCollection", "enabled"]), ("logging-operator", "the Logging operator", &[]),
];

/// What a chart brings along: `name` is the release's address.
pub(crate) fn chart(chart: &str, name: &str, at: Location, values: Option<&Value>, found: &mut Infrastructure) {
    let chart = chart.trim_end_matches('/').rsplit('/').next().unwrap_or(chart);
    match chart {
        "kube-prometheus-stack" | "prometheus-operator" | "victoria-metrics-k8s-stack" => operator_stack(name, at, values, found),
        "prometheus" => plain_prometheus(name, at, values, found),
        _ => {}
    }
    if let Some((_, says, switch)) = COLLECTORS.iter().find(|(c, ..)| *c == chart) {
        let effective = match (switch, values.and_then(|v| v.path(switch))) {
            ([], _) => Property::stated(true, at, format!("the chart `{chart}` is installed")),
            (_, Some(v)) if v.is_true() => Property::stated(true, v.at, format!("{} is on", switch.join("."))),
            (_, Some(v)) if v.is_unknown() => Property::unresolved(v.at, format!("{} is decided elsewhere", switch.join("."))),
            _ => Property::defaulted(false, at, format!("{} is off by default", switch.join("."))),
        };
        let says = format!("{says} ships the output of all pods");
        found.log_routes.push(LogRoute { at, says, workload: None, destination: LogDestination::Central, effective });
    }
}

/// The stack of the Prometheus operator has rules of its own for nodes, pods and volumes, and an Alertmanager whose only receiver drops
/// everything until it is configured.
fn operator_stack(name: &str, at: Location, values: Option<&Value>, found: &mut Infrastructure) {
    let get = |path: &[&str]| values.and_then(|v| v.path(path));
    let evaluated = match get(&["defaultRules", "create"]) {
        Some(v) if v.is_false() => Property::stated(false, v.at, "defaultRules.create: false"),
        Some(v) if v.is_unknown() => Property::unresolved(v.at, "defaultRules.create is decided elsewhere"),
        _ => Property::defaulted(true, at, "the chart's own rules are on by default"),
    };
    let receivers = get(&["alertmanager", "config"]);
    let manager = receivers.map(|config| of_configuration(name, config, false, found));
    let off = get(&["alertmanager", "enabled"]).is_some_and(Value::is_false);
    for (rule, symptom) in [
        ("KubePodCrashLooping, TargetDown", Symptom::Availability),
        ("NodeFilesystemSpaceFillingUp, KubePersistentVolumeFillingUp", Symptom::Saturation),
    ] {
        let mut alarm = Alarm::new(rule, at, "Prometheus", symptom, evaluated.clone());
        alarm.metric = Some(Sourced::new(format!("rules of the chart: {rule}"), at));
        if let Some(manager) = manager.as_ref().filter(|_| !off) {
            let labels = [("severity", "critical")];
            alarm.tells = manager.reached(&labels).into_iter().map(|c| Sourced::new(c, receivers.map_or(at, |r| r.at))).collect();
        }
        found.alarms.push(alarm);
    }
    let grafana = get(&["grafana", "enabled"]).is_none_or(|v| !v.is_false());
    if grafana && !get(&["grafana", "defaultDashboardsEnabled"]).is_some_and(Value::is_false) {
        let shows = Property::defaulted(true, at, "the chart's own dashboards for nodes, pods and volumes are on by default");
        found.dashboards.push(Dashboard::new(name, at, "Grafana", shows));
    }
    for own in get(&["additionalPrometheusRulesMap"]).map(Value::fields).unwrap_or_default() {
        own_rules(&own.value, manager.as_ref().filter(|_| !off), found);
    }
}

/// The chart of Prometheus alone has no rules of its own.
fn plain_prometheus(name: &str, _at: Location, values: Option<&Value>, found: &mut Infrastructure) {
    let Some(values) = values else { return };
    let manager = values.path(&["alertmanager", "config"]).map(|config| of_configuration(name, config, false, found));
    for file in ["alerting_rules.yml", "alerts"].iter().filter_map(|f| values.path(&["serverFiles", f])) {
        own_rules(file, manager.as_ref(), found);
    }
}

fn own_rules(document: &Value, manager: Option<&super::alertmanager::Manager>, found: &mut Infrastructure) {
    for rule in rules(document) {
        let mut alarm = rule.alarm("Prometheus", Property::stated(true, rule.at, "the values of the chart load it"));
        if let Some(manager) = manager {
            alarm.tells = manager.reached(&rule.labels).into_iter().map(|c| Sourced::new(c, rule.at)).collect();
        }
        found.alarms.push(alarm);
    }
}
