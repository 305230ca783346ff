//! Files that describe several services at once: Render's blueprint, DigitalOcean's app specification.

use super::single::folder_in;
use super::{PlatformTarget, asks, build, kept, stores, target, variable, workload};
use crate::container::{ValueSource, Variable, Workload};
use crate::iac::value::{Value, each, image};
use crate::library::{Held, Library};

pub(super) fn render(library: &Library, held: &Held) -> Option<PlatformTarget> {
    let value = Value::of(held.root()?, held.id);
    let mut t = target("render", held, held.folder().to_owned());
    t.builds_source = false;
    for database in each(value.get("databases")) {
        t.datastores.push(("postgres".into(), database.at));
        stores::render(database, "postgres", &mut t);
    }
    for service in each(value.get("services")) {
        let name = service.get("name").and_then(Value::text).unwrap_or("service");
        let kind = service.get("type").and_then(Value::text).unwrap_or("web");
        let runtime = service.get("runtime").or_else(|| service.get("env")).and_then(Value::text).unwrap_or("");
        // A database that was written among the services: it starts nothing, and the blueprint makes no store of it either.
        if kind == "pserv" && service.get("databaseName").is_some() {
            continue;
        }
        let kind = match kind {
            "redis" | "keyvalue" => {
                t.datastores.push(("redis".into(), service.at));
                stores::render(service, "redis", &mut t);
                continue;
            }
            "static" => "static",
            "web" if runtime == "static" => "static",
            "pserv" => "private",
            "worker" => "worker",
            "cron" => "cron",
            _ => "web",
        };
        let mut w = workload(name, service.at, kind);
        let root = folder_in(held, service.get("rootDir").and_then(Value::text));
        let docker = runtime == "docker" || service.get("dockerfilePath").is_some();
        if docker {
            // Paths are given from the service's root folder.
            let path = service.get("dockerfilePath");
            let context = service.get("dockerContext").and_then(Value::text);
            let at = path.map_or(service.at, |p| p.at);
            w.build = build(library, at, &root, path.and_then(Value::text).or(Some("Dockerfile")), context);
            w.command = service.get("dockerCommand").and_then(Value::words);
        } else if let Some(named) = service.path(&["image", "url"]) {
            w.image = image(named);
        } else {
            w.command = service.get("startCommand").and_then(Value::words);
            t.builds_source |= kind != "private" || service.get("buildCommand").is_some();
        }
        w.schedule = service.get("schedule").and_then(Value::sourced);
        w.probes.extend(service.get("healthCheckPath").map(asks));
        if let Some(count) = service.get("numInstances").or_else(|| service.path(&["scaling", "minInstances"])) {
            w.replicas = count.count();
        }
        if let Some(disk) = service.get("disk") {
            let target = disk.get("mountPath").and_then(Value::text).unwrap_or_default().to_owned();
            let name = disk.get("name").and_then(Value::text).unwrap_or("disk").to_owned();
            let mount =
                crate::container::Mount { at: disk.at, source: crate::container::MountSource::Volume(name), target, read_only: false };
            // "Render automatically creates a snapshot of your disk every 24 hours … at least seven days".
            stores::disk(&mount, disk, "Render disk", 7, &mut t);
            w.mounts.push(mount);
        }
        for entry in each(service.get("envVars")) {
            environment(entry, &value, &mut w);
        }
        t.workloads.push(w);
        if let Some(before) = service.get("preDeployCommand").and_then(Value::words) {
            let mut job = workload(&format!("{name}/pre-deploy"), before.at, "release");
            job.command = Some(before);
            t.workloads.push(job);
        }
    }
    (!t.workloads.is_empty()).then_some(t)
}

fn environment(entry: &Value, whole: &Value, w: &mut Workload) {
    if let Some(group) = entry.get("fromGroup").and_then(Value::text) {
        let groups = each(whole.get("envVarGroups"));
        let found = groups.iter().find(|g| g.get("name").is_some_and(|n| n.is(group)));
        for inner in each(found.and_then(|g| g.get("envVars"))).iter().filter(|i| i.get("fromGroup").is_none()) {
            environment(inner, whole, w);
        }
        return;
    }
    let Some(name) = entry.get("key").and_then(Value::text) else { return };
    if entry.get("sync").is_some_and(Value::is_false) || entry.get("generateValue").is_some_and(Value::is_true) {
        kept(w, name, entry.at, "Render");
    } else if ["fromDatabase", "fromService"].iter().any(|f| entry.get(f).is_some()) {
        w.environment.push(Variable { name: name.to_owned(), at: entry.at, value: ValueSource::ConfigRef("Render".into()) });
    } else {
        w.environment.push(variable(name, entry.at, entry.get("value")));
    }
}

pub(super) fn digital_ocean(library: &Library, held: &Held) -> Option<PlatformTarget> {
    let value = Value::of(held.root()?, held.id);
    // Paths are given from the root of the repository, above `.do`.
    let above = held.folder().strip_suffix(".do").unwrap_or("").trim_end_matches('/').to_owned();
    let mut t = target("digitalocean-app", held, above.clone());
    t.builds_source = false;
    for (field, kind) in [("services", "web"), ("workers", "worker"), ("static_sites", "static"), ("jobs", "release"), ("functions", "web")]
    {
        for service in each(value.get(field)) {
            let name = service.get("name").and_then(Value::text).unwrap_or(kind);
            let mut w = workload(name, service.at, kind);
            if let Some(path) = service.get("dockerfile_path") {
                w.build = build(library, path.at, &above, path.text(), service.get("source_dir").and_then(Value::text));
            } else if let Some(named) = service.path(&["image", "repository"]) {
                w.image = image(named);
            } else {
                t.builds_source = true;
            }
            w.command = service.get("run_command").and_then(Value::words);
            w.schedule = service.path(&["schedule", "cron"]).and_then(Value::sourced);
            w.probes.extend(service.path(&["health_check", "http_path"]).map(asks));
            if let Some(count) = service.get("instance_count").or_else(|| service.path(&["autoscaling", "min_instance_count"])) {
                w.replicas = count.count();
            }
            for entry in each(service.get("envs")).iter().chain(each(value.get("envs"))) {
                let Some(name) = entry.get("key").and_then(Value::text) else { continue };
                if entry.get("type").is_some_and(|t| t.is("SECRET")) {
                    kept(&mut w, name, entry.at, "DigitalOcean");
                } else {
                    w.environment.push(variable(name, entry.at, entry.get("value")));
                }
            }
            t.workloads.push(w);
        }
    }
    for database in each(value.get("databases")) {
        let engine = match database.get("engine").and_then(Value::text).unwrap_or("PG") {
            "PG" => "postgres".to_owned(),
            other => other.to_ascii_lowercase(),
        };
        stores::digital_ocean(database, &engine, &mut t);
        t.datastores.push((engine, database.at));
    }
    (!t.workloads.is_empty()).then_some(t)
}
