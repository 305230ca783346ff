//! Functions of templates, in their short and their long form.

use plimsoll_base::Location;
use plimsoll_syntax::{Kind, Node};

use super::evaluate::Stack;
use crate::iac::value::{Field, Shape, Value};

/// The longest text that functions put together, in bytes.
const MAX_TEXT: usize = 64 * 1024;
/// The longest text that is put in wherever its name stands, in bytes.
const MAX_NAMED: usize = 4 * 1024;

/// Whether a text is too long to be put in at many places.
pub(super) fn is_long(value: &Value) -> bool {
    value.written().is_some_and(|t| t.len() > MAX_NAMED)
}

/// The functions that are evaluated; any other is decided elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Ref,
    GetAtt,
    Sub,
    Join,
    Select,
    Split,
    FindInMap,
    If,
    Base64,
    GetAzs,
    And,
    Or,
    Not,
    Equals,
    Condition,
    Other,
}

/// The function that a node calls, with its argument.
pub(super) fn function(node: &Node) -> Option<(Function, &Node)> {
    if let Some(tag) = node.tag.as_deref() {
        let name = tag.strip_prefix('!').filter(|t| !t.starts_with('!') && !t.is_empty())?;
        return Some((named(name), node));
    }
    let [only] = node.entries() else { return None };
    match &*only.key {
        "Ref" => Some((Function::Ref, &only.value)),
        "Condition" if only.value.scalar().is_some() => Some((Function::Condition, &only.value)),
        key => Some((named(key.strip_prefix("Fn::")?), &only.value)),
    }
}

fn named(name: &str) -> Function {
    match name {
        "Ref" => Function::Ref,
        "GetAtt" => Function::GetAtt,
        "Sub" => Function::Sub,
        "Join" => Function::Join,
        "Select" => Function::Select,
        "Split" => Function::Split,
        "FindInMap" => Function::FindInMap,
        "If" => Function::If,
        "Base64" => Function::Base64,
        "GetAZs" => Function::GetAzs,
        "And" => Function::And,
        "Or" => Function::Or,
        "Not" => Function::Not,
        "Equals" => Function::Equals,
        "Condition" => Function::Condition,
        _ => Function::Other,
    }
}

impl<'a> Stack<'a> {
    /// The value of a node; none where the template removes it.
    pub(super) fn value(&self, node: &'a Node, depth: usize) -> Option<Value> {
        let at = Location::at(self.held.id, node.span);
        if !self.step(depth) {
            return Some(Value::unknown("${...}", at));
        }
        if let Some((name, argument)) = function(node)
            && name != Function::Condition
        {
            return self.call(name, argument, at, depth);
        }
        Some(self.plain(node, at, depth))
    }

    fn plain(&self, node: &'a Node, at: Location, depth: usize) -> Value {
        let shape = match &node.kind {
            Kind::Null => Shape::Null,
            Kind::Bool(b) => Shape::Text(b.to_string()),
            Kind::Number(text) | Kind::String(text) if text.contains("{{resolve:") => Shape::Unknown(text.to_string()),
            Kind::Number(text) | Kind::String(text) => Shape::Text(text.to_string()),
            Kind::Templated(text) => Shape::Unknown(text.to_string()),
            Kind::Sequence(items) => Shape::List(items.iter().filter_map(|i| self.value(i, depth + 1)).collect()),
            Kind::Mapping(entries) => Shape::Map(
                entries
                    .iter()
                    .filter_map(|e| {
                        let value = self.value(&e.value, depth + 1)?;
                        Some(Field { name: e.key.to_string(), at: Location::at(self.held.id, e.span()), value })
                    })
                    .collect(),
            ),
        };
        Value::new(shape, at)
    }

