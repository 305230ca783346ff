//! OpenShift's routes.

use super::{head, hosts};
use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Entry, EntryKind, Listener, ListenerAction, Property, Provider, Renewal, Security, Target};

/// The entry that a route makes: the router's address is that of the cluster, and its certificate where the route brings none.
pub(super) fn route(object: &Object) -> Entry {
    let at = head(object);
    let public = Property::defaulted(true, at, "a route is reached through the router's address");
    let mut e = Entry::new(&object.name, at, Provider::Kubernetes, EntryKind::Ingress, public);
    e.domains.extend(hosts(object.spec(&["host"])));
    let tls = object.spec(&["tls"]);
    let kind = tls.and_then(|t| t.get("termination"));
    let passed = kind.is_some_and(|k| k.is("passthrough"));
    for backend in each(object.spec(&["to"])).iter().chain(each(object.spec(&["alternateBackends"]))) {
        let Some(name) = backend.get("name").and_then(Value::written) else { continue };
        let security = match kind {
            Some(k) if k.is("reencrypt") => Security::Tls,
            Some(_) if passed => Security::PassedThrough,
            _ => Security::Plain,
        };
        let mut target = Target::new(backend.at, security);
        target.name = Some(name.to_owned());
        e.targets.push(target);
    }
    let Some(tls) = tls else {
        e.listeners.push(Listener::new(at, Some(80), Security::Plain, ListenerAction::Forward, "tls is not declared"));
        return e;
    };
    let security = if passed { Security::PassedThrough } else { Security::Tls };
    let mut secure = Listener::new(tls.at, Some(443), security, ListenerAction::Forward, "tls is declared");
    // The router's own certificate is the platform's affair; one that lies in the route somebody must renew.
    secure.renewal = Renewal::Unresolved;
    e.listeners.push(secure);
    match tls.get("insecureEdgeTerminationPolicy") {
        Some(p) if p.is("Redirect") => e.listeners.push(Listener::new(
            p.at,
            Some(80),
            Security::Plain,
            ListenerAction::RedirectToTls,
            "insecureEdgeTerminationPolicy: Redirect",
        )),
        Some(p) if p.is("Allow") => {
            e.listeners.push(Listener::new(
                p.at,
                Some(80),
                Security::Plain,
                ListenerAction::Forward,
                "insecureEdgeTerminationPolicy: Allow",
            ));
        }
        _ => {}
    }
    e
}
