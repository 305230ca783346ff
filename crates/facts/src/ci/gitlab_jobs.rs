//! Jobs of GitLab CI: when each runs (`rules`, `only`, `except`, `when`), what it waits for, and what it runs.

use std::collections::BTreeMap;

use plimsoll_base::{FileId, Location, Problem, Sourced};
use plimsoll_syntax::{Node, Strictness};

use super::expressions::{Names, Value, evaluate};
use super::gitlab::{Config, Layer, find};
use super::invocations::invocations;
use super::occasions::{Kind, Occasion, matches, set};
use super::reading::{Reader, list, pairs, sourced};
use super::scripts::Script;
use super::{Job, Life, Occasions, Step};

/// A job of which only the name is known.
pub(super) fn bare(id: String, at: Location) -> Job {
    Job {
        id,
        at,
        needs: Vec::new(),
        condition: None,
        environment: None,
        permissions: None,
        steps: Vec::new(),
        services: Vec::new(),
        container: None,
        tolerated: None,
        manual: None,
        life: Life::Live,
        runner: None,
        env: Vec::new(),
        matrix: Vec::new(),
        on: Occasions::default(),
    }
}

/// A pipeline of any branch is shown on the merge request of that branch.
pub(super) fn seen_on_requests(on: Occasions) -> Occasions {
    Occasions { pull_request: on.pull_request || on.branch, ..on }
}

struct Scope<'a> {
    reader: &'a Reader<'a>,
    occasion: &'a Occasion,
}

impl Names for Scope<'_> {
    fn value(&self, path: &str) -> Value {
        let (kind, name) = (self.occasion.kind, &self.occasion.name);
        let default = || Value::text(&self.reader.default_branch.0);
        let some = || Value::Partly { prefix: String::new(), not: Vec::new() };
        match path {
            "$CI_PIPELINE_SOURCE" => Value::text(&self.occasion.event),
            "$CI_DEFAULT_BRANCH" => default(),
            "$CI_COMMIT_BRANCH" if matches!(kind, Kind::PullRequest | Kind::Tag) => Value::Null,
            "$CI_COMMIT_BRANCH" | "$CI_COMMIT_REF_NAME" | "$CI_COMMIT_REF_SLUG" => name.clone(),
            "$CI_COMMIT_TAG" if kind == Kind::Tag => some(),
            "$CI_COMMIT_TAG" => Value::Null,
            "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME" if kind == Kind::PullRequest => default(),
            "$CI_MERGE_REQUEST_IID" | "$CI_MERGE_REQUEST_ID" | "$CI_MERGE_REQUEST_SOURCE_BRANCH_NAME" | "$CI_MERGE_REQUEST_EVENT_TYPE"
                if kind == Kind::PullRequest =>
            {
                some()
            }
            "$CI_OPEN_MERGE_REQUESTS" => Value::Unknown,
            other if other.starts_with("$CI_MERGE_REQUEST_") && kind != Kind::PullRequest => Value::Null,
            _ => Value::Unknown,
        }
    }
    fn status(&self, _: &str) -> Value {
        Value::Unknown
    }
}

/// How a job behaves on an occasion.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Never,
    Runs,
    Manual,
}

pub(super) fn workflow_admits(reader: &Reader, rules: &Node, occasion: &Occasion) -> bool {
    for rule in rules.items() {
        let holds = rule.get("if").and_then(Node::scalar).map_or(Some(true), |text| evaluate(text, &Scope { reader, occasion }).truth());
        if holds != Some(false) {
            return rule.get("when").and_then(Node::scalar) != Some("never") || holds.is_none();
        }
    }
    rules.items().is_empty()
}

