//! Statements, and the conditions under which they run.

use oxc_allocator::Vec as ArenaVec;
use oxc_ast::ast::{
    Declaration, Expression, ForStatementInit, ForStatementLeft, IfStatement, Statement, SwitchStatement, TSNamespaceDeclaration,
    TSNamespaceDeclarationBody, TryStatement,
};
use oxc_span::GetSpan;
use plimsoll_base::Span;

use super::{Lowering, Opened, expressions::inner};
use crate::{Assignment, Catch, Declared, Kind, OutcomeKind, Value, When};

/// A test and whether it holds.
type Tested = (Value, bool);

impl<'a> Lowering<'a> {
    /// A list of statements that ends at an offset. What follows an `if` whose body always leaves runs only where its test fails.
    pub(super) fn statements(&mut self, statements: &'a ArenaVec<'a, Statement<'a>>, end: u32) {
        let mut opened: Vec<(Opened, Tested)> = Vec::new();
        for (index, statement) in statements.iter().enumerate() {
            let Statement::IfStatement(test) = statement else {
                self.statement(statement);
                continue;
            };
            let is_last = index + 1 == statements.len();
            let mut tests = Vec::new();
            self.deeper(test.span, |l| l.conditional(test, (!is_last).then_some(&mut tests)));
            for test in tests {
                let rest = Span { start: self.span(statement.span()).end, end: end + self.offset };
                opened.push((self.open(rest), test));
            }
        }
        for (branch, (test, holds)) in opened.into_iter().rev() {
            self.close(branch, || When::Test(test, holds));
        }
    }

    pub(super) fn statement(&mut self, statement: &'a Statement<'a>) {
        match statement {
            Statement::ExpressionStatement(statement) => self.expression_statement(&statement.expression),
            Statement::ReturnStatement(statement) => {
                let value = statement.argument.as_ref().map(|v| self.value(v));
                self.outcome(OutcomeKind::Return, value, self.span(statement.span));
            }
            Statement::ThrowStatement(statement) => {
                let value = self.value(&statement.argument);
                self.outcome(OutcomeKind::Throw, Some(value), self.span(statement.span));
            }
            statement => {
                if let Some(declaration) = statement.as_declaration() {
                    self.deeper(statement.span(), |l| l.declaration(declaration));
                } else if let Some(declaration) = statement.as_module_declaration() {
                    self.module_declaration(declaration);
                } else {
                    self.deeper(statement.span(), |l| l.compound_statement(statement));
                }
            }
        }
    }

    fn expression_statement(&mut self, expression: &'a Expression<'a>) {
        match inner(expression) {
            Expression::AssignmentExpression(assignment) => {
                self.deeper(assignment.span, |l| l.assignment(assignment));
            }
            expression => {
                let value = self.value(expression);
                self.bind_effects(&value);
                self.mark(&value, &|call| call.dropped = true);
            }
        }
    }

    fn compound_statement(&mut self, statement: &'a Statement<'a>) {
        match statement {
            Statement::BlockStatement(block) => self.statements(&block.body, block.span.end),
            Statement::IfStatement(test) => self.conditional(test, None),
            Statement::SwitchStatement(switch) => self.switch(switch),
            Statement::TryStatement(attempt) => self.attempt(attempt),
            Statement::WhileStatement(looped) => {
                self.effects(Some(&looped.test));
                self.looped(&looped.body);
            }
            Statement::DoWhileStatement(looped) => {
                self.looped(&looped.body);
                self.effects(Some(&looped.test));
            }
            Statement::ForStatement(looped) => {
                match &looped.init {
                    Some(ForStatementInit::VariableDeclaration(declaration)) => self.variables(declaration),
                    Some(init) => self.expression_statement(init.to_expression()),
                    None => {}
                }
                self.effects(looped.test.as_ref());
                let opened = self.open(self.span(looped.body.span()));
                self.statement(&looped.body);
                if let Some(update) = &looped.update {
                    self.expression_statement(update);
                }
                self.close(opened, || When::Loop);
            }
            Statement::ForInStatement(looped) => self.each(&looped.left, &looped.right, &looped.body),
            Statement::ForOfStatement(looped) => self.each(&looped.left, &looped.right, &looped.body),
            Statement::LabeledStatement(labelled) => self.statement(&labelled.body),
            Statement::WithStatement(with) => {
                self.effects(Some(&with.object));
                self.statement(&with.body);
            }
            _ => {}
        }
    }

    pub(super) fn declaration(&mut self, declaration: &'a Declaration<'a>) {
        if declaration.declare() {
            return;
        }
        match declaration {
            Declaration::VariableDeclaration(variables) => self.variables(variables),
            Declaration::FunctionDeclaration(function) => {
                let at = self.span(function.span);
                self.function(function, None, at, None, Vec::new());
            }
            Declaration::ClassDeclaration(class) => {
                self.class(class, None);
            }
            Declaration::TSEnumDeclaration(enumeration) => self.enumeration(enumeration),
            Declaration::TSNamespaceDeclaration(namespace) => self.namespace(namespace),
            Declaration::TSImportEqualsDeclaration(import) => self.import_equals(import),
            Declaration::TSTypeAliasDeclaration(_)
            | Declaration::TSInterfaceDeclaration(_)
            | Declaration::TSExternalModuleDeclaration(_)
            | Declaration::TSGlobalDeclaration(_) => {}
        }
    }

