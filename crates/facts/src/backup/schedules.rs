//! Schedules that the tree keeps: crontabs, timers of systemd, tasks of Ansible, scripts that write crontabs.

use plimsoll_base::{Location, Span};
use plimsoll_discover::Format;
use plimsoll_syntax::Node;

use crate::library::{Held, Library, folder_of};

/// One entry of a schedule.
#[derive(Clone, Debug)]
pub struct ScheduleEntry {
    /// Where it stands.
    pub at: Location,
    /// When it runs: `0 3 * * *`, `daily`.
    pub schedule: String,
    /// The command line that it starts; the name of a class for schedules of an application.
    pub command: String,
    /// The file that holds it.
    pub path: String,
    /// What kind of schedule it is.
    pub keeper: Keeper,
}

/// What keeps a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keeper {
    /// A file in the form of a crontab.
    Crontab,
    /// A timer of systemd.
    Timer,
    /// A task of Ansible that writes an entry on the host.
    Ansible,
    /// The first start of a machine, which writes the file.
    CloudInit,
    /// Ofelia, which reads a file of jobs.
    Ofelia,
    /// A script that writes an entry on the host where it is started.
    Script,
    /// A file of the application's own scheduler, which runs classes.
    Application,
}

/// The most entries that are read.
const MOST: usize = 2000;

/// Every entry of the tree, in the order of files.
pub(super) fn read(library: &Library) -> Vec<ScheduleEntry> {
    let mut found = Vec::new();
    for held in library.files().iter().filter(|f| f.product() && f.bytes.is_some()) {
        if found.len() >= MOST {
            break;
        }
        match held.format {
            Format::Yaml => held.documents.iter().for_each(|d| yaml(held, d, 0, &mut found)),
            Format::Shell => written_by_script(held, &mut found),
            _ if held.name().ends_with(".timer") => found.extend(timer(library, held)),
            _ if is_crontab(held) => crontab(held, &mut found),
            Format::Ini | Format::Conf if held.bytes.as_deref().is_some_and(|b| memchr::memmem::find(b, b"[job-").is_some()) => {
                ofelia(held, &mut found);
            }
            _ => {}
        }
    }
    found.truncate(MOST);
    found
}

fn is_crontab(held: &Held) -> bool {
    let name = held.name().to_ascii_lowercase();
    let folder = folder_of(&held.path).rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    if matches!(held.format, Format::Source(_) | Format::Markdown | Format::Json | Format::Toml) {
        return false;
    }
    let ends = [".cron", ".crontab"].iter().any(|e| name.ends_with(e));
    ends || name.starts_with("crontab") || matches!(name.as_str(), "cronjobs" | "cron") || matches!(folder.as_str(), "cron.d" | "crontabs")
}

/// The lines of a crontab.
fn crontab(held: &Held, found: &mut Vec<ScheduleEntry>) {
    let text = held.text();
    let system = held.path.contains("cron.d/");
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        if let Some((schedule, command)) = entry(body) {
            let at = held.at(Span::new(start, start + body.len()));
            found.push(ScheduleEntry {
                at,
                schedule,
                command: without_user(&command, system),
                path: held.path.clone(),
                keeper: Keeper::Crontab,
            });
        }
        start += line.len();
    }
}

