//! Log Analytics, diagnostic settings and what feeds them.

use plimsoll_base::Location;

use super::{route, store};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Infrastructure, LogDestination, LogRoute, Property, Provider};

/// Products that run workloads and log only where they are told to.
const TOLD: &[&str] = &[
    "azurerm_linux_web_app",
    "azurerm_windows_web_app",
    "azurerm_app_service",
    "azurerm_linux_function_app",
    "azurerm_windows_function_app",
    "azurerm_container_group",
    "azurerm_container_app",
    "azurerm_kubernetes_cluster",
];

/// Of these the platform shows a stream of its own where nothing else is told. Containers in an environment follow its settings.
const STREAMED: &[&str] = &[
    "azurerm_linux_web_app",
    "azurerm_windows_web_app",
    "azurerm_app_service",
    "azurerm_linux_function_app",
    "azurerm_windows_function_app",
    "azurerm_container_group",
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for workspace in resources.of("azurerm_log_analytics_workspace") {
        found.logs.push(store(workspace, Provider::Azure, "Log Analytics", workspace.number(&["retention_in_days"], 30), Vec::new()));
    }
    for insights in resources.of("azurerm_application_insights") {
        found.logs.push(store(insights, Provider::Azure, "Application Insights", insights.number(&["retention_in_days"], 90), Vec::new()));
    }
    for app in resources.of("azurerm_container_app") {
        let environment = resources.referent(app.value.get("container_app_environment_id"), "azurerm_container_app_environment");
        let Some(environment) = environment else { continue };
        match environment.value.get("log_analytics_workspace_id") {
            Some(v) => found.log_routes.push(route(
                app,
                "its environment ships to Log Analytics",
                Property::stated(true, v.at, "log_analytics_workspace_id is set"),
            )),
            None => found.log_routes.push(view(
                app,
                environment.at,
                "its environment names no workspace: the provider shows a live stream only",
            )),
        }
    }
    for cluster in resources.of("azurerm_kubernetes_cluster") {
        let Some(agent) = cluster.value.get("oms_agent") else { continue };
        let says = "Container Insights ships the output of all pods to Log Analytics".to_owned();
        let effective = Property::stated(true, agent.at, "oms_agent is set");
        found.log_routes.push(LogRoute { at: agent.at, says, workload: None, destination: LogDestination::Central, effective });
    }
    let settings: Vec<&Instance> = resources.of("azurerm_monitor_diagnostic_setting").collect();
    for workload in resources.of_any(TOLD) {
        let setting = settings.iter().find(|s| resources.refers(s.value.get("target_resource_id"), workload));
        if let Some(setting) = setting {
            let says = "a diagnostic setting ships its logs";
            found.log_routes.push(route(workload, says, Property::stated(true, setting.at, "a diagnostic setting names it")));
        } else if let Some(insights) = insights(workload) {
            found.log_routes.push(route(
                workload,
                "Application Insights takes its traces",
                Property::stated(true, insights.at, "Application Insights is connected"),
            ));
        } else if let Some(logs) = workload
            .value
            .path(&["logs", "application_logs", "azure_blob_storage"])
            .or_else(|| workload.value.path(&["diagnostics", "log_analytics"]))
        {
            found.log_routes.push(route(workload, "its logs go to a store", Property::stated(true, logs.at, "a store is named")));
        } else if STREAMED.contains(&workload.kind.as_str()) {
            let says = "no diagnostic setting names it: the platform shows its output in its own view only";
            found.log_routes.push(view(workload, workload.at, says));
        }
    }
}

/// The platform's own view of a workload's output.
fn view(workload: &Instance, at: Location, says: &str) -> LogRoute {
    let effective = Property::defaulted(true, at, says);
    LogRoute { destination: LogDestination::PlatformView, ..route(workload, says, effective) }
}

/// Where a workload is connected to Application Insights.
fn insights(workload: &Instance) -> Option<&Value> {
    let site = ["application_insights_connection_string", "application_insights_key"]
        .iter()
        .find_map(|f| workload.value.path(&["site_config", f]));
    let set = ["APPLICATIONINSIGHTS_CONNECTION_STRING", "APPINSIGHTS_INSTRUMENTATIONKEY"]
        .iter()
        .find_map(|f| workload.value.path(&["app_settings", f]));
    site.or(set)
}
