//! CloudFront.

use plimsoll_base::Location;

use super::aws::certificate;
use super::{Draft, MOST, all_said, each, elsewhere, onward, referent};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Entry, EntryKind, Listener, ListenerAction, Property, Provider, Security, Target, placeholder};

/// AWS's own policies by their identifiers: those that keep nothing, and those that keep.
const KEEP_NOTHING: &[&str] = &["4135ea2d-6df8-44a3-9df3-4b5a84be39ad"];

pub(super) fn read(resources: &Resources<'_>, drafts: &mut Vec<Draft>) {
    for distribution in resources.of("aws_cloudfront_distribution").take(MOST) {
        drafts.push(Draft::new(cloudfront(resources, distribution)));
    }
}

fn cloudfront(resources: &Resources<'_>, distribution: &Instance) -> Entry {
    let value = &distribution.value;
    let at = distribution.at;
    let mut e = Entry::new(distribution.address(), at, Provider::Aws, EntryKind::Cdn, super::open(at));
    e.enabled = distribution.flag(&["enabled"], true);
    e.domains = all_said(value.get("aliases"));
    e.access_logs = value.get("logging_config").map(|l| Property::stated(true, l.at, "logging_config"));
    let shown = value.get("viewer_certificate");
    let default = shown.and_then(|v| v.get("cloudfront_default_certificate")).is_some_and(Value::is_true);
    let own = shown.and_then(|v| v.get("acm_certificate_arn").or_else(|| v.get("iam_certificate_id")));
    let says = match (default, own) {
        (true, _) => "cloudfront_default_certificate = true",
        (false, Some(_)) => "HTTPS with a certificate of its own",
        (false, None) => "HTTPS with CloudFront's certificate",
    };
    let listener = Listener::new(shown.map_or(at, |v| v.at), Some(443), Security::Tls, ListenerAction::Forward, says);
    e.listeners.push(listener.with(if default { None } else { certificate(resources, own) }));
    // With its own certificate AWS takes no other minimum than TLSv1, whatever is written.
    e.minimum_tls = if default || own.is_none() {
        None
    } else {
        Some(
            distribution
                .word(&["viewer_certificate", "minimum_protocol_version"])
                .unwrap_or_else(|| Property::defaulted("TLSv1".to_owned(), at, "minimum_protocol_version is not set: TLSv1 by default")),
        )
    };
    let behaviours: Vec<&Value> =
        ["default_cache_behavior", "ordered_cache_behavior"].iter().flat_map(|b| value.all(b)).flat_map(|b| each(Some(b))).collect();
    e.listeners.extend(plain(&behaviours, at));
    for origin in value.all("origin").flat_map(|o| each(Some(o))) {
        e.targets.push(target(resources, origin, &behaviours));
    }
    e.caches = Some(caches(resources, &behaviours, at));
    e.firewalls.extend(value.get("web_acl_id").filter(|v| v.written().is_some_and(|t| !t.is_empty())).map(elsewhere));
    e
}

/// What becomes of plain requests: the laxest of the behaviours.
fn plain(behaviours: &[&Value], at: Location) -> Option<Listener> {
    let mut laxest: Option<Listener> = None;
    for behaviour in behaviours {
        let (place, action, says) = match behaviour.get("viewer_protocol_policy") {
            Some(p) if p.is("allow-all") => (p.at, ListenerAction::Forward, "viewer_protocol_policy = \"allow-all\""),
            Some(p) if p.is("redirect-to-https") => (p.at, ListenerAction::RedirectToTls, "viewer_protocol_policy = \"redirect-to-https\""),
            Some(p) if p.is("https-only") => (p.at, ListenerAction::Refuse, "viewer_protocol_policy = \"https-only\""),
            Some(p) => (p.at, ListenerAction::Unresolved, "viewer_protocol_policy is decided elsewhere"),
            None => (at, ListenerAction::Unresolved, "viewer_protocol_policy is not set"),
        };
        let rank = |a: ListenerAction| match a {
            ListenerAction::Forward => 3,
            ListenerAction::Unresolved => 2,
            ListenerAction::RedirectToTls => 1,
            ListenerAction::Refuse => 0,
        };
        if laxest.as_ref().is_none_or(|l| rank(action) > rank(l.action)) {
            laxest = Some(Listener::new(place, Some(80), Security::Plain, action, says));
        }
    }
    laxest
}

