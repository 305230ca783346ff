//! What an nginx does on each way through it: its directives with the rules by which blocks inherit them.
//!
//! Source: the documents of ngx_http_core_module, ngx_http_headers_module, ngx_http_limit_req_module and ngx_http_proxy_module.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Sourced;

use super::super::{MOST, Proxy, onward};
use super::Directive;
use crate::infrastructure::{
    CorsRule, Dormant, Entry, HeaderRule, Leads, Measure, Origins, Property, RateKey, RateLimit, Route, Treatment, size,
};

/// Blocks from the outermost to the innermost.
type Chain<'d> = Vec<Vec<&'d Directive>>;

/// What the `http` block declares for all servers.
pub(super) struct Shared<'d> {
    outer: Vec<&'d Directive>,
    upstreams: &'d BTreeMap<&'d str, &'d Directive>,
    /// Zones of limits: what they count by.
    zones: BTreeMap<String, &'d Directive>,
}

impl<'d> Shared<'d> {
    pub(super) fn of(outer: &[&'d Directive], upstreams: &'d BTreeMap<&'d str, &'d Directive>) -> Self {
        let declared = outer.iter().filter(|d| matches!(d.name.as_str(), "limit_req_zone" | "limit_conn_zone"));
        let zones = declared.filter_map(|d| Some((zone(d)?.to_owned(), *d))).collect();
        Self { outer: outer.iter().copied().filter(|d| d.block.is_none() || d.name == "map").collect(), upstreams, zones }
    }

    /// Tells of zones that no server of this proxy applies.
    pub(super) fn dormant(&self, entry: &mut Entry, servers: &[&Directive]) {
        let mut used: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&Directive> = self.outer.iter().chain(servers).copied().collect();
        while let Some(directive) = open.pop() {
            open.extend(directive.inner());
            if matches!(directive.name.as_str(), "limit_req" | "limit_conn") {
                used.extend(zone(directive));
            }
        }
        for (name, declared) in self.zones.iter().filter(|(n, _)| !used.contains(n.as_str())) {
            let apply = declared.name.trim_end_matches("_zone");
            let says = format!("zone `{name}` is declared and no `{apply}` uses it");
            entry.dormant.push(Dormant { measure: Measure::RateLimit, at: declared.at, says });
        }
    }

    /// The ways through one server.
    pub(super) fn routes(&self, proxy: &Proxy<'_>, server: &'d Directive, entry: &mut Entry) {
        let chain = vec![self.outer.clone(), server.inner().iter().collect()];
        let before = entry.routes.len();
        self.locations(proxy, server.inner(), &chain, entry);
        let whole = |r: &Route| matches!(r.says.as_str(), "location /" | "location ^~ /");
        let answers = server.inner().iter().any(|d| matches!(d.name.as_str(), "return" | "root" | "try_files"));
        if entry.routes.len() < MOST && answers && !entry.routes[before..].iter().any(whole) {
            self.route(proxy, server, "server".into(), &chain, entry);
        }
    }

    fn locations(&self, proxy: &Proxy<'_>, block: &'d [Directive], chain: &Chain<'d>, entry: &mut Entry) {
        for location in block.iter().filter(|d| d.name == "location" && d.block.is_some()) {
            if entry.routes.len() >= MOST {
                return;
            }
            let mut inner = chain.clone();
            inner.push(location.inner().iter().collect());
            self.route(proxy, location, location.words(), &inner, entry);
            self.locations(proxy, location.inner(), &inner, entry);
        }
    }

    fn route(&self, proxy: &Proxy<'_>, block: &'d Directive, says: String, chain: &Chain<'d>, entry: &mut Entry) {
        let leads = self.leads(proxy, block, chain);
        let treatment = self.treatment(chain, matches!(leads, Leads::To(_) | Leads::Elsewhere(_)), entry);
        entry.routes.push(Route { at: block.at, says, leads, treatment });
    }

    fn leads(&self, proxy: &Proxy<'_>, block: &'d Directive, chain: &Chain<'d>) -> Leads {
        let mut passes = Vec::new();
        let own: Vec<&Directive> = block.inner().iter().filter(|d| d.name != "location").collect();
        for directive in &own {
            super::gather(std::slice::from_ref(*directive), &mut passes);
        }
        if let Some(pass) = passes.first().filter(|_| block.name == "location") {
            let mut address = pass.args.first().cloned().unwrap_or_default();
            // `set $app http://api:3000; proxy_pass $app;` has the name looked up at every request.
            if let Some((name, rest)) = address.strip_prefix('$').map(|a| a.split_at(a.find(['/', ':']).unwrap_or(a.len()))) {
                let set = chain
                    .iter()
                    .rev()
                    .flatten()
                    .find(|d| d.name == "set" && d.args.first().and_then(|n| n.strip_prefix('$')) == Some(name));
                if let Some(value) = set.and_then(|d| d.args.get(1)) {
                    address = format!("{value}{rest}");
                }
            }
            let (scheme, host) = address.split_once("://").unwrap_or(("http", &address));
            let host = host.split('/').next().unwrap_or(host);
            let first = self.upstreams.get(host).and_then(|u| u.inner().iter().find(|d| d.name == "server")?.args.first());
            let target = onward(pass.at, &format!("{scheme}://{}", first.map_or(host, String::as_str)), proxy.project);
            return match target.name {
                Some(name) => Leads::To(name),
                None => Leads::Elsewhere(address),
            };
        }
        let fixed = |d: &&&Directive| {
            matches!(d.name.as_str(), "return" | "stub_status" | "internal" | "empty_gif")
                || d.name == "deny" && d.args.first().is_some_and(|a| a == "all")
        };
        // A request that falls back to another location gets what that one does.
        let falls = |d: &&&Directive| d.name == "try_files" && d.args.last().is_some_and(|a| a.starts_with('@') || a.contains(".php"));
        if own.iter().any(|d| fixed(&d) || falls(&d)) { Leads::Answer } else { Leads::Files }
    }

    fn treatment(&self, chain: &Chain<'d>, passes: bool, entry: &mut Entry) -> Treatment {
        let mut made = Treatment::default();
        self.headers(chain, &mut made);
        self.limits(chain, &mut made, entry);
        made.body = Some(match nearest(chain, "client_max_body_size").and_then(|d| Some((d, d.args.first()?))) {
            Some((d, text)) => match size(text) {
                Some(bytes) => Property::stated(bytes, d.at, d.words()),
                None => Property::unresolved(d.at, d.words()),
            },
            None => {
                let at = chain.last().and_then(|b| b.first()).map_or(entry.at, |d| d.at);
                Property::defaulted(1 << 20, at, "client_max_body_size is not set: 1m by default")
            }
        });
        if passes {
            for name in ["proxy_connect_timeout", "proxy_read_timeout", "proxy_send_timeout", "fastcgi_read_timeout", "uwsgi_read_timeout"]
            {
                made.timeouts.extend(nearest(chain, name).map(|d| Sourced::new(d.words(), d.at)));
            }
            made.forwarded = forwarded(chain, entry);
        }
        made.restrictions = restrictions(chain);
        made.compression = nearest(chain, "gzip").filter(|d| on(d)).map(|d| Sourced::new(d.words(), d.at));
        made.caching = nearest(chain, "expires").filter(|d| !d.args.iter().any(|a| a == "off")).map(|d| Sourced::new(d.words(), d.at));
        let unread = chain.iter().flatten().find(|d| d.name == "include" && !harmless(d));
        made.undecided = unread.map(|d| Sourced::new(format!("`{}` is not in the repository", d.words()), d.at));
        made
    }

    /// `add_header` of a block takes the place of all that stand around it, unless they are told to merge; what the headers-more module
    /// sets adds up.
    fn headers(&self, chain: &Chain<'d>, made: &mut Treatment) {
        let merged = nearest(chain, "add_header_inherit").is_some_and(|d| d.args.first().is_some_and(|a| a == "merge"));
        let mut found = false;
        for block in chain.iter().rev() {
            let own: Vec<&Directive> = block.iter().copied().filter(|d| d.name == "add_header").collect();
            for directive in &own {
                let Some(rule) = header(directive) else { continue };
                if !found || merged {
                    self.put(rule, made);
                } else if made.headers.iter().all(|h| h.name != rule.name) {
                    made.lost.push(rule);
                }
            }
            found |= !own.is_empty();
        }
        for directive in chain.iter().flatten().filter(|d| matches!(d.name.as_str(), "more_set_headers" | "more_add_headers")) {
            for (name, value) in directive.args.iter().filter_map(|a| a.split_once(':')) {
                let mut rule = HeaderRule::new(name.trim(), value.trim(), directive.at);
                rule.says = directive.words();
                self.put(rule, made);
            }
        }
        // Answers to requests before the request proper are written in an `if` as a rule.
        let asked = chain.last().into_iter().flatten().filter(|d| d.name == "if");
        for directive in asked.flat_map(|d| d.inner()).filter(|d| d.name == "add_header") {
            if let Some(rule) = header(directive).filter(|r| r.name.starts_with("access-control-allow-")) {
                self.put(rule, made);
            }
        }
    }

    fn put(&self, mut rule: HeaderRule, made: &mut Treatment) {
        // A variable that a map fills lets through what the map lists.
        let variable =
            rule.value.as_deref().filter(|v| rule.name == "access-control-allow-origin" && v.starts_with('$') && *v != "$http_origin");
        let Some(name) = variable.map(str::to_owned) else {
            made.header(rule);
            return;
        };
        let map = self.maps().find(|d| d.args.get(1) == Some(&name));
        let given: Vec<&str> =
            map.iter().flat_map(|m| m.inner()).filter_map(|l| Some(l.args.first()?.as_str())).filter(|v| !v.is_empty()).collect();
        let patterns = map
            .iter()
            .flat_map(|m| m.inner())
            .any(|l| l.name == "default" && l.args.first().is_some_and(|a| a == "$http_origin" || a == "*"));
        let listed: Vec<String> = map.iter().flat_map(|m| m.inner()).filter(|l| l.name != "default").map(|l| l.name.clone()).collect();
        let origins = match map {
            None => Origins::Unresolved,
            Some(_) if patterns || given.contains(&"*") => Origins::Any,
            Some(_) => Origins::Listed(listed),
        };
        rule.value = None;
        made.cors.push(CorsRule { at: rule.at, origins, credentials: None, methods: Vec::new(), says: rule.says });
    }

    fn maps(&self) -> impl Iterator<Item = &'d Directive> {
        self.outer.iter().copied().filter(|d| d.name == "map")
    }

