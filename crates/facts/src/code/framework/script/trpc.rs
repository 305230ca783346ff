//! tRPC: procedures by the names of the routers around them, and the middleware that their builders add.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Location;

use super::context::{Scoped, Script};
use crate::code::{Base, CallRef, Guard, Method, Route, Wiring};

const FRAMEWORK: &str = "trpc";

/// Routers within one another.
const MAX_NESTING: usize = 24;

/// Procedures that are told.
const MAX_PROCEDURES: usize = 20_000;

/// What answers requests with a router, which is its option `router`.
const ADAPTERS: &[&str] = &[
    "@trpc/server/adapters/aws-lambda.awsLambdaRequestHandler",
    "@trpc/server/adapters/express.createExpressMiddleware",
    "@trpc/server/adapters/fetch.fetchRequestHandler",
    "@trpc/server/adapters/next-app-dir.experimental_createServerActionHandler",
    "@trpc/server/adapters/next.createNextApiHandler",
    "@trpc/server/adapters/node-http.createHTTPHandler",
    "@trpc/server/adapters/standalone.createHTTPHandler",
    "@trpc/server/adapters/standalone.createHTTPServer",
    "@trpc/server/adapters/ws.applyWSSHandler",
    "@hono/trpc-server.trpcServer",
];

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    let names: Vec<(&str, &str, CallRef)> = script.methods("@trpc/server.initTRPC").collect();
    let routers: BTreeSet<CallRef> = names.iter().filter(|(_, method, _)| matches!(*method, "router" | "mergeRouters")).map(|(.., at)| *at).collect();
    if routers.is_empty() {
        return;
    }
    let mut reader = Reader { script, routers, served: BTreeMap::new(), told: BTreeSet::new() };
    reader.serve();
    let roots: Vec<(CallRef, String)> = reader.served.iter().map(|(at, path)| (*at, path.clone())).collect();
    for (root, path) in roots {
        reader.router(root, &path, &mut vec![root], true, wiring);
    }
    // Routers that nothing serves, whole before part.
    let nested = reader.nested();
    for outermost in [true, false] {
        for at in reader.routers.clone() {
            if !reader.told.contains(&at) && !(outermost && nested.contains(&at)) {
                reader.router(at, "", &mut vec![at], false, wiring);
            }
        }
    }
}

struct Reader<'a> {
    script: Script<'a>,
    routers: BTreeSet<CallRef>,
    /// Routers that an adapter serves, with the path before their procedures.
    served: BTreeMap<CallRef, String>,
    told: BTreeSet<CallRef>,
}

