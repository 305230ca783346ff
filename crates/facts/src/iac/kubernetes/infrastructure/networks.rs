//! Network policies: which pods they guard, and whom they admit. A pod that no policy selects takes traffic from every pod.

use crate::iac::cloud::networks::{Ports, opening, protocol, source_of};
use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{AttachedKind, Attachment, FirewallKind, Infrastructure, NetworkFirewall, TrafficSource};

/// Policies of Kubernetes itself, of Cilium, of Calico and of Istio.
const POLICIES: &[(&str, &str)] = &[
    ("NetworkPolicy", "networking.k8s.io"),
    ("CiliumNetworkPolicy", "cilium.io"),
    ("CiliumClusterwideNetworkPolicy", "cilium.io"),
    ("NetworkPolicy", "crd.projectcalico.org"),
    ("NetworkPolicy", "projectcalico.org"),
    ("GlobalNetworkPolicy", "projectcalico.org"),
    ("GlobalNetworkPolicy", "crd.projectcalico.org"),
    ("AuthorizationPolicy", "security.istio.io"),
];

pub(super) fn read(objects: &[Object], found: &mut Infrastructure) {
    for policy in objects.iter().filter(|o| POLICIES.contains(&(o.kind.as_str(), o.group.as_str()))) {
        let spec = policy.value.get("spec");
        if !guards_ingress(policy) {
            continue;
        }
        let name = match &policy.namespace {
            Some(namespace) => format!("{}/{namespace}/{}", policy.kind, policy.name),
            None => format!("{}/{}", policy.kind, policy.name),
        };
        let mut incomplete = None;
        let mut attached: Vec<Attachment> = Vec::new();
        for pod in objects.iter().filter(|o| o.runs()) {
            match selects(policy, pod) {
                Some(true) if attached.iter().all(|a| a.name != pod.name) => {
                    attached.push(Attachment { name: pod.name.clone(), kind: AttachedKind::Workload, public_address: None });
                }
                None => incomplete = Some(policy.at()),
                _ => {}
            }
        }
        let first = found.openings.len();
        for rule in rules(policy, spec) {
            admitted(rule, &name, found);
        }
        for open in &mut found.openings[first..] {
            open.attached.clone_from(&attached);
        }
        found.firewalls.push(NetworkFirewall { name, at: policy.at(), kind: FirewallKind::Policy, attached, incomplete });
    }
    brought(objects, found);
}

/// Charts from elsewhere may bring policies of their own: where they start everything, the lack of one here says nothing.
fn brought(objects: &[Object], found: &mut Infrastructure) {
    let mut running = objects.iter().filter(|o| o.runs() && !o.ends());
    let Some(first) = running.next().filter(|o| o.elsewhere) else { return };
    if running.all(|o| o.elsewhere) {
        let name = "policies of the charts".to_owned();
        let at = first.at();
        found.firewalls.push(NetworkFirewall { name, at, kind: FirewallKind::Policy, attached: Vec::new(), incomplete: Some(at) });
    }
}

/// Whether a policy says anything of traffic that comes in.
fn guards_ingress(policy: &Object) -> bool {
    let types = policy.spec(&["policyTypes"]).or_else(|| policy.spec(&["types"]));
    match (policy.kind.as_str(), types) {
        // Cilium guards a direction when a rule of it stands there.
        (kind, _) if kind.starts_with("Cilium") => policy.spec(&["ingress"]).is_some() || policy.spec(&["ingressDeny"]).is_some(),
        ("AuthorizationPolicy", _) => true,
        (_, Some(types)) => each(Some(types)).iter().any(|t| t.is("Ingress")),
        _ => true,
    }
}

fn rules<'v>(policy: &Object, spec: Option<&'v Value>) -> Vec<&'v Value> {
    let field = match policy.kind.as_str() {
        "AuthorizationPolicy" => {
            let denies = policy.spec(&["action"]).is_some_and(|a| !a.is("ALLOW"));
            return if denies { Vec::new() } else { each(spec.and_then(|s| s.get("rules"))).iter().collect() };
        }
        _ => "ingress",
    };
    each(spec.and_then(|s| s.get(field))).iter().collect()
}

