//! The ends that platforms give to what they serve: certificates, redirects, caches and protection against floods (rule G8).

use plimsoll_base::{Location, Sourced};

use super::{KIND, PlatformTarget, treatment};
use crate::container::Workload;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Entry, EntryKind, Firewall, Listener, ListenerAction, Property, Provider, Security, Target};
use crate::library::Library;

/// What a platform does unasked at its edge. Sources: the platforms' documents on TLS, HTTPS redirects and caching.
struct Edge {
    platform: &'static str,
    word: &'static str,
    plain: Plain,
    /// Static files are served from many places.
    caches: Caches,
    /// Floods of requests are caught before the application without being asked.
    shield: bool,
}

/// What becomes of plain requests.
enum Plain {
    /// They are sent on to HTTPS.
    Redirected,
    /// They reach the application unless the file says otherwise.
    Answered,
    /// They reach the application, which may send them on.
    PassedOn,
    /// A setting of the service decides, which a deployment leaves as it is.
    Set,
}

enum Caches {
    Everything,
    StaticSites,
    Nothing,
}

const EDGES: &[Edge] = &[
    Edge { platform: "vercel", word: "Vercel", plain: Plain::Redirected, caches: Caches::Everything, shield: true },
    Edge { platform: "netlify", word: "Netlify", plain: Plain::Redirected, caches: Caches::Everything, shield: true },
    Edge { platform: "cloudflare", word: "Cloudflare", plain: Plain::Redirected, caches: Caches::Everything, shield: true },
    Edge { platform: "render", word: "Render", plain: Plain::Redirected, caches: Caches::StaticSites, shield: true },
    Edge { platform: "railway", word: "Railway", plain: Plain::Redirected, caches: Caches::Nothing, shield: false },
    Edge { platform: "digitalocean-app", word: "App Platform", plain: Plain::Redirected, caches: Caches::StaticSites, shield: true },
    Edge { platform: "cloud-run", word: "Cloud Run", plain: Plain::Redirected, caches: Caches::Nothing, shield: false },
    Edge { platform: "app-runner", word: "App Runner", plain: Plain::Redirected, caches: Caches::Nothing, shield: false },
    Edge { platform: "app-engine", word: "App Engine", plain: Plain::Answered, caches: Caches::Nothing, shield: false },
    Edge { platform: "fly", word: "Fly", plain: Plain::Answered, caches: Caches::Nothing, shield: false },
    Edge { platform: "azure-container-apps", word: "Container Apps", plain: Plain::Redirected, caches: Caches::Nothing, shield: false },
    Edge { platform: "azure-app-service", word: "App Service", plain: Plain::Set, caches: Caches::Nothing, shield: false },
    Edge { platform: "heroku", word: "Heroku", plain: Plain::PassedOn, caches: Caches::Nothing, shield: false },
];

/// Tells the entries of a target from its own file.
pub(super) fn tell(library: &Library, target: &mut PlatformTarget) {
    // Where only a pipeline names the target, its file is the pipeline.
    let file = library.get(&target.path).filter(|_| target.commanded.is_none());
    let value = file.and_then(|h| Some(Value::of(h.root()?, h.id)));
    if target.platform == "kamal" {
        target.infrastructure.entries.extend(value.and_then(|v| kamal(target, &v)));
        return;
    }
    let Some(edge) = EDGES.iter().find(|e| e.platform == target.platform) else { return };
    let serving = |w: &&Workload| w.labels.iter().any(|(n, v)| n == KIND && matches!(v.value.as_str(), "web" | "static"));
    let run = |w: &&Workload| target.platform == "cloud-run" && !w.one_shot;
    let entries: Vec<Entry> =
        target.workloads.iter().filter(|w| serving(w) || run(w)).map(|w| entry(library, edge, target, w, value.as_ref())).collect();
    target.infrastructure.entries.extend(entries);
}

