//! Hostile and broken input: a listed problem, a clear error or the finding; never a crash, a hang or a false met.

use std::fs::File;

use crate::systems::SMALL;
use crate::tree::{Dir, Run, control, run};

/// The codes of a verdict.
const VERDICTS: [i32; 4] = [0, 10, 11, 12];

fn assessed(dir: &Dir) -> Run {
    let run = dir.run(&["assess", ".", "--all", "--today", "2026-11-20"]);
    assert!(VERDICTS.contains(&run.code), "exit {}: {}", run.code, run.err);
    run
}

fn problems(dir: &Dir) -> Vec<String> {
    let (assessment, _) = dir.assess(&[]);
    let list = assessment["problems"].as_array().expect("problems");
    list.iter().map(|p| format!("{}: {}", p["path"].as_str().unwrap_or_default(), p["says"].as_str().unwrap_or_default())).collect()
}

#[test]
fn deep_nesting_in_every_format_is_a_listed_problem() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(20_000), close.repeat(20_000));
    let files: Vec<(&str, String)> = vec![
        ("compose.yml", format!("services: {}", deep("[", "]"))),
        (".github/workflows/ci.yml", format!("on: {}", deep("{a: ", "}"))),
        ("package.json", deep("[", "]")),
        ("pyproject.toml", format!("a = {}", deep("[", "]"))),
        ("pom.xml", deep("<a>", "</a>")),
        ("main.tf", format!("a = {}", deep("[", "]"))),
        ("Dockerfile", format!("FROM node:22\nRUN {}\n", deep("(", ")"))),
        (".env", format!("A={}", deep("{", "}"))),
        ("README.md", deep("> ", "")),
        ("Makefile", format!("all:\n\techo {}\n", deep("$(", ")"))),
        ("docker-compose.dev.yml", "- ".repeat(20_000)),
        ("src/app.py", deep("(", ")")),
        ("src/app.ts", deep("[", "]")),
    ];
    let dir = Dir::new();
    for (path, text) in &files {
        dir.write(path, text);
    }
    assessed(&dir);
    let problems = problems(&dir).join("\n");
    for path in ["compose.yml", ".github/workflows/ci.yml", "package.json", "pyproject.toml", "main.tf"] {
        assert!(problems.contains(&format!("{path}:")), "{path} is not among the problems:\n{problems}");
    }
}

#[test]
fn terraform_that_never_ends_is_bounded_and_listed() {
    let dir = Dir::of(SMALL);
    let doubled: String = (1..60).map(|i| format!("  d{i} = [local.d{}, local.d{}]\n", i - 1, i - 1)).collect();
    let open = "[".repeat(20_000);
    dir.write(
        "infra/main.tf",
        format!(
            "locals {{\n  d0 = [1, 2]\n  self = local.self\n{doubled}}}\nmodule \"round\" {{ source = \"./round\" }}\nmodule \"gone\" {{ source = \"./gone\" }}\nresource \"aws_instance\" \"many\" {{\n  count = 1000000\n  tags = local.d59\n  ami = local.self\n}}\n"
        ),
    );
    dir.write("infra/round/main.tf", "module \"back\" { source = \"../round\" }\n");
    dir.write("infra/deep.tf", format!("locals {{\n  deep = {open}\n}}\n"));
    // A plan as Terraform writes it is a zip archive.
    dir.write("infra/plan.json", [b"PK\x03\x04\x14\0\x08\0".as_slice(), &[0; 64]].concat());
    dir.write("infra/plan.tf", b"PK\x03\x04\x14\xff\xfe\x08 tfplan".as_slice());
    assessed(&dir);
    let problems = problems(&dir).join("\n");
    for told in ["leads back to itself", "`./gone`", "count = 1000000", "infra/deep.tf:", "infra/plan.json:", "infra/plan.tf:"] {
        assert!(problems.contains(told), "{told} is not among the problems:\n{problems}");
    }
}

#[test]
fn an_alias_bomb_is_bounded_and_listed() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        bomb += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "));
    }
    let dir = Dir::of(SMALL);
    dir.write("compose.override.yml", format!("{bomb}services: {{}}\n"));
    assessed(&dir);
    assert!(problems(&dir).iter().any(|p| p.starts_with("compose.override.yml")), "the bomb is not listed");
}

#[test]
fn a_huge_sparse_file_is_skipped_with_its_reason() {
    let dir = Dir::of(SMALL);
    let file = File::create(dir.path().join("dump.yml")).expect("a file");
    file.set_len(1 << 30).expect("a sparse file");
    assessed(&dir);
    assert!(problems(&dir).iter().any(|p| p.starts_with("dump.yml: ")), "the huge file is not listed");
}

