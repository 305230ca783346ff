//! ARM templates in JSON as the same declarations: a text within brackets is an expression.

use plimsoll_syntax::{Kind as Json, Node};

use super::parse::{Declaration, Entry, Expr, Kind, Part, Role, expression};
use crate::library::{Held, Library, join};

/// Whether a file is a template that somebody wrote; one that Bicep made stands for its source, unless that is missing.
pub(super) fn is_template(library: &Library, held: &Held) -> bool {
    let Some(root) = held.root() else { return false };
    let schema = root.get("$schema").and_then(Node::as_str).unwrap_or_default();
    if !schema.contains("eploymentTemplate.json") || root.get("resources").is_none() {
        return false;
    }
    let source = join(held.folder(), &held.name().replace(".json", ".bicep"));
    let made = root.path(&["metadata", "_generator"]).is_some();
    !(made && source.is_some_and(|s| library.get(&s).is_some()))
}

/// What a template declares.
pub(super) fn declarations(held: &Held) -> Vec<Declaration> {
    let Some(root) = held.root() else { return Vec::new() };
    let mut found = Vec::new();
    let mut plain = |section: &str, role: Role, value: fn(&Node) -> Option<&Node>| {
        for e in root.get(section).map(Node::entries).unwrap_or_default() {
            let value = value(&e.value).map(|n| expr(n, 0));
            found.push(Declaration { role, name: e.key.to_string(), head: e.key_span, kind: String::new(), existing: false, value });
        }
    };
    plain("parameters", Role::Parameter, |n| n.get("defaultValue"));
    plain("variables", Role::Variable, |n| Some(n));
    plain("outputs", Role::Output, |n| n.get("value"));
    let resources = root.get("resources");
    let listed = resources.map(Node::items).unwrap_or_default().iter().map(|n| (None, n));
    let named = resources.map(Node::entries).unwrap_or_default().iter().map(|e| (Some(&*e.key), &e.value));
    for (symbol, node) in listed.chain(named) {
        if let Some(declaration) = resource(node, symbol, found.len()) {
            found.push(declaration);
        }
    }
    found
}

fn resource(node: &Node, symbol: Option<&str>, index: usize) -> Option<Declaration> {
    let kind = node.get("type").and_then(Node::as_str)?;
    let nested = kind.eq_ignore_ascii_case("Microsoft.Resources/deployments");
    let entry = node.entry("type")?;
    let leaf = kind.rsplit('/').next().unwrap_or(kind);
    let name = match (symbol, node.get("name").and_then(Node::as_str)) {
        (Some(symbol), _) => symbol.to_owned(),
        (None, Some(name)) if !name.starts_with('[') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') => {
            name.to_owned()
        }
        _ => format!("{leaf}{index}"),
    };
    let mut value = expr(node, 0);
    if let Kind::Object(entries, children) = &mut value.kind {
        entries.retain(|e| e.name != "resources");
        for child in node.get("resources").map(Node::items).unwrap_or_default() {
            let mut child = resource(child, None, index * 100 + children.len() + 1)?;
            // A child names its type alone or in full.
            if let Some(own) = child.kind.strip_prefix(&format!("{kind}/")) {
                child.kind = own.to_owned();
            }
            children.push(child);
        }
    }
    if node.get("copy").is_some() {
        // How often is decided elsewhere.
        let list = Expr { kind: Kind::Other, span: value.span };
        let span = value.span;
        value = Expr { kind: Kind::For("copyIndex".into(), Box::new(list), Box::new(value)), span };
    }
    if let Some(condition) = node.get("condition") {
        let span = value.span;
        value = Expr { kind: Kind::If(Box::new(expr(condition, 0)), Box::new(value)), span };
    }
    let role = if nested { Role::Module } else { Role::Resource };
    let kind = if nested { String::new() } else { kind.to_owned() };
    let existing = node.get("existing").and_then(Node::as_bool) == Some(true);
    Some(Declaration { role, name, head: entry.span(), kind, existing, value: Some(value) })
}

fn expr(node: &Node, depth: usize) -> Expr {
    let span = node.span;
    let kind = match &node.kind {
        Json::Null => Kind::Null,
        Json::Bool(b) => Kind::Literal(b.to_string()),
        Json::Number(text) => Kind::Literal(text.to_string()),
        Json::String(text) => {
            let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).filter(|t| !t.starts_with('['));
            match inner {
                Some(inner) => spanned(expression(inner), span, 0).kind,
                None => Kind::Text(vec![Part::Plain(text.strip_prefix("[[").map_or_else(|| text.to_string(), |t| format!("[{t}")))]),
            }
        }
        Json::Templated(_) => Kind::Other,
        _ if depth > 200 => Kind::Other,
        Json::Sequence(items) => Kind::Array(items.iter().map(|i| expr(i, depth + 1)).collect()),
        Json::Mapping(entries) => Kind::Object(
            entries.iter().map(|e| Entry { name: e.key.to_string(), span: e.span(), value: expr(&e.value, depth + 1) }).collect(),
            Vec::new(),
        ),
    };
    Expr { kind, span }
}

/// An expression within a text stands where the text stands.
fn spanned(mut e: Expr, span: plimsoll_base::Span, depth: usize) -> Expr {
    e.span = span;
    if depth < 200 {
        let again = |inner: Box<Expr>| Box::new(spanned(*inner, span, depth + 1));
        e.kind = match e.kind {
            Kind::Call(name, items) => Kind::Call(name, items.into_iter().map(|i| spanned(i, span, depth + 1)).collect()),
            Kind::Access(inner, name) => Kind::Access(again(inner), name),
            Kind::Index(a, b) => Kind::Index(again(a), again(b)),
            kind => kind,
        };
    }
    e
}
