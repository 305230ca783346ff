//! Names: the scopes in which they are looked up, and what they are bound to there.

use plimsoll_base::Span;
use plimsoll_source::{Assignment, Declared, Dialect, FunctionId, ImportKind, Kind, Module, Target};

use super::super::names::{Binding, WHOLE, own_class};
use super::super::{ClassRef, FunctionRef, ModuleId, Resolved};
use super::exports::is_builtin;
use super::{At, Follow, Found, Key};

/// How many assignments that may hold at a place are followed.
const MAX_BINDINGS: usize = 8;

impl<'a> Follow<'a> {
    /// What a name stands for at a place in a function.
    pub(super) fn look_up(&mut self, id: ModuleId, function: FunctionId, name: &'a str, at: Span) -> Found<'a> {
        let source = self.code.module(id);
        let module = &source.module;
        let python = source.dialect == Dialect::Python;
        for scope in module.enclosing(function) {
            let mut bindings = source.names.of(module, scope, name);
            let Some(first) = bindings.next() else { continue };
            let Some(second) = bindings.next() else {
                if self.is_visible(id, first, at) {
                    return self.binding(id, first);
                }
                continue;
            };
            let mut all: Vec<Binding> = [first, second].into_iter().chain(bindings).collect();
            all.retain(|b| self.is_visible(id, *b, at));
            if !all.is_empty() {
                return self.bindings(id, function, scope, all, at);
            }
        }
        if let Some(class) = own_class(module, function, name) {
            return Found::at(At::Instance(ClassRef { module: id, class }));
        }
        match name {
            _ if source.names.is_caught(name) => return Found::unknown(),
            "this" => return Found::unknown(),
            "super" if !python => return self.parent(id, function),
            _ => {}
        }
        if python {
            if let Some(found) = self.taken_by_star(id, name) {
                return found;
            }
            // Names of the body of a class are not followed, and look like names that nothing binds.
            let of_language = is_builtin(name) || name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
            return if of_language { Found::at(At::Global(name)) } else { Found::unknown() };
        }
        if name == "exports" {
            return self.whole(id);
        }
        Found::at(At::Global(name))
    }
    /// Whether a binding can be seen from a place of its module: names of a block only within it.
    fn is_visible(&self, id: ModuleId, binding: Binding, at: Span) -> bool {
        let Binding::Assigned(index, _) = binding else { return true };
        let source = self.code.module(id);
        let Some(assignment) = source.module.assignments.get(index as usize) else { return false };
        if source.dialect == Dialect::Python || !matches!(assignment.declared, Declared::Const | Declared::Let | Declared::Bound) {
            return true;
        }
        let block = assignment.branch.and_then(|b| source.module.branches.get(b.0 as usize));
        block.is_none_or(|b| covers(b.at, at))
    }
    /// What a name with several bindings stands for: the last one that is sure to run before, and those that may run between.
    fn bindings(&mut self, id: ModuleId, function: FunctionId, scope: FunctionId, mut all: Vec<Binding>, at: Span) -> Found<'a> {
        let module = &self.code.module(id).module;
        // A function that is called later sees the last value; types are gone by then, and what fails to be imported is replaced.
        let value = |b: &Binding| !matches!(b, Binding::Import(i) if module.imports[*i as usize].kind == ImportKind::Types);
        if all.iter().any(value) {
            all.retain(value);
        }
        if all.iter().all(|b| matches!(b, Binding::Import(_))) {
            return self.first_import(id, &all);
        }
        self.retain_own(id, function, &mut all);
        all.sort_by_key(|b| self.place(id, *b).start);
        let here = function == scope;
        let mut kept: Vec<Binding> = Vec::new();
        let mut foreign: Vec<Binding> = Vec::new();
        for binding in &all {
            let place = self.place(id, *binding);
            // What other functions assign may happen at any time.
            if self.is_foreign(id, scope, *binding) {
                foreign.push(*binding);
                continue;
            }
            if here && (place.start >= at.start || covers(place, at)) {
                continue;
            }
            if self.is_sure(id, *binding, at) {
                kept.clear();
            }
            kept.push(*binding);
        }
        kept.extend(foreign.into_iter().filter(|b| !covers(self.place(id, *b), at)));
        if kept.is_empty() {
            kept = all;
            kept.retain(|b| !here || !covers(self.place(id, *b), at));
        }
        // `query = query.where(…)` makes it no other thing.
        if kept.iter().any(|b| !is_derived(module, *b)) {
            kept.retain(|b| !is_derived(module, *b));
        }
        // What is assigned in so many ways is no one thing, and following all of them within one another costs too much.
        if kept.len() > MAX_BINDINGS {
            return Found::unknown();
        }
        let found = kept.into_iter().map(|b| self.binding(id, b)).collect();
        self.agreed(found)
    }
    /// Of names that nothing declares, those of the functions around count before those that others of the same name left.
    fn retain_own(&self, id: ModuleId, function: FunctionId, all: &mut Vec<Binding>) {
        let module = &self.code.module(id).module;
        let own = |b: &Binding| match b {
            Binding::Assigned(i, _) => {
                let by = module.assignments[*i as usize].function;
                by == FunctionId::BODY || module.enclosing(function).any(|f| f == by)
            }
            _ => true,
        };
        let declared = |b: &Binding| match b {
            Binding::Assigned(i, _) => module.assignments[*i as usize].function == FunctionId::BODY,
            _ => true,
        };
        if all.iter().any(own) && !all.iter().any(declared) {
            all.retain(own);
        }
    }
    fn first_import(&mut self, id: ModuleId, all: &[Binding]) -> Found<'a> {
        let mut found: Vec<Found<'a>> = all.iter().map(|b| self.binding(id, *b)).collect();
        found.retain(|f| !f.is_nothing_known());
        // `import a.b` and `import a.c` bind the same.
        if found.is_empty() { Found::unknown() } else { found.swap_remove(0) }
    }
    /// The bytes at which a binding comes into being.
    fn place(&self, id: ModuleId, binding: Binding) -> Span {
        let module = &self.code.module(id).module;
        match binding {
            Binding::Assigned(i, _) => module.assignments[i as usize].at,
            Binding::Import(i) => module.imports[i as usize].at,
            // Declared before anything runs, as far as other bindings of the name are concerned.
            Binding::Function(_) | Binding::Class(_) if self.code.module(id).dialect != Dialect::Python => Span::default(),
            Binding::Function(f) => module.functions[f.0 as usize].name_at,
            Binding::Class(c) => module.classes[c.0 as usize].name_at,
            _ => Span::default(),
        }
    }
    /// Whether a name is assigned by another function than the one it belongs to.
    fn is_foreign(&self, id: ModuleId, scope: FunctionId, binding: Binding) -> bool {
        let module = &self.code.module(id).module;
        matches!(binding, Binding::Assigned(i, _) if module.assignments[i as usize].function != scope)
    }
    /// Whether a binding is sure to have run when a later place is reached.
    fn is_sure(&self, id: ModuleId, binding: Binding, at: Span) -> bool {
        let module = &self.code.module(id).module;
        let branch = match binding {
            Binding::Assigned(i, _) => module.assignments[i as usize].branch,
            Binding::Import(i) => module.imports[i as usize].branch,
            Binding::Function(f) => module.functions[f.0 as usize].branch,
            Binding::Class(c) => module.classes[c.0 as usize].branch,
            _ => None,
        };
        branch.and_then(|b| module.branches.get(b.0 as usize)).is_none_or(|b| covers(b.at, at))
    }
    /// What one binding is.
    pub(super) fn binding(&mut self, id: ModuleId, binding: Binding) -> Found<'a> {
        match binding {
            Binding::Function(function) => Found::at(At::Function(FunctionRef { module: id, function })),
            Binding::Class(class) => Found::at(At::Class(ClassRef { module: id, class })),
            Binding::Import(index) => self.import(id, index),
            _ => self.once(Key::Binding(id, binding), |f| match binding {
                Binding::Assigned(index, part) => {
                    let code = f.code;
                    f.assigned(id, &code.module(id).module.assignments[index as usize], part)
                }
                Binding::Parameter(function, index, part) => {
                    let code = f.code;
                    let found = f.parameter(FunctionRef { module: id, function }, u32::from(index));
                    match part {
                        WHOLE => found,
                        part => {
                            let parameter = &code.module(id).module.functions[function.0 as usize].parameters[index as usize];
                            f.part(found, &parameter.parts[part as usize].0)
                        }
                    }
                }
                Binding::Export(index) => {
                    let code = f.code;
                    f.value(id, FunctionId::BODY, &code.module(id).module.exports[index as usize].value)
                }
                _ => Found::unknown(),
            }),
        }
    }
    /// What an assignment gives to one of its names.
    pub(super) fn assigned(&mut self, id: ModuleId, assignment: &'a Assignment, part: u32) -> Found<'a> {
        let mut found = self.value(id, assignment.function, &assignment.value);
        if assignment.declared == Declared::Changed {
            // `x ??= f()` is told like `x += 1`: what a call makes is not added to anything.
            return if matches!(found.base, At::Result(_) | At::Instance(_)) { found } else { Found::unknown() };
        }
        if assignment.declared == Declared::Bound && !self.enters(id, assignment) {
            // One of many: what a loop goes through.
            return self.hinted(id, assignment).unwrap_or_else(Found::unknown);
        }
        match &assignment.target {
            Target::Parts(parts) => match parts.get(part as usize) {
                Some((key, _)) => found = self.part(found, key),
                None => found = Found::unknown(),
            },
            Target::Elements(_) => found = self.element(found, f64::from(part)),
            _ => {}
        }
        if found.is_nothing_known() || found.is_none() { self.hinted(id, assignment).unwrap_or(found) } else { found }
    }
    fn hinted(&mut self, id: ModuleId, assignment: &'a Assignment) -> Option<Found<'a>> {
        self.annotated(id, assignment.function, assignment.annotation.as_ref()?)
    }
    /// Whether a bound name is what `with` gives, not what a loop does.
    fn enters(&self, id: ModuleId, assignment: &Assignment) -> bool {
        let module = &self.code.module(id).module;
        match &assignment.value.kind {
            Kind::Call(call) => module.call(*call).is_some_and(|c| c.context),
            _ => false,
        }
    }
    /// What an import gives.
    pub(super) fn import(&mut self, id: ModuleId, index: u32) -> Found<'a> {
        let source = self.code.module(id);
        let import = &source.module.imports[index as usize];
        let python = source.dialect == Dialect::Python;
        let name = import.name.as_deref().filter(|n| *n != "*");
        let Some(resolved) = source.imports.get(index as usize) else { return Found::unknown() };
        let dotted = python && name.is_none() && import.local.as_deref() == Some(&*import.module) && import.module.contains('.');
        match resolved {
            Resolved::Package { name: package, rest } => {
                let rest = if dotted { "" } else { rest };
                let found = Found::at(At::Package(package, rest, if python { '.' } else { '/' }));
                name.filter(|n| python || *n != "default").map_or(found.clone(), |n| found.and(n))
            }
            Resolved::Library(library) => {
                let path = if dotted { library.split('.').next().unwrap_or(library) } else { library };
                let found = Found::at(At::Package(path, "", '.'));
                name.filter(|n| python || *n != "default").map_or(found.clone(), |n| found.and(n))
            }
            Resolved::Module(module) if dotted => self.top_of(*module, &import.module),
            Resolved::Module(module) => match name {
                _ if source.whole.get(index as usize) == Some(&true) => Found::at(At::Module(*module)),
                Some(name) => self.exported(*module, name),
                None => self.whole(*module),
            },
            Resolved::Asset(_) | Resolved::Unread(_) | Resolved::Missing => Found::unknown(),
        }
    }
    /// The first part of a dotted name that leads to a module.
    fn top_of(&self, module: ModuleId, dotted: &str) -> Found<'a> {
        let path = self.code.module(module).path.as_str();
        let path = path.strip_suffix("/__init__.py").or_else(|| path.strip_suffix(".py")).unwrap_or(path);
        let mut top = path;
        for _ in 1..dotted.split('.').count() {
            top = crate::folder_of(top);
        }
        match self.code.at_path(&format!("{top}/__init__.py")) {
            Some(package) => Found::at(At::Module(package)),
            None => Found::at(At::Folder(module, top.len())),
        }
    }
    /// A module of a folder without `__init__`.
    pub(super) fn within(&self, module: ModuleId, length: usize, name: &str) -> Found<'a> {
        let own = self.code.module(module).path.as_str();
        let path = format!("{}/{name}", own.get(..length).unwrap_or_default());
        let found = self.code.at_path(&format!("{path}.py")).or_else(|| self.code.at_path(&format!("{path}/__init__.py")));
        match found {
            Some(module) => Found::at(At::Module(module)),
            None if own.starts_with(&format!("{path}/")) => Found::at(At::Folder(module, path.len())),
            None => Found::unknown(),
        }
    }
}

/// Whether an assignment gives a name what a method of that name's own value gives.
fn is_derived(module: &Module, binding: Binding) -> bool {
    let Binding::Assigned(index, _) = binding else { return false };
    let Some(Assignment { target: Target::Name(name), value, .. }) = module.assignments.get(index as usize) else { return false };
    let mut value = value;
    let mut methods = 0;
    loop {
        value = match &value.kind {
            Kind::Call(call) => match module.call(*call).map(|c| &c.callee.kind) {
                Some(Kind::Member(of, _)) => of,
                _ => return false,
            },
            Kind::Member(of, _) => of,
            Kind::Name(root) => return methods > 0 && root == name,
            _ => return false,
        };
        methods += 1;
    }
}

fn covers(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
