//! What a list of commands adds up to: what it dumps, where the copies go, how long they stay, who hears of a failure.

use plimsoll_base::{Location, Sourced};
use plimsoll_syntax::{Connector, ShellCommand};

use super::around::{checks, keeps, scheduler, sleep, tells};
use super::programs::{Recognised, Run, recognise, runs};
use super::uploads::{masked, repository, upload};
use super::variables::Names;
use crate::infrastructure::{Destination, Property};

/// A command with its place.
#[derive(Clone, Debug)]
pub struct Told {
    /// The command.
    pub command: ShellCommand,
    /// Where it stands.
    pub at: Location,
}

/// What is known of a variable of the environment in which commands run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Its value.
    Known(String),
    /// It is set, to a value that something else decides.
    Set,
    /// Nothing sets it.
    Absent,
}

/// One command that copies a store's contents out.
#[derive(Clone, Debug)]
pub struct Dump {
    /// The program: `pg_dump`, `restic`.
    pub tool: &'static str,
    /// Where it stands.
    pub at: Location,
    /// Its words, shortened.
    pub says: String,
    /// The engine whose contents it copies; none where it copies files or what a provider runs.
    pub engine: Option<&'static str>,
    /// The host or container that it reads from, where it is named: `db`.
    pub host: Option<String>,
    /// Whether it archives the log of changes.
    pub continuous: bool,
    /// Whether its failure cannot fail the script.
    pub tolerated: bool,
}

/// What a list of commands backs up and restores.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// What it copies out, in its order.
    pub dumps: Vec<Dump>,
    /// Where the copies go; none where nothing is copied out.
    pub destination: Option<Destination>,
    /// For how many days copies stay; none where nothing ends them.
    pub keep_days: Option<Property<u32>>,
    /// Where it tells someone how it went.
    pub failure_told: Option<Sourced<String>>,
    /// What it puts back.
    pub restores: Vec<Dump>,
    /// A check of what was restored.
    pub checks: Option<Sourced<String>>,
    /// How many seconds it sleeps at most; a loop around a dump is a schedule.
    pub sleeps: Option<Sourced<u32>>,
    /// A scheduler that it starts: `crond -f`.
    pub scheduler: Option<Sourced<String>>,
}

impl Work {
    /// Whether it neither copies out nor puts back.
    pub fn is_empty(&self) -> bool {
        self.dumps.is_empty() && self.restores.is_empty()
    }
}

/// The most commands of one text that are looked at.
const MOST: usize = 2000;

/// Reads what commands do; `given` tells what is known of a variable of their environment.
pub fn work(commands: &[Told], given: &dyn Fn(&str) -> Given) -> Work {
    let commands = &commands[..commands.len().min(MOST)];
    let names = Names::new(commands, given);
    let mut found = Work::default();
    let mut uploads: Vec<Sourced<String>> = Vec::new();
    let mut targets: Vec<Sourced<String>> = Vec::new();
    for (index, told) in commands.iter().enumerate() {
        for run in runs(&told.command) {
            let words: Vec<String> = run.words.iter().map(|w| names.resolved(w)).collect();
            if let Some(target) = upload(&words) {
                uploads.push(Sourced::new(masked(&target), told.at));
            }
            if let Some(what) = recognise(&words) {
                let dump = dump(&what, &run, &words, told);
                if what.restores {
                    found.restores.push(dump);
                } else if !cloned(commands, index) {
                    targets.extend(target(commands, index, &words, &names));
                    if found.destination.is_none() {
                        found.destination = own_destination(&what, &words, told.at, &names);
                    }
                    found.dumps.push(dump);
                }
            } else if let Some((tool, engine)) = loads(&run.words, commands, index, &names) {
                let says = says(&words);
                found.restores.push(Dump {
                    tool,
                    at: told.at,
                    says,
                    engine,
                    host: run.on,
                    continuous: false,
                    tolerated: told.command.tolerated,
                });
            }
            if !found.restores.is_empty() && found.checks.is_none() && checks(&words) {
                found.checks = Some(Sourced::new(says(&words), told.at));
            }
            if found.keep_days.is_none() {
                found.keep_days = keeps(&words, told.at);
            }
            if found.failure_told.is_none() && tells(&words) {
                found.failure_told = Some(Sourced::new(says(&words), told.at));
            }
            if let Some(seconds) = sleep(&words)
                && found.sleeps.as_ref().is_none_or(|s| s.value < seconds)
            {
                found.sleeps = Some(Sourced::new(seconds, told.at));
            }
            if let Some(scheduler) = scheduler(&words) {
                found.scheduler.get_or_insert(Sourced::new(scheduler, told.at));
            }
        }
    }
    if found.dumps.is_empty() {
        return Work { destination: None, keep_days: None, ..found };
    }
    let local = |target: Option<&Sourced<String>>| Destination::SameHost(target.map_or(found.dumps[0].at, |t| t.at));
    if let Some(first) = uploads.first() {
        found.destination = Some(Destination::Remote(first.clone()));
    } else if found.destination.is_none() {
        found.destination = Some(local(targets.first()));
    }
    let dated = commands.iter().any(|t| {
        let assigned = t.command.assignments.iter().map(|(_, v)| v);
        t.command
            .words
            .iter()
            .chain(assigned)
            .any(|w| w.contains("date") || w.contains("DATE") || w.contains("%Y") || w.contains("TIMESTAMP"))
    });
    let varies = |text: &str| text.contains(['$', '`', '%']);
    if found.keep_days.is_none()
        && !dated
        && let Some(first) = targets.first()
        && !varies(&first.value)
        && !uploads.iter().any(|u| varies(&u.value))
    {
        let says = format!("each run overwrites `{}`", first.value);
        found.keep_days = Some(Property::stated(1, first.at, says));
    }
    found
}

