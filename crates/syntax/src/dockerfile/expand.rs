//! Variables in instructions, replaced as Docker replaces them.

use std::cell::Cell;

/// Deepest nesting of `${A:-${B:-…}}`.
const MAX_NESTING: usize = 16;

/// A value of a variable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    /// Its text, with `$X` left where that is not known.
    pub text: String,
    /// Nothing in it was left.
    pub resolved: bool,
}

/// What is known of a variable.
pub(super) enum Known<'v> {
    /// Its value.
    Value(&'v Value),
    /// It has none here: a default applies.
    Unset,
    /// The platform sets it, or too much would have to be followed.
    Elsewhere,
}

/// Expands texts within one file, so that values which double each other end.
pub(super) struct Expander {
    pub escape: char,
    pub budget: Cell<usize>,
}

impl Expander {
    /// Replaces variables; quotes and escapes go as well.
    pub(super) fn expand<'v>(&self, text: &str, known: &dyn Fn(&str) -> Known<'v>) -> Value {
        if !text.contains(['$', '"', '\'', self.escape]) {
            return Value { text: text.to_owned(), resolved: true };
        }
        let mut resolved = true;
        let mut out = String::with_capacity(text.len());
        self.run(text, known, &mut out, &mut resolved, 0);
        if out.len() > text.len() {
            let spent = out.len() - text.len();
            if spent > self.budget.get() {
                return Value { text: text.to_owned(), resolved: false };
            }
            self.budget.set(self.budget.get() - spent);
        }
        Value { text: out, resolved }
    }

    fn run<'v>(&self, text: &str, known: &dyn Fn(&str) -> Known<'v>, out: &mut String, resolved: &mut bool, depth: usize) {
        let mut quote = None;
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let after = &rest[next.len_utf8()..];
            match next {
                _ if next == self.escape && quote != Some('\'') => {
                    let Some(escaped) = after.chars().next() else {
                        out.push(next);
                        return;
                    };
                    // Within double quotes only these are escaped; elsewhere anything is.
                    let takes = quote.is_none() || escaped == '"' || escaped == '$' || escaped == self.escape;
                    if !takes {
                        out.push(next);
                    }
                    out.push(escaped);
                    rest = &after[escaped.len_utf8()..];
                }
                '\'' | '"' if quote.is_none() || quote == Some(next) => {
                    quote = if quote.is_none() { Some(next) } else { None };
                    rest = after;
                }
                '$' if quote != Some('\'') => {
                    let taken = self.variable(rest, known, out, resolved, depth);
                    rest = &rest[taken..];
                }
                _ => {
                    out.push(next);
                    rest = after;
                }
            }
        }
    }

    /// Replaces the variable that `text` begins with; gives the bytes it takes.
    fn variable<'v>(&self, text: &str, known: &dyn Fn(&str) -> Known<'v>, out: &mut String, resolved: &mut bool, depth: usize) -> usize {
        let braced = text.as_bytes().get(1) == Some(&b'{');
        let from = if braced { 2 } else { 1 };
        let name_length = text[from..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let name = &text[from..from + name_length];
        if name.is_empty() {
            out.push('$');
            return 1;
        }
        let (operation, taken) = if braced {
            let Some(length) = closing_brace(&text[from + name_length..]) else {
                out.push_str(text);
                *resolved = false;
                return text.len();
            };
            (&text[from + name_length..from + name_length + length], from + name_length + length + 1)
        } else {
            ("", from + name_length)
        };
        let value = known(name);
        let mut nested = |word: &str, out: &mut String| {
            if depth < MAX_NESTING && out.len() <= self.budget.get() {
                self.run(word, known, out, resolved, depth + 1);
            } else {
                out.push_str(word);
                *resolved = false;
            }
        };
        let full = &text[..taken];
        match (operation, value) {
            (_, Known::Elsewhere) => {
                out.push_str(full);
                *resolved = false;
            }
            ("", Known::Value(value)) if out.len() <= self.budget.get() => {
                out.push_str(&value.text);
                *resolved &= value.resolved;
            }
            (operation, value) => {
                let (colon, operation) = operation.strip_prefix(':').map_or((false, operation), |rest| (true, rest));
                let set = match &value {
                    Known::Value(value) => !colon || !value.text.is_empty(),
                    _ => false,
                };
                match (operation.chars().next(), value) {
                    (Some('-'), Known::Value(value)) if set => {
                        out.push_str(&value.text);
                        *resolved &= value.resolved;
                    }
                    (Some('?'), Known::Value(value)) if set => {
                        out.push_str(&value.text);
                        *resolved &= value.resolved;
                    }
                    (Some('-'), _) => nested(&operation[1..], out),
                    (Some('+'), _) => {
                        if set {
                            nested(&operation[1..], out);
                        }
                    }
                    // Patterns (`${X#…}`, `${X/…}`) are not followed.
                    _ => {
                        out.push_str(full);
                        *resolved = false;
                    }
                }
            }
        }
        taken
    }
}

/// The length up to the `}` that closes a `${` before the text.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut previous = 0u8;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if previous == b'$' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
        previous = byte;
    }
    None
}
