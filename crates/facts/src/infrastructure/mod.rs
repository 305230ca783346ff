//! What a system stands on, in words that every provider shares: stores, entries, networks, capacity, alarms, dashboards, backups, rights,
//! logs, spending. Terraform, CloudFormation, cluster manifests and platform files are all told in these words.
//!
//! Absent on purpose: provider names of resources as a vocabulary (they are evidence), and good and bad.

mod alarm;
mod backup;
mod capacity;
mod dashboard;
mod edge;
mod entry;
mod grant;
mod logging;
mod network;
mod spending;
mod store;

pub use alarm::*;
pub use backup::*;
pub use capacity::*;
pub use dashboard::*;
pub use edge::*;
pub use entry::*;
pub use grant::*;
pub use logging::*;
pub use network::*;
pub use spending::*;
pub use store::*;

use plimsoll_base::{Location, Setting, Sourced};

/// Everything that one root, cluster or platform file declares. Names are addresses (`module.db.aws_db_instance.main`, `rds/main`): stable,
/// unique within one root, and what the other collections refer to.
#[derive(Clone, Debug, Default)]
pub struct Infrastructure {
    /// Places that keep data: databases, caches, buckets, file systems, image registries.
    pub stores: Vec<Store>,
    /// Scheduled backups and what they cover.
    pub backups: Vec<BackupPlan>,
    /// Proofs that a backup can be restored.
    pub restore_tests: Vec<RestoreTest>,
    /// Where traffic comes in: load balancers, CDNs, gateways, ingresses, endpoints.
    pub entries: Vec<Entry>,
    /// Firewalls of the network.
    pub firewalls: Vec<NetworkFirewall>,
    /// Firewalls of the application layer that are declared and attached to nothing.
    pub loose_firewalls: Vec<Firewall>,
    /// What firewalls admit.
    pub openings: Vec<Opening>,
    /// Subnets and the like.
    pub subnets: Vec<Subnet>,
    /// Networks.
    pub networks: Vec<Network>,
    /// What gives workloads their instances: services, groups, clusters.
    pub capacity: Vec<Capacity>,
    /// Conditions that are watched.
    pub alarms: Vec<Alarm>,
    /// Ways to reach a person.
    pub channels: Vec<Channel>,
    /// Pages of charts.
    pub dashboards: Vec<Dashboard>,
    /// Looks at the system from outside.
    pub probes: Vec<Probe>,
    /// Pages that tell users how the system is doing, by name.
    pub status_pages: Vec<Sourced<String>>,
    /// Places where logs are kept.
    pub logs: Vec<LogStore>,
    /// Ways that logs take to such places.
    pub log_routes: Vec<LogRoute>,
    /// What records or watches the account itself.
    pub audits: Vec<Audit>,
    /// Rights given to workloads, people and pipelines.
    pub grants: Vec<Grant>,
    /// Budgets and anomaly monitors.
    pub budgets: Vec<Budget>,
    /// Regions that providers are configured for.
    pub regions: Vec<Region>,
    /// What a Prometheus asks for metrics.
    pub scrapes: Vec<Scrape>,
}

impl Infrastructure {
    /// Takes in what another root declares.
    pub fn absorb(&mut self, other: Infrastructure) {
        self.stores.extend(other.stores);
        self.backups.extend(other.backups);
        self.restore_tests.extend(other.restore_tests);
        self.entries.extend(other.entries);
        self.firewalls.extend(other.firewalls);
        self.loose_firewalls.extend(other.loose_firewalls);
        self.openings.extend(other.openings);
        self.subnets.extend(other.subnets);
        self.networks.extend(other.networks);
        self.capacity.extend(other.capacity);
        self.alarms.extend(other.alarms);
        self.channels.extend(other.channels);
        self.dashboards.extend(other.dashboards);
        self.probes.extend(other.probes);
        self.status_pages.extend(other.status_pages);
        self.logs.extend(other.logs);
        self.log_routes.extend(other.log_routes);
        self.audits.extend(other.audits);
        self.grants.extend(other.grants);
        self.budgets.extend(other.budgets);
        self.regions.extend(other.regions);
        self.scrapes.extend(other.scrapes);
    }
}

/// An address that a collector of metrics asks again and again.
#[derive(Clone, Debug)]
pub struct Scrape {
    /// The host, a service's name where the deployment runs it; none where the collector finds its targets by itself.
    pub host: Option<String>,
    /// Where it is written.
    pub at: Location,
    /// The service that collects.
    pub by: String,
}

/// A region that a provider is configured for.
#[derive(Clone, Debug)]
pub struct Region {
    /// The provider.
    pub provider: Provider,
    /// Its name: `eu-central-1`; unresolved where a variable decides.
    pub name: Property<String>,
    /// Whether it is a second configuration for a certificate or a firewall that must live in one region, and not a place to run in.
    pub auxiliary: bool,
}

/// One property as configuration states it, with a place to cite even where only a default applies.
#[derive(Clone, Debug)]
pub struct Property<T> {
    /// What is known of its value.
    pub setting: Setting<T>,
    /// Where it is written; the head of the resource where it is not.
    pub at: Location,
    /// The file's words (`multi_az = true`), or that it is not set and what the provider's default is.
    pub says: String,
}

impl<T> Property<T> {
    /// A value that is written.
    pub fn stated(value: T, at: Location, says: impl Into<String>) -> Self {
        Self { setting: Setting::Stated(Sourced::new(value, at)), at, says: says.into() }
    }
    /// A value that the provider gives where nothing is written; `at` is the head of the resource.
    pub fn defaulted(value: T, at: Location, says: impl Into<String>) -> Self {
        Self { setting: Setting::Defaulted(value), at, says: says.into() }
    }
    /// A value that something outside decides.
    pub fn unresolved(at: Location, says: impl Into<String>) -> Self {
        Self { setting: Setting::Unresolved(at), at, says: says.into() }
    }
    /// The value, stated or defaulted; none when unresolved.
    pub fn known(&self) -> Option<&T> {
        self.setting.known()
    }
}

impl Property<bool> {
    /// Whether it is known to be on.
    pub fn on(&self) -> bool {
        self.known() == Some(&true)
    }
    /// Whether it is known to be off.
    pub fn off(&self) -> bool {
        self.known() == Some(&false)
    }
}

/// Who provides a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// Amazon Web Services.
    Aws,
    /// Google Cloud.
    Google,
    /// Microsoft Azure.
    Azure,
    /// Cloudflare.
    Cloudflare,
    /// DigitalOcean.
    DigitalOcean,
    /// Hetzner Cloud.
    Hetzner,
    /// MongoDB Atlas.
    Atlas,
    /// Kubernetes itself, or an operator in it.
    Kubernetes,
    /// A platform that runs source: Render, Fly, Heroku …
    Platform,
    /// Anyone else.
    Other,
}

impl Provider {
    /// The name used in output.
    pub fn word(self) -> &'static str {
        match self {
            Provider::Aws => "AWS",
            Provider::Google => "Google Cloud",
            Provider::Azure => "Azure",
            Provider::Cloudflare => "Cloudflare",
            Provider::DigitalOcean => "DigitalOcean",
            Provider::Hetzner => "Hetzner",
            Provider::Atlas => "MongoDB Atlas",
            Provider::Kubernetes => "Kubernetes",
            Provider::Platform => "the platform",
            Provider::Other => "the provider",
        }
    }
}
