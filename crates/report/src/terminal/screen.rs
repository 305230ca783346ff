//! The first screen: the verdict, what stops the launch, what could not be seen, what is strong, what to do next.

use plimsoll_base::{Assessment, CATALOGUE, Condition, Decision};

use super::{TerminalOptions, blockers, evidence, header};
use crate::digest::{self, Digest, Doubt};
use crate::effort;
use crate::ink::{Mark, Tone};
use crate::sheet::{self, Sheet, cut, width};

/// However much else there is to say, what stops the launch gets this many lines.
const LEAST: usize = 8;
/// What wrapping wastes at the end of a line, as a rule.
const RAGGED: usize = 12;

pub(crate) fn first(sheet: &mut Sheet, assessment: &Assessment, digest: &Digest<'_>, options: &TerminalOptions) {
    header::heading(sheet, assessment);
    sheet.gap();
    let end = ending(sheet, assessment, digest, options);
    // One row is the prompt's, one the blank line before the ending.
    let room = options.height.saturating_sub(2 + sheet.len() + end.len()).max(LEAST);
    match assessment.verdict {
        Decision::NoGo => blockers::blockers(sheet, digest, room),
        Decision::Unproven => unproven(sheet, assessment, digest, room),
        Decision::ConditionalGo => conditions(sheet, assessment, room),
        Decision::Go => go(sheet, assessment),
        Decision::NotAssessable => not_assessable(sheet, assessment),
    }
    sheet.gap();
    sheet.append(end);
}

/// What could not be seen, what is strong, what comes next.
fn ending(sheet: &Sheet, assessment: &Assessment, digest: &Digest<'_>, options: &TerminalOptions) -> Sheet {
    let mut part = sheet.blank();
    if assessment.verdict == Decision::NoGo {
        unseen_briefly(&mut part, digest);
    }
    beyond(&mut part, assessment, digest);
    // Where blockers stand in the way, their lines go before lesser doubts; the score's interval shows that there are some.
    if assessment.verdict != Decision::NoGo {
        unknowns(&mut part, assessment, digest);
    }
    problems(&mut part, assessment);
    strengths(&mut part, assessment, digest);
    part.gap();
    next(&mut part, assessment, digest, options);
    part
}

/// `? control — what is missing → how to settle it`, wrapped.
fn doubt(part: &mut Sheet, control: &str, missing: &str, settle: &str, most: usize) {
    let head = part.line().plain("  ").mark(Mark::Unknown).plain(" ").put(Tone::Strong, control);
    let text = if settle.is_empty() { format!("— {missing}") } else { format!("— {missing} → {settle}") };
    part.flow(head.plain(" "), 6, Tone::Plain, &text, most);
}

fn unseen_briefly(part: &mut Sheet, digest: &Digest<'_>) {
    let all = digest.doubts.as_slice();
    let shown = if all.len() <= 2 { all.len() } else { 1 };
    for d in &all[..shown] {
        doubt(part, d.control, d.missing, d.settle, if all.len() == 1 { 2 } else { 1 });
    }
    if all.len() > shown {
        let names: Vec<&str> = all[shown..].iter().map(|d| d.control).collect();
        let head = part.line().plain("  ").mark(Mark::Unknown).plain(&format!(" {} more could not be seen: ", names.len()));
        let room = (part.width - 4) * 2 - 2 * head.width();
        part.flow(head, 4, Tone::Plain, &sheet::names(&names, room), 2);
    }
}

fn beyond(part: &mut Sheet, assessment: &Assessment, digest: &Digest<'_>) {
    let count = assessment.not_judged.len();
    if count == 0 {
        return;
    }
    let total = assessment.controls.len().max(CATALOGUE.len());
    let mut text = format!("{count} of {total} controls are not judged by this version");
    match digest.beyond.as_slice() {
        [] => text.push('.'),
        [one] => text.push_str(&format!(", the blocker {one} among them.")),
        many => {
            text.push_str(&format!(", {} blockers among them: ", many.len()));
            let room = ((part.width - 4 - RAGGED) * 4).saturating_sub(width(&text));
            text.push_str(&format!("{}.", sheet::names(many, room)));
        }
    }
    let head = part.line().plain("  ").mark(Mark::Unknown).plain(" ");
    part.flow(head, 4, Tone::Plain, &text, 4);
}

