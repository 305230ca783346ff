//! What calls give back.

use plimsoll_source::{Call, Form, Kind, Value};

use super::super::names::import_of;
use super::super::{CallRef, FunctionRef, Resolved};
use super::{At, Follow, Found, Key};

/// Functions that give back their first argument, or a function that does the same.
#[rustfmt::skip]
const HANDED_ON: &[&str] = &[
    "Object.freeze", "Object.seal", "Promise.all", "Promise.resolve", "asgiref.sync.async_to_sync", "asgiref.sync.sync_to_async", "asyncio.gather", "asyncio.run",
    "asyncio.wait_for", "fastapi.Depends", "fastapi.Security", "functools.cache", "functools.lru_cache", "functools.partial", "next/cache.unstable_cache",
    "react.cache", "react.forwardRef", "react.memo", "react.useCallback", "typing.cast",
];

/// Functions that give an instance of the class that they are given.
const INJECTORS: &[&str] =
    &["@angular/core.inject", "@nestjs/core.NestFactory.create().get", "@nestjs/core.NestFactory.createApplicationContext().get"];

/// Packages whose applications and routers give themselves back.
const FLUENT: &[&str] = &[
    "express",
    "fastify",
    "koa",
    "@koa/router",
    "koa-router",
    "hono",
    "@hono/zod-openapi",
    "elysia",
    "polka",
    "restify",
    "find-my-way",
    "itty-router",
    "h3",
    "connect",
    "express-promise-router",
    "socket.io",
    "commander",
    "yargs",
];

/// Their methods that do.
#[rustfmt::skip]
const FLUENT_METHODS: &[&str] = &[
    "addHook", "addListener", "all", "decorate", "delete", "derive", "disable", "enable", "get", "guard", "head", "mount", "notFound", "onError", "onRequest", "openapi",
    "options", "param", "patch", "post", "prefix", "put", "register", "set", "setErrorHandler", "state", "use", "withTypeProvider", "ws",
];

