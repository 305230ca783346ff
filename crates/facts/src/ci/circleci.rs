//! CircleCI: workflows, jobs, reusable commands and orbs.

use plimsoll_base::{Problem, Sourced};
use plimsoll_syntax::{Node, Strictness};

use super::gitlab_jobs::bare;
use super::occasions::{Kind, Occasion, matches, set, unfiltered};
use super::others::{bare_step, branch_builds, opened, script_step};
use super::reading::{Reader, entry_at, pairs, sourced};
use super::{Job, Life, Occasions, Pipeline, Provider};
use crate::library::{Held, join};

pub(super) fn read(reader: &Reader, file: &Held, problems: &mut Vec<Problem>) -> Pipeline {
    let (mut pipeline, root) = opened(file, Provider::CircleCi, problems);
    let Some(root) = root else { return pipeline };
    if root.get("setup").and_then(Node::as_bool) == Some(true) {
        pipeline.opaque.push(Sourced::new("a setup workflow: what runs is decided while it runs".to_owned(), file.whole()));
    }
    let all = branch_builds(reader);
    let mut used: Vec<&str> = Vec::new();
    let mut any = false;
    for workflow in root.get("workflows").map(Node::entries).unwrap_or_default().iter().filter(|w| w.value.is_mapping()) {
        any = true;
        let schedules = workflow.value.get("triggers").map(Node::items).unwrap_or_default().iter().filter_map(|t| t.get("schedule"));
        let schedules: Vec<&Node> = schedules.collect();
        let occasions: Vec<Occasion> = if schedules.is_empty() {
            pipeline.triggers.push.get_or_insert_with(|| unfiltered(file.at(workflow.key_span)));
            pipeline.triggers.pull_request.get_or_insert_with(|| unfiltered(file.at(workflow.key_span)));
            all.clone()
        } else {
            pipeline.triggers.schedule.extend(schedules.iter().filter_map(|s| sourced(file.id, s.get("cron")?)));
            vec![Occasion::new(Kind::Schedule, "schedule", super::expressions::Value::text(&reader.default_branch.0))]
        };
        for item in workflow.value.get("jobs").map(Node::items).unwrap_or_default() {
            let (name, settings) = match item.entries().first() {
                Some(entry) => (&*entry.key, Some(&entry.value)),
                None => (item.scalar().unwrap_or_default(), None),
            };
            used.push(name);
            let id = settings.and_then(|s| s.get("name")).and_then(Node::scalar).unwrap_or(name);
            let mut job = job(reader, file, root, name, id, settings, &occasions, &mut pipeline);
            job.at = file.at(item.span);
            pipeline.jobs.push(job);
        }
    }
    for entry in root.get("jobs").map(Node::entries).unwrap_or_default().iter().filter(|e| !used.contains(&&*e.key)) {
        let alone = !any && &*entry.key == "build";
        let mut job = job(reader, file, root, &entry.key, &entry.key, None, if alone { &all } else { &[] }, &mut pipeline);
        job.at = file.at(entry.key_span);
        if !alone {
            job.life = Life::Dead("no workflow names it".into(), job.at);
        } else {
            pipeline.triggers.push = Some(unfiltered(job.at));
            pipeline.triggers.pull_request = Some(unfiltered(job.at));
        }
        pipeline.jobs.push(job);
    }
    pipeline
}

