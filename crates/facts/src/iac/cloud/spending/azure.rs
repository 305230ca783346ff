//! Consumption budgets of Azure.

use super::{budget, threshold};
use crate::iac::cloud::Resources;
use crate::iac::cloud::alarms::addresses;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Infrastructure, Property, Provider, Receiver, ReceiverKind};

const KINDS: &[&str] = &[
    "azurerm_consumption_budget_subscription",
    "azurerm_consumption_budget_resource_group",
    "azurerm_consumption_budget_management_group",
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for instance in resources.of_any(KINDS) {
        let mut budget = budget(instance, Provider::Azure);
        budget.amount = instance.word(&["amount"]);
        for notification in instance.value.all("notification").filter(|n| !n.get("enabled").is_some_and(Value::is_false)) {
            budget.thresholds.extend(threshold(notification, "threshold", " %"));
            for value in each(notification.get("contact_emails")) {
                budget.receivers.push(Receiver::at_address(
                    value.at,
                    ReceiverKind::Email,
                    value.written().unwrap_or_default(),
                    value.text().is_some(),
                ));
            }
            for value in each(notification.get("contact_roles")) {
                let says = value.written().unwrap_or_default().to_owned();
                budget.receivers.push(Receiver {
                    at: value.at,
                    kind: ReceiverKind::Email,
                    says,
                    real: Property::stated(true, value.at, "a role of the subscription"),
                });
            }
            for value in each(notification.get("contact_groups")) {
                for address in addresses(resources, value.written().unwrap_or_default()) {
                    budget.receivers.extend(found.channels.iter().filter(|c| c.name == address).flat_map(|c| c.receivers.iter().cloned()));
                }
            }
        }
        found.budgets.push(budget);
    }
    // Alerts on unusual spending write to their own list.
    for instance in resources.of("azurerm_cost_anomaly_alert") {
        let mut budget = budget(instance, Provider::Azure);
        budget.thresholds.push("an anomaly".into());
        for value in each(instance.value.get("email_addresses")) {
            budget.receivers.push(Receiver::at_address(
                value.at,
                ReceiverKind::Email,
                value.written().unwrap_or_default(),
                value.text().is_some(),
            ));
        }
        found.budgets.push(budget);
    }
}
