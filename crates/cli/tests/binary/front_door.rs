//! Verbs, options, formats, widths and colours, and what happens when nobody reads on.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use crate::checker::errors;
use crate::systems::{BARE, LIBRARY, SMALL, live_key};
use crate::tree::{Dir, attestations, catalogue, command, run, run_with};

const TODAY: [&str; 2] = ["--today", "2026-11-20"];

#[test]
fn a_path_alone_is_assessed_and_so_is_the_working_directory() {
    let dir = Dir::of(SMALL);
    let asked = dir.run(&["assess", ".", "--today", "2026-11-20"]);
    let bare = dir.run(&[".", "--today", "2026-11-20"]);
    assert_eq!((&bare.out, bare.code), (&asked.out, asked.code));
    let here = run_with(&TODAY, Some(dir.path()), &[]);
    assert_eq!((&here.out, here.code), (&asked.out, asked.code));
}

#[test]
fn asking_for_a_control_filters_what_is_printed_and_not_what_is_judged() {
    let dir = Dir::of(SMALL);
    let all = dir.run(&["assess", ".", "--all", "--today", "2026-11-20"]);
    for asked in ["containers/healthcheck", "containers"] {
        let some = dir.run(&["assess", ".", "--control", asked, "--today", "2026-11-20"]);
        assert_eq!(some.code, all.code);
        assert_eq!(some.out.lines().nth(1), all.out.lines().nth(1), "verdict and score are those of the whole");
        assert!(some.out.contains("containers/healthcheck") && !some.out.contains("delivery/rollback"), "{}", some.out);
        assert_eq!(some.out.contains("containers/restart-policy"), asked == "containers");
    }
    assert!(all.out.contains("delivery/rollback"));
    assert_eq!(dir.assess(&["--control", "containers"]), dir.assess(&[]), "machines get the whole");
}

#[test]
fn renderings_go_to_files_by_their_extension() {
    let dir = Dir::of(SMALL);
    let (json, text) = (dir.path().with_file_name("out.json"), dir.path().with_file_name("out.txt"));
    let names = (json.to_str().expect("text"), text.to_str().expect("text"));
    let run = dir.run(&["assess", ".", "--output", names.0, "--output", names.1, "--color", "always", "--today", "2026-11-20"]);
    assert_eq!(run.code, 11, "{}", run.err);
    let of = |path| std::fs::read_to_string(path).expect("the file is written");
    assert_eq!(of(&json), dir.run(&["assess", ".", "--format", "json", "--today", "2026-11-20"]).out);
    assert_eq!(of(&text), dir.run(&["assess", ".", "--all", "--today", "2026-11-20"]).out, "a file has no colours");
    assert!(run.out.contains('\u{1b}'));
    for bad in ["out.docx", "out", "out.JSON.gz"] {
        let path = dir.path().with_file_name(bad);
        let run = dir.run(&["assess", ".", "--output", path.to_str().expect("text")]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{bad}");
        assert!(run.err.contains(bad) && run.err.contains(".json"), "{}", run.err);
        assert!(!path.exists());
    }
    let nowhere = dir.run(&["assess", ".", "--output", "/no/such/folder/out.json", "--exit-zero"]);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.err.contains("/no/such/folder/out.json"), "{}", nowhere.err);
}

#[test]
fn real_assessments_keep_the_published_contract() {
    let schema: Value = serde_json::from_str(plimsoll_report::SCHEMA).expect("the schema is JSON");
    let conditional = Dir::of(SMALL);
    conditional.write("plimsoll.toml", attestations(&conditional.assess(&[]).0));
    let secret = Dir::of(SMALL);
    secret.write(".env.production", live_key());
    let broken = Dir::of(SMALL);
    broken.write("compose.prod.yml", "services:\n  app: [\n");
    let tracked = Dir::of(SMALL);
    tracked.git(&["init", "-q"]);
    tracked.git(&["add", "."]);
    tracked.git(&["commit", "-q", "-m", "all"]);
    for dir in [Dir::of(SMALL), Dir::of(BARE), Dir::of(LIBRARY), Dir::new(), conditional, secret, broken, tracked] {
        let (assessment, _) = dir.assess(&[]);
        let wrong = errors(&schema, &assessment);
        assert!(wrong.is_empty(), "{}: {wrong:#?}", assessment["verdict"]);
    }
}

