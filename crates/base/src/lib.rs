//! The shared vocabulary: where something stands, what was seen, how it is judged, and the finished [`Assessment`].
//!
//! Absent on purpose: any file format, any technology, any input or output. Every other room speaks these words.

mod about;
mod assessment;
mod evidence;
mod location;
mod scale;
mod setting;
mod system_view;
mod tally;
mod words;

pub use about::{About, CATALOGUE, Per, about};
pub use assessment::*;
pub use evidence::{Evidence, Gap, Judgement, Proof, Question, Scope, SubjectId, Verdict};
pub use location::{FileId, LineIndex, Location, Place, Problem, Span};
pub use scale::{Effort, Grade, Severity, Tier};
pub use setting::{Setting, Sourced};
pub use system_view::*;
pub use tally::{Subject, Tally};
pub use words::{Hit, Words};

/// The date of the rules and of the facts that age (end of life, defaults of platforms), printed with every verdict.
pub const RULESET: &str = "2026.11";
