//! Is no datastore reachable from the internet?

use plimsoll_base::{Evidence, Gap, Judgement, Question, Severity, Subject, Tally};
use plimsoll_model::container::{Reach, Runtime};
use plimsoll_model::estate::{Holds, Opening, Property, Provider, Store, StoreKind, TrafficSource};
use plimsoll_model::{Datastore, ExternalStore, RunBy, Service, System};

use super::ask_of_outlined;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "data/not-publicly-reachable", page: include_str!("not_publicly_reachable.md"), check };

/// A range of addresses with a shorter prefix than this is no list of one's own places.
const BROAD: u8 = 16;

fn check(system: &System, mut tally: Tally) -> Judgement {
    for store in system.datastores() {
        match store.run_by {
            RunBy::Managed(managed) => declared(system, managed, &store, &mut tally),
            RunBy::Container(service) => container(system, service, &store, &mut tally),
            RunBy::External(external) => outside(external, &store, &mut tally),
            RunBy::Embedded(embedded) => {
                let file = embedded.path.as_deref().unwrap_or("SQLite");
                tally
                    .met(&store.subject(), Evidence::noted(embedded.at, format!("{file} is a file: only `{}` opens it", embedded.service)));
            }
            // Files behind a service have no address of their own.
            RunBy::Volume(_) => {}
        }
    }
    ask_of_outlined(system, "who may connect to", &mut tally);
    tally.finish(|| Evidence::sought("datastore with an address", system.deployment_scope()))
}

const CONSEQUENCE: &str = "scanners find an open port within hours; then one password, or none, stands before the data";

fn container(system: &System, service: &Service, store: &Datastore<'_>, tally: &mut Tally) {
    let name = &service.name;
    let open = service.ports.iter().find(|p| p.reach == Reach::Public);
    let host = service.privileges.host_namespace.iter().find(|n| n.value.to_ascii_lowercase().contains("net") || n.value == "host");
    if let Some(port) = open {
        let proof = Evidence::noted(port.at, format!("publishes {}", port.says));
        let says = format!("`{name}` listens on every interface of its host ({})", port.says);
        let gap = Gap::new("published-port", says, proof).severity(Severity::Critical).so(CONSEQUENCE);
        tally.gap(&store.subject().exposed(true), gap);
        return;
    }
    if let Some(host) = host {
        let proof = Evidence::noted(host.at, "the host's network");
        let gap = Gap::new("host-network", format!("`{name}` shares the network of its host"), proof);
        tally.gap(&store.subject().exposed(true), gap.severity(Severity::Critical).so(CONSEQUENCE));
        return;
    }
    let subject = store.subject();
    if let Some(port) = service.ports.iter().find(|p| p.reach == Reach::Unresolved) {
        let question = Question::new(
            format!("how far the port of `{name}` reaches: a variable decides ({})", system.path_at(port.at)),
            "state the address that the port binds to",
        );
        tally.doubt(&subject, question);
        return;
    }
    if service.runtime == Runtime::Process && service.ports.is_empty() && service.build.is_some() {
        tally.doubt(
            &subject,
            Question::new(format!("which ports `{name}` publishes: nothing here says how it is run"), "show the file that runs it"),
        );
        return;
    }
    match service.ports.iter().find(|p| matches!(p.reach, Reach::Loopback | Reach::Private)) {
        Some(port) => tally.met(&subject, Evidence::noted(port.at, format!("`{name}` is reached from inside only ({})", port.says))),
        None => tally.met(&subject, Evidence::sought(format!("published port of `{name}`"), system.deployment_scope())),
    }
}

fn outside(external: &ExternalStore, store: &Datastore<'_>, tally: &mut Tally) {
    let who = external.provider.map_or_else(|| "it is declared nowhere here".to_owned(), |p| format!("its rules are set at {p}"));
    let question = Question::new(
        format!("who may connect to the store behind {}: {who}", external.name),
        "show its list of allowed addresses or its private network, or declare it as code",
    );
    tally.doubt(&store.subject(), question);
}

fn declared(system: &System, managed: &Store, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    // A registry hands images out; whether it should is no question of data.
    if managed.kind == StoreKind::Images {
        return;
    }
    let Some(public) = &managed.public else {
        // Queues, registries and directories of accounts are services of the provider's own network; a database without a word is not.
        if store.database() || matches!(store.kind, StoreKind::Objects) {
            let question = Question::new(
                format!("who may connect to `{}`: {} has rules that the code does not state", managed.name, managed.product),
                "show its list of allowed addresses, or declare it",
            );
            tally.doubt(&subject, question);
        }
        return;
    };
    match public.known() {
        Some(false) => tally.met(&subject, Evidence::noted(public.at, public.says.clone())),
        None => tally.doubt(&subject, Question::new(public.says.clone(), "state it in the code, or show the setting of what runs")),
        Some(true) if store.kind == StoreKind::Objects || by_policy(managed) => contents(managed, public, &subject, tally),
        Some(true) => addressed(system, managed, public, store, tally),
    }
}

/// Whether a policy opens it, and no address: stores that answer over the provider's own interface.
fn by_policy(managed: &Store) -> bool {
    managed.provider == Provider::Aws && managed.groups.is_empty()
}

