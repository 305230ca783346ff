//! Express, and those that mount as it does: Connect, Polka, Restify.
//!
//! Middleware runs for what is put on after it. A router's own middleware runs for every request below its path, answered by it or not.

use plimsoll_source::{Kind, Operator};

use super::context::{Scoped, Script, verb};
use super::paths::{told, unwritten};
use super::stack::{Draft, Hub, Layer, Rules, Stacks};
use crate::code::{Base, CallRef, FunctionRef, Method, Wiring};

/// What makes applications and routers.
const MAKERS: &[(&str, &str)] = &[
    ("express", "express"),
    ("express", "express.Router"),
    ("express", "express-promise-router"),
    ("connect", "connect"),
    ("polka", "polka"),
    ("restify", "restify.createServer"),
    ("restify", "restify-router.Router"),
];

/// Middleware that answers by itself: the way into another framework.
pub(super) const ENDPOINTS: &[&str] = &[
    "@apollo/server/express4.expressMiddleware()",
    "@as-integrations/express4.expressMiddleware()",
    "@as-integrations/express5.expressMiddleware()",
    "@trpc/server/adapters/express.createExpressMiddleware()",
    "express-graphql.graphqlHTTP()",
    "express-graphql()",
    "graphql-http/lib/use/express.createHandler()",
    "graphql-yoga.createYoga()",
    "inngest/express.serve()",
    "postgraphile.postgraphile()",
];

fn kind(name: &str) -> Option<bool> {
    match name {
        "express()" | "express.Express()" | "express.Application()" | "express-serve-static-core.Express()" => Some(true),
        "connect()" | "polka()" | "polka.Polka()" | "restify.createServer()" | "restify.Server()" => Some(true),
        "express.Router()" | "express.IRouter()" | "express-promise-router()" | "restify-router.Router()" => Some(false),
        _ => None,
    }
}

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    for framework in ["express", "connect", "polka", "restify"] {
        let mut reader = Reader { stacks: Stacks::new(script, Rules { framework, named: true, kind }) };
        reader.read(framework, wiring);
    }
}

