//! Do firewalls admit only what must be reachable?

use plimsoll_base::{Evidence, Gap, Judgement, Question, Severity, Subject, Tally};
use plimsoll_model::container::{Reach, Runtime};
use plimsoll_model::estate::{FirewallKind, NetworkFirewall};
use plimsoll_model::{Service, ServiceKind, System};

use super::doors::{Door, door, shut, subject};
use super::{in_cluster, names, without_networks};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "network/ingress-restricted", page: include_str!("ingress_restricted.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    if without_networks(system) {
        return tally.finish(|| match system.services().first() {
            Some(s) => Evidence::noted(s.at, "platforms run everything: no firewall of its own is needed"),
            None => Evidence::sought("a deployment with a network", system.scopes(&["**"])),
        });
    }
    let mut found = Doors::default();
    openings(system, &mut found);
    if in_cluster(system) {
        cluster(system, &mut found);
    }
    bypassed(system, &mut found);
    if !found.open.is_empty() {
        // One open door is enough: the doors that are shut do not make it half a door.
        for (subject, gap) in found.open {
            tally.gap(&subject, gap);
        }
        return tally.finish(|| nothing(system));
    }
    if found.shut.is_empty() && found.ajar.is_empty() && found.unseen.is_empty() {
        found.unseen.push((Subject::system(), undescribed(system)));
    }
    for (subject, evidence) in found.shut {
        tally.met(&subject, evidence);
    }
    for (subject, gap) in found.ajar {
        tally.gap(&subject, gap);
    }
    for (subject, question) in found.unseen {
        tally.doubt(&subject, question);
    }
    tally.finish(|| nothing(system))
}

#[derive(Default)]
struct Doors {
    open: Vec<(Subject, Gap)>,
    ajar: Vec<(Subject, Gap)>,
    shut: Vec<(Subject, Evidence)>,
    unseen: Vec<(Subject, Question)>,
}

/// Firewalls of providers and hosts. Policies of a cluster are judged by whom they guard.
fn openings(system: &System, found: &mut Doors) {
    let estate = system.infrastructure();
    let policy = |name: &str| estate.firewalls.iter().any(|f| f.kind == FirewallKind::Policy && f.name == name);
    for opening in estate.openings.iter().filter(|o| !policy(&o.group)) {
        let place = Subject::named(subject(opening));
        match door(opening) {
            Door::Shut(evidence) => found.shut.push((place, evidence)),
            Door::Ajar(holds, gap) => {
                found.shut.push((place.clone(), holds));
                found.ajar.push((place, gap));
            }
            Door::Open(gap) => found.open.push((place, gap)),
            Door::Unseen(question) => found.unseen.push((place, question)),
            Door::None => {}
        }
    }
    for firewall in estate.firewalls.iter().filter(|f| f.kind != FirewallKind::Policy) {
        let place = Subject::named(&firewall.name);
        if let Some(at) = firewall.incomplete {
            let missing = format!("what {} admits: its rules are decided elsewhere ({})", firewall.name, system.path_at(at));
            found.unseen.push((place, Question::new(missing, "give the variable the value that production uses, or show it")));
        } else if !firewall.attached.is_empty() && !estate.openings.iter().any(|o| o.group == firewall.name) {
            found.shut.push((place, shut(firewall)));
        }
    }
}

