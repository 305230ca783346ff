//! What a reader sees of one control.

use plimsoll_base::{EvidenceView, Severity};

use crate::fixture::*;

#[test]
fn gaps_have_the_controls_severity_or_one_level_less_unless_their_kind_is_worse() {
    let severities = |id: &str, judgement| {
        let a = Case::all_met().with(id, judgement).assess();
        answer(&a, id).gaps.iter().map(|g| g.severity).collect::<Vec<_>>()
    };
    let gaps = || vec![gap("a", "x"), critical(gap("b", "x")), gap("c", "x").severity(Severity::Low)];
    assert_eq!(severities("edge/rate-limiting", unmet_by(gaps())), [Severity::High, Severity::Critical, Severity::High]);
    assert_eq!(severities("edge/rate-limiting", partial_by(gaps())), [Severity::Medium, Severity::Critical, Severity::Medium]);
}

#[test]
fn effort_is_the_controls_unless_every_gap_states_its_own() {
    let id = "recovery/automated-backups";
    let mut own = gap("a", "x");
    own.effort = Some(plimsoll_base::Effort(1.0, 2.0));
    let hours = |judgement| {
        let a = Case::all_met().with(id, judgement).assess();
        let answer = answer(&a, id);
        (answer.effort_hours, answer.gaps.iter().map(|g| g.effort_hours).collect::<Vec<_>>())
    };
    assert_eq!(hours(unmet_by(vec![own.clone(), gap("b", "x")])), ([4.0, 16.0], vec![[1.0, 2.0], [4.0, 16.0]]));
    assert_eq!(hours(unmet_by(vec![own.clone(), own])).0, [2.0, 4.0]);
    assert_eq!(hours(met()).0, [0.0, 0.0]);
    assert_eq!(hours(unknown()).0, [0.0, 16.0]);
}

#[test]
fn evidence_has_its_place_and_the_policy_names_the_system() {
    let a = Case::all_met().with("edge/cdn", unmet_by(vec![seen_gap("none", "web")])).policy("name = \"shop\"").assess();
    assert_eq!(a.subject.name, "shop");
    let expected = EvidenceView::Seen {
        path: "file1.yml".into(),
        line: Some(12),
        column: Some(1),
        end_line: Some(12),
        says: "it is broken here".into(),
        grade: None,
    };
    assert_eq!(answer(&a, "edge/cdn").gaps[0].evidence, [expected]);
    assert_eq!(answer(&a, "edge/cdn").gaps[0].key, "none@web");
    assert_eq!((answer(&a, "edge/cdn").subjects[0].name.as_str(), answer(&a, "edge/cdn").subjects[0].verdict.as_str()), ("web", "unmet"));
    assert_eq!(answer(&a, "edge/waf-and-ddos").evidence.len(), 1);
    assert_eq!((a.problems.len(), a.problems[0].path.as_str()), (1, "z.yml"));
    assert_eq!((a.schema_version, a.tool.name.as_str()), (1, "plimsoll"));
}
