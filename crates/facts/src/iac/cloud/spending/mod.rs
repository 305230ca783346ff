//! Budgets and anomaly monitors.

mod aws;
mod azure;
mod google;

use std::collections::BTreeSet;

use super::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Budget, Infrastructure, Property, Provider};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    aws::read(resources, found);
    google::read(resources, found);
    azure::read(resources, found);
    // Nothing is told by a budget that may not exist.
    let unsure: BTreeSet<String> = resources.all().iter().filter(|i| !i.certain).map(Instance::address).collect();
    for budget in found.budgets.iter_mut().filter(|b| unsure.contains(&b.name)) {
        for receiver in budget.receivers.iter_mut().filter(|r| !r.real.off()) {
            receiver.real = Property::unresolved(budget.at, "whether the budget exists is decided elsewhere");
        }
    }
}

/// A budget of which nothing is known but where it stands.
fn budget(instance: &Instance, provider: Provider) -> Budget {
    Budget { name: instance.address(), at: instance.at, provider, amount: None, thresholds: Vec::new(), receivers: Vec::new() }
}

/// `threshold = 80`, in words.
fn threshold(value: &Value, name: &str, unit: &str) -> Option<String> {
    value.get(name).map(|v| v.text().map_or_else(|| "a threshold that is handed in".to_owned(), |t| format!("{t}{unit}")))
}
