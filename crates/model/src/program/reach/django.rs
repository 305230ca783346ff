//! Django and Celery: settings that a variable names, and applications that settings list.

use plimsoll_facts::code::{Dialect, Kind, ModuleId, Target, Value};
use plimsoll_facts::folder_of;

use super::{Walk, computed};
use crate::program::entry::{Begin, below};

/// The variable that names the settings.
const SETTINGS: &str = "DJANGO_SETTINGS_MODULE";
/// Modules that Django takes in from every application that the settings list.
const PARTS: &[&str] = &["apps", "models", "admin", "translation", "checks"];

/// Loads what Django's settings and Celery's discovery name.
pub(super) fn follow(walk: &mut Walk<'_>, begin: &Begin) {
    if walk.settings.is_none() {
        walk.settings = settings(walk);
    }
    let mut applications = Vec::new();
    if let Some(settings) = walk.settings {
        walk.load(settings, settings);
        walk.run();
        applications = listed(walk, settings);
    }
    let migrates = begin.entries.iter().any(|e| e.says.contains("migrate"));
    let commands: Vec<&str> = begin.entries.iter().filter(|e| e.says.contains("manage.py")).flat_map(|e| e.says.split(' ')).collect();
    for (by, folder) in &applications {
        let inside = |part: &str| format!("{folder}/{part}");
        for part in PARTS {
            take(walk, *by, &inside(part));
        }
        computed::load_below(walk, *by, &inside("templatetags"));
        if migrates {
            computed::load_below(walk, *by, &inside("migrations"));
        }
        for command in &commands {
            take(walk, *by, &inside(&format!("management/commands/{}", command.trim_matches('`'))));
        }
    }
    discovered(walk, &applications);
}

/// Loads a module or package by its path without an extension, with all that it gives.
fn take(walk: &mut Walk<'_>, by: ModuleId, path: &str) {
    let found = walk.code.at_path(&format!("{path}.py")).or_else(|| walk.code.at_path(&format!("{path}/__init__.py")));
    if let Some(found) = found {
        walk.load(found, by);
        walk.need_all(found);
    }
}

/// The settings that the deployment's variable names, else those that the entry sets where none are.
fn settings(walk: &Walk<'_>) -> Option<ModuleId> {
    let told = walk.environment.get(SETTINGS).and_then(|h| h.value.clone());
    for id in walk.loaded.keys() {
        let source = walk.code.module(*id);
        if source.dialect != Dialect::Python {
            continue;
        }
        for call in &source.module.calls {
            let Some(at) = call.arguments.iter().position(|a| a.value.text() == Some(SETTINGS)) else { continue };
            let written = call.arguments.get(at + 1).and_then(|a| a.value.text());
            for named in told.as_deref().into_iter().chain(written) {
                if let Some((found, None)) = walk.python_module(*id, named) {
                    return Some(found);
                }
            }
        }
    }
    let entry = *walk.loaded.keys().next()?;
    walk.python_module(entry, told.as_deref()?).filter(|(_, rest)| rest.is_none()).map(|(found, _)| found)
}

/// The folders of the applications that settings list, each with the module that lists it.
fn listed(walk: &Walk<'_>, settings: ModuleId) -> Vec<(ModuleId, String)> {
    let mut found: Vec<(ModuleId, String)> = Vec::new();
    // Settings are often put together from several modules of one folder.
    let folder = folder_of(&walk.code.module(settings).path);
    let modules: Vec<ModuleId> =
        walk.loaded.keys().copied().filter(|id| *id == settings || below(&walk.code.module(*id).path, folder)).collect();
    for id in modules {
        let module = &walk.code.module(id).module;
        for assignment in &module.assignments {
            let Target::Name(name) = &assignment.target else { continue };
            if !name.ends_with("_APPS") {
                continue;
            }
            for text in assignment.value.walk().into_iter().filter_map(Value::text) {
                let named = walk.python_module(id, text);
                let folder = match named {
                    // The package itself, or its configuration: `blog.apps.BlogConfig`.
                    Some((inner, None)) => Some(inner),
                    Some((inner, Some(rest))) if rest.starts_with(|c: char| c.is_ascii_uppercase()) => Some(inner),
                    _ => None,
                };
                let folder = folder.map(|inner| folder_of(&walk.code.module(inner).path).to_owned()).or_else(|| namespace(walk, id, text));
                if let Some(folder) = folder.filter(|f| !found.iter().any(|(_, known)| known == f)) {
                    found.push((id, folder));
                }
            }
        }
    }
    found
}

/// The folder of an application whose `__init__` is empty or not there.
fn namespace(walk: &Walk<'_>, by: ModuleId, name: &str) -> Option<String> {
    let parts = ["models", "apps", "views", "urls", "admin"];
    let (found, _) = parts.iter().find_map(|p| walk.python_module(by, &format!("{name}.{p}")).filter(|(_, rest)| rest.is_none()))?;
    Some(folder_of(&walk.code.module(found).path).to_owned())
}

/// Modules of tasks that Celery's `autodiscover_tasks` finds: in the packages that it is given, else in all applications.
fn discovered(walk: &mut Walk<'_>, applications: &[(ModuleId, String)]) {
    let mut found: Vec<(ModuleId, String)> = Vec::new();
    for id in walk.loaded.keys() {
        let source = walk.code.module(*id);
        for call in source.module.calls.iter().filter(|c| c.method() == Some("autodiscover_tasks")) {
            let related = call.keyword("related_name").and_then(Value::text).unwrap_or("tasks");
            let packages = call.argument(0).or_else(|| call.keyword("packages"));
            let named: Vec<&str> = packages.into_iter().flat_map(Value::walk).filter_map(Value::text).collect();
            let all = named.is_empty() && packages.is_none_or(|p| !matches!(p.kind, Kind::List(_)));
            found.extend(named.iter().filter_map(|n| {
                let (module, _) = walk.python_module(*id, n)?;
                let path = &walk.code.module(module).path;
                let folder = path.strip_suffix("/__init__.py").map(str::to_owned).unwrap_or_else(|| folder_of(path).to_owned());
                Some((*id, format!("{folder}/{related}")))
            }));
            found.extend(applications.iter().filter(|_| all).map(|(_, folder)| (*id, format!("{folder}/{related}"))));
        }
    }
    for (by, path) in found {
        take(walk, by, &path);
    }
}
