//! Jobs and steps of GitHub workflows: on which occasions each runs, and what it runs then.

use std::collections::{BTreeMap, HashSet};

use plimsoll_base::{FileId, Location, Problem, Sourced};
use plimsoll_syntax::{Node, Strictness};

use super::expressions::{asks_status, condition};
use super::github::permissions;
use super::github_calls;
use super::github_names::{Inputs, Scope, combinations, matrix, used_keys};
use super::invocations::invocations;
use super::occasions::{Occasion, set};
use super::reading::{Reader, entry_at, list, pairs, sourced};
use super::scripts::{Script, substitute};
use super::{Invocation, Job, Life, Provider, Step};
use crate::library::{Held, join};

/// A workflow that is read.
#[derive(Clone, Copy)]
pub(super) struct Workflow<'a> {
    pub file: &'a Held,
    pub root: &'a Node,
    pub provider: Provider,
    /// How many calls lead to it.
    pub depth: usize,
}

/// The jobs of a workflow for the occasions that may start it, and the inputs that it is given.
pub(super) fn jobs(
    reader: &Reader,
    workflow: &Workflow,
    occasions: &[Occasion],
    inputs: &Inputs,
    opaque: &mut Vec<Sourced<String>>,
    problems: &mut Vec<Problem>,
) -> Vec<Job> {
    let file = workflow.file.id;
    let entries = workflow.root.get("jobs").map(Node::entries).unwrap_or_default();
    let env = pairs(file, workflow.root.get("env"));
    let scope = Scope { reader, env: &env, inputs, occasion: None, unreachable: &[], matrix: &[], runner: None };
    let reach = reach(entries.iter().map(|e| (&*e.key, &e.value)), occasions, &scope);
    let mut jobs = Vec::new();
    let mut expanded: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in entries {
        let reached = reach.get(&*entry.key).map(Vec::as_slice).unwrap_or_default();
        let mine: Vec<Occasion> = reached.iter().filter_map(|i| occasions.get(*i)).cloned().collect();
        let mut job = job(workflow, &entry.key, &entry.value, &scope);
        job.at = Location::at(file, entry.key_span);
        job.on = set(&mine);
        if !occasions.is_empty() && mine.is_empty() {
            job.life = dead(file, entry.key_span, &entry.value, &scope);
        }
        if let Some(uses) = entry.value.get("uses") {
            let called = github_calls::call(reader, workflow, &mut job, uses, &entry.value, &mine, &scope, opaque, problems);
            if let Some(called) = called {
                expanded.insert(job.id.clone(), called.iter().map(|j| j.id.clone()).collect());
                jobs.extend(called);
                continue;
            }
        } else {
            let context = StepContext { reader, workflow, occasions: &mine, dead: occasions.is_empty() };
            steps(&context, &mut job, &entry.value, &scope, opaque);
        }
        jobs.push(job);
    }
    // Who waits for a called workflow waits for all its jobs.
    for job in &mut jobs {
        if job.needs.iter().any(|n| expanded.contains_key(&n.value)) {
            job.needs = std::mem::take(&mut job.needs)
                .into_iter()
                .flat_map(|need| match expanded.get(&need.value) {
                    Some(ids) => ids.iter().map(|id| Sourced::new(id.clone(), need.at)).collect(),
                    None => vec![need],
                })
                .collect();
        }
    }
    jobs
}

/// Why a job never runs.
fn dead(file: FileId, key: plimsoll_base::Span, node: &Node, scope: &Scope) -> Life {
    let own = node.entry("if").filter(|e| e.value.scalar().is_some_and(|t| condition(t, scope) == Some(false)));
    match (own, node.entry("if"), node.entry("needs")) {
        (Some(e), ..) => {
            Life::Dead(format!("`if: {}` is never true", e.value.scalar().unwrap_or_default().trim()), Location::at(file, e.span()))
        }
        (None, Some(e), _) => Life::Dead(
            "its condition holds on no occasion that starts it, or a job that it needs never runs then".into(),
            Location::at(file, e.span()),
        ),
        (None, None, Some(e)) => Life::Dead("a job that it needs never runs".into(), Location::at(file, e.span())),
        _ => Life::Dead("nothing starts it".into(), Location::at(file, key)),
    }
}

