//! Monitors that a system runs itself: which of their configuration is really mounted and loaded, and what it watches and tells.
//!
//! A rule file beside a Prometheus that does not load it watches nothing; so everything here starts from a container that runs.

mod alertmanager;
mod collector;
mod dashboards;
mod files;
mod gatus;
mod grafana;
mod loki;
mod pipeline;
mod prometheus;
mod receiver;
mod rules;
mod scraped;
pub(crate) mod stack;
mod symptom;

#[cfg(test)]
mod tests;

pub(crate) use dashboards::loose;
pub(crate) use files::{ConfigFile, Files};
pub(crate) use receiver::stands_in;
pub(crate) use rules::{rules, unloaded};

use plimsoll_base::Location;
use plimsoll_discover::Format;

use crate::container::{ValueSource, Workload};
use crate::iac::value::Value;
use crate::infrastructure::{Dashboard, Infrastructure, Property};
use crate::library::Library;

/// What a ready-made image is among monitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Prometheus,
    VmAlert,
    Alertmanager,
    Grafana,
    Loki,
    /// Looks at addresses and tells of failures.
    Gatus,
    /// Draws what it measures without being told; its name.
    SelfDrawing(&'static str),
    /// Ships the logs of containers elsewhere; its name.
    Collector(&'static str),
    /// Keeps logs and searches them; its name.
    LogStore(&'static str),
}

/// Names of images, without registry and tag; an ending of the repository's path decides.
#[rustfmt::skip]
const TOOLS: &[(&str, Tool)] = &[
    ("prom/prometheus", Tool::Prometheus), ("bitnami/prometheus", Tool::Prometheus), ("prometheus/prometheus", Tool::Prometheus),
    ("ubuntu/prometheus", Tool::Prometheus), ("victoriametrics/vmalert", Tool::VmAlert),
    ("prom/alertmanager", Tool::Alertmanager), ("bitnami/alertmanager", Tool::Alertmanager), ("prometheus/alertmanager", Tool::Alertmanager),
    ("grafana/grafana", Tool::Grafana), ("grafana/grafana-oss", Tool::Grafana), ("grafana/grafana-enterprise", Tool::Grafana), ("bitnami/grafana", Tool::Grafana),
    ("grafana/loki", Tool::Loki), ("bitnami/grafana-loki", Tool::Loki),
    ("twinproduction/gatus", Tool::Gatus), ("twin/gatus", Tool::Gatus), ("netdata/netdata", Tool::SelfDrawing("Netdata")),
    ("grafana/promtail", Tool::Collector("Promtail")), ("grafana/alloy", Tool::Collector("Alloy")), ("grafana/agent", Tool::Collector("Grafana Agent")),
    ("fluent/fluent-bit", Tool::Collector("Fluent Bit")), ("bitnami/fluent-bit", Tool::Collector("Fluent Bit")), ("fluent-bit", Tool::Collector("Fluent Bit")),
    ("fluent/fluentd", Tool::Collector("Fluentd")), ("fluentd", Tool::Collector("Fluentd")), ("fluent/fluentd-kubernetes-daemonset", Tool::Collector("Fluentd")),
    ("timberio/vector", Tool::Collector("Vector")), ("aws-for-fluent-bit", Tool::Collector("Fluent Bit")),
    ("beats/filebeat", Tool::Collector("Filebeat")), ("elastic/filebeat", Tool::Collector("Filebeat")), ("filebeat", Tool::Collector("Filebeat")),
    ("gliderlabs/logspout", Tool::Collector("Logspout")), ("datadog/agent", Tool::Collector("the Datadog agent")),
    ("cloudwatch-agent", Tool::Collector("the CloudWatch agent")), ("betterstack/collector", Tool::Collector("the Better Stack collector")),
    ("otel/opentelemetry-collector-contrib", Tool::Collector("the OpenTelemetry collector")), ("otel/opentelemetry-collector", Tool::Collector("the OpenTelemetry collector")),
    ("elasticsearch/elasticsearch", Tool::LogStore("Elasticsearch")), ("elasticsearch", Tool::LogStore("Elasticsearch")),
    ("opensearchproject/opensearch", Tool::LogStore("OpenSearch")), ("graylog/graylog", Tool::LogStore("Graylog")), ("datalust/seq", Tool::LogStore("Seq")),
    ("openobserve/openobserve", Tool::LogStore("OpenObserve")), ("victoriametrics/victoria-logs", Tool::LogStore("VictoriaLogs")),
    ("quickwit/quickwit", Tool::LogStore("Quickwit")),
];

/// What an image is among monitors, if it is one.
pub(crate) fn tool_of(image: &str) -> Option<Tool> {
    let image = image.split('@').next().unwrap_or(image);
    let repository = match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    };
    let is = |name: &str| repository == name || repository.strip_suffix(name).is_some_and(|head| head.ends_with('/'));
    TOOLS.iter().find(|(name, _)| is(name)).map(|(_, tool)| *tool)
}

/// A monitor that runs, with what it sees.
#[derive(Debug)]
pub(crate) struct Monitor {
    pub(crate) name: String,
    pub(crate) at: Location,
    pub(crate) tool: Tool,
    /// The words of entrypoint and command.
    pub(crate) command: Vec<String>,
    /// Variables with a literal value.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) files: Files,
    /// Whether it sees the logs of the other containers of its host.
    pub(crate) sees_logs: bool,
}

impl Monitor {
    /// The value of a flag: `--config.file=x`, `-rule x`.
    fn flag(&self, name: &str) -> Vec<&str> {
        let words = || self.command.iter().flat_map(|w| w.split_whitespace());
        let mut found = Vec::new();
        for (word, next) in words().zip(words().skip(1).map(Some).chain([None])) {
            let Some(bare) = word.strip_prefix('-').map(|w| w.trim_start_matches('-')) else { continue };
            match bare.strip_prefix(name).map(|rest| rest.strip_prefix('=')) {
                Some(Some(value)) => found.push(value.trim_matches(['"', '\''])),
                Some(None) if bare == name => found.extend(next),
                _ => {}
            }
        }
        found
    }
    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    /// The first document of its main configuration: the file of a flag, else the image's own place.
    fn configuration(&self, flag: &str, default: &str) -> Option<(String, &Value)> {
        let path = self.flag(flag).first().map_or_else(|| default.to_owned(), |p| (*p).to_owned());
        let value = self.files.get(&path)?.documents.first()?;
        Some((path, value))
    }
}

/// What else is deployed: names with images, to tell targets that are there from those that are not.
#[derive(Debug, Default)]
pub(crate) struct Around {
    pub(crate) parts: Vec<(String, String)>,
    /// Whether some step of the repository fills variables into files before they are used (`envsubst`).
    pub(crate) renders: bool,
}

impl Around {
    fn has(&self, name: &str) -> bool {
        self.parts.iter().any(|(n, _)| n == name)
    }
    fn image_of(&self, name: &str) -> Option<&str> {
        self.parts.iter().find(|(n, _)| n == name).map(|(_, i)| i.as_str())
    }
}

/// A host and port without scheme and path, of `http://alertmanager:9093/x`; and its first label.
fn host_of(target: &str) -> &str {
    let bare = target.split_once("://").map_or(target, |(_, rest)| rest);
    let host = bare.split(['/', ':']).next().unwrap_or(bare);
    // Names within a cluster: `loki.monitoring.svc.cluster.local`.
    if host.contains(".svc") { host.split('.').next().unwrap_or(host) } else { host }
}

/// What the monitors among these workloads configure.
pub(crate) fn read(library: &Library, workloads: &[Workload], found: &mut Infrastructure) {
    let mut monitors = Vec::new();
    for workload in workloads {
        let image = files::image_of(library, workload).unwrap_or_default();
        let Some(tool) = tool_of(&image) else { continue };
        let words = |list: &Option<plimsoll_base::Sourced<Vec<String>>>| list.as_ref().map(|l| l.value.clone()).unwrap_or_default();
        let mut command = words(&workload.entrypoint);
        command.extend(words(&workload.command));
        let environment = workload.environment.iter().filter_map(|v| {
            let value = match &v.value {
                ValueSource::Literal(text) => text.clone(),
                ValueSource::EnvFile { value, .. } => value.clone(),
                ValueSource::Interpolated { resolved: Some(text), .. } => text.clone(),
                _ => return None,
            };
            Some((v.name.clone(), value))
        });
        monitors.push(Monitor {
            name: workload.name.clone(),
            at: workload.at,
            tool,
            command,
            environment: environment.collect(),
            files: files::of_workload(library, workload),
            sees_logs: files::sees_logs(workload),
        });
    }
    if monitors.is_empty() {
        return;
    }
    let parts = workloads.iter().map(|w| (w.name.clone(), files::image_of(library, w).unwrap_or_default())).collect();
    configure(&monitors, &Around { parts, renders: renders(library) }, found);
}

/// What monitors configure together.
pub(crate) fn configure(monitors: &[Monitor], around: &Around, found: &mut Infrastructure) {
    let of = |tool: Tool| monitors.iter().filter(move |m| m.tool == tool);
    let managers: Vec<alertmanager::Manager> = of(Tool::Alertmanager).map(|m| alertmanager::read(m, around, found)).collect();
    of(Tool::Prometheus).for_each(|m| prometheus::read(m, around, &managers, found));
    of(Tool::VmAlert).for_each(|m| prometheus::vmalert(m, around, &managers, found));
    let servers = dashboards::Server::all(monitors, around);
    of(Tool::Grafana).for_each(|m| grafana::read(m, &servers, around, found));
    of(Tool::Loki).for_each(|m| loki::read(m, around, &managers, found));
    of(Tool::Gatus).for_each(|m| gatus::read(m, around, found));
    for monitor in monitors {
        match monitor.tool {
            Tool::SelfDrawing(name) => {
                let shows = Property::stated(true, monitor.at, format!("{name} draws what it measures by itself"));
                found.dashboards.push(Dashboard::new(monitor.name.as_str(), monitor.at, name, shows));
            }
            Tool::Collector(name) => collector::read(monitor, name, monitors, around, found),
            Tool::LogStore(name) => collector::store(monitor, name, monitors, found),
            _ => {}
        }
    }
}

/// The integrations of a receiver of an `AlertmanagerConfig`, whose addresses are secrets of the cluster.
pub(crate) fn receivers(receiver: &Value) -> Vec<crate::infrastructure::Receiver> {
    alertmanager::receivers(receiver, None, false)
}

/// Whether a script or a pipeline of the repository fills variables into files.
fn renders(library: &Library) -> bool {
    let candidates = library.files().iter().filter(|f| f.product() && matches!(f.format, Format::Shell | Format::Makefile | Format::Yaml));
    let needle = memchr::memmem::Finder::new(b"envsubst");
    candidates.filter_map(|f| f.bytes.as_deref()).any(|b| needle.find(b).is_some())
}
