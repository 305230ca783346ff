//! What a file of Bicep says, as a tree.

use plimsoll_base::Span;

/// An expression with its bytes.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    /// A number or a boolean as written.
    Literal(String),
    /// Text and insertions in turn.
    Text(Vec<Part>),
    Array(Vec<Expr>),
    Object(Vec<Entry>, Vec<Declaration>),
    Name(String),
    Call(String, Vec<Expr>),
    Access(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `[for name in list: body]`
    For(String, Box<Expr>, Box<Expr>),
    /// `if (condition) body`
    If(Box<Expr>, Box<Expr>),
    /// Something that is not understood.
    Other,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Plain(String),
    Inserted(Expr),
}

/// A property of an object.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) value: Expr,
}

/// What a file declares.
#[derive(Clone, Debug)]
pub(super) struct Declaration {
    pub(super) role: Role,
    pub(super) name: String,
    /// From the word to the end of the line.
    pub(super) head: Span,
    /// The type of a resource, the path of a module.
    pub(super) kind: String,
    pub(super) existing: bool,
    pub(super) value: Option<Expr>,
}

/// What a declaration declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Parameter,
    Variable,
    Resource,
    Module,
    Output,
}
