//! Literals: quoted text, bare words, and what stands in for an unset variable.

use crate::kind::Kind;
use memchr::memmem;

/// The longest literal that is read.
const LONGEST: usize = 512;

/// A literal's place, and the variable that it stands in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) quoted: bool,
    pub(crate) default_of: Option<String>,
}

/// One line under the reader's eye.
#[derive(Clone, Copy)]
pub(crate) struct Line<'t> {
    pub(crate) text: &'t [u8],
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

impl<'t> Line<'t> {
    /// The byte at `i`, or none at the end of the line.
    pub(crate) fn at(&self, i: usize) -> Option<u8> {
        (i < self.end).then(|| self.text[i])
    }
    /// The first place from `i` on that is no blank.
    pub(crate) fn skip_blanks(&self, mut i: usize) -> usize {
        while matches!(self.at(i), Some(b' ' | b'\t')) {
            i += 1;
        }
        i
    }
    /// The rest of the line from `i`.
    pub(crate) fn rest(&self, i: usize) -> &'t [u8] {
        &self.text[i.min(self.end)..self.end.min(i + LONGEST).max(i.min(self.end))]
    }
    /// Whether the line goes on with `word` at `i`.
    pub(crate) fn has(&self, i: usize, word: &str) -> bool {
        self.rest(i).starts_with(word.as_bytes())
    }
    /// What stands before `i` on the line, at most `n` bytes.
    pub(crate) fn before(&self, i: usize, n: usize) -> &'t [u8] {
        &self.text[self.start.max(i.saturating_sub(n))..i]
    }
}

/// Reads the value that begins at `i`, after the operator.
pub(crate) fn read_value(line: &Line, i: usize) -> Option<Literal> {
    let i = line.skip_blanks(i);
    let at = quote_start(line, i);
    if let Some(open) = at {
        let literal = quoted(line, open)?;
        return Some(stand_in(line, literal.start, literal.end).unwrap_or(literal));
    }
    // `${VAR:-…}` without quotes, then calls that hold a literal.
    if line.has(i, "${") {
        let close = memchr::memchr(b'}', line.rest(i))? + i;
        return stand_in(line, i, close + 1);
    }
    if line.has(i, "{{") {
        return template_default(line, i);
    }
    if let Some(found) = fallback(line, i) {
        return Some(found);
    }
    if line.kind.bare_values() { bare(line, i) } else { None }
}

/// The quote at `i`, string prefixes of Python, Rust and C# passed over; none for interpolated text.
fn quote_start(line: &Line, i: usize) -> Option<usize> {
    let is_quote = |b: Option<u8>| matches!(b, Some(b'"' | b'\'' | b'`'));
    if is_quote(line.at(i)) {
        return Some(i);
    }
    let prefixed = matches!(line.at(i), Some(b'b' | b'r' | b'u' | b'B' | b'R' | b'U' | b'@')) && is_quote(line.at(i + 1));
    if prefixed {
        return Some(i + 1);
    }
    // An escaped quote: JSON within a string.
    (line.at(i) == Some(b'\\') && line.at(i + 1) == Some(b'"')).then_some(i + 1)
}

/// The text between the quote at `open` and its fellow on the same line.
pub(crate) fn quoted(line: &Line, open: usize) -> Option<Literal> {
    let quote = line.at(open)?;
    let escaped = open > line.start && line.text[open - 1] == b'\\';
    let rest = line.rest(open + 1);
    let mut i = 0;
    while i < rest.len() {
        if rest[i] == b'\\' {
            if escaped && rest.get(i + 1) == Some(&quote) {
                break;
            }
            i += 2;
            continue;
        }
        if rest[i] == quote {
            break;
        }
        i += 1;
    }
    if i >= rest.len() {
        return None;
    }
    // `"""` opens a text of many lines.
    if i == 0 {
        return None;
    }
    Some(Literal { start: open + 1, end: open + 1 + i, quoted: true, default_of: None })
}

/// `${VAR:-literal}`, `${VAR-literal}`, `${VAR:=literal}` and Spring's `${VAR:literal}`, where it is all of `start..end`.
pub(crate) fn stand_in(line: &Line, start: usize, end: usize) -> Option<Literal> {
    let inner = line.text.get(start..end)?.strip_prefix(b"${")?.strip_suffix(b"}")?;
    expansion(line, start + 2, inner)
}

