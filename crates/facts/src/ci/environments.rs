//! Environments of Python's test runners: what tox and nox run in them.

use plimsoll_syntax::Strictness;

use super::invocations::{Lead, Led, Place, option_value};
use super::reading::Reader;
use super::recipes::{MOST, file};

/// The commands of `[testenv]` sections; which environments run is not asked, since each is there to be run.
pub(super) fn tox(reader: &Reader, arguments: &[String], folder: &str, label: &str) -> Option<Led> {
    let held = file(reader, folder, &["tox.ini", "setup.cfg", "pyproject.toml"])?;
    let wanted = option_value(arguments, &["-e", "--env", "run"]);
    let text = held.text();
    let mut leads = Vec::new();
    let (mut in_section, mut in_commands) = (false, false);
    let mut offset = 0usize;
    for line in text.split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        let bare = line.trim();
        if let Some(section) = bare.strip_prefix('[').and_then(|s| s.strip_suffix(']')) {
            let env = section.strip_prefix("testenv").map(|e| e.trim_start_matches(':'));
            in_section = env.is_some_and(|env| env.is_empty() || wanted.is_none_or(|w| w.split(',').any(|w| w == env)));
            in_commands = false;
            continue;
        }
        let key = line.split('=').next().unwrap_or_default().trim();
        let starts = in_section
            && !line.starts_with([' ', '\t'])
            && matches!(key, "commands" | "commands_pre" | "commands_post")
            && line.contains('=');
        let command = if starts {
            in_commands = true;
            line.split_once('=').map_or("", |(_, v)| v.trim())
        } else if in_commands && line.starts_with([' ', '\t']) {
            bare
        } else {
            in_commands &= bare.is_empty();
            ""
        };
        if command.is_empty() || command.starts_with('#') {
            continue;
        }
        let text = command.trim_start_matches('-').trim().replace("{posargs}", "");
        let at = at + line.find(command).unwrap_or(0);
        let span = plimsoll_base::Span::new(at, at + command.len());
        let tolerated = command.starts_with('-');
        let strictness = Strictness::PLAIN;
        leads.push(Lead {
            text,
            strictness,
            folder: folder.to_owned(),
            place: Place::Fixed(held.at(span)),
            label: label.to_owned(),
            tolerated,
            arguments: Vec::new(),
        });
        if leads.len() >= MOST {
            break;
        }
    }
    Some(Led { leads, missing: None })
}

/// `session.run("pytest", "-q")` of a noxfile, by its words alone.
pub(super) fn nox(reader: &Reader, arguments: &[String], folder: &str, label: &str) -> Option<Led> {
    let held = file(reader, folder, &["noxfile.py"])?;
    let text = held.text();
    let wanted = option_value(arguments, &["-s", "--session", "--sessions", "-e"]).map(|w| w.split('-').next().unwrap_or(w).to_owned());
    let mut session = String::new();
    let mut leads = Vec::new();
    let mut offset = 0usize;
    for line in text.split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        if let Some(rest) = line.strip_prefix("def ") {
            session = rest.split('(').next().unwrap_or_default().to_owned();
        }
        let Some(call) = line.find("session.run(") else { continue };
        if wanted.as_ref().is_some_and(|w| *w != session) || line.trim_start().starts_with('#') {
            continue;
        }
        let behind = &text[at + call + "session.run(".len()..];
        let inner = behind.split(')').next().unwrap_or_default();
        let words: Vec<&str> = inner
            .split(',')
            .map(|w| w.trim().trim_matches(['"', '\'']))
            .filter(|w| !w.is_empty() && !w.contains('=') && !w.starts_with('*'))
            .collect();
        let span = plimsoll_base::Span::new(at + call, at + line.trim_end().len());
        let place = Place::Fixed(held.at(span));
        let strictness = Strictness::PLAIN;
        leads.push(Lead {
            text: words.join(" "),
            strictness,
            folder: folder.to_owned(),
            place,
            label: label.to_owned(),
            tolerated: false,
            arguments: Vec::new(),
        });
        if leads.len() >= MOST {
            break;
        }
    }
    Some(Led { leads, missing: None })
}
