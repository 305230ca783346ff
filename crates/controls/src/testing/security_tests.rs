//! Is the running system attacked or audited regularly?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::repository::TestKind;
use plimsoll_model::{Capability, System};

use super::target::{naming, run_by_itself};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "testing/security-tests", page: include_str!("security_tests.md"), check };

const CONSEQUENCE: &str = "holes that only a running system shows stay open";

fn check(system: &System, mut tally: Tally) -> Judgement {
    if !system.services().is_empty() {
        judge(system, &mut tally, &Subject::system());
    }
    tally.finish(|| Evidence::sought("deployment of something that runs", system.deployment_scope()))
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject) {
    if run_by_itself(system, tally, subject, Capability::SecurityTest, CONSEQUENCE) {
        return;
    }
    if let Some(test) = system.tests().iter().find(|t| t.kind == TestKind::Security && t.cases > 0) {
        let run = system.activities(Capability::Test).into_iter().find(|a| a.blocking() && a.on_change());
        let grade = if run.is_some() { Grade::Exercised } else { Grade::Declared };
        tally.met(
            subject,
            Evidence::seen(
                test.first.unwrap_or(Location::whole(test.file)),
                format!("{} cases of attack in {}", test.cases, test.path),
                grade,
            ),
        );
        let proof = Evidence::sought("a scanner that attacks the running system", system.pipeline_scope());
        tally.gap(subject, Gap::new("own-cases-only", "only what its own authors thought of is tried", proof).so(CONSEQUENCE));
        return;
    }
    let refusals: Vec<_> = system.tests().iter().filter_map(|t| t.refusal).collect();
    if let Some(at) = refusals.first() {
        let run = system.activities(Capability::Test).into_iter().find(|a| a.blocking() && a.on_change());
        let grade = if run.is_some() { Grade::Exercised } else { Grade::Declared };
        let files =
            if refusals.len() == 1 { "one file of tests expects".to_owned() } else { format!("{} files of tests expect", refusals.len()) };
        tally.met(subject, Evidence::seen(*at, format!("{files} requests without rights to be refused"), grade));
        let proof = Evidence::sought("a scanner that attacks the running system", system.pipeline_scope());
        tally.gap(subject, Gap::new("own-cases-only", "only what its own authors thought of is tried", proof).so(CONSEQUENCE));
        return;
    }
    let sign = system.signs_of(Capability::SecurityTest).next().map(|s| (s.at, format!("{}: {}", s.technology, s.says)));
    if let Some((at, says)) = sign {
        tally.met(subject, Evidence::seen(at, says, Grade::Declared));
        let proof = Evidence::sought("a run of it", system.pipeline_scope());
        tally.gap(subject, Gap::new("never-run", "it is there, but nothing runs it by itself", proof).so(CONSEQUENCE));
        return;
    }
    let proof = Evidence::sought("an attack on the running system", system.scopes(&["**/*{security}*", ".github/workflows/*"]));
    tally.gap(
        subject,
        naming(system, Gap::new("absent", "nothing attacks the running system or tries what a stranger may not do", proof)).so(CONSEQUENCE),
    );
}
