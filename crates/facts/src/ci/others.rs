//! CodeBuild, Cloud Build, Buildkite and Travis: their steps; what starts the first three is set outside the repository.

use plimsoll_base::{Location, Problem, Sourced};
use plimsoll_syntax::{Node, Strictness};

use super::expressions::Value;
use super::gitlab_jobs::bare;
use super::invocations::invocations;
use super::occasions::{Kind, Occasion, set, unfiltered};
use super::reading::{Reader, defect, entry_at, list, pairs, sourced};
use super::scripts::Script;
use super::{Invocation, Job, Life, Occasions, Pipeline, Provider, Step, empty};
use crate::library::{Held, join};

/// A step that runs a script; its text is that of a scalar or of a list.
pub(super) fn script_step(
    reader: &Reader,
    file: &Held,
    node: &Node,
    strictness: Strictness,
    folder: &str,
    on: Occasions,
) -> (Step, String) {
    let mut script = Script::new(strictness);
    script.add(reader, file.id, node);
    let at = file.at(node.span);
    let (commands, end) = invocations(reader, &script, folder);
    let mut step = bare_step(at, on);
    step.script = Some(Sourced::new(script.text, at));
    step.commands = commands;
    (step, end)
}

pub(super) fn bare_step(at: Location, on: Occasions) -> Step {
    Step {
        at,
        title: None,
        uses: None,
        with: Vec::new(),
        script: None,
        commands: Vec::new(),
        condition: None,
        tolerated: None,
        env: Vec::new(),
        life: Life::Live,
        on,
    }
}

/// The pipeline of a file that is a mapping; without one it is opaque.
pub(super) fn opened<'a>(file: &'a Held, provider: Provider, problems: &mut Vec<Problem>) -> (Pipeline, Option<&'a Node>) {
    let mut pipeline = empty(file, provider);
    pipeline.opaque.extend(defect(file, problems));
    let root = file.root().filter(|r| r.is_mapping());
    if root.is_none() && pipeline.opaque.is_empty() {
        pipeline.opaque.push(Sourced::new("the file holds no pipeline".to_owned(), file.whole()));
    }
    (pipeline, root)
}

/// Branch builds of a hosted service: every push, seen on the request of that branch.
pub(super) fn branch_builds(reader: &Reader) -> Vec<Occasion> {
    vec![
        Occasion::new(Kind::PullRequest, "pull_request", Value::Unknown),
        Occasion::new(Kind::Main, "push", Value::text(&reader.default_branch.0)),
        Occasion::new(Kind::Branch, "push", reader.default_branch.other()),
    ]
}

pub(super) fn codebuild(reader: &Reader, file: &Held, problems: &mut Vec<Problem>) -> Pipeline {
    let (mut pipeline, root) = opened(file, Provider::CodeBuild, problems);
    pipeline.triggers.external = true;
    let Some(root) = root else { return pipeline };
    let mut job = bare("build".into(), file.whole());
    job.env = pairs(file.id, root.path(&["env", "variables"]));
    let mut folder = String::new();
    for phase in root.get("phases").map(Node::entries).unwrap_or_default() {
        for key in ["commands", "finally"] {
            let Some(commands) = phase.value.get(key) else { continue };
            let (mut step, end) = script_step(reader, file, commands, Strictness::STEP, &folder, Occasions::default());
            folder = end;
            step.title = Some(phase.key.to_string());
            if phase.value.get("on-failure").and_then(Node::scalar) == Some("CONTINUE") {
                step.tolerated = entry_at(file.id, &phase.value, "on-failure");
            }
            job.steps.push(step);
        }
    }
    pipeline.jobs.push(job);
    pipeline
}

