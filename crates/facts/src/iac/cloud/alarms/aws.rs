//! CloudWatch alarms, event rules and the notifications that products send by themselves.

use std::collections::BTreeMap;

use plimsoll_base::Sourced;

use super::{addresses, tell, undecided};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Alarm, Infrastructure, Property, Symptom};

/// Actions that change capacity or machines; they tell nobody.
const ACTS: &[&str] = &["autoscaling", "appautoscaling", ":automate:", ":swf:"];

/// Attributes by which alarms name what they watch.
const NAMES: &[&str] =
    &["identifier", "cluster_identifier", "replication_group_id", "cluster_id", "function_name", "name", "bucket", "family", "domain_name"];

/// Products that send notifications without an alarm: the kind, the attribute that names the topic, the attribute that names what is watched.
const NOTIFICATIONS: &[(&str, &str, &str, Symptom)] = &[
    ("aws_db_event_subscription", "sns_topic", "source_ids", Symptom::Availability),
    ("aws_autoscaling_notification", "topic_arn", "group_names", Symptom::Availability),
    ("aws_backup_vault_notifications", "sns_topic_arn", "backup_vault_name", Symptom::Backup),
    ("aws_codestarnotifications_notification_rule", "target", "resource", Symptom::Other),
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    let named = names(resources);
    let first = found.alarms.len();
    for instance in resources.of("aws_cloudwatch_metric_alarm") {
        found.alarms.push(metric(resources, instance, &named));
    }
    for instance in resources.of("aws_cloudwatch_composite_alarm") {
        composite(resources, instance, &mut found.alarms, first);
    }
    events(resources, found);
    for (kind, topic, watched, symptom) in NOTIFICATIONS {
        for instance in resources.of(kind) {
            let mut alarm = Alarm::new(instance.address(), instance.at, "AWS", *symptom, instance.flag(&["enabled"], true));
            alarm.watches =
                each(instance.value.get(watched)).iter().filter_map(Value::written).flat_map(|t| addresses(resources, t)).collect();
            let topic = instance.value.get(topic);
            tell(resources, &mut alarm, topic.map(|t| t.get("address").unwrap_or(t)), ACTS);
            found.alarms.push(alarm);
        }
    }
}

/// Literal names of resources with their addresses, for dimensions that name them outright.
fn names<'a>(resources: &Resources<'a>) -> BTreeMap<&'a str, Vec<String>> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for instance in resources.all().iter().filter(|i| !i.data && i.kind.starts_with("aws_")) {
        for text in NAMES.iter().filter_map(|n| instance.value.get(n)).filter_map(Value::text) {
            let entry = found.entry(text).or_default();
            if entry.len() < 16 {
                entry.push(instance.address());
            }
        }
    }
    found
}

fn metric(resources: &Resources<'_>, instance: &Instance, named: &BTreeMap<&str, Vec<String>>) -> Alarm {
    let value = &instance.value;
    // A plain alarm states its metric itself; one over several metrics lists queries.
    let queries: Vec<&Value> = value.all("metric_query").collect();
    let metrics: Vec<&Value> = std::iter::once(value).chain(queries.iter().filter_map(|q| q.get("metric"))).collect();
    let written = |name: &str| metrics.iter().find_map(|m| m.get(name)?.sourced());
    let name = written("metric_name").or_else(|| queries.iter().find_map(|q| q.get("expression")?.sourced()));
    let own = value.get("alarm_name").and_then(Value::written).unwrap_or(&instance.name);
    let words = name.as_ref().map(|n| n.value.as_str());
    let mut symptom = words.map_or(Symptom::Other, Symptom::of);
    if symptom == Symptom::Other {
        symptom = Symptom::of(own);
    }
    if symptom == Symptom::Other {
        symptom = filtered(resources, instance, words);
    }
    let mut alarm = Alarm::new(instance.address(), instance.at, "CloudWatch", symptom, evaluated(instance));
    alarm.metric = name;
    alarm.namespace = written("namespace").map(|n| n.value);
    for dimensions in metrics.iter().filter_map(|m| m.get("dimensions")) {
        for field in dimensions.fields() {
            let Some(text) = field.value.written() else { continue };
            alarm.watches.extend(addresses(resources, text));
            if let Some(known) = field.value.text().and_then(|t| named.get(t)) {
                alarm.watches.extend(known.iter().cloned());
            }
        }
    }
    alarm.watches.sort();
    alarm.watches.dedup();
    told(resources, &mut alarm, instance);
    alarm
}

