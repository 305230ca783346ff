//! The JSON that is written keeps the published contract.

use plimsoll_report::{SCHEMA, json};
use serde_json::{Value, json};

use crate::checker::errors;
use crate::fixtures;
use crate::snapshots::printed;

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn written(assessment: &plimsoll_base::Assessment) -> Value {
    serde_json::from_str(&printed(|out| json::render(assessment, out))).unwrap()
}

#[test]
fn every_assessment_is_valid() {
    for (name, assessment) in fixtures::all() {
        let wrong = errors(&schema(), &written(&assessment));
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

#[test]
fn each_breach_of_the_contract_is_found() {
    let good = written(&fixtures::no_go());
    let breaches = [
        ("/verdict", json!("maybe")),
        ("/schema_version", json!(2)),
        ("/tool/name", json!("other")),
        ("/subject/files", json!(-1)),
        ("/subject/system", json!("")),
        ("/tier/source", json!("guess")),
        ("/score/floor", json!(101)),
        ("/score/coverage", json!(1.5)),
        ("/score/grade", json!("E")),
        ("/blockers/0/control", json!("no area")),
        ("/blockers/0/why", Value::Null),
        ("/controls/0/severity", json!("urgent")),
        ("/controls/0/evidence/0/kind", json!("guessed")),
        ("/controls/0/evidence/0/line", json!(0)),
        ("/controls/0/effort_hours", json!([1])),
        ("/controls/0/accepted", json!({"by": "x", "until": "tomorrow", "why": "y"})),
        ("/system/services/0/at", json!({"path": "x"})),
        ("/problems/0/line", json!("3")),
        ("/not_judged", json!(["a/b", "a/b"])),
    ];
    for (pointer, wrong) in breaches {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} exists")) = wrong;
        assert!(!errors(&schema(), &bad).is_empty(), "{pointer} passes");
    }
}

#[test]
fn nothing_may_be_added_and_nothing_left_out() {
    let good = written(&fixtures::no_go());
    let objects = [
        "",
        "/tool",
        "/subject",
        "/tier",
        "/score",
        "/score/caps/0",
        "/blockers/0",
        "/conditions/0",
        "/areas/0",
        "/controls/0",
        "/controls/0/evidence/0",
    ];
    let more = [
        "/controls/0/subjects/0",
        "/system",
        "/system/deployments/0",
        "/system/services/0",
        "/system/services/0/at",
        "/system/datastores/0",
        "/system/edges/0",
    ];
    let rest = ["/system/pipelines/0", "/system/environments/0", "/problems/0"];
    for pointer in objects.into_iter().chain(more).chain(rest) {
        let names: Vec<String> =
            good.pointer(pointer).and_then(Value::as_object).unwrap_or_else(|| panic!("{pointer} is an object")).keys().cloned().collect();
        let mut bad = good.clone();
        bad.pointer_mut(pointer).unwrap()["surprise"] = json!(1);
        assert!(!errors(&schema(), &bad).is_empty(), "{pointer} takes an unknown member");
        for name in names {
            let mut bad = good.clone();
            bad.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(&name);
            assert!(!errors(&schema(), &bad).is_empty(), "{pointer} does without {name}");
        }
    }
}

#[test]
fn members_come_in_the_order_of_the_contract() {
    let text = printed(|out| json::render(&fixtures::no_go(), out));
    let order = [
        "schema_version",
        "tool",
        "subject",
        "tier",
        "verdict",
        "blockers",
        "conditions",
        "score",
        "areas",
        "controls",
        "not_judged",
        "system",
        "problems",
    ];
    let places: Vec<usize> = order.iter().map(|name| text.find(&format!("\n  \"{name}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn whole_hours_are_written_as_in_the_contract() {
    let text = printed(|out| json::render(&fixtures::no_go(), out));
    assert!(text.contains("\"effort_hours\": [\n        1,\n        4\n      ]"), "{text}");
    assert!(!text.contains("1.0,") && !text.contains("4.0\n"));
}

#[test]
fn the_schema_is_named_by_version_and_not_by_host() {
    let schema = schema();
    assert_eq!(schema["$id"], "urn:plimsoll:schema:assessment:1");
    assert_eq!(schema["properties"]["schema_version"]["const"], 1);
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}
