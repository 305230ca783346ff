//! Do automated tests check the core logic of each service?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::repository::{TestFile, TestKind};
use plimsoll_model::{Activity, Capability, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "testing/unit-tests", page: include_str!("unit_tests.md"), check };

const CONSEQUENCE: &str = "whether the code does what it should is found out in production";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for (name, folder) in system.parts() {
        let Some(language) = system.main_language(folder) else { continue };
        let tests: Vec<&TestFile> = system.tests_of(folder).into_iter().filter(|t| t.kind != TestKind::EndToEnd).collect();
        let tests: Vec<&TestFile> =
            tests.iter().filter(|t| t.kind == TestKind::Unit).chain(tests.iter().filter(|t| t.kind != TestKind::Unit)).copied().collect();
        let runs: Vec<Activity<'_>> = system
            .activities(Capability::Test)
            .into_iter()
            .filter(|a| {
                language.tested_by(&a.sign.technology)
                    && (system.concerns(a.sign, folder) || tests.iter().any(|t| t.path.starts_with(&a.source.folder)))
            })
            .collect();
        // What no run compiles is left out of the count; where that is all, no run is about these tests.
        let compiled: Vec<&TestFile> = tests.iter().copied().filter(|t| runs.iter().any(|a| a.compiles(t))).collect();
        let (tests, runs) = match (compiled.is_empty(), runs.is_empty()) {
            (_, true) => (tests, runs),
            (true, false) => (tests, Vec::new()),
            (false, false) => (compiled, runs),
        };
        judge(system, &mut tally, &Subject::named(name), folder, &tests, &runs);
    }
    tally.finish(|| Evidence::sought("source code of a service", system.scopes(&["**"])))
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject, folder: &str, tests: &[&TestFile], runs: &[Activity<'_>]) {
    let Some(first) = tests.iter().find(|t| t.assertions > 0).or(tests.first()) else {
        let glob = if folder.is_empty() { "**/*{test,spec}*".to_owned() } else { format!("{folder}/**/*{{test,spec}}*") };
        let mut gap = Gap::new("no-tests", "no automated test", Evidence::sought("a file with test cases", vec![system.scope(&glob)]));
        if let Some(manifest) = system.packages().iter().find(|p| p.product && p.folder == folder) {
            gap = gap.and(Evidence::noted(Location::whole(manifest.file), "the package whose code is not tested"));
        }
        tally.gap(subject, gap.so(CONSEQUENCE));
        return;
    };
    let here = Location::whole(first.file);
    let cases: u32 = tests.iter().map(|t| t.cases).sum();
    let skipped: u32 = tests.iter().map(|t| t.skipped).sum();
    let says = format!("{cases} test cases in {} files", tests.len());
    let run = runs.iter().find(|a| a.blocking() && a.on_change()).or_else(|| runs.iter().find(|a| a.live() && a.on_change()));
    let grade = match run {
        Some(run) if run.blocking() => Grade::Exercised,
        Some(_) => Grade::Wired,
        None => Grade::Declared,
    };
    tally.met(subject, Evidence::seen(first.first.unwrap_or(here), says, grade));
    match run {
        Some(run) if run.blocking() => tally.met(subject, run.evidence(format!("{} runs them: {}", run.pipeline.path, run.sign.says))),
        Some(run) => {
            let proof = Evidence::noted(run.tolerated().unwrap_or(run.sign.at), "tolerated here");
            tally.gap(subject, Gap::new("cannot-fail", "the tests run, but cannot fail the pipeline", proof).so(CONSEQUENCE));
        }
        None => {
            let proof = Evidence::sought("a test command", system.pipeline_scope());
            tally.gap(subject, Gap::new("not-in-pipeline", "the tests run in no pipeline", proof).so("tests that nobody runs rot"));
        }
    }
    if !tests.iter().any(|t| t.assertions > 0) {
        tally.gap(
            subject,
            Gap::new("nothing-asserted", "the tests assert nothing", Evidence::noted(here, "no assertion found")).so(CONSEQUENCE),
        );
    }
    if skipped * 2 > cases {
        tally.gap(
            subject,
            Gap::new("mostly-skipped", format!("{skipped} of {cases} cases are skipped"), Evidence::noted(here, "skipped")).so(CONSEQUENCE),
        );
    }
}
