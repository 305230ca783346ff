//! Expressions to values.

use oxc_ast::ast::{BinaryExpression, Expression, UnaryExpression};
use oxc_span::GetSpan;
use oxc_syntax::operator::{BinaryOperator, UnaryOperator};
use plimsoll_base::Span;

use super::{Lowering, MAX_CHAIN, Named, literals::private, other};
use crate::{Kind, Operator, OutcomeKind, Text, Value};

impl<'a> Lowering<'a> {
    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &'a Expression<'a>) -> Value {
        self.named(expression, None)
    }

    /// The value of an expression that is assigned to a name.
    pub(super) fn named(&mut self, expression: &'a Expression<'a>, name: Named<'_>) -> Value {
        let expression = inner(expression);
        // Literals and names need no level of their own.
        let kind = match expression {
            Expression::Identifier(name) if name.name == "undefined" => Kind::Nothing,
            Expression::Identifier(name) => Kind::Name(Text::new(name.name)),
            Expression::StringLiteral(text) => Kind::Text(Text::new(text.value)),
            Expression::BooleanLiteral(literal) => Kind::Bool(literal.value),
            Expression::NullLiteral(_) => Kind::Nothing,
            Expression::NumericLiteral(number) => numeral(number.value),
            Expression::BigIntLiteral(number) => number.value.parse().map_or(Kind::Other, numeral),
            Expression::RegExpLiteral(pattern) => Kind::Pattern(Text::new(pattern.regex.pattern.text)),
            Expression::ThisExpression(_) => Kind::Name(Text::const_new("this")),
            Expression::Super(_) => Kind::Name(Text::const_new("super")),
            _ => {
                let at = expression.span();
                return self.deeper(at, |l| l.compound(expression, name)).unwrap_or_else(|| other(self.span(at)));
            }
        };
        Value::new(self.span(expression.span()), kind)
    }

    fn compound(&mut self, expression: &'a Expression<'a>, name: Named<'_>) -> Value {
        use Expression as E;
        let span = self.span(expression.span());
        let kind = match expression {
            E::CallExpression(_)
            | E::ChainExpression(_)
            | E::StaticMemberExpression(_)
            | E::ComputedMemberExpression(_)
            | E::PrivateFieldExpression(_) => return self.chain(expression),
            E::ObjectExpression(object) => self.object(object),
            E::ArrayExpression(array) => self.list(array),
            E::TemplateLiteral(template) => self.template(template),
            E::ArrowFunctionExpression(arrow) => Kind::Function(self.arrow(arrow, name, None)),
            E::FunctionExpression(function) => self.function(function, name, span, None, Vec::new()).map_or(Kind::Other, Kind::Function),
            E::ClassExpression(class) => Kind::Class(self.class(class, name)),
            E::AwaitExpression(await_) => {
                let value = self.value(&await_.argument);
                self.mark(&value, &|call| call.awaited = true);
                return value;
            }
            E::LogicalExpression(logical) => return self.logical(logical),
            E::ConditionalExpression(choice) => self.choice(choice),
            E::BinaryExpression(binary) => return self.sum(binary),
            E::UnaryExpression(unary) => self.unary(unary, span),
            E::NewExpression(new) => self.construct(new),
            E::TaggedTemplateExpression(tagged) => self.tagged(tagged),
            E::ImportExpression(import) => self.import_call(import),
            E::V8IntrinsicExpression(call) => {
                let callee = Value::new(self.span(call.name.span), Kind::Name(Text::new(call.name.name)));
                let arguments = self.arguments(&call.arguments);
                Kind::Call(self.record_call(callee, arguments, crate::Form::Plain, span))
            }
            E::JSXElement(element) => Kind::Call(self.element(element)),
            E::JSXFragment(fragment) => Kind::Call(self.fragment(fragment)),
            E::AssignmentExpression(assignment) => return self.assignment_value(assignment),
            E::UpdateExpression(update) => {
                self.update(update);
                Kind::Other
            }
            E::SequenceExpression(sequence) => {
                let mut last = other(span);
                for expression in &sequence.expressions {
                    self.mark(&last, &|call| call.dropped = true);
                    last = self.value(expression);
                }
                return last;
            }
            E::YieldExpression(yield_) => {
                let value = yield_.argument.as_ref().map(|a| self.value(a));
                self.outcome(OutcomeKind::Yield, value, span);
                Kind::Other
            }
            E::PrivateInExpression(within) => {
                let left = Value::new(self.span(within.left.span), Kind::Name(private(&within.left.name)));
                let right = self.value(&within.right);
                Kind::Binary(Operator::In, Box::new(left), Box::new(right))
            }
            E::ImportMeta(_) => Kind::Member(Box::new(Value::new(span, Kind::Name(Text::const_new("import")))), Text::const_new("meta")),
            E::NewTarget(_) => Kind::Member(Box::new(Value::new(span, Kind::Name(Text::const_new("new")))), Text::const_new("target")),
            _ => Kind::Other,
        };
        Value::new(span, kind)
    }

    fn unary(&mut self, unary: &'a UnaryExpression<'a>, span: Span) -> Kind {
        let value = self.value(&unary.argument);
        match unary.operator {
            UnaryOperator::LogicalNot => Kind::Not(Box::new(value)),
            // `+process.env.PORT` is that setting, as a number.
            UnaryOperator::UnaryPlus => value.kind,
            UnaryOperator::UnaryNegation => match value.kind {
                Kind::Number(number) => Kind::Number(-number),
                _ => {
                    let zero = Value::new(Span { start: span.start, end: span.start }, Kind::Number(0.0));
                    Kind::Binary(Operator::Subtract, Box::new(zero), Box::new(value))
                }
            },
            UnaryOperator::Void => {
                self.mark(&value, &|call| call.dropped = true);
                Kind::Nothing
            }
            UnaryOperator::BitwiseNot | UnaryOperator::Typeof | UnaryOperator::Delete => Kind::Other,
        }
    }

    /// `a + b + c`: nested to the left as deep as it is long, so it is not walked by recursion.
    fn sum(&mut self, binary: &'a BinaryExpression<'a>) -> Value {
        let start = self.sums.len();
        self.sums.push(binary);
        let mut first = inner(&binary.left);
        while let Expression::BinaryExpression(left) = first {
            self.sums.push(left);
            first = inner(&left.left);
        }
        let length = self.sums.len() - start;
        let levels = if length > MAX_CHAIN { 0 } else { length as u32 };
        self.depth += levels;
        let mut value = self.value(first);
        self.depth -= levels;
        while self.sums.len() > start {
            let Some(binary) = self.sums.pop() else { break };
            let right = self.value(&binary.right);
            if levels > 0 {
                value = Value::new(self.span(binary.span), Kind::Binary(operator(binary.operator), Box::new(value), Box::new(right)));
            }
        }
        if levels > 0 { value } else { other(self.span(binary.span)) }
    }

    /// Says something of the calls whose result a value is.
    pub(super) fn mark(&mut self, value: &Value, change: &impl Fn(&mut crate::Call)) {
        match &value.kind {
            Kind::Call(id) => {
                if let Some(call) = self.module.calls.get_mut(id.0 as usize) {
                    change(call);
                }
            }
            Kind::Binary(Operator::And | Operator::Or | Operator::Default, _, right) => {
                self.mark(right, change);
            }
            Kind::Choice(three) => {
                let [_, then, otherwise] = &**three;
                self.mark(then, change);
                self.mark(otherwise, change);
            }
            _ => {}
        }
    }
}

