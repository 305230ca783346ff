//! A brace-level scan that finds the top-level blocks and attributes of a text without parsing them, so that one error costs one block.

use std::ops::Range;

/// How often a block that never closes may be given up in favour of the next one; each costs a walk to the end of the text.
const MAX_RESUMPTIONS: usize = 32;

/// A top-level block or attribute.
pub(super) struct Chunk {
    /// Its bytes.
    pub(super) range: Range<usize>,
    /// An upper bound for the number of entries of the largest object or block within.
    pub(super) widest: usize,
}

/// What a byte of the text stands in.
enum Frame {
    Brace { entries: usize },
    Round,
    Square,
    Quote,
    Interpolation,
}

/// How a chunk came to its end.
#[derive(PartialEq)]
enum Ending {
    Line,
    TextWhileOpen,
}

/// Cuts a text into its top-level chunks, comments and blank lines between them left out.
pub(super) fn chunks(text: &[u8]) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut resumptions = 0;
    let mut at = blank_end(text, 0);
    while at < text.len() {
        let (mut end, ending, widest) = chunk_end(text, at);
        if ending == Ending::TextWhileOpen && resumptions < MAX_RESUMPTIONS {
            resumptions += 1;
            end = next_head(text, at).unwrap_or(end);
        }
        let end = end.max(at + 1);
        let trimmed = text[at..end].trim_ascii_end().len().max(1);
        chunks.push(Chunk { range: at..at + trimmed, widest });
        at = blank_end(text, end);
    }
    chunks
}

/// Walks from the start of a chunk to the end of the line on which everything it opened is closed again.
fn chunk_end(text: &[u8], start: usize) -> (usize, Ending, usize) {
    let mut frames: Vec<Frame> = Vec::new();
    let mut widest = 0;
    let mut at = start;
    while at < text.len() {
        let rest = &text[at..];
        if matches!(frames.last(), Some(Frame::Quote)) {
            at += step_in_quote(rest, &mut frames);
            continue;
        }
        at += 1;
        match rest[0] {
            b'#' => at = line_end(text, at),
            b'/' if rest.starts_with(b"//") => at = line_end(text, at),
            b'/' if rest.starts_with(b"/*") => match memchr::memmem::find(&rest[2..], b"*/") {
                Some(length) => at += length + 3,
                None => return (text.len(), Ending::TextWhileOpen, widest),
            },
            b'<' => {
                if let Some(delimiter) = heredoc_delimiter(rest) {
                    match heredoc_end(text, line_end(text, at), delimiter) {
                        Some(end) => at = end,
                        None => return (text.len(), Ending::TextWhileOpen, widest),
                    }
                }
            }
            b'"' => frames.push(Frame::Quote),
            b'{' => frames.push(Frame::Brace { entries: 0 }),
            b'(' => frames.push(Frame::Round),
            b'[' => frames.push(Frame::Square),
            b')' if matches!(frames.last(), Some(Frame::Round)) => drop(frames.pop()),
            b']' if matches!(frames.last(), Some(Frame::Square)) => drop(frames.pop()),
            b'}' => {
                // A brace also closes the brackets that were forgotten within it.
                while matches!(frames.last(), Some(Frame::Round | Frame::Square)) {
                    frames.pop();
                }
                if frames.pop().is_none() {
                    return (line_end(text, at), Ending::Line, widest);
                }
            }
            b'=' | b':' => {
                if let Some(Frame::Brace { entries }) = frames.last_mut() {
                    *entries += 1;
                    widest = widest.max(*entries);
                }
            }
            b'\n' if frames.is_empty() => return (at, Ending::Line, widest),
            _ => {}
        }
    }
    let ending = if frames.is_empty() { Ending::Line } else { Ending::TextWhileOpen };
    (text.len(), ending, widest)
}

