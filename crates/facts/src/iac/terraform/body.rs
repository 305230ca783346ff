//! Bodies of blocks as values: attributes, blocks, and what `dynamic` blocks make.

use std::rc::Rc;

use plimsoll_syntax::hcl::{Block, Body, Expr};

use super::eval::{Context, Evaluator, MAX_WEIGHT, Names};
use super::expansion::MAX_COUNT;
use super::term::{Entry, Extent, Kind, Term};
use crate::iac::value::{Field, Shape, Value};

/// Blocks within blocks.
const MAX_BLOCKS: usize = 24;

impl Evaluator<'_> {
    /// A body as a map: attributes and blocks are fields, `dynamic` blocks the fields they make.
    pub(super) fn body(&self, body: &Body, cx: &Context<'_>) -> Value {
        self.body_at(body, cx, 0)
    }

    fn body_at(&self, body: &Body, cx: &Context<'_>, depth: usize) -> Value {
        let start = body.attributes.first().map(|a| a.span).or_else(|| body.blocks.first().map(|b| b.span)).unwrap_or_default();
        let mut fields = Vec::with_capacity(body.attributes.len() + body.blocks.len());
        for a in &body.attributes {
            if depth == 0 && matches!(a.name.as_str(), "count" | "for_each" | "depends_on") {
                continue;
            }
            let value = self.eval(&a.value, cx);
            self.charge(value.weight(MAX_WEIGHT) / 4);
            fields.push(Field { name: a.name.clone(), at: cx.at(a.span), value: value.value() });
        }
        if depth < MAX_BLOCKS {
            for block in &body.blocks {
                match (block.kind.as_str(), block.label(0), block.body.block("content")) {
                    ("dynamic", Some(label), Some(content)) => self.dynamic(label, block, &content.body, cx, depth, &mut fields),
                    ("provisioner", ..) => {}
                    (kind, ..) => {
                        let mut value = self.body_at(&block.body, cx, depth + 1);
                        value.at = cx.at(block.head);
                        fields.push(Field { name: kind.to_owned(), at: value.at, value });
                    }
                }
            }
        }
        Value::new(Shape::Map(fields), cx.at(start))
    }

    fn dynamic(&self, label: &str, block: &Block, content: &Body, cx: &Context<'_>, depth: usize, fields: &mut Vec<Field>) {
        let at = cx.at(block.head);
        let each = block.body.get("for_each").map(|e| self.eval(e, cx));
        let iterator = block.body.get("iterator").and_then(Expr::reference).and_then(|p| p.first()).map_or(label, String::as_str);
        let unknown = |name: &str| Term::unknown(format!("${{{iterator}.{name}}}"), at);
        let (mut items, mut sure): (Vec<(Term, Term)>, bool) = match each.as_ref().map(|e| &e.kind) {
            Some(Kind::List(items, extent)) => {
                let pair = |(i, v): (usize, &Term)| (Term::of_text(i.to_string(), v.at), v.clone());
                (items.iter().enumerate().take(MAX_COUNT).map(pair).collect(), *extent == Extent::Whole)
            }
            Some(Kind::Map(entries, extent)) => {
                let pair = |e: &Entry| (Term::of_text(Rc::clone(&e.name), e.at), e.value.clone());
                (entries.iter().take(MAX_COUNT).map(pair).collect(), *extent == Extent::Whole)
            }
            Some(Kind::Null) => (Vec::new(), true),
            _ => (vec![(unknown("key"), unknown("value"))], false),
        };
        let shown = items.len();
        if each.as_ref().is_some_and(|e| e.kind.len() > shown) {
            // More than are looked at: one that is not known stands for the rest.
            items.push((unknown("key"), unknown("value")));
        }
        for (i, (key, value)) in items.into_iter().enumerate() {
            sure &= i < shown || shown == 0;
            let entry = |name: &str, value: Term| Entry { name: name.into(), at: value.at, value };
            let names = Names { name: iterator, value: Term::map(vec![entry("key", key), entry("value", value)], at), outer: cx.names };
            let mut made = self.body_at(content, &cx.with(&names), depth + 1);
            if !sure {
                doubt(&mut made);
            }
            made.at = at;
            fields.push(Field { name: label.to_owned(), at, value: made });
        }
    }
}

/// Nothing of a block that may not be there is known.
fn doubt(value: &mut Value) {
    match &mut value.shape {
        Shape::Text(text) => value.shape = Shape::Unknown(std::mem::take(text)),
        Shape::List(items) => items.iter_mut().for_each(doubt),
        Shape::Map(fields) => fields.iter_mut().for_each(|f| doubt(&mut f.value)),
        Shape::Null | Shape::Unknown(_) => {}
    }
}
