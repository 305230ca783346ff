//! Compose files to one merged model: `-f` lists, `extends` and `include`.

use std::collections::HashMap;

use plimsoll_base::{FileId, Location, Problem};

use super::interpolate::{Scope, joined, without_pwd};
use super::merge::{Level, merge, normalise_service};
use super::value::{Context, Origin, Pair, Shape, Tag, Value};
use crate::library::{Held, Library, folder_of};

/// How long a chain of `extends` or `include` may be.
const MAX_CHAIN: usize = 32;
/// How many services of one file are read.
const MAX_SERVICES: usize = 1_000;

/// The loading of one project.
pub(super) struct Loader<'a> {
    library: &'a Library,
    problems: &'a mut Vec<Problem>,
    /// The origins of the values read so far.
    pub(super) origins: Vec<Origin>,
    /// The scopes of variables.
    pub(super) scopes: Vec<Scope>,
    /// The files read so far, per origin: normalised, `extends` not yet applied.
    raw: Vec<Value>,
    opened: HashMap<(FileId, String, usize), usize>,
    extended: HashMap<(usize, String), Option<Value>>,
    /// The origins of the files of the list that come before.
    earlier: Vec<usize>,
}

impl<'a> Loader<'a> {
    /// A loader whose first scope is the project's own.
    pub(super) fn new(library: &'a Library, problems: &'a mut Vec<Problem>, scope: Scope) -> Self {
        Self {
            library,
            problems,
            origins: Vec::new(),
            scopes: vec![scope],
            raw: Vec::new(),
            opened: HashMap::new(),
            extended: HashMap::new(),
            earlier: Vec::new(),
        }
    }

