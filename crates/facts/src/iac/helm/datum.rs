//! What expressions of a template come to: values with their types, as Go's templates see them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use plimsoll_base::{FileId, Location};
use plimsoll_syntax::{Kind, Node};

use super::text::{CLOSE, OPEN, Text};

/// How deep values are followed; a chart may put a map into itself.
pub(super) const MAX_DEPTH: usize = 40;

/// The fields of a map; Go's templates visit them by name.
pub(super) type Fields = BTreeMap<Rc<str>, Datum>;

/// A value and the place that says it.
#[derive(Clone, Debug)]
pub(super) struct Datum {
    pub(super) is: Is,
    pub(super) at: Option<Location>,
}

/// What a value is. Maps are shared: `set` changes the one that others hold.
#[derive(Clone, Debug)]
pub(super) enum Is {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<Text>),
    List(Rc<Vec<Datum>>),
    Map(Rc<RefCell<Fields>>),
    /// `.Files`
    Files,
    /// `.Capabilities.APIVersions`
    Versions,
    /// Decided elsewhere; as the template says it.
    Unknown,
}

impl From<Is> for Datum {
    fn from(is: Is) -> Self {
        Self { is, at: None }
    }
}

impl Datum {
    pub(super) const NIL: Datum = Datum { is: Is::Nil, at: None };
    pub(super) const UNKNOWN: Datum = Datum { is: Is::Unknown, at: None };

    pub(super) fn text(text: impl Into<String>) -> Self {
        Is::Text(Rc::new(Text::plain(text))).into()
    }
    pub(super) fn bool(b: bool) -> Self {
        Is::Bool(b).into()
    }
    pub(super) fn map(fields: Fields) -> Self {
        Is::Map(Rc::new(RefCell::new(fields))).into()
    }
    pub(super) fn list(items: Vec<Datum>) -> Self {
        Is::List(Rc::new(items)).into()
    }

    /// A node of a values file.
    pub(super) fn of(node: &Node, file: FileId) -> Self {
        let at = Some(Location::at(file, node.span));
        let is = match &node.kind {
            Kind::Null => Is::Nil,
            Kind::Bool(b) => Is::Bool(*b),
            Kind::Number(text) => number(text),
            Kind::String(text) => Is::Text(Rc::new(Text::plain(&**text))),
            Kind::Templated(text) => Is::Text(Rc::new(Text::plain(&**text))),
            Kind::Sequence(items) => Is::List(Rc::new(items.iter().map(|i| Self::of(i, file)).collect())),
            Kind::Mapping(entries) => {
                let field = |e: &plimsoll_syntax::Entry| {
                    let mut value = Self::of(&e.value, file);
                    if node_is_scalar(&e.value) {
                        value.at = Some(Location::at(file, e.span()));
                    }
                    (Rc::from(&*e.key), value)
                };
                Is::Map(Rc::new(RefCell::new(entries.iter().map(field).collect())))
            }
        };
        Self { is, at }
    }

    /// A copy that shares no map with it.
    pub(super) fn deep(&self, depth: usize) -> Datum {
        let is = match &self.is {
            _ if depth > MAX_DEPTH => Is::Unknown,
            Is::Map(fields) => {
                let copy = fields.borrow().iter().map(|(k, v)| (Rc::clone(k), v.deep(depth + 1))).collect();
                Is::Map(Rc::new(RefCell::new(copy)))
            }
            Is::List(items) => Is::List(Rc::new(items.iter().map(|i| i.deep(depth + 1)).collect())),
            other => other.clone(),
        };
        Datum { is, at: self.at }
    }

