//! One walk over the disk, which meets every file that the tree holds and every one that it passes over.

use std::fs::{DirEntry, FileType};
use std::io;
use std::rc::Rc;

use crate::file::{SkipReason, escaped};
use crate::git::{Comparison, Entry, Repository, Rules};
use crate::native::{self, Root};
use crate::{Options, folders};

/// Counting stops there in a folder that is passed over, unless git tracks something in it.
const MAX_COUNTED: usize = 10_000;

/// The tracked files of the repository around the folder.
pub(crate) struct Tracked<'a> {
    pub(crate) repository: &'a Repository,
    /// Those below the read folder, sorted by path, which is relative to the work tree.
    pub(crate) entries: &'a [Entry],
}

impl Tracked<'_> {
    fn find(&self, path: &[u8]) -> Option<usize> {
        self.entries.binary_search_by(|e| e.path.as_slice().cmp(path)).ok()
    }
    fn any_below(&self, folder: &[u8]) -> bool {
        let start = [folder, b"/"].concat();
        let at = self.entries.partition_point(|e| e.path < start);
        self.entries.get(at).is_some_and(|e| e.path.starts_with(&start))
    }
}

/// A file to read.
pub(crate) struct Found {
    pub(crate) raw: Vec<u8>,
    pub(crate) size: u64,
    pub(crate) executable: bool,
    pub(crate) tracked: Option<bool>,
    pub(crate) ignored: bool,
}

/// Something not to read.
pub(crate) struct Left {
    pub(crate) raw: Vec<u8>,
    pub(crate) reason: SkipReason,
    pub(crate) tracked: Option<bool>,
}

/// A folder whose files are counted.
pub(crate) struct Passed {
    pub(crate) raw: Vec<u8>,
    pub(crate) files: usize,
    pub(crate) more: bool,
    pub(crate) tracked: bool,
}

/// What the walk met.
#[derive(Default)]
pub(crate) struct Listing {
    pub(crate) files: Vec<Found>,
    pub(crate) skipped: Vec<Left>,
    pub(crate) passed: Vec<Passed>,
    /// Tracked paths that lie on disk.
    pub(crate) met: Vec<Comparison>,
    /// Something lies there that git neither tracks nor ignores.
    pub(crate) untracked: bool,
    /// A tracked path is not on disk as git knows it.
    pub(crate) missing: bool,
    /// The limit of files was reached.
    pub(crate) truncated: bool,
    pub(crate) problems: Vec<(String, String)>,
}

struct Folder {
    /// Relative to the root; empty for the root.
    path: Vec<u8>,
    depth: usize,
    rules: Option<Rc<Rules>>,
    /// An ignore rule matches it or a folder above it.
    hidden: bool,
    /// The folder that is passed over and holds it.
    passed: Option<usize>,
}

struct Walk<'a> {
    root: &'a Root,
    options: &'a Options,
    tracked: Option<Tracked<'a>>,
    listing: Listing,
    seen: Vec<bool>,
    /// Folders that were not entered, so that nothing is known of the tracked files in them.
    unvisited: Vec<Vec<u8>>,
    pending: Vec<Folder>,
}

