//! What ships the output of containers elsewhere, and where it is kept.

use super::{Around, Monitor, Tool, host_of, stands_in};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Infrastructure, LogDestination, LogRoute, LogStore, Property, Provider};

pub(super) fn read(monitor: &Monitor, name: &'static str, monitors: &[Monitor], around: &Around, found: &mut Infrastructure) {
    if !collects(monitor, name) {
        return;
    }
    let kept = monitors.iter().find_map(|m| match m.tool {
        Tool::Loki => Some("Loki"),
        Tool::LogStore(store) => Some(store),
        _ => None,
    });
    let says = match kept {
        Some(store) => format!("{name} ships the output of all containers to {store}"),
        None => format!("{name} ships the output of all containers off the host"),
    };
    let effective = effective(monitor, around);
    found.log_routes.push(LogRoute { at: monitor.at, says, workload: None, destination: LogDestination::Central, effective });
}

/// A store of logs is one only where something ships to it; a search index of the product is none.
pub(super) fn store(monitor: &Monitor, name: &'static str, monitors: &[Monitor], found: &mut Infrastructure) {
    let fed = monitors.iter().any(|m| matches!(m.tool, Tool::Collector(_))) || !matches!(name, "Elasticsearch" | "OpenSearch");
    if fed {
        let keep_days = Property::unresolved(monitor.at, format!("for how long {name} keeps entries is decided in it"));
        found.logs.push(LogStore {
            name: monitor.name.clone(),
            at: monitor.at,
            provider: Provider::Other,
            product: name,
            keep_days,
            of: Vec::new(),
        });
    }
}

/// Whether it takes the output of other containers, and not only what is sent to it or measured.
fn collects(monitor: &Monitor, name: &str) -> bool {
    match name {
        "the OpenTelemetry collector" => {
            let receivers = monitor.files.all.iter().flat_map(|f| &f.documents).filter_map(|d| d.get("receivers")).flat_map(Value::fields);
            let mut logs = receivers.filter(|f| f.name.starts_with("filelog") || f.name.starts_with("journald"));
            logs.next().is_some()
        }
        "the Datadog agent" => monitor.variable("DD_LOGS_ENABLED").is_some_and(|v| v.eq_ignore_ascii_case("true")),
        "the Better Stack collector" => true,
        _ => monitor.sees_logs,
    }
}

/// Whether its configuration is there and leads somewhere.
fn effective(monitor: &Monitor, around: &Around) -> Property<bool> {
    if let Some((path, at)) = monitor.files.missing.first() {
        return Property::stated(false, *at, format!("`{path}` is mounted, but the tree does not hold it"));
    }
    let clients = monitor.files.all.iter().flat_map(|f| &f.documents).flat_map(|d| each(d.get("clients")));
    for url in clients.filter_map(|c| c.get("url")) {
        let text = url.text().unwrap_or_default();
        let host = host_of(text);
        if text.is_empty() || text.contains('$') {
            continue;
        }
        if stands_in(text) || !host.contains('.') && !around.has(host) {
            return Property::stated(false, url.at, format!("it ships to `{host}`, which is not there"));
        }
    }
    Property::stated(true, monitor.at, "it runs")
}
