//! `plimsoll.toml`: who answers for what, until when, and what is refused.

use serde_json::Value;

use crate::systems::SMALL;
use crate::tree::{Dir, attestations, control, each, exception};

/// What the policy's reader is told.
fn notes(assessment: &Value) -> Vec<String> {
    let all = assessment["problems"].as_array().expect("problems");
    all.iter()
        .filter(|p| p["path"] == "plimsoll.toml")
        .map(|p| format!("{}: {}", p["line"], p["says"].as_str().unwrap_or_default()))
        .collect()
}

fn with(policy: &str) -> Dir {
    let dir = Dir::of(SMALL);
    dir.write("plimsoll.toml", policy);
    dir
}

/// SMALL with a live password, seen in the production Compose file.
fn with_password(policy: &str) -> Dir {
    let dir = with(policy);
    let compose = SMALL.iter().find(|(path, _)| *path == "compose.prod.yml").expect("the file").1;
    dir.write("compose.prod.yml", compose.replace("${DATABASE_URL:?set it}", "postgresql://app:h7Gk29sLqW@db:5432/app"));
    dir
}

#[test]
fn what_blocks_and_cannot_be_judged_is_attested_until_a_date() {
    let attested = attestations(&Dir::of(SMALL).assess(&[]).0);
    let dir = with(&attested);
    let (assessment, code) = dir.assess(&[]);
    assert_eq!((assessment["verdict"].as_str(), code), (Some("conditional-go"), 0));
    let tls = control(&assessment, "edge/https-tls");
    assert_eq!(tls["accepted"], serde_json::json!({"by": "ops@example.org", "until": "2027-06-30", "why": "it is elsewhere"}));
    assert_eq!(tls["verdict"], "unknown", "an acceptance never makes a control met");
    let conditions = assessment["conditions"].as_array().expect("conditions");
    let why = conditions.iter().find(|c| c["control"] == "edge/https-tls").expect("what is accepted is a condition")["why"].clone();
    assert!(why.as_str().is_some_and(|w| w.contains("attested by ops@example.org until 2027-06-30: it is elsewhere")), "{why}");
    // The day itself still counts; the next one does not.
    assert_eq!(dir.run(&["assess", ".", "--today", "2027-06-30"]).code, 0);
    let late = dir.run(&["assess", ".", "--today", "2027-07-01"]);
    assert_eq!(late.code, 11, "{}", late.out);
    // One that is not attested keeps the whole at UNPROVEN.
    let one_less =
        attested.replacen("[[attest]]", "#", 1).split_once("[[attest]]").map(|(_, rest)| format!("[[attest]]{rest}")).expect("several");
    assert_eq!(with(&one_less).assess(&[]).1, 11);
}

#[test]
fn an_acceptance_that_ends_soon_or_has_ended_is_listed() {
    let dir = with(&exception("waive", "delivery/automated-deploy", "expires = 2026-12-04\n"));
    let on = |today: &str| {
        let run = dir.run(&["assess", ".", "--format", "json", "--today", today]);
        let assessment: Value = serde_json::from_str(&run.out).expect("JSON");
        (notes(&assessment), control(&assessment, "delivery/automated-deploy")["accepted"].is_null())
    };
    let (quiet, open) = on("2026-11-19");
    assert!(quiet.is_empty() && !open, "{quiet:?}");
    let (soon, open) = on("2026-11-20");
    assert!(soon.len() == 1 && soon[0].starts_with("1: ") && soon[0].contains("in 14 days") && !open, "{soon:?}");
    assert!(on("2026-12-03").0[0].contains("tomorrow"));
    assert!(on("2026-12-04").0[0].contains("lapses after today"));
    let (late, open) = on("2026-12-05");
    assert!(late.len() == 1 && late[0].contains("lapsed after 2026-12-04 and no longer applies") && open, "{late:?}");
}

