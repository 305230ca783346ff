//! Traefik: entry points and resolvers of its static configuration, routers of labels and dynamic files.

mod listening;
pub(crate) mod treatment;

use std::collections::BTreeSet;

use plimsoll_base::{Location, Sourced, Span};
use plimsoll_syntax::{Kind, Node};

use self::treatment::Settings;
use super::{Proxy, onward};
use crate::compose::ComposeProject;
use crate::container::{ValueSource, Workload};
use crate::infrastructure::{Entry, EntryKind, Leads, Listener, ListenerAction, Property, Provider, Renewal, Route, Security, Target};
use crate::library::Held;

/// Settings of one proxy; beyond it the rest is not read.
const MOST: usize = 20_000;

/// Reads what the container's Traefik loads, and what other services ask of it by labels.
pub(super) fn read(proxy: &Proxy<'_>, entry: &mut Entry) {
    let mut fixed = Settings::new();
    for flag in proxy.workload.command.iter().chain(&proxy.workload.entrypoint) {
        for word in flag.value.iter().flat_map(|w| w.split_whitespace()).filter(|w| w.starts_with("--")) {
            let (name, value) = word.trim_start_matches('-').split_once('=').unwrap_or((word.trim_start_matches('-'), "true"));
            fixed.insert(name.to_ascii_lowercase(), Sourced::new(value.trim_matches(['"', '\'']).to_owned(), flag.at));
        }
    }
    for variable in proxy.workload.environment.iter().filter(|v| v.name.starts_with("TRAEFIK_")) {
        let value = match &variable.value {
            ValueSource::Literal(value) | ValueSource::EnvFile { value, .. } => value.clone(),
            ValueSource::Interpolated { raw, resolved, .. } => resolved.clone().unwrap_or_else(|| raw.clone()),
            _ => continue,
        };
        let name = variable.name["TRAEFIK_".len()..].to_ascii_lowercase().replace('_', ".");
        fixed.insert(name, Sourced::new(value, variable.at));
    }
    let named = fixed.get("configfile").map(|f| f.value.clone());
    let usual = [
        "/etc/traefik/traefik.yml",
        "/etc/traefik/traefik.yaml",
        "/etc/traefik/traefik.toml",
        "/traefik.yml",
        "/traefik.yaml",
        "/traefik.toml",
    ];
    let main = match &named {
        Some(path) => proxy.files.get(path),
        None => usual.iter().find_map(|p| proxy.files.get(p)),
    };
    // A template that the image fills in when it starts keeps its name.
    let main = main.or_else(|| {
        proxy.files.find(|p| p.rsplit('/').next().is_some_and(|n| n.starts_with("traefik.y") || n.starts_with("traefik.toml")))
    });
    if let Some(node) = main.and_then(Held::root) {
        let held = main.map(|h| h.id);
        held.into_iter().for_each(|file| {
            flatten(node, "", &mut |name, value, span| {
                fixed.entry(name).or_insert_with(|| Sourced::new(value, Location::at(file, span)));
            })
        });
    }
    let (routers, shared) = routers(proxy, &fixed);
    route(proxy, &fixed, &shared, &routers, entry);
    let points: BTreeSet<String> =
        fixed.keys().filter_map(|k| k.strip_prefix("entrypoints.")?.split_once('.').map(|(n, _)| n.to_owned())).collect();
    for point in &points {
        listening::listen(proxy, point, &fixed, &routers, entry);
    }
    if points.is_empty() && proxy.workload.build.is_some() {
        let says = "its image is built here, and the entry points that it is given are not found";
        entry.listeners.push(Listener::new(proxy.workload.at, None, Security::Unresolved, ListenerAction::Unresolved, says));
    } else if points.is_empty() && proxy.files.hidden.is_none() && proxy.files.missing.is_empty() {
        let says = "no entry point is declared: Traefik listens on port 80 by default";
        entry.listeners.push(Listener::new(proxy.workload.at, Some(80), Security::Plain, ListenerAction::Forward, says));
    }
    for router in routers.into_iter().take(super::MOST) {
        for host in router.hosts {
            if entry.domains.iter().all(|d| d.value != host.value) {
                entry.domains.push(host);
            }
        }
        if let Some(service) = router.carrier
            && entry.targets.iter().all(|t| t.name.as_deref() != Some(&service))
        {
            let mut target = Target::new(router.at, Security::Plain);
            target.name = Some(service);
            entry.targets.push(target);
        }
    }
}

