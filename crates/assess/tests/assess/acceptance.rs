//! Waivers and attestations.

use plimsoll_base::Decision;

use crate::fixture::*;

const TLS: &str = "edge/https-tls";
const BACKUPS: &str = "recovery/automated-backups";

#[test]
fn a_waived_blocker_is_a_condition_earns_nothing_and_keeps_its_word() {
    let case = Case::all_met().with(TLS, unmet());
    let before = case.assess();
    let a = case.policy(exception("waive", TLS, "evidence = \"https://example.org/1\"")).assess();
    assert_eq!((a.verdict, conditions(&a), a.blockers.len()), (Decision::ConditionalGo, vec![TLS], 0));
    assert_eq!(a.conditions[0].why, "it is missing; waived by ops until 2027-06-30: we bear it (https://example.org/1)");
    let answer = answer(&a, TLS);
    assert_eq!(answer.verdict, "unmet");
    let accepted = answer.accepted.as_ref().expect("accepted");
    assert_eq!(
        (accepted.by.as_str(), accepted.until.as_str(), accepted.why.as_str()),
        ("ops", "2027-06-30", "we bear it (https://example.org/1)")
    );
    assert_eq!(a.score.floor, before.score.floor);
    assert_eq!(caps(&a), [("rule/conditional", "B"), ("rule/accepted", "B")]);
}

#[test]
fn an_accepted_control_of_any_severity_is_a_condition() {
    let a = Case::all_met().with("edge/cdn", unmet()).policy(exception("waive", "edge/cdn", "")).assess();
    assert_eq!((a.verdict, conditions(&a)), (Decision::ConditionalGo, vec!["edge/cdn"]));
}

#[test]
fn an_accepted_partial_or_unknown_earns_nothing_and_coverage_is_not_bought() {
    let terms = |judgement, kind| {
        let a = Case::all_met().with(TLS, judgement).policy(exception(kind, TLS, "")).assess();
        let term = a.arithmetic.terms.iter().find(|t| t.0 == TLS).expect("a term").clone();
        ((term.2, term.3), a.arithmetic.weight - a.arithmetic.decided)
    };
    assert_eq!(terms(partial(), "waive"), ((0.0, 0.0), 0.0));
    assert_eq!(terms(unknown(), "attest"), ((0.0, 0.0), 10.0));
}

#[test]
fn a_gap_may_be_waived_alone_and_the_rest_still_blocks() {
    let two = unmet_by(vec![gap("no-schedule", "db"), gap("no-schedule", "cache")]);
    for rest in ["gap = \"no-schedule@cache\"", "scope = \"cache\""] {
        let a = Case::all_met().with(BACKUPS, two.clone()).policy(exception("waive", BACKUPS, rest)).assess();
        assert_eq!(a.verdict, Decision::NoGo);
        assert_eq!(a.blockers[0].gap.as_deref(), Some("no-schedule@db"));
        assert!(answer(&a, BACKUPS).accepted.is_none(), "in part accepted is not accepted");
        assert!(caps(&a).contains(&("rule/accepted", "B")));
    }
    let both =
        exception("waive", BACKUPS, "scope = \"db\"\nexpires = 2027-01-01") + &exception("attest", BACKUPS, "gap = \"no-schedule@cache\"");
    let a = Case::all_met().with(BACKUPS, two).policy(both).assess();
    assert_eq!(a.verdict, Decision::ConditionalGo);
    assert_eq!(answer(&a, BACKUPS).accepted.as_ref().map(|x| x.until.as_str()), Some("2027-01-01"));
    assert!(a.conditions[0].why.contains("waived and attested by ops until 2027-01-01"));
}

#[test]
fn a_waived_critical_gap_leaves_a_partial_blocker_as_a_condition() {
    let half = partial_by(vec![critical(gap("role-from-request", "api")), gap("dormant", "api")]);
    let id = "identity/no-auth-bypass";
    let a = Case::all_met().with(id, half).policy(exception("waive", id, "gap = \"role-from-request@api\"")).assess();
    assert_eq!(a.verdict, Decision::ConditionalGo);
    assert!(a.conditions[0].why.contains("in part waived by ops"));
}

#[test]
fn a_doubt_beside_waived_gaps_is_still_a_doubt() {
    let judgement = unmet_beside_doubt(vec![gap("no-schedule", "cache")], "db");
    let case = Case::all_met().with(BACKUPS, judgement);
    let gap_alone = case.clone().policy(exception("waive", BACKUPS, "scope = \"cache\"")).assess();
    assert_eq!((gap_alone.verdict, blockers(&gap_alone)), (Decision::Unproven, vec![BACKUPS]));
    let both = exception("waive", BACKUPS, "scope = \"cache\"") + &exception("attest", BACKUPS, "scope = \"db\"");
    assert_eq!(case.clone().policy(both).assess().verdict, Decision::ConditionalGo);
    assert_eq!(case.policy(exception("waive", BACKUPS, "")).assess().verdict, Decision::ConditionalGo);
}

#[test]
fn an_unknown_is_accepted_once_every_doubtful_subject_is() {
    let case = Case::all_met().with(BACKUPS, unknown_at(&["db", "cache"]));
    let one = exception("attest", BACKUPS, "scope = \"db\"");
    assert_eq!(case.clone().policy(one.clone()).assess().verdict, Decision::Unproven);
    let a = case.policy(one + &exception("waive", BACKUPS, "scope = \"cache\"")).assess();
    assert_eq!((a.verdict, answer(&a, BACKUPS).verdict.as_str()), (Decision::ConditionalGo, "unknown"));
}

