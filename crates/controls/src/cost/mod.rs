//! Cost.

mod storage_lifecycle;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[storage_lifecycle::CONTROL];
