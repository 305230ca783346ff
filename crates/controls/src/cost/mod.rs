//! Cost.

mod budget_alerts;
mod right_sizing;
mod storage_lifecycle;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[budget_alerts::CONTROL, right_sizing::CONTROL, storage_lifecycle::CONTROL];
