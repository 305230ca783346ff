//! FastAPI and Starlette: decorators, `include_router`, `mount`, dependencies, middleware.
//!
//! What runs before a handler: middleware of the application (the last added outermost), dependencies of the application, of the routers and
//! mountings on the way, of the route, of the handler's parameters with their own, and further decorators.

use std::collections::BTreeSet;

use plimsoll_source::{FunctionId, Kind, Value};

use super::hub::{Hub, Hubs, Mount, looped};
use super::python::{Python, Scoped, verb};
use crate::code::{Base, CallRef, Code, FunctionRef, Guard, Method, Mounted, Route, Wiring};

const FRAMEWORK: &str = "fastapi";

/// Dependencies of dependencies that are followed.
const MAX_DEPENDENCIES: usize = 64;

/// Reads all of it.
pub(super) fn wire(python: &Python, wiring: &mut Wiring) {
    let mut reader = Reader { python, hubs: Hubs::default(), middleware: Vec::new() };
    let calls: Vec<(Kindred, &str, CallRef)> = ["fastapi.", "starlette."]
        .into_iter()
        .flat_map(|package| python.methods(package))
        .filter_map(|(of, method, call)| Some((kindred(of)?, method, call)))
        .collect();
    reader.made();
    for (kindred, method, call) in &calls {
        reader.wired(*kindred, method, *call);
    }
    reader.finish_middleware();
    for (kindred, method, call) in &calls {
        reader.routes(*kindred, method, *call, wiring);
    }
    reader.starlette_routes(wiring);
    wiring.mounted.extend(reader.middleware.into_iter().map(|(_, mounted)| mounted));
}

/// Whether an instance is an application or a router.
#[derive(Clone, Copy, PartialEq)]
enum Kindred {
    Application,
    Router,
}

fn kindred(instance: &str) -> Option<Kindred> {
    match instance {
        "fastapi.FastAPI()" | "fastapi.applications.FastAPI()" | "starlette.applications.Starlette()" => Some(Kindred::Application),
        "fastapi.APIRouter()" | "fastapi.routing.APIRouter()" | "starlette.routing.Router()" => Some(Kindred::Router),
        _ => None,
    }
}

struct Reader<'p, 'a> {
    python: &'p Python<'a>,
    hubs: Hubs,
    /// Middleware of applications in the order of adding.
    middleware: Vec<(Hub, Mounted)>,
}

