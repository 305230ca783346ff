//! Names of images and folders, compared as people name them.

/// The repository part of an image reference, without registry host, tag and digest, in lower case.
pub(crate) fn repository(image: &str) -> String {
    let image = image.split('@').next().unwrap_or(image);
    let (head, tail) = image.rsplit_once('/').unwrap_or(("", image));
    // A colon after the last slash parts the tag, unless it belongs to a `${VAR:-default}`.
    let tail = if tail.contains("${") { tail } else { tail.split(':').next().unwrap_or(tail) };
    let host = head.split('/').next().unwrap_or("");
    let head =
        if host.contains('.') || host.contains(':') || host == "localhost" { head.split_once('/').map_or("", |(_, r)| r) } else { head };
    if head.is_empty() { tail.to_ascii_lowercase() } else { format!("{head}/{tail}").to_ascii_lowercase() }
}

/// The words of a name, lower case, without words that name nothing (`app`, `docker`, `image`, `service` …).
pub(crate) fn words(name: &str) -> Vec<String> {
    const EMPTY: [&str; 16] = [
        "app",
        "docker",
        "dockerfile",
        "image",
        "service",
        "svc",
        "src",
        "latest",
        "repository",
        "url",
        "ecr",
        "aws",
        "main",
        "the",
        "com",
        "io",
    ];
    name.to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty() && !EMPTY.contains(w))
        .map(str::to_owned)
        .collect()
}

/// How many words two names share.
pub(crate) fn shared(a: &str, b: &str) -> usize {
    let b = words(b);
    words(a).iter().filter(|w| b.contains(w)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_its_repository() {
        assert_eq!(repository("ghcr.io/Org/api:1.2"), "org/api");
        assert_eq!(repository("postgres:16"), "postgres");
        assert_eq!(repository("localhost:5000/x@sha256:00"), "x");
    }

    #[test]
    fn names_share_the_words_that_mean_something() {
        assert_eq!(shared("ghcr.io/org/shop-frontend", "apps/frontend"), 1);
        assert_eq!(shared("myapp", "docker"), 0);
    }
}
