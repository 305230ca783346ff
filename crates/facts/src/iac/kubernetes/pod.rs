//! Pods as workloads: one per container.

use plimsoll_base::Sourced;

use super::context::Context;
use super::object::Object;
use crate::container::{
    Mount, MountSource, Port, Privileges, Probe, ProbeKind, ProbeTest, Reach, Restart, Runtime, SecretStore, SecretUse, ValueSource,
    Variable, Workload,
};
use crate::iac::value::{Shape, Value, each, image};

/// Folders of a host that hold its system.
const SYSTEM: &[&str] =
    &["/etc", "/proc", "/sys", "/var/run", "/run", "/var/lib", "/root", "/home", "/dev", "/boot", "/usr", "/bin", "/lib"];

/// The workloads that an object starts.
pub(crate) fn workloads(object: &Object, name: &str, context: &Context<'_>) -> Vec<Workload> {
    let Some((pod, metadata)) = object.template() else { return Vec::new() };
    let main = each(pod.get("containers"));
    let init = each(pod.get("initContainers"));
    let alone = main.len() == 1;
    let (exposures, balanced) = context.exposure(object, metadata.and_then(|m| m.get("labels")));
    let routed = context.routed(object, metadata.and_then(|m| m.get("labels")));
    let mut found = Vec::new();
    for (container, before) in main.iter().map(|c| (c, false)).chain(init.iter().map(|c| (c, true))) {
        let own = container.get("name").and_then(Value::written).unwrap_or("container");
        let full = if alone && !before { name.to_owned() } else { format!("{name}/{own}") };
        let mut w = Workload::new(full, container.at, Runtime::Kubernetes);
        // Init containers that are always restarted are sidecars.
        let sidecar = before && container.get("restartPolicy").is_some_and(|r| r.is("Always"));
        fill(&mut w, container, pod, object, context);
        lifecycle(&mut w, object, pod, context, before && !sidecar);
        if object.elsewhere {
            // What kind of thing the chart starts is its own affair.
            w.restart = Restart::Unresolved(object.at());
        }
        if !before {
            w.update.balanced = balanced;
            w.update.routed = routed;
        }
        w.labels = labels(object, metadata);
        w.labels.extend(context.namespace_labels(object));
        injected(&mut w, metadata);
        found.push(w);
    }
    expose(&mut found[..main.len()], main, exposures);
    found
}

fn labels(object: &Object, metadata: Option<&Value>) -> Vec<(String, Sourced<String>)> {
    let mut found: Vec<(String, Sourced<String>)> = Vec::new();
    for source in [object.value.get("metadata"), metadata].into_iter().flatten() {
        for field in ["labels", "annotations"].iter().filter_map(|f| source.get(f)).flat_map(Value::fields) {
            if let Some(value) = field.value.sourced()
                && found.iter().all(|(name, _)| *name != field.name)
            {
                found.push((field.name.clone(), value));
            }
        }
    }
    found
}

/// Agents that hand secrets to a pod because of an annotation.
fn injected(w: &mut Workload, metadata: Option<&Value>) {
    let annotation = metadata.and_then(|m| m.path(&["annotations", "vault.hashicorp.com/agent-inject"]));
    if let Some(on) = annotation.filter(|a| a.is_true()) {
        w.secrets.push(SecretUse { name: "vault".into(), at: on.at, store: SecretStore::Managed("Vault".into()) });
    }
}

