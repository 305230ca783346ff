//! Can the previous version be restored quickly and surely?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::{Capability, DeploymentKind, Identity, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/rollback", page: include_str!("rollback.md"), check };

const CONSEQUENCE: &str = "a bad release stays until a good one is written";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if !system.services().is_empty() {
        judge(system, &mut tally, &subject);
    }
    tally.finish(|| Evidence::sought("something that runs", system.deployment_scope()))
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject) {
    if let Some((name, at)) = system.owned().find_map(|s| s.update.rollback.map(|at| (&s.name, at))) {
        tally.met(subject, Evidence::seen(at, format!("a failed release of {name} is taken back by itself"), Grade::Active));
        return;
    }
    if let Some(step) = system.activities(Capability::Rollback).into_iter().find(|a| a.live()) {
        tally.met(subject, Evidence::seen(step.sign.at, format!("{} takes a failed release back: {}", step.pipeline.path, step.sign.says), Grade::Active));
        return;
    }
    let platform = system.deployment().filter(|d| d.kind == DeploymentKind::Platform).and_then(|d| d.files.first()).and_then(|f| system.file(f));
    if let Some(file) = platform {
        tally.met(subject, Evidence::seen(Location::whole(file.id), "the platform keeps every release and can return to it", Grade::Active));
        return;
    }
    let script = system.signs_of(Capability::Rollback).next().map(|s| Evidence::seen(s.at, format!("a script takes a release back: {}", s.says), Grade::Declared));
    let kept = system.owned().find_map(|s| match s.identity(system) {
        Identity::Unique(at, says) => Some(Evidence::seen(at, format!("{} runs an image of its own version: {says}", s.name), Grade::Wired)),
        _ => None,
    });
    let tagged = || {
        let push = system.activities(Capability::ImagePush).into_iter().find(|a| a.live() && a.unique_tag())?;
        Some(Evidence::seen(push.sign.at, format!("{} publishes an image per version", push.pipeline.path), Grade::Declared))
    };
    let documented = || {
        let topic = |text: &str| text.to_lowercase().contains("rollback") || text.to_lowercase().contains("roll back");
        let found = system.documents().iter().filter(|d| d.product && !d.readiness_claim).find_map(|d| d.content.headings.iter().find(|h| topic(&h.text)).map(|h| (d, h)))?;
        Some(Evidence::seen(Location::at(found.0.file, found.1.span), format!("{} describes a rollback", found.0.path), Grade::Claimed))
    };
    match kept.or(script).or_else(tagged) {
        Some(ingredient) => {
            tally.met(subject, ingredient);
            if let Some(document) = documented() {
                tally.met(subject, document);
            }
            let gap = Gap::new("no-procedure", "former versions exist, but nothing returns to one and nothing says what happens to the schema", Evidence::sought("a step or script that returns to a former version", system.pipeline_scope()));
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
        None => {
            let mut gap = Gap::new("nothing-to-return-to", "no former version is kept", Evidence::sought("a published image per version", system.pipeline_scope()));
            for service in system.owned().take(3) {
                if let Identity::Moving(at, says) | Identity::BuiltInPlace(at, says) = service.identity(system) {
                    gap = gap.and(Evidence::noted(at, format!("{}: {says}", service.name)));
                }
            }
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
    }
}
