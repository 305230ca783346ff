//! Lines of toned text: measuring, wrapping, cutting, writing.

use std::io;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::ink::{Ink, Mark, Tone};

/// A path longer than this is not a path that anyone copies.
const LONGEST_PATH: usize = 240;

/// One line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    ink: Ink,
    spans: Vec<(Tone, String)>,
}

impl Line {
    pub fn new(ink: Ink) -> Self {
        Self { ink, spans: Vec::new() }
    }
    /// With text, escaped.
    pub fn put(mut self, tone: Tone, text: &str) -> Self {
        let text = self.ink.clean(text);
        if !text.is_empty() {
            self.spans.push((tone, text));
        }
        self
    }
    pub fn plain(self, text: &str) -> Self {
        self.put(Tone::Plain, text)
    }
    pub fn mark(self, mark: Mark) -> Self {
        let sign = self.ink.mark(mark);
        self.put(mark.tone(), sign)
    }
    /// With blanks up to a column; with one blank if it is passed.
    pub fn to(self, column: usize) -> Self {
        let width = self.width();
        let blanks = if width == 0 { column } else { column.saturating_sub(width).max(1) };
        self.plain(&" ".repeat(blanks))
    }
    pub fn width(&self) -> usize {
        self.spans.iter().map(|(_, text)| text.width()).sum()
    }
    /// Writes it, without blanks at its end.
    fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let last = self.spans.iter().rposition(|(_, text)| !text.trim_end().is_empty());
        for (at, (tone, text)) in self.spans.iter().enumerate().take(last.map_or(0, |at| at + 1)) {
            let text = if Some(at) == last { text.trim_end() } else { text };
            let style = tone.style();
            if self.ink.colour && *tone != Tone::Plain {
                write!(out, "{}{text}{}", style.render(), style.render_reset())?;
            } else {
                out.write_all(text.as_bytes())?;
            }
        }
        out.write_all(b"\n")
    }
}

/// The lines of a page, and how wide it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    pub ink: Ink,
    pub width: usize,
    pub lines: Vec<Line>,
}

impl Sheet {
    pub fn new(ink: Ink, width: usize) -> Self {
        // Narrower than this nothing reads well, and no terminal is; wider lines are hard to read.
        Self { ink, width: width.clamp(40, 160), lines: Vec::new() }
    }
    /// An empty sheet of the same size.
    pub fn blank(&self) -> Self {
        Self { ink: self.ink, width: self.width, lines: Vec::new() }
    }
    pub fn line(&self) -> Line {
        Line::new(self.ink)
    }
    pub fn push(&mut self, line: Line) {
        self.lines.push(line);
    }
    pub fn gap(&mut self) {
        self.lines.push(Line::new(self.ink));
    }
    pub fn append(&mut self, other: Sheet) {
        self.lines.extend(other.lines);
    }
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Text after a beginning of a line, wrapped; further lines begin at `hang`. Past `most` lines it is cut.
    pub fn flow(&mut self, head: Line, hang: usize, tone: Tone, text: &str, most: usize) {
        let text = self.ink.clean(text);
        let first = self.width.saturating_sub(head.width());
        let mut rows = wrap(self.ink, &text, first, self.width.saturating_sub(hang));
        if rows.len() > most.max(1) {
            let rest = rows.split_off(most.max(1) - 1).join(" ");
            let room = if rows.is_empty() { first } else { self.width.saturating_sub(hang) };
            rows.push(cut(self.ink, &rest, room));
        }
        let mut head = Some(head);
        for row in rows {
            let line = head.take().unwrap_or_else(|| self.line().to(hang));
            self.push(line.put(tone, &row));
        }
        if let Some(head) = head {
            self.push(head);
        }
    }

    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.lines.iter().try_for_each(|line| line.write(out))
    }
}

/// The words in rows. A word is never broken; what is not a path and wider than a row is cut.
pub(crate) fn wrap(ink: Ink, text: &str, first: usize, others: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    let (mut row, mut used) = (String::new(), 0);
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let room = if rows.is_empty() { first } else { others };
        let word = whole(ink, word, others);
        let wide = word.width();
        if used > 0 && used + 1 + wide > room {
            rows.push(std::mem::take(&mut row));
            used = 0;
        } else if used == 0 && rows.is_empty() && wide > first && wide <= others {
            // The head left too little room: the text begins on the next line.
            rows.push(String::new());
        }
        if used > 0 {
            row.push(' ');
            used += 1;
        }
        row.push_str(&word);
        used += wide;
    }
    if used > 0 {
        rows.push(row);
    }
    rows
}

/// A word as it may stand: a path whole, anything else not wider than a row.
fn whole(ink: Ink, word: &str, room: usize) -> String {
    if is_path(word) { path(ink, word) } else { cut(ink, word, room.max(8)) }
}

