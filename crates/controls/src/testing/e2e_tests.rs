//! Are user journeys exercised through the real interface?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::repository::{TestFile, TestKind};
use plimsoll_model::{Activity, Capability, SignSource, System};

use super::target::naming;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "testing/e2e-tests", page: include_str!("e2e_tests.md"), check };

const CONSEQUENCE: &str = "sign-in, checkout or upload can be broken while every other test is green";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let general = system.activities(Capability::Test);
    let all = || system.tests().iter().filter(|t| t.kind == TestKind::EndToEnd && t.cases > 0);
    let cases = all().find(|t| general.iter().any(|a| includes(a, t))).or_else(|| all().next());
    let mut runs = system.activities(Capability::EndToEndTest);
    // A general runner that is started where the cases lie, or on them by name, runs them too.
    let drives = |a: &Activity<'_>| {
        a.source
            .words
            .iter()
            .chain(&a.step.commands.iter().flat_map(|c| c.via.clone()).collect::<Vec<_>>())
            .any(|w| w.contains("e2e") || w.contains("end-to-end"))
    };
    runs.extend(general.iter().copied().filter(|a| drives(a) && cases.is_none_or(|t| a.compiles(t))));
    if let Some(test) = cases {
        runs.extend(general.iter().copied().filter(|a| includes(a, test)));
    }
    let declared =
        system.signs_of(Capability::EndToEndTest).find(|s| matches!(s.source, SignSource::Dependency { .. } | SignSource::File { .. }));
    if !system.services().is_empty() || cases.is_some() {
        let sought = || {
            Evidence::sought(
                "end-to-end tests",
                system.scopes(&[
                    "**/{e2e,cypress,playwright}/**",
                    "**/*{spec,cy,e2e}.{js,ts,jsx,tsx,py,rb}",
                    "**/{playwright,cypress}.config.*",
                ]),
            )
        };
        match (cases, runs.iter().find(|a| a.live() && a.automatic()), declared) {
            (Some(test), Some(run), _) => {
                let at = test.first.unwrap_or(Location::whole(test.file));
                tally.met(&subject, Evidence::seen(at, format!("{} end-to-end cases", test.cases), run.grade()));
                tally.met(&subject, run.evidence(format!("{} runs them: {}", run.pipeline.path, run.sign.says)));
                if let Some(at) = run.tolerated() {
                    tally.gap(
                        &subject,
                        Gap::new("cannot-fail", "they run, but cannot fail the pipeline", Evidence::noted(at, "tolerated here"))
                            .so(CONSEQUENCE),
                    );
                }
            }
            (Some(test), None, _) => {
                tally.met(
                    &subject,
                    Evidence::seen(
                        test.first.unwrap_or(Location::whole(test.file)),
                        format!("{} end-to-end cases", test.cases),
                        Grade::Declared,
                    ),
                );
                tally.gap(
                    &subject,
                    Gap::new(
                        "not-in-pipeline",
                        "no pipeline runs them",
                        Evidence::sought("a step that runs them", system.pipeline_scope()),
                    )
                    .so(CONSEQUENCE),
                );
            }
            (None, _, Some(sign)) => {
                tally.met(&subject, Evidence::seen(sign.at, format!("{} is set up", sign.technology), Grade::Declared));
                tally.gap(
                    &subject,
                    Gap::new("no-cases", format!("{} is set up, but there is no test", sign.technology), sought()).so(CONSEQUENCE),
                );
            }
            (None, _, None) => {
                tally.gap(&subject, naming(system, Gap::new("no-e2e-tests", "no user journey is tested", sought())).so(CONSEQUENCE))
            }
        }
    }
    tally.finish(|| Evidence::sought("deployment of something that runs", system.deployment_scope()))
}

/// Whether a general runner takes up a test: it is told no place, or one that holds the test.
fn includes(run: &Activity<'_>, test: &TestFile) -> bool {
    let runners: &[&str] = match test.language.as_str() {
        "Ruby" => &["RSpec", "Minitest"],
        "Python" => &["pytest", "unittest", "tox"],
        "Go" => &["go test"],
        "Java" | "Kotlin" => &["Gradle tests", "Maven tests"],
        "Php" => &["PHPUnit"],
        // Runners of the browser's own languages leave journeys to tools of their own.
        _ => return false,
    };
    let mut places = run.source.words.iter().skip(1).filter(|w| w.contains('/') && !w.starts_with('-')).peekable();
    let told = places.peek().is_some();
    let holds =
        |place: &String| place.ends_with("./...") || test.path.starts_with(place.trim_start_matches("./").trim_end_matches(['/', '.']));
    runners.contains(&run.sign.technology.as_str()) && run.compiles(test) && (!told || places.any(holds))
}
