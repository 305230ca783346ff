//! Members of values: of modules, classes, objects that are written out, and what is assigned to names.

use plimsoll_source::{Dialect, FunctionId, Kind, Value};

use super::super::names::Binding;
use super::super::{FunctionRef, ModuleId};
use super::{At, Follow, Found, Key};

impl<'a> Follow<'a> {
    /// A member of a value.
    pub(super) fn member(&mut self, of: Found<'a>, name: &'a str) -> Found<'a> {
        if !of.is_whole() {
            return of.and(name);
        }
        match of.base {
            At::Unknown | At::Cycle => of,
            At::Module(module) => self.exported(module, name),
            At::Folder(module, length) => self.within(module, length, name),
            At::Class(class) => self.class_member(class, name, false).unwrap_or_else(|| of.and(name)),
            At::Instance(class) => self.class_member(class, name, true).unwrap_or_else(|| of.and(name)),
            At::Package(_, "", _) if name == "default" => of,
            // `this` and `window` of a browser's page, and Node's own: what they hold is global.
            At::Global("globalThis" | "window" | "global") if is_of_language(name) => Found::at(At::Global(name)),
            At::Written(module, function, value) if value.spreads() => {
                let found = self.once(Key::Entry(module, value.span.start, name), |f| {
                    f.entry(module, function, value, name).unwrap_or_else(|| Found::at(of.base).and(name))
                });
                if found.base == At::Cycle { of.and(name) } else { found }
            }
            At::Written(module, function, value) => match value.get(name) {
                Some(value) => self.value(module, function, value),
                None => of.and(name),
            },
            At::Function(function) if self.is_getter(function, name) => {
                let got = self.returned(function);
                self.member(got, name)
            }
            _ => of.and(name),
        }
    }
    /// Whether a method of a script is one that is read like a field: it takes nothing, and something is taken of it that functions do not have.
    fn is_getter(&self, function: FunctionRef, member: &str) -> bool {
        let own = self.code.function(function);
        own.class.is_some()
            && own.parameters.is_empty()
            && self.code.module(function.module).dialect != Dialect::Python
            && !matches!(member, "call" | "apply" | "bind" | "name" | "length" | "prototype")
    }
    /// What a module assigns to a member of one of its names.
    pub(super) fn assigned_member(&mut self, module: ModuleId, root: &'a str, name: &'a str) -> Option<Found<'a>> {
        let source = self.code.module(module);
        let bindings: Vec<Binding> = source.names.places(&source.module, root, name).take(8).collect();
        let found: Vec<Found<'a>> = bindings.into_iter().map(|b| self.binding(module, b)).collect();
        let found = self.agreed(found);
        (!found.is_nothing_known()).then_some(found)
    }
    /// An entry of an object that is written out, or of one that it takes in.
    fn entry(&mut self, module: ModuleId, function: FunctionId, object: &'a Value, name: &'a str) -> Option<Found<'a>> {
        for entry in object.entries().iter().rev() {
            if entry.key.as_deref() == Some(name) {
                return Some(self.value(module, function, &entry.value));
            }
            if let Kind::Spread(inner) = &entry.value.kind {
                let inner = self.value(module, function, inner);
                let found = self.member(inner, name);
                if found.is_nothing_known() {
                    return Some(Found::unknown());
                }
                // What is taken in without that entry leaves it to what stands before.
                if !matches!(found.base, At::Written(..)) || found.is_whole() {
                    return Some(found);
                }
            }
        }
        None
    }
    /// What a pattern takes from a value: the path of keys, `*` for what is left.
    pub(super) fn part(&mut self, of: Found<'a>, path: &'a str) -> Found<'a> {
        if path == "*" {
            return of;
        }
        path.split('.').fold(of, |of, key| match (of.base, key.parse::<u16>()) {
            (At::Written(..), Ok(index)) if of.is_whole() => self.element(of, f64::from(index)),
            _ => self.member(of, key),
        })
    }
    /// An element of a list.
    pub(super) fn element(&mut self, of: Found<'a>, index: f64) -> Found<'a> {
        let list = match of.base {
            At::Written(module, function, value) if of.is_whole() => value.list().map(|list| (module, function, list)),
            _ => None,
        };
        let Some((module, function, list)) = list else { return if of.is_whole() { Found::unknown() } else { of.and("[]") } };
        let spread = list.iter().any(|v| matches!(v.kind, Kind::Spread(_)));
        let place = if index < 0.0 { list.len() as f64 + index } else { index };
        match list.get(place as usize).filter(|_| !spread && place >= 0.0) {
            Some(element) => self.value(module, function, element),
            None => Found::unknown(),
        }
    }
}

/// Whether the tree may have put a member where none was found: not on what packages give, whose members are named by themselves.
pub(super) fn keeps_members(found: &Found<'_>) -> bool {
    match found.base {
        At::Written(..) | At::Function(_) | At::Class(_) => !found.is_whole(),
        At::Global("globalThis" | "window" | "global") => !found.is_whole(),
        At::Unknown => true,
        _ => false,
    }
}

/// Whether a name is a global of the language or its runtimes that objects such as `globalThis` hold.
fn is_of_language(name: &str) -> bool {
    #[rustfmt::skip]
    const NAMES: &[&str] = &[
        "AbortController", "AbortSignal", "Array", "Blob", "Boolean", "Buffer", "Date", "Error", "EventSource", "FormData", "Function", "Headers", "Intl", "JSON",
        "Map", "Math", "Number", "Object", "Promise", "Proxy", "Reflect", "RegExp", "Request", "Response", "Set", "String", "Symbol", "URL",
        "URLSearchParams", "WebSocket", "Worker", "XMLHttpRequest", "addEventListener", "alert", "atob", "btoa", "clearInterval", "clearTimeout",
        "confirm", "console", "crypto", "document", "eval", "fetch", "history", "indexedDB", "localStorage", "location", "navigator", "open", "parseFloat",
        "parseInt", "performance", "postMessage", "process", "queueMicrotask", "requestAnimationFrame", "require", "sessionStorage", "setImmediate",
        "setInterval", "setTimeout", "structuredClone",
    ];
    NAMES.binary_search(&name).is_ok()
}

#[cfg(test)]
mod table {
    #[test]
    fn globals_of_the_language_are_found() {
        assert!(["fetch", "AbortController", "setTimeout", "open"].iter().all(|n| super::is_of_language(n)));
        assert!(!super::is_of_language("prisma"));
    }
}
