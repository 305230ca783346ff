//! Turns `signals/**/*.toml` into sorted static tables, so that a run parses no signal and builds no index.
//!
//! The build stops with the file's name when a signal file does not fit the schema (see `signals/README.md`).
#![allow(clippy::disallowed_methods, reason = "a build script reads the signal files and writes the tables")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;

type Conditions = BTreeMap<String, Values>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SignalFile {
    name: String,
    engine: Option<String>,
    #[serde(default)]
    entrypoint: BTreeMap<String, String>,
    sign: Vec<SignEntry>,
    example: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignEntry {
    shows: String,
    grade: Option<String>,
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    action: Vec<String>,
    #[serde(default)]
    with: Conditions,
    #[serde(default)]
    without: Conditions,
    #[serde(default)]
    dependency: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    image: Vec<String>,
    #[serde(default)]
    file: Vec<String>,
    #[serde(default)]
    variable: Vec<String>,
    #[serde(default)]
    tool: Vec<String>,
    #[serde(default)]
    call: Vec<String>,
    #[serde(default)]
    tolerated_by: Vec<String>,
    #[serde(default)]
    gates_with: Vec<String>,
    #[serde(default)]
    never_fails: bool,
    #[serde(default)]
    reports: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Any(Vec<String>),
}

const ECOSYSTEMS: [&str; 10] = ["npm", "pypi", "go", "cargo", "maven", "ruby", "php", "nuget", "hex", "other"];
const GRADES: [&str; 6] = ["claimed", "declared", "wired", "active", "exercised", "observed"];

/// Rows of the lookup tables: key, rest, technology, rule; sorted by key and then in the files' order.
#[derive(Default)]
struct Tables {
    technologies: String,
    commands: BTreeSet<(String, usize, usize, usize, String)>,
    actions: BTreeSet<(String, usize, usize)>,
    dependencies: BTreeSet<(String, String, usize, usize)>,
    families: BTreeSet<(String, String, usize, usize)>,
    images: BTreeSet<(String, usize, usize)>,
    files: BTreeSet<(String, usize, usize)>,
    variables: BTreeSet<(String, usize, usize)>,
    tools: BTreeSet<(String, usize, usize)>,
    calls: BTreeSet<(String, usize, usize)>,
    entrypoints: BTreeSet<(String, String)>,
}

fn main() {
    println!("cargo::rerun-if-changed=signals");
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("signals");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let mut tables = Tables::default();
    for (technology, path) in paths.iter().enumerate() {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file: SignalFile = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        tables.add(technology, &file).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("signals.rs");
    fs::write(&out, tables.print()).unwrap_or_else(|e| panic!("{}: {e}", out.display()));
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "toml") {
            found.push(path);
        }
    }
}

impl Tables {
    fn add(&mut self, technology: usize, file: &SignalFile) -> Result<(), String> {
        if file.sign.is_empty() {
            return Err("no [[sign]]".to_owned());
        }
        if !file.example.contains_key("match") {
            return Err("no example to match".to_owned());
        }
        let mut rules = String::new();
        for (rule, sign) in file.sign.iter().enumerate() {
            self.add_sign(technology, rule, sign).map_err(|e| format!("sign {}: {e}", rule + 1))?;
            writeln!(rules, "        {},", rule_source(sign)?).map_err(|e| e.to_string())?;
        }
        for (image, program) in &file.entrypoint {
            self.entrypoints.insert((image.clone(), program.clone()));
        }
        writeln!(self.technologies, "    Technology {{ name: {:?}, engine: {:?}, rules: &[\n{rules}    ] }},", file.name, file.engine)
            .map_err(|e| e.to_string())
    }

    fn add_sign(&mut self, technology: usize, rule: usize, sign: &SignEntry) -> Result<(), String> {
        let places = [&sign.command, &sign.action, &sign.image, &sign.file, &sign.variable, &sign.tool, &sign.call];
        if places.iter().all(|p| p.is_empty()) && sign.dependency.is_empty() {
            return Err("nothing to look for".to_owned());
        }
        for (order, command) in sign.command.iter().enumerate() {
            let (first, rest) = command.split_once(' ').unwrap_or((command, ""));
            if first.is_empty() || first.starts_with(['-', '+', '!', '*', '$']) {
                return Err(format!("`{command}` does not start with a program"));
            }
            self.commands.insert((first.to_owned(), technology, rule, order, rest.to_owned()));
        }
        for action in &sign.action {
            self.actions.insert((action.to_lowercase(), technology, rule));
        }
        for (ecosystem, names) in &sign.dependency {
            if !ECOSYSTEMS.contains(&ecosystem.as_str()) {
                return Err(format!("no ecosystem is called {ecosystem}"));
            }
            for name in names {
                match name.strip_suffix('*') {
                    Some(family) => self.families.insert((ecosystem.clone(), family.to_owned(), technology, rule)),
                    None => self.dependencies.insert((ecosystem.clone(), name.clone(), technology, rule)),
                };
            }
        }
        for image in &sign.image {
            self.images.insert((image.clone(), technology, rule));
        }
        for pattern in &sign.file {
            for plain in braces(pattern) {
                self.files.insert((plain, technology, rule));
            }
        }
        for variable in &sign.variable {
            self.variables.insert((variable.clone(), technology, rule));
        }
        for tool in &sign.tool {
            self.tools.insert((tool.clone(), technology, rule));
        }
        for call in &sign.call {
            self.calls.insert((call.clone(), technology, rule));
        }
        Ok(())
    }

