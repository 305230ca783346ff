//! The pipelines of collectors: which of their inputs take the output of containers, and whether these lead anywhere.
//!
//! A collector does what its configuration connects: a source that no sink names, or an exporter in no pipeline, ships nothing.

use std::collections::BTreeSet;

use plimsoll_base::Location;

use super::files::Text;
use super::{Around, Monitor, host_of, stands_in};
use crate::iac::value::{Field, Value, each};

/// Components of one configuration; beyond them the rest is not looked at.
const MAX_COMPONENTS: usize = 300;

/// What a collector's configuration adds up to.
pub(super) enum Pipe {
    /// It takes the output of containers to here: the host as written, and its place.
    Ships(String, Location),
    /// It takes it, and it ends there: why.
    Broken(Location, String),
    /// It takes no output of containers.
    Other,
    /// Its configuration is not in the tree.
    Unread,
}

/// What the configuration of a collector does with the output of containers.
pub(super) fn pipe(monitor: &Monitor, name: &str, around: &Around) -> Pipe {
    let documents = || monitor.files.all.iter().flat_map(|f| &f.documents);
    let texts = || monitor.files.texts.iter().map(|(_, t)| t);
    let found = match name {
        "the OpenTelemetry collector" => documents().find(|d| d.get("service").is_some()).map(open_telemetry),
        "Promtail" => documents().find(|d| d.get("clients").is_some() || d.get("scrape_configs").is_some()).map(promtail),
        "Filebeat" => {
            documents().find(|d| d.fields().iter().any(|f| f.name.starts_with("filebeat") || f.name.starts_with("output"))).map(filebeat)
        }
        "Vector" => documents().find(|d| d.get("sources").is_some()).map(vector),
        "Alloy" | "Grafana Agent" => texts().find(|t| t.text.contains("loki.") || t.text.contains("prometheus.")).map(alloy),
        "Fluent Bit" => match documents().find(|d| d.get("pipeline").is_some()) {
            Some(document) => Some(fluent_bit_yaml(document)),
            None => texts().find(|t| t.text.contains("[OUTPUT]") || t.text.contains("[INPUT]")).map(fluent_bit),
        },
        _ => None,
    };
    match found {
        Some(Pipe::Ships(host, at)) if absent(&host, around) => Pipe::Broken(at, format!("it ships to `{host}`, which is not there")),
        Some(pipe) => pipe,
        None => Pipe::Unread,
    }
}

/// Whether nobody is at a host: a name of the same network that no service has, the container itself, a placeholder.
fn absent(host: &str, around: &Around) -> bool {
    if host.is_empty() || host.contains('$') || host.contains("{{") || host.contains("env(") {
        return false;
    }
    stands_in(host) || !host.contains('.') && !around.has(host)
}

/// `service.pipelines.logs` of the OpenTelemetry collector: only what stands in it works.
fn open_telemetry(config: &Value) -> Pipe {
    let takes = |name: &str| {
        ["filelog", "journald", "k8sobjects", "fluentforward", "syslog", "tcplog", "container"].iter().any(|k| name.starts_with(k))
    };
    let declared = config.get("receivers").map(Value::fields).unwrap_or_default().iter().find(|f| takes(&f.name));
    let pipelines = config.path(&["service", "pipelines"]).map(Value::fields).unwrap_or_default();
    for pipeline in pipelines.iter().filter(|p| p.name == "logs" || p.name.starts_with("logs/")) {
        let receivers = pipeline.value.get("receivers").map(Value::texts).unwrap_or_default();
        if !receivers.iter().any(|r| takes(&r.value)) {
            continue;
        }
        let exporters = pipeline.value.get("exporters").map(Value::texts).unwrap_or_default();
        let leading =
            exporters.iter().find(|e| !["debug", "logging", "nop"].iter().any(|k| e.value == *k || e.value.starts_with(&format!("{k}/"))));
        let Some(exporter) = leading else {
            return Pipe::Broken(pipeline.at, "its pipeline for logs ends in no exporter that ships them".into());
        };
        let Some(own) =
            config.path(&["exporters", &exporter.value]).or_else(|| config.get("exporters").and_then(|e| e.get(&exporter.value)))
        else {
            let declared = config.get("exporters").is_some_and(|e| e.field(&exporter.value).is_some());
            return if declared {
                Pipe::Ships(String::new(), exporter.at)
            } else {
                Pipe::Broken(exporter.at, format!("the exporter `{}` is not declared", exporter.value))
            };
        };
        let endpoint = ["endpoint", "logs_endpoint", "url"].iter().find_map(|f| own.get(f)).or_else(|| each(own.get("endpoints")).first());
        return Pipe::Ships(endpoint.and_then(Value::written).map(host_of).unwrap_or_default().to_owned(), exporter.at);
    }
    match declared {
        Some(receiver) => Pipe::Broken(receiver.at, format!("its receiver `{}` stands in no pipeline", receiver.name)),
        None => Pipe::Other,
    }
}

