//! HCL, the language of Terraform, OpenTofu, Packer and Nomad files.

mod convert;
mod scan;
mod tree;

#[cfg(test)]
mod tests;

pub use tree::{Attribute, Block, Body, Expr, ExprKind, For, Step, TemplatePart, Unread};

use plimsoll_base::Span;

use crate::issues::Issues;
use crate::{Parsed, guard, text};
use convert::Converter;
use scan::Chunk;

/// Most entries of one object that are handed to the parser, which compares every key with all before it.
const MAX_ENTRIES: usize = 4096;

/// Entries of a key that is there already that are passed over within one block; each costs a parse of it.
const MAX_RETRIES: usize = 8;

/// Reads a configuration. Where the text as a whole is not valid, every top-level block is read alone, and the invalid ones are issues.
pub fn hcl(bytes: &[u8]) -> Parsed<Body> {
    if let Err(issue) = guard(bytes) {
        return Parsed { value: Body::default(), issues: vec![issue] };
    }
    let (text, issue) = text::decode(bytes);
    let chunks = scan::chunks(text.as_bytes());
    if chunks.iter().all(|c| c.widest <= MAX_ENTRIES)
        && let Ok(body) = hcl_edit::parser::parse_body(&text)
    {
        return Parsed { value: Converter { text: &text, offset: 0 }.body(&body), issues: Vec::from_iter(issue) };
    }

    let mut issues = Issues::default();
    if let Some(issue) = issue {
        issues.add(issue.span, issue.says);
    }
    let mut whole = Body::default();
    for chunk in chunks {
        match chunk_body(&text, &chunk) {
            Ok(read) => {
                whole.attributes.extend(read.attributes);
                whole.blocks.extend(read.blocks);
            }
            Err(error) => {
                let span = Span::new(chunk.range.start, chunk.range.end);
                let (kind, labels) = scan::head(&text.as_bytes()[chunk.range]);
                let name = labels.iter().fold(kind.clone(), |name, label| format!("{name} \"{label}\""));
                let name = if name.is_empty() { "this".to_owned() } else { format!("`{name}`") };
                issues.add(Some(span), format!("{name} was not read: {error}"));
                whole.unread.push(Unread { kind, labels, span });
            }
        }
    }
    Parsed { value: whole, issues: issues.finish() }
}

/// Reads a top-level block or attribute alone, or says why it cannot be read.
fn chunk_body(text: &str, chunk: &Chunk) -> Result<Body, String> {
    if chunk.widest > MAX_ENTRIES {
        return Err(format!("an object has more than {MAX_ENTRIES} entries"));
    }
    let part = text.get(chunk.range.clone()).ok_or("it ends within a character")?;
    let convert = |body| Converter { text: part, offset: chunk.range.start }.body(&body);
    let error = match hcl_edit::parser::parse_body(part) {
        Ok(body) => return Ok(convert(body)),
        Err(error) => error,
    };
    // Terraform takes some texts that the parser does not: they are read with blanks in place of what it stumbles over.
    let mut relaxed = joined(part);
    let mut again = hcl_edit::parser::parse_body(&relaxed);
    for _ in 0..MAX_RETRIES {
        let Err(next) = &again else { break };
        if !next.message().contains("unique object key") || !blank(&mut relaxed, next.location().line()) {
            break;
        }
        again = hcl_edit::parser::parse_body(&relaxed);
    }
    again.map(convert).map_err(|_| {
        let line = error.location().line();
        format!("line {line} of it: {}", error.message().replace('\n', ", "))
    })
}

/// The text with a blank for each line feed that stands within an expression: behind an arrow or an operator, before one that goes on. No byte
/// moves. Heredocs keep their lines.
fn joined(text: &str) -> String {
    if text.contains("<<") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.char_indices() {
        let within = c == '\n' && {
            let before = text[..i].rsplit('\n').next().unwrap_or_default().trim_end();
            let after = text[i + 1..].trim_start_matches([' ', '\t']);
            let open = ["=>", "&&", "||", " ?"].iter().any(|end| before.ends_with(end));
            let goes_on = ["? ", ": ", "&& ", "|| "].iter().any(|start| after.starts_with(start));
            !before.contains('#') && (open || goes_on)
        };
        out.push(if within { ' ' } else { c });
    }
    out
}

/// Blanks an entry that takes one line: of several entries of one key Terraform keeps one. Whether it was such an entry.
fn blank(text: &mut String, line: usize) -> bool {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let length = text[start..].find('\n').unwrap_or(text.len() - start);
    let entry = &text[start..start + length];
    let balanced = ['(', ')', '[', ']'].iter().all(|b| !entry.contains(*b)) && entry.matches('{').count() == entry.matches('}').count();
    if !balanced || !entry.contains(['=', ':']) || !entry.is_ascii() {
        return false;
    }
    text.replace_range(start..start + length, &" ".repeat(length));
    true
}
