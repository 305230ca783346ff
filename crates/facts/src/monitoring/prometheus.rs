//! Prometheus and vmalert: the rules they really load, the metrics that are really there, the Alertmanager they really reach.

use globset::GlobBuilder;
use plimsoll_base::{Location, Sourced};

use super::alertmanager::Manager;
use super::rules::{EXPORTERS, Rule, metrics, rules};
use super::{Around, Files, Monitor, host_of, tool_of};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Alarm, Channel, Emitter, Infrastructure, Property, Symptom};
use crate::library::folder_of;

pub(super) fn read(monitor: &Monitor, around: &Around, managers: &[Manager], found: &mut Infrastructure) {
    let Some((path, config)) = monitor.configuration("config.file", "/etc/prometheus/prometheus.yml") else { return };
    let targets = each(config.path(&["alerting", "alertmanagers"])).iter().flat_map(targets).collect::<Vec<_>>();
    let discovered = each(config.path(&["alerting", "alertmanagers"])).iter().find_map(discovery);
    let scraped = Scraped::of(config, around);
    let folder = folder_of(&path).to_owned();
    for entry in each(config.get("rule_files")) {
        let Some(pattern) = entry.text() else { continue };
        let pattern = if pattern.starts_with('/') { pattern.to_owned() } else { format!("{folder}/{}", pattern.trim_start_matches("./")) };
        load(monitor, &pattern, entry.at, found, |rule, found| {
            let (evaluated, emitter) = scraped.evaluated(rule, around, entry.at);
            let mut alarm = rule.alarm("Prometheus", evaluated);
            alarm.emitter = emitter;
            tell(&mut alarm, rule, &targets, managers, around, found);
            if alarm.tells.is_empty() {
                alarm.tells_unresolved = discovered;
            }
            alarm
        });
    }
}

pub(super) fn vmalert(monitor: &Monitor, around: &Around, managers: &[Manager], found: &mut Infrastructure) {
    let targets: Vec<Sourced<String>> = monitor.flag("notifier.url").iter().map(|t| Sourced::new((*t).to_owned(), monitor.at)).collect();
    for pattern in monitor.flag("rule") {
        load(monitor, pattern, monitor.at, found, |rule, found| {
            let mut alarm = rule.alarm("vmalert", Property::stated(true, monitor.at, format!("`{}` loads it", monitor.name)));
            tell(&mut alarm, rule, &targets, managers, around, found);
            alarm
        });
    }
}

/// The alerts of every file that a pattern loads; a pattern that loads nothing is told.
pub(super) fn load(
    monitor: &Monitor,
    pattern: &str,
    at: Location,
    found: &mut Infrastructure,
    mut alarm: impl FnMut(&Rule<'_>, &mut Infrastructure) -> Alarm,
) {
    let documents = matching(&monitor.files, pattern);
    if documents.is_empty() {
        let why = format!("`{pattern}` is not among what is mounted into `{}`", monitor.name);
        found.alarms.push(Alarm::new(pattern, at, "Prometheus", Symptom::Other, Property::stated(false, at, why)));
    }
    for document in documents {
        for rule in rules(document) {
            let alarm = alarm(&rule, found);
            found.alarms.push(alarm);
        }
    }
}

/// Documents of the files that a glob of the container's paths matches.
fn matching<'f>(files: &'f Files, pattern: &str) -> Vec<&'f Value> {
    let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() else { return Vec::new() };
    let matcher = glob.compile_matcher();
    files.all.iter().filter(|f| matcher.is_match(&f.path)).flat_map(|f| &f.documents).collect()
}

/// Static targets of a scrape job or of a list of Alertmanagers.
fn targets(job: &Value) -> Vec<Sourced<String>> {
    each(job.get("static_configs")).iter().flat_map(|c| c.get("targets").map(Value::texts).unwrap_or_default()).collect()
}

/// Where targets are found by asking something at run time.
fn discovery(job: &Value) -> Option<Location> {
    job.fields().iter().find(|f| f.name.ends_with("_sd_configs")).map(|f| f.at)
}

/// Engines that answer no question of Prometheus at their own port: their metrics come from an exporter.
const MUTE: &[&str] = &["postgres", "postgis", "pgvector", "mysql", "mariadb", "redis", "valkey", "mongo", "memcached", "nginx"];

/// Beginnings of metrics that client libraries give without further code.
const STANDARD: &[&str] = &[
    "http_request",
    "http_server_",
    "http_client_",
    "process_",
    "python_",
    "go_",
    "nodejs_",
    "jvm_",
    "promhttp_",
    "flask_",
    "django_",
    "starlette_",
    "fastapi_",
    "grpc_",
    "aspnetcore_",
    "dotnet_",
    "ruby_",
    "rails_",
    "puma_",
    "sidekiq_",
    "celery_",
    "hikaricp_",
    "tomcat_",
];

/// A list of targets: their labels with the job's name, and the hosts that are there.
type TargetGroup = (Vec<(String, String)>, Vec<String>);

/// What Prometheus asks for metrics.
struct Scraped {
    /// Each list of targets.
    groups: Vec<TargetGroup>,
    /// Some job finds its targets by itself, or is read from another file.
    open: bool,
}

