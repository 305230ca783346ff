//! Budgets of Google Cloud. Without other rules they write to the administrators of the billing account.

use super::budget;
use crate::iac::cloud::Resources;
use crate::iac::cloud::alarms::addresses;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Infrastructure, Property, Provider, Receiver, ReceiverKind};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for instance in resources.of("google_billing_budget") {
        let mut budget = budget(instance, Provider::Google);
        budget.amount = instance.word(&["amount", "specified_amount", "units"]);
        for rule in instance.value.all("threshold_rules") {
            budget.thresholds.push(match rule.get("threshold_percent").and_then(Value::text).and_then(|t| t.parse::<f64>().ok()) {
                Some(share) => format!("{} %", (share * 100.0).round()),
                None => "a threshold that is handed in".into(),
            });
        }
        let updates = instance.value.path(&["all_updates_rule"]);
        let silent = updates.and_then(|u| u.get("disable_default_iam_recipients")).filter(|v| v.is_true());
        for channel in each(updates.and_then(|u| u.get("monitoring_notification_channels"))) {
            for address in addresses(resources, channel.written().unwrap_or_default()) {
                budget.receivers.extend(found.channels.iter().filter(|c| c.name == address).flat_map(|c| c.receivers.iter().cloned()));
            }
        }
        // A rule without a threshold speaks to nobody, whoever would be told.
        if silent.is_none() && !budget.thresholds.is_empty() {
            let real = Property::defaulted(true, instance.at, "the administrators of the billing account are told by default");
            budget.receivers.push(Receiver {
                at: instance.at,
                kind: ReceiverKind::Email,
                says: "administrators of the billing account".into(),
                real,
            });
        }
        found.budgets.push(budget);
    }
}
