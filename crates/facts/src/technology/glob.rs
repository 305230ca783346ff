//! Wildcards: `*` for any text within a word or a part of a path, `**/` for any folders.

/// Whether a word matches a pattern in which each `*` stands for any text. Linear in the word for each `*`.
pub(super) fn word_matches(pattern: &str, word: &str) -> bool {
    // Most pairs part at their last byte; this keeps trees of many files cheap.
    if pattern.as_bytes().last().is_some_and(|last| *last != b'*' && word.as_bytes().last() != Some(last)) {
        return false;
    }
    let Some((head, mut rest)) = pattern.split_once('*') else { return pattern == word };
    let Some(mut left) = word.strip_prefix(head) else { return false };
    // Between two wildcards the first place that fits is as good as any other.
    while let Some((part, more)) = rest.split_once('*') {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
        rest = more;
    }
    left.ends_with(rest)
}

/// Whether a path matches a pattern: `**/` at its start stands for any folders, `/**/` within it likewise.
pub fn path_matches(pattern: &str, path: &str) -> bool {
    // As with words, most pairs part at their last byte or at their first.
    let ends = |of: &str| (of.as_bytes().first().copied(), of.as_bytes().last().copied());
    let ((first, last), (begins, closes)) = (ends(pattern), ends(path));
    let part = |of: Option<u8>, other: Option<u8>| of.is_some_and(|byte| byte != b'*' && other != Some(byte));
    !part(last, closes) && !part(first, begins) && parts_match(pattern, Some(path))
}

/// Whether what is left of a path matches what is left of a pattern; none where no part of the path is left.
fn parts_match(pattern: &str, path: Option<&str>) -> bool {
    let split = |text| str::split_once(text, '/').map_or((text, None), |(part, rest)| (part, Some(rest)));
    match split(pattern) {
        ("**", None) => true,
        // A name in any folder: only the last part can be it.
        ("**", Some(name)) if name != "**" && !name.contains('/') => {
            path.is_some_and(|path| word_matches(name, path.rsplit_once('/').map_or(path, |(_, last)| last)))
        }
        ("**", Some(rest)) => {
            let mut left = path;
            loop {
                if parts_match(rest, left) {
                    return true;
                }
                match left {
                    Some(path) => left = split(path).1,
                    None => return false,
                }
            }
        }
        (part, rest) => path.is_some_and(|path| {
            let (name, left) = split(path);
            word_matches(part, name)
                && match rest {
                    Some(rest) => parts_match(rest, left),
                    None => left.is_none(),
                }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text_within_one_part() {
        assert!(word_matches("*:test", ":app:test"));
        assert!(word_matches("a*b*c", "aXbbYc"));
        assert!(!word_matches("a*b", "acbd"));
        assert!(path_matches("**/playwright.config.*", "e2e/playwright.config.ts"));
        assert!(path_matches("**/playwright.config.*", "playwright.config.ts"));
        assert!(!path_matches("playwright.config.*", "e2e/playwright.config.ts"));
        assert!(path_matches("**/k6/**/*.js", "load/k6/a/b.js"));
        assert!(path_matches("**/k6/**/*.js", "k6/b.js"));
        assert!(!path_matches("**/k6/*.js", "k6/a/b.js"));
        assert!(path_matches("a/**", "a/b/c") && path_matches("a/**", "a") && !path_matches("a/**", "b/a"));
        assert!(path_matches("a/**/**/c", "a/c") && !path_matches("a/*/c", "a/c"));
    }
}
