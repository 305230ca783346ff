//! Applications whose modules a framework finds by itself, and what is started where no command is known.

use plimsoll_facts::code::ModuleId;
use plimsoll_facts::join;
use plimsoll_facts::packages::{Ecosystem, Package};

use super::below;
use super::built::{EXTENSIONS, module_at, source_of};
use super::command::Framework;
use crate::system::System;

/// Files of Next.js' `app` folder.
const NEXT_FILES: &[&str] = &[
    "page",
    "layout",
    "route",
    "template",
    "loading",
    "error",
    "not-found",
    "default",
    "global-error",
    "sitemap",
    "robots",
    "manifest",
    "opengraph-image",
    "twitter-image",
    "icon",
    "apple-icon",
    "forbidden",
    "unauthorized",
];
/// Files beside the `app` or `pages` folder of Next.js.
const NEXT_BESIDE: &[&str] = &[
    "middleware",
    "proxy",
    "instrumentation",
    "instrumentation-client",
    "sentry.client.config",
    "sentry.server.config",
    "sentry.edge.config",
];
/// Folders of Nuxt from which everything may be taken in without an import.
const NUXT: &[&str] = &[
    "pages",
    "components",
    "composables",
    "layouts",
    "middleware",
    "plugins",
    "server",
    "stores",
    "store",
    "utils",
    "app",
    "shared",
    "app.vue",
    "error.vue",
    "app.config.ts",
];
/// Where a program in Python begins by custom, the likeliest first.
const PYTHON: &[&str] = &[
    "manage.py",
    "main.py",
    "app.py",
    "asgi.py",
    "wsgi.py",
    "server.py",
    "run.py",
    "app/main.py",
    "src/main.py",
    "application.py",
    "app/app.py",
    "src/app.py",
    "app/__init__.py",
    "api/main.py",
    "src/app/main.py",
    "bot.py",
    "backend/main.py",
    "backend/app.py",
    "lambda_function.py",
    "function_app.py",
    "streamlit_app.py",
];
/// Where a program for Node begins by custom, without extensions.
const NODE: &[&str] = &[
    "src/main",
    "src/index",
    "src/server",
    "src/app",
    "server",
    "index",
    "main",
    "app",
    "server/index",
    "src/bin/www",
    "bin/www",
    "server/server",
    "server/app",
    "api/index",
    "src/bot",
    "bot",
];

