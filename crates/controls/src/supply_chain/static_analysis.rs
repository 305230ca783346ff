//! Is source analysed for vulnerabilities in a pipeline?

use plimsoll_base::{Evidence, Judgement, Subject, Tally};
use plimsoll_model::{Capability, System};

use crate::Control;
use crate::gate::Gate;

pub(crate) const CONTROL: Control = Control { id: "supply-chain/static-analysis", page: include_str!("static_analysis.md"), check };

const GATE: Gate = Gate {
    thing: "a security analysis of the source",
    capability: Capability::StaticAnalysis,
    consequence: "injection and unsafe calls reach production unseen",
    schedule_suffices: true,
};

fn check(system: &System, mut tally: Tally) -> Judgement {
    if !system.sources().is_empty() || !system.iac().is_empty() {
        let mut activities = system.activities(Capability::StaticAnalysis);
        if system.sources().is_empty() {
            activities.extend(system.activities(Capability::IacScan));
        }
        GATE.judge(system, &mut tally, &Subject::system(), &activities);
    }
    tally.finish(|| Evidence::sought("source code", system.scopes(&["**"])))
}