impl<'a> Reader<'a> {
    fn serve(&mut self) {
        let script = self.script;
        let mut adapters: Vec<CallRef> = ADAPTERS.iter().flat_map(|name| script.code.calls_of(name)).copied().collect();
        // `fastify.register(fastifyTRPCPlugin, { prefix, trpcOptions: { router } })`.
        let registers = script.methods("fastify").filter(|(_, method, _)| *method == "register").map(|(.., at)| at);
        adapters.extend(registers);
        for at in adapters {
            let options = script.option(at, "trpcOptions").map(|o| script.written(o));
            let router = script.option(at, "router").or_else(|| options.and_then(|o| Some(o.with(o.value.get("router")?))));
            let Some(router) = router.and_then(|r| self.router_of(r)) else { continue };
            let path = ["endpoint", "prefix", "basePath"].iter().find_map(|k| script.text(script.option(at, k)?));
            let known = self.served.entry(router).or_default();
            if known.is_empty() {
                *known = path.unwrap_or_default();
            }
        }
    }
    fn router_of(&self, of: Scoped<'a>) -> Option<CallRef> {
        match self.script.base(of) {
            Some(Base::Result(call)) if self.routers.contains(&call) => Some(call),
            _ => None,
        }
    }
    /// The routers that others take in.
    fn nested(&self) -> BTreeSet<CallRef> {
        let mut found = BTreeSet::new();
        for at in &self.routers {
            for argument in self.script.arguments(*at) {
                let object = self.script.written(argument);
                let values = object.value.entries().iter().map(|e| object.with(&e.value)).chain([argument]);
                found.extend(values.filter_map(|v| self.router_of(v)).filter(|inner| inner != at));
            }
        }
        found
    }
    fn router(&mut self, at: CallRef, path: &str, around: &mut Vec<CallRef>, mounted: bool, wiring: &mut Wiring) {
        self.told.insert(at);
        for argument in self.script.arguments(at) {
            match self.router_of(argument) {
                // `mergeRouters(a, b)`.
                Some(inner) => self.within(inner, path, around, mounted, wiring),
                None => self.entries(argument, path, around, mounted, wiring),
            }
        }
    }
    fn within(&mut self, inner: CallRef, path: &str, around: &mut Vec<CallRef>, mounted: bool, wiring: &mut Wiring) {
        if around.len() < MAX_NESTING && !around.contains(&inner) {
            around.push(inner);
            self.router(inner, path, around, mounted, wiring);
            around.pop();
        }
    }
    fn entries(&mut self, object: Scoped<'a>, path: &str, around: &mut Vec<CallRef>, mounted: bool, wiring: &mut Wiring) {
        let script = self.script;
        let object = script.written(object);
        for entry in object.value.entries() {
            let value = object.with(&entry.value);
            if wiring.routes.len() >= MAX_PROCEDURES {
                return;
            }
            let Some(key) = &entry.key else {
                if let plimsoll_source::Kind::Spread(inner) = &entry.value.kind {
                    self.spread(object.with(inner), path, around, mounted, wiring);
                }
                continue;
            };
            // Names are joined with dots, behind the path of the endpoint.
            let joined = match path.rsplit('/').next() {
                Some("") | None => format!("{path}{key}"),
                Some(_) if path.starts_with('/') && !path.contains('\u{1}') => format!("{path}/\u{1}{key}"),
                Some(_) => format!("{path}.{key}"),
            };
            if let Some(inner) = self.router_of(value) {
                self.within(inner, &joined, around, mounted, wiring);
                continue;
            }
            let declared = script.declared(value);
            match declared.call() {
                Some(call) => self.procedure(call, &joined, around, mounted, wiring),
                None if around.len() < MAX_NESTING && !declared.value.entries().is_empty() => {
                    around.push(around[around.len() - 1]);
                    self.entries(declared, &joined, around, mounted, wiring);
                    around.pop();
                }
                None => {}
            }
        }
    }
    fn spread(&mut self, of: Scoped<'a>, path: &str, around: &mut Vec<CallRef>, mounted: bool, wiring: &mut Wiring) {
        if around.len() < MAX_NESTING {
            around.push(around[around.len() - 1]);
            self.entries(of, path, around, mounted, wiring);
            around.pop();
        }
    }
    /// A middleware is known by the name that the tree gives it: all of them are made by `t.middleware`.
    fn rename(&self, guard: &mut Guard) {
        let made = guard.made.filter(|m| matches!(self.script.code.call(*m).method(), Some("middleware" | "experimental_standaloneMiddleware")));
        let Some(made) = made else { return };
        let source = &self.script.code.module(made.module).module;
        let named = source.assignments.iter().find_map(|a| match &a.target {
            plimsoll_source::Target::Name(name) if a.value.kind == plimsoll_source::Kind::Call(made.call) => Some(name.to_string()),
            _ => None,
        });
        if let Some(name) = named {
            guard.name = name;
        }
    }
    fn procedure(&mut self, call: CallRef, path: &str, around: &[CallRef], mounted: bool, wiring: &mut Wiring) {
        let script = self.script;
        let method = match script.code.call(call).method() {
            Some("query") => Method::Get,
            Some("mutation") => Method::Action,
            Some("subscription") => Method::Socket,
            _ => return,
        };
        let handler = script.argument(call, 0).map(|h| script.handler(h)).unwrap_or_default();
        let mut guards: Vec<Guard> = script.chained(call, &["input"]).into_iter().chain(handler.guards).collect();
        guards.iter_mut().for_each(|g| self.rename(g));
        let mounts: Vec<Location> = around.iter().map(|r| script.code.call_at(*r)).collect();
        wiring.routes.push(Route {
            method,
            path: Some(path.replace('\u{1}', "")),
            handler: handler.function,
            class: None,
            guards,
            module: call.module,
            at: script.code.call_at(call),
            framework: FRAMEWORK,
            mounts,
            mounted,
        });
    }
}
