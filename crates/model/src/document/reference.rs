//! What documents name: files, scripts, make targets and Compose services, and whether the repository has them.

mod named;

use std::collections::{BTreeSet, HashMap};

use plimsoll_base::{Location, Span};
use plimsoll_facts::join;
use plimsoll_facts::packages::Ecosystem;
use plimsoll_facts::repository::Document;

use super::{Passage, ShownCommand, find, name_of};
use crate::system::System;
use named::{is_makefile, made, script};

/// Folders that builds, installs and runs make; what lies in them cannot be looked up.
const MADE: [&str; 26] = [
    "dist",
    "build",
    "out",
    "target",
    "bin",
    "obj",
    "node_modules",
    ".venv",
    "venv",
    "env",
    "coverage",
    "tmp",
    "logs",
    "log",
    "data",
    "backups",
    "backup",
    "certs",
    "ssl",
    "secrets",
    "uploads",
    "public",
    "vendor",
    ".next",
    "volumes",
    "site-packages",
];
/// Endings of files that people write and keep; others are made by commands.
const KEPT: [&str; 24] = [
    "sh", "bash", "py", "js", "mjs", "cjs", "ts", "tsx", "rb", "php", "go", "rs", "java", "kt", "cs", "ps1", "bat", "yml", "yaml", "tf",
    "md", "toml", "prisma", "sql",
];
/// Words in a path that mark it as the reader's own to choose.
const OWN: [&str; 12] = ["your", "my", "path", "example", "foo", "bar", "some", "xxx", "name", "backup", "dump", "new"];
/// Words shortly before a path that tell the reader to make it.
const MAKING: [&str; 12] =
    ["create", "creating", "new file", "add a", "adding", "generate*", "save", "e.g.", "for example", "such as", "rename", "erstelle*"];
/// Programs whose first argument that is a path must be there.
const RUNNERS: [&str; 11] = ["bash", "sh", "zsh", "python", "python3", "node", "ts-node", "tsx", "ruby", "php", "pwsh"];
/// Flags whose value is a file or folder that must be there.
const FILE_FLAGS: [&str; 7] = ["-f", "--file", "-k", "--kustomize", "--values", "--env-file", "--var-file"];
/// The most that is checked in one document.
const MOST: usize = 600;

/// Something that a document names and that can be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where the document names it.
    pub at: Location,
    /// What it names, in its words.
    pub says: String,
    /// What is not there, if it is not: "no script `e2e` in any package.json".
    pub missing: Option<String>,
}

/// What the repository has, prepared for look-ups by documents.
pub struct References<'a> {
    system: &'a System,
    by_name: HashMap<String, Vec<&'a str>>,
    scripts: BTreeSet<&'a str>,
    has_npm: bool,
    targets: BTreeSet<String>,
    makefiles: usize,
    open_make: bool,
    services: BTreeSet<&'a str>,
}

impl std::fmt::Debug for References<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("References").field("files", &self.by_name.len()).finish_non_exhaustive()
    }
}

impl<'a> References<'a> {
    /// Prepares the look-ups.
    pub fn new(system: &'a System) -> Self {
        let mut by_name: HashMap<String, Vec<&'a str>> = HashMap::new();
        for file in system.files() {
            let mut path = file.path.as_str();
            // Folders are found by the first file below them, each once.
            loop {
                let name = path.rsplit('/').next().unwrap_or(path).to_owned();
                let list = by_name.entry(name).or_default();
                if list.last() == Some(&path) {
                    break;
                }
                list.push(path);
                match path.rsplit_once('/') {
                    Some((folder, _)) => path = folder,
                    None => break,
                }
            }
        }
        let npm = || system.packages().iter().filter(|p| p.ecosystem == Ecosystem::Npm);
        let scripts = npm().flat_map(|p| p.scripts.iter().map(|(name, _)| name.as_str())).collect();
        let mut targets = BTreeSet::new();
        let mut open_make = false;
        let makefiles: Vec<_> = system.files().iter().filter(|f| is_makefile(f.name())).collect();
        for file in &makefiles {
            let text = file.text();
            open_make |= file.bytes.is_none();
            for line in text.lines() {
                if line.starts_with("include ") || line.starts_with("-include ") || line.starts_with('%') || line.starts_with('$') {
                    open_make = true;
                }
                if let Some((names, rest)) = line.split_once(':')
                    && !line.starts_with(['\t', ' ', '#'])
                    && !rest.starts_with('=')
                {
                    targets.extend(names.split_whitespace().map(str::to_owned));
                }
            }
        }
        let profiled = system.facts().compose.iter().flat_map(|p| p.workloads.iter().chain(p.profiled.iter().map(|(_, w)| w)));
        let services = profiled.map(|w| w.name.as_str()).collect();
        Self { system, by_name, scripts, has_npm: npm().next().is_some(), targets, makefiles: makefiles.len(), open_make, services }
    }