fn promtail(config: &Value) -> Pipe {
    let Some(first) = each(config.get("scrape_configs")).first() else {
        return Pipe::Broken(config.at, "it has no scrape_configs".into());
    };
    let url = each(config.get("clients")).iter().find_map(|c| c.get("url")).or_else(|| config.path(&["client", "url"]));
    match url {
        Some(url) => Pipe::Ships(host_of(url.written().unwrap_or_default()).to_owned(), url.at),
        None => Pipe::Broken(first.at, "it names no client to ship to".into()),
    }
}

fn filebeat(config: &Value) -> Pipe {
    let dotted = |name: &str| config.get(name).or_else(|| config.path(&name.split('.').collect::<Vec<_>>()));
    let on = |v: &&Value| !v.get("enabled").is_some_and(Value::is_false);
    let input = each(dotted("filebeat.inputs")).iter().find(on);
    let discovered =
        dotted("filebeat.autodiscover").or_else(|| dotted("filebeat.autodiscover.providers")).or_else(|| dotted("filebeat.modules"));
    if input.is_none() && discovered.is_none() {
        return Pipe::Broken(config.at, "none of its inputs is on".into());
    }
    for output in ["output.elasticsearch", "output.logstash", "output.kafka", "output.redis"] {
        if let Some(value) = dotted(output).filter(on) {
            let host = each(value.get("hosts")).first().and_then(Value::written).map(host_of).unwrap_or_default();
            return Pipe::Ships(host.to_owned(), value.at);
        }
    }
    match dotted("cloud.id") {
        Some(id) => Pipe::Ships(String::new(), id.at),
        None => Pipe::Broken(config.at, "it has no output".into()),
    }
}

/// Sinks of Vector name their inputs; a source counts where a sink leads back to it.
fn vector(config: &Value) -> Pipe {
    const TAKES: &[&str] = &["docker_logs", "kubernetes_logs", "journald", "file", "fluent", "syslog"];
    let sources = config.get("sources").map(Value::fields).unwrap_or_default();
    let takes = |s: &&Field| s.value.get("type").is_some_and(|t| TAKES.iter().any(|k| t.is(k)));
    let Some(first) = sources.iter().find(takes) else { return Pipe::Other };
    // What is fed by a taking source, through transforms: each round adds at least one name.
    let mut fed: BTreeSet<String> = sources.iter().filter(takes).map(|s| s.name.clone()).collect();
    let feeds = |value: &Value, fed: &BTreeSet<String>| {
        let inputs = value.get("inputs").map(Value::texts).unwrap_or_default();
        inputs
            .iter()
            .any(|i| i.value == "*" || fed.contains(&i.value) || i.value.split_once('.').is_some_and(|(name, _)| fed.contains(name)))
    };
    let transforms = config.get("transforms").map(Value::fields).unwrap_or_default();
    let mut waiting: Vec<&Field> = transforms.iter().take(MAX_COMPONENTS).collect();
    loop {
        let (more, rest): (Vec<&Field>, Vec<&Field>) = waiting.into_iter().partition(|t| feeds(&t.value, &fed));
        waiting = rest;
        if more.is_empty() {
            break;
        }
        fed.extend(more.iter().map(|t| t.name.clone()));
    }
    let sinks = config.get("sinks").map(Value::fields).unwrap_or_default();
    let leading = sinks
        .iter()
        .filter(|s| feeds(&s.value, &fed))
        .find(|s| !s.value.get("type").is_some_and(|t| t.is("console") || t.is("blackhole") || t.is("file")));
    match leading {
        Some(sink) => {
            let address =
                ["endpoint", "uri", "address"].iter().find_map(|f| sink.value.get(f)).or_else(|| each(sink.value.get("endpoints")).first());
            Pipe::Ships(address.and_then(Value::written).map(host_of).unwrap_or_default().to_owned(), sink.at)
        }
        None => Pipe::Broken(first.at, format!("no sink that ships anything takes `{}`", first.name)),
    }
}

