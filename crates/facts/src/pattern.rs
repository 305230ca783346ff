//! Words and patterns over source text, looked for with speed.

use regex::bytes::{Regex, RegexBuilder};

/// Those of some words that stand in a text at all: its lines need be searched for no others, and a whole text is searched fast.
pub(crate) fn present<'w>(text: &str, words: &[&'w str]) -> Vec<&'w str> {
    words.iter().copied().filter(|w| memchr::memmem::find(text.as_bytes(), w.as_bytes()).is_some()).collect()
}

/// A constant pattern that reads bytes: classes, word boundaries and case are those of ASCII, and the bytes of any other letter count as `\w`.
///
/// The tables of Unicode would make each pattern many times as large, and a word boundary of Unicode sends every text with one foreign
/// letter to the slowest engine; the words that are looked for are all ASCII.
pub(crate) fn pattern(text: &str) -> Regex {
    let text = text.replace(r"\w", r"[\w\x80-\xFF]");
    RegexBuilder::new(&text).unicode(false).build().expect("a constant pattern")
}
