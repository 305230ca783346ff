//! Load balancers and endpoints of DigitalOcean, Hetzner and platforms that Terraform drives.

use super::{Draft, MOST, all_said, each, managed, names, of_parent, port, redirected, said};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Entry, EntryKind, Listener, ListenerAction, Property, Provider, Security, Target};

pub(super) fn read(resources: &Resources<'_>, drafts: &mut Vec<Draft>) {
    for balancer in resources.of("digitalocean_loadbalancer").take(MOST) {
        drafts.push(digital_ocean(resources, balancer));
    }
    for app in resources.of("digitalocean_app").take(MOST) {
        let mut draft = platform(app, Provider::DigitalOcean, "App Platform");
        draft.serve(app.value.get("spec").into_iter().flat_map(|s| s.all("domain")).flat_map(|d| all_said(d.get("name"))));
        if app.value.get("spec").is_some_and(|s| s.get("static_site").is_some()) {
            draft.entry.caches = Some(Property::defaulted(true, app.at, "static sites are served from a content network"));
        }
        drafts.push(draft);
    }
    for cdn in resources.of("digitalocean_cdn").take(MOST) {
        let mut e = Entry::new(cdn.address(), cdn.at, Provider::DigitalOcean, EntryKind::Cdn, super::open(cdn.at));
        e.listeners.push(managed(cdn.at, "the CDN serves HTTPS"));
        e.domains.extend(said(cdn.value.get("custom_domain")));
        e.caches = Some(match cdn.value.get("ttl").filter(|t| t.is("0")) {
            Some(ttl) => Property::stated(false, ttl.at, "ttl = 0"),
            None => Property::defaulted(true, cdn.at, "copies are kept for an hour by default"),
        });
        let mut draft = Draft::new(e);
        if let Some(origin) = cdn.value.get("origin") {
            let mut target = super::onward(resources, origin, Security::Tls);
            target.over_internet = true;
            draft.entry.targets.push(target);
        }
        drafts.push(draft);
    }
    for balancer in resources.of("hcloud_load_balancer").take(MOST) {
        drafts.push(hetzner(resources, balancer));
    }
    for (kind, word) in [("vercel_project", "Vercel"), ("netlify_site", "Netlify"), ("render_static_site", "Render")] {
        for project in resources.of(kind).take(MOST) {
            let mut draft = platform(project, Provider::Platform, word);
            draft.entry.caches = Some(Property::defaulted(true, project.at, format!("{word} serves from its edge")));
            drafts.push(draft);
        }
    }
    for (kind, word) in [("render_web_service", "Render"), ("railway_service_domain", "Railway")] {
        for service in resources.of(kind).take(MOST) {
            drafts.push(platform(service, Provider::Platform, word));
        }
    }
}

/// A platform with certificates of its own that sends plain requests on to HTTPS.
fn platform(instance: &Instance, provider: Provider, word: &str) -> Draft {
    let mut e = Entry::new(instance.address(), instance.at, provider, EntryKind::Platform, super::open(instance.at));
    e.listeners.push(managed(instance.at, &format!("{word} serves HTTPS with its own certificate")));
    e.listeners.push(redirected(instance.at, &format!("{word} sends HTTP on to HTTPS")));
    Draft::new(e)
}

