//! Does a pipeline run by itself on every change?

use std::collections::BTreeMap;

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::ci::{Job, Life, Pipeline, Step};
use plimsoll_model::{Capability, DeploymentKind, System, before_merge};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/ci-pipeline", page: include_str!("ci_pipeline.md"), check };

const CONSEQUENCE: &str = "what is merged has been checked by nobody but its author";

/// What a pipeline checks or makes, the most telling first.
const WORK: [Capability; 13] = [
    Capability::Test,
    Capability::EndToEndTest,
    Capability::ImageBuild,
    Capability::Build,
    Capability::TypeCheck,
    Capability::Lint,
    Capability::StaticAnalysis,
    Capability::DependencyScan,
    Capability::ContainerScan,
    Capability::IacPlan,
    Capability::IacValidate,
    Capability::Format,
    Capability::FrozenInstall,
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if system.pipelines().is_empty() {
        absent(system, &mut tally, &subject);
    } else {
        judge(system, &mut tally, &subject);
    }
    tally.finish(|| Evidence::sought("pipeline", system.pipeline_scope()))
}

fn absent(system: &System, tally: &mut Tally, subject: &Subject) {
    match system.deployment().filter(|d| d.kind == DeploymentKind::Platform) {
        Some(deployment) => {
            let missing = format!("whether the platform of {} builds every change by itself", deployment.name);
            tally.doubt(subject, Question::new(missing, "show the platform's git integration, or add a pipeline file"));
        }
        None => {
            let proof = Evidence::sought("pipeline", system.pipeline_scope());
            tally.gap(subject, Gap::new("no-pipeline", "no pipeline is defined", proof).so(CONSEQUENCE));
        }
    }
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject) {
    let mut ranks: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (rank, capability) in WORK.iter().enumerate() {
        for activity in system.activities(*capability).iter().filter(|a| a.live()) {
            ranks.entry((activity.source.pipeline, activity.source.job)).or_insert(rank);
        }
    }
    let mut working: Vec<(usize, &Pipeline, &Job)> = Vec::new();
    for (p, pipeline) in system.pipelines().iter().enumerate() {
        for (j, job) in pipeline.jobs.iter().enumerate() {
            if !pipeline.uncalled && job.life == Life::Live && !job.only_echoes() && job.steps.iter().any(works) {
                working.push((ranks.get(&(p, j)).copied().unwrap_or(WORK.len()), pipeline, job));
            }
        }
    }
    working.sort_by_key(|(rank, ..)| *rank);
    let place = |p: &Pipeline, j: &Job| format!("job `{}` of {}", j.id, p.path);
    let before = working.iter().find(|(_, p, j)| before_merge(p, j.on));
    let after = working.iter().find(|(_, _, j)| j.on.main);
    match (before, after) {
        (Some((_, p, j)), _) => {
            tally.met(subject, Evidence::seen(j.at, format!("{} runs on every change", place(p, j)), Grade::Active));
            let runs: Vec<&Pipeline> = working.iter().filter(|(_, p, j)| before_merge(p, j.on)).map(|(_, p, _)| *p).collect();
            passed_over(system, tally, subject, &runs);
        }
        (None, Some((_, p, j))) => {
            tally.met(subject, Evidence::seen(j.at, format!("{} runs on the default branch", place(p, j)), Grade::Wired));
            let gap = Gap::new(
                "only-after-merge",
                "nothing runs before a change is merged",
                Evidence::noted(Location::whole(p.file), "no trigger for pull requests"),
            );
            tally.gap(subject, gap.so("a broken change is noticed once everybody has it"));
        }
        (None, None) => unstarted(system, tally, subject, working.first().map(|(_, p, j)| (*p, *j))),
    }
    if before.is_some() || after.is_some() {
        pretenders(system, tally, subject);
    }
}

