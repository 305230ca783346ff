//! Markdown: headings, paragraphs, code, links, list items and tables, each with its place.

use std::borrow::Cow;

use plimsoll_base::Span;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::{Issue, Parsed, text};

mod prepare;
#[cfg(test)]
mod tests;

/// Deepest links and images within one another whose text is kept.
const MAX_LINK_DEPTH: usize = 8;

/// A document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markdown {
    /// The headings in their order; underlined titles are headings too.
    pub headings: Vec<Heading>,
    /// Fenced and indented code.
    pub code_blocks: Vec<CodeBlock>,
    /// Code within a line, with the bytes between the first and the last backtick and these.
    pub code_spans: Vec<(String, Span)>,
    /// Links and images.
    pub links: Vec<Link>,
    /// List items, nested ones on their own.
    pub items: Vec<Item>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Paragraphs, also those of list items that are set off by blank lines, and of block quotes.
    pub paragraphs: Vec<(String, Span)>,
    /// The number of words outside code.
    pub words: usize,
    /// The metadata between `---` lines at the very top.
    pub front_matter: Option<Span>,
    /// The length of the text.
    length: u32,
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// The text without markup.
    pub text: String,
    /// The heading as written.
    pub span: Span,
}

/// A block of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBlock {
    /// The first word after the fence, such as `yaml`.
    pub lang: Option<String>,
    /// Everything after the fence, on its line.
    pub info: String,
    /// The code, without the indentation of the block.
    pub text: String,
    /// The bytes of the code, between the fences.
    pub span: Span,
    /// Whether it stands between fences; otherwise it is indented.
    pub fenced: bool,
}

/// A link or an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub target: String,
    /// What it says.
    pub text: String,
    /// The link as written.
    pub span: Span,
    /// Whether it is an image.
    pub image: bool,
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The text without that of nested items and without code blocks.
    pub text: String,
    /// For `- [ ]` and `- [x]`: whether it is ticked.
    pub checked: Option<bool>,
    /// The item with everything in it.
    pub span: Span,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The text of the cells; the first row is the head.
    pub rows: Vec<Vec<String>>,
    /// The table as written.
    pub span: Span,
}

impl Markdown {
    /// From a heading to the next one of the same or a higher level, or to the end of the text.
    pub fn section(&self, heading: usize) -> Option<Span> {
        let first = self.headings.get(heading)?;
        let next = self.headings[heading + 1..].iter().find(|h| h.level <= first.level);
        Some(Span { start: first.span.start, end: next.map_or(self.length, |h| h.span.start) })
    }
}

/// Reads a document. Comments and other HTML are not text; nesting beyond what people write is flattened and is an issue.
pub fn markdown(bytes: &[u8]) -> Parsed<Markdown> {
    let (text, issue) = text::decode(bytes);
    let mut issues = Vec::from_iter(issue);
    let prepared = prepare::prepare(&text);
    if let Some(at) = prepared.flattened {
        let says = format!("lists and quotes nest deeper than {}: the rest of the line is read as text", prepare::MAX_DEPTH);
        issues.push(Issue { span: Some(Span::new(at, at + 1)), says });
    }
    let mut reader = Reader::default();
    reader.out.length = Span::new(text.len(), text.len()).start;
    reader.out.front_matter = prepared.front_matter;
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES | Options::ENABLE_GFM;
    for (event, range) in Parser::new_ext(&prepared.text, options).into_offset_iter() {
        reader.event(event, range.start, range.end, &prepared.text);
    }
    Parsed { value: reader.out, issues }
}

