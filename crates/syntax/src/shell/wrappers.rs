//! Commands that start another command: which one is really run?

use super::{ShellCommand, Strictness};

/// A command that runs the rest of its line.
struct Wrapper {
    /// The words that name it.
    names: &'static [&'static str],
    /// Options that take the next word as their value.
    valued: &'static [&'static str],
    /// How many operands stand before the command.
    operands: usize,
    /// Whether `NAME=value` words stand before the command.
    assigns: bool,
    /// Whether numbers stand before the command: how often, how long.
    counts: bool,
}

const fn wrapper(names: &'static [&'static str], valued: &'static [&'static str]) -> Wrapper {
    Wrapper { names, valued, operands: 0, assigns: false, counts: false }
}
const fn assigning(names: &'static [&'static str], valued: &'static [&'static str]) -> Wrapper {
    Wrapper { names, valued, operands: 0, assigns: true, counts: false }
}
const fn taking_one(names: &'static [&'static str], valued: &'static [&'static str]) -> Wrapper {
    Wrapper { names, valued, operands: 1, assigns: false, counts: false }
}

const fn counting(names: &'static [&'static str], valued: &'static [&'static str]) -> Wrapper {
    Wrapper { names, valued, operands: 0, assigns: false, counts: true }
}

/// Those that change who, when and with which environment, never what is run.
static WRAPPERS: &[Wrapper] = &[
    assigning(&["sudo"], &["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-D", "--user", "--group"]),
    wrapper(&["doas"], &["-u"]),
    assigning(&["env"], &["-u", "-C", "--unset", "--chdir"]),
    wrapper(&["time"], &["-f", "-o"]),
    wrapper(&["exec"], &["-a"]),
    wrapper(&["nohup"], &[]),
    wrapper(&["setsid"], &[]),
    wrapper(&["nice"], &["-n"]),
    wrapper(&["ionice"], &["-c", "-n"]),
    wrapper(&["stdbuf"], &["-i", "-o", "-e"]),
    wrapper(&["builtin"], &[]),
    taking_one(&["timeout"], &["-s", "-k", "--signal", "--kill-after"]),
    // A program, and by its name the function of many a script that runs its arguments until they succeed.
    counting(&["retry"], &["-t", "-d", "-m", "--times", "--delay", "--max"]),
    taking_one(&["gosu"], &[]),
    taking_one(&["su-exec"], &[]),
    wrapper(&["tini"], &["-p", "-e"]),
    wrapper(&["dumb-init"], &["-r", "--rewrite"]),
    wrapper(&["xargs"], &["-n", "-I", "-P", "-L", "-d", "-a", "-s", "-E"]),
    assigning(&["cross-env"], &[]),
    assigning(&["cross-env-shell"], &[]),
    wrapper(&["dotenv"], &["-e", "-c", "-v", "-p", "-f", "--file"]),
    wrapper(&["dotenvx", "run"], &["-f", "--env-file", "-e", "--env"]),
    wrapper(&["doppler", "run"], &["-p", "-c", "--project", "--config", "-t", "--token"]),
    wrapper(&["infisical", "run"], &["--env", "--path", "--projectId"]),
    wrapper(&["poetry", "run"], &[]),
    wrapper(&["pipenv", "run"], &[]),
    wrapper(&["pdm", "run"], &[]),
    wrapper(&["hatch", "run"], &[]),
    wrapper(&["rye", "run"], &[]),
    wrapper(
        &["uv", "run"],
        &[
            "--group",
            "--extra",
            "--with",
            "--python",
            "-p",
            "--package",
            "--project",
            "--directory",
            "--env-file",
            "--only-group",
            "--no-group",
        ],
    ),
    wrapper(&["bundle", "exec"], &[]),
];

/// Those that look a program up in a package registry or in `node_modules` first, and may install it.
static RUNNERS: &[Wrapper] = &[
    wrapper(&["npx"], &["-p", "--package", "-w", "--workspace"]),
    wrapper(&["bunx"], &["-p", "--package"]),
    wrapper(&["npm", "exec"], &["-w", "--workspace", "-p", "--package"]),
    wrapper(&["pnpm", "exec"], &["--filter", "-F"]),
    wrapper(&["pnpm", "dlx"], &["--package"]),
    wrapper(&["pnpx"], &[]),
    wrapper(&["yarn", "exec"], &[]),
    wrapper(&["yarn", "dlx"], &["-p", "--package"]),
    wrapper(&["bun", "x"], &[]),
    wrapper(&["uvx"], &["--from", "--with", "--python"]),
    wrapper(&["uv", "tool", "run"], &["--from", "--with", "--python"]),
    wrapper(&["pipx", "run"], &["--spec"]),
];

impl ShellCommand {
    /// The words without those that only change who runs the command, when, and with which environment: `sudo`, `env X=y`, `time`,
    /// `exec`, `nohup`, `timeout 30`, `retry 3`, `xargs`, `cross-env X=y`, `dotenv --`, `poetry run`, `uv run`, `pipenv run`, `bundle exec`,
    /// `python -m` and their like. Package runners such as `npx` stay: see [`Self::program_and_args`]. A wrapper without a command stays.
    pub fn effective(&self) -> &[String] {
        strip(&self.words)
    }

