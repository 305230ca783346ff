//! Nuxt and Nitro: `server/api`, `server/routes`, `server/middleware`, scheduled tasks.

use super::context::{Handler, Script, verb};
use super::files::{GivenOut, stem};
use crate::code::{FunctionId, Guard, Method, ModuleId, Mounted, Route, Wiring};

const FRAMEWORK: &str = "nuxt";

/// What a handler is written in.
const DEFINERS: &[&str] = &["defineEventHandler", "eventHandler", "defineCachedEventHandler", "cachedEventHandler", "defineLazyEventHandler", "lazyEventHandler"];

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    let mut middleware: Vec<(&str, Guard)> = Vec::new();
    let mut handlers: Vec<(&str, ModuleId, GivenOut, String)> = Vec::new();
    for (module, source) in script.code.modules() {
        let Some((stem, _)) = stem(&source.path) else { continue };
        for folder in ["server/api", "server/routes", "server/middleware", "server/plugins"] {
            let Some((home, within)) = split(stem, folder) else { continue };
            let Some(given) = script.one_given_out(module, "default").filter(|g| is_handler(script, *g) || folder == "server/plugins") else { continue };
            if folder == "server/plugins" {
                if is_nuxt(script, home) {
                    wiring.conventions.push((module, "nuxt-plugin"));
                }
            } else if folder == "server/middleware" {
                wiring.conventions.push((module, "nuxt-middleware"));
                let handler = handler(script, given);
                let name = handler.function.map(|f| script.code.function(f).name.to_string()).filter(|n| !n.is_empty());
                let guard = Guard { function: handler.function, name: name.unwrap_or_else(|| within.to_owned()), ..script.guard_given_out(given) };
                let mounted = Mounted {
                    guard: guard.clone(),
                    prefix: None,
                    on: script.body(module),
                    application: true,
                    framework: FRAMEWORK,
                    module,
                    function: FunctionId::BODY,
                };
                wiring.mounted.push(mounted);
                middleware.push((home, guard));
            } else {
                wiring.conventions.push((module, "nuxt-api"));
                let before = if folder == "server/api" { "/api" } else { "" };
                handlers.push((home, module, given, format!("{before}/{within}")));
            }
        }
    }
    for (home, module, given, file) in handlers {
        let (path, method) = path(&file);
        let handler = handler(script, given);
        let before = middleware.iter().filter(|(of, _)| *of == home).map(|(_, guard)| guard.clone());
        wiring.routes.push(Route {
            method,
            path: Some(path),
            handler: handler.function,
            class: None,
            guards: before.chain(handler.guards).collect(),
            module,
            at: script.code.location(module, given.at),
            framework: FRAMEWORK,
            mounts: Vec::new(),
            mounted: true,
        });
    }
}

/// The folder of an application, and a file's path within one of its folders.
fn split<'a>(stem: &'a str, folder: &str) -> Option<(&'a str, &'a str)> {
    let at = if stem.starts_with(folder) { 0 } else { stem.find(&format!("/{folder}/"))? + 1 };
    let within = stem[at + folder.len()..].strip_prefix('/')?;
    Some((stem[..at].trim_end_matches('/'), within))
}

fn is_nuxt(script: Script, home: &str) -> bool {
    let file = |name: &str| script.code.at_path(&if home.is_empty() { name.to_owned() } else { format!("{home}/{name}") }).is_some();
    ["nuxt.config.ts", "nuxt.config.js", "nuxt.config.mjs", "nitro.config.ts", "nitro.config.js"].iter().any(|n| file(n))
}

/// Whether what a module gives out is made by one of the functions for it, which need not be imported.
fn is_handler(script: Script, given: GivenOut) -> bool {
    let Some(call) = given.value.and_then(|v| script.declared(v).call()) else { return false };
    let callee = script.code.call(call).method().unwrap_or_default();
    DEFINERS.contains(&callee) || script.code.callee(call).is_some_and(|n| n.starts_with("h3.") || n.starts_with("nitropack"))
        || callee.starts_with("define") && callee.ends_with("Handler")
}

fn handler(script: Script, given: GivenOut) -> Handler {
    let mut handler = given.value.map(|v| script.handler(v)).unwrap_or_default();
    // `defineEventHandler({ onRequest: [auth], handler })`.
    let call = given.value.and_then(|v| script.declared(v).call());
    if let Some(call) = call.filter(|_| handler.function.is_none()) {
        let before = script.option(call, "onRequest").map(|v| script.guards(v)).unwrap_or_default();
        let inner = script.option(call, "handler").map(|v| script.handler(v)).unwrap_or_default();
        handler = Handler { function: inner.function, guards: before.into_iter().chain(inner.guards).collect() };
    }
    handler.guards.retain(|g| {
        let last = g.name.trim_end_matches("()").rsplit('.').next().unwrap_or_default();
        !DEFINERS.contains(&last)
    });
    handler
}

/// `users/[id].get` is `/users/[id]` for `GET`.
fn path(file: &str) -> (String, Method) {
    let last = file.rsplit('/').next().unwrap_or_default();
    let (file, method) = match last.rsplit_once('.').and_then(|(_, word)| Some((word.len(), verb(word)?))) {
        Some((length, method)) => (&file[..file.len() - length - 1], method),
        None => (file, Method::Any),
    };
    let file = file.strip_suffix("/index").unwrap_or(file);
    (if file.is_empty() { "/".to_owned() } else { file.to_owned() }, method)
}
