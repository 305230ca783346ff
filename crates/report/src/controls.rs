//! The catalogue as a table.

use std::io;

use plimsoll_base::About;
use serde::Serialize;

use crate::digest::area;
use crate::effort;
use crate::ink::{Mark, Tone};
use crate::json as machine;
use crate::sheet::width;
use crate::terminal::TerminalOptions;

/// One control of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// What it says of itself.
    pub about: &'a About,
    /// Whether this version can judge it.
    pub judged: bool,
}

/// Writes the rows by area, those that `only` asks for.
///
/// # Errors
/// Only those of the writer.
pub fn list(rows: &[Row<'_>], options: &TerminalOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = options.sheet();
    let rows: Vec<_> = rows.iter().filter(|r| options.wants(r.about.id)).collect();
    let names = rows.iter().map(|r| width(r.about.id)).max().unwrap_or(0);
    let columns = [2 + 2 + names + 2, 2 + 2 + names + 2 + 10, 2 + 2 + names + 2 + 10 + 17];
    let mut last = "";
    for row in &rows {
        let about = row.about;
        if area(about.id) != last {
            last = area(about.id);
            sheet.gap();
            sheet.push(sheet.line().plain("  ").put(Tone::Strong, last));
        }
        let mark = if row.judged { Mark::Met } else { Mark::NotApplicable };
        let blocks = about.blocks_from.map(|tier| format!("from {}", tier.word())).unwrap_or_default();
        let hours = effort::range([about.effort.0, about.effort.1]);
        let line = sheet.line().plain("  ").mark(mark).plain(" ").put(Tone::Name, about.id);
        let line = line.to(columns[0]).plain(about.severity.word()).to(columns[1]).plain(&blocks).to(columns[2]).put(Tone::Faint, &hours);
        let begin = columns[2] + 12;
        if sheet.width >= begin + width(about.title) {
            sheet.push(line.to(begin).plain(about.title));
        } else {
            sheet.push(line);
            sheet.flow(sheet.line().plain("      "), 6, Tone::Faint, about.title, 2);
        }
    }
    let judged = rows.iter().filter(|r| r.judged).count();
    sheet.gap();
    let noun = if rows.len() == 1 { "control" } else { "controls" };
    let text =
        format!("{} {noun}, of which this version judges {judged}. Columns: severity, tier from which it blocks, effort.", rows.len());
    let head = sheet.line().plain("  ").mark(Mark::Met).plain(" judged  ").mark(Mark::NotApplicable).plain(" not judged by this version");
    sheet.push(head);
    sheet.flow(sheet.line().plain("  "), 2, Tone::Plain, &text, 3);
    sheet.write(out)
}

/// A row for machines.
#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'a str,
    blocks_from: Option<&'a str>,
    expected_from: &'a str,
    proven_at: Option<&'a str>,
    effort_hours: [f64; 2],
    judged: bool,
}

/// Writes the rows as JSON.
///
/// # Errors
/// Only those of the writer.
pub fn json(rows: &[Row<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    let entries: Vec<Entry<'_>> = rows
        .iter()
        .map(|Row { about, judged }| Entry {
            id: about.id,
            title: about.title,
            severity: about.severity.word(),
            blocks_from: about.blocks_from.map(|t| t.word()),
            expected_from: about.expected_from.word(),
            proven_at: about.proven_at.map(|g| g.word()),
            effort_hours: [about.effort.0, about.effort.1],
            judged: *judged,
        })
        .collect();
    machine::value(&entries, out)
}
