//! The core schema of YAML 1.2: what an unquoted word means. `yes`, `no`, `on` and `off` are words.

use crate::Kind;

/// The meaning of an unquoted scalar.
pub(super) fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ if is_number(text) => Kind::Number(text.into()),
        _ => Kind::String(text.into()),
    }
}

fn is_number(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|b| matches!(b, b'0'..=b'7'));
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(text, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let whole = digits(text);
    let rest = &text[whole..];
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => (digits(rest), &rest[digits(rest)..]),
        None => (0, rest),
    };
    if whole + fraction == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        Some(power) => {
            let power = power.strip_prefix(['-', '+']).unwrap_or(power);
            !power.is_empty() && digits(power) == power.len()
        }
        None => rest.is_empty(),
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_core_schema() {
        for number in ["0", "-19", "+3", "007", "0o14", "0x3A", "0.", "-0.0", ".5", "+12e03", "-2E+05", ".inf", "-.INF", ".nan", "3.8"] {
            assert_eq!(plain(number), Kind::Number(number.into()), "{number}");
        }
        for word in ["1.2.3", "1_000", "10s", "e5", ".", "-", "+", "0x", "0o8", "1e", "12:30", "yes", "on", "No", "tRue"] {
            assert_eq!(plain(word), Kind::String(word.into()), "{word}");
        }
    }

    #[test]
    fn nothing_and_truth() {
        assert_eq!((plain(""), plain("~"), plain("NULL")), (Kind::Null, Kind::Null, Kind::Null));
        assert_eq!((plain("TRUE"), plain("false")), (Kind::Bool(true), Kind::Bool(false)));
    }
}
