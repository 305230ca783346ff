//! Caddy: a site with a name of its own gets a certificate and a redirect by itself.

mod parse;
mod treatment;

use plimsoll_base::{Location, Sourced};

use self::parse::Directive;
use super::{Proxy, local, onward, renewal};
use crate::container::ValueSource;
use crate::infrastructure::{Entry, Listener, ListenerAction, Renewal, Security};

struct Site {
    addresses: Vec<Sourced<String>>,
    tls: Option<Sourced<String>>,
    upstreams: Vec<Sourced<String>>,
    redirect: Option<Location>,
    block: Vec<Directive>,
}

/// Reads what the container's Caddy loads.
pub(super) fn read(proxy: &Proxy<'_>, entry: &mut Entry) {
    let words: Vec<String> =
        proxy.workload.command.as_ref().map(|c| c.value.join(" ")).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    let named = words.iter().position(|w| w == "--config" || w == "-c").and_then(|i| words.get(i + 1));
    let held = match named {
        Some(path) => proxy.files.get(path),
        None => proxy.files.get("/etc/caddy/Caddyfile").or_else(|| proxy.files.find(|p| p.ends_with("/Caddyfile"))),
    };
    let Some(held) = held else {
        if words.iter().any(|w| w == "reverse-proxy") {
            single(proxy, &words, entry);
        } else if proxy.workload.build.is_some() {
            let says = "its image is built here, and the configuration that it is given is not found";
            entry.listeners.push(Listener::new(proxy.workload.at, None, Security::Unresolved, ListenerAction::Unresolved, says));
        } else if proxy.files.hidden.is_none() && proxy.files.missing.is_empty() {
            let says = "the image's own configuration answers plain HTTP";
            entry.listeners.push(Listener::new(proxy.workload.at, Some(80), Security::Plain, ListenerAction::Forward, says));
        }
        return;
    };
    let (sites, automatic) = sites(parse::parse(held));
    for site in &sites {
        for address in &site.addresses {
            answer(proxy, site, address, automatic, entry);
        }
        for upstream in &site.upstreams {
            entry.targets.push(onward(upstream.at, &upstream.value, proxy.project));
        }
        treatment::routes(proxy, &site.block, entry);
    }
}

/// `caddy reverse-proxy --from example.org --to app:3000`.
fn single(proxy: &Proxy<'_>, words: &[String], entry: &mut Entry) {
    let at = proxy.workload.command.as_ref().map_or(proxy.workload.at, |c| c.at);
    let after = |flag: &str| words.iter().position(|w| w == flag).and_then(|i| words.get(i + 1)).map(|w| Sourced::new(w.clone(), at));
    let site = Site {
        addresses: after("--from").into_iter().collect(),
        tls: None,
        upstreams: after("--to").into_iter().collect(),
        redirect: None,
        block: Vec::new(),
    };
    for address in &site.addresses {
        answer(proxy, &site, address, true, entry);
    }
    for upstream in &site.upstreams {
        entry.targets.push(onward(at, &upstream.value, proxy.project));
    }
}

fn answer(proxy: &Proxy<'_>, site: &Site, address: &Sourced<String>, automatic: bool, entry: &mut Entry) {
    let at = address.at;
    let Some(text) = filled(proxy, &address.value) else {
        let says = format!("the name `{}` is given when it starts", address.value);
        entry.listeners.push(Listener::new(at, None, Security::Unresolved, ListenerAction::Unresolved, says));
        return;
    };
    let (scheme, rest) = text.split_once("://").map_or((None, text.as_str()), |(s, r)| (Some(s), r));
    let rest = rest.split('/').next().unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => (host, port.parse::<u16>().ok()),
        _ => (rest, None),
    };
    let public = !host.is_empty() && !local(host);
    let named = public || host.starts_with('*');
    let plain = scheme == Some("http") || port == Some(80) || !automatic && site.tls.is_none() || !named && site.tls.is_none();
    if plain {
        let action = if site.redirect.is_some() { ListenerAction::RedirectToTls } else { ListenerAction::Forward };
        let says = format!("`{}` is served without TLS", address.value);
        entry.listeners.push(Listener::new(site.redirect.unwrap_or(at), port.or(Some(80)), Security::Plain, action, says));
        return;
    }
    let mut listener =
        Listener::new(at, port.or(Some(443)), Security::Tls, ListenerAction::Forward, format!("`{}` is served over HTTPS", address.value));
    match &site.tls {
        Some(tls) if tls.value.split_whitespace().next() == Some("internal") => {
            listener.renewal = Renewal::ByHand;
            listener.certificate = Some(Sourced::new("Caddy's own authority, which no browser trusts".into(), tls.at));
        }
        Some(tls) if tls.value.contains('/') || tls.value.contains(".pem") => {
            listener.renewal = renewal(&tls.value);
            listener.certificate = Some(tls.clone());
        }
        _ => listener.certificate = Some(Sourced::new("fetched and renewed by Caddy".into(), at)),
    }
    entry.listeners.push(listener);
    if port.is_none() || port == Some(443) {
        let says = "Caddy sends HTTP on to HTTPS";
        entry.listeners.push(Listener::new(at, Some(80), Security::Plain, ListenerAction::RedirectToTls, says));
    }
    if public {
        entry.domains.push(Sourced::new(host.to_owned(), at));
    }
}

