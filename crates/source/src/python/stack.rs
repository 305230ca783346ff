//! The parser, kept from overflowing its stack.
//!
//! It asks for more stack where expressions nest, but for two forms: `lambda a=lambda a=…`, which it follows by plain recursion, and what stands in
//! the parentheses of `with (…)`, which it reads twice, freeing its first reading by plain recursion. Files that may hold such a form are parsed on
//! a stack of their own.

use std::{panic::catch_unwind, thread};

use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::{Parsed, parse_unchecked_source};

/// Lambdas within the defaults of lambdas that any stack has room for.
const MAX_LAMBDAS: usize = 100;

/// Bytes in the parentheses of `with` that any stack has room for, whatever they are. Those written by hand stay below 2 KB; that they are not closed
/// is mostly said of a sentence in a comment.
const MAX_WITH: usize = 4096;

/// Stack for each byte of the text, and for what does not grow with it. Measured: 1.4 KB for each `lambda a=`, 200 bytes for each sign.
const STACK_PER_BYTE: usize = 512;
const STACK: usize = 4 * 1024 * 1024;

/// Parses a text; none where the parser panics or no stack is to be had.
pub(super) fn parse(text: &str) -> Option<Parsed<ModModule>> {
    if !nests_lambdas(text) && !has_long_with(text) {
        return catch_unwind(|| parse_unchecked_source(text, PySourceType::Python)).ok();
    }
    let size = STACK + text.len() * STACK_PER_BYTE;
    thread::scope(|scope| {
        let parses = || parse_unchecked_source(text, PySourceType::Python);
        thread::Builder::new().stack_size(size).spawn_scoped(scope, parses).ok()?.join().ok()
    })
}

/// Words `lambda` without a colon between them.
fn nests_lambdas(text: &str) -> bool {
    let (mut depth, mut last) = (0, 0);
    text.match_indices("lambda").any(|(start, word)| {
        depth = if text.get(last..start).is_some_and(|between| between.contains(':')) { 1 } else { depth + 1 };
        last = start + word.len();
        depth > MAX_LAMBDAS
    })
}

/// `with (` that is not closed soon.
fn has_long_with(text: &str) -> bool {
    text.match_indices("with").any(|(start, word)| {
        let after = text.get(start + word.len()..).unwrap_or_default();
        let open = after.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
        open.starts_with('(') && open.len() > MAX_WITH && !closes(&open.as_bytes()[..MAX_WITH])
    })
}

fn closes(bytes: &[u8]) -> bool {
    let mut depth = 0usize;
    bytes.iter().any(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}
