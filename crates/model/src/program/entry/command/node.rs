//! Programs for Node, Bun and their managers.

use super::{Started, is_script, known, operands, program, started_within};

/// Options of Node that take the next word as their value.
const NODE_VALUED: &[&str] = &[
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "-C",
    "--conditions",
    "--env-file",
    "--title",
    "--tsconfig",
    "-P",
    "--project",
    "--exec",
    "-x",
    "--watch",
    "-w",
    "--ext",
    "-e",
    "--ignore",
    "-i",
    "--delay",
    "--config",
    "-c",
    "--name",
    "-n",
    "--instances",
    "--only",
    "--env",
];

pub(super) fn node(args: &[String]) -> Vec<Started> {
    let mut found = Vec::new();
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        let (name, attached) = word.split_once('=').map_or((word.as_str(), None), |(n, v)| (n, Some(v)));
        match name {
            "-r" | "--require" | "--import" => {
                let value = attached.or_else(|| rest.next().map(String::as_str)).unwrap_or_default();
                if value.starts_with(['.', '/']) {
                    found.push(Started::File(value.to_owned()));
                }
            }
            "--exec" | "-x" => {
                let command = attached.or_else(|| rest.next().map(String::as_str)).unwrap_or_default();
                let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
                let inner = started_within(&words, 3);
                // `--exec "ts-node" src/index.ts` hands the file on.
                if inner.is_empty() {
                    continue;
                }
                found.extend(inner);
                return found;
            }
            "-e" | "--eval" | "-p" | "--print" => return found,
            "watch" | "--" => {}
            option if option.starts_with('-') => {
                if attached.is_none() && NODE_VALUED.contains(&option) && !matches!(option, "--watch" | "-w") {
                    rest.next();
                }
            }
            file => {
                found.push(if matches!(file, "." | "./") { Started::Package(String::new()) } else { Started::File(file.to_owned()) });
                return found;
            }
        }
    }
    found
}

/// `bun run x`: a file, or a program of a package.
pub(super) fn file_or_program(args: &[String]) -> Vec<Started> {
    let words = operands(args, &["--cwd", "-c", "--config", "--env-file", "--preload", "-r"]);
    match words.first() {
        Some(file) if is_script(file) || file.starts_with("./") => vec![Started::File(file.clone())],
        Some(name) if known(name) && name != "bun" => program(name, name, &words[1..]),
        _ => Vec::new(),
    }
}

pub(super) fn pm2(args: &[String]) -> Vec<Started> {
    let words = operands(args, &["-n", "--name", "-i", "--instances", "--env", "--only", "-l", "--log", "--interpreter"]);
    let files = words.iter().filter(|w| !matches!(w.as_str(), "start" | "restart" | "reload" | "startOrRestart" | "startOrReload"));
    let Some(file) = files.into_iter().next() else { return Vec::new() };
    let lower = file.to_ascii_lowercase();
    if ["config", "ecosystem", "process", "pm2", ".json", ".yml", ".yaml"].iter().any(|w| lower.contains(w)) {
        vec![Started::Ecosystem(file.clone())]
    } else if matches!(file.as_str(), "npm" | "yarn" | "pnpm") {
        Vec::new()
    } else {
        vec![Started::File(file.clone())]
    }
}