/// For each job the occasions on which it runs: its own condition, and those of all that it needs.
fn reach<'n>(jobs: impl Iterator<Item = (&'n str, &'n Node)>, occasions: &[Occasion], scope: &Scope) -> BTreeMap<String, Vec<usize>> {
    let jobs: BTreeMap<&str, &Node> = jobs.collect();
    let mut reach: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, occasion) in occasions.iter().enumerate() {
        let mut runs: BTreeMap<&str, bool> = BTreeMap::new();
        for name in jobs.keys() {
            if runs_on(name, &jobs, occasion, scope, &mut runs, 0) {
                reach.entry((*name).to_owned()).or_default().push(index);
            }
        }
    }
    reach
}

fn runs_on<'n>(
    name: &'n str,
    jobs: &BTreeMap<&'n str, &'n Node>,
    occasion: &Occasion,
    scope: &Scope,
    runs: &mut BTreeMap<&'n str, bool>,
    depth: usize,
) -> bool {
    if let Some(known) = runs.get(name) {
        return *known;
    }
    let Some(node) = jobs.get(name) else { return true };
    if depth > 100 {
        return true;
    }
    // Needs in a circle: GitHub refuses such a workflow.
    runs.insert(name, false);
    let mut unreachable = Vec::new();
    for need in node.get("needs").map(Node::scalars).unwrap_or_default() {
        let need = need.scalar().unwrap_or_default();
        if !runs_on(need, jobs, occasion, scope, runs, depth + 1) {
            unreachable.push(need.to_owned());
        }
    }
    let scope = Scope { occasion: Some(occasion), unreachable: &unreachable, ..*scope };
    let written = node.get("if").and_then(Node::scalar);
    let asks = written.is_some_and(asks_status);
    let holds = written.is_none_or(|text| condition(text, &scope) != Some(false));
    let result = holds && (asks || unreachable.is_empty());
    runs.insert(name, result);
    result
}

fn job(workflow: &Workflow, id: &str, node: &Node, scope: &Scope) -> Job {
    let file = workflow.file.id;
    let text = |node: &Node| sourced(file, node).map(|s| s.map(|t| substitute(&t, scope)));
    let environment = node.get("environment").and_then(|e| e.get("name").or(Some(e))).and_then(text);
    let runner = node.get("runs-on").and_then(|r| {
        let labels = r.get("labels").or_else(|| r.get("group")).unwrap_or(r);
        let words: Vec<String> = labels.scalars().iter().filter_map(|s| s.scalar()).map(|t| substitute(t, scope)).collect();
        (!words.is_empty()).then(|| Sourced::new(words.join(", "), Location::at(file, r.span)))
    });
    let services = node.get("services").map(Node::entries).unwrap_or_default();
    let mut env = scope.env.to_vec();
    env.extend(pairs(file, node.get("env")));
    let combinations = combinations(node);
    Job {
        id: id.to_owned(),
        at: Location::at(file, node.span),
        needs: list(file, node.get("needs")),
        condition: node.get("if").and_then(|n| sourced(file, n)),
        environment,
        permissions: permissions(file, node).or_else(|| if workflow.depth > 0 { permissions(file, workflow.root) } else { None }),
        steps: Vec::new(),
        services: services.iter().filter_map(|s| s.value.get("image").or(Some(&s.value)).and_then(text)).collect(),
        container: node.get("container").and_then(|c| c.get("image").or(Some(c))).and_then(text),
        tolerated: tolerated(file, node, scope, &combinations),
        manual: None,
        life: Life::Live,
        runner,
        env,
        matrix: matrix(file, node),
        on: Default::default(),
    }
}

