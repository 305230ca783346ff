//! Can origin and content of a release be verified?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::{Activity, Capability, SignSource, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "supply-chain/sbom-and-signing", page: include_str!("sbom_and_signing.md"), check };

const CONSEQUENCE: &str = "nobody can tell whether what runs is what was built here, or what is in it";

fn check(system: &System, mut tally: Tally) -> Judgement {
    if published(system).is_none()
        && let Some(elsewhere) = system
            .pipelines()
            .iter()
            .flat_map(|p| &p.opaque)
            .find(|o| ["publish", "release", "push"].iter().any(|w| o.value.to_ascii_lowercase().contains(w)))
    {
        let missing = format!("whether what is published comes with a bill of materials and a signature: {}", elsewhere.value);
        tally.doubt(
            &Subject::system(),
            Question::new(missing, "show the workflow, or verify a published image: `cosign verify`, `docker buildx imagetools inspect`"),
        );
    }
    if let Some(published) = published(system) {
        let subject = Subject::system();
        let live = |capability| system.activities(capability).into_iter().find(Activity::live);
        let (sbom, signing) = (live(Capability::Sbom), live(Capability::Signing));
        for done in sbom.iter().chain(&signing) {
            tally.met(&subject, Evidence::seen(done.sign.at, format!("{}: {}", done.sign.technology, done.sign.says), Grade::Active));
        }
        if sbom.is_none() {
            let proof = Evidence::sought("a bill of materials", system.pipeline_scope());
            tally.gap(
                &subject,
                Gap::new("no-bill-of-materials", "artefacts are published without a bill of materials", proof)
                    .and(published.clone())
                    .so(CONSEQUENCE),
            );
        }
        if signing.is_none() {
            let proof = Evidence::sought("a signature or attestation", system.pipeline_scope());
            tally
                .gap(&subject, Gap::new("not-signed", "artefacts are published without a signature", proof).and(published).so(CONSEQUENCE));
        }
    }
    tally.finish(|| Evidence::sought("step that publishes an artefact", system.pipeline_scope()))
}

/// Where an image or package leaves the repository.
fn published(system: &System) -> Option<Evidence> {
    let live = |capability| system.activities(capability).into_iter().find(Activity::live).map(|a| (a.sign.at, a.sign.says.clone()));
    let pushes = live(Capability::ImagePush).or_else(|| live(Capability::Publish));
    let script = || {
        let sign = system.signs_of(Capability::ImagePush).find(|s| matches!(s.source, SignSource::Command { .. }))?;
        Some((sign.at, sign.says.clone()))
    };
    let (at, says): (Location, String) = pushes.or_else(script)?;
    Some(Evidence::noted(at, format!("published here: {says}")))
}