    /// The program that does the work, and its arguments: [`Self::effective`] without package runners (`npx`, `pnpm exec`, `pnpm dlx`,
    /// `yarn dlx`, `bunx`, `uvx`, `pipx run` and their like) either. The program is its last path component
    /// (`./node_modules/.bin/jest` is `jest`), without a version that a runner was told (`npx jest@29` is `jest`). `npm run x` and
    /// `yarn x` stay what they are: what they run is written in another file.
    pub fn program_and_args(&self) -> Option<(&str, &[String])> {
        let mut words = self.effective();
        let mut told_version = false;
        while let Some(rest) = behind(RUNNERS, words) {
            words = strip(rest);
            told_version = true;
        }
        let (first, args) = words.split_first()?;
        let mut program = first.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(first);
        if told_version && let Some((name, _)) = program.split_once('@').filter(|(name, _)| !name.is_empty()) {
            program = name;
        }
        Some((program, args))
    }

    /// Whether it only tests something: `[ … ]`, `[[ … ]]`, `test`, `command -v` and their like.
    pub fn is_test(&self) -> bool {
        match self.words.iter().map(String::as_str).take(2).collect::<Vec<_>>().as_slice() {
            ["[" | "[[" | "test" | "which" | "type" | "hash", ..] => true,
            ["command", option] => *option == "-v" || *option == "-V",
            _ => false,
        }
    }

    /// Whether its words decide how the script goes on.
    pub(super) fn decides_by_words(&self) -> bool {
        matches!(self.words.first().map(String::as_str), Some("exit" | "return" | "[" | "[[" | "test"))
    }

    /// The script of `sh -c '…'`, and how that shell is started.
    pub(super) fn inner_script(&self) -> Option<(&str, Strictness)> {
        let words = self.effective();
        let name = words.first()?.rsplit('/').next()?;
        if !matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh") {
            return None;
        }
        let mut strictness = Strictness::PLAIN;
        let mut reads_script = false;
        let mut rest = words[1..].iter();
        while let Some(word) = rest.next() {
            let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else {
                return reads_script.then_some((word.as_str(), strictness));
            };
            reads_script |= letters.contains('c');
            strictness.errexit |= letters.contains('e');
            if letters.ends_with('o') {
                strictness.pipefail |= rest.next().is_some_and(|name| name == "pipefail");
            }
        }
        None
    }
}

fn strip(words: &[String]) -> &[String] {
    let mut words = words;
    while let Some(rest) = behind(WRAPPERS, words).or_else(|| behind_module(words)) {
        words = rest;
    }
    words
}

/// The command behind the first of these wrappers that the words are.
fn behind<'w>(wrappers: &[Wrapper], words: &'w [String]) -> Option<&'w [String]> {
    // Only the first word may be a path. It is compared first, since nearly every word is no wrapper at all.
    let name = words.first()?.rsplit('/').next()?;
    wrappers.iter().filter(|wrapper| wrapper.names[0] == name).find_map(|wrapper| wrapper.behind(words))
}

/// What stands behind `python -m`.
fn behind_module(words: &[String]) -> Option<&[String]> {
    let (first, mut rest) = words.split_first()?;
    let name = first.rsplit('/').next().unwrap_or(first);
    let version = name.strip_prefix("python").or_else(|| (name == "py").then_some(""))?;
    if !version.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    loop {
        let (option, behind) = rest.split_first()?;
        match option.as_str() {
            "-m" => return (!behind.is_empty()).then_some(behind),
            "-W" | "-X" => rest = behind.get(1..)?,
            _ if option.starts_with('-') && option != "-c" && option != "-" => rest = behind,
            _ => return None,
        }
    }
}

impl Wrapper {
    /// The command behind this wrapper, if the words, of which the first is called as it, are one with a command.
    fn behind<'w>(&self, words: &'w [String]) -> Option<&'w [String]> {
        let named = words.len() >= self.names.len() && self.names.iter().zip(words).skip(1).all(|(name, word)| word == *name);
        if !named {
            return None;
        }
        let mut rest = &words[self.names.len()..];
        while let Some((word, behind)) = rest.split_first() {
            if word == "--" {
                rest = behind;
                break;
            }
            if word.len() < 2 || !word.starts_with('-') {
                break;
            }
            rest = if self.valued.contains(&word.as_str()) { behind.get(1..)? } else { behind };
        }
        while self.assigns && rest.first().is_some_and(|word| word.split_once('=').is_some_and(|(name, _)| super::words::is_name(name))) {
            rest = &rest[1..];
        }
        while self.counts && rest.first().is_some_and(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())) {
            rest = &rest[1..];
        }
        let rest = rest.get(self.operands..)?;
        let rest = if rest.first().is_some_and(|word| word == "--") { &rest[1..] } else { rest };
        (!rest.is_empty()).then_some(rest)
    }
}
