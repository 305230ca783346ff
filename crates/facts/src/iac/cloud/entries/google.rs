//! Load balancers and endpoints of Google Cloud, and Cloud Armor.

use plimsoll_base::Sourced;

use super::{Draft, MOST, all_said, each, managed, names, onward, port, redirected, referent, said};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Entry, EntryKind, Firewall, Listener, ListenerAction, Property, Provider, Security, Target};

const RULES: &[&str] = &["google_compute_global_forwarding_rule", "google_compute_forwarding_rule"];
const TLS_PROXIES: &[&str] =
    &["google_compute_target_https_proxy", "google_compute_region_target_https_proxy", "google_compute_target_ssl_proxy"];
const PLAIN_PROXIES: &[&str] = &["google_compute_target_http_proxy", "google_compute_region_target_http_proxy"];
const MAPS: &[&str] = &["google_compute_url_map", "google_compute_region_url_map"];
const BACKENDS: &[&str] = &["google_compute_backend_service", "google_compute_region_backend_service", "google_compute_backend_bucket"];

pub(super) fn read(resources: &Resources<'_>, drafts: &mut Vec<Draft>) {
    let first = drafts.len();
    for rule in resources.of_any(RULES).take(MOST) {
        let draft = forwarding(resources, rule);
        // Two rules of one address are one entry with two ports.
        let address = rule.value.get("ip_address").and_then(Value::written);
        let same = |d: &&mut Draft| address.is_some_and(|a| d.parts.iter().any(|p| p == a));
        match drafts[first..].iter_mut().find(same) {
            Some(known) => {
                known.parts.extend(draft.parts);
                known.entry.listeners.extend(draft.entry.listeners);
                known.entry.targets.extend(draft.entry.targets);
                known.entry.domains.extend(draft.entry.domains);
                known.entry.minimum_tls = known.entry.minimum_tls.take().or(draft.entry.minimum_tls);
                known.entry.caches = known.entry.caches.take().or(draft.entry.caches);
            }
            None => drafts.push(draft),
        }
    }
    for kind in ["google_cloud_run_service", "google_cloud_run_v2_service"] {
        for service in resources.of(kind).take(MOST) {
            drafts.push(cloud_run(service));
        }
    }
    for kind in ["google_api_gateway_gateway", "google_cloudfunctions2_function", "google_firebase_hosting_site"] {
        for hosted in resources.of(kind).take(MOST) {
            let gateway = kind == "google_api_gateway_gateway";
            let mut e = entry(hosted, if gateway { EntryKind::Gateway } else { EntryKind::Platform }, super::open(hosted.at));
            e.listeners.push(managed(hosted.at, "Google serves HTTPS with its own certificate"));
            if kind == "google_firebase_hosting_site" {
                e.caches = Some(Property::defaulted(true, hosted.at, "Firebase Hosting serves through a content network"));
            }
            drafts.push(Draft::new(e));
        }
    }
    for function in resources.of("google_cloudfunctions_function").filter(|f| f.value.get("trigger_http").is_some_and(Value::is_true)) {
        let mut e = entry(function, EntryKind::Platform, super::open(function.at));
        e.listeners.push(managed(function.at, "Google serves HTTPS with its own certificate"));
        let level = function.value.get("https_trigger_security_level");
        if level.is_none_or(|l| l.is("SECURE_OPTIONAL")) {
            let says = "https_trigger_security_level: SECURE_OPTIONAL answers plain HTTP";
            e.listeners.push(Listener::new(level.map_or(function.at, |l| l.at), Some(80), Security::Plain, ListenerAction::Forward, says));
        }
        drafts.push(Draft::new(e));
    }
    for kind in ["google_app_engine_standard_app_version", "google_app_engine_flexible_app_version"] {
        for version in resources.of(kind).take(MOST) {
            drafts.push(app_engine(version));
        }
    }
}

fn entry(instance: &Instance, kind: EntryKind, public: Property<bool>) -> Entry {
    Entry::new(instance.address(), instance.at, Provider::Google, kind, public)
}

