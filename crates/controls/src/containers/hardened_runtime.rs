//! May a container do no more than it needs to?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Severity, Tally};
use plimsoll_model::container::Runtime;
use plimsoll_model::{Service, ServiceKind, System};

use super::{no_services, orchestrated};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "containers/hardened-runtime", page: include_str!("hardened_runtime.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let judged: Vec<&Service> = system.services().iter().filter(|s| orchestrated(s)).collect();
    // One container with power over the host is power over all of them: then nothing else counts.
    let dangerous: Vec<&Service> = judged.iter().copied().filter(|s| !watches_host(s) && dangers(s).next().is_some()).collect();
    for service in system.services().iter().filter(|s| !orchestrated(s)) {
        if service.on_platform() {
            tally.not_applicable(Evidence::noted(service.at, format!("the platform decides what `{}` may do", service.name)));
        } else {
            tally.doubt(
                &service.subject(),
                Question::new(
                    format!("what `{}` may do on its host: nothing here says how it is run", service.name),
                    "show the file that runs it",
                ),
            );
        }
    }
    for service in judged {
        let subject = service.subject();
        let name = &service.name;
        for (danger, at, what) in dangers(service) {
            let proof = Evidence::noted(at, what.clone());
            let gap = match danger {
                _ if watches_host(service) => {
                    Gap::new("host-access", format!("`{name}` stands close to its host for a reason, and {what}"), proof)
                }
                Danger::Privileged => Gap::new("privileged", format!("`{name}` {what}"), proof).severity(Severity::Critical),
                Danger::Socket => Gap::new("engine-socket", format!("`{name}` {what}"), proof).severity(Severity::Critical),
                Danger::Other => Gap::new("host-power", format!("`{name}` {what}"), proof),
            };
            tally.gap(&subject, gap.so("whoever breaks into it has power over the host and everything on it"));
        }
        if dangerous.is_empty() && !service.helper() {
            hardening(system, service, &mut tally);
        }
    }
    tally.finish(|| no_services(system))
}

/// Exporters, log collectors, proxies and administration tools that see the host for a reason.
fn watches_host(service: &Service) -> bool {
    let reason = matches!(service.kind, ServiceKind::Monitoring | ServiceKind::Proxy | ServiceKind::AdminUi);
    reason && (service.privileges.privileged.is_none() || service.kind == ServiceKind::Monitoring)
}

/// How a container has power over its host.
#[derive(Clone, Copy)]
enum Danger {
    Privileged,
    Socket,
    Other,
}

/// What gives a container power over its host.
fn dangers(service: &Service) -> impl Iterator<Item = (Danger, Location, String)> + '_ {
    const ADDED: [&str; 12] = [
        "ALL",
        "SYS_ADMIN",
        "SYS_MODULE",
        "SYS_PTRACE",
        "SYS_RAWIO",
        "SYS_BOOT",
        "NET_ADMIN",
        "DAC_READ_SEARCH",
        "BPF",
        "PERFMON",
        "MAC_ADMIN",
        "SYS_TIME",
    ];
    let p = &service.privileges;
    let privileged = p.privileged.map(|at| (Danger::Privileged, at, "runs privileged".to_owned()));
    let socket = p.engine_socket.map(|(at, _)| (Danger::Socket, at, "holds the socket of the container engine".to_owned()));
    let host = p.host_namespace.iter().map(|n| (Danger::Other, n.at, format!("shares a namespace of the host ({})", n.value)));
    let added = p
        .added
        .iter()
        .filter(|c| ADDED.contains(&c.value.to_ascii_uppercase().trim_start_matches("CAP_")))
        .map(|c| (Danger::Other, c.at, format!("is given the capability {}", c.value)));
    let paths = p.host_paths.iter().map(|h| (Danger::Other, h.at, format!("mounts {} of the host", h.value)));
    privileged.into_iter().chain(socket).chain(host).chain(added).chain(paths)
}

/// What is taken away from a container that has no power over its host.
fn hardening(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let name = &service.name;
    let p = &service.privileges;
    // What Pod Security enforces on the namespace holds for every pod in it.
    let enforced =
        service.labels.iter().find(|(n, v)| n == "pod-security.kubernetes.io/enforce" && v.value == "restricted").map(|(_, v)| v.at);
    let all = p.dropped.iter().find(|c| c.value.eq_ignore_ascii_case("ALL"));
    let kubernetes = service.runtime == Runtime::Kubernetes;
    let mut facets: Vec<(&str, Option<Location>)> = match service.runtime {
        Runtime::Ecs => vec![("a read-only root file system", p.read_only)],
        _ => vec![
            ("no new privileges", p.no_new_privileges.or(enforced)),
            ("capabilities dropped", all.map(|c| c.at).or(enforced).or_else(|| p.dropped.first().map(|c| c.at).filter(|_| !kubernetes))),
            ("a read-only root file system", p.read_only),
        ],
    };
    if kubernetes {
        facets.push(("a seccomp profile", p.seccomp.or(enforced)));
    }
    for (what, at) in &facets {
        if let Some(at) = at {
            tally.met(&subject, Evidence::seen(*at, format!("`{name}` has {what}"), Grade::Active));
        }
    }
    let missing: Vec<&str> = facets.iter().filter(|(_, at)| at.is_none()).map(|(what, _)| *what).collect();
    if missing.is_empty() {
        return;
    }
    if let Some(at) = p.undecided {
        let missing = format!("what else `{name}` may not do: its security context is decided elsewhere ({})", system.path_at(at));
        tally.doubt(&subject, Question::new(missing, "render the chart with the values of production, or state them here"));
        return;
    }
    // What others build is theirs to harden: taking away the means to gain rights is enough.
    if !service.owned() && missing.len() < facets.len() && p.no_new_privileges.is_some() {
        return;
    }
    if missing.len() == facets.len() {
        tally.met(
            &subject,
            Evidence::sought(
                format!("privileged mode, host namespaces, the engine's socket or added capabilities for `{name}`"),
                system.deployment_scope(),
            ),
        );
    }
    let gap = Gap::new(
        "nothing-dropped",
        format!("`{name}` keeps more than it needs: {} missing", missing.join(", ")),
        Evidence::noted(service.at, format!("`{name}` is declared without them")),
    );
    tally.gap(&subject, gap.so("whoever breaks in can write to the file system and use every default capability"));
}
