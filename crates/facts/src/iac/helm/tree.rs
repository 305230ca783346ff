//! A parsed template: what the engine walks through, as often as a chart is released.

use std::rc::Rc;

use plimsoll_base::FileId;

/// The text of a template, and the file it stands in.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) file: FileId,
    pub(super) text: Rc<str>,
    /// Where the text is not that of a file but a value (`tpl`): no offset in it means anything.
    pub(super) embedded: bool,
}

/// Nodes of one file, or of one `define` in it.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) source: Rc<Source>,
    pub(super) nodes: Vec<Node>,
}

/// A stretch of a template.
pub(super) type Stretch = (usize, usize);

/// One part of a template.
#[derive(Debug)]
pub(super) enum Node {
    /// Text that is printed as it stands.
    Text(Stretch),
    /// An action that prints.
    Print(Pipeline),
    /// `$name := …` or `$name = …`.
    Assign {
        name: Rc<str>,
        declares: bool,
        pipeline: Pipeline,
    },
    /// `if` with its `else if`s.
    If {
        arms: Vec<(Pipeline, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    With {
        name: Option<Rc<str>>,
        pipeline: Pipeline,
        body: Vec<Node>,
        otherwise: Vec<Node>,
    },
    Range {
        key: Option<Rc<str>>,
        value: Option<Rc<str>>,
        pipeline: Pipeline,
        body: Vec<Node>,
        otherwise: Vec<Node>,
    },
    /// `template` and `block`.
    Call {
        name: Rc<str>,
        argument: Option<Pipeline>,
        at: Stretch,
    },
    Break,
    Continue,
}

/// Commands, each of which gives its result to the next as the last argument.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) commands: Vec<Vec<Term>>,
    /// The whole action.
    pub(super) at: Stretch,
}

/// One word of a command.
#[derive(Debug)]
pub(super) enum Term {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    Dot,
    /// `.a.b`
    Field(Vec<Rc<str>>),
    /// `$x.a.b`; the name is empty for `$`.
    Variable(Rc<str>, Vec<Rc<str>>),
    /// `(…).a.b`
    Group(Box<Pipeline>, Vec<Rc<str>>),
    /// The name of a function.
    Function(Rc<str>),
}

/// A parsed file.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) body: Rc<Block>,
    pub(super) defines: Vec<(Rc<str>, Rc<Block>)>,
}
