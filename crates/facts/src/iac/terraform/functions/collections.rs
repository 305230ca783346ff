//! Functions on lists, sets and maps.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use plimsoll_base::Location;

use super::{every, put, same};
use crate::iac::terraform::term::{Entry, Extent, Found, Kind, Term, single};

/// Items that a function may make.
const MOST: usize = 4096;

pub(super) fn call(name: &str, args: Vec<Term>, at: Location) -> Option<Term> {
    let count = |n: usize| Some(Term::of_text(n.to_string(), at));
    let truth = |b: bool| Some(Term::of_bool(b, at));
    match name {
        "tolist" | "tomap" => args.into_iter().next(),
        "toset" => distinct(args.first()?, at),
        "concat" => concat(args, at),
        "merge" => merge(args, at),
        "flatten" => {
            let mut found = Vec::new();
            let extent = flatten(args.first()?, &mut found, 0)?;
            Some(Term::new(Kind::List(Rc::new(found), extent), at))
        }
        "distinct" => distinct(args.first()?, at),
        "compact" => {
            let Kind::List(items, extent) = &args.first()?.kind else { return None };
            let kept = items.iter().filter(|i| !i.is_null() && i.text() != Some("")).cloned().collect::<Vec<_>>();
            let open = kept.iter().any(Term::is_unknown);
            Some(Term::new(Kind::List(Rc::new(kept), if open { Extent::Part } else { *extent }), at))
        }
        "coalesce" => {
            for arg in &args {
                match &arg.kind {
                    Kind::Null => {}
                    Kind::Text(t) if t.is_empty() => {}
                    Kind::Unknown(_) => return None,
                    _ => return Some(arg.clone()),
                }
            }
            None
        }
        "coalescelist" => {
            for arg in &args {
                match &arg.kind {
                    Kind::Null => {}
                    Kind::List(items, Extent::Whole) if items.is_empty() => {}
                    Kind::List(items, _) if !items.is_empty() => return Some(arg.clone()),
                    _ => return None,
                }
            }
            None
        }
        "lookup" => {
            let key = args.get(1)?.text()?;
            args.first()?.entries()?;
            match args[0].step(key) {
                Found::Here(value) => Some(value),
                Found::Absent => args.get(2).cloned(),
            }
        }
        "length" => match &args.first()?.kind {
            Kind::List(items, Extent::Whole) => count(items.len()),
            Kind::Map(entries, Extent::Whole) => count(entries.len()),
            Kind::Text(text) => count(text.chars().count()),
            _ => None,
        },
        "keys" => {
            let mut keys: Vec<Term> = args.first()?.all_entries()?.iter().map(|e| Term::of_text(Rc::clone(&e.name), e.at)).collect();
            keys.sort_by(|a, b| a.text().cmp(&b.text()));
            Some(Term::list(keys, at))
        }
        "values" => {
            let mut entries: Vec<&Entry> = args.first()?.all_entries()?.iter().collect();
            entries.sort_by(|a, b| a.name.cmp(&b.name));
            Some(Term::list(entries.into_iter().map(|e| e.value.clone()).collect(), at))
        }
        "contains" => contains(args.first()?, args.get(1)?).and_then(truth),
        "element" => element(args.first()?, args.get(1)?, at),
        "index" => {
            let items = args.first()?.all_items()?;
            let known = items.iter().map(|i| same(i, args.get(1)?)).collect::<Option<Vec<bool>>>()?;
            count(known.iter().position(|k| *k)?)
        }
        "slice" => slice(args.first()?, args.get(1)?.text()?.parse().ok()?, args.get(2)?.text()?.parse().ok()?, at),
        "chunklist" => {
            let size: usize = args.get(1)?.text()?.parse().ok().filter(|n| *n > 0)?;
            Some(Term::list(args.first()?.all_items()?.chunks(size).map(|c| Term::list(c.to_vec(), at)).collect(), at))
        }
        "reverse" => Some(Term::list(args.first()?.all_items()?.iter().rev().cloned().collect(), at)),
        "sort" => {
            let mut items = args.first()?.all_items()?.to_vec();
            items.iter().all(|i| i.text().is_some()).then_some(())?;
            items.sort_by(|a, b| a.text().cmp(&b.text()));
            Some(Term::list(items, at))
        }
        "range" => range(&args, at),
        "zipmap" => {
            let (keys, values) = (args.first()?.all_items()?, args.get(1)?.all_items()?);
            let entries: Option<Vec<Entry>> =
                keys.iter().zip(values).map(|(k, v)| Some(Entry { name: k.text()?.into(), at: v.at, value: v.clone() })).collect();
            Some(Term::map(entries?, at))
        }
        "one" => match args.first()?.all_items()? {
            [] => Some(Term::null(at)),
            [only] => Some(only.clone()),
            _ => None,
        },
        "setunion" => distinct(&concat(args, at)?, at),
        "setintersection" | "setsubtract" => {
            let (first, others) = args.split_first()?;
            let mut kept = Vec::new();
            for item in first.all_items()? {
                let within = others.iter().map(|o| contains(o, item)).collect::<Option<Vec<bool>>>()?;
                let keep = if name == "setsubtract" { !within.contains(&true) } else { within.iter().all(|w| *w) };
                kept.extend(keep.then(|| item.clone()));
            }
            Some(Term::list(kept, at))
        }
        "alltrue" => every(args.first()?.all_items()?.iter().map(Term::truth)).and_then(truth),
        "anytrue" => every(args.first()?.all_items()?.iter().map(|i| i.truth().map(|t| !t))).and_then(|none| truth(!none)),
        "sum" => {
            let all = args.first()?.all_items()?.iter().map(Term::number).collect::<Option<Vec<f64>>>()?;
            Some(Term::of_text(super::plain(all.iter().sum()), at))
        }
        _ => None,
    }
}

