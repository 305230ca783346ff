//! What entry modules reach: modules through imports and conventions, functions through what reached code names.
//!
//! Mention is enough: a function counts as reached where reached code names it, hands it on, decorates it or may call it as a method. What nothing
//! names is not reached, and a module that nothing loads is dead.

mod computed;
mod convention;
mod django;
mod mention;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use plimsoll_base::Location;
use plimsoll_facts::code::{
    BranchId, ClassId, Code, Dialect, Export, FunctionId, FunctionRef, ImportKind, Kind, ModuleId, Resolved, SourceModule, Value, When,
};
use plimsoll_facts::{Role, folder_of};

use self::mention::{ModuleMentions, mentions};
use super::Program;
use super::entry::{Begin, below};
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
    Program { entries: begin.entries, modules, functions, doubts, root, variables: Vec::new(), settings, schemas: Schemas::default(), environment }
}

/// What a name of a module is.
#[derive(Clone, Copy, Debug)]
enum Definition {
    Function(FunctionId),
    Class(ClassId),
    Import(usize),
}

/// What is known of a loaded module.
#[derive(Debug)]
struct Loaded<'a> {
    source: &'a SourceModule,
    mentions: ModuleMentions<'a>,
    definitions: HashMap<&'a str, Vec<Definition>>,
    exports: HashMap<&'a str, Vec<&'a Export>>,
    /// Imports by the function that does them.
    imports: HashMap<FunctionId, Vec<usize>>,
    /// Imports that hand names on as they are: `export *`, `from x import *`.
    stars: Vec<usize>,
    /// Decorated functions and classes by the function in whose body they stand.
    decorated: HashMap<FunctionId, Vec<Definition>>,
    /// Methods by their class.
    methods: HashMap<ClassId, Vec<FunctionId>>,
    functions: Vec<bool>,
    classes: Vec<bool>,
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

    /// The `__init__` modules that Python runs before a module; empty files are in the tree but no modules.
    fn packages(&self, path: &str) -> Vec<ModuleId> {
        let mut found = Vec::new();
        let mut folder = folder_of(path);
        while path.ends_with(".py") && !folder.is_empty() {
            let init = format!("{folder}/__init__.py");
            if self.system.file(&init).is_none() {
                break;
            }
            found.extend(self.code.at_path(&init).filter(|_| init != path));
            folder = folder_of(folder);
        }
        found
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

    /// A plain name that reached code of a module uses.
    fn name(&mut self, module: ModuleId, name: &'a str) {
        if !self.named.insert((module, name)) {
            return;
        }
        let definitions = self.known.get(&module).and_then(|k| k.definitions.get(name)).cloned().unwrap_or_default();
        for definition in definitions {
            self.defined(module, definition);
            let Definition::Import(index) = definition else { continue };
            let source = self.code.module(module);
            let (Some(import), Some(Resolved::Module(target))) = (source.module.imports.get(index), source.imports.get(index)) else {
                continue;
            };
            let target = *target;
            self.load(target, module);
            match import.name.as_deref() {
                None | Some("*") if self.exports(target, "*") => self.need(target, "*"),
                None | Some("*") => self.need_all(target),
                Some(name) if self.is_whole(target, &import.module, name) => self.need_all(target),
                Some(name) => self.need(target, name),
            }
        }
    }

    /// A name that is handed on as it is: every member of the object and every method of the class may be used.
    fn open(&mut self, module: ModuleId, name: &'a str) {
        self.name(module, name);
        if !self.opened.insert((module, name)) {
            return;
        }
        let Some(known) = self.known.get(&module) else { return };
        let definitions = known.definitions.get(name).cloned().unwrap_or_default();
        let members: Vec<FunctionId> = known.mentions.objects.iter().filter(|(object, _)| *object == name).map(|(_, f)| *f).collect();
        let source = known.source;
        for function in members {
            self.reach(FunctionRef { module, function });
        }
        for definition in definitions {
            match definition {
                Definition::Class(class) => {
                    let methods = self.known.get(&module).and_then(|k| k.methods.get(&class)).cloned().unwrap_or_default();
                    for function in methods {
                        self.reach(FunctionRef { module, function });
                    }
                }
                Definition::Import(index) => {
                    let (Some(import), Some(Resolved::Module(target))) = (source.module.imports.get(index), source.imports.get(index)) else {
                        continue;
                    };
                    let inner = import.name.as_deref().unwrap_or("*");
                    if inner != "*" {
                        self.open_export(*target, inner);
                    }
                }
                Definition::Function(_) => {}
            }
        }
    }

    /// The same for a name that a module gives to others.
    fn open_export(&mut self, module: ModuleId, name: &'a str) {
        let Some(known) = self.known.get(&module) else { return };
        let exports = known.exports.get(name).into_iter().chain((name == "default").then(|| known.exports.get("*")).flatten()).flatten();
        let locals: Vec<&'a str> =
            exports.filter_map(|e| if let Kind::Name(local) = &e.value.kind { Some(local.as_str()) } else { None }).collect();
        let source = known.source;
        for local in locals {
            self.open(module, local);
        }
        if source.dialect == Dialect::Python || self.known.get(&module).is_some_and(|k| k.definitions.contains_key(name)) {
            self.open(module, name);
        }
        for (import, resolved) in source.module.imports.iter().zip(&source.imports) {
            let again = import.kind == ImportKind::ReExport && import.local.as_deref() == Some(name);
            if let (true, Resolved::Module(target)) = (again, resolved)
                && self.opened.insert((*target, import.module.as_str()))
            {
                self.load(*target, module);
                self.open_export(*target, import.name.as_deref().unwrap_or("*"));
            }
        }
    }

    /// A member that reached code of a module takes from a name.
    fn pair(&mut self, module: ModuleId, root: &'a str, member: &'a str) {
        if !self.pairs.insert((module, root, member)) {
            return;
        }
        match (root, member) {
            ("module", "exports") => self.need(module, "*"),
            ("exports", member) => self.need(module, member),
            _ => {}
        }
        let definitions = self.known.get(&module).and_then(|k| k.definitions.get(root)).cloned().unwrap_or_default();
        for definition in definitions {
            self.defined(module, definition);
            let Definition::Import(index) = definition else { continue };
            let source = self.code.module(module);
            let (Some(import), Some(Resolved::Module(target))) = (source.module.imports.get(index), source.imports.get(index)) else {
                continue;
            };
            let target = *target;
            self.load(target, module);
            match import.name.as_deref() {
                None | Some("*") => self.need(target, member),
                Some(name) if self.is_whole(target, &import.module, name) => self.need(target, member),
                Some(name) => {
                    self.need(target, name);
                    if name == "default" {
                        self.need(target, member);
                    }
                }
            }
        }
    }

    /// Whether a name taken from a package of Python is that module as a whole: `from app import models`.
    fn is_whole(&self, target: ModuleId, package: &str, name: &str) -> bool {
        let path = &self.code.module(target).path;
        let Some(stem) = path.strip_suffix("/__init__.py").or_else(|| path.strip_suffix(".py")) else { return false };
        let package = package.trim_start_matches('.').replace('.', "/");
        let Some(before) = stem.strip_suffix(name) else { return false };
        let before = before.strip_suffix('/').unwrap_or(before);
        package.is_empty() || before == package || before.strip_suffix(package.as_str()).is_some_and(|b| b.ends_with('/'))
    }

    fn exports(&self, module: ModuleId, name: &str) -> bool {
        self.known.get(&module).is_some_and(|k| k.exports.contains_key(name))
    }

    fn need_text(&mut self, module: ModuleId, name: &str) {
        // The walk keeps names of the source alone: look for the one that is written there.
        let source = self.code.module(module);
        let functions = source.module.functions.iter().map(|f| f.name.as_str());
        let classes = source.module.classes.iter().map(|c| c.name.as_str());
        let exports = source.module.exports.iter().map(|e| e.name.as_str());
        let locals = source.module.imports.iter().filter_map(|i| i.local.as_deref());
        let found = exports.chain(functions).chain(classes).chain(locals).find(|n| *n == name);
        if let Some(found) = found {
            self.need(module, found);
        }
    }

    /// A name that a module gives to others.
    fn need(&mut self, module: ModuleId, name: &'a str) {
        if !self.needed.insert((module, name)) {
            return;
        }
        self.member(name);
        let Some(known) = self.known.get(&module) else { return };
        let mut values: Vec<&'a Value> = known.exports.get(name).into_iter().flatten().map(|e| &e.value).collect();
        if let Some(all) = known.exports.get("*") {
            for export in all {
                match export.value.get(name) {
                    Some(entry) => values.push(entry),
                    None if name == "default" => values.push(&export.value),
                    None => {}
                }
            }
        }
        let stars = known.stars.clone();
        let source = known.source;
        for value in values {
            self.given(module, value);
        }
        self.name(module, name);
        for index in stars {
            if let Some(Resolved::Module(target)) = source.imports.get(index) {
                let target = *target;
                self.load(target, module);
                self.need(target, name);
            }
        }
        // `export { a as b } from "./x"` is an import whose local name is what others call it.
        for (index, import) in source.module.imports.iter().enumerate() {
            if import.kind == ImportKind::ReExport
                && import.local.as_deref() == Some(name)
                && let Some(Resolved::Module(target)) = source.imports.get(index)
            {
                let target = *target;
                self.load(target, module);
                match import.name.as_deref() {
                    None | Some("*") => self.need_all(target),
                    Some(inner) => self.need(target, inner),
                }
            }
        }
    }

    /// Everything that a module gives to others.
    fn need_all(&mut self, module: ModuleId) {
        if !self.whole.insert(module) {
            return;
        }
        let Some(known) = self.known.get(&module) else { return };
        let source = known.source;
        let stars = known.stars.clone();
        for export in &source.module.exports {
            self.need(module, export.name.as_str());
        }
        for import in source.module.imports.iter().filter(|i| i.kind == ImportKind::ReExport) {
            if let Some(local) = import.local.as_deref().filter(|l| *l != "*") {
                self.need(module, local);
            }
        }
        if source.dialect == Dialect::Python {
            for (index, function) in source.module.functions.iter().enumerate().skip(1) {
                if function.class.is_none() && function.parent == Some(FunctionId::BODY) {
                    self.reach(FunctionRef { module, function: FunctionId(index as u32) });
                }
            }
            for (index, class) in source.module.classes.iter().enumerate() {
                if class.function == FunctionId::BODY && class.class.is_none() {
                    self.class(module, ClassId(index as u32));
                }
            }
        }
        for index in stars {
            if let Some(Resolved::Module(target)) = source.imports.get(index) {
                let target = *target;
                self.load(target, module);
                self.need_all(target);
            }
        }
    }

    /// What an export's value leads to.
    fn given(&mut self, module: ModuleId, value: &'a Value) {
        for inner in value.walk() {
            match &inner.kind {
                Kind::Name(name) => self.name(module, name),
                Kind::Member(of, member) => {
                    if let Kind::Name(root) = &of.kind {
                        self.pair(module, root, member);
                    }
                    self.member(member);
                }
                Kind::Function(function) => self.reach(FunctionRef { module, function: *function }),
                Kind::Class(class) => self.class(module, *class),
                _ => {}
            }
        }
    }

    fn member(&mut self, name: &'a str) {
        if self.members.insert(name) {
            self.release(name);
        }
    }

    fn release(&mut self, name: &str) {
        for function in self.waiting.remove(name).unwrap_or_default() {
            self.reach(function);
        }
    }

    fn class(&mut self, module: ModuleId, id: ClassId) {
        let Some(known) = self.known.get_mut(&module) else { return };
        match known.classes.get_mut(id.0 as usize) {
            Some(reached) if !*reached => *reached = true,
            _ => return,
        }
        let source = known.source;
        let Some(class) = source.module.class(id) else { return };
        // What extends or is decorated may be called by what it extends or is decorated with.
        let managed = !class.bases.is_empty() || !class.decorators.is_empty();
        for function in known.methods.get(&id).cloned().unwrap_or_default() {
            let Some(method) = source.module.function(function) else { continue };
            let name = method.name.as_str();
            let at = FunctionRef { module, function };
            let special = name == "constructor" || name.is_empty() || name.starts_with("__") && name.ends_with("__");
            if managed || special || !method.decorators.is_empty() || self.members.contains(name) {
                self.reach(at);
            } else {
                self.waiting.entry(name).or_default().push(at);
            }
        }
        for (index, inner) in source.module.classes.iter().enumerate() {
            if inner.class == Some(id) {
                self.class(module, ClassId(index as u32));
            }
        }
    }

    /// A method is taken by a name that only the run tells: any of the module's may be meant.
    fn any_method(&mut self, module: ModuleId) {
        let Some(known) = self.known.get(&module) else { return };
        let methods = known.methods.iter().filter(|(class, _)| known.classes.get(class.0 as usize).copied().unwrap_or_default());
        let mut found: Vec<FunctionId> = methods.flat_map(|(_, m)| m.iter().copied()).collect();
        found.extend(known.mentions.members.iter().map(|(_, f)| *f));
        found.sort();
        for function in found {
            self.reach(FunctionRef { module, function });
        }
    }

    /// A text that may name a module of Python, or a name in one.
    fn dotted(&mut self, by: ModuleId, text: &str) {
        let text = text.trim_start_matches('.').replace(':', ".");
        let Some((module, rest)) = self.python_module(by, &text) else { return };
        self.named_modules.insert(by);
        self.load(module, by);
        if let Some(name) = rest {
            self.need_text(module, &name);
        }
    }

    /// The module of Python that a dotted name means as seen from another module, and the name in it that is left.
    fn python_module(&self, by: ModuleId, name: &str) -> Option<(ModuleId, Option<String>)> {
        let path = name.replace('.', "/");
        let (before, last) = name.rsplit_once('.').unwrap_or(("", name));
        let outer = before.replace('.', "/");
        let mut folder = folder_of(&self.code.module(by).path);
        loop {
            let at = |inner: &str| {
                let whole = if folder.is_empty() { inner.to_owned() } else { format!("{folder}/{inner}") };
                let package = self.code.at_path(&format!("{whole}/__init__.py"));
                package.or_else(|| self.code.at_path(&format!("{whole}.py")))
            };
            if let Some(found) = at(&path) {
                return Some((found, None));
            }
            // A package whose `__init__` is empty is no module.
            if self.system.file(&if folder.is_empty() { format!("{path}/__init__.py") } else { format!("{folder}/{path}/__init__.py") }).is_some() {
                return None;
            }
            if let Some(found) = Some(outer.as_str()).filter(|o| !o.is_empty()).and_then(at) {
                return Some((found, Some(last.to_owned())));
            }
            if folder.is_empty() || !below(folder, self.root) && folder != self.root {
                return None;
            }
            folder = folder_of(folder);
        }
    }
}

