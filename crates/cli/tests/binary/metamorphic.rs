//! Changes that must not matter do not, and changes for the worse never look better.

use serde_json::Value;

use crate::systems::SMALL;
use crate::tree::Dir;

/// Every control with its verdict.
fn verdicts(assessment: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    assessment["controls"].as_array().expect("controls").iter().map(|c| (text(&c["id"]), text(&c["verdict"]))).collect()
}

fn rank(verdict: &Value) -> u8 {
    match verdict.as_str() {
        Some("go") => 3,
        Some("conditional-go") => 2,
        Some("unproven") => 1,
        _ => 0,
    }
}

#[test]
fn the_same_tree_gives_the_same_bytes_with_one_and_with_eight_threads() {
    let dir = Dir::of(SMALL);
    for format in ["json", "terminal"] {
        let one = dir.run(&["assess", ".", "--format", format, "--all", "--today", "2026-11-20", "--threads", "1"]);
        let again = dir.run(&["assess", ".", "--format", format, "--all", "--today", "2026-11-20", "--threads", "8"]);
        assert!(!one.out.is_empty());
        assert_eq!(one.out, again.out, "{format}");
    }
}

#[test]
fn unrelated_additions_change_no_verdict() {
    let (before, _) = Dir::of(SMALL).assess(&[]);
    let additions: &[(&str, &str)] = &[
        ("notes/README.md", "# Notes\n\nNothing about the shop; rate limiting, backups and TLS are all done ✅\n"),
        ("unused.py", "import sentry_sdk\nimport slowapi\n"),
        ("assets/logo.svg", "<svg/>\n"),
    ];
    for addition in additions {
        let dir = Dir::of(SMALL);
        dir.write(addition.0, addition.1);
        let (after, _) = dir.assess(&[]);
        assert_eq!(verdicts(&before), verdicts(&after), "after adding {}", addition.0);
    }
}

#[test]
fn renaming_a_file_that_nothing_references_changes_no_verdict() {
    let text = "print('a helper')\n";
    let with = |name: &str| {
        let dir = Dir::of(SMALL);
        dir.write(name, text);
        verdicts(&dir.assess(&[]).0)
    };
    assert_eq!(with("helper.py"), with("assistant.py"));
}

/// Invariant 3: whatever place a met or partial verdict cites, losing its file never raises floor, grade or verdict.
#[test]
fn removing_cited_support_never_raises_the_result() {
    let (before, _) = Dir::of(SMALL).assess(&[]);
    let grade = |v: &Value| v["score"]["grade"].as_str().unwrap_or("?").replace("A+", "@");
    let mut cited: Vec<String> = Vec::new();
    for control in before["controls"].as_array().expect("controls") {
        if control["verdict"] == "met" || control["verdict"] == "partial" {
            let places = control["evidence"].as_array().expect("evidence").iter();
            cited.extend(places.filter_map(|e| e["path"].as_str().map(str::to_owned)));
        }
    }
    cited.sort();
    cited.dedup();
    assert!(!cited.is_empty());
    for path in cited {
        // Without its only image or its Compose file the system is another one, and is judged as another one.
        if matches!(path.as_str(), "compose.prod.yml" | "Dockerfile") {
            continue;
        }
        let rest: Vec<(&str, &str)> = SMALL.iter().filter(|(p, _)| *p != path).copied().collect();
        let (after, _) = Dir::of(&rest).assess(&[]);
        assert!(after["score"]["floor"].as_u64() <= before["score"]["floor"].as_u64(), "floor rose without {path}");
        assert!(rank(&after["verdict"]) <= rank(&before["verdict"]), "verdict rose without {path}");
        assert!(grade(&after) >= grade(&before), "grade rose without {path}");
    }
}

#[test]
fn a_real_assessment_keeps_to_the_schema_of_its_version() {
    let (assessment, _) = Dir::of(SMALL).assess(&[]);
    assert_eq!(assessment["schema_version"], 1);
    for key in
        ["tool", "subject", "tier", "verdict", "blockers", "conditions", "score", "areas", "controls", "not_judged", "system", "problems"]
    {
        assert!(!assessment[key].is_null(), "{key} is missing");
    }
    assert_eq!(assessment["controls"].as_array().map(Vec::len), Some(139));
    for control in assessment["controls"].as_array().expect("controls") {
        let list = |key: &str| control[key].as_array().map_or(0, Vec::len);
        match control["verdict"].as_str() {
            Some("met" | "not-applicable") => assert!(list("evidence") > 0, "{} lacks proof", control["id"]),
            Some("partial") => assert!(list("evidence") > 0 && list("gaps") > 0, "{} lacks proof or gap", control["id"]),
            Some("unmet") => assert!(list("gaps") > 0, "{} lacks a gap", control["id"]),
            Some("unknown") => assert!(list("questions") > 0, "{} lacks a question", control["id"]),
            other => panic!("{}: {other:?}", control["id"]),
        }
        let mut keys: Vec<&str> = control["gaps"].as_array().expect("gaps").iter().filter_map(|g| g["key"].as_str()).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "{}: two gaps share a key", control["id"]);
    }
}