/// Where `continue-on-error` holds, for every combination of the matrix.
fn tolerated(file: FileId, node: &Node, scope: &Scope, combinations: &[Vec<(String, String)>]) -> Option<Location> {
    let written = node.get("continue-on-error")?;
    let at = entry_at(file, node, "continue-on-error")?;
    let text = written.scalar()?;
    let never = |matrix: &[(String, String)]| condition(text, &Scope { matrix, ..*scope }) == Some(false);
    let spared = if text.contains("matrix.") && !combinations.is_empty() { combinations.iter().any(|c| never(c)) } else { never(&[]) };
    (!spared).then_some(at)
}

/// What the steps of a job share.
pub(super) struct StepContext<'a> {
    pub reader: &'a Reader<'a>,
    pub workflow: &'a Workflow<'a>,
    pub occasions: &'a [Occasion],
    /// No occasion is known at all: nothing can be said of conditions.
    pub dead: bool,
}

fn steps(context: &StepContext, job: &mut Job, node: &Node, scope: &Scope, opaque: &mut Vec<Sourced<String>>) {
    let env = job.env.clone();
    let runner = job.runner.as_ref().map(|r| r.value.clone());
    let combinations = combinations(node);
    let scope = Scope { env: &env, runner: runner.as_deref(), ..*scope };
    let default = |key: &str| {
        let of = |n: &Node| n.path(&["defaults", "run", key]).and_then(Node::scalar).map(str::to_owned);
        of(node).or_else(|| of(context.workflow.root))
    };
    let defaults = Defaults { folder: default("working-directory"), shell: default("shell") };
    for item in node.get("steps").map(Node::items).unwrap_or_default() {
        let found = step(context, item, context.workflow.file.id, &scope, &defaults, &combinations);
        let inner = github_calls::composite(context, &found, &scope, opaque);
        job.steps.push(found);
        job.steps.extend(inner);
    }
    examined(job, node);
}

/// What a workflow or job says of all its steps.
#[derive(Default)]
pub(super) struct Defaults {
    pub folder: Option<String>,
    pub shell: Option<String>,
}

pub(super) fn step(
    context: &StepContext,
    node: &Node,
    file: FileId,
    scope: &Scope,
    defaults: &Defaults,
    combinations: &[Vec<(String, String)>],
) -> Step {
    let mut env = scope.env.to_vec();
    let own = pairs(file, node.get("env"));
    env.extend(own.iter().cloned());
    let scope = Scope { env: &env, ..*scope };
    let text = |s: Sourced<String>| s.map(|t| substitute(&t, &scope));
    let written = node.get("if").and_then(|n| sourced(file, n));
    let runs: Vec<&Occasion> = context
        .occasions
        .iter()
        .filter(|o| written.as_ref().is_none_or(|w| condition(&w.value, &Scope { occasion: Some(*o), ..scope }) != Some(false)))
        .collect();
    let never = match &written {
        Some(w)
            if runs.is_empty()
                && (!context.occasions.is_empty() || condition(&w.value, &scope) == Some(false))
                && (!context.dead || condition(&w.value, &scope) == Some(false)) =>
        {
            Life::Dead(format!("`if: {}` is never true here", w.value.trim()), w.at)
        }
        _ => Life::Live,
    };
    let script = node.get("run").and_then(|n| sourced(file, n));
    let commands = node.get("run").map(|run| commands(context, run, file, node, &scope, defaults, combinations)).unwrap_or_default();
    Step {
        at: Location::at(file, node.span),
        title: node.get("name").and_then(Node::scalar).map(str::to_owned),
        uses: node.get("uses").and_then(|n| sourced(file, n)),
        with: pairs(file, node.get("with")).into_iter().map(|(k, v)| (k, text(v))).collect(),
        script,
        commands,
        condition: written,
        tolerated: tolerated(file, node, &scope, combinations),
        env: own.into_iter().map(|(k, v)| (k, text(v))).collect(),
        life: never,
        on: set(runs),
    }
}