impl<'a> Loaded<'a> {
    fn new(source: &'a SourceModule) -> Self {
        let module = &source.module;
        let mut definitions: HashMap<&str, Vec<Definition>> = HashMap::new();
        let mut decorated: HashMap<FunctionId, Vec<Definition>> = HashMap::new();
        let mut methods: HashMap<ClassId, Vec<FunctionId>> = HashMap::new();
        for (index, function) in module.functions.iter().enumerate().skip(1) {
            let id = FunctionId(index as u32);
            match function.class {
                Some(class) => methods.entry(class).or_default().push(id),
                None => {
                    if !function.name.is_empty() {
                        definitions.entry(&function.name).or_default().push(Definition::Function(id));
                    }
                    if !function.decorators.is_empty() {
                        decorated.entry(function.parent.unwrap_or(FunctionId::BODY)).or_default().push(Definition::Function(id));
                    }
                }
            }
        }
        for (index, class) in module.classes.iter().enumerate() {
            let id = ClassId(index as u32);
            definitions.entry(&class.name).or_default().push(Definition::Class(id));
            if !class.decorators.is_empty() {
                decorated.entry(class.function).or_default().push(Definition::Class(id));
            }
        }
        let mut imports: HashMap<FunctionId, Vec<usize>> = HashMap::new();
        let mut stars = Vec::new();
        for (index, import) in module.imports.iter().enumerate() {
            imports.entry(import.function).or_default().push(index);
            match import.local.as_deref() {
                Some("*") => stars.push(index),
                // `import a.b` binds `a`.
                Some(local) if import.kind != ImportKind::ReExport => {
                    let root = local.split('.').next().unwrap_or(local);
                    definitions.entry(root).or_default().push(Definition::Import(index));
                }
                _ => {}
            }
        }
        let mut exports: HashMap<&str, Vec<&Export>> = HashMap::new();
        for export in &module.exports {
            exports.entry(&export.name).or_default().push(export);
        }
        Self {
            source,
            mentions: mentions(module),
            definitions,
            exports,
            imports,
            stars,
            decorated,
            methods,
            functions: vec![false; module.functions.len()],
            classes: vec![false; module.classes.len()],
        }
    }
}

/// Whether a path is one that tools write and that is seldom kept.
fn is_generated(path: &str) -> bool {
    let words = ["generated", "_pb2", ".gen", ".g", "$types", "+types", "_version", "version_info", "graphql", "prisma"];
    let name = path.trim_end_matches(".js").trim_end_matches(".ts");
    path.contains("generated") || path.contains("_pb2") || path.contains("+types") || path.starts_with("virtual:")
        || words.iter().any(|w| name.ends_with(w))
}
