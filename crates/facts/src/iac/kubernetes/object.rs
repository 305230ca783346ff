//! Objects of the Kubernetes interface, from whatever file they stand in.

use plimsoll_base::Location;
use plimsoll_discover::Format;
use plimsoll_syntax::Node;

use crate::iac::value::{Shape, Value};
use crate::library::Held;

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) kind: String,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) value: Value,
    /// The path of the file that declares it.
    pub(crate) path: String,
    /// It stands for what a chart from elsewhere starts: what is not said here may be said there.
    pub(crate) elsewhere: bool,
    /// Names that it had before an overlay gave it another one.
    pub(crate) former: Vec<String>,
}

impl Object {
    /// An object, if the value has the form of one.
    pub(crate) fn of(value: Value, path: &str) -> Option<Self> {
        let kind = value.get("kind")?.text()?.to_owned();
        let version = value.get("apiVersion")?.text()?;
        let group = version.split_once('/').map_or("", |(g, _)| g).to_owned();
        let name = value.path(&["metadata", "name"]).and_then(Value::written).unwrap_or_default().to_owned();
        let namespace = value.path(&["metadata", "namespace"]).and_then(Value::text).map(str::to_owned);
        Some(Self { kind, group, name, namespace, value, path: path.to_owned(), elsewhere: false, former: Vec::new() })
    }
    /// Takes its name and its namespace anew from its value.
    pub(crate) fn renamed(&mut self) {
        if let Some(name) = self.value.path(&["metadata", "name"]).and_then(Value::written) {
            self.name = name.to_owned();
        }
        if self.namespace.is_none() {
            self.namespace = self.value.path(&["metadata", "namespace"]).and_then(Value::text).map(str::to_owned);
        }
    }
    /// Whether it starts pods.
    pub(crate) fn runs(&self) -> bool {
        match self.kind.as_str() {
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => matches!(self.group.as_str(), "apps" | "extensions"),
            "Job" | "CronJob" => self.group == "batch",
            "Pod" => self.group.is_empty(),
            "Rollout" => self.group == "argoproj.io",
            "DeploymentConfig" => self.group == "apps.openshift.io",
            "ScaledJob" => self.group == "keda.sh",
            "Service" => self.group == "serving.knative.dev",
            _ => false,
        }
    }
    /// Whether its pods end by design.
    pub(crate) fn ends(&self) -> bool {
        matches!(self.kind.as_str(), "Job" | "CronJob" | "ScaledJob")
    }
    /// Where its kind stands: the line that makes it what it is.
    pub(crate) fn at(&self) -> Location {
        self.value.field("kind").map_or(self.value.at, |f| f.at)
    }
    /// The pod it starts, with the metadata that pods get.
    pub(crate) fn template(&self) -> Option<(&Value, Option<&Value>)> {
        match self.kind.as_str() {
            "Pod" => Some((self.value.get("spec")?, self.value.get("metadata"))),
            "CronJob" => {
                let template = self.value.path(&["spec", "jobTemplate", "spec", "template"])?;
                Some((template.get("spec")?, template.get("metadata")))
            }
            "ScaledJob" => {
                let template = self.value.path(&["spec", "jobTargetRef", "template"])?;
                Some((template.get("spec")?, template.get("metadata")))
            }
            _ => {
                let template = self.value.path(&["spec", "template"])?;
                Some((template.get("spec")?, template.get("metadata")))
            }
        }
    }
    pub(crate) fn spec(&self, path: &[&str]) -> Option<&Value> {
        self.value.get("spec")?.path(path)
    }
}

/// Whether a node has the form of an object, without reading it whole.
pub(super) fn is_object(node: &Node) -> bool {
    node.get("kind").and_then(Node::as_str).is_some() && node.get("apiVersion").and_then(Node::as_str).is_some()
}

/// The objects of a file; lists are opened.
pub(super) fn objects(held: &Held) -> Vec<Object> {
    if !matches!(held.format, Format::Yaml | Format::Json) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for node in held.documents.iter().filter(|n| is_object(n)) {
        open(Value::of(node, held.id), &held.path, &mut found);
    }
    found
}

pub(crate) fn open(value: Value, path: &str, found: &mut Vec<Object>) {
    if value.get("kind").is_some_and(|k| k.is("List"))
        && let Some(items) = value.get("items")
        && let Shape::List(items) = items.shape.clone()
    {
        found.extend(items.into_iter().filter_map(|item| Object::of(item, path)));
        return;
    }
    found.extend(Object::of(value, path));
}
