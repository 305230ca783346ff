//! Drone and Woodpecker: steps in containers, each with its own condition.

use plimsoll_base::{Problem, Sourced};
use plimsoll_syntax::{Node, Strictness};

use super::gitlab_jobs::bare;
use super::occasions::{matches, unfiltered};
use super::others::{bare_step, opened, script_step};
use super::reading::{Reader, entry_at, list, pairs, sourced};
use super::{Job, Life, Occasions, Pipeline, Provider};
use crate::library::Held;

pub(super) fn read(reader: &Reader, file: &Held, provider: Provider, problems: &mut Vec<Problem>) -> Pipeline {
    let (mut pipeline, _) = opened(file, provider, problems);
    for (index, root) in file.documents.iter().enumerate().filter(|(_, d)| d.is_mapping()) {
        let kind = root.get("kind").and_then(Node::scalar);
        let Some(steps) = root.get("steps").or_else(|| root.get("pipeline")).filter(|_| kind.is_none_or(|k| k == "pipeline")) else {
            continue;
        };
        let name = root
            .get("name")
            .and_then(Node::scalar)
            .map_or_else(|| if index == 0 { "pipeline".to_owned() } else { format!("pipeline {}", index + 1) }, str::to_owned);
        let mut job = bare(name, file.at(root.span));
        job.needs = list(file.id, root.get("depends_on"));
        job.on = narrowed(reader, root.get("trigger").or_else(|| root.get("when")), everything());
        job.services = images(file, root.get("services"));
        job.matrix = root
            .get("matrix")
            .map(Node::entries)
            .unwrap_or_default()
            .iter()
            .map(|e| (e.key.to_string(), list(file.id, Some(&e.value))))
            .collect();
        let anchors: Vec<(Option<&str>, &Node)> = match steps.items() {
            [] => steps.entries().iter().map(|e| (Some(&*e.key), &e.value)).collect(),
            items => items.iter().map(|i| (i.get("name").and_then(Node::scalar), i)).collect(),
        };
        for (name, node) in anchors {
            step(reader, file, name, node, &mut job);
        }
        let union = job.steps.iter().fold(Occasions::default(), |all, s| all.or(s.on));
        job.on = union;
        let at = job.at;
        if job.on.pull_request {
            pipeline.triggers.pull_request.get_or_insert_with(|| unfiltered(at));
        }
        if job.on.main || job.on.branch {
            pipeline.triggers.push.get_or_insert_with(|| unfiltered(at));
        }
        pipeline.triggers.tag = pipeline.triggers.tag.or(job.on.tag.then_some(at));
        pipeline.jobs.push(job);
    }
    pipeline
}

fn images(file: &Held, node: Option<&Node>) -> Vec<Sourced<String>> {
    let Some(node) = node else { return Vec::new() };
    let of = |n: &Node| sourced(file.id, n.get("image")?);
    node.items().iter().filter_map(of).chain(node.entries().iter().filter_map(|e| of(&e.value))).collect()
}

fn everything() -> Occasions {
    Occasions { pull_request: true, main: true, branch: true, tag: true, schedule: false, manual: false }
}

/// The occasions that a condition lets through. A list of conditions is true when one is.
fn narrowed(reader: &Reader, when: Option<&Node>, on: Occasions) -> Occasions {
    let Some(when) = when else { return on };
    if !when.items().is_empty() {
        return when.items().iter().fold(Occasions::default(), |all, one| all.or(narrowed(reader, Some(one), on)));
    }
    let words = |key: &str| -> Option<(Vec<String>, Vec<String>)> {
        let node = when.get(key)?;
        let of = |n: &Node| n.scalars().iter().filter_map(|s| s.scalar().map(str::to_owned)).collect::<Vec<_>>();
        Some(if node.is_mapping() {
            (node.get("include").map(of).unwrap_or_default(), node.get("exclude").map(of).unwrap_or_default())
        } else {
            (of(node), Vec::new())
        })
    };
    let mut result = on;
    if let Some((include, exclude)) = words("event") {
        let has = |names: &[&str]| {
            names.iter().any(|n| (include.is_empty() || include.iter().any(|i| i == n)) && !exclude.iter().any(|e| e == n))
        };
        result.pull_request &= has(&["pull_request"]);
        result.main &= has(&["push"]);
        result.branch &= has(&["push"]);
        result.tag &= has(&["tag", "release"]);
        result.schedule = has(&["cron"]) && !include.is_empty();
        result.manual = has(&["manual", "custom", "promote", "deployment"]) && !include.is_empty();
    }
    if let Some((include, exclude)) = words("branch").or_else(|| words("ref")) {
        let fits = |list: &[String]| list.iter().any(|p| matches(p.trim_start_matches("refs/heads/"), &reader.default_branch.0));
        let main = (include.is_empty() || fits(&include)) && !fits(&exclude);
        let other =
            include.is_empty() || include.iter().any(|p| p.contains('*') || !reader.default_branch.is(p.trim_start_matches("refs/heads/")));
        result.main &= main;
        result.pull_request &= main;
        result.branch &= other && !exclude.iter().any(|p| p == "*" || p == "**");
    }
    result
}

fn step(reader: &Reader, file: &Held, name: Option<&str>, node: &Node, job: &mut Job) {
    let on = narrowed(reader, node.get("when"), job.on);
    let at = file.at(node.span);
    let mut step = match node.get("commands") {
        Some(commands) => {
            let folder = node.get("directory").and_then(Node::scalar).unwrap_or_default();
            script_step(reader, file, commands, Strictness::STEP, folder, on).0
        }
        None => bare_step(at, on),
    };
    step.at = at;
    step.title = name.map(str::to_owned);
    step.env = pairs(file.id, node.get("environment"));
    if step.script.is_none() {
        step.uses = node.get("image").and_then(|n| sourced(file.id, n)).map(|s| s.map(|i| format!("docker://{i}")));
        step.with = pairs(file.id, node.get("settings"));
    }
    if node.get("failure").and_then(Node::scalar) == Some("ignore") {
        step.tolerated = entry_at(file.id, node, "failure");
    }
    if on.is_empty() {
        step.life = Life::Dead("its condition lets nothing through".into(), node.get("when").map_or(at, |w| file.at(w.span)));
    }
    job.steps.push(step);
}
