//! Bytes to text of the same length, so that an offset into the text is an offset into the file.

use std::borrow::Cow;

use plimsoll_base::Span;

use crate::Issue;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The text of a file, byte for byte: a byte-order mark becomes three spaces, every byte that is not UTF-8 a `?`.
///
/// Text is empty, with an issue, for UTF-16 and for anything with a NUL byte.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<Issue>) {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return (Cow::Borrowed(""), Some(Issue { span: None, says: "UTF-16: not read".into() }));
    }
    if let Some(at) = memchr::memchr(0, bytes) {
        let span = Some(Span::new(at, at + 1));
        return (Cow::Borrowed(""), Some(Issue { span, says: "binary: not read".into() }));
    }
    let start = text_start(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) if start == 0 => (Cow::Borrowed(text), None),
        Ok(text) => (Cow::Owned(format!("   {}", &text[start..])), None),
        Err(first) => {
            let at = first.valid_up_to();
            let issue = Issue { span: Some(Span::new(at, at + 1)), says: "not UTF-8: unreadable bytes were read as `?`".into() };
            let mut text = String::with_capacity(bytes.len());
            text.push_str(&"   "[..start]);
            for chunk in bytes[start..].utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(chunk.invalid().iter().map(|_| '?'));
            }
            (Cow::Owned(text), Some(issue))
        }
    }
}

/// Where the text begins: after the byte-order mark, for the formats in which leading space has a meaning.
pub(crate) fn text_start(bytes: &[u8]) -> usize {
    if bytes.starts_with(BOM) { BOM.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_hold_whatever_the_bytes() {
        for bytes in [&b"plain"[..], b"\xEF\xBB\xBFa: 1", b"a\xFF\xC3(b", "é\u{1F600}".as_bytes(), b"\xEF\xBB\xBF\xFFx", b""] {
            assert_eq!(decode(bytes).0.len(), bytes.len(), "{bytes:?}");
        }
        assert_eq!(decode(b"\xEF\xBB\xBFa").0, "   a");
    }

    #[test]
    fn unreadable_bytes_are_reported_at_the_first() {
        let (text, issue) = decode(b"ab\xFF\xFEcd");
        assert_eq!(text, "ab??cd");
        assert_eq!(issue.and_then(|i| i.span), Some(Span::new(2, 3)));
    }

    #[test]
    fn what_is_no_text_is_not_read() {
        for (bytes, says) in [(&b"\xFF\xFEa\0"[..], "UTF-16"), (b"\xFE\xFF\0a", "UTF-16"), (b"\x7FELF\0\0", "binary")] {
            let (text, issue) = decode(bytes);
            assert_eq!(text, "");
            assert!(issue.expect("an issue").says.starts_with(says));
        }
    }
}
