//! Alerts of Azure Monitor and the action groups that they run.

use plimsoll_base::Sourced;

use super::{addresses, receiver, tell, undecided};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Alarm, Channel, Infrastructure, ReceiverKind, Symptom};

/// Kinds of alerts with the paths of what they watch and of the action groups that they name.
const ALERTS: &[(&str, &[&str], &[&str])] = &[
    ("azurerm_monitor_metric_alert", &["scopes"], &["action", "action_group_id"]),
    ("azurerm_monitor_scheduled_query_rules_alert", &["data_source_id"], &["action", "action_group"]),
    ("azurerm_monitor_scheduled_query_rules_alert_v2", &["scopes"], &["action", "action_groups"]),
    ("azurerm_monitor_activity_log_alert", &["scopes"], &["action", "action_group_id"]),
    ("azurerm_monitor_smart_detector_alert_rule", &["scope_resource_ids"], &["action_group", "ids"]),
    ("azurerm_monitor_alert_prometheus_rule_group", &["scopes"], &["rule", "action", "action_group_id"]),
];

/// Blocks of an action group with the attribute that is the address.
const RECEIVERS: &[(&str, &str, ReceiverKind)] = &[
    ("email_receiver", "email_address", ReceiverKind::Email),
    ("sms_receiver", "phone_number", ReceiverKind::Sms),
    ("voice_receiver", "phone_number", ReceiverKind::Sms),
    ("azure_app_push_receiver", "email_address", ReceiverKind::Email),
    ("arm_role_receiver", "role_id", ReceiverKind::Email),
    ("webhook_receiver", "service_uri", ReceiverKind::Webhook),
    ("itsm_receiver", "connection_id", ReceiverKind::Pager),
    ("logic_app_receiver", "resource_id", ReceiverKind::Program),
    ("azure_function_receiver", "function_app_resource_id", ReceiverKind::Program),
    ("automation_runbook_receiver", "runbook_name", ReceiverKind::Program),
    ("event_hub_receiver", "event_hub_name", ReceiverKind::Program),
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for (kind, scopes, actions) in ALERTS {
        for instance in resources.of(kind) {
            found.alarms.push(alarm(resources, instance, scopes, actions));
        }
    }
    for group in resources.of("azurerm_monitor_action_group") {
        let mut receivers = Vec::new();
        for (block, address, kind) in RECEIVERS {
            for value in group.value.all(block) {
                // A program's or a role's address is the provider's own: it is no stand-in and needs no look.
                let address = value.get(address).filter(|_| !matches!(kind, ReceiverKind::Program) && *block != "arm_role_receiver");
                let mut one = receiver(group, *kind, address);
                one.at = value.at;
                receivers.push(one);
            }
        }
        if group.flag(&["enabled"], true).off() {
            receivers.clear();
        }
        found.channels.push(Channel { name: group.address(), at: group.at, receivers });
    }
}

fn alarm(resources: &Resources<'_>, instance: &Instance, scopes: &[&str], actions: &[&str]) -> Alarm {
    let value = &instance.value;
    let criteria = value.get("criteria").or_else(|| value.get("dynamic_criteria"));
    let criterion = |name: &str| criteria.and_then(|c| c.get(name));
    let metric = criterion("metric_name")
        .or_else(|| value.get("query"))
        .or_else(|| criterion("query"))
        .or_else(|| value.path(&["rule", "expression"]));
    let text = metric.and_then(Value::written).unwrap_or_default();
    let category = criterion("category").and_then(Value::text).unwrap_or_default();
    let symptom = match category {
        "ResourceHealth" | "ServiceHealth" => Symptom::Availability,
        "Administrative" | "Security" | "Policy" => Symptom::Security,
        _ => match Symptom::of(text) {
            Symptom::Other => Symptom::of(value.get("name").and_then(Value::written).unwrap_or(&instance.name)),
            known => known,
        },
    };
    let mut alarm = Alarm::new(instance.address(), instance.at, "Azure Monitor", symptom, instance.flag(&["enabled"], true));
    alarm.metric = metric.and_then(Value::written).map(|t| Sourced::new(t.to_owned(), metric.map_or(instance.at, |m| m.at)));
    alarm.namespace = criterion("metric_namespace").and_then(Value::text).map(str::to_owned);
    alarm.watches = each(value.path(scopes)).iter().filter_map(Value::written).flat_map(|t| addresses(resources, t)).collect();
    // Blocks repeat: every `action` is told.
    for block in value.all(actions[0]) {
        let target = if actions.len() > 1 { block.path(&actions[1..]) } else { Some(block) };
        tell(resources, &mut alarm, target, &[]);
        alarm.tells_unresolved = alarm.tells_unresolved.or(undecided(resources, target));
    }
    alarm
}
