//! What commands name: the services of Compose, package scripts, and the files that the commands make themselves.

use std::collections::BTreeSet;

use super::{FILE_FLAGS, OWN, Reference, References};
use crate::document::{ShownCommand, find, name_of};

/// Flags of Compose's subcommands that take a value.
const COMPOSE_VALUES: [&str; 22] = [
    "-e",
    "-u",
    "-w",
    "-p",
    "-v",
    "-t",
    "-n",
    "--user",
    "--env",
    "--workdir",
    "--name",
    "--scale",
    "--tail",
    "--since",
    "--until",
    "--timeout",
    "--entrypoint",
    "--publish",
    "--volume",
    "--index",
    "--pull",
    "--wait-timeout",
];

impl References<'_> {
    /// The files and services that a Compose command or an image build names.
    pub(super) fn compose(
        &self,
        folder: &str,
        shown: &ShownCommand<'_>,
        words: &[&str],
        made: &BTreeSet<String>,
        found: &mut Vec<Reference>,
    ) {
        let text = words.join(" ");
        let rest = if words[0].ends_with("-compose") {
            &words[1..]
        } else if words.get(1) == Some(&"compose") {
            &words[2..]
        } else {
            &[]
        };
        let mut add = |missing: Option<String>| found.push(Reference { at: shown.at, says: text.clone(), missing });
        if rest.is_empty() {
            if words.get(1) == Some(&"build")
                && let Some(file) = words.windows(2).find(|w| matches!(w[0], "-f" | "--file")).map(|w| w[1])
                && let Some(known) = self.from(folder, shown, file, made)
            {
                add((!known).then(|| format!("`{file}` is not there")));
            }
            return;
        }
        let mut words = rest.iter().copied();
        let mut subcommand = None;
        while let Some(word) = words.next() {
            let file = match word.split_once('=') {
                Some((flag, value)) if FILE_FLAGS.contains(&flag) => Some(value),
                _ if matches!(word, "-f" | "--file") => words.next(),
                _ => None,
            };
            match file {
                Some(file) => {
                    if let Some(known) = self.from(folder, shown, file, made) {
                        add((!known).then(|| format!("`{file}` is not there")));
                    }
                }
                None if matches!(word, "-p" | "--project-name" | "--profile" | "--env-file" | "--project-directory") => {
                    words.next();
                }
                None if word.starts_with('-') => {}
                None => {
                    subcommand = Some(word);
                    break;
                }
            }
        }
        let several = match subcommand {
            Some("up" | "start" | "stop" | "restart" | "logs" | "build" | "pull" | "kill") => usize::MAX,
            Some("exec" | "run") => 1,
            _ => return,
        };
        let mut left = several;
        while let Some(word) = words.next() {
            if COMPOSE_VALUES.contains(&word) {
                words.next();
            } else if !word.starts_with('-') {
                let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
                if plain && !self.services.is_empty() && !OWN.iter().any(|o| find(word, o).is_some()) && !word.starts_with("service") {
                    add((!self.services.contains(word)).then(|| format!("no Compose file has a service `{word}`")));
                }
                left -= 1;
                if left == 0 {
                    return;
                }
            }
        }
    }
}

pub(super) fn is_makefile(name: &str) -> bool {
    matches!(name, "Makefile" | "makefile" | "GNUmakefile") || name.ends_with(".mk")
}

/// The package script that a command names for certain; `pnpm x` may also mean a program.
pub(super) fn script<'a>(program: &str, arguments: &[&'a str]) -> Option<&'a str> {
    const VALUES: [&str; 7] = ["--filter", "-F", "-w", "--workspace", "--prefix", "-C", "--cwd"];
    let mut words = arguments.iter().copied();
    while let Some(word) = words.next() {
        if VALUES.contains(&word) && !(program == "pnpm" && word == "-w") {
            words.next();
        } else if !word.starts_with('-') {
            let named = match word {
                "run" | "run-script" => words.find(|w| !w.starts_with('-')),
                "test" | "start" if program == "npm" => Some(word),
                _ => None,
            };
            return named.filter(|n| n.chars().all(|c| c.is_ascii_alphanumeric() || ":-_.".contains(c)) && !n.ends_with(['.', ':']));
        }
    }
    None
}

/// Names of files that the commands themselves make.
pub(super) fn made(commands: &[ShownCommand<'_>]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for shown in commands {
        let words = &shown.command.words;
        names.extend(shown.command.redirects.iter().filter(|r| r.operator.contains('>')).map(|r| name_of(&r.target)));
        match words.first().map(String::as_str) {
            Some("touch" | "mkdir" | "tee" | "nano" | "vim" | "vi" | "code" | "wget" | "curl" | "sudo" | "git") => {
                names.extend(words[1..].iter().map(|w| name_of(w)))
            }
            Some("cp" | "mv" | "ln") => names.extend(words.last().map(|w| name_of(w))),
            _ => names
                .extend(words.windows(2).filter(|w| matches!(w[0].as_str(), "-o" | "--output" | "-out" | "-O")).map(|w| name_of(&w[1]))),
        }
    }
    names
}
