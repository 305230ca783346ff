//! From a script to the commands that really run: folders followed, scripts of the repository opened.

use plimsoll_base::{FileId, Location, Span};
use plimsoll_syntax::{Connector, ShellCommand, Strictness, shell_with};

use super::Invocation;
use super::package_scripts;
use super::reading::Reader;
use super::recipes;
use super::scripts::Script;
use crate::library::{folder_of, join};

/// How many scripts lead from one to the next.
const DEEPEST: usize = 8;
/// How many commands one step is followed to, and how many scripts it opens.
const MOST_COMMANDS: usize = 2000;
const MOST_SCRIPTS: usize = 300;

/// A text that a command leads to.
pub(super) struct Lead {
    pub text: String,
    pub strictness: Strictness,
    pub folder: String,
    pub place: Place,
    /// The command that leads to it, for people: `npm run test`.
    pub label: String,
    /// Its failure does not count.
    pub tolerated: bool,
    /// Words added to its last command.
    pub arguments: Vec<String>,
}

/// Where the commands of a text stand.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// All at one place.
    Fixed(Location),
    /// In a file, from that byte on.
    From(FileId, u32),
}

/// What a command leads to.
#[derive(Default)]
pub(super) struct Led {
    pub leads: Vec<Lead>,
    pub missing: Option<String>,
}

impl Led {
    pub(super) fn missing(what: String) -> Self {
        Self { leads: Vec::new(), missing: Some(what) }
    }
}

/// The commands of a script that starts in a folder, and the folder in which it ends.
pub(super) fn invocations(reader: &Reader, script: &Script, folder: &str) -> (Vec<Invocation>, String) {
    let mut walk = Walk { reader, out: Vec::new(), scripts: 0 };
    let whole = Location::whole(FileId(0));
    let at = |span: Span| script.at(span).unwrap_or(whole);
    let text = Text {
        text: &script.text,
        strictness: script.strictness,
        folder,
        at: &at,
        from: None,
        tolerated: false,
        via: &[],
        script_folder: None,
    };
    let end = walk.text(&text);
    (walk.out, end)
}

struct Walk<'r, 'a> {
    reader: &'r Reader<'a>,
    out: Vec<Invocation>,
    scripts: usize,
}

struct Text<'t> {
    text: &'t str,
    strictness: Strictness,
    folder: &'t str,
    at: &'t dyn Fn(Span) -> Location,
    from: Option<Location>,
    tolerated: bool,
    via: &'t [String],
    /// The folder of the script file that holds the text.
    script_folder: Option<&'t str>,
}

impl Walk<'_, '_> {
    fn text(&mut self, text: &Text) -> String {
        let commands = shell_with(text.text, text.strictness);
        let mut folder = text.folder.to_owned();
        let mut outer: Vec<String> = Vec::new();
        let mut pushed: Vec<String> = Vec::new();
        let loops = loops(text.text);
        let mut read_to = 0;
        for command in &commands {
            if self.out.len() >= MOST_COMMANDS {
                break;
            }
            let start = command.span.start as usize;
            if start >= read_to {
                subshells(&text.text[read_to..start], &mut folder, &mut outer);
            }
            read_to = read_to.max(command.span.end as usize);
            if command.words.is_empty() {
                continue;
            }
            if command.words[0] == "popd" {
                folder = pushed.pop().unwrap_or(folder);
            } else if let Some(to) = change_of_folder(&command.words) {
                if command.words[0] == "pushd" && pushed.len() < 64 {
                    pushed.push(folder.clone());
                }
                if !command.in_function {
                    folder = self.changed(&folder, text, to);
                }
            } else {
                for folder in each_turn(&folder, &loops) {
                    self.command(command, text, &folder);
                }
            }
            // What stands behind an `exit` that nothing decides about never runs.
            let leaves = command.words[0] == "exit" && !command.conditional && !command.in_function && !command.substituted;
            if leaves && outer.is_empty() && matches!(command.after, Connector::Start | Connector::Sequence) {
                break;
            }
        }
        folder
    }

