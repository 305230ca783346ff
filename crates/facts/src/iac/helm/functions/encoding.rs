//! Values written as YAML and JSON and read from them, and base64.

use std::rc::Rc;

use plimsoll_base::Location;
use plimsoll_syntax::{JsonFlavour, json, yaml};

use super::made;
use crate::iac::helm::datum::{Datum, Is, MAX_DEPTH};
use crate::iac::helm::engine::Engine;
use crate::iac::helm::text::{Mark, OPEN, Text};

/// A value as text.
pub(super) fn write(engine: &mut Engine<'_>, name: &str, value: &Datum) -> Datum {
    if value.is_unknown() || name == "toToml" {
        return Datum::UNKNOWN;
    }
    let mut out = Writer { text: Text::default(), engine };
    let at = value.at;
    if name.contains("Json") {
        out.json(value, 0);
        let text = out.text.text;
        return Datum { is: Is::Text(Rc::new(Text::plain(text))), at };
    }
    out.yaml(value, 0, "", at);
    let end = out.text.text.trim_end_matches('\n').len();
    let text = out.text.part(0, end);
    Datum { is: Is::Text(Rc::new(text)), at }
}

struct Writer<'e, 'a> {
    text: Text,
    engine: &'e mut Engine<'a>,
}

impl Writer<'_, '_> {
    /// Text that comes from a value; where no value says it, it has no place of its own.
    fn put(&mut self, text: &str, at: Option<Location>) {
        match at {
            Some(at) => self.text.push(text, Mark { start: 0, at, exact: false, value: Some(at), doubt: false }),
            None => match self.text.marks.last().cloned() {
                Some(mark) => self.text.push(text, mark),
                None => self.text.text.push_str(text),
            },
        }
    }

    /// Block style, keys in order, as Helm writes it.
    fn yaml(&mut self, value: &Datum, depth: usize, pad: &str, near: Option<Location>) {
        let at = value.at.or(near);
        match &value.is {
            _ if depth > MAX_DEPTH => {
                let sign = self.engine.sign("{{ toYaml }}");
                self.put(&sign.text, at);
            }
            Is::Map(fields) => {
                let fields: Vec<(Rc<str>, Datum)> = fields.borrow().iter().map(|(k, v)| (Rc::clone(k), v.clone())).collect();
                if fields.is_empty() {
                    self.put("{}", at);
                }
                for (i, (name, inner)) in fields.iter().enumerate() {
                    let place = inner.at.or(at);
                    if i > 0 {
                        self.put(&format!("\n{pad}"), place);
                    }
                    self.put(&format!("{}:", scalar(name)), place);
                    self.nested(inner, depth, pad, place);
                }
            }
            Is::List(items) => {
                if items.is_empty() {
                    self.put("[]", at);
                }
                for (i, item) in items.iter().enumerate() {
                    let place = item.at.or(at);
                    if i > 0 {
                        self.put(&format!("\n{pad}"), place);
                    }
                    self.put("- ", place);
                    self.yaml(item, depth + 1, &format!("{pad}  "), place);
                }
            }
            Is::Text(text) => self.put(&scalar(&text.text), at),
            Is::Nil => self.put("null", at),
            _ => match value.printed() {
                Some(text) => self.put(&text, at),
                None => {
                    let sign = self.engine.sign("{{ toYaml }}");
                    self.put(&sign.text, at);
                }
            },
        }
    }

    /// The value of a key: lists stand as deep as their key, maps deeper.
    fn nested(&mut self, inner: &Datum, depth: usize, pad: &str, at: Option<Location>) {
        match &inner.is {
            Is::Map(fields) if !fields.borrow().is_empty() => {
                let deeper = format!("{pad}  ");
                self.put(&format!("\n{deeper}"), at);
                self.yaml(inner, depth + 1, &deeper, at);
            }
            Is::List(items) if !items.is_empty() => {
                self.put(&format!("\n{pad}"), at);
                self.yaml(inner, depth + 1, pad, at);
            }
            _ => {
                self.put(" ", at);
                self.yaml(inner, depth + 1, pad, at);
            }
        }
    }

    fn json(&mut self, value: &Datum, depth: usize) {
        match &value.is {
            Is::Map(fields) if depth <= MAX_DEPTH => {
                let fields: Vec<(Rc<str>, Datum)> = fields.borrow().iter().map(|(k, v)| (Rc::clone(k), v.clone())).collect();
                self.text.text.push('{');
                for (i, (name, inner)) in fields.iter().enumerate() {
                    self.text.text.push_str(if i > 0 { "," } else { "" });
                    self.text.text.push_str(&string(name));
                    self.text.text.push(':');
                    self.json(inner, depth + 1);
                }
                self.text.text.push('}');
            }
            Is::List(items) if depth <= MAX_DEPTH => {
                self.text.text.push('[');
                for (i, item) in items.iter().enumerate() {
                    self.text.text.push_str(if i > 0 { "," } else { "" });
                    self.json(item, depth + 1);
                }
                self.text.text.push(']');
            }
            Is::Text(text) => self.text.text.push_str(&string(&text.text)),
            Is::Nil => self.text.text.push_str("null"),
            Is::Bool(_) | Is::Int(_) | Is::Float(_) => self.text.text.push_str(&value.printed().unwrap_or_default()),
            _ => {
                let sign = self.engine.sign("{{ toJson }}");
                self.text.text.push_str(&string(&sign.text));
            }
        }
    }
}

