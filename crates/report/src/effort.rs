//! Hours as people say them. A day is 8 hours.

const DAY: f64 = 8.0;

/// A range for one control: `30 min`, `4 h`, `1–4 h`, `4 h–2 d`, `1–5 d`. Empty when nothing is to be done.
pub(crate) fn range([from, to]: [f64; 2]) -> String {
    if to.is_nan() || to <= 0.0 {
        return String::new();
    }
    let (low, high) = (unit(from), unit(to));
    match (&low, &high) {
        _ if from.is_nan() || from <= 0.0 => format!("≤ {} {}", high.0, high.1),
        _ if low == high => format!("{} {}", high.0, high.1),
        _ if low.1 == high.1 => format!("{}–{} {}", low.0, high.0, high.1),
        _ => format!("{} {}–{} {}", low.0, low.1, high.0, high.1),
    }
}

/// A sum for several: `about 30 minutes`, `3–6 hours`, `about 4 days`, `2–8 days`. None when nothing is to be done.
pub(crate) fn total([from, to]: [f64; 2]) -> Option<String> {
    if to.is_nan() || to <= 0.0 {
        return None;
    }
    let (size, one, many) = match to {
        to if to >= DAY => (DAY, "day", "days"),
        to if to >= 1.0 => (1.0, "hour", "hours"),
        _ => (1.0 / 60.0, "minute", "minutes"),
    };
    // Below three units a half matters; above, it would pretend to be exact.
    let round = |hours: f64| {
        let n = hours / size;
        if n < 3.0 { (n * 2.0).round() / 2.0 } else { n.round() }
    };
    let (low, high) = (round(from), round(to).max(0.5));
    let noun = if high <= 1.0 { one } else { many };
    Some(match low {
        low if low == high => format!("about {high} {noun}"),
        low if low <= 0.0 => format!("up to {high} {noun}"),
        low => format!("{low}–{high} {noun}"),
    })
}

fn unit(hours: f64) -> (String, &'static str) {
    match hours {
        h if h < 1.0 => (format!("{}", (h * 60.0).round()), "min"),
        h if h < DAY => (number(h), "h"),
        h => (number(h / DAY), "d"),
    }
}

/// With one decimal at most, none where it is whole, and none from three on, where it would pretend to be exact.
fn number(n: f64) -> String {
    format!("{}", if n < 3.0 { (n * 10.0).round() / 10.0 } else { n.round() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_read_as_people_say_them() {
        for (hours, says) in [
            ([0.0, 0.0], ""),
            ([0.1, 0.1], "6 min"),
            ([0.5, 0.5], "30 min"),
            ([0.5, 2.0], "30 min–2 h"),
            ([1.0, 4.0], "1–4 h"),
            ([4.0, 4.0], "4 h"),
            ([4.0, 16.0], "4 h–2 d"),
            ([8.0, 40.0], "1–5 d"),
            ([0.0, 4.0], "≤ 4 h"),
            ([6.75, 12.0], "7 h–1.5 d"),
        ] {
            assert_eq!(range(hours), says);
        }
    }

    #[test]
    fn sums_choose_their_unit() {
        assert_eq!(total([0.0, 0.0]), None);
        assert_eq!(total([0.5, 0.5]).as_deref(), Some("about 30 minutes"));
        assert_eq!(total([2.0, 6.0]).as_deref(), Some("2–6 hours"));
        assert_eq!(total([32.0, 32.0]).as_deref(), Some("about 4 days"));
        assert_eq!(total([20.0, 62.0]).as_deref(), Some("2.5–8 days"));
        assert_eq!(total([0.0, 8.0]).as_deref(), Some("up to 1 day"));
    }

    #[test]
    fn nonsense_is_not_printed() {
        assert_eq!(range([f64::NAN, f64::NAN]), "");
        assert_eq!(total([f64::NAN, f64::NAN]), None);
    }
}
