//! Would a committed secret be caught?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Subject, Tally};
use plimsoll_model::{Activity, Capability, System};

use crate::Control;
use crate::gate::{Gate, OTHER_WORK};

pub(crate) const CONTROL: Control = Control { id: "supply-chain/secret-scanning", page: include_str!("secret_scanning.md"), check };

const GATE: Gate = Gate {
    thing: "a scan for secrets",
    capability: Capability::SecretScan,
    consequence: "a pasted key stays in the history and is found by others first",
    schedule_suffices: false,
    unrelated: OTHER_WORK,
};

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    // Trivy reads files for secrets besides packages: one revision of them, never the history.
    let (by_the_way, meant): (Vec<_>, Vec<_>) =
        system.activities(Capability::SecretScan).into_iter().partition(|a| a.sign.technology == "Trivy");
    let besides = by_the_way
        .into_iter()
        .chain(system.activities(Capability::DependencyScan).into_iter().filter(implied))
        .find(|a| a.live() && a.automatic());
    match besides {
        Some(scan) if meant.is_empty() => {
            tally.met(&subject, Evidence::seen(scan.sign.at, "Trivy looks for secrets in the files of one revision", Grade::Wired));
            let proof = Evidence::sought("a scan of the history or of each change for secrets", system.pipeline_scope());
            let mut gap = Gap::new("one-revision-only", "a secret that a later commit removes again is not found", proof);
            if let Some(at) = scan.tolerated() {
                gap = gap.and(Evidence::noted(at, "and its failure is tolerated here"));
            }
            tally.gap(&subject, gap.so(GATE.consequence));
        }
        _ => {
            GATE.judge(system, &mut tally, &subject, &meant);
        }
    }
    tally.finish(|| Evidence::sought("pipeline", system.pipeline_scope()))
}

/// A scan of the file system with Trivy looks for secrets too, unless it is told what to look for.
fn implied(scan: &Activity<'_>) -> bool {
    let told = |w: &String| w.contains("scanners=") || w == "--scanners" || w.contains("security-checks");
    scan.sign.technology == "Trivy" && !scan.source.words.iter().any(told)
}
