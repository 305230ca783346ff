//! The system as controls see it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use plimsoll_base::{FileId, Location, Scope};
use plimsoll_facts::ci::Pipeline;
use plimsoll_facts::code::{Code, Wiring};
use plimsoll_facts::container::{BuiltByTool, ContextIgnore, ImageDefinition};
use plimsoll_facts::iac::{IacRoot, ManualStep};
use plimsoll_facts::infrastructure::{Infrastructure, LogRoute};
use plimsoll_facts::packages::Package;
use plimsoll_facts::platform::PlatformTarget;
use plimsoll_facts::repository::{
    Artefact, Credential, Document, EnvFile, EnvRead, IgnoreRules, SourceFile, SourceMark, TestFile, Updater, VersionUse,
};
use plimsoll_facts::technology::{Capability, Sign};
use plimsoll_facts::{Facts, Held, path_matches};

use crate::activity::{Activity, activities};
use crate::backup::Recovery;
use crate::datastore::Beside;
use crate::deployment::Deployment;
use crate::document::Bearing;
use crate::ignoring::Ignoring;
use crate::infrastructure::{collectors_beside, joined, roots, set_aside};
use crate::program::Program;
use crate::service::{Service, services_of};

/// One system under one deployment.
#[derive(Clone, Debug)]
pub struct System {
    facts: Arc<Facts>,
    deployments: Arc<Vec<Deployment>>,
    assessed: Option<usize>,
    services: Vec<Service>,
    infrastructure: Infrastructure,
    /// Indices of signs by what they show, in their order.
    shown: Arc<BTreeMap<Capability, Vec<usize>>>,
    /// The files of globs already asked for: many controls look in the same places.
    matched: Arc<Mutex<HashMap<String, Arc<[u32]>>>>,
    /// The paths in lower case, in which globs are looked for.
    lowered: OnceLock<Vec<String>>,
    /// The git ignore rules, compiled as paths are asked for.
    ignoring: Ignoring,
    /// What each document is to its readers, by its index, the nearest to the root first.
    pub(crate) bearings: OnceLock<Vec<(Bearing, usize)>>,
    /// The index of the readme.
    pub(crate) readme: OnceLock<Option<usize>>,
    /// The parts, each with its name and its folder.
    pub(crate) parts: OnceLock<Vec<(String, String)>>,
    /// Stores that no declaration lists.
    pub(crate) beside: OnceLock<Beside>,
    /// Backups and restores, whoever runs them.
    pub(crate) recovery: OnceLock<Recovery>,
    /// The code of each service, by its index.
    programs: Vec<OnceLock<Option<Program>>>,
}

impl System {
    /// The system as the deployment at `assessed` runs it; none when there is no deployment at all.
    pub fn new(facts: Arc<Facts>, deployments: Arc<Vec<Deployment>>, assessed: Option<usize>) -> Self {
        let services = assessed.map(|i| services_of(&facts, &deployments[i])).unwrap_or_default();
        let infrastructure = assessed.map(|i| joined(&facts, &deployments[i])).unwrap_or_default();
        let mut shown: BTreeMap<Capability, Vec<usize>> = BTreeMap::new();
        for (index, sign) in facts.signs.iter().enumerate() {
            shown.entry(sign.capability).or_default().push(index);
        }
        Self {
            facts,
            deployments,
            assessed,
            programs: services.iter().map(|_| OnceLock::new()).collect(),
            services,
            infrastructure,
            shown: Arc::new(shown),
            matched: Arc::default(),
            lowered: OnceLock::new(),
            ignoring: Ignoring::default(),
            bearings: OnceLock::new(),
            readme: OnceLock::new(),
            parts: OnceLock::new(),
            beside: OnceLock::new(),
            recovery: OnceLock::new(),
        }
    }

