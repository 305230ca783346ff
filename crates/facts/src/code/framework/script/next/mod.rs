//! Next.js: route handlers, pages, interfaces below `pages/api`, server actions, and the middleware in front of all.

mod matcher;
mod middleware;

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Script, verb};
use super::files::{GivenOut, VERBS, any_below, route, stem};
use crate::code::{FunctionId, FunctionRef, Guard, Method, ModuleId, Route, Wiring};
use crate::folder_of;
use middleware::Middleware;

const FRAMEWORK: &str = "next";

/// Files of the app router that it looks for by name, besides routes and pages.
const APP_FILES: &[&str] = &[
    "layout",
    "template",
    "loading",
    "error",
    "global-error",
    "not-found",
    "default",
    "forbidden",
    "unauthorized",
    "sitemap",
    "robots",
    "manifest",
    "icon",
    "apple-icon",
    "opengraph-image",
    "twitter-image",
];

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    let mut reader = Reader { script, using: script.folders_using("next"), middleware: BTreeMap::new() };
    let files: Vec<File> = script.code.modules().filter_map(|(module, source)| reader.file(module, stem(&source.path)?.0)).collect();
    let homes: BTreeSet<&str> = files.iter().map(|f| f.home).collect();
    for (module, source) in script.code.modules() {
        let Some((stem, _)) = stem(&source.path) else { continue };
        let (home, name) = (folder_of(stem), stem.rsplit('/').next().unwrap_or(stem));
        if !homes.contains(home) {
            continue;
        }
        match name {
            "middleware" | "proxy" => {
                if let Some(found) = Middleware::read(script, module) {
                    reader.middleware.insert(home.to_owned(), found);
                    wiring.conventions.push((module, "next-middleware"));
                }
            }
            "instrumentation" => wiring.conventions.push((module, "next-instrumentation")),
            _ => {}
        }
    }
    wiring.mounted.extend(reader.middleware.values().map(|m| m.mounted(script)));
    for file in &files {
        reader.tell(file, wiring);
    }
    reader.actions(wiring);
}

/// A file that Next looks for.
struct File<'a> {
    module: ModuleId,
    /// The folder that holds `app` or `pages`.
    home: &'a str,
    kind: Kind,
    /// Its path; none for what answers nothing by itself.
    path: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Route,
    Page,
    Interface,
    Other,
}

struct Reader<'a> {
    script: Script<'a>,
    /// Folders with modules that take in Next.
    using: BTreeSet<&'a str>,
    middleware: BTreeMap<String, Middleware>,
}

