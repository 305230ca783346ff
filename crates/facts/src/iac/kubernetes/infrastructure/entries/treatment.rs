//! What ingress controllers and gateways do to traffic, as annotations, config maps, middlewares, plugins and policies tell them.
//!
//! Sources: the annotations and config map of ingress-nginx, Traefik's middlewares, the filters of the Gateway API, the policies of Envoy
//! Gateway, Kong's plugins.

use plimsoll_base::Sourced;

use super::{Around, annotation, of};
use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{
    CorsRule, Dormant, Entry, HeaderRule, Leads, Measure, Origins, Property, RateKey, RateLimit, Route, Treatment, size,
};
use crate::proxy::middleware::{Settings, dormant, flatten_value, treatment};

const NGINX: &str = "nginx.ingress.kubernetes.io/";

/// ingress-nginx: annotations of the ingress over the controller's own config map over its defaults.
pub(super) fn nginx(around: &Around<'_>, object: &Object, e: &mut Entry) {
    let get = |name: &str| annotation(object, &format!("{NGINX}{name}"));
    let controller = controller(around);
    let common = |name: &str| controller.and_then(|c| c.value.get("data")?.get(name));
    let mut made = Treatment::default();
    for name in ["limit-rps", "limit-rpm", "limit-connections"] {
        if let Some(limit) = get(name).filter(|v| !v.is("0")) {
            let says = format!("{name}: {}", limit.written().unwrap_or("decided elsewhere"));
            made.limits.push(RateLimit { at: limit.at, says, key: RateKey::Client });
        }
    }
    for name in ["rate-limit", "rate-limit-window", "limit-req", "ratelimit"] {
        if let Some(unknown) = get(name) {
            let says = format!("ingress-nginx knows no annotation `{name}`: limit-rps and limit-rpm limit");
            e.dormant.push(Dormant { measure: Measure::RateLimit, at: unknown.at, says });
        }
    }
    let bound = get("proxy-body-size").or_else(|| common("proxy-body-size"));
    made.body = Some(match bound.map(|v| (v, v.text().and_then(size))) {
        Some((v, Some(bytes))) => Property::stated(bytes, v.at, format!("proxy-body-size: {}", v.written().unwrap_or_default())),
        Some((v, None)) => Property::unresolved(v.at, "proxy-body-size is decided elsewhere"),
        None => Property::defaulted(1 << 20, e.at, "proxy-body-size is not set: 1m by default"),
    });
    for name in ["proxy-read-timeout", "proxy-send-timeout", "proxy-connect-timeout"] {
        let stated = get(name).or_else(|| common(name));
        made.timeouts.extend(stated.map(|v| Sourced::new(format!("{name}: {}", v.written().unwrap_or_default()), v.at)));
    }
    for name in ["auth-url", "auth-type", "whitelist-source-range", "allowlist-source-range", "auth-tls-secret"] {
        made.restrictions.extend(get(name).map(|v| Sourced::new(format!("{name}: {}", v.written().unwrap_or_default()), v.at)));
    }
    if let Some(on) = get("enable-cors").filter(|v| v.is_true()) {
        let origins = get("cors-allow-origin");
        let refused = get("cors-allow-credentials").is_some_and(Value::is_false);
        made.cors.push(CorsRule {
            at: origins.map_or(on.at, |o| o.at),
            origins: origins.map_or(Origins::Any, |o| o.text().map_or(Origins::Unresolved, Origins::of)),
            credentials: (!refused).then_some(get("cors-allow-credentials").map_or(on.at, |c| c.at)),
            methods: Vec::new(),
            says: match origins {
                Some(o) => format!("cors-allow-origin: {}", o.written().unwrap_or_default()),
                None => "enable-cors: cors-allow-origin is not set, * by default, with credentials".into(),
            },
        });
    }
    for name in ["server-snippet", "configuration-snippet"] {
        get(name).into_iter().for_each(|v| snippet(v, &mut made));
    }
    // Headers of the controller are written in a config map that its own names.
    if let Some(named) = common("add-headers").and_then(Value::written) {
        let name = named.rsplit('/').next().unwrap_or(named);
        let map = of(around.objects, "ConfigMap").find(|o| o.name == name);
        for field in map.and_then(|m| m.value.get("data")).map(Value::fields).unwrap_or_default() {
            made.header(HeaderRule::new(&field.name, field.value.written().unwrap_or_default(), field.at));
        }
    }
    let encrypted = e.encrypted().next().map(|l| l.at);
    if let Some(at) = encrypted.filter(|_| !common("hsts").is_some_and(Value::is_false)) {
        let mut rule = HeaderRule::new("Strict-Transport-Security", "max-age=31536000; includeSubDomains", at);
        rule.says = "ingress-nginx sends Strict-Transport-Security over TLS by default".into();
        made.header(rule);
    }
    made.forwarded = Some(Property::defaulted(true, e.at, "ingress-nginx tells the client's address to what stands behind it"));
    e.everywhere = made;
}

