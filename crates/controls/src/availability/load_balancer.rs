//! Is traffic spread over healthy instances, by something that is not itself a single point?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::container::{ProbeKind, Reach, Runtime};
use plimsoll_model::estate::{Capacity, CapacityKind, Entry, EntryKind};
use plimsoll_model::{Service, ServiceKind, System};

use super::instances::{Ground, at_most, capacity_of, ground, least, may_grow, serving, unsaid};
use super::nothing_serves;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "availability/load-balancer", page: include_str!("load_balancer.md"), check };

const CONSEQUENCE: &str = "clients depend on one address: when what stands behind it stops, nothing takes its requests";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let mut proxies = Vec::new();
    for service in serving(system) {
        let capacity = capacity_of(system, service);
        match ground(system, service, capacity) {
            Ground::Unsaid => tally.doubt(&Subject::system(), unsaid(service, "what spreads requests over")),
            Ground::Serverless | Ground::Platform => {
                let says = format!("the platform's router leads requests to instances of `{}` that answer", service.name);
                tally.met(&Subject::system(), Evidence::seen(service.at, says, Grade::Active));
                if ground(system, service, capacity) == Ground::Platform {
                    targets(service, capacity, &mut tally);
                }
            }
            Ground::Host => host(system, service, &mut proxies, &mut tally),
            Ground::Swarm => swarm(service, capacity, &mut tally),
            Ground::Cluster if service.runtime == Runtime::Kubernetes => kubernetes(service, capacity, &mut tally),
            Ground::Cluster | Ground::Machines => attached(system, service, capacity, &mut tally),
        }
    }
    for function in system.owned().filter(|s| s.kind == ServiceKind::Function) {
        tally.not_applicable(Evidence::noted(function.at, format!("the platform hands each event to an instance of `{}`", function.name)));
    }
    tally.finish(|| nothing_serves(system))
}

/// A balancer with one instance behind it has nothing to balance.
fn targets(service: &Service, capacity: Option<&Capacity>, tally: &mut Tally) {
    let number = least(service, capacity);
    if at_most(&number, 1) && !may_grow(capacity) {
        let says = format!("one instance of `{}` takes every request", service.name);
        let gap = Gap::new("one-target", says, Evidence::noted(number.at, number.says.clone()));
        tally.gap(&Subject::system(), gap.follows("availability/redundant-instances").so("the balancer has nowhere else to send requests"));
    }
}

fn missing(service: &Service, proof: Evidence) -> Gap {
    Gap::new("no-load-balancer", format!("nothing spreads requests over instances of `{}`", service.name), proof).so(CONSEQUENCE)
}

/// On one host a proxy can spread requests, but it falls with what stands behind it. Machines behind a provider's balancer are another matter.
fn host(system: &System, service: &Service, told: &mut Vec<Location>, tally: &mut Tally) {
    let subject = Subject::system();
    let estate = system.infrastructure();
    let machines = estate.capacity.iter().filter(|c| matches!(c.kind, CapacityKind::Machine | CapacityKind::MachineGroup));
    if let Some((machine, balancer)) = machines.filter_map(|c| Some((c, c.balanced.first()?))).next() {
        let says = format!("`{}` leads to the machines that run `{}`", balancer.value, service.name);
        tally.met(&subject, Evidence::seen(balancer.at, says, Grade::Active));
        targets(service, Some(machine), tally);
        return;
    }
    let proxies = estate.entries.iter().filter(|e| matches!(e.kind, EntryKind::Proxy | EntryKind::LoadBalancer) && !e.enabled.off());
    let leads = proxies.filter_map(|e| Some((e, way_to(e, service)?))).next();
    let labelled =
        service.labels.iter().find(|(name, _)| name.starts_with("traefik.http.routers") || name == "caddy" || name == "VIRTUAL_HOST");
    let proxy = system.services().iter().find(|s| s.kind == ServiceKind::Proxy);
    let routed: Option<(Location, String)> = match (leads, labelled, proxy) {
        (Some((entry, at)), _, _) => Some((at, format!("{} leads to `{}`", entry.name, service.name))),
        (None, Some((name, label)), Some(proxy)) => {
            Some((label.at, format!("`{}` leads to `{}` by the label {name}", proxy.name, service.name)))
        }
        _ => None,
    };
    let Some((at, says)) = routed else {
        let proof = match proxy {
            Some(proxy) if told.contains(&proxy.at) => return,
            Some(proxy) => Evidence::noted(proxy.at, format!("no configuration here leads from `{}` to `{}`", proxy.name, service.name)),
            None => Evidence::noted(service.at, format!("`{}` stands alone on its host", service.name)),
        };
        told.extend(proxy.map(|p| p.at));
        tally.gap(&subject, missing(service, proof));
        return;
    };
    tally.met(&subject, Evidence::seen(at, says, Grade::Active));
    let stands = proxy.map_or(at, |p| p.at);
    if !told.contains(&stands) {
        told.push(stands);
        let says = "the proxy stands on the same host as what it leads to, and falls with it";
        tally.gap(&subject, Gap::new("same-host", says, Evidence::noted(stands, "one host runs both")).so(CONSEQUENCE));
    }
    targets(service, None, tally);
}

