//! What stands in subnets of a cloud: data and workloads in those that the internet cannot route to, or not.

use std::collections::BTreeMap;

use plimsoll_base::{Evidence, Gap, Grade, Question, Subject};
use plimsoll_model::System;
use plimsoll_model::estate::{AttachedKind, Attachment, FirewallKind, Infrastructure, Provider, Store, StoreKind, Subnet};

use super::segmentation::Parts;

/// Products of AWS that stand in a network of the account and take connections from it.
const IN_A_NETWORK: &[&str] = &[
    "RDS",
    "Aurora",
    "ElastiCache",
    "ElastiCache Serverless",
    "MemoryDB",
    "DocumentDB",
    "Neptune",
    "Redshift",
    "EFS",
    "FSx",
    "Amazon MQ",
    "MSK",
];

/// Judges networks, then what stands in their subnets, then stores of which no subnet is seen.
pub(super) fn read(system: &System, found: &mut Parts) {
    let estate = system.infrastructure();
    networks(estate, found);
    let standing = standing(estate);
    for (attached, subnets) in standing.values() {
        match attached.kind {
            AttachedKind::Store => data(estate, attached, subnets, found),
            AttachedKind::Workload => workload(attached, subnets, found),
            _ => {}
        }
    }
    // A workload whose subnets are decided elsewhere may still have an address of its own.
    for firewall in estate.firewalls.iter().filter(|f| f.kind == FirewallKind::Group) {
        for attached in &firewall.attached {
            if attached.kind == AttachedKind::Workload
                && attached.public_address == Some(true)
                && !standing.contains_key(attached.name.as_str())
            {
                let says = format!("{} stands before {}, which has a public address", firewall.name, attached.name);
                addressed(&attached.name, Evidence::noted(firewall.at, says), found);
            }
        }
    }
    for store in estate.stores.iter().filter(|s| !standing.contains_key(s.name.as_str())) {
        unplaced(system, store, found);
    }
}

/// What names subnets, with the subnets that it names.
fn standing(estate: &Infrastructure) -> BTreeMap<&str, (&Attachment, Vec<&Subnet>)> {
    let mut found: BTreeMap<&str, (&Attachment, Vec<&Subnet>)> = BTreeMap::new();
    for subnet in &estate.subnets {
        for attached in &subnet.holds {
            found.entry(attached.name.as_str()).or_insert_with(|| (attached, Vec::new())).1.push(subnet);
        }
    }
    found
}

/// Networks of the account: one of its own, with a part that the internet cannot route to.
fn networks(estate: &Infrastructure, found: &mut Parts) {
    for network in &estate.networks {
        let subject = Subject::named(&network.name);
        if network.default {
            found.inside.push((subject.clone(), Evidence::seen(network.at, "a network of the account", Grade::Active)));
            let seen = Evidence::noted(network.at, "the default network");
            let gap = Gap::new("default-network", format!("{} is the account's default network", network.name), seen);
            found.lacking.push((subject, gap.so("whatever is made in the account without a thought stands in it, with a public address")));
            continue;
        }
        let own: Vec<&Subnet> = estate.subnets.iter().filter(|s| s.network.as_deref() == Some(&network.name)).collect();
        let Some(first) = own.first().filter(|_| own.iter().all(|s| s.public.on())) else { continue };
        found
            .inside
            .push((subject.clone(), Evidence::seen(network.at, format!("{} is a network of its own", network.name), Grade::Active)));
        let told = |s: &Subnet| Evidence::noted(s.at, format!("{}: {}", s.name, s.public.says));
        let says = format!("{} has only subnets that the internet routes to", network.name);
        let mut gap = Gap::new("only-public-subnets", says, told(first));
        for subnet in own.iter().skip(1).take(5) {
            gap = gap.and(told(subnet));
        }
        let route = Evidence::noted(first.public.at, first.public.says.clone());
        found.lacking.push((subject, gap.and(route).so("everything in it is one firewall rule away from the internet")));
    }
}

