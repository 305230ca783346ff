//! AWS Budgets, anomaly detection of Cost Explorer, alarms on the estimated bill.

use super::{budget, threshold};
use crate::iac::cloud::Resources;
use crate::iac::cloud::alarms::addresses;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Budget, Infrastructure, Property, Provider, Receiver, ReceiverKind, Symptom};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for instance in resources.of("aws_budgets_budget") {
        let mut budget = budget(instance, Provider::Aws);
        budget.amount = instance.word(&["limit_amount"]);
        for notification in instance.value.all("notification") {
            budget.thresholds.extend(threshold(notification, "threshold", " %"));
            receivers(resources, found, notification, &mut budget);
        }
        found.budgets.push(budget);
    }
    for monitor in resources.of("aws_ce_anomaly_monitor") {
        let address = monitor.address();
        let mut budget = budget(monitor, Provider::Aws);
        for subscription in resources.of("aws_ce_anomaly_subscription") {
            let monitors = each(subscription.value.get("monitor_arn_list")).iter().filter_map(Value::written);
            if !monitors.flat_map(|t| addresses(resources, t)).any(|a| a == address) {
                continue;
            }
            budget.thresholds.push("an anomaly".into());
            for subscriber in subscription.value.all("subscriber") {
                let email = subscriber.get("type").is_some_and(|t| t.is("EMAIL"));
                address_of(
                    resources,
                    found,
                    subscriber.get("address"),
                    if email { ReceiverKind::Email } else { ReceiverKind::Webhook },
                    &mut budget,
                );
            }
        }
        found.budgets.push(budget);
    }
    // An alarm on the estimated bill is a budget in all but name.
    let bills: Vec<Budget> = (found.alarms.iter())
        .filter(|a| a.symptom == Symptom::Spending && !a.evaluated.off())
        .map(|a| Budget {
            name: a.name.clone(),
            at: a.at,
            provider: Provider::Aws,
            amount: None,
            thresholds: vec!["the estimated charges".into()],
            receivers: a.tells.iter().flat_map(|t| through(found, &t.value, t.at)).collect(),
        })
        .collect();
    found.budgets.extend(bills);
}

fn receivers(resources: &Resources<'_>, found: &Infrastructure, notification: &Value, budget: &mut Budget) {
    for (list, kind) in [("subscriber_email_addresses", ReceiverKind::Email), ("subscriber_sns_topic_arns", ReceiverKind::Webhook)] {
        for value in each(notification.get(list)) {
            address_of(resources, found, Some(value), kind, budget);
        }
    }
}

fn address_of(resources: &Resources<'_>, found: &Infrastructure, value: Option<&Value>, kind: ReceiverKind, budget: &mut Budget) {
    let Some(value) = value else { return };
    let text = value.written().unwrap_or_default();
    let referred = addresses(resources, text);
    if referred.is_empty() {
        budget.receivers.push(Receiver::at_address(value.at, kind, text, value.text().is_some()));
    }
    for address in referred {
        budget.receivers.extend(through(found, &address, value.at));
    }
}

/// Those behind a topic of this root; a topic that stands elsewhere has subscribers that only it knows.
fn through(found: &Infrastructure, address: &str, at: plimsoll_base::Location) -> Vec<Receiver> {
    match found.channels.iter().find(|c| c.name == address) {
        Some(channel) => channel.receivers.clone(),
        None => {
            let real = Property::unresolved(at, "the subscribers of a topic outside this root are not known");
            vec![Receiver { at, kind: ReceiverKind::Webhook, says: address.to_owned(), real }]
        }
    }
}
