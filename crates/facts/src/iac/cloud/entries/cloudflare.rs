//! Zones, records and rules of Cloudflare. A proxied record is an entry of its own, in front of what it points at.

use plimsoll_base::{Location, Sourced};

use super::{Draft, MOST, each, managed, onward, redirected, said};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Entry, EntryKind, Firewall, Listener, ListenerAction, Property, Provider, Security, Target, placeholder};

const RECORDS: &[&str] = &["cloudflare_record", "cloudflare_dns_record"];
const TUNNELS: &[&str] = &["cloudflare_zero_trust_tunnel_cloudflared", "cloudflare_tunnel", "cloudflare_argo_tunnel"];
/// The phases of rules that refuse requests.
const PHASES: &[&str] = &["http_request_firewall_managed", "http_request_firewall_custom", "http_ratelimit"];

pub(super) fn read(resources: &Resources<'_>, drafts: &mut Vec<Draft>, loose: &mut Vec<Firewall>) {
    let rules = firewalls(resources);
    let first = drafts.len();
    for record in resources.of_any(RECORDS).take(MOST) {
        let kind = record.value.get("type").and_then(Value::text).unwrap_or("A");
        if !matches!(kind, "A" | "AAAA" | "CNAME") {
            continue;
        }
        if record.value.get("proxied").is_some_and(Value::is_true) {
            drafts.push(proxied(resources, record));
        } else if let Some(name) = said(record.value.get("name")) {
            // A plain record only names what it points at.
            let pointed = super::everywhere(resources, &record.value);
            for draft in drafts.iter_mut().filter(|d| pointed.iter().any(|p| d.is(p))) {
                draft.serve([name.clone()]);
            }
        }
    }
    for tunnel in resources.of_any(TUNNELS).take(MOST) {
        let mut e = Entry::new(tunnel.address(), tunnel.at, Provider::Cloudflare, EntryKind::Cdn, super::open(tunnel.at));
        e.listeners.push(managed(tunnel.at, "TLS ends at Cloudflare, and the tunnel is encrypted"));
        e.caches = Some(Property::defaulted(true, tunnel.at, "Cloudflare keeps copies of static files by default"));
        let mut target = Target::new(tunnel.at, Security::Tls);
        target.only_through_entry = Some(Property::defaulted(true, tunnel.at, "the origin opens no port: it calls out"));
        e.targets.push(target);
        drafts.push(Draft::new(e));
    }
    for project in resources.of("cloudflare_pages_project").take(MOST) {
        let mut e = Entry::new(project.address(), project.at, Provider::Cloudflare, EntryKind::Platform, super::open(project.at));
        e.listeners.push(managed(project.at, "Pages serve HTTPS with Cloudflare's certificate"));
        e.listeners.push(redirected(project.at, "Pages send HTTP on to HTTPS"));
        e.caches = Some(Property::defaulted(true, project.at, "Pages are served from Cloudflare's edge"));
        drafts.push(Draft::new(e));
    }
    let fronted = drafts.len() > first;
    for draft in &mut drafts[first..] {
        draft.entry.firewalls.extend(rules.iter().cloned());
        draft.entry.firewalls.push(Firewall {
            name: "Cloudflare's protection against floods".into(),
            at: draft.entry.at,
            blocks: Property::defaulted(true, draft.entry.at, "on for every proxied name"),
            rules: Vec::new(),
            implicit: true,
        });
    }
    if !fronted {
        loose.extend(rules);
    }
}

/// A setting of the zone: of the one resource that sets several, or of one of its own.
fn setting<'a>(resources: &Resources<'a>, name: &str) -> Option<&'a Value> {
    let together = resources.of("cloudflare_zone_settings_override").find_map(|z| z.value.path(&["settings", name]));
    together.or_else(|| {
        resources.of("cloudflare_zone_setting").find(|s| s.value.get("setting_id").is_some_and(|i| i.is(name)))?.value.get("value")
    })
}

