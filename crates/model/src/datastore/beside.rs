//! Stores that no declaration lists: those outside the deployment, and those within its services.

use plimsoll_base::Location;
use plimsoll_facts::container::{Runtime, ValueSource, Variable};
use plimsoll_facts::infrastructure::StoreKind;
use plimsoll_facts::packages::Package;
use plimsoll_facts::repository::MarkKind;
use plimsoll_facts::technology::{Capability, Sign, SignSource, engine_of_technology};

use super::connection::{Connection, connection, local, provider};
use super::embedded::{EmbeddedStore, embedded};
use super::volume::{VolumeStore, volumes};
use super::{Datastore, RunBy, declared, kind_of};
use crate::service::{Service, ServiceKind};
use crate::system::System;
use crate::variable::is_shipped_to_clients;

/// A store outside the deployment, which code or a variable names.
#[derive(Clone, Debug)]
pub struct ExternalStore {
    /// Its stable name: the variable that leads to it, or the driver.
    pub name: String,
    /// Where it is named.
    pub at: Location,
    /// What it is.
    pub kind: StoreKind,
    /// What runs in it, as far as known.
    pub engine: Option<String>,
    /// Its host, where it is written.
    pub host: Option<String>,
    /// Who runs it, where the host tells: `Supabase`.
    pub provider: Option<&'static str>,
    /// What names it, in words.
    pub says: String,
    /// The service that uses it.
    pub service: String,
}

/// What no declaration lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    pub(crate) external: Vec<ExternalStore>,
    pub(crate) embedded: Vec<EmbeddedStore>,
    pub(crate) volumes: Vec<VolumeStore>,
}

impl System {
    /// What no declaration lists, looked for once.
    pub(super) fn beside(&self) -> &Beside {
        self.beside.get_or_init(|| beside(self))
    }
}

/// A variable that leads a service to a store.
pub(super) struct Lead<'a> {
    pub(super) variable: &'a Variable,
    pub(super) connection: Connection,
    /// Whether its value is known, at least in part.
    pub(super) known: bool,
}

/// The variables by which a service finds its stores.
pub(super) fn leads(service: &Service) -> Vec<Lead<'_>> {
    let read = |v: &'_ Variable| {
        let value = text(&v.value);
        let found = connection(&v.name, value)?;
        Some((found, value.is_some()))
    };
    service.environment.iter().filter_map(|v| read(v).map(|(connection, known)| Lead { variable: v, connection, known })).collect()
}

/// A variable's value as far as it is written.
pub(crate) fn text(value: &ValueSource) -> Option<&str> {
    match value {
        ValueSource::Literal(text) | ValueSource::EnvFile { value: text, .. } => Some(text),
        ValueSource::Interpolated { resolved: Some(text), .. } => Some(text),
        ValueSource::Interpolated { raw, .. } => {
            Some(raw).filter(|r| !r.starts_with("${") || r.matches('$').count() > 1).map(String::as_str)
        }
        _ => None,
    }
}

/// Services of the system that may use a store: what keeps, watches or forwards is none.
fn users(system: &System) -> impl Iterator<Item = &Service> {
    let other = |kind| {
        matches!(kind, ServiceKind::Datastore | ServiceKind::Cache | ServiceKind::Broker | ServiceKind::Monitoring | ServiceKind::Proxy)
    };
    system.owned().filter(move |s| !s.helper() && !other(s.kind))
}

pub(crate) fn beside(system: &System) -> Beside {
    let declared = declared(system);
    let mut found = Beside::default();
    let networked = |found: &Beside| {
        declared.iter().any(|d| d.database() && d.kind != StoreKind::Warehouse) || found.external.iter().any(|e| database(e.kind))
    };
    for service in users(system) {
        let leads = leads(service);
        for lead in &leads {
            if let Some(store) = outside(system, service, lead, &declared) {
                let known = found.external.iter().any(|e| {
                    e.name == store.name || e.engine == store.engine && (e.host == store.host || store.host.is_none() || e.host.is_none())
                });
                if !known {
                    found.external.push(store);
                }
            }
        }
        let store = embedded(system, service, &leads, networked(&found));
        if let Some(store) = store.filter(|s| !found.embedded.iter().any(|e| e.path == s.path && e.at == s.at)) {
            found.embedded.push(store);
        }
        let led = leads.iter().any(|l| database(kind_of(l.connection.engine)) && l.connection.engine != Some("sqlite"));
        if !led && !networked(&found) && found.embedded.is_empty() {
            found.external.extend(needed(system, Some(service)));
        }
    }
    // What runs may be known by an image alone, and its code by none of its folders: the repository's own drivers still tell the need.
    if system.owned().next().is_some() && !networked(&found) && found.embedded.is_empty() {
        found.external.extend(needed(system, None));
    }
    found.volumes = volumes(system, &found.embedded);
    found
}

