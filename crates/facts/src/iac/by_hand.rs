//! Commands of scripts and pipelines that make resources of a cloud one by one, where infrastructure code would declare them.

use plimsoll_base::{Location, Span};
use plimsoll_discover::Format;

use super::root::ManualStep;
use crate::library::{Held, Library};

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

/// Every such command, in the order of files.
pub(crate) fn read(library: &Library) -> Vec<ManualStep> {
    let mut found = Vec::new();
    let scripts = |f: &&Held| f.product() && matches!(f.format, Format::Shell | Format::Makefile | Format::Yaml);
    for held in library.files().iter().filter(scripts) {
        let Some(bytes) = held.bytes.as_deref() else { continue };
        let speaks = [b"aws ".as_slice(), b"gcloud ", b"az ", b"eksctl ", b"doctl ", b"hcloud ", b"terraform import", b"tofu import"];
        if speaks.iter().any(|w| memchr::memmem::find(bytes, w).is_some()) {
            lines(held, &mut found);
        }
    }
    found
}

fn lines(held: &Held, found: &mut Vec<ManualStep>) {
    let text = held.text();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start + (line.len() - line.trim_start().len());
        let at = held.at(Span::new(from, start + line.trim_end().len()));
        start += line.len();
        if found.len() >= MOST {
            return;
        }
        found.extend(step(line.trim(), at, held));
    }
}

fn step(line: &str, at: Location, held: &Held) -> Option<ManualStep> {
    if line.starts_with('#') || line.starts_with("//") || line.starts_with("echo ") || line.starts_with("printf ") {
        return None;
    }
    let says = |text: &str| text.trim_end_matches('\\').trim().chars().take(120).collect::<String>();
    for tool in ["terraform import ", "tofu import "] {
        if let Some(i) = line.find(tool).filter(|i| starts(line, *i)) {
            return Some(ManualStep { at, says: says(&line[i..]), path: held.path.clone(), imports: true, bootstraps: false });
        }
    }
    let (i, words) = ["aws ", "gcloud ", "az ", "eksctl ", "doctl ", "hcloud "].iter().find_map(|tool| {
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
    let plain = words.iter().take_while(|w| w.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')).take(4).any(|w| makes(&w));
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
