//! Terraform's JSON syntax, written out as the HCL that it stands for, so that one evaluator reads both.

use plimsoll_base::Span;
use plimsoll_syntax::{Kind, Node};

/// Block kinds with their number of labels.
const BLOCKS: &[(&str, usize)] =
    &[("resource", 2), ("data", 2), ("variable", 1), ("output", 1), ("module", 1), ("provider", 1), ("locals", 0), ("terraform", 0)];

/// The text, and from which of its bytes on it stands for which bytes of the file. Files of values have no blocks.
pub(super) fn written(root: &Node, blocks: bool) -> (String, Vec<(u32, Span)>) {
    let mut out = Writer { text: String::new(), places: Vec::new() };
    for entry in root.entries() {
        let labels = BLOCKS.iter().find(|(kind, _)| *kind == &*entry.key).map(|(_, n)| *n).filter(|_| blocks);
        match labels {
            Some(labels) => out.block(&entry.key, entry.key_span, &[], labels, &entry.value),
            None if !blocks => out.attribute(&entry.key, entry.key_span, &entry.value),
            None => {}
        }
    }
    (out.text, out.places)
}

struct Writer {
    text: String,
    places: Vec<(u32, Span)>,
}

impl Writer {
    fn place(&mut self, span: Span) {
        self.places.push((u32::try_from(self.text.len()).unwrap_or(u32::MAX), span));
    }

    fn block(&mut self, kind: &str, key: Span, labels: &[&str], more: usize, node: &Node) {
        if let Kind::Sequence(items) = &node.kind {
            items.iter().for_each(|item| self.block(kind, key, labels, more, item));
            return;
        }
        if more > 0 {
            for entry in node.entries() {
                let labels: Vec<&str> = labels.iter().copied().chain(std::iter::once(&*entry.key)).collect();
                self.block(kind, entry.key_span, &labels, more - 1, &entry.value);
            }
            return;
        }
        self.place(key);
        self.text.push_str(kind);
        for label in labels {
            self.text.push(' ');
            self.quoted(label, false);
        }
        self.text.push_str(" {\n");
        self.body(node, kind);
        self.text.push_str("}\n");
    }

    fn body(&mut self, node: &Node, kind: &str) {
        for entry in node.entries().iter().filter(|e| &*e.key != "//") {
            let labelled = matches!((kind, &*entry.key), ("terraform", "backend") | ("resource" | "data", "provisioner" | "dynamic"));
            let plain = matches!(kind, "locals" | "variable" | "output" | "module") || !is_name(&entry.key);
            match &entry.value.kind {
                _ if labelled => self.block(&entry.key, entry.key_span, &[], 1, &entry.value),
                Kind::Mapping(_) if !plain && !is_map(&entry.key) => self.block(&entry.key, entry.key_span, &[], 0, &entry.value),
                Kind::Sequence(items) if !plain && !items.is_empty() && items.iter().all(Node::is_mapping) => {
                    self.block(&entry.key, entry.key_span, &[], 0, &entry.value);
                }
                _ => self.attribute(&entry.key, entry.key_span, &entry.value),
            }
        }
    }

    fn attribute(&mut self, name: &str, key: Span, value: &Node) {
        if !is_name(name) {
            return;
        }
        self.place(key);
        self.text.push_str(name);
        self.text.push_str(" = ");
        // Types and references are bare words in HCL and texts here.
        match value.as_str().filter(|_| matches!(name, "type" | "provider")) {
            Some(word) if word.chars().all(|c| c.is_ascii_alphanumeric() || "_.(), {}=\"[]".contains(c)) && !word.is_empty() => {
                self.place(value.span);
                self.text.push_str(word);
            }
            _ => self.value(value),
        }
        self.text.push('\n');
    }

    fn value(&mut self, node: &Node) {
        self.place(node.span);
        match &node.kind {
            Kind::Null => self.text.push_str("null"),
            Kind::Bool(b) => self.text.push_str(if *b { "true" } else { "false" }),
            Kind::Number(n) => self.text.push_str(n),
            Kind::String(s) | Kind::Templated(s) => self.quoted(s, true),
            Kind::Sequence(items) => {
                self.text.push('[');
                for item in items {
                    self.value(item);
                    self.text.push(',');
                }
                self.text.push(']');
            }
            Kind::Mapping(entries) => {
                self.text.push_str("{\n");
                for entry in entries {
                    self.place(entry.key_span);
                    self.quoted(&entry.key, false);
                    self.text.push_str(" = ");
                    self.value(&entry.value);
                    self.text.push('\n');
                }
                self.text.push('}');
            }
        }
    }

    /// A text in quotes; within an insertion the quotes are the expression's own.
    fn quoted(&mut self, text: &str, insertions: bool) {
        self.text.push('"');
        let mut depth = 0usize;
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '$' | '%' if insertions && depth == 0 && rest.peek() == Some(&'{') => {
                    rest.next();
                    self.text.push(c);
                    self.text.push('{');
                    depth = 1;
                }
                _ if depth > 0 => {
                    depth = match c {
                        '{' => depth + 1,
                        '}' => depth - 1,
                        _ => depth,
                    };
                    self.text.push(c);
                }
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Attributes that are maps and no blocks wherever they stand.
fn is_map(name: &str) -> bool {
    matches!(
        name,
        "tags"
            | "labels"
            | "variables"
            | "required_providers"
            | "for_each"
            | "annotations"
            | "triggers"
            | "environment_variables"
            | "app_settings"
    )
}