/// A text as YAML's scalar: quoted where it would be read as something else.
fn scalar(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let special = matches!(lower.as_str(), "" | "true" | "false" | "null" | "~" | "yes" | "no" | "on" | "off" | "y" | "n")
        || text.parse::<f64>().is_ok()
        || lower.starts_with("0x")
        || text.starts_with(|c: char| c.is_whitespace() || "-?:,[]{}#&*!|>'\"%@`=".contains(c))
        || text.ends_with(|c: char| c.is_whitespace() || c == ':')
        || text.contains(": ")
        || text.contains(" #")
        || text.contains(|c: char| c.is_control());
    if special { string(text) } else { text.to_owned() }
}

/// A text in double quotes, with JSON's escapes.
fn string(text: &str) -> String {
    let mut found = String::with_capacity(text.len() + 2);
    found.push('"');
    for c in text.chars() {
        match c {
            '"' => found.push_str("\\\""),
            '\\' => found.push_str("\\\\"),
            '\n' => found.push_str("\\n"),
            '\r' => found.push_str("\\r"),
            '\t' => found.push_str("\\t"),
            c if c.is_control() => found.push_str(&format!("\\u{:04x}", c as u32)),
            c => found.push(c),
        }
    }
    found.push('"');
    found
}

/// Values read from text; none where the name is not one of these functions.
pub(super) fn read(name: &str, args: &[Datum]) -> Option<Datum> {
    let last = args.last()?;
    let text = match &last.is {
        Is::Text(text) => Rc::clone(text),
        _ => return matches!(name, "fromYaml" | "fromJson" | "fromYamlArray" | "fromJsonArray" | "b64dec").then_some(Datum::UNKNOWN),
    };
    let at = last.at.or_else(|| text.marks.first().map(|m| m.at));
    let found = match name {
        "fromYaml" | "fromYamlArray" | "fromJson" | "fromJsonArray" | "mustFromJson" => {
            let node = if name.contains("Json") {
                json(text.text.as_bytes(), JsonFlavour::Strict).value
            } else {
                match yaml(text.text.as_bytes()).value.into_iter().next() {
                    Some(node) => node,
                    None => return Some(Datum::map(std::collections::BTreeMap::new())),
                }
            };
            let file = at.map_or(plimsoll_base::FileId(0), |a| a.file);
            placed(&Datum::of(&node, file), at, &text)
        }
        "b64enc" if text.is_open() => Datum::UNKNOWN,
        "b64enc" => made(encode(text.text.as_bytes()), last),
        "b64dec" => decode(&text.text).map_or(Datum::UNKNOWN, |t| made(t, last)),
        "urlquery" | "urlParse" | "urlJoin" | "b32enc" | "b32dec" | "fromToml" => Datum::UNKNOWN,
        _ => return None,
    };
    Some(found)
}

/// What was read from printed text stands where that was printed; what is unknown in it is unknown.
fn placed(value: &Datum, at: Option<Location>, text: &Text) -> Datum {
    let start = value.at.and_then(|a| a.span).map_or(0, |s| s.start as usize);
    let place = text.mark(start).map(|m| m.value.unwrap_or(m.at)).or(at);
    let is = match &value.is {
        Is::Text(inner) if inner.text.starts_with(OPEN) && inner.text.matches(OPEN).count() == 1 => Is::Unknown,
        Is::List(items) => Is::List(Rc::new(items.iter().map(|i| placed(i, at, text)).collect())),
        Is::Map(fields) => {
            let fields = fields.borrow();
            return Datum { at: place, ..Datum::map(fields.iter().map(|(k, v)| (Rc::clone(k), placed(v, at, text))).collect()) };
        }
        other => other.clone(),
    };
    Datum { is, at: place }
}

/// Whether two values are written alike; none where a part is not known.
pub(super) fn same(a: &Datum, b: &Datum) -> Option<bool> {
    fn compare(a: &Datum, b: &Datum, depth: usize) -> Option<bool> {
        if depth > MAX_DEPTH {
            return None;
        }
        match (&a.is, &b.is) {
            (Is::Map(x), Is::Map(y)) => {
                if Rc::ptr_eq(x, y) {
                    return Some(true);
                }
                let (x, y) = (x.borrow(), y.borrow());
                if x.len() != y.len() || x.keys().ne(y.keys()) {
                    return Some(false);
                }
                x.values().zip(y.values()).try_fold(true, |all, (v, w)| Some(all && compare(v, w, depth + 1)?))
            }
            (Is::List(x), Is::List(y)) => {
                if x.len() != y.len() {
                    return Some(false);
                }
                x.iter().zip(y.iter()).try_fold(true, |all, (v, w)| Some(all && compare(v, w, depth + 1)?))
            }
            (Is::List(_) | Is::Map(_), _) | (_, Is::List(_) | Is::Map(_)) => {
                if a.is_unknown() || b.is_unknown() {
                    None
                } else {
                    Some(false)
                }
            }
            _ => super::equal(a, b),
        }
    }
    compare(a, b, 0)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(bytes: &[u8]) -> String {
    let mut found = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let n = (u32::from(chunk[0]) << 16) | (u32::from(*chunk.get(1).unwrap_or(&0)) << 8) | u32::from(*chunk.get(2).unwrap_or(&0));
        for i in 0..4 {
            let sign = ALPHABET[(n >> (18 - 6 * i) & 63) as usize] as char;
            found.push(if i <= chunk.len() { sign } else { '=' });
        }
    }
    found
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for c in text.trim().trim_end_matches('=').bytes() {
        let n = ALPHABET.iter().position(|a| *a == c)?;
        bits = bits << 6 | u32::try_from(n).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 255) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}
