//! From the parser's tree to ours.

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ForExpr, ObjectKey, Traversal, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{self, Structure};
use hcl_edit::template::{self, Directive, Element};
use plimsoll_base::Span;

use super::tree::{Attribute, Block, Body, Expr, ExprKind, For, Step, TemplatePart};

/// Deepest expression that is converted. The parser allows 64 levels with 128 operators on a path, so that only hostile texts come near.
const MAX_DEPTH: usize = 240;

/// Converts the tree of a text that starts at `offset` within the file.
pub(super) struct Converter<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
}

impl Converter<'_> {
    fn span(&self, range: Option<std::ops::Range<usize>>) -> Span {
        let range = range.unwrap_or(0..0);
        Span::new(range.start + self.offset, range.end + self.offset)
    }

    fn raw(&self, range: Option<std::ops::Range<usize>>) -> String {
        range.and_then(|r| self.text.get(r)).unwrap_or_default().to_owned()
    }

    pub(super) fn body(&self, body: &structure::Body) -> Body {
        let mut out = Body::default();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => out.attributes.push(self.attribute(attribute)),
                Structure::Block(block) => out.blocks.push(self.block(block)),
            }
        }
        out
    }

    fn attribute(&self, attribute: &structure::Attribute) -> Attribute {
        let name_span = self.span(attribute.key.span());
        let value = self.expr(&attribute.value, 0);
        let span = Span { start: name_span.start, end: value.span.end.max(name_span.end) };
        Attribute { name: attribute.key.to_string(), name_span, value, span }
    }

    fn block(&self, block: &structure::Block) -> Block {
        let span = self.span(block.span());
        let kind = self.span(block.ident.span());
        let end = block.labels.iter().filter_map(structure::BlockLabel::span).map(|r| self.span(Some(r)).end).max();
        Block {
            kind: block.ident.to_string(),
            labels: block.labels.iter().map(|l| l.as_str().to_owned()).collect(),
            body: self.body(&block.body),
            span,
            head: Span { start: kind.start, end: end.unwrap_or(kind.end) },
        }
    }

    fn expr(&self, expr: &Expression, depth: usize) -> Expr {
        if depth > MAX_DEPTH {
            return Expr { kind: ExprKind::Other(self.raw(expr.span())), span: self.span(expr.span()) };
        }
        let kind = match expr {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(b) => ExprKind::Bool(*b.value()),
            Expression::Number(n) => ExprKind::Number(self.number(n)),
            Expression::String(s) => ExprKind::String(s.value().clone()),
            Expression::Array(items) => ExprKind::List(items.iter().map(|i| self.expr(i, depth + 1)).collect()),
            Expression::Object(entries) => {
                ExprKind::Object(entries.iter().map(|(k, v)| (self.key(k, depth + 1), self.expr(v.expr(), depth + 1))).collect())
            }
            Expression::StringTemplate(t) => match t.as_single_element() {
                Some(Element::Interpolation(only)) => self.expr(&only.expr, depth + 1).kind,
                _ => self.template(t, depth),
            },
            Expression::HeredocTemplate(t) => self.template(&t.template, depth),
            Expression::Parenthesis(p) => self.expr(p.inner(), depth + 1).kind,
            Expression::Variable(name) => ExprKind::Reference(vec![name.to_string()]),
            Expression::Traversal(t) => self.traversal(t, depth),
            Expression::FuncCall(call) => {
                let words = call.name.namespace.iter().chain(std::iter::once(&call.name.name));
                ExprKind::Call {
                    name: words.map(|w| w.value().as_str()).collect::<Vec<_>>().join("::"),
                    args: call.args.iter().map(|a| self.expr(a, depth + 1)).collect(),
                    spread: call.args.expand_final(),
                }
            }
            Expression::Conditional(c) => ExprKind::Conditional {
                condition: self.boxed(&c.cond_expr, depth),
                then: self.boxed(&c.true_expr, depth),
                otherwise: self.boxed(&c.false_expr, depth),
            },
            Expression::UnaryOp(op) => ExprKind::Operation {
                op: match op.operator.value() {
                    UnaryOperator::Neg => "-",
                    UnaryOperator::Not => "!",
                },
                operands: vec![self.expr(&op.expr, depth + 1)],
            },
            Expression::BinaryOp(op) => ExprKind::Operation {
                op: op.operator.value().as_str(),
                operands: vec![self.expr(&op.lhs_expr, depth + 1), self.expr(&op.rhs_expr, depth + 1)],
            },
            Expression::ForExpr(f) => ExprKind::For(self.comprehension(f, depth)),
        };
        let span = match (expr.span(), &kind) {
            (Some(range), _) => self.span(Some(range)),
            // The inner operations of a chain have no span of their own.
            (None, ExprKind::Operation { operands, .. }) => {
                Span { start: operands.first().map_or(0, |o| o.span.start), end: operands.last().map_or(0, |o| o.span.end) }
            }
            (None, _) => self.span(None),
        };
        Expr { kind, span }
    }

    fn boxed(&self, expr: &Expression, depth: usize) -> Box<Expr> {
        Box::new(self.expr(expr, depth + 1))
    }

    fn number(&self, number: &hcl_edit::Formatted<hcl_edit::Number>) -> String {
        let written = self.raw(number.span());
        if written.is_empty() { number.value().to_string() } else { written }
    }

    fn key(&self, key: &ObjectKey, depth: usize) -> Expr {
        match key {
            ObjectKey::Ident(name) => Expr { kind: ExprKind::String(name.to_string()), span: self.span(name.span()) },
            ObjectKey::Expression(expr) => self.expr(expr, depth),
        }
    }

    fn traversal(&self, traversal: &Traversal, depth: usize) -> ExprKind {
        let mut base = self.expr(&traversal.expr, depth + 1);
        let mut steps: Vec<Step> = Vec::new();
        for operator in &traversal.operators {
            let end = operator.span().map_or(base.span.end, |r| self.span(Some(r)).end);
            let step = match operator.value() {
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => Step::Splat,
                TraversalOperator::GetAttr(name) => Step::Attribute(name.to_string()),
                TraversalOperator::Index(key) => Step::Index(self.expr(key, depth + 1)),
                TraversalOperator::LegacyIndex(index) => Step::Attribute(index.to_string()),
            };
            let constant = match &step {
                Step::Attribute(name) => Some(name.clone()),
                Step::Index(key) => key.as_str().or(key.as_number()).map(str::to_owned),
                Step::Splat => None,
            };
            match (&mut base.kind, constant) {
                (ExprKind::Reference(path), Some(name)) if steps.is_empty() => {
                    path.push(name);
                    base.span.end = end;
                }
                _ => steps.push(step),
            }
        }
        if steps.is_empty() { base.kind } else { ExprKind::Traversal { base: Box::new(base), steps } }
    }

    fn comprehension(&self, f: &ForExpr, depth: usize) -> Box<For> {
        Box::new(For {
            key_var: f.intro.key_var.as_ref().map(ToString::to_string),
            value_var: f.intro.value_var.to_string(),
            collection: self.expr(&f.intro.collection_expr, depth + 1),
            key: f.key_expr.as_ref().map(|k| self.expr(k, depth + 1)),
            value: self.expr(&f.value_expr, depth + 1),
            condition: f.cond.as_ref().map(|c| self.expr(&c.expr, depth + 1)),
            grouping: f.grouping,
        })
    }

    fn template(&self, template: &template::Template, depth: usize) -> ExprKind {
        let mut parts: Vec<TemplatePart> = Vec::new();
        let mut strip_next = false;
        for element in template {
            let stripped = std::mem::take(&mut strip_next);
            match element {
                Element::Literal(text) => {
                    let text = text.value().as_str();
                    parts.push(TemplatePart::Literal(if stripped { text.trim_start() } else { text }.to_owned()));
                }
                Element::Interpolation(inner) => {
                    if inner.strip.strip_start()
                        && let Some(TemplatePart::Literal(before)) = parts.last_mut()
                    {
                        before.truncate(before.trim_end().len());
                    }
                    strip_next = inner.strip.strip_end();
                    parts.push(TemplatePart::Interpolation(self.expr(&inner.expr, depth + 1)));
                }
                Element::Directive(directive) => {
                    let mut reads = Vec::new();
                    self.directive(directive, depth + 1, &mut reads);
                    parts.push(TemplatePart::Directive { raw: self.raw(directive.span()), reads });
                }
            }
        }
        let literal = parts.iter().map(|p| match p {
            TemplatePart::Literal(text) => Some(text.as_str()),
            _ => None,
        });
        match literal.collect::<Option<String>>() {
            Some(text) => ExprKind::String(text),
            None => ExprKind::Template(parts),
        }
    }

    fn directive(&self, directive: &Directive, depth: usize, reads: &mut Vec<Expr>) {
        let templates: &[&template::Template] = match directive {
            Directive::If(d) => {
                reads.push(self.expr(&d.if_expr.cond_expr, depth));
                match &d.else_expr {
                    Some(otherwise) => &[&d.if_expr.template, &otherwise.template],
                    None => &[&d.if_expr.template],
                }
            }
            Directive::For(d) => {
                reads.push(self.expr(&d.for_expr.collection_expr, depth));
                &[&d.for_expr.template]
            }
        };
        if depth > MAX_DEPTH {
            return;
        }
        for element in templates.iter().flat_map(|t| t.iter()) {
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(inner) => reads.push(self.expr(&inner.expr, depth + 1)),
                Element::Directive(inner) => self.directive(inner, depth + 1, reads),
            }
        }
    }
}
