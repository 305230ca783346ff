//! Asks whether the repository says how to report a vulnerability, and under which terms it may be used.

use plimsoll_base::{Evidence, Gap, Judgement, Location, Subject, Tally};
use plimsoll_model::repository::Document;
use plimsoll_model::{Held, Passage, System, find, name_of};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "governance/security-policy", page: include_str!("security_policy.md"), check };

/// Ways to reach whoever takes reports.
const CONTACTS: [&str; 15] = [
    "/security",
    "security advisories",
    "reporting security issues at",
    "mailto:",
    "security@",
    "report a vulnerability",
    "security/advisories",
    "private vulnerability reporting",
    "hackerone.com",
    "bugcrowd.com",
    "huntr.",
    "keybase",
    "privately report",
    "security advisory",
    "advisories/new",
];
/// Sentences of templates that nobody filled in.
const BLANKS: [&str; 11] = [
    "[ihre",
    "hier einfügen",
    "[your",
    "use this section to tell people",
    "tell them where to go",
    "[insert",
    "<your",
    "your-email",
    "@example.",
    "@yourcompany",
    "@yourdomain",
];
/// How closed software states its terms.
const PROPRIETARY: [&str; 6] = [
    "all rights reserved",
    "proprietary software",
    "proprietary and confidential",
    "is proprietary",
    "proprietary license",
    "proprietary - *",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let scope = || system.scopes(&["{,.github/,docs/}SECURITY*", "**/.well-known/security.txt", "{LICENSE,LICENCE,COPYING,UNLICENSE}*"]);
    let policy = policy(system);
    match policy {
        Some(document) => {
            let passage = Passage::whole(document);
            let contact = contact(&passage);
            if let Some(at) = BLANKS.iter().find_map(|b| passage.text().contains(b).then(|| passage.says(b)).flatten()) {
                tally.gap(
                    &subject,
                    Gap::new(
                        "template-policy",
                        format!("{} is a template that nobody filled in", document.path),
                        Evidence::noted(at, "a placeholder"),
                    )
                    .so("a report has nowhere to go, and is published instead"),
                );
            } else if let Some(at) = contact {
                tally.met(&subject, Evidence::noted(at, "says where to report a vulnerability"));
            } else {
                tally.gap(
                    &subject,
                    Gap::new(
                        "no-contact",
                        format!("{} names nobody to report to", document.path),
                        Evidence::noted(passage.at, "the policy"),
                    )
                    .so("a report has nowhere to go, and is published instead"),
                );
            }
        }
        None => match system
            .matching("**/.well-known/security.txt")
            .into_iter()
            .find(|f| f.product() && f.text().to_lowercase().contains("contact:"))
        {
            Some(file) => tally.met(&subject, Evidence::noted(file.whole(), "says where to report a vulnerability")),
            None => tally.gap(
                &subject,
                Gap::new(
                    "no-policy",
                    "nothing says how a vulnerability is reported",
                    Evidence::sought("a security policy with a contact", scope()),
                )
                .so("whoever finds a hole has nobody to tell, and may publish it"),
            ),
        },
    }
    match licence(system) {
        Some(at) => tally.met(&subject, Evidence::noted(at, "states the licence")),
        None => match proprietary(system) {
            Some(at) => tally.met(&subject, Evidence::noted(at, "states that it is proprietary")),
            None => {
                let mut gap = Gap::new(
                    "no-licence",
                    "there is no licence file and no notice that the code is proprietary",
                    Evidence::sought("a licence", scope()),
                );
                if let Some(readme) = system.readme()
                    && let Some(at) = Passage::whole(readme).says("licen*")
                {
                    gap = gap.and(Evidence::noted(at, "the readme speaks of one"));
                }
                tally.gap(&subject, gap.so("nobody knows whether they may use, change or pass on the code"));
            }
        },
    }
    tally.finish(|| Evidence::sought("a policy", scope()))
}

fn policy(system: &System) -> Option<&Document> {
    let stem = |d: &Document| name_of(&d.path).split('.').next().map(str::to_owned);
    let mut found: Vec<&Document> = system
        .documents()
        .iter()
        .filter(|d| {
            matches!(plimsoll_model::folder_of(&d.path), "" | ".github" | "docs" | ".gitlab")
                || system.readme().is_some_and(|r| plimsoll_model::folder_of(&r.path) == plimsoll_model::folder_of(&d.path))
        })
        .filter(|d| matches!(stem(d).as_deref(), Some("security" | "security-policy" | "security_policy")))
        .collect();
    found.sort_by_key(|d| d.path.matches('/').count());
    found.first().copied()
}

/// Where a passage gives an address to report to.
fn contact(passage: &Passage<'_>) -> Option<Location> {
    let named = CONTACTS.iter().find_map(|c| passage.text().contains(c).then(|| passage.says(c)).flatten());
    named.or_else(|| {
        let text = passage.text();
        let address = text.match_indices('@').find(|(at, _)| {
            let before = text[..*at].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
            let domain: String = text[at + 1..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.' || *c == '-').collect();
            before && domain.contains('.')
        })?;
        let start = passage.span.start as usize + address.0;
        Some(Location::at(passage.document.file, plimsoll_base::Span::new(start, start + 1)))
    })
}

fn licence(system: &System) -> Option<Location> {
    let top = |f: &&Held| {
        let folder = f.folder();
        folder.is_empty()
            || folder.eq_ignore_ascii_case("licenses")
            || system.readme().is_some_and(|r| plimsoll_model::folder_of(&r.path) == folder)
    };
    let named = |f: &&Held| {
        let name = name_of(&f.path);
        ["license", "licence", "copying", "unlicense", "eula"].iter().any(|n| name.starts_with(n))
            && !name.contains("third")
            && !name.ends_with(".js")
    };
    system.files().iter().filter(top).filter(named).find(|f| f.size > 0).map(|f| f.whole())
}

/// Where the readme says that the code is not free.
fn proprietary(system: &System) -> Option<Location> {
    let readme = Passage::whole(system.readme()?);
    PROPRIETARY.iter().find_map(|p| readme.says(p)).or_else(|| {
        let headings =
            readme.document.content.headings.iter().enumerate().filter(|(_, h)| find(&h.text.to_lowercase(), "licen*").is_some());
        let mut parts = headings.filter_map(|(i, h)| {
            Some(Passage {
                title: &h.text,
                at: Location::at(readme.document.file, h.span),
                span: readme.document.content.section(i)?,
                ..readme
            })
        });
        parts.find_map(|p| p.says("proprietary").or_else(|| p.says("internal use")))
    })
}
