//! Documents for people.

use std::sync::OnceLock;

use plimsoll_discover::{Format, Role};
use plimsoll_syntax::{decode, markdown};

use crate::library::Held;
use crate::repository::Document;

/// The largest document that is read as one.
const LARGEST: usize = 1 << 20;

/// Reads a document; none for texts that are no documents (requirements, robots, word lists).
pub(crate) fn document(held: &Held, bytes: &[u8]) -> Option<Document> {
    if bytes.len() > LARGEST || !is_document(held) {
        return None;
    }
    let parsed = markdown(bytes);
    Some(Document {
        file: held.id,
        path: held.path.clone(),
        size: held.size,
        content: parsed.value,
        text: decode(bytes).0.to_lowercase(),
        readiness_claim: claims_readiness(&held.path),
        product: matches!(held.role, Role::Product | Role::Docs | Role::DevTool),
        shown: OnceLock::new(),
    })
}

fn is_document(held: &Held) -> bool {
    let name = held.name().to_ascii_lowercase();
    match held.format {
        Format::Markdown | Format::RestructuredText => true,
        _ => {
            let stem = name.split('.').next().unwrap_or(&name);
            [
                "readme",
                "license",
                "licence",
                "copying",
                "changelog",
                "changes",
                "history",
                "news",
                "security",
                "contributing",
                "runbook",
                "install",
                "notice",
                "authors",
            ]
            .contains(&stem)
        }
    }
}

/// Readiness reports, audits and checklists speak of the system; they are never evidence of it (rule G7).
fn claims_readiness(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase().replace(['_', ' '], "-");
    [
        "production-readiness",
        "readiness",
        "production-ready",
        "production-checklist",
        "launch-checklist",
        "go-live",
        "production-audit",
        "launch-readiness",
    ]
    .iter()
    .any(|w| name.contains(w))
}