/// The modules of an application, those from which the others hang first.
pub(super) fn modules(system: &System, framework: Framework, folder: &str) -> Vec<ModuleId> {
    let inside = |inner: &str| join(folder, inner).unwrap_or_else(|| inner.to_owned());
    let mut found: Vec<ModuleId> = Vec::new();
    let all = || system.code().modules().filter(|(_, m)| below(&m.path, folder));
    let named = |found: &mut Vec<ModuleId>, stems: &[&str]| found.extend(stems.iter().filter_map(|s| module_at(system, &inside(s))));
    match framework {
        Framework::Next => {
            for base in ["", "src"] {
                let base = inside(base);
                let at = |inner: &str| join(&base, inner).unwrap_or_default();
                found.extend(NEXT_BESIDE.iter().filter_map(|s| module_at(system, &at(s))));
                let (app, pages) = (at("app"), at("pages"));
                for (id, module) in all() {
                    let stem = stem(&module.path);
                    // A page's folder may hold what it imports; only the files of these names are routes.
                    let routed = below(&module.path, &app) && !app.is_empty() && NEXT_FILES.contains(&stem);
                    if routed || below(&module.path, &pages) {
                        found.push(id);
                    }
                }
            }
        }
        Framework::Nuxt => {
            for base in ["", "src"] {
                let base = inside(base);
                let folders: Vec<String> = NUXT.iter().filter_map(|f| join(&base, f)).collect();
                found.extend(all().filter(|(_, m)| folders.iter().any(|f| m.path == *f || below(&m.path, f))).map(|(id, _)| id));
            }
        }
        Framework::Remix => {
            named(&mut found, &["app/root", "app/entry.server", "app/entry.client", "app/routes", "server", "server/index", "server/app"]);
            let routes = inside("app/routes");
            found.extend(all().filter(|(_, m)| below(&m.path, &routes)).map(|(id, _)| id));
        }
        Framework::SvelteKit => {
            let routes = inside("src/routes");
            let source = inside("src");
            let hooks = |m: &str| {
                m.strip_prefix(source.as_str())
                    .is_some_and(|r| r.starts_with("/hooks") || r.starts_with("/params/") || r.starts_with("/service-worker"))
            };
            found.extend(all().filter(|(_, m)| hooks(&m.path)).map(|(id, _)| id));
            found.extend(
                all()
                    .filter(|(_, m)| below(&m.path, &routes) && m.path.rsplit('/').next().is_some_and(|n| n.starts_with('+')))
                    .map(|(id, _)| id),
            );
        }
        Framework::Astro => {
            named(&mut found, &["src/middleware", "src/middleware/index", "src/actions", "src/content.config"]);
            let pages = inside("src/pages");
            found.extend(all().filter(|(_, m)| below(&m.path, &pages)).map(|(id, _)| id));
        }
        Framework::Gatsby => {
            named(&mut found, &["gatsby-browser", "gatsby-ssr", "gatsby-node"]);
            let folders = [inside("src/pages"), inside("src/templates"), inside("src/api")];
            found.extend(all().filter(|(_, m)| folders.iter().any(|f| below(&m.path, f))).map(|(id, _)| id));
        }
        Framework::Nest => found.extend(nest(system, folder)),
        Framework::Bundle => found.extend(bundle(system, folder)),
        Framework::Strapi => {
            let folders = [inside("src"), inside("config")];
            found.extend(all().filter(|(_, m)| folders.iter().any(|f| below(&m.path, f)) && !m.path.contains("/admin/")).map(|(id, _)| id));
        }
    }
    if matches!(framework, Framework::Next) {
        // The root layout stands before what it surrounds.
        let rank = |path: &str| (path.matches('/').count(), !matches!(stem(path), "layout" | "_app"));
        found.sort_by_key(|id| rank(&system.code().module(*id).path));
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|id| seen.insert(*id));
    found
}

/// A path's last part without what stands behind its first dot.
fn stem(path: &str) -> &str {
    path.rsplit('/').next().and_then(|n| n.split('.').next()).unwrap_or(path)
}

/// The entry file of a Nest application; of a workspace, of the project that is named.
fn nest(system: &System, folder: &str) -> Option<ModuleId> {
    let inside = |inner: &str| join(folder, inner).unwrap_or_default();
    let configuration = system.file(&inside("nest-cli.json")).and_then(|f| f.root());
    let text = |keys: &[&str]| configuration.and_then(|c| c.path(keys)).and_then(|n| n.as_str());
    let root = text(&["sourceRoot"]).unwrap_or("src");
    let file = text(&["entryFile"]).unwrap_or("main");
    module_at(system, &inside(&format!("{root}/{file}"))).or_else(|| module_at(system, &inside("src/main")))
}

/// What a bundler for browsers begins with.
fn bundle(system: &System, folder: &str) -> Vec<ModuleId> {
    let inside = |inner: &str| join(folder, inner.trim_start_matches('/')).unwrap_or_default();
    let mut found = Vec::new();
    if let Some(root) = system.file(&inside("angular.json")).and_then(|f| f.root()) {
        for project in root.get("projects").map(|p| p.entries()).unwrap_or_default() {
            for tool in ["architect", "targets"] {
                let options = project.value.path(&[tool, "build", "options"]);
                let main = options.and_then(|o| o.get("browser").or_else(|| o.get("main"))).and_then(|n| n.as_str());
                found.extend(main.and_then(|m| module_at(system, &inside(m))));
            }
        }
    }
    if let Some(options) = system.file(&inside("project.json")).and_then(|f| f.root()?.path(&["targets", "build", "options"])) {
        // Nx writes paths from the root of the workspace.
        let main = options.get("browser").or_else(|| options.get("main")).and_then(|n| n.as_str());
        found.extend(main.and_then(|m| module_at(system, m)));
    }
    for page in ["index.html", "src/index.html", "public/index.html"] {
        let Some(file) = system.file(&inside(page)) else { continue };
        let text = file.text();
        for script in text.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap_or_default();
            let Some((_, source)) = tag.split_once("src=") else { continue };
            let quote = source.chars().next().filter(|c| matches!(c, '"' | '\'')).unwrap_or(' ');
            let source = source.trim_start_matches(quote).split(quote).next().unwrap_or_default();
            let relative = if source.starts_with('/') { inside(source) } else { join(file.folder(), source).unwrap_or_default() };
            found.extend(module_at(system, &relative).filter(|_| !source.contains("://")));
        }
    }
    if found.is_empty() {
        let customary =
            ["src/main", "src/index", "src/App", "main", "index", "src/client/main", "src/client/index", "client/main", "app/main"];
        found.extend(customary.iter().find_map(|s| module_at(system, &inside(s))));
    }
    found
}

