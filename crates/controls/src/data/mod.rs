//! Data.

pub(crate) mod clients;
mod connection_pooling;
mod database_monitoring;
mod deployed_datastore_used;
mod encryption_at_rest;
mod encryption_in_transit;
mod managed_database;
mod not_publicly_reachable;
mod persistent_storage;
mod read_replicas;
mod versioned_migrations;

use plimsoll_base::{Evidence, Question, Subject, Tally};
use plimsoll_model::container::{Mount, MountSource};
use plimsoll_model::estate::{Holds, Store};
use plimsoll_model::{Covers, Datastore, ExternalStore, RunBy, Service, System};

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    persistent_storage::CONTROL,
    deployed_datastore_used::CONTROL,
    managed_database::CONTROL,
    versioned_migrations::CONTROL,
    connection_pooling::CONTROL,
    encryption_at_rest::CONTROL,
    encryption_in_transit::CONTROL,
    read_replicas::CONTROL,
    not_publicly_reachable::CONTROL,
    database_monitoring::CONTROL,
];

/// Databases in which the system keeps its data; what can be made again (locks of Terraform, copies) is left out.
fn databases(system: &System) -> Vec<Datastore<'_>> {
    let kept = |d: &Datastore<'_>| !matches!(d.run_by, RunBy::Managed(s) if s.holds == Holds::Derived);
    system.datastores().into_iter().filter(|d| d.database() && kept(d)).collect()
}

/// Why there is no database to judge.
fn no_database(system: &System) -> Evidence {
    match system.datastores().first() {
        Some(first) => Evidence::noted(first.at, format!("`{}` is no database, and nothing else keeps data", first.name)),
        None => Evidence::sought("database, declared or led to by a variable or a driver", system.deployment_scope()),
    }
}

/// Where the data of a container lies: its first mount that is written to and is no file handed in.
fn volume(service: &Service) -> Option<&Mount> {
    let kept = |m: &&Mount| {
        !m.read_only
            && match &m.source {
                MountSource::Volume(_) => true,
                // What lies in the tree is handed in: an initial schema, a configuration; but not where the engine keeps its data.
                MountSource::Host { in_tree, exists, .. } => !(*in_tree && *exists) || keeps(&m.target),
                _ => false,
            }
            && !m.target.contains("docker-entrypoint-initdb")
            && !m.target.ends_with(".conf")
            && !m.target.ends_with(".sock")
    };
    service.mounts.iter().find(kept)
}

/// Where the images of engines keep their data, by their own pages.
const DATA_FOLDERS: &[&str] = &[
    "/var/lib/postgresql",
    "/var/lib/mysql",
    "/var/opt/mssql",
    "/data/db",
    "/var/lib/clickhouse",
    "/var/lib/cassandra",
    "/usr/share/elasticsearch/data",
    "/usr/share/opensearch/data",
    "/bitnami",
];

/// Whether a path of a container is, or lies in, the folder of an engine's data.
fn keeps(target: &str) -> bool {
    DATA_FOLDERS.iter().any(|folder| target.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// A backup that runs by itself and is of this store.
fn backed_up(system: &System, store: &Datastore<'_>) -> Option<Evidence> {
    let live = |p: &&plimsoll_model::estate::BackupPlan| p.runs.on() && p.schedule.as_ref().is_some_and(|s| s.known().is_some());
    let plan = system.backups().iter().filter(live).find(|p| store.covered_by(system, p) == Covers::Yes)?;
    Some(Evidence::noted(plan.at, format!("`{}` backs it up with {}", plan.name, plan.tool)))
}

/// Kinds of resources that keep data, of tools whose resources are read in outline only.
const OUTLINED: &[&str] = &[
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::DynamoDB::Table",
    "AWS::DynamoDB::GlobalTable",
    "AWS::Serverless::SimpleTable",
    "AWS::DocDB::DBCluster",
    "AWS::Neptune::DBCluster",
    "AWS::Redshift::Cluster",
    "Microsoft.DBforPostgreSQL/flexibleServers",
    "Microsoft.DBforMySQL/flexibleServers",
    "Microsoft.Sql/servers/databases",
    "Microsoft.DocumentDB/databaseAccounts",
];

/// Databases that infrastructure code declares and that are read in outline only, so that nothing is known of their settings.
fn outlined(system: &System) -> Vec<&plimsoll_model::iac::Resource> {
    let told = |r: &plimsoll_model::iac::Resource| system.infrastructure().stores.iter().any(|s| s.at == r.at);
    let resources = system.roots().into_iter().flat_map(|root| &root.resources);
    resources.filter(|r| OUTLINED.iter().any(|k| r.kind.starts_with(k)) && !told(r)).collect()
}

/// What is asked of databases that are read in outline only.
fn ask_of_outlined(system: &System, what: &str, tally: &mut Tally) {
    for resource in outlined(system) {
        let question = Question::new(
            format!("{what} `{}` ({}, {}): its settings are not read", resource.name, resource.kind, system.path_at(resource.at)),
            "show the settings of what runs",
        );
        tally.doubt(&Subject::named(&resource.name), question);
    }
}

/// The managed store, where a provider runs it.
fn managed<'a>(store: &Datastore<'a>) -> Option<&'a Store> {
    match store.run_by {
        RunBy::Managed(managed) => Some(managed),
        _ => None,
    }
}

/// Whether an external store belongs to a provider that runs nothing but its own service for others: Firebase, Convex.
fn hosted_by_nature(external: &ExternalStore) -> bool {
    external.engine.as_deref() == Some("hosted") && ["firebase", "convex"].iter().any(|w| external.says.contains(w))
}
