//! Versions in infrastructure code: engines of databases and caches, runtimes of functions, clusters.

use plimsoll_base::Sourced;

use super::product::product_of_engine;
use super::versions::Uses;
use crate::iac::{IacRoot, Resource};
use crate::repository::VersionScope::Infrastructure;

/// Adds what the roots say.
pub(super) fn read(uses: &mut Uses, roots: &[IacRoot]) {
    roots.iter().flat_map(|r| &r.resources).for_each(|resource| from_resource(uses, resource));
}

fn from_resource(uses: &mut Uses, resource: &Resource) {
    let kind = resource.kind.to_ascii_lowercase();
    if let Some(engine) = engine(resource, &kind)
        && let Some(version) = attribute(resource, &["engine_version", "engineversion"])
    {
        // A search domain names its engine in the version: `OpenSearch_2.11`, `Elasticsearch_7.10`.
        let (engine, number) = version
            .value
            .split_once('_')
            .filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_alphabetic()))
            .unwrap_or((engine, &version.value));
        if let Some((product, number)) = product_of_engine(engine, number) {
            uses.add(product, &number, version.at, &format!("{engine} {}", version.value), Infrastructure);
        }
        return;
    }
    if kind.contains("lambda") || kind.contains("serverless::function") || kind.contains("function") && kind.starts_with("aws") {
        if let Some(runtime) = attribute(resource, &["runtime"]) {
            uses.add("lambda", &runtime.value, runtime.at, &runtime.value, Infrastructure);
        }
        return;
    }
    let cluster = match () {
        () if kind.contains("eks_cluster") || kind == "aws::eks::cluster" => Some(("eks", &["version"][..])),
        () if kind.contains("kubernetes_cluster") && kind.starts_with("azurerm") => Some(("aks", &["kubernetes_version"][..])),
        () if kind == "google_container_cluster" => Some(("gke", &["min_master_version"][..])),
        () => None,
    };
    if let Some((product, names)) = cluster {
        if let Some(version) = attribute(resource, names) {
            uses.add(product, &version.value, version.at, &format!("{product} {}", version.value), Infrastructure);
        }
        return;
    }
    // `POSTGRES_15`, `MYSQL_8_0`; Azure's flexible servers name the engine in their kind.
    if let Some(version) = attribute(resource, &["database_version"])
        && let Some((engine, number)) = version.value.split_once('_')
        && let Some((product, number)) = product_of_engine(engine, &number.replace('_', "."))
    {
        uses.add(product, &number, version.at, &version.value, Infrastructure);
    } else if let Some((engine, _)) = kind.strip_prefix("azurerm_").and_then(|k| k.split_once('_'))
        && kind.ends_with("server")
        && let Some(version) = attribute(resource, &["version"])
        && let Some((product, number)) = product_of_engine(engine, &version.value)
    {
        uses.add(product, &number, version.at, &format!("{engine} {}", version.value), Infrastructure);
    }
}

/// The engine that a resource names, or that its kind has by default.
fn engine<'a>(resource: &'a Resource, kind: &str) -> Option<&'a str> {
    if let Some(engine) = attribute(resource, &["engine", "engine_type", "enginetype"]) {
        return Some(&engine.value);
    }
    match () {
        () if kind.contains("elasticache") => Some("redis"),
        () if kind.contains("opensearch") => Some("opensearch"),
        () if kind.contains("elasticsearch") => Some("elasticsearch"),
        () => None,
    }
}

/// A literal attribute, whatever the case of its name, at the top or among CloudFormation's properties.
fn attribute<'a>(resource: &'a Resource, names: &[&str]) -> Option<&'a Sourced<String>> {
    let wanted = |name: &str| {
        let name = name.to_ascii_lowercase();
        let plain = name.strip_prefix("properties.").unwrap_or(&name);
        names.contains(&plain)
    };
    resource.attributes.iter().find(|(name, _)| wanted(name)).map(|(_, value)| value)
}
