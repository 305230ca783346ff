//! Lines and literals of texts that are read without a parser of their language.

use plimsoll_base::Span;

/// Each line without its end, with the byte at which it starts.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

/// A line's content without the space around it, and its bytes.
pub(super) fn trimmed(start: usize, line: &str) -> (&str, Span) {
    let lead = line.len() - line.trim_start().len();
    let content = line.trim();
    (content, Span::new(start + lead, start + lead + content.len()))
}

/// The string literals of a text, quotes removed, with the byte at which the text within the quotes starts. A literal ends at its line's end.
pub(super) fn literals(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let quote = bytes[i];
        i += 1;
        if quote != b'"' && quote != b'\'' {
            continue;
        }
        let rest = &bytes[i..];
        let length = rest.iter().position(|b| *b == quote || *b == b'\n').unwrap_or(rest.len());
        if rest.get(length) == Some(&quote) {
            found.push((i, &text[i..i + length]));
        }
        i += length + 1;
    }
    found
}

/// The first string literal of a text.
pub(super) fn literal(text: &str) -> Option<(usize, &str)> {
    literals(text).into_iter().next()
}

/// The part of a line before a comment mark that stands at its start or behind a space.
pub(super) fn without_comment<'a>(line: &'a str, mark: &str) -> &'a str {
    let mut from = 0;
    while let Some(i) = line[from..].find(mark).map(|i| i + from) {
        if i == 0 || line.as_bytes()[i - 1].is_ascii_whitespace() {
            return &line[..i];
        }
        from = i + mark.len();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_lines_keep_their_places() {
        let text = "gem 'rails', \"~> 7\" # it's\nend";
        assert_eq!(literals(text), [(5, "rails"), (14, "~> 7")]);
        assert_eq!(&text[14..18], "~> 7");
        assert_eq!(lines("a\r\nb\n\nc").collect::<Vec<_>>(), [(0, "a"), (3, "b"), (5, ""), (6, "c")]);
        assert_eq!(without_comment("x # y", "#"), "x ");
        assert_eq!(without_comment("git+https://h/x#egg=y", "#"), "git+https://h/x#egg=y");
        assert_eq!(literals("'é' \"unclosed"), [(1, "é")]);
    }
}
