//! Bytes to spanned trees. Every front end returns a value *and* problems: parsing never fails and never panics.
//!
//! Absent on purpose: what a file means. This room knows YAML, not Compose; HCL, not AWS.

mod data;
pub mod dockerfile;
mod dotenv;
mod guard;
pub mod hcl;
mod issues;
mod json;
pub mod markdown;
mod shell;
mod text;
mod toml;
mod xml;
mod yaml;

pub use self::toml::toml;
pub use data::{Entry, Kind, Node};
pub use dockerfile::dockerfile;
pub use dotenv::{DotenvEntry, dotenv};
pub use guard::{MAX_DEPTH, guard};
pub use hcl::hcl;
pub use json::{JsonFlavour, json};
pub use markdown::markdown;
pub use shell::{Connector, Redirect, ShellCommand, Strictness, shell, shell_with};
pub use text::decode;
pub use xml::{Element, xml};
pub use yaml::{has_template, yaml};

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