    fn call(&self, name: Function, argument: &'a Node, at: Location, depth: usize) -> Option<Value> {
        let items = argument.items();
        let unknown = |text: &str| Some(Value::unknown(format!("${{{text}}}"), at));
        match name {
            Function::Ref => self.named(argument.scalar()?.trim(), at),
            Function::GetAtt => {
                let (resource, attribute) = match items {
                    [] => argument.scalar().and_then(|t| t.split_once('.')).map(|(r, a)| (r, a.to_owned()))?,
                    [resource, attributes @ ..] => {
                        let names: Vec<&str> = attributes.iter().filter_map(Node::scalar).collect();
                        (resource.scalar()?, names.join("."))
                    }
                };
                Some(self.attribute(resource, &attribute, at))
            }
            Function::Sub => {
                let (text, own) = match items {
                    [] => (argument.scalar()?, None),
                    [text, own, ..] => (text.scalar()?, Some(own)),
                    [text] => (text.scalar()?, None),
                };
                Some(self.substituted(text, own, at, depth))
            }
            Function::Join => {
                let [separator, list] = items else { return unknown("Fn::Join") };
                let list = self.value(list, depth + 1)?;
                let separator = separator.scalar().unwrap_or_default();
                match &list.shape {
                    Shape::List(parts) => Some(joined(parts, separator, at)),
                    _ => Some(Value::unknown(list.written().unwrap_or_default(), at)),
                }
            }
            Function::Select => {
                let [index, list] = items else { return unknown("Fn::Select") };
                let index = self.value(index, depth + 1)?;
                let list = self.value(list, depth + 1)?;
                match (index.text().and_then(|t| t.parse::<usize>().ok()), &list.shape) {
                    (Some(i), Shape::List(parts)) => {
                        parts.get(i).map(|p| Value::new(p.shape.clone(), at)).or_else(|| unknown("Fn::Select"))
                    }
                    (Some(i), Shape::Unknown(text)) => {
                        let inner = text.strip_suffix('}').unwrap_or(text);
                        let open = if text.ends_with('}') { "}" } else { "" };
                        Some(Value::unknown(format!("{inner}[{i}]{open}"), at))
                    }
                    (Some(i), Shape::Text(text)) => {
                        let part = text.split(',').nth(i)?;
                        Some(Value::text_at(part.trim(), at))
                    }
                    _ => unknown("Fn::Select"),
                }
            }
            Function::Split => {
                let [separator, text] = items else { return unknown("Fn::Split") };
                let text = self.value(text, depth + 1)?;
                match (separator.scalar().filter(|s| !s.is_empty()), text.text()) {
                    (Some(separator), Some(text)) => {
                        Some(Value::new(Shape::List(text.split(separator).map(|p| Value::text_at(p, at)).collect()), at))
                    }
                    _ => unknown("Fn::Split"),
                }
            }
            Function::FindInMap => {
                let [map, first, second, ..] = items else { return unknown("Fn::FindInMap") };
                let keys = [map, first, second].map(|n| self.value(n, depth + 1));
                let known: Vec<&str> = keys.iter().filter_map(|k| k.as_ref()?.text()).collect();
                let found =
                    if let [map, first, second] = known.as_slice() { self.node.path(&["Mappings", map, first, second]) } else { None };
                match found {
                    Some(node) => self
                        .value(node, depth + 1)
                        .map(|v| if is_long(&v) { Value::unknown("${Fn::FindInMap}", at) } else { Value::new(v.shape, at) }),
                    None => unknown("Fn::FindInMap"),
                }
            }
            Function::If => {
                let [condition, then, other] = items else { return unknown("Fn::If") };
                match condition.scalar().and_then(|c| self.condition(c, depth)) {
                    Some(true) => self.value(then, depth + 1),
                    Some(false) => self.value(other, depth + 1),
                    // What stands in the branches may not be there: nothing of it is told.
                    None => unknown("Fn::If"),
                }
            }
            // The short form carries its text itself.
            Function::Base64 if argument.tag.as_deref() == Some("!Base64") => Some(Value::text_at(argument.scalar()?, at)),
            Function::Base64 => self.value(argument, depth + 1),
            Function::GetAzs => unknown("data.aws_availability_zones.available.names"),
            Function::And | Function::Or | Function::Not | Function::Equals | Function::Condition => unknown("condition"),
            Function::Other => unknown("decided elsewhere"),
        }
    }

    /// `${Name}`, `${Resource.Attribute}` and `${!Literal}` in a text.
    fn substituted(&self, text: &str, own: Option<&'a Node>, at: Location, depth: usize) -> Value {
        let mut out = String::with_capacity(text.len());
        let mut known = !text.contains("{{resolve:");
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            out.push_str(&rest[..start]);
            let Some(end) = rest[start..].find('}').map(|e| start + e) else { break };
            let name = rest[start + 2..end].trim();
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"));
            } else if self.step(depth) {
                let given = own.and_then(|o| o.get(name)).and_then(|n| self.value(n, depth + 1));
                let value = given.or_else(|| match name.split_once('.') {
                    Some((resource, attribute)) => Some(self.attribute(resource, attribute, at)),
                    None => self.named(name, at),
                });
                match value {
                    Some(value) if out.len() + value.written().map_or(0, str::len) > MAX_TEXT => known = false,
                    Some(value) => {
                        known &= value.text().is_some();
                        out.push_str(value.written().unwrap_or("${...}"));
                    }
                    None => known = false,
                }
            } else {
                known = false;
                out.push_str(&rest[start..=end]);
            }
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        if known { Value::text_at(out, at) } else { Value::unknown(out, at) }
    }
}

fn joined(parts: &[Value], separator: &str, at: Location) -> Value {
    if parts.iter().map(|p| p.written().map_or(0, str::len) + separator.len()).sum::<usize>() > MAX_TEXT {
        return Value::unknown("${Fn::Join}", at);
    }
    let texts: Vec<&str> = parts.iter().map(|p| p.written().unwrap_or("${...}")).collect();
    let text = texts.join(separator);
    if parts.iter().all(|p| p.text().is_some()) { Value::text_at(text, at) } else { Value::unknown(text, at) }
}
