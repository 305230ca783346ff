//! Would a committed secret be caught?

use plimsoll_base::{Evidence, Judgement, Subject, Tally};
use plimsoll_model::{Capability, System};

use crate::Control;
use crate::gate::Gate;

pub(crate) const CONTROL: Control = Control { id: "supply-chain/secret-scanning", page: include_str!("secret_scanning.md"), check };

const GATE: Gate = Gate {
    thing: "a scan for secrets",
    capability: Capability::SecretScan,
    consequence: "a pasted key stays in the history and is found by others first",
    schedule_suffices: false,
};

fn check(system: &System, mut tally: Tally) -> Judgement {
    GATE.judge(system, &mut tally, &Subject::system(), &system.activities(Capability::SecretScan));
    tally.finish(|| Evidence::sought("a pipeline", system.pipeline_scope()))
}
