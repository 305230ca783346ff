//! What declarations and parameters bind.

use oxc_ast::ast::{ArrayPattern, BindingPattern, ObjectPattern, VariableDeclaration, VariableDeclarationKind, VariableDeclarator};
use oxc_span::GetSpan;
use plimsoll_base::Span;

use super::{Lowering, other};
use crate::{Assignment, Declared, Kind, Operator, Target, Text, Value};

/// The key of what is left over: `{ a, ...rest }`.
pub(super) const REST: Text = Text::const_new("*");

impl<'a> Lowering<'a> {
    pub(super) fn variables(&mut self, declaration: &'a VariableDeclaration<'a>) {
        for declarator in &declaration.declarations {
            if let Some(value) = self.declared(declaration.kind, declarator) {
                let declared = match declaration.kind {
                    VariableDeclarationKind::Var | VariableDeclarationKind::Let => Declared::Let,
                    _ => Declared::Const,
                };
                let at = self.span(declarator.span);
                let annotation = declarator.type_annotation.as_ref().map(|t| self.annotation(&t.type_annotation));
                self.bind(&declarator.id, value, annotation, declared, at);
            }
        }
    }

    /// The value of a declaration that has one.
    fn declared(&mut self, kind: VariableDeclarationKind, declarator: &'a VariableDeclarator<'a>) -> Option<Value> {
        let name = declarator.id.get_binding_identifier().map(|id| (id.name.as_str(), self.span(id.span)));
        let value = self.named(declarator.init.as_ref()?, name);
        if kind.is_using() {
            self.mark(&value, &|call| call.context = true);
        }
        Some(value)
    }

    /// Writes down what a pattern binds to a value.
    pub(super) fn bind(&mut self, pattern: &'a BindingPattern<'a>, value: Value, annotation: Option<Value>, declared: Declared, at: Span) {
        let target = match pattern {
            BindingPattern::BindingIdentifier(name) => {
                let name = Text::new(name.name);
                self.bind_import(&value, &name);
                Target::Name(name)
            }
            BindingPattern::ObjectPattern(object) => {
                let mut parts = Vec::with_capacity(object.properties.len());
                self.deeper(object.span, |l| l.parts(object, "", &mut parts, Some((&value, declared))));
                self.bind_parts(&value, &parts);
                Target::Parts(parts)
            }
            BindingPattern::ArrayPattern(array) => Target::Elements(self.elements(array, &value, declared, at)),
            BindingPattern::AssignmentPattern(with_default) => {
                self.effects(Some(&with_default.right));
                return self.deeper(with_default.span, |l| l.bind(&with_default.left, value, annotation, declared, at)).unwrap_or_default();
            }
        };
        let (function, branch) = (self.function, self.branch);
        self.assign(Assignment { target, value, annotation, declared, function, class: None, branch, at });
    }

    fn elements(&mut self, array: &'a ArrayPattern<'a>, value: &Value, declared: Declared, at: Span) -> Vec<Text> {
        let mut names = Vec::with_capacity(array.elements.len());
        for (index, element) in array.elements.iter().enumerate() {
            let Some(element) = element else {
                names.push(Text::default());
                continue;
            };
            let (pattern, default) = with_default(element);
            let index = Value::new(at, Kind::Number(index as f64));
            let part = step(value).map(|of| Value::new(at, Kind::Index(Box::new(of), Some(Box::new(index)))));
            match pattern {
                BindingPattern::BindingIdentifier(name) => {
                    names.push(Text::new(name.name));
                    if let Some(default) = default {
                        let default = self.value(default);
                        self.defaulted(&name.name, part, default, declared);
                    }
                }
                pattern => {
                    names.push(Text::default());
                    self.effects(default);
                    let part = part.unwrap_or_else(|| other(at));
                    self.deeper(pattern.span(), |l| l.bind(pattern, part, None, declared, at));
                }
            }
        }
        names.extend(array.rest.as_ref().map(|rest| rest.argument.get_identifier_name().map(Text::new).unwrap_or_default()));
        names
    }

