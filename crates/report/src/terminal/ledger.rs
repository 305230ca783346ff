//! Everything, by area: every control with its verdict, gaps and questions; then what could not be read, was not judged, was left out.

use std::collections::BTreeMap;

use plimsoll_base::{Answer, Assessment, Condition, GapView};

use super::{TerminalOptions, evidence, header};
use crate::digest::{Digest, area};
use crate::effort;
use crate::ink::{Mark, Tone};
use crate::sheet::{Sheet, width};

const INDENT: usize = 6;
/// Evidence beyond this is counted.
const PIECES: usize = 6;

/// Every control that was judged, by area in the order of the catalogue.
pub(crate) fn controls(sheet: &mut Sheet, assessment: &Assessment, digest: &Digest<'_>, options: &TerminalOptions) {
    let mut areas: Vec<&str> = Vec::new();
    for answer in assessment.controls.iter().filter(|a| options.wants(&a.id)) {
        if !areas.contains(&area(&answer.id)) {
            areas.push(area(&answer.id));
        }
    }
    for name in areas {
        let members: Vec<&Answer> = assessment.controls.iter().filter(|a| area(&a.id) == name && options.wants(&a.id)).collect();
        sheet.gap();
        heading(sheet, assessment, name);
        for answer in members.iter().filter(|a| !digest.unjudged(&a.id) && a.verdict != "not-applicable") {
            control(sheet, answer);
        }
        for answer in members.iter().filter(|a| !digest.unjudged(&a.id) && a.verdict == "not-applicable") {
            let head = sheet
                .line()
                .plain("  ")
                .mark(Mark::NotApplicable)
                .put(Tone::Faint, " not applicable  ")
                .put(Tone::Strong, &answer.id)
                .plain("  ");
            sheet.flow(head, INDENT, Tone::Faint, &answer.summary, 2);
        }
        let silent: Vec<&str> = members.iter().filter(|a| digest.unjudged(&a.id)).map(|a| a.id.as_str()).collect();
        match silent.as_slice() {
            [] => {}
            // Who asks for a control by name is told so by name.
            few if !options.only.is_empty() && few.len() <= options.only.len() => {
                let head = sheet.line().plain("  ").mark(Mark::Unknown).plain(" not judged by this version: ");
                sheet.flow(head, INDENT, Tone::Plain, &few.join(", "), 4);
            }
            many => sheet.push(sheet.line().plain("  ").mark(Mark::Unknown).plain(&format!(" {} not judged by this version", many.len()))),
        }
    }
    for missing in options.only.iter().filter(|o| !assessment.controls.iter().any(|a| a.id == **o || area(&a.id) == o.as_str())) {
        sheet.gap();
        sheet.push(sheet.line().plain("  ").mark(Mark::Unknown).plain(&format!(" no control or area is called {missing}")));
    }
}

fn heading(sheet: &mut Sheet, assessment: &Assessment, name: &str) {
    let line = sheet.line().plain("  ").put(Tone::Strong, name);
    match assessment.areas.iter().find(|a| a.id == name) {
        Some(score) => sheet.flow(line.plain("   "), INDENT, Tone::Faint, &standing(score), 2),
        None => sheet.push(line),
    }
}

/// Score, coverage and counts of an area; under half coverage there is no score.
fn standing(score: &plimsoll_base::AreaScore) -> String {
    let points = match score.coverage {
        c if c < 0.5 => format!("? ({}–{})", score.floor, score.ceiling),
        _ if score.floor == score.ceiling => score.floor.to_string(),
        _ => format!("{} ({}–{})", score.floor, score.floor, score.ceiling),
    };
    let counts = [
        (score.met, "met"),
        (score.partial, "partial"),
        (score.unmet, "unmet"),
        (score.unknown, "unknown"),
        (score.not_applicable, "not applicable"),
    ];
    let counts: Vec<String> = counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    format!("{points} · coverage {} · {}", header::percent(score.coverage), counts.join(" · "))
}

