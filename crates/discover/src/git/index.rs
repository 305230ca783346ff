//! Git's index, read from its bytes: which files are tracked, and what they looked like when git last saw them.
//!
//! Only the entries are read. The available crate decodes the extensions too, by recursion without a limit, and expands
//! the shared prefixes of version 4 without a limit: a crafted index could bring the program down.

use super::object::Id;
use crate::native::Stamp;

/// The file's longest path that is accepted.
const MAX_PATH: usize = 16 << 10;
/// All paths together, once expanded.
const MAX_PATHS: usize = 256 << 20;

pub(super) const MODE_FOLDER: u32 = 0o040_000;
pub(super) const MODE_LINK: u32 = 0o120_000;
pub(super) const MODE_SUBMODULE: u32 = 0o160_000;

/// One tracked path.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Relative to the work tree, with `/`; a folder that a sparse checkout leaves out has none at its end.
    pub(crate) path: Vec<u8>,
    pub(crate) id: Id,
    pub(crate) mode: u32,
    pub(crate) stamp: Stamp,
    /// A merge conflict is open, or the content is yet to be added.
    pub(crate) unsettled: bool,
    /// Left out of the checkout on purpose.
    pub(crate) left_out: bool,
}

impl Entry {
    pub(crate) fn is_submodule(&self) -> bool {
        self.mode == MODE_SUBMODULE
    }
    pub(crate) fn is_link(&self) -> bool {
        self.mode == MODE_LINK
    }
    /// A whole folder that a sparse checkout leaves out.
    pub(crate) fn is_folder(&self) -> bool {
        self.mode == MODE_FOLDER
    }
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], String> {
        let (head, rest) = self.0.split_at_checked(n).ok_or("it ends too early")?;
        self.0 = rest;
        Ok(head)
    }
    fn u32(&mut self) -> Result<u32, String> {
        Ok(self.take(4)?.iter().fold(0, |n, b| n << 8 | u32::from(*b)))
    }
    fn u16(&mut self) -> Result<u16, String> {
        Ok(self.take(2)?.iter().fold(0, |n, b| n << 8 | u16::from(*b)))
    }
    fn until_nul(&mut self) -> Result<&'a [u8], String> {
        let end = memchr::memchr(0, self.0).ok_or("it ends too early")?;
        let text = self.take(end)?;
        self.take(1)?;
        Ok(text)
    }
    /// The variable-length number before a path of version 4.
    fn offset(&mut self) -> Result<usize, String> {
        let mut value = 0usize;
        for step in 0..5 {
            let byte = self.take(1)?[0];
            value = (value + usize::from(step > 0)) << 7 | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("a number in it is too long".into())
    }
}

/// The tracked paths in the order of their bytes, each once.
pub(crate) fn parse(bytes: &[u8], id_length: usize) -> Result<Vec<Entry>, String> {
    let body = bytes.len().checked_sub(id_length).ok_or("it ends too early")?;
    let (body, checksum) = bytes.split_at(body);
    // All zeros where git was told not to compute it.
    if id_length == 20 && checksum.iter().any(|b| *b != 0) && super::object::sha1(&[body]) != checksum {
        return Err("its checksum does not match".into());
    }
    let mut rest = Bytes(body);
    if rest.take(4)? != b"DIRC" {
        return Err("it is not an index".into());
    }
    let version = rest.u32()?;
    if !(2..=4).contains(&version) {
        return Err(format!("its version {version} is not known"));
    }
    let count = rest.u32()? as usize;
    if count > rest.0.len() / (42 + id_length) {
        return Err("it promises more entries than it can hold".into());
    }
    let mut entries: Vec<Entry> = Vec::with_capacity(count);
    let mut path: Vec<u8> = Vec::new();
    let mut total = 0;
    for _ in 0..count {
        let before = rest.0.len();
        let changed = (rest.u32()?, rest.u32()?);
        let modified = (rest.u32()?, rest.u32()?);
        rest.take(8)?;
        let mode = rest.u32()?;
        rest.take(8)?;
        let size = rest.u32()?;
        let id = Id::new(rest.take(id_length)?).ok_or("its ids have an unknown length")?;
        let flags = rest.u16()?;
        let extended = if flags & 0x4000 != 0 { rest.u16()? } else { 0 };
        if version == 4 {
            let strip = rest.offset()?;
            path.truncate(path.len().checked_sub(strip).ok_or("a path in it is shorter than its prefix")?);
            path.extend_from_slice(rest.until_nul()?);
        } else {
            path.clear();
            path.extend_from_slice(rest.until_nul()?);
            let used = before - rest.0.len();
            rest.take((8 - used % 8) % 8)?;
        }
        total += path.len();
        if path.len() > MAX_PATH || total > MAX_PATHS {
            return Err("its paths are too long".into());
        }
        let name = path.strip_suffix(b"/").unwrap_or(&path);
        if !stays_inside(name) {
            return Err("a path in it leads out of the work tree".into());
        }
        entries.push(Entry {
            path: name.to_vec(),
            id,
            mode,
            stamp: Stamp { changed, modified, size },
            unsettled: flags >> 12 & 3 != 0 || extended & 0x2000 != 0,
            left_out: extended & 0x4000 != 0,
        });
    }
    required_extensions(rest)?;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries.dedup_by(|later, first| {
        let same = later.path == first.path;
        first.unsettled |= same;
        same
    });
    Ok(entries)
}

