//! Application gateways, front doors and firewalls of Azure.

use plimsoll_base::{Location, Sourced};

use super::{Draft, MOST, addresses, all_said, each, names, of_parent, onward, port, referent, said};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Entry, EntryKind, Firewall, Listener, ListenerAction, Property, Provider, Security, Target};

pub(super) fn read(resources: &Resources<'_>, drafts: &mut Vec<Draft>) {
    for gateway in resources.of("azurerm_application_gateway").take(MOST) {
        drafts.push(application_gateway(resources, gateway));
    }
    for endpoint in resources.of("azurerm_cdn_frontdoor_endpoint").take(MOST) {
        drafts.push(front_door(resources, endpoint));
    }
    for door in resources.of("azurerm_frontdoor").take(MOST) {
        drafts.push(classic(resources, door));
    }
    for balancer in resources.of("azurerm_lb").take(MOST) {
        let front = balancer.value.all("frontend_ip_configuration").flat_map(|f| each(Some(f)));
        let address = front.filter_map(|f| f.get("public_ip_address_id")).next();
        let public = match address {
            Some(a) => Property::stated(true, a.at, "public_ip_address_id is set"),
            None => Property::stated(false, balancer.at, "its frontend has no public address"),
        };
        let mut draft = Draft::new(entry(balancer, EntryKind::LoadBalancer, public));
        for rule in of_parent(resources, "azurerm_lb_rule", "loadbalancer_id", balancer) {
            let says = "passes connections on as they come";
            let listener =
                Listener::new(rule.at, port(rule.value.get("frontend_port")), Security::PassedThrough, ListenerAction::Forward, says);
            draft.entry.listeners.push(listener);
        }
        drafts.push(draft);
    }
    for service in resources.of("azurerm_api_management").take(MOST) {
        let inner = service.value.get("virtual_network_type").filter(|v| v.is("Internal"));
        let public =
            inner.map_or_else(|| super::open(service.at), |v| Property::stated(false, v.at, "virtual_network_type = \"Internal\""));
        let mut e = entry(service, EntryKind::Gateway, public);
        e.listeners.push(super::managed(service.at, "API Management serves HTTPS with its own certificate"));
        drafts.push(Draft::new(e));
    }
}

pub(super) fn entry(instance: &Instance, kind: EntryKind, public: Property<bool>) -> Entry {
    Entry::new(instance.address(), instance.at, Provider::Azure, kind, public)
}

fn labelled<'a>(value: &'a Value, block: &'a str, name: Option<&str>) -> Option<&'a Value> {
    value.all(block).flat_map(|b| each(Some(b))).find(|b| b.get("name").and_then(Value::written) == name && name.is_some())
}

fn application_gateway(resources: &Resources<'_>, gateway: &Instance) -> Draft {
    let value = &gateway.value;
    let front = value.all("frontend_ip_configuration").flat_map(|f| each(Some(f)));
    let public = match front.filter_map(|f| f.get("public_ip_address_id")).next() {
        Some(a) => Property::stated(true, a.at, "public_ip_address_id is set"),
        None => Property::stated(false, gateway.at, "its frontends have no public address"),
    };
    let mut draft = Draft::new(entry(gateway, EntryKind::LoadBalancer, public));
    draft.entry.subnets = value.all("gateway_ip_configuration").flat_map(|g| addresses(resources, g.get("subnet_id"))).collect();
    for listener in value.all("http_listener").flat_map(|l| each(Some(l))) {
        let name = listener.get("name").and_then(Value::written);
        let front = listener.get("frontend_port_name").and_then(Value::written);
        let number = labelled(value, "frontend_port", front).and_then(|p| port(p.get("port")));
        let security = match listener.get("protocol") {
            Some(p) if p.is("Https") => Security::Tls,
            Some(p) if p.is("Http") => Security::Plain,
            _ => Security::Unresolved,
        };
        let rule = value
            .all("request_routing_rule")
            .flat_map(|r| each(Some(r)))
            .find(|r| r.get("http_listener_name").and_then(Value::written) == name && name.is_some());
        let redirect = rule.and_then(|r| r.get("redirect_configuration_name")).and_then(Value::written);
        let action = match (rule, redirect) {
            (Some(_), Some(redirect)) => {
                let to = labelled(value, "redirect_configuration", Some(redirect));
                let named = to.and_then(|t| t.get("target_listener_name")).and_then(Value::written);
                let tls = labelled(value, "http_listener", named).and_then(|l| l.get("protocol")).is_some_and(|p| p.is("Https"));
                let url = to.and_then(|t| t.get("target_url")).and_then(Value::written).is_some_and(|u| u.starts_with("https://"));
                if tls || url { ListenerAction::RedirectToTls } else { ListenerAction::Unresolved }
            }
            (Some(_), None) => ListenerAction::Forward,
            (None, _) => ListenerAction::Refuse,
        };
        let says = format!("{} listener: {}", listener.get("protocol").and_then(Value::written).unwrap_or("a"), super::aws::word(action));
        let found = Listener::new(listener.at, number, security, action, says);
        draft.entry.listeners.push(found.with(said(listener.get("ssl_certificate_name"))));
        draft.serve(all_said(listener.get("host_name")).into_iter().chain(all_said(listener.get("host_names"))));
    }
    draft.entry.minimum_tls = value
        .get("ssl_policy")
        .and_then(|_| gateway.word(&["ssl_policy", "min_protocol_version"]).or_else(|| gateway.word(&["ssl_policy", "policy_name"])));
    for settings in value.all("backend_http_settings").flat_map(|s| each(Some(s))) {
        let plain = !settings.get("protocol").is_some_and(|p| p.is("Https"));
        let mut target = Target::new(settings.at, if plain { Security::Plain } else { Security::Tls });
        target.health_check = settings.get("probe_name").map(|p| p.at);
        let pool = value.all("backend_address_pool").flat_map(|p| each(Some(p))).next();
        target.host = pool
            .and_then(|p| p.get("fqdns").or_else(|| p.get("ip_addresses")))
            .and_then(|f| each(Some(f)).first())
            .and_then(Value::written)
            .map(str::to_owned);
        target.name = pool.and_then(|p| super::everywhere(resources, p).into_iter().next()).map(Instance::address);
        draft.entry.targets.push(target);
    }
    if let Some(waf) = value.get("waf_configuration") {
        let mode = waf.get("firewall_mode");
        draft.entry.firewalls.push(Firewall {
            name: format!("{} waf_configuration", gateway.address()),
            at: waf.at,
            blocks: prevention(gateway.flag(&["waf_configuration", "enabled"], true), mode, waf.at),
            rules: vec![Sourced::new("OWASP rule set".to_owned(), waf.at)],
            implicit: false,
        });
    }
    draft
}

