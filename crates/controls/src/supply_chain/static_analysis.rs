//! Is source analysed for vulnerabilities in a pipeline?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::{Activity, Capability, System};

use crate::Control;
use crate::gate::{Gate, OTHER_WORK, Reach};

pub(crate) const CONTROL: Control = Control { id: "supply-chain/static-analysis", page: include_str!("static_analysis.md"), check };

const GATE: Gate = Gate {
    thing: "a security analysis of the source",
    capability: Capability::StaticAnalysis,
    consequence: "injection and unsafe calls reach production unseen",
    schedule_suffices: true,
    unrelated: OTHER_WORK,
};

/// Analysers of one language, with the words for what they read.
const OF_ONE_LANGUAGE: [(&str, &[&str]); 3] = [("Bandit", &["Python"]), ("gosec", &["Go"]), ("Brakeman", &["Ruby"])];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let source = system.parts().iter().any(|(_, folder)| system.main_language(folder).is_some());
    let activities = system.activities(Capability::StaticAnalysis);
    let infrastructure = system.activities(Capability::IacScan);
    if source {
        if activities.is_empty()
            && let Some(scan) = infrastructure.iter().find(|a| a.live() && a.automatic())
        {
            tally.met(
                &subject,
                Evidence::seen(scan.sign.at, format!("{} analyses configuration: {}", scan.sign.technology, scan.sign.says), Grade::Wired),
            );
            let proof = Evidence::sought(GATE.thing, system.pipeline_scope());
            tally.gap(&subject, Gap::new("configuration-only", "configuration is analysed, the source is not", proof).so(GATE.consequence));
        } else if GATE.judge(system, &mut tally, &subject, &activities) {
            left_out(system, &mut tally, &subject, &activities);
        }
    } else if !system.iac().is_empty() {
        GATE.judge(system, &mut tally, &subject, &infrastructure);
    }
    tally.finish(|| Evidence::sought("source code", system.scopes(&["**"])))
}

/// A part in a language that no gate reads.
fn left_out(system: &System, tally: &mut Tally, subject: &Subject, activities: &[Activity<'_>]) {
    let gates: Vec<&Activity<'_>> = activities.iter().filter(|a| matches!(GATE.reach(system, a), Reach::Stops)).collect();
    let reads = |a: &Activity<'_>, language: &str| {
        OF_ONE_LANGUAGE.iter().find(|(tool, _)| *tool == a.sign.technology).is_none_or(|(_, own)| own.contains(&language))
    };
    for (name, folder) in system.parts() {
        let Some(language) = system.main_language(folder).map(|l| l.word()) else { continue };
        if gates.iter().any(|a| reads(a, language)) {
            continue;
        }
        let proof = match system.example_of(folder) {
            Some(source) => Evidence::noted(Location::whole(source.file), format!("a source of {name}")),
            None => Evidence::sought(GATE.thing, system.pipeline_scope()),
        };
        tally.gap(subject, Gap::new("language-left-out", format!("nothing analyses the {language} of {name}"), proof).so(GATE.consequence));
    }
}
