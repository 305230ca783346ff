//! Is product usage measured, with consent?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::repository::{MarkKind, SourceMark};
use plimsoll_model::{Capability, Service, ServiceKind, Sign, SignSource, System};

use super::instrumentation::{Finding, instrumentation, subjects};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/usage-analytics", page: include_str!("usage_analytics.md"), check };

const CONSEQUENCE: &str = "what users do, and which part of the product nobody needs, is a matter of opinion";
/// Services that keep nothing in the browser and need no consent for it.
const WITHOUT_COOKIES: &[&str] =
    &["plausible", "umami", "data-website-id", "vercel", "fathom", "simpleanalytics", "cloudflareinsights", "openpanel"];
/// Libraries that ask for consent.
const CONSENT: &[&str] = &[
    "cookie-consent",
    "cookieconsent",
    "cookiebot",
    "onetrust",
    "usercentrics",
    "klaro",
    "react-cookie-consent",
    "@c15t/",
    "iubenda",
    "osano",
    "termly",
];
/// Calls that turn measuring on or off as the user decides.
const CHOICES: &[&str] = &[
    "posthog-js.opt_in_capturing",
    "posthog-js.opt_out_capturing",
    "posthog-js.posthog.opt_in_capturing",
    "posthog-js.posthog.opt_out_capturing",
    "mixpanel-browser.opt_in_tracking",
    "mixpanel-browser.opt_out_tracking",
    "react-ga4.gtag",
    "@amplitude/analytics-browser.setOptOut",
    "@microsoft/clarity.consent",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let nothing = |system: &System| Evidence::sought("page for users among what runs", system.deployment_scope());
    if !pages(system) {
        return tally.finish(|| nothing(system));
    }
    let found: Vec<Finding> = subjects(system, true)
        .into_iter()
        .map(|s| instrumentation(system, s, Capability::UsageAnalytics, "measures usage", &|_, _| None))
        .collect();
    let mark = system.marks().iter().find(|m| m.kind == MarkKind::MeasuresUsage && shown(system, m));
    let active = found.iter().find_map(|f| if let Finding::Active(at, says) = f { Some((*at, says.clone())) } else { None });
    let tag = mark.map(|m| (m.at, format!("a page takes in `{}`", m.says)));
    if let Some((at, says)) = active.or(tag) {
        tally.met(&subject, Evidence::seen(at, says.clone(), Grade::Active));
        if !WITHOUT_COOKIES.iter().any(|w| says.to_ascii_lowercase().contains(w)) && !asks(system, mark) {
            let proof =
                Evidence::sought("a question for consent", system.scopes(&["**/package.json", "**/*.{tsx,jsx,ts,js,svelte,vue,html}"]));
            let gap = Gap::new("no-consent", "users are measured without being asked", proof);
            tally.gap(&subject, gap.so("in Europe that is unlawful, and what is gathered must be deleted"));
        }
        return tally.finish(|| nothing(system));
    }
    let mut absent = None;
    let mut dormant = None;
    let mut open = None;
    for finding in found {
        match finding {
            Finding::Open(question) => open = open.or(Some(question)),
            Finding::Absent(proof) => absent = absent.or(Some(proof)),
            Finding::Dormant { .. } => dormant = dormant.or(Some(finding)),
            Finding::Active(..) => {}
        }
    }
    match (dormant, absent, open) {
        (Some(Finding::Dormant { at, says, grade, lacks, why }), ..) => {
            tally.met(&subject, Evidence::seen(at, says, grade));
            tally.gap(&subject, Gap::new("dormant", lacks, why).so(CONSEQUENCE));
        }
        // What no manifest of the services lists and no page takes in is not there, whatever else a program hides.
        (_, Some(proof), _) => tally.gap(&subject, Gap::new("no-analytics", "nothing measures what users do", proof).so(CONSEQUENCE)),
        (_, None, open) => {
            let question = open.unwrap_or_else(|| Question::new("whether the pages measure usage", "attest it"));
            tally.doubt(&subject, question);
        }
    }
    tally.finish(|| nothing(system))
}

/// Whether anything that runs shows pages to users.
fn pages(system: &System) -> bool {
    let owned: Vec<&Service> = system.owned().filter(|s| !s.helper()).collect();
    let framework = |s: &Service, sign: &Sign| match &sign.source {
        SignSource::Dependency { manifest, .. } => s.packages(system).iter().any(|p| p.path == *manifest),
        _ => false,
    };
    // Templates of mails are no pages.
    let template = |s: &Service| {
        let root = system.program(s).map(|p| p.root.as_str());
        root.is_some_and(|root| {
            system.below(root).any(|f| f.product() && f.path.ends_with(".html") && !f.path.to_ascii_lowercase().contains("mail"))
        })
    };
    owned.iter().any(|s| {
        s.kind == ServiceKind::Static || template(s) || system.signs_of(Capability::FrontendFramework).any(|sign| framework(s, sign))
    })
}

/// Whether a tag stands in what is shown: in a page or a template, or in code that something loads. Calls of a library are followed as calls.
fn shown(system: &System, mark: &SourceMark) -> bool {
    match system.code().at_path(&mark.path) {
        Some(module) => {
            !mark.says.contains(".init(") && !mark.says.contains("data-website-id") && system.programs().any(|(_, p)| p.loads(module))
        }
        None => true,
    }
}

/// Whether users are asked, as far as libraries and calls show.
fn asks(system: &System, mark: Option<&SourceMark>) -> bool {
    let library =
        system.packages().iter().filter(|p| p.product).flat_map(|p| &p.dependencies).any(|d| CONSENT.iter().any(|c| d.name.contains(c)));
    let choice = CHOICES.iter().any(|c| !system.code().calls_of(c).is_empty());
    // A module of that name is one that asks.
    let own = system.files().iter().any(|f| {
        let name = f.name().to_ascii_lowercase();
        f.product() && (name.contains("consent") || name.contains("cookie-banner") || name.contains("cookiebanner"))
    });
    library || choice || own || mark.is_some_and(|m| m.says.contains("consent"))
}
