//! Are user journeys exercised through the real interface?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::repository::TestKind;
use plimsoll_model::{Capability, SignSource, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "testing/e2e-tests", page: include_str!("e2e_tests.md"), check };

const CONSEQUENCE: &str = "sign-in, checkout or upload can be broken while every other test is green";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let runs = system.activities(Capability::EndToEndTest);
    let cases = system.tests().iter().find(|t| t.kind == TestKind::EndToEnd && t.cases > 0);
    let declared = system.signs_of(Capability::EndToEndTest).find(|s| matches!(s.source, SignSource::Dependency { .. } | SignSource::File { .. }));
    if !system.services().is_empty() || cases.is_some() {
        let sought = || Evidence::sought("end-to-end tests", system.scopes(&["**/{e2e,cypress,playwright}/**", "**/*.{e2e,spec,cy}.*", "**/{playwright,cypress}.config.*"]));
        match (cases, runs.iter().find(|a| a.live() && a.automatic()), declared) {
            (Some(test), Some(run), _) => {
                let at = test.first.unwrap_or(Location::whole(test.file));
                tally.met(&subject, Evidence::seen(at, format!("{} end-to-end cases", test.cases), run.grade()));
                tally.met(&subject, run.evidence(format!("{} runs them: {}", run.pipeline.path, run.sign.says)));
                if let Some(at) = run.tolerated() {
                    tally.gap(&subject, Gap::new("cannot-fail", "they run, but cannot fail the pipeline", Evidence::noted(at, "tolerated here")).so(CONSEQUENCE));
                }
            }
            (Some(test), None, _) => {
                tally.met(&subject, Evidence::seen(test.first.unwrap_or(Location::whole(test.file)), format!("{} end-to-end cases", test.cases), Grade::Declared));
                tally.gap(&subject, Gap::new("not-in-pipeline", "no pipeline runs them", Evidence::sought("a step that runs them", system.pipeline_scope())).so(CONSEQUENCE));
            }
            (None, _, Some(sign)) => {
                tally.met(&subject, Evidence::seen(sign.at, format!("{} is set up", sign.technology), Grade::Declared));
                tally.gap(&subject, Gap::new("no-cases", format!("{} is set up, but there is no test", sign.technology), sought()).so(CONSEQUENCE));
            }
            (None, _, None) => tally.gap(&subject, Gap::new("no-e2e-tests", "no user journey is tested", sought()).so(CONSEQUENCE)),
        }
    }
    tally.finish(|| Evidence::sought("something that runs", system.deployment_scope()))
}
