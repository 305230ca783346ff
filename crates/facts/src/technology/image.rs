//! Names of images, and the technologies that they are.

use super::Capability;
use super::index::{images, technology};
use super::rule::{ENTRYPOINTS, TECHNOLOGIES};

/// The repository's name without registry, tag and digest: `docker.io/library/postgres:16` is `library/postgres`.
pub(super) fn repository_of(image: &str) -> &str {
    let image = image.trim();
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    let image = match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    };
    match image.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" || host.starts_with('$') => path,
        _ => image,
    }
}

/// The names under which an image is looked up: its path, then that path without its leading parts.
pub(super) fn names_of(image: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(repository_of(image));
    std::iter::from_fn(move || {
        let name = rest?;
        rest = name.split_once('/').map(|(_, tail)| tail);
        Some(name)
    })
}

/// The program that an image of a tool starts, as its signal file says.
pub(super) fn entrypoint_of(image: &str) -> Option<&'static str> {
    names_of(image).find_map(|name| ENTRYPOINTS.binary_search_by_key(&name, |(i, _)| i).ok().map(|i| ENTRYPOINTS[i].1))
}

/// What a ready-made image is when it runs as a service: its part, the technology's name and, for what keeps data or messages,
/// the engine (`postgres`).
pub fn engine_of_image(image: &str) -> Option<(Capability, &'static str, Option<&'static str>)> {
    let part = images(image)
        .filter(|hit| SERVICES.contains(&hit.rule().shows))
        .min_by_key(|hit| SERVICES.iter().position(|c| *c == hit.rule().shows))?;
    let technology = technology(part);
    let keeps = matches!(part.rule().shows, Capability::Datastore | Capability::Cache | Capability::Broker);
    Some((part.rule().shows, technology.name, technology.engine.filter(|_| keeps)))
}

/// The engine of a technology, for what keeps data or messages: `PostgreSQL` is `postgres`.
pub fn engine_of_technology(name: &str) -> Option<&'static str> {
    TECHNOLOGIES.iter().find(|t| t.name == name)?.engine
}

/// The parts that an image can play, the telling ones first.
const SERVICES: [Capability; 8] = [
    Capability::Datastore,
    Capability::Cache,
    Capability::Broker,
    Capability::AdminUi,
    Capability::DevStandIn,
    Capability::Monitoring,
    Capability::SecretStore,
    Capability::Proxy,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_registry_tag_and_digest() {
        assert_eq!(repository_of("postgres"), "postgres");
        assert_eq!(repository_of("docker.io/library/postgres:16"), "library/postgres");
        assert_eq!(repository_of("localhost:5000/app@sha256:00"), "app");
        assert_eq!(repository_of("registry:5000/a/b:1"), "a/b");
        assert_eq!(repository_of("${REGISTRY}/app:${TAG}"), "app");
        assert_eq!(names_of("ghcr.io/a/b/c:1").collect::<Vec<_>>(), ["a/b/c", "b/c", "c"]);
    }

    #[test]
    fn engines_are_found_by_image() {
        let engine = |image| engine_of_image(image).and_then(|(_, _, engine)| engine);
        assert_eq!(engine("postgres:16-alpine"), Some("postgres"));
        assert_eq!(engine("public.ecr.aws/docker/library/redis:7"), Some("redis"));
        assert_eq!(engine("bitnami/postgresql"), Some("postgres"));
        assert_eq!(engine("myorg/postgres-backup"), None);
        assert_eq!(engine_of_image("nginx:1.27"), Some((Capability::Proxy, "nginx", None)));
        assert_eq!(engine_of_image("myorg/app"), None);
    }
}