fn forwarding(resources: &Resources<'_>, rule: &Instance) -> Draft {
    let scheme = rule.value.get("load_balancing_scheme");
    let public = match scheme {
        Some(s) if s.text().is_some_and(|t| t.starts_with("INTERNAL")) => Property::stated(false, s.at, "an internal load balancer"),
        // An empty scheme makes an endpoint for a private service.
        Some(s) if s.is("") => Property::stated(false, s.at, "an endpoint of a private service"),
        Some(s) if s.is_unknown() => Property::unresolved(s.at, "load_balancing_scheme is decided elsewhere"),
        _ => super::open(rule.at),
    };
    let mut draft = Draft::new(entry(rule, EntryKind::LoadBalancer, public));
    let address = rule.value.get("ip_address");
    draft.parts.extend(address.and_then(Value::written).map(str::to_owned));
    draft.parts.extend(address.into_iter().flat_map(|a| super::everywhere(resources, a)).map(Instance::address));
    let number = port(rule.value.get("port_range")).or_else(|| port(each(rule.value.get("ports")).first()));
    let target = rule.value.get("target");
    let tls = TLS_PROXIES.iter().find_map(|k| referent(resources, target, k));
    let plain = PLAIN_PROXIES.iter().find_map(|k| referent(resources, target, k));
    let Some(proxy) = tls.or(plain) else {
        let says = "passes connections on as they come";
        draft.entry.listeners.push(Listener::new(rule.at, number, Security::PassedThrough, ListenerAction::Forward, says));
        for kind in BACKENDS {
            if let Some(backend) = referent(resources, rule.value.get("backend_service"), kind) {
                behind(resources, backend, &mut draft);
            }
        }
        return draft;
    };
    draft.parts.push(proxy.address());
    let map = MAPS.iter().find_map(|k| referent(resources, proxy.value.get("url_map"), k));
    let redirect = map.and_then(|m| m.value.path(&["default_url_redirect", "https_redirect"])).filter(|r| r.is_true());
    let (security, action) = match (tls, redirect) {
        _ if !rule.certain => (Security::Unresolved, ListenerAction::Unresolved),
        (Some(_), _) => (Security::Tls, ListenerAction::Forward),
        (None, Some(_)) => (Security::Plain, ListenerAction::RedirectToTls),
        (None, None) => (Security::Plain, ListenerAction::Forward),
    };
    let says = match (security, action) {
        (Security::Tls, _) => "HTTPS",
        (_, ListenerAction::RedirectToTls) => "https_redirect = true",
        _ => "HTTP that is passed on",
    };
    let mut listener = Listener::new(redirect.map_or(rule.at, |r| r.at), number, security, action, says);
    if security == Security::Tls {
        let given = ["ssl_certificates", "certificate_map", "certificate_manager_certificates"].iter().find_map(|a| proxy.value.get(a));
        listener.certificate = given.and_then(|g| all_said(Some(g)).into_iter().next());
        let issued = referent(resources, given, "google_compute_managed_ssl_certificate");
        draft.serve(issued.into_iter().flat_map(|c| all_said(c.value.path(&["managed", "domains"]))));
        let policy = referent(resources, proxy.value.get("ssl_policy"), "google_compute_ssl_policy");
        draft.entry.minimum_tls = Some(match policy.and_then(|p| p.word(&["min_tls_version"])) {
            Some(version) => version,
            None => Property::defaulted("TLS_1_0".into(), proxy.at, "no ssl_policy is set: TLS 1.0 by default"),
        });
    }
    draft.entry.listeners.push(listener);
    if let Some(map) = map {
        draft.parts.push(map.address());
        for host in map.value.all("host_rule").flat_map(|h| each(Some(h))) {
            draft.serve(all_said(host.get("hosts")).into_iter().filter(|h| h.value != "*"));
        }
        for found in super::everywhere(resources, &map.value).into_iter().filter(|i| BACKENDS.contains(&i.kind.as_str())) {
            behind(resources, found, &mut draft);
        }
    }
    for backend in BACKENDS.iter().filter_map(|k| referent(resources, proxy.value.get("backend_service"), k)) {
        behind(resources, backend, &mut draft);
    }
    draft
}

fn behind(resources: &Resources<'_>, backend: &Instance, draft: &mut Draft) {
    draft.parts.push(backend.address());
    let cdn = backend.flag(&["enable_cdn"], false);
    let caching = draft.entry.caches.as_ref().is_some_and(Property::on);
    if !caching {
        draft.entry.caches = Some(cdn);
    }
    let health = backend.value.get("health_checks").map(|h| h.at);
    let security = match backend.value.get("protocol") {
        Some(p) if p.is("HTTPS") || p.is("HTTP2") => Security::Tls,
        Some(p) if p.is_unknown() => Security::Unresolved,
        _ => Security::Plain,
    };
    let mut groups: Vec<&Value> = backend.value.all("backend").flat_map(|b| each(Some(b))).filter_map(|b| b.get("group")).collect();
    groups.extend(backend.value.get("bucket_name"));
    for group in groups {
        let mut target = onward(resources, group, security);
        target.health_check = health;
        // A serverless group leads to the service that it names.
        if let Some(serverless) = referent(resources, Some(group), "google_compute_region_network_endpoint_group") {
            let service = serverless.value.get("cloud_run").and_then(|c| super::everywhere(resources, c).into_iter().next());
            target.name = service.map(Instance::address).or(target.name);
            target.security = Security::Tls;
        }
        draft.entry.targets.push(target);
    }
}

