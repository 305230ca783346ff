//! Images and engines by the product that they are in the end-of-life table.

use super::end_of_life::{named_cycle, numbers_of};

/// Repositories of images with their product, by the path without the registry.
#[rustfmt::skip]
const IMAGES: &[(&str, &str)] = &[
    ("adoptopenjdk", "java"), ("almalinux", "almalinux"), ("alpine", "alpine"), ("amazoncorretto", "java"),
    ("amazonlinux", "amazonlinux"), ("azul/zulu-openjdk", "java"), ("azul/zulu-openjdk-alpine", "java"), ("azul/zulu-openjdk-debian", "java"),
    ("bellsoft/liberica-openjdk-alpine", "java"), ("bellsoft/liberica-runtime-container", "java"),
    ("bitnami/elasticsearch", "elasticsearch"), ("bitnami/grafana", "grafana"), ("bitnami/kafka", "kafka"), ("bitnami/keycloak", "keycloak"),
    ("bitnami/mariadb", "mariadb"), ("bitnami/memcached", "memcached"), ("bitnami/mongodb", "mongodb"), ("bitnami/mysql", "mysql"),
    ("bitnami/nginx", "nginx"), ("bitnami/node", "node"), ("bitnami/postgresql", "postgres"), ("bitnami/python", "python"),
    ("bitnami/rabbitmq", "rabbitmq"), ("bitnami/redis", "redis"), ("bitnami/valkey", "valkey"),
    ("bitnamilegacy/mariadb", "mariadb"), ("bitnamilegacy/mongodb", "mongodb"), ("bitnamilegacy/mysql", "mysql"),
    ("bitnamilegacy/postgresql", "postgres"), ("bitnamilegacy/rabbitmq", "rabbitmq"), ("bitnamilegacy/redis", "redis"),
    ("cassandra", "cassandra"), ("centos", "centos"), ("circleci/node", "node"), ("circleci/python", "python"), ("cimg/go", "go"), ("cimg/node", "node"),
    ("cimg/openjdk", "java"), ("cimg/php", "php"), ("cimg/postgres", "postgres"), ("cimg/python", "python"), ("cimg/ruby", "ruby"),
    ("clickhouse/clickhouse-server", "clickhouse"), ("debian", "debian"), ("dotnet/aspnet", "dotnet"), ("dotnet/core/aspnet", "dotnet"),
    ("dotnet/core/runtime", "dotnet"), ("dotnet/core/sdk", "dotnet"), ("dotnet/runtime", "dotnet"), ("dotnet/runtime-deps", "dotnet"),
    ("dotnet/sdk", "dotnet"), ("eclipse-temurin", "java"), ("elasticsearch", "elasticsearch"), ("elasticsearch/elasticsearch", "elasticsearch"),
    ("elixir", "elixir"), ("golang", "go"), ("grafana/grafana", "grafana"), ("grafana/grafana-oss", "grafana"), ("haproxy", "haproxy"),
    ("httpd", "httpd"), ("keycloak/keycloak", "keycloak"), ("lambda/nodejs", "node"), ("lambda/python", "python"), ("lambda/ruby", "ruby"),
    ("mariadb", "mariadb"), ("memcached", "memcached"), ("mongo", "mongodb"), ("mongodb/mongodb-community-server", "mongodb"),
    ("mssql/server", "sqlserver"), ("mysql", "mysql"), ("mysql/mysql-server", "mysql"), ("nginx", "nginx"), ("nginx/nginx-unprivileged", "nginx"),
    ("nginxinc/nginx-unprivileged", "nginx"), ("node", "node"), ("openjdk", "java"), ("opensearchproject/opensearch", "opensearch"),
    ("oraclelinux", "oraclelinux"), ("percona", "mysql"), ("pgvector/pgvector", "postgres"), ("php", "php"), ("postgis/postgis", "postgres"),
    ("postgres", "postgres"), ("prom/prometheus", "prometheus"), ("prometheus/prometheus", "prometheus"), ("python", "python"), ("rabbitmq", "rabbitmq"),
    ("redis", "redis"), ("rockylinux", "rockylinux"), ("rockylinux/rockylinux", "rockylinux"), ("ruby", "ruby"),
    ("supabase/postgres", "postgres"), ("timescale/timescaledb", "postgres"), ("timescale/timescaledb-ha", "postgres"), ("tomcat", "tomcat"),
    ("traefik", "traefik"), ("ubi8", "ubi"), ("ubi9", "ubi"), ("ubuntu", "ubuntu"), ("valkey-io/valkey", "valkey"), ("valkey/valkey", "valkey"),
];

