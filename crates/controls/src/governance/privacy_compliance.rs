//! Asks whether the duties for personal data are met by function and by document.

use plimsoll_base::{Evidence, Gap, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::repository::{MarkKind, SourceMark};
use plimsoll_model::{Capability, ServiceKind, SignSource, System, name_of};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "governance/privacy-compliance", page: include_str!("privacy_compliance.md"), check };

/// Endings of files that are shown to people.
const SHOWN: [&str; 18] = [
    ".md", ".mdx", ".html", ".htm", ".tsx", ".jsx", ".vue", ".svelte", ".astro", ".erb", ".haml", ".slim", ".php", ".twig", ".cshtml",
    ".razor", ".heex", ".txt",
];
/// The most places of one kind that are cited.
const CITED: usize = 3;

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let personal = personal(system);
    if personal.is_empty() {
        let sources = system.sources().iter().filter(|s| system.file(&s.path).is_some_and(|f| f.product())).count();
        let stores = system.services().iter().any(|s| matches!(s.kind, ServiceKind::Datastore));
        if stores && sources > 0 {
            tally.doubt(
                &subject,
                Question::new(
                    "whether the data that is stored is about people: no field, sign-in or model shows it",
                    "attest what the stores hold; if it is personal, name the notice and the ways to export and to erase it",
                ),
            );
        } else {
            tally.not_applicable(Evidence::sought(
                "field, model or sign-in of persons",
                system.scopes(&["**/*.{prisma,sql,py,ts,js,rb,php,go,java,kt,cs,rs,ex}"]),
            ));
        }
        return tally.finish(|| Evidence::sought("personal data", system.scopes(&["**"])));
    }
    let notice = notice(system);
    let erases = marked(system, MarkKind::ErasesPersonalData);
    let exports = marked(system, MarkKind::ExportsPersonalData);
    let here = |gap: Gap| personal.iter().take(CITED).fold(gap, |g, (at, says)| g.and(Evidence::noted(*at, says.clone())));
    if let Some((at, says)) = &notice {
        tally.met(&subject, Evidence::noted(*at, says.clone()));
    }
    for mark in erases.iter().chain(&exports).take(CITED * 2) {
        tally.met(&subject, Evidence::noted(mark.at, mark.says.clone()));
    }
    if notice.is_none() && erases.is_empty() && exports.is_empty() {
        let sought = Evidence::sought(
            "a privacy notice, an export or an erasure of a person's data",
            system.scopes(&["**/*privacy*", "**/*.md", "**/*.{py,ts,tsx,js,rb,php,go,java,kt,cs,rs,ex}"]),
        );
        tally.gap(
            &subject,
            here(Gap::new("nothing", "it keeps personal data, and neither a notice nor an export nor an erasure is here", sought))
                .so("a person's request cannot be answered in time, and nobody was told what is kept"),
        );
        return tally.finish(|| Evidence::sought("personal data", system.scopes(&["**"])));
    }
    if notice.is_none() {
        tally.gap(
            &subject,
            here(Gap::new(
                "no-notice",
                "nothing tells people which of their data is kept and why",
                Evidence::sought("a privacy notice", system.scopes(&["**/*{privacy,datenschutz}*"])),
            ))
            .so("the data is kept without the information that the law asks for"),
        );
    }
    if erases.is_empty() {
        tally.gap(
            &subject,
            here(Gap::new(
                "no-erasure",
                "no code deletes or anonymises a person's data",
                Evidence::sought("an erasure of a person's data", system.scopes(&["**/*.{py,ts,tsx,js,rb,php,go,java,kt,cs,rs,ex}"])),
            ))
            .so("a request for erasure means work by hand in production"),
        );
    }
    if exports.is_empty() {
        tally.gap(
            &subject,
            here(Gap::new(
                "no-export",
                "no code hands a person's data out",
                Evidence::sought("an export of a person's data", system.scopes(&["**/*.{py,ts,tsx,js,rb,php,go,java,kt,cs,rs,ex}"])),
            ))
            .so("a request for access means work by hand in production"),
        );
    }
    tally.finish(|| Evidence::sought("personal data", system.scopes(&["**"])))
}

/// What shows that data about people is kept: fields of models, then sign-in.
fn personal(system: &System) -> Vec<(Location, String)> {
    let declared = |kind| system.marks().iter().filter(move |m| m.kind == kind);
    let fields = declared(MarkKind::PersonalField).map(|m| (m.at, format!("a personal field: {}", m.says)));
    let persons = declared(MarkKind::PersonalEntity).map(|m| (m.at, format!("keeps persons: {}", m.says)));
    let sign_in = system
        .signs_of(Capability::Authentication)
        .filter(|s| matches!(s.source, SignSource::Dependency { dev: false, .. } | SignSource::Image { .. }));
    let pools =
        system.iac().iter().flat_map(|r| &r.resources).filter(|r| {
            matches!(r.kind.as_str(), "aws_cognito_user_pool" | "AWS::Cognito::UserPool" | "auth0_client" | "azuread_application")
        });
    fields
        .chain(persons)
        .chain(sign_in.map(|s| (s.at, format!("signs people in: {}", s.says))))
        .chain(pools.map(|r| (r.at, format!("keeps users: {}", r.kind))))
        .collect()
}

fn marked(system: &System, kind: MarkKind) -> Vec<&SourceMark> {
    system.marks().iter().filter(|m| m.kind == kind).collect()
}

/// A page or a document that is a privacy notice.
fn notice(system: &System) -> Option<(Location, String)> {
    let named = |path: &str| {
        let name = name_of(path);
        let stem = name.split('.').next().unwrap_or(&name).to_owned();
        let page = matches!(stem.as_str(), "page" | "index" | "+page")
            && path.to_lowercase().rsplit('/').nth(1).is_some_and(|f| f.starts_with("privacy") || f == "datenschutz");
        page || [
            "privacy",
            "privacy-policy",
            "privacy_policy",
            "privacypolicy",
            "privacy-notice",
            "privacypage",
            "privacyview",
            "privacypolicypage",
            "datenschutz",
            "datenschutzerklaerung",
        ]
        .contains(&stem.as_str())
    };
    let file = system
        .files()
        .iter()
        .filter(|f| f.product() && f.size > 200)
        .find(|f| named(&f.path) && SHOWN.iter().any(|e| f.path.ends_with(e)))?;
    Some((file.whole(), format!("{} tells people about their data", file.path)))
}
