//! The renderers, driven with assessments built by hand.

mod builder;
mod checker;
mod fixtures;
mod schema;
mod snapshots;
mod terminal;
