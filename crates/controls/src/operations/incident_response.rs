//! Asks whether it is agreed who does what when production breaks.

use plimsoll_base::{Evidence, Gap, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::{Passage, System, Topic, find, passages};

use super::{document_scope, operators_guides};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "operations/incident-response", page: include_str!("incident_response.md"), check };

/// What must be agreed.
const AGREED: [(Topic, &str); 5] = [
    (Topic::Severities, "severities"),
    (Topic::Roles, "roles and on-call"),
    (Topic::Escalation, "escalation"),
    (Topic::Communication, "communication"),
    (Topic::PostMortem, "post-mortems"),
];
/// Signs of a contact, and of one that was never filled in.
const CONTACTS: [&str; 8] = ["@", "tel:", "+1", "+4", "slack", "pagerduty", "opsgenie", "phone"];
const BLANKS: [&str; 14] = [
    "[your",
    "<your",
    "your-",
    "@example.",
    "@company.",
    "@yourcompany",
    "xxx",
    "[email",
    "[phone",
    "[name",
    "<name",
    "+1-555",
    "tbd",
    "[contact",
];
/// Hosts of wikis that a readme may lead to.
const WIKIS: [&str; 8] =
    ["notion.so", "notion.site", "confluence", "atlassian.net/wiki", "docs.google.com", "sharepoint", "/wiki", "gitbook"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let sought = || Evidence::sought("agreement on incidents", document_scope(system));
    if system.services().is_empty() {
        tally.not_applicable(Evidence::sought("service that can break in production", system.deployment_scope()));
        return tally.finish(sought);
    }
    let guides = || operators_guides(system);
    let parts: Vec<Passage<'_>> = guides()
        .flat_map(|d| passages(d, Topic::Incident))
        .filter(|p| p.text().split_whitespace().count() >= 25 && !open_list(p))
        .collect();
    let agreed: Vec<(&str, Location)> =
        AGREED.iter().filter_map(|(topic, says)| Some((*says, parts.iter().find_map(|p| p.speaks_of(*topic))?))).collect();
    let Some(first) = parts.first().filter(|_| !agreed.is_empty()) else {
        match wiki(system) {
            Some((at, target)) => {
                tally.doubt(
                    &subject,
                    Question::new(
                        format!("{} leads to {target}, which is not part of the repository", system.path_at(at)),
                        "attest that severities, on-call, escalation and post-mortems are agreed there, with the link",
                    ),
                );
            }
            None => tally.gap(
                &subject,
                Gap::new("no-agreement", "no document says who does what when production breaks", sought())
                    .so("the first hour of an outage goes by with finding somebody"),
            ),
        }
        return tally.finish(sought);
    };
    tally.met(&subject, Evidence::noted(first.at, format!("“{}”", first.title)));
    for (says, at) in &agreed {
        tally.met(&subject, Evidence::noted(*at, format!("speaks of {says}")));
    }
    let missing: Vec<&str> = AGREED.iter().map(|(_, s)| *s).filter(|s| !agreed.iter().any(|(a, _)| a == s)).collect();
    if !missing.is_empty() {
        let gap = Gap::new(
            "not-agreed",
            format!("nothing is agreed on {}", missing.join(", ")),
            Evidence::sought(missing.join(", "), parts.iter().map(|p| system.scope_of(p.document.file)).collect()),
        );
        tally.gap(
            &subject,
            gap.and(Evidence::noted(first.at, format!("“{}”", first.title)))
                .so("what is not agreed beforehand is argued about during the outage"),
        );
    }
    if let Some(at) = parts.iter().find_map(|p| BLANKS.iter().find_map(|b| p.text().find(b).and_then(|_| p.says(b)))) {
        tally.gap(
            &subject,
            Gap::new("blanks", "contacts are placeholders that nobody filled in", Evidence::noted(at, "a placeholder"))
                .so("in an outage there is nobody to call"),
        );
    } else if !parts.iter().any(|p| CONTACTS.iter().any(|c| p.text().contains(c))) {
        tally.gap(
            &subject,
            Gap::new(
                "no-contacts",
                "nobody can be reached by what is written: no address, number or channel",
                Evidence::noted(first.at, format!("“{}”", first.title)),
            )
            .so("in an outage there is nobody to call"),
        );
    }
    tally.finish(sought)
}

/// Whether a passage is a list of things still to be done.
fn open_list(passage: &Passage<'_>) -> bool {
    let items: Vec<_> = passage.document.content.items.iter().filter(|i| passage.holds(i.span)).collect();
    !items.is_empty() && items.iter().filter(|i| i.checked == Some(false)).count() * 2 > items.len()
}

/// A link to a wiki about incidents.
fn wiki(system: &System) -> Option<(Location, String)> {
    let links = system.guides().into_iter().flat_map(|d| d.content.links.iter().map(move |l| (d, l)));
    links.into_iter().find_map(|(d, l)| {
        let words = format!("{} {}", l.text, l.target).to_lowercase();
        let meant = ["incident*", "on-call", "oncall", "runbook*", "escalation*"].iter().any(|w| find(&words, w).is_some());
        (meant && WIKIS.iter().any(|w| l.target.contains(w))).then(|| (Location::at(d.file, l.span), l.target.clone()))
    })
}
