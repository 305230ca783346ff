//! Documents as the controls about documents see them: guides, their passages by topic, the commands in them, and the files,
//! scripts, targets and services that they name.

mod reference;
mod topic;

pub use reference::{Reference, References};
pub use topic::{Topic, Topics, find};

use plimsoll_base::{Location, Span};
use plimsoll_facts::repository::Document;
use plimsoll_syntax::markdown::CodeBlock;
use plimsoll_syntax::{ShellCommand, shell};

use crate::system::System;

/// Words in a path that make a document something else than a guide to this system as it is.
const STUDY: [&str; 10] =
    ["study", "interview", "flashcard", "flashcards", "cheat", "practice", "exercise", "exercises", "tutorial", "lesson"];
/// Words in a path that mean a form to be filled in; in a title they name what the repository is.
const FORMS: [&str; 2] = ["template", "templates"];
/// Words in a path or title that say that a document speaks of what shall be.
const PLANS: [&str; 17] = [
    "plan",
    "plans",
    "proposal",
    "proposals",
    "proposed",
    "rfc",
    "rfcs",
    "roadmap",
    "prd",
    "requirements",
    "todo",
    "poc",
    "spec",
    "specs",
    "superpowers",
    "ideas",
    "brainstorm",
];
/// Folders whose texts are for machines or for end users.
const ELSEWHERE: [&str; 21] = [
    ".agent",
    "archived",
    "archives",
    "deprecated",
    "legacy",
    "prompts",
    "skills",
    "agents",
    ".claude",
    ".cursor",
    ".github",
    "commands",
    "blog",
    "content",
    "posts",
    "evals",
    "locales",
    "messages",
    "i18n",
    "issue_template",
    "archive",
];
/// Words in a path or title of documents that report on the system instead of guiding through it.
const REPORTS: [&str; 9] = ["report", "reports", "audit", "assessment", "readiness", "validation", "handoff", "retrospective", "checklist"];
/// Folders of source code: a document there is about the code, not about operating the system.
const SOURCES: [&str; 9] = ["src", "internal", "lib", "pkg", "components", "features", "crates", "cmd", "server"];
/// The languages of code blocks that hold commands; none is taken for commands too.
const SHELLS: [&str; 12] =
    ["bash", "sh", "shell", "console", "zsh", "terminal", "shell-session", "sh-session", "shellsession", "powershell", "ps1", "cmd"];

/// What a document is to its readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearing {
    /// It tells how this system is.
    Guide,
    /// It tells how the system shall be, or teaches with it.
    Aspiring,
    /// It claims readiness, or is no document for people who build and run the system.
    Claim,
}

/// A part of a document: a section with all below it, or the whole.
#[derive(Clone, Copy, Debug)]
pub struct Passage<'a> {
    /// The document.
    pub document: &'a Document,
    /// The heading, or the path for a whole document.
    pub title: &'a str,
    /// The place of the heading.
    pub at: Location,
    /// The bytes it takes.
    pub span: Span,
}

/// A command that a document shows.
#[derive(Clone, Debug)]
pub struct ShownCommand<'a> {
    /// Its words.
    pub command: &'a ShellCommand,
    /// Its line.
    pub at: Location,
    /// The folder that `cd` led to before it in the same block; none where none did.
    pub within: Option<String>,
}

