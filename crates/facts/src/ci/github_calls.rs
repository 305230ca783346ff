//! Workflows that call workflows, and steps that call actions of this repository.

use std::collections::HashSet;

use plimsoll_base::{Location, Problem, Sourced};
use plimsoll_syntax::Node;

use super::expressions::{Value, evaluate};
use super::github_jobs::{Defaults, StepContext, Workflow, jobs, step};
use super::github_names::Scope;
use super::occasions::Occasion;
use super::reading::{Reader, pairs, sourced};
use super::scripts::substitute;
use super::{Job, Life, Pipeline, Step};
use crate::library::join;

const DEEPEST: usize = 4;

/// The jobs of a called workflow of this repository, in the caller's place. None where it lies elsewhere: the job then keeps one
/// step that names it.
#[allow(clippy::too_many_arguments, reason = "everything that a call passes on")]
pub(super) fn call(
    reader: &Reader,
    workflow: &Workflow,
    job: &mut Job,
    uses: &Node,
    node: &Node,
    occasions: &[Occasion],
    scope: &Scope,
    opaque: &mut Vec<Sourced<String>>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Job>> {
    let target = sourced(workflow.file.id, uses)?;
    let local = target.value.strip_prefix("./").and_then(|path| reader.library.get(path));
    let fits = |root: &Node| workflow.depth < DEEPEST && reader.expands(root.get("jobs").map_or(1, |j| j.entries().len()));
    let Some((file, root)) = local.and_then(|f| Some((f, f.root()?))).filter(|(_, root)| fits(root)) else {
        let why = if target.value.starts_with("./") {
            "the called workflow is not here, or calls itself"
        } else {
            "calls a workflow of another repository"
        };
        opaque.push(Sourced::new(format!("{why}: {}", target.value), target.at));
        job.steps.push(Step {
            at: target.at,
            title: None,
            with: pairs(workflow.file.id, node.get("with")),
            uses: Some(target),
            script: None,
            commands: Vec::new(),
            condition: None,
            tolerated: None,
            env: Vec::new(),
            life: Life::Live,
            on: job.on,
        });
        return None;
    };
    let inputs = inputs(root.path(&["on", "workflow_call", "inputs"]), node.get("with"), scope, true);
    let called = Workflow { file, root, provider: workflow.provider, depth: workflow.depth + 1 };
    let known = !matches!(job.life, Life::Dead(..));
    let mut found = jobs(reader, &called, occasions, &inputs, opaque, problems);
    for inner in &mut found {
        let first = inner.needs.is_empty();
        inner.needs.iter_mut().for_each(|n| n.value = format!("{} / {}", job.id, n.value));
        if first {
            inner.needs.clone_from(&job.needs);
        }
        inner.id = format!("{} / {}", job.id, inner.id);
        inner.condition = inner.condition.take().or_else(|| job.condition.clone());
        if !known {
            inner.life = job.life.clone();
        }
    }
    Some(found)
}

/// The inputs of a call: what the caller gives, else the defaults. What the caller leaves to an expression is unknown.
fn inputs(declared: Option<&Node>, given: Option<&Node>, scope: &Scope, typed: bool) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let given = given.map(Node::entries).unwrap_or_default();
    for entry in given {
        let Some(text) = entry.value.scalar() else { continue };
        let whole = text.trim().strip_prefix("${{").and_then(|t| t.strip_suffix("}}")).filter(|t| !t.contains("${{"));
        let value = match whole {
            Some(expression) => evaluate(expression.trim(), scope),
            None => match substitute(text, scope) {
                text if text.contains("${{") => Value::Unknown,
                text if typed && (text == "true" || text == "false") => Value::Bool(text == "true"),
                text => Value::Text(text),
            },
        };
        found.push((entry.key.to_ascii_lowercase(), value));
    }
    for entry in declared.map(Node::entries).unwrap_or_default() {
        if found.iter().any(|(name, _)| entry.key.eq_ignore_ascii_case(name)) {
            continue;
        }
        let default = entry.value.get("default");
        let value = match default.map(|d| (d, d.scalar())) {
            Some((d, Some(text))) if !text.contains("${{") => match d.as_bool() {
                Some(b) if typed => Value::Bool(b),
                _ => Value::text(text),
            },
            Some(_) => Value::Unknown,
            None => Value::text(""),
        };
        found.push((entry.key.to_ascii_lowercase(), value));
    }
    if found.is_empty() {
        // A name that no declaration has: keeps "no inputs" apart from "not called".
        found.push((String::new(), Value::Null));
    }
    found
}

