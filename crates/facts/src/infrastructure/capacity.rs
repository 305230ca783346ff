//! What gives workloads their instances.

use plimsoll_base::{Location, Sourced};

use super::{Property, Provider};

/// A service, group or cluster with a number of instances.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// Its address.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// Who provides it.
    pub provider: Provider,
    /// What it is.
    pub kind: CapacityKind,
    /// The workload that it runs, by its name in the deployment; of several containers each is named `workload/container`. None where it runs
    /// others' (a cluster, a node group).
    pub workload: Option<String>,
    /// How many run when nothing happens: the desired count.
    pub desired: Option<Property<u32>>,
    /// The least that may run.
    pub minimum: Option<Property<u32>>,
    /// The most that may run.
    pub maximum: Option<Property<u32>>,
    /// What moves the number between them.
    pub scaling: Vec<ScalingPolicy>,
    /// Subnets it may use, by address.
    pub subnets: Vec<String>,
    /// Zones that are named outright; regional products name their own.
    pub zones: Vec<Sourced<String>>,
    /// Whether the provider spreads it over zones by nature.
    pub regional: Option<Property<bool>>,
    /// Whether the provider places an instance for whoever asks, so that none has to stand ready: functions, Cloud Run, App Runner, an edge
    /// platform.
    pub on_demand: bool,
    /// Whether its instances have addresses that the internet can route to.
    pub public_address: Option<Property<bool>>,
    /// Firewalls attached to it, by address.
    pub groups: Vec<String>,
    /// The load balancers or target groups that it is attached to.
    pub balanced: Vec<Sourced<String>>,
    /// What keeps enough of it healthy while it is drained or replaced: a disruption budget, a minimum healthy share, spread, drain hooks.
    pub guards: Vec<DisruptionGuard>,
    /// Interruptible instances.
    pub spot: Option<Sourced<String>>,
    /// Its size class or its CPU and memory.
    pub size: Option<Property<String>>,
}

impl Capacity {
    /// Whether it runs the workload of this name, as a whole or as one of its containers.
    pub fn runs(&self, workload: &str) -> bool {
        self.workload.as_deref().is_some_and(|own| workload == own || workload.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')))
    }
    /// Capacity of which nothing is known but what it is.
    pub fn new(name: impl Into<String>, at: Location, provider: Provider, kind: CapacityKind) -> Self {
        Self {
            name: name.into(),
            at,
            provider,
            kind,
            workload: None,
            desired: None,
            minimum: None,
            maximum: None,
            scaling: Vec::new(),
            subnets: Vec::new(),
            zones: Vec::new(),
            regional: None,
            on_demand: false,
            public_address: None,
            groups: Vec::new(),
            balanced: Vec::new(),
            guards: Vec::new(),
            spot: None,
            size: None,
        }
    }
}

/// What capacity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CapacityKind {
    /// A service of containers: ECS, a Deployment, Container Apps.
    ContainerService,
    /// Functions.
    Function,
    /// A platform that runs one application: App Runner, Cloud Run, App Service, Beanstalk.
    Application,
    /// One machine.
    Machine,
    /// A group of machines of one kind.
    MachineGroup,
    /// A cluster's control plane.
    Cluster,
    /// A cluster's machines.
    NodeGroup,
}

/// What moves the number of instances.
#[derive(Clone, Debug)]
pub struct ScalingPolicy {
    /// Where it stands.
    pub at: Location,
    /// In words: `target tracking on CPU at 60 %`.
    pub says: String,
    /// Whether it has a metric or a schedule that can move the number, or why not.
    pub effective: Property<bool>,
}

/// What keeps enough instances healthy while some are taken away.
#[derive(Clone, Debug)]
pub struct DisruptionGuard {
    /// Where it stands.
    pub at: Location,
    /// What it is.
    pub kind: GuardKind,
    /// In words.
    pub says: String,
    /// Whether it can have its effect: a budget that forbids every eviction, or one that selects nothing, cannot.
    pub effective: Property<bool>,
    /// Whether it spreads over zones, and not only over machines.
    pub across_zones: bool,
}

/// What keeps enough instances healthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GuardKind {
    /// A disruption budget, or a minimum healthy share during replacement.
    Budget,
    /// Spread over zones or nodes.
    Spread,
    /// Time to finish: a drain, a pre-stop hook, a deregistration delay.
    Drain,
    /// Spot instances are replaced before they are lost.
    SpotHandling,
}
