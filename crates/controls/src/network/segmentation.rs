//! Are data and internal services on networks that the internet cannot route to?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::container::{Reach, Runtime};
use plimsoll_model::estate::FirewallKind;
use plimsoll_model::{Service, ServiceKind, System};

use super::{in_cluster, names, subnets, without_networks};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "network/segmentation", page: include_str!("segmentation.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let mut found = Parts::default();
    if !without_networks(system) {
        subnets::read(system, &mut found);
    }
    for service in system.services().iter().filter(|s| keeps_data(s)) {
        match service.runtime {
            Runtime::Compose => on_a_host(system, service, &mut found),
            Runtime::Kubernetes => in_the_cluster(system, service, &mut found),
            _ => {}
        }
    }
    if in_cluster(system) && !system.services().iter().any(|s| s.runtime == Runtime::Kubernetes && keeps_data(s)) {
        cluster(system, &mut found);
    }
    if !found.outside.is_empty() {
        // One datastore that the internet routes to is enough.
        for (subject, gap) in found.outside {
            tally.gap(&subject, gap);
        }
        return tally.finish(|| nothing(system));
    }
    for (subject, evidence) in found.inside {
        tally.met(&subject, evidence);
    }
    for (subject, gap) in found.lacking {
        tally.gap(&subject, gap);
    }
    for (subject, question) in found.unseen {
        tally.doubt(&subject, question);
    }
    // A lone service of a Compose file has nothing beside it that could be kept apart.
    if tally.is_empty()
        && !without_networks(system)
        && system.services().iter().any(|s| matches!(s.runtime, Runtime::Ecs | Runtime::Process))
    {
        tally.doubt(
            &Subject::system(),
            Question::new(
                "on which networks the services and their data stand: none is described",
                "show the subnets, the Compose networks or the network policies as code",
            ),
        );
    }
    tally.finish(|| nothing(system))
}

/// What was found of each part of the system.
#[derive(Default)]
pub(super) struct Parts {
    /// Data that the internet can route to.
    pub(super) outside: Vec<(Subject, Gap)>,
    /// What is not kept apart as it should be.
    pub(super) lacking: Vec<(Subject, Gap)>,
    /// What is kept apart.
    pub(super) inside: Vec<(Subject, Evidence)>,
    /// What cannot be told.
    pub(super) unseen: Vec<(Subject, Question)>,
}

fn keeps_data(service: &Service) -> bool {
    matches!(service.kind, ServiceKind::Datastore | ServiceKind::Cache | ServiceKind::Broker)
}

fn published(service: &Service) -> bool {
    service.ports.iter().any(|p| p.reach == Reach::Public)
}

/// A datastore of a Compose file: published, on a network of its own, or on one with everything else.
fn on_a_host(system: &System, service: &Service, found: &mut Parts) {
    let subject = service.subject();
    let name = &service.name;
    if let Some(port) = service.ports.iter().find(|p| p.reach == Reach::Public) {
        let gap = Gap::new(
            "data-published",
            format!("`{name}` is published on the host ({})", port.says),
            Evidence::noted(port.at, format!("publishes {}", port.says)),
        );
        let gap = match network_of(system, service) {
            Some((network, at)) => gap.and(Evidence::noted(at, format!("on the network `{network}`"))),
            None => gap,
        };
        found.outside.push((subject, gap.so("whoever reaches the host reaches the data")));
        return;
    }
    let own = networks_of(service);
    let internal: Vec<_> = own.iter().filter_map(|n| system.internal_network(n).map(|at| (n, at))).collect();
    if internal.len() == own.len()
        && let Some((network, at)) = internal.first()
    {
        found.inside.push((subject, Evidence::seen(*at, format!("`{name}` is only on `{network}`, which has no way out"), Grade::Active)));
        return;
    }
    let others = || system.services().iter().filter(|s| s.runtime == Runtime::Compose && !keeps_data(s));
    let shares = |s: &Service| networks_of(s).iter().any(|n| own.contains(n));
    let edge = others().find(|s| shares(s) && faces(s));
    let apart = others().find(|s| !shares(s) && (faces(s) || matches!(s.kind, ServiceKind::Web | ServiceKind::Static)));
    if let (None, Some(apart)) = (edge, apart) {
        let at = network_of(system, service).map_or(service.at, |(_, at)| at);
        let says = format!("`{name}` is on {}, which `{}` is not on", quoted(&own), apart.name);
        found.inside.push((subject, Evidence::seen(at, says, Grade::Active)));
        return;
    }
    found.inside.push((subject.clone(), Evidence::seen(service.at, format!("`{name}` is not published on the host"), Grade::Active)));
    let with: Vec<&Service> = edge.into_iter().chain(others().filter(|s| shares(s) && edge.is_none_or(|e| e.name != s.name))).collect();
    let at = network_of(system, service).map_or(service.at, |(_, at)| at);
    let together = with.iter().take(3).map(|s| format!("`{}`", s.name)).collect::<Vec<_>>().join(", ");
    let says = if together.is_empty() {
        format!("`{name}` is on {}", quoted(&own))
    } else {
        format!("`{name}` shares {} with {together}", quoted(&own))
    };
    let mut gap = Gap::new("flat-network", says.clone(), Evidence::noted(at, says));
    for other in with.iter().take(2) {
        gap = gap.and(Evidence::noted(other.networks.first().map_or(other.at, |n| n.at), format!("`{}` on the same network", other.name)));
    }
    found.lacking.push((subject, gap.so("a flaw in whatever faces the internet leads to the datastore without another step")));
}

