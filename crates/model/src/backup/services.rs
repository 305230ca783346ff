//! Services that back up: images made for it, commands in a loop, schedulers with a crontab, archived logs.

use std::collections::BTreeSet;

use plimsoll_base::{FileId, Location, Sourced};
use plimsoll_facts::backup::{Keeper, ScheduleEntry, Told, Work, entry, given, plan_of_image, plan_of_work, work};
use plimsoll_facts::container::MountSource;
use plimsoll_facts::infrastructure::{BackupPlan, Coverage, Destination, Property, RestoreTest};
use plimsoll_syntax::dockerfile::InstructionKind;
use plimsoll_syntax::{Strictness, shell_with};

use super::{Recovery, Used};
use crate::service::Service;
use crate::system::System;

/// A pause in a loop around a dump that is long enough to be a schedule, in seconds.
const PAUSE: u32 = 300;

pub(super) fn read(system: &System, found: &mut Recovery, used: &mut Used) {
    let told: BTreeSet<String> = found.plans.iter().map(|p| p.name.clone()).collect();
    for service in system.services() {
        if told.contains(&service.name) {
            continue;
        }
        if let Some(mut plan) = plan_of_image(service) {
            beside(system, service, &mut plan);
            configured(system, &mut plan);
            found.plans.push(plan);
            continue;
        }
        let commands = commands(system, service, used);
        let lookup = |name: &str| given(service, name);
        let done = work(&commands, &lookup);
        found.plans.extend(archived(service, &commands, &done));
        if let Some(mut plan) = plan_of_work(&service.name, service.at, &done) {
            plan.schedule = schedule(service, &done);
            beside(system, service, &mut plan);
            configured(system, &mut plan);
            found.plans.push(plan);
        }
        restores(service, &done, found);
        for (entry, by) in entries(system, service, &commands, used) {
            let commands = followed(system, &entry.command, entry.at, used);
            let Some(mut plan) = plan_of_work(&service.name, entry.at, &work(&commands, &lookup)) else { continue };
            plan.schedule = Some(Property::stated(entry.schedule.clone(), entry.at, format!("`{}`", entry.schedule)));
            plan.runs = match (&done.scheduler, by) {
                _ if entry.keeper == Keeper::Ofelia => reaches_engine(service, entry.at),
                (Some(s), _) => Property::stated(true, s.at, s.value.clone()),
                (None, true) => Property::stated(false, entry.at, format!("nothing in `{}` starts a scheduler", service.name)),
                (None, false) => continue,
            };
            beside(system, service, &mut plan);
            found.plans.push(plan);
        }
    }
    ofelia(system, found, used);
}

/// What a service runs, scripts that are mounted into it included.
fn commands(system: &System, service: &Service, used: &mut Used) -> Vec<Told> {
    let mut found: Vec<Told> = service.start(system).into_iter().map(|c| Told { command: c.command, at: c.at }).collect();
    let files: BTreeSet<FileId> = found.iter().map(|t| t.at.file).collect();
    for file in files {
        used.scripts.insert(system.path(file).to_owned());
    }
    let mut mounted = Vec::new();
    for word in found.iter().flat_map(|t| &t.command.words) {
        if let Some(path) = mounted_at(system, service, word)
            && !mounted.contains(&path)
        {
            mounted.push(path);
        }
    }
    for path in mounted {
        let Some(held) = system.file(&path).filter(|h| h.bytes.is_some()) else { continue };
        if !used.scripts.insert(path.clone()) && found.iter().any(|t| t.at.file == held.id) {
            continue;
        }
        found.extend(held.commands().iter().map(|command| Told { at: held.at(command.span), command: command.clone() }));
    }
    found
}

/// The file of the tree that lies at a path of the container because it, or a folder above it, is mounted there.
fn mounted_at(system: &System, service: &Service, path: &str) -> Option<String> {
    if !path.starts_with('/') {
        return None;
    }
    service.mounts.iter().find_map(|m| {
        let MountSource::Host { path: host, in_tree: true, exists: true } = &m.source else { return None };
        let rest = path.strip_prefix(m.target.trim_end_matches('/'))?;
        let found = if rest.is_empty() { host.clone() } else { format!("{host}{}", rest.strip_prefix('/').map(|r| format!("/{r}"))?) };
        system.file(&found).map(|_| found)
    })
}

/// When a service's dump runs: a job's own schedule, a loop with a long pause, or always for what archives as changes happen.
fn schedule(service: &Service, done: &Work) -> Option<Property<String>> {
    if let Some(schedule) = &service.schedule {
        return Some(Property::stated(schedule.value.clone(), schedule.at, format!("schedule: {}", schedule.value)));
    }
    if let Some(dump) = done.dumps.iter().find(|d| d.continuous) {
        return Some(Property::stated("continuously".to_owned(), dump.at, dump.says.clone()));
    }
    let pause = done.sleeps.as_ref().filter(|s| s.value >= PAUSE)?;
    Some(Property::stated(format!("every {} s", pause.value), pause.at, format!("sleeps {} s between runs", pause.value)))
}

