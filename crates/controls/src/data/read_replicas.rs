//! Can read load and reports go to a replica?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Tally};
use plimsoll_model::estate::StoreKind;
use plimsoll_model::{Datastore, System};

use super::{databases, managed, no_database};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "data/read-replicas", page: include_str!("read_replicas.md"), check };

/// Programs that read whole tables for reports and dashboards of business.
const REPORTING: &[&str] = &["metabase", "superset", "redash", "lightdash", "evidence-dev"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let reader = reader(system);
    let reports = system.services().iter().find(|s| s.image_text().is_some_and(|i| REPORTING.iter().any(|r| i.contains(r))));
    for store in databases(system) {
        let subject = store.subject();
        let replicas = managed(&store).map(|m| m.read_replicas.as_slice()).unwrap_or_default();
        match (replicas.first(), &reader, reports) {
            (Some(replica), Some((at, name)), _) => {
                tally.met(&subject, Evidence::seen(replica.at, replica.value.clone(), Grade::Active));
                tally.met(&subject, Evidence::seen(*at, format!("`{name}` leads the application to it"), Grade::Active));
            }
            (Some(replica), None, _) => {
                tally.met(&subject, Evidence::seen(replica.at, replica.value.clone(), Grade::Declared));
                let sought = Evidence::sought(
                    "variable that leads readers to a replica (…_READ_…, …_REPLICA_…, …_READER_…)",
                    system.deployment_scope(),
                );
                let gap = Gap::new("replica-unused", "no reader is led to the replica", sought);
                tally.gap(&subject, gap.so("it costs what a database costs and takes no load off the first"));
            }
            (None, _, Some(report)) if store.kind == StoreKind::Relational => {
                let proof = Evidence::noted(report.at, format!("`{}` reads for reports", report.name));
                let gap = Gap::new("reports-on-primary", format!("`{}` has no replica to read from", report.name), proof);
                tally.gap(&subject, gap.so("a long report slows every user down"));
            }
            (None, ..) => tally.not_applicable(none(&store)),
        }
    }
    tally.finish(|| no_database(system))
}

/// Why a store needs no replica, as far as the repository shows.
fn none(store: &Datastore<'_>) -> Evidence {
    let says = match managed(store) {
        Some(m) if m.kind != StoreKind::Relational => format!("{} spreads reads by itself", m.product),
        _ => format!("`{}` has no replica, and nothing shows a load of reads that needs one", store.name),
    };
    let at = managed(store).and_then(|m| m.size.as_ref()).map_or(store.at, |s| s.at);
    Evidence::noted(at, says)
}

/// The variable that leads readers to a replica.
fn reader(system: &System) -> Option<(Location, String)> {
    let leads = |name: &str| {
        let parts: Vec<String> = name.split('_').map(str::to_ascii_uppercase).collect();
        let has = |words: &[&str]| parts.iter().any(|p| words.contains(&p.as_str()));
        has(&["REPLICA", "READER", "READONLY", "RO", "READ", "SLAVE"])
            && has(&["DATABASE", "DB", "POSTGRES", "PG", "MYSQL", "MONGO", "SQL", "RDS"])
    };
    let given = system.owned().flat_map(|s| s.environment.iter()).find(|v| leads(&v.name));
    given.map(|v| (v.at, v.name.clone()))
}
