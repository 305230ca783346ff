//! Django and its REST framework: settings, middleware, `urlpatterns`, views.

mod urls;
mod views;

use plimsoll_base::Location;
use plimsoll_source::{Declared, Dialect, FunctionId, Target};

use super::python::{Python, Scoped};
use crate::code::{Base, FunctionRef, Guard, ModuleId, Mounted, Resolved, Wiring};

const FRAMEWORK: &str = "django";

/// Modules of settings that take in one another.
const MAX_SETTINGS: usize = 12;

/// Reads all of it.
pub(super) fn wire(python: &Python, wiring: &mut Wiring) {
    let projects = projects(python);
    let mut settings: Vec<ModuleId> = projects.iter().flat_map(|p| p.settings.iter().copied()).collect();
    settings.sort();
    settings.dedup();
    wiring.conventions.extend(settings.into_iter().map(|module| (module, "django-settings")));
    let mut roots = Vec::new();
    for project in &projects {
        let middleware = middleware(python, project);
        let guards: Vec<Guard> = middleware.iter().map(|m| m.guard.clone()).collect();
        for mounted in middleware {
            if wiring.mounted.iter().all(|m| m.guard.at != mounted.guard.at) {
                wiring.mounted.push(mounted);
            }
        }
        for app in project.listed(python, "INSTALLED_APPS") {
            let module = python.text(app).and_then(|name| module_named(python, app.module, &format!("{name}.apps")));
            wiring.conventions.extend(module.map(|module| (module, "django-app")));
        }
        if let Some(root) = project.value(python, "ROOT_URLCONF")
            && let Some(module) = python.text(root).and_then(|name| module_named(python, root.module, &name))
        {
            // Each tree of patterns is read once, as the settings see it that start the server.
            if !roots.contains(&module) {
                roots.push(module);
                urls::wire(python, project, module, &guards, wiring);
            }
        }
    }
    wiring.conventions.sort();
    wiring.conventions.dedup();
}

/// A module of settings with those that it takes in, itself first.
pub(super) struct Project {
    settings: Vec<ModuleId>,
}

impl Project {
    /// The value of a setting as the last assignment gives it, nearest module first.
    pub(super) fn value<'a>(&self, python: &Python<'a>, name: &str) -> Option<Scoped<'a>> {
        self.settings.iter().find_map(|module| {
            let assignments = python.code.module(*module).module.assignments.iter().rev();
            let is = |target: &Target| matches!(target, Target::Name(target) if target == name);
            let found =
                assignments.into_iter().find(|a| a.function == FunctionId::BODY && a.declared == Declared::Assigned && is(&a.target))?;
            Some(Scoped { module: *module, function: FunctionId::BODY, value: &found.value })
        })
    }
    /// The elements of a setting that is a list, with what `+=` adds.
    pub(super) fn listed<'a>(&self, python: &Python<'a>, name: &str) -> Vec<Scoped<'a>> {
        let mut found = self.value(python, name).map(|value| python.list(value)).unwrap_or_default();
        for module in self.settings.iter().rev() {
            for assignment in &python.code.module(*module).module.assignments {
                let is = matches!(&assignment.target, Target::Name(target) if target == name);
                if is && assignment.declared == Declared::Changed && assignment.function == FunctionId::BODY {
                    found.extend(python.list(Scoped { module: *module, function: FunctionId::BODY, value: &assignment.value }));
                }
            }
        }
        found
    }
}

