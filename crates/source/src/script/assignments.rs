//! Assignments, and the modules and exports that they bind.

use oxc_ast::ast::{
    AssignmentExpression, AssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetProperty, Expression, SimpleAssignmentTarget,
    UpdateExpression,
};
use oxc_span::GetSpan;
use oxc_syntax::operator::AssignmentOperator;
use plimsoll_base::Span;

use super::{Lowering, literals::private, other, patterns::REST};
use crate::{Assignment, Declared, Export, ImportKind, Kind, Target, Text, Value, When};

impl<'a> Lowering<'a> {
    pub(super) fn assign(&mut self, assignment: Assignment) {
        self.module.assignments.push(assignment);
    }

    /// An assignment as a statement: nothing uses its value.
    pub(super) fn assignment(&mut self, expression: &'a AssignmentExpression<'a>) {
        let (target, value, declared) = self.assigned(expression);
        self.record(expression, target, value, declared);
    }

    /// An assignment whose value is used. What is small is given twice; of the rest, the place is given where it can now be read.
    pub(super) fn assignment_value(&mut self, expression: &'a AssignmentExpression<'a>) -> Value {
        let (target, value, declared) = self.assigned(expression);
        let small = is_small(&value.kind);
        let used = match &target {
            _ if small && declared == Declared::Assigned => value.clone(),
            Some(Target::Name(name)) => Value::new(self.span(expression.left.span()), Kind::Name(name.clone())),
            Some(Target::Place(place)) if self.depth < super::MAX_DEPTH / 2 => place.clone(),
            _ => other(value.span),
        };
        self.record(expression, target, value, declared);
        used
    }

    /// What is assigned to, what, and how. No target where it is a pattern, whose parts are then written down by themselves.
    fn assigned(&mut self, expression: &'a AssignmentExpression<'a>) -> (Option<Target>, Value, Declared) {
        let target = self.target(&expression.left);
        let name = match &target {
            Some(Target::Name(name)) => Some(name.clone()),
            Some(Target::Place(Value { kind: Kind::Member(_, name), .. })) => Some(name.clone()),
            _ => None,
        };
        let name = name.as_deref().map(|n| (n, self.span(expression.left.span())));
        if !expression.operator.is_logical() {
            let value = self.named(&expression.right, name);
            let declared = if expression.operator == AssignmentOperator::Assign { Declared::Assigned } else { Declared::Changed };
            return (target, value, declared);
        }
        let test = match &target {
            Some(Target::Name(name)) => Value::new(self.span(expression.left.span()), Kind::Name(name.clone())),
            Some(Target::Place(place)) => place.clone(),
            _ => other(self.span(expression.left.span())),
        };
        let opened = self.open(self.span(expression.right.span()));
        let value = self.named(&expression.right, name);
        self.close(opened, || When::Test(test, expression.operator == AssignmentOperator::LogicalAnd));
        (target, value, Declared::Changed)
    }

    fn record(&mut self, expression: &'a AssignmentExpression<'a>, target: Option<Target>, value: Value, declared: Declared) {
        let at = self.span(expression.span);
        match target {
            Some(target) => {
                if let Target::Place(place) = &target {
                    self.export_place(place, &value, at);
                }
                if let Target::Name(name) = &target {
                    self.bind_import(&value, name);
                }
                let (function, branch) = (self.function, self.branch);
                self.assign(Assignment { target, value, annotation: None, declared, function, class: None, branch, at });
            }
            None => self.assign_pattern(&expression.left, value, at),
        }
    }

    /// `x++`.
    pub(super) fn update(&mut self, update: &'a UpdateExpression<'a>) {
        let at = self.span(update.span);
        let target = self.simple_target(&update.argument);
        let (value, function, branch) = (Value::new(at, Kind::Number(1.0)), self.function, self.branch);
        self.assign(Assignment { target, value, annotation: None, declared: Declared::Changed, function, class: None, branch, at });
    }

    /// The name or place that is assigned to; none for a pattern.
    pub(super) fn target(&mut self, target: &'a AssignmentTarget<'a>) -> Option<Target> {
        target.as_simple_assignment_target().map(|simple| self.simple_target(simple))
    }

    fn simple_target(&mut self, target: &'a SimpleAssignmentTarget<'a>) -> Target {
        let span = self.span(target.span());
        let value = match target {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(name) => return Target::Name(Text::new(name.name)),
            SimpleAssignmentTarget::StaticMemberExpression(member) => {
                let of = self.value(&member.object);
                Value::new(span, Kind::Member(Box::new(of), Text::new(member.property.name)))
            }
            SimpleAssignmentTarget::PrivateFieldExpression(member) => {
                let of = self.value(&member.object);
                Value::new(span, Kind::Member(Box::new(of), private(&member.field.name)))
            }
            SimpleAssignmentTarget::ComputedMemberExpression(member) => {
                let of = self.value(&member.object);
                let index = self.value(&member.expression);
                Value::new(
                    span,
                    match index.kind {
                        Kind::Text(name) => Kind::Member(Box::new(of), name),
                        _ => Kind::Index(Box::new(of), Some(Box::new(index))),
                    },
                )
            }
            _ => match target.get_expression() {
                Some(expression) => self.value(expression),
                None => other(span),
            },
        };
        match value.kind {
            Kind::Name(name) if name != "this" => Target::Name(name),
            _ => Target::Place(value),
        }
    }

