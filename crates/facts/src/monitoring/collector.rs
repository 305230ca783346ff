//! What ships the output of containers elsewhere, and where it is kept.

use super::pipeline::{Pipe, pipe};
use super::{Around, Monitor, Tool};
use crate::infrastructure::{Infrastructure, LogDestination, LogRoute, LogStore, Property, Provider};

pub(super) fn read(monitor: &Monitor, name: &'static str, monitors: &[Monitor], around: &Around, found: &mut Infrastructure) {
    let pipe = pipe(monitor, name, around);
    if !collects(monitor, name, &pipe) {
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
    let effective = effective(monitor, &pipe);
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
fn collects(monitor: &Monitor, name: &str, pipe: &Pipe) -> bool {
    match (name, pipe) {
        (_, Pipe::Other) => false,
        ("the OpenTelemetry collector", _) => !matches!(pipe, Pipe::Unread),
        ("the Datadog agent", _) => monitor.variable("DD_LOGS_ENABLED").is_some_and(|v| v.eq_ignore_ascii_case("true")),
        ("the Better Stack collector", _) => true,
        _ => monitor.sees_logs,
    }
}

/// Whether its configuration is there and leads somewhere.
fn effective(monitor: &Monitor, pipe: &Pipe) -> Property<bool> {
    if let Some((path, at)) = monitor.files.missing.first() {
        return Property::stated(false, *at, format!("`{path}` is mounted, but the tree does not hold it"));
    }
    match pipe {
        Pipe::Broken(at, why) => Property::stated(false, *at, why.clone()),
        Pipe::Ships(_, at) => Property::stated(true, *at, "it runs, and its configuration leads somewhere"),
        Pipe::Other | Pipe::Unread => Property::stated(true, monitor.at, "it runs"),
    }
}
