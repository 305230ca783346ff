//! Does a standby take over when a database stops?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::container::Runtime;
use plimsoll_model::estate::Store;
use plimsoll_model::{RunBy, Service, System};

use super::instances::{capacity_of, least};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "availability/database-failover", page: include_str!("database_failover.md"), check };

const CONSEQUENCE: &str = "when it stops, everything stops until a person has restored it";

/// Engines whose nodes find each other and choose a leader by themselves when several are started together.
const CLUSTERED: &[&str] = &["distributed-sql", "cassandra", "scylla", "elasticsearch", "search", "etcd", "couchdb", "clickhouse"];
/// Words of images and commands that join copies of a database into one that fails over.
const JOINED: &[&str] = &[
    "patroni",
    "spilo",
    "repmgr",
    "postgresql-ha",
    "pgpool",
    "stolon",
    "galera",
    "--replset",
    "replica-set",
    "replicaset",
    "group_replication",
    "sentinel",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    for store in system.datastores().into_iter().filter(|d| d.database() && !d.derived()) {
        let subject = store.subject();
        match store.run_by {
            RunBy::Managed(managed) => provided(system, &subject, managed, &mut tally),
            RunBy::Container(service) => own(system, &subject, service, &mut tally),
            RunBy::Embedded(_) => {
                let says = format!("`{}` is a file of one instance: no standby can take over", store.name);
                let proof = Evidence::noted(store.at, "a database within the process");
                tally.gap(&subject, Gap::new("single-instance", says, proof).so(CONSEQUENCE));
            }
            RunBy::External(_) | RunBy::Volume(_) => {
                let missing = format!("whether a standby takes over for `{}`: it is run elsewhere", store.name);
                tally.doubt(&subject, Question::new(missing, "show the provider's setting, or attest it"));
            }
        }
    }
    tally.finish(|| Evidence::sought("database", system.deployment_scope()))
}

fn provided(system: &System, subject: &Subject, store: &Store, tally: &mut Tally) {
    let Some(failover) = &store.failover else {
        let missing = format!("whether a standby takes over for {} `{}`", store.product, store.name);
        tally.doubt(subject, Question::new(missing, "show the setting, or attest it"));
        return;
    };
    match failover.known() {
        Some(true) => tally.met(subject, Evidence::seen(failover.at, format!("{}: {}", store.product, failover.says), Grade::Active)),
        Some(false) => {
            let says = format!("no standby takes over for {} `{}`", store.product, store.name);
            let mut gap = Gap::new("single-instance", says, Evidence::noted(failover.at, failover.says.clone())).so(CONSEQUENCE);
            if let Some(replica) = store.read_replicas.first() {
                tally.met(
                    subject,
                    Evidence::seen(replica.at, format!("a replica can be promoted by hand: {}", replica.value), Grade::Declared),
                );
                gap.kind = "manual-promotion";
                gap.says = format!("a person has to promote the replica of {} `{}`", store.product, store.name);
            }
            tally.gap(subject, gap);
        }
        None => {
            let missing = format!("whether a standby takes over for `{}`: {} ({})", store.name, failover.says, system.path_at(failover.at));
            tally.doubt(subject, Question::new(missing, "give the variable a value in the repository, or attest it"));
        }
    }
}

fn own(system: &System, subject: &Subject, service: &Service, tally: &mut Tally) {
    let name = &service.name;
    let number = least(service, capacity_of(system, service));
    let words = [&service.command, &service.entrypoint].into_iter().flatten().map(|c| c.value.join(" "));
    let text = format!("{} {}", service.image_text().unwrap_or_default(), words.collect::<Vec<_>>().join(" ")).to_ascii_lowercase();
    let joined = JOINED.iter().find(|w| text.contains(**w)).copied();
    let clustered = service.engine.filter(|e| CLUSTERED.contains(e));
    let Some(n) = number.known().copied() else {
        let missing = format!("how many instances of `{name}` run: {} ({})", number.says, system.path_at(number.at));
        tally.doubt(subject, Question::new(missing, "state the number in the repository"));
        return;
    };
    // Members that stand as services of their own are counted together.
    let kin = system.services().iter().filter(|s| s.engine == service.engine && s.engine.is_some()).count();
    let members = u32::try_from(kin).unwrap_or(u32::MAX).max(n);
    match (members, joined.or(clustered)) {
        (2.., Some(how)) if service.runtime != Runtime::Compose => {
            tally.met(subject, Evidence::seen(number.at, format!("{members} members of `{name}` choose a leader ({how})"), Grade::Active));
            if members == 2 && clustered.is_some() {
                let says = format!("two members of `{name}` have no majority when one is lost");
                tally.gap(subject, Gap::new("no-majority", says, Evidence::noted(number.at, number.says.clone())).so(CONSEQUENCE));
            }
        }
        (2.., Some(how)) => {
            tally.met(subject, Evidence::seen(service.at, format!("{members} members of `{name}` choose a leader ({how})"), Grade::Active));
            let says = format!("every member of `{name}` stands on one host");
            tally.gap(subject, Gap::new("one-host", says, Evidence::noted(service.at, "Compose runs them on one host")).so(CONSEQUENCE));
        }
        (2.., None) if n > 1 => {
            let says = format!("{n} copies of `{name}` are started, and nothing joins them: each keeps data of its own");
            tally.gap(subject, Gap::new("unjoined-copies", says, Evidence::noted(number.at, number.says.clone())).so(CONSEQUENCE));
        }
        _ => {
            let says = format!("one instance of `{name}` runs, and no standby takes over");
            tally.gap(
                subject,
                Gap::new("single-instance", says, Evidence::noted(service.at, format!("`{name}` is declared once"))).so(CONSEQUENCE),
            );
        }
    }
}
