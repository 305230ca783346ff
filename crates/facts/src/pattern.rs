//! Patterns over source text, compiled for speed.

use regex::bytes::{Regex, RegexBuilder};

/// A constant pattern that reads bytes: classes, word boundaries and case are those of ASCII, and the bytes of any other letter count as `\w`.
///
/// The tables of Unicode would make each pattern many times as large, and a word boundary of Unicode sends every text with one foreign
/// letter to the slowest engine; the words that are looked for are all ASCII.
pub(crate) fn pattern(text: &str) -> Regex {
    let text = text.replace(r"\w", r"[\w\x80-\xFF]");
    RegexBuilder::new(&text).unicode(false).build().expect("a constant pattern")
}
