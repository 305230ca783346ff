//! What entry modules reach: modules through imports and conventions, functions through what reached code names.
//!
//! Mention is enough: a function counts as reached where reached code names it, hands it on, decorates it or may call it as a method. What nothing
//! names is not reached, and a module that nothing loads is dead.

mod class;
mod computed;
mod convention;
mod django;
mod loaded;
mod mention;
mod name;
mod python;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use plimsoll_base::Location;
use plimsoll_facts::code::{BranchId, Code, Dialect, FunctionId, FunctionRef, ImportKind, ModuleId, Resolved, SourceModule, When};
use plimsoll_facts::{Role, folder_of};

use self::loaded::{Definition, Loaded};
use super::Program;
use super::entry::Begin;
use super::environment::Environment;
use super::setting::Schemas;
use crate::service::Service;
use crate::system::System;

/// The most doubts of one kind that are listed one by one.
const MAX_DOUBTS: usize = 20;

/// The program that begins there.
pub(super) fn reached(system: &System, service: &Service, begin: Begin, root: String, environment: Environment) -> Program {
    let mut walk = Walk::new(system, &root, &environment);
    for entry in &begin.entries {
        walk.load(entry.module, entry.module);
        if let Some(object) = &entry.object {
            walk.need_text(entry.module, object);
        }
    }
    for (module, by) in &begin.conventions {
        walk.load(*module, *by);
        walk.need_all(*module);
    }
    walk.run();
    convention::follow(&mut walk, &begin);
    let settings = walk.settings;
    let mut doubts = begin.doubts;
    doubts.extend(convention::languages(system, service, &root, begin.entries.is_empty()));
    doubts.append(&mut walk.doubts);
    // Where texts of the same module name modules, those are what is loaded.
    let computed = walk.computed.iter().filter(|(module, _)| !walk.named_modules.contains(module));
    doubts.extend(computed.map(|(_, at)| (*at, "loads a module whose name only the run tells".to_owned())));
    let mut seen = HashSet::new();
    doubts.retain(|d| seen.insert(d.clone()));
    let functions = walk.functions();
    let modules = walk.loaded;
    Program {
        entries: begin.entries,
        modules,
        functions,
        doubts,
        root,
        variables: Vec::new(),
        settings,
        schemas: Schemas::default(),
        environment,
    }
}