/// Whether the internet meets a service first: what forwards traffic, and what is published.
fn faces(service: &Service) -> bool {
    matches!(service.kind, ServiceKind::Proxy | ServiceKind::Static) || published(service)
}

/// The networks that a service joins.
fn networks_of(service: &Service) -> Vec<&str> {
    if service.networks.is_empty() { vec!["default"] } else { service.networks.iter().map(|n| n.value.as_str()).collect() }
}

/// The first network of a service and where it is declared, else where it is joined.
fn network_of<'a>(system: &System, service: &'a Service) -> Option<(&'a str, plimsoll_base::Location)> {
    let first = service.networks.first()?;
    Some((&first.value, system.declared_network(&first.value).unwrap_or(first.at)))
}

fn quoted(networks: &[&str]) -> String {
    let all: Vec<String> =
        networks.iter().map(|n| if *n == "default" { "the default network".to_owned() } else { format!("the network `{n}`") }).collect();
    all.join(" and ")
}

/// A datastore in a cluster: guarded by a policy, or open to every pod.
fn in_the_cluster(system: &System, service: &Service, found: &mut Parts) {
    let subject = service.subject();
    let name = &service.name;
    if let Some(port) = service.ports.iter().find(|p| p.reach == Reach::Public) {
        let gap = Gap::new(
            "data-published",
            format!("`{name}` is led out of the cluster ({})", port.says),
            Evidence::noted(port.at, port.says.clone()),
        );
        found.outside.push((subject, gap.so("the internet reaches the data")));
        return;
    }
    let policies = || system.infrastructure().firewalls.iter().filter(|f| f.kind == FirewallKind::Policy);
    if let Some(policy) = policies().find(|p| p.attached.iter().any(|a| names(&a.name, name))) {
        found.inside.push((subject, Evidence::seen(policy.at, format!("{} says whom `{name}` admits", policy.name), Grade::Active)));
        return;
    }
    if let Some(at) = policies().find_map(|p| p.incomplete) {
        let missing = format!("whether a policy guards `{name}`: a template decides whom it selects ({})", system.path_at(at));
        found.unseen.push((subject, Question::new(missing, "render the chart with the values of production")));
        return;
    }
    found.inside.push((subject.clone(), Evidence::seen(service.at, format!("`{name}` is not led out of the cluster"), Grade::Active)));
    let sought = Evidence::sought(format!("network policy that selects `{name}`"), system.deployment_scope());
    let gap = Gap::new("flat-cluster", format!("every pod of the cluster reaches `{name}`"), sought);
    found.lacking.push((subject, gap.so("a flaw in whatever faces the internet leads to the datastore without another step")));
}

/// A cluster whose data lies outside: its pods among themselves.
fn cluster(system: &System, found: &mut Parts) {
    let running: Vec<&Service> = system.services().iter().filter(|s| s.runtime == Runtime::Kubernetes && !s.one_shot).collect();
    let Some(first) = running.first().filter(|_| running.len() > 1) else { return };
    let subject = Subject::named("cluster");
    let policies: Vec<_> =
        system.infrastructure().firewalls.iter().filter(|f| f.kind == FirewallKind::Policy && !f.attached.is_empty()).collect();
    for policy in &policies {
        found.inside.push((
            subject.clone(),
            Evidence::seen(policy.at, format!("{} says whom {} admits", policy.name, policy.attached[0].name), Grade::Active),
        ));
    }
    if policies.is_empty() {
        found.inside.push((subject.clone(), Evidence::seen(first.at, "pods have addresses of the cluster's own network", Grade::Active)));
        let sought = Evidence::sought("network policy", system.deployment_scope());
        let gap = Gap::new("flat-cluster", format!("every one of {} workloads reaches every other", running.len()), sought);
        found.lacking.push((subject, gap.so("one taken pod reaches every internal interface of the cluster")));
    }
}

fn nothing(system: &System) -> Evidence {
    match system.services().first() {
        Some(s) if without_networks(system) => Evidence::noted(s.at, "platforms run everything: no network of its own is described"),
        Some(s) => Evidence::noted(s.at, "no datastore and no internal service runs in a network of its own"),
        None => Evidence::sought("a deployment with a network", system.scopes(&["**"])),
    }
}
