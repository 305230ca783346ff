//! Where a program begins.

mod built;
mod command;
mod image;

use plimsoll_base::Location;
use plimsoll_facts::code::ModuleId;

use crate::service::Service;
use crate::system::System;

/// A module that a start command or a convention of the platform loads first.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The module.
    pub module: ModuleId,
    /// The object or function in it that is started, `app` of `main:app`, `handler`.
    pub object: Option<String>,
    /// What leads there: the start command, the manifest, the function's declaration.
    pub at: Location,
    /// What is said there, in a few words: "`uvicorn app.main:app`".
    pub says: String,
}

/// What a program begins with.
#[derive(Debug, Default)]
pub(super) struct Begin {
    /// Where it begins.
    pub(super) entries: Vec<Entry>,
    /// Modules that a framework's convention loads from an entry: the module, and the entry's.
    pub(super) conventions: Vec<(ModuleId, ModuleId)>,
    /// What leads to no module that was read.
    pub(super) doubts: Vec<(Location, String)>,
}

pub(super) fn begin(_system: &System, _service: &Service, _root: &str) -> Begin {
    Begin::default()
}

/// Whether a path lies below a folder; everything lies below the root.
pub(super) fn below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
