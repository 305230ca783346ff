//! The server of aiohttp: routes that are added, listed or decorated, middleware, applications within one another.

use plimsoll_source::Value;

use super::hub::{Hub, Hubs, Mount, join};
use super::python::{Python, Scoped, verb};
use crate::code::{CallRef, FunctionRef, Guard, Method, Mounted, Route, Wiring};

const FRAMEWORK: &str = "aiohttp";

const APPLICATION: &str = "aiohttp.web.Application()";
const TABLE: &str = "aiohttp.web.RouteTableDef()";

/// Reads all of it.
pub(super) fn wire(python: &Python, wiring: &mut Wiring) {
    let mut reader = Reader { python, hubs: Hubs::default(), mounted: Vec::new() };
    for at in python.code.calls_of("aiohttp.web.Application") {
        reader.application(*at);
    }
    for at in python.code.calls_of("aiohttp.web.RouteTableDef") {
        reader.hubs.entry(Hub::Made(*at));
    }
    let calls: Vec<(&str, &str, CallRef)> = python.methods("aiohttp.web.").collect();
    for (of, method, at) in &calls {
        reader.wired(of, method, *at);
    }
    for (of, method, at) in &calls {
        reader.routes(of, method, *at, wiring);
    }
    wiring.mounted.extend(reader.mounted);
}

struct Reader<'p, 'a> {
    python: &'p Python<'a>,
    hubs: Hubs,
    mounted: Vec<Mounted>,
}

impl<'a> Reader<'_, 'a> {
    fn application(&mut self, at: CallRef) {
        let python = self.python;
        let hub = Hub::Made(at);
        self.hubs.entry(hub).application = true;
        let listed = python.code.call(at).keyword("middlewares").map(|v| python.list(python.scoped(at, v))).unwrap_or_default();
        for element in listed {
            self.middleware(hub, python.guard(element), at);
        }
    }
    fn middleware(&mut self, hub: Hub, guard: Guard, by: CallRef) {
        let code = self.python.code;
        self.hubs.entry(hub).guards.push(guard.clone());
        let (module, function) = (by.module, code.call(by).function);
        self.mounted.push(Mounted { guard, prefix: None, on: hub.at(code), application: true, framework: FRAMEWORK, module, function });
    }
    fn hub(&self, of: Scoped) -> Option<(Hub, Vec<String>)> {
        Hub::of(self.python.code, of.module, of.function, of.value)
    }
    /// The application that a method is called on, `app.x` or `app.router.x`; where only an annotation tells it, the one that there is.
    fn receiver(&self, at: CallRef) -> Option<Hub> {
        let receiver = self.python.code.call(at).receiver()?;
        let known = self.hub(self.python.scoped(at, receiver)).map(|(hub, _)| hub).filter(|hub| self.hubs.known.contains_key(hub));
        known.or_else(|| self.hubs.only_application())
    }
    fn wired(&mut self, of: &str, method: &str, at: CallRef) {
        let python = self.python;
        let call = python.code.call(at);
        let Some(on) = self.receiver(at).filter(|_| of.starts_with(APPLICATION)) else { return };
        match (method, call.argument(0), call.argument(1)) {
            ("add_subapp", Some(prefix), Some(child)) => {
                let prefix = python.text(python.scoped(at, prefix));
                if let Some((child, _)) = self.hub(python.scoped(at, child)) {
                    self.hubs.entry(child).mounts.push(Mount { on, prefix, guards: Vec::new() });
                }
            }
            ("append", Some(value), _) if of.ends_with(".middlewares") => self.middleware(on, python.guard(python.scoped(at, value)), at),
            // `app.add_routes(routes)` of a table, whose routes are read where they are decorated.
            ("add_routes", Some(value), _) => {
                if let Some((table, _)) = self.hub(python.scoped(at, value)) {
                    self.hubs.entry(table).mounts.push(Mount { on, prefix: Some(String::new()), guards: Vec::new() });
                }
            }
            _ => {}
        }
    }
    fn routes(&self, of: &str, method: &str, at: CallRef, wiring: &mut Wiring) {
        let python = self.python;
        let call = python.code.call(at);
        if of == TABLE {
            let Some(function) = python.decorated(at) else { return };
            let table = call.receiver().and_then(|r| self.hub(python.scoped(at, r))).map(|(hub, _)| hub);
            let scope = FunctionRef { module: at.module, function: call.function };
            let name = python.code.function(function).name.to_string();
            let handler = Guard { name, function: Some(function), class: None, made: None, at: python.code.call_at(at), scope };
            return self.route(at, table, method, &handler, call.argument(0), wiring);
        }
        if !of.starts_with(APPLICATION) {
            return;
        }
        let on = self.receiver(at);
        if method == "add_routes" {
            let listed = call.argument(0).map(|v| python.list(python.scoped(at, v))).unwrap_or_default();
            for element in listed {
                let Some(made) = python.call_of(element) else { continue };
                let inner = python.code.call(made);
                let (Some(word), Some(handler)) = (inner.method(), inner.argument(1)) else { continue };
                self.route(made, on, word, &python.guard(python.scoped(made, handler)), inner.argument(0), wiring);
            }
        } else if let Some(word) = method.strip_prefix("add_") {
            let place = if word == "route" { 1 } else { 0 };
            let Some(handler) = call.argument(place + 1).or_else(|| call.keyword("handler")) else { return };
            let word = match word {
                "route" => call.argument(0).and_then(|v| python.text(python.scoped(at, v))).unwrap_or_default(),
                other => other.to_owned(),
            };
            self.route(at, on, &word, &python.guard(python.scoped(at, handler)), call.argument(place), wiring);
        }
    }
    fn route(&self, at: CallRef, on: Option<Hub>, word: &str, handler: &Guard, path: Option<&'a Value>, wiring: &mut Wiring) {
        let python = self.python;
        let method = match word {
            "*" | "view" => Method::Any,
            _ => match verb(word) {
                Some(method) => method,
                None => return,
            },
        };
        let path = path.and_then(|v| python.text(python.scoped(at, v)));
        let own = handler
            .function
            .map(|f| python.decorators(f, |call| python.code.callee(call).is_some_and(|n| n.starts_with(TABLE))))
            .unwrap_or_default();
        let ways = on.map(|hub| self.hubs.ways(python.code, hub)).unwrap_or_default();
        for way in ways {
            wiring.routes.push(Route {
                method,
                path: way.prefix.as_ref().zip(path.as_ref()).map(|(prefix, path)| join(prefix, path)),
                handler: handler.function,
                class: handler.class,
                guards: [&way.guards[..], &own].concat(),
                module: at.module,
                at: python.code.call_at(at),
                framework: FRAMEWORK,
                mounts: way.mounts,
                mounted: way.mounted,
            });
        }
    }
}