#[test]
fn an_attestation_answers_doubt_and_absence() {
    for judgement in [unknown(), unmet(), partial()] {
        let a = Case::all_met().with(TLS, judgement).policy(exception("attest", TLS, "")).assess();
        assert_eq!(a.verdict, Decision::ConditionalGo);
        assert!(a.conditions[0].why.contains("; attested by ops"));
    }
    let unjudged = Case::all_met().without(TLS).policy(exception("attest", TLS, "")).assess();
    assert_eq!(unjudged.verdict, Decision::ConditionalGo);
}

#[test]
fn an_attestation_never_overrides_what_was_seen() {
    for gaps in [vec![seen_gap("plain-http", "api")], vec![gap("missing", "web"), seen_gap("plain-http", "api")]] {
        for judgement in [unmet_by(gaps.clone()), partial_by(gaps.into_iter().map(critical).collect())] {
            let a = Case::all_met().with(TLS, judgement).policy(exception("attest", TLS, "")).assess();
            assert_eq!(a.verdict, Decision::NoGo);
            assert!(answer(&a, TLS).accepted.is_none());
            assert_eq!(
                policy_notes(&a),
                [
                    "the attestation of edge/https-tls by ops is not applied, it contradicts what was seen at file1.yml:12: it is broken here"
                ]
            );
            assert!(!caps(&a).iter().any(|(rule, _)| *rule == "rule/accepted"));
        }
    }
    let waived = Case::all_met().with(TLS, unmet_by(vec![seen_gap("plain-http", "api")])).policy(exception("waive", TLS, "")).assess();
    assert_eq!(waived.verdict, Decision::ConditionalGo, "a waiver says that it is so and that someone bears it");
}

#[test]
fn what_lapsed_does_not_apply_and_says_so() {
    let case = Case::all_met().with(TLS, unmet()).policy(exception("waive", TLS, "expires = 2026-11-19"));
    let a = case.assess();
    assert_eq!(a.verdict, Decision::NoGo);
    assert_eq!(policy_notes(&a), ["the waiver of edge/https-tls by ops lapsed after 2026-11-19 and no longer applies"]);
    assert_eq!(a.blockers[0].why, "it is missing (the waiver of ops lapsed after 2026-11-19)");
    assert_eq!(case.today("2026-11-19").assess().verdict, Decision::ConditionalGo, "the last day still counts");
}

#[test]
fn what_lapses_within_two_weeks_is_announced_and_changes_nothing() {
    let notes = |today| {
        let a = Case::all_met().with(TLS, unmet()).policy(exception("waive", TLS, "expires = 2026-12-04")).today(today).assess();
        assert_eq!((a.verdict, a.conditions.len()), (Decision::ConditionalGo, 1));
        policy_notes(&a).iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()
    };
    assert!(notes("2026-11-19").is_empty());
    assert_eq!(notes("2026-11-20"), ["the waiver of edge/https-tls by ops lapses after 2026-12-04, in 14 days"]);
    assert_eq!(notes("2026-12-04"), ["the waiver of edge/https-tls by ops lapses after today"]);
}

#[test]
fn what_covers_nothing_is_listed_and_accepts_nothing() {
    let unused = |judgement, rest: &str| {
        let a = Case::all_met().with("edge/cdn", judgement).policy(exception("waive", "edge/cdn", rest)).assess();
        assert_eq!(a.verdict, Decision::Go);
        assert!(answer(&a, "edge/cdn").accepted.is_none());
        policy_notes(&a)[0].to_owned()
    };
    assert_eq!(unused(met(), ""), "the waiver of edge/cdn by ops is not used: the control is met");
    assert_eq!(unused(not_applicable(), ""), "the waiver of edge/cdn by ops is not used: the control is not applicable");
    assert_eq!(
        unused(unmet(), "gap = \"other@api\""),
        "the waiver of edge/cdn (other@api) by ops is not used: the control has no gap of that key"
    );
    assert_eq!(
        unused(unmet(), "scope = \"db\""),
        "the waiver of edge/cdn (at db) by ops is not used: the control has neither gap nor doubt at that subject"
    );
    assert_eq!(
        unused(unknown(), "gap = \"missing@api\""),
        "the waiver of edge/cdn (missing@api) by ops is not used: the control has no gap of that key"
    );
}

#[test]
fn accepting_takes_high_controls_out_of_too_many_open() {
    let ids = [
        "containers/image-build",
        "containers/non-root-user",
        "containers/healthcheck",
        "containers/ports-not-exposed",
        "delivery/ci-pipeline",
        "delivery/ci-runs-tests",
        "delivery/automated-deploy",
        "delivery/rollback",
        "edge/security-headers",
        "edge/cors-restricted",
        "edge/rate-limiting",
    ];
    let case = ids.iter().fold(Case::all_met(), |case, id| case.with(id, unmet()));
    assert_eq!(case.assess().verdict, Decision::NoGo);
    let a = case.policy(exception("waive", ids[3], "")).assess();
    assert_eq!((a.verdict, a.conditions.len()), (Decision::ConditionalGo, 11));
}
