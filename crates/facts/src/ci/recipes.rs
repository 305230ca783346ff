//! Recipes: targets of make, just and Task.

use std::collections::BTreeMap;

use plimsoll_syntax::{Node, Strictness};

use super::environments::{nox, tox};
use super::invocations::{Lead, Led, Place, option_value, shortened};
use super::reading::Reader;
use crate::library::{Held, join};

/// How many recipes one call runs, prerequisites included.
pub(super) const MOST: usize = 200;

/// What a command leads to; none where it is none of these tools.
pub(super) fn led(reader: &Reader, words: &[String], folder: &str) -> Option<Led> {
    let program = words.first()?.rsplit('/').next()?;
    let label = shortened(&words.join(" "));
    match program {
        "make" | "gmake" => make(reader, &words[1..], folder, &label),
        "just" => just(reader, &words[1..], folder, &label),
        "task" | "go-task" => task(reader, &words[1..], folder, &label),
        "tox" => tox(reader, &words[1..], folder, &label),
        "nox" => nox(reader, &words[1..], folder, &label),
        _ => None,
    }
}

pub(super) fn file<'a>(reader: &Reader<'a>, folder: &str, names: &[&str]) -> Option<&'a Held> {
    names.iter().find_map(|name| reader.library.resolve(folder, name)).filter(|h| h.bytes.is_some())
}

/// A line of a recipe.
struct Line {
    text: String,
    at: u32,
    tolerated: bool,
}

#[derive(Default)]
struct Recipe {
    needs: Vec<String>,
    lines: Vec<Line>,
}

#[derive(Default)]
struct Recipes {
    by_name: BTreeMap<String, Recipe>,
    first: Option<String>,
    variables: BTreeMap<String, String>,
}

impl Recipes {
    /// The lines that run for a target, those of its prerequisites first.
    fn run<'r>(&'r self, target: &str, seen: &mut Vec<&'r str>, lines: &mut Vec<&'r Line>, depth: usize) {
        let Some((name, recipe)) = self.by_name.get_key_value(target) else { return };
        if seen.len() >= MOST || depth > 32 || seen.contains(&name.as_str()) {
            return;
        }
        seen.push(name);
        for need in &recipe.needs {
            self.run(need, seen, lines, depth + 1);
        }
        lines.extend(&recipe.lines);
    }

    fn leads(&self, held: &Held, targets: &[String], folder: &str, label: &str, ignore_errors: bool) -> Led {
        let mut led = Led::default();
        let (mut seen, mut lines) = (Vec::new(), Vec::new());
        for target in targets {
            // A file may stand for a target: only words that no file bears are missing.
            if !self.by_name.contains_key(target) && !target.contains(['$', '%', '/', '.']) && led.missing.is_none() {
                led.missing = Some(format!("{} has no target `{target}`", held.path));
            }
            self.run(target, &mut seen, &mut lines, 0);
        }
        led.leads = lines
            .into_iter()
            .take(MOST)
            .map(|line| Lead {
                text: self.expanded(&line.text),
                strictness: Strictness::PLAIN,
                folder: folder.to_owned(),
                place: Place::Fixed(plimsoll_base::Location::at(
                    held.id,
                    plimsoll_base::Span { start: line.at, end: line.at + u32::try_from(first_line(&line.text)).unwrap_or(0) },
                )),
                label: label.to_owned(),
                tolerated: line.tolerated || ignore_errors,
                arguments: Vec::new(),
            })
            .collect();
        led
    }

    /// `$(NAME)`, `${NAME}` and `{{NAME}}` by their values in the file, `$$` by `$`; what is not known stays.
    fn expanded(&self, text: &str) -> String {
        let mut done = text.replace("$(MAKE)", "make").replace("${MAKE}", "make");
        for _ in 0..4 {
            if !done.contains("$(") && !done.contains("${") && !done.contains("{{") {
                break;
            }
            let before = done.clone();
            for (name, value) in self.variables.iter().take(500) {
                if done.len() > 16 * 1024 || !done.contains(name.as_str()) {
                    continue;
                }
                for form in [format!("$({name})"), format!("${{{name}}}"), format!("{{{{{name}}}}}"), format!("{{{{ {name} }}}}")] {
                    done = done.replace(&form, value);
                }
            }
            if done == before {
                break;
            }
        }
        done.replace("$$", "$")
    }
}

fn first_line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

