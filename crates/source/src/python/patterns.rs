//! `match`: what an arm compares its subject with, and what it binds.

use plimsoll_base::Span;
use ruff_python_ast::{self as ast, Identifier, Pattern, Singleton};

use super::{Reader, at, span};
use crate::{Assignment, Declared, Entry, Kind, Operator, Target, Text, Value, When};

/// Alternatives of one pattern that are kept apart, from the last one backwards.
const MAX_ALTERNATIVES: usize = 48;

impl Reader<'_> {
    /// The arms of `match`, each a branch, with its guard as a branch within.
    pub(super) fn matches(&mut self, node: &mut ast::StmtMatch) {
        let subject = self.expression(&mut node.subject);
        let around = self.branch;
        for case in &mut node.cases {
            let of = self.copy(&subject);
            let arm = self.enter(When::Case(of, None), span(case.range));
            let pattern = self.pattern(&mut case.pattern, &subject);
            if let Some(pattern) = pattern {
                let of = self.copy(&subject);
                self.explain(arm, When::Case(of, Some(pattern)));
            }
            if let Some(guard) = &mut case.guard {
                let test = self.expression(guard);
                self.enter(When::Test(test, true), span(case.range));
            }
            self.block(&mut case.body);
            self.branch = around;
        }
    }
    /// What a pattern compares with; none where it takes everything. Names that it captures are bound to the subject.
    fn pattern(&mut self, pattern: &mut Pattern, subject: &Value) -> Option<Value> {
        let place = at(pattern);
        let kind = match pattern {
            Pattern::MatchValue(node) => return Some(self.expression(&mut node.value)),
            Pattern::MatchSingleton(node) => match node.value {
                Singleton::None => Kind::Nothing,
                Singleton::True => Kind::Bool(true),
                Singleton::False => Kind::Bool(false),
            },
            Pattern::MatchSequence(node) => Kind::List(self.inner(&mut node.patterns, subject)),
            Pattern::MatchMapping(node) => {
                let keys: Vec<Value> = node.keys.iter_mut().map(|key| self.expression(key)).collect();
                let values = self.inner(&mut node.patterns, subject);
                self.capture(node.rest.as_ref(), subject);
                let key = |value: &Value| value.text().map(Text::new);
                Kind::Object(keys.iter().zip(values).map(|(k, value)| Entry { key: key(k), at: k.span, value }).collect())
            }
            Pattern::MatchClass(node) => {
                let class = self.expression(&mut node.cls);
                self.inner(&mut node.arguments.patterns, subject);
                for keyword in &mut node.arguments.keywords {
                    self.pattern(&mut keyword.pattern, subject);
                }
                class.kind
            }
            Pattern::MatchStar(node) => {
                self.capture(node.name.as_ref(), subject);
                Kind::Spread(Box::new(Value::new(place, Kind::Other)))
            }
            Pattern::MatchAs(node) => {
                let inner = node.pattern.as_mut().and_then(|p| self.pattern(p, subject));
                self.capture(node.name.as_ref(), subject);
                return inner;
            }
            Pattern::MatchOr(node) => {
                let alternatives: Vec<Option<Value>> = node.patterns.iter_mut().map(|p| self.pattern(p, subject)).collect();
                return any_of(alternatives.into_iter().collect::<Option<Vec<Value>>>()?);
            }
        };
        Some(Value::new(place, kind))
    }
    fn inner(&mut self, patterns: &mut [Pattern], subject: &Value) -> Vec<Value> {
        let read = |p: &mut Pattern| {
            let place = at(p);
            self.pattern(p, subject).unwrap_or(Value::new(place, Kind::Other))
        };
        patterns.iter_mut().map(read).collect()
    }
    fn capture(&mut self, name: Option<&Identifier>, subject: &Value) {
        let Some(name) = name else { return };
        let (target, value) = (Target::Name(Text::new(name.as_str())), self.copy(subject));
        let (function, class, branch) = (self.function, self.class, self.branch);
        let at = at(name);
        self.module.assignments.push(Assignment {
            target,
            value,
            annotation: None,
            declared: Declared::Bound,
            function,
            class,
            branch,
            at,
        });
    }
}

/// Alternatives as values joined by "or".
fn any_of(values: Vec<Value>) -> Option<Value> {
    let dropped = values.len().saturating_sub(MAX_ALTERNATIVES);
    values.into_iter().skip(dropped).reduce(|left, right| {
        let whole = Span { start: left.span.start, end: right.span.end };
        Value::new(whole, Kind::Binary(Operator::Or, Box::new(left), Box::new(right)))
    })
}
