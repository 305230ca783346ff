//! Envoy in outline: listeners of its static configuration, clusters that they lead to, limits in their filters.

use plimsoll_base::Sourced;

use super::{MOST, Proxy, onward};
use crate::iac::value::{Value, each};
use crate::infrastructure::{
    Entry, HeaderRule, Leads, Listener, ListenerAction, Property, RateKey, RateLimit, Renewal, Route, Security, Treatment,
};

/// Values within values that are looked through for filters.
const MAX_DEPTH: usize = 24;

/// Reads what the container's Envoy loads.
pub(super) fn read(proxy: &Proxy<'_>, entry: &mut Entry) {
    let words = proxy.workload.command.iter().chain(&proxy.workload.entrypoint).flat_map(|c| c.value.iter());
    let words: Vec<&str> = words.flat_map(|w| w.split_whitespace()).collect();
    let named = words.iter().position(|w| matches!(*w, "-c" | "--config-path")).and_then(|i| words.get(i + 1));
    let held = match named {
        Some(path) => proxy.files.get(path),
        None => proxy.files.get("/etc/envoy/envoy.yaml").or_else(|| proxy.files.find(|p| p.contains("envoy") && p.ends_with(".yaml"))),
    };
    let Some(root) = held.and_then(|h| Some(Value::of(h.root()?, h.id))) else {
        let says = "the configuration that it is given is not found";
        entry.listeners.push(Listener::new(proxy.workload.at, None, Security::Unresolved, ListenerAction::Unresolved, says));
        return;
    };
    for cluster in each(root.path(&["static_resources", "clusters"])).iter().take(MOST) {
        let scheme = if cluster.get("transport_socket").is_some() { "https" } else { "http" };
        let points = each(cluster.path(&["load_assignment", "endpoints"])).iter().flat_map(|e| each(e.get("lb_endpoints")));
        for address in points.filter_map(|p| p.path(&["endpoint", "address", "socket_address"])) {
            let host = address.get("address").and_then(Value::written).unwrap_or_default();
            let port = address.get("port_value").and_then(Value::written).unwrap_or_default();
            let target = onward(address.at, &format!("{scheme}://{host}:{port}"), proxy.project);
            let says = format!("cluster {}", cluster.get("name").and_then(Value::written).unwrap_or_default());
            let leads = target.name.clone().map_or_else(|| Leads::Elsewhere(host.to_owned()), Leads::To);
            let treatment = Treatment {
                forwarded: Some(Property::defaulted(true, address.at, "Envoy tells the client's address")),
                ..Treatment::default()
            };
            entry.routes.push(Route { at: cluster.at, says, leads, treatment });
            entry.targets.push(target);
        }
    }
    for listener in each(root.path(&["static_resources", "listeners"])).iter().take(MOST) {
        let number = listener.path(&["address", "socket_address", "port_value"]).and_then(Value::text);
        let chains = each(listener.get("filter_chains"));
        let tls = chains.iter().find_map(|c| c.get("transport_socket"));
        let redirect = chains.iter().find_map(|c| find(c, "https_redirect", 0)).filter(|r| r.is_true());
        let (at, security, action) = match (tls, redirect) {
            (Some(tls), _) => (tls.at, Security::Tls, ListenerAction::Forward),
            (None, Some(redirect)) => (redirect.at, Security::Plain, ListenerAction::RedirectToTls),
            (None, None) => (listener.at, Security::Plain, ListenerAction::Forward),
        };
        let says = format!("listener {}", listener.get("name").and_then(Value::written).unwrap_or("without a name"));
        let mut made = Listener::new(at, number.and_then(|n| n.parse().ok()), security, action, says);
        if security == Security::Tls {
            made.renewal = Renewal::Unresolved;
        }
        entry.listeners.push(made);
        treat(listener, entry);
    }
}

/// What a listener's filters and its table of routes do to all that passes it.
fn treat(listener: &Value, entry: &mut Entry) {
    let filters = each(listener.get("filter_chains")).iter().flat_map(|c| each(c.get("filters")));
    for manager in filters.filter_map(|f| f.get("typed_config")) {
        for filter in each(manager.get("http_filters")) {
            let name = filter.get("name").and_then(Value::written).unwrap_or_default();
            // A local limit without a bucket is one that some route would have to fill.
            if name.ends_with("local_ratelimit") && filter.path(&["typed_config", "token_bucket"]).is_some() {
                entry.everywhere.limits.push(RateLimit { at: filter.at, says: name.to_owned(), key: RateKey::Everybody });
            } else if name.ends_with("http.buffer")
                && let Some(bytes) = filter.path(&["typed_config", "max_request_bytes"])
            {
                let known = bytes.text().and_then(|t| t.parse().ok());
                entry.everywhere.body = known.map(|n: u64| Property::stated(n, bytes.at, format!("max_request_bytes: {n}")));
            }
        }
        for place in [manager.get("route_config")].into_iter().flatten() {
            let hosts = each(place.get("virtual_hosts")).iter();
            for header in hosts.chain([place]).flat_map(|p| each(p.get("response_headers_to_add"))).filter_map(|h| h.get("header")) {
                let (name, value) = (header.get("key").and_then(Value::written), header.get("value").and_then(Value::written));
                entry.everywhere.header(HeaderRule::new(name.unwrap_or_default(), value.unwrap_or_default(), header.at));
            }
            if let Some(timeout) = find(place, "timeout", 0).and_then(Value::sourced) {
                entry.everywhere.timeouts.push(Sourced::new(format!("timeout: {}", timeout.value), timeout.at));
            }
        }
    }
}

fn find<'v>(value: &'v Value, name: &str, depth: usize) -> Option<&'v Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    let inner = value.fields().iter().map(|f| &f.value).chain(value.items());
    value.get(name).or_else(|| inner.into_iter().find_map(|v| find(v, name, depth + 1)))
}
