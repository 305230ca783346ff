//! Firewalls of Hetzner, DigitalOcean, Linode, Vultr and Scaleway, and the packet filter that a machine is given when it is made.

use super::super::{Instance, Resources};
use super::{Ports, attach, attachment, doubtful, opening, protocol, settled, source_of};
use crate::iac::host_firewall;
use crate::iac::value::{Value, each};
use crate::infrastructure::{AttachedKind, Attachment, FirewallKind, Infrastructure, Network, NetworkFirewall, TrafficSource};

/// How one provider writes a firewall.
struct Form {
    kind: &'static str,
    /// The block of a rule, and the field that tells its direction.
    rule: &'static str,
    direction: Option<&'static str>,
    /// Fields of ports and of sources.
    ports: &'static [&'static str],
    sources: &'static [&'static str],
    /// Fields of other members as sources.
    members: &'static [&'static str],
    /// The kind of machines, the field of the firewall that names them, and the field of a machine that names the firewall.
    machine: &'static str,
    names: &'static [&'static str],
    named_by: &'static str,
}

const FORMS: &[Form] = &[
    Form {
        kind: "hcloud_firewall",
        rule: "rule",
        direction: Some("direction"),
        ports: &["port"],
        sources: &["source_ips"],
        members: &[],
        machine: "hcloud_server",
        names: &["apply_to"],
        named_by: "firewall_ids",
    },
    Form {
        kind: "digitalocean_firewall",
        rule: "inbound_rule",
        direction: None,
        ports: &["port_range"],
        sources: &["source_addresses"],
        members: &["source_tags", "source_droplet_ids", "source_load_balancer_uids", "source_kubernetes_ids"],
        machine: "digitalocean_droplet",
        names: &["droplet_ids"],
        named_by: "",
    },
    Form {
        kind: "linode_firewall",
        rule: "inbound",
        direction: None,
        ports: &["ports"],
        sources: &["ipv4", "ipv6"],
        members: &[],
        machine: "linode_instance",
        names: &["linodes"],
        named_by: "firewall_id",
    },
    Form {
        kind: "scaleway_instance_security_group",
        rule: "inbound_rule",
        direction: None,
        ports: &["port", "port_range"],
        sources: &["ip", "ip_range"],
        members: &[],
        machine: "scaleway_instance_server",
        names: &[],
        named_by: "security_group_id",
    },
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for form in FORMS {
        for firewall in resources.of(form.kind) {
            let attached = attachments(resources, firewall, form);
            let name = firewall.address();
            for rule in firewall.value.all(form.rule).flat_map(|r| each(Some(r)).iter()) {
                admitted(firewall, rule, form, &attached, found);
            }
            found.firewalls.push(NetworkFirewall {
                name,
                at: firewall.at,
                kind: FirewallKind::Group,
                attached,
                incomplete: doubtful(firewall),
            });
        }
        unguarded(resources, form, found);
    }
    for kind in ["hcloud_network", "digitalocean_vpc", "scaleway_vpc_private_network", "linode_vpc"] {
        for network in resources.of(kind) {
            let name = network.address();
            found.networks.push(Network { name, at: network.at, default: false, flow_logs: None, nat_gateways: Vec::new() });
        }
    }
}

fn admitted(firewall: &Instance, rule: &Value, form: &Form, attached: &[Attachment], found: &mut Infrastructure) {
    if form.direction.is_some_and(|d| rule.get(d).is_some_and(|v| v.is("out"))) || rule.get("action").is_some_and(|a| a.is("drop")) {
        return;
    }
    let mut sources: Vec<TrafficSource> = form.sources.iter().flat_map(|f| each(rule.get(f))).map(source_of).collect();
    for member in form.members.iter().flat_map(|f| each(rule.get(f))).filter_map(Value::written) {
        sources.push(TrafficSource::Group(member.to_owned()));
    }
    // Scaleway takes a rule without a source as one for everybody.
    if sources.is_empty() && form.kind.starts_with("scaleway") {
        sources.push(TrafficSource::World);
    }
    sources.dedup();
    let ports: Vec<&Value> = form.ports.iter().filter_map(|f| rule.get(f)).collect();
    let ports: Vec<Ports> = match ports.first() {
        None => vec![Ports::All],
        Some(v) => match v.text() {
            Some(text) => text.split(',').map(Ports::written).collect(),
            None => vec![Ports::Unresolved],
        },
    };
    for range in ports {
        let mut open = settled(firewall, opening(rule.at, &firewall.address(), sources.clone(), &protocol(rule.get("protocol")), range));
        open.attached = attached.to_vec();
        found.openings.push(open);
    }
}