impl<'a> Reader<'_, 'a> {
    /// What is said where applications and routers are made.
    fn made(&mut self) {
        let code = self.python.code;
        for name in [
            "fastapi.FastAPI",
            "fastapi.applications.FastAPI",
            "starlette.applications.Starlette",
            "fastapi.APIRouter",
            "fastapi.routing.APIRouter",
            "starlette.routing.Router",
        ] {
            let application = kindred(&format!("{name}()")) == Some(Kindred::Application);
            for at in code.calls_of(name) {
                self.declare(Hub::Made(*at), application, *at);
            }
        }
    }
    fn declare(&mut self, hub: Hub, application: bool, at: CallRef) {
        let code: &'a Code = self.python.code;
        let call = code.call(at);
        let guards = self.dependencies_in(at, "dependencies");
        let prefix = match call.keyword("prefix") {
            Some(value) if !application => self.python.text(self.python.scoped(at, value)),
            _ => Some(String::new()),
        };
        let known = self.hubs.entry(hub);
        known.application = application;
        known.prefix = prefix;
        known.guards = guards;
        // `middleware=[Middleware(CORSMiddleware, …)]`: the first is outermost.
        let listed = call.keyword("middleware").map(|v| self.python.list(self.python.scoped(at, v))).unwrap_or_default();
        for element in listed.into_iter().rev() {
            let Some(made) = self.python.call_of(element) else { continue };
            if let Some(class) = code.call(made).argument(0) {
                let mut guard = self.python.guard(self.python.scoped(made, class));
                guard.made = Some(made);
                self.add_middleware(hub, guard, at);
            }
        }
    }
    /// The application or router that a method is called on; for a parameter that only its annotation explains, the one application there is.
    fn receiver(&self, kindred: Kindred, at: CallRef) -> Option<Hub> {
        let code = self.python.code;
        let call = code.call(at);
        let found = Hub::of(code, at.module, call.function, call.receiver()?);
        match found {
            Some((hub, members)) if members.is_empty() => Some(hub),
            _ if kindred == Kindred::Application => self.hubs.only_application(),
            _ => None,
        }
    }
    /// Mountings and middleware.
    fn wired(&mut self, kindred: Kindred, method: &str, at: CallRef) {
        let python = self.python;
        let call = python.code.call(at);
        let Some(on) = self.receiver(kindred, at) else { return };
        if let Hub::Of(_) = on {
            self.hubs.entry(on).application = kindred == Kindred::Application;
        }
        match method {
            "include_router" | "mount" => {
                let (router, prefix) = match method {
                    "mount" => (call.argument(1).or_else(|| call.keyword("app")), call.argument(0).or_else(|| call.keyword("path"))),
                    _ => (call.argument(0).or_else(|| call.keyword("router")), call.keyword("prefix")),
                };
                let Some(router) = router else { return };
                let prefix = match prefix {
                    Some(value) => python.text(python.scoped(at, value)),
                    None => Some(String::new()),
                };
                let guards = self.dependencies_in(at, "dependencies");
                for hub in self.routers(python.scoped(at, router)) {
                    let known = self.hubs.entry(hub);
                    known.mounts.push(Mount { on, prefix: prefix.clone(), guards: guards.clone() });
                }
            }
            "add_middleware" => {
                if let Some(class) = call.argument(0).or_else(|| call.keyword("middleware_class")) {
                    let mut guard = python.guard(python.scoped(at, class));
                    guard.made = Some(at);
                    guard.at = python.code.call_at(at);
                    self.add_middleware(on, guard, at);
                }
            }
            "middleware" => {
                if let Some(function) = python.decorated(at) {
                    let guard = decorated(python.code, function, at);
                    self.add_middleware(on, guard, at);
                }
            }
            _ => {}
        }
    }
    /// The routers that a value stands for, several where it runs over a list.
    fn routers(&self, of: Scoped) -> Vec<Hub> {
        let code = self.python.code;
        let one = |module, function, value: &Value| {
            Hub::of(code, module, function, value).filter(|(_, members)| members.is_empty()).map(|(hub, _)| hub)
        };
        match one(of.module, of.function, of.value) {
            Some(hub) => vec![hub],
            None => looped(code, of.module, of.function, of.value).into_iter().filter_map(|(m, f, v)| one(m, f, v)).collect(),
        }
    }
    fn add_middleware(&mut self, on: Hub, guard: Guard, by: CallRef) {
        let code = self.python.code;
        let application = self.hubs.entry(on).application;
        let (module, function) = (by.module, code.call(by).function);
        let mounted = Mounted { guard, prefix: None, on: on.at(code), application, framework: FRAMEWORK, module, function };
        self.middleware.push((on, mounted));
    }
    /// Middleware runs before dependencies, what was added last runs first.
    fn finish_middleware(&mut self) {
        for (on, mounted) in &self.middleware {
            self.hubs.entry(*on).guards.insert(0, mounted.guard.clone());
        }
    }

    fn routes(&self, kindred: Kindred, method: &str, at: CallRef, wiring: &mut Wiring) {
        let python = self.python;
        let call = python.code.call(at);
        let declared = call.argument(0).or_else(|| call.keyword("path"));
        let added = match method {
            "add_api_route" | "add_route" | "add_websocket_route" | "add_api_websocket_route" => true,
            "api_route" | "route" | "websocket" | "websocket_route" => false,
            _ if verb(method).is_some() => false,
            _ => return,
        };
        let handler = match added {
            true => call.argument(1).or_else(|| call.keyword("endpoint")).map(|v| python.guard(python.scoped(at, v))),
            false => python.decorated(at).map(|function| decorated(python.code, function, at)),
        };
        let Some(handler) = handler else { return };
        let methods = match method {
            "websocket" | "websocket_route" | "add_websocket_route" | "add_api_websocket_route" => vec![Method::Socket],
            _ => match verb(method) {
                Some(verb) => vec![verb],
                None => self.listed(at, call.keyword("methods")),
            },
        };
        let path = declared.and_then(|v| python.text(python.scoped(at, v)));
        let own = self.dependencies_in(at, "dependencies");
        let on = self.receiver(kindred, at);
        self.push(&Declared { at, path, handler, methods, own, on }, wiring);
    }
    /// `methods=["GET", "POST"]`; reading where it is not written.
    fn listed(&self, at: CallRef, value: Option<&'a Value>) -> Vec<Method> {
        let Some(value) = value else { return vec![Method::Get] };
        let listed = self.python.list(self.python.scoped(at, value));
        let methods: Vec<Method> = listed.into_iter().filter_map(|v| verb(&self.python.text(v)?)).collect();
        if methods.is_empty() { vec![Method::Any] } else { methods }
    }
    fn push(&self, declared: &Declared, wiring: &mut Wiring) {
        let python = self.python;
        let handler = declared.handler.function;
        let mut before = declared.own.clone();
        if let Some(handler) = handler {
            before.extend(self.dependencies_of(handler));
            before.extend(python.decorators(handler, |call| self.declares(call)));
        }
        let ways = declared.on.map(|hub| self.hubs.ways(python.code, hub)).unwrap_or_default();
        for method in &declared.methods {
            let route = |path, guards, mounts, mounted| Route {
                method: *method,
                path,
                handler,
                class: declared.handler.class,
                guards,
                module: declared.at.module,
                at: python.code.call_at(declared.at),
                framework: FRAMEWORK,
                mounts,
                mounted,
            };
            if ways.is_empty() {
                wiring.routes.push(route(None, before.clone(), Vec::new(), false));
            }
            for way in &ways {
                // FastAPI puts prefixes and paths together as they are written.
                let path = way.prefix.as_ref().zip(declared.path.as_ref()).map(|(prefix, path)| super::hub::join(prefix, path));
                let guards = [&way.guards[..], &before].concat();
                wiring.routes.push(route(path, guards, way.mounts.clone(), way.mounted));
            }
        }
    }
    /// Whether a decorator's call declares a route or something else of an application.
    fn declares(&self, call: CallRef) -> bool {
        self.python.code.callee(call).and_then(|name| name.rsplit_once('.')).is_some_and(|(of, _)| kindred(of).is_some())
    }
    /// `Starlette(routes=[Route("/", f), Mount("/x", routes=[…]), Mount("/y", app=z)])`.
    fn starlette_routes(&self, wiring: &mut Wiring) {
        let python = self.python;
        for hub in self.hubs.known.keys() {
            let Hub::Made(made) = *hub else { continue };
            if let Some(routes) = python.code.call(made).keyword("routes") {
                self.listed_routes(*hub, "", python.scoped(made, routes), 0, wiring);
            }
        }
    }
    fn listed_routes(&self, on: Hub, prefix: &str, routes: Scoped<'a>, depth: usize, wiring: &mut Wiring) {
        let python = self.python;
        for element in python.list(routes).into_iter().take(1000) {
            let Some(at) = python.call_of(element) else { continue };
            let call = python.code.call(at);
            let path = call.argument(0).or_else(|| call.keyword("path")).and_then(|v| python.text(python.scoped(at, v)));
            let path = path.map(|path| super::hub::join(prefix, &path));
            match call.method() {
                Some("Mount") if depth < 8 => {
                    if let (Some(path), Some(routes)) = (path, call.keyword("routes")) {
                        self.listed_routes(on, &path, python.scoped(at, routes), depth + 1, wiring);
                    }
                }
                Some(name @ ("Route" | "WebSocketRoute")) => {
                    let Some(endpoint) = call.argument(1).or_else(|| call.keyword("endpoint")) else { continue };
                    let handler = python.guard(python.scoped(at, endpoint));
                    let methods = if name == "Route" { self.listed(at, call.keyword("methods")) } else { vec![Method::Socket] };
                    self.push(&Declared { at, path, handler, methods, own: Vec::new(), on: Some(on) }, wiring);
                }
                _ => {}
            }
        }
    }

    /// `dependencies=[Depends(f)]` of a call.
    fn dependencies_in(&self, at: CallRef, keyword: &str) -> Vec<Guard> {
        let python = self.python;
        let Some(value) = python.code.call(at).keyword(keyword) else { return Vec::new() };
        let mut seen = BTreeSet::new();
        let mut guards = Vec::new();
        for element in python.list(python.scoped(at, value)) {
            self.dependency(element, None, &mut seen, &mut guards);
        }
        guards
    }
    /// The dependencies of a function's parameters with their own, what runs first standing first.
    fn dependencies_of(&self, function: FunctionRef) -> Vec<Guard> {
        let mut guards = Vec::new();
        self.parameters(function, &mut BTreeSet::from([function]), &mut guards);
        guards
    }
    fn parameters(&self, at: FunctionRef, seen: &mut BTreeSet<FunctionRef>, guards: &mut Vec<Guard>) {
        let code: &'a Code = self.python.code;
        let function = code.function(at);
        let around = function.parent.unwrap_or(FunctionId::BODY);
        for parameter in &function.parameters {
            let scoped = |value| Scoped { module: at.module, function: around, value };
            let annotation = parameter.annotation.as_ref().map(scoped);
            if let Some(default) = &parameter.default {
                self.dependency(scoped(default), annotation, seen, guards);
            }
            if let Some(annotation) = annotation {
                self.annotated(annotation, seen, guards);
            }
        }
    }
    /// `Annotated[X, Depends(f)]`, also behind a name of its own.
    fn annotated(&self, annotation: Scoped<'a>, seen: &mut BTreeSet<FunctionRef>, guards: &mut Vec<Guard>) {
        let annotation = self.python.written(annotation);
        let Kind::Index(of, Some(by)) = &annotation.value.kind else { return };
        let is_annotated = matches!(&of.kind, Kind::Name(name) | Kind::Member(_, name) if name == "Annotated");
        if let (true, Some([kind, metadata @ ..])) = (is_annotated, by.list()) {
            for value in metadata {
                self.dependency(annotation.with(value), Some(annotation.with(kind)), seen, guards);
            }
        }
    }
    /// `Depends(f)`, `Security(f)`, `Depends()` of an annotated class.
    fn dependency(&self, value: Scoped<'a>, annotation: Option<Scoped<'a>>, seen: &mut BTreeSet<FunctionRef>, guards: &mut Vec<Guard>) {
        let python = self.python;
        let value = python.written(value);
        let Some(at) = python.call_of(value) else { return };
        let call = python.code.call(at);
        if !matches!(call.method(), Some("Depends" | "Security")) || guards.len() >= MAX_DEPENDENCIES {
            return;
        }
        let given = call.argument(0).or_else(|| call.keyword("dependency")).map(|v| python.scoped(at, v));
        let Some(given) = given.or(annotation) else { return };
        let mut guard = python.guard(given);
        guard.at = python.code.call_at(at);
        // A dependency runs once for each request, however often it is asked for.
        if guard.function.is_some() && guards.iter().any(|g| g.function == guard.function && g.made == guard.made) {
            return;
        }
        let runs = match python.base(given) {
            Some(Base::Class(class)) => python.method(class, "__init__"),
            _ => guard.function,
        };
        if let Some(function) = runs
            && seen.insert(function)
        {
            self.parameters(function, seen, guards);
        }
        guards.push(guard);
    }
}

/// A route as it is declared.
struct Declared {
    at: CallRef,
    path: Option<String>,
    handler: Guard,
    methods: Vec<Method>,
    own: Vec<Guard>,
    on: Option<Hub>,
}

/// A function as a guard, by the call that decorates it.
fn decorated(code: &Code, function: FunctionRef, by: CallRef) -> Guard {
    Guard {
        name: code.function(function).name.to_string(),
        function: Some(function),
        class: None,
        made: Some(by),
        at: code.call_at(by),
        scope: FunctionRef { module: by.module, function: code.call(by).function },
    }
}
