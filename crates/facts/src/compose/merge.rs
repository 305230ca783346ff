//! The merge rules of the Compose specification.

use std::collections::{HashMap, HashSet};

use super::interpolate::split_outside;
use super::value::{Pair, Shape, Tag, Value};

/// Where in a Compose file a value stands, as far as the rules differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The file.
    Root,
    /// `services`.
    Services,
    /// One service.
    Service,
    /// A mapping whose `test` is one whole.
    Healthcheck,
    /// Variables: a name without a value passes the outside value through.
    Environment,
    /// `volumes` and `devices` of a service: by path in the container.
    ByTarget,
    /// `secrets` and `configs` of a service: by target or name.
    ByGrant,
    /// Anything else.
    Other,
}

impl Level {
    fn below(self, key: &str) -> Level {
        match (self, key) {
            (Level::Root, "services") => Level::Services,
            (Level::Services, _) => Level::Service,
            (Level::Service, "healthcheck") => Level::Healthcheck,
            (Level::Service, "environment") => Level::Environment,
            (Level::Service, "volumes" | "devices") => Level::ByTarget,
            (Level::Service, "secrets" | "configs") => Level::ByGrant,
            _ => Level::Other,
        }
    }
    /// Whether the later value replaces the earlier one whole.
    fn replaces(self, key: &str) -> bool {
        matches!((self, key), (Level::Service, "command" | "entrypoint") | (Level::Healthcheck, "test"))
    }
}

/// Merges a later value over an earlier one.
pub(super) fn merge(base: Value, over: Value, level: Level) -> Value {
    match over.tag {
        Tag::Override | Tag::Reset => return over,
        Tag::None => {}
    }
    match (base.shape, over.shape) {
        (shape @ (Shape::Map(_) | Shape::List(_)), Shape::Null) => Value { shape, at: base.at, origin: base.origin, tag: base.tag },
        (Shape::Map(base_pairs), Shape::Map(pairs)) => {
            let shape = Shape::Map(merge_pairs(base_pairs, pairs, level));
            Value { shape, at: base.at, origin: base.origin, tag: Tag::None }
        }
        (Shape::List(first), Shape::List(second)) => {
            let shape = Shape::List(merge_lists(first, second, level));
            Value { shape, at: base.at, origin: base.origin, tag: Tag::None }
        }
        (_, shape) => Value { shape, at: over.at, origin: over.origin, tag: over.tag },
    }
}

fn merge_pairs(mut base: Vec<Pair>, over: Vec<Pair>, level: Level) -> Vec<Pair> {
    let index: HashMap<Box<str>, usize> = base.iter().enumerate().map(|(i, p)| (p.key.clone(), i)).collect();
    let mut removed = HashSet::new();
    for pair in over {
        let Some(at) = index.get(&pair.key).copied() else {
            base.push(pair);
            continue;
        };
        if pair.value.tag == Tag::Reset {
            removed.insert(at);
            continue;
        }
        removed.remove(&at);
        let old = &mut base[at];
        if level.replaces(&pair.key) {
            *old = pair;
            continue;
        }
        let below = level.below(&pair.key);
        let placeholder = old.value.shaped(Shape::Null);
        let earlier = std::mem::replace(&mut old.value, placeholder);
        old.value = merge(earlier, pair.value, below);
        if !old.value.is_map() {
            old.key_at = pair.key_at;
        }
    }
    let mut at = 0;
    base.retain(|_| {
        at += 1;
        !removed.contains(&(at - 1))
    });
    base
}

fn merge_lists(mut base: Vec<Value>, over: Vec<Value>, level: Level) -> Vec<Value> {
    let mut index: HashMap<String, usize> = HashMap::new();
    for (i, value) in base.iter().enumerate() {
        if let Some(key) = list_key(value, level) {
            index.insert(key, i);
        }
    }
    for value in over {
        match list_key(&value, level) {
            Some(key) => match index.get(&key) {
                Some(at) => base[*at] = value,
                None => {
                    index.insert(key, base.len());
                    base.push(value);
                }
            },
            None => base.push(value),
        }
    }
    base
}

