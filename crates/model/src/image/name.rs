//! References to images: their parts, and how firmly they name one image.

/// An image reference in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    /// The registry's host, if one is named.
    pub host: Option<String>,
    /// The repository without the host and without `library/`, in lower case.
    pub repository: String,
    /// The tag, if one is named.
    pub tag: Option<String>,
    /// The digest, if one is named.
    pub digest: Option<String>,
}

/// How firmly a reference names one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pin {
    /// By its content.
    Digest,
    /// By a complete version, a date or a commit: it moves only when somebody overwrites the tag.
    Version,
    /// By part of a version or a release name: it moves with every patch.
    Series,
    /// By nothing: no tag, `latest`, or a tag without a version.
    Nothing,
}

impl ImageName {
    /// Reads a reference; any text gives one.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (text, None),
        };
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (rest, None),
        };
        let (host, repository) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':', '$']) || host == "localhost" => (Some(host.to_ascii_lowercase()), path),
            _ => (None, name),
        };
        let repository = repository.to_ascii_lowercase();
        let repository = repository.strip_prefix("library/").map(str::to_owned).unwrap_or(repository);
        Self { host, repository, tag, digest }
    }

    /// The last part of the repository: `nginx-unprivileged`.
    pub fn last(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }

    /// The tag in lower case; empty without one.
    pub fn tag_text(&self) -> String {
        self.tag.as_deref().unwrap_or_default().to_ascii_lowercase()
    }

    /// Whether one of the words of the tag, parted by `-`, `_` and `.`, starts with the word.
    pub fn tag_has(&self, word: &str) -> bool {
        self.tag_text().split(['-', '_', '.']).any(|w| w.starts_with(word))
    }

    /// How firmly it names one image.
    pub fn pin(&self) -> Pin {
        if self.digest.is_some() {
            return Pin::Digest;
        }
        let tag = self.tag_text();
        if tag.is_empty() {
            return Pin::Nothing;
        }
        let first = tag.split(['-', '_']).next().unwrap_or(&tag);
        let words = || tag.split(['-', '_', '.']);
        if is_commit(first) || words().any(is_date) || tag.starts_with("release.20") {
            return Pin::Version;
        }
        if let Some(major) = first.strip_prefix("pg")
            && major.starts_with(|c: char| c.is_ascii_digit())
        {
            return Pin::Series;
        }
        let version = first.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        // `v1.2.3` is a version, `alpine3.20` is a system without one.
        let letters = first.len() - version.len();
        if letters > 1 || version.is_empty() {
            return if words().any(is_release_name) { Pin::Series } else { Pin::Nothing };
        }
        let parts = version.split('.').take_while(|p| p.starts_with(|c: char| c.is_ascii_digit())).count();
        let complete = match self.last() {
            // These number their releases in two parts.
            "postgres" | "postgresql" if self.repository != "bitnami/postgresql" => 2,
            _ => 3,
        };
        match parts {
            0 => Pin::Nothing,
            n if n >= complete => Pin::Version,
            _ => Pin::Series,
        }
    }
}

/// A commit's id: letters and digits of the hexadecimal alphabet.
fn is_commit(word: &str) -> bool {
    let word = word.strip_prefix("sha").unwrap_or(word);
    (7..=64).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_hexdigit())
        && word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}

/// `20240110`, or `2024` where a month follows is left to the version's parts.
fn is_date(word: &str) -> bool {
    word.len() == 8 && word.bytes().all(|b| b.is_ascii_digit()) && (word.starts_with("19") || word.starts_with("20"))
}

/// Names of releases of Debian and Ubuntu, each of which receives updates under the same tag.
fn is_release_name(word: &str) -> bool {
    matches!(word, "buster" | "bullseye" | "bookworm" | "trixie" | "forky" | "bionic" | "focal" | "jammy" | "noble" | "plucky")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_fall_into_their_parts() {
        let name = ImageName::parse("docker.io/library/Node:22-alpine@sha256:00");
        assert_eq!((name.host.as_deref(), name.repository.as_str()), (Some("docker.io"), "node"));
        assert_eq!((name.tag.as_deref(), name.digest.as_deref()), (Some("22-alpine"), Some("sha256:00")));
        assert_eq!(ImageName::parse("localhost:5000/team/app").repository, "team/app");
        assert_eq!(ImageName::parse("").repository, "");
    }

    #[test]
    fn a_pin_is_as_firm_as_its_tag() {
        let pin = |text| ImageName::parse(text).pin();
        for text in [
            "postgres:17.5-alpine",
            "node:22.11.0-slim",
            "debian:bookworm-20240110-slim",
            "app:3f2a91c",
            "minio/minio:RELEASE.2024-01-16T16-07-38Z",
            "traefik:v3.1.2",
        ] {
            assert_eq!(pin(text), Pin::Version, "{text}");
        }
        for text in
            ["node:22-alpine", "python:3.12", "debian:bookworm-slim", "ubuntu:24.04", "redis:7.2", "postgres:16", "pgvector/pgvector:pg16"]
        {
            assert_eq!(pin(text), Pin::Series, "{text}");
        }
        for text in ["nginx", "nginx:alpine", "nginx:latest", "nginx:stable-alpine3.20", "node:lts", "timescale/timescaledb:latest-pg16"] {
            assert_eq!(pin(text), Pin::Nothing, "{text}");
        }
        assert_eq!(pin("node@sha256:00"), Pin::Digest);
    }
}
