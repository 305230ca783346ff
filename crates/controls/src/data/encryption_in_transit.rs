//! Are connections to stores, and between hosts, encrypted and verified?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::container::Runtime;
use plimsoll_model::estate::{Holds, Provider, Store, StoreKind};
use plimsoll_model::iac::Resource;
use plimsoll_model::{Datastore, ExternalStore, Leads, Opened, RunBy, Service, System};

use super::clients::users;
use super::hosted_by_nature;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "data/encryption-in-transit", page: include_str!("encryption_in_transit.md"), check };

const READABLE: &str = "whoever is on the way reads and changes what is sent, passwords included";

/// Providers of databases whose documentation says that they refuse connections without TLS.
const REFUSING: &[&str] =
    &["Neon", "MongoDB Atlas", "PlanetScale", "Upstash", "Azure Database", "Azure SQL", "Cosmos DB", "CockroachDB Cloud", "Turso", "Xata"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let opened: Vec<(&Service, Opened)> = users(system).flat_map(|s| system.opened(s).into_iter().map(move |o| (s, o))).collect();
    let in_clear = origins(system, &mut tally);
    for store in system.datastores() {
        match store.run_by {
            // That a provider offers nothing else is no merit beside a connection in clear.
            RunBy::Managed(managed) if in_clear && over_https(managed) => {}
            RunBy::Managed(managed) => provided(system, managed, &store, &mut tally),
            RunBy::Container(service) => container(service, &store, &opened, &mut tally),
            RunBy::External(external) => outside(external, &store, &opened, &mut tally),
            RunBy::Embedded(_) | RunBy::Volume(_) => {
                tally.not_applicable(Evidence::noted(store.at, format!("`{}` is reached through the disk", store.name)));
            }
        }
    }
    tally.finish(|| Evidence::sought("store that is reached over a network", system.deployment_scope()))
}

fn attribute<'r>(resources: &[&'r Resource], store: &str, name: &str) -> Option<&'r plimsoll_base::Sourced<String>> {
    resources.iter().find(|r| store.ends_with(&format!("{}.{}", r.kind, r.name)))?.get(name)
}

/// Whether a store is reached through its provider's interface over HTTPS.
fn over_https(managed: &Store) -> bool {
    let interface = matches!(managed.kind, StoreKind::Objects)
        || managed.kind == StoreKind::Messages && matches!(managed.product, "SQS" | "SNS" | "Pub/Sub" | "Kinesis")
        || ["DynamoDB", "Firestore", "Cosmos", "BigQuery"].iter().any(|p| managed.product.contains(p));
    interface && managed.provider != Provider::Kubernetes
}

/// A store that a provider runs.
fn provided(system: &System, managed: &Store, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    if !matches!(managed.holds, Holds::Data) || matches!(managed.kind, StoreKind::Disk | StoreKind::Images | StoreKind::Accounts) {
        return;
    }
    if over_https(managed) {
        let says = format!("clients of {} speak HTTPS unless they are told otherwise", managed.product);
        tally.met(&subject, Evidence::seen(managed.at, says, Grade::Active));
        return;
    }
    let resources: Vec<&Resource> = system.roots().into_iter().flat_map(|r| &r.resources).collect();
    for (name, on) in [
        ("transit_encryption_enabled", &["true"][..]),
        ("settings.ip_configuration.ssl_mode", &["ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"]),
        ("settings.ip_configuration.require_ssl", &["true"]),
        ("ssl_enforcement_enabled", &["true"]),
    ] {
        let Some(set) = attribute(&resources, &managed.name, name) else { continue };
        let says = format!("{name} = {}", set.value);
        if on.contains(&set.value.as_str()) {
            tally.met(&subject, Evidence::seen(set.at, says, Grade::Active));
        } else {
            let gap = Gap::new("plaintext", format!("`{}` takes connections without TLS", managed.name), Evidence::noted(set.at, says));
            tally.gap(&subject, gap.so(READABLE));
        }
        return;
    }
    if managed.product.contains("ElastiCache") && managed.name.contains("replication_group") {
        let gap = Gap::new(
            "plaintext",
            format!("`{}` takes connections without TLS", managed.name),
            Evidence::noted(managed.at, "transit_encryption_enabled is not set"),
        );
        tally.gap(&subject, gap.so(READABLE));
        return;
    }
    let missing = format!("whether connections to `{}` ({}) are encrypted: neither side says so", managed.name, managed.product);
    tally.doubt(
        &subject,
        Question::new(missing, "enforce TLS on the server (`rds.force_ssl`, `ssl_mode`), and `sslmode=verify-full` in the address"),
    );
}

