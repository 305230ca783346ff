//! Are components tested together with real backing services?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Sourced, Subject, Tally};
use plimsoll_model::ci::Life;
use plimsoll_model::repository::{TestFile, TestKind};
use plimsoll_model::{Activity, Capability, System};

use super::target::naming;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "testing/integration-tests", page: include_str!("integration_tests.md"), check };

const CONSEQUENCE: &str = "parts that work alone fail together, and nobody knows before the release";

fn check(system: &System, mut tally: Tally) -> Judgement {
    if system.parts().iter().any(|(_, folder)| !system.sources_below(folder).is_empty()) {
        judge(system, &mut tally, &Subject::system());
    }
    tally.finish(|| Evidence::sought("source code of a service", system.scopes(&["**"])))
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject) {
    let together =
        |t: &&TestFile| t.cases > 0 && t.kind != TestKind::Manual && (t.kind == TestKind::Integration || !t.real_services.is_empty());
    let tests: Vec<&TestFile> = system.tests().iter().filter(together).collect();
    let runs = system.activities(Capability::Test);
    let stops = |a: &&Activity<'_>| a.blocking() && a.on_change();
    // A run that does not ask for their build tag leaves tests out.
    let compiled: Vec<&TestFile> = tests.iter().copied().filter(|t| runs.iter().filter(stops).any(|a| a.compiles(t))).collect();
    let run = runs.iter().find(|a| stops(a) && compiled.iter().any(|t| a.compiles(t)));
    let tests = if compiled.is_empty() { tests } else { compiled };
    let Some(first) = tests.first() else {
        let proof = Evidence::sought(
            "tests that join several parts",
            system.scopes(&["**/*{integration,functional,feature}*/**", "**/*{test,spec}*"]),
        );
        tally.gap(subject, naming(system, Gap::new("no-integration-tests", "no test joins several parts", proof)).so(CONSEQUENCE));
        return;
    };
    let real = tests.iter().find_map(|t| t.real_services.first());
    let backing = backing_services(system).or_else(|| {
        system.activities(Capability::TestEnvironment).into_iter().find(|a| a.live()).map(|a| Sourced::new(a.sign.says.clone(), a.sign.at))
    });
    let own = tests.iter().find_map(|t| t.real_services.iter().find(|s| s.value.to_lowercase().contains("testcontainers")));
    let grade = if run.is_some() { Grade::Exercised } else { Grade::Declared };
    let cases: u32 = tests.iter().map(|t| t.cases).sum();
    let says = match (cases, tests.len()) {
        (1, 1) => "1 case joins several parts".to_owned(),
        (_, 1) => format!("{cases} cases in one file join several parts"),
        (_, files) => format!("{cases} cases in {files} files join several parts"),
    };
    tally.met(subject, Evidence::seen(first.first.unwrap_or(Location::whole(first.file)), says, grade));
    if let Some(real) = real {
        tally.met(subject, Evidence::noted(real.at, format!("uses {}", real.value)));
    }
    if run.is_none() {
        tally.gap(
            subject,
            Gap::new(
                "not-in-pipeline",
                "these tests run in no pipeline, or cannot fail it",
                Evidence::sought("a test command that can fail", system.pipeline_scope()),
            )
            .so(CONSEQUENCE),
        );
    } else if backing.is_none() && own.is_none() && system.services().iter().any(|s| s.engine.is_some()) {
        let proof = Evidence::sought("a service container or a started stack", system.pipeline_scope());
        tally.gap(
            subject,
            Gap::new("no-real-store", "the pipeline starts no store for them", proof)
                .so("what the real store refuses is found in production"),
        );
    }
    if let Some(at) = tests.iter().find_map(|t| t.needs_server)
        && !starts_server(system)
    {
        tally.gap(
            subject,
            Gap::new("needs-a-server", "tests call a server that nothing starts", Evidence::noted(at, "an address of this machine"))
                .so("they fail, or are left out, where nobody starts it"),
        );
    }
}

/// The first service container of a live job.
fn backing_services(system: &System) -> Option<Sourced<String>> {
    system.pipelines().iter().flat_map(|p| &p.jobs).filter(|j| j.life == Life::Live).find_map(|j| j.services.first().cloned())
}

/// Whether some job starts a stack or a server before its tests.
fn starts_server(system: &System) -> bool {
    [Capability::TestEnvironment, Capability::ProductionServer, Capability::DevServer]
        .into_iter()
        .any(|c| system.activities(c).iter().any(|a| a.live()))
}
