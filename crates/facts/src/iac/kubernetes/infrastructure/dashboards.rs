//! Dashboards that a cluster's Grafana takes from config maps and from objects of its operator, and probes that operators make.

use plimsoll_base::Location;

use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Dashboard, DashboardLack, Infrastructure, Probe, ProbeTold, Property};

/// The label by which the sidecar of Grafana's charts finds config maps.
const SIDECAR: &str = "grafana_dashboard";

pub(super) fn read(objects: &[Object], found: &mut Infrastructure) {
    let viewer = objects.iter().find(|o| o.kind == "Grafana" && o.group.contains("grafana"));
    for object in objects {
        match object.kind.as_str() {
            "ConfigMap" if labelled(object) => {
                found.dashboards.push(Dashboard::new(object.name.as_str(), object.at(), "Grafana", taken(objects, object.at())));
            }
            "GrafanaDashboard" => {
                let shows = match viewer {
                    Some(v) => Property::stated(true, object.at(), format!("the operator puts it into `{}`", v.name)),
                    None => Property::unresolved(object.at(), "the Grafana that its selector means is not declared beside it"),
                };
                let suspended = object.spec(&["suspend"]).filter(|v| v.is_true());
                found.dashboards.push(match suspended {
                    Some(v) => {
                        let why = (v.at, "suspend: true".to_owned());
                        Dashboard::lacking(object.name.as_str(), object.at(), "Grafana", DashboardLack::NotLoaded, why)
                    }
                    None => Dashboard::new(object.name.as_str(), object.at(), "Grafana", shows),
                });
            }
            "Probe" if object.group == "monitoring.coreos.com" => probe(object, objects, found),
            _ => {}
        }
    }
}

fn labelled(object: &Object) -> bool {
    let has =
        |place: &str| object.value.path(&["metadata", place]).is_some_and(|l| l.get(SIDECAR).is_some_and(|v| !v.is_false() && !v.is("0")));
    has("labels")
}

/// Whether a Grafana with the sidecar is installed among the objects: the stack's has it, the chart of Grafana alone only where it is told so.
fn taken(objects: &[Object], at: Location) -> Property<bool> {
    for object in objects {
        let charts =
            object.spec(&["chart", "spec", "chart"]).or_else(|| object.spec(&["chart"])).or_else(|| object.spec(&["source", "chart"]));
        let Some(chart) = charts.and_then(Value::text) else { continue };
        let values = object.spec(&["values"]).or_else(|| object.spec(&["source", "helm", "valuesObject"]));
        let told = |path: &[&str]| values.and_then(|v| v.path(path)).is_some_and(Value::is_true);
        match chart.rsplit('/').next().unwrap_or(chart) {
            "kube-prometheus-stack" => {
                return Property::stated(true, at, format!("the sidecar of `{}` takes config maps with this label", object.name));
            }
            "grafana" if told(&["sidecar", "dashboards", "enabled"]) => {
                return Property::stated(true, at, format!("the sidecar of `{}` takes config maps with this label", object.name));
            }
            _ => {}
        }
    }
    Property::unresolved(at, "the Grafana whose sidecar would take it is not declared beside it")
}

/// Targets of a probe of the Prometheus operator.
fn probe(object: &Object, objects: &[Object], found: &mut Infrastructure) {
    for target in each(object.spec(&["targets", "staticConfig", "static"])).iter().take(100) {
        let Some(text) = target.written() else { continue };
        let host = text.split_once("://").map_or(text, |(_, rest)| rest).split(['/', ':']).next().unwrap_or(text);
        let inner = !host.contains('.') || host.contains(".svc") || objects.iter().any(|o| o.kind == "Service" && o.name == host);
        let outside = match target.is_unknown() {
            true => Property::unresolved(target.at, "what it asks is decided elsewhere"),
            false => Property::stated(!inner, target.at, format!("it asks `{host}`")),
        };
        found.probes.push(Probe {
            name: format!("{}/{text}", object.name),
            at: target.at,
            prober: "the blackbox exporter",
            runs: Property::stated(true, object.at(), "the Prometheus operator makes it"),
            outside,
            told: ProbeTold::Alarm(&["probe_"]),
        });
    }
}
