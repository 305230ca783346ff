//! Endpoints that Azure gives by itself: App Service, Container Apps, Static Web Apps, CDN endpoints, container groups.

use super::azure::entry;
use super::{Draft, MOST, all_said, each, managed, port, redirected};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{EntryKind, Listener, ListenerAction, Property, Security, Target};

const APPS: &[&str] = &[
    "azurerm_linux_web_app",
    "azurerm_windows_web_app",
    "azurerm_app_service",
    "azurerm_linux_function_app",
    "azurerm_windows_function_app",
    "azurerm_function_app",
];

pub(super) fn read(resources: &Resources<'_>, drafts: &mut Vec<Draft>) {
    for app in resources.of_any(APPS).take(MOST) {
        let mut e = entry(app, EntryKind::Platform, app.flag(&["public_network_access_enabled"], true));
        e.listeners.push(managed(app.at, "App Service serves HTTPS with its own certificate"));
        let only = app.flag(&["https_only"], false);
        let action = match only.known() {
            Some(true) => ListenerAction::RedirectToTls,
            Some(false) => ListenerAction::Forward,
            None => ListenerAction::Unresolved,
        };
        e.listeners.push(Listener::new(only.at, Some(80), Security::Plain, action, only.says));
        e.minimum_tls = app.word(&["site_config", "minimum_tls_version"]).or_else(|| app.word(&["site_config", "min_tls_version"]));
        e.targets.push(itself(app));
        drafts.push(Draft::new(e));
    }
    for app in resources.of("azurerm_container_app").take(MOST) {
        let Some(ingress) = app.value.get("ingress") else { continue };
        let mut e = entry(app, EntryKind::Platform, app.flag(&["ingress", "external_enabled"], false));
        e.listeners.push(managed(ingress.at, "Container Apps serve HTTPS with their own certificate"));
        let insecure = app.flag(&["ingress", "allow_insecure_connections"], false);
        let action = match insecure.known() {
            Some(true) => ListenerAction::Forward,
            Some(false) => ListenerAction::RedirectToTls,
            None => ListenerAction::Unresolved,
        };
        e.listeners.push(Listener::new(insecure.at, Some(80), Security::Plain, action, insecure.says));
        e.targets.push(itself(app));
        let mut draft = Draft::new(e);
        draft.serve(ingress.all("custom_domain").flat_map(|d| all_said(d.get("name"))));
        drafts.push(draft);
    }
    for kind in ["azurerm_static_web_app", "azurerm_static_site"] {
        for site in resources.of(kind).take(MOST) {
            let mut e = entry(site, EntryKind::Platform, super::open(site.at));
            e.listeners.push(managed(site.at, "Static Web Apps serve HTTPS with their own certificate"));
            e.listeners.push(redirected(site.at, "Static Web Apps send HTTP on to HTTPS"));
            e.caches = Some(Property::defaulted(true, site.at, "Static Web Apps are served from many places"));
            drafts.push(Draft::new(e));
        }
    }
    for endpoint in resources.of("azurerm_cdn_endpoint").take(MOST) {
        drafts.push(cdn(resources, endpoint));
    }
    for group in resources.of("azurerm_container_group").take(MOST) {
        let private = group.value.get("ip_address_type").filter(|t| t.is("Private") || t.is("None"));
        let public = private.map_or_else(|| super::open(group.at), |t| Property::stated(false, t.at, "ip_address_type is not Public"));
        let mut e = entry(group, EntryKind::Platform, public);
        for port_block in group.value.all("container").flat_map(|c| c.all("ports")).flat_map(|p| each(Some(p))) {
            let number = port(port_block.get("port"));
            let security = if number == Some(443) { Security::PassedThrough } else { Security::Plain };
            let says = format!("port {} of a container", number.map_or_else(|| "decided elsewhere".into(), |n| n.to_string()));
            e.listeners.push(Listener::new(port_block.at, number, security, ListenerAction::Forward, says));
        }
        drafts.push(Draft::new(e));
    }
}

fn itself(instance: &Instance) -> Target {
    let mut target = Target::new(instance.at, Security::Tls);
    target.name = Some(instance.address());
    target
}

fn cdn(resources: &Resources<'_>, endpoint: &Instance) -> Draft {
    let mut e = entry(endpoint, EntryKind::Cdn, super::open(endpoint.at));
    e.listeners.push(managed(endpoint.at, "the CDN serves HTTPS with its own certificate"));
    let plain = endpoint.flag(&["is_http_allowed"], true);
    let rules = endpoint.value.all("delivery_rule").chain(endpoint.value.all("global_delivery_rule"));
    let redirect = rules.filter_map(|r| r.get("url_redirect_action")).find(|r| r.get("protocol").is_some_and(|p| p.is("Https")));
    if !plain.off() {
        let (at, action, says) = match redirect {
            Some(r) => (r.at, ListenerAction::RedirectToTls, "a delivery rule redirects to HTTPS".to_owned()),
            None => (plain.at, ListenerAction::Forward, plain.says),
        };
        e.listeners.push(Listener::new(at, Some(80), Security::Plain, action, says));
    }
    let origins: Vec<&Value> = endpoint.value.all("origin").flat_map(|o| each(Some(o))).collect();
    for host in origins.iter().filter_map(|o| o.get("host_name")) {
        let mut target = super::onward(resources, host, Security::Tls);
        target.over_internet = true;
        e.targets.push(target);
    }
    let bypass = endpoint.value.path(&["global_delivery_rule", "cache_expiration_action", "behavior"]).filter(|b| b.is("BypassCache"));
    e.caches = Some(match bypass {
        Some(b) => Property::stated(false, b.at, "behavior = \"BypassCache\""),
        None => Property::defaulted(true, endpoint.at, "the CDN keeps copies by default"),
    });
    Draft::new(e)
}
