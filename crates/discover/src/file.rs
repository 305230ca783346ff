//! What is known of a file before it is read, and what is said of those that are not read.

use std::fmt;

use plimsoll_base::FileId;

use crate::{Format, Role};

/// A regular file of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its index in [`crate::Tree::files`].
    pub id: FileId,
    /// Relative to the root, with `/`. A byte that is not UTF-8 is written as `\xNN`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// What its name says that it holds.
    pub format: Format,
    /// What its path says that it is for.
    pub role: Role,
    /// Whether git tracks it; none without git.
    pub tracked: Option<bool>,
    /// Tracked although an ignore rule matches: somebody meant to keep it out.
    pub ignored: bool,
    /// Whether it carries an executable bit.
    pub executable: bool,
    /// Larger than what is read; reading it is an error.
    pub oversize: bool,
}

impl File {
    /// The last component of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
    /// The folder that holds it, relative to the root; empty for the root itself.
    pub fn folder(&self) -> &str {
        self.path.rfind('/').map_or("", |at| &self.path[..at])
    }
}

/// Something in the tree that is not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Relative to the root.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
    /// Whether git tracks it (for a folder: something in it); none without git.
    pub tracked: Option<bool>,
}

/// Why something is not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// A symbolic link, with the place that it names; links are never followed.
    Link {
        /// What the link says, as text.
        to: String,
    },
    /// A pipe, a socket or a device.
    NotAFile,
    /// The system refused to read it.
    Unreadable {
        /// What the system said.
        why: String,
    },
    /// Above the limit for its format.
    TooLarge {
        /// Bytes.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The files before it already reach the limit for the tree.
    BeyondTotal,
    /// The path is longer than the limit.
    PathTooLong,
    /// The folder lies deeper than the limit.
    TooDeep,
    /// Another repository, of which this one holds only a commit id.
    Submodule,
    /// Another repository, which this one does not track.
    NestedRepository,
    /// Tracked, but not on disk.
    Missing,
    /// Tracked, but left out of this checkout (sparse).
    NotCheckedOut,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SkipReason::Link { to } => write!(f, "a link to {to}; links are not followed"),
            SkipReason::NotAFile => f.write_str("neither a file nor a folder"),
            SkipReason::Unreadable { why } => write!(f, "cannot be read: {why}"),
            SkipReason::TooLarge { size, limit } => write!(f, "{size} bytes, more than the {limit} that are read"),
            SkipReason::BeyondTotal => f.write_str("the tree holds more bytes than are read"),
            SkipReason::PathTooLong => f.write_str("its path is too long"),
            SkipReason::TooDeep => f.write_str("it lies too deep"),
            SkipReason::Submodule => f.write_str("a submodule; assess it by itself"),
            SkipReason::NestedRepository => f.write_str("a repository of its own inside this one; assess it by itself"),
            SkipReason::Missing => f.write_str("tracked by git, but not on disk"),
            SkipReason::NotCheckedOut => f.write_str("tracked by git, but left out of this sparse checkout"),
        }
    }
}

/// A folder of somebody else's files or of build output: counted, not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PassedOver {
    /// The folder, relative to the root.
    pub path: String,
    /// How many files it holds that would otherwise have been read.
    pub files: usize,
    /// There are more: counting stopped.
    pub more: bool,
    /// Whether git tracks something in it.
    pub tracked: bool,
}

/// The commit that is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its id in hexadecimal digits.
    pub commit: String,
    /// Whether what was read differs from that commit, or may differ.
    pub dirty: bool,
}

/// Something that went wrong beside a single file; the path is relative to the root where it lies below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeProblem {
    /// What it is about.
    pub path: String,
    /// What, and what it means for the result.
    pub says: String,
}

/// Bytes as text: what is not UTF-8 becomes `\xNN`.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}
