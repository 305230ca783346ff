//! Expressions of Terraform with variables and locals inserted. What a provider or another state decides stays unknown.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use plimsoll_base::{FileId, Location};
use plimsoll_syntax::hcl::{Body, Expr, ExprKind, Step, TemplatePart};

use crate::iac::value::{Field, Shape, Value};

/// How deep expressions and locals may refer to each other.
const MAX_DEPTH: usize = 48;
/// Expressions evaluated for one instance of a module; beyond it everything is unknown.
const MAX_STEPS: u32 = 400_000;

/// What the names in one instance of a module mean.
pub(super) struct Scope<'a> {
    variables: BTreeMap<String, Value>,
    locals: BTreeMap<&'a str, (FileId, &'a Expr)>,
    known: RefCell<BTreeMap<&'a str, Value>>,
    texts: &'a BTreeMap<FileId, String>,
    steps: Cell<u32>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(texts: &'a BTreeMap<FileId, String>) -> Self {
        Self { variables: BTreeMap::new(), locals: BTreeMap::new(), known: RefCell::default(), texts, steps: Cell::new(MAX_STEPS) }
    }
    pub(super) fn variable(&mut self, name: &str, value: Value) {
        self.variables.insert(name.to_owned(), value);
    }
    pub(super) fn local(&mut self, name: &'a str, file: FileId, expr: &'a Expr) {
        self.locals.insert(name, (file, expr));
    }
    /// Whether the work allowed for this instance is used up.
    pub(super) fn exhausted(&self) -> bool {
        self.steps.get() == 0
    }

    /// The value of an expression of a file.
    pub(super) fn value(&self, expr: &Expr, file: FileId) -> Value {
        self.eval(expr, file, 0)
    }

    /// A body as a map: attributes and blocks are fields, `dynamic` blocks the fields they make.
    pub(super) fn body(&self, body: &Body, file: FileId) -> Value {
        self.body_at(body, file, 0)
    }

    fn body_at(&self, body: &Body, file: FileId, depth: usize) -> Value {
        let start = body.attributes.first().map(|a| a.span).or_else(|| body.blocks.first().map(|b| b.span)).unwrap_or_default();
        let mut fields: Vec<Field> = body
            .attributes
            .iter()
            .map(|a| Field { name: a.name.clone(), at: Location::at(file, a.span), value: self.eval(&a.value, file, 0) })
            .collect();
        if depth < MAX_DEPTH {
            for block in &body.blocks {
                let at = Location::at(file, block.head);
                let (name, content) = match (block.kind.as_str(), block.label(0), block.body.block("content")) {
                    ("dynamic", Some(label), Some(content)) => {
                        if block.body.get("for_each").is_some_and(|e| is_empty(&self.eval(e, file, 0))) {
                            continue;
                        }
                        (label, &content.body)
                    }
                    _ => (block.kind.as_str(), &block.body),
                };
                let mut value = self.body_at(content, file, depth + 1);
                value.at = at;
                fields.push(Field { name: name.to_owned(), at, value });
            }
        }
        Value::new(Shape::Map(fields), Location::at(file, start))
    }

    fn raw(&self, expr: &Expr, file: FileId) -> String {
        self.texts.get(&file).and_then(|t| t.get(expr.span.range())).unwrap_or_default().trim().to_owned()
    }

    fn undecided(&self, expr: &Expr, file: FileId, at: Location) -> Value {
        Value::unknown(format!("${{{}}}", self.raw(expr, file)), at)
    }

    fn eval(&self, expr: &Expr, file: FileId, depth: usize) -> Value {
        let at = Location::at(file, expr.span);
        let left = self.steps.get();
        if depth > MAX_DEPTH || left == 0 {
            return Value::unknown(String::new(), at);
        }
        self.steps.set(left - 1);
        let next = |e: &Expr| self.eval(e, file, depth + 1);
        let shape = match &expr.kind {
            ExprKind::Null => Shape::Null,
            ExprKind::Bool(b) => Shape::Text(b.to_string()),
            ExprKind::Number(text) | ExprKind::String(text) => Shape::Text(text.clone()),
            ExprKind::Template(parts) => return self.template(parts, file, at, depth),
            ExprKind::List(items) => Shape::List(items.iter().map(next).collect()),
            ExprKind::Object(entries) => Shape::Map(
                entries
                    .iter()
                    .map(|(k, v)| Field {
                        name: next(k).written().unwrap_or_default().to_owned(),
                        at: Location::at(file, plimsoll_base::Span { start: k.span.start, end: v.span.end }),
                        value: next(v),
                    })
                    .collect(),
            ),
            ExprKind::Reference(path) => return self.reference(path, at, depth).unwrap_or_else(|| self.undecided(expr, file, at)),
            ExprKind::Traversal { base, steps } => {
                let mut value = next(base);
                if self.steps.get() == 0 {
                    return self.undecided(expr, file, at);
                }
                for step in steps {
                    let found = match step {
                        Step::Attribute(name) => value.get(name).cloned(),
                        Step::Index(key) => next(key).text().and_then(|k| member(&value, k)),
                        Step::Splat => None,
                    };
                    match found {
                        Some(v) => value = v,
                        None => return self.undecided(expr, file, at),
                    }
                }
                return moved(value, at);
            }
            ExprKind::Call { name, args, spread: false } => {
                let values: Vec<Value> = args.iter().map(next).collect();
                return call(name, values, at).unwrap_or_else(|| self.undecided(expr, file, at));
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                let condition = next(condition);
                return match condition.text() {
                    Some("true") => next(then),
                    Some("false") => next(otherwise),
                    _ => self.undecided(expr, file, at),
                };
            }
            ExprKind::Operation { op, operands } => {
                let values: Vec<Value> = operands.iter().map(next).collect();
                match operation(op, &values) {
                    Some(text) => Shape::Text(text),
                    None => return self.undecided(expr, file, at),
                }
            }
            ExprKind::Call { .. } | ExprKind::For(_) | ExprKind::Other(_) => return self.undecided(expr, file, at),
        };
        Value::new(shape, at)
    }

    fn template(&self, parts: &[TemplatePart], file: FileId, at: Location, depth: usize) -> Value {
        let mut text = String::new();
        let mut decided = true;
        for part in parts {
            match part {
                TemplatePart::Literal(t) => text.push_str(t),
                TemplatePart::Interpolation(e) => {
                    let value = self.eval(e, file, depth + 1);
                    match &value.shape {
                        Shape::Text(t) => text.push_str(t),
                        Shape::Unknown(t) => {
                            decided = false;
                            text.push_str(t);
                        }
                        _ => {
                            decided = false;
                            text.push_str(&format!("${{{}}}", self.raw(e, file)));
                        }
                    }
                }
                TemplatePart::Directive { raw, .. } => {
                    decided = false;
                    text.push_str(raw);
                }
            }
        }
        Value::new(if decided { Shape::Text(text) } else { Shape::Unknown(text) }, at)
    }

    fn reference(&self, path: &[String], at: Location, depth: usize) -> Option<Value> {
        let (name, rest) = (path.get(1)?, path.get(2..)?);
        let local;
        let base = match path.first()?.as_str() {
            "var" => self.variables.get(name)?,
            "local" => {
                local = self.local_value(name, depth)?;
                &local
            }
            _ => return None,
        };
        let found = rest.iter().try_fold(base, |value, step| within(value, step))?.clone();
        self.steps.set(self.steps.get().saturating_sub(weight(&found)));
        if found.is_unknown() && found.written().is_some_and(str::is_empty) {
            return None;
        }
        Some(moved(found, at))
    }

    fn local_value(&self, name: &str, depth: usize) -> Option<Value> {
        if let Some(value) = self.known.borrow().get(name) {
            self.steps.set(self.steps.get().saturating_sub(weight(value)));
            return Some(value.clone());
        }
        let (key, (file, expr)) = self.locals.get_key_value(name)?;
        // A local that refers to itself is met again here, and is unknown.
        self.known.borrow_mut().insert(key, Value::unknown(String::new(), Location::whole(*file)));
        let value = self.eval(expr, *file, depth + 1);
        self.known.borrow_mut().insert(key, value.clone());
        Some(value)
    }
}