/// The config map of the controller, where it is applied from here.
fn controller<'a>(around: &Around<'a>) -> Option<&'a Object> {
    let names = ["ingress-nginx-controller", "nginx-configuration", "nginx-ingress-controller", "ingress-nginx"];
    of(around.objects, "ConfigMap").find(|o| names.contains(&o.name.as_str()))
}

/// Directives of nginx in a text: headers are told of.
fn snippet(value: &Value, made: &mut Treatment) {
    for line in value.written().unwrap_or_default().split([';', '\n']) {
        let line = line.trim();
        let Some((name, rest)) = line.split_once(char::is_whitespace) else { continue };
        let rest = rest.trim();
        let pair = match name {
            "add_header" => rest.split_once(char::is_whitespace),
            "more_set_headers" => rest.trim_matches(['"', '\'']).split_once(':'),
            _ => None,
        };
        if let Some((header, given)) = pair {
            let bare = given.trim().trim_end_matches("always").trim().trim_matches(['"', '\'']);
            let mut rule = HeaderRule::new(header.trim(), bare, value.at);
            rule.always = name == "more_set_headers" || given.trim().ends_with("always");
            rule.says = line.to_owned();
            made.header(rule);
        }
    }
}

/// The middlewares of the cluster, in the form that every way of writing them shares.
fn middlewares(around: &Around<'_>) -> Settings {
    let mut found = Settings::new();
    for ware in of(around.objects, "Middleware").filter(|o| o.group.contains("traefik")) {
        if let Some(spec) = ware.value.get("spec") {
            flatten_value(spec, &format!("http.middlewares.{}", ware.name.to_ascii_lowercase()), &mut found);
        }
        // In a chain each stands in an object of its own.
        let chained = each(ware.spec(&["chain", "middlewares"]));
        let names: Vec<&str> = chained.iter().filter_map(|c| c.get("name")?.written()).collect();
        if let Some(first) = chained.first() {
            let list = Sourced::new(names.join(","), first.at);
            found.insert(format!("http.middlewares.{}.chain.middlewares", ware.name.to_ascii_lowercase()), list);
        }
    }
    found
}

/// A reference `namespace-name@kubernetescrd` without its namespace, where a middleware of the cluster is meant.
fn local(around: &Around<'_>, name: &str) -> String {
    let bare = name.trim().split('@').next().unwrap_or_default();
    let meant = of(around.objects, "Middleware").find(|o| {
        o.name == bare || o.namespace.as_deref().map_or(bare.ends_with(&format!("-{}", o.name)), |n| bare == format!("{n}-{}", o.name))
    });
    meant.map_or(bare, |o| o.name.as_str()).to_owned()
}

/// Every middleware that some router of the cluster uses.
fn used(around: &Around<'_>) -> Vec<Sourced<String>> {
    let mut found = Vec::new();
    for object in around.objects.iter().filter(|o| o.kind == "Ingress") {
        let list = annotation(object, "traefik.ingress.kubernetes.io/router.middlewares");
        found
            .extend(list.into_iter().flat_map(|l| {
                l.written().unwrap_or_default().split(',').map(|n| Sourced::new(local(around, n), l.at)).collect::<Vec<_>>()
            }));
    }
    for rule in of(around.objects, "IngressRoute").flat_map(|r| each(r.spec(&["routes"]))) {
        found.extend(each(rule.get("middlewares")).iter().filter_map(|m| Some(Sourced::new(m.get("name")?.written()?.to_owned(), m.at))));
    }
    found
}