/// A datastore with the subnets that it stands in.
fn data(estate: &Infrastructure, attached: &Attachment, subnets: &[&Subnet], found: &mut Parts) {
    let subject = Subject::named(&attached.name);
    let name = &attached.name;
    if let Some(open) = subnets.iter().find(|s| s.public.on()) {
        let says = format!("`{name}` stands in {}, which the internet routes to", open.name);
        let seen = Evidence::noted(open.public.at, format!("{}: {}", open.name, open.public.says));
        let gap = Gap::new("data-in-public-subnet", says, seen)
            .so("one setting or one rule of a firewall is all that keeps the internet from the data");
        let store = estate.stores.iter().find(|s| s.name == *name);
        let shut = store.and_then(|s| s.public.as_ref()).map_or(attached.public_address == Some(false), |p| p.off());
        if shut {
            let at = store.map_or(open.at, |s| s.public.as_ref().map_or(s.at, |p| p.at));
            found.inside.push((subject.clone(), Evidence::seen(at, format!("`{name}` has no public address"), Grade::Active)));
            found.lacking.push((subject, gap));
        } else {
            found.outside.push((subject, gap));
        }
    } else if let Some(unclear) = subnets.iter().find(|s| s.public.known().is_none()) {
        found.unseen.push((subject, unknown(name, unclear)));
    } else {
        for subnet in subnets {
            let says = format!("`{name}` stands in {}: {}", subnet.name, subnet.public.says);
            found.inside.push((subject.clone(), Evidence::seen(subnet.public.at, says, Grade::Active)));
        }
    }
}

/// What runs a workload, with the subnets that it stands in.
fn workload(attached: &Attachment, subnets: &[&Subnet], found: &mut Parts) {
    let subject = Subject::named(&attached.name);
    let name = &attached.name;
    let open = subnets.iter().find(|s| s.public.on());
    match (attached.public_address, open) {
        (Some(true), Some(open)) => {
            addressed(name, Evidence::noted(open.public.at, format!("in {}: {}", open.name, open.public.says)), found);
        }
        (_, None) => match subnets.iter().find(|s| s.public.known().is_none()) {
            Some(unclear) => found.unseen.push((subject, unknown(name, unclear))),
            None => {
                let says = format!("`{name}` runs in {}: {}", subnets[0].name, subnets[0].public.says);
                found.inside.push((subject, Evidence::seen(subnets[0].public.at, says, Grade::Active)));
            }
        },
        // Without an address of its own the internet does not route to it, but nothing else keeps it apart.
        (Some(false), Some(open)) => {
            let says = format!("`{name}` runs without a public address, in {}", open.name);
            found.inside.push((subject, Evidence::seen(open.at, says, Grade::Active)));
        }
        (None, Some(open)) => {
            let says = format!("`{name}` runs in {}, which the internet routes to", open.name);
            let seen = Evidence::noted(open.public.at, format!("{}: {}", open.name, open.public.says));
            found.lacking.push((
                subject,
                Gap::new("public-address", says, seen).so("its machines have public addresses where the subnet gives them"),
            ));
        }
    }
}

fn addressed(name: &str, seen: Evidence, found: &mut Parts) {
    let gap = Gap::new("public-address", format!("`{name}` runs with an address that the internet routes to"), seen);
    found.lacking.push((Subject::named(name), gap.so("it can be reached beside the edge as soon as a rule of its firewall is too wide")));
}

fn unknown(name: &str, subnet: &Subnet) -> Question {
    Question::new(
        format!("whether the internet routes to `{name}`: it stands in {} ({})", subnet.name, subnet.public.says),
        "show the route tables of those subnets as code, or list them",
    )
}

/// A store of which no subnet is seen: by its own address, where it has one.
fn unplaced(system: &System, store: &Store, found: &mut Parts) {
    let placed = match store.provider {
        Provider::Aws => IN_A_NETWORK.contains(&store.product),
        _ => matches!(store.kind, StoreKind::Relational | StoreKind::Cache) && store.product != "Spanner",
    };
    // Rights alone lead to the others: they stand in no network.
    if !placed {
        return;
    }
    let subject = Subject::named(&store.name);
    match &store.public {
        Some(public) if public.on() => {
            let seen = Evidence::noted(public.at, public.says.clone());
            let gap = Gap::new("public-address", format!("`{}` has a public address", store.name), seen);
            found.outside.push((subject, gap.so("it stands on the internet; a firewall and a password are all there is")));
        }
        // Outside AWS, an instance without a public address stands in a private network and nowhere else.
        Some(public) if public.off() && store.provider != Provider::Aws => {
            found.inside.push((subject, Evidence::seen(public.at, format!("`{}`: {}", store.name, public.says), Grade::Active)));
        }
        Some(_) => found.unseen.push((
            subject,
            Question::new(
                format!("in which subnets `{}` stands ({})", store.name, system.path_at(store.at)),
                "name its subnet group, with subnets whose routes are in the code",
            ),
        )),
        None => {}
    }
}
