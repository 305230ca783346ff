//! Azure Pipelines: triggers, stages, jobs, deployments and local templates.

use plimsoll_base::{Location, Problem, Sourced};
use plimsoll_syntax::{Node, Strictness};

use super::expressions::{Names, Value, evaluate};
use super::gitlab_jobs::bare;
use super::occasions::{Kind, Occasion, set, unfiltered};
use super::others::{bare_step, opened, script_step};
use super::reading::{Reader, entry_at, key_at, list, pairs, sourced};
use super::{BranchFilter, Job, Life, Pipeline, Provider};
use crate::library::{Held, join};

struct Scope<'a> {
    reader: &'a Reader<'a>,
    occasion: &'a Occasion,
}

impl Names for Scope<'_> {
    fn value(&self, path: &str) -> Value {
        let branch = |prefix: &str| match &self.occasion.name {
            Value::Text(t) => Value::Text(format!("{prefix}{t}")),
            Value::Partly { not, .. } => {
                Value::Partly { prefix: prefix.to_owned(), not: not.iter().map(|n| format!("{prefix}{n}")).collect() }
            }
            _ => Value::Unknown,
        };
        match path.strip_prefix("variables.").unwrap_or(path) {
            "build.sourcebranch" if self.occasion.kind == Kind::PullRequest => {
                Value::Partly { prefix: "refs/pull/".into(), not: Vec::new() }
            }
            "build.sourcebranch" if self.occasion.kind == Kind::Tag => branch("refs/tags/"),
            "build.sourcebranch" => branch("refs/heads/"),
            "build.sourcebranchname" if self.occasion.kind != Kind::PullRequest => self.occasion.name.clone(),
            "build.reason" => Value::text(&self.occasion.event),
            "system.pullrequest.targetbranch" if self.occasion.kind == Kind::PullRequest => Value::text(&self.reader.default_branch.0),
            _ => Value::Unknown,
        }
    }
    fn status(&self, function: &str) -> Value {
        match function {
            "always" | "succeeded" | "succeededorfailed" => Value::Bool(true),
            _ => Value::Unknown,
        }
    }
}

pub(super) fn read<'a>(reader: &'a Reader<'a>, file: &'a Held, problems: &mut Vec<Problem>) -> Pipeline {
    let (mut pipeline, root) = opened(file, Provider::AzurePipelines, problems);
    let Some(root) = root else { return pipeline };
    // A template is no pipeline: others name it.
    let template = root.get("parameters").is_some() && root.get("trigger").is_none() && root.get("pr").is_none();
    pipeline.title = root.get("name").and_then(Node::scalar).map(str::to_owned);
    let mut occasions = Vec::new();
    if !template {
        triggers(reader, file, root, &mut pipeline, &mut occasions);
    }
    pipeline.uncalled = template;
    let mut context = Context { reader, file, occasions: &occasions, opaque: Vec::new() };
    if let Some(stages) = root.get("stages") {
        let mut before: Vec<String> = Vec::new();
        for stage in context.expanded_in(file, stages, "stages", 0) {
            let name = stage.1.get("stage").and_then(Node::scalar).unwrap_or("stage").to_owned();
            let depends = stage.1.get("dependsOn").map(words).unwrap_or(before);
            let waits: Vec<String> = pipeline
                .jobs
                .iter()
                .filter(|j| depends.iter().any(|d| j.id.starts_with(&format!("{d} / "))))
                .map(|j| j.id.clone())
                .collect();
            let jobs = context.jobs(stage.0, stage.1, &format!("{name} / "), &waits);
            pipeline.jobs.extend(jobs);
            before = vec![name];
        }
    } else {
        pipeline.jobs = context.jobs(file, root, "", &[]);
    }
    pipeline.opaque.append(&mut context.opaque);
    if let Some(extends) = entry_at(file.id, root, "extends") {
        pipeline.opaque.push(Sourced::new("extends a template, which is not followed".to_owned(), extends));
    }
    pipeline
}

fn words(node: &Node) -> Vec<String> {
    node.scalars().iter().filter_map(|s| s.scalar().map(str::to_owned)).collect()
}

