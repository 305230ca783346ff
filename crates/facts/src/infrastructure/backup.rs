//! Backups that something runs, and proofs that they can be restored.

use plimsoll_base::{Location, Sourced};

use super::Property;

/// A scheduled backup: a provider's plan, a cron job, a timer, a workflow.
#[derive(Clone, Debug)]
pub struct BackupPlan {
    /// Its address, or the name of the job.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// The product or program: `AWS Backup`, `pg_dump`, `restic`, `Velero`.
    pub tool: String,
    /// When it runs; none where nothing schedules it.
    pub schedule: Option<Property<String>>,
    /// Whether what would run it does run: the rule is enabled, the container starts, the workflow is live.
    pub runs: Property<bool>,
    /// For how many days copies are kept; none where nothing says so.
    pub keep_days: Option<Property<u32>>,
    /// What it covers.
    pub covers: Vec<Coverage>,
    /// Where copies go.
    pub destination: Destination,
    /// Copies to another region, account or provider.
    pub copies: Vec<Sourced<String>>,
    /// A lock that keeps even administrators from deleting copies.
    pub locked: Option<Sourced<String>>,
    /// Whether it also archives the log of changes, so that any moment can be restored.
    pub continuous: Option<Property<bool>>,
    /// Where a failure of it is told to someone.
    pub failure_told: Option<Sourced<String>>,
}

impl BackupPlan {
    /// A plan of which nothing is known but that it is there and would run.
    pub fn new(name: impl Into<String>, at: Location, tool: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            at,
            tool: tool.into(),
            schedule: None,
            runs: Property::defaulted(true, at, "nothing switches it off"),
            keep_days: None,
            covers: Vec::new(),
            destination: Destination::Provider,
            copies: Vec::new(),
            locked: None,
            continuous: None,
            failure_told: None,
        }
    }
}

/// What a backup covers.
#[derive(Clone, Debug, PartialEq)]
pub enum Coverage {
    /// A store of this address, or a service of this name.
    Store(String),
    /// Stores that carry this tag.
    Tag(String, String),
    /// Every store of an engine that the program dumps: `postgres`.
    Engine(String),
    /// Everything the provider can back up.
    Everything,
    /// The disks of what the deployment runs itself: every volume of a cluster, a whole machine.
    Volumes,
    /// Decided elsewhere.
    Unresolved(Location),
}

/// Where copies go.
#[derive(Clone, Debug, PartialEq)]
pub enum Destination {
    /// The provider's own vault or snapshots, in the same account and region.
    Provider,
    /// Storage off the host: a bucket, another machine.
    Remote(Sourced<String>),
    /// The disk of the same host, or a volume beside the data.
    SameHost(Location),
    /// Decided elsewhere.
    Unresolved,
}

/// A restore that runs by itself, or that a script or a document describes.
#[derive(Clone, Debug)]
pub struct RestoreTest {
    /// Where it stands.
    pub at: Location,
    /// What it is, in words.
    pub says: String,
    /// When it runs; none for a script or a procedure that a person starts.
    pub schedule: Option<Property<String>>,
    /// Whether it checks what was restored.
    pub asserts: bool,
    /// What it restores; empty where that is not told.
    pub covers: Vec<Coverage>,
}
