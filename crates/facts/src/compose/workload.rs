//! A merged service as a workload.

use std::collections::BTreeSet;

use plimsoll_base::{Location, Setting, Sourced};

use super::value::{Context, Pair, Shape, Value};
use super::{build, ports, variables, volumes};
use crate::container::{
    Dependency, LogDriver, Privileges, Probe, ProbeKind, ProbeTest, Restart, Runtime, SecretStore, SecretUse, Update, Workload,
};

/// How many entries of one list of a service are read, where reading looks each one up.
pub(super) const MAX_ITEMS: usize = 1_000;

/// What the whole project says that a service's meaning depends on.
pub(super) struct Surroundings<'a> {
    /// How values are read.
    pub(super) context: Context<'a>,
    /// The top-level secrets.
    pub(super) secrets: Option<&'a Value>,
    /// The top-level configs.
    pub(super) configs: Option<&'a Value>,
    /// A Swarm stack: rolling updates mean something.
    pub(super) swarm: bool,
    /// Services that others await to complete.
    pub(super) awaited: &'a BTreeSet<String>,
}

/// A service as a workload; `left` is how many more variables the project may hold.
pub(super) fn workload(around: &Surroundings, pair: &Pair, left: &mut usize) -> Workload {
    let context = around.context;
    let service = &pair.value;
    let mut w = Workload::new(&*pair.key, pair.key_at, Runtime::Compose);
    let setting = |key: &str| service.get(key).and_then(|v| context.setting(v));
    w.image = setting("image");
    w.build = build::build(context, service);
    w.user = setting("user");
    w.entrypoint = command(context, service.get("entrypoint"));
    w.command = command(context, service.get("command"));
    health(context, service, &mut w);
    resources(context, service, &mut w);
    w.restart = restart(context, service);
    w.mounts = volumes::mounts(context, service, around.configs);
    w.privileges = privileges(context, service);
    volumes::note_host(&w.mounts, &mut w.privileges);
    let host_network = service.get("network_mode").and_then(|n| context.text(n)).is_some_and(|n| n == "host");
    w.ports = ports::ports(context, service, host_network);
    w.env_files = variables::env_files(context, service);
    w.environment = variables::environment(context, service, &w.env_files, left);
    w.secrets = secrets(context, service, around.secrets);
    w.depends_on = dependencies(context, service);
    w.networks =
        service.get("networks").map(Value::pairs).unwrap_or_default().iter().map(|p| Sourced::new(p.key.to_string(), p.key_at)).collect();
    w.replicas = replicas(context, service);
    if around.swarm {
        w.update = update(context, service);
    }
    w.fixed_name = service.get("container_name").filter(|n| n.raw().is_some_and(|r| !r.is_empty())).map(|n| n.at);
    w.aliases = aliases(context, service);
    let job = service.path(&["deploy", "mode"]).and_then(|m| context.text(m)).is_some_and(|m| m.ends_with("-job"));
    w.one_shot = job || around.awaited.contains(&w.name) && !matches!(w.restart, Restart::Always(_));
    w.labels = variables::labels(context, service);
    w.grace_period = service.get("stop_grace_period").and_then(|g| context.sourced(g));
    w.init = flag(context, service, "init");
    w.logging = logging(context, service);
    w
}

/// Names besides its own by which neighbours reach it.
fn aliases(context: Context, service: &Value) -> Vec<String> {
    let mut found: Vec<String> =
        ["container_name", "hostname"].iter().filter_map(|k| context.text(service.get(k)?)).filter(|n| !n.is_empty()).collect();
    for network in service.get("networks").map(Value::pairs).unwrap_or_default().iter().take(MAX_ITEMS) {
        found.extend(network.value.get("aliases").map(|a| context.words(a)).unwrap_or_default());
    }
    found
}

/// `logging`; without a driver Docker takes `json-file`.
fn logging(context: Context, service: &Value) -> Option<LogDriver> {
    let logging = service.get("logging").filter(|l| l.is_map())?;
    let driver = logging.get("driver").and_then(|d| context.setting(d)).unwrap_or_else(|| Setting::Defaulted("json-file".into()));
    let options = logging.get("options").map(Value::pairs).unwrap_or_default();
    let options = options.iter().take(MAX_ITEMS).filter_map(|p| Some((p.key.to_string(), context.sourced(&p.value)?))).collect();
    Some(LogDriver { at: logging.at, driver, options })
}

fn flag(context: Context, service: &Value, key: &str) -> Option<Location> {
    let value = service.get(key)?;
    context.is_true(Some(value)).then_some(value.at)
}

