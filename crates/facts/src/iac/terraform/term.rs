//! Values while expressions are evaluated. A copy costs a count, whatever the size; a list or a map may be known in part.

use std::rc::Rc;

use plimsoll_base::Location;

use crate::iac::value::{Field, Shape, Value};

/// A value with the place that gives it.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) kind: Kind,
    pub(super) at: Location,
}

/// What a value is. Numbers and booleans are text: HCL converts between them freely.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Text(Rc<str>),
    List(Rc<Vec<Term>>, Extent),
    Map(Rc<Vec<Entry>>, Extent),
    /// Decided elsewhere: the expression with what is known inserted, resources by their whole address.
    Unknown(Rc<str>),
}

/// Whether all of a collection is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    /// There may be more: its length and what is not among it are unknown.
    Part,
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: Rc<str>,
    /// From the key to the end of the value.
    pub(super) at: Location,
    pub(super) value: Term,
}

/// What looking into a value gives.
pub(super) enum Found {
    Here(Term),
    /// It is known not to be there: an error, which `try` catches.
    Absent,
}

impl Kind {
    /// How many items or entries it holds.
    pub(super) fn len(&self) -> usize {
        match self {
            Kind::List(items, _) => items.len(),
            Kind::Map(entries, _) => entries.len(),
            Kind::Null | Kind::Text(_) | Kind::Unknown(_) => 0,
        }
    }
}

impl Term {
    pub(super) fn new(kind: Kind, at: Location) -> Self {
        Self { kind, at }
    }
    pub(super) fn null(at: Location) -> Self {
        Self::new(Kind::Null, at)
    }
    pub(super) fn of_text(text: impl Into<Rc<str>>, at: Location) -> Self {
        Self::new(Kind::Text(text.into()), at)
    }
    pub(super) fn of_bool(truth: bool, at: Location) -> Self {
        Self::of_text(if truth { "true" } else { "false" }, at)
    }
    pub(super) fn unknown(text: impl Into<Rc<str>>, at: Location) -> Self {
        Self::new(Kind::Unknown(text.into()), at)
    }
    pub(super) fn list(items: Vec<Term>, at: Location) -> Self {
        Self::new(Kind::List(Rc::new(items), Extent::Whole), at)
    }
    pub(super) fn map(entries: Vec<Entry>, at: Location) -> Self {
        Self::new(Kind::Map(Rc::new(entries), Extent::Whole), at)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }
    pub(super) fn truth(&self) -> Option<bool> {
        match self.text() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        }
    }
    pub(super) fn number(&self) -> Option<f64> {
        self.text()?.trim().parse().ok().filter(|n: &f64| n.is_finite())
    }
    pub(super) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_))
    }
    /// The items of a list, known in part or as a whole.
    pub(super) fn items(&self) -> Option<&[Term]> {
        match &self.kind {
            Kind::List(items, _) => Some(items),
            _ => None,
        }
    }
    /// The items of a list that is known as a whole.
    pub(super) fn all_items(&self) -> Option<&[Term]> {
        match &self.kind {
            Kind::List(items, Extent::Whole) => Some(items),
            _ => None,
        }
    }
    pub(super) fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries, _) => Some(entries),
            _ => None,
        }
    }
    /// The entries of a map that is known as a whole.
    pub(super) fn all_entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries, Extent::Whole) => Some(entries),
            _ => None,
        }
    }
    /// The value of a key that is known.
    pub(super) fn get(&self, name: &str) -> Option<&Term> {
        self.entries()?.iter().find(|e| &*e.name == name).map(|e| &e.value)
    }
    /// Whether it, with all that it holds, is known.
    pub(super) fn is_settled(&self) -> bool {
        match &self.kind {
            Kind::Null | Kind::Text(_) => true,
            Kind::Unknown(_) | Kind::List(_, Extent::Part) | Kind::Map(_, Extent::Part) => false,
            Kind::List(items, Extent::Whole) => items.iter().all(Term::is_settled),
            Kind::Map(entries, Extent::Whole) => entries.iter().all(|e| e.value.is_settled()),
        }
    }
    /// A scalar is said where it is used; the parts of a larger value keep their places.
    pub(super) fn moved(mut self, at: Location) -> Self {
        if matches!(self.kind, Kind::Text(_) | Kind::Unknown(_) | Kind::Null) {
            self.at = at;
        }
        self
    }

    /// An attribute of an object, a key of a map or an index of a list. What is in something unknown is unknown.
    pub(super) fn step(&self, name: &str) -> Found {
        match &self.kind {
            Kind::Map(entries, extent) => match entries.iter().find(|e| &*e.name == name) {
                Some(entry) => Found::Here(entry.value.clone()),
                None if *extent == Extent::Part => Found::Here(Term::unknown(format!("${{…{}}}", access(name)), self.at)),
                None => Found::Absent,
            },
            Kind::List(items, extent) => match name.parse::<usize>().ok().and_then(|i| items.get(i)) {
                _ if *extent == Extent::Part => {
                    Found::Here(Term::unknown(format!("${{{}{}}}", self.inner().unwrap_or_default(), access(name)), self.at))
                }
                Some(item) => Found::Here(item.clone()),
                None => Found::Absent,
            },
            Kind::Unknown(text) => Found::Here(Term::unknown(
                match single(text) {
                    Some(inner) => format!("${{{inner}{}}}", access(name)),
                    None => text.to_string(),
                },
                self.at,
            )),
            Kind::Null | Kind::Text(_) => Found::Absent,
        }
    }

    /// How it is written within an expression; none where it is too large.
    pub(super) fn inner(&self) -> Option<String> {
        let mut out = String::new();
        self.write(&mut out, 0).then_some(out)
    }

    fn write(&self, out: &mut String, depth: usize) -> bool {
        const MOST: usize = 600;
        if out.len() > MOST || depth > 4 {
            return false;
        }
        match &self.kind {
            Kind::Null => out.push_str("null"),
            Kind::Text(text) if self.truth().is_some() || self.number().is_some() => out.push_str(text),
            Kind::Text(text) => {
                out.push('"');
                out.push_str(text);
                out.push('"');
            }
            Kind::Unknown(text) => match single(text) {
                Some(inner) => out.push_str(inner),
                None => {
                    out.push('"');
                    out.push_str(text);
                    out.push('"');
                }
            },
            Kind::List(items, _) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    if !item.write(out, depth + 1) {
                        return false;
                    }
                }
                out.push(']');
            }
            Kind::Map(entries, _) => {
                out.push('{');
                for (i, entry) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    out.push_str(&entry.name);
                    out.push_str(" = ");
                    if !entry.value.write(out, depth + 1) {
                        return false;
                    }
                }
                out.push('}');
            }
        }
        out.len() <= MOST
    }

    /// As a value of configuration. Of a collection that is known in part the known part stays; nothing known is unknown.
    pub(super) fn value(&self) -> Value {
        let shape = match &self.kind {
            Kind::Null => Shape::Null,
            Kind::Text(text) => Shape::Text(text.to_string()),
            Kind::Unknown(text) => Shape::Unknown(text.to_string()),
            Kind::List(items, Extent::Part) if items.is_empty() => Shape::Unknown(String::new()),
            Kind::Map(entries, Extent::Part) if entries.is_empty() => Shape::Unknown(String::new()),
            Kind::List(items, _) => Shape::List(items.iter().map(Term::value).collect()),
            Kind::Map(entries, _) => {
                Shape::Map(entries.iter().map(|e| Field { name: e.name.to_string(), at: e.at, value: e.value.value() }).collect())
            }
        };
        Value::new(shape, self.at)
    }

    /// From a value of configuration, every part placed at `at`: text that a file holds as a string.
    pub(super) fn of_value(value: &Value, at: Location) -> Self {
        match &value.shape {
            Shape::Null => Self::null(at),
            Shape::Text(text) if text.contains("${") => Self::unknown(text.as_str(), at),
            Shape::Text(text) => Self::of_text(text.as_str(), at),
            Shape::Unknown(text) => Self::unknown(text.as_str(), at),
            Shape::List(items) => Self::list(items.iter().map(|i| Self::of_value(i, at)).collect(), at),
            Shape::Map(fields) => {
                let entry = |f: &Field| Entry { name: f.name.as_str().into(), at, value: Self::of_value(&f.value, at) };
                Self::map(fields.iter().map(entry).collect(), at)
            }
        }
    }
}

