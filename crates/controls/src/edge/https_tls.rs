//! Is every way in from the internet encrypted, with the plain one sent on to it?

use std::collections::BTreeSet;

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::container::Port;
use plimsoll_model::estate::{Entry, EntryKind, Listener, ListenerAction, Property, Renewal, Security, placeholder};

use super::doors::{Doors, carries, encrypted, no_edge, nothing_public, says, serves};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "edge/https-tls", page: include_str!("https_tls.md"), check };

const OPEN: &str = "passwords, sessions and everything else on this way can be read and changed by whoever carries it";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let doors = Doors::of(system);
    let sealed: Vec<&Entry> = doors.entries.iter().copied().filter(|e| e.encrypted().next().is_some()).collect();
    let led = led(system, &sealed);
    for entry in &doors.entries {
        // What no encrypted entry leads to is no second way to anything: its plain way is the only one.
        let apart = led.as_ref().is_some_and(|led| !sealed.is_empty() && apart(entry, led));
        judge(system, entry, &sealed, apart, &mut tally);
    }
    for (service, port) in &doors.ports {
        let subject = Subject::named(&service.name);
        let proof = Evidence::noted(port.at, format!("`{}` publishes {}", service.name, port.says));
        if encrypted(port) {
            let missing = format!("whether `{}` encrypts what it answers on its own port ({})", service.name, port.says);
            tally.doubt(&subject, Question::new(missing, "show a request to the port with its certificate"));
        } else if plain_of_two(port) && doors.ports.iter().any(|(s, p)| s.name == service.name && encrypted(p)) {
            let missing = format!("whether `{}` sends plain HTTP on to HTTPS ({})", service.name, port.says);
            tally.doubt(&subject, Question::new(missing, "add its configuration, or show the answer to a plain request"));
        } else if sealed.is_empty() {
            let gap = Gap::new("plain-port", format!("`{}` is reached over plain HTTP ({})", service.name, port.says), proof);
            tally.gap(&subject, gap.so(OPEN));
        } else {
            let gap = Gap::new(
                "second-path",
                format!("`{}` is also reached over plain HTTP, around the encrypted entry ({})", service.name, port.says),
                proof,
            );
            tally.gap(&subject, gap.so("who takes this way meets neither the certificate nor what else guards the entry"));
        }
    }
    for service in &doors.unled {
        let missing = format!("how `{}` is reached: its platform's address and its certificate are not declared", service.name);
        tally.doubt(&Subject::named(&service.name), Question::new(missing, "show a request from outside with its certificate"));
    }
    if tally.is_empty() && (serves(system) || !doors.is_empty()) {
        tally.doubt(&Subject::system(), no_edge(system));
    }
    tally.finish(|| nothing_public(system))
}