pub(super) fn cloud_build(reader: &Reader, file: &Held, problems: &mut Vec<Problem>) -> Pipeline {
    let (mut pipeline, root) = opened(file, Provider::CloudBuild, problems);
    pipeline.triggers.external = true;
    let Some(root) = root else { return pipeline };
    let mut job = bare("build".into(), file.whole());
    job.env = pairs(file.id, root.get("substitutions"));
    for item in root.get("steps").map(Node::items).unwrap_or_default() {
        let at = file.at(item.span);
        let folder = item.get("dir").and_then(Node::scalar).and_then(|d| join("", d)).unwrap_or_default();
        let mut step = bare_step(at, Occasions::default());
        step.title = item.get("id").and_then(Node::scalar).map(str::to_owned);
        let image = item.get("name").and_then(Node::scalar).unwrap_or_default();
        let args = list(file.id, item.get("args"));
        let program = item.get("entrypoint").and_then(Node::scalar).or_else(|| builder(image));
        let shell = program.is_some_and(|p| matches!(p.rsplit('/').next(), Some("bash" | "sh")));
        let script = item.get("script").or_else(|| if shell { item.get("args").and_then(|a| a.items().last()) } else { None });
        if let Some(script) = script {
            let errexit = args.iter().any(|a| a.value.starts_with('-') && a.value.contains('e'));
            let (found, _) = script_step(reader, file, script, Strictness { errexit, pipefail: false }, &folder, Occasions::default());
            (step.script, step.commands) = (found.script, found.commands);
        } else if let Some(program) = program {
            let words: Vec<String> = std::iter::once(program.to_owned()).chain(args.iter().map(|a| a.value.clone())).collect();
            step.commands.push(invocation(words, item.get("args").map_or(at, |a| file.at(a.span)), &folder));
        } else {
            step.uses = item.get("name").and_then(|n| sourced(file.id, n)).map(|s| s.map(|i| format!("docker://{i}")));
            step.with = vec![("args".to_owned(), Sourced::new(args.iter().map(|a| a.value.as_str()).collect::<Vec<_>>().join(" "), at))];
        }
        if item.get("allowFailure").and_then(Node::as_bool) == Some(true) {
            step.tolerated = entry_at(file.id, item, "allowFailure");
        }
        job.steps.push(step);
    }
    for image in list(file.id, root.get("images")) {
        let mut step = bare_step(image.at, Occasions::default());
        step.commands.push(invocation(vec!["docker".into(), "push".into(), image.value], image.at, ""));
        job.steps.push(step);
    }
    pipeline.jobs.push(job);
    pipeline
}

/// The program of Google's own builder images.
fn builder(image: &str) -> Option<&str> {
    let path = image.split(['@', ':']).next()?;
    let name = path.rsplit('/').next()?;
    match name {
        "cloud-sdk" | "google-cloud-cli" => Some("gcloud"),
        _ if path.contains("/cloud-builders") || path.contains("k8s-skaffold") => Some(name),
        _ => None,
    }
}

fn invocation(words: Vec<String>, at: Location, folder: &str) -> Invocation {
    Invocation { words, at, from: at, tolerated: false, via: Vec::new(), folder: folder.to_owned(), missing: None, followed: false }
}

