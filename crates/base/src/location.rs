//! Places in files: byte spans while we learn, line and column when a person or a machine reads the result.

use std::borrow::Cow;

use serde::Serialize;

/// A file of the assessed tree, by its index in the tree's list of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open range of bytes within one file, counted from the first byte of the file (a byte order mark included).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from two byte offsets; offsets beyond 4 GiB cannot occur, since no file of that size is read.
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end.max(start)) }
    }
    /// The same span within the enclosing text that starts at `offset`.
    pub fn shifted(self, offset: u32) -> Self {
        Self { start: self.start.saturating_add(offset), end: self.end.saturating_add(offset) }
    }
    /// As a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A place: a file, and a span within it or the file as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The file.
    pub file: FileId,
    /// The bytes meant; none where the file as a whole is meant.
    pub span: Option<Span>,
}

impl Location {
    /// The file as a whole.
    pub fn whole(file: FileId) -> Self {
        Self { file, span: None }
    }
    /// A span of the file.
    pub fn at(file: FileId, span: Span) -> Self {
        Self { file, span: Some(span) }
    }
}

/// A resolved place, as people and machines read it. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Relative to the subject's root, with `/`.
    pub path: String,
    /// The line, or none for the file as a whole.
    pub line: Option<u32>,
    /// The column in characters.
    pub column: Option<u32>,
    /// The last line of the span.
    pub end_line: Option<u32>,
}

/// Something that could not be read or understood. Never hidden: every one is listed in the assessment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub at: Location,
    /// What, and what it means for the result.
    pub says: String,
}

/// Turns byte offsets of one text into lines and columns: the only place where this is done.
pub struct LineIndex<'a> {
    text: Cow<'a, [u8]>,
    starts: Vec<u32>,
}

impl<'a> LineIndex<'a> {
    /// Indexes the line starts of a text. Takes any bytes; `\n` ends a line, a `\r` before it belongs to the line.
    pub fn new(text: impl Into<Cow<'a, [u8]>>) -> Self {
        let text = text.into();
        let mut starts = vec![0];
        starts.extend(text.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i as u32 + 1));
        Self { text, starts }
    }

    /// Line and column (in characters) of a byte offset, both from 1. An offset past the end is the end.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let offset = offset.min(self.text.len() as u32);
        let line = self.starts.partition_point(|s| *s <= offset) - 1;
        let mut begin = self.starts[line] as usize;
        if line == 0 && self.text.starts_with(b"\xEF\xBB\xBF") && offset >= 3 {
            begin = 3;
        }
        let column = self.text[begin..offset as usize].iter().filter(|b| (**b & 0xC0) != 0x80).count();
        (line as u32 + 1, column as u32 + 1)
    }

    /// The last line that a span touches; an end that is a line's first byte belongs to the line before.
    pub fn end_line(&self, span: Span) -> u32 {
        let last = span.end.saturating_sub(1).max(span.start);
        self.line_column(last).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_from_one_and_columns_in_characters() {
        let text = "a: é\nbé: x\n";
        let index = LineIndex::new(text.as_bytes());
        assert_eq!(index.line_column(0), (1, 1));
        let x = text.find('x').map(|i| i as u32).unwrap_or_default();
        assert_eq!(index.line_column(x), (2, 5));
        assert_eq!(index.line_column(999), (3, 1));
    }

    #[test]
    fn a_span_that_ends_with_its_newline_ends_on_its_own_line() {
        let index = LineIndex::new(b"one\ntwo\n".as_slice());
        assert_eq!(index.end_line(Span::new(0, 4)), 1);
        assert_eq!(index.end_line(Span::new(0, 5)), 2);
    }
}
