//! Platforms that run containers: Fly, Cloud Run, and Kamal on hosts of one's own.

use plimsoll_base::{Location, Setting, Sourced};

use super::single::command;
use super::{PlatformTarget, build, kept, named_after, stores, target, variable, workload};
use crate::container::{Mount, MountSource, Port, Probe, ProbeKind, ProbeTest, Reach, Restart, Runtime, Workload};
use crate::iac::kubernetes as object;
use crate::iac::value::{Value, each, image};
use crate::library::{Held, Library};

pub(super) fn fly(library: &Library, held: &Held) -> Option<PlatformTarget> {
    let value = Value::of(held.root()?, held.id);
    if !["app", "http_service", "services", "primary_region"].iter().any(|f| value.field(f).is_some()) {
        return None;
    }
    let folder = held.folder();
    let mut t = target("fly", held, folder.to_owned());
    let app = value.get("app").and_then(Value::text).unwrap_or_else(|| named_after(folder)).to_owned();
    let named = value.path(&["build", "image"]);
    let dockerfile = value.path(&["build", "dockerfile"]);
    let built = if named.is_some() {
        None
    } else if dockerfile.is_some() || value.path(&["build", "builder"]).is_none() {
        build(library, dockerfile.map_or(t.at, |d| d.at), folder, dockerfile.and_then(Value::text), None)
            .filter(|b| b.dockerfile_exists || dockerfile.is_some())
    } else {
        None
    };
    t.builds_source = named.is_none() && built.is_none();
    let serving: Vec<&Value> = value.get("http_service").into_iter().chain(each(value.get("services"))).collect();
    let processes: Vec<(String, Location, Option<&Value>)> = match value.get("processes").map(Value::fields) {
        Some(fields) if !fields.is_empty() => fields.iter().map(|f| (f.name.clone(), f.at, Some(&f.value))).collect(),
        _ => vec![("app".into(), t.at, None)],
    };
    let alone = processes.len() == 1;
    for (process, at, run) in processes {
        let of = |v: &&&Value| v.get("processes").is_none_or(|p| p.items().iter().any(|i| i.is(&process)));
        let mine: Vec<&&Value> = serving.iter().filter(|v| (of)(v)).collect();
        let name = if alone { app.clone() } else { process.clone() };
        let mut w = workload(&name, at, if mine.is_empty() { "worker" } else { "web" });
        w.image = named.and_then(image);
        w.build = built.clone();
        w.command = run.and_then(Value::text).and_then(|c| command(c, at));
        for service in mine {
            let target = service.get("internal_port").and_then(Value::text).map(str::to_owned);
            if let Some(port) = w.ports.first_mut() {
                port.target = target;
                port.at = service.at;
            }
            for (field, kind) in [("checks", None), ("http_checks", Some(true)), ("tcp_checks", Some(false)), ("machine_checks", None)] {
                each(service.get(field)).iter().for_each(|c| w.probes.push(check(c, kind)));
            }
            if let Some(least) = service.get("min_machines_running") {
                w.replicas = least.count();
            }
        }
        if w.replicas.stated().is_none() {
            // How many machines there are is the platform's state, not the file's.
            w.replicas = Setting::Unresolved(t.at);
        }
        for field in value.get("checks").map(Value::fields).unwrap_or_default() {
            w.probes.push(check(&field.value, None));
        }
        for field in value.get("env").map(Value::fields).unwrap_or_default() {
            w.environment.push(variable(&field.name, field.at, Some(&field.value)));
        }
        w.update.strategy = value.path(&["deploy", "strategy"]).and_then(Value::sourced);
        w.grace_period = value.get("kill_timeout").and_then(Value::sourced);
        w.memory_limit = each(value.get("vm")).first().and_then(|v| v.get("memory").or_else(|| v.get("size"))).and_then(Value::setting);
        for mount in each(value.get("mounts")) {
            let source = mount.get("source").and_then(Value::text).map_or(MountSource::Anonymous, |s| MountSource::Volume(s.to_owned()));
            let target = mount.get("destination").and_then(Value::text).unwrap_or_default().to_owned();
            let mounted = Mount { at: mount.at, source, target, read_only: false };
            // "Fly.io takes daily snapshots of all Fly Volumes … kept for 5 days by default".
            stores::disk(&mounted, mount, "Fly volume", 5, &mut t);
            w.mounts.push(mounted);
        }
        t.workloads.push(w);
    }
    if let Some(release) = value.path(&["deploy", "release_command"]) {
        let mut w = workload("release", release.at, "release");
        w.command = release.words();
        w.build = built;
        t.workloads.push(w);
    }
    Some(t)
}

fn check(value: &Value, http: Option<bool>) -> Probe {
    let path = value.get("path").and_then(Value::text);
    let test = match (http, path) {
        (Some(false), _) => ProbeTest::Tcp,
        (_, Some(path)) => ProbeTest::Http { path: path.to_owned(), port: value.get("port").and_then(Value::text).map(str::to_owned) },
        _ if value.get("type").is_some_and(|t| t.is("tcp")) => ProbeTest::Tcp,
        _ => ProbeTest::Http { path: "/".into(), port: None },
    };
    Probe { kind: ProbeKind::Health, test, at: value.at }
}

