//! Whether the internet reaches a store: its own address, the firewalls in front of it and the subnets that it stands in, joined.

use plimsoll_base::{Evidence, Proof, Question};
use plimsoll_facts::infrastructure::{Infrastructure, NetworkFirewall, Opening, Provider, Store, StoreKind, Subnet, TrafficSource};

use crate::system::System;

/// How far a store is reachable.
#[derive(Clone, Debug)]
pub enum Exposure {
    /// The internet reaches it; the proof names the address, and the opening where there is a firewall.
    Reached(Proof),
    /// The internet does not reach it; the proof names what keeps it out.
    Inside(Proof),
    /// What is missing to tell.
    Undecided(Question),
}

impl System {
    /// Whether the internet reaches a store of the assessed deployment, by its settings, its firewalls and its subnets. A store without a
    /// setting for it (an account's table or queue) is inside: rights alone lead to it. A bucket that anyone may read is reached.
    pub fn reached_from_internet(&self, store: &Store) -> Exposure {
        reached(self.infrastructure(), store)
    }
}

fn reached(estate: &Infrastructure, store: &Store) -> Exposure {
    let Some(public) = &store.public else {
        return Exposure::Inside(
            Evidence::noted(store.at, format!("{} has no address that the internet can route to: rights alone lead to it", store.name))
                .into(),
        );
    };
    let own = Evidence::noted(public.at, public.says.clone());
    if public.off() {
        return Exposure::Inside(own.into());
    }
    // Only AWS puts groups and routes in front of an address that a store has of its own.
    let guarded = store.provider == Provider::Aws && !matches!(store.kind, StoreKind::Objects | StoreKind::Images);
    if !guarded {
        return if public.on() {
            Exposure::Reached(own.into())
        } else {
            Exposure::Undecided(Question::new(
                format!("whether {} can be reached from the internet: {}", store.name, public.says),
                "state the value, or show the one that production uses",
            ))
        };
    }
    if let Some(inside) = no_public_subnet(estate, store) {
        return Exposure::Inside(inside);
    }
    match admission(estate, store) {
        Admission::Nobody(proof) => Exposure::Inside(proof),
        Admission::World(opening) if public.on() => {
            let rest = vec![Evidence::noted(opening.at, format!("its firewall admits {}", opening.says))];
            Exposure::Reached(Proof { first: own, rest })
        }
        Admission::World(opening) => Exposure::Undecided(Question::new(
            format!("whether {} has a public address: {}; its firewall admits {}", store.name, public.says, opening.says),
            "state `publicly_accessible = false`",
        )),
        Admission::Undecided(why) => Exposure::Undecided(Question::new(
            format!("whether the internet reaches {}: {}, and {why}", store.name, public.says),
            "show the security group's rules, or take the public address away",
        )),
    }
}

/// Proof that every subnet of a store is known and none has a route to the internet.
fn no_public_subnet(estate: &Infrastructure, store: &Store) -> Option<Proof> {
    let named = |s: &&Subnet| store.subnets.contains(&s.name) || s.holds.iter().any(|a| a.name == store.name);
    let subnets: Vec<&Subnet> = estate.subnets.iter().filter(named).collect();
    let all = !subnets.is_empty() && subnets.len() >= store.subnets.len() && subnets.iter().all(|s| s.public.off());
    let seen = |s: &&Subnet| Evidence::noted(s.public.at, format!("{}: {}", s.name, s.public.says));
    if all { Proof::from_list(subnets.iter().map(seen).collect()) } else { None }
}

enum Admission<'a> {
    World(&'a Opening),
    Nobody(Proof),
    Undecided(String),
}

/// What the firewalls of a store admit to its port.
fn admission<'a>(estate: &'a Infrastructure, store: &Store) -> Admission<'a> {
    let port = store.engine.as_ref().and_then(|e| e.known()).and_then(|e| port_of(e));
    let mut undecided = (store.groups.is_empty()).then(|| "its security groups are not in the code".to_owned());
    let mut known: Vec<&NetworkFirewall> = Vec::new();
    for name in &store.groups {
        match estate.firewalls.iter().find(|f| f.name == *name) {
            Some(firewall) if firewall.incomplete.is_none() => known.push(firewall),
            _ => undecided = Some(format!("the rules of {name} are decided elsewhere")),
        }
        for opening in estate.openings.iter().filter(|o| o.group == *name && reaches(o, port)) {
            if opening.sources.contains(&TrafficSource::World) {
                return Admission::World(opening);
            }
            if opening.sources.iter().any(|s| matches!(s, TrafficSource::Unresolved(_))) {
                undecided = Some(format!("whom {name} admits is decided elsewhere"));
            }
        }
    }
    if let Some(why) = undecided {
        return Admission::Undecided(why);
    }
    let seen = known.iter().map(|f| Evidence::noted(f.at, format!("{} admits nobody from the internet", f.name))).collect();
    Proof::from_list(seen).map_or_else(|| Admission::Undecided("its security groups are not in the code".into()), Admission::Nobody)
}

