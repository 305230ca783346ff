//! Functions on numbers and versions.

use std::cmp::Ordering;

use crate::iac::helm::datum::{Datum, Is};

/// None where the name is not one of them.
pub(super) fn call(name: &str, args: &[Datum]) -> Option<Datum> {
    let ints = || args.iter().map(Datum::as_int).collect::<Option<Vec<i64>>>();
    let fold = |f: fn(i64, i64) -> Option<i64>| {
        let found = ints().and_then(|n| n.into_iter().map(Some).reduce(|a, b| f(a?, b?)).flatten());
        Some(found.map_or(Datum::UNKNOWN, |n| Is::Int(n).into()))
    };
    match name {
        "int" | "int64" | "atoi" | "toDecimal" => {
            let value = args.last()?;
            Some(value.as_int().map_or(Datum::UNKNOWN, |n| Datum { is: Is::Int(n), at: value.at }))
        }
        "float64" => {
            let value = args.last()?;
            Some(value.as_float().map_or(Datum::UNKNOWN, |n| Datum { is: Is::Float(n), at: value.at }))
        }
        "add" => fold(i64::checked_add),
        "add1" => Some(args.last()?.as_int().and_then(|n| n.checked_add(1)).map_or(Datum::UNKNOWN, |n| Is::Int(n).into())),
        "sub" => fold(i64::checked_sub),
        "mul" => fold(i64::checked_mul),
        "div" => fold(i64::checked_div),
        "mod" => fold(i64::checked_rem),
        "max" => fold(|a, b| Some(a.max(b))),
        "min" => fold(|a, b| Some(a.min(b))),
        "addf" | "subf" | "mulf" | "divf" | "floor" | "ceil" | "round" => {
            let mut numbers = args.iter().map(Datum::as_float).collect::<Option<Vec<f64>>>()?.into_iter();
            let first = numbers.next()?;
            let found = match name {
                "addf" => numbers.fold(first, |a, b| a + b),
                "subf" => numbers.fold(first, |a, b| a - b),
                "mulf" => numbers.fold(first, |a, b| a * b),
                "divf" => numbers.fold(first, |a, b| a / b),
                "floor" => first.floor(),
                "ceil" => first.ceil(),
                _ => first.round(),
            };
            Some(Is::Float(found).into())
        }
        "gt" | "lt" | "ge" | "le" => {
            let [a, b] = args else { return Some(Datum::UNKNOWN) };
            let order = match (&a.is, &b.is) {
                (Is::Text(a), Is::Text(b)) if !a.is_open() && !b.is_open() => a.text.partial_cmp(&b.text),
                _ => a.as_float().zip(b.as_float()).and_then(|(a, b)| a.partial_cmp(&b)),
            };
            Some(order.map_or(Datum::UNKNOWN, |o| {
                Datum::bool(match name {
                    "gt" => o == Ordering::Greater,
                    "lt" => o == Ordering::Less,
                    "ge" => o != Ordering::Less,
                    _ => o != Ordering::Greater,
                })
            }))
        }
        "until" | "untilStep" | "seq" => {
            let ints = ints()?;
            let (from, to, step) = match (name, ints.as_slice()) {
                ("until", [to]) => (0, *to, 1),
                ("untilStep", [from, to, step]) => (*from, *to, *step),
                ("seq", [to]) => (1, to.saturating_add(1), 1),
                ("seq", [from, to]) => (*from, to.saturating_add(1), 1),
                _ => return Some(Datum::UNKNOWN),
            };
            if step <= 0 {
                return Some(Datum::UNKNOWN);
            }
            let mut items = Vec::new();
            let mut n = from;
            while n < to && items.len() < 1000 {
                items.push(Is::Int(n).into());
                n = n.saturating_add(step);
            }
            Some(Datum::list(items))
        }
        "semver" => {
            let text = args.first()?.printed()?;
            let v = version(&text)?;
            let part = |n: u64| Datum::from(Is::Int(i64::try_from(n).unwrap_or(0)));
            Some(Datum::map(
                [
                    ("Major", part(v[0])),
                    ("Minor", part(v[1])),
                    ("Patch", part(v[2])),
                    ("Prerelease", Datum::text("")),
                    ("Original", Datum::text(text)),
                ]
                .into_iter()
                .map(|(k, v)| (k.into(), v))
                .collect(),
            ))
        }
        "semverCompare" => {
            let (constraint, own) = (args.first()?.printed()?, args.get(1)?.printed()?);
            Some(version(&own).and_then(|v| satisfies(&constraint, v)).map_or(Datum::UNKNOWN, Datum::bool))
        }
        _ => None,
    }
}

/// The three numbers of a version, missing ones as zero; none where it is no version.
fn version(text: &str) -> Option<[u64; 3]> {
    let plain = text.trim().trim_start_matches('v');
    let plain = plain.split(['-', '+']).next().unwrap_or(plain);
    let mut found = [0; 3];
    for (i, part) in plain.split('.').take(3).enumerate() {
        found[i] = if matches!(part, "x" | "X" | "*") { 0 } else { part.parse().ok()? };
    }
    Some(found)
}

/// Whether a version fits constraints as Masterminds' library reads them; pre-releases are taken for the release.
fn satisfies(constraint: &str, own: [u64; 3]) -> Option<bool> {
    let mut any = false;
    for alternative in constraint.split("||") {
        let spaced = alternative.replace(',', " ");
        let mut all = true;
        let mut sign = String::new();
        for word in spaced.split_whitespace() {
            let digits = word.trim_start_matches(['>', '<', '=', '!', '^', '~']);
            sign.push_str(&word[..word.len() - digits.len()]);
            if digits.is_empty() {
                continue;
            }
            if digits != "*" {
                let wanted = version(digits)?;
                let parts = digits.split(['-', '+']).next().unwrap_or(digits).split('.').filter(|p| !matches!(*p, "x" | "X" | "*")).count();
                all &= match sign.as_str() {
                    ">=" | "=>" => own >= wanted,
                    ">" => own > wanted,
                    "<=" | "=<" => own <= wanted,
                    "<" => own < wanted,
                    "!=" => own != wanted,
                    "^" => own >= wanted && own[0] == wanted[0] && (own[0] > 0 || own[1] == wanted[1]),
                    "~" => own >= wanted && own[0] == wanted[0] && (parts < 2 || own[1] == wanted[1]),
                    "" | "=" => own[..parts.min(3)] == wanted[..parts.min(3)],
                    _ => return None,
                };
            }
            sign.clear();
        }
        any |= all;
    }
    Some(any)
}