/// A scalar is said where it is used; the parts of a larger value keep their places.
fn moved(mut value: Value, at: Location) -> Value {
    if value.written().is_some() {
        value.at = at;
    }
    value
}

fn within<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match &value.shape {
        Shape::Map(_) => value.field(key).map(|f| &f.value),
        Shape::List(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    }
}

fn member(value: &Value, key: &str) -> Option<Value> {
    within(value, key).cloned()
}

/// How many values a value holds: what a copy of it costs.
fn weight(value: &Value) -> u32 {
    let inner: u32 = match &value.shape {
        Shape::List(items) => items.iter().map(weight).fold(0, u32::saturating_add),
        Shape::Map(fields) => fields.iter().map(|f| weight(&f.value)).fold(0, u32::saturating_add),
        Shape::Text(text) | Shape::Unknown(text) => u32::try_from(text.len() / 64).unwrap_or(u32::MAX),
        Shape::Null => 0,
    };
    inner.saturating_add(1)
}

/// Whether a value is known to hold nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match &value.shape {
        Shape::List(items) => items.is_empty(),
        Shape::Map(fields) => fields.is_empty(),
        _ => false,
    }
}

fn call(name: &str, mut args: Vec<Value>, at: Location) -> Option<Value> {
    match name {
        "jsonencode" | "jsondecode" | "yamlencode" | "tostring" | "tonumber" | "tobool" | "toset" | "tolist" | "tomap" | "sensitive"
        | "nonsensitive" | "base64encode"
            if args.len() == 1 =>
        {
            args.pop()
        }
        "lower" | "upper" | "trimspace" => {
            let text = args.first()?.text()?;
            Some(Value::text_at(
                match name {
                    "lower" => text.to_lowercase(),
                    "upper" => text.to_uppercase(),
                    _ => text.trim().to_owned(),
                },
                at,
            ))
        }
        "concat" => {
            let mut all = Vec::new();
            for arg in args {
                match arg.shape {
                    Shape::List(items) => all.extend(items),
                    // Part of the list is decided elsewhere; the known part is still there.
                    Shape::Unknown(_) => all.push(arg),
                    _ => return None,
                }
            }
            Some(Value::new(Shape::List(all), at))
        }
        "merge" => {
            let mut all = Value::new(Shape::Map(Vec::new()), at);
            for arg in args {
                let Shape::Map(fields) = arg.shape else { return None };
                for field in fields {
                    all.set(&field.name, field.value);
                }
            }
            Some(all)
        }
        "lookup" => {
            let key = args.get(1)?.text()?.to_owned();
            if !matches!(args[0].shape, Shape::Map(_)) {
                return None;
            }
            member(&args[0], &key).or_else(|| args.get(2).cloned())
        }
        "coalesce" => {
            for arg in args {
                match &arg.shape {
                    Shape::Null => {}
                    Shape::Text(t) if t.is_empty() => {}
                    Shape::Unknown(_) => return None,
                    _ => return Some(arg),
                }
            }
            None
        }
        "length" => match &args.first()?.shape {
            Shape::List(items) => Some(Value::text_at(items.len().to_string(), at)),
            Shape::Map(fields) => Some(Value::text_at(fields.len().to_string(), at)),
            Shape::Text(text) => Some(Value::text_at(text.chars().count().to_string(), at)),
            _ => None,
        },
        "join" => {
            let separator = args.first()?.text()?.to_owned();
            let parts: Option<Vec<&str>> = args.get(1)?.items().iter().map(Value::text).collect();
            Some(Value::text_at(parts?.join(&separator), at))
        }
        _ => None,
    }
}