/// Where an entry passes requests on to a service.
fn way_to(entry: &Entry, service: &Service) -> Option<Location> {
    let host = |text: &str| text.split("://").last().unwrap_or(text).split([':', '/']).next() == Some(service.name.as_str());
    let mut targets = entry.targets.iter();
    targets.find(|t| t.name.as_deref() == Some(&service.name) || t.host.as_deref().is_some_and(host)).map(|t| t.at)
}

/// A Swarm spreads the connections to a published port over the replicas, on whatever node they arrive.
fn swarm(service: &Service, capacity: Option<&Capacity>, tally: &mut Tally) {
    let at = service.ports.first().map_or(service.at, |p| p.at);
    tally.met(
        &Subject::system(),
        Evidence::seen(at, format!("the swarm's mesh spreads connections over `{}`", service.name), Grade::Active),
    );
    if service.probes.is_empty() {
        tally.gap(&Subject::system(), unchecked(service, service.at));
    }
    targets(service, capacity, tally);
}

fn unchecked(service: &Service, at: Location) -> Gap {
    let says = format!("nothing tells whether an instance of `{}` can answer before it gets requests", service.name);
    Gap::new("no-health-check", says, Evidence::noted(at, format!("`{}` is declared without one", service.name)))
        .so("requests go to instances that are starting, stuck or broken")
}

fn kubernetes(service: &Service, capacity: Option<&Capacity>, tally: &mut Tally) {
    let subject = Subject::system();
    let declared = capacity.and_then(|c| c.balanced.first()).map(|b| b.at);
    let Some(at) = service.update.routed.or(service.update.balanced).or(declared) else {
        let open = service.ports.iter().find(|p| p.reach == Reach::Unresolved);
        match open {
            Some(port) => tally.doubt(
                &subject,
                Question::new(
                    format!("what leads requests to `{}`: {}", service.name, port.says),
                    "state the type of the Service in the values",
                ),
            ),
            None => tally.gap(&subject, missing(service, Evidence::noted(service.at, format!("no Service selects `{}`", service.name)))),
        }
        return;
    };
    let through = if service.update.routed.is_some() {
        "a route leads to the healthy pods of"
    } else {
        "a Service spreads requests over the pods of"
    };
    tally.met(&subject, Evidence::seen(at, format!("{through} `{}`", service.name), Grade::Active));
    if !service.probes.iter().any(|p| p.kind == ProbeKind::Readiness) {
        tally.gap(&subject, unchecked(service, service.at));
    }
    if let Some(port) = service.ports.iter().find(|p| p.says.contains("NodePort")).filter(|_| service.update.routed.is_none()) {
        let says = format!("`{}` is reached by the address of a node, and nothing here stands before the nodes", service.name);
        tally.gap(&subject, Gap::new("instance-address", says, Evidence::noted(port.at, port.says.clone())).so(CONSEQUENCE));
    }
    targets(service, capacity, tally);
}