fn entry(library: &Library, edge: &Edge, target: &PlatformTarget, workload: &Workload, file: Option<&Value>) -> Entry {
    let at = workload.at;
    let word = edge.word;
    let internal = file.and_then(|f| f.path(&["metadata", "annotations", "run.googleapis.com/ingress"])).filter(|i| !i.is("all"));
    let inner = workload.ports.first().filter(|p| p.reach == crate::container::Reach::Private);
    let public = match (internal, inner) {
        (Some(i), _) => Property::stated(false, i.at, "its ingress is internal"),
        (None, Some(p)) if target.commanded.is_some() => Property::stated(false, p.at, "strangers are not let in"),
        _ => Property::defaulted(true, at, format!("{word} gives it a public address")),
    };
    let mut e = Entry::new(&workload.name, at, Provider::Platform, EntryKind::Platform, public);
    let mut listener =
        Listener::new(at, Some(443), Security::Tls, ListenerAction::Forward, format!("{word} serves HTTPS with certificates of its own"));
    listener.certificate = Some(Sourced::new(format!("managed by {word}"), at));
    e.listeners.push(listener);
    e.listeners.extend(plain(edge, workload, file));
    let stays = workload.labels.iter().any(|(n, v)| n == KIND && v.value == "static");
    let caches = match edge.caches {
        Caches::Everything => true,
        Caches::StaticSites => stays,
        Caches::Nothing => false,
    };
    e.caches = caches.then(|| Property::defaulted(true, at, format!("{word} serves static files from its edge")));
    if edge.shield {
        e.firewalls.push(Firewall {
            name: format!("{word}'s protection against floods"),
            at,
            blocks: Property::defaulted(true, at, "on for everything that it serves"),
            rules: Vec::new(),
            implicit: true,
        });
    }
    if let Some(file) = file {
        e.domains = domains(target.platform, workload, file);
    }
    let mut onward = Target::new(at, Security::Tls);
    onward.name = Some(workload.name.clone());
    onward.only_through_entry = Some(Property::defaulted(true, at, format!("{word} alone leads to it")));
    e.targets.push(onward);
    treatment::tell(library, target, workload, file, &mut e);
    e
}

fn plain(edge: &Edge, workload: &Workload, file: Option<&Value>) -> Option<Listener> {
    let at = workload.at;
    let word = edge.word;
    let made = |at: Location, action: ListenerAction, says: String| Some(Listener::new(at, Some(80), Security::Plain, action, says));
    match edge.plain {
        Plain::Redirected => made(at, ListenerAction::RedirectToTls, format!("{word} sends HTTP on to HTTPS")),
        Plain::PassedOn => {
            made(at, ListenerAction::Unresolved, format!("{word} passes HTTP on: whether it is redirected is up to the application"))
        }
        Plain::Set => made(at, ListenerAction::Unresolved, format!("whether {word} sends HTTP on to HTTPS is a setting of the service")),
        Plain::Answered if edge.platform == "fly" => fly(at, file?),
        Plain::Answered => {
            let handlers = each(file.and_then(|f| f.get("handlers")));
            let lax = handlers.iter().find(|h| !h.get("secure").is_some_and(|s| s.is("always")));
            match (handlers.first(), lax) {
                (Some(first), None) => made(first.at, ListenerAction::RedirectToTls, "secure: always".into()),
                (_, lax) => {
                    made(lax.map_or(at, |h| h.at), ListenerAction::Forward, "App Engine answers HTTP unless `secure: always` is set".into())
                }
            }
        }
    }
}

