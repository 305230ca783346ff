//! HAProxy: frontends, what they bind, the servers of backends, and what is done on the way from one to the other.

mod treatment;

use plimsoll_base::Sourced;

use super::files::place;
use super::{Proxy, onward, renewal};
use crate::infrastructure::{Entry, Listener, ListenerAction, Security};

/// Lines of one file that are read.
const MAX_LINES: usize = 20_000;

/// Reads what the container's HAProxy loads.
pub(super) fn read(proxy: &Proxy<'_>, entry: &mut Entry) {
    let held = proxy.files.get("/usr/local/etc/haproxy/haproxy.cfg").or_else(|| proxy.files.find(|p| p.ends_with("haproxy.cfg")));
    let Some(held) = held else { return };
    let text = held.text();
    let mut section = String::new();
    let mut tcp = false;
    let mut common_tcp = false;
    let mut first = 0;
    let mut start = 0;
    for line in text.split_inclusive('\n').take(MAX_LINES) {
        let at = place(held, start + (line.len() - line.trim_start().len()), start + line.trim_end().len());
        start += line.len();
        let words: Vec<&str> = line.split_whitespace().take_while(|w| !w.starts_with('#')).collect();
        let Some(head) = words.first() else { continue };
        if !line.starts_with([' ', '\t']) {
            section = (*head).to_owned();
            tcp = common_tcp;
            first = entry.listeners.len();
            continue;
        }
        match (*head, section.as_str()) {
            ("mode", _) => {
                tcp = words.get(1) == Some(&"tcp");
                if section == "defaults" {
                    common_tcp = tcp;
                }
                if tcp {
                    entry.listeners[first..]
                        .iter_mut()
                        .filter(|l| l.security == Security::Plain)
                        .for_each(|l| l.security = Security::PassedThrough);
                }
            }
            ("bind", "frontend" | "listen") => {
                let port = words.get(1).and_then(|a| a.rsplit(':').next()).and_then(|p| p.parse().ok());
                let ssl = words.contains(&"ssl");
                let security = if ssl {
                    Security::Tls
                } else if tcp {
                    Security::PassedThrough
                } else {
                    Security::Plain
                };
                let mut listener = Listener::new(at, port, security, ListenerAction::Forward, words.join(" "));
                if let Some(path) = words.iter().position(|w| *w == "crt").and_then(|i| words.get(i + 1)) {
                    listener.renewal = renewal(path);
                    listener.certificate = Some(Sourced::new((*path).to_owned(), at));
                }
                entry.listeners.push(listener);
            }
            ("redirect" | "http-request", "frontend" | "listen") if words.windows(2).any(|w| w == ["scheme", "https"]) => {
                for listener in entry.listeners[first..].iter_mut().filter(|l| l.security == Security::Plain) {
                    listener.action = ListenerAction::RedirectToTls;
                    listener.at = at;
                    listener.says = words.join(" ");
                }
            }
            ("server", "backend" | "listen") => {
                let Some(address) = words.get(2) else { continue };
                let scheme = if words.contains(&"ssl") { "https" } else { "http" };
                let mut target = onward(at, &format!("{scheme}://{address}"), proxy.project);
                target.health_check = words.contains(&"check").then_some(at);
                entry.targets.push(target);
            }
            _ => {}
        }
    }
    treatment::routes(proxy, held, entry);
}
