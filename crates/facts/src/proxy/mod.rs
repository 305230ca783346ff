//! Reverse proxies that the system runs itself: which configuration their container really holds, and what it says of TLS, redirects,
//! names and ways on.
//!
//! Absent on purpose: a proxy's configuration that no service loads. It says nothing of the running system.

mod apache;
mod caddy;
mod envoy;
mod files;
mod haproxy;
mod nginx;
mod ready;
mod traefik;

pub(crate) use traefik::treatment as middleware;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod treatment_tests;

use plimsoll_base::{Location, Sourced};

use self::files::Files;
use crate::compose::ComposeProject;
use crate::container::{ImageDefinition, Port, Reach, Workload};
use crate::infrastructure::{Entry, EntryKind, Listener, ListenerAction, Property, Provider, Renewal, Security};
use crate::library::Library;

/// Servers, names and ways on of one proxy that are read.
const MOST: usize = 300;

/// The proxies that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Nginx,
    Caddy,
    Traefik,
    Haproxy,
    Apache,
    Envoy,
    /// A connector of Cloudflare's, Tailscale's or ngrok's network: the end that clients meet stands there.
    Tunnel,
    /// A ready-made proxy that fetches certificates for the services beside it.
    Companion,
    /// One that is administered through its own pages.
    Administered,
}

impl Program {
    fn word(self) -> &'static str {
        match self {
            Program::Nginx => "nginx",
            Program::Caddy => "Caddy",
            Program::Traefik => "Traefik",
            Program::Haproxy => "HAProxy",
            Program::Apache => "Apache",
            Program::Envoy => "Envoy",
            Program::Tunnel => "the tunnel",
            Program::Companion => "the proxy",
            Program::Administered => "the proxy",
        }
    }
    /// The folder in which the image keeps its configuration.
    fn home(self) -> &'static str {
        match self {
            Program::Nginx => "/etc/nginx",
            Program::Caddy => "/etc/caddy",
            Program::Traefik => "/etc/traefik",
            Program::Haproxy => "/usr/local/etc/haproxy",
            Program::Apache => "/usr/local/apache2/conf",
            Program::Envoy => "/etc/envoy",
            Program::Tunnel => "/etc/cloudflared",
            Program::Companion | Program::Administered => "/data",
        }
    }
}

/// What a program is, by the image it runs.
fn program(image: &str) -> Option<Program> {
    let image = image.split('@').next().unwrap_or(image).to_ascii_lowercase();
    let path = match image.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => path,
        _ => &image,
    };
    let parts: Vec<&str> = path.rsplit('/').take(2).collect();
    let (name, owner) = (parts[0], parts.get(1).copied().unwrap_or(""));
    Some(match (owner, name) {
        (_, "cloudflared" | "ngrok") => Program::Tunnel,
        (_, "nginx-proxy-manager") => Program::Administered,
        (_, "nginx-proxy" | "https-portal" | "swag" | "caddy-docker-proxy") => Program::Companion,
        ("owasp", "modsecurity-crs") | (_, "nginx" | "nginx-unprivileged" | "openresty" | "angie") => Program::Nginx,
        (_, "caddy") => Program::Caddy,
        (_, "traefik") => Program::Traefik,
        (_, "haproxy" | "haproxy-alpine") => Program::Haproxy,
        (_, "httpd" | "apache") => Program::Apache,
        (_, "envoy") => Program::Envoy,
        _ => return None,
    })
}

/// A proxy container while its configuration is read.
struct Proxy<'a> {
    workload: &'a Workload,
    project: &'a ComposeProject,
    files: Files<'a>,
}

/// Tells the entries of every project.
pub(crate) fn entries(library: &Library, images: &[ImageDefinition], projects: &mut [ComposeProject]) {
    for project in projects {
        let found: Vec<(Program, Entry)> = project.workloads.iter().filter_map(|w| proxied(library, images, project, w)).collect();
        // Labels are for a Traefik that runs elsewhere, whatever web server a service of the project is.
        let here = |p: Program| matches!(p, Program::Traefik | Program::Companion | Program::Administered);
        let outside = if found.iter().any(|(p, _)| here(*p)) { Vec::new() } else { traefik::outside(project) };
        project.infrastructure.entries.extend(found.into_iter().map(|(_, e)| e));
        project.infrastructure.entries.extend(outside);
    }
}

