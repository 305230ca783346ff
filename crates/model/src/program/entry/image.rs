//! Where the files of a container come from: from its paths back to those of the repository, over COPY, stages and mounts.

use plimsoll_facts::container::{Mount, MountSource};
use plimsoll_facts::join;
use plimsoll_syntax::dockerfile::{Copy, InstructionKind, Stage};

use crate::image::{BuiltImage, commands};
use crate::system::System;

/// How many stages a file is followed through.
const MAX_STAGES: usize = 8;
/// How many answers are kept: several instructions may write to one folder.
const MAX_FOUND: usize = 32;

/// The files of a container.
pub(super) struct Container<'a> {
    pub(super) system: &'a System,
    pub(super) image: BuiltImage<'a>,
    /// The folder that the build sends.
    pub(super) context: String,
    /// What is mounted over the image.
    pub(super) mounts: &'a [Mount],
}

/// Makes a path absolute within a folder of the container, `.` and `..` resolved.
pub(super) fn absolute(folder: &str, path: &str) -> String {
    let path = path.trim_matches(['"', '\'']);
    let mut parts: Vec<&str> = Vec::new();
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}

/// What remains of a path below a folder, without a slash before it; empty for the folder itself.
fn rest<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder == "/" {
        return path.strip_prefix('/');
    }
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

impl Container<'_> {
    /// The folder in which it starts.
    pub(super) fn folder(&self) -> String {
        let found = self.image.definition.dockerfile.effective_workdir(self.image.stage);
        found.map_or_else(|| "/".to_owned(), |(path, _)| absolute("/", &path))
    }

    /// The paths of the repository that a path of the container may come from, the likeliest first; not all need exist: builds write files.
    pub(super) fn paths(&self, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        for mount in self.mounts {
            if let MountSource::Host { path: host, in_tree: true, .. } = &mount.source
                && let Some(rest) = rest(path, &absolute("/", &mount.target))
            {
                found.extend(join(host, rest));
            }
        }
        self.stage(self.image.stage, path, 0, &mut found);
        found
    }

    fn stage(&self, stage: &Stage, path: &str, depth: usize, found: &mut Vec<String>) {
        if depth > MAX_STAGES {
            return;
        }
        let before = found.len();
        let file = &self.image.definition.dockerfile;
        // Forward, since working folders add up; the last instruction wins.
        let mut steps: Vec<(&Copy, String)> = Vec::new();
        let mut at = "/".to_owned();
        let chain = file.chain(stage);
        for instruction in chain.iter().rev().flat_map(|s| &s.instructions) {
            match &instruction.kind {
                InstructionKind::Workdir(folder) => at = absolute(&at, folder),
                InstructionKind::Copy(copy) => steps.push((copy, at.clone())),
                _ => {}
            }
        }
        for (copy, folder) in steps.into_iter().rev() {
            if found.len() >= MAX_FOUND {
                return;
            }
            self.copied(copy, &folder, path, depth, found);
        }
        if found.len() == before {
            self.deployed(&chain, path, found);
        }
        if found.len() == before
            && depth > 0
            && let Some(inner) = rest(path, &at)
        {
            // What a build wrote into its working folder, beside the folders that were copied there.
            found.extend(join(&self.context, pruned(inner)));
        }
    }

    fn copied(&self, copy: &Copy, folder: &str, path: &str, depth: usize, found: &mut Vec<String>) {
        let target = absolute(folder, &copy.dest);
        let Some(rest) = rest(path, &target) else { return };
        for source in copy.sources.iter().filter(|s| !s.contains("://") && !s.starts_with("<<")) {
            if copy.from.is_some() {
                let Some(stage) = copy.from_stage.and_then(|i| self.image.definition.dockerfile.stages.get(i)) else { continue };
                let from = absolute("/", source);
                let name = from.rsplit('/').next().unwrap_or_default();
                // A file keeps its name in a folder; a folder gives what is in it.
                if rest.is_empty() || rest == name {
                    self.stage(stage, &from, depth + 1, found);
                }
                if !rest.is_empty() {
                    self.stage(stage, &absolute(&from, rest), depth + 1, found);
                }
                continue;
            }
            let Some(from) = join(&self.context, source.trim_start_matches('/')) else { continue };
            if source.contains(['*', '?', '[']) {
                let (parent, pattern) = from.rsplit_once('/').unwrap_or(("", &from));
                let first = rest.split('/').next().unwrap_or_default();
                if parent.contains(['*', '?', '[']) || first.is_empty() || !glob(pattern, first) {
                    continue;
                }
                found.extend(join(parent, rest));
            } else if self.system.file(&from).is_some() {
                if rest.is_empty() || from.rsplit('/').next() == Some(rest) {
                    found.push(from);
                }
            } else {
                found.extend(join(&from, pruned(rest)));
            }
        }
    }

    /// `pnpm --filter api deploy /out` writes a package with what it depends on into a folder.
    fn deployed(&self, chain: &[&Stage], path: &str, found: &mut Vec<String>) {
        for command in chain.iter().flat_map(|s| commands(s)) {
            let words = command.effective();
            let Some(last) = words.last().filter(|_| words.first().is_some_and(|w| w == "pnpm") && words.iter().any(|w| w == "deploy"))
            else {
                continue;
            };
            let name = super::command::option(words, &["--filter", "-F"]);
            let package = self.system.packages().iter().find(|p| p.product && p.name.as_deref() == name);
            if let (Some(package), Some(rest)) = (package, rest(path, &absolute("/", last))) {
                found.extend(join(&package.folder, rest));
            }
        }
    }
}

/// `turbo prune --docker` writes the workspace below `out/full` and its manifests below `out/json`.
fn pruned(rest: &str) -> &str {
    rest.strip_prefix("out/full/").or_else(|| rest.strip_prefix("out/json/")).unwrap_or(rest)
}

/// Whether a name matches a pattern of `*` and `?`.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_container_are_made_whole() {
        assert_eq!(absolute("/app", "dist/main.js"), "/app/dist/main.js");
        assert_eq!(absolute("/app", "/srv/x"), "/srv/x");
        assert_eq!(absolute("/app/", "../x/./y"), "/x/y");
        assert_eq!(absolute("/", "."), "/");
    }

    #[test]
    fn patterns_match_names() {
        assert!(glob("*.py", "main.py") && glob("*", "x") && glob("a*c", "abc") && glob("?.js", "a.js"));
        assert!(!glob("*.py", "main.js") && !glob("a", "ab"));
    }
}
