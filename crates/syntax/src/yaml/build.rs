//! Parser events to trees, with an explicit stack: nothing here recurses, whatever the input.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};
use plimsoll_base::Span;

use super::frame::{Body, Finished, Frame};
use super::mask::Mask;
use super::scalar;
use crate::issues::Issues;
use crate::{Issue, Kind, MAX_DEPTH, Node};

/// How much a file may grow by its aliases, in nodes; long strings count as several.
const COPIED: usize = 100_000;
/// How much may be kept for aliases to come.
const KEPT: usize = 200_000;

/// What one pass over a text gave.
pub(super) struct Reading {
    pub(super) documents: Vec<Node>,
    pub(super) issues: Vec<Issue>,
    broken: usize,
    first_defect: usize,
    braces_as_mapping: bool,
}

impl Reading {
    /// Whether every document was read to its end, and no template action passed for a mapping.
    pub(super) fn is_sound(&self) -> bool {
        self.broken == 0 && !self.braces_as_mapping
    }

    /// Whether more could be read than in another pass.
    pub(super) fn is_better_than(&self, other: &Self) -> bool {
        if self.broken != other.broken {
            return self.broken < other.broken;
        }
        self.first_defect > other.first_defect || (other.braces_as_mapping && self.first_defect == other.first_defect)
    }

    /// Moves every place by an offset.
    pub(super) fn shift(&mut self, offset: u32) {
        self.issues.iter_mut().for_each(|issue| issue.span = issue.span.map(|s| s.shifted(offset)));
        self.documents.iter_mut().for_each(|node| shift(node, offset));
    }
}

/// Bounded by [`MAX_DEPTH`], as every tree that is built here.
fn shift(node: &mut Node, offset: u32) {
    node.span = node.span.shifted(offset);
    match &mut node.kind {
        Kind::Sequence(items) => items.iter_mut().for_each(|item| shift(item, offset)),
        Kind::Mapping(entries) => {
            for entry in entries {
                entry.key_span = entry.key_span.shifted(offset);
                shift(&mut entry.value, offset);
            }
        }
        _ => {}
    }
}

/// What a template engine puts at a place.
pub(super) fn templated(text: &str, span: Span) -> Node {
    Node { kind: Kind::Templated(slice(text, span).into()), span, tag: None }
}

pub(super) fn slice(text: &str, span: Span) -> &str {
    text.get(span.range()).unwrap_or_default()
}

/// Reads a text; with a mask, reads the masked text and takes the words from the original.
pub(super) fn read(text: &str, mask: Option<&Mask>) -> Reading {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(mask.map_or(text, |m| &m.text), options);
    let mut builder = Builder::new(text, mask);
    while let Some(next) = parser.next_event() {
        let defect = match next {
            Ok((event, span)) => match builder.event(event, range(&span)) {
                Ok(()) => continue,
                Err(defect) => defect,
            },
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
                Issue { span: Some(Span::new(at, at)), says: format!("not YAML from here on: {}", error.info()) }
            }
        };
        builder.abandon(defect);
        if builder.issues.is_full() {
            builder.issues.add(None, "too many defects: the rest of the file was not read");
            break;
        }
        match parser.proceed_next_document() {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                builder.issues.add(None, format!("the rest of the file was not read: {}", error.info()));
                break;
            }
        }
    }
    builder.finish()
}

fn range(span: &granit_parser::Span) -> Span {
    let range = span.byte_range().unwrap_or_default();
    Span::new(range.start, range.end)
}

