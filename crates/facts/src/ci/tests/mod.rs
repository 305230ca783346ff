//! Pipelines of every provider, read from small trees.

mod following;
mod github;
mod gitlab;
mod others;

use std::sync::Arc;

use plimsoll_base::{LineIndex, Location, Problem, Sourced};
use plimsoll_discover::{Format, Tree};
use plimsoll_syntax::{JsonFlavour, Node, json, yaml};

use super::{Invocation, Job, Life, Occasions, Pipeline, Step};
use crate::library::{Held, Library};
use crate::packages::{Ecosystem, Package};

/// A tree that was read.
pub(super) struct Read {
    library: Library,
    pub pipelines: Vec<Pipeline>,
    pub problems: Vec<Problem>,
}

pub(super) fn read(files: &[(&str, &str)]) -> Read {
    let tree = Tree::in_memory("tree", files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect());
    let held = tree.files.iter().map(|file| {
        let bytes = tree.read(file.id).expect("held in memory");
        let documents = match file.format {
            Format::Yaml => yaml(&bytes).value,
            Format::Json => vec![json(&bytes, JsonFlavour::Strict).value],
            _ => Vec::new(),
        };
        Held {
            id: file.id,
            path: file.path.clone(),
            format: file.format,
            role: file.role,
            size: file.size,
            tracked: None,
            ignored: false,
            bytes: Some(Arc::from(bytes)),
            documents,
            commands: std::sync::OnceLock::new(),
        }
    });
    let library = Library::new(held.collect());
    let packages: Vec<Package> = library.files().iter().filter_map(package).collect();
    let mut problems = Vec::new();
    let pipelines = super::read(&library, &packages, &mut problems);
    Read { library, pipelines, problems }
}

fn package(file: &Held) -> Option<Package> {
    let ecosystem = match file.name() {
        "package.json" => Ecosystem::Npm,
        "composer.json" => Ecosystem::Php,
        _ => return None,
    };
    let root = file.root()?;
    let scripts = root.get("scripts").map(Node::entries).unwrap_or_default();
    Some(Package {
        file: file.id,
        path: file.path.clone(),
        folder: file.folder().to_owned(),
        ecosystem,
        name: root.get("name").and_then(Node::scalar).map(str::to_owned),
        version: None,
        private: false,
        dependencies: Vec::new(),
        scripts: scripts
            .iter()
            .flat_map(|e| {
                e.value
                    .scalars()
                    .into_iter()
                    .map(|s| (e.key.to_string(), Sourced::new(s.scalar().unwrap_or_default().to_owned(), file.at(s.span))))
            })
            .collect(),
        lock: None,
        competing_locks: Vec::new(),
        runtimes: Vec::new(),
        members: root
            .get("workspaces")
            .map(|w| w.scalars().iter().filter_map(|s| s.scalar().map(str::to_owned)).collect())
            .unwrap_or_default(),
        workspace_root: None,
        product: true,
        exact: false,
        hashed: false,
        languages: Vec::new(),
        manager: None,
        tools: Vec::new(),
    })
}

impl Read {
    /// The pipeline of a file.
    pub(super) fn pipeline(&self, path: &str) -> &Pipeline {
        self.pipelines.iter().find(|p| p.path == path).unwrap_or_else(|| panic!("{path} is no pipeline"))
    }
    /// A job of the only pipeline, or of the first that has it.
    pub(super) fn job(&self, id: &str) -> &Job {
        let jobs: Vec<&Job> = self.pipelines.iter().flat_map(|p| &p.jobs).collect();
        jobs.iter().find(|j| j.id == id).unwrap_or_else(|| panic!("no job {id} in {:?}", jobs.iter().map(|j| &j.id).collect::<Vec<_>>()))
    }
    /// The line of a place.
    pub(super) fn line(&self, at: Location) -> (String, u32) {
        let held = &self.library.files()[at.file.0 as usize];
        let bytes = held.bytes.as_deref().expect("held");
        (held.path.clone(), LineIndex::new(bytes).line_column(at.span.expect("a span").start).0)
    }
    /// The text of a place.
    pub(super) fn text(&self, at: Location) -> String {
        let held = &self.library.files()[at.file.0 as usize];
        String::from_utf8_lossy(&held.bytes.as_deref().expect("held")[at.span.expect("a span").range()]).into_owned()
    }
}

/// A workflow of one job with these lines as its steps.
pub(super) fn workflow(steps: &str) -> String {
    format!("on: [push, pull_request]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n{steps}")
}

/// One word for each occasion.
pub(super) fn on(occasions: Occasions) -> String {
    let named = [
        (occasions.pull_request, "request"),
        (occasions.main, "main"),
        (occasions.branch, "branch"),
        (occasions.tag, "tag"),
        (occasions.schedule, "schedule"),
        (occasions.manual, "hand"),
    ];
    named.iter().filter(|(holds, _)| *holds).map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

pub(super) fn commands(job: &Job) -> Vec<&Invocation> {
    job.steps.iter().flat_map(|s: &Step| &s.commands).collect()
}

/// Each command in one line, those tolerated with `~` before them, and the folder behind `@`.
pub(super) fn lines(job: &Job) -> Vec<String> {
    let line = |c: &&Invocation| {
        let folder = if c.folder.is_empty() { String::new() } else { format!(" @{}", c.folder) };
        format!("{}{}{folder}", if c.tolerated { "~" } else { "" }, c.words.join(" "))
    };
    commands(job).iter().map(line).collect()
}

pub(super) fn is_dead(life: &Life) -> bool {
    matches!(life, Life::Dead(..))
}

pub(super) fn needs(job: &Job) -> Vec<&str> {
    job.needs.iter().map(|n| n.value.as_str()).collect()
}
