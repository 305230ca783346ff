//! Text that a template prints, with where each stretch of it comes from.

use plimsoll_base::Location;

/// Begins what stands for the unknown in printed text; its number in the engine's table follows, then [`CLOSE`].
pub(super) const OPEN: char = '\u{E000}';
/// Ends what stands for the unknown.
pub(super) const CLOSE: char = '\u{E001}';

/// From `start` to the next mark, the text comes from one place.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) start: usize,
    /// The text of a template where `exact`, else the action that printed.
    pub(super) at: Location,
    /// Offsets within the text are offsets within the place.
    pub(super) exact: bool,
    /// The value that the action printed.
    pub(super) value: Option<Location>,
    /// Whether it is printed at all depends on what is not known.
    pub(super) doubt: bool,
}

/// Printed text.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) marks: Vec<Mark>,
}

impl Text {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), marks: Vec::new() }
    }

    /// Adds text from one place.
    pub(super) fn push(&mut self, text: &str, mut mark: Mark) {
        if !text.is_empty() {
            mark.start = self.text.len();
            self.marks.push(mark);
            self.text.push_str(text);
        }
    }

    /// The mark that an offset lies in.
    pub(super) fn mark(&self, offset: usize) -> Option<&Mark> {
        let next = self.marks.partition_point(|m| m.start <= offset);
        self.marks.get(next.checked_sub(1)?)
    }

    /// The marks from an offset on, and the part of the text they are for.
    fn stretches(&self, from: usize, to: usize) -> impl Iterator<Item = (Mark, &str)> {
        let first = self.marks.partition_point(|m| m.start <= from).saturating_sub(1);
        self.marks[first.min(self.marks.len())..].iter().enumerate().take_while(move |(_, m)| m.start < to).filter_map(move |(i, m)| {
            let end = self.marks.get(first + i + 1).map_or(to, |n| n.start.min(to));
            let start = m.start.max(from);
            let mut mark = m.clone();
            if mark.exact
                && let Some(span) = &mut mark.at.span
            {
                span.start = span.start.saturating_add((start - m.start) as u32);
            }
            (start < end).then(|| (mark, &self.text[start..end]))
        })
    }

    /// Adds a part of another text with its places; text without a place of its own gets this one.
    pub(super) fn append(&mut self, other: &Text, from: usize, to: usize, otherwise: &Mark) {
        if other.marks.is_empty() {
            self.push(&other.text[from..to], otherwise.clone());
            return;
        }
        for (mut mark, text) in other.stretches(from, to) {
            mark.doubt |= otherwise.doubt;
            self.push(text, mark);
        }
    }

    /// A part of it, both ends on the border of a character.
    pub(super) fn part(&self, from: usize, to: usize) -> Text {
        let mut found = Text::default();
        match self.marks.first() {
            None => found.text.push_str(&self.text[from..to]),
            Some(mark) => found.append(self, from, to, mark),
        }
        found
    }

    /// Each line indented, as `indent` does it.
    pub(super) fn indented(&self, by: usize, before: bool) -> Text {
        let pad = " ".repeat(by.min(200));
        let mut found = Text::default();
        let mut at = 0;
        if before {
            self.pad(&mut found, "\n", 0);
        }
        for line in self.text.split_inclusive('\n') {
            self.pad(&mut found, &pad, at);
            let end = at + line.len();
            match self.marks.first() {
                None => found.text.push_str(line),
                Some(mark) => found.append(self, at, end, mark),
            }
            at = end;
        }
        if self.text.is_empty() || self.text.ends_with('\n') {
            self.pad(&mut found, &pad, at);
        }
        found
    }

    fn pad(&self, found: &mut Text, pad: &str, at: usize) {
        match self.mark(at) {
            Some(mark) => found.push(pad, Mark { exact: false, ..mark.clone() }),
            None => found.text.push_str(pad),
        }
    }

    /// Whether some of it is unknown.
    pub(super) fn is_open(&self) -> bool {
        self.text.contains(OPEN)
    }

    /// The value that all of it comes from, if it is one.
    pub(super) fn single(&self) -> Option<Location> {
        let mut values = self.marks.iter().map(|m| m.value);
        let first = values.next()??;
        values.all(|v| v == Some(first)).then_some(first)
    }
}
