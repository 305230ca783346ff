//! Ingresses, as the controllers in use read their annotations.

use plimsoll_base::{Location, Sourced};

use super::{Around, annotation, head, hosts, treatment};
use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Entry, EntryKind, Firewall, Listener, ListenerAction, Property, Provider, Renewal, Security, Target};

/// The controllers whose annotations are understood.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Controller {
    Nginx,
    Alb,
    Gce,
    Traefik,
    Other,
}

fn controller(object: &Object) -> Controller {
    let class = object.spec(&["ingressClassName"]).or_else(|| annotation(object, "kubernetes.io/ingress.class"));
    let class = class.and_then(Value::written).unwrap_or_default().to_ascii_lowercase();
    let prefixed = |prefix: &str| {
        object.value.path(&["metadata", "annotations"]).is_some_and(|a| a.fields().iter().any(|f| f.name.starts_with(prefix)))
    };
    if class.contains("nginx") || prefixed("nginx.ingress.kubernetes.io/") {
        Controller::Nginx
    } else if class.contains("alb") || prefixed("alb.ingress.kubernetes.io/") {
        Controller::Alb
    } else if class.contains("gce") || prefixed("networking.gke.io/") || prefixed("ingress.gcp.kubernetes.io/") {
        Controller::Gce
    } else if class.contains("traefik") || prefixed("traefik.ingress.kubernetes.io/") {
        Controller::Traefik
    } else {
        Controller::Other
    }
}

pub(super) fn ingress(around: &Around<'_>, object: &Object) -> Entry {
    let at = head(object);
    let kind = controller(object);
    let mut e = Entry::new(&object.name, at, Provider::Kubernetes, EntryKind::Ingress, public(object, kind, at));
    for rule in each(object.spec(&["rules"])) {
        e.domains.extend(hosts(rule.get("host")));
        for path in each(rule.path(&["http", "paths"])) {
            lead(path.get("backend"), &mut e);
        }
    }
    lead(object.spec(&["defaultBackend"]).or_else(|| object.spec(&["backend"])), &mut e);
    match kind {
        Controller::Alb => alb(object, at, &mut e),
        _ => listen(around, object, kind, at, &mut e),
    }
    guard(around, object, kind, &mut e);
    match kind {
        Controller::Nginx => treatment::nginx(around, object, &mut e),
        Controller::Traefik => treatment::traefik(around, object, &mut e),
        _ => {}
    }
    treatment::kong(around, object, &mut e);
    e
}

fn public(object: &Object, kind: Controller, at: Location) -> Property<bool> {
    let class = object.spec(&["ingressClassName"]).or_else(|| annotation(object, "kubernetes.io/ingress.class"));
    if let Some(class) = class.filter(|c| c.written().is_some_and(|t| t.to_ascii_lowercase().contains("internal"))) {
        return Property::stated(false, class.at, format!("its class is {}", class.written().unwrap_or_default()));
    }
    if kind == Controller::Alb {
        return match annotation(object, "alb.ingress.kubernetes.io/scheme") {
            Some(s) if s.is("internet-facing") => Property::stated(true, s.at, "scheme: internet-facing"),
            Some(s) if s.is_unknown() => Property::unresolved(s.at, "scheme is decided elsewhere"),
            Some(s) => Property::stated(false, s.at, "scheme: internal"),
            None => Property::defaulted(false, at, "scheme is not set: internal by default"),
        };
    }
    Property::defaulted(true, at, "an ingress is reached through its controller's address")
}

fn lead(backend: Option<&Value>, e: &mut Entry) {
    let Some(backend) = backend else { return };
    let name = backend.path(&["service", "name"]).or_else(|| backend.get("serviceName"));
    let Some(name) = name.and_then(Value::written) else { return };
    if e.targets.iter().all(|t| t.name.as_deref() != Some(name)) {
        let mut target = Target::new(backend.at, Security::Plain);
        target.name = Some(name.to_owned());
        e.targets.push(target);
    }
}

