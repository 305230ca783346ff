//! nginx: servers, what they listen on, and where they pass requests on to.

mod treatment;

use std::collections::BTreeMap;

use plimsoll_base::{Location, Sourced};

use super::files::place;
use super::{MOST, Proxy, onward, renewal};
use crate::infrastructure::{Entry, Firewall, Listener, ListenerAction, Property, Renewal, Security};
use crate::library::Held;

/// Directives of one file, and blocks within blocks; beyond this the rest is not read.
const MAX_DIRECTIVES: usize = 20_000;
const MAX_DEPTH: usize = 16;
const MAX_INCLUDES: usize = 100;

/// One directive with its block.
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) args: Vec<String>,
    pub(super) at: Location,
    pub(super) block: Option<Vec<Directive>>,
}

impl Directive {
    fn inner(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or_default()
    }
    fn words(&self) -> String {
        format!("{} {}", self.name, self.args.join(" ")).trim().to_owned()
    }
}

/// The directives of a file.
pub(super) fn parse(held: &Held) -> Vec<Directive> {
    let text = held.text();
    let mut tokens = tokens(&text).into_iter();
    let mut left = MAX_DIRECTIVES;
    block(held, &mut tokens, 0, &mut left)
}

enum Token {
    Word(String, usize, usize),
    Open,
    Close,
    End(usize),
}

fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b if b.is_ascii_whitespace() => i += 1,
            b'#' => i += text[i..].find('\n').unwrap_or(text.len() - i),
            b'{' => {
                found.push(Token::Open);
                i += 1;
            }
            b'}' => {
                found.push(Token::Close);
                i += 1;
            }
            b';' => {
                found.push(Token::End(i + 1));
                i += 1;
            }
            quote @ (b'"' | b'\'') => {
                let start = i + 1;
                let mut end = start;
                while end < bytes.len() && bytes[end] != quote {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                let end = end.min(bytes.len());
                found.push(Token::Word(String::from_utf8_lossy(&bytes[start..end]).into_owned(), i, end + 1));
                i = end + 1;
            }
            _ => {
                let start = i;
                while i < bytes.len() && !bytes[i].is_ascii_whitespace() && !matches!(bytes[i], b';' | b'{' | b'}') {
                    // `${NAME}` is one word: images fill it in when they start.
                    if bytes[i] == b'$' && bytes.get(i + 1) == Some(&b'{') {
                        i += bytes[i..].iter().position(|b| *b == b'}').unwrap_or(0);
                    }
                    i += 1;
                }
                found.push(Token::Word(String::from_utf8_lossy(&bytes[start..i]).into_owned(), start, i));
            }
        }
    }
    found
}

fn block(held: &Held, tokens: &mut std::vec::IntoIter<Token>, depth: usize, left: &mut usize) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut words: Vec<(String, usize, usize)> = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(text, start, end) => words.push((text, start, end)),
            Token::End(end) => found.extend(directive(held, &mut words, Some(end), None, left)),
            Token::Open => {
                let inner = if depth < MAX_DEPTH { block(held, tokens, depth + 1, left) } else { skip(tokens) };
                found.extend(directive(held, &mut words, None, Some(inner), left));
            }
            Token::Close if depth > 0 => return found,
            Token::Close => {}
        }
    }
    found
}

