//! Merge rules, `extends`, `include`, profiles.

use super::*;
use crate::container::{MountSource, Restart};

fn merged(base: &str, over: &str) -> ComposeProject {
    let (found, problems) =
        projects(&[("compose.yml", base), ("compose.prod.yml", over), ("up.sh", "docker compose -f compose.yml -f compose.prod.yml up\n")]);
    assert!(problems.is_empty(), "{problems:?}");
    with_last(&found, "compose.prod.yml").clone()
}

#[test]
fn scalars_and_commands_are_replaced_and_lists_grow() {
    let project = merged(
        "services:\n  web:\n    image: web:1\n    command: [a, b]\n    entrypoint: sh\n    healthcheck:\n      test: [CMD, curl, x]\n      interval: 5s\n    ports: ['5432:5432']\n    expose: ['1']\n    cap_add: [NET_RAW]\n",
        "services:\n  web:\n    image: web:2\n    command: [c]\n    healthcheck:\n      test: [CMD, wget]\n    ports: ['80:80', '5432:5432']\n    expose: ['2']\n    cap_add: [SYS_TIME]\n",
    );
    let web = named(&project, "web");
    assert_eq!(image(web), Some("web:2"));
    assert_eq!(web.command.as_ref().map(|c| c.value.len()), Some(1));
    assert!(web.entrypoint.is_some());
    assert!(matches!(&web.probes[0].test, crate::container::ProbeTest::Command(c) if *c == ["wget"]));
    assert_eq!(web.ports.iter().map(|p| p.says.as_str()).collect::<Vec<_>>(), ["5432:5432", "80:80", "1", "2"]);
    assert_eq!(web.privileges.added.len(), 2);
}

#[test]
fn mappings_merge_by_key_in_either_form() {
    let project = merged(
        "services:\n  web:\n    image: w\n    environment: [A=1, B=2]\n    labels: {x: '1'}\n    build: .\n    depends_on: [db]\n    networks: [front]\n  db:\n    image: d\n  cache:\n    image: c\n",
        "services:\n  web:\n    environment: {B: '3', C: '4'}\n    labels: [x=2, y=3]\n    build:\n      args: [V=1]\n    depends_on:\n      db: {condition: service_healthy}\n      cache: {condition: service_started}\n    networks: [back]\n",
    );
    let web = named(&project, "web");
    assert_eq!(
        (variable(web, "A").as_str(), variable(web, "B").as_str(), variable(web, "C").as_str()),
        ("literal 1", "literal 3", "literal 4")
    );
    assert_eq!(web.labels.iter().map(|(k, v)| format!("{k}={}", v.value)).collect::<Vec<_>>(), ["x=2", "y=3"]);
    let build = web.build.as_ref().expect("a build");
    assert_eq!((build.context.as_deref(), build.args.len()), (Some(""), 1));
    assert_eq!(web.depends_on.iter().map(|d| d.condition.as_str()).collect::<Vec<_>>(), ["service_healthy", "service_started"]);
    assert_eq!(web.networks.len(), 2);
}

#[test]
fn mounts_merge_by_their_place_in_the_container() {
    let project = merged(
        "services:\n  web:\n    image: w\n    volumes: ['./src:/app', 'data:/data', '${X:-./y}:/y']\nvolumes: {data: }\n",
        "services:\n  web:\n    volumes:\n      - {type: volume, source: code, target: /app}\n      - other:/data/\n",
    );
    let mounts = &named(&project, "web").mounts;
    assert_eq!(mounts.len(), 3);
    assert_eq!(mounts[0].source, MountSource::Volume("code".into()));
    assert_eq!(mounts[1].source, MountSource::Volume("other".into()));
}

#[test]
fn reset_removes_and_override_replaces() {
    let project = merged(
        "services:\n  web:\n    image: w\n    ports: ['80:80']\n    expose: ['9']\n    privileged: true\n    environment: {A: '1', B: '2'}\n  admin:\n    image: a\n",
        "services:\n  web:\n    ports: !reset []\n    expose: !override ['7']\n    privileged: !reset false\n    environment:\n      A: !reset null\n  admin: !reset null\n",
    );
    let web = named(&project, "web");
    assert_eq!(web.ports.iter().map(|p| p.says.as_str()).collect::<Vec<_>>(), ["7"]);
    assert!(web.privileges.privileged.is_none());
    assert_eq!(web.environment.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["B"]);
    assert_eq!(project.workloads.len(), 1);
}

#[test]
fn settings_keep_the_place_of_the_file_that_states_them() {
    let base = "services:\n  web:\n    image: w\n    restart: 'no'\n";
    let over = "services:\n  web:\n    restart: always\n";
    let project = merged(base, over);
    let web = named(&project, "web");
    let Restart::Always(stated) = &web.restart else { panic!("{:?}", web.restart) };
    assert_eq!(stated.at.file, project.files[1]);
    assert_eq!(web.image.as_ref().and_then(|i| i.at()).map(|at| at.file), Some(project.files[0]));
    assert_eq!(stated.at.span.map(|s| &over[s.range()]), Some("restart: always"));
}

