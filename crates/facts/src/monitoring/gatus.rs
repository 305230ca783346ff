//! Gatus: what it looks at, and whom it tells.

use plimsoll_base::Sourced;

use super::scraped::outside;
use super::{Around, Monitor, stands_in};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Infrastructure, Probe, ProbeTold, Property};

/// Settings of its alerting providers that hold an address.
const ADDRESSES: &[&str] = &["webhook-url", "url", "to", "integration-key", "token", "api-key", "routing-key", "server-url"];

pub(super) fn read(monitor: &Monitor, around: &Around, found: &mut Infrastructure) {
    let path = monitor.variable("GATUS_CONFIG_PATH").unwrap_or("/config").to_owned();
    let own = monitor.files.get(&path).into_iter().chain(monitor.files.below(&path));
    let documents: Vec<&Value> = own.flat_map(|f| &f.documents).collect();
    for endpoint in documents.iter().flat_map(|d| each(d.get("endpoints"))).take(200) {
        let Some(url) = endpoint.get("url").and_then(|u| Some(Sourced::new(u.written()?.to_owned(), u.at))) else { continue };
        let runs = match endpoint.get("enabled").filter(|e| e.is_false()) {
            Some(v) => Property::stated(false, v.at, "enabled: false"),
            None => Property::stated(true, endpoint.at, format!("`{}` looks at it", monitor.name)),
        };
        let name = format!("{}/{}", monitor.name, endpoint.get("name").and_then(Value::written).unwrap_or(&url.value));
        let told = ProbeTold::Itself(told(endpoint, &documents));
        found.probes.push(Probe { name, at: url.at, prober: "Gatus", runs, outside: outside(&url, around), told });
    }
}

/// Whether an endpoint has an alert whose provider has an address.
fn told(endpoint: &Value, documents: &[&Value]) -> Property<bool> {
    let Some(alert) = each(endpoint.get("alerts")).iter().find(|a| !a.get("enabled").is_some_and(Value::is_false)) else {
        return Property::stated(false, endpoint.at, "it names no alert");
    };
    let kind = alert.get("type").and_then(Value::text).unwrap_or_default();
    let provider = documents.iter().find_map(|d| d.path(&["alerting", kind]));
    let Some(provider) = provider else {
        return Property::stated(false, alert.at, format!("no provider `{kind}` is configured"));
    };
    match ADDRESSES.iter().find_map(|a| provider.get(a)) {
        Some(v) if v.text().is_some_and(|t| !t.contains("${") && stands_in(t)) => {
            Property::stated(false, v.at, "its address is a placeholder")
        }
        _ => Property::stated(true, provider.at, format!("it tells through {kind}")),
    }
}
