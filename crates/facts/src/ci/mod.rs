//! Pipelines: what starts them, what their jobs really run, and what can stop them.

mod pipeline;

pub use pipeline::*;
