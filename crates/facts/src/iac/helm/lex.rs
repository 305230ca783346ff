//! Templates as stretches of text and actions, and actions as tokens.

use std::rc::Rc;

use super::tree::Stretch;

/// Text or an action, in order.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Text(Stretch),
    /// The whole action, and what stands between its braces.
    Action(Stretch, Stretch),
}

/// Parts a template; comments are dropped, trim marks take effect. None where an action has no end.
pub(super) fn pieces(text: &str) -> Option<Vec<Piece>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let mut trim = false;
    loop {
        let open = text[at..].find("{{").map(|i| i + at);
        let mut end = open.unwrap_or(text.len());
        let mut start = at;
        if trim {
            start += text[at..end].len() - text[at..end].trim_start().len();
        }
        let trims = open.is_some_and(|o| bytes.get(o + 2) == Some(&b'-') && bytes.get(o + 3).is_some_and(u8::is_ascii_whitespace));
        if trims {
            end = start + text[start..end].trim_end().len();
        }
        if start < end {
            found.push(Piece::Text((start, end)));
        }
        let Some(open) = open else { return Some(found) };
        let inner = open + if trims { 3 } else { 2 };
        let head = text[inner..].trim_start();
        if head.starts_with("/*") {
            let body = text.len() - head.len();
            let close = text[body..].find("*/")? + body + 2;
            let after = text[close..].find("}}")? + close;
            trim = text[close..after].trim_end().ends_with('-');
            at = after + 2;
            continue;
        }
        let close = closing(text, inner)?;
        trim = text[inner..close].ends_with('-') && text[inner..close - 1].ends_with(|c: char| c.is_ascii_whitespace());
        let stop = if trim { close - 1 } else { close };
        at = close + 2;
        found.push(Piece::Action((open, at), (inner, stop)));
    }
}

/// Where the action that begins here ends: quotes may hold braces.
fn closing(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut i = from;
    while i < bytes.len() {
        match bytes[i] {
            b'}' if bytes.get(i + 1) == Some(&b'}') => return Some(i),
            quote @ (b'"' | b'`' | b'\'') => {
                i += 1;
                while i < bytes.len() && bytes[i] != quote {
                    i += if bytes[i] == b'\\' && quote != b'`' { 2 } else { 1 };
                }
            }
            _ => {}
        }
        i += 1;
    }
    None
}

/// A word or a sign of an action.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(Rc<str>),
    Text(Rc<str>),
    /// `.a.b`; empty for the dot alone.
    Field(Vec<Rc<str>>),
    Variable(Rc<str>, Vec<Rc<str>>),
    Number(Rc<str>),
    Open,
    /// `)`, with the fields taken of what it closes.
    Close(Vec<Rc<str>>),
    Pipe,
    Comma,
    Declare,
    Assign,
}

/// The tokens of an action; none where it is not understood.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            c if c.is_ascii_whitespace() => i += 1,
            b'|' => {
                found.push(Token::Pipe);
                i += 1;
            }
            b',' => {
                found.push(Token::Comma);
                i += 1;
            }
            b'(' => {
                found.push(Token::Open);
                i += 1;
            }
            b')' => {
                let (fields, next) = fields(text, i + 1);
                found.push(Token::Close(fields));
                i = next;
            }
            b':' if bytes.get(i + 1) == Some(&b'=') => {
                found.push(Token::Declare);
                i += 2;
            }
            b'=' => {
                found.push(Token::Assign);
                i += 1;
            }
            b'"' => {
                let (value, next) = quoted(text, i)?;
                found.push(Token::Text(value.into()));
                i = next;
            }
            b'`' => {
                let end = text[i + 1..].find('`')? + i + 1;
                found.push(Token::Text(text[i + 1..end].into()));
                i = end + 1;
            }
            b'\'' => {
                let (value, next) = quoted(text, i)?;
                let code = value.chars().next().map_or(0, |c| c as u32);
                found.push(Token::Number(code.to_string().into()));
                i = next;
            }
            b'.' if bytes.get(i + 1).is_none_or(|c| !c.is_ascii_digit()) => {
                let (fields, next) = fields(text, i);
                found.push(Token::Field(fields));
                i = next.max(i + 1);
            }
            b'$' => {
                let name = word(text, i + 1);
                let (fields, next) = fields(text, i + 1 + name.len());
                found.push(Token::Variable(name.into(), fields));
                i = next;
            }
            c if c.is_ascii_digit() || matches!(c, b'-' | b'+' | b'.') => {
                let end =
                    text[i + 1..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_')).map_or(text.len(), |n| n + i + 1);
                found.push(Token::Number(text[i..end].into()));
                i = end;
            }
            _ => {
                let name = word(text, i);
                if name.is_empty() {
                    return None;
                }
                found.push(Token::Word(name.into()));
                i += name.len();
            }
        }
    }
    Some(found)
}

fn word(text: &str, from: usize) -> &str {
    let rest = &text[from..];
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    &rest[..end]
}

/// `.a.b` from here on, and where it ends.
fn fields(text: &str, from: usize) -> (Vec<Rc<str>>, usize) {
    let mut found = Vec::new();
    let mut i = from;
    while text[i..].starts_with('.') {
        let name = word(text, i + 1);
        if name.is_empty() {
            break;
        }
        found.push(name.into());
        i += 1 + name.len();
    }
    (found, i)
}

/// A quoted text with its escapes, and where it ends.
fn quoted(text: &str, from: usize) -> Option<(String, usize)> {
    let mut chars = text[from..].char_indices();
    let (_, quote) = chars.next()?;
    let mut value = String::new();
    while let Some((i, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((value, from + i + c.len_utf8())),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                other => value.push(other),
            },
            _ => value.push(c),
        }
    }
    None
}
