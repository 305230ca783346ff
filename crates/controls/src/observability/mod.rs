//! Observability.

mod alert_routing;
mod alerting;
mod centralized_logging;
mod cloud_audit_trail;
mod log_retention;
mod logs;
mod watched;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] =
    &[centralized_logging::CONTROL, log_retention::CONTROL, alerting::CONTROL, alert_routing::CONTROL, cloud_audit_trail::CONTROL];
