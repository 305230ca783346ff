//! Files of alert rules in the form of Prometheus, which Loki, Thanos, Mimir and vmalert share.

use plimsoll_base::{Location, Sourced};
use plimsoll_discover::{Format, Role};
use plimsoll_syntax::Node;

use crate::iac::value::{Value, each};
use crate::infrastructure::{Alarm, Property, Symptom};
use crate::library::Library;

/// Rules of one file; beyond it the rest is not looked at.
const MAX_RULES: usize = 2000;

/// One alert of a rule file.
pub(crate) struct Rule<'v> {
    pub(crate) at: Location,
    pub(crate) alert: &'v str,
    pub(crate) expression: Sourced<String>,
    /// Its labels with the name as `alertname`.
    pub(crate) labels: Vec<(&'v str, &'v str)>,
}

/// The alerts in the groups of a document.
pub(crate) fn rules(document: &Value) -> Vec<Rule<'_>> {
    let groups = each(document.get("groups")).iter();
    let rules = groups.flat_map(|g| each(g.get("rules")));
    rules.filter_map(rule).take(MAX_RULES).collect()
}

fn rule(value: &Value) -> Option<Rule<'_>> {
    let alert = value.get("alert")?.written()?;
    let expression = value.get("expr")?;
    let expression = Sourced::new(expression.written()?.to_owned(), expression.at);
    let mut labels = vec![("alertname", alert)];
    labels
        .extend(value.get("labels").map(Value::fields).unwrap_or_default().iter().filter_map(|f| Some((f.name.as_str(), f.value.text()?))));
    Some(Rule { at: value.field("alert").map_or(value.at, |f| f.at), alert, expression, labels })
}

impl Rule<'_> {
    /// As an alarm.
    pub(crate) fn alarm(&self, evaluator: &'static str, evaluated: Property<bool>) -> Alarm {
        let mut symptom = Symptom::of(&self.expression.value);
        if symptom == Symptom::Other {
            symptom = Symptom::of(self.alert);
        }
        let mut alarm = Alarm::new(self.alert, self.at, evaluator, symptom, evaluated);
        alarm.metric = Some(self.expression.clone());
        alarm.namespace = metrics(&self.expression.value).into_iter().find_map(engine_of).map(str::to_owned);
        alarm
    }
}

/// Beginnings of metrics with the exporters that give them: parts of their images' names.
pub(crate) const EXPORTERS: &[(&str, &[&str])] = &[
    ("node_", &["node-exporter", "node_exporter"]),
    ("container_", &["cadvisor"]),
    ("pg_", &["postgres-exporter", "postgres_exporter"]),
    ("redis_", &["redis_exporter", "redis-exporter"]),
    ("mysql_", &["mysqld-exporter", "mysql-exporter"]),
    ("mongodb_", &["mongodb_exporter", "mongodb-exporter"]),
    ("probe_", &["blackbox"]),
    ("kube_", &["kube-state-metrics"]),
    ("nginx_", &["nginx-prometheus-exporter", "nginx-exporter", "ingress-nginx"]),
    ("elasticsearch_", &["elasticsearch-exporter", "elasticsearch_exporter"]),
    ("kafka_", &["kafka"]),
    ("rabbitmq_", &["rabbitmq"]),
    ("traefik_", &["traefik"]),
    ("minio_", &["minio"]),
    ("caddy_", &["caddy"]),
    ("haproxy_", &["haproxy"]),
    ("loki_", &["loki"]),
    ("promtail_", &["promtail"]),
    ("memcached_", &["memcached-exporter", "memcached_exporter"]),
    ("smartctl_", &["smartctl"]),
    ("windows_", &["windows_exporter", "windows-exporter"]),
];

/// The engine of a datastore that a metric tells of.
fn engine_of(metric: &str) -> Option<&'static str> {
    let engines = [
        ("pg_", "postgres"),
        ("redis_", "redis"),
        ("mysql_", "mysql"),
        ("mongodb_", "mongodb"),
        ("elasticsearch_", "elasticsearch"),
        ("kafka_", "kafka"),
        ("rabbitmq_", "rabbitmq"),
        ("minio_", "object-storage"),
        ("clickhouse", "clickhouse"),
        ("cassandra_", "cassandra"),
        ("memcached_", "memcached"),
    ];
    engines.iter().find(|(prefix, _)| metric.to_ascii_lowercase().starts_with(prefix)).map(|(_, engine)| *engine)
}

/// The names of metrics in an expression: words outside of braces, brackets and quotes that are no functions and no keywords.
pub(crate) fn metrics(expression: &str) -> Vec<&str> {
    const KEYWORDS: &[&str] =
        &["by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset", "inf", "nan"];
    // An aggregation may name its labels before its brackets.
    const AGGREGATIONS: &[&str] =
        &["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "topk", "bottomk", "quantile", "count_values"];
    let bytes = expression.as_bytes();
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b':';
    let mut found: Vec<&str> = Vec::new();
    let (mut at, mut braces, mut grouping) = (0, 0_i32, false);
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b'{' | b'[' => braces += 1,
            b'}' | b']' => braces -= 1,
            b'"' | b'\'' | b'`' => {
                at += 1;
                while at < bytes.len() && bytes[at] != byte {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b')' => grouping = false,
            _ if word(byte) => {
                let start = at;
                while at < bytes.len() && word(bytes[at]) {
                    at += 1;
                }
                let text = &expression[start..at];
                let call = expression[at..].trim_start().starts_with('(');
                let lower = text.to_ascii_lowercase();
                if KEYWORDS.contains(&lower.as_str()) {
                    // Labels stand in the brackets behind these, not metrics.
                    grouping |= call;
                } else if !call
                    && !AGGREGATIONS.contains(&lower.as_str())
                    && braces <= 0
                    && !grouping
                    && !text.starts_with(|c: char| c.is_ascii_digit())
                    && !found.contains(&text)
                {
                    found.push(text);
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Every alert in the rule files of the tree, as one that nothing loads: what runs and loads them says otherwise.
pub(crate) fn unloaded(library: &Library) -> Vec<Alarm> {
    let shaped = |n: &Node| {
        n.get("groups")
            .is_some_and(|g| g.items().iter().any(|g| g.get("rules").is_some_and(|r| r.items().iter().any(|r| r.get("alert").is_some()))))
    };
    let mut found = Vec::new();
    for held in library.files().iter().filter(|f| f.product() && f.role != Role::Docs && f.format == Format::Yaml) {
        for node in held.documents.iter().filter(|n| shaped(n)) {
            let value = Value::of(node, held.id);
            for rule in rules(&value) {
                let why = Property::stated(false, held.whole(), format!("nothing that the assessed deployment runs loads {}", held.path));
                found.push(rule.alarm("Prometheus", why));
            }
        }
    }
    found
}