impl Term {
    /// How many values it holds, texts by their length: what a copy of it costs. Counted no further than `most`, which a value that is
    /// nested too deeply to be walked reaches at once.
    pub(super) fn weight(&self, most: usize) -> usize {
        let mut sum = 0;
        self.weigh(most, &mut sum, 0);
        sum
    }

    fn weigh(&self, most: usize, sum: &mut usize, depth: usize) {
        const DEEPEST: usize = 100;
        *sum = sum.saturating_add(match &self.kind {
            Kind::List(..) | Kind::Map(..) if depth >= DEEPEST => most,
            Kind::Text(text) | Kind::Unknown(text) => text.len() / 64 + 1,
            Kind::List(..) | Kind::Map(..) | Kind::Null => 1,
        });
        let parts: Box<dyn Iterator<Item = &Term>> = match &self.kind {
            Kind::List(items, _) => Box::new(items.iter()),
            Kind::Map(entries, _) => Box::new(entries.iter().map(|e| &e.value)),
            _ => return,
        };
        for part in parts {
            if *sum >= most {
                return;
            }
            part.weigh(most, sum, depth + 1);
        }
    }
}

/// `.name` or `[0]`, as a step is written.
pub(super) fn access(name: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_digit()) {
        format!("[{name}]")
    } else if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(word) {
        format!(".{name}")
    } else {
        format!("[\"{name}\"]")
    }
}

/// The expression of a text that is one insertion and nothing else.
pub(super) fn single(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("${")?.strip_suffix('}')?;
    (!inner.contains("${")).then_some(inner)
}
