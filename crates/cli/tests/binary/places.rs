//! Where a tree lies and from where it is asked for: repositories, subfolders, working directories, and a policy that is no plain file.

use crate::systems::SMALL;
use crate::tree::{Dir, run_with};

const JSON: [&str; 4] = ["--format", "json", "--today", "2026-11-20"];

#[test]
fn the_same_tree_gives_the_same_bytes_from_every_working_directory() {
    let dir = Dir::of(SMALL);
    let path = dir.path().to_str().expect("text");
    let (tests, above) = (dir.path().join("tests"), dir.path().parent().expect("a parent"));
    for format in [&JSON[..], &["--all", "--arithmetic", "--today", "2026-11-20"]] {
        let of = |asked: &str, cwd| {
            let run = run_with(&[&["assess", asked], format].concat(), cwd, &[]);
            assert_eq!(run.code, 11, "{}", run.err);
            run.out
        };
        let whole = of(path, None);
        assert!(!whole.contains(above.to_str().expect("text")), "no path of the machine is printed");
        assert_eq!(whole, of(path, Some(std::path::Path::new("/"))));
        assert_eq!(whole, of(".", Some(dir.path())));
        assert_eq!(whole, of("..", Some(&tests)));
        assert_eq!(whole, of("app", Some(above)));
        assert_eq!(whole, of("./app/", Some(above)));
    }
}

#[test]
fn a_folder_that_the_repository_around_it_does_not_track_is_read_without_git() {
    let dir = Dir::new();
    dir.write("notes.md", "# Notes\n");
    dir.write(".gitignore", "shop/\n");
    dir.git(&["init", "-q"]);
    dir.git(&["add", "."]);
    dir.git(&["commit", "-q", "-m", "notes"]);
    for (path, text) in SMALL {
        dir.write(&format!("shop/{path}"), text);
    }
    let shop = dir.path().join("shop");
    let run = run_with(&[&["assess", "."], &JSON[..]].concat(), Some(&shop), &[]);
    let untracked: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(run.code, 11);
    assert!(untracked["subject"]["revision"].is_null() && untracked["subject"]["dirty"].is_null());
    assert_eq!(untracked["subject"]["files"], SMALL.len());
    // The repository itself does not hold it: there, nothing runs.
    let (outer, code) = dir.assess(&[]);
    assert_eq!((outer["subject"]["files"].as_u64(), code), (Some(2), 12));
}

#[test]
fn a_subfolder_of_a_repository_is_judged_by_itself_at_the_revision_of_the_whole() {
    let dir = Dir::new();
    dir.write("README.md", "# Several\n");
    for (path, text) in SMALL {
        dir.write(&format!("shop/{path}"), text);
    }
    dir.git(&["init", "-q"]);
    dir.git(&["add", "."]);
    dir.git(&["commit", "-q", "-m", "all"]);
    let shop = dir.path().join("shop");
    let assess = || {
        let run = run_with(&[&["assess", "."], &JSON[..]].concat(), Some(&shop), &[]);
        serde_json::from_str::<serde_json::Value>(&run.out).expect("JSON")
    };
    let clean = assess();
    assert_eq!((clean["subject"]["name"].as_str(), clean["subject"]["dirty"].as_bool()), (Some("shop"), Some(false)));
    assert_eq!(clean["subject"]["revision"].as_str().map(str::len), Some(40));
    assert_eq!(clean["subject"]["files"], SMALL.len());
    assert!(!clean["controls"].to_string().contains("\"shop/"), "paths are relative to what is assessed");
    dir.write("shop/app.py", "print('changed')\n");
    assert_eq!(assess()["subject"]["dirty"], true);
}

#[test]
fn a_repository_without_commits_is_read_and_has_no_revision() {
    let dir = Dir::of(SMALL);
    let (plain, _) = dir.assess(&[]);
    dir.git(&["init", "-q"]);
    let (nothing_added, code) = dir.assess(&[]);
    assert_eq!(code, 11);
    dir.git(&["add", "."]);
    let (added, _) = dir.assess(&[]);
    for assessment in [nothing_added, added] {
        assert!(assessment["subject"]["revision"].is_null());
        assert_eq!(assessment["subject"]["files"], SMALL.len());
        assert_eq!((&assessment["score"], &assessment["verdict"]), (&plain["score"], &plain["verdict"]));
    }
}

/// A policy that is there and cannot be used ends the run: without it, something else would be judged than was decided.
#[test]
fn a_policy_that_cannot_be_read_is_refused_and_says_why() {
    let refused = |dir: &Dir, why: &str| {
        let run = dir.run(&["assess", ".", "--exit-zero"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{why}");
        assert!(run.err.contains("plimsoll.toml") && run.err.contains(why), "{why} is not in: {}", run.err);
    };
    let folder = Dir::of(SMALL);
    folder.write("plimsoll.toml/more.toml", "");
    refused(&folder, "a folder");
    let text = Dir::of(SMALL);
    text.write("plimsoll.toml", b"name = \"a\xFF\"\n");
    refused(&text, "UTF-8");
    let large = Dir::of(SMALL);
    large.write("plimsoll.toml", "# a comment of some length\n".repeat(80_000));
    refused(&large, "larger than");
    let ignored = Dir::of(SMALL);
    ignored.write(".gitignore", "plimsoll.toml\n");
    ignored.git(&["init", "-q"]);
    ignored.git(&["add", "."]);
    ignored.write("plimsoll.toml", "tier = \"critical\"\n");
    refused(&ignored, "git");
    // Tracked, it is part of the tree whatever the ignore file says.
    ignored.git(&["add", "-f", "plimsoll.toml"]);
    assert_eq!(ignored.assess(&[]).0["tier"]["name"], "critical");
    // Deleted and not yet committed, it is gone.
    std::fs::remove_file(ignored.path().join("plimsoll.toml")).expect("it was there");
    assert_eq!(ignored.assess(&[]).0["tier"]["source"], "default");
}

#[cfg(unix)]
#[test]
fn a_policy_that_is_a_link_or_a_pipe_is_refused() {
    let inside = Dir::of(SMALL);
    inside.write("policy.toml", "tier = \"critical\"\n");
    std::os::unix::fs::symlink("policy.toml", inside.path().join("plimsoll.toml")).expect("a link");
    let outside = Dir::of(SMALL);
    std::os::unix::fs::symlink("/etc/hostname", outside.path().join("plimsoll.toml")).expect("a link");
    for dir in [inside, outside] {
        let run = dir.run(&["assess", "."]);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(run.err.contains("a link to"), "{}", run.err);
    }
    let pipe = Dir::of(SMALL);
    let made = std::process::Command::new("mkfifo").arg(pipe.path().join("plimsoll.toml")).status();
    if made.is_ok_and(|status| status.success()) {
        assert_eq!(pipe.run(&["assess", "."]).code, 2);
    }
}