/// A file of Ofelia: a section for each job.
fn ofelia(held: &Held, found: &mut Vec<ScheduleEntry>) {
    let text = held.text();
    let mut start = 0;
    let mut job: Option<(Option<String>, Option<String>, Span)> = None;
    let mut end = |job: Option<(Option<String>, Option<String>, Span)>| {
        if let Some((Some(schedule), Some(command), span)) = job {
            found.push(ScheduleEntry { at: held.at(span), schedule, command, path: held.path.clone(), keeper: Keeper::Ofelia });
        }
    };
    for line in text.split_inclusive('\n') {
        let body = line.trim();
        if body.starts_with('[') {
            end(job.take());
            job = body.starts_with("[job-").then(|| (None, None, Span::new(start, start + line.trim_end().len())));
        } else if let (Some((schedule, command, _)), Some((name, value))) = (job.as_mut(), body.split_once('=')) {
            match name.trim() {
                "schedule" => *schedule = Some(value.trim().to_owned()),
                "command" => *command = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        start += line.len();
    }
    end(job);
}

/// `0 3 * * * command` or `@daily command`.
pub fn entry(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    if let Some(rest) = line.strip_prefix('@') {
        let (name, command) = rest.split_once(char::is_whitespace)?;
        let known = matches!(name, "hourly" | "daily" | "midnight" | "weekly" | "monthly" | "yearly" | "annually") || name == "every";
        return (known && !command.trim().is_empty()).then(|| (format!("@{name}"), command.trim().to_owned()));
    }
    let mut rest = line;
    let mut fields = Vec::new();
    for _ in 0..5 {
        rest = rest.trim_start();
        let end = rest.find(char::is_whitespace)?;
        let field = &rest[..end];
        let fits = field.starts_with(|c: char| c.is_ascii_digit() || c == '*')
            && field.chars().all(|c| c.is_ascii_alphanumeric() || "*/,-?#L".contains(c))
            || fields.len() >= 3 && field.len() >= 3 && field.chars().all(|c| c.is_ascii_alphabetic() || c == ',' || c == '-');
        if !fits {
            return None;
        }
        fields.push(field);
        rest = &rest[end..];
    }
    let command = rest.trim();
    (!command.is_empty()).then(|| (fields.join(" "), command.to_owned()))
}

/// A crontab of the system names a user before the command.
fn without_user(command: &str, system: bool) -> String {
    let usual = ["root", "postgres", "www-data", "deploy", "ubuntu", "app", "nobody", "mysql"];
    match command.split_once(char::is_whitespace) {
        Some((user, rest)) if usual.contains(&user) || system && user.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '_') => {
            rest.trim_start().to_owned()
        }
        _ => command.to_owned(),
    }
}

/// A timer with what its unit starts.
fn timer(library: &Library, held: &Held) -> Option<ScheduleEntry> {
    let text = held.text();
    let (schedule, at) = setting(held, &text, TIMES)?;
    let stem = held.name().strip_suffix(".timer")?;
    let unit = setting(held, &text, &["Unit"]).map_or_else(|| format!("{stem}.service"), |(u, _)| u);
    let folder = held.folder();
    let path = if folder.is_empty() { unit.clone() } else { format!("{folder}/{unit}") };
    let service = library.get(&path)?;
    let body = service.text();
    let (command, _) = setting(service, &body, &["ExecStart"])?;
    Some(ScheduleEntry {
        at,
        schedule,
        command: command.trim_start_matches(['-', '@', '+', '!']).to_owned(),
        path: held.path.clone(),
        keeper: Keeper::Timer,
    })
}

fn setting(held: &Held, text: &str, names: &[&str]) -> Option<(String, Location)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim();
        if let Some((name, value)) = body.split_once('=')
            && names.contains(&name.trim())
            && !value.trim().is_empty()
        {
            return Some((value.trim().to_owned(), held.at(Span::new(start, start + line.trim_end().len()))));
        }
        start += line.len();
    }
    None
}

/// `cron` tasks of Ansible, and schedules of applications: a mapping with `class` and `schedule` or `cron`.
fn yaml(held: &Held, node: &Node, depth: usize, found: &mut Vec<ScheduleEntry>) {
    if depth > 12 || found.len() >= MOST {
        return;
    }
    for item in node.items() {
        yaml(held, item, depth + 1, found);
    }
    written(held, node, found);
    for pair in node.entries() {
        let task = matches!(&*pair.key, "cron" | "ansible.builtin.cron") && pair.value.get("job").is_some();
        if task {
            let value = &pair.value;
            let absent = value.get("state").and_then(Node::scalar) == Some("absent")
                || value.get("disabled").and_then(Node::scalar).is_some_and(|d| d == "true" || d == "yes");
            let field = |name: &str| value.get(name).and_then(Node::scalar).unwrap_or("*").to_owned();
            let schedule = match value.get("special_time").and_then(Node::scalar) {
                Some(special) => format!("@{special}"),
                None => ["minute", "hour", "day", "month", "weekday"].map(field).join(" "),
            };
            if let (Some(job), false) = (value.get("job").and_then(Node::scalar), absent) {
                let at = Location::at(held.id, pair.span());
                found.push(ScheduleEntry { at, schedule, command: job.to_owned(), path: held.path.clone(), keeper: Keeper::Ansible });
            }
            continue;
        }
        let class = pair.value.get("class").or_else(|| pair.value.get("command")).and_then(Node::scalar);
        let schedule = ["schedule", "cron", "every"].iter().find_map(|k| pair.value.get(k)?.scalar());
        if let (Some(class), Some(schedule), true) = (class, schedule, held.path.contains("config/")) {
            let at = Location::at(held.id, pair.span());
            found.push(ScheduleEntry {
                at,
                schedule: schedule.to_owned(),
                command: class.to_owned(),
                path: held.path.clone(),
                keeper: Keeper::Application,
            });
            continue;
        }
        yaml(held, &pair.value, depth + 1, found);
    }
}

