//! What Traefik's middlewares do. A middleware counts on the routers and entry points that use it, and nowhere else.
//!
//! Source: Traefik's reference of HTTP middlewares. Names are compared in lower case, as Traefik does.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Sourced;

use crate::iac::value::{Shape, Value};
use crate::infrastructure::{CorsRule, Dormant, HeaderRule, Measure, Origins, Property, RateKey, RateLimit, Treatment, size};

/// Settings by their path in lower case: flags, labels and files write the same tree.
pub(crate) type Settings = BTreeMap<String, Sourced<String>>;

/// Middlewares within middlewares.
const MAX_CHAIN: usize = 8;

/// What the middlewares of a list do, in `settings` below `http.middlewares.`.
pub(crate) fn treatment(settings: &Settings, wares: &[Sourced<String>]) -> Treatment {
    let mut made = Treatment::default();
    for ware in wares {
        apply(settings, ware, 0, &mut made);
    }
    made
}

/// The name by which a list refers to a middleware: without the provider that declares it.
pub(crate) fn bare(ware: &str) -> String {
    ware.trim().split('@').next().unwrap_or_default().to_ascii_lowercase()
}

/// The names of a list with commas.
pub(crate) fn names(list: &Sourced<String>) -> Vec<Sourced<String>> {
    let words = list.value.split(',').map(str::trim).filter(|w| !w.is_empty());
    words.map(|w| Sourced::new(w.to_owned(), list.at)).collect()
}

fn apply(settings: &Settings, ware: &Sourced<String>, depth: usize, made: &mut Treatment) {
    let name = bare(&ware.value);
    let prefix = format!("http.middlewares.{name}.");
    let own: Vec<(&str, &Sourced<String>)> =
        settings.range(prefix.clone()..).map_while(|(k, v)| Some((k.strip_prefix(&prefix)?, v))).collect();
    if own.is_empty() {
        let says = format!("middleware `{}` is not declared in this repository", ware.value);
        made.undecided = made.undecided.take().or(Some(Sourced::new(says, ware.at)));
        return;
    }
    let get = |field: &str| own.iter().find(|(k, _)| *k == field).map(|(_, v)| *v);
    let has = |part: &str| own.iter().find(|(k, _)| k.split(['.', '[']).next() == Some(part)).map(|(_, v)| *v);
    if let Some(list) = get("chain.middlewares").filter(|_| depth < MAX_CHAIN) {
        names(list).iter().for_each(|inner| apply(settings, inner, depth + 1, made));
    }
    headers(&own, made);
    cors(&own, made);
    if let Some(average) = get("ratelimit.average").filter(|a| a.value.trim() != "0") {
        let everybody = get("ratelimit.sourcecriterion.requesthost").is_some_and(|v| v.value.eq_ignore_ascii_case("true"));
        let client =
            has_below(&own, "ratelimit.sourcecriterion.ipstrategy") || has_below(&own, "ratelimit.sourcecriterion.requestheadername");
        let key = match (everybody, client) {
            (true, _) => RateKey::Everybody,
            (_, true) => RateKey::Client,
            _ => RateKey::Peer,
        };
        made.limits.push(RateLimit { at: average.at, says: format!("middleware {name}: ratelimit.average={}", average.value), key });
    }
    if let Some(bytes) = get("buffering.maxrequestbodybytes") {
        let says = format!("buffering.maxRequestBodyBytes={}", bytes.value);
        made.body = Some(match size(&bytes.value) {
            Some(n) => Property::stated(n, bytes.at, says),
            None => Property::unresolved(bytes.at, says),
        });
    }
    if let Some(given) = has("compress") {
        made.compression = Some(Sourced::new(format!("middleware {name}: compress"), given.at));
    }
    let guards = ["basicauth", "digestauth", "forwardauth", "ipallowlist", "ipwhitelist"];
    for (guard, given) in guards.iter().filter_map(|g| Some((g, has(g)?))) {
        made.restrictions.push(Sourced::new(format!("middleware {name}: {guard}"), given.at));
    }
}

fn has_below(own: &[(&str, &Sourced<String>)], path: &str) -> bool {
    own.iter().any(|(k, _)| k.starts_with(path))
}

