//! Lists and mappings under construction: duplicate keys and merge keys are settled here.

use std::collections::HashMap;

use plimsoll_base::Span;

use crate::issues::Issues;
use crate::{Entry, Kind, Node};

/// Up to this many entries a search is as fast as an index.
const INDEXED_FROM: usize = 16;

/// A complete node with its size, which bounds what an alias to it may cost.
#[derive(Clone)]
pub(super) struct Finished {
    pub(super) node: Node,
    /// Nodes in it; a long string counts as several.
    pub(super) weight: usize,
    /// Levels of nesting in it.
    pub(super) height: usize,
}

impl Finished {
    pub(super) fn leaf(node: Node) -> Self {
        let length = match &node.kind {
            Kind::String(text) | Kind::Number(text) | Kind::Templated(text) => text.len(),
            _ => 0,
        };
        Self { node, weight: 1 + length / 64, height: 0 }
    }
}

/// An open list or mapping.
pub(super) struct Frame {
    pub(super) body: Body,
    pub(super) anchor: usize,
    flow: bool,
    tag: Option<Box<str>>,
    span: Span,
    weight: usize,
    height: usize,
}

pub(super) enum Body {
    Sequence(Vec<Node>),
    Mapping(Mapping),
}

#[derive(Default)]
pub(super) struct Mapping {
    entries: Entries,
    key: Option<(Box<str>, Span, bool)>,
    merge_next: bool,
    merges: Vec<(Span, Node)>,
}

#[derive(Default)]
struct Entries {
    list: Vec<Entry>,
    index: HashMap<Box<str>, usize>,
}

impl Entries {
    fn position(&self, key: &str) -> Option<usize> {
        if self.index.is_empty() { self.list.iter().position(|e| &*e.key == key) } else { self.index.get(key).copied() }
    }

    fn push(&mut self, entry: Entry) {
        if self.list.len() + 1 == INDEXED_FROM {
            self.index = self.list.iter().enumerate().map(|(at, e)| (e.key.clone(), at)).collect();
        }
        if self.list.len() + 1 >= INDEXED_FROM {
            self.index.insert(entry.key.clone(), self.list.len());
        }
        self.list.push(entry);
    }
}

impl Body {
    pub(super) fn sequence() -> Self {
        Self::Sequence(Vec::new())
    }
    pub(super) fn mapping() -> Self {
        Self::Mapping(Mapping::default())
    }
}

impl Mapping {
    /// The scalar that follows is the merge key, if a key is expected.
    pub(super) fn merges_next(&mut self) {
        self.merge_next = self.key.is_none();
    }

    /// The key that waits for its value.
    pub(super) fn pending(&self) -> Option<Span> {
        self.key.as_ref().map(|(_, span, _)| *span)
    }

    fn add(&mut self, entry: Entry, issues: &mut Issues, template: impl Fn(Span, Span) -> Option<Kind>) {
        let Some(at) = self.entries.position(&entry.key) else { return self.entries.push(entry) };
        let former = &mut self.entries.list[at];
        let between = template(former.span(), entry.span());
        match between {
            // The branches of a template's condition: which of them holds is not known.
            Some(kind) => {
                let span = Span { start: former.key_span.start, end: entry.span().end };
                former.value = Node { kind, span, tag: None };
            }
            None => {
                issues.add(Some(entry.key_span), format!("duplicate key `{}`: the last value is used", entry.key));
                *former = entry;
            }
        }
    }

    /// Explicit keys win over merged ones, earlier merges over later ones.
    fn merge(&mut self, issues: &mut Issues) {
        for (span, node) in std::mem::take(&mut self.merges) {
            let sources = match node.kind {
                Kind::Mapping(_) => vec![node],
                Kind::Sequence(items) if items.iter().all(Node::is_mapping) => items,
                kind => {
                    issues.add(Some(span), "a merge key without a mapping: kept as a plain key");
                    if self.entries.position("<<").is_none() {
                        self.entries.push(Entry { key: "<<".into(), key_span: span, value: Node { kind, ..node } });
                    }
                    continue;
                }
            };
            for source in sources {
                let Kind::Mapping(entries) = source.kind else { continue };
                for entry in entries {
                    if self.entries.position(&entry.key).is_none() {
                        self.entries.push(entry);
                    }
                }
            }
        }
    }
}

impl Frame {
    pub(super) fn new(body: Body, flow: bool, anchor: usize, tag: Option<Box<str>>, span: Span) -> Self {
        Self { body, anchor, flow, tag, span, weight: 1, height: 0 }
    }

    /// Takes the next node: an item, a key, or the value of the key before. `template` gives what a template makes of two equal keys.
    pub(super) fn place(&mut self, finished: Finished, raw: &str, issues: &mut Issues, template: impl Fn(Span, Span) -> Option<Kind>) {
        let Finished { node, weight, height } = finished;
        self.weight += weight;
        self.height = self.height.max(height);
        self.span.end = self.span.end.max(node.span.end);
        match &mut self.body {
            Body::Sequence(items) => items.push(node),
            Body::Mapping(mapping) => match mapping.key.take() {
                None => {
                    let merge = std::mem::take(&mut mapping.merge_next);
                    let key = match &node.kind {
                        Kind::Templated(text) | Kind::String(text) | Kind::Number(text) => text.clone(),
                        _ if raw.is_empty() => node.scalar().unwrap_or_default().into(),
                        _ => raw.into(),
                    };
                    mapping.key = Some((key, node.span, merge));
                }
                Some((_, span, true)) => mapping.merges.push((span, node)),
                Some((key, key_span, false)) => mapping.add(Entry { key, key_span, value: node }, issues, template),
            },
        }
    }

    /// The complete list or mapping. A key without a value, where the text broke off, has nothing.
    pub(super) fn finish(mut self, end: Option<Span>, issues: &mut Issues) -> Finished {
        if let (true, Some(end)) = (self.flow, end) {
            self.span.end = self.span.end.max(end.end);
        }
        let kind = match self.body {
            Body::Sequence(items) => Kind::Sequence(items),
            Body::Mapping(mut mapping) => {
                if let Some((key, key_span, false)) = mapping.key.take() {
                    let nothing = Node::null(Span { start: key_span.end, end: key_span.end });
                    mapping.add(Entry { key, key_span, value: nothing }, issues, |_, _| None);
                }
                mapping.merge(issues);
                Kind::Mapping(mapping.entries.list)
            }
        };
        Finished { node: Node { kind, span: self.span, tag: self.tag }, weight: self.weight, height: self.height + 1 }
    }
}
