//! Can data be restored to any recent moment?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::estate::{Destination, Property, Provider, Store, StoreKind};
use plimsoll_model::{Covers, Datastore, RunBy, System};

use super::{backup_scope, live, nothing_to_lose, plans, precious, told, unseen};
use crate::Control;

pub(crate) const CONTROL: Control =
    Control { id: "recovery/point-in-time-recovery", page: include_str!("point_in_time_recovery.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for store in precious(system) {
        if store.database() || store.kind == StoreKind::Objects {
            judge(system, &store, &mut tally);
        } else {
            tally.not_applicable(Evidence::noted(
                store.at,
                format!("`{}` is neither a database nor a bucket: copies of it are whole", store.name),
            ));
        }
    }
    unseen(system, &mut tally);
    tally.finish(|| nothing_to_lose(system))
}

fn judge(system: &System, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    let setting = match store.run_by {
        RunBy::Managed(managed) => own(managed),
        _ => None,
    };
    if let Some(setting) = setting.as_ref().filter(|s| s.on()) {
        tally.met(&subject, Evidence::seen(setting.at, setting.says.clone(), Grade::Active));
        return;
    }
    if archived(system, store, tally) {
        return;
    }
    if let Some(setting) = setting {
        match setting.known() {
            Some(_) => {
                let says = format!("`{}` cannot be restored to a moment", store.name);
                let gap = Gap::new("switched-off", says, Evidence::noted(setting.at, setting.says.clone()));
                tally.gap(&subject, gap.so("a mistaken update costs everything since the last whole copy"));
            }
            None => tally.doubt(
                &subject,
                Question::new(
                    format!("whether `{}` can be restored to a moment: {}", store.name, setting.says),
                    "give the variable its production value",
                ),
            ),
        }
        return;
    }
    if let RunBy::Managed(managed) = store.run_by
        && matches!(managed.provider, Provider::Platform | Provider::Other)
    {
        let missing = format!("whether {} can restore `{}` to a moment: its plan decides", managed.product, store.name);
        tally.doubt(&subject, Question::new(missing, "name the plan, or show the setting"));
        return;
    }
    if let RunBy::External(_) = store.run_by {
        let missing = format!("whether `{}` can be restored to a moment: it is run outside this repository", store.name);
        tally.doubt(&subject, Question::new(missing, "name the provider's plan, or show the setting"));
        return;
    }
    let plan = plans(system, store).into_iter().find(|(p, c)| *c == Covers::Yes && live(p) == Some(true)).map(|(p, _)| p);
    let gap = match plan {
        Some(plan) => Gap::new(
            "whole-copies-only",
            format!("`{}` can go back to its last whole copy only", store.name),
            Evidence::noted(plan.at, told(plan)),
        )
        .so("everything since that copy is lost"),
        None => Gap::new(
            "no-log-archive",
            format!("nothing archives the changes of `{}`", store.name),
            Evidence::noted(store.at, "declared here"),
        )
        .and(Evidence::sought("archive of its log of changes", backup_scope(system)))
        .so("there is no moment to go back to"),
    };
    tally.gap(&subject, gap);
}

/// The store's own setting: versions for a bucket, the provider's switch for a database, which automatic backups imply for most.
fn own(store: &Store) -> Option<Property<bool>> {
    if store.kind == StoreKind::Objects {
        return store.versioned.clone();
    }
    store.point_in_time.clone()
}

/// Whether something archives the store's changes as they happen, told to the tally.
fn archived(system: &System, store: &Datastore<'_>, tally: &mut Tally) -> bool {
    let subject = store.subject();
    for (plan, covers) in plans(system, store) {
        let Some(continuous) = plan.continuous.as_ref().filter(|c| !c.off()) else { continue };
        if let Covers::Perhaps(at) = covers {
            let missing = format!("whether `{}` archives the log of `{}` ({})", plan.name, store.name, system.path_at(at));
            tally.doubt(&subject, Question::new(missing, "name the store in the plan"));
            return true;
        }
        // A log of changes is archived by the database itself: it needs no schedule, but a base to apply it to.
        let base = live(plan) == Some(true) || plans(system, store).iter().any(|(p, c)| *c == Covers::Yes && live(p) == Some(true));
        if plan.runs.off() {
            continue;
        }
        if plan.runs.known().is_none() || continuous.known().is_none() {
            tally.doubt(
                &subject,
                Question::new(format!("whether `{}` archives changes: {}", plan.name, continuous.says), "show the setting of production"),
            );
            return true;
        }
        tally.met(&subject, Evidence::seen(continuous.at, continuous.says.clone(), Grade::Active));
        match &plan.destination {
            Destination::SameHost(at) => tally.gap(
                &subject,
                Gap::new(
                    "same-host",
                    format!("`{}` archives the log on the host of the data", plan.name),
                    Evidence::noted(*at, "written here"),
                )
                .so("the disk that fails takes the log along"),
            ),
            Destination::Unresolved => {
                tally.doubt(
                    &subject,
                    Question::new(
                        format!("where `{}` archives the log: decided elsewhere", plan.name),
                        "name the target in the configuration",
                    ),
                );
            }
            _ => {}
        }
        if !base {
            let gap = Gap::new(
                "no-base-copy",
                format!("the log of `{}` is archived, but no whole copy is made on a schedule", store.name),
                Evidence::sought("scheduled base backup", backup_scope(system)),
            );
            tally.gap(&subject, gap.so("a log can only be applied to a copy from before it"));
        }
        return true;
    }
    false
}
