//! Datastores: every place where the assessed deployment keeps data, whoever runs it.

mod beside;
mod connection;
mod embedded;
#[cfg(test)]
mod tests;
mod volume;

use plimsoll_base::{Location, Subject};
use plimsoll_facts::infrastructure::{Holds, Store, StoreKind};

use crate::service::{Service, ServiceKind};
use crate::system::System;

pub(crate) use beside::Beside;
pub use beside::ExternalStore;
pub(crate) use beside::text as written_value;
pub use connection::{Connection, connection};
pub(crate) use embedded::lies;
pub use embedded::{EmbeddedStore, Lies};
pub use volume::VolumeStore;

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
    /// Somebody outside the deployment: the code or a variable names it, nothing here declares it.
    External(&'a ExternalStore),
    /// A service of the system, within its own process: a file of SQLite.
    Embedded(&'a EmbeddedStore),
    /// A service of the system, as files in a volume or a folder of the host.
    Volume(&'a VolumeStore),
}

impl RunBy<'_> {
    /// The word used in output.
    pub fn word(self) -> &'static str {
        match self {
            RunBy::Managed(_) => "managed",
            RunBy::Container(_) => "container",
            RunBy::External(_) => "external",
            RunBy::Embedded(_) => "embedded",
            RunBy::Volume(_) => "volume",
        }
    }
}

impl Datastore<'_> {
    /// As the subject of a judgement.
    pub fn subject(&self) -> Subject {
        Subject::named(&self.name)
    }
    /// Whether losing it loses nothing that cannot be made again: caches, indexes, images, assets, logs.
    pub fn derived(&self) -> bool {
        let by_kind = matches!(self.kind, StoreKind::Cache | StoreKind::Search | StoreKind::Messages | StoreKind::Images);
        match self.run_by {
            RunBy::Managed(store) => by_kind || !matches!(store.holds, Holds::Data | Holds::State),
            RunBy::Container(service) => matches!(service.kind, ServiceKind::Cache | ServiceKind::Broker),
            RunBy::External(_) => by_kind,
            RunBy::Embedded(_) | RunBy::Volume(_) => false,
        }
    }
    /// Whether it is a database in the narrow sense: queried, not a bucket, a disk or a queue.
    pub fn database(&self) -> bool {
        matches!(self.kind, StoreKind::Relational | StoreKind::NonRelational | StoreKind::Warehouse)
    }
}

impl System {
    /// Every datastore of the assessed deployment: what providers run first, then what the deployment runs itself, then what lies
    /// outside of it, within its services, and in their volumes.
    pub fn datastores(&self) -> Vec<Datastore<'_>> {
        let beside = self.beside();
        let mut found = declared(self);
        // A disk that only carries a file of a database is told as that database.
        found.retain(|d| !(d.kind == StoreKind::Disk && beside.embedded.iter().any(|e| e.lies.volume() == Some(&d.name))));
        found.extend(beside.external.iter().map(|e| Datastore {
            name: e.name.clone(),
            at: e.at,
            kind: e.kind,
            engine: e.engine.clone(),
            run_by: RunBy::External(e),
        }));
        found.extend(beside.embedded.iter().map(|e| Datastore {
            name: e.name.clone(),
            at: e.at,
            kind: StoreKind::Relational,
            engine: Some("sqlite".into()),
            run_by: RunBy::Embedded(e),
        }));
        found.extend(beside.volumes.iter().map(|v| Datastore {
            name: v.name.clone(),
            at: v.at,
            kind: StoreKind::Files,
            engine: None,
            run_by: RunBy::Volume(v),
        }));
        found
    }
}

/// The stores that the deployment itself or what it stands on declares.
fn declared(system: &System) -> Vec<Datastore<'_>> {
    let managed = system.infrastructure().stores.iter().map(|store| Datastore {
        name: store.name.clone(),
        at: store.at,
        kind: store.kind,
        engine: store.engine.as_ref().and_then(|e| e.known()).cloned(),
        run_by: RunBy::Managed(store),
    });
    let own = system.services().iter().filter_map(|service| {
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

/// What an engine is.
fn kind_of(engine: Option<&str>) -> StoreKind {
    match engine {
        Some("postgres" | "mysql" | "mariadb" | "sqlserver" | "sqlite" | "distributed-sql" | "cockroachdb" | "oracle") => {
            StoreKind::Relational
        }
        Some("elasticsearch" | "search" | "opensearch") => StoreKind::Search,
        Some("object-storage") => StoreKind::Objects,
        Some("clickhouse") => StoreKind::Warehouse,
        Some("redis" | "valkey" | "memcached") => StoreKind::Cache,
        Some("rabbitmq" | "kafka" | "nats" | "mqtt") => StoreKind::Messages,
        _ => StoreKind::NonRelational,
    }
}
