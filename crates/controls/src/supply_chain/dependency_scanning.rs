//! Are known-vulnerable dependencies found, and do they block?

use plimsoll_base::{Evidence, Judgement, Subject, Tally};
use plimsoll_model::{Capability, System};

use crate::Control;
use crate::gate::Gate;

pub(crate) const CONTROL: Control = Control { id: "supply-chain/dependency-scanning", page: include_str!("dependency_scanning.md"), check };

const GATE: Gate = Gate {
    thing: "a scan of dependencies",
    capability: Capability::DependencyScan,
    consequence: "a dependency with a published exploit ships without anyone being told",
    schedule_suffices: true,
};

fn check(system: &System, mut tally: Tally) -> Judgement {
    if system.packages().iter().any(|p| p.product && !p.dependencies.is_empty()) {
        GATE.judge(system, &mut tally, &Subject::system(), &system.activities(Capability::DependencyScan));
    }
    tally.finish(|| Evidence::sought("a package with dependencies", system.scopes(&["**/{package.json,pyproject.toml,requirements*.txt,go.mod,Cargo.toml,pom.xml,Gemfile,composer.json,*.csproj}"])))
}
