//! Does all traffic from outside enter through one configured proxy, whose word the application takes?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::container::ValueSource;
use plimsoll_model::estate::{Entry, EntryKind, Listener, ListenerAction, Property, Target};
use plimsoll_model::{Service, ServiceKind, System};

use super::doors::{Doors, carries, no_edge, nothing_public, of_platform, serves};
use super::ways::{InCode, Ways};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "edge/reverse-proxy", page: include_str!("reverse_proxy.md"), check };

/// Whether the service's own code takes the client's address and scheme from the proxy, and from nobody else.
fn forwarded_headers_trusted_by_code(_system: &System, service: &Service) -> InCode {
    InCode::Unread(Question::new(
        format!(
            "whether `{}` takes the client's address and scheme from the proxy: neither its command nor its variables say so",
            service.name
        ),
        "show the setting of its framework, or a log line of a request from outside with the client's own address",
    ))
}

fn check(system: &System, mut tally: Tally) -> Judgement {
    let doors = Doors::of(system);
    let subject = Subject::system();
    let mut proxied = false;
    let mut platform = true;
    for entry in doors.entries.iter().filter(|e| e.kind != EntryKind::Site) {
        if entry.public.known().is_none() || entry.enabled.known().is_none() {
            let missing = format!("whether the internet reaches `{}`, and through what: {}", entry.name, entry.public.says);
            tally.doubt(&subject, Question::new(missing, "show the configuration that decides it"));
            continue;
        }
        if of_platform(entry) {
            tally.met(&subject, Evidence::seen(entry.at, format!("the platform's router leads to `{}`", entry.name), Grade::Active));
            proxied = true;
            continue;
        }
        platform = false;
        if let Some(defect) = &entry.defect {
            tally.met(&subject, Evidence::seen(entry.at, format!("`{}` is declared as the proxy", entry.name), Grade::Declared));
            let proof = Evidence::noted(defect.at, defect.value.clone());
            let gap = Gap::new("configuration-missing", format!("`{}` cannot serve as declared: {}", entry.name, defect.value), proof);
            tally.gap(&subject, gap.so("the proxy does not start, and who deploys it opens the application's own port instead"));
            proxied = true;
            continue;
        }
        if !carries(entry) {
            proxied |= judge(entry, &doors, &subject, &mut tally);
        }
    }
    for (service, port) in doors.ports.iter().filter(|(s, _)| s.owned()) {
        let proof = Evidence::noted(port.at, format!("`{}` publishes {}", service.name, port.says));
        let gap = if proxied {
            Gap::new("second-path", format!("`{}` is also reached around the proxy ({})", service.name, port.says), proof)
                .so("who takes this way meets none of the proxy's rules, and may claim any address as a client's")
        } else {
            Gap::new("direct", format!("`{}` stands on a public port by itself ({})", service.name, port.says), proof)
                .so("slow clients, floods and malformed requests meet the application's own server")
        };
        tally.gap(&subject, gap);
    }
    if proxied && !platform {
        trusted(system, &subject, &mut tally);
    }
    if tally.is_empty() && (serves(system) || !doors.is_empty()) {
        tally.doubt(&subject, no_edge(system));
    }
    tally.finish(|| nothing_public(system))
}

