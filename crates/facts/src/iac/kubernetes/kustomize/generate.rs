//! Config maps and secrets that a kustomization makes from literals and files.

use plimsoll_base::Location;

use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Field, Shape, Value, each};
use crate::library::{Library, join};

/// The largest file whose text is taken in, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// The objects that the generators of a kustomization make.
pub(super) fn generate(library: &Library, folder: &str, value: &Value, path: &str) -> Vec<Object> {
    let mut found = Vec::new();
    for (field, kind, holder) in [("configMapGenerator", "ConfigMap", "data"), ("secretGenerator", "Secret", "stringData")] {
        for generator in each(value.get(field)) {
            let Some(name) = generator.get("name").and_then(Value::written) else { continue };
            let data = data(library, folder, generator, kind == "Secret");
            let at = generator.at;
            let map = |fields: Vec<(&str, Value)>| {
                Value::new(Shape::Map(fields.into_iter().map(|(n, value)| Field { name: n.to_owned(), at, value }).collect()), at)
            };
            let metadata = map(vec![("name", Value::text_at(name, at))]);
            let kinds = vec![("apiVersion", Value::text_at("v1", at)), ("kind", Value::text_at(kind, at)), ("metadata", metadata)];
            let fields = kinds.into_iter().chain([(holder, Value::new(Shape::Map(data), at))]).collect();
            found.extend(Object::of(map(fields), path));
        }
    }
    found
}

fn data(library: &Library, folder: &str, generator: &Value, secret: bool) -> Vec<Field> {
    let mut found = Vec::new();
    let pair = |text: &str, at: Location| {
        let (name, value) = text.split_once('=')?;
        Some(Field { name: name.trim().to_owned(), at, value: Value::text_at(value.trim_matches(['"', '\'']), at) })
    };
    for literal in each(generator.get("literals")) {
        found.extend(literal.text().and_then(|t| pair(t, literal.at)));
    }
    let file = |path: &str| join(folder, path).and_then(|p| library.get(&p));
    for source in each(generator.get("envs")).iter().chain(each(generator.get("env"))) {
        let Some(held) = source.text().and_then(file) else { continue };
        let text = held.text();
        let mut at = 0;
        for line in text.split_inclusive('\n').take(500) {
            let span = plimsoll_base::Span::new(at, at + line.trim_end().len());
            at += line.len();
            if !line.trim_start().starts_with('#') {
                found.extend(pair(line.trim(), held.at(span)));
            }
        }
    }
    for source in each(generator.get("files")) {
        let Some(text) = source.text() else { continue };
        let (key, path) = text.split_once('=').unwrap_or((text.rsplit('/').next().unwrap_or(text), text));
        let held = file(path).filter(|h| !secret && h.size as usize <= MAX_BYTES && h.bytes.is_some());
        // What a secret is made from is as often encrypted as not, or not in the tree at all.
        let (at, value) = match held {
            Some(held) => (held.whole(), Value::text_at(held.text().into_owned(), held.whole())),
            None => (source.at, Value::unknown(String::new(), source.at)),
        };
        found.push(Field { name: key.to_owned(), at, value });
    }
    found
}