#[test]
fn what_covers_nothing_is_listed() {
    let policy = exception("waive", "delivery/ci-pipeline", "")
        + &exception("attest", "delivery/iac-in-ci", "")
        + &exception("waive", "containers/resource-limits", "scope = \"cache\"")
        + &exception("waive", "containers/resource-limits", "gap = \"no-such@db\"");
    let (assessment, _) = with(&policy).assess(&[]);
    let notes = notes(&assessment);
    for says in [
        "the waiver of delivery/ci-pipeline by ops@example.org is not used: the control is met",
        "the attestation of delivery/iac-in-ci by ops@example.org is not used: the control is not applicable",
        "the waiver of containers/resource-limits (at cache) by ops@example.org is not used: the control has neither gap nor doubt at that subject",
        "the waiver of containers/resource-limits (no-such@db) by ops@example.org is not used: the control has no gap of that key",
    ] {
        assert!(notes.iter().any(|n| n.ends_with(says)), "{says} is not among {notes:#?}");
    }
    assert!(control(&assessment, "delivery/ci-pipeline")["accepted"].is_null());
}

#[test]
fn a_waiver_of_one_subject_or_gap_covers_no_more_than_that() {
    let (before, _) = Dir::of(SMALL).assess(&[]);
    let id = "containers/resource-limits";
    let keys = each(&control(&before, id)["gaps"], "key");
    assert_eq!(keys.len(), 2, "{keys:?}");
    let db = keys.iter().find(|k| k.ends_with("@db")).expect("the gap of db");
    for rest in ["scope = \"db\"".to_owned(), format!("gap = \"{db}\"")] {
        let (assessment, _) = with(&exception("waive", id, &rest)).assess(&[]);
        assert!(control(&assessment, id)["accepted"].is_null(), "the rest is still open");
        let conditions = assessment["conditions"].as_array().expect("conditions");
        let why = conditions.iter().find(|c| c["control"] == id).expect("a condition")["why"].to_string();
        assert!(why.contains("in part waived by ops@example.org"), "{why}");
        assert!(notes(&assessment).is_empty());
    }
    let both = exception("waive", id, "scope = \"db\"") + &exception("waive", id, "scope = \"app\"");
    assert!(!control(&with(&both).assess(&[]).0, id)["accepted"].is_null());
}

#[test]
fn an_attestation_covers_absence_and_never_what_was_seen() {
    // Nothing deploys: that rests on absence, so that somebody can say where it is done.
    let (absent, _) = with(&exception("attest", "delivery/automated-deploy", "")).assess(&[]);
    assert!(!control(&absent, "delivery/automated-deploy")["accepted"].is_null());
    // A password stands in a file: nobody can say that it does not.
    let dir = with_password(&exception("attest", "secrets/no-hardcoded-secrets", ""));
    let (seen, code) = dir.assess(&[]);
    assert_eq!((seen["verdict"].as_str(), code), (Some("no-go"), 10));
    assert!(control(&seen, "secrets/no-hardcoded-secrets")["accepted"].is_null());
    let notes = notes(&seen);
    assert!(notes.len() == 1 && notes[0].contains("it contradicts what was seen at compose.prod.yml:8: "), "{notes:?}");
    assert!(!notes[0].contains("h7Gk29sLqW"));
    // It can be borne, by name and until a date.
    let (borne, code) = with_password(&exception("waive", "secrets/no-hardcoded-secrets", "")).assess(&[]);
    assert_eq!((borne["verdict"].as_str(), code), (Some("unproven"), 11));
    assert!(borne["score"]["caps"].to_string().contains("rule/accepted"));
}