    /// What a passage names and the repository should have.
    pub fn of(&self, passage: &Passage<'_>) -> Vec<Reference> {
        let document = passage.document;
        let folder = plimsoll_facts::folder_of(&document.path);
        let mut found = Vec::new();
        for link in document.content.links.iter().filter(|l| passage.holds(l.span)).take(MOST) {
            let at = Location::at(document.file, link.span);
            let target = link.target.split(['#', '?']).next().unwrap_or_default().replace("%20", " ");
            let away = target.is_empty()
                || target.contains("://")
                || target.contains(['<', '{', '$', '*', '@', '('])
                || target.starts_with("mailto:")
                || target.starts_with("data:")
                || target.starts_with("tel:")
                || target.starts_with("//");
            // A link to a folder above the root leads to a page of the hosting service (`../../issues`).
            let path = if target.starts_with('/') { join("", target.trim_start_matches('/')) } else { join(folder, &target) };
            if let (false, Some(path)) = (away, path) {
                let known = self.system.exists(&path)
                    || path.is_empty()
                    || self.system.exists(&format!("{path}.md"))
                    || self.suffix(&path) && document.path.starts_with("docs/");
                found.push(Reference {
                    at,
                    says: format!("links {target}"),
                    missing: (!known).then(|| format!("`{target}` is not there")),
                });
            }
        }
        let commands = passage.commands();
        let made = made(&commands);
        for shown in commands.iter().take(MOST) {
            let words: Vec<&str> = shown.command.words.iter().map(String::as_str).collect();
            self.command(folder, shown, &words, &made, &mut found);
        }
        for (text, span) in document.content.code_spans.iter().filter(|(_, s)| passage.holds(*s)).take(MOST) {
            self.span(document, folder, text, *span, &made, &mut found);
        }
        found
    }

    fn command(&self, folder: &str, shown: &ShownCommand<'_>, words: &[&str], made: &BTreeSet<String>, found: &mut Vec<Reference>) {
        let Some((program, arguments)) = words.split_first() else { return };
        let mut add = |says: String, missing: Option<String>| found.push(Reference { at: shown.at, says, missing });
        let first = arguments.iter().find(|a| !a.starts_with('-')).copied();
        let mut file = |path: &str| {
            if let Some(known) = self.from(folder, shown, path, made) {
                add(words.join(" "), (!known).then(|| format!("`{path}` is not there")));
            }
        };
        match *program {
            p if p.starts_with("./") => file(p),
            "sudo" | "time" | "env" => {
                self.command(folder, shown, arguments, made, found);
            }
            "cp" => {
                if let Some(first) =
                    first.filter(|f| f.contains("env") || f.contains("example") || f.contains("sample") || f.contains("template"))
                {
                    let base = name_of(first);
                    let known = self.by_name.keys().any(|k| k.eq_ignore_ascii_case(&base));
                    if !first.contains(['$', '*', '<', '{']) && !first.starts_with(['/', '~']) && !made.contains(&base) {
                        add(words.join(" "), (!known).then(|| format!("`{first}` is not there")));
                    }
                }
            }
            p if RUNNERS.contains(&p) && !arguments.contains(&"-m") && !arguments.contains(&"-c") && !arguments.contains(&"-e") => {
                if let Some(first) = first.filter(|f| KEPT.iter().any(|k| f.ends_with(&format!(".{k}")))) {
                    file(first);
                }
            }
            "npm" | "pnpm" | "yarn" | "bun" => {
                if let Some(script) = script(program, arguments)
                    && self.has_npm
                {
                    let known = self.scripts.contains(script) || (script == "start" && self.by_name.contains_key("server.js"));
                    add(words.join(" "), (!known).then(|| format!("no package.json has a script `{script}`")));
                }
            }
            "make" => {
                for target in arguments.iter().filter(|a| !a.starts_with('-') && !a.contains(['=', '$', '<', '{', '/', '[', '.'])).take(1) {
                    let elsewhere = arguments.contains(&"-C") || arguments.contains(&"-f");
                    let missing = match self.makefiles {
                        0 => Some(format!("no Makefile for the target `{target}`")),
                        _ => (!self.targets.contains(*target) && !self.open_make).then(|| format!("no Makefile has a target `{target}`")),
                    };
                    if !elsewhere {
                        add(words.join(" "), missing);
                    }
                }
            }
            "docker" | "docker-compose" | "podman" | "podman-compose" => self.compose(folder, shown, words, made, found),
            "terraform" | "tofu" => {
                if let Some(path) = arguments.iter().find_map(|a| a.strip_prefix("-chdir=")) {
                    file(path);
                }
            }
            "kubectl" | "helm" | "kustomize" => {
                for pair in arguments.windows(2).filter(|w| FILE_FLAGS.contains(&w[0])) {
                    file(pair[1]);
                }
            }
            _ => {}
        }
    }