    /// `[a, b] = x`, `({ a, b: c } = x)`.
    pub(super) fn assign_pattern(&mut self, pattern: &'a AssignmentTarget<'a>, value: Value, at: Span) {
        let target = match pattern {
            AssignmentTarget::ArrayAssignmentTarget(array) => {
                let mut names = Vec::with_capacity(array.elements.len());
                for element in &array.elements {
                    names.push(element.as_ref().map(|e| self.assigned_name(e)).unwrap_or_default());
                }
                names.extend(array.rest.as_ref().map(|rest| self.target_name(&rest.target)));
                Target::Elements(names)
            }
            AssignmentTarget::ObjectAssignmentTarget(object) => {
                let mut parts = Vec::with_capacity(object.properties.len());
                for property in &object.properties {
                    parts.push(match property {
                        AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(property) => {
                            self.effects(property.init.as_ref());
                            let name = Text::new(property.binding.name);
                            (name.clone(), name)
                        }
                        AssignmentTargetProperty::AssignmentTargetPropertyProperty(property) => {
                            let (key, _) = self.key(&property.name);
                            (key.unwrap_or_default(), self.assigned_name(&property.binding))
                        }
                    });
                }
                parts.extend(object.rest.as_ref().map(|rest| (REST, self.target_name(&rest.target))));
                Target::Parts(parts)
            }
            _ => return,
        };
        if let Target::Parts(parts) = &target {
            self.bind_parts(&value, parts);
        }
        let (function, branch) = (self.function, self.branch);
        self.assign(Assignment { target, value, annotation: None, declared: Declared::Assigned, function, class: None, branch, at });
    }

    /// The name that a part of a pattern assigns to; empty where it is a place or a further pattern, whose parts are then assignments of their own.
    fn assigned_name(&mut self, target: &'a AssignmentTargetMaybeDefault<'a>) -> Text {
        match target {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(target) => {
                self.effects(Some(&target.init));
                self.target_name(&target.binding)
            }
            target => target.as_assignment_target().map(|t| self.target_name(t)).unwrap_or_default(),
        }
    }

    fn target_name(&mut self, target: &'a AssignmentTarget<'a>) -> Text {
        let at = target.span();
        let found = self.deeper(at, |l| {
            let value = other(l.span(at));
            match l.target(target) {
                Some(Target::Name(name)) => name,
                Some(target) => {
                    let (function, branch, at) = (l.function, l.branch, value.span);
                    l.assign(Assignment {
                        target,
                        value,
                        annotation: None,
                        declared: Declared::Assigned,
                        function,
                        class: None,
                        branch,
                        at,
                    });
                    Text::default()
                }
                None => {
                    let at = value.span;
                    l.assign_pattern(target, value, at);
                    Text::default()
                }
            }
        });
        found.unwrap_or_default()
    }

    /// Lowers an expression for what it calls.
    pub(super) fn effects(&mut self, expression: Option<&'a Expression<'a>>) {
        if let Some(expression) = expression {
            self.value(expression);
        }
    }

    /// `module.exports = x`, `exports.name = x`, `module.exports.name = x`.
    fn export_place(&mut self, place: &Value, value: &Value, at: Span) {
        let name = match &place.kind {
            _ if place.is("module.exports") => Text::const_new("*"),
            Kind::Member(of, name) if of.is("exports") || of.is("module.exports") => name.clone(),
            _ => return,
        };
        self.module.exports.push(Export { name, value: value.clone(), at });
    }

    /// The import that a value is, where it is not yet known what it is bound to.
    fn unbound(&self, value: &Value) -> Option<usize> {
        let (call, import) = self.required?;
        let of = match &value.kind {
            Kind::Member(of, _) => of,
            _ => value,
        };
        let found = self.module.imports.get(import)?;
        let awaited = || self.module.calls.get(call.0 as usize).is_some_and(|c| c.awaited);
        (of.kind == Kind::Call(call) && found.local.is_none() && (found.kind == ImportKind::Require || awaited())).then_some(import)
    }

    /// `x = require('m')`, `x = require('m').y`, `x = await import('m')`.
    pub(super) fn bind_import(&mut self, value: &Value, local: &Text) {
        if let Some(import) = self.unbound(value).and_then(|i| self.module.imports.get_mut(i)) {
            import.local = Some(local.clone());
            self.required = None;
        }
    }

    /// `{ a, b: c } = require('m')`: an import of each.
    pub(super) fn bind_parts(&mut self, value: &Value, parts: &[(Text, Text)]) {
        if !matches!(value.kind, Kind::Call(_)) || parts.is_empty() {
            return;
        }
        let Some(index) = self.unbound(value) else { return };
        let Some(template) = self.module.imports.get(index).cloned() else { return };
        let named =
            |(name, local): &(Text, Text)| crate::Import { name: Some(name.clone()), local: Some(local.clone()), ..template.clone() };
        self.module.imports.splice(index..=index, parts.iter().map(named));
        self.required = None;
    }

    /// `require('m');`: for its effects.
    pub(super) fn bind_effects(&mut self, value: &Value) {
        if matches!(value.kind, Kind::Call(_))
            && let Some(import) = self.unbound(value).and_then(|i| self.module.imports.get_mut(i))
        {
            import.name = None;
            self.required = None;
        }
    }
}

/// Whether a value is small enough to be given twice.
pub(super) fn is_small(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Text(_)
            | Kind::Number(_)
            | Kind::Bool(_)
            | Kind::Nothing
            | Kind::Name(_)
            | Kind::Call(_)
            | Kind::Function(_)
            | Kind::Class(_)
    )
}