    /// A field; nothing where it is missing.
    pub(super) fn get(&self, name: &str) -> Datum {
        match &self.is {
            Is::Map(fields) => fields.borrow().get(name).cloned().unwrap_or(Datum::NIL),
            Is::Unknown => Datum::UNKNOWN,
            _ => Datum::NIL,
        }
    }
    pub(super) fn set(&self, name: &str, value: Datum) {
        if let Is::Map(fields) = &self.is {
            fields.borrow_mut().insert(name.into(), value);
        }
    }
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.is, Is::Unknown)
    }
    pub(super) fn is_nil(&self) -> bool {
        matches!(self.is, Is::Nil)
    }

    /// Whether a condition holds; none where it is not known.
    pub(super) fn truth(&self) -> Option<bool> {
        Some(match &self.is {
            Is::Nil => false,
            Is::Bool(b) => *b,
            Is::Int(n) => *n != 0,
            Is::Float(n) => *n != 0.0,
            Is::Text(text) => {
                // What is all unknown may be empty.
                if text.is_open() && text.text.starts_with(OPEN) && text.text.ends_with(CLOSE) && text.text.matches(OPEN).count() == 1 {
                    return None;
                }
                !text.text.is_empty()
            }
            Is::List(items) => !items.is_empty(),
            Is::Map(fields) => !fields.borrow().is_empty(),
            Is::Files | Is::Versions => true,
            Is::Unknown => return None,
        })
    }

    /// A scalar as it is printed; none for what is no scalar, or unknown.
    pub(super) fn printed(&self) -> Option<String> {
        match &self.is {
            Is::Nil => Some(String::new()),
            Is::Bool(b) => Some(b.to_string()),
            Is::Int(n) => Some(n.to_string()),
            Is::Float(n) => Some(float(*n)),
            Is::Text(text) => Some(text.text.clone()),
            _ => None,
        }
    }
    pub(super) fn as_int(&self) -> Option<i64> {
        match &self.is {
            Is::Int(n) => Some(*n),
            Is::Float(n) => Some(*n as i64),
            Is::Bool(b) => Some(i64::from(*b)),
            Is::Text(text) if text.is_open() => None,
            Is::Text(text) => Some(text.text.trim().parse::<f64>().map_or(0, |n| n as i64)),
            Is::Nil => Some(0),
            _ => None,
        }
    }
    pub(super) fn as_float(&self) -> Option<f64> {
        match &self.is {
            Is::Float(n) => Some(*n),
            Is::Text(text) if !text.is_open() => Some(text.text.trim().parse().unwrap_or(0.0)),
            _ => self.as_int().map(|n| n as f64),
        }
    }
}

fn node_is_scalar(node: &Node) -> bool {
    node.scalar().is_some()
}

/// A number of YAML; what is none is text.
pub(super) fn number(text: &str) -> Is {
    let plain = text.replace('_', "");
    if let Some(hex) = plain.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).map_or_else(|_| Is::Text(Rc::new(Text::plain(text))), Is::Int);
    }
    let octal =
        plain.strip_prefix("0o").or_else(|| plain.strip_prefix('0').filter(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit())));
    if let Some(n) = octal.and_then(|d| i64::from_str_radix(d, 8).ok()) {
        return Is::Int(n);
    }
    match (plain.parse::<i64>(), plain.parse::<f64>()) {
        (Ok(n), _) => Is::Int(n),
        (_, Ok(n)) => Is::Float(n),
        _ => Is::Text(Rc::new(Text::plain(text))),
    }
}

/// A float as Go prints it: whole numbers without a point.
fn float(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() < 1e15 { format!("{n:.0}") } else { n.to_string() }
}

/// Lays values over others: maps are merged, everything else is replaced; null takes a value away.
pub(super) fn overlay(base: &Datum, over: &Datum, depth: usize) {
    let (Is::Map(own), Is::Map(new)) = (&base.is, &over.is) else { return };
    if Rc::ptr_eq(own, new) || depth > MAX_DEPTH {
        return;
    }
    // Maps may hold each other: nothing stays borrowed while another is changed.
    let fields: Vec<(Rc<str>, Datum)> = new.borrow().iter().map(|(k, v)| (Rc::clone(k), v.clone())).collect();
    for (name, value) in fields {
        let old = own.borrow().get(&name).cloned();
        match (old, &value.is) {
            (_, Is::Nil) => {
                own.borrow_mut().remove(&name);
            }
            (Some(old), Is::Map(_)) if matches!(old.is, Is::Map(_)) => overlay(&old, &value, depth + 1),
            _ => {
                let copy = value.deep(0);
                own.borrow_mut().insert(name, copy);
            }
        }
    }
}