    /// Every way to run the system that was found.
    pub fn deployments(&self) -> &[Deployment] {
        &self.deployments
    }
    /// The deployment under assessment.
    pub fn deployment(&self) -> Option<&Deployment> {
        self.assessed.map(|i| &self.deployments[i])
    }
    /// Whether a deployment that this file declares runs anything of this repository, not only the stores that a developer starts.
    pub fn runs_the_product(&self, path: &str) -> bool {
        let declared = self.deployments.iter().filter(|d| d.files.iter().any(|f| f == path));
        declared.into_iter().any(|d| services_of(&self.facts, d).iter().any(Service::owned))
    }
    /// What another deployment of the repository would run.
    pub fn services_under(&self, deployment: &Deployment) -> Vec<Service> {
        services_of(&self.facts, deployment)
    }
    /// What runs in it.
    pub fn services(&self) -> &[Service] {
        &self.services
    }
    /// Services whose code lives in this repository.
    pub fn owned(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(|s| s.owned())
    }
    /// What the assessed deployment stands on: stores, entries, networks, alarms, backups, rights.
    pub fn infrastructure(&self) -> &Infrastructure {
        &self.infrastructure
    }
    /// Collectors of logs that stand in Compose projects beside the assessed deployment, with where something starts the project.
    pub fn collectors_beside(&self) -> Vec<(&LogRoute, Option<Location>)> {
        collectors_beside(&self.facts, &self.deployments, self.assessed)
    }
    /// The roots of infrastructure code that provide for the assessed deployment, modules left out.
    pub fn roots(&self) -> Vec<&IacRoot> {
        self.deployment().map(|d| roots(&self.facts, d)).unwrap_or_default()
    }
    /// The same, or every root where nothing is deployed: infrastructure in a repository of its own.
    pub fn grounds(&self) -> Vec<&IacRoot> {
        match self.deployment() {
            Some(_) => self.roots(),
            None => self.facts.iac.iter().filter(|r| !r.module).collect(),
        }
    }
    /// A service by name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name == name)
    }
    /// Image definitions of the product.
    pub fn images(&self) -> &[ImageDefinition] {
        &self.facts.images
    }
    /// Images that build tools define.
    pub fn built_by_tools(&self) -> &[BuiltByTool] {
        &self.facts.built_by_tools
    }
    /// Ignore files of build contexts.
    pub fn context_ignores(&self) -> &[ContextIgnore] {
        &self.facts.context_ignores
    }
    /// Pipelines.
    pub fn pipelines(&self) -> &[Pipeline] {
        &self.facts.pipelines
    }
    /// Packages, those of tests and examples included: ask `product`.
    pub fn packages(&self) -> &[Package] {
        &self.facts.packages
    }
    /// Documents.
    pub fn documents(&self) -> &[Document] {
        &self.facts.documents
    }
    /// Env files and templates.
    pub fn env_files(&self) -> &[EnvFile] {
        &self.facts.env_files
    }
    /// Variables that source code reads.
    pub fn env_reads(&self) -> &[EnvRead] {
        &self.facts.env_reads
    }
    /// Source code of the product in the languages that have a reader, whether anything runs it or not.
    pub fn code(&self) -> &Code {
        &self.facts.code
    }
    /// What frameworks wire in that code: routes, middleware, tasks, schedules.
    pub fn wiring(&self) -> &Wiring {
        &self.facts.wiring
    }
    /// The code that a service runs; none for one that is not of this repository, or whose source no reader knows.
    pub fn program(&self, service: &Service) -> Option<&Program> {
        let index = self.services.iter().position(|s| s.name == service.name && s.at == service.at)?;
        self.programs.get(index)?.get_or_init(|| Program::of(self, &self.services[index])).as_ref()
    }
    /// The services of which the code is known, each with its program.
    pub fn programs(&self) -> impl Iterator<Item = (&Service, &Program)> {
        self.services.iter().filter_map(|s| Some((s, self.program(s)?)))
    }
    /// Credential-like values.
    pub fn credentials(&self) -> &[Credential] {
        &self.facts.credentials
    }
    /// Files that should not be tracked.
    pub fn artefacts(&self) -> &[Artefact] {
        &self.facts.artefacts
    }
    /// Git ignore rules.
    pub fn ignore_rules(&self) -> &[IgnoreRules] {
        &self.facts.ignore_rules
    }
    /// The rule that keeps a path out of git; none when git would take it. The path need not exist.
    pub fn git_ignores(&self, path: &str) -> Option<Location> {
        self.ignoring.ignored_by(&self.facts.ignore_rules, path)
    }
    /// Test files.
    pub fn tests(&self) -> &[TestFile] {
        &self.facts.tests
    }
    /// Source files.
    pub fn sources(&self) -> &[SourceFile] {
        &self.facts.sources
    }
    /// What single lines of source show.
    pub fn marks(&self) -> &[SourceMark] {
        &self.facts.marks
    }
    /// Sources that keep or remove what users upload.
    pub fn uploads(&self) -> &[plimsoll_facts::repository::UploadMark] {
        &self.facts.uploads
    }
    /// Versions that reach end of life.
    pub fn versions(&self) -> &[VersionUse] {
        &self.facts.versions
    }
    /// Automatic dependency updates.
    pub fn updaters(&self) -> &[Updater] {
        &self.facts.updaters
    }
    /// Roots of infrastructure code.
    pub fn iac(&self) -> &[IacRoot] {
        &self.facts.iac
    }
    /// Whether a root of infrastructure code stands in the tree without providing for the assessed deployment: a retired one, an example.
    pub fn set_aside(&self, root: &IacRoot) -> bool {
        set_aside(&self.facts, self.deployment(), root)
    }
    /// Commands that make resources of a cloud by hand.
    pub fn manual_steps(&self) -> &[ManualStep] {
        &self.facts.manual_steps
    }
    /// Platforms that files name as targets.
    pub fn platforms(&self) -> &[PlatformTarget] {
        &self.facts.platforms
    }
    /// Kubernetes groups.
    pub fn clusters(&self) -> &[plimsoll_facts::Cluster] {
        &self.facts.clusters
    }
    /// Signs of technologies.
    pub fn signs(&self) -> &[Sign] {
        &self.facts.signs
    }
    /// Calls in code that show technologies, by capability, reached or not.
    pub fn code_signs(&self) -> &[plimsoll_facts::technology::CodeSign] {
        &self.facts.code_signs
    }
    /// Signs of one capability.
    pub fn signs_of(&self, capability: Capability) -> impl Iterator<Item = &Sign> {
        self.shown.get(&capability).into_iter().flatten().filter_map(|i| self.facts.signs.get(*i))
    }
    /// What pipelines do for a capability, dead and tolerated steps included.
    pub fn activities(&self, capability: Capability) -> Vec<Activity<'_>> {
        activities(self, capability)
    }

    /// Every file of the tree, in order, with its role; contents are not for controls.
    pub fn files(&self) -> &[Held] {
        self.facts.library.files()
    }
    /// A file that defines what runs and could not be read in full: what is not found may stand in it.
    pub fn unread_definition(&self) -> Option<&Held> {
        let compose = |f: &&Held| f.format == plimsoll_facts::Format::Yaml && f.name().contains("compose");
        let defines = |f: &&Held| f.product() && (compose(f) || f.format == plimsoll_facts::Format::Hcl);
        self.files().iter().filter(defines).find(|f| self.facts.problems.iter().any(|p| p.at.file == f.id))
    }
    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<&Held> {
        self.facts.library.get(path)
    }
    /// Whether the tree holds a file or folder at a path.
    pub fn exists(&self, path: &str) -> bool {
        self.facts.library.exists(path)
    }
    /// Files below a folder.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a Held> + use<'a> {
        self.facts.library.below(folder)
    }
    /// A file's path.
    pub fn path(&self, file: FileId) -> &str {
        self.files().get(file.0 as usize).map_or("", |f| &f.path)
    }
    /// The path of a place.
    pub fn path_at(&self, at: Location) -> &str {
        self.path(at.file)
    }
    /// A scope for evidence of absence: the glob and how many files of the tree it matches. A bad glob matches none.
    pub fn scope(&self, glob: &str) -> Scope {
        let files = self.matches(glob).len() as u32;
        Scope { glob: glob.to_owned(), files }
    }
    /// Scopes for several globs.
    pub fn scopes(&self, globs: &[&str]) -> Vec<Scope> {
        globs.iter().map(|g| self.scope(g)).collect()
    }
    /// A scope of exactly one file.
    pub fn scope_of(&self, file: FileId) -> Scope {
        Scope { glob: self.path(file).to_owned(), files: 1 }
    }
    /// Scopes of the files of the assessed deployment; the whole tree where there is none.
    pub fn deployment_scope(&self) -> Vec<Scope> {
        match self.deployment() {
            Some(d) if !d.files.is_empty() => d.files.iter().map(|f| Scope { glob: f.clone(), files: 1 }).collect(),
            _ => vec![Scope { glob: "**".into(), files: self.files().len() as u32 }],
        }
    }
    /// Files that a glob matches, in order.
    pub fn matching(&self, glob: &str) -> Vec<&Held> {
        self.matches(glob).iter().filter_map(|i| self.files().get(*i as usize)).collect()
    }
    /// The indices of the files that a glob matches, looked for once.
    fn matches(&self, glob: &str) -> Arc<[u32]> {
        if let Some(known) = self.matched.lock().unwrap_or_else(PoisonError::into_inner).get(glob) {
            return Arc::clone(known);
        }
        let matcher = Matcher::new(glob);
        let lowered = self.lowered.get_or_init(|| self.files().iter().map(|f| f.path.to_lowercase()).collect());
        let files = lowered.iter().zip(0..).filter(|(path, _)| matcher.is_match(path));
        let found: Arc<[u32]> = files.map(|(_, i)| i).collect();
        self.matched.lock().unwrap_or_else(PoisonError::into_inner).insert(glob.to_owned(), Arc::clone(&found));
        found
    }
    /// Where pipelines would stand, for evidence of their absence.
    pub fn pipeline_scope(&self) -> Vec<Scope> {
        self.scopes(&[
            ".github/workflows/*",
            ".gitlab-ci.yml",
            "{Jenkinsfile,azure-pipelines.yml,bitbucket-pipelines.yml,.circleci/config.yml}",
        ])
    }
    /// Whether the repository is a library: it holds packages, but nothing of its own that runs.
    pub fn is_library(&self) -> bool {
        self.assessed.is_none()
    }
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }
}

