//! Which paths git would keep out, by git's rules: nested files, order, negation, folders before what lies in them.

use std::path::Path;
use std::sync::OnceLock;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use plimsoll_base::Location;
use plimsoll_facts::repository::IgnoreRules;

/// The patterns of the ignore files of a repository, each compiled for the first path that it may match: few of them are ever asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ignoring {
    matchers: OnceLock<Vec<Vec<OnceLock<Gitignore>>>>,
}

/// An ignore file with the matchers of its patterns.
struct Compiled<'a> {
    folder: &'a str,
    rules: &'a IgnoreRules,
    matchers: &'a [OnceLock<Gitignore>],
}

fn compile(pattern: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    // A pattern that git would not understand either matches nothing.
    let _ = builder.add_line(None, pattern);
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// Whether all that a pattern says literally stands in a path.
fn may_match(pattern: &str, path: &str) -> bool {
    let special = |c: char| matches!(c, '*' | '?' | '/' | '!' | '#') || c.is_whitespace();
    pattern.contains(['[', '{', '\\']) || pattern.split(special).all(|literal| path.contains(literal))
}

impl Compiled<'_> {
    /// What the file says of a path below its folder: ignored by a rule, kept by one, or nothing. The last pattern that matches decides.
    fn judge(&self, path: &str, folder: bool) -> Option<Result<Location, ()>> {
        let below = if self.folder.is_empty() { path } else { path.strip_prefix(self.folder)?.strip_prefix('/')? };
        self.rules.patterns.iter().zip(self.matchers).rev().filter(|(pattern, _)| may_match(&pattern.value, below)).find_map(
            |(pattern, matcher)| match matcher.get_or_init(|| compile(&pattern.value)).matched(Path::new(below), folder) {
                Match::None => None,
                Match::Whitelist(_) => Some(Err(())),
                Match::Ignore(_) => Some(Ok(pattern.at)),
            },
        )
    }
}

impl Ignoring {
    /// The rule that keeps a path out of git; none when git would take it. The path need not exist. The rules are the same at every call.
    pub(crate) fn ignored_by(&self, rules: &[IgnoreRules], path: &str) -> Option<Location> {
        let matchers =
            self.matchers.get_or_init(|| rules.iter().map(|rules| rules.patterns.iter().map(|_| OnceLock::new()).collect()).collect());
        // Only files in folders above the path speak of it; the deepest has the last word.
        let above = |folder: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let mut compiled: Vec<Compiled<'_>> = Vec::new();
        for (rules, matchers) in rules.iter().zip(matchers) {
            let folder = plimsoll_facts::folder_of(&rules.path);
            if above(folder) {
                compiled.push(Compiled { folder, rules, matchers });
            }
        }
        compiled.sort_by_key(|c| std::cmp::Reverse(c.folder.len()));
        // A folder that is kept out takes everything below it along: nothing in it can be taken back.
        let ends = path.match_indices('/').map(|(i, _)| (i, true)).chain([(path.len(), false)]);
        for (end, folder) in ends {
            let part = &path[..end];
            if let Some(Ok(rule)) = compiled.iter().find_map(|c| c.judge(part, folder)) {
                return Some(rule);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_base::{FileId, Sourced, Span};

    fn rules(files: &[(&str, &str)]) -> Vec<IgnoreRules> {
        let of = |(i, (path, text)): (usize, &(&str, &str))| {
            let file = FileId(i as u32);
            let patterns =
                text.lines().enumerate().map(|(n, l)| Sourced::new(l.to_owned(), Location::at(file, Span::new(n, n + 1)))).collect();
            IgnoreRules { file, path: (*path).to_owned(), patterns }
        };
        files.iter().enumerate().map(of).collect()
    }
    /// The file and the line of the rule, both from zero.
    fn by(files: &[(&str, &str)], path: &str) -> Option<(u32, u32)> {
        Ignoring::default().ignored_by(&rules(files), path).map(|at| (at.file.0, at.span.map_or(0, |s| s.start)))
    }

    #[test]
    fn the_last_rule_of_a_file_decides() {
        let root = [(".gitignore", "*.log\n.env*\n!.env.example")];
        assert_eq!(by(&root, ".env"), Some((0, 1)));
        assert_eq!(by(&root, "api/.env.production"), Some((0, 1)));
        assert_eq!(by(&root, ".env.example"), None);
        assert_eq!(by(&root, "env.production"), None);
    }

    #[test]
    fn a_deeper_file_goes_before_one_above_it() {
        let files = [(".gitignore", ".env"), ("api/.gitignore", "!.env"), ("web/.gitignore", "/.env.local")];
        assert_eq!(by(&files, ".env"), Some((0, 0)));
        assert_eq!(by(&files, "api/.env"), None);
        assert_eq!(by(&files, "web/.env.local"), Some((2, 0)));
        assert_eq!(by(&files, "web/sub/.env.local"), None, "a leading slash anchors");
        assert_eq!(by(&files, "apix/.env"), Some((0, 0)), "a folder's name is not a prefix of letters");
    }

    #[test]
    fn nothing_in_a_folder_that_is_kept_out_can_be_taken_back() {
        let files = [(".gitignore", "secrets/\n!secrets/.env")];
        assert_eq!(by(&files, "secrets/.env"), Some((0, 0)));
        assert_eq!(by(&files, "secrets"), None, "a rule for folders says nothing of a file");
    }

    #[test]
    fn a_pattern_that_means_nothing_harms_nothing() {
        assert_eq!(by(&[(".gitignore", "[z-a]\n.env")], ".env"), Some((0, 1)));
    }
}
