//! Spanned trees and signals to typed, sourced facts, grouped by *subject*: workloads, pipelines, packages, documents.
//!
//! Absent on purpose: good and bad. A fact says what a file says; what that means is for the model and the controls.

pub mod backup;
pub mod ci;
pub mod code;
pub mod compose;
pub mod container;
pub mod iac;
pub mod infrastructure;
pub mod packages;
pub mod platform;
pub mod repository;
pub mod technology;

mod gather;
mod library;
mod monitoring;
mod pattern;
mod proxy;

pub use gather::{Cluster, Facts, gather};
pub use library::{Held, KEPT_BYTES, Library, folder_of, join};
pub use plimsoll_discover::{Format, Language, MAX_FILE_BYTES, Role};
pub use technology::path_matches;