fn told_by_traefik(e: &Entry) -> Option<Property<bool>> {
    Some(Property::defaulted(true, e.at, "Traefik tells the client's address to what stands behind it"))
}

/// An ingress of Traefik's with the middlewares that its annotation names.
pub(super) fn traefik(around: &Around<'_>, object: &Object, e: &mut Entry) {
    let settings = middlewares(around);
    let list = annotation(object, "traefik.ingress.kubernetes.io/router.middlewares");
    let names = list.and_then(|l| Some((l.written()?, l.at)));
    let wares: Vec<Sourced<String>> = names
        .map(|(text, at)| text.split(',').filter(|n| !n.trim().is_empty()).map(|n| Sourced::new(local(around, n), at)).collect())
        .unwrap_or_default();
    e.everywhere = treatment(&settings, &wares);
    e.everywhere.forwarded = told_by_traefik(e);
    e.dormant.extend(dormant(&settings, &used(around)));
}

/// The rules of an `IngressRoute`, each with the middlewares that it lists.
pub(super) fn route_of_traefik(around: &Around<'_>, route: &Object, e: &mut Entry) {
    let settings = middlewares(around);
    for rule in each(route.spec(&["routes"])) {
        let named = each(rule.get("middlewares")).iter();
        let wares: Vec<Sourced<String>> = named.filter_map(|m| Some(Sourced::new(m.get("name")?.written()?.to_owned(), m.at))).collect();
        let mut made = treatment(&settings, &wares);
        made.forwarded = told_by_traefik(e);
        let service = each(rule.get("services")).first().and_then(|s| s.get("name")).and_then(Value::written);
        let leads = service.map_or_else(|| Leads::Elsewhere("a service that is decided elsewhere".into()), |s| Leads::To(s.to_owned()));
        let says = rule.get("match").and_then(Value::written).unwrap_or("a route").to_owned();
        e.routes.push(Route { at: rule.at, says, leads, treatment: made });
    }
    e.dormant.extend(dormant(&settings, &used(around)));
}

/// The rules of an `HTTPRoute` with their filters.
pub(super) fn route(around: &Around<'_>, route: &Object, e: &mut Entry) {
    for rule in each(route.spec(&["rules"])) {
        let mut made =
            Treatment { forwarded: Some(Property::defaulted(true, rule.at, "gateways tell the client's address")), ..Treatment::default() };
        for filter in each(rule.get("filters")) {
            let header = filter.get("responseHeaderModifier");
            for set in ["set", "add"].iter().flat_map(|k| each(header.and_then(|h| h.get(k)))) {
                let name = set.get("name").and_then(Value::written).unwrap_or_default();
                made.header(HeaderRule::new(name, set.get("value").and_then(Value::written).unwrap_or_default(), set.at));
            }
            made.cors.extend(filter.get("cors").map(cors));
        }
        if let Some(timeout) = rule.path(&["timeouts", "request"]).and_then(Value::sourced) {
            made.timeouts.push(timeout.map(|t| format!("timeouts.request: {t}")));
        }
        policed(around, &route.kind, &route.name, &mut made);
        for backend in each(rule.get("backendRefs")) {
            let Some(name) = backend.get("name").and_then(Value::written) else { continue };
            let says = format!("route {}", route.name);
            e.routes.push(Route { at: rule.at, says, leads: Leads::To(name.to_owned()), treatment: made.clone() });
        }
    }
}

/// Policies that are attached to the whole gateway.
pub(super) fn policies(around: &Around<'_>, gateway: &Object, e: &mut Entry) {
    let mut made = std::mem::take(&mut e.everywhere);
    policed(around, &gateway.kind, &gateway.name, &mut made);
    e.everywhere = made;
}

