//! A control's page at a terminal: Markdown with bold headings, indented code and wrapped text.

use std::io;

use plimsoll_base::About;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::effort;
use crate::ink::Tone;
use crate::sheet::{Sheet, cut, width};
use crate::terminal::TerminalOptions;

/// A page nested deeper than this is indented no further.
const DEEPEST: usize = 6;

/// Writes what the catalogue says of a control, then its page; without a page, that there is none.
///
/// # Errors
/// Only those of the writer.
pub fn render(page: &str, about: &About, options: &TerminalOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = options.sheet();
    sheet.gap();
    sheet.push(sheet.line().plain("  ").put(Tone::Strong, about.id));
    sheet.flow(sheet.line().plain("  "), 2, Tone::Plain, about.title, 2);
    let mut facts = vec![format!("severity {}", about.severity.word())];
    facts.push(match about.blocks_from {
        Some(tier) => format!("blocks from tier {} on", tier.word()),
        None => "never blocks".to_owned(),
    });
    facts.push(format!("expected from tier {} on", about.expected_from.word()));
    facts.extend(about.proven_at.map(|grade| format!("proven when {}", grade.word())));
    facts.push(format!("effort {}", effort::range([about.effort.0, about.effort.1])));
    sheet.flow(sheet.line().plain("  "), 2, Tone::Faint, &facts.join(" · "), 3);
    if page.trim().is_empty() {
        sheet.gap();
        sheet.flow(sheet.line().plain("  "), 2, Tone::Plain, "This version has no page for it and cannot judge it.", 2);
    } else {
        Page::new(&mut sheet).read(page, about);
    }
    sheet.write(out)
}

/// What is being collected while the events of a page pass by.
struct Page<'s> {
    sheet: &'s mut Sheet,
    text: String,
    /// The next number of each open list; none for a list of points.
    lists: Vec<Option<u64>>,
    /// What stands before the item's first line.
    bullet: Option<String>,
    code: bool,
    heading: bool,
    link: Option<String>,
    rows: Vec<Vec<String>>,
    /// Whether the page's own title may still come; it repeats what was said above.
    untitled: bool,
}

impl<'s> Page<'s> {
    fn new(sheet: &'s mut Sheet) -> Self {
        Self {
            sheet,
            text: String::new(),
            lists: vec![],
            bullet: None,
            code: false,
            heading: false,
            link: None,
            rows: vec![],
            untitled: true,
        }
    }

    fn read(mut self, page: &str, about: &About) {
        for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
            self.event(event, about);
        }
        self.flush();
    }

    fn event(&mut self, event: Event<'_>, about: &About) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag, about),
            Event::Text(text) if self.code => self.code(&text),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text.push_str(&text.replace('\n', " ")),
            Event::Code(text) => {
                self.text.push('`');
                self.text.push_str(&text);
                self.text.push('`');
            }
            Event::SoftBreak => self.text.push(' '),
            Event::HardBreak => {
                self.flush();
            }
            Event::Rule => {
                self.flush();
                self.sheet.gap();
            }
            Event::TaskListMarker(done) => self.text.push_str(if done { "[x] " } else { "[ ] " }),
            Event::FootnoteReference(name) => self.text.push_str(&format!("[{name}]")),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.text.push_str(&text),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.flush();
                self.heading = true;
            }
            Tag::Paragraph if self.lists.is_empty() => {
                self.flush();
                self.sheet.gap();
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                self.sheet.gap();
                self.code = true;
                if let CodeBlockKind::Fenced(info) = kind
                    && !info.is_empty()
                {
                    let line = self.sheet.line().to(self.indent() + 4).put(Tone::Name, &info);
                    self.sheet.push(line);
                }
            }
            Tag::List(first) => {
                self.flush();
                if self.lists.is_empty() {
                    self.sheet.gap();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                self.flush();
                self.bullet = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                });
            }
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.into_string()),
            Tag::Table(_) => {
                self.flush();
                self.sheet.gap();
                self.rows.clear();
            }
            Tag::TableHead | Tag::TableRow => self.rows.push(vec![]),
            Tag::BlockQuote(_) => self.flush(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, about: &About) {
        match tag {
            TagEnd::Heading(_) => {
                let text = std::mem::take(&mut self.text);
                self.heading = false;
                let repeats = [about.title, about.id].contains(&text.trim().trim_matches('`'));
                if !(repeats && std::mem::take(&mut self.untitled)) {
                    self.sheet.gap();
                    self.sheet.flow(self.sheet.line().plain("  "), 2, Tone::Strong, &text, 3);
                }
            }
            TagEnd::Link => {
                if let Some(target) = self.link.take().filter(|t| !t.is_empty() && !self.text.ends_with(t.as_str())) {
                    self.text.push_str(&format!(" ({target})"));
                }
            }
            TagEnd::CodeBlock => self.code = false,
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
            }
            TagEnd::Paragraph | TagEnd::Item | TagEnd::BlockQuote(_) => self.flush(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text);
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.table(),
            _ => {}
        }
    }

    fn indent(&self) -> usize {
        2 + 2 * self.lists.len().saturating_sub(1).min(DEEPEST)
    }

    /// Writes the text collected so far.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.trim().is_empty() || self.heading {
            return;
        }
        let indent = self.indent();
        let (head, hang) = match self.bullet.take() {
            Some(bullet) => (self.sheet.line().to(indent).plain(&bullet), indent + width(&bullet)),
            None => {
                let hang = indent + if self.lists.is_empty() { 0 } else { 2 };
                (self.sheet.line().to(hang), hang)
            }
        };
        self.sheet.flow(head, hang, Tone::Plain, &text, usize::MAX);
    }

    /// Code is neither wrapped nor cut: it is there to be copied.
    fn code(&mut self, text: &str) {
        for row in text.lines() {
            let line = self.sheet.line().to(self.indent() + 4).plain(&row.replace('\t', "    "));
            self.sheet.push(line);
        }
    }

    fn table(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        if count == 0 {
            return;
        }
        let widest = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| width(c)).max().unwrap_or(0);
        // All but the last column share at most two thirds of the width.
        let most = (self.sheet.width * 2 / 3 / count.max(1)).max(8);
        let widths: Vec<usize> = (0..count - 1).map(|column| widest(column).min(most)).collect();
        let last = 2 + widths.iter().map(|w| w + 2).sum::<usize>();
        for (at, row) in rows.iter().enumerate() {
            let tone = if at == 0 { Tone::Strong } else { Tone::Plain };
            let mut line = self.sheet.line().plain("  ");
            let mut end = 2;
            for (cell, wide) in row.iter().zip(&widths) {
                end += wide + 2;
                line = line.put(tone, &cut(self.sheet.ink, cell, *wide)).to(end);
            }
            self.sheet.flow(line, last, tone, row.get(count - 1).map_or("", String::as_str), 6);
        }
    }
}
