//! Do responses carry the headers that protect who reads them in a browser?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::estate::{HeaderRule, Measure};
use plimsoll_model::{Service, System};

use super::cdn::has_pages;
use super::doors::nothing_public;
use super::ways::{InCode, Reached, Way, Ways};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "edge/security-headers", page: include_str!("security_headers.md"), check };

/// What pages need. The last may also be given by the policy itself.
const PAGES: &[&str] =
    &["strict-transport-security", "content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options"];
/// What any response needs.
const INTERFACES: &[&str] = &["strict-transport-security", "x-content-type-options"];

/// Whether the service's own code sets these headers on its responses.
fn headers_set_by_code(_system: &System, service: &Service, missing: &[&str]) -> InCode {
    InCode::Unread(Question::new(
        format!("whether `{}` sets {} itself: no entry does, and its code is not followed", service.name, listed(missing)),
        "show the headers of a response from outside, or set them at the entry",
    ))
}

fn check(system: &System, mut tally: Tally) -> Judgement {
    let ways = Ways::of(system);
    for reached in &ways.reached {
        judge(system, reached, &mut tally);
    }
    for (service, question) in &ways.open {
        match headers_set_by_code(system, service, INTERFACES) {
            InCode::Unread(_) => tally.doubt(&service.subject(), question.clone()),
        }
    }
    if let (true, Some(question)) = (tally.is_empty(), &ways.unseen) {
        tally.doubt(&Subject::system(), question.clone());
    }
    tally.finish(|| nothing_public(system))
}

fn judge(system: &System, reached: &Reached<'_>, tally: &mut Tally) {
    let subject = reached.subject();
    let pages = reached.service().is_some_and(|s| has_pages(system, s));
    let code = reached.runs_code(system);
    let needed = if pages || !code { PAGES } else { INTERFACES };
    let mut absent: Vec<&str> = Vec::new();
    let mut held = 0;
    for name in needed {
        let given: Vec<Option<&HeaderRule>> = reached.ways.iter().map(|w| set(w, name)).collect();
        let Some(rule) = given.iter().find_map(|r| *r) else {
            absent.push(name);
            continue;
        };
        held += 1;
        tally.met(&subject, Evidence::seen(rule.at, rule.says.clone(), Grade::Active));
        quality(rule, name, &subject, tally);
        let bare = reached.ways.iter().zip(&given).find(|(w, r)| r.is_none() && w.undecided().is_none() && lost(w, name).is_none());
        if let Some((way, _)) = bare {
            let proof = Evidence::noted(way.at().unwrap_or(rule.at), format!("{} sets no {}", way.says(), listed(&[name])));
            let gap =
                Gap::new("some-routes", format!("{} is set on some ways to `{}` and not on all", listed(&[name]), reached.name()), proof);
            tally.gap(&subject, gap.so("who takes the other way is served without it"));
        }
    }
    let mut dropped: Vec<&str> = Vec::new();
    for (way, name) in reached.ways.iter().flat_map(|w| needed.iter().map(move |n| (w, *n))) {
        let Some(rule) = lost(way, name).filter(|_| set(way, name).is_none()) else { continue };
        dropped.push(name);
        let proof = Evidence::noted(rule.at, format!("{} does not reach {}, which has an add_header of its own", rule.says, way.says()));
        let gap = Gap::new(
            "lost-headers",
            format!("headers that are set around a block are lost in it on some ways to `{}`", reached.name()),
            proof,
        );
        tally.gap(&subject, gap.so("the block looks protected in the file, and its responses carry nothing of it"));
    }
    absent.retain(|n| !dropped.contains(n));
    if absent.is_empty() {
        return;
    }
    if held == 0
        && let Some(dormant) = reached.dormant(Measure::Headers)
    {
        let seen = Evidence::seen(dormant.at, dormant.says.clone(), Grade::Declared);
        tally.met(&subject, seen.clone());
        tally.gap(&subject, Gap::new("dormant", dormant.says.clone(), seen).so("responses carry none of it"));
    }
    if let Some(why) = reached.ways.iter().find_map(Way::undecided) {
        let missing = format!("whether responses of `{}` carry {}: {why}", reached.name(), listed(&absent));
        tally.doubt(&subject, Question::new(missing, "show the headers of a response from outside"));
        return;
    }
    if code {
        match reached.code(|service| headers_set_by_code(system, service, &absent)) {
            InCode::Unread(question) => tally.doubt(&subject, question),
        }
        return;
    }
    let at = reached.ways.iter().find_map(Way::at).unwrap_or(reached.at());
    let says = reached.ways.first().map(Way::says).unwrap_or_default();
    let proof = Evidence::noted(at, format!("{says} sets no {}", listed(&absent)));
    let gap = if held == 0 && dropped.is_empty() {
        Gap::new("no-headers", format!("responses of `{}` carry no protective header", reached.name()), proof)
    } else if absent.contains(&"content-security-policy") {
        Gap::new("no-policy", format!("responses of `{}` carry no {}", reached.name(), listed(&absent)), proof)
    } else {
        Gap::new("missing-headers", format!("responses of `{}` carry no {}", reached.name(), listed(&absent)), proof)
    };
    tally.gap(&subject, gap.so("a browser takes scripts, frames and plain connections that the page never meant to allow"));
}

