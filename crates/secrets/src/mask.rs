//! The one way in which a secret may be shown.

/// The value with all but its first characters hidden: never more than a quarter of it, at most four characters beyond nothing or the
/// `prefix` bytes that only name the format; values under twelve bytes are hidden whole. Its length is told as a class, not exactly.
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
