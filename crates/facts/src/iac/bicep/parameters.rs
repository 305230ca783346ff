//! What is handed to an entry file: files of parameters, production's first, and the production value of a stage.

use std::collections::BTreeMap;

use plimsoll_base::Sourced;
use plimsoll_syntax::Node;

use super::evaluate::Scope;
use super::parse::{Declaration, Expr, Kind, Role, declarations};
use super::{plain, stem};
use crate::compose::EnvironmentWord;
use crate::iac::value::{Shape, Value};
use crate::library::{Held, Library, join};

/// The values of a file's parameters that its deployment gives.
pub(super) fn given(library: &Library, held: &Held, declared: &[Declaration]) -> BTreeMap<String, Value> {
    let names: Vec<&str> = declared.iter().filter(|d| d.role == Role::Parameter).map(|d| d.name.as_str()).collect();
    let mut sources: Vec<(EnvironmentWord, BTreeMap<String, Value>)> = beside(library, held)
        .into_iter()
        .map(|(file, values)| (EnvironmentWord::of(&file.path), values.into_iter().filter(|(n, _)| names.contains(&n.as_str())).collect()))
        .collect();
    sources.sort_by_key(|(word, _)| *word != EnvironmentWord::Production);
    let production = sources.first().is_some_and(|(word, _)| *word == EnvironmentWord::Production);
    let mut found = sources.into_iter().next().map(|(_, v)| v).unwrap_or_default();
    if production {
        return found;
    }
    for d in declared.iter().filter(|d| d.role == Role::Parameter && !found.contains_key(&d.name)).collect::<Vec<_>>() {
        let known = d.value.as_ref().and_then(|v| plain(&v.kind));
        if known.is_some_and(|k| EnvironmentWord::of(k) == EnvironmentWord::Production) {
            continue;
        }
        let mut compared = Vec::new();
        declared.iter().filter_map(|d| d.value.as_ref()).for_each(|v| with(v, &d.name, &mut compared));
        if let Some(word) = compared.into_iter().find(|w| EnvironmentWord::of(w) == EnvironmentWord::Production) {
            found.insert(d.name.clone(), Value::text_at(word, held.at(d.head)));
        }
    }
    found
}

/// The texts that an expression compares a parameter with.
fn with<'e>(expr: &'e Expr, name: &str, found: &mut Vec<&'e str>) {
    let mut left = vec![expr];
    while let Some(expr) = left.pop() {
        if let Kind::Binary("==" | "!=" | "=~", a, b) = &expr.kind {
            for (x, y) in [(a, b), (b, a)] {
                if matches!(&x.kind, Kind::Name(n) if n == name) {
                    found.extend(plain(&y.kind));
                }
            }
        }
        match &expr.kind {
            Kind::Array(items) | Kind::Call(_, items) => left.extend(items),
            Kind::Object(entries, children) => {
                left.extend(entries.iter().map(|e| &e.value));
                left.extend(children.iter().filter_map(|c| c.value.as_ref()));
            }
            Kind::Access(e, _) | Kind::Not(e) | Kind::Negative(e) => left.push(e),
            Kind::Index(a, b) | Kind::Binary(_, a, b) | Kind::For(_, a, b) | Kind::If(a, b) => left.extend([&**a, &**b]),
            Kind::Choice(a, b, c) => left.extend([&**a, &**b, &**c]),
            _ => {}
        }
    }
}

/// Whether a file has parameters of its own beside it.
pub(super) fn has_own(library: &Library, held: &Held) -> bool {
    !beside(library, held).is_empty()
}

/// Files of parameters for an entry file, with their values.
fn beside<'a>(library: &'a Library, held: &Held) -> Vec<(&'a Held, BTreeMap<String, Value>)> {
    let mut found = Vec::new();
    for file in library.below(held.folder()).filter(|f| f.product()) {
        if file.name().ends_with(".bicepparam") {
            let text = file.text();
            let target = text.lines().find_map(|l| l.trim().strip_prefix("using ")).map(|t| t.trim().trim_matches('\''));
            if target.and_then(|t| join(file.folder(), t)).as_deref() == Some(held.path.as_str()) {
                let parsed = declarations(&text);
                let scope = Scope::new(file.id, BTreeMap::new(), &parsed, 20_000);
                let values = parsed.iter().filter(|d| d.role == Role::Parameter);
                found.push((file, values.filter_map(|d| Some((d.name.clone(), scope.value(d.value.as_ref()?)))).collect()));
            }
        } else if file.name().ends_with(".json")
            && file.name().contains("param")
            && (file.name().starts_with(stem(held)) || file.folder() != held.folder())
            && let Some(values) =
                file.root().and_then(|n| n.get("parameters")).filter(|_| schema(file).is_some_and(|s| s.contains("deploymentParameters")))
        {
            found.push((file, values.entries().iter().map(|e| (e.key.to_string(), value(file, &e.value))).collect()));
        }
    }
    found
}

fn schema(held: &Held) -> Option<&str> {
    held.root()?.get("$schema")?.as_str()
}

/// A value of a file of parameters; what `azd` or a vault puts in is decided elsewhere.
fn value(file: &Held, node: &Node) -> Value {
    let at = file.at(node.span);
    let Some(given) = node.get("value") else { return Value::unknown("${reference}", at) };
    let mut value = Value::of(given, file.id);
    undecide(&mut value);
    value
}

fn undecide(value: &mut Value) {
    match &mut value.shape {
        Shape::Text(text) if text.contains("${") || text.contains("$(") => {
            // `${NAME=default}`
            let default =
                text.strip_prefix("${").and_then(|t| t.strip_suffix('}')).and_then(|t| t.split_once('=')).map(|(_, d)| d.to_owned());
            value.shape = match default {
                Some(default) if !default.is_empty() => Shape::Text(default),
                _ => Shape::Unknown(std::mem::take(text)),
            };
        }
        Shape::List(items) => items.iter_mut().for_each(undecide),
        Shape::Map(fields) => fields.iter_mut().for_each(|f| undecide(&mut f.value)),
        _ => {}
    }
}

/// Environments that files of parameters are named for.
pub(super) fn environments(library: &Library, folder: &str) -> Vec<Sourced<String>> {
    let mut found = Vec::new();
    for file in library.below(folder).filter(|f| f.product()) {
        let name = file.name();
        let parameters =
            name.ends_with(".bicepparam") || name.ends_with(".json") && schema(file).is_some_and(|s| s.contains("deploymentParameters"));
        let words = name.split(['.', '-', '_']).find(|w| EnvironmentWord::of(w) != EnvironmentWord::Unnamed);
        if let Some(word) = words.filter(|_| parameters) {
            found.push(Sourced::new(word.to_owned(), file.whole()));
        }
    }
    found
}
