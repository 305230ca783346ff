//! Functions and operators on values. None where the result is decided elsewhere, or where the function is not known.

mod collections;
mod encoding;
mod text;

use std::rc::Rc;

use plimsoll_base::Location;

use super::term::{Entry, Extent, Kind, Term};

/// The result of a function.
pub(super) fn call(name: &str, args: Vec<Term>, at: Location) -> Option<Term> {
    match name {
        "tostring" | "tonumber" | "tobool" | "sensitive" | "nonsensitive" | "ephemeralasnull" => args.into_iter().next(),
        "min" | "max" | "ceil" | "floor" | "abs" | "parseint" | "pow" | "signum" => numbers(name, &args).map(|n| Term::of_text(n, at)),
        "jsonencode" | "jsondecode" | "yamlencode" | "yamldecode" | "base64encode" | "base64decode" | "base64gzip" | "textencodebase64" => {
            encoding::call(name, args, at)
        }
        "format" | "formatlist" | "join" | "split" | "replace" | "regex" | "regexall" | "substr" | "trim" | "trimspace" | "trimprefix"
        | "trimsuffix" | "chomp" | "upper" | "lower" | "title" | "indent" | "startswith" | "endswith" | "strcontains" | "basename"
        | "dirname" | "abspath" | "pathexpand" => text::call(name, &args, at),
        _ => collections::call(name, args, at),
    }
}

fn numbers(name: &str, args: &[Term]) -> Option<String> {
    let mut all: Vec<f64> = Vec::new();
    for arg in args {
        match arg.all_items() {
            Some(items) => all.extend(items.iter().map(Term::number).collect::<Option<Vec<f64>>>()?),
            None => all.push(arg.number()?),
        }
    }
    let first = *all.first()?;
    let number = match name {
        "min" => all.iter().copied().fold(first, f64::min),
        "max" => all.iter().copied().fold(first, f64::max),
        "ceil" => first.ceil(),
        "floor" => first.floor(),
        "abs" => first.abs(),
        "signum" => {
            if first == 0.0 {
                0.0
            } else {
                first.signum()
            }
        }
        "pow" => first.powf(*all.get(1)?),
        "parseint" => {
            let text = args.first()?.text()?;
            i64::from_str_radix(text, args.get(1)?.text()?.parse().ok().filter(|b| (2..=36).contains(b))?).ok()? as f64
        }
        _ => return None,
    };
    number.is_finite().then(|| plain(number))
}

/// The result of an operator.
pub(super) fn operation(op: &str, values: &[Term]) -> Option<String> {
    let truth = |i: usize| values.get(i).and_then(Term::truth);
    let number = |i: usize| values.get(i).and_then(Term::number);
    let said = |b: bool| Some(b.to_string());
    match (op, values.len()) {
        ("!", 1) => said(!truth(0)?),
        ("-", 1) => Some(plain(-number(0)?)),
        ("&&", _) => match (truth(0), truth(1)) {
            (Some(false), _) | (_, Some(false)) => said(false),
            (Some(true), Some(true)) => said(true),
            _ => None,
        },
        ("||", _) => match (truth(0), truth(1)) {
            (Some(true), _) | (_, Some(true)) => said(true),
            (Some(false), Some(false)) => said(false),
            _ => None,
        },
        ("==" | "!=", 2) => said(same(&values[0], &values[1])? == (op == "==")),
        (">", 2) => said(number(0)? > number(1)?),
        ("<", 2) => said(number(0)? < number(1)?),
        (">=", 2) => said(number(0)? >= number(1)?),
        ("<=", 2) => said(number(0)? <= number(1)?),
        ("+", 2) => Some(plain(number(0)? + number(1)?)),
        ("-", 2) => Some(plain(number(0)? - number(1)?)),
        ("*", 2) => Some(plain(number(0)? * number(1)?)),
        ("/", 2) if number(1)? != 0.0 => Some(plain(number(0)? / number(1)?)),
        ("%", 2) if number(1)? != 0.0 => Some(plain(number(0)? % number(1)?)),
        _ => None,
    }
}

fn plain(number: f64) -> String {
    format!("{}", if number == 0.0 { 0.0 } else { number })
}

/// Whether two values are equal; none where that is decided elsewhere.
pub(super) fn same(a: &Term, b: &Term) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (Kind::Unknown(_), Kind::Null) | (Kind::Null, Kind::Unknown(_)) if identity(a) || identity(b) => Some(false),
        (Kind::Unknown(_), Kind::Text(text)) | (Kind::Text(text), Kind::Unknown(_)) if text.is_empty() && (identity(a) || identity(b)) => {
            Some(false)
        }
        (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => None,
        (Kind::Null, Kind::Null) => Some(true),
        (Kind::Text(x), Kind::Text(y)) => Some(x == y || matches!((a.number(), b.number()), (Some(m), Some(n)) if m == n)),
        (Kind::List(_, Extent::Part) | Kind::Map(_, Extent::Part), _) | (_, Kind::List(_, Extent::Part) | Kind::Map(_, Extent::Part)) => {
            None
        }
        (Kind::List(x, _), Kind::List(y, _)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            every(x.iter().zip(y.iter()).map(|(a, b)| same(a, b)))
        }
        (Kind::Map(x, _), Kind::Map(y, _)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            if x.len() > 256 {
                return None;
            }
            every(x.iter().map(|e| b.get(&e.name).map_or(Some(false), |v| same(&e.value, v))))
        }
        _ => Some(false),
    }
}

/// Attributes by which a provider names what it made: known only after it is made, and never null or empty.
const IDENTITIES: &[&str] = &["arn", "id", "self_link", "dns_name", "zone_id", "certificate_arn", "repository_url", "arn_suffix"];

/// Whether a value is such an attribute of a resource that is declared: `aws_acm_certificate.main.arn`, `module.dns.aws_route53_zone.a[0].id`.
fn identity(term: &Term) -> bool {
    let Some(address) = term.inner() else { return false };
    let mut parts = address.split('.').peekable();
    while parts.peek() == Some(&"module") {
        if parts.nth(1).is_none() {
            return false;
        }
    }
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let indexed = |part: &str| plain(part.split_once('[').map_or(part, |(name, rest)| if rest.ends_with(']') { name } else { "" }));
    let (Some(kind), Some(name), Some(attribute), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else { return false };
    plain(kind) && kind.contains('_') && indexed(name) && IDENTITIES.contains(&attribute)
}

/// Whether all hold: a known no decides, an unknown leaves it open.
pub(super) fn every(all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut open = false;
    for one in all {
        match one {
            Some(true) => {}
            Some(false) => return Some(false),
            None => open = true,
        }
    }
    (!open).then_some(true)
}

/// Puts an entry in, or replaces the one of its name.
fn put(entries: &mut Vec<Entry>, index: &mut std::collections::HashMap<Rc<str>, usize>, entry: Entry) {
    match index.get(&entry.name) {
        Some(i) => entries[*i] = entry,
        None => {
            index.insert(Rc::clone(&entry.name), entries.len());
            entries.push(entry);
        }
    }
}
