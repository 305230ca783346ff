//! Ports of a service: the short and the long syntax, and `expose`.

use std::net::IpAddr;

use super::interpolate::split_outside;
use super::value::{Context, Value};
use super::workload::MAX_ITEMS;
use crate::container::{Port, Reach};

/// The ports of a service; in the host's network every port it listens on is the host's own.
pub(super) fn ports(context: Context, service: &Value, host_network: bool) -> Vec<Port> {
    let mut found = Vec::new();
    let published = service.get("ports");
    for item in published.map(Value::items).unwrap_or_default().iter().take(MAX_ITEMS) {
        found.extend(if item.is_map() { long(context, item) } else { short(context, item) });
    }
    for item in service.get("expose").map(Value::items).unwrap_or_default().iter().take(MAX_ITEMS) {
        let Some(reading) = context.read(item) else { continue };
        let target = reading.resolved.as_deref().map(|t| without_protocol(t).to_owned());
        let known = |p: &Port| p.target.is_some() && p.target == target;
        if !found.iter().any(known) {
            found.push(Port { at: item.at, target, reach: Reach::Internal, published: None, says: reading.raw });
        }
    }
    if host_network {
        for port in &mut found {
            port.reach = Reach::Public;
            port.published.clone_from(&port.target);
            port.says = format!("{} with network_mode: host", port.says);
        }
    }
    found
}

fn short(context: Context, item: &Value) -> Option<Port> {
    let raw = item.raw()?;
    let at = item.at;
    let resolved = context.text(item);
    let text = resolved.as_deref().unwrap_or(raw);
    let (address, rest) = bracketed(text);
    let parts = split_outside(rest, b':', 8);
    let read = |text: &str| context.read_text(item, text).resolved;
    let target = |text: &str| read(text).map(|t| without_protocol(&t).to_owned()).filter(|t| !t.is_empty());
    let fixed = |text: &str| read(text).filter(|t| !t.is_empty() && t != "0");
    let says = raw.to_owned();
    let port = match (address, parts.as_slice()) {
        (Some(address), [published, inside]) => {
            Port { at, target: target(inside), reach: reach(Some(address)), published: fixed(published), says }
        }
        (Some(address), [inside]) => Port { at, target: target(inside), reach: reach(Some(address)), published: None, says },
        // A port of the host that Compose chooses is still open on every interface; a variable alone may hold an address too.
        (None, [inside]) => {
            let reach = if resolved.is_some() { Reach::Public } else { Reach::Unresolved };
            Port { at, target: target(inside), reach, published: None, says }
        }
        (None, [published, inside]) => Port { at, target: target(inside), reach: Reach::Public, published: fixed(published), says },
        (None, [address, published, inside]) => {
            let reach = read(address).map_or(Reach::Unresolved, |a| reach(Some(&a)));
            Port { at, target: target(inside), reach, published: fixed(published), says }
        }
        // An IPv6 address without brackets: the last two parts are the ports.
        (None, [address @ .., published, inside]) if !address.is_empty() => {
            let reach = if resolved.is_some() { reach(Some(&address.join(":"))) } else { Reach::Unresolved };
            Port { at, target: target(inside), reach, published: fixed(published), says }
        }
        _ => Port { at, target: None, reach: Reach::Unresolved, published: None, says },
    };
    Some(port)
}

fn long(context: Context, item: &Value) -> Option<Port> {
    let text = |key: &str| item.get(key).and_then(|v| context.read(v));
    let target = text("target");
    let published = text("published");
    let reach = match item.get("host_ip") {
        Some(ip) => match context.read(ip)?.resolved {
            Some(ip) => reach(Some(&ip)),
            None => Reach::Unresolved,
        },
        None => Reach::Public,
    };
    let raw = |r: &Option<super::interpolate::Reading>| r.as_ref().map(|r| r.raw.clone()).unwrap_or_default();
    let says = match &published {
        Some(_) => format!("published: {}, target: {}", raw(&published), raw(&target)),
        None => format!("target: {}", raw(&target)),
    };
    let published = published.and_then(|p| p.resolved).filter(|p| !p.is_empty() && p != "0");
    Some(Port { at: item.at, target: target?.resolved, reach, published, says })
}

/// An address in brackets and what follows its colon.
fn bracketed(text: &str) -> (Option<&str>, &str) {
    match text.strip_prefix('[').and_then(|t| t.split_once(']')) {
        Some((address, rest)) => (Some(address), rest.strip_prefix(':').unwrap_or(rest)),
        None => (None, text),
    }
}

fn without_protocol(port: &str) -> &str {
    port.split('/').next().unwrap_or(port)
}

/// How far an address of the host is reachable.
fn reach(address: Option<&str>) -> Reach {
    let Some(address) = address.map(str::trim).filter(|a| !a.is_empty()) else { return Reach::Public };
    if address.eq_ignore_ascii_case("localhost") {
        return Reach::Loopback;
    }
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(ip) if ip.is_loopback() => Reach::Loopback,
        Ok(IpAddr::V4(ip)) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            if ip.is_private() || ip.is_link_local() || shared { Reach::Private } else { Reach::Public }
        }
        Ok(IpAddr::V6(ip)) => {
            let private = ip.is_unique_local() || ip.is_unicast_link_local();
            if private { Reach::Private } else { Reach::Public }
        }
        Err(_) => Reach::Unresolved,
    }
}
