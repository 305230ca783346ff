//! Ready-made fronts: tunnels, proxies that fetch certificates for their neighbours, proxies with pages of their own.

use plimsoll_base::Sourced;

use super::Proxy;
use crate::container::{ValueSource, Variable};
use crate::infrastructure::{Entry, EntryKind, Listener, ListenerAction, Property, Provider, Security, Target};

/// A connector calls out to its network, where TLS ends; nothing of the host needs to be open.
pub(super) fn tunnel(proxy: &Proxy<'_>, entry: &mut Entry) {
    let at = proxy.workload.at;
    let image = proxy.workload.image.as_ref().and_then(|i| i.known()).map(String::as_str).unwrap_or_default();
    entry.provider = if image.contains("cloudflared") { Provider::Cloudflare } else { Provider::Other };
    entry.kind = EntryKind::Proxy;
    entry.public = Property::defaulted(true, at, "the tunnel's other end is on the internet");
    let says = "TLS ends at the tunnel's provider, and the tunnel is encrypted";
    let mut listener = Listener::new(at, Some(443), Security::Tls, ListenerAction::Forward, says);
    listener.certificate = Some(Sourced::new("managed by the tunnel's provider".into(), at));
    entry.listeners.push(listener);
    let mut target = Target::new(at, Security::Tls);
    target.only_through_entry = Some(Property::defaulted(true, at, "the connector calls out: no port is opened for it"));
    entry.targets.push(target);
}

fn value(variable: &Variable) -> Option<String> {
    match &variable.value {
        ValueSource::Literal(value) | ValueSource::EnvFile { value, .. } => Some(value.clone()),
        ValueSource::Interpolated { raw, resolved, .. } => Some(resolved.clone().unwrap_or_else(|| raw.clone())),
        _ => None,
    }
}

/// nginx-proxy with its companion, https-portal, swag, caddy-docker-proxy: names given to services become sites with certificates.
pub(super) fn companion(proxy: &Proxy<'_>, entry: &mut Entry) {
    let image = proxy.workload.image.as_ref().and_then(|i| i.known()).cloned().unwrap_or_default();
    let of = |workload: &crate::container::Workload, names: &[&str]| -> Vec<Sourced<String>> {
        let chosen = workload.environment.iter().filter(|v| names.contains(&v.name.as_str()));
        chosen.filter_map(|v| Some(Sourced::new(value(v)?, v.at))).collect()
    };
    let mut certified: Vec<Sourced<String>> = Vec::new();
    let mut plain: Vec<Sourced<String>> = Vec::new();
    if image.contains("https-portal") {
        let staged = of(proxy.workload, &["STAGE"]).first().is_none_or(|s| s.value != "production");
        let domains = of(proxy.workload, &["DOMAINS"]);
        if staged {
            plain.extend(domains);
        } else {
            certified.extend(domains);
        }
    } else if image.contains("swag") {
        certified.extend(of(proxy.workload, &["URL"]));
    } else if image.contains("caddy-docker-proxy") {
        let labels = proxy.project.workloads.iter().flat_map(|w| &w.labels).filter(|(n, _)| n == "caddy");
        for (_, site) in labels {
            let list = if site.value.starts_with("http://") || site.value.starts_with(':') { &mut plain } else { &mut certified };
            list.push(site.clone());
        }
    } else {
        let helped = proxy.project.workloads.iter().any(super::nginx::renews);
        for workload in &proxy.project.workloads {
            let hosts = of(workload, &["VIRTUAL_HOST"]);
            let encrypted = helped && !of(workload, &["LETSENCRYPT_HOST"]).is_empty();
            if !hosts.is_empty() {
                let mut target = Target::new(workload.at, Security::Plain);
                target.name = Some(workload.name.clone());
                entry.targets.push(target);
            }
            if encrypted { certified.extend(hosts) } else { plain.extend(hosts) }
        }
    }
    for site in certified {
        let says = format!("`{}` gets a certificate that is renewed by itself", site.value);
        let listener = Listener::new(site.at, Some(443), Security::Tls, ListenerAction::Forward, says);
        entry.listeners.push(listener.with(Some(Sourced::new("fetched and renewed by the proxy".into(), site.at))));
        let says = "the proxy sends HTTP on to HTTPS";
        entry.listeners.push(Listener::new(site.at, Some(80), Security::Plain, ListenerAction::RedirectToTls, says));
        entry.domains.push(site);
    }
    for site in plain {
        let says = format!("`{}` gets no certificate", site.value);
        entry.listeners.push(Listener::new(site.at, Some(80), Security::Plain, ListenerAction::Forward, says));
        entry.domains.push(site);
    }
}

/// Its sites live in its own database.
pub(super) fn administered(proxy: &Proxy<'_>, entry: &mut Entry) {
    let says = "its sites and certificates are administered through its own pages";
    entry.listeners.push(Listener::new(proxy.workload.at, None, Security::Unresolved, ListenerAction::Unresolved, says));
}
