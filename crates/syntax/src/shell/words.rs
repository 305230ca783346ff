//! Words: quotes, expansions and substitutions.

use plimsoll_base::Span;

use super::reader::{Reader, Stop};

/// Deepest nesting of substitutions that is read as commands; deeper ones stay text.
const MAX_SUBSTITUTIONS: usize = 32;

/// A word as the shell sees it after quote removal.
#[derive(Debug, Default)]
pub(super) struct Word {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// A part of it was quoted or escaped: it is no reserved word.
    pub quoted: bool,
    /// Where in the text an unquoted `=` stands, the first one.
    pub equals: Option<usize>,
}

impl Word {
    /// `NAME=value` or `NAME+=value`.
    pub(super) fn assignment(&self) -> Option<(String, String)> {
        let equals = self.equals?;
        let name = self.text[..equals].trim_end_matches('+');
        let name_of_element = name.split('[').next().unwrap_or(name);
        is_name(name_of_element).then(|| (name.to_owned(), self.text[equals + 1..].to_owned()))
    }
}

/// Whether a text may name a variable.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Bytes that end an unquoted word.
fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')
}

impl Reader<'_> {
    /// Reads the word at the cursor; an empty span where none stands. With `plain`, operators other than white space belong to words.
    pub(super) fn word(&mut self, plain: bool) -> Word {
        let start = self.at;
        let mut bytes = Vec::new();
        let mut word = Word::default();
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\\' => {
                    if self.skip_continuation() {
                        continue;
                    }
                    word.quoted = true;
                    self.at += 1;
                    if let Some(next) = self.byte(0) {
                        bytes.push(next);
                        self.at += 1;
                    }
                }
                b'\'' => {
                    word.quoted = true;
                    self.single_quoted(&mut bytes);
                }
                b'"' => {
                    word.quoted = true;
                    self.double_quoted(&mut bytes);
                }
                b'$' if self.byte(1) == Some(b'\'') => {
                    word.quoted = true;
                    self.at += 1;
                    self.ansi_quoted(&mut bytes);
                }
                b'$' | b'`' => self.expansion(&mut bytes),
                b'<' | b'>' if self.byte(1) == Some(b'(') && !plain => {
                    if bytes.is_empty() && start == self.at {
                        self.substitution(&mut bytes, 2);
                    } else {
                        break;
                    }
                }
                b'(' if bytes.last() == Some(&b'=') && word.equals == Some(bytes.len() - 1) => self.array(&mut bytes),
                b' ' | b'\t' | b'\n' | b'\r' => break,
                _ if ends_word(byte) && !plain => break,
                _ => {
                    if byte == b'=' && word.equals.is_none() && !word.quoted {
                        word.equals = Some(bytes.len());
                    }
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
        word.text = into_text(bytes);
        word.span = Span::new(start, self.at);
        word
    }

    fn single_quoted(&mut self, into: &mut Vec<u8>) {
        self.at += 1;
        let rest = &self.text[self.at..self.end];
        match memchr::memchr(b'\'', rest) {
            Some(length) => {
                into.extend_from_slice(&rest[..length]);
                self.at += length + 1;
            }
            None => {
                let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                into.extend_from_slice(rest[..length].trim_ascii_end());
                self.at += length;
            }
        }
    }

    fn ansi_quoted(&mut self, into: &mut Vec<u8>) {
        self.at += 1;
        let closes = memchr::memchr(b'\'', &self.text[self.at..self.end]).is_some();
        while let Some(byte) = self.byte(0) {
            if byte == b'\n' && !closes {
                return;
            }
            self.at += 1;
            match byte {
                b'\'' => return,
                b'\\' => {
                    if let Some(escaped) = self.byte(0) {
                        self.at += 1;
                        into.push(match escaped {
                            b'n' => b'\n',
                            b't' => b'\t',
                            b'r' => b'\r',
                            other => other,
                        });
                    }
                }
                other => into.push(other),
            }
        }
    }

    fn double_quoted(&mut self, into: &mut Vec<u8>) {
        let closes = self.last_double_quote.is_some_and(|last| last > self.at);
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\n' if !closes => return,
                b'\\' => {
                    if self.skip_continuation() {
                        continue;
                    }
                    self.at += 1;
                    match self.byte(0) {
                        Some(next @ (b'"' | b'\\' | b'$' | b'`')) => {
                            into.push(next);
                            self.at += 1;
                        }
                        _ => into.push(b'\\'),
                    }
                }
                b'$' | b'`' => self.expansion(into),
                _ => {
                    into.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    /// `$X`, `${…}`, `$(…)`, `$((…))` and backticks: kept as text, the commands within listed.
    fn expansion(&mut self, into: &mut Vec<u8>) {
        let start = self.at;
        match (self.byte(0), self.byte(1)) {
            (Some(b'`'), _) => return self.backticks(into),
            (_, Some(b'{')) => self.braced(),
            (_, Some(b'(')) => {
                if !(self.byte(2) == Some(b'(') && self.skip_arithmetic(1)) {
                    return self.substitution(into, 2);
                }
            }
            // `$#`, `$?` and `$$` are one thing, so that the second byte starts neither a comment nor an expansion.
            (_, Some(b'#' | b'?' | b'$' | b'!' | b'@' | b'*')) => self.at += 2,
            _ => self.at += 1,
        }
        into.extend_from_slice(&self.text[start..self.at.min(self.end)]);
    }

    /// Skips `${…}`, which closes at the end of its line if nothing else closes it. `${{ … }}` of CI services is passed over likewise.
    fn braced(&mut self) {
        self.at += 1;
        let mut depth = 0usize;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\n' => return,
                b'\\' => self.at += 1,
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            self.at = (self.at + 1).min(self.end);
            if depth == 0 {
                return;
            }
        }
    }

    /// Skips `((…))` that starts `offset` bytes ahead, if it closes as arithmetic does on its line.
    pub(super) fn skip_arithmetic(&mut self, offset: usize) -> bool {
        let start = self.at + offset;
        let mut depth = 0usize;
        let mut at = start;
        while at < self.end && self.text[at] != b'\n' && self.arithmetic_budget > 0 {
            self.arithmetic_budget -= 1;
            match self.text[at] {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 {
                let closes = self.text[at - 2] == b')' && at - 2 > start;
                if closes {
                    self.at = at;
                }
                return closes;
            }
        }
        false
    }

    fn backticks(&mut self, into: &mut Vec<u8>) {
        let open = self.at;
        self.at += 1;
        if self.last_backtick.is_none_or(|last| last <= open) || self.depth >= MAX_SUBSTITUTIONS {
            into.push(b'`');
            return;
        }
        let mut close = self.at;
        while close < self.end && self.text[close] != b'`' {
            close += if self.text[close] == b'\\' { 2 } else { 1 };
        }
        let close = close.min(self.end);
        let end = std::mem::replace(&mut self.end, close);
        self.nested(Stop::End);
        self.end = end;
        self.at = (close + 1).min(self.end);
        into.extend_from_slice(&self.text[open..self.at]);
    }

    /// Reads `$(…)` or `<(…)`, whose opening is `opening` bytes long.
    fn substitution(&mut self, into: &mut Vec<u8>, opening: usize) {
        let start = self.at;
        self.at += opening;
        if self.depth < MAX_SUBSTITUTIONS {
            self.nested(Stop::Parenthesis);
            if self.byte(0) == Some(b')') {
                self.at += 1;
            }
        }
        into.extend_from_slice(&self.text[start..self.at]);
    }

    /// `X=(a b)`: the elements become part of the word.
    fn array(&mut self, into: &mut Vec<u8>) {
        let start = self.at;
        self.at += 1;
        let mut elements = 0usize;
        while let Some(byte) = self.byte(0) {
            match byte {
                b')' => {
                    self.at += 1;
                    break;
                }
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' => self.skip_line(),
                _ if ends_word(byte) => self.at += 1,
                _ if self.depth >= MAX_SUBSTITUTIONS => self.at += 1,
                _ => {
                    self.depth += 1;
                    let before = self.at;
                    self.word(false);
                    self.depth -= 1;
                    self.at = self.at.max(before + 1).min(self.end);
                    elements += 1;
                }
            }
        }
        if elements > 0 {
            into.extend_from_slice(&self.text[start..self.at]);
        }
    }
}

/// Text from bytes that were cut at ASCII bytes of a valid text; what does not fit is replaced.
fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