/// Whether a policy is for the pods of an object; none where a template decides.
fn selects(policy: &Object, pod: &Object) -> Option<bool> {
    let clusterwide = policy.kind.starts_with("CiliumClusterwide") || policy.kind == "GlobalNetworkPolicy";
    if !clusterwide
        && let (Some(a), Some(b)) = (&policy.namespace, &pod.namespace)
        && a != b
    {
        return Some(false);
    }
    let labels = pod.template().and_then(|(_, metadata)| metadata).and_then(|m| m.get("labels"));
    let selector = ["podSelector", "endpointSelector", "selector"].iter().find_map(|f| policy.spec(&[f]));
    let Some(selector) = selector else { return Some(true) };
    // The labels of pods that a chart from elsewhere starts are its own affair.
    if pod.elsewhere && !selector.fields().iter().all(|f| f.value.fields().is_empty() && f.value.items().is_empty()) {
        return None;
    }
    // Calico writes an expression.
    if let Some(text) = selector.text() {
        return match text.trim() {
            "" | "all()" => Some(true),
            text => {
                let (key, value) = text.split_once("==")?;
                let value = value.trim().trim_matches(['\'', '"']);
                Some(labels.and_then(|l| l.get(key.trim())).is_some_and(|v| v.is(value)))
            }
        };
    }
    let mut decided = true;
    for field in selector.get("matchLabels").map(Value::fields).unwrap_or_default() {
        let key = field.name.trim_start_matches("k8s:");
        match (field.value.written(), labels.and_then(|l| l.get(key)).and_then(Value::written)) {
            (Some(wanted), Some(own)) if wanted == own => {}
            (Some(_), Some(_)) if field.value.is_unknown() || labels.and_then(|l| l.get(key)).is_some_and(Value::is_unknown) => {
                decided = false
            }
            _ => return Some(false),
        }
    }
    for expression in each(selector.get("matchExpressions")) {
        let own = expression.get("key").and_then(Value::text).and_then(|k| labels.and_then(|l| l.get(k))).and_then(Value::text);
        let holds = |own: &str| each(expression.get("values")).iter().any(|v| v.is(own));
        let matched = match expression.get("operator").and_then(Value::text) {
            Some("In") => own.is_some_and(holds),
            Some("NotIn") => !own.is_some_and(holds),
            Some("Exists") => own.is_some(),
            Some("DoesNotExist") => own.is_none(),
            _ => return None,
        };
        if !matched {
            return Some(false);
        }
    }
    decided.then_some(true)
}

fn admitted(rule: &Value, name: &str, found: &mut Infrastructure) {
    let mut sources = Vec::new();
    for peer in each(rule.get("from")) {
        if let Some(block) = peer.path(&["ipBlock", "cidr"]) {
            sources.push(source_of(block));
        } else {
            let kind = if peer.get("namespaceSelector").is_some() { "pods of chosen namespaces" } else { "chosen pods" };
            sources.push(TrafficSource::Group(kind.into()));
        }
    }
    for field in ["fromEndpoints", "fromServices"] {
        sources.extend(each(rule.get(field)).iter().map(|_| TrafficSource::Group("chosen pods".into())));
    }
    for block in each(rule.get("fromCIDR")) {
        sources.push(source_of(block));
    }
    for block in each(rule.get("fromCIDRSet")).iter().filter_map(|s| s.get("cidr")) {
        sources.push(source_of(block));
    }
    for entity in each(rule.get("fromEntities")).iter().filter_map(Value::text) {
        sources.push(match entity {
            "world" | "all" => TrafficSource::World,
            other => TrafficSource::Group(other.to_owned()),
        });
    }
    if rule.path(&["source"]).is_some() {
        sources.push(TrafficSource::Group("chosen sources".into()));
    }
    // A rule that names nobody admits everybody.
    if sources.is_empty() {
        sources.push(TrafficSource::World);
    }
    sources.dedup();
    let nested = each(rule.get("toPorts")).iter().flat_map(|p| each(p.get("ports")));
    let ports: Vec<&Value> = each(rule.get("ports")).iter().chain(nested).collect();
    if ports.is_empty() {
        found.openings.push(opening(rule.at, name, sources, "all", Ports::All));
        return;
    }
    for port in ports {
        let range = port.get("port").map_or(Ports::All, Ports::of);
        let proto = port.get("protocol").map_or("tcp".to_owned(), |p| protocol(Some(p)));
        found.openings.push(opening(port.at, name, sources.clone(), &proto, range));
    }
}
