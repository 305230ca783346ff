//! Networks, and what their firewalls admit.

use plimsoll_base::{Location, Sourced};

use super::Property;

/// A firewall of the network: a security group, a firewall of a provider, the packet filter of a host, a network policy. What it admits
/// stands in [`Opening`]s of its name; one without openings admits nothing from outside itself.
#[derive(Clone, Debug)]
pub struct NetworkFirewall {
    /// Its address.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// What it is: `security group`, `network policy`.
    pub kind: FirewallKind,
    /// What it is attached to; empty where nothing in the code uses it.
    pub attached: Vec<Attachment>,
    /// Whether rules may be added to it that are not in the code, or whose place in it is decided elsewhere.
    pub incomplete: Option<Location>,
}

/// What a firewall of the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FirewallKind {
    /// A security group or a firewall that the provider keeps in front of machines.
    Group,
    /// The packet filter of a host: ufw, firewalld, nftables. Ports that Docker publishes pass it by.
    Host,
    /// A policy of a cluster about the traffic between its pods.
    Policy,
}

impl FirewallKind {
    /// The words used in output.
    pub fn word(self) -> &'static str {
        match self {
            FirewallKind::Group => "the firewall",
            FirewallKind::Host => "the host's packet filter",
            FirewallKind::Policy => "the network policy",
        }
    }
}

/// One rule by which a firewall admits traffic from outside itself.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Where it stands.
    pub at: Location,
    /// The file's words: `0.0.0.0/0 on tcp 3000`.
    pub says: String,
    /// The firewall that it belongs to, by address; empty where the rule belongs to no named firewall.
    pub group: String,
    /// From where.
    pub sources: Vec<TrafficSource>,
    /// The protocol: `tcp`, `udp`, `icmp`, `all`.
    pub protocol: String,
    /// Ports, inclusive; none is every port.
    pub ports: Option<(u16, u16)>,
    /// Whether the ports are decided elsewhere.
    pub ports_unresolved: bool,
    /// What the firewall is attached to, by address; empty where nothing in the code uses it.
    pub attached: Vec<Attachment>,
}

/// From where traffic is admitted.
#[derive(Clone, Debug, PartialEq)]
pub enum TrafficSource {
    /// Every address.
    World,
    /// Addresses of private networks.
    Private(String),
    /// Named public addresses.
    Addresses(String),
    /// Members of another firewall group, by address.
    Group(String),
    /// A list that the provider keeps: a CDN's prefix list, a service tag.
    ProviderList(String),
    /// Decided elsewhere.
    Unresolved(Location),
}

/// What a firewall is attached to.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// The address of what it is attached to.
    pub name: String,
    /// What that is.
    pub kind: AttachedKind,
    /// Whether it has an address that the internet can route to, as far as known.
    pub public_address: Option<bool>,
}

/// What a firewall is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttachedKind {
    /// An entry.
    Entry,
    /// What runs a workload.
    Workload,
    /// A machine that people log in to.
    Machine,
    /// A store.
    Store,
    /// The interface through which a cluster is administered.
    ClusterApi,
    /// Anything else.
    Other,
}

/// A part of a network in one zone.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// Its address.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// Whether the internet can route to addresses in it: a route to an internet gateway, public addresses on launch.
    pub public: Property<bool>,
    /// Its zone.
    pub zone: Option<Property<String>>,
    /// Its network, by address.
    pub network: Option<String>,
    /// How many there are, where `count` makes several: at least this many, in as many zones.
    pub count: u32,
    /// What stands in it, as far as the code tells.
    pub holds: Vec<Attachment>,
}

/// A network.
#[derive(Clone, Debug)]
pub struct Network {
    /// Its address.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// Whether it is the account's default network.
    pub default: bool,
    /// Where its flows are logged.
    pub flow_logs: Option<Sourced<String>>,
    /// Gateways for outgoing traffic, with their places: one for all zones is a single point.
    pub nat_gateways: Vec<Sourced<String>>,
}
