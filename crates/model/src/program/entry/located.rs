//! The source behind a file that a command names: what was built, compiled or bundled from it.

use plimsoll_facts::code::ModuleId;
use plimsoll_facts::{folder_of, join};

use super::command::Framework;
use super::site::{Folder, Site};
use super::{below, built, framework, image};

/// What a file is that a command names: a source, what a framework built, or a source whose folder the command does not tell.
pub(super) fn located(site: &Site<'_>, folder: &Folder, path: &str) -> Option<Target> {
    let found = site.file(folder, path).map(Target::Module);
    found.or_else(|| standalone(site, folder, path)).or_else(|| site.somewhere(path).map(Target::Module))
}

pub(super) enum Target {
    Module(ModuleId),
    App(Framework, String),
}

/// The application that a framework's build left as one server: `.next/standalone/server.js`, `.output/server/index.mjs`.
fn standalone(site: &Site<'_>, folder: &Folder, path: &str) -> Option<Target> {
    for found in site.paths(folder, path) {
        let known = [
            (".next/standalone", Framework::Next),
            (".output/server", Framework::Nuxt),
            ("build/server", Framework::Remix),
            ("dist/server/entry", Framework::Astro),
            ("build/index", Framework::SvelteKit),
        ];
        for (output, framework) in known {
            let Some(i) = found.find(output) else { continue };
            let before = found[..i].trim_end_matches('/');
            let after = found[i + output.len()..].trim_start_matches('/');
            // A workspace's standalone build keeps the member's folder within.
            let inner = join(before, folder_of(after)).unwrap_or_else(|| before.to_owned());
            for at in [inner.as_str(), before] {
                if framework::in_folder(site.system, at) == Some(framework) {
                    return Some(Target::App(framework, at.to_owned()));
                }
            }
        }
    }
    // A bundled server of a framework whose output has another name.
    let package = framework_of(site, folder)?;
    let built = [".mjs", ".js", "build", "server"].iter().any(|e| path.ends_with(e));
    (built && site.paths(folder, path).iter().all(|p| site.system.file(p).is_none())).then_some(Target::App(package.0, package.1))
}

/// The framework of the package in whose folder a command runs, where it is one that builds a server of its own.
fn framework_of(site: &Site<'_>, folder: &Folder) -> Option<(Framework, String)> {
    let inner = site.packaged(folder, "");
    let found = framework::in_folder(site.system, &inner)?;
    (!matches!(found, Framework::Bundle | Framework::Nest | Framework::Strapi | Framework::Gatsby)).then_some((found, inner))
}

/// The source from which the image's build, or a script of its package, compiled a program: `bun build src/worker.ts --compile --outfile worker`.
pub(super) fn compiled(site: &Site<'_>, path: &str) -> Option<ModuleId> {
    let name = path.rsplit('/').next()?;
    let stages = site.container.as_ref().map(|c| c.image.stages()).unwrap_or_default();
    let built = stages.into_iter().flat_map(crate::image::commands);
    let scripts = site.service.packages(site.system).into_iter().flat_map(|p| &p.scripts);
    let scripts = scripts.flat_map(|(_, s)| plimsoll_syntax::shell_with(&s.value, plimsoll_syntax::Strictness::PLAIN));
    for command in built.chain(scripts) {
        let words = &command.words;
        if !words.iter().any(|w| w.rsplit(['/', '=']).next() == Some(name)) {
            continue;
        }
        let context = site.container.as_ref().map_or(site.root, |c| c.context.as_str());
        let source = words.iter().find_map(|w| [context, site.root].iter().find_map(|f| site.system.code().at_path(&join(f, w)?)));
        if source.is_some() {
            return source;
        }
    }
    None
}

/// What lies behind the files that a server of files gives out: the bundle's source, else the scripts themselves.
pub(super) fn served(site: &Site<'_>, folder: &Folder, path: &str) -> Vec<ModuleId> {
    let mut folders: Vec<String> = Vec::new();
    if path.is_empty() || path.starts_with('-') {
        // A web server's own folders: what the image copies there.
        if let Some(container) = &site.container {
            for copy in container.image.chain().into_iter().flat_map(crate::image::copies).map(|(c, _)| c) {
                let target = image::absolute(&container.folder(), &copy.dest);
                folders.extend(container.paths(&target));
            }
        }
    } else {
        folders.extend(site.paths(folder, path));
    }
    folders.push(site.root.to_owned());
    folders.push(site.packaged(folder, ""));
    for inner in &folders {
        if let Some(project) = framework::project_of(site.system, inner) {
            let found = framework::modules(site.system, Framework::Bundle, &project);
            if !found.is_empty() {
                return found;
            }
        }
        let package = match framework::in_folder(site.system, inner) {
            Some(found) => Some((found, inner.clone())),
            None => built::package_of(site.system, &format!("{inner}/x"))
                .and_then(|p| Some((framework::in_folder(site.system, &p.folder)?, p.folder.clone()))),
        };
        if let Some((framework, at)) = package {
            let found = framework::modules(site.system, framework, &at);
            if !found.is_empty() {
                return found;
            }
        }
    }
    // No bundler: the scripts that lie there are what browsers run.
    let within = |inner: &String| -> Vec<ModuleId> {
        site.system.code().modules().filter(|(_, m)| !inner.is_empty() && below(&m.path, inner)).map(|(id, _)| id).collect()
    };
    folders.iter().map(within).find(|f| !f.is_empty()).unwrap_or_default()
}
