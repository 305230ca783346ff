//! `&&`, `||`, `??` and `? :` with the conditions that they put on what they join.

use oxc_ast::ast::{ConditionalExpression, Expression, LogicalExpression};
use oxc_span::GetSpan;
use oxc_syntax::operator::LogicalOperator;

use super::{Lowering, MAX_CHAIN, Opened, expressions::inner, other};
use crate::{Kind, Operator, Value, When};

impl<'a> Lowering<'a> {
    /// Each value of `a && b && c` stands under the one before it.
    pub(super) fn logical(&mut self, logical: &'a LogicalExpression<'a>) -> Value {
        match inner(&logical.left) {
            Expression::LogicalExpression(left) if left.operator == logical.operator => self.logical_chain(logical),
            left => {
                let left = self.value(left);
                let opened = self.open(self.span(logical.right.span()));
                let right = self.value(&logical.right);
                self.close(opened, || When::Test(left.clone(), passes(logical.operator)));
                Value::new(self.span(logical.span), Kind::Binary(operator(logical.operator), Box::new(left), Box::new(right)))
            }
        }
    }

    fn logical_chain(&mut self, logical: &'a LogicalExpression<'a>) -> Value {
        let mut links = vec![logical];
        let mut first = inner(&logical.left);
        while let Expression::LogicalExpression(left) = first
            && left.operator == logical.operator
        {
            links.push(left);
            first = inner(&left.left);
        }
        let kept = links.len() <= MAX_CHAIN;
        let levels = if kept { links.len() as u32 } else { 0 };
        self.depth += levels;
        let mut values = vec![self.value(first)];
        let mut opened: Vec<Opened> = Vec::with_capacity(links.len());
        for link in links.iter().rev() {
            opened.push(self.open(self.span(link.right.span())));
            values.push(self.value(&link.right));
        }
        self.depth -= levels;
        for (index, branch) in opened.into_iter().enumerate().rev() {
            let test = values.get(index);
            self.close(branch, || {
                When::Test(test.cloned().unwrap_or_else(|| other(plimsoll_base::Span::default())), passes(logical.operator))
            });
        }
        let whole = self.span(logical.span);
        if !kept {
            return other(whole);
        }
        let mut values = values.into_iter();
        let mut value = values.next().unwrap_or_else(|| other(whole));
        for (link, right) in links.iter().rev().zip(values) {
            value = Value::new(self.span(link.span), Kind::Binary(operator(logical.operator), Box::new(value), Box::new(right)));
        }
        value
    }

    pub(super) fn choice(&mut self, choice: &'a ConditionalExpression<'a>) -> Kind {
        let test = self.value(&choice.test);
        let opened = self.open(self.span(choice.consequent.span()));
        let then = self.value(&choice.consequent);
        self.close(opened, || When::Test(test.clone(), true));
        let opened = self.open(self.span(choice.alternate.span()));
        let otherwise = self.value(&choice.alternate);
        self.close(opened, || When::Test(test.clone(), false));
        Kind::Choice(Box::new([test, then, otherwise]))
    }
}

/// Whether the left side holds where the right side is reached. Where `??` reaches it, the left side is nothing, which does not hold.
fn passes(operator: LogicalOperator) -> bool {
    operator == LogicalOperator::And
}

fn operator(operator: LogicalOperator) -> Operator {
    match operator {
        LogicalOperator::And => Operator::And,
        LogicalOperator::Or => Operator::Or,
        LogicalOperator::Coalesce => Operator::Default,
    }
}
