//! Commands of scripts and pipelines that make resources of a cloud one by one, where infrastructure code would declare them.

use plimsoll_base::{Location, Span};
use plimsoll_discover::Format;

use super::root::ManualStep;
use crate::library::{Held, Library};
use crate::pattern::present;

/// Most commands that are kept of one tree.
const MOST: usize = 500;

/// Verbs of clouds' command lines that make something that stays. What runs for a moment or copies data is none of them.
const PASSING: &[&str] = &[
    "create-invalidation",
    "create-deployment",
    "create-tags",
    "create-image",
    "create-db-snapshot",
    "create-snapshot",
    "create-db-cluster-snapshot",
    "create-backup",
    "create-login-profile",
    "create-change-set",
    "create-session",
    "create-presigned",
    "create-token",
    "create-multipart-upload",
    "create-job",
    "create-release",
    "create-pull-request",
    "create-export-task",
];

/// The programs that make resources.
const MAKES: [&str; 6] = ["aws ", "gcloud ", "az ", "eksctl ", "doctl ", "hcloud "];

/// Which programs a file speaks of.
struct Tools {
    imports: Vec<&'static str>,
    makes: Vec<&'static str>,
}

/// Every such command, in the order of files.
pub(crate) fn read(library: &Library) -> Vec<ManualStep> {
    let mut found = Vec::new();
    let scripts = |f: &&Held| f.product() && matches!(f.format, Format::Shell | Format::Makefile | Format::Yaml);
    for held in library.files().iter().filter(scripts) {
        let Some(bytes) = held.bytes.as_deref() else { continue };
        let text = plimsoll_syntax::decode(bytes).0;
        let tools = Tools { imports: present(&text, &["terraform import ", "tofu import "]), makes: present(&text, &MAKES) };
        if !tools.imports.is_empty() || !tools.makes.is_empty() {
            lines(held, &text, &tools, &mut found);
        }
    }
    found
}

fn lines(held: &Held, text: &str, tools: &Tools, found: &mut Vec<ManualStep>) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start + (line.len() - line.trim_start().len());
        let at = held.at(Span::new(from, start + line.trim_end().len()));
        start += line.len();
        if found.len() >= MOST {
            return;
        }
        found.extend(step(line.trim(), at, held, tools));
    }
}

fn step(line: &str, at: Location, held: &Held, tools: &Tools) -> Option<ManualStep> {
    if line.starts_with('#') || line.starts_with("//") || line.starts_with("echo ") || line.starts_with("printf ") {
        return None;
    }
    let says = |text: &str| text.trim_end_matches('\\').trim().chars().take(120).collect::<String>();
    for tool in &tools.imports {
        if let Some(i) = line.find(*tool).filter(|i| starts(line, *i)) {
            return Some(ManualStep { at, says: says(&line[i..]), path: held.path.clone(), imports: true, bootstraps: false });
        }
    }
    let (i, words) = tools.makes.iter().find_map(|tool| {
        let i = line.match_indices(tool).map(|(i, _)| i).find(|i| starts(line, *i))?;
        let words: Vec<&str> = line[i..].split_whitespace().skip(1).filter(|w| !w.starts_with('-')).take(5).collect();
        Some((i, words))
    })?;
    let makes = |word: &&str| {
        *word == "create"
            || *word == "mb"
            || (word.starts_with("create-") || word.starts_with("run-instances") || word.starts_with("request-certificate"))
                && !PASSING.contains(word)
    };
    // `gcloud compute instances create x`: the verb follows groups of commands.
    let plain = words.iter().take_while(|w| w.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')).take(4).any(makes);
    let passing =
        words.iter().any(|w| PASSING.contains(w) || matches!(*w, "snapshots" | "backups" | "invalidation" | "access-token" | "auth"));
    if !plain || passing {
        return None;
    }
    let lower = format!("{} {}", held.path.to_ascii_lowercase(), line.to_ascii_lowercase());
    let bootstraps = ["state", "tflock", "tf-lock", "-lock", "backend", "bootstrap"].iter().any(|w| lower.contains(w))
        && ["s3", "bucket", "dynamodb", "storage", "group create"].iter().any(|w| lower.contains(w));
    Some(ManualStep { at, says: says(&line[i..]), path: held.path.clone(), imports: false, bootstraps })
}

/// Whether a word of a line starts a command there.
fn starts(line: &str, at: usize) -> bool {
    line[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '`' | ';' | '&' | '|' | '"' | '\'' | '@'))
}