    /// The names that an object's pattern gives, with the keys they come from; of a pattern within it, the path of keys with dots. A name with a
    /// default is assigned to once more, as what it is or else the default, where the value is known.
    pub(super) fn parts(
        &mut self,
        object: &'a ObjectPattern<'a>,
        path: &str,
        parts: &mut Vec<(Text, Text)>,
        from: Option<(&Value, Declared)>,
    ) {
        for property in &object.properties {
            let (key, at) = self.key(&property.key);
            let mut key = key.unwrap_or_default();
            if !path.is_empty() {
                key = Text::from(format!("{path}.{key}"));
            }
            let (pattern, default) = with_default(&property.value);
            match pattern {
                BindingPattern::BindingIdentifier(name) => {
                    parts.push((key.clone(), Text::new(name.name)));
                    let Some(default) = default else { continue };
                    let default = self.named(default, Some((&name.name, self.span(name.span))));
                    if let Some((value, declared)) = from {
                        let part = key
                            .split('.')
                            .try_fold(step(value), |of, k| Some(of.map(|of| Value::new(at, Kind::Member(Box::new(of), Text::new(k))))));
                        self.defaulted(&name.name, part.flatten(), default, declared);
                    }
                }
                pattern => {
                    self.effects(default);
                    self.within(pattern, &key, parts, from);
                }
            }
        }
        if let Some(rest) = &object.rest
            && let Some(name) = rest.argument.get_identifier_name()
        {
            parts.push((REST, Text::new(name)));
        }
    }

    /// The names of a pattern within an object's pattern.
    pub(super) fn within(
        &mut self,
        pattern: &'a BindingPattern<'a>,
        key: &str,
        parts: &mut Vec<(Text, Text)>,
        from: Option<(&Value, Declared)>,
    ) {
        self.deeper(pattern.span(), |l| match pattern {
            BindingPattern::BindingIdentifier(name) => parts.push((Text::new(key), Text::new(name.name))),
            BindingPattern::ObjectPattern(object) => l.parts(object, key, parts, from),
            BindingPattern::AssignmentPattern(with_default) => {
                l.effects(Some(&with_default.right));
                l.within(&with_default.left, key, parts, from);
            }
            BindingPattern::ArrayPattern(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    if let Some(element) = element {
                        l.within(element, &format!("{key}.{index}"), parts, from);
                    }
                }
                if let Some(name) = array.rest.as_ref().and_then(|rest| rest.argument.get_identifier_name()) {
                    parts.push((REST, Text::new(name)));
                }
            }
        });
    }

    /// A name that is a part of a value or else a default.
    fn defaulted(&mut self, name: &str, part: Option<Value>, default: Value, declared: Declared) {
        let at = default.span;
        let value = match part {
            Some(part) => Value::new(at, Kind::Binary(Operator::Default, Box::new(part), Box::new(default))),
            None => return,
        };
        let (target, function, branch) = (Target::Name(Text::new(name)), self.function, self.branch);
        self.assign(Assignment { target, value, annotation: None, declared, function, class: None, branch, at });
    }
}

/// A pattern without its default, and the default.
pub(super) fn with_default<'a>(pattern: &'a BindingPattern<'a>) -> (&'a BindingPattern<'a>, Option<&'a oxc_ast::ast::Expression<'a>>) {
    match pattern {
        BindingPattern::AssignmentPattern(pattern) => (&pattern.left, Some(&pattern.right)),
        pattern => (pattern, None),
    }
}

/// A value that parts are taken of, where it is a name, a member or a call: those are small.
fn step(value: &Value) -> Option<Value> {
    let mut of = value;
    for _ in 0..8 {
        match &of.kind {
            Kind::Name(_) | Kind::Call(_) => return Some(value.clone()),
            Kind::Member(next, _) => of = next,
            Kind::Index(next, Some(index)) if matches!(index.kind, Kind::Number(_) | Kind::Name(_)) => of = next,
            _ => return None,
        }
    }
    None
}
