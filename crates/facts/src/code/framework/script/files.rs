//! Frameworks that find routes by where files lie.

use std::collections::BTreeSet;

use plimsoll_source::FunctionId;

use super::context::{Handler, Scoped, Script};
use crate::code::names::Binding;
use crate::code::{Guard, Method, ModuleId, Resolved, Route, SourceModule};

/// A name that a module gives out, with what it is.
#[derive(Clone, Copy)]
pub(super) struct GivenOut<'a> {
    pub(super) module: ModuleId,
    pub(super) name: &'a str,
    /// What it is; none where it is handed on from a package.
    pub(super) value: Option<Scoped<'a>>,
    /// The package from which it is handed on.
    pub(super) package: Option<&'a Resolved>,
    pub(super) at: plimsoll_base::Span,
}

impl<'a> Script<'a> {
    /// All names that a module gives out, in the order of the text, those of `module.exports = { … }` as `*` only.
    pub(super) fn all_given_out(self, module: ModuleId) -> Vec<GivenOut<'a>> {
        let source = self.code.module(module);
        let own = source.module.exports.iter().map(|export| GivenOut {
            module,
            name: &export.name,
            value: Some(Scoped { module, function: FunctionId::BODY, value: &export.value }),
            package: None,
            at: export.at,
        });
        let passed = source.module.imports.iter().zip(&source.imports).filter_map(|(import, to)| {
            let name = import.local.as_deref().filter(|l| import.kind == plimsoll_source::ImportKind::ReExport && *l != "*")?;
            let (value, package) = match to {
                Resolved::Module(from) => (self.given_out(*from, import.name.as_deref()?, 0), None),
                other => (None, Some(other)),
            };
            Some(GivenOut { module, name, value, package, at: import.at })
        });
        let mut all: Vec<GivenOut<'a>> = own.chain(passed).collect();
        all.sort_by_key(|e| e.at.start);
        all
    }
    /// What a module gives out under a name, `module.exports` for `default`.
    pub(super) fn one_given_out(self, module: ModuleId, name: &str) -> Option<GivenOut<'a>> {
        let all = self.all_given_out(module);
        let found = all.iter().rev().find(|e| e.name == name);
        found.or_else(|| all.iter().rev().find(|e| e.name == "*" && name == "default")).copied()
    }
    /// What answers under a name that a module gives out.
    pub(super) fn handler_of(self, given: GivenOut<'a>) -> Handler {
        match given.value {
            Some(value) => {
                let mut handler = self.handler(value);
                // `export const { GET, POST } = serve(…)`: the text says only what made them.
                if handler.function.is_none() && handler.guards.is_empty() {
                    handler.function = match self.code.exported(given.module, given.name) {
                        origin if origin.members.is_empty() => match origin.base {
                            crate::code::Base::Function(function) => Some(function),
                            _ => None,
                        },
                        _ => None,
                    };
                }
                handler
            }
            None => Handler::default(),
        }
    }
    /// What a name given out as a middleware is: with the function that runs, the call that made it, and its name.
    pub(super) fn guard_given_out(self, given: GivenOut<'a>) -> Guard {
        let scope = crate::code::FunctionRef { module: given.module, function: FunctionId::BODY };
        let at = self.code.location(given.module, given.at);
        let Some(value) = given.value else {
            let name = match given.package {
                Some(Resolved::Package { name, rest }) if rest.is_empty() => name.clone(),
                Some(Resolved::Package { name, rest }) => format!("{name}/{rest}"),
                _ => given.name.to_owned(),
            };
            return Guard { name, function: None, class: None, made: None, at, scope };
        };
        let mut guard = self.guard(value);
        let handler = self.handler(value);
        guard.function = handler.function.or(guard.function);
        if let Some(outer) = handler.guards.into_iter().next() {
            guard.name = outer.name;
            guard.made = outer.made;
        }
        Guard { at, scope, ..guard }
    }
    /// The folders in which modules stand that take in a package.
    pub(super) fn folders_using(self, package: &str) -> BTreeSet<&'a str> {
        let uses = |source: &SourceModule| source.imports.iter().any(|r| matches!(r, Resolved::Package { name, .. } if name == package));
        self.code.modules().filter(|(_, m)| uses(m)).map(|(_, m)| crate::folder_of(&m.path)).collect()
    }
    /// The function that an export of a module is, as seen by whoever only knows names.
    pub(super) fn has_given_out(self, module: ModuleId, name: &str) -> bool {
        let source = self.code.module(module);
        source.names.exported(&source.module, name).any(|b| matches!(b, Binding::Export(_) | Binding::Import(_)))
    }
}

/// Whether a folder, or one below it, is among some.
pub(super) fn any_below(folders: &BTreeSet<&str>, root: &str) -> bool {
    if root.is_empty() {
        return !folders.is_empty();
    }
    folders.contains(root) || folders.range(format!("{root}/").as_str()..).next().is_some_and(|f| f.strip_prefix(root).is_some_and(|r| r.starts_with('/')))
}

/// A file's path without the extension of a script, and the extension; none for other files.
pub(super) fn stem(path: &str) -> Option<(&str, &str)> {
    let (stem, extension) = path.rsplit_once('.')?;
    matches!(extension, "js" | "jsx" | "ts" | "tsx" | "mjs" | "mts" | "cjs" | "cts").then_some((stem, extension))
}

/// Puts a route together that a convention mounts.
pub(super) fn route(script: Script, given: GivenOut, framework: &'static str, method: Method, path: Option<String>, before: &[Guard]) -> Route {
    let handler = script.handler_of(given);
    Route {
        method,
        path,
        handler: handler.function,
        class: None,
        guards: before.iter().cloned().chain(handler.guards).collect(),
        module: given.module,
        at: script.code.location(given.module, given.at),
        framework,
        mounts: Vec::new(),
        mounted: true,
    }
}

/// The verbs that handlers of routes are given out as.
pub(super) const VERBS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What is known of a route that no router mounts.
pub(super) struct RouteParts {
    pub(super) framework: &'static str,
    pub(super) method: Method,
    pub(super) path: Option<String>,
    pub(super) handler: Option<crate::code::FunctionRef>,
    pub(super) guards: Vec<Guard>,
    pub(super) mounted: bool,
}

impl RouteParts {
    /// The route that a call declares.
    pub(super) fn at(self, script: Script, call: crate::code::CallRef) -> Route {
        self.of(call.module, script.code.call_at(call))
    }
    /// The route that a place of a module declares.
    pub(super) fn of(self, module: ModuleId, at: plimsoll_base::Location) -> Route {
        Route {
            method: self.method,
            path: self.path,
            handler: self.handler,
            class: None,
            guards: self.guards,
            module,
            at,
            framework: self.framework,
            mounts: Vec::new(),
            mounted: self.mounted,
        }
    }
}
