//! All modules of a tree to [`Code`]: names, imports, then what every call calls.

use std::collections::{BTreeMap, HashMap};

use plimsoll_base::FileId;
use plimsoll_source::{CallId, Dialect, Form, Kind, Module, Target, Value};
use rayon::prelude::*;

use super::follow::{At, Follow};
use super::index::{Assigned, NAMELESS, SourceModule};
use super::names::Names;
use super::{CallRef, ClassRef, Code, FunctionRef, ModuleId, resolve};
use crate::library::Library;
use crate::packages::Package;

/// A file as its reader gave it.
#[derive(Debug)]
pub struct ReadModule {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// How it was read.
    pub dialect: Dialect,
    /// What it says.
    pub module: Module,
    /// A part of it could not be read.
    pub partly_read: bool,
}

impl Code {
    /// Joins modules, given in the tree's order. The library tells which other files there are and what configuration says of module names.
    pub fn new(read: Vec<ReadModule>, library: &Library, packages: &[Package]) -> Self {
        let by_path = read.iter().zip(0..).map(|(m, i)| (m.path.clone(), ModuleId(i))).collect();
        let mut code = Self { modules: read.into_par_iter().map(source_module).collect(), by_path, ..Self::default() };
        let resolved = resolve::resolve(library, packages, &code.modules, &code.by_path);
        for (module, imports) in code.modules.iter_mut().zip(resolved) {
            (module.imports, module.whole) = imports.into_iter().unzip();
        }
        code.extend_classes();
        code.name_calls();
        code
    }
    fn extend_classes(&mut self) {
        let code = &*self;
        let ids = 0..code.modules.len() as u32;
        let pairs: Vec<Vec<(ClassRef, ClassRef)>> = ids.into_par_iter().map(|id| bases(code, ModuleId(id))).collect();
        let mut subclasses: HashMap<ClassRef, Vec<ClassRef>> = HashMap::new();
        for (base, class) in pairs.into_iter().flatten() {
            subclasses.entry(base).or_default().push(class);
        }
        self.subclasses = subclasses;
    }
    fn name_calls(&mut self) {
        let code = &*self;
        let ids = 0..code.modules.len() as u32;
        let first: Vec<Calls> = ids.into_par_iter().map(|id| calls(code, ModuleId(id))).collect();
        let mut callers: HashMap<FunctionRef, Vec<CallRef>> = HashMap::new();
        let mut instances: HashMap<ClassRef, Vec<CallRef>> = HashMap::new();
        for (module, found) in (0..).map(ModuleId).zip(&first) {
            for (function, call) in &found.functions {
                callers.entry(*function).or_default().push(CallRef { module, call: *call });
            }
            for (class, call) in &found.classes {
                instances.entry(*class).or_default().push(CallRef { module, call: *call });
            }
        }
        self.callers = callers;
        self.instances = instances;
        // What hangs on parameters is known only now that callers are.
        let code = &*self;
        let second: Vec<(Calls, Calls)> = first
            .into_par_iter()
            .enumerate()
            .map(|(module, found)| {
                let again = calls_by_parameters(code, ModuleId(module as u32), &found);
                (found, again)
            })
            .collect();
        let mut names: BTreeMap<String, Vec<CallRef>> = BTreeMap::new();
        let mut places: Vec<(Box<str>, Assigned)> = Vec::new();
        for (module, (first, again)) in (0..).map(ModuleId).zip(second) {
            for (name, calls) in first.named.into_iter().chain(again.named) {
                names.entry(name).or_default().extend(calls.into_iter().map(|call| CallRef { module, call }));
            }
            let assigned = first.places.into_iter().chain(again.places);
            places.extend(assigned.map(|(name, assignment)| (name.into_boxed_str(), Assigned { module, assignment })));
        }
        places.sort();
        self.places = places;
        for module in &mut self.modules {
            module.called = vec![NAMELESS; module.module.calls.len()];
        }
        for ((name, mut calls), index) in names.into_iter().zip(0..) {
            calls.sort_unstable();
            for call in &calls {
                self.modules[call.module.0 as usize].called[call.call.0 as usize] = index;
            }
            self.named.extend(calls);
            self.by_name.push((name.into_boxed_str(), self.named.len() as u32));
        }
        self.named.shrink_to_fit();
    }
}

