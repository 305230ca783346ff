//! How scripts and pipelines start Compose: the files, profiles and env files that their commands name.

mod make;

use std::collections::BTreeSet;

use plimsoll_discover::Format;

use crate::library::{Held, Library, folder_of, join};

/// A command that names Compose files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    /// The files in their order, from the root.
    pub(super) paths: Vec<String>,
    /// `--env-file`, from the root, in the order of the command: later ones win.
    pub(super) env_files: Vec<String>,
    /// `docker stack deploy`.
    pub(super) stack: bool,
}

/// What the scripts of a tree say about starting Compose.
#[derive(Debug, Default)]
pub(super) struct Commands {
    /// The lists of files, each once.
    pub(super) lists: BTreeSet<Named>,
    /// Profiles that a command activates.
    pub(super) profiles: BTreeSet<String>,
}

/// How many lines of one file that speak of Compose are read.
const MAX_LINES: usize = 2_000;

/// Reads the commands of every script, pipeline and build file; `known` are the Compose files, whose own comments often tell.
pub(super) fn commands(library: &Library, known: &BTreeSet<&str>) -> Commands {
    let mut found = Commands::default();
    for held in library.files().iter().filter(|h| is_script(h) || known.contains(h.path.as_str())) {
        let text = held.text();
        if !["ompose", "COMPOSE_", "stack deploy"].iter().any(|word| text.contains(word)) {
            continue;
        }
        let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
        let joined = if held.format == Format::Makefile { make::expanded(&joined) } else { joined };
        let lines = joined.lines().filter(|l| l.contains("ompose") || l.contains("COMPOSE_") || l.contains("stack deploy"));
        for line in lines.take(MAX_LINES).filter(|l| l.len() < 4_096) {
            for part in line.split("&&").flat_map(|p| p.split(['|', ';'])) {
                read_part(part, held, library, known, &mut found);
            }
        }
    }
    found
}

fn is_script(held: &Held) -> bool {
    let by_format = matches!(held.format, Format::Shell | Format::Makefile | Format::Dotenv);
    let pipeline = held.format == Format::Yaml
        && (held.path.starts_with(".github/")
            || held.path.starts_with(".circleci/")
            || held.name().contains("-ci.")
            || held.name().contains("pipelines")
            || held.name().to_ascii_lowercase().starts_with("taskfile"));
    let scripts = held.name() == "package.json" || held.name() == "composer.json";
    held.product() && (by_format || pipeline || scripts)
}

fn read_part(part: &str, held: &Held, library: &Library, known: &BTreeSet<&str>, found: &mut Commands) {
    let trim = |w: &str| w.trim_matches(|c: char| matches!(c, '"' | '\'' | ',' | '(' | ')' | '`' | '[' | ']')).to_owned();
    let words: Vec<String> = part.split_whitespace().map(trim).filter(|w| !w.is_empty()).collect();
    let stack = part.contains("stack deploy");
    let mut names: Vec<String> = Vec::new();
    let mut env_files: Vec<String> = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let (flag, attached) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(trim(value))),
            None => (word.as_str(), None),
        };
        let value = || attached.clone().or_else(|| words.get(i + 1).cloned());
        match flag.trim_start_matches(['"', '\'']) {
            "-f" | "--file" => names.extend(value()),
            "-c" | "--compose-file" if stack => names.extend(value().iter().flat_map(|v| v.split(',')).map(str::to_owned)),
            "--env-file" => env_files.extend(value()),
            "--profile" => found.profiles.extend(value()),
            // `COMPOSE_FILE=a:b` in shells and env files, `COMPOSE_FILE: a:b` in pipelines.
            "COMPOSE_FILE" | "COMPOSE_FILE:" => names.extend(value().iter().flat_map(|v| v.split([':', ';'])).map(str::to_owned)),
            "COMPOSE_PROFILES" | "COMPOSE_PROFILES:" => found.profiles.extend(value().iter().flat_map(|v| v.split(',')).map(str::to_owned)),
            _ => {
                // `COMPOSE="-f a.yml -f b.yml"` and `ARGS=-f`.
                if attached.as_deref().is_some_and(|v| v == "-f" || v == "--file") {
                    names.extend(words.get(i + 1).cloned());
                }
            }
        }
    }
    let names: Vec<String> = names.into_iter().filter(|n| n.ends_with(".yml") || n.ends_with(".yaml")).collect();
    if names.is_empty() || names.len() > 16 {
        return;
    }
    let mut paths = Vec::new();
    for name in &names {
        match locate(name, held, library, known) {
            Some(path) => paths.push(path),
            // A file of comments alone is there to be filled in by others: it adds nothing.
            None if empty(name, held, library) => {}
            None => return,
        }
    }
    if paths.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    paths.retain(|p| seen.insert(p.clone()));
    let there = |e: &String| {
        let e = super::interpolate::without_pwd(e);
        library.resolve("", &e).or_else(|| library.resolve(folder_of(&held.path), &e)).map(|h| h.path.clone())
    };
    let env_files = env_files.iter().filter_map(there).collect();
    found.lists.insert(Named { paths, env_files, stack });
}

/// Whether a name is that of a file that says nothing.
fn empty(name: &str, held: &Held, library: &Library) -> bool {
    let says = |l: &str| !l.trim().is_empty() && !l.trim_start().starts_with('#') && l.trim() != "---";
    let file = join(held.folder(), name).and_then(|p| library.get(&p)).or_else(|| join("", name).and_then(|p| library.get(&p)));
    file.is_some_and(|f| !f.text().lines().any(says))
}

/// The Compose file that a command names: from the script's own folder, from the root, or the only one with that ending.
fn locate(name: &str, held: &Held, library: &Library, known: &BTreeSet<&str>) -> Option<String> {
    if name.contains("{{") {
        return None;
    }
    // `$ROOT/docker-compose.yml`: the folder is decided elsewhere, the name is not.
    let name = match name.rsplit_once('$') {
        Some((_, tail)) => tail.split_once('/')?.1,
        None => name,
    };
    let known_path = |path: Option<String>| path.filter(|p| known.contains(p.as_str()));
    let folder = if held.path.starts_with(".github/") { "" } else { held.folder() };
    let direct = known_path(join(folder, name)).or_else(|| known_path(join("", name)));
    if direct.is_some() {
        return direct;
    }
    let ending = format!("/{}", name.trim_start_matches("./").trim_start_matches("../").trim_start_matches('/'));
    let mut matching = known.iter().filter(|k| k.ends_with(&ending));
    let only = matching.next()?;
    (matching.next().is_none() && library.get(only).is_some()).then(|| (*only).to_owned())
}
