//! Printed text as objects, each part at the place that says it.

use plimsoll_base::{Location, Span};
use plimsoll_syntax::{Kind, Node, yaml};

use super::text::{CLOSE, Mark, OPEN, Text};
use crate::iac::value::{Field, Shape, Value};

/// The documents that a template printed, and whether it is decided that they are there; none where the text is no YAML.
pub(super) fn documents(printed: &Text, unknown: &[String]) -> Option<Vec<(Value, bool)>> {
    let tidied;
    let printed = if printed.is_open() {
        tidied = tidy(printed);
        &tidied
    } else {
        printed
    };
    if printed.text.trim().is_empty() {
        return Some(Vec::new());
    }
    let parsed = yaml(printed.text.as_bytes());
    if !parsed.issues.is_empty() {
        return None;
    }
    let places = Places { printed, unknown };
    let read = |n: &Node| {
        let doubt = places.doubted(n);
        // It is judged as if it were there, what is in doubt within read on its own.
        (places.value(n, doubt), !doubt)
    };
    Some(parsed.value.iter().filter(|n| !n.is_null()).map(read).collect())
}

/// Something unknown alone on a line stands for fields where its neighbours are fields, and for items among items.
fn tidy(printed: &Text) -> Text {
    let lines: Vec<&str> = printed.text.split_inclusive('\n').collect();
    let alone = |line: &str| {
        let line = line.trim();
        line.starts_with(OPEN) && line.ends_with(CLOSE) && line.matches(OPEN).count() == 1
    };
    let depth = |line: &str| line.len() - line.trim_start().len();
    let filled = |line: &&&str| !line.trim().is_empty();
    let mut out = Text::default();
    let mut at = 0;
    for (i, line) in lines.iter().enumerate() {
        let end = at + line.len();
        let otherwise = Mark { start: 0, at: Location::whole(plimsoll_base::FileId(0)), exact: false, value: None, doubt: false };
        let mark = printed.mark(at).cloned().map_or(otherwise, |m| Mark { exact: false, ..m });
        if !alone(line) {
            out.append(printed, at, end, &mark);
            at = end;
            continue;
        }
        let own = depth(line);
        let next = lines[i + 1..].iter().find(filled).filter(|l| depth(l) == own && !l.starts_with("---"));
        // The nearest line before it that stands as deep, or holds it.
        let before = lines[..i].iter().rev().filter(filled).take(200).find_map(|l| {
            let inner = l.trim_start().trim_start_matches("- ");
            let column = l.trim_end().len() - inner.trim_end().len();
            if depth(l) == own && !alone(l) {
                Some(Some(*l))
            } else if column == own && !alone(l) {
                Some(Some("key: "))
            } else if depth(l) < own || l.starts_with("---") {
                Some(None)
            } else {
                None
            }
        });
        let sibling = next.copied().or(before.flatten()).map(str::trim_start);
        let body = at + line.trim_end().len();
        match sibling {
            Some(s) if s.starts_with("- ") => {
                out.append(printed, at, at + own, &mark);
                out.push("- ", mark.clone());
                out.append(printed, at + own, end, &mark);
            }
            Some(s) if s.contains(':') => {
                out.append(printed, at, body, &mark);
                out.push(":", mark.clone());
                out.append(printed, body, end, &mark);
            }
            _ => out.append(printed, at, end, &mark),
        }
        at = end;
    }
    out
}

struct Places<'a> {
    printed: &'a Text,
    unknown: &'a [String],
}

impl Places<'_> {
    /// The template's words where a sign stands for them.
    fn restored(&self, text: &str) -> String {
        let mut found = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            found.push_str(before);
            let (index, after) = after.split_once(CLOSE).unwrap_or(("", after));
            found.push_str(index.parse::<usize>().ok().and_then(|i| self.unknown.get(i)).map_or("{{ … }}", String::as_str));
            rest = after;
        }
        found.push_str(rest);
        found
    }

    fn value(&self, node: &Node, doubted: bool) -> Value {
        let at = self.at(node.span);
        let doubt = self.doubted(node);
        if doubt && !doubted {
            return Value::unknown("{{ … }}", at);
        }
        let shape = match &node.kind {
            Kind::Null => Shape::Null,
            Kind::Bool(b) => Shape::Text(b.to_string()),
            Kind::Number(text) => Shape::Text(text.to_string()),
            Kind::String(text) | Kind::Templated(text) if text.contains(OPEN) => Shape::Unknown(self.restored(text)),
            Kind::String(text) => Shape::Text(text.to_string()),
            Kind::Templated(text) => Shape::Unknown(text.to_string()),
            Kind::Sequence(items) => Shape::List(items.iter().map(|i| self.value(i, doubt || doubted)).collect()),
            Kind::Mapping(entries) => Shape::Map(
                entries
                    .iter()
                    .map(|e| {
                        // A field that may be missing is unknown, not merely the value in it.
                        let own = self.doubt(e.key_span.start);
                        let value = if own && !doubt && !doubted {
                            Value::unknown("{{ … }}", self.at(e.value.span))
                        } else {
                            self.value(&e.value, own || doubted)
                        };
                        Field { name: self.restored(&e.key), at: self.at(e.span()), value }
                    })
                    .collect(),
            ),
        };
        Value::new(shape, at)
    }

    /// Whether nothing of a node is certain to be there.
    fn doubted(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Mapping(entries) if !entries.is_empty() => entries.iter().all(|e| self.doubt(e.key_span.start)),
            Kind::Sequence(items) if !items.is_empty() => items.iter().all(|i| self.doubt(i.span.start)),
            _ => self.doubt(node.span.start),
        }
    }

    fn doubt(&self, offset: u32) -> bool {
        self.printed.mark(offset as usize).is_some_and(|m| m.doubt)
    }

    /// Where a stretch of the printed text comes from.
    fn at(&self, span: Span) -> Location {
        let (start, end) = (span.start as usize, (span.end as usize).max(span.start as usize + 1));
        let nowhere = Location::whole(plimsoll_base::FileId(0));
        let Some(first) = self.printed.mark(start) else { return nowhere };
        let Some(last) = self.printed.mark(end - 1) else { return first.at };
        if let (Some(from), Some(to)) = (first.value, last.value) {
            return joined(from, to);
        }
        let place = |mark: &Mark, offset: usize| match mark.at.span {
            Some(span) if mark.exact => {
                let at = (span.start as usize + offset.saturating_sub(mark.start)).min(span.end as usize);
                Location::at(mark.at.file, Span::new(at, at + 1))
            }
            _ => mark.at,
        };
        joined(place(first, start), place(last, end - 1))
    }
}

/// From one place to another, where both stand in one file in this order; else the first.
fn joined(from: Location, to: Location) -> Location {
    match (from.span, to.span) {
        (Some(a), Some(b)) if from.file == to.file && b.end >= a.start => {
            Location::at(from.file, Span { start: a.start, end: b.end.max(a.start) })
        }
        _ => from,
    }
}