fn source_module(read: ReadModule) -> SourceModule {
    let names = Names::new(&read.module, read.dialect == Dialect::Python);
    SourceModule {
        file: read.file,
        path: read.path,
        dialect: read.dialect,
        module: read.module,
        partly_read: read.partly_read,
        imports: Vec::new(),
        whole: Vec::new(),
        names,
        called: Vec::new(),
    }
}

fn bases(code: &Code, id: ModuleId) -> Vec<(ClassRef, ClassRef)> {
    let module = &code.module(id).module;
    let mut follow = Follow::new(code, false);
    let mut pairs = Vec::new();
    for (class, index) in module.classes.iter().zip(0..) {
        let own = ClassRef { module: id, class: plimsoll_source::ClassId(index) };
        for base in &class.bases {
            let found = follow.start(id, class.function, base);
            if let (At::Class(base), true) = (found.base, found.members.is_empty()) {
                pairs.push((base, own));
            }
        }
    }
    pairs
}

/// What the calls of one module call.
#[derive(Default)]
struct Calls {
    named: HashMap<String, Vec<CallId>>,
    functions: Vec<(FunctionRef, CallId)>,
    classes: Vec<(ClassRef, CallId)>,
    places: Vec<(String, u32)>,
    /// Calls, and assignments, that hang on a parameter.
    pending: Vec<CallId>,
    pending_places: Vec<u32>,
}

impl Calls {
    fn add(&mut self, name: String, call: CallId) {
        self.named.entry(name).or_default().push(call);
    }
}

fn calls(code: &Code, id: ModuleId) -> Calls {
    let module = &code.module(id).module;
    let mut follow = Follow::new(code, false);
    let mut calls = Calls::default();
    for (call, index) in module.calls.iter().zip(0..) {
        if is_host(call.form, &call.callee) {
            continue;
        }
        let at = CallId(index);
        let found = follow.start(id, call.function, &call.callee);
        match (found.base, found.members.is_empty()) {
            (At::Function(function), true) => calls.functions.push((function, at)),
            (At::Class(class), true) => calls.classes.push((class, at)),
            _ => {}
        }
        let name = follow.name(&found);
        if follow.hangs_on_parameter() {
            calls.pending.push(at);
        } else if let Some(name) = name {
            calls.add(name, at);
        }
    }
    for (index, place) in places(module) {
        let found = follow.start(id, module.assignments[index as usize].function, place);
        let name = follow.name(&found);
        if follow.hangs_on_parameter() {
            calls.pending_places.push(index);
        } else if let Some(name) = name {
            calls.places.push((name, index));
        }
    }
    calls
}

fn calls_by_parameters(code: &Code, id: ModuleId, first: &Calls) -> Calls {
    let module = &code.module(id).module;
    let mut follow = Follow::new(code, true);
    let mut calls = Calls::default();
    for at in &first.pending {
        let Some(call) = module.call(*at) else { continue };
        let found = follow.start(id, call.function, &call.callee);
        if let Some(name) = follow.name(&found) {
            calls.add(name, *at);
        }
    }
    for index in &first.pending_places {
        let assignment = &module.assignments[*index as usize];
        let Target::Place(place) = &assignment.target else { continue };
        let found = follow.start(id, assignment.function, place);
        if let Some(name) = follow.name(&found) {
            calls.places.push((name, *index));
        }
    }
    calls
}

/// The members that are assigned to.
fn places(module: &Module) -> impl Iterator<Item = (u32, &Value)> {
    (0..).zip(&module.assignments).filter_map(|(index, a)| match &a.target {
        Target::Place(place) => Some((index, place)),
        _ => None,
    })
}

/// An element of the page itself, `div`; directives (`v-html`, `@html`) are none.
fn is_host(form: Form, callee: &Value) -> bool {
    let Kind::Name(name) = &callee.kind else { return false };
    form == Form::Element && name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(['-', '.'])
}
