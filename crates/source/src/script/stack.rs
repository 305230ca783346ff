//! Stack enough for a parser that descends by recursion, whatever the text.
//!
//! What nests in JavaScript cannot be counted without reading it: closing brackets stand in texts, comments, patterns and markup as well, and much
//! nests without brackets. So nothing is taken off: every byte that can begin something within something else is paid for as if it did. Hand-written
//! files of some 50 kB fit into the stack of a thread that way; larger ones get a stack of their own, of which no more is used than they really need.

/// The bytes of stack that one level takes in an optimised build; one without optimisation takes more. Measured at up to 1,860 for brackets (two of
/// them: `({`, `[{`, `(()=>{` up to 3,600), 600 for operators, 430 for words, and raised by a quarter.
const BRACKET: usize = 2304 * UNOPTIMISED;
const OPERATOR: usize = 768 * UNOPTIMISED;
const WORD: usize = 512 * UNOPTIMISED;
const UNOPTIMISED: usize = if cfg!(debug_assertions) { 3 } else { 1 };

/// What the walk over a tree takes at most, its depth being bounded.
const WALK: usize = if cfg!(debug_assertions) { 12 << 20 } else { 2 << 20 };

/// The largest stack that a file is given.
const LARGEST: usize = if cfg!(debug_assertions) { 1536 << 20 } else { 512 << 20 };

/// Runs what reads a text, on this stack or on one large enough; none where the text may need more than any file is given.
pub(super) fn with_stack<R: Send>(text: &str, run: impl FnOnce() -> R + Send) -> Option<R> {
    let needed = needed(text.as_bytes());
    if stacker::remaining_stack().is_some_and(|left| left >= needed) {
        return Some(run());
    }
    if needed > LARGEST {
        return None;
    }
    std::thread::scope(|scope| std::thread::Builder::new().stack_size(needed).spawn_scoped(scope, run).ok()?.join().ok())
}

/// The stack that reading a text may take.
fn needed(text: &[u8]) -> usize {
    let is_bracket = |b: u8, _: u8| matches!(b, b'(' | b'[' | b'{' | b'<');
    let is_operator = |b: u8, _: u8| matches!(b, b'?' | b':' | b'=' | b'!' | b'~' | b'+' | b'-' | b'*' | b'.' | b'@' | b'&' | b'|' | b'`');
    let starts_word = |b: u8, before: u8| b.is_ascii_alphabetic() && !before.is_ascii_alphabetic();
    WALK + count(text, is_bracket) * BRACKET + count(text, is_operator) * OPERATOR + (1 + count(text, starts_word)) * WORD
}

/// How many bytes are so, told with the byte before. In steps that a byte can count, which the compiler makes vector operations of.
fn count(text: &[u8], is: impl Fn(u8, u8) -> bool) -> usize {
    let after = text.get(1..).unwrap_or_default();
    let steps = after.chunks(255).zip(text.chunks(255));
    let first = usize::from(text.first().is_some_and(|b| is(*b, b' ')));
    first
        + steps
            .map(|(step, before)| usize::from(step.iter().zip(before).map(|(b, before)| u8::from(is(*b, *before))).sum::<u8>()))
            .sum::<usize>()
}
