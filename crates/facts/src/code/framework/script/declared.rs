//! Where names are declared: the expression itself, with the calls that following a value would look through.

use std::collections::{BTreeSet, VecDeque};

use plimsoll_source::{FunctionId, Kind, Parameter, Target};

use super::context::{Scoped, Script};
use crate::code::names::{Binding, WHOLE};
use crate::code::{Base, FunctionRef, ModuleId, Resolved};

/// Names that stand for names.
const MAX_DEPTH: usize = 12;

/// Modules of which all names are passed on that are looked at for one name.
const MAX_STARS: usize = 1_000;

impl<'a> Script<'a> {
    /// The expression that a name or member is declared as, imports followed, calls not: what `code.origin` looks through is seen here.
    pub(super) fn declared(self, of: Scoped<'a>) -> Scoped<'a> {
        let mut of = of;
        for _ in 0..MAX_DEPTH {
            let next = match &of.value.kind {
                Kind::Name(name) => self.named(of, name),
                Kind::Member(object, name) => self.member(of.with(object), name),
                _ => None,
            };
            match next {
                Some(next) if !std::ptr::eq(next.value, of.value) => of = next,
                _ => break,
            }
        }
        of
    }
    fn named(self, of: Scoped<'a>, name: &'a str) -> Option<Scoped<'a>> {
        let source = self.code.module(of.module);
        for scope in source.module.enclosing(of.function) {
            let mut bindings = source.names.of(&source.module, scope, name);
            let Some(binding) = bindings.next() else { continue };
            return if bindings.next().is_none() { self.bound(of.module, binding) } else { None };
        }
        None
    }
    fn bound(self, module: ModuleId, binding: Binding) -> Option<Scoped<'a>> {
        let source = self.code.module(module);
        match binding {
            Binding::Assigned(index, part) => {
                let assignment = source.module.assignments.get(index as usize)?;
                let whole = Scoped { module, function: assignment.function, value: &assignment.value };
                match &assignment.target {
                    Target::Name(_) | Target::Place(_) => Some(whole),
                    Target::Parts(parts) => self.member(whole, &parts.get(part as usize)?.0),
                    Target::Elements(_) => None,
                }
            }
            Binding::Import(index) => {
                let name = source.module.imports.get(index as usize)?.name.as_deref()?;
                match source.imports.get(index as usize)? {
                    Resolved::Module(module) => self.given_out(*module, name, 0),
                    _ => None,
                }
            }
            Binding::Export(index) => {
                Some(Scoped { module, function: FunctionId::BODY, value: &source.module.exports.get(index as usize)?.value })
            }
            Binding::Field(class, index) => {
                let field: &'a Parameter = source.module.class(class)?.fields.get(index as usize)?;
                let function = source.module.class(class)?.function;
                Some(Scoped { module, function, value: field.default.as_ref()? })
            }
            _ => None,
        }
    }
    /// What a module gives out under a name, by itself or by those of which it passes all names on.
    pub(super) fn given_out(self, module: ModuleId, name: &'a str, depth: usize) -> Option<Scoped<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut pending = VecDeque::from([module]);
        let mut seen = BTreeSet::from([module]);
        while let Some(module) = pending.pop_front() {
            let source = self.code.module(module);
            if let Some(binding) = source.names.exported(&source.module, name).next() {
                let Binding::Import(index) = binding else { return self.bound(module, binding) };
                let original = source.module.imports.get(index as usize)?.name.as_deref()?;
                return match source.imports.get(index as usize)? {
                    Resolved::Module(next) => self.given_out(*next, original, depth + 1),
                    _ => None,
                };
            }
            if let Some(export) = source.module.exports.iter().rev().find(|e| e.name == "*") {
                let whole = Scoped { module, function: FunctionId::BODY, value: &export.value };
                return if matches!(name, "default" | "*") { Some(whole) } else { self.member(whole, name) };
            }
            for star in &source.names.stars {
                if let Some(Resolved::Module(next)) = source.imports.get(*star as usize)
                    && seen.len() < MAX_STARS
                    && seen.insert(*next)
                {
                    pending.push_back(*next);
                }
            }
        }
        None
    }
    fn member(self, object: Scoped<'a>, name: &'a str) -> Option<Scoped<'a>> {
        let origin = self.origin(object);
        if !origin.members.is_empty() {
            return None;
        }
        match origin.base {
            Base::Module(module) => self.given_out(module, name, 0),
            Base::Instance(class) | Base::Class(class) => {
                let source = self.code.module(class.module);
                let binding = source.names.members(&source.module, class.class, name).find(|b| !matches!(b, Binding::Method(_)))?;
                self.bound(class.module, binding)
            }
            Base::Written(..) => {
                let object = self.written(object);
                Some(object.with(object.value.get(name)?))
            }
            _ => None,
        }
    }
    /// The parameter of a function around that a value is just the name of.
    pub(super) fn parameter(self, of: Scoped) -> Option<(FunctionRef, u32)> {
        let Kind::Name(name) = &of.value.kind else { return None };
        let source = self.code.module(of.module);
        for scope in source.module.enclosing(of.function) {
            let mut bindings = source.names.of(&source.module, scope, name);
            match bindings.next() {
                Some(Binding::Parameter(function, index, WHOLE)) => {
                    return Some((FunctionRef { module: of.module, function }, u32::from(index)));
                }
                Some(_) => return None,
                None => {}
            }
        }
        None
    }
}
