//! Paths of routes: joined, and whether a middleware's path takes one.

/// The mark of a part of a path that is not written: it equals itself only.
const UNWRITTEN: char = '\0';

/// A part of a path that is not written, by the place where it would be.
pub(super) fn unwritten(place: u32) -> String {
    format!("/{UNWRITTEN}{place}")
}

/// A path as it is told: none where a part of it is not written.
pub(super) fn told(path: &str) -> Option<String> {
    (!path.contains(UNWRITTEN)).then(|| path.to_owned())
}

/// Two parts of a path with one slash between them, one in front and none at the end.
pub(super) fn join(left: &str, right: &str) -> String {
    let left = left.trim_end_matches('/');
    let right = right.trim_matches('/');
    let joined = if right.is_empty() { left.to_owned() } else { format!("{left}/{right}") };
    match joined.strip_prefix('/') {
        Some(_) => joined,
        None => format!("/{joined}"),
    }
}

/// Whether a middleware below `prefix` runs for a route of a path. Parameters of the prefix take any one segment, wildcards the rest; where that hangs on
/// what is put for a parameter of the route, it does not count.
pub(super) fn takes(prefix: &str, path: &str) -> bool {
    matches(prefix, path, false)
}

/// Whether a pattern takes just a path, not what is below it.
pub(super) fn takes_exactly(pattern: &str, path: &str) -> bool {
    matches(pattern, path, true)
}

fn matches(pattern: &str, path: &str, whole: bool) -> bool {
    let mut path = path.split('/').filter(|s| !s.is_empty());
    let mut pattern = pattern.split('/').filter(|s| !s.is_empty()).peekable();
    while let Some(part) = pattern.next() {
        if is_rest(part) && pattern.peek().is_none() {
            return true;
        }
        let Some(segment) = path.next() else { return part.ends_with('?') || part.ends_with('*') };
        let any = part == "*" || part.starts_with(':') || (part.starts_with('[') && part.ends_with(']'));
        if !any && !part.eq_ignore_ascii_case(segment) {
            return false;
        }
    }
    !whole || path.next().is_none()
}

/// `*`, `*rest`, `(.*)`, `:path*`, `{*rest}`, `**`.
fn is_rest(part: &str) -> bool {
    part.starts_with('*') || part.starts_with("{*") || part.contains("(.*)") || (part.starts_with(':') && part.ends_with(['*', '+']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_with_one_slash() {
        assert_eq!(join("/api/", "/users/"), "/api/users");
        assert_eq!(join("", "/"), "/");
        assert_eq!(join("api", ""), "/api");
        assert_eq!(told(&join(&unwritten(7), "x")), None);
    }

    #[test]
    fn a_middleware_takes_what_is_below_its_path() {
        assert!(takes("/", "/api/users"));
        assert!(takes("/api", "/api"));
        assert!(takes("/api/*", "/api/users/:id"));
        assert!(takes("/api/:version", "/api/v1/users"));
        assert!(takes("*", "/x"));
        assert!(!takes("/api", "/apis"));
        assert!(!takes("/api/admin", "/api/:id"));
        assert!(!takes(&unwritten(1), "/api"));
        assert!(takes(&join(&unwritten(1), "a"), &join(&unwritten(1), "a/b")));
        assert!(takes_exactly("/a/:id", "/a/b"));
        assert!(!takes_exactly("/a", "/a/b"));
    }
}
