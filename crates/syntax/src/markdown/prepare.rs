//! Blanks out what the parser must not see: metadata, which it would take for a heading, and nesting that would cost it quadratic time.

use std::borrow::Cow;
use std::ops::Range;

use plimsoll_base::Span;

use super::Prepared;

/// Most quote and list markers at the start of one line.
pub(super) const MAX_DEPTH: usize = 32;

/// Rightmost column for such a marker.
const MAX_COLUMN: usize = 160;

pub(super) fn prepare(text: &str) -> Prepared<'_> {
    let front = front_matter(text);
    let mut blank: Vec<Range<usize>> = front.clone().into_iter().collect();
    let mut flattened = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(cut) = excess(line.as_bytes()) {
            flattened = flattened.or(Some(at + cut.start));
            blank.push(at + cut.start..at + cut.end);
        }
        at += line.len();
    }
    let front_matter = front.map(|r| Span::new(r.start, r.end));
    if blank.is_empty() {
        return Prepared { text: Cow::Borrowed(text), front_matter, flattened };
    }
    let mut out = String::with_capacity(text.len());
    for range in blank {
        // A cut within the metadata is part of it.
        if range.start < out.len() {
            continue;
        }
        out.push_str(&text[out.len()..range.start]);
        for c in text[range].chars() {
            match c {
                '\n' | '\r' => out.push(c),
                _ => out.extend(std::iter::repeat_n(' ', c.len_utf8())),
            }
        }
    }
    out.push_str(&text[out.len()..]);
    Prepared { text: Cow::Owned(out), front_matter, flattened }
}

/// The metadata at the top: from a line `---` to the next such line, if what follows it looks like metadata.
fn front_matter(text: &str) -> Option<Range<usize>> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next()?;
    let start = first.len() - first.trim_start().len();
    if first.trim() != "---" {
        return None;
    }
    let mut end = first.len();
    for (number, line) in lines.enumerate() {
        if number == 0 && !(line.contains(':') || line.starts_with('#')) {
            return None;
        }
        end += line.len();
        if matches!(line.trim_end(), "---" | "...") {
            return Some(start..end);
        }
    }
    None
}

/// The markers of a line beyond those that are allowed. A line of nothing but dashes is a rule, not a list.
fn excess(line: &[u8]) -> Option<Range<usize>> {
    let mut column = 0;
    let mut markers = 0;
    let mut cut = None;
    let mut at = 0;
    while at < line.len() {
        let blank_after = |n: usize| line.get(n).is_none_or(u8::is_ascii_whitespace);
        let length = match line[at] {
            b' ' => {
                column += 1;
                at += 1;
                continue;
            }
            b'\t' => {
                column += 4;
                at += 1;
                continue;
            }
            b'>' => 1,
            b'-' | b'*' | b'+' if blank_after(at + 1) => 1,
            b'0'..=b'9' => {
                let digits = line[at..].iter().take(10).take_while(|b| b.is_ascii_digit()).count();
                if !matches!(line.get(at + digits), Some(b'.' | b')')) || !blank_after(at + digits + 1) {
                    break;
                }
                digits + 1
            }
            _ => break,
        };
        markers += 1;
        if cut.is_none() && (markers > MAX_DEPTH || column > MAX_COLUMN) {
            cut = Some(at);
        }
        column += length;
        at += length;
    }
    let rule = |mark: u8| line.iter().all(|b| *b == mark || b.is_ascii_whitespace());
    let cut = cut.filter(|_| !rule(b'-') && !rule(b'*'))?;
    let end = line[..at].trim_ascii_end().len();
    Some(cut..end.max(cut))
}
