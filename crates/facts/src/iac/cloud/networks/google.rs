//! Networks of Google Cloud: firewalls choose machines by tags and accounts; a machine is public by an address of its own.

use plimsoll_base::Sourced;

use super::super::{Instance, Resources};
use super::{Ports, attach, attachment, doubtful, opening, protocol, settled, source_of};
use crate::iac::value::{Value, each};
use crate::infrastructure::{
    AttachedKind, Attachment, FirewallKind, Infrastructure, Network, NetworkFirewall, Property, Subnet, TrafficSource,
};

const MACHINES: &[&str] = &["google_compute_instance", "google_compute_instance_template", "google_compute_region_instance_template"];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    networks(resources, found);
    firewalls(resources, found);
    clusters(resources, found);
}

fn networks(resources: &Resources<'_>, found: &mut Infrastructure) {
    for network in resources.of("google_compute_network") {
        let of = |i: &Instance| resources.refers(i.value.get("network"), network);
        let logged = resources.of("google_compute_subnetwork").find(|s| of(s) && s.value.get("log_config").is_some());
        let nat = resources.of("google_compute_router_nat").filter(|n| {
            let routers = resources.referred(n.value.get("router"), "google_compute_router");
            routers.is_empty() || routers.iter().any(|r| of(r))
        });
        found.networks.push(Network {
            name: network.address(),
            at: network.at,
            default: network.value.get("name").is_some_and(|n| n.is("default")),
            flow_logs: logged.map(|s| Sourced::new(s.address(), s.at)),
            nat_gateways: nat.map(|n| Sourced::new(n.address(), n.at)).collect(),
        });
    }
    for network in resources.data("google_compute_network") {
        if network.value.get("name").is_some_and(|n| n.is("default")) {
            let name = network.address();
            found.networks.push(Network { name, at: network.at, default: true, flow_logs: None, nat_gateways: Vec::new() });
        }
    }
    for subnet in resources.of("google_compute_subnetwork") {
        found.subnets.push(Subnet {
            name: subnet.address(),
            at: subnet.at,
            public: Property::defaulted(false, subnet.at, "addresses are private unless a machine is given one of its own"),
            zone: subnet.word(&["region"]),
            network: resources.referred(subnet.value.get("network"), "google_compute_network").first().map(|n| n.address()),
            count: 1,
            holds: Vec::new(),
        });
    }
}

fn firewalls(resources: &Resources<'_>, found: &mut Infrastructure) {
    for rule in resources.of("google_compute_firewall") {
        let value = &rule.value;
        if value.get("direction").is_some_and(|d| d.is("EGRESS")) || value.get("disabled").is_some_and(Value::is_true) {
            continue;
        }
        let name = rule.address();
        let attached = targets(resources, rule);
        let mut sources: Vec<TrafficSource> = each(value.get("source_ranges")).iter().map(source_of).collect();
        for field in ["source_tags", "source_service_accounts"] {
            let members = each(value.get(field)).iter().filter_map(Value::written);
            sources.extend(members.map(|m| TrafficSource::Group(m.to_owned())));
        }
        // A rule that names no source takes them all.
        if sources.is_empty() {
            sources.push(TrafficSource::World);
        }
        for allow in value.all("allow").flat_map(|a| each(Some(a)).iter()) {
            let proto = protocol(allow.get("protocol"));
            let ports = each(allow.get("ports"));
            let ports: Vec<Ports> = if ports.is_empty() { vec![Ports::All] } else { ports.iter().map(Ports::of).collect() };
            for range in ports {
                let mut open = settled(rule, opening(allow.at, &name, sources.clone(), &proto, range));
                open.attached.clone_from(&attached);
                found.openings.push(open);
            }
        }
        found.firewalls.push(NetworkFirewall { name, at: rule.at, kind: FirewallKind::Group, attached, incomplete: doubtful(rule) });
    }
}