/// Whether an opening bears on a port; one whose ports or port are not known may.
fn reaches(opening: &Opening, port: Option<u16>) -> bool {
    match (opening.protocol.as_str(), opening.ports, port) {
        ("icmp" | "icmpv6" | "udp", ..) => false,
        (_, Some((from, to)), Some(port)) => (from..=to).contains(&port),
        _ => true,
    }
}

/// The port on which an engine listens unless it is told otherwise.
fn port_of(engine: &str) -> Option<u16> {
    let engine = engine.to_ascii_lowercase();
    let known = [("postgres", 5432), ("mysql", 3306), ("mariadb", 3306), ("sqlserver", 1433), ("oracle", 1521)];
    known.iter().find(|(name, _)| engine.contains(name)).map(|(_, port)| *port)
}

#[cfg(test)]
mod tests {
    use plimsoll_base::{FileId, Location};
    use plimsoll_facts::infrastructure::{FirewallKind, Property};

    use super::*;

    fn at() -> Location {
        Location::whole(FileId(0))
    }
    fn database(public: bool) -> Store {
        let mut store = Store::new("aws_db_instance.main", at(), Provider::Aws, StoreKind::Relational, "RDS");
        store.public = Some(Property::stated(public, at(), "publicly_accessible"));
        store.engine = Some(Property::stated("postgres".into(), at(), "engine"));
        store.groups = vec!["aws_security_group.db".into()];
        store
    }
    fn estate(source: TrafficSource, port: u16) -> Infrastructure {
        Infrastructure {
            firewalls: vec![NetworkFirewall {
                name: "aws_security_group.db".into(),
                at: at(),
                kind: FirewallKind::Group,
                attached: Vec::new(),
                incomplete: None,
            }],
            openings: vec![Opening {
                at: at(),
                says: "a rule".into(),
                group: "aws_security_group.db".into(),
                sources: vec![source],
                protocol: "tcp".into(),
                ports: Some((port, port)),
                ports_unresolved: false,
                attached: Vec::new(),
            }],
            ..Infrastructure::default()
        }
    }

    #[test]
    fn an_address_and_an_open_group_together_reach() {
        let open = estate(TrafficSource::World, 5432);
        assert!(matches!(reached(&open, &database(true)), Exposure::Reached(_)));
        assert!(matches!(reached(&open, &database(false)), Exposure::Inside(_)), "no address");
        assert!(matches!(reached(&estate(TrafficSource::World, 443), &database(true)), Exposure::Inside(_)), "another port");
        let named = estate(TrafficSource::Addresses("198.51.100.4/32".into()), 5432);
        assert!(matches!(reached(&named, &database(true)), Exposure::Inside(_)));
    }

    #[test]
    fn what_is_decided_elsewhere_is_a_question() {
        assert!(matches!(reached(&Infrastructure::default(), &database(true)), Exposure::Undecided(_)));
        let asked = estate(TrafficSource::Unresolved(at()), 5432);
        assert!(matches!(reached(&asked, &database(true)), Exposure::Undecided(_)));
    }

    #[test]
    fn a_private_subnet_keeps_it_inside() {
        let mut open = estate(TrafficSource::World, 5432);
        let public = Property::stated(false, at(), "no route");
        open.subnets.push(Subnet { name: "aws_subnet.a".into(), at: at(), public, zone: None, network: None, count: 1, holds: Vec::new() });
        let mut store = database(true);
        store.subnets = vec!["aws_subnet.a".into()];
        assert!(matches!(reached(&open, &store), Exposure::Inside(_)));
    }

    #[test]
    fn without_groups_a_public_bucket_is_reached_and_a_table_is_not() {
        let mut bucket = Store::new("aws_s3_bucket.site", at(), Provider::Aws, StoreKind::Objects, "S3");
        bucket.public = Some(Property::stated(true, at(), "anyone may read"));
        assert!(matches!(reached(&Infrastructure::default(), &bucket), Exposure::Reached(_)));
        let table = Store::new("aws_dynamodb_table.jobs", at(), Provider::Aws, StoreKind::NonRelational, "DynamoDB");
        assert!(matches!(reached(&Infrastructure::default(), &table), Exposure::Inside(_)));
    }
}
