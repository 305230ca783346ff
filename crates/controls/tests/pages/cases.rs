//! Runs every case of every page through the real pipeline with that page's control alone.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use plimsoll_base::{Evidence, Judgement, LineIndex, Location};
use plimsoll_controls::Control;
use plimsoll_discover::Tree;
use plimsoll_model::{Choice, System, candidates, choose};

/// A case: a small repository and the verdict expected of it.
pub(crate) struct Case {
    pub(crate) title: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) expected: Option<String>,
}

/// Where a page stands on disk.
pub(crate) fn page_path(control: &Control) -> PathBuf {
    let (area, name) = control.id.split_once('/').expect("an id has a slash");
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    root.join(area.replace('-', "_")).join(format!("{}.md", name.replace('-', "_")))
}

/// The cases under `## Cases`: each `###` with its fenced blocks. A block's info string is `language path`, or `verdict`.
/// Four backticks fence files that themselves hold three.
pub(crate) fn cases(page: &str) -> Vec<Case> {
    let mut found: Vec<Case> = Vec::new();
    let mut in_cases = false;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("### ").filter(|_| in_cases) {
            found.push(Case { title: title.to_owned(), files: Vec::new(), expected: None });
        } else if line.starts_with("## ") {
            in_cases = line.trim() == "## Cases";
        } else if line.starts_with("```") && in_cases {
            let fence: String = line.chars().take_while(|c| *c == '`').collect();
            let info = line.trim_start_matches('`').trim();
            let mut body = String::new();
            for inner in lines.by_ref() {
                if inner == fence {
                    break;
                }
                body.push_str(inner);
                body.push('\n');
            }
            let case = found.last_mut().expect("a block stands under a case");
            match info.split_once(' ') {
                _ if info == "verdict" => case.expected = Some(body),
                Some((_, path)) => case.files.push((path.trim().to_owned(), body.into_bytes())),
                None => panic!("a block in `{}` names no path: `{info}`", case.title),
            }
        }
    }
    found
}

/// Judges a case's repository with one control.
pub(crate) fn judge(control: &Control, case: &Case) -> (System, Judgement) {
    let tree = Tree::in_memory("case", case.files.clone());
    let facts = Arc::new(plimsoll_facts::gather(&tree));
    let mut deployments = candidates(&facts);
    let assessed = match choose(&mut deployments, None) {
        Choice::Decided(i) => Some(i),
        Choice::Tied(list) => list.first().copied(),
        Choice::None => None,
    };
    let system = System::new(facts, Arc::new(deployments), assessed);
    let judgement = control.judge(&system);
    (system, judgement)
}

fn place(case: &Case, system: &System, at: &Location) -> String {
    let path = system.path(at.file);
    match at.span {
        None => path.to_owned(),
        Some(span) => {
            let bytes = case.files.iter().find(|(p, _)| p == path).map(|(_, b)| b.as_slice()).unwrap_or_default();
            format!("{path}:{}", LineIndex::new(bytes).line_column(span.start).0)
        }
    }
}

fn line(out: &mut String, indent: &str, case: &Case, system: &System, evidence: &Evidence) {
    match evidence {
        Evidence::Seen { at, says, grade } => {
            let grade = grade.map(|g| format!(" [{}]", g.word())).unwrap_or_default();
            writeln!(out, "{indent}{}  {says}{grade}", place(case, system, at)).expect("a string");
        }
        Evidence::Sought { what, within } => {
            let globs: Vec<String> = within.iter().map(|s| format!("{} ({})", s.glob, s.files)).collect();
            writeln!(out, "{indent}sought {what} in {}", globs.join(", ")).expect("a string");
        }
    }
}

/// A judgement as the `verdict` block writes it.
pub(crate) fn render(case: &Case, system: &System, judgement: &Judgement) -> String {
    let mut out = String::new();
    writeln!(out, "{}: {}", judgement.verdict.word(), judgement.summary).expect("a string");
    for evidence in judgement.verdict.proof().into_iter().flat_map(|p| p.iter()) {
        line(&mut out, "+ ", case, system, evidence);
    }
    for gap in judgement.verdict.gaps() {
        writeln!(out, "- {}: {}", gap.key(), gap.says).expect("a string");
        for evidence in gap.proof.iter() {
            line(&mut out, "    ", case, system, evidence);
        }
    }
    for question in judgement.verdict.questions() {
        writeln!(out, "? {} → {}", question.missing, question.settle).expect("a string");
    }
    out
}

#[test]
fn every_case_of_every_page_holds() {
    let update = std::env::var_os("UPDATE").is_some();
    let only = std::env::var("CONTROL").ok();
    let mut failures = Vec::new();
    for control in plimsoll_controls::all().filter(|c| only.as_deref().is_none_or(|o| c.id.contains(o))) {
        let path = page_path(control);
        let page = std::fs::read_to_string(&path).expect("a listed control has a page");
        let mut rewritten = page.clone();
        for case in cases(&page) {
            let (system, judgement) = judge(control, &case);
            let actual = render(&case, &system, &judgement);
            match &case.expected {
                Some(expected) if *expected == actual => {}
                Some(expected) if update => {
                    let heading = format!("### {}\n", case.title);
                    let from = rewritten.find(&heading).expect("the case stands in the page");
                    let block = format!("```verdict\n{expected}```");
                    let at = rewritten[from..].find(&block).expect("the case has a verdict block") + from;
                    rewritten.replace_range(at..at + block.len(), &format!("```verdict\n{actual}```"));
                }
                Some(expected) => failures.push(format!("{} · {}\n  expected\n{expected}  found\n{actual}", control.id, case.title)),
                None => failures.push(format!("{} · {}: no verdict block; found\n{actual}", control.id, case.title)),
            }
        }
        if update && rewritten != page {
            std::fs::write(&path, rewritten).expect("a page can be written");
        }
    }
    assert!(failures.is_empty(), "{} case(s) differ:\n\n{}", failures.len(), failures.join("\n"));
}
