//! The verdict: the first rule that matches wins, and every rule names what triggered it. The score has no say here.

use plimsoll_base::{Blocker, Condition, Decision, OPEN_ALLOWED, TierChoice};

use crate::standing::{Standing, State};

/// The verdict with its reasons.
#[derive(Clone, Debug)]
pub(crate) struct Ruling {
    pub decision: Decision,
    pub blockers: Vec<Blocker>,
    pub conditions: Vec<Condition>,
}

/// Decides. `standings` is in the order of the catalogue.
pub(crate) fn decide(standings: &[Standing<'_>], assessable: bool, tier: &TierChoice, tier_reason: Option<&str>) -> Ruling {
    if !assessable {
        return Ruling { decision: Decision::NotAssessable, blockers: vec![], conditions: vec![] };
    }
    let worst_first = worst_first(standings);
    let mut blockers: Vec<Blocker> = worst_first.iter().filter(|s| s.stops()).map(|s| stopping(s)).collect();
    blockers.extend(too_many_open(standings));
    let stopped = !blockers.is_empty();
    blockers.extend(worst_first.iter().filter(|s| s.unproven()).map(|s| Blocker {
        control: s.about.id.into(),
        gap: None,
        why: format!("not shown: {}", s.sentence()),
    }));
    let mut conditions: Vec<Condition> = tier_condition(tier, tier_reason).into_iter().collect();
    conditions.extend(worst_first.iter().filter(|s| !s.stops() && !s.unproven()).filter_map(|s| condition(s)));
    let decision = match (stopped, blockers.is_empty(), conditions.is_empty()) {
        (true, ..) => Decision::NoGo,
        (_, false, _) => Decision::Unproven,
        (_, _, false) => Decision::ConditionalGo,
        _ => Decision::Go,
    };
    Ruling { decision, blockers, conditions }
}

/// Critical first, each severity in the order of the catalogue.
fn worst_first<'s, 'p>(standings: &'s [Standing<'p>]) -> Vec<&'s Standing<'p>> {
    let mut list: Vec<_> = standings.iter().filter(|s| s.counted()).collect();
    list.sort_by_key(|s| std::cmp::Reverse(s.about.severity));
    list
}

fn stopping(standing: &Standing<'_>) -> Blocker {
    let gaps = standing.stopping_gaps();
    let partial = standing.state() == State::Partial;
    let (gap, why) = match gaps.as_slice() {
        // The summary of a partial control may speak of another gap than the one that stops.
        [one] if partial => (Some(one.key()), one.says.clone()),
        [one] => (Some(one.key()), standing.sentence()),
        _ => (None, standing.sentence()),
    };
    Blocker { control: standing.about.id.into(), gap, why }
}

fn too_many_open(standings: &[Standing<'_>]) -> Option<Blocker> {
    let open = standings.iter().filter(|s| s.counted() && s.high() && s.state() == State::Unmet).count();
    (open > OPEN_ALLOWED).then(|| Blocker {
        control: "rule/too-many-open".into(),
        gap: None,
        why: format!("{open} controls of high or critical severity are unmet, more than {OPEN_ALLOWED}"),
    })
}

fn condition(standing: &Standing<'_>) -> Option<Condition> {
    let open = matches!(standing.state(), State::Partial | State::Unmet | State::Unknown) && (standing.blocking || standing.high());
    let why = match (standing.coverage.accepted(), open) {
        (None, false) => return None,
        (None, true) => standing.sentence(),
        (Some(a), _) => {
            let part = if standing.coverage.complete { "" } else { "in part " };
            format!("{}; {part}{} by {} until {}: {}", standing.sentence(), standing.coverage.word(), a.by, a.until, a.why)
        }
    };
    Some(Condition { control: Some(standing.about.id.into()), why })
}

fn tier_condition(tier: &TierChoice, tier_reason: Option<&str>) -> Option<Condition> {
    if tier.name >= tier.inferred_floor {
        return None;
    }
    let mut why = format!("assessed as {}, but what was found asks for {}", tier.name.word(), tier.inferred_floor.word());
    if !tier.reasons.is_empty() {
        why = format!("{why}: {}", tier.reasons.join("; "));
    }
    if let (Some(reason), "config") = (tier_reason, tier.source) {
        why = format!("{why} (the stated reason: {reason})");
    }
    Some(Condition { control: None, why })
}
