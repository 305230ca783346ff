//! Backups that schedules of a host or of the application start.

use plimsoll_base::Span;
use plimsoll_facts::backup::{Given, Keeper, ScheduleEntry, plan_of_work, work};
use plimsoll_facts::infrastructure::{Property, RestoreTest};
use plimsoll_facts::{Format, Held};

use super::services::followed;
use super::{Recovery, Used};
use crate::system::System;

pub(super) fn read(system: &System, found: &mut Recovery, used: &mut Used) {
    for (index, entry) in system.facts().backups.schedules.iter().enumerate() {
        if used.entries.contains(&index) {
            continue;
        }
        let schedule = Property::stated(entry.schedule.clone(), entry.at, format!("`{}`", entry.schedule));
        if entry.keeper == Keeper::Application {
            let script = system.facts().backups.scripts.iter().find(|s| s.names.contains(&entry.command));
            let plan = script.and_then(|s| plan_of_work(&s.name, s.at, &s.work).map(|p| (s, p)));
            if let Some((script, mut plan)) = plan {
                used.scripts.insert(script.path.clone());
                plan.schedule = Some(schedule);
                plan.runs = Property::unresolved(entry.at, "whether the application's scheduler runs in production is not followed");
                found.plans.push(plan);
            }
            continue;
        }
        let commands = followed(system, &entry.command, entry.at, used);
        let done = work(&commands, &|_| Given::Absent);
        if let Some(mut plan) = plan_of_work(entry.path.as_str(), entry.at, &done) {
            plan.schedule = Some(schedule.clone());
            plan.runs = runs(system, entry);
            found.plans.push(plan);
        }
        if let (Some(first), true) = (done.restores.first(), done.dumps.is_empty()) {
            found.restores.push(RestoreTest {
                at: first.at,
                says: format!("`{}` starts a restore with {}", entry.path, first.tool),
                schedule: Some(schedule),
                asserts: done.checks.is_some(),
                covers: Vec::new(),
            });
        }
    }
}

/// Whether something puts the schedule where a scheduler reads it.
fn runs(system: &System, entry: &ScheduleEntry) -> Property<bool> {
    let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
    match entry.keeper {
        Keeper::Ansible => Property::stated(true, entry.at, "a task of Ansible writes it on the host"),
        Keeper::CloudInit => Property::stated(true, entry.at, "cloud-init writes it when the machine first starts"),
        Keeper::Ofelia => Property::stated(false, entry.at, format!("no service that runs Ofelia is given {name}")),
        Keeper::Script => Property::unresolved(entry.at, format!("`{name}` writes it on the host where it is started")),
        Keeper::Application => Property::unresolved(entry.at, "the application's own scheduler"),
        Keeper::Crontab | Keeper::Timer => match installer(system, name, &entry.path) {
            // A task of Ansible puts a file where it names, on every machine that it is for.
            Some(by) if by.format == Format::Yaml && by.bytes.as_deref().is_some_and(|b| memchr::memmem::find(b, b"dest:").is_some()) => {
                Property::stated(true, by.whole(), format!("a task in {} puts {name} on the host", by.path))
            }
            Some(by) => Property::unresolved(by.whole(), format!("`{}` installs {name} on the host where it is started", by.path)),
            None => Property::stated(false, entry.at, format!("nothing here installs {name}")),
        },
    }
}

/// A script, playbook or recipe that names the file of a schedule.
fn installer<'a>(system: &'a System, name: &str, own: &str) -> Option<&'a Held> {
    let finder = memchr::memmem::Finder::new(name.as_bytes());
    let texts = system.files().iter().filter(|f| {
        f.product()
            && f.path != own
            && matches!(f.format, Format::Shell | Format::Makefile | Format::Yaml | Format::Dockerfile | Format::Template)
    });
    texts.into_iter().find(|f| f.bytes.as_deref().is_some_and(|b| finder.find(b).is_some_and(|at| whole(b, at, name.len()))))
}

/// Whether a name found in bytes is no part of a longer one.
fn whole(bytes: &[u8], at: usize, length: usize) -> bool {
    let span = Span::new(at, at + length);
    let word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_');
    !word(at.checked_sub(1).and_then(|i| bytes.get(i))) && !word(bytes.get(span.end as usize))
}
