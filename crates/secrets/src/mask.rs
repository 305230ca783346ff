//! The one way in which a secret may be shown.

/// The value with all but its first four characters hidden, or all but the `prefix` bytes that only name the format where those are more;
/// never is more than a quarter shown, and nothing of a value under twelve bytes. Its length is told as a class, not exactly.
pub fn mask(value: &[u8], prefix: usize) -> String {
    if value.len() < 12 {
        return "•••".to_string();
    }
    let shown = prefix.max(4).min(value.len() / 4);
    let head: String = value[..shown].iter().map(|&b| if b.is_ascii_graphic() { b as char } else { '•' }).collect();
    let class = match value.len() {
        0..=19 => "12 to 19",
        20..=39 => "20 to 39",
        40..=79 => "40 to 79",
        80..=255 => "80 to 255",
        _ => "over 255",
    };
    format!("{head}… ({class} characters)")
}
