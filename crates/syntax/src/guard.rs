//! The one guard in front of every parser: some of them overflow their stack on hostile nesting, which nothing can catch.

use plimsoll_base::Span;

use crate::Issue;

/// Deepest nesting of brackets that is handed to a parser.
pub const MAX_DEPTH: usize = 256;

/// Rejects a text whose brackets nest deeper than [`MAX_DEPTH`]. Brackets in strings count too: real files stay far below.
pub fn guard(text: &[u8]) -> Result<(), Issue> {
    let mut depth = 0usize;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Issue {
                        span: Some(Span::new(at, at + 1)),
                        says: format!("brackets nest deeper than {MAX_DEPTH}: the file was not read"),
                    });
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}
