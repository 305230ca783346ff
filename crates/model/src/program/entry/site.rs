//! From the words of a command to the files of the tree: working folders, paths of containers, names of modules.

use plimsoll_facts::code::ModuleId;
use plimsoll_facts::{folder_of, join};

use super::below;
use super::built::{module_at, package_of, source_of};
use super::image::{Container, absolute};
use crate::program::environment::Environment;
use crate::service::Service;
use crate::system::System;

/// Where a command runs.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Folder {
    /// In a folder of the container.
    Container(String),
    /// In a folder of the tree.
    Tree(String),
}

/// A service's files, as its commands see them.
pub(super) struct Site<'a> {
    pub(super) system: &'a System,
    pub(super) service: &'a Service,
    pub(super) environment: &'a Environment,
    pub(super) container: Option<Container<'a>>,
    pub(super) root: &'a str,
}

impl<'a> Site<'a> {
    pub(super) fn new(system: &'a System, service: &'a Service, environment: &'a Environment, root: &'a str) -> Self {
        let container = service.built_image(system).map(|image| {
            let context = service.build_context(system).map_or_else(|| root.to_owned(), |c| c.folder);
            Container { system, image, context, mounts: &service.mounts }
        });
        Self { system, service, environment, container, root }
    }

    /// The folder in which its command runs.
    pub(super) fn folder(&self) -> Folder {
        match &self.container {
            Some(container) => Folder::Container(container.folder()),
            None => Folder::Tree(self.root.to_owned()),
        }
    }

    /// A folder after `cd`.
    pub(super) fn entered(&self, folder: &Folder, to: &str) -> Folder {
        match folder {
            Folder::Container(at) => Folder::Container(absolute(at, to)),
            Folder::Tree(at) => match join(at, to) {
                Some(inner) => Folder::Tree(inner),
                // A path of a machine that nothing describes.
                None => Folder::Tree(self.root.to_owned()),
            },
        }
    }

    /// The paths of the tree that a path may stand for, the likeliest first.
    pub(super) fn paths(&self, folder: &Folder, path: &str) -> Vec<String> {
        let path = path.trim_matches(['"', '\'']);
        match (folder, &self.container) {
            (Folder::Container(at), Some(container)) => {
                let whole = absolute(at, path);
                let mut found = container.paths(&whole);
                let inner = whole.strip_prefix(container.folder().as_str()).unwrap_or(&whole).trim_start_matches('/');
                found.extend(join(self.root, inner));
                found
            }
            (Folder::Tree(at), _) if !path.starts_with('/') => join(at, path).into_iter().collect(),
            (Folder::Tree(_), Some(container)) => container.paths(&absolute("/", path)),
            (_, None) => {
                // A path of a machine that nothing describes: its last parts, from the folder of the source.
                let mut rest = path.trim_start_matches('/');
                let mut found = Vec::new();
                while let Some((_, after)) = rest.split_once('/') {
                    rest = after;
                    found.extend(join(self.root, rest));
                }
                found
            }
        }
    }

    /// The module of a file that a command names.
    pub(super) fn file(&self, folder: &Folder, path: &str) -> Option<ModuleId> {
        let paths = self.paths(folder, path);
        let exact = paths.iter().find_map(|p| self.system.code().at_path(p));
        let near = || paths.iter().find_map(|p| module_at(self.system, p).or_else(|| self.system.code().at_path(&format!("{p}.py"))));
        let built = || paths.iter().find_map(|p| source_of(self.system, p));
        exact.or_else(near).or_else(built)
    }

    /// The one module of the root's own packages whose path ends as a command says: where the working folder is not known for sure.
    pub(super) fn somewhere(&self, path: &str) -> Option<ModuleId> {
        let tail = path.trim_start_matches("./").trim_start_matches('/');
        let found = self.alone(&[tail.to_owned()])?;
        // A file of that name in another package is another program.
        let path = &self.system.code().module(found).path;
        let home = package_of(self.system, path).map(|p| p.folder.as_str());
        let own = tail.contains('/') || home.is_none_or(|h| h == self.root || below(self.root, h) || h.is_empty());
        own.then_some(found)
    }

    /// The one module below the root, nearest to it, whose path ends in one of these.
    fn alone(&self, tails: &[String]) -> Option<ModuleId> {
        let ends = |path: &str| {
            tails.iter().any(|t| !t.is_empty() && path.strip_suffix(t.as_str()).is_some_and(|b| b.is_empty() || b.ends_with('/')))
        };
        let found = |root: &str| {
            let all = self.system.code().modules().filter(|(_, m)| below(&m.path, root) && ends(&m.path));
            all.min_by_key(|(_, m)| (m.path.matches('/').count(), m.path.len())).map(|(id, _)| id)
        };
        found(self.root)
    }

    /// The module of Python that a dotted name means, and what is left of the name: an object in it. With `main`, the package's `__main__`.
    pub(super) fn module(&self, folder: &Folder, name: &str, within: Option<&str>, main: bool) -> Option<(ModuleId, Option<String>)> {
        if let Some(found) = self.exact_module(folder, name, within, main) {
            return Some((found, None));
        }
        let (before, last) = name.rsplit_once('.')?;
        Some((self.exact_module(folder, before, within, false)?, Some(last.to_owned())))
    }

    fn exact_module(&self, folder: &Folder, name: &str, within: Option<&str>, main: bool) -> Option<ModuleId> {
        if name.is_empty() || !name.split('.').all(|p| !p.is_empty() && p.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')) {
            return None;
        }
        let path = name.replace('.', "/");
        let mut files = vec![format!("{path}.py"), format!("{path}/__init__.py")];
        if main {
            files.insert(0, format!("{path}/__main__.py"));
        }
        let searched = self.environment.get("PYTHONPATH").and_then(|h| h.value.clone()).unwrap_or_default();
        let folders = within.into_iter().chain(std::iter::once("")).chain(searched.split(':')).chain(["src"]);
        for start in folders {
            let from = if start.is_empty() { folder.clone() } else { self.entered(folder, start) };
            let found = files.iter().find_map(|f| self.paths(&from, f).iter().find_map(|p| self.system.code().at_path(p)));
            if found.is_some() {
                return found;
            }
        }
        self.alone(&files)
    }

    /// The folder of the tree that a folder of a command stands for: the one whose manifest it holds.
    pub(super) fn packaged(&self, folder: &Folder, path: &str) -> String {
        let manifest = if path.is_empty() { "package.json".to_owned() } else { format!("{}/package.json", path.trim_end_matches('/')) };
        let found = self.paths(folder, &manifest).into_iter().find(|p| self.system.file(p).is_some());
        match found {
            Some(path) => folder_of(&path).to_owned(),
            None => match self.paths(folder, if path.is_empty() { "." } else { path }).into_iter().next() {
                Some(inner) if !path.is_empty() => inner,
                _ => self.service.packages(self.system).first().map_or_else(|| self.root.to_owned(), |p| p.folder.clone()),
            },
        }
    }
}