    fn print(&self) -> String {
        let mut text = format!("pub(super) static TECHNOLOGIES: &[Technology] = &[\n{}];\n", self.technologies);
        let commands = self.commands.iter().map(|(first, t, r, _, rest)| format!("({first:?}, {rest:?}, {t}, {r})"));
        table(&mut text, "COMMANDS", "(&str, &str, u16, u16)", commands);
        table(&mut text, "ACTIONS", "Row", rows(&self.actions));
        for (name, set) in [("DEPENDENCIES", &self.dependencies), ("FAMILIES", &self.families)] {
            let rows = set.iter().map(|(e, n, t, r)| format!("(({e:?}, {n:?}), {t}, {r})"));
            table(&mut text, name, "((&str, &str), u16, u16)", rows);
        }
        table(&mut text, "IMAGES", "Row", rows(&self.images));
        table(&mut text, "VARIABLES", "Row", rows(&self.variables));
        table(&mut text, "TOOLS", "Row", rows(&self.tools));
        table(&mut text, "CALLS", "Row", rows(&self.calls));
        let by_image = self.entrypoints.iter().map(|(i, p)| format!("({i:?}, {p:?})"));
        table(&mut text, "ENTRYPOINTS", "(&str, &str)", by_image);
        self.print_files(&mut text);
        text
    }

    /// Patterns of file names without a wildcard are found by name; the others by the first byte of the name, 0 where that is a wildcard.
    fn print_files(&self, text: &mut String) {
        let (mut exact, mut globs) = (BTreeSet::new(), BTreeSet::new());
        for (pattern, t, r) in &self.files {
            let name = pattern.rsplit('/').next().unwrap_or(pattern);
            if name.contains('*') {
                let first = name.bytes().next().filter(|b| *b != b'*').unwrap_or(0);
                globs.insert((first, name.to_owned(), pattern.clone(), *t, *r));
            } else {
                exact.insert((name.to_owned(), pattern.clone(), *t, *r));
            }
        }
        let exact = exact.iter().map(|(n, p, t, r)| format!("({n:?}, {p:?}, {t}, {r})"));
        table(text, "FILE_NAMES", "(&str, &str, u16, u16)", exact);
        let globs = globs.iter().map(|(b, n, p, t, r)| format!("({b}, {n:?}, {p:?}, {t}, {r})"));
        table(text, "FILE_GLOBS", "(u8, &str, &str, u16, u16)", globs);
    }
}

fn rows(set: &BTreeSet<(String, usize, usize)>) -> impl Iterator<Item = String> + '_ {
    set.iter().map(|(key, t, r)| format!("({key:?}, {t}, {r})"))
}

fn table(text: &mut String, name: &str, row: &str, rows: impl Iterator<Item = String>) {
    let body: Vec<String> = rows.collect();
    text.push_str(&format!("pub(super) static {name}: &[{row}] = &[\n    {}\n];\n", body.join(",\n    ")));
}

fn rule_source(sign: &SignEntry) -> Result<String, String> {
    let grade = match &sign.grade {
        None => "None".to_owned(),
        Some(word) if GRADES.contains(&word.as_str()) => format!("Some(Grade::{})", pascal(word)),
        Some(word) => return Err(format!("no grade is called {word}")),
    };
    Ok(format!(
        "Rule {{ shows: Capability::{}, grade: {grade}, with: &{}, without: &{}, tolerated_by: &{:?}, gates_with: &{:?}, never_fails: {}, reports: {} }}",
        pascal(&sign.shows),
        conditions(&sign.with),
        conditions(&sign.without),
        sign.tolerated_by,
        sign.gates_with,
        sign.never_fails,
        sign.reports
    ))
}

fn conditions(conditions: &Conditions) -> String {
    let one = |(key, values): (&String, &Values)| match values {
        Values::One(value) => format!("({key:?}, &[{value:?}])"),
        Values::Any(values) => format!("({key:?}, &{values:?})"),
    };
    format!("[{}]", conditions.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn pascal(kebab: &str) -> String {
    let part = |word: &str| word[..1].to_uppercase() + &word[1..];
    kebab.split('-').filter(|w| !w.is_empty()).map(part).collect()
}

/// Every pattern that `{a,b}` stands for; braces do not nest.
fn braces(pattern: &str) -> Vec<String> {
    let (Some(open), Some(close)) = (pattern.find('{'), pattern.find('}')) else { return vec![pattern.to_owned()] };
    let (before, after) = (&pattern[..open], &pattern[close + 1..]);
    pattern[open + 1..close].split(',').flat_map(|word| braces(&format!("{before}{word}{after}"))).collect()
}
