//! Patterns of commands. The words of a pattern, after the program's name:
//!
//! | form | matches |
//! |---|---|
//! | `image` | the next word that is no flag; `*` in it stands for any text, alone for any word |
//! | `--fix`, `-d` | the flag anywhere: alone or as `--fix=…` |
//! | `--exit-code=0` | the flag with that value anywhere: `--exit-code=0` or `--exit-code 0` |
//! | `+test` | the word anywhere |
//! | `!--check`, `!fix` | not: that flag or word stands nowhere |
//! | `$` | no further word but flags |

use super::glob::word_matches;

/// Whether the words behind a program's name match the words of a pattern behind it.
pub(super) fn arguments_match(pattern: &str, words: &[&str]) -> bool {
    let mut at = 0;
    pattern.split_whitespace().all(|token| match token.as_bytes()[0] {
        b'-' => has_flag(words, token),
        b'+' => has_word(words, &token[1..]),
        b'!' => match token.as_bytes().get(1) {
            Some(b'-') => !has_flag(words, &token[1..]),
            _ => !has_word(words, &token[1..]),
        },
        b'$' => only_flags(words.get(at..).unwrap_or_default()),
        _ => match next_word(words, at, token) {
            Some(next) => {
                at = next;
                true
            }
            None => false,
        },
    })
}

/// The index behind the word that matches: flags are passed over, and what may be the value of one.
fn next_word(words: &[&str], from: usize, token: &str) -> Option<usize> {
    let mut may_be_value = false;
    for (i, word) in words.iter().enumerate().skip(from) {
        if word.starts_with('-') && word.len() > 1 {
            may_be_value = !word.contains('=') && *word != "--";
        } else if word_matches(token, word) {
            return Some(i + 1);
        } else if may_be_value {
            may_be_value = false;
        } else if !word.starts_with('+') {
            return None;
        }
    }
    None
}

/// Whether nothing but flags and what may be their values is left.
fn only_flags(words: &[&str]) -> bool {
    words.iter().enumerate().all(|(i, w)| {
        let before = i.checked_sub(1).map(|b| words[b]);
        w.starts_with('-') || before.is_some_and(|b| b.starts_with('-') && !b.contains('='))
    })
}

fn has_word(words: &[&str], pattern: &str) -> bool {
    words.iter().any(|w| word_matches(pattern, w))
}

fn has_flag(words: &[&str], token: &str) -> bool {
    match token.split_once('=') {
        Some((flag, value)) => words.iter().enumerate().any(|(i, word)| {
            let stated = word.split_once('=').filter(|(f, _)| *f == flag).map(|(_, v)| v);
            let next = (*word == flag).then(|| words.get(i + 1).copied()).flatten();
            stated.or(next).is_some_and(|v| word_matches(value, v.trim_matches(['"', '\''])))
        }),
        None if token.contains('*') => words.iter().any(|w| w.starts_with('-') && word_matches(token, w)),
        None => words.iter().any(|w| w.strip_prefix(token).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, command: &str) -> bool {
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        arguments_match(pattern, &words)
    }

    #[test]
    fn words_match_in_order_and_flags_anywhere() {
        assert!(matches("image", "trivy --quiet image app:1"));
        assert!(matches("image", "trivy --cache-dir x image app:1"));
        assert!(!matches("image", "trivy fs image"));
        assert!(matches("apply", "kubectl -n prod apply -f k8s"));
        assert!(matches("--cov", "pytest tests --cov=app"));
        assert!(!matches("--cov", "pytest tests --covfefe"));
        assert!(matches("--exit-code=1", "trivy image --exit-code 1 app"));
        assert!(!matches("--exit-code=1", "trivy image --exit-code 0 app"));
        assert!(matches("+*test", "gradle clean :app:test"));
        assert!(!matches("!build", "vite build"));
        assert!(matches("$", "yarn --silent"));
        assert!(!matches("$", "yarn build"));
        assert!(matches("install $", "npm install --prefix web"));
        assert!(!matches("install $", "npm install left-pad"));
        assert!(matches("ecs * services-stable", "aws --region x ecs wait services-stable"));
    }

    #[test]
    fn a_pattern_never_reads_past_the_words() {
        assert!(!matches("image app", "trivy image"));
        assert!(!matches("--exit-code=1", "trivy --exit-code"));
        assert!(matches("", "trivy"));
    }
}
