//! GitHub Actions (and Forgejo's and Gitea's, which share its files): a workflow's triggers and rights.

use plimsoll_base::{FileId, Location, Problem, Sourced};
use plimsoll_syntax::Node;

use super::expressions::Value;
use super::github_jobs::{self, Workflow};
use super::occasions::{Kind, Occasion, unfiltered};
use super::reading::{Reader, defect, key_at, list, sourced};
use super::{BranchFilter, Permissions, Pipeline, Provider, Triggers, empty};
use crate::library::Held;

pub(super) fn read(reader: &Reader, file: &Held, provider: Provider, problems: &mut Vec<Problem>) -> Pipeline {
    let mut pipeline = empty(file, provider);
    pipeline.opaque.extend(defect(file, problems));
    let Some(root) = file.root().filter(|r| r.is_mapping()) else {
        if pipeline.opaque.is_empty() {
            pipeline.opaque.push(Sourced::new("the file holds no workflow".to_owned(), file.whole()));
        }
        return pipeline;
    };
    pipeline.title = root.get("name").and_then(Node::scalar).map(str::to_owned);
    pipeline.triggers = triggers(file, root);
    pipeline.permissions = permissions(file.id, root);
    let occasions = occasions(reader, &pipeline.triggers, 0);
    let workflow = Workflow { file, root, provider, depth: 0 };
    let uncalled = pipeline.triggers.call.is_some() && occasions.is_empty();
    if uncalled && called_here(reader, file) {
        return pipeline;
    }
    pipeline.uncalled = uncalled;
    pipeline.jobs = github_jobs::jobs(reader, &workflow, &occasions, &[], &mut pipeline.opaque, problems);
    pipeline
}

/// Whether another workflow of this repository calls this one.
fn called_here(reader: &Reader, file: &Held) -> bool {
    reader.library.below(file.folder()).filter(|f| f.path != file.path && f.folder() == file.folder()).any(|f| {
        let jobs = f.root().and_then(|r| r.get("jobs"));
        jobs.map(Node::entries).unwrap_or_default().iter().any(|job| {
            let uses = job.value.get("uses").and_then(Node::scalar);
            uses.and_then(|u| u.strip_prefix("./")).is_some_and(|u| u == file.path)
        })
    })
}

fn triggers(file: &Held, root: &Node) -> Triggers {
    let mut triggers = Triggers::default();
    // YAML 1.1 readers make `on` a truth value; a key written `true` means the same.
    let Some(on) = root.entry("on").or_else(|| root.entry("true")) else { return triggers };
    let id = file.id;
    if on.value.is_mapping() {
        for event in on.value.entries() {
            let at = Location::at(id, if event.value.is_null() { event.key_span } else { event.span() });
            add_trigger(&mut triggers, id, &event.key, at, &event.value);
        }
    } else {
        for event in on.value.scalars() {
            let nothing = Node::null(event.span);
            add_trigger(&mut triggers, id, event.scalar().unwrap_or_default(), Location::at(id, event.span), &nothing);
        }
    }
    triggers
}

fn add_trigger(triggers: &mut Triggers, file: FileId, event: &str, at: Location, node: &Node) {
    let has = |keys: &[&str]| keys.iter().any(|k| node.get(k).is_some());
    match event {
        "push" => {
            let (branches, tags) = (has(&["branches", "branches-ignore"]), has(&["tags", "tags-ignore"]));
            if branches || !tags {
                triggers.push = Some(filter(file, node, at));
            }
            if tags || !branches {
                triggers.tag = triggers.tag.or_else(|| Some(key_at(file, node, "tags").unwrap_or(at)));
            }
        }
        "pull_request" => {
            let types = list(file, node.get("types"));
            // Closing or labelling says nothing of a change.
            const OF_A_CHANGE: [&str; 4] = ["opened", "synchronize", "reopened", "ready_for_review"];
            if types.is_empty() || types.iter().any(|t| OF_A_CHANGE.contains(&t.value.as_str())) {
                triggers.pull_request = Some(filter(file, node, at));
            } else {
                triggers.other.push(Sourced::new(
                    format!("pull_request ({})", types.iter().map(|t| t.value.as_str()).collect::<Vec<_>>().join(", ")),
                    at,
                ));
            }
        }
        "pull_request_target" => triggers.pull_request_target = Some(at),
        "release" => triggers.tag = Some(triggers.tag.unwrap_or(at)),
        "schedule" => triggers.schedule.extend(node.items().iter().filter_map(|i| sourced(file, i.get("cron")?))),
        "workflow_dispatch" => triggers.manual = Some(at),
        "workflow_call" => triggers.call = Some(at),
        "workflow_run" => triggers.after.extend(list(file, node.get("workflows"))),
        other => triggers.other.push(Sourced::new(other.to_owned(), at)),
    }
}

