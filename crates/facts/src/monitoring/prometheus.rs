//! Prometheus and vmalert: the rules they really load, the metrics that are really there, the Alertmanager they really reach.

use globset::GlobBuilder;
use plimsoll_base::{Location, Sourced};

use super::alertmanager::Manager;
use super::rules::{Rule, rules};
use super::scraped::Scraped;
use super::{Around, Files, Monitor, host_of};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Alarm, Channel, Infrastructure, Property, Scrape, Symptom};
use crate::library::folder_of;

pub(super) fn read(monitor: &Monitor, around: &Around, managers: &[Manager], found: &mut Infrastructure) {
    let Some((path, config)) = monitor.configuration("config.file", "/etc/prometheus/prometheus.yml") else { return };
    let targets = each(config.path(&["alerting", "alertmanagers"])).iter().flat_map(targets).collect::<Vec<_>>();
    let discovered = each(config.path(&["alerting", "alertmanagers"])).iter().find_map(discovery);
    let scraped = Scraped::of(monitor, config, around);
    found.probes.extend(Scraped::probes(monitor, config, around));
    for job in each(config.get("scrape_configs")).iter().filter(|j| !j.get("metrics_path").is_some_and(|p| p.is("/probe"))) {
        let by = || monitor.name.clone();
        found.scrapes.extend(discovery(job).map(|at| Scrape { host: None, at, by: by() }));
        found.scrapes.extend(self::targets(job).into_iter().map(|t| Scrape {
            host: Some(host_of(&t.value).to_owned()),
            at: t.at,
            by: by(),
        }));
    }
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
pub(super) fn targets(job: &Value) -> Vec<Sourced<String>> {
    each(job.get("static_configs")).iter().flat_map(|c| c.get("targets").map(Value::texts).unwrap_or_default()).collect()
}

/// Where targets are found by asking something at run time.
pub(super) fn discovery(job: &Value) -> Option<Location> {
    job.fields().iter().find(|f| f.name.ends_with("_sd_configs")).map(|f| f.at)
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
