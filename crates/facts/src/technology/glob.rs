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
pub(super) fn path_matches(pattern: &str, path: &str) -> bool {
    let (mut pattern_parts, mut path_parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern_parts.next(), path_parts.clone().next()) {
            (None, None) => return true,
            (Some("**"), _) => {
                let rest: Vec<&str> = pattern_parts.collect();
                let parts: Vec<&str> = path_parts.collect();
                return (0..=parts.len()).any(|skip| path_matches_parts(&rest, &parts[skip..]));
            }
            (Some(part), Some(name)) if word_matches(part, name) => {
                path_parts.next();
            }
            _ => return false,
        }
    }
}

fn path_matches_parts(pattern: &[&str], path: &[&str]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((&"**", rest)) => (0..=path.len()).any(|skip| path_matches_parts(rest, &path[skip..])),
        Some((part, rest)) => path.split_first().is_some_and(|(name, left)| word_matches(part, name) && path_matches_parts(rest, left)),
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
    }
}