fn skip(tokens: &mut std::vec::IntoIter<Token>) -> Vec<Directive> {
    let mut depth = 1usize;
    for token in tokens.by_ref() {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    Vec::new()
}

fn directive(
    held: &Held,
    words: &mut Vec<(String, usize, usize)>,
    end: Option<usize>,
    inner: Option<Vec<Directive>>,
    left: &mut usize,
) -> Option<Directive> {
    let mut all = std::mem::take(words).into_iter();
    let (name, start, first) = all.next()?;
    *left = left.checked_sub(1)?;
    let rest: Vec<(String, usize, usize)> = all.collect();
    let end = end.unwrap_or_else(|| rest.last().map_or(first, |w| w.2));
    Some(Directive { name, args: rest.into_iter().map(|w| w.0).collect(), at: place(held, start, end), block: inner })
}

/// Reads what the container's nginx loads.
pub(super) fn read(proxy: &Proxy<'_>, entry: &mut Entry) {
    let main = ["/etc/nginx/nginx.conf", "/opt/bitnami/nginx/conf/nginx.conf", "/usr/local/openresty/nginx/conf/nginx.conf"];
    let mut loaded: Vec<Directive> = Vec::new();
    let mut left = MAX_INCLUDES;
    match main.iter().find_map(|p| proxy.files.get(p)) {
        Some(held) => loaded.extend(included(proxy, parse(held), &mut left)),
        // The image's own main file reads this folder, and fills in templates of the other.
        None => stock(proxy, &mut loaded, &mut left),
    }
    // A main file that is itself a template, or lies elsewhere and is named by the command.
    if loaded.is_empty()
        && let Some(held) = named(proxy)
    {
        loaded.extend(included(proxy, parse(held), &mut left));
    }
    let outer: Vec<&Directive> = loaded.iter().flat_map(|d| if d.name == "http" { d.inner().iter().collect() } else { vec![d] }).collect();
    let upstreams: BTreeMap<&str, &Directive> =
        outer.iter().filter(|d| d.name == "upstream").filter_map(|d| Some((d.args.first()?.as_str(), *d))).collect();
    let servers: Vec<&Directive> = outer.iter().copied().filter(|d| d.name == "server" && d.block.is_some()).take(MOST).collect();
    let shared = treatment::Shared::of(&outer, &upstreams);
    for server in &servers {
        serve(proxy, server.inner(), &outer, &upstreams, server.at, entry);
        if conduct(server.inner()).0 == ListenerAction::Forward && reached(server) {
            shared.routes(proxy, server, entry);
        }
    }
    shared.dormant(entry, &servers);
    for stream in loaded.iter().filter(|d| d.name == "stream").flat_map(|d| d.inner()).filter(|d| d.name == "server") {
        for listen in stream.inner().iter().filter(|d| d.name == "listen") {
            let port = listen.args.first().and_then(|a| number(a));
            let tls = listen.args.iter().any(|a| a == "ssl");
            let security = if tls { Security::Tls } else { Security::PassedThrough };
            entry.listeners.push(Listener::new(listen.at, port, security, ListenerAction::Forward, listen.words()));
        }
    }
    if entry.listeners.is_empty() && proxy.files.hidden.is_none() && proxy.files.missing.is_empty() {
        let says = "the image's own configuration answers plain HTTP";
        entry.listeners.push(Listener::new(proxy.workload.at, Some(80), Security::Plain, ListenerAction::Forward, says));
    }
}

/// Whether anybody but the machine itself can ask a server.
fn reached(server: &Directive) -> bool {
    let mut listens = server.inner().iter().filter(|d| d.name == "listen").peekable();
    listens.peek().is_none() || listens.any(|d| !d.args.first().is_some_and(|a| a.starts_with("unix:") || a.starts_with("127.")))
}

fn stock(proxy: &Proxy<'_>, loaded: &mut Vec<Directive>, left: &mut usize) {
    let parts = proxy.files.below("/etc/nginx/conf.d", ".conf").into_iter().chain(proxy.files.below("/etc/nginx/templates", ".template"));
    let rest = proxy
        .files
        .below("/etc/nginx/http.d", ".conf")
        .into_iter()
        .chain(proxy.files.below("/opt/bitnami/nginx/conf/server_blocks", ".conf"));
    for held in parts.chain(rest) {
        loaded.extend(included(proxy, parse(held), left));
    }
}

fn named<'a>(proxy: &Proxy<'a>) -> Option<&'a Held> {
    let words = proxy.workload.command.as_ref().map(|c| c.value.join(" ")).unwrap_or_default();
    let path = words.split_whitespace().skip_while(|w| *w != "-c").nth(1)?.trim_matches(['"', '\'', ';']).to_owned();
    proxy.files.get(&path)
}