/// The areas as a table.
pub(crate) fn areas(sheet: &mut Sheet, assessment: &Assessment) {
    let column = assessment.areas.iter().map(|a| width(&a.id)).max().unwrap_or(0);
    for score in &assessment.areas {
        let line = sheet.line().plain("    ").put(Tone::Strong, &score.id).to(4 + column + 2);
        sheet.flow(line, 4 + column + 2, Tone::Plain, &standing(score), 2);
    }
}

fn control(sheet: &mut Sheet, answer: &Answer) {
    let word = if answer.accepted.is_some() { "accepted" } else { answer.verdict.as_str() };
    let mark = Mark::of(word);
    let mut line = sheet.line().plain("  ").mark(mark).plain(" ").put(mark.tone(), word).to(13).put(Tone::Strong, &answer.id);
    let mut notes = vec![answer.severity.word().to_owned()];
    if answer.blocking {
        notes.push("blocks".into());
    }
    if !answer.counted {
        notes.push("listed, not counted".into());
    }
    if let Some(grade) = answer.grade {
        notes.push(grade.word().into());
    }
    let hours = effort::range(answer.effort_hours);
    if !hours.is_empty() {
        notes.push(hours);
    }
    line = line.put(Tone::Faint, &format!("  {}", notes.join(" · ")));
    sheet.push(line);

    sheet.flow(sheet.line().to(INDENT), INDENT, Tone::Plain, &answer.title, 2);
    let told = answer.gaps.iter().any(|g| g.says == answer.summary) || answer.questions.iter().any(|q| q.missing == answer.summary);
    if !told && !answer.summary.is_empty() && answer.verdict != "met" {
        sheet.flow(sheet.line().to(INDENT), INDENT, Tone::Plain, &answer.summary, 3);
    }
    if let Some(accepted) = &answer.accepted {
        let text = format!("{} answers for it until {}: {}", accepted.by, accepted.until, accepted.why);
        sheet.flow(sheet.line().to(INDENT).mark(Mark::Partial).plain(" "), INDENT + 2, Tone::Plain, &text, 3);
    }
    let bad: Vec<String> = answer.subjects.iter().filter(|s| s.verdict != "met").map(|s| format!("{} {}", s.name, s.verdict)).collect();
    if answer.subjects.len() > 1 && !bad.is_empty() {
        let text = format!("{} of {} are not met: {}", bad.len(), answer.subjects.len(), bad.join(", "));
        sheet.flow(sheet.line().to(INDENT), INDENT, Tone::Faint, &text, 3);
    }
    if !answer.evidence.is_empty() {
        evidence::list(sheet, INDENT, &answer.evidence, if answer.verdict == "met" { 3 } else { PIECES }, answer.grade);
    }
    for one in &answer.gaps {
        gap(sheet, one, &answer.gaps);
    }
    for question in &answer.questions {
        let text =
            if question.settle.is_empty() { question.missing.clone() } else { format!("{} → {}", question.missing, question.settle) };
        sheet.flow(sheet.line().to(INDENT).mark(Mark::Unknown).plain(" "), INDENT + 2, Tone::Plain, &text, 4);
    }
}

fn gap(sheet: &mut Sheet, gap: &GapView, all: &[GapView]) {
    let mut head = sheet.line().to(INDENT).mark(Mark::Unmet).plain(" ");
    if all.len() > 1 {
        head = head.put(Tone::Faint, &format!("{}: ", gap.severity.word()));
    }
    let text = match &gap.follows {
        Some(cause) => format!("{} (follows from {cause})", gap.says),
        None => gap.says.clone(),
    };
    sheet.flow(head, INDENT + 2, Tone::Plain, &text, 3);
    // What follows from another control is proven there.
    let pieces = if gap.follows.is_some() { 1 } else { PIECES };
    evidence::list(sheet, INDENT + 4, &gap.evidence, pieces, None);
    if !gap.consequence.is_empty() && gap.follows.is_none() {
        sheet.flow(sheet.line().to(INDENT + 2).plain("→ "), INDENT + 4, Tone::Plain, &gap.consequence, 3);
    }
}

