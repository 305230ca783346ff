//! One template file: which conditions enclose which lines, and what its actions print.

use std::cell::Cell;

use plimsoll_base::{FileId, Location, Span};
use plimsoll_syntax::{Kind, Node};

use super::action::Names;
use crate::iac::value::{Field, Shape, Value};

/// A stretch of the file with the same enclosing blocks.
struct Frame {
    /// Whether it is rendered; none where the values here do not decide it.
    rendered: Option<bool>,
    dot: Option<Result<Value, ()>>,
}

struct Open {
    /// The frame around the block.
    outer: usize,
    /// Whether an earlier branch is taken; none if that is not decided.
    taken: Option<bool>,
}

/// A template file under one set of values.
pub(super) struct Engine<'a> {
    file: FileId,
    values: &'a Value,
    chart: &'a Value,
    frames: Vec<Frame>,
    /// From which offset which frame holds.
    marks: Vec<(usize, usize)>,
    /// Actions that may still be evaluated: each may copy a large part of the values.
    left: Cell<u32>,
}

/// Actions evaluated in one file; those beyond are undecided.
const MAX_ACTIONS: u32 = 4000;

impl<'a> Engine<'a> {
    pub(super) fn new(text: &str, file: FileId, values: &'a Value, chart: &'a Value) -> Self {
        let mut engine = Self {
            file,
            values,
            chart,
            frames: vec![Frame { rendered: Some(true), dot: None }],
            marks: vec![(0, 0)],
            left: Cell::new(MAX_ACTIONS),
        };
        let mut open: Vec<Open> = Vec::new();
        let mut now = 0;
        for (start, end, inner) in actions(text).into_iter().take(MAX_ACTIONS as usize * 4) {
            let (word, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
            let rest = rest.trim();
            let at = Location::at(file, Span::new(start, end));
            match word {
                "if" | "with" | "range" | "define" | "block" => {
                    open.push(Open { outer: now, taken: Some(false) });
                    now = engine.branch(word, rest, at, &mut open);
                }
                "else" => {
                    let (word, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                    now = engine.branch(if word.is_empty() { "else" } else { word }, rest.trim(), at, &mut open);
                }
                "end" => now = open.pop().map_or(0, |o| o.outer),
                _ => continue,
            }
            engine.marks.push((end, now));
        }
        engine
    }

    /// Opens one branch of the innermost block.
    fn branch(&mut self, word: &str, expression: &str, at: Location, open: &mut [Open]) -> usize {
        let Some(block) = open.last_mut() else { return 0 };
        let outer = &self.frames[block.outer];
        let names = Names { values: self.values, chart: self.chart, dot: outer.dot.clone(), at };
        let mut dot = outer.dot.clone();
        // `range $key, $value := .list` and `with $x := …` name what follows the sign.
        let source = expression.split_once(":=").map_or(expression, |(_, e)| e).trim();
        let holds = match word {
            "if" => names.holds(expression),
            "with" | "range" => {
                let value = names.value(source);
                let holds = value.as_ref().map(|v| !matches!(&v.shape, Shape::Null) && names.holds(source) == Some(true));
                dot = Some(match (word, value) {
                    ("with", Some(value)) => Ok(value),
                    _ => Err(()),
                });
                holds
            }
            "define" => Some(false),
            _ => Some(true),
        };
        let here = match (block.taken, holds) {
            (Some(true), _) | (_, Some(false)) => Some(false),
            (Some(false), known) => known,
            (None, _) => None,
        };
        block.taken = match (block.taken, holds) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        };
        let rendered = match (outer.rendered, here) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
        self.frames.push(Frame { rendered, dot });
        self.frames.len() - 1
    }

    fn frame(&self, offset: u32) -> usize {
        let next = self.marks.partition_point(|(from, _)| *from <= offset as usize);
        self.marks[next.saturating_sub(1)].1
    }

    /// A node with values inserted; none where it is not rendered, unknown where that is not decided.
    pub(super) fn convert(&self, node: &Node) -> Option<Value> {
        self.node(node, self.frame(node.span.start), Some(true))
    }

    /// The same, taking for granted that the node itself is rendered.
    pub(super) fn convert_within(&self, node: &Node) -> Option<Value> {
        let frame = self.frame(node.span.start);
        self.node(node, frame, self.frames[frame].rendered)
    }

    /// `around` is what is taken for granted of the parent.
    fn node(&self, node: &Node, frame: usize, around: Option<bool>) -> Option<Value> {
        let at = Location::at(self.file, node.span);
        let rendered = self.frames[frame].rendered;
        if rendered == Some(false) {
            return None;
        }
        if rendered.is_none() && around == Some(true) {
            return Some(Value::unknown(String::new(), at));
        }
        let shape = match &node.kind {
            Kind::Templated(text) => return Some(self.text(text, at, frame)),
            Kind::String(text) if text.contains("{{") => return Some(self.text(text, at, frame)),
            Kind::Sequence(items) => Shape::List(items.iter().filter_map(|i| self.node(i, self.frame(i.span.start), rendered)).collect()),
            Kind::Mapping(entries) => Shape::Map(
                entries
                    .iter()
                    .filter_map(|e| {
                        let own = self.frame(e.key_span.start);
                        let value =
                            if matches!(e.value.kind, Kind::Mapping(_) | Kind::Sequence(_)) || self.frames[own].rendered != Some(true) {
                                self.node(&e.value, own, rendered)?
                            } else {
                                self.node(&e.value, self.frame(e.value.span.start.max(e.key_span.start)), rendered)?
                            };
                        Some(Field { name: self.key(&e.key, own), at: Location::at(self.file, e.span()), value })
                    })
                    .collect(),
            ),
            _ => return Some(Value::of(node, self.file)),
        };
        Some(Value::new(shape, at))
    }

    fn key(&self, key: &str, frame: usize) -> String {
        if !key.contains("{{") {
            return key.to_owned();
        }
        self.text(key, Location::whole(self.file), frame).written().unwrap_or(key).to_owned()
    }

    /// What a text with actions comes to. One action alone gives its value, whatever form that has.
    fn text(&self, text: &str, at: Location, frame: usize) -> Value {
        let names = Names { values: self.values, chart: self.chart, dot: self.frames[frame].dot.clone(), at };
        let mut rendered = String::new();
        let mut decided = true;
        let mut last = 0;
        for (start, end, inner) in actions(text) {
            if is_control(inner) || self.left.get() == 0 {
                return Value::unknown(text.to_owned(), at);
            }
            self.left.set(self.left.get() - 1);
            let value = names.value(inner);
            if start == 0 && end == text.trim_end().len() {
                return match value {
                    Some(value) if value.written().is_some_and(|t| t.is_empty()) => Value::text_at("", at),
                    Some(value) => value,
                    None => Value::unknown(text.to_owned(), at),
                };
            }
            rendered.push_str(&text[last..start]);
            match value.as_ref().map(|v| &v.shape) {
                Some(Shape::Text(t)) => rendered.push_str(t),
                Some(Shape::Null) => {}
                _ => {
                    decided = false;
                    rendered.push_str(&text[start..end]);
                }
            }
            last = end;
        }
        rendered.push_str(&text[last..]);
        Value::new(if decided { Shape::Text(rendered) } else { Shape::Unknown(rendered) }, at)
    }
}

fn is_control(inner: &str) -> bool {
    let word = inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    matches!(word, "if" | "else" | "end" | "range" | "with" | "define" | "block") || inner.starts_with("/*") || inner.contains(":=")
}

/// The actions of a text: start, end, and what stands between the braces without trim signs.
fn actions(text: &str) -> Vec<(usize, usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{{").map(|i| i + at) {
        let Some(end) = text[start..].find("}}").map(|i| i + start + 2) else { break };
        let inner = text[start + 2..end - 2].trim_start_matches('-').trim_end_matches('-').trim();
        found.push((start, end, inner));
        at = end;
    }
    found
}
