//! Datastores: every place where the assessed deployment keeps data, whoever runs it.

use plimsoll_base::{Location, Subject};
use plimsoll_facts::infrastructure::{Holds, Store, StoreKind};

use crate::service::{Service, ServiceKind};
use crate::system::System;

/// A place where the system keeps data.
#[derive(Clone, Debug)]
pub struct Datastore<'a> {
    /// Its stable name: the resource's address, or the service's name.
    pub name: String,
    /// Where it is declared.
    pub at: Location,
    /// What it is.
    pub kind: StoreKind,
    /// What runs in it, as far as known: `postgres`, `redis`.
    pub engine: Option<String>,
    /// Who runs it.
    pub run_by: RunBy<'a>,
}

/// Who runs a datastore.
#[derive(Clone, Copy, Debug)]
pub enum RunBy<'a> {
    /// A provider, or an operator in the cluster.
    Managed(&'a Store),
    /// The system itself, as a service of the deployment.
    Container(&'a Service),
}

impl Datastore<'_> {
    /// As the subject of a judgement.
    pub fn subject(&self) -> Subject {
        Subject::named(&self.name)
    }
    /// Whether losing it loses nothing that cannot be made again: caches, indexes, images, assets, logs.
    pub fn derived(&self) -> bool {
        match self.run_by {
            RunBy::Managed(store) => {
                matches!(store.kind, StoreKind::Cache | StoreKind::Search | StoreKind::Messages | StoreKind::Images)
                    || !matches!(store.holds, Holds::Data | Holds::State)
            }
            RunBy::Container(service) => matches!(service.kind, ServiceKind::Cache | ServiceKind::Broker),
        }
    }
    /// Whether it is a database in the narrow sense: queried, not a bucket, a disk or a queue.
    pub fn database(&self) -> bool {
        matches!(self.kind, StoreKind::Relational | StoreKind::NonRelational | StoreKind::Warehouse)
    }
}

impl System {
    /// Every datastore of the assessed deployment: what providers run first, then what the deployment runs itself.
    pub fn datastores(&self) -> Vec<Datastore<'_>> {
        let managed = self.infrastructure().stores.iter().map(|store| Datastore {
            name: store.name.clone(),
            at: store.at,
            kind: store.kind,
            engine: store.engine.as_ref().and_then(|e| e.known()).cloned(),
            run_by: RunBy::Managed(store),
        });
        let own = self.services().iter().filter_map(|service| {
            let kind = match service.kind {
                ServiceKind::Datastore => kind_of(service.engine),
                ServiceKind::Cache => StoreKind::Cache,
                ServiceKind::Broker => StoreKind::Messages,
                _ => return None,
            };
            let engine = service.engine.map(str::to_owned);
            Some(Datastore { name: service.name.clone(), at: service.at, kind, engine, run_by: RunBy::Container(service) })
        });
        managed.chain(own).collect()
    }
}

fn kind_of(engine: Option<&str>) -> StoreKind {
    match engine {
        Some("postgres" | "mysql" | "mariadb" | "sqlserver" | "sqlite" | "distributed-sql") => StoreKind::Relational,
        Some("elasticsearch" | "search") => StoreKind::Search,
        Some("object-storage") => StoreKind::Objects,
        Some("clickhouse") => StoreKind::Warehouse,
        _ => StoreKind::NonRelational,
    }
}
