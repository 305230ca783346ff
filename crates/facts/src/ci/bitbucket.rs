//! Bitbucket Pipelines: sections for branches, requests, tags and by hand, each a row of steps.

use plimsoll_base::{Problem, Sourced};
use plimsoll_syntax::{Node, Strictness};

use super::gitlab_jobs::bare;
use super::occasions::{matches, unfiltered};
use super::others::{bare_step, opened, script_step};
use super::reading::{Reader, entry_at, list, pairs, sourced};
use super::{Job, Occasions, Pipeline, Provider};
use crate::library::Held;

pub(super) fn read(reader: &Reader, file: &Held, problems: &mut Vec<Problem>) -> Pipeline {
    let (mut pipeline, root) = opened(file, Provider::Bitbucket, problems);
    let Some(root) = root else { return pipeline };
    for section in root.get("pipelines").map(Node::entries).unwrap_or_default() {
        let at = file.at(section.key_span);
        if &*section.key == "default" {
            pipeline.triggers.push = Some(unfiltered(at));
            // A build of a branch is shown on its request.
            let on = Occasions { pull_request: true, main: true, branch: true, ..Occasions::default() };
            row(reader, file, root, "default", &section.value, on, &mut pipeline.jobs);
            continue;
        }
        for entry in section.value.entries() {
            let name = format!("{} {}", section.key, entry.key);
            let mut on = Occasions::default();
            match &*section.key {
                "branches" => {
                    on.main = matches(&entry.key, &reader.default_branch.0);
                    on.branch = !on.main || entry.key.contains('*');
                    on.pull_request = on.branch && entry.key.contains('*');
                    let filter = pipeline.triggers.push.get_or_insert_with(|| unfiltered(at));
                    if root.path(&["pipelines", "default"]).is_none() {
                        filter.branches.push(Sourced::new(entry.key.to_string(), file.at(entry.key_span)));
                    }
                }
                "pull-requests" => {
                    on.pull_request = true;
                    pipeline.triggers.pull_request = Some(unfiltered(at));
                }
                "tags" => {
                    on.tag = true;
                    pipeline.triggers.tag = Some(at);
                }
                _ => {
                    on.manual = true;
                    pipeline.triggers.manual = Some(at);
                }
            }
            row(reader, file, root, &name, &entry.value, on, &mut pipeline.jobs);
        }
    }
    pipeline
}

/// Steps one after the other; parallel ones wait for what stands before them all.
fn row(reader: &Reader, file: &Held, root: &Node, section: &str, items: &Node, on: Occasions, jobs: &mut Vec<Job>) {
    let mut before: Vec<String> = Vec::new();
    let mut number = 0;
    for item in items.items() {
        let group: Vec<(&Node, Option<&Node>)> = if let Some(parallel) = item.get("parallel") {
            let steps = parallel.get("steps").unwrap_or(parallel);
            steps.items().iter().filter_map(|s| Some((s.get("step")?, None))).collect()
        } else if let Some(stage) = item.get("stage") {
            stage.get("steps").map(Node::items).unwrap_or_default().iter().filter_map(|s| Some((s.get("step")?, Some(stage)))).collect()
        } else {
            item.get("step").map(|s| (s, None)).into_iter().collect()
        };
        let mut ids = Vec::new();
        for (node, stage) in group {
            number += 1;
            let name = node.get("name").and_then(Node::scalar).map_or_else(|| format!("{number}"), |n| format!("{number} {n}"));
            let mut job = bare(format!("{section} / {name}"), file.at(node.span));
            job.needs = before.iter().map(|b| Sourced::new(b.clone(), job.at)).collect();
            job.on = on;
            let either = |key: &str| node.get(key).or_else(|| stage?.get(key));
            job.environment = either("deployment").and_then(|n| sourced(file.id, n));
            job.manual = either("trigger").filter(|n| n.scalar() == Some("manual")).map(|n| file.at(n.span));
            job.container = node.get("image").or_else(|| root.get("image")).and_then(|n| sourced(file.id, n.get("name").unwrap_or(n)));
            job.services = list(file.id, node.get("services"))
                .into_iter()
                .map(|s| {
                    let image =
                        root.path(&["definitions", "services", &s.value, "image"]).and_then(|n| n.get("name").unwrap_or(n).scalar());
                    let image = image.map(str::to_owned);
                    s.map(|name| image.unwrap_or(name))
                })
                .collect();
            if node.get("on-fail").is_some_and(|n| n.get("strategy").unwrap_or(n).scalar() == Some("ignore")) {
                job.tolerated = entry_at(file.id, node, "on-fail");
            }
            steps(reader, file, node, &mut job);
            ids.push(job.id.clone());
            jobs.push(job);
        }
        if !ids.is_empty() {
            before = ids;
        }
    }
}

fn steps(reader: &Reader, file: &Held, node: &Node, job: &mut Job) {
    let mut folder = String::new();
    for key in ["script", "after-script"] {
        for item in node.get(key).map(Node::items).unwrap_or_default() {
            let mut step = match item.get("pipe") {
                Some(pipe) => {
                    let mut step = bare_step(file.at(item.span), job.on);
                    step.uses = sourced(file.id, pipe);
                    step.with = pairs(file.id, item.get("variables"));
                    step
                }
                None => {
                    let (step, end) = script_step(reader, file, item, Strictness::STEP, &folder, job.on);
                    folder = end;
                    step
                }
            };
            step.tolerated = (key == "after-script").then_some(step.at);
            job.steps.push(step);
        }
    }
}
