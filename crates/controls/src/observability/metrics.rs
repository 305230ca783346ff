//! Are request, error, latency and resource metrics collected from the running services?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Tally};
use plimsoll_model::container::Runtime;
use plimsoll_model::{Capability, Service, System};

use super::instrumentation::{Finding, instrumentation, subjects, tell};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/metrics", page: include_str!("metrics.md"), check };

const CONSEQUENCE: &str = "rates, errors and latency of requests are not known before users complain, and no alert can be set on them";
/// Libraries of which the metrics wait to be asked for.
const ASKED: &[&str] = &["prom", "fastify-metrics", "starlette_exporter"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in subjects(system, false) {
        let subject = service.subject();
        let name = &service.name;
        let found = match instrumentation(system, service, Capability::Metrics, "gives metrics", &|_, sign| {
            pulled(system, service, sign.name, sign.call)
        }) {
            active @ Finding::Active(..) => active,
            other => match instrumentation(system, service, Capability::Apm, "gives metrics", &|_, _| None) {
                active @ Finding::Active(..) => active,
                _ => other,
            },
        };
        let watched = by_platform(system, service);
        match (found, watched) {
            (Finding::Absent(proof), Some((at, says))) => {
                tally.met(&subject, Evidence::seen(at, says, Grade::Active));
                let gap = Gap::new("resources-only", format!("`{name}` gives no metrics of its requests and errors"), proof);
                tally.gap(&subject, gap.so(CONSEQUENCE));
            }
            (found, _) => {
                let absent = |proof| Gap::new("no-metrics", format!("nothing collects metrics of `{name}`"), proof);
                tell(&mut tally, &subject, found, absent, CONSEQUENCE);
            }
        }
    }
    tally.finish(|| Evidence::sought("service of the repository's own that serves or works", system.deployment_scope()))
}

/// What an endpoint of metrics comes to: it needs someone who asks.
fn pulled(system: &System, service: &Service, called: &str, call: plimsoll_model::code::CallRef) -> Option<Finding> {
    if !ASKED.iter().any(|a| called.contains(a)) {
        return None;
    }
    let at = system.code().call_at(call);
    let says = format!("`{called}` is called in what `{}` runs", service.name);
    let short = service.name.rsplit('/').next().unwrap_or(&service.name);
    let scrapes = &system.infrastructure().scrapes;
    let of = |host: &str| host == service.name || host == short || host.split('.').next() == Some(short);
    if let Some(scrape) = scrapes.iter().find(|s| s.host.as_deref().is_some_and(of)) {
        return Some(Finding::Active(at, format!("{says}, and `{}` asks it", scrape.by)));
    }
    let annotated = service.labels.iter().find(|(name, value)| name == "prometheus.io/scrape" && value.value == "true");
    let discovered = scrapes.iter().find(|s| s.host.is_none()).map(|s| s.at).or(annotated.map(|(_, v)| v.at));
    let monitors = ["servicemonitor", "podmonitor", "podmonitoring"];
    let object = system
        .files()
        .iter()
        .any(|f| f.product() && monitors.iter().any(|m| f.path.to_ascii_lowercase().replace(['-', '_'], "").contains(m)));
    let elsewhere = discovered.is_some() || object || !matches!(service.runtime, Runtime::Compose);
    if elsewhere {
        let missing = format!(
            "who collects the metrics that `{}` gives: its collector is not in the repository, or finds its targets by itself",
            service.name
        );
        return Some(Finding::Open(Question::new(
            missing,
            "add the collector's configuration, or attest it with a picture of its targets",
        )));
    }
    let why = match scrapes.first() {
        Some(scrape) => Evidence::noted(scrape.at, format!("`{}` asks others", scrape.by)),
        None => Evidence::sought("a collector that asks it", system.deployment_scope()),
    };
    Some(Finding::Dormant { at, says, grade: Grade::Wired, lacks: format!("`{}` gives metrics that nothing collects", service.name), why })
}

/// What the ground on which a service runs measures of it: processor and memory.
fn by_platform(system: &System, service: &Service) -> Option<(Location, String)> {
    match service.runtime {
        Runtime::Ecs | Runtime::Function | Runtime::Kubernetes => {
            let resources = || system.roots().into_iter().flat_map(|r| &r.resources);
            let insights = resources().flat_map(|r| &r.attributes).find(|(_, v)| v.value == "containerInsights" || v.value == "enhanced");
            let by_insights = insights.map(|(_, v)| (v.at, "Container Insights measures processor and memory".to_owned()));
            let by_provider = matches!(service.runtime, Runtime::Function | Runtime::Ecs)
                .then(|| (service.at, format!("the provider measures load and failures of `{}`", service.name)));
            by_insights.or(by_provider)
        }
        Runtime::Platform => Some((service.at, format!("the platform measures processor and memory of `{}`", service.name))),
        Runtime::Compose | Runtime::Process => {
            let exporter =
                |i: &str| i.contains("cadvisor") || i.contains("node-exporter") || i.contains("netdata") || i.contains("datadog/agent");
            let measuring = system.services().iter().find(|s| s.image_text().is_some_and(exporter))?;
            Some((measuring.at, format!("`{}` measures processor and memory", measuring.name)))
        }
    }
}
