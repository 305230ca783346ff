//! Technologies: signal files say which packages, commands, actions, images and files show which capability.
//!
//! Data says what to look for; what it means is for the controls to say.

mod called;
mod capability;
mod command;
mod container;
mod glob;
mod hooks;
mod image;
mod index;
mod matching;
mod program;
mod rule;

#[cfg(test)]
mod tests;

pub use called::CodeSign;
pub(crate) use called::called;
pub use capability::Capability;
pub use glob::path_matches;
pub use hooks::Hook;
pub(crate) use hooks::hooks;
pub use image::{engine_of_image, engine_of_technology};
pub use matching::{SignInput, signs};

use plimsoll_base::{Grade, Location};

/// A sign of a technology, found at a place.
#[derive(Clone, Debug)]
pub struct Sign {
    /// The technology: `Trivy`.
    pub technology: String,
    /// What it shows.
    pub capability: Capability,
    /// How strongly.
    pub grade: Grade,
    /// Where.
    pub at: Location,
    /// In the file's words.
    pub says: String,
    /// What kind of place it is.
    pub source: SignSource,
}

/// What kind of place a sign was found in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignSource {
    /// A dependency of the package at that manifest path; whether it is a development one.
    Dependency {
        /// The manifest's path.
        manifest: String,
        /// Only for development.
        dev: bool,
    },
    /// A file that configures it, by its path.
    File {
        /// The file's path.
        path: String,
    },
    /// An image that a workload runs or builds on.
    Image {
        /// The image as written.
        image: String,
    },
    /// A variable's name.
    Variable {
        /// The variable.
        name: String,
    },
    /// A step or command of a pipeline.
    Pipeline(PipelineSource),
    /// A command of an image, a workload or a script outside pipelines: the file's path.
    Command {
        /// The file's path.
        path: String,
    },
}

/// Where in a pipeline, and what its failure does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineSource {
    /// Index of the pipeline.
    pub pipeline: usize,
    /// Index of the job.
    pub job: usize,
    /// Index of the step.
    pub step: usize,
    /// Its failure fails nothing: where that is written.
    pub tolerated: Option<Location>,
    /// It hands its findings to a service (code scanning alerts) and does not fail the step by itself; whether that blocks is
    /// decided there.
    pub reports: bool,
    /// It can never run.
    pub dead: bool,
    /// The folder it works in, from the root, as far as known.
    pub folder: String,
    /// Words of the command, or the inputs of the action as `key=value`.
    pub words: Vec<String>,
}
