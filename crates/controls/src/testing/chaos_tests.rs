//! Has failure been rehearsed?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Subject, Tally};
use plimsoll_model::{Capability, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "testing/chaos-tests", page: include_str!("chaos_tests.md"), check };

const CONSEQUENCE: &str = "whether a standby takes over is found out when it must";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let runs = system.activities(Capability::ChaosTest);
    if let Some(run) = runs.iter().find(|a| a.live() && a.automatic()) {
        tally.met(&subject, run.evidence(format!("{} runs {}: {}", run.pipeline.path, run.sign.technology, run.sign.says)));
    } else if let Some(sign) = system.signs_of(Capability::ChaosTest).next() {
        tally.met(&subject, Evidence::seen(sign.at, format!("{}: {}", sign.technology, sign.says), Grade::Declared));
        tally.gap(
            &subject,
            Gap::new("never-run", "it is there, but nothing runs it", Evidence::sought("a run of it", system.pipeline_scope()))
                .so(CONSEQUENCE),
        );
    } else if let Some(several) = system.owned().find(|s| s.replicas.known().is_some_and(|n| *n >= 2)) {
        let proof = Evidence::sought("a rehearsal of failure", system.scopes(&["**/*{chaos,toxiproxy,litmus,failover}*"]));
        let gap = Gap::new("absent", "nothing rehearses the loss of an instance", proof)
            .and(Evidence::noted(several.at, format!("{} runs several instances", several.name)));
        tally.gap(&subject, gap.so(CONSEQUENCE));
    }
    tally.finish(|| Evidence::sought("second instance that could take over", system.deployment_scope()))
}
