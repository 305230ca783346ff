use plimsoll_discover::Tree;

use super::rules::metrics;
use crate::gather;
use crate::infrastructure::{Alarm, Emitter, Infrastructure, Symptom};

fn compose(files: &[(&str, &str)]) -> Infrastructure {
    let facts = gather(&Tree::in_memory("t", files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect()));
    facts.compose[0].infrastructure.clone()
}

fn alarm<'a>(found: &'a Infrastructure, name: &str) -> &'a Alarm {
    found.alarms.iter().find(|a| a.name == name).unwrap_or_else(|| panic!("no {name} among {:?}", found.alarms))
}

const STACK: &str = "services:
  api: {image: acme/api}
  prometheus:
    image: prom/prometheus:v3
    volumes: ['./monitoring:/etc/prometheus']
  alertmanager:
    image: prom/alertmanager:v0.27
    volumes: ['./monitoring/alertmanager.yml:/etc/alertmanager/alertmanager.yml']
";
const PROMETHEUS: &str = "rule_files: ['rules/*.yml']
alerting:
  alertmanagers:
    - static_configs: [{targets: ['alertmanager:9093']}]
scrape_configs:
  - job_name: api
    static_configs: [{targets: ['api:8000']}]
";
const RULES: &str = "groups:
  - name: api
    rules:
      - alert: ApiDown
        expr: up{job=\"api\"} == 0
        labels: {severity: critical}
      - alert: DiskFull
        expr: node_filesystem_avail_bytes < 1
      - alert: Errors
        expr: sum(rate(http_requests_total{status=~\"5..\"}[5m])) > 1
        labels: {severity: info}
";
const ALERTMANAGER: &str = "route:
  receiver: nobody
  routes:
    - matchers: ['severity=\"critical\"']
      receiver: pager
receivers:
  - name: nobody
  - name: pager
    pagerduty_configs: [{routing_key_file: /run/secrets/key}]
";

#[test]
fn rules_are_followed_from_the_mount_to_the_receiver() {
    let found = compose(&[
        ("compose.yaml", STACK),
        ("monitoring/prometheus.yml", PROMETHEUS),
        ("monitoring/rules/api.yml", RULES),
        ("monitoring/alertmanager.yml", ALERTMANAGER),
    ]);
    let down = alarm(&found, "ApiDown");
    assert_eq!(down.symptom, Symptom::Availability);
    assert!(down.evaluated.on());
    assert_eq!(down.tells.iter().map(|t| t.value.as_str()).collect::<Vec<_>>(), ["alertmanager/pager"]);
    assert!(alarm(&found, "DiskFull").evaluated.off(), "no node exporter is scraped");
    let errors = alarm(&found, "Errors");
    assert!(errors.evaluated.on() && errors.symptom == Symptom::Errors);
    assert_eq!(errors.emitter, Emitter::Library);
    assert_eq!(errors.tells[0].value, "alertmanager/nobody");
    let pager = found.channels.iter().find(|c| c.name == "alertmanager/pager").expect("the receiver");
    assert!(pager.receivers[0].real.on());
}

#[test]
fn a_rule_file_that_is_not_mounted_is_not_loaded() {
    let stack = STACK.replace("./monitoring:/etc/prometheus", "./monitoring/prometheus.yml:/etc/prometheus/prometheus.yml");
    let files = [("compose.yaml", stack.as_str()), ("monitoring/prometheus.yml", PROMETHEUS), ("monitoring/rules/api.yml", RULES)];
    let found = compose(&files);
    assert!(found.alarms.iter().all(|a| a.evaluated.off()), "{:?}", found.alarms);
    let facts = gather(&Tree::in_memory("t", files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect()));
    assert_eq!(facts.rule_files.len(), 3);
}

#[test]
fn a_rule_file_bears_any_name() {
    let prometheus = PROMETHEUS.replace("rules/*.yml", "alert.rules");
    for rules in [RULES.to_owned(), format!("# what wakes us\n\n{RULES}")] {
        let found = compose(&[("compose.yaml", STACK), ("monitoring/prometheus.yml", &prometheus), ("monitoring/alert.rules", &rules)]);
        assert!(alarm(&found, "ApiDown").evaluated.on(), "{:?}", found.alarms);
    }
    let other = "rules_version = '2';\nservice cloud.firestore {}\n";
    let found = compose(&[("compose.yaml", STACK), ("monitoring/prometheus.yml", &prometheus), ("monitoring/alert.rules", other)]);
    assert!(found.alarms.iter().all(|a| a.evaluated.off()), "{:?}", found.alarms);
}

#[test]
fn loki_keeps_for_ever_without_its_compactor() {
    let keep = |config: &str| {
        let compose_file = "services:\n  loki:\n    image: grafana/loki:3\n    command: -config.file=/etc/loki.yml\n    volumes: ['./loki.yml:/etc/loki.yml']\n";
        compose(&[("compose.yaml", compose_file), ("loki.yml", config)]).logs[0].keep_days.known().copied()
    };
    assert_eq!(keep("limits_config: {retention_period: 744h}\ncompactor: {retention_enabled: true}\n"), Some(31));
    assert_eq!(keep("limits_config: {retention_period: 744h}\n"), Some(0));
    assert_eq!(keep("auth_enabled: false\n"), Some(0));
}

#[test]
fn metrics_are_told_from_labels_and_functions() {
    assert_eq!(
        metrics("sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m])) / on(job) group_left up > 0.1"),
        ["http_requests_total", "up"]
    );
    assert_eq!(metrics("absent(up{job=\"a\"})"), ["up"]);
    assert!(metrics("\"unterminated").is_empty());
}
