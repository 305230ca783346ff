//! Lines become instructions: continuations, comments between them, heredocs. Every byte keeps its place.

use std::collections::BTreeMap;

use plimsoll_base::Span;

use crate::Issue;

/// Text whose continued lines are joined as Docker joins them, and which still knows where each byte stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Joined {
    /// The text.
    pub text: String,
    /// Where runs of bytes stand: offset in the text, offset in the file.
    runs: Vec<(u32, u32)>,
}

impl Joined {
    /// Joins the lines of `raw`, which stands at `offset`.
    pub(super) fn new(raw: &str, offset: usize, escape: u8) -> Self {
        let mut joined = Self::default();
        let mut at = offset;
        let mut continues = false;
        for line in raw.split_inclusive('\n') {
            let skipped = continues && is_passed_over(line.as_bytes());
            if !skipped {
                let (content, goes_on) = content(line, escape);
                if !content.is_empty() {
                    joined.runs.push((joined.text.len() as u32, at as u32));
                    joined.text.push_str(content);
                }
                continues = goes_on;
                if !continues {
                    break;
                }
            }
            at += line.len();
        }
        let kept = joined.text.trim_end().len();
        joined.text.truncate(kept);
        joined
    }

    /// Where a span of the text stands in the file.
    pub fn span(&self, span: Span) -> Span {
        let last = span.end.max(span.start + 1) - 1;
        let (start, last) = (self.offset(span.start), self.offset(last));
        Span { start, end: if span.end > span.start { last + 1 } else { start } }
    }

    fn offset(&self, at: u32) -> u32 {
        let run = self.runs.partition_point(|(text, _)| *text <= at);
        self.runs.get(run.saturating_sub(1)).map_or(at, |(text, file)| file + at.saturating_sub(*text))
    }

    /// The part from a byte on.
    pub(super) fn from(&self, at: usize) -> Self {
        let start = self.offset(at as u32);
        let mut runs = vec![(0, start)];
        runs.extend(self.runs.iter().filter(|(text, _)| *text as usize > at).map(|(text, file)| (text - at as u32, *file)));
        Self { text: self.text[at..].to_owned(), runs }
    }
}

/// A line without its end, and whether the next one continues it.
fn content(line: &str, escape: u8) -> (&str, bool) {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let trimmed = line.trim_end_matches([' ', '\t']);
    match trimmed.as_bytes() {
        [before @ .., last] if *last == escape && before.last() != Some(&escape) => (&line[..trimmed.len() - 1], true),
        _ => (line, false),
    }
}

/// Empty lines and comments, which a continuation passes over.
fn is_passed_over(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start(), [] | [b'#', ..])
}

/// An instruction as it stands in the text.
pub(super) struct Logical {
    /// From its keyword to the end of its last line, without heredoc bodies.
    pub start: usize,
    pub end: usize,
    /// The end of the last heredoc body's closing line.
    pub end_with_bodies: usize,
    pub joined: Joined,
    pub heredocs: Vec<FoundHeredoc>,
}

/// A heredoc: where its `<<` stands and where its body does.
pub(super) struct FoundHeredoc {
    pub operator: usize,
    pub delimiter: String,
    pub body: Span,
    pub expands: bool,
}