/// The machines that a rule is for: those of its tags or accounts, else every one of its network.
fn targets(resources: &Resources<'_>, rule: &Instance) -> Vec<Attachment> {
    let tags: Vec<&str> = each(rule.value.get("target_tags")).iter().filter_map(Value::written).collect();
    let accounts = rule.value.get("target_service_accounts");
    let network = resources.referred(rule.value.get("network"), "google_compute_network").into_iter().next();
    let mut found = Vec::new();
    for machine in resources.of_any(MACHINES) {
        let chosen = if !tags.is_empty() {
            each(machine.value.get("tags")).iter().filter_map(Value::written).any(|t| tags.contains(&t))
        } else if accounts.is_some() {
            let own = resources.referred(machine.value.path(&["service_account", "email"]), "google_service_account");
            own.iter().any(|o| resources.refers(accounts, o))
        } else {
            in_network(resources, machine, network)
        };
        if chosen {
            attach(&mut found, attachment(machine, AttachedKind::Machine, Some(public(machine))));
        }
    }
    for cluster in resources.of("google_container_cluster").chain(resources.of("google_container_node_pool")) {
        let own = each(cluster.value.path(&["node_config", "tags"])).iter().filter_map(Value::written).any(|t| tags.contains(&t));
        let whole = tags.is_empty()
            && accounts.is_none()
            && cluster.kind == "google_container_cluster"
            && network.is_some_and(|n| resources.refers(cluster.value.get("network"), n));
        if own || whole {
            let private = cluster.value.path(&["private_cluster_config", "enable_private_nodes"]).is_some_and(Value::is_true);
            attach(
                &mut found,
                attachment(cluster, AttachedKind::Workload, (cluster.kind == "google_container_cluster").then_some(!private)),
            );
        }
    }
    found
}

fn in_network(resources: &Resources<'_>, machine: &Instance, network: Option<&Instance>) -> bool {
    let Some(network) = network else { return true };
    machine.value.all("network_interface").flat_map(|n| each(Some(n)).iter()).any(|interface| {
        let by_subnet = resources.referred(interface.get("subnetwork"), "google_compute_subnetwork");
        resources.refers(interface.get("network"), network) || by_subnet.iter().any(|s| resources.refers(s.value.get("network"), network))
    })
}

/// Whether a machine has an address that the internet can route to.
fn public(machine: &Instance) -> bool {
    let interfaces = machine.value.all("network_interface").flat_map(|n| each(Some(n)).iter());
    interfaces.into_iter().any(|i| i.field("access_config").is_some() || i.field("ipv6_access_config").is_some())
}

/// The interface through which a cluster is administered.
fn clusters(resources: &Resources<'_>, found: &mut Infrastructure) {
    for cluster in resources.of("google_container_cluster") {
        let value = &cluster.value;
        let private = cluster.flag(&["private_cluster_config", "enable_private_endpoint"], false);
        let attached = |public| vec![attachment(cluster, AttachedKind::ClusterApi, public)];
        if private.on() {
            found.firewalls.push(NetworkFirewall {
                name: format!("{} endpoint", cluster.address()),
                at: private.at,
                kind: FirewallKind::Group,
                attached: attached(Some(false)),
                incomplete: doubtful(cluster),
            });
            continue;
        }
        let listed = value.get("master_authorized_networks_config");
        let blocks: Vec<&Value> = listed.into_iter().flat_map(|l| l.all("cidr_blocks")).flat_map(|b| each(Some(b))).collect();
        let (sources, at) = match listed {
            Some(list) if blocks.is_empty() => (vec![TrafficSource::ProviderList("nobody outside Google Cloud".into())], list.at),
            Some(list) => (blocks.iter().filter_map(|b| b.get("cidr_block")).map(source_of).collect(), list.at),
            None => (vec![TrafficSource::World], cluster.at),
        };
        let mut open = settled(cluster, opening(at, "", sources, "tcp", Ports::Range(443, 443)));
        open.attached = attached(private.known().map(|p| !p));
        found.openings.push(open);
    }
}
