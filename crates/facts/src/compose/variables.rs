//! The variables of a service: `environment`, then env files; and labels, which are written alike.

use std::collections::HashSet;

use plimsoll_base::Sourced;

use super::interpolate::{entries, interpolate, joined, without_pwd};
use super::value::{Context, Shape, Value};
use crate::container::{EnvFileUse, ValueSource, Variable};

/// The variables that a service is given; what `environment` states wins over env files, a later env file over an earlier one.
pub(super) fn environment(context: Context, service: &Value, files: &[EnvFileUse], left: &mut usize) -> Vec<Variable> {
    let mut found = Vec::new();
    let mut names: HashSet<String> = HashSet::new();
    for pair in service.get("environment").map(Value::pairs).unwrap_or_default() {
        let at = if pair.value.is_null() { pair.key_at } else { pair.value.at };
        let name = context.read_text(&pair.value, &pair.key).best();
        if names.insert(name.clone()) && take(left) {
            let value = source(context, &pair.value, &name);
            found.push(Variable { name, at, value });
        }
    }
    for file in files.iter().rev().filter(|f| f.exists) {
        let Some(held) = context.library.get(&file.path) else { continue };
        if *left == 0 {
            break;
        }
        // Made once per file: its entries may refer to each other and to the project's variables.
        let mut known = None;
        for entry in entries(held) {
            if !names.insert(entry.key.clone()) || !take(left) {
                continue;
            }
            let path = held.path.clone();
            let value = if entry.literal || !entry.value.contains('$') {
                ValueSource::EnvFile { path, value: entry.value }
            } else {
                let scope = known.get_or_insert_with(|| {
                    let mut scope = context.scope(service).cloned().unwrap_or_default();
                    scope.add(held);
                    scope
                });
                let reading = interpolate(&entry.value, scope);
                match reading.resolved {
                    Some(value) => ValueSource::EnvFile { path, value },
                    None => ValueSource::Interpolated { raw: reading.raw, resolved: None, variables: reading.variables },
                }
            };
            found.push(Variable { name: entry.key, at: entry.at, value });
        }
    }
    found
}

/// Counts down what a project may still hold.
fn take(left: &mut usize) -> bool {
    let some = *left > 0;
    *left = left.saturating_sub(1);
    some
}

fn source(context: Context, value: &Value, name: &str) -> ValueSource {
    match &value.shape {
        Shape::Null => match context.scope(value).and_then(|s| s.get(name)) {
            Some((value, path)) => ValueSource::EnvFile { path: path.clone(), value: value.clone() },
            None => ValueSource::PassedThrough,
        },
        Shape::Text(text) => {
            let reading = context.read_text(value, text);
            match (reading.variables.is_empty(), reading.resolved) {
                (true, Some(text)) => ValueSource::Literal(text),
                (_, resolved) => ValueSource::Interpolated { raw: reading.raw, resolved, variables: reading.variables },
            }
        }
        _ => ValueSource::Unresolved,
    }
}

/// The env files that a service names, in their order.
pub(super) fn env_files(context: Context, service: &Value) -> Vec<EnvFileUse> {
    let mut found = Vec::new();
    for item in service.get("env_file").map(Value::items).unwrap_or_default().iter().take(64) {
        let Some(path) = item.get("path").or(Some(item)).and_then(|p| context.sourced(p)) else { continue };
        let (path, inside) = joined(context.folder(item), &without_pwd(&path.value));
        let exists = inside && context.library.get(&path).is_some();
        found.push(EnvFileUse { path, exists, at: item.at });
    }
    found
}

/// Labels of the container and of its Swarm service.
pub(super) fn labels(context: Context, service: &Value) -> Vec<(String, Sourced<String>)> {
    let own = service.get("labels").map(Value::pairs).unwrap_or_default();
    let deployed = service.path(&["deploy", "labels"]).map(Value::pairs).unwrap_or_default();
    own.iter()
        .chain(deployed)
        .map(|pair| {
            let key = context.read_text(&pair.value, &pair.key).best();
            let value = context.read(&pair.value).map(|r| r.best()).unwrap_or_default();
            (key, Sourced::new(value, pair.value.at))
        })
        .collect()
}
