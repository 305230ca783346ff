//! Functions on lists and maps. What they hold may be unknown; what they look at may not.

use std::rc::Rc;

use super::equal;
use crate::iac::helm::datum::{Datum, Fields, Is, overlay};
use crate::iac::helm::engine::Engine;

/// Items of a list and fields of a map that a template builds.
const MOST: usize = 5_000;

pub(super) fn call(engine: &mut Engine<'_>, name: &str, args: &[Datum]) -> Datum {
    let arg = |i: usize| args.get(i).cloned().unwrap_or(Datum::NIL);
    match name {
        "dict" => {
            let mut fields = Fields::new();
            for pair in args.chunks(2) {
                let Some(key) = pair[0].printed() else { return Datum::UNKNOWN };
                fields.insert(key.into(), pair.get(1).cloned().unwrap_or_else(|| Datum::text("")));
            }
            return Datum::map(fields);
        }
        "list" | "tuple" => return Datum::list(args.to_vec()),
        "pluck" => {
            let Some(key) = arg(0).printed() else { return Datum::UNKNOWN };
            return Datum::list(args.iter().skip(1).map(|m| m.get(&key)).filter(|v| !v.is_nil()).collect());
        }
        "dig" => return dig(args),
        "index" => return args.iter().skip(1).fold(arg(0), |base, step| at(&base, step)),
        "concat" => {
            let mut all = Vec::new();
            for list in args {
                match &list.is {
                    Is::List(items) => all.extend(items.iter().cloned()),
                    Is::Nil => {}
                    _ => return Datum::UNKNOWN,
                }
            }
            all.truncate(MOST);
            return Datum::list(all);
        }
        "join" => {
            let (sign, list) = (arg(0).printed().unwrap_or_default(), arg(1));
            let Is::List(items) = &list.is else { return list };
            let parts: Vec<String> = items.iter().map(|i| i.printed().unwrap_or_else(|| engine.sign("{{ … }}").text)).collect();
            return Datum { at: list.at, ..Datum::text(parts.join(&sign)) };
        }
        "merge" | "mergeOverwrite" | "mustMerge" | "mustMergeOverwrite" => return merged(name, args),
        "has" | "mustHas" => {
            let Is::List(items) = &arg(1).is else { return if arg(1).is_unknown() { Datum::UNKNOWN } else { Datum::bool(false) } };
            let verdicts: Vec<Option<bool>> = items.iter().map(|i| equal(i, &arg(0))).collect();
            return match (verdicts.contains(&Some(true)), verdicts.contains(&None)) {
                (true, _) => Datum::bool(true),
                (false, true) => Datum::UNKNOWN,
                _ => Datum::bool(false),
            };
        }
        "len" => {
            return match &arg(0).is {
                Is::Text(text) if text.is_open() => Datum::UNKNOWN,
                Is::Text(text) => count(text.text.len()),
                Is::List(items) => count(items.len()),
                Is::Map(fields) => count(fields.borrow().len()),
                Is::Nil => count(0),
                _ => Datum::UNKNOWN,
            };
        }
        _ => {}
    }
    match &arg(0).is {
        Is::Unknown => Datum::UNKNOWN,
        Is::Map(_) => fields(name, args),
        Is::Nil if matches!(name, "hasKey") => Datum::bool(false),
        Is::Nil if matches!(name, "keys" | "values" | "compact" | "uniq" | "without" | "sortAlpha" | "reverse") => Datum::list(Vec::new()),
        Is::Nil if matches!(name, "append" | "mustAppend" | "push" | "prepend" | "mustPrepend") => Datum::list(vec![arg(1)]),
        Is::List(items) => list(name, items, args),
        Is::Text(_) if matches!(name, "uniq" | "sortAlpha") => Datum::list(vec![arg(0)]),
        _ if matches!(name, "deepCopy" | "mustDeepCopy") => arg(0),
        Is::Nil => Datum::NIL,
        _ => {
            engine.misses(&format!("the function `{name}` of this"));
            Datum::UNKNOWN
        }
    }
}

fn count(n: usize) -> Datum {
    Is::Int(i64::try_from(n).unwrap_or(i64::MAX)).into()
}

/// An item of a list, or a field of a map.
fn at(base: &Datum, step: &Datum) -> Datum {
    match (&base.is, &step.is) {
        (_, Is::Unknown) | (Is::Unknown, _) => Datum::UNKNOWN,
        (Is::List(items), _) => {
            step.as_int().and_then(|n| usize::try_from(n).ok()).and_then(|n| items.get(n)).cloned().unwrap_or(Datum::NIL)
        }
        _ => step.printed().map_or(Datum::UNKNOWN, |name| base.get(&name)),
    }
}

/// `dig "a" "b" default map`.
fn dig(args: &[Datum]) -> Datum {
    let [path @ .., otherwise, base] = args else { return Datum::UNKNOWN };
    let mut value = base.clone();
    for step in path {
        value = at(&value, step);
        if value.is_nil() {
            return otherwise.clone();
        }
    }
    value
}

