//! Do at least two instances of each service that answers requests run?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::estate::{Capacity, CapacityKind, DisruptionGuard, GuardKind, Property};
use plimsoll_model::{Service, System};

use super::instances::{Ground, at_most, capacity_of, ground, least, may_grow, processes, serving, unsaid};
use super::nothing_serves;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "availability/redundant-instances", page: include_str!("redundant_instances.md"), check };

const CONSEQUENCE: &str = "one crash, one restart of a machine or one bad release is an outage for everyone";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in serving(system) {
        let capacity = capacity_of(system, service);
        match ground(system, service, capacity) {
            Ground::Unsaid => tally.doubt(&service.subject(), unsaid(service, "how many instances run of")),
            Ground::Serverless => serverless(service, capacity, &mut tally),
            Ground::Host => host(system, service, &mut tally),
            place => counted(system, service, capacity, place, &mut tally),
        }
    }
    for function in system.owned().filter(|s| s.kind == plimsoll_model::ServiceKind::Function) {
        tally.not_applicable(Evidence::noted(
            function.at,
            format!("`{}` is a function: the platform starts one for each event", function.name),
        ));
    }
    tally.finish(|| nothing_serves(system))
}

/// A platform that starts an instance for whoever asks needs no second one to stand by, unless it may run only one.
fn serverless(service: &Service, capacity: Option<&Capacity>, tally: &mut Tally) {
    let subject = service.subject();
    let most = capacity.and_then(|c| c.maximum.as_ref());
    if let Some(most) = most.filter(|m| at_most(m, 1)) {
        let says = format!("`{}` may never run more than one instance", service.name);
        tally.gap(&subject, Gap::new("one-instance", says, Evidence::noted(most.at, most.says.clone())).so(CONSEQUENCE));
        return;
    }
    let says = format!("the platform starts instances of `{}` as requests come", service.name);
    tally.met(&subject, Evidence::seen(service.at, says, Grade::Active));
    if let Some(kept) = capacity.and_then(|c| c.minimum.as_ref()).filter(|m| m.known().is_some()) {
        tally.met(&subject, Evidence::noted(kept.at, kept.says.clone()));
    }
}

/// Compose starts everything on one host: copies survive a crash of a process, not the loss of the host.
fn host(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let number = least(service, None);
    let machines = system
        .infrastructure()
        .capacity
        .iter()
        .find(|c| matches!(c.kind, CapacityKind::Machine | CapacityKind::MachineGroup) && least_of(c).is_some_and(|n| !at_most(n, 1)));
    if let Some(machines) = machines {
        let missing = format!("whether `{name}` runs on every machine of `{}`", machines.name);
        tally.doubt(&subject, Question::new(missing, "show what starts the Compose project on the machines, or attest it"));
        return;
    }
    match number.known() {
        Some(n) if *n > 1 && service.fixed_name.is_none() => {
            tally.met(&subject, Evidence::seen(number.at, format!("{n} containers of `{name}`"), Grade::Active));
            let says = format!("the {n} containers of `{name}` stand on one host and fall with it");
            tally.gap(&subject, Gap::new("one-host", says, Evidence::noted(number.at, "Compose runs them on one host")).so(CONSEQUENCE));
            if let Some(port) = service.ports.iter().find(|p| p.published.as_ref().is_some_and(|p| p.parse::<u16>().is_ok())) {
                let says = format!("a second container of `{name}` cannot bind the port that the first has published");
                tally.gap(&subject, Gap::new("port-taken", says, Evidence::noted(port.at, port.says.clone())).so(CONSEQUENCE));
            }
        }
        Some(_) => {
            let proof = match service.fixed_name {
                Some(at) => Evidence::noted(at, "a fixed container name keeps a second container from starting"),
                None => Evidence::noted(number.at, number.says.clone()),
            };
            tally.gap(&subject, with_processes(service, single(service, proof)));
        }
        None => tally.doubt(&subject, undecided(system, service, &number)),
    }
}

fn least_of(c: &Capacity) -> Option<&Property<u32>> {
    c.minimum.as_ref().or(c.desired.as_ref())
}

fn single(service: &Service, proof: Evidence) -> Gap {
    Gap::new("one-instance", format!("one instance of `{}` runs", service.name), proof).so(CONSEQUENCE)
}

fn with_processes(service: &Service, gap: Gap) -> Gap {
    match processes(service) {
        Some(evidence) => gap.and(evidence),
        None => gap,
    }
}

fn undecided(system: &System, service: &Service, number: &Property<u32>) -> Question {
    let missing = format!("how many instances of `{}` run: {} ({})", service.name, number.says, system.path_at(number.at));
    Question::new(missing, "state the number in the repository, or attest it")
}

/// Clusters, swarms, machines and platforms that are told how many to run.
fn counted(system: &System, service: &Service, capacity: Option<&Capacity>, place: Ground, tally: &mut Tally) {
    let subject = service.subject();
    let number = least(service, capacity);
    let Some(n) = number.known().copied() else {
        tally.doubt(&subject, undecided(system, service, &number));
        return;
    };
    if n < 2 {
        let proof = Evidence::noted(number.at, number.says.clone());
        let mut gap = single(service, proof);
        if n == 0 {
            gap.says = format!("no instance of `{}` has to run", service.name);
        } else if may_grow(capacity) {
            gap.says = format!("one instance of `{}` runs while the load is low", service.name);
        }
        tally.gap(&subject, with_processes(service, gap));
        return;
    }
    let guards = capacity.map(|c| c.guards.as_slice()).unwrap_or_default();
    if place == Ground::Swarm && !guards.iter().any(apart) {
        let missing = format!("on how many nodes the {n} replicas of `{}` run", service.name);
        tally.doubt(&subject, Question::new(missing, "attest the number of nodes, or state `placement.max_replicas_per_node: 1`"));
        return;
    }
    tally.met(&subject, Evidence::seen(number.at, format!("at least {n} instances of `{}`: {}", service.name, number.says), Grade::Active));
    if place == Ground::Cluster
        && let Some(node) = only_node(system)
    {
        let says = format!("the cluster has one node, so that the {n} instances of `{}` fall together", service.name);
        tally.gap(&subject, Gap::new("one-host", says, Evidence::noted(node.at, node.says.clone())).so(CONSEQUENCE));
    }
}

fn apart(guard: &DisruptionGuard) -> bool {
    guard.kind == GuardKind::Spread && guard.effective.on()
}

/// The number of the only node group, where it may never have a second node.
fn only_node(system: &System) -> Option<&Property<u32>> {
    let mut groups = system.infrastructure().capacity.iter().filter(|c| c.kind == CapacityKind::NodeGroup);
    let only = groups.next().filter(|_| groups.next().is_none())?;
    let zonal = !only.regional.as_ref().is_some_and(Property::on) && only.zones.len() < 2;
    let most = only.maximum.as_ref().or(only.desired.as_ref())?;
    (zonal && only.scaling.is_empty() && at_most(most, 1)).then_some(most)
}
