//! Asks whether somebody else could deploy production from a document.

use plimsoll_base::{Evidence, Gap, Judgement, Location, Subject, Tally};
use plimsoll_model::{Capability, DeploymentKind, Passage, SignSource, System, Topic, find, name_of, passages};

use super::{document_scope, stale, target_words};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "operations/deployment-guide", page: include_str!("deployment_guide.md"), check };

/// A document with what it says of deploying.
struct Guide<'a> {
    passages: Vec<Passage<'a>>,
    target: Option<Location>,
    commands: usize,
    configuration: Option<Location>,
    verification: Option<Location>,
    rollback: Option<Location>,
    migration: Option<Location>,
}

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let sought = || Evidence::sought("guide to deploying", document_scope(system));
    if system.services().is_empty() {
        tally.not_applicable(Evidence::sought("service that is deployed", system.deployment_scope()));
        return tally.finish(sought);
    }
    let target = target_words(system);
    let best = system.operating_guides().into_iter().filter_map(|d| guide(d, &target)).max_by_key(|g| {
        (
            g.score(),
            g.entitled(),
            g.commands,
            std::cmp::Reverse((g.passages[0].document.path.matches('/').count(), g.passages[0].document.file)),
        )
    });
    let Some(guide) = best else {
        tally.gap(
            &subject,
            Gap::new("no-guide", "no document tells how production is deployed", sought()).so("only who did it before can do it again"),
        );
        return tally.finish(sought);
    };
    let passage = guide.passages[0];
    let path = &passage.document.path;
    let here = || guide.passages.iter().map(|p| Evidence::noted(p.at, format!("“{}”", p.title))).next().unwrap_or_else(sought);
    tally.met(&subject, Evidence::noted(passage.at, format!("“{}” tells how to deploy", passage.title)));
    let name = system.deployment().map(|d| d.name.clone()).unwrap_or_default();
    match guide.target {
        // Source alone names no target that a guide could be for.
        Some(at) if system.deployment().is_some_and(|d| d.kind != DeploymentKind::Process) => {
            tally.met(&subject, Evidence::noted(at, format!("for the target that is here: {name}")));
        }
        Some(_) => tally.gap(
            &subject,
            Gap::new("wrong-target", format!("{path} names a target that nothing here describes"), here())
                .so("nobody can tell whether what it deploys to is what runs"),
        ),
        None => tally.gap(
            &subject,
            Gap::new("wrong-target", format!("{path} does not name {name}, by which this system is deployed"), here())
                .so("whoever follows it deploys something else"),
        ),
    }
    if guide.commands == 0 {
        tally.gap(
            &subject,
            Gap::new("no-commands", format!("{path} shows no commands to deploy with"), here())
                .so("the steps have to be invented under pressure"),
        );
    }
    let migrates = system.signs_of(Capability::Migration).any(|s| !matches!(s.source, SignSource::Dependency { dev: true, .. }));
    let facets = [
        (
            "no-configuration",
            guide.configuration,
            "which settings and secrets production needs",
            "the first deployment fails on a value that nobody wrote down",
        ),
        ("no-verification", guide.verification, "how to tell that the deployment worked", "a broken release is noticed by its users"),
        ("no-rollback", guide.rollback, "how to return to the former version", "a bad release lasts until somebody works out the way back"),
        ("no-migrations", guide.migration, "when and how migrations are applied", "the new code meets the old schema"),
    ];
    for (kind, at, what, so) in facets {
        match at {
            Some(at) => tally.met(&subject, Evidence::noted(at, format!("says {what}"))),
            None if kind == "no-migrations" && !migrates => {}
            None => tally.gap(&subject, Gap::new(kind, format!("{path} does not say {what}"), here()).so(so)),
        }
    }
    let stale = stale(system, &guide.passages);
    if stale.is_none() && guide.score() == 9 - usize::from(guide.migration.is_none() && !migrates) {
        tally.summary(format!("{path} leads from the settings to {name} and back"));
    }
    if let Some(gap) = stale {
        tally.gap(&subject, gap);
    }
    tally.finish(sought)
}

/// What a document says of deploying; none if it says nothing of it.
fn guide<'a>(document: &'a plimsoll_model::repository::Document, target: &[String]) -> Option<Guide<'a>> {
    let name = name_of(&document.path);
    if ["changelog", "contributing", "security", "license", "code_of_conduct"].iter().any(|n| name.starts_with(n)) {
        return None;
    }
    let whole = Passage::whole(document);
    let mut parts: Vec<Passage<'a>> =
        passages(document, Topic::Deploy).into_iter().filter(|p| p.text().split_whitespace().count() >= 15).collect();
    if parts.is_empty() {
        // A document about installing for production names the target with its commands, if it has no heading of the kind.
        let infra = ["infra", "infrastructure", "terraform", "kubernetes", "k8s", "helm", "docker", "ops"]
            .iter()
            .any(|f| document.path.to_lowercase().split('/').rev().skip(1).any(|p| p == *f));
        // The place is asked first: reading the commands of every document costs more than all else that is asked of it here.
        if !infra {
            return None;
        }
        let says = |words: &[String]| {
            let line = words.join(" ").to_lowercase();
            target.iter().any(|t| find(&line, t).is_some())
        };
        if !whole.commands().iter().any(|c| says(&c.command.words)) {
            return None;
        }
        parts = vec![whole];
    }
    // What follows in sections of its own (verification, rollback) belongs to a guide that is a whole document; in a readme only the passage counts.
    let speaks = |topic: Topic| parts.iter().find_map(|p| p.speaks_of(topic));
    let named = parts.iter().find_map(|p| target.iter().find_map(|t| p.says(t)));
    Some(Guide {
        target: named,
        commands: parts.iter().map(|p| p.commands().len()).sum(),
        configuration: speaks(Topic::Configuration).or_else(|| parts.iter().find_map(|p| p.says("secret*").or_else(|| p.says("export *")))),
        verification: speaks(Topic::Verification),
        rollback: speaks(Topic::Rollback),
        migration: speaks(Topic::Migration),
        passages: parts,
    })
}

impl Guide<'_> {
    /// Whether the document's name says that it is about deploying.
    fn entitled(&self) -> bool {
        self.passages.first().is_some_and(|p| name_of(&p.document.path).contains("deploy"))
    }
    fn score(&self) -> usize {
        let facets = [self.configuration, self.verification, self.rollback, self.migration];
        usize::from(self.target.is_some()) * 3 + usize::from(self.commands >= 2) * 2 + facets.iter().flatten().count()
    }
}
