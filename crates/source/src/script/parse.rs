//! Text to syntax tree, tree to module.

use std::cell::RefCell;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;
use plimsoll_base::Span;
use plimsoll_syntax::{Issue, Parsed};

use super::{
    Lowering, MAX_DEPTH, components,
    minified::is_minified,
    nesting::{MAX_BRACKETS, too_deep},
    stack::with_stack,
};
use crate::{Dialect, Module};

thread_local! {
    /// The memory that syntax trees live in, one per thread, so that each file does not ask the system for its own.
    static ARENA: RefCell<Allocator> = RefCell::new(Allocator::new());
}

/// Reads a file of one of the dialects.
pub(crate) fn read(dialect: Dialect, text: &str) -> Parsed<Module> {
    if is_minified(text) {
        return Parsed::clean(Module::default());
    }
    if let Some(span) = too_deep(text) {
        let says = format!("brackets nest deeper than {MAX_BRACKETS}: the file was not read");
        return Parsed { value: Module::default(), issues: vec![Issue { span: Some(span), says }] };
    }
    let read = with_stack(text, || {
        ARENA.with_borrow_mut(|arena| {
            arena.reset();
            read_in(arena, dialect, text)
        })
    });
    read.unwrap_or_else(|| {
        let says = "may nest deeper than any source does: the file was not read".to_owned();
        Parsed { value: Module::default(), issues: vec![Issue { span: None, says }] }
    })
}

fn read_in(arena: &Allocator, dialect: Dialect, text: &str) -> Parsed<Module> {
    let mut lowering = Lowering::new(text.len());
    let mut issues = Vec::new();
    match dialect {
        Dialect::Vue | Dialect::Svelte | Dialect::Astro => components::read(arena, dialect, text, &mut lowering, &mut issues),
        _ => lower(arena, text, 0, source_types(dialect), &mut lowering, &mut issues),
    }
    let (value, cut) = lowering.finish();
    if let Some(span) = cut {
        issues.push(Issue { span: Some(span), says: format!("nested deeper than {MAX_DEPTH} levels: what is inside was not read") });
    }
    Parsed { value, issues }
}

/// How the text of a dialect may be meant, the likeliest first: JavaScript may hold types (Flow's are much like those of TypeScript), TypeScript may
/// hold markup, and `await` outside of functions is read in modules alone.
fn source_types(dialect: Dialect) -> &'static [SourceType] {
    const JAVASCRIPT: [SourceType; 3] = [SourceType::unambiguous().with_jsx(true), SourceType::jsx(), SourceType::tsx()];
    const TYPESCRIPT: [SourceType; 2] = [SourceType::ts(), SourceType::tsx()];
    const TSX: [SourceType; 2] = [SourceType::tsx(), SourceType::ts()];
    match dialect {
        Dialect::TypeScript => &TYPESCRIPT,
        Dialect::Tsx => &TSX,
        _ => &JAVASCRIPT,
    }
}

/// How the script of a component is read.
pub(super) fn script_types(is_typescript: bool) -> &'static [SourceType] {
    source_types(if is_typescript { Dialect::TypeScript } else { Dialect::JavaScript })
}

/// Parses a text that starts at an offset of the file, and lowers it. Of a text with a syntax error, the statements before it are read.
pub(super) fn lower<'a>(
    arena: &'a Allocator,
    text: &'a str,
    offset: u32,
    types: &[SourceType],
    lowering: &mut Lowering<'a>,
    issues: &mut Vec<Issue>,
) {
    let mut first_error = None;
    for (index, source_type) in types.iter().enumerate() {
        match parse(arena, text, *source_type) {
            Ok(program) => return lowering.program(program, offset),
            Err(error) if index == 0 => first_error = Some(error),
            Err(_) => {}
        }
    }
    let (Some(error), Some(source_type)) = (first_error, types.first()) else { return };
    let span = error.span.map(|s| s.shifted(offset));
    issues.push(Issue { span, says: format!("{}: what follows the statements before it was not read", error.says) });
    let error_at = error.span.map_or(text.len(), |s| s.start as usize).min(text.len());
    if let Some(program) = before(arena, text, error_at, *source_type) {
        lowering.program(program, offset);
    }
}

/// Reads the statements before a syntax error: up to the last line before it that starts a statement, or one of those before, ever further back.
fn before<'a>(arena: &'a Allocator, text: &'a str, error_at: usize, source_type: SourceType) -> Option<&'a Program<'a>> {
    let starts: Vec<usize> =
        text.bytes().enumerate().take(error_at).filter(|(at, _)| starts_statement(text, *at)).map(|(at, _)| at).collect();
    let mut back = 1;
    while back <= starts.len() {
        let end = *starts.get(starts.len() - back)?;
        if let Ok(program) = parse(arena, text.get(..end)?, source_type) {
            return Some(program);
        }
        back *= 2;
    }
    None
}

/// Whether a line starts here whose first column is the beginning of a statement.
fn starts_statement(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    at > 0
        && bytes.get(at - 1) == Some(&b'\n')
        && bytes.get(at).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'@' | b'/' | b'_' | b'$'))
}

/// A whole program, or why it is none.
fn parse<'a>(arena: &'a Allocator, text: &'a str, source_type: SourceType) -> Result<&'a Program<'a>, Issue> {
    let parsed = Parser::new(arena, text, source_type).with_options(options()).parse();
    if !parsed.panicked {
        return Ok(arena.alloc(parsed.program));
    }
    let error = parsed.diagnostics.first();
    let span = error.and_then(|e| e.labels.first()).map(|l| Span { start: l.offset(), end: l.offset() + l.len() });
    Err(Issue { span, says: error.map_or_else(|| "a syntax error".to_owned(), |e| e.message.to_string()) })
}

pub(super) fn options() -> ParseOptions {
    ParseOptions { allow_return_outside_function: true, preserve_parens: false, enable_ident_hashes: false, ..ParseOptions::default() }
}
