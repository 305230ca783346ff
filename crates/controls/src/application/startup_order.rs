//! Does a service tolerate or wait for what it needs when it starts?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Tally};
use plimsoll_model::container::{Dependency, Restart, Runtime, ValueSource};
use plimsoll_model::{Service, ServiceKind, System};

use super::no_services;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "application/startup-order", page: include_str!("startup_order.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in system.owned().filter(|s| !s.helper() && s.kind != ServiceKind::Proxy) {
        judge(system, service, &mut tally);
    }
    tally.finish(|| no_services(system))
}

fn judge(system: &System, service: &Service, tally: &mut Tally) {
    let name = &service.name;
    let needed = needs(system, service);
    let waits = waiting_command(system, service);
    if service.depends_on.is_empty() && needed.is_empty() && waits.is_none() {
        let says = format!("`{name}` needs nothing that starts beside it");
        tally.not_applicable(Evidence::noted(service.at, says));
        return;
    }
    let subject = service.subject();
    if let Some((at, says)) = &waits {
        tally.met(&subject, Evidence::seen(*at, format!("`{name}` waits before it starts: `{says}`"), Grade::Active));
    }
    if let Restart::Supervised(at) = &service.restart
        && service.runtime != Runtime::Compose
    {
        let says = format!("`{name}` is started again, with growing pauses, until what it needs is there");
        tally.met(&subject, Evidence::seen(*at, says, Grade::Active));
        return;
    }
    if service.on_platform() {
        tally.met(&subject, Evidence::seen(service.at, format!("the platform starts `{name}` again until it stays up"), Grade::Active));
        return;
    }
    for dependency in &service.depends_on {
        depends(system, service, dependency, waits.is_some(), tally);
    }
    for (other, at) in needed.iter().filter(|(other, _)| !service.depends_on.iter().any(|d| d.on == other.name)) {
        undeclared(service, other, *at, waits.is_some(), tally);
    }
}

/// One entry of `depends_on`.
fn depends(system: &System, service: &Service, dependency: &Dependency, waits: bool, tally: &mut Tally) {
    let subject = service.subject();
    let (name, on) = (&service.name, &dependency.on);
    let other = system.service(on);
    match dependency.condition.as_str() {
        "service_healthy" => {
            let says = format!("`{name}` waits until `{on}` is healthy");
            if other.is_some_and(|o| unprobed(system, o)) {
                let gap = Gap::new(
                    "nothing-to-wait-for",
                    format!("`{name}` waits for `{on}` to be healthy, which states no health check"),
                    Evidence::noted(dependency.at, "condition: service_healthy"),
                );
                let here = other.map_or(dependency.at, |o| o.at);
                let gap = gap.and(Evidence::noted(here, format!("`{on}` is declared without a health check")));
                tally.gap(&subject, gap.so("Compose refuses to start it: the condition can never hold"));
            } else {
                tally.met(&subject, Evidence::seen(dependency.at, says, Grade::Active));
            }
        }
        "service_completed_successfully" => {
            let says = format!("`{name}` waits until `{on}` has done its work");
            tally.met(&subject, Evidence::seen(dependency.at, says, Grade::Active));
        }
        _ if waits || other.is_some_and(Service::helper) => {}
        _ => {
            let says = format!("`{name}` starts after `{on}`");
            tally.met(&subject, Evidence::seen(dependency.at, says, Grade::Active));
            let gap = Gap::new(
                "order-only",
                format!("`{name}` starts after `{on}`, but does not wait until it is ready"),
                Evidence::noted(dependency.at, format!("depends on `{on}` without a condition")),
            );
            tally.gap(&subject, gap.so("its first connections fail while the other is still starting"));
        }
    }
}

