//! What Vue, Svelte and Astro files hold of scripts: their script blocks, Astro's front matter, the expressions of Svelte's and Astro's markup, and
//! what puts unescaped markup into the page: `v-html="x"`, `{@html x}`, `set:html={x}`.
//!
//! Elements of the markup itself and Vue's other directives are not read.

mod scan;

use oxc_allocator::Allocator;
use oxc_ast::ast::Expression;
use oxc_parser::Parser;
use oxc_span::SourceType;
use plimsoll_base::Span;
use plimsoll_syntax::Issue;

use super::{Lowering, other, parse};
use crate::{Argument, Dialect, Entry, Form, ImportKind, Kind, Text, Value};
use scan::{Attribute, Scan, Tag};

/// How many times the text may be gone through in search of ends of expressions, so that braces without an end stay linear.
const PASSES: usize = 8;

/// Reads a component.
pub(super) fn read<'a>(arena: &'a Allocator, dialect: Dialect, text: &'a str, lowering: &mut Lowering<'a>, issues: &mut Vec<Issue>) {
    let mut component = Component { arena, dialect, text, lowering, issues, budget: text.len().saturating_mul(PASSES) };
    let start = if dialect == Dialect::Astro { component.front_matter() } else { 0 };
    component.markup(start);
}

struct Component<'a, 'l> {
    arena: &'a Allocator,
    dialect: Dialect,
    text: &'a str,
    lowering: &'l mut Lowering<'a>,
    issues: &'l mut Vec<Issue>,
    /// The bytes that may still be looked at in search of ends of expressions.
    budget: usize,
}

