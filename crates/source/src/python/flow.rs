//! `if`, loops and `try`: what runs under which condition, also after them.

use plimsoll_base::Span;
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::Ranged;

use super::{Reader, at, span};
use crate::{Catch, Declared, Kind, Operator, Value, When};

/// Branches around one, beyond which what merely follows an early exit or an `elif` is no branch of its own any more.
const MAX_NESTING: u32 = 96;

impl Reader<'_> {
    /// `if`, `elif`, `else`. Gives what holds after it, where its first arms always leave.
    pub(super) fn conditional(&mut self, node: &mut ast::StmtIf) -> Vec<When> {
        let around = self.branch;
        let end = at(node).end;
        let mut test = self.expression(&mut node.test);
        let mut after = Vec::new();
        let mut all_left = self.arm(&test, &mut node.body);
        let arms = node.elif_else_clauses.len();
        if all_left {
            after.push(self.test(&test, false));
        }
        for clause in &mut node.elif_else_clauses {
            let start = span(clause.range).start;
            let otherwise = self.test(&test, false);
            let negated = checks_types(&test) == Some(false);
            self.follow(otherwise, Span { start, end });
            match &mut clause.test {
                Some(next) => {
                    test = self.expression(next);
                    let left = self.arm(&test, &mut clause.body);
                    all_left &= left;
                    if all_left {
                        after.push(self.test(&test, false));
                    }
                }
                None => {
                    let typing = self.typing;
                    self.typing |= negated;
                    self.block(&mut clause.body);
                    self.typing = typing;
                    if arms == 1 && !all_left && leaves(&clause.body) {
                        after.push(self.test(&test, true));
                    }
                }
            }
        }
        self.branch = around;
        after
    }
    /// The body of an `if` or `elif`, and whether it always leaves.
    fn arm(&mut self, test: &Value, body: &mut ast::Suite) -> bool {
        let when = self.test(test, true);
        let typing = self.typing;
        self.typing |= checks_types(test) == Some(true);
        self.under(when, extent(body), |reader| reader.block(body));
        self.typing = typing;
        leaves(body)
    }
    fn test(&mut self, test: &Value, holds: bool) -> When {
        When::Test(self.copy(test), holds)
    }
    /// Enters what runs where the statements before it did not leave; a long row of them stays bounded.
    pub(super) fn follow(&mut self, when: When, at: Span) {
        if self.branch.and_then(|b| self.nesting.get(b.0 as usize)).is_none_or(|n| *n < MAX_NESTING) {
            self.enter(when, at);
        }
    }

    pub(super) fn each(&mut self, node: &mut ast::StmtFor) {
        let over = self.expression(&mut node.iter);
        let place = Span { start: at(&*node.target).start, end: over.span.end };
        self.under(When::Loop, extent(&node.body), |reader| {
            reader.assign(&mut node.target, over, Declared::Bound, place);
            reader.block(&mut node.body);
        });
        self.block(&mut node.orelse);
    }
    /// `while`: a loop, and its test within where that is not a constant.
    pub(super) fn repeat(&mut self, node: &mut ast::StmtWhile) {
        let around = self.branch;
        let inside = extent(&node.body);
        self.enter(When::Loop, inside);
        let test = self.expression(&mut node.test);
        if !matches!(test.kind, Kind::Bool(_) | Kind::Number(_)) {
            self.enter(When::Test(test, true), inside);
        }
        self.block(&mut node.body);
        self.branch = around;
        self.block(&mut node.orelse);
    }

    /// `try`. Gives what holds after it: that something was thrown, where its body always leaves and a handler does not.
    pub(super) fn guarded(&mut self, node: &mut ast::StmtTry) -> Vec<When> {
        let guarded = extent(&node.body);
        self.under(When::Tried, guarded, |reader| reader.block(&mut node.body));
        let mut all_leave = true;
        for handler in &mut node.handlers {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            self.handler(handler, guarded);
            all_leave &= leaves(&handler.body);
        }
        self.block(&mut node.orelse);
        if !node.finalbody.is_empty() {
            self.under(When::Finally, extent(&node.finalbody), |reader| reader.block(&mut node.finalbody));
        }
        if leaves(&node.body) && !all_leave { vec![When::Caught] } else { Vec::new() }
    }
    fn handler(&mut self, handler: &mut ast::ExceptHandlerExceptHandler, guarded: Span) {
        let types = match handler.type_.as_deref_mut() {
            None => Vec::new(),
            Some(types) => match self.expression(types) {
                Value { kind: Kind::List(types), .. } => types,
                one => vec![one],
            },
        };
        let around = self.branch;
        let branch = self.enter(When::Caught, extent(&handler.body));
        self.module.catches.push(Catch {
            name: handler.name.as_ref().map(|n| crate::Text::new(n.as_str())),
            types,
            empty: handler.body.iter().all(does_nothing),
            branch,
            function: self.function,
            at: span(handler.range),
            guarded,
        });
        self.block(&mut handler.body);
        self.branch = around;
    }
}