/// The rule that sets a header on a way. A policy with `frame-ancestors` says who may frame the page.
fn set<'a>(way: &Way<'a>, name: &str) -> Option<&'a HeaderRule> {
    let find = |wanted: &str| way.treatments().flat_map(|t| &t.headers).find(|h| h.name == wanted);
    let framing = || find("content-security-policy").filter(|h| h.value.as_deref().is_some_and(|v| v.contains("frame-ancestors")));
    match name {
        "x-frame-options" => find(name).or_else(framing),
        "content-security-policy" => find(name).or_else(|| find("content-security-policy-report-only")),
        _ => find(name),
    }
}

fn lost<'a>(way: &Way<'a>, name: &str) -> Option<&'a HeaderRule> {
    let frames = |h: &HeaderRule| name == "x-frame-options" && h.value.as_deref().is_some_and(|v| v.contains("frame-ancestors"));
    way.treatments().flat_map(|t| &t.lost).find(|h| h.name == name || frames(h))
}

/// What a header is worth as it is written.
fn quality(rule: &HeaderRule, name: &str, subject: &Subject, tally: &mut Tally) {
    let proof = || Evidence::noted(rule.at, rule.says.clone());
    let value = rule.value.as_deref().unwrap_or_default();
    if rule.name.ends_with("-report-only") {
        let gap = Gap::new("report-only", "the policy only reports what it would refuse", proof());
        tally.gap(subject, gap.so("an injected script still runs"));
    } else if name == "content-security-policy" && rule.name == name && lax(value) {
        let gap = Gap::new("weak-policy", "the policy lets scripts in that a page did not bring along", proof());
        tally.gap(subject, gap.so("an injected script runs as if there were no policy"));
    }
    if !rule.always {
        let gap = Gap::new("not-on-errors", "headers without `always` are left out of answers that tell of an error", proof());
        tally.gap(subject, gap.so("error pages, which repeat what was asked, go out unprotected"));
    }
}

/// Whether a policy leaves scripts free: it names no sources for them, every source, or both kinds of unsafe ones without a nonce or hash.
fn lax(policy: &str) -> bool {
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    let find = |name: &str| directives.iter().find(|d| d.split_whitespace().next() == Some(name));
    let Some(scripts) = find("script-src").or_else(|| find("default-src")) else { return true };
    let has = |w: &str| scripts.split_whitespace().any(|s| s.trim_matches('\'') == w);
    let bound =
        scripts.contains("'nonce-") || scripts.contains("'sha256-") || scripts.contains("'sha384-") || scripts.contains("'strict-dynamic'");
    has("*") || has("unsafe-inline") && has("unsafe-eval") && !bound
}

fn listed(names: &[&str]) -> String {
    let words: Vec<String> = names.iter().map(|n| n.split('-').map(capital).collect::<Vec<_>>().join("-")).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |c| c.to_ascii_uppercase().to_string() + letters.as_str())
}