fn lifecycle(w: &mut Workload, object: &Object, pod: &Value, context: &Context<'_>, init: bool) {
    w.replicas = context.replicas(object);
    w.grace_period = pod.get("terminationGracePeriodSeconds").and_then(Value::sourced);
    let job = object.ends();
    w.one_shot = job || init;
    if object.kind == "CronJob" {
        w.schedule = object.spec(&["schedule"]).and_then(Value::sourced);
    }
    let policy = pod.get("restartPolicy").and_then(Value::sourced);
    w.restart = match policy {
        _ if init => Restart::Unstated,
        Some(p) if job || object.kind == "Pod" => match p.value.as_str() {
            "Never" => Restart::No(p),
            "OnFailure" => Restart::OnFailure(p),
            _ => Restart::Always(p),
        },
        None if job => Restart::No(Sourced::new(object.kind.clone(), object.at())),
        _ if object.kind == "Pod" => Restart::Unstated,
        _ => Restart::Supervised(object.at()),
    };
    let strategy = ["strategy", "updateStrategy"].iter().find_map(|s| object.spec(&[s]));
    if let Some(strategy) = strategy {
        w.update.strategy = strategy.get("type").and_then(Value::sourced).or_else(|| {
            let named = [("canary", "canary"), ("blueGreen", "blue-green")];
            named.iter().find_map(|(field, word)| strategy.field(field).map(|f| Sourced::new((*word).to_owned(), f.at)))
        });
        w.update.minimum = strategy.path(&["rollingUpdate", "maxUnavailable"]).and_then(Value::sourced);
        w.update.rollback =
            strategy.path(&["canary", "analysis"]).or_else(|| strategy.path(&["blueGreen", "prePromotionAnalysis"])).map(|v| v.at);
    }
    w.update.no_history = object.spec(&["revisionHistoryLimit"]).filter(|v| v.is("0")).map(|v| v.at);
}

fn fill(w: &mut Workload, container: &Value, pod: &Value, object: &Object, context: &Context<'_>) {
    w.image = container.get("image").and_then(image);
    w.entrypoint = container.get("command").and_then(Value::words);
    w.command = container.get("args").and_then(Value::words);
    let bound = |part: &str, resource: &str, range: &str| {
        let own = container.path(&["resources", part, resource]).and_then(Value::setting);
        let undecided = || container.get("resources").filter(|r| r.is_unknown()).and_then(Value::setting);
        own.or_else(undecided).or_else(|| context.limit(object, range, resource))
    };
    w.memory_limit = bound("limits", "memory", "default");
    w.cpu_limit = bound("limits", "cpu", "default");
    w.memory_request = bound("requests", "memory", "defaultRequest");
    w.cpu_request = bound("requests", "cpu", "defaultRequest");
    for (field, kind) in
        [("readinessProbe", ProbeKind::Readiness), ("livenessProbe", ProbeKind::Liveness), ("startupProbe", ProbeKind::Startup)]
    {
        if let Some(probe) = container.get(field) {
            w.probes.push(Probe { kind, test: test(probe), at: probe.at });
        }
    }
    security(w, container, pod);
    for port in each(container.get("ports")) {
        let target = port.get("containerPort").and_then(Value::text).map(str::to_owned);
        let on_host = port.get("hostPort").and_then(Value::text).map(str::to_owned);
        let (reach, says) = match &on_host {
            Some(host) => (Reach::Public, format!("hostPort {host}")),
            None => (Reach::Internal, format!("containerPort {}", target.as_deref().unwrap_or("decided elsewhere"))),
        };
        let network = pod.get("hostNetwork").filter(|h| h.is_true());
        let (at, reach, says) = match network {
            Some(h) if on_host.is_none() => (h.at, Reach::Public, "hostNetwork: true".to_owned()),
            _ => (port.at, reach, says),
        };
        w.ports.push(Port { at, target, reach, published: on_host, says });
    }
    environment(w, container, context);
    mounts(w, container, pod, object, context);
}

fn test(probe: &Value) -> ProbeTest {
    if let Some(http) = probe.get("httpGet") {
        let port = http.get("port").and_then(Value::text).map(str::to_owned);
        return match http.get("path") {
            Some(path) if path.is_unknown() => ProbeTest::Unresolved,
            path => ProbeTest::Http { path: path.and_then(Value::text).unwrap_or("/").to_owned(), port },
        };
    }
    if let Some(command) = probe.path(&["exec", "command"]).and_then(Value::words) {
        return ProbeTest::Command(command.value);
    }
    if probe.get("grpc").is_some() {
        return ProbeTest::Grpc;
    }
    if probe.get("tcpSocket").is_some() { ProbeTest::Tcp } else { ProbeTest::Unresolved }
}

