//! Scripts, recipes and sources that dump or restore a store.

use plimsoll_base::{Location, Span};
use plimsoll_discover::{Format, Role};
use plimsoll_syntax::{Strictness, shell_with};

use super::programs::{may_copy, recognise};
use super::work::{Dump, Given, Told, Work, work};
use crate::infrastructure::Destination;
use crate::library::{Held, Library};

/// A text that dumps or restores a store.
#[derive(Clone, Debug)]
pub struct BackupScript {
    /// The file.
    pub path: String,
    /// Where it begins to do so.
    pub at: Location,
    /// What it is called by: the path, or `make backup`.
    pub name: String,
    /// What kind of text it is.
    pub form: ScriptForm,
    /// What it does.
    pub work: Work,
    /// Names that a scheduler may know it by: classes and functions that a source declares.
    pub names: Vec<String>,
    /// A schedule that a source gives itself.
    pub scheduled: Option<Location>,
}

/// What kind of text backs up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScriptForm {
    /// A script for a shell.
    Shell,
    /// A target of a Makefile.
    Recipe,
    /// A source of the application or a tool.
    Source,
}

/// Scripts for a shell and recipes.
pub(super) fn read(library: &Library) -> Vec<BackupScript> {
    let mut found = Vec::new();
    for held in library.files().iter().filter(|f| f.product() && f.bytes.is_some()) {
        match held.format {
            Format::Shell => found.extend(whole(held)),
            Format::Makefile if !held.name().eq_ignore_ascii_case("justfile") => recipes(held, &mut found),
            // A script without an ending says in its first line what it is.
            _ if !held.name().contains('.')
                && held.text().starts_with("#!")
                && held.text().lines().next().is_some_and(|l| l.contains("sh")) =>
            {
                found.extend(whole(held));
            }
            _ => {}
        }
    }
    found
}

/// A file that is one script. Most scripts neither dump nor restore: one look at the text saves reading it as a program.
fn whole(held: &Held) -> Option<BackupScript> {
    let told = || held.commands().iter().map(|command| Told { at: held.at(command.span), command: command.clone() }).collect();
    may_copy(&held.text().to_ascii_lowercase()).then(|| script(held, told(), &held.path, ScriptForm::Shell))?
}

/// The commands of a target of a Makefile, that begin at an offset.
fn recipe(held: &Held, text: &str, offset: usize, target: &str) -> Option<BackupScript> {
    if !may_copy(&text.to_ascii_lowercase()) {
        return None;
    }
    let offset = u32::try_from(offset).unwrap_or(u32::MAX);
    let commands = shell_with(text, Strictness::PLAIN);
    let told = commands.into_iter().map(|command| Told { at: held.at(command.span.shifted(offset)), command }).collect();
    script(held, told, &format!("make {target}"), ScriptForm::Recipe)
}

fn script(held: &Held, told: Vec<Told>, name: &str, form: ScriptForm) -> Option<BackupScript> {
    let work = work(&told, &|_| Given::Absent);
    let at = work.dumps.iter().chain(&work.restores).map(|d| d.at).min()?;
    Some(BackupScript { path: held.path.clone(), at, name: name.to_owned(), form, work, names: Vec::new(), scheduled: None })
}

/// Each target of a Makefile with the commands below it; prefixes are blanked so that places stay.
fn recipes(held: &Held, found: &mut Vec<BackupScript>) {
    let text = held.text();
    let mut target: Option<&str> = None;
    let mut body = String::new();
    let mut begin = 0;
    let mut at = 0;
    let mut close = |target: Option<&str>, body: &mut String, begin: usize| {
        if let Some(target) = target.filter(|_| !body.is_empty()) {
            found.extend(recipe(held, body, begin, target));
        }
        body.clear();
    };
    for line in text.split_inclusive('\n') {
        if line.starts_with('\t') {
            if body.is_empty() {
                begin = at;
            }
            let prefix = line.len() - line.trim_start_matches(['\t', '@', '-', '+', ' ']).len();
            body.push_str(&" ".repeat(prefix));
            body.push_str(&line[prefix..]);
        } else if let Some((name, _)) = line.split_once(':').filter(|(n, rest)| !n.starts_with(['#', ' ', '.']) && !rest.starts_with('=')) {
            close(target, &mut body, begin);
            target = Some(name.split_whitespace().next().unwrap_or(name));
        } else if !body.is_empty() {
            // Blank lines and conditions within a recipe keep their length.
            body.push_str(&" ".repeat(line.len() - usize::from(line.ends_with('\n'))));
            if line.ends_with('\n') {
                body.push('\n');
            }
        }
        at += line.len();
    }
    close(target, &mut body, begin);
}

