//! What stops the launch: each blocker with the place that proves it and what follows from it, in as many lines as the screen has.

use plimsoll_base::EvidenceView;

use super::evidence;
use crate::digest::{Digest, Stop};
use crate::effort;
use crate::ink::{Mark, Tone};
use crate::sheet::{self, Line, Sheet, cut, path, width};

const INDENT: usize = 6;
/// Under this width the sentence begins on its own line.
const SENTENCE: usize = 24;
/// The names of those for which there is no room take at most so many lines.
const OTHERS: usize = 4;
/// Rather than fewer than these, none is told in full.
const FEW: usize = 3;

/// How much of a blocker is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    /// Sentence, place and consequence, each cut to its line.
    Brief,
    /// With the sentence in full.
    Sentence,
    /// With what the place says, and the consequence in full.
    Full,
    /// With a second place.
    Proof,
}

/// All blockers that fit into so many lines, the worst first, and the names of the others.
pub(crate) fn blockers(sheet: &mut Sheet, digest: &Digest<'_>, room: usize) {
    let count = digest.stop_count;
    let noun = if count == 1 { "1 blocker".to_owned() } else { format!("{count} blockers") };
    let mut line = sheet.line().plain("  ").put(Tone::Strong, &noun);
    if let Some(total) = effort::total(digest.effort()) {
        line = line.plain(&format!(", {total} of work"));
    }
    let column = "effort";
    if line.width() + column.len() + 2 <= sheet.width {
        let at = sheet.width - column.len();
        line = line.to(at).put(Tone::Faint, column);
    }
    sheet.push(line);

    let (details, shown) = plan(sheet, &digest.stops, room.saturating_sub(1));
    let names = names_column(sheet, &digest.stops[..shown]);
    for (stop, detail) in digest.stops.iter().zip(details) {
        sheet.append(block(sheet, stop, detail, names));
    }
    sheet.append(others(sheet, &digest.stops[shown..]));
}