impl<'a> Reader<'a> {
    fn file(&self, module: ModuleId, stem: &'a str) -> Option<File<'a>> {
        let name = stem.rsplit('/').next()?;
        let in_app = matches!(name, "route" | "page") || APP_FILES.contains(&name);
        if let Some((home, folders)) = self.split(stem, "app").filter(|_| in_app) {
            let kind = match name {
                "route" => Kind::Route,
                "page" => Kind::Page,
                _ => Kind::Other,
            };
            let answers = kind == Kind::Route && VERBS.iter().any(|v| self.script.has_given_out(module, v));
            if answers || self.is_next(home) {
                return Some(File { module, home, kind, path: app_path(folders) });
            }
        }
        let (home, within) = self.split(stem, "pages").filter(|(home, _)| self.is_next(home))?;
        let within = if within.is_empty() { name.to_owned() } else { format!("{within}/{name}") };
        let shown = within.strip_suffix("/index").unwrap_or(if within == "index" { "" } else { &within });
        let kind = match &*within {
            "_app" | "_document" | "_error" | "_middleware" => Kind::Other,
            _ if within.starts_with("api/") => Kind::Interface,
            _ => Kind::Page,
        };
        self.script.one_given_out(module, "default")?;
        Some(File { module, home, kind, path: Some(format!("/{shown}")) })
    }
    /// The folder that holds a router's folder, and the folders of a file within that.
    fn split(&self, stem: &'a str, router: &str) -> Option<(&'a str, &'a str)> {
        let folder = folder_of(stem);
        let mut candidates = Vec::new();
        let mut start = 0;
        for segment in folder.split('/') {
            let end = start + segment.len();
            if segment == router {
                let home = folder[..start].trim_end_matches('/');
                let within = folder[end..].trim_start_matches('/');
                candidates.push((home, within, &folder[..end]));
            }
            start = end + 1;
        }
        let rooted = |(.., folder): &&(&str, &str, &str)| {
            let first = if router == "app" { "layout" } else { "_app" };
            ["tsx", "jsx", "js", "ts"].iter().any(|e| self.script.code.at_path(&format!("{folder}/{first}.{e}")).is_some())
        };
        let sourced = |(home, ..): &&(&str, &str, &str)| *home == "src" || home.ends_with("/src");
        let best = candidates.iter().find(rooted).or_else(|| candidates.iter().find(sourced)).or(candidates.first())?;
        Some((best.0, best.1))
    }
    /// Whether the application that a folder is the home of is one of Next.
    fn is_next(&self, home: &str) -> bool {
        let root = if home == "src" { "" } else { home.strip_suffix("/src").unwrap_or(home) };
        let config = |extension: &&str| {
            let name = format!("next.config.{extension}");
            self.script.code.at_path(&if root.is_empty() { name } else { format!("{root}/{name}") }).is_some()
        };
        ["js", "mjs", "ts"].iter().any(|e| config(&e)) || any_below(&self.using, root)
    }
    fn tell(&self, file: &File<'a>, wiring: &mut Wiring) {
        let script = self.script;
        let before: Vec<Guard> = match (&file.path, self.middleware.get(file.home)) {
            (Some(path), Some(middleware)) if middleware.takes(path) => vec![middleware.guard.clone()],
            _ => Vec::new(),
        };
        let told = |given: GivenOut<'a>, method: Method| route(script, given, FRAMEWORK, method, file.path.clone(), &before);
        match file.kind {
            Kind::Route => {
                wiring.conventions.push((file.module, "next-route"));
                for given in script.all_given_out(file.module) {
                    if let Some(method) = verb(given.name).filter(|_| VERBS.contains(&given.name) && file.path.is_some()) {
                        wiring.routes.push(told(given, method));
                    }
                }
            }
            Kind::Page | Kind::Interface => {
                wiring.conventions.push((file.module, if file.kind == Kind::Page { "next-page" } else { "next-api" }));
                let method = if file.kind == Kind::Page { Method::Page } else { Method::Any };
                if let Some(given) = script.one_given_out(file.module, "default").filter(|_| file.path.is_some()) {
                    let parts = if file.kind == Kind::Interface { by_verb(script, given) } else { Vec::new() };
                    if parts.is_empty() {
                        wiring.routes.push(told(given, method));
                    }
                    for (method, guard, part) in parts {
                        let mut route = told(part, method);
                        route.guards.insert(before.len(), guard);
                        wiring.routes.push(route);
                    }
                }
            }
            Kind::Other => wiring.conventions.push((file.module, "next-file")),
        }
    }
    /// Functions that are marked to be called from a browser.
    fn actions(&self, wiring: &mut Wiring) {
        let script = self.script;
        for (module, source) in script.code.modules() {
            if source.module.directives.iter().any(|d| d == "use server") {
                for given in script.all_given_out(module) {
                    let action = action(script, given);
                    wiring.routes.extend(action.filter(|a| a.handler.is_some()));
                }
            }
            for (function, index) in source.module.functions.iter().zip(0..) {
                if function.directives.iter().any(|d| d == "use server") {
                    wiring.routes.push(Route {
                        method: Method::Action,
                        path: None,
                        handler: Some(FunctionRef { module, function: FunctionId(index) }),
                        class: None,
                        guards: Vec::new(),
                        module,
                        at: script.code.location(module, function.name_at),
                        framework: FRAMEWORK,
                        mounts: Vec::new(),
                        mounted: true,
                    });
                }
            }
        }
    }
}

/// The handlers of an object that a wrapper is given, by their verbs: `export default withMethods({ GET: list, POST: create })`.
fn by_verb<'a>(script: Script<'a>, given: GivenOut<'a>) -> Vec<(Method, Guard, GivenOut<'a>)> {
    let Some(declared) = given.value.map(|v| script.declared(v)) else { return Vec::new() };
    let Some(call) = declared.call() else { return Vec::new() };
    let mut found = Vec::new();
    for argument in script.arguments(call) {
        let object = script.written(argument);
        for entry in object.value.entries() {
            if let Some(method) = entry.key.as_deref().filter(|k| VERBS.contains(k)).and_then(verb) {
                let part = GivenOut { value: Some(object.with(&entry.value)), at: entry.at, module: object.module, ..given };
                found.push((method, script.guard(declared), part));
            }
        }
    }
    found
}

/// A function given out by a module whose functions browsers may call.
fn action(script: Script, given: GivenOut) -> Option<Route> {
    let value = given.value?;
    // `client.use(auth).schema(input).action(handler)`.
    let chain = script.declared(value).call().map(|call| script.chained(call, &["schema", "inputSchema", "input"])).unwrap_or_default();
    Some(route(script, given, FRAMEWORK, Method::Action, None, &chain))
}

/// The path that folders of the app router make; none for those that answer nothing.
fn app_path(folders: &str) -> Option<String> {
    let mut path = String::new();
    for folder in folders.split('/').filter(|f| !f.is_empty()) {
        if folder.starts_with("(.") || folder.starts_with('_') {
            return None;
        }
        if !(folder.starts_with('@') || folder.starts_with('(') && folder.ends_with(')')) {
            path.push('/');
            path.push_str(folder);
        }
    }
    Some(if path.is_empty() { "/".to_owned() } else { path })
}