fn cloud_run(service: &Instance) -> Draft {
    let ingress = service.value.get("ingress").or_else(|| service.value.path(&["metadata", "annotations", "run.googleapis.com/ingress"]));
    let public = match ingress {
        Some(i) if i.text().is_some_and(|t| t.to_ascii_lowercase().contains("internal")) => {
            Property::stated(false, i.at, format!("ingress = \"{}\"", i.written().unwrap_or_default()))
        }
        Some(i) if i.is_unknown() => Property::unresolved(i.at, "ingress is decided elsewhere"),
        _ => super::open(service.at),
    };
    let mut draft = Draft::new(entry(service, EntryKind::Platform, public));
    draft.entry.listeners.push(managed(service.at, "Cloud Run serves HTTPS with Google's certificate"));
    draft.entry.listeners.push(redirected(service.at, "Cloud Run sends HTTP on to HTTPS"));
    let mut target = Target::new(service.at, Security::Tls);
    target.name = Some(service.address());
    draft.entry.targets.push(target);
    draft
}

fn app_engine(version: &Instance) -> Draft {
    let mut e = entry(version, EntryKind::Platform, super::open(version.at));
    e.listeners.push(managed(version.at, "App Engine serves HTTPS with Google's certificate"));
    let handlers: Vec<&Value> = version.value.all("handlers").flat_map(|h| each(Some(h))).collect();
    let secure = |h: &&Value| h.get("security_level").is_some_and(|s| s.is("SECURE_ALWAYS"));
    if !handlers.is_empty() && handlers.iter().all(secure) {
        e.listeners.push(redirected(handlers[0].at, "security_level = \"SECURE_ALWAYS\""));
    } else {
        e.listeners.push(Listener::new(version.at, Some(80), Security::Plain, ListenerAction::Forward, "HTTP is answered by default"));
    }
    Draft::new(e)
}

/// Cloud Armor: policies on the backends of entries; those on none are kept apart.
pub(super) fn guard(resources: &Resources<'_>, drafts: &mut [Draft], loose: &mut Vec<Firewall>) {
    for kind in ["google_compute_security_policy", "google_compute_region_security_policy"] {
        for policy in resources.of(kind).take(MOST) {
            let mut attached = false;
            for backend in resources.of_any(BACKENDS).take(MOST) {
                let Some(at) = ["security_policy", "edge_security_policy"]
                    .iter()
                    .find_map(|a| backend.value.get(a).filter(|v| names(resources, Some(v), policy)).map(|v| v.at))
                else {
                    continue;
                };
                attached = true;
                for draft in drafts.iter_mut().filter(|d| d.is(backend)) {
                    draft.entry.firewalls.push(armor(policy, at));
                }
            }
            if !attached {
                loose.push(armor(policy, policy.at));
            }
        }
    }
    for backend in resources.of_any(BACKENDS).take(MOST) {
        let Some(named) = backend.value.get("security_policy").filter(|v| v.written().is_some_and(|t| !t.is_empty())) else { continue };
        let here = referent(resources, Some(named), "google_compute_security_policy")
            .or_else(|| referent(resources, Some(named), "google_compute_region_security_policy"));
        if here.is_none() {
            for draft in drafts.iter_mut().filter(|d| d.is(backend)) {
                draft.entry.firewalls.push(super::elsewhere(named));
            }
        }
    }
}

fn armor(policy: &Instance, at: plimsoll_base::Location) -> Firewall {
    let mut rules = Vec::new();
    let mut blocking = None;
    for rule in policy.value.all("rule").flat_map(|r| each(Some(r))) {
        let action = rule.get("action").and_then(Value::written).unwrap_or_default();
        let expression = rule.path(&["match", "expr", "expression"]).and_then(Value::written);
        rules.push(Sourced::new(
            expression.or_else(|| rule.get("description").and_then(Value::written)).unwrap_or(action).to_owned(),
            rule.at,
        ));
        let preview = rule.get("preview").is_some_and(Value::is_true);
        if !preview && (action.starts_with("deny") || action == "throttle" || action == "rate_based_ban") {
            blocking = blocking.or(Some(rule.at));
        }
    }
    let adaptive = policy.value.path(&["adaptive_protection_config", "layer_7_ddos_defense_config", "enable"]).and_then(|v| said(Some(v)));
    rules.extend(adaptive.map(|a| Sourced::new("adaptive protection".to_owned(), a.at)));
    let blocks = match blocking {
        Some(at) => Property::stated(true, at, "its rules deny"),
        None if rules.is_empty() => Property::unresolved(policy.at, "its rules are declared elsewhere"),
        None => Property::stated(false, policy.at, "no rule of it denies"),
    };
    Firewall { name: policy.address(), at, blocks: policy.settled(blocks), rules, implicit: false }
}
