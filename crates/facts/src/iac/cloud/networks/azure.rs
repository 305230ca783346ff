//! Networks of Azure: network security groups on subnets and interfaces, public addresses, the interfaces of AKS clusters.

use super::super::{Instance, Resources};
use super::{Ports, attach, attachment, doubtful, opening, protocol, settled, source_of};
use crate::iac::value::{Value, each};
use crate::infrastructure::{
    AttachedKind, Attachment, FirewallKind, Infrastructure, Network, NetworkFirewall, Property, Subnet, TrafficSource,
};

const GROUP: &str = "azurerm_network_security_group";
const MACHINES: &[&str] = &["azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_virtual_machine"];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for network in resources.of("azurerm_virtual_network") {
        found.networks.push(Network { name: network.address(), at: network.at, default: false, flow_logs: None, nat_gateways: Vec::new() });
    }
    for subnet in resources.of("azurerm_subnet") {
        found.subnets.push(Subnet {
            name: subnet.address(),
            at: subnet.at,
            public: Property::defaulted(false, subnet.at, "addresses are private unless an interface is given a public one"),
            zone: None,
            network: resources.referred(subnet.value.get("virtual_network_name"), "azurerm_virtual_network").first().map(|n| n.address()),
            count: 1,
            holds: Vec::new(),
        });
    }
    for group in resources.of(GROUP) {
        let name = group.address();
        let attached = attachments(resources, group);
        let inline = group.value.all("security_rule").flat_map(|r| each(Some(r)).iter());
        let apart = resources.of("azurerm_network_security_rule").filter(|r| {
            let named = r.value.get("network_security_group_name");
            resources.refers(named, group)
        });
        for (by, rule) in inline.map(|r| (group, r)).chain(apart.map(|r| (r, &r.value))) {
            let inbound = rule.get("direction").is_none_or(|d| d.is("Inbound"));
            if inbound && rule.get("access").is_none_or(|a| a.is("Allow")) {
                admitted(by, rule, &name, &attached, found);
            }
        }
        found.firewalls.push(NetworkFirewall { name, at: group.at, kind: FirewallKind::Group, attached, incomplete: doubtful(group) });
    }
    clusters(resources, found);
}

fn admitted(by: &Instance, rule: &Value, group: &str, attached: &[Attachment], found: &mut Infrastructure) {
    let values = |names: [&str; 2]| -> Vec<Value> { names.iter().flat_map(|n| each(rule.get(n)).iter().cloned()).collect() };
    let mut sources: Vec<TrafficSource> = values(["source_address_prefix", "source_address_prefixes"]).iter().map(tagged).collect();
    if rule.get("source_application_security_group_ids").is_some() {
        sources.push(TrafficSource::Group("an application security group".into()));
    }
    let mut ports: Vec<Ports> = values(["destination_port_range", "destination_port_ranges"]).iter().map(Ports::of).collect();
    if ports.is_empty() {
        ports.push(Ports::All);
    }
    for range in ports {
        let mut open = settled(by, opening(rule.at, group, sources.clone(), &protocol(rule.get("protocol")), range));
        open.attached = attached.to_vec();
        found.openings.push(open);
    }
}

/// Service tags are lists that the provider keeps; two of them are the network itself and the world.
fn tagged(value: &Value) -> TrafficSource {
    match (value.text(), source_of(value)) {
        (Some("VirtualNetwork"), _) => TrafficSource::Private("VirtualNetwork".into()),
        // What somebody has yet to fill in names no list of the provider's.
        (Some(text), TrafficSource::Unresolved(at)) if plimsoll_secrets::is_placeholder(text.as_bytes()) => TrafficSource::Unresolved(at),
        (Some(text), TrafficSource::Unresolved(_)) => TrafficSource::ProviderList(text.to_owned()),
        (_, source) => source,
    }
}

/// Machines whose interface or subnet carries the group; else the subnet itself.
fn attachments(resources: &Resources<'_>, group: &Instance) -> Vec<Attachment> {
    let mut found = Vec::new();
    let carries = |kind: &str, of: &str, target: &str| -> Vec<&Instance> {
        let associations = resources.of(kind).filter(|a| resources.refers(a.value.get("network_security_group_id"), group));
        associations.flat_map(|a| resources.referred(a.value.get(of), target)).collect()
    };
    let mut interfaces =
        carries("azurerm_network_interface_security_group_association", "network_interface_id", "azurerm_network_interface");
    let subnets = carries("azurerm_subnet_network_security_group_association", "subnet_id", "azurerm_subnet");
    for subnet in &subnets {
        let inside = resources
            .of("azurerm_network_interface")
            .filter(|i| resources.refers(i.value.path(&["ip_configuration", "subnet_id"]), subnet));
        interfaces.extend(inside);
        attach(&mut found, attachment(subnet, AttachedKind::Other, None));
    }
    for interface in interfaces {
        let public = interface.value.path(&["ip_configuration", "public_ip_address_id"]).is_some();
        let machine = resources.of_any(MACHINES).find(|m| resources.refers(m.value.get("network_interface_ids"), interface));
        attach(&mut found, attachment(machine.unwrap_or(interface), AttachedKind::Machine, Some(public)));
    }
    for scale_set in resources.of("azurerm_linux_virtual_machine_scale_set") {
        if resources.refers(scale_set.value.path(&["network_interface", "network_security_group_id"]), group) {
            attach(&mut found, attachment(scale_set, AttachedKind::Workload, None));
        }
    }
    found
}

/// The interface through which a cluster is administered.
fn clusters(resources: &Resources<'_>, found: &mut Infrastructure) {
    for cluster in resources.of("azurerm_kubernetes_cluster") {
        let private = cluster.flag(&["private_cluster_enabled"], false);
        let listed = cluster
            .value
            .path(&["api_server_access_profile", "authorized_ip_ranges"])
            .or_else(|| cluster.value.get("api_server_authorized_ip_ranges"));
        if private.on() {
            found.firewalls.push(NetworkFirewall {
                name: format!("{} endpoint", cluster.address()),
                at: private.at,
                kind: FirewallKind::Group,
                attached: vec![attachment(cluster, AttachedKind::ClusterApi, Some(false))],
                incomplete: doubtful(cluster),
            });
            continue;
        }
        let (sources, at) = match listed {
            Some(list) if !each(Some(list)).is_empty() => (each(Some(list)).iter().map(source_of).collect(), list.at),
            _ => (vec![TrafficSource::World], cluster.at),
        };
        let mut open = settled(cluster, opening(at, "", sources, "tcp", Ports::Range(443, 443)));
        open.attached = vec![attachment(cluster, AttachedKind::ClusterApi, private.known().map(|p| !p))];
        found.openings.push(open);
    }
}
