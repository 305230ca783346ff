//! A value of configuration after evaluation, with the place of each part. Parts of one value may stem from several
//! files: a manifest and the patch laid over it, a resource and the variable it reads.

use plimsoll_base::{FileId, Location, Setting, Sourced};
use plimsoll_syntax::{Kind, Node};

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) shape: Shape,
    pub(crate) at: Location,
}

/// What a value is. Numbers and booleans are text: every format here converts between them freely.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Null,
    Text(String),
    List(Vec<Value>),
    Map(Vec<Field>),
    /// Decided elsewhere: the text with what is known inserted.
    Unknown(String),
}

/// A field of a map; blocks that repeat are fields of the same name.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// From the name to the end of the value.
    pub(crate) at: Location,
    pub(crate) value: Value,
}

impl Value {
    pub(crate) fn new(shape: Shape, at: Location) -> Self {
        Self { shape, at }
    }
    pub(crate) fn text_at(text: impl Into<String>, at: Location) -> Self {
        Self::new(Shape::Text(text.into()), at)
    }
    pub(crate) fn unknown(text: impl Into<String>, at: Location) -> Self {
        Self::new(Shape::Unknown(text.into()), at)
    }

    /// A node of YAML, JSON or TOML. Template text and unknown tags (`!Ref`) are decided elsewhere.
    pub(crate) fn of(node: &Node, file: FileId) -> Self {
        let at = Location::at(file, node.span);
        if let Some(tag) = node.tag.as_deref()
            && !tag.starts_with("!!")
            && !tag.starts_with("tag:yaml.org")
        {
            let inner = match node.scalar() {
                Some(text) => text.to_owned(),
                None => node.items().iter().filter_map(Node::scalar).collect::<Vec<_>>().join("."),
            };
            let text = if tag == "!Sub" { inner } else { format!("{tag} {inner}") };
            return Self::unknown(text.trim().to_owned(), at);
        }
        let shape = match &node.kind {
            Kind::Null => Shape::Null,
            Kind::Bool(b) => Shape::Text(b.to_string()),
            Kind::Number(text) | Kind::String(text) => Shape::Text(text.to_string()),
            Kind::Templated(text) => Shape::Unknown(text.to_string()),
            Kind::Sequence(items) => Shape::List(items.iter().map(|n| Self::of(n, file)).collect()),
            Kind::Mapping(entries) => Shape::Map(
                entries
                    .iter()
                    .map(|e| Field { name: e.key.to_string(), at: Location::at(file, e.span()), value: Self::of(&e.value, file) })
                    .collect(),
            ),
        };
        Self { shape, at }
    }

    /// The same value, every part placed elsewhere: for text that is embedded in another file's string.
    pub(crate) fn placed(mut self, at: Location) -> Self {
        self.at = at;
        match &mut self.shape {
            Shape::List(items) => {
                for item in items {
                    *item = std::mem::replace(item, Self::new(Shape::Null, at)).placed(at);
                }
            }
            Shape::Map(fields) => {
                for field in fields {
                    field.at = at;
                    field.value = std::mem::replace(&mut field.value, Self::new(Shape::Null, at)).placed(at);
                }
            }
            Shape::Null | Shape::Text(_) | Shape::Unknown(_) => {}
        }
        self
    }

