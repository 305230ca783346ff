//! Logs, and what records the account itself.

use plimsoll_base::{Location, Sourced};

use super::{Property, Provider};

/// A place where logs are kept outside the host that wrote them.
#[derive(Clone, Debug)]
pub struct LogStore {
    /// Its address or name.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// Who provides it.
    pub provider: Provider,
    /// The product: `CloudWatch Logs`, `Loki`.
    pub product: &'static str,
    /// Days for which entries are kept; 0 means for ever.
    pub keep_days: Property<u32>,
    /// The workloads whose logs go there, by name or address; empty where that is not told.
    pub of: Vec<String>,
}

/// A way that logs take without the workloads' own configuration: the provider by its nature, an agent, a collector on every node.
#[derive(Clone, Debug)]
pub struct LogRoute {
    /// Where it stands.
    pub at: Location,
    /// In words: `Promtail ships to Loki`.
    pub says: String,
    /// The workload whose logs it takes, by its name in the deployment; none where it takes those of all of them.
    pub workload: Option<String>,
    /// Where they go.
    pub destination: LogDestination,
    /// Whether it works: the right to write, a configuration that is mounted, a destination that exists.
    pub effective: Property<bool>,
}

/// Where logs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogDestination {
    /// Off the host, into a store that can be searched.
    Central,
    /// The platform's own view, kept for a short time that the platform fixes.
    PlatformView,
}

/// What records or watches actions in a cloud account.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Its address.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// Who provides it.
    pub provider: Provider,
    /// What it is.
    pub kind: AuditKind,
    /// In the file's words.
    pub says: String,
    /// Whether it is switched on.
    pub enabled: Property<bool>,
    /// Whether it sees every region.
    pub all_regions: Option<Property<bool>>,
    /// Whether its records can be checked for tampering.
    pub validated: Option<Property<bool>>,
    /// What protects or limits its records, in words.
    pub notes: Vec<Sourced<String>>,
}

/// What an audit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuditKind {
    /// A record of calls to the provider.
    Trail,
    /// Detection of threats.
    Detection,
    /// A record of configuration and its changes.
    Configuration,
    /// A record of network flows.
    Flows,
    /// A record of access to data.
    DataAccess,
}
