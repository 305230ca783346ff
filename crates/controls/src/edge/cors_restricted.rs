//! Can only intended web origins use the interfaces from a browser?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Severity, Subject, Tally};
use plimsoll_model::estate::{CorsRule, Measure, Origins, Store, placeholder};
use plimsoll_model::{Service, System, is_local_host};

use super::doors::nothing_public;
use super::ways::{InCode, Reached, Way, Ways};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "edge/cors-restricted", page: include_str!("cors_restricted.md"), check };

/// Which origins the service's own code lets in.
fn origins_admitted_by_code(_system: &System, service: &Service) -> InCode {
    InCode::Unread(Question::new(
        format!("which origins `{}` lets in: no entry answers for it, and its code is not followed", service.name),
        "show the answer to a request with a foreign `Origin`, or state the origins at the entry",
    ))
}

fn check(system: &System, mut tally: Tally) -> Judgement {
    let ways = Ways::of(system);
    for reached in &ways.reached {
        judge(system, reached, &mut tally);
    }
    for (service, question) in &ways.open {
        match origins_admitted_by_code(system, service) {
            InCode::Unread(_) => tally.doubt(&service.subject(), question.clone()),
        }
    }
    for store in &system.infrastructure().stores {
        bucket(store, &mut tally);
    }
    if let (true, Some(files)) = (tally.is_empty(), ways.reached.first()) {
        tally.not_applicable(Evidence::noted(
            files.at(),
            format!("`{}` serves files only, and nothing lets another origin in", files.name()),
        ));
    }
    if let (true, Some(question)) = (tally.is_empty(), &ways.unseen) {
        tally.doubt(&Subject::system(), question.clone());
    }
    tally.finish(|| nothing_public(system))
}

fn judge(system: &System, reached: &Reached<'_>, tally: &mut Tally) {
    let subject = reached.subject();
    let name = reached.name();
    let mut told = Vec::new();
    let mut silent = false;
    for way in &reached.ways {
        let rules: Vec<&CorsRule> = way.treatments().flat_map(|t| &t.cors).collect();
        silent |= rules.is_empty();
        // Fonts and pictures may be used by everybody: files hold nothing of a visitor's.
        let files = way.files();
        for rule in rules.into_iter().filter(|r| !files || r.credentials.is_some()) {
            if !told.contains(&rule.at) {
                told.push(rule.at);
                answer(name, rule, &subject, tally);
            }
        }
    }
    if !reached.runs_code(system) || !silent && !told.is_empty() {
        return;
    }
    if let Some(dormant) = reached.dormant(Measure::Cors) {
        let seen = Evidence::seen(dormant.at, dormant.says.clone(), Grade::Declared);
        tally.met(&subject, seen.clone());
        tally.gap(&subject, Gap::new("dormant", dormant.says.clone(), seen).so("no answer carries it"));
    }
    if let Some(why) = reached.ways.iter().find_map(Way::undecided) {
        let missing = format!("which origins `{name}` lets in: {why}");
        tally.doubt(&subject, Question::new(missing, "show the answer to a request with a foreign `Origin`"));
        return;
    }
    match reached.code(|service| origins_admitted_by_code(system, service)) {
        InCode::Unread(question) => tally.doubt(&subject, question),
    }
}

/// Judges what one rule answers.
fn answer(name: &str, rule: &CorsRule, subject: &Subject, tally: &mut Tally) {
    let proof = || Evidence::noted(rule.at, rule.says.clone());
    match (&rule.origins, rule.credentials) {
        (Origins::Any | Origins::Reflected, Some(at)) => {
            let says = format!("every origin may use `{name}` with the visitor's own session");
            let gap = Gap::new("any-origin-with-credentials", says, proof()).and(Evidence::noted(at, "credentials are let through"));
            tally.gap(
                subject,
                gap.severity(Severity::Critical).so("any page that a signed-in visitor opens can read and act in their name"),
            );
        }
        (Origins::Any | Origins::Reflected, None) => {
            tally.met(subject, Evidence::seen(rule.at, "credentials are not let through", Grade::Active));
            let gap = Gap::new("any-origin", format!("every origin may read what `{name}` answers ({})", rule.says), proof());
            tally.gap(subject, gap.so("what is reachable from a visitor's network, or with a token in a page, is open to every page"));
        }
        (Origins::Listed(list), _) => {
            tally.met(subject, Evidence::seen(rule.at, rule.says.clone(), Grade::Active));
            let host = |origin: &str| {
                let bare = origin.split_once("://").map_or(origin, |(_, h)| h);
                bare.split(['/', ':']).next().unwrap_or(bare).to_owned()
            };
            if !list.is_empty() && list.iter().all(|o| is_local_host(&host(o))) {
                let gap = Gap::new("local-origins", format!("`{name}` lets in the developer's own machine only"), proof());
                tally.gap(subject, gap.so("in production every call from the pages is refused"));
            } else if let Some(stand_in) = list.iter().find(|o| placeholder(&host(o))) {
                let gap = Gap::new("placeholder-origin", format!("`{stand_in}` is a placeholder"), proof());
                tally.gap(subject, gap.so("the real pages are refused, or a stranger's name is let in"));
            }
        }
        (Origins::Unresolved, _) => {
            let missing = format!("which origins `{name}` lets in: {}", rule.says);
            tally.doubt(subject, Question::new(missing, "show the value that production uses"));
        }
    }
}

/// Buckets into which pages put files.
fn bucket(store: &Store, tally: &mut Tally) {
    let subject = Subject::named(&store.name);
    for rule in &store.cors {
        match &rule.origins {
            Origins::Any | Origins::Reflected => {
                let seen = "a bucket takes no cookies: who reads or writes needs a signed address, or anybody may";
                tally.met(&subject, Evidence::seen(rule.at, seen, Grade::Active));
                let proof = Evidence::noted(rule.at, rule.says.clone());
                let gap = Gap::new("any-origin-bucket", format!("every origin may use {} from a browser", store.name), proof);
                tally.gap(&subject, gap.so("a signed address that leaks can be used from any page"));
            }
            _ => answer(&store.name, rule, &subject, tally),
        }
    }
}
