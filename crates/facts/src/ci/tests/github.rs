//! GitHub's workflows: triggers, conditions, needs, calls and tolerance.

use super::{is_dead, lines, needs, on, read, workflow};
use crate::ci::Provider;

const CI: &str = ".github/workflows/ci.yml";

fn occasions(triggers: &str, job: &str) -> String {
    let text = format!("{triggers}\njobs:\n  a:\n    runs-on: x\n{job}    steps:\n      - run: make\n");
    on(read(&[(CI, &text)]).job("a").on)
}

#[test]
fn only_workflows_at_the_root_are_pipelines() {
    let text = workflow("      - run: npm test\n");
    let read = read(&[
        (CI, &text),
        ("web/.github/workflows/ci.yml", &text),
        (".github/workflows/ci.yml.disabled", &text),
        (".github/workflows/a/b.yml", &text),
    ]);
    assert_eq!(read.pipelines.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(), [CI]);
}

#[test]
fn triggers_are_read_in_every_form() {
    assert_eq!(occasions("on: push", ""), "main branch tag");
    assert_eq!(occasions("on: [push, pull_request]", ""), "request main branch tag");
    assert_eq!(occasions("on:\n  push:\n    branches: [main]\n  pull_request:\n", ""), "request main");
    assert_eq!(occasions("on:\n  push:\n    branches: [main, 'feature/**']\n", ""), "main branch");
    assert_eq!(occasions("on:\n  push:\n    tags: ['v*']\n", ""), "tag");
    assert_eq!(occasions("on:\n  push:\n    branches: [main]\n    tags: ['v*']\n", ""), "main tag");
    assert_eq!(occasions("on:\n  release:\n    types: [published]\n", ""), "tag");
    assert_eq!(occasions("on:\n  schedule:\n    - cron: '0 0 * * *'\n  workflow_dispatch:\n", ""), "schedule hand");
    assert_eq!(occasions("on:\n  pull_request:\n    types: [closed]\n", ""), "");
    assert_eq!(occasions("\"on\": push", ""), "main branch tag");
}

#[test]
fn filters_that_name_no_default_branch_leave_only_branches() {
    assert_eq!(occasions("on:\n  push:\n    branches: [develop]\n  pull_request:\n    branches: [develop]\n", ""), "branch");
    assert_eq!(occasions("on:\n  push:\n    branches: [trunk]\n", ""), "main");
    assert_eq!(occasions("on:\n  push:\n    branches: [master]\n", ""), "main");
    assert_eq!(occasions("on:\n  push:\n    branches-ignore: [main]\n", ""), "branch");
    assert_eq!(occasions("on:\n  push:\n    branches: ['**', '!main']\n", ""), "branch");
}

#[test]
fn conditions_narrow_the_occasions_of_jobs_and_steps() {
    let all = "on: [push, pull_request, workflow_dispatch]";
    assert_eq!(occasions(all, "    if: github.ref == 'refs/heads/main'\n"), "main hand");
    assert_eq!(occasions(all, "    if: github.event_name == 'push'\n"), "main branch tag");
    assert_eq!(occasions(all, "    if: ${{ github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v') }}\n"), "tag");
    assert_eq!(occasions(all, "    if: github.event_name != 'pull_request' && github.ref_name != 'main'\n"), "branch tag hand");
    assert_eq!(occasions(all, "    if: github.actor == 'somebody'\n"), "request main branch tag hand");
    let text = workflow(
        "      - run: make test\n      - run: make push\n        if: github.ref == 'refs/heads/main'\n      - run: make never\n        if: false\n",
    );
    let read = read(&[(CI, &text)]);
    let job = read.job("test");
    assert_eq!((on(job.steps[1].on), is_dead(&job.steps[1].life)), ("main".into(), false));
    assert!(is_dead(&job.steps[2].life) && job.steps[2].on.is_empty());
}

