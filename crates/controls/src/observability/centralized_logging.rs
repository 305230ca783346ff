//! Do production logs leave the host into searchable storage?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::container::Runtime;
use plimsoll_model::{Service, System};

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
            Path::Idle(at, collector, why_at, why) => {
                tally.met(&subject, Evidence::seen(at, format!("meant to be shipped: {collector}"), Grade::Declared));
                let says = format!("a collector runs, and the logs of `{}` do not arrive: {why}", service.name);
                tally.gap(&subject, Gap::new("idle", says, Evidence::noted(why_at, why)).so(CONSEQUENCE));
            }
            Path::Rotated(at, says) => {
                tally.met(&subject, Evidence::seen(at, says.clone(), Grade::Wired));
                let gap = Gap::new("host-only", format!("the logs of `{}` stay on their host", service.name), Evidence::noted(at, says));
                tally.gap(&subject, gap.so(CONSEQUENCE));
            }
            Path::Unbounded(at, says) => {
                if beside(system, service, &mut tally) {
                    continue;
                }
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

/// A collector in a Compose project of its own takes what runs on its host, where somebody starts it there. Whether there is one.
fn beside(system: &System, service: &Service, tally: &mut Tally) -> bool {
    if service.runtime != Runtime::Compose {
        return false;
    }
    let found = system.collectors_beside();
    let Some((route, by)) = found.iter().find(|(_, by)| by.is_some()).or_else(|| found.first()) else { return false };
    let (subject, path) = (service.subject(), system.path_at(route.at));
    match by {
        Some(by) => {
            let missing =
                format!("whether {path}, which {} starts, runs on the host of `{}`: {}", system.path_at(*by), service.name, route.says);
            tally.doubt(&subject, Question::new(missing, "show that both start on one host, or attest where the logs can be searched"));
        }
        None => {
            tally.met(&subject, Evidence::seen(route.at, route.says.clone(), Grade::Declared));
            let proof = Evidence::noted(route.at, format!("{path} is started by nothing in the repository"));
            let gap = Gap::new(
                "dormant",
                format!("what would ship the logs of `{}` stands in {path}, which nothing starts", service.name),
                proof,
            );
            tally.gap(&subject, gap.so(CONSEQUENCE));
        }
    }
    true
}
