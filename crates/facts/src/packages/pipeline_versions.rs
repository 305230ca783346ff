//! Versions that pipelines ask for: set-up actions, the images that jobs run in, service containers.

use plimsoll_base::Sourced;

use super::product::version_of;
use super::versions::Uses;
use crate::ci::{Job, Life, Pipeline};
use crate::repository::VersionScope;

/// Set-up actions by the end of their name, with the input that names the version.
const SETUPS: &[(&str, &str, &str)] = &[
    ("setup-node", "node-version", "node"),
    ("setup-python", "python-version", "python"),
    ("setup-uv", "python-version", "python"),
    ("setup-go", "go-version", "go"),
    ("setup-java", "java-version", "java"),
    ("setup-dotnet", "dotnet-version", "dotnet"),
    ("setup-ruby", "ruby-version", "ruby"),
    ("setup-php", "php-version", "php"),
    ("setup-beam", "elixir-version", "elixir"),
    // Azure Pipelines.
    ("nodetool", "version", "node"),
    ("nodetool", "versionspec", "node"),
    ("usenode", "version", "node"),
    ("usepythonversion", "versionspec", "python"),
    ("usedotnet", "version", "dotnet"),
    ("gotool", "version", "go"),
];

/// Adds what the pipelines say.
pub(super) fn read(uses: &mut Uses, pipelines: &[Pipeline]) {
    for job in pipelines.iter().flat_map(|p| &p.jobs).filter(|j| j.life == Life::Live) {
        for image in job.container.iter().chain(&job.services) {
            for (image, at) in values(job, image).into_iter().map(|v| (v.value, v.at)) {
                uses.image(&image, at, VersionScope::Pipeline);
            }
        }
        for step in job.steps.iter().filter(|s| s.life == Life::Live) {
            let Some(action) = &step.uses else { continue };
            let name = action.value.split('@').next().unwrap_or_default().to_ascii_lowercase();
            for (_, input, product) in SETUPS.iter().filter(|(action, ..)| name.ends_with(action)) {
                for (_, value) in step.with.iter().filter(|(key, _)| key.eq_ignore_ascii_case(input)) {
                    for one in values(job, value) {
                        setup(uses, product, &one);
                    }
                }
            }
        }
    }
}

fn setup(uses: &mut Uses, product: &str, value: &Sourced<String>) {
    // Several versions may be written, one on each line.
    for written in value.value.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if !written.contains("${{") && !written.contains('$') {
            let version = version_of(product, written.trim_start_matches(['^', '~', '>', '=', ' ', 'v']));
            uses.add(product, &version, value.at, &format!("{product} {written}"), VersionScope::Pipeline);
        }
    }
}

/// A value; of one that the matrix decides, each that it takes; none of one that is decided elsewhere.
fn values(job: &Job, value: &Sourced<String>) -> Vec<Sourced<String>> {
    let Some((before, rest)) = value.value.split_once("${{") else { return vec![value.clone()] };
    let Some((expression, after)) = rest.split_once("}}") else { return Vec::new() };
    if after.contains("${{") {
        return Vec::new();
    }
    let expression = expression.trim();
    let env = || expression.strip_prefix("env.").and_then(|name| job.env.iter().rev().find(|(n, _)| n == name)).map(|(_, v)| v.clone());
    let of_matrix = expression.strip_prefix("matrix.").and_then(|key| job.matrix.iter().find(|(k, _)| k == key)).map(|(_, v)| v.clone());
    let found = of_matrix.unwrap_or_else(|| env().into_iter().collect());
    found.into_iter().map(|v| Sourced::new(format!("{before}{}{after}", v.value), v.at)).collect()
}