impl<'a> Component<'a, '_> {
    /// Reads what stands between the fences at the head, and gives where the markup starts.
    fn front_matter(&mut self) -> usize {
        let blank = self.text.len() - self.text.trim_start().len();
        let Some(rest) = self.text.get(blank..).and_then(|t| t.strip_prefix("---")) else { return 0 };
        let start = blank + 3;
        let Some(end) = rest.find("\n---") else { return 0 };
        self.script(start, start + end, true);
        start + end + 4
    }

    fn script(&mut self, start: usize, end: usize, is_typescript: bool) {
        let Some(text) = self.text.get(start..end) else { return };
        parse::lower(self.arena, text, start as u32, parse::script_types(is_typescript), self.lowering, self.issues);
    }

    fn markup(&mut self, start: usize) {
        let mut at = start;
        while let Some(found) = self.text.as_bytes().get(at..).and_then(|t| t.iter().position(|b| matches!(b, b'<' | b'{'))) {
            at += found;
            let scan = Scan { text: self.text, braces: self.dialect != Dialect::Vue };
            at = if self.text.as_bytes().get(at) == Some(&b'{') {
                if scan.braces { self.braces(at) } else { at + 1 }
            } else if let Some(end) = scan.comment(at) {
                end
            } else if let Some(tag) = scan.tag(at, &mut self.budget) {
                self.tag(scan, &tag)
            } else {
                at + 1
            };
        }
    }

    /// Reads a tag, with what it holds where that is no markup, and gives where to go on.
    fn tag(&mut self, scan: Scan<'a>, tag: &Tag<'a>) -> usize {
        let holds_text = |name| tag.name.eq_ignore_ascii_case(name);
        if holds_text("script") || holds_text("style") {
            let end = if tag.is_closed { tag.end } else { scan.close(tag.end, tag.name) };
            if holds_text("script") {
                self.script_block(tag, end);
            }
            return end;
        }
        for attribute in &tag.attributes {
            self.attribute(attribute);
        }
        tag.end
    }

    fn script_block(&mut self, tag: &Tag<'a>, end: usize) {
        let attribute = |name| tag.attributes.iter().find(|a| a.name == name).map(|a| self.text.get(a.value.clone()).unwrap_or_default());
        let is_script =
            attribute("type").is_none_or(|t| t.is_empty() || t == "module" || t.contains("javascript") || t.contains("typescript"));
        if !is_script {
            return;
        }
        let is_typescript = self.dialect == Dialect::Astro || attribute("lang").is_some_and(|l| matches!(l, "ts" | "tsx" | "typescript"));
        if let Some(source) = attribute("src") {
            let at = Span::new(tag.start, tag.end);
            self.lowering.import(Text::new(source), None, None, ImportKind::Static, at);
        }
        self.script(tag.end, end, is_typescript);
    }

    fn attribute(&mut self, attribute: &Attribute<'a>) {
        let name = match (self.dialect, attribute.name) {
            (Dialect::Vue, "v-html") => "v-html",
            (Dialect::Vue, _) => return,
            (Dialect::Astro, "set:html") => "set:html",
            _ if attribute.is_braced => {
                self.effects(attribute.value.clone());
                return;
            }
            _ => return,
        };
        let value = if attribute.is_braced || self.dialect == Dialect::Vue {
            self.value(attribute.value.clone())
        } else {
            let kind = Kind::Text(Text::new(self.text.get(attribute.value.clone()).unwrap_or_default()));
            Value::new(Span::new(attribute.value.start, attribute.value.end), kind)
        };
        self.element(name, value, attribute.start, attribute.end);
    }

    /// Reads what stands in braces, and gives where to go on: behind them, or within them where no expression could be read.
    fn braces(&mut self, at: usize) -> usize {
        let Some(end) = scan::closing_brace(self.text, at + 1, &mut self.budget) else { return at + 1 };
        let whole = self.text.get(at + 1..end).unwrap_or_default();
        let start = at + 1 + (whole.len() - whole.trim_start().len());
        if self.dialect == Dialect::Svelte {
            self.svelte(at, start, end);
            return end + 1;
        }
        if self.effects(start..end) { end + 1 } else { at + 1 }
    }

    /// `{x}`, `{@html x}`, `{#if x}`, `{#each x as y}`, `{:else if x}`.
    fn svelte(&mut self, at: usize, start: usize, end: usize) {
        let text = self.text.get(start..end).unwrap_or_default();
        let word = text.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
        let rest = start + word.len()..end;
        let upto = |words: &[&str]| {
            let text = self.text.get(rest.clone()).unwrap_or_default();
            rest.start..rest.start + words.iter().filter_map(|w| text.rfind(w)).min().unwrap_or(text.len())
        };
        match word {
            "@html" => {
                let value = self.value(rest);
                self.element("@html", value, at, end + 1);
            }
            "@const" | "@render" | "@attach" | "#if" | "#key" => {
                self.effects(rest);
            }
            "#each" => {
                let range = upto(&[" as "]);
                self.effects(range);
            }
            "#await" => {
                let range = upto(&[" then ", " catch "]);
                self.effects(range);
            }
            ":else" => {
                if let Some(test) = self.text.get(rest.clone()).and_then(|t| t.trim_start().strip_prefix("if ")) {
                    self.effects(end - test.len()..end);
                }
            }
            _ if word.starts_with(['#', ':', '/', '@']) => {}
            _ => {
                self.effects(start..end);
            }
        }
    }

    /// An element of a name with a value.
    fn element(&mut self, name: &'static str, value: Value, start: usize, end: usize) {
        let at = Span::new(start, end);
        let callee = Value::new(at, Kind::Name(Text::const_new(name)));
        let entry = Entry { key: Some(Text::const_new("value")), at: value.span, value };
        let object = Value::new(at, Kind::Object(vec![entry]));
        self.lowering.record_call(callee, vec![Argument { name: None, value: object }], Form::Element, at);
    }

    fn value(&mut self, range: std::ops::Range<usize>) -> Value {
        match self.expression(range.clone()) {
            Some(expression) => self.lowering.value(expression),
            None => other(Span::new(range.start, range.end)),
        }
    }

    /// Reads an expression for what it calls; `false` where it is none.
    fn effects(&mut self, range: std::ops::Range<usize>) -> bool {
        let expression = self.expression(range);
        self.lowering.effects(expression);
        expression.is_some()
    }

    fn expression(&mut self, range: std::ops::Range<usize>) -> Option<&'a Expression<'a>> {
        let text = self.text.get(range.clone())?;
        let types = if self.dialect == Dialect::Astro { SourceType::tsx() } else { SourceType::ts() };
        // An attribute that spreads, `{...x}`, is read as what it spreads.
        let (text, start) = match text.strip_prefix("...") {
            Some(rest) => (rest, range.start + 3),
            None => (text, range.start),
        };
        let expression = Parser::new(self.arena, text, types).with_options(parse::options()).parse_expression().ok()?;
        self.lowering.offset = start as u32;
        Some(self.arena.alloc(expression))
    }
}
