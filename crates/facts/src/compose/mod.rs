//! Compose files as Compose really resolves them.

use plimsoll_base::{FileId, Location, Sourced};

use crate::container::Workload;

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
