//! The files that a container sees: mounts of the tree, and what its image's definition copies in.

use plimsoll_base::Location;
use plimsoll_discover::Format;
use plimsoll_syntax::dockerfile::{InstructionKind, dockerfile};

use crate::container::{MountSource, Workload};
use crate::iac::value::Value;
use crate::library::{Held, Library, join};

/// Files of one container; beyond it the rest is not looked at.
const MAX_FILES: usize = 500;

/// A file as a container sees it.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    /// Its path in the container.
    pub(crate) path: String,
    /// Its documents, for YAML and JSON.
    pub(crate) documents: Vec<Value>,
}

/// A file as text.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// The file as a whole.
    pub(crate) at: Location,
}

/// The files that a container sees.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) all: Vec<ConfigFile>,
    /// The text of files in languages of their own (River, Fluent Bit, TOML), by their path in the container.
    pub(crate) texts: Vec<(String, Text)>,
    /// Mounts of the tree that hold nothing: the engine makes an empty folder there.
    pub(crate) missing: Vec<(String, Location)>,
}

impl Files {
    pub(crate) fn get(&self, path: &str) -> Option<&ConfigFile> {
        self.all.iter().find(|f| f.path == path)
    }
    /// Files below a folder of the container.
    pub(crate) fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a ConfigFile> + use<'a> {
        let folder = format!("{}/", folder.trim_end_matches('/'));
        self.all.iter().filter(move |f| f.path.starts_with(&folder))
    }
    fn add(&mut self, path: String, held: &Held) {
        if self.all.len() < MAX_FILES {
            let documents: Vec<Value> = held.documents.iter().map(|n| Value::of(n, held.id)).collect();
            if documents.is_empty() && held.bytes.is_some() && !matches!(held.format, Format::Source(_)) {
                self.texts.push((path.clone(), Text { text: held.text().into_owned(), at: held.whole() }));
            }
            self.all.push(ConfigFile { path, documents });
        }
    }
    /// A file or folder of the tree at a place of the container.
    fn place(&mut self, library: &Library, source: &str, target: &str) {
        let target = target.trim_end_matches('/');
        if let Some(held) = library.get(source) {
            self.add(target.to_owned(), held);
            return;
        }
        for held in library.below(source).take(MAX_FILES) {
            let rest = held.path.strip_prefix(source).unwrap_or(&held.path).trim_start_matches('/');
            self.add(format!("{target}/{rest}"), held);
        }
    }
}

/// What a workload sees of the tree.
pub(crate) fn of_workload(library: &Library, workload: &Workload) -> Files {
    let mut files = Files::default();
    for mount in &workload.mounts {
        match &mount.source {
            MountSource::Host { path, in_tree: true, exists: true } => files.place(library, path, &mount.target),
            MountSource::Host { path, in_tree: true, exists: false } => files.missing.push((path.clone(), mount.at)),
            _ => {}
        }
    }
    copied(library, workload, &mut files);
    files
}

/// What the last stage of the image's definition copies from its context; mounts lie over it.
fn copied(library: &Library, workload: &Workload, files: &mut Files) {
    let Some(build) = &workload.build else { return };
    let (Some(context), Some(path)) = (&build.context, &build.dockerfile) else { return };
    let Some(bytes) = library.get(path).and_then(|h| h.bytes.as_deref()) else { return };
    let parsed = dockerfile(bytes).value;
    let Some(stage) = parsed.target(build.target.as_ref().map(|t| t.value.as_str())) else { return };
    for instruction in &stage.instructions {
        let InstructionKind::Copy(copy) = &instruction.kind else { continue };
        if copy.from.is_some() {
            continue;
        }
        for source in &copy.sources {
            let Some(source) = join(context, source) else { continue };
            let folder = copy.dest.ends_with('/') || copy.sources.len() > 1;
            let name = source.rsplit('/').next().unwrap_or(&source);
            let target = if folder && library.get(&source).is_some() {
                format!("{}/{name}", copy.dest.trim_end_matches('/'))
            } else {
                copy.dest.clone()
            };
            if files.get(&target).is_none() {
                files.place(library, &source, &target);
            }
        }
    }
}

/// The image that a workload runs, or the one that its own definition stands on.
pub(crate) fn image_of(library: &Library, workload: &Workload) -> Option<String> {
    if let Some(build) = &workload.build {
        let bytes = library.get(build.dockerfile.as_deref()?)?.bytes.as_deref()?;
        let parsed = dockerfile(bytes).value;
        return parsed.target(build.target.as_ref().map(|t| t.value.as_str()))?.from.image.clone();
    }
    workload.image.as_ref()?.known().cloned()
}

/// Whether a container sees the output of the others on its host: the engine's folder or socket, the journal, the nodes' log folder.
pub(crate) fn sees_logs(workload: &Workload) -> bool {
    workload.privileges.engine_socket.is_some()
        || workload.mounts.iter().any(|m| {
            let MountSource::Host { path, in_tree: false, .. } = &m.source else { return false };
            ["/var/lib/docker", "/var/log", "/run/log/journal", "/var/run/docker", "/run/docker", "/"]
                .iter()
                .any(|p| path == p || *p != "/" && path.starts_with(p))
        })
}