#[test]
fn the_catalogue_is_listed_whole_or_in_part() {
    let rows = catalogue();
    assert_eq!(rows.len(), 139);
    let shown = run(&["controls"]);
    assert_eq!(shown.code, 0);
    for row in &rows {
        assert!(shown.out.contains(row["id"].as_str().expect("an id")), "{} is not listed", row["id"]);
    }
    let judged = rows.iter().filter(|r| r["judged"] == true).count();
    assert!(shown.out.contains(&format!("139 controls, of which this version judges {judged}.")), "{}", shown.out);
    let part = run(&["controls", "secrets", "edge/https-tls", "--format", "json"]);
    let part: Vec<Value> = serde_json::from_str(&part.out).expect("JSON");
    assert!(part.iter().all(|r| r["id"] == "edge/https-tls" || r["id"].as_str().is_some_and(|id| id.starts_with("secrets/"))));
    assert_eq!(part.len(), rows.iter().filter(|r| r["id"].as_str().is_some_and(|id| id.starts_with("secrets/"))).count() + 1);
    let wrong = run(&["controls", "secret"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
}

#[test]
fn every_control_can_be_explained() {
    for row in catalogue() {
        let id = row["id"].as_str().expect("an id");
        let page = run(&["explain", id]);
        assert_eq!((page.code, page.err.as_str()), (0, ""), "{id}");
        assert!(page.out.contains(id) && page.out.contains(row["severity"].as_str().expect("a severity")), "{id}: {}", page.out);
        let cannot = page.out.contains("This version cannot judge this control");
        assert_eq!(cannot, row["judged"] == false, "{id}");
        if cannot {
            assert!(page.out.contains("[[attest]]") && page.out.contains(&format!("control = \"{id}\"")), "{id}: how to attest it");
        }
    }
    let wrong = run(&["explain", "containers/helthcheck"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("did you mean `containers/healthcheck`?"), "{}", wrong.err);
}

#[test]
fn the_system_is_drawn_in_three_formats() {
    let dir = Dir::of(SMALL);
    let text = dir.run(&["map", "."]);
    assert_eq!(text.code, 0);
    for word in ["compose.prod.yml", "app", "db", ".github/workflows/ci.yml"] {
        assert!(text.out.contains(word), "{word} is not in\n{}", text.out);
    }
    let mermaid = dir.run(&["map", ".", "--format", "mermaid"]);
    assert_eq!(mermaid.code, 0);
    assert!(mermaid.out.starts_with("flowchart") && mermaid.out.contains("depends_on"), "{}", mermaid.out);
    let json = dir.run(&["map", ".", "--format", "json"]);
    let map: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(map, dir.assess(&[]).0["system"], "the map is the member `system` of the assessment");
    // A map is no verdict: a system that must not be launched is drawn all the same.
    assert_eq!(Dir::of(BARE).run(&["map", "."]).code, 0);
    assert_eq!(Dir::new().run(&["map", "."]).code, 0);
}

#[test]
fn shells_and_manuals_know_every_verb() {
    let verbs = ["assess", "map", "controls", "explain", "self-test", "completions", "man"];
    let bash = run(&["completions", "bash"]);
    assert_eq!(bash.code, 0);
    assert!(bash.out.contains("_plimsoll()") && bash.out.contains("complete -F _plimsoll"), "{}", bash.out);
    let man = run(&["man"]);
    assert_eq!(man.code, 0);
    assert!(man.out.contains(".TH plimsoll 1"), "{}", man.out);
    let help = run(&["--help"]);
    assert_eq!(help.code, 0);
    for verb in verbs {
        assert!(bash.out.contains(verb) && help.out.contains(verb), "{verb}");
        assert!(man.out.replace('\\', "").contains(verb), "{verb}");
    }
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(!run(&["completions", shell]).out.is_empty(), "{shell}");
    }
    assert!(run(&["assess", "--help"]).out.contains("10 NO-GO, 11 UNPROVEN, 12 NOT ASSESSABLE"));
    assert_eq!(run(&["--version"]).out, format!("plimsoll {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn lines_keep_to_the_width_that_is_asked_for() {
    let dir = Dir::of(SMALL);
    let path = dir.path().to_str().expect("text");
    let longest = |columns: &str, args: &[&str]| {
        let shown = run_with(args, None, &[("COLUMNS", columns)]).out;
        // Code in a page is indented, and never folded: it is there to be copied.
        let folded = |l: &&str| args[0] != "explain" || !l.starts_with("      ");
        shown.lines().filter(folded).map(|l| l.chars().count()).max().unwrap_or(0)
    };
    let assess = ["assess", path, "--all", "--arithmetic", "--today", "2026-11-20"];
    for args in [&assess[..], &["map", path], &["controls"], &["explain", "containers/healthcheck"], &["explain", "edge/https-tls"]] {
        assert!(longest("80", args) <= 80, "{args:?} at 80");
        let wide = longest("120", args);
        assert!(wide <= 120, "{args:?} at 120");
        assert!(longest("400", args) <= 120, "{args:?}: no line is longer than 120");
    }
    assert!(longest("120", &["assess", path, "--all", "--today", "2026-11-20"]) > 80, "the room is used");
    let unset = dir.run(&["assess", ".", "--all", "--today", "2026-11-20"]).out;
    assert_eq!(unset, run_with(&["assess", path, "--all", "--today", "2026-11-20"], None, &[("COLUMNS", "80")]).out);
    assert_eq!(unset, run_with(&["assess", path, "--all", "--today", "2026-11-20"], None, &[("COLUMNS", "wide")]).out);
}

#[test]
fn colour_follows_the_conventions_and_is_never_alone() {
    let dir = Dir::of(SMALL);
    let path = dir.path().to_str().expect("text");
    let shown = |more: &[&str], variables: &[(&str, &str)]| {
        run_with(&[&["assess", path, "--all", "--today", "2026-11-20"], more].concat(), None, variables).out
    };
    let plain = shown(&[], &[]);
    assert!(!plain.contains('\u{1b}'), "no colour into a pipe");
    let forced = shown(&[], &[("CLICOLOR_FORCE", "1")]);
    assert!(forced.contains('\u{1b}'));
    assert_eq!(shown(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), plain);
    assert_eq!(shown(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]), plain);
    let always = shown(&["--color", "always"], &[("NO_COLOR", "1")]);
    assert_eq!(always, forced, "who asks for it gets it");
    let sequences = regex::Regex::new("\u{1b}\\[[0-9;]*m").expect("a pattern");
    assert_eq!(sequences.replace_all(&always, ""), plain, "colour adds nothing that the words do not say");
    let ascii = shown(&["--ascii"], &[]);
    assert!(!ascii.contains(['✓', '✗', '→', '·', '…']), "{ascii}");
    // What machines read is the same with and without.
    let json = |variables: &[(&str, &str)]| {
        run_with(&["assess", path, "--format", "json", "--color", "always", "--today", "2026-11-20"], None, variables).out
    };
    assert_eq!(json(&[]), dir.run(&["assess", ".", "--format", "json", "--today", "2026-11-20"]).out);
}

/// Runs with a standard output that nobody reads.
fn unread(args: &[&str]) -> (i32, String) {
    let mut child = command(args, None, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().expect("standard error").read_to_string(&mut err).expect("text");
    (child.wait().expect("it ends").code().unwrap_or(-1), err)
}

#[test]
fn a_reader_who_has_seen_enough_changes_no_verdict_and_is_no_error() {
    let (bad, unproven) = (Dir::of(BARE), Dir::of(SMALL));
    bad.write(".env", live_key());
    let path = |dir: &Dir| dir.path().to_str().expect("text").to_owned();
    for format in ["terminal", "json"] {
        assert_eq!(unread(&["assess", &path(&bad), "--format", format, "--all"]), (10, String::new()), "`assess | head` must not pass");
        assert_eq!(unread(&["assess", &path(&unproven), "--format", format, "--all"]), (11, String::new()));
    }
    assert_eq!(unread(&["assess", "/no/such/folder"]).0, 2);
    for args in [
        &["map", &path(&bad)][..],
        &["controls"],
        &["explain", "containers/healthcheck"],
        &["self-test"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
    ] {
        assert_eq!(unread(args), (0, String::new()), "{args:?}");
    }
}

/// A verdict that could not be written was not given.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_of_its_own_and_no_option_hides_it() {
    let dir = Dir::of(SMALL);
    let path = dir.path().to_str().expect("text");
    for args in [
        &["assess", path, "--exit-zero"][..],
        &["assess", path, "--format", "json"],
        &["map", path],
        &["self-test"],
        &["completions", "bash"],
        &["man"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
        let run = command(args, None, &[]).stdout(full).output().expect("the binary runs");
        assert_eq!(run.status.code(), Some(70), "{args:?}");
        assert!(String::from_utf8_lossy(&run.stderr).contains("standard output cannot be written"), "{args:?}");
    }
}