struct Walk<'a> {
    system: &'a System,
    code: &'a Code,
    root: &'a str,
    environment: &'a Environment,
    loaded: BTreeMap<ModuleId, ModuleId>,
    known: HashMap<ModuleId, Loaded<'a>>,
    queue: Vec<FunctionRef>,
    /// Members that reached code takes from anything.
    members: HashSet<&'a str>,
    /// Methods and members of objects that wait for their name.
    waiting: HashMap<&'a str, Vec<FunctionRef>>,
    named: HashSet<(ModuleId, &'a str)>,
    /// Names of which everything may be used.
    opened: HashSet<(ModuleId, &'a str)>,
    pairs: HashSet<(ModuleId, &'a str, &'a str)>,
    needed: HashSet<(ModuleId, &'a str)>,
    whole: HashSet<ModuleId>,
    /// Modules in which texts name modules.
    named_modules: HashSet<ModuleId>,
    doubts: Vec<(Location, String)>,
    /// Loading by computed names of which nothing tells the folder.
    computed: Vec<(ModuleId, Location)>,
    missing: usize,
    settings: Option<ModuleId>,
}

impl<'a> Walk<'a> {
    fn new(system: &'a System, root: &'a str, environment: &'a Environment) -> Self {
        Self {
            system,
            code: system.code(),
            root,
            environment,
            loaded: BTreeMap::new(),
            known: HashMap::new(),
            queue: Vec::new(),
            members: HashSet::new(),
            waiting: HashMap::new(),
            named: HashSet::new(),
            opened: HashSet::new(),
            pairs: HashSet::new(),
            needed: HashSet::new(),
            whole: HashSet::new(),
            named_modules: HashSet::new(),
            doubts: Vec::new(),
            computed: Vec::new(),
            missing: 0,
            settings: None,
        }
    }

    fn functions(&self) -> BTreeSet<FunctionRef> {
        let of = |(id, known): (&ModuleId, &Loaded<'_>)| {
            let module = *id;
            let reached = known.functions.iter().enumerate().filter(|(_, r)| **r);
            reached.map(move |(i, _)| FunctionRef { module, function: FunctionId(i as u32) }).collect::<Vec<_>>()
        };
        self.known.iter().flat_map(of).collect()
    }

    fn load(&mut self, module: ModuleId, by: ModuleId) {
        if self.loaded.contains_key(&module) {
            return;
        }
        self.loaded.insert(module, by);
        let source = self.code.module(module);
        let known = Loaded::new(source);
        for (key, function) in &known.mentions.members {
            self.waiting.entry(key).or_default().push(FunctionRef { module, function: *function });
        }
        let waiting: Vec<&str> = known.mentions.members.iter().map(|(key, _)| *key).filter(|k| self.members.contains(k)).collect();
        self.known.insert(module, known);
        for key in waiting {
            self.release(key);
        }
        if source.partly_read {
            self.doubts.push((Location::whole(source.file), "a part of this file could not be read".into()));
        }
        for package in self.packages(&source.path) {
            self.load(package, module);
        }
        self.reach(FunctionRef { module, function: FunctionId::BODY });
        // Markup names handlers in attributes that are not read.
        if matches!(source.dialect, Dialect::Vue | Dialect::Svelte | Dialect::Astro) {
            for function in 0..source.module.functions.len() {
                self.reach(FunctionRef { module, function: FunctionId(function as u32) });
            }
        }
    }

    fn reach(&mut self, at: FunctionRef) {
        let Some(known) = self.known.get_mut(&at.module) else { return };
        if let Some(reached) = known.functions.get_mut(at.function.0 as usize)
            && !std::mem::replace(reached, true)
        {
            self.queue.push(at);
        }
    }

    fn run(&mut self) {
        while let Some(at) = self.queue.pop() {
            self.visit(at);
        }
    }

    fn visit(&mut self, at: FunctionRef) {
        let module = at.module;
        let Some(known) = self.known.get_mut(&module) else { return };
        let index = (at.function.0 as usize).min(known.mentions.functions.len().saturating_sub(1));
        let own = known.mentions.functions.get_mut(index).map(std::mem::take).unwrap_or_default();
        let imports = known.imports.get(&at.function).cloned().unwrap_or_default();
        let decorated = known.decorated.get(&at.function).cloned().unwrap_or_default();
        for import in imports {
            self.import(module, import);
        }
        for definition in decorated {
            self.defined(module, definition);
        }
        for name in own.names {
            self.name(module, name);
        }
        for name in own.handed {
            self.open(module, name);
        }
        for (root, member) in own.pairs {
            self.pair(module, root, member);
        }
        for member in own.members {
            self.member(member);
        }
        for function in own.functions {
            self.reach(FunctionRef { module, function });
        }
        for class in own.classes {
            self.class(module, class);
        }
        let python = self.code.module(module).dialect == Dialect::Python;
        for text in own.dotted.into_iter().filter(|_| python) {
            self.dotted(module, text);
        }
        for text in own.patterns.into_iter().filter(|_| !python) {
            computed::pattern(self, module, text);
        }
        if own.any_member {
            self.any_method(module);
        }
        if !own.computed.is_empty() {
            computed::follow(self, module, &own.computed);
        }
    }

    fn import(&mut self, module: ModuleId, index: usize) {
        let source = self.code.module(module);
        let (Some(import), Some(resolved)) = (source.module.imports.get(index), source.imports.get(index)) else { return };
        if import.kind == ImportKind::Types {
            return;
        }
        match resolved {
            Resolved::Module(target) => {
                self.load(*target, module);
                if import.local.is_some() {
                    return;
                }
                match import.name.as_deref() {
                    Some("*") => self.need_all(*target),
                    Some(name) => self.need(*target, name),
                    None => {}
                }
            }
            Resolved::Missing if import.module.ends_with("routeTree.gen") => {
                // TanStack's generated tree imports every route.
                let folder = plimsoll_facts::join(folder_of(&source.path), folder_of(&import.module)).unwrap_or_default();
                computed::load_below(self, module, &format!("{folder}/routes"));
            }
            Resolved::Missing if !self.optional(source, import.branch) && !is_generated(&import.module) => {
                self.miss(source, import.at, format!("imports `{}`, which the tree does not hold", import.module));
            }
            // A name that its package does not bind: whatever gives it, the package runs.
            Resolved::Unread(path) if self.code.at_path(path).is_some() => {
                if let Some(target) = self.code.at_path(path) {
                    self.load(target, module);
                }
            }
            Resolved::Unread(path) => {
                let role = self.system.file(path).map(|f| f.role);
                if path.contains("routeTree.gen") {
                    computed::load_below(self, module, &format!("{}/routes", folder_of(path)));
                } else if !matches!(role, Some(Role::Generated | Role::Vendored)) && !is_generated(path) {
                    self.miss(source, import.at, format!("imports {path}, which was not read as a part of the product"));
                }
            }
            _ => {}
        }
    }

    fn miss(&mut self, source: &SourceModule, at: plimsoll_base::Span, says: String) {
        self.missing += 1;
        if self.missing <= MAX_DOUBTS {
            self.doubts.push((Location::at(source.file, at), says));
        }
    }

    /// Whether what runs there may fail without harm.
    fn optional(&self, source: &SourceModule, branch: Option<BranchId>) -> bool {
        source.module.around(branch).any(|b| matches!(b.when, When::Tried | When::Caught))
    }

    fn defined(&mut self, module: ModuleId, definition: Definition) {
        match definition {
            Definition::Function(function) => self.reach(FunctionRef { module, function }),
            Definition::Class(class) => self.class(module, class),
            Definition::Import(_) => {}
        }
    }
}

/// Whether a path is one that tools write and that is seldom kept.
fn is_generated(path: &str) -> bool {
    let words = ["generated", "_pb2", ".gen", ".g", "$types", "+types", "_version", "version_info", "graphql", "prisma"];
    let name = path.trim_end_matches(".js").trim_end_matches(".ts");
    path.contains("generated")
        || path.contains("_pb2")
        || path.contains("+types")
        || path.starts_with("virtual:")
        || words.iter().any(|w| name.ends_with(w))
}