/// Without a named store, a service that copies volumes covers those that it shares with others.
fn beside(system: &System, service: &Service, plan: &mut BackupPlan) {
    let by_files = plan.covers.iter().all(|c| matches!(c, Coverage::Unresolved(_)));
    if !by_files {
        return;
    }
    let volumes: Vec<&MountSource> =
        service.mounts.iter().map(|m| &m.source).filter(|s| matches!(s, MountSource::Volume(_) | MountSource::Host { .. })).collect();
    let mut shared = Vec::new();
    for other in system.services().iter().filter(|s| s.name != service.name) {
        if other.mounts.iter().any(|m| volumes.contains(&&m.source)) {
            shared.push(Coverage::Store(other.name.clone()));
        }
    }
    for volume in volumes {
        if let MountSource::Volume(name) = volume {
            shared.push(Coverage::Store(name.clone()));
        }
    }
    if shared.iter().any(|c| matches!(c, Coverage::Store(n) if system.service(n).is_some())) {
        plan.covers = shared;
    }
}

/// Litestream and borgmatic state where copies go in a file of their own.
fn configured(system: &System, plan: &mut BackupPlan) {
    if plan.destination != Destination::Unresolved {
        return;
    }
    let glob = match plan.tool.as_str() {
        "Litestream" => "**/litestream*.{yml,yaml}",
        "borgmatic" => "**/{borgmatic.d/*,borgmatic}.{yml,yaml}",
        _ => return,
    };
    for held in system.matching(glob).into_iter().filter(|h| h.product()) {
        let text = held.text();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let body = line.trim();
            let remote =
                ["s3://", "ssh://", "sftp://", "gs://", "gcs://", "abs://", "type: s3", "type: sftp", "type: gcs", "type: abs", "bucket:"];
            if !body.starts_with('#') && remote.iter().any(|r| body.contains(r)) {
                let at = held.at(plimsoll_base::Span::new(start, start + line.trim_end().len()));
                plan.destination = Destination::Remote(Sourced::new(body.trim_start_matches("- ").to_owned(), at));
                return;
            }
            start += line.len();
        }
    }
}