impl System {
    /// What a document is to its readers.
    pub fn bearing(&self, document: &Document) -> Bearing {
        let path = document.path.to_lowercase();
        let (folder, _) = path.rsplit_once('/').unwrap_or(("", &path));
        let machine = ["claude.md", "agents.md", "gemini.md", "warp.md", "copilot-instructions.md"].contains(&name_of(&path).as_str());
        if machine || document.readiness_claim || !document.product || folder.split('/').any(|f| ELSEWHERE.contains(&f)) {
            return Bearing::Claim;
        }
        let title = document.content.headings.first().map(|h| h.text.to_lowercase()).unwrap_or_default();
        let named = |list: &[&str], text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|w| list.contains(&w));
        let title_words: String = title.split([':', '–', '—']).next().unwrap_or_default().to_owned();
        if named(&REPORTS, &name_of(&path)) || named(&REPORTS, &title_words) {
            return Bearing::Claim;
        }
        if named(&STUDY, &path)
            || named(&FORMS, &path)
            || named(&PLANS, &path)
            || named(&STUDY, &title_words)
            || ["proposed", "proposal", "roadmap", "prd"].iter().any(|w| find(&title, w).is_some())
        {
            return Bearing::Aspiring;
        }
        Bearing::Guide
    }

    /// Documents that tell people how this system is, the nearest to the root first.
    pub fn guides(&self) -> Vec<&Document> {
        self.documents_of(Bearing::Guide)
    }
    /// Guides that may be about operating the system: those that do not lie among its source code.
    pub fn operating_guides(&self) -> Vec<&Document> {
        let mut guides = self.guides();
        guides.retain(|d| !d.path.to_lowercase().split('/').rev().skip(1).any(|f| SOURCES.contains(&f)));
        guides
    }
    /// Documents that tell how it shall be, or teach with it.
    pub fn aspirations(&self) -> Vec<&Document> {
        self.documents_of(Bearing::Aspiring)
    }
    fn documents_of(&self, bearing: Bearing) -> Vec<&Document> {
        let ordered = self.bearings.get_or_init(|| {
            let mut ordered: Vec<(Bearing, usize)> = self.documents().iter().enumerate().map(|(i, d)| (self.bearing(d), i)).collect();
            ordered.sort_by_key(|(_, i)| (self.documents()[*i].path.matches('/').count(), self.documents()[*i].path.as_str()));
            ordered
        });
        ordered.iter().filter(|(b, _)| *b == bearing).map(|(_, i)| &self.documents()[*i]).collect()
    }
    /// The readme: the nearest to the root, in English where there are several.
    pub fn readme(&self) -> Option<&Document> {
        let readme = |d: &Document| name_of(&d.path).split('.').next() == Some("readme");
        let depth = |d: &Document| (d.path.matches('/').count(), name_of(&d.path).matches('.').count());
        let found = self.readme.get_or_init(|| {
            let documents = self.documents().iter().enumerate();
            let readmes = documents.filter(|(_, d)| (d.product || !d.path.contains('/')) && readme(d));
            readmes.min_by_key(|(_, d)| (depth(d), d.path.as_str())).map(|(i, _)| i)
        });
        found.map(|i| &self.documents()[i])
    }
}

/// The last part of a path, in lower case.
pub fn name_of(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_lowercase()
}

/// What a document is about by its name, nothing for a readme, and what each of its headings is about.
fn topics(document: &Document) -> (Topics, impl Iterator<Item = Topics> + Clone) {
    let bits = document.topics.get_or_init(|| {
        let stem = stem(document);
        let named = if stem == "readme" { Topics::default() } else { Topics::heading(&stem) };
        let headings = document.content.headings.iter().map(|h| Topics::heading(&h.text));
        std::iter::once(named).chain(headings).map(Topics::bits).collect()
    });
    let mut all = bits.iter().copied().map(Topics::from_bits);
    (all.next().unwrap_or_default(), all)
}

/// What a document is called, as words in lower case.
fn stem(document: &Document) -> String {
    let name = name_of(&document.path);
    name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).replace(['-', '_'], " ")
}

/// The passages of one document about a topic.
pub fn passages(document: &Document, topic: Topic) -> Vec<Passage<'_>> {
    let content = &document.content;
    let (named, headings) = topics(document);
    let first = content.headings.first().filter(|h| h.level == 1 && h.text.len() < 80);
    let titled = topic != Topic::Architecture && first.is_some() && headings.clone().next().is_some_and(|topics| topics.contain(topic));
    if named.contain(topic) || titled && stem(document) != "readme" {
        return vec![Passage::whole(document)];
    }
    let mut found: Vec<Passage<'_>> = Vec::new();
    for (i, (heading, topics)) in content.headings.iter().zip(headings).enumerate() {
        // The title of a readme names the product: a "test runner" is no passage about tests.
        let title = i == 0 && heading.level == 1;
        if title || !topics.contain(topic) {
            continue;
        }
        let Some(span) = content.section(i) else { continue };
        let inside = found.last().is_some_and(|p| span.start < p.span.end);
        if !inside {
            found.push(Passage { document, title: &heading.text, at: Location::at(document.file, heading.span), span });
        }
    }
    found
}

