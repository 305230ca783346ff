//! Are known-vulnerable dependencies found, and do they block?

use plimsoll_base::{Evidence, Gap, Judgement, Location, Subject, Tally};
use plimsoll_model::packages::Ecosystem;
use plimsoll_model::{Activity, Capability, System};

use crate::Control;
use crate::gate::{Gate, OTHER_WORK, Reach};

pub(crate) const CONTROL: Control = Control { id: "supply-chain/dependency-scanning", page: include_str!("dependency_scanning.md"), check };

const GATE: Gate = Gate {
    thing: "a scan of dependencies",
    capability: Capability::DependencyScan,
    consequence: "a dependency with a published exploit ships without anyone being told",
    schedule_suffices: true,
    unrelated: OTHER_WORK,
};

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if system.packages().iter().any(|p| p.product && !p.dependencies.is_empty()) {
        let activities = system.activities(Capability::DependencyScan);
        if GATE.judge(system, &mut tally, &subject, &activities) {
            left_out(system, &mut tally, &subject, &activities);
        }
    }
    tally.finish(|| {
        Evidence::sought(
            "package with dependencies",
            system.scopes(&["**/{package.json,pyproject.toml,requirements*.txt,go.mod,Cargo.toml,pom.xml,Gemfile,composer.json,*.csproj}"]),
        )
    })
}

/// An ecosystem that ships and that no gate reads.
fn left_out(system: &System, tally: &mut Tally, subject: &Subject, activities: &[Activity<'_>]) {
    let gates: Vec<&Activity<'_>> = activities.iter().filter(|a| matches!(GATE.reach(system, a), Reach::Stops)).collect();
    let ships =
        |p: &&plimsoll_model::packages::Package| p.product && p.ecosystem != Ecosystem::Other && p.dependencies.iter().any(|d| !d.dev);
    for package in system.packages().iter().filter(ships) {
        let reads = |a: &&Activity<'_>| ecosystem_of(&a.sign.technology).is_none_or(|e| e == package.ecosystem);
        if let (None, Some(gate)) = (gates.iter().find(|a| reads(a)), gates.first()) {
            let text = format!("{} reads no {} packages, and nothing else does", gate.sign.technology, package.ecosystem.word());
            tally.gap(
                subject,
                Gap::new(
                    "ecosystem-left-out",
                    text,
                    Evidence::noted(Location::whole(package.file), "ships dependencies that no gate reads"),
                )
                .so(GATE.consequence),
            );
            return;
        }
    }
}

/// The one ecosystem that a scanner reads; none for those that read many.
fn ecosystem_of(technology: &str) -> Option<Ecosystem> {
    Some(match technology {
        "bundler-audit" => Ecosystem::Ruby,
        "cargo-audit and cargo-deny" => Ecosystem::Cargo,
        "Composer audit" => Ecosystem::Php,
        "dotnet list package --vulnerable" => Ecosystem::Nuget,
        "govulncheck" => Ecosystem::Go,
        "Node package audit" => Ecosystem::Npm,
        "pip-audit" => Ecosystem::Pypi,
        _ => return None,
    })
}
