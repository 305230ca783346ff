//! XML as a plain tree of elements, for build and configuration files. Entities of a DTD are never expanded.

use plimsoll_base::Span;
use roxmltree::{Document, ParsingOptions, TextPos};

use crate::issues::Issues;
use crate::text::{decode, text_start};
use crate::{MAX_DEPTH, Parsed};

/// More attributes on one element are refused, since the parser compares each with every other.
const MAX_ATTRIBUTES: usize = 1_000;
/// More nodes are refused.
const MAX_NODES: u32 = 1_000_000;

/// An element, without namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The name without its prefix.
    pub name: String,
    /// Attributes in their order, names without prefix.
    pub attributes: Vec<(String, String)>,
    /// The elements within, in their order.
    pub children: Vec<Element>,
    /// The text directly within, trimmed.
    pub text: String,
    /// From its start tag to the end of its end tag.
    pub span: Span,
}

impl Element {
    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
    /// Every element within, in the order of the text; without this one.
    pub fn descendants(&self) -> impl Iterator<Item = &Element> {
        let mut open: Vec<&Element> = self.children.iter().rev().collect();
        std::iter::from_fn(move || {
            let next = open.pop()?;
            open.extend(next.children.iter().rev());
            Some(next)
        })
    }
}

/// The root element of an XML text. Of a text that breaks off, the complete part.
pub fn xml(bytes: &[u8]) -> Parsed<Option<Element>> {
    let (text, unread) = decode(bytes);
    let mut issues = Issues::default();
    if let Some(issue) = unread {
        issues.add(issue.span, issue.says);
        if text.is_empty() {
            return Parsed { value: None, issues: issues.finish() };
        }
    }
    // The XML declaration must come first, so a byte-order mark is passed over.
    let start = text_start(bytes);
    let text = without_doctype(&text[start..], start, &mut issues);
    if let Some(at) = crowded_element(text.as_bytes()) {
        issues.add(Some(Span::new(start + at, start + at + 1)), "too many attributes: the file was not read");
        return Parsed { value: None, issues: issues.finish() };
    }
    let options = || ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let value = match Document::parse_with_options(&text, options()) {
        Ok(document) => Some(tree(document.root_element(), start, text.len(), 1, &mut issues)),
        Err(error) => {
            let until = match error {
                roxmltree::Error::UnclosedRootNode | roxmltree::Error::UnexpectedEndOfStream => text.len(),
                _ => offset(&text, error.pos()),
            };
            issues.add(Some(Span::new(start + until, start + until)), format!("not well-formed from here on: {error}"));
            let repaired = closed(text.get(..until).unwrap_or_default());
            let document = Document::parse_with_options(&repaired, options());
            document.ok().map(|d| tree(d.root_element(), start, text.len(), 1, &mut issues))
        }
    };
    Parsed { value, issues: issues.finish() }
}

fn offset(text: &str, at: TextPos) -> usize {
    let row = at.row.saturating_sub(1) as usize;
    let line = if row == 0 { 0 } else { memchr::memchr_iter(b'\n', text.as_bytes()).nth(row - 1).map_or(text.len(), |n| n + 1) };
    let column = text[line..].char_indices().nth(at.col.saturating_sub(1) as usize).map_or(text.len() - line, |(n, _)| n);
    line + column
}

/// Blanks a document type declaration: it tells nothing, and its entities are not to be expanded.
fn without_doctype(text: &str, start: usize, issues: &mut Issues) -> String {
    let bytes = text.as_bytes();
    let Some(open) = memchr::memmem::find(bytes, b"<!DOCTYPE") else { return text.to_owned() };
    let mut quote = None;
    let mut subset = false;
    let mut end = None;
    for (at, byte) in bytes.iter().enumerate().skip(open) {
        match (quote, byte) {
            (Some(q), b) if q == *b => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'[') => subset = true,
            (None, b'>') if !subset || bytes[..at].trim_ascii_end().ends_with(b"]") => {
                end = Some(at + 1);
                break;
            }
            _ => {}
        }
    }
    let Some(end) = end else { return text.to_owned() };
    if subset {
        issues.add(Some(Span::new(start + open, start + end)), "entities declared in the text are not expanded");
    }
    format!("{}{}{}", &text[..open], " ".repeat(end - open), &text[end..])
}

/// The first element with more than the allowed attributes.
fn crowded_element(bytes: &[u8]) -> Option<usize> {
    let (mut open, mut count, mut quote) = (None, 0, None);
    for (at, byte) in bytes.iter().enumerate() {
        match (open, quote, byte) {
            (_, _, b'<') => (open, count, quote) = (Some(at), 0, None),
            (Some(_), Some(q), b) if q == *b => quote = None,
            (Some(_), Some(_), _) => {}
            (Some(_), None, b'"' | b'\'') => quote = Some(*byte),
            (Some(_), None, b'>') => open = None,
            (Some(_), None, b'=') => {
                count += 1;
                if count > MAX_ATTRIBUTES {
                    return open;
                }
            }
            _ => {}
        }
    }
    None
}

