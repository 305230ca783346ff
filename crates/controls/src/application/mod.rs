//! The application itself: how its code starts, stops, answers and fails.

mod composed_text;
mod composition;
mod graceful_shutdown;
mod health_endpoint;
mod query_methods;
mod sql_injection_safe;
mod startup_order;
mod xss_safe;

use plimsoll_base::{Evidence, Question};
use plimsoll_model::image::BuiltImage;
use plimsoll_model::{Program, Service, ServiceKind, System};

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] =
    &[health_endpoint::CONTROL, graceful_shutdown::CONTROL, sql_injection_safe::CONTROL, xss_safe::CONTROL, startup_order::CONTROL];

/// Why a control of running code has nothing to judge.
fn no_services(system: &System) -> Evidence {
    Evidence::sought("service of this repository's own code", system.deployment_scope())
}

/// The services whose code is judged: those of the repository that run code of their own.
fn running(system: &System) -> impl Iterator<Item = &Service> {
    let no_code =
        [ServiceKind::Static, ServiceKind::Proxy, ServiceKind::Datastore, ServiceKind::Cache, ServiceKind::Broker, ServiceKind::Monitoring];
    // An image that a web server starts runs its configuration and files, no code.
    let serves_files = |s: &Service| {
        let last = s.start(system).into_iter().rfind(|c| !c.command.in_function && !c.command.words.is_empty());
        let started = last.as_ref().and_then(|c| c.command.program_and_args()).map(|(program, _)| program);
        let image = s.built_image(system);
        let base = image
            .as_ref()
            .and_then(BuiltImage::base)
            .is_some_and(|b| ["nginx", "caddy", "httpd", "nginx-unprivileged"].contains(&b.last()));
        started.map_or(base, |program| ["nginx", "caddy", "httpd"].contains(&program))
    };
    system
        .services()
        .iter()
        .filter(|s| s.owned() || s.built_elsewhere())
        .filter(move |s| !s.helper() && !no_code.contains(&s.kind) && !serves_files(s))
}

/// The question that is left where not all code of a service was seen; `whether` says what it would tell.
fn unseen(system: &System, program: Option<&Program>, whether: &str) -> Question {
    let doubt = program.and_then(|p| p.doubts.first());
    let why = match doubt {
        Some((at, says)) => format!("{says} ({})", system.path_at(*at)),
        None => "its code could not be followed from its start".to_owned(),
    };
    Question::new(format!("{whether}: {why}"), "review that part by hand, or make its start and imports readable")
}