/// Security settings; those of the container go before those of the pod.
fn security(w: &mut Workload, container: &Value, pod: &Value) {
    let own = container.get("securityContext");
    let common = pod.get("securityContext");
    let first = |field: &str| own.and_then(|c| c.get(field)).or_else(|| common.and_then(|c| c.get(field)));
    let undecided = own.filter(|c| c.is_unknown()).or(common.filter(|c| c.is_unknown()));
    w.user = first("runAsUser").or(undecided).and_then(Value::setting);
    w.run_as_non_root = first("runAsNonRoot").filter(|v| v.is_true()).map(|v| v.at);
    let local = |field: &str| own.and_then(|c| c.get(field));
    let p: &mut Privileges = &mut w.privileges;
    p.undecided = undecided.map(|v| v.at);
    p.privileged = local("privileged").filter(|v| v.is_true()).map(|v| v.at);
    p.read_only = local("readOnlyRootFilesystem").filter(|v| v.is_true()).map(|v| v.at);
    p.no_new_privileges = local("allowPrivilegeEscalation").filter(|v| v.is_false()).map(|v| v.at);
    if let Some(capabilities) = local("capabilities") {
        p.added = capabilities.get("add").map(Value::texts).unwrap_or_default();
        p.dropped = capabilities.get("drop").map(Value::texts).unwrap_or_default();
    }
    p.seccomp = first("seccompProfile").and_then(|s| s.get("type")).filter(|t| t.is("RuntimeDefault") || t.is("Localhost")).map(|t| t.at);
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if let Some(on) = pod.get(field).filter(|v| v.is_true()) {
            p.host_namespace.push(Sourced::new(format!("{field}: true"), on.at));
        }
    }
}

fn environment(w: &mut Workload, container: &Value, context: &Context<'_>) {
    for source in each(container.get("envFrom")) {
        let prefix = source.get("prefix").and_then(Value::text).unwrap_or("");
        if let Some(name) = source.path(&["configMapRef", "name"]).and_then(Value::written) {
            for field in context.config(name).map(Value::fields).unwrap_or_default() {
                let value = field.value.text().map_or(ValueSource::ConfigRef(name.to_owned()), |t| ValueSource::Literal(t.to_owned()));
                w.environment.push(Variable { name: format!("{prefix}{}", field.name), at: field.at, value });
            }
        }
        if let Some(name) = source.path(&["secretRef", "name"]).and_then(Value::written) {
            w.secrets.push(SecretUse { name: name.to_owned(), at: source.at, store: context.store(name) });
            for key in context.secret_keys(name) {
                let value = ValueSource::SecretRef(format!("{name}/{key}"));
                w.environment.push(Variable { name: format!("{prefix}{key}"), at: source.at, value });
            }
        }
    }
    for variable in each(container.get("env")) {
        let Some(name) = variable.get("name").and_then(Value::text) else { continue };
        let mut at = variable.at;
        let from = |field: &str| variable.path(&["valueFrom", field]);
        let value = if let Some(reference) = from("secretKeyRef") {
            let secret = reference.get("name").and_then(Value::written).unwrap_or_default();
            let key = reference.get("key").and_then(Value::written).unwrap_or_default();
            w.secrets.push(SecretUse { name: secret.to_owned(), at, store: context.store(secret) });
            ValueSource::SecretRef(format!("{secret}/{key}"))
        } else if let Some(reference) = from("configMapKeyRef") {
            let config = reference.get("name").and_then(Value::written).unwrap_or_default();
            let key = reference.get("key").and_then(Value::written).unwrap_or_default();
            match context.config(config).and_then(|c| c.field(key)).and_then(|f| Some((f.at, f.value.text()?))) {
                Some((place, text)) => {
                    at = place;
                    ValueSource::Literal(text.to_owned())
                }
                None => ValueSource::ConfigRef(format!("{config}/{key}")),
            }
        } else if variable.get("valueFrom").is_some() {
            ValueSource::Unresolved
        } else {
            match variable.field("value").map(|f| &f.value.shape) {
                Some(Shape::Text(text)) => ValueSource::Literal(text.clone()),
                None | Some(Shape::Null) => ValueSource::Literal(String::new()),
                _ => ValueSource::Unresolved,
            }
        };
        // A variable set by name goes before one of the same name from an object.
        w.environment.retain(|v| v.name != name);
        w.environment.push(Variable { name: name.to_owned(), at, value });
    }
}

