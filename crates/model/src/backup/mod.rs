//! Backups of the assessed deployment, whoever runs them: providers, operators, services, pipelines, schedules of hosts, and scripts that
//! nothing starts. And which store each one covers.

mod coverage;
mod destruction;
mod documents;
mod pipelines;
mod schedules;
mod services;
#[cfg(test)]
mod tests;

pub use coverage::Covers;
pub use destruction::{Destroys, Destruction};

use std::collections::BTreeSet;

use plimsoll_facts::infrastructure::{BackupPlan, Coverage, RestoreTest};

use crate::system::System;

/// Backups, and proofs that they can be restored.
#[derive(Clone, Debug, Default)]
pub struct Recovery {
    /// Every backup, those that run first.
    pub plans: Vec<BackupPlan>,
    /// Restores that run by themselves, then scripts that restore.
    pub restores: Vec<RestoreTest>,
}

impl System {
    /// Every backup of what the assessed deployment keeps, scheduled or not.
    pub fn backups(&self) -> &[BackupPlan] {
        &self.recovery().plans
    }
    /// Every restore that something runs on a schedule, and every script that restores.
    pub fn restore_tests(&self) -> &[RestoreTest] {
        &self.recovery().restores
    }

    fn recovery(&self) -> &Recovery {
        self.recovery.get_or_init(|| {
            let own = self.infrastructure();
            let mut found = Recovery { plans: own.backups.clone(), restores: own.restore_tests.clone() };
            let mut used = Used::default();
            services::read(self, &mut found, &mut used);
            pipelines::read(self, &mut found, &mut used);
            schedules::read(self, &mut found, &mut used);
            scripts(self, &mut found, &used);
            found
        })
    }
}

/// What was already told as a part of something that runs it.
#[derive(Debug, Default)]
struct Used {
    /// Paths of scripts and sources.
    scripts: BTreeSet<String>,
    /// Indices of schedule entries.
    entries: BTreeSet<usize>,
}

/// Scripts that nothing starts.
fn scripts(system: &System, found: &mut Recovery, used: &Used) {
    for script in &system.facts().backups.scripts {
        if used.scripts.contains(&script.path) {
            continue;
        }
        if let Some(mut plan) = plimsoll_facts::backup::plan_of_work(&script.name, script.at, &script.work) {
            plan.schedule = script.scheduled.map(|at| {
                plimsoll_facts::infrastructure::Property::unresolved(
                    at,
                    "the source schedules itself; whether production loads it is not followed",
                )
            });
            found.plans.push(plan);
        }
        if let Some(first) = script.work.restores.first() {
            found.restores.push(RestoreTest {
                at: first.at,
                says: format!("`{}` restores with {}", script.name, first.tool),
                schedule: None,
                asserts: script.work.checks.is_some(),
                covers: first.engine.map(|e| Coverage::Engine(e.to_owned())).into_iter().collect(),
            });
        }
    }
}
