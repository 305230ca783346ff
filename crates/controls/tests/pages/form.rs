//! The form of every page: what a reader may rely on.

use crate::cases::{cases, page_path};

const HEADINGS: [&str; 5] = ["## Why it matters", "## How it is decided", "## Gaps", "## How to fix it", "## Cases"];

#[test]
fn every_page_has_its_headings_and_the_title_of_the_catalogue() {
    for control in plimsoll_controls::all() {
        let about = control.about();
        assert!(control.page.starts_with(&format!("# {}\n", about.title)), "{}: the page starts with `# {}`", control.id, about.title);
        let mut from = 0;
        for heading in HEADINGS {
            let at = control.page[from..].find(&format!("\n{heading}\n"));
            from += at.unwrap_or_else(|| panic!("{}: `{heading}` is missing or out of order", control.id));
        }
    }
}

/// Met, unmet, not applicable (unless the page says that the control always applies), a trap, and unknown where the code can doubt.
#[test]
fn every_page_proves_each_verdict_it_can_give() {
    for control in plimsoll_controls::all() {
        let source = std::fs::read_to_string(page_path(control).with_extension("rs")).expect("a control has a source");
        let cases = cases(control.page);
        let has = |word: &str| cases.iter().any(|c| c.expected.as_deref().is_some_and(|e| e.starts_with(&format!("{word}:"))));
        let mut missing = Vec::new();
        for word in ["met", "unmet"] {
            if !has(word) {
                missing.push(word);
            }
        }
        if !has("not-applicable") && !control.page.contains("It always applies.") {
            missing.push("not-applicable (or the sentence `It always applies.`)");
        }
        if source.contains(".doubt(") && !has("unknown") {
            missing.push("unknown");
        }
        if !cases.iter().any(|c| c.title.starts_with("Trap: ")) {
            missing.push("a case titled `Trap: …`");
        }
        assert!(missing.is_empty(), "{}: the page lacks {}", control.id, missing.join(", "));
    }
}

/// The closed list of gap kinds on the page is the list in the source.
#[test]
fn every_gap_kind_is_explained() {
    for control in plimsoll_controls::all() {
        let source = std::fs::read_to_string(page_path(control).with_extension("rs")).expect("a control has a source");
        for part in source.split("Gap::new(").skip(1) {
            let Some(kind) = part.trim_start().strip_prefix('"').and_then(|p| p.split('"').next()) else { continue };
            assert!(control.page.contains(&format!("`{kind}`")), "{}: the gap `{kind}` is not explained under `## Gaps`", control.id);
        }
    }
}
