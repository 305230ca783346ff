//! Whether what lies on disk is what the current commit holds.

use rayon::prelude::*;

use super::Repository;
use super::index::{Entry, MODE_FOLDER};
use super::object::{self, Id};
use crate::native::{self, Root, Stamp};

/// Files whose stamps differ are hashed up to this many bytes together; beyond it they count as changed.
const MAX_HASHED: u64 = 512 << 20;

/// A tracked path met on disk, to be compared with the index.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// Which entry of the index.
    pub(crate) entry: usize,
    /// Relative to the read folder.
    pub(crate) path: Vec<u8>,
    pub(crate) stamp: Stamp,
    pub(crate) size: u64,
    /// What a link on disk says.
    pub(crate) link: Option<Vec<u8>>,
}

/// The answer, with what could not be compared.
pub(crate) struct Difference {
    pub(crate) dirty: bool,
    pub(crate) problem: Option<String>,
}

impl Difference {
    fn yes() -> Self {
        Self { dirty: true, problem: None }
    }
    fn unknown(why: String) -> Self {
        Self { dirty: true, problem: Some(format!("{why}; what was read is taken to differ from the commit")) }
    }
}

impl Repository {
    /// Compares the read folder with the commit. `entries` are those below it, with paths relative to the work tree.
    pub(crate) fn difference(&self, head: &Id, entries: &[Entry], met: &[Comparison], root: &Root) -> Difference {
        if entries.iter().any(|e| e.unsettled) {
            return Difference::yes();
        }
        if self.id_length != 20 {
            return Difference::unknown("this repository names objects by SHA-256, which is not compared".into());
        }
        match self.staged(head, entries) {
            Ok(false) => self.unstaged(entries, met, root),
            Ok(true) => Difference::yes(),
            Err(error) => Difference::unknown(format!("the commit could not be read ({error})")),
        }
    }

    /// Whether the index differs from the commit: the tree that the index would make has another id.
    fn staged(&self, head: &Id, entries: &[Entry]) -> Result<bool, String> {
        let objects = self.objects();
        let mut tree = object::tree_of_commit(&objects, head)?;
        for name in self.prefix.split(|b| *b == b'/').filter(|name| !name.is_empty()) {
            match object::subtree(&objects, &tree, name)? {
                Some(inner) => tree = inner,
                None => return Ok(true),
            }
        }
        Ok(tree_id(entries, self.prefix.len()) != tree)
    }

    fn unstaged(&self, entries: &[Entry], met: &[Comparison], root: &Root) -> Difference {
        let written = self.index_written();
        let mut doubtful = Vec::new();
        let mut bytes = 0u64;
        for seen in met {
            let entry = &entries[seen.entry];
            match &seen.link {
                Some(_) if !entry.is_link() => return Difference::yes(),
                Some(target) if object::id_of("blob", target) != entry.id => return Difference::yes(),
                Some(_) => {}
                None if entry.is_link() => return Difference::yes(),
                None if unchanged(&entry.stamp, &seen.stamp, written) => {}
                None => {
                    bytes = bytes.saturating_add(seen.size);
                    doubtful.push(seen);
                }
            }
        }
        if bytes > MAX_HASHED {
            return Difference::unknown(format!(
                "{} tracked files were touched since git last looked at them, too many bytes to compare",
                doubtful.len()
            ));
        }
        let dirty = doubtful.par_iter().any(|seen| !same_content(root, seen, &entries[seen.entry].id));
        Difference { dirty, problem: None }
    }
}

/// Git's own test: the same stamp, and not so young that a later change could hide behind it.
fn unchanged(then: &Stamp, now: &Stamp, index_written: native::Time) -> bool {
    // Git may have been built without nanoseconds; then the index holds zero.
    let same = |a: native::Time, b: native::Time| a.0 == b.0 && (a.1 == b.1 || a.1 == 0);
    then.size == now.size && same(then.modified, now.modified) && same(then.changed, now.changed) && then.modified < index_written
}

fn same_content(root: &Root, seen: &Comparison, id: &Id) -> bool {
    use std::io::Read;
    let Ok(file) = root.open_file(&native::path_of(&seen.path)) else { return false };
    if !file.metadata().is_ok_and(|meta| meta.is_file() && meta.len() == seen.size) {
        return false;
    }
    let mut content = Vec::with_capacity(seen.size as usize);
    if file.take(seen.size).read_to_end(&mut content).is_err() {
        return false;
    }
    if object::id_of("blob", &content) == *id {
        return true;
    }
    // A checkout may have turned line ends into CR LF.
    let mut plain = Vec::with_capacity(content.len());
    for (at, byte) in content.iter().enumerate() {
        if *byte != b'\r' || content.get(at + 1) != Some(&b'\n') {
            plain.push(*byte);
        }
    }
    plain.len() < content.len() && object::id_of("blob", &plain) == *id
}

/// The id of the tree that the entries make, `skip` bytes of each path left away. The entries are sorted, so one pass
/// with a stack of open folders is enough.
fn tree_id(entries: &[Entry], skip: usize) -> Id {
    let mut open: Vec<(Vec<u8>, Vec<Child>)> = vec![(Vec::new(), Vec::new())];
    for entry in entries {
        let path = &entry.path[skip..];
        let mut parts: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
        let name = parts.pop().unwrap_or_default();
        let shared = open[1..].iter().zip(&parts).take_while(|((open, _), part)| open == *part).count();
        close(&mut open, shared + 1);
        for part in &parts[shared..] {
            open.push((part.to_vec(), Vec::new()));
        }
        if let Some((_, children)) = open.last_mut() {
            children.push(Child { name: name.to_vec(), mode: entry.mode, id: entry.id });
        }
    }
    close(&mut open, 1);
    let children = open.pop().map(|(_, children)| children).unwrap_or_default();
    written(children)
}

struct Child {
    name: Vec<u8>,
    mode: u32,
    id: Id,
}

fn close(open: &mut Vec<(Vec<u8>, Vec<Child>)>, keep: usize) {
    while open.len() > keep {
        let Some((name, children)) = open.pop() else { return };
        let child = Child { name, mode: MODE_FOLDER, id: written(children) };
        if let Some((_, above)) = open.last_mut() {
            above.push(child);
        }
    }
}

/// A folder sorts as if its name ended with a slash.
fn written(mut children: Vec<Child>) -> Id {
    let key = |c: &Child| [&c.name[..], if c.mode == MODE_FOLDER { b"/" } else { b"" }].concat();
    children.sort_by_cached_key(key);
    let mut text = Vec::new();
    for child in &children {
        text.extend_from_slice(format!("{:o} ", child.mode).as_bytes());
        text.extend_from_slice(&child.name);
        text.push(0);
        text.extend_from_slice(child.id.bytes());
    }
    object::id_of("tree", &text)
}
