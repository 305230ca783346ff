//! Git's ignore rules: the files of one folder each, chained from the deepest to the work tree's own.

use std::path::Path;
use std::rc::Rc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::native;

const MAX_BYTES: u64 = 256 << 10;
const MAX_LINES: usize = 5_000;

/// The rules of one file, and of those above it.
#[derive(Debug)]
pub(crate) struct Rules {
    matcher: Gitignore,
    /// How many bytes of a path, relative to the work tree, lead to the folder of this file.
    base: usize,
    above: Option<Rc<Rules>>,
}

impl Rules {
    /// Reads the file if there is one, on top of the rules above. A file that cannot be understood hides nothing.
    pub(crate) fn read(
        file: &Path,
        name: &str,
        base: usize,
        above: Option<Rc<Rules>>,
        problems: &mut Vec<(String, String)>,
    ) -> Option<Rc<Rules>> {
        let mut problem = |says: String| problems.push((name.to_owned(), format!("{says}; what it should hide is read")));
        let bytes = match native::read_regular(file, MAX_BYTES) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return above,
            Err(error) => {
                problem(format!("these ignore rules cannot be read: {error}"));
                return above;
            }
        };
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes)).into_owned();
        if text.lines().count() > MAX_LINES {
            problem(format!("these are more than {MAX_LINES} ignore rules"));
            return above;
        }
        let mut builder = GitignoreBuilder::new("");
        for (number, line) in text.lines().enumerate() {
            if builder.add_line(None, line).is_err() {
                problem(format!("the ignore rule in line {} cannot be understood", number + 1));
            }
        }
        match builder.build() {
            Ok(matcher) if matcher.is_empty() => above,
            Ok(matcher) => Some(Rc::new(Rules { matcher, base, above })),
            Err(_) => {
                problem("these ignore rules cannot be understood".into());
                above
            }
        }
    }

    /// Whether the rules hide the path (relative to the work tree), not counting the folders above it.
    pub(crate) fn hide(rules: Option<&Rules>, path: &[u8], is_folder: bool) -> bool {
        let mut at = rules;
        while let Some(rules) = at {
            match rules.matcher.matched(native::path_of(path.get(rules.base..).unwrap_or_default()), is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => at = rules.above.as_deref(),
            }
        }
        false
    }
}