#[test]
fn a_job_that_never_runs_is_dead_and_so_is_what_needs_it() {
    let text = "on: pull_request\njobs:\n  off:\n    if: ${{ false }}\n    steps: [{run: a}]\n  deploy:\n    if: github.ref == 'refs/heads/main'\n    steps: [{run: b}]\n  after:\n    needs: [deploy]\n    steps: [{run: c}]\n  anyway:\n    needs: deploy\n    if: always()\n    steps: [{run: d}]\n  report:\n    needs: deploy\n    if: needs.deploy.result == 'success' && always()\n    steps: [{run: e}]\n";
    let read = read(&[(CI, text)]);
    for dead in ["off", "deploy", "after", "report"] {
        assert!(is_dead(&read.job(dead).life), "{dead}");
    }
    assert!(!is_dead(&read.job("anyway").life));
    assert_eq!(needs(read.job("after")), ["deploy"]);
}

#[test]
fn the_skip_of_a_need_reaches_only_its_occasions() {
    let text = "on: [push, pull_request]\njobs:\n  build:\n    if: github.event_name == 'push'\n    steps: [{run: a}]\n  test:\n    needs: build\n    steps: [{run: b}]\n";
    assert_eq!(on(read(&[(CI, text)]).job("test").on), "main branch tag");
}

#[test]
fn tolerance_is_read_from_flags_scripts_and_matrices() {
    let text = workflow(
        "      - run: npm audit || true\n      - run: npm test | tee log\n      - run: npm test | tee log\n        shell: bash\n      - run: make scan\n        continue-on-error: true\n      - run: make lint\n        continue-on-error: ${{ github.ref != 'x' }}\n      - run: make all\n        continue-on-error: ${{ false }}\n",
    );
    let result = read(&[(CI, &text)]);
    let steps = &result.job("test").steps;
    let tolerated: Vec<bool> = steps.iter().map(|s| s.tolerated.is_some() || s.commands[0].tolerated).collect();
    assert_eq!(tolerated, [true, true, false, true, true, false]);
    let text = "on: push\njobs:\n  a:\n    strategy:\n      matrix:\n        v: [1, 2]\n        include:\n          - v: 3\n            experimental: true\n    continue-on-error: ${{ matrix.experimental || false }}\n    steps: [{run: a}]\n  b:\n    continue-on-error: true\n    steps: [{run: a}]\n";
    let result = read(&[(CI, text)]);
    assert!(result.job("a").tolerated.is_none(), "most combinations count");
    assert_eq!(result.line(result.job("b").tolerated.expect("tolerated")).1, 13);
}

#[test]
fn an_outcome_that_is_examined_counts() {
    let text = workflow(
        "      - run: terraform plan\n        id: plan\n        continue-on-error: true\n      - if: steps.plan.outcome == 'failure'\n        run: exit 1\n      - run: tflint\n        id: lint\n        continue-on-error: true\n",
    );
    let read = read(&[(CI, &text)]);
    let steps = &read.job("test").steps;
    assert!(steps[0].tolerated.is_none() && steps[2].tolerated.is_some());
}

#[test]
fn workflows_of_this_repository_are_read_in_their_callers_place() {
    let caller = "on: push\njobs:\n  lint:\n    steps: [{run: a}]\n  tests:\n    needs: lint\n    uses: ./.github/workflows/tests.yml\n    with: {group: api, folder: srv}\n  deploy:\n    needs: tests\n    steps: [{run: b}]\n";
    let called = "on:\n  workflow_call:\n    inputs:\n      group: {type: string}\npermissions: read-all\njobs:\n  unit:\n    steps:\n      - run: make test-${{ inputs.group }}\n        working-directory: ${{ inputs.folder }}\n      - run: make web\n        if: inputs.group == 'web'\n  more:\n    needs: unit\n    steps: [{run: c}]\n";
    let read = read(&[(CI, caller), (".github/workflows/tests.yml", called)]);
    assert_eq!(lines(read.job("tests / unit"))[0], "make test-api @srv");
    assert!(is_dead(&read.job("tests / unit").steps[1].life));
    assert_eq!(needs(read.job("tests / unit")), ["lint"]);
    assert_eq!(needs(read.job("tests / more")), ["tests / unit"]);
    assert_eq!(needs(read.job("deploy")), ["tests / unit", "tests / more"]);
    assert_eq!(on(read.job("tests / unit").on), "main branch tag");
    assert!(read.job("tests / unit").permissions.is_some());
    let own = read.pipeline(".github/workflows/tests.yml");
    assert!(own.jobs.is_empty() && !own.uncalled, "its jobs are the caller's");
}

