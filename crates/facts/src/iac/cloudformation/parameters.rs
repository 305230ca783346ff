//! What is handed to a template: defaults, what a deployment's configuration gives, and the production value of a stage.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{Location, Sourced};
use plimsoll_syntax::Node;

use super::intrinsic::{Function, function};
use crate::compose::EnvironmentWord;
use crate::iac::value::Value;
use crate::library::{Held, Library};

/// Words by which parameters that choose between environments are called.
const STAGES: &[&str] = &["env", "stage", "deploymenttarget"];
/// The longest value that is taken, in bytes.
const LONGEST: usize = 4 * 1024;

/// The values that the template itself gives; what has none is decided elsewhere.
pub(super) fn defaults(held: &Held, node: &Node) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for entry in node.get("Parameters").map(Node::entries).unwrap_or_default() {
        let at = Location::at(held.id, entry.span());
        // The default of an SSM parameter is its name.
        let looked_up = entry.value.get("Type").and_then(Node::scalar).is_some_and(|t| t.starts_with("AWS::SSM::Parameter::Value"));
        let default = entry.value.get("Default").filter(|_| !looked_up).and_then(Node::scalar).filter(|d| d.len() <= LONGEST);
        let value = match default {
            Some(text) => of_type(entry.value.get("Type").and_then(Node::scalar).unwrap_or_default(), text, at),
            None => Value::unknown(format!("${{{}}}", entry.key), at),
        };
        found.insert(entry.key.to_string(), value);
    }
    found
}

fn of_type(kind: &str, text: &str, at: Location) -> Value {
    if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        let items = text.split(',').map(|p| Value::text_at(p.trim(), at)).collect();
        return Value::new(crate::iac::value::Shape::List(items), at);
    }
    Value::text_at(text, at)
}

/// Defaults, laid over by what the deployment's files give for production.
pub(super) fn given(library: &Library, held: &Held, node: &Node) -> BTreeMap<String, Value> {
    let mut found = defaults(held, node);
    let declared = node.get("Parameters").map(Node::entries).unwrap_or_default();
    let mut sources = overrides(library, held, declared.iter().map(|e| &*e.key).collect());
    sources.sort_by_key(|(word, _)| *word != EnvironmentWord::Production);
    let production = sources.first().is_some_and(|(word, _)| *word == EnvironmentWord::Production);
    if let Some((_, values)) = sources.into_iter().next() {
        found.extend(values);
    }
    if production {
        return found;
    }
    for entry in declared.iter().filter(|e| is_stage(&e.key)) {
        let at = Location::at(held.id, entry.span());
        let already = found.get(&*entry.key).and_then(Value::text).is_some_and(|t| EnvironmentWord::of(t) == EnvironmentWord::Production);
        let offered = offered(node, &entry.key, &entry.value);
        if let Some(word) = offered.into_iter().find(|w| EnvironmentWord::of(w) == EnvironmentWord::Production).filter(|_| !already) {
            found.insert(entry.key.to_string(), Value::text_at(word, at));
        }
    }
    found
}

fn is_stage(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    STAGES.iter().any(|s| name.starts_with(s) || name.ends_with(s) || name.contains("environment"))
}

/// The values that a template knows for a parameter: those it allows, compares it with, or maps.
fn offered<'n>(node: &'n Node, name: &str, parameter: &'n Node) -> BTreeSet<&'n str> {
    let mut found: BTreeSet<&str> =
        parameter.get("AllowedValues").map(Node::items).unwrap_or_default().iter().filter_map(Node::scalar).collect();
    let mut left: Vec<&Node> = ["Conditions", "Resources", "Outputs"].iter().filter_map(|s| node.get(s)).collect();
    while let Some(node_here) = left.pop() {
        if let Some((called, argument)) = function(node_here) {
            let is_it = |n: &Node| function(n).is_some_and(|(f, a)| f == Function::Ref && a.scalar() == Some(name));
            match (called, argument.items()) {
                (Function::Equals, [a, b]) if is_it(a) => found.extend(b.scalar()),
                (Function::Equals, [a, b]) if is_it(b) => found.extend(a.scalar()),
                (Function::FindInMap, [map, first, ..]) if is_it(first) => {
                    let rows = map.scalar().and_then(|m| node.path(&["Mappings", m])).map(Node::entries).unwrap_or_default();
                    found.extend(rows.iter().map(|e| &*e.key));
                }
                _ => {}
            }
        }
        left.extend(node_here.entries().iter().map(|e| &e.value));
        left.extend(node_here.items());
    }
    found
}

