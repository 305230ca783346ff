//! Are built images scanned before they run?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Subject, Tally};
use plimsoll_model::{Activity, Capability, System};

use crate::Control;
use crate::gate::Gate;

pub(crate) const CONTROL: Control = Control { id: "supply-chain/container-scanning", page: include_str!("container_scanning.md"), check };

const GATE: Gate = Gate {
    thing: "a scan of the built images",
    capability: Capability::ContainerScan,
    consequence: "known holes in the base image run in production",
    schedule_suffices: true,
    unrelated: &["docs", "pages", "label", "stale", "notify", "slack", "changelog", "translations", "lint"],
};

fn check(system: &System, mut tally: Tally) -> Judgement {
    let activities = system.activities(Capability::ContainerScan);
    let images = images(system);
    let named = |a: &Activity<'_>| images.iter().any(|(_, words)| mentions(a, words));
    for (subject, words) in &images {
        // A scan that names one image says nothing of another; one that names none serves all.
        let own: Vec<Activity<'_>> = activities.iter().filter(|a| !named(a) || mentions(a, words)).copied().collect();
        if !own.is_empty() {
            GATE.judge(system, &mut tally, subject, &own);
        } else if activities.is_empty() {
            nearly(system, &mut tally, subject);
        } else {
            let proof = Evidence::sought(format!("a scan of the image of {}", subject.id.0), system.pipeline_scope());
            tally.gap(subject, Gap::new("image-left-out", "other images are scanned, this one is not", proof).so(GATE.consequence));
        }
    }
    tally.finish(|| Evidence::sought("image built here", system.scopes(&["**/{Dockerfile,Containerfile}*"])))
}

/// Each image that this repository builds, with the words by which a pipeline would name it.
fn images(system: &System) -> Vec<(Subject, Vec<String>)> {
    let words = |name: &str, folder: &str| {
        [name, folder.rsplit('/').next().unwrap_or("")].iter().filter(|w| w.len() > 2).map(|w| w.to_ascii_lowercase()).collect()
    };
    let mut images: Vec<(Subject, Vec<String>)> =
        system.owned().filter_map(|s| s.image_definition(system).map(|d| (s.subject(), words(&s.name, &d.folder)))).collect();
    // What a platform or nobody here runs is an image all the same when a pipeline publishes it.
    if images.is_empty() && system.activities(Capability::ImagePush).iter().any(Activity::live) {
        images = system.images().iter().filter(|d| d.product).map(|d| (Subject::named(&d.path), words("", &d.folder))).collect();
    }
    images
}

fn mentions(activity: &Activity<'_>, words: &[String]) -> bool {
    let said = activity.source.words.iter().any(|w| {
        let value = w.split_once('=').map_or(w.as_str(), |(_, v)| v).to_ascii_lowercase();
        value.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|part| words.iter().any(|own| own == part))
            || words.iter().any(|own| own.contains('-') && value.contains(own.as_str()))
    });
    said && activity.job.matrix.is_empty()
}

/// What is no scan of the image in a pipeline, but a part of one.
fn nearly(system: &System, tally: &mut Tally, subject: &Subject) {
    if let Some(scanned) = scanned_on_push(system) {
        tally.met(subject, scanned.clone());
        tally.gap(
            subject,
            Gap::new("nobody-told", "the registry scans on push, but nothing is gated and nobody is told", scanned).so(GATE.consequence),
        );
        return;
    }
    let files = system.activities(Capability::DependencyScan);
    if let Some(files) = files.iter().find(|a| a.sign.technology == "Trivy" && a.live() && a.automatic()) {
        tally.met(subject, Evidence::seen(files.sign.at, "Trivy scans the file system", Grade::Declared));
        let proof = Evidence::sought(GATE.thing, system.pipeline_scope());
        tally.gap(subject, Gap::new("not-the-image", "the scanner reads the sources, never an image", proof).so(GATE.consequence));
        return;
    }
    GATE.judge(system, tally, subject, &[]);
}

/// `scan_on_push` of a registry in infrastructure code.
fn scanned_on_push(system: &System) -> Option<Evidence> {
    system.iac().iter().flat_map(|r| &r.resources).find_map(|r| {
        let setting = r.get("image_scanning_configuration.scan_on_push").filter(|s| s.value == "true")?;
        Some(Evidence::seen(setting.at, format!("{} `{}` scans on push", r.kind, r.name), Grade::Wired))
    })
}
