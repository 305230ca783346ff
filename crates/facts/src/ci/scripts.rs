//! Scripts within pipeline files: their text, where each byte of it stands, and the expressions in it that are known.

use plimsoll_base::{FileId, Location, Span};
use plimsoll_syntax::{Node, Strictness};

use super::expressions::{Names, evaluate};
use super::reading::Reader;

/// A shell text with the place of every byte.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub text: String,
    /// The file and the offset of each byte of the text.
    origin: Vec<(FileId, u32)>,
    pub strictness: Strictness,
}

impl Script {
    pub(super) fn new(strictness: Strictness) -> Self {
        Self { text: String::new(), origin: Vec::new(), strictness }
    }

    /// The text of a scalar.
    pub(super) fn of(reader: &Reader, file: FileId, node: &Node, strictness: Strictness) -> Option<Self> {
        let mut script = Self::new(strictness);
        script.add(reader, file, node);
        (!script.text.is_empty()).then_some(script)
    }

    /// Adds the lines of a scalar, or of every scalar of nested lists, behind what is there.
    pub(super) fn add(&mut self, reader: &Reader, file: FileId, node: &Node) {
        self.add_nested(reader, file, node, 0);
    }

    fn add_nested(&mut self, reader: &Reader, file: FileId, node: &Node, depth: usize) {
        for item in node.items().iter().filter(|_| depth < 10) {
            self.add_nested(reader, file, item, depth + 1);
        }
        let Some(text) = node.scalar() else { return };
        let raw = reader.held(file).and_then(|h| h.bytes.as_deref()).and_then(|b| b.get(node.span.range())).unwrap_or_default();
        // An alias stands for its anchor's text: all of it is where the alias is.
        let raw = if raw.starts_with(b"*") && !text.starts_with('*') { &[][..] } else { raw };
        self.origin.extend(align(text.as_bytes(), raw).into_iter().map(|at| (file, node.span.start + at)));
        self.text.push_str(text);
        if !text.ends_with('\n') {
            self.text.push('\n');
            self.origin.push((file, node.span.end.max(node.span.start + 1) - 1));
        }
    }

    /// Replaces each `${{ … }}` whose value is known.
    pub(super) fn substituted(&self, names: &dyn Names) -> Self {
        let mut done = Self {
            text: String::with_capacity(self.text.len()),
            origin: Vec::with_capacity(self.origin.len()),
            strictness: self.strictness,
        };
        let mut from = 0;
        for (start, end, value) in known_expressions(&self.text, names) {
            done.text.push_str(&self.text[from..start]);
            done.origin.extend_from_slice(&self.origin[from..start]);
            done.origin.extend(std::iter::repeat_n(self.origin[start], value.len()));
            done.text.push_str(&value);
            from = end;
        }
        done.text.push_str(&self.text[from..]);
        done.origin.extend_from_slice(&self.origin[from..]);
        done
    }

    /// The place of a span of the text.
    pub(super) fn at(&self, span: Span) -> Option<Location> {
        let (file, start) = *self.origin.get(span.start as usize)?;
        let last = (span.end as usize).saturating_sub(1).min(self.origin.len() - 1);
        let end = self.origin.get(last).filter(|(f, at)| *f == file && *at >= start).map_or(start, |(_, at)| *at);
        Some(Location::at(file, Span { start, end: end + 1 }))
    }
}

/// A text with each `${{ … }}` replaced whose value is known.
pub(super) fn substitute(text: &str, names: &dyn Names) -> String {
    if !text.contains("${{") {
        return text.to_owned();
    }
    let mut done = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end, value) in known_expressions(text, names) {
        done.push_str(&text[from..start]);
        done.push_str(&value);
        from = end;
    }
    done.push_str(&text[from..]);
    done
}

fn known_expressions(text: &str, names: &dyn Names) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("${{").map(|i| at + i) {
        let Some(end) = text[start..].find("}}").map(|i| start + i + 2) else { break };
        if let Some(value) = evaluate(text[start + 3..end - 2].trim(), names).known_text() {
            found.push((start, end, value));
        }
        at = end;
    }
    found
}

/// For each byte of a scalar's text the byte of its source: the two differ in blanks, quotes and escapes only.
fn align(text: &[u8], raw: &[u8]) -> Vec<u32> {
    /// How far an escape may lead away.
    const AHEAD: usize = 8;
    let mut map = Vec::with_capacity(text.len());
    let mut at = 0;
    for byte in text {
        if byte.is_ascii_whitespace() {
            map.push(u32::try_from(at.min(raw.len().saturating_sub(1))).unwrap_or(0));
            if raw.get(at) == Some(byte) {
                at += 1;
            }
            continue;
        }
        let mut blanks = at;
        while raw.get(blanks).is_some_and(u8::is_ascii_whitespace) {
            blanks += 1;
        }
        let window = &raw[blanks.min(raw.len())..(blanks + AHEAD).min(raw.len())];
        if let Some(ahead) = window.iter().position(|b| b == byte) {
            at = blanks + ahead;
        }
        map.push(u32::try_from(at.min(raw.len().saturating_sub(1))).unwrap_or(0));
        if raw.get(at) == Some(byte) {
            at += 1;
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_finds_its_source() {
        let raw = b"cd x\n    npm test\n    if y; then\n      z\n    fi\n";
        let text = b"cd x\nnpm test\nif y; then\n  z\nfi\n";
        let map = align(text, raw);
        for (i, byte) in text.iter().enumerate().filter(|(_, b)| !b.is_ascii_whitespace()) {
            assert_eq!(raw[map[i] as usize], *byte, "{i}");
        }
        let map = align(b"say \"x\" y", b"\"say \\\"x\\\" y\"");
        assert_eq!(map.last(), Some(&11));
    }

    #[test]
    fn a_text_that_is_elsewhere_keeps_its_place() {
        assert!(align(b"npm test", b"*anchor").iter().all(|at| *at < 7));
        assert_eq!(align(b"ab", b""), [0, 0]);
    }
}
