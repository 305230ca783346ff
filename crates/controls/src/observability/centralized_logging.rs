//! Do production logs leave the host into searchable storage?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::System;

use super::logs::{Path, logging, nothing, path};
use crate::Control;

pub(crate) const CONTROL: Control =
    Control { id: "observability/centralized-logging", page: include_str!("centralized_logging.md"), check };

const CONSEQUENCE: &str = "when the host is lost, or a container is replaced, so is the record of what happened";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in logging(system) {
        let subject = service.subject();
        match path(system, service) {
            Path::Central(at, says) => tally.met(&subject, Evidence::seen(at, says, Grade::Active)),
            Path::Broken(at, says) => {
                let gap =
                    Gap::new("not-shipped", format!("the logs of `{}` do not arrive: {says}", service.name), Evidence::noted(at, says));
                tally.gap(&subject, gap.so(CONSEQUENCE));
            }
            Path::Rotated(at, says) => {
                tally.met(&subject, Evidence::seen(at, says.clone(), Grade::Wired));
                let gap = Gap::new("host-only", format!("the logs of `{}` stay on their host", service.name), Evidence::noted(at, says));
                tally.gap(&subject, gap.so(CONSEQUENCE));
            }
            Path::Unbounded(at, says) => {
                let gap = Gap::new("unbounded", says.clone(), Evidence::noted(at, says));
                tally.gap(&subject, gap.so("the disk fills up, and the record is lost with the container"));
            }
            Path::Discarded(at, says) => {
                tally.gap(
                    &subject,
                    Gap::new("discarded", says.clone(), Evidence::noted(at, says)).so("there is no record of what happened"),
                );
            }
            Path::PlatformView(at, says) => {
                tally.met(&subject, Evidence::seen(at, says.clone(), Grade::Active));
                let gap = Gap::new("platform-view", format!("{says}, for a short time"), Evidence::noted(at, says));
                tally.gap(&subject, gap.so("what happened last week can no longer be looked up"));
            }
            Path::Open(missing) => {
                tally.doubt(&subject, Question::new(missing, "show what ships the logs, or attest where they can be searched"))
            }
        }
    }
    tally.finish(|| nothing(system))
}
