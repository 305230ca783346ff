//! Functions on text.

use std::rc::Rc;

use regex::RegexBuilder;

use super::made;
use crate::iac::helm::datum::{Datum, Is};
use crate::iac::helm::engine::Engine;
use crate::iac::helm::text::{CLOSE, OPEN, Text};

/// Functions that take text with unknown parts.
pub(super) fn printing(engine: &mut Engine<'_>, name: &str, args: &[Datum]) -> Datum {
    let last = args.last().cloned().unwrap_or(Datum::NIL);
    match name {
        "indent" | "nindent" => {
            let by = args.first().and_then(Datum::as_int).unwrap_or(0);
            let text = printed(engine, &last);
            let indented = text.indented(usize::try_from(by).unwrap_or(0), name == "nindent");
            Datum { is: Is::Text(Rc::new(indented)), at: last.at }
        }
        "trim" => {
            let text = printed(engine, &last);
            let start = text.text.len() - text.text.trim_start().len();
            let end = text.text.trim_end().len().max(start);
            Datum { is: Is::Text(Rc::new(text.part(start, end))), at: last.at }
        }
        "toString" => match &last.is {
            Is::Text(_) | Is::Unknown => last,
            _ => made(printed(engine, &last).text, &last),
        },
        "quote" | "squote" => {
            let sign = if name == "quote" { '"' } else { '\'' };
            let parts: Vec<String> = args
                .iter()
                .filter(|a| !a.is_nil())
                .map(|a| {
                    let text = printed(engine, a).text;
                    let inner = if sign == '"' { text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n") } else { text };
                    format!("{sign}{inner}{sign}")
                })
                .collect();
            made(parts.join(" "), &last)
        }
        "print" | "println" | "cat" => {
            let parts: Vec<String> = args.iter().map(|a| printed(engine, a).text).collect();
            let text = parts.join(if name == "print" { "" } else { " " });
            match args {
                [one] => made(text, one),
                _ => Datum::text(text),
            }
        }
        _ => printf(engine, args),
    }
}

/// Any value as text; what is unknown by its sign.
fn printed(engine: &mut Engine<'_>, value: &Datum) -> Text {
    match &value.is {
        Is::Text(text) => (**text).clone(),
        _ => match value.printed() {
            Some(text) => Text::plain(text),
            None => engine.sign("{{ … }}"),
        },
    }
}

fn printf(engine: &mut Engine<'_>, args: &[Datum]) -> Datum {
    let Some(format) = args.first().and_then(Datum::printed) else { return Datum::UNKNOWN };
    let mut rest = args.iter().skip(1);
    let mut text = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let verb = chars.by_ref().find(|c| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+' | '#' | ' '));
        if verb == Some('%') {
            text.push('%');
            continue;
        }
        let Some(value) = rest.next() else { continue };
        let shown = printed(engine, value).text;
        match verb {
            Some('q') => text.push_str(&format!("\"{}\"", shown.replace('"', "\\\""))),
            Some('t' | 's' | 'v' | 'd' | 'f' | 'g' | 'x' | 'o') => text.push_str(&shown),
            _ => return Datum::UNKNOWN,
        }
    }
    let single = args.len() == 2;
    if single { made(text, &args[1]) } else { Datum::text(text) }
}

/// Functions on known text; none where the name is not one of them. Text with unknown parts gives an unknown result, except where the
/// function leaves those parts alone.
pub(super) fn call(name: &str, args: &[Datum]) -> Option<Datum> {
    let last = args.last()?;
    let subject = last.printed();
    let Some(text) = subject else { return known(name).then_some(Datum::UNKNOWN) };
    let open = args.iter().any(|a| matches!(&a.is, Is::Text(t) if t.is_open()));
    if open && known(name) {
        return Some(opened(name, args, last, &text));
    }
    let arg = |i: usize| args.get(i).and_then(Datum::printed).unwrap_or_default();
    let int = |i: usize| args.get(i).and_then(Datum::as_int).unwrap_or(0);
    let cut = |from: usize, to: usize| text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>();
    let length = text.chars().count();
    let from_end = |n: i64| length.saturating_sub(usize::try_from(n.unsigned_abs()).unwrap_or(length));
    let done = match name {
        "trunc" => match int(0) {
            n if n < 0 => cut(from_end(n), length),
            n => cut(0, usize::try_from(n).unwrap_or(0)),
        },
        "abbrev" => cut(0, usize::try_from(int(0)).unwrap_or(0)),
        "substr" => cut(usize::try_from(int(0)).unwrap_or(0), if int(1) < 0 { length } else { usize::try_from(int(1)).unwrap_or(0) }),
        "trimSuffix" => text.strip_suffix(arg(0).as_str()).unwrap_or(&text).to_owned(),
        "trimPrefix" => text.strip_prefix(arg(0).as_str()).unwrap_or(&text).to_owned(),
        "trimAll" => text.trim_matches(|c| arg(0).contains(c)).to_owned(),
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        "title" => words(&text, true),
        "untitle" => words(&text, false),
        "snakecase" => joined(&text, '_'),
        "kebabcase" => joined(&text, '-'),
        "camelcase" => joined(&text, ' ').split(' ').map(|w| words(w, true)).collect(),
        "nospace" => text.split_whitespace().collect(),
        "replace" => {
            let from = arg(0);
            if from.is_empty() { text } else { text.replace(&from, &arg(1)) }
        }
        "repeat" => text.repeat(usize::try_from(int(0)).unwrap_or(0).min(1000)),
        "wrap" | "plural" | "swapcase" | "initials" => return Some(Datum::UNKNOWN),
        "contains" => return Some(Datum::bool(text.contains(&arg(0)))),
        "hasPrefix" => return Some(Datum::bool(text.starts_with(&arg(0)))),
        "hasSuffix" => return Some(Datum::bool(text.ends_with(&arg(0)))),
        "base" => text.rsplit('/').next().unwrap_or("").to_owned(),
        "dir" => text.rsplit_once('/').map_or(".", |(d, _)| d).to_owned(),
        "ext" => text.rsplit_once('.').map_or(String::new(), |(_, e)| format!(".{e}")),
        "clean" => text,
        "splitList" | "split" | "splitn" => {
            let sign = arg(0);
            let limit = if name == "splitn" { usize::try_from(int(1)).unwrap_or(1) } else { usize::MAX };
            let parts: Vec<Datum> = if sign.is_empty() {
                text.chars().map(|c| made(c.to_string(), last)).collect()
            } else {
                text.splitn(limit, sign.as_str()).map(|p| made(p.to_owned(), last)).collect()
            };
            if name == "splitList" {
                return Some(Datum::list(parts));
            }
            return Some(Datum::map(parts.into_iter().enumerate().map(|(i, p)| (format!("_{i}").into(), p)).collect()));
        }
        "regexMatch" | "mustRegexMatch" => {
            let pattern = compile(&arg(0))?;
            return Some(Datum::bool(pattern.is_match(&text)));
        }
        "regexFind" | "mustRegexFind" => compile(&arg(0))?.find(&text).map_or("", |m| m.as_str()).to_owned(),
        "regexReplaceAll" | "mustRegexReplaceAll" | "regexReplaceAllLiteral" => {
            let pattern = compile(&arg(0))?;
            let subject = arg(1);
            pattern.replace_all(&subject, text.as_str()).into_owned()
        }
        "regexSplit" => {
            let pattern = compile(&arg(0))?;
            return Some(Datum::list(pattern.split(&arg(1)).map(Datum::text).collect()));
        }
        _ => return None,
    };
    Some(made(done, last))
}

/// Text with unknown parts: what does not look into them is done.
fn opened(name: &str, args: &[Datum], last: &Datum, text: &str) -> Datum {
    match name {
        // Names are cut at 63 characters as a precaution, and lose a hyphen that the cut left.
        "trunc" | "trimSuffix" if text.ends_with(CLOSE) || args.first().and_then(Datum::as_int).is_some_and(|n| n >= 50) => last.clone(),
        "trimSuffix" => args[0].printed().map_or(Datum::UNKNOWN, |end| made(text.strip_suffix(&end).unwrap_or(text).to_owned(), last)),
        "trimPrefix" if !text.starts_with(OPEN) => {
            args[0].printed().map_or(Datum::UNKNOWN, |start| made(text.strip_prefix(&start).unwrap_or(text).to_owned(), last))
        }
        "lower" | "upper" | "replace" | "clean" | "trimPrefix" => last.clone(),
        "contains" if args[0].printed().is_some_and(|part| !part.contains(OPEN) && text.contains(&part)) => Datum::bool(true),
        _ => Datum::UNKNOWN,
    }
}

fn known(name: &str) -> bool {
    matches!(
        name,
        "trunc"
            | "abbrev"
            | "substr"
            | "trimSuffix"
            | "trimPrefix"
            | "trimAll"
            | "lower"
            | "upper"
            | "title"
            | "untitle"
            | "snakecase"
            | "kebabcase"
            | "camelcase"
            | "nospace"
            | "replace"
            | "repeat"
            | "contains"
            | "hasPrefix"
            | "hasSuffix"
            | "base"
            | "dir"
            | "ext"
            | "clean"
            | "splitList"
            | "split"
            | "splitn"
            | "regexMatch"
            | "mustRegexMatch"
            | "regexFind"
            | "mustRegexFind"
            | "regexReplaceAll"
            | "mustRegexReplaceAll"
            | "regexReplaceAllLiteral"
            | "regexSplit"
            | "wrap"
            | "plural"
            | "swapcase"
            | "initials"
    )
}

/// A pattern of a chart, small enough to be safe.
fn compile(pattern: &str) -> Option<regex::Regex> {
    RegexBuilder::new(pattern).size_limit(1 << 18).build().ok()
}

fn words(text: &str, upper: bool) -> String {
    let mut first = true;
    text.chars()
        .map(|c| {
            let now = std::mem::replace(&mut first, c.is_whitespace());
            match (now, upper) {
                (true, true) => c.to_ascii_uppercase(),
                (true, false) => c.to_ascii_lowercase(),
                _ => c,
            }
        })
        .collect()
}

/// Words of any spelling, in lower case with one sign between.
fn joined(text: &str, sign: char) -> String {
    let mut found = String::new();
    let mut before = ' ';
    for c in text.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) || matches!(c, '-' | '_' | ' ' | '.') {
            found.push(sign);
        }
        if !matches!(c, '-' | '_' | ' ' | '.') {
            found.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    found
}
