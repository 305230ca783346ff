//! The files of one folder, listed once and read on demand.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use plimsoll_base::FileId;
use thiserror::Error;

use crate::file::{File, PassedOver, Revision, SkipReason, Skipped, TreeProblem, escaped};
use crate::git::Repository;
use crate::native::{self, Root};
use crate::walk::{self, Found, Left, Listing, Passed, Tracked};
use crate::{Format, Role, folders};

/// The limits of a tree. Reaching one is reported, never silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many files are listed.
    pub max_files: usize,
    /// How many folders lie above the deepest file.
    pub max_depth: usize,
    /// How long a path is, in bytes.
    pub max_path_bytes: usize,
    /// How many bytes the listed files hold together, those above their own limit not counted.
    pub max_total_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_files: 500_000, max_depth: 128, max_path_bytes: 3_000, max_total_bytes: 4 << 30 }
    }
}

/// Why a tree cannot be opened.
#[derive(Debug, Error)]
pub enum DiscoverError {
    /// There is nothing.
    #[error("{} does not exist; give the folder that holds the repository", path.display())]
    NotFound {
        /// What was asked for.
        path: PathBuf,
    },
    /// There is a file.
    #[error("{} is a single file; give the folder that holds the repository, since a system is judged as a whole", path.display())]
    IsAFile {
        /// What was asked for.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("{} cannot be read ({source}); check its permissions", path.display())]
    Unreadable {
        /// What was asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a listed file cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Since it was listed it became a link, or a folder above it did.
    #[error("a link stands in the way, and links are not followed")]
    Link,
    /// Since it was listed it became something else.
    #[error("it is not a regular file")]
    NotAFile,
    /// Above the limit for its format, or for the tree.
    #[error("it is larger than the {limit} bytes that are read")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The system refuses.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The id belongs to another tree.
    #[error("the tree holds no such file")]
    Unknown,
}

#[derive(Debug)]
enum Store {
    Disk(Root),
    Memory(Vec<Vec<u8>>),
}

/// The files of a folder, with what is known of each and what was left out.
#[derive(Debug)]
pub struct Tree {
    /// The name of the folder.
    pub name: String,
    /// Sorted by the bytes of their paths; a [`FileId`] is an index into it.
    pub files: Vec<File>,
    /// What is not read, sorted by path.
    pub skipped: Vec<Skipped>,
    /// Folders that are counted, not read, sorted by path.
    pub passed_over: Vec<PassedOver>,
    /// The commit, where a repository tracks the folder and has one.
    pub revision: Option<Revision>,
    /// Whether a repository tracks the folder.
    pub git: bool,
    /// What went wrong, sorted by path.
    pub problems: Vec<TreeProblem>,
    by_path: HashMap<String, FileId>,
    /// The bytes of the paths that are not UTF-8.
    raw: BTreeMap<FileId, Vec<u8>>,
    store: Store,
}

impl Tree {
    /// Lists the files of a folder. No file is read but those of git that say which files there are.
    pub fn open(path: &Path, options: &Options) -> Result<Tree, DiscoverError> {
        let asked = || path.to_path_buf();
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => DiscoverError::NotFound { path: asked() },
            io::ErrorKind::NotADirectory => DiscoverError::IsAFile { path: asked() },
            _ => DiscoverError::Unreadable { path: asked(), source },
        };
        let canonical = path.canonicalize().map_err(refused)?;
        if !std::fs::metadata(&canonical).map_err(refused)?.is_dir() {
            return Err(DiscoverError::IsAFile { path: asked() });
        }
        let root = Root::open(canonical).map_err(refused)?;
        std::fs::read_dir(&root.path).map_err(refused)?;
        let name = root.path.file_name().map_or_else(|| "/".to_owned(), |n| escaped(&native::name_bytes(n)));

        let mut problems = Vec::new();
        let mut repository = Repository::around(&root.path).unwrap_or_else(|says| {
            problems.push((".git".to_owned(), format!("{says}; every file is read, as without git")));
            None
        });
        let mut entries = Vec::new();
        if let Some(found) = &repository {
            match found.index() {
                Ok(all) => entries = all,
                Err(says) => problems.push((
                    ".git/index".to_owned(),
                    format!("the list of tracked files cannot be used: {says}; every file is read, as without git"),
                )),
            }
            entries.retain(|e| e.path.len() > found.prefix.len() && e.path.starts_with(&found.prefix));
        }
        if entries.is_empty() {
            repository = None;
        }
        let tracked = repository.as_ref().map(|repository| Tracked { repository, entries: &entries });
        let mut listing = walk::walk(&root, tracked, options);
        problems.append(&mut listing.problems);
        let mut revision = None;
        if let Some(repository) = &repository {
            match repository.head() {
                Ok(Some(head)) => {
                    let mut dirty = listing.untracked || listing.missing || listing.truncated;
                    if !dirty {
                        let difference = repository.difference(&head, &entries, &listing.met, &root);
                        problems.extend(difference.problem.map(|says| (".git".to_owned(), says)));
                        dirty = difference.dirty;
                    }
                    revision = Some(Revision { commit: head.to_string(), dirty });
                }
                Ok(None) => {}
                Err(says) => problems.push((".git".to_owned(), format!("the current commit is not known: {says}"))),
            }
        }
        if listing.truncated {
            problems.push((
                String::new(),
                format!("there are more than {} files; the rest is not read, and nothing can be said of it", options.max_files),
            ));
        }
        let mut tree = Tree { git: repository.is_some(), revision, ..Tree::empty(name, Store::Disk(root)) };
        tree.fill(listing, problems, options);
        Ok(tree)
    }

    /// A tree of texts at hand, with the limits and rules of a folder without git.
    pub fn in_memory(name: impl Into<String>, files: Vec<(String, Vec<u8>)>) -> Tree {
        let mut problems = Vec::new();
        let mut contents: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (path, content) in files {
            let path = path.replace('\\', "/");
            if path.is_empty() || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
                problems.push((path, "this is no path below the root; the file is left out".to_owned()));
            } else {
                match contents.entry(path) {
                    Entry::Vacant(free) => {
                        free.insert(content);
                    }
                    Entry::Occupied(first) => {
                        problems.push((first.key().clone(), "this path is given twice; the first text counts".to_owned()))
                    }
                }
            }
        }
        let paths: HashSet<String> = contents.keys().cloned().collect();
        let mut listing = Listing::default();
        let mut passed: BTreeMap<String, usize> = BTreeMap::new();
        let mut kept = Vec::new();
        for (path, content) in contents {
            match folder_passed_over(&path, &paths) {
                Some(folder) => *passed.entry(folder.to_owned()).or_default() += 1,
                None => {
                    listing.files.push(Found {
                        raw: path.into_bytes(),
                        size: content.len() as u64,
                        executable: false,
                        tracked: None,
                        ignored: false,
                    });
                    kept.push(content);
                }
            }
        }
        listing.passed =
            passed.into_iter().map(|(raw, files)| Passed { raw: raw.into_bytes(), files, more: false, tracked: false }).collect();
        let mut tree = Tree::empty(name.into(), Store::Memory(kept));
        tree.fill(listing, problems, &Options::default());
        tree
    }

