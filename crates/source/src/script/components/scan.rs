//! Tags, comments and braces of markup, found without building a tree.

use std::ops::Range;

/// A text to look for tags in.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    /// Whether values of attributes may stand in braces.
    pub(super) braces: bool,
}

/// An opening tag.
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it holds nothing: `<a/>`.
    pub(super) is_closed: bool,
}

/// An attribute of a tag.
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    /// The bytes of its value without the quotes or braces; empty where it has none.
    pub(super) value: Range<usize>,
    /// Whether the value stands in braces.
    pub(super) is_braced: bool,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Scan<'a> {
    /// The end of the comment that starts here.
    pub(super) fn comment(self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?.strip_prefix("<!--")?;
        Some(rest.find("-->").map_or(self.text.len(), |end| at + 4 + end + 3))
    }

    /// The opening tag that starts here.
    pub(super) fn tag(self, start: usize, budget: &mut usize) -> Option<Tag<'a>> {
        let bytes = self.text.as_bytes();
        let name_end = self.end_of(start + 1, |b| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_' | b'.' | b':'));
        let name = self.text.get(start + 1..name_end).filter(|n| n.starts_with(|c: char| c.is_ascii_alphabetic()))?;
        let mut attributes = Vec::new();
        let mut at = name_end;
        loop {
            at = self.end_of(at, |b| !b.is_ascii_whitespace());
            match bytes.get(at)? {
                b'>' => return Some(Tag { name, attributes, start, end: at + 1, is_closed: false }),
                b'/' if bytes.get(at + 1) == Some(&b'>') => return Some(Tag { name, attributes, start, end: at + 2, is_closed: true }),
                b'<' => return None,
                b'{' if self.braces => {
                    let end = closing_brace(self.text, at + 1, budget)?;
                    attributes.push(Attribute { name: "", value: at + 1..end, is_braced: true, start: at, end: end + 1 });
                    at = end + 1;
                }
                _ => {
                    let attribute = self.attribute(at, budget)?;
                    at = attribute.end;
                    attributes.push(attribute);
                }
            }
        }
    }

    fn attribute(self, start: usize, budget: &mut usize) -> Option<Attribute<'a>> {
        let bytes = self.text.as_bytes();
        let name_end = self.end_of(start + 1, |b| b.is_ascii_whitespace() || matches!(b, b'=' | b'>' | b'/' | b'<' | b'{'));
        let name = self.text.get(start..name_end)?;
        let equals = self.end_of(name_end, |b| !b.is_ascii_whitespace());
        if bytes.get(equals) != Some(&b'=') {
            return Some(Attribute { name, value: name_end..name_end, is_braced: false, start, end: name_end });
        }
        let at = self.end_of(equals + 1, |b| !b.is_ascii_whitespace());
        let (value, is_braced, end) = match bytes.get(at)? {
            quote @ (b'"' | b'\'') => {
                let end = self.end_of(at + 1, |b| b == *quote);
                (at + 1..end, false, end + 1)
            }
            b'{' if self.braces => {
                let end = closing_brace(self.text, at + 1, budget)?;
                (at + 1..end, true, end + 1)
            }
            _ => {
                let end = self.end_of(at, |b| b.is_ascii_whitespace() || b == b'>');
                (at..end, false, end)
            }
        };
        Some(Attribute { name, value, is_braced, start, end: end.min(self.text.len()) })
    }

    /// Where the closing tag of a name starts, or the end of the text.
    pub(super) fn close(self, from: usize, name: &str) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(found) = bytes.get(at..).and_then(|t| t.iter().position(|b| *b == b'<')) {
            at += found + 1;
            let is_close = bytes.get(at) == Some(&b'/')
                && bytes.get(at + 1..at + 1 + name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()));
            if is_close {
                return at - 1;
            }
        }
        bytes.len()
    }

    fn end_of(self, from: usize, is_end: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        from + rest.iter().position(|b| is_end(*b)).unwrap_or(rest.len())
    }
}

/// The brace that closes the one before `from`: texts, templates and comments within are passed over. None where there is none, or where too much
/// has been looked at.
pub(super) fn closing_brace(text: &str, from: usize, budget: &mut usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = from;
    let found = loop {
        match bytes.get(at).filter(|_| at - from < *budget) {
            None => break None,
            Some(b'{') => depth += 1,
            Some(b'}') if depth == 0 => break Some(at),
            Some(b'}') => depth -= 1,
            Some(quote @ (b'"' | b'\'' | b'`')) => at = end_of_text(bytes, at, *quote),
            Some(b'/') if bytes.get(at + 1) == Some(&b'*') => {
                at = text.get(at + 2..).and_then(|t| t.find("*/")).map_or(bytes.len(), |end| at + 2 + end + 1);
            }
            Some(b'/') if bytes.get(at + 1) == Some(&b'/') => {
                let rest = bytes.get(at..).unwrap_or_default();
                at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            }
            Some(_) => {}
        }
        at += 1;
    };
    *budget = budget.saturating_sub(at - from);
    found
}

/// The last byte of the quoted text that starts here; where it does not end on its line it is no text but an apostrophe.
fn end_of_text(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return start,
            _ if *byte == quote => return at,
            _ => {}
        }
        at += 1;
    }
    start
}
