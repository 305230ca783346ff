//! The application itself: how its code starts, stops, answers and fails.

mod startup_order;

use plimsoll_base::Evidence;
use plimsoll_model::System;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[startup_order::CONTROL];

/// Why a control of running code has nothing to judge.
fn no_services(system: &System) -> Evidence {
    Evidence::sought("service of this repository's own code", system.deployment_scope())
}
