//! Availability.

mod autoscaling;
mod database_failover;
mod disruption_safety;
mod instances;
mod load_balancer;
mod multi_region;
mod multi_zone;
mod orchestration;
mod redundant_instances;
mod stateless_services;

use plimsoll_base::Evidence;
use plimsoll_model::System;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    redundant_instances::CONTROL,
    stateless_services::CONTROL,
    load_balancer::CONTROL,
    multi_zone::CONTROL,
    autoscaling::CONTROL,
    database_failover::CONTROL,
    multi_region::CONTROL,
    disruption_safety::CONTROL,
    orchestration::CONTROL,
];

/// Why a control of what serves requests has nothing to judge.
fn nothing_serves(system: &System) -> Evidence {
    Evidence::sought("service of its own that serves requests", system.deployment_scope())
}