    /// A path or a script's command in running text.
    fn span(&self, document: &Document, folder: &str, text: &str, span: Span, made: &BTreeSet<String>, found: &mut Vec<Reference>) {
        let at = Location::at(document.file, span);
        let words: Vec<&str> = text.split_whitespace().collect();
        if let [program @ ("npm" | "pnpm" | "yarn" | "bun"), arguments @ ..] = words.as_slice()
            && let Some(script) = script(program, arguments)
            && self.has_npm
        {
            let missing = (!self.scripts.contains(script)).then(|| format!("no package.json has a script `{script}`"));
            found.push(Reference { at, says: text.to_owned(), missing });
        }
        let [path] = words.as_slice() else { return };
        let kept = path.contains('/') && path.rsplit_once('.').is_some_and(|(_, e)| KEPT.contains(&e));
        let top = path.trim_start_matches("./").split('/').next().unwrap_or_default();
        // Only a path whose first folder is here speaks of this repository.
        let here = join(folder, top).is_some_and(|p| self.system.exists(&p)) || self.system.exists(top);
        let before = (span.start as usize).saturating_sub(60);
        let lead = document.text.get(before..span.start as usize).unwrap_or_default();
        let lead = lead.rsplit(['\n', '.']).next().unwrap_or(lead);
        if kept
            && here
            && !top.is_empty()
            && !MAKING.iter().any(|w| find(lead, w).is_some())
            && let Some(known) = self.path(folder, path, made)
        {
            found.push(Reference { at, says: (*path).to_owned(), missing: (!known).then(|| format!("`{path}` is not there")) });
        }
    }

    /// Whether a path of a command is there. Behind a `cd` to a folder that is here, only that folder counts.
    fn from(&self, folder: &str, shown: &ShownCommand<'_>, path: &str, made: &BTreeSet<String>) -> Option<bool> {
        let lenient = self.path(folder, path, made)?;
        let within = shown.within.as_deref().map(|w| w.trim_end_matches('/')).unwrap_or_default();
        let bases = [join(folder, within), join("", within)].into_iter().flatten().filter(|b| !b.is_empty() && self.system.exists(b));
        let bases: Vec<String> = bases.collect();
        if bases.is_empty() || within.is_empty() {
            return Some(lenient);
        }
        Some(bases.iter().any(|b| join(b, path).is_some_and(|p| self.system.exists(&p))))
    }

    /// Whether a path is there, from the document's folder, the root or any folder; none where it cannot be looked up.
    fn path(&self, folder: &str, path: &str, made: &BTreeSet<String>) -> Option<bool> {
        let clean = path.trim_start_matches("./").trim_end_matches(['/', ',', '.']);
        let lower = clean.to_ascii_lowercase();
        let strange = clean.is_empty()
            || clean == "-"
            || clean.contains(['<', '>', '{', '}', '$', '*', '?', '[', '(', '|', '\\', '%', ':', ','])
            || clean.starts_with(['/', '~'])
            || clean.contains("...");
        let generated = lower.split('/').any(|p| MADE.contains(&p));
        let own = lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| OWN.contains(&w));
        let name = lower.rsplit('/').next().unwrap_or(&lower);
        let kept = name.rsplit_once('.').is_none_or(|(_, e)| KEPT.contains(&e)) || name.starts_with("dockerfile");
        // What git is told to leave out is made on each machine.
        let ignored = || {
            self.system
                .ignore_rules()
                .iter()
                .flat_map(|r| &r.patterns)
                .any(|p| p.value.trim_end_matches('/').rsplit('/').next() == Some(name))
        };
        if strange || generated || own || made.contains(name) || name.starts_with(".env") || ignored() {
            return None;
        }
        let there = join(folder, clean).is_some_and(|p| self.system.exists(&p))
            || self.system.exists(clean)
            || self.suffix(clean.trim_start_matches("../"));
        if there { Some(true) } else { kept.then_some(false) }
    }

    /// Whether any path of the tree ends with these parts.
    fn suffix(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let name = path.rsplit('/').next().unwrap_or(path);
        let ends = |full: &str| full == path || full.strip_suffix(path).is_some_and(|head| head.ends_with('/'));
        self.by_name.get(name).is_some_and(|list| list.iter().any(|full| ends(full)))
    }
}
