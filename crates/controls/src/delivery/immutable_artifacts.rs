//! Is one artefact built, uniquely identified, and promoted unchanged?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Tally};
use plimsoll_model::{Activity, Capability, Identity, Service, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/immutable-artifacts", page: include_str!("immutable_artifacts.md"), check };

const CONSEQUENCE: &str = "nobody can say which code runs, and two hosts may run different code under one name";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let pushes: Vec<Activity<'_>> = system.activities(Capability::ImagePush).into_iter().filter(Activity::live).collect();
    let deploys = system.production_deploys();
    for service in system.owned() {
        let push = pushes.iter().find(|a| a.unique_tag() && a.builds(system, service));
        judge(system, &mut tally, service, push, &deploys);
    }
    tally.finish(|| Evidence::sought("service of this repository", system.deployment_scope()))
}

fn judge(system: &System, tally: &mut Tally, service: &Service, push: Option<&Activity<'_>>, deploys: &[Activity<'_>]) {
    let subject = service.subject();
    let gap = |kind: &'static str, text: String, at: Location, says: &str| Gap::new(kind, text, Evidence::noted(at, says)).so(CONSEQUENCE);
    let identity = service.identity(system);
    match &identity {
        Identity::Unique(at, says) => return tally.met(&subject, Evidence::seen(*at, says.clone(), Grade::Active)),
        Identity::Platform(at) => {
            return tally.met(&subject, Evidence::seen(*at, "the platform builds one release per commit", Grade::Active));
        }
        Identity::Unstated(_) => {
            if let Some(deploy) = system.handed_to_a_platform() {
                let says = format!("{} builds one release per commit", deploy.sign.technology);
                return tally.met(&subject, Evidence::seen(deploy.sign.at, says, Grade::Active));
            }
        }
        _ => {}
    }
    // The pipeline may put the version into the deployment that the manifest leaves open.
    if let (Some(push), Some(deploy)) = (push, deploys.iter().find(|d| sets_version(d))) {
        let says = format!("{} publishes a tag per version and deploys it: {}", push.pipeline.path, deploy.sign.says);
        return tally.met(&subject, Evidence::seen(deploy.sign.at, says, Grade::Active));
    }
    let published =
        |push: &Activity<'_>| Evidence::seen(push.sign.at, format!("{} publishes a tag per version", push.pipeline.path), Grade::Wired);
    match (identity, push) {
        (Identity::Moving(at, says), Some(push)) => {
            tally.met(&subject, published(push));
            tally.gap(&subject, gap("moving-tag", format!("{says}: the tag moves"), at, "deployed by this tag"));
        }
        (Identity::Moving(at, says), None) => {
            tally.gap(&subject, gap("moving-tag", format!("{says}: the tag moves"), at, "deployed by this tag"))
        }
        (Identity::BuiltInPlace(at, says), _) => {
            tally.gap(&subject, gap("built-in-place", "built from a working tree where it runs".into(), at, &says))
        }
        (Identity::Variable(at, says), Some(push)) => {
            let says = format!("{} publishes a tag per version, and {says} takes it", push.pipeline.path);
            tally.met(&subject, Evidence::seen(push.sign.at, says, Grade::Active));
            let missing = format!("whether the version in {} is always a published one", system.path_at(at));
            tally.doubt(&subject, Question::new(missing, "set the tag in the pipeline that deploys"));
        }
        (Identity::Variable(at, says), None) => {
            let settle = format!("set the tag in the pipeline that deploys ({})", system.path_at(at));
            tally.doubt(&subject, Question::new(format!("which version runs: {says} is decided outside"), settle));
        }
        (Identity::Unstated(at), Some(push)) => {
            tally.met(&subject, published(push));
            tally.gap(
                &subject,
                gap(
                    "not-referenced",
                    "no deployment names the version that the pipeline publishes".into(),
                    at,
                    "no deployment refers to it",
                ),
            );
        }
        (Identity::Unstated(_), None) => {
            let proof = Evidence::sought("published tag per version", system.pipeline_scope());
            tally.gap(&subject, Gap::new("not-published", "no artefact with a version of its own is published", proof).so(CONSEQUENCE));
        }
        (Identity::Unique(..) | Identity::Platform(_), _) => {}
    }
}

/// The command names the version itself, or a step before it writes the version into the manifest.
fn sets_version(deploy: &Activity<'_>) -> bool {
    deploy.names_version()
        || deploy.job.steps.iter().take(deploy.source.step).any(|s| {
            s.uses.as_ref().is_some_and(|u| u.value.starts_with("aws-actions/amazon-ecs-render-task-definition"))
                || s.commands.iter().any(|c| c.words.join(" ").contains("kustomize edit set image"))
        })
}