/// What has been opened and not closed yet.
#[derive(Default)]
struct Reader {
    out: Markdown,
    heading: Option<Heading>,
    paragraph: Option<(String, Span)>,
    /// Indices into the list of items, the innermost last.
    items: Vec<usize>,
    code: Option<CodeBlock>,
    /// Indices into the list of links, the innermost last.
    links: Vec<usize>,
    table: Option<Table>,
    /// Whether the current word has been counted.
    counted: bool,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, start: usize, end: usize, source: &str) {
        match event {
            Event::Start(tag) => self.open(tag, start, end, source),
            Event::End(tag) => self.close(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => {
                    if code.text.is_empty() {
                        code.span = Span::new(start, end);
                    }
                    code.text.push_str(&text);
                    code.span.end = Span::new(end, end).end;
                }
                None => {
                    self.count(&text);
                    self.push(&text);
                }
            },
            Event::Code(text) => {
                self.push(&text);
                self.out.code_spans.push((text.into_string(), Span::new(start, end)));
            }
            Event::SoftBreak | Event::HardBreak => {
                self.counted = false;
                self.push(" ");
            }
            Event::TaskListMarker(checked) => {
                if let Some(item) = self.items.last() {
                    self.out.items[*item].checked = Some(checked);
                }
            }
            Event::Html(_) | Event::InlineHtml(_) | Event::FootnoteReference(_) | Event::Rule => {}
            Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn open(&mut self, tag: Tag<'_>, start: usize, end: usize, source: &str) {
        let span = trimmed(source, start, end);
        match tag {
            Tag::Heading { level, .. } => {
                self.counted = false;
                self.heading = Some(Heading { level: level as u8, text: String::new(), span });
            }
            Tag::Paragraph => {
                self.counted = false;
                self.paragraph = Some((String::new(), span));
                self.separate();
            }
            Tag::Item => {
                self.counted = false;
                self.items.push(self.out.items.len());
                self.out.items.push(Item { text: String::new(), checked: None, span });
            }
            Tag::CodeBlock(kind) => {
                let (info, fenced) = match kind {
                    CodeBlockKind::Fenced(info) => (info.trim().to_owned(), true),
                    CodeBlockKind::Indented => (String::new(), false),
                };
                let lang = info.split(|c: char| c.is_whitespace() || c == ',' || c == '{').next();
                let lang = lang.filter(|l| !l.is_empty()).map(str::to_owned);
                // An empty block has its place after the line of the fence.
                let after = memchr::memchr(b'\n', &source.as_bytes()[start..end]).map_or(end, |n| start + n + 1);
                self.code = Some(CodeBlock { lang, info, text: String::new(), span: Span::new(after, after), fenced });
            }
            Tag::Link { dest_url, .. } => self.link(dest_url.into_string(), span, false),
            Tag::Image { dest_url, .. } => self.link(dest_url.into_string(), span, true),
            Tag::Table(_) => self.table = Some(Table { rows: Vec::new(), span }),
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::TableCell => {
                self.counted = false;
                if let Some(row) = self.table.as_mut().and_then(|t| t.rows.last_mut()) {
                    row.push(String::new());
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => self.out.headings.extend(self.heading.take()),
            TagEnd::Paragraph => self.out.paragraphs.extend(self.paragraph.take()),
            TagEnd::CodeBlock => self.out.code_blocks.extend(self.code.take()),
            TagEnd::Table => self.out.tables.extend(self.table.take()),
            TagEnd::Link | TagEnd::Image => drop(self.links.pop()),
            TagEnd::Item => {
                if let Some(at) = self.items.pop() {
                    let item = &mut self.out.items[at];
                    item.text.truncate(item.text.trim_end().len());
                }
            }
            _ => {}
        }
    }

    fn link(&mut self, target: String, span: Span, image: bool) {
        self.links.push(self.out.links.len());
        self.out.links.push(Link { target, text: String::new(), span, image });
    }

    /// Sets a further paragraph of an item off from what stands before it.
    fn separate(&mut self) {
        if let Some(item) = self.items.last()
            && !self.out.items[*item].text.is_empty()
        {
            self.out.items[*item].text.push(' ');
        }
    }

    /// Hands text to everything that it belongs to.
    fn push(&mut self, text: &str) {
        for link in self.links.iter().take(MAX_LINK_DEPTH) {
            self.out.links[*link].text.push_str(text);
        }
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(text);
            return;
        }
        if let Some(cell) = self.table.as_mut().and_then(|t| t.rows.last_mut()).and_then(|r| r.last_mut()) {
            cell.push_str(text);
            return;
        }
        if let Some((paragraph, _)) = &mut self.paragraph {
            paragraph.push_str(text);
        }
        if let Some(item) = self.items.last() {
            self.out.items[*item].text.push_str(text);
        }
    }

    fn count(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.counted = false;
            } else if c.is_alphanumeric() && !self.counted {
                self.counted = true;
                self.out.words += 1;
            }
        }
    }
}

/// A span without the blank lines that the parser counts to the end of a block.
fn trimmed(source: &str, start: usize, end: usize) -> Span {
    let text = source.get(start..end).unwrap_or_default();
    Span::new(start, start + text.trim_end().len())
}

/// The text that the parser sees: as long as the file, with what it must not see blanked out.
struct Prepared<'a> {
    text: Cow<'a, str>,
    front_matter: Option<Span>,
    /// Where nesting was cut off.
    flattened: Option<usize>,
}
