//! From a path to the files of a tree, each with what it holds and what it is for, or the reason why it is not read.
//!
//! This is the only room that reads the disk. It never runs a program, never follows a link, never reads more than its
//! limits allow, and lists everything that it leaves out. What the files say is for other rooms.

#![allow(clippy::disallowed_methods, reason = "this room, and no other, reads the disk")]

mod file;
mod folders;
mod format;
mod git;
mod kinds;
mod native;
mod role;
mod tree;
mod walk;

pub use file::{File, PassedOver, Revision, SkipReason, Skipped, TreeProblem};
pub use format::{Format, Language, Lockfile, MAX_FILE_BYTES, MAX_LOCKFILE_BYTES};
pub use plimsoll_base::FileId;
pub use role::{Role, says_generated};
pub use tree::{DiscoverError, Options, ReadError, Tree};