/// A glob, compiled for paths in lower case.
enum Matcher {
    /// Its alternatives, which only have stars: they are compared as they stand, since nearly every glob is asked for once.
    Stars(Vec<String>),
    /// One with classes, single wildcards or escapes.
    Set(GlobSet),
    /// None at all: it matches nothing.
    Invalid,
}

impl Matcher {
    fn new(glob: &str) -> Self {
        let globs = alternatives(&glob.to_lowercase());
        let stars = |glob: &String| {
            !glob.contains(['?', '[', ']', '{', '}', '\\']) && glob.split('/').all(|part| part == "**" || !part.contains("**"))
        };
        if globs.iter().all(stars) {
            // What stands in a folder at any depth has a name of its own.
            return Self::Stars(globs.into_iter().map(|g| if g.ends_with("/**") { g + "/*" } else { g }).collect());
        }
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            match GlobBuilder::new(&glob).literal_separator(true).build() {
                Ok(glob) => set.add(glob),
                Err(_) => return Self::Invalid,
            };
        }
        set.build().map_or(Self::Invalid, Self::Set)
    }

    fn is_match(&self, path: &str) -> bool {
        match self {
            Self::Stars(globs) => globs.iter().any(|glob| path_matches(glob, path)),
            Self::Set(set) => set.is_match(path),
            Self::Invalid => false,
        }
    }
}