fn triggers(reader: &Reader, file: &Held, root: &Node, pipeline: &mut Pipeline, occasions: &mut Vec<Occasion>) {
    let filter = |key: &str| -> Option<BranchFilter> {
        let at = key_at(file.id, root, key).unwrap_or(file.whole());
        let mut filter = unfiltered(at);
        let Some(node) = root.get(key) else { return Some(filter) };
        if node.scalar() == Some("none") {
            return None;
        }
        let branches = node.get("branches").unwrap_or(node);
        filter.branches = list(file.id, branches.get("include").or((!branches.is_mapping()).then_some(branches)));
        filter.branches_ignore = list(file.id, branches.get("exclude"));
        filter.paths = list(file.id, node.path(&["paths", "include"]));
        filter.paths_ignore = list(file.id, node.path(&["paths", "exclude"]));
        if node.get("tags").is_some() && node.get("branches").is_none() {
            filter.branches.push(Sourced::new("!**".into(), at));
        }
        for pattern in filter.branches.iter_mut().chain(&mut filter.branches_ignore) {
            if let Some(name) = pattern.value.strip_prefix("refs/heads/") {
                pattern.value = name.to_owned();
            }
            // Here one star crosses slashes.
            if pattern.value.ends_with('*') && !pattern.value.ends_with("**") {
                pattern.value.push('*');
            }
        }
        Some(filter)
    };
    if let Some(push) = filter("trigger") {
        let (default, others) = reader.default_branch.admitted(&push);
        occasions.extend(default.then(|| Occasion::new(Kind::Main, "IndividualCI", Value::text(&reader.default_branch.0))));
        occasions.extend(others.into_iter().map(|name| Occasion::new(Kind::Branch, "IndividualCI", name)));
        pipeline.triggers.push = Some(push);
    }
    if let Some(pull) = filter("pr") {
        let (default, others) = reader.default_branch.admitted(&pull);
        let kind = if default { Kind::PullRequest } else { Kind::Branch };
        if default || !others.is_empty() {
            occasions.push(Occasion::new(kind, "PullRequest", Value::Unknown));
        }
        pipeline.triggers.pull_request = Some(pull);
    }
    if let Some(tags) = root.get("trigger").and_then(|t| t.get("tags")) {
        pipeline.triggers.tag = Some(file.at(tags.span));
        occasions.push(Occasion::new(Kind::Tag, "IndividualCI", Value::Partly { prefix: String::new(), not: Vec::new() }));
    }
    for schedule in root.get("schedules").map(Node::items).unwrap_or_default() {
        pipeline.triggers.schedule.extend(schedule.get("cron").and_then(|n| sourced(file.id, n)));
        occasions.push(Occasion::new(Kind::Schedule, "Schedule", Value::text(&reader.default_branch.0)));
    }
    occasions.push(Occasion::new(Kind::Manual, "Manual", Value::Unknown));
    pipeline.triggers.manual = Some(file.whole());
}

struct Context<'a> {
    reader: &'a Reader<'a>,
    file: &'a Held,
    occasions: &'a [Occasion],
    opaque: Vec<Sourced<String>>,
}

impl<'a> Context<'a> {
    /// The items of a list, local templates in their place.
    fn expanded_in(&mut self, file: &'a Held, node: &'a Node, key: &str, depth: usize) -> Vec<(&'a Held, &'a Node)> {
        let mut found = Vec::new();
        for item in node.items() {
            if let Some(condition) = item.entries().first().filter(|e| e.key.starts_with("${{")) {
                found.extend(self.expanded_in(file, &condition.value, key, depth));
                continue;
            }
            let Some(template) = item.get("template").and_then(Node::scalar) else {
                found.push((file, item));
                continue;
            };
            let path = template.strip_prefix('/').map(str::to_owned).or_else(|| join(file.folder(), template));
            let held =
                path.and_then(|p| self.reader.library.get(&p)).filter(|_| depth < 8 && !template.contains('@') && self.reader.expands(1));
            match held.and_then(|h| Some((h, h.root()?.get(key)?))) {
                Some((held, list)) => found.extend(self.expanded_in(held, list, key, depth + 1)),
                None => self.opaque.push(Sourced::new(format!("the template {template} is not here"), file.at(item.span))),
            }
        }
        found
    }

    fn jobs(&mut self, file: &'a Held, node: &'a Node, prefix: &str, waits: &[String]) -> Vec<Job> {
        let stage_condition = node.get("stage").and(node.get("condition"));
        let Some(list_of) = node.get("jobs") else {
            let mut job = self.job(file, node, &format!("{prefix}job"), stage_condition);
            job.needs = waits.iter().map(|w| Sourced::new(w.clone(), job.at)).collect();
            return if node.get("steps").is_some() { vec![job] } else { Vec::new() };
        };
        let mut jobs = Vec::new();
        for (held, item) in self.expanded_in(file, list_of, "jobs", 0) {
            let name = item.get("job").or_else(|| item.get("deployment")).and_then(Node::scalar).unwrap_or("job");
            let mut job = self.job(held, item, &format!("{prefix}{name}"), stage_condition);
            let own = item.get("dependsOn").map(words).unwrap_or_default();
            job.needs = own.iter().map(|n| format!("{prefix}{n}")).chain(waits.iter().cloned()).map(|n| Sourced::new(n, job.at)).collect();
            jobs.push(job);
        }
        jobs
    }

