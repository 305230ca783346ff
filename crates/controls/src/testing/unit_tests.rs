//! Do automated tests check the core logic of each service?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::repository::{SourceFile, TestFile, TestKind};
use plimsoll_model::{Activity, Capability, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "testing/unit-tests", page: include_str!("unit_tests.md"), check };

const CONSEQUENCE: &str = "whether the code does what it should is found out in production";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let runs = system.activities(Capability::Test);
    for (name, folder) in system.parts() {
        let own: Vec<&SourceFile> = system.sources_below(&folder);
        if own.is_empty() {
            continue;
        }
        let tests: Vec<&TestFile> = system.tests().iter().filter(|t| within(&t.path, &folder) && t.cases > 0 && t.kind != TestKind::Manual && t.kind != TestKind::EndToEnd).collect();
        judge(system, &mut tally, &Subject::named(name), &folder, &tests, &runs);
    }
    tally.finish(|| Evidence::sought("source code of a service", system.scopes(&["**"])))
}

pub(super) fn within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject, folder: &str, tests: &[&TestFile], runs: &[Activity<'_>]) {
    let Some(first) = tests.first() else {
        let glob = if folder.is_empty() { "**/*{test,spec}*".to_owned() } else { format!("{folder}/**/*{{test,spec}}*") };
        let mut gap = Gap::new("no-tests", "no automated test", Evidence::sought("a file with test cases", vec![system.scope(&glob)]));
        if let Some(manifest) = system.packages().iter().find(|p| p.product && p.folder == folder) {
            gap = gap.and(Evidence::noted(Location::whole(manifest.file), "its package names no test that exists"));
        }
        tally.gap(subject, gap.so(CONSEQUENCE));
        return;
    };
    let cases: u32 = tests.iter().map(|t| t.cases).sum();
    let skipped: u32 = tests.iter().map(|t| t.skipped).sum();
    let asserted = tests.iter().any(|t| t.assertions > 0);
    let says = format!("{cases} test cases in {} files", tests.len());
    let run = runs.iter().find(|a| a.blocking() && a.on_change()).or_else(|| runs.iter().find(|a| a.live() && a.on_change()));
    let grade = match run {
        Some(run) if run.blocking() => Grade::Exercised,
        Some(_) => Grade::Wired,
        None => Grade::Declared,
    };
    tally.met(subject, Evidence::seen(first.first.unwrap_or(Location::whole(first.file)), says, grade));
    match run {
        Some(run) if run.blocking() => {}
        Some(run) => tally.gap(subject, Gap::new("cannot-fail", "the tests run, but cannot fail the pipeline", Evidence::noted(run.tolerated().unwrap_or(run.sign.at), "tolerated here")).so(CONSEQUENCE)),
        None => tally.gap(subject, Gap::new("not-in-pipeline", "the tests run in no pipeline", Evidence::sought("a test command", system.pipeline_scope())).so("tests that nobody runs rot")),
    }
    if !asserted {
        tally.gap(subject, Gap::new("nothing-asserted", "the tests assert nothing", Evidence::noted(Location::whole(first.file), "no assertion found")).so(CONSEQUENCE));
    }
    if skipped * 2 > cases {
        tally.gap(subject, Gap::new("mostly-skipped", format!("{skipped} of {cases} cases are skipped"), Evidence::noted(Location::whole(first.file), "skipped")).so(CONSEQUENCE));
    }
}