fn concat(args: Vec<Term>, at: Location) -> Option<Term> {
    let mut all = Vec::new();
    let mut extent = Extent::Whole;
    for arg in args {
        match &arg.kind {
            Kind::List(items, part) => {
                all.extend(items.iter().cloned());
                extent = if *part == Extent::Part { Extent::Part } else { extent };
            }
            // Part of the list is decided elsewhere; the known part is still there.
            Kind::Unknown(_) => {
                extent = Extent::Part;
                all.push(arg);
            }
            _ => return None,
        }
    }
    (all.len() <= MOST).then(|| Term::new(Kind::List(Rc::new(all), extent), at))
}

/// Later maps win. What is decided elsewhere may replace what came before it, and adds what is not known.
fn merge(args: Vec<Term>, at: Location) -> Option<Term> {
    let (mut all, mut index) = (Vec::new(), HashMap::new());
    let mut extent = Extent::Whole;
    let args: Vec<Term> = match args.as_slice() {
        [only] if only.items().is_some() => only.all_items()?.to_vec(),
        _ => args,
    };
    for arg in args {
        match &arg.kind {
            Kind::Null => {}
            Kind::Map(entries, part) => {
                if *part == Extent::Part {
                    extent = Extent::Part;
                    all.clear();
                    index.clear();
                }
                entries.iter().for_each(|e| put(&mut all, &mut index, e.clone()));
            }
            Kind::Unknown(_) => {
                extent = Extent::Part;
                all.clear();
                index.clear();
            }
            _ => return None,
        }
    }
    if extent == Extent::Part && all.is_empty() {
        return None;
    }
    (all.len() <= MOST).then(|| Term::new(Kind::Map(Rc::new(all), extent), at))
}

fn flatten(term: &Term, into: &mut Vec<Term>, depth: usize) -> Option<Extent> {
    let Kind::List(items, extent) = &term.kind else { return None };
    let mut whole = *extent;
    for item in items.iter() {
        if into.len() > MOST || depth > 16 {
            return None;
        }
        match &item.kind {
            Kind::List(..) => {
                if flatten(item, into, depth + 1)? == Extent::Part {
                    whole = Extent::Part;
                }
            }
            // It may be a list itself.
            Kind::Unknown(text) => {
                if single(text).is_some_and(|t| t.contains("[*]") || t.starts_with("var.") || t.contains(".var.") || t.contains('(')) {
                    whole = Extent::Part;
                }
                into.push(item.clone());
            }
            _ => into.push(item.clone()),
        }
    }
    Some(whole)
}

fn distinct(term: &Term, at: Location) -> Option<Term> {
    let Kind::List(items, extent) = &term.kind else { return None };
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut kept = Vec::new();
    for item in items.iter() {
        match &item.kind {
            Kind::Text(text) | Kind::Unknown(text) if !seen.insert(text) => {}
            _ => kept.push(item.clone()),
        }
    }
    Some(Term::new(Kind::List(Rc::new(kept), *extent), at))
}

fn contains(list: &Term, wanted: &Term) -> Option<bool> {
    let Kind::List(items, extent) = &list.kind else { return None };
    let none = every(items.iter().map(|i| same(i, wanted).map(|s| !s)));
    match none {
        Some(true) if *extent == Extent::Part => None,
        none => none.map(|n| !n),
    }
}

/// Indices wrap around. Of a list that is decided elsewhere the item is named.
fn element(list: &Term, index: &Term, at: Location) -> Option<Term> {
    let n: usize = index.text()?.parse().ok()?;
    match &list.kind {
        Kind::List(items, Extent::Whole) if !items.is_empty() => Some(items[n % items.len()].clone()),
        Kind::Unknown(text) => Some(Term::unknown(format!("${{{}[{n}]}}", single(text)?), at)),
        _ => None,
    }
}

/// A slice of a list that is decided elsewhere has the length that is asked for, or the run fails.
fn slice(list: &Term, from: usize, to: usize, at: Location) -> Option<Term> {
    match &list.kind {
        Kind::List(items, Extent::Whole) => Some(Term::list(items.get(from..to)?.to_vec(), at)),
        Kind::Unknown(text) if from <= to && to - from <= 64 => {
            let inner = single(text)?;
            Some(Term::list((from..to).map(|i| Term::unknown(format!("${{{inner}[{i}]}}"), at)).collect(), at))
        }
        _ => None,
    }
}

fn range(args: &[Term], at: Location) -> Option<Term> {
    let numbers = args.iter().map(Term::number).collect::<Option<Vec<f64>>>()?;
    let (from, to, step) = match numbers.as_slice() {
        [to] => (0.0, *to, 1.0),
        [from, to] => (*from, *to, if to < from { -1.0 } else { 1.0 }),
        [from, to, step] if *step != 0.0 => (*from, *to, *step),
        _ => return None,
    };
    let mut found = Vec::new();
    let mut next = from;
    while if step > 0.0 { next < to } else { next > to } {
        if found.len() >= 1024 {
            return None;
        }
        found.push(Term::of_text(super::plain(next), at));
        next += step;
    }
    Some(Term::list(found, at))
}