struct Reader<'a> {
    stacks: Stacks<'a>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, framework: &'static str, wiring: &mut Wiring) {
        let script = self.stacks.script;
        let makers = MAKERS.iter().filter(|(f, _)| *f == framework);
        for call in makers.flat_map(|(_, name)| script.code.calls_of(name)) {
            self.stacks.declare(Hub::Made(*call));
        }
        for (of, method, at) in script.methods(framework) {
            let route = of.strip_suffix(".route()");
            if kind(route.unwrap_or(of)).is_none() {
                continue;
            }
            match route {
                Some(_) => self.on_route(method, at),
                None => self.on_hub(method, at, wiring),
            }
        }
        for at in ["apollo-server-express.ApolloServer().applyMiddleware"].iter().flat_map(|n| script.code.calls_of(n)) {
            self.apollo(*at);
        }
        if !self.stacks.is_empty() {
            self.stacks.find_live();
        }
        let stacks = std::mem::replace(self, Self { stacks: Stacks::new(script, Rules { framework, named: true, kind }) }).stacks;
        stacks.tell(wiring);
    }
    fn on_hub(&mut self, method: &str, at: CallRef, wiring: &mut Wiring) {
        let script = self.stacks.script;
        let Some(hub) = script.receiver(at).and_then(|r| self.stacks.hub(r)) else { return };
        match method {
            "use" | "pre" | "applyRoutes" => {
                for arguments in script.rounds(at) {
                    self.used(hub, at, &arguments, wiring);
                }
            }
            "listen" => self.stacks.serve(hub),
            "ws" => self.routes(hub, at, Method::Socket),
            _ => {
                if let Some(verb) = verb(method) {
                    self.routes(hub, at, verb);
                }
            }
        }
    }
    fn used(&mut self, hub: Hub, at: CallRef, arguments: &[Scoped<'a>], wiring: &mut Wiring) {
        let script = self.stacks.script;
        let (paths, rest) = match arguments.split_first() {
            Some((first, rest)) if !rest.is_empty() => match self.paths(*first) {
                Some(paths) => (paths, rest),
                None => (vec![String::new()], arguments),
            },
            _ => (vec![String::new()], arguments),
        };
        let layers: Vec<Scoped<'a>> = rest.iter().flat_map(|a| script.elements(*a)).collect();
        for path in paths {
            for layer in &layers {
                // `router.applyRoutes(server, prefix)` of Restify is the other way round for its reader, but mounts the receiver: both are hubs.
                if let Some(inner) = self.stacks.hub(*layer) {
                    self.stacks.put(hub, at, Layer::Router { path: path.clone(), hub: inner, open: true });
                    continue;
                }
                let guard = script.guard(*layer);
                let prefix = Some(path.as_str()).filter(|p| !p.is_empty() && *p != "/").and_then(told);
                let mounted = self.stacks.mounted(hub, at, prefix, guard.clone());
                wiring.mounted.push(mounted);
                if guard.function.is_some_and(|f| parameters(script, f) >= 4) {
                    continue;
                }
                if ENDPOINTS.contains(&guard.name.as_str()) {
                    let handler = script.handler(*layer);
                    let draft = Draft::new(script.code, at, Method::Any, path.clone(), Vec::new(), handler);
                    self.stacks.put(hub, at, Layer::Route(draft));
                    continue;
                }
                self.stacks.put(hub, at, Layer::Guard { path: path.clone(), whole: false, guard });
            }
        }
    }
    fn routes(&mut self, hub: Hub, at: CallRef, method: Method) {
        for arguments in self.stacks.script.rounds(at) {
            // `app.get("setting")` asks for a setting.
            let Some((first, rest)) = arguments.split_first().filter(|(_, rest)| !rest.is_empty()) else { continue };
            for path in self.paths(*first).unwrap_or_else(|| vec![unwritten(first.value.span.start)]) {
                self.route(hub, at, method, path, rest);
            }
        }
    }
    /// `router.route("/x").get(a).post(b)`.
    fn on_route(&mut self, method: &str, at: CallRef) {
        let script = self.stacks.script;
        let Some(Base::Result(route)) = script.receiver(at).and_then(|r| script.base(r)) else { return };
        let (Some(method), Some(hub)) = (verb(method), script.receiver(route).and_then(|r| self.stacks.hub(r))) else { return };
        let Some(first) = script.argument(route, 0) else { return };
        let arguments: Vec<Scoped<'a>> = script.code.call(at).arguments.iter().map(|a| script.scoped(at, &a.value)).collect();
        for path in self.paths(first).unwrap_or_else(|| vec![unwritten(first.value.span.start)]) {
            self.route(hub, at, method, path, &arguments);
        }
    }
    fn route(&mut self, hub: Hub, at: CallRef, method: Method, path: String, arguments: &[Scoped<'a>]) {
        let script = self.stacks.script;
        let mut layers: Vec<Scoped<'a>> = arguments.iter().flat_map(|a| script.elements(*a)).collect();
        let Some(last) = layers.pop() else { return };
        let handler = script.handler(last);
        // `app.all("/api/*", check)`: what goes on to the next is no answer.
        if method == Method::Any && handler.function.is_some_and(|f| parameters(script, f) >= 3) {
            layers.push(last);
            for guard in layers.into_iter().map(|l| script.guard(l)) {
                self.stacks.put(hub, at, Layer::Guard { path: path.clone(), whole: true, guard });
            }
            return;
        }
        let guards = layers.into_iter().map(|l| script.guard(l)).collect();
        let draft = Draft::new(script.code, at, method, path, guards, handler);
        self.stacks.put(hub, at, Layer::Route(draft));
    }
    /// `server.applyMiddleware({ app, path })`.
    fn apollo(&mut self, at: CallRef) {
        let script = self.stacks.script;
        let Some(hub) = script.option(at, "app").and_then(|v| self.stacks.hub(v)) else { return };
        let path = match script.option(at, "path") {
            Some(path) => script.text(path).unwrap_or_else(|| unwritten(path.value.span.start)),
            None => "/graphql".to_owned(),
        };
        let draft = Draft::new(script.code, at, Method::Any, path, Vec::new(), super::context::Handler::default());
        self.stacks.put(hub, at, Layer::Route(draft));
    }
    /// The paths that a first argument is, where it is one.
    fn paths(&self, first: Scoped<'a>) -> Option<Vec<String>> {
        path_argument(self.stacks.script, first)
    }
}

/// The paths that an argument is, where it is no middleware: those that are not written are unlike all others.
pub(super) fn path_argument<'a>(script: Script<'a>, first: Scoped<'a>) -> Option<Vec<String>> {
    let unknown = || unwritten(first.value.span.start);
    if let Some(text) = script.text(first) {
        return Some(vec![text]);
    }
    match &script.written(first).value.kind {
        Kind::Pattern(_) | Kind::Template(_) | Kind::Binary(Operator::Add, ..) => return Some(vec![unknown()]),
        Kind::List(_) => {
            let elements = script.elements(first);
            let is_path = |e: &Scoped<'a>| script.text(*e).is_some() || matches!(e.value.kind, Kind::Pattern(_) | Kind::Template(_));
            let all = !elements.is_empty() && elements.iter().all(is_path);
            return all.then(|| elements.into_iter().map(|e| script.text(e).unwrap_or_else(|| unwritten(e.value.span.start))).collect());
        }
        _ => {}
    }
    let last = match &first.value.kind {
        Kind::Name(name) | Kind::Member(_, name) => name.to_ascii_lowercase(),
        Kind::Binary(..) => return Some(vec![unknown()]),
        _ => return None,
    };
    // A setting that is read elsewhere; a path all the same where its name says so.
    let unknown_value = matches!(script.base(first), None | Some(Base::Unknown | Base::Written(..) | Base::Parameter(..)));
    let names_path = ["path", "prefix", "url", "root", "route", "base", "endpoint", "version"].iter().any(|w| last.ends_with(w));
    (unknown_value && names_path).then(|| vec![unknown()])
}

/// How many parameters a function has.
pub(super) fn parameters(script: Script, function: FunctionRef) -> usize {
    script.code.function(function).parameters.len()
}