impl<'a> Passage<'a> {
    /// A document as one passage.
    pub fn whole(document: &'a Document) -> Self {
        let heading = document.content.headings.first();
        Self {
            document,
            title: heading.map_or(document.path.as_str(), |h| &h.text),
            at: heading.map_or(Location::whole(document.file), |h| Location::at(document.file, h.span)),
            span: Span::new(0, document.text.len()),
        }
    }
    /// Its text in lower case.
    pub fn text(&self) -> &'a str {
        let text = &self.document.text;
        let bound = |at: u32| {
            let mut at = (at as usize).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        &text[bound(self.span.start)..bound(self.span.end)]
    }
    /// Whether a place lies in it.
    pub fn holds(&self, span: Span) -> bool {
        self.span.start <= span.start && span.start < self.span.end
    }
    /// The commands in its code blocks.
    pub fn commands(&self) -> Vec<ShownCommand<'a>> {
        commands(self.document, self.span)
    }
    /// Where it speaks of a topic, by a heading or in its text.
    pub fn speaks_of(&self, topic: Topic) -> Option<Location> {
        let headings = self.document.content.headings.iter().zip(topics(self.document).1);
        if let Some((heading, _)) = headings.into_iter().find(|(h, topics)| topics.contain(topic) && self.holds(h.span)) {
            return Some(Location::at(self.document.file, heading.span));
        }
        let text = self.text();
        topic.said(text).map(|at| self.place(at, 1))
    }
    /// Where a phrase stands in it.
    pub fn says(&self, phrase: &str) -> Option<Location> {
        find(self.text(), phrase).map(|at| self.place(at, phrase.len()))
    }
    fn place(&self, at: usize, length: usize) -> Location {
        let start = self.span.start as usize + at;
        Location::at(self.document.file, Span::new(start, start + length))
    }
}

/// The commands of the code blocks that start within a span; bounded, since documents may be long.
fn commands(document: &Document, span: Span) -> Vec<ShownCommand<'_>> {
    const MOST: usize = 2000;
    let mut found = Vec::new();
    for (block, shown) in document.content.code_blocks.iter().zip(&document.shown) {
        let inside = span.start <= block.span.start && block.span.start < span.end;
        if !inside || found.len() > MOST {
            continue;
        }
        let commands = shown.get_or_init(|| shown_in(block));
        if commands.is_empty() {
            continue;
        }
        // Prompts are blanked in place: lines and columns are those of the block.
        let breaks: Vec<usize> = block.text.match_indices('\n').map(|(at, _)| at).collect();
        let lines = lines_of(document, block.span, breaks.len() + 1);
        let mut within: Option<String> = None;
        for command in commands {
            let line = breaks.partition_point(|at| *at < command.span.start as usize);
            if let ("cd", Some(to)) = (command.words[0].as_str(), command.words.get(1)) {
                within = Some(within.map_or_else(|| to.clone(), |from| format!("{from}/{to}")));
            }
            found.push(ShownCommand {
                at: Location::at(document.file, lines.get(line).copied().unwrap_or(block.span)),
                within: within.clone(),
                command,
            });
        }
    }
    found
}

/// The commands of a code block, where it is in a shell's language.
fn shown_in(block: &CodeBlock) -> Vec<ShellCommand> {
    let lang = block.lang.as_deref().unwrap_or("sh").to_ascii_lowercase();
    if !SHELLS.contains(&lang.as_str()) || block.text.len() > 64 * 1024 {
        return Vec::new();
    }
    let text: String = block.text.split_inclusive('\n').map(without_prompt).collect();
    shell(&text).into_iter().filter(|c| !c.words.is_empty()).collect()
}

/// A line without the prompt that stands before what is typed, as long as before.
fn without_prompt(line: &str) -> String {
    match line.trim_start().strip_prefix("$ ").or_else(|| line.trim_start().strip_prefix("> ")) {
        Some(_) => line.replacen(['$', '>'], " ", 1),
        None => line.to_owned(),
    }
}

/// The spans of the first lines of a block, counted in the document itself since the block's text has lost its indentation.
fn lines_of(document: &Document, block: Span, count: usize) -> Vec<Span> {
    let mut at = block.start as usize;
    let lines = document.text.get(at..).unwrap_or_default().split_inclusive('\n').take(count);
    let span = |line: &str| {
        let start = at;
        at += line.len();
        Span::new(start, start + line.trim_end().len())
    };
    lines.map(span).collect()
}
