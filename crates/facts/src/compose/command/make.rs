//! Variables of a Makefile, which often hold the files that Compose is started with.

use std::collections::{BTreeMap, BTreeSet};

/// How many variables are filled in for one line, whatever they name in turn.
const MAX_STEPS: usize = 200;
/// The longest line that is read, in bytes, before and after its variables are filled in.
const MAX_LINE: usize = 4_096;
/// How many lines are filled in.
const MAX_LINES: usize = 20_000;

/// The lines of a Makefile with its own variables filled in. What only defines a variable that other lines use is no command and is
/// left out; a variable that nothing here uses may be read by a program, and stays.
pub(super) fn expanded(text: &str) -> String {
    let mut values: BTreeMap<&str, String> = BTreeMap::new();
    for (name, operator, value) in text.lines().take(MAX_LINES).filter_map(assignment) {
        match operator {
            '?' if values.contains_key(name) => {}
            '+' => {
                let whole = values.entry(name).or_default();
                if whole.len() + value.len() < MAX_LINE {
                    whole.push(' ');
                    whole.push_str(value);
                }
            }
            _ => {
                values.insert(name, value.to_owned());
            }
        }
    }
    let used: BTreeSet<&str> = text.split('$').skip(1).filter_map(|rest| reference(rest).map(|(name, _)| name)).collect();
    let mut lines = String::with_capacity(text.len());
    for line in text.lines().take(MAX_LINES) {
        if assignment(line).is_some_and(|(name, ..)| used.contains(name)) {
            continue;
        }
        lines.push_str(&filled(line, &values));
        lines.push('\n');
    }
    lines
}

/// `NAME = value` with the character before the equals sign, which says how it is assigned.
fn assignment(line: &str) -> Option<(&str, char, &str)> {
    if line.starts_with('\t') || line.len() > MAX_LINE {
        return None;
    }
    let (left, value) = line.split_once('=')?;
    let left = left.trim().trim_start_matches("export ").trim_start_matches("override ").trim();
    let name = left.trim_end_matches([':', '?', '+', '!']);
    let operator = left[name.len()..].chars().next().unwrap_or('=');
    let name = name.trim_end();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    plain.then_some((name, operator, value.trim()))
}

/// The name within `(NAME)` or `{NAME}`, and what follows.
fn reference(rest: &str) -> Option<(&str, &str)> {
    let close = match rest.chars().next()? {
        '(' => ')',
        '{' => '}',
        _ => return None,
    };
    let (name, after) = rest[1..].split_once(close)?;
    (name.len() < 100 && !name.contains(['(', '$', ' ', ','])).then_some((name, after))
}

/// A line with the values of its variables, and of those that they name.
fn filled(line: &str, values: &BTreeMap<&str, String>) -> String {
    let mut whole = String::new();
    // What is still to be read, the next on top.
    let mut rest = vec![line];
    let mut steps = 0;
    while let Some(text) = rest.pop() {
        let Some((before, after)) = text.split_once('$').filter(|_| text.len() <= MAX_LINE && whole.len() <= MAX_LINE) else {
            whole.push_str(text);
            continue;
        };
        whole.push_str(before);
        match reference(after).and_then(|(name, tail)| Some((values.get(name)?, tail))) {
            Some((value, tail)) if steps < MAX_STEPS => {
                steps += 1;
                rest.extend([tail, value.as_str()]);
            }
            _ => {
                whole.push('$');
                rest.push(after);
            }
        }
    }
    whole
}