/// How many blockers are shown and how much of each is told: the first in full and as many as fit beside it; where that leaves few, the first in brief too.
/// What room is left goes to the worst first.
fn plan(sheet: &Sheet, stops: &[Stop<'_>], room: usize) -> (Vec<Detail>, usize) {
    let height = |details: &[Detail]| -> usize {
        let shown = details.len();
        let names = names_column(sheet, &stops[..shown]);
        let blocks: usize = stops.iter().zip(details).map(|(stop, detail)| block(sheet, stop, *detail, names).len()).sum();
        blocks + others(sheet, &stops[shown..]).len()
    };
    // More than this fits on no screen; the rest is named.
    let most = stops.len().min(room / 2 + 1);
    let fitting = |first: Detail| -> Vec<Detail> {
        let some = |shown: usize| -> Vec<Detail> { (0..shown).map(|at| if at == 0 { first } else { Detail::Brief }).collect() };
        (2..=most).rev().map(some).find(|details| height(details) <= room).unwrap_or_else(|| some(most.min(1)))
    };
    let mut details = fitting(Detail::Full);
    for less in [Detail::Sentence, Detail::Brief] {
        if details.len() < FEW {
            let shorter = fitting(less);
            if shorter.len() > details.len() || height(&details) > room {
                details = shorter;
            }
        }
    }
    let shown = details.len();
    for wanted in [Detail::Sentence, Detail::Full, Detail::Proof] {
        for at in 0..shown {
            let before = details[at];
            if before < wanted {
                details[at] = wanted;
                if height(&details) > room {
                    details[at] = before;
                }
            }
        }
    }
    (details, shown)
}

fn names_column(sheet: &Sheet, stops: &[Stop<'_>]) -> usize {
    stops.iter().map(|s| width(s.control)).max().unwrap_or(0).min(sheet.width / 2)
}

fn block(sheet: &Sheet, stop: &Stop<'_>, detail: Detail, names: usize) -> Sheet {
    let mut part = sheet.blank();
    head(&mut part, stop, detail, names);
    let gap = stop.gaps.first();
    let proof: &[EvidenceView] = gap.map_or(&[], |g| &g.evidence);
    let consequence = gap.map_or("", |g| g.consequence.trim());
    match detail {
        Detail::Brief | Detail::Sentence => brief(&mut part, proof, consequence),
        Detail::Full | Detail::Proof => {
            evidence::list(&mut part, INDENT, &proof[..proof.len().min(if detail == Detail::Full { 1 } else { 2 })], 2, None);
            if !consequence.is_empty() {
                let arrow = part.line().to(INDENT).plain("→ ");
                part.flow(arrow, INDENT + 2, Tone::Plain, consequence, 2);
            }
        }
    }
    if !stop.counts.is_empty() && detail >= Detail::Full {
        let line = part.line().to(INDENT).put(Tone::Faint, "besides the blockers: ");
        let room = (part.width - INDENT) * 3 - 2 * line.width();
        part.flow(line, INDENT, Tone::Plain, &sheet::names(&stop.counts, room), 3);
    }
    if !stop.causes.is_empty() {
        let line = part.line().to(INDENT).put(Tone::Faint, "and therefore ");
        part.flow(line, INDENT + 2, Tone::Plain, &stop.causes.join(", "), 2);
    }
    part
}

fn head(part: &mut Sheet, stop: &Stop<'_>, detail: Detail, names: usize) {
    let hours = effort::range(stop.effort);
    let right = part.ink.clean(&hours);
    let reserve = if right.is_empty() { 0 } else { width(&right) + 2 };
    let most = if detail == Detail::Brief { 1 } else { 2 };
    let line = part.line().plain("  ").mark(Mark::Unmet).plain(" ").put(Tone::Strong, stop.control);
    let begin = 4 + names + 2;
    let room = part.width.saturating_sub(begin + reserve);
    let full = part.width;
    if room >= SENTENCE && line.width() < begin {
        part.width = full - reserve;
        let at = part.len();
        part.flow(line.to(begin), begin, Tone::Plain, stop.why, most);
        part.width = full;
        finish(part, at, &right);
    } else {
        let at = part.len();
        part.push(line);
        finish(part, at, &right);
        part.flow(part.line().to(INDENT), INDENT, Tone::Plain, stop.why, most);
    }
}

/// Puts the effort at the right end of a line.
fn finish(part: &mut Sheet, at: usize, right: &str) {
    if right.is_empty() {
        return;
    }
    let column = part.width.saturating_sub(width(right));
    let line: Line = part.lines[at].clone();
    part.lines[at] = line.to(column).plain(right);
}

/// Place and consequence on one line where both have room, else each on its own.
fn brief(part: &mut Sheet, proof: &[EvidenceView], consequence: &str) {
    let arrow = part.ink.clean("→ ");
    match proof.first() {
        Some(seen @ EvidenceView::Seen { .. }) => {
            let at = path(part.ink, &evidence::seen_at(seen).unwrap_or_default());
            let line = part.line().to(INDENT).put(Tone::Name, &at);
            let room = part.width.saturating_sub(line.width() + 2 + width(&arrow));
            if consequence.is_empty() {
                evidence::list(part, INDENT, &proof[..1], 1, None);
            } else if width(consequence) <= room || room >= 30 {
                let text = cut(part.ink, consequence, room);
                part.push(line.plain("  ").plain(&arrow).plain(&text));
            } else {
                part.push(line);
                part.flow(part.line().to(INDENT).plain("→ "), INDENT + 2, Tone::Plain, consequence, 1);
            }
        }
        Some(EvidenceView::Sought { what, within }) => {
            part.flow(part.line().to(INDENT), INDENT + 2, Tone::Faint, &evidence::sought(what, within), 1);
            if !consequence.is_empty() {
                part.flow(part.line().to(INDENT).plain("→ "), INDENT + 2, Tone::Plain, consequence, 1);
            }
        }
        None if !consequence.is_empty() => part.flow(part.line().to(INDENT).plain("→ "), INDENT + 2, Tone::Plain, consequence, 1),
        None => {}
    }
}

/// The names of those for which there was no room.
fn others(sheet: &Sheet, rest: &[Stop<'_>]) -> Sheet {
    let mut part = sheet.blank();
    if !rest.is_empty() {
        let names: Vec<&str> = rest.iter().flat_map(|s| std::iter::once(s.control).chain(s.causes.iter().copied())).collect();
        let head = part.line().plain(&format!("  … {} more: ", names.len()));
        let text = sheet::names(&names, (part.width - 4) * OTHERS - 2 * head.width());
        part.flow(head, 4, Tone::Plain, &text, OTHERS);
    }
    part
}