fn commands(
    context: &StepContext,
    run: &Node,
    file: FileId,
    node: &Node,
    scope: &Scope,
    defaults: &Defaults,
    combinations: &[Vec<(String, String)>],
) -> Vec<Invocation> {
    let shell = node.get("shell").and_then(Node::scalar).or(defaults.shell.as_deref());
    let Some(strictness) = strictness(shell, scope.runner) else { return Vec::new() };
    let Some(script) = Script::of(context.reader, file, run, strictness) else { return Vec::new() };
    let folder = node.get("working-directory").and_then(Node::scalar).or(defaults.folder.as_deref()).unwrap_or_default();
    let keys = used_keys(&[&script.text, folder]);
    let mut variants: Vec<Vec<(String, String)>> = Vec::new();
    for combination in combinations {
        let used: Vec<(String, String)> = combination.iter().filter(|(k, _)| keys.contains(k)).cloned().collect();
        if !used.is_empty() && !variants.contains(&used) && variants.len() < 16 {
            variants.push(used);
        }
    }
    if variants.is_empty() {
        variants.push(Vec::new());
    }
    let mut found: Vec<Invocation> = Vec::new();
    let mut seen = HashSet::new();
    for matrix in &variants {
        let scope = Scope { matrix, ..*scope };
        let folder = place(&substitute(folder, &scope));
        let (invocations, _) = invocations(context.reader, &script.substituted(&scope), &folder);
        for one in invocations {
            // A command that no value of the matrix changes is one command.
            if seen.insert((one.at, one.words.clone(), one.folder.clone(), one.via.clone())) || variants.len() == 1 {
                found.push(one);
            }
        }
    }
    found
}

/// A working directory from the root.
fn place(folder: &str) -> String {
    let folder = ["${{ github.workspace }}", "${{github.workspace}}", "$GITHUB_WORKSPACE"]
        .iter()
        .find_map(|w| folder.strip_prefix(w))
        .map_or(folder, |r| r.trim_start_matches('/'));
    join("", folder).unwrap_or_else(|| folder.to_owned())
}

/// How GitHub starts a shell; none for what is no shell.
fn strictness(shell: Option<&str>, runner: Option<&str>) -> Option<Strictness> {
    let Some(shell) = shell else {
        return Some(if runner.is_some_and(|r| r.starts_with("windows")) { Strictness::PLAIN } else { Strictness::STEP });
    };
    match shell.trim() {
        "bash" => Some(Strictness::STRICT),
        "sh" => Some(Strictness::STEP),
        "pwsh" | "powershell" | "cmd" => Some(Strictness::PLAIN),
        other => {
            let mut words = other.split_whitespace();
            let program = words.next()?;
            if !matches!(program.rsplit('/').next()?, "bash" | "sh" | "zsh" | "dash") {
                return if program == "python" || program == "node" || program == "perl" { None } else { Some(Strictness::PLAIN) };
            }
            let flags: Vec<&str> = words.filter(|w| w.starts_with('-') && !w.starts_with("--")).collect();
            Some(Strictness { errexit: flags.iter().any(|f| f.contains('e')), pipefail: other.contains("pipefail") })
        }
    }
}

/// A tolerated step whose outcome a later step turns into a failure counts after all.
fn examined(job: &mut Job, node: &Node) {
    let items = node.get("steps").map(Node::items).unwrap_or_default();
    for item in items {
        let (Some(id), true) = (item.get("id").and_then(Node::scalar), item.get("continue-on-error").is_some()) else { continue };
        let asks = [format!("steps.{id}.outcome"), format!("steps.{id}.outputs.exitcode")];
        let fails = items.iter().any(|later| {
            let condition = later.get("if").and_then(Node::scalar).unwrap_or_default();
            let script = later.get("run").and_then(Node::scalar).unwrap_or_default();
            let asked = asks.iter().any(|a| condition.contains(a.as_str()) || script.contains(a.as_str()));
            asked && script.contains("exit 1")
        });
        if fails {
            let at = item.span.start;
            for step in job.steps.iter_mut().filter(|s| s.at.span.is_some_and(|s| s.start == at)) {
                step.tolerated = None;
            }
        }
    }
}