/// Judges an entry; whether it is a proxy at all: one that only answers by itself passes nothing on.
fn judge(entry: &Entry, doors: &Doors<'_>, subject: &Subject, tally: &mut Tally) -> bool {
    let silent = |l: &Listener| matches!(l.action, ListenerAction::RedirectToTls | ListenerAction::Refuse);
    if entry.listeners.iter().all(silent) && !entry.listeners.is_empty() {
        return false;
    }
    let unread =
        entry.listeners.iter().all(|l| l.action == ListenerAction::Unresolved) && entry.targets.is_empty() && entry.routes.is_empty();
    if unread {
        let says = entry.listeners.first().map_or("its configuration is not here", |l| l.says.as_str());
        tally.doubt(
            subject,
            Question::new(format!("what `{}` passes on, and how: {says}", entry.name), "add its configuration to the repository"),
        );
        return true;
    }
    let mut to: Vec<&str> = entry.targets.iter().filter_map(|t| t.name.as_deref().or(t.host.as_deref())).collect();
    to.dedup();
    to.truncate(4);
    let leads = if to.is_empty() { String::new() } else { format!(" and leads to {}", to.join(", ")) };
    tally.met(subject, Evidence::seen(entry.at, format!("`{}` takes requests in{leads}", entry.name), Grade::Active));
    if let Some(target) = entry.targets.iter().find(|t| t.stray) {
        let host = target.host.as_deref().unwrap_or_default();
        let proof = Evidence::noted(target.at, format!("`{}` passes requests on to {host}", entry.name));
        let gap = Gap::new("unknown-upstream", format!("`{}` leads to `{host}`, and no service is called that", entry.name), proof);
        tally.gap(subject, gap.so("the proxy refuses to start, or answers 502"));
    }
    let untold = |f: &&Property<bool>| f.off();
    let mut told = entry.routes.iter().filter_map(|r| r.treatment.forwarded.as_ref());
    if let Some(lost) = told.find(untold) {
        let gap = Gap::new(
            "forwarded-lost",
            format!("`{}` does not tell the client's address on: {}", entry.name, lost.says),
            Evidence::noted(lost.at, lost.says.clone()),
        );
        tally.gap(subject, gap.so("logs, limits and blocks see one client: the proxy"));
    }
    for target in entry.targets.iter().filter(|t| t.over_internet && !t.only_through_entry.as_ref().is_some_and(|o| o.on())) {
        around(entry, target, doors, subject, tally);
    }
    true
}

/// An origin on the internet that everybody can ask without the entry.
fn around(entry: &Entry, target: &Target, doors: &Doors<'_>, subject: &Subject, tally: &mut Tally) {
    let named = target.name.as_deref();
    let open = doors.entries.iter().find(|e| Some(e.name.as_str()) == named && e.public.on());
    match open {
        Some(open) => {
            let proof = Evidence::noted(open.public.at, format!("`{}`: {}", open.name, open.public.says));
            let gap = Gap::new("origin-open", format!("`{}` answers everybody, not only `{}`", open.name, entry.name), proof);
            tally.gap(subject, gap.so("who finds its address goes around the entry"));
        }
        None if named.is_none() => {
            let host = target.host.as_deref().unwrap_or("the origin");
            let missing = format!("whether {host} answers anybody else than `{}`", entry.name);
            tally.doubt(subject, Question::new(missing, "request the origin's own address from outside, or show the firewall before it"));
        }
        None => {}
    }
}

/// Whether what stands behind the proxies takes their word for who asks.
fn trusted(system: &System, subject: &Subject, tally: &mut Tally) {
    for reached in Ways::of(system).reached.iter().filter(|r| r.runs_code(system) && r.ways.iter().any(|w| !w.hops.is_empty())) {
        // A gateway hands a function who asks as part of the event.
        let Some(service) = reached.service().filter(|s| s.kind != ServiceKind::Function) else { continue };
        match stated(service) {
            Some(evidence) => tally.met(subject, evidence),
            None => match forwarded_headers_trusted_by_code(system, service) {
                InCode::Unread(question) => tally.doubt(subject, question),
            },
        }
    }
}

/// What a service's command or variables say of the headers by which a proxy tells who asks.
fn stated(service: &Service) -> Option<Evidence> {
    let flags = ["--proxy-headers", "--forwarded-allow-ips", "--trusted-proxies", "--trust-proxy"];
    let commands = service.command.iter().chain(&service.entrypoint);
    let said = commands
        .into_iter()
        .find_map(|c| Some((c.at, c.value.iter().flat_map(|w| w.split_whitespace()).find(|w| flags.iter().any(|f| w.starts_with(f)))?)));
    if let Some((at, flag)) = said {
        return Some(Evidence::seen(at, format!("`{}` is started with {flag}", service.name), Grade::Active));
    }
    let names = [
        "FORWARDED_ALLOW_IPS",
        "TRUST_PROXY",
        "TRUSTED_PROXIES",
        "ASPNETCORE_FORWARDEDHEADERS_ENABLED",
        "SERVER_FORWARD_HEADERS_STRATEGY",
        "KC_PROXY_HEADERS",
        "N8N_PROXY_HOPS",
    ];
    let variable = service.environment.iter().find(|v| names.contains(&v.name.as_str()))?;
    let off = matches!(&variable.value, ValueSource::Literal(v) if matches!(v.to_ascii_lowercase().as_str(), "" | "false" | "0" | "none" | "off"));
    (!off).then(|| Evidence::seen(variable.at, format!("{} is set for `{}`", variable.name, service.name), Grade::Active))
}
