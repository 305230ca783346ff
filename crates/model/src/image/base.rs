//! What is known of public base images: how much they carry, as whom they start, which tools they hold.
//!
//! Facts about other people's images age slowly; they are part of the ruleset.

use super::name::ImageName;

/// How much a base image carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// What a program needs at run time.
    Small,
    /// A whole system, or a runtime with the usual build tools.
    Full,
    /// The tools that compile a program.
    Sdk,
    /// Large for a reason: models, browsers, graphics drivers.
    Special,
    /// Not known.
    Unknown,
}

/// As whom the program of a base image runs when nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefaultUser {
    /// Not root.
    Unprivileged,
    /// Root at first; the image's own entrypoint changes to another user.
    Drops,
    /// A root master with workers of another user.
    RootMaster,
    /// Root.
    Root,
    /// Not known.
    Unknown,
}

/// Repositories whose image is a compiler or a build tool whatever the tag says.
const SDKS: &[&str] = &[
    "golang",
    "rust",
    "maven",
    "gradle",
    "gcc",
    "buildpack-deps",
    "composer",
    "haskell",
    "clojure",
    "hexpm/elixir",
    "elixir",
    "erlang",
    "swift",
    "openjdk",
    "eclipse-temurin",
    "amazoncorretto",
    "ibmjava",
    "sapmachine",
    "azul/zulu-openjdk",
    "bellsoft/liberica-openjdk-debian",
    "bellsoft/liberica-openjdk-alpine",
    "dotnet/sdk",
    "dotnet/core/sdk",
    "openjdk/jdk",
    "graalvm/jdk-community",
    "graalvm/native-image-community",
    "sbtscala/scala-sbt",
    "emscripten/emsdk",
    "dart",
    "cimg/go",
    "cimg/openjdk",
];
/// Whole systems, and language images that bring compilers unless their tag says otherwise.
const FULL: &[&str] = &[
    "node",
    "python",
    "ruby",
    "php",
    "perl",
    "pypy",
    "ubuntu",
    "debian",
    "centos",
    "fedora",
    "rockylinux",
    "almalinux",
    "amazonlinux",
    "oraclelinux",
    "opensuse/leap",
    "archlinux",
    "oven/bun",
    "r-base",
    "julia",
    "tiangolo/uvicorn-gunicorn-fastapi",
    "tiangolo/uvicorn-gunicorn",
    "ubi8",
    "ubi9",
    "ubi8/ubi",
    "ubi9/ubi",
    "ubi",
    "tomcat",
    "dunglas/frankenphp",
    "phusion/baseimage",
    "continuumio/miniconda3",
    "continuumio/anaconda3",
];
/// Runtimes and servers whose images carry little else.
const SMALL: &[&str] = &[
    "scratch",
    "alpine",
    "busybox",
    "wolfi-base",
    "dotnet/aspnet",
    "dotnet/runtime",
    "dotnet/runtime-deps",
    "dotnet/core/aspnet",
    "dotnet/core/runtime",
    "nginx",
    "nginxinc/nginx-unprivileged",
    "caddy",
    "httpd",
    "haproxy",
    "traefik",
    "denoland/deno",
    "postgres",
    "redis",
    "valkey/valkey",
    "memcached",
    "joseluisq/static-web-server",
    "bitnami/minideb",
    "lambda/python",
    "lambda/nodejs",
    "lambda/java",
    "lambda/provided",
    "lambda/go",
];
/// Large for a reason.
const SPECIAL: &[&str] = &[
    "nvidia/cuda",
    "pytorch/pytorch",
    "tensorflow/tensorflow",
    "playwright",
    "playwright/python",
    "puppeteer/puppeteer",
    "selenium/standalone-chrome",
    "huggingface/transformers-pytorch-gpu",
    "vllm/vllm-openai",
    "ollama/ollama",
    "rocm/pytorch",
];
/// Images whose own entrypoint leaves root behind.
const DROPS: &[&str] = &[
    "postgres",
    "postgis/postgis",
    "timescale/timescaledb",
    "pgvector/pgvector",
    "redis",
    "redis/redis-stack",
    "redis/redis-stack-server",
    "valkey/valkey",
    "mysql",
    "mariadb",
    "percona",
    "mongo",
    "rabbitmq",
    "memcached",
    "cassandra",
    "neo4j",
    "clickhouse/clickhouse-server",
    "zookeeper",
    "couchdb",
    "influxdb",
    "eclipse-mosquitto",
];
/// Images whose master stays root and whose workers do not.
const MASTERS: &[&str] = &["nginx", "httpd", "openresty/openresty", "php", "apache/httpd", "wordpress", "nextcloud", "drupal"];
/// Images that start as another user by themselves.
const UNPRIVILEGED: &[&str] = &[
    "nginxinc/nginx-unprivileged",
    "grafana/grafana",
    "grafana/loki",
    "grafana/tempo",
    "prom/prometheus",
    "prom/alertmanager",
    "prom/node-exporter",
    "keycloak/keycloak",
    "elasticsearch/elasticsearch",
    "elasticsearch",
    "opensearchproject/opensearch",
    "haproxy",
    "jenkins/jenkins",
    "solr",
    "dpage/pgadmin4",
    "apache/kafka",
    "confluentinc/cp-kafka",
    "sonarqube",
    "cimg/base",
];

