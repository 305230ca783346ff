//! Names: what reached code of one module takes from another, re-exports followed.

use plimsoll_facts::code::{ClassId, Dialect, FunctionId, FunctionRef, ImportKind, Kind, ModuleId, Resolved, Value};

use super::Walk;
use super::loaded::Definition;

impl<'a> Walk<'a> {
    /// A plain name that reached code of a module uses.
    pub(super) fn name(&mut self, module: ModuleId, name: &'a str) {
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
    pub(super) fn open(&mut self, module: ModuleId, name: &'a str) {
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
                    let (Some(import), Some(Resolved::Module(target))) = (source.module.imports.get(index), source.imports.get(index))
                    else {
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
    pub(super) fn open_export(&mut self, module: ModuleId, name: &'a str) {
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
    pub(super) fn pair(&mut self, module: ModuleId, root: &'a str, member: &'a str) {
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
    pub(super) fn is_whole(&self, target: ModuleId, package: &str, name: &str) -> bool {
        let path = &self.code.module(target).path;
        let Some(stem) = path.strip_suffix("/__init__.py").or_else(|| path.strip_suffix(".py")) else { return false };
        let package = package.trim_start_matches('.').replace('.', "/");
        let Some(before) = stem.strip_suffix(name) else { return false };
        let before = before.strip_suffix('/').unwrap_or(before);
        package.is_empty() || before == package || before.strip_suffix(package.as_str()).is_some_and(|b| b.ends_with('/'))
    }

    pub(super) fn exports(&self, module: ModuleId, name: &str) -> bool {
        self.known.get(&module).is_some_and(|k| k.exports.contains_key(name))
    }

    pub(super) fn need_text(&mut self, module: ModuleId, name: &str) {
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
    pub(super) fn need(&mut self, module: ModuleId, name: &'a str) {
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
    pub(super) fn need_all(&mut self, module: ModuleId) {
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
    pub(super) fn given(&mut self, module: ModuleId, value: &'a Value) {
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
}
