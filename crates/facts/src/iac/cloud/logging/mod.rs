//! Logs, and what records the account itself.

mod audits;
mod aws;
mod azure;
mod google;
mod others;

use super::{Instance, Resources};
use crate::infrastructure::{Infrastructure, LogDestination, LogRoute, LogStore, Property, Provider};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    aws::read(resources, found);
    google::read(resources, found);
    azure::read(resources, found);
    others::read(resources, found);
    audits::read(resources, found);
}

/// Logs of one workload that a provider takes by its nature or by a setting.
fn route(workload: &Instance, says: &str, effective: Property<bool>) -> LogRoute {
    let name = workload.title();
    let says = format!("`{name}`: {says}");
    LogRoute { at: workload.at, says, workload: Some(name), destination: LogDestination::Central, effective: workload.settled(effective) }
}

/// A store of logs that is declared, with its own days.
fn store(instance: &Instance, provider: Provider, product: &'static str, keep_days: Property<u32>, of: Vec<String>) -> LogStore {
    LogStore { name: instance.address(), at: instance.at, provider, product, keep_days, of }
}
