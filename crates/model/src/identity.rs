//! Which artefact a service runs: one of its own per version, or whatever a name points to today.

use plimsoll_base::{Location, Setting};
use plimsoll_facts::container::Runtime;

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
        if self.on_platform() {
            return Identity::Platform(self.at);
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
    matches!(tag, "latest" | "stable" | "edge" | "main" | "master" | "dev" | "develop" | "prod" | "production" | "staging" | "nightly" | "release" | "current")
}

impl Activity<'_> {
    /// Whether a push gives the image a tag of its own: the commit, a version, the run's number.
    pub fn unique_tag(&self) -> bool {
        const UNIQUE: [&str; 14] = [
            "github.sha", "GITHUB_SHA", "CI_COMMIT_SHA", "CI_COMMIT_SHORT_SHA", "CI_COMMIT_TAG", "github.ref_name", "run_number", "GITHUB_RUN_NUMBER",
            "Build.BuildId", "CIRCLE_SHA1", "BITBUCKET_COMMIT", "outputs.version", "git rev-parse", "COMMIT_SHA",
        ];
        let told = |text: &str| UNIQUE.iter().any(|u| text.contains(u));
        if self.source.words.iter().any(|w| told(w)) {
            return true;
        }
        // The metadata action makes tags from the commit or version when it is told to, or for tags by default.
        let metadata = self.job.steps.iter().find(|s| s.uses.as_ref().is_some_and(|u| u.value.starts_with("docker/metadata-action")));
        let tags = metadata.and_then(|s| s.with.iter().find(|(n, _)| n == "tags")).map(|(_, v)| v.value.as_str());
        match (metadata, tags) {
            (Some(_), Some(tags)) => ["type=sha", "type=semver", "type=ref,event=tag", "type=pep440", "sha"].iter().any(|t| tags.contains(t)) || told(tags),
            (Some(_), None) => self.job.on.tag,
            (None, _) => {
                let text = self.step.script.as_ref().map_or("", |s| s.value.as_str());
                let environment = self.step.env.iter().any(|(_, v)| told(&v.value));
                told(text) || environment || self.job.steps.iter().take(self.source.step).any(|s| s.script.as_ref().is_some_and(|t| told(&t.value) && t.value.to_lowercase().contains("tag")))
            }
        }
    }

    /// Whether it runs after another activity of the same pipeline.
    pub fn after(&self, other: &Activity<'_>) -> bool {
        if !std::ptr::eq(self.pipeline, other.pipeline) {
            return false;
        }
        if self.source.job == other.source.job {
            return self.source.step > other.source.step || (self.source.step == other.source.step && self.sign.at > other.sign.at);
        }
        crate::activity::needs(self.pipeline, &self.job.id, &other.job.id, 32)
    }
}
