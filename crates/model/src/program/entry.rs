//! Where a program begins.

use plimsoll_base::Location;
use plimsoll_facts::code::ModuleId;

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