fn is_path(word: &str) -> bool {
    word.contains('/') || word.rsplit_once(':').is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// A path as it may stand: whole, so that it can be copied; only an absurd one loses its middle.
pub(crate) fn path(ink: Ink, path: &str) -> String {
    let path = ink.clean(path);
    let count = path.chars().count();
    if count <= LONGEST_PATH {
        return path;
    }
    let half = LONGEST_PATH / 2;
    let head: String = path.chars().take(half).collect();
    let tail: String = path.chars().skip(count - half).collect();
    format!("{head}{}{tail}", ink.ellipsis())
}

/// At most so many columns wide, with an ellipsis where something is left out. Words, above all paths, are left out whole where that leaves enough.
pub(crate) fn cut(ink: Ink, text: &str, room: usize) -> String {
    let text = ink.clean(text);
    if text.width() <= room {
        return text;
    }
    let room = room.saturating_sub(ink.ellipsis().width());
    let (mut end, mut used) = (0, 0);
    for (at, c) in text.char_indices() {
        let wide = c.width().unwrap_or(0);
        if used + wide > room {
            break;
        }
        used += wide;
        end = at + c.len_utf8();
    }
    let mut kept = &text[..end];
    let inside = !text[end..].starts_with(' ');
    if let (true, Some(space)) = (inside, kept.rfind(' ')) {
        let word = text[space + 1..].split(' ').next().unwrap_or_default();
        if is_path(word) || kept[..space].width() * 2 >= room {
            kept = &kept[..space];
        }
    }
    format!("{}{}", kept.trim_end_matches([' ', ',', ';', ':', '·', '(', '–']), ink.ellipsis())
}

/// As many whole names as fit into so many columns, and how many are left.
pub(crate) fn names(list: &[&str], room: usize) -> String {
    let mut text = String::new();
    for (at, name) in list.iter().enumerate() {
        let left = list.len() - at;
        let tail = if left > 1 { format!(", … {} more", left - 1).width() } else { 0 };
        if at > 0 && text.width() + 2 + name.width() + tail > room {
            return format!("{text}, … {left} more");
        }
        if at > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
    }
    text
}

/// The width on a screen.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INK: Ink = Ink { colour: false, ascii: false };

    #[test]
    fn a_place_is_never_broken_or_cut() {
        let long = "services/backend/app/api/v1/endpoints/authentication.py:146";
        let rows = wrap(INK, &format!("the role comes from the request, see {long} and more"), 40, 40);
        assert!(rows.iter().any(|row| row == long), "{rows:?}");
        let cut = cut(INK, &format!("see {long}"), 30);
        assert_eq!(cut, "see…");
    }

    #[test]
    fn rows_stay_within_their_width() {
        let text = "one two three four five six seven eight nine ten".repeat(4);
        assert!(wrap(INK, &text, 10, 30).iter().all(|row| row.width() <= 30));
    }

    #[test]
    fn an_endless_word_is_cut() {
        let rows = wrap(INK, &"A".repeat(5000), 40, 40);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].width(), 40);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert!(cut(INK, "漢字漢字漢字", 7).width() <= 7);
        assert_eq!(cut(INK, "漢字", 4), "漢字");
    }

    #[test]
    fn a_cut_prefers_whole_words() {
        assert_eq!(cut(INK, "every user is lost when the container is replaced", 30), "every user is lost when the…");
    }

    #[test]
    fn names_stay_whole_and_the_rest_is_counted() {
        let list = ["recovery/automated-backups", "edge/https-tls", "observability/alerting"];
        assert_eq!(names(&list, 200), list.join(", "));
        assert_eq!(names(&list, 60), "recovery/automated-backups, edge/https-tls, … 1 more");
        assert_eq!(names(&list, 10), "recovery/automated-backups, … 2 more");
        assert_eq!(names(&[], 10), "");
    }

    #[test]
    fn an_absurd_path_keeps_its_ends() {
        let shown = path(INK, &format!("{}/file.yml:7", "d/".repeat(400)));
        assert!(shown.ends_with("/file.yml:7") && shown.contains('…') && shown.chars().count() < 250);
    }

    #[test]
    fn text_past_its_lines_is_cut() {
        let mut sheet = Sheet::new(INK, 40);
        let head = sheet.line().plain("  head: ");
        sheet.flow(head, 4, Tone::Plain, &"word ".repeat(60), 2);
        assert_eq!(sheet.len(), 2);
        let mut out = Vec::new();
        sheet.write(&mut out).unwrap();
        assert!(String::from_utf8(out).unwrap().ends_with("…\n"));
    }
}
