//! Backups in a cluster: jobs on a schedule that run a dump, and the operators that make backups themselves.

use plimsoll_base::{Location, Sourced, Span};
use plimsoll_syntax::{ShellCommand, Strictness, shell_with};

use crate::backup::{Told, given, plan_of_image, plan_of_work, work};
use crate::iac::kubernetes::context::Context;
use crate::iac::kubernetes::object::Object;
use crate::iac::kubernetes::pod;
use crate::iac::value::{Value, each};
use crate::infrastructure::{BackupPlan, Coverage, Destination, Infrastructure, Property, RestoreTest};

pub(super) fn read(objects: &[Object], found: &mut Infrastructure) {
    let context = Context::new(objects);
    for object in objects {
        match (object.group.as_str(), object.kind.as_str()) {
            ("batch", "CronJob") => job(object, &context, found),
            ("velero.io", "Schedule") => found.backups.push(velero(object, objects)),
            ("postgresql.cnpg.io", "ScheduledBackup") => found.backups.push(cnpg(object, objects)),
            ("postgresql.cnpg.io", "Cluster") => found.backups.extend(cnpg_archive(object, objects)),
            ("acid.zalan.do", "postgresql") => found.backups.extend(zalando(object)),
            ("postgres-operator.crunchydata.com", "PostgresCluster") => {
                found.backups.extend(pgbackrest(object, &["backups", "pgbackrest"]))
            }
            ("pgv2.percona.com", "PerconaPGCluster") => found.backups.extend(pgbackrest(object, &["backups", "pgbackrest"])),
            ("psmdb.percona.com" | "pxc.percona.com", _) => found.backups.extend(percona(object)),
            ("k8up.io", "Schedule") => found.backups.push(k8up(object)),
            ("snapscheduler.backube", "SnapshotSchedule") => found.backups.push(snapshots(object)),
            ("longhorn.io", "RecurringJob") => found.backups.extend(longhorn(object)),
            ("k8s.mariadb.com" | "mariadb.mmontes.io", "Backup") => found.backups.push(mariadb(object)),
            ("volsync.backube", "ReplicationSource") => found.backups.push(volsync(object)),
            _ => {}
        }
    }
}

/// The text at a path as a property.
fn word(object: &Object, path: &[&str]) -> Option<Property<String>> {
    let value = object.spec(path)?;
    let name = path.join(".");
    Some(match value.text() {
        Some(text) => Property::stated(text.to_owned(), value.at, format!("{name}: {text}")),
        None => Property::unresolved(value.at, format!("{name} is decided elsewhere")),
    })
}

/// Whether it runs, by a field that stops it.
fn unless(object: &Object, field: &str) -> Property<bool> {
    match object.spec(&[field]) {
        Some(v) if v.is_true() => Property::stated(false, v.at, format!("{field}: true")),
        Some(v) if !v.is_false() => Property::unresolved(v.at, format!("{field} is decided elsewhere")),
        _ => Property::defaulted(true, object.at(), "nothing suspends it"),
    }
}

/// Days of `30d`, `720h0m0s`, `4w`, `1m`.
fn kept(value: Option<&Value>) -> Option<Property<u32>> {
    let value = value?;
    let Some(text) = value.text() else { return Some(Property::unresolved(value.at, "decided elsewhere")) };
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let number: u32 = digits.parse().ok()?;
    let days = match text[digits.len()..].chars().next() {
        Some('h') => number / 24,
        Some('w') => number.saturating_mul(7),
        Some('m') => number.saturating_mul(30),
        Some('y') => number.saturating_mul(365),
        _ => number,
    };
    Some(Property::stated(days, value.at, format!("kept: {text}")))
}

/// A remote store that one of some fields names.
fn remote(value: Option<&Value>, fields: &[&str]) -> Option<Destination> {
    let value = value?;
    fields.iter().find_map(|f| value.field(f)).map(|f| Destination::Remote(Sourced::new(f.name.clone(), f.at)))
}

const OBJECT_STORES: &[&str] = &["s3", "gcs", "azure", "b2", "swift", "rest"];

