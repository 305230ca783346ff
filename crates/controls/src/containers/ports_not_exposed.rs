//! Does only the edge publish ports?

use plimsoll_base::{Evidence, Gap, Judgement, Question, Severity, Tally};
use plimsoll_model::container::{Port, Reach, Runtime};
use plimsoll_model::{Service, ServiceKind, System};

use super::{no_services, orchestrated};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/ports-not-exposed", page: include_str!("ports_not_exposed.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let judged: Vec<&Service> = system.services().iter().filter(|s| orchestrated(s)).collect();
    for service in system.services().iter().filter(|s| !orchestrated(s)) {
        if service.on_platform() {
            tally.not_applicable(Evidence::noted(
                service.at,
                format!("the platform routes to `{}`: no network of hosts or clusters is described", service.name),
            ));
        } else {
            tally.doubt(
                &service.subject(),
                Question::new(
                    format!("which ports `{}` publishes: nothing here says how it is run", service.name),
                    "show the file that runs it",
                ),
            );
        }
    }
    let front = judged.iter().copied().find(|s| is_edge(s) && public(s).next().is_some());
    let routed = judged.iter().any(|s| s.update.routed.is_some());
    let beside = |s: &Service| routed || front.is_some_and(|f| f.name != s.name) || cdn(system).is_some() && s.kind == ServiceKind::Web;
    let mut fails = false;
    for service in &judged {
        fails |= broken(system, service, &beside, &mut tally);
    }
    if fails {
        // One open door is enough: the doors that are shut do not make it half a door.
        return tally.finish(|| no_services(system));
    }
    let mut opened = false;
    for service in &judged {
        opened |= describe(system, service, &mut tally);
    }
    let served = judged.iter().any(|s| matches!(s.kind, ServiceKind::Web | ServiceKind::Static | ServiceKind::Proxy));
    if served && !opened {
        let settle = "declare the proxy, the tunnel or the load balancer, or publish the edge's port";
        let sought = judged.first().map_or(String::new(), |s| format!(" ({})", system.path_at(s.at)));
        if let Some(web) = judged.iter().find(|s| matches!(s.kind, ServiceKind::Web | ServiceKind::Static | ServiceKind::Proxy)) {
            tally.doubt(
                &web.subject(),
                Question::new(format!("how traffic enters: nothing is published and no proxy or tunnel is declared{sought}"), settle),
            );
        }
    }
    tally.finish(|| no_services(system))
}

fn public(service: &Service) -> impl Iterator<Item = &Port> {
    service.ports.iter().filter(|p| p.reach == Reach::Public)
}

/// What is made to stand at the edge.
fn is_edge(service: &Service) -> bool {
    service.kind == ServiceKind::Proxy
}

/// A content network of the infrastructure code that fronts the system.
fn cdn(system: &System) -> Option<plimsoll_base::Location> {
    let origin = system.deployment().map(|d| d.files.as_slice()).unwrap_or_default();
    let resources = system.iac().iter().flat_map(|r| &r.resources);
    resources.filter(|r| r.kind == "aws_cloudfront_distribution" && origin.iter().any(|f| f == system.path_at(r.at))).map(|r| r.at).next()
}

/// Doors that must not be open; whether there is one.
fn broken(system: &System, service: &Service, beside: &dyn Fn(&Service) -> bool, tally: &mut Tally) -> bool {
    let subject = service.subject();
    let name = &service.name;
    let mut found = false;
    if let Some(host) = service
        .privileges
        .host_namespace
        .iter()
        .find(|n| n.value.to_ascii_lowercase().contains("net") || n.value == "host")
        .filter(|_| service.kind != ServiceKind::Monitoring)
    {
        let gap = Gap::new("host-network", format!("`{name}` shares the host's network"), Evidence::noted(host.at, "the host's network"));
        tally.gap(&subject, gap.so("every port that it opens is open on the host"));
        found = true;
    }
    for port in public(service) {
        let proof = Evidence::noted(port.at, format!("publishes {}", port.says));
        let gap = match service.kind {
            ServiceKind::Datastore | ServiceKind::Cache | ServiceKind::Broker => Gap::new("datastore-published", format!("`{name}` is published on every interface ({})", port.says), proof)
                .severity(Severity::Critical)
                .so("the data is one password, or none, away from everyone who can reach the host; Docker opens the port past the host's firewall"),
            ServiceKind::Web | ServiceKind::Static | ServiceKind::Worker | ServiceKind::Other if beside(service) => {
                let gap = Gap::new("bypasses-edge", format!("`{name}` is published beside the edge that fronts it ({})", port.says), proof);
                let gap = match cdn(system) {
                    Some(at) => gap.and(Evidence::noted(at, "the content network in front")),
                    None => gap,
                };
                gap.so("TLS, limits and filters of the edge can be walked around")
            }
            _ => continue,
        };
        tally.gap(&subject, gap);
        found = true;
    }
    found
}

/// The state of a service when no door is open that must be shut; whether traffic comes in through it.
fn describe(system: &System, service: &Service, tally: &mut Tally) -> bool {
    let subject = service.subject();
    let name = &service.name;
    if let Some(port) = service.ports.iter().find(|p| p.reach == Reach::Unresolved) {
        tally.doubt(
            &subject,
            Question::new(
                format!("how far the port of `{name}` reaches: a variable decides ({})", system.path_at(port.at)),
                "state the address that the port binds to",
            ),
        );
        return true;
    }
    let Some(port) = public(service).next() else {
        return shut(system, service, tally);
    };
    let seen = Evidence::noted(port.at, format!("`{name}` publishes {}", port.says));
    match service.kind {
        ServiceKind::Proxy => tally.met(&subject, seen),
        ServiceKind::Monitoring | ServiceKind::AdminUi | ServiceKind::DevStandIn => {
            let gap = Gap::new("console-published", format!("`{name}` is published on every interface ({})", port.says), seen);
            tally.gap(&subject, gap.so("consoles show the inside of the system and are seldom made for the internet"));
        }
        _ => {
            tally.met(&subject, Evidence::noted(port.at, format!("nothing but the application itself is published ({})", port.says)));
            let encrypted = port.published.as_deref() == Some("443") && port.target.as_deref().is_none_or(|t| t.contains("443"));
            if !encrypted {
                let gap = Gap::new("plain-port", format!("`{name}` publishes its own port and nothing fronts it ({})", port.says), seen);
                tally.gap(&subject, gap.so("the application meets the internet without TLS, limits or a proxy between them"));
            }
        }
    }
    true
}

/// A service that nobody outside reaches; whether something on its host, or a load balancer, leads to it.
fn shut(system: &System, service: &Service, tally: &mut Tally) -> bool {
    let subject = service.subject();
    let name = &service.name;
    let bound = service.ports.iter().find(|p| matches!(p.reach, Reach::Loopback | Reach::Private));
    match (bound, service.update.routed) {
        (Some(port), _) => tally.met(&subject, Evidence::noted(port.at, format!("`{name}` is reached from inside only ({})", port.says))),
        (None, Some(at)) => tally.met(&subject, Evidence::noted(at, format!("`{name}` is reached through what stands in front of it"))),
        (None, None) => tally.met(&subject, Evidence::sought(format!("published port of `{name}`"), system.deployment_scope())),
    }
    let tunnel = service.image_text().is_some_and(|i| i.contains("cloudflared") || i.contains("tailscale") || i.contains("ngrok"));
    bound.is_some() || service.update.routed.is_some() || tunnel || service.runtime == Runtime::Ecs && service.exposed
}
