//! Asks whether routine and emergency operations are written down with commands.

use plimsoll_base::{Evidence, Gap, Judgement, Location, Subject, Tally};
use plimsoll_model::{Passage, System, Topic, Topics, passages};

use super::{document_scope, operators_guides, stale, target_words};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "operations/runbook", page: include_str!("runbook.md"), check };

/// What an operator must be able to look up.
const PROCEDURES: [(Topic, &str); 6] = [
    (Topic::Failures, "common failures"),
    (Topic::Logs, "logs"),
    (Topic::Restart, "restart"),
    (Topic::Restore, "backup and restore"),
    (Topic::Scale, "scaling"),
    (Topic::Rotate, "rotation of credentials"),
];
/// How many of them a runbook has at least; failures and restoring must be among them.
const ENOUGH: usize = 5;

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let sought = || Evidence::sought("runbook", document_scope(system));
    if system.services().is_empty() {
        tally.not_applicable(Evidence::sought("service that is operated", system.deployment_scope()));
        return tally.finish(sought);
    }
    let guides = || operators_guides(system);
    let mut books: Vec<Passage<'_>> = guides()
        .flat_map(|d| {
            let mut parts = passages(d, Topic::Operations);
            parts.extend(passages(d, Topic::Failures));
            parts
        })
        .filter(|p| p.text().split_whitespace().count() >= 15)
        .collect();
    books.sort_by_key(|p| (p.document.file, p.span));
    books.dedup_by(|b, a| a.document.file == b.document.file && b.span.start < a.span.end);
    let Some(first) = books.first() else {
        tally.gap(
            &subject,
            Gap::new("no-runbook", "no document tells how the system is operated, or what to do when it fails", sought())
                .so("every outage is solved from memory, by whoever remembers"),
        );
        return tally.finish(sought);
    };
    let first = *first;
    tally.met(&subject, Evidence::noted(first.at, format!("“{}”", first.title)));
    let shown: Vec<_> = books.iter().map(|p| lines(system, p)).collect();
    let mut missing = Vec::new();
    let mut found = 0;
    for (topic, says) in PROCEDURES {
        // A procedure may also have a section of its own in another guide, next to the installation for example.
        let own = books.iter().zip(&shown).find_map(|(p, lines)| procedure(system, p, lines, topic));
        match own.or_else(|| guides().flat_map(|d| passages(d, topic)).find_map(|p| procedure(system, &p, &lines(system, &p), topic))) {
            Some(at) => {
                found += 1;
                tally.met(&subject, Evidence::noted(at, format!("has commands for {says}")));
            }
            None => missing.push((topic, says)),
        }
    }
    let vital = missing.iter().any(|(t, _)| matches!(t, Topic::Failures | Topic::Restore));
    if found < ENOUGH || vital {
        let list = missing.iter().map(|(_, s)| *s).collect::<Vec<_>>().join(", ");
        let gap = Gap::new(
            "missing-procedures",
            format!("no procedure with commands for {list}"),
            Evidence::sought(format!("commands for {list}"), document_scope(system)),
        );
        tally.gap(
            &subject,
            gap.and(Evidence::noted(first.at, format!("“{}”", first.title)))
                .so("in an outage the missing step is worked out on the live system"),
        );
    }
    let mut words = target_words(system);
    words.extend(system.services().iter().map(|s| s.name.to_lowercase()).filter(|n| n.len() > 2));
    if !books.iter().any(|p| words.iter().any(|w| p.says(w).is_some())) {
        tally.gap(
            &subject,
            Gap::new(
                "generic",
                format!("{} names none of the services that run here", first.document.path),
                Evidence::noted(first.at, format!("“{}”", first.title)),
            )
            .so("its commands do not fit the system in front of the operator"),
        );
    }
    let elsewhere = books.iter().flat_map(Passage::commands).find(|c| foreign(system, &c.command.words));
    if let Some(command) = &elsewhere {
        let says = command.command.words.iter().take(6).cloned().collect::<Vec<_>>().join(" ");
        let gap = Gap::new(
            "wrong-target",
            format!("{} says `{says} …`, and nothing here runs there", system.path_at(command.at)),
            Evidence::noted(command.at, says.clone()),
        );
        tally.gap(&subject, gap.so("its commands do not fit the system in front of the operator"));
    }
    let stale = stale(system, &books);
    if elsewhere.is_none() && stale.is_none() && found >= ENOUGH && !vital {
        tally.summary(format!("{found} of {} procedures have commands for this system", PROCEDURES.len()));
    }
    if let Some(gap) = stale {
        tally.gap(&subject, gap);
    }
    tally.finish(sought)
}

/// Whether a command is for a cloud, cluster or platform of which this repository shows nothing.
fn foreign(system: &System, words: &[String]) -> bool {
    let resources =
        |prefixes: &[&str]| system.iac().iter().flat_map(|r| &r.resources).any(|r| prefixes.iter().any(|p| r.kind.starts_with(p)));
    let platform = |name: &str| system.platforms().iter().any(|p| p.platform.contains(name));
    let program = words.iter().map(String::as_str).find(|w| !matches!(*w, "sudo" | "npx" | "time" | "watch")).unwrap_or_default();
    match program {
        "kubectl" | "helm" | "stern" | "k9s" | "kubectx" => {
            system.clusters().is_empty() && !resources(&["aws_eks", "google_container", "azurerm_kubernetes", "kubernetes_", "helm_"])
        }
        "aws" => {
            !words.iter().any(|w| w == "s3")
                && !resources(&["aws_", "AWS::"])
                && system.deployment().is_some_and(|d| d.kind != plimsoll_model::DeploymentKind::Infrastructure)
        }
        "gcloud" => !resources(&["google_"]) && !platform("cloud-run") && !platform("app-engine"),
        "az" => !resources(&["azurerm_"]) && !platform("azure") && system.iac().is_empty(),
        "heroku" | "vercel" | "railway" | "render" | "netlify" => !platform(program),
        "fly" | "flyctl" => !platform("fly"),
        "docker-compose" => !composes(system),
        "docker" if words.iter().any(|w| w == "compose") => !composes(system),
        _ => false,
    }
}

fn composes(system: &System) -> bool {
    system.deployments().iter().any(|d| d.kind == plimsoll_model::DeploymentKind::Compose)
}

/// The commands for this system that a passage shows: the place of each, and what it does.
fn lines(system: &System, passage: &Passage<'_>) -> Vec<(Location, Topics)> {
    let commands = passage.commands().into_iter().filter(|c| !foreign(system, &c.command.words));
    commands.map(|c| (c.at, Topics::said(&c.command.words.join(" ").to_lowercase()))).collect()
}

/// Where a passage gives commands for a topic: a command that does it, or a section about it with any command.
fn procedure(system: &System, passage: &Passage<'_>, lines: &[(Location, Topics)], topic: Topic) -> Option<Location> {
    if let Some((at, _)) = lines.iter().find(|(_, does)| does.contain(topic)) {
        return Some(*at);
    }
    let content = &passage.document.content;
    content.headings.iter().enumerate().filter(|(_, h)| passage.holds(h.span) && topic.heads(&h.text)).find_map(|(i, h)| {
        let span = content.section(i)?;
        let part = Passage { document: passage.document, title: &h.text, at: Location::at(passage.document.file, h.span), span };
        part.commands().iter().any(|c| !foreign(system, &c.command.words)).then_some(part.at)
    })
}
