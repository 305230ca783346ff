//! Files that describe one application on one platform.

use plimsoll_base::{Setting, Sourced};

use super::{PlatformTarget, asks, build, named_after, stores, target, variable, workload};
use crate::iac::value::{Value, each};
use crate::library::{Held, Library, folder_of, join};

fn root(held: &Held) -> Option<Value> {
    let node = held.root()?;
    node.is_mapping().then(|| Value::of(node, held.id))
}

pub(super) fn vercel(held: &Held) -> Option<PlatformTarget> {
    let value = root(held)?;
    let mut t = target("vercel", held, held.folder().to_owned());
    let mut w = workload(named_after(held.folder()), t.at, "web");
    for field in value.get("env").map(Value::fields).unwrap_or_default() {
        // `@name` refers to a secret of the platform.
        match field.value.text() {
            Some(text) if text.starts_with('@') => super::kept(&mut w, &field.name, field.at, "Vercel"),
            _ => w.environment.push(variable(&field.name, field.at, Some(&field.value))),
        }
    }
    t.workloads.push(w);
    for cron in each(value.get("crons")) {
        let mut w = workload(cron.get("path").and_then(Value::text).unwrap_or("cron"), cron.at, "cron");
        w.schedule = cron.get("schedule").and_then(Value::sourced);
        t.workloads.push(w);
    }
    Some(t)
}

/// The tables of a Netlify file; a file of that name without any of them belongs to something else.
const NETLIFY: [&str; 9] = ["build", "context", "redirects", "headers", "functions", "plugins", "edge_functions", "dev", "template"];

pub(super) fn netlify(held: &Held) -> Option<PlatformTarget> {
    let value = root(held)?;
    if !value.fields().is_empty() && !NETLIFY.iter().any(|table| value.get(table).is_some()) {
        return None;
    }
    let base = value.path(&["build", "base"]).and_then(Value::text).and_then(|b| join(held.folder(), b.trim_start_matches('/')));
    let folder = base.unwrap_or_else(|| held.folder().to_owned());
    let mut t = target("netlify", held, folder);
    let functions = value.get("functions").is_some() || value.get("plugins").is_some() || value.get("edge_functions").is_some();
    let mut w = workload(named_after(&t.folder), t.at, if functions { "web" } else { "static" });
    let variables = [value.path(&["build", "environment"]), value.path(&["context", "production", "environment"])];
    for field in variables.into_iter().flatten().flat_map(Value::fields) {
        w.environment.push(variable(&field.name, field.at, Some(&field.value)));
    }
    t.workloads.push(w);
    Some(t)
}

pub(super) fn cloudflare(held: &Held) -> Option<PlatformTarget> {
    let value = root(held)?;
    let name = value.get("name").and_then(Value::text).unwrap_or_else(|| named_after(held.folder())).to_owned();
    let mut t = target("cloudflare", held, held.folder().to_owned());
    let only_assets = value.get("main").is_none()
        && (value.get("pages_build_output_dir").is_some() || value.get("assets").is_some() || value.get("site").is_some());
    let mut w = workload(&name, t.at, if only_assets { "static" } else { "web" });
    let production = value.path(&["env", "production"]);
    for vars in [production.and_then(|p| p.get("vars")), value.get("vars")].into_iter().flatten() {
        for field in vars.fields() {
            if w.environment.iter().all(|v| v.name != field.name) {
                w.environment.push(variable(&field.name, field.at, Some(&field.value)));
            }
        }
    }
    for (field, engine) in [("d1_databases", "d1"), ("kv_namespaces", "kv"), ("r2_buckets", "r2"), ("hyperdrive", "hyperdrive")] {
        if let Some(f) = value.field(field) {
            t.datastores.push((engine.to_owned(), f.at));
            stores::cloudflare(field, &f.value, &mut t);
        }
    }
    if let Some(cron) = each(value.path(&["triggers", "crons"])).first() {
        let mut job = workload(&format!("{name} cron"), cron.at, "cron");
        job.schedule = cron.sourced();
        t.workloads.push(job);
    }
    t.workloads.insert(0, w);
    Some(t)
}

/// The tables of a Railway file.
const RAILWAY: [&str; 4] = ["build", "deploy", "environments", "$schema"];

pub(super) fn railway(library: &Library, held: &Held) -> Option<PlatformTarget> {
    let value = root(held)?;
    if !value.fields().is_empty() && !RAILWAY.iter().any(|table| value.get(table).is_some()) {
        return None;
    }
    let mut t = target("railway", held, held.folder().to_owned());
    let deploy = value.get("deploy");
    let get = |field: &str| deploy.and_then(|d| d.get(field));
    let kind = if get("cronSchedule").is_some() { "cron" } else { "web" };
    let mut w = workload(named_after(held.folder()), t.at, kind);
    w.schedule = get("cronSchedule").and_then(Value::sourced);
    w.command = get("startCommand").and_then(Value::words);
    w.probes.extend(get("healthcheckPath").map(asks));
    if let Some(count) = get("numReplicas") {
        w.replicas = count.count();
    }
    if let Some(policy) = get("restartPolicyType").and_then(Value::sourced).filter(|p| p.value.eq_ignore_ascii_case("never")) {
        w.restart = crate::container::Restart::No(policy);
    }
    let path = value.path(&["build", "dockerfilePath"]);
    let docker = path.is_some() || value.path(&["build", "builder"]).is_some_and(|b| b.is("DOCKERFILE"));
    // Without a builder named, a Dockerfile at the root is used.
    if docker || join(held.folder(), "Dockerfile").is_some_and(|p| library.get(&p).is_some()) && value.path(&["build", "builder"]).is_none()
    {
        t.builds_source = false;
        w.build = build(library, path.map_or(t.at, |p| p.at), held.folder(), path.and_then(Value::text), None);
    }
    t.workloads.push(w);
    if let Some(before) = get("preDeployCommand").and_then(Value::words) {
        let mut job = workload("pre-deploy", before.at, "release");
        job.command = Some(before);
        t.workloads.push(job);
    }
    Some(t)
}