/// The steps of a composite action of this repository, for the step that uses it.
pub(super) fn composite(context: &StepContext, caller: &Step, scope: &Scope, opaque: &mut Vec<Sourced<String>>) -> Vec<Step> {
    let mut steps = Vec::new();
    expand(context, caller, scope, opaque, 0, &mut steps);
    steps
}

fn expand(context: &StepContext, caller: &Step, scope: &Scope, opaque: &mut Vec<Sourced<String>>, depth: usize, into: &mut Vec<Step>) {
    let Some(uses) = caller.uses.as_ref().filter(|u| u.value.starts_with("./") || u.value == ".") else { return };
    let library = context.reader.library;
    let folder = join("", &uses.value).unwrap_or_default();
    let action = ["action.yml", "action.yaml"].iter().find_map(|name| library.resolve(&folder, name));
    let Some((file, root)) = action.and_then(|a| Some((a, a.root()?))) else {
        opaque.push(Sourced::new(format!("the action {} is not here", uses.value), uses.at));
        return;
    };
    if root.path(&["runs", "using"]).and_then(Node::scalar) != Some("composite") {
        return;
    }
    if depth >= DEEPEST || into.len() > 500 || !context.reader.expands(root.path(&["runs", "steps"]).map_or(1, |s| s.items().len())) {
        opaque.push(Sourced::new(format!("the action {} nests too deep to be followed", uses.value), uses.at));
        return;
    }
    let mut inputs: Vec<(String, Value)> = Vec::new();
    for (name, value) in &caller.with {
        let known = if value.value.contains("${{") { Value::Unknown } else { Value::text(&value.value) };
        inputs.push((name.to_ascii_lowercase(), known));
    }
    for (name, value) in self::inputs(root.get("inputs"), None, scope, false) {
        if !inputs.iter().any(|(n, _)| *n == name) {
            inputs.push((name, value));
        }
    }
    let scope = Scope { inputs: &inputs, ..*scope };
    for item in root.path(&["runs", "steps"]).map(Node::items).unwrap_or_default() {
        let mut inner = step(context, item, file.id, &scope, &Defaults::default(), &[]);
        inner.tolerated = inner.tolerated.or(caller.tolerated);
        if let Life::Dead(..) = caller.life {
            inner.life = caller.life.clone();
        }
        inner.on = crate::ci::Occasions {
            pull_request: inner.on.pull_request && caller.on.pull_request,
            main: inner.on.main && caller.on.main,
            branch: inner.on.branch && caller.on.branch,
            tag: inner.on.tag && caller.on.tag,
            schedule: inner.on.schedule && caller.on.schedule,
            manual: inner.on.manual && caller.on.manual,
        };
        for command in &mut inner.commands {
            command.from = Location { file: uses.at.file, span: uses.at.span };
        }
        into.push(inner.clone());
        expand(context, &inner, &scope, opaque, depth + 1, into);
    }
}

/// What can be said only once every pipeline is read: each defect is told once.
pub(super) fn settle(pipelines: &mut [Pipeline]) {
    for pipeline in pipelines {
        let mut seen = HashSet::new();
        pipeline.opaque.retain(|o| seen.insert((o.value.clone(), o.at)));
    }
}
