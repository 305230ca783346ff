//! The renderers, driven with assessments built by hand.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "expected output lies in files beside the tests")]

mod builder;
mod checker;
mod fixtures;
mod schema;
mod snapshots;
mod terminal;