/// An extension whose name starts with a small letter must be understood. Sparse folders are; a split index is not.
fn required_extensions(mut rest: Bytes<'_>) -> Result<(), String> {
    while !rest.0.is_empty() {
        let name = rest.take(4)?;
        let length = rest.u32()? as usize;
        rest.take(length)?;
        if !name[0].is_ascii_uppercase() && name != b"sdir" {
            return Err(format!("it has a part \"{}\" that is not understood", crate::file::escaped(name)));
        }
    }
    Ok(())
}

fn stays_inside(path: &[u8]) -> bool {
    !path.is_empty()
        && path.split(|b| *b == b'/').all(|part| !part.is_empty() && part != b"." && part != b".." && !part.eq_ignore_ascii_case(b".git"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn index(version: u8, paths: &[&str]) -> Vec<u8> {
        let mut bytes = [b"DIRC".as_slice(), &[0, 0, 0, version, 0, 0, 0, paths.len() as u8]].concat();
        for path in paths {
            let start = bytes.len();
            bytes.extend([[0; 24].as_slice(), &0o100_644u32.to_be_bytes(), &[0; 12], &[7; 20], &[0, 0]].concat());
            if version == 4 {
                bytes.push(0);
            }
            bytes.extend([path.as_bytes(), b"\0"].concat());
            while version < 4 && (bytes.len() - start) % 8 != 0 {
                bytes.push(0);
            }
        }
        bytes.extend(b"TREE\0\0\0\x02ab");
        bytes.extend([0; 20]);
        bytes
    }

    fn names(bytes: &[u8]) -> Result<Vec<String>, String> {
        Ok(parse(bytes, 20)?.iter().map(|e| String::from_utf8_lossy(&e.path).into_owned()).collect())
    }

    #[test]
    fn paths_are_read_in_every_version() {
        assert_eq!(names(&index(2, &["a", "b/c"])), Ok(vec!["a".into(), "b/c".into()]));
        assert_eq!(names(&index(4, &["a/", "x"])), Ok(vec!["a".into(), "a/x".into()]), "a prefix is shared");
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        for path in ["../x", "/x", "a//b", ".git/config", "a/.GIT/hooks", "."] {
            assert!(names(&index(2, &[path])).is_err(), "{path}");
        }
    }

    #[test]
    fn parts_that_must_be_understood_are_refused() {
        let mut bytes = index(2, &["a"]);
        let at = bytes.len() - 30;
        bytes[at..at + 4].copy_from_slice(b"link");
        assert!(names(&bytes).unwrap_err().contains("\"link\""));
    }

    #[test]
    fn shared_prefixes_cannot_swell_without_bound() {
        let long = "x".repeat(MAX_PATH - 100);
        let paths: Vec<&str> = std::iter::once(long.as_str()).chain(std::iter::repeat_n("y", 200)).collect();
        assert!(names(&index(4, &paths)).unwrap_err().contains("too long"));
    }

    #[test]
    fn damaged_bytes_are_an_error_or_an_index_and_never_a_panic() {
        for good in [index(2, &["a", "b/c"]), index(4, &["a/", "x"])] {
            for at in 0..good.len() {
                let _ = parse(&good[..at], 20);
                for value in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut bad = good.clone();
                    bad[at] = value;
                    let _ = parse(&bad, 20);
                }
            }
        }
    }
}