/// What an address says of encryption: whether it is on, and the words that say so.
fn told(opened: &Opened) -> Option<(bool, &'static str)> {
    let address = opened.address.as_deref()?;
    let words: &[(&str, bool)] = &[
        ("sslmode=verify", true),
        ("sslmode=require", true),
        ("sslmode=disable", false),
        ("sslmode=allow", false),
        ("sslmode=prefer", false),
        ("rediss://", true),
        ("amqps://", true),
        ("mongodb+srv://", true),
        ("ssl=true", true),
        ("tls=true", true),
        ("sslaccept=strict", true),
        ("ssl-mode=REQUIRED", true),
        ("ssl=false", false),
        ("tls=false", false),
    ];
    words.iter().find(|(w, _)| address.contains(w)).map(|(w, on)| (*on, *w))
}

fn judged(opened: &Opened, service: &Service, subject: &Subject, tally: &mut Tally) -> bool {
    match told(opened) {
        Some((true, words)) => {
            tally.met(subject, Evidence::seen(opened.at, format!("`{}` connects with {words}", service.name), Grade::Active))
        }
        Some((false, words)) => {
            let gap = Gap::new("plaintext", format!("`{}` connects with {words}", service.name), Evidence::noted(opened.at, words));
            tally.gap(subject, gap.so(READABLE));
        }
        None => return false,
    }
    true
}

/// A store that the deployment runs itself.
fn container(service: &Service, store: &Datastore<'_>, opened: &[(&Service, Opened)], tally: &mut Tally) {
    if service.runtime == Runtime::Compose {
        tally.not_applicable(Evidence::noted(store.at, format!("`{}` is reached over a network of its own host", store.name)));
        return;
    }
    let subject = store.subject();
    let names =
        |host: &str| host.split('.').next().is_some_and(|first| first == service.name || service.name.rsplit('/').next() == Some(first));
    let reaching = opened.iter().find(|(_, o)| matches!(&o.leads, Leads::Host(host, _) if names(host)));
    match reaching {
        Some((user, client)) if judged(client, user, &subject, tally) => {}
        _ => {
            let missing = format!("whether connections to `{}` are encrypted on their way between machines", store.name);
            tally.doubt(
                &subject,
                Question::new(missing, "show the mesh that encrypts them (mTLS STRICT), or write TLS into address and server"),
            );
        }
    }
}

fn outside(external: &ExternalStore, store: &Datastore<'_>, opened: &[(&Service, Opened)], tally: &mut Tally) {
    let subject = store.subject();
    let leads = |o: &Opened| match &o.leads {
        Leads::Host(host, _) => external.host.as_ref() == Some(host),
        Leads::Variable { name, .. } => *name == external.name,
        _ => false,
    };
    let client = opened.iter().find(|(_, o)| leads(o));
    if let Some((service, client)) = client
        && judged(client, service, &subject, tally)
    {
        return;
    }
    if hosted_by_nature(external) || external.engine.as_deref() == Some("hosted") {
        tally.met(&subject, Evidence::seen(external.at, "its clients speak HTTPS", Grade::Active));
        return;
    }
    match external.provider {
        Some(provider) if REFUSING.contains(&provider) => {
            tally.met(&subject, Evidence::seen(external.at, format!("{provider} refuses connections without TLS"), Grade::Active));
        }
        _ => {
            let missing =
                format!("whether connections to the store behind {} are encrypted: its address is not in the repository", external.name);
            tally.doubt(&subject, Question::new(missing, "write `sslmode=verify-full` where the client is made, or attest it"));
        }
    }
}

/// Distributions that fetch from their origin in clear; whether there is one.
fn origins(system: &System, tally: &mut Tally) -> bool {
    let mut found = false;
    let distributions = system.roots().into_iter().flat_map(|r| &r.resources).filter(|r| r.kind == "aws_cloudfront_distribution");
    for distribution in distributions {
        let policy = distribution.attributes.iter().find(|(n, v)| n.ends_with("origin_protocol_policy") && v.value == "http-only");
        if let Some((_, policy)) = policy {
            let says = format!("`{}` fetches from its origin in clear, over the internet", distribution.name);
            let gap = Gap::new("plaintext-origin", says, Evidence::noted(policy.at, "origin_protocol_policy = http-only"));
            tally.gap(&Subject::named(format!("{}.{}", distribution.kind, distribution.name)), gap.so(READABLE));
            found = true;
        }
    }
    found
}
