//! Workloads that back up: ready-made images told by their variables, and the plan that a piece of work makes.

use plimsoll_base::{Location, Sourced};

use super::images::{BackupImage, backup_image};
use super::uploads::repository;
use super::work::{Given, Work};
use crate::container::{MountSource, ValueSource, Variable, Workload};
use crate::infrastructure::{BackupPlan, Coverage, Destination, Property};

/// What is known of a variable of a workload.
pub fn given(workload: &Workload, name: &str) -> Given {
    match workload.environment.iter().rev().find(|v| v.name == name) {
        Some(variable) => value(variable),
        None if !workload.env_files.iter().all(|f| f.exists) => Given::Set,
        None => Given::Absent,
    }
}

fn value(variable: &Variable) -> Given {
    match &variable.value {
        ValueSource::Literal(text) | ValueSource::EnvFile { value: text, .. } => Given::Known(text.clone()),
        ValueSource::Interpolated { resolved: Some(text), .. } => Given::Known(text.clone()),
        _ => Given::Set,
    }
}

/// The first of some variables that is set, with its place.
fn first<'w>(workload: &'w Workload, names: &[&str]) -> Option<(&'w Variable, Given)> {
    names.iter().find_map(|n| {
        let variable = workload.environment.iter().rev().find(|v| v.name == *n)?;
        let value = value(variable);
        (value != Given::Known(String::new())).then_some((variable, value))
    })
}

/// The plan of a workload whose image exists to back something up; none for any other.
pub fn plan_of_image(workload: &Workload) -> Option<BackupPlan> {
    let text = workload.image.as_ref()?.known()?;
    let image = backup_image(text)?;
    let mut told = BackupPlan::new(&workload.name, workload.at, image.tool);
    told.schedule = match first(workload, image.schedule) {
        Some((v, Given::Known(text))) => Some(Property::stated(text.clone(), v.at, format!("{}={text}", v.name))),
        Some((v, _)) => Some(Property::unresolved(v.at, format!("{} is decided elsewhere", v.name))),
        None => image.default_schedule.map(|s| Property::defaulted(s.to_owned(), workload.at, format!("runs {s} by default"))),
    };
    told.keep_days = keep(workload, image);
    told.destination = destination(workload, image);
    told.failure_told = first(workload, image.told).map(|(v, _)| Sourced::new(format!("{} is set", v.name), v.at));
    told.continuous =
        image.continuous.then(|| Property::stated(true, workload.at, format!("{} archives changes as they happen", image.tool)));
    told.covers = match first(workload, image.host) {
        Some((_, Given::Known(host))) => vec![Coverage::Store(host)],
        Some((v, _)) if image.engine.is_none() => vec![Coverage::Unresolved(v.at)],
        _ => image.engine.map(|e| Coverage::Engine(e.to_owned())).into_iter().collect(),
    };
    Some(told)
}

fn keep(workload: &Workload, image: &BackupImage) -> Option<Property<u32>> {
    match first(workload, image.keep) {
        Some((v, Given::Known(text))) => {
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            // A negative number switches the removal of old copies off.
            let days: u32 = digits.parse().ok()?;
            Some(Property::stated(days, v.at, format!("{}={text}", v.name)))
        }
        Some((v, _)) => Some(Property::unresolved(v.at, format!("{} is decided elsewhere", v.name))),
        None if image.default_keep > 0 => {
            Some(Property::defaulted(image.default_keep, workload.at, format!("keeps {} days by default", image.default_keep)))
        }
        None => None,
    }
}

fn destination(workload: &Workload, image: &BackupImage) -> Destination {
    if let Some((v, _)) = first(workload, image.remote) {
        return Destination::Remote(Sourced::new(format!("the place that {} names", v.name), v.at));
    }
    if image.always_remote {
        return Destination::Remote(Sourced::new(format!("{} sends copies to a bucket", image.tool), workload.at));
    }
    if image.tool == "restic" {
        return match first(workload, &["RESTIC_REPOSITORY"]) {
            Some((v, Given::Known(address))) => repository(&address, v.at),
            _ => Destination::Unresolved,
        };
    }
    let target = first(workload, &["DB_DUMP_TARGET", "BACKUP_TARGET"]);
    if let Some((v, Given::Known(address))) = target {
        return match address.split_once("://") {
            Some(("file", _)) | None => Destination::SameHost(v.at),
            Some(_) => Destination::Remote(Sourced::new(super::uploads::masked(&address), v.at)),
        };
    }
    if matches!(image.tool, "borgmatic" | "Litestream" | "Duplicati" | "mgob") {
        return Destination::Unresolved;
    }
    let kept = workload.mounts.iter().find(|m| !m.read_only && !matches!(m.source, MountSource::Ephemeral));
    Destination::SameHost(kept.map_or(workload.at, |m| m.at))
}

/// The plan that a piece of work makes, without a schedule.
pub fn plan_of_work(name: impl Into<String>, at: Location, work: &Work) -> Option<BackupPlan> {
    let first = work.dumps.first()?;
    let mut tools: Vec<&str> = Vec::new();
    for dump in &work.dumps {
        if !tools.contains(&dump.tool) {
            tools.push(dump.tool);
        }
    }
    let mut told = BackupPlan::new(name, at, tools.join(" and "));
    told.keep_days = work.keep_days.clone();
    told.destination = work.destination.clone().unwrap_or(Destination::Unresolved);
    told.failure_told = work.failure_told.clone();
    let continuous = work.dumps.iter().find(|d| d.continuous);
    told.continuous = continuous.map(|d| Property::stated(true, d.at, d.says.clone()));
    for dump in &work.dumps {
        let named = dump.host.as_ref().filter(|h| !h.contains('$') && !h.contains("{{"));
        // The host tells which one where the deployment knows it by that name; the engine tells where it does not.
        let both = [named.map(|h| Coverage::Store(h.clone())), dump.engine.map(|e| Coverage::Engine(e.to_owned()))];
        for coverage in both.into_iter().flatten() {
            if !told.covers.contains(&coverage) {
                told.covers.push(coverage);
            }
        }
    }
    if told.covers.is_empty() {
        // A program that copies files covers what lies in the folders that it is given.
        told.covers.push(Coverage::Unresolved(first.at));
    }
    Some(told)
}
