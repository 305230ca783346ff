//! Names and labels that a kustomization gives to everything in it, and the references that follow them.

use std::collections::BTreeMap;

use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Field, Shape, Value, each};

/// Fields whose `name` is that of another object.
const HOLDERS: &[&str] = &[
    "configMapRef",
    "secretRef",
    "configMapKeyRef",
    "secretKeyRef",
    "configMap",
    "secret",
    "scaleTargetRef",
    "targetRef",
    "roleRef",
    "service",
    "subjects",
    "backendRefs",
    "parentRefs",
    "issuerRef",
    "imagePullSecrets",
    "cluster",
];
/// Fields that are the name of another object.
const NAMES: &[&str] = &["secretName", "claimName", "serviceName", "serviceAccountName", "serviceAccount"];
/// Kinds that keep their names.
const FIXED: &[&str] =
    &["Namespace", "CustomResourceDefinition", "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Puts a prefix and a suffix to the names of all objects, and to the references among them.
pub(super) fn rename_all(all: &mut [Object], prefix: &str, suffix: &str) {
    if prefix.is_empty() && suffix.is_empty() {
        return;
    }
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    for object in all.iter_mut().filter(|o| !FIXED.contains(&o.kind.as_str())) {
        let new = format!("{prefix}{}{suffix}", object.name);
        renamed.insert(object.name.clone(), new.clone());
        if let Some(name) = object.value.get_mut("metadata").and_then(|m| m.get_mut("name")) {
            name.shape = Shape::Text(new.clone());
        }
        object.former.push(std::mem::replace(&mut object.name, new));
    }
    for object in all {
        refer(&mut object.value, &renamed, 0);
    }
}

fn refer(value: &mut Value, renamed: &BTreeMap<String, String>, depth: usize) {
    const MAX_DEPTH: usize = 60;
    if depth > MAX_DEPTH {
        return;
    }
    let follow = |value: &mut Value| {
        if let Shape::Text(text) = &mut value.shape
            && let Some(new) = renamed.get(text)
        {
            text.clone_from(new);
        }
    };
    match &mut value.shape {
        Shape::Map(fields) => {
            for field in fields {
                if NAMES.contains(&field.name.as_str()) {
                    follow(&mut field.value);
                } else if HOLDERS.contains(&field.name.as_str()) {
                    match &mut field.value.shape {
                        Shape::List(items) => items.iter_mut().filter_map(|i| i.get_mut("name")).for_each(follow),
                        _ => {
                            if let Some(name) = field.value.get_mut("name") {
                                follow(name);
                            }
                        }
                    }
                }
                refer(&mut field.value, renamed, depth + 1);
            }
        }
        Shape::List(items) => items.iter_mut().for_each(|i| refer(i, renamed, depth + 1)),
        _ => {}
    }
}

/// `commonLabels` and `labels`: on the objects, on their pods, and in their selectors where that is asked for.
pub(super) fn label(all: &mut [Object], value: &Value) {
    let common = value.get("commonLabels").map(|l| (l, true, true));
    let listed = each(value.get("labels")).iter().filter_map(|l| {
        let on = |field: &str| l.get(field).is_some_and(Value::is_true);
        Some((l.get("pairs")?, on("includeSelectors"), on("includeTemplates") || on("includeSelectors")))
    });
    let metadata = value.path(&["commonMetadata", "labels"]).map(|l| (l, false, false));
    for (pairs, selectors, templates) in common.into_iter().chain(listed).chain(metadata) {
        for object in all.iter_mut() {
            put(&mut object.value, &["metadata", "labels"], pairs.fields());
            if templates && object.template().is_some() {
                for path in [
                    ["spec", "template", "metadata", "labels"].as_slice(),
                    &["spec", "jobTemplate", "spec", "template", "metadata", "labels"],
                ] {
                    if object.value.path(&path[..path.len() - 2]).is_some() {
                        put(&mut object.value, path, pairs.fields());
                    }
                }
            }
            if !selectors {
                continue;
            }
            let path: &[&str] = match (object.kind.as_str(), object.spec(&["selector"]).is_some()) {
                ("Service", true) => &["spec", "selector"],
                (_, true) => &["spec", "selector", "matchLabels"],
                ("NetworkPolicy", _) if object.spec(&["podSelector", "matchLabels"]).is_some() => &["spec", "podSelector", "matchLabels"],
                _ => continue,
            };
            put(&mut object.value, path, pairs.fields());
        }
    }
}

fn put(value: &mut Value, path: &[&str], pairs: &[Field]) {
    let Some((first, rest)) = path.split_first() else {
        for pair in pairs {
            value.set(&pair.name, pair.value.clone());
        }
        return;
    };
    if value.get_mut(first).is_none_or(|v| matches!(v.shape, Shape::Null)) {
        let at = pairs.first().map_or(value.at, |p| p.at);
        value.set(first, Value::new(Shape::Map(Vec::new()), at));
    }
    if let Some(inner) = value.get_mut(first) {
        put(inner, rest, pairs);
    }
}
