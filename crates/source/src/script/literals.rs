//! Literals: numbers, templates, objects, lists.

use oxc_ast::ast::{
    ArrayExpression, ArrayExpressionElement, Expression, ObjectExpression, ObjectProperty, ObjectPropertyKind, PropertyKey,
    TSEnumDeclaration, TSEnumMemberName, TemplateElement, TemplateLiteral,
};
use oxc_span::GetSpan;
use plimsoll_base::Span;

use super::Lowering;
use crate::{Assignment, Declared, Entry, Kind, Piece, Target, Text, Value};

impl<'a> Lowering<'a> {
    pub(super) fn template(&mut self, template: &'a TemplateLiteral<'a>) -> Kind {
        if template.expressions.is_empty() {
            return Kind::Text(template.quasis.first().map(cooked).unwrap_or_default());
        }
        let mut pieces = Vec::with_capacity(template.expressions.len() * 2 + 1);
        let mut values = template.expressions.iter();
        for quasi in &template.quasis {
            let text = cooked(quasi);
            if !text.is_empty() {
                pieces.push(Piece::Text(text));
            }
            if let Some(value) = values.next() {
                pieces.push(Piece::Value(self.value(value)));
            }
        }
        Kind::Template(pieces)
    }

    pub(super) fn list(&mut self, array: &'a ArrayExpression<'a>) -> Kind {
        let mut values = Vec::with_capacity(array.elements.len());
        for element in &array.elements {
            values.push(match element {
                ArrayExpressionElement::SpreadElement(spread) => self.spread(&spread.argument, spread.span),
                ArrayExpressionElement::Elision(hole) => Value::new(self.span(hole.span), Kind::Nothing),
                element => self.value(element.to_expression()),
            });
        }
        Kind::List(values)
    }

    /// `...x`.
    pub(super) fn spread(&mut self, argument: &'a Expression<'a>, at: oxc_span::Span) -> Value {
        let value = self.value(argument);
        Value::new(self.span(at), Kind::Spread(Box::new(value)))
    }

    pub(super) fn object(&mut self, object: &'a ObjectExpression<'a>) -> Kind {
        let mut entries = Vec::with_capacity(object.properties.len());
        for property in &object.properties {
            entries.push(match property {
                ObjectPropertyKind::ObjectProperty(property) => self.entry(property),
                ObjectPropertyKind::SpreadProperty(spread) => {
                    let at = self.span(spread.span);
                    Entry { key: None, at, value: self.spread(&spread.argument, spread.span) }
                }
            });
        }
        Kind::Object(entries)
    }

    fn entry(&mut self, property: &'a ObjectProperty<'a>) -> Entry {
        let (key, at) = self.key(&property.key);
        let value = match (&property.value, key.as_deref()) {
            (Expression::FunctionExpression(function), name) if property.method || property.kind.is_accessor() => {
                let at = self.span(property.span);
                let kind = self.function(function, name.map(|n| (n, self.span(property.key.span()))), at, None, Vec::new());
                Value::new(at, kind.map_or(Kind::Other, Kind::Function))
            }
            (value, name) => self.named(value, name.map(|n| (n, at))),
        };
        Entry { key, at, value }
    }

    /// The name of a key where it is literal; a computed one is read for what it calls.
    pub(super) fn key(&mut self, key: &'a PropertyKey<'a>) -> (Option<Text>, Span) {
        let at = self.span(key.span());
        let name = match key {
            PropertyKey::StaticIdentifier(name) => Some(Text::new(name.name)),
            PropertyKey::PrivateIdentifier(name) => Some(private(&name.name)),
            key => match self.value(key.to_expression()).kind {
                Kind::Text(text) => Some(text),
                Kind::Number(number) => Some(Text::from(number.to_string())),
                _ => None,
            },
        };
        (name, at)
    }

    /// An enumeration is an object of its members; those without a value count on from the one before.
    pub(super) fn enumeration(&mut self, declaration: &'a TSEnumDeclaration<'a>) {
        let at = self.span(declaration.span);
        let mut entries = Vec::with_capacity(declaration.body.members.len());
        let mut next = Some(0.0);
        for member in &declaration.body.members {
            let here = self.span(member.span);
            let key = match &member.id {
                TSEnumMemberName::Identifier(name) => Some(Text::new(name.name)),
                TSEnumMemberName::String(name) | TSEnumMemberName::ComputedString(name) => Some(Text::new(name.value)),
                TSEnumMemberName::ComputedTemplateString(name) => name.single_quasi().map(Text::new),
            };
            let value = match &member.initializer {
                Some(value) => self.value(value),
                None => Value::new(here, next.map_or(Kind::Other, Kind::Number)),
            };
            next = value.number().map(|n| n + 1.0);
            entries.push(Entry { key, at: self.span(member.id.span()), value });
        }
        let target = Target::Name(Text::new(declaration.id.name));
        self.assign(Assignment {
            target,
            value: Value::new(self.span(declaration.body.span), Kind::Object(entries)),
            annotation: None,
            declared: Declared::Const,
            function: self.function,
            class: None,
            branch: self.branch,
            at,
        });
    }
}

/// The name of a private member, with its mark.
pub(super) fn private(name: &str) -> Text {
    let mut text = Text::const_new("#");
    text.push_str(name);
    text
}

/// The text of a template's piece, escapes resolved where they can be.
fn cooked(element: &TemplateElement) -> Text {
    Text::new(element.value.cooked.unwrap_or(element.value.raw))
}