/// Caps, conditions, problems, what was not judged, what was left out, what was assessed.
pub(crate) fn remainder(sheet: &mut Sheet, assessment: &Assessment, options: &TerminalOptions) {
    if !assessment.conditions.is_empty() && options.only.is_empty() {
        title(sheet, &format!("Conditions ({})", assessment.conditions.len()));
        let unjudged = |c: &&Condition| c.control.as_ref().is_some_and(|id| assessment.not_judged.contains(id));
        for condition in assessment.conditions.iter().filter(|c| !unjudged(c)) {
            let head = sheet
                .line()
                .plain("  ")
                .mark(Mark::Partial)
                .plain(" ")
                .put(Tone::Strong, condition.control.as_deref().unwrap_or("policy"))
                .plain("  ");
            sheet.flow(head, INDENT, Tone::Plain, &condition.why, 4);
        }
        let count = assessment.conditions.iter().filter(unjudged).count();
        if count > 0 {
            sheet.push(
                sheet
                    .line()
                    .plain("  ")
                    .mark(Mark::Unknown)
                    .plain(&format!(" {count} of them are controls that this version cannot judge")),
            );
        }
    }
    if !assessment.score.caps.is_empty() {
        title(sheet, "What caps the grade");
        for cap in &assessment.score.caps {
            let by = cap.control.as_ref().map(|c| format!(" ({c})")).unwrap_or_default();
            sheet.push(sheet.line().plain(&format!("  at {}  {}{by}", cap.grade, cap.rule)));
        }
    }
    if !assessment.problems.is_empty() {
        title(sheet, &format!("Problems ({})", assessment.problems.len()));
        for problem in &assessment.problems {
            let at = evidence::place(&problem.path, problem.line);
            let head = sheet.line().plain("  ").mark(Mark::Partial).plain(" ").put(Tone::Name, &at).plain("  ");
            sheet.flow(head, INDENT, Tone::Plain, &problem.says, 4);
        }
    }
    left_out(sheet, assessment);
    provenance(sheet, assessment, options);
}

fn title(sheet: &mut Sheet, text: &str) {
    sheet.gap();
    sheet.push(sheet.line().plain("  ").put(Tone::Strong, text));
}

fn left_out(sheet: &mut Sheet, assessment: &Assessment) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, why) in assessment.arithmetic.left_out.iter().filter(|(_, why)| !why.starts_with("not applicable")) {
        reasons.entry(why).or_default().push(id);
    }
    if !assessment.not_judged.is_empty() {
        title(sheet, "Not judged");
        let text = format!("{} of {} controls are not judged by this version.", assessment.not_judged.len(), assessment.controls.len());
        sheet.push(sheet.line().plain("  ").plain(&text));
    }
    if !reasons.is_empty() {
        title(sheet, "Left out of the score");
        for (why, ids) in reasons {
            let head = sheet.line().plain("  ").put(Tone::Strong, &ids.len().to_string()).plain(&format!(" {why}: "));
            sheet.flow(head, 4, Tone::Faint, &ids.join(", "), 3);
        }
    }
}

fn provenance(sheet: &mut Sheet, assessment: &Assessment, options: &TerminalOptions) {
    title(sheet, "What was assessed");
    let (subject, tier, tool) = (&assessment.subject, &assessment.tier, &assessment.tool);
    let mut rows = vec![format!("{}: {} files, {} bytes", subject.name, subject.files, subject.bytes)];
    if let Some(revision) = &subject.revision {
        rows.push(format!("revision {revision}{}", if subject.dirty == Some(true) { ", with uncommitted changes" } else { "" }));
    }
    let floor = match tier.reasons.as_slice() {
        [] => String::new(),
        reasons => format!("; what was found asks for {}: {}", tier.inferred_floor.word(), reasons.join("; ")),
    };
    rows.push(format!("tier {} ({}){floor}", tier.name.word(), tier.source));
    for deployment in &assessment.system.deployments {
        let state = if deployment.assessed { "assessed" } else { "not assessed" };
        rows.push(format!("deployment {} ({}), {state}: {}", deployment.name, deployment.kind, deployment.reason));
    }
    if let Some(hash) = &options.policy_hash {
        rows.push(format!("policy {hash}"));
    }
    rows.push(format!("{} {}, rules of {}", tool.name, tool.version, tool.ruleset));
    for row in rows {
        sheet.flow(sheet.line().plain("  "), 4, Tone::Plain, &row, 3);
    }
}
