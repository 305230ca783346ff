//! Compose files as Compose really resolves them.

mod build;
mod capacity;
mod command;
mod find;
mod interpolate;
mod load;
mod merge;
mod ports;
mod value;
mod variables;
mod volumes;
mod workload;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{FileId, Location, Problem, Sourced};

use self::find::Start;
use self::interpolate::{Scope, interpolate, set_by_shell};
use self::load::Loader;
use self::value::{Context, Shape, Value};
use self::workload::{Surroundings, is_external};
use crate::container::Workload;
use crate::infrastructure::Infrastructure;
use crate::library::{Held, Library, folder_of};
use crate::monitoring;

/// One way to start a Compose project: one file, or a base with its overlay, resolved.
#[derive(Clone, Debug)]
pub struct ComposeProject {
    /// Its files in merge order.
    pub files: Vec<FileId>,
    /// Their paths.
    pub paths: Vec<String>,
    /// The folder that relative paths start from.
    pub folder: String,
    /// The environment that its name suggests.
    pub environment: EnvironmentWord,
    /// Services that run without naming a profile.
    pub workloads: Vec<Workload>,
    /// Services that only run with a profile: the profile and the workload.
    pub profiled: Vec<(String, Workload)>,
    /// Top-level networks: name, internal, external.
    pub networks: Vec<Network>,
    /// Top-level volumes: name, external.
    pub volumes: Vec<(Sourced<String>, bool)>,
    /// Variables without a default that must come from outside.
    pub required_variables: Vec<Sourced<String>>,
    /// What its proxies, backup jobs and monitors configure.
    pub infrastructure: Infrastructure,
}

/// How many variables the services of one project may hold together.
const MAX_VARIABLES: usize = 50_000;

/// Resolves every way to start Compose that the tree describes.
pub(crate) fn resolve(library: &Library, problems: &mut Vec<Problem>) -> Vec<ComposeProject> {
    let found = find::starts(library, problems);
    let mut told: Vec<Problem> = Vec::new();
    let projects = found.starts.iter().filter_map(|start| project(library, start, &found.profiles, &mut told)).collect();
    // A file that several projects share tells its defect once.
    let seen: BTreeSet<Problem> = told.into_iter().collect();
    problems.extend(seen);
    projects
}

fn project(library: &Library, start: &Start, activated: &BTreeSet<String>, problems: &mut Vec<Problem>) -> Option<ComposeProject> {
    let files: Vec<&Held> = start.paths.iter().filter_map(|p| library.get(p)).collect();
    let folder = folder_of(&files.first()?.path).to_owned();
    let scope = match start.env_files.as_slice() {
        [] => Scope::of_file(library, &folder, ".env"),
        paths => Scope::of_files(library, paths),
    };
    let mut active = scope.list("COMPOSE_PROFILES", ',');
    // A profile named for production that a command activates is part of production; others are on demand.
    active.extend(activated.iter().filter(|p| EnvironmentWord::of(p) == EnvironmentWord::Production).cloned());

    let mut loader = Loader::new(library, problems, scope);
    let model = loader.project(&files, &folder)?;
    let context = loader.context();
    let mut project = ComposeProject {
        files: files.iter().map(|h| h.id).collect(),
        paths: start.paths.clone(),
        folder,
        environment: start.environment,
        workloads: Vec::new(),
        profiled: Vec::new(),
        networks: networks(context, &model),
        volumes: volumes(context, &model),
        required_variables: required(context, &model),
        infrastructure: Infrastructure::default(),
    };
    let awaited = awaited(context, &model);
    let around = Surroundings {
        context,
        secrets: model.get("secrets"),
        configs: model.get("configs"),
        swarm: start.stack || is_swarm(context, &model),
        awaited: &awaited,
    };
    let mut left = MAX_VARIABLES;
    let mut told = Vec::new();
    for pair in model.get("services").map(Value::pairs).unwrap_or_default() {
        let service = &pair.value;
        if !service.is_map() {
            told.push(Problem { at: pair.key_at, says: format!("the service {} is no mapping: nothing is known of it", pair.key) });
            continue;
        }
        if !["image", "build", "provider"].iter().any(|k| service.get(k).is_some_and(|v| !v.is_null())) {
            told.push(Problem {
                at: pair.key_at,
                says: format!("the service {} has neither an image nor a build: Compose refuses to start it", pair.key),
            });
        }
        let workload = workload::workload(&around, pair, &mut left);
        if around.swarm && !workload.one_shot {
            project.infrastructure.capacity.push(capacity::of_stack(context, service, &workload));
        }
        let profiles = service.get("profiles").map(|p| context.words(p)).unwrap_or_default();
        let runs = profiles.is_empty() || profiles.iter().any(|p| active.iter().any(|a| a == p || a == "*"));
        match profiles.into_iter().next() {
            Some(profile) if !runs => project.profiled.push((profile, workload)),
            _ => project.workloads.push(workload),
        }
    }
    if left == 0 {
        told.push(Problem { at: model.at, says: format!("more than {MAX_VARIABLES} variables in one project: the rest is not read") });
    }
    problems.extend(told);
    monitoring::read(library, &project.workloads, &mut project.infrastructure);
    Some(project)
}