    pub(crate) fn fields(&self) -> &[Field] {
        match &self.shape {
            Shape::Map(fields) => fields,
            _ => &[],
        }
    }
    pub(crate) fn items(&self) -> &[Value] {
        match &self.shape {
            Shape::List(items) => items,
            _ => &[],
        }
    }
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields().iter().find(|f| f.name == name)
    }
    /// The first field of that name; one that is null was not written.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.field(name).map(|f| &f.value).filter(|v| !matches!(v.shape, Shape::Null))
    }
    /// Every field of that name: blocks repeat.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.fields().iter().filter(move |f| f.name == name).map(|f| &f.value)
    }
    /// Follows names through maps, and through lists of one item, which is how blocks are written in some formats.
    pub(crate) fn path(&self, names: &[&str]) -> Option<&Value> {
        names.iter().try_fold(self, |value, name| {
            let value = match &value.shape {
                Shape::List(items) if items.len() == 1 => &items[0],
                _ => value,
            };
            value.get(name)
        })
    }
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }
    /// The text as far as it is known, the undecided parts as written.
    pub(crate) fn written(&self) -> Option<&str> {
        match &self.shape {
            Shape::Text(text) | Shape::Unknown(text) => Some(text),
            _ => None,
        }
    }
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self.shape, Shape::Unknown(_))
    }
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text().is_some_and(|t| t.eq_ignore_ascii_case(text))
    }
    pub(crate) fn is_true(&self) -> bool {
        self.is("true")
    }
    pub(crate) fn is_false(&self) -> bool {
        self.is("false")
    }
    pub(crate) fn sourced(&self) -> Option<Sourced<String>> {
        self.text().map(|t| Sourced::new(t.to_owned(), self.at))
    }
    /// As a setting; none for what is no scalar.
    pub(crate) fn setting(&self) -> Option<Setting<String>> {
        match &self.shape {
            Shape::Text(text) => Some(Setting::Stated(Sourced::new(text.clone(), self.at))),
            Shape::Unknown(_) => Some(Setting::Unresolved(self.at)),
            _ => None,
        }
    }
    /// As a count; unresolved where it is written but no number.
    pub(crate) fn count(&self) -> Setting<u32> {
        match self.text().and_then(|t| t.trim().parse().ok()) {
            Some(n) => Setting::Stated(Sourced::new(n, self.at)),
            None => Setting::Unresolved(self.at),
        }
    }
    /// The known texts of a scalar or of a list.
    pub(crate) fn texts(&self) -> Vec<Sourced<String>> {
        match &self.shape {
            Shape::List(items) => items.iter().filter_map(Value::sourced).collect(),
            _ => self.sourced().into_iter().collect(),
        }
    }
    /// The words of a command: a list's items, or a string as one element; undecided parts as written.
    pub(crate) fn words(&self) -> Option<Sourced<Vec<String>>> {
        let words: Vec<String> = match &self.shape {
            Shape::List(items) => items.iter().filter_map(|i| i.written().map(str::to_owned)).collect(),
            Shape::Text(text) | Shape::Unknown(text) => vec![text.clone()],
            _ => return None,
        };
        (!words.is_empty()).then(|| Sourced::new(words, self.at))
    }
    /// Puts a field in, or replaces the first of its name.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        let at = value.at;
        if let Shape::Map(fields) = &mut self.shape {
            match fields.iter_mut().find(|f| f.name == name) {
                Some(field) => {
                    field.value = value;
                    field.at = at;
                }
                None => fields.push(Field { name: name.to_owned(), at, value }),
            }
        } else {
            self.shape = Shape::Map(vec![Field { name: name.to_owned(), at, value }]);
        }
    }
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        match &mut self.shape {
            Shape::Map(fields) => fields.iter_mut().find(|f| f.name == name).map(|f| &mut f.value),
            _ => None,
        }
    }
}

/// An image as a setting. A text with an undecided part is kept as written, since its literal part still names the image;
/// only what is decided elsewhere as a whole is unresolved.
pub(crate) fn image(value: &Value) -> Option<Setting<String>> {
    let text = value.written()?;
    if text.is_empty() {
        return None;
    }
    // A template without a repository in its values gives a tag alone; branches of a template give several lines.
    if text.starts_with([':', '@']) || text.contains('\n') {
        return Some(Setting::Unresolved(value.at));
    }
    let telling = !value.is_unknown() && !is_variable(text)
        || value.is_unknown()
            && !text.starts_with("{{")
            && (text.contains('.') || text.contains('/'))
            && !text.starts_with("${var.")
            && !text.starts_with("${local.");
    if telling { Some(Setting::Stated(Sourced::new(text.to_owned(), value.at))) } else { Some(Setting::Unresolved(value.at)) }
}

/// Whether a text is one variable and nothing else: `${IMAGE}`, `$IMAGE`, `$(IMAGE)`, `<IMAGE>`, `{{ image }}`.
pub(crate) fn is_variable(text: &str) -> bool {
    let text = text.trim();
    let inner = [("${", "}"), ("$(", ")"), ("{{", "}}"), ("<", ">"), ("%", "%")]
        .iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
        .or_else(|| text.strip_prefix('$'));
    inner.is_some_and(|i| !i.is_empty() && i.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ' ' | '-' | ':')))
}

/// The values of a list, or the one value itself.
pub(crate) fn each(value: Option<&Value>) -> &[Value] {
    match value {
        Some(v) => match &v.shape {
            Shape::List(items) => items,
            _ => std::slice::from_ref(v),
        },
        None => &[],
    }
}