#[test]
fn nul_bytes_are_a_listed_problem_and_no_evidence() {
    let dir = Dir::of(SMALL);
    dir.write("compose.prod.yml", b"services:\0\n  app:\n    build: .\n");
    assessed(&dir);
    assert!(problems(&dir).iter().any(|p| p.starts_with("compose.prod.yml: ")));
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_and_escape_sequences_are_shown_harmlessly() {
    use std::os::unix::ffi::OsStrExt as _;
    let dir = Dir::of(SMALL);
    let name = std::ffi::OsStr::from_bytes(b"b\xFFd.yml");
    std::fs::write(dir.path().join(name), "a: [").expect("a file");
    dir.write("\u{1b}[31mred.yml", "a: [");
    dir.write("compose.prod.yml", "services:\n  \"a\\e[2Jb\":\n    image: \"x\\e]0;title\\a\"\n    build: .\n");
    let shown = assessed(&dir);
    assert!(!shown.out.contains('\u{1b}'), "an escape sequence of the tree reached the terminal");
    assert!(!shown.err.contains('\u{1b}'));
    let map = dir.run(&["map", ".", "--format", "mermaid"]);
    assert!(!map.out.contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn a_link_to_the_root_of_the_machine_is_not_followed() {
    let dir = Dir::of(SMALL);
    std::os::unix::fs::symlink("/", dir.path().join("everything")).expect("a link");
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("compose.override.yml")).expect("a link");
    let shown = assessed(&dir);
    assert!(!shown.out.contains("root:x:0"));
    let problems = problems(&dir);
    assert!(problems.iter().any(|p| p.starts_with("everything: ") && p.contains("link")), "{problems:?}");
    assert!(problems.iter().any(|p| p.starts_with("compose.override.yml: ") && p.contains("link")), "{problems:?}");
}

#[test]
fn a_hostile_ignore_file_hides_nothing() {
    let (before, _) = Dir::of(SMALL).assess(&[]);
    let dir = Dir::of(SMALL);
    for name in [".ignore", ".rgignore", ".fdignore"] {
        dir.write(name, "*\n");
    }
    let (after, _) = dir.assess(&[]);
    let verdicts = |v: &serde_json::Value| -> Vec<String> {
        v["controls"].as_array().into_iter().flatten().map(|c| c["verdict"].to_string()).collect()
    };
    assert_eq!(verdicts(&before), verdicts(&after));
}

#[test]
fn a_tracked_secret_that_an_ignore_file_hides_is_found() {
    let dir = Dir::of(SMALL);
    dir.write(".env.production", format!("STRIPE_SECRET_KEY=sk_{}_{}\n", "live", "4eC39HqLyjWDarjtT1zdp7dcWkQm82Xs"));
    dir.git(&["init", "-q"]);
    dir.git(&["add", "-f", "."]);
    dir.git(&["commit", "-q", "-m", "all"]);
    dir.write(".gitignore", ".env*\n");
    dir.write(".ignore", ".env*\n");
    let (assessment, code) = dir.assess(&[]);
    assert_eq!(code, 10);
    let secrets = control(&assessment, "secrets/no-hardcoded-secrets");
    assert_eq!(secrets["verdict"], "unmet");
    assert!(secrets["gaps"].to_string().contains(".env.production"));
    assert!(!assessment.to_string().contains("jWDarjtT1zdp7dc"), "the value is shown");
    assert_eq!(assessment["score"]["grade"], "F");
}

#[test]
fn a_secret_that_git_ignores_and_does_not_track_is_not_part_of_the_tree() {
    let dir = Dir::of(SMALL);
    dir.write(".env", format!("STRIPE_SECRET_KEY=sk_{}_{}\n", "live", "4eC39HqLyjWDarjtT1zdp7dcWkQm82Xs"));
    dir.git(&["init", "-q"]);
    dir.git(&["add", "."]);
    dir.git(&["commit", "-q", "-m", "all"]);
    let (assessment, _) = dir.assess(&[]);
    assert!(!control(&assessment, "secrets/no-hardcoded-secrets")["gaps"].to_string().contains(".env:"));
    assert_eq!(assessment["subject"]["dirty"], false);
    assert_eq!(assessment["subject"]["revision"].as_str().map(str::len), Some(40));
}

#[test]
fn a_missing_path_a_file_and_a_bad_option_are_usage_errors_that_say_what_to_do() {
    let missing = run(&["assess", "no-such-folder-here"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("no-such-folder-here"), "{}", missing.err);
    let dir = Dir::of(SMALL);
    let file = run(&["assess", dir.path().join("Dockerfile").to_str().expect("text")]);
    assert_eq!(file.code, 2);
    assert!(file.err.contains("folder"), "{}", file.err);
    assert_eq!(dir.run(&["assess", ".", "--tier", "huge"]).code, 2);
    assert_eq!(dir.run(&["assess", ".", "--no-such"]).code, 2);
    let wrong = dir.run(&["assess", ".", "--control", "containers/nonroot-user"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("containers/non-root-user"), "{}", wrong.err);
}

#[test]
fn an_empty_folder_is_not_assessable() {
    let (assessment, code) = Dir::new().assess(&[]);
    assert_eq!(code, 12);
    assert_eq!(assessment["verdict"], "not-assessable");
}

/// A broken file must not read as an absent one: nothing that it might hold is called missing or fine.
#[test]
fn a_compose_file_that_cannot_be_read_gives_no_met_on_what_it_would_decide() {
    let dir = Dir::of(SMALL);
    dir.write("compose.prod.yml", "services:\n  app:\n    build: [unclosed\n  db: {\n");
    let (assessment, _) = dir.assess(&[]);
    assert!(problems(&dir).iter().any(|p| p.starts_with("compose.prod.yml: ")));
    assert_ne!(assessment["verdict"], "go");
}
