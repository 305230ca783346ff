//! Gateways of the Gateway API and of Istio with their routes, and Traefik's own kinds of routes.

use plimsoll_base::{Location, Sourced};

use super::{Around, annotation, head, hosts, of, treatment};
use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Entry, EntryKind, Listener, ListenerAction, Property, Provider, Renewal, Security, Target};

pub(super) fn gateways(around: &Around<'_>) -> Vec<Entry> {
    let mut found = Vec::new();
    for gateway in of(around.objects, "Gateway") {
        found.extend(match gateway.group.as_str() {
            "gateway.networking.k8s.io" => Some(standard(around, gateway)),
            "networking.istio.io" => Some(istio(around, gateway)),
            _ => None,
        });
    }
    // Routes whose gateway stands elsewhere.
    let known: Vec<String> = found.iter().map(|e| e.name.clone()).collect();
    let strays = of(around.objects, "HTTPRoute").filter(|r| {
        !each(r.spec(&["parentRefs"])).iter().any(|p| p.get("name").and_then(Value::written).is_some_and(|n| known.iter().any(|k| k == n)))
    });
    for route in strays {
        let at = head(route);
        let mut e = Entry::new(
            &route.name,
            at,
            Provider::Kubernetes,
            EntryKind::Ingress,
            Property::unresolved(at, "its gateway is not in the repository"),
        );
        e.domains.extend(hosts(route.spec(&["hostnames"])));
        lead(route, &mut e);
        let says = "the gateway that it names, with its listeners and certificates, is not in the repository";
        e.listeners.push(Listener::new(at, None, Security::Unresolved, ListenerAction::Unresolved, says));
        found.push(e);
    }
    found
}

fn number(value: Option<&Value>) -> Option<u16> {
    value?.text()?.trim().parse().ok()
}

fn standard(around: &Around<'_>, gateway: &Object) -> Entry {
    let at = head(gateway);
    let mut e = Entry::new(&gateway.name, at, Provider::Kubernetes, EntryKind::Ingress, public(gateway, at));
    let routes: Vec<&Object> = of(around.objects, "HTTPRoute")
        .filter(|r| each(r.spec(&["parentRefs"])).iter().any(|p| p.get("name").and_then(Value::written) == Some(&gateway.name)))
        .collect();
    let issuer = ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer"]
        .iter()
        .find_map(|n| annotation(gateway, n))
        .and_then(|v| Some(Sourced::new(v.written()?.to_owned(), v.at)));
    for listener in each(gateway.spec(&["listeners"])) {
        e.domains.extend(hosts(listener.get("hostname")));
        let security = match listener.get("protocol") {
            Some(p) if p.is("HTTPS") => Security::Tls,
            Some(p) if p.is("TLS") && listener.path(&["tls", "mode"]).is_some_and(|m| m.is("Passthrough")) => Security::PassedThrough,
            Some(p) if p.is("TLS") => Security::Tls,
            Some(p) if p.is("HTTP") => Security::Plain,
            Some(p) if p.is_unknown() => Security::Unresolved,
            _ => Security::PassedThrough,
        };
        let name = listener.get("name").and_then(Value::written);
        let mine = |r: &&&Object| {
            each(r.spec(&["parentRefs"])).iter().any(|p| {
                p.get("name").and_then(Value::written) == Some(&gateway.name) && p.get("sectionName").is_none_or(|s| s.written() == name)
            })
        };
        let routed: Vec<&&Object> = routes.iter().filter(mine).collect();
        let redirect = routed.iter().find_map(|r| redirects(r));
        let forwards = routed.iter().any(|r| redirects(r).is_none());
        let (action, place) = match (security, redirect) {
            (Security::Plain, Some(at)) if !forwards => (ListenerAction::RedirectToTls, at),
            (Security::Plain, _) if routed.is_empty() && !around.objects.iter().any(|o| o.kind == "HTTPRoute") => {
                (ListenerAction::Unresolved, listener.at)
            }
            (Security::Plain, _) if routed.is_empty() => (ListenerAction::Refuse, listener.at),
            _ => (ListenerAction::Forward, listener.at),
        };
        let port = number(listener.get("port"));
        let protocol = listener.get("protocol").and_then(Value::written).unwrap_or("a");
        let says = format!("{protocol} listener on port {}", port.map_or_else(|| "decided elsewhere".into(), |p| p.to_string()));
        let mut made = Listener::new(place, port, security, action, says);
        if security == Security::Tls {
            let secret = each(listener.path(&["tls", "certificateRefs"])).first().and_then(|c| c.get("name"));
            around.certify(&mut made, secret, issuer.clone());
        }
        e.listeners.push(made);
    }
    for route in routes {
        e.domains.extend(hosts(route.spec(&["hostnames"])));
        lead(route, &mut e);
        treatment::route(around, route, &mut e);
    }
    treatment::policies(around, gateway, &mut e);
    e
}

