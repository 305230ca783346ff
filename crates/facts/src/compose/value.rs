//! A tree of values from several files: each value knows the file it stands in and how its paths and variables are read.

use plimsoll_base::{FileId, Location, Setting, Sourced};
use plimsoll_syntax::{Kind, Node};

use super::interpolate::{Reading, Scope, interpolate};
use crate::container::Interpolation;
use crate::library::Library;

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Nothing.
    Null,
    /// A scalar as written.
    Text(Box<str>),
    /// A list.
    List(Vec<Value>),
    /// A mapping.
    Map(Vec<Pair>),
    /// A template engine decides.
    Template(Box<str>),
}

/// A tag that says how a value is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// By the rules.
    None,
    /// `!reset`: what the base says is removed.
    Reset,
    /// `!override`: what the base says is replaced.
    Override,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// What it is.
    pub(super) shape: Shape,
    /// Where it stands, with its key.
    pub(super) at: Location,
    /// The index of its origin.
    pub(super) origin: usize,
    /// Its merge tag.
    pub(super) tag: Tag,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    /// The key.
    pub(super) key: Box<str>,
    /// Where the key stands.
    pub(super) key_at: Location,
    /// The value.
    pub(super) value: Value,
}

impl Value {
    /// A tree of one file.
    pub(super) fn from_node(node: &Node, file: FileId, origin: usize) -> Self {
        Self::with_span(node, Location::at(file, node.span), origin)
    }

    fn with_span(node: &Node, at: Location, origin: usize) -> Self {
        let file = at.file;
        let shape = match &node.kind {
            Kind::Null => Shape::Null,
            Kind::Bool(true) => Shape::Text("true".into()),
            Kind::Bool(false) => Shape::Text("false".into()),
            Kind::Number(text) | Kind::String(text) => Shape::Text(text.clone()),
            Kind::Sequence(items) => Shape::List(items.iter().map(|n| Self::from_node(n, file, origin)).collect()),
            Kind::Mapping(entries) => Shape::Map(
                entries
                    .iter()
                    .map(|e| Pair {
                        key: e.key.clone(),
                        key_at: Location::at(file, e.key_span),
                        value: Self::with_span(&e.value, Location::at(file, e.span()), origin),
                    })
                    .collect(),
            ),
            Kind::Templated(text) => Shape::Template(text.clone()),
        };
        let tag = match node.tag.as_deref() {
            Some("!reset") => Tag::Reset,
            Some("!override") => Tag::Override,
            _ => Tag::None,
        };
        Self { shape, at, origin, tag }
    }

    /// The same place with another shape.
    pub(super) fn shaped(&self, shape: Shape) -> Self {
        Self { shape, at: self.at, origin: self.origin, tag: Tag::None }
    }
    /// The pairs of a mapping; empty for anything else.
    pub(super) fn pairs(&self) -> &[Pair] {
        match &self.shape {
            Shape::Map(pairs) => pairs,
            _ => &[],
        }
    }
    /// The items of a list; empty for anything else.
    pub(super) fn items(&self) -> &[Value] {
        match &self.shape {
            Shape::List(items) => items,
            _ => &[],
        }
    }
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.pairs().iter().find(|p| &*p.key == key).map(|p| &p.value)
    }
    /// Follows keys.
    pub(super) fn path(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }
    /// The scalar as written.
    pub(super) fn raw(&self) -> Option<&str> {
        match &self.shape {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }
    /// Whether it is a mapping.
    pub(super) fn is_map(&self) -> bool {
        matches!(self.shape, Shape::Map(_))
    }
    /// Whether nothing is written.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.shape, Shape::Null)
    }
    /// Takes a key out of a mapping.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        let Shape::Map(pairs) = &mut self.shape else { return None };
        let at = pairs.iter().position(|p| &*p.key == key)?;
        Some(pairs.remove(at).value)
    }
    /// Puts a value at a key of a mapping.
    pub(super) fn put(&mut self, key: &str, value: Value) {
        let Shape::Map(pairs) = &mut self.shape else { return };
        match pairs.iter_mut().find(|p| &*p.key == key) {
            Some(pair) => pair.value = value,
            None => pairs.push(Pair { key: key.into(), key_at: value.at, value }),
        }
    }
    /// Removes what `!reset` marks and forgets the other tags.
    pub(super) fn settle(&mut self) {
        self.tag = Tag::None;
        match &mut self.shape {
            Shape::Map(pairs) => {
                pairs.retain(|p| p.value.tag != Tag::Reset);
                pairs.iter_mut().for_each(|p| p.value.settle());
            }
            Shape::List(items) => {
                items.retain(|v| v.tag != Tag::Reset);
                items.iter_mut().for_each(Value::settle);
            }
            _ => {}
        }
    }
}