    /// Limits of a block take the place of those around it.
    fn limits(&self, chain: &Chain<'d>, made: &mut Treatment, entry: &mut Entry) {
        for name in ["limit_req", "limit_conn"] {
            let Some(block) = chain.iter().rev().find(|b| b.iter().any(|d| d.name == name)) else { continue };
            let dry = nearest(chain, &format!("{name}_dry_run")).filter(|d| on(d));
            for directive in block.iter().filter(|d| d.name == name) {
                let declared = zone(directive).and_then(|z| self.zones.get(z));
                let fault = match (declared, dry) {
                    (_, Some(dry)) => Some((dry.at, format!("`{}`: it only counts", dry.words()))),
                    (None, _) => Some((directive.at, format!("`{}` names a zone that is declared nowhere", directive.words()))),
                    _ => None,
                };
                if let Some((at, says)) = fault {
                    if entry.dormant.iter().all(|d| d.at != at) {
                        entry.dormant.push(Dormant { measure: Measure::RateLimit, at, says });
                    }
                    continue;
                }
                let rate =
                    declared.and_then(|d| d.args.iter().find(|a| a.starts_with("rate="))).map(|r| format!(", {r}")).unwrap_or_default();
                let real = nearest(chain, "set_real_ip_from").is_some();
                let key = declared.and_then(|d| d.args.first()).map_or(RateKey::Peer, |k| key(k, real));
                made.limits.push(RateLimit { at: directive.at, says: format!("{}{rate}", directive.words()), key });
            }
        }
    }
}