/// Nothing runs on changes: because nothing works, or because what starts it lies elsewhere.
fn unstarted(system: &System, tally: &mut Tally, subject: &Subject, working: Option<(&Pipeline, &Job)>) {
    if let Some(external) = system.pipelines().iter().find(|p| p.triggers.external) {
        let missing = format!("what starts {}: its trigger lives outside the repository", external.path);
        tally.doubt(subject, Question::new(missing, "export the trigger as code, or attest it with a link to a run"));
    } else if let Some((pipeline, job)) = working {
        tally.met(subject, Evidence::seen(job.at, format!("job `{}` of {} does work", job.id, pipeline.path), Grade::Declared));
        let proof = Evidence::noted(Location::whole(pipeline.file), "its triggers match no such change");
        tally.gap(subject, Gap::new("not-on-change", "no job runs on a change of the default branch", proof).so(CONSEQUENCE));
    } else if let Some(opaque) = system.pipelines().iter().find_map(|p| p.opaque.first()) {
        tally.doubt(subject, Question::new(format!("what the pipeline does: {}", opaque.value), "show its steps"));
    } else if let Some(pipeline) = system.pipelines().first() {
        let proof = Evidence::noted(Location::whole(pipeline.file), "its steps print, tidy up or never run");
        tally.gap(subject, Gap::new("does-nothing", "no job of any pipeline does work on the product", proof).so(CONSEQUENCE));
    }
}

/// Housekeeping of issues, branches and titles is no work on the product.
fn works(step: &Step) -> bool {
    const HOUSEKEEPING: [&str; 16] = [
        "stale",
        "labeler",
        "label",
        "greetings",
        "interaction",
        "lock",
        "assign",
        "welcome",
        "cla",
        "conflicts",
        "dependabot",
        "metadata",
        "semantic",
        "title",
        "sponsors",
        "checkout",
    ];
    const ASIDE: [&str; 6] = ["gh", "git", "jq", "curl", "wget", "hub"];
    let chore = |uses: &str| {
        let name = uses.split('@').next().unwrap_or(uses).rsplit('/').next().unwrap_or(uses).to_ascii_lowercase();
        name == "cache"
            || name == "add-to-project"
            || name.starts_with("setup-")
            || name.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| HOUSEKEEPING.contains(&w) || w == "latest")
    };
    step.life == Life::Live
        && (step.uses.as_ref().is_some_and(|u| !chore(&u.value))
            || step
                .commands
                .iter()
                .any(|c| !c.followed && !c.only_echoes() && c.words.first().is_some_and(|w| !ASIDE.contains(&w.as_str()))))
}

/// Services of which no file starts any pipeline that runs before merging.
fn passed_over(system: &System, tally: &mut Tally, subject: &Subject, runs: &[&Pipeline]) {
    let unfiltered =
        |p: &&Pipeline| p.triggers.pull_request.iter().chain(&p.triggers.push).any(|f| f.paths.is_empty() && f.paths_ignore.is_empty());
    if runs.iter().any(unfiltered) || runs.iter().any(|p| p.triggers.pull_request.is_none() && p.triggers.push.is_none()) {
        return;
    }
    let patterns = |p: &Pipeline| {
        p.triggers.pull_request.iter().chain(&p.triggers.push).flat_map(|f| f.paths.iter().map(|p| p.value.clone())).collect::<Vec<_>>()
    };
    let everything = runs.iter().any(|p| patterns(p).is_empty());
    let watched: Vec<String> = runs.iter().flat_map(|p| patterns(p)).filter(|p| !p.starts_with('!')).collect();
    for service in system.owned() {
        let Some(folder) = service.source_folder(system).filter(|f| !f.is_empty()) else { continue };
        let prefix = format!("{folder}/");
        let covered = everything || watched.iter().any(|w| system.matching(w).iter().any(|f| f.path.starts_with(&prefix)));
        if let Some(run) = runs.first().filter(|_| !covered) {
            let filter = run.triggers.pull_request.as_ref().or(run.triggers.push.as_ref()).map_or(Location::whole(run.file), |f| f.at);
            let gap = Gap::new(
                "service-passed-over",
                format!("no path filter lets a change of {} through", service.name),
                Evidence::noted(filter, "paths are filtered here"),
            );
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
    }
}

/// Jobs whose names promise work, and whose steps only print.
fn pretenders(system: &System, tally: &mut Tally, subject: &Subject) {
    for pipeline in system.pipelines() {
        for job in pipeline.jobs.iter().filter(|j| j.only_echoes()) {
            let name = job.id.to_ascii_lowercase();
            if ["deploy", "release", "test", "scan", "build", "migrate"].iter().any(|w| name.contains(w)) {
                let text = format!("job `{}` of {} only prints", job.id, pipeline.path);
                tally.gap(
                    subject,
                    Gap::new("job-only-prints", text, Evidence::noted(job.at, "its steps print and do nothing"))
                        .so("its green tick means nothing"),
                );
            }
        }
    }
}
