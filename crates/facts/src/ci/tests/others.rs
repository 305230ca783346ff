//! The other providers.

use super::{is_dead, lines, needs, on, read};
use crate::ci::Provider;

#[test]
fn circleci() {
    let text = "version: 2.1\norbs: {node: circleci/node@5}\ncommands:\n  prepare:\n    steps:\n      - run: npm ci\njobs:\n  test:\n    docker:\n      - image: cimg/node:22\n      - image: postgres:16\n    steps:\n      - checkout\n      - prepare\n      - run: {name: t, command: npm test | tee log}\n  unused:\n    docker: []\n    steps: [{run: make}]\n  deploy:\n    docker: [{image: a}]\n    steps: [{run: make deploy}]\nworkflows:\n  main:\n    jobs:\n      - test\n      - hold: {type: approval, requires: [test]}\n      - deploy:\n          requires: [hold]\n          filters: {branches: {only: main}}\n      - node/test\n";
    let read = read(&[(".circleci/config.yml", text)]);
    assert_eq!(lines(read.job("test")), ["npm ci", "npm test", "tee log"], "pipefail is on");
    assert_eq!((on(read.job("test").on), on(read.job("deploy").on)), ("request main branch".into(), "main".into()));
    assert!(read.job("hold").manual.is_some());
    assert_eq!(needs(read.job("deploy")), ["hold"]);
    assert!(is_dead(&read.job("unused").life));
    assert_eq!(read.job("test").services[0].value, "postgres:16");
    assert!(!read.pipelines[0].opaque.is_empty(), "an orb's job lies elsewhere");
}

#[test]
fn azure() {
    let text = "trigger:\n  branches: {include: [main]}\npr: [main]\npool: {vmImage: ubuntu-latest}\nstages:\n  - stage: Test\n    jobs:\n      - job: unit\n        steps:\n          - script: |\n              npm test\n              echo done\n          - bash: npm run lint\n            continueOnError: true\n          - task: DotNetCoreCLI@2\n            inputs: {command: test}\n          - template: ci/steps.yml\n  - stage: Deploy\n    condition: and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))\n    jobs:\n      - deployment: web\n        environment: production\n        strategy:\n          runOnce:\n            deploy:\n              steps:\n                - script: ./deploy\n";
    let read = read(&[("azure-pipelines.yml", text), ("ci/steps.yml", "parameters: []\nsteps:\n  - script: make more\n")]);
    let unit = read.job("Test / unit");
    assert_eq!(lines(unit), ["~npm test", "echo done", "npm run lint", "make more"], "the agent's shell goes on after a failure");
    assert!(unit.steps[1].tolerated.is_some());
    assert_eq!(unit.steps[2].uses.as_ref().map(|u| u.value.as_str()), Some("DotNetCoreCLI@2"));
    let deploy = read.job("Deploy / web");
    assert_eq!((on(deploy.on), needs(deploy)), ("main hand".into(), vec!["Test / unit"]));
    assert_eq!(deploy.environment.as_ref().map(|e| e.value.as_str()), Some("production"));
}

#[test]
fn bitbucket() {
    let text = "image: node:22\ndefinitions:\n  services: {db: {image: postgres:16}}\npipelines:\n  default:\n    - step: {name: test, services: [db], script: [cd api, npm test]}\n  branches:\n    main:\n      - step: {name: test, script: [npm test]}\n      - step:\n          name: deploy\n          deployment: production\n          trigger: manual\n          script:\n            - pipe: atlassian/aws-ecs-deploy:1.0\n              variables: {A: b}\n  custom:\n    night:\n      - step: {script: [make]}\n";
    let read = read(&[("bitbucket-pipelines.yml", text), ("api/x", "")]);
    assert_eq!(lines(read.job("default / 1 test")).last().map(String::as_str), Some("npm test @api"));
    assert_eq!(read.job("default / 1 test").services[0].value, "postgres:16");
    let deploy = read.job("branches main / 2 deploy");
    assert_eq!((on(deploy.on), needs(deploy)), ("main".into(), vec!["branches main / 1 test"]));
    assert!(deploy.manual.is_some() && deploy.steps[0].uses.is_some());
    assert_eq!(on(read.job("custom night / 1").on), "hand");
}

#[test]
fn jenkins() {
    let text = "pipeline {\n  agent any\n  triggers { cron('H 4 * * *') }\n  stages {\n    stage('Test') {\n      steps {\n        // sh 'make old'\n        sh 'npm test || true'\n        sh \"\"\"\n          npm run lint\n        \"\"\"\n        catchError { sh 'npm audit' }\n        sh(script: 'make it', returnStatus: true)\n      }\n    }\n    stage('Deploy') {\n      steps {\n        input message: 'Go?'\n        sh './deploy.sh'\n      }\n    }\n  }\n}\n";
    let result = read(&[("Jenkinsfile", text)]);
    assert_eq!(lines(result.job("Test")), ["~npm test", "true", "npm run lint", "npm audit", "make it"]);
    let tolerated: Vec<bool> = result.job("Test").steps.iter().map(|s| s.tolerated.is_some()).collect();
    assert_eq!(tolerated, [false, false, true, true]);
    assert!(result.job("Deploy").manual.is_some() && needs(result.job("Deploy")) == ["Test"]);
    assert!(result.pipelines[0].triggers.external && result.pipelines[0].opaque.is_empty());
    assert_eq!(result.line(result.job("Test").steps[1].commands[0].at).1, 10);
    let scripted = read(&[("ci/Jenkinsfile", "@Library('x') _\nnode { sh 'make' }\n")]);
    assert_eq!(scripted.pipelines[0].opaque.len(), 2);
    let shared =
        read(&[("Jenkinsfile", "library identifier: 'steps@main'\npipeline { stages { stage('Deploy') { steps { promote() } } } }\n")]);
    assert_eq!(shared.pipelines[0].opaque.len(), 1, "its steps lie elsewhere");
    assert!(!read(&[("Jenkinsfile", "'''''\\")]).pipelines.is_empty());
}

