//! What runs the services that answer requests, and how many instances of them there are at the least.

use plimsoll_base::{Evidence, Question, Setting};
use plimsoll_model::container::Runtime;
use plimsoll_model::estate::{Capacity, CapacityKind, Property, Provider};
use plimsoll_model::{DeploymentKind, Ownership, Service, ServiceKind, System};

/// Where a service runs, as far as it decides who sees to its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// One host, by Compose.
    Host,
    /// A Swarm of hosts.
    Swarm,
    /// A cluster: Kubernetes, ECS, Container Apps.
    Cluster,
    /// A platform that is told how many to run.
    Platform,
    /// A platform that starts as many as there are requests.
    Serverless,
    /// Machines that start it when they boot, or hosts that a tool deploys to.
    Machines,
    /// Nothing in the repository says.
    Unsaid,
}

/// The services of the repository's own; in a repository of infrastructure alone those of which nothing tells who builds them.
pub(super) fn own(system: &System) -> impl Iterator<Item = &Service> {
    let any = system.owned().next().is_some();
    system.services().iter().filter(move |s| s.owned() || !any && s.ownership == Ownership::Unclear)
}

/// Those of them that answer requests and keep running. In a cluster what opens no port and stands behind no Service answers nobody.
pub(super) fn serving(system: &System) -> impl Iterator<Item = &Service> {
    let mute =
        |s: &Service| s.runtime == Runtime::Kubernetes && s.ports.is_empty() && s.update.balanced.is_none() && s.update.routed.is_none();
    own(system)
        .filter(move |s| !mute(s))
        .filter(|s| matches!(s.kind, ServiceKind::Web | ServiceKind::Static) && s.long_running() && s.schedule.is_none())
}

/// What gives a service its instances, where infrastructure code, a cluster or a platform's file says so.
pub(super) fn capacity_of<'s>(system: &'s System, service: &Service) -> Option<&'s Capacity> {
    let fits = |c: &&Capacity| match service.runtime {
        Runtime::Compose => c.provider == Provider::Other && c.kind == CapacityKind::ContainerService,
        Runtime::Kubernetes => c.provider == Provider::Kubernetes,
        Runtime::Ecs => c.provider == Provider::Aws && c.kind == CapacityKind::ContainerService,
        Runtime::Function => c.kind == CapacityKind::Function,
        Runtime::Platform => matches!(c.kind, CapacityKind::Application | CapacityKind::Function | CapacityKind::ContainerService),
        Runtime::Process => {
            matches!(c.kind, CapacityKind::Machine | CapacityKind::MachineGroup)
                || c.provider == Provider::Platform && c.kind == CapacityKind::ContainerService
        }
    };
    system.infrastructure().capacity.iter().filter(fits).find(|c| c.runs(&service.name))
}

/// Where a service runs.
pub(super) fn ground(system: &System, service: &Service, capacity: Option<&Capacity>) -> Ground {
    let kind = system.deployment().map(|d| d.kind);
    match service.runtime {
        _ if matches!(kind, Some(DeploymentKind::Image | DeploymentKind::Process)) => Ground::Unsaid,
        // A pipeline hands a new image to a service that is declared elsewhere.
        Runtime::Ecs if kind == Some(DeploymentKind::Platform) => Ground::Unsaid,
        Runtime::Compose if capacity.is_some() => Ground::Swarm,
        Runtime::Compose => Ground::Host,
        Runtime::Kubernetes | Runtime::Ecs => Ground::Cluster,
        Runtime::Function => Ground::Serverless,
        Runtime::Platform => match capacity {
            Some(c) if c.on_demand => Ground::Serverless,
            Some(c) if c.kind == CapacityKind::ContainerService => Ground::Cluster,
            Some(_) => Ground::Platform,
            None => Ground::Unsaid,
        },
        Runtime::Process if capacity.is_some() => Ground::Machines,
        Runtime::Process => Ground::Unsaid,
    }
}

/// How many instances of a service there are at the least: the floor of what scales it, else what it is told to run.
pub(super) fn least(service: &Service, capacity: Option<&Capacity>) -> Property<u32> {
    if let Some(c) = capacity {
        let scaled = c.scaling.iter().any(|s| !s.effective.off());
        let desired = c.desired.clone();
        let floor = c.minimum.clone();
        let told = match (scaled, desired, floor) {
            (true, _, Some(floor)) => Some(floor),
            // Nothing moves the number, so that it stays where it was put; below its floor it cannot be.
            (_, Some(desired), Some(floor)) => match (desired.known(), floor.known()) {
                (Some(d), Some(f)) if d >= f => Some(desired),
                _ => Some(floor),
            },
            (_, Some(desired), None) => Some(desired),
            (_, None, Some(floor)) => Some(floor),
            (_, None, None) => None,
        };
        if let Some(told) = told {
            return told;
        }
    }
    match &service.replicas {
        Setting::Stated(n) => Property::stated(n.value, n.at, format!("replicas: {}", n.value)),
        Setting::Defaulted(n) => Property::defaulted(*n, service.at, format!("replicas is not set: {n} by default")),
        Setting::Unresolved(at) => Property::unresolved(*at, "how many run is decided elsewhere"),
    }
}

/// Whether a number is known and no more than `most`.
pub(super) fn at_most(number: &Property<u32>, most: u32) -> bool {
    number.known().is_some_and(|n| *n <= most)
}

/// Whether what follows the load may add a second instance.
pub(super) fn may_grow(capacity: Option<&Capacity>) -> bool {
    capacity.is_some_and(|c| c.scaling.iter().any(|s| s.effective.on()) && !c.maximum.as_ref().is_some_and(|m| at_most(m, 1)))
}

/// What is asked where nothing in the repository says how a service is run.
pub(super) fn unsaid(service: &Service, what: &str) -> Question {
    Question::new(
        format!("{what} `{}`: nothing here says how it is run", service.name),
        "add the file that runs it in production, or attest it",
    )
}

/// That several processes share one container: they die together, so that they are no instances.
pub(super) fn processes(service: &Service) -> Option<Evidence> {
    const SIGNS: [&str; 7] = ["--workers", "--worker-class", "-i max", "pm2-runtime", "web_concurrency", "--threads", "cluster"];
    let commands = [&service.command, &service.entrypoint].into_iter().flatten();
    let mut telling = commands.filter(|c| {
        let text = c.value.join(" ").to_ascii_lowercase();
        SIGNS.iter().any(|sign| text.contains(sign))
    });
    telling.next().map(|c| Evidence::noted(c.at, "workers of one container end with it: they are no instances"))
}