/// A job on a schedule: what its commands, and the scripts that it mounts, do.
fn job(object: &Object, context: &Context<'_>, found: &mut Infrastructure) {
    let schedule = word(object, &["schedule"]);
    let pod = object.template().map(|(pod, _)| pod);
    let scripts = pod.map(|p| mounted(p, context)).unwrap_or_default();
    for workload in pod::workloads(object, &object.name, context) {
        if let Some(mut plan) = plan_of_image(&workload) {
            plan.schedule = schedule.clone().or(plan.schedule);
            plan.runs = unless(object, "suspend");
            found.backups.push(plan);
            continue;
        }
        let mut told = Vec::new();
        for words in [&workload.entrypoint, &workload.command].into_iter().flatten() {
            let commands = match words.value.as_slice() {
                [text] if text.contains(char::is_whitespace) => shell_with(text, Strictness::PLAIN),
                words => ShellCommand::from_words(words.to_vec(), Span::default()),
            };
            told.extend(commands.into_iter().map(|command| Told { command, at: words.at }));
        }
        // Entrypoint and arguments together are one command line where neither is a shell's.
        if told.iter().all(|t| t.command.words.len() < 2 || t.command.words[0].starts_with('-'))
            && let (Some(entry), Some(args)) = (&workload.entrypoint, &workload.command)
        {
            let words: Vec<String> = entry.value.iter().chain(&args.value).cloned().collect();
            told.extend(ShellCommand::from_words(words, Span::default()).into_iter().map(|command| Told { command, at: entry.at }));
        }
        for (name, text, at) in &scripts {
            let started = told.iter().any(|t| t.command.words.iter().any(|w| w.contains(name.as_str())));
            if started {
                told.extend(shell_with(text, Strictness::PLAIN).into_iter().map(|command| Told { command, at: *at }));
            }
        }
        let done = work(&told, &|name| given(&workload, name));
        if let Some(mut plan) = plan_of_work(&workload.name, object.at(), &done) {
            plan.schedule = schedule.clone();
            plan.runs = unless(object, "suspend");
            if plan.covers.iter().all(|c| matches!(c, Coverage::Unresolved(_))) {
                plan.covers = vec![Coverage::Volumes];
            }
            found.backups.push(plan);
        }
        if let Some(first) = done.restores.first()
            && done.dumps.is_empty()
        {
            found.restore_tests.push(RestoreTest {
                at: first.at,
                says: format!("`{}` restores with {}", object.name, first.tool),
                schedule: schedule.clone(),
                asserts: done.checks.is_some(),
                covers: first.engine.map(|e| Coverage::Engine(e.to_owned())).into_iter().collect(),
            });
        }
    }
}

/// The scripts in config maps that a pod mounts: the file's name, its text, its place.
fn mounted(pod: &Value, context: &Context<'_>) -> Vec<(String, String, Location)> {
    let volumes = each(pod.get("volumes"));
    let names = volumes.iter().filter_map(|v| v.path(&["configMap", "name"])?.written());
    let maps = names.filter_map(|n| context.config(n));
    maps.flat_map(|m| m.fields()).filter_map(|f| Some((f.name.clone(), f.value.written()?.to_owned(), f.at))).collect()
}

fn velero(object: &Object, objects: &[Object]) -> BackupPlan {
    let mut plan = BackupPlan::new(&object.name, object.at(), "Velero");
    plan.schedule = word(object, &["schedule"]);
    plan.runs = unless(object, "paused");
    plan.keep_days = kept(object.spec(&["template", "ttl"]))
        .or_else(|| Some(Property::defaulted(30, object.at(), "ttl is not set: 30 days by default")));
    let off = |path: &[&str]| object.spec(path).is_some_and(Value::is_false);
    let files = object.spec(&["template", "defaultVolumesToFsBackup"]).is_some_and(Value::is_true);
    if !off(&["template", "snapshotVolumes"]) || files {
        plan.covers.push(Coverage::Volumes);
    }
    let location = objects.iter().find(|o| o.group == "velero.io" && o.kind == "BackupStorageLocation");
    plan.destination = match location {
        Some(l) => Destination::Remote(Sourced::new(format!("the storage location {}", l.name), l.at())),
        // A server of Velero does not start without a storage location, which is an object store.
        None => Destination::Remote(Sourced::new("Velero's storage location".into(), object.at())),
    };
    plan
}

fn archive(cluster: &Object) -> Option<(&Value, Destination)> {
    let store = cluster.spec(&["backup", "barmanObjectStore"])?;
    let path = store.get("destinationPath");
    let at = path.map_or(store.at, |p| p.at);
    let says = path.and_then(Value::written).unwrap_or("an object store").to_owned();
    Some((store, Destination::Remote(Sourced::new(says, at))))
}

