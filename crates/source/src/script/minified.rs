//! Which texts are the output of a tool that squeezes code, not what anyone wrote.

/// A line of code longer than this is written by a tool.
const LONG_LINE: usize = 20_000;

/// Lines that are longer than this on average are, too.
const LONG_AVERAGE: usize = 500;

/// Texts smaller than this may be a few long lines that someone or a generator wrote, and cost nothing to read.
const SMALL: usize = 8 * 1024;

/// Whether a text is minified: at least half of it in lines of code of more than 20 kB, or lines of more than 500 bytes on average. Long literals
/// (pictures, keys) do not count as code: they hold next to no punctuation.
pub(crate) fn is_minified(text: &str) -> bool {
    if text.len() <= SMALL {
        return false;
    }
    let (mut lines, mut code, mut long) = (0usize, 0usize, 0usize);
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
        let line = text.as_bytes().get(start..end).unwrap_or_default();
        start = end + 1;
        lines += 1;
        if line.len() <= LONG_AVERAGE {
            code += line.len();
        } else if is_code(line) {
            code += line.len();
            long += if line.len() > LONG_LINE { line.len() } else { 0 };
        }
    }
    long * 2 >= text.len() || code / lines > LONG_AVERAGE
}

/// Whether a line is made of code: of its bytes, at least one in fifty is punctuation of statements and calls.
fn is_code(line: &[u8]) -> bool {
    line.iter().filter(|b| matches!(b, b';' | b'{' | b'}' | b'(' | b')' | b',')).count() * 50 >= line.len()
}
