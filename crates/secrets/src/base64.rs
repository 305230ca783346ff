//! Base64, both alphabets, as far as tokens need it.

/// The bytes that `text` encodes, with or without padding, in the standard or the URL alphabet; none where it is not base64.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|&b| b != b'=').map_or(0, |p| p + 1);
    if text.len() - end > 2 || end % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(end * 3 / 4 + 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for &b in &text[..end] {
        let six = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}
