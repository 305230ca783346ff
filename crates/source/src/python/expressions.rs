//! Expressions.

use std::mem;

use plimsoll_base::Span;
use ruff_python_ast::{self as ast, Expr, Number, UnaryOp};
use ruff_text_size::Ranged;

use super::{Reader, at, span};
use crate::{Entry, Kind, Operator, Outcome, OutcomeKind, Text, Value, When};

/// Deepest nesting of expressions that is kept; calls below it are found, their values are not. The deepest chains of calls written by hand
/// stay below 60.
pub(super) const MAX_DEPTH: usize = 160;

/// Operands of one `or`, `and` that are kept apart, from the last one backwards.
const MAX_OPERANDS: usize = 48;

impl Reader<'_> {
    /// An expression. It is left empty where it nests too deeply, so that neither reading nor freeing it needs a deep stack.
    pub(super) fn expression(&mut self, expr: &mut Expr) -> Value {
        let span = at(expr);
        if self.depth >= MAX_DEPTH && !matches!(expr, Expr::Name(_) | Expr::StringLiteral(_)) {
            return Value::new(span, self.cut(expr));
        }
        self.depth += 1;
        let kind = self.kind(expr);
        self.depth -= 1;
        Value::new(span, kind)
    }
    /// What is kept of an expression that nests too deeply: the last name of what may be called.
    fn cut(&mut self, expr: &mut Expr) -> Kind {
        let nothing = || Expr::NoneLiteral(ast::ExprNoneLiteral::default());
        let Expr::Attribute(member) = expr else {
            let deep = mem::replace(expr, nothing());
            self.deep(deep);
            return Kind::Other;
        };
        let of = Value::new(at(&*member.value), Kind::Other);
        let deep = mem::replace(&mut *member.value, nothing());
        self.deep(deep);
        Kind::Member(Box::new(of), Text::new(member.attr.as_str()))
    }
    /// An expression whose value is of no use, only what is called in it.
    pub(super) fn calls_in(&mut self, expr: &mut Expr) {
        self.expression(expr);
    }
    /// An optional expression.
    pub(super) fn maybe(&mut self, expr: &mut Option<Box<Expr>>) -> Option<Value> {
        expr.as_mut().map(|e| self.expression(e))
    }
    /// An annotation: a subscript by a text is a type there.
    pub(super) fn annotated(&mut self, expr: &mut Expr) -> Value {
        let around = mem::replace(&mut self.annotation, true);
        let value = self.expression(expr);
        self.annotation = around;
        value
    }
    /// The value of a variable or a key, which gives its name to a lambda.
    pub(super) fn named(&mut self, expr: &mut Expr, name: &str) -> Value {
        match expr {
            Expr::Lambda(lambda) if self.depth < MAX_DEPTH => {
                let span = at(lambda);
                self.depth += 1;
                let kind = self.lambda(lambda, name);
                self.depth -= 1;
                Value::new(span, kind)
            }
            _ => self.expression(expr),
        }
    }

    fn kind(&mut self, expr: &mut Expr) -> Kind {
        match expr {
            Expr::Name(name) if name.id.is_empty() => Kind::Other,
            Expr::Name(name) => Kind::Name(Text::new(name.id.as_str())),
            Expr::StringLiteral(text) => Kind::Text(Text::new(text.value.to_str())),
            Expr::BooleanLiteral(value) => Kind::Bool(value.value),
            Expr::NoneLiteral(_) => Kind::Nothing,
            Expr::EllipsisLiteral(_) | Expr::IpyEscapeCommand(_) => Kind::Other,
            Expr::NumberLiteral(number) => number_of(&number.value),
            Expr::BytesLiteral(bytes) => bytes_of(bytes),
            Expr::Attribute(member) => self.member(member),
            Expr::Call(call) => self.call(call),
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::FString(text) => self.interpolated(text),
            Expr::TString(text) => self.template(text),
            Expr::Dict(dict) => self.dict(dict),
            Expr::List(list) => Kind::List(self.elements(&mut list.elts)),
            Expr::Tuple(tuple) => Kind::List(self.elements(&mut tuple.elts)),
            Expr::Set(set) => Kind::List(self.elements(&mut set.elts)),
            Expr::BoolOp(operation) => self.either(operation),
            Expr::BinOp(operation) => self.binary(operation),
            Expr::UnaryOp(operation) => self.unary(operation),
            Expr::Compare(comparison) => self.compare(comparison),
            Expr::If(choice) => self.choice(choice),
            Expr::Lambda(lambda) => self.lambda(lambda, ""),
            Expr::Await(awaited) => self.awaited(awaited),
            Expr::Named(named) => self.walrus(named),
            Expr::Starred(starred) => Kind::Spread(Box::new(self.expression(&mut starred.value))),
            Expr::Yield(node) => {
                let value = self.maybe(&mut node.value);
                self.outcome(OutcomeKind::Yield, value, span(node.range))
            }
            Expr::YieldFrom(node) => {
                let value = self.expression(&mut node.value);
                let spread = Value::new(value.span, Kind::Spread(Box::new(value)));
                self.outcome(OutcomeKind::Yield, Some(spread), span(node.range))
            }
            Expr::ListComp(node) => self.comprehension(&mut [&mut node.elt], &mut node.generators, span(node.range)),
            Expr::SetComp(node) => self.comprehension(&mut [&mut node.elt], &mut node.generators, span(node.range)),
            Expr::Generator(node) => self.comprehension(&mut [&mut node.elt], &mut node.generators, span(node.range)),
            Expr::DictComp(node) => match &mut node.key {
                Some(key) => self.comprehension(&mut [key, &mut node.value], &mut node.generators, span(node.range)),
                None => self.comprehension(&mut [&mut node.value], &mut node.generators, span(node.range)),
            },
            Expr::Slice(slice) => {
                for part in [&mut slice.lower, &mut slice.upper, &mut slice.step].into_iter().flatten() {
                    self.calls_in(part);
                }
                Kind::Other
            }
        }
    }

    fn elements(&mut self, elements: &mut [Expr]) -> Vec<Value> {
        elements.iter_mut().map(|e| self.expression(e)).collect()
    }

    fn member(&mut self, member: &mut ast::ExprAttribute) -> Kind {
        let of = self.expression(&mut member.value);
        if member.attr.id.is_empty() {
            return Kind::Other;
        }
        Kind::Member(Box::new(of), Text::new(member.attr.as_str()))
    }

    fn subscript(&mut self, subscript: &mut ast::ExprSubscript) -> Kind {
        let of = Box::new(self.expression(&mut subscript.value));
        if subscript.slice.is_slice_expr() {
            self.calls_in(&mut subscript.slice);
            return Kind::Index(of, None);
        }
        let by = self.expression(&mut subscript.slice);
        match by.kind {
            Kind::Text(name) if !self.annotation => Kind::Member(of, name),
            _ => Kind::Index(of, Some(Box::new(by))),
        }
    }

    fn dict(&mut self, dict: &mut ast::ExprDict) -> Kind {
        let mut entries = Vec::with_capacity(dict.items.len());
        for item in &mut dict.items {
            let Some(key) = &mut item.key else {
                let value = self.expression(&mut item.value);
                entries.push(Entry { key: None, at: value.span, value: Value::new(value.span, Kind::Spread(Box::new(value))) });
                continue;
            };
            let written = self.slice(key.range());
            let read = self.expression(key);
            let key = match read.kind {
                Kind::Text(text) => Some(text),
                Kind::Number(_) => Some(Text::new(written)),
                _ => None,
            };
            let value = self.named(&mut item.value, key.as_deref().unwrap_or_default());
            entries.push(Entry { key, at: read.span, value });
        }
        Kind::Object(entries)
    }

    /// `and`, `or`: each further operand is reached only when those before it were true, or were not.
    fn either(&mut self, operation: &mut ast::ExprBoolOp) -> Kind {
        let operator = if operation.op == ast::BoolOp::And { Operator::And } else { Operator::Or };
        let room = operation.values.len().min(MAX_OPERANDS);
        let kept = operation.values.len().saturating_sub(MAX_OPERANDS);
        self.depth += room;
        let mut joined: Option<Value> = None;
        for (index, operand) in operation.values.iter_mut().enumerate() {
            let Some(mut left) = joined.take() else {
                joined = Some(self.expression(operand));
                continue;
            };
            let (right, branch) = self.lazily(at(operand), |reader| reader.expression(operand));
            if let Some(branch) = branch {
                let test = self.copy(&left);
                self.explain(branch, When::Test(test, operator == Operator::And));
            }
            if index <= kept {
                left.kind = Kind::Other;
            }
            let whole = Span { start: left.span.start, end: right.span.end };
            joined = Some(Value::new(whole, Kind::Binary(operator, Box::new(left), Box::new(right))));
        }
        self.depth -= room;
        joined.map_or(Kind::Other, |value| value.kind)
    }

    fn binary(&mut self, operation: &mut ast::ExprBinOp) -> Kind {
        let left = self.expression(&mut operation.left);
        let right = self.expression(&mut operation.right);
        let operator = match operation.op {
            ast::Operator::Add => Operator::Add,
            ast::Operator::Sub => Operator::Subtract,
            ast::Operator::Mult => Operator::Multiply,
            ast::Operator::Div | ast::Operator::FloorDiv => Operator::Divide,
            ast::Operator::Mod => Operator::Remainder,
            _ => Operator::Other,
        };
        Kind::Binary(operator, Box::new(left), Box::new(right))
    }

    fn unary(&mut self, operation: &mut ast::ExprUnaryOp) -> Kind {
        let operand = self.expression(&mut operation.operand);
        match (operation.op, &operand.kind) {
            (UnaryOp::Not, _) => Kind::Not(Box::new(operand)),
            (UnaryOp::USub, Kind::Number(number)) => Kind::Number(-number),
            (UnaryOp::UAdd, Kind::Number(number)) => Kind::Number(*number),
            _ => Kind::Other,
        }
    }

    fn compare(&mut self, comparison: &mut ast::ExprCompare) -> Kind {
        let left = self.expression(&mut comparison.left);
        let mut others = self.elements(&mut comparison.comparators);
        if let ([operator], 1) = (&*comparison.ops, others.len())
            && let Some(right) = others.pop()
        {
            return Kind::Binary(comparison_of(*operator), Box::new(left), Box::new(right));
        }
        let (Some(first), Some(last)) = (others.first(), others.last()) else { return Kind::Other };
        let rest = Span { start: first.span.start, end: last.span.end };
        Kind::Binary(Operator::Other, Box::new(left), Box::new(Value::new(rest, Kind::List(others))))
    }

    /// `then if test else otherwise`, in the order of the text.
    fn choice(&mut self, choice: &mut ast::ExprIf) -> Kind {
        let (then, first) = self.lazily(at(&*choice.body), |reader| reader.expression(&mut choice.body));
        let test = self.expression(&mut choice.test);
        let (otherwise, second) = self.lazily(at(&*choice.orelse), |reader| reader.expression(&mut choice.orelse));
        for (branch, holds) in [(first, true), (second, false)] {
            if let Some(branch) = branch {
                let test = self.copy(&test);
                self.explain(branch, When::Test(test, holds));
            }
        }
        Kind::Choice(Box::new([test, then, otherwise]))
    }

    fn walrus(&mut self, named: &mut ast::ExprNamed) -> Kind {
        let value = match &*named.target {
            Expr::Name(name) => self.named(&mut named.value, name.id.as_str()),
            _ => self.expression(&mut named.value),
        };
        let copy = self.copy(&value);
        self.assign(&mut named.target, copy, crate::Declared::Assigned, span(named.range));
        value.kind
    }

    pub(super) fn outcome(&mut self, kind: OutcomeKind, value: Option<Value>, at: Span) -> Kind {
        self.module.outcomes.push(Outcome { kind, value, function: self.function, branch: self.branch, at });
        Kind::Other
    }
}

fn comparison_of(operator: ast::CmpOp) -> Operator {
    match operator {
        ast::CmpOp::Eq | ast::CmpOp::Is => Operator::Equal,
        ast::CmpOp::NotEq | ast::CmpOp::IsNot => Operator::NotEqual,
        ast::CmpOp::Lt | ast::CmpOp::LtE => Operator::Less,
        ast::CmpOp::Gt | ast::CmpOp::GtE => Operator::Greater,
        ast::CmpOp::In => Operator::In,
        ast::CmpOp::NotIn => Operator::NotIn,
    }
}

fn number_of(number: &Number) -> Kind {
    let value = match number {
        Number::Int(int) => int.to_string().parse::<f64>().ok(),
        Number::Float(float) => Some(*float),
        Number::Complex { .. } => None,
    };
    value.filter(|v| v.is_finite()).map_or(Kind::Other, Kind::Number)
}

fn bytes_of(bytes: &ast::ExprBytesLiteral) -> Kind {
    let read: Vec<u8> = bytes.value.bytes().collect();
    std::str::from_utf8(&read).map_or(Kind::Other, |text| Kind::Text(Text::new(text)))
}
