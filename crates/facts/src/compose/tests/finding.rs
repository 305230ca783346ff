//! Which files make which project.

use super::*;
use crate::compose::EnvironmentWord;

const WEB: &str = "services:\n  web:\n    build: .\n    ports: ['3000:3000']\n  db:\n    image: postgres:17\n";

#[test]
fn a_lone_file_is_a_project() {
    for name in [
        "compose.yaml",
        "compose.yml",
        "docker-compose.yml",
        "docker-compose.yaml",
        "docker-compose-prod.yml",
        "prod.compose.yml",
        "deploy/docker-stack.yml",
    ] {
        assert_eq!(lists(&[(name, WEB)]), [[name]], "{name}");
    }
}

#[test]
fn a_stack_file_of_any_name_is_known_by_its_content() {
    assert_eq!(lists(&[("production.yml", WEB), ("local.yml", WEB)]), [["local.yml"], ["production.yml"]]);
    let symfony = "services:\n  _defaults:\n    autowire: true\n  App\\Mailer:\n    arguments: []\n";
    assert!(lists(&[("config/services.yaml", symfony), (".github/workflows/docker-compose.yml", "on: push\njobs: {}\n")]).is_empty());
}

#[test]
fn the_override_is_merged_for_development_and_the_base_stands_alone_too() {
    let (found, _) =
        projects(&[("docker-compose.yml", WEB), ("docker-compose.override.yml", "services:\n  web:\n    command: npm run dev\n")]);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].paths.len(), found[0].environment), (1, EnvironmentWord::Unnamed));
    assert_eq!((found[1].paths.len(), found[1].environment), (2, EnvironmentWord::Development));
    assert!(named(&found[0], "web").command.is_none());
    assert_eq!(named(&found[1], "web").command.as_ref().map(|c| c.value.clone()), Some(vec!["npm run dev".to_owned()]));
}

#[test]
fn an_overlay_without_images_is_merged_and_a_whole_file_stands_alone() {
    let overlay = "services:\n  web:\n    restart: always\n";
    let (found, _) = projects(&[("docker-compose.yml", WEB), ("docker-compose.prod.yml", overlay)]);
    let prod = with_last(&found, "docker-compose.prod.yml");
    assert_eq!(prod.paths, ["docker-compose.yml", "docker-compose.prod.yml"]);
    assert_eq!(prod.environment, EnvironmentWord::Production);
    assert_eq!(named(prod, "web").ports[0].published.as_deref(), Some("3000"), "the ports of the base survive");

    let whole = "services:\n  web:\n    image: ghcr.io/x/web:1\n  db:\n    image: postgres:17\n";
    assert_eq!(
        lists(&[("docker-compose.yml", WEB), ("docker-compose.prod.yml", whole)]),
        [["docker-compose.prod.yml"], ["docker-compose.yml"]]
    );
}

#[test]
fn an_overlay_with_some_images_or_open_references_is_merged() {
    for overlay in [
        "services:\n  web:\n    restart: always\n  proxy:\n    image: nginx:1.27\n",
        "services:\n  web:\n    image: ghcr.io/x/web:1\n    depends_on: [db]\n",
        "services:\n  web:\n    build: {target: production}\n",
    ] {
        let found = lists(&[("docker-compose.yml", WEB), ("docker-compose.prod.yml", overlay)]);
        assert_eq!(found, [vec!["docker-compose.yml"], vec!["docker-compose.yml", "docker-compose.prod.yml"]], "{overlay}");
    }
}

#[test]
fn a_base_that_cannot_run_alone_is_no_project() {
    let base = "services:\n  web:\n    ports: ['80:80']\n";
    let found = lists(&[
        ("compose.yml", base),
        ("compose.prod.yml", "services:\n  web:\n    image: web:1\n"),
        ("compose.dev.yml", "services:\n  web:\n    build: .\n"),
    ]);
    assert_eq!(found, [["compose.yml", "compose.dev.yml"], ["compose.yml", "compose.prod.yml"]]);
}

#[test]
fn an_overlay_in_a_folder_below_takes_the_base_above() {
    let found = lists(&[("docker-compose.yml", WEB), ("deploy/docker-compose.prod.yml", "services:\n  web:\n    restart: always\n")]);
    assert!(found.contains(&vec!["docker-compose.yml".to_owned(), "deploy/docker-compose.prod.yml".to_owned()]));
}