#[test]
fn what_the_policy_means_is_never_guessed() {
    let good = exception("waive", "delivery/automated-deploy", "");
    let cases: &[(String, &[&str])] = &[
        ("name = \"shop\"\ntire = \"critical\"\n".into(), &["plimsoll.toml:2:1: unknown key `tire` in the file; did you mean `tier`?"]),
        ("tier = \"prodution\"\n".into(), &["plimsoll.toml:1:8: unknown tier `prodution`", "did you mean `production`?"]),
        (good.replace("owner", "onwer"), &["plimsoll.toml:3:1: unknown key `onwer`", "did you mean `owner`?", "[[waive]] has no `owner`"]),
        (
            good.replace("automated-deploy", "automatic-deploy"),
            &["plimsoll.toml:2:11: unknown control", "did you mean `delivery/automated-deploy`?"],
        ),
        (good.replace("expires = 2027-06-30\n", ""), &["plimsoll.toml:1:", "[[waive]] has no `expires`: nothing is accepted for ever"]),
        (good.replace("2027-06-30", "\"2027-02-30\""), &["plimsoll.toml:5:11: `expires` of [[waive]] must be a day that exists"]),
        (good.replace("reason = \"it is elsewhere\"", "reason = \" \""), &["`reason` of [[waive]] is empty"]),
        (good.clone() + "gap = \"a@b\"\nscope = \"b\"\n", &["has both `gap` and `scope`"]),
        (good.clone() + "gap = \"absent\"\n", &["is not the key of a gap"]),
        (good.replace("[[waive]]", "[waive]"), &["write [[waive]], with two brackets"]),
        ("tier = \n".into(), &["plimsoll.toml:1:"]),
    ];
    for (policy, said) in cases {
        let run = with(policy).run(&["assess", ".", "--today", "2026-11-20"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{policy}");
        for says in *said {
            assert!(run.err.contains(says), "{policy}\n{says} is not in\n{}", run.err);
        }
    }
    // All faults at once, each with its line.
    let both = with(&format!("tire = 1\n{}", good.replace("automated-deploy", "nothing-like-it"))).run(&["assess", "."]);
    assert!(both.err.contains("plimsoll.toml:1:1: ") && both.err.contains("plimsoll.toml:3:11: "), "{}", both.err);
    // The map is drawn from the same policy, and refuses it as well.
    assert_eq!(with("tire = 1\n").run(&["map", "."]).code, 2);
}

#[test]
fn the_policy_names_the_system_and_leaves_files_out_as_evidence() {
    let (named, _) = with("name = \"webshop\"\n").assess(&[]);
    assert_eq!(named["subject"]["name"], "webshop");
    let (left_out, _) = with("[evidence]\nexclude = [\"tests/**\"]\n").assess(&[]);
    assert_eq!(control(&left_out, "testing/unit-tests")["verdict"], "unmet");
    let problems = left_out["problems"].to_string();
    assert!(problems.contains("tests/test_app.py") && problems.contains("left out as evidence by plimsoll.toml"), "{problems}");
    // Leaving a file out hides nothing that is bad in it.
    let dir = with("[evidence]\nexclude = [\"settings.env\"]\n");
    dir.write("settings.env", crate::systems::live_key());
    assert_eq!(control(&dir.assess(&[]).0, "secrets/no-hardcoded-secrets")["verdict"], "unmet");
}

#[test]
fn the_policy_names_the_deployment_that_is_production() {
    let other = "services:\n  app:\n    build: .\n    environment:\n      APP_KEY: ${APP_KEY}\n";
    let assessed = |policy: &str| {
        let dir = with(policy);
        dir.write("compose.staging.yml", other);
        let (assessment, _) = dir.assess(&[]);
        let list = assessment["system"]["deployments"].as_array().expect("deployments").clone();
        let chosen = list.iter().find(|d| d["assessed"] == true).map(|d| d["name"].to_string()).unwrap_or_default();
        (chosen, notes(&assessment))
    };
    assert_eq!(assessed("").0, "\"compose.prod.yml\"");
    assert_eq!(assessed("[production]\ndeployment = \"compose.staging.yml\"\n").0, "\"compose.staging.yml\"");
    let (_, told) = assessed("[production]\ndeployment = \"compose.live.yml\"\n");
    assert!(
        told.len() == 1 && told[0].contains("no deployment is called `compose.live.yml`") && told[0].contains("compose.prod.yml"),
        "{told:?}"
    );
}
