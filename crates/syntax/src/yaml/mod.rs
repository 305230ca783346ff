//! YAML: documents as trees, with anchors, merge keys and tags; and the templates of Helm and Jinja, read around their actions.

mod build;
mod frame;
mod mask;
mod scalar;
#[cfg(test)]
mod tests;

use plimsoll_base::Span;

use self::build::Reading;
use self::mask::Mask;
use crate::text::{decode, text_start};
use crate::{Issue, Node, Parsed, guard};

/// The documents of a YAML text; those that hold nothing are left out.
///
/// A broken document gives the part before the defect, and an issue. Where the plain text is no YAML but holds template
/// actions, it is read with the actions hidden: what they print is [`Kind::Templated`](crate::Kind::Templated), and what
/// their conditions enclose is read as if it were always there.
pub fn yaml(bytes: &[u8]) -> Parsed<Vec<Node>> {
    let (text, unread) = decode(bytes);
    let start = text_start(bytes).min(text.len());
    let mut issues: Vec<Issue> = unread.into_iter().collect();
    if let Err(issue) = guard(text.as_bytes()) {
        issues.push(issue);
        return Parsed { value: Vec::new(), issues };
    }
    // A byte-order mark is no indentation: the parser begins after it.
    let mut reading = read(&text[start..]);
    let offset = u32::try_from(start).unwrap_or(0);
    if offset > 0 {
        reading.shift(offset);
    }
    issues.extend(reading.issues);
    Parsed { value: reading.documents, issues }
}

/// Whether a text holds template actions as Helm and Jinja write them; what they enclose may be absent once rendered.
pub fn has_template(bytes: &[u8]) -> bool {
    mask::has_actions(bytes)
}

fn read(text: &str) -> Reading {
    let plain = build::read(text, None);
    if plain.is_sound() || !mask::has_actions(text.as_bytes()) {
        return plain;
    }
    let mask = Mask::new(text);
    let mut masked = build::read(text, Some(&mask));
    if masked.documents.is_empty()
        && masked.is_sound()
        && let Some((start, end)) = mask.printed()
    {
        masked.documents.push(build::templated(text, Span::new(start, end)));
    }
    if masked.is_better_than(&plain) { masked } else { plain }
}
