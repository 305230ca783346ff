//! The system as Plimsoll sees it: as text, as a Mermaid flowchart, as JSON.

mod mermaid;

use std::io;

use plimsoll_base::{Assessment, Place};

pub use mermaid::mermaid;

use crate::ink::Tone;
use crate::json as machine;
use crate::sheet::{Sheet, width};
use crate::terminal::{TerminalOptions, place};

/// Writes the system as JSON: the `system` part of the contract.
///
/// # Errors
/// Only those of the writer.
pub fn json(assessment: &Assessment, out: &mut dyn io::Write) -> io::Result<()> {
    machine::value(&assessment.system, out)
}

/// Writes the system for a person at a terminal.
///
/// # Errors
/// Only those of the writer.
pub fn text(assessment: &Assessment, options: &TerminalOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = options.sheet();
    let system = &assessment.system;
    title(&mut sheet, "Deployments", system.deployments.len());
    for d in &system.deployments {
        let (state, tone) = if d.assessed { ("assessed", Tone::Good) } else { ("not assessed", Tone::Faint) };
        let head = sheet.line().plain("    ").put(Tone::Strong, &d.name).plain(&kind(&d.kind)).plain("  ").put(tone, state);
        sheet.flow(head.plain(": "), 6, Tone::Plain, &d.reason, 3);
        if !d.files.is_empty() {
            sheet.flow(sheet.line().plain("      "), 6, Tone::Name, &d.files.join(", "), 4);
        }
    }
    title(&mut sheet, "Services", system.services.len());
    let column = column(system.services.iter().map(|s| s.name.as_str()));
    for s in &system.services {
        let head = sheet.line().plain("    ").put(Tone::Strong, &s.name).to(column);
        let mut parts = vec![s.kind.clone()];
        parts.extend(s.image.iter().map(|image| format!("image {image}")));
        parts.extend(s.build.iter().map(|build| format!("built by {build}")));
        if !s.published.is_empty() {
            parts.push(format!("publishes {}", s.published.join(", ")));
        }
        sheet.flow(head, column, Tone::Plain, &parts.join(" · "), 3);
        at(&mut sheet, column, s.at.as_ref());
        for edge in system.edges.iter().filter(|e| e.from == s.name) {
            let head = sheet.line().to(column).plain("→ ").put(Tone::Strong, &edge.to);
            sheet.flow(head.plain("  "), column + 2, Tone::Faint, &edge.by, 2);
        }
    }
    title(&mut sheet, "Datastores", system.datastores.len());
    let column = self::column(system.datastores.iter().map(|d| d.name.as_str()));
    for d in &system.datastores {
        let line = sheet.line().plain("    ").put(Tone::Strong, &d.name).to(column).plain(&d.engine);
        sheet.push(line);
        at(&mut sheet, column, d.at.as_ref());
    }
    // Edges that begin at something that is no service would otherwise be lost.
    let loose: Vec<_> = system.edges.iter().filter(|e| !system.services.iter().any(|s| s.name == e.from)).collect();
    title(&mut sheet, "Other connections", loose.len());
    for edge in loose {
        let head = sheet.line().plain("    ").put(Tone::Strong, &edge.from).plain(" → ").put(Tone::Strong, &edge.to).plain("  ");
        sheet.flow(head, 6, Tone::Faint, &edge.by, 2);
    }
    title(&mut sheet, "Pipelines", system.pipelines.len());
    for p in &system.pipelines {
        let head = sheet.line().plain("    ").put(Tone::Name, &p.name).plain(&kind(&p.provider)).plain("  ");
        let text = format!("on {}: {}", listed(&p.triggers), listed(&p.jobs));
        sheet.flow(head, 6, Tone::Plain, &text, 4);
    }
    title(&mut sheet, "Environments", system.environments.len());
    for e in &system.environments {
        sheet.push(
            sheet
                .line()
                .plain("    ")
                .put(Tone::Strong, &e.name)
                .plain("  ")
                .put(Tone::Name, &e.at.as_ref().map(shown).unwrap_or_default()),
        );
    }
    if sheet.len() == 0 {
        sheet.gap();
        sheet.push(sheet.line().plain("  Nothing that runs was found."));
    }
    sheet.write(out)
}

fn title(sheet: &mut Sheet, name: &str, count: usize) {
    if count > 0 {
        sheet.gap();
        sheet.push(sheet.line().plain("  ").put(Tone::Strong, name).put(Tone::Faint, &format!("  {count}")));
    }
}

fn column<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    4 + names.map(width).max().unwrap_or(0).min(32) + 2
}

fn kind(kind: &str) -> String {
    if kind.is_empty() { String::new() } else { format!(" ({kind})") }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}

fn shown(at: &Place) -> String {
    place(&at.path, at.line)
}

fn at(sheet: &mut Sheet, column: usize, at: Option<&Place>) {
    if let Some(at) = at {
        sheet.push(sheet.line().to(column).put(Tone::Name, &shown(at)));
    }
}
