//! JSON, strict or with comments. What breaks the rules is an issue; the value is still read, as far as it goes.

use std::collections::HashMap;

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use plimsoll_base::Span;

use crate::issues::Issues;
use crate::text::decode;
use crate::{Entry, Kind, Node, Parsed, guard};

/// Which JSON a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFlavour {
    /// As the standard has it: `package.json`, lock files.
    Strict,
    /// With comments and trailing commas: `tsconfig.json`, `devcontainer.json`, `.eslintrc`.
    Comments,
}

/// The value of a JSON text; null where there is none.
pub fn json(bytes: &[u8], flavour: JsonFlavour) -> Parsed<Node> {
    let (text, unread) = decode(bytes);
    let nothing = Node::null(Span::new(0, bytes.len()));
    if let Some(issue) = unread.as_ref().filter(|_| text.is_empty()) {
        return Parsed { value: nothing, issues: vec![issue.clone()] };
    }
    let mut issues = Issues::default();
    unread.into_iter().for_each(|issue| issues.add(issue.span, issue.says));
    if let Err(issue) = guard(text.as_bytes()) {
        return Parsed { value: nothing, issues: vec![issue] };
    }
    let value = read(&text, flavour, &mut issues).unwrap_or(nothing);
    Parsed { value, issues: issues.finish() }
}

fn read(text: &str, flavour: JsonFlavour, issues: &mut Issues) -> Option<Node> {
    let off = CollectOptions::default();
    match parse_to_ast(text, &off, &rules(flavour)) {
        Ok(parsed) => {
            if parsed.value.is_none() {
                issues.add(None, "no value: the text is empty");
            }
            return parsed.value.map(|value| tree(value, text.len(), issues));
        }
        Err(error) => report(&error, issues),
    }
    match parse_to_ast(text, &off, &ParseOptions::default()) {
        Ok(parsed) => parsed.value.map(|value| tree(value, text.len(), issues)),
        Err(error) => {
            let until = match error.kind() {
                ParseErrorKind::UnterminatedArray | ParseErrorKind::UnterminatedObject => text.len(),
                _ => error.range().start,
            };
            issues.add(Some(Span::new(until, until)), "read only up to here");
            let repaired = closed(text.get(..until)?);
            let parsed = parse_to_ast(&repaired, &off, &ParseOptions::default()).ok()?;
            parsed.value.map(|value| tree(value, text.len(), issues))
        }
    }
}

fn rules(flavour: JsonFlavour) -> ParseOptions {
    let comments = flavour == JsonFlavour::Comments;
    ParseOptions {
        allow_comments: comments,
        allow_trailing_commas: comments,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn report(error: &ParseError, issues: &mut Issues) {
    issues.add(Some(span(error.range())), format!("not valid JSON: {}", error.kind()));
}

fn span(range: Range) -> Span {
    Span::new(range.start, range.end)
}

/// The complete members of a text that breaks off, with its brackets closed.
fn closed(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut open: Vec<char> = Vec::new();
    // Up to where the text is complete, and how many brackets were open there.
    let mut complete = (0, Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at += string_length(&bytes[at..]),
            b'/' if bytes.get(at + 1) == Some(&b'/') => at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at += memchr::memmem::find(&bytes[at + 2..], b"*/").map_or(bytes.len() - at, |n| n + 4);
            }
            byte => {
                match byte {
                    b'{' => open.push('}'),
                    b'[' => open.push(']'),
                    b'}' | b']' => {
                        open.pop();
                    }
                    _ => {}
                }
                at += 1;
                if matches!(byte, b'{' | b'[' | b'}' | b']' | b',') {
                    let end = if byte == b',' { at - 1 } else { at };
                    complete = (end, open.clone());
                }
            }
        }
    }
    let (end, open) = complete;
    text[..end].chars().chain(open.into_iter().rev()).collect()
}

fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Recursion is bounded: the guard has refused deeper nesting.
fn tree(value: Value<'_>, length: usize, issues: &mut Issues) -> Node {
    let mut place = span(value.range());
    // Brackets that were closed by us lie beyond the text.
    place.end = place.end.min(Span::new(length, length).end);
    let kind = match value {
        Value::NullKeyword(_) => Kind::Null,
        Value::BooleanLit(literal) => Kind::Bool(literal.value),
        Value::NumberLit(literal) => Kind::Number(literal.value.into()),
        Value::StringLit(literal) => Kind::String(literal.value.into()),
        Value::Array(array) => Kind::Sequence(array.elements.into_iter().map(|item| tree(item, length, issues)).collect()),
        Value::Object(object) => {
            let mut entries: Vec<Entry> = Vec::with_capacity(object.properties.len());
            let mut known: HashMap<Box<str>, usize> = HashMap::with_capacity(object.properties.len());
            for property in object.properties {
                let (key, key_span): (Box<str>, Span) = match property.name {
                    ObjectPropName::String(name) => (name.value.into(), span(name.range)),
                    ObjectPropName::Word(name) => (name.value.into(), span(name.range)),
                };
                let entry = Entry { key: key.clone(), key_span, value: tree(property.value, length, issues) };
                match known.get(&key) {
                    Some(former) => {
                        issues.add(Some(key_span), format!("duplicate key `{key}`: the last value is used"));
                        entries[*former] = entry;
                    }
                    None => {
                        known.insert(key, entries.len());
                        entries.push(entry);
                    }
                }
            }
            Kind::Mapping(entries)
        }
    };
    Node { kind, span: place, tag: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, span: Span) -> &str {
        &text[span.range()]
    }

    #[test]
    fn values_and_places() {
        let text = r#"{"name": "a\u0062", "list": [1, 2.5e3, true, null], "o": {"k": "é"}}"#;
        let parsed = json(text.as_bytes(), JsonFlavour::Strict);
        assert_eq!(parsed.issues, []);
        let root = &parsed.value;
        let name = root.entry("name").expect("name");
        assert_eq!(name.value.as_str(), Some("ab"));
        assert_eq!(at(text, name.value.span), r#""a\u0062""#);
        assert_eq!(at(text, name.key_span), r#""name""#);
        let items = root.get("list").expect("list").items();
        assert_eq!(items.iter().map(|n| at(text, n.span)).collect::<Vec<_>>(), ["1", "2.5e3", "true", "null"]);
        assert_eq!((items[1].scalar(), items[2].as_bool(), items[3].is_null()), (Some("2.5e3"), Some(true), true));
        assert_eq!(at(text, root.path(&["o", "k"]).expect("k").span), "\"é\"");
    }

    #[test]
    fn a_byte_order_mark_moves_nothing() {
        let bytes = b"\xEF\xBB\xBF{\"a\": 10}";
        let parsed = json(bytes, JsonFlavour::Strict);
        assert_eq!(parsed.issues, []);
        assert_eq!(&bytes[parsed.value.get("a").expect("a").span.range()], b"10");
    }

    #[test]
    fn comments_are_a_defect_only_where_they_are() {
        let text = "{\n  // why\n  \"a\": 1, /* more */\n}";
        assert_eq!(json(text.as_bytes(), JsonFlavour::Comments).issues, []);
        let strict = json(text.as_bytes(), JsonFlavour::Strict);
        assert_eq!(strict.issues.len(), 1);
        assert_eq!(strict.value.get("a").and_then(Node::scalar), Some("1"));
        let lax = json(b"{a: 'x'}", JsonFlavour::Comments);
        assert_eq!((lax.issues.len(), lax.value.get("a").and_then(Node::as_str)), (1, Some("x")));
    }

    #[test]
    fn a_duplicate_key_is_reported_and_the_last_value_wins() {
        let parsed = json(br#"{"a": 1, "b": 2, "a": 3}"#, JsonFlavour::Strict);
        assert_eq!(parsed.value.get("a").and_then(Node::scalar), Some("3"));
        assert_eq!(parsed.value.entries().len(), 2);
        assert_eq!(parsed.issues[0].span, Some(Span::new(17, 20)));
    }

    #[test]
    fn a_text_that_breaks_off_keeps_its_complete_members() {
        for text in [
            r#"{"a": {"b": 1, "c": [true, "#,
            r#"{"a": {"b": 1, "c": [true, "unend"#,
            "{\"a\": {\"b\": 1, \"c\": [true,\n<<<<<<< HEAD\n]}}",
        ] {
            let parsed = json(text.as_bytes(), JsonFlavour::Strict);
            assert!(!parsed.issues.is_empty(), "{text}");
            assert_eq!(parsed.value.path(&["a", "b"]).and_then(Node::scalar), Some("1"), "{text}");
            assert_eq!(parsed.value.path(&["a", "c"]).map(|c| c.items().len()), Some(1), "{text}");
            assert!(parsed.value.span.end as usize <= text.len());
        }
    }

    #[test]
    fn nothing_and_nonsense_are_issues() {
        for bytes in [&b""[..], b"   ", b"}", b"\xFF\xFE{\0", b"not json", b"{\"a\":\0}"] {
            let parsed = json(bytes, JsonFlavour::Strict);
            assert!(parsed.value.is_null() && !parsed.issues.is_empty(), "{bytes:?}");
        }
    }

    #[test]
    fn hostile_nesting_is_refused() {
        for text in ["[".repeat(20_000), "{\"a\":".repeat(20_000), format!("{}{}", "[".repeat(20_000), "]".repeat(20_000))] {
            let parsed = json(text.as_bytes(), JsonFlavour::Comments);
            assert!(parsed.value.is_null() && !parsed.issues.is_empty());
        }
        let deep = format!("{}{}", "[".repeat(crate::MAX_DEPTH), "]".repeat(crate::MAX_DEPTH));
        assert_eq!(json(deep.as_bytes(), JsonFlavour::Strict).issues, []);
    }
}
