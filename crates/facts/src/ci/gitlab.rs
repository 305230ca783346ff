//! GitLab CI: the merged configuration of a pipeline (`include`, `extends`, `!reference`, `default`), and its occasions.

use std::collections::BTreeMap;

use plimsoll_base::{FileId, Location, Problem, Sourced};
use plimsoll_syntax::Node;

use super::expressions::Value;
use super::gitlab_jobs;
use super::occasions::{Kind, Occasion, matches, set, unfiltered};
use super::reading::{Reader, defect, sourced};
use super::{Job, Pipeline, Provider, Step, empty, others};
use crate::library::Held;

/// Top-level keys that are no jobs.
const RESERVED: [&str; 12] = [
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "image",
    "services",
    "before_script",
    "after_script",
    "cache",
    "spec",
    "types",
];
const MOST_FILES: usize = 100;

/// A mapping with the file that it stands in.
pub(super) type Layer<'a> = (FileId, &'a Node);

/// The configuration: for each name its layers, the main file's first.
pub(super) struct Config<'a> {
    pub names: Vec<String>,
    entries: BTreeMap<String, Vec<(FileId, &'a plimsoll_syntax::Entry)>>,
    /// Parts that are defined elsewhere.
    pub remote: Vec<Sourced<String>>,
}

impl<'a> Config<'a> {
    pub(super) fn get(&self, name: &str) -> Option<Layer<'a>> {
        self.entries.get(name)?.first().map(|(file, e)| (*file, &e.value))
    }

    pub(super) fn key_at(&self, name: &str) -> Option<Location> {
        self.entries.get(name)?.first().map(|(file, e)| Location::at(*file, e.key_span))
    }

    /// The layers of a job, the most specific first: its own, what it extends, the defaults.
    pub(super) fn layers(&self, name: &str) -> Vec<Layer<'a>> {
        let mut layers = Vec::new();
        self.extend(name, &mut layers, &mut Vec::new());
        layers.extend(self.get("default"));
        layers
    }

    fn extend(&self, name: &str, layers: &mut Vec<Layer<'a>>, seen: &mut Vec<String>) {
        if seen.len() > 64 || seen.iter().any(|s| s == name) {
            return;
        }
        seen.push(name.to_owned());
        let own: Vec<Layer<'a>> = self.entries.get(name).into_iter().flatten().map(|(file, e)| (*file, &e.value)).collect();
        layers.extend(&own);
        if let Some((_, extends)) = find(&own, "extends") {
            // Of several the last wins.
            for parent in extends.scalars().into_iter().rev() {
                self.extend(parent.scalar().unwrap_or_default(), layers, seen);
            }
        }
    }

    /// The value that `!reference [job, key, …]` names.
    pub(super) fn referenced(&self, node: &Node) -> Option<(FileId, &'a Node)> {
        let mut path = node.items().iter().filter_map(Node::scalar);
        let job = path.next()?;
        let (file, mut value) = match path.next() {
            Some(key) => find(&self.layers(job), key)?,
            None => self.get(job)?,
        };
        for key in path {
            value = value.get(key)?;
        }
        Some((file, value))
    }
}

/// The first layer that has a key.
pub(super) fn find<'a>(layers: &[Layer<'a>], key: &str) -> Option<Layer<'a>> {
    layers.iter().find_map(|(file, node)| node.get(key).map(|value| (*file, value)))
}

pub(super) fn read(reader: &Reader, file: &Held, problems: &mut Vec<Problem>) -> Pipeline {
    let mut pipeline = empty(file, Provider::GitlabCi);
    let mut config = Config { names: Vec::new(), entries: BTreeMap::new(), remote: Vec::new() };
    let mut templates = Vec::new();
    let mut files: Vec<&str> = Vec::new();
    include(reader, file, &mut config, &mut templates, &mut files, &mut pipeline, problems);
    if config.names.is_empty() && templates.is_empty() && config.remote.is_empty() && pipeline.opaque.is_empty() {
        pipeline.opaque.push(Sourced::new("the file holds no jobs".to_owned(), file.whole()));
    }
    pipeline.title = config.get("workflow").and_then(|(_, w)| w.get("name")).and_then(Node::scalar).map(str::to_owned);
    let at = file.whole();
    pipeline.triggers.push = Some(unfiltered(at));
    pipeline.triggers.pull_request = Some(unfiltered(at));
    pipeline.triggers.tag = Some(at);
    let all = occasions(reader);
    let occasions: Vec<Occasion> = match config.get("workflow").and_then(|(_, w)| w.get("rules")) {
        Some(rules) => all.into_iter().filter(|o| gitlab_jobs::workflow_admits(reader, rules, o)).collect(),
        None => all,
    };
    if !occasions.iter().any(|o| o.kind == Kind::PullRequest) {
        pipeline.triggers.pull_request = None;
    }
    if !occasions.iter().any(|o| o.kind == Kind::Tag) {
        pipeline.triggers.tag = None;
    }
    if !occasions.iter().any(|o| matches!(o.kind, Kind::Main | Kind::Branch)) {
        pipeline.triggers.push = None;
    }
    pipeline.jobs = gitlab_jobs::jobs(reader, &config, &occasions, &mut pipeline.opaque, problems);
    for template in templates {
        pipeline.jobs.push(template_job(&template, &occasions));
    }
    pipeline.opaque.extend(config.remote);
    pipeline
}

