//! Agents that instrument a program from outside: by the start command, by options of the runtime, by an operator's annotation, by an import alone.

use plimsoll_base::{Evidence, Grade, Location, Question};
use plimsoll_model::container::ValueSource;
use plimsoll_model::{Capability, Program, Service, System, is_stand_in};

use super::input::{DATADOG, OTLP, by_variables};
use super::{Finding, nobody};

/// An agent.
struct Agent {
    /// A part of the word that starts it.
    word: &'static str,
    name: &'static str,
    /// Variables that lead it to where it sends.
    variables: &'static [&'static str],
    metrics: bool,
}

const AGENTS: &[Agent] = &[
    Agent { word: "opentelemetry-instrument", name: "opentelemetry-instrument", variables: OTLP, metrics: true },
    Agent { word: "@opentelemetry/auto-instrumentations-node", name: "OpenTelemetry for Node", variables: OTLP, metrics: true },
    Agent { word: "opentelemetry-javaagent", name: "OpenTelemetry for Java", variables: OTLP, metrics: true },
    Agent { word: "ddtrace-run", name: "ddtrace-run", variables: DATADOG, metrics: true },
    Agent { word: "dd-trace/", name: "dd-trace", variables: DATADOG, metrics: true },
    Agent { word: "dd-java-agent", name: "Datadog for Java", variables: DATADOG, metrics: true },
    Agent { word: "newrelic-admin", name: "newrelic-admin", variables: &["NEW_RELIC_LICENSE_KEY", "NEW_RELIC_CONFIG_FILE"], metrics: true },
    Agent { word: "newrelic.jar", name: "New Relic for Java", variables: &["NEW_RELIC_LICENSE_KEY"], metrics: true },
    Agent {
        word: "elastic-apm-node/start",
        name: "Elastic APM",
        variables: &["ELASTIC_APM_SERVER_URL", "ELASTIC_APM_SERVER_URLS"],
        metrics: true,
    },
    Agent { word: "elasticapm-run", name: "Elastic APM", variables: &["ELASTIC_APM_SERVER_URL"], metrics: true },
    Agent {
        word: "elastic-apm-agent",
        name: "Elastic APM for Java",
        variables: &["ELASTIC_APM_SERVER_URL", "ELASTIC_APM_SERVER_URLS"],
        metrics: true,
    },
    Agent {
        word: "applicationinsights-agent",
        name: "Application Insights for Java",
        variables: &["APPLICATIONINSIGHTS_CONNECTION_STRING"],
        metrics: true,
    },
];

/// New Relic for Node is loaded by its bare name.
const NEW_RELIC: Agent = Agent { word: "newrelic", name: "New Relic", variables: &["NEW_RELIC_LICENSE_KEY"], metrics: true };