    fn empty(name: String, store: Store) -> Tree {
        Tree {
            name,
            files: Vec::new(),
            skipped: Vec::new(),
            passed_over: Vec::new(),
            revision: None,
            git: false,
            problems: Vec::new(),
            by_path: HashMap::new(),
            raw: BTreeMap::new(),
            store,
        }
    }

    fn fill(&mut self, listing: Listing, problems: Vec<(String, String)>, options: &Options) {
        let Listing { mut files, mut skipped, passed, .. } = listing;
        files.sort_by(|a, b| a.raw.cmp(&b.raw));
        let mut total = 0u64;
        for found in files {
            let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
            let path = escaped(&found.raw);
            let format = Format::of(&path);
            let limit = format.limit();
            let mut oversize = found.size > limit;
            let reason = if oversize {
                // An image is not read at any size, so its size is no news.
                format.is_text().then_some(SkipReason::TooLarge { size: found.size, limit })
            } else if total.saturating_add(found.size) > options.max_total_bytes {
                oversize = true;
                Some(SkipReason::BeyondTotal)
            } else {
                total += found.size;
                None
            };
            skipped.extend(reason.map(|reason| Left { raw: found.raw.clone(), reason, tracked: found.tracked }));
            let role = Role::of(&path, format);
            if path.as_bytes() != found.raw {
                self.raw.insert(id, found.raw);
            }
            self.by_path.entry(path.clone()).or_insert(id);
            let Found { size, executable, tracked, ignored, .. } = found;
            self.files.push(File { id, path, size, format, role, tracked, ignored, executable, oversize });
        }
        self.skipped = skipped.into_iter().map(|s| Skipped { path: escaped(&s.raw), reason: s.reason, tracked: s.tracked }).collect();
        self.skipped.sort();
        self.passed_over =
            passed.into_iter().map(|p| PassedOver { path: escaped(&p.raw), files: p.files, more: p.more, tracked: p.tracked }).collect();
        self.passed_over.sort();
        self.problems = problems.into_iter().map(|(path, says)| TreeProblem { path, says }).collect();
        self.problems.sort();
        self.problems.dedup();
    }