impl Scraped {
    fn of(config: &Value, around: &Around) -> Self {
        let jobs = each(config.get("scrape_configs"));
        let mut groups = Vec::new();
        for job in jobs {
            for list in each(job.get("static_configs")) {
                let mut labels: Vec<(String, String)> = list
                    .get("labels")
                    .map(Value::fields)
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|f| Some((f.name.clone(), f.value.text()?.to_owned())))
                    .collect();
                labels.extend(job.get("job_name").and_then(Value::text).map(|name| ("job".to_owned(), name.to_owned())));
                let hosts = list.get("targets").map(Value::texts).unwrap_or_default();
                groups.push((labels, hosts.iter().map(|t| host_of(&t.value).to_owned()).filter(|h| answers(h, around)).collect()));
            }
        }
        let open = jobs.iter().any(|j| discovery(j).is_some() || j.get("relabel_configs").is_some_and(|r| r.items().len() > 8))
            || ["scrape_config_files", "remote_read"].iter().any(|f| config.get(f).is_some())
            || jobs.iter().flat_map(targets).any(|t| t.value.contains("${"));
        Self { groups, open }
    }

    fn hosts(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|(_, hosts)| hosts).map(String::as_str)
    }

    /// Whether the metrics of a rule are there, and who has to give them.
    fn evaluated(&self, rule: &Rule<'_>, around: &Around, loaded: Location) -> (Property<bool>, Emitter) {
        let expression = &rule.expression;
        let dead = |says: String| (Property::stated(false, expression.at, says), Emitter::Provider);
        let mut emitter = Emitter::Provider;
        for metric in metrics(&expression.value) {
            if metric == "up" {
                if let Some(says) = self.unseen(&expression.value).filter(|_| !self.open) {
                    return dead(says);
                }
                continue;
            }
            let scraped =
                |wanted: &dyn Fn(&str, &str) -> bool| self.open || self.hosts().any(|h| wanted(h, around.image_of(h).unwrap_or_default()));
            match EXPORTERS.iter().find(|(prefix, _)| metric.starts_with(prefix)) {
                Some((prefix, images)) => {
                    if !scraped(&|host, image| {
                        images.iter().any(|i| image.contains(i) || host.contains(i)) || image.is_empty() && host != "localhost"
                    }) {
                        return dead(format!("`{metric}` is not there: nothing that is scraped gives `{prefix}…` metrics"));
                    }
                }
                None if metric.starts_with("prometheus_") || metric.starts_with("alertmanager_") || metric.starts_with("scrape_") => {}
                None => {
                    let exporter = |image: &str| image.contains("export") || image.contains("cadvisor") || tool_of(image).is_some();
                    if !scraped(&|host, image| host != "localhost" && !exporter(image)) {
                        return dead(format!("`{metric}` is not there: no service of the product is scraped"));
                    }
                    let standard = STANDARD.iter().any(|s| metric.starts_with(s)) || metric.contains(':');
                    emitter = emitter.max(if standard { Emitter::Library } else { Emitter::Product });
                }
            }
        }
        (Property::stated(true, loaded, "its file is loaded, its metrics are scraped"), emitter)
    }

    /// Why `up` of an expression is about no target that is there: `up{job="api"}` needs a job of that name that asks something.
    fn unseen(&self, expression: &str) -> Option<String> {
        let wanted = matchers(expression);
        let mut fitting = self.groups.iter().filter(|(labels, _)| {
            wanted.iter().all(|(name, value)| *name == "instance" || labels.iter().any(|(n, v)| n == name && v == value))
        });
        match fitting.next() {
            None => {
                let (name, value) = wanted.first().copied().unwrap_or(("job", ""));
                Some(format!("no target that is scraped has {name}=\"{value}\""))
            }
            Some((_, hosts)) if hosts.is_empty() && fitting.all(|(_, h)| h.is_empty()) => {
                Some("what it asks for does not answer Prometheus: it is not there, or it needs an exporter".into())
            }
            Some(_) => None,
        }
    }
}

/// Whether a target is there and speaks the language of Prometheus: a name without a dot is one of the same network; others are machines
/// outside, which may well be there.
fn answers(host: &str, around: &Around) -> bool {
    let mute = around.image_of(host).is_some_and(|image| {
        let name = image.split('@').next().unwrap_or(image);
        let name = name.rsplit('/').next().unwrap_or(name).split(':').next().unwrap_or(name);
        MUTE.contains(&name)
    });
    !mute && (around.has(host) || host.contains('.') || host == "localhost")
}

/// The equalities in the first braces of an expression: `{job="api", service="x"}`.
fn matchers(expression: &str) -> Vec<(&str, &str)> {
    let Some((_, rest)) = expression.split_once('{') else { return Vec::new() };
    let inner = rest.split('}').next().unwrap_or("");
    inner
        .split(',')
        .filter_map(|part| part.split_once('='))
        .filter(|(n, v)| !n.ends_with('!') && v.trim().starts_with(['"', '\'']))
        .map(|(n, v)| (n.trim(), v.trim().trim_matches(['"', '\''])))
        .collect()
}

/// Leads a rule to the receivers of the Alertmanagers that are told.
pub(super) fn tell(
    alarm: &mut Alarm,
    rule: &Rule<'_>,
    targets: &[Sourced<String>],
    managers: &[Manager],
    around: &Around,
    found: &mut Infrastructure,
) {
    for target in targets {
        let host = host_of(&target.value);
        if let Some(manager) = managers.iter().find(|m| m.name == host) {
            for channel in manager.reached(&rule.labels) {
                alarm.tells.push(Sourced::new(channel, target.at));
            }
            continue;
        }
        alarm.tells.push(target.clone());
        // A name of the same network that nobody has reaches nobody; what lies outside may have its receivers there.
        let absent = host == "localhost" || host == "127.0.0.1" || !host.contains('.') && !around.has(host) && !host.contains('$');
        if absent && !found.channels.iter().any(|c| c.name == target.value) {
            found.channels.push(Channel { name: target.value.clone(), at: target.at, receivers: Vec::new() });
        }
    }
}
