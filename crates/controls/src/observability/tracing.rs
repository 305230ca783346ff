//! Can one request be followed through services?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::{Capability, System};

use super::instrumentation::{Finding, instrumentation, subjects};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/tracing", page: include_str!("tracing.md"), check };

const CONSEQUENCE: &str = "which of the services made a request slow or wrong has to be pieced together from clocks and guesses";

fn check(system: &System, mut tally: Tally) -> Judgement {
    let services = subjects(system, false);
    let subject = Subject::system();
    let mut active: Vec<(Location, String)> = by_provider(system);
    let mut others = Vec::new();
    for service in &services {
        match instrumentation(system, service, Capability::Tracing, "sends traces", &|_, _| None) {
            Finding::Active(at, says) => active.push((at, says)),
            found => others.push(found),
        }
    }
    let total = services.len();
    if total < 2 && active.is_empty() && !others.iter().any(|f| matches!(f, Finding::Dormant { .. })) {
        return tally.finish(|| Evidence::sought("second service through which a request could go", system.deployment_scope()));
    }
    for (at, says) in &active {
        tally.met(&subject, Evidence::seen(*at, says.clone(), Grade::Active));
    }
    let dormant = others.iter().position(|f| matches!(f, Finding::Dormant { .. })).map(|i| others.swap_remove(i));
    let mut open = others.iter().filter_map(|f| if let Finding::Open(question) = f { Some(question.clone()) } else { None });
    match (active.len(), dormant) {
        (0, Some(Finding::Dormant { at, says, grade, lacks, why })) => {
            tally.met(&subject, Evidence::seen(at, says, grade));
            tally.gap(&subject, Gap::new("dormant", lacks, why).so(CONSEQUENCE));
        }
        (0, _) => match open.next() {
            Some(question) => tally.doubt(&subject, question),
            None => {
                let proof = others.into_iter().find_map(|f| if let Finding::Absent(proof) = f { Some(proof) } else { None });
                let proof = proof.unwrap_or_else(|| Evidence::sought("tracing", system.deployment_scope()));
                tally.gap(&subject, Gap::new("no-tracing", "no service records traces", proof).so(CONSEQUENCE));
            }
        },
        (1, _) if total > 1 => match open.next() {
            Some(question) => tally.doubt(&subject, question),
            None => {
                let says = format!("one of {total} services sends traces: they end where the next one begins");
                let proof = Evidence::sought("traces of a second service", system.deployment_scope());
                tally.gap(&subject, Gap::new("one-service", says, proof).so(CONSEQUENCE));
            }
        },
        _ => {}
    }
    tally.finish(|| Evidence::sought("second service through which a request could go", system.deployment_scope()))
}

/// Functions and gateways that the provider traces.
fn by_provider(system: &System) -> Vec<(Location, String)> {
    const MODES: &[&str] = &["tracing_config.mode", "TracingConfig.Mode", "Tracing"];
    let resources = system.roots().into_iter().flat_map(|r| &r.resources);
    let functions =
        resources.filter(|r| matches!(r.kind.as_str(), "aws_lambda_function" | "AWS::Lambda::Function" | "AWS::Serverless::Function"));
    let traced = functions.filter_map(|r| Some((r, MODES.iter().find_map(|m| r.get(m)).filter(|v| v.value == "Active")?)));
    traced.map(|(r, mode)| (mode.at, format!("X-Ray traces `{}`", r.name))).collect()
}
