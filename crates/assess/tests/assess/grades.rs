//! Section "score" and "grade": interval, coverage, thresholds, caps.

use plimsoll_base::{CATALOGUE, Decision, Severity, Tier};

use crate::fixture::*;

/// Prototype counts the fewest controls, so that the sums can be followed by hand.
fn small() -> Case {
    Case::all_met().tier(Tier::Prototype)
}

#[test]
fn the_interval_rounds_outwards_and_coverage_downwards() {
    let a = small().with("secrets/no-hardcoded-secrets", unknown()).with("secrets/no-default-credentials", not_applicable()).assess();
    // Three controls of weight 10 apply: two met, one unknown.
    assert_eq!((a.score.floor, a.score.ceiling, a.score.coverage), (66, 100, 0.66));
    let half = small().with("secrets/no-hardcoded-secrets", partial()).with("secrets/no-default-credentials", not_applicable()).assess();
    assert_eq!((half.score.floor, half.score.ceiling, half.score.coverage), (83, 84, 1.0));
}

#[test]
fn every_counted_control_weighs_by_its_severity() {
    let a = Case::all_met().assess();
    let weight: f64 = CATALOGUE.iter().filter(|c| c.counts_at(Tier::Production)).map(|c| c.severity.weight()).sum();
    assert_eq!((a.arithmetic.weight, a.arithmetic.floor), (weight, weight));
    let without = Case::all_met().with("containers/healthcheck", not_applicable()).assess();
    assert_eq!(a.arithmetic.weight - without.arithmetic.weight, 7.5);
    assert!(without.arithmetic.left_out.contains(&("containers/healthcheck".into(), "not applicable: there is no such thing".into())));
    assert!(a.arithmetic.left_out.contains(&("testing/chaos-tests".into(), "expected from tier critical on".into())));
}

#[test]
fn areas_count_their_controls_by_the_same_arithmetic() {
    let a = Case::all_met().with("network/segmentation", unknown()).with("network/ingress-restricted", partial()).assess();
    let network = a.areas.iter().find(|x| x.id == "network").expect("the area");
    // 7.5 partial, 5 unknown: 3.75 to 8.75 of 12.5, 7.5 decided.
    assert_eq!((network.floor, network.ceiling, network.coverage), (30, 70, 0.6));
    assert_eq!((network.met, network.partial, network.unmet, network.unknown, network.not_applicable), (0, 1, 0, 1, 0));
    assert_eq!(a.areas.len(), 18);
}

#[test]
fn nothing_applicable_scores_nothing_and_has_no_grade() {
    let a = small().every(|_| true, not_applicable).assess();
    assert_eq!((a.score.floor, a.score.ceiling, a.score.coverage, a.score.grade.as_str()), (0, 0, 0.0, "?"));
}

#[test]
fn the_points_give_the_letter() {
    let go = Case::all_met().every(|c| c.severity <= Severity::Medium, unmet).assess();
    let share = go.arithmetic.floor * 100.0 / go.arithmetic.weight;
    let letter = [(85.0, "A"), (70.0, "B"), (55.0, "C"), (40.0, "D")].into_iter().find(|(t, _)| share >= *t).map_or("F", |(_, l)| l);
    assert_eq!((go.verdict, go.score.grade.as_str()), (Decision::Go, letter));
    // Of four criticals, two halves are 75 %, three 62.5, four 50.
    let b = small().with("data/not-publicly-reachable", partial()).with("identity/no-auth-bypass", partial()).assess();
    assert_eq!((b.score.floor, b.score.grade.as_str()), (75, "B"));
    let c = small().with("data/not-publicly-reachable", partial());
    let c = c.with("secrets/no-hardcoded-secrets", partial()).with("secrets/no-default-credentials", partial()).assess();
    assert_eq!((c.score.floor, c.score.grade.as_str()), (62, "C"));
    let d = small().every(|_| true, partial).assess();
    assert_eq!((d.score.floor, d.score.grade.as_str()), (50, "D"));
}

