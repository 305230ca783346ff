//! Which artefact a service runs: one of its own per version, or whatever a name points to today.

use plimsoll_base::{Location, Setting};
use plimsoll_facts::container::Runtime;
use plimsoll_facts::technology::Capability;

use crate::activity::Activity;
use crate::service::Service;
use crate::system::System;

/// How the deployed artefact of a service is identified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A version, a commit or a digest of its own: where, and in which words.
    Unique(Location, String),
    /// A tag that moves: `latest`, `main`, none.
    Moving(Location, String),
    /// A variable decides.
    Variable(Location, String),
    /// Built from a working tree on the host that runs it.
    BuiltInPlace(Location, String),
    /// The platform keeps one release per commit.
    Platform(Location),
    /// Nothing says which artefact runs.
    Unstated(Location),
}

impl Service {
    /// How the artefact that this service runs is identified.
    pub fn identity(&self, system: &System) -> Identity {
        match self.runtime {
            Runtime::Platform => return Identity::Platform(self.at),
            // Infrastructure code packs a function's source from wherever it is applied.
            Runtime::Function if self.image.is_none() => {
                return Identity::BuiltInPlace(self.at, "its code is packed where it is deployed from".into());
            }
            _ => {}
        }
        // Beside `build` a tag only names the result, unless a pipeline publishes the image under it.
        if let (Some(build), Runtime::Compose) = (&self.build, self.runtime)
            && !system.activities(Capability::ImagePush).iter().any(|a| a.live() && a.builds(system, self))
        {
            return Identity::BuiltInPlace(build.at, format!("{} builds it", system.path_at(build.at)));
        }
        match &self.image {
            Some(Setting::Stated(image)) => of_reference(&image.value, image.at),
            Some(Setting::Defaulted(image)) => of_reference(image, self.at),
            Some(Setting::Unresolved(at)) => Identity::Variable(*at, format!("the image of {}", self.name)),
            None => match (&self.build, self.runtime) {
                (Some(build), Runtime::Compose) => Identity::BuiltInPlace(build.at, format!("{} builds it", system.path_at(build.at))),
                (Some(build), _) => Identity::Unstated(build.at),
                (None, _) => Identity::Unstated(self.at),
            },
        }
    }
}

fn of_reference(image: &str, at: Location) -> Identity {
    if image.contains('@') {
        return Identity::Unique(at, format!("pinned by digest: {image}"));
    }
    // A variable in the registry or repository part says nothing of the tag.
    let tail = image.rsplit('/').next().unwrap_or(image);
    let Some((_, tag)) = tail.rsplit_once(':').filter(|(_, t)| !t.ends_with('}') || t.starts_with("${") || t.starts_with("$")) else {
        return Identity::Moving(at, format!("`{image}` names no version"));
    };
    if tag.contains('$') || tag.contains("{{") {
        return Identity::Variable(at, image.to_owned());
    }
    if moving(tag) {
        return Identity::Moving(at, format!("`{image}`"));
    }
    Identity::Unique(at, format!("tagged with a version: {image}"))
}

/// Tags that are put on one image after the other.
fn moving(tag: &str) -> bool {
    matches!(
        tag,
        "latest"
            | "stable"
            | "edge"
            | "main"
            | "master"
            | "dev"
            | "develop"
            | "prod"
            | "production"
            | "staging"
            | "nightly"
            | "release"
            | "current"
    )
}

impl Activity<'_> {
    /// Whether a push gives the image a tag of its own: the commit, a version, the run's number.
    pub fn unique_tag(&self) -> bool {
        if self.names_version() || self.sign.technology == "Skaffold" {
            return true;
        }
        // The metadata action makes tags from the commit or version when it is told to, or for tags by default.
        let metadata = self.job.steps.iter().filter(|s| s.uses.as_ref().is_some_and(|u| u.value.starts_with("docker/metadata-action")));
        let mut asked = false;
        for step in metadata {
            asked = true;
            match step.with.iter().find(|(n, _)| n == "tags") {
                Some((_, tags))
                    if ["type=sha", "type=semver", "type=ref,event=tag", "type=pep440", "sha"].iter().any(|t| tags.value.contains(t))
                        || tells_version(&tags.value) =>
                {
                    return true;
                }
                None if self.step.on.tag => return true,
                _ => {}
            }
        }
        if asked {
            return false;
        }
        let text = self.step.script.as_ref().map_or("", |s| s.value.as_str());
        let environment = self.step.env.iter().any(|(_, v)| tells_version(&v.value));
        let tagged = |script: &str| tells_version(script) && script.to_lowercase().contains("tag");
        tells_version(text)
            || environment
            || self.job.steps.iter().take(self.source.step).any(|s| s.script.as_ref().is_some_and(|t| tagged(&t.value)))
    }

    /// Whether its own words, or a variable that they name, tell one version from the next.
    pub fn names_version(&self) -> bool {
        let words = self.source.words.join(" ");
        tells_version(&words)
            || self.job.env.iter().chain(&self.step.env).any(|(name, value)| tells_version(&value.value) && words.contains(name.as_str()))
    }
}

/// Words that differ from one version to the next: the commit, a tag, the run's number.
fn tells_version(text: &str) -> bool {
    const UNIQUE: [&str; 21] = [
        "github.sha",
        "GITHUB_SHA",
        "CI_COMMIT_SHA",
        "CI_COMMIT_SHORT_SHA",
        "CI_COMMIT_TAG",
        "github.ref_name",
        "GITHUB_REF_NAME",
        "run_number",
        "GITHUB_RUN_NUMBER",
        "Build.BuildId",
        "CIRCLE_SHA1",
        "CIRCLE_TAG",
        "BITBUCKET_COMMIT",
        "BITBUCKET_TAG",
        "outputs.version",
        "git rev-parse",
        "git describe",
        "COMMIT_SHA",
        "SHORT_SHA",
        "BUILD_NUMBER",
        "CODEBUILD_RESOLVED_SOURCE_VERSION",
    ];
    UNIQUE.iter().any(|u| text.contains(u))
}