/// Whether an image is a language or a system by itself, which runs somebody's own program.
pub fn is_stock(name: &ImageName) -> bool {
    listed(SDKS, name) || listed(FULL, name)
}

fn listed(list: &[&str], name: &ImageName) -> bool {
    list.contains(&name.repository.as_str()) || name.repository.split_once('/').is_some_and(|(_, tail)| list.contains(&tail))
}

fn hardened(name: &ImageName) -> bool {
    let host = name.host.as_deref().unwrap_or_default();
    host == "cgr.dev"
        || name.repository.starts_with("chainguard/")
        || name.repository.contains("distroless")
        || name.tag_has("chiseled")
        || name.tag_has("distroless")
}

/// How much a base image carries.
pub fn weight(name: &ImageName) -> Weight {
    let repository = name.repository.as_str();
    if hardened(name) {
        return if name.tag_has("dev") && name.host.as_deref() == Some("cgr.dev") { Weight::Full } else { Weight::Small };
    }
    if listed(SPECIAL, name) || name.tag_has("cuda") {
        return Weight::Special;
    }
    if listed(SDKS, name) {
        // The runtime of Java stands in the same repository as its compiler; of Erlang and others a slim tag only leaves out extras.
        return if name.tag_has("jre") { Weight::Small } else { Weight::Sdk };
    }
    if name.tag_has("jdk") {
        return Weight::Sdk;
    }
    let little = ["alpine", "slim", "minimal", "micro", "jre"].iter().any(|w| name.tag_has(w))
        || ["-minimal", "-micro", "-slim", "-alpine"].iter().any(|w| repository.ends_with(w));
    if little || listed(SMALL, name) || repository.starts_with("bitnami/") || listed(DROPS, name) {
        Weight::Small
    } else if listed(FULL, name) {
        Weight::Full
    } else {
        Weight::Unknown
    }
}

/// As whom the program of a base image runs when no USER is stated.
pub fn default_user(name: &ImageName) -> DefaultUser {
    let tag = name.tag_text();
    if name.repository.contains("distroless") {
        return if tag.contains("nonroot") { DefaultUser::Unprivileged } else { DefaultUser::Root };
    }
    if hardened(name)
        || name.repository.starts_with("bitnami/") && name.last() != "minideb"
        || listed(UNPRIVILEGED, name)
        || tag.contains("unprivileged")
        || tag.contains("nonroot")
        || tag.contains("rootless")
    {
        return DefaultUser::Unprivileged;
    }
    // Red Hat's images of languages and servers run as 1001, its bare systems as root.
    if name.host.as_deref().is_some_and(|h| h.ends_with("redhat.com") || h.ends_with("redhat.io"))
        && name.repository.split('/').count() > 1
        && !["ubi", "ubi-minimal", "ubi-micro", "ubi-init"].contains(&name.last())
    {
        return DefaultUser::Unprivileged;
    }
    if listed(DROPS, name) {
        return DefaultUser::Drops;
    }
    if name.repository == "php" {
        return if name.tag_has("fpm") || name.tag_has("apache") { DefaultUser::RootMaster } else { DefaultUser::Root };
    }
    if listed(MASTERS, name) {
        return DefaultUser::RootMaster;
    }
    if listed(SDKS, name) || listed(FULL, name) || listed(SMALL, name) || listed(SPECIAL, name) {
        return DefaultUser::Root;
    }
    DefaultUser::Unknown
}