#[allow(clippy::too_many_arguments, reason = "a job is named in one place and described in another")]
fn job(
    reader: &Reader,
    file: &Held,
    root: &Node,
    name: &str,
    id: &str,
    settings: Option<&Node>,
    occasions: &[Occasion],
    pipeline: &mut Pipeline,
) -> Job {
    let mut job = bare(id.to_owned(), file.whole());
    let setting = |key: &str| settings.and_then(|s| s.get(key));
    job.needs = setting("requires")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|n| match n.entries().first() {
            Some(entry) => Some(Sourced::new(entry.key.to_string(), file.at(entry.key_span))),
            None => sourced(file.id, n),
        })
        .collect();
    let mut reached: Vec<Occasion> =
        occasions.iter().filter(|o| admits(setting("filters").and_then(|f| f.get("branches")), o, reader)).cloned().collect();
    if setting("filters").is_some_and(|f| f.get("tags").is_some()) && !occasions.is_empty() {
        reached.push(Occasion::new(Kind::Tag, "push", super::expressions::Value::Unknown));
        pipeline.triggers.tag =
            entry_at(file.id, settings.and_then(|s| s.get("filters")).unwrap_or(root), "tags").or(pipeline.triggers.tag);
    }
    job.on = set(&reached);
    if !occasions.is_empty() && reached.is_empty() {
        job.life = Life::Dead("its filters let no branch and no tag through".into(), file.at(setting("filters").unwrap_or(root).span));
    }
    if setting("type").and_then(Node::scalar) == Some("approval") {
        job.manual = setting("type").map(|n| file.at(n.span));
        return job;
    }
    let Some(definition) = root.path(&["jobs", name]) else {
        let at = settings.map_or(file.whole(), |s| file.at(s.span));
        let mut step = bare_step(at, job.on);
        step.uses = Some(Sourced::new(name.to_owned(), at));
        step.with = pairs(file.id, settings);
        job.steps.push(step);
        if name.contains('/') {
            pipeline.opaque.push(Sourced::new(format!("the orb's job {name} is defined elsewhere"), at));
        }
        return job;
    };
    let executor = definition.get("executor").and_then(|e| e.get("name").unwrap_or(e).scalar());
    let images = definition.get("docker").or_else(|| root.path(&["executors", executor?, "docker"]));
    let mut images = images.map(Node::items).unwrap_or_default().iter().filter_map(|i| sourced(file.id, i.get("image")?));
    job.container = images.next();
    job.services = images.collect();
    job.env = pairs(file.id, definition.get("environment"));
    job.runner = executor.map(|e| Sourced::new(e.to_owned(), file.at(definition.span)));
    let folder = definition
        .get("working_directory")
        .and_then(Node::scalar)
        .filter(|d| !d.starts_with('~'))
        .and_then(|d| join("", d))
        .unwrap_or_default();
    let folder = if reader.library.has_folder(&folder) { folder } else { String::new() };
    steps(reader, file, root, definition.get("steps"), &folder, &mut job, 0);
    job
}

fn admits(branches: Option<&Node>, occasion: &Occasion, reader: &Reader) -> bool {
    let Some(branches) = branches else { return true };
    let name = |o: &Occasion| o.name.known_text();
    let fits = |pattern: &str| {
        let main = name(occasion).unwrap_or_default();
        match pattern.strip_prefix('/').and_then(|p| p.strip_suffix('/')) {
            Some(regex) if occasion.kind == Kind::Main => regex::Regex::new(&format!("^(?:{regex})$")).map_or(true, |r| r.is_match(&main)),
            Some(_) => true,
            None if occasion.kind == Kind::Main => matches(pattern, &main),
            None => !reader.default_branch.is(pattern) && !matches!(pattern, "main" | "master"),
        }
    };
    let words =
        |key: &str| branches.get(key).map(Node::scalars).unwrap_or_default().into_iter().filter_map(Node::scalar).collect::<Vec<_>>();
    let (only, ignore) = (words("only"), words("ignore"));
    let any_pattern = |p: &&str| p.starts_with('/') && p.contains(".*") && p.len() <= 6;
    let left_out = match occasion.kind {
        Kind::Main => ignore.iter().any(|p| fits(p)),
        _ => ignore.iter().any(any_pattern),
    };
    // A filter on single branches leaves the branches of requests out.
    let let_in = only.is_empty() || only.iter().any(|p| if occasion.kind == Kind::PullRequest { p.starts_with('/') } else { fits(p) });
    let_in && !left_out
}

fn steps(reader: &Reader, file: &Held, root: &Node, list_of: Option<&Node>, folder: &str, job: &mut Job, depth: usize) {
    if depth > 8 || job.steps.len() > 500 || (depth > 0 && !reader.expands(1)) {
        return;
    }
    for item in list_of.map(Node::items).unwrap_or_default() {
        let at = file.at(item.span);
        let (name, settings) = match item.entries().first() {
            Some(entry) => (&*entry.key, Some(&entry.value)),
            None => (item.scalar().unwrap_or_default(), None),
        };
        let on: Occasions = job.on;
        match (name, settings) {
            ("run", Some(run)) => {
                let command = run.get("command").unwrap_or(run);
                let own =
                    run.get("working_directory").and_then(Node::scalar).and_then(|d| join(folder, d)).unwrap_or_else(|| folder.to_owned());
                // CircleCI starts `bash -eo pipefail`.
                let (mut step, _) = script_step(reader, file, command, Strictness::STRICT, &own, on);
                step.at = at;
                step.title = run.get("name").and_then(Node::scalar).map(str::to_owned);
                step.env = pairs(file.id, run.get("environment"));
                step.condition = run.get("when").and_then(|n| sourced(file.id, n));
                job.steps.push(step);
            }
            ("when" | "unless", Some(block)) => steps(reader, file, root, block.get("steps"), folder, job, depth + 1),
            _ if root.path(&["commands", name]).is_some() => {
                let command = root.path(&["commands", name, "steps"]);
                steps(reader, file, root, command, folder, job, depth + 1);
            }
            _ => {
                let mut step = bare_step(at, on);
                step.uses = Some(Sourced::new(name.to_owned(), at));
                step.with = pairs(file.id, settings);
                job.steps.push(step);
            }
        }
    }
}