/// Walks the folder. With `tracked`, git's rules decide which other files belong to it.
pub(crate) fn walk(root: &Root, tracked: Option<Tracked<'_>>, options: &Options) -> Listing {
    let mut listing = Listing::default();
    let (rules, hidden) = match &tracked {
        Some(t) => {
            let outer = t.repository.outer_rules(&mut listing.problems);
            (outer.rules, outer.hidden)
        }
        None => (None, false),
    };
    let seen = vec![false; tracked.as_ref().map_or(0, |t| t.entries.len())];
    let top = Folder { path: Vec::new(), depth: 0, rules, hidden, passed: None };
    let mut walk = Walk { root, options, tracked, listing, seen, unvisited: Vec::new(), pending: vec![top] };
    while let Some(folder) = walk.pending.pop() {
        walk.enter(folder);
        if walk.listing.truncated {
            return walk.listing;
        }
    }
    walk.not_on_disk();
    walk.listing
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

impl Walk<'_> {
    /// The path relative to the work tree.
    fn in_work_tree(&self, path: &[u8]) -> Vec<u8> {
        self.tracked.as_ref().map_or_else(Vec::new, |t| [&t.repository.prefix[..], path].concat())
    }

    fn skip(&mut self, raw: Vec<u8>, reason: SkipReason, tracked: Option<bool>) {
        self.listing.skipped.push(Left { raw, reason, tracked });
    }

    fn enter(&mut self, mut folder: Folder) {
        let mut entries = match self.read_folder(&folder.path) {
            Ok(entries) => entries,
            Err(error) => {
                let below = self.tracked.as_ref().map(|t| t.any_below(&self.in_work_tree(&folder.path)));
                self.unvisited.push(folder.path.clone());
                return self.skip(folder.path, SkipReason::Unreadable { why: error.kind().to_string() }, below);
            }
        };
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let has = |name: &str| entries.binary_search_by(|e| e.0.as_slice().cmp(name.as_bytes())).is_ok();
        let inner = !folder.path.is_empty();
        if let Some(tracked) = &self.tracked {
            if inner && folder.passed.is_none() && has(".git") && !tracked.any_below(&self.in_work_tree(&folder.path)) {
                self.listing.untracked = true;
                return self.skip(folder.path, SkipReason::NestedRepository, Some(false));
            }
            if has(".gitignore") {
                let path = joined(&folder.path, b".gitignore");
                let base = tracked.repository.prefix.len() + path.len() - b".gitignore".len();
                let file = self.root.path.join(native::path_of(&path));
                folder.rules = Rules::read(&file, &escaped(&path), base, folder.rules.take(), &mut self.listing.problems);
            }
        }
        if inner && folder.passed.is_none() && has(folders::MARK) {
            folder.passed = Some(self.pass_over(folder.path.clone()));
        }
        let first = self.pending.len();
        for (name, kind, entry) in &entries {
            if self.tracked.is_some() && name == b".git" {
                continue;
            }
            if kind.is_dir() {
                self.meet_folder(&folder, name, &has);
            } else {
                self.meet_leaf(&folder, name, *kind, entry);
            }
            if self.listing.truncated {
                return;
            }
        }
        // The stack gives back the last first; the walk shall be in order.
        self.pending[first..].reverse();
    }

    fn read_folder(&self, path: &[u8]) -> io::Result<Vec<(Vec<u8>, FileType, DirEntry)>> {
        let at = if path.is_empty() { self.root.path.clone() } else { self.root.path.join(native::path_of(path)) };
        let read = |entry: io::Result<DirEntry>| {
            let entry = entry?;
            Ok((native::name_bytes(&entry.file_name()), entry.file_type()?, entry))
        };
        std::fs::read_dir(at)?.map(read).collect()
    }

    fn pass_over(&mut self, raw: Vec<u8>) -> usize {
        self.listing.passed.push(Passed { raw, files: 0, more: false, tracked: false });
        self.listing.passed.len() - 1
    }

    /// Whether enough was counted in the folder that is passed over.
    fn counted_enough(&mut self, passed: Option<usize>) -> bool {
        let Some(at) = passed else { return false };
        let Passed { raw, files, more, .. } = &self.listing.passed[at];
        if *more {
            return true;
        }
        if *files < MAX_COUNTED || self.tracked.as_ref().is_some_and(|t| t.any_below(&self.in_work_tree(raw))) {
            return false;
        }
        self.listing.passed[at].more = true;
        true
    }

    fn meet_folder(&mut self, above: &Folder, name: &[u8], beside: &dyn Fn(&str) -> bool) {
        let path = joined(&above.path, name);
        let mut hidden = above.hidden;
        let mut below = None;
        if let Some(tracked) = &self.tracked {
            let full = self.in_work_tree(&path);
            if let Some(at) = tracked.find(&full).filter(|at| tracked.entries[*at].is_submodule()) {
                self.seen[at] = true;
                return self.skip(path, SkipReason::Submodule, Some(true));
            }
            hidden = hidden || Rules::hide(above.rules.as_deref(), &full, true);
            let any = tracked.any_below(&full);
            if hidden && !any {
                return;
            }
            below = Some(any);
        }
        let depth = above.depth + 1;
        let reason = if depth > self.options.max_depth {
            Some(SkipReason::TooDeep)
        } else if path.len() > self.options.max_path_bytes {
            Some(SkipReason::PathTooLong)
        } else {
            None
        };
        if let Some(reason) = reason {
            self.unvisited.push(path.clone());
            return self.skip(path, reason, below);
        }
        if self.counted_enough(above.passed) {
            return;
        }
        let parent = above.path.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let text = String::from_utf8_lossy;
        let passed =
            above.passed.or_else(|| folders::passed_over(&text(parent), &text(name), beside).then(|| self.pass_over(path.clone())));
        self.pending.push(Folder { path, depth, rules: above.rules.clone(), hidden, passed });
    }

    fn meet_leaf(&mut self, above: &Folder, name: &[u8], kind: FileType, entry: &DirEntry) {
        let path = joined(&above.path, name);
        let mut index_entry = None;
        let mut ignored = false;
        if let Some(tracked) = &self.tracked {
            let full = self.in_work_tree(&path);
            index_entry = tracked.find(&full);
            ignored = above.hidden || Rules::hide(above.rules.as_deref(), &full, false);
            if index_entry.is_none() {
                if ignored {
                    return;
                }
                self.listing.untracked = true;
            }
        }
        let tracked = self.tracked.as_ref().map(|_| index_entry.is_some());
        if let Some(at) = index_entry {
            self.seen[at] = true;
        }
        if let Some(passed) = above.passed {
            if !kind.is_file() || self.counted_enough(above.passed) {
                return;
            }
            let passed = &mut self.listing.passed[passed];
            passed.files += 1;
            passed.tracked |= tracked == Some(true);
            if tracked != Some(true) {
                return;
            }
        }
        if path.len() > self.options.max_path_bytes {
            return self.skip(path, SkipReason::PathTooLong, tracked);
        }
        let unreadable = |error: io::Error| SkipReason::Unreadable { why: error.kind().to_string() };
        let meta = match entry.metadata() {
            Ok(meta) => meta,
            Err(error) => return self.skip(path, unreadable(error), tracked),
        };
        let mut seen =
            index_entry.map(|entry| Comparison { entry, path: path.clone(), stamp: native::stamp(&meta), size: meta.len(), link: None });
        if kind.is_symlink() {
            let target = std::fs::read_link(entry.path()).map(|t| native::name_bytes(t.as_os_str()));
            let reason = match &target {
                Ok(target) => SkipReason::Link { to: escaped(target) },
                Err(error) => SkipReason::Unreadable { why: error.kind().to_string() },
            };
            if let Some(seen) = &mut seen {
                seen.link = Some(target.unwrap_or_default());
            }
            self.listing.met.extend(seen);
            self.unvisited.push(path.clone());
            return self.skip(path, reason, tracked);
        }
        if !meta.is_file() {
            self.listing.missing |= tracked == Some(true);
            return self.skip(path, SkipReason::NotAFile, tracked);
        }
        self.listing.met.extend(seen);
        if above.passed.is_some() && !folders::secret_like(&String::from_utf8_lossy(name)) {
            return;
        }
        if self.listing.files.len() >= self.options.max_files {
            self.listing.truncated = true;
            return;
        }
        self.listing.files.push(Found {
            raw: path,
            size: meta.len(),
            executable: native::executable(&meta),
            tracked,
            ignored: ignored && tracked == Some(true),
        });
    }

    /// Tracked paths that the walk did not meet.
    fn not_on_disk(&mut self) {
        let Some(tracked) = &self.tracked else { return };
        self.unvisited.sort();
        let start = tracked.repository.prefix.len();
        let unmet: Vec<(Vec<u8>, SkipReason)> = (tracked.entries.iter().zip(&self.seen))
            .filter(|(_, seen)| !**seen)
            .map(|(entry, _)| {
                let path = &entry.path[start..];
                let reason = match entry {
                    e if e.is_submodule() => SkipReason::Submodule,
                    e if e.left_out || e.is_folder() => SkipReason::NotCheckedOut,
                    _ => SkipReason::Missing,
                };
                (path.to_vec(), reason)
            })
            .collect();
        for (path, reason) in unmet {
            self.listing.missing |= reason == SkipReason::Missing;
            // Of a folder that was not entered the folder itself is listed.
            if !self.lies_in_unvisited(&path) {
                self.skip(path, reason, Some(true));
            }
        }
    }

    fn lies_in_unvisited(&self, path: &[u8]) -> bool {
        let ends = path.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
        let mut folders = ends.map(|end| &path[..end]);
        folders.any(|folder| self.unvisited.binary_search_by(|u| u.as_slice().cmp(folder)).is_ok())
    }
}
