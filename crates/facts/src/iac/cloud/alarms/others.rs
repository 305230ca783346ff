//! Alerts that live with other vendors and are declared as code: Datadog, New Relic, Grafana, PagerDuty, probes from outside.

use plimsoll_base::Sourced;

use super::{addresses, receiver, tell};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Alarm, Channel, Infrastructure, Property, Receiver, ReceiverKind, Symptom};
use crate::monitoring::stack;

/// A kind of alert: who evaluates it, the attributes whose words say what it is about, and where it names whom it tells.
struct Kind {
    kind: &'static str,
    evaluator: &'static str,
    words: &'static [&'static [&'static str]],
    tells: &'static [&'static [&'static str]],
    /// What it is about where the words do not tell.
    otherwise: Symptom,
}

const fn kind(
    kind: &'static str,
    evaluator: &'static str,
    words: &'static [&'static [&'static str]],
    tells: &'static [&'static [&'static str]],
    otherwise: Symptom,
) -> Kind {
    Kind { kind, evaluator, words, tells, otherwise }
}

#[rustfmt::skip]
const KINDS: &[Kind] = &[
    kind("datadog_monitor", "Datadog", &[&["query"], &["name"]], &[&["message"]], Symptom::Other),
    kind("datadog_synthetics_test", "Datadog", &[], &[&["message"]], Symptom::Availability),
    kind("datadog_service_level_objective", "Datadog", &[&["query", "numerator"]], &[], Symptom::Errors),
    kind("newrelic_nrql_alert_condition", "New Relic", &[&["nrql", "query"], &["name"]], &[&["policy_id"]], Symptom::Other),
    kind("newrelic_alert_condition", "New Relic", &[&["metric"], &["name"]], &[&["policy_id"]], Symptom::Other),
    kind("newrelic_infra_alert_condition", "New Relic", &[&["select"], &["name"]], &[&["policy_id"]], Symptom::Saturation),
    kind("newrelic_synthetics_alert_condition", "New Relic", &[], &[&["policy_id"]], Symptom::Availability),
    kind("betteruptime_monitor", "Better Stack", &[], &[], Symptom::Availability),
    kind("uptimerobot_monitor", "UptimeRobot", &[], &[&["alert_contact", "id"]], Symptom::Availability),
    kind("checkly_check", "Checkly", &[], &[&["alert_channel_subscription", "channel_id"]], Symptom::Availability),
    kind("statuscake_uptime_check", "StatusCake", &[], &[&["contact_groups"]], Symptom::Availability),
    kind("sentry_issue_alert", "Sentry", &[], &[], Symptom::Errors),
    kind("sentry_metric_alert", "Sentry", &[&["aggregate"], &["name"]], &[], Symptom::Errors),
    kind("digitalocean_monitor_alert", "DigitalOcean", &[&["type"]], &[], Symptom::Saturation),
    kind("digitalocean_uptime_alert", "DigitalOcean", &[&["type"]], &[], Symptom::Availability),
    kind("mongodbatlas_alert_configuration", "MongoDB Atlas", &[&["metric_threshold_config", "metric_name"], &["event_type"]], &[], Symptom::Saturation),
    kind("cloudflare_notification_policy", "Cloudflare", &[&["alert_type"]], &[], Symptom::Availability),
];

/// Attributes and blocks in which an alert carries its receivers itself.
#[rustfmt::skip]
const OWN_RECEIVERS: &[(&[&str], ReceiverKind)] = &[
    (&["alerts", "email"], ReceiverKind::Email), (&["notifications", "email"], ReceiverKind::Email),
    (&["alerts", "slack", "channel"], ReceiverKind::Chat), (&["notifications", "slack", "channel"], ReceiverKind::Chat),
    (&["notification", "email_address"], ReceiverKind::Email), (&["email_integration", "id"], ReceiverKind::Email),
    (&["webhooks_integration", "id"], ReceiverKind::Webhook), (&["pagerduty_integration", "id"], ReceiverKind::Pager),
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for kind in KINDS {
        for instance in resources.of(kind.kind) {
            let (alarm, channel) = alert(resources, instance, kind);
            found.alarms.push(alarm);
            found.channels.extend(channel);
        }
    }
    new_relic(resources, found);
    grafana(resources, found);
    for release in resources.of("helm_release") {
        stack::chart(release.written(&["chart"]).unwrap_or_default(), &release.address(), release.at, values(release).as_ref(), found);
    }
}

/// The values of a release, where they are written beside it.
fn values(release: &Instance) -> Option<Value> {
    let text = each(release.value.get("values")).first()?;
    match text.text() {
        Some(yaml) => plimsoll_syntax::yaml(yaml.as_bytes()).value.first().map(|n| Value::of(n, text.at.file).placed(text.at)),
        None => Some(text.clone()),
    }
}

fn alert(resources: &Resources<'_>, instance: &Instance, kind: &Kind) -> (Alarm, Option<Channel>) {
    let words = kind.words.iter().filter_map(|p| instance.written(p));
    let symptom = words.map(Symptom::of).find(|s| *s != Symptom::Other).unwrap_or(kind.otherwise);
    let evaluated = match instance.value.get("paused").or_else(|| instance.value.get("silenced")) {
        Some(v) if v.is_true() => Property::stated(false, v.at, "paused = true"),
        _ => instance.flag(&["enabled"], true),
    };
    let mut alarm = Alarm::new(instance.address(), instance.at, kind.evaluator, symptom, evaluated);
    alarm.metric = kind.words.iter().find_map(|p| instance.value.path(p)?.sourced());
    alarm.watches = alarm.metric.as_ref().map(|m| addresses(resources, &m.value)).unwrap_or_default();
    let mut receivers: Vec<Receiver> = Vec::new();
    for (path, how) in OWN_RECEIVERS {
        receivers.extend(each(instance.value.path(path)).iter().map(|v| receiver(instance, *how, Some(v))));
    }
    for path in kind.tells {
        let Some(value) = instance.value.path(path) else { continue };
        if path == &["message"] {
            receivers.extend(handles(value));
        } else {
            tell(resources, &mut alarm, Some(value), &[]);
        }
    }
    match kind.kind {
        // These tell the team of the project by themselves unless each way is switched off.
        "betteruptime_monitor" => {
            let on = ["email", "sms", "call", "push", "policy_id"].iter().any(|w| instance.value.get(w).is_none_or(|v| !v.is_false()));
            if on {
                receivers.push(receiver(instance, ReceiverKind::Pager, None));
            }
        }
        "sentry_issue_alert" | "sentry_metric_alert" => receivers.push(receiver(instance, ReceiverKind::Email, None)),
        _ => {}
    }
    if receivers.is_empty() {
        return (alarm, None);
    }
    let name = format!("{}#receivers", alarm.name);
    alarm.tells.push(Sourced::new(name.clone(), alarm.at));
    let at = alarm.at;
    (alarm, Some(Channel { name, at, receivers }))
}

/// The handles in a message of Datadog: `@slack-ops`, `@pagerduty`, `@oncall@acme.io`.
fn handles(message: &Value) -> Vec<Receiver> {
    let text = message.written().unwrap_or_default();
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | ',' | '"')).filter_map(|w| w.strip_prefix('@'));
    words
        .filter(|w| !w.is_empty())
        .map(|handle| {
            let kind = if handle.contains('@') {
                ReceiverKind::Email
            } else if handle.starts_with("pagerduty") || handle.starts_with("opsgenie") || handle.starts_with("oncall") {
                ReceiverKind::Pager
            } else if handle.starts_with("slack") || handle.starts_with("teams") {
                ReceiverKind::Chat
            } else {
                ReceiverKind::Webhook
            };
            Receiver { at: message.at, kind, says: format!("@{handle}"), real: Property::stated(true, message.at, "the message names it") }
        })
        .take(20)
        .collect()
}

/// Conditions belong to a policy; workflows and older policy channels lead policies to destinations.
fn new_relic(resources: &Resources<'_>, found: &mut Infrastructure) {
    let routes: Vec<&Instance> = resources.of_any(&["newrelic_workflow", "newrelic_alert_policy_channel"]).collect();
    let destination = |kind: &str| match kind {
        "EMAIL" | "email" => ReceiverKind::Email,
        "SLACK" | "slack" => ReceiverKind::Chat,
        "PAGERDUTY_SERVICE_INTEGRATION" | "PAGERDUTY_ACCOUNT_INTEGRATION" | "pagerduty" | "opsgenie" => ReceiverKind::Pager,
        _ => ReceiverKind::Webhook,
    };
    let ends: Vec<(&Instance, ReceiverKind)> = (resources.of_any(&["newrelic_notification_destination", "newrelic_alert_channel"]))
        .map(|d| (d, destination(d.written(&["type"]).unwrap_or_default())))
        .collect();
    for policy in resources.of("newrelic_alert_policy") {
        let receivers = if routes.is_empty() { Vec::new() } else { ends.iter().map(|(d, kind)| receiver(d, *kind, None)).collect() };
        found.channels.push(Channel { name: policy.address(), at: policy.at, receivers });
    }
}

/// Rule groups and contact points of Grafana; a policy leads every rule to its contact point.
fn grafana(resources: &Resources<'_>, found: &mut Infrastructure) {
    let policies: Vec<Sourced<String>> = (resources.of("grafana_notification_policy"))
        .filter_map(|p| p.value.get("contact_point"))
        .flat_map(|v| {
            let text = v.written().unwrap_or_default();
            let names = addresses(resources, text);
            if names.is_empty() { vec![text.to_owned()] } else { names }.into_iter().map(|n| Sourced::new(n, v.at))
        })
        .collect();
    for group in resources.of("grafana_rule_group") {
        for (index, rule) in group.value.all("rule").enumerate() {
            let name = rule.get("name").and_then(Value::written).unwrap_or_default();
            let models = rule.all("data").filter_map(|d| d.get("model"));
            let queries: Vec<&str> = models.filter_map(|m| m.written().or_else(|| m.get("expr").and_then(Value::written))).collect();
            let symptom = queries.iter().copied().chain([name]).map(Symptom::of).find(|s| *s != Symptom::Other).unwrap_or(Symptom::Other);
            let paused = rule.get("is_paused").filter(|v| v.is_true());
            let evaluated = match paused {
                Some(v) => Property::stated(false, v.at, "is_paused = true"),
                None => Property::stated(true, rule.at, "Grafana evaluates it"),
            };
            let mut alarm = Alarm::new(format!("{}#{}", group.address(), index + 1), rule.at, "Grafana", symptom, evaluated);
            alarm.metric = queries.first().map(|q| Sourced::new((*q).to_owned(), rule.at));
            alarm.tells.clone_from(&policies);
            found.alarms.push(alarm);
        }
    }
    for point in resources.of("grafana_contact_point") {
        let kinds = [
            ("email", "addresses", ReceiverKind::Email),
            ("slack", "url", ReceiverKind::Chat),
            ("teams", "url", ReceiverKind::Chat),
            ("pagerduty", "integration_key", ReceiverKind::Pager),
            ("opsgenie", "api_key", ReceiverKind::Pager),
            ("webhook", "url", ReceiverKind::Webhook),
            ("telegram", "chat_id", ReceiverKind::Chat),
            ("discord", "url", ReceiverKind::Chat),
        ];
        let receivers = kinds
            .iter()
            .flat_map(|(block, address, kind)| point.value.all(block).map(move |b| (b, *address, *kind)))
            .map(|(block, address, kind)| receiver(point, kind, block.get(address).and_then(|a| each(Some(a)).first())))
            .collect();
        found.channels.push(Channel { name: point.address(), at: point.at, receivers });
    }
}
