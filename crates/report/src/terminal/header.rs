//! The first lines: the verdict in words, the score, what was judged.

use plimsoll_base::{Assessment, Decision};

use crate::ink::Tone;
use crate::sheet::{Sheet, width};

pub(crate) fn tone(decision: Decision) -> Tone {
    match decision {
        Decision::Go => Tone::Good,
        Decision::ConditionalGo => Tone::Warn,
        Decision::Unproven => Tone::Doubt,
        Decision::NoGo => Tone::Bad,
        Decision::NotAssessable => Tone::Strong,
    }
}

/// A ratio as people read it, rounded down so that it never shows a threshold that was not reached.
pub(crate) fn percent(ratio: f64) -> String {
    // The least excess makes up for what a decimal fraction loses in binary.
    format!("{} %", (ratio * 100.0 + 1e-6).floor())
}

/// The verdict's line, and what was judged.
pub(crate) fn heading(sheet: &mut Sheet, assessment: &Assessment) {
    sheet.gap();
    verdict(sheet, assessment);
    subject(sheet, assessment);
}

fn verdict(sheet: &mut Sheet, assessment: &Assessment) {
    let score = &assessment.score;
    let mut parts = vec![(Tone::Strong, format!("grade {}", score.grade))];
    // One number where nothing is unknown, an interval where something is.
    let interval = if score.floor == score.ceiling { String::new() } else { format!(" ({}–{})", score.floor, score.ceiling) };
    parts.push((Tone::Plain, format!("score {}{interval}", score.floor)));
    parts.push((Tone::Plain, format!("coverage {}", percent(score.coverage))));
    parts.push((Tone::Plain, format!("tier {}", assessment.tier.name.word())));
    if let Some(cap) = score.caps.first().filter(|c| c.grade == score.grade) {
        parts.push((Tone::Faint, format!("capped by {}", cap.rule)));
    }
    let mut line = sheet.line().plain("  ").put(tone(assessment.verdict), assessment.verdict.word()).plain("   ");
    let mut first = true;
    for (tone, text) in parts {
        let text = if first { text } else { format!(" · {text}") };
        if line.width() + width(&text) <= sheet.width {
            line = line.put(tone, &text);
            first = false;
        }
    }
    sheet.push(line);
}

fn subject(sheet: &mut Sheet, assessment: &Assessment) {
    let system = &assessment.system;
    let files = match assessment.subject.files {
        1 => "1 file read".to_owned(),
        n => format!("{n} files read"),
    };
    let name = match &assessment.subject.system {
        Some(system) => format!("{} / {system}", assessment.subject.name),
        None => assessment.subject.name.clone(),
    };
    let Some(deployment) = system.deployments.iter().find(|d| d.assessed) else {
        let text = format!("{name}: no deployment was found. {files}.");
        return sheet.flow(sheet.line().plain("  "), 2, Tone::Plain, &text, 2);
    };
    let source = match deployment.files.as_slice() {
        [] => deployment.name.clone(),
        [one] => one.clone(),
        [one, two] => format!("{one} + {two}"),
        // A folder that is applied as a whole is named by its name.
        many if many.iter().all(|f| f.strip_prefix(&deployment.name).is_some_and(|rest| rest.starts_with('/'))) => deployment.name.clone(),
        [one, rest @ ..] => format!("{one} + {} more", rest.len()),
    };
    let kind = if deployment.kind.is_empty() { String::new() } else { format!(" ({})", deployment.kind) };
    // What only helps another service of the same pod to start bears that one's name in front of its own.
    let helps = |name: &str| system.services.iter().any(|s| name.strip_prefix(s.name.as_str()).is_some_and(|rest| rest.starts_with('/')));
    let names: Vec<&str> = system.services.iter().map(|s| s.name.as_str()).filter(|name| !helps(name)).collect();
    let runs = match names.len() {
        0 => String::new(),
        1..=5 => format!(": {}", names.join(", ")),
        n => format!(": {}, … {} more", names[..4].join(", "), n - 4),
    };
    // The richest sentence that fits one line; where none does, two lines.
    let sentences = [
        format!("{name} as deployed by {source}{kind}{runs}. {files}."),
        format!("{name} as deployed by {source}{runs}. {files}."),
        format!("Deployed by {source}{runs}. {files}."),
        format!("{name} as deployed by {source}{kind}. {files}."),
    ];
    let text = sentences.iter().find(|s| width(&sheet.ink.clean(s)) + 2 <= sheet.width).unwrap_or(&sentences[1]);
    sheet.flow(sheet.line().plain("  "), 2, Tone::Plain, text, 2);
}