/// Whom a key of a zone counts together.
fn key(text: &str, real: bool) -> RateKey {
    let addresses = ["$binary_remote_addr", "$remote_addr"];
    let shared = ["$server_name", "$host", "$http_host", "$uri", "$request_uri", "$server_addr", "$request_method"];
    if addresses.iter().any(|a| text.contains(a)) {
        if real { RateKey::Client } else { RateKey::Peer }
    } else if shared.contains(&text) || !text.contains('$') {
        RateKey::Everybody
    } else {
        RateKey::Client
    }
}

/// The zone that a directive declares or uses: `zone=api:10m`, or the first word of `limit_conn`.
fn zone(directive: &Directive) -> Option<&str> {
    let named = directive.args.iter().find_map(|a| a.strip_prefix("zone="));
    let name = named.or_else(|| directive.args.first().filter(|_| directive.name == "limit_conn").map(String::as_str))?;
    Some(name.split(':').next().unwrap_or(name))
}

fn header(directive: &Directive) -> Option<HeaderRule> {
    let (name, value) = (directive.args.first()?, directive.args.get(1)?);
    if value.is_empty() {
        return None;
    }
    let always = directive.args.get(2).is_some_and(|a| a == "always");
    Some(HeaderRule { name: name.to_ascii_lowercase(), value: Some(value.clone()), always, at: directive.at, says: directive.words() })
}