fn public(gateway: &Object, at: Location) -> Property<bool> {
    let class = gateway.spec(&["gatewayClassName"]);
    match class.filter(|c| c.written().is_some_and(|t| t.contains("internal") || t.contains("-rilb"))) {
        Some(class) => Property::stated(false, class.at, format!("its class is {}", class.written().unwrap_or_default())),
        None => Property::defaulted(true, at, "a gateway is reached through its controller's address"),
    }
}

/// Where a route sends everything on to HTTPS.
fn redirects(route: &Object) -> Option<Location> {
    let rules = each(route.spec(&["rules"]));
    let filters = rules.iter().flat_map(|r| each(r.get("filters")));
    filters.filter_map(|f| f.path(&["requestRedirect", "scheme"])).find(|s| s.is("https")).map(|s| s.at)
}

fn lead(route: &Object, e: &mut Entry) {
    for backend in each(route.spec(&["rules"])).iter().flat_map(|r| each(r.get("backendRefs"))) {
        let Some(name) = backend.get("name").and_then(Value::written) else { continue };
        if e.targets.iter().all(|t| t.name.as_deref() != Some(name)) {
            let mut target = Target::new(backend.at, Security::Plain);
            target.name = Some(name.to_owned());
            e.targets.push(target);
        }
    }
}

fn istio(around: &Around<'_>, gateway: &Object) -> Entry {
    let at = head(gateway);
    let mut e = Entry::new(&gateway.name, at, Provider::Kubernetes, EntryKind::Ingress, public(gateway, at));
    for server in each(gateway.spec(&["servers"])) {
        e.domains.extend(hosts(server.get("hosts")));
        let protocol = server.path(&["port", "protocol"]).and_then(Value::text).unwrap_or_default().to_ascii_uppercase();
        let mode = server.path(&["tls", "mode"]).and_then(Value::text).unwrap_or_default();
        let redirect = server.path(&["tls", "httpsRedirect"]).filter(|r| r.is_true());
        let security = match (protocol.as_str(), mode) {
            (_, "PASSTHROUGH") => Security::PassedThrough,
            ("HTTPS" | "TLS", _) => Security::Tls,
            ("HTTP" | "HTTP2" | "GRPC", _) => Security::Plain,
            _ => Security::PassedThrough,
        };
        let action = if redirect.is_some() { ListenerAction::RedirectToTls } else { ListenerAction::Forward };
        let port = number(server.path(&["port", "number"]));
        let mut made =
            Listener::new(redirect.map_or(server.at, |r| r.at), port, security, action, format!("{protocol} server of the gateway"));
        if security == Security::Tls {
            around.certify(&mut made, server.path(&["tls", "credentialName"]), None);
        }
        e.listeners.push(made);
    }
    for service in of(around.objects, "VirtualService") {
        let bound = each(service.spec(&["gateways"])).iter().filter_map(Value::written);
        if !bound.into_iter().any(|g| g.rsplit('/').next() == Some(&gateway.name)) {
            continue;
        }
        for route in each(service.spec(&["http"])).iter().flat_map(|h| each(h.get("route"))) {
            let Some(host) = route.path(&["destination", "host"]).and_then(Value::written) else { continue };
            let name = host.split('.').next().unwrap_or(host);
            treatment::virtual_service(service, route, name, &mut e);
            if e.targets.iter().all(|t| t.name.as_deref() != Some(name)) {
                let mut target = Target::new(route.at, Security::Plain);
                target.name = Some(name.to_owned());
                e.targets.push(target);
            }
        }
    }
    treatment::local_limits(around, &mut e);
    e
}

