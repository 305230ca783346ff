//! Renders an [`Assessment`](plimsoll_base::Assessment): for the terminal, as JSON, as a map of the system; and the catalogue's pages.
//!
//! Nothing is judged, counted or decided here that the assessment does not already say. Text of the scanned tree is escaped at the
//! one place where lines are written, so that no renderer can forget it.

pub mod arithmetic;
pub mod controls;
mod digest;
mod effort;
mod escape;
pub mod explain;
mod ink;
pub mod json;
pub mod map;
mod sheet;
pub mod terminal;

pub use escape::visible;
pub use terminal::TerminalOptions;

/// What standard output shall hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Terminal,
    /// The contract for machines.
    Json,
}

impl Format {
    /// The format of that name on the command line.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "terminal" => Some(Format::Terminal),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
    /// The format that a file's extension asks for.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "txt" => Some(Format::Terminal),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// The JSON Schema (draft 2020-12) of what [`json::render`] writes.
pub const SCHEMA: &str = include_str!("../../../schemas/assessment.schema.json");
