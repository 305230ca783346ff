//! Dockerfiles: stages, their instructions, and what a stage inherits.
//!
//! Each instruction is handed to the parser by itself, behind a stand-in FROM: one that it rejects costs nothing but itself.
//! Lines, heredocs and variables are read here, since the parser stops at the first thing it does not know.

mod convert;
mod expand;
mod inherit;
mod lines;
mod model;
mod scope;

#[cfg(test)]
mod tests;

pub use lines::Joined;
pub use model::{Arg, Command, Copy, Dockerfile, EnvVar, From, Healthcheck, Heredoc, Instruction, InstructionKind, Mount, Run, Stage};

use parse_dockerfile::Instruction as Syntax;
use plimsoll_base::Span;

use self::convert::Unit;
use self::lines::{Logical, split};
use self::scope::Scopes;
use crate::{Issue, Parsed};

/// Reads a Dockerfile or Containerfile.
pub fn dockerfile(bytes: &[u8]) -> Parsed<Dockerfile> {
    let (text, issue) = crate::decode(bytes);
    let mut issues: Vec<Issue> = issue.into_iter().collect();
    let mut file = Dockerfile::default();
    directives(&text, &mut file, &mut issues);
    let escape = file.escape.filter(char::is_ascii).map_or(b'\\', |c| c as u8);
    let logicals = split(&text, escape, &mut issues);
    let mut scopes = Scopes::new(char::from(escape), text.len());
    for logical in &logicals {
        read(&text, escape, logical, &mut file, &mut scopes, &mut issues);
    }
    if file.stages.is_empty() && !text.trim().is_empty() {
        issues.push(Issue { span: None, says: "no FROM: the file builds no image".into() });
    }
    Parsed { value: file, issues }
}

/// The directives in the comments before everything else.
fn directives(text: &str, file: &mut Dockerfile, issues: &mut Vec<Issue>) {
    let mut length = 0;
    for line in text.split_inclusive('\n').take_while(|line| line.trim_start().starts_with('#')) {
        length += line.len();
    }
    let header = format!("{}\nFROM scratch\n", text[..length].trim());
    match parse_dockerfile::parse(&header) {
        Ok(parsed) => {
            file.escape = parsed.parser_directives.escape.map(|d| d.value.value);
            file.syntax = parsed.parser_directives.syntax.map(|d| d.value.value.to_owned());
        }
        Err(_) => issues.push(Issue {
            span: Some(Span::new(0, length)),
            says: "the escape directive is neither a backslash nor a backtick: it was ignored".into(),
        }),
    }
}

/// Reads one instruction into the file.
fn read(text: &str, escape: u8, logical: &Logical, file: &mut Dockerfile, scopes: &mut Scopes, issues: &mut Vec<Issue>) {
    let span = Span::new(logical.start, logical.end_with_bodies);
    let unit = Unit::new(text, escape, logical);
    let is_from = logical.joined.text.split_ascii_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("FROM"));
    let parsed = unit.parse();
    if is_from {
        let (image, name, platform) = match &parsed {
            Ok(Syntax::From(from)) => unit.from(from),
            _ => from_template(&logical.joined.text),
        };
        if parsed.is_err() {
            issues.push(Issue { span: Some(span), says: "this FROM was not understood: its image is unknown".into() });
        }
        let templated = parsed.is_err() || image.contains("{{") || image.contains("<%") || image.contains("{%");
        let expanded = scopes.global(&image);
        let stage = scopes.stage_named(&expanded.text);
        let from = From {
            raw: image,
            image: (expanded.resolved && !templated && !expanded.text.is_empty()).then_some(expanded.text),
            stage: stage.filter(|_| expanded.resolved && !templated),
            platform: platform.map(|text| scopes.global(&text).text),
            span,
        };
        scopes.open(from.stage, name.as_deref());
        file.stages.push(Stage { name, index: file.stages.len(), from, instructions: Vec::new(), span });
        return;
    }
    let kind = match parsed {
        Ok(syntax) => unit.convert(syntax, scopes),
        Err(error) => {
            let line = unit.raw().lines().next().unwrap_or_default().trim();
            let shown: String = line.chars().take(60).collect();
            issues.push(Issue { span: Some(span), says: format!("`{shown}` was not understood ({error}) and was passed over") });
            InstructionKind::Unknown(unit.raw().to_owned())
        }
    };
    match (file.stages.last_mut(), kind) {
        (Some(stage), kind) => {
            stage.span.end = span.end;
            stage.instructions.push(Instruction { span, kind });
        }
        (None, InstructionKind::Arg(args)) => file.args.extend(args),
        (None, InstructionKind::Unknown(_)) => {}
        (None, _) => issues.push(Issue { span: Some(span), says: "an instruction before the first FROM: it was passed over".into() }),
    }
}

/// Image and name of a FROM that only a template engine understands.
fn from_template(text: &str) -> (String, Option<String>, Option<String>) {
    let rest = text.get(4..).unwrap_or_default().trim();
    let words: Vec<&str> = rest.split_ascii_whitespace().collect();
    match words.as_slice() {
        [image @ .., keyword, name] if !image.is_empty() && keyword.eq_ignore_ascii_case("AS") => {
            (image.join(" "), Some((*name).to_owned()), None)
        }
        _ => (rest.to_owned(), None, None),
    }
}