#[test]
fn a_called_workflow_without_a_caller_is_uncalled_and_one_elsewhere_is_opaque() {
    let called = "on: workflow_call\njobs:\n  a:\n    steps: [{run: make}]\n";
    let caller = "on: push\njobs:\n  far:\n    uses: org/repo/.github/workflows/x.yml@main\n    with: {a: b}\n  loop:\n    uses: ./.github/workflows/ci.yml\n";
    let read = read(&[(".github/workflows/a.yml", called), (CI, caller)]);
    assert!(read.pipeline(".github/workflows/a.yml").uncalled);
    let step = &read.job("far").steps[0];
    assert_eq!(step.uses.as_ref().map(|u| u.value.as_str()), Some("org/repo/.github/workflows/x.yml@main"));
    assert!(read.pipeline(CI).opaque.iter().any(|o| o.value.contains("another repository")));
    assert!(read.pipeline(CI).opaque.iter().any(|o| o.value.contains("calls itself")), "a circle ends");
}

#[test]
fn actions_of_this_repository_are_followed() {
    let action = "inputs:\n  what: {default: unit}\nruns:\n  using: composite\n  steps:\n    - run: npm run test:${{ inputs.what }}\n      shell: bash\n    - uses: actions/cache@v4\n";
    let text = workflow(
        "      - uses: ./.github/actions/test\n        continue-on-error: true\n      - uses: ./.github/actions/test\n        with: {what: e2e}\n      - uses: ./nowhere\n",
    );
    let read = read(&[
        (CI, &text),
        (".github/actions/test/action.yml", action),
        ("package.json", r#"{"scripts": {"test:unit": "vitest", "test:e2e": "playwright test"}}"#),
    ]);
    let job = read.job("test");
    assert_eq!(lines(job), ["npm run test:unit", "vitest", "npm run test:e2e", "playwright test"]);
    assert!(job.steps[1].tolerated.is_some() && job.steps[4].tolerated.is_none());
    assert_eq!(read.line(job.steps[1].commands[0].at), (".github/actions/test/action.yml".into(), 6));
    assert_eq!(read.line(job.steps[1].commands[0].from).0, CI);
    assert!(read.pipeline(CI).opaque.iter().any(|o| o.value.contains("./nowhere")));
}

#[test]
fn what_follows_another_workflow_runs_on_its_occasions_but_not_before_a_merge() {
    let first = "name: Tests\non:\n  push:\n    branches: [main]\n  pull_request:\njobs:\n  a:\n    steps: [{run: make}]\n";
    let second = "on:\n  workflow_run:\n    workflows: [Tests]\n    types: [completed]\njobs:\n  deploy:\n    if: github.event.workflow_run.conclusion == 'success'\n    steps: [{run: make}]\n";
    let read = read(&[(CI, first), (".github/workflows/cd.yml", second)]);
    assert_eq!(on(read.job("deploy").on), "main");
    assert_eq!(read.pipeline(".github/workflows/cd.yml").triggers.after[0].value, "Tests");
}

#[test]
fn a_job_keeps_what_stands_around_its_steps() {
    let text = "name: CI\non: push\npermissions: write-all\nenv: {REGION: eu}\njobs:\n  a:\n    runs-on: [self-hosted, linux]\n    environment: {name: production, url: https://x}\n    permissions: {contents: read}\n    container: node:22\n    services:\n      db: {image: 'postgres:${{ matrix.pg }}'}\n      cache: redis:7\n    strategy: {matrix: {pg: [15, 16]}}\n    env: {A: b}\n    steps:\n      - uses: actions/checkout@v4\n      - uses: x/y@v1\n        with: {region: '${{ env.REGION }}'}\n";
    let read = read(&[(CI, text)]);
    let (pipeline, job) = (read.pipeline(CI), read.job("a"));
    assert!(pipeline.permissions.as_ref().is_some_and(|p| p.write_all) && pipeline.title.as_deref() == Some("CI"));
    assert_eq!(job.environment.as_ref().map(|e| e.value.as_str()), Some("production"));
    assert_eq!(job.runner.as_ref().map(|e| e.value.as_str()), Some("self-hosted, linux"));
    assert_eq!(job.container.as_ref().map(|e| e.value.as_str()), Some("node:22"));
    assert_eq!(job.services.iter().map(|s| s.value.as_str()).collect::<Vec<_>>(), ["postgres:${{ matrix.pg }}", "redis:7"]);
    assert_eq!(job.matrix[0].1.iter().map(|v| v.value.as_str()).collect::<Vec<_>>(), ["15", "16"]);
    assert_eq!(job.permissions.as_ref().map(|p| p.named.clone()), Some(vec![("contents".into(), "read".into())]));
    assert_eq!(job.steps[1].with[0].1.value, "eu");
}

#[test]
fn jobs_that_only_print_are_known() {
    let text = "on: push\njobs:\n  fake:\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          # kubectl apply -f k8s\n          echo deploying\n          sleep 5\n      - run: '# nothing'\n  real:\n    steps:\n      - run: |\n          echo deploying\n          kubectl apply -f k8s\n";
    let read = read(&[(CI, text)]);
    assert!(read.job("fake").only_echoes() && !read.job("real").only_echoes());
}

#[test]
fn a_broken_file_is_listed_as_not_read() {
    for text in ["on: push\njobs:\n  a: [\n", "{{{{", "", "- a\n- b\n", "\u{0}"] {
        let read = read(&[(CI, text)]);
        assert_eq!(read.pipelines.len(), 1, "{text:?}");
        assert!(!read.pipelines[0].opaque.is_empty(), "{text:?}");
        assert_eq!(read.pipelines[0].provider, Provider::GithubActions);
    }
    assert!(!read(&[(CI, "on: push\njobs:\n  a: [\n")]).problems.is_empty());
    for odd in [
        "on: 5\njobs: 7\n",
        "on:\njobs:\n  a:\n  b: x\n  c: {steps: 1, needs: {a: b}}\n",
        "jobs:\n  a: {needs: a, steps: [1, {run: [x]}]}\n",
    ] {
        assert_eq!(read(&[(CI, odd)]).pipelines.len(), 1, "{odd}");
    }
}

#[test]
fn calls_that_multiply_end() {
    let name = |i: usize| format!(".github/workflows/w{i}.yml");
    let text = |i: usize| {
        let jobs: String = (0..60).map(|j| format!("  j{j}:\n    uses: ./{}\n", name(i + 1))).collect();
        format!("on: [push, workflow_call]\njobs:\n{jobs}")
    };
    let mut files: Vec<(String, String)> = (0..6).map(|i| (name(i), text(i))).collect();
    let action: String = (0..60).map(|_| "    - uses: ./a\n").collect();
    files.push(("a/action.yml".into(), format!("runs:\n  using: composite\n  steps:\n{action}")));
    files.push((CI.into(), workflow("      - uses: ./a\n")));
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let read = read(&files);
    assert!(read.pipelines.iter().map(|p| p.jobs.len()).sum::<usize>() < 100_000);
    assert!(read.problems.iter().any(|p| p.says.contains("more scripts and parts")));
}