/// What the encrypted entries lead to, over however many further entries; none where that is not known of one of them.
fn led<'a>(system: &'a System, sealed: &[&'a Entry]) -> Option<BTreeSet<&'a str>> {
    let mut found: BTreeSet<&str> = sealed.iter().map(|e| e.name.as_str()).collect();
    let mut open: Vec<&Entry> = sealed.to_vec();
    while let Some(entry) = open.pop() {
        if entry.targets.is_empty() {
            return None;
        }
        for target in &entry.targets {
            let name = target.name.as_deref()?;
            if found.insert(name) {
                open.extend(system.infrastructure().entries.iter().filter(|e| e.name == name));
            }
        }
    }
    Some(found)
}

/// Whether an entry only answers in the clear, and neither it nor anything behind it is among what the encrypted entries lead to.
fn apart(entry: &Entry, led: &BTreeSet<&str>) -> bool {
    let behind = |name: Option<&str>| name.is_some_and(|n| !led.contains(n));
    entry.encrypted().next().is_none()
        && entry.plain().next().is_some()
        && !entry.targets.is_empty()
        && behind(Some(&entry.name))
        && entry.targets.iter().all(|t| behind(t.name.as_deref()))
}

/// Whether a port is the usual one of plain HTTP. Beside one for TLS of the same service it is there for redirects and for proving a
/// name to an issuer of certificates; whether it also answers is in a configuration that is not here.
fn plain_of_two(port: &Port) -> bool {
    let number = |p: &Option<String>| p.as_deref().is_some_and(|n| n == "80" || n == "8080");
    number(&port.target) || port.target.is_none() && number(&port.published)
}

fn judge(system: &System, entry: &Entry, sealed: &[&Entry], apart: bool, tally: &mut Tally) {
    let subject = Subject::named(&entry.name).exposed(apart && entry.public.on());
    let unsure = if entry.public.known().is_none() { Some(&entry.public) } else { Some(&entry.enabled).filter(|e| e.known().is_none()) };
    if let Some(unsure) = unsure {
        let missing = format!("whether the internet reaches `{}`, and how: {}", entry.name, unsure.says);
        tally.doubt(&subject, Question::new(missing, "show the configuration that decides it, or a request from outside"));
        return;
    }
    if let Some(defect) = &entry.defect {
        let gap = Gap::new(
            "configuration-missing",
            format!("`{}` cannot serve as declared: {}", entry.name, defect.value),
            Evidence::noted(defect.at, defect.value.clone()),
        );
        tally.gap(&subject, gap.so("the proxy does not start, or starts without certificates and redirects"));
        return;
    }
    let fronted = sealed.iter().any(|e| e.name != entry.name && e.targets.iter().any(|t| t.name.as_deref() == Some(&entry.name)));
    for listener in entry.encrypted() {
        tally.met(&subject, Evidence::seen(listener.at, says(entry, listener), Grade::Active));
        certificate(entry, listener, fronted, &subject, tally);
    }
    let tls = entry.encrypted().next().is_some();
    for listener in &entry.listeners {
        plain(entry, listener, tls, !sealed.is_empty() && !apart, &subject, tally);
    }
    if tls {
        for listener in entry.listeners.iter().filter(|l| l.security == Security::Plain && l.action == ListenerAction::RedirectToTls) {
            tally.met(&subject, Evidence::seen(listener.at, says(entry, listener), Grade::Active));
        }
        old(entry, &subject, tally);
    }
    onward(entry, system, &subject, tally);
    if carries(entry) && sealed.is_empty() {
        let at = entry.listeners.first().map_or(entry.at, |l| l.at);
        let missing = format!("what ends TLS behind `{}`, which passes connections on as they come ({})", entry.name, system.path_at(at));
        tally.doubt(&subject, Question::new(missing, "show the configuration of what stands behind it"));
    }
}

fn certificate(entry: &Entry, listener: &Listener, fronted: bool, subject: &Subject, tally: &mut Tally) {
    let proof = || Evidence::noted(listener.certificate.as_ref().map_or(listener.at, |c| c.at), says(entry, listener));
    match &listener.certificate {
        Some(shown) if listener.renewal == Renewal::ByHand && shown.value.contains("no browser trusts") => {
            let gap = Gap::new("untrusted-certificate", format!("the certificate of `{}`: {}", entry.name, shown.value), proof());
            tally.gap(subject, gap.so("browsers warn, and people learn to click the warning away"));
        }
        Some(shown) if listener.renewal == Renewal::ByHand => {
            let gap =
                Gap::new("manual-certificate", format!("nothing renews the certificate of `{}` ({})", entry.name, shown.value), proof());
            tally.gap(subject, gap.so("the day it runs out nobody can reach the system"));
        }
        Some(shown) if listener.renewal == Renewal::Forgotten => {
            let says = format!("the certificate of `{}` ({}) is kept where it is lost with the container", entry.name, shown.value);
            let gap = Gap::new("certificate-forgotten", says, proof());
            tally.gap(subject, gap.so("every restart asks for a new one, until the issuer refuses for days and browsers warn"));
        }
        Some(shown)
            if listener.renewal == Renewal::Unresolved
                && (shown.value.starts_with("issued by") || shown.value.starts_with("certresolver")) =>
        {
            let missing = format!("what issues the certificate of `{}`: {} is not declared here", entry.name, shown.value);
            tally.doubt(subject, Question::new(missing, "add the issuer's manifest, or show the certificate that is served"));
        }
        None if entry.domains.is_empty() && !fronted && entry.kind != EntryKind::Proxy && entry.kind != EntryKind::Ingress => {
            let gap = Gap::new("default-domain", format!("`{}` has no name of its own, only the provider's", entry.name), proof());
            tally.gap(subject, gap.so("the address changes with the resource, and every link, cookie and callback with it"));
        }
        _ => {}
    }
    if !entry.domains.is_empty() && entry.domains.iter().all(|d| placeholder(&d.value)) {
        let named = &entry.domains[0];
        let gap = Gap::new(
            "placeholder-domain",
            format!("`{}` serves `{}`, which is a placeholder", entry.name, named.value),
            Evidence::noted(named.at, named.value.clone()),
        );
        tally.gap(subject, gap.so("no certificate is issued for a name that is not yours"));
    }
}

fn plain(entry: &Entry, listener: &Listener, tls: bool, elsewhere: bool, subject: &Subject, tally: &mut Tally) {
    let proof = || Evidence::noted(listener.at, says(entry, listener));
    match (listener.security, listener.action) {
        (Security::Plain, ListenerAction::Forward) => {
            let gap = if tls {
                Gap::new("no-redirect", format!("`{}` answers plain HTTP beside HTTPS", entry.name), proof())
                    .so("who types the bare name, or follows an old link, stays on the plain way")
            } else if elsewhere {
                Gap::new("second-path", format!("`{}` is reached over plain HTTP, around the encrypted entry", entry.name), proof())
                    .so("who takes this way meets neither the certificate nor what else guards the entry")
            } else {
                Gap::new("plain-entry", format!("`{}` answers plain HTTP only", entry.name), proof()).so(OPEN)
            };
            tally.gap(subject, gap);
        }
        (Security::Unresolved, _) => {
            let missing = format!("whether `{}` encrypts: {}", entry.name, listener.says);
            tally.doubt(subject, Question::new(missing, "show the value that decides it, or a request from outside"));
        }
        (Security::Plain, ListenerAction::Unresolved) => {
            let missing = format!("whether `{}` sends plain requests on to HTTPS: {}", entry.name, listener.says);
            tally.doubt(subject, Question::new(missing, "request the plain address and show the answer"));
        }
        _ => {}
    }
}

/// Policies and versions that still admit TLS 1.0 or 1.1.
fn old(entry: &Entry, subject: &Subject, tally: &mut Tally) {
    let Some(Property { setting, at, says }) = &entry.minimum_tls else { return };
    let Some(policy) = setting.known().filter(|p| outdated(p)) else { return };
    let proof = Evidence::noted(*at, says.clone());
    let gap = Gap::new("old-tls", format!("`{}` still admits TLS 1.0 or 1.1 ({policy})", entry.name), proof);
    tally.gap(subject, gap.so("versions with known weaknesses can be negotiated"));
}

/// Whether a policy's name, a version or a list of versions admits TLS 1.0 or 1.1. Source: the providers' tables of policies.
fn outdated(policy: &str) -> bool {
    let word = policy.trim().to_ascii_lowercase();
    let listed = word
        .split([' ', ','])
        .any(|w| matches!(w, "tlsv1" | "tlsv1.0" | "tlsv1.1" | "sslv3" | "1.0" | "1.1" | "tls_1_0" | "tls_1_1" | "tls1_0" | "tls1_1"));
    let aws = [
        "elbsecuritypolicy-2016-08",
        "elbsecuritypolicy-2015-05",
        "elbsecuritypolicy-tls-1-0-2015-04",
        "elbsecuritypolicy-tls-1-1-2017-01",
        "elbsecuritypolicy-fs-2018-06",
        "elbsecuritypolicy-fs-1-1-2019-08",
        "elbsecuritypolicy-tls13-1-0-2021-06",
        "elbsecuritypolicy-tls13-1-1-2021-06",
    ];
    let named = ["tlsv1_2016", "tlsv1.1_2016", "appgwsslpolicy20150501", "appgwsslpolicy20170401", "tlsv1_0", "tlsv1_1"];
    listed || aws.contains(&word.as_str()) || named.contains(&word.as_str())
}

fn onward(entry: &Entry, system: &System, subject: &Subject, tally: &mut Tally) {
    for target in &entry.targets {
        let host = target.host.as_deref().or(target.name.as_deref()).unwrap_or("its origin");
        if target.over_internet && target.security == Security::Plain {
            let proof = Evidence::noted(target.at, format!("`{}` asks {host} over plain HTTP", entry.name));
            let gap = Gap::new("origin-plain", format!("`{}` asks its origin over plain HTTP across the internet", entry.name), proof);
            tally.gap(subject, gap.so("the padlock in the browser hides that the second half of the way is open"));
        } else if target.over_internet && target.security == Security::Unresolved {
            let missing = format!("whether the way from `{}` to {host} is encrypted ({})", entry.name, system.path_at(target.at));
            tally.doubt(subject, Question::new(missing, "declare the zone's TLS mode or the origin's protocol"));
        }
        if let Some(why) = &target.unstable {
            let proof = Evidence::noted(target.at, why.clone());
            let gap = Gap::new("changing-origin", format!("the origin of `{}` cannot last: {why}", entry.name), proof);
            tally.gap(subject, gap.so("after the next restart the entry leads nowhere, or to somebody else's machine"));
        }
    }
}