/// What Envoy Gateway's policies do to what they are attached to.
fn policed(around: &Around<'_>, kind: &str, name: &str, made: &mut Treatment) {
    let meant = |r: &Value| r.get("kind").is_some_and(|k| k.is(kind)) && r.get("name").is_some_and(|n| n.is(name));
    let bound = |o: &&Object| each(o.spec(&["targetRefs"])).iter().any(meant) || o.spec(&["targetRef"]).is_some_and(meant);
    for policy in of(around.objects, "BackendTrafficPolicy").filter(bound) {
        for rule in ["local", "global"].iter().flat_map(|k| each(policy.spec(&["rateLimit", k, "rules"]))) {
            let client = each(rule.get("clientSelectors")).iter().any(|s| s.field("sourceCIDR").is_some() || s.field("headers").is_some());
            let amount = rule.path(&["limit", "requests"]).and_then(Value::written).unwrap_or("a number of");
            let says = format!("policy {}: {amount} requests", policy.name);
            made.limits.push(RateLimit { at: rule.at, says, key: if client { RateKey::Client } else { RateKey::Everybody } });
        }
    }
    for policy in of(around.objects, "SecurityPolicy").filter(bound) {
        made.cors.extend(policy.spec(&["cors"]).map(cors));
        for guard in ["jwt", "oidc", "basicAuth", "extAuth", "authorization"] {
            made.restrictions.extend(policy.spec(&[guard]).map(|v| Sourced::new(format!("policy {}: {guard}", policy.name), v.at)));
        }
    }
    for policy in of(around.objects, "ClientTrafficPolicy").filter(bound) {
        made.timeouts.extend(policy.spec(&["timeout"]).map(|v| Sourced::new(format!("policy {}: timeout", policy.name), v.at)));
    }
}

/// What a filter, a policy or a route says of other origins; Istio names them by the way they match.
fn cors(value: &Value) -> CorsRule {
    let list = each(value.get("allowOrigins").or_else(|| value.get("allowOrigin")).or_else(|| value.get("origins")));
    let words = |v: &Value| {
        let text = v.written().or_else(|| ["exact", "prefix", "regex", "value"].iter().find_map(|k| v.get(k)?.written()))?;
        Some(text.to_owned())
    };
    let texts: Vec<String> = list.iter().filter_map(words).collect();
    let credentials = value.get("allowCredentials").or_else(|| value.get("credentials")).filter(|v| v.is_true());
    let text = texts.join(",");
    CorsRule {
        at: list.first().map_or(value.at, |v| v.at),
        origins: Origins::of(&text),
        credentials: credentials.map(|c| c.at),
        methods: Vec::new(),
        says: format!("allowed origins: {text}"),
    }
}

/// One way of a `VirtualService`, with the headers, origins and bounds of its rule.
pub(super) fn virtual_service(service: &Object, way: &Value, name: &str, e: &mut Entry) {
    let rules = each(service.spec(&["http"]));
    let Some(rule) = rules.iter().find(|r| each(r.get("route")).iter().any(|w| w.at == way.at)) else { return };
    let mut made =
        Treatment { forwarded: Some(Property::defaulted(true, way.at, "gateways tell the client's address")), ..Treatment::default() };
    for place in [rule, way] {
        let response = place.path(&["headers", "response"]);
        for field in ["set", "add"].iter().filter_map(|k| response?.get(k)).flat_map(Value::fields) {
            made.header(HeaderRule::new(&field.name, field.value.written().unwrap_or_default(), field.at));
        }
    }
    made.cors.extend(rule.get("corsPolicy").map(cors));
    made.timeouts.extend(rule.get("timeout").and_then(Value::sourced).map(|t| t.map(|v| format!("timeout: {v}"))));
    e.routes.push(Route { at: way.at, says: format!("route {}", service.name), leads: Leads::To(name.to_owned()), treatment: made });
}

