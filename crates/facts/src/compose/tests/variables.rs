//! Interpolation, `.env`, env files.

use super::*;
use crate::compose::interpolate::{Scope, interpolate, split_outside};

fn resolved(text: &str) -> Option<String> {
    interpolate(text, &Scope::default()).resolved
}

fn with_env(text: &str) -> Option<String> {
    let library = library(&[(".env", "SET=value\nEMPTY=\nCHAIN=${SET}/x\nRAW='${SET}'\n")]);
    interpolate(text, &Scope::of_file(&library, "", ".env")).resolved
}

#[test]
fn every_form_without_values() {
    for (text, expected) in [
        ("plain", Some("plain")),
        ("$$HOME costs $$5", Some("$HOME costs $5")),
        ("${A:-d}", Some("d")),
        ("${A-d}", Some("d")),
        ("${A:-}", Some("")),
        ("${A:+alt}", Some("")),
        ("${A}", None),
        ("$A/b", None),
        ("${A:?must be set}", None),
        ("${A?}", None),
        ("${REG:-ghcr.io/x}/app:${TAG:-latest}", Some("ghcr.io/x/app:latest")),
        ("${A:-${B:-${C:-deep}}}", Some("deep")),
        ("${A:-${B}}", None),
        ("5 $ and $-", Some("5 $ and $-")),
        ("${unclosed", None),
        ("${}", None),
    ] {
        assert_eq!(resolved(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn values_of_the_env_file_win_over_defaults() {
    for (text, expected) in [
        ("${SET:-d}", Some("value")),
        ("${SET}", Some("value")),
        ("$SET", Some("value")),
        ("${SET:?m}", Some("value")),
        ("${SET:+alt}", Some("alt")),
        ("${EMPTY:-d}", Some("d")),
        ("${EMPTY-d}", Some("")),
        ("${EMPTY:?m}", None),
        ("${EMPTY:+alt}", Some("")),
        ("${EMPTY+alt}", Some("alt")),
        ("${CHAIN}", Some("value/x")),
        ("${RAW}", Some("${SET}")),
    ] {
        assert_eq!(with_env(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn hostile_texts_end() {
    let nested = format!("{}x{}", "${A:-".repeat(5_000), "}".repeat(5_000));
    assert_eq!(resolved(&nested), None);
    assert_eq!(resolved(&"${".repeat(50_000)), None);
    let doubling: String = (1..60).map(|i| format!("V{i}=${{V{}}}${{V{}}}\n", i - 1, i - 1)).collect();
    let library = library(&[(".env", &format!("V0=xxxxxxxx\n{doubling}"))]);
    let text = interpolate("${V59}", &Scope::of_file(&library, "", ".env")).resolved;
    assert!(text.is_none_or(|t| t.len() <= 64 * 1024));
}

#[test]
fn a_separator_within_a_variable_parts_nothing() {
    assert_eq!(split_outside("${A:-x:y}:/z:ro", b':', 4), ["${A:-x:y}", "/z", "ro"]);
}

#[test]
fn images_resolve_with_defaults_and_stay_open_without() {
    let project = only(&[(
        "compose.yml",
        "services:\n  a:\n    image: ${REG:-ghcr.io/x}/app:${TAG:-latest}\n  b:\n    image: app:${TAG}\n  c:\n    image: app:${TAG:?}\n",
    )]);
    assert_eq!(image(named(&project, "a")), Some("ghcr.io/x/app:latest"));
    assert!(matches!(named(&project, "b").image, Some(plimsoll_base::Setting::Unresolved(_))));
    assert_eq!(project.required_variables.iter().map(|v| v.value.as_str()).collect::<Vec<_>>(), ["TAG"]);
}

#[test]
fn the_committed_env_file_gives_values_with_their_provenance() {
    let files = [
        (
            "deploy/compose.yml",
            "services:\n  a:\n    image: app:${TAG}\n    environment:\n      - PASSWORD=${PASSWORD:-weak}\n      - TOKEN\n      - OTHER\n",
        ),
        ("deploy/.env", "TAG=1.2\nPASSWORD=hunter2\nTOKEN=t\n"),
    ];
    let project = only(&files);
    let a = named(&project, "a");
    assert_eq!(image(a), Some("app:1.2"));
    assert_eq!(variable(a, "PASSWORD"), "resolved hunter2");
    assert_eq!(variable(a, "TOKEN"), "deploy/.env t");
    assert_eq!(variable(a, "OTHER"), "passed");
    let Some(ValueSource::Interpolated { variables, raw, .. }) = a.environment.iter().find(|v| v.name == "PASSWORD").map(|v| &v.value)
    else {
        panic!()
    };
    assert_eq!(raw, "${PASSWORD:-weak}");
    assert_eq!(variables[0].default.as_deref(), Some("weak"));
    assert_eq!(variables[0].from_file, Some(("deploy/.env".to_owned(), "hunter2".to_owned())));
    assert!(project.required_variables.is_empty());
}

#[test]
fn a_template_is_no_env_file() {
    let project = only(&[("compose.yml", "services:\n  a:\n    image: app:${TAG}\n"), (".env.example", "TAG=1\n")]);
    assert_eq!(project.required_variables.len(), 1);
}

#[test]
fn env_files_give_variables_and_environment_wins() {
    let project = only(&[
        (
            "compose.yml",
            "services:\n  a:\n    image: a\n    env_file:\n      - one.env\n      - path: two.env\n        required: false\n      - path: away.env\n        required: false\n    environment: {A: here}\n  b:\n    image: b\n    env_file: one.env\n",
        ),
        ("one.env", "# X=1\nA=1\nB=1\nC='$A'\nD=$A-d\n"),
        ("two.env", "B=2\n"),
    ]);
    let a = named(&project, "a");
    assert_eq!(variable(a, "A"), "literal here");
    assert_eq!(variable(a, "B"), "two.env 2");
    assert_eq!(variable(a, "C"), "one.env $A");
    assert_eq!(variable(a, "D"), "one.env 1-d");
    assert!(!a.environment.iter().any(|v| v.name == "X"));
    assert_eq!(
        a.env_files.iter().map(|f| (f.path.as_str(), f.exists)).collect::<Vec<_>>(),
        [("one.env", true), ("two.env", true), ("away.env", false)]
    );
    assert_eq!(variable(named(&project, "b"), "B"), "one.env 1");
}

#[test]
fn an_env_file_that_a_command_names_replaces_the_usual_one() {
    let (found, _) = projects(&[
        ("compose.yml", "services:\n  a:\n    image: app:${TAG:-0}\n"),
        (".env", "TAG=1\n"),
        (".env.prod", "TAG=2\n"),
        ("up.sh", "docker compose --env-file .env.prod -f compose.yml up -d\n"),
    ]);
    assert_eq!(image(&found[0].workloads[0]), Some("app:2"));
}

#[test]
fn of_several_env_files_of_a_command_the_later_wins() {
    let (found, _) = projects(&[
        ("compose.prod.yml", "services:\n  a:\n    image: ${NAME}:${TAG}\n"),
        ("base.env", "NAME=acme/a\nTAG=1\n"),
        ("over.env", "TAG=2\n"),
        ("Makefile", "ENV=--env-file base.env --env-file over.env\nup:\n\tdocker compose $(ENV) -f compose.prod.yml up\n"),
    ]);
    assert_eq!(named(&found[0], "a").image.as_ref().and_then(|i| i.known()).map(String::as_str), Some("acme/a:2"));
}