/// The project of a workspace without manifests of its own to which a folder, or what a build writes for it, belongs: `project.json` of Nx.
pub(super) fn project_of(system: &System, folder: &str) -> Option<String> {
    let source = ["dist/", "build/"].iter().find_map(|o| folder.strip_prefix(o)).unwrap_or(folder);
    let mut at = source;
    while !at.is_empty() {
        if system.file(&join(at, "project.json")?).is_some() {
            return Some(at.to_owned());
        }
        at = plimsoll_facts::folder_of(at);
    }
    None
}

/// The framework of a package by what it depends on.
pub(super) fn of_package(package: &Package) -> Option<Framework> {
    let has = |name: &str| package.dependencies.iter().any(|d| d.name == name);
    let known = [
        ("next", Framework::Next),
        ("nuxt", Framework::Nuxt),
        ("nuxt3", Framework::Nuxt),
        ("@remix-run/serve", Framework::Remix),
        ("@remix-run/node", Framework::Remix),
        ("@react-router/node", Framework::Remix),
        ("@react-router/serve", Framework::Remix),
        ("@sveltejs/kit", Framework::SvelteKit),
        ("astro", Framework::Astro),
        ("gatsby", Framework::Gatsby),
        ("@strapi/strapi", Framework::Strapi),
        ("@nestjs/core", Framework::Nest),
    ];
    known.iter().find(|(name, _)| has(name)).map(|(_, framework)| *framework)
}

/// Whether a package is built to a bundle for browsers.
pub(super) fn is_bundle(package: &Package) -> bool {
    let bundlers =
        ["vite", "react-scripts", "@angular/core", "@vue/cli-service", "parcel", "@rsbuild/core", "webpack-dev-server", "@craco/craco"];
    package.ecosystem == Ecosystem::Npm && package.dependencies.iter().any(|d| bundlers.contains(&d.name.as_str()))
}

/// The frameworks of the product's package in a folder.
pub(super) fn in_folder(system: &System, folder: &str) -> Option<Framework> {
    let package = system.packages().iter().find(|p| p.product && p.ecosystem == Ecosystem::Npm && p.folder == folder)?;
    of_package(package).or_else(|| is_bundle(package).then_some(Framework::Bundle))
}

/// What a package's manifest names as its `main`, led back to its source.
pub(super) fn main_of(system: &System, folder: &str) -> Option<ModuleId> {
    let manifest = system.file(&join(folder, "package.json")?)?;
    let named = manifest.root()?.get("main")?.as_str()?;
    let path = join(folder, named)?;
    module_at(system, &path).or_else(|| source_of(system, &path))
}

/// Where a program begins by custom.
pub(super) fn customary(system: &System, folder: &str) -> Option<ModuleId> {
    let inside = |inner: &str| join(folder, inner).unwrap_or_default();
    let code = system.code();
    let python = || PYTHON.iter().find_map(|p| code.at_path(&inside(p)));
    let node = || NODE.iter().find_map(|s| EXTENSIONS.iter().find_map(|e| code.at_path(&inside(&format!("{s}.{e}")))));
    let packaged = |ecosystem: Ecosystem| system.packages().iter().any(|p| p.product && p.ecosystem == ecosystem && p.folder == folder);
    match (packaged(Ecosystem::Pypi), packaged(Ecosystem::Npm)) {
        (true, _) => python().or_else(|| main_of(system, folder)).or_else(node),
        _ => main_of(system, folder).or_else(node).or_else(python),
    }
}