fn unknowns(part: &mut Sheet, assessment: &Assessment, digest: &Digest<'_>) {
    let others = digest.other_unknowns(assessment);
    if others == 0 {
        return;
    }
    let noun = if others == 1 { "control that does not block is" } else { "controls that do not block are" };
    let head = part.line().plain("  ").mark(Mark::Unknown).plain(" ");
    part.flow(head, 4, Tone::Plain, &format!("{others} {noun} unknown; --all says how to settle them."), 1);
}

fn problems(part: &mut Sheet, assessment: &Assessment) {
    let Some(first) = assessment.problems.first() else { return };
    let at = evidence::place(&first.path, first.line);
    let lead = match assessment.problems.len() {
        1 => " 1 problem: ".to_owned(),
        n => format!(" {n} problems, the first: "),
    };
    let head = part.line().plain("  ").mark(Mark::Partial).plain(&lead);
    let lines = if assessment.verdict == Decision::NoGo { 1 } else { 2 };
    part.flow(head, 4, Tone::Plain, &format!("{at} {}", first.says), lines);
}

fn strengths(part: &mut Sheet, assessment: &Assessment, digest: &Digest<'_>) {
    let strong = digest.strengths(assessment);
    if strong.is_empty() {
        return;
    }
    let head = part.line().plain("  ").put(Tone::Good, "Strong").plain(": ");
    let lines = if assessment.verdict == Decision::NoGo { 1 } else { 3 };
    let room = (part.width - 4) * lines - head.width() - RAGGED * (lines - 1);
    let (mut text, mut named) = (String::new(), 0);
    for answer in &strong {
        let title = lowered(&answer.title);
        let rest = format!("; {} more", strong.len());
        // What is too long gives way to the next that fits.
        if named > 0 && width(&text) + width(&title) + 2 + rest.len() > room {
            continue;
        }
        if named > 0 {
            text.push_str("; ");
        }
        text.push_str(&title);
        named += 1;
    }
    if named < strong.len() {
        text.push_str(&format!("; {} more", strong.len() - named));
    }
    part.flow(head, 4, Tone::Plain, &text, lines);
}

/// A title inside a sentence; a word in capitals stays.
fn lowered(title: &str) -> String {
    let mut chars = title.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), second) if second.is_none_or(|c| !c.is_uppercase()) => first.to_lowercase().chain(chars).collect(),
        _ => title.to_owned(),
    }
}

fn unproven(sheet: &mut Sheet, assessment: &Assessment, digest: &Digest<'_>, room: usize) {
    let count = digest.doubts.len() + digest.beyond.len();
    let noun = if count == 1 { "1 blocker is".to_owned() } else { format!("{count} blockers are") };
    sheet.push(sheet.line().plain("  ").put(Tone::Strong, &format!("{noun} not proven")).plain("; nothing that was seen stops the launch"));
    doubts(sheet, &digest.doubts, room.saturating_sub(1));
    if digest.doubts.is_empty() && !assessment.not_judged.is_empty() {
        let text = "Judge what this version cannot by hand, and attest it in plimsoll.toml with an owner and a date.";
        sheet.flow(sheet.line().plain("    → "), 6, Tone::Plain, text, 2);
    }
}

/// Each with what is missing and how to settle it, in as many lines as there are.
fn doubts(sheet: &mut Sheet, all: &[Doubt<'_>], room: usize) {
    // With so many lines for each of its two sentences; none for the second where there is room for one line only.
    let told = |d: &Doubt<'_>, lines: usize| {
        let mut part = sheet.blank();
        doubt(&mut part, d.control, d.missing, "", lines.max(1));
        if lines > 0 && !d.settle.is_empty() {
            part.flow(part.line().plain("      → "), 8, Tone::Plain, d.settle, lines);
        }
        part
    };
    let shown = if all.len() <= room { all.len() } else { room.saturating_sub(1) };
    let mut parts: Vec<Sheet> = all[..shown].iter().map(|d| told(d, 0)).collect();
    for lines in [1, 2, 3] {
        for at in 0..shown {
            let fuller = told(&all[at], lines);
            let others: usize = parts.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, p)| p.len()).sum();
            if others + fuller.len() <= room {
                parts[at] = fuller;
            }
        }
    }
    parts.into_iter().for_each(|part| sheet.append(part));
    if shown < all.len() {
        let names: Vec<&str> = all[shown..].iter().map(|d| d.control).collect();
        let head = sheet.line().plain(&format!("  … {} more: ", names.len()));
        sheet.flow(head, 4, Tone::Plain, &sheet::names(&names, (sheet.width - 4) * 2), 3);
    }
}