/// What an image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageProduct {
    /// The product, as the end-of-life table names it.
    pub product: &'static str,
    /// Its version; empty for `latest`, no tag, and tags that name none.
    pub version: String,
    /// The system beneath it, where the tag names one with a version: `debian`, `11`.
    pub system: Option<(&'static str, String)>,
}

/// The product that an image is, its version, and the system beneath it where the tag names one with a version.
/// None for an image that is no product of the table.
pub fn product_of_image(image: &str) -> Option<ImageProduct> {
    let (name, tag) = parted(image);
    let name = without_registry(name);
    // A mirror keeps the path of what it mirrors; a single name behind somebody's own path is their own image.
    let tail = name.match_indices('/').rev().nth(1).map_or(name, |(i, _)| &name[i + 1..]);
    let found = [name, tail].into_iter().find_map(|n| IMAGES.iter().find(|(known, _)| *known == n));
    let (repository, product) = match found {
        Some((repository, product)) => (*repository, *product),
        None => red_hat(name)?,
    };
    let tag = tag.unwrap_or_default().to_ascii_lowercase();
    let version = match product {
        "postgres" if repository.starts_with("timescale/") || repository.starts_with("pgvector/") => {
            tag.split('-').find_map(|w| w.strip_prefix("pg")).map(|v| numbers_of(v).to_owned()).unwrap_or_default()
        }
        "ubi" if repository.starts_with("ubi") => repository.trim_start_matches("ubi").chars().take_while(char::is_ascii_digit).collect(),
        "java" => java(&tag),
        _ => version_of(product, &tag),
    };
    let system = if matches!(product, "debian" | "ubuntu" | "alpine") { None } else { system_of(&tag) };
    Some(ImageProduct { product, version, system })
}

/// The image's name and its tag.
fn parted(image: &str) -> (&str, Option<&str>) {
    let image = image.trim();
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, None),
    }
}

/// The path of an image: the host and Docker's own `library` left out.
fn without_registry(name: &str) -> &str {
    let path = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':', '$']) || host == "localhost" => path,
        _ => name,
    };
    path.rsplit_once("library/").filter(|(before, _)| before.is_empty() || before.ends_with('/')).map_or(path, |(_, rest)| rest)
}

/// `ubi9/nodejs-20`, `ubi9-minimal`.
fn red_hat(name: &str) -> Option<(&'static str, &'static str)> {
    let root = ["ubi8", "ubi9", "ubi10"].into_iter().find(|root| {
        let rest = name.strip_prefix(root);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '-']))
    })?;
    Some((root, "ubi"))
}

/// The version in a tag: the numbers that it starts with, or the cycle of a name.
pub(super) fn version_of(product: &str, tag: &str) -> String {
    let tag = tag.to_ascii_lowercase();
    let first = tag.split('-').next().unwrap_or(&tag);
    if let Some(cycle) = named_cycle(product, first) {
        return cycle.to_owned();
    }
    let numbers = numbers_of(first);
    // A date or a commit is no version, except where dates are versions.
    let is_date = numbers.len() >= 8 && !numbers.contains('.');
    if is_date { String::new() } else { numbers.to_owned() }
}

/// `8-jre`, `8u402-b06-jre`, `17.0.9_9-jdk`, `openjdk-21`, `jdk-17`, `21-al2023-jdk`.
fn java(tag: &str) -> String {
    let first = tag.split('-').find(|w| w.starts_with(|c: char| c.is_ascii_digit())).unwrap_or_default();
    numbers_of(first.split(['u', '_']).next().unwrap_or(first)).to_owned()
}

/// The system beneath an image that its tag names: `3.12-slim-bookworm`, `20-alpine3.18`, `8.0-jammy`.
fn system_of(tag: &str) -> Option<(&'static str, String)> {
    tag.split('-').skip(1).find_map(|word| {
        if let Some(version) = word.strip_prefix("alpine").filter(|v| v.starts_with(|c: char| c.is_ascii_digit())) {
            return Some(("alpine", numbers_of(version).to_owned()));
        }
        let by_name = ["debian", "ubuntu"].into_iter().find_map(|system| Some((system, named_cycle(system, word)?.to_owned())));
        by_name.or_else(|| Some(("amazonlinux", word.strip_prefix("al").filter(|v| *v == "2023" || *v == "2")?.to_owned())))
    })
}

