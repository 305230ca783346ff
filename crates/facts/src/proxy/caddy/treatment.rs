//! What Caddy does on each way through a site.

use plimsoll_base::Sourced;

use super::super::{MOST, Proxy, onward};
use super::parse::Directive;
use crate::infrastructure::{Entry, HeaderRule, Leads, Property, RateKey, RateLimit, Route, Treatment, size};

/// Tells the ways through one site.
pub(super) fn routes(proxy: &Proxy<'_>, site: &[Directive], entry: &mut Entry) {
    walk(proxy, site, &Treatment::default(), 0, entry);
}

fn walk(proxy: &Proxy<'_>, block: &[Directive], outer: &Treatment, depth: usize, entry: &mut Entry) {
    let mut own = Treatment::default();
    block.iter().for_each(|d| treat(d, &mut own));
    own.within(outer);
    for directive in block.iter().filter(|_| depth < 16) {
        if entry.routes.len() >= MOST {
            return;
        }
        let leads = match directive.name() {
            "handle" | "handle_path" | "route" => {
                walk(proxy, &directive.block, &own, depth + 1, entry);
                continue;
            }
            "reverse_proxy" | "php_fastcgi" => forward(proxy, directive),
            "file_server" => Leads::Files,
            "respond" | "redir" if directive.matcher().is_none() => Leads::Answer,
            _ => continue,
        };
        let mut treatment = own.clone();
        if matches!(leads, Leads::To(_) | Leads::Elsewhere(_)) {
            let says = "Caddy tells the client's address and scheme to what stands behind it";
            treatment.forwarded = Some(Property::defaulted(true, directive.at, says));
            let timeouts = directive.block.iter().flat_map(|d| &d.block).filter(|d| d.name().ends_with("_timeout"));
            treatment.timeouts.extend(timeouts.map(|d| Sourced::new(d.says(), d.at)));
            for inner in directive.block.iter().filter(|d| d.name() == "header_down") {
                put(&inner.words[1..], inner, &mut treatment);
            }
        }
        entry.routes.push(Route { at: directive.at, says: directive.says(), leads, treatment });
    }
}

fn forward(proxy: &Proxy<'_>, directive: &Directive) -> Leads {
    let inner = directive.block.iter().find(|d| d.name() == "to").map(|d| d.args());
    let address = directive.args().iter().chain(inner.into_iter().flatten()).find(|a| !a.starts_with('{'));
    let Some(address) = address else { return Leads::Elsewhere("an address that is decided elsewhere".into()) };
    match onward(directive.at, address, proxy.project).name {
        Some(name) => Leads::To(name),
        None => Leads::Elsewhere(address.clone()),
    }
}

/// What one directive does to the whole block that it stands in. One for some requests only does nothing for the others.
fn treat(directive: &Directive, made: &mut Treatment) {
    let said = || Sourced::new(directive.says(), directive.at);
    match directive.name() {
        "header" if directive.matcher().is_none() => {
            put(directive.args(), directive, made);
            for inner in &directive.block {
                put(&inner.words, inner, made);
            }
        }
        "request_body" if directive.matcher().is_none() => {
            if let Some(bound) = directive.block.iter().find(|d| d.name() == "max_size")
                && let Some(text) = bound.words.get(1)
            {
                made.body = Some(match size(text) {
                    Some(bytes) => Property::stated(bytes, bound.at, bound.says()),
                    None => Property::unresolved(bound.at, bound.says()),
                });
            }
        }
        // A module that is compiled in, not part of Caddy itself.
        "rate_limit" => {
            let key = directive.block.iter().flat_map(|d| &d.block).find(|d| d.name() == "key").and_then(|d| d.words.get(1));
            let key = match key.map(String::as_str) {
                Some(k) if k.contains("remote") => RateKey::Peer,
                Some(k) if k.contains('{') => RateKey::Client,
                Some(_) => RateKey::Everybody,
                None => RateKey::Peer,
            };
            made.limits.push(RateLimit { at: directive.at, says: directive.says(), key });
        }
        "encode" => made.compression = Some(said()),
        "basic_auth" | "basicauth" | "forward_auth" if directive.matcher().is_none() => made.restrictions.push(said()),
        // A file, or a snippet that is not in this one.
        "import" => made.undecided = made.undecided.take().or(Some(said())),
        _ => {}
    }
}

fn put(words: &[String], directive: &Directive, made: &mut Treatment) {
    let (Some(name), Some(value)) = (words.first(), words.get(1)) else { return };
    // `-Server` takes a header away, `+Via` and `?Via` set one.
    if !name.starts_with('-') && name != "defer" {
        let mut rule = HeaderRule::new(name.trim_start_matches(['+', '?', '>']), value.clone(), directive.at);
        rule.says = directive.says();
        made.header(rule);
    }
}