/// Pods: each of them takes traffic from every other unless a policy guards it.
fn cluster(system: &System, found: &mut Doors) {
    let policies: Vec<&NetworkFirewall> = system.infrastructure().firewalls.iter().filter(|f| f.kind == FirewallKind::Policy).collect();
    let running = || system.services().iter().filter(|s| s.runtime == Runtime::Kubernetes && !s.one_shot);
    for service in running() {
        let data = matches!(service.kind, ServiceKind::Datastore | ServiceKind::Cache | ServiceKind::Broker);
        if data && let Some(port) = service.ports.iter().find(|p| p.reach == Reach::Public) {
            let says = format!("`{}` is led out of the cluster ({})", service.name, port.says);
            let gap = Gap::new("data-port-open", says, Evidence::noted(port.at, port.says.clone())).severity(Severity::Critical);
            found.open.push((service.subject(), gap.so("the data is one password, or none, away from everyone")));
        }
    }
    let guarding = |s: &Service| policies.iter().find(|p| p.attached.iter().any(|a| names(&a.name, &s.name)));
    for service in running() {
        match guarding(service) {
            Some(policy) => {
                let says = format!("{} says whom `{}` admits", policy.name, service.name);
                found.shut.push((service.subject(), Evidence::noted(policy.at, says)));
            }
            None if policies.is_empty() => {}
            None => match policies.iter().find_map(|p| p.incomplete) {
                Some(at) => found.unseen.push((
                    service.subject(),
                    Question::new(
                        format!("whether a policy guards `{}`: a template decides whom it selects ({})", service.name, system.path_at(at)),
                        "render the chart with the values of production",
                    ),
                )),
                None => {
                    let gap = Gap::new(
                        "no-policy",
                        format!("no policy guards `{}`", service.name),
                        Evidence::noted(service.at, "selected by none"),
                    );
                    found.ajar.push((service.subject(), gap.so("every pod of the cluster reaches it")));
                }
            },
        }
    }
    if policies.is_empty()
        && let Some(first) = running().next()
    {
        let inside = format!("{} of {} workloads are led out of the cluster, by a service or a route", led_out(system), running().count());
        found.shut.push((Subject::named("cluster"), Evidence::noted(first.at, inside)));
        let proof = Evidence::sought("a NetworkPolicy, Cilium or Calico policy", system.deployment_scope());
        let gap = Gap::new("no-policy", "no network policy: every pod admits every other", proof);
        found
            .ajar
            .push((Subject::named("cluster"), gap.so("one taken pod reaches every database and every internal interface of the cluster")));
    }
}

fn led_out(system: &System) -> usize {
    let out =
        |s: &&Service| s.runtime == Runtime::Kubernetes && (s.update.routed.is_some() || s.ports.iter().any(|p| p.reach == Reach::Public));
    system.services().iter().filter(out).count()
}

/// Docker opens the ports that it publishes past the packet filter of the host.
fn bypassed(system: &System, found: &mut Doors) {
    let estate = system.infrastructure();
    let Some(filter) = estate.firewalls.iter().find(|f| f.kind == FirewallKind::Host) else { return };
    if estate.firewalls.iter().any(|f| f.kind == FirewallKind::Group) {
        return;
    }
    for service in system.services().iter().filter(|s| s.runtime == Runtime::Compose) {
        for port in service.ports.iter().filter(|p| p.reach == Reach::Public) {
            let number: Option<u16> = port.published.as_deref().and_then(|p| p.parse().ok());
            let admitted = number.is_some_and(|n| {
                estate.openings.iter().any(|o| o.group == filter.name && o.ports.is_some_and(|(from, to)| (from..=to).contains(&n)))
            });
            if admitted {
                continue;
            }
            let says = format!("`{}` is published ({}) past the host's packet filter, which does not admit it", service.name, port.says);
            let gap = Gap::new("filter-bypassed", says, Evidence::noted(port.at, format!("publishes {}", port.says)));
            let gap = gap
                .and(Evidence::noted(filter.at, "the packet filter"))
                .so("Docker writes its own rules before those of ufw or firewalld: the port is open");
            found.open.push((service.subject(), gap));
        }
    }
}

/// Why nothing could be judged: no firewall is described where the workloads run.
fn undescribed(system: &System) -> Question {
    let files = system.deployment().map(|d| d.files.join(", ")).unwrap_or_default();
    let published: Vec<&str> =
        system.services().iter().flat_map(|s| &s.ports).filter(|p| p.reach == Reach::Public).map(|p| p.says.as_str()).take(6).collect();
    let ports = if published.is_empty() { "nothing is published".to_owned() } else { format!("published: {}", published.join(", ")) };
    Question::new(
        format!("what the firewall in front of the hosts admits: none is described ({files}; {ports})"),
        "show the provider's firewall or the host's packet filter as code, or scan the host from outside",
    )
}

fn nothing(system: &System) -> Evidence {
    Evidence::sought("a firewall, a security group or a network policy", system.scopes(&["**/*.{tf,yaml,yml}"]))
}
