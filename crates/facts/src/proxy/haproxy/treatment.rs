//! What HAProxy does on the way from a frontend to its backends.

use std::collections::BTreeMap;

use plimsoll_base::{Location, Sourced};

use super::super::files::place;
use super::super::{MOST, Proxy, onward};
use super::MAX_LINES;
use crate::infrastructure::{Dormant, Entry, HeaderRule, Leads, Measure, Property, RateKey, RateLimit, Route, Treatment};
use crate::library::Held;

/// One section: `defaults`, `frontend web`, `backend app`.
#[derive(Default)]
struct Section {
    kind: String,
    lines: Vec<(Vec<String>, Location)>,
}

impl Section {
    fn find(&self, head: &str) -> impl Iterator<Item = &(Vec<String>, Location)> {
        self.lines.iter().filter(move |(words, _)| words[0] == head)
    }
    fn says(&self, head: &[&str]) -> Option<Location> {
        self.lines.iter().find(|(words, _)| words.iter().map(String::as_str).take(head.len()).eq(head.iter().copied())).map(|(_, at)| *at)
    }
}

/// Tells the ways from each frontend to the backends that it names.
pub(super) fn routes(proxy: &Proxy<'_>, held: &Held, entry: &mut Entry) {
    let sections = sections(held);
    let empty = Section::default();
    let named = |kind: &str, name: &str| sections.get(&format!("{kind} {name}"));
    let defaults = sections.values().find(|s| s.kind == "defaults").unwrap_or(&empty);
    for (title, front) in sections.iter().filter(|(_, s)| matches!(s.kind.as_str(), "frontend" | "listen")) {
        let mut made = Treatment::default();
        treat(front, &mut made, entry);
        let mut backs: Vec<(&Section, &str)> = Vec::new();
        for (words, _) in front.find("default_backend").chain(front.find("use_backend")) {
            backs.extend(words.get(1).and_then(|name| Some((named("backend", name)?, name.as_str()))));
        }
        if front.kind == "listen" {
            backs.push((front, title));
        }
        for (back, name) in backs {
            if entry.routes.len() >= MOST {
                return;
            }
            let mut treatment = Treatment::default();
            if !std::ptr::eq(back, front) {
                treat(back, &mut treatment, entry);
            }
            treatment.within(&made);
            let around = [back, front, defaults];
            treatment.timeouts = around.iter().flat_map(|s| s.find("timeout")).map(|(w, at)| Sourced::new(w.join(" "), *at)).collect();
            let told = around.iter().find_map(|s| s.says(&["option", "forwardfor"]));
            let Some((server, at)) = back.find("server").next() else { continue };
            let tcp = [back, defaults].iter().any(|s| s.says(&["mode", "tcp"]).is_some()) && back.says(&["mode", "http"]).is_none();
            treatment.forwarded = (!tcp).then(|| match told {
                Some(at) => Property::stated(true, at, "option forwardfor"),
                None => Property::stated(false, *at, "`option forwardfor` is not set: the client's address is not told"),
            });
            let address = server.get(2).cloned().unwrap_or_default();
            let leads = match onward(*at, &address, proxy.project).name {
                Some(name) => Leads::To(name),
                None => Leads::Elsewhere(address),
            };
            entry.routes.push(Route { at: *at, says: format!("backend {name}"), leads, treatment });
        }
    }
}

fn sections(held: &Held) -> BTreeMap<String, Section> {
    let text = held.text();
    let mut found: BTreeMap<String, Section> = BTreeMap::new();
    let mut current = String::new();
    let mut start = 0;
    for line in text.split_inclusive('\n').take(MAX_LINES) {
        let at = place(held, start + (line.len() - line.trim_start().len()), start + line.trim_end().len());
        start += line.len();
        let words: Vec<String> = line.split_whitespace().take_while(|w| !w.starts_with('#')).map(str::to_owned).collect();
        let Some(head) = words.first() else { continue };
        if line.starts_with([' ', '\t']) {
            found.entry(current.clone()).or_default().lines.push((words, at));
        } else {
            current = words.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
            found.entry(current.clone()).or_default().kind.clone_from(head);
        }
    }
    found
}

fn treat(section: &Section, made: &mut Treatment, entry: &mut Entry) {
    for (words, at) in section.find("http-response").chain(section.find("http-after-response")) {
        if let [_, action, name, value @ ..] = words.as_slice()
            && matches!(action.as_str(), "set-header" | "add-header")
        {
            let value: Vec<&str> = value.iter().map(String::as_str).take_while(|w| *w != "if" && *w != "unless").collect();
            let mut rule = HeaderRule::new(name, value.join(" ").replace('\\', "").trim_matches('"'), *at);
            rule.says = words.join(" ");
            made.header(rule);
        }
    }
    let asks = |words: &[String]| words.iter().any(|w| w.contains("req_rate") || w.contains("conn_rate") || w.contains("conn_cur"));
    let tracked = section.lines.iter().find(|(w, _)| w.get(1).is_some_and(|a| a.starts_with("track-sc")));
    let denied = section.lines.iter().find(|(w, _)| {
        matches!(w[0].as_str(), "http-request" | "tcp-request")
            && w.iter().any(|a| matches!(a.as_str(), "deny" | "reject" | "tarpit"))
            && refuses(section, w, &asks)
    });
    match (tracked, denied) {
        (Some(_), Some((words, at))) => {
            made.limits.push(RateLimit { at: *at, says: words.join(" "), key: RateKey::Peer });
        }
        (Some((words, at)), None) if entry.dormant.iter().all(|d| d.at != *at) => {
            let says = format!("`{}` counts requests and nothing refuses any", words.join(" "));
            entry.dormant.push(Dormant { measure: Measure::RateLimit, at: *at, says });
        }
        _ => {}
    }
    for (words, at) in section.find("http-request").filter(|(w, _)| w.get(1).is_some_and(|a| a == "auth")) {
        made.restrictions.push(Sourced::new(words.join(" "), *at));
    }
    made.compression = section.find("compression").next().map(|(w, at)| Sourced::new(w.join(" "), *at));
}

/// Whether a refusal hangs on how often somebody asked, by itself or by a condition that has a name.
fn refuses(section: &Section, words: &[String], asks: &dyn Fn(&[String]) -> bool) -> bool {
    asks(words) || section.find("acl").any(|(acl, _)| asks(acl) && acl.get(1).is_some_and(|name| words.contains(name)))
}
