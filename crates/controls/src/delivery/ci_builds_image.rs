//! Does the pipeline build and publish the production artefact of each service?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Tally};
use plimsoll_model::{Activity, Capability, Service, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/ci-builds-image", page: include_str!("ci_builds_image.md"), check };

const CONSEQUENCE: &str = "what runs was built by hand, from a tree that nobody else has";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let builds = system.activities(Capability::ImageBuild);
    let pushes = system.activities(Capability::ImagePush);
    for service in system.owned().filter(|s| s.image_definition(system).is_some()) {
        let subject = service.subject();
        let mine = |a: &&Activity<'_>| a.live() && concerns(system, service, a);
        let pushed = pushes.iter().find(|a| mine(a) && a.automatic());
        let built = builds.iter().find(|a| mine(a) && a.automatic());
        match (pushed, built) {
            (Some(push), _) => tally.met(&subject, Evidence::seen(push.sign.at, format!("published by {}: {}", push.pipeline.path, push.sign.says), Grade::Active)),
            (None, Some(build)) => {
                tally.met(&subject, Evidence::seen(build.sign.at, format!("built by {}: {}", build.pipeline.path, build.sign.says), Grade::Wired));
                let gap = Gap::new("not-published", "the image is built, but never published", Evidence::noted(build.sign.at, "nothing is pushed"));
                tally.gap(&subject, gap.so(CONSEQUENCE));
            }
            (None, None) => by_hand(system, service, &mut tally, builds.iter().chain(&pushes).find(|a| concerns(system, service, a))),
        }
    }
    tally.finish(|| Evidence::sought("an image built from this repository", system.scopes(&["**/{Dockerfile,Containerfile}*"])))
}

fn by_hand(system: &System, service: &Service, tally: &mut Tally, dormant: Option<&Activity<'_>>) {
    let subject = service.subject();
    if let Some(dormant) = dormant {
        tally.met(&subject, Evidence::seen(dormant.sign.at, format!("{} could build it", dormant.pipeline.path), Grade::Declared));
        let gap = Gap::new("dormant", "the build runs only by hand, or never", Evidence::noted(dormant.job.at, format!("job `{}`", dormant.job.id)));
        tally.gap(&subject, gap.so(CONSEQUENCE));
        return;
    }
    let mut gap = Gap::new("built-by-hand", "no pipeline builds the image", Evidence::sought("a step that builds the image", system.pipeline_scope()));
    if let Some(build) = &service.build {
        gap = gap.and(Evidence::noted(build.at, "built where it runs"));
    }
    if system.pipelines().is_empty() {
        gap = gap.follows("delivery/ci-pipeline");
    }
    tally.gap(&subject, gap.so(CONSEQUENCE));
}

/// Whether a build step is about this service: it names the Dockerfile or the context, or there is only one image to build.
fn concerns(system: &System, service: &Service, activity: &Activity<'_>) -> bool {
    let Some(definition) = service.image_definition(system) else { return false };
    let images = system.images().iter().filter(|i| i.product).count();
    if images == 1 {
        return true;
    }
    let words = activity.source.words.join(" ");
    let named = |path: &str| !path.is_empty() && words.split(|c: char| c.is_whitespace() || c == '=' || c == ':' || c == ',').any(|w| w.trim_start_matches("./").trim_end_matches('/') == path);
    let every = ["bake", "compose build", "compose push", "skaffold"].iter().any(|w| words.contains(w));
    // A matrix or variable names the folder; the names of the services stand in its values.
    let variable = words.contains("${{ matrix.") || words.contains("$SERVICE") || words.contains("${SERVICE") || words.contains("$service") || words.contains("${service");
    named(&definition.path)
        || named(&definition.folder)
        || every
        || variable
        || (activity.source.folder == definition.folder && !definition.folder.is_empty())
        || (definition.folder.is_empty() && !system.images().iter().any(|i| i.product && !i.folder.is_empty() && named(&i.folder)) && !words.contains("file=") && !words.contains(" -f "))
}