pub(super) fn jobs<'a>(
    reader: &Reader<'a>,
    config: &Config<'a>,
    occasions: &[Occasion],
    opaque: &mut Vec<Sourced<String>>,
    _: &mut Vec<Problem>,
) -> Vec<Job> {
    let stages: Vec<String> = match config.get("stages") {
        Some((_, node)) => node.scalars().iter().filter_map(|s| s.scalar().map(str::to_owned)).collect(),
        None => ["build", "test", "deploy"].map(str::to_owned).into(),
    };
    let stage_of = |layers: &[Layer]| {
        let stage = find(layers, "stage").and_then(|(_, s)| s.scalar()).unwrap_or("test").to_owned();
        match stage.as_str() {
            ".pre" => 0,
            ".post" => stages.len() + 1,
            _ => stages.iter().position(|s| *s == stage).map_or(1, |i| i + 1),
        }
    };
    let mut found: Vec<(usize, bool, Job)> = Vec::new();
    for name in config.names.iter().filter(|n| !n.starts_with('.')) {
        let layers = config.layers(name);
        let Some(at) = config.key_at(name) else { continue };
        if find(&layers, "script").is_none() && find(&layers, "trigger").is_none() && find(&layers, "run").is_none() {
            // Settings for a job that a template brings.
            opaque.push(Sourced::new(format!("what the job `{name}` runs is defined elsewhere"), at));
            continue;
        }
        let mut job = job(reader, config, name, at, &layers, occasions);
        if let Some((file, trigger)) = find(&layers, "trigger") {
            opaque.push(Sourced::new("starts another pipeline, which is not followed".to_owned(), Location::at(file, trigger.span)));
        }
        if matches!(job.life, Life::Live) && job.on.is_empty() && !occasions.is_empty() {
            let at = find(&layers, "rules").or_else(|| find(&layers, "only")).map_or(at, |(file, n)| Location::at(file, n.span));
            job.life = Life::Dead("no rule lets it run".into(), at);
        }
        found.push((stage_of(&layers), find(&layers, "needs").is_some(), job));
    }
    // Without `needs` a job waits for every job of the stages before.
    let by_stage: Vec<(usize, String, Location)> = found.iter().map(|(stage, _, job)| (*stage, job.id.clone(), job.at)).collect();
    let mut jobs: Vec<Job> = Vec::with_capacity(found.len());
    for (stage, explicit, mut job) in found {
        if !explicit && by_stage.len() <= 500 {
            job.needs = by_stage.iter().filter(|(s, ..)| *s < stage).map(|(_, id, _)| Sourced::new(id.clone(), job.at)).collect();
        }
        jobs.push(job);
    }
    jobs
}

fn job<'a>(reader: &Reader<'a>, config: &Config<'a>, name: &str, at: Location, layers: &[Layer<'a>], occasions: &[Occasion]) -> Job {
    let mut job = bare(name.to_owned(), at);
    // Keys that stand at the top level count as defaults.
    let value = |key: &str| find(layers, key).or_else(|| config.get(key));
    let text = |key: &str| find(layers, key).and_then(|(file, n)| sourced(file, n));
    job.environment = find(layers, "environment").and_then(|(file, n)| sourced(file, n.get("name").unwrap_or(n)));
    job.container = value("image").and_then(|(file, n)| sourced(file, n.get("name").unwrap_or(n)));
    job.services = value("services")
        .map(|(file, n)| n.items().iter().filter_map(|s| sourced(file, s.get("name").unwrap_or(s))).collect())
        .unwrap_or_default();
    job.runner = value("tags").map(|(file, n)| {
        Sourced::new(n.scalars().iter().filter_map(|s| s.scalar()).collect::<Vec<_>>().join(", "), Location::at(file, n.span))
    });
    job.env = config.get("variables").map(|(file, n)| variables(file, n)).unwrap_or_default();
    for (file, layer) in layers.iter().rev() {
        job.env.extend(layer.get("variables").map(|n| variables(*file, n)).unwrap_or_default());
    }
    if let Some((file, needs)) = find(layers, "needs") {
        job.needs = needs.items().iter().filter_map(|n| sourced(file, n.get("job").unwrap_or(n))).collect();
    }
    job.matrix =
        find(layers, "parallel").and_then(|(file, n)| Some((file, n.get("matrix")?))).map(|(file, n)| matrix(file, n)).unwrap_or_default();
    job.condition = find(layers, "rules").and_then(|(_, r)| r.items().first()?.get("if")).and_then(|n| sourced(at.file, n));
    job.tolerated = find(layers, "allow_failure").filter(|(_, n)| n.as_bool() == Some(true)).map(|(file, n)| Location::at(file, n.span));
    let mut reached = Vec::new();
    let (mut manual, mut tolerated, mut gated, mut on_any_branch) = (None, None, false, false);
    for occasion in occasions {
        let Ruled { when, place, allowed, sure } = when(reader, config, layers, occasion);
        match when {
            When::Never => continue,
            When::Runs => {
                reached.push(occasion.clone());
                gated |= allowed.is_none();
                on_any_branch |= sure && occasion.kind == Kind::Branch;
            }
            // It waits for a person: on requests it is no check, later it is a gate.
            When::Manual => {
                manual = manual.or(place);
                if !matches!(occasion.kind, Kind::PullRequest | Kind::Branch) {
                    reached.push(occasion.clone());
                }
                reached.push(Occasion::new(Kind::Manual, "manual", occasion.name.clone()));
                gated = true;
            }
        }
        tolerated = tolerated.or(allowed);
    }
    job.on = set(&reached);
    if on_any_branch {
        job.on = seen_on_requests(job.on);
    }
    if !gated {
        job.tolerated = job.tolerated.or(tolerated);
    }
    job.manual = manual;
    if let Some(when) = text("when").filter(|w| w.value == "never") {
        job.life = Life::Dead("`when: never`".into(), when.at);
    }
    steps(reader, config, layers, &mut job);
    job
}

