//! Astro: endpoints and pages below `src/pages`, and `onRequest` of its middleware.

use std::collections::BTreeMap;

use plimsoll_source::{Dialect, FunctionId};

use super::context::{Scoped, Script, verb};
use super::files::{GivenOut, VERBS, any_below, route, stem};
use crate::code::{Guard, Method, Mounted, Wiring};

const FRAMEWORK: &str = "astro";

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    let mut using = script.folders_using("astro");
    using.extend(script.code.modules().filter(|(_, m)| m.dialect == Dialect::Astro).map(|(_, m)| crate::folder_of(&m.path)));
    let middleware = middleware(script, &using, wiring);
    for (module, source) in script.code.modules() {
        let (name, page) = match (stem(&source.path), source.path.strip_suffix(".astro")) {
            (Some((name, _)), _) => (name, false),
            (None, Some(name)) => (name, true),
            _ => continue,
        };
        let Some((home, within)) = split(name).filter(|(home, within)| any_below(&using, home) && !within.split('/').any(|s| s.starts_with('_'))) else {
            continue;
        };
        let shown = within.strip_suffix("/index").unwrap_or(if within == "index" { "" } else { within });
        let path = Some(format!("/{shown}"));
        let before = middleware.get(home).map(Vec::as_slice).unwrap_or_default();
        if page {
            wiring.conventions.push((module, "astro-page"));
            let given = GivenOut { module, name: "default", value: None, package: None, at: plimsoll_base::Span::default() };
            wiring.routes.push(route(script, given, FRAMEWORK, Method::Page, path, before));
            continue;
        }
        for given in script.all_given_out(module) {
            let method = if given.name == "ALL" { Some(Method::Any) } else { verb(given.name).filter(|_| VERBS.contains(&given.name)) };
            if let Some(method) = method {
                wiring.conventions.push((module, "astro-endpoint"));
                wiring.routes.push(route(script, given, FRAMEWORK, method, path.clone(), before));
            }
        }
    }
}

fn middleware<'a>(script: Script<'a>, using: &std::collections::BTreeSet<&str>, wiring: &mut Wiring) -> BTreeMap<&'a str, Vec<Guard>> {
    let mut found = BTreeMap::new();
    for (module, source) in script.code.modules() {
        let Some((stem, _)) = stem(&source.path) else { continue };
        let Some(home) = stem.strip_suffix("src/middleware/index").or_else(|| stem.strip_suffix("src/middleware")) else { continue };
        let home = home.trim_end_matches('/');
        let Some(given) = script.one_given_out(module, "onRequest").filter(|_| any_below(using, home)) else { continue };
        wiring.conventions.push((module, "astro-middleware"));
        let call = given.value.map(|v: Scoped<'a>| script.declared(v)).and_then(Scoped::call);
        let guards: Vec<Guard> = match call.filter(|c| script.code.callee(*c) == Some("astro:middleware.sequence")) {
            Some(call) => script.arguments(call).into_iter().map(|a| script.guard(a)).collect(),
            None => vec![script.guard_given_out(given)],
        };
        wiring.mounted.extend(guards.iter().map(|guard| Mounted {
            guard: guard.clone(),
            prefix: None,
            on: script.body(module),
            application: true,
            framework: FRAMEWORK,
            module,
            function: FunctionId::BODY,
        }));
        found.insert(home, guards);
    }
    found
}

/// The folder of an application, and a file's path within its pages.
fn split(stem: &str) -> Option<(&str, &str)> {
    match stem.strip_prefix("src/pages/") {
        Some(within) => Some(("", within)),
        None => stem.split_once("/src/pages/"),
    }
}
