//! What a Prometheus asks for metrics, and which metrics are there for it.

use plimsoll_base::{Location, Sourced};

use super::prometheus::{discovery, targets};
use super::rules::{EXPORTERS, Rule, metrics};
use super::{Around, Monitor, host_of, stands_in, tool_of};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Emitter, Probe, ProbeTold, Property};

/// Probed addresses of one job; beyond it the rest is not looked at.
const MAX_PROBES: usize = 100;

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

/// Beginnings of metrics that Prometheus has of itself and of each target.
const OWN: &[&str] = &["prometheus_", "alertmanager_", "scrape_", "ALERTS"];

/// A list of targets: their labels with the job's name, and the hosts that are there.
type TargetGroup = (Vec<(String, String)>, Vec<String>);

/// What a Prometheus asks for metrics.
pub(super) struct Scraped {
    /// Each list of targets.
    groups: Vec<TargetGroup>,
    /// Some job finds its targets by itself, or is read from another file.
    open: bool,
}

impl Scraped {
    pub(super) fn of(monitor: &Monitor, config: &Value, around: &Around) -> Self {
        let jobs = each(config.get("scrape_configs"));
        let mut groups = Vec::new();
        for job in jobs {
            let through = prober(job);
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
                let asked = hosts.iter().map(|t| through.unwrap_or(host_of(&t.value)).to_owned());
                groups.push((labels, asked.filter(|h| answers(h, around)).collect()));
            }
        }
        let open = jobs.iter().any(|j| discovery(j).is_some() || j.get("relabel_configs").is_some_and(|r| r.items().len() > 8))
            || ["scrape_config_files", "remote_read"].iter().any(|f| config.get(f).is_some())
            || jobs.iter().flat_map(targets).any(|t| t.value.contains("${"))
            || pushed(monitor, config);
        Self { groups, open }
    }

    /// The looks at addresses that a prober takes for Prometheus: jobs whose targets are handed to the blackbox exporter.
    pub(super) fn probes(monitor: &Monitor, config: &Value, around: &Around) -> Vec<Probe> {
        let mut found = Vec::new();
        for job in each(config.get("scrape_configs")) {
            let Some(through) = prober(job).filter(|_| job.get("metrics_path").is_some_and(|p| p.is("/probe"))) else { continue };
            let runs = match answers(through, around) {
                true => Property::stated(true, job.at, format!("`{}` asks `{through}` to look", monitor.name)),
                false => Property::stated(false, job.at, format!("`{through}`, which would look, is not there")),
            };
            for target in targets(job).into_iter().take(MAX_PROBES) {
                let outside = outside(&target, around);
                let name = format!("{}/{}", monitor.name, target.value);
                let told = ProbeTold::Alarm(&["probe_"]);
                found.push(Probe { name, at: target.at, prober: "the blackbox exporter", runs: runs.clone(), outside, told });
            }
        }
        found
    }

    fn hosts(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|(_, hosts)| hosts).map(String::as_str)
    }

    /// Whether the metrics of a rule are there, and who has to give them.
    pub(super) fn evaluated(&self, rule: &Rule<'_>, around: &Around, loaded: Location) -> (Property<bool>, Emitter) {
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
            match self.gives(metric, around) {
                Ok(by) => emitter = emitter.max(by),
                Err(says) => return dead(says),
            }
        }
        (Property::stated(true, loaded, "its file is loaded, its metrics are scraped"), emitter)
    }

    /// Who gives a metric, or why nothing that is scraped does.
    pub(super) fn gives(&self, metric: &str, around: &Around) -> Result<Emitter, String> {
        let scraped =
            |wanted: &dyn Fn(&str, &str) -> bool| self.open || self.hosts().any(|h| wanted(h, around.image_of(h).unwrap_or_default()));
        if let Some((prefix, images)) = EXPORTERS.iter().find(|(prefix, _)| metric.starts_with(prefix)) {
            let there = scraped(&|host, image| {
                images.iter().any(|i| image.contains(i) || host.contains(i)) || image.is_empty() && host != "localhost"
            });
            return if there {
                Ok(Emitter::Provider)
            } else {
                Err(format!("`{metric}` is not there: nothing that is scraped gives `{prefix}…` metrics"))
            };
        }
        if OWN.iter().any(|own| metric.starts_with(own)) {
            return Ok(Emitter::Provider);
        }
        // What is made for one product's metrics gives nothing of others; gateways and collectors pass on what programs send to them.
        let exporter = |image: &str| {
            let passes =
                ["pushgateway", "statsd", "collector", "alloy", "telegraf", "vector", "graphite"].iter().any(|p| image.contains(p));
            !passes && (image.contains("export") || image.contains("cadvisor") || tool_of(image).is_some())
        };
        if !scraped(&|host, image| host != "localhost" && !exporter(image)) {
            return Err(format!("`{metric}` is not there: no service of the product is scraped"));
        }
        let standard = STANDARD.iter().any(|s| metric.starts_with(s)) || metric.contains(':');
        Ok(if standard { Emitter::Library } else { Emitter::Product })
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

/// The host that is asked in place of a job's targets: where its address is replaced by one that is written.
fn prober(job: &Value) -> Option<&str> {
    let rules = each(job.get("relabel_configs")).iter();
    let replaced = rules.filter(|r| r.get("target_label").is_some_and(|t| t.is("__address__"))).find_map(|r| r.get("replacement"));
    replaced.and_then(Value::text).filter(|t| !t.contains('$')).map(host_of)
}

/// Whether an address that is probed is one that the outside uses, and no name of the inner network.
pub(super) fn outside(target: &Sourced<String>, around: &Around) -> Property<bool> {
    let host = host_of(&target.value);
    let says = format!("it asks `{host}`");
    if target.value.contains('$') || host.is_empty() {
        return Property::unresolved(target.at, "what it asks is handed in at deployment");
    }
    if stands_in(&target.value) {
        return Property::stated(false, target.at, format!("`{host}` is a placeholder"));
    }
    let inner = around.has(host) || !host.contains('.') || host.ends_with(".local") || host.ends_with(".internal") || private(host);
    Property::stated(!inner, target.at, says)
}

/// Whether a host is a number of a private network.
fn private(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|a| a.is_private() || a.is_loopback() || a.is_link_local())
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

/// Whether programs and collectors send metrics to a Prometheus without being asked.
fn pushed(monitor: &Monitor, config: &Value) -> bool {
    let receives = |w: &String| w.contains("remote-write-receiver") || w.contains("otlp-receiver") || w.contains("otlp-write-receiver");
    monitor.command.iter().any(receives) || config.get("otlp").is_some()
}
