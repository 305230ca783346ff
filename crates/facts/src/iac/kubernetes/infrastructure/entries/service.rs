//! Services with a load balancer of their own.

use plimsoll_base::{Location, Sourced};

use super::annotation;
use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Entry, EntryKind, Listener, ListenerAction, Property, Provider, Security, Target};

/// Annotations by which clouds end TLS at the balancer, with the one that lists its ports.
const CERTIFICATES: &[(&str, &str)] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-ssl-cert", "service.beta.kubernetes.io/aws-load-balancer-ssl-ports"),
    ("service.beta.kubernetes.io/do-loadbalancer-certificate-id", "service.beta.kubernetes.io/do-loadbalancer-tls-ports"),
    ("load-balancer.hetzner.cloud/http-certificates", ""),
];

/// The entry of a service of type LoadBalancer that serves pages: its ports are those of the web, or unnamed. What an ingress or a
/// gateway leads to as well stays an entry of its own: it is a second way in.
pub(super) fn balancer(service: &Object) -> Option<Entry> {
    let kind = service.spec(&["type"]).filter(|t| t.is("LoadBalancer"))?;
    let web = |p: &&Value| {
        let number = p.get("port").and_then(Value::text).unwrap_or_default();
        let name = p.get("name").and_then(Value::text).unwrap_or_default().to_ascii_lowercase();
        matches!(number, "80" | "443" | "8080" | "8443" | "3000" | "5000" | "8000") || name.contains("http") || name.contains("web")
    };
    let ports: Vec<&Value> = each(service.spec(&["ports"])).iter().filter(web).collect();
    if ports.is_empty() {
        return None;
    }
    let annotations = service.value.path(&["metadata", "annotations"]);
    let internal = annotations.into_iter().flat_map(Value::fields).find(|f| {
        let name = f.name.to_ascii_lowercase();
        name.contains("load-balancer") && (name.ends_with("-internal") && !f.value.is_false() || f.value.is("internal"))
    });
    let public = match internal {
        Some(f) => Property::stated(false, f.at, "its load balancer is internal"),
        None => Property::stated(true, kind.at, "type: LoadBalancer"),
    };
    let mut e = Entry::new(&service.name, kind.at, Provider::Kubernetes, EntryKind::LoadBalancer, public);
    // A controller's own service only carries packets to what ends TLS in the cluster.
    let controller = ingress_controller(service);
    for port in ports {
        e.listeners.push(listener(service, port, controller));
    }
    let mut target = Target::new(kind.at, Security::PassedThrough);
    target.name = Some(service.name.clone());
    e.targets.push(target);
    Some(e)
}

/// Whether the service leads to an ingress controller or a gateway.
fn ingress_controller(service: &Object) -> bool {
    let words = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["ingress", "traefik", "gateway", "envoy", "haproxy", "kong", "contour", "nginx"].iter().any(|w| text.contains(w))
    };
    let selects = service.spec(&["selector"]).is_some_and(|s| s.fields().iter().any(|f| f.value.written().is_some_and(words)));
    words(&service.name) || selects
}

fn listener(service: &Object, port: &Value, controller: bool) -> Listener {
    let number: Option<u16> = port.get("port").and_then(Value::text).and_then(|t| t.parse().ok());
    let certificate: Option<(Sourced<String>, Location)> = CERTIFICATES.iter().find_map(|(name, ports)| {
        let given = annotation(service, name)?;
        let listed = annotation(service, ports).and_then(Value::written);
        let own = port.get("name").and_then(Value::written).unwrap_or_default();
        let covered = listed.is_none_or(|l| {
            l.split(',').any(|p| p.trim() == "*" || number.is_some_and(|n| p.trim() == n.to_string()) || !own.is_empty() && p.trim() == own)
        });
        covered.then(|| (Sourced::new(given.written().unwrap_or_default().to_owned(), given.at), given.at))
    });
    let says = format!("type: LoadBalancer, port {}", number.map_or_else(|| "decided elsewhere".into(), |n| n.to_string()));
    match certificate {
        Some((certificate, at)) => Listener::new(at, number, Security::Tls, ListenerAction::Forward, says).with(Some(certificate)),
        None if controller => Listener::new(port.at, number, Security::PassedThrough, ListenerAction::Forward, says),
        None if number == Some(443) || number == Some(8443) => {
            Listener::new(port.at, number, Security::PassedThrough, ListenerAction::Forward, says)
        }
        None => Listener::new(port.at, number, Security::Plain, ListenerAction::Forward, says),
    }
}