pub(super) fn buildkite(reader: &Reader, file: &Held, problems: &mut Vec<Problem>) -> Pipeline {
    let (mut pipeline, root) = opened(file, Provider::Other("buildkite"), problems);
    pipeline.triggers.external = true;
    let Some(root) = root else { return pipeline };
    let mut flat = Vec::new();
    for item in root.get("steps").map(Node::items).unwrap_or_default() {
        match item.get("group") {
            Some(_) => flat.extend(item.get("steps").map(Node::items).unwrap_or_default()),
            None => flat.push(item),
        }
    }
    // A `wait` or `block` stands between what comes before and after it.
    let (mut before, mut current): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut manual = None;
    for (index, item) in flat.into_iter().enumerate() {
        let word = item.scalar().unwrap_or_default();
        if word == "wait" || item.get("wait").is_some() || item.get("block").is_some() || item.get("input").is_some() {
            before.append(&mut current);
            manual = item.get("block").map(|b| file.at(b.span)).or(manual);
            continue;
        }
        let text = |key: &str| item.get(key).and_then(Node::scalar);
        let id = text("key").or(text("id")).or(text("label")).or(text("name")).map_or_else(|| format!("step {}", index + 1), str::to_owned);
        let mut job = bare(id.clone(), file.at(item.span));
        job.needs = match item.get("depends_on") {
            Some(needs) => list(file.id, Some(needs)),
            None => before.iter().map(|b| Sourced::new(b.clone(), job.at)).collect(),
        };
        job.manual = manual;
        job.condition = item.get("if").and_then(|n| sourced(file.id, n));
        job.env = pairs(file.id, item.get("env"));
        if item.get("soft_fail").is_some_and(|n| n.as_bool() != Some(false)) {
            job.tolerated = entry_at(file.id, item, "soft_fail");
        }
        if let Some(commands) = item.get("command").or_else(|| item.get("commands")) {
            job.steps.push(script_step(reader, file, commands, Strictness::STEP, "", Occasions::default()).0);
        }
        for plugin in item.get("plugins").map(Node::items).unwrap_or_default() {
            let name = plugin.scalar().or_else(|| plugin.entries().first().map(|e| &*e.key)).unwrap_or_default();
            let mut step = bare_step(file.at(plugin.span), Occasions::default());
            step.uses = Some(Sourced::new(name.to_owned(), step.at));
            step.with = pairs(file.id, plugin.entries().first().map(|e| &e.value));
            job.steps.push(step);
        }
        if job.steps.iter().any(|s| s.commands.iter().any(|c| c.words.iter().any(|w| w == "upload") && c.words[0].contains("buildkite"))) {
            pipeline.opaque.push(Sourced::new("steps are made while it runs".to_owned(), job.at));
        }
        current.push(id);
        pipeline.jobs.push(job);
    }
    pipeline
}

pub(super) fn travis(reader: &Reader, file: &Held, problems: &mut Vec<Problem>) -> Pipeline {
    let (mut pipeline, root) = opened(file, Provider::Other("travis"), problems);
    let Some(root) = root else { return pipeline };
    pipeline.triggers.push = Some(unfiltered(file.whole()));
    pipeline.triggers.pull_request = Some(unfiltered(file.whole()));
    let on = set(&branch_builds(reader));
    let jobs = root.path(&["jobs", "include"]).or_else(|| root.path(&["matrix", "include"])).map(Node::items).unwrap_or_default();
    let mut parts: Vec<(String, Option<&Node>)> = jobs
        .iter()
        .enumerate()
        .filter(|(_, j)| j.get("script").is_some())
        .map(|(i, j)| (j.get("name").and_then(Node::scalar).map_or_else(|| format!("job {}", i + 1), str::to_owned), Some(j)))
        .collect();
    if parts.is_empty() {
        parts.push(("build".to_owned(), None));
    }
    for (id, part) in parts {
        let mut job: Job = bare(id, part.map_or(file.whole(), |p| file.at(p.span)));
        job.on = on;
        job.services = list(file.id, root.get("services"));
        let mut folder = String::new();
        for key in ["before_install", "install", "before_script", "script", "after_success", "before_deploy"] {
            let Some(node) = part.and_then(|p| p.get(key)).or_else(|| root.get(key)) else { continue };
            // Travis notes a failure of `script` and goes on: the job fails all the same.
            let (mut step, end) = script_step(reader, file, node, Strictness::STEP, &folder, on);
            folder = end;
            step.title = Some(key.to_owned());
            step.tolerated = (key == "after_success").then_some(step.at);
            job.steps.push(step);
        }
        if root.get("script").is_none() && part.is_none() {
            pipeline.opaque.push(Sourced::new("without `script` the language's own command runs".to_owned(), file.whole()));
        }
        for deploy in root.get("deploy").map(|d| if d.items().is_empty() { std::slice::from_ref(d) } else { d.items() }).unwrap_or_default()
        {
            let mut step = bare_step(file.at(deploy.span), on);
            step.uses = deploy.get("provider").and_then(|n| sourced(file.id, n)).map(|s| s.map(|p| format!("travis-deploy:{p}")));
            step.with = pairs(file.id, Some(deploy));
            job.steps.push(step);
        }
        pipeline.jobs.push(job);
    }
    pipeline
}