fn proxied(library: &Library, images: &[ImageDefinition], project: &ComposeProject, workload: &Workload) -> Option<(Program, Entry)> {
    let built = built(images, workload);
    let image = match (&built, &workload.image) {
        (Some((definition, stage)), _) => {
            definition.dockerfile.chain(stage).last().map(|s| s.from.image.clone().unwrap_or_else(|| s.from.raw.clone()))?
        }
        (None, Some(image)) => image.known()?.clone(),
        (None, None) => return None,
    };
    let program = program(&image)?;
    let files = Files::of(library, built, workload, program.home());
    let mut entry = Entry::new(&workload.name, workload.at, Provider::Other, EntryKind::Proxy, published(workload));
    let proxy = Proxy { workload, project, files };
    match program {
        Program::Nginx => nginx::read(&proxy, &mut entry),
        Program::Caddy => caddy::read(&proxy, &mut entry),
        Program::Traefik => traefik::read(&proxy, &mut entry),
        Program::Haproxy => haproxy::read(&proxy, &mut entry),
        Program::Apache => apache::read(&proxy, &mut entry),
        Program::Envoy => envoy::read(&proxy, &mut entry),
        Program::Tunnel => ready::tunnel(&proxy, &mut entry),
        Program::Companion => ready::companion(&proxy, &mut entry),
        Program::Administered => ready::administered(&proxy, &mut entry),
    }
    if program != Program::Tunnel {
        if let Some(missing) = proxy.files.missing.first() {
            let says = format!(
                "{} is given `{}`, which is not in the repository: Docker makes an empty folder of it",
                program.word(),
                missing.value
            );
            entry.defect = Some(Sourced::new(says, missing.at));
            entry.listeners.clear();
        } else if proxy.files.hidden.is_some() && entry.listeners.iter().all(|l| l.security == Security::Unresolved) {
            entry.listeners.clear();
        }
        publish(&proxy, &mut entry);
    }
    entry.domains.retain(|d| !local(&d.value));
    // On a network of another project's, its containers answer to names of their own.
    let shared = |name: &str| project.networks.iter().any(|n| n.name == name && n.external);
    if !workload.networks.iter().any(|n| shared(&n.value)) && !shared("default") {
        entry.targets.iter_mut().for_each(|t| t.stray = t.name.is_none() && t.host.as_deref().is_some_and(neighbour));
    }
    Some((program, entry))
}

fn built<'a>(
    images: &'a [ImageDefinition],
    workload: &'a Workload,
) -> Option<(&'a ImageDefinition, &'a plimsoll_syntax::dockerfile::Stage)> {
    let build = workload.build.as_ref()?;
    let definition = images.iter().find(|i| Some(&i.path) == build.dockerfile.as_ref())?;
    let stage = definition.dockerfile.target(build.target.as_ref().map(|t| t.value.as_str()))?;
    Some((definition, stage))
}

/// Whether the internet reaches it through a port of the host.
fn published(workload: &Workload) -> Property<bool> {
    let by = |reach: Reach| workload.ports.iter().find(|p| p.reach == reach);
    match (by(Reach::Public), by(Reach::Unresolved), workload.ports.first()) {
        (Some(p), _, _) => Property::stated(true, p.at, format!("publishes {}", p.says)),
        (None, Some(p), _) => Property::unresolved(p.at, format!("what {} is bound to is decided elsewhere", p.says)),
        (None, None, Some(p)) => Property::stated(false, p.at, format!("{} is not open to the internet", p.says)),
        (None, None, None) => Property::stated(false, workload.at, "it publishes no port"),
    }
}

