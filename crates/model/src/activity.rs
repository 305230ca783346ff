//! What pipelines really do, and whether a failure of it stops anything.

use plimsoll_base::{Evidence, Grade, Location};
use plimsoll_facts::ci::{Job, Life, Occasions, Pipeline, Step};
use plimsoll_facts::repository::TestFile;
use plimsoll_facts::technology::{Capability, PipelineSource, Sign, SignSource};

use crate::system::System;

/// A sign of a capability in a pipeline, with the job and step that carry it.
#[derive(Clone, Copy, Debug)]
pub struct Activity<'a> {
    /// The sign.
    pub sign: &'a Sign,
    /// Where in the pipeline.
    pub source: &'a PipelineSource,
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// The job.
    pub job: &'a Job,
    /// The step.
    pub step: &'a Step,
}

impl<'a> Activity<'a> {
    /// Where the pipeline does it: the command where it stands there, else the step that leads to the script that holds it.
    pub fn place(&self) -> Location {
        if self.sign.at.file == self.pipeline.file { self.sign.at } else { self.step.at }
    }
    /// Whether it can ever run.
    pub fn live(&self) -> bool {
        !self.source.dead && self.job.life == Life::Live && self.step.life == Life::Live && !self.pipeline.uncalled
    }
    /// Where its failure is made harmless.
    pub fn tolerated(&self) -> Option<Location> {
        self.source.tolerated.or(self.step.tolerated).or(self.job.tolerated)
    }
    /// It runs and its failure fails the job.
    pub fn blocking(&self) -> bool {
        self.live() && self.tolerated().is_none() && !self.source.reports
    }
    /// It runs before a change is merged.
    pub fn before_merge(&self) -> bool {
        before_merge(self.pipeline, self.step.on) && self.job.manual.is_none()
    }
    /// It runs by itself: on changes, tags or a schedule, not only by hand.
    pub fn automatic(&self) -> bool {
        let on = self.step.on;
        on.pull_request || on.main || on.branch || on.tag || on.schedule
    }
    /// It runs on changes.
    pub fn on_change(&self) -> bool {
        let on = self.step.on;
        on.pull_request || on.main || on.branch || on.tag
    }
    /// Whether a run of tests compiles a file of them: it asks for one of the build tags that the file wants, if it wants any.
    pub fn compiles(&self, test: &TestFile) -> bool {
        let asked = || {
            self.source.words.iter().zip(self.source.words.iter().skip(1).map(Some).chain([None])).filter_map(|(word, next)| {
                let word = word.trim_start_matches('-');
                match word.strip_prefix("tags=") {
                    Some(tags) => Some(tags),
                    None if word == "tags" => next.map(String::as_str),
                    None => None,
                }
            })
        };
        test.tags.is_empty()
            || asked().flat_map(|tags| tags.split([',', ' '])).any(|tag| test.tags.iter().any(|t| t == tag.trim_matches(['"', '\''])))
    }
    /// As evidence, with the grade that its life and gating are worth.
    pub fn evidence(&self, says: impl Into<String>) -> Evidence {
        Evidence::seen(self.place(), says, self.grade())
    }
    /// Exercised when it blocks changes; wired when it runs tolerated; declared when it never runs by itself.
    pub fn grade(&self) -> Grade {
        if self.blocking() && self.automatic() {
            Grade::Exercised
        } else if self.live() && self.automatic() {
            Grade::Wired
        } else {
            Grade::Declared
        }
    }
    /// Whether its failure keeps every delivery from happening (or there is none).
    pub fn gates_delivery(&self, system: &System) -> bool {
        system.unguarded_delivery(std::slice::from_ref(self)).is_none()
    }
}

/// Whether what runs on these occasions of a pipeline runs before a change is merged: on pull requests, or on pushes to every branch.
pub fn before_merge(pipeline: &Pipeline, on: Occasions) -> bool {
    let every = pipeline
        .triggers
        .push
        .as_ref()
        .is_some_and(|p| p.branches.is_empty() || p.branches.iter().any(|b| matches!(b.value.as_str(), "*" | "**" | "**/**")));
    on.pull_request || (on.branch && every)
}

pub(crate) fn activities(system: &System, capability: Capability) -> Vec<Activity<'_>> {
    let mut found = Vec::new();
    for sign in system.signs_of(capability) {
        let SignSource::Pipeline(source) = &sign.source else { continue };
        let Some(pipeline) = system.pipelines().get(source.pipeline) else { continue };
        let Some(job) = pipeline.jobs.get(source.job) else { continue };
        let Some(step) = job.steps.get(source.step) else { continue };
        found.push(Activity { sign, source, pipeline, job, step });
    }
    if capability != Capability::PreCommit {
        found.extend(hooks(system, capability));
    }
    found
}

/// What pre-commit hooks do where a pipeline runs them all: the hook is the sign, the step that starts the hooks is its place.
fn hooks(system: &System, capability: Capability) -> Vec<Activity<'_>> {
    let of_hooks = |s: &&Sign| matches!(&s.source, SignSource::File { path } if path.ends_with(".pre-commit-config.yaml"));
    let started = activities(system, Capability::PreCommit).into_iter().filter(|a| a.sign.technology == "pre-commit").collect::<Vec<_>>();
    let signs: Vec<&Sign> = system.signs_of(capability).filter(of_hooks).collect();
    started.iter().flat_map(|a| signs.iter().map(|sign| Activity { sign, ..*a })).collect()
}
