//! Is one artefact built, uniquely identified, and promoted unchanged?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::{Capability, Identity, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/immutable-artifacts", page: include_str!("immutable_artifacts.md"), check };

const CONSEQUENCE: &str = "nobody can say which code runs, and two hosts may run different code under one name";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let pushed = system.activities(Capability::ImagePush).into_iter().find(|a| a.live() && a.unique_tag());
    for service in system.owned() {
        let subject = service.subject();
        match service.identity(system) {
            Identity::Unique(at, says) => tally.met(&subject, Evidence::seen(at, says, Grade::Active)),
            Identity::Platform(at) => tally.met(&subject, Evidence::seen(at, "the platform builds one release per commit", Grade::Active)),
            Identity::Moving(at, says) => {
                tally.gap(&subject, Gap::new("moving-tag", format!("{says}: the tag moves"), Evidence::noted(at, "deployed by this tag")).so(CONSEQUENCE));
            }
            Identity::BuiltInPlace(at, says) => {
                tally.gap(&subject, Gap::new("built-in-place", "built from a working tree where it runs", Evidence::noted(at, says)).so(CONSEQUENCE));
            }
            Identity::Variable(at, says) => match &pushed {
                Some(push) => tally.met(&subject, Evidence::seen(push.sign.at, format!("{} publishes a tag per version, and {says} takes it", push.pipeline.path), Grade::Active)),
                None => tally.doubt(&subject, Question::new(format!("which version runs: `{says}` is decided outside"), format!("set the tag in the pipeline that deploys ({})", system.path_at(at)))),
            },
            Identity::Unstated(at) => match &pushed {
                Some(push) => {
                    tally.met(&subject, Evidence::seen(push.sign.at, format!("{} publishes a tag per version", push.pipeline.path), Grade::Wired));
                    tally.gap(&subject, Gap::new("not-referenced", "no deployment names the version that the pipeline publishes", Evidence::noted(at, "no deployment refers to it")).so(CONSEQUENCE));
                }
                None => tally.gap(&subject, Gap::new("not-published", "no artefact with a version of its own is published", Evidence::sought("a published tag per version", system.pipeline_scope())).so(CONSEQUENCE)),
            },
        }
    }
    tally.finish(|| Evidence::sought("a service of this repository", system.deployment_scope()))
}
