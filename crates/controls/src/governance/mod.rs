//! Governance.

mod change_review;
mod privacy_compliance;
mod security_policy;
mod version_control;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] =
    &[version_control::CONTROL, change_review::CONTROL, security_policy::CONTROL, privacy_compliance::CONTROL];
