//! Networks.

mod doors;
mod ingress_restricted;
mod segmentation;
mod subnets;

use plimsoll_model::System;
use plimsoll_model::container::Runtime;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[ingress_restricted::CONTROL, segmentation::CONTROL];

/// Whether platforms run everything and no network of hosts, clusters or clouds is described.
fn without_networks(system: &System) -> bool {
    let estate = system.infrastructure();
    system.services().iter().all(|s| s.on_platform())
        && estate.networks.is_empty()
        && estate.subnets.is_empty()
        && estate.firewalls.is_empty()
        && estate.openings.is_empty()
}

/// Whether anything runs in a cluster of Kubernetes.
fn in_cluster(system: &System) -> bool {
    system.services().iter().any(|s| s.runtime == Runtime::Kubernetes)
}

/// Whether a policy's attachment names the object that a service stems from: one object may start several containers.
fn names(attached: &str, service: &str) -> bool {
    service == attached || service.strip_prefix(attached).is_some_and(|rest| rest.starts_with('/'))
}
