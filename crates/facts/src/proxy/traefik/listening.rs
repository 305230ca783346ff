//! Entry points of Traefik, and the certificates of the routers on them.

use plimsoll_base::Sourced;

use super::super::{Proxy, nginx, renewal};
use super::{Router, Settings};
use crate::infrastructure::{Entry, Listener, ListenerAction, Renewal, Security};

/// Tells what one entry point listens on, and how the routers on it are served.
pub(super) fn listen(proxy: &Proxy<'_>, point: &str, fixed: &Settings, routers: &[Router], entry: &mut Entry) {
    let get = |field: &str| fixed.get(&format!("entrypoints.{point}.{field}"));
    let Some(address) = get("address") else { return };
    let port = address.value.split('/').next().and_then(|a| a.rsplit(':').next()).and_then(|p| p.parse().ok());
    if let Some(to) = get("http.redirections.entrypoint.to") {
        let says = format!("entry point {point} sends every request to {}", to.value);
        entry.listeners.push(Listener::new(to.at, port, Security::Plain, ListenerAction::RedirectToTls, says));
        return;
    }
    let whole = ["http.tls", "http.tls.certresolver"].iter().find_map(|f| get(f)).or_else(|| {
        let prefix = format!("entrypoints.{point}.http.tls.");
        fixed.range(prefix.clone()..).next().filter(|(k, _)| k.starts_with(&prefix)).map(|(_, v)| v)
    });
    let mut said = Vec::new();
    for router in routers.iter().filter(|r| r.points.is_empty() || r.points.iter().any(|p| p == point)) {
        // A router that serves every entry point serves the encrypted ones only where TLS is asked for.
        let tls = router.tls.or(whole.map(|w| w.at));
        let (security, action, at) = match (tls, router.redirects) {
            (Some(at), _) => (Security::Tls, ListenerAction::Forward, at),
            (None, Some(at)) => (Security::Plain, ListenerAction::RedirectToTls, at),
            (None, None) => (Security::Plain, ListenerAction::Forward, router.at),
        };
        if said.contains(&(security, action)) {
            continue;
        }
        said.push((security, action));
        let says = match (security, action) {
            (Security::Tls, _) => format!("router {} serves HTTPS on entry point {point}", router.name),
            (_, ListenerAction::RedirectToTls) => format!("router {} sends HTTP on to HTTPS", router.name),
            _ => format!("router {} serves plain HTTP on entry point {point}", router.name),
        };
        let mut listener = Listener::new(at, port, security, action, says);
        if security == Security::Tls {
            certify(proxy, router, get("http.tls.certresolver"), fixed, &mut listener);
        }
        entry.listeners.push(listener);
    }
    if said.is_empty() {
        let says = format!("entry point {point} has no router here");
        entry.listeners.push(Listener::new(address.at, port, Security::Plain, ListenerAction::Refuse, says));
    }
}

fn certify(proxy: &Proxy<'_>, router: &Router, common: Option<&Sourced<String>>, fixed: &Settings, listener: &mut Listener) {
    match router.resolver.as_ref().or(common) {
        Some(resolver) => {
            let prefix = format!("certificatesresolvers.{}.", resolver.value.to_ascii_lowercase());
            let known = fixed.range(prefix.clone()..).next().is_some_and(|(k, _)| k.starts_with(&prefix));
            let storage = fixed.get(&format!("{prefix}acme.storage")).map_or("acme.json", |s| s.value.as_str());
            listener.renewal = match known {
                true if kept(proxy, storage) => Renewal::Automatic,
                true => Renewal::Forgotten,
                false => Renewal::Unresolved,
            };
            listener.certificate = Some(Sourced::new(format!("certresolver={}", resolver.value), resolver.at));
        }
        None => {
            // Certificates of the file provider; without any, Traefik shows one that it signs itself.
            let given = proxy.project.workloads.iter().any(nginx::renews);
            let mounted = proxy.workload.mounts.iter().find(|m| {
                let t = m.target.to_ascii_lowercase();
                ["cert", "ssl", "tls", ".pem", ".crt"].iter().any(|w| t.contains(w))
            });
            listener.renewal = match mounted {
                _ if given => Renewal::Automatic,
                Some(m) => renewal(&m.target),
                None => Renewal::ByHand,
            };
            let says = if mounted.is_some() {
                "files that are mounted"
            } else {
                "none is given: Traefik signs one itself, which no browser trusts"
            };
            listener.certificate = Some(Sourced::new(says.to_owned(), mounted.map_or(listener.at, |m| m.at)));
        }
    }
}

/// Whether a file of the container lies on something that outlives it. A path that is decided elsewhere may.
fn kept(proxy: &Proxy<'_>, storage: &str) -> bool {
    let path = format!("/{}", storage.trim_start_matches("./").trim_start_matches('/'));
    let covers = |target: &str| path == target || path.starts_with(&format!("{}/", target.trim_end_matches('/')));
    storage.contains('$') || proxy.workload.mounts.iter().any(|m| covers(&m.target))
}
