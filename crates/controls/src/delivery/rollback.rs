//! Can the previous version be restored quickly and surely?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::{Capability, DeploymentKind, Identity, SignSource, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "delivery/rollback", page: include_str!("rollback.md"), check };

const CONSEQUENCE: &str = "a bad release stays until a good one is written";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if system.owned().next().is_some() {
        judge(system, &mut tally, &subject);
    }
    tally.finish(|| Evidence::sought("service of this repository", system.deployment_scope()))
}

fn judge(system: &System, tally: &mut Tally, subject: &Subject) {
    let moving: Vec<(String, Location, String)> = system
        .owned()
        .filter_map(|s| match s.identity(system) {
            Identity::Moving(at, says) | Identity::BuiltInPlace(at, says) => Some((s.name.clone(), at, says)),
            _ => None,
        })
        .take(3)
        .collect();
    if let Some(way) = way_back(system) {
        tally.met(subject, way);
        let versioned = system.production_deploys().iter().any(|d| d.names_version());
        if let Some((name, at, says)) = moving.first().filter(|_| !versioned) {
            let gap = Gap::new(
                "same-artefact",
                format!("a return to the former release of {name} starts the same artefact again"),
                Evidence::noted(*at, says.clone()),
            );
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
        one_way_schema(system, tally, subject);
    } else if let Some(ingredient) = ingredient(system) {
        tally.met(subject, ingredient);
        if let Some(document) = described(system) {
            tally.met(subject, document);
        }
        let proof = Evidence::sought("step or script that returns to a former version", system.pipeline_scope());
        let text = "former versions exist, but nothing returns to one and nothing says what happens to the schema";
        tally.gap(subject, Gap::new("no-procedure", text, proof).so(CONSEQUENCE));
    } else {
        let mut gap = Gap::new(
            "nothing-to-return-to",
            "no former version is kept",
            Evidence::sought("published image per version", system.pipeline_scope()),
        );
        for (name, at, says) in moving {
            gap = gap.and(Evidence::noted(at, format!("{name}: {says}")));
        }
        tally.gap(subject, gap.so(CONSEQUENCE));
    }
    if let Some(at) = system.owned().find_map(|s| s.update.no_history) {
        tally.gap(
            subject,
            Gap::new("no-history", "the cluster is told to forget former revisions", Evidence::noted(at, "revisionHistoryLimit: 0"))
                .so(CONSEQUENCE),
        );
    }
}

/// Something that takes a release back: by itself, from the pipeline, or by the platform.
fn way_back(system: &System) -> Option<Evidence> {
    if let Some((name, at)) = system.owned().find_map(|s| s.update.rollback.map(|at| (&s.name, at))) {
        return Some(Evidence::seen(at, format!("a failed release of {name} is taken back by itself"), Grade::Active));
    }
    if let Some(step) = system.activities(Capability::Rollback).into_iter().find(|a| a.live()) {
        return Some(Evidence::seen(
            step.sign.at,
            format!("{} takes a release back: {}", step.pipeline.path, step.sign.says),
            Grade::Active,
        ));
    }
    let platform = system.deployment().filter(|d| d.kind == DeploymentKind::Platform)?;
    let keeps =
        |p: &&plimsoll_model::platform::PlatformTarget| platform.files.contains(&p.path) && !matches!(p.platform, "nixpacks" | "caprover");
    let target = system.platforms().iter().find(keeps)?;
    Some(Evidence::seen(target.at, format!("{} keeps every release and can return to it", target.platform), Grade::Active))
}

/// Part of a way back: a version of its own that is deployed or published, or a script.
fn ingredient(system: &System) -> Option<Evidence> {
    let kept = system.owned().find_map(|s| match s.identity(system) {
        Identity::Unique(at, says) => {
            Some(Evidence::seen(at, format!("{} runs an image of its own version: {says}", s.name), Grade::Wired))
        }
        _ => None,
    });
    let script = || {
        let sign = system.signs_of(Capability::Rollback).find(|s| matches!(s.source, SignSource::Command { .. }))?;
        Some(Evidence::seen(sign.at, format!("a script takes a release back: {}", sign.says), Grade::Declared))
    };
    let published = || {
        let push = system.activities(Capability::ImagePush).into_iter().find(|a| a.live() && a.unique_tag())?;
        Some(Evidence::seen(push.sign.at, format!("{} publishes an image per version", push.pipeline.path), Grade::Declared))
    };
    kept.or_else(script).or_else(published)
}

/// A document with a part on rolling back.
fn described(system: &System) -> Option<Evidence> {
    let topic = |text: &str| text.to_lowercase().contains("rollback") || text.to_lowercase().contains("roll back");
    let documents = system.documents().iter().filter(|d| d.product && !d.readiness_claim);
    let (document, heading) = documents.into_iter().find_map(|d| d.content.headings.iter().find(|h| topic(&h.text)).map(|h| (d, h)))?;
    Some(Evidence::seen(Location::at(document.file, heading.span), format!("{} describes a rollback", document.path), Grade::Claimed))
}

/// Tools that only know the way forward: the former code meets the new schema.
fn one_way_schema(system: &System, tally: &mut Tally, subject: &Subject) {
    const FORWARD: [&str; 3] = ["Prisma", "Flyway", "Drizzle"];
    let Some(migration) = system.signs_of(Capability::Migration).find(|s| FORWARD.iter().any(|f| s.technology.contains(f))) else { return };
    let undo = ["**/U[0-9]*__*.sql", "**/migrations/**/down.sql", "**/*.down.sql"];
    if undo.iter().all(|glob| system.matching(glob).is_empty()) {
        let gap = Gap::new(
            "schema-one-way",
            format!("{} changes the schema only forwards", migration.technology),
            Evidence::noted(migration.at, migration.says.clone()),
        );
        tally.gap(subject, gap.so("the former version may not work with the schema that the new one left behind"));
    }
}