#[test]
fn builders_of_clouds_are_started_from_outside() {
    let build = "version: 0.2\nenv:\n  variables: {A: b}\nphases:\n  pre_build:\n    commands: [cd app]\n  build:\n    on-failure: CONTINUE\n    commands:\n      - npm test\n      - docker build .\n";
    let cloud = "steps:\n  - name: gcr.io/cloud-builders/docker\n    args: [build, -t, x, .]\n  - name: node:22\n    entrypoint: bash\n    args: ['-c', 'npm ci && npm test']\n    dir: web\n  - name: gcr.io/google.com/cloudsdktool/cloud-sdk\n    entrypoint: gcloud\n    args: [run, deploy]\n  - name: aquasec/trivy\n    args: [image, x]\nimages: [x]\n";
    let read = read(&[("buildspec.yml", build), ("cloudbuild.yaml", cloud), ("app/x", "")]);
    let built = read.pipeline("buildspec.yml");
    assert!(built.triggers.external && built.jobs[0].on.is_empty());
    assert_eq!(lines(&built.jobs[0]), ["npm test @app", "docker build . @app"]);
    assert!(built.jobs[0].steps[1].tolerated.is_some());
    let cloud = read.pipeline("cloudbuild.yaml");
    assert_eq!(lines(&cloud.jobs[0]), ["docker build -t x .", "npm ci @web", "npm test @web", "gcloud run deploy", "docker push x"]);
    assert_eq!(cloud.jobs[0].steps[3].uses.as_ref().map(|u| u.value.as_str()), Some("docker://aquasec/trivy"));
}

#[test]
fn drone_and_woodpecker() {
    let drone = "kind: pipeline\nname: ci\ntrigger: {event: [push, pull_request]}\nservices: [{name: db, image: postgres:16}]\nsteps:\n  - name: test\n    image: golang:1.25\n    commands: [go test ./...]\n  - name: push\n    image: plugins/docker\n    settings: {repo: x}\n    when: {event: push, branch: main}\n---\nkind: secret\nname: s\n";
    let woodpecker = "when: {event: [push, pull_request], branch: main}\nsteps:\n  test:\n    image: rust\n    failure: ignore\n    commands: [cargo test]\n";
    let read = read(&[(".drone.yml", drone), (".woodpecker/ci.yaml", woodpecker)]);
    let ci = read.job("ci");
    assert_eq!((on(ci.on), on(ci.steps[1].on)), ("request main branch".into(), "main".into()));
    assert_eq!(ci.steps[1].uses.as_ref().map(|u| u.value.as_str()), Some("docker://plugins/docker"));
    assert_eq!(ci.services[0].value, "postgres:16");
    let other = &read.pipeline(".woodpecker/ci.yaml").jobs[0];
    assert_eq!(on(other.on), "request main");
    assert!(other.steps[0].tolerated.is_some());
}

#[test]
fn buildkite_and_travis() {
    let kite = "steps:\n  - label: test\n    command: npm test\n    soft_fail: true\n  - wait\n  - block: go\n  - label: deploy\n    commands: [./deploy]\n    plugins: [{docker#v5: {image: node}}]\n";
    let travis = "language: node_js\nservices: [postgresql]\nscript: [npm test]\nafter_success: npm run cov\ndeploy: {provider: heroku}\n";
    let read = read(&[(".buildkite/pipeline.yml", kite), (".travis.yml", travis)]);
    assert!(read.job("test").tolerated.is_some());
    assert_eq!(needs(read.job("deploy")), ["test"]);
    assert!(read.job("deploy").manual.is_some() && read.pipeline(".buildkite/pipeline.yml").triggers.external);
    let build = read.job("build");
    assert_eq!((on(build.on), build.services[0].value.as_str()), ("request main branch".into(), "postgresql"));
    assert!(build.steps[1].tolerated.is_some());
}

#[test]
fn whatever_cannot_be_read_is_listed() {
    for path in [
        ".gitlab-ci.yml",
        ".circleci/config.yml",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
        "buildspec.yml",
        "cloudbuild.yaml",
        ".drone.yml",
        ".woodpecker.yml",
        ".buildkite/pipeline.yml",
        ".travis.yml",
        "Jenkinsfile",
        "appveyor.yml",
    ] {
        for text in ["", "a: [", "- x", "]]]"] {
            let read = read(&[(path, text)]);
            assert_eq!(read.pipelines.len(), 1, "{path} {text:?}");
            assert!(!read.pipelines[0].opaque.is_empty(), "{path} {text:?}");
        }
    }
    let read = read(&[("src/buildspec.py", "x"), ("docs/.travis.yml", "x"), ("src/jenkins.rs", "x")]);
    assert!(read.pipelines.is_empty());
    assert_eq!(Provider::Other("drone").word(), "drone");
}
