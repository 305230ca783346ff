//! Hono: routes and middleware in the order of the text; a middleware's path takes what is below it only with `*`.

use super::context::{Handler, Scoped, Script, verb};
use super::express::path_argument;
use super::paths::{told, unwritten};
use super::stack::{Draft, Hub, Layer, Rules, Stacks};
use crate::code::{CallRef, Guard, Method, Wiring};

const MAKERS: &[&str] = &[
    "hono.Hono",
    "hono/quick.Hono",
    "hono/tiny.Hono",
    "@hono/zod-openapi.OpenAPIHono",
    "hono/factory.createFactory().createApp",
];

fn kind(name: &str) -> Option<bool> {
    let made = name.strip_suffix("()")?;
    let made = made.strip_suffix("().basePath").unwrap_or(made);
    MAKERS.contains(&made).then_some(true)
}

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    let mut reader = Reader { stacks: Stacks::new(script, Rules { framework: "hono", named: false, kind }) };
    for at in MAKERS.iter().flat_map(|name| script.code.calls_of(name)) {
        reader.stacks.declare(Hub::Made(*at));
    }
    let mut based = Vec::new();
    for beginning in ["hono", "@hono/zod-openapi"] {
        for (of, method, at) in script.methods(beginning) {
            if kind(of).is_none() {
                continue;
            }
            let Some(hub) = script.receiver(at).and_then(|r| reader.stacks.hub(r)) else { continue };
            if method == "basePath" {
                // What it gives back is the same application below a path.
                let path = script.argument(at, 0).map_or_else(String::new, |p| script.text(p).unwrap_or_else(|| unwritten(p.value.span.start)));
                reader.stacks.put(hub, at, Layer::Router { path, hub: Hub::Made(at), open: true });
                based.push((hub, Hub::Made(at)));
                continue;
            }
            for arguments in script.rounds(at) {
                reader.on_hub(hub, method, at, &arguments, wiring);
            }
        }
    }
    if !reader.stacks.is_empty() {
        reader.stacks.find_live();
    }
    for (outer, inner) in based.into_iter().rev() {
        if reader.stacks.is_live(inner) {
            reader.stacks.serve(outer);
        }
    }
    reader.stacks.tell(wiring);
}

struct Reader<'a> {
    stacks: Stacks<'a>,
}

impl<'a> Reader<'a> {
    fn on_hub(&mut self, hub: Hub, method: &str, at: CallRef, arguments: &[Scoped<'a>], wiring: &mut Wiring) {
        let script = self.stacks.script;
        match method {
            "use" => {
                let path = arguments.first().and_then(|f| path_argument(script, *f));
                let rest = if path.is_some() { &arguments[1..] } else { arguments };
                let whole = path.is_some();
                for path in path.unwrap_or_else(|| vec!["*".to_owned()]) {
                    for layer in rest.iter().flat_map(|a| script.elements(*a)) {
                        let guard = script.guard(layer);
                        let prefix = Some(path.trim_end_matches('*').trim_end_matches('/')).filter(|p| !p.is_empty()).and_then(told);
                        let mounted = self.stacks.mounted(hub, at, prefix, guard.clone());
                        wiring.mounted.push(mounted);
                        self.stacks.put(hub, at, Layer::Guard { path: path.clone(), whole, guard });
                    }
                }
            }
            "route" => {
                let [path, inner, ..] = arguments else { return };
                if let Some(inner) = self.stacks.hub(*inner) {
                    let path = script.text(*path).unwrap_or_else(|| unwritten(path.value.span.start));
                    self.stacks.put(hub, at, Layer::Router { path, hub: inner, open: true });
                }
            }
            "on" => {
                let [methods, paths, rest @ ..] = arguments else { return };
                for method in script.texts(*methods).unwrap_or_default().iter().filter_map(|m| verb(m)) {
                    self.route(hub, at, method, *paths, rest);
                }
            }
            "mount" => {
                if let Some((path, rest)) = arguments.split_first() {
                    self.route(hub, at, Method::Any, *path, rest);
                }
            }
            "openapi" => self.described(hub, at, arguments),
            "onError" | "notFound" => {
                if let Some(handler) = arguments.first() {
                    let guard = Guard { name: format!("hono.Hono().{method}"), ..script.guard(*handler) };
                    let mounted = self.stacks.mounted(hub, at, None, guard);
                    wiring.mounted.push(mounted);
                }
            }
            _ => {
                if let (Some(verb), Some((path, rest))) = (verb(method), arguments.split_first()) {
                    self.route(hub, at, verb, *path, rest);
                }
            }
        }
    }
    fn route(&mut self, hub: Hub, at: CallRef, method: Method, path: Scoped<'a>, rest: &[Scoped<'a>]) {
        let script = self.stacks.script;
        let paths = path_argument(script, path);
        // `app.get(handler)` takes all paths.
        let layers = if paths.is_none() { std::iter::once(&path).chain(rest).collect::<Vec<_>>() } else { rest.iter().collect() };
        let mut layers: Vec<Scoped<'a>> = layers.into_iter().flat_map(|a| script.elements(*a)).collect();
        let Some(last) = layers.pop() else { return };
        for path in paths.unwrap_or_else(|| vec!["*".to_owned()]) {
            let guards = layers.iter().map(|l| script.guard(*l)).collect();
            let draft = Draft::new(script.code, at, method, path, guards, script.handler(last));
            self.stacks.put(hub, at, Layer::Route(draft));
        }
    }
    /// `app.openapi(createRoute({ method, path, middleware, request }), handler)`.
    fn described(&mut self, hub: Hub, at: CallRef, arguments: &[Scoped<'a>]) {
        let script = self.stacks.script;
        let [description, rest @ ..] = arguments else { return };
        let Some(made) = script.declared(*description).call() else { return };
        let method = script.option(made, "method").and_then(|v| script.text(v)).and_then(|m| verb(&m));
        let Some(path) = script.option(made, "path") else { return };
        let path = script.text(path).unwrap_or_else(|| unwritten(path.value.span.start));
        let mut guards: Vec<Guard> = script.option(made, "middleware").map(|m| script.guards(m)).unwrap_or_default();
        if let Some(request) = script.option(made, "request") {
            guards.push(Guard { name: "@hono/zod-openapi.createRoute({request})".to_owned(), made: Some(made), ..script.guard(request) });
        }
        let handler = rest.first().map_or_else(Handler::default, |h| script.handler(*h));
        let draft = Draft::new(script.code, at, method.unwrap_or(Method::Any), path, guards, handler);
        self.stacks.put(hub, at, Layer::Route(draft));
    }
}