/// Traefik's `IngressRoute`s, one entry each.
pub(super) fn routes_of_traefik(around: &Around<'_>) -> Vec<Entry> {
    let routes = of(around.objects, "IngressRoute").filter(|o| o.group.contains("traefik"));
    routes
        .map(|route| {
            let at = head(route);
            let mut e = Entry::new(
                &route.name,
                at,
                Provider::Kubernetes,
                EntryKind::Ingress,
                Property::defaulted(true, at, "it is reached through Traefik's address"),
            );
            let mut wares = String::new();
            for rule in each(route.spec(&["routes"])) {
                let text = rule.get("match").and_then(Value::written).unwrap_or_default();
                if let Some(found) = rule.get("match") {
                    for part in text.split("Host(").skip(1) {
                        let inner = part.split(')').next().unwrap_or_default();
                        let names = inner.split(',').map(|n| n.trim().trim_matches(['`', '"'])).filter(|n| !n.is_empty());
                        e.domains.extend(names.map(|n| Sourced::new(n.to_owned(), found.at)));
                    }
                }
                for ware in each(rule.get("middlewares")) {
                    wares.push_str(ware.get("name").and_then(Value::written).unwrap_or_default());
                    wares.push(',');
                }
                for service in each(rule.get("services")) {
                    let Some(name) = service.get("name").and_then(Value::written) else { continue };
                    let mut target = Target::new(service.at, Security::Plain);
                    target.name = Some(name.to_owned());
                    e.targets.push(target);
                }
            }
            treatment::route_of_traefik(around, route, &mut e);
            match (route.spec(&["tls"]), redirecting(around, &wares)) {
                (Some(tls), _) => {
                    let mut made = Listener::new(tls.at, Some(443), Security::Tls, ListenerAction::Forward, "tls is declared");
                    match tls.get("certResolver").and_then(Value::sourced) {
                        Some(resolver) => {
                            // The resolver is set where Traefik is installed.
                            made.renewal = Renewal::Automatic;
                            made.certificate = Some(resolver);
                        }
                        None => around.certify(&mut made, tls.get("secretName"), None),
                    }
                    e.listeners.push(made);
                }
                (None, Some(at)) => {
                    e.listeners.push(Listener::new(
                        at,
                        Some(80),
                        Security::Plain,
                        ListenerAction::RedirectToTls,
                        "a middleware redirects to HTTPS",
                    ));
                }
                (None, None) => {
                    e.listeners.push(Listener::new(at, Some(80), Security::Plain, ListenerAction::Forward, "tls is not declared"))
                }
            }
            e
        })
        .collect()
}

/// Where a middleware of this list sends requests on to HTTPS. Names are written alone, or with their namespace before them.
pub(super) fn redirecting(around: &Around<'_>, list: &str) -> Option<Location> {
    let names: Vec<&str> = list.split(',').map(|n| n.trim().split('@').next().unwrap_or("")).filter(|n| !n.is_empty()).collect();
    let wares = of(around.objects, "Middleware").filter(|o| names.iter().any(|n| *n == o.name || n.ends_with(&format!("-{}", o.name))));
    let mut schemes = wares.filter_map(|w| w.spec(&["redirectScheme", "scheme"]));
    schemes.find(|s| s.is("https")).map(|s| s.at)
}