/// The inside of `${…}` that begins at `start`: a name, an operator, a literal.
pub(crate) fn expansion(line: &Line, start: usize, inner: &[u8]) -> Option<Literal> {
    let name =
        inner.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'[' | b']'))).unwrap_or(inner.len());
    // A hyphen belongs to a Spring name but is an operator of the shell.
    let name = shell_hyphen(&inner[..name]).unwrap_or(name);
    let rest = &inner[name..];
    let skip = match rest {
        [b':', b'-' | b'=', ..] => 2,
        [b'-' | b'=', ..] => 1,
        [b':', b'?' | b'+', ..] => return None,
        // `${text:2:5}` cuts a piece out in the shell; there a colon alone gives no default.
        [b':', ..] if !matches!(line.kind, Kind::Shell | Kind::Docker) => 1,
        _ => return None,
    };
    let value = &rest[skip..];
    if name == 0 || value.is_empty() || memmem::find(value, b"${").is_some() || value.starts_with(b"$") {
        return None;
    }
    let at = start + name + skip;
    let (lead, trail) =
        if value.len() > 2 && matches!(value[0], b'"' | b'\'') && value.last() == Some(&value[0]) { (1, 1) } else { (0, 0) };
    Some(Literal { start: at + lead, end: at + value.len() - trail, quoted: true, default_of: Some(text_of(&inner[..name])) })
}

/// The hyphen that ends a shell variable's name: what stands before it is in capitals.
pub(crate) fn shell_hyphen(name: &[u8]) -> Option<usize> {
    memchr::memchr(b'-', name).filter(|&hyphen| !name[..hyphen].iter().any(u8::is_ascii_lowercase))
}

/// `{{ … | default "literal" }}` of Helm and Jinja.
fn template_default(line: &Line, i: usize) -> Option<Literal> {
    let rest = line.rest(i);
    let rest = &rest[..memmem::find(rest, b"}}")?];
    let word = memmem::find(rest, b"default")?;
    let open = memchr::memchr2(b'"', b'\'', &rest[word..])? + word + i;
    let literal = quoted(line, open)?;
    let name: Vec<u8> = rest[2..word].iter().copied().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')).take(60).collect();
    Some(Literal { default_of: Some(text_of(&name)), ..literal })
}

/// An expression that reads a variable or wraps a text and holds one literal: `os.getenv("X", "…")`, `process.env.X || "…"`, `Field(default="…")`.
fn fallback(line: &Line, i: usize) -> Option<Literal> {
    let rest = line.rest(i);
    let head = rest
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b' ' | b'?' | b'!')))
        .unwrap_or(rest.len());
    let callee = rest[..head].trim_ascii();
    match rest.get(head) {
        Some(b'(') => {
            let open = i + head + 1;
            if is_wrapper(callee) {
                let default = memmem::find(line.rest(open), b"default=").map(|p| open + p + 8);
                return quoted(line, quote_start(line, line.skip_blanks(default.unwrap_or(open)))?);
            }
            let name = quoted(line, quote_start(line, line.skip_blanks(open))?)?;
            after_lookup(line, callee, name.start, name.end)
        }
        Some(b'[') => {
            let name = quoted(line, quote_start(line, i + head + 1)?)?;
            after_lookup(line, callee, name.start, name.end)
        }
        // `process.env.X || "…"`: the operator ended the head.
        Some(b'|') if !callee.is_empty() => otherwise(line, i + head, text_of(last_part(callee))),
        // `??` and `?:` are within the head: they end before the quote.
        Some(b'"' | b'\'' | b'`') => {
            let cut = memmem::find(callee, b"??").or_else(|| memmem::find(callee, b"?:")).or_else(|| memmem::rfind(callee, b" or"))?;
            let name = last_part(callee[..cut].trim_ascii());
            (!name.is_empty()).then(|| quoted(line, i + head)).flatten().map(|l| Literal { default_of: Some(text_of(name)), ..l })
        }
        _ => None,
    }
}

