//! Bytes to spanned trees. Every front end returns a value *and* problems: parsing never fails and never panics.
//!
//! Absent on purpose: what a file means. This room knows YAML, not Compose; HCL, not AWS.

mod data;
mod guard;

pub use data::{Entry, Kind, Node};
pub use guard::{MAX_DEPTH, guard};

use plimsoll_base::Span;

/// Something wrong in a text, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The bytes meant; none for the text as a whole.
    pub span: Option<Span>,
    /// What is wrong, and what was done about it.
    pub says: String,
}

/// What a front end gives: as much as could be read, and what could not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed<T> {
    /// The part that was read.
    pub value: T,
    /// What was not; empty when all was.
    pub issues: Vec<Issue>,
}

impl<T> Parsed<T> {
    /// A value without issues.
    pub fn clean(value: T) -> Self {
        Self { value, issues: Vec::new() }
    }
}
