use super::*;

const FULL: &str = r#"name = "shop"
tier = "critical"
tier_reason = "payments"

[production]
deployment = ["compose.yml", "compose.prod.yml"]

[evidence]
exclude = ["examples/**"]

[[attest]]
control = "edge/https-tls"
owner = "ops"
reason = "the load balancer does it"
evidence = "https://example.org/edge"
expires = 2027-03-31

[[waive]]
control = "recovery/restore-tested"
gap = "never-restored@db"
owner = "ops"
reason = "next quarter"
expires = "2027-01-15"
"#;

fn faults(text: &str) -> Vec<String> {
    let error = Policy::parse(text).expect_err("a fault");
    error.to_string().lines().map(str::to_owned).collect()
}

fn waive(rest: &str) -> String {
    format!("[[waive]]\ncontrol = \"edge/https-tls\"\nowner = \"a\"\nreason = \"b\"\nexpires = 2027-01-01\n{rest}\n")
}

#[test]
fn reads_everything_in_the_order_of_the_file() {
    let p = Policy::parse(FULL).expect("a policy");
    assert_eq!((p.name.as_deref(), p.tier, p.tier_reason.as_deref()), (Some("shop"), Some(Tier::Critical), Some("payments")));
    assert_eq!(p.deployment, Some(Deployment::Files(vec!["compose.yml".into(), "compose.prod.yml".into()])));
    assert_eq!(p.exclude, ["examples/**"]);
    let shape: Vec<_> = p.exceptions.iter().map(|e| (e.kind, e.control, e.cover.clone(), e.expires.to_string(), e.line)).collect();
    assert_eq!(
        shape,
        [
            (Kind::Attest, "edge/https-tls", Cover::Control, "2027-03-31".to_owned(), 11),
            (Kind::Waive, "recovery/restore-tested", Cover::Gap("never-restored@db".into()), "2027-01-15".to_owned(), 18),
        ]
    );
    assert_eq!(p.exceptions[0].evidence.as_deref(), Some("https://example.org/edge"));
}

#[test]
fn an_empty_file_decides_nothing_but_has_a_hash() {
    let p = Policy::parse("").expect("a policy");
    assert_eq!(p.hash.as_deref(), Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    assert_eq!(Policy { hash: None, ..p }, Policy::default());
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_and_its_place() {
    assert_eq!(faults("\nteir = \"internal\"\n"), ["plimsoll.toml:2:1: unknown key `teir` in the file; did you mean `tier`?"]);
    assert_eq!(faults("[evidence]\nexlude = []\n"), ["plimsoll.toml:2:1: unknown key `exlude` in [evidence]; did you mean `exclude`?"]);
    assert_eq!(faults(&waive("expiry = 2027-01-01")), ["plimsoll.toml:6:1: unknown key `expiry` in [[waive]]; did you mean `expires`?"]);
    assert_eq!(faults("[production]\nzebra = 1\n"), ["plimsoll.toml:2:1: unknown key `zebra` in [production]; known: deployment"]);
}

#[test]
fn a_missing_expiry_a_bad_day_and_empty_words_are_told_at_once() {
    let text = "[[waive]]\ncontrol = \"edge/https-tls\"\nowner = \" \"\nreason = \"x\"\n\n[[attest]]\ncontrol = \"edge/https-tls\"\nowner = \"a\"\nexpires = \"2027-02-29\"\n";
    assert_eq!(
        faults(text),
        [
            "plimsoll.toml:1:1: [[waive]] has no `expires`: nothing is accepted for ever",
            "plimsoll.toml:3:9: `owner` of [[waive]] is empty",
            "plimsoll.toml:6:1: [[attest]] has no `reason`",
            "plimsoll.toml:9:11: `expires` of [[attest]] must be a day that exists, as in 2027-03-31",
        ]
    );
    for bad in ["true", "2027-01-01T00:00:00Z", "12", "\"soon\""] {
        let text = waive("").replace("2027-01-01", bad);
        assert!(faults(&text)[0].contains("`expires`"), "{bad}");
    }
}

#[test]
fn an_unknown_control_or_tier_names_the_nearest() {
    let other = |id: &str| faults(&waive("").replace("edge/https-tls", id));
    assert_eq!(other("egde/https-tls"), ["plimsoll.toml:2:11: unknown control `egde/https-tls`; did you mean `edge/https-tls`?"]);
    assert_eq!(other("https_tls"), ["plimsoll.toml:2:11: unknown control `https_tls`; did you mean `edge/https-tls`?"]);
    assert_eq!(other("xyz"), ["plimsoll.toml:2:11: unknown control `xyz`; `plimsoll controls` lists them"]);
    assert_eq!(faults("tier = \"prod\""), ["plimsoll.toml:1:8: unknown tier `prod` (one of prototype, internal, production, critical)"]);
    assert_eq!(
        faults("tier = \"prodution\"")[0],
        "plimsoll.toml:1:8: unknown tier `prodution`, did you mean `production`? (one of prototype, internal, production, critical)"
    );
}

#[test]
fn a_gap_needs_its_subject_and_excludes_a_scope() {
    assert!(faults(&waive("gap = \"no-schedule\""))[0].contains("kind@subject"));
    assert!(faults(&waive("gap = \"a@b\"\nscope = \"b\""))[0].starts_with("plimsoll.toml:7:9: [[waive]] has both"));
    let p = Policy::parse(&waive("scope = \"db\"")).expect("a policy");
    assert_eq!(p.exceptions[0].cover, Cover::Subject("db".into()));
}

#[test]
fn wrong_types_and_bad_globs_are_faults_and_nothing_panics() {
    for (text, says) in [
        ("waive = 1", "write [[waive]], with two brackets"),
        ("waive = [1]", "[[waive]] must be a table, not a number"),
        ("[waive]\ncontrol = \"x\"", "write [[waive]], with two brackets"),
        ("production = \"x\"", "`production` must be a table"),
        ("tier = 1", "must be a string, not a number"),
        ("[production]\ndeployment = []", "names no file"),
        ("[evidence]\nexclude = \"a\"", "must be a list of strings, not a string"),
        ("[evidence]\nexclude = [\"a[\"]", "is not a glob"),
        ("[evidence]\nexclude = [\"../x\"]", "can match nothing"),
        ("tier = ", "plimsoll.toml:1:"),
        ("tier = \"production\"\ntier = \"internal\"", "plimsoll.toml:2:"),
    ] {
        assert!(faults(text)[0].contains(says), "{text}: {:?}", faults(text));
    }
    let deep = format!("x = {}", "[".repeat(100_000));
    assert!(Policy::parse(&deep).is_err());
}

#[test]
fn columns_count_characters_and_many_faults_are_cut_short() {
    assert!(faults("[[waive]]\nowner = \"é\" # ü\n\"ö\" = 1\n").iter().any(|f| f.starts_with("plimsoll.toml:3:1: unknown key `ö`")));
    let many: String = (0..100).map(|i| format!("zz{i} = 1\n")).collect();
    assert_eq!(faults(&many).len(), 21);
}