impl<'a> Follow<'a> {
    /// What a call gives back.
    pub(super) fn called(&mut self, at: CallRef) -> Found<'a> {
        let code = self.code;
        let source = code.module(at.module);
        let Some(call) = source.module.call(at.call) else { return Found::unknown() };
        if call.form == Form::Element {
            return Found::at(At::Result(at));
        }
        let callee = self.value(at.module, call.function, &call.callee);
        if !callee.is_whole() {
            return self.method_called(at, call, callee);
        }
        match callee.base {
            At::Class(class) => Found::at(At::Instance(class)),
            At::Function(function) => self.result(function, at, call),
            At::Instance(class) => match self.class_member(class, "__call__", true) {
                Some(Found { base: At::Function(method), members }) if members.is_empty() => self.result(method, at, call),
                _ => Found::at(At::Result(at)),
            },
            At::Global("super") => self.parent(at.module, call.function),
            At::Global("require" | "import" | "__import__") => self.imported(at).unwrap_or_else(Found::unknown),
            At::Global("Proxy") if call.form == Form::New => self.proxied(at, call),
            At::Global(_) | At::Package(..) => self.handed_on(at, call, &callee).unwrap_or_else(|| Found::at(At::Result(at))),
            At::Written(..) | At::Module(_) | At::Folder(..) => Found::unknown(),
            At::Cycle => callee,
            At::Unknown | At::Result(_) | At::Typed(..) | At::Parameter(..) => Found::at(At::Result(at)),
        }
    }
    fn method_called(&mut self, at: CallRef, call: &'a Call, mut callee: Found<'a>) -> Found<'a> {
        let method = callee.members.last().copied().unwrap_or_default();
        match (callee.base, method) {
            (_, "bind") => {
                callee.members.pop();
                return callee;
            }
            (At::Function(function), "call" | "apply") if callee.members.len() == 1 => return self.returned(function),
            (At::Package("importlib", ..), "import_module") => return self.imported(at).unwrap_or_else(Found::unknown),
            (At::Package(..) | At::Global(_), _) => {
                if let Some(found) = self.handed_on(at, call, &callee) {
                    return found;
                }
            }
            (At::Result(_) | At::Typed(..), _) if callee.members.len() == 1 => {
                let mut receiver = callee.clone();
                receiver.members.pop();
                if self.is_fluent(&receiver, method) {
                    return receiver;
                }
                if let Some(found) = (method == "get").then(|| self.handed_on(at, call, &callee)).flatten() {
                    return found;
                }
            }
            (At::Written(..), _) => return Found::unknown(),
            _ => {}
        }
        Found::at(At::Result(at))
    }
    /// Whether a method of what a package made gives that back.
    fn is_fluent(&mut self, receiver: &Found<'a>, method: &str) -> bool {
        if matches!(method, "on" | "once" | "off") {
            return true;
        }
        if FLUENT_METHODS.binary_search(&method).is_err() {
            return false;
        }
        let name = self.name(receiver);
        name.is_some_and(|name| FLUENT.iter().any(|p| name.strip_prefix(p).is_some_and(|rest| rest.starts_with(['.', '(', '/']))))
    }
    /// What a function of a package gives back where that is what it is given.
    fn handed_on(&mut self, at: CallRef, call: &'a Call, callee: &Found<'a>) -> Option<Found<'a>> {
        // Names are made only where they may matter.
        let last = callee.members.last().copied().unwrap_or_default();
        if !INJECTORS.iter().chain(HANDED_ON).any(|n| n.strip_suffix(last).is_some_and(|n| n.ends_with('.'))) {
            return None;
        }
        let name = self.name(callee)?;
        if INJECTORS.contains(&name.as_str()) {
            let class = call.argument(0)?;
            let found = self.value(at.module, call.function, class);
            return match found.base {
                At::Class(class) if found.is_whole() => Some(Found::at(At::Instance(class))),
                At::Package(..) => Some(Found::at(At::Typed(at.module, call.function, class))),
                _ => None,
            };
        }
        if HANDED_ON.binary_search(&name.as_str()).is_err() {
            return None;
        }
        let index = usize::from(name == "typing.cast");
        Some(self.value(at.module, call.function, call.argument(index)?))
    }
    /// What stands behind a proxy that makes its target when it is first used: that whose members its `get` gives back.
    fn proxied(&mut self, at: CallRef, call: &'a Call) -> Found<'a> {
        let code = self.code;
        let (Some(target), Some(handler)) = (call.argument(0), call.argument(1)) else { return Found::unknown() };
        let handler = self.value(at.module, call.function, handler);
        let get = match self.member(handler, "get") {
            Found { base: At::Function(function), members } if members.is_empty() => function,
            _ => return self.value(at.module, call.function, target),
        };
        let source = code.module(get.module);
        let outcomes: Vec<u32> = source.names.returns(get.function).take(16).collect();
        let mut behind = Vec::new();
        for value in outcomes.into_iter().filter_map(|i| source.module.outcomes.get(i as usize)?.value.as_ref()) {
            let taken = self.value(get.module, get.function, value);
            behind.extend(self.taken_from(&taken));
        }
        match self.agreed(behind) {
            Found { base: At::Parameter(of, 0), members } if of == get && members.is_empty() => {
                self.value(at.module, call.function, target)
            }
            Found { base: At::Cycle, .. } => Found::unknown(),
            found => found,
        }
    }
    /// What a computed member was taken from: `client[name]`, `Reflect.get(client, name)`, either side of a choice.
    fn taken_from(&mut self, taken: &Found<'a>) -> Option<Found<'a>> {
        let code = self.code;
        match taken.base {
            At::Written(module, function, value) if taken.is_whole() => match &value.kind {
                Kind::Index(of, _) => Some(self.value(module, function, of)),
                Kind::Choice(three) => three.iter().skip(1).find_map(|side| {
                    let side = self.value(module, function, side);
                    if matches!(side.base, At::Written(_, _, Value { kind: Kind::Choice(_), .. })) { None } else { self.taken_from(&side) }
                }),
                _ => None,
            },
            At::Result(at) if taken.is_whole() => {
                let call = code.module(at.module).module.call(at.call)?;
                let of = call.argument(0).filter(|_| call.is("Reflect.get"))?;
                Some(self.value(at.module, call.function, of))
            }
            _ => None,
        }
    }
    /// The module that `require("x")`, `import("x")` take in.
    fn imported(&mut self, at: CallRef) -> Option<Found<'a>> {
        let code = self.code;
        let source = code.module(at.module);
        let index = import_of(&source.module, at.call)?;
        match source.imports.get(index)? {
            Resolved::Module(module) => Some(self.whole(*module)),
            Resolved::Package { name, rest } => Some(Found::at(At::Package(name, rest, '/'))),
            Resolved::Library(name) => Some(Found::at(At::Package(name, "", '/'))),
            _ => None,
        }
    }
    /// What a function of the tree gives back to a call of it.
    fn result(&mut self, function: FunctionRef, at: CallRef, call: &'a Call) -> Found<'a> {
        let found = self.returned(function);
        match found.base {
            // What it is given, it gives back.
            At::Parameter(of, index) if of == function => match self.argument(function, index, at, call) {
                Some(argument) => found.members.iter().fold(argument, |argument, member| self.member(argument, member)),
                None => found,
            },
            _ => found,
        }
    }
    /// What a function of the tree gives back, or yields.
    pub(super) fn returned(&mut self, function: FunctionRef) -> Found<'a> {
        self.once(Key::Returned(function), |f| {
            let code = f.code;
            let source = code.module(function.module);
            let own = code.function(function);
            let outcomes: Vec<&'a Value> = source
                .names
                .returns(function.function)
                .take(32)
                .filter_map(|i| source.module.outcomes.get(i as usize)?.value.as_ref())
                .collect();
            let values = outcomes.into_iter().map(|v| f.value(function.module, function.function, v)).collect();
            let found = f.agreed(values);
            let informative = !found.is_nothing_known() && !found.is_none() && !matches!(found.base, At::Parameter(..));
            if informative {
                return found;
            }
            let around = own.parent.unwrap_or(plimsoll_source::FunctionId::BODY);
            let annotated = own.returns.as_ref().and_then(|a| f.annotated(function.module, around, a));
            annotated.unwrap_or(found)
        })
    }
    /// The argument that a call hands to a parameter, or its default.
    pub(super) fn argument(&mut self, function: FunctionRef, index: u32, at: CallRef, call: &'a Call) -> Option<Found<'a>> {
        let code = self.code;
        let own = code.function(function);
        let parameter = own.parameters.get(index as usize)?;
        let named = call.arguments.iter().find(|a| a.name.is_some() && a.name.as_deref() == Some(&*parameter.name)).map(|a| &a.value);
        // What a method is called on is not among the arguments.
        let given = own.class.is_some() && own.parameters.first().is_some_and(|p| matches!(p.name.as_str(), "self" | "cls" | "this"));
        let place = (index as usize).checked_sub(usize::from(given))?;
        if let Some(value) = named.or_else(|| call.argument(place)) {
            return Some(self.value(at.module, call.function, value));
        }
        if call.arguments.iter().any(|a| matches!(a.value.kind, Kind::Spread(_))) {
            return None;
        }
        let default = parameter.default.as_ref()?;
        Some(self.value(function.module, function.function, default))
    }
}

#[cfg(test)]
mod table {
    #[test]
    fn tables_are_sorted() {
        assert!(super::HANDED_ON.is_sorted());
        assert!(super::FLUENT_METHODS.is_sorted());
    }
}
