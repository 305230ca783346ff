//! Does a merged change reach production by machine?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::{Activity, Capability, DeploymentKind, SignSource, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/automated-deploy", page: include_str!("automated_deploy.md"), check };

const CONSEQUENCE: &str = "releases depend on one person's machine and memory, most of all when something is on fire";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let deploys = system.activities(Capability::Deploy);
    let production = |a: &&Activity<'_>| a.live() && !staging(a);
    let by_itself = deploys.iter().find(|a| production(a) && (a.job.on.main || a.job.on.tag));
    let after = || deploys.iter().find(|a| production(a) && !a.pipeline.triggers.after.is_empty());
    if let Some(deploy) = by_itself.or_else(after) {
        let says = format!("job `{}` of {} deploys: {}", deploy.job.id, deploy.pipeline.path, deploy.sign.says);
        tally.met(&subject, Evidence::seen(deploy.sign.at, says, Grade::Active));
    } else if let Some(deploy) = deploys.iter().find(|a| a.live()) {
        tally.met(&subject, Evidence::seen(deploy.sign.at, format!("{} can deploy: {}", deploy.pipeline.path, deploy.sign.says), Grade::Wired));
        let (kind, text) = if staging(deploy) { ("staging-only", "only a staging environment is deployed by machine") } else { ("started-by-hand", "the deployment starts only by hand") };
        tally.gap(&subject, Gap::new(kind, text, Evidence::noted(deploy.job.at, format!("job `{}`", deploy.job.id))).so(CONSEQUENCE));
    } else {
        otherwise(system, &mut tally, &subject);
    }
    tally.finish(|| Evidence::sought("a deployment", system.pipeline_scope()))
}

/// A deployment to an environment that its name tells from production.
fn staging(activity: &Activity<'_>) -> bool {
    let name = activity.job.environment.as_ref().map_or(activity.job.id.as_str(), |e| e.value.as_str()).to_ascii_lowercase();
    ["staging", "preview", "dev", "qa", "uat", "test"].iter().any(|w| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|p| p == *w))
}

fn otherwise(system: &System, tally: &mut Tally, subject: &Subject) {
    let sought = || Evidence::sought("a step that deploys", system.pipeline_scope());
    let pretender = system.pipelines().iter().flat_map(|p| p.jobs.iter().map(move |j| (p, j))).find(|(_, j)| j.only_echoes() && j.id.to_ascii_lowercase().contains("deploy"));
    let script = system.signs_of(Capability::Deploy).chain(system.signs_of(Capability::IacApply)).find(|s| matches!(&s.source, SignSource::Command { path } if path.ends_with(".sh") || path.contains("Makefile")));
    if let Some((pipeline, job)) = pretender {
        let text = format!("job `{}` of {} only prints that it deploys", job.id, pipeline.path);
        tally.gap(subject, Gap::new("deploy-only-prints", text, Evidence::noted(job.at, "its steps print and do nothing")).so(CONSEQUENCE));
    } else if let Some(script) = script {
        tally.met(subject, Evidence::seen(script.at, format!("a script deploys: {}", script.says), Grade::Declared));
        tally.gap(subject, Gap::new("script-by-hand", "the deployment is a script that a person runs", sought()).so(CONSEQUENCE));
    } else if let Some(platform) = system.deployment().filter(|d| d.kind == DeploymentKind::Platform) {
        let missing = format!("whether the platform of {} deploys each merge by itself", platform.name);
        tally.doubt(subject, Question::new(missing, "show the setting, or deploy from the pipeline"));
    } else if let Some(opaque) = system.pipelines().iter().find_map(|p| p.opaque.first()) {
        tally.doubt(subject, Question::new(format!("whether the pipeline deploys: {}", opaque.value), "show the step that deploys"));
    } else {
        let mut gap = Gap::new("no-deploy", "nothing deploys the system by machine", sought());
        if system.pipelines().is_empty() {
            gap = gap.follows("delivery/ci-pipeline");
        }
        tally.gap(subject, gap.so(CONSEQUENCE));
    }
}