    /// The file of that id.
    pub fn get(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0 as usize)
    }

    /// The file at that path, relative to the root, with `/`.
    pub fn find(&self, path: &str) -> Option<&File> {
        self.by_path.get(path).and_then(|id| self.get(*id))
    }

    /// Why that which stands at a path is no file of the tree; none where nothing stands there, or a file of the tree. What was deleted
    /// since the last commit does not stand there.
    pub fn absent_though_there(&self, path: &str) -> Option<String> {
        if self.find(path).is_some() {
            return None;
        }
        if let Some(skipped) = self.skipped.iter().find(|s| s.path == path && s.reason != SkipReason::Missing) {
            return Some(skipped.reason.to_string());
        }
        let Store::Disk(root) = &self.store else { return None };
        let there = std::fs::symlink_metadata(root.path.join(path)).ok()?;
        Some(if there.is_dir() { "a folder" } else { "git neither tracks it nor lets it be added" }.to_owned())
    }

    /// How many bytes the listed files hold, read or not.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|f| f.size).sum()
    }

    /// Reads a file as it is now. No link is followed, nothing but a regular file is read, and never more than the limit.
    pub fn read(&self, id: FileId) -> Result<Vec<u8>, ReadError> {
        let file = self.get(id).ok_or(ReadError::Unknown)?;
        let limit = file.format.limit();
        if file.oversize {
            return Err(ReadError::TooLarge { limit });
        }
        let root = match &self.store {
            Store::Memory(contents) => return contents.get(id.0 as usize).cloned().ok_or(ReadError::Unknown),
            Store::Disk(root) => root,
        };
        let raw = self.raw.get(&id).map_or(file.path.as_bytes(), Vec::as_slice);
        let opened = root
            .open_file(&native::path_of(raw))
            .map_err(|e| if native::is_link_error(&e) { ReadError::Link } else { ReadError::Io(e) })?;
        let meta = opened.metadata()?;
        if !meta.is_file() {
            return Err(ReadError::NotAFile);
        }
        if meta.len() > limit {
            return Err(ReadError::TooLarge { limit });
        }
        let mut bytes = Vec::with_capacity(meta.len() as usize + 1);
        opened.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge { limit });
        }
        Ok(bytes)
    }
}

/// The outermost folder above the path that is passed over.
fn folder_passed_over<'a>(path: &'a str, paths: &HashSet<String>) -> Option<&'a str> {
    path.match_indices('/').map(|(end, _)| &path[..end]).find(|folder| {
        let (above, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        let beside = |mark: &str| paths.contains(&if above.is_empty() { mark.to_owned() } else { format!("{above}/{mark}") });
        let parent = above.rsplit('/').next().unwrap_or_default();
        folders::passed_over(parent, name, beside) || paths.contains(&format!("{folder}/{}", folders::MARK))
    })
}