/// Services of providers and machines: a balancer must name them.
fn attached(system: &System, service: &Service, capacity: Option<&Capacity>, tally: &mut Tally) {
    let subject = Subject::system();
    let named = capacity.and_then(|c| c.balanced.first());
    let entries = || system.infrastructure().entries.iter().filter(|e| !e.enabled.off());
    let own = |name: &str| capacity.is_some_and(|c| c.name == name || c.balanced.iter().any(|b| b.value == name)) || name == service.name;
    let leading =
        entries().filter(|e| matches!(e.kind, EntryKind::LoadBalancer | EntryKind::Gateway | EntryKind::Ingress | EntryKind::Platform));
    let lead = leading.flat_map(|e| e.targets.iter().map(move |t| (e, t))).find(|(_, t)| t.name.as_deref().is_some_and(own));
    let Some(at) = named.map(|b| b.at).or(service.update.balanced).or(lead.map(|(_, t)| t.at)) else {
        let direct = entries()
            .filter(|e| e.kind == EntryKind::Cdn)
            .flat_map(|e| e.targets.iter().map(move |t| (e, t)))
            .find(|(_, t)| t.unstable.is_some() || t.host.as_deref().is_some_and(names_a_machine));
        let public = capacity.and_then(|c| c.public_address.as_ref()).filter(|p| p.on());
        let port = service.ports.iter().find(|p| p.reach == Reach::Public);
        let mut gap = match (public, port) {
            (Some(public), _) => by_address(service, public.at, &public.says),
            (None, Some(port)) => by_address(service, port.at, &port.says),
            (None, None) => missing(service, Evidence::noted(service.at, "no load balancer names it")),
        };
        if let Some((entry, target)) = direct {
            let why = target.unstable.clone().or_else(|| target.host.clone()).unwrap_or_default();
            gap = gap.and(Evidence::noted(target.at, format!("`{}` leads to the address of one instance: {why}", entry.name)));
        }
        tally.gap(&subject, gap);
        return;
    };
    let by = named.map(|b| b.value.clone()).or(lead.map(|(e, _)| e.name.clone())).unwrap_or_else(|| "a load balancer".into());
    tally.met(&subject, Evidence::seen(at, format!("`{by}` leads to healthy instances of `{}`", service.name), Grade::Active));
    if let Some((group, listeners)) = unlistened(system, capacity) {
        let says = format!("no listener leads to the target group `{group}`, so that the balancer sends nothing to `{}`", service.name);
        tally.gap(
            &subject,
            Gap::new("not-attached", says, Evidence::noted(listeners, "declared, and forwarded to by no listener")).so(CONSEQUENCE),
        );
    }
    targets(service, capacity, tally);
}

/// Whether a host name is the one that a provider gives to one machine.
fn names_a_machine(host: &str) -> bool {
    host.starts_with("ec2-") && host.contains(".amazonaws.com") || host.parse::<std::net::IpAddr>().is_ok()
}

fn by_address(service: &Service, at: Location, says: &str) -> Gap {
    let text = format!("clients reach an address of one instance of `{}`", service.name);
    Gap::new("instance-address", text, Evidence::noted(at, says)).so(CONSEQUENCE)
}

/// A target group that no balancer leads to, where there are balancers and not one listener. Where there are listeners a provider refuses a
/// service whose group none of them names, so that what was not understood is no gap.
fn unlistened<'s>(system: &'s System, capacity: Option<&'s Capacity>) -> Option<(&'s str, Location)> {
    let entries = &system.infrastructure().entries;
    let c = capacity?;
    let mut balancers = entries.iter().filter(|e| e.kind == EntryKind::LoadBalancer).peekable();
    balancers.peek()?;
    if system.roots().iter().flat_map(|r| &r.resources).any(|r| r.kind.contains("_listener")) {
        return None;
    }
    let leads =
        |e: &Entry| e.targets.iter().any(|t| t.name.as_deref().is_none_or(|n| n == c.name || c.balanced.iter().any(|b| b.value == n)));
    let named = c.balanced.iter().find(|b| b.value.contains("target_group"))?;
    let led = balancers.any(leads);
    (!led).then_some((named.value.as_str(), named.at))
}
