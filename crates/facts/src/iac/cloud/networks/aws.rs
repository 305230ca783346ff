//! Networks and subnets of AWS: a subnet is public by its route, whatever it is called.

use std::collections::BTreeMap;

use plimsoll_base::{Location, Sourced};

use super::super::{Instance, Resources};
use super::attach;
use super::aws_firewalls::attached_as;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Attachment, Infrastructure, Network, Property, Subnet};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    networks(resources, found);
    let routes = Routes::new(resources);
    let mut held = held(resources);
    let mut holds = |subnet: &Instance| held.remove(&subnet.address()).unwrap_or_default();
    for subnet in resources.of("aws_subnet") {
        found.subnets.push(Subnet {
            name: subnet.address(),
            at: subnet.at,
            public: subnet.settled(routes.public(resources, subnet)),
            zone: subnet.word(&["availability_zone"]).or_else(|| subnet.word(&["availability_zone_id"])),
            network: network_of(resources, subnet.value.get("vpc_id")),
            count: 1,
            holds: holds(subnet),
        });
    }
    for subnet in resources.of("aws_default_subnet") {
        found.subnets.push(Subnet {
            name: subnet.address(),
            at: subnet.at,
            public: Property::stated(true, subnet.at, "a subnet of the default VPC: routed to the internet, public addresses on launch"),
            zone: subnet.word(&["availability_zone"]),
            network: None,
            count: 1,
            holds: holds(subnet),
        });
    }
    looked_up(resources, &mut holds, found);
}

/// Groups of subnets, through which databases and caches name them.
const SUBNET_GROUPS: &[&str] = &[
    "aws_db_subnet_group",
    "aws_elasticache_subnet_group",
    "aws_redshift_subnet_group",
    "aws_docdb_subnet_group",
    "aws_neptune_subnet_group",
    "aws_memorydb_subnet_group",
    "aws_dax_subnet_group",
    "aws_dms_replication_subnet_group",
];

/// What stands in each subnet: whatever names it, or a group of it, in a field made for that.
fn held(resources: &Resources<'_>) -> BTreeMap<String, Vec<Attachment>> {
    let subnets_of = |value: &Value| -> Vec<String> {
        let mut found: Vec<String> = resources.referred(Some(value), "aws_subnet").iter().map(|s| s.address()).collect();
        found.extend(resources.referred(Some(value), "aws_default_subnet").iter().map(|s| s.address()));
        for kind in ["aws_subnets", "aws_subnet_ids", "aws_subnet"] {
            found.extend(resources.data(kind).filter(|s| resources.refers(Some(value), s)).map(|s| s.address()));
        }
        found
    };
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for group in resources.of_any(SUBNET_GROUPS) {
        groups.insert(group.address(), group.value.get("subnet_ids").map(subnets_of).unwrap_or_default());
    }
    let mut found: BTreeMap<String, Vec<Attachment>> = BTreeMap::new();
    let standing = |i: &&Instance| {
        let plumbing = ["aws_subnet", "aws_default_subnet", "aws_route", "aws_nat_gateway", "aws_network_acl", "aws_flow_log"];
        !i.data
            && i.kind.starts_with("aws_")
            && !SUBNET_GROUPS.contains(&i.kind.as_str())
            && !plumbing.iter().any(|p| i.kind.starts_with(p))
    };
    for instance in resources.all().iter().filter(standing) {
        let mut values = Vec::new();
        subnet_fields(&instance.value, 0, &mut values);
        for value in values {
            let mut named = subnets_of(value);
            for kind in SUBNET_GROUPS {
                for group in resources.referred(Some(value), kind) {
                    named.extend(groups.get(&group.address()).into_iter().flatten().cloned());
                }
            }
            for subnet in named {
                attach(found.entry(subnet).or_default(), attached_as(resources, instance));
            }
        }
    }
    found
}

/// The values of fields that name subnets, at any depth.
fn subnet_fields<'v>(value: &'v Value, depth: usize, found: &mut Vec<&'v Value>) {
    if depth > 6 {
        return;
    }
    for field in value.fields() {
        if field.name.contains("subnet") && field.value.fields().is_empty() || field.name == "vpc_zone_identifier" {
            found.push(&field.value);
        } else {
            for inner in each(Some(&field.value)) {
                subnet_fields(inner, depth + 1, found);
            }
        }
    }
}