#[test]
fn the_verdict_caps_the_grade() {
    let of = |case: Case| {
        let a = case.assess();
        assert!(a.score.floor >= 90);
        (a.score.grade.clone(), a.score.caps[0].rule.clone(), a.score.caps[0].control.clone().unwrap_or_default())
    };
    let tls = "edge/https-tls";
    assert_eq!(of(Case::all_met().with(tls, unmet())), ("D".into(), "rule/no-go".into(), tls.into()));
    assert_eq!(of(Case::all_met().with(tls, unknown())), ("C".into(), "rule/unproven".into(), tls.into()));
    assert_eq!(of(Case::all_met().with(tls, partial())), ("B".into(), "rule/conditional".into(), tls.into()));
    let first_graded = "edge/https-tls";
    assert_eq!(of(Case::all_met()), ("A".into(), "rule/a-plus".into(), first_graded.into()));
}

#[test]
fn a_plus_needs_go_and_every_blocker_observed() {
    let blocks = |c: &plimsoll_base::About| c.blocks_at(Tier::Production) && c.proven_at.is_some();
    let a = Case::all_met().every(blocks, observed).assess();
    assert_eq!((a.score.grade.as_str(), caps(&a)), ("A+", vec![]));
    let short = Case::all_met().every(blocks, observed).with("observability/alerting", met()).assess();
    assert_eq!((short.score.grade.as_str(), caps(&short)), ("A", vec![("rule/a-plus", "A")]));
    assert_eq!(short.score.caps[0].control.as_deref(), Some("observability/alerting"));
    let nothing_observed = small().assess();
    assert_eq!(nothing_observed.score.grade, "A", "grades that have no meaning observe nothing");
}

#[test]
fn three_gaps_cap_at_f_whoever_answers_for_them() {
    for (id, kind, rule) in [
        ("secrets/no-hardcoded-secrets", "live-secret", "rule/live-secret"),
        ("secrets/no-default-credentials", "published-default", "rule/default-credential-published"),
        ("identity/no-auth-bypass", "auth-off", "rule/auth-off"),
    ] {
        for judgement in [unmet_by(vec![seen_gap(kind, "api")]), partial_by(vec![critical(seen_gap(kind, "api"))])] {
            let case = Case::all_met().with(id, judgement);
            let a = case.assess();
            assert_eq!((a.score.grade.as_str(), caps(&a)[0], a.score.caps[0].control.as_deref()), ("F", (rule, "F"), Some(id)));
            let waived = case.policy(exception("waive", id, "")).assess();
            assert_eq!((waived.score.grade.as_str(), caps(&waived)[0]), ("F", (rule, "F")), "a live secret is live, whoever bears it");
        }
        let other = Case::all_met().with(id, unmet_by(vec![seen_gap("other", "api")])).assess();
        assert_eq!(other.score.grade, "D");
    }
    let mut library = Case::all_met().with("secrets/no-hardcoded-secrets", unmet_by(vec![seen_gap("live-secret", "system")]));
    library.assessable = false;
    assert_eq!(library.assess().score.grade, "F", "a live secret in a library is live");
}

#[test]
fn thin_coverage_caps_at_b_and_under_half_there_is_no_grade_but_f() {
    let low = |case: Case, coverage: f64| {
        let mut case = case;
        for about in CATALOGUE.iter().filter(|c| !c.blocks_at(Tier::Production) && c.severity < Severity::High) {
            if case.assess().score.coverage < coverage {
                break;
            }
            case = case.with(about.id, unknown());
        }
        case
    };
    let thin = low(Case::all_met(), 0.7).assess();
    assert_eq!(thin.verdict, Decision::Go);
    assert!(caps(&thin).contains(&("rule/coverage-70", "B")));
    let blind = Case::all_met().every(|c| !c.blocks_at(Tier::Production), unknown);
    let a = blind.assess();
    assert!(a.score.coverage < 0.5);
    assert_eq!((a.score.grade.as_str(), caps(&a)[0]), ("?", ("rule/coverage-50", "?")));
    let live = blind.with("secrets/no-hardcoded-secrets", unmet_by(vec![seen_gap("live-secret", "system")])).assess();
    assert_eq!((live.score.grade.as_str(), caps(&live)[0]), ("F", ("rule/live-secret", "F")));
}
