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
        shown: parsed.value.code_blocks.iter().map(|_| OnceLock::new()).collect(),
        topics: OnceLock::new(),
        content: parsed.value,
        text: lower_case(&decode(bytes).0),
        readiness_claim: claims_readiness(&held.path),
        product: matches!(held.role, Role::Product | Role::Docs | Role::DevTool),
    })
}

/// A text in lower case, run by run: most of a document is ASCII, of which many bytes are lowered at once, but few documents are so throughout.
fn lower_case(text: &str) -> String {
    let mut lowered = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (plain, others) = rest.split_at(rest.bytes().position(|b| !b.is_ascii()).unwrap_or(rest.len()));
        let (foreign, after) = others.split_at(others.bytes().position(|b| b.is_ascii()).unwrap_or(others.len()));
        let from = lowered.len();
        lowered.push_str(plain);
        lowered[from..].make_ascii_lowercase();
        lowered.push_str(&foreign.to_lowercase());
        rest = after;
    }
    lowered
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

#[cfg(test)]
mod tests {
    use super::lower_case;

    #[test]
    fn lower_case_is_that_of_every_script() {
        for text in ["", "README", "Größe ÄNDERN → Fertig", "ΟΔΟΣ and 部署 Guide", "İstanbul"] {
            assert_eq!(lower_case(text), text.to_lowercase());
        }
    }
}