/// The globs that a glob with `{a,b}` stands for; one with nested braces, classes or escapes stays as it is.
fn alternatives(glob: &str) -> Vec<String> {
    let parts = glob.split_once('{').and_then(|(before, rest)| rest.split_once('}').map(|(list, after)| (before, list, after)));
    let Some((before, list, after)) = parts.filter(|(_, list, _)| !list.contains('{') && !glob.contains(['[', '\\'])) else {
        return vec![glob.to_owned()];
    };
    list.split(',').flat_map(|part| alternatives(&format!("{before}{part}{after}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_told_apart() {
        assert_eq!(alternatives("**/*.{a,b}/{c,d}"), ["**/*.a/c", "**/*.a/d", "**/*.b/c", "**/*.b/d"]);
        assert_eq!(alternatives("{a,{b,c}}"), ["{a,{b,c}}"]);
        assert_eq!(alternatives("x"), ["x"]);
    }

    #[test]
    fn globs_ignore_case_and_keep_to_their_folder() {
        let matches = |glob: &str, path: &str| Matcher::new(glob).is_match(&path.to_lowercase());
        assert!(matches("**/Dockerfile*", "a/b/DOCKERFILE.prod"));
        assert!(matches("**/*.{tf,yaml}", "main.TF"));
        assert!(matches("{docs,doc}/*.md", "doc/a.md"));
        assert!(!matches("*.md", "docs/a.md"));
        assert!(matches("**", "a/b"));
        assert!(matches("a/**", "a/b/c") && !matches("a/**", "a"));
        assert!(matches("a/**/c", "a/c") && matches("a/**/c", "a/b/b/c") && !matches("a/**/c", "b/c"));
        assert!(matches("a?.[mt]d", "ab.md") && !matches("a?.[mt]d", "a/.md"));
    }
}