/// What makes two items of a list the same.
fn list_key(value: &Value, level: Level) -> Option<String> {
    match level {
        Level::ByTarget => match value.raw() {
            Some(short) => {
                let parts = mount_parts(short);
                Some(if parts.len() > 1 { parts[1] } else { parts[0] }.trim_end_matches('/').to_owned())
            }
            None => value.get("target")?.raw().map(|t| t.trim_end_matches('/').to_owned()),
        },
        Level::ByGrant => match value.raw() {
            Some(name) => Some(name.to_owned()),
            None => value.get("target").or_else(|| value.get("source"))?.raw().map(str::to_owned),
        },
        _ => value.raw().map(str::to_owned),
    }
}

/// The parts of a short mount; the colon of a drive letter parts nothing.
pub(super) fn mount_parts(short: &str) -> Vec<&str> {
    let mut parts = split_outside(short, b':', 4);
    let drive =
        parts.len() > 2 && parts[0].len() == 1 && parts[0].bytes().all(|b| b.is_ascii_alphabetic()) && parts[1].starts_with(['/', '\\']);
    if drive {
        let length = parts[0].len() + 1 + parts[1].len();
        parts.splice(0..2, [&short[..length]]);
    }
    parts
}

/// Brings the short forms of a service to their long ones, so that they merge by key.
pub(super) fn normalise_service(service: &mut Value) {
    let Shape::Map(pairs) = &mut service.shape else { return };
    for pair in pairs {
        let value = &mut pair.value;
        match &*pair.key {
            "build" => {
                if value.raw().is_some() {
                    let context = value.clone();
                    let mut build = value.shaped(Shape::Map(Vec::new()));
                    build.put("context", Value { tag: Tag::None, ..context });
                    build.tag = value.tag;
                    *value = build;
                } else if let Shape::Map(inner) = &mut value.shape {
                    inner
                        .iter_mut()
                        .filter(|p| matches!(&*p.key, "args" | "labels" | "additional_contexts"))
                        .for_each(|p| keyed(&mut p.value));
                }
            }
            "environment" | "labels" | "annotations" | "sysctls" | "extra_hosts" => keyed(value),
            "depends_on" => named(value, Some("service_started")),
            "networks" => named(value, None),
            "deploy" => {
                if let Shape::Map(inner) = &mut value.shape {
                    inner.iter_mut().filter(|p| &*p.key == "labels").for_each(|p| keyed(&mut p.value));
                }
            }
            "env_file" | "tmpfs" | "profiles" | "dns" | "dns_search"
                if value.raw().is_some() || (&*pair.key == "env_file" && value.is_map()) =>
            {
                let only = Value { tag: Tag::None, ..value.clone() };
                let tag = value.tag;
                *value = value.shaped(Shape::List(vec![only]));
                value.tag = tag;
            }
            _ => {}
        }
    }
}

/// A list of `KEY=value` as a mapping.
fn keyed(value: &mut Value) {
    let Shape::List(items) = &mut value.shape else { return };
    let mut pairs: Vec<Pair> = Vec::new();
    let mut index: HashMap<Box<str>, usize> = HashMap::new();
    for item in std::mem::take(items) {
        let Some(text) = item.raw() else { continue };
        let parts = split_outside(text, b'=', 2);
        let key: Box<str> = parts[0].trim().into();
        let shape = parts.get(1).map_or(Shape::Null, |v| Shape::Text((*v).into()));
        let pair = Pair { key: key.clone(), key_at: item.at, value: Value { tag: item.tag, ..item.shaped(shape) } };
        match index.get(&key) {
            Some(at) => pairs[*at] = pair,
            None => {
                index.insert(key, pairs.len());
                pairs.push(pair);
            }
        }
    }
    value.shape = Shape::Map(pairs);
}

/// A list of names as a mapping to nothing, or to a condition: that of a later short form wins too.
fn named(value: &mut Value, condition: Option<&str>) {
    let Shape::List(items) = &mut value.shape else { return };
    let mut seen = HashSet::new();
    let pairs = std::mem::take(items)
        .into_iter()
        .filter_map(|item| {
            let key: Box<str> = item.raw()?.into();
            let mut value = item.shaped(Shape::Null);
            if let Some(condition) = condition {
                let text = value.shaped(Shape::Text(condition.into()));
                value.shape = Shape::Map(vec![Pair { key: "condition".into(), key_at: item.at, value: text }]);
            }
            seen.insert(key.clone()).then_some(Pair { key, key_at: item.at, value })
        })
        .collect();
    value.shape = Shape::Map(pairs);
}
