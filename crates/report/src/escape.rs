//! Makes text of the scanned tree harmless: whatever could move the cursor, hide or reorder text becomes a visible escape.

use std::borrow::Cow;
use std::fmt::Write;

/// The text on one line with every character that a terminal would act upon, or that a reader could not see, written as an escape.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if hidden(c) => escape(c, &mut out),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The text in ASCII: the signs that the program itself uses have a spelling, anything else is escaped.
pub(crate) fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if c.is_ascii() => out.push(c),
            '…' => out.push_str("..."),
            '→' => out.push_str("->"),
            '–' | '—' | '·' => out.push('-'),
            '‘' | '’' => out.push('\''),
            '“' | '”' => out.push('"'),
            '×' => out.push('x'),
            '≥' => out.push_str(">="),
            '≤' => out.push_str("<="),
            '\u{a0}' | '\u{202f}' => out.push(' '),
            c => escape(c, &mut out),
        }
    }
    Cow::Owned(out)
}

fn escape(c: char, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\\u{{{:x}}}", c as u32);
}

/// Whether a character is acted upon or unseen: C0, DEL, C1, zero-width, bidirectional control, line separators, blank fillers, tags.
pub(crate) fn hidden(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
            | '\u{f0000}'..='\u{10ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_acts_upon_becomes_visible() {
        assert_eq!(visible("a\x1b[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(visible("one\ntwo\r\t"), "one\\ntwo\\r\\t");
        assert_eq!(
            visible("\u{9b}31m \u{7f} \u{202e}txt.exe \u{2066} \u{200b}x \u{feff}"),
            "\\u{9b}31m \\u{7f} \\u{202e}txt.exe \\u{2066} \\u{200b}x \\u{feff}"
        );
    }

    #[test]
    fn ordinary_text_of_any_language_stays() {
        for text in ["plain", "Größe 漢字 🙂", "é", "a – b → c … ✗"] {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn escaping_twice_changes_nothing() {
        let once = visible("\x1b\n\u{202e}").into_owned();
        assert_eq!(visible(&once), once);
    }

    #[test]
    fn ascii_has_no_other_characters() {
        let text = ascii("a – b → c … “é” 漢");
        assert!(text.is_ascii());
        assert_eq!(text, "a - b -> c ... \"\\u{e9}\" \\u{6f22}");
    }
}