/// Two ports: the encrypted one for the names under `tls`, and the plain one, which controllers treat each in their way.
fn listen(around: &Around<'_>, object: &Object, kind: Controller, at: Location, e: &mut Entry) {
    let issuer = ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer"]
        .iter()
        .find_map(|n| annotation(object, n))
        .and_then(|v| Some(Sourced::new(v.written()?.to_owned(), v.at)));
    let mut covered: Vec<String> = Vec::new();
    let mut whole = false;
    let mut encrypted = false;
    for tls in each(object.spec(&["tls"])) {
        encrypted = true;
        let names = hosts(tls.get("hosts"));
        whole |= names.is_empty();
        covered.extend(names.into_iter().map(|h| h.value));
        let mut listener = Listener::new(tls.at, Some(443), Security::Tls, ListenerAction::Forward, "tls is declared");
        around.certify(&mut listener, tls.get("secretName"), issuer.clone());
        e.listeners.push(listener);
    }
    let managed =
        ["networking.gke.io/managed-certificates", "ingress.gcp.kubernetes.io/pre-shared-cert"].iter().find_map(|n| annotation(object, n));
    if let Some(managed) = managed {
        encrypted = true;
        whole = true;
        let mut listener = Listener::new(managed.at, Some(443), Security::Tls, ListenerAction::Forward, "certificates managed by Google");
        listener.certificate = managed.written().map(|t| Sourced::new(t.to_owned(), managed.at));
        e.listeners.push(listener);
        // The names stand on the certificate where the rules are for every host.
        for name in managed.written().unwrap_or_default().split(',') {
            let certificate = around.named("ManagedCertificate", name.trim());
            e.domains.extend(certificate.map(|c| hosts(c.spec(&["domains"]))).unwrap_or_default());
        }
    }
    let points = annotation(object, "traefik.ingress.kubernetes.io/router.entrypoints").and_then(Value::written);
    let asked = annotation(object, "traefik.ingress.kubernetes.io/router.tls").filter(|v| v.is_true());
    if let Some(asked) = asked.filter(|_| !encrypted) {
        encrypted = true;
        whole = true;
        let mut listener = Listener::new(asked.at, Some(443), Security::Tls, ListenerAction::Forward, "router.tls: true");
        listener.renewal = Renewal::Unresolved;
        listener.certificate = annotation(object, "traefik.ingress.kubernetes.io/router.tls.certresolver").and_then(Value::sourced);
        e.listeners.push(listener);
    }
    let plain = |at: Location, action: ListenerAction, says: String| Listener::new(at, Some(80), Security::Plain, action, says);
    let bare = e.domains.iter().find(|d| encrypted && !whole && !covers(&covered, &d.value));
    if let Some(bare) = bare {
        let says = format!("`{}` is not under tls", bare.value);
        let listener = plain(bare.at, ListenerAction::Forward, says);
        e.listeners.push(listener);
    }
    if !encrypted {
        e.listeners.push(plain(at, ListenerAction::Forward, "tls is not declared: plain HTTP is served".into()));
        return;
    }
    let listener = match kind {
        Controller::Nginx => {
            let off = annotation(object, "nginx.ingress.kubernetes.io/ssl-redirect").filter(|v| v.is_false());
            let forced = annotation(object, "nginx.ingress.kubernetes.io/force-ssl-redirect").filter(|v| v.is_true());
            match (off, forced) {
                (Some(off), None) => plain(off.at, ListenerAction::Forward, "ssl-redirect: false".into()),
                (_, Some(forced)) => plain(forced.at, ListenerAction::RedirectToTls, "force-ssl-redirect: true".into()),
                _ => plain(at, ListenerAction::RedirectToTls, "ingress-nginx sends HTTP on to HTTPS where tls is declared".into()),
            }
        }
        Controller::Gce => gce(around, object, at),
        Controller::Traefik if points.is_some_and(|p| !p.split(',').any(|p| p.trim() == "web" || p.trim() == "http")) => {
            plain(at, ListenerAction::Refuse, "it is served on the encrypted entry point only".into())
        }
        Controller::Traefik => {
            let wares = annotation(object, "traefik.ingress.kubernetes.io/router.middlewares").and_then(Value::written).unwrap_or_default();
            match super::gateway::redirecting(around, wares) {
                Some(at) => plain(at, ListenerAction::RedirectToTls, "a middleware redirects to HTTPS".into()),
                None => plain(at, ListenerAction::Unresolved, "whether HTTP is redirected is set where Traefik is installed".into()),
            }
        }
        // Most controllers redirect where TLS is declared, but which one this is for is not said.
        Controller::Alb | Controller::Other => {
            plain(at, ListenerAction::Unresolved, "which controller serves it, and so whether HTTP is redirected, is not said".into())
        }
    };
    e.listeners.push(listener);
}

fn covers(covered: &[String], host: &str) -> bool {
    let parent = host.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    covered.iter().any(|c| c == host || Some(c) == parent.as_ref())
}

fn gce(around: &Around<'_>, object: &Object, at: Location) -> Listener {
    let plain = |at: Location, action: ListenerAction, says: &str| Listener::new(at, Some(80), Security::Plain, action, says);
    if let Some(off) = annotation(object, "kubernetes.io/ingress.allow-http").filter(|v| v.is_false()) {
        return plain(off.at, ListenerAction::Refuse, "ingress.allow-http: false");
    }
    let named = annotation(object, "networking.gke.io/v1beta1.FrontendConfig");
    let config = named.and_then(Value::written).map(|name| (name, around.named("FrontendConfig", name)));
    match config {
        Some((_, Some(config))) => match config.spec(&["redirectToHttps", "enabled"]) {
            Some(on) if on.is_true() => plain(on.at, ListenerAction::RedirectToTls, "redirectToHttps is enabled"),
            _ => plain(config.at(), ListenerAction::Forward, "redirectToHttps is not enabled"),
        },
        Some((_, None)) => plain(named.map_or(at, |n| n.at), ListenerAction::Unresolved, "the FrontendConfig is not in the repository"),
        None => plain(at, ListenerAction::Forward, "HTTP is served beside HTTPS by default"),
    }
}

