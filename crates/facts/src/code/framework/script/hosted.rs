//! Functions that a platform answers requests with: Firebase, Vercel, Netlify.

use plimsoll_source::{ImportKind, Kind};

use super::context::Script;
use super::files::{RouteParts, stem};
use crate::code::{CallRef, Method, ModuleId, Resolved, Schedule, SourceModule, Wiring};

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    for (_, method, at) in script.methods("firebase-functions") {
        match method {
            "onRequest" => firebase(script, at, Method::Any, wiring),
            "onCall" => firebase(script, at, Method::Action, wiring),
            "onSchedule" | "onRun" => scheduled(script, at, wiring),
            _ => {}
        }
    }
    for (module, source) in script.code.modules() {
        if takes_in(source, "@vercel/node") {
            in_folder(script, module, "api", "vercel", wiring);
        }
        if takes_in(source, "@netlify/functions") {
            in_folder(script, module, "functions", "netlify", wiring);
        }
    }
}

/// Whether a module takes in a package, be it for types alone.
fn takes_in(source: &SourceModule, package: &str) -> bool {
    source.imports.iter().any(|r| matches!(r, Resolved::Package { name, .. } if name == package))
        || source.module.imports.iter().any(|i| i.kind == ImportKind::Types && i.module == package)
}

/// The name under which a module gives a call's result out.
fn given_name(script: Script, at: CallRef) -> Option<String> {
    let exports = &script.code.module(at.module).module.exports;
    let direct = exports.iter().find(|e| e.value.kind == Kind::Call(at.call)).map(|e| e.name.to_string());
    direct.or_else(|| {
        let named = exports.iter().filter(|e| matches!(e.value.kind, Kind::Name(_)));
        let of = |value| super::context::Scoped { module: at.module, function: crate::code::FunctionId::BODY, value };
        named.map(|e| (e, script.declared(of(&e.value)))).find(|(_, d)| d.call() == Some(at)).map(|(e, _)| e.name.to_string())
    })
}

/// A function is answered below its name; one that no module gives out is never called.
fn firebase(script: Script, at: CallRef, method: Method, wiring: &mut Wiring) {
    let name = given_name(script, at);
    let handler = script.arguments(at).into_iter().rev().map(|a| script.handler(a)).find(|h| h.function.is_some()).unwrap_or_default();
    let mounted = name.is_some();
    let path = name.map(|n| format!("/{n}"));
    let parts = RouteParts { framework: "firebase", method, path, handler: handler.function, guards: handler.guards, mounted };
    wiring.routes.push(parts.at(script, at));
}

/// `onSchedule("every day 00:00", run)`, `pubsub.schedule("every 5 minutes").onRun(run)`.
fn scheduled(script: Script, at: CallRef, wiring: &mut Wiring) {
    let Some(starts) = given_name(script, at) else { return };
    let handler = script.arguments(at).into_iter().rev().find_map(|a| script.handler(a).function);
    let own = script.option(at, "schedule").or_else(|| script.argument(at, 0)).and_then(|v| script.text(v));
    let mut when = own;
    let mut next = script.receiver(at).and_then(super::context::Scoped::call);
    while let Some(call) = next.filter(|_| when.is_none()) {
        if script.code.call(call).method() == Some("schedule") {
            when = script.argument(call, 0).and_then(|v| script.text(v));
        }
        next = script.receiver(call).and_then(super::context::Scoped::call);
    }
    let in_process = false;
    wiring.schedules.push(Schedule {
        starts,
        handler,
        when,
        framework: "firebase",
        in_process,
        module: at.module,
        at: script.code.call_at(at),
    });
}

/// A file of the folder in which a platform looks for functions.
fn in_folder(script: Script, module: ModuleId, folder: &str, framework: &'static str, wiring: &mut Wiring) {
    let path = &script.code.module(module).path;
    let Some((stem, _)) = stem(path) else { return };
    let mut folders = stem.split('/');
    if !folders.any(|f| f == folder) {
        return;
    }
    let within: Vec<&str> = folders.collect();
    if within.is_empty() || within.iter().any(|f| f.starts_with(['_', '.'])) {
        return;
    }
    let Some(given) = ["default", "handler"].iter().find_map(|n| script.one_given_out(module, n)) else { return };
    let name = within.join("/");
    let name = name.strip_suffix("/index").unwrap_or(if name == "index" { "" } else { &name });
    let path = if framework == "vercel" { format!("/api/{name}") } else { format!("/.netlify/functions/{name}") };
    let handler = script.handler_of(given);
    let parts = RouteParts { framework, method: Method::Any, path: Some(path), handler: handler.function, guards: handler.guards, mounted: true };
    wiring.routes.push(parts.of(module, script.code.location(module, given.at)));
}
