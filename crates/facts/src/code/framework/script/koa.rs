//! Koa with its routers.
//!
//! Middleware runs for what is put on after it; that of a router only where one of the router's routes answers.

use super::context::{Scoped, Script, verb};
use super::express::path_argument;
use super::paths::{told, unwritten};
use super::stack::{Draft, Hub, Layer, Rules, Stacks};
use crate::code::{CallRef, Method, Wiring};

fn kind(name: &str) -> Option<bool> {
    match name {
        "koa()" | "koa.Koa()" => Some(true),
        "@koa/router()" | "@koa/router.Router()" | "koa-router()" | "koa-router.Router()" | "koa-joi-router()" => Some(false),
        _ => None,
    }
}

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    let mut reader = Reader { stacks: Stacks::new(script, Rules { framework: "koa", named: true, kind }) };
    for name in ["koa", "koa.Koa", "@koa/router", "@koa/router.Router", "koa-router", "koa-router.Router", "koa-joi-router"] {
        for at in script.code.calls_of(name) {
            reader.stacks.declare(Hub::Made(*at));
            if let Some(prefix) = script.option(*at, "prefix") {
                reader.prefix(Hub::Made(*at), prefix);
            }
        }
    }
    for beginning in ["koa", "@koa/router"] {
        for (of, method, at) in script.methods(beginning) {
            if kind(of).is_some() {
                reader.on_hub(method, at, wiring);
            }
        }
    }
    if !reader.stacks.is_empty() {
        reader.stacks.find_live();
    }
    reader.stacks.tell(wiring);
}

struct Reader<'a> {
    stacks: Stacks<'a>,
}

impl<'a> Reader<'a> {
    fn prefix(&mut self, hub: Hub, prefix: Scoped<'a>) {
        let text = self.stacks.script.text(prefix).unwrap_or_else(|| unwritten(prefix.value.span.start));
        self.stacks.prefix(hub, &text);
    }
    fn on_hub(&mut self, method: &str, at: CallRef, wiring: &mut Wiring) {
        let script = self.stacks.script;
        let Some(hub) = script.receiver(at).and_then(|r| self.stacks.hub(r)) else { return };
        match method {
            "listen" => self.stacks.serve(hub),
            "prefix" => {
                if let Some(prefix) = script.argument(at, 0) {
                    self.prefix(hub, prefix);
                }
            }
            "use" => {
                for arguments in script.rounds(at) {
                    self.used(hub, at, &arguments, wiring);
                }
            }
            _ => {
                if let Some(verb) = verb(method) {
                    self.routes(hub, at, verb);
                }
            }
        }
    }
    fn used(&mut self, hub: Hub, at: CallRef, arguments: &[Scoped<'a>], wiring: &mut Wiring) {
        let script = self.stacks.script;
        let paths = arguments.first().filter(|_| arguments.len() > 1).and_then(|f| path_argument(script, *f));
        let rest = if paths.is_some() { &arguments[1..] } else { arguments };
        for path in paths.unwrap_or_else(|| vec![String::new()]) {
            for layer in rest.iter().flat_map(|a| script.elements(*a)) {
                self.layer(hub, at, &path, layer, wiring);
            }
        }
    }
    fn layer(&mut self, hub: Hub, at: CallRef, path: &str, layer: Scoped<'a>, wiring: &mut Wiring) {
        let script = self.stacks.script;
        let made = script.declared(layer).call();
        match made.and_then(|call| script.code.callee(call)) {
            Some("koa-mount") => {
                let arguments = made.map(|call| script.arguments(call)).unwrap_or_default();
                let below = arguments.first().filter(|_| arguments.len() > 1).and_then(|p| path_argument(script, *p)).unwrap_or_default();
                if let (Some(inner), below) = (arguments.last(), below.first().map_or("", String::as_str)) {
                    return self.layer(hub, at, &super::paths::join(path, below), *inner, wiring);
                }
            }
            Some("koa-compose") => {
                for inner in made.map(|call| script.arguments(call)).unwrap_or_default() {
                    self.layer(hub, at, path, inner, wiring);
                }
                return;
            }
            _ => {}
        }
        // `router.routes()`.
        let routes = made.filter(|call| matches!(script.code.call(*call).method(), Some("routes" | "middleware")));
        let inner = routes.and_then(|call| script.receiver(call)).and_then(|r| self.stacks.hub(r)).or_else(|| self.stacks.hub(layer));
        if let Some(inner) = inner {
            return self.stacks.put(hub, at, Layer::Router { path: path.to_owned(), hub: inner, open: false });
        }
        let guard = script.guard(layer);
        if made.is_some_and(|call| script.code.call(call).method() == Some("allowedMethods")) {
            return;
        }
        let prefix = Some(path).filter(|p| !p.is_empty() && *p != "/").and_then(told);
        let mounted = self.stacks.mounted(hub, at, prefix, guard.clone());
        wiring.mounted.push(mounted);
        self.stacks.put(hub, at, Layer::Guard { path: path.to_owned(), whole: false, guard });
    }
    fn routes(&mut self, hub: Hub, at: CallRef, method: Method) {
        let script = self.stacks.script;
        for arguments in script.rounds(at) {
            // `router.get("name", "/path", handler)`.
            let named = arguments.len() > 2 && script.text(arguments[0]).is_some() && script.text(arguments[1]).is_some();
            let Some((first, rest)) = arguments[usize::from(named)..].split_first() else { continue };
            let mut layers: Vec<Scoped<'a>> = rest.iter().flat_map(|a| script.elements(*a)).collect();
            let Some(last) = layers.pop() else { continue };
            for path in path_argument(script, *first).unwrap_or_else(|| vec![unwritten(first.value.span.start)]) {
                let guards = layers.iter().map(|l| script.guard(*l)).collect();
                let draft = Draft::new(script.code, at, method, path, guards, script.handler(last));
                self.stacks.put(hub, at, Layer::Route(draft));
            }
        }
    }
}
