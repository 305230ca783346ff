//! How deep brackets nest, before anything is parsed: the parser takes time by the square of it.
//!
//! Texts, templates, comments and patterns are passed over as far as they can be told without parsing. Where that goes wrong a few brackets are
//! miscounted, which neither refuses a file that anyone wrote nor costs more than time: the stack is seen to apart from this.

use plimsoll_base::Span;

/// How deep brackets may nest. Those of the hand-written files measured nest 24 deep.
pub(super) const MAX_BRACKETS: usize = 64;

/// The first bracket that is deeper than any may be.
pub(super) fn too_deep(text: &str) -> Option<Span> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    // The depths at which a template goes on when the brace of its value is closed.
    let mut templates: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match CLASSES[*byte as usize] {
            Class::Nothing => {}
            Class::Open => {
                depth += 1;
                if depth > MAX_BRACKETS {
                    return Some(Span::new(at, at + 1));
                }
            }
            Class::Close => {
                depth = depth.saturating_sub(1);
                if *byte == b'}' && templates.last() == Some(&depth) {
                    templates.pop();
                    at = template(bytes, at + 1, &mut depth, &mut templates);
                    continue;
                }
            }
            Class::Quote => at = literal(bytes, at, *byte),
            Class::Template => {
                at = template(bytes, at + 1, &mut depth, &mut templates);
                continue;
            }
            Class::Slash => at = slash(bytes, at),
        }
        at += 1;
    }
    None
}

/// What a byte may begin.
#[derive(Clone, Copy)]
enum Class {
    Nothing,
    Open,
    Close,
    Quote,
    Template,
    Slash,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Nothing; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'(' | b'[' | b'{' => Class::Open,
            b')' | b']' | b'}' => Class::Close,
            b'"' | b'\'' => Class::Quote,
            b'`' => Class::Template,
            b'/' => Class::Slash,
            _ => Class::Nothing,
        };
        byte += 1;
    }
    classes
};

/// Goes on in a template from `at`, and gives where code goes on: behind it, or in the value that it holds.
fn template(bytes: &[u8], mut at: usize, depth: &mut usize, templates: &mut Vec<usize>) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'`' => return at + 1,
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                templates.push(*depth);
                *depth += 1;
                return at + 2;
            }
            _ => {}
        }
        at += 1;
    }
    at
}

/// The last byte of the text or pattern that starts here; the first where it does not end on its line, since then it is an apostrophe or a division.
fn literal(bytes: &[u8], start: usize, end: u8) -> usize {
    let mut at = start + 1;
    let mut in_class = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return start,
            b'[' if end == b'/' => in_class = true,
            b']' if end == b'/' => in_class = false,
            _ if *byte == end && !in_class => return at,
            _ => {}
        }
        at += 1;
    }
    start
}

/// The last byte of the comment or pattern that starts here; the slash itself where it is neither.
fn slash(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at + 2..).unwrap_or_default();
    match bytes.get(at + 1) {
        Some(b'/') => at + 1 + memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
        Some(b'*') => memchr::memmem::find(rest, b"*/").map_or(bytes.len(), |end| at + 2 + end + 1),
        Some(b'>') => at,
        _ => {
            let before = bytes.get(..at).unwrap_or_default().iter().rev().find(|b| !matches!(b, b' ' | b'\t'));
            let is_pattern = before.is_none_or(|b| b"(,=:[!&|?{;+-*%~^\n\r".contains(b))
                || bytes.get(..at).is_some_and(|b| b.trim_ascii_end().ends_with(b"return"));
            if is_pattern { literal(bytes, at, b'/') } else { at }
        }
    }
}
