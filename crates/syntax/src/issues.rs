//! A bounded list of issues: a hostile file may have a million defects, and a person reads a few.

use plimsoll_base::Span;

use crate::Issue;

const LIMIT: usize = 100;

/// Collects issues up to a limit, then counts.
#[derive(Default)]
pub(crate) struct Issues {
    kept: Vec<Issue>,
    more: usize,
}

impl Issues {
    pub(crate) fn add(&mut self, span: Option<Span>, says: impl Into<String>) {
        if self.kept.len() < LIMIT {
            self.kept.push(Issue { span, says: says.into() });
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.kept.len() >= LIMIT
    }

    /// The issues in the order of the file, those of the whole file first, and how many were left out.
    pub(crate) fn finish(mut self) -> Vec<Issue> {
        self.kept.sort_by_key(|issue| issue.span.map(|s| s.start));
        if self.more > 0 {
            self.kept.push(Issue { span: None, says: format!("{} more issues were left out", self.more) });
        }
        self.kept
    }
}