/// Options of runtimes by which agents are loaded.
const OPTIONS: &[&str] = &["NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "JAVA_OPTS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CORECLR_PROFILER_PATH"];

/// What agents around a service come to for a capability.
pub(super) fn found(system: &System, service: &Service, capability: Capability) -> Vec<Finding> {
    let asked = |a: &Agent| matches!(capability, Capability::Tracing | Capability::Apm) || capability == Capability::Metrics && a.metrics;
    let mut found = Vec::new();
    for start in service.start(system) {
        let words = || start.command.words.iter();
        let agent = words().find_map(|w| AGENTS.iter().find(|a| w.contains(a.word))).or_else(|| {
            let loads = |pair: &[String]| matches!(pair[0].as_str(), "-r" | "--require" | "--import") && pair[1] == "newrelic";
            start.command.words.windows(2).any(loads).then_some(&NEW_RELIC)
        });
        found.extend(agent.filter(|a| asked(a)).map(|a| loaded(system, service, a, start.at, "the start command")));
    }
    for (name, value, at) in options(system, service) {
        let bare = value.split_whitespace().any(|w| w == "newrelic" || w.ends_with("=newrelic"));
        let agent = AGENTS.iter().find(|a| value.contains(a.word)).or(bare.then_some(&NEW_RELIC));
        found.extend(agent.filter(|a| asked(a)).map(|a| loaded(system, service, a, at, &name)));
    }
    found.extend(annotated(system, service, capability));
    found
}

fn options(system: &System, service: &Service) -> Vec<(String, String, Location)> {
    let mut found = Vec::new();
    for variable in service.environment.iter().filter(|v| OPTIONS.contains(&v.name.as_str())) {
        let value = match &variable.value {
            ValueSource::Literal(text) => Some(text.clone()),
            ValueSource::Interpolated { resolved, .. } => resolved.clone(),
            ValueSource::EnvFile { value, .. } => Some(value.clone()),
            _ => None,
        };
        found.extend(value.map(|v| (variable.name.clone(), v, variable.at)));
    }
    if let Some(image) = service.built_image(system) {
        for (name, variable) in image.definition.dockerfile.effective_env(image.stage) {
            if OPTIONS.contains(&name) {
                found.push((name.to_owned(), variable.value.clone(), image.at(variable.span)));
            }
        }
    }
    found
}

/// An agent that is loaded with the service: active where it is led to somewhere.
fn loaded(system: &System, service: &Service, agent: &Agent, at: Location, by: &str) -> Finding {
    let says = format!("{by} of `{}` loads {}", service.name, agent.name);
    let silent = |lacks: String, why: Evidence| Finding::Dormant { at, says: says.clone(), grade: Grade::Wired, lacks, why };
    match by_variables(system, service, system.program(service), agent.variables) {
        Some((name, Some(text), from)) if text.is_empty() || is_stand_in(&text) => silent(
            format!("{name}, which {} needs, holds no real value", agent.name),
            Evidence::noted(from, format!("{name} is a stand-in")),
        ),
        Some((name, Some(text), from)) => match nobody(system, &text).filter(|_| !name.ends_with("KEY") && !name.ends_with("FILE")) {
            Some(host) => silent(
                format!("{} sends to `{host}`, and no service has that name", agent.name),
                Evidence::noted(from, format!("{name} names `{host}`")),
            ),
            None => Finding::Active(at, format!("{says}, with {name}")),
        },
        Some((name, None, _)) => Finding::Active(at, format!("{says}, with {name}")),
        None if agent.variables == DATADOG
            && system.services().iter().any(|s| s.image_text().is_some_and(|i| i.contains("datadog/agent"))) =>
        {
            Finding::Active(at, format!("{says}, and Datadog's agent runs beside it"))
        }
        None => {
            let name = agent.variables.first().copied().unwrap_or_default();
            silent(
                format!("{} is not told where to send to: nothing sets {name}", agent.name),
                Evidence::sought(name, super::scopes(system, service)),
            )
        }
    }
}

/// Operators inject agents into pods that carry their annotation.
fn annotated(system: &System, service: &Service, capability: Capability) -> Option<Finding> {
    if !matches!(capability, Capability::Tracing | Capability::Apm) {
        return None;
    }
    let (name, value) = service.labels.iter().find(|(name, value)| {
        let inject = name.starts_with("instrumentation.opentelemetry.io/inject-") && value.value != "false";
        inject || name.starts_with("admission.datadoghq.com/") && name.ends_with("-lib.version")
    })?;
    let open = name.starts_with("instrumentation.") && !system.files().iter().any(|f| f.product() && f.path.contains("instrumentation"));
    Some(if open {
        Finding::Open(Question::new(
            format!("where the agent that `{name}` injects into `{}` sends to: its Instrumentation is not in the repository", service.name),
            "add the Instrumentation object, or attest it",
        ))
    } else {
        Finding::Active(value.at, format!("`{name}` lets the operator inject an agent into `{}`", service.name))
    })
}

/// A library that works by being taken in alone.
pub(super) fn by_import(system: &System, service: &Service, _program: &Program, library: &str, at: Location) -> Option<Finding> {
    let agent = match library {
        "newrelic" => &NEW_RELIC,
        "dd-trace" | "ddtrace" => AGENTS.iter().find(|a| a.word == "dd-trace/")?,
        "elastic-apm-node" => AGENTS.iter().find(|a| a.word == "elastic-apm-node/start")?,
        _ => return None,
    };
    let found = loaded(system, service, agent, at, "the code");
    // A file of its own configuration may hold the licence.
    let configured = library == "newrelic"
        && system.files().iter().any(|f| f.product() && matches!(f.name(), "newrelic.js" | "newrelic.cjs" | "newrelic.ini"));
    Some(match found {
        Finding::Dormant { .. } if configured => {
            Finding::Open(Question::new("whether New Relic's own file holds a licence that works", "attest it"))
        }
        found => found,
    })
}