fn cnpg(object: &Object, objects: &[Object]) -> BackupPlan {
    let mut plan = BackupPlan::new(&object.name, object.at(), "CloudNativePG");
    plan.schedule = word(object, &["schedule"]);
    plan.runs = unless(object, "suspend");
    let name = object.spec(&["cluster", "name"]).and_then(Value::written).unwrap_or_default();
    plan.covers.push(Coverage::Store(name.to_owned()));
    let cluster = objects.iter().find(|o| o.group == object.group && o.kind == "Cluster" && o.name == name);
    if let Some(cluster) = cluster {
        plan.keep_days = kept(cluster.spec(&["backup", "retentionPolicy"]));
        if let Some((store, destination)) = archive(cluster) {
            plan.destination = destination;
            plan.continuous = Some(Property::stated(true, store.at, "the cluster archives its log to barmanObjectStore"));
        } else if object.spec(&["method"]).is_some_and(|m| m.is("plugin")) {
            plan.destination = Destination::Unresolved;
        }
    } else {
        plan.destination = Destination::Unresolved;
    }
    plan
}

/// A cluster that archives its log, for which no base backup is scheduled here.
fn cnpg_archive(object: &Object, objects: &[Object]) -> Option<BackupPlan> {
    let scheduled = objects
        .iter()
        .any(|o| o.kind == "ScheduledBackup" && o.spec(&["cluster", "name"]).and_then(Value::written) == Some(object.name.as_str()));
    let (store, destination) = archive(object)?;
    if scheduled {
        return None;
    }
    let mut plan = BackupPlan::new(&object.name, object.at(), "CloudNativePG");
    plan.destination = destination;
    plan.keep_days = kept(object.spec(&["backup", "retentionPolicy"]));
    plan.continuous = Some(Property::stated(true, store.at, "the cluster archives its log to barmanObjectStore"));
    plan.covers.push(Coverage::Store(object.name.clone()));
    Some(plan)
}

fn zalando(object: &Object) -> Option<BackupPlan> {
    let switch = object.spec(&["enableLogicalBackup"])?;
    let mut plan = BackupPlan::new(&object.name, object.at(), "logical backups of the Postgres operator");
    plan.runs = if switch.is_true() {
        Property::stated(true, switch.at, "enableLogicalBackup: true")
    } else {
        Property::stated(false, switch.at, "enableLogicalBackup is off")
    };
    let default = || Property::defaulted("30 00 * * *".to_owned(), object.at(), "logicalBackupSchedule is not set: daily by default");
    plan.schedule = Some(word(object, &["logicalBackupSchedule"]).unwrap_or_else(default));
    plan.destination = Destination::Remote(Sourced::new("the operator's bucket".into(), switch.at));
    plan.covers.push(Coverage::Store(object.name.clone()));
    Some(plan)
}

/// Crunchy's and Percona's PostgreSQL operators: repositories of pgBackRest, each with schedules of its own.
fn pgbackrest(object: &Object, path: &[&str]) -> Option<BackupPlan> {
    let section = object.spec(path)?;
    let mut plan = BackupPlan::new(&object.name, object.at(), "pgBackRest");
    plan.destination = Destination::SameHost(section.at);
    for repository in each(section.get("repos")) {
        if let Some(schedules) = repository.get("schedules").and_then(|s| s.fields().first()) {
            let says = format!("{}: {}", schedules.name, schedules.value.written().unwrap_or_default());
            plan.schedule.get_or_insert(match schedules.value.text() {
                Some(text) => Property::stated(text.to_owned(), schedules.at, says),
                None => Property::unresolved(schedules.at, says),
            });
        }
        if let Some(destination) = remote(Some(repository), OBJECT_STORES) {
            plan.destination = destination;
        }
    }
    let retention = section
        .get("global")
        .map(Value::fields)
        .unwrap_or_default()
        .iter()
        .find(|f| f.name.contains("retention-full") && !f.name.ends_with("-type"));
    plan.keep_days = retention.and_then(|f| kept(Some(&f.value)));
    plan.continuous = Some(Property::defaulted(true, section.at, "pgBackRest archives the log"));
    plan.covers.push(Coverage::Store(object.name.clone()));
    Some(plan)
}

