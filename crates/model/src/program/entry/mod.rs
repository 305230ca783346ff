//! Where a program begins.

mod built;
mod command;
mod framework;
mod function;
mod image;
mod located;
mod manager;
mod site;
#[cfg(test)]
mod tests;

use plimsoll_base::Location;
use plimsoll_facts::code::ModuleId;
use plimsoll_facts::container::Runtime;
use plimsoll_facts::folder_of;

use self::command::{Framework, Started, started};
use self::located::{Target, compiled, located, served};
use self::site::{Folder, Site};
use super::environment::Environment;
use crate::image::ImageName;
use crate::service::{Service, ServiceKind};
use crate::start::StartCommand;
use crate::system::System;

/// A module that a start command or a convention of the platform loads first.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The module.
    pub module: ModuleId,
    /// The object or function in it that is started, `app` of `main:app`, `handler`.
    pub object: Option<String>,
    /// What leads there: the start command, the manifest, the function's declaration.
    pub at: Location,
    /// What is said there, in a few words: "`uvicorn app.main:app`".
    pub says: String,
}

/// What a program begins with.
#[derive(Debug, Default)]
pub(super) struct Begin {
    /// Where it begins.
    pub(super) entries: Vec<Entry>,
    /// Modules that a framework's convention loads: the module, and that of the entry they belong to.
    pub(super) conventions: Vec<(ModuleId, ModuleId)>,
    /// The applications that frameworks start: the framework's package and the folder.
    pub(super) apps: Vec<(&'static str, String)>,
    /// What leads to no module that was read.
    pub(super) doubts: Vec<(Location, String)>,
}

impl Begin {
    fn add(&mut self, module: ModuleId, object: Option<String>, at: Location, says: String) {
        if !self.entries.iter().any(|e| e.module == module && e.object == object) {
            self.entries.push(Entry { module, object, at, says });
        }
    }
    /// An application: its first module is the entry, the others belong to it.
    fn app(&mut self, modules: Vec<ModuleId>, at: Location, says: &str) -> bool {
        let Some(first) = modules.first().copied() else { return false };
        self.add(first, None, at, says.to_owned());
        self.conventions.extend(modules.into_iter().map(|m| (m, first)));
        true
    }
    /// An application of a framework in a folder.
    fn framework(&mut self, system: &System, framework: Framework, folder: &str, at: Location, says: &str) -> bool {
        self.apps.push((framework.package(), folder.to_owned()));
        self.app(framework::modules(system, framework, folder), at, says)
    }
}

/// What a service begins with: what its start commands lead to, else what its platform or framework loads by convention.
pub(super) fn begin(system: &System, service: &Service, commands: &[StartCommand], environment: &Environment, root: &str) -> Begin {
    let mut begin = Begin::default();
    let site = Site::new(system, service, environment, root);
    let platform = system.platforms().iter().find(|p| p.workloads.iter().any(|w| w.at == service.at && w.name == service.name));
    if service.runtime == Runtime::Function {
        function::handler(&site, &mut begin);
        return begin;
    }
    // What these platforms serve is decided by the framework, not by the package's start script.
    let hosted = platform.is_some_and(|p| matches!(p.platform, "vercel" | "netlify" | "cloudflare"));
    if hosted && let Some(platform) = platform {
        function::hosted(&site, platform, &mut begin);
    }
    if begin.entries.is_empty() {
        run(&site, commands, &mut begin);
    }
    if begin.entries.is_empty() && begin.doubts.is_empty() {
        match commands.last() {
            None => silent(&site, &mut begin),
            // A script that the build writes starts the web server in the end.
            Some(_) if serves_files(&site) => silent(&site, &mut begin),
            Some(last) => begin.doubts.push((last.at, format!("{} is not followed to any source", says(&last.command.words)))),
        }
    }
    begin
}

/// Follows commands in their order.
fn run(site: &Site<'_>, commands: &[StartCommand], begin: &mut Begin) {
    let mut folder = site.folder();
    let mut file = None;
    let mut missed: Option<(Location, String)> = None;
    for start in commands {
        let path = site.system.path_at(start.at);
        if file != Some(start.at.file) {
            file = Some(start.at.file);
            if path.ends_with("package.json") {
                folder = Folder::Tree(folder_of(path).to_owned());
            } else if matches!(folder, Folder::Tree(_)) && site.container.is_some() {
                folder = site.folder();
            }
        }
        let words: Vec<String> = start.command.words.iter().map(|w| site.environment.expanded(w).unwrap_or_else(|| w.clone())).collect();
        if let [cd, to, ..] = words.as_slice()
            && cd == "cd"
        {
            folder = site.entered(&folder, to);
            continue;
        }
        // What a shell is told on its command line follows as commands of its own.
        if matches!(words.first().map(|w| w.rsplit('/').next().unwrap_or(w)), Some("sh" | "bash" | "ash" | "dash"))
            && words.iter().any(|w| w.starts_with('-') && w.ends_with('c'))
        {
            continue;
        }
        let said = says(&words);
        for found in started(&words) {
            if let Some(lost) = follow(site, &folder, found, start.at, &said, begin, 0) {
                missed = Some((start.at, lost));
            }
        }
    }
    if let Some(options) = site.environment.get("NODE_OPTIONS").filter(|_| !begin.entries.is_empty()) {
        let words: Vec<String> =
            std::iter::once("node").chain(options.value.as_deref().unwrap_or_default().split_whitespace()).map(str::to_owned).collect();
        for found in started(&words) {
            follow(site, &folder, found, options.at, "`NODE_OPTIONS`", begin, 0);
        }
    }
    // What is missed beside what was found is a helper; alone it is the program.
    begin.doubts.extend(missed.filter(|_| begin.entries.is_empty()));
}

/// A command as it is quoted.
fn says(words: &[String]) -> String {
    let mut text = words.join(" ");
    if text.len() > 80 {
        let end = (0..=77).rev().find(|i| text.is_char_boundary(*i)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    format!("`{text}`")
}

/// Adds what is started; gives back what could not be found.
fn follow(site: &Site<'_>, folder: &Folder, found: Started, at: Location, says: &str, begin: &mut Begin, depth: usize) -> Option<String> {
    let lost = |what: &str| Some(format!("{says} starts {what}, which no source that was read answers to"));
    match found {
        Started::File(path) => match located(site, folder, &path) {
            Some(Target::Module(module)) => begin.add(module, None, at, says.to_owned()),
            Some(Target::App(framework, inner)) => {
                if !begin.framework(site.system, framework, &inner, at, says) {
                    return lost(&path);
                }
            }
            None => return lost(&path),
        },
        Started::Aside(path) => {
            if let Some(module) = site.paths(folder, &path).iter().find_map(|p| site.system.code().at_path(p)) {
                begin.add(module, None, at, says.to_owned());
            }
        }
        Started::Module { name, object, within } => {
            let main = object.as_deref() == Some("__main__");
            let Some((module, rest)) = site.module(folder, &name, within.as_deref(), main) else { return lost(&name) };
            let object = object.filter(|_| !main).or(rest);
            begin.add(module, object.clone(), at, says.to_owned());
            // `celery -A proj` looks for `proj.celery` too.
            if object.is_none()
                && says.contains("celery")
                && let Some((inner, None)) = site.module(folder, &format!("{name}.celery"), within.as_deref(), false)
            {
                begin.add(inner, None, at, says.to_owned());
            }
        }
        Started::OneOf(paths) => {
            let module = paths.iter().find_map(|p| site.paths(folder, p).iter().find_map(|p| site.system.code().at_path(p)));
            match module {
                Some(module) => begin.add(module, None, at, says.to_owned()),
                None => return lost("an application"),
            }
        }
        Started::Package(path) => {
            let inner = site.packaged(folder, &path);
            match framework::main_of(site.system, &inner).or_else(|| framework::customary(site.system, &inner)) {
                Some(module) => begin.add(module, None, at, says.to_owned()),
                None => return lost("a package"),
            }
        }
        Started::App(framework, path) => {
            let inner = site.packaged(folder, &path);
            // Nest is given the name of a project, not a folder.
            let own = || site.packaged(folder, "");
            if !begin.framework(site.system, framework, &inner, at, says)
                && (path.is_empty() || !begin.framework(site.system, framework, &own(), at, says))
            {
                return lost("an application");
            }
        }
        Started::Files(path) => {
            let found = served(site, folder, &path);
            if !begin.app(found, at, says) {
                return lost("a server of files");
            }
        }
        Started::Flask => {
            let named = site.environment.get("FLASK_APP").and_then(|h| h.value.clone());
            let found = match named {
                Some(name) => command::module(&name, None),
                None => Started::OneOf(&["wsgi.py", "app.py"]),
            };
            if depth < 4 {
                return follow(site, folder, found, at, says, begin, depth + 1);
            }
        }
        Started::Compiled(path) => match compiled(site, &path) {
            Some(module) => begin.add(module, None, at, says.to_owned()),
            None => return lost(&path),
        },
        Started::Migrations => {
            let code = site.system.code();
            let environment = |path: &str| path.ends_with("alembic/env.py") || path.ends_with("migrations/env.py");
            if let Some((module, _)) = code.modules().find(|(_, m)| environment(&m.path) && below(&m.path, site.root)) {
                begin.add(module, None, at, says.to_owned());
            }
        }
        Started::Console(name) => {
            if let Some(found) = manager::console(site, &name)
                && depth < 4
            {
                return follow(site, &Folder::Tree(found.1), found.0, at, says, begin, depth + 1);
            }
        }
        Started::Supervised(path) | Started::Ecosystem(path) => {
            let listed = manager::listed(site, folder, &path);
            if listed.is_empty() {
                return lost(&path);
            }
            let mut missed = None;
            for (inner, command, at) in listed {
                let words: Vec<String> = command.iter().map(|w| site.environment.expanded(w).unwrap_or_else(|| w.clone())).collect();
                let said = self::says(&words);
                for found in started(&words) {
                    if depth < 4 {
                        missed = follow(site, &inner, found, at, &said, begin, depth + 1).or(missed);
                    }
                }
            }
            return missed;
        }
        Started::Worker => {
            if let Some(platform) = site.system.platforms().iter().find(|p| p.platform == "cloudflare" && below(&p.path, site.root)) {
                function::hosted(site, platform, begin);
            }
        }
        Started::Queue(technology) => {
            let code = site.system.code();
            let tasks =
                site.system.wiring().tasks.iter().filter(|t| t.framework == technology && below(&code.module(t.module).path, site.root));
            let modules: Vec<ModuleId> = tasks.map(|t| t.handler.map_or(t.module, |h| h.module)).collect();
            if modules.is_empty() {
                return lost("workers that are told at run time what to call");
            }
            for module in modules {
                begin.add(module, None, at, says.to_owned());
            }
        }
    }
    None
}

/// Whether its image is built upon a web server's, or its platform gives out files.
fn serves_files(site: &Site<'_>) -> bool {
    let base = site.container.as_ref().and_then(|c| c.image.base());
    let server =
        |b: ImageName| ["nginx", "httpd", "caddy", "apache", "static-web-server", "openresty"].iter().any(|w| b.repository.contains(w));
    site.service.kind == ServiceKind::Static || base.is_some_and(server)
}

/// Where no command is known: what the framework of its folder begins with, else the file that bears a customary name.
fn silent(site: &Site<'_>, begin: &mut Begin) {
    let at = site.service.at;
    let folder = site.folder();
    let base = site.container.as_ref().and_then(|c| c.image.base());
    let base = base.as_ref().map_or("", |b: &ImageName| b.repository.as_str());
    if base.contains("uvicorn-gunicorn") || base.contains("meinheld-gunicorn") {
        let app = ["app.main", "main"].iter().find_map(|n| site.module(&folder, n, None, false));
        if let Some((module, _)) = app {
            begin.add(module, Some("app".into()), at, format!("the image {base} starts `app.main:app`"));
            return;
        }
    }
    if serves_files(site) {
        begin.app(served(site, &folder, ""), at, "the files that it serves");
        return;
    }
    let inner = match &folder {
        Folder::Tree(inner) => inner.clone(),
        Folder::Container(_) => site.root.to_owned(),
    };
    if let Some(found) = framework::in_folder(site.system, &inner).filter(|f| !matches!(f, Framework::Nest))
        && begin.framework(site.system, found, &inner, at, "its framework finds its modules by itself")
    {
        return;
    }
    let scripts = manager::installed(site, &inner);
    if !scripts.is_empty() {
        for (found, folder, name) in scripts {
            follow(site, &Folder::Tree(folder), found, at, &format!("the command `{name}` that it installs"), begin, 3);
        }
        return;
    }
    if let Some(module) = framework::customary(site.system, &inner) {
        let path = &site.system.code().module(module).path;
        begin.doubts.push((at, format!("no start command was found; {path} is taken for where it begins")));
        begin.add(module, None, at, "no start command: the file bears a customary name".into());
    } else {
        begin.doubts.push((at, "no start command was found, and no file that bears a customary name".into()));
    }
}

/// Whether a path lies below a folder; everything lies below the root.
pub(super) fn below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