fn operation(op: &str, values: &[Value]) -> Option<String> {
    let text = |i: usize| -> Option<&str> { values.get(i)?.text() };
    let number = |i: usize| -> Option<f64> { text(i)?.parse().ok() };
    let truth = |i: usize| match text(i) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    let said = |b: bool| Some(b.to_string());
    match (op, values.len()) {
        ("!", 1) => said(!truth(0)?),
        ("-", 1) => Some(plain(-number(0)?)),
        ("&&", _) => match (truth(0), truth(1)) {
            (Some(false), _) | (_, Some(false)) => said(false),
            (Some(true), Some(true)) => said(true),
            _ => None,
        },
        ("||", _) => match (truth(0), truth(1)) {
            (Some(true), _) | (_, Some(true)) => said(true),
            (Some(false), Some(false)) => said(false),
            _ => None,
        },
        ("==" | "!=", 2) => {
            let equal = match (&values[0].shape, &values[1].shape) {
                (Shape::Unknown(_), _) | (_, Shape::Unknown(_)) => return None,
                (Shape::Null, Shape::Null) => true,
                (Shape::Text(a), Shape::Text(b)) => a == b,
                (Shape::Null, _) | (_, Shape::Null) => false,
                _ => return None,
            };
            said(equal == (op == "=="))
        }
        (">", 2) => said(number(0)? > number(1)?),
        ("<", 2) => said(number(0)? < number(1)?),
        (">=", 2) => said(number(0)? >= number(1)?),
        ("<=", 2) => said(number(0)? <= number(1)?),
        ("+", 2) => Some(plain(number(0)? + number(1)?)),
        ("-", 2) => Some(plain(number(0)? - number(1)?)),
        ("*", 2) => Some(plain(number(0)? * number(1)?)),
        _ => None,
    }
}

fn plain(number: f64) -> String {
    format!("{number}")
}
