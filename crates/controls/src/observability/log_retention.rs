//! Are logs kept long enough and not for ever?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Setting, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::estate::LogStore;

use super::logs::{Path, logging, nothing, path};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/log-retention", page: include_str!("log_retention.md"), check };

/// The least that lets last month be looked at.
const ENOUGH: u32 = 30;

fn check(system: &System, mut tally: Tally) -> Judgement {
    let stores = &system.infrastructure().logs;
    let mut central = Vec::new();
    for service in logging(system) {
        let subject = service.subject();
        match path(system, service) {
            Path::Central(at, says) => central.push((service, at, says)),
            Path::Rotated(at, says) => {
                tally.met(&subject, Evidence::seen(at, says.clone(), Grade::Wired));
                let says = format!("the logs of `{}` are bounded by size only: a busy day pushes out the day before", service.name);
                tally.gap(&subject, Gap::new("size-only", says.clone(), Evidence::noted(at, says)).so(LOST));
            }
            Path::Unbounded(at, says) => {
                tally.gap(
                    &subject,
                    Gap::new("unbounded", says.clone(), Evidence::noted(at, says))
                        .so("the disk fills up, or the record is lost with the container"),
                );
            }
            Path::Discarded(at, says) | Path::Broken(at, says) | Path::Idle(_, _, at, says) => {
                tally.gap(
                    &subject,
                    Gap::new("not-kept", format!("nothing of `{}` is kept: {says}", service.name), Evidence::noted(at, says)).so(LOST),
                );
            }
            Path::PlatformView(at, says) => {
                tally.not_applicable(Evidence::noted(at, format!("{says}: the platform fixes for how long it is kept")));
            }
            Path::Open(missing) => tally.doubt(&subject, Question::new(missing, "show where logs are kept and for how long")),
        }
    }
    for store in stores {
        judge(store, &mut tally);
    }
    // What is shipped to a store that is not declared here is kept for as long as is set there.
    if let (true, Some((service, at, says))) = (stores.is_empty(), central.first()) {
        let question = Question::new(
            format!(
                "for how long the logs of `{}` are kept: {says}, whose setting is not in the repository ({})",
                service.name,
                system.path_at(*at)
            ),
            "declare the store with its days, or attest them",
        );
        tally.doubt(&service.subject(), question);
    }
    tally.finish(|| nothing(system))
}

const LOST: &str = "what happened some weeks ago cannot be looked up";

fn judge(store: &LogStore, tally: &mut Tally) {
    let subject = Subject::named(&store.name);
    let keep = &store.keep_days;
    let days = match &keep.setting {
        Setting::Stated(days) => days.value,
        Setting::Defaulted(days) => *days,
        Setting::Unresolved(_) => {
            let question = Question::new(
                format!("for how long `{}` keeps logs: {}", store.name, keep.says),
                "state the days in the file, or attest them",
            );
            tally.doubt(&subject, question);
            return;
        }
    };
    let product = store.product;
    if days == 0 {
        tally.met(&subject, Evidence::seen(store.at, format!("{product} keeps `{}`", store.name), Grade::Wired));
        let gap = Gap::new(
            "for-ever",
            format!("`{}` keeps logs for ever: {}", store.name, keep.says),
            Evidence::noted(keep.at, keep.says.clone()),
        );
        tally.gap(&subject, gap.so("the bill grows every month, and personal data in logs is never deleted"));
    } else if days < ENOUGH {
        tally.met(&subject, Evidence::seen(keep.at, format!("{product} keeps `{}` for {days} days", store.name), Grade::Wired));
        let gap =
            Gap::new("too-short", format!("`{}` keeps logs for {days} days only", store.name), Evidence::noted(keep.at, keep.says.clone()));
        tally.gap(&subject, gap.so(LOST));
    } else {
        tally.met(&subject, Evidence::seen(keep.at, format!("{product} keeps `{}` for {days} days", store.name), Grade::Active));
    }
}
