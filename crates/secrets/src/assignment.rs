//! From the place of a telling word to a literal assigned to a secret's name.

use crate::finding::Candidate;
use crate::literal::{Line, shell_hyphen, text_of};
use crate::{Strength, names, reading, value};

/// The longest name that is read, on each side of the word.
const LONGEST: usize = 80;

/// The name around `hit`: letters, digits and the signs that join words.
pub(crate) fn name_at(line: &Line, hit: usize) -> (usize, usize) {
    let joins = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let floor = line.start.max(hit.saturating_sub(LONGEST));
    let start = line.text[floor..hit].iter().rposition(|b| !joins(b)).map_or(floor, |p| floor + p + 1);
    let ceiling = line.end.min(hit + LONGEST);
    let mut end = line.text[hit..ceiling].iter().position(|b| !joins(b)).map_or(ceiling, |p| hit + p);
    // `${VAR:-x}` and `${VAR-x}`: what follows the hyphen of an expansion is its value.
    if line.before(start, 2).ends_with(b"${")
        && let Some(hyphen) = shell_hyphen(&line.text[start..end])
    {
        end = start + hyphen;
    }
    // A method called on the name, or the end of a sentence, is not part of it.
    for tail in [".unwrap_or", ".orElse", ".ok", ".getOrElse", ".get", ".default"] {
        if let Some(p) = memchr::memmem::find(&line.text[start..end], tail.as_bytes()) {
            end = end.min(start + p);
        }
    }
    while end > start && matches!(line.text[end - 1], b'.' | b'-') {
        end -= 1;
    }
    (start, end)
}

/// The literal assigned to the name `start..end`, if the name says "secret" and the literal can be one.
pub(crate) fn read(line: &Line, start: usize, end: usize) -> Option<Candidate> {
    let name = &line.text[start..end];
    let promise = names::promise(name)?;
    let literal = reading::read(line, start, end)?;
    let text = line.text.get(literal.start..literal.end)?;
    let placeholder = value::judge(text, name, line.kind, literal.default_of.is_some(), literal.quoted)?;
    let (rule, what) = promise.rule();
    let name = name.iter().position(|b| !matches!(b, b'-' | b'.')).map_or(name, |p| &name[p..]);
    Some(Candidate {
        key: Some(text_of(name)),
        default_of: literal.default_of,
        placeholder,
        ..Candidate::new(rule, what, literal.start, literal.end, Strength::Assigned)
    })
}
