//! SvelteKit: endpoints (`+server`), form actions and `load` of pages, and `handle` of the hooks in front of all.

use std::collections::BTreeMap;

use plimsoll_source::FunctionId;

use super::context::{Scoped, Script, verb};
use super::files::{GivenOut, VERBS, route, stem};
use crate::code::{FunctionRef, Guard, Method, ModuleId, Mounted, Wiring};
use crate::folder_of;

const FRAMEWORK: &str = "sveltekit";

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    let hooks: BTreeMap<&str, Vec<Guard>> = hooks(script, wiring);
    for (module, source) in script.code.modules() {
        let name = source.path.rsplit('/').next().unwrap_or_default();
        let Some((home, folders)) = split(folder_of(&source.path)).filter(|_| name.starts_with('+')) else { continue };
        let before = hooks.get(home).map(Vec::as_slice).unwrap_or_default();
        let path = path(folders);
        match (name, stem(name).map(|(stem, _)| stem)) {
            (_, Some("+server")) => {
                wiring.conventions.push((module, "sveltejs-server"));
                for given in script.all_given_out(module) {
                    let method = if given.name == "fallback" { Some(Method::Any) } else { verb(given.name).filter(|_| VERBS.contains(&given.name)) };
                    wiring.routes.extend(method.map(|m| route(script, given, FRAMEWORK, m, Some(path.clone()), before)));
                }
            }
            (_, Some("+page.server")) => {
                wiring.conventions.push((module, "sveltejs-page"));
                if let Some(load) = script.one_given_out(module, "load") {
                    wiring.routes.push(route(script, load, FRAMEWORK, Method::Page, Some(path.clone()), before));
                }
                if let Some(actions) = script.one_given_out(module, "actions") {
                    form_actions(script, actions, &path, before, wiring);
                }
            }
            (_, Some("+page" | "+layout" | "+layout.server")) => wiring.conventions.push((module, "sveltejs-page")),
            (_, Some(_)) => {}
            // A page without data of its own.
            ("+page.svelte", None) => {
                wiring.conventions.push((module, "sveltejs-page"));
                let folder = folder_of(&source.path);
                let loads = ["ts", "js"].iter().filter_map(|e| script.code.at_path(&format!("{folder}/+page.server.{e}")));
                if !loads.into_iter().any(|m| script.has_given_out(m, "load")) {
                    let page = GivenOut { module, name: "default", value: None, package: None, at: plimsoll_base::Span::default() };
                    wiring.routes.push(route(script, page, FRAMEWORK, Method::Page, Some(path), before));
                }
            }
            (_, None) => wiring.conventions.push((module, "sveltejs-page")),
        }
    }
}

/// The functions of `actions = { default, create }`.
fn form_actions(script: Script, given: GivenOut, path: &str, before: &[Guard], wiring: &mut Wiring) {
    let Some(value) = given.value else { return };
    let object = script.written(value);
    for entry in object.value.entries() {
        let Some(key) = &entry.key else { continue };
        let path = if key == "default" { path.to_owned() } else { format!("{path}?/{key}") };
        let one = GivenOut { value: Some(object.with(&entry.value)), at: entry.at, module: object.module, ..given };
        wiring.routes.push(route(script, one, FRAMEWORK, Method::Action, Some(path), before));
    }
}

/// What `src/hooks.server` puts in front of all routes, by the folder of the application.
fn hooks<'a>(script: Script<'a>, wiring: &mut Wiring) -> BTreeMap<&'a str, Vec<Guard>> {
    let mut found = BTreeMap::new();
    for (module, source) in script.code.modules() {
        let Some((stem, _)) = stem(&source.path) else { continue };
        let Some(home) = stem.strip_suffix("src/hooks.server").or_else(|| stem.strip_suffix("src/hooks")) else { continue };
        if !(home.is_empty() || home.ends_with('/')) {
            continue;
        }
        wiring.conventions.push((module, "sveltejs-hooks"));
        let Some(handle) = script.one_given_out(module, "handle") else { continue };
        let guards = handlers(script, handle);
        wiring.mounted.extend(guards.iter().map(|guard| mounted(script, module, guard)));
        found.insert(home.trim_end_matches('/'), guards);
    }
    found
}

/// `handle`, or the functions of `sequence(…)`.
fn handlers<'a>(script: Script<'a>, given: GivenOut<'a>) -> Vec<Guard> {
    let sequence = given.value.map(|v: Scoped<'a>| script.declared(v)).and_then(Scoped::call);
    match sequence.filter(|call| script.code.callee(*call) == Some("@sveltejs/kit/hooks.sequence")) {
        Some(call) => script.arguments(call).into_iter().map(|a| script.guard(a)).collect(),
        None => vec![script.guard_given_out(given)],
    }
}

fn mounted(script: Script, module: ModuleId, guard: &Guard) -> Mounted {
    Mounted {
        guard: guard.clone(),
        prefix: None,
        on: script.body(module),
        application: true,
        framework: FRAMEWORK,
        module,
        function: FunctionId::BODY,
    }
}

impl Script<'_> {
    /// A module's body as the place of what a convention mounts it on.
    pub(super) fn body(self, module: ModuleId) -> plimsoll_base::Location {
        let at = FunctionRef { module, function: FunctionId::BODY };
        self.code.location(module, self.code.function(at).at)
    }
}

/// The folder of an application, and a file's folders within its routes.
fn split(folder: &str) -> Option<(&str, &str)> {
    let (home, within) = match folder.strip_prefix("src/routes") {
        Some(within) => ("", within),
        None => folder.split_once("/src/routes")?,
    };
    (within.is_empty() || within.starts_with('/')).then_some((home, within))
}

fn path(folders: &str) -> String {
    let mut path = String::new();
    for folder in folders.split('/').filter(|f| !f.is_empty() && !(f.starts_with('(') && f.ends_with(')'))) {
        path.push('/');
        path.push_str(folder);
    }
    if path.is_empty() { "/".to_owned() } else { path }
}
