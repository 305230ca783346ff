//! Modules that nothing imports and that run all the same: what frameworks look for by name.

use std::collections::BTreeSet;

use plimsoll_base::Location;
use plimsoll_facts::code::{Dialect, FunctionId, FunctionRef, ModuleId, Resolved};
use plimsoll_facts::{Language, Role, folder_of};

use super::{Walk, computed, django};
use crate::program::entry::{Begin, below};
use crate::service::Service;
use crate::system::System;

/// Loads what conventions load, until nothing is added.
pub(super) fn follow(walk: &mut Walk<'_>, begin: &Begin) {
    let mut wired = BTreeSet::new();
    loop {
        let before = (walk.loaded.len(), walk.members.len(), walk.needed.len());
        django::follow(walk, begin);
        migrations(walk);
        listed(walk, begin);
        handlers(walk, &mut wired);
        walk.run();
        if before == (walk.loaded.len(), walk.members.len(), walk.needed.len()) {
            return;
        }
    }
}

/// The versions that Alembic's environment runs.
fn migrations(walk: &mut Walk<'_>) {
    let ends = |path: &str| path.ends_with("alembic/env.py") || path.ends_with("migrations/env.py");
    let found: Vec<ModuleId> = walk.loaded.keys().copied().filter(|id| ends(&walk.code.module(*id).path)).collect();
    for id in found {
        let folder = format!("{}/versions", folder_of(&walk.code.module(id).path));
        computed::load_below(walk, id, &folder);
    }
}

/// Modules that the frameworks' own readers list, where that framework runs in the program.
fn listed(walk: &mut Walk<'_>, begin: &Begin) {
    let Some(by) = begin.entries.first().map(|e| e.module) else { return };
    let conventions = &walk.system.wiring().conventions;
    if conventions.is_empty() {
        return;
    }
    let imported = frameworks(walk);
    let word = |name: &str| name.trim_start_matches('@').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned();
    for (module, name) in conventions {
        let first = word(name);
        // Of several settings those that run are known by their name; what they name is loaded with them.
        if walk.loaded.contains_key(module) || first == "django" && walk.settings.is_some() {
            continue;
        }
        let path = &walk.code.module(*module).path;
        let started = begin.apps.iter().any(|(framework, folder)| word(framework) == first && below(path, folder));
        if started || below(path, walk.root) && imported.contains(first.as_str()) {
            walk.load(*module, by);
            walk.need_all(*module);
        }
    }
}

/// The frameworks that loaded modules run by themselves, in the words with which conventions begin.
fn frameworks(walk: &Walk<'_>) -> BTreeSet<&'static str> {
    let of = |id: &ModuleId| {
        let imports = &walk.code.module(*id).imports;
        imports.iter().filter_map(|r| match r {
            Resolved::Package { name, rest } => match (name.as_str(), rest.as_str()) {
                // `next/link` in a component, or `next-auth`, does not make a program a server of Next.
                ("next", "") => Some("next"),
                ("nuxt" | "nuxt3", "") => Some("nuxt"),
                ("@remix-run/express" | "@remix-run/serve" | "@react-router/express", _) => Some("remix"),
                ("django", _) => Some("django"),
                _ => None,
            },
            _ => None,
        })
    };
    walk.loaded.keys().flat_map(of).collect()
}

/// Handlers of routes, tasks and schedules that loaded modules declare.
fn handlers(walk: &mut Walk<'_>, seen: &mut BTreeSet<FunctionRef>) {
    let wiring = walk.system.wiring();
    let routes = wiring.routes.iter().filter(|r| walk.loaded.contains_key(&r.module)).map(|r| (r.handler, r.class));
    let tasks = wiring.tasks.iter().filter(|t| walk.loaded.contains_key(&t.module)).map(|t| (t.handler, None));
    let schedules = wiring.schedules.iter().filter(|s| walk.loaded.contains_key(&s.module)).map(|s| (s.handler, None));
    let found: Vec<_> = routes.chain(tasks).chain(schedules).collect();
    for (handler, class) in found {
        if let Some(handler) = handler.filter(|h| seen.insert(*h)) {
            walk.load(handler.module, handler.module);
            walk.reach(handler);
        }
        if let Some(class) = class.filter(|c| seen.insert(FunctionRef { module: c.module, function: FunctionId(u32::MAX - c.class.0) })) {
            walk.load(class.module, class.module);
            walk.class(class.module, class.class);
        }
    }
}

/// A doubt where a good part of a service's source is in a language that nothing here reads.
pub(super) fn languages(system: &System, service: &Service, root: &str, nothing: bool) -> Vec<(Location, String)> {
    let others: Vec<String> = system.owned().filter(|s| s.name != service.name).filter_map(|s| s.source_root(system)).collect();
    let inner: Vec<&String> = others.iter().filter(|o| o.len() > root.len() && below(o, root)).collect();
    let own = |path: &str| below(path, root) && !inner.iter().any(|o| below(path, o));
    let mut read = 0;
    let mut others: std::collections::BTreeMap<Language, (u64, plimsoll_base::FileId)> = std::collections::BTreeMap::new();
    for source in system.sources().iter().filter(|s| s.role == Role::Product && own(&s.path)) {
        if Dialect::of(&source.path).is_some() {
            read += source.size;
        } else if runs(source.language) && !builds(&source.path) {
            let entry = others.entry(source.language).or_insert((0, source.file));
            entry.0 += source.size;
        }
    }
    let much = |bytes: u64| nothing || bytes * 5 > read;
    let found = others.into_iter().filter(|(_, (bytes, _))| much(*bytes));
    found.map(|(language, (_, file))| (Location::whole(file), format!("{language:?} is not read"))).collect()
}

/// Whether a source describes a build or a pipeline.
fn builds(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|n| n.starts_with("Jenkinsfile") || n.ends_with(".gradle") || n.ends_with(".gradle.kts") || n == "Fastfile")
}

/// Languages in which services are written.
fn runs(language: Language) -> bool {
    matches!(
        language,
        Language::Go
            | Language::Rust
            | Language::Java
            | Language::Kotlin
            | Language::Scala
            | Language::Groovy
            | Language::Clojure
            | Language::CSharp
            | Language::FSharp
            | Language::Ruby
            | Language::Php
            | Language::Elixir
            | Language::Erlang
            | Language::Swift
            | Language::Dart
            | Language::Haskell
            | Language::C
            | Language::Cpp
            | Language::Perl
            | Language::Lua
            | Language::Zig
    )
}
