//! Quality.

mod linting;
mod type_checking;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[linting::CONTROL, type_checking::CONTROL];
