//! Names of images, and the technologies that they are.

use super::Capability;
use super::index::{images, technology};
use super::rule::ENTRYPOINTS;

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

/// The datastore, cache or broker that an image is: its capability, the technology's name and its engine (`postgres`).
pub fn engine_of_image(image: &str) -> Option<(Capability, &'static str, &'static str)> {
    images(image).find_map(|hit| {
        let technology = technology(hit);
        let capability = hit.rule().shows;
        let stores = matches!(capability, Capability::Datastore | Capability::Cache | Capability::Broker);
        technology.engine.filter(|_| stores).map(|engine| (capability, technology.name, engine))
    })
}

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
        let engine = |image| engine_of_image(image).map(|(_, _, engine)| engine);
        assert_eq!(engine("postgres:16-alpine"), Some("postgres"));
        assert_eq!(engine("public.ecr.aws/docker/library/redis:7"), Some("redis"));
        assert_eq!(engine("bitnami/postgresql"), Some("postgres"));
        assert_eq!(engine("myorg/postgres-backup"), None);
        assert_eq!(engine("nginx"), None);
    }
}