    fn job(&mut self, file: &'a Held, node: &'a Node, id: &str, stage_condition: Option<&Node>) -> Job {
        let mut job = bare(id.to_owned(), file.at(node.span));
        let conditions: Vec<&Node> = [node.get("condition"), stage_condition].into_iter().flatten().collect();
        let holds = |o: &&Occasion| {
            let truth = |c: &&Node| evaluate(c.scalar().unwrap_or("true"), &Scope { reader: self.reader, occasion: o }).truth();
            conditions.iter().all(|c| truth(c) != Some(false))
        };
        let mine: Vec<Occasion> = self.occasions.iter().filter(holds).cloned().collect();
        job.on = set(&mine);
        job.condition = conditions.first().and_then(|c| sourced(file.id, c));
        if mine.is_empty() && !self.occasions.is_empty() {
            let at = conditions.first().map_or(job.at, |c| file.at(c.span));
            job.life = Life::Dead("its condition holds on no occasion that starts it".into(), at);
        }
        job.environment = node.get("environment").and_then(|e| sourced(file.id, e.get("name").unwrap_or(e)));
        job.container = node.get("container").and_then(|c| sourced(file.id, c.get("image").unwrap_or(c)));
        let pool = node.get("pool").or_else(|| self.file.root().and_then(|r| r.get("pool")));
        job.runner = pool.and_then(|p| sourced(file.id, p.get("vmImage").or_else(|| p.get("name")).unwrap_or(p)));
        job.tolerated = tolerated(file, node);
        job.services =
            node.get("services").map(Node::entries).unwrap_or_default().iter().filter_map(|e| sourced(file.id, &e.value)).collect();
        let mut lists = vec![(node.get("steps"), true)];
        if let Some(strategy) = node.get("strategy").and_then(|s| s.entries().first()).map(|e| &e.value) {
            for phase in strategy.entries() {
                lists.push((phase.value.get("steps"), true));
                if &*phase.key == "on" {
                    lists.extend(phase.value.entries().iter().map(|e| (e.value.get("steps"), &*e.key == "success")));
                }
            }
        }
        for (steps, _) in lists.into_iter().filter(|(_, usual)| *usual) {
            let Some(steps) = steps else { continue };
            for (held, item) in self.expanded_in(file, steps, "steps", 0) {
                self.step(held, item, &mine, &mut job);
            }
        }
        job
    }

    fn step(&mut self, file: &'a Held, item: &Node, occasions: &[Occasion], job: &mut Job) {
        let condition = item.get("condition").and_then(|n| sourced(file.id, n));
        let runs: Vec<&Occasion> = occasions
            .iter()
            .filter(|o| {
                condition.as_ref().is_none_or(|c| evaluate(&c.value, &Scope { reader: self.reader, occasion: o }).truth() != Some(false))
            })
            .collect();
        let on = set(runs.iter().copied());
        let folder =
            item.get("workingDirectory").or_else(|| item.path(&["inputs", "workingDirectory"])).and_then(Node::scalar).unwrap_or_default();
        let folder = folder
            .trim_start_matches("$(Build.SourcesDirectory)")
            .trim_start_matches("$(System.DefaultWorkingDirectory)")
            .trim_start_matches('/');
        let folder = join("", folder).unwrap_or_default();
        // Agents start scripts without `-e`: the last command decides.
        let script = ["script", "bash", "pwsh", "powershell"].iter().find_map(|k| item.get(k)).or_else(|| {
            let task = item.get("task").and_then(Node::scalar)?;
            let inline = ["Bash@", "CmdLine@", "PowerShell@", "AzureCLI@", "AzurePowerShell@"].iter().any(|t| task.starts_with(t));
            if inline { item.path(&["inputs", "script"]).or_else(|| item.path(&["inputs", "inlineScript"])) } else { None }
        });
        let at = file.at(item.span);
        let mut step = match script {
            Some(node) => script_step(self.reader, file, node, Strictness::PLAIN, &folder, on).0,
            None => bare_step(at, on),
        };
        step.at = at;
        step.title = item.get("displayName").and_then(Node::scalar).map(str::to_owned);
        step.uses = item.get("task").and_then(|n| sourced(file.id, n));
        if step.uses.is_none() && script.is_none() {
            step.uses = ["checkout", "download", "publish"]
                .iter()
                .find_map(|k| item.get(k).map(|n| Sourced::new((*k).to_owned(), file.at(n.span))));
        }
        step.with = pairs(file.id, item.get("inputs"));
        step.env = pairs(file.id, item.get("env"));
        step.tolerated = tolerated(file, item);
        if let (Some(c), true) = (&condition, runs.is_empty() && !occasions.is_empty()) {
            step.life = Life::Dead(format!("`condition: {}` is never true here", c.value.trim()), c.at);
        }
        if item.get("enabled").and_then(Node::as_bool) == Some(false) {
            step.life = Life::Dead("`enabled: false`".into(), at);
        }
        if step.uses.as_ref().is_some_and(|u| u.value.starts_with("Manual")) {
            job.manual = Some(at);
        }
        step.condition = condition;
        job.steps.push(step);
    }
}

fn tolerated(file: &Held, node: &Node) -> Option<Location> {
    let on = node.get("continueOnError").and_then(Node::scalar).is_some_and(|v| v != "false");
    on.then(|| entry_at(file.id, node, "continueOnError")).flatten()
}