/// The AWS load balancer controller: ports and certificates are annotations.
fn alb(object: &Object, at: Location, e: &mut Entry) {
    let get = |name: &str| annotation(object, &format!("alb.ingress.kubernetes.io/{name}"));
    let certificate = get("certificate-arn");
    let ports = get("listen-ports");
    let text = ports.and_then(Value::written).unwrap_or_default().to_owned();
    let tls = certificate.is_some() || text.contains("HTTPS") || !each(object.spec(&["tls"])).is_empty();
    let plain = ports.is_none() && !tls || text.contains("\"HTTP\"") || text.contains("HTTP:") || text.contains("HTTP\"");
    if tls {
        let at = certificate.or(ports).map_or(at, |v| v.at);
        let mut listener = Listener::new(at, Some(443), Security::Tls, ListenerAction::Forward, "an HTTPS listener of the load balancer");
        // Without an ARN the controller looks for a certificate of that name.
        listener.certificate = certificate
            .and_then(|c| Some(Sourced::new(c.written()?.to_owned(), c.at)))
            .or(Some(Sourced::new("found by the host's name".into(), at)));
        e.listeners.push(listener);
    }
    if plain {
        let redirect = get("ssl-redirect").or_else(|| get("actions.ssl-redirect"));
        let listener = match redirect {
            Some(r) if tls => Listener::new(r.at, Some(80), Security::Plain, ListenerAction::RedirectToTls, "ssl-redirect is set"),
            _ => Listener::new(
                ports.map_or(at, |p| p.at),
                Some(80),
                Security::Plain,
                ListenerAction::Forward,
                "an HTTP listener of the load balancer",
            ),
        };
        e.listeners.push(listener);
    }
    if let Some(policy) = get("ssl-policy").and_then(Value::sourced) {
        let says = format!("ssl-policy: {}", policy.value);
        e.minimum_tls = Some(Property::stated(policy.value, policy.at, says));
    }
}

fn guard(around: &Around<'_>, object: &Object, kind: Controller, e: &mut Entry) {
    if let Some(list) = annotation(object, "alb.ingress.kubernetes.io/wafv2-acl-arn").filter(|_| kind == Controller::Alb) {
        e.firewalls.push(Firewall {
            name: list.written().unwrap_or("a web ACL").to_owned(),
            at: list.at,
            blocks: Property::unresolved(list.at, "its rules are declared elsewhere"),
            rules: Vec::new(),
            implicit: false,
        });
    }
    if kind == Controller::Nginx
        && let Some(on) = annotation(object, "nginx.ingress.kubernetes.io/enable-modsecurity").filter(|v| v.is_true())
    {
        let snippet = annotation(object, "nginx.ingress.kubernetes.io/modsecurity-snippet").and_then(Value::written).unwrap_or_default();
        let core = annotation(object, "nginx.ingress.kubernetes.io/enable-owasp-core-rules").filter(|v| v.is_true());
        let engine = snippet.split("SecRuleEngine").nth(1).and_then(|r| r.split_whitespace().next());
        // The engine only writes down what it would refuse until it is told to refuse.
        let blocks = match engine {
            Some("On") => Property::stated(true, on.at, "SecRuleEngine On"),
            Some(_) => Property::stated(false, on.at, "SecRuleEngine only detects"),
            None => Property::defaulted(false, on.at, "SecRuleEngine is not set: DetectionOnly by default"),
        };
        let rules = core.map(|c| Sourced::new("OWASP core rules".to_owned(), c.at)).into_iter().collect();
        e.firewalls.push(Firewall { name: "ModSecurity".into(), at: on.at, blocks, rules, implicit: false });
    }
    if kind == Controller::Gce || kind == Controller::Other {
        let backends = around.objects.iter().filter(|o| o.kind == "BackendConfig");
        for config in backends {
            let Some(policy) = config.spec(&["securityPolicy", "name"]).filter(|p| p.written().is_some_and(|t| !t.is_empty())) else {
                continue;
            };
            let used = around.objects.iter().any(|o| {
                let named =
                    ["cloud.google.com/backend-config", "beta.cloud.google.com/backend-config"].iter().find_map(|a| annotation(o, a));
                o.kind == "Service"
                    && named.and_then(Value::written).is_some_and(|t| t.contains(&format!("\"{}\"", config.name)))
                    && e.targets.iter().any(|t| t.name.as_deref() == Some(&o.name))
            });
            if used {
                e.firewalls.push(Firewall {
                    name: policy.written().unwrap_or_default().to_owned(),
                    at: policy.at,
                    blocks: Property::unresolved(policy.at, "the Cloud Armor policy's rules are declared elsewhere"),
                    rules: Vec::new(),
                    implicit: false,
                });
            }
            if let Some(cdn) = config.spec(&["cdn", "enabled"]).filter(|c| c.is_true()) {
                e.caches = Some(Property::stated(true, cdn.at, "cdn.enabled: true"));
            }
        }
    }
}
