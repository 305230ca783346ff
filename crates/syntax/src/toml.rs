//! TOML. The parser recovers line by line, so that a broken line costs no more than itself.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use plimsoll_base::Span;

use crate::issues::Issues;
use crate::text::decode;
use crate::{Entry, Kind, MAX_DEPTH, Node, Parsed, guard};

/// The table of a TOML text. Dates are strings; a table spans from its header to the end of its last value.
pub fn toml(bytes: &[u8]) -> Parsed<Node> {
    let (text, unread) = decode(bytes);
    let whole = Span::new(0, bytes.len());
    let empty = Node { kind: Kind::Mapping(Vec::new()), span: whole, tag: None };
    let mut issues = Issues::default();
    unread.into_iter().for_each(|issue| issues.add(issue.span, issue.says));
    if let Err(issue) = guard(text.as_bytes()) {
        return Parsed { value: empty, issues: vec![issue] };
    }
    let (table, defects) = DeTable::parse_recoverable(&text);
    for defect in defects {
        issues.add(defect.span().map(|s| Span::new(s.start, s.end)), format!("not valid TOML: {}", defect.message()));
    }
    let (kind, _) = entries(table.get_ref(), &text, 1, &mut issues);
    Parsed { value: Node { kind, span: whole, tag: None }, issues: issues.finish() }
}

/// The entries of a table in the order of the text, and the end of the last of them.
fn entries(table: &DeTable<'_>, text: &str, depth: usize, issues: &mut Issues) -> (Kind, u32) {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry { key: key.get_ref().as_ref().into(), key_span: span(key), value: node(value, text, depth, issues) })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    let end = entries.iter().map(|entry| entry.span().end).max().unwrap_or(0);
    (Kind::Mapping(entries), end)
}

fn node(value: &Spanned<DeValue<'_>>, text: &str, depth: usize, issues: &mut Issues) -> Node {
    let mut place = span(value);
    if depth >= MAX_DEPTH {
        issues.add(Some(place), format!("nested deeper than {MAX_DEPTH}: read as null"));
        return Node::null(place);
    }
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::String(text.as_ref().into()),
        DeValue::Boolean(truth) => Kind::Bool(*truth),
        DeValue::Integer(_) | DeValue::Float(_) => Kind::Number(text.get(place.range()).unwrap_or_default().into()),
        DeValue::Datetime(_) => Kind::String(text.get(place.range()).unwrap_or_default().into()),
        DeValue::Array(array) => {
            let items: Vec<Node> = array.iter().map(|item| node(item, text, depth + 1, issues)).collect();
            place.end = items.iter().map(|item| item.span.end).fold(place.end, u32::max);
            Kind::Sequence(items)
        }
        DeValue::Table(table) => {
            let (kind, end) = entries(table, text, depth + 1, issues);
            place.end = place.end.max(end);
            kind
        }
    };
    Node { kind, span: place, tag: None }
}

fn span<T>(spanned: &Spanned<T>) -> Span {
    let range = spanned.span();
    Span::new(range.start, range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, span: Span) -> &str {
        &text[span.range()]
    }

    #[test]
    fn values_and_places() {
        let text = "title = \"a\\tb\"\n[server]\nport = 0x1F\nratio = 2.5\non = true\nsince = 2024-01-02\n[[server.hosts]]\nname = 'é'\n[[server.hosts]]\nname = 'z'\n";
        let parsed = toml(text.as_bytes());
        assert_eq!(parsed.issues, []);
        let root = &parsed.value;
        let title = root.entry("title").expect("title");
        assert_eq!((title.value.as_str(), at(text, title.value.span)), (Some("a\tb"), "\"a\\tb\""));
        assert_eq!(at(text, title.key_span), "title");
        assert_eq!(root.path(&["server", "port"]).and_then(Node::scalar), Some("0x1F"));
        assert_eq!(root.path(&["server", "on"]).and_then(Node::as_bool), Some(true));
        assert_eq!(root.path(&["server", "since"]).and_then(Node::as_str), Some("2024-01-02"));
        let hosts = root.path(&["server", "hosts"]).expect("hosts").items();
        assert_eq!(hosts.len(), 2);
        assert_eq!(at(text, hosts[1].span), "[[server.hosts]]\nname = 'z'");
        let keys: Vec<&str> = root.get("server").expect("server").entries().iter().map(|e| &*e.key).collect();
        assert_eq!(keys, ["port", "ratio", "on", "since", "hosts"]);
    }

    #[test]
    fn a_broken_line_costs_no_more_than_itself() {
        let text = "a = 1\nb = = 2\nc = 'x'\n[t]\nd = 3\nd = 4\n";
        let parsed = toml(text.as_bytes());
        assert!(parsed.issues.iter().any(|i| i.span.is_some_and(|s| at(text, s) == "=")), "{:?}", parsed.issues);
        assert!(parsed.issues.iter().any(|i| i.says.contains("duplicate")), "{:?}", parsed.issues);
        assert_eq!(parsed.value.get("a").and_then(Node::scalar), Some("1"));
        assert_eq!(parsed.value.get("c").and_then(Node::as_str), Some("x"));
        assert!(parsed.value.path(&["t", "d"]).is_some());
    }

    #[test]
    fn a_byte_order_mark_moves_nothing() {
        let bytes = b"\xEF\xBB\xBFa = 10\n";
        let parsed = toml(bytes);
        assert_eq!(parsed.issues, []);
        assert_eq!(&bytes[parsed.value.get("a").expect("a").span.range()], b"10");
    }

    #[test]
    fn hostile_nesting_is_refused() {
        let texts = [
            format!("a = {}", "[".repeat(20_000)),
            format!("a = {}", "{a=".repeat(20_000)),
            format!("a{} = 1", ".a".repeat(20_000)),
            format!("[a{}]\nb = 1", ".a".repeat(20_000)),
            format!("a = {}1{}", "[".repeat(200), "]".repeat(200)),
        ];
        for text in texts {
            assert!(!toml(text.as_bytes()).issues.is_empty(), "{}", &text[..20]);
        }
    }

    #[test]
    fn nothing_is_an_empty_table() {
        assert_eq!(toml(b"").issues, []);
        assert!(toml(b"").value.is_mapping());
        assert!(!toml(b"a = 1\0").issues.is_empty());
    }
}