fn flatten(node: &Node, prefix: &str, take: &mut dyn FnMut(String, String, Span)) {
    match &node.kind {
        Kind::Mapping(entries) => {
            for entry in entries {
                let name = entry.key.to_ascii_lowercase();
                let path = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                flatten(&entry.value, &path, take);
            }
            if entries.is_empty() {
                take(prefix.to_owned(), "true".to_owned(), node.span);
            }
        }
        Kind::Sequence(items) => {
            let words: Vec<String> = items.iter().filter_map(|i| i.scalar().map(str::to_owned)).collect();
            if words.len() == items.len() && !words.is_empty() {
                take(prefix.to_owned(), words.join(","), node.span);
            } else {
                for (index, item) in items.iter().enumerate() {
                    flatten(item, &format!("{prefix}[{index}]"), take);
                }
            }
        }
        Kind::Null => take(prefix.to_owned(), "true".to_owned(), node.span),
        _ => take(prefix.to_owned(), node.scalar().unwrap_or_default().to_owned(), node.span),
    }
}

struct Router {
    name: String,
    at: Location,
    points: Vec<String>,
    tls: Option<Location>,
    resolver: Option<Sourced<String>>,
    redirects: Option<Location>,
    hosts: Vec<Sourced<String>>,
    /// The service whose labels declare it.
    carrier: Option<String>,
    /// The middlewares that it uses.
    wares: Vec<Sourced<String>>,
    /// The service of settings that it leads to.
    service: Option<String>,
}

fn routers(proxy: &Proxy<'_>, fixed: &Settings) -> (Vec<Router>, Settings) {
    let mut found = Vec::new();
    let mut shared = Settings::new();
    let dynamic = ["providers.file.filename", "providers.file.directory"].iter().find_map(|k| fixed.get(*k));
    let files: Vec<&Held> = match dynamic {
        Some(path) => match proxy.files.get(&path.value) {
            Some(held) => vec![held],
            None => [".yml", ".yaml", ".toml"].iter().flat_map(|e| proxy.files.below(&path.value, e)).collect(),
        },
        None => Vec::new(),
    };
    for held in files {
        if let Some(node) = held.root() {
            flatten(node, "", &mut |name, value, span| {
                shared.insert(name, Sourced::new(value, Location::at(held.id, span)));
            });
        }
    }
    let docker = fixed.keys().any(|k| k == "providers.docker" || k.starts_with("providers.docker.") || k.starts_with("providers.swarm"));
    if docker {
        for workload in &proxy.project.workloads {
            for (name, value) in labels(workload) {
                shared.entry(name).or_insert(value);
            }
        }
    }
    found.extend(declared(&shared, None));
    if docker {
        let everything = !fixed.get("providers.docker.exposedbydefault").is_some_and(|v| v.value.eq_ignore_ascii_case("false"));
        for workload in &proxy.project.workloads {
            let own = labels(workload);
            let enabled = own.get("traefik.enable").map(|v| v.value.eq_ignore_ascii_case("true"));
            let declares: BTreeSet<&str> = own.keys().filter_map(|k| k.strip_prefix("http.routers.")?.split('.').next()).collect();
            for router in found.iter_mut().filter(|r| declares.contains(r.name.as_str())) {
                router.carrier = Some(workload.name.clone());
            }
            let routes = own.keys().any(|k| k.starts_with("http.routers."));
            // Without labels a service gets a router of its own, unless that is switched off.
            let serves = !workload.ports.is_empty() && workload.name != proxy.workload.name;
            if !routes && (enabled == Some(true) || everything && enabled.is_none() && serves) {
                found.push(Router {
                    name: workload.name.clone(),
                    at: workload.at,
                    points: Vec::new(),
                    tls: None,
                    resolver: None,
                    redirects: None,
                    hosts: Vec::new(),
                    carrier: Some(workload.name.clone()),
                    wares: Vec::new(),
                    service: None,
                });
            }
        }
    }
    (found, shared)
}

