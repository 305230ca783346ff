//! Do tests run before a change reaches production, and can they stop it?

use std::collections::BTreeSet;

use plimsoll_base::{Evidence, Gap, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::repository::{TestFile, TestKind};
use plimsoll_model::{Activity, Capability, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/ci-runs-tests", page: include_str!("ci_runs_tests.md"), check };

const CONSEQUENCE: &str = "a change that breaks the product can be released";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let mut activities = system.activities(Capability::Test);
    activities.extend(system.activities(Capability::EndToEndTest));
    let best = |wanted: &dyn Fn(&Activity<'_>) -> bool| activities.iter().find(|a| wanted(a)).copied();
    let passing = |a: &Activity<'_>| a.blocking() && a.on_change();
    let blocking = best(&|a| passing(a) && a.before_merge() && a.step.on.main)
        .or_else(|| best(&|a| passing(a) && a.before_merge()))
        .or_else(|| best(&passing));
    if let Some(run) = blocking.or_else(|| best(&|a| a.live() && a.on_change())).or_else(|| best(&|_| true)) {
        judge(system, &mut tally, &subject, run);
    } else {
        absent(system, &mut tally, &subject);
    }
    tally.finish(|| Evidence::sought("pipeline", system.pipeline_scope()))
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject, run: Activity<'_>) {
    let gap = |kind: &'static str, text: String, at: Location, says: &str| Gap::new(kind, text, Evidence::noted(at, says)).so(CONSEQUENCE);
    let says = format!("{} runs in job `{}` of {}: {}", run.sign.technology, run.job.id, run.pipeline.path, run.sign.says);
    tally.met(subject, Evidence::seen(run.sign.at, says, run.grade()));
    if !run.live() || !run.on_change() {
        tally.gap(subject, gap("not-on-change", "the tests do not run on changes".into(), run.job.at, "it runs on no change, or never"));
    } else if let Some(at) = run.tolerated() {
        tally.gap(
            subject,
            gap("failure-tolerated", "a failing test does not fail the pipeline".into(), at, "the failure is tolerated here"),
        );
    } else {
        if !run.before_merge() {
            tally.gap(
                subject,
                gap("only-after-merge", "the tests run only once a change is merged".into(), run.job.at, "no run on pull requests"),
            );
        }
        let mut checks = system.activities(Capability::Test);
        checks.extend(system.activities(Capability::EndToEndTest));
        checks.retain(Activity::blocking);
        if let Some(delivery) = system.unguarded_delivery(&checks) {
            let says = format!("job `{}` needs no test", delivery.job.id);
            tally.gap(
                subject,
                gap("delivery-does-not-wait", "what is deployed or published does not wait for the tests".into(), delivery.job.at, &says),
            );
        }
    }
    let cases: Vec<&TestFile> = system.tests().iter().filter(|t| t.cases > 0 && t.kind != TestKind::Manual).collect();
    if cases.is_empty() {
        let proof = Evidence::sought("file with test cases", system.scopes(&["**/*test*", "**/*spec*"]));
        tally
            .gap(subject, Gap::new("nothing-to-run", "the runner is called, but the repository holds no test case", proof).so(CONSEQUENCE));
    }
    untested(system, tally, subject, &cases);
}

/// Services with tests of their own that no test command of the pipeline reaches.
fn untested(system: &System, tally: &mut Tally, subject: &Subject, tests: &[&TestFile]) {
    let mut runs = system.activities(Capability::Test);
    runs.extend(system.activities(Capability::EndToEndTest));
    let folders: BTreeSet<&str> = runs.iter().filter(|r| r.live()).map(|r| r.source.folder.as_str()).collect();
    let within = |inner: &str, outer: &str| {
        outer.is_empty() || inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    let reached = |folder: &str| folders.iter().any(|f| within(f, folder) || within(folder, f));
    for service in system.owned() {
        let Some(folder) = service.source_folder(system).filter(|f| !f.is_empty()) else { continue };
        let own = tests.iter().find(|t| t.path.starts_with(&format!("{folder}/")));
        if let Some(test) = own.filter(|_| !reached(&folder)) {
            let text = format!("the tests of {} run in no pipeline", service.name);
            tally.gap(
                subject,
                Gap::new("service-left-out", text, Evidence::noted(Location::whole(test.file), format!("{} test cases", test.cases)))
                    .so(CONSEQUENCE),
            );
        }
    }
}

fn absent(system: &System, tally: &mut Tally, subject: &Subject) {
    let sought = || Evidence::sought("test command", system.pipeline_scope());
    if system.pipelines().is_empty() {
        tally.gap(
            subject,
            Gap::new("no-pipeline", "there is no pipeline that could run tests", sought()).so(CONSEQUENCE).follows("delivery/ci-pipeline"),
        );
    } else if let Some(opaque) = system.pipelines().iter().find_map(|p| p.opaque.first()) {
        tally.doubt(subject, Question::new(format!("whether the pipeline runs tests: {}", opaque.value), "show the step that runs them"));
    } else {
        let mut gap = Gap::new("no-tests-in-pipeline", "no pipeline runs a test", sought());
        for pipeline in system.pipelines().iter().take(3) {
            gap = gap.and(Evidence::noted(Location::whole(pipeline.file), format!("{} runs no test", pipeline.path)));
        }
        tally.gap(subject, gap.so(CONSEQUENCE));
    }
}
