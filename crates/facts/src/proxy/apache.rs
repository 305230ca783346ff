//! Apache in outline: virtual hosts, certificates, redirects, ways on.

use plimsoll_base::{Location, Sourced};

use super::files::place;
use super::{Proxy, onward, renewal};
use crate::infrastructure::{Entry, Listener, ListenerAction, Security};
use crate::library::Held;

/// Lines of one file that are read.
const MAX_LINES: usize = 20_000;

#[derive(Default)]
struct Host {
    port: Option<u16>,
    at: Option<Location>,
    encrypted: bool,
    certificate: Option<Sourced<String>>,
    redirect: Option<Location>,
}

/// Reads what the container's Apache loads.
pub(super) fn read(proxy: &Proxy<'_>, entry: &mut Entry) {
    let mut files: Vec<&Held> = Vec::new();
    for folder in ["/usr/local/apache2/conf", "/etc/apache2", "/etc/httpd"] {
        files.extend(proxy.files.below(folder, ".conf"));
    }
    for held in files {
        hosts(proxy, held, entry);
    }
    if entry.listeners.is_empty() && proxy.files.hidden.is_none() && proxy.files.missing.is_empty() {
        let says = "the image's own configuration answers plain HTTP";
        entry.listeners.push(Listener::new(proxy.workload.at, Some(80), Security::Plain, ListenerAction::Forward, says));
    }
}

fn hosts(proxy: &Proxy<'_>, held: &Held, entry: &mut Entry) {
    let text = held.text();
    let mut host: Option<Host> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n').take(MAX_LINES) {
        let at = place(held, start + (line.len() - line.trim_start().len()), start + line.trim_end().len());
        start += line.len();
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(head) = words.first().map(|h| h.to_ascii_lowercase()) else { continue };
        match (head.as_str(), &mut host) {
            ("<virtualhost", _) => {
                let port = words.get(1).and_then(|a| a.trim_end_matches('>').rsplit(':').next()).and_then(|p| p.parse().ok());
                host = Some(Host { port, at: Some(at), ..Host::default() });
            }
            ("</virtualhost>", open) => {
                if let Some(done) = open.take() {
                    entry.listeners.push(listener(proxy, done, at));
                }
            }
            ("sslengine", Some(h)) => h.encrypted = words.get(1).is_some_and(|w| w.eq_ignore_ascii_case("on")),
            ("sslcertificatefile", Some(h)) => h.certificate = words.get(1).map(|w| Sourced::new((*w).trim_matches('"').to_owned(), at)),
            ("redirect" | "redirectmatch" | "rewriterule", Some(h)) if words.iter().any(|w| w.starts_with("https://")) => {
                h.redirect = Some(at)
            }
            ("servername" | "serveralias", Some(_)) => entry.domains.extend(words[1..].iter().map(|w| Sourced::new((*w).to_owned(), at))),
            ("proxypass", _) => {
                if let Some(to) = words.iter().skip(1).find(|w| w.contains("://")) {
                    entry.targets.push(onward(at, to, proxy.project));
                }
            }
            _ => {}
        }
    }
}

fn listener(proxy: &Proxy<'_>, host: Host, end: Location) -> Listener {
    let at = host.redirect.or(host.at).unwrap_or(end);
    let security = if host.encrypted { Security::Tls } else { Security::Plain };
    let action = if !host.encrypted && host.redirect.is_some() { ListenerAction::RedirectToTls } else { ListenerAction::Forward };
    let says = match (security, action) {
        (Security::Tls, _) => "SSLEngine on",
        (_, ListenerAction::RedirectToTls) => "the virtual host redirects to HTTPS",
        _ => "the virtual host answers plain HTTP",
    };
    let mut found = Listener::new(at, host.port, security, action, says);
    if let Some(certificate) = host.certificate {
        let renewed = proxy.project.workloads.iter().any(super::nginx::renews);
        found.renewal = if renewed { crate::infrastructure::Renewal::Automatic } else { renewal(&certificate.value) };
        found.certificate = Some(certificate);
    }
    found
}
