//! Does something limit how often one client may ask, on every way in?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::estate::{EntryKind, Measure, Provider, RateKey, RateLimit, Route};
use plimsoll_model::{Service, System};

use super::doors::nothing_public;
use super::ways::{Hop, InCode, Reached, Way, Ways, path};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "edge/rate-limiting", page: include_str!("rate_limiting.md"), check };

const OPEN: &str = "passwords are guessed, and expensive requests repeated, as fast as the network allows";

/// Whether the service's own code limits requests before they are handled.
fn requests_limited_by_code(_system: &System, service: &Service) -> InCode {
    InCode::Unread(Question::new(
        format!("whether `{}` limits requests itself: no entry does, and its code is not followed", service.name),
        "send requests until one is refused with 429, or set a limit at the entry",
    ))
}

fn check(system: &System, mut tally: Tally) -> Judgement {
    let ways = Ways::of(system);
    for reached in &ways.reached {
        guessable(reached, &mut tally);
    }
    for reached in ways.reached.iter().filter(|r| r.runs_code(system)) {
        judge(system, reached, &mut tally);
    }
    for (service, question) in &ways.open {
        match requests_limited_by_code(system, service) {
            InCode::Unread(_) => tally.doubt(&service.subject(), question.clone()),
        }
    }
    if let (true, Some(files)) = (tally.is_empty(), ways.reached.first()) {
        tally.not_applicable(Evidence::noted(
            files.at(),
            format!("`{}` serves files only: a request for them costs next to nothing", files.name()),
        ));
    }
    if let (true, Some(question)) = (tally.is_empty(), &ways.unseen) {
        tally.doubt(&Subject::system(), question.clone());
    }
    tally.finish(|| nothing_public(system))
}

/// A password that the entry itself checks can be guessed there: what stands behind it never sees the tries.
fn guessable(reached: &Reached<'_>, tally: &mut Tally) {
    let asks = |text: &str| ["auth_basic", "basicauth", "basic_auth", "digestauth", "auth-type"].iter().any(|w| text.contains(w));
    for way in reached.ways.iter().filter(|w| first_limit(w).is_none()) {
        if let Some(asked) = way.treatments().flat_map(|t| &t.restrictions).find(|r| asks(&r.value)) {
            let says = format!("{} asks for a password and limits nothing", way.says());
            let gap = Gap::new("unlimited-password", says, Evidence::noted(asked.at, asked.value.clone()));
            tally.gap(
                &reached.subject(),
                gap.so("passwords are tried as fast as the network allows, and the application sees nothing of it"),
            );
            return;
        }
    }
}

fn judge(system: &System, reached: &Reached<'_>, tally: &mut Tally) {
    let subject = reached.subject();
    let name = reached.name();
    let costly: Vec<&Way<'_>> = reached.ways.iter().filter(|w| !cheap(w)).collect();
    let limited = |w: &&&Way<'_>| first_limit(w).is_some();
    for way in costly.iter().filter(limited) {
        let Some((place, hop, limit)) = first_limit(way) else { continue };
        tally.met(&subject, Evidence::seen(limit.at, format!("{}: {}", way.says(), limit.says), Grade::Active));
        shared(way, place, hop, limit, &subject, tally);
    }
    let some = costly.iter().any(|w| limited(&w));
    let open: Vec<&&Way<'_>> = costly.iter().filter(|w| !limited(w)).collect();
    let Some(bare) = open.first() else { return };
    let proof = |way: &Way<'_>| Evidence::noted(way.at().unwrap_or(reached.at()), format!("{} has no limit", way.says()));
    if some {
        match open.iter().find(|w| w.hops.is_empty()) {
            Some(port) => {
                let gap = Gap::new("bypassed", format!("`{name}` is also reached around the limit, over {}", port.says()), proof(port));
                tally.gap(&subject, gap.so("who takes that way is not limited"));
            }
            None => {
                let gap = Gap::new("some-routes", format!("some ways to `{name}` are limited and others are not"), proof(bare));
                tally.gap(&subject, gap.so(OPEN));
            }
        }
        return;
    }
    if let Some(dormant) = reached.dormant(Measure::RateLimit) {
        let seen = Evidence::seen(dormant.at, dormant.says.clone(), Grade::Declared);
        tally.met(&subject, seen.clone());
        tally.gap(&subject, Gap::new("dormant", dormant.says.clone(), seen).so(OPEN));
    }
    if let Some(firewall) = reached.ways.iter().flat_map(|w| &w.hops).flat_map(|h| &h.entry.firewalls).find(|f| f.blocks.known().is_none())
    {
        let missing = format!("whether `{}` before `{name}` limits requests: {}", firewall.name, firewall.blocks.says);
        tally.doubt(&subject, Question::new(missing, "show its rules"));
    } else if let Some(why) = reached.ways.iter().find_map(Way::undecided) {
        tally.doubt(
            &subject,
            Question::new(format!("whether requests for `{name}` are limited: {why}"), "send requests until one is refused with 429"),
        );
    } else {
        match reached.code(|service| requests_limited_by_code(system, service)) {
            InCode::Unread(question) => tally.doubt(&subject, question),
        }
    }
}

/// The outermost limit on a way, with where on it that stands.
fn first_limit<'a>(way: &Way<'a>) -> Option<(usize, Hop<'a>, &'a RateLimit)> {
    way.hops.iter().enumerate().find_map(|(place, hop)| {
        let own = hop.route.into_iter().flat_map(|r| &r.treatment.limits).chain(&hop.entry.everywhere.limits);
        own.into_iter().next().map(|limit| (place, *hop, limit))
    })
}

/// A limit that counts everybody together, be it because it sees the address of the proxy in front of it.
fn shared(way: &Way<'_>, place: usize, hop: Hop<'_>, limit: &RateLimit, subject: &Subject, tally: &mut Tally) {
    let proof = || Evidence::noted(limit.at, limit.says.clone());
    // A gateway of the provider's is throttled as a whole, which keeps what stands behind it from being flooded.
    let gateway = hop.entry.kind == EntryKind::Gateway && hop.entry.provider == Provider::Aws;
    match limit.key {
        RateKey::Everybody if !gateway => {
            let gap = Gap::new("shared-key", format!("the limit at `{}` counts all clients together", hop.entry.name), proof());
            tally.gap(subject, gap.so("one attacker uses it up for everybody"));
        }
        RateKey::Peer if way.behind_another(place) => {
            let gap = Gap::new(
                "proxy-address",
                format!("the limit at `{}` counts by the address of the entry in front of it", hop.entry.name),
                proof(),
            );
            tally.gap(subject, gap.so("all visitors share one budget, and one attacker uses it up"));
        }
        _ => {}
    }
}

/// Ways on which a request costs next to nothing: files, probes.
fn cheap(way: &Way<'_>) -> bool {
    let words = [
        "health",
        "healthz",
        "ready",
        "readyz",
        "live",
        "livez",
        "ping",
        "favicon.ico",
        "robots.txt",
        "static",
        "assets",
        "media",
        "_next",
    ];
    let first = |r: &Route| path(r).trim_start_matches('/').split('/').next().is_some_and(|part| words.contains(&part));
    way.files() || way.hops.iter().filter_map(|h| h.route).any(first)
}
