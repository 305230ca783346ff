//! What modules give out: own names, what they pass on, and modules within packages.

use std::collections::HashSet;

use plimsoll_base::Span;
use plimsoll_source::{Dialect, FunctionId, ImportKind, Kind};

use super::super::names::Binding;
use super::super::{ModuleId, Resolved};
use super::{At, Follow, Found, Key};

/// Modules that may be passed through to one that gives a name out.
const MAX_PASSED: usize = 256;

/// Modules of which all names are passed on that are looked at for one name.
const MAX_STARS: usize = 1_000;

impl<'a> Follow<'a> {
    /// A name that a module gives out.
    pub(super) fn exported(&mut self, module: ModuleId, name: &'a str) -> Found<'a> {
        self.once(Key::Export(module, name), |f| match f.code.module(module).dialect {
            Dialect::Python => f.global_of(module, name),
            _ => f.passed_on(module, name),
        })
    }
    /// A module taken in as a whole: what it gives out as such, else the module.
    pub(super) fn whole(&mut self, module: ModuleId) -> Found<'a> {
        let source = self.code.module(module);
        let binding = source.names.exported(&source.module, "*").find(|b| matches!(b, Binding::Export(_)));
        match binding {
            Some(_) => self.once(Key::Export(module, "*"), |f| f.own(module, "*").unwrap_or_else(Found::unknown)),
            None => Found::at(At::Module(module)),
        }
    }
    /// Follows re-exports, without recursion where they only hand a name on.
    fn passed_on(&mut self, start: ModuleId, name: &'a str) -> Found<'a> {
        let (mut module, mut name) = (start, name);
        for _ in 0..MAX_PASSED {
            let source = self.code.module(module);
            let first = source.names.exported(&source.module, name).next();
            if let Some(Binding::Import(index)) = first {
                let import = &source.module.imports[index as usize];
                match (source.imports.get(index as usize), import.name.as_deref()) {
                    (Some(Resolved::Module(next)), Some(original)) if original != "*" => {
                        (module, name) = (*next, original);
                        continue;
                    }
                    _ => return self.import(module, index),
                }
            }
            if let Some(found) = self.own(module, name) {
                return found;
            }
            if source.names.exported(&source.module, "*").next().is_some() {
                let whole = self.whole(module);
                return if name == "default" { whole } else { self.member(whole, name) };
            }
            if let Some(next) = self.type_from(module, name) {
                (module, name) = next;
                continue;
            }
            if name == "default" {
                // A component's file gives out itself.
                let component = matches!(source.dialect, Dialect::Vue | Dialect::Svelte | Dialect::Astro);
                return if component { Found::at(At::Module(module)) } else { Found::unknown() };
            }
            match self.passed_by_star(module, name) {
                Ok(next) => module = next,
                Err(found) => return found,
            }
        }
        self.cut = true;
        Found::unknown()
    }
    /// The module from which a type is passed on, `export type { X } from "./x"`: it looks like one that is only taken in.
    fn type_from(&self, module: ModuleId, name: &str) -> Option<(ModuleId, &'a str)> {
        let source = self.code.module(module);
        source.names.of(&source.module, FunctionId::BODY, name).find_map(|b| {
            let Binding::Import(index) = b else { return None };
            let import = source.module.imports.get(index as usize)?;
            match (source.imports.get(index as usize)?, import.name.as_deref()?) {
                (Resolved::Module(next), original) if import.kind == ImportKind::Types && original != "*" => Some((*next, original)),
                _ => None,
            }
        })
    }
    /// What a module itself gives out under a name.
    fn own(&mut self, module: ModuleId, name: &'a str) -> Option<Found<'a>> {
        let source = self.code.module(module);
        let all: Vec<Binding> = source.names.exported(&source.module, name).filter(|b| matches!(b, Binding::Export(_))).collect();
        if all.is_empty() {
            return None;
        }
        // A literal is what the name was declared with, not what it may have been given since.
        let literal = |b: &Binding| matches!(b, Binding::Export(i) if matches!(source.module.exports[*i as usize].value.kind, Kind::Text(_) | Kind::Number(_) | Kind::Bool(_) | Kind::Nothing));
        if all.iter().all(literal) && source.names.has(&source.module, FunctionId::BODY, name) {
            return Some(self.at_the_end(module, name));
        }
        let found = all.into_iter().map(|b| self.binding(module, b)).collect();
        Some(self.agreed(found))
    }
    /// The module from which `export *` takes a name.
    fn passed_by_star(&self, start: ModuleId, name: &'a str) -> Result<ModuleId, Found<'a>> {
        let mut seen: HashSet<ModuleId> = HashSet::from([start]);
        let mut pending = vec![start];
        let mut outside = Vec::new();
        while let Some(id) = pending.pop() {
            let source = self.code.module(id);
            if id != start && source.names.exported(&source.module, name).next().is_some() {
                return Ok(id);
            }
            for star in source.names.stars.iter().rev() {
                match source.imports.get(*star as usize) {
                    Some(Resolved::Module(next)) if seen.contains(next) => {}
                    Some(Resolved::Module(next)) if seen.len() < MAX_STARS => {
                        seen.insert(*next);
                        pending.push(*next);
                    }
                    Some(Resolved::Package { name, rest }) => outside.push(At::Package(name, rest, '/')),
                    Some(_) => outside.push(At::Unknown),
                    None => {}
                }
            }
        }
        // Only one module of others that may have the name: it is from there.
        match outside.as_slice() {
            [package @ At::Package(..)] => Err(Found::at(*package).and(name)),
            _ => Err(Found::unknown()),
        }
    }
    /// What a name is once its module was run.
    fn at_the_end(&mut self, module: ModuleId, name: &'a str) -> Found<'a> {
        let end = self.code.module(module).module.functions.first().map_or(0, |f| f.at.end);
        self.look_up(module, FunctionId::BODY, name, Span { start: end, end })
    }
    /// A name at the top of a Python module, or a module within a package.
    fn global_of(&mut self, module: ModuleId, name: &'a str) -> Found<'a> {
        let source = self.code.module(module);
        if source.names.has(&source.module, FunctionId::BODY, name) {
            return self.at_the_end(module, name);
        }
        if let Some(folder) = source.path.strip_suffix("/__init__.py") {
            let found = self.within(module, folder.len(), name);
            if !found.is_nothing_known() {
                return found;
            }
        }
        self.taken_by_star(module, name).unwrap_or_else(Found::unknown)
    }
    /// What `from x import *` takes in under a name. None where no such import may have it.
    pub(super) fn taken_by_star(&mut self, module: ModuleId, name: &'a str) -> Option<Found<'a>> {
        if self.code.module(module).names.stars.is_empty() {
            return None;
        }
        let mut seen: HashSet<ModuleId> = HashSet::from([module]);
        let mut pending = vec![module];
        let mut outside = Vec::new();
        while let Some(id) = pending.pop() {
            let source = self.code.module(id);
            if id != module && source.names.has(&source.module, FunctionId::BODY, name) {
                return Some(self.exported(id, name));
            }
            for star in &source.names.stars {
                match source.imports.get(*star as usize) {
                    Some(Resolved::Module(next)) if seen.contains(next) => {}
                    Some(Resolved::Module(next)) if seen.len() < MAX_STARS => {
                        seen.insert(*next);
                        pending.push(*next);
                    }
                    Some(Resolved::Package { name, rest }) => outside.push(At::Package(name, rest, '.')),
                    Some(Resolved::Library(library)) => outside.push(At::Package(library, "", '.')),
                    Some(_) => outside.push(At::Unknown),
                    None => {}
                }
            }
        }
        match outside.as_slice() {
            _ if is_builtin(name) => None,
            [] => None,
            [package @ At::Package(..)] => Some(Found::at(*package).and(name)),
            _ => Some(Found::unknown()),
        }
    }
}

/// Whether a name is one of Python's own functions, which modules seldom hide.
pub(super) fn is_builtin(name: &str) -> bool {
    #[rustfmt::skip]
    const NAMES: &[&str] = &[
        "__import__", "abs", "all", "any", "bool", "bytes", "callable", "chr", "classmethod", "compile", "dict", "dir", "enumerate", "eval", "exec", "exit", "filter",
        "float", "format", "frozenset", "getattr", "globals", "hasattr", "hash", "hex", "id", "input", "int", "isinstance", "issubclass", "iter", "len", "list", "locals",
        "map", "max", "min", "next", "object", "open", "ord", "pow", "print", "property", "quit", "range", "repr", "reversed", "round", "set", "setattr", "slice",
        "sorted", "staticmethod", "str", "sum", "super", "tuple", "type", "vars", "zip",
    ];
    NAMES.binary_search(&name).is_ok()
}
