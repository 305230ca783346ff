//! Remix and React Router as a framework: `loader`, `action` and components of route modules.

use plimsoll_source::Kind;

use super::context::{Scoped, Script};
use super::files::{any_below, route, stem};
use super::paths::join;
use crate::code::{FunctionId, Guard, Method, ModuleId, Resolved, Wiring};
use crate::folder_of;

const FRAMEWORK: &str = "remix";

/// Routes within one another.
const MAX_NESTING: usize = 24;

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    let using: std::collections::BTreeSet<&str> = (script.code.modules())
        .filter(|(_, m)| m.imports.iter().any(|r| matches!(r, Resolved::Package { name, .. } if name.starts_with("@remix-run/") || name.starts_with("@react-router/"))))
        .map(|(_, m)| folder_of(&m.path))
        .collect();
    if using.is_empty() {
        return;
    }
    for (module, source) in script.code.modules() {
        let Some((stem, _)) = stem(&source.path) else { continue };
        if stem == "app/routes" || stem.ends_with("/app/routes") {
            configured(script, module, wiring);
        }
        let Some((home, within)) = split(stem).filter(|(home, _)| any_below(&using, home)) else { continue };
        if within.is_empty() {
            wiring.conventions.push((module, "remix-root"));
            tell(script, module, "/", wiring);
            continue;
        }
        // Where routes are listed, files are no routes by themselves.
        let listed = ["ts", "js"].iter().any(|e| script.code.at_path(&join_plain(home, &format!("app/routes.{e}"))).is_some());
        if let Some(path) = flat(within).filter(|_| !listed || lists_files(script, home)) {
            tell(script, module, &path, wiring);
        }
    }
}

fn join_plain(home: &str, name: &str) -> String {
    if home.is_empty() { name.to_owned() } else { format!("{home}/{name}") }
}

/// Whether `app/routes` takes in the files by their names: `flatRoutes()`.
fn lists_files(script: Script, home: &str) -> bool {
    let module = ["ts", "js"].iter().find_map(|e| script.code.at_path(&join_plain(home, &format!("app/routes.{e}"))));
    module.is_some_and(|m| script.code.module(m).module.calls.iter().any(|c| c.method() == Some("flatRoutes")))
}

/// What a route module answers.
fn tell(script: Script, module: ModuleId, path: &str, wiring: &mut Wiring) {
    wiring.conventions.push((module, "remix-route"));
    let before = middleware(script, module);
    let page = script.has_given_out(module, "default");
    for given in script.all_given_out(module) {
        let method = match given.name {
            "loader" if page => Method::Page,
            "loader" => Method::Get,
            "action" => Method::Post,
            "default" if !script.has_given_out(module, "loader") => Method::Page,
            _ => continue,
        };
        wiring.routes.push(route(script, given, FRAMEWORK, method, Some(path.to_owned()), &before));
    }
}

/// `export const middleware = [auth]` of React Router.
fn middleware(script: Script, module: ModuleId) -> Vec<Guard> {
    let given = ["middleware", "unstable_middleware"].iter().find_map(|n| script.one_given_out(module, n));
    given.and_then(|g| g.value).map(|v| script.guards(v)).unwrap_or_default()
}

/// The folder of an application, and a file's path within its routes; empty for its root.
fn split(stem: &str) -> Option<(&str, &str)> {
    let (home, within) = match stem.strip_prefix("app/") {
        Some(within) => ("", within),
        None => stem.split_once("/app/")?,
    };
    if within == "root" { Some((home, "")) } else { Some((home, within.strip_prefix("routes/")?)) }
}

/// The path that a file's name makes: dots part segments, `$` begins a parameter, `_` before a segment leaves it out, after it the nesting.
fn flat(within: &str) -> Option<String> {
    let parts: Vec<&str> = within.split('/').collect();
    // A folder's own route is in `route`; other files beside it are no routes.
    let name = match parts.as_slice() {
        [one] => (*one).to_owned(),
        [folders @ .., "route" | "index"] => folders.join("."),
        [first, ..] if first.contains(['.', '$']) || first.starts_with('_') => return None,
        // Nested folders, as Remix had them at first.
        _ => within.replace('/', "."),
    };
    let mut path = String::new();
    for segment in name.split('.') {
        let segment = segment.trim_end_matches('_');
        if segment.is_empty() || segment == "index" || segment.starts_with('_') {
            continue;
        }
        path.push('/');
        match segment.trim_start_matches('(').trim_end_matches(')').strip_prefix('$') {
            Some("") => path.push('*'),
            Some(parameter) => {
                path.push(':');
                path.push_str(parameter);
            }
            None => path.push_str(segment),
        }
    }
    Some(if path.is_empty() { "/".to_owned() } else { path })
}

/// `app/routes` of React Router: `route("users/:id", "./users.tsx", [ … ])`, `index`, `layout`, `prefix`.
fn configured(script: Script, module: ModuleId, wiring: &mut Wiring) {
    let Some(value) = script.one_given_out(module, "default").and_then(|g| g.value) else { return };
    wiring.conventions.push((module, "remix-routes"));
    entries(script, value, "", 0, wiring);
}

fn entries(script: Script, of: Scoped, path: &str, depth: usize, wiring: &mut Wiring) {
    if depth > MAX_NESTING {
        return;
    }
    for element in script.elements(of) {
        let Some(call) = element.call() else { continue };
        let arguments: Vec<Scoped> = script.code.call(call).arguments.iter().map(|a| script.scoped(call, &a.value)).collect();
        let text = |index: usize| arguments.get(index).and_then(|a: &Scoped| script.text(*a));
        let (own, file) = match script.code.call(call).method() {
            Some("route") => (text(0).unwrap_or_default(), text(1)),
            Some("index" | "layout") => (String::new(), text(0)),
            Some("prefix") => (text(0).unwrap_or_default(), None),
            _ => continue,
        };
        let full = join(path, &own);
        let folder = folder_of(&script.code.module(element.module).path);
        let target = file.and_then(|f| crate::library::join(folder, &f)).and_then(|f| {
            let extensions = ["", ".tsx", ".ts", ".jsx", ".js"];
            extensions.iter().find_map(|e| script.code.at_path(&format!("{f}{e}")))
        });
        if let Some(target) = target {
            tell(script, target, &full, wiring);
        }
        for inner in arguments.iter().filter(|a| matches!(a.value.kind, Kind::List(_)) && a.function == FunctionId::BODY) {
            entries(script, *inner, &full, depth + 1, wiring);
        }
    }
}
