//! Resources of cloud providers told as [`Infrastructure`]: one module per subject, one file per provider in it.

mod alarms;
mod backups;
mod capacity;
mod dashboards;
mod entries;
mod grants;
mod logging;
pub(crate) mod networks;
mod probes;
mod regions;
mod resources;
mod spending;
mod stores;

pub(crate) use capacity::do_component;
pub(crate) use resources::{Instance, Resources};
pub(crate) use stores::{d1, following, kv};

use crate::infrastructure::Infrastructure;

/// What the resources of one root, its modules included, declare.
pub(crate) fn infrastructure(resources: &Resources<'_>) -> Infrastructure {
    let mut found = Infrastructure::default();
    stores::read(resources, &mut found);
    backups::read(resources, &mut found);
    entries::read(resources, &mut found);
    networks::read(resources, &mut found);
    capacity::read(resources, &mut found);
    alarms::read(resources, &mut found);
    dashboards::read(resources, &mut found);
    probes::read(resources, &mut found);
    logging::read(resources, &mut found);
    grants::read(resources, &mut found);
    spending::read(resources, &mut found);
    regions::read(resources, &mut found);
    found
}

/// What one Terraform file declares.
#[cfg(test)]
fn of_terraform(text: &str) -> Infrastructure {
    let tree = plimsoll_discover::Tree::in_memory("t", vec![("main.tf".to_owned(), text.as_bytes().to_vec())]);
    crate::gather(&tree).iac.into_iter().next().map(|r| r.infrastructure).unwrap_or_default()
}
