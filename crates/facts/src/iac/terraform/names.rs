//! Names of a module: its variables with what is given to them, its locals, its outputs. Each is evaluated once.

use std::rc::Rc;

use plimsoll_syntax::hcl::{Expr, ExprKind};

use super::eval::{Context, Evaluator, Key, Name};
use super::term::{Entry, Extent, Kind, Term};

impl<'a> Evaluator<'a> {
    /// A name of a module, evaluated once. One that leads back to itself is unknown.
    fn once(&self, key: Key<'a>, value: impl FnOnce() -> Option<Term>) -> Option<Term> {
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        self.known.borrow_mut().insert(key, None);
        let found = value();
        self.known.borrow_mut().insert(key, found.clone());
        found
    }

    pub(super) fn local(&self, module: usize, name: &str) -> Option<Term> {
        let here = self.module(module);
        let (key, (unit, expr)) = here.folder.locals.get_key_value(name)?;
        self.once((module, Name::Local, key), || Some(self.eval(expr, &here.context(module, unit))))
    }

    pub(super) fn variable(&self, module: usize, name: &str) -> Option<Term> {
        let here = self.module(module);
        let (key, (unit, block)) = here.folder.variables.get_key_value(name)?;
        self.once((module, Name::Variable, key), || {
            let cx = here.context(module, unit);
            let kind = block.body.get("type");
            let given = match &here.call {
                None => self.given.get(name).cloned(),
                Some(call) => call.block.body.get(name).map(|e| call.evaluate(self, e)),
            };
            let not_null = block.body.get("nullable").and_then(Expr::as_bool) == Some(false);
            let given = given.filter(|g| !(g.is_null() && not_null));
            let value = match (given, block.body.get("default")) {
                (Some(given), _) => given,
                (None, Some(default)) => self.eval(default, &cx),
                (None, None) => return Some(Term::unknown(format!("${{{}var.{name}}}", here.prefix), cx.at(block.head))),
            };
            Some(match kind {
                Some(kind) => self.conform(value, kind, &cx, 0),
                None => value,
            })
        })
    }

    pub(super) fn output(&self, module: usize, name: &str) -> Option<Term> {
        let here = self.module(module);
        let (key, (unit, block)) = here.folder.outputs.get_key_value(name)?;
        self.once((module, Name::Output, key), || Some(self.eval(block.body.get("value")?, &here.context(module, unit))))
    }

    /// A value as its type makes it: `optional` attributes that are not given have their default or are null.
    fn conform(&self, value: Term, kind: &Expr, cx: &Context<'_>, depth: usize) -> Term {
        let ExprKind::Call { name, args, .. } = &kind.kind else { return value };
        let Some(inner) = args.first().filter(|_| depth < 8) else { return value };
        if !mentions_optional(inner, 0) {
            return value;
        }
        match (name.as_str(), &value.kind) {
            ("list" | "set", Kind::List(items, extent)) => {
                let items = items.iter().map(|i| self.conform(i.clone(), inner, cx, depth + 1)).collect();
                Term::new(Kind::List(Rc::new(items), *extent), value.at)
            }
            ("map", Kind::Map(entries, extent)) => {
                let entries = entries.iter().map(|e| Entry { value: self.conform(e.value.clone(), inner, cx, depth + 1), ..e.clone() });
                Term::new(Kind::Map(Rc::new(entries.collect()), *extent), value.at)
            }
            ("object", Kind::Map(entries, extent)) => {
                self.charge(entries.len() + inner.entries().len());
                let mut found: Vec<Entry> = Vec::new();
                for (key, kind) in inner.entries() {
                    let Some(key) = key.scalar() else { continue };
                    let (kind, default) = match &kind.kind {
                        ExprKind::Call { name, args, .. } if name == "optional" => (args.first().unwrap_or(kind), args.get(1)),
                        _ => (kind, None),
                    };
                    let given = entries.iter().find(|e| &*e.name == key);
                    let (at, of) = match (given.filter(|g| !g.value.is_null() || default.is_none()), default) {
                        (Some(given), _) => (given.at, given.value.clone()),
                        (None, _) if *extent == Extent::Part => continue,
                        (None, Some(default)) => (cx.at(default.span), self.eval(default, cx)),
                        (None, None) => (value.at, Term::null(value.at)),
                    };
                    found.push(Entry { name: key.into(), at, value: self.conform(of, kind, cx, depth + 1) });
                }
                Term::new(Kind::Map(Rc::new(found), *extent), value.at)
            }
            _ => value,
        }
    }
}

fn mentions_optional(kind: &Expr, depth: usize) -> bool {
    depth < 8
        && match &kind.kind {
            ExprKind::Call { name, args, .. } => name == "optional" || args.iter().any(|a| mentions_optional(a, depth + 1)),
            ExprKind::Object(entries) => entries.iter().any(|(_, v)| mentions_optional(v, depth + 1)),
            _ => false,
        }
}