/// `force_https` of the service, or of the handler for port 80.
fn fly(at: Location, file: &Value) -> Option<Listener> {
    let listener = |at: Location, action: ListenerAction, says: &str| Some(Listener::new(at, Some(80), Security::Plain, action, says));
    if let Some(service) = file.get("http_service") {
        return match service.get("force_https") {
            Some(f) if f.is_true() => listener(f.at, ListenerAction::RedirectToTls, "force_https = true"),
            Some(f) if !f.is_false() => listener(f.at, ListenerAction::Unresolved, "force_https is decided elsewhere"),
            Some(f) => listener(f.at, ListenerAction::Forward, "force_https = false"),
            None => listener(service.at, ListenerAction::Forward, "force_https is not set: HTTP is answered by default"),
        };
    }
    let ports = each(file.get("services")).iter().flat_map(|s| each(s.get("ports")));
    let open =
        ports.into_iter().find(|p| p.get("port").is_some_and(|n| n.is("80")) && each(p.get("handlers")).iter().any(|h| h.is("http")))?;
    match open.get("force_https") {
        Some(f) if f.is_true() => listener(f.at, ListenerAction::RedirectToTls, "force_https = true"),
        _ => listener(open.at, ListenerAction::Forward, "port 80 answers HTTP: force_https is not set"),
    }
    .or_else(|| listener(at, ListenerAction::Unresolved, "how it listens is decided elsewhere"))
}

/// Names of its own that the file gives it.
fn domains(platform: &str, workload: &Workload, file: &Value) -> Vec<Sourced<String>> {
    let named = |list: Option<&Value>, field: &str| -> Vec<Sourced<String>> {
        each(list).iter().filter_map(|d| d.sourced().or_else(|| d.get(field).and_then(Value::sourced))).collect()
    };
    match platform {
        "render" => {
            let service = each(file.get("services")).iter().find(|s| s.get("name").is_some_and(|n| n.is(&workload.name)));
            named(service.and_then(|s| s.get("domains")), "name")
        }
        "digitalocean-app" => named(file.get("domains"), "domain"),
        "cloudflare" => {
            let routes = file.get("routes").or_else(|| file.get("route"));
            let custom = named(routes, "pattern");
            custom.into_iter().map(|d| d.map(|t| t.split('/').next().unwrap_or_default().to_owned())).collect()
        }
        "vercel" => named(file.get("alias"), "name"),
        _ => Vec::new(),
    }
}

/// Kamal's proxy fetches certificates where it is told to, and then redirects; else it answers plain HTTP.
fn kamal(target: &PlatformTarget, file: &Value) -> Option<Entry> {
    let workload = target.workloads.iter().find(|w| w.update.balanced.is_some())?;
    let proxy = file.get("proxy");
    let at = proxy.map_or(workload.at, |p| p.at);
    let mut e = Entry::new(
        &workload.name,
        at,
        Provider::Platform,
        EntryKind::Proxy,
        Property::defaulted(true, at, "Kamal's proxy listens on the hosts"),
    );
    let ssl = proxy.and_then(|p| p.get("ssl"));
    match ssl {
        Some(s) if s.is_true() => {
            let mut listener = Listener::new(s.at, Some(443), Security::Tls, ListenerAction::Forward, "ssl: true");
            listener.certificate = Some(Sourced::new("fetched and renewed by Kamal's proxy".into(), s.at));
            e.listeners.push(listener);
            let kept = proxy.and_then(|p| p.get("ssl_redirect")).filter(|r| r.is_false());
            let (at, action, says) = match kept {
                Some(r) => (r.at, ListenerAction::Forward, "ssl_redirect: false"),
                None => (s.at, ListenerAction::RedirectToTls, "HTTP is sent on to HTTPS by default"),
            };
            e.listeners.push(Listener::new(at, Some(80), Security::Plain, action, says));
        }
        Some(s) if !s.is_false() => {
            e.listeners.push(Listener::new(s.at, Some(443), Security::Unresolved, ListenerAction::Unresolved, "ssl is decided elsewhere"));
        }
        _ => e.listeners.push(Listener::new(
            ssl.map_or(at, |s| s.at),
            Some(80),
            Security::Plain,
            ListenerAction::Forward,
            "ssl is not on: plain HTTP is served",
        )),
    }
    if let Some(proxy) = proxy {
        let hosts = each(proxy.get("host")).iter().chain(each(proxy.get("hosts")));
        e.domains = hosts.filter_map(Value::sourced).collect();
    }
    let mut onward = Target::new(at, Security::Plain);
    onward.name = Some(workload.name.clone());
    e.targets.push(onward);
    Some(e)
}