fn command(context: Context, value: Option<&Value>) -> Option<Sourced<Vec<String>>> {
    let value = value.filter(|v| !v.is_null())?;
    Some(Sourced::new(context.words(value), value.at))
}

fn health(context: Context, service: &Value, w: &mut Workload) {
    let Some(check) = service.get("healthcheck") else { return };
    if let Some(at) = flag(context, check, "disable") {
        w.probe_disabled = Some(at);
        return;
    }
    let Some(test) = check.get("test") else { return };
    let mut words = context.words(test);
    let list = matches!(test.shape, Shape::List(_));
    let probe = |test: ProbeTest| Probe { kind: ProbeKind::Health, test, at: check.at };
    match words.first().map(String::as_str) {
        Some("NONE") if list => w.probe_disabled = Some(test.at),
        Some("CMD" | "CMD-SHELL") if list => {
            words.remove(0);
            if !words.is_empty() {
                w.probes.push(probe(ProbeTest::Command(words)));
            }
        }
        Some(first) if !first.is_empty() => w.probes.push(probe(ProbeTest::Command(words))),
        _ if matches!(test.shape, Shape::Template(_)) => w.probes.push(probe(ProbeTest::Unresolved)),
        _ => {}
    }
}

fn resources(context: Context, service: &Value, w: &mut Workload) {
    // Zero, and minus one, mean no limit.
    let bound = |path: &[&str]| {
        let setting = service.path(path).and_then(|v| context.setting(v))?;
        let none = setting.known().is_some_and(|t| matches!(t.trim(), "0" | "-1" | "0.0" | "0b" | "0m" | "0g"));
        (!none).then_some(setting)
    };
    w.memory_limit = bound(&["deploy", "resources", "limits", "memory"]).or_else(|| bound(&["mem_limit"]));
    w.cpu_limit = bound(&["deploy", "resources", "limits", "cpus"]).or_else(|| bound(&["cpus"])).or_else(|| bound(&["cpu_quota"]));
    w.memory_request = bound(&["deploy", "resources", "reservations", "memory"]).or_else(|| bound(&["mem_reservation"]));
    w.cpu_request = bound(&["deploy", "resources", "reservations", "cpus"]);
}

/// `deploy.restart_policy` wins over `restart`, as in Compose.
fn restart(context: Context, service: &Value) -> Restart {
    if let Some(policy) = service.path(&["deploy", "restart_policy"]).filter(|p| p.is_map()) {
        let Some(condition) = policy.get("condition") else {
            return Restart::Always(Sourced::new("any".into(), policy.at));
        };
        return match context.text(condition) {
            Some(text) => named_restart(&text, condition.at),
            None => Restart::Unresolved(condition.at),
        };
    }
    match service.get("restart") {
        Some(value) if !value.is_null() => match context.text(value) {
            Some(text) => named_restart(&text, value.at),
            None => Restart::Unresolved(value.at),
        },
        _ => Restart::Unstated,
    }
}

fn named_restart(text: &str, at: Location) -> Restart {
    let stated = Sourced::new(text.to_owned(), at);
    match text.split(':').next().unwrap_or_default() {
        "always" | "unless-stopped" | "any" => Restart::Always(stated),
        "on-failure" => Restart::OnFailure(stated),
        "no" | "none" | "false" => Restart::No(Sourced::new("no".into(), at)),
        "" => Restart::Unstated,
        _ => Restart::Unresolved(at),
    }
}

fn privileges(context: Context, service: &Value) -> Privileges {
    let words = |key: &str| service.get(key).map(|v| context.sourced_words(v)).unwrap_or_default();
    let mut p = Privileges {
        privileged: flag(context, service, "privileged"),
        added: words("cap_add"),
        dropped: words("cap_drop"),
        read_only: flag(context, service, "read_only"),
        ..Privileges::default()
    };
    for option in words("security_opt") {
        let text = option.value.replace('=', ":");
        let (name, value) = text.split_once(':').unwrap_or((&text, "true"));
        match name.trim() {
            "no-new-privileges" if value.trim() != "false" => p.no_new_privileges = Some(option.at),
            "seccomp" if value.trim() != "unconfined" => p.seccomp = Some(option.at),
            _ => {}
        }
    }
    for (key, namespace) in [("network_mode", "network"), ("pid", "pid"), ("ipc", "ipc")] {
        let value = service.get(key);
        if let Some(value) = value.filter(|v| context.text(v).is_some_and(|t| t == "host")) {
            p.host_namespace.push(Sourced::new(namespace.into(), value.at));
        }
    }
    // Devices that reach past the container: disks and memory of the host.
    for device in service.get("devices").map(Value::items).unwrap_or_default() {
        let path = device.get("source").and_then(|s| context.sourced(s)).or_else(|| context.sourced(device));
        let Some(path) = path else { continue };
        let source = path.value.split(':').next().unwrap_or_default().to_owned();
        if ["/dev/mem", "/dev/kmem", "/dev/sd", "/dev/nvme", "/dev/vd", "/dev/xvd"].iter().any(|d| source.starts_with(d))
            || source == "/dev"
        {
            p.host_paths.push(Sourced::new(source, path.at));
        }
    }
    if let Some(at) = flag(context, service, "use_api_socket") {
        p.engine_socket = Some((at, false));
    }
    p
}

