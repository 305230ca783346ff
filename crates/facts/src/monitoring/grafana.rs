//! Grafana: alert rules, contact points and policies from its provisioning folder.

use plimsoll_base::Sourced;

use super::dashboards::{self, Server};
use super::{Around, Monitor};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Alarm, Channel, Infrastructure, Property, Receiver, ReceiverKind, Symptom};

/// Kinds of contact points with the setting that holds the address.
const KINDS: &[(&str, &str, ReceiverKind)] = &[
    ("email", "addresses", ReceiverKind::Email),
    ("slack", "url", ReceiverKind::Chat),
    ("teams", "url", ReceiverKind::Chat),
    ("discord", "url", ReceiverKind::Chat),
    ("googlechat", "url", ReceiverKind::Chat),
    ("telegram", "bottoken", ReceiverKind::Chat),
    ("pagerduty", "integrationKey", ReceiverKind::Pager),
    ("opsgenie", "apiKey", ReceiverKind::Pager),
    ("victorops", "url", ReceiverKind::Pager),
    ("webhook", "url", ReceiverKind::Webhook),
];

pub(super) fn read(monitor: &Monitor, servers: &[Server], around: &Around, found: &mut Infrastructure) {
    let root = monitor.variable("GF_PATHS_PROVISIONING").unwrap_or("/etc/grafana/provisioning");
    dashboards::read(monitor, root, servers, around, found);
    let documents: Vec<&Value> = monitor.files.below(&format!("{root}/alerting")).flat_map(|f| &f.documents).collect();
    let name = |point: &str| format!("{}/{point}", monitor.name);
    let mut policies: Vec<Sourced<String>> = Vec::new();
    for policy in documents.iter().flat_map(|d| each(d.get("policies"))) {
        receivers_of(policy, 0, &mut |v| policies.push(Sourced::new(name(v.written().unwrap_or_default()), v.at)));
    }
    for point in documents.iter().flat_map(|d| each(d.get("contactPoints"))) {
        let own = point.get("name").and_then(Value::written).unwrap_or_default();
        let receivers = each(point.get("receivers")).iter().map(|r| contact(monitor, r)).collect();
        found.channels.push(Channel { name: name(own), at: point.at, receivers });
    }
    for rule in documents.iter().flat_map(|d| each(d.get("groups"))).flat_map(|g| each(g.get("rules"))) {
        let title = rule.get("title").and_then(Value::written).unwrap_or("a rule");
        let expressions: Vec<&Value> = each(rule.get("data")).iter().filter_map(|d| d.path(&["model", "expr"])).collect();
        let words = expressions.iter().filter_map(|e| e.written()).chain([title]);
        let symptom = words.map(Symptom::of).find(|s| *s != Symptom::Other).unwrap_or(Symptom::Other);
        let evaluated = match rule.get("isPaused").filter(|p| p.is_true()) {
            Some(v) => Property::stated(false, v.at, "isPaused: true"),
            None => Property::stated(true, rule.at, format!("`{}` provisions it", monitor.name)),
        };
        let mut alarm = Alarm::new(title, rule.at, "Grafana", symptom, evaluated);
        alarm.metric = expressions.iter().find_map(|e| Some(Sourced::new(e.written()?.to_owned(), e.at)));
        let own = rule.path(&["notification_settings", "receiver"]);
        alarm.tells = match own {
            Some(v) => vec![Sourced::new(name(v.written().unwrap_or_default()), v.at)],
            None => policies.clone(),
        };
        found.alarms.push(alarm);
    }
}

fn receivers_of(policy: &Value, depth: usize, take: &mut impl FnMut(&Value)) {
    if let Some(receiver) = policy.get("receiver") {
        take(receiver);
    }
    if depth < 16 {
        each(policy.get("routes")).iter().for_each(|r| receivers_of(r, depth + 1, take));
    }
}

/// Grafana fills in variables of its environment by itself.
fn contact(monitor: &Monitor, value: &Value) -> Receiver {
    let word = value.get("type").and_then(Value::text).unwrap_or_default().to_ascii_lowercase();
    let (address, kind) = KINDS.iter().find(|(k, ..)| *k == word).map_or(("url", ReceiverKind::Webhook), |(_, a, k)| (*a, *k));
    let Some(address) = value.path(&["settings", address]) else {
        return Receiver { at: value.at, kind, says: "no address".into(), real: Property::stated(false, value.at, "no address is given") };
    };
    let text = address.written().unwrap_or_default();
    let mut one = Receiver::at_address(address.at, kind, text, !text.contains('$'));
    let mails = monitor.variable("GF_SMTP_ENABLED").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    if kind == ReceiverKind::Email && !mails && !one.real.off() {
        one.real = Property::stated(false, monitor.at, "Grafana sends no mail: GF_SMTP_ENABLED is not set");
    }
    one
}
