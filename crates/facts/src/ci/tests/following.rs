//! From scripts to commands: places, folders, and the scripts of a repository.

use super::{commands, lines, read, workflow};

const CI: &str = ".github/workflows/ci.yml";

fn run(script: &str, files: &[(&str, &str)]) -> Vec<String> {
    let text = workflow(&format!("      - run: |\n{}", script.lines().map(|l| format!("          {l}\n")).collect::<String>()));
    let mut all = vec![(CI, text.as_str())];
    all.extend(files);
    lines(read(&all).job("test"))
}

const PACKAGE: &str = r#"{"name": "web", "scripts": {"test": "vitest run", "lint": "eslint . || true", "ci": "npm run lint && npm test", "loop": "npm run loop", "posttest": "rm -r tmp"}}"#;

#[test]
fn commands_stand_at_their_lines() {
    let text = workflow(
        "      - name: x\n        run: |\n          cd web\n\n          npm ci &&\n            npm test -- --ci\n      - run: >-\n          docker build\n          .\n      - run: \"echo \\\"a\\\"; make \\\"x\\\"\"\n",
    );
    let read = read(&[(CI, &text), ("web/package.json", PACKAGE)]);
    let found: Vec<(u32, String)> = commands(read.job("test")).iter().map(|c| (read.line(c.at).1, read.text(c.at))).collect();
    assert_eq!(found[0], (10, "npm ci".to_owned()));
    assert_eq!(found[1], (11, "npm test -- --ci".to_owned()));
    assert_eq!(read.line(commands(read.job("test"))[2].at), ("web/package.json".to_owned(), 1));
    assert_eq!(read.line(commands(read.job("test"))[2].from), (CI.to_owned(), 11));
    assert_eq!(found[4], (13, "docker build\n          .".to_owned()));
    assert_eq!(found[6], (15, "make \\\"x\\\"".to_owned()));
}

#[test]
fn package_scripts_are_listed_with_what_they_lead_to() {
    let files = &[("web/package.json", PACKAGE)][..];
    assert_eq!(
        run("cd web\nnpm run ci", files),
        ["npm run ci @web", "npm run lint @web", "~eslint . @web", "true @web", "npm test @web", "vitest run @web", "rm -r tmp @web"]
    );
    for call in [
        "npm --prefix web test",
        "npm test --prefix web",
        "yarn --cwd web test",
        "pnpm -C web test",
        "npm run test -w web",
        "pnpm --filter web test",
        "pnpm --filter ./web run test",
        "yarn workspace web test",
    ] {
        assert!(run(call, files).iter().any(|l| l == "vitest run @web"), "{call}");
    }
    assert_eq!(run("npm --prefix web t -- --coverage", files)[1], "vitest run --coverage @web");
    assert_eq!(run("cd web; bun run test; bun test", files).len(), 4, "bun's own runner is no script");
    assert!(run("cd web && npm run loop", files).len() < 20, "a script that calls itself ends");
}