/// Directives with what they include in place, as far as the container's files are in the tree.
fn included(proxy: &Proxy<'_>, directives: Vec<Directive>, left: &mut usize) -> Vec<Directive> {
    let mut found = Vec::new();
    for mut directive in directives {
        if directive.name == "include"
            && let Some(pattern) = directive.args.first()
        {
            let path = if pattern.starts_with('/') { pattern.clone() } else { format!("/etc/nginx/{pattern}") };
            let files: Vec<&Held> = match path.split_once('*') {
                Some((folder, ending)) => proxy.files.below(folder.trim_end_matches('/'), ending.rsplit('*').next().unwrap_or(ending)),
                None => proxy.files.get(&path).into_iter().collect(),
            };
            // Templates are written into the folder that is included.
            let templates =
                if path.starts_with("/etc/nginx/conf.d/") { proxy.files.below("/etc/nginx/templates", ".template") } else { Vec::new() };
            let mut read = files.into_iter().chain(templates).peekable();
            if read.peek().is_none() {
                // What it would say is not known: the directive stays, to tell of that.
                found.push(directive);
                continue;
            }
            for held in read {
                if *left == 0 {
                    return found;
                }
                *left -= 1;
                found.extend(included(proxy, parse(held), left));
            }
            continue;
        }
        if let Some(inner) = directive.block.take() {
            directive.block = Some(included(proxy, inner, left));
        }
        found.push(directive);
    }
    found
}

fn number(listen: &str) -> Option<u16> {
    let last = listen.rsplit(':').next().unwrap_or(listen);
    last.parse().ok()
}

fn serve(
    proxy: &Proxy<'_>,
    server: &[Directive],
    outer: &[&Directive],
    upstreams: &BTreeMap<&str, &Directive>,
    at: Location,
    entry: &mut Entry,
) {
    let own = |name: &str| server.iter().find(|d| d.name == name).or_else(|| outer.iter().copied().find(|d| d.name == name));
    let (action, said) = conduct(server);
    let switched = own("ssl").is_some_and(|d| d.args.first().is_some_and(|a| a == "on"));
    let certificate = own("ssl_certificate").and_then(|d| Some(Sourced::new(d.args.first()?.clone(), d.at)));
    let mut listens: Vec<(Location, Option<u16>, bool, String)> = server
        .iter()
        .filter(|d| d.name == "listen" && !d.args.first().is_some_and(|a| a.starts_with("unix:") || a.starts_with("127.")))
        .map(|d| {
            let port = d.args.first().and_then(|a| number(a).or(if a.contains(['$', ':']) { None } else { Some(80) }));
            (d.at, port, switched || d.args.iter().any(|a| a == "ssl" || a == "quic"), d.words())
        })
        .collect();
    if listens.is_empty() && !server.iter().any(|d| d.name == "listen") {
        listens.push((at, Some(80), false, "listen is not set: 80 by default".to_owned()));
    }
    for (place, port, tls, words) in listens {
        let security = if tls { Security::Tls } else { Security::Plain };
        let action = if tls && action == ListenerAction::RedirectToTls { ListenerAction::Forward } else { action };
        let says = match &said {
            Some(said) if !tls => format!("{words}; {said}"),
            _ => words,
        };
        let mut listener = Listener::new(place, port, security, action, says);
        if tls {
            listener.renewal = certificate.as_ref().map_or(Renewal::Unresolved, |c| renewal(&c.value));
            // A client of Let's Encrypt beside the proxy keeps what it writes under any path.
            if listener.renewal == Renewal::ByHand && proxy.project.workloads.iter().any(renews) {
                listener.renewal = Renewal::Automatic;
            }
            listener.certificate.clone_from(&certificate);
        }
        entry.listeners.push(listener);
    }
    for names in server.iter().filter(|d| d.name == "server_name").take(MOST) {
        let served = names.args.iter().take(MOST).filter(|n| !n.starts_with('~') && entry.domains.iter().all(|d| d.value != **n));
        let served: Vec<Sourced<String>> = served.map(|n| Sourced::new(n.clone(), names.at)).collect();
        entry.domains.extend(served);
    }
    if let Some(protocols) = own("ssl_protocols") {
        let list = protocols.args.join(" ");
        if entry.minimum_tls.is_none() || protocols.args.iter().any(|p| p == "TLSv1" || p == "TLSv1.1") {
            entry.minimum_tls = Some(Property::stated(list, protocols.at, protocols.words()));
        }
    }
    if let Some(on) = own("modsecurity").filter(|d| d.args.first().is_some_and(|a| a == "on")) {
        let name = "ModSecurity".to_owned();
        let rules = own("modsecurity_rules_file").map(|d| Sourced::new(d.words(), d.at)).into_iter().collect();
        entry.firewalls.push(Firewall { name, at: on.at, blocks: Property::stated(true, on.at, on.words()), rules, implicit: false });
    }
    let mut passes = Vec::new();
    gather(server, &mut passes);
    for pass in passes.into_iter().take(MOST) {
        let Some(address) = pass.args.first() else { continue };
        // `set $app http://api:3000; proxy_pass $app;` has the name looked up at every request.
        let address = &address.strip_prefix('$').and_then(|name| given(server, name)).unwrap_or_else(|| address.clone());
        let host = address.split_once("://").map_or(address.as_str(), |(_, h)| h).split('/').next().unwrap_or(address);
        let addresses: Vec<(Location, String)> = match upstreams.get(host) {
            Some(upstream) => {
                upstream.inner().iter().filter(|d| d.name == "server").filter_map(|d| Some((d.at, d.args.first()?.clone()))).collect()
            }
            None => vec![(pass.at, address.clone())],
        };
        let scheme = address.split_once("://").map_or("http", |(s, _)| s);
        for (at, to) in addresses {
            let full = if to.contains("://") { to } else { format!("{scheme}://{to}") };
            let target = onward(at, &full, proxy.project);
            if entry.targets.iter().all(|t| t.host != target.host) {
                entry.targets.push(target);
            }
        }
    }
}

