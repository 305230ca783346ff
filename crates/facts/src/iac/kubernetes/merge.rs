//! Patches: strategic merges and JSON patches, as Kustomize applies them, in outline.

use crate::iac::value::{Field, Shape, Value};

/// The field that tells the items of a list apart, for lists that are merged rather than replaced.
fn merge_key(name: &str) -> Option<&'static str> {
    match name {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" | "volumeClaimTemplates" => {
            Some("name")
        }
        "volumeMounts" => Some("mountPath"),
        "ports" => Some("containerPort"),
        "hostAliases" => Some("ip"),
        _ => None,
    }
}

/// Lays a patch over a value. `false` when the patch deletes it.
pub(super) fn merge(base: &mut Value, patch: &Value) -> bool {
    match (patch.get("$patch").and_then(Value::text), &patch.shape) {
        (Some("delete"), _) => return false,
        (Some("replace"), _) | (None, Shape::Text(_) | Shape::List(_) | Shape::Null | Shape::Unknown(_)) => {
            *base = patch.clone();
            return true;
        }
        _ => {}
    }
    if !matches!(base.shape, Shape::Map(_)) {
        base.shape = Shape::Map(Vec::new());
        base.at = patch.at;
    }
    for field in patch.fields().iter().filter(|f| f.name != "$patch") {
        if matches!(field.value.shape, Shape::Null) {
            remove(base, &field.name);
            continue;
        }
        let Some(old) = base.get_mut(&field.name) else {
            if let Shape::Map(fields) = &mut base.shape {
                fields.push(field.clone());
            }
            continue;
        };
        match (merge_key(&field.name), &field.value.shape) {
            (Some(key), Shape::List(items)) if matches!(old.shape, Shape::List(_)) => merge_list(old, items, key),
            _ => {
                if !merge(old, &field.value) {
                    remove(base, &field.name);
                } else if old.written().is_some() {
                    move_to(base, field);
                }
            }
        }
    }
    true
}

/// A scalar that a patch replaced stands where the patch says it.
fn move_to(base: &mut Value, field: &Field) {
    if let Shape::Map(fields) = &mut base.shape
        && let Some(own) = fields.iter_mut().find(|f| f.name == field.name)
    {
        own.at = field.at;
    }
}

fn remove(base: &mut Value, name: &str) {
    if let Shape::Map(fields) = &mut base.shape {
        fields.retain(|f| f.name != name);
    }
}

fn merge_list(base: &mut Value, patches: &[Value], key: &str) {
    let Shape::List(items) = &mut base.shape else { return };
    for patch in patches {
        let wanted = patch.get(key).and_then(Value::written);
        let at = items.iter().position(|i| wanted.is_some() && i.get(key).and_then(Value::written) == wanted);
        let deletes = patch.get("$patch").is_some_and(|p| p.is("delete"));
        let Some(at) = at else {
            if !deletes {
                items.push(patch.clone());
            }
            continue;
        };
        let kept = merge(&mut items[at], patch);
        if !kept {
            items.remove(at);
        }
    }
}

/// Applies one operation of a JSON patch; `false` when it does not fit.
pub(super) fn operate(base: &mut Value, operation: &Value) -> bool {
    let (Some(op), Some(path)) = (operation.get("op").and_then(Value::text), operation.get("path").and_then(Value::text)) else {
        return false;
    };
    let steps: Vec<String> = path.split('/').skip(1).map(|s| s.replace("~1", "/").replace("~0", "~")).collect();
    let Some((last, above)) = steps.split_last() else { return false };
    let mut target = base;
    for step in above {
        let next = match &mut target.shape {
            Shape::Map(fields) => fields.iter_mut().find(|f| f.name == *step).map(|f| &mut f.value),
            Shape::List(items) => step.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
            _ => None,
        };
        match next {
            Some(value) => target = value,
            None => return false,
        }
    }
    let value = operation.field("value").map(|f| f.value.clone());
    match (&mut target.shape, op, value) {
        (Shape::Map(fields), "remove", _) => fields.retain(|f| f.name != *last),
        (Shape::Map(_), "add" | "replace", Some(value)) => target.set(last, value),
        (Shape::List(items), "add", Some(value)) => match last.parse::<usize>() {
            Ok(i) if i <= items.len() => items.insert(i, value),
            _ if last == "-" => items.push(value),
            _ => return false,
        },
        (Shape::List(items), "replace", Some(value)) => match last.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
            Some(item) => *item = value,
            None => return false,
        },
        (Shape::List(items), "remove", _) => match last.parse::<usize>() {
            Ok(i) if i < items.len() => {
                items.remove(i);
            }
            _ => return false,
        },
        _ => return false,
    }
    true
}

/// Lays values over others: maps are merged, everything else is replaced.
pub(super) fn overlay(base: &mut Value, over: &Value) {
    if !matches!((&base.shape, &over.shape), (Shape::Map(_), Shape::Map(_))) {
        *base = over.clone();
        return;
    }
    for field in over.fields() {
        match base.get_mut(&field.name) {
            Some(old) => overlay(old, &field.value),
            None => base.set(&field.name, field.value.clone()),
        }
    }
}
