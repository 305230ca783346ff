//! Members of classes of the tree, and what the classes extend.

use std::collections::HashSet;

use plimsoll_source::{Dialect, FunctionId, Kind, Value};

use super::super::names::{Binding, own_class};
use super::super::{ClassRef, FunctionRef, ModuleId};
use super::{At, Follow, Found, Key};

/// Classes that one may extend, directly or not.
const MAX_CLASSES: usize = 64;

impl<'a> Follow<'a> {
    /// A member of a class, or of its instances, as far as the tree says what it is.
    pub(super) fn class_member(&mut self, class: ClassRef, name: &'a str, instance: bool) -> Option<Found<'a>> {
        let owner = self.owner(class, name)?;
        Some(self.once(Key::Member(owner, name, instance), |f| f.own_member(owner, name, instance)))
    }
    /// The class that declares a member: the class itself, or the nearest that it extends.
    fn owner(&mut self, class: ClassRef, name: &'a str) -> Option<ClassRef> {
        self.line(class).into_iter().find(|c| {
            let source = self.code.module(c.module);
            source.names.members(&source.module, c.class, name).next().is_some() || constructor_takes(self, *c, name).is_some()
        })
    }
    /// A class and those of the tree that it extends, the nearest first.
    fn line(&mut self, class: ClassRef) -> Vec<ClassRef> {
        let code = self.code;
        let mut line = vec![class];
        let mut seen: HashSet<ClassRef> = HashSet::from([class]);
        let mut next = 0;
        while let Some(class) = line.get(next).copied().filter(|_| line.len() < MAX_CLASSES) {
            next += 1;
            for base in self.bases_of(code.class(class), class) {
                if let (At::Class(base), true) = (base.base, base.members.is_empty())
                    && seen.insert(base)
                {
                    line.push(base);
                }
            }
        }
        line
    }
    fn bases_of(&mut self, of: &'a plimsoll_source::Class, class: ClassRef) -> Vec<Found<'a>> {
        of.bases.iter().map(|base| self.value(class.module, of.function, unsubscripted(base))).collect()
    }
    fn own_member(&mut self, class: ClassRef, name: &'a str, instance: bool) -> Found<'a> {
        let code = self.code;
        let source = code.module(class.module);
        let bindings: Vec<Binding> = source.names.members(&source.module, class.class, name).collect();
        if let Some(method) = bindings.iter().find_map(|b| if let Binding::Method(f) = b { Some(*f) } else { None }) {
            let function = FunctionRef { module: class.module, function: method };
            return if instance && is_property(&code.function(function).decorators) {
                self.returned(function)
            } else {
                Found::at(At::Function(function))
            };
        }
        let mut found = Vec::new();
        for binding in &bindings {
            match binding {
                Binding::Class(inner) => return Found::at(At::Class(ClassRef { module: class.module, class: *inner })),
                Binding::Field(_, index) => match self.field(class, *index, instance) {
                    Some(field) => found.push(field),
                    // A value that the constructor may replace: it stays a member.
                    None => return Found::at(if instance { At::Instance(class) } else { At::Class(class) }).and(name),
                },
                Binding::Assigned(..) => found.push(self.binding(class.module, *binding)),
                _ => {}
            }
        }
        if bindings.is_empty()
            && let Some((constructor, index)) = constructor_takes(self, class, name)
        {
            found.push(self.parameter(constructor, index));
        }
        match self.agreed(found) {
            nothing if nothing.is_none() || nothing.base == At::Cycle => Found::unknown(),
            found => found,
        }
    }
    /// What a field holds: its value, else what its annotation says.
    fn field(&mut self, class: ClassRef, index: u32, instance: bool) -> Option<Found<'a>> {
        let source = self.code.module(class.module);
        let own = self.code.class(class);
        let field = own.fields.get(index as usize)?;
        let annotated = field.annotation.as_ref().and_then(|a| self.annotated(class.module, own.function, a));
        let value = field.default.as_ref().map(|v| self.value(class.module, own.function, v));
        if source.dialect == Dialect::Python && field.annotation.is_some() && instance {
            // Such fields are what the constructor takes: the value is but a default. Its arguments are of use where its type is the same.
            return match (value, annotated) {
                (Some(value), Some(annotated)) if self.agree(&value, &annotated) => Some(value),
                (_, annotated) => annotated,
            };
        }
        match value {
            Some(value) if !value.is_none() && !value.is_nothing_known() => Some(value),
            // A declaration without a value leaves it to what is assigned.
            value => Some(annotated.or(value).unwrap_or_else(|| Found::at(At::Cycle))),
        }
    }
    /// What a class extends that is not of the tree.
    pub(in super::super) fn outer_base(&mut self, class: ClassRef) -> Option<Found<'a>> {
        let found = self.once(Key::Base(class), |f| f.search_base(class));
        (!found.is_nothing_known()).then_some(found)
    }
    fn search_base(&mut self, class: ClassRef) -> Found<'a> {
        let code = self.code;
        let mut outer: Vec<Found<'a>> = Vec::new();
        for class in self.line(class) {
            let bases = self.bases_of(code.class(class), class);
            let named = bases.into_iter().filter(|b| match b.base {
                At::Package("typing" | "typing_extensions" | "abc" | "collections.abc", ..) => false,
                At::Package(..) | At::Result(_) => true,
                At::Global(name) => b.members.is_empty() && !matches!(name, "object" | "Object"),
                _ => false,
            });
            let before = outer.len();
            outer.extend(named);
            // In Python the last one is the main one, by the custom of those that mix in.
            if outer.len() > before {
                break;
            }
        }
        // Of a script it is the first: interfaces follow it.
        let script = code.module(class.module).dialect != Dialect::Python;
        (if script { outer.into_iter().next() } else { outer.pop() }).unwrap_or_else(Found::unknown)
    }
    /// What `super` is in a method: an instance of what the class extends.
    pub(super) fn parent(&mut self, module: ModuleId, function: FunctionId) -> Found<'a> {
        let code = self.code;
        let class = ["this", "self", "cls"].iter().find_map(|name| own_class(&code.module(module).module, function, name));
        let Some(class) = class else { return Found::unknown() };
        self.parent_of(ClassRef { module, class })
    }
    fn parent_of(&mut self, class: ClassRef) -> Found<'a> {
        let code = self.code;
        let own = code.class(class);
        let script = code.module(class.module).dialect != Dialect::Python;
        let base = if script { own.bases.first() } else { own.bases.last() };
        let Some(base) = base.map(unsubscripted) else { return Found::unknown() };
        let found = self.value(class.module, own.function, base);
        match found.base {
            At::Class(base) if found.is_whole() => Found::at(At::Instance(base)),
            At::Package(..) => Found::at(At::Typed(class.module, own.function, base)),
            _ => Found::unknown(),
        }
    }
}

/// `Generic` of `Generic[T]`.
fn unsubscripted(base: &Value) -> &Value {
    match &base.kind {
        Kind::Index(of, _) => of,
        _ => base,
    }
}

/// The parameter of a script's constructor that has a member's name and is declared to be it, or may be.
fn constructor_takes(follow: &Follow<'_>, class: ClassRef, name: &str) -> Option<(FunctionRef, u32)> {
    let source = follow.code.module(class.module);
    if source.dialect == Dialect::Python {
        return None;
    }
    let method = source.names.members(&source.module, class.class, "constructor").find_map(|b| match b {
        Binding::Method(function) => Some(function),
        _ => None,
    })?;
    let index = source.module.function(method)?.parameters.iter().position(|p| p.name == name)?;
    Some((FunctionRef { module: class.module, function: method }, u32::try_from(index).ok()?))
}

/// Whether a method is read as if it were a field.
fn is_property(decorators: &[Value]) -> bool {
    decorators.iter().any(|d| {
        let last = match &d.kind {
            Kind::Name(name) | Kind::Member(_, name) => name.as_str(),
            _ => return false,
        };
        matches!(last, "property" | "cached_property" | "computed_field" | "hybrid_property" | "classproperty" | "getter")
    })
}