/// Whether a firewall is on and in Prevention; in Detection it only writes down.
fn prevention(enabled: Property<bool>, mode: Option<&Value>, at: Location) -> Property<bool> {
    if !enabled.on() {
        return enabled;
    }
    match mode {
        Some(m) if m.is("Prevention") => Property::stated(true, m.at, "mode = \"Prevention\""),
        Some(m) if m.is("Detection") => Property::stated(false, m.at, "mode = \"Detection\": nothing is blocked"),
        Some(m) => Property::unresolved(m.at, "its mode is decided elsewhere"),
        None => Property::defaulted(true, at, "mode is not set: Prevention by default"),
    }
}

fn front_door(resources: &Resources<'_>, endpoint: &Instance) -> Draft {
    let mut e = entry(endpoint, EntryKind::Cdn, super::open(endpoint.at));
    e.enabled = endpoint.flag(&["enabled"], true);
    e.listeners.push(super::managed(endpoint.at, "Front Door serves HTTPS with its own certificate"));
    let mut draft = Draft::new(e);
    let mut caching: Option<Property<bool>> = None;
    for route in of_parent(resources, "azurerm_cdn_frontdoor_route", "cdn_frontdoor_endpoint_id", endpoint) {
        draft.parts.push(route.address());
        let plain = route.value.get("supported_protocols").is_none_or(|p| each(Some(p)).iter().any(|i| i.is("Http")));
        let redirect = route.flag(&["https_redirect_enabled"], true);
        if plain {
            let action = match redirect.known() {
                Some(true) => ListenerAction::RedirectToTls,
                Some(false) => ListenerAction::Forward,
                None => ListenerAction::Unresolved,
            };
            draft.entry.listeners.push(Listener::new(redirect.at, Some(80), Security::Plain, action, redirect.says.clone()));
        }
        let cached = match route.value.get("cache") {
            Some(c) => Property::stated(true, c.at, "the route caches"),
            None => Property::defaulted(false, route.at, "cache is not set: the route keeps no copies"),
        };
        if !caching.as_ref().is_some_and(Property::on) {
            caching = Some(cached);
        }
        let security = match route.value.get("forwarding_protocol") {
            Some(p) if p.is("HttpOnly") => Security::Plain,
            Some(p) if p.is("HttpsOnly") => Security::Tls,
            Some(p) if p.is_unknown() => Security::Unresolved,
            _ if redirect.on() || !plain => Security::Tls,
            _ => Security::Plain,
        };
        for domain in super::everywhere(resources, &route.value).into_iter().filter(|i| i.kind == "azurerm_cdn_frontdoor_custom_domain") {
            draft.parts.push(domain.address());
            draft.serve(said(domain.value.get("host_name")));
            if let Some(tls) = domain.value.get("tls") {
                draft.entry.listeners[0].certificate = Some(Sourced::new("managed by Azure".into(), tls.at));
            }
        }
        for origin in resources.of("azurerm_cdn_frontdoor_origin").take(MOST) {
            if ["cdn_frontdoor_origin_ids"].iter().any(|a| names(resources, route.value.get(a), origin)) {
                let Some(host) = origin.value.get("host_name") else { continue };
                let mut target = onward(resources, host, security);
                target.over_internet = origin.value.get("private_link").is_none();
                target.only_through_entry =
                    origin.value.get("private_link").map(|p| Property::stated(true, p.at, "private_link leads to the origin"));
                target.at = route.value.get("forwarding_protocol").map_or(host.at, |p| p.at);
                draft.entry.targets.push(target);
            }
        }
    }
    draft.entry.caches = caching;
    draft
}

