//! Budgets and anomaly monitors.

mod aws;
mod azure;
mod google;

use super::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Budget, Infrastructure, Provider};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    aws::read(resources, found);
    google::read(resources, found);
    azure::read(resources, found);
}

/// A budget of which nothing is known but where it stands.
fn budget(instance: &Instance, provider: Provider) -> Budget {
    Budget { name: instance.address(), at: instance.at, provider, amount: None, thresholds: Vec::new(), receivers: Vec::new() }
}

/// `threshold = 80`, in words.
fn threshold(value: &Value, name: &str, unit: &str) -> Option<String> {
    value.get(name).map(|v| v.text().map_or_else(|| "a threshold that is handed in".to_owned(), |t| format!("{t}{unit}")))
}
