//! Pipelines: what starts them, what their jobs really run, and what can stop them.

mod azure;
mod bitbucket;
mod circleci;
mod drone;
mod environments;
mod expressions;
mod github;
mod github_calls;
mod github_jobs;
mod github_names;
mod gitlab;
mod gitlab_jobs;
mod invocations;
mod jenkins;
mod occasions;
mod others;
mod package_scripts;
mod pipeline;
mod reading;
mod recipes;
mod scripts;
#[cfg(test)]
mod tests;
mod values;

pub use pipeline::*;

use plimsoll_base::{Problem, Sourced};

use crate::library::{Held, Library};
use crate::packages::Package;
use reading::Reader;

/// Reads every pipeline of the tree, in the order of their paths. A file that cannot be read is listed all the same, as opaque.
pub(crate) fn read(library: &Library, packages: &[Package], problems: &mut Vec<Problem>) -> Vec<Pipeline> {
    let found: Vec<(&Held, Provider)> =
        library.files().iter().filter_map(|file| provider_of(&file.path).map(|provider| (file, provider))).collect();
    let reader = Reader::new(library, packages, occasions::default_branch(&found));
    let mut pipelines: Vec<Pipeline> = found
        .iter()
        .map(|(file, provider)| match provider {
            Provider::GithubActions | Provider::Other("forgejo-actions" | "gitea-actions") => {
                github::read(&reader, file, *provider, problems)
            }
            Provider::GitlabCi => gitlab::read(&reader, file, problems),
            Provider::CircleCi => circleci::read(&reader, file, problems),
            Provider::AzurePipelines => azure::read(&reader, file, problems),
            Provider::Bitbucket => bitbucket::read(&reader, file, problems),
            Provider::Jenkins => jenkins::read(&reader, file, problems),
            Provider::CodeBuild => others::codebuild(&reader, file, problems),
            Provider::CloudBuild => others::cloud_build(&reader, file, problems),
            Provider::Other("drone" | "woodpecker") => drone::read(&reader, file, *provider, problems),
            Provider::Other("buildkite") => others::buildkite(&reader, file, problems),
            Provider::Other("travis") => others::travis(&reader, file, problems),
            Provider::Other(_) => unread(file, *provider, "this provider's files are not read"),
        })
        .collect();
    github_calls::settle(&mut pipelines);
    if let (true, Some((file, _))) = (reader.limited(), found.first()) {
        problems.push(Problem {
            at: file.whole(),
            says: "the pipelines lead to more scripts and parts than are followed: some commands are not known".into(),
        });
    }
    pipelines
}

/// Which provider reads the file at that path. Only the places that a provider itself looks at count.
fn provider_of(path: &str) -> Option<Provider> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let lower = name.to_ascii_lowercase();
    let yaml = lower.ends_with(".yml") || lower.ends_with(".yaml");
    match folder {
        ".github/workflows" if yaml => return Some(Provider::GithubActions),
        ".forgejo/workflows" if yaml => return Some(Provider::Other("forgejo-actions")),
        ".gitea/workflows" if yaml => return Some(Provider::Other("gitea-actions")),
        ".circleci" if name == "config.yml" => return Some(Provider::CircleCi),
        ".buildkite" | "buildkite" if yaml && lower.starts_with("pipeline") => return Some(Provider::Other("buildkite")),
        ".semaphore" if lower == "semaphore.yml" => return Some(Provider::Other("semaphore")),
        _ if (folder == ".woodpecker" || folder.starts_with(".woodpecker/")) && yaml => return Some(Provider::Other("woodpecker")),
        ".azure-pipelines" | "azure-pipelines" | ".azuredevops" | ".azure/pipelines" if yaml => return Some(Provider::AzurePipelines),
        _ => {}
    }
    if lower.starts_with("jenkinsfile") && !lower.ends_with(".md") {
        return Some(Provider::Jenkins);
    }
    if yaml && lower.starts_with("buildspec") {
        return Some(Provider::CodeBuild);
    }
    if (yaml || lower.ends_with(".json")) && lower.starts_with("cloudbuild") {
        return Some(Provider::CloudBuild);
    }
    if yaml && lower.starts_with("azure-pipelines") {
        return Some(Provider::AzurePipelines);
    }
    if !folder.is_empty() {
        return None;
    }
    match lower.as_str() {
        ".gitlab-ci.yml" => Some(Provider::GitlabCi),
        "bitbucket-pipelines.yml" => Some(Provider::Bitbucket),
        ".drone.yml" | ".drone.yaml" => Some(Provider::Other("drone")),
        ".woodpecker.yml" | ".woodpecker.yaml" => Some(Provider::Other("woodpecker")),
        ".travis.yml" => Some(Provider::Other("travis")),
        "appveyor.yml" | ".appveyor.yml" => Some(Provider::Other("appveyor")),
        ".cirrus.yml" => Some(Provider::Other("cirrus")),
        _ => None,
    }
}

/// A pipeline of which nothing is known but that it is there.
fn unread(file: &Held, provider: Provider, why: &str) -> Pipeline {
    let mut pipeline = empty(file, provider);
    pipeline.opaque.push(Sourced::new(why.to_owned(), file.whole()));
    pipeline
}

fn empty(file: &Held, provider: Provider) -> Pipeline {
    Pipeline {
        file: file.id,
        path: file.path.clone(),
        title: None,
        provider,
        triggers: Triggers::default(),
        permissions: None,
        jobs: Vec::new(),
        uncalled: false,
        opaque: Vec::new(),
    }
}
