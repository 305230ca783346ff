//! Do objects, images, logs and copies expire or move?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::estate::{BackupPlan, Destination, Holds, LifecycleRule, LifecycleSubject, LogStore, Store, StoreKind};
use plimsoll_model::{RunBy, ServiceKind, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "cost/storage-lifecycle", page: include_str!("storage_lifecycle.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for store in &system.infrastructure().stores {
        match store.kind {
            StoreKind::Objects if !matches!(store.holds, Holds::State | Holds::Assets) => bucket(store, &mut tally),
            StoreKind::Images => images(store, &mut tally),
            _ => {}
        }
    }
    for log in &system.infrastructure().logs {
        self::log(log, &mut tally);
    }
    for store in system.datastores().iter().filter(|d| d.kind == StoreKind::Objects) {
        if let RunBy::Container(service) = store.run_by {
            let rules = service.start(system).iter().any(|c| c.command.words.iter().any(|w| w == "ilm" || w.contains("lifecycle")));
            if !rules {
                let missing = format!("whether the buckets of `{}` have lifecycle rules: they are set while it runs", store.name);
                tally.doubt(
                    &store.subject(),
                    Question::new(missing, "keep the rules in a script of the repository, or show `mc ilm rule ls`"),
                );
            }
        }
    }
    for plan in system.backups() {
        copies(plan, &mut tally);
    }
    uploads(system, &mut tally);
    tally.finish(|| Evidence::sought("bucket, registry, log store or upload folder that grows", system.deployment_scope()))
}

fn on<'s>(rules: &'s [LifecycleRule], concerns: &[LifecycleSubject]) -> Option<&'s LifecycleRule> {
    rules.iter().find(|r| concerns.contains(&r.concerns) && r.active.on())
}

fn bucket(store: &Store, tally: &mut Tally) {
    use LifecycleSubject::{Expiry, FormerVersions, Transition, UnfinishedUploads};
    let subject = Subject::named(&store.name);
    let versioned = store.versioned.as_ref().filter(|v| v.on());
    let mut rule = on(&store.lifecycle, &[Expiry, Transition]);
    if rule.is_none() && versioned.is_some() {
        rule = on(&store.lifecycle, &[FormerVersions]);
    }
    if let Some(rule) = rule {
        tally.met(&subject, Evidence::seen(rule.at, rule.says.clone(), Grade::Active));
        if let Some(versions) = versioned
            && on(&store.lifecycle, &[FormerVersions]).is_none()
        {
            let gap = Gap::new(
                "former-versions",
                format!("former versions in `{}` are kept for ever", store.name),
                Evidence::noted(versions.at, versions.says.clone()),
            );
            tally.gap(&subject, gap.so("what expires is only hidden: every version is still paid for"));
        }
        return;
    }
    if let Some(rule) = store.lifecycle.iter().find(|r| r.active.known().is_none()) {
        tally.doubt(
            &subject,
            Question::new(
                format!("whether a rule of `{}` is on: {}", store.name, rule.active.says),
                "give the variable its production value",
            ),
        );
        return;
    }
    if let Some(rule) = on(&store.lifecycle, &[UnfinishedUploads, FormerVersions]) {
        tally.met(&subject, Evidence::seen(rule.at, rule.says.clone(), Grade::Active));
    }
    if let Some(rule) = store.lifecycle.iter().find(|r| r.active.off()) {
        tally.met(&subject, Evidence::seen(rule.at, rule.says.clone(), Grade::Declared));
        let gap = Gap::new(
            "dormant",
            format!("the rule of `{}` is switched off", store.name),
            Evidence::noted(rule.active.at, rule.active.says.clone()),
        );
        tally.gap(&subject, gap.so("the bill grows with every object ever written"));
        return;
    }
    let gap = Gap::new(
        "no-lifecycle",
        format!("nothing in `{}` ever expires or moves", store.name),
        Evidence::noted(store.at, "no rule expires or moves what it holds"),
    );
    tally.gap(&subject, gap.so("the bill grows with every object ever written"));
}