    fn command(&mut self, command: &ShellCommand, text: &Text, folder: &str) {
        let words = command.effective().to_vec();
        let at = (text.at)(command.span);
        let from = text.from.unwrap_or(at);
        let tolerated = text.tolerated || command.tolerated;
        let folder = own_folder(&words, folder).unwrap_or_else(|| folder.to_owned());
        let led = if text.via.len() < DEEPEST && self.scripts < MOST_SCRIPTS && !self.reader.exhausted() {
            self.led(command, &words, text, &folder)
        } else {
            Led::default()
        };
        self.out.push(Invocation {
            words,
            at,
            from,
            tolerated,
            via: text.via.to_vec(),
            folder,
            missing: led.missing,
            followed: !led.leads.is_empty(),
        });
        for lead in led.leads {
            if text.via.contains(&lead.label) && text.via.len() >= 2 {
                continue;
            }
            self.scripts += 1;
            if self.scripts > MOST_SCRIPTS || !self.reader.opens(lead.text.len()) {
                break;
            }
            let mut via = text.via.to_vec();
            via.push(lead.label.clone());
            let place = lead.place;
            let at = |span: Span| match place {
                Place::Fixed(at) => at,
                Place::From(file, offset) => Location::at(file, span.shifted(offset)),
            };
            let script_folder = match place {
                Place::From(file, _) => self.reader.held(file).map(|h| folder_of(&h.path).to_owned()),
                Place::Fixed(_) => None,
            };
            let before = self.out.len();
            self.text(&Text {
                text: &lead.text,
                strictness: lead.strictness,
                folder: &lead.folder,
                at: &at,
                from: Some(from),
                tolerated: tolerated || lead.tolerated,
                via: &via,
                script_folder: script_folder.as_deref(),
            });
            if let Some(last) = self.out[before..].iter_mut().rev().find(|i| i.via.len() == via.len()) {
                last.words.extend(lead.arguments);
            }
        }
    }

    fn led(&self, command: &ShellCommand, words: &[String], text: &Text, folder: &str) -> Led {
        let inner = behind_transparent(words);
        if let Some(led) = package_scripts::led(self.reader, &command.words, inner, folder) {
            return led;
        }
        if let Some(led) = recipes::led(self.reader, inner, folder) {
            return led;
        }
        self.script_file(inner, text, folder).unwrap_or_default()
    }

    /// `./ci/test.sh`, `bash ci/test.sh`, `source ci/test.sh`.
    fn script_file(&self, words: &[String], text: &Text, folder: &str) -> Option<Led> {
        let (program, rest) = words.split_first()?;
        let mut strictness = Strictness::PLAIN;
        let path = match program.rsplit('/').next().unwrap_or(program) {
            "bash" | "sh" | "zsh" | "dash" | "ash" => {
                let options = rest.iter().take_while(|w| w.starts_with('-'));
                for option in options.clone() {
                    strictness.errexit |= !option.starts_with("--") && option.contains('e');
                    if option.contains('c') && !option.starts_with("--") {
                        return None;
                    }
                }
                rest.get(options.count())?
            }
            "source" | "." if !program.contains('/') => {
                strictness = text.strictness;
                rest.first()?
            }
            _ if program.contains('/') || program.ends_with(".sh") => program,
            _ => return None,
        };
        let resolved = self.path(path, folder, text)?;
        let label = words.join(" ");
        let Some(held) = self.reader.library.get(&resolved) else {
            // Only a script that should be the repository's own: others are made or fetched while the pipeline runs.
            let fetched =
                self.out.iter().any(|i| i.words.iter().any(|w| w != path && w.ends_with(resolved.rsplit('/').next().unwrap_or(path))));
            let own = resolved.ends_with(".sh") && resolved.contains('/') && self.reader.library.has_folder(folder_of(&resolved));
            return (own && !fetched).then(|| Led::missing(format!("{resolved} is not there")));
        };
        if !matches!(held.format, plimsoll_discover::Format::Shell) || held.name() == "gradlew" || held.name() == "mvnw" {
            return None;
        }
        let lead = Lead {
            text: held.text().into_owned(),
            strictness,
            folder: folder.to_owned(),
            place: Place::From(held.id, 0),
            label: shortened(&label),
            tolerated: false,
            arguments: Vec::new(),
        };
        Some(Led { leads: vec![lead], missing: None })
    }

