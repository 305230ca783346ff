//! Markup within JavaScript: elements are calls.

use oxc_allocator::Vec as ArenaVec;
use oxc_ast::ast::{
    JSXAttribute, JSXAttributeItem, JSXAttributeName, JSXAttributeValue, JSXChild, JSXElement, JSXElementName, JSXExpression, JSXFragment,
    JSXMemberExpression, JSXMemberExpressionObject, JSXNamespacedName,
};
use oxc_span::GetSpan;

use super::{Lowering, other};
use crate::{Argument, CallId, Entry, Form, Kind, Text, Value};

impl<'a> Lowering<'a> {
    /// `<F a={x}>…</F>`.
    pub(super) fn element(&mut self, element: &'a JSXElement<'a>) -> CallId {
        let opening = &element.opening_element;
        let callee = self.element_name(&opening.name);
        let mut entries = Vec::with_capacity(opening.attributes.len());
        for attribute in &opening.attributes {
            entries.push(match attribute {
                JSXAttributeItem::Attribute(attribute) => self.attribute(attribute),
                JSXAttributeItem::SpreadAttribute(spread) => {
                    Entry { key: None, at: self.span(spread.span), value: self.spread(&spread.argument, spread.span) }
                }
            });
        }
        self.directives(&entries);
        let attributes = Value::new(self.span(opening.span), Kind::Object(entries));
        let mut arguments = Vec::with_capacity(1);
        arguments.push(Argument { name: None, value: attributes });
        self.children(&element.children, &mut arguments);
        self.record_call(callee, arguments, Form::Element, self.span(element.span))
    }

    /// Astro's `set:html={x}` is an element of that name besides, as it is outside of expressions.
    fn directives(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|e| e.key.as_deref() == Some("set:html")) {
            let callee = Value::new(entry.at, Kind::Name(Text::const_new("set:html")));
            let value = Entry { key: Some(Text::const_new("value")), at: entry.at, value: entry.value.clone() };
            let object = Value::new(entry.at, Kind::Object(vec![value]));
            self.record_call(callee, vec![Argument { name: None, value: object }], Form::Element, entry.at);
        }
    }

    /// `<>…</>` is an element of the name `Fragment`.
    pub(super) fn fragment(&mut self, fragment: &'a JSXFragment<'a>) -> CallId {
        let at = self.span(fragment.opening_fragment.span);
        let callee = Value::new(at, Kind::Name(Text::const_new("Fragment")));
        let mut arguments = vec![Argument { name: None, value: Value::new(at, Kind::Object(Vec::new())) }];
        self.children(&fragment.children, &mut arguments);
        self.record_call(callee, arguments, Form::Element, self.span(fragment.span))
    }

    fn children(&mut self, children: &'a ArenaVec<'a, JSXChild<'a>>, arguments: &mut Vec<Argument>) {
        for child in children {
            let at = child.span();
            let value = match child {
                JSXChild::Text(_) => continue,
                JSXChild::Element(element) => self.nested(at, |l| l.element(element)),
                JSXChild::Fragment(fragment) => self.nested(at, |l| l.fragment(fragment)),
                JSXChild::ExpressionContainer(container) => match &container.expression {
                    JSXExpression::EmptyExpression(_) => continue,
                    expression => self.value(expression.to_expression()),
                },
                JSXChild::Spread(spread) => self.spread(&spread.expression, spread.span),
            };
            arguments.push(Argument { name: None, value });
        }
    }

    fn nested(&mut self, at: oxc_span::Span, lower: impl FnOnce(&mut Self) -> CallId) -> Value {
        let id = self.deeper(at, lower);
        id.map_or_else(|| other(self.span(at)), |id| Value::new(self.span(at), Kind::Call(id)))
    }

    fn attribute(&mut self, attribute: &'a JSXAttribute<'a>) -> Entry {
        let key = match &attribute.name {
            JSXAttributeName::Identifier(name) => Text::new(name.name),
            JSXAttributeName::NamespacedName(name) => namespaced(name),
        };
        let at = self.span(attribute.name.span());
        let span = attribute.span;
        let value = match &attribute.value {
            None => Value::new(self.span(span), Kind::Bool(true)),
            Some(JSXAttributeValue::StringLiteral(text)) => Value::new(self.span(text.span), Kind::Text(Text::new(text.value))),
            Some(JSXAttributeValue::ExpressionContainer(container)) => match &container.expression {
                JSXExpression::EmptyExpression(_) => other(self.span(container.span)),
                expression => self.named(expression.to_expression(), Some((&key, at))),
            },
            Some(JSXAttributeValue::Element(element)) => self.nested(element.span, |l| l.element(element)),
            Some(JSXAttributeValue::Fragment(fragment)) => self.nested(fragment.span, |l| l.fragment(fragment)),
        };
        Entry { key: Some(key), at, value }
    }

    fn element_name(&mut self, name: &'a JSXElementName<'a>) -> Value {
        let kind = match name {
            JSXElementName::Identifier(name) => Kind::Name(Text::new(name.name)),
            JSXElementName::IdentifierReference(name) => Kind::Name(Text::new(name.name)),
            JSXElementName::NamespacedName(name) => Kind::Name(namespaced(name)),
            JSXElementName::MemberExpression(member) => return self.element_member(member),
            JSXElementName::ThisExpression(_) => Kind::Name(Text::const_new("this")),
        };
        Value::new(self.span(name.span()), kind)
    }

    fn element_member(&mut self, member: &'a JSXMemberExpression<'a>) -> Value {
        let at = self.span(member.span);
        let of = self.deeper(member.span, |l| match &member.object {
            JSXMemberExpressionObject::IdentifierReference(name) => Value::new(l.span(name.span), Kind::Name(Text::new(name.name))),
            JSXMemberExpressionObject::MemberExpression(member) => l.element_member(member),
            JSXMemberExpressionObject::ThisExpression(this) => Value::new(l.span(this.span), Kind::Name(Text::const_new("this"))),
        });
        match of {
            Some(of) => Value::new(at, Kind::Member(Box::new(of), Text::new(member.property.name))),
            None => other(at),
        }
    }
}

/// `a:b`.
fn namespaced(name: &JSXNamespacedName) -> Text {
    Text::from(format!("{}:{}", name.namespace.name, name.name.name))
}