fn digital_ocean(resources: &Resources<'_>, balancer: &Instance) -> Draft {
    let inner = balancer.value.get("network").filter(|n| n.is("INTERNAL"));
    let public = inner.map_or_else(|| super::open(balancer.at), |n| Property::stated(false, n.at, "network = \"INTERNAL\""));
    let mut e = Entry::new(balancer.address(), balancer.at, Provider::DigitalOcean, EntryKind::LoadBalancer, public);
    let redirect = balancer.flag(&["redirect_http_to_https"], false);
    let health = balancer.value.get("healthcheck").map(|h| h.at);
    let mut onward = None;
    for rule in balancer.value.all("forwarding_rule").flat_map(|r| each(Some(r))) {
        let number = port(rule.get("entry_port"));
        let protocol = rule.get("entry_protocol").and_then(|p| p.text()).map(str::to_ascii_lowercase);
        let through = rule.get("tls_passthrough").is_some_and(Value::is_true);
        let security = match protocol.as_deref() {
            Some("https" | "http2" | "http3") if through => Security::PassedThrough,
            Some("https" | "http2" | "http3") => Security::Tls,
            Some("http") => Security::Plain,
            Some(_) => Security::PassedThrough,
            None => Security::Unresolved,
        };
        let (at, action, says) = match (security, redirect.known()) {
            (Security::Plain, Some(true)) => (redirect.at, ListenerAction::RedirectToTls, redirect.says.clone()),
            (Security::Plain, None) => (redirect.at, ListenerAction::Unresolved, redirect.says.clone()),
            _ => (rule.at, ListenerAction::Forward, format!("entry_protocol = \"{}\"", protocol.unwrap_or_default())),
        };
        let certificate = said(rule.get("certificate_name")).or_else(|| said(rule.get("certificate_id")));
        e.listeners.push(Listener::new(at, number, security, action, says).with(certificate));
        let plain = rule.get("target_protocol").is_none_or(|p| p.is("http"));
        onward = onward.or(Some(if plain { Security::Plain } else { Security::Tls }));
    }
    let machines = super::addresses(resources, balancer.value.get("droplet_ids"));
    let tagged = balancer.value.get("droplet_tag").map(|_| balancer.address());
    for name in machines.into_iter().chain(tagged) {
        let mut target = Target::new(balancer.at, onward.unwrap_or(Security::Plain));
        target.name = Some(name);
        target.health_check = health;
        e.targets.push(target);
    }
    Draft::new(e)
}

fn hetzner(resources: &Resources<'_>, balancer: &Instance) -> Draft {
    let mut e = Entry::new(balancer.address(), balancer.at, Provider::Hetzner, EntryKind::LoadBalancer, super::open(balancer.at));
    if let Some(network) =
        resources.of("hcloud_load_balancer_network").find(|n| names(resources, n.value.get("load_balancer_id"), balancer))
    {
        e.public = network.flag(&["enable_public_interface"], true);
    }
    let mut health = None;
    for service in of_parent(resources, "hcloud_load_balancer_service", "load_balancer_id", balancer) {
        let value = &service.value;
        let protocol = value.get("protocol").and_then(Value::text);
        let (security, usual) = match protocol {
            Some("https") => (Security::Tls, Some(443)),
            Some("http") => (Security::Plain, Some(80)),
            Some(_) => (Security::PassedThrough, None),
            None => (Security::Unresolved, None),
        };
        let number = port(value.get("listen_port")).or(usual);
        health = health.or_else(|| value.get("health_check").map(|h| h.at));
        let certificate = all_said(value.path(&["http", "certificates"])).into_iter().next();
        let redirect = value.path(&["http", "redirect_http"]).filter(|r| r.is_true());
        if let (Security::Tls, Some(redirect)) = (security, redirect) {
            let says = "redirect_http = true";
            e.listeners.push(Listener::new(redirect.at, Some(80), Security::Plain, ListenerAction::RedirectToTls, says));
        }
        let says = format!("protocol = \"{}\"", protocol.unwrap_or("decided elsewhere"));
        e.listeners.push(Listener::new(service.at, number, security, ListenerAction::Forward, says).with(certificate));
    }
    for registered in of_parent(resources, "hcloud_load_balancer_target", "load_balancer_id", balancer) {
        let mut target = Target::new(registered.at, Security::Plain);
        target.name = super::addresses(resources, registered.value.get("server_id")).into_iter().next();
        target.over_internet = !registered.value.get("use_private_ip").is_some_and(Value::is_true);
        target.health_check = health;
        e.targets.push(target);
    }
    Draft::new(e)
}