/// The modules that `DJANGO_SETTINGS_MODULE` names, those of servers before those of commands, and others that say `ROOT_URLCONF`; each with what it
/// takes in by `from .base import *`.
fn projects(python: &Python) -> Vec<Project> {
    let code = python.code;
    let mut named: Vec<(bool, ModuleId)> = Vec::new();
    for at in code.calls_of("os.environ.setdefault") {
        let call = code.call(*at);
        if call.argument(0).and_then(|v| v.text()) == Some("DJANGO_SETTINGS_MODULE") {
            let module = call.argument(1).and_then(|v| python.text(python.scoped(*at, v)));
            let command = code.module(at.module).path.ends_with("manage.py");
            named.extend(module.and_then(|name| module_named(python, at.module, &name)).map(|module| (command, module)));
        }
    }
    named.sort();
    let mut roots: Vec<ModuleId> = Vec::new();
    let modules: Vec<ModuleId> = code.modules().filter(|(_, m)| m.dialect == Dialect::Python).map(|(id, _)| id).collect();
    // Modules that take in one that says it are settings too: `from .base import *`.
    let saying = modules.iter().copied().filter(|id| says_root(python, *id));
    let extending = modules.iter().copied().filter(|id| taken_in(python, *id).iter().any(|base| says_root(python, *base)));
    for module in named.into_iter().map(|(_, module)| module).chain(saying).chain(extending) {
        if !roots.contains(&module) {
            roots.push(module);
        }
    }
    roots.into_iter().map(|root| Project { settings: chain(python, root) }).collect()
}

/// Whether a module assigns `ROOT_URLCONF`.
fn says_root(python: &Python, module: ModuleId) -> bool {
    let assignments = &python.code.module(module).module.assignments;
    assignments.iter().any(|a| a.function == FunctionId::BODY && matches!(&a.target, Target::Name(name) if name == "ROOT_URLCONF"))
}

/// The modules whose names a module takes over as a whole.
fn taken_in(python: &Python, module: ModuleId) -> Vec<ModuleId> {
    let source = python.code.module(module);
    let whole = source.module.imports.iter().zip(&source.imports).filter(|(i, _)| i.local.as_deref() == Some("*"));
    whole.filter_map(|(_, to)| if let Resolved::Module(to) = to { Some(*to) } else { None }).collect()
}

/// A module of settings and those that it takes in, the last taken in first.
fn chain(python: &Python, root: ModuleId) -> Vec<ModuleId> {
    let mut settings = vec![root];
    let mut next = 0;
    while let Some(id) = settings.get(next).copied().filter(|_| settings.len() < MAX_SETTINGS) {
        for base in taken_in(python, id).into_iter().rev() {
            if !settings.contains(&base) {
                settings.push(base);
            }
        }
        next += 1;
    }
    settings
}

/// The module of a dotted name, sought in the folders around the module that names it, the nearest first.
pub(super) fn module_named(python: &Python, from: ModuleId, name: &str) -> Option<ModuleId> {
    let path = name.replace('.', "/");
    let mut folder = python.code.module(from).path.as_str();
    while !folder.is_empty() {
        folder = crate::folder_of(folder);
        let base = if folder.is_empty() { path.clone() } else { format!("{folder}/{path}") };
        // A package hides the module of its name beside it.
        let found = [format!("{base}/__init__.py"), format!("{base}.py")].iter().find_map(|path| python.code.at_path(path));
        if found.is_some() {
            return found;
        }
    }
    None
}

/// What a dotted path in a text leads to: a class or function of the tree, else its own name.
pub(super) fn dotted(python: &Python, of: Scoped, text: &str) -> Guard {
    let code = python.code;
    let at = code.location(of.module, of.value.span);
    let scope = FunctionRef { module: of.module, function: of.function };
    let mut guard = Guard { name: text.to_owned(), function: None, class: None, made: None, at, scope };
    let Some((module, name)) = text.rsplit_once('.') else { return guard };
    let origin = module_named(python, of.module, module).map(|module| code.exported(module, name));
    match origin.map(|o| o.base) {
        Some(Base::Class(class)) => guard.class = Some(class),
        Some(Base::Function(function)) => guard.function = Some(function),
        _ => {}
    }
    guard
}

fn middleware(python: &Python, project: &Project) -> Vec<Mounted> {
    let listed = [project.listed(python, "MIDDLEWARE"), project.listed(python, "MIDDLEWARE_CLASSES")].concat();
    let on = project.settings.first().map(|module| Location::whole(python.code.module(*module).file));
    let mounted = |of: Scoped| {
        let guard = dotted(python, of, &python.text(of)?);
        Some(Mounted { guard, prefix: None, on: on?, application: true, framework: FRAMEWORK, module: of.module, function: of.function })
    };
    listed.into_iter().filter_map(mounted).collect()
}