fn nearest<'d>(chain: &Chain<'d>, name: &str) -> Option<&'d Directive> {
    chain.iter().rev().find_map(|b| b.iter().copied().find(|d| d.name == name))
}

fn on(directive: &Directive) -> bool {
    directive.args.first().is_some_and(|a| a == "on")
}

/// Files that come with nginx, and what clients of Let's Encrypt write: they set types, parameters and protocols.
fn harmless(include: &Directive) -> bool {
    let path = include.args.first().map(String::as_str).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    let stock = ["mime.types", "fastcgi_params", "fastcgi.conf", "uwsgi_params", "scgi_params", "options-ssl-nginx.conf"];
    path.contains('*') || stock.contains(&name) || path.starts_with("/etc/nginx/modules")
}

/// `proxy_set_header` of a block takes the place of those around it.
fn forwarded(chain: &Chain<'_>, entry: &Entry) -> Option<Property<bool>> {
    let own = |b: &&Vec<&Directive>| b.iter().any(|d| d.name == "proxy_set_header");
    let passed = chain.last().into_iter().flatten().any(|d| matches!(d.name.as_str(), "fastcgi_pass" | "uwsgi_pass" | "scgi_pass"));
    if passed {
        // These protocols carry the client's address by themselves.
        return Some(Property::defaulted(true, entry.at, "the protocol carries the client's address"));
    }
    let block = chain.iter().rev().find(own);
    let tells = |d: &&&Directive| {
        let name = d.args.first().map(|n| n.to_ascii_lowercase()).unwrap_or_default();
        d.name == "proxy_set_header" && matches!(name.as_str(), "x-forwarded-for" | "x-real-ip" | "forwarded")
    };
    if let Some(told) = block.and_then(|b| b.iter().find(tells)) {
        return Some(Property::stated(true, told.at, told.words()));
    }
    // The file that distributions ship with the usual headers.
    if let Some(include) =
        chain.iter().flatten().find(|d| d.name == "include" && d.args.first().is_some_and(|a| a.ends_with("proxy_params")))
    {
        return Some(Property::stated(true, include.at, include.words()));
    }
    let pass = chain.last().into_iter().flatten().find(|d| matches!(d.name.as_str(), "proxy_pass" | "grpc_pass"))?;
    Some(Property::stated(false, pass.at, format!("{} without X-Forwarded-For", pass.words())))
}

fn restrictions(chain: &Chain<'_>) -> Vec<Sourced<String>> {
    let mut found = Vec::new();
    for name in ["auth_basic", "auth_request", "auth_jwt", "allow"] {
        let guard = nearest(chain, name).filter(|d| !d.args.first().is_some_and(|a| a == "off" || a == "all"));
        found.extend(guard.map(|d| Sourced::new(d.words(), d.at)));
    }
    found
}
