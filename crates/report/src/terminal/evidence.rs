//! Places and what they say, in columns.

use plimsoll_base::{EvidenceView, Grade};

use crate::ink::Tone;
use crate::sheet::{Sheet, cut, path, width};

/// Under this width a text beside a place says nothing.
const LEAST: usize = 18;
/// A place wider than this stands alone, so that it does not push the others aside.
const COLUMN: usize = 44;

/// `path:line`, or the path of the whole file.
pub(crate) fn place(at: &str, line: Option<u32>) -> String {
    match line {
        Some(line) => format!("{at}:{line}"),
        None => at.to_owned(),
    }
}

/// The place of a piece of evidence that was seen.
pub(crate) fn seen_at(evidence: &EvidenceView) -> Option<String> {
    match evidence {
        EvidenceView::Seen { path, line, .. } => Some(place(path, *line)),
        EvidenceView::Sought { .. } => None,
    }
}

/// What was looked for in vain, in a sentence.
pub(crate) fn sought(what: &str, within: &[plimsoll_base::ScopeView]) -> String {
    let scopes: Vec<String> = within
        .iter()
        .map(|s| match s.files {
            1 => s.glob.clone(),
            n => format!("{} ({n} files)", s.glob),
        })
        .collect();
    match scopes.len() {
        0 => format!("not found: {what}"),
        1..=3 => format!("not found: {what}, in {}", scopes.join(", ")),
        n => format!("not found: {what}, in {}, … {} more", scopes[..2].join(", "), n - 2),
    }
}

/// Evidence in two columns, at most so many pieces; says how many more there are. The grade that is known already is not repeated.
pub(crate) fn list(sheet: &mut Sheet, indent: usize, evidence: &[EvidenceView], most: usize, known: Option<Grade>) {
    let shown = &evidence[..evidence.len().min(most)];
    let column = shown.iter().filter_map(seen_at).map(|p| width(&path(sheet.ink, &p))).filter(|w| *w <= COLUMN).max().unwrap_or(0);
    for one in shown {
        match one {
            EvidenceView::Seen { says, grade, .. } => {
                let at = path(sheet.ink, &seen_at(one).unwrap_or_default());
                let line = sheet.line().to(indent).put(Tone::Name, &at);
                let says = match grade {
                    Some(grade) if Some(*grade) != known => format!("{says} ({})", grade.word()),
                    _ => says.clone(),
                };
                let line = if width(&at) <= column { line.to(indent + column + 2) } else { line.plain("  ") };
                let room = sheet.width.saturating_sub(line.width());
                if room >= LEAST {
                    let says = cut(sheet.ink, &says, room);
                    sheet.push(line.put(Tone::Faint, &says));
                } else {
                    sheet.push(line);
                    sheet.flow(sheet.line().to(indent + 2), indent + 2, Tone::Faint, &says, 1);
                }
            }
            EvidenceView::Sought { what, within } => {
                sheet.flow(sheet.line().to(indent), indent + 2, Tone::Faint, &sought(what, within), 2);
            }
        }
    }
    if evidence.len() > most {
        let text = format!("{} {} more", sheet.ink.ellipsis(), evidence.len() - most);
        sheet.push(sheet.line().to(indent).put(Tone::Faint, &text));
    }
}
