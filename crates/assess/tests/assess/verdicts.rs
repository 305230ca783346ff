//! Section "verdict": the first rule that matches wins.

use plimsoll_base::{CATALOGUE, Decision, Severity, Tier};

use crate::fixture::*;

#[test]
fn everything_met_is_go() {
    let a = Case::all_met().assess();
    assert_eq!(a.verdict, Decision::Go);
    assert!(a.blockers.is_empty() && a.conditions.is_empty());
}

#[test]
fn open_controls_below_high_leave_go() {
    let a = Case::all_met().every(|c| c.severity <= Severity::Medium, unmet).assess();
    assert_eq!(a.verdict, Decision::Go);
}

#[test]
fn an_unmet_blocker_is_no_go_and_its_single_gap_is_named() {
    let a = Case::all_met().with("edge/https-tls", unmet()).assess();
    assert_eq!(a.verdict, Decision::NoGo);
    assert_eq!(
        (a.blockers[0].control.as_str(), a.blockers[0].gap.as_deref(), a.blockers[0].why.as_str()),
        ("edge/https-tls", Some("missing@api"), "it is missing")
    );
    let two = Case::all_met().with("edge/https-tls", unmet_by(vec![gap("missing", "a"), gap("missing", "b")])).assess();
    assert_eq!(two.blockers[0].gap, None);
}

#[test]
fn a_critical_gap_stops_although_the_control_is_partial() {
    let half = partial_by(vec![gap("dormant", "api"), critical(gap("role-from-request", "api"))]);
    let a = Case::all_met().with("identity/no-auth-bypass", half).assess();
    assert_eq!(a.verdict, Decision::NoGo);
    assert_eq!((a.blockers[0].gap.as_deref(), a.blockers[0].why.as_str()), (Some("role-from-request@api"), "api lacks it"));
}

#[test]
fn a_critical_gap_of_a_control_that_does_not_block_is_a_condition() {
    let a = Case::all_met().with("application/xss-safe", partial_by(vec![critical(gap("x", "api"))])).assess();
    assert_eq!((a.verdict, conditions(&a)), (Decision::ConditionalGo, vec!["application/xss-safe"]));
}

#[test]
fn a_partial_blocker_without_a_critical_gap_is_a_condition() {
    let a = Case::all_met().with("recovery/automated-backups", partial()).assess();
    assert_eq!((a.verdict, conditions(&a)), (Decision::ConditionalGo, vec!["recovery/automated-backups"]));
}

#[test]
fn an_unknown_blocker_is_unproven() {
    let a = Case::all_met().with("edge/https-tls", unknown()).assess();
    assert_eq!((a.verdict, blockers(&a)), (Decision::Unproven, vec!["edge/https-tls"]));
    assert_eq!(a.blockers[0].why, "not shown: the edge is not described");
}

#[test]
fn a_high_control_that_is_partial_unmet_or_unknown_is_a_condition() {
    for judgement in [partial(), unmet(), unknown()] {
        for id in ["containers/non-root-user", "secrets/secrets-manager"] {
            let a = Case::all_met().with(id, judgement.clone()).assess();
            assert_eq!((a.verdict, conditions(&a)), (Decision::ConditionalGo, vec![id]));
        }
    }
}

#[test]
fn the_eleventh_unmet_high_control_is_too_many() {
    let high: Vec<_> = CATALOGUE.iter().filter(|a| a.severity == Severity::High && a.counts_at(Tier::Production)).map(|a| a.id).collect();
    let spoilt = |n: usize| high[..n].iter().fold(Case::all_met(), |case, id| case.with(id, unmet())).assess();
    assert_eq!((spoilt(10).verdict, spoilt(10).conditions.len()), (Decision::ConditionalGo, 10));
    let a = spoilt(11);
    assert_eq!((a.verdict, blockers(&a)), (Decision::NoGo, vec!["rule/too-many-open"]));
    assert_eq!(a.blockers[0].why, "11 controls of high or critical severity are unmet, more than 10");
    let unknowns = high[..30].iter().fold(Case::all_met(), |case, id| case.with(id, unknown())).assess();
    assert_eq!(unknowns.verdict, Decision::ConditionalGo, "what is unknown is not unmet");
}

#[test]
fn what_stops_comes_before_what_is_not_shown_and_critical_before_high() {
    let a = Case::all_met()
        .tier(Tier::Critical)
        .with("containers/non-root-user", unmet())
        .with("secrets/no-hardcoded-secrets", unknown())
        .with("observability/alerting", unmet())
        .assess();
    assert_eq!(blockers(&a), ["observability/alerting", "containers/non-root-user", "secrets/no-hardcoded-secrets"]);
    assert_eq!(a.verdict, Decision::NoGo);
}

