//! Are bodies bounded before they cost memory or disk?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::estate::{CorsRule, Measure, Property, Store};
use plimsoll_model::{Service, System};

use super::doors::nothing_public;
use super::ways::{InCode, Reached, Way, Ways};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "edge/request-size-limits", page: include_str!("request_size_limits.md"), check };

/// A bound for every request that bounds little.
const LARGE: u64 = 100 << 20;

/// Whether the service's own code, or its framework by default, bounds bodies and uploads.
fn sizes_bounded_by_code(_system: &System, service: &Service) -> InCode {
    InCode::Unread(Question::new(
        format!("whether `{}` bounds bodies itself: no entry does, and its code is not followed", service.name),
        "send a body of a few hundred megabytes and show that it is refused with 413, or bound it at the entry",
    ))
}

fn check(system: &System, mut tally: Tally) -> Judgement {
    let ways = Ways::of(system);
    for reached in ways.reached.iter().filter(|r| r.runs_code(system)) {
        judge(system, reached, &mut tally);
    }
    for (service, question) in &ways.open {
        match sizes_bounded_by_code(system, service) {
            InCode::Unread(_) => tally.doubt(&service.subject(), question.clone()),
        }
    }
    for store in &system.infrastructure().stores {
        uploads(store, &mut tally);
    }
    if let (true, Some(files)) = (tally.is_empty(), ways.reached.first()) {
        tally.not_applicable(Evidence::noted(files.at(), format!("`{}` serves files and takes none", files.name())));
    }
    if let (true, Some(question)) = (tally.is_empty(), &ways.unseen) {
        tally.doubt(&Subject::system(), question.clone());
    }
    tally.finish(|| nothing_public(system))
}

fn judge(system: &System, reached: &Reached<'_>, tally: &mut Tally) {
    let subject = reached.subject();
    let name = reached.name();
    let ways: Vec<&Way<'_>> = reached.ways.iter().filter(|w| !w.files()).collect();
    let bounded: Vec<(&Way<'_>, &Property<u64>, u64)> = ways.iter().filter_map(|w| smallest(w).map(|(p, n)| (*w, p, n))).collect();
    for (way, bound, _) in &bounded {
        tally.met(&subject, Evidence::seen(bound.at, format!("{}: {}", way.says(), bound.says), Grade::Active));
    }
    if let Some((_, bound, bytes)) = bounded.first().filter(|_| bounded.iter().all(|(_, _, n)| *n >= LARGE)) {
        let gap = Gap::new(
            "very-large",
            format!("every request to `{name}` may carry {} MB", bytes >> 20),
            Evidence::noted(bound.at, bound.says.clone()),
        );
        tally.gap(&subject, gap.so("a few slow uploads at once fill memory or disk"));
    }
    let open: Vec<&&Way<'_>> = ways.iter().filter(|w| smallest(w).is_none()).collect();
    let Some(bare) = open.first() else { return };
    if !bounded.is_empty()
        && let Some(port) = open.iter().find(|w| w.hops.is_empty())
    {
        let proof = Evidence::noted(port.at().unwrap_or(reached.at()), format!("{} has no bound", port.says()));
        let gap = Gap::new("bypassed", format!("`{name}` is also reached around the bound, over {}", port.says()), proof);
        tally.gap(&subject, gap.so("a body of any size takes that way"));
        return;
    }
    let undecided = open.iter().find_map(|w| w.treatments().filter_map(|t| t.body.as_ref()).find(|b| b.known().is_none()));
    if let Some(bound) = undecided {
        tally.doubt(
            &subject,
            Question::new(format!("how large bodies for `{name}` may be: {}", bound.says), "show the value that production uses"),
        );
        return;
    }
    if let Some(dormant) = reached.dormant(Measure::BodyLimit).filter(|_| bounded.is_empty()) {
        let seen = Evidence::seen(dormant.at, dormant.says.clone(), Grade::Declared);
        tally.met(&subject, seen.clone());
        tally.gap(&subject, Gap::new("dormant", dormant.says.clone(), seen).so("a body of any size passes"));
    }
    if let Some(why) = bare.undecided() {
        tally.doubt(
            &subject,
            Question::new(format!("how large bodies for `{name}` may be: {why}"), "send a very large body and show the answer"),
        );
        return;
    }
    match reached.code(|service| sizes_bounded_by_code(system, service)) {
        InCode::Unread(question) => tally.doubt(&subject, question),
    }
}

/// A bucket into which pages put files by themselves. A signed address for PUT cannot say how large the file may be; a signed form can.
fn uploads(store: &Store, tally: &mut Tally) {
    let puts = |r: &&CorsRule| r.methods.iter().any(|m| m == "PUT");
    let Some(rule) = store.cors.iter().find(puts) else { return };
    let subject = Subject::named(&store.name);
    let says = format!("pages may {} into {}", rule.methods.join(" and "), store.name);
    if store.cors.iter().any(|r| r.methods.iter().any(|m| m == "POST")) {
        let missing = format!("how large files for {} may be: pages may PUT, which has no bound, or POST, which may have one", store.name);
        tally.doubt(&subject, Question::new(missing, "show the policy of the signed form, with its content-length-range"));
    } else {
        let gap = Gap::new(
            "unbounded-upload",
            format!("files that pages put into {} may be of any size", store.name),
            Evidence::noted(rule.at, says),
        );
        tally.gap(&subject, gap.so("one visitor fills the bucket, and its owner pays"));
    }
}

/// The smallest bound on a way: the route's own in place of its entry's, and of several entries the strictest.
fn smallest<'a>(way: &Way<'a>) -> Option<(&'a Property<u64>, u64)> {
    let of = |hop: &super::ways::Hop<'a>| hop.route.and_then(|r| r.treatment.body.as_ref()).or(hop.entry.everywhere.body.as_ref());
    let bounds = way.hops.iter().filter_map(of).filter_map(|b| Some((b, *b.known()?))).filter(|(_, n)| *n > 0);
    bounds.min_by_key(|(_, n)| *n)
}
