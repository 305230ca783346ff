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
    match hcl_edit::parser::parse_body(part) {
        Ok(body) => Ok(Converter { text: part, offset: chunk.range.start }.body(&body)),
        Err(error) => {
            let line = error.location().line();
            Err(format!("line {line} of it: {}", error.message().replace('\n', ", ")))
        }
    }
}
