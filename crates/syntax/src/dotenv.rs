//! Environment files: `KEY=value` lines as Compose, `dotenv` and their kin read them. Nothing is substituted.

use plimsoll_base::Span;

use crate::issues::Issues;
use crate::{Parsed, text};

/// One `KEY=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DotenvEntry {
    /// The name.
    pub key: String,
    /// The value without quotes and without a comment; escapes are resolved within double quotes only.
    pub value: String,
    /// The bytes of the name.
    pub key_span: Span,
    /// The bytes of the value as written, between the quotes if there are any.
    pub value_span: Span,
    /// Whether the line is commented out: `# KEY=value`, as templates do for what is optional.
    pub commented: bool,
    /// Whether `export` stands before the name.
    pub exported: bool,
    /// The quote around the value.
    pub quote: Option<char>,
}

/// Reads an environment file. A line that is no `KEY=value` is an issue; the lines after it are read.
pub fn dotenv(bytes: &[u8]) -> Parsed<Vec<DotenvEntry>> {
    let (text, issue) = text::decode(bytes);
    let mut issues = Issues::default();
    if let Some(issue) = issue {
        issues.add(issue.span, issue.says);
    }
    let mut entries = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = line_end(&text, at);
        let line = text[at..end].trim_end();
        let start = at + (line.len() - line.trim_start().len());
        let line = line.trim_start();
        at = end + 1;
        if let Some(comment) = line.strip_prefix('#') {
            let comment = comment.trim_start_matches(['#', ' ', '\t']);
            let start = start + line.len() - comment.len();
            entries.extend(commented(&text[..start + comment.len()], start));
        } else if !line.is_empty() {
            match entry(&text, start) {
                Some((entry, problem, next)) => {
                    if let Some(says) = problem {
                        issues.add(Some(entry.value_span), says);
                    }
                    entries.push(entry);
                    at = next;
                }
                None => {
                    issues.add(Some(Span::new(start, start + line.len())), "not KEY=value: the line was passed over");
                }
            }
        }
    }
    Parsed { value: entries, issues: issues.finish() }
}

/// An entry within a comment. Prose may hold an equals sign too: with a space before it, only a name in capitals is one.
fn commented(text: &str, start: usize) -> Option<DotenvEntry> {
    let (entry, _, _) = entry(text, start)?;
    let spaced = !text[entry.key_span.end as usize..].starts_with('=');
    let capitals = !entry.key.bytes().any(|b| b.is_ascii_lowercase());
    (capitals || !spaced).then_some(DotenvEntry { commented: true, ..entry })
}

/// The entry that starts at an offset, what is wrong with it, and where the text goes on.
fn entry(text: &str, start: usize) -> Option<(DotenvEntry, Option<&'static str>, usize)> {
    let mut key_start = start;
    let rest = &text[start..];
    let mut exported = false;
    if let Some(after) = rest.strip_prefix("export").filter(|after| after.starts_with([' ', '\t'])) {
        exported = true;
        key_start = text.len() - after.trim_start_matches([' ', '\t']).len();
    }
    let key = &text[key_start..];
    let key = &key[..key.bytes().position(|b| !is_key(b)).unwrap_or(key.len())];
    if !key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return None;
    }
    let key_end = key_start + key.len();
    let value = text[key_end..].trim_start_matches([' ', '\t']).strip_prefix('=')?;
    let value_start = text.len() - value.len();
    let end = line_end(text, value_start);

    let (value, value_span, quote, problem, next) = value_at(text, value_start, end);
    let key_span = Span::new(key_start, key_end);
    let entry = DotenvEntry { key: key.to_owned(), value, key_span, value_span, commented: false, exported, quote };
    Some((entry, problem, next))
}

type Value = (String, Span, Option<char>, Option<&'static str>, usize);

/// The value that starts after the equals sign, on a line that ends at `end`.
fn value_at(text: &str, start: usize, end: usize) -> Value {
    let line = &text[start..end];
    let begin = start + (line.len() - line.trim_start().len());
    let quote = text[begin..end].chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let Some(quote) = quote else {
        return unquoted(text, start, end);
    };
    let inside = begin + 1;
    let Some(close) = closing(text, inside, quote) else {
        let written = text[inside..end].trim_end();
        let span = Span::new(inside, inside + written.len());
        let problem = "the quote is not closed: the value was read to the end of the line";
        return (written.to_owned(), span, Some(quote), Some(problem), end + 1);
    };
    let after = line_end(text, close);
    let trailing = &text[close + 1..after];
    if !(trailing.trim().is_empty() || trailing.trim_start().starts_with('#')) {
        if close < end {
            // `"a" b` and `"{"a":1}"` are taken as they stand, as the libraries do.
            return unquoted(text, start, end);
        }
        // The next quote belongs to another line.
        let written = text[inside..end].trim_end();
        let span = Span::new(inside, inside + written.len());
        let problem = "the quote is not closed on a line of its own: the value was read to the end of the line";
        return (written.to_owned(), span, Some(quote), Some(problem), end + 1);
    }
    let written = &text[inside..close];
    let value = if quote == '"' { unescaped(written) } else { written.to_owned() };
    (value, Span::new(inside, close), Some(quote), None, after + 1)
}

/// A value without quotes: to the end of the line, or to a comment that a blank sets off.
fn unquoted(text: &str, start: usize, end: usize) -> Value {
    let line = &text[start..end];
    let comment = line.char_indices().zip(line.chars().skip(1));
    let comment = comment.filter(|((_, c), next)| c.is_whitespace() && *next == '#').map(|((at, _), _)| at).next();
    let kept = &line[..comment.unwrap_or(line.len())];
    let value = kept.trim();
    let at = if value.is_empty() { start } else { start + kept.len() - kept.trim_start().len() };
    (value.to_owned(), Span::new(at, at + value.len()), None, None, end + 1)
}

/// The offset of the quote that closes; within double quotes a backslash takes the next character with it.
fn closing(text: &str, from: usize, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.as_bytes()[from..].iter().enumerate() {
        if escaped {
            escaped = false;
        } else if *byte == b'\\' && quote == '"' {
            escaped = true;
        } else if char::from(*byte) == quote {
            return Some(from + at);
        }
    }
    None
}

fn unescaped(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some(c @ ('"' | '\\' | '$')) => out.push(c),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// The offset of the end of the line, before its line feed.
fn line_end(text: &str, from: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[from..]).map_or(text.len(), |n| from + n)
}

#[cfg(test)]
mod tests;