/// Blocks of River: the name of each component with the text in its braces.
fn blocks(text: &str) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let head = rest[..open].rsplit(['\n', '}']).next().unwrap_or_default().trim();
        let mut depth = 0_usize;
        let mut end = rest.len();
        for (at, byte) in rest.bytes().enumerate().skip(open) {
            match byte {
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        end = at;
                        break;
                    }
                }
                _ => {}
            }
        }
        if found.len() < MAX_COMPONENTS && !head.starts_with("//") {
            let name = head.split_whitespace().collect::<Vec<_>>().join(".").replace('"', "");
            found.push((name, rest.get(open + 1..end).unwrap_or_default()));
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    found
}

/// Components of Alloy forward to receivers of others; a source of logs counts where it leads to a `loki.write` or an exporter.
fn alloy(file: &Text) -> Pipe {
    let bare: String = file.text.lines().filter(|l| !l.trim_start().starts_with("//")).flat_map(|l| [l, "\n"]).collect();
    let blocks = blocks(&bare);
    let sources = || {
        blocks.iter().filter(|(n, _)| {
            ["loki.source.docker", "loki.source.kubernetes", "loki.source.file", "loki.source.podlogs", "loki.source.journal"]
                .iter()
                .any(|k| n.starts_with(k))
        })
    };
    let Some((first, _)) = sources().next() else { return Pipe::Other };
    let mut reached: Vec<&str> = Vec::new();
    let mut frontier: Vec<&str> = sources().map(|(_, body)| *body).collect();
    while let Some(body) = frontier.pop() {
        for (name, inner) in &blocks {
            if !reached.contains(&name.as_str()) && body.contains(&format!("{name}.")) {
                reached.push(name);
                frontier.push(inner);
            }
        }
    }
    let write =
        blocks.iter().find(|(n, _)| reached.contains(&n.as_str()) && (n.starts_with("loki.write") || n.starts_with("otelcol.exporter")));
    match write {
        Some((_, body)) => {
            let url = body
                .split_once("url")
                .or_else(|| body.split_once("endpoint"))
                .and_then(|(_, rest)| rest.split('"').nth(1))
                .unwrap_or_default();
            Pipe::Ships(host_of(url).to_owned(), file.at)
        }
        None => Pipe::Broken(file.at, format!("`{first}` forwards to nothing that ships")),
    }
}

/// Outputs of Fluent Bit that ship; the rest print or throw away.
fn ships(name: &str) -> bool {
    !matches!(name.to_ascii_lowercase().as_str(), "stdout" | "null" | "file" | "counter" | "flowcounter" | "")
}

fn takes(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "tail" | "forward" | "systemd" | "docker_events" | "syslog" | "tcp" | "http")
}

fn fluent_bit(file: &Text) -> Pipe {
    let mut sections: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for line in file.text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).take(MAX_COMPONENTS) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            sections.push((name.to_ascii_uppercase(), Vec::new()));
        } else if let (Some((key, value)), Some((_, last))) = (line.split_once(char::is_whitespace), sections.last_mut()) {
            last.push((key.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let of = |section: &[(String, String)], key: &str| section.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).unwrap_or_default();
    let each = |kind: &'static str| sections.iter().filter(move |(n, _)| n == kind).map(|(_, s)| s);
    fluent(
        file.at,
        &each("INPUT").map(|s| of(s, "name")).collect::<Vec<_>>(),
        &each("OUTPUT").map(|s| (of(s, "name"), of(s, "host"))).collect::<Vec<_>>(),
    )
}

fn fluent_bit_yaml(config: &Value) -> Pipe {
    let text = |v: &Value, key: &str| v.get(key).and_then(Value::written).unwrap_or_default().to_owned();
    let inputs: Vec<String> = each(config.path(&["pipeline", "inputs"])).iter().map(|i| text(i, "name")).collect();
    let outputs: Vec<(String, String)> =
        each(config.path(&["pipeline", "outputs"])).iter().map(|o| (text(o, "name"), text(o, "host"))).collect();
    fluent(config.at, &inputs, &outputs)
}

fn fluent(at: Location, inputs: &[String], outputs: &[(String, String)]) -> Pipe {
    if !inputs.iter().any(|i| takes(i)) {
        return Pipe::Other;
    }
    match outputs.iter().find(|(name, _)| ships(name)) {
        Some((_, host)) => Pipe::Ships(host.clone(), at),
        None => Pipe::Broken(at, "it prints what it takes, and ships nothing".into()),
    }
}
