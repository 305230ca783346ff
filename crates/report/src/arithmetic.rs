//! How the score comes about, on one screen.

use std::collections::BTreeMap;
use std::io;

use plimsoll_base::{Assessment, Severity};

use crate::ink::Tone;
use crate::sheet::{Sheet, width};
use crate::terminal::TerminalOptions;

/// Writes the arithmetic alone; with `all`, every term of the sums.
///
/// # Errors
/// Only those of the writer.
pub fn render(assessment: &Assessment, options: &TerminalOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = options.sheet();
    explain(&mut sheet, assessment, options.all);
    sheet.write(out)
}

pub(crate) fn explain(sheet: &mut Sheet, assessment: &Assessment, every_term: bool) {
    let sum = &assessment.arithmetic;
    let score = &assessment.score;
    sheet.gap();
    sheet.push(sheet.line().plain("  ").put(Tone::Strong, "How the score comes about"));
    sheet.push(row(sheet, Tone::Faint, ["severity", "weight", "controls", "met", "partial", "missing", "unknown"]));
    for severity in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low] {
        let terms: Vec<_> = sum.terms.iter().filter(|(_, weight, ..)| *weight == severity.weight()).collect();
        let count = |floor: f64, ceiling: f64| terms.iter().filter(|(_, _, f, c)| (*f, *c) == (floor, ceiling)).count().to_string();
        let cells = [
            severity.word(),
            &severity.weight().to_string(),
            &terms.len().to_string(),
            &count(1.0, 1.0),
            &count(0.5, 0.5),
            &count(0.0, 0.0),
            &count(0.0, 1.0),
        ];
        let cells = row(sheet, Tone::Plain, cells);
        sheet.push(cells);
    }
    let credits = ["", "", "credit", "1", "0.5", "0", "0 to 1"];
    sheet.push(row(sheet, Tone::Faint, credits));
    sheet.gap();
    for (name, part, result) in [
        ("floor", sum.floor, format!("{}, rounded down", score.floor)),
        ("ceiling", sum.ceiling, format!("{}, rounded up", score.ceiling)),
        ("coverage", sum.decided, format!("decided weight, {}", crate::terminal::percent(score.coverage))),
    ] {
        let line = sheet.line().plain("  ").put(Tone::Strong, name).to(12);
        let quotient = if sum.weight > 0.0 { format!("{:.2} %", part * 100.0 / sum.weight) } else { "nothing counts".into() };
        sheet.flow(line, 12, Tone::Plain, &format!("{part} / {} = {quotient} → {result}", sum.weight), 2);
    }
    let caps: Vec<String> = score.caps.iter().map(|c| format!("{} by {}", c.grade, c.rule)).collect();
    let caps = if caps.is_empty() { "no cap applies".to_owned() } else { format!("capped at {}", caps.join(", ")) };
    let line = sheet.line().plain("  ").put(Tone::Strong, "grade").to(12);
    sheet.flow(line, 12, Tone::Plain, &format!("{}: A from 85, B 70, C 55, D 40 of the unrounded floor; {caps}", score.grade), 3);
    left_out(sheet, assessment);
    if every_term {
        terms(sheet, assessment);
    }
}

fn row(sheet: &Sheet, tone: Tone, cells: [&str; 7]) -> crate::sheet::Line {
    const ENDS: [usize; 7] = [0, 18, 28, 34, 43, 52, 61];
    cells.iter().zip(ENDS).fold(sheet.line().plain("  "), |line, (cell, end)| {
        let line = if end == 0 || cell.is_empty() { line } else { line.to(end - width(cell)) };
        line.put(tone, cell)
    })
}

/// How many controls are no part of the sum, by reason; with what they are not applicable for as one reason.
fn left_out(sheet: &mut Sheet, assessment: &Assessment) {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, why) in &assessment.arithmetic.left_out {
        let why = if why.starts_with("not applicable") { "not applicable" } else { why };
        *reasons.entry(why).or_default() += 1;
    }
    if !reasons.is_empty() {
        let text: Vec<String> = reasons.iter().map(|(why, n)| format!("{n} {why}")).collect();
        let line = sheet.line().plain("  ").put(Tone::Strong, "left out").to(12);
        sheet.flow(line, 12, Tone::Plain, &text.join("; "), 4);
    }
}

fn terms(sheet: &mut Sheet, assessment: &Assessment) {
    let sum = &assessment.arithmetic;
    let column = sum.terms.iter().map(|(id, ..)| width(id)).chain(sum.left_out.iter().map(|(id, _)| width(id))).max().unwrap_or(0) + 4;
    sheet.gap();
    for (id, weight, floor, ceiling) in &sum.terms {
        let credit = if floor == ceiling { floor.to_string() } else { format!("{floor} to {ceiling}") };
        sheet.push(sheet.line().plain("  ").plain(id).to(column).plain(&format!("{weight:>4} × {credit}")));
    }
    for (id, why) in &sum.left_out {
        let line = sheet.line().plain("  ").put(Tone::Faint, id).to(column).put(Tone::Faint, "   – ");
        sheet.flow(line, column + 5, Tone::Faint, why, 3);
    }
}
