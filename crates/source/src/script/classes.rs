//! Classes and their members.

use oxc_allocator::Vec as ArenaVec;
use oxc_ast::ast::{ClassElement, Decorator, Expression, MethodDefinition, MethodDefinitionKind, PropertyKey, TSTypeAnnotation};

use super::{Lowering, Named, expressions::inner};
use crate::{Class, ClassId, Kind, Parameter, Text, Value};

impl<'a> Lowering<'a> {
    pub(super) fn class(&mut self, class: &'a oxc_ast::ast::Class<'a>, name: Named<'_>) -> ClassId {
        let id = ClassId(self.module.classes.len() as u32);
        let at = self.span(with_decorators(class.span, &class.decorators));
        let own = class.id.as_ref().map(|id| (id.name.as_str(), self.span(id.span)));
        let (name, name_at) = own.or(name).map_or((Text::const_new(""), at), |(name, at)| (Text::new(name), at));
        let (function, branch) = (self.function, self.branch);
        self.module.classes.push(Class {
            name,
            bases: Vec::new(),
            decorators: Vec::new(),
            fields: Vec::new(),
            function,
            class: None,
            branch,
            at,
            name_at,
        });
        let decorators = self.decorators(&class.decorators);
        let mut bases = Vec::with_capacity(usize::from(class.heritage.is_some()) + class.implements.len());
        if let Some(heritage) = &class.heritage {
            bases.push(self.value(&heritage.expression));
        }
        for interface in &class.implements {
            let value = self.type_name(&interface.expression);
            bases.push(value);
        }
        if let Some(class) = self.module.classes.get_mut(id.0 as usize) {
            class.decorators = decorators;
            class.bases = bases;
        }
        let mut fields = Vec::new();
        for element in &class.body.body {
            self.element_of_class(id, element, &mut fields);
        }
        if let Some(class) = self.module.classes.get_mut(id.0 as usize) {
            class.fields = fields;
        }
        id
    }

    fn element_of_class(&mut self, id: ClassId, element: &'a ClassElement<'a>, fields: &mut Vec<Parameter>) {
        match element {
            ClassElement::StaticBlock(block) => self.statements(&block.body, block.span.end),
            ClassElement::MethodDefinition(method) => self.method(id, method, fields),
            ClassElement::PropertyDefinition(field) => {
                let parts = (&field.key, &field.decorators, &field.type_annotation, &field.value, field.span);
                self.field(id, parts, fields);
            }
            ClassElement::AccessorProperty(field) => {
                let parts = (&field.key, &field.decorators, &field.type_annotation, &field.value, field.span);
                self.field(id, parts, fields);
            }
            ClassElement::TSIndexSignature(_) => {}
        }
    }

    fn method(&mut self, id: ClassId, method: &'a MethodDefinition<'a>, fields: &mut Vec<Parameter>) {
        let decorators = self.decorators(&method.decorators);
        let (name, name_at) = self.key(&method.key);
        let at = self.span(with_decorators(method.span, &method.decorators));
        let Some(function) = self.function(&method.value, name.as_deref().map(|n| (n, name_at)), at, Some(id), decorators) else { return };
        if method.kind != MethodDefinitionKind::Constructor {
            return;
        }
        // `constructor(private readonly users: Users)` declares fields.
        let Some(parameters) = self.module.function(function).map(|f| &f.parameters) else { return };
        let declared = method.value.params.items.iter().filter(|p| p.has_modifier());
        for parameter in declared {
            let at = self.span(parameter.span);
            fields.extend(parameters.iter().find(|p| p.at == at).cloned());
        }
    }

    fn field(&mut self, id: ClassId, parts: FieldParts<'a>, fields: &mut Vec<Parameter>) {
        let (key, decorators, annotation, value, span) = parts;
        let has_decorators = !decorators.is_empty();
        let decorators = self.decorators(decorators);
        let (name, name_at) = self.key(key);
        let name = name.unwrap_or_default();
        let at = self.span(span);
        let named = (!name.is_empty()).then_some((name.as_str(), name_at));
        let default = value.as_ref().map(|value| match inner(value) {
            Expression::ArrowFunctionExpression(arrow) => {
                let function = self.deeper(arrow.span, |l| l.arrow(arrow, named, Some(id)));
                Value::new(self.span(arrow.span), function.map_or(Kind::Other, Kind::Function))
            }
            Expression::FunctionExpression(function) => {
                let at = self.span(function.span);
                let found = self.deeper(function.span, |l| l.function(function, named, at, Some(id), Vec::new())).flatten();
                Value::new(at, found.map_or(Kind::Other, Kind::Function))
            }
            value => self.named(value, named),
        });
        let annotation = annotation.as_ref().map(|t| self.annotation(&t.type_annotation));
        if default.is_some() || annotation.is_some() || has_decorators {
            fields.push(Parameter { name, parts: Vec::new(), default, annotation, decorators, at });
        }
    }

    pub(super) fn decorators(&mut self, decorators: &'a ArenaVec<'a, Decorator<'a>>) -> Vec<Value> {
        decorators.iter().map(|d| self.value(&d.expression)).collect()
    }
}

/// What a field or an accessor is made of.
type FieldParts<'a> = (
    &'a PropertyKey<'a>,
    &'a ArenaVec<'a, Decorator<'a>>,
    &'a Option<oxc_allocator::Box<'a, TSTypeAnnotation<'a>>>,
    &'a Option<Expression<'a>>,
    oxc_span::Span,
);

/// The bytes of a member with its decorators.
fn with_decorators(span: oxc_span::Span, decorators: &ArenaVec<'_, Decorator<'_>>) -> oxc_span::Span {
    decorators.first().map_or(span, |d| oxc_span::Span::new(d.span.start.min(span.start), span.end))
}
