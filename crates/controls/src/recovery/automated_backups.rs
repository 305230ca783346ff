//! Is every datastore backed up on a schedule, kept long enough, and would a failure be noticed?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::estate::{BackupPlan, Destination, Provider, Store, StoreKind, Symptom};
use plimsoll_model::{Covers, Datastore, RunBy, System};

use super::{backup_scope, live, nothing_to_lose, plans, precious, told, unseen};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "recovery/automated-backups", page: include_str!("automated_backups.md"), check };

/// For how many days copies are kept at least: damage is often noticed after a weekend.
const ENOUGH_DAYS: u32 = 7;

fn check(system: &System, mut tally: Tally) -> Judgement {
    for store in precious(system) {
        judge(system, &store, &mut tally);
    }
    unseen(system, &mut tally);
    tally.finish(|| nothing_to_lose(system))
}

fn judge(system: &System, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    let mut state = Found::default();
    if let RunBy::Managed(managed) = store.run_by {
        own(managed, &mut state);
    }
    let mut candidates: Vec<Found> = plans(system, store).into_iter().map(|(plan, covers)| planned(system, store, plan, covers)).collect();
    // The best decides: one without flaws, one that runs, one of which something is not known, one that nothing starts.
    candidates.sort_by_key(Found::rank);
    if !state.runs()
        && let Some(best) = candidates.into_iter().next()
    {
        let before = state;
        state = best;
        if !state.runs() {
            state.doubts.extend(before.doubts);
        }
    }
    if state.runs() && !state.doubts.is_empty() && !state.gaps.is_empty() {
        // What is known to be wrong stands whatever the answer to a question is.
        state.doubts.clear();
    }
    if state.met.is_empty() && state.doubts.is_empty() {
        unselected(system, store, &mut state);
    }
    if state.met.is_empty() && state.doubts.is_empty() && state.gaps.is_empty() {
        match question(store) {
            Some(question) => state.doubts.push(question),
            None => state.gaps.push(missing(system, store)),
        }
    }
    // What may not exist lacks nothing for certain.
    if let RunBy::Managed(Store { doubtful: Some(why), .. }) = store.run_by
        && !state.gaps.is_empty()
    {
        state.gaps.clear();
        state.doubts.push(Question::new(
            format!("whether `{}` needs backups: {why}", store.name),
            "give the variable its production value in the repository",
        ));
    }
    state.tell(&subject, tally);
}

/// What is known of the backups of one store, by one way.
#[derive(Default)]
struct Found {
    met: Vec<Evidence>,
    gaps: Vec<Gap>,
    doubts: Vec<Question>,
}

impl Found {
    fn runs(&self) -> bool {
        self.met.iter().any(|e| e.grade() == Some(Grade::Active))
    }
    fn rank(&self) -> (u8, usize) {
        match (self.runs(), self.gaps.is_empty(), self.doubts.is_empty()) {
            (true, true, true) => (0, 0),
            (true, false, true) => (1, self.gaps.len()),
            (_, _, false) => (2, self.gaps.len()),
            (false, ..) => (3, self.gaps.len()),
        }
    }
    fn tell(self, subject: &Subject, tally: &mut Tally) {
        self.met.into_iter().for_each(|e| tally.met(subject, e));
        self.gaps.into_iter().for_each(|g| tally.gap(subject, g));
        self.doubts.into_iter().for_each(|q| tally.doubt(subject, q));
    }
}