fn images(store: &Store, tally: &mut Tally) {
    let subject = Subject::named(&store.name);
    if let Some(rule) = on(&store.lifecycle, &[LifecycleSubject::Expiry, LifecycleSubject::FormerVersions]) {
        tally.met(&subject, Evidence::seen(rule.at, rule.says.clone(), Grade::Active));
    } else if let Some(rule) = store.lifecycle.iter().find(|r| r.active.known().is_none()) {
        tally.doubt(
            &subject,
            Question::new(
                format!("whether `{}` is cleaned up: {}", store.name, rule.active.says),
                "give the variable its production value",
            ),
        );
    } else {
        let gap = Gap::new(
            "images-kept",
            format!("`{}` keeps every image ever pushed", store.name),
            Evidence::noted(store.at, "no cleanup policy refers to it"),
        );
        tally.gap(&subject, gap.so("each deployment adds an image that nobody will ever pull"));
    }
}

fn log(log: &LogStore, tally: &mut Tally) {
    let subject = Subject::named(&log.name);
    let days = &log.keep_days;
    match days.known() {
        Some(0) => {
            let gap = Gap::new("logs-kept", format!("`{}` keeps logs for ever", log.name), Evidence::noted(days.at, days.says.clone()));
            tally.gap(&subject, gap.so("old logs cost more each month and are read by nobody"));
        }
        Some(_) => tally.met(&subject, Evidence::seen(days.at, days.says.clone(), Grade::Active)),
        None => tally.doubt(
            &subject,
            Question::new(format!("for how long `{}` keeps logs: {}", log.name, days.says), "give the variable its production value"),
        ),
    }
}

/// Copies that a scheduled backup makes and that nothing ends. Artefacts of pipelines and logs of changes end by their provider's default.
fn copies(plan: &BackupPlan, tally: &mut Tally) {
    let runs = plan.schedule.as_ref().is_some_and(|s| s.known().is_some()) && plan.runs.on();
    let artefact = matches!(&plan.destination, Destination::Remote(t) if t.value.contains("upload-artifact"));
    let continuous = plan.continuous.as_ref().is_some_and(|c| c.on());
    if !runs || artefact || continuous || plan.destination == Destination::Unresolved {
        return;
    }
    let subject = Subject::named(&plan.name);
    match &plan.keep_days {
        Some(days) if days.known().is_some_and(|n| *n > 0) => {
            tally.met(&subject, Evidence::seen(days.at, days.says.clone(), Grade::Active))
        }
        Some(days) if days.known().is_none() => {
            tally.doubt(
                &subject,
                Question::new(format!("for how long `{}` keeps copies: {}", plan.name, days.says), "state the number of days"),
            );
        }
        _ => {
            let gap = Gap::new(
                "copies-kept",
                format!("nothing removes old copies of `{}`", plan.name),
                Evidence::noted(plan.at, "no retention is stated"),
            );
            tally.gap(&subject, gap.so("each run adds a copy until the disk, or the budget, is full"));
        }
    }
}

/// Files that users send and that the application writes to a disk.
fn uploads(system: &System, tally: &mut Tally) {
    let serving = |path: &str| {
        let mut own = system.owned().filter(|s| s.kind != ServiceKind::Job && !s.on_platform());
        own.any(|s| {
            s.source_folder(system).is_some_and(|f| f.is_empty() || path.strip_prefix(f.as_str()).is_some_and(|r| r.starts_with('/')))
        })
    };
    let Some(kept) = system.uploads().iter().find(|u| !u.removes && serving(&u.path)) else { return };
    let subject = Subject::named("uploads");
    if let Some(removed) = system.uploads().iter().find(|u| u.removes && serving(&u.path)) {
        let missing = format!("whether {} removes what {} keeps", removed.path, kept.path);
        tally.doubt(&subject, Question::new(missing, "name the schedule on which old uploads are removed"));
        return;
    }
    let gap =
        Gap::new("uploads-kept", "uploaded files are written to a disk and never removed", Evidence::noted(kept.at, kept.says.clone()));
    let gap = gap.and(Evidence::sought("removal of old uploads", system.scopes(&["**/*.{py,ts,js,go,php,java,kt,cs}"])));
    tally.gap(&subject, gap.so("the disk fills up until the application stops"));
}
