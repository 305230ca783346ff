//! Backups and restores that pipelines run.

use plimsoll_base::{Location, Span};
use plimsoll_facts::backup::{Given, Told, plan_of_work, work};
use plimsoll_facts::ci::{Invocation, Job, Life, Pipeline, Provider, Step};
use plimsoll_facts::infrastructure::{Coverage, Destination, Property, RestoreTest};
use plimsoll_facts::technology::engine_of_image;
use plimsoll_syntax::{ShellCommand, Strictness, shell_with};

use plimsoll_base::Sourced;

use super::{Recovery, Used};
use crate::system::System;

pub(super) fn read(system: &System, found: &mut Recovery, used: &mut Used) {
    for pipeline in system.pipelines() {
        for job in &pipeline.jobs {
            self::job(system, pipeline, job, found, used);
        }
    }
}

fn job(system: &System, pipeline: &Pipeline, job: &Job, found: &mut Recovery, used: &mut Used) {
    let lookup = |name: &str| {
        let set = job.steps.iter().flat_map(|s| &s.env).chain(&job.env).find(|(n, _)| n == name);
        match set {
            Some((_, value)) if !value.value.contains("${{") && !value.value.contains('$') => Given::Known(value.value.clone()),
            Some(_) => Given::Set,
            None => Given::Absent,
        }
    };
    let told: Vec<Told> = job.steps.iter().filter(|s| s.life == Life::Live).flat_map(commands).collect();
    for path in told.iter().map(|t| system.path(t.at.file)).filter(|p| *p != pipeline.path) {
        used.scripts.insert(path.to_owned());
    }
    let mut done = work(&told, &lookup);
    // A database that the job starts for itself is no store of the system.
    let started: Vec<&str> = job.services.iter().filter_map(|s| engine_of_image(&s.value)?.2).collect();
    let foreign = |host: Option<&str>, engine: Option<&str>| {
        matches!(host, Some("localhost" | "127.0.0.1" | "0.0.0.0")) || host.is_none() && engine.is_some_and(|e| started.contains(&e))
    };
    done.dumps.retain(|d| !foreign(d.host.as_deref(), d.engine));
    let scheduled = job.on.schedule.then(|| pipeline.triggers.schedule.first()).flatten();
    let schedule = scheduled.map(|s| Property::stated(s.value.clone(), s.at, format!("cron: {}", s.value)));
    let name = format!("{} ({})", pipeline.path, job.id);
    if let Some(mut plan) = plan_of_work(name, job.at, &done) {
        plan.schedule = schedule.clone().or_else(|| {
            // A schedule that the provider's page keeps.
            (job.on.schedule && pipeline.triggers.schedule.is_empty())
                .then(|| Property::unresolved(job.at, "the schedule is kept in the settings of the pipeline's provider"))
        });
        if let Life::Dead(why, at) = &job.life {
            plan.runs = Property::stated(false, *at, why.clone());
        }
        let uploads = |s: &&Step| {
            s.uses
                .as_ref()
                .is_some_and(|u| u.value.contains("upload-artifact") || u.value.contains("s3-sync") || u.value.contains("rclone"))
        };
        if matches!(plan.destination, Destination::SameHost(_)) {
            plan.destination = match job.steps.iter().find(uploads).and_then(|s| s.uses.as_ref()) {
                Some(uses) => Destination::Remote(Sourced::new(uses.value.clone(), uses.at)),
                // What the runner keeps for itself is gone when it ends.
                None => plan.destination,
            };
        }
        let mails = matches!(pipeline.provider, Provider::GithubActions | Provider::GitlabCi);
        if let (true, Some(schedule), None) = (mails, scheduled, &plan.failure_told) {
            let tolerated = job.tolerated.is_some() || done.dumps.iter().any(|d| d.tolerated);
            plan.failure_told =
                (!tolerated).then(|| Sourced::new("the provider mails whoever set the schedule when the run fails".into(), schedule.at));
        }
        found.plans.push(plan);
    }
    if let (Some(first), Some(_)) = (done.restores.first(), &schedule) {
        found.restores.push(RestoreTest {
            at: first.at,
            says: format!("`{}` in {} restores with {}", job.id, pipeline.path, first.tool),
            schedule,
            asserts: done.checks.is_some(),
            covers: first.engine.map(|e| Coverage::Engine(e.to_owned())).into_iter().collect(),
        });
    }
}

/// What a step runs: its script with redirections, and the scripts that it leads to.
fn commands(step: &Step) -> Vec<Told> {
    let mut found = Vec::new();
    if let Some(script) = &step.script {
        for command in shell_with(&script.value, Strictness::STEP) {
            let at = place(&step.commands, &command).unwrap_or(script.at);
            found.push(Told { command, at });
        }
    }
    for invocation in step.commands.iter().filter(|c| !c.via.is_empty() && !c.followed) {
        let at = invocation.at;
        found.extend(ShellCommand::from_words(invocation.words.clone(), Span::default()).into_iter().map(|command| Told { command, at }));
    }
    found
}

/// Where a command of a script stands in its file.
fn place(invocations: &[Invocation], command: &ShellCommand) -> Option<Location> {
    let last = command.effective();
    invocations.iter().find(|i| i.via.is_empty() && !last.is_empty() && i.words == last).map(|i| i.at)
}
