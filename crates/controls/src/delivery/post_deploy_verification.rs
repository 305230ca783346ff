//! Does the pipeline check the deployed system and fail if it is unwell?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Subject, Tally};
use plimsoll_model::{Activity, Capability, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/post-deploy-verification", page: include_str!("post_deploy_verification.md"), check };

const CONSEQUENCE: &str = "a release that does not start counts as a success until users say otherwise";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if let Some(deploy) = system.activities(Capability::Deploy).into_iter().find(Activity::live) {
        let follows = |a: &Activity<'_>| a.live() && std::ptr::eq(a.pipeline, deploy.pipeline) && a.after(&deploy);
        let wait = system.activities(Capability::RolloutWait).into_iter().find(|a| follows(a));
        let smoke = system.activities(Capability::SmokeTest).into_iter().find(|a| follows(a) && a.tolerated().is_none());
        for (found, says) in [(&wait, "waits until the new version is up"), (&smoke, "requests the deployed system")] {
            if let Some(step) = found {
                tally.met(&subject, Evidence::seen(step.sign.at, format!("{} {says}: {}", step.pipeline.path, step.sign.says), Grade::Active));
            }
        }
        let job = Evidence::noted(deploy.job.at, format!("job `{}` deploys", deploy.job.id));
        if smoke.is_none() {
            let text = if wait.is_some() { "the pipeline waits, but sends no request to what it deployed" } else { "nothing checks the system after it was deployed" };
            tally.gap(&subject, Gap::new("not-requested", text, job).so(CONSEQUENCE));
        }
    }
    tally.finish(|| Evidence::sought("an automated deployment, which could be verified", system.pipeline_scope()))
}