/// The ways through the proxy: one for each router, with the middlewares of its own and of its entry points.
fn route(proxy: &Proxy<'_>, fixed: &Settings, shared: &Settings, routers: &[Router], entry: &mut Entry) {
    let mut used: Vec<Sourced<String>> = Vec::new();
    let whole: Vec<(&str, Vec<Sourced<String>>)> = fixed
        .iter()
        .filter_map(|(k, v)| Some((k.strip_prefix("entrypoints.")?.strip_suffix(".http.middlewares")?, treatment::names(v))))
        .collect();
    used.extend(whole.iter().flat_map(|(_, w)| w.iter().cloned()));
    for router in routers.iter().take(super::MOST) {
        used.extend(router.wares.iter().cloned());
        if router.redirects.is_some() && router.tls.is_none() {
            continue;
        }
        let around = whole.iter().filter(|(p, _)| router.points.is_empty() || router.points.iter().any(|own| own == p));
        let wares: Vec<Sourced<String>> = around.flat_map(|(_, w)| w.iter()).chain(&router.wares).cloned().collect();
        let mut made = treatment::treatment(shared, &wares);
        made.forwarded = Some(Property::defaulted(true, router.at, "Traefik tells the client's address to what stands behind it"));
        let leads = match (&router.carrier, &router.service) {
            (Some(carrier), _) => Leads::To(carrier.clone()),
            (None, Some(service)) => {
                let address = shared.get(&format!("http.services.{}.loadbalancer.servers[0].url", treatment::bare(service)));
                match address.map(|a| onward(a.at, &a.value, proxy.project)) {
                    Some(target) => {
                        let leads =
                            target.name.clone().map_or_else(|| Leads::Elsewhere(target.host.clone().unwrap_or_default()), Leads::To);
                        if entry.targets.iter().all(|t| t.host != target.host) {
                            entry.targets.push(target);
                        }
                        leads
                    }
                    None if service.ends_with("@internal") => continue,
                    None => Leads::Elsewhere(service.clone()),
                }
            }
            (None, None) => Leads::Elsewhere(router.name.clone()),
        };
        entry.routes.push(Route { at: router.at, says: format!("router {}", router.name), leads, treatment: made });
    }
    entry.dormant.extend(treatment::dormant(shared, &used));
}

fn labels(workload: &Workload) -> Settings {
    let own = workload.labels.iter().filter(|(n, _)| n.to_ascii_lowercase().starts_with("traefik."));
    own.take(MOST)
        .map(|(n, v)| {
            let lower = n.to_ascii_lowercase();
            let name = if lower == "traefik.enable" { lower } else { lower["traefik.".len()..].to_owned() };
            (name, v.clone())
        })
        .collect()
}

