//! Monitoring that a vendor keeps: an agent that runs, or a library that is given the key it needs.

use plimsoll_base::Location;
use plimsoll_model::container::Runtime;
use plimsoll_model::dockerfile::InstructionKind;
use plimsoll_model::repository::MarkKind;
use plimsoll_model::{Capability, Service, Sign, SignSource, System};

/// Libraries by a part of their name, with the beginning of the variables that connect them.
const VENDORS: &[(&str, &[&str])] = &[
    ("sentry", &["SENTRY", "GLITCHTIP"]),
    ("raven", &["SENTRY", "RAVEN"]),
    ("bugsnag", &["BUGSNAG"]),
    ("rollbar", &["ROLLBAR"]),
    ("honeybadger", &["HONEYBADGER"]),
    ("airbrake", &["AIRBRAKE"]),
    ("raygun", &["RAYGUN"]),
    ("dd-trace", &["DD_", "DATADOG"]),
    ("ddtrace", &["DD_", "DATADOG"]),
    ("datadog", &["DD_", "DATADOG"]),
    ("newrelic", &["NEW_RELIC", "NEWRELIC"]),
    ("new_relic", &["NEW_RELIC", "NEWRELIC"]),
    ("applicationinsights", &["APPLICATIONINSIGHTS", "APPINSIGHTS"]),
    ("azure-monitor", &["APPLICATIONINSIGHTS", "APPINSIGHTS"]),
    ("elastic", &["ELASTIC_APM"]),
    ("appsignal", &["APPSIGNAL"]),
    ("highlight", &["HIGHLIGHT"]),
    ("hyperdx", &["HYPERDX"]),
    ("logfire", &["LOGFIRE"]),
    ("skylight", &["SKYLIGHT"]),
];

/// What a connection is called in variables.
const CONNECTIONS: &[&str] = &["DSN", "KEY", "TOKEN", "LICENSE", "SECRET", "CONNECTION", "URL", "ENDPOINT", "HOST", "AGENT", "ENABLED"];

/// Monitoring of a vendor that the repository points to.
pub(super) enum Hosted<'a> {
    /// An agent that runs, or a library that may well be connected.
    Carried(&'a Sign),
    /// A library that nothing connects: the sign, and why it is silent.
    Silent(&'a Sign, Location, String),
}

/// The first monitoring of a vendor that carries alerts; one that nothing connects where there is no other.
pub(super) fn hosted(system: &System) -> Option<Hosted<'_>> {
    let mut silent = None;
    for sign in system.signs_of(Capability::HostedAlerts) {
        match &sign.source {
            SignSource::Image { image } if system.services().iter().any(|s| s.image_text() == Some(image)) => {
                return Some(Hosted::Carried(sign));
            }
            SignSource::Dependency { manifest, dev: false } if system.packages().iter().any(|p| p.product && p.path == *manifest) => {
                match unconnected(system, &sign.says) {
                    None => return Some(Hosted::Carried(sign)),
                    Some((at, why)) => silent = silent.or(Some(Hosted::Silent(sign, at.unwrap_or(sign.at), why))),
                }
            }
            _ => {}
        }
    }
    silent
}

/// Why a library is connected to nothing: no service is given the variable that it needs, although all that they are given is listed. A
/// place where the variable is read, where there is one.
fn unconnected(system: &System, library: &str) -> Option<(Option<Location>, String)> {
    let lower = library.to_ascii_lowercase();
    let (word, prefixes) = VENDORS.iter().find(|(word, _)| lower.contains(word))?;
    let connects = |name: &str| {
        let upper = name.to_ascii_uppercase();
        prefixes.iter().any(|p| upper.contains(p)) && CONNECTIONS.iter().any(|c| upper.contains(c))
    };
    if system.services().iter().any(|s| given(s, &connects)) {
        return None;
    }
    // A file of its own configuration may hold the key itself.
    let configured =
        system.files().iter().any(|f| f.product() && f.name().to_ascii_lowercase().contains(&word.replace("dd-trace", "datadog")));
    let read = system.env_reads().iter().find(|r| connects(&r.name) && system.sources().iter().any(|s| s.path == r.path));
    let listed = system.env_files().iter().any(|f| f.entries.iter().any(|e| connects(&e.name)));
    let handed = system.pipelines().iter().flat_map(|p| &p.jobs).any(|j| {
        j.env
            .iter()
            .chain(j.steps.iter().flat_map(|s| s.env.iter().chain(&s.with)))
            .any(|(name, value)| connects(name) || connects(&value.value))
    });
    let built = system.images().iter().flat_map(|i| &i.dockerfile.stages).flat_map(|s| &s.instructions).any(|i| match &i.kind {
        InstructionKind::Arg(args) => args.iter().any(|a| connects(&a.name)),
        InstructionKind::Env(pairs) => pairs.iter().any(|p| connects(&p.name)),
        _ => false,
    });
    if handed || built {
        return None;
    }
    let started = system.marks().iter().any(|m| m.kind == MarkKind::StartsMonitoring);
    let open = system.owned().find(|s| unlisted(s));
    match (read, configured || listed || started) {
        (None, false) => Some((None, format!("nothing in the repository starts it, or names the key that {word} needs"))),
        (_, _) if open.is_some() => None,
        (Some(read), _) => Some((Some(read.at), format!("the source reads {}, and no service is given it", read.name))),
        // What starts it may hold the key itself.
        (None, true) => None,
    }
}

fn given(service: &Service, connects: &dyn Fn(&str) -> bool) -> bool {
    service.environment.iter().any(|v| connects(&v.name)) || service.secrets.iter().any(|s| connects(&s.name))
}

/// Whether a service may be given variables that are not listed: a file outside the tree, a whole secret, settings that a platform keeps.
fn unlisted(service: &Service) -> bool {
    let kept = matches!(service.runtime, Runtime::Platform | Runtime::Function | Runtime::Process);
    kept || service.env_files.iter().any(|f| !f.exists) || !service.secrets.is_empty()
}