fn networks(resources: &Resources<'_>, found: &mut Infrastructure) {
    let logged = |network: &Instance| {
        resources.of("aws_flow_log").find(|l| resources.refers(l.value.get("vpc_id"), network)).map(|l| Sourced::new(l.address(), l.at))
    };
    let gateways: Vec<(Option<String>, &Instance)> = resources
        .of("aws_nat_gateway")
        .map(|g| {
            let subnet = resources.referred(g.value.get("subnet_id"), "aws_subnet").into_iter().next();
            (subnet.and_then(|s| network_of(resources, s.value.get("vpc_id"))), g)
        })
        .collect();
    let only = resources.of("aws_vpc").count() == 1;
    for (kind, default) in [("aws_vpc", false), ("aws_default_vpc", true)] {
        for network in resources.of(kind) {
            let address = network.address();
            let own = |place: &Option<String>| place.as_deref().map_or(only, |p| p == address);
            found.networks.push(Network {
                name: address.clone(),
                at: network.at,
                default,
                flow_logs: logged(network),
                nat_gateways: gateways.iter().filter(|(p, _)| own(p)).map(|(_, g)| Sourced::new(g.address(), g.at)).collect(),
            });
        }
    }
    for network in resources.data("aws_vpc").filter(|n| n.value.get("default").is_some_and(Value::is_true)) {
        let name = network.address();
        found.networks.push(Network { name, at: network.at, default: true, flow_logs: None, nat_gateways: Vec::new() });
    }
}

/// Subnets that are looked up: those of the default VPC are public by nature; of others nothing is known.
fn looked_up(resources: &Resources<'_>, holds: &mut dyn FnMut(&Instance) -> Vec<Attachment>, found: &mut Infrastructure) {
    let default: Vec<&Instance> = resources.data("aws_vpc").filter(|n| n.value.get("default").is_some_and(Value::is_true)).collect();
    let made: Vec<&Instance> = resources.of("aws_default_vpc").collect();
    for kind in ["aws_subnets", "aws_subnet_ids", "aws_subnet"] {
        for subnet in resources.data(kind) {
            let named = subnet.value.get("vpc_id").into_iter().chain(
                subnet.value.all("filter").filter(|f| f.get("name").is_some_and(|n| n.is("vpc-id"))).filter_map(|f| f.get("values")),
            );
            let mut of_default = false;
            for value in named {
                of_default |= default.iter().chain(&made).any(|n| resources.refers(Some(value), n));
            }
            // Filters beyond the network choose among subnets that somebody made apart.
            let narrowed = subnet.value.get("tags").is_some()
                || subnet.value.all("filter").any(|f| f.get("name").is_some_and(|n| !n.is("vpc-id") && !n.is("default-for-az")));
            found.subnets.push(Subnet {
                name: subnet.address(),
                at: subnet.at,
                public: match of_default && !narrowed {
                    true => {
                        Property::stated(true, subnet.at, "subnets of the default VPC: routed to the internet, public addresses on launch")
                    }
                    false => Property::unresolved(subnet.at, "subnets that exist before: their routes are not in the code"),
                },
                zone: None,
                network: None,
                count: 1,
                holds: holds(subnet),
            });
        }
    }
}

fn network_of(resources: &Resources<'_>, value: Option<&Value>) -> Option<String> {
    ["aws_vpc", "aws_default_vpc"].iter().find_map(|kind| resources.referred(value, kind).first().map(|n| n.address()))
}

/// Where route tables lead, and which subnets they serve.
struct Routes {
    /// Route tables with a way to the internet, or one that is decided elsewhere.
    tables: BTreeMap<String, Way>,
    /// The table of each subnet, and where it is associated.
    of_subnet: BTreeMap<String, (String, Location)>,
    /// The main table of each network.
    main: BTreeMap<String, String>,
    /// Subnets whose table is decided elsewhere.
    elsewhere: BTreeMap<String, Location>,
}

#[derive(Clone)]
enum Way {
    /// A route to an internet gateway.
    Internet(Location, String),
    /// None.
    Inside(Location),
    /// A route whose target is decided elsewhere.
    Undecided(Location),
}