/// The product and version of a database engine as infrastructure code names it.
pub(super) fn product_of_engine(engine: &str, version: &str) -> Option<(&'static str, String)> {
    let engine = engine.to_ascii_lowercase();
    let product = match engine.as_str() {
        "postgres" | "postgresql" | "aurora-postgresql" => "postgres",
        "mysql" | "aurora-mysql" | "aurora" => "mysql",
        "mariadb" => "mariadb",
        "redis" => "redis",
        "valkey" => "valkey",
        "memcached" => "memcached",
        "mongodb" => "mongodb",
        "rabbitmq" => "rabbitmq",
        "elasticsearch" => "elasticsearch",
        "opensearch" => "opensearch",
        "kafka" => "kafka",
        _ => return None,
    };
    Some((product, numbers_of(version).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A product with its version, and the system below it.
    type Named = (&'static str, String, Option<(&'static str, String)>);

    fn of(image: &str) -> Option<Named> {
        product_of_image(image).map(|p| (p.product, p.version, p.system))
    }
    fn plain(product: &'static str, version: &str) -> Option<Named> {
        Some((product, version.to_owned(), None))
    }

    #[test]
    fn images_are_their_product_and_version() {
        assert_eq!(of("node:20-alpine3.18"), Some(("node", "20".into(), Some(("alpine", "3.18".into())))));
        assert_eq!(of("python:3.10-slim-bullseye"), Some(("python", "3.10".into(), Some(("debian", "11".into())))));
        assert_eq!(of("postgres:15-alpine"), plain("postgres", "15"));
        assert_eq!(of("docker.io/library/postgres:17.5"), plain("postgres", "17.5"));
        assert_eq!(of("public.ecr.aws/docker/library/redis:7"), plain("redis", "7"));
        assert_eq!(of("pgvector/pgvector:pg16"), plain("postgres", "16"));
        assert_eq!(of("postgis/postgis:15-3.4"), plain("postgres", "15"));
        assert_eq!(of("timescale/timescaledb:latest-pg16"), plain("postgres", "16"));
        assert_eq!(of("mcr.microsoft.com/dotnet/aspnet:8.0-jammy"), Some(("dotnet", "8.0".into(), Some(("ubuntu", "22.04".into())))));
        assert_eq!(of("eclipse-temurin:17.0.9_9-jre"), plain("java", "17.0.9"));
        assert_eq!(of("openjdk:8u402-b06-jre"), plain("java", "8"));
        assert_eq!(of("prom/prometheus:v2.47.0"), plain("prometheus", "2.47.0"));
        assert_eq!(of("debian:bookworm-slim"), plain("debian", "12"));
        assert_eq!(of("registry.access.redhat.com/ubi9/ubi-minimal:9.4"), plain("ubi", "9"));
        assert_eq!(of("node:20@sha256:00"), plain("node", "20"));
    }

    #[test]
    fn no_tag_is_no_version_and_other_images_are_none() {
        assert_eq!(of("nginx"), plain("nginx", ""));
        assert_eq!(of("nginx:latest"), plain("nginx", ""));
        assert_eq!(of("nginx:alpine"), plain("nginx", ""));
        assert_eq!(of("ghcr.io/acme/api:1.2.3"), None);
        assert_eq!(of("acme/postgres-backup:15"), None);
        assert_eq!(of("acme/nginx:3.1"), None);
        assert_eq!(of("localhost:5000/node:20"), plain("node", "20"));
        assert_eq!(of("confluentinc/cp-kafka:7.5.0"), None);
    }

    #[test]
    fn engines_are_their_product() {
        assert_eq!(product_of_engine("aurora-mysql", "8.0.mysql_aurora.3.04.0"), Some(("mysql", "8.0".into())));
        assert_eq!(product_of_engine("postgres", "15.4"), Some(("postgres", "15.4".into())));
        assert_eq!(product_of_engine("oracle-ee", "19"), None);
    }
}
