//! What differs between operating systems: raw names, opening without following links, and what a file's metadata tells.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The folder that is read. On Unix it is held open, so that every file is opened relative to it.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) path: PathBuf,
    #[cfg(unix)]
    handle: std::os::fd::OwnedFd,
}

#[cfg(unix)]
impl Root {
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        use rustix::fs::{Mode, OFlags};
        let handle = rustix::fs::open(&path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { path, handle })
    }

    /// Opens a file below the root for reading; no component of the path may be a link. Never blocks, not even on a pipe.
    pub(crate) fn open_file(&self, relative: &Path) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, openat};
        use std::os::fd::{AsFd, OwnedFd};
        let leaf = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{ResolveFlags, openat2};
            use rustix::io::Errno;
            // One call where the kernel and its sandbox know it; else the walk below does the same in several.
            match openat2(&self.handle, relative, leaf, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
                Ok(file) => return Ok(file.into()),
                Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN | Errno::INVAL) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut at: Option<OwnedFd> = None;
        for part in relative.parent().into_iter().flat_map(Path::components) {
            let from = at.as_ref().map_or(self.handle.as_fd(), |fd| fd.as_fd());
            at = Some(openat(from, part.as_os_str(), folder, Mode::empty())?);
        }
        let from = at.as_ref().map_or(self.handle.as_fd(), |fd| fd.as_fd());
        Ok(openat(from, relative.file_name().unwrap_or_default(), leaf, Mode::empty())?.into())
    }
}

#[cfg(not(unix))]
impl Root {
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        std::fs::read_dir(&path)?;
        Ok(Self { path })
    }

    /// Opens a file below the root for reading; no component of the path may be a link.
    pub(crate) fn open_file(&self, relative: &Path) -> io::Result<File> {
        let mut at = self.path.clone();
        for part in relative.components() {
            at.push(part);
            if std::fs::symlink_metadata(&at)?.file_type().is_symlink() {
                return Err(io::Error::other("a link"));
            }
        }
        File::open(at)
    }
}

/// Whether an error of [`Root::open_file`] says that a link is in the way.
pub(crate) fn is_link_error(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
    }
    #[cfg(not(unix))]
    {
        error.kind() == io::ErrorKind::Other
    }
}

/// The bytes of a name as the file system holds it.
pub(crate) fn name_bytes(name: &OsStr) -> Vec<u8> {
    #[cfg(unix)]
    {
        std::os::unix::ffi::OsStrExt::as_bytes(name).to_vec()
    }
    #[cfg(not(unix))]
    {
        name.to_string_lossy().into_owned().into_bytes()
    }
}

/// The path that has these bytes.
pub(crate) fn path_of(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        PathBuf::from(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// Seconds and nanoseconds, cut to 32 bits as git's index does.
pub(crate) type Time = (u32, u32);

/// What git's index remembers of a file in order not to read it again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) changed: Time,
    pub(crate) modified: Time,
    pub(crate) size: u32,
}

/// The stamp of a file on disk.
pub(crate) fn stamp(meta: &Metadata) -> Stamp {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let time = |seconds: i64, nanoseconds: i64| (seconds as u32, nanoseconds as u32);
        Stamp { changed: time(meta.ctime(), meta.ctime_nsec()), modified: time(meta.mtime(), meta.mtime_nsec()), size: meta.len() as u32 }
    }
    #[cfg(not(unix))]
    {
        let since = |t: io::Result<std::time::SystemTime>| {
            let d = t.ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
            (d.as_secs() as u32, d.subsec_nanos())
        };
        Stamp { changed: since(meta.created()), modified: since(meta.modified()), size: meta.len() as u32 }
    }
}

/// Whether the file may be executed by somebody.
pub(crate) fn executable(meta: &Metadata) -> bool {
    #[cfg(unix)]
    {
        std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o111 != 0
    }
    #[cfg(not(unix))]
    {
        let _ = meta;
        false
    }
}

/// Reads a small regular file of the repository's own folder; none where there is no such file.
/// A link, a pipe or a file above the limit is an error, so that nothing there can make the reader wait or swell.
pub(crate) fn read_regular(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let Some((mut file, size)) = open_regular(path)? else { return Ok(None) };
    if size > limit {
        return Err(io::Error::other(format!("larger than {limit} bytes")));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    file.by_ref().take(limit).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Opens a regular file and tells its size; none where there is no such file.
pub(crate) fn open_regular(path: &Path) -> io::Result<Option<(File, u64)>> {
    let meta = match std::fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
        Err(e) => return Err(e),
    };
    if !meta.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    Ok(Some((File::open(path)?, meta.len())))
}
