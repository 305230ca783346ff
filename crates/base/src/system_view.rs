//! The model of the running system as plain data, the member `system` of the JSON contract.

use serde::Serialize;

use crate::Place;

/// The model as data.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SystemView {
    /// Every way to run the system that was found.
    pub deployments: Vec<DeploymentView>,
    /// What runs.
    pub services: Vec<ServiceView>,
    /// What remembers.
    pub datastores: Vec<DatastoreView>,
    /// Who talks to whom.
    pub edges: Vec<EdgeView>,
    /// What builds, tests and deploys.
    pub pipelines: Vec<PipelineView>,
    /// Environments that are named.
    pub environments: Vec<EnvironmentView>,
}

/// A way to run the system.
#[derive(Clone, Debug, Serialize)]
pub struct DeploymentView {
    /// Its name.
    pub name: String,
    /// `compose`, `kubernetes`, `platform`, `image`, `process`, or the tool of infrastructure code: `terraform`, `bicep`, …
    pub kind: String,
    /// The files that describe it, in merge order.
    pub files: Vec<String>,
    /// Whether it is the assessed one.
    pub assessed: bool,
    /// Why it is, or is not.
    pub reason: String,
}

/// A service.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceView {
    /// Its stable name.
    pub name: String,
    /// `web`, `worker`, `datastore`, `proxy`, …
    pub kind: String,
    /// The image it runs, if named.
    pub image: Option<String>,
    /// The file that builds it, if this repository does.
    pub build: Option<String>,
    /// Ports published to the host or the internet.
    pub published: Vec<String>,
    /// Where it is declared.
    pub at: Option<Place>,
}

/// A datastore.
#[derive(Clone, Debug, Serialize)]
pub struct DatastoreView {
    /// Its stable name.
    pub name: String,
    /// `postgres`, `redis`, …; what kind of store it is where no engine is known.
    pub engine: String,
    /// Who runs it: `managed`, `container`, `external`, `embedded`, `volume`.
    pub run_by: String,
    /// Where it is declared.
    pub at: Option<Place>,
}

/// Who talks to whom.
#[derive(Clone, Debug, Serialize)]
pub struct EdgeView {
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// Why it is believed: `depends_on`, an environment variable, …
    pub by: String,
}

/// A pipeline.
#[derive(Clone, Debug, Serialize)]
pub struct PipelineView {
    /// Its file.
    pub name: String,
    /// `github-actions`, `gitlab-ci`, …
    pub provider: String,
    /// What starts it.
    pub triggers: Vec<String>,
    /// Its jobs.
    pub jobs: Vec<String>,
}

/// An environment that is named somewhere.
#[derive(Clone, Debug, Serialize)]
pub struct EnvironmentView {
    /// Its name.
    pub name: String,
    /// Where it is named.
    pub at: Option<Place>,
}