#[test]
fn commands_say_which_files_belong_together() {
    let whole = "services:\n  web:\n    image: web:1\n";
    let files = [("docker-compose.yml", WEB), ("docker-compose.tls.yml", whole), ("docker-compose.prod.yml", whole)];
    for (path, text) in [
        (
            "deploy.sh",
            "set -e\ndocker compose -f docker-compose.yml \\\n  -f docker-compose.tls.yml --file=docker-compose.prod.yml up -d && docker compose ps\n",
        ),
        ("Makefile", "up:\n\tdocker-compose -f docker-compose.yml -f docker-compose.tls.yml -f docker-compose.prod.yml up -d\n"),
        (
            "package.json",
            "{\"scripts\":{\"up\":\"docker compose -f docker-compose.yml -f docker-compose.tls.yml -f docker-compose.prod.yml up\"}}",
        ),
        ("ops/up.sh", "cd ..\ndocker compose -f $ROOT/docker-compose.yml -f ../docker-compose.tls.yml -f docker-compose.prod.yml up\n"),
        (".env", "COMPOSE_FILE=docker-compose.yml:docker-compose.tls.yml:docker-compose.prod.yml\n"),
        (
            ".github/workflows/cd.yml",
            "on: push\njobs:\n  x:\n    steps:\n      - run: docker compose -f docker-compose.yml -f docker-compose.tls.yml -f docker-compose.prod.yml up -d\n",
        ),
    ] {
        let mut tree = files.to_vec();
        tree.push((path, text));
        let found = lists(&tree);
        assert_eq!(
            found,
            [vec!["docker-compose.yml"], vec!["docker-compose.yml", "docker-compose.tls.yml", "docker-compose.prod.yml"]],
            "{path}"
        );
    }
}

#[test]
fn a_command_with_a_file_that_is_not_there_is_no_project() {
    let tree = [("docker-compose.yml", WEB), ("up.sh", "docker compose -f docker-compose.yml -f secrets.compose.yml up -d\n")];
    assert_eq!(lists(&tree), [["docker-compose.yml"]]);
}

#[test]
fn tests_and_examples_never_count_and_a_developers_set_up_only_where_nothing_else_is() {
    let tree = [("tests/docker-compose.yml", WEB), ("docker-compose.yml", WEB), (".devcontainer/docker-compose.yml", WEB)];
    assert_eq!(lists(&tree), [["docker-compose.yml"]]);
    assert!(lists(&tree[..1]).is_empty());
    assert!(lists(&[("examples/shop/compose.prod.yml", WEB)]).is_empty());
    let (found, _) = projects(&tree[2..]);
    assert_eq!((found.len(), found[0].environment), (1, EnvironmentWord::Development));
    assert!(lists(&[("node_modules/x/docker-compose.yml", WEB)]).is_empty());
}

#[test]
fn what_cannot_be_read_is_told() {
    for text in ["services:\n\t- web\n", "%%%\n", "just words", "services: [a, b]\n"] {
        let (_, problems) = projects(&[("docker-compose.yml", text)]);
        assert!(says(&problems, "nothing may be concluded"), "{text:?}: {problems:?}");
    }
    let broken = "services:\n  web:\n    image: web:1\n  db:\n    image: [unclosed\n";
    let (found, problems) = projects(&[("docker-compose.yml", broken)]);
    assert!(!found.is_empty() || says(&problems, "nothing may be concluded"));
    for other in ["# later\n", "- name: start\n  shell: docker compose up\n"] {
        assert!(projects(&[("docker-compose.yml", other)]).1.is_empty(), "{other:?}");
    }
}

#[test]
fn a_makefile_gathers_the_files_in_variables() {
    let make = "CORE=-f compose.yaml\nALL = $(CORE) -f compose.full.yaml\nEXTRA=-f compose.extras.yaml\nPROFILING := -f compose.profiling.yaml\n\
        up:\n\tdocker compose $(ALL) $(EXTRA) up\nprofile:\n\tdocker compose $(ALL) $(PROFILING) up\n\
        LOOP=$(LOOP)$(LOOP)\nodd:\n\tdocker compose $(LOOP) up $(\n";
    let files = [
        ("Makefile", make),
        ("compose.yaml", WEB),
        ("compose.full.yaml", "services:\n  queue:\n    image: kafka\n"),
        ("compose.extras.yaml", "# services: to be filled in\n"),
        ("compose.profiling.yaml", "services:\n  profiler:\n    image: acme/profiler\n    depends_on: [queue]\n"),
    ];
    assert_eq!(
        lists(&files),
        [
            vec!["compose.yaml"],
            vec!["compose.yaml", "compose.full.yaml"],
            vec!["compose.yaml", "compose.full.yaml", "compose.profiling.yaml"]
        ]
    );
}
