//! Trees in memory, and what starting Compose in them gives.

mod conversion;
mod finding;
mod merging;
mod variables;

use std::sync::Arc;

use plimsoll_base::Problem;
use plimsoll_discover::{Format, Tree};
use plimsoll_syntax::yaml;

use super::{ComposeProject, resolve};
use crate::container::{ValueSource, Workload};
use crate::library::{Held, Library};

/// A library as the gatherer makes it, without the other readers.
fn library(files: &[(&str, &str)]) -> Library {
    let tree = Tree::in_memory("case", files.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect());
    let held = tree
        .files
        .iter()
        .map(|file| {
            let bytes = tree.read(file.id).expect("in memory");
            Held {
                id: file.id,
                path: file.path.clone(),
                format: file.format,
                role: file.role,
                size: file.size,
                tracked: file.tracked,
                ignored: file.ignored,
                documents: if file.format == Format::Yaml { yaml(&bytes).value } else { Vec::new() },
                commands: std::sync::OnceLock::new(),
                bytes: Some(Arc::from(bytes.as_slice())),
            }
        })
        .collect();
    Library::new(held)
}

fn projects(files: &[(&str, &str)]) -> (Vec<ComposeProject>, Vec<Problem>) {
    let mut problems = Vec::new();
    let projects = resolve(&library(files), &mut problems);
    (projects, problems)
}

/// The paths of every project.
fn lists(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    projects(files).0.into_iter().map(|p| p.paths).collect()
}

/// The project of a tree that has one.
fn only(files: &[(&str, &str)]) -> ComposeProject {
    let (mut projects, problems) = projects(files);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(projects.len(), 1, "{:?}", projects.iter().map(|p| &p.paths).collect::<Vec<_>>());
    projects.remove(0)
}

/// The first service of a file, given its lines below the image.
fn service(lines: &str) -> Workload {
    let text = format!("services:\n  web:\n    image: web\n{lines}");
    only(&[("compose.yml", &text), ("data/seed.sql", "-- seed"), ("seccomp.json", "{}")]).workloads.remove(0)
}

/// The project of that last file.
fn with_last<'a>(projects: &'a [ComposeProject], last: &str) -> &'a ComposeProject {
    projects.iter().find(|p| p.paths.last().is_some_and(|p| p == last)).expect("a project of that file")
}

fn named<'a>(project: &'a ComposeProject, name: &str) -> &'a Workload {
    project.workloads.iter().find(|w| w.name == name).expect("a service of that name")
}

/// The value of a variable as text, with the kind of its source.
fn variable(workload: &Workload, name: &str) -> String {
    let variable = workload.environment.iter().find(|v| v.name == name).expect("a variable of that name");
    match &variable.value {
        ValueSource::Literal(text) => format!("literal {text}"),
        ValueSource::Interpolated { resolved: Some(text), .. } => format!("resolved {text}"),
        ValueSource::Interpolated { raw, .. } => format!("open {raw}"),
        ValueSource::EnvFile { path, value } => format!("{path} {value}"),
        ValueSource::PassedThrough => "passed".to_owned(),
        _ => "unresolved".to_owned(),
    }
}

fn image(workload: &Workload) -> Option<&str> {
    workload.image.as_ref().and_then(|i| i.known()).map(String::as_str)
}

fn says(problems: &[Problem], part: &str) -> bool {
    problems.iter().any(|p| p.says.contains(part))
}
