//! Which texts are the output of a tool that squeezes code, not what anyone wrote.

/// A line of code longer than this is written by a tool.
const LONG_LINE: usize = 20_000;

/// Lines that are longer than this on average are, too.
const LONG_AVERAGE: usize = 500;

/// Whether a text is minified: a line of code of more than 20 kB, or lines of more than 500 bytes on average. Long literals (pictures, keys) do not
/// count as code: they hold next to no punctuation.
pub(crate) fn is_minified(text: &str) -> bool {
    if text.len() <= LONG_AVERAGE {
        return false;
    }
    let mut lines = 0usize;
    let mut code = 0usize;
    for line in text.as_bytes().split(|b| *b == b'\n') {
        lines += 1;
        if line.len() <= LONG_AVERAGE {
            code += line.len();
        } else if is_code(line) {
            if line.len() > LONG_LINE {
                return true;
            }
            code += line.len();
        }
    }
    code / lines > LONG_AVERAGE
}

/// Whether a line is made of code: of its bytes, at least one in fifty is punctuation of statements and calls.
fn is_code(line: &[u8]) -> bool {
    line.iter().filter(|b| matches!(b, b';' | b'{' | b'}' | b'(' | b')' | b',')).count() * 50 >= line.len()
}
