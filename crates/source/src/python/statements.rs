//! Statements, one after the other.

use std::mem;

use plimsoll_base::Span;
use ruff_python_ast::{self as ast, Expr, Stmt, Suite};

use super::{Reader, at, flow::extent, span};
use crate::{Declared, OutcomeKind, Text, When};

/// Deepest nesting of statements that is kept; Python itself refuses more than 100 levels of indentation.
const MAX_BLOCKS: usize = 100;

impl Reader<'_> {
    /// The statements of a body.
    pub(super) fn block(&mut self, body: &mut Suite) {
        let around = self.branch;
        let end = extent(body).end;
        if self.blocks >= MAX_BLOCKS {
            self.flat(mem::take(body));
        } else {
            self.blocks += 1;
            self.sequence(body, end);
            self.blocks -= 1;
        }
        self.branch = around;
    }
    /// Statements, those after an early exit under what then holds; the caller goes back to the branch around them, which ends at `end`.
    fn sequence(&mut self, body: &mut [Stmt], end: u32) {
        for statement in body {
            let start = at(statement).end;
            for when in self.statement(statement, end) {
                if start < end {
                    self.follow(when, Span { start, end });
                }
            }
        }
    }
    /// Statements that nest too deeply, which only a file with syntax errors has: all are read as if they stood side by side.
    fn flat(&mut self, body: Suite) {
        let mut pending: Vec<Stmt> = body.into_iter().rev().collect();
        while let Some(mut statement) = pending.pop() {
            let inner: Vec<Stmt> = bodies(&mut statement).into_iter().flat_map(mem::take).collect();
            pending.extend(inner.into_iter().rev());
            let end = at(&statement).end;
            self.statement(&mut statement, end);
        }
    }
    /// One statement, and what holds after it.
    fn statement(&mut self, statement: &mut Stmt, end: u32) -> Vec<When> {
        match statement {
            Stmt::If(node) => return self.conditional(node),
            Stmt::Try(node) => return self.guarded(node),
            Stmt::With(node) => self.with(node, end),
            Stmt::Expr(node) => self.bare(node),
            Stmt::Assign(node) => self.assignment(node),
            Stmt::AnnAssign(node) => self.annotated_assignment(node),
            Stmt::AugAssign(node) => self.change(node),
            Stmt::TypeAlias(node) => self.alias(node),
            Stmt::Import(node) => self.imports(node),
            Stmt::ImportFrom(node) => self.imports_from(node),
            Stmt::FunctionDef(node) => self.function(node),
            Stmt::ClassDef(node) => self.class(node),
            Stmt::For(node) => self.each(node),
            Stmt::While(node) => self.repeat(node),
            Stmt::Match(node) => self.matches(node),
            Stmt::Return(node) => {
                let value = self.maybe(&mut node.value);
                self.outcome(OutcomeKind::Return, value, span(node.range));
            }
            Stmt::Raise(node) => {
                let value = self.maybe(&mut node.exc);
                self.maybe(&mut node.cause);
                self.outcome(OutcomeKind::Throw, value, span(node.range));
            }
            Stmt::Delete(node) => node.targets.iter_mut().for_each(|target| self.calls_in(target)),
            Stmt::Assert(node) => self.assertion(node),
            Stmt::Global(node) => self.outer.extend(node.names.iter().map(|name| Text::new(name.as_str()))),
            Stmt::Nonlocal(node) => self.outer.extend(node.names.iter().map(|name| Text::new(name.as_str()))),
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => {}
        }
        Vec::new()
    }
    /// An expression that stands alone. A text documents.
    fn bare(&mut self, node: &mut ast::StmtExpr) {
        if !matches!(&*node.value, Expr::StringLiteral(_)) {
            let value = self.expression(&mut node.value);
            self.mark_call(&value, |call| call.dropped = true);
        }
    }
    /// `with`: its body runs where the statement does, so an early exit in it holds for what follows it too.
    fn with(&mut self, node: &mut ast::StmtWith, end: u32) {
        for item in &mut node.items {
            let place = span(item.range);
            let value = self.expression(&mut item.context_expr);
            self.mark_call(&value, |call| call.context = true);
            if let Some(target) = &mut item.optional_vars {
                self.assign(target, value, Declared::Bound, place);
            }
        }
        if self.blocks >= MAX_BLOCKS {
            return self.flat(mem::take(&mut node.body));
        }
        self.blocks += 1;
        self.sequence(&mut node.body, end);
        self.blocks -= 1;
    }
    fn assertion(&mut self, node: &mut ast::StmtAssert) {
        let test = self.expression(&mut node.test);
        if let Some(says) = &mut node.msg {
            let (_, branch) = self.lazily(at(&**says), |reader| reader.calls_in(says));
            if let Some(branch) = branch {
                self.explain(branch, When::Test(test, false));
            }
        }
    }
    /// `type X = …`.
    fn alias(&mut self, node: &mut ast::StmtTypeAlias) {
        self.type_parameters(node.type_params.as_deref_mut());
        let value = self.annotated(&mut node.value);
        self.assign(&mut node.name, value, Declared::Assigned, span(node.range));
    }
}

/// The bodies directly within a statement, in the order of the text.
fn bodies(statement: &mut Stmt) -> Vec<&mut Suite> {
    match statement {
        Stmt::FunctionDef(node) => vec![&mut node.body],
        Stmt::ClassDef(node) => vec![&mut node.body],
        Stmt::With(node) => vec![&mut node.body],
        Stmt::For(node) => vec![&mut node.body, &mut node.orelse],
        Stmt::While(node) => vec![&mut node.body, &mut node.orelse],
        Stmt::If(node) => std::iter::once(&mut node.body).chain(node.elif_else_clauses.iter_mut().map(|c| &mut c.body)).collect(),
        Stmt::Match(node) => node.cases.iter_mut().map(|c| &mut c.body).collect(),
        Stmt::Try(node) => {
            let handlers = node.handlers.iter_mut().map(|ast::ExceptHandler::ExceptHandler(h)| &mut h.body);
            std::iter::once(&mut node.body).chain(handlers).chain([&mut node.orelse, &mut node.finalbody]).collect()
        }
        _ => Vec::new(),
    }
}