/// Maps in order of precedence (`merge`), or the later over the earlier; the first is changed.
fn merged(name: &str, args: &[Datum]) -> Datum {
    let Some(first) = args.first() else { return Datum::UNKNOWN };
    if args.iter().any(Datum::is_unknown) {
        return Datum::UNKNOWN;
    }
    let later = name.ends_with("Overwrite");
    for other in &args[1..] {
        if later {
            overlay(first, other, 0);
        } else {
            fill(first, other, 0);
        }
    }
    first.clone()
}

/// Takes in fields that are missing, or empty: Sprig's merge takes an empty value for none.
fn fill(base: &Datum, other: &Datum, depth: usize) {
    let (Is::Map(own), Is::Map(more)) = (&base.is, &other.is) else { return };
    if Rc::ptr_eq(own, more) || depth > super::super::datum::MAX_DEPTH {
        return;
    }
    let entries: Vec<(Rc<str>, Datum)> = more.borrow().iter().map(|(k, v)| (Rc::clone(k), v.clone())).collect();
    for (name, value) in entries {
        let old = own.borrow().get(&name).cloned();
        match old {
            Some(old) if matches!((&old.is, &value.is), (Is::Map(_), Is::Map(_))) && old.truth() == Some(true) => {
                fill(&old, &value, depth + 1)
            }
            Some(old) if old.truth() != Some(false) => {}
            _ => {
                let copy = value.deep(0);
                own.borrow_mut().insert(name, copy);
            }
        }
    }
}

fn fields(name: &str, args: &[Datum]) -> Datum {
    let Is::Map(shared) = &args[0].is else { return Datum::UNKNOWN };
    let key = args.get(1).and_then(Datum::printed);
    match (name, key) {
        ("get", Some(key)) => {
            let found = args[0].get(&key);
            if found.is_nil() { Datum::text("") } else { found }
        }
        ("hasKey", Some(key)) => Datum::bool(shared.borrow().contains_key(key.as_str())),
        ("set", Some(key)) => {
            if shared.borrow().len() < MOST {
                args[0].set(&key, args.get(2).cloned().unwrap_or(Datum::NIL));
            }
            args[0].clone()
        }
        ("unset", Some(key)) => {
            shared.borrow_mut().remove(key.as_str());
            args[0].clone()
        }
        ("pick" | "omit", _) => {
            let names: Vec<String> = args[1..].iter().filter_map(Datum::printed).collect();
            let keep = |k: &str| names.iter().any(|n| n == k) == (name == "pick");
            Datum::map(shared.borrow().iter().filter(|(k, _)| keep(k)).map(|(k, v)| (Rc::clone(k), v.clone())).collect())
        }
        ("keys", _) => Datum::list(shared.borrow().keys().map(|k| Datum::text(&**k)).collect()),
        ("values", _) => Datum::list(shared.borrow().values().cloned().collect()),
        ("deepCopy" | "mustDeepCopy", _) => args[0].deep(0),
        _ => Datum::UNKNOWN,
    }
}

fn list(name: &str, items: &Rc<Vec<Datum>>, args: &[Datum]) -> Datum {
    let arg = |i: usize| args.get(i).cloned().unwrap_or(Datum::NIL);
    let int = |i: usize| args.get(i).and_then(Datum::as_int).and_then(|n| usize::try_from(n).ok());
    let mut all: Vec<Datum> = items.to_vec();
    match name {
        "first" | "mustFirst" => return all.first().cloned().unwrap_or(Datum::NIL),
        "last" | "mustLast" => return all.last().cloned().unwrap_or(Datum::NIL),
        "rest" | "mustRest" => all = all.into_iter().skip(1).collect(),
        "initial" => {
            all.pop();
        }
        "append" | "mustAppend" | "push" if all.len() < MOST => all.push(arg(1)),
        "prepend" | "mustPrepend" if all.len() < MOST => all.insert(0, arg(1)),
        "compact" | "mustCompact" => all.retain(|i| i.truth() != Some(false)),
        "reverse" | "mustReverse" => all.reverse(),
        "without" | "mustWithout" => all.retain(|i| !args[1..].iter().any(|w| equal(i, w) == Some(true))),
        "sortAlpha" => {
            if all.iter().any(|i| i.printed().is_none()) {
                return Datum::UNKNOWN;
            }
            all.sort_by_key(|i| i.printed());
        }
        "uniq" | "mustUniq" => {
            let mut kept: Vec<Datum> = Vec::new();
            for item in all.into_iter().take(500) {
                if !kept.iter().any(|k| equal(k, &item) == Some(true)) {
                    kept.push(item);
                }
            }
            all = kept;
        }
        "slice" => {
            let from = int(1).unwrap_or(0).min(all.len());
            let to = int(2).unwrap_or(all.len()).clamp(from, all.len());
            all = all[from..to].to_vec();
        }
        "deepCopy" | "mustDeepCopy" => return args[0].deep(0),
        "get" | "hasKey" | "keys" | "values" | "pick" | "omit" | "chunk" => return Datum::UNKNOWN,
        _ => {}
    }
    Datum { is: Is::List(Rc::new(all)), at: args[0].at }
}
