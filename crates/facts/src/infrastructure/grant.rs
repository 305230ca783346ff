//! Rights in the cloud account and in the cluster.

use plimsoll_base::{Location, Sourced};

/// Rights that one statement, attachment or binding gives.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Where it stands.
    pub at: Location,
    /// The role, account or user that holds it, by address or name.
    pub holder: String,
    /// Who takes the role on.
    pub used_by: Holder,
    /// Workloads that run with it, by name.
    pub workloads: Vec<String>,
    /// Actions in the file's words: `s3:GetObject`, `roles/owner`, `get pods`.
    pub actions: Vec<Sourced<String>>,
    /// Resources in the file's words.
    pub resources: Vec<Sourced<String>>,
    /// How wide it is.
    pub breadth: Breadth,
    /// In words: `s3:* on *`.
    pub says: String,
}

/// Who holds a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A workload of the system.
    Workload,
    /// Machines of a cluster, or the cluster itself.
    Cluster,
    /// A pipeline.
    Pipeline,
    /// A person, a group of people.
    Person,
    /// A user with keys that never end.
    StaticKey,
    /// A service of the provider, or anything else.
    Other,
}

/// How wide a right is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breadth {
    /// Everything in the account or the cluster: `*` on `*`, `AdministratorAccess`, `roles/owner`, `cluster-admin`.
    Everything,
    /// Every action of a service, or a service's actions on every resource.
    WholeService,
    /// No rights of its own are named: it runs with an identity that others share, and takes what they are given.
    Shared,
    /// Actions and resources are named.
    Scoped,
    /// Decided elsewhere: a role that exists before, a policy that is not in the tree.
    Unresolved,
}
