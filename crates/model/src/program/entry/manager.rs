//! Files that list what to run: configurations of supervisors, Procfiles, pm2's ecosystem; and the names under which packages install commands.

use plimsoll_base::{Location, Span};
use plimsoll_facts::code::{Kind, Value};
use plimsoll_facts::packages::Ecosystem;
use plimsoll_facts::{Held, folder_of, join};
use plimsoll_syntax::{Strictness, shell_with};

use super::below;
use super::command::{Started, module};
use super::site::{Folder, Site};

/// The tables of `pyproject.toml` that name commands.
const SCRIPTS: [&[&str]; 2] = [&["project", "scripts"], &["tool", "poetry", "scripts"]];
/// The most commands that one file may list.
const MAX_LISTED: usize = 64;

/// The commands that a file lists, each with its folder and its place.
pub(super) fn listed(site: &Site<'_>, folder: &Folder, path: &str) -> Vec<(Folder, Vec<String>, Location)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let paths = site.paths(folder, path);
    let code = site.system.code();
    if let Some(id) = paths.iter().find_map(|p| code.at_path(p)) {
        return ecosystem(site, id);
    }
    let near = || site.system.below(site.root).filter(|f| f.name() == name && f.product()).min_by_key(|f| f.path.len());
    let held = paths.iter().find_map(|p| site.system.file(p)).or_else(near);
    let Some(held) = held else {
        let source = code.modules().find(|(_, m)| m.path.rsplit('/').next() == Some(name) && below(&m.path, site.root));
        return source.map(|(id, _)| ecosystem(site, id)).unwrap_or_default();
    };
    if let Some(root) = held.root() {
        let apps = root.get("apps").map_or(std::slice::from_ref(root), |a| a.items());
        let script = |app: &plimsoll_syntax::Node| Some((app.get("script")?.as_str()?.to_owned(), app.get("script")?.span));
        let inner = Folder::Tree(held.folder().to_owned());
        return apps
            .iter()
            .take(MAX_LISTED)
            .filter_map(script)
            .map(|(s, span)| (inner.clone(), vec!["node".to_owned(), s], held.at(span)))
            .collect();
    }
    lines(site, folder, held)
}

/// `command=…` of supervisord, `web: …` of a Procfile, `module = …` of uWSGI.
fn lines(site: &Site<'_>, folder: &Folder, held: &Held) -> Vec<(Folder, Vec<String>, Location)> {
    let text = held.text();
    let procfile = held.name().starts_with("Procfile");
    let mut found: Vec<(Folder, Vec<String>, Location)> = Vec::new();
    let mut start = 0;
    let mut first = 0;
    for line in text.split_inclusive('\n') {
        let at = held.at(Span::new(start, start + line.trim_end().len()));
        start += line.len();
        let line = line.trim();
        if found.len() >= MAX_LISTED || line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') {
            first = found.len();
            continue;
        }
        let Some((key, value)) = line.split_once(if procfile { ':' } else { '=' }) else { continue };
        let (key, value) = (key.trim(), value.trim());
        match key {
            _ if procfile => {
                let commands = shell_with(value, Strictness::PLAIN);
                found.extend(commands.into_iter().map(|c| (folder.clone(), c.words, at)));
            }
            "command" => {
                let commands = shell_with(value, Strictness::PLAIN);
                found.extend(commands.into_iter().map(|c| (folder.clone(), c.words, at)));
            }
            // uWSGI's daemons and hooks: `exec:./manage.py migrate`.
            "attach-daemon" | "attach-daemon2" | "exec-pre-app" | "exec-as-user" | "hook-pre-app" => {
                let value = value.trim_start_matches("exec:").rsplit("cmd=").next().unwrap_or(value);
                let commands = shell_with(value, Strictness::PLAIN);
                found.extend(commands.into_iter().map(|c| (folder.clone(), c.words, at)));
            }
            "directory" | "chdir" => {
                let inner = site.entered(folder, value);
                found.iter_mut().skip(first).for_each(|f| f.0 = inner.clone());
            }
            "module" | "wsgi" => found.push((folder.clone(), vec!["uwsgi".into(), "--module".into(), value.to_owned()], at)),
            "wsgi-file" => found.push((folder.clone(), vec!["uwsgi".into(), "--wsgi-file".into(), value.to_owned()], at)),
            _ => {}
        }
    }
    found
}