    /// A path as a script writes it, from the root.
    fn path(&self, path: &str, folder: &str, text: &Text) -> Option<String> {
        let (base, rest) = match known_base(path, text.script_folder) {
            Some(found) => found,
            None if path.contains(['$', '`', '*']) => return None,
            None => (folder, path),
        };
        join(base, rest)
    }

    fn changed(&self, folder: &str, text: &Text, to: &str) -> String {
        if to == "-" {
            return text.folder.to_owned();
        }
        let Some(next) = self.path(to.trim_end_matches('/'), folder, text) else {
            // A folder that is not known is named as it is written, lest something else be taken for it.
            return join(folder, to).unwrap_or_else(|| to.to_owned());
        };
        if self.reader.library.has_folder(&next) {
            return next;
        }
        // A script that forgot to go back, or went back in a way that was not seen.
        match join(text.folder, to) {
            Some(other) if other != next && !to.contains('$') && self.reader.library.has_folder(&other) => other,
            _ => next,
        }
    }
}

/// The base that a path begins with where a variable or a substitution names it: the root, or the script's own folder.
fn known_base<'t>(path: &'t str, script_folder: Option<&'t str>) -> Option<(&'t str, &'t str)> {
    const ROOTS: [&str; 12] = [
        "$GITHUB_WORKSPACE",
        "${GITHUB_WORKSPACE}",
        "${{ github.workspace }}",
        "${{github.workspace}}",
        "$CI_PROJECT_DIR",
        "${CI_PROJECT_DIR}",
        "$(git rev-parse --show-toplevel)",
        "$WORKSPACE",
        "${WORKSPACE}",
        "$(Build.SourcesDirectory)",
        "$(System.DefaultWorkingDirectory)",
        "$BITBUCKET_CLONE_DIR",
    ];
    if let Some(rest) = ROOTS.iter().find_map(|root| path.strip_prefix(root)) {
        return Some(("", rest.trim_start_matches('/')));
    }
    let script_folder = script_folder?;
    const OWN: [&str; 8] = ["$SCRIPT_DIR", "${SCRIPT_DIR}", "$DIR", "${DIR}", "$SCRIPTDIR", "${SCRIPTDIR}", "$HERE", "${HERE}"];
    if let Some(rest) = OWN.iter().find_map(|own| path.strip_prefix(own)) {
        return Some((script_folder, rest.trim_start_matches('/')));
    }
    let asks = path.starts_with("$(") && path.contains("dirname") || path.starts_with("${0%/*}");
    let end = path.rfind([')', '}'])?;
    asks.then(|| (script_folder, path[end + 1..].trim_start_matches('/')))
}

fn change_of_folder(words: &[String]) -> Option<&str> {
    match words.first()?.as_str() {
        "cd" | "pushd" => words[1..].iter().find(|w| !w.starts_with('-') || *w == "-").map(String::as_str).filter(|w| !w.starts_with('+')),
        _ => None,
    }
}

/// The variables of loops over words that are written out: `for service in api web; do`.
fn loops(text: &str) -> Vec<(&str, Vec<&str>)> {
    const MOST_WORDS: usize = 32;
    let mut found = Vec::new();
    for line in text.lines() {
        let Some((name, rest)) = line.trim_start().strip_prefix("for ").and_then(|l| l.split_once(" in ")) else { continue };
        let words = rest.split(';').next().unwrap_or(rest);
        if !words.contains(['$', '`', '*', '{']) {
            found.push((name.trim(), words.split_whitespace().map(|w| w.trim_matches(['"', '\''])).take(MOST_WORDS).collect()));
        }
    }
    found
}

