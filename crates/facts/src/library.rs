//! The library: every path of the tree, and the contents of the files that readers open more than once.
//!
//! Source files and documents are read, handed to their readers and dropped; configuration is small and is kept,
//! parsed once, because it refers to itself across files (`extends`, `include`, reusable workflows, values files).

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use plimsoll_base::{FileId, Location, Span};
use plimsoll_discover::{Format, Role};
use plimsoll_syntax::{Node, ShellCommand, Strictness, shell_with};

/// The largest configuration whose bytes are held; beyond it a file is data.
pub const KEPT_BYTES: u64 = 256 * 1024;

/// A file of the tree with what is held of it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The file.
    pub id: FileId,
    /// Its path from the root, with `/`.
    pub path: String,
    /// Its format.
    pub format: Format,
    /// Its part in the repository (rule G10).
    pub role: Role,
    /// Its bytes on disk.
    pub size: u64,
    /// Whether git tracks it; none without git.
    pub tracked: Option<bool>,
    /// Whether an ignore rule matches it although it is here.
    pub ignored: bool,
    /// Its bytes, for configuration.
    pub bytes: Option<Arc<[u8]>>,
    /// Its documents, for YAML, JSON and TOML.
    pub documents: Vec<Node>,
    /// Its commands as [`Self::commands`] gives them.
    pub(crate) commands: OnceLock<Vec<ShellCommand>>,
}

impl Held {
    /// The folder that holds it; empty for the root.
    pub fn folder(&self) -> &str {
        folder_of(&self.path)
    }
    /// The last part of its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
    /// The first document.
    pub fn root(&self) -> Option<&Node> {
        self.documents.first()
    }
    /// A place in it.
    pub fn at(&self, span: Span) -> Location {
        Location::at(self.id, span)
    }
    /// The file as a whole.
    pub fn whole(&self) -> Location {
        Location::whole(self.id)
    }
    /// Its text, invalid bytes replaced; empty where nothing is held.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        self.bytes.as_deref().map(|b| plimsoll_syntax::decode(b).0).unwrap_or_default()
    }
    /// The commands of a script or recipe, of which spans count from the file's first byte: read when somebody first asks, since several
    /// readers do.
    pub fn commands(&self) -> &[ShellCommand] {
        self.commands.get_or_init(|| shell_with(&self.text(), Strictness::PLAIN))
    }
    /// Whether it counts as evidence of the product: not a test, an example, vendored, generated or a copy.
    pub fn product(&self) -> bool {
        matches!(self.role, Role::Product | Role::Docs | Role::DevTool)
    }
}

/// Every path of the tree.
#[derive(Debug, Default)]
pub struct Library {
    files: Vec<Held>,
    by_path: HashMap<String, usize>,
}

impl Library {
    /// A library of files, in the tree's order.
    pub fn new(files: Vec<Held>) -> Self {
        let by_path = files.iter().enumerate().map(|(i, f)| (f.path.clone(), i)).collect();
        Self { files, by_path }
    }
    /// All files in the tree's order.
    pub fn files(&self) -> &[Held] {
        &self.files
    }
    /// The file at a path.
    pub fn get(&self, path: &str) -> Option<&Held> {
        self.by_path.get(path).map(|i| &self.files[*i])
    }
    /// The file at a path relative to a folder, `.` and `..` resolved; none when it leaves the root.
    pub fn resolve(&self, folder: &str, relative: &str) -> Option<&Held> {
        self.get(&join(folder, relative)?)
    }
    /// Whether the tree holds a file, or a folder with files, at that path.
    pub fn exists(&self, path: &str) -> bool {
        self.get(path).is_some() || self.has_folder(path)
    }
    /// Whether files lie below a folder; the empty path is the root.
    pub fn has_folder(&self, path: &str) -> bool {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let at = self.files.partition_point(|f| f.path.as_str() < prefix.as_str());
        self.files.get(at).is_some_and(|f| f.path.starts_with(&prefix))
    }
    /// Files below a folder (at any depth), in order.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a Held> + use<'a> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let at = self.files.partition_point(|f| f.path.as_str() < prefix.as_str());
        self.files[at..].iter().take_while(move |f| f.path.starts_with(&prefix))
    }
}

/// The folder part of a path; empty for the root.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Joins a folder and a relative path; none when the result leaves the root or is absolute.
pub fn join(folder: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') || relative.starts_with('~') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
impl Held {
    /// A source file of the product of which nothing is kept, for the tests of readers.
    pub(crate) fn source(path: &str, language: plimsoll_discover::Language) -> Self {
        Self {
            id: FileId(0),
            path: path.into(),
            format: Format::Source(language),
            role: Role::Product,
            size: 0,
            tracked: None,
            ignored: false,
            bytes: None,
            documents: Vec::new(),
            commands: OnceLock::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_join_and_never_leave_the_root() {
        assert_eq!(join("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(join("", "./x").as_deref(), Some("x"));
        assert_eq!(join("a", "../../x"), None);
        assert_eq!(join("a", "/etc/passwd"), None);
        assert_eq!(folder_of("a/b/c"), "a/b");
        assert_eq!(folder_of("c"), "");
    }
}
