//! Jenkins: stages and their shell steps, found by the words of the file. What starts it is set in Jenkins.

use plimsoll_base::{Problem, Sourced, Span};
use plimsoll_syntax::Strictness;

use super::gitlab_jobs::bare;
use super::invocations::invocations;
use super::others::bare_step;
use super::reading::Reader;
use super::scripts::Script;
use super::{Job, Occasions, Pipeline, Provider, empty};
use crate::library::Held;

pub(super) fn read(reader: &Reader, file: &Held, _: &mut Vec<Problem>) -> Pipeline {
    let mut pipeline = empty(file, Provider::Jenkins);
    pipeline.triggers.external = true;
    let text = file.text();
    if text.trim().is_empty() {
        pipeline.opaque.push(Sourced::new("the file was not read".to_owned(), file.whole()));
        return pipeline;
    }
    let tokens = tokens(&text);
    let declarative = tokens.iter().any(|t| t.word == Some("pipeline"));
    if !declarative {
        pipeline.opaque.push(Sourced::new("a scripted pipeline: only its shell steps were read".to_owned(), file.whole()));
    }
    let mut jobs: Vec<Job> = Vec::new();
    let mut tolerating: Vec<(usize, Span)> = Vec::new();
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.word {
            Some("{") => depth += 1,
            Some("}") => {
                depth = depth.saturating_sub(1);
                tolerating.retain(|(level, _)| depth >= *level);
            }
            Some("stage") => {
                let Some(name) = string_behind(&tokens, index) else { continue };
                let mut job = bare(name.to_owned(), file.at(token.span));
                job.needs = jobs.last().map(|j| Sourced::new(j.id.clone(), j.at)).into_iter().collect();
                jobs.push(job);
            }
            Some("input") => {
                if let Some(job) = jobs.last_mut() {
                    job.manual = Some(file.at(token.span));
                }
            }
            Some("catchError" | "warnError") => tolerating.push((depth + 1, token.span)),
            Some("cron" | "pollSCM") => {
                if let Some(cron) = string_behind(&tokens, index) {
                    pipeline.triggers.schedule.push(Sourced::new(cron.to_owned(), file.at(token.span)));
                }
            }
            Some("Library" | "library" | "libraries" | "load") if pipeline.opaque.len() < 20 => {
                pipeline.opaque.push(Sourced::new("uses a shared library, which lies elsewhere".to_owned(), file.at(token.span)));
            }
            Some(word @ ("sh" | "bat" | "powershell" | "pwsh")) => {
                let Some(script) = tokens[index + 1..]
                    .iter()
                    .take(8)
                    .take_while(|t| !matches!(t.word, Some("sh" | "}" | "{")))
                    .find(|t| t.string.is_some())
                else {
                    continue;
                };
                let returns = tokens[index + 1..]
                    .iter()
                    .take(16)
                    .take_while(|t| !matches!(t.word, Some("sh" | "}")))
                    .any(|t| t.word == Some("returnStatus"));
                if jobs.is_empty() {
                    jobs.push(bare("build".into(), file.at(token.span)));
                }
                let strictness = if word == "sh" { Strictness::STEP } else { Strictness::PLAIN };
                let at = file.at(script.span);
                let node = plimsoll_syntax::Node {
                    kind: plimsoll_syntax::Kind::String(script.string.unwrap_or_default().into()),
                    span: script.span,
                    tag: None,
                };
                let mut step = bare_step(at, Occasions::default());
                step.script = script.string.map(|s| Sourced::new(s.to_owned(), at));
                if let Some(script) = Script::of(reader, file.id, &node, strictness) {
                    step.commands = invocations(reader, &script, "").0;
                }
                step.tolerated = tolerating.first().map(|(_, span)| file.at(*span)).or(returns.then_some(at));
                if let Some(job) = jobs.last_mut() {
                    job.steps.push(step);
                }
            }
            _ => {}
        }
    }
    pipeline.jobs = jobs;
    pipeline
}

/// A word, a bracket or a string of Groovy.
struct Token<'t> {
    word: Option<&'t str>,
    string: Option<&'t str>,
    span: Span,
}

fn string_behind<'t>(tokens: &[Token<'t>], index: usize) -> Option<&'t str> {
    tokens.get(index + 1..)?.iter().take(2).find_map(|t| t.string)
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if let Some(quote) = ["'''", "\"\"\"", "'", "\""].iter().find(|q| rest.starts_with(**q)) {
            let start = at + quote.len();
            let mut end = start;
            while end < bytes.len() && !bytes[end..].starts_with(quote.as_bytes()) && (quote.len() == 3 || bytes[end] != b'\n') {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            let end = end.min(bytes.len());
            if let Some(string) = text.get(start..end) {
                found.push(Token { word: None, string: Some(string), span: Span::new(start, end) });
            }
            at = (end + quote.len()).min(bytes.len());
            while !text.is_char_boundary(at) {
                at += 1;
            }
        } else if bytes[at].is_ascii_alphabetic() || bytes[at] == b'_' {
            let length = bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            found.push(Token { word: text.get(at..at + length), string: None, span: Span::new(at, at + length) });
            at += length;
        } else {
            if matches!(bytes[at], b'{' | b'}') {
                found.push(Token { word: text.get(at..=at), string: None, span: Span::new(at, at + 1) });
            }
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}