type Source = (EnvironmentWord, BTreeMap<String, Value>);

/// What `samconfig.toml` and files of parameters give, by environment.
fn overrides(library: &Library, held: &Held, declared: BTreeSet<&str>) -> Vec<Source> {
    let mut found = Vec::new();
    for (section, node, config) in sections(library, held.folder()) {
        let commands = ["deploy", "global"];
        let names = node.path(&["deploy", "parameters", "template_file"]).or_else(|| node.path(&["global", "parameters", "template_file"]));
        let file = names.and_then(Node::scalar).unwrap_or("template.yaml");
        if file.rsplit('/').next() != Some(held.name()) && held.name() != "template.yml" {
            continue;
        }
        for given in commands.iter().filter_map(|c| node.path(&[c, "parameters", "parameter_overrides"])) {
            let at = config.at(given.span);
            let texts: Vec<&str> = given.scalars().iter().filter_map(|n| n.scalar()).collect();
            let values: BTreeMap<String, Value> = texts
                .iter()
                .flat_map(|t| assigned(t))
                .filter(|(name, _)| declared.contains(name.as_str()))
                .map(|(name, value)| (name, Value::text_at(value, at)))
                .collect();
            found.push((EnvironmentWord::of(section), values));
        }
    }
    for file in library.below(held.folder()).filter(|h| h.product()) {
        let Some(items) = file.root().map(Node::items).filter(|i| !i.is_empty()) else { continue };
        let pair = |n: &Node| {
            let value = n.get("ParameterValue")?.scalar().filter(|v| v.len() <= LONGEST)?;
            Some((n.get("ParameterKey")?.scalar()?.to_owned(), Value::text_at(value, file.at(n.span))))
        };
        let values: BTreeMap<String, Value> = items.iter().filter_map(pair).filter(|(n, _)| declared.contains(n.as_str())).collect();
        if !values.is_empty() {
            found.push((EnvironmentWord::of(&file.path), values));
        }
    }
    found
}

/// Sections of a SAM configuration beside a template, one per environment.
fn sections<'a>(library: &'a Library, folder: &str) -> Vec<(&'a str, &'a Node, &'a Held)> {
    let Some(config) = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"].iter().find_map(|n| library.resolve(folder, n)) else {
        return Vec::new();
    };
    let entries = config.root().map(Node::entries).unwrap_or_default();
    entries.iter().filter(|e| e.value.is_mapping()).map(|e| (&*e.key, &e.value, config)).collect()
}

/// `Stage=prod Name="a b"` in parts; values that the shell decides are left out.
fn assigned(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while let Some((name, after)) = rest.split_once('=') {
        let quoted = after.strip_prefix('"').or_else(|| after.strip_prefix("\\\""));
        let (value, next) = match quoted {
            Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        let value = value.trim_end_matches('\\');
        let name = name.trim().trim_matches('"');
        if !value.contains('$') && value.len() <= LONGEST && !name.is_empty() {
            found.push((name.to_owned(), value.to_owned()));
        }
        rest = next.trim_start();
    }
    found
}

/// Environments that the configuration beside a template names.
pub(super) fn environments(library: &Library, folder: &str) -> Vec<Sourced<String>> {
    let named = sections(library, folder);
    named
        .into_iter()
        .filter(|(section, _, _)| *section != "default")
        .map(|(section, node, config)| Sourced::new(section.to_owned(), config.at(node.span)))
        .collect()
}