fn networks(context: Context, model: &Value) -> Vec<Network> {
    let declared = model.get("networks").map(Value::pairs).unwrap_or_default();
    declared
        .iter()
        .map(|pair| Network {
            name: pair.key.to_string(),
            at: pair.key_at,
            internal: context.is_true(pair.value.get("internal")),
            external: is_external(context, &pair.value),
        })
        .collect()
}

fn volumes(context: Context, model: &Value) -> Vec<(Sourced<String>, bool)> {
    let declared = model.get("volumes").map(Value::pairs).unwrap_or_default();
    declared.iter().map(|pair| (Sourced::new(pair.key.to_string(), pair.key_at), is_external(context, &pair.value))).collect()
}

/// The services that another one awaits to complete.
fn awaited(context: Context, model: &Value) -> BTreeSet<String> {
    let services = model.get("services").map(Value::pairs).unwrap_or_default();
    services
        .iter()
        .flat_map(|s| s.value.get("depends_on").map(Value::pairs).unwrap_or_default())
        .filter(|d| d.value.get("condition").and_then(|c| context.text(c)).is_some_and(|c| c == "service_completed_successfully"))
        .map(|d| d.key.to_string())
        .collect()
}

/// Whether settings appear that only Swarm knows.
fn is_swarm(context: Context, model: &Value) -> bool {
    let declared = |section: &str| model.get(section).map(Value::pairs).unwrap_or_default();
    let overlay = declared("networks").iter().any(|n| n.value.get("driver").and_then(|d| context.text(d)).is_some_and(|d| d == "overlay"));
    let external = declared("secrets").iter().chain(declared("configs")).any(|s| is_external(context, &s.value));
    let placed = declared("services").iter().any(|s| ["placement", "endpoint_mode"].iter().any(|k| s.value.path(&["deploy", k]).is_some()));
    overlay || external || placed
}

/// Every variable that has neither a value in the tree nor a default, at the first place that needs it.
fn required(context: Context, model: &Value) -> Vec<Sourced<String>> {
    let mut found: BTreeMap<String, Location> = BTreeMap::new();
    let mut rest = vec![model];
    while let Some(value) = rest.pop() {
        match &value.shape {
            Shape::Text(text) if text.contains('$') => {
                let reading = context.scope(value).map(|scope| interpolate(text, scope));
                for variable in reading.map(|r| r.variables).unwrap_or_default() {
                    if variable.default.is_none() && variable.from_file.is_none() && !set_by_shell(&variable.name) {
                        let at = found.entry(variable.name).or_insert(value.at);
                        *at = (*at).min(value.at);
                    }
                }
            }
            Shape::List(items) => rest.extend(items),
            Shape::Map(pairs) => rest.extend(pairs.iter().map(|p| &p.value)),
            _ => {}
        }
    }
    found.into_iter().map(|(name, at)| Sourced::new(name, at)).collect()
}

/// A network.
#[derive(Clone, Debug)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// Has no way out.
    pub internal: bool,
    /// Made elsewhere.
    pub external: bool,
}

/// The environment that a file's or folder's name suggests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnvironmentWord {
    /// prod, production, prd, live.
    Production,
    /// No word.
    Unnamed,
    /// staging, stage, uat, qa, preview.
    Staging,
    /// dev, development, local, override, test, ci.
    Development,
}

impl EnvironmentWord {
    /// Reads the environment from the words of a path: words are parted by anything that is not a letter or digit.
    pub fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let mut found = EnvironmentWord::Unnamed;
        for word in lower.split(|c: char| !c.is_ascii_alphanumeric()) {
            match word {
                "prod" | "production" | "prd" | "live" => return EnvironmentWord::Production,
                "staging" | "stage" | "stg" | "uat" | "qa" | "preview" | "preprod" => found = EnvironmentWord::Staging,
                "dev" | "development" | "local" | "override" | "test" | "tests" | "testing" | "ci" | "debug" | "e2e"
                    if found == EnvironmentWord::Unnamed =>
                {
                    found = EnvironmentWord::Development;
                }
                _ => {}
            }
        }
        found
    }
}