fn dump(what: &Recognised, run: &Run, words: &[String], told: &Told) -> Dump {
    Dump {
        tool: what.tool,
        at: told.at,
        says: says(words),
        engine: what.engine,
        host: host(words).or_else(|| run.on.clone()),
        continuous: what.continuous,
        tolerated: told.command.tolerated && told.command.after != Connector::Pipe,
    }
}

/// The first words of a command, credentials in addresses masked.
pub(super) fn says(words: &[String]) -> String {
    const SHOWN: usize = 6;
    let secret = |w: &String| w.starts_with("-p") && w.len() > 2 && !w.starts_with("--") || w.to_ascii_lowercase().contains("password=");
    let shown: Vec<String> = words.iter().filter(|w| !secret(w)).take(SHOWN).map(|w| masked(w).chars().take(80).collect()).collect();
    let more = if words.len() > SHOWN { " …" } else { "" };
    format!("{}{more}", shown.join(" "))
}

/// The host that a database program is told to read from.
fn host(words: &[String]) -> Option<String> {
    let mut args = words.iter().skip(1).peekable();
    while let Some(word) = args.next() {
        if matches!(word.as_str(), "-h" | "--host") {
            return args.peek().map(|w| (**w).clone());
        }
        if let Some(value) = word.strip_prefix("--host=") {
            return Some(value.to_owned());
        }
        if let Some((_, rest)) = word.split_once("://") {
            let authority = rest.split(['/', '?']).next().unwrap_or(rest);
            let host = authority.rsplit('@').next().unwrap_or(authority);
            return Some(host.split(':').next().unwrap_or(host).to_owned()).filter(|h| !h.is_empty());
        }
    }
    None
}

/// Whether what is dumped goes straight into another database: a copy for developers, not a backup.
fn cloned(commands: &[Told], index: usize) -> bool {
    let piped = commands[index + 1..].iter().take_while(|t| t.command.after == Connector::Pipe);
    piped.flat_map(|t| runs(&t.command)).any(|r| {
        let name = r.words.first().map(|w| w.rsplit('/').next().unwrap_or(w));
        matches!(name, Some("psql" | "mysql" | "mariadb" | "pg_restore" | "mongorestore" | "sqlite3"))
    })
}

/// The file that a dump is written to: its option or a redirection of the pipeline that it stands in.
fn target(commands: &[Told], index: usize, words: &[String], names: &Names) -> Option<Sourced<String>> {
    let at = commands[index].at;
    let mut args = words.iter().skip(1).peekable();
    while let Some(word) = args.next() {
        if matches!(word.as_str(), "-f" | "--file" | "-o" | "--out" | "--output" | "--rdb" | "-D") {
            return args.peek().map(|w| Sourced::new((**w).clone(), at));
        }
        if let Some(value) =
            ["--file=", "--out=", "--archive=", "--result-file=", "--output=", "-f"].iter().find_map(|p| word.strip_prefix(p))
            && !value.is_empty()
        {
            return Some(Sourced::new(value.to_owned(), at));
        }
        if let Some(rest) = word.strip_prefix(".backup ") {
            return Some(Sourced::new(rest.trim_matches(['\'', '"', ' ']).to_owned(), at));
        }
    }
    let pipeline = std::iter::once(&commands[index]).chain(commands[index + 1..].iter().take_while(|t| t.command.after == Connector::Pipe));
    let redirects = pipeline.flat_map(|t| t.command.redirects.iter().map(move |r| (r, t.at)));
    redirects
        .into_iter()
        .find(|(r, _)| matches!(r.operator.as_str(), ">" | ">>" | "1>" | ">|") && r.target != "/dev/null")
        .map(|(r, at)| Sourced::new(names.resolved(&r.target), at))
}

