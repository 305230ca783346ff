//! The repository around a folder, read from its files. Git itself is never run: a repository's configuration can name
//! programs for it to start.

mod changes;
mod index;
mod object;
mod pack;
mod rules;

use std::path::{Path, PathBuf};

pub(crate) use changes::Comparison;
pub(crate) use index::Entry;
pub(crate) use object::Id;
pub(crate) use rules::Rules;

use crate::native;

const MAX_INDEX: u64 = 512 << 20;
const MAX_PACKED_REFS: u64 = 64 << 20;
const MAX_SMALL: u64 = 64 << 10;

/// A repository with a work tree.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The folder that holds `.git`.
    pub(crate) work_tree: PathBuf,
    /// What belongs to this work tree: `HEAD`, the index.
    own: PathBuf,
    /// What all work trees share: objects, branches, `info/exclude`.
    common: PathBuf,
    /// The read folder relative to the work tree, with a `/` at its end; empty for the work tree itself.
    pub(crate) prefix: Vec<u8>,
    id_length: usize,
}

impl Repository {
    /// The repository that the folder belongs to, looked for upwards as git does. The path must be canonical.
    pub(crate) fn around(folder: &Path) -> Result<Option<Self>, String> {
        for work_tree in folder.ancestors() {
            let mark = work_tree.join(".git");
            let Ok(meta) = std::fs::symlink_metadata(&mark) else { continue };
            if meta.file_type().is_symlink() {
                return Err(".git is a link, and links are not followed".into());
            }
            let own = if meta.is_file() {
                pointed_to(work_tree, &mark)?
            } else if meta.is_dir() && mark.join("HEAD").is_file() {
                mark
            } else {
                continue;
            };
            let common = match text(&own.join("commondir"))? {
                Some(path) => own.join(path),
                None => own.clone(),
            };
            let inner = folder.strip_prefix(work_tree).unwrap_or(Path::new(""));
            let prefix = inner.components().flat_map(|part| [native::name_bytes(part.as_os_str()), b"/".to_vec()].concat()).collect();
            let config = text(&common.join("config"))?.unwrap_or_default().to_ascii_lowercase();
            let sha256 = config.lines().filter_map(|l| l.split_once('=')).any(|(k, v)| k.trim() == "objectformat" && v.trim() == "sha256");
            let id_length = if sha256 { 32 } else { 20 };
            return Ok(Some(Self { work_tree: work_tree.to_path_buf(), own, common, prefix, id_length }));
        }
        Ok(None)
    }

    /// All tracked paths of the work tree, in the order of their bytes.
    pub(crate) fn index(&self) -> Result<Vec<Entry>, String> {
        match native::read_regular(&self.own.join("index"), MAX_INDEX).map_err(|e| e.to_string())? {
            Some(bytes) => index::parse(&bytes, self.id_length),
            None => Ok(Vec::new()),
        }
    }

    /// When the index was written; a file that changed at or after that moment may have the same stamp and other content.
    fn index_written(&self) -> native::Time {
        std::fs::symlink_metadata(self.own.join("index")).map(|meta| native::stamp(&meta).modified).unwrap_or_default()
    }

    /// The current commit; none before the first one.
    pub(crate) fn head(&self) -> Result<Option<Id>, String> {
        let mut name = "HEAD".to_owned();
        for _ in 0..5 {
            let own = text(&self.own.join(&name))?;
            let value = match own {
                Some(value) => Some(value),
                None => text(&self.common.join(&name))?.or(self.packed(&name)?),
            };
            let Some(value) = value else { return Ok(None) };
            match value.strip_prefix("ref:") {
                Some(target) => name = checked_ref(target.trim())?.to_owned(),
                None => return Id::from_hex(&value).map(Some).ok_or_else(|| format!("{name} holds no commit id")),
            }
        }
        Err("HEAD leads through too many names".into())
    }

    fn packed(&self, name: &str) -> Result<Option<String>, String> {
        let bytes = native::read_regular(&self.common.join("packed-refs"), MAX_PACKED_REFS).map_err(|e| format!("packed-refs: {e}"))?;
        let text = bytes.unwrap_or_default();
        let mut lines = text.split(|b| *b == b'\n').filter(|line| !line.starts_with(b"#") && !line.starts_with(b"^"));
        let found = lines.find_map(|line| {
            let (id, at) = std::str::from_utf8(line).ok()?.trim_end().split_once(' ')?;
            (at == name).then(|| id.to_owned())
        });
        Ok(found)
    }

    /// The rules that hold everywhere in the work tree, with the `.gitignore` files above the read folder.
    pub(crate) fn outer_rules(&self, problems: &mut Vec<(String, String)>) -> Outer {
        let mut rules = Rules::read(&self.common.join("info/exclude"), ".git/info/exclude", 0, None, problems);
        let mut hidden = false;
        let mut folder = self.work_tree.clone();
        let ends = self.prefix.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
        let mut from = 0;
        for end in ends {
            rules = Rules::read(&folder.join(".gitignore"), ".gitignore of a folder above", from, rules, problems);
            hidden = hidden || Rules::hide(rules.as_deref(), &self.prefix[..end], true);
            folder.push(native::path_of(&self.prefix[from..end]));
            from = end + 1;
        }
        Outer { rules, hidden }
    }

    fn objects(&self) -> PathBuf {
        self.common.join("objects")
    }
}

/// What the folders above the read one say of it.
pub(crate) struct Outer {
    pub(crate) rules: Option<std::rc::Rc<Rules>>,
    /// The read folder itself is ignored.
    pub(crate) hidden: bool,
}

/// Where a `.git` file points: a submodule's or a second work tree's own folder.
fn pointed_to(work_tree: &Path, mark: &Path) -> Result<PathBuf, String> {
    let content = text(mark)?.unwrap_or_default();
    let target = content.strip_prefix("gitdir:").ok_or(".git names no repository")?.trim();
    let own = work_tree.join(target);
    if own.join("HEAD").is_file() { Ok(own) } else { Err(".git names a repository that is not there".into()) }
}

fn text(path: &Path) -> Result<Option<String>, String> {
    let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = native::read_regular(path, MAX_SMALL).map_err(|e| format!("{}: {e}", name()))?;
    Ok(bytes.map(|b| String::from_utf8_lossy(&b).trim_end().to_owned()))
}

fn checked_ref(name: &str) -> Result<&str, String> {
    if name == "refs/heads/.invalid" {
        return Err("its branches are kept in a reftable, which is not understood".into());
    }
    let parts_ok = name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0', ':']));
    if name.starts_with("refs/") && parts_ok { Ok(name) } else { Err("HEAD names no branch".into()) }
}