/// Backups that are a setting of the store.
fn own(store: &Store, state: &mut Found) {
    if let Some(days) = &store.backup_days {
        match days.known() {
            Some(0) => {}
            Some(n) => {
                state.met.push(Evidence::seen(days.at, days.says.clone(), Grade::Active));
                if *n < ENOUGH_DAYS {
                    state.gaps.push(short(*n, Evidence::noted(days.at, days.says.clone())));
                }
            }
            None => state.doubts.push(Question::new(
                format!("for how many days `{}` keeps its backups: {}", store.name, days.says),
                "give the variable its production value in the repository",
            )),
        }
    }
    if let Some(recent) = store.point_in_time.as_ref().filter(|_| store.kind != StoreKind::Objects && state.met.is_empty()) {
        if recent.on() {
            state.met.push(Evidence::seen(recent.at, recent.says.clone(), Grade::Active));
        } else if recent.known().is_none() {
            state.doubts.push(Question::new(
                format!("whether `{}` can be restored to a moment: {}", store.name, recent.says),
                "give the variable its production value in the repository",
            ));
        }
    }
    // Another bucket that deletions do not reach is the backup of a bucket; versions in the same bucket are none.
    if let Some(copy) = store.copies.first().filter(|_| store.kind == StoreKind::Objects) {
        state.met.push(Evidence::seen(copy.at, copy.value.clone(), Grade::Active));
    }
}

fn short(days: u32, evidence: Evidence) -> Gap {
    Gap::new("short-retention", format!("copies are kept for {days} day{} only", if days == 1 { "" } else { "s" }), evidence)
        .so("damage that is noticed later has overwritten every good copy")
}

/// What one backup is worth for a store.
fn planned(system: &System, store: &Datastore<'_>, plan: &BackupPlan, covers: Covers) -> Found {
    let mut state = Found::default();
    // What nothing starts is a gap whatever it would cover.
    if let Covers::Perhaps(at) = covers
        && live(plan) != Some(false)
    {
        state.doubts.push(Question::new(
            format!("whether `{}` covers `{}`: what it backs up is decided elsewhere ({})", plan.name, store.name, system.path_at(at)),
            "name the store in the plan, or show a listing of its copies",
        ));
        return state;
    }
    let says = told(plan);
    match live(plan) {
        None => {
            let unknown = if plan.runs.known().is_none() {
                plan.runs.says.clone()
            } else {
                plan.schedule.as_ref().map(|s| s.says.clone()).unwrap_or_default()
            };
            state.doubts.push(Question::new(
                format!("whether `{}` runs: {unknown}", plan.name),
                "show the schedule as it is installed, or the newest copy with its date",
            ));
        }
        Some(false) if plan.schedule.is_none() => {
            state.met.push(Evidence::seen(plan.at, says, Grade::Declared));
            let sought = Evidence::sought(format!("schedule that starts {}", plan.name), backup_scope(system));
            state.gaps.push(
                Gap::new("no-schedule", format!("`{}` backs it up, but nothing starts that", plan.name), sought)
                    .so("there is a copy only if someone thought of making one"),
            );
        }
        Some(false) => {
            state.met.push(Evidence::seen(plan.at, says, Grade::Declared));
            let evidence = Evidence::noted(plan.runs.at, plan.runs.says.clone());
            state.gaps.push(
                Gap::new("dormant", format!("`{}` never runs: {}", plan.name, plan.runs.says), evidence)
                    .so("the schedule stands in a file and no copy is ever made"),
            );
        }
        Some(true) => {
            state.met.push(Evidence::seen(plan.at, says, Grade::Active));
            flaws(system, plan, &mut state);
        }
    }
    state
}

/// What is wrong with a backup that runs.
fn flaws(system: &System, plan: &BackupPlan, state: &mut Found) {
    if let Some(days) = &plan.keep_days {
        match days.known() {
            Some(n) if *n < ENOUGH_DAYS => state.gaps.push(short(*n, Evidence::noted(days.at, days.says.clone()))),
            Some(_) => {}
            None => state.doubts.push(Question::new(
                format!("for how long `{}` keeps copies: {}", plan.name, days.says),
                "state the number of days in the repository",
            )),
        }
    }
    match &plan.destination {
        Destination::SameHost(at) => state.gaps.push(
            Gap::new(
                "same-host",
                format!("`{}` keeps copies on the host of the data", plan.name),
                Evidence::noted(*at, "the copy is written here"),
            )
            .so("the disk that fails takes the data and every copy along"),
        ),
        Destination::Unresolved => state.doubts.push(Question::new(
            format!("where `{}` puts copies: decided elsewhere", plan.name),
            "name the repository or bucket in the configuration, without its credentials",
        )),
        Destination::Provider | Destination::Remote(_) => {}
    }
    if plan.failure_told.is_none() && watched(system, plan).is_none() {
        state.gaps.push(
            Gap::new(
                "failure-unnoticed",
                format!("nobody would notice that `{}` stopped working", plan.name),
                Evidence::sought("alarm, mail or check-in of the backup", backup_scope(system)),
            )
            .so("the missing copies are found on the day they are needed"),
        );
    }
}

