//! One object out of git's pack files, by their index of version 2, without mapping or loading a pack.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::object::{Id, MAX_OBJECT, inflate};
use crate::native;

const MAX_PACKS: usize = 10_000;
/// Git writes chains of 50 by default and 250 at its most eager.
const MAX_CHAIN: usize = 256;
/// What the differences of one chain may hold together.
const MAX_CHAIN_BYTES: usize = 64 << 20;

/// An object's kind and content; none where no pack of the folder holds it.
pub(super) fn find(folder: &Path, id: &Id) -> Result<Option<(String, Vec<u8>)>, String> {
    let Ok(names) = std::fs::read_dir(folder) else { return Ok(None) };
    let mut indexes: Vec<_> =
        names.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "idx")).take(MAX_PACKS).collect();
    indexes.sort();
    for index in indexes {
        let broken = |e: String| format!("{}: {e}", index.file_name().unwrap_or_default().to_string_lossy());
        if let Some(offset) = offset_of(&index, id).map_err(broken)? {
            return object_at(&index, id.bytes().len(), offset).map(Some).map_err(broken);
        }
    }
    Ok(None)
}

fn open(path: &Path) -> Result<File, String> {
    match native::open_regular(path) {
        Ok(Some((file, _))) => Ok(file),
        Ok(None) => Err("it is not there".into()),
        Err(e) => Err(e.to_string()),
    }
}

fn bytes_at<const N: usize>(file: &mut File, at: u64) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut bytes)).map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// Where the pack of that index holds the object.
fn offset_of(index: &Path, id: &Id) -> Result<Option<u64>, String> {
    let mut file = open(index)?;
    if bytes_at::<8>(&mut file, 0)? != *b"\xfftOc\0\0\0\x02" {
        return Err("its version is not known".into());
    }
    let wanted = id.bytes();
    let length = wanted.len() as u64;
    let fan = |file: &mut File, slot: u64| Ok::<u64, String>(u64::from(u32::from_be_bytes(bytes_at(file, 8 + slot * 4)?)));
    let first = u64::from(wanted[0]);
    let mut low = if first == 0 { 0 } else { fan(&mut file, first - 1)? };
    let mut high = fan(&mut file, first)?;
    let total = fan(&mut file, 255)?;
    let names = 8 + 1024;
    while low < high {
        let middle = low + (high - low) / 2;
        let mut name = [0u8; 32];
        let name = &mut name[..wanted.len()];
        file.seek(SeekFrom::Start(names + middle * length)).and_then(|_| file.read_exact(name)).map_err(|e| e.to_string())?;
        match (*name).cmp(wanted) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => {
                let offsets = names + total * (length + 4);
                let short = u32::from_be_bytes(bytes_at(&mut file, offsets + middle * 4)?);
                if short >> 31 == 0 {
                    return Ok(Some(u64::from(short)));
                }
                let long = offsets + total * 4 + u64::from(short & 0x7fff_ffff) * 8;
                return Ok(Some(u64::from_be_bytes(bytes_at(&mut file, long)?)));
            }
        }
    }
    Ok(None)
}