pub(super) fn nixpacks(held: &Held) -> Option<PlatformTarget> {
    let value = root(held)?;
    let mut t = target("nixpacks", held, held.folder().to_owned());
    let mut w = workload(named_after(held.folder()), t.at, "web");
    w.command = value.path(&["start", "cmd"]).and_then(Value::words);
    t.workloads.push(w);
    Some(t)
}

pub(super) fn captain(library: &Library, held: &Held) -> Option<PlatformTarget> {
    // The file has no extension, so its content is parsed here.
    let parsed = plimsoll_syntax::json(held.text().as_bytes(), plimsoll_syntax::JsonFlavour::Comments);
    let value = Value::of(&parsed.value, held.id);
    value.get("schemaVersion")?;
    let mut t = target("caprover", held, held.folder().to_owned());
    let mut w = workload(named_after(held.folder()), t.at, "web");
    w.image = value.get("imageName").and_then(crate::iac::value::image);
    if let Some(path) = value.get("dockerfilePath") {
        t.builds_source = false;
        w.build = build(library, path.at, held.folder(), path.text(), None);
    } else if w.image.is_some() {
        t.builds_source = false;
    }
    t.workloads.push(w);
    Some(t)
}

pub(super) fn app_runner(held: &Held) -> Option<PlatformTarget> {
    let value = root(held)?;
    let run = value.get("run")?;
    let mut t = target("app-runner", held, held.folder().to_owned());
    let mut w = workload(named_after(held.folder()), t.at, "web");
    w.command = run.get("command").and_then(Value::words);
    for entry in each(run.get("env")) {
        if let Some(name) = entry.get("name").and_then(Value::text) {
            w.environment.push(variable(name, entry.at, entry.get("value")));
        }
    }
    for entry in each(run.get("secrets")) {
        if let Some(name) = entry.get("name").and_then(Value::text) {
            super::kept(&mut w, name, entry.at, "Secrets Manager or SSM");
        }
    }
    t.workloads.push(w);
    Some(t)
}

/// App Engine's file has a common name: it is told by its `runtime` or by a flexible environment.
pub(super) fn app_engine(held: &Held) -> Option<PlatformTarget> {
    let value = root(held)?;
    let runtime = value.get("runtime")?.text()?;
    let known = ["python", "nodejs", "java", "go", "php", "ruby", "custom", "aspnetcore"].iter().any(|r| runtime.starts_with(r));
    if !known || value.get("apiVersion").is_some() {
        return None;
    }
    let mut t = target("app-engine", held, held.folder().to_owned());
    let name = value.get("service").and_then(Value::text).unwrap_or_else(|| named_after(held.folder()));
    let mut w = workload(name, t.at, "web");
    w.command = value.get("entrypoint").and_then(Value::words);
    for field in value.get("env_variables").map(Value::fields).unwrap_or_default() {
        w.environment.push(variable(&field.name, field.at, Some(&field.value)));
    }
    for field in ["liveness_check", "readiness_check"] {
        if let Some(path) = value.path(&[field, "path"]) {
            let mut probe = asks(path);
            probe.kind =
                if field == "readiness_check" { crate::container::ProbeKind::Readiness } else { crate::container::ProbeKind::Liveness };
            w.probes.push(probe);
        }
    }
    let scaling = [
        value.path(&["automatic_scaling", "min_instances"]),
        value.path(&["automatic_scaling", "min_num_instances"]),
        value.path(&["manual_scaling", "instances"]),
    ];
    if let Some(count) = scaling.into_iter().flatten().next() {
        w.replicas = count.count();
    } else {
        w.replicas = Setting::Unresolved(t.at);
    }
    t.builds_source = runtime != "custom";
    t.workloads.push(w);
    Some(t)
}

/// The folder of a path given in a platform's file.
pub(super) fn folder_in(held: &Held, relative: Option<&str>) -> String {
    relative.and_then(|r| join(held.folder(), r.trim_start_matches('/'))).unwrap_or_else(|| folder_of(&held.path).to_owned())
}

/// A command given as text.
pub(super) fn command(text: &str, at: plimsoll_base::Location) -> Option<Sourced<Vec<String>>> {
    let text = text.trim();
    (!text.is_empty()).then(|| Sourced::new(vec![text.to_owned()], at))
}
