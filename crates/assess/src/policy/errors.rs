//! What is wrong with a policy file, and where.

use std::fmt;

use crate::Policy;

/// A policy file that cannot be used. Assessing without it would judge something else than was decided, so nothing is assessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// What is wrong, in the order of the file; at least one.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What, and what to write instead.
    pub says: String,
}

/// More than this many faults help nobody.
const SHOWN: usize = 20;

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().take(SHOWN).enumerate() {
            let separator = if i == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{}:{}: {}", Policy::FILE, fault.line, fault.column, fault.says)?;
        }
        if self.faults.len() > SHOWN {
            write!(f, "\n{} more", self.faults.len() - SHOWN)?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}

/// The candidate that was probably meant. A name without its area, as in `https-tls`, finds the control of that name.
pub(super) fn nearest(word: &str, candidates: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    // The distance is quadratic in the length, and no key or id is nearly as long.
    if word.len() > 100 {
        return None;
    }
    let word = word.to_lowercase().replace('_', "-");
    let distance = |candidate: &str| {
        let candidate = candidate.replace('_', "-");
        let whole = strsim::osa_distance(&word, &candidate);
        match candidate.split_once('/') {
            Some((_, name)) if !word.contains('/') => whole.min(strsim::osa_distance(&word, name)),
            _ => whole,
        }
    };
    let allowed = (word.chars().count() / 3).max(1);
    candidates.into_iter().map(|c| (distance(c), c)).min_by_key(|(d, _)| *d).filter(|(d, _)| *d <= allowed).map(|(_, c)| c)
}