/// The first value that a block, or one within it, gives to a variable.
fn given(block: &[Directive], name: &str) -> Option<String> {
    let own = block.iter().find(|d| d.name == "set" && d.args.first().and_then(|n| n.strip_prefix('$')) == Some(name));
    own.and_then(|d| d.args.get(1).cloned()).or_else(|| block.iter().find_map(|d| given(d.inner(), name)))
}

/// Whether a service beside the proxy fetches and renews certificates.
pub(super) fn renews(workload: &crate::container::Workload) -> bool {
    let image = workload.image.as_ref().and_then(|i| i.known()).map(String::as_str).unwrap_or_default();
    ["certbot", "acme.sh", "acme-companion", "lego", "dehydrated"].iter().any(|c| image.contains(c))
}

fn gather<'d>(directives: &'d [Directive], found: &mut Vec<&'d Directive>) {
    for directive in directives {
        if matches!(directive.name.as_str(), "proxy_pass" | "grpc_pass" | "fastcgi_pass" | "uwsgi_pass") {
            found.push(directive);
        }
        gather(directive.inner(), found);
    }
}

/// What a server does with a request.
fn conduct(server: &[Directive]) -> (ListenerAction, Option<String>) {
    let encrypted = |d: &Directive| {
        let code = d.name == "return"
            && d.args.first().is_some_and(|c| matches!(c.as_str(), "301" | "302" | "307" | "308") || c.starts_with("https://"));
        (code || d.name == "rewrite") && d.args.iter().any(|a| a.starts_with("https://"))
    };
    if let Some(d) = server.iter().find(|d| encrypted(d)) {
        return (ListenerAction::RedirectToTls, Some(d.words()));
    }
    // `if ($scheme = http) { return 301 https://… }`, and what managers of certificates write: `if ($host = …)`.
    if let Some(d) = server.iter().filter(|d| d.name == "if").flat_map(Directive::inner).find(|d| encrypted(d)) {
        return (ListenerAction::RedirectToTls, Some(d.words()));
    }
    if let Some(d) = server.iter().find(|d| d.name == "error_page" && d.args.first().is_some_and(|a| a == "497")) {
        return (ListenerAction::RedirectToTls, Some(d.words()));
    }
    if let Some(d) = server.iter().find(|d| d.name == "return" && d.args.first().is_some_and(|c| c.starts_with('4'))) {
        return (ListenerAction::Refuse, Some(d.words()));
    }
    let root = server.iter().find(|d| d.name == "location" && d.args.last().is_some_and(|a| a == "/"));
    if let Some(d) = root.and_then(|l| l.inner().iter().find(|d| encrypted(d))) {
        return (ListenerAction::RedirectToTls, Some(d.words()));
    }
    (ListenerAction::Forward, None)
}
