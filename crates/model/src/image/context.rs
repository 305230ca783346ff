//! Build contexts: which files a build can see, by Docker's rules for ignore files.

use globset::{GlobBuilder, GlobMatcher};
use plimsoll_base::Location;
use plimsoll_facts::container::ContextIgnore;
use plimsoll_facts::{folder_of, join};
use plimsoll_syntax::dockerfile::{Copy, InstructionKind};

use super::BuiltImage;
use crate::deployment::DeploymentKind;
use crate::service::Service;
use crate::system::System;

/// The folder that a build sends, and the ignore file that governs it.
#[derive(Debug)]
pub struct BuildContext<'a> {
    /// The folder from the root; empty is the root.
    pub folder: String,
    /// The ignore file that applies.
    pub ignore: Option<&'a ContextIgnore>,
    /// Whether the declaration names the folder; otherwise it is inferred from what the image copies.
    pub stated: bool,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: GlobMatcher,
    keeps: bool,
    at: Location,
}

impl<'a> BuildContext<'a> {
    /// The context of a service's image.
    pub(crate) fn of(service: &Service, image: &BuiltImage<'a>, system: &'a System) -> Option<Self> {
        let by_files = system.deployment().is_some_and(|d| d.kind == DeploymentKind::Image);
        let (folder, stated) = match &service.build {
            Some(build) if !by_files => (build.context.clone()?, true),
            _ => (inferred(image, system), false),
        };
        let ignores = || system.context_ignores().iter();
        let own = format!("{}.dockerignore", image.definition.path);
        let usual = if folder.is_empty() { ".dockerignore".to_owned() } else { format!("{folder}/.dockerignore") };
        let ignore = ignores().find(|i| i.path == own).or_else(|| ignores().find(|i| i.path == usual));
        let rules = ignore.map(rules).unwrap_or_default();
        Some(Self { folder, ignore, stated, rules })
    }

    /// What keeps a path, relative to the context, out of the build: the pattern's place.
    pub fn excluded(&self, path: &str) -> Option<Location> {
        let mut excluded = None;
        for rule in &self.rules {
            // A pattern that takes a folder takes what lies in it, unless a later one keeps it.
            if std::iter::successors(Some(path), |p| Some(folder_of(p)).filter(|f| !f.is_empty())).any(|p| rule.pattern.is_match(p)) {
                excluded = (!rule.keeps).then_some(rule.at);
            }
        }
        excluded
    }

    /// A path relative to the context, as one from the root.
    pub fn from_root(&self, path: &str) -> Option<String> {
        join(&self.folder, path.trim_start_matches('/'))
    }
}

fn rules(ignore: &ContextIgnore) -> Vec<Rule> {
    ignore
        .patterns
        .iter()
        .filter_map(|p| {
            let text = p.value.trim();
            let (keeps, text) = match text.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, text),
            };
            let cleaned = join("", text.trim_start_matches('/'))?;
            // Docker knows no braces; an empty pattern, `.`, takes everything.
            let glob = if cleaned.is_empty() { "**".to_owned() } else { cleaned.replace('{', "\\{").replace('}', "\\}") };
            let pattern = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build().ok()?.compile_matcher();
            Some(Rule { pattern, keeps, at: p.at })
        })
        .collect()
}

/// The files and folders that the stages of an image take from the context.
pub fn context_copies<'a>(image: &BuiltImage<'a>) -> impl Iterator<Item = (&'a Copy, Location)> + use<'a> {
    let definition = image.definition;
    image.stages().into_iter().flat_map(move |stage| {
        stage.instructions.iter().filter_map(move |i| match &i.kind {
            InstructionKind::Copy(copy) if copy.from.is_none() && !copy.heredoc => Some((copy, Location::at(definition.file, i.span))),
            _ => None,
        })
    })
}

/// Whether a source of COPY is a plain path: no address, no pattern, no variable.
pub fn is_plain(source: &str) -> bool {
    !source.contains("://") && !source.starts_with("git@") && !source.contains(['*', '?', '[', '$', '<'])
}

/// A source of COPY that the build will not find.
#[derive(Clone, Debug)]
pub struct MissingSource {
    /// As written.
    pub source: String,
    /// The instruction.
    pub at: Location,
    /// The pattern that keeps it out of the context; none where the tree does not hold it.
    pub excluded: Option<Location>,
}

impl BuildContext<'_> {
    /// Sources that the build will not find. What git ignores or what a build makes is left out: it may be there when it matters.
    pub fn missing(&self, image: &BuiltImage, system: &System) -> Vec<MissingSource> {
        let mut found = Vec::new();
        for (copy, at) in context_copies(image) {
            for source in copy.sources.iter().filter(|s| is_plain(s)) {
                let Some(relative) = join("", source.trim_start_matches('/')) else { continue };
                let Some(path) = self.from_root(source) else { continue };
                if relative.is_empty() {
                    continue;
                }
                if !system.exists(&path) {
                    if self.stated && !made_elsewhere(system, &path) {
                        found.push(MissingSource { source: source.clone(), at, excluded: None });
                    }
                } else if let Some(pattern) = self.excluded(&relative)
                    && system
                        .below(&path)
                        .all(|f| f.path.strip_prefix(&self.folder).is_none_or(|p| self.excluded(p.trim_start_matches('/')).is_some()))
                {
                    found.push(MissingSource { source: source.clone(), at, excluded: Some(pattern) });
                }
            }
        }
        found
    }
}