/// Files that a list of tasks, or the first start of a machine, writes with their content beside them: crontabs, timers with their units.
fn written(held: &Held, list: &Node, found: &mut Vec<ScheduleEntry>) {
    let mut files: Vec<(&str, &str, Span, Keeper)> = Vec::new();
    for item in list.items() {
        let task = ["copy", "ansible.builtin.copy"].iter().find_map(|m| item.get(m));
        let (body, place, keeper) = match task {
            Some(task) => (task, "dest", Keeper::Ansible),
            None => (item, "path", Keeper::CloudInit),
        };
        if let (Some(path), Some(content)) = (body.get(place).and_then(Node::scalar), body.get("content").and_then(Node::scalar)) {
            files.push((path, content, item.span, keeper));
        }
    }
    for (path, content, span, keeper) in &files {
        let at = Location::at(held.id, *span);
        let mut add = |schedule: String, command: String| {
            found.push(ScheduleEntry { at, schedule, command, path: held.path.clone(), keeper: *keeper });
        };
        if path.contains("/cron.d/") || path.contains("/crontabs/") || path.ends_with("/etc/crontab") {
            content.lines().filter_map(entry).for_each(|(schedule, command)| add(schedule, without_user(&command, true)));
        } else if let Some(unit) = path.strip_suffix(".timer") {
            let service = files.iter().find(|(p, ..)| p.strip_suffix(".service") == Some(unit)).map(|(_, c, ..)| *c);
            if let (Some(schedule), Some(command)) = (value_of(content, TIMES), service.and_then(|s| value_of(s, &["ExecStart"]))) {
                add(schedule, command.trim_start_matches(['-', '@', '+', '!']).to_owned());
            }
        }
    }
}

/// The settings of a timer that say when it starts its unit.
const TIMES: &[&str] = &["OnCalendar", "OnUnitActiveSec", "OnBootSec"];

/// The value of the first of these settings in the text of a unit.
fn value_of(text: &str, names: &[&str]) -> Option<String> {
    let mut lines = text.lines().filter_map(|l| l.split_once('='));
    lines.find(|(n, v)| names.contains(&n.trim()) && !v.trim().is_empty()).map(|(_, v)| v.trim().to_owned())
}

/// `echo "0 3 * * * /opt/backup.sh" | crontab -` in a script.
fn written_by_script(held: &Held, found: &mut Vec<ScheduleEntry>) {
    let text = held.text();
    if !text.contains("cron") && !text.contains(".timer") {
        return;
    }
    let commands = held.commands();
    // A unit and its timer that are written one after the other.
    let units: Vec<(&str, &str, Span)> = (commands.iter())
        .flat_map(|c| {
            let target =
                c.words.iter().chain(c.redirects.iter().map(|r| &r.target)).find(|w| w.ends_with(".timer") || w.ends_with(".service"));
            target.into_iter().flat_map(|t| c.heredocs.iter().map(move |span| (t.as_str(), *span)))
        })
        .filter_map(|(target, span)| Some((target, text.get(span.range())?, span)))
        .collect();
    for (target, body, span) in &units {
        let Some(stem) = target.strip_suffix(".timer") else { continue };
        let service = units.iter().find(|(t, ..)| t.strip_suffix(".service") == Some(stem)).map(|(_, b, _)| *b);
        if let (Some(schedule), Some(command)) = (value_of(body, TIMES), service.and_then(|s| value_of(s, &["ExecStart"]))) {
            let command = command.trim_start_matches(['-', '@', '+', '!']).to_owned();
            found.push(ScheduleEntry { at: held.at(*span), schedule, command, path: held.path.clone(), keeper: Keeper::Script });
        }
    }
    for command in commands {
        let echoes = command.words.first().is_some_and(|w| matches!(w.as_str(), "echo" | "printf"));
        let entry = command.words.iter().skip(1).find_map(|w| entry(w.trim_end_matches("\\n")));
        if let (true, Some((schedule, line))) = (echoes, entry) {
            let at = held.at(command.span);
            found.push(ScheduleEntry {
                at,
                schedule,
                command: without_user(&line, false),
                path: held.path.clone(),
                keeper: Keeper::Script,
            });
        }
        for span in &command.heredocs {
            let body = text.get(span.range()).unwrap_or_default();
            let cron = command.words.iter().chain(command.redirects.iter().map(|r| &r.target)).any(|w| w.contains("cron"));
            let mut start = span.start as usize;
            for line in body.split_inclusive('\n').filter(|_| cron) {
                if let Some((schedule, command)) = self::entry(line) {
                    let at = held.at(Span::new(start, start + line.trim_end().len()));
                    found.push(ScheduleEntry {
                        at,
                        schedule,
                        command: without_user(&command, true),
                        path: held.path.clone(),
                        keeper: Keeper::Script,
                    });
                }
                start += line.len();
            }
        }
    }
}
