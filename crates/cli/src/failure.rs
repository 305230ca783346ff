//! What ends a run without a verdict, said with what to do next.

use std::io;
use std::path::PathBuf;

use plimsoll_assess::PolicyError;
use plimsoll_discover::DiscoverError;

/// A run that gave no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Tree(#[from] DiscoverError),
    #[error("the policy cannot be used; mend it or remove it\n{0}")]
    Policy(PolicyError),
    #[error("plimsoll.toml cannot be read ({0}); it must be a regular file of the tree, in UTF-8")]
    PolicyUnread(String),
    #[error("`{asked}` is no control{}; `plimsoll controls` lists them", nearest.as_ref().map(|n| format!(", did you mean `{n}`?")).unwrap_or_default())]
    NoSuchControl { asked: String, nearest: Option<String> },
    #[error("{} has no extension that names a format; use .json or .txt", path.display())]
    NoFormat { path: PathBuf },
    #[error("{} cannot be written: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("standard output cannot be written: {0}")]
    Output(#[from] io::Error),
    #[error("self-test failed: {0}")]
    SelfTest(String),
}

impl Failure {
    /// 2 where the user can mend the call, 70 where the program is at fault.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::SelfTest(_) | Failure::Output(_) => 70,
            _ => 2,
        }
    }
}