fn database(kind: StoreKind) -> bool {
    matches!(kind, StoreKind::Relational | StoreKind::NonRelational | StoreKind::Warehouse)
}

/// Whether one engine answers for another.
fn same(a: &str, b: &str) -> bool {
    let family = |e: &str| match e {
        "mariadb" | "aurora-mysql" | "aurora" => "mysql".to_owned(),
        "aurora-postgresql" | "distributed-sql" | "cockroachdb" => "postgres".to_owned(),
        "valkey" => "redis".to_owned(),
        other => other.split(['-', ':']).next().unwrap_or(other).replace("postgresql", "postgres"),
    };
    family(a) == family(b)
}

/// The store that a variable leads to, if it lies outside of everything that is declared.
fn outside(system: &System, service: &Service, lead: &Lead<'_>, declared: &[Datastore<'_>]) -> Option<ExternalStore> {
    let Connection { engine, host, .. } = &lead.connection;
    if *engine == Some("sqlite") && host.is_none() {
        return None;
    }
    let kind = engine.map_or(StoreKind::Relational, |e| kind_of(Some(e)));
    let answers = |d: &Datastore<'_>| match (engine, d.engine.as_deref()) {
        (Some(e), Some(own)) => same(e, own),
        (Some(_), None) => d.kind == kind,
        (None, _) => database(d.kind),
    };
    let provided = host.as_deref().and_then(provider);
    match host.as_deref() {
        // The machine itself: whoever runs it there, the deployment does not say.
        Some(host) if local(host) => return None,
        Some(_) if provided.is_some() && declared.iter().any(|d| matches!(d.run_by, RunBy::Managed(_)) && answers(d)) => return None,
        Some(_) if provided.is_some() => {}
        Some(host) if names_a_service(system, host) => return None,
        // A name without a domain is another container's, or an alias of one.
        Some(host) if !host.contains('.') && declared.iter().any(answers) => return None,
        Some(_) => {}
        None if declared.iter().any(answers) => return None,
        None => {}
    }
    let says = match (host, lead.known) {
        (Some(host), _) => format!("{} leads to {host}", lead.variable.name),
        (None, _) => format!("{} is set outside the repository", lead.variable.name),
    };
    let provider = provided.or_else(|| templated(system, &lead.variable.name));
    Some(ExternalStore {
        name: lead.variable.name.clone(),
        at: lead.variable.at,
        kind,
        engine: engine.map(str::to_owned),
        host: host.clone(),
        provider,
        says,
        service: service.name.clone(),
    })
}

/// Whether a host is a service of the deployment: its name alone, or within its namespace.
fn names_a_service(system: &System, host: &str) -> bool {
    let first = host.split('.').next().unwrap_or(host);
    let inner = !host.contains('.') || host.ends_with(".local") || host.contains(".svc");
    inner && system.services().iter().any(|s| s.name == first || s.name.rsplit('/').next() == Some(first))
}

/// The provider that a template of an env file names for a variable: a real host is not filled in, its form is.
fn templated(system: &System, name: &str) -> Option<&'static str> {
    let entries = system.env_files().iter().flat_map(|f| &f.entries).filter(|e| e.name == name);
    entries.filter_map(|e| connection(name, Some(&e.value))?.host).find_map(|host| provider(&host))
}

/// Clients of databases that name no engine: what they talk to is set where they run.
const CLIENTS: &[&str] = &["@prisma/client", "drizzle-orm", "typeorm", "sequelize", "sqlmodel"];

