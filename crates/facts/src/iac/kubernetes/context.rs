//! What the other objects of a group say of a workload: who sends it traffic, what holds its secrets, how many run.

use plimsoll_base::{Location, Setting, Sourced};

use super::object::Object;
use crate::container::{Reach, SecretStore};
use crate::iac::value::{Shape, Value, each, is_variable};

/// The objects of one group.
pub(crate) struct Context<'a> {
    objects: &'a [Object],
}

/// A port of a service that selects a workload.
pub(super) struct Exposure {
    pub(super) at: Location,
    /// The port's number or name in the container; none where it is decided elsewhere.
    pub(super) target: Option<String>,
    pub(super) reach: Reach,
    pub(super) published: Option<String>,
    pub(super) says: String,
}

impl<'a> Context<'a> {
    pub(crate) fn new(objects: &'a [Object]) -> Self {
        Self { objects }
    }

    fn of(&self, kind: &'a str) -> impl Iterator<Item = &'a Object> {
        self.objects.iter().filter(move |o| o.kind == kind)
    }

    /// The services that send traffic to pods with these labels.
    fn services(&self, object: &Object, labels: Option<&Value>) -> Vec<&'a Object> {
        let alone = self.objects.iter().filter(|o| o.runs() && !o.ends()).count() == 1;
        self.of("Service")
            .filter(|s| s.group.is_empty() && same_namespace(s.namespace.as_deref(), object.namespace.as_deref()))
            .filter(|s| {
                let Some(selector) = s.spec(&["selector"]) else { return false };
                let known: Vec<(&str, &str)> = selector.fields().iter().filter_map(|f| Some((f.name.as_str(), f.value.text()?))).collect();
                if known.is_empty() || known.len() < selector.fields().len() {
                    // The labels are decided by a template on both sides: the names tell.
                    return s.name == object.name || alone;
                }
                known.iter().all(|(key, value)| labels.and_then(|l| l.get(key)).is_some_and(|v| v.is(value)))
            })
            .collect()
    }

    /// The ingress or route that leads to one of a workload's services.
    pub(super) fn routed(&self, object: &Object, labels: Option<&Value>) -> Option<Location> {
        self.services(object, labels).into_iter().find_map(|service| self.route(service))
    }

    /// Ports that services open to a workload, and where traffic is spread over its pods.
    pub(super) fn exposure(&self, object: &Object, labels: Option<&Value>) -> (Vec<Exposure>, Option<Location>) {
        let mut found = Vec::new();
        let mut balanced = None;
        for service in self.services(object, labels) {
            balanced = Some(self.route(service).unwrap_or_else(|| balanced.unwrap_or_else(|| service.at())));
            let kind = service.spec(&["type"]);
            let internal = service.value.path(&["metadata", "annotations"]).is_some_and(is_internal);
            for port in each(service.spec(&["ports"])) {
                let number = port.get("port").and_then(Value::text).map(str::to_owned);
                let target = port.get("targetPort").and_then(Value::text).map(str::to_owned).or_else(|| number.clone());
                let node = port.get("nodePort").and_then(Value::text).map(str::to_owned);
                let (reach, word, published) = match kind.map(|k| (k.text(), k.is_unknown())) {
                    Some((Some("LoadBalancer"), _)) if internal => (Reach::Private, "LoadBalancer", number.clone()),
                    Some((Some("LoadBalancer"), _)) => (Reach::Public, "LoadBalancer", number.clone()),
                    Some((Some("NodePort"), _)) => (Reach::Public, "NodePort", node),
                    Some((_, true)) => (Reach::Unresolved, "decided elsewhere", None),
                    _ => (Reach::Internal, "ClusterIP", number.clone()),
                };
                let at = if matches!(reach, Reach::Internal) { port.at } else { kind.map_or(port.at, |k| k.at) };
                let says = match (&published, word) {
                    (Some(p), "NodePort") => format!("type: NodePort {p}"),
                    _ => format!("type: {word}, port {}", number.as_deref().unwrap_or("decided elsewhere")),
                };
                found.push(Exposure { at, target, reach, published, says });
            }
        }
        (found, balanced)
    }

    /// The ingress or route that leads to a service.
    fn route(&self, service: &Object) -> Option<Location> {
        let kinds = ["Ingress", "HTTPRoute", "GRPCRoute", "IngressRoute", "VirtualService", "Route"];
        self.objects
            .iter()
            .filter(|o| kinds.contains(&o.kind.as_str()))
            .find(|o| o.value.get("spec").is_some_and(|s| names(s, &service.name, 24)))
            .map(Object::at)
    }

    /// How many run: an autoscaler's floor, else the workload's own count.
    pub(super) fn replicas(&self, object: &Object) -> Setting<u32> {
        let scaler = self.objects.iter().filter(|o| matches!(o.kind.as_str(), "HorizontalPodAutoscaler" | "ScaledObject")).find(|o| {
            o.spec(&["scaleTargetRef", "name"]).and_then(Value::written) == Some(&object.name)
                && o.spec(&["scaleTargetRef", "kind"]).and_then(Value::text).is_none_or(|k| k == object.kind)
        });
        if let Some(scaler) = scaler {
            let floor = scaler.spec(&["minReplicas"]).or_else(|| scaler.spec(&["minReplicaCount"]));
            return match floor {
                Some(floor) => floor.count(),
                None if scaler.kind == "ScaledObject" => Setting::Stated(Sourced::new(0, scaler.at())),
                None => Setting::Stated(Sourced::new(1, scaler.at())),
            };
        }
        match (object.kind.as_str(), object.spec(&["replicas"])) {
            // As many as there are nodes.
            ("DaemonSet", _) => Setting::Unresolved(object.at()),
            ("Deployment" | "StatefulSet" | "ReplicaSet" | "Rollout" | "DeploymentConfig", Some(count)) => count.count(),
            _ => Setting::Defaulted(1),
        }
    }

