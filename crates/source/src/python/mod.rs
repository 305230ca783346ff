//! Python, lowered from the syntax tree of `ruff_python_parser`, which reads on after a syntax error.
//!
//! What Python says differently from the shared words:
//!
//! | Source | Lowered to |
//! |---|---|
//! | `import a.b`, `import a.b as c` | `module: "a.b"`, `name: "*"`, `local: "a.b"` or `"c"`: a dotted local binds its first part and makes the whole path reachable |
//! | `from . import x`, `from ..a import x as y` | `module: "."`, `"..a"`; `name: "x"`; `local: "x"`, `"y"` |
//! | `from a import *` | `name: "*"`, `local: "*"`: a module taken in as a whole has its own name as local instead |
//! | `importlib.import_module("a")`, `__import__("a")` | a call, and a dynamic import without a local |
//! | `b"x"` | a text, where the bytes are UTF-8 |
//! | `{404: x}` | the key as written; keys that are names are computed and have none |
//! | `a < b < c` | [`Operator::Other`](crate::Operator) of the first and a list of the others |
//! | `(x := f())` | an assignment, and in its place the value |
//! | `a, b = 1, 2` | two assignments; without as many values on the right, [`Target::Elements`](crate::Target) |
//! | `a.x, b = f()` | elements, then `a.x` from `f()[0]` |
//! | `[f(x) for x in y if z]`, `while t:` | a loop with the tests in it; the comprehension's own value is [`Kind::Other`] |
//! | `try: return f()` … `except E: log()` … rest | the rest runs once something was thrown |
//! | `yield from x` | a yield of `*x` |
//! | `*args`, `**kwargs` as parameters | their plain names; the bytes begin with the stars |

mod assignments;
mod calls;
mod deep;
mod definitions;
mod expressions;
mod flow;
mod patterns;
mod stack;
mod statements;
mod texts;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use plimsoll_base::Span;
use plimsoll_syntax::{Issue, Parsed};
use ruff_text_size::{Ranged, TextRange};

use crate::{Branch, BranchId, ClassId, Function, FunctionId, Kind, Module, Text, Value, When};

/// Syntax errors that are reported one by one; a file in another language has one on every line.
const MAX_ISSUES: usize = 8;

/// Nodes that one value may have to be stated a second time, and that all such copies of a module may have together: `a = b = c = […]` and
/// `if x: return` state a value several times, and a hostile file must not grow by it.
const MAX_COPY: usize = 100_000;
const MAX_COPIES: usize = 2_000_000;

/// Reads one file. Text after a syntax error is read where the parser finds its footing again.
pub(crate) fn read(text: &str) -> Parsed<Module> {
    let Some(parsed) = stack::parse(text) else {
        let says = "the parser of Python gave up: the file was not read".to_owned();
        return Parsed { value: Module::default(), issues: vec![Issue { span: None, says }] };
    };
    let errors = parsed.errors();
    let mut issues: Vec<Issue> =
        errors.iter().take(MAX_ISSUES).map(|e| Issue { span: Some(span(e.location)), says: format!("Python: {}", e.error) }).collect();
    if errors.len() > MAX_ISSUES {
        issues.push(Issue { span: None, says: format!("Python: {} further syntax errors", errors.len() - MAX_ISSUES) });
    }
    let mut reader = Reader::new(text);
    let mut syntax = parsed.into_syntax();
    reader.block(&mut syntax.body);
    // Imports by a call stand where their outermost expression was read.
    reader.module.imports.sort_by_key(|i| i.at.start);
    Parsed { value: reader.module, issues }
}

/// What is read so far, and where the reader stands.
struct Reader<'t> {
    text: &'t str,
    module: Module,
    function: FunctionId,
    class: Option<ClassId>,
    branch: Option<BranchId>,
    /// Names that `global` and `nonlocal` take from outside of the present function.
    outer: HashSet<Text>,
    /// How many branches stand around each branch, itself included.
    nesting: Vec<u32>,
    /// How many expressions stand around the present one.
    depth: usize,
    /// How many statements stand around the present one.
    blocks: usize,
    /// Whether it stands under `if TYPE_CHECKING`.
    typing: bool,
    /// Whether it stands in an annotation, where `X["Y"]` is a type and not a member.
    annotation: bool,
    /// Nodes that may yet be copied.
    copies: usize,
}