/// Whether a path is made before the build rather than kept in git: output of another build, an ignored file, a submodule.
fn made_elsewhere(system: &System, path: &str) -> bool {
    const MADE: [&str; 18] = [
        "target",
        "dist",
        "build",
        "out",
        "bin",
        "publish",
        ".next",
        ".output",
        "node_modules",
        "vendor",
        "wheels",
        "release",
        "artifacts",
        "generated",
        "certs",
        "tmp",
        "static",
        "models",
    ];
    let parts: Vec<&str> = path.split('/').collect();
    let named = parts.iter().any(|p| {
        MADE.contains(p)
            || p.starts_with(".env")
            || p.ends_with(".jar")
            || p.ends_with(".war")
            || p.ends_with(".whl")
            || p.ends_with(".tar.gz")
            || p.ends_with(".tgz")
    });
    let ignored = || {
        system.ignore_rules().iter().flat_map(|r| &r.patterns).any(|p| {
            let pattern = p.value.trim().trim_start_matches('/').trim_end_matches('/').trim_start_matches("**/");
            let last = pattern.rsplit('/').next().unwrap_or(pattern);
            !pattern.is_empty()
                && (parts.contains(&last) || pattern.strip_prefix('*').is_some_and(|end| !end.is_empty() && path.ends_with(end)))
        })
    };
    let submodule = || {
        system.file(".gitmodules").is_some_and(|f| {
            f.text()
                .lines()
                .filter_map(|l| l.trim().strip_prefix("path"))
                .any(|l| path.starts_with(l.trim_start_matches([' ', '=', '\t']).trim()))
        })
    };
    named || ignored() || submodule()
}

/// The nearest folder, from the definition's own upwards, that holds everything that is copied; its own where none does.
fn inferred(image: &BuiltImage, system: &System) -> String {
    let sources: Vec<&str> =
        context_copies(image).flat_map(|(c, _)| c.sources.iter().map(String::as_str)).filter(|s| is_plain(s)).collect();
    let own = image.definition.folder.as_str();
    let mut folder = own;
    loop {
        let holds = sources.iter().all(|s| join(folder, s.trim_start_matches('/')).is_some_and(|p| p.is_empty() || system.exists(&p)));
        if holds {
            return folder.to_owned();
        }
        if folder.is_empty() {
            return own.to_owned();
        }
        folder = folder_of(folder);
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_base::{FileId, Sourced};

    use super::*;

    fn excluded(patterns: &[&str], path: &str) -> bool {
        let ignore = ContextIgnore {
            file: FileId(0),
            path: ".dockerignore".into(),
            context: String::new(),
            patterns: patterns.iter().map(|p| Sourced::new((*p).to_owned(), Location::whole(FileId(0)))).collect(),
        };
        let rules = rules(&ignore);
        BuildContext { folder: String::new(), ignore: None, stated: true, rules }.excluded(path).is_some()
    }

    #[test]
    fn patterns_are_bound_to_the_root_of_the_context() {
        assert!(excluded(&["node_modules"], "node_modules/a/index.js"));
        assert!(!excluded(&["node_modules"], "web/node_modules/a/index.js"));
        assert!(excluded(&["**/node_modules"], "node_modules/a.js"));
        assert!(excluded(&["**/node_modules/"], "web/node_modules/a.js"));
        assert!(excluded(&["/.env"], ".env"));
        assert!(!excluded(&["*.pem"], "certs/key.pem"));
        assert!(excluded(&["*/*.pem"], "certs/key.pem"));
        assert!(excluded(&["./logs/"], "logs/a"));
        assert!(excluded(&["docs/**"], "docs/a/b.md"));
        assert!(!excluded(&["{a,b}"], "a"));
    }

    #[test]
    fn the_last_match_wins() {
        assert!(!excluded(&[".env*", "!.env.example"], ".env.example"));
        assert!(excluded(&[".env*", "!.env.example"], ".env.local"));
        assert!(excluded(&["!.env", ".env"], ".env"));
        assert!(excluded(&["*", "!src"], "README.md"));
        assert!(!excluded(&["*", "!src"], "src/a/b.ts"));
        assert!(excluded(&["."], "any/thing"));
    }
}
