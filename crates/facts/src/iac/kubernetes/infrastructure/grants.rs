//! Rights in the cluster: bindings of roles to the accounts that pods run with.

use plimsoll_base::{Location, Sourced};

use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Breadth, Grant, Holder, Infrastructure};

const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) fn read(objects: &[Object], found: &mut Infrastructure) {
    for binding in objects.iter().filter(|o| o.group == RBAC && matches!(o.kind.as_str(), "RoleBinding" | "ClusterRoleBinding")) {
        let Some(role) = binding.value.path(&["roleRef", "name"]).and_then(Value::written) else { continue };
        let kind = binding.value.path(&["roleRef", "kind"]).and_then(Value::written).unwrap_or("Role");
        let everywhere = binding.kind == "ClusterRoleBinding";
        for subject in each(binding.value.get("subjects")) {
            let name = subject.get("name").and_then(Value::written).unwrap_or("decided elsewhere");
            let namespace = subject.get("namespace").and_then(Value::text).or(binding.namespace.as_deref());
            let (used_by, workloads) = match subject.get("kind").and_then(Value::text) {
                Some("User" | "Group") => (Holder::Person, Vec::new()),
                _ => {
                    let running = running(objects, name, namespace);
                    (if running.is_empty() { Holder::Other } else { Holder::Workload }, running)
                }
            };
            found.grants.push(granted(objects, (role, kind), everywhere, binding, (name, used_by, workloads)));
        }
    }
    unbound(objects, found);
}

/// What a role gives, in words.
fn granted(
    objects: &[Object],
    (role, kind): (&str, &str),
    everywhere: bool,
    binding: &Object,
    (name, used_by, workloads): (&str, Holder, Vec<String>),
) -> Grant {
    let at = binding.value.field("roleRef").map_or(binding.at(), |f| f.at);
    let mut grant = Grant {
        at,
        holder: format!("ServiceAccount/{name}"),
        used_by,
        workloads,
        actions: Vec::new(),
        resources: Vec::new(),
        breadth: Breadth::Unresolved,
        says: format!("{kind} {role}{}", if everywhere { " in every namespace" } else { "" }),
    };
    let whole = |word: &str| Sourced::new(word.to_owned(), at);
    match role {
        "cluster-admin" => {
            grant.breadth = if everywhere { Breadth::Everything } else { Breadth::WholeService };
            grant.actions.push(whole("*"));
            grant.resources.push(whole("*"));
            return grant;
        }
        "admin" | "edit" if kind == "ClusterRole" => {
            grant.breadth = Breadth::WholeService;
            return grant;
        }
        "view" if kind == "ClusterRole" => {
            grant.breadth = Breadth::Scoped;
            return grant;
        }
        // Roles of Kubernetes itself are made for one component each.
        _ if role.starts_with("system:") => {
            grant.breadth = if role == "system:masters" { Breadth::Everything } else { Breadth::Scoped };
            return grant;
        }
        _ => {}
    }
    let declared = objects.iter().find(|o| {
        o.group == RBAC
            && o.kind == kind
            && o.name == role
            && (kind == "ClusterRole" || o.namespace.is_none() || binding.namespace.is_none() || o.namespace == binding.namespace)
    });
    let Some(declared) = declared else { return grant };
    let mut breadth = Breadth::Scoped;
    for rule in each(declared.value.get("rules")) {
        let (wide, at) = width(rule, everywhere);
        grant.actions.extend(texts(rule.get("verbs")));
        grant.resources.extend(texts(rule.get("resources")));
        if wide < breadth {
            breadth = wide;
            grant.at = at;
            grant.says = format!(
                "{} on {}{}",
                words(rule.get("verbs")),
                words(rule.get("resources")),
                if everywhere { " in every namespace" } else { "" }
            );
        }
    }
    if declared.value.get("rules").is_some_and(Value::is_unknown) || declared.value.get("aggregationRule").is_some() {
        breadth = Breadth::Unresolved;
    }
    if breadth == Breadth::Scoped {
        grant.at = declared.at();
        grant.says = format!("{kind} {role} names its verbs and resources");
    }
    grant.breadth = breadth;
    grant
}

/// How wide one rule is. Reading every secret of the cluster, or making pods and bindings in it, is as good as all of it is read.
fn width(rule: &Value, everywhere: bool) -> (Breadth, Location) {
    let has = |field: &str, word: &str| each(rule.get(field)).iter().any(|v| v.is(word));
    let any = |field: &str, words: &[&str]| words.iter().any(|w| has(field, w));
    let (verbs, resources, groups) = (has("verbs", "*"), has("resources", "*"), has("apiGroups", "*"));
    let named = rule.get("resourceNames").is_some();
    let secrets = everywhere && !named && any("resources", &["secrets"]) && any("verbs", &["get", "list", "watch", "*"]);
    let breadth = if verbs && resources && groups {
        if everywhere { Breadth::Everything } else { Breadth::WholeService }
    } else if any("verbs", &["escalate", "bind", "impersonate"]) && everywhere && !named {
        Breadth::Everything
    } else if verbs && groups || resources && (everywhere || !only_reads(rule)) || secrets {
        Breadth::WholeService
    } else {
        Breadth::Scoped
    };
    (breadth, rule.at)
}

fn only_reads(rule: &Value) -> bool {
    each(rule.get("verbs")).iter().all(|v| v.text().is_some_and(|t| matches!(t, "get" | "list" | "watch")))
}

fn texts(value: Option<&Value>) -> Vec<Sourced<String>> {
    value.map(Value::texts).unwrap_or_default()
}

fn words(value: Option<&Value>) -> String {
    let all: Vec<&str> = each(value).iter().filter_map(Value::written).take(6).collect();
    all.join(", ")
}

/// The workloads that run with an account.
fn running(objects: &[Object], account: &str, namespace: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    for object in objects.iter().filter(|o| o.runs()) {
        let Some((pod, _)) = object.template() else { continue };
        let own = pod.get("serviceAccountName").or_else(|| pod.get("serviceAccount")).and_then(Value::written).unwrap_or("default");
        let near = namespace.is_none() || object.namespace.is_none() || object.namespace.as_deref() == namespace;
        if own == account && near && !found.contains(&object.name) {
            found.push(object.name.clone());
        }
    }
    found
}

/// Workloads beside which rights are described, and that run with the default account and its token: what is given to it later is theirs.
fn unbound(objects: &[Object], found: &mut Infrastructure) {
    if !objects.iter().any(|o| o.group == RBAC) {
        return;
    }
    for object in objects.iter().filter(|o| o.runs() && !o.ends() && !o.elsewhere) {
        let Some((pod, _)) = object.template() else { continue };
        let account = pod.get("serviceAccountName").or_else(|| pod.get("serviceAccount")).and_then(Value::written);
        let refused = pod.get("automountServiceAccountToken").is_some_and(Value::is_false);
        if refused || account.is_some_and(|a| a != "default") {
            continue;
        }
        found.grants.push(Grant {
            at: object.at(),
            holder: "ServiceAccount/default".into(),
            used_by: Holder::Workload,
            workloads: vec![object.name.clone()],
            actions: Vec::new(),
            resources: Vec::new(),
            breadth: Breadth::Shared,
            says: "runs with the default account, whose token is mounted".into(),
        });
    }
}
