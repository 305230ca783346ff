//! Functions on texts.

use std::rc::Rc;

use plimsoll_base::Location;

use crate::iac::terraform::term::{Extent, Kind, Term};

pub(super) fn call(name: &str, args: &[Term], at: Location) -> Option<Term> {
    let text = |i: usize| args.get(i).and_then(Term::text);
    let said = |text: String| Some(Term::of_text(text, at));
    let truth = |b: bool| Some(Term::of_bool(b, at));
    match name {
        "format" => format(text(0)?, &args[1..], at),
        "formatlist" => format_list(text(0)?, &args[1..], at),
        "join" => join(args, at),
        "split" => {
            let (separator, whole) = (text(0)?, text(1)?);
            let parts: Vec<Term> = if whole.is_empty() {
                vec![Term::of_text("", at)]
            } else if separator.is_empty() {
                whole.chars().map(|c| Term::of_text(c.to_string(), at)).collect()
            } else {
                whole.split(separator).map(|p| Term::of_text(p, at)).collect()
            };
            (parts.len() <= 4096).then(|| Term::list(parts, at))
        }
        "replace" => {
            let (whole, from, to) = (text(0)?, text(1)?, text(2)?);
            match from.strip_prefix('/').and_then(|f| f.strip_suffix('/')).filter(|_| from.len() > 1) {
                Some(pattern) => said(regex::Regex::new(pattern).ok()?.replace_all(whole, to).into_owned()),
                None if from.is_empty() => None,
                None => said(whole.replace(from, to)),
            }
        }
        "regex" | "regexall" => regex(name == "regexall", text(0)?, text(1)?, at),
        "substr" => {
            let (whole, from, length) = (text(0)?, text(1)?.parse::<i64>().ok()?, text(2)?.parse::<i64>().ok()?);
            let count = whole.chars().count();
            let from = if from < 0 { count.saturating_sub(from.unsigned_abs() as usize) } else { from as usize };
            let length = usize::try_from(length).unwrap_or(count);
            said(whole.chars().skip(from).take(length).collect())
        }
        "trim" => {
            let set: Vec<char> = text(1)?.chars().collect();
            said(text(0)?.trim_matches(set.as_slice()).to_owned())
        }
        "trimspace" => said(text(0)?.trim().to_owned()),
        "chomp" => said(text(0)?.trim_end_matches(['\n', '\r']).to_owned()),
        "trimprefix" => said(text(0)?.strip_prefix(text(1)?).unwrap_or(text(0)?).to_owned()),
        "trimsuffix" => said(text(0)?.strip_suffix(text(1)?).unwrap_or(text(0)?).to_owned()),
        "upper" => said(text(0)?.to_uppercase()),
        "lower" => said(text(0)?.to_lowercase()),
        "title" => said(title(text(0)?)),
        "indent" => {
            let space = " ".repeat(text(0)?.parse::<usize>().ok().filter(|n| *n < 200)?);
            said(text(1)?.replace('\n', &format!("\n{space}")))
        }
        "startswith" => truth(text(0)?.starts_with(text(1)?)),
        "endswith" => truth(text(0)?.ends_with(text(1)?)),
        "strcontains" => truth(text(0)?.contains(text(1)?)),
        "basename" => said(text(0)?.rsplit('/').next().unwrap_or_default().to_owned()),
        "dirname" => said(text(0)?.rsplit_once('/').map_or(".", |(d, _)| d).to_owned()),
        _ => args.first().cloned(),
    }
}

/// `format`: what is known is inserted, what is not stands as written.
fn format(pattern: &str, args: &[Term], at: Location) -> Option<Term> {
    let mut out = String::new();
    let mut decided = true;
    let mut next = 0;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        let verb = loop {
            match chars.next()? {
                v if v.is_ascii_alphabetic() || v == '%' => break v,
                other if flags.len() < 8 => flags.push(other),
                _ => return None,
            }
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let arg = args.get(next)?;
        next += 1;
        match (&arg.kind, verb) {
            (Kind::Text(t), 's' | 'v') if flags.is_empty() => out.push_str(t),
            (Kind::Text(t), 'd') if flags.is_empty() => out.push_str(t),
            (Kind::Text(t), 'd') => {
                let width: usize = flags.parse().ok().filter(|w| *w < 64)?;
                let zero = flags.starts_with('0');
                let fill = if zero { '0' } else { ' ' };
                (t.chars().count()..width).for_each(|_| out.push(fill));
                out.push_str(t);
            }
            (Kind::Text(t), 'q') if flags.is_empty() => {
                out.push('"');
                out.push_str(t);
                out.push('"');
            }
            (Kind::Text(t), 't') => out.push_str(t),
            (Kind::Unknown(t), _) => {
                decided = false;
                out.push_str(t);
            }
            _ => return None,
        }
    }
    Some(if decided { Term::of_text(out, at) } else { Term::unknown(out, at) })
}

fn format_list(pattern: &str, args: &[Term], at: Location) -> Option<Term> {
    let length = args.iter().find_map(|a| a.items().map(<[Term]>::len))?;
    let whole = args.iter().all(|a| !matches!(&a.kind, Kind::List(_, Extent::Part)));
    let mut found = Vec::with_capacity(length);
    for i in 0..length {
        let row: Option<Vec<Term>> = args
            .iter()
            .map(|a| match a.items() {
                Some(items) => items.get(i).cloned(),
                None => Some(a.clone()),
            })
            .collect();
        found.push(format(pattern, &row?, at)?);
    }
    Some(Term::new(Kind::List(Rc::new(found), if whole { Extent::Whole } else { Extent::Part }), at))
}

fn join(args: &[Term], at: Location) -> Option<Term> {
    let separator = args.first()?.text()?;
    let mut decided = true;
    let mut parts: Vec<&str> = Vec::new();
    for list in &args[1..] {
        decided &= list.all_items().is_some();
        for item in list.items()? {
            match &item.kind {
                Kind::Text(text) => parts.push(text),
                Kind::Unknown(text) => {
                    decided = false;
                    parts.push(text);
                }
                _ => return None,
            }
        }
    }
    let text = parts.join(separator);
    Some(if decided { Term::of_text(text, at) } else { Term::unknown(text, at) })
}

fn regex(all: bool, pattern: &str, text: &str, at: Location) -> Option<Term> {
    let pattern = regex::RegexBuilder::new(pattern).size_limit(1 << 18).build().ok()?;
    if pattern.captures_len() > 1 {
        let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
        if all || names.iter().any(Option::is_some) {
            return None;
        }
        let groups = pattern.captures(text)?;
        let group = |i: usize| groups.get(i).map_or(Term::null(at), |m| Term::of_text(m.as_str(), at));
        return Some(Term::list((1..groups.len()).map(group).collect(), at));
    }
    if all {
        return Some(Term::list(pattern.find_iter(text).take(1024).map(|m| Term::of_text(m.as_str(), at)).collect(), at));
    }
    Some(Term::of_text(pattern.find(text)?.as_str(), at))
}

fn title(text: &str) -> String {
    let mut start = true;
    let upper = |c: char| {
        let first = std::mem::replace(&mut start, !c.is_alphanumeric());
        if first { c.to_uppercase().collect::<String>() } else { c.to_string() }
    };
    text.chars().map(upper).collect()
}
