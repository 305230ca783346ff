//! Templates that are not understood as such: their YAML is read with the actions hidden, and plain actions are filled in.

mod action;
mod template;

use plimsoll_base::Location;
use plimsoll_syntax::{Kind, yaml};

use self::template::Engine;
use super::datum::Datum;
use super::release::to_value;
use crate::iac::kubernetes::object::Object;
use crate::library::Held;

/// Takes in the objects of a template, as far as they can be told; what cannot goes to `hidden`.
pub(super) fn read(held: &Held, values: &Datum, manifest: &Datum, objects: &mut Vec<Object>, hidden: &mut Vec<(Location, String)>) {
    let text = held.text();
    let values = to_value(values, held.whole(), 0);
    let about = to_value(manifest, held.whole(), 0);
    let engine = Engine::new(&text, held.id, &values, &about);
    for document in &yaml(text.as_bytes()).value {
        let at = held.at(document.span);
        if matches!(document.kind, Kind::Templated(_)) || document.get("kind").is_some_and(|k| k.as_str().is_none()) {
            hidden.push((at, held.path.clone()));
            continue;
        }
        let Some(value) = engine.convert(document) else { continue };
        if value.is_unknown() {
            hidden.push((at, held.path.clone()));
            objects.extend(engine.convert_within(document).and_then(|v| Object::of(v, &held.path)));
            continue;
        }
        objects.extend(Object::of(value, &held.path));
    }
}
