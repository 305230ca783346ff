//! What tests of a running system aim at, and which packages have none.

use plimsoll_base::{Evidence, Gap, Location, Subject, Tally};
use plimsoll_model::ci::Step;
use plimsoll_model::{Activity, Capability, System};

/// The gap of a step that aims at its own machine, where its job starts nothing.
pub(super) fn nothing_there(system: &System, activity: &Activity<'_>) -> Option<Gap> {
    let local = |w: &String| ["localhost", "127.0.0.1", "0.0.0.0"].iter().any(|host| w.contains(host));
    if !activity.source.words.iter().any(local) || !activity.job.services.is_empty() {
        return None;
    }
    let steps = activity.job.steps.get(..=activity.source.step).unwrap_or(&activity.job.steps);
    if steps.iter().any(starts) {
        return None;
    }
    let servers = [Capability::TestEnvironment, Capability::ProductionServer, Capability::DevServer, Capability::Deploy];
    if servers.into_iter().flat_map(|c| system.activities(c)).any(|a| std::ptr::eq(a.job, activity.job)) {
        return None;
    }
    let place: Location = activity.sign.at;
    Some(Gap::new(
        "nothing-there",
        "it aims at its own machine, where the job starts nothing",
        Evidence::noted(place, "no step before it starts a server"),
    ))
}

/// Whether a step starts something that goes on running.
fn starts(step: &Step) -> bool {
    let background =
        step.script.as_ref().is_some_and(|s| s.value.lines().any(|l| l.trim_end().ends_with('&') && !l.trim_end().ends_with("&&")));
    background
        || step.commands.iter().any(|c| {
            let words: Vec<&str> = c.words.iter().map(String::as_str).collect();
            matches!(words.first(), Some(&("docker" | "podman" | "docker-compose" | "kubectl" | "helm" | "minikube")))
                && words.iter().any(|w| matches!(*w, "up" | "run" | "start" | "apply" | "install" | "port-forward"))
        })
}

/// A gap with the packages, three at most, that name no test of the kind.
pub(super) fn naming(system: &System, gap: Gap) -> Gap {
    let packages = system.packages().iter().filter(|p| p.product && !p.dependencies.is_empty()).take(3);
    packages.fold(gap, |gap, p| gap.and(Evidence::noted(Location::whole(p.file), format!("{} names none", p.path))))
}

/// Judges a tool that a pipeline runs by itself against the running system: whether it can fail, and whether something is there to
/// aim at. False where no pipeline runs one; nothing is tallied then.
pub(super) fn run_by_itself(system: &System, tally: &mut Tally, subject: &Subject, tool: Capability, consequence: &'static str) -> bool {
    let runs = system.activities(tool);
    let Some(run) = runs.iter().find(|a| a.live() && a.automatic()) else { return false };
    tally.met(subject, run.evidence(format!("{} runs {}: {}", run.pipeline.path, run.sign.technology, run.sign.says)));
    if let Some(at) = run.tolerated() {
        tally.gap(
            subject,
            Gap::new("cannot-fail", "it runs, but cannot fail the pipeline", Evidence::noted(at, "tolerated here")).so(consequence),
        );
    }
    if let Some(gap) = nothing_there(system, run) {
        tally.gap(subject, gap.so(consequence));
    }
    true
}