#[test]
fn a_workspace_runs_the_script_of_every_member() {
    let files = &[
        ("package.json", r#"{"workspaces": ["a", "b"], "scripts": {"test": "turbo run test"}}"#),
        ("a/package.json", r#"{"name": "@x/a", "scripts": {"test": "jest"}}"#),
        ("b/package.json", r#"{"name": "@x/b", "scripts": {"test": "vitest"}}"#),
    ][..];
    for call in [
        "npm test",
        "npx turbo run test",
        "turbo test lint",
        "npx nx run-many -t test",
        "npm test --workspaces",
        "pnpm -r test",
        "lerna run test",
        "yarn workspaces foreach -A run test",
    ] {
        let found = run(call, files);
        assert!(found.contains(&"jest @a".to_owned()) && found.contains(&"vitest @b".to_owned()), "{call}: {found:?}");
    }
    let found = run("pnpm turbo run test --filter=@x/b", files);
    assert!(found.contains(&"vitest @b".to_owned()) && !found.contains(&"jest @a".to_owned()), "{found:?}");
}

#[test]
fn a_script_that_is_not_there_is_missing() {
    let text = workflow(
        "      - run: npm run nothing\n      - run: npm run nothing --if-present\n      - run: make nothing\n      - run: ./scripts/nothing.sh\n      - run: yarn jest\n      - run: npm run x\n        working-directory: made-later\n",
    );
    let read = read(&[(CI, &text), ("package.json", PACKAGE), ("Makefile", "all:\n\ttrue\n"), ("scripts/a.sh", "true\n")]);
    let missing: Vec<bool> = commands(read.job("test")).iter().map(|c| c.missing.is_some()).collect();
    assert_eq!(missing, [true, false, true, true, false, false]);
}

#[test]
fn the_default_test_script_only_echoes() {
    let package = r#"{"scripts": {"test": "echo \"Error: no test specified\" && exit 0"}}"#;
    let text = workflow("      - run: npm test\n");
    let read = read(&[(CI, &text), ("package.json", package)]);
    assert!(read.job("test").only_echoes());
    assert_eq!(lines(read.job("test"))[1], "echo Error: no test specified");
}

#[test]
fn make_targets_run_with_their_prerequisites() {
    let makefile = "RUN := docker compose run\n.PHONY: test\n\nbuild:\n\t@go build ./...\n\ntest: build ## run\n\t-golangci-lint run\n\t$(RUN) app \\\n\t  pytest\n\t$(MAKE) build\n";
    let files = &[("srv/Makefile", makefile)][..];
    let found = run("make -C srv test", files);
    assert_eq!(
        found,
        [
            "make -C srv test @srv",
            "go build ./... @srv",
            "~golangci-lint run @srv",
            "docker compose run app pytest @srv",
            "make build @srv",
            "go build ./... @srv"
        ]
    );
    assert_eq!(run("cd srv && make", files)[1], "go build ./... @srv");
}

#[test]
fn other_runners_of_recipes_are_followed() {
    let just = "cov := \"--cov\"\n\ntest *args: lint\n    pytest {{cov}}\n\nlint:\n    -ruff check .\n";
    assert_eq!(run("just test", &[("justfile", just)]), ["just test", "~ruff check .", "pytest --cov"]);
    let task = "version: '3'\ntasks:\n  test:\n    deps: [lint]\n    dir: srv\n    cmds:\n      - go test ./...\n      - task: lint\n  lint:\n    cmds:\n      - cmd: golangci-lint run\n        ignore_error: true\n";
    assert_eq!(run("task test", &[("Taskfile.yml", task)]), ["task test", "~golangci-lint run", "go test ./... @srv"]);
    let tox = "[tox]\nenvlist = py\n[testenv]\ndeps = pytest\ncommands =\n    pytest {posargs}\n    - flake8\n[testenv:docs]\ncommands = sphinx-build\n";
    assert_eq!(run("tox -e py", &[("tox.ini", tox)]), ["tox -e py", "pytest", "~flake8"]);
    let nox = "import nox\n@nox.session\ndef tests(session):\n    session.run(\"pytest\", \"-q\")\n@nox.session\ndef lint(session):\n    session.run(\"ruff\", \"check\")\n";
    assert_eq!(run("nox -s tests", &[("noxfile.py", nox)]), ["nox -s tests", "pytest -q"]);
    let composer = r#"{"scripts": {"test": "@lint && phpunit", "lint": "@php vendor/bin/pint --test"}}"#;
    let led = ["composer test", "composer run lint", "php vendor/bin/pint --test", "phpunit"];
    assert_eq!(run("composer test", &[("composer.json", composer)]), led);
}

#[test]
fn shell_scripts_are_followed_with_their_own_strictness() {
    let script = "#!/bin/bash\ncd \"$(dirname \"$0\")/..\"\npytest\ndone_it=1\necho end\n";
    assert_eq!(run("./ci/test.sh", &[("ci/test.sh", script)]), ["./ci/test.sh", "~dirname $0", "~pytest", "echo end"]);
    assert_eq!(run("bash -e ci/test.sh", &[("ci/test.sh", script)])[2], "pytest");
    let strict = "#!/bin/sh\nset -eu\npytest\necho end\n";
    assert_eq!(run("sh ci/test.sh", &[("ci/test.sh", strict)])[2], "pytest");
    assert!(run("./a.sh", &[("a.sh", "./a.sh\n./a.sh\n")]).len() < 200, "a script that calls itself ends");
}

#[test]
fn folders_are_followed() {
    let files = &[("web/a/package.json", PACKAGE), ("api/b.txt", "x")][..];
    assert_eq!(run("(cd web/a && make x)\nmake y", files), ["make x @web/a", "make y"]);
    assert_eq!(run("pushd api\nls\npopd\nls", files), ["ls @api", "ls"]);
    assert_eq!(run("cd web/a\ncd ../../api\nls\ncd $GITHUB_WORKSPACE\nls", files), ["ls @api", "ls"]);
    assert_eq!(run("cd api\nls\ncd web\nls", files)[1], "ls @web", "it is run from the root, whatever the text says");
    assert_eq!(
        run("cd \"$SOMEWHERE\"\nnpm test", &[("package.json", PACKAGE)]),
        ["npm test @$SOMEWHERE"],
        "what is unknown is not followed"
    );
    let turns = run("for d in web/a api; do\n  (cd $d && make x)\ndone\nmake y", files);
    assert_eq!(turns, ["make x @web/a", "make x @api", "make y"]);
    assert_eq!(run("terraform -chdir=api plan", files), ["terraform -chdir=api plan @api"]);
}

#[test]
fn each_value_of_a_matrix_that_names_a_folder_is_followed() {
    let text = "on: push\njobs:\n  test:\n    strategy:\n      matrix:\n        service: [a, b]\n        os: [x, y]\n    defaults:\n      run:\n        working-directory: srv/${{ matrix.service }}\n    steps:\n      - run: npm test\n";
    let files = [
        (CI, text),
        ("srv/a/package.json", r#"{"scripts": {"test": "jest"}}"#),
        ("srv/b/package.json", r#"{"scripts": {"test": "vitest"}}"#),
    ];
    assert_eq!(lines(read(&files).job("test")), ["npm test @srv/a", "jest @srv/a", "npm test @srv/b", "vitest @srv/b"]);
}

#[test]
fn nothing_behind_an_exit_runs() {
    assert_eq!(run("echo skip\nexit 0\nnpm test", &[]), ["echo skip", "exit 0"]);
    assert!(run("if [ -z \"$X\" ]; then exit 0; fi\nnpm test", &[("package.json", PACKAGE)]).contains(&"npm test".to_owned()));
}

#[test]
fn wrappers_are_removed() {
    assert_eq!(run("sudo env A=b timeout 5 poetry run pytest -q", &[]), ["pytest -q"]);
}