fn make(reader: &Reader, arguments: &[String], folder: &str, label: &str) -> Option<Led> {
    let named = option_value(arguments, &["-f", "--file", "--makefile"]);
    let held = match named {
        Some(name) => reader.library.resolve(folder, name).filter(|h| h.bytes.is_some())?,
        None => match file(reader, folder, &["GNUmakefile", "makefile", "Makefile"]) {
            Some(held) => held,
            None if reader.library.has_folder(folder) => return Some(Led::missing(format!("no Makefile in `{folder}`"))),
            None => return None,
        },
    };
    let mut recipes = makefile(&held.text());
    let ignore = arguments.iter().any(|w| w == "-i" || w == "--ignore-errors");
    let mut targets = Vec::new();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        if matches!(word.as_str(), "-C" | "-f" | "--file" | "--directory" | "--makefile" | "-I" | "-o" | "-W") {
            rest.next();
        } else if word == "-j" || word == "-l" {
            if rest.as_slice().first().is_some_and(|w| w.bytes().all(|b| b.is_ascii_digit())) {
                rest.next();
            }
        } else if let Some((name, value)) = word.split_once('=').filter(|_| !word.starts_with('-')) {
            recipes.variables.insert(name.trim_end_matches([':', '?', '+']).to_owned(), value.to_owned());
        } else if !word.starts_with('-') {
            targets.push(word.clone());
        }
    }
    if targets.is_empty() {
        targets.extend(recipes.first.clone());
    }
    let mut led = recipes.leads(held, &targets, folder, label, ignore);
    // What an included file or a pattern rule adds is not known here.
    let text = held.text();
    if text.lines().any(|l| {
        l.starts_with("include ")
            || l.starts_with("-include ")
            || (l.contains('%') && l.contains(':'))
            || l.starts_with("$(")
            || l.starts_with(".DEFAULT:")
    }) {
        led.missing = None;
    }
    Some(led)
}

fn makefile(text: &str) -> Recipes {
    let mut recipes = Recipes::default();
    let mut current: Vec<String> = Vec::new();
    let mut offset = 0usize;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(first) = lines.next() {
        let at = offset;
        offset += first.len();
        let mut line = first.trim_end_matches(['\n', '\r']).to_owned();
        while line.ends_with('\\') {
            let Some(next) = lines.next() else { break };
            offset += next.len();
            line.pop();
            line.push(' ');
            line.push_str(next.trim_end_matches(['\n', '\r']).trim_start());
        }
        if line.starts_with('\t') {
            let body = line.trim_start();
            let bare = body.trim_start_matches(['@', '-', '+']);
            let tolerated = body[..body.len() - bare.len()].contains('-');
            let at = u32::try_from(at + first.len() - first.trim_start().len()).unwrap_or(0);
            for name in &current {
                if let Some(recipe) = recipes.by_name.get_mut(name) {
                    recipe.lines.push(Line { text: bare.to_owned(), at, tolerated });
                }
            }
            continue;
        }
        let bare = line.split('#').next().unwrap_or_default().trim();
        if bare.is_empty() {
            continue;
        }
        let equals = bare.find('=');
        let colon = bare.find(':');
        match (equals, colon) {
            (Some(equals), colon) if colon.is_none_or(|c| c + 1 >= equals || equals < c) => {
                current.clear();
                let name = bare[..equals].trim_end_matches([':', '?', '+', '!']).trim().trim_start_matches("export ").trim().to_owned();
                let value = bare[equals + 1..].trim().to_owned();
                if !name.is_empty() && value.len() < 4096 && !value.contains(&format!("({name})")) {
                    recipes.variables.insert(name, value);
                }
            }
            (_, Some(colon)) => {
                let (names, rest) = (&bare[..colon], bare[colon + 1..].trim_start_matches(':'));
                let (needs, inline) = rest.split_once(';').unwrap_or((rest, ""));
                current = names.split_whitespace().map(str::to_owned).collect();
                for name in &current {
                    if recipes.first.is_none() && !name.starts_with('.') {
                        recipes.first = Some(name.clone());
                    }
                    let recipe = recipes.by_name.entry(name.clone()).or_default();
                    recipe.needs.extend(needs.split_whitespace().filter(|n| *n != "|").map(str::to_owned));
                    if !inline.trim().is_empty() {
                        recipe.lines.push(Line { text: inline.trim().to_owned(), at: u32::try_from(at).unwrap_or(0), tolerated: false });
                    }
                }
                if current.iter().any(|n| n == ".DEFAULT_GOAL") {
                    current.clear();
                }
            }
            _ => current.clear(),
        }
    }
    recipes.by_name.remove(".PHONY");
    if let Some(goal) = recipes.variables.get(".DEFAULT_GOAL") {
        recipes.first = Some(goal.clone());
    }
    recipes
}

