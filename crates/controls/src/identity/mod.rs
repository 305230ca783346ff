//! Identity and rights.

mod least_privilege_iam;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[least_privilege_iam::CONTROL];
