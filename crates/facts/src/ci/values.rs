//! What is known of a value in a condition, and what comparisons of such values decide.

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// Begins like this and is none of those.
    Partly {
        prefix: String,
        not: Vec<String>,
    },
    List(Vec<String>),
    /// Counts as false, whatever it is.
    Falsy,
    Unknown,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// Whether it counts as true; none where that is unknown.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Value::Null | Value::Falsy => Some(false),
            Value::Bool(b) => Some(*b),
            Value::Number(n) => Some(*n != 0.0),
            Value::Text(t) => Some(!t.is_empty()),
            Value::Partly { .. } | Value::List(_) => Some(true),
            Value::Unknown => None,
        }
    }

    pub(super) fn of(truth: Option<bool>) -> Self {
        truth.map_or(Value::Unknown, Value::Bool)
    }

    /// As text, where it is known in full.
    pub(super) fn known_text(&self) -> Option<String> {
        match self {
            Value::Text(t) => Some(t.clone()),
            Value::Bool(b) => Some(b.to_string()),
            Value::Number(n) => Some(n.to_string()),
            _ => None,
        }
    }

    pub(super) fn equals(&self, other: &Value) -> Option<bool> {
        match (self, other) {
            (Value::Unknown | Value::Falsy, _) | (_, Value::Unknown | Value::Falsy) => None,
            (Value::Text(a), Value::Text(b)) => Some(a.eq_ignore_ascii_case(b)),
            (Value::Partly { prefix, not }, Value::Text(t)) | (Value::Text(t), Value::Partly { prefix, not }) => {
                let excluded =
                    !t.to_ascii_lowercase().starts_with(&prefix.to_ascii_lowercase()) || not.iter().any(|n| n.eq_ignore_ascii_case(t));
                if excluded { Some(false) } else { None }
            }
            (Value::Partly { .. }, Value::Null) | (Value::Null, Value::Partly { .. }) => Some(false),
            (Value::Partly { .. } | Value::List(_), _) | (_, Value::Partly { .. } | Value::List(_)) => None,
            (a, b) => Some(a.number()? == b.number()?),
        }
    }

    /// The number that a comparison of unlike values uses; what is no number equals nothing.
    fn number(&self) -> Option<f64> {
        match self {
            Value::Null => Some(0.0),
            Value::Bool(b) => Some(f64::from(u8::from(*b))),
            Value::Number(n) => Some(*n),
            Value::Text(t) if t.is_empty() => Some(0.0),
            Value::Text(t) => Some(t.trim().parse().unwrap_or(f64::NAN)),
            _ => None,
        }
    }
}

pub(super) fn starts_with(text: &Value, start: &Value) -> Option<bool> {
    let (Some(start), lower) = (start.known_text(), |t: &str| t.to_ascii_lowercase()) else { return None };
    match text {
        Value::Null => Some(start.is_empty()),
        Value::Partly { prefix, .. } if lower(prefix).starts_with(&lower(&start)) => Some(true),
        Value::Partly { prefix, .. } if lower(&start).starts_with(&lower(prefix)) => None,
        Value::Partly { .. } => Some(false),
        other => Some(lower(&other.known_text()?).starts_with(&lower(&start))),
    }
}

pub(super) fn contains(whole: &Value, part: &Value) -> Option<bool> {
    match (whole, part) {
        (Value::List(items), Value::Text(part)) => Some(items.iter().any(|i| i.eq_ignore_ascii_case(part))),
        (Value::List(items), Value::Partly { prefix, not }) => {
            let possible = items.iter().any(|i| i.to_ascii_lowercase().starts_with(&prefix.to_ascii_lowercase()) && !not.contains(i));
            if possible { None } else { Some(false) }
        }
        (Value::Text(whole), Value::Text(part)) => Some(whole.to_ascii_lowercase().contains(&part.to_ascii_lowercase())),
        (Value::Partly { prefix, .. }, Value::Text(part)) if prefix.contains(part.as_str()) => Some(true),
        _ => None,
    }
}

pub(super) fn matches_pattern(left: &Value, pattern: &str, ignores_case: bool) -> Option<bool> {
    match left {
        Value::Null => Some(false),
        Value::Text(text) => {
            let regex =
                regex::RegexBuilder::new(&pattern.replace("\\/", "/")).case_insensitive(ignores_case).size_limit(1 << 18).build().ok()?;
            Some(regex.is_match(text))
        }
        _ => None,
    }
}