/// Reads the object at an offset, and the chain of objects that it is a difference to.
fn object_at(index: &Path, id_length: usize, offset: u64) -> Result<(String, Vec<u8>), String> {
    let mut reader = BufReader::new(open(&index.with_extension("pack"))?);
    let mut at = offset;
    let mut differences: Vec<Vec<u8>> = Vec::new();
    let mut held = 0;
    loop {
        reader.seek(SeekFrom::Start(at)).map_err(|e| e.to_string())?;
        let mut byte = || -> Result<u8, String> {
            let mut one = [0];
            reader.read_exact(&mut one).map_err(|e| e.to_string())?;
            Ok(one[0])
        };
        let mut head = byte()?;
        let kind = head >> 4 & 7;
        while head & 0x80 != 0 {
            head = byte()?;
        }
        let base = match kind {
            6 => {
                let mut c = byte()?;
                let mut back = u64::from(c & 0x7f);
                while c & 0x80 != 0 {
                    c = byte()?;
                    back = back.checked_add(1).and_then(|n| n.checked_mul(128)).ok_or("an offset is too large")? | u64::from(c & 0x7f);
                }
                Some(at.checked_sub(back).filter(|_| back > 0).ok_or("an offset leads out of the pack")?)
            }
            7 => {
                let mut id = vec![0; id_length];
                reader.read_exact(&mut id).map_err(|e| e.to_string())?;
                let id = Id::new(&id).ok_or("an id has an unknown length")?;
                Some(offset_of(index, &id)?.ok_or("the base of a difference is missing")?)
            }
            _ => None,
        };
        let content = inflate(&mut reader, MAX_OBJECT)?;
        let Some(base) = base else {
            let name = match kind {
                1 => "commit",
                2 => "tree",
                3 => "blob",
                4 => "tag",
                _ => return Err("an object has an unknown kind".into()),
            };
            let whole = differences.iter().rev().try_fold(content, |base, difference| apply(&base, difference))?;
            return Ok((name.to_owned(), whole));
        };
        held += content.len();
        if differences.len() >= MAX_CHAIN || held > MAX_CHAIN_BYTES {
            return Err("a chain of differences is too long".into());
        }
        differences.push(content);
        at = base;
    }
}

/// Rebuilds an object from its base and the difference: copies of stretches of the base, and new bytes.
fn apply(base: &[u8], difference: &[u8]) -> Result<Vec<u8>, String> {
    const BROKEN: &str = "a difference is damaged";
    let mut rest = difference.iter().copied();
    let mut number = || -> Result<usize, String> {
        let mut value = 0usize;
        for shift in (0..35).step_by(7) {
            let byte = rest.next().ok_or(BROKEN)?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(BROKEN.into())
    };
    let (from, to) = (number()?, number()?);
    if from != base.len() || to as u64 > MAX_OBJECT {
        return Err(BROKEN.into());
    }
    let mut whole = Vec::with_capacity(to);
    while let Some(command) = rest.next() {
        if command & 0x80 != 0 {
            let mut part = |bits: std::ops::Range<u8>| -> Result<usize, String> {
                let mut value = 0;
                for (place, bit) in bits.enumerate() {
                    if command >> bit & 1 != 0 {
                        value |= usize::from(rest.next().ok_or(BROKEN)?) << (place * 8);
                    }
                }
                Ok(value)
            };
            let (start, mut length) = (part(0..4)?, part(4..7)?);
            if length == 0 {
                length = 0x10000;
            }
            whole.extend_from_slice(base.get(start..start.saturating_add(length)).ok_or(BROKEN)?);
        } else {
            if command == 0 {
                return Err(BROKEN.into());
            }
            for _ in 0..command {
                whole.push(rest.next().ok_or(BROKEN)?);
            }
        }
        if whole.len() > to {
            return Err(BROKEN.into());
        }
    }
    if whole.len() == to { Ok(whole) } else { Err(BROKEN.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_copies_and_inserts() {
        // From 6 bytes to 7: copy 3 from 1, insert "XY", copy 2 from 4.
        assert_eq!(apply(b"abcdef", &[6, 7, 0x91, 1, 3, 2, b'X', b'Y', 0x91, 4, 2]), Ok(b"bcdXYef".to_vec()));
    }

    #[test]
    fn a_damaged_difference_is_an_error_and_never_a_panic() {
        let good = [6, 7, 0x91, 1, 3, 2, b'X', b'Y', 0x91, 4, 2];
        for at in 0..good.len() {
            assert!(apply(b"abcdef", &good[..at]).is_err());
            for value in 0..=255 {
                let mut bad = good;
                bad[at] = value;
                let _ = apply(b"abcdef", &bad);
            }
        }
        assert!(apply(b"abcdef", &[6, 3, 0]).is_err(), "the reserved command");
        assert!(apply(b"abcdef", &[6, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x91, 0, 1]).is_err(), "a size above the limit");
    }
}