fn variables(file: FileId, node: &Node) -> Vec<(String, Sourced<String>)> {
    let entries = node.entries().iter();
    entries.filter_map(|e| Some((e.key.to_string(), sourced(file, e.value.get("value").unwrap_or(&e.value))?))).collect()
}

fn matrix(file: FileId, node: &Node) -> Vec<(String, Vec<Sourced<String>>)> {
    let mut found: BTreeMap<String, Vec<Sourced<String>>> = BTreeMap::new();
    for item in node.items() {
        for entry in item.entries() {
            found.entry(entry.key.to_string()).or_default().extend(list(file, Some(&entry.value)));
        }
    }
    found.into_iter().collect()
}

/// What the rules of a job make of an occasion.
struct Ruled {
    when: When,
    /// Where a person is asked.
    place: Option<Location>,
    /// Where its failure is allowed.
    allowed: Option<Location>,
    /// It holds for every branch of that kind, not for one that a rule names.
    sure: bool,
}

fn when(reader: &Reader, config: &Config, layers: &[Layer], occasion: &Occasion) -> Ruled {
    let never = Ruled { when: When::Never, place: None, allowed: None, sure: true };
    let scope = Scope { reader, occasion };
    let own = find(layers, "when");
    let own_word = own.and_then(|(_, n)| n.scalar());
    let own_at = own.map(|(file, n)| Location::at(file, n.span));
    let of = |word: Option<&str>, at: Option<Location>| match word {
        Some("never") => (When::Never, None),
        Some("manual") => (When::Manual, at),
        _ => (When::Runs, None),
    };
    if let Some((file, rules)) = find(layers, "rules") {
        let mut flat = Vec::new();
        flatten(reader, config, file, rules, &mut flat, 0);
        // A rule that may or may not hold: the job may run, unless that rule is what forbids it.
        for (file, rule) in flat {
            let holds = rule.get("if").and_then(Node::scalar).map_or(Some(true), |text| evaluate(text, &scope).truth());
            let word = rule.get("when").and_then(Node::scalar);
            let filtered = rule.get("changes").is_some() || rule.get("exists").is_some();
            if holds == Some(false) || (word == Some("never") && (holds.is_none() || filtered)) {
                continue;
            }
            let at = rule.get("when").map(|n| Location::at(file, n.span)).or(own_at);
            let (when, place) = of(word.or(own_word), at);
            let allowed = rule.get("allow_failure").filter(|n| n.as_bool() == Some(true)).map(|n| Location::at(file, n.span));
            return Ruled { when, place, allowed, sure: holds == Some(true) };
        }
        return never;
    }
    let (only, except) = (find(layers, "only"), find(layers, "except"));
    let admitted = match only {
        Some((_, node)) => {
            refs(node).iter().any(|r| ref_matches(r, occasion, reader))
                || (refs(node).is_empty() && !matches!(occasion.kind, Kind::PullRequest))
        }
        None => occasion.kind != Kind::PullRequest,
    };
    let left_out = except.is_some_and(|(_, node)| refs(node).iter().any(|r| ref_matches(r, occasion, reader)));
    if !admitted || left_out {
        return never;
    }
    let (when, place) = of(own_word, own_at);
    let sure = only.is_none_or(|(_, node)| refs(node).is_empty() || refs(node).iter().any(|r| matches!(*r, "branches" | "pushes")));
    Ruled { when, place, allowed: None, sure }
}