impl Routes {
    fn new(resources: &Resources<'_>) -> Self {
        let mut routes = Self { tables: BTreeMap::new(), of_subnet: BTreeMap::new(), main: BTreeMap::new(), elsewhere: BTreeMap::new() };
        for kind in ["aws_route_table", "aws_default_route_table"] {
            for table in resources.of(kind) {
                let mut way = Way::Inside(table.at);
                for route in table.value.all("route").flat_map(|r| each(Some(r)).iter()) {
                    way = worst(way, leads(resources, route));
                }
                routes.tables.insert(table.address(), way);
            }
        }
        for table in resources.of("aws_default_route_table") {
            let id = table.value.get("default_route_table_id");
            if let Some(network) = network_of(resources, id) {
                routes.main.insert(network, table.address());
            }
        }
        for association in resources.of("aws_main_route_table_association") {
            let table = resources.referred(association.value.get("route_table_id"), "aws_route_table").first().map(|t| t.address());
            if let (Some(network), Some(table)) = (network_of(resources, association.value.get("vpc_id")), table) {
                routes.main.insert(network, table);
            }
        }
        for route in resources.of("aws_route") {
            let id = route.value.get("route_table_id");
            let way = leads(resources, &route.value);
            let mut named: Vec<String> = Vec::new();
            for kind in ["aws_route_table", "aws_default_route_table"] {
                named.extend(resources.referred(id, kind).iter().map(|t| t.address()));
            }
            // `aws_vpc.main.main_route_table_id` names the main table, which is declared nowhere.
            if named.is_empty()
                && let Some(network) = network_of(resources, id)
            {
                let table = format!("{network} main");
                routes.main.entry(network).or_insert_with(|| table.clone());
                named.push(table);
            }
            for table in named {
                let before = routes.tables.remove(&table).unwrap_or(Way::Inside(route.at));
                routes.tables.insert(table, worst(before, way.clone()));
            }
        }
        for association in resources.of("aws_route_table_association") {
            let subnets = resources.referred(association.value.get("subnet_id"), "aws_subnet");
            let mut table = None;
            for kind in ["aws_route_table", "aws_default_route_table"] {
                table = table.or_else(|| resources.referred(association.value.get("route_table_id"), kind).first().map(|t| t.address()));
            }
            for subnet in subnets {
                match &table {
                    Some(table) => {
                        routes.of_subnet.insert(subnet.address(), (table.clone(), association.at));
                    }
                    None => {
                        routes.elsewhere.insert(subnet.address(), association.at);
                    }
                }
            }
        }
        routes
    }

    fn public(&self, resources: &Resources<'_>, subnet: &Instance) -> Property<bool> {
        let address = subnet.address();
        let launched = subnet.flag(&["map_public_ip_on_launch"], false);
        if let Some(at) = self.elsewhere.get(&address) {
            return Property::unresolved(*at, "its route table is decided elsewhere");
        }
        let own = self.of_subnet.get(&address).map(|(table, _)| table);
        let network = network_of(resources, subnet.value.get("vpc_id"));
        let main = network.as_ref().and_then(|n| self.main.get(n));
        match own.or(main).and_then(|t| self.tables.get(t).map(|w| (t, w))) {
            Some((table, Way::Internet(at, target))) => Property::stated(true, *at, format!("{table} leads to {target}")),
            Some((table, Way::Undecided(at))) => Property::unresolved(*at, format!("where {table} leads is decided elsewhere")),
            Some((table, Way::Inside(at))) => Property::stated(false, *at, format!("{table} has no route to an internet gateway")),
            None if launched.on() => launched,
            // Nothing but the main table of a network of the code, which leads nowhere unless a route says so.
            None if network.is_some() && !launched.on() => {
                Property::defaulted(false, subnet.at, "no route table of its own: the network's main table leads nowhere outside")
            }
            None => Property::unresolved(subnet.at, "its network and its routes are not in the code"),
        }
    }
}

/// Where one route leads.
fn leads(resources: &Resources<'_>, route: &Value) -> Way {
    let target = route.get("gateway_id");
    let names = resources.referred(target, "aws_internet_gateway");
    if let Some(gateway) = names.first() {
        return Way::Internet(route.at, gateway.address());
    }
    match target {
        Some(t) if t.text().is_some_and(|t| t.starts_with("igw-")) => Way::Internet(route.at, t.text().unwrap_or_default().to_owned()),
        Some(t) if t.written().is_some_and(|t| t.contains("aws_internet_gateway")) => Way::Internet(route.at, "an internet gateway".into()),
        Some(t) if t.is_unknown() && !t.written().is_some_and(|t| t.contains("aws_vpn_gateway") || t.contains("_nat_")) => {
            Way::Undecided(route.at)
        }
        _ => Way::Inside(route.at),
    }
}

fn worst(a: Way, b: Way) -> Way {
    match (&a, &b) {
        (Way::Internet(..), _) => a,
        (_, Way::Internet(..)) => b,
        (Way::Undecided(_), _) => a,
        (_, Way::Undecided(_)) => b,
        _ => a,
    }
}