/// Something that it is told to connect to, and that it does not wait for.
fn undeclared(service: &Service, other: &Service, at: Location, waits: bool, tally: &mut Tally) {
    let subject = service.subject();
    let (name, on) = (&service.name, &other.name);
    if waits {
        return;
    }
    match &service.restart {
        Restart::Always(policy) | Restart::OnFailure(policy) => {
            let says = format!("`{name}` is started again when it fails: {}", policy.value);
            tally.met(&subject, Evidence::seen(policy.at, says, Grade::Active));
            let gap = Gap::new(
                "no-order",
                format!("`{name}` uses `{on}` and does not wait for it"),
                Evidence::noted(at, format!("names `{on}`")),
            );
            tally.gap(&subject, gap.so("it fails and starts again until the other is ready"));
        }
        _ => tally.doubt(
            &subject,
            Question::new(
                format!("whether `{name}` survives a start before `{on}` is ready: it neither waits for it nor is started again"),
                format!("let `{name}` depend on a healthy `{on}`, or connect with retries"),
            ),
        ),
    }
}

/// Whether a service is known to state no health check, neither in the deployment nor in its image.
fn unprobed(system: &System, service: &Service) -> bool {
    let image = service.built_image(system);
    let checked = image.as_ref().is_some_and(|i| i.definition.dockerfile.effective_healthcheck(i.stage).is_some());
    // What an image of others states is not known, but those of the well-known engines state none.
    let readable = image.is_some() || service.engine.is_some();
    service.probe_disabled.is_some() || service.probes.is_empty() && readable && !checked
}

/// The neighbours that keep data or pass messages and whose name stands in a variable that the service is given, with that variable's place.
fn needs<'a>(system: &'a System, service: &Service) -> Vec<(&'a Service, Location)> {
    let kinds = [ServiceKind::Datastore, ServiceKind::Cache, ServiceKind::Broker];
    let others = system.services().iter().filter(|o| kinds.contains(&o.kind) && o.name != service.name);
    let named = |other: &Service, text: &str| std::iter::once(&other.name).chain(&other.aliases).any(|n| is_host(text, n));
    let told = |other: &Service| {
        service.environment.iter().find_map(|v| {
            let text = match &v.value {
                ValueSource::Literal(text) | ValueSource::EnvFile { value: text, .. } => Some(text),
                ValueSource::Interpolated { raw, resolved, .. } => Some(resolved.as_ref().unwrap_or(raw)),
                _ => None,
            };
            text.filter(|t| named(other, t)).map(|_| v.at)
        })
    };
    others.filter_map(|o| told(o).map(|at| (o, at))).collect()
}

/// Whether a text names a host: the whole text, or what stands between `@`, `/` or `,` and `:`, `/`, `.` or `,`.
fn is_host(text: &str, name: &str) -> bool {
    text == name
        || text.match_indices(name).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + name.len()..].chars().next();
            let begins = before.is_none_or(|c| matches!(c, '@' | '/' | ','));
            let ends = after.is_none_or(|c| matches!(c, ':' | '/' | '.' | ',' | '?'));
            begins && ends && (before.is_some() || after == Some(':'))
        })
}

/// A command that runs when the service starts and waits for something else.
fn waiting_command(system: &System, service: &Service) -> Option<(Location, String)> {
    let commands = service.start(system);
    commands.iter().filter(|c| !c.command.in_function).find_map(|start| {
        let words = &start.command.words;
        let waits = words.iter().any(|w| {
            let name = w.rsplit('/').next().unwrap_or(w).trim_end_matches(".sh");
            matches!(
                name,
                "wait-for-it"
                    | "wait-for"
                    | "wait_for_it"
                    | "wait-for-db"
                    | "wait-for-postgres"
                    | "wait_for_db"
                    | "wait4x"
                    | "wait-on"
                    | "pg_isready"
            ) || name == "wait_for_database"
        });
        let dockerize = words.first().is_some_and(|w| w.ends_with("dockerize")) && words.iter().any(|w| w.starts_with("-wait"));
        let connects =
            matches!(words.first().map(String::as_str), Some("nc" | "ncat")) && words.iter().any(|w| w.starts_with('-') && w.contains('z'));
        let shown: String = words.join(" ").chars().take(60).collect();
        (waits || dockerize || connects).then_some((start.at, shown))
    })
}