/// An alarm on backups that reaches someone.
fn watched<'a>(system: &'a System, plan: &BackupPlan) -> Option<&'a plimsoll_model::estate::Alarm> {
    system.infrastructure().alarms.iter().find(|a| {
        let about = a.symptom == Symptom::Backup
            || a.metric.as_ref().is_some_and(|m| m.value.contains("kube_job") || m.value.contains("kube_cronjob"));
        about && !a.evaluated.off() && (!a.tells.is_empty() || a.tells_unresolved.is_some() || a.watches.contains(&plan.name))
    })
}

/// A plan of the store's provider that selects nothing.
fn unselected(system: &System, store: &Datastore<'_>, state: &mut Found) {
    let RunBy::Managed(managed) = store.run_by else { return };
    let cloud = matches!(managed.provider, Provider::Aws | Provider::Google | Provider::Azure);
    let Some(plan) = system.backups().iter().find(|p| cloud && p.covers.is_empty() && p.destination == Destination::Provider) else {
        return;
    };
    state.met.push(Evidence::seen(plan.at, told(plan), Grade::Declared));
    state.gaps.push(
        Gap::new(
            "selects-nothing",
            format!("`{}` selects no resource", plan.name),
            Evidence::noted(plan.at, "no selection refers to the plan"),
        )
        .so("the plan runs on time and copies nothing"),
    );
}

/// What cannot be seen of a store that somebody else runs.
fn question(store: &Datastore<'_>) -> Option<Question> {
    let settle = "show the provider's setting, or a listing of copies with their dates";
    match store.run_by {
        // Schedules of a platform are often made by its command line, and not in its file.
        RunBy::Managed(managed) if managed.provider == Provider::Platform => {
            Some(Question::new(format!("whether {} backs up `{}`: its plan decides", managed.product, store.name), settle))
        }
        RunBy::External(outside) => {
            let by = outside.provider.map(|p| format!(" by {p}")).unwrap_or_default();
            Some(Question::new(format!("whether `{}` is backed up{by}: it is run outside this repository", store.name), settle))
        }
        _ => None,
    }
}

fn missing(system: &System, store: &Datastore<'_>) -> Gap {
    let own = match store.run_by {
        RunBy::Managed(s) => s.backup_days.as_ref().or(None).map(|d| (d.at, d.says.clone())).or_else(|| {
            let recent = s.point_in_time.as_ref().filter(|p| p.off() && s.kind != StoreKind::Objects)?;
            Some((recent.at, recent.says.clone()))
        }),
        _ => None,
    };
    let sought = Evidence::sought(format!("scheduled backup of {}", store.name), backup_scope(system));
    let mut gap = match own {
        Some((at, says)) => Gap::new("no-backup", format!("nothing backs up `{}`", store.name), Evidence::noted(at, says)).and(sought),
        None => Gap::new("no-backup", format!("nothing backs up `{}`", store.name), Evidence::noted(store.at, "declared here")).and(sought),
    };
    if let RunBy::Managed(s) = store.run_by
        && let Some(versions) = s.versioned.as_ref().filter(|v| v.on())
    {
        gap = gap.and(Evidence::noted(versions.at, "versions in the same bucket go with the bucket: they are no backup"));
    }
    // A backup of something else than what the system uses is worth a word: it is often taken for one.
    if let Some(other) = system.backups().iter().find(|p| p.schedule.is_some() && !p.covers.is_empty()) {
        gap = gap.and(Evidence::noted(other.at, format!("`{}` backs up another store", other.name)));
    }
    gap.so("one failed disk or one mistaken command ends in permanent loss")
}
