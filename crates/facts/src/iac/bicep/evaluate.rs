//! Expressions of Bicep and ARM with parameters, variables and modules inserted.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{FileId, Location};

use super::parse::{Declaration, Expr, Kind, Part, Role};
use crate::iac::value::{Field, Shape, Value};

/// Expressions evaluated in one root; beyond it everything is unknown.
const MAX_STEPS: u32 = 200_000;
/// Expressions within expressions, variables within variables.
const MAX_DEPTH: usize = 96;
/// The longest text that is put together, in bytes.
pub(super) const MAX_TEXT: usize = 16 * 1024;
/// Fields or items that one function puts together.
pub(super) const MAX_ITEMS: usize = 500;

/// What the names of one file mean.
pub(super) struct Scope<'a> {
    pub(super) file: FileId,
    parameters: BTreeMap<String, Value>,
    variables: BTreeMap<String, &'a Expr>,
    /// Resources by their symbolic name: what Terraform calls them and the path of the module.
    pub(super) resources: BTreeMap<String, String>,
    outputs: RefCell<BTreeMap<String, BTreeMap<String, Value>>>,
    /// Names that a loop binds.
    bound: RefCell<Vec<(String, Value)>>,
    open: RefCell<BTreeSet<String>>,
    steps: Cell<u32>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(file: FileId, parameters: BTreeMap<String, Value>, declarations: &'a [Declaration], steps: u32) -> Self {
        let of = |role: Role| declarations.iter().filter(move |d| d.role == role);
        let mut scope = Self {
            file,
            parameters,
            variables: of(Role::Variable).filter_map(|d| Some((d.name.clone(), d.value.as_ref()?))).collect(),
            resources: BTreeMap::new(),
            outputs: RefCell::default(),
            bound: RefCell::default(),
            open: RefCell::default(),
            steps: Cell::new(steps),
        };
        // Defaults may refer to parameters before them.
        for declaration in of(Role::Parameter) {
            if !scope.parameters.contains_key(&declaration.name) {
                let at = Location::at(file, declaration.head);
                let value = match &declaration.value {
                    Some(default) => scope.value(default),
                    None => Value::unknown(format!("${{{}}}", declaration.name), at),
                };
                scope.parameters.insert(declaration.name.clone(), value);
            }
        }
        scope
    }
    pub(super) fn first_steps() -> u32 {
        MAX_STEPS
    }
    pub(super) fn steps(&self) -> u32 {
        self.steps.get()
    }
    pub(super) fn spend(&self, left: u32) {
        self.steps.set(left);
    }
    /// What a module gives out.
    pub(super) fn give(&self, module: &str, outputs: BTreeMap<String, Value>) {
        self.outputs.borrow_mut().insert(module.to_owned(), outputs);
    }
    /// Binds a name while something is evaluated.
    pub(super) fn with<R>(&self, name: &str, value: Value, then: impl FnOnce() -> R) -> R {
        self.bound.borrow_mut().push((name.to_owned(), value));
        let found = then();
        self.bound.borrow_mut().pop();
        found
    }

    pub(super) fn value(&self, expr: &Expr) -> Value {
        self.eval(expr, 0)
    }
    /// Whether a condition holds; none where that is decided elsewhere.
    pub(super) fn truth(&self, expr: &Expr) -> Option<bool> {
        truth(&self.value(expr))
    }

    pub(super) fn eval(&self, expr: &Expr, depth: usize) -> Value {
        let at = Location::at(self.file, expr.span);
        let left = self.steps.get().saturating_sub(1);
        self.steps.set(left);
        if left == 0 || depth > MAX_DEPTH {
            return Value::unknown("${...}", at);
        }
        let inner = |e: &Expr| self.eval(e, depth + 1);
        match &expr.kind {
            Kind::Null => Value::new(Shape::Null, at),
            Kind::Literal(text) => Value::text_at(text.clone(), at),
            Kind::Text(parts) => self.text(parts, at, depth),
            Kind::Array(items) => Value::new(Shape::List(items.iter().map(inner).collect()), at),
            Kind::Object(entries, _) => {
                let field =
                    |e: &super::parse::Entry| Field { name: e.name.clone(), at: Location::at(self.file, e.span), value: inner(&e.value) };
                Value::new(Shape::Map(entries.iter().map(field).collect()), at)
            }
            Kind::Name(name) => self.named(name, at, depth),
            Kind::Access(base, name) => self.access(base, name, at, depth),
            Kind::Index(base, index) => {
                let (base, index) = (inner(base), inner(index));
                match (&base.shape, index.text()) {
                    (Shape::List(items), Some(i)) => i.parse::<usize>().ok().and_then(|i| items.get(i)).cloned(),
                    (Shape::Map(_), Some(name)) => base.get(name).cloned(),
                    (Shape::Unknown(text), Some(i)) => text.strip_suffix('}').map(|t| Value::unknown(format!("{t}[{i}]}}"), at)),
                    _ => None,
                }
                .unwrap_or_else(|| Value::unknown("${index}", at))
            }
            Kind::Not(e) => match truth(&inner(e)) {
                Some(t) => Value::text_at((!t).to_string(), at),
                None => Value::unknown("${!}", at),
            },
            Kind::Negative(e) => match inner(e).text() {
                Some(text) => Value::text_at(format!("-{text}"), at),
                None => Value::unknown("${-}", at),
            },
            Kind::Choice(condition, then, other) => match truth(&inner(condition)) {
                Some(true) => inner(then),
                Some(false) => inner(other),
                None => Value::unknown("${condition}", at),
            },
            Kind::If(condition, body) => match truth(&inner(condition)) {
                Some(true) => inner(body),
                Some(false) => Value::new(Shape::Null, at),
                None => Value::unknown("${condition}", at),
            },
            Kind::Binary(operator, a, b) => self.binary(operator, a, b, at, depth),
            Kind::For(name, list, body) => {
                let list = inner(list);
                match &list.shape {
                    Shape::List(items) if items.len() <= MAX_ITEMS => {
                        let made = items.iter().map(|item| self.with(name, item.clone(), || self.eval(body, depth + 1)));
                        Value::new(Shape::List(made.collect()), at)
                    }
                    _ => Value::unknown("${for}", at),
                }
            }
            Kind::Call(name, arguments) => self.call(name, arguments, at, depth),
            Kind::Other => Value::unknown("${...}", at),
        }
    }

    fn text(&self, parts: &[Part], at: Location, depth: usize) -> Value {
        let mut out = String::new();
        let mut known = true;
        for part in parts {
            match part {
                Part::Plain(text) => out.push_str(text),
                Part::Inserted(e) => {
                    let value = self.eval(e, depth + 1);
                    known &= value.text().is_some();
                    let text = value.written().unwrap_or("${...}");
                    if out.len() + text.len() > MAX_TEXT {
                        return Value::unknown("${...}", at);
                    }
                    out.push_str(text);
                }
            }
        }
        if known { Value::text_at(out, at) } else { Value::unknown(out, at) }
    }

    pub(super) fn named(&self, name: &str, at: Location, depth: usize) -> Value {
        if let Some((_, value)) = self.bound.borrow().iter().rev().find(|(n, _)| n == name) {
            return if self.affordable(value) { value.clone() } else { Value::unknown(format!("${{{name}}}"), at) };
        }
        if let Some(value) = self.parameters.get(name) {
            // A scalar stands where it is used; parts of a larger value stand where they are written.
            return match &value.shape {
                Shape::Text(t) if t.len() > MAX_TEXT => Value::unknown(format!("${{{name}}}"), at),
                Shape::Map(_) | Shape::List(_) if !self.affordable(value) => Value::unknown(format!("${{{name}}}"), at),
                Shape::Map(_) | Shape::List(_) => value.clone(),
                shape => Value::new(shape.clone(), at),
            };
        }
        if let Some(expr) = self.variables.get(name) {
            if !self.open.borrow_mut().insert(name.to_owned()) {
                return Value::unknown(format!("${{{name}}}"), at);
            }
            let found = self.eval(expr, depth + 1);
            self.open.borrow_mut().remove(name);
            return match found.shape {
                Shape::Map(_) | Shape::List(_) => found,
                shape => Value::new(shape, at),
            };
        }
        match self.resources.get(name) {
            Some(address) => Value::unknown(format!("${{{address}.id}}"), at),
            None => Value::unknown(format!("${{{name}}}"), at),
        }
    }

    /// Whether a value may be copied, counting its parts as work.
    fn affordable(&self, value: &Value) -> bool {
        let mut left = vec![value];
        while let Some(v) = left.pop() {
            let steps = self.steps.get().saturating_sub(1);
            self.steps.set(steps);
            if steps == 0 {
                return false;
            }
            left.extend(v.items());
            left.extend(v.fields().iter().map(|f| &f.value));
        }
        true
    }

    fn access(&self, base: &Expr, name: &str, at: Location, depth: usize) -> Value {
        // `module.outputs.name`
        if let Kind::Access(module, outputs) = &base.kind
            && outputs == "outputs"
            && let Kind::Name(module) = &module.kind
        {
            let outputs = self.outputs.borrow();
            let found = outputs.get(module).and_then(|o| o.get(name)).cloned();
            return found.unwrap_or_else(|| Value::unknown(format!("${{module.{module}.{name}}}"), at));
        }
        if let Kind::Name(symbol) = &base.kind
            && let Some(address) = self.resources.get(symbol)
            && !self.bound.borrow().iter().any(|(n, _)| n == symbol)
        {
            return Value::unknown(format!("${{{address}.{name}}}"), at);
        }
        let base = self.eval(base, depth + 1);
        match &base.shape {
            Shape::Map(_) => base.get(name).cloned().unwrap_or_else(|| Value::new(Shape::Null, at)),
            Shape::Unknown(text) => {
                let text = text.strip_suffix('}').map_or_else(|| format!("${{{name}}}"), |t| format!("{t}.{name}}}"));
                if text.len() > MAX_TEXT { Value::unknown("${...}", at) } else { Value::unknown(text, at) }
            }
            _ => Value::unknown(format!("${{{name}}}"), at),
        }
    }

    fn binary(&self, operator: &str, a: &Expr, b: &Expr, at: Location, depth: usize) -> Value {
        let (a, b) = (self.eval(a, depth + 1), self.eval(b, depth + 1));
        let say = |found: Option<bool>| found.map_or_else(|| Value::unknown("${condition}", at), |t| Value::text_at(t.to_string(), at));
        let number = |v: &Value| v.text().and_then(|t| t.parse::<i64>().ok());
        match operator {
            "&&" | "||" => {
                let decisive = operator == "||";
                say(match (truth(&a), truth(&b)) {
                    (Some(x), _) | (_, Some(x)) if x == decisive => Some(decisive),
                    (Some(_), Some(_)) => Some(!decisive),
                    _ => None,
                })
            }
            "==" | "=~" => say(same(&a, &b, operator == "=~")),
            "!=" | "!~" => say(same(&a, &b, operator == "!~").map(|s| !s)),
            "??" => match a.shape {
                Shape::Null => b,
                Shape::Unknown(_) => Value::unknown("${??}", at),
                _ => a,
            },
            "<" | ">" | "<=" | ">=" => say(number(&a).zip(number(&b)).map(|(x, y)| match operator {
                "<" => x < y,
                ">" => x > y,
                "<=" => x <= y,
                _ => x >= y,
            })),
            _ => {
                let found = number(&a).zip(number(&b)).and_then(|(x, y)| match operator {
                    "+" => x.checked_add(y),
                    "-" => x.checked_sub(y),
                    "*" => x.checked_mul(y),
                    "/" => x.checked_div(y),
                    _ => x.checked_rem(y),
                });
                found.map_or_else(|| Value::unknown("${number}", at), |n| Value::text_at(n.to_string(), at))
            }
        }
    }
}

pub(super) fn truth(value: &Value) -> Option<bool> {
    match value.text()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

pub(super) fn same(a: &Value, b: &Value, loose: bool) -> Option<bool> {
    match (&a.shape, &b.shape) {
        (Shape::Null, Shape::Null) => Some(true),
        (Shape::Null, Shape::Text(_)) | (Shape::Text(_), Shape::Null) => Some(false),
        (Shape::Text(x), Shape::Text(y)) => Some(if loose { x.eq_ignore_ascii_case(y) } else { x == y }),
        _ => None,
    }
}
