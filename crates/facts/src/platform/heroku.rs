//! Heroku and what takes its files: Procfile, app.json, heroku.yml.

use plimsoll_base::{Location, Sourced, Span};

use super::single::command;
use super::{PlatformTarget, build, kept, named_after, stores, target, variable, workload};
use crate::container::Workload;
use crate::iac::value::Value;
use crate::library::{Held, Library};

pub(super) fn procfile(library: &Library, held: &Held) -> Option<PlatformTarget> {
    // `heroku.yml` goes before it.
    if library.resolve(held.folder(), "heroku.yml").is_some_and(|h| h.root().is_some_and(|n| n.get("build").is_some())) {
        return None;
    }
    let mut t = target("heroku", held, held.folder().to_owned());
    let text = held.text();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = held.at(Span::new(start, start + line.trim_end().len()));
        start += line.len();
        let Some((name, rest)) = line.trim().split_once(':') else { continue };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            continue;
        }
        let mut w = process(name, at);
        w.command = command(rest, at);
        t.workloads.push(w);
    }
    if let Some(app) = library.resolve(held.folder(), "app.json")
        && let Some(node) = app.root()
    {
        described(&Value::of(node, app.id), &mut t);
    }
    (!t.workloads.is_empty()).then_some(t)
}

fn process(name: &str, at: Location) -> Workload {
    match name {
        "web" => workload(name, at, "web"),
        "release" => workload(name, at, "release"),
        _ => workload(name, at, "worker"),
    }
}

/// `app.json` alone: other tools use the name, so that only a description of an application on Heroku counts.
pub(super) fn app(library: &Library, held: &Held) -> Option<PlatformTarget> {
    let value = Value::of(held.root()?, held.id);
    if ["Procfile", "heroku.yml"].iter().any(|n| library.resolve(held.folder(), n).is_some()) {
        return None;
    }
    if !["addons", "buildpacks", "formation", "stack", "success_url"].iter().any(|f| value.field(f).is_some()) {
        return None;
    }
    let mut t = target("heroku", held, held.folder().to_owned());
    t.workloads.push(workload(named_after(held.folder()), t.at, "web"));
    t.builds_source = !value.get("stack").is_some_and(|s| s.is("container"));
    described(&value, &mut t);
    Some(t)
}

fn described(value: &Value, t: &mut PlatformTarget) {
    for field in value.get("env").map(Value::fields).unwrap_or_default() {
        for w in &mut t.workloads {
            let literal = field.value.get("value").or(Some(&field.value)).filter(|v| v.text().is_some_and(|t| !t.is_empty()));
            if literal.is_some() {
                w.environment.push(variable(&field.name, field.at, literal));
            } else {
                kept(w, &field.name, field.at, "Heroku config");
            }
        }
    }
    for addon in value.get("addons").map(Value::items).unwrap_or_default() {
        let plan = addon.text().or_else(|| addon.get("plan").and_then(Value::text)).unwrap_or_default();
        let known = [
            ("postgres", "postgres"),
            ("redis", "redis"),
            ("mysql", "mysql"),
            ("jawsdb", "mysql"),
            ("cleardb", "mysql"),
            ("mongo", "mongodb"),
            ("kafka", "kafka"),
        ];
        if let Some((_, engine)) = known.iter().find(|(word, _)| plan.contains(word)) {
            t.datastores.push(((*engine).to_owned(), addon.at));
            stores::heroku(plan, engine, addon.at, t);
        }
    }
    for field in value.get("formation").map(Value::fields).unwrap_or_default() {
        if let (Some(w), Some(count)) = (t.workloads.iter_mut().find(|w| w.name == field.name), field.value.get("quantity")) {
            w.replicas = count.count();
        }
    }
}

pub(super) fn manifest(library: &Library, held: &Held) -> Option<PlatformTarget> {
    let value = Value::of(held.root()?, held.id);
    let images = value.path(&["build", "docker"])?;
    let mut t = target("heroku", held, held.folder().to_owned());
    t.builds_source = false;
    for field in images.fields() {
        let mut w = process(&field.name, field.at);
        w.build = build(
            library,
            field.at,
            held.folder(),
            field.value.text().or_else(|| field.value.get("dockerfile").and_then(Value::text)),
            None,
        );
        t.workloads.push(w);
    }
    for field in value.get("run").map(Value::fields).unwrap_or_default() {
        let own = field.value.words().or_else(|| field.value.get("command").and_then(Value::words));
        let from = field.value.get("image").and_then(Value::text).unwrap_or(&field.name);
        let built = t.workloads.iter().find(|w| w.name == from).and_then(|w| w.build.clone());
        match t.workloads.iter_mut().find(|w| w.name == field.name) {
            Some(w) => w.command = own,
            None => {
                let mut w = process(&field.name, field.at);
                w.command = own;
                w.build = built;
                t.workloads.push(w);
            }
        }
    }
    if let Some(release) = value.path(&["release", "command"]).and_then(Value::words) {
        let mut w = workload("release", release.at, "release");
        w.command = Some(Sourced::new(vec![release.value.join(" && ")], release.at));
        t.workloads.push(w);
    }
    Some(t)
}