/// An address with its variables filled in from the container's environment; none where one is decided elsewhere.
fn filled(proxy: &Proxy<'_>, address: &str) -> Option<String> {
    let mut text = address.to_owned();
    for _ in 0..8 {
        let Some((start, length)) = text.find("{$").and_then(|s| Some((s, text[s..].find('}')? + 1))) else {
            return (!text.contains("{$")).then_some(text);
        };
        let inner = &text[start + 2..start + length - 1];
        let (name, default) = inner.split_once(':').map_or((inner, None), |(n, d)| (n, Some(d)));
        let value = proxy.workload.environment.iter().find(|v| v.name == name).map(|v| &v.value);
        let value = match value {
            Some(ValueSource::Literal(value) | ValueSource::EnvFile { value, .. }) => value.clone(),
            Some(ValueSource::Interpolated { resolved: Some(value), .. }) => value.clone(),
            Some(_) => return None,
            None => default.filter(|d| !local(d))?.to_owned(),
        };
        text.replace_range(start..start + length, &value);
    }
    None
}

/// The sites of a Caddyfile, and whether certificates are fetched by themselves.
fn sites(blocks: Vec<Directive>) -> (Vec<Site>, bool) {
    let mut found: Vec<Site> = Vec::new();
    let mut automatic = true;
    // A file of one site needs no braces: its first line is its name, and the others are directives.
    let single = blocks.first().is_some_and(|d| !d.opens && !d.words.last().is_some_and(|w| w.ends_with(',')));
    let mut pending: Vec<Sourced<String>> = Vec::new();
    let mut blocks = blocks.into_iter().peekable();
    if blocks.peek().is_some_and(|d| d.words.is_empty()) {
        let global = blocks.next().map(|d| d.block).unwrap_or_default();
        automatic = !global.iter().any(|d| d.name() == "auto_https" && d.words.iter().any(|w| w == "off"));
    }
    while let Some(directive) = blocks.next() {
        let names = directive.words.iter().flat_map(|w| w.split(',')).map(str::trim).filter(|a| !a.is_empty());
        pending.extend(names.map(|a| Sourced::new(a.to_owned(), directive.at)));
        // Addresses may go on over lines that end with a comma.
        if !directive.opens && directive.words.last().is_some_and(|w| w.ends_with(',')) {
            continue;
        }
        let mut site =
            Site { addresses: std::mem::take(&mut pending), tls: None, upstreams: Vec::new(), redirect: None, block: directive.block };
        if single {
            site.block = blocks.by_ref().collect();
        }
        let block = std::mem::take(&mut site.block);
        learn(&block, &mut site, 0);
        site.block = block;
        found.push(site);
    }
    (found, automatic)
}

fn learn(block: &[Directive], site: &mut Site, depth: usize) {
    for directive in block {
        match directive.name() {
            "tls" if depth == 0 => site.tls = Some(Sourced::new(directive.words[1..].join(" "), directive.at)),
            "redir" if directive.words.iter().any(|w| w.starts_with("https://")) => site.redirect = Some(directive.at),
            "reverse_proxy" => {
                let to = directive.args().iter().filter(|w| w.contains(':') || w.contains('.') || !w.contains('{'));
                site.upstreams.extend(to.map(|w| Sourced::new(w.clone(), directive.at)));
            }
            "to" => site.upstreams.extend(directive.words[1..].iter().map(|w| Sourced::new(w.clone(), directive.at))),
            _ => {}
        }
        if depth < 16 {
            learn(&directive.block, site, depth + 1);
        }
    }
}
