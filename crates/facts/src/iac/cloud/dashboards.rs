//! Dashboards that are declared as code, of every provider.

use super::{Instance, Resources};
use crate::iac::value::{Shape, Value};
use crate::infrastructure::{Dashboard, DashboardLack, Infrastructure, Property};

/// Kinds with what shows them and the attribute that holds what is drawn.
const KINDS: &[(&str, &str, &str)] = &[
    ("aws_cloudwatch_dashboard", "CloudWatch", "dashboard_body"),
    ("google_monitoring_dashboard", "Cloud Monitoring", "dashboard_json"),
    ("azurerm_portal_dashboard", "Azure Portal", "dashboard_properties"),
    ("azurerm_dashboard", "Azure Portal", "dashboard_properties"),
    ("azurerm_application_insights_workbook", "Azure Monitor", "data_json"),
    ("datadog_dashboard", "Datadog", "widget"),
    ("datadog_dashboard_json", "Datadog", "dashboard"),
    ("newrelic_one_dashboard", "New Relic", "page"),
    ("newrelic_one_dashboard_json", "New Relic", "json"),
    ("newrelic_one_dashboard_raw", "New Relic", "page"),
    ("grafana_dashboard", "Grafana", "config_json"),
    ("dynatrace_dashboard", "Dynatrace", "tile"),
    ("dynatrace_json_dashboard", "Dynatrace", "contents"),
    ("dynatrace_document", "Dynatrace", "content"),
    ("signalfx_dashboard", "Splunk", "chart"),
    ("honeycombio_flexible_board", "Honeycomb", "panel"),
    ("honeycombio_board", "Honeycomb", "query"),
    ("logtail_dashboard", "Better Stack", "data"),
    ("logzio_kibana_object", "Logz.io", "data"),
    ("coralogix_dashboard", "Coralogix", "layout"),
    ("axiom_dashboard", "Axiom", "dashboard"),
];

/// Managed viewers: without a dashboard in the code they stand empty.
const VIEWERS: &[(&str, &str)] = &[
    ("aws_grafana_workspace", "Amazon Managed Grafana"),
    ("azurerm_dashboard_grafana", "Azure Managed Grafana"),
    ("grafana_cloud_stack", "Grafana Cloud"),
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for (kind, product, content) in KINDS {
        for instance in resources.of(kind) {
            found.dashboards.push(dashboard(instance, product, content));
        }
    }
    if resources.of("grafana_dashboard").next().is_none() {
        for (kind, product) in VIEWERS {
            for viewer in resources.of(kind) {
                let why = (viewer.at, "no dashboard is declared for it".to_owned());
                found.dashboards.push(Dashboard::lacking(viewer.address(), viewer.at, product, DashboardLack::Empty, why));
            }
        }
    }
}

fn dashboard(instance: &Instance, product: &'static str, content: &str) -> Dashboard {
    let drawn = instance.value.get(content);
    if let Some(text) = drawn.and_then(Value::text).filter(|t| draws_nothing(t)) {
        let why = (drawn.map_or(instance.at, |v| v.at), format!("{content} draws nothing ({} bytes)", text.len()));
        return Dashboard::lacking(instance.address(), instance.at, product, DashboardLack::Empty, why);
    }
    // What `jsonencode` was given stays a structure.
    let lists = drawn.into_iter().flat_map(|d| ["widgets", "panels", "tiles"].into_iter().filter_map(|name| d.get(name)));
    if let Some(empty) = lists.into_iter().find(|l| matches!(&l.shape, Shape::List(items) if items.is_empty())) {
        let why = (empty.at, format!("{content} draws nothing"));
        return Dashboard::lacking(instance.address(), instance.at, product, DashboardLack::Empty, why);
    }
    let shows = instance.settled(Property::stated(true, instance.at, format!("{product} shows it")));
    Dashboard::new(instance.address(), instance.at, product, shows)
}

/// Whether a text holds an empty list of widgets, panels or tiles.
fn draws_nothing(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).take(200).collect();
    matches!(bare.as_str(), "" | "{}" | "[]") || ["\"widgets\":[]", "\"panels\":[]", "\"tiles\":[]"].iter().any(|e| bare.contains(e))
}

#[cfg(test)]
mod tests {
    use crate::iac::cloud::of_terraform;
    use crate::infrastructure::DashboardLack;

    #[test]
    fn a_dashboard_is_declared_or_empty() {
        let found = of_terraform(
            "resource \"aws_cloudwatch_dashboard\" \"a\" {\n dashboard_body = jsonencode({ widgets = [{ type = \"metric\" }] })\n}\n\
             resource \"aws_cloudwatch_dashboard\" \"b\" {\n dashboard_body = jsonencode({ widgets = [] })\n}\n\
             resource \"aws_cloudwatch_dashboard\" \"c\" {\n count = var.on ? 1 : 0\n dashboard_body = \"x\"\n}\nvariable \"on\" {}\n\
             resource \"aws_grafana_workspace\" \"w\" {}\n",
        );
        let shows: Vec<_> = found.dashboards.iter().map(|d| (d.name.as_str(), d.shows.known().copied(), d.lack)).collect();
        assert_eq!(
            shows,
            [
                ("aws_cloudwatch_dashboard.a", Some(true), None),
                ("aws_cloudwatch_dashboard.b", Some(false), Some(DashboardLack::Empty)),
                ("aws_cloudwatch_dashboard.c", None, None),
                ("aws_grafana_workspace.w", Some(false), Some(DashboardLack::Empty)),
            ]
        );
    }
}
