//! Is coverage measured and kept from falling?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Subject, Tally};
use plimsoll_model::{Capability, SignSource, System};

use super::target::naming;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "testing/coverage", page: include_str!("coverage.md"), check };

const CONSEQUENCE: &str = "untested code grows unseen";

fn check(system: &System, mut tally: Tally) -> Judgement {
    if system.parts().iter().any(|(_, folder)| !system.sources_below(folder).is_empty()) {
        judge(system, &mut tally, &Subject::system());
    }
    tally.finish(|| Evidence::sought("source code of a service", system.scopes(&["**"])))
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject) {
    if !system.tests().iter().any(|t| t.cases > 0) {
        let proof = Evidence::sought("tests to measure", system.scopes(&["**/*{test,spec}*"]));
        tally.gap(
            subject,
            naming(system, Gap::new("no-tests", "there are no tests to measure", proof)).so(CONSEQUENCE).follows("testing/unit-tests"),
        );
        return;
    }
    let measured = system.activities(Capability::Coverage);
    let run = measured.iter().find(|a| a.live() && a.on_change());
    let gates = system.activities(Capability::CoverageGate);
    let gate = gates.iter().find(|a| a.blocking() && a.on_change()).map(|a| (a.place(), a.sign.says.clone()));
    let configured = || {
        system
            .signs_of(Capability::CoverageGate)
            .find(|s| matches!(s.source, SignSource::File { .. } | SignSource::Dependency { .. }))
            .map(|s| (s.at, s.says.clone()))
    };
    match (run, gate.or_else(|| configured().filter(|_| run.is_some()))) {
        (_, Some((at, says))) => tally.met(subject, Evidence::seen(at, format!("coverage is held: {says}"), Grade::Exercised)),
        (Some(run), None) => {
            tally.met(subject, Evidence::seen(run.place(), format!("coverage is measured: {}", run.sign.says), Grade::Wired));
            tally.gap(
                subject,
                Gap::new("no-threshold", "nothing stops coverage from falling", Evidence::sought("a threshold", system.pipeline_scope()))
                    .so(CONSEQUENCE),
            );
        }
        (None, None) => match system.signs_of(Capability::Coverage).next() {
            Some(sign) => {
                tally.met(subject, Evidence::seen(sign.at, format!("{}: {}", sign.technology, sign.says), Grade::Declared));
                tally.gap(
                    subject,
                    Gap::new(
                        "not-in-pipeline",
                        "no pipeline measures coverage",
                        Evidence::sought("a step that measures coverage", system.pipeline_scope()),
                    )
                    .so(CONSEQUENCE),
                );
            }
            None => {
                let proof = Evidence::sought(
                    "a measure of coverage",
                    system.scopes(&[
                        "**/{package.json,pyproject.toml,setup.cfg,.coveragerc,vitest.config.*,jest.config.*,codecov.yml,.nycrc*}",
                        ".github/workflows/*",
                    ]),
                );
                tally.gap(subject, naming(system, Gap::new("not-measured", "coverage is not measured", proof)).so(CONSEQUENCE));
            }
        },
    }
}