#[test]
fn extends_follows_chains_across_files_with_their_own_folders() {
    let (found, problems) = projects(&[
        (
            "compose.yml",
            "services:\n  api:\n    extends: {file: common/base.yml, service: app}\n    environment: {A: '2'}\n  job:\n    extends: api\n    command: run\n",
        ),
        (
            "common/base.yml",
            "services:\n  app:\n    extends: root\n    build: ./src\n    env_file: app.env\n    environment: {A: '1', B: '1'}\n  root:\n    restart: always\n",
        ),
        ("common/app.env", "C=3\n"),
        ("common/src/Dockerfile", "FROM scratch\n"),
    ]);
    assert!(problems.is_empty(), "{problems:?}");
    let project = with_last(&found, "compose.yml");
    for name in ["api", "job"] {
        let w = named(project, name);
        assert_eq!(
            (variable(w, "A").as_str(), variable(w, "B").as_str(), variable(w, "C").as_str()),
            ("literal 2", "literal 1", "common/app.env 3")
        );
        let build = w.build.as_ref().expect("a build");
        assert_eq!((build.context.as_deref(), build.dockerfile_exists), (Some("common/src"), true));
        assert!(matches!(w.restart, Restart::Always(_)));
    }
}

#[test]
fn an_unknown_or_circular_extends_loses_no_other_service() {
    let (found, problems) = projects(&[(
        "compose.yml",
        "services:\n  a:\n    image: a\n    extends: b\n  b:\n    image: b\n    extends: a\n  c:\n    image: c\n    extends: nobody\n  d:\n    image: d\n    extends: {file: away.yml, service: x}\n  e:\n    image: e\n",
    )]);
    assert_eq!(found[0].workloads.len(), 5);
    assert!(says(&problems, "extends itself") && says(&problems, "extends nobody") && says(&problems, "away.yml"), "{problems:?}");
}

#[test]
fn include_brings_other_projects_with_their_folders() {
    let (found, problems) = projects(&[
        (
            "compose.yml",
            "include:\n  - infra/compose.yml\n  - path: [db/a.yml, db/b.yml]\n    env_file: db/db.env\n  - away/compose.yml\nservices:\n  web:\n    image: web\n",
        ),
        ("infra/compose.yml", "include: ['../compose.yml']\nservices:\n  proxy:\n    build: ./proxy\n"),
        ("infra/proxy/Dockerfile", "FROM nginx\n"),
        ("db/a.yml", "services:\n  db:\n    image: postgres:${V}\nvolumes: {data: }\n"),
        ("db/b.yml", "services:\n  db:\n    restart: always\n"),
        ("db/db.env", "V=17\n"),
    ]);
    let project = with_last(&found, "compose.yml");
    let project = if project.paths[0] == "compose.yml" { project } else { &found[0] };
    assert_eq!(project.workloads.iter().map(|w| w.name.as_str()).collect::<Vec<_>>(), ["web", "proxy", "db"]);
    assert_eq!(named(project, "proxy").build.as_ref().and_then(|b| b.context.as_deref()), Some("infra/proxy"));
    assert_eq!(image(named(project, "db")), Some("postgres:17"));
    assert!(matches!(named(project, "db").restart, Restart::Always(_)));
    assert_eq!(project.volumes.len(), 1);
    assert!(says(&problems, "away/compose.yml") && says(&problems, "includes itself"), "{problems:?}");
}

#[test]
fn profiles_keep_services_apart_until_something_activates_them() {
    let text = "services:\n  web:\n    image: web\n  tools:\n    image: tools\n    profiles: [debug]\n  worker:\n    image: worker\n    profiles: [production]\n";
    let project = only(&[("compose.yml", text)]);
    assert_eq!(project.workloads.len(), 1);
    assert_eq!(
        project.profiled.iter().map(|(p, w)| (p.as_str(), w.name.as_str())).collect::<Vec<_>>(),
        [("debug", "tools"), ("production", "worker")]
    );
    assert_eq!(only(&[("compose.yml", text), (".env", "COMPOSE_PROFILES=debug,production\n")]).workloads.len(), 3);
    let scripted = only(&[("compose.yml", text), ("up.sh", "docker compose --profile production --profile debug up -d\n")]);
    assert_eq!(scripted.workloads.iter().map(|w| w.name.as_str()).collect::<Vec<_>>(), ["web", "worker"]);
}

#[test]
fn anchors_merge_keys_and_fragments_are_plain_yaml() {
    let project = only(&[(
        "compose.yml",
        "x-app: &app\n  restart: always\n  environment: {A: '1'}\nservices:\n  x-not: {image: none}\n  web:\n    <<: *app\n    image: web\n",
    )]);
    assert_eq!(project.workloads.len(), 1);
    assert!(matches!(project.workloads[0].restart, Restart::Always(_)));
}

#[test]
fn a_service_without_image_is_told_and_kept() {
    let (found, problems) = projects(&[("compose.yml", "services:\n  web:\n    ports: ['80:80']\n  db:\n    image: d\n  odd: 7\n")]);
    assert_eq!(found[0].workloads.len(), 2);
    assert!(says(&problems, "web has neither an image nor a build") && says(&problems, "odd is no mapping"), "{problems:?}");
}

#[test]
fn an_alias_bomb_ends() {
    let mut text = String::from("x-a: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("x-a{level}: &a{level} [{items}]\n"));
    }
    text.push_str("services:\n  web:\n    image: web\n    command: *a11\n");
    let (found, problems) = projects(&[("compose.yml", &text)]);
    assert!(found.iter().any(|p| p.workloads.len() == 1) || !problems.is_empty());
}