fn attachments(resources: &Resources<'_>, firewall: &Instance, form: &Form) -> Vec<Attachment> {
    let mut found = Vec::new();
    let labels: Vec<&str> = firewall
        .value
        .all("apply_to")
        .flat_map(|a| each(Some(a)))
        .chain(
            resources.of("hcloud_firewall_attachment").filter(|a| resources.refers(a.value.get("firewall_id"), firewall)).map(|a| &a.value),
        )
        .flat_map(|a| each(a.get("label_selector")).iter().chain(each(a.get("label_selectors"))))
        .filter_map(Value::text)
        .collect();
    let tags = firewall.value.get("tags");
    for machine in resources.of(form.machine) {
        let by_machine = !form.named_by.is_empty() && resources.refers(machine.value.get(form.named_by), firewall);
        let by_firewall = form.names.iter().any(|field| {
            firewall
                .value
                .all(field)
                .any(|v| resources.refers(Some(v), machine) || each(v.get("server")).iter().any(|s| resources.refers(Some(s), machine)))
        });
        let by_attachment = resources
            .of("hcloud_firewall_attachment")
            .any(|a| resources.refers(a.value.get("firewall_id"), firewall) && resources.refers(a.value.get("server_ids"), machine));
        let by_label = machine.value.get("labels").is_some_and(|own| {
            labels
                .iter()
                .any(|l| l.split_once('=').is_some_and(|(k, v)| own.get(k.trim()).is_some_and(|w| w.is(v.trim_start_matches('=').trim()))))
        });
        let own: Vec<&str> = each(machine.value.get("tags")).iter().filter_map(Value::written).collect();
        let by_tag = !own.is_empty() && each(tags).iter().filter_map(Value::written).any(|t| own.contains(&t));
        if by_machine || by_firewall || by_attachment || by_label || by_tag {
            attach(&mut found, attachment(machine, AttachedKind::Machine, public(machine)));
        }
    }
    found
}

/// These providers give every machine a public address unless they are told not to.
fn public(machine: &Instance) -> Option<bool> {
    match machine.value.path(&["public_net", "ipv4_enabled"]) {
        Some(v) => v.text().map(|t| t == "true"),
        None => Some(true),
    }
}

/// A machine that no firewall of the provider is attached to stands open on every port; its own packet filter may close them.
fn unguarded(resources: &Resources<'_>, form: &Form, found: &mut Infrastructure) {
    for machine in resources.of(form.machine) {
        let address = machine.address();
        if found.firewalls.iter().any(|f| f.attached.iter().any(|a| a.name == address)) || public(machine) == Some(false) {
            continue;
        }
        let own = attachment(machine, AttachedKind::Machine, public(machine));
        let script = machine.value.get("user_data").or_else(|| machine.value.path(&["metadata", "user_data"]));
        match script {
            Some(script) if script.written().is_some_and(host_firewall::mentions) => {
                let text = script.written().unwrap_or_default();
                host_firewall::read(text, script.at, &address, vec![own], found);
            }
            // What the machine is told when it starts is decided elsewhere.
            Some(script) if script.is_unknown() => {}
            _ => {
                let mut open = settled(machine, opening(machine.at, "", vec![TrafficSource::World], "all", Ports::All));
                open.says = "no firewall is attached: every port of the machine is open to everyone".into();
                open.attached = vec![own];
                found.openings.push(open);
            }
        }
    }
}