/// The bytes to pass over within a quoted text.
fn step_in_quote(rest: &[u8], frames: &mut Vec<Frame>) -> usize {
    match rest[0] {
        b'\\' if rest.get(1) != Some(&b'\n') => 2,
        b'"' => {
            frames.pop();
            1
        }
        // A quoted text ends with its line: whatever was forgotten, the blocks after it are not part of it.
        b'\n' => {
            let outermost = frames.iter().position(|f| matches!(f, Frame::Quote)).unwrap_or(0);
            frames.truncate(outermost);
            0
        }
        _ if rest.starts_with(b"$${") || rest.starts_with(b"%%{") => 3,
        _ if rest.starts_with(b"${") || rest.starts_with(b"%{") => {
            frames.push(Frame::Interpolation);
            2
        }
        _ => 1,
    }
}

/// The offset of the end of the line, before its line feed.
fn line_end(text: &[u8], from: usize) -> usize {
    let from = from.min(text.len());
    memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |n| from + n)
}

/// The offset of the next byte that is neither blank nor part of a comment.
fn blank_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < text.len() {
        let rest = &text[at..];
        if rest[0].is_ascii_whitespace() {
            at += 1;
        } else if rest[0] == b'#' || rest.starts_with(b"//") {
            at = line_end(text, at);
        } else if rest.starts_with(b"/*")
            && let Some(length) = memchr::memmem::find(&rest[2..], b"*/")
        {
            at += length + 4;
        } else {
            break;
        }
    }
    at
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || !byte.is_ascii()
}

/// The word at the start of a text.
fn word(text: &[u8]) -> &[u8] {
    let length = text.iter().position(|b| !is_word(*b)).unwrap_or(text.len());
    if text.first().is_some_and(|b| b.is_ascii_digit() || *b == b'-') { &[] } else { &text[..length] }
}

/// The delimiter of a heredoc, if one starts here.
fn heredoc_delimiter(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"<<")?;
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let delimiter = word(text);
    let after = &text[delimiter.len()..];
    (!delimiter.is_empty() && (after.starts_with(b"\n") || after.starts_with(b"\r\n"))).then_some(delimiter)
}

/// The end of the line that closes a heredoc, searched from the line feed before its first line.
fn heredoc_end(text: &[u8], from: usize, delimiter: &[u8]) -> Option<usize> {
    let mut feed = from;
    while feed < text.len() {
        let line = &text[feed + 1..];
        let indent = line.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(line.len());
        if word(&line[indent..]) == delimiter {
            return Some(feed + 1 + indent + delimiter.len());
        }
        feed = line_end(text, feed + 1);
    }
    None
}

/// The next line that starts, without indentation, like a block: `word {` or `word "`; or like the attribute that is being given up.
fn next_head(text: &[u8], from: usize) -> Option<usize> {
    let follows = |line: &[u8]| {
        let name = word(line);
        if name.is_empty() { None } else { line[name.len()..].trim_ascii_start().first().copied() }
    };
    let attribute = follows(&text[from..]) == Some(b'=');
    let mut feed = line_end(text, from);
    while feed < text.len() {
        let end = line_end(text, feed + 1);
        match follows(&text[feed + 1..end]) {
            Some(b'{' | b'"') => return Some(feed + 1),
            Some(b'=') if attribute => return Some(feed + 1),
            _ => feed = end,
        }
    }
    None
}

/// The word and the labels at the start of a chunk, as far as they are legible.
pub(super) fn head(chunk: &[u8]) -> (String, Vec<String>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let bytes = &chunk[..line_end(chunk, 0)];
    let kind = word(bytes);
    let mut rest = bytes[kind.len()..].trim_ascii_start();
    let mut labels = Vec::new();
    loop {
        if let Some(quoted) = rest.strip_prefix(b"\"")
            && let Some(length) = memchr::memchr(b'"', quoted)
        {
            labels.push(text(&quoted[..length]));
            rest = quoted[length + 1..].trim_ascii_start();
        } else {
            let label = word(rest);
            if label.is_empty() || kind.is_empty() {
                return (text(kind), labels);
            }
            labels.push(text(label));
            rest = rest[label.len()..].trim_ascii_start();
        }
    }
}