fn flatten<'a>(reader: &Reader, config: &Config<'a>, file: FileId, rules: &'a Node, into: &mut Vec<(FileId, &'a Node)>, depth: usize) {
    if depth > 10 || into.len() > 500 {
        return;
    }
    let target = if rules.tag.as_deref() == Some("!reference") && reader.expands(1) { config.referenced(rules) } else { None };
    if let Some((file, node)) = target {
        return flatten(reader, config, file, node, into, depth + 1);
    }
    if rules.is_mapping() {
        into.push((file, rules));
    }
    rules.items().iter().for_each(|item| flatten(reader, config, file, item, into, depth + 1));
}

fn refs(node: &Node) -> Vec<&str> {
    node.get("refs").unwrap_or(node).scalars().iter().filter_map(|s| s.scalar()).collect()
}

fn ref_matches(word: &str, occasion: &Occasion, reader: &Reader) -> bool {
    match word {
        "branches" => matches!(occasion.kind, Kind::Main | Kind::Branch | Kind::Schedule | Kind::Manual),
        "tags" => occasion.kind == Kind::Tag,
        "merge_requests" => occasion.kind == Kind::PullRequest,
        "schedules" => occasion.kind == Kind::Schedule,
        "pushes" => matches!(occasion.kind, Kind::Main | Kind::Branch | Kind::Tag),
        "web" => occasion.kind == Kind::Manual,
        "api" | "triggers" | "pipelines" | "external" | "chat" => false,
        _ => {
            let name = word.split('@').next().unwrap_or(word);
            match (&occasion.name, occasion.kind) {
                (_, Kind::PullRequest) => false,
                (value, _) if name.starts_with('/') => evaluate(&format!("$REF =~ {name}"), &One { value, reader }).truth() != Some(false),
                (Value::Text(text), _) => matches(name, text),
                (Value::Partly { not, .. }, Kind::Branch) => !not.iter().any(|n| n == name) && !matches!(name, "main" | "master"),
                _ => false,
            }
        }
    }
}

struct One<'a> {
    value: &'a Value,
    reader: &'a Reader<'a>,
}

impl Names for One<'_> {
    fn value(&self, _: &str) -> Value {
        match self.value {
            // A pattern that no other branch is meant by: `/^main$/`.
            Value::Partly { not, .. } if not.contains(&self.reader.default_branch.0) => Value::Unknown,
            other => other.clone(),
        }
    }
    fn status(&self, _: &str) -> Value {
        Value::Unknown
    }
}

/// The lines of a script, references followed.
fn add<'a>(reader: &Reader<'a>, config: &Config<'a>, (file, node): (FileId, &'a Node), script: &mut Script, depth: usize) {
    if depth > 10 || script.text.len() > 256 * 1024 {
        return;
    }
    if node.tag.as_deref() == Some("!reference") {
        if let Some(target) = config.referenced(node).filter(|_| reader.expands(1)) {
            add(reader, config, target, script, depth + 1);
        }
    } else if node.items().is_empty() {
        script.add(reader, file, node);
    } else {
        node.items().iter().for_each(|item| add(reader, config, (file, item), script, depth + 1));
    }
}

/// One step for `before_script` and `script`, which share a shell, and one for `after_script`, whose failure does not count.
fn steps<'a>(reader: &Reader<'a>, config: &Config<'a>, layers: &[Layer<'a>], job: &mut Job) {
    let mut folder = String::new();
    for key in ["before_script", "script", "after_script"] {
        let found = find(layers, key).or_else(|| if key == "script" { None } else { config.get(key) });
        let Some((file, node)) = found else { continue };
        let mut script = Script::new(Strictness::STRICT);
        add(reader, config, (file, node), &mut script, 0);
        let at = Location::at(file, node.span);
        let (commands, end) = invocations(reader, &script, if key == "after_script" { "" } else { &folder });
        if key == "before_script" {
            folder = end;
        }
        job.steps.push(Step {
            at,
            title: Some(key.to_owned()),
            uses: None,
            with: Vec::new(),
            script: Some(Sourced::new(script.text, at)),
            commands,
            condition: None,
            tolerated: (key == "after_script").then_some(at),
            env: Vec::new(),
            life: job.life.clone(),
            on: job.on,
        });
    }
    if let Some((file, trigger)) = find(layers, "trigger") {
        job.env.extend(pairs(file, trigger.get("forward")));
    }
}