    /// A bound that the namespace gives to containers without one.
    pub(super) fn limit(&self, object: &Object, field: &str, resource: &str) -> Option<Setting<String>> {
        let ranges = self.of("LimitRange").filter(|r| same_namespace(r.namespace.as_deref(), object.namespace.as_deref()));
        let items = ranges.flat_map(|r| each(r.spec(&["limits"])).iter()).filter(|l| l.get("type").is_some_and(|t| t.is("Container")));
        items.filter_map(|l| l.path(&[field, resource])).find_map(Value::setting)
    }

    /// The literal entries of a config map.
    pub(super) fn config(&self, name: &str) -> Option<&'a Value> {
        self.of("ConfigMap").find(|c| c.name == name)?.value.get("data")
    }

    /// The keys of a secret object that lies here in the clear.
    pub(super) fn secret_keys(&self, name: &str) -> Vec<&'a str> {
        let secret = self.of("Secret").find(|s| s.name == name);
        let fields = secret.into_iter().flat_map(|s| ["data", "stringData"].iter().filter_map(|f| s.value.get(f))).flat_map(Value::fields);
        fields.map(|f| f.name.as_str()).collect()
    }

    /// What holds a secret.
    pub(super) fn store(&self, name: &str) -> SecretStore {
        for object in self.objects {
            let target = |path: &[&str]| object.spec(path).and_then(Value::written).unwrap_or(&object.name) == name;
            match object.kind.as_str() {
                "ExternalSecret" if target(&["target", "name"]) => return SecretStore::Managed("External Secrets".into()),
                "VaultStaticSecret" | "VaultDynamicSecret" | "VaultPKISecret" if target(&["destination", "name"]) => {
                    return SecretStore::Managed("Vault".into());
                }
                "SealedSecret" if target(&["template", "metadata", "name"]) => return SecretStore::Encrypted("Sealed Secrets".into()),
                "OnePasswordItem" if object.name == name => return SecretStore::Managed("1Password".into()),
                "DopplerSecret" if target(&["managedSecret", "name"]) => return SecretStore::Managed("Doppler".into()),
                "InfisicalSecret" if target(&["managedSecretReference", "secretName"]) => return SecretStore::Managed("Infisical".into()),
                "SecretProviderClass"
                    if each(object.spec(&["secretObjects"]))
                        .iter()
                        .any(|o| o.get("secretName").is_some_and(|n| n.text() == Some(name))) =>
                {
                    return SecretStore::Managed("Secrets Store CSI".into());
                }
                "Secret" if object.name == name && object.value.get("sops").is_some() => return SecretStore::Encrypted("SOPS".into()),
                "Secret" if object.name == name && plain(object).is_some() => return SecretStore::File(object.path.clone()),
                _ => {}
            }
        }
        SecretStore::Orchestrator
    }

    /// Labels of the namespace that a workload runs in: they say what its admission enforces.
    pub(super) fn namespace_labels(&self, object: &Object) -> Vec<(String, Sourced<String>)> {
        let Some(own) = object.namespace.as_deref() else { return Vec::new() };
        let labels =
            self.of("Namespace").filter(|n| n.name == own).filter_map(|n| n.value.path(&["metadata", "labels"])).flat_map(Value::fields);
        labels
            .filter(|f| f.name.starts_with("pod-security.kubernetes.io/"))
            .filter_map(|f| Some((f.name.clone(), f.value.sourced()?)))
            .collect()
    }
}

/// `kind: Secret` objects with a value in the clear: their names and places.
pub(crate) fn plain_secrets(objects: &[Object]) -> Vec<Sourced<String>> {
    let secrets = objects.iter().filter(|o| o.kind == "Secret" && o.group.is_empty() && o.value.get("sops").is_none());
    secrets.filter_map(|o| plain(o).map(|at| Sourced::new(o.name.clone(), at))).collect()
}

/// Where the first value stands that is neither empty nor filled in from outside.
fn plain(secret: &Object) -> Option<Location> {
    let fields = ["data", "stringData"].iter().filter_map(|f| secret.value.get(f)).flat_map(Value::fields);
    let mut written = fields
        .filter(|f| f.value.text().is_some_and(|t| !t.trim().is_empty() && !is_variable(t) && !t.contains("{{") && !t.starts_with("ENC[")));
    written.next().map(|f| f.at)
}

fn same_namespace(a: Option<&str>, b: Option<&str>) -> bool {
    a.is_none() || b.is_none() || a == b
}

/// Annotations by which clouds keep a load balancer inside the network.
fn is_internal(annotations: &Value) -> bool {
    annotations.fields().iter().any(|f| {
        let name = f.name.to_ascii_lowercase();
        name.contains("load-balancer") && (name.ends_with("-internal") && !f.value.is_false() || f.value.is("internal"))
    })
}

/// Whether a text stands anywhere within a value.
fn names(value: &Value, wanted: &str, depth: usize) -> bool {
    match &value.shape {
        _ if depth == 0 || wanted.is_empty() => false,
        Shape::Text(text) | Shape::Unknown(text) => text == wanted || text.split('.').next() == Some(wanted),
        Shape::List(items) => items.iter().any(|i| names(i, wanted, depth - 1)),
        Shape::Map(fields) => fields.iter().any(|f| names(&f.value, wanted, depth - 1)),
        Shape::Null => false,
    }
}
