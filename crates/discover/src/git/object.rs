//! Single objects of git's database: just enough to learn what the current commit holds.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use super::pack;
use crate::native;

/// The largest object that is read; commits and trees are far smaller.
pub(super) const MAX_OBJECT: u64 = 16 << 20;
const MAX_DATABASES: usize = 16;

/// An object's id: 20 bytes, or 32 in a SHA-256 repository.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id {
    bytes: [u8; 32],
    length: u8,
}

impl Id {
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let length = u8::try_from(bytes.len()).ok().filter(|n| matches!(n, 20 | 32))?;
        let mut id = Self { bytes: [0; 32], length };
        id.bytes[..bytes.len()].copy_from_slice(bytes);
        Some(id)
    }
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        if !text.is_ascii() || !matches!(text.len(), 40 | 64) {
            return None;
        }
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect();
        Self::new(&bytes?)
    }
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(crate) fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    let mut hash = Sha1::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// The id of an object of that kind and content in a SHA-1 repository.
pub(crate) fn id_of(kind: &str, content: &[u8]) -> Id {
    let mut bytes = [0; 32];
    bytes[..20].copy_from_slice(&sha1(&[format!("{kind} {}\0", content.len()).as_bytes(), content]));
    Id { bytes, length: 20 }
}

/// An object's kind (`commit`, `tree`, …) and content, from the database or those it borrows from.
pub(super) fn read(objects: &Path, id: &Id) -> Result<(String, Vec<u8>), String> {
    let mut databases = vec![objects.to_path_buf()];
    let mut at = 0;
    while at < databases.len() {
        let database = databases[at].clone();
        at += 1;
        if let Some(found) = loose(&database, id)? {
            return Ok(found);
        }
        if let Some(found) = pack::find(&database.join("pack"), id)? {
            return Ok(found);
        }
        for other in borrowed(&database) {
            if databases.len() < MAX_DATABASES && !databases.contains(&other) {
                databases.push(other);
            }
        }
    }
    Err(format!("object {id} is not there"))
}

fn borrowed(database: &Path) -> Vec<PathBuf> {
    let list = native::read_regular(&database.join("info/alternates"), 64 << 10).ok().flatten().unwrap_or_default();
    let lines = list.split(|b| *b == b'\n').filter(|line| !line.is_empty() && line[0] != b'#');
    lines.map(|line| database.join(native::path_of(line))).collect()
}

fn loose(database: &Path, id: &Id) -> Result<Option<(String, Vec<u8>)>, String> {
    let hex = id.to_string();
    let path = database.join(&hex[..2]).join(&hex[2..]);
    let Some(packed) = native::read_regular(&path, MAX_OBJECT).map_err(|e| format!("object {id}: {e}"))? else { return Ok(None) };
    let text = inflate(packed.as_slice(), MAX_OBJECT)?;
    let end = memchr::memchr(0, &text).ok_or("a loose object has no header")?;
    let header = String::from_utf8_lossy(&text[..end]).into_owned();
    let kind = header.split(' ').next().unwrap_or_default().to_owned();
    Ok(Some((kind, text[end + 1..].to_vec())))
}

/// Unpacks a deflated stream of at most `limit` bytes.
pub(super) fn inflate(packed: impl Read, limit: u64) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    flate2::read::ZlibDecoder::new(packed)
        .take(limit + 1)
        .read_to_end(&mut text)
        .map_err(|e| format!("an object cannot be unpacked: {e}"))?;
    if text.len() as u64 > limit {
        return Err("an object is too large".into());
    }
    Ok(text)
}

/// The tree of a commit.
pub(super) fn tree_of_commit(objects: &Path, commit: &Id) -> Result<Id, String> {
    let (kind, text) = read(objects, commit)?;
    let first = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let hex = first.strip_prefix(b"tree ").filter(|_| kind == "commit").and_then(|hex| std::str::from_utf8(hex).ok());
    hex.and_then(Id::from_hex).ok_or_else(|| format!("object {commit} is not a commit"))
}

/// The folder of that name within a tree; none where it holds no such folder.
pub(super) fn subtree(objects: &Path, tree: &Id, name: &[u8]) -> Result<Option<Id>, String> {
    let (_, text) = read(objects, tree)?;
    let mut rest = text.as_slice();
    while !rest.is_empty() {
        let broken = || format!("tree {tree} is damaged");
        let space = memchr::memchr(b' ', rest).ok_or_else(broken)?;
        let nul = memchr::memchr(0, rest).filter(|nul| *nul > space).ok_or_else(broken)?;
        let end = nul + 1 + tree.bytes().len();
        let id = rest.get(nul + 1..end).and_then(Id::new).ok_or_else(broken)?;
        if &rest[space + 1..nul] == name {
            return Ok((&rest[..space] == b"40000").then_some(id));
        }
        rest = &rest[end..];
    }
    Ok(None)
}