/// The scripts that pm2's configuration lists.
fn ecosystem(site: &Site<'_>, id: plimsoll_facts::code::ModuleId) -> Vec<(Folder, Vec<String>, Location)> {
    let code = site.system.code();
    let source = code.module(id);
    let values = source.module.exports.iter().map(|e| &e.value).chain(source.module.assignments.iter().map(|a| &a.value));
    let mut found = Vec::new();
    for value in values.flat_map(Value::walk).filter(|v| matches!(v.kind, Kind::Object(_))) {
        let Some(script) = value.get("script").and_then(Value::text) else { continue };
        let inner = value.get("cwd").and_then(Value::text).and_then(|c| join(folder_of(&source.path), c));
        let inner = Folder::Tree(inner.unwrap_or_else(|| folder_of(&source.path).to_owned()));
        let arguments = value.get("args").and_then(Value::text).unwrap_or_default();
        let interpreter = value.get("interpreter").and_then(Value::text);
        let mut words: Vec<String> = vec![interpreter.filter(|i| *i != "none").unwrap_or("node").to_owned()];
        // A program instead of a file: `script: "npm"`, `args: "start"`, or a whole command.
        if !script.contains('.') || script.contains(' ') || script.contains("/bin/") {
            words.clear();
        }
        words.extend(script.split_whitespace().chain(arguments.split_whitespace()).map(str::to_owned));
        let entry = (inner, words, code.location(id, value.span));
        if found.len() < MAX_LISTED && !found.contains(&entry) {
            found.push(entry);
        }
    }
    found
}

/// Every command that the Python packages of a folder install: what it is, the folder, its name.
pub(super) fn installed(site: &Site<'_>, folder: &str) -> Vec<(Started, String, String)> {
    let mut found = Vec::new();
    for package in site.system.packages().iter().filter(|p| p.product && p.ecosystem == Ecosystem::Pypi && p.folder == folder) {
        let Some(root) = site.system.file(&package.path).and_then(|f| f.root()) else { continue };
        for table in SCRIPTS {
            for entry in root.path(table).map(|t| t.entries()).unwrap_or_default() {
                if let Some(target) = entry.value.as_str() {
                    found.push((module(target, None), package.folder.clone(), entry.key.to_string()));
                }
            }
        }
    }
    found
}

/// What a command means that a package of the tree installs: `[project.scripts]` of Python, `bin` of a package for Node.
pub(super) fn console(site: &Site<'_>, name: &str) -> Option<(Started, String)> {
    let near = site
        .system
        .packages()
        .iter()
        .filter(|p| p.product && (below(&p.folder, site.root) || p.folder == site.root || below(site.root, &p.folder)));
    for package in near {
        let Some(root) = site.system.file(&package.path).and_then(|f| f.root()) else { continue };
        if package.ecosystem == Ecosystem::Pypi {
            let target = SCRIPTS.iter().find_map(|t| root.path(t)?.get(name)?.as_str());
            if let Some(target) = target {
                return Some((module(target, None), package.folder.clone()));
            }
        }
        if package.ecosystem == Ecosystem::Npm
            && let Some(bin) = root.get("bin")
        {
            let path = bin.as_str().filter(|_| package.name.as_deref() == Some(name)).or_else(|| bin.get(name)?.as_str());
            if let Some(path) = path {
                return Some((Started::File(path.to_owned()), package.folder.clone()));
            }
        }
    }
    None
}