#[test]
fn the_tier_decides_what_blocks_and_what_counts() {
    let spoilt = || Case::all_met().with("edge/https-tls", unmet()).with("containers/non-root-user", unmet());
    let verdict = |tier| spoilt().tier(tier).assess().verdict;
    assert_eq!(verdict(Tier::Prototype), Decision::Go);
    assert_eq!(verdict(Tier::Internal), Decision::ConditionalGo);
    assert_eq!(verdict(Tier::Production), Decision::NoGo);
    let critical = spoilt().tier(Tier::Critical).assess();
    assert_eq!(blockers(&critical), ["edge/https-tls", "containers/non-root-user"]);
    let prototype = spoilt().tier(Tier::Prototype).assess();
    assert!(!answer(&prototype, "edge/https-tls").counted);
    for id in ["secrets/no-hardcoded-secrets", "secrets/no-default-credentials", "identity/no-auth-bypass", "data/not-publicly-reachable"] {
        assert_eq!(Case::all_met().tier(Tier::Prototype).with(id, unmet()).assess().verdict, Decision::NoGo, "{id}");
    }
}

#[test]
fn the_flag_goes_before_the_policy_and_the_policy_before_production() {
    let chosen = |case: Case| {
        let tier = case.assess().tier;
        (tier.name, tier.source)
    };
    assert_eq!(chosen(Case::all_met()), (Tier::Production, "default"));
    let policy = Case::all_met().policy("tier = \"internal\"");
    assert_eq!(chosen(policy.clone()), (Tier::Internal, "config"));
    assert_eq!(chosen(policy.tier(Tier::Critical)), (Tier::Critical, "flag"));
}

#[test]
fn a_tier_below_what_was_found_is_a_condition() {
    let mut case = Case::all_met().policy("tier = \"internal\"\ntier_reason = \"a pilot\"");
    case.floor = Tier::Production;
    let a = case.assess();
    assert_eq!((a.verdict, conditions(&a)), (Decision::ConditionalGo, vec!["policy"]));
    assert_eq!(
        a.conditions[0].why,
        "assessed as internal, but what was found asks for production: takes payments (the stated reason: a pilot)"
    );
    case.floor = Tier::Internal;
    assert_eq!(case.assess().verdict, Decision::Go);
}

#[test]
fn nothing_that_runs_is_not_assessable_and_only_its_own_areas_count() {
    let mut case = Case::all_met().with("edge/https-tls", unmet()).with("testing/unit-tests", unmet());
    case.assessable = false;
    let a = case.assess();
    assert_eq!(a.verdict, Decision::NotAssessable);
    assert!(a.blockers.is_empty() && a.conditions.is_empty());
    let areas: Vec<_> = a.areas.iter().map(|x| x.id.as_str()).collect();
    assert_eq!(areas, ["delivery", "supply-chain", "testing", "quality", "governance"]);
    let counted: Vec<_> = a.controls.iter().filter(|c| c.counted && c.id.starts_with("delivery/")).map(|c| c.id.as_str()).collect();
    assert_eq!(counted, ["delivery/versioning-and-changelog"]);
    assert!(a.arithmetic.left_out.contains(&("edge/https-tls".into(), "nothing here runs as a service".into())));
    assert!(a.score.floor > 50 && a.score.floor < 100);
}

#[test]
fn an_unjudged_control_is_unknown_listed_and_keeps_the_verdict_at_unproven() {
    let a = Case::all_met().without("recovery/automated-backups").assess();
    assert_eq!((a.verdict, a.not_judged.as_slice()), (Decision::Unproven, ["recovery/automated-backups".to_owned()].as_slice()));
    let answer = answer(&a, "recovery/automated-backups");
    assert_eq!((answer.verdict.as_str(), answer.questions[0].missing.as_str()), ("unknown", "this version cannot judge it"));
    assert_eq!(a.controls.len(), CATALOGUE.len());
}

#[test]
fn an_error_makes_its_control_unknown_and_hides_nothing_else() {
    let a = Case::all_met().failing("edge/https-tls", "index out of bounds").with("observability/alerting", unmet()).assess();
    assert_eq!((a.verdict, blockers(&a)), (Decision::NoGo, vec!["observability/alerting", "edge/https-tls"]));
    assert!(a.problems.iter().any(|p| p.says == "edge/https-tls failed and counts as unknown: index out of bounds"));
    assert!(a.not_judged.is_empty());
}

#[test]
fn a_verdict_that_rests_on_nothing_is_an_error() {
    for empty in [unmet_by(vec![]), partial_by(vec![])] {
        let a = Case::all_met().with("edge/https-tls", empty).assess();
        assert_eq!((a.verdict, answer(&a, "edge/https-tls").verdict.as_str()), (Decision::Unproven, "unknown"));
        assert!(a.problems.iter().any(|p| p.says.ends_with("a verdict without a gap")));
    }
}

#[test]
fn no_control_blocks_below_the_tier_at_which_it_counts() {
    for about in CATALOGUE {
        assert!(about.blocks_from.is_none_or(|from| from >= about.expected_from), "{}", about.id);
    }
}