/// Istio's gateway limits requests where an `EnvoyFilter` puts a limit into it.
pub(super) fn local_limits(around: &Around<'_>, e: &mut Entry) {
    for filter in of(around.objects, "EnvoyFilter") {
        let patches = each(filter.spec(&["configPatches"]));
        let at_gateway = |p: &&Value| p.path(&["match", "context"]).is_some_and(|c| c.is("GATEWAY"));
        let limits = |p: &&Value| {
            let name = p.path(&["patch", "value", "name"]).and_then(Value::written).unwrap_or_default();
            name.contains("local_ratelimit") || name.contains("filters.http.ratelimit")
        };
        if let Some(patch) = patches.iter().filter(at_gateway).find(limits) {
            let says = format!("{} puts a rate limit into the gateway", filter.name);
            // One bucket for everybody unless descriptors tell clients apart.
            e.everywhere.limits.push(RateLimit { at: patch.at, says, key: RateKey::Everybody });
        }
    }
}

/// Kong's plugins that the ingress or a service behind it names.
pub(super) fn kong(around: &Around<'_>, object: &Object, e: &mut Entry) {
    let mut named: Vec<String> = Vec::new();
    let backs: Vec<&Object> =
        of(around.objects, "Service").filter(|s| e.targets.iter().any(|t| t.name.as_deref() == Some(&s.name))).collect();
    // What only one of several services names does not hold for the others.
    let backs = if backs.len() == 1 { backs } else { Vec::new() };
    for object in backs.into_iter().chain([object]) {
        let list = annotation(object, "konghq.com/plugins").and_then(Value::written).unwrap_or_default();
        named.extend(list.split(',').map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()));
    }
    let plugins = around.objects.iter().filter(|o| matches!(o.kind.as_str(), "KongPlugin" | "KongClusterPlugin"));
    for plugin in plugins {
        let kind = plugin.value.get("plugin").and_then(Value::written).unwrap_or_default();
        let everywhere = plugin.value.path(&["metadata", "labels", "global"]).is_some_and(Value::is_true);
        let at = plugin.at();
        if !everywhere && !named.contains(&plugin.name) {
            if kind.starts_with("rate-limiting") && !plugged(around, &plugin.name) {
                let says = format!("plugin `{}` is declared and nothing names it", plugin.name);
                e.dormant.push(Dormant { measure: Measure::RateLimit, at, says });
            }
            continue;
        }
        let config = plugin.value.get("config");
        let says = format!("plugin {}: {kind}", plugin.name);
        match kind {
            "rate-limiting" | "rate-limiting-advanced" => {
                let service = config.and_then(|c| c.get("limit_by")).is_some_and(|l| l.is("service") || l.is("path"));
                let key = if service { RateKey::Everybody } else { RateKey::Client };
                e.everywhere.limits.push(RateLimit { at, says, key });
            }
            "request-size-limiting" => {
                let mega = config.and_then(|c| c.get("allowed_payload_size")).map_or(Some(128), |v| v.text()?.parse::<u64>().ok());
                e.everywhere.body = Some(match mega {
                    Some(mega) => Property::stated(mega.saturating_mul(1 << 20), at, says),
                    None => Property::unresolved(at, says),
                });
            }
            "cors" => {
                let list = each(config.and_then(|c| c.get("origins"))).iter().filter_map(Value::written).collect::<Vec<_>>().join(",");
                let credentials = config.and_then(|c| c.get("credentials")).filter(|v| v.is_true()).map(|v| v.at);
                let origins = if list.is_empty() { Origins::Any } else { Origins::of(&list) };
                e.everywhere.cors.push(CorsRule { at, origins, credentials, methods: Vec::new(), says });
            }
            "response-transformer" => {
                let added = ["add", "replace"].iter().flat_map(|k| each(config.and_then(|c| c.path(&[k, "headers"]))));
                for header in added.filter_map(Value::sourced) {
                    if let Some((name, value)) = header.value.split_once(':') {
                        e.everywhere.header(HeaderRule::new(name, value.trim(), header.at));
                    }
                }
            }
            "key-auth" | "jwt" | "basic-auth" | "oauth2" | "openid-connect" | "ip-restriction" => {
                e.everywhere.restrictions.push(Sourced::new(says, at));
            }
            _ => {}
        }
    }
}

/// Whether any object of the cluster names a plugin.
fn plugged(around: &Around<'_>, name: &str) -> bool {
    around
        .objects
        .iter()
        .any(|o| annotation(o, "konghq.com/plugins").and_then(Value::written).is_some_and(|l| l.split(',').any(|n| n.trim() == name)))
}