/// Splits a text into instructions.
pub(super) fn split(text: &str, escape: u8, issues: &mut Vec<Issue>) -> Vec<Logical> {
    let lines = Lines::new(text);
    let mut found = Vec::new();
    let mut line = 0;
    while line < lines.starts.len() {
        let (start, end) = lines.bounds(line);
        let indent = text[start..end].len() - text[start..end].trim_start().len();
        if is_passed_over(&text.as_bytes()[start..end]) {
            line += 1;
            continue;
        }
        let start = start + indent;
        let mut last = line;
        let mut goes_on = content(&text[start..end], escape).1;
        while goes_on && last + 1 < lines.starts.len() {
            last += 1;
            let (next, next_end) = lines.bounds(last);
            if !is_passed_over(&text.as_bytes()[next..next_end]) {
                goes_on = content(&text[next..next_end], escape).1;
            }
        }
        let end = lines.bounds(last).1;
        let joined = Joined::new(&text[start..end], start, escape);
        line = last + 1;
        let mut logical =
            Logical { start, end: start + text[start..end].trim_end().len(), end_with_bodies: 0, heredocs: Vec::new(), joined };
        logical.end_with_bodies = logical.end;
        if takes_heredocs(&logical.joined.text) {
            for (operator, delimiter, dashed, expands) in heredoc_operators(&logical.joined.text) {
                let operator = logical.joined.offset(operator as u32) as usize;
                let Some(close) = lines.closing(text, &delimiter, dashed, line) else {
                    issues.push(Issue {
                        span: Some(Span::new(operator, logical.end)),
                        says: format!("the heredoc {delimiter} is never closed: the lines behind it were read as instructions"),
                    });
                    continue;
                };
                let body = Span::new(lines.starts[line], lines.starts[close]);
                logical.end_with_bodies = lines.starts[close] + text[lines.bounds(close).0..lines.bounds(close).1].trim_end().len();
                logical.heredocs.push(FoundHeredoc { operator, delimiter, body, expands });
                line = close + 1;
            }
        }
        found.push(logical);
    }
    found
}

fn takes_heredocs(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace().map(str::to_ascii_uppercase);
    let first = words.next();
    let keyword = if first.as_deref() == Some("ONBUILD") { words.next() } else { first };
    text.contains("<<") && matches!(keyword.as_deref(), Some("RUN" | "COPY" | "ADD"))
}

/// Offset, delimiter, `<<-`, unquoted: of each word that opens a heredoc.
fn heredoc_operators(text: &str) -> Vec<(usize, String, bool, bool)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut quote, mut word_start) = (0, 0u8, true);
    while at < bytes.len() {
        let byte = bytes[at];
        if quote != 0 {
            at += if byte == b'\\' && quote == b'"' { 2 } else { 1 };
            if byte == quote {
                quote = 0;
            }
            continue;
        }
        match byte {
            b'\'' | b'"' => quote = byte,
            b'\\' => at += 1,
            b'<' if word_start && bytes.get(at + 1) == Some(&b'<') && bytes.get(at + 2) != Some(&b'<') => {
                let dashed = bytes.get(at + 2) == Some(&b'-');
                let from = at + 2 + usize::from(dashed);
                let rest = &text[from..];
                let quoted = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
                let name = match quoted {
                    Some(mark) => rest[1..].split(mark).next().unwrap_or_default(),
                    None => rest.split([' ', '\t', ';', '|', '&', '<', '>', '(', ')']).next().unwrap_or_default(),
                };
                if !name.is_empty() {
                    found.push((at, name.to_owned(), dashed, quoted.is_none()));
                    at = from + name.len() + if quoted.is_some() { 2 } else { 0 };
                    continue;
                }
            }
            _ => {}
        }
        // Digits before the operator are its file descriptor.
        word_start = matches!(byte, b' ' | b'\t' | b'|' | b'&' | b';' | b'(') || (word_start && byte.is_ascii_digit());
        at += 1;
    }
    found
}

struct Lines {
    starts: Vec<usize>,
    length: usize,
    /// Lines by their text, tabs before it removed: many heredocs must not read the rest of the file each.
    by_text: BTreeMap<String, Vec<usize>>,
}

impl Lines {
    fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        starts.retain(|start| *start < text.len());
        let mut by_text: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        if text.contains("<<") {
            for (number, line) in text.lines().enumerate() {
                by_text.entry(line.trim_start_matches('\t').to_owned()).or_default().push(number);
            }
        }
        Self { starts, length: text.len(), by_text }
    }

    fn bounds(&self, line: usize) -> (usize, usize) {
        (self.starts[line], self.starts.get(line + 1).copied().unwrap_or(self.length))
    }

    /// The first line from `from` on that closes a heredoc.
    fn closing(&self, text: &str, delimiter: &str, dashed: bool, from: usize) -> Option<usize> {
        let candidates = self.by_text.get(delimiter)?;
        let first = candidates.partition_point(|line| *line < from);
        // A line that begins with tabs closes only `<<-`; so many of those that the search is cut short do not occur.
        candidates[first..].iter().take(1_000).copied().find(|line| dashed || !text[self.starts[*line]..].starts_with('\t'))
    }
}
