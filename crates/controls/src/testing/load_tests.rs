//! Is capacity known under load?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::repository::TestKind;
use plimsoll_model::{Capability, System};

use super::target::{naming, run_by_itself};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "testing/load-tests", page: include_str!("load_tests.md"), check };

const CONSEQUENCE: &str = "the first real crowd is the load test";

fn check(system: &System, mut tally: Tally) -> Judgement {
    if !system.services().is_empty() {
        judge(system, &mut tally, &Subject::system());
    }
    tally.finish(|| Evidence::sought("deployment of something that runs", system.deployment_scope()))
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject) {
    if run_by_itself(system, tally, subject, Capability::LoadTest, CONSEQUENCE) {
        return;
    }
    let file = system.tests().iter().find(|t| t.kind == TestKind::Load).map(|t| (Location::whole(t.file), t.path.clone()));
    let sign = || {
        system.signs_of(Capability::LoadTest).find(|s| s.says != "command -v ab").map(|s| (s.at, format!("{}: {}", s.technology, s.says)))
    };
    if let Some((at, says)) = file.or_else(sign) {
        tally.met(subject, Evidence::seen(at, says, Grade::Declared));
        let proof = Evidence::sought("a run of it", system.pipeline_scope());
        tally.gap(subject, Gap::new("never-run", "it is there, but nothing runs it by itself", proof).so(CONSEQUENCE));
        return;
    }
    let proof = Evidence::sought("a load test", system.scopes(&["**/*{load}*", ".github/workflows/*"]));
    tally.gap(subject, naming(system, Gap::new("absent", "nothing measures how much load the system bears", proof)).so(CONSEQUENCE));
}
