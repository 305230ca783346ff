//! Are data and internal services on networks that the internet cannot route to?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::container::{Reach, Runtime};
use plimsoll_model::estate::{AttachedKind, Capacity, CapacityKind, FirewallKind, Provider, Store, StoreKind, Subnet};
use plimsoll_model::{Service, ServiceKind, System};

use super::{in_cluster, names, without_networks};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "network/segmentation", page: include_str!("segmentation.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let mut found = Parts::default();
    if !without_networks(system) {
        networks(system, &mut found);
        for store in &system.infrastructure().stores {
            managed(system, store, &mut found);
        }
        workloads(system, &mut found);
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
    if tally.is_empty()
        && !without_networks(system)
        && system.services().iter().any(|s| s.runtime == Runtime::Ecs || !s.on_platform() && !published(s) && s.owned())
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

#[derive(Default)]
struct Parts {
    outside: Vec<(Subject, Gap)>,
    lacking: Vec<(Subject, Gap)>,
    inside: Vec<(Subject, Evidence)>,
    unseen: Vec<(Subject, Question)>,
}

fn keeps_data(service: &Service) -> bool {
    matches!(service.kind, ServiceKind::Datastore | ServiceKind::Cache | ServiceKind::Broker)
}

fn published(service: &Service) -> bool {
    service.ports.iter().any(|p| p.reach == Reach::Public)
}

/// Networks of the account: one of its own, with a part that the internet cannot route to.
fn networks(system: &System, found: &mut Parts) {
    let estate = system.infrastructure();
    for network in &estate.networks {
        let subject = Subject::named(&network.name);
        if network.default {
            found.inside.push((subject.clone(), Evidence::seen(network.at, "a network of the account", Grade::Active)));
            let gap = Gap::new(
                "default-network",
                format!("{} is the account's default network", network.name),
                Evidence::noted(network.at, "the default network"),
            );
            found.lacking.push((subject, gap.so("whatever is made in the account without a thought stands in it, with a public address")));
            continue;
        }
        let own: Vec<&Subnet> = estate.subnets.iter().filter(|s| s.network.as_deref() == Some(&network.name)).collect();
        if own.is_empty() || own.iter().any(|s| s.public.known().is_none()) {
            continue;
        }
        let open: Vec<&&Subnet> = own.iter().filter(|s| s.public.on()).collect();
        found
            .inside
            .push((subject.clone(), Evidence::seen(network.at, format!("{} is a network of its own", network.name), Grade::Active)));
        if open.len() == own.len() {
            let mut gap = Gap::new(
                "only-public-subnets",
                format!("{} has only subnets that the internet routes to", network.name),
                Evidence::noted(open[0].at, format!("{}: {}", open[0].name, open[0].public.says)),
            );
            for subnet in open.iter().skip(1).take(5) {
                gap = gap.and(Evidence::noted(subnet.at, format!("{}: {}", subnet.name, subnet.public.says)));
            }
            found.lacking.push((
                subject,
                gap.and(Evidence::noted(open[0].public.at, open[0].public.says.clone()))
                    .so("everything in it is one firewall rule away from the internet"),
            ));
        }
    }
}

/// A store that a provider runs, where it stands in a network at all.
fn managed(system: &System, store: &Store, found: &mut Parts) {
    if matches!(store.kind, StoreKind::Objects | StoreKind::Images | StoreKind::Accounts | StoreKind::Disk) {
        return;
    }
    let estate = system.infrastructure();
    let subject = Subject::named(&store.name);
    let seen = |says: String| Evidence::seen(store.at, says, Grade::Active);
    let subnets: Vec<&Subnet> = store.subnets.iter().filter_map(|n| estate.subnets.iter().find(|s| s.name == *n)).collect();
    if let Some(open) = subnets.iter().find(|s| s.public.on()) {
        let says = format!("`{}` stands in {}, which the internet routes to", store.name, open.name);
        let gap = Gap::new("data-in-public-subnet", says, Evidence::noted(open.public.at, format!("{}: {}", open.name, open.public.says)));
        let gap = gap.so("one setting or one rule of a firewall is all that keeps the internet from the data");
        match &store.public {
            Some(public) if public.off() => {
                found.inside.push((subject.clone(), Evidence::seen(public.at, public.says.clone(), Grade::Active)));
                found.lacking.push((subject, gap));
            }
            _ => found.outside.push((subject, gap)),
        }
        return;
    }
    if !subnets.is_empty() && subnets.len() == store.subnets.len() && subnets.iter().all(|s| s.public.off()) {
        for subnet in &subnets {
            let says = format!("`{}` stands in {}: {}", store.name, subnet.name, subnet.public.says);
            found.inside.push((subject.clone(), Evidence::seen(subnet.public.at, says, Grade::Active)));
        }
        return;
    }
    match &store.public {
        Some(public) if public.on() => {
            let gap = Gap::new(
                "public-address",
                format!("`{}` has a public address", store.name),
                Evidence::noted(public.at, public.says.clone()),
            );
            found.outside.push((subject, gap.so("it stands on the internet; a firewall and a password are all there is")));
        }
        // Outside AWS, an instance without a public address stands in a private network and nowhere else.
        Some(public) if public.off() && store.provider != Provider::Aws => {
            found.inside.push((subject, seen(format!("`{}`: {}", store.name, public.says))))
        }
        Some(_) => found.unseen.push((
            subject,
            Question::new(
                format!("in which subnets `{}` stands ({})", store.name, system.path_at(store.at)),
                "name its subnet group, with subnets whose routes are in the code",
            ),
        )),
        // Not in a network at all: rights alone lead to it.
        None => {}
    }
}

/// What runs the workloads: in a private subnet, or with an address of its own on the internet.
fn workloads(system: &System, found: &mut Parts) {
    let estate = system.infrastructure();
    let running = |c: &&Capacity| {
        matches!(c.kind, CapacityKind::ContainerService | CapacityKind::MachineGroup | CapacityKind::NodeGroup)
            && c.provider == Provider::Aws
    };
    let mut told: Vec<&str> = Vec::new();
    for capacity in estate.capacity.iter().filter(running) {
        told.push(&capacity.name);
        let subject = Subject::named(&capacity.name);
        let subnets: Vec<&Subnet> = capacity.subnets.iter().filter_map(|n| estate.subnets.iter().find(|s| s.name == *n)).collect();
        if let Some(address) = capacity.public_address.as_ref().filter(|p| p.on()) {
            public(&capacity.name, Evidence::noted(address.at, address.says.clone()), found);
        } else if !subnets.is_empty() && subnets.iter().all(|s| s.public.off()) {
            let says = format!("`{}` runs in {}: {}", capacity.name, subnets[0].name, subnets[0].public.says);
            found.inside.push((subject, Evidence::seen(subnets[0].public.at, says, Grade::Active)));
        }
    }
    for firewall in estate.firewalls.iter().filter(|f| f.kind == FirewallKind::Group) {
        for attached in firewall.attached.iter().filter(|a| a.kind == AttachedKind::Workload) {
            if attached.public_address == Some(true) && !told.contains(&attached.name.as_str()) {
                told.push(&attached.name);
                let says = format!("{} stands before {}, which has a public address", firewall.name, attached.name);
                public(&attached.name, Evidence::noted(firewall.at, says), found);
            }
        }
    }
}

fn public(name: &str, seen: Evidence, found: &mut Parts) {
    let gap = Gap::new("public-address", format!("`{name}` runs with an address that the internet routes to"), seen);
    let subject = Subject::named(name);
    found.lacking.push((subject, gap.so("it can be reached beside the edge as soon as a rule of its firewall is too wide")));
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
    let edge = others().find(|s| shares(s) && matches!(s.kind, ServiceKind::Proxy | ServiceKind::Static));
    let apart = others().find(|s| !shares(s));
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