fn told(resources: &Resources<'_>, alarm: &mut Alarm, instance: &Instance) {
    for list in ["alarm_actions", "insufficient_data_actions"].iter().filter_map(|l| instance.value.get(l)) {
        tell(resources, alarm, Some(list), ACTS);
        alarm.tells_unresolved = alarm.tells_unresolved.or(undecided(resources, Some(list)));
    }
}

fn evaluated(instance: &Instance) -> Property<bool> {
    instance.flag(&["actions_enabled"], true)
}

/// A metric that is made from log lines: what the filter looks for tells what it is about.
fn filtered(resources: &Resources<'_>, instance: &Instance, metric: Option<&str>) -> Symptom {
    let Some(metric) = metric else { return Symptom::Other };
    let filter = resources.of("aws_cloudwatch_log_metric_filter").find(|f| {
        f.value.path(&["metric_transformation", "name"]).and_then(Value::text) == Some(metric)
            || addresses(resources, metric).contains(&f.address())
            || instance.written(&["metric_name"]).is_some_and(|t| addresses(resources, t).contains(&f.address()))
    });
    filter
        .and_then(|f| f.written(&["pattern"]))
        .map_or(Symptom::Other, |p| if p.contains('$') { Symptom::Security } else { Symptom::of(p) })
}

/// An alarm over alarms: it speaks for those that its rule names.
fn composite(resources: &Resources<'_>, instance: &Instance, alarms: &mut Vec<Alarm>, first: usize) {
    let rule = instance.written(&["alarm_rule"]).unwrap_or_default();
    let mut alarm = Alarm::new(instance.address(), instance.at, "CloudWatch", Symptom::of(&instance.name), evaluated(instance));
    told(resources, &mut alarm, instance);
    let members = addresses(resources, rule);
    for member in alarms[first..].iter_mut().filter(|a| members.contains(&a.name)) {
        if alarm.symptom == Symptom::Other {
            alarm.symptom = member.symptom;
        }
        alarm.watches.extend(member.watches.iter().cloned());
        if member.tells.is_empty() && alarm.evaluated.on() {
            member.tells.clone_from(&alarm.tells);
            member.tells_unresolved = alarm.tells_unresolved;
        }
    }
    alarms.push(alarm);
}

/// Rules over events that a topic is a target of.
fn events(resources: &Resources<'_>, found: &mut Infrastructure) {
    let mut targets: BTreeMap<String, Vec<&Instance>> = BTreeMap::new();
    for target in resources.of("aws_cloudwatch_event_target") {
        for rule in addresses(resources, target.written(&["rule"]).unwrap_or_default()) {
            targets.entry(rule).or_default().push(target);
        }
    }
    for rule in resources.of("aws_cloudwatch_event_rule").filter(|r| r.value.get("event_pattern").is_some()) {
        let address = rule.address();
        let targets = targets.get(&address).into_iter().flatten();
        let topics: Vec<Sourced<String>> = targets
            .filter_map(|t| t.value.get("arn"))
            .flat_map(|v| addresses(resources, v.written().unwrap_or_default()).into_iter().map(|a| Sourced::new(a, v.at)))
            .filter(|a| a.value.contains("aws_sns_topic."))
            .collect();
        if topics.is_empty() {
            continue;
        }
        let pattern = said(rule.value.get("event_pattern"));
        let state = if rule.value.get("state").is_some_and(|s| s.is("DISABLED")) {
            Property::stated(false, rule.at, "state = \"DISABLED\"")
        } else {
            rule.flag(&["is_enabled"], true)
        };
        let mut alarm = Alarm::new(address, rule.at, "EventBridge", event(&pattern), state);
        alarm.tells = topics;
        found.alarms.push(alarm);
    }
}

/// The words of a pattern, whichever way it is written.
fn said(value: Option<&Value>) -> String {
    let Some(value) = value else { return String::new() };
    if let Some(text) = value.written() {
        return text.to_owned();
    }
    let inner = value.items().iter().chain(value.fields().iter().map(|f| &f.value));
    inner.take(64).map(|v| said(Some(v))).collect::<Vec<_>>().join(" ")
}

fn event(pattern: &str) -> Symptom {
    let lower = pattern.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if has(&["aws.backup", "backup job"]) {
        Symptom::Backup
    } else if has(&["guardduty", "securityhub", "signin", "access-analyzer", "cloudtrail", "aws.config"]) {
        Symptom::Security
    } else if has(&["aws.acm"]) {
        Symptom::Certificate
    } else if has(&["aws.health", "stopped", "task state", "deployment state", "instance state", "db instance event", "aws.rds"]) {
        Symptom::Availability
    } else {
        Symptom::of(&lower)
    }
}