/// Turns ports of the container into those of the host. A port that nobody can reach is no listener; one that is published and that the
/// configuration does not speak of is decided elsewhere.
fn publish(proxy: &Proxy<'_>, entry: &mut Entry) {
    let outward: Vec<&Port> = proxy.workload.ports.iter().filter(|p| matches!(p.reach, Reach::Public | Reach::Unresolved)).collect();
    if outward.is_empty() {
        return;
    }
    let number = |text: &Option<String>| text.as_deref().and_then(|t| t.parse::<u16>().ok());
    let mut within = std::mem::take(&mut entry.listeners);
    within.truncate(MOST);
    for port in outward.into_iter().take(MOST) {
        let target = number(&port.target);
        let before = entry.listeners.len();
        // A listener whose port is decided elsewhere is behind the ports that no other listener is for.
        let exact = within.iter().any(|l| l.port.is_some() && l.port == target);
        for listener in within.iter().filter(|l| l.port.is_none() && !exact || l.port == target || target.is_none()) {
            let mut listener = listener.clone();
            listener.port = number(&port.published).or(target);
            if entry
                .listeners
                .iter()
                .all(|l| (l.at, l.port, l.security, l.action) != (listener.at, listener.port, listener.security, listener.action))
            {
                entry.listeners.push(listener);
            }
        }
        if entry.listeners.len() == before && entry.defect.is_none() && within.is_empty() {
            let says = match &proxy.files.hidden {
                Some(hidden) => format!("its configuration `{}` is not in the repository", hidden.value),
                None => format!("{}: what answers there is decided elsewhere", port.says),
            };
            let at = proxy.files.hidden.as_ref().map_or(port.at, |h| h.at);
            entry.listeners.push(Listener::new(at, number(&port.published), Security::Unresolved, ListenerAction::Unresolved, says));
        }
    }
}

/// Names that mean the machine itself, or no name at all.
fn local(name: &str) -> bool {
    let name = name.trim();
    name.is_empty()
        || name == "_"
        || name == "localhost"
        || name.ends_with(".localhost")
        || name.ends_with(".local")
        || name.parse::<std::net::IpAddr>().is_ok()
}

/// Whether a host can only be the name of a container beside the proxy.
fn neighbour(host: &str) -> bool {
    let bare = host.rsplit_once(':').map_or(host, |(h, _)| h);
    let plain = bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    plain && bare != "localhost" && bare != "unix" && bare.chars().any(|c| c.is_ascii_alphabetic())
}

/// Who renews a certificate that lies at a path: Let's Encrypt's clients keep theirs in folders of their own.
fn renewal(path: &str) -> Renewal {
    let path = path.to_ascii_lowercase();
    let clients = ["letsencrypt", "acme", "certbot", "/live/", "lego", "dehydrated", "step-ca"];
    if clients.iter().any(|c| path.contains(c)) {
        Renewal::Automatic
    } else if path.contains('$') {
        Renewal::Unresolved
    } else {
        Renewal::ByHand
    }
}

/// Whether traffic to a host leaves the machine's own networks: a name with a domain, or an address that is not private.
fn outside(host: &str) -> bool {
    let bare = host.rsplit_once(':').filter(|(_, p)| p.chars().all(|c| c.is_ascii_digit())).map_or(host, |(h, _)| h);
    match bare.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified()),
        Ok(std::net::IpAddr::V6(ip)) => !(ip.is_loopback() || ip.is_unique_local()),
        Err(_) => {
            let inner = [".local", ".internal", ".lan", ".svc", ".localhost", ".cluster.local", ".docker"];
            bare.contains('.') && !bare.contains('$') && !inner.iter().any(|s| bare.ends_with(s))
        }
    }
}

/// A way on to an address such as `http://app:3000/path`, from the place that names it.
fn onward(at: Location, address: &str, project: &ComposeProject) -> crate::infrastructure::Target {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let host = rest.split(['/', '?']).next().unwrap_or(rest);
    let security = match scheme {
        "https" | "grpcs" | "h2" => Security::Tls,
        "http" | "h2c" | "grpc" | "fastcgi" | "uwsgi" => Security::Plain,
        _ => Security::Unresolved,
    };
    let mut target = crate::infrastructure::Target::new(at, security);
    let bare = host.rsplit_once(':').map_or(host, |(h, _)| h);
    let mut meant = project.workloads.iter().filter(|w| w.name == bare);
    let mut alias = project.workloads.iter().filter(|w| w.aliases.iter().any(|a| a == bare));
    target.name = meant.next().or_else(|| alias.next()).map(|w| w.name.clone());
    target.over_internet = target.name.is_none() && outside(host);
    target.host = Some(host.to_owned());
    target
}