/// A service of Google's Cloud Run, which takes the form of a Knative object.
pub(super) fn cloud_run(held: &Held) -> Option<PlatformTarget> {
    let mut t = target("cloud-run", held, held.folder().to_owned());
    t.builds_source = false;
    for found in object::hosted(held) {
        for mut w in object::run(&found) {
            w.runtime = Runtime::Platform;
            for variable in &mut w.secrets {
                variable.store = crate::container::SecretStore::Managed("Secret Manager".into());
            }
            let least = found.spec(&["template", "metadata", "annotations", "autoscaling.knative.dev/minScale"]);
            w.replicas = least.map_or(Setting::Defaulted(0), Value::count);
            let ingress =
                found.value.path(&["metadata", "annotations", "run.googleapis.com/ingress"]).and_then(Value::text).unwrap_or("all");
            let reach = if ingress == "all" { Reach::Unresolved } else { Reach::Private };
            for port in &mut w.ports {
                port.reach = reach;
                port.says = format!("Cloud Run endpoint, ingress {ingress}");
            }
            t.at = found.at();
            t.workloads.push(w);
        }
    }
    (!t.workloads.is_empty()).then_some(t)
}

/// Kamal runs containers on hosts behind its proxy.
pub(super) fn kamal(library: &Library, held: &Held) -> Option<PlatformTarget> {
    let value = Value::of(held.root()?, held.id);
    let service = value.get("service").and_then(Value::text)?;
    let servers = value.get("servers")?;
    let named = value.get("image")?;
    let mut t = target("kamal", held, super::single::folder_in(held, Some("..")));
    t.builds_source = false;
    let proxy = value.get("proxy");
    let roles: Vec<(&str, &Value)> = match servers.fields() {
        [] => vec![("web", servers)],
        fields => fields.iter().map(|f| (f.name.as_str(), &f.value)).collect(),
    };
    let dockerfile = value.path(&["builder", "dockerfile"]);
    let folder = t.folder.clone();
    for (role, hosts) in roles {
        let name = if role == "web" { service.to_owned() } else { format!("{service}/{role}") };
        let mut w = Workload::new(name, hosts.at, Runtime::Process);
        w.image = image(named);
        let built = build(
            library,
            dockerfile.map_or(named.at, |d| d.at),
            &folder,
            dockerfile.and_then(Value::text),
            value.path(&["builder", "context"]).and_then(Value::text),
        );
        w.build = built.filter(|b| b.dockerfile_exists || dockerfile.is_some());
        w.command = hosts.get("cmd").and_then(Value::words);
        w.restart = Restart::Always(Sourced::new("unless-stopped".into(), hosts.at));
        let list = hosts.get("hosts").unwrap_or(hosts);
        if !list.items().is_empty() {
            w.replicas = Setting::Stated(Sourced::new(u32::try_from(list.items().len()).unwrap_or(u32::MAX), list.at));
        }
        if role == "web" {
            let at = proxy.map_or(t.at, |p| p.at);
            w.update.balanced = Some(at);
            w.update.strategy = Some(Sourced::new("start-first".into(), at));
            let path = proxy.and_then(|p| p.path(&["healthcheck", "path"])).or_else(|| value.path(&["healthcheck", "path"]));
            let test = ProbeTest::Http { path: path.and_then(Value::text).unwrap_or("/up").to_owned(), port: None };
            w.probes.push(Probe { kind: ProbeKind::LoadBalancer, test, at: path.map_or(at, |p| p.at) });
            let target = proxy.and_then(|p| p.get("app_port")).and_then(Value::text).unwrap_or("80").to_owned();
            w.ports.push(Port { at, target: Some(target), reach: Reach::Private, published: None, says: "behind Kamal's proxy".into() });
        }
        for field in value.path(&["env", "clear"]).map(Value::fields).unwrap_or_default() {
            w.environment.push(variable(&field.name, field.at, Some(&field.value)));
        }
        for secret in each(value.path(&["env", "secret"])) {
            if let Some(name) = secret.text() {
                kept(&mut w, name, secret.at, "Kamal secrets");
                if let Some(last) = w.secrets.last_mut() {
                    last.store = crate::container::SecretStore::Environment(name.to_owned());
                }
            }
        }
        t.workloads.push(w);
    }
    for field in value.get("accessories").map(Value::fields).unwrap_or_default() {
        let mut w = Workload::new(&field.name, field.at, Runtime::Process);
        w.image = field.value.get("image").and_then(image);
        w.restart = Restart::Always(Sourced::new("unless-stopped".into(), field.at));
        if let Some(port) = field.value.get("port").and_then(Value::sourced) {
            let reach = if port.value.starts_with("127.0.0.1") { Reach::Loopback } else { Reach::Public };
            let target = port.value.rsplit(':').next().map(str::to_owned);
            let published = port.value.rsplit(':').nth(1).or(target.as_deref()).map(str::to_owned);
            w.ports.push(Port { at: port.at, target, reach, published, says: port.value });
        }
        t.workloads.push(w);
    }
    Some(t)
}
