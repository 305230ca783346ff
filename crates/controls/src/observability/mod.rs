//! Observability.

mod alert_routing;
mod alerting;
mod apm;
mod centralized_logging;
mod cloud_audit_trail;
mod dashboards;
mod error_tracking;
mod hosted;
mod instrumentation;
mod log_retention;
mod logs;
mod metrics;
mod scheduled;
mod structured_logging;
mod tracing;
mod uptime_and_status_page;
mod usage_analytics;
mod watched;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    structured_logging::CONTROL,
    centralized_logging::CONTROL,
    log_retention::CONTROL,
    metrics::CONTROL,
    dashboards::CONTROL,
    alerting::CONTROL,
    alert_routing::CONTROL,
    error_tracking::CONTROL,
    tracing::CONTROL,
    apm::CONTROL,
    uptime_and_status_page::CONTROL,
    cloud_audit_trail::CONTROL,
    usage_analytics::CONTROL,
];
