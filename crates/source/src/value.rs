//! Expressions, as far as decisions need them.

use plimsoll_base::Span;

use crate::{CallId, ClassId, FunctionId, Text};

/// An expression and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Its bytes in the file.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What an expression is. Parentheses, `await`, optional chaining, type assertions and non-null marks are looked through.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A text without interpolation; escapes resolved.
    Text(Text),
    /// A number as a float; a literal that none can hold is [`Kind::Other`].
    Number(f64),
    /// `true`, `True`.
    Bool(bool),
    /// `null`, `undefined`, `None`.
    Nothing,
    /// A regular expression's source (JavaScript).
    Pattern(Text),
    /// An array, list, tuple or set.
    List(Vec<Value>),
    /// An object or dict, in its order.
    Object(Vec<Entry>),
    /// A text with values in it: a template literal, an f-string.
    Template(Vec<Piece>),
    /// A plain name: `app`, `process`, `self`, `this`.
    Name(Text),
    /// `of.name`, also `of["name"]`.
    Member(Box<Value>, Text),
    /// `of[index]` with a computed index; slices have no index.
    Index(Box<Value>, Option<Box<Value>>),
    /// A call, `new`, element or tagged template, by its index in the module.
    Call(CallId),
    /// A function written in place: an arrow, a lambda, a method of an object.
    Function(FunctionId),
    /// A class written in place.
    Class(ClassId),
    /// Two values and what joins them.
    Binary(Operator, Box<Value>, Box<Value>),
    /// `!x`, `not x`.
    Not(Box<Value>),
    /// `test ? then : otherwise`, `then if test else otherwise`.
    Choice(Box<[Value; 3]>),
    /// `...x`, `*x`, `**x`.
    Spread(Box<Value>),
    /// Anything else; calls within it are in the module all the same.
    Other,
}

/// What joins two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// `||`, `or`.
    Or,
    /// `??`.
    Default,
    /// `&&`, `and`.
    And,
    /// `==`, `===`, `is`.
    Equal,
    /// `!=`, `!==`, `is not`.
    NotEqual,
    /// `<`, `<=`.
    Less,
    /// `>`, `>=`.
    Greater,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`, `//`.
    Divide,
    /// `%`: the remainder, and Python's formatting.
    Remainder,
    /// Any other: `|`, `**`, `instanceof`, a chain of comparisons.
    Other,
}

/// An entry of an object or dict.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its key where it is a literal or a plain name; none for computed keys and for what is spread in.
    pub key: Option<Text>,
    /// The key's bytes.
    pub at: Span,
    /// Its value; [`Kind::Spread`] for what is spread in.
    pub value: Value,
}

/// A piece of a text with values in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Literal text.
    Text(Text),
    /// An interpolated value.
    Value(Value),
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The keyword, in Python.
    pub name: Option<Text>,
    /// What is handed in; [`Kind::Spread`] for `...x`, `*x`, `**x`.
    pub value: Value,
}

impl Value {
    /// A value of a kind at a place.
    pub fn new(span: Span, kind: Kind) -> Self {
        Self { span, kind }
    }
    /// The text of a literal.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }
    /// A literal truth value.
    pub fn bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }
    /// A literal number.
    pub fn number(&self) -> Option<f64> {
        match self.kind {
            Kind::Number(value) => Some(value),
            _ => None,
        }
    }
    /// The elements of a literal list.
    pub fn list(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(values) => Some(values),
            _ => None,
        }
    }
    /// The entries of a literal object.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Object(entries) => entries,
            _ => &[],
        }
    }
    /// The value under a literal key of an object; the last one where it is written twice.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries().iter().rev().find(|e| e.key.as_deref() == Some(key)).map(|e| &e.value)
    }
    /// Whether an object takes in another one, so that keys may be there that are not written.
    pub fn spreads(&self) -> bool {
        self.entries().iter().any(|e| e.key.is_none())
    }
    /// The names of a chain of members, `process.env.PORT`; none where it starts with anything but a name.
    pub fn path(&self) -> Option<Vec<&str>> {
        match &self.kind {
            Kind::Name(name) => Some(vec![name]),
            Kind::Member(of, name) => {
                let mut path = of.path()?;
                path.push(name);
                Some(path)
            }
            _ => None,
        }
    }
    /// Whether it is just this chain of members, `is("process.env")`.
    pub fn is(&self, path: &str) -> bool {
        let mut value = self;
        let mut rest = path;
        loop {
            match (&value.kind, rest.rsplit_once('.')) {
                (Kind::Name(name), None) => return name == rest,
                (Kind::Member(of, name), Some((before, last))) if name == last => (value, rest) = (of, before),
                _ => return false,
            }
        }
    }
    /// The values directly within it, calls not entered.
    pub fn children(&self) -> Vec<&Value> {
        match &self.kind {
            Kind::List(values) => values.iter().collect(),
            Kind::Object(entries) => entries.iter().map(|e| &e.value).collect(),
            Kind::Template(pieces) => pieces.iter().filter_map(|p| if let Piece::Value(v) = p { Some(v) } else { None }).collect(),
            Kind::Member(of, _) | Kind::Not(of) | Kind::Spread(of) => vec![of],
            Kind::Index(of, index) => std::iter::once(&**of).chain(index.as_deref()).collect(),
            Kind::Binary(_, left, right) => vec![left, right],
            Kind::Choice(three) => three.iter().collect(),
            _ => Vec::new(),
        }
    }
    /// It and all values within it, calls not entered, outermost first.
    pub fn walk(&self) -> Vec<&Value> {
        let mut found = vec![self];
        let mut next = 0;
        while let Some(value) = found.get(next).copied() {
            found.extend(value.children());
            next += 1;
        }
        found
    }
}
