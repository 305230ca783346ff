//! A tolerant reader of shell text, as found in CI steps, Dockerfiles, package scripts, recipes and scripts.
//!
//! It answers two questions: which commands does this text run, and can the failure of one fail the whole? It follows POSIX
//! shells and bash; text for PowerShell or cmd is split by lines, without further understanding. Nothing is ever executed.

mod compound;
mod reader;
mod redirects;
mod simple;
mod tolerance;
mod words;
mod wrappers;

#[cfg(test)]
mod tests;

use plimsoll_base::Span;

/// What a command stands behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    /// Nothing: the first of its script or substitution.
    Start,
    /// `;`, `&`, a new line or a reserved word such as `then`.
    Sequence,
    /// `&&`: it runs when the one before succeeded.
    And,
    /// `||`: it runs when the one before failed.
    Or,
    /// `|`: it reads what the one before writes.
    Pipe,
}

/// A redirection such as `> out.sql` or `2>&1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The operator with its descriptor: `>`, `2>>`, `<`, `<<<`, `<<-`.
    pub operator: String,
    /// The word behind it, quotes removed; of a heredoc its delimiter.
    pub target: String,
}

/// One simple command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellCommand {
    /// The words with quotes removed; `$X`, `${X}` and `$(…)` stay as text. Empty where only variables are assigned.
    pub words: Vec<String>,
    /// Variables assigned before the words: `CI=1 npm test`.
    pub assignments: Vec<(String, String)>,
    /// Its redirections in their order.
    pub redirects: Vec<Redirect>,
    /// The bodies of its heredocs, within the text.
    pub heredocs: Vec<Span>,
    /// From its first byte to its last, within the text; heredoc bodies are not part of it.
    pub span: Span,
    /// What it stands behind.
    pub after: Connector,
    /// Its failure cannot fail the script: `|| true` and the like follow, its pipeline goes on without `pipefail`, it is a
    /// condition that nothing gates on, or errors are not fatal at its place and something else comes last.
    pub tolerated: bool,
    /// Whether it runs is decided by something else: in an `if`, `while` or `case`, behind `||`, or behind `&&` of a test.
    pub conditional: bool,
    /// A `!` stands before it.
    pub negated: bool,
    /// It runs in the background.
    pub background: bool,
    /// It stands within `$(…)`, backticks or `<(…)`.
    pub substituted: bool,
    /// It stands in the body of a function, which may never be called.
    pub in_function: bool,
}

/// How strictly the interpreter treats failures before the text itself says anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strictness {
    /// A failing command ends the script (`set -e`).
    pub errexit: bool,
    /// A pipeline fails when any part of it fails (`set -o pipefail`).
    pub pipefail: bool,
}

impl Strictness {
    /// `bash -e`, as CI services start the script of a step.
    pub const STEP: Self = Self { errexit: true, pipefail: false };
    /// `sh -c`, as RUN, package scripts and scripts of their own start: the last command decides.
    pub const PLAIN: Self = Self { errexit: false, pipefail: false };
    /// `bash -eo pipefail`, as a GitHub step with `shell: bash`.
    pub const STRICT: Self = Self { errexit: true, pipefail: true };
}

/// Reads a text in which a failing command ends the script, as in a CI step.
pub fn shell(text: &str) -> Vec<ShellCommand> {
    shell_with(text, Strictness::STEP)
}

/// Reads a text, told how its interpreter is started. `set` commands and the options of a first line `#!/bin/sh -e` are followed.
pub fn shell_with(text: &str, strictness: Strictness) -> Vec<ShellCommand> {
    reader::read(text, strictness, 0)
}

impl ShellCommand {
    /// The command of a list of words that no shell reads, and behind it what a `sh -c` in it runs. All stand at `span`.
    pub fn from_words(words: Vec<String>, span: Span) -> Vec<Self> {
        reader::from_words(words, span)
    }
}