/// Whether a base image holds a tool that probes use; none where that is not known.
pub fn holds(name: &ImageName, tool: &str) -> Option<bool> {
    let alpine = name.repository == "alpine" || name.tag_has("alpine");
    let bare = name.repository == "scratch" || hardened(name);
    let shell = ["sh", "test", "[", "kill", "true"].contains(&tool);
    if bare {
        let busybox = name.tag_has("debug") || name.tag_has("dev");
        return if busybox { None } else { Some(false) };
    }
    if shell {
        return Some(true);
    }
    let slim = name.tag_has("slim");
    let language = match name.repository.as_str() {
        "node" => Some("node"),
        "python" => Some("python"),
        "ruby" => Some("ruby"),
        "php" => Some("php"),
        "oven/bun" => Some("bun"),
        _ => None,
    };
    match (tool, language) {
        ("python" | "python3", Some("python"))
        | ("node", Some("node"))
        | ("ruby", Some("ruby"))
        | ("php", Some("php"))
        | ("bun", Some("bun")) => Some(true),
        ("wget" | "nc", _) if alpine => Some(true),
        // The official images of nginx and PHP install curl in every variant but the slimmest.
        ("curl", _) if ["nginx", "nginxinc/nginx-unprivileged"].contains(&name.repository.as_str()) => {
            if slim {
                Some(false)
            } else {
                Some(true)
            }
        }
        ("curl", Some("php")) => Some(true),
        ("curl", _) if alpine => Some(false),
        ("curl" | "wget" | "nc", Some(_)) if slim => Some(false),
        ("curl" | "wget", Some("node" | "python" | "ruby")) => Some(true),
        ("curl" | "wget" | "nc", _) if matches!(name.repository.as_str(), "debian" | "ubuntu") => Some(false),
        ("curl" | "wget" | "nc", _) if name.repository.starts_with("dotnet/") && name.last() != "sdk" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_decides_how_much_a_base_carries() {
        for (text, expected) in [
            ("node:22", Weight::Full),
            ("node:22-alpine", Weight::Small),
            ("python:3.12-slim-bookworm", Weight::Small),
            ("golang:1.23-alpine", Weight::Sdk),
            ("eclipse-temurin:21-jre", Weight::Small),
            ("eclipse-temurin:21", Weight::Sdk),
            ("mcr.microsoft.com/dotnet/aspnet:8.0", Weight::Small),
            ("mcr.microsoft.com/dotnet/sdk:8.0", Weight::Sdk),
            ("gcr.io/distroless/static-debian12:nonroot", Weight::Small),
            ("nvidia/cuda:12.4.0-runtime-ubuntu22.04", Weight::Special),
            ("acme/base:1", Weight::Unknown),
        ] {
            assert_eq!(weight(&ImageName::parse(text)), expected, "{text}");
        }
    }

    #[test]
    fn the_default_user_is_that_of_the_image() {
        for (text, expected) in [
            ("gcr.io/distroless/static:nonroot", DefaultUser::Unprivileged),
            ("gcr.io/distroless/static", DefaultUser::Root),
            ("nginxinc/nginx-unprivileged:1.27", DefaultUser::Unprivileged),
            ("nginx:1.27", DefaultUser::RootMaster),
            ("postgres:17", DefaultUser::Drops),
            ("node:22", DefaultUser::Root),
            ("mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled", DefaultUser::Unprivileged),
            ("registry.access.redhat.com/ubi9/nodejs-20", DefaultUser::Unprivileged),
            ("registry.access.redhat.com/ubi9/ubi-minimal", DefaultUser::Unknown),
            ("acme/base:1", DefaultUser::Unknown),
        ] {
            assert_eq!(default_user(&ImageName::parse(text)), expected, "{text}");
        }
    }

    #[test]
    fn tools_of_probes_are_known_where_images_are_known() {
        let holds = |image, tool| holds(&ImageName::parse(image), tool);
        assert_eq!(holds("node:22-alpine", "curl"), Some(false));
        assert_eq!(holds("node:22-alpine", "wget"), Some(true));
        assert_eq!(holds("python:3.12-slim", "curl"), Some(false));
        assert_eq!(holds("python:3.12", "curl"), Some(true));
        assert_eq!(holds("nginx:alpine", "curl"), Some(true));
        assert_eq!(holds("scratch", "sh"), Some(false));
        assert_eq!(holds("acme/base", "curl"), None);
    }
}