/// How the values of one file are read.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The folder that its relative paths start from.
    pub(super) folder: String,
    /// The index of the scope of its variables.
    pub(super) scope: usize,
}

/// What reading a value needs.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The tree.
    pub(super) library: &'a Library,
    /// The origins of values.
    pub(super) origins: &'a [Origin],
    /// The scopes of origins.
    pub(super) scopes: &'a [Scope],
}

impl<'a> Context<'a> {
    /// The folder that relative paths of a value start from.
    pub(super) fn folder(&self, value: &Value) -> &'a str {
        self.origins.get(value.origin).map_or("", |o| o.folder.as_str())
    }
    /// The scope of a value's variables.
    pub(super) fn scope(&self, value: &Value) -> Option<&'a Scope> {
        self.origins.get(value.origin).and_then(|o| self.scopes.get(o.scope))
    }
    /// A text that stands in a value, with its variables.
    pub(super) fn read_text(&self, value: &Value, text: &str) -> Reading {
        match self.scope(value) {
            Some(scope) => interpolate(text, scope),
            None => interpolate(text, &Scope::default()),
        }
    }
    /// A scalar with its variables.
    pub(super) fn read(&self, value: &Value) -> Option<Reading> {
        match &value.shape {
            Shape::Text(text) => Some(self.read_text(value, text)),
            Shape::Template(text) => Some(Reading { raw: text.to_string(), resolved: None, variables: Vec::<Interpolation>::new() }),
            _ => None,
        }
    }
    /// A scalar, resolved; none where a variable without a value decides.
    pub(super) fn text(&self, value: &Value) -> Option<String> {
        self.read(value)?.resolved
    }
    /// A scalar as a setting; none for what is no scalar, and for the empty text that Compose takes as nothing.
    pub(super) fn setting(&self, value: &Value) -> Option<Setting<String>> {
        match self.read(value)?.resolved {
            Some(text) if text.is_empty() => None,
            Some(text) => Some(Setting::Stated(Sourced::new(text, value.at))),
            None => Some(Setting::Unresolved(value.at)),
        }
    }
    /// A scalar with its place, resolved or else as written.
    pub(super) fn sourced(&self, value: &Value) -> Option<Sourced<String>> {
        let text = self.read(value)?.best();
        (!text.is_empty()).then(|| Sourced::new(text, value.at))
    }
    /// Whether a flag is set; false where a variable decides.
    pub(super) fn is_true(&self, value: Option<&Value>) -> bool {
        let text = value.and_then(|v| self.text(v)).unwrap_or_default();
        matches!(text.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "y" | "1")
    }
    /// A scalar alone or the scalars of a list, resolved or else as written.
    pub(super) fn words(&self, value: &Value) -> Vec<String> {
        match &value.shape {
            Shape::List(items) => items.iter().filter_map(|v| self.read(v)).map(Reading::best).collect(),
            _ => self.read(value).map(Reading::best).into_iter().collect(),
        }
    }
    /// A scalar alone or the scalars of a list, each with its place.
    pub(super) fn sourced_words(&self, value: &Value) -> Vec<Sourced<String>> {
        match &value.shape {
            Shape::List(items) => items.iter().filter_map(|v| self.sourced(v)).collect(),
            _ => self.sourced(value).into_iter().collect(),
        }
    }
}
