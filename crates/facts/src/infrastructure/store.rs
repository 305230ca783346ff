//! Places that keep data.

use plimsoll_base::{Location, Sourced};

use super::{CorsRule, Property, Provider};

/// A place that keeps data and that a provider or an operator runs. A property that has no meaning for the kind is `None`; one that
/// configuration leaves open is a [`Property`] that says so.
#[derive(Clone, Debug)]
pub struct Store {
    /// Its address.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// Why it may not exist at all, where something outside decides that.
    pub doubtful: Option<String>,
    /// Who provides it.
    pub provider: Provider,
    /// What it is.
    pub kind: StoreKind,
    /// The product's name: `RDS`, `DynamoDB`, `Cloud SQL`.
    pub product: &'static str,
    /// What runs in it: `postgres`, `mysql`, `redis`.
    pub engine: Option<Property<String>>,
    /// What it holds, as far as what refers to it tells.
    pub holds: Holds,
    /// Whether what lies on its disks is encrypted.
    pub encrypted: Option<Property<bool>>,
    /// The customer's own key, where one is named.
    pub own_key: Option<Property<String>>,
    /// Whether its own settings give it an address that the internet can route to, or let anyone read it.
    pub public: Option<Property<bool>>,
    /// Firewalls (security groups) attached to it, by address: [`super::Opening::group`].
    pub groups: Vec<String>,
    /// Subnets that it stands in, by address.
    pub subnets: Vec<String>,
    /// Days for which its own automatic backups are kept; 0 means none. None where the product has no such setting.
    pub backup_days: Option<Property<u32>>,
    /// Whether it can be restored to any recent moment.
    pub point_in_time: Option<Property<bool>>,
    /// Whether the provider refuses to delete it.
    pub deletion_protection: Option<Property<bool>>,
    /// Whether deleting it leaves a last snapshot.
    pub final_snapshot: Option<Property<bool>>,
    /// `force_destroy`, `force_delete`: deletion takes what is in it along.
    pub force_destroy: Option<Property<bool>>,
    /// `prevent_destroy`, a retain policy or a lock in the code itself.
    pub prevent_destroy: Option<Sourced<String>>,
    /// Whether overwritten and deleted objects are kept.
    pub versioned: Option<Property<bool>>,
    /// Whether a standby takes over by itself.
    pub failover: Option<Property<bool>>,
    /// Replicas that serve reads.
    pub read_replicas: Vec<Sourced<String>>,
    /// Copies in another region, account or provider that survive the loss of this one, or of a malicious administrator.
    pub copies: Vec<Sourced<String>>,
    /// Replication that also carries deletions (a global table, a replica in another region).
    pub mirrored: Vec<Sourced<String>>,
    /// Insight into load and slow queries: Performance Insights, enhanced monitoring, Query Insights.
    pub insights: Vec<Property<bool>>,
    /// What ends or moves old contents: lifecycle rules, cleanup policies, time to live.
    pub lifecycle: Vec<LifecycleRule>,
    /// Its size class, if it has one: `db.t4g.micro`.
    pub size: Option<Property<String>>,
    /// What a bucket answers to pages of other origins.
    pub cors: Vec<CorsRule>,
    /// Tags or labels, which backup selections may name.
    pub tags: Vec<(String, String)>,
}

impl Store {
    /// A store of which nothing is known but that it is there.
    pub fn new(name: impl Into<String>, at: Location, provider: Provider, kind: StoreKind, product: &'static str) -> Self {
        Self {
            name: name.into(),
            at,
            doubtful: None,
            provider,
            kind,
            product,
            engine: None,
            holds: Holds::Data,
            encrypted: None,
            own_key: None,
            public: None,
            groups: Vec::new(),
            subnets: Vec::new(),
            backup_days: None,
            point_in_time: None,
            deletion_protection: None,
            final_snapshot: None,
            force_destroy: None,
            prevent_destroy: None,
            versioned: None,
            failover: None,
            read_replicas: Vec::new(),
            copies: Vec::new(),
            mirrored: Vec::new(),
            insights: Vec::new(),
            lifecycle: Vec::new(),
            size: None,
            cors: Vec::new(),
            tags: Vec::new(),
        }
    }
}

/// What a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreKind {
    /// A relational database.
    Relational,
    /// Documents, keys and values, wide columns, graphs, time series.
    NonRelational,
    /// An in-memory store.
    Cache,
    /// A search index.
    Search,
    /// A bucket.
    Objects,
    /// A shared file system.
    Files,
    /// A disk of a machine or a cluster.
    Disk,
    /// An analytical store.
    Warehouse,
    /// Messages waiting: queues, streams.
    Messages,
    /// Container images.
    Images,
    /// Accounts of users: a user pool, a directory.
    Accounts,
}

impl StoreKind {
    /// The word used in output.
    pub fn word(self) -> &'static str {
        match self {
            StoreKind::Relational => "relational",
            StoreKind::NonRelational => "non-relational",
            StoreKind::Cache => "cache",
            StoreKind::Search => "search",
            StoreKind::Objects => "objects",
            StoreKind::Files => "files",
            StoreKind::Disk => "disk",
            StoreKind::Warehouse => "warehouse",
            StoreKind::Messages => "messages",
            StoreKind::Images => "images",
            StoreKind::Accounts => "accounts",
        }
    }
}

/// What a store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// The product's data, or what must be taken for it.
    Data,
    /// A built site and its assets, which the repository can build again.
    Assets,
    /// Logs.
    Logs,
    /// The state of infrastructure code.
    State,
    /// Backups.
    Backups,
    /// Build artefacts, images.
    Artefacts,
    /// What can be derived again: sessions, cached values.
    Derived,
}

/// A rule that ends or moves old contents.
#[derive(Clone, Debug)]
pub struct LifecycleRule {
    /// Where it stands.
    pub at: Location,
    /// What it does, in words: `expires after 5 days`.
    pub says: String,
    /// Whether it is switched on.
    pub active: Property<bool>,
    /// What it concerns.
    pub concerns: LifecycleSubject,
    /// After how many days, if stated.
    pub days: Option<u32>,
}

/// What a lifecycle rule concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LifecycleSubject {
    /// Current contents end.
    Expiry,
    /// Current contents move to cheaper storage.
    Transition,
    /// Former versions end or move.
    FormerVersions,
    /// Uploads that never finished end.
    UnfinishedUploads,
}