/// A folder named by the variable of a loop, for each of its words; any other as it is.
fn each_turn(folder: &str, loops: &[(&str, Vec<&str>)]) -> Vec<String> {
    if folder.contains('$') {
        for (name, words) in loops {
            for form in [format!("${{{name}}}"), format!("${name}")] {
                if folder.split('/').any(|part| part == form) {
                    let turn =
                        |word: &&str| join("", &folder.split('/').map(|p| if p == form { word } else { p }).collect::<Vec<_>>().join("/"));
                    return words.iter().filter_map(turn).collect();
                }
            }
        }
    }
    vec![folder.to_owned()]
}

/// Follows the brackets of subshells in what stands between two commands: a folder changed within one holds there only.
fn subshells(between: &str, folder: &mut String, outer: &mut Vec<String>) {
    for line in between.split('\n') {
        for c in line.split(" #").next().unwrap_or(line).chars().take_while(|c| *c != '#') {
            match c {
                '(' if outer.len() < 64 => outer.push(folder.clone()),
                ')' => {
                    if let Some(before) = outer.pop() {
                        *folder = before;
                    }
                }
                _ => {}
            }
        }
    }
}

/// The folder that a command is told to work in: `npm --prefix web`, `make -C api`, `terraform -chdir=infra`.
fn own_folder(words: &[String], folder: &str) -> Option<String> {
    let program = words.first()?.rsplit('/').next()?;
    let options: &[&str] = match program {
        "npm" => &["--prefix", "-C"],
        "pnpm" => &["-C", "--dir", "--prefix"],
        "yarn" | "bun" => &["--cwd"],
        "make" | "gmake" => &["-C", "--directory"],
        "git" | "go" | "poetry" => &["-C", "--directory"],
        "uv" => &["--directory", "--project"],
        "terraform" | "tofu" => &["-chdir"],
        "just" => &["-d", "--working-directory"],
        "task" => &["-d", "--dir"],
        "composer" => &["-d", "--working-dir"],
        "gradle" | "gradlew" => &["-p", "--project-dir"],
        "terragrunt" => &["--terragrunt-working-dir", "--working-dir"],
        "npx" => &["--prefix"],
        _ => return None,
    };
    let value = option_value(words, options)?;
    if value.contains(['$', '`']) { None } else { join(folder, value) }
}

/// The value of an option, as its next word or behind `=`.
pub(super) fn option_value<'w>(words: &'w [String], options: &[&str]) -> Option<&'w str> {
    let until = words.iter().position(|w| w == "--").unwrap_or(words.len());
    words[..until].iter().enumerate().find_map(|(i, word)| match word.split_once('=') {
        Some((name, value)) if options.contains(&name) => Some(value),
        _ if options.contains(&word.as_str()) => words.get(i + 1).map(String::as_str),
        _ => None,
    })
}

/// The command behind programs that only stand around it: a display, a server that is started before, a container.
fn behind_transparent(words: &[String]) -> &[String] {
    let Some((program, rest)) = words.split_first() else { return words };
    let flags = |rest: &[String]| rest.iter().take_while(|w| w.starts_with('-')).count();
    match program.as_str() {
        "xvfb-run" | "dbus-run-session" | "retry" => &rest[flags(rest)..],
        "doppler" | "op" | "infisical" | "chamber" | "aws-vault" => match rest.iter().position(|w| w == "--") {
            Some(at) => &rest[at + 1..],
            None => words,
        },
        _ => words,
    }
}

/// A command in one line of bounded length.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() <= LONGEST { line } else { format!("{}…", &line[..line.floor_char_boundary(LONGEST)]) }
}
