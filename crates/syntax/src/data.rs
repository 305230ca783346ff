//! One tree for YAML, JSON and TOML, so that readers of facts need not care which of them a file is written in.

use plimsoll_base::Span;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its bytes; for a mapping or sequence from its first key or item to the end of its last.
    pub span: Span,
    /// A YAML tag such as `!Sub` or `!reset`, without expansion.
    pub tag: Option<Box<str>>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Nothing was written.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(Box<str>),
    /// A string.
    String(Box<str>),
    /// A list.
    Sequence(Vec<Node>),
    /// Key and value pairs in their order; a duplicate key is reported and kept once, with the last value.
    Mapping(Vec<Entry>),
    /// A value that a template engine decides; the template text.
    Templated(Box<str>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as text.
    pub key: Box<str>,
    /// The key's bytes.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// From the key to the end of the value: what a reader wants to see highlighted.
    pub fn span(&self) -> Span {
        Span { start: self.key_span.start, end: self.value.span.end.max(self.key_span.end) }
    }
}

impl Node {
    /// Nothing, at a place.
    pub fn null(span: Span) -> Self {
        Self { kind: Kind::Null, span, tag: None }
    }
    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.value)
    }
    /// The entry of a key, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|e| &*e.key == key)
    }
    /// Follows keys through nested mappings.
    pub fn path(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }
    /// The entries of a mapping; empty for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }
    /// The items of a sequence; empty for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(s) => Some(s),
            _ => None,
        }
    }
    /// The text of any scalar as written (`true`, `3000`, `text`); none for null, lists, mappings and templates.
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(s) | Kind::Number(s) => Some(s),
            Kind::Bool(true) => Some("true"),
            Kind::Bool(false) => Some("false"),
            _ => None,
        }
    }
    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(b) => Some(b),
            _ => None,
        }
    }
    /// Whether nothing was written.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }
    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(self.kind, Kind::Mapping(_))
    }
    /// A scalar alone, or every scalar of a list: many formats allow both.
    pub fn scalars(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Sequence(items) => items.iter().filter(|n| n.scalar().is_some()).collect(),
            _ if self.scalar().is_some() => vec![self],
            _ => Vec::new(),
        }
    }
}