/// A text that breaks off, without its last incomplete tag, and with its elements closed.
fn closed(text: &str) -> String {
    let mut open: Vec<&str> = Vec::new();
    let mut complete = text.len();
    let mut at = 0;
    while let Some(tag) = memchr::memchr(b'<', &text.as_bytes()[at..]).map(|n| at + n) {
        let rest = &text[tag..];
        let closing = match rest {
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<![CDATA[") => "]]>",
            _ if rest.starts_with("<?") => "?>",
            _ => ">",
        };
        let Some(length) = rest.find(closing).map(|n| n + closing.len()) else {
            complete = tag;
            break;
        };
        if closing == ">" {
            let inner = &rest[1..length - 1];
            if inner.starts_with('/') {
                open.pop();
            } else if !inner.ends_with('/') {
                open.push(inner.split(|c: char| c.is_whitespace()).next().unwrap_or_default());
            }
        }
        at = tag + length;
    }
    let mut text = text[..complete].to_owned();
    for name in open.into_iter().rev() {
        text.push_str("</");
        text.push_str(name);
        text.push('>');
    }
    text
}

fn tree(node: roxmltree::Node<'_, '_>, start: usize, length: usize, depth: usize, issues: &mut Issues) -> Element {
    let range = node.range();
    let mut element = Element {
        name: node.tag_name().name().to_owned(),
        attributes: node.attributes().map(|a| (a.name().to_owned(), a.value().to_owned())).collect(),
        span: Span::new(start + range.start.min(length), start + range.end.min(length)),
        ..Element::default()
    };
    for child in node.children() {
        if let (true, Some(text)) = (child.is_text(), child.text()) {
            element.text.push_str(text);
        } else if child.is_element() && depth >= MAX_DEPTH {
            issues.add(Some(element.span), format!("nested deeper than {MAX_DEPTH}: what is within was not read"));
            break;
        } else if child.is_element() {
            element.children.push(tree(child, start, length, depth + 1, issues));
        }
    }
    element.text = element.text.trim().to_owned();
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    const POM: &str = "<?xml version=\"1.0\"?>\n<project xmlns=\"urn:maven\">\n  <!-- why -->\n  <artifactId> shop </artifactId>\n  <dependencies><dependency scope=\"test\"><artifactId>junit</artifactId></dependency></dependencies>\n</project>\n";

    #[test]
    fn elements_attributes_text_and_places() {
        let parsed = xml(POM.as_bytes());
        assert_eq!(parsed.issues, []);
        let root = parsed.value.expect("a root");
        let id = root.child("artifactId").expect("an id");
        assert_eq!((root.name.as_str(), id.text.as_str()), ("project", "shop"));
        assert_eq!(&POM[id.span.range()], "<artifactId> shop </artifactId>");
        let dependency = root.descendants().find(|e| e.name == "dependency").expect("a dependency");
        assert_eq!(dependency.attribute("scope"), Some("test"));
        let names: Vec<&str> = root.descendants().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["artifactId", "dependencies", "dependency", "artifactId"]);
    }

    #[test]
    fn a_byte_order_mark_moves_nothing() {
        let bytes = [b"\xEF\xBB\xBF", POM.as_bytes()].concat();
        let parsed = xml(&bytes);
        assert_eq!(parsed.issues, []);
        let span = parsed.value.and_then(|r| r.child("artifactId").map(|e| e.span)).expect("an id");
        assert_eq!(&bytes[span.range()], b"<artifactId> shop </artifactId>");
    }

    #[test]
    fn a_text_that_breaks_off_keeps_its_complete_part() {
        for text in ["<a><b>x</b><c><d", "<a><b>x</b><c></wrong></a>", "<a><b>x</b><c>&undefined;</c></a>", "<a><b>x</b>"] {
            let parsed = xml(text.as_bytes());
            assert!(!parsed.issues.is_empty(), "{text}");
            let root = parsed.value.expect(text);
            assert_eq!(root.child("b").map(|b| b.text.as_str()), Some("x"), "{text}");
            assert!(root.span.end as usize <= text.len());
        }
        assert_eq!(xml(b"no xml").value, None);
        assert!(!xml(b"").issues.is_empty());
    }

    #[test]
    fn entities_are_not_expanded() {
        let plain = "<!DOCTYPE mapper PUBLIC \"-//x//y [>\" \"http://z\">\n<mapper><a>1</a></mapper>";
        let parsed = xml(plain.as_bytes());
        assert_eq!(parsed.issues, []);
        assert_eq!(parsed.value.and_then(|r| r.child("a").map(|a| &plain[a.span.range()])), Some("<a>1</a>"));
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaa]>\"><!ENTITY b \"&a;&a;\">]><x><y>1</y><z>&b;</z></x>";
        let parsed = xml(bomb.as_bytes());
        assert!(parsed.issues.iter().any(|i| i.says.contains("not expanded")));
        assert_eq!(parsed.value.and_then(|r| r.child("y").map(|y| y.text.clone())).as_deref(), Some("1"));
    }

    #[test]
    fn hostile_shapes_are_survived() {
        let deep = format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000));
        let parsed = xml(deep.as_bytes());
        assert!(parsed.issues[0].says.contains("deeper"));
        assert_eq!(parsed.value.map(|r| r.descendants().count()), Some(MAX_DEPTH - 1));
        assert!(!xml("<a>".repeat(20_000).as_bytes()).issues.is_empty());
        let crowded = format!("<a {}/>", (0..5_000).map(|n| format!("a{n}='' ")).collect::<String>());
        assert!(xml(crowded.as_bytes()).issues[0].says.contains("attributes"));
    }
}
