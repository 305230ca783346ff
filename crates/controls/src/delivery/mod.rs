//! Delivery.

mod environment_parity;
mod versioning_and_changelog;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[versioning_and_changelog::CONTROL, environment_parity::CONTROL];