/// The routers that settings declare.
fn declared(settings: &Settings, carrier: Option<&str>) -> Vec<Router> {
    let names: BTreeSet<&str> = settings.keys().filter_map(|k| k.strip_prefix("http.routers.")?.split_once('.').map(|(n, _)| n)).collect();
    names
        .into_iter()
        .map(|name| {
            let get = |field: &str| settings.get(&format!("http.routers.{name}.{field}"));
            let first = settings.range(format!("http.routers.{name}.")..).next().map(|(_, v)| v.at);
            let rule = get("rule");
            let resolver = get("tls.certresolver").cloned();
            let tls = get("tls").filter(|v| !v.value.eq_ignore_ascii_case("false")).map(|v| v.at).or(resolver.as_ref().map(|r| r.at));
            let inner = settings.range(format!("http.routers.{name}.tls.")..).next();
            let tls = tls.or(inner.filter(|(k, _)| k.starts_with(&format!("http.routers.{name}.tls."))).map(|(_, v)| v.at));
            let wares = get("middlewares").map(|m| m.value.clone()).unwrap_or_default();
            let redirects = wares.split(',').find_map(|ware| {
                let ware = ware.trim().split('@').next().unwrap_or("").to_ascii_lowercase();
                let scheme = settings.get(&format!("http.middlewares.{ware}.redirectscheme.scheme"));
                let pattern = settings.get(&format!("http.middlewares.{ware}.redirectregex.replacement"));
                let header = settings.get(&format!("http.middlewares.{ware}.headers.sslredirect"));
                scheme
                    .filter(|s| s.value == "https")
                    .or(pattern.filter(|p| p.value.starts_with("https://")))
                    .or(header.filter(|h| h.value == "true"))
                    .map(|s| s.at)
            });
            Router {
                name: name.to_owned(),
                at: rule.map(|r| r.at).or(first).unwrap_or(Location::whole(plimsoll_base::FileId(0))),
                points: get("entrypoints").map(|e| e.value.split(',').map(|p| p.trim().to_ascii_lowercase()).collect()).unwrap_or_default(),
                tls,
                resolver,
                redirects,
                hosts: rule.map(hosts).unwrap_or_default(),
                carrier: carrier.map(str::to_owned),
                wares: get("middlewares").map(treatment::names).unwrap_or_default(),
                service: get("service").map(|s| s.value.clone()),
            }
        })
        .collect()
}

/// The names of a rule: Host(`a.example`, `b.example`).
fn hosts(rule: &Sourced<String>) -> Vec<Sourced<String>> {
    let mut found = Vec::new();
    let mut rest = rule.value.as_str();
    while let Some(start) = rest.find("Host(") {
        let Some(end) = rest[start..].find(')') else { break };
        let inner = &rest[start + 5..start + end];
        found.extend(
            inner
                .split(',')
                .map(|h| h.trim().trim_matches(['`', '"', '\'']))
                .filter(|h| !h.is_empty())
                .map(|h| Sourced::new(h.to_owned(), rule.at)),
        );
        rest = &rest[start + end..];
    }
    found
}

/// Services with labels for a Traefik that runs elsewhere: it is outside the repository what that one does.
pub(super) fn outside(project: &ComposeProject) -> Vec<Entry> {
    let mut settings = Settings::new();
    let mut found: Vec<Entry> = Vec::new();
    for workload in &project.workloads {
        let own = labels(workload);
        if !own.keys().any(|k| k.starts_with("http.routers.")) {
            continue;
        }
        let at = own.values().next().map_or(workload.at, |v| v.at);
        settings.extend(own);
        if found.is_empty() {
            let says = "labels ask a Traefik that is not in this repository to serve it";
            found.push(Entry::new("traefik", at, Provider::Other, EntryKind::Proxy, Property::unresolved(at, says)));
        }
        if let Some(entry) = found.first_mut() {
            let mut target = Target::new(at, Security::Plain);
            target.name = Some(workload.name.clone());
            entry.targets.push(target);
        }
    }
    if let Some(entry) = found.first_mut() {
        for router in declared(&settings, None) {
            entry.domains.extend(router.hosts.into_iter().filter(|h| !super::local(&h.value)));
            let (security, action, at) = match (router.tls, router.redirects) {
                (Some(at), _) => (Security::Tls, ListenerAction::Forward, at),
                (None, Some(at)) => (Security::Plain, ListenerAction::RedirectToTls, at),
                (None, None) => (Security::Plain, ListenerAction::Forward, router.at),
            };
            let says = format!("router {} is declared by labels", router.name);
            let port = if security == Security::Tls { Some(443) } else { Some(80) };
            let mut listener = Listener::new(at, port, security, action, says);
            listener.certificate = router.resolver.map(|r| Sourced::new(format!("certresolver={}", r.value), r.at));
            listener.renewal = Renewal::Unresolved;
            entry.listeners.push(listener);
        }
    }
    found
}