fn just(reader: &Reader, arguments: &[String], folder: &str, label: &str) -> Option<Led> {
    let held = file(reader, folder, &["justfile", "Justfile", ".justfile"])?;
    let recipes = justfile(&held.text());
    let mut targets: Vec<String> = arguments.iter().filter(|w| !w.starts_with('-') && !w.contains('=')).take(1).cloned().collect();
    if targets.is_empty() {
        targets.extend(recipes.first.clone());
    }
    let folder = held.folder();
    Some(recipes.leads(held, &targets, folder, label, false))
}

fn justfile(text: &str) -> Recipes {
    let mut recipes = Recipes::default();
    let mut current: Option<String> = None;
    let mut offset = 0usize;
    for line in text.split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') && !line.starts_with([' ', '\t']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let Some(recipe) = current.as_ref().and_then(|name| recipes.by_name.get_mut(name)) else { continue };
            let text = bare.trim_start_matches(['@', '-']);
            let tolerated = bare[..bare.len() - text.len()].contains('-');
            let at = u32::try_from(at + line.len() - line.trim_start().len()).unwrap_or(0);
            match recipe.lines.last_mut() {
                // A recipe with an interpreter line is one script.
                Some(last) if last.text.starts_with("#!") => {
                    last.text.push('\n');
                    last.text.push_str(bare);
                }
                _ => recipe.lines.push(Line { text: text.to_owned(), at, tolerated }),
            }
            continue;
        }
        current = None;
        if let Some((name, value)) = bare.split_once(":=") {
            let name = name.trim().trim_start_matches("export ").trim();
            recipes.variables.insert(name.to_owned(), value.trim().trim_matches(['"', '\'']).to_owned());
        } else if let Some((head, needs)) = bare.split_once(':').filter(|_| !bare.starts_with('[')) {
            let Some(name) = head.trim_start_matches('@').split_whitespace().next() else { continue };
            let needs = needs.replace(['(', ')', '&'], " ");
            if recipes.first.is_none() {
                recipes.first = Some(name.to_owned());
            }
            recipes
                .by_name
                .insert(name.to_owned(), Recipe { needs: needs.split_whitespace().map(str::to_owned).collect(), lines: Vec::new() });
            current = Some(name.to_owned());
        }
    }
    recipes
}

fn task(reader: &Reader, arguments: &[String], folder: &str, label: &str) -> Option<Led> {
    let held = file(reader, folder, &["Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "Taskfile.dist.yml"])?;
    let root = held.root()?;
    let mut led = Led::default();
    let names: Vec<&str> = arguments.iter().map(String::as_str).filter(|w| !w.starts_with('-') && !w.contains('=')).collect();
    let names = if names.is_empty() { vec!["default"] } else { names };
    for name in names {
        let mut seen = Vec::new();
        if root.path(&["tasks", name]).is_none() && root.get("includes").is_none() {
            led.missing = Some(format!("{} has no task `{name}`", held.path));
        }
        run_task(held, root, name, label, &mut seen, &mut led.leads);
    }
    Some(led)
}

fn run_task<'n>(held: &Held, root: &'n Node, name: &'n str, label: &str, seen: &mut Vec<&'n str>, leads: &mut Vec<Lead>) {
    let Some(task) = root.path(&["tasks", name]) else { return };
    if seen.contains(&name) || seen.len() >= MOST.min(64) || leads.len() >= MOST {
        return;
    }
    seen.push(name);
    for need in task.get("deps").map(Node::items).unwrap_or_default() {
        if let Some(name) = need.scalar().or_else(|| need.get("task").and_then(Node::scalar)) {
            run_task(held, root, name, label, seen, leads);
        }
    }
    let folder = task.get("dir").and_then(Node::scalar).and_then(|d| join(held.folder(), d)).unwrap_or_else(|| held.folder().to_owned());
    let cmds = match task.get("cmds").or_else(|| task.get("cmd")) {
        Some(cmds) if !cmds.items().is_empty() => cmds.items(),
        Some(one) => std::slice::from_ref(one),
        None if task.is_mapping() => &[],
        None => task.items(),
    };
    let cmds = if cmds.is_empty() && task.scalar().is_some() { std::slice::from_ref(task) } else { cmds };
    for cmd in cmds {
        if let Some(name) = cmd.get("task").and_then(Node::scalar) {
            run_task(held, root, name, label, seen, leads);
        } else if let Some(node) = cmd.scalar().map(|_| cmd).or_else(|| cmd.get("cmd")) {
            let tolerated = |n: &Node| n.get("ignore_error").and_then(Node::as_bool) == Some(true);
            leads.push(Lead {
                text: node.scalar().unwrap_or_default().to_owned(),
                strictness: Strictness::PLAIN,
                folder: folder.clone(),
                place: Place::Fixed(held.at(node.span)),
                label: label.to_owned(),
                tolerated: tolerated(cmd) || tolerated(task),
                arguments: Vec::new(),
            });
        }
    }
}