fn headers(own: &[(&str, &Sourced<String>)], made: &mut Treatment) {
    for (key, value) in own.iter().filter_map(|(k, v)| Some((k.strip_prefix("headers.")?, *v))) {
        let text = value.value.as_str();
        let on = text.eq_ignore_ascii_case("true");
        let named = match key {
            "stsseconds" if text.trim() != "0" => Some(("Strict-Transport-Security", format!("max-age={text}"))),
            "framedeny" if on => Some(("X-Frame-Options", "DENY".to_owned())),
            "customframeoptionsvalue" => Some(("X-Frame-Options", text.to_owned())),
            "contenttypenosniff" if on => Some(("X-Content-Type-Options", "nosniff".to_owned())),
            "contentsecuritypolicy" => Some(("Content-Security-Policy", text.to_owned())),
            "contentsecuritypolicyreportonly" => Some(("Content-Security-Policy-Report-Only", text.to_owned())),
            "referrerpolicy" => Some(("Referrer-Policy", text.to_owned())),
            "permissionspolicy" => Some(("Permissions-Policy", text.to_owned())),
            _ => None,
        };
        let custom = key.strip_prefix("customresponseheaders.").filter(|_| !text.is_empty());
        let named = named.or_else(|| custom.map(|name| (name, text.to_owned())));
        if let Some((name, given)) = named {
            made.header(HeaderRule::new(name, given, value.at));
        }
    }
}

fn cors(own: &[(&str, &Sourced<String>)], made: &mut Treatment) {
    let below = |path: &str| {
        let found: Vec<&Sourced<String>> = own.iter().filter(|(k, _)| k.split('[').next() == Some(path)).map(|(_, v)| *v).collect();
        (!found.is_empty()).then_some(found)
    };
    let joined = |list: Vec<&Sourced<String>>| list.iter().map(|v| v.value.as_str()).collect::<Vec<_>>().join(",");
    let credentials =
        below("headers.accesscontrolallowcredentials").and_then(|v| v.first().copied()).filter(|v| v.value.eq_ignore_ascii_case("true"));
    let listed = below("headers.accesscontrolalloworiginlist").or_else(|| below("headers.accesscontrolalloworigin"));
    if let Some(list) = listed {
        let at = list[0].at;
        let text = joined(list);
        made.cors.push(CorsRule {
            at,
            origins: Origins::of(&text),
            credentials: credentials.map(|c| c.at),
            methods: Vec::new(),
            says: format!("accessControlAllowOriginList={text}"),
        });
    }
    if let Some(list) = below("headers.accesscontrolalloworiginlistregex") {
        let at = list[0].at;
        let text = joined(list);
        let any = text.split(',').any(|p| matches!(p.trim_matches(['^', '$']), ".*" | ".+" | "https?://.*" | "https://.*"));
        let origins = if any { Origins::Reflected } else { Origins::Listed(text.split(',').map(str::to_owned).collect()) };
        made.cors.push(CorsRule {
            at,
            origins,
            credentials: credentials.map(|c| c.at),
            methods: Vec::new(),
            says: format!("accessControlAllowOriginListRegex={text}"),
        });
    }
}

/// Middlewares that limit or set headers and that nothing uses.
pub(crate) fn dormant(settings: &Settings, used: &[Sourced<String>]) -> Vec<Dormant> {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = used.iter().map(|w| bare(&w.value)).collect();
    while let Some(name) = open.pop() {
        if reached.insert(name.clone())
            && let Some(list) = settings.get(&format!("http.middlewares.{name}.chain.middlewares"))
        {
            open.extend(names(list).iter().map(|w| bare(&w.value)));
        }
    }
    let mut found: Vec<Dormant> = Vec::new();
    let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (key, value) in settings {
        let Some((name, field)) = key.strip_prefix("http.middlewares.").and_then(|k| k.split_once('.')) else { continue };
        let kind = field.split(['.', '[']).next().unwrap_or_default();
        let measure = match kind {
            "ratelimit" => Measure::RateLimit,
            "headers" => Measure::Headers,
            "buffering" => Measure::BodyLimit,
            _ => continue,
        };
        if !reached.contains(name) && told.insert((name, kind)) {
            let says = format!("middleware `{name}` is declared and no router uses it");
            found.push(Dormant { measure, at: value.at, says });
        }
    }
    found
}

/// Settings from a value of an object, below a prefix.
pub(crate) fn flatten_value(value: &Value, prefix: &str, found: &mut Settings) {
    match &value.shape {
        Shape::Map(fields) => {
            for field in fields {
                flatten_value(&field.value, &format!("{prefix}.{}", field.name.to_ascii_lowercase()), found);
            }
            if fields.is_empty() {
                found.insert(prefix.to_owned(), Sourced::new("true".into(), value.at));
            }
        }
        Shape::List(items) => {
            let words: Vec<&str> = items.iter().filter_map(Value::written).collect();
            if words.len() == items.len() {
                found.insert(prefix.to_owned(), Sourced::new(words.join(","), items.first().map_or(value.at, |i| i.at)));
            } else {
                items.iter().enumerate().for_each(|(i, item)| flatten_value(item, &format!("{prefix}[{i}]"), found));
            }
        }
        _ => {
            found.insert(prefix.to_owned(), Sourced::new(value.written().unwrap_or_default().to_owned(), value.at));
        }
    }
}
