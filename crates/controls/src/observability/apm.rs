//! Can slow transactions and their cause be seen per endpoint?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::{Answer, Capability, Service, System};

use super::instrumentation::{Argument, Finding, argument, instrumentation, subjects, tell};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/apm", page: include_str!("apm.md"), check };

const CONSEQUENCE: &str = "which endpoint is slow, since when and because of which query is found out by trying";
/// Options of Sentry that say how many transactions are recorded.
const RATES: &[&str] = &["tracesSampleRate", "traces_sample_rate", "tracesSampler", "traces_sampler"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in subjects(system, false) {
        let subject = service.subject();
        let name = &service.name;
        let absent = |proof| Gap::new("no-apm", format!("nothing measures the transactions of `{name}`"), proof);
        tell(&mut tally, &subject, found(system, service), absent, CONSEQUENCE);
    }
    tally.finish(|| Evidence::sought("service of the repository's own that serves or works", system.deployment_scope()))
}

/// The best of an agent, traces, and an error tracker that records transactions too.
fn found(system: &System, service: &Service) -> Finding {
    let what = "has its transactions measured";
    let agent = instrumentation(system, service, Capability::Apm, what, &|_, _| None);
    if matches!(agent, Finding::Active(..)) {
        return agent;
    }
    let traces = instrumentation(system, service, Capability::Tracing, what, &|_, _| None);
    if matches!(traces, Finding::Active(..)) {
        return traces;
    }
    let transactions = by_error_tracker(system, service);
    let all = [transactions, Some(agent), Some(traces)].into_iter().flatten();
    let rank = |f: &Finding| match f {
        Finding::Active(..) => 0,
        Finding::Open(_) => 1,
        Finding::Dormant { .. } => 2,
        Finding::Absent(_) => 3,
    };
    all.min_by_key(rank).unwrap_or_else(|| Finding::Absent(Evidence::sought("an agent", system.deployment_scope())))
}

/// Sentry records transactions where it is given a rate.
fn by_error_tracker(system: &System, service: &Service) -> Option<Finding> {
    let program = system.program(service)?;
    let signs = program.showing(system, Capability::ErrorTracking);
    let sign = signs.into_iter().find(|s| s.name.contains("sentry"))?;
    let active = instrumentation(system, service, Capability::ErrorTracking, "sends transactions to Sentry", &|_, _| None);
    let at = system.code().call_at(sign.call);
    let silent = |lacks: &str, why: Evidence| Finding::Dormant {
        at,
        says: format!("`{}` is called", sign.name),
        grade: Grade::Wired,
        lacks: lacks.to_owned(),
        why,
    };
    // The older switch records every transaction.
    let all = match argument(system, sign.call, &["enable_tracing", "enableTracing"], false) {
        Argument::Given(asked) => system.answer(service, asked).truth() == Some(true),
        Argument::Missing | Argument::Hidden => false,
    };
    let rate = match argument(system, sign.call, RATES, false) {
        Argument::Missing if all => "a rate of 1".to_owned(),
        Argument::Given(asked) => match system.answer(service, asked) {
            Answer::Number(rate, at) if rate <= 0.0 => {
                return Some(silent("Sentry records no transactions: its rate is 0", Evidence::noted(at, "a rate of 0")));
            }
            Answer::Nothing(at) => {
                return Some(silent("Sentry records no transactions: it is given no rate", Evidence::noted(at, "no rate")));
            }
            Answer::Variable { given: None, name, at } => {
                return Some(silent(
                    &format!("Sentry records no transactions: nothing sets {name}"),
                    Evidence::noted(at, format!("reads {name}")),
                ));
            }
            Answer::Number(rate, _) => format!("a rate of {rate}"),
            Answer::Variable { name, .. } => format!("the rate of {name}"),
            _ if matches!(asked.value.kind, plimsoll_model::code::Kind::Function(_)) => "a sampler".to_owned(),
            _ => {
                let missing = format!("how many transactions Sentry records: its rate is not decided at {}", system.path_at(at));
                return Some(Finding::Open(Question::new(missing, "attest the rate of production")));
            }
        },
        Argument::Hidden => {
            let missing = format!("whether Sentry records transactions: its options are made elsewhere ({})", system.path_at(at));
            return Some(Finding::Open(Question::new(missing, "attest the rate of production")));
        }
        Argument::Missing => {
            let proof = Evidence::noted(at, "no traces_sample_rate among its options");
            return Some(silent("Sentry takes errors only: it is given no rate of transactions", proof));
        }
    };
    Some(match active {
        Finding::Active(at, says) => Finding::Active(at, format!("{says}, at {rate}")),
        other => other,
    })
}