fn conditions(sheet: &mut Sheet, assessment: &Assessment, room: usize) {
    let unjudged = |c: &&Condition| c.control.as_ref().is_some_and(|id| assessment.not_judged.contains(id));
    let all: Vec<&Condition> = assessment.conditions.iter().filter(|c| !unjudged(c)).collect();
    let beyond = assessment.conditions.len() - all.len();
    let efforts = |id: Option<&str>| assessment.controls.iter().find(|a| Some(a.id.as_str()) == id).map_or([0.0, 0.0], |a| a.effort_hours);
    let sum = all.iter().map(|c| efforts(c.control.as_deref())).fold([0.0, 0.0], |[a, b], [from, to]| [a + from, b + to]);
    let noun = digest::conditions(assessment.conditions.len());
    let mut line = sheet.line().plain("  No blocker is open. ").put(Tone::Strong, &noun);
    if let Some(total) = effort::total(sum) {
        line = line.plain(&format!(", {total} of work"));
    }
    sheet.push(line);
    let room = room.saturating_sub(1 + usize::from(beyond > 0));
    let shown = if all.len() <= room { all.len() } else { room.saturating_sub(1) };
    // A line each; what is left goes to the first that need more.
    let mut spare = room.saturating_sub(all.len());
    for condition in &all[..shown] {
        let name = condition.control.as_deref().unwrap_or("policy");
        let head = sheet.line().plain("  ").mark(Mark::Partial).plain(" ").put(Tone::Strong, name).plain("  ");
        let before = sheet.len();
        sheet.flow(head, 6, Tone::Plain, &condition.why, 1 + spare.min(2));
        spare -= sheet.len() - before - 1;
    }
    if shown < all.len() {
        sheet.push(sheet.line().plain(&format!("  … {} more (--all)", all.len() - shown)));
    }
    if beyond > 0 {
        sheet.push(
            sheet.line().plain("  ").mark(Mark::Unknown).plain(&format!(" {beyond} of them are controls that this version cannot judge")),
        );
    }
}

fn go(sheet: &mut Sheet, assessment: &Assessment) {
    let open = assessment.controls.iter().filter(|a| a.counted && matches!(a.verdict.as_str(), "partial" | "unmet")).count();
    let text = match open {
        0 => "Every blocker is met and nothing is open.".to_owned(),
        1 => "Every blocker is met. 1 gap of lower severity is open; none of high or critical severity.".to_owned(),
        n => format!("Every blocker is met. {n} controls of lower severity have gaps; none of high or critical severity."),
    };
    sheet.flow(sheet.line().plain("  "), 2, Tone::Plain, &text, 2);
}

fn not_assessable(sheet: &mut Sheet, assessment: &Assessment) {
    let text = "Neither a service of its own nor a deployment was found, so there is nothing to launch. What counts for a library:";
    sheet.flow(sheet.line().plain("  "), 2, Tone::Plain, text, 3);
    super::ledger::areas(sheet, assessment);
}

fn next(part: &mut Sheet, assessment: &Assessment, digest: &Digest<'_>, options: &TerminalOptions) {
    let outlook = match assessment.verdict {
        Decision::NoGo => Some(("After the blockers: ", digest.outlook(assessment))),
        Decision::Unproven => {
            let then = match assessment.conditions.len() {
                0 => "GO".to_owned(),
                count => format!("CONDITIONAL GO with {}", digest::conditions(count)),
            };
            Some(("Once shown: ", then))
        }
        _ => None,
    };
    if let Some((lead, text)) = outlook {
        part.flow(part.line().plain("  ").put(Tone::Strong, lead), 4, Tone::Plain, &text, 2);
    }
    if let Some(hash) = &options.policy_hash {
        part.push(part.line().put(Tone::Faint, &format!("  Policy: {hash}")));
    }
    let first = digest.stops.first().map(|s| s.control).or(digest.doubts.first().map(|d| d.control)).or(digest.beyond.first().copied());
    let first = first.or(assessment.conditions.iter().find_map(|c| c.control.as_deref())).filter(|id| !id.starts_with("rule/"));
    let mut steps: Vec<String> = first.map(|id| format!("plimsoll explain {id}")).into_iter().collect();
    if assessment.verdict == Decision::NotAssessable {
        steps.push("assess the directory that holds the deployment".into());
    }
    if !options.all {
        steps.push("plimsoll assess --all".into());
    }
    if !steps.is_empty() {
        let text = cut(part.ink, &steps.join(" · "), part.width * 2);
        part.flow(part.line().plain("  ").put(Tone::Strong, "Next: "), 4, Tone::Plain, &text, 2);
    }
}