/// The bytes of a body.
pub(super) fn extent(body: &[Stmt]) -> Span {
    match (body.first(), body.last()) {
        (Some(first), Some(last)) => Span { start: first.start().to_u32(), end: last.end().to_u32() },
        _ => Span::default(),
    }
}

/// `pass`, `...`, a text that documents.
fn does_nothing(statement: &Stmt) -> bool {
    match statement {
        Stmt::Pass(_) => true,
        Stmt::Expr(node) => matches!(&*node.value, Expr::EllipsisLiteral(_) | Expr::StringLiteral(_)),
        _ => false,
    }
}

/// Whether what follows a body never runs after it.
fn leaves(body: &[Stmt]) -> bool {
    body.last().is_some_and(|last| match last {
        Stmt::Return(_) | Stmt::Raise(_) | Stmt::Break(_) | Stmt::Continue(_) => true,
        Stmt::Expr(node) => ends_process(&node.value),
        Stmt::With(node) => leaves(&node.body),
        Stmt::If(node) => {
            let clauses = &node.elif_else_clauses;
            clauses.last().is_some_and(|c| c.test.is_none()) && leaves(&node.body) && clauses.iter().all(|c| leaves(&c.body))
        }
        Stmt::Try(node) => {
            let body = leaves(&node.body) || leaves(&node.orelse);
            leaves(&node.finalbody) || body && node.handlers.iter().all(|ast::ExceptHandler::ExceptHandler(h)| leaves(&h.body))
        }
        Stmt::Match(node) => {
            let default = node.cases.last().is_some_and(|c| c.guard.is_none() && c.pattern.is_irrefutable());
            default && node.cases.iter().all(|c| leaves(&c.body))
        }
        _ => false,
    })
}

/// `sys.exit(…)` and its kin.
fn ends_process(value: &Expr) -> bool {
    let Expr::Call(call) = value else { return false };
    match &*call.func {
        Expr::Name(name) => matches!(name.id.as_str(), "exit" | "quit"),
        Expr::Attribute(member) => match (&*member.value, member.attr.as_str()) {
            (Expr::Name(of), "exit") => of.id.as_str() == "sys",
            (Expr::Name(of), "_exit" | "abort") => of.id.as_str() == "os",
            _ => false,
        },
        _ => false,
    }
}

/// Whether a test asks for the type checker: `TYPE_CHECKING` tells true, `not TYPE_CHECKING` false, any other nothing.
fn checks_types(test: &Value) -> Option<bool> {
    match &test.kind {
        Kind::Name(name) | Kind::Member(_, name) if name == "TYPE_CHECKING" => Some(true),
        Kind::Not(inner) => checks_types(inner).map(|holds| !holds),
        Kind::Binary(Operator::And, left, right) if checks_types(left) == Some(true) || checks_types(right) == Some(true) => Some(true),
        _ => None,
    }
}
