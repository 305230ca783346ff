//! Which files of the tree lie where in a container: what its image copies in, and what is mounted over that.

use std::collections::BTreeMap;

use plimsoll_base::{Location, Sourced};
use plimsoll_syntax::dockerfile::{InstructionKind, Stage};

use crate::container::{ImageDefinition, MountSource, Workload};
use crate::library::{Held, Library, join};

/// How many files of one mounted or copied folder are looked at.
const MOST: usize = 500;

/// The files of the tree that a container holds, by their path in it.
pub(super) struct Files<'a> {
    held: BTreeMap<String, &'a Held>,
    /// Configuration that is mounted from a path of the tree where nothing lies.
    pub(super) missing: Vec<Sourced<String>>,
    /// Configuration that comes from outside the tree: a volume, a folder of the host.
    pub(super) hidden: Option<Sourced<String>>,
}

impl<'a> Files<'a> {
    /// The files of a workload; `home` is where its program keeps its configuration.
    pub(super) fn of(library: &'a Library, built: Option<(&ImageDefinition, &Stage)>, workload: &Workload, home: &str) -> Self {
        let mut files = Files { held: BTreeMap::new(), missing: Vec::new(), hidden: None };
        if let Some((definition, stage)) = built {
            files.copied(library, definition, stage, workload);
        }
        for mount in &workload.mounts {
            let target = mount.target.trim_end_matches('/');
            let configures = (target.starts_with(home) || extension(target)) && !certificates(target);
            match &mount.source {
                MountSource::Host { path, in_tree: true, exists: true } => files.lay(library, path, target),
                MountSource::Host { path, in_tree: true, exists: false } if configures => {
                    files.missing.push(Sourced::new(path.clone(), mount.at));
                }
                MountSource::Host { path, .. } if configures => files.hidden = Some(Sourced::new(path.clone(), mount.at)),
                MountSource::Volume(name) if configures => files.hidden = Some(Sourced::new(name.clone(), mount.at)),
                MountSource::Unresolved if configures => files.hidden = Some(Sourced::new(target.to_owned(), mount.at)),
                _ => {}
            }
        }
        files
    }

    fn copied(&mut self, library: &'a Library, definition: &ImageDefinition, stage: &Stage, workload: &Workload) {
        let context = workload.build.as_ref().and_then(|b| b.context.clone()).unwrap_or_else(|| definition.folder.clone());
        for stage in definition.dockerfile.chain(stage).into_iter().rev() {
            let mut folder = String::from("/");
            for instruction in &stage.instructions {
                match &instruction.kind {
                    InstructionKind::Workdir(step) if step.starts_with('/') => folder.clone_from(step),
                    InstructionKind::Workdir(step) => folder = format!("{}/{step}", folder.trim_end_matches('/')),
                    InstructionKind::Copy(copy) if copy.from.is_none() && !copy.heredoc => {
                        let dest = if copy.dest.starts_with('/') {
                            copy.dest.clone()
                        } else {
                            format!("{}/{}", folder.trim_end_matches('/'), copy.dest)
                        };
                        let several = copy.sources.len() > 1 || dest.ends_with('/') || copy.dest == ".";
                        for source in copy.sources.iter().take(MOST) {
                            let Some(from) = join(&context, source.trim_start_matches('/')) else { continue };
                            let name = from.rsplit('/').next().unwrap_or(&from);
                            let file = library.get(&from).is_some();
                            // A file goes into a folder under its own name; a folder's content goes into the folder.
                            let into = several || file && !dest.rsplit('/').next().is_some_and(|n| n.contains('.'));
                            let target = if file && into { format!("{}/{name}", dest.trim_end_matches('/')) } else { dest.clone() };
                            self.lay(library, &from, target.trim_end_matches('/'));
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Lays a file or a folder of the tree at a path of the container.
    fn lay(&mut self, library: &'a Library, path: &str, target: &str) {
        if let Some(held) = library.get(path) {
            self.held.insert(target.to_owned(), held);
            return;
        }
        let prefix = if path.is_empty() { 0 } else { path.len() + 1 };
        for held in library.below(path).take(MOST) {
            if let Some(rest) = held.path.get(prefix..) {
                self.held.insert(format!("{target}/{rest}"), held);
            }
        }
    }

    /// The file at a path of the container.
    pub(super) fn get(&self, path: &str) -> Option<&'a Held> {
        self.held.get(path).copied()
    }
    /// The files below a folder of the container whose names end so, in order.
    pub(super) fn below(&self, folder: &str, ending: &str) -> Vec<&'a Held> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        self.held
            .range(prefix.clone()..)
            .take_while(|(p, _)| p.starts_with(&prefix))
            .filter(|(p, _)| p.ends_with(ending))
            .map(|(_, h)| *h)
            .collect()
    }
    /// The first file that a test accepts by its path in the container.
    pub(super) fn find(&self, test: impl Fn(&str) -> bool) -> Option<&'a Held> {
        self.held.iter().find(|(p, _)| test(p)).map(|(_, h)| *h)
    }
}

/// Names that configuration goes by.
fn extension(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "Caddyfile" || [".conf", ".cfg", ".template", ".caddy"].iter().any(|e| name.ends_with(e))
}

/// Paths that hold certificates, keys and what else is rightly kept out of a repository.
fn certificates(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [
        "ssl",
        "cert",
        "letsencrypt",
        "/live",
        ".pem",
        ".key",
        ".crt",
        "acme",
        "htpasswd",
        "/auth",
        "secret",
        "/log",
        "cache",
        "tls",
        "/html",
        "/www",
    ]
    .iter()
    .any(|w| lower.contains(w))
}

/// A place in a file: a range of its bytes.
pub(super) fn place(held: &Held, start: usize, end: usize) -> Location {
    held.at(plimsoll_base::Span::new(start, end))
}
