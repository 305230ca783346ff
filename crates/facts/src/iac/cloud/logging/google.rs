//! Cloud Logging: its products write there by nature; buckets say for how long.

use super::{route, store};
use crate::iac::cloud::Resources;
use crate::iac::value::Value;
use crate::infrastructure::{Infrastructure, LogDestination, LogRoute, LogStore, Property, Provider};

/// Products whose workloads log to Cloud Logging without being told.
const BY_NATURE: &[&str] = &[
    "google_cloud_run_service",
    "google_cloud_run_v2_service",
    "google_cloud_run_v2_job",
    "google_cloudfunctions_function",
    "google_cloudfunctions2_function",
    "google_app_engine_standard_app_version",
    "google_app_engine_flexible_app_version",
];
/// For how many days the bucket `_Default` keeps entries unless it is told otherwise.
const DEFAULT_DAYS: u32 = 30;

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    let first = found.log_routes.len();
    for service in resources.of_any(BY_NATURE) {
        found.log_routes.push(route(
            service,
            "its output goes to Cloud Logging",
            Property::stated(true, service.at, "by the product's nature"),
        ));
    }
    for cluster in resources.of("google_container_cluster") {
        let service = cluster.value.get("logging_service").filter(|v| v.is("none"));
        let components = cluster.value.path(&["logging_config", "enable_components"]);
        let effective = match (service, components) {
            (Some(v), _) => Property::stated(false, v.at, "logging_service = \"none\""),
            (_, Some(v)) if !v.is_unknown() && !v.items().iter().any(|c| c.is("WORKLOADS")) => {
                Property::stated(false, v.at, "logging_config leaves out WORKLOADS")
            }
            _ => Property::defaulted(true, cluster.at, "a cluster of GKE logs to Cloud Logging unless told otherwise"),
        };
        let says = "GKE ships the output of all pods to Cloud Logging".to_owned();
        found.log_routes.push(LogRoute { at: cluster.at, says, workload: None, destination: LogDestination::Central, effective });
    }
    for machine in resources.of_any(&["google_compute_instance", "google_compute_instance_template"]) {
        let script = machine.value.get("metadata_startup_script").or_else(|| machine.value.path(&["metadata", "startup-script"]));
        let optimised = machine.value.path(&["metadata", "google-logging-enabled"]).filter(|v| v.is_true());
        let agent = script.filter(|s| {
            s.written().is_some_and(|t| {
                t.contains("google-cloud-ops-agent") || t.contains("add-google-cloud-ops-agent") || t.contains("google-fluentd")
            })
        });
        if let Some(v) = agent.or(optimised) {
            found.log_routes.push(route(
                machine,
                "an agent ships its logs to Cloud Logging",
                Property::stated(true, v.at, "an agent is started"),
            ));
        }
    }
    let shipped = found.log_routes.len() > first;
    let mut default = false;
    for bucket in resources.of_any(&[
        "google_logging_project_bucket_config",
        "google_logging_folder_bucket_config",
        "google_logging_organization_bucket_config",
    ]) {
        default |= bucket.value.get("bucket_id").is_none_or(|b| b.is("_Default") || b.is_unknown());
        let keep = bucket.number(&["retention_days"], DEFAULT_DAYS);
        found.logs.push(store(bucket, Provider::Google, "Cloud Logging", keep, Vec::new()));
    }
    if shipped && !default {
        let at = found.log_routes[first].at;
        found.logs.push(LogStore {
            name: "_Default".into(),
            at,
            provider: Provider::Google,
            product: "Cloud Logging",
            keep_days: Property::defaulted(DEFAULT_DAYS, at, "the bucket `_Default` keeps entries for 30 days unless it is told otherwise"),
            of: Vec::new(),
        });
    }
    // A sink to BigQuery or a bucket keeps a copy for as long as that lasts.
    for sink in resources.of("google_logging_project_sink").filter(|s| s.value.get("destination").and_then(Value::written).is_some()) {
        let says = format!("a sink exports entries to `{}`", sink.written(&["destination"]).unwrap_or_default());
        found.logs.push(store(sink, Provider::Google, "a log sink", Property::unresolved(sink.at, says), Vec::new()));
    }
}