/// Where a program that keeps a repository of its own puts copies.
fn own_destination(what: &Recognised, words: &[String], at: Location, names: &Names) -> Option<Destination> {
    let variable = |name: &str| names.of(name);
    let option = |long: &[&str]| {
        words
            .windows(2)
            .find(|w| long.contains(&w[0].as_str()))
            .map(|w| w[1].clone())
            .or_else(|| words.iter().find_map(|w| long.iter().find_map(|o| w.strip_prefix(o)?.strip_prefix('=').map(str::to_owned))))
    };
    let by_variable = |name: &str| match variable(name) {
        Given::Known(address) => repository(&address, at),
        Given::Set | Given::Absent => Destination::Unresolved,
    };
    let any_set = |list: &[&str]| list.iter().find(|n| variable(n) != Given::Absent).map(|n| (*n).to_owned());
    Some(match what.tool {
        "restic" => match option(&["-r", "--repo", "--repository"]) {
            Some(address) => repository(&address, at),
            None => by_variable("RESTIC_REPOSITORY"),
        },
        "Borg" => match words.iter().skip_while(|w| *w != "create").skip(1).find(|w| !w.starts_with('-') && w.contains("::")) {
            Some(address) if !address.starts_with("::") => repository(address.split("::").next().unwrap_or(address), at),
            _ => by_variable("BORG_REPO"),
        },
        "borgmatic" | "Kopia" => Destination::Unresolved,
        "duplicity" => words.iter().rev().find(|w| w.contains("://")).map_or(Destination::Unresolved, |w| repository(w, at)),
        "Litestream" => match words.iter().find(|w| w.contains("://")) {
            Some(address) => repository(address, at),
            None => ["LITESTREAM_REPLICA_URL", "REPLICA_URL"]
                .iter()
                .find_map(|n| match variable(n) {
                    Given::Known(address) => Some(repository(&address, at)),
                    _ => None,
                })
                .unwrap_or(Destination::Unresolved),
        },
        "WAL-G" => {
            match any_set(&["WALG_S3_PREFIX", "WALE_S3_PREFIX", "WALG_GS_PREFIX", "WALG_AZ_PREFIX", "WALG_SSH_PREFIX", "WALG_SWIFT_PREFIX"])
            {
                Some(name) => Destination::Remote(Sourced::new(name, at)),
                None if variable("WALG_FILE_PREFIX") != Given::Absent => Destination::SameHost(at),
                None => Destination::Unresolved,
            }
        }
        "pgBackRest" => {
            let kind = option(&["--repo1-type"]).or_else(|| match variable("PGBACKREST_REPO1_TYPE") {
                Given::Known(kind) => Some(kind),
                _ => None,
            });
            match kind.as_deref() {
                Some("s3" | "gcs" | "azure" | "sftp") => {
                    Destination::Remote(Sourced::new(format!("repo1-type {}", kind.unwrap_or_default()), at))
                }
                Some("posix" | "cifs") => Destination::SameHost(at),
                _ => Destination::Unresolved,
            }
        }
        "Barman" | "clickhouse-backup" | "django-dbbackup" | "laravel-backup" | "a backup task" => {
            match words.iter().find(|w| w.contains("://") || w.as_str() == "create_remote") {
                Some(address) => Destination::Remote(Sourced::new(masked(address), at)),
                None => Destination::Unresolved,
            }
        }
        "Velero" => Destination::Unresolved,
        tool if tool.starts_with("an ") || tool.starts_with("a ") || tool.starts_with("Heroku") => Destination::Provider,
        _ => match words.iter().find(|w| w.starts_with("s3://") || w.starts_with("gs://")) {
            Some(address) => Destination::Remote(Sourced::new(masked(address), at)),
            None => return None,
        },
    })
}

/// A client that is fed a dump: it restores. Schemas and seeds are fed in the same way, so the source must be one.
fn loads(words: &[String], commands: &[Told], index: usize, names: &Names) -> Option<(&'static str, Option<&'static str>)> {
    let name = words.first()?.rsplit('/').next()?;
    let command = &commands[index].command;
    let source = |text: &str| {
        let lower = text.to_ascii_lowercase();
        ["dump", "backup", "snapshot", ".gz", ".bak", "restore"].iter().any(|w| lower.contains(w)) && !lower.contains("seed")
    };
    let engine = match name {
        "psql" => ("psql", Some("postgres")),
        "mysql" | "mariadb" => ("mysql", Some("mysql")),
        "sqlite3" => ("sqlite3", Some("sqlite")),
        "docker" | "podman" if words.get(1).is_some_and(|w| w == "cp") => {
            let (from, to) = (words.get(2)?, words.get(3)?);
            return (source(from) && to.contains(':') && !from.contains(':')).then_some(("docker cp", None));
        }
        _ => return None,
    };
    let fed = command.redirects.iter().any(|r| r.operator == "<" && source(&names.resolved(&r.target)));
    let told = words.windows(2).any(|w| w[0] == "-f" && source(&w[1]));
    let piped = command.after == Connector::Pipe && index > 0 && {
        let before = &commands[index - 1].command;
        let program = before.words.first().map(|w| w.rsplit('/').next().unwrap_or(w));
        matches!(
            program,
            Some("gunzip" | "zcat" | "gzip" | "zstd" | "zstdcat" | "xzcat" | "bzcat" | "gpg" | "cat" | "aws" | "gsutil" | "rclone")
        ) && (before.words.iter().any(|w| source(&names.resolved(w))) || !matches!(program, Some("cat")))
            || before.words.iter().any(|w| source(&names.resolved(w))) && program == Some("cat")
    };
    (fed || told || piped).then_some(engine)
}
