//! Recovery: what brings data back after a loss, and what keeps it from being lost by mistake.

mod automated_backups;
mod deletion_protection;
mod disaster_recovery_plan;
mod offsite_copy;
mod point_in_time_recovery;
mod restore_tested;

use plimsoll_base::{Evidence, Question, Scope, Subject, Tally};
use plimsoll_model::estate::{BackupPlan, Holds, StoreKind};
use plimsoll_model::{Capability, Covers, Datastore, RunBy, SignSource, System};

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    automated_backups::CONTROL,
    point_in_time_recovery::CONTROL,
    restore_tested::CONTROL,
    offsite_copy::CONTROL,
    disaster_recovery_plan::CONTROL,
    deletion_protection::CONTROL,
];

/// The stores whose contents nothing but a backup brings back. The state of infrastructure code and directories of accounts have
/// controls of their own.
fn precious(system: &System) -> Vec<Datastore<'_>> {
    let kept = |d: &Datastore<'_>| {
        let state = matches!(d.run_by, RunBy::Managed(s) if s.holds == Holds::State);
        !d.derived() && !state && d.kind != StoreKind::Accounts
    };
    system.datastores().into_iter().filter(kept).collect()
}

/// Why no store has to be brought back.
fn nothing_to_lose(system: &System) -> Evidence {
    match system.datastores().first() {
        Some(first) => Evidence::noted(first.at, format!("`{}` holds what can be made again", first.name)),
        None => Evidence::sought("store that keeps data", system.deployment_scope()),
    }
}

/// Code that talks to a database, in a system of which no store is known: the need is there, and what meets it is not seen.
fn unseen(system: &System, tally: &mut Tally) {
    if system.is_library() || !system.datastores().is_empty() {
        return;
    }
    let own = |path: &str| system.packages().iter().any(|p| p.product && p.path == path);
    let driver = system
        .signs_of(Capability::Datastore)
        .find(|s| matches!(&s.source, SignSource::Dependency { manifest, dev: false } if own(manifest)));
    if let Some(driver) = driver {
        let missing =
            format!("where the data is kept: {} uses {}, and nothing here declares a store", system.path_at(driver.at), driver.technology);
        tally.doubt(&Subject::system(), Question::new(missing, "show where the store is declared, or its provider's settings"));
    }
}

/// Where a backup of anything would be declared.
fn backup_scope(system: &System) -> Vec<Scope> {
    let mut scopes = system.deployment_scope();
    scopes.extend(system.scopes(&["**/*.{sh,timer}", "**/*cron*", ".github/workflows/*", "**/*.tf"]));
    scopes.retain(|s| s.files > 0);
    scopes
}

/// The backups of a store, with how certain it is that they are of it.
fn plans<'a>(system: &'a System, store: &Datastore<'_>) -> Vec<(&'a BackupPlan, Covers)> {
    let all = system.backups().iter().map(|p| (p, store.covered_by(system, p)));
    all.filter(|(_, covers)| *covers != Covers::No).collect()
}

/// Whether a backup is scheduled, and what would run it does run, as far as is known.
fn live(plan: &BackupPlan) -> Option<bool> {
    match (&plan.schedule, plan.runs.known()) {
        (None, _) | (_, Some(false)) => Some(false),
        (Some(schedule), Some(true)) if schedule.known().is_some() => Some(true),
        _ => None,
    }
}

/// `nightly` runs pg_dump: `0 3 * * *`.
fn told(plan: &BackupPlan) -> String {
    let when = plan.schedule.as_ref().map(|s| format!(", {}", s.says)).unwrap_or_default();
    format!("`{}` backs up with {}{when}", plan.name, plan.tool)
}
