//! A gate in a pipeline: is something done there, does it run by itself, and does its failure stop anything?
//!
//! Scans, tests and checks share this question, so they share this answer.

use plimsoll_base::{Evidence, Gap, Grade, Question, Subject, Tally};
use plimsoll_model::{Activity, Capability, SignSource, System};

/// What a gate is called, and what its absence means.
pub(crate) struct Gate {
    /// What pipelines do: "a scan of dependencies".
    pub(crate) thing: &'static str,
    /// The capability that shows it.
    pub(crate) capability: Capability,
    /// The consequence of its absence or of its being harmless.
    pub(crate) consequence: &'static str,
    /// Whether it is enough that it runs on a schedule.
    pub(crate) schedule_suffices: bool,
}

impl Gate {
    /// Judges one subject by the activities that concern it.
    pub(crate) fn judge(&self, system: &System, tally: &mut Tally, subject: &Subject, activities: &[Activity<'_>]) {
        let runs = |a: &&Activity<'_>| a.live() && if self.schedule_suffices { a.automatic() } else { a.on_change() };
        let says = |a: &Activity<'_>| format!("{} runs in {}: {}", a.sign.technology, a.pipeline.path, a.sign.says);
        if let Some(blocking) = activities.iter().find(|a| runs(a) && a.blocking()) {
            tally.met(subject, blocking.evidence(says(blocking)));
            return;
        }
        if let Some(tolerated) = activities.iter().find(runs) {
            tally.met(subject, Evidence::seen(tolerated.sign.at, says(tolerated), Grade::Wired));
            let at = tolerated.tolerated().unwrap_or(tolerated.sign.at);
            let text = format!("{} runs, but its result cannot fail the pipeline", tolerated.sign.technology);
            tally.gap(subject, Gap::new("cannot-fail", text, Evidence::noted(at, "its failure is tolerated here")).so(self.consequence));
            return;
        }
        if let Some(dormant) = activities.first() {
            tally.met(subject, Evidence::seen(dormant.sign.at, format!("{} stands in {}", dormant.sign.technology, dormant.pipeline.path), Grade::Declared));
            let why = if dormant.live() { "runs only when a person starts it" } else { "never runs" };
            let text = format!("{} {why}", dormant.sign.technology);
            tally.gap(subject, Gap::new("dormant", text, Evidence::noted(dormant.job.at, format!("job `{}`", dormant.job.id))).so(self.consequence));
            return;
        }
        if let Some(local) = self.declared(system) {
            tally.met(subject, local);
            let text = format!("{} is set up, but no pipeline runs it", self.thing);
            tally.gap(subject, Gap::new("not-in-pipeline", text, Evidence::sought(self.thing, system.pipeline_scope())).so(self.consequence));
            return;
        }
        self.absent(system, tally, subject);
    }

    /// A dependency, a configuration file or a commit hook: declared, not enforced.
    fn declared(&self, system: &System) -> Option<Evidence> {
        let sign = system.signs_of(self.capability).find(|s| !matches!(s.source, SignSource::Pipeline(_) | SignSource::Image { .. }))?;
        Some(Evidence::seen(sign.at, format!("{}: {}", sign.technology, sign.says), Grade::Declared))
    }

    fn absent(&self, system: &System, tally: &mut Tally, subject: &Subject) {
        if system.pipelines().is_empty() {
            let proof = Evidence::sought("a pipeline", system.pipeline_scope());
            let gap = Gap::new("no-pipeline", format!("there is no pipeline that could run {}", self.thing), proof);
            tally.gap(subject, gap.so(self.consequence).follows("delivery/ci-pipeline"));
            return;
        }
        if let Some(opaque) = system.pipelines().iter().find_map(|p| p.opaque.first()) {
            let missing = format!("whether a pipeline runs {}: {}", self.thing, opaque.value);
            tally.doubt(subject, Question::new(missing, "show the step, or attest it with a link to a run"));
            return;
        }
        let mut gap = Gap::new("absent", format!("no pipeline runs {}", self.thing), Evidence::sought(self.thing, system.pipeline_scope()));
        for pipeline in system.pipelines().iter().take(3) {
            gap = gap.and(Evidence::noted(plimsoll_base::Location::whole(pipeline.file), format!("{} holds no such step", pipeline.path)));
        }
        tally.gap(subject, gap.so(self.consequence));
    }
}
