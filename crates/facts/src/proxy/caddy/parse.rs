//! The blocks of a Caddyfile.

use std::collections::BTreeMap;

use plimsoll_base::Location;

use super::super::files::place;
use crate::library::Held;

/// Lines of one file, and blocks within blocks, that are read; snippets within snippets.
const MAX_LINES: usize = 20_000;
const MAX_DEPTH: usize = 16;
const MAX_IMPORTS: usize = 500;

/// One line with its block.
#[derive(Clone)]
pub(super) struct Directive {
    pub(super) words: Vec<String>,
    pub(super) at: Location,
    pub(super) block: Vec<Directive>,
    /// Whether it opens a block, be it empty.
    pub(super) opens: bool,
}

impl Directive {
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }
    /// The words after the name, without the matcher that says for which requests it is.
    pub(super) fn args(&self) -> &[String] {
        match self.words.get(1) {
            Some(first) if first.starts_with(['@', '/']) || first == "*" => &self.words[2..],
            Some(_) => &self.words[1..],
            None => &[],
        }
    }
    /// The matcher that says for which requests it is; none where it is for all.
    pub(super) fn matcher(&self) -> Option<&str> {
        self.words.get(1).map(String::as_str).filter(|w| w.starts_with(['@', '/']) && *w != "/*")
    }
    pub(super) fn says(&self) -> String {
        self.words.join(" ")
    }
}

/// The blocks of a file, snippets put in where they are imported.
pub(super) fn parse(held: &Held) -> Vec<Directive> {
    let text = held.text();
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n').take(MAX_LINES) {
        let at = place(held, start + (line.len() - line.trim_start().len()), start + line.trim_end().len());
        start += line.len();
        let words = words(line);
        if !words.is_empty() {
            lines.push((words, at));
        }
    }
    let all = block(&mut lines.into_iter(), 0);
    let mut snippets: BTreeMap<String, Vec<Directive>> = BTreeMap::new();
    let mut rest = Vec::new();
    for directive in all {
        match directive.name().strip_prefix('(').and_then(|n| n.strip_suffix(')')) {
            Some(name) => {
                snippets.insert(name.to_owned(), directive.block);
            }
            None => rest.push(directive),
        }
    }
    let mut left = MAX_IMPORTS;
    imported(rest, &snippets, &mut left, 0)
}

fn imported(block: Vec<Directive>, snippets: &BTreeMap<String, Vec<Directive>>, left: &mut usize, depth: usize) -> Vec<Directive> {
    let mut found = Vec::new();
    for mut directive in block {
        let snippet = (directive.name() == "import").then(|| directive.words.get(1).and_then(|n| snippets.get(n))).flatten();
        match snippet {
            Some(snippet) if *left > 0 && depth < MAX_DEPTH => {
                *left -= 1;
                found.extend(imported(snippet.clone(), snippets, left, depth + 1));
            }
            _ => {
                directive.block = imported(std::mem::take(&mut directive.block), snippets, left, depth + 1);
                found.push(directive);
            }
        }
    }
    found
}

fn block(lines: &mut std::vec::IntoIter<(Vec<String>, Location)>, depth: usize) -> Vec<Directive> {
    let mut found = Vec::new();
    while let Some((mut words, at)) = lines.next() {
        if words[0] == "}" {
            if depth > 0 {
                return found;
            }
            continue;
        }
        let opens = words.last().is_some_and(|w| w == "{");
        if opens {
            words.pop();
        }
        let inner = match (opens, depth < MAX_DEPTH) {
            (true, true) => block(lines, depth + 1),
            (true, false) => skip(lines),
            (false, _) => Vec::new(),
        };
        found.push(Directive { words, at, block: inner, opens });
    }
    found
}

fn skip(lines: &mut std::vec::IntoIter<(Vec<String>, Location)>) -> Vec<Directive> {
    let mut depth = 1usize;
    for (words, _) in lines.by_ref() {
        depth += usize::from(words.last().is_some_and(|w| w == "{"));
        depth -= usize::from(words[0] == "}");
        if depth == 0 {
            break;
        }
    }
    Vec::new()
}

/// The words of a line; quotes and backticks hold several together, `#` begins a comment.
fn words(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() && !rest.starts_with('#') {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '`'));
        let (word, after) = match quote {
            Some(quote) => {
                let inner = &rest[1..];
                let end = inner.find(quote).unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or_default())
            }
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        found.push(word.to_owned());
        rest = after.trim_start();
    }
    found
}
