//! JavaScript, TypeScript, their markup, and what Vue, Svelte and Astro files hold of them, lowered to a [`Module`].
//!
//! One walk over the syntax tree writes down every import, export, function, class, call, assignment and outcome together with the function and the
//! condition under which it stands. Types are read only where they annotate something. Function signatures without a body (overloads, `abstract`
//! and `declare`d ones), interfaces and type aliases are gone at run time and give nothing.

mod assignments;
mod calls;
mod classes;
mod components;
mod exports;
mod expressions;
mod functions;
mod imports;
mod literals;
mod logic;
mod markup;
mod minified;
mod nesting;
mod parse;
mod patterns;
mod stack;
mod statements;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use minified::is_minified;
pub(crate) use parse::read;

use oxc_ast::ast::{BinaryExpression, Program};
use plimsoll_base::Span;

use crate::{Branch, BranchId, CallId, Function, FunctionId, Kind, Module, Text, Value, When};
use calls::Link;

/// How deep expressions and statements may nest, some three levels to a bracket; what is deeper is cut off and said.
const MAX_DEPTH: u32 = 400;

/// How many conditions may stand around one another; further ones are not written down, so that long ladders stay linear for those who walk them.
const MAX_CONDITIONS: u32 = 200;

/// How many values one chain may nest: `a + b + c`, `a.b.c`. A longer one is [`Kind::Other`]; what it calls is in the module all the same.
const MAX_CHAIN: usize = 128;

/// The name that a function or class without one of its own takes: that of the variable or key it is assigned to.
type Named<'n> = Option<(&'n str, Span)>;

/// The walk over one file.
struct Lowering<'a> {
    module: Module,
    /// Where the parsed text starts in the file.
    offset: u32,
    function: FunctionId,
    branch: Option<BranchId>,
    /// How many branches are around, within the function.
    conditions: u32,
    depth: u32,
    /// The first place that was too deep to be read.
    cut: Option<Span>,
    /// Whether the statements are those of a namespace, whose exports are not the module's.
    in_namespace: bool,
    /// The last call that takes in a module, and its import, until it is known what the module is bound to.
    required: Option<(CallId, usize)>,
    /// Members and calls of the chains being lowered, kept to be used again.
    links: Vec<Link<'a>>,
    /// Operations of the sums being lowered, kept to be used again.
    sums: Vec<&'a BinaryExpression<'a>>,
}

/// A branch that has been opened; none where too many are around.
struct Opened {
    id: Option<BranchId>,
    outer: Option<BranchId>,
    recorded: usize,
}

impl<'a> Lowering<'a> {
    /// The walk over a file of this many bytes.
    fn new(bytes: usize) -> Self {
        let at = Span::new(0, bytes);
        let mut module = Module::default();
        module.functions.push(function_at(at));
        Self {
            module,
            offset: 0,
            function: FunctionId::BODY,
            branch: None,
            conditions: 0,
            depth: 0,
            cut: None,
            in_namespace: false,
            required: None,
            links: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Lowers a parsed text that starts at an offset of the file.
    fn program(&mut self, program: &'a Program<'a>, offset: u32) {
        self.offset = offset;
        self.module.directives.extend(program.directives.iter().map(|d| Text::new(d.directive)));
        self.statements(&program.body, program.span.end);
    }

    fn span(&self, span: oxc_span::Span) -> Span {
        Span { start: span.start + self.offset, end: span.end + self.offset }
    }

    /// One level deeper; none where that is too deep, which is remembered.
    fn deeper<R>(&mut self, at: oxc_span::Span, run: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if self.depth >= MAX_DEPTH {
            let at = self.span(at);
            self.cut.get_or_insert(at);
            return None;
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        Some(result)
    }

    /// How much has been written down: a branch within which nothing is need not be kept.
    fn recorded(&self) -> usize {
        let m = &self.module;
        m.calls.len() + m.assignments.len() + m.outcomes.len() + m.functions.len() + m.classes.len() + m.catches.len() + m.imports.len()
    }

    /// Opens a branch; what makes it run is said when it is closed.
    fn open(&mut self, at: Span) -> Opened {
        let outer = self.branch;
        let recorded = self.recorded();
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            return Opened { id: None, outer, recorded };
        }
        let id = BranchId(self.module.branches.len() as u32);
        self.module.branches.push(Branch { parent: outer, when: When::Loop, at });
        self.branch = Some(id);
        Opened { id: Some(id), outer, recorded }
    }

    /// Closes the branch opened last; it is dropped where nothing was written down within it.
    fn close(&mut self, opened: Opened, when: impl FnOnce() -> When) {
        self.branch = opened.outer;
        self.conditions -= 1;
        let Some(BranchId(id)) = opened.id else { return };
        if self.recorded() == opened.recorded {
            self.module.branches.truncate(id as usize);
        } else if let Some(branch) = self.module.branches.get_mut(id as usize) {
            branch.when = when();
        }
    }

    /// Gives back what was read, without slack.
    fn finish(mut self) -> (Module, Option<Span>) {
        let m = &mut self.module;
        m.imports.shrink_to_fit();
        m.exports.shrink_to_fit();
        m.functions.shrink_to_fit();
        m.classes.shrink_to_fit();
        m.calls.shrink_to_fit();
        m.assignments.shrink_to_fit();
        m.outcomes.shrink_to_fit();
        m.branches.shrink_to_fit();
        (self.module, self.cut)
    }
}

/// A function that says nothing yet.
fn function_at(at: Span) -> Function {
    Function {
        name: Text::const_new(""),
        parameters: Vec::new(),
        decorators: Vec::new(),
        returns: None,
        parent: None,
        class: None,
        branch: None,
        is_async: false,
        directives: Vec::new(),
        at,
        name_at: at,
    }
}

/// Nothing that could be said of an expression.
fn other(span: Span) -> Value {
    Value::new(span, Kind::Other)
}
