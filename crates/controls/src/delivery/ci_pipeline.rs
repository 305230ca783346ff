//! Does a pipeline run by itself on every change?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::ci::{Job, Life, Pipeline};
use plimsoll_model::{DeploymentKind, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/ci-pipeline", page: include_str!("ci_pipeline.md"), check };

const CONSEQUENCE: &str = "what is merged has been checked by nobody but its author";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if system.pipelines().is_empty() {
        absent(system, &mut tally, &subject);
    } else {
        judge(system, &mut tally, &subject);
    }
    tally.finish(|| Evidence::sought("a pipeline", system.pipeline_scope()))
}

fn absent(system: &System, tally: &mut Tally, subject: &Subject) {
    let platform = system.deployment().filter(|d| d.kind == DeploymentKind::Platform);
    match platform {
        Some(deployment) => {
            let missing = format!("whether the platform of {} builds every change by itself", deployment.name);
            tally.doubt(subject, Question::new(missing, "show the platform's git integration, or add a pipeline file"));
        }
        None => {
            let proof = Evidence::sought("a pipeline", system.pipeline_scope());
            tally.gap(subject, Gap::new("no-pipeline", "no pipeline is defined", proof).so(CONSEQUENCE));
        }
    }
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject) {
    let working: Vec<(&Pipeline, &Job)> = system.pipelines().iter().flat_map(|p| p.jobs.iter().map(move |j| (p, j))).filter(|(p, j)| works(p, j)).collect();
    let place = |p: &Pipeline, j: &Job| format!("job `{}` of {}", j.id, p.path);
    let find = |wanted: fn(&Job) -> bool| working.iter().find(|(_, j)| wanted(j));
    let (before, after) = (find(|j| j.on.pull_request), find(|j| j.on.main));
    match (before, after) {
        (Some((p, j)), _) => tally.met(subject, Evidence::seen(j.at, format!("{} runs on every change", place(p, j)), Grade::Active)),
        (None, Some((p, j))) => {
            tally.met(subject, Evidence::seen(j.at, format!("{} runs on the default branch", place(p, j)), Grade::Wired));
            let gap = Gap::new("only-after-merge", "nothing runs before a change is merged", Evidence::noted(Location::whole(p.file), "no trigger for pull requests"));
            tally.gap(subject, gap.so("a broken change is noticed once everybody has it"));
        }
        (None, None) => {
            if let Some(external) = system.pipelines().iter().find(|p| p.triggers.external) {
                let missing = format!("what starts {}: its trigger lives outside the repository", external.path);
                tally.doubt(subject, Question::new(missing, "export the trigger as code, or attest it with a link to a run"));
            } else if let Some((p, j)) = working.first() {
                tally.met(subject, Evidence::seen(j.at, format!("{} does work", place(p, j)), Grade::Declared));
                let gap = Gap::new("not-on-change", "no job runs on a change of the default branch", Evidence::noted(Location::whole(p.file), "its triggers match no such change"));
                tally.gap(subject, gap.so(CONSEQUENCE));
            } else if let Some(opaque) = system.pipelines().iter().find_map(|p| p.opaque.first()) {
                tally.doubt(subject, Question::new(format!("what the pipeline does: {}", opaque.value), "show its steps"));
            } else if let Some(p) = system.pipelines().first() {
                let gap = Gap::new("does-nothing", "no job of any pipeline does work on the product", Evidence::noted(Location::whole(p.file), "its steps print or never run"));
                tally.gap(subject, gap.so(CONSEQUENCE));
            }
        }
    }
    if before.is_some() || after.is_some() {
        pretenders(system, tally, subject);
    }
}

/// A job that can run and does more than print; housekeeping of issues and branches is no work on the product.
fn works(pipeline: &Pipeline, job: &Job) -> bool {
    const HOUSEKEEPING: [&str; 9] = ["stale", "labeler", "greet", "lock-threads", "dependabot", "add-to-project", "assign", "welcome", "cla"];
    let product = |s: &plimsoll_model::ci::Step| {
        !s.commands.is_empty() || s.script.is_some() || s.uses.as_ref().is_some_and(|u| !u.value.contains("checkout") && !HOUSEKEEPING.iter().any(|h| u.value.contains(h)))
    };
    !pipeline.uncalled && job.life == Life::Live && !job.only_echoes() && job.steps.iter().any(product)
}

/// Jobs whose names promise work, and whose steps only print.
fn pretenders(system: &System, tally: &mut Tally, subject: &Subject) {
    for pipeline in system.pipelines() {
        for job in pipeline.jobs.iter().filter(|j| j.only_echoes() && !j.steps.is_empty()) {
            let name = job.id.to_ascii_lowercase();
            if ["deploy", "release", "test", "scan", "build", "migrate"].iter().any(|w| name.contains(w)) {
                let text = format!("job `{}` of {} only prints", job.id, pipeline.path);
                tally.gap(subject, Gap::new("job-only-prints", text, Evidence::noted(job.at, "its steps print and do nothing")).so("its green tick means nothing"));
            }
        }
    }
}