fn mounts(w: &mut Workload, container: &Value, pod: &Value, object: &Object, context: &Context<'_>) {
    for mount in each(container.get("volumeMounts")) {
        let name = mount.get("name").and_then(Value::written).unwrap_or_default();
        let target = mount.get("mountPath").and_then(Value::written).unwrap_or_default().to_owned();
        let mut read_only = mount.get("readOnly").is_some_and(Value::is_true);
        let volume = each(pod.get("volumes")).iter().find(|v| v.get("name").and_then(Value::written) == Some(name));
        let claimed = each(object.spec(&["volumeClaimTemplates"]))
            .iter()
            .any(|c| c.path(&["metadata", "name"]).and_then(Value::written) == Some(name));
        let source = match volume {
            None if claimed => MountSource::Volume(name.to_owned()),
            None => MountSource::Unresolved,
            Some(volume) => {
                let handed = volume.path(&["secret", "secretName"]).and_then(Value::written).map(|s| (s, context.store(s)));
                let driver = volume.path(&["csi", "driver"]).filter(|d| d.is("secrets-store.csi.k8s.io"));
                if let Some((secret, store)) = handed {
                    w.secrets.push(SecretUse { name: secret.to_owned(), at: mount.at, store });
                } else if driver.is_some() {
                    w.secrets.push(SecretUse {
                        name: name.to_owned(),
                        at: mount.at,
                        store: SecretStore::Managed("Secrets Store CSI".into()),
                    });
                }
                read_only |= volume.get("configMap").is_some() || volume.get("secret").is_some();
                volume_source(w, volume, read_only)
            }
        };
        w.mounts.push(Mount { at: mount.at, source, target, read_only });
    }
}

fn volume_source(w: &mut Workload, volume: &Value, read_only: bool) -> MountSource {
    if let Some(claim) = volume.path(&["persistentVolumeClaim", "claimName"]) {
        return MountSource::Volume(claim.written().unwrap_or_default().to_owned());
    }
    if let Some(path) = volume.path(&["hostPath", "path"]) {
        let text = path.written().unwrap_or_default().trim_end_matches('/').to_owned();
        if text.ends_with("docker.sock") || text.ends_with("containerd.sock") {
            w.privileges.engine_socket = Some((path.at, read_only));
        } else if text.is_empty() || SYSTEM.iter().any(|s| text == *s || text.starts_with(&format!("{s}/"))) {
            let said = if text.is_empty() { "/".to_owned() } else { text.clone() };
            w.privileges.host_paths.push(Sourced::new(said, path.at));
        }
        return MountSource::Host { path: text, in_tree: false, exists: false };
    }
    let given = ["emptyDir", "configMap", "secret", "projected", "downwardAPI", "csi"];
    if given.iter().any(|k| volume.field(k).is_some()) {
        return MountSource::Ephemeral;
    }
    if volume.field("ephemeral").is_some() {
        return MountSource::Anonymous;
    }
    let network = ["nfs", "awsElasticBlockStore", "gcePersistentDisk", "azureDisk", "azureFile", "cephfs", "rbd", "iscsi"];
    match network.iter().find(|k| volume.field(k).is_some()) {
        Some(kind) => MountSource::Volume((*kind).to_owned()),
        None => MountSource::Unresolved,
    }
}

/// Lays the ports of services over those of the containers that listen on them.
fn expose(workloads: &mut [Workload], containers: &[Value], exposures: Vec<super::context::Exposure>) {
    let number_of = |container: &Value, wanted: &str| {
        each(container.get("ports")).iter().find_map(|p| {
            let named = p.get("name").is_some_and(|n| n.text() == Some(wanted));
            let number = p.get("containerPort").and_then(Value::text);
            (named || number == Some(wanted)).then(|| number.map(str::to_owned))
        })
    };
    for exposure in exposures {
        let listening =
            exposure.target.as_deref().and_then(|t| containers.iter().enumerate().find_map(|(i, c)| Some((i, number_of(c, t)?))));
        let (at, target) = listening.unwrap_or((0, exposure.target.clone()));
        let Some(w) = workloads.get_mut(at) else { continue };
        let same = w.ports.iter_mut().find(|p| p.target == target);
        let port = Port { at: exposure.at, target, reach: exposure.reach, published: exposure.published, says: exposure.says };
        match same {
            Some(own) if own.reach <= port.reach => *own = port,
            Some(_) => {}
            None => w.ports.push(port),
        }
    }
}
