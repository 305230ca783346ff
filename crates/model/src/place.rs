//! What a place in the repository is for, as far as it bears on what a value found there can open.

use plimsoll_facts::Role;
use plimsoll_facts::compose::EnvironmentWord;
use plimsoll_facts::container::MountSource;
use plimsoll_facts::repository::is_template;

use crate::deployment::DeploymentKind;
use crate::system::System;

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceKind {
    /// It declares, or is handed to, the deployment under assessment, or its name says production.
    Manifest,
    /// It declares another way to run the system, which is neither assessed nor meant for development.
    Alternative,
    /// Code and configuration of the product.
    Product,
    /// Equipment of development: its name says so, or only a development set-up uses it.
    Development,
    /// A pipeline's definition.
    Pipeline,
    /// A document for people.
    Document,
    /// Tests, their fixtures, and examples.
    Test,
    /// A file that is copied and filled in.
    Template,
    /// Somebody else's, or a program's output.
    Foreign,
}

/// Words of a path that mean development, beyond those that name an environment.
const DEVELOPMENT: &[&str] = &[
    "devcontainer",
    "demo",
    "sample",
    "samples",
    "mock",
    "mocks",
    "seed",
    "seeds",
    "seeder",
    "seeders",
    "sandbox",
    "playground",
    "localhost",
    "selfsigned",
    "snakeoil",
    "benchmark",
    "benchmarks",
    "smoke",
    "fake",
    "fakes",
];
/// Folders and files of pipelines that no reader may have understood.
const PIPELINES: &[&str] = &[
    ".github/",
    ".gitlab/",
    ".gitlab-ci",
    ".circleci/",
    ".buildkite/",
    ".woodpecker",
    ".drone",
    ".travis",
    ".azure-pipelines/",
    ".teamcity/",
    ".semaphore/",
    ".forgejo/",
    ".gitea/",
    ".tekton/",
];

impl System {
    /// What a path is for.
    pub fn place(&self, path: &str) -> PlaceKind {
        // By its path alone: what the policy leaves out as evidence holds its credentials all the same.
        let role = self.file(path).map_or(Role::Product, |f| Role::of(path, f.format));
        let name = path.rsplit('/').next().unwrap_or(path);
        match role {
            Role::Vendored | Role::Generated => return PlaceKind::Foreign,
            Role::Test | Role::Fixture => return PlaceKind::Test,
            _ if is_template(name) => return PlaceKind::Template,
            Role::Example if copied_and_filled(name) => return PlaceKind::Template,
            Role::Example => return PlaceKind::Test,
            Role::Docs => return PlaceKind::Document,
            Role::DevTool => return PlaceKind::Development,
            // Unit tests that lie beside what they test.
            Role::Product
                if self.file(path).is_some_and(|f| f.format.language().is_some())
                    && matches!(name.split('.').next(), Some("test" | "tests")) =>
            {
                return PlaceKind::Test;
            }
            Role::Product | Role::Backup => {}
        }
        if PIPELINES.iter().any(|p| path.starts_with(p))
            || name == "Jenkinsfile"
            || name.starts_with("azure-pipelines")
            || name.starts_with("bitbucket-pipelines")
            || self.pipelines().iter().any(|p| p.path == path)
        {
            return PlaceKind::Pipeline;
        }
        if self.deployment_uses(path) {
            return if self.development_only() { PlaceKind::Development } else { PlaceKind::Manifest };
        }
        match EnvironmentWord::of(path) {
            EnvironmentWord::Production if self.is_configuration(path) => return PlaceKind::Manifest,
            EnvironmentWord::Development => return PlaceKind::Development,
            _ => {}
        }
        if path.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|w| DEVELOPMENT.contains(&w)) {
            return PlaceKind::Development;
        }
        let declares = |d: &&crate::Deployment| {
            !matches!(d.kind, DeploymentKind::Image | DeploymentKind::Process) && d.files.iter().any(|f| f == path)
        };
        match self.deployments().iter().find(declares) {
            Some(d) if d.environment == EnvironmentWord::Development || d.development.is_some() => PlaceKind::Development,
            Some(_) => PlaceKind::Alternative,
            None => PlaceKind::Product,
        }
    }

    /// Whether the deployment under assessment is a development set-up, judged because there is no other.
    pub fn development_only(&self) -> bool {
        self.deployment().is_some_and(|d| d.development.is_some())
    }

    /// Whether the deployment under assessment is declared in a file, or hands it to a service: an env file, a mounted configuration.
    pub fn deployment_uses(&self, path: &str) -> bool {
        let declared = self
            .deployment()
            .is_some_and(|d| !matches!(d.kind, DeploymentKind::Image | DeploymentKind::Process) && d.files.iter().any(|f| f == path));
        declared
            || self.services().iter().any(|s| {
                let mounted = |source: &MountSource| matches!(source, MountSource::Host { path: host, in_tree: true, .. } if host == path);
                s.env_files.iter().any(|e| e.path == path) || s.mounts.iter().any(|m| mounted(&m.source)) || interpolates_from(s, path)
            })
    }

    fn is_configuration(&self, path: &str) -> bool {
        self.file(path).is_some_and(|f| f.format.language().is_none())
    }
}

/// Whether a service's variables take values from an env file of the tree.
fn interpolates_from(service: &crate::Service, path: &str) -> bool {
    use plimsoll_facts::container::ValueSource;
    service.environment.iter().any(|v| match &v.value {
        ValueSource::EnvFile { path: file, .. } => file == path,
        ValueSource::Interpolated { variables, .. } => variables.iter().any(|i| i.from_file.as_ref().is_some_and(|(file, _)| file == path)),
        _ => false,
    })
}

/// `settings.py.example`, `terraform.tfvars.example`, `config.sample.yml`.
fn copied_and_filled(name: &str) -> bool {
    name.to_ascii_lowercase().split('.').skip(1).any(|part| matches!(part, "example" | "sample" | "dist" | "template" | "tpl"))
}