fn secrets(context: Context, service: &Value, declared: Option<&Value>) -> Vec<SecretUse> {
    let mut found = Vec::new();
    for item in service.get("secrets").map(Value::items).unwrap_or_default().iter().take(MAX_ITEMS) {
        let Some(name) = item.get("source").or(Some(item)).and_then(|n| context.sourced(n)) else { continue };
        let store = match declared.and_then(|d| d.get(&name.value)) {
            Some(secret) => store(context, secret),
            None => SecretStore::Unresolved,
        };
        found.push(SecretUse { name: name.value, at: item.at, store });
    }
    found
}

fn store(context: Context, secret: &Value) -> SecretStore {
    if is_external(context, secret) {
        SecretStore::Orchestrator
    } else if let Some(file) = secret.get("file") {
        match context.text(file) {
            Some(path) => SecretStore::File(super::interpolate::joined(context.folder(file), &path).0),
            None => SecretStore::Unresolved,
        }
    } else if let Some(variable) = secret.get("environment").and_then(|e| context.text(e)) {
        SecretStore::Environment(variable)
    } else if let Some(driver) = secret.get("driver").and_then(|d| context.text(d)) {
        SecretStore::Managed(driver)
    } else {
        SecretStore::Unresolved
    }
}

/// `external: true`, or the old form with a name.
pub(super) fn is_external(context: Context, declared: &Value) -> bool {
    declared.get("external").is_some_and(|e| e.is_map() || context.is_true(Some(e)))
}

fn dependencies(context: Context, service: &Value) -> Vec<Dependency> {
    let mut found: Vec<Dependency> = Vec::new();
    for pair in service.get("depends_on").map(Value::pairs).unwrap_or_default().iter().take(MAX_ITEMS) {
        let condition = pair.value.get("condition").and_then(|c| context.text(c)).unwrap_or_else(|| "service_started".into());
        found.push(Dependency { on: pair.key.to_string(), condition, at: pair.key_at });
    }
    // Links and shared namespaces start the other service first.
    let links = service.get("links").map(|l| context.sourced_words(l)).unwrap_or_default();
    let mode = service.get("network_mode").and_then(|m| context.sourced(m)).filter(|m| m.value.starts_with("service:"));
    let shared = mode.map(|m| m.map(|t| t.trim_start_matches("service:").to_owned()));
    for link in links.into_iter().take(MAX_ITEMS).chain(shared) {
        let on = link.value.split(':').next().unwrap_or_default().to_owned();
        if !on.is_empty() && !found.iter().any(|d| d.on == on) {
            found.push(Dependency { on, condition: "service_started".into(), at: link.at });
        }
    }
    found
}

fn replicas(context: Context, service: &Value) -> Setting<u32> {
    let mode = service.path(&["deploy", "mode"]);
    if let Some(mode) = mode.filter(|m| context.text(m).is_some_and(|t| t.starts_with("global"))) {
        // One per node: how many nodes there are is decided elsewhere.
        return Setting::Unresolved(mode.at);
    }
    match service.path(&["deploy", "replicas"]).or_else(|| service.get("scale")).filter(|v| !v.is_null()) {
        Some(value) => match context.text(value).and_then(|t| t.trim().parse().ok()) {
            Some(count) => Setting::Stated(Sourced::new(count, value.at)),
            None => Setting::Unresolved(value.at),
        },
        None => Setting::Defaulted(1),
    }
}

fn update(context: Context, service: &Value) -> Update {
    let Some(config) = service.path(&["deploy", "update_config"]) else { return Update::default() };
    let action = config.get("failure_action");
    Update {
        strategy: config.get("order").and_then(|o| context.sourced(o)),
        rollback: action.filter(|a| context.text(a).is_some_and(|t| t == "rollback")).map(|a| a.at),
        ..Update::default()
    }
}