#[allow(clippy::too_many_arguments, reason = "everything that including gathers")]
fn include<'a>(
    reader: &Reader<'a>,
    file: &'a Held,
    config: &mut Config<'a>,
    templates: &mut Vec<Sourced<String>>,
    files: &mut Vec<&'a str>,
    pipeline: &mut Pipeline,
    problems: &mut Vec<Problem>,
) {
    if files.len() >= MOST_FILES || files.contains(&file.path.as_str()) {
        return;
    }
    files.push(&file.path);
    pipeline.opaque.extend(defect(file, problems));
    let Some(root) = file.documents.iter().rfind(|d| d.is_mapping()) else { return };
    for entry in root.entries() {
        let name = entry.key.to_string();
        if !RESERVED.contains(&name.as_str()) && entry.value.is_mapping() && !config.names.contains(&name) {
            config.names.push(name.clone());
        }
        config.entries.entry(name).or_default().push((file.id, entry));
    }
    let Some(includes) = root.get("include") else { return };
    let each = if includes.items().is_empty() { std::slice::from_ref(includes) } else { includes.items() };
    for one in each {
        let local = one.scalar().filter(|s| !s.starts_with("http")).or_else(|| one.get("local").and_then(Node::scalar));
        let at = file.at(one.span);
        if let Some(path) = local {
            let path = path.trim_start_matches('/');
            let found: Vec<&Held> = match path.contains('*') {
                true => reader.library.files().iter().filter(|f| matches(path, &f.path)).collect(),
                false => reader.library.get(path).into_iter().collect(),
            };
            if found.is_empty() {
                pipeline.opaque.push(Sourced::new(format!("includes {path}, which is not here"), at));
            }
            for held in found {
                include(reader, held, config, templates, files, pipeline, problems);
            }
        } else if let Some(template) = one.get("template").and_then(|n| sourced(file.id, n)) {
            templates.push(template.map(|t| format!("gitlab-template:{}", t.trim_end_matches(".yml").trim_end_matches(".gitlab-ci"))));
        } else {
            let word = |key: &str| one.get(key).and_then(Node::scalar);
            let (name, uses) = if let Some(component) = word("component") {
                (component.to_owned(), format!("gitlab-component:{component}"))
            } else if let Some(project) = word("project") {
                let file = one.get("file").map(|f| f.scalars().iter().filter_map(|s| s.scalar()).collect::<Vec<_>>().join(", "));
                let name = format!("{project}:{}", file.unwrap_or_default());
                (name.clone(), format!("gitlab-project:{name}"))
            } else {
                let url = word("remote").or(one.scalar()).unwrap_or("what cannot be read");
                (url.to_owned(), format!("gitlab-remote:{url}"))
            };
            templates.push(Sourced::new(uses, at));
            config.remote.push(Sourced::new(format!("includes {name}, which lies elsewhere"), at));
        }
    }
}

/// Jobs that are defined elsewhere, known by the name of what is included.
fn template_job(uses: &Sourced<String>, occasions: &[Occasion]) -> Job {
    // GitLab's own security jobs run on branches, and their failure is allowed.
    const ALLOWED_TO_FAIL: [&str; 4] =
        ["gitlab-template:Security/", "gitlab-template:Jobs/SAST", "gitlab-template:Jobs/Secret", "gitlab-template:Jobs/Dependency"];
    let runs: Vec<&Occasion> = occasions.iter().filter(|o| matches!(o.kind, Kind::Main | Kind::Branch)).collect();
    let on = gitlab_jobs::seen_on_requests(set(runs));
    let tolerated = ALLOWED_TO_FAIL.iter().any(|a| uses.value.starts_with(a)).then_some(uses.at);
    let id = uses.value.split_once(':').map_or(uses.value.as_str(), |(_, name)| name);
    let mut job = gitlab_jobs::bare(format!("include {id}"), uses.at);
    job.on = on;
    job.tolerated = tolerated;
    job.steps.push(Step { uses: Some(uses.clone()), ..others::bare_step(uses.at, on) });
    job
}

/// Everything that may start a pipeline of GitLab.
fn occasions(reader: &Reader) -> Vec<Occasion> {
    let main = || Value::text(&reader.default_branch.0);
    vec![
        Occasion::new(Kind::PullRequest, "merge_request_event", reader.default_branch.other()),
        Occasion::new(Kind::Main, "push", main()),
        Occasion::new(Kind::Branch, "push", reader.default_branch.other()),
        Occasion::new(Kind::Tag, "push", Value::Partly { prefix: String::new(), not: Vec::new() }),
        Occasion::new(Kind::Schedule, "schedule", main()),
        Occasion::new(Kind::Manual, "web", main()),
    ]
}
