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
