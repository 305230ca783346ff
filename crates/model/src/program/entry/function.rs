//! Functions that a platform calls, and what platforms load by the place of a file.

use plimsoll_facts::code::ModuleId;
use plimsoll_facts::platform::PlatformTarget;
use plimsoll_facts::{folder_of, join};

use super::built::{EXTENSIONS, module_at, source_of};
use super::framework::{customary, in_folder};
use super::site::Site;
use super::{Begin, Framework, below};
use crate::naming;

/// The module that a function's handler names: `index.handler`, `src/orders/create.main`, `app.main.lambda_handler`.
pub(super) fn handler(site: &Site<'_>, begin: &mut Begin) {
    let service = site.service;
    let at = service.command.as_ref().map_or(service.at, |c| c.at);
    let Some(handler) = service.command.as_ref().and_then(|c| c.value.last()).filter(|h| h.contains('.')) else {
        match customary(site.system, site.root) {
            Some(module) => {
                let path = site.system.code().module(module).path.clone();
                begin.doubts.push((at, format!("no handler is named; {path} is taken for where it begins")));
                begin.add(module, None, at, "no handler is named".into());
            }
            None => begin.doubts.push((at, "its handler was not found".into())),
        }
        return;
    };
    let (path, object) = handler.rsplit_once('.').unwrap_or((handler, ""));
    // A container's function is told as an image tells it: `app.handler` in the working folder.
    let tails: Vec<String> = [path.to_owned(), path.replace('.', "/")]
        .iter()
        .map(|p| p.trim_start_matches("./").to_owned())
        .flat_map(|p| EXTENSIONS.iter().copied().chain(["py"]).map(move |e| format!("{p}.{e}")))
        .collect();
    let declared = folder_of(site.system.path_at(service.at));
    let code = site.system.code();
    let direct = tails.iter().find_map(|t| code.at_path(&join(declared, t)?).or_else(|| code.at_path(t)));
    let found = direct.or_else(|| built(site, declared, path)).or_else(|| nearest(site, declared, &tails));
    match found {
        Some(module) => begin.add(module, Some(object.to_owned()).filter(|o| !o.is_empty()), at, format!("handler `{handler}`")),
        None => begin.doubts.push((at, format!("the handler `{handler}` names no source that was read"))),
    }
}

fn built(site: &Site<'_>, declared: &str, path: &str) -> Option<ModuleId> {
    let whole = join(declared, &format!("{path}.js"))?;
    module_at(site.system, &whole).or_else(|| source_of(site.system, &whole))
}

/// Of several files that the handler may mean: the only one, else the one in whose path most words of the function's name stand, if one stands out.
fn nearest(site: &Site<'_>, declared: &str, tails: &[String]) -> Option<ModuleId> {
    let code = site.system.code();
    let ends = |path: &str| tails.iter().any(|t| path.strip_suffix(t.as_str()).is_some_and(|b| b.ends_with('/')));
    let all: Vec<(ModuleId, &str)> = code.modules().filter(|(_, m)| ends(&m.path)).map(|(id, m)| (id, m.path.as_str())).collect();
    if let [only] = all.as_slice() {
        return Some(only.0);
    }
    let score = |path: &str| (naming::shared(&site.service.name, folder_of(path)), below(path, declared));
    let best = all.iter().map(|(_, p)| score(p)).max()?;
    let mut top = all.iter().filter(|(_, p)| score(p) == best);
    let first = top.next()?;
    (top.next().is_none() && (best.0 > 0 || best.1)).then_some(first.0)
}

/// What Vercel, Netlify and Cloudflare load: the framework's modules, functions by their folder, the worker's `main`.
pub(super) fn hosted(site: &Site<'_>, platform: &PlatformTarget, begin: &mut Begin) {
    let system = site.system;
    if let Some(path) = site.service.name.strip_prefix('/') {
        // A path that the platform asks for on a schedule: the route that answers.
        let path = path.split('?').next().unwrap_or(path);
        let forms = [
            format!("app/{path}/route"),
            format!("src/app/{path}/route"),
            format!("pages/{path}"),
            format!("src/pages/{path}"),
            path.to_owned(),
        ];
        if let Some(module) = forms.iter().find_map(|f| module_at(system, &join(&platform.folder, f)?)) {
            begin.add(module, None, site.service.at, format!("the route of /{path}"));
            begin.conventions.push((module, module));
            return;
        }
    }
    let folder = platform.folder.as_str();
    let inside = |inner: &str| join(folder, inner).unwrap_or_default();
    let code = system.code();
    let at = platform.at;
    let configuration = system.file(&platform.path).and_then(|f| f.root());
    if platform.platform == "cloudflare"
        && let Some(main) = configuration.and_then(|c| c.get("main")).and_then(|n| n.as_str())
    {
        let path = join(folder_of(&platform.path), main).unwrap_or_default();
        let found = module_at(system, &path).or_else(|| source_of(system, &path));
        if let Some(module) = found {
            begin.add(module, None, at, format!("`main = \"{main}\"`"));
        }
    }
    if let Some(framework) = in_folder(system, folder).filter(|f| *f != Framework::Nest) {
        begin.framework(system, framework, folder, at, "its framework finds its modules by itself");
    }
    for entry in configuration.and_then(|c| c.get("builds")).map(|b| b.items()).unwrap_or_default() {
        let source = entry.get("src").and_then(|s| s.as_str()).unwrap_or_default();
        if let Some(module) = join(folder, source).and_then(|p| module_at(system, &p)) {
            begin.add(module, None, at, format!("`builds` names {source}"));
        }
    }
    let mut folders = match platform.platform {
        "vercel" => vec![inside("api")],
        "netlify" => vec![inside("netlify/functions"), inside("netlify/edge-functions"), inside("functions")],
        _ => vec![inside("functions")],
    };
    let named = configuration.and_then(|c| c.path(&["functions", "directory"]).or_else(|| c.path(&["build", "functions"])));
    folders.extend(named.and_then(|n| n.as_str()).and_then(|d| join(folder_of(&platform.path), d)));
    for (id, module) in code.modules() {
        let Some(inner) = folders.iter().find(|f| below(&module.path, f)) else { continue };
        // Files that begin with an underscore or a dot are no functions.
        if !module.path[inner.len()..].split('/').any(|p| p.starts_with(['_', '.'])) {
            begin.add(id, None, at, format!("a function by its folder {inner}"));
            begin.conventions.push((id, id));
        }
    }
    if begin.entries.is_empty() && platform.platform == "vercel" {
        let bases = ["app", "index", "server", "main"];
        let found =
            ["", "src"].iter().flat_map(|f| bases.iter().map(move |b| join(f, b))).flatten().find_map(|p| module_at(system, &inside(&p)));
        if let Some(module) = found {
            begin.add(module, None, at, "an entry file that Vercel looks for".into());
        }
    }
}