fn classic(resources: &Resources<'_>, door: &Instance) -> Draft {
    let mut e = entry(door, EntryKind::Cdn, super::open(door.at));
    e.listeners.push(super::managed(door.at, "Front Door serves HTTPS with its own certificate"));
    for rule in door.value.all("routing_rule").flat_map(|r| each(Some(r))) {
        let plain = rule.get("accepted_protocols").is_none_or(|p| each(Some(p)).iter().any(|i| i.is("Http")));
        let redirect = rule.path(&["redirect_configuration", "redirect_protocol"]).is_some_and(|p| p.is("HttpsOnly"));
        if plain {
            let action = if redirect { ListenerAction::RedirectToTls } else { ListenerAction::Forward };
            e.listeners.push(Listener::new(rule.at, Some(80), Security::Plain, action, "accepted_protocols holds Http"));
        }
        if let Some(forward) = rule.get("forwarding_configuration") {
            e.caches = Some(match forward.get("cache_enabled") {
                Some(c) if c.is_true() => Property::stated(true, c.at, "cache_enabled = true"),
                _ => Property::defaulted(false, forward.at, "cache_enabled is not set: false by default"),
            });
        }
    }
    let mut draft = Draft::new(e);
    for front in door.value.all("frontend_endpoint").flat_map(|f| each(Some(f))) {
        let host = said(front.get("host_name")).filter(|h| !h.value.ends_with(".azurefd.net") && !h.value.contains("azurefd"));
        draft.serve(host);
        if let Some(link) = front.get("web_application_firewall_policy_link_id") {
            let policy = referent(resources, Some(link), "azurerm_frontdoor_firewall_policy");
            draft.entry.firewalls.push(policy.map_or_else(|| super::elsewhere(link), |p| described(p, link.at)));
        }
    }
    draft
}

/// Firewall policies of gateways and front doors; those of none are kept apart.
pub(super) fn guard(resources: &Resources<'_>, drafts: &mut [Draft], loose: &mut Vec<Firewall>) {
    for policy in resources.of("azurerm_web_application_firewall_policy").take(MOST) {
        let mut attached = false;
        for gateway in resources.of("azurerm_application_gateway").take(MOST) {
            let Some(link) = gateway.value.get("firewall_policy_id").filter(|v| names(resources, Some(v), policy)) else { continue };
            attached = true;
            for draft in drafts.iter_mut().filter(|d| d.is(gateway)) {
                draft.entry.firewalls.push(described(policy, link.at));
            }
        }
        if !attached {
            loose.push(described(policy, policy.at));
        }
    }
    for policy in resources.of("azurerm_cdn_frontdoor_firewall_policy").take(MOST) {
        let mut attached = false;
        for link in resources.of("azurerm_cdn_frontdoor_security_policy").filter(|s| names(resources, Some(&s.value), policy)) {
            attached = true;
            let guarded = super::everywhere(resources, &link.value);
            for draft in drafts.iter_mut().filter(|d| guarded.iter().any(|g| d.is(g))) {
                draft.entry.firewalls.push(described(policy, link.at));
            }
        }
        if !attached {
            loose.push(described(policy, policy.at));
        }
    }
}

fn described(policy: &Instance, at: Location) -> Firewall {
    let settings = policy.value.get("policy_settings");
    let mode = settings.and_then(|s| s.get("mode")).or_else(|| policy.value.get("mode"));
    let enabled = match settings {
        Some(_) => policy.flag(&["policy_settings", "enabled"], true),
        None => policy.flag(&["enabled"], true),
    };
    let managed = ["managed_rules", "managed_rule", "custom_rules", "custom_rule"];
    let rules = managed.iter().flat_map(|m| policy.value.all(m).map(move |r| Sourced::new(m.replace('_', " "), r.at))).collect();
    Firewall { name: policy.address(), at, blocks: prevention(enabled, mode, policy.at), rules, implicit: false }
}