/// What follows the quoted name `start..end` in a call or an index: a second argument, or an alternative behind the closing bracket.
pub(crate) fn after_lookup(line: &Line, callee: &[u8], start: usize, end: usize) -> Option<Literal> {
    let name = text_of(&line.text[start..end.min(start + 80)]);
    let mut i = line.skip_blanks(end + 1);
    if line.at(i) == Some(b',') {
        let low = callee.to_ascii_lowercase();
        let last = low.rsplit(|b| matches!(b, b'.' | b':')).next().unwrap_or(&low);
        let reads = last == b"get"
            || ["env", "config", "getor", "get_or", "getstring", "fetch", "propert", "setting", "lookup", "default"]
                .iter()
                .any(|w| memmem::find(last, w.as_bytes()).is_some());
        let writes =
            ["set", "put", "insert", "push", "assert", "equal", "expect"].iter().any(|w| memmem::find(last, w.as_bytes()).is_some())
                && last != b"setdefault"
                && memmem::find(last, b"setting").is_none();
        if !reads || writes {
            return None;
        }
        i = line.skip_blanks(i + 1);
        for word in ["default=", "default =", "fallback=", "default:", "defaultValue="] {
            if line.has(i, word) {
                i = line.skip_blanks(i + word.len());
            }
        }
        return quoted(line, quote_start(line, i)?).map(|l| Literal { default_of: Some(name), ..l });
    }
    if !matches!(line.at(i), Some(b')' | b']')) {
        return None;
    }
    otherwise(line, i + 1, name)
}

/// The literal behind `||`, `??`, `?:`, `or` or `.unwrap_or…(` at `i`.
pub(crate) fn otherwise(line: &Line, i: usize, name: String) -> Option<Literal> {
    let mut i = line.skip_blanks(i);
    while line.at(i) == Some(b')') {
        i = line.skip_blanks(i + 1);
    }
    let operator = ["||=", "||", "??=", "??", "?:", "or ", "?? "].iter().find(|o| line.has(i, o));
    let at = if let Some(operator) = operator {
        line.skip_blanks(i + operator.len())
    } else if line.has(i, ".unwrap_or") || line.has(i, ".orElse") || line.has(i, ".getOrElse") || line.has(i, ".ok().unwrap_or") {
        i + memchr::memchr(b'"', &line.rest(i)[..line.rest(i).len().min(60)])?
    } else {
        return None;
    };
    quoted(line, quote_start(line, at)?).map(|l| Literal { default_of: Some(name), ..l })
}

/// Calls that make a value of their one text.
fn is_wrapper(callee: &[u8]) -> bool {
    let last = callee.rsplit(|b| matches!(b, b'.' | b':' | b' ')).next().unwrap_or(callee);
    matches!(
        last,
        b"Field"
            | b"SecretStr"
            | b"SecretString"
            | b"Secret"
            | b"str"
            | b"Some"
            | b"String"
            | b"from"
            | b"Just"
            | b"bytes"
            | b"Buffer"
            | b"Password"
            | b"byte"
            | b"stringPtr"
            | b"pointer"
            // What hashes a literal seeds an account with it.
            | b"get_password_hash"
            | b"hash_password"
            | b"hashPassword"
            | b"make_password"
            | b"generate_password_hash"
            | b"hashpw"
            | b"hashSync"
            | b"hash"
    )
}

/// A bare word of a configuration: up to a blank, a comment or an operator.
fn bare(line: &Line, i: usize) -> Option<Literal> {
    let rest = line.rest(i);
    let stop = match line.kind {
        Kind::Shell => rest.iter().position(|b| b.is_ascii_whitespace() || b";&|\"'`()<>".contains(b)),
        Kind::Docker => rest.iter().position(|b| b.is_ascii_whitespace() || b"\"'".contains(b)),
        _ => rest.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b',' | b'"' | b'\'' | b'`' | b'<' | b'|' | b'}' | b']')),
    };
    // `<password>` is a stand-in with its signs.
    let stop = if rest.starts_with(b"<") && line.kind != Kind::Prose { memchr::memchr(b'>', rest).map(|p| p + 1) } else { stop };
    let end = i + stop.unwrap_or(rest.len());
    // More words behind it make it a sentence, save for a comment; on a shell line they are arguments.
    let next = line.skip_blanks(end);
    let goes_on = next > end && line.at(next).is_some_and(|b| b != b'#' && b != b'\r') && !line.has(next, "//");
    if end == i || (goes_on && !matches!(line.kind, Kind::Shell | Kind::Docker)) {
        return None;
    }
    Some(Literal { start: i, end, quoted: false, default_of: None })
}

fn last_part(chain: &[u8]) -> &[u8] {
    chain.rsplit(|b| matches!(b, b'.' | b':' | b' ' | b'?')).find(|p| !p.is_empty()).unwrap_or(chain)
}

/// As text for people, never longer than a name is.
pub(crate) fn text_of(name: &[u8]) -> String {
    String::from_utf8_lossy(&name[..name.len().min(80)]).into_owned()
}