/// Programs that a source may call, as the words that stand in a string.
const CALLED: [&str; 11] = [
    "pg_dumpall",
    "pg_dump",
    "mysqldump",
    "mariadb-dump",
    "mongodump",
    "pg_basebackup",
    "restic backup",
    "borg create",
    "wal-g backup-push",
    "litestream replicate",
    "VACUUM INTO",
];

/// What a source calls, if it calls a program that dumps. Contents are lower than certain: the destination is not followed.
pub(crate) fn in_source(held: &Held, bytes: &[u8]) -> Option<BackupScript> {
    const LARGE: usize = 512 * 1024;
    if held.role != Role::Product && held.role != Role::DevTool || bytes.len() > LARGE {
        return None;
    }
    let hit = CALLED.iter().any(|c| memchr::memmem::find(bytes, c.as_bytes()).is_some());
    if !hit {
        return None;
    }
    let (text, _) = plimsoll_syntax::decode(bytes);
    // A comparison of schemas copies no data.
    if text.contains("schema-only") || text.contains("no-data") {
        return None;
    }
    // What is fed into another database at once, or offered for both ways, is a copy.
    if ["psql", "pg_restore", "mongorestore"].iter().any(|c| text.contains(c))
        && text.contains('|')
        && text.to_ascii_lowercase().contains("clone")
    {
        return None;
    }
    let mut dumps = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim();
        let comment = body.starts_with("//")
            || body.starts_with('#')
            || body.starts_with('*')
            || body.starts_with("--")
            || body.starts_with("\"\"\"");
        if let (false, Some((called, column))) = (comment, called(line)) {
            let at = held.at(Span::new(start + column, start + column + called.len()));
            let words: Vec<String> = called.split(' ').map(str::to_owned).collect();
            let known = recognise(&words);
            let tool = known.as_ref().map_or("sqlite3", |k| k.tool);
            let engine = known.as_ref().map_or(Some("sqlite"), |k| k.engine);
            let continuous = known.is_some_and(|k| k.continuous);
            dumps.push(Dump { tool, at, says: format!("calls `{called}`"), engine, host: None, continuous, tolerated: false });
        }
        start += line.len();
    }
    let first = dumps.first()?.at;
    let work = Work { dumps, destination: Some(Destination::Unresolved), ..Work::default() };
    let (names, scheduled) = (declared(&text), own_schedule(held, &text));
    Some(BackupScript { path: held.path.clone(), at: first, name: held.path.clone(), form: ScriptForm::Source, work, names, scheduled })
}

/// A call within a string: the program stands behind a quote, or in a list of words.
fn called(line: &str) -> Option<(&'static str, usize)> {
    CALLED.iter().find_map(|c| {
        let at = line.find(c)?;
        let before = line[..at].chars().next_back();
        let after = line[at + c.len()..].chars().next();
        let starts = before.is_some_and(|b| matches!(b, '"' | '\'' | '`' | ' ' | '/' | ';'));
        let ends = after.is_none_or(|a| matches!(a, '"' | '\'' | '`' | ' ' | '\n'));
        let quoted = line[..at].contains(['"', '\'', '`']) && line[at + c.len()..].contains(['"', '\'', '`']);
        // A sentence in a message speaks of a program; a call passes options or stands alone in its quotes.
        let rest = line[at + c.len()..].trim_start();
        let call = before.is_some_and(|b| matches!(b, '"' | '\'' | '`' | '/'))
            || rest.starts_with('-')
            || rest.starts_with('$')
            || rest.starts_with('{');
        let printed = ["print(", "echo", "log", "Error(", "raise ", "help="].iter().any(|p| line[..at].contains(p))
            && !line[..at].contains("system(");
        (starts && ends && quoted && call && !printed).then_some((*c, at))
    })
}

/// The classes that a source declares.
fn declared(text: &str) -> Vec<String> {
    const MOST: usize = 50;
    let names = text.lines().filter_map(|l| {
        let l = l.trim_start();
        let rest = l.strip_prefix("class ").or_else(|| l.strip_prefix("export class "))?;
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        (!name.is_empty()).then_some(name)
    });
    names.take(MOST).collect()
}

/// Where a source schedules itself within the process that loads it.
fn own_schedule(held: &Held, text: &str) -> Option<Location> {
    const SIGNS: [&str; 10] = [
        "cron.schedule(",
        "@Cron(",
        "@Scheduled(",
        "scheduled_job(",
        "add_job(",
        "schedule.every(",
        "crontab(",
        "repeat_every(",
        "AddFunc(",
        "CronJob(",
    ];
    let (at, sign) = SIGNS.iter().find_map(|s| text.find(s).map(|at| (at, s)))?;
    Some(held.at(Span::new(at, at + sign.len())))
}
