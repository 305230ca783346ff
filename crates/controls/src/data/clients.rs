//! The services whose code may use stores, and what is asked where their code is not known in full.

use plimsoll_base::Question;
use plimsoll_model::{Service, ServiceKind, System};

/// Services of the repository's own that may use a store: what keeps, watches, forwards or serves files alone is none.
pub(crate) fn users(system: &System) -> impl Iterator<Item = &Service> {
    let other = |kind| {
        matches!(
            kind,
            ServiceKind::Datastore
                | ServiceKind::Cache
                | ServiceKind::Broker
                | ServiceKind::Monitoring
                | ServiceKind::Proxy
                | ServiceKind::Static
        )
    };
    system
        .services()
        .iter()
        .filter(|s| s.owned() || s.built_elsewhere())
        .filter(move |s| !s.helper() && !other(s.kind) && !serves_files(system, s))
}

/// Whether a service starts a program that serves files or forwards and runs no code of its own.
pub(crate) fn serves_files(system: &System, service: &Service) -> bool {
    const SERVERS: &[&str] = &["nginx", "caddy", "httpd", "httpd-foreground", "lighttpd", "apache2-foreground", "serve", "http-server"];
    let starts = service.start(system);
    let program = |words: &[String]| words.first().and_then(|w| w.rsplit('/').next()).is_some_and(|w| SERVERS.contains(&w));
    !starts.is_empty() && starts.iter().any(|s| program(&s.command.words)) && !reads_code(system, service)
}

/// Frameworks that load code by where it lies.
const BY_PLACE: &[&str] = &["next", "nuxt", "@sveltejs/kit", "astro", "@remix-run/node", "@react-router/node", "@solidjs/start"];

/// Whether a service is built on a framework that loads code by where it lies, and nothing of that kind was seen to be loaded.
fn routes_unseen(system: &System, service: &Service) -> bool {
    let Some(root) = service.source_root(system) else { return false };
    let own = system.packages().iter().filter(|p| p.product && p.folder == root);
    let framework = own.flat_map(|p| &p.dependencies).any(|d| BY_PLACE.contains(&d.name.as_str()));
    let placed = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.split('.').next().unwrap_or(name);
        matches!(stem, "route" | "page" | "layout")
            || name.starts_with('+')
            || ["/pages/", "/routes/", "/server/"].iter().any(|f| path.contains(f))
            || path.starts_with("pages/")
    };
    framework && system.program(service).is_some_and(|p| !p.modules.keys().any(|id| placed(&system.code().module(*id).path)))
}

/// Whether the code of a service is in languages that are read.
pub(crate) fn reads_code(system: &System, service: &Service) -> bool {
    system.program(service).is_some_and(|p| !p.modules.is_empty())
}

/// What is asked of a service whose code is not known in full; none where everything that it runs was seen.
pub(crate) fn asked_of_code(system: &System, service: &Service, what: &str) -> Option<Question> {
    const SETTLE: &str = "attest it, or make the start command and the code behind it readable";
    let Some(program) = system.program(service) else {
        return Some(Question::new(format!("whether `{}` {what}: its code is in a language that is not read", service.name), SETTLE));
    };
    if routes_unseen(system, service) {
        return Some(Question::new(
            format!("whether `{}` {what}: what its framework loads by its place was not seen", service.name),
            SETTLE,
        ));
    }
    if program.closed() {
        return None;
    }
    let missing = match program.doubts.first() {
        Some((at, why)) => format!("whether `{}` {what}: {why} ({})", service.name, system.path_at(*at)),
        None => format!("whether `{}` {what}: what it starts with was not found", service.name),
    };
    Some(Question::new(missing, SETTLE))
}