/// How much of a module there is, to tell whether something was added.
#[derive(PartialEq)]
struct Mark([usize; 7]);

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let whole = Span::new(0, text.len());
        let body = Function {
            name: Text::default(),
            parameters: Vec::new(),
            decorators: Vec::new(),
            returns: None,
            parent: None,
            class: None,
            branch: None,
            is_async: false,
            directives: Vec::new(),
            at: whole,
            name_at: whole,
        };
        Self {
            text,
            module: Module { functions: vec![body], ..Module::default() },
            function: FunctionId::BODY,
            class: None,
            branch: None,
            outer: HashSet::new(),
            nesting: Vec::new(),
            depth: 0,
            blocks: 0,
            typing: false,
            annotation: false,
            copies: MAX_COPIES,
        }
    }
    /// The text of some bytes.
    fn slice(&self, range: TextRange) -> &'t str {
        self.text.get(span(range).range()).unwrap_or_default()
    }
    fn mark(&self) -> Mark {
        let m = &self.module;
        let assigned = [m.assignments.len(), m.outcomes.len(), m.imports.len(), m.branches.len()];
        let [assignments, outcomes, imports, branches] = assigned;
        Mark([m.calls.len(), m.functions.len(), m.classes.len(), assignments, outcomes, imports, branches])
    }
    /// Enters a branch; the caller goes back by setting the branch that was around it.
    fn enter(&mut self, when: When, at: Span) -> BranchId {
        let id = BranchId(index(self.module.branches.len()));
        self.nesting.push(self.branch.and_then(|b| self.nesting.get(b.0 as usize)).map_or(1, |n| n + 1));
        self.module.branches.push(Branch { parent: self.branch, when, at });
        self.branch = Some(id);
        id
    }
    /// What a branch is reached by, known only once its body was read.
    fn explain(&mut self, id: BranchId, when: When) {
        if let Some(branch) = self.module.branches.get_mut(id.0 as usize) {
            branch.when = when;
        }
    }
    /// Reads something under a branch.
    fn under<R>(&mut self, when: When, at: Span, reads: impl FnOnce(&mut Self) -> R) -> R {
        let around = self.branch;
        self.enter(when, at);
        let read = reads(self);
        self.branch = around;
        read
    }
    /// Reads something under a branch that is only kept where anything stands in it: its reason is for the caller to [`Self::explain`].
    fn lazily<R>(&mut self, at: Span, reads: impl FnOnce(&mut Self) -> R) -> (R, Option<BranchId>) {
        let around = self.branch;
        let id = self.enter(When::Tried, at);
        let before = self.mark();
        let read = reads(self);
        self.branch = around;
        if self.mark() == before {
            self.module.branches.pop();
            self.nesting.pop();
            return (read, None);
        }
        (read, Some(id))
    }
    /// A second statement of a value, [`Kind::Other`] where it is too large for one.
    fn copy(&mut self, value: &Value) -> Value {
        let limit = MAX_COPY.min(self.copies);
        let mut weight = 0;
        weigh(value, limit, &mut weight);
        self.copies -= weight.min(self.copies);
        if weight > limit { Value::new(value.span, Kind::Other) } else { value.clone() }
    }
}

/// Counts the nodes of a value, long texts as several, until a limit is passed.
fn weigh(value: &Value, limit: usize, weight: &mut usize) {
    *weight += match &value.kind {
        Kind::Text(text) | Kind::Name(text) | Kind::Member(_, text) => 1 + text.len() / 64,
        Kind::Template(pieces) => 1 + pieces.len(),
        _ => 1,
    };
    if *weight <= limit && !matches!(value.kind, Kind::Text(_) | Kind::Name(_) | Kind::Call(_)) {
        for child in value.children() {
            if *weight > limit {
                return;
            }
            weigh(child, limit, weight);
        }
    }
}

/// A range of the parser as bytes of the file.
fn span(range: TextRange) -> Span {
    Span { start: range.start().to_u32(), end: range.end().to_u32() }
}

/// The bytes of anything that has some.
fn at(node: &impl Ranged) -> Span {
    span(node.range())
}

/// A length as an index; a source of at most a megabyte has fewer.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