    /// What reading the values of the result needs.
    pub(super) fn context(&self) -> Context<'_> {
        Context { library: self.library, origins: &self.origins, scopes: &self.scopes }
    }

    /// Merges files in their order; relative paths start from `folder`.
    pub(super) fn project(&mut self, files: &[&Held], folder: &str) -> Option<Value> {
        let mut merged: Option<Value> = None;
        for held in files {
            let mut chain = Vec::new();
            let Some((origin, model)) = self.file(held, folder, 0, &mut chain) else { continue };
            self.earlier.push(origin);
            merged = Some(match merged {
                Some(base) => merge(base, model, Level::Root),
                None => model,
            });
        }
        if let Some(model) = &mut merged {
            model.settle();
        }
        merged
    }

    fn problem(&mut self, at: Location, says: impl Into<String>) {
        self.problems.push(Problem { at, says: says.into() });
    }

    /// Reads a file once per folder and scope.
    fn open(&mut self, held: &Held, folder: &str, scope: usize) -> Option<usize> {
        let key = (held.id, folder.to_owned(), scope);
        if let Some(origin) = self.opened.get(&key) {
            return Some(*origin);
        }
        let origin = self.origins.len();
        let mut root: Option<Value> = None;
        for node in held.documents.iter().filter(|n| n.is_mapping()).take(16) {
            let mut document = Value::from_node(node, held.id, origin);
            if let Shape::Map(pairs) = &mut document.shape {
                pairs.retain(|p| !p.key.starts_with("x-"));
                for pair in pairs.iter_mut().filter(|p| &*p.key == "services") {
                    self.normalise(&mut pair.value);
                }
            }
            root = Some(match root {
                Some(base) => merge(base, document, Level::Root),
                None => document,
            });
        }
        self.origins.push(Origin { folder: folder.to_owned(), scope });
        self.raw.push(root?);
        self.opened.insert(key, origin);
        Some(origin)
    }

    fn normalise(&mut self, services: &mut Value) {
        let at = services.at;
        let Shape::Map(pairs) = &mut services.shape else { return };
        let found = pairs.len();
        pairs.retain(|p| !p.key.starts_with("x-"));
        pairs.truncate(MAX_SERVICES);
        pairs.iter_mut().for_each(|p| normalise_service(&mut p.value));
        if found > MAX_SERVICES {
            self.problem(at, format!("{found} services: only the first {MAX_SERVICES} are read"));
        }
    }

    /// A file with its `extends` and `include` applied.
    fn file(&mut self, held: &Held, folder: &str, scope: usize, chain: &mut Vec<FileId>) -> Option<(usize, Value)> {
        if chain.contains(&held.id) {
            self.problem(held.whole(), "includes itself: the second inclusion is passed over");
            return None;
        }
        if chain.len() >= MAX_CHAIN {
            self.problem(held.whole(), format!("more than {MAX_CHAIN} inclusions within each other: the rest is not read"));
            return None;
        }
        let Some(origin) = self.open(held, folder, scope) else {
            self.problem(held.whole(), "this Compose file could not be read: what it declares is not known");
            return None;
        };
        let mut model = self.raw[origin].clone();
        let includes = model.take("include");
        if let Some(mut services) = model.take("services") {
            if let Shape::Map(pairs) = &mut services.shape {
                let mut resolved = Vec::with_capacity(pairs.len());
                for pair in std::mem::take(pairs) {
                    let mut steps = Vec::new();
                    let value = self.service(origin, &pair.key, &mut steps).unwrap_or_else(|| pair.value.clone());
                    resolved.push(Pair { value, ..pair });
                }
                *pairs = resolved;
            } else if !services.is_null() {
                self.problem(services.at, "`services` is no mapping: the services of this file are not known");
            }
            model.put("services", services);
        }
        if let Some(includes) = includes {
            chain.push(held.id);
            let included = self.includes(&includes, chain);
            chain.pop();
            for other in included {
                model = self.import(model, other);
            }
        }
        Some((origin, model))
    }

    /// Adds what an included file declares; what is declared here stands.
    fn import(&mut self, mut model: Value, included: Value) -> Value {
        let Shape::Map(sections) = included.shape else { return model };
        for section in sections.into_iter().filter(|s| matches!(&*s.key, "services" | "networks" | "volumes" | "secrets" | "configs")) {
            let Some(mut here) = model.take(&section.key).filter(Value::is_map) else {
                model.put(&section.key, section.value);
                continue;
            };
            if let (Shape::Map(pairs), Shape::Map(others)) = (&mut here.shape, section.value.shape) {
                let names: std::collections::HashSet<Box<str>> = pairs.iter().map(|p| p.key.clone()).collect();
                for other in others {
                    if !names.contains(&other.key) {
                        pairs.push(other);
                    } else if &*section.key == "services" {
                        let says = format!("the service {} is also declared by an including file: that one is taken", other.key);
                        self.problem(other.key_at, says);
                    }
                }
            }
            model.put(&section.key, here);
        }
        model
    }

    fn includes(&mut self, includes: &Value, chain: &mut Vec<FileId>) -> Vec<Value> {
        let single = [includes.clone()];
        let items = if includes.items().is_empty() { &single[..] } else { includes.items() };
        let mut found = Vec::new();
        for item in items.iter().take(256) {
            let paths = match item.get("path") {
                Some(path) => self.context().sourced_words(path),
                None => self.context().sourced_words(item),
            };
            let folder = self.context().folder(item).to_owned();
            let mut files = Vec::new();
            for path in &paths {
                let (inside, _) = joined(&folder, &without_pwd(&path.value));
                match self.library.get(&inside) {
                    Some(held) => files.push(held),
                    None => self
                        .problem(path.at, format!("includes {}, which the tree does not hold: what it declares is not known", path.value)),
                }
            }
            let Some(first) = files.first() else { continue };
            let project = item.get("project_directory").and_then(|d| self.context().text(d)).map(|d| joined(&folder, &d).0);
            let project = project.unwrap_or_else(|| folder_of(&first.path).to_owned());
            let scope = self.included_scope(item, &folder, &project);
            let mut merged: Option<Value> = None;
            for held in files {
                let Some((_, model)) = self.file(held, &project, scope, chain) else { continue };
                merged = Some(match merged {
                    Some(base) => merge(base, model, Level::Root),
                    None => model,
                });
            }
            found.extend(merged);
        }
        found
    }

    /// The variables of an included file: those of the including one, then those of its own env files.
    fn included_scope(&mut self, item: &Value, folder: &str, project: &str) -> usize {
        let parent = self.origins.get(item.origin).map_or(0, |o| o.scope);
        let mut scope = self.scopes.get(parent).cloned().unwrap_or_default();
        let named = item.get("env_file").map(|e| self.context().words(e));
        match named {
            Some(names) => names.iter().filter_map(|n| self.library.resolve(folder, n)).for_each(|held| scope.add(held)),
            None => self.library.resolve(project, ".env").into_iter().for_each(|held| scope.add(held)),
        }
        self.scopes.push(scope);
        self.scopes.len() - 1
    }

    /// A service with what it extends.
    fn service(&mut self, origin: usize, name: &str, steps: &mut Vec<(usize, String)>) -> Option<Value> {
        let key = (origin, name.to_owned());
        if let Some(done) = self.extended.get(&key) {
            return done.clone();
        }
        let mut own = self.raw.get(origin)?.get("services")?.get(name)?.clone();
        let Some(extends) = own.take("extends") else { return Some(own) };
        let circle = steps.contains(&key);
        if circle || steps.len() >= MAX_CHAIN {
            let says = if circle {
                "extends itself, directly or through others"
            } else {
                "stands at the end of a chain of `extends` too long to follow"
            };
            self.problem(extends.at, format!("the service {name} {says}: its settings are incomplete"));
            return Some(own);
        }
        steps.push(key.clone());
        let base = self.base_of(origin, name, &extends, steps);
        steps.pop();
        let merged = match base {
            Some(base) => {
                let at = own.at;
                let mut merged = merge(base, own, Level::Service);
                merged.at = at;
                merged.tag = Tag::None;
                merged
            }
            None => own,
        };
        if steps.is_empty() {
            self.extended.insert(key, Some(merged.clone()));
        }
        Some(merged)
    }

    /// The service that `extends` names.
    fn base_of(&mut self, origin: usize, name: &str, extends: &Value, steps: &mut Vec<(usize, String)>) -> Option<Value> {
        let target = match extends.get("service") {
            Some(service) => self.context().text(service),
            None => self.context().text(extends),
        };
        let file = extends.get("file").and_then(|f| self.context().read(f)).map(|r| r.best());
        let Some(target) = target else {
            self.problem(extends.at, format!("what the service {name} extends is not known: its settings are incomplete"));
            return None;
        };
        let from = match &file {
            Some(path) => {
                let Origin { folder, scope } = self.origins.get(origin)?.clone();
                let (inside, _) = joined(&folder, &without_pwd(path));
                let Some(held) = self.library.get(&inside) else {
                    self.problem(
                        extends.at,
                        format!("the service {name} extends {target} of {path}, which the tree does not hold: its settings are incomplete"),
                    );
                    return None;
                };
                self.open(held, folder_of(&held.path), scope)
            }
            None => Some(origin),
        };
        let base = from.and_then(|from| self.service(from, &target, steps));
        // Without a file, Compose also finds what an earlier file of the list declares.
        let base = match base {
            None if file.is_none() => self.earlier.clone().into_iter().rev().find_map(|e| self.service(e, &target, steps)),
            found => found,
        };
        if base.is_none() {
            self.problem(extends.at, format!("the service {name} extends {target}, which is not declared: its settings are incomplete"));
        }
        base
    }
}
