//! Does the pipeline build and publish the production artefact of each service?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::container::Runtime;
use plimsoll_model::{Activity, Capability, Service, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/ci-builds-image", page: include_str!("ci_builds_image.md"), check };

const CONSEQUENCE: &str = "what runs was built by hand, from a tree that nobody else has";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let builds = system.activities(Capability::ImageBuild);
    let pushes = system.activities(Capability::ImagePush);
    let handed = system.handed_to_a_platform();
    for service in system.owned().filter(|s| s.image_definition(system).is_some()) {
        if service.on_platform() && service.image.is_none() {
            tally.not_applicable(Evidence::noted(service.at, format!("the platform builds {}", service.name)));
            continue;
        }
        if let Some(deploy) = handed.as_ref().filter(|_| service.runtime == Runtime::Process) {
            tally.not_applicable(Evidence::noted(deploy.sign.at, format!("{} builds {}", deploy.sign.technology, service.name)));
            continue;
        }
        let subject = service.subject();
        let mine = |a: &&Activity<'_>| a.live() && a.builds(system, service);
        let pushed: Vec<&Activity<'_>> = pushes.iter().filter(|a| mine(a) && a.automatic()).collect();
        let built: Vec<&Activity<'_>> = builds.iter().filter(|a| mine(a) && a.automatic()).collect();
        if let Some(push) = pushed.iter().find(|a| a.unique_tag()).or(pushed.first()) {
            tally.met(
                &subject,
                Evidence::seen(push.sign.at, format!("published by {}: {}", push.pipeline.path, push.sign.says), Grade::Active),
            );
            if !push.unique_tag() {
                let gap = Gap::new(
                    "tag-moves",
                    "what is published gets no tag of its own: a former version is overwritten",
                    Evidence::noted(push.sign.at, "its tag"),
                );
                tally.gap(&subject, gap.so(CONSEQUENCE));
            }
            if !pushed.iter().chain(&built).any(|a| a.before_merge()) {
                let gap = Gap::new(
                    "not-built-before-merge",
                    "the image is built only after a change is merged",
                    Evidence::noted(push.job.at, "no build on pull requests"),
                );
                tally.gap(&subject, gap.so("a Dockerfile that no longer builds is noticed when a release is due"));
            }
        } else if let Some(build) = built.first() {
            tally.met(
                &subject,
                Evidence::seen(build.sign.at, format!("built by {}: {}", build.pipeline.path, build.sign.says), Grade::Wired),
            );
            let gap =
                Gap::new("not-published", "the image is built, but never published", Evidence::noted(build.sign.at, "nothing is pushed"));
            tally.gap(&subject, gap.so(CONSEQUENCE));
        } else {
            let dormant = builds.iter().chain(&pushes).find(|a| a.builds(system, service));
            by_hand(system, service, &mut tally, dormant);
        }
    }
    tally.finish(|| Evidence::sought("image built from this repository", system.scopes(&["**/{Dockerfile,Containerfile}*"])))
}

fn by_hand(system: &System, service: &Service, tally: &mut Tally, dormant: Option<&Activity<'_>>) {
    let subject = service.subject();
    if let Some(dormant) = dormant {
        tally.met(&subject, Evidence::seen(dormant.sign.at, format!("{} could build it", dormant.pipeline.path), Grade::Declared));
        let gap = Gap::new(
            "dormant",
            "the build runs only by hand, or never",
            Evidence::noted(dormant.job.at, format!("job `{}`", dormant.job.id)),
        );
        tally.gap(&subject, gap.so(CONSEQUENCE));
        return;
    }
    if let Some(opaque) = system.pipelines().iter().find_map(|p| p.opaque.first()) {
        let missing = format!("whether a pipeline builds the image of {}: {}", service.name, opaque.value);
        tally.doubt(&subject, Question::new(missing, "show the step that builds it"));
        return;
    }
    let mut gap =
        Gap::new("built-by-hand", "no pipeline builds the image", Evidence::sought("step that builds the image", system.pipeline_scope()));
    if let Some(build) = &service.build {
        gap = gap.and(Evidence::noted(
            build.at,
            if service.runtime == Runtime::Compose { "built where it runs" } else { "what is to be built" },
        ));
    }
    let folder = service.source_folder(system).unwrap_or_default();
    let near = |path: &str| folder.is_empty() || path.starts_with(&format!("{folder}/"));
    if let Some((script, _)) = system.scripted(Capability::ImageBuild).find(|(_, path)| near(path)) {
        gap = gap.and(Evidence::noted(script.at, format!("built by a script that a person runs: {}", script.says)));
    }
    if system.pipelines().is_empty() {
        gap = gap.follows("delivery/ci-pipeline");
    }
    tally.gap(&subject, gap.so(CONSEQUENCE));
}
