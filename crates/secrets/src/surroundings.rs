//! What stands around a value that was recognised by its own form: its name, the variable it stands in for, a comment sign.

use crate::finding::Candidate;
use crate::kind::Kind;
use crate::literal::text_of;
use memchr::memrchr;

/// How far before a value its line is read.
const REACH: usize = 160;

/// Fills in the name that the value is assigned to, and the variable that it is the default of.
pub(crate) fn name(text: &[u8], candidate: &mut Candidate) {
    let floor = candidate.literal.saturating_sub(REACH);
    let floor = memrchr(b'\n', &text[floor..candidate.literal]).map_or(floor, |p| floor + p + 1);
    let lead = trim(&text[floor..candidate.literal], b" \t\"'`\\<");
    // `${NAME:-value}`.
    if let Some(open) = memchr::memmem::rfind(lead, b"${") {
        let inner = &lead[open + 2..];
        let name = inner
            .strip_suffix(b":-")
            .or_else(|| inner.strip_suffix(b":="))
            .or_else(|| inner.strip_suffix(b":"))
            .or_else(|| inner.strip_suffix(b"-"));
        if let Some(name) = name.filter(|n| !n.is_empty() && n.iter().all(is_part)) {
            candidate.default_of = Some(text_of(name));
            return;
        }
    }
    // `read("NAME", "value")`, with or without a keyword before the value.
    let argument = [b"default=".as_slice(), b"fallback=", b"default:", b"default ="]
        .iter()
        .find_map(|w| lead.strip_suffix(*w))
        .unwrap_or(lead)
        .trim_ascii_end();
    if let Some(first) = argument.strip_suffix(b",") {
        let first = first.trim_ascii_end();
        let name = last_name(trim(first, b"\"'`"));
        let opened = trim(&first[..first.len().saturating_sub(1 + name.len())], b"\"'`").ends_with(b"(");
        if first.last().is_some_and(|b| b"\"'`".contains(b)) && opened && !name.is_empty() {
            candidate.default_of = Some(text_of(name));
        }
        return;
    }
    // `process.env.NAME || "value"`, `os.getenv("NAME") or "value"`.
    let alternative = [b"||".as_slice(), b"??", b"?:", b" or", b".unwrap_or(", b".unwrap_or_else(|_|", b"||=", b"??="]
        .iter()
        .find_map(|w| lead.strip_suffix(*w));
    if let Some(read) = alternative {
        let name = last_name(trim(read, b" )]\"'`"));
        let name = name.rsplit(|b| *b == b'.').next().unwrap_or(name);
        if !name.is_empty() {
            candidate.default_of = Some(text_of(name));
        }
        return;
    }
    let call = trim(lead, b"({[,");
    let before = call.trim_ascii_end();
    if let Some(named) = before.strip_suffix(b"=").or_else(|| before.strip_suffix(b":")) {
        let name = last_name(trim(named, b" \t\"'`]\\:?"));
        if !name.is_empty() {
            candidate.key = Some(text_of(name));
        }
    }
}

fn is_part(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')
}

fn trim<'t>(text: &'t [u8], signs: &[u8]) -> &'t [u8] {
    &text[..text.iter().rposition(|b| !signs.contains(b)).map_or(0, |p| p + 1)]
}

fn last_name(text: &[u8]) -> &[u8] {
    &text[text.iter().rposition(|b| !is_part(b)).map_or(0, |p| p + 1)..]
}

/// By the first signs of the line; a comment behind code is not seen.
pub(crate) fn in_comment(text: &[u8], at: usize, kind: Kind) -> bool {
    let floor = at.saturating_sub(REACH * 8);
    let start = memrchr(b'\n', &text[floor..at]).map_or(floor, |p| floor + p + 1);
    let line = text[start..at].trim_ascii_start();
    let marks: &[&[u8]] = match kind {
        Kind::Prose => &[b"<!--"],
        Kind::Source | Kind::Quoted => &[b"#", b"//", b"/*", b"* ", b"-- ", b"<!--", b";"],
        _ => &[b"#", b"//", b"<!--", b";", b"REM "],
    };
    marks.iter().any(|m| line.starts_with(m))
}