/// A number, where a float can hold it.
fn numeral(number: f64) -> Kind {
    if number.is_finite() { Kind::Number(number) } else { Kind::Other }
}

/// The expression within type assertions, non-null marks and parentheses.
pub(super) fn inner<'a>(mut expression: &'a Expression<'a>) -> &'a Expression<'a> {
    loop {
        expression = match expression {
            Expression::ParenthesizedExpression(e) => &e.expression,
            Expression::TSAsExpression(e) => &e.expression,
            Expression::TSSatisfiesExpression(e) => &e.expression,
            Expression::TSTypeAssertion(e) => &e.expression,
            Expression::TSNonNullExpression(e) => &e.expression,
            Expression::TSInstantiationExpression(e) => &e.expression,
            _ => return expression,
        }
    }
}

fn operator(operator: BinaryOperator) -> Operator {
    match operator {
        BinaryOperator::Equality | BinaryOperator::StrictEquality => Operator::Equal,
        BinaryOperator::Inequality | BinaryOperator::StrictInequality => Operator::NotEqual,
        BinaryOperator::LessThan | BinaryOperator::LessEqualThan => Operator::Less,
        BinaryOperator::GreaterThan | BinaryOperator::GreaterEqualThan => Operator::Greater,
        BinaryOperator::Addition => Operator::Add,
        BinaryOperator::Subtraction => Operator::Subtract,
        BinaryOperator::Multiplication => Operator::Multiply,
        BinaryOperator::Division => Operator::Divide,
        BinaryOperator::Remainder => Operator::Remainder,
        BinaryOperator::In => Operator::In,
        _ => Operator::Other,
    }
}
