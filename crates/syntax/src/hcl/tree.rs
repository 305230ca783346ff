//! The tree of a configuration in HCL: what is written, not what it comes to.

use plimsoll_base::Span;

/// The content of a file or of a block, each list in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// `name = value`.
    pub attributes: Vec<Attribute>,
    /// `kind "label" { … }`.
    pub blocks: Vec<Block>,
    /// What stands here but could not be parsed; each has its issue. Only a file as a whole has any.
    pub unread: Vec<Unread>,
}

/// `name = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// The bytes of the name.
    pub name_span: Span,
    /// The value.
    pub value: Expr,
    /// From the name to the end of the value.
    pub span: Span,
}

/// `kind "label" { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The word before the labels.
    pub kind: String,
    /// The labels, without quotes.
    pub labels: Vec<String>,
    /// What stands between the braces.
    pub body: Body,
    /// From the kind to the closing brace.
    pub span: Span,
    /// From the kind to the last label: the line a reader wants to see.
    pub head: Span,
}

/// A block or attribute that could not be parsed. A reader that meets one of a kind that matters to it must not speak of absence.
#[derive(Clone, Debug, PartialEq)]
pub struct Unread {
    /// The word before the labels; the name of an attribute; empty where not even that was legible.
    pub kind: String,
    /// The labels, without quotes.
    pub labels: Vec<String>,
    /// The bytes that were passed over.
    pub span: Span,
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its bytes, parentheses and quotes included. The text under it is the expression as written.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A text that nothing is inserted into, escapes resolved; heredocs included.
    String(String),
    /// A text with insertions. `"${x}"` alone is no template: HCL hands over `x` itself, and so does this tree.
    Template(Vec<TemplatePart>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{ key = value }`; a bare word as key is a [`ExprKind::String`].
    Object(Vec<(Expr, Expr)>),
    /// A name and the constant steps after it: `var.x`, `local.y`, `each.value`, `aws_lb.a[0].arn` as `aws_lb`, `a`, `0`, `arn`.
    Reference(Vec<String>),
    /// Steps that are not constant, or that start from something other than a name: `var.x[each.key]`, `a[*].id`, `f(x).y`.
    Traversal {
        /// What the steps start from; as many constant steps as possible belong to it.
        base: Box<Expr>,
        /// The steps in their order.
        steps: Vec<Step>,
    },
    /// `name(a, b)`; a namespace stays in the name: `provider::aws::arn_parse`.
    Call {
        /// The name of the function.
        name: String,
        /// The arguments.
        args: Vec<Expr>,
        /// Whether the last argument is a list that is spread: `f(list...)`.
        spread: bool,
    },
    /// `condition ? then : otherwise`.
    Conditional {
        /// What decides.
        condition: Box<Expr>,
        /// The value where it holds.
        then: Box<Expr>,
        /// The value where it does not.
        otherwise: Box<Expr>,
    },
    /// `a + b`, `!a`: one operand or two.
    Operation {
        /// The operator as written.
        op: &'static str,
        /// The operands.
        operands: Vec<Expr>,
    },
    /// `[for v in list : v]` or `{for k, v in map : k => v}`.
    For(Box<For>),
    /// An expression too deep to be read, as written.
    Other(String),
}

/// A comprehension.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The name bound to the key or index.
    pub key_var: Option<String>,
    /// The name bound to the value.
    pub value_var: String,
    /// What is walked over.
    pub collection: Expr,
    /// The key of each result, where the result is an object.
    pub key: Option<Expr>,
    /// The value of each result.
    pub value: Expr,
    /// Which items count.
    pub condition: Option<Expr>,
    /// Whether values of the same key are gathered: `...`.
    pub grouping: bool,
}

/// One step of a traversal.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `.name`
    Attribute(String),
    /// `[key]`
    Index(Expr),
    /// `[*]` or `.*`
    Splat,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Plain text.
    Literal(String),
    /// `${…}`
    Interpolation(Expr),
    /// `%{ if … }…%{ endif }` or `%{ for … }…%{ endfor }`.
    Directive {
        /// The whole as written.
        raw: String,
        /// Every expression that decides it or is inserted within it.
        reads: Vec<Expr>,
    },
}

impl Body {
    /// The attribute of a name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.attribute(name).map(|a| &a.value)
    }
    /// The blocks of a kind.
    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |b| b.kind == kind)
    }
    /// The first block of a kind.
    pub fn block(&self, kind: &str) -> Option<&Block> {
        self.blocks.iter().find(|b| b.kind == kind)
    }
}

impl Block {
    /// A label by its place.
    pub fn label(&self, at: usize) -> Option<&str> {
        self.labels.get(at).map(String::as_str)
    }
}

impl Expr {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::String(s) => Some(s),
            _ => None,
        }
    }
    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            ExprKind::Bool(b) => Some(b),
            _ => None,
        }
    }
    /// The text of a number.
    pub fn as_number(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Number(n) => Some(n),
            _ => None,
        }
    }
    /// The text of any constant but `null`: HCL converts between them freely.
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::String(s) | ExprKind::Number(s) => Some(s),
            ExprKind::Bool(true) => Some("true"),
            ExprKind::Bool(false) => Some("false"),
            _ => None,
        }
    }
    /// Whether it is `null`, which is the same as not writing the attribute.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, ExprKind::Null)
    }
    /// The items of a list; empty for anything else.
    pub fn items(&self) -> &[Expr] {
        match &self.kind {
            ExprKind::List(items) => items,
            _ => &[],
        }
    }
    /// The entries of an object; empty for anything else.
    pub fn entries(&self) -> &[(Expr, Expr)] {
        match &self.kind {
            ExprKind::Object(entries) => entries,
            _ => &[],
        }
    }
    /// The value of a constant key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Expr> {
        self.entries().iter().find(|(k, _)| k.scalar() == Some(key)).map(|(_, v)| v)
    }
    /// The steps of a reference.
    pub fn reference(&self) -> Option<&[String]> {
        match &self.kind {
            ExprKind::Reference(path) => Some(path),
            _ => None,
        }
    }
    /// Every reference within, itself included, in the order of the text. Names that a comprehension binds are among them.
    pub fn references(&self) -> Vec<&[String]> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            if let ExprKind::Reference(path) = &expr.kind {
                found.push(path.as_slice());
            }
            let mut children = expr.children();
            children.reverse();
            open.append(&mut children);
        }
        found
    }
    /// The expressions directly within, in the order of the text.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => Vec::new(),
            ExprKind::Reference(_) | ExprKind::Other(_) => Vec::new(),
            ExprKind::List(items) | ExprKind::Call { args: items, .. } | ExprKind::Operation { operands: items, .. } => {
                items.iter().collect()
            }
            ExprKind::Object(entries) => entries.iter().flat_map(|(k, v)| [k, v]).collect(),
            ExprKind::Template(parts) => parts.iter().flat_map(TemplatePart::reads).collect(),
            ExprKind::Traversal { base, steps } => {
                let keys = steps.iter().filter_map(|s| match s {
                    Step::Index(key) => Some(key),
                    Step::Attribute(_) | Step::Splat => None,
                });
                std::iter::once(base.as_ref()).chain(keys).collect()
            }
            ExprKind::Conditional { condition, then, otherwise } => vec![condition, then, otherwise],
            ExprKind::For(f) => {
                let first = std::iter::once(&f.collection).chain(&f.key);
                first.chain(std::iter::once(&f.value)).chain(&f.condition).collect()
            }
        }
    }
}

impl TemplatePart {
    /// The expressions that this piece depends on.
    fn reads(&self) -> &[Expr] {
        match self {
            TemplatePart::Literal(_) => &[],
            TemplatePart::Interpolation(expr) => std::slice::from_ref(expr),
            TemplatePart::Directive { reads, .. } => reads,
        }
    }
}