/// A database that archives its own log: `archive_mode=on` and a command.
fn archived(service: &Service, commands: &[Told], done: &Work) -> Option<BackupPlan> {
    let words: Vec<&str> = commands.iter().flat_map(|t| t.command.words.iter().map(String::as_str)).collect();
    let set = |name: &str| words.iter().find_map(|w| w.strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
    let command = set("archive_command").filter(|c| !c.is_empty() && !matches!(c.as_str(), "/bin/true" | "true"))?;
    let on = set("archive_mode").is_some_and(|m| m == "on" || m == "always");
    let at = commands.iter().find(|t| t.command.words.iter().any(|w| w.starts_with("archive_command="))).map_or(service.at, |t| t.at);
    let told: Vec<Told> = shell_with(&command, Strictness::PLAIN).into_iter().map(|command| Told { command, at }).collect();
    let archive = work(&told, &|name| given(service, name));
    let mut plan = BackupPlan::new(format!("{} (log)", service.name), at, archive.dumps.first().map_or("archive_command", |d| d.tool));
    plan.destination = archive.destination.or_else(|| done.destination.clone()).unwrap_or(Destination::SameHost(at));
    plan.continuous = Some(if on {
        Property::stated(true, at, "archive_mode=on")
    } else {
        Property::stated(false, at, "archive_command is set, yet archive_mode is not on")
    });
    plan.covers = vec![Coverage::Store(service.name.clone())];
    Some(plan)
}

fn restores(service: &Service, done: &Work, found: &mut Recovery) {
    let (Some(first), Some(schedule)) = (done.restores.first(), &service.schedule) else { return };
    found.restores.push(RestoreTest {
        at: first.at,
        says: format!("`{}` restores with {}", service.name, first.tool),
        schedule: Some(Property::stated(schedule.value.clone(), schedule.at, format!("schedule: {}", schedule.value))),
        asserts: done.checks.is_some(),
        covers: first.engine.map(|e| Coverage::Engine(e.to_owned())).into_iter().collect(),
    });
}

/// The schedule entries within a service, and whether they lie in it for certain: mounted, copied into its image, or written by its start.
fn entries(system: &System, service: &Service, commands: &[Told], used: &mut Used) -> Vec<(ScheduleEntry, bool)> {
    let mut found = Vec::new();
    let mut images: Vec<(Told, bool)> = Vec::new();
    if let Some(image) = service.built_image(system) {
        for instruction in &image.stage.instructions {
            if let InstructionKind::Run(run) = &instruction.kind {
                images.extend(run.shell_commands().into_iter().map(|command| (Told { at: image.at(command.span), command }, true)));
            }
        }
    }
    let written = images.iter().map(|(t, _)| t).chain(commands);
    for told in written.filter(|t| matches!(t.command.words.first().map(String::as_str), Some("echo" | "printf"))) {
        for word in told.command.words.iter().skip(1) {
            if let Some((schedule, command)) = entry(word.trim_end_matches("\\n")) {
                let path = system.path(told.at.file).to_owned();
                found.push((ScheduleEntry { at: told.at, schedule, command, path, keeper: Keeper::Script }, true));
            }
        }
    }
    for (index, entry) in system.facts().backups.schedules.iter().enumerate() {
        let mounted = service.mounts.iter().any(|m| match &m.source {
            MountSource::Host { path, in_tree: true, .. } => {
                entry.path == *path || entry.path.strip_prefix(path.as_str()).is_some_and(|r| r.starts_with('/'))
            }
            _ => false,
        });
        let copied = service.built_image(system).is_some_and(|image| {
            let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
            image.stage.instructions.iter().any(|i| match &i.kind {
                InstructionKind::Copy(copy) => copy.sources.iter().any(|s| s.rsplit('/').next() == Some(name)),
                _ => false,
            })
        });
        let reads = match entry.keeper {
            Keeper::Crontab => true,
            Keeper::Ofelia => runs_ofelia(service),
            _ => false,
        };
        if reads && (mounted || copied) {
            used.entries.insert(index);
            found.push((entry.clone(), true));
        }
    }
    found
}

/// The commands of a line of a schedule, and of the script of the tree that it starts.
pub(super) fn followed(system: &System, line: &str, at: Location, used: &mut Used) -> Vec<Told> {
    let mut found: Vec<Told> = shell_with(line, Strictness::PLAIN).into_iter().map(|command| Told { command, at }).collect();
    let words: Vec<String> = found.iter().flat_map(|t| t.command.words.iter().cloned()).collect();
    for word in words.iter().filter(|w| w.contains('.') || w.contains('/')) {
        let name = word.rsplit('/').next().unwrap_or(word);
        let path = system.facts().backups.scripts.iter().find(|s| s.path.rsplit('/').next() == Some(name)).map(|s| s.path.clone());
        let Some(held) = path.and_then(|p| system.file(&p)).filter(|h| h.bytes.is_some()) else { continue };
        used.scripts.insert(held.path.clone());
        found.extend(held.commands().iter().map(|command| Told { at: held.at(command.span), command: command.clone() }));
    }
    found
}

fn runs_ofelia(service: &Service) -> bool {
    service.image_text().is_some_and(|i| i.contains("ofelia"))
}

/// Ofelia starts jobs in containers through the engine's socket.
fn reaches_engine(daemon: &Service, at: Location) -> Property<bool> {
    match daemon.privileges.engine_socket {
        Some(_) => Property::stated(true, daemon.at, format!("`{}` runs Ofelia", daemon.name)),
        None => {
            Property::stated(false, at, format!("`{}` runs Ofelia without the engine's socket, so that it starts nothing", daemon.name))
        }
    }
}

/// Ofelia reads its jobs from labels of the services that it runs them in, and from its own.
fn ofelia(system: &System, found: &mut Recovery, used: &mut Used) {
    let daemon = system.services().iter().find(|s| runs_ofelia(s));
    for service in system.services() {
        let label = |wanted: &str| service.labels.iter().find(|(n, _)| n == wanted).map(|(_, v)| v);
        for (name, schedule) in &service.labels {
            let Some(job) = name.strip_prefix("ofelia.job-").and_then(|j| j.strip_suffix(".schedule")) else { continue };
            let Some(command) = label(&format!("ofelia.job-{job}.command")) else { continue };
            let commands = followed(system, &command.value, command.at, used);
            let Some(mut plan) = plan_of_work(&service.name, command.at, &work(&commands, &|n| given(service, n))) else { continue };
            plan.schedule = Some(Property::stated(schedule.value.clone(), schedule.at, format!("schedule {}", schedule.value)));
            let enabled = label("ofelia.enabled").is_some_and(|v| v.value == "true");
            plan.runs = match daemon {
                None => Property::stated(false, schedule.at, "no service runs Ofelia, which would read the label"),
                Some(d) if d.name != service.name && !enabled => {
                    Property::stated(false, schedule.at, "Ofelia passes it over: its label ofelia.enabled is not \"true\"")
                }
                Some(d) => reaches_engine(d, schedule.at),
            };
            // A job of the daemon's own labels names the container that it enters, if any.
            let within = match label(&format!("ofelia.job-{job}.container")) {
                Some(container) => Some(container.value.clone()),
                None => daemon.is_none_or(|d| d.name != service.name).then(|| service.name.clone()),
            };
            if let Some(within) = within {
                plan.covers.retain(|c| !matches!(c, Coverage::Unresolved(_)));
                plan.covers.insert(0, Coverage::Store(within));
            }
            found.plans.push(plan);
        }
    }
}