    /// A namespace runs where it stands; what it gives out, it does not give out of the module.
    fn namespace(&mut self, namespace: &'a TSNamespaceDeclaration<'a>) {
        match &namespace.body {
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(within) => {
                self.deeper(within.span, |l| l.namespace(within));
            }
            TSNamespaceDeclarationBody::TSModuleBlock(block) => {
                let outer = std::mem::replace(&mut self.in_namespace, true);
                self.statements(&block.body, block.span.end);
                self.in_namespace = outer;
            }
        }
    }

    /// `if … else if … else`, as long as it goes on. Gives the tests that hold or fail for what follows it, where that is asked.
    fn conditional(&mut self, first: &'a IfStatement<'a>, mut after: Option<&mut Vec<Tested>>) {
        let mut test = first;
        let mut opened: Vec<(Opened, Value)> = Vec::new();
        let mut left = true;
        loop {
            let value = self.value(&test.test);
            let then = self.open(self.span(test.consequent.span()));
            self.statement(&test.consequent);
            self.close(then, || When::Test(value.clone(), true));
            let leaves_here = after.is_some() && leaves(&test.consequent);
            let others = test.alternate.as_ref();
            if let Some(after) = after.as_deref_mut() {
                if left && leaves_here {
                    after.push((value.clone(), false));
                } else if left && others.is_some_and(leaves) {
                    after.push((value.clone(), true));
                }
            }
            left &= leaves_here;
            let Some(others) = others else { break };
            opened.push((self.open(self.span(others.span())), value));
            match others {
                Statement::IfStatement(next) => test = next,
                others => {
                    self.statement(others);
                    break;
                }
            }
        }
        for (branch, value) in opened.into_iter().rev() {
            self.close(branch, || When::Test(value, false));
        }
    }

    /// The arms of a `switch`; labels without statements of their own share those of the next one, as a list.
    fn switch(&mut self, switch: &'a SwitchStatement<'a>) {
        let subject = self.value(&switch.discriminant);
        let mut labels: Vec<Value> = Vec::new();
        let mut is_default = false;
        for case in &switch.cases {
            match &case.test {
                Some(test) => labels.push(self.value(test)),
                None => is_default = true,
            }
            if case.consequent.is_empty() {
                continue;
            }
            let at = self.span(case.span);
            let opened = self.open(at);
            self.statements(&case.consequent, case.span.end);
            let mut labels = std::mem::take(&mut labels);
            let is_default = std::mem::take(&mut is_default);
            self.close(opened, || {
                let label = match labels.len() {
                    _ if is_default => None,
                    0 | 1 => labels.pop(),
                    _ => Some(Value::new(at, Kind::List(labels))),
                };
                When::Case(subject.clone(), label)
            });
        }
    }

    fn attempt(&mut self, attempt: &'a TryStatement<'a>) {
        let guarded = self.span(attempt.block.span);
        let opened = self.open(guarded);
        self.statements(&attempt.block.body, attempt.block.span.end);
        self.close(opened, || When::Tried);
        if let Some(handler) = &attempt.handler {
            let opened = self.open(self.span(handler.body.span));
            if let Some(branch) = opened.id {
                let name = handler.param.as_ref().and_then(|p| p.pattern.get_identifier_name()).map(crate::Text::new);
                let (empty, function, at) = (handler.body.body.is_empty(), self.function, self.span(handler.span));
                self.module.catches.push(Catch { name, types: Vec::new(), empty, branch, function, at, guarded });
            }
            self.statements(&handler.body.body, handler.body.span.end);
            self.close(opened, || When::Caught);
        }
        if let Some(last) = &attempt.finalizer {
            let opened = self.open(self.span(last.span));
            self.statements(&last.body, last.span.end);
            self.close(opened, || When::Finally);
        }
    }

    fn looped(&mut self, body: &'a Statement<'a>) {
        let opened = self.open(self.span(body.span()));
        self.statement(body);
        self.close(opened, || When::Loop);
    }

    /// `for (const x of y)`, `for (const x in y)`.
    fn each(&mut self, left: &'a ForStatementLeft<'a>, right: &'a Expression<'a>, body: &'a Statement<'a>) {
        let value = self.value(right);
        let opened = self.open(self.span(body.span()));
        match left {
            ForStatementLeft::VariableDeclaration(declaration) => {
                if let Some(declarator) = declaration.declarations.first() {
                    let at = self.span(declarator.span);
                    self.bind(&declarator.id, value, None, Declared::Bound, at);
                }
            }
            left => {
                let target = left.to_assignment_target();
                let at = self.span(target.span());
                match self.target(target) {
                    Some(target) => {
                        let (function, branch) = (self.function, self.branch);
                        self.assign(Assignment {
                            target,
                            value,
                            annotation: None,
                            declared: Declared::Bound,
                            function,
                            class: None,
                            branch,
                            at,
                        });
                    }
                    None => self.assign_pattern(target, value, at),
                }
            }
        }
        self.statement(body);
        self.close(opened, || When::Loop);
    }
}

/// Whether a statement never goes on to the one after it.
fn leaves(statement: &Statement) -> bool {
    let mut statement = statement;
    for _ in 0..super::MAX_DEPTH {
        match statement {
            Statement::ReturnStatement(_)
            | Statement::ThrowStatement(_)
            | Statement::ContinueStatement(_)
            | Statement::BreakStatement(_) => {
                return true;
            }
            Statement::BlockStatement(block) => match block.body.last() {
                Some(last) => statement = last,
                None => return false,
            },
            _ => return false,
        }
    }
    false
}
