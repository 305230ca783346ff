//! Alerting policies of Cloud Monitoring and their notification channels.

use super::{addresses, receiver, tell, undecided};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Alarm, Channel, Infrastructure, Property, ReceiverKind, Symptom};

/// The forms of a condition with the attribute that says what it watches.
const CONDITIONS: &[(&str, &str)] = &[
    ("condition_threshold", "filter"),
    ("condition_absent", "filter"),
    ("condition_matched_log", "filter"),
    ("condition_monitoring_query_language", "query"),
    ("condition_prometheus_query_language", "query"),
    ("condition_sql", "query"),
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for policy in resources.of("google_monitoring_alert_policy") {
        for (index, condition) in policy.value.all("conditions").enumerate() {
            found.alarms.push(alarm(resources, policy, condition, index));
        }
    }
    for channel in resources.of("google_monitoring_notification_channel") {
        let labels = |name: &str| channel.value.path(&["labels", name]).or_else(|| channel.value.path(&["sensitive_labels", name]));
        let (kind, address) = match channel.written(&["type"]).unwrap_or_default() {
            "email" => (ReceiverKind::Email, labels("email_address")),
            "pagerduty" => (ReceiverKind::Pager, labels("service_key")),
            "sms" => (ReceiverKind::Sms, labels("number")),
            "slack" | "hipchat" | "google_chat" => (ReceiverKind::Chat, labels("channel_name")),
            "pubsub" => (ReceiverKind::Program, None),
            _ => (ReceiverKind::Webhook, labels("url")),
        };
        let mut receiver = receiver(channel, kind, address);
        if let Some(kind) = channel.value.get("type").filter(|t| t.is_unknown()) {
            receiver.real = Property::unresolved(kind.at, "type is decided elsewhere");
        }
        let receivers = if channel.flag(&["enabled"], true).off() { Vec::new() } else { vec![receiver] };
        found.channels.push(Channel { name: channel.address(), at: channel.at, receivers });
    }
}

fn alarm(resources: &Resources<'_>, policy: &Instance, condition: &Value, index: usize) -> Alarm {
    let form = CONDITIONS.iter().find_map(|(block, attribute)| condition.get(block).map(|b| (*block, b, b.get(attribute))));
    let text = form.and_then(|(_, _, v)| v).and_then(Value::written).unwrap_or_default();
    let own = condition.get("display_name").or_else(|| policy.value.get("display_name")).and_then(Value::written).unwrap_or_default();
    let mut symptom = Symptom::of(text);
    if symptom == Symptom::Other || form.is_some_and(|(block, ..)| block == "condition_matched_log") {
        symptom = Symptom::of(own);
    }
    let address = policy.address();
    let name = if index == 0 { address } else { format!("{address}#{}", index + 1) };
    let at = if index == 0 { policy.at } else { condition.at };
    let mut alarm = Alarm::new(name, at, "Cloud Monitoring", symptom, policy.flag(&["enabled"], true));
    alarm.metric = form.and_then(|(_, _, v)| v).and_then(Value::sourced);
    alarm.namespace = text.split(['"', '\'']).find_map(|part| part.split_once(".googleapis.com/")).map(|(product, _)| product.to_owned());
    alarm.watches = addresses(resources, text);
    let channels = policy.value.get("notification_channels");
    tell(resources, &mut alarm, channels, &[]);
    alarm.tells_unresolved = alarm.tells_unresolved.or(undecided(resources, channels));
    alarm
}