fn proxied(resources: &Resources<'_>, record: &Instance) -> Draft {
    let mut e = Entry::new(record.address(), record.at, Provider::Cloudflare, EntryKind::Cdn, super::open(record.at));
    e.domains.extend(said(record.value.get("name")));
    let shown = record.value.get("proxied").map_or(record.at, |p| p.at);
    let certificate = Sourced::new("managed by Cloudflare".to_owned(), shown);
    e.listeners.push(managed(shown, "proxied = true: TLS ends at Cloudflare").with(Some(certificate)));
    let always = setting(resources, "always_use_https");
    let (at, action, says) = match always {
        Some(v) if v.is("on") || v.is_true() => (v.at, ListenerAction::RedirectToTls, "always_use_https = \"on\""),
        Some(v) if v.is("off") || v.is_false() => (v.at, ListenerAction::Forward, "always_use_https = \"off\""),
        Some(v) => (v.at, ListenerAction::Unresolved, "always_use_https is decided elsewhere"),
        None => (shown, ListenerAction::Unresolved, "always_use_https is not set here"),
    };
    e.listeners.push(Listener::new(at, Some(80), Security::Plain, action, says));
    e.minimum_tls = setting(resources, "min_tls_version")
        .and_then(|v| Some(Property::stated(v.text()?.to_owned(), v.at, format!("min_tls_version = \"{}\"", v.text()?))));
    let content = ["content", "value"].iter().find_map(|a| record.value.get(a));
    if let Some(content) = content {
        let mode = setting(resources, "ssl");
        let security = match mode {
            Some(m) if m.is("flexible") || m.is("off") => Security::Plain,
            Some(m) if m.text().is_some() => Security::Tls,
            _ => Security::Unresolved,
        };
        let mut target = onward(resources, content, security);
        target.over_internet = true;
        if let Some(mode) = mode {
            target.at = mode.at;
        }
        let host = content.written().unwrap_or_default();
        if host.contains(".cfargotunnel.com") || TUNNELS.iter().any(|t| host.contains(t)) {
            target.security = Security::Tls;
            target.only_through_entry = Some(Property::stated(true, content.at, "the record leads into a tunnel"));
        }
        if placeholder(host) {
            target.unstable = Some(format!("`{host}` is a placeholder"));
        }
        e.targets.push(target);
    }
    e.caches = Some(Property::defaulted(true, shown, "Cloudflare keeps copies of static files by default"));
    Draft::new(e)
}

fn firewalls(resources: &Resources<'_>) -> Vec<Firewall> {
    let mut found = Vec::new();
    for set in resources.of("cloudflare_ruleset").take(MOST) {
        if !set.value.get("phase").and_then(Value::text).is_some_and(|p| PHASES.contains(&p)) {
            continue;
        }
        let mut rules = Vec::new();
        let mut blocking: Option<Location> = None;
        for rule in set.value.all("rules").flat_map(|r| each(Some(r))) {
            let action = rule.get("action").and_then(Value::text).unwrap_or_default();
            let description = rule.get("description").and_then(Value::written).unwrap_or(action);
            rules.push(Sourced::new(description.to_owned(), rule.at));
            let off = rule.get("enabled").is_some_and(Value::is_false);
            if !off && matches!(action, "block" | "execute" | "challenge" | "managed_challenge" | "js_challenge") {
                blocking = blocking.or(Some(rule.at));
            }
        }
        let blocks = match blocking {
            Some(at) => Property::stated(true, at, "its rules block"),
            None if rules.is_empty() => Property::stated(false, set.at, "it holds no rule"),
            None => Property::stated(false, set.at, "its rules only log"),
        };
        found.push(Firewall { name: set.address(), at: set.at, blocks, rules, implicit: false });
    }
    for kind in ["cloudflare_rate_limit", "cloudflare_firewall_rule"] {
        for rule in resources.of(kind).take(MOST) {
            let mode = rule.value.path(&["action", "mode"]).or_else(|| rule.value.get("action")).and_then(Value::text).unwrap_or_default();
            let blocks = if matches!(mode, "ban" | "block" | "challenge" | "managed_challenge" | "js_challenge") {
                Property::stated(true, rule.at, format!("its action is {mode}"))
            } else {
                Property::stated(false, rule.at, "it only counts")
            };
            let words = if kind == "cloudflare_rate_limit" { "rate limit" } else { "rule of the firewall" };
            found.push(Firewall {
                name: rule.address(),
                at: rule.at,
                blocks,
                rules: vec![Sourced::new(words.to_owned(), rule.at)],
                implicit: false,
            });
        }
    }
    if let Some(waf) = setting(resources, "waf") {
        let blocks =
            if waf.is("on") { Property::stated(true, waf.at, "waf = \"on\"") } else { Property::stated(false, waf.at, "waf is off") };
        found.push(Firewall { name: "Cloudflare's firewall".into(), at: waf.at, blocks, rules: Vec::new(), implicit: false });
    }
    found
}