fn filter(file: FileId, node: &Node, at: Location) -> BranchFilter {
    BranchFilter {
        branches: list(file, node.get("branches")),
        branches_ignore: list(file, node.get("branches-ignore")),
        paths: list(file, node.get("paths")),
        paths_ignore: list(file, node.get("paths-ignore")),
        ..unfiltered(at)
    }
}

/// What may start the workflow, as the conditions of its jobs see it.
fn occasions(reader: &Reader, triggers: &Triggers, depth: usize) -> Vec<Occasion> {
    let main = || Value::text(&reader.default_branch.0);
    let mut found = Vec::new();
    if let Some(filter) = &triggers.push {
        let (default, others) = reader.default_branch.admitted(filter);
        found.extend(default.then(|| Occasion::new(Kind::Main, "push", main())));
        found.extend(others.into_iter().map(|name| Occasion::new(Kind::Branch, "push", name)));
    }
    if let Some(filter) = &triggers.pull_request {
        let (default, others) = reader.default_branch.admitted(filter);
        let pull = |kind| Occasion::new(kind, "pull_request", Value::Unknown);
        found.extend(default.then(|| pull(Kind::PullRequest)));
        found.extend((!default && !others.is_empty()).then(|| pull(Kind::Branch)));
    }
    if triggers.pull_request_target.is_some() {
        found.push(Occasion::new(Kind::PullRequest, "pull_request_target", main()));
    }
    if triggers.tag.is_some() {
        let tag = Value::Partly { prefix: String::new(), not: vec![reader.default_branch.0.clone()] };
        // A tag and a release are told apart only where a condition asks for the event.
        found.push(Occasion::new(Kind::Tag, "push", tag.clone()));
        found.push(Occasion::new(Kind::Tag, "release", tag));
    }
    if !triggers.schedule.is_empty() {
        found.push(Occasion::new(Kind::Schedule, "schedule", main()));
    }
    if triggers.manual.is_some() {
        found.push(Occasion::new(Kind::Manual, "workflow_dispatch", Value::Unknown));
    }
    if !triggers.after.is_empty() {
        for kind in upstream(reader, triggers, depth) {
            found.push(Occasion::new(kind, "workflow_run", main()));
        }
    }
    for other in &triggers.other {
        let event = other.value.split(' ').next().unwrap_or_default();
        let kind = if event == "merge_group" { Kind::PullRequest } else { Kind::Other };
        found.push(Occasion::new(kind, event, Value::Unknown));
    }
    found
}

/// On which occasions the workflows run that this one waits for. What follows a pull request is no part of its checks.
fn upstream(reader: &Reader, triggers: &Triggers, depth: usize) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for file in reader.library.below(".github/workflows").filter(|_| depth < 3) {
        let Some(root) = file.root() else { continue };
        let title = root.get("name").and_then(Node::scalar).unwrap_or(&file.path);
        if triggers.after.iter().any(|a| a.value == title) {
            for occasion in occasions(reader, &self::triggers(file, root), depth + 1) {
                let kind = if occasion.kind == Kind::PullRequest { Kind::Other } else { occasion.kind };
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
        }
    }
    if kinds.is_empty() {
        kinds.push(Kind::Other);
    }
    kinds
}

/// The rights that a workflow or a job states.
pub(super) fn permissions(file: FileId, node: &Node) -> Option<Permissions> {
    let entry = node.entry("permissions")?;
    let at = Location::at(file, entry.span());
    let named = match entry.value.scalar() {
        Some("read-all") => vec![("all".to_owned(), "read".to_owned())],
        Some(_) => Vec::new(),
        None => entry.value.entries().iter().filter_map(|e| Some((e.key.to_string(), e.value.scalar()?.to_owned()))).collect(),
    };
    Some(Permissions { at, write_all: entry.value.scalar() == Some("write-all"), named })
}