/// A database that the code needs and no declaration provides: a driver, a client or a schema of a service, or of the product as a whole
/// where no service is given.
fn needed(system: &System, service: Option<&Service>) -> Option<ExternalStore> {
    let packages: Vec<&Package> = match service {
        Some(service) => service.packages(system),
        None => system.packages().iter().filter(|p| p.product).collect(),
    };
    let owns = |path: &str| service.is_none_or(|s| s.owns_file(system, path));
    let of_service = |sign: &&Sign| match &sign.source {
        SignSource::Dependency { manifest, dev: false } => packages.iter().any(|p| &p.path == manifest),
        _ => false,
    };
    let engine = |s: &Sign| engine_of_technology(&s.technology);
    let drivers: Vec<&Sign> = system.signs_of(Capability::Datastore).filter(of_service).collect();
    let driver =
        drivers.iter().find(|s| !matches!(engine(s), Some("sqlite" | "object-storage" | "hosted" | "search" | "elasticsearch") | None));
    let hosted = drivers.iter().find(|s| engine(s) == Some("hosted"));
    let variable = variable(system, service);
    let schema = system.marks().iter().find(|m| m.kind == MarkKind::NamesDatabase && owns(&m.path));
    let client = packages.iter().flat_map(|p| &p.dependencies).find(|d| !d.dev && CLIENTS.contains(&d.name.as_str()));
    let (at, engine, what) = match (schema, driver, client, hosted) {
        (Some(schema), ..) => (schema.at, Some(schema_engine(&schema.says)), format!("the schema names {}", schema.says)),
        (None, Some(driver), ..) => (driver.at, engine(driver), driver.says.clone()),
        (None, None, Some(client), _) if variable.is_some() => (client.at, None, client.name.clone()),
        (None, None, _, Some(hosted)) => {
            // A variable for a database of another kind says that the hosted backend is not all there is.
            let other = variable.as_deref().is_some_and(|v| !["SUPABASE", "FIREBASE", "CONVEX", "APPWRITE"].iter().any(|w| v.contains(w)));
            (hosted.at, if other { None } else { Some("hosted") }, hosted.says.clone())
        }
        _ => return None,
    };
    // A driver alone may be what is left of an experiment where the declaration lists every variable and none leads anywhere.
    let listed =
        service.is_some_and(|s| s.runtime != Runtime::Platform && s.runtime != Runtime::Process && s.env_files.iter().all(|e| e.exists));
    if listed && variable.is_none() && schema.is_none() && engine != Some("hosted") {
        return None;
    }
    let kind = engine.map_or(StoreKind::Relational, |e| if e == "hosted" { StoreKind::NonRelational } else { kind_of(Some(e)) });
    let provider = variable.as_deref().and_then(|v| templated(system, v));
    let name = variable.unwrap_or_else(|| engine.filter(|e| *e != "hosted").unwrap_or("database").to_owned());
    let service = service.map_or_else(|| "the system".to_owned(), |s| s.name.clone());
    let says = format!("{what}, and no declaration provides it");
    Some(ExternalStore { name, at, kind, engine: engine.map(str::to_owned), host: None, provider, says, service })
}

/// The variable that leads to a database, read by the sources or named by a template; the plainest name goes first.
fn variable(system: &System, service: Option<&Service>) -> Option<String> {
    let read: Vec<&str> = match service {
        Some(service) => service.env_reads(system).iter().map(|r| r.name.as_str()).collect(),
        None => system.env_reads().iter().map(|r| r.name.as_str()).collect(),
    };
    let templates =
        system.env_files().iter().filter(|f| f.template).flat_map(|f| &f.entries).filter(|e| !e.commented).map(|e| e.name.as_str());
    let leads = |name: &&str| {
        let database = |c: Connection| c.engine.is_none_or(|e| database(kind_of(Some(e))));
        !is_shipped_to_clients(name) && connection(name, None).is_some_and(database)
    };
    read.into_iter().chain(templates).filter(leads).min_by_key(|n| (!n.starts_with("DATABASE_"), n.len(), n.to_string())).map(str::to_owned)
}

fn schema_engine(provider: &str) -> &'static str {
    match provider {
        "mysql" => "mysql",
        "mongodb" => "mongodb",
        "sqlserver" => "sqlserver",
        "cockroachdb" => "cockroachdb",
        _ => "postgres",
    }
}