/// Percona's operators for MongoDB and MySQL.
fn percona(object: &Object) -> Option<BackupPlan> {
    let section = object.spec(&["backup"])?;
    let mut plan = BackupPlan::new(&object.name, object.at(), "the Percona operator");
    if let Some(off) = section.get("enabled").filter(|e| e.is_false()) {
        plan.runs = Property::stated(false, off.at, "backup.enabled: false");
    }
    let tasks = each(section.get("tasks").or_else(|| section.get("schedule")));
    let task = tasks.iter().find(|t| !t.get("enabled").is_some_and(Value::is_false));
    if let Some(schedule) = task.and_then(|t| t.get("schedule")) {
        let text = schedule.written().unwrap_or_default().to_owned();
        plan.schedule = Some(Property::stated(text.clone(), schedule.at, format!("schedule: {text}")));
    }
    plan.keep_days = task.and_then(|t| kept(t.get("keep").or_else(|| t.path(&["retention", "count"]))));
    let storages = section.get("storages").map(Value::fields).unwrap_or_default();
    plan.destination = match storages.iter().find(|s| s.value.fields().iter().any(|f| matches!(f.name.as_str(), "s3" | "azure" | "gcs"))) {
        Some(storage) => Destination::Remote(Sourced::new(storage.name.clone(), storage.at)),
        None => Destination::SameHost(section.at),
    };
    if let Some(pitr) = section.path(&["pitr", "enabled"]) {
        plan.continuous = Some(Property::stated(pitr.is_true(), pitr.at, format!("pitr.enabled: {}", pitr.written().unwrap_or_default())));
    }
    plan.covers.push(Coverage::Store(object.name.clone()));
    Some(plan)
}

fn k8up(object: &Object) -> BackupPlan {
    let mut plan = BackupPlan::new(&object.name, object.at(), "K8up");
    plan.schedule = word(object, &["backup", "schedule"]);
    let backend = object.spec(&["backend"]).or_else(|| object.spec(&["backup", "backend"]));
    plan.destination = remote(backend, OBJECT_STORES).unwrap_or(Destination::Unresolved);
    plan.keep_days = kept(object.spec(&["prune", "retention", "keepDaily"]));
    plan.covers.push(Coverage::Volumes);
    plan
}

fn snapshots(object: &Object) -> BackupPlan {
    let mut plan = BackupPlan::new(&object.name, object.at(), "volume snapshots");
    plan.schedule = word(object, &["schedule"]);
    plan.runs = unless(object, "disabled");
    plan.keep_days = kept(object.spec(&["retention", "expires"])).or_else(|| kept(object.spec(&["retention", "maxCount"])));
    plan.covers.push(Coverage::Volumes);
    plan
}

/// Longhorn keeps snapshots on the same disks; only its backups leave them.
fn longhorn(object: &Object) -> Option<BackupPlan> {
    let task = object.spec(&["task"]).and_then(Value::text)?;
    if !task.starts_with("backup") && !task.starts_with("snapshot") {
        return None;
    }
    let mut plan = BackupPlan::new(&object.name, object.at(), "Longhorn");
    plan.schedule = word(object, &["cron"]);
    plan.keep_days = kept(object.spec(&["retain"]));
    plan.destination = if task.starts_with("backup") {
        Destination::Remote(Sourced::new("Longhorn's backup target".into(), object.at()))
    } else {
        Destination::SameHost(object.at())
    };
    plan.covers.push(Coverage::Volumes);
    Some(plan)
}

fn mariadb(object: &Object) -> BackupPlan {
    let mut plan = BackupPlan::new(&object.name, object.at(), "the MariaDB operator");
    plan.schedule = word(object, &["schedule", "cron"]);
    plan.keep_days = kept(object.spec(&["maxRetention"]));
    plan.destination = remote(object.spec(&["storage"]), OBJECT_STORES).unwrap_or(Destination::SameHost(object.at()));
    let name = object.spec(&["mariaDbRef", "name"]).and_then(Value::written).unwrap_or_default();
    plan.covers.push(Coverage::Store(name.to_owned()));
    plan
}

fn volsync(object: &Object) -> BackupPlan {
    let mut plan = BackupPlan::new(&object.name, object.at(), "VolSync");
    plan.schedule = word(object, &["trigger", "schedule"]);
    plan.keep_days = kept(object.spec(&["restic", "retain", "daily"]));
    plan.destination = Destination::Remote(Sourced::new("its repository".into(), object.at()));
    plan.covers.push(match object.spec(&["sourcePVC"]) {
        Some(claim) => Coverage::Store(claim.written().unwrap_or_default().to_owned()),
        None => Coverage::Volumes,
    });
    plan
}
