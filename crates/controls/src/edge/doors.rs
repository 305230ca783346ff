//! The ways in from the internet: entries that are declared, and ports that services open by themselves.

use plimsoll_base::{Evidence, Question};
use plimsoll_model::container::{Port, Reach, Runtime};
use plimsoll_model::estate::{AttachedKind, Entry, EntryKind, Listener, ListenerAction, Opening, Security, TrafficSource};
use plimsoll_model::{DeploymentKind, Service, ServiceKind, System};

/// The ways in.
pub(super) struct Doors<'a> {
    /// Services on platforms to which no entry leads: how they are reached is not known.
    pub(super) unled: Vec<&'a Service>,
    /// Entries that the internet reaches, or that may be: whether it does is a property of each.
    pub(super) entries: Vec<&'a Entry>,
    /// Ports of services that no entry tells of.
    pub(super) ports: Vec<(&'a Service, &'a Port)>,
}

impl<'a> Doors<'a> {
    /// The ways into the assessed system.
    pub(super) fn of(system: &'a System) -> Self {
        let all = &system.infrastructure().entries;
        let openings = &system.infrastructure().openings;
        let entries: Vec<&Entry> =
            all.iter().filter(|e| !e.public.off() && !e.enabled.off() && !reserved(e, openings) && listens(e)).collect();
        let ports = system
            .services()
            .iter()
            .filter(|s| pages(s) && !s.on_platform() && all.iter().all(|e| e.name != s.name))
            .flat_map(|s| s.ports.iter().map(move |p| (s, p)))
            .filter(|(s, p)| p.reach == Reach::Public && !foreign(p) && !told(s, p) && admitted(s, p, openings))
            .collect();
        let leads = |e: &Entry, s: &Service| {
            let named = |n: &str| n == s.name || n.ends_with(&format!(".{}", s.name));
            named(&e.name) || e.targets.iter().any(|t| t.name.as_deref().is_some_and(named))
        };
        // What a platform runs is reached by its address, unless it is private; elsewhere a service without ports may be anybody's.
        let platform = system.deployment().is_some_and(|d| d.kind == DeploymentKind::Platform);
        let reached = |s: &Service| s.ports.is_empty() || s.ports.iter().any(|p| matches!(p.reach, Reach::Public | Reach::Unresolved));
        let unled = system.services().iter().filter(|s| platform && pages(s) && reached(s) && !all.iter().any(|e| leads(e, s))).collect();
        Self { unled, entries, ports }
    }

    /// Whether nothing leads in, as far as is declared.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.ports.is_empty()
    }
}

/// Whether an entry says anything of how it is reached: one that only answers with errors leads nobody in.
fn listens(entry: &Entry) -> bool {
    entry.defect.is_some() || entry.listeners.iter().any(|l| l.action != ListenerAction::Refuse)
}

/// Whether a network's firewall lets only other entries or a provider's own addresses reach it.
pub(super) fn reserved(entry: &Entry, openings: &[Opening]) -> bool {
    let mine: Vec<&Opening> = openings.iter().filter(|o| entry.groups.contains(&o.group)).collect();
    let inner = |s: &TrafficSource| matches!(s, TrafficSource::ProviderList(_) | TrafficSource::Group(_) | TrafficSource::Private(_));
    !mine.is_empty() && mine.iter().all(|o| !o.sources.is_empty() && o.sources.iter().all(inner))
}

/// Services that serve pages or interfaces; consoles and stores are judged by the control of published ports.
fn pages(service: &Service) -> bool {
    matches!(service.kind, ServiceKind::Web | ServiceKind::Static | ServiceKind::Proxy)
}

/// Ports of protocols that carry no pages.
fn foreign(port: &Port) -> bool {
    const OTHERS: &[&str] = &["21", "22", "25", "53", "110", "143", "465", "587", "993", "995", "1883", "8883", "9090", "9100"];
    let number = port.target.as_deref().or(port.published.as_deref());
    number.is_some_and(|n| OTHERS.contains(&n))
}

/// Whether the port is that of a load balancer which is an entry of its own.
fn told(service: &Service, port: &Port) -> bool {
    service.runtime == Runtime::Kubernetes && port.says.contains("LoadBalancer")
}

/// Whether the firewall of the machine that carries the service lets everybody reach the port, where one is declared.
fn admitted(service: &Service, port: &Port, openings: &[Opening]) -> bool {
    if !matches!(service.runtime, Runtime::Compose | Runtime::Process) {
        return true;
    }
    let of_machines: Vec<&Opening> = openings.iter().filter(|o| o.attached.iter().any(|a| a.kind == AttachedKind::Machine)).collect();
    let number = port.published.as_deref().or(port.target.as_deref()).and_then(|p| p.parse::<u16>().ok());
    let (Some(number), false) = (number, of_machines.is_empty()) else { return true };
    of_machines.iter().any(|o| {
        let covers = o.ports_unresolved || o.ports.is_none_or(|(from, to)| (from..=to).contains(&number));
        covers && o.sources.iter().any(|s| matches!(s, TrafficSource::World | TrafficSource::Unresolved(_)))
    })
}

/// Whether an entry only passes connections on: what ends TLS stands behind it.
pub(super) fn carries(entry: &Entry) -> bool {
    !entry.listeners.is_empty() && entry.listeners.iter().all(|l| l.security == Security::PassedThrough)
}

/// Whether a port may speak TLS: it is made for it, so that the application ends it by itself; or which one it is is not known.
pub(super) fn encrypted(port: &Port) -> bool {
    if port.published.is_none() && port.target.is_none() {
        return true;
    }
    let number = |p: &Option<String>| p.as_deref().is_some_and(|n| n == "443" || n == "8443");
    number(&port.published) || number(&port.target)
}

/// Whether a platform gives the entry, and the names and firewalls before it are set there and not in the repository.
pub(super) fn of_platform(entry: &Entry) -> bool {
    entry.provider == plimsoll_model::estate::Provider::Platform && entry.kind == EntryKind::Platform
}

/// A listener in words.
pub(super) fn says(entry: &Entry, listener: &Listener) -> String {
    format!("`{}`: {}", entry.name, listener.says)
}

/// Whether anything of the system could be reached at all; a system of workers needs no edge.
pub(super) fn serves(system: &System) -> bool {
    // Infrastructure whose workloads are declared elsewhere says nothing of what they serve.
    if system.deployment().is_some() && system.services().is_empty() {
        return true;
    }
    system.services().iter().any(|s| {
        pages(s)
            || matches!(s.kind, ServiceKind::Function)
                && s.schedule.is_none()
                && system.infrastructure().entries.iter().any(|e| e.public.known().is_none())
    })
}

/// Why nothing needs an edge.
pub(super) fn nothing_public(system: &System) -> Evidence {
    Evidence::sought("service that is reached from outside", system.deployment_scope())
}

/// What has to be asked where nothing shows how traffic comes in.
pub(super) fn no_edge(system: &System) -> Question {
    let name = system.services().iter().find(|s| pages(s)).map_or("the system", |s| s.name.as_str());
    Question::new(
        format!("how traffic reaches `{name}`: no proxy, ingress, load balancer, platform or published port is declared"),
        "add the proxy's configuration or the platform's file, or show a request from outside with its certificate",
    )
}