/// Contents that anyone may read.
fn contents(managed: &Store, public: &Property<bool>, subject: &Subject, tally: &mut Tally) {
    let seen = Evidence::noted(public.at, public.says.clone());
    match managed.holds {
        Holds::Assets => {
            tally.met(subject, Evidence::noted(public.at, format!("a site's own files are open on purpose ({})", public.says)))
        }
        _ => {
            let gap = Gap::new("public-contents", format!("anyone may read `{}`", managed.name), seen);
            tally.gap(
                &subject.clone().exposed(true),
                gap.severity(Severity::Critical).so("what lies in it is published: names are guessed, listed and sold"),
            );
        }
    }
}

/// A store with an address that the internet can route to: its firewalls decide.
fn addressed(system: &System, managed: &Store, public: &Property<bool>, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    let seen = || Evidence::noted(public.at, public.says.clone());
    if managed.groups.is_empty() {
        let open = managed.provider == Provider::Kubernetes;
        let (kind, says) = match open {
            true => ("open-to-world", format!("a load balancer leads the internet to `{}`", managed.name)),
            false => ("any-network", format!("every network may try to connect to `{}`", managed.name)),
        };
        let gap = Gap::new(kind, says, seen());
        if open {
            tally.gap(&subject.exposed(true), gap.severity(Severity::Critical).so(CONSEQUENCE));
        } else {
            tally.met(&subject, Evidence::noted(managed.at, format!("{} asks for a credential", managed.product)));
            tally.gap(&subject, gap.so("a leaked or guessed credential is all that it takes, from anywhere"));
        }
        return;
    }
    let openings: Vec<&Opening> = system.infrastructure().openings.iter().filter(|o| managed.groups.contains(&o.group)).collect();
    let port = port_of(store.engine.as_deref());
    let covers = |o: &&&Opening| port.is_none_or(|p| o.ports.is_none_or(|(from, to)| (from..=to).contains(&p)));
    let relevant: Vec<&Opening> = openings.iter().filter(covers).copied().collect();
    if let Some(world) = relevant.iter().find(|o| o.sources.contains(&TrafficSource::World)) {
        if private_subnets(system, managed) {
            let gap = Gap::new(
                "public-address",
                format!("`{}` asks for a public address, and only its subnets keep it inside", managed.name),
                seen(),
            );
            tally.met(&subject, Evidence::noted(managed.at, "its subnets have no way in from the internet"));
            tally.gap(
                &subject,
                gap.and(Evidence::noted(world.at, world.says.clone())).so("a change of the network opens the database to everyone"),
            );
            return;
        }
        let gap = Gap::new(
            "open-to-world",
            format!("`{}` has a public address and its firewall admits everyone", managed.name),
            Evidence::noted(world.at, world.says.clone()),
        );
        tally.gap(&subject.exposed(true), gap.and(seen()).severity(Severity::Critical).so(CONSEQUENCE));
        return;
    }
    let unknown = managed.groups.iter().find(|g| !known(system, g, managed));
    let unresolved = relevant.iter().find(|o| o.ports_unresolved || o.sources.iter().any(|s| matches!(s, TrafficSource::Unresolved(_))));
    if let Some(opening) = unresolved {
        tally.doubt(
            &subject,
            Question::new(format!("who may connect to `{}`: {}", managed.name, opening.says), "state the addresses in the code"),
        );
        return;
    }
    if let Some(group) = unknown {
        let question = Question::new(
            format!("whom the firewall of `{}` admits: it has a public address, and {group} is not declared here", managed.name),
            "declare the firewall beside the database, or take its public address away",
        );
        tally.doubt(&subject, question);
        return;
    }
    tally.met(&subject, Evidence::noted(public.at, format!("{}; its firewall names who may connect", public.says)));
    if let Some((opening, says)) = relevant.iter().find_map(|o| Some((o, broad(o)?))) {
        let gap = Gap::new(
            "broad-allow-list",
            format!("the firewall of `{}` admits {says}", managed.name),
            Evidence::noted(opening.at, opening.says.clone()),
        );
        tally.gap(&subject, gap.so("far more machines than the system's own may try its credentials"));
    }
}

/// Whether a firewall is one whose rules the code states: a resource, or the store's own.
fn known(system: &System, group: &str, managed: &Store) -> bool {
    let resource = group.contains("aws_security_group.") && !group.contains("${");
    let own = group == managed.name || system.infrastructure().stores.iter().any(|s| s.name == group);
    resource || own || group.contains("azurerm_") && !group.contains("${")
}

fn private_subnets(system: &System, managed: &Store) -> bool {
    let named = |name: &String| system.infrastructure().subnets.iter().find(|s| &s.name == name);
    !managed.subnets.is_empty() && managed.subnets.iter().all(|n| named(n).is_some_and(|s| s.public.off()))
}

/// What makes a rule broad, in words.
fn broad(opening: &Opening) -> Option<String> {
    opening.sources.iter().find_map(|source| match source {
        TrafficSource::ProviderList(list) => Some(list.clone()),
        TrafficSource::Addresses(range) => {
            let prefix: u8 = range.rsplit_once('/')?.1.parse().ok()?;
            (prefix < BROAD && !range.contains(':')).then(|| range.clone())
        }
        _ => None,
    })
}

/// The port that an engine listens on.
fn port_of(engine: Option<&str>) -> Option<u16> {
    let engine = engine?;
    [
        ("postgres", 5432),
        ("aurora-postgresql", 5432),
        ("mysql", 3306),
        ("mariadb", 3306),
        ("aurora-mysql", 3306),
        ("sqlserver", 1433),
        ("oracle", 1521),
        ("redshift", 5439),
    ]
    .iter()
    .find(|(e, _)| engine.starts_with(e))
    .map(|(_, port)| *port)
}
