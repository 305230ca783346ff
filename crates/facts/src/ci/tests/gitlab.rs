//! GitLab CI.

use super::{is_dead, lines, needs, on, read};

const CI: &str = ".gitlab-ci.yml";

#[test]
fn stages_give_needs_and_branch_pipelines_are_seen_on_requests() {
    let text = "stages: [test, deploy]\nimage: node:22\nservices: [postgres:16]\ntest:\n  script: [npm test]\nscan:\n  stage: test\n  allow_failure: true\n  script: npm audit\ndeploy:\n  stage: deploy\n  needs: [test]\n  environment: {name: production, url: x}\n  script: ./deploy\n  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n      when: manual\nlater:\n  stage: deploy\n  only: [tags]\n  script: [make release]\n";
    let read = read(&[(CI, text)]);
    assert_eq!(on(read.job("test").on), "request main branch tag schedule hand");
    assert!(read.job("scan").tolerated.is_some());
    assert_eq!((needs(read.job("deploy")), needs(read.job("later"))), (vec!["test"], vec!["test", "scan"]));
    assert!(read.job("deploy").manual.is_some() && read.job("deploy").on.main && !read.job("deploy").on.pull_request);
    assert_eq!(on(read.job("later").on), "tag");
    assert_eq!(read.job("test").container.as_ref().map(|c| c.value.as_str()), Some("node:22"));
    assert_eq!(read.job("test").services[0].value, "postgres:16");
    assert_eq!(read.job("deploy").environment.as_ref().map(|c| c.value.as_str()), Some("production"));
}

#[test]
fn parts_are_merged_as_gitlab_merges_them() {
    let main = "include:\n  - local: /ci/*.yml\n  - template: Security/SAST.gitlab-ci.yml\n  - project: group/ci\n    file: a.yml\ntest:\n  extends: .base\n  script:\n    - !reference [.setup, script]\n    - pytest\n.setup:\n  script: [pip install -r r.txt]\nsast:\n  variables: {A: b}\n";
    let base = ".base:\n  before_script: [cd api]\n  after_script: [make report]\n  rules:\n    - if: $CI_PIPELINE_SOURCE == 'merge_request_event'\n";
    let read = read(&[(CI, main), ("ci/base.yml", base), ("api/a.py", "x")]);
    assert_eq!(lines(read.job("test")), ["pip install -r r.txt @api", "pytest @api", "make report"]);
    assert_eq!(on(read.job("test").on), "request");
    assert!(read.job("test").steps[2].tolerated.is_some(), "what comes after cannot fail the job");
    let template = read.job("include Security/SAST");
    assert_eq!(template.steps[0].uses.as_ref().map(|u| u.value.as_str()), Some("gitlab-template:Security/SAST"));
    assert!(template.tolerated.is_some());
    let pipeline = read.pipeline(CI);
    assert!(pipeline.opaque.iter().any(|o| o.value.contains("group/ci")) && pipeline.opaque.iter().any(|o| o.value.contains("`sast`")));
    assert_eq!(read.line(read.job("test").steps[1].commands[0].at), (CI.into(), 12));
    assert_eq!(read.line(read.job("test").steps[1].commands[1].at), (CI.into(), 10));
}

#[test]
fn rules_decide_when_a_job_runs() {
    let job = |rules: &str| {
        let text = format!("a:\n  script: [make]\n{rules}");
        let read = read(&[(CI, &text)]);
        (on(read.job("a").on), is_dead(&read.job("a").life))
    };
    assert_eq!(job("  when: never\n"), (String::new(), true));
    assert_eq!(job("  rules:\n    - when: never\n"), (String::new(), true));
    assert_eq!(
        job("  rules:\n    - if: $CI_COMMIT_TAG\n      when: never\n    - if: $CI_COMMIT_BRANCH == 'main'\n"),
        ("main schedule hand".into(), false)
    );
    assert_eq!(job("  only: [merge_requests, main]\n"), ("request main schedule hand".into(), false));
    assert_eq!(job("  except: [main]\n").0, "request branch tag");
    assert_eq!(job("  only: [develop]\n"), ("branch".into(), false));
    assert_eq!(
        job("  rules:\n    - if: $CI_COMMIT_BRANCH =~ /^release/\n"),
        ("branch".into(), false),
        "one kind of branch is not every request"
    );
    assert_eq!(job("  rules:\n    - if: $CI_COMMIT_BRANCH\n").0, "request main branch schedule hand");
}

#[test]
fn the_rules_of_the_whole_bind_every_job() {
    let text = "workflow:\n  rules:\n    - if: $CI_MERGE_REQUEST_IID\n    - if: $CI_COMMIT_TAG\n      when: never\na:\n  script: [make]\n  rules: [{when: always}]\n";
    assert_eq!(on(read(&[(CI, text)]).job("a").on), "request");
}

#[test]
fn broken_and_circular_files_end() {
    let read_one = |text: &str| read(&[(CI, text)]);
    assert!(!read_one("a: [").pipelines[0].opaque.is_empty());
    assert!(!read_one("").pipelines[0].opaque.is_empty());
    read_one("include: /.gitlab-ci.yml\na:\n  extends: b\n  script: [!reference [a, script]]\nb:\n  extends: a\n");
    assert!(read_one("include: /gone.yml\na: {script: x}\n").pipelines[0].opaque.iter().any(|o| o.value.contains("gone.yml")));
}