fn target(resources: &Resources<'_>, origin: &Value, behaviours: &[&Value]) -> Target {
    let domain = origin.get("domain_name").unwrap_or(origin);
    let mut target = onward(resources, domain, Security::Tls);
    target.over_internet = true;
    let host = domain.written().unwrap_or_default();
    if let Some(control) = origin.get("origin_access_control_id").filter(|v| v.written().is_some_and(|t| !t.is_empty())) {
        target.only_through_entry = Some(Property::stated(true, control.at, "origin_access_control_id is set"));
    }
    if let Some(bucket) = origin.get("s3_origin_config") {
        let identity = bucket.get("origin_access_identity").filter(|v| v.written().is_some_and(|t| !t.is_empty()));
        if let Some(identity) = identity {
            target.only_through_entry = Some(Property::stated(true, identity.at, "origin_access_identity is set"));
        }
    }
    if let Some(vpc) = origin.get("vpc_origin_config") {
        target.over_internet = false;
        target.only_through_entry = Some(Property::stated(true, vpc.at, "vpc_origin_config leads into the private network"));
    }
    if let Some(custom) = origin.get("custom_origin_config") {
        let policy = custom.get("origin_protocol_policy");
        target.at = policy.map_or(custom.at, |p| p.at);
        let encrypted =
            behaviours.iter().all(|b| b.get("viewer_protocol_policy").is_some_and(|p| p.is("redirect-to-https") || p.is("https-only")));
        target.security = match policy {
            Some(p) if p.is("http-only") => Security::Plain,
            Some(p) if p.is("https-only") => Security::Tls,
            Some(p) if p.is("match-viewer") => {
                if encrypted {
                    Security::Tls
                } else {
                    Security::Plain
                }
            }
            _ => Security::Unresolved,
        };
        // A bucket's website speaks plain HTTP only, within the provider's network, of what everybody may read.
        if host.contains("s3-website") || host.contains("website_endpoint") {
            target.over_internet = false;
        }
    }
    target.unstable = unstable(resources, host);
    target
}

/// Why a host cannot last: a placeholder, an address that its machine loses when it is replaced.
fn unstable(resources: &Resources<'_>, host: &str) -> Option<String> {
    if placeholder(host) {
        return Some(format!("`{host}` is a placeholder"));
    }
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Some(format!("`{host}` is the address of one machine"));
    }
    // What stands in until somebody gives another name at every run.
    if host.contains("${")
        && let Some(fallback) = host.split('"').find(|part| placeholder(part))
    {
        return Some(format!("unless it is given by hand it is the placeholder `{fallback}`"));
    }
    let machine = resources.meant(host).into_iter().find(|i| i.kind == "aws_instance")?;
    let changing = host.contains(".public_ip") || host.contains(".public_dns");
    changing.then(|| format!("`{}` gets another address whenever it is stopped", machine.address()))
}

/// Whether any behaviour keeps copies.
fn caches(resources: &Resources<'_>, behaviours: &[&Value], at: Location) -> Property<bool> {
    let found: Vec<Property<bool>> = behaviours.iter().map(|b| keeps(resources, b, at)).collect();
    let kept = found.iter().find(|p| p.on()).or_else(|| found.iter().find(|p| p.known().is_none())).or(found.first());
    kept.cloned().unwrap_or_else(|| Property::unresolved(at, "no cache behaviour is declared"))
}

fn keeps(resources: &Resources<'_>, behaviour: &Value, at: Location) -> Property<bool> {
    if let Some(id) = behaviour.get("cache_policy_id") {
        if let Some(policy) = referent(resources, Some(id), "aws_cloudfront_cache_policy") {
            return policy_keeps(policy);
        }
        let text = id.written().unwrap_or_default();
        let managed = resources.meant(text).into_iter().find(|i| i.data && i.kind == "aws_cloudfront_cache_policy");
        let name = managed.and_then(|m| m.written(&["name"])).unwrap_or(text);
        return if KEEP_NOTHING.contains(&text) || name.contains("CachingDisabled") {
            Property::stated(false, id.at, "the cache policy is CachingDisabled")
        } else if managed.is_some_and(|m| m.written(&["name"]).is_some()) || id.text().is_some() {
            Property::stated(true, id.at, format!("cache_policy_id = \"{name}\""))
        } else {
            Property::unresolved(id.at, "the cache policy is decided elsewhere")
        };
    }
    let zero = |name: &str| behaviour.get(name).filter(|v| v.is("0"));
    if let Some(ttl) = zero("max_ttl") {
        return Property::stated(false, ttl.at, "max_ttl = 0");
    }
    if let Some(ttl) = zero("default_ttl") {
        return Property::stated(false, ttl.at, "default_ttl = 0");
    }
    if let Some(forwarded) = behaviour.get("forwarded_values") {
        if let Some(cookies) = forwarded.path(&["cookies", "forward"]).filter(|c| c.is("all")) {
            return Property::stated(false, cookies.at, "every cookie is part of the key");
        }
        if let Some(headers) = forwarded.get("headers").filter(|h| each(Some(h)).iter().any(|i| i.is("*"))) {
            return Property::stated(false, headers.at, "every header is part of the key");
        }
    }
    Property::defaulted(true, behaviour.at.span.map_or(at, |_| behaviour.at), "copies are kept for a day by default")
}

fn policy_keeps(policy: &Instance) -> Property<bool> {
    let value = &policy.value;
    let key = value.get("parameters_in_cache_key_and_forwarded_to_origin");
    let cookies = key.and_then(|k| k.path(&["cookies_config", "cookie_behavior"])).filter(|c| c.is("all"));
    let ttl = ["max_ttl", "default_ttl"].iter().find_map(|n| value.get(n).filter(|v| v.is("0")).map(|v| (n, v.at)));
    match (ttl, cookies) {
        (Some((name, at)), Some(_)) => Property::stated(false, at, format!("{name} = 0, and every cookie is part of the key")),
        (Some((name, at)), None) => Property::stated(false, at, format!("{name} = 0")),
        (None, Some(cookies)) => Property::stated(false, cookies.at, "every cookie is part of the key"),
        (None, None) => Property::stated(true, policy.at, "the cache policy keeps copies"),
    }
}
