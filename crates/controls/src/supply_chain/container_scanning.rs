//! Are built images scanned before they run?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Tally};
use plimsoll_model::{Capability, System};

use crate::Control;
use crate::gate::Gate;

pub(crate) const CONTROL: Control = Control { id: "supply-chain/container-scanning", page: include_str!("container_scanning.md"), check };

const GATE: Gate = Gate {
    thing: "a scan of the built images",
    capability: Capability::ContainerScan,
    consequence: "known holes in the base image run in production",
    schedule_suffices: true,
};

fn check(system: &System, mut tally: Tally) -> Judgement {
    let activities = system.activities(Capability::ContainerScan);
    // A scan of the file system by an image scanner is a part of it: it sees the packages, not the image.
    let of_files: Vec<_> = system.activities(Capability::DependencyScan).into_iter().filter(|a| a.sign.technology.contains("Trivy")).collect();
    for service in system.owned().filter(|s| s.image_definition(system).is_some()) {
        let subject = service.subject();
        if activities.is_empty() {
            if let Some(scanned) = scanned_on_push(system) {
                tally.met(&subject, scanned.clone());
                tally.gap(&subject, Gap::new("nobody-told", "the registry scans on push, but nothing is gated and nobody is told", scanned).so(GATE.consequence));
                continue;
            }
            if let Some(files) = of_files.first() {
                tally.met(&subject, Evidence::seen(files.sign.at, format!("{} scans the file system", files.sign.technology), Grade::Declared));
                let proof = Evidence::sought(GATE.thing, system.pipeline_scope());
                tally.gap(&subject, Gap::new("not-the-image", "the scanner reads the sources, never an image", proof).so(GATE.consequence));
                continue;
            }
        }
        GATE.judge(system, &mut tally, &subject, &activities);
    }
    tally.finish(|| Evidence::sought("an image built here", system.scopes(&["**/{Dockerfile,Containerfile}*"])))
}

/// `scan_on_push` of a registry in infrastructure code.
fn scanned_on_push(system: &System) -> Option<Evidence> {
    system.iac().iter().flat_map(|r| &r.resources).find_map(|r| {
        let setting = r.get("image_scanning_configuration.scan_on_push").filter(|s| s.value == "true")?;
        Some(Evidence::seen(setting.at, format!("{} `{}` scans on push", r.kind, r.name), Grade::Wired))
    })
}