struct Builder<'t> {
    text: &'t str,
    mask: Option<&'t Mask>,
    documents: Vec<Node>,
    issues: Issues,
    stack: Vec<Frame>,
    root: Option<Node>,
    anchors: HashMap<usize, Option<Finished>>,
    copied: usize,
    kept: usize,
    broken: usize,
    first_defect: usize,
    braces_as_mapping: bool,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, mask: Option<&'t Mask>) -> Self {
        Self {
            text,
            mask,
            documents: Vec::new(),
            issues: Issues::default(),
            stack: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            copied: 0,
            kept: 0,
            broken: 0,
            first_defect: usize::MAX,
            braces_as_mapping: false,
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Issue> {
        match event {
            Event::DocumentStart(..) => self.anchors.clear(),
            Event::DocumentEnd => self.close_document(),
            Event::Alias(id) => {
                let finished = self.alias(id, span);
                self.place(finished, "");
            }
            Event::UnresolvedAlias(name) => {
                self.issues.add(Some(span), format!("the alias `*{name}` has no anchor: read as null"));
                self.place(Finished::leaf(Node::null(span)), "");
            }
            Event::Scalar(value, style, anchor, tag) => self.scalar(&value, style, anchor, tag, span),
            Event::SequenceStart(style, anchor, tag) => self.open(Body::sequence(), style, anchor, tag, span)?,
            Event::MappingStart(style, anchor, tag) => {
                if self.mask.is_none() && style == StructureStyle::Flow && self.text.as_bytes()[span.start as usize..].starts_with(b"{{") {
                    self.braces_as_mapping = true;
                }
                self.open(Body::mapping(), style, anchor, tag, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(Some(span)),
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, body: Body, style: StructureStyle, anchor: usize, tag: Option<Cow<'_, Tag>>, span: Span) -> Result<(), Issue> {
        if self.stack.len() >= MAX_DEPTH {
            let says = format!("nested deeper than {MAX_DEPTH}: the rest of the document was not read");
            return Err(Issue { span: Some(span), says });
        }
        self.stack.push(Frame::new(body, style == StructureStyle::Flow, anchor, custom(tag.as_deref()), span));
        Ok(())
    }

    /// Ends the innermost list or mapping; without a place when its end was never seen.
    fn close(&mut self, end: Option<Span>) {
        let Some(frame) = self.stack.pop() else { return };
        let anchor = frame.anchor;
        let finished = frame.finish(end, &mut self.issues);
        self.keep(anchor, &finished);
        let text = self.text;
        // A list or mapping as a key is known by its text, so far as that is short.
        let key = slice(text, finished.node.span);
        self.place(finished, &key[..key.floor_char_boundary(256)]);
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, anchor: usize, tag: Option<Cow<'_, Tag>>, span: Span) {
        let tag = tag.as_deref();
        let plain = style == ScalarStyle::Plain && !tag.is_some_and(|t| t.is_yaml_core_schema_tag("str"));
        let kind = if plain { scalar::plain(value) } else { Kind::String(value.into()) };
        let mut node = Node { kind, span, tag: custom(tag) };
        if style == ScalarStyle::Plain && span.start == span.end {
            node.span = self.place_of_nothing(span);
        }
        if let Some(found) = self.mask.and_then(|mask| self.template(mask, style, node.span)) {
            node.kind = found.kind;
            node.span = found.span;
        }
        let finished = Finished::leaf(node);
        self.keep(anchor, &finished);
        let merge = style == ScalarStyle::Plain && value == "<<";
        if merge && let Some(Frame { body: Body::Mapping(mapping), .. }) = self.stack.last_mut() {
            mapping.merges_next();
        }
        self.place(finished, value);
    }

    /// Where nothing was written: after the key or the dash, rather than where the parser noticed.
    fn place_of_nothing(&self, span: Span) -> Span {
        match self.stack.last().map(|frame| &frame.body) {
            Some(Body::Mapping(mapping)) => mapping.pending().map_or(span, |key| {
                let rest = self.text.get(key.end as usize..).unwrap_or_default();
                let colon = rest.len() - rest.trim_start().len();
                let end = if rest[colon..].starts_with(':') { key.end as usize + colon + 1 } else { key.end as usize };
                Span::new(end, end)
            }),
            _ => span,
        }
    }

    /// What a template decides of a scalar: all of it when an action lies within, or stands where nothing or a block is.
    fn template(&self, mask: &Mask, style: ScalarStyle, span: Span) -> Option<Node> {
        let (start, end) = (span.start as usize, span.end as usize);
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let written = start + mask.text.get(start..end)?.trim_end().len();
        if mask.touches(start, written) {
            let quotes = usize::from(matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) && end - start >= 2);
            let inner = slice(self.text, Span::new(start + quotes, end - quotes));
            return Some(Node { kind: Kind::Templated(inner.into()), span, tag: None });
        }
        if block || start == end {
            let (first, last) = mask.printed_after(written)?;
            return Some(templated(self.text, Span::new(if block { start.min(first) } else { first }, last)));
        }
        None
    }

    fn alias(&mut self, id: usize, span: Span) -> Finished {
        let refused = match self.anchors.get(&id) {
            Some(Some(anchored)) => {
                if self.stack.len() + anchored.height > MAX_DEPTH {
                    format!("the alias nests deeper than {MAX_DEPTH}: read as null")
                } else if self.copied + anchored.weight > COPIED {
                    format!("aliases make more than {COPIED} nodes: read as null")
                } else {
                    self.copied += anchored.weight;
                    let mut copy = anchored.clone();
                    copy.node.span = span;
                    return copy;
                }
            }
            Some(None) => "the anchor of the alias is too large: read as null".into(),
            None => "the alias stands within its own anchor: read as null".into(),
        };
        self.issues.add(Some(span), refused);
        Finished::leaf(Node::null(span))
    }

    fn keep(&mut self, anchor: usize, finished: &Finished) {
        if anchor == 0 {
            return;
        }
        let fits = self.kept + finished.weight <= KEPT;
        if fits {
            self.kept += finished.weight;
        }
        self.anchors.insert(anchor, fits.then(|| finished.clone()));
    }

    /// Puts a finished node where the innermost list or mapping expects one. `raw` is its text, should it turn out to be a key.
    fn place(&mut self, finished: Finished, raw: &str) {
        let (text, mask) = (self.text, self.mask);
        match self.stack.last_mut() {
            None => self.root = Some(finished.node),
            Some(frame) => frame.place(finished, raw, &mut self.issues, |from, to| {
                mask.filter(|m| m.touches(from.end as usize, to.start as usize)).map(|_| {
                    let all = Span::new(from.start as usize, to.end as usize);
                    Kind::Templated(slice(text, all).into())
                })
            }),
        }
    }

    fn close_document(&mut self) {
        if let Some(root) = self.root.take()
            && !(root.is_null() && root.span.start == root.span.end)
        {
            self.documents.push(root);
        }
    }

    /// Keeps what was read of a broken document.
    fn abandon(&mut self, defect: Issue) {
        self.broken += 1;
        self.first_defect = self.first_defect.min(defect.span.map_or(0, |s| s.start as usize));
        self.issues.add(defect.span, defect.says);
        while !self.stack.is_empty() {
            self.close(None);
        }
        self.close_document();
    }

    fn finish(mut self) -> Reading {
        while !self.stack.is_empty() {
            self.close(None);
        }
        self.close_document();
        Reading {
            documents: self.documents,
            issues: self.issues.finish(),
            broken: self.broken,
            first_defect: self.first_defect,
            braces_as_mapping: self.braces_as_mapping,
        }
    }
}

/// A tag as written, unless it only repeats what the core schema says.
fn custom(tag: Option<&Tag>) -> Option<Box<str>> {
    tag.filter(|t| !t.is_yaml_core_schema()).map(|t| t.original().into())
}
