//! A gate in a pipeline: is something done there, does it run by itself, and does its failure stop anything?
//!
//! Scans, tests and checks share this question, so they share this answer.

use plimsoll_base::{Evidence, Gap, Grade, Location, Question, Subject, Tally};
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
    /// Words of a step that is not here which tell that it does something else, so that it leaves no doubt.
    pub(crate) unrelated: &'static [&'static str],
}

/// What a called workflow or action is named that neither scans nor tests.
pub(crate) const OTHER_WORK: &[&str] =
    &["docker", "image", "publish", "release", "deploy", "docs", "pages", "label", "stale", "notify", "slack", "changelog", "translations"];

/// How far a gate reaches.
pub(crate) enum Reach {
    /// It stops a change, a delivery or the scheduled run itself.
    Stops,
    /// It runs, and nothing waits for it.
    Beside,
    /// It hands its findings to a service, which nothing asks before a merge.
    Reports,
    /// Its failure is tolerated.
    Tolerated,
    /// It does not run by itself.
    Dormant,
}

impl Gate {
    /// How far an activity reaches as this gate.
    pub(crate) fn reach(&self, system: &System, activity: &Activity<'_>) -> Reach {
        let scheduled = self.schedule_suffices && activity.step.on.schedule;
        if !activity.live() || !(activity.on_change() || scheduled) {
            return Reach::Dormant;
        }
        if activity.tolerated().is_some() {
            return Reach::Tolerated;
        }
        let before = activity.before_merge() || activity.step.on.branch;
        match activity.source.reports {
            // The service puts its own check on the pull request, which fails on serious findings.
            true if before => Reach::Stops,
            true => Reach::Reports,
            false if before || scheduled || activity.gates_delivery(system) => Reach::Stops,
            false => Reach::Beside,
        }
    }

    /// The activity that reaches farthest.
    pub(crate) fn best<'s, 'a>(&self, system: &System, activities: &'s [Activity<'a>]) -> Option<(&'s Activity<'a>, Reach)> {
        let rank = |reach: &Reach| match reach {
            Reach::Stops => 0,
            Reach::Reports => 1,
            Reach::Beside => 2,
            Reach::Tolerated => 3,
            Reach::Dormant => 4,
        };
        activities.iter().map(|a| (a, self.reach(system, a))).min_by_key(|(_, reach)| rank(reach))
    }

    /// Judges one subject by the activities that concern it. Whether something stops a change.
    pub(crate) fn judge(&self, system: &System, tally: &mut Tally, subject: &Subject, activities: &[Activity<'_>]) -> bool {
        let says = |a: &Activity<'_>| format!("{} runs in {}: {}", a.sign.technology, a.pipeline.path, a.sign.says);
        let Some((activity, reach)) = self.best(system, activities) else {
            self.without(system, tally, subject);
            return false;
        };
        let tool = &activity.sign.technology;
        let (grade, gap) = match reach {
            Reach::Stops => (Grade::Exercised, None),
            Reach::Beside => {
                let text = format!("{tool} runs only after the merge, and no delivery waits for it");
                (
                    Grade::Active,
                    Some(Gap::new("stops-nothing", text, Evidence::noted(activity.job.at, format!("job `{}`", activity.job.id)))),
                )
            }
            Reach::Reports => {
                let text = format!("{tool} hands its findings to a service and never runs before a merge");
                (
                    Grade::Active,
                    Some(Gap::new("reports-only", text, Evidence::noted(activity.job.at, format!("job `{}`", activity.job.id)))),
                )
            }
            Reach::Tolerated => {
                let at = activity.tolerated().unwrap_or(activity.sign.at);
                let text = format!("{tool} runs, but its result cannot fail the pipeline");
                (Grade::Wired, Some(Gap::new("cannot-fail", text, Evidence::noted(at, "its failure is tolerated here"))))
            }
            Reach::Dormant => {
                let why = if !activity.live() {
                    "never runs"
                } else if activity.automatic() {
                    "runs on a schedule only, never on a change"
                } else {
                    "runs only when a person starts it"
                };
                let proof = Evidence::noted(activity.job.at, format!("job `{}`", activity.job.id));
                (Grade::Declared, Some(Gap::new("dormant", format!("{tool} {why}"), proof)))
            }
        };
        tally.met(subject, Evidence::seen(activity.place(), says(activity), grade));
        match gap {
            Some(gap) => tally.gap(subject, gap.so(self.consequence)),
            None => return true,
        }
        false
    }

    fn without(&self, system: &System, tally: &mut Tally, subject: &Subject) {
        if let Some(local) = self.declared(system) {
            tally.met(subject, local);
            let text = format!("{} is set up, but no pipeline runs it", self.thing);
            tally.gap(
                subject,
                Gap::new("not-in-pipeline", text, Evidence::sought(self.thing, system.pipeline_scope())).so(self.consequence),
            );
            return;
        }
        self.absent(system, tally, subject);
    }

    /// A dependency, a configuration file or a commit hook: declared, not enforced.
    fn declared(&self, system: &System) -> Option<Evidence> {
        let local =
            |source: &SignSource| matches!(source, SignSource::Dependency { .. } | SignSource::File { .. } | SignSource::Command { .. });
        let sign = system.signs_of(self.capability).find(|s| local(&s.source))?;
        Some(Evidence::seen(sign.at, format!("{}: {}", sign.technology, sign.says), Grade::Declared))
    }

    /// Nothing of it was found: a gap, or a doubt where a pipeline does something that is not here.
    pub(crate) fn absent(&self, system: &System, tally: &mut Tally, subject: &Subject) {
        if system.pipelines().is_empty() {
            let proof = Evidence::sought("a pipeline", system.pipeline_scope());
            let gap = Gap::new("no-pipeline", format!("there is no pipeline that could run {}", self.thing), proof);
            tally.gap(subject, gap.so(self.consequence).follows("delivery/ci-pipeline"));
            return;
        }
        let hidden = |says: &str| {
            let says = says.to_ascii_lowercase();
            // The name of the workflow or action tells, not the organisation that keeps it.
            let name = says.split('@').next().unwrap_or(&says).rsplit('/').next().unwrap_or(&says).to_owned();
            !self.unrelated.iter().any(|w| name.contains(w))
        };
        if let Some(opaque) = system.pipelines().iter().flat_map(|p| &p.opaque).find(|o| hidden(&o.value)) {
            let missing = format!("whether {} is part of what {} runs: {}", self.thing, system.path_at(opaque.at), opaque.value);
            tally.doubt(subject, Question::new(missing, "show the step, or attest it with a link to a run"));
            return;
        }
        let mut gap = Gap::new("absent", format!("no pipeline runs {}", self.thing), Evidence::sought(self.thing, system.pipeline_scope()));
        for pipeline in system.pipelines().iter().take(3) {
            gap = gap.and(Evidence::noted(Location::whole(pipeline.file), format!("{} holds no such step", pipeline.path)));
        }
        tally.gap(subject, gap.so(self.consequence));
    }
}
