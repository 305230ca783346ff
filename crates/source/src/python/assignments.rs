//! Assignments, and the fields of classes that they are.

use plimsoll_base::Span;
use ruff_python_ast::{self as ast, Expr};

use super::{Reader, at, span};
use crate::{Assignment, Declared, FunctionId, Kind, Parameter, Target, Text, Value};

impl Reader<'_> {
    /// `a = b = value`: one assignment for each target.
    pub(super) fn assignment(&mut self, node: &mut ast::StmtAssign) {
        let place = span(node.range);
        let value = match node.targets.first() {
            Some(Expr::Name(name)) => self.named(&mut node.value, name.id.as_str()),
            _ => self.expression(&mut node.value),
        };
        let Some((last, others)) = node.targets.split_last_mut() else { return };
        for target in others {
            let copy = self.copy(&value);
            self.define(target, None, Some(copy), place);
        }
        self.define(last, None, Some(value), place);
    }
    /// `a: X = value`, `a: X`.
    pub(super) fn annotated_assignment(&mut self, node: &mut ast::StmtAnnAssign) {
        let annotation = self.annotated(&mut node.annotation);
        let value = node.value.as_mut().map(|value| match &*node.target {
            Expr::Name(name) => self.named(value, name.id.as_str()),
            _ => self.expression(value),
        });
        self.define(&mut node.target, Some(annotation), value, span(node.range));
    }
    /// `a += value`.
    pub(super) fn change(&mut self, node: &mut ast::StmtAugAssign) {
        let value = self.expression(&mut node.value);
        self.assign(&mut node.target, value, Declared::Changed, span(node.range));
    }
    /// An assignment by a statement; in the body of a class, a name is a field of it.
    fn define(&mut self, target: &mut Expr, annotation: Option<Value>, value: Option<Value>, place: Span) {
        if let (Some(class), Expr::Name(name)) = (self.class, &*target) {
            let field = Parameter {
                name: Text::new(name.id.as_str()),
                parts: Vec::new(),
                default: value.as_ref().map(|v| self.copy(v)),
                annotation: annotation.as_ref().map(|a| self.copy(a)),
                decorators: Vec::new(),
                at: place,
            };
            if let Some(class) = self.module.classes.get_mut(class.0 as usize) {
                class.fields.push(field);
            }
        }
        let Some(value) = value else {
            self.calls_in(target);
            return;
        };
        let before = self.module.assignments.len();
        self.assign(target, value, Declared::Assigned, place);
        if let (Some(annotation), Some(assignment)) = (annotation, self.module.assignments.get_mut(before)) {
            assignment.annotation = Some(annotation);
        }
    }
    /// An assignment to whatever stands on its left side.
    pub(super) fn assign(&mut self, target: &mut Expr, value: Value, declared: Declared, place: Span) {
        let target = match target {
            Expr::Name(name) => Target::Name(Text::new(name.id.as_str())),
            Expr::Attribute(_) | Expr::Subscript(_) => Target::Place(self.expression(target)),
            Expr::Tuple(tuple) if self.depth < super::expressions::MAX_DEPTH => {
                return self.unpack(&mut tuple.elts, value, declared, place);
            }
            Expr::List(list) if self.depth < super::expressions::MAX_DEPTH => return self.unpack(&mut list.elts, value, declared, place),
            _ => return self.calls_in(target),
        };
        let declared = match &target {
            Target::Name(name) if declared == Declared::Assigned && self.function != FunctionId::BODY && self.outer.contains(name) => {
                Declared::Outer
            }
            _ => declared,
        };
        let (function, class, branch) = (self.function, self.class, self.branch);
        self.module.assignments.push(Assignment { target, value, annotation: None, declared, function, class, branch, at: place });
    }
    /// `a, b = …`: one by one where the right side has as many values, else as elements; those that are no names get theirs by index.
    fn unpack(&mut self, targets: &mut [Expr], value: Value, declared: Declared, place: Span) {
        let starred = targets.iter().any(Expr::is_starred_expr);
        self.depth += 1;
        match value.kind {
            Kind::List(values) if declared == Declared::Assigned && !starred && pairs(targets, &values) => {
                for (target, value) in targets.iter_mut().zip(values) {
                    self.define(target, None, Some(value), place);
                }
            }
            _ => self.elements_of(targets, value, declared, place),
        }
        self.depth -= 1;
    }
    fn elements_of(&mut self, targets: &mut [Expr], value: Value, declared: Declared, place: Span) {
        let names = targets.iter().map(element).collect();
        for (index, target) in targets.iter_mut().enumerate().filter(|(_, t)| element(t).is_empty()) {
            let inner = match target {
                Expr::Starred(starred) => &mut *starred.value,
                other => other,
            };
            let of = self.copy(&value);
            let part = match declared {
                Declared::Bound => of,
                _ => {
                    let by = Value::new(at(inner), Kind::Number(f64::from(super::index(index))));
                    Value::new(value.span, Kind::Index(Box::new(of), Some(Box::new(by))))
                }
            };
            self.assign(inner, part, declared, place);
        }
        let (function, class, branch) = (self.function, self.class, self.branch);
        let target = Target::Elements(names);
        self.module.assignments.push(Assignment { target, value, annotation: None, declared, function, class, branch, at: place });
    }
}

/// The name that an element of a tuple binds.
fn element(target: &Expr) -> Text {
    match target {
        Expr::Name(name) => Text::new(name.id.as_str()),
        Expr::Starred(starred) => match &*starred.value {
            Expr::Name(name) => Text::new(name.id.as_str()),
            _ => Text::default(),
        },
        _ => Text::default(),
    }
}

/// Whether each target has its own value.
fn pairs(targets: &[Expr], values: &[Value]) -> bool {
    targets.len() == values.len() && !values.iter().any(|v| matches!(v.kind, Kind::Spread(_)))
}
