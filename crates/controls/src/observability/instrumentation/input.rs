//! The key, address or name that a library needs, and whether production gives it.

use plimsoll_base::{Evidence, Grade, Location, Question};
use plimsoll_model::code::{CallRef, FunctionRef, Kind, Value};
use plimsoll_model::technology::CodeSign;
use plimsoll_model::{Answer, Asked, Program, Service, System, is_stand_in};

use super::condition::{Made, made};
use super::{Finding, SETTLE, nobody};

/// What the calls of a family need.
struct Need {
    /// How the canonical names of the calls begin.
    calls: &'static str,
    /// The keyword, or the key of the options, under which it is handed in.
    keys: &'static [&'static str],
    /// Whether it may be the first argument by itself.
    first: bool,
    /// Variables that the library reads by itself where nothing is handed in.
    variables: &'static [&'static str],
    /// Whether it is an address that someone must answer at.
    address: bool,
    /// Whether it works without: credentials of the platform, an agent on the same host.
    optional: bool,
}

const fn need(calls: &'static str, keys: &'static [&'static str], first: bool, variables: &'static [&'static str]) -> Need {
    Need { calls, keys, first, variables, address: false, optional: false }
}
const fn address(calls: &'static str, keys: &'static [&'static str], first: bool, variables: &'static [&'static str]) -> Need {
    Need { address: true, ..need(calls, keys, first, variables) }
}

/// Where an OTLP exporter sends to.
pub(super) const OTLP: &[&str] =
    &["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];
/// What leads a tracer of Datadog to its agent.
pub(super) const DATADOG: &[&str] = &["DD_AGENT_HOST", "DD_TRACE_AGENT_URL", "DD_TRACE_AGENT_HOSTNAME", "DD_API_KEY"];

/// What libraries need, the longer names of calls before their beginnings; a call that is not here needs nothing.
const NEEDS: &[Need] = &[
    need("sentry_sdk.", &["dsn"], true, &["SENTRY_DSN"]),
    need("@sentry/react.", &["dsn"], false, &[]),
    need("@sentry/browser.", &["dsn"], false, &[]),
    need("@sentry/vue.", &["dsn"], false, &[]),
    need("@sentry/svelte.", &["dsn"], false, &[]),
    need("@sentry/angular.", &["dsn"], false, &[]),
    need("@sentry/", &["dsn"], false, &["SENTRY_DSN"]),
    need("raven.", &["dsn"], true, &["SENTRY_DSN"]),
    need("rollbar", &["accessToken", "access_token"], true, &["ROLLBAR_ACCESS_TOKEN"]),
    need("@bugsnag/", &["apiKey"], true, &[]),
    need("bugsnag.", &["api_key"], false, &["BUGSNAG_API_KEY"]),
    need("@honeybadger-io/", &["apiKey"], false, &["HONEYBADGER_API_KEY"]),
    need("honeybadger.", &["api_key"], false, &["HONEYBADGER_API_KEY"]),
    need("@airbrake/", &["projectKey"], false, &[]),
    need("pybrake.", &["project_key"], false, &[]),
    need("raygun", &["apiKey"], true, &[]),
    need("@highlight-run/", &["projectID"], false, &[]),
    need("highlight_io.", &["project_id"], true, &[]),
    address("@opentelemetry/exporter-prometheus", &[], false, &[]),
    address("@opentelemetry/", &["url", "endpoint"], false, OTLP),
    Need { optional: true, ..address("@vercel/otel.", &[], false, OTLP) },
    Need { optional: true, ..address("opentelemetry.exporter.cloud_trace.", &[], false, &[]) },
    address(
        "opentelemetry.exporter.jaeger.",
        &["agent_host_name", "collector_endpoint"],
        false,
        &["OTEL_EXPORTER_JAEGER_AGENT_HOST", "OTEL_EXPORTER_JAEGER_ENDPOINT"],
    ),
    address("opentelemetry.exporter.zipkin.", &["endpoint"], false, &["OTEL_EXPORTER_ZIPKIN_ENDPOINT"]),
    address("opentelemetry.", &["endpoint"], true, OTLP),
    address("dd-trace.", &["hostname", "url"], false, DATADOG),
    address("ddtrace.", &[], false, DATADOG),
    address("datadog.", &["statsd_host", "api_key"], false, &["DD_AGENT_HOST", "DATADOG_API_KEY", "DD_API_KEY"]),
    need("datadog-metrics.", &["apiKey"], false, &["DATADOG_API_KEY", "DD_API_KEY"]),
    address("hot-shots", &["host"], false, DATADOG),
    address("statsd.", &["host"], true, &["STATSD_HOST"]),
    need("newrelic.", &[], false, &["NEW_RELIC_LICENSE_KEY"]),
    address("elastic-apm-node.", &["serverUrl"], false, &["ELASTIC_APM_SERVER_URL"]),
    address("elasticapm.", &["SERVER_URL", "server_url"], false, &["ELASTIC_APM_SERVER_URL"]),
    need("applicationinsights.", &[], true, &["APPLICATIONINSIGHTS_CONNECTION_STRING"]),
    need("@azure/monitor-opentelemetry.", &["connectionString"], false, &["APPLICATIONINSIGHTS_CONNECTION_STRING"]),
    need("azure.monitor.", &["connection_string"], false, &["APPLICATIONINSIGHTS_CONNECTION_STRING"]),
    need("logfire.", &["token"], false, &["LOGFIRE_TOKEN"]),
    need("@appsignal/", &["pushApiKey"], false, &["APPSIGNAL_PUSH_API_KEY"]),
    need("appsignal.", &["push_api_key"], false, &["APPSIGNAL_PUSH_API_KEY"]),
    need("scout_apm.", &[], false, &["SCOUT_KEY"]),
    need("posthog-js/react.", &["apiKey"], false, &[]),
    need("@posthog/react.", &["apiKey"], false, &[]),
    need("posthog-js.", &[], true, &[]),
    need("posthog-node.", &[], true, &[]),
    need("posthog.", &["project_api_key", "api_key"], true, &[]),
    need("mixpanel", &[], true, &[]),
    need("@amplitude/", &[], true, &[]),
    need("@segment/", &["writeKey"], true, &[]),
    need("react-ga", &[], true, &[]),
    need("@next/third-parties/", &["gaId", "gtmId"], false, &[]),
    need("fathom-client.", &[], true, &[]),
    need("@june-so/", &["writeKey"], false, &[]),
    need("@openpanel/", &["clientId"], false, &[]),
    need("@microsoft/clarity.", &[], true, &[]),
    need("react-gtm-module.", &["gtmId"], false, &[]),
];

/// What is handed in under a key.
pub(in crate::observability) enum Argument<'a> {
    /// This value, as seen in this function.
    Given(Asked<'a>),
    /// Nothing.
    Missing,
    /// What is handed in is made elsewhere: it may be there.
    Hidden,
}

/// The argument of a call under one of some keys, as a keyword or in an object of options; `first`: also the first one by itself.
pub(in crate::observability) fn argument<'a>(system: &'a System, at: CallRef, keys: &[&str], first: bool) -> Argument<'a> {
    let code = system.code();
    let call = code.call(at);
    let scope = FunctionRef { module: at.module, function: call.function };
    let mut hidden = false;
    for (index, argument) in call.arguments.iter().enumerate() {
        if let Some(name) = &argument.name {
            if keys.contains(&&**name) {
                return Argument::Given(Asked { value: &argument.value, scope });
            }
            continue;
        }
        let (inner, options): (FunctionRef, &Value) = match &argument.value.kind {
            Kind::Object(_) | Kind::Spread(_) => (scope, &argument.value),
            _ => match code.written(at.module, call.function, &argument.value) {
                Some((module, function, value)) => (FunctionRef { module, function }, value),
                None => (scope, &argument.value),
            },
        };
        match &options.kind {
            Kind::Object(_) => {
                if let Some(value) = keys.iter().find_map(|k| options.get(k)) {
                    return Argument::Given(Asked { value, scope: inner });
                }
                hidden |= options.spreads();
            }
            Kind::Spread(_) => hidden = true,
            Kind::Function(_) => {}
            _ if first && index == 0 => return Argument::Given(Asked { value: &argument.value, scope }),
            Kind::Text(_) | Kind::Number(_) | Kind::Bool(_) | Kind::List(_) | Kind::Nothing => {}
            _ => hidden |= !keys.is_empty(),
        }
    }
    if hidden { Argument::Hidden } else { Argument::Missing }
}

/// What a reached call comes to: whether it is made, and has what it needs.
pub(super) fn reached(system: &System, service: &Service, program: &Program, sign: &CodeSign) -> Finding {
    let at = system.code().call_at(sign.call);
    let what = sign.name;
    let says = format!("`{what}` is called in what `{}` runs", service.name);
    let conditions = made(system, service, program, sign.call);
    if let Made::No(where_, why) = conditions {
        let lacks = format!("`{what}` is never called in production: {why}");
        return Finding::Dormant { at, says, grade: Grade::Wired, lacks, why: Evidence::noted(where_, why) };
    }
    let found = connected(system, service, program, sign, at, &says);
    match (found, conditions) {
        (Finding::Active(..), Made::Open(where_)) => {
            let missing = format!("whether `{what}` is called in production: a condition at {} decides", system.path_at(where_));
            Finding::Open(Question::new(missing, SETTLE))
        }
        (found, _) => found,
    }
}

fn connected(system: &System, service: &Service, program: &Program, sign: &CodeSign, at: Location, says: &str) -> Finding {
    let what = sign.name;
    let Some(need) = NEEDS.iter().find(|n| what.starts_with(n.calls)) else { return Finding::Active(at, says.to_owned()) };
    if need.keys.is_empty() && need.variables.is_empty() && !need.first {
        return Finding::Active(at, says.to_owned());
    }
    let silent = |lacks: String, why: Evidence| Finding::Dormant { at, says: says.to_owned(), grade: Grade::Wired, lacks, why };
    match argument(system, sign.call, need.keys, need.first) {
        Argument::Given(asked) => match system.answer(service, asked) {
            Answer::Text(text, from) => of_text(system, service, need, &text, from, at, what, says),
            Answer::Nothing(from) => silent(format!("`{what}` is given nothing to send to"), Evidence::noted(from, "no value".to_owned())),
            Answer::Variable { given: Some(_), name, .. } => Finding::Active(at, format!("{says}, with {name}")),
            Answer::Variable { given: None, name, at: read } if handed_to_build(service, &name) => {
                let _ = read;
                Finding::Active(at, format!("{says}, with {name} from the build"))
            }
            Answer::Variable { given: None, name, at: read } if asked_by_build(system, service, &name) => Finding::Open(Question::new(
                format!("whether the build of `{}` is given {name} ({})", service.name, system.path_at(read)),
                "show the step that hands it in, or attest it",
            )),
            Answer::Variable { given: None, name, at: read } => {
                silent(format!("`{what}` waits for {name}, which nothing sets"), Evidence::noted(read, format!("reads {name}")))
            }
            // Options of several kinds, a function, a list of exporters: something is handed in.
            _ => Finding::Open(Question::new(format!("what `{what}` is given at {}", system.path_at(at)), SETTLE)),
        },
        Argument::Hidden => Finding::Open(Question::new(
            format!("what `{what}` is given at {}: its options are made elsewhere", system.path_at(at)),
            SETTLE,
        )),
        Argument::Missing => match by_variables(system, service, Some(program), need.variables) {
            Some((name, Some(text), from)) if !need.address || nobody(system, &text).is_none() || text.is_empty() => {
                if text.is_empty() || is_stand_in(&text) {
                    silent(
                        format!("{name}, which `{what}` needs, holds no real value"),
                        Evidence::noted(from, format!("{name} is a stand-in")),
                    )
                } else {
                    Finding::Active(at, format!("{says}, with {name}"))
                }
            }
            Some((name, Some(text), from)) => {
                silent(format!("`{what}` sends to {text}, and no service has that name"), Evidence::noted(from, format!("{name}={text}")))
            }
            Some((name, None, _)) => Finding::Active(at, format!("{says}, with {name}")),
            None if need.optional || need.address && collector(system, need) => Finding::Active(at, says.to_owned()),
            None => {
                let of = need.variables.first().or(need.keys.first()).copied().unwrap_or("a key");
                silent(format!("`{what}` is given no {of}"), Evidence::sought(of, super::scopes(system, service)))
            }
        },
    }
}

#[allow(clippy::too_many_arguments)]
fn of_text(system: &System, service: &Service, need: &Need, text: &str, from: Location, at: Location, what: &str, says: &str) -> Finding {
    let silent = |lacks: String, why: &str| Finding::Dormant {
        at,
        says: says.to_owned(),
        grade: Grade::Wired,
        lacks,
        why: Evidence::noted(from, why.to_owned()),
    };
    if text.is_empty() {
        return silent(format!("what `{what}` sends to is empty in `{}`", service.name), "an empty text");
    }
    if is_stand_in(text) {
        return silent(format!("what `{what}` sends to is a stand-in"), "a stand-in for a real value");
    }
    match nobody(system, text).filter(|_| need.address) {
        Some(host) => silent(format!("`{what}` sends to `{host}`, and no service has that name"), "the address"),
        None => Finding::Active(at, says.to_owned()),
    }
}

/// The first of some variables that a service is given, with its value where the repository holds it.
pub(super) fn by_variables(
    system: &System,
    service: &Service,
    program: Option<&Program>,
    names: &[&'static str],
) -> Option<(&'static str, Option<String>, Location)> {
    names.iter().find_map(|name| {
        let by_program = || program.and_then(|p| p.variable(name)).map(|(at, value)| (*name, value.map(str::to_owned), at));
        let by_workload = || service.environment.iter().find(|v| v.name == *name).map(|v| (*name, None, v.at));
        let by_secret = || service.secrets.iter().find(|s| s.name == *name).map(|_| (*name, None, service.at));
        let by_image = || {
            let image = service.built_image(system)?;
            let found = image.definition.dockerfile.effective_env(image.stage).into_iter().find(|(n, _)| n == name)?;
            Some((*name, Some(found.1.value.clone()).filter(|v| !v.contains('$')), image.at(found.1.span)))
        };
        by_program().or_else(by_workload).or_else(by_secret).or_else(by_image)
    })
}

fn handed_to_build(service: &Service, name: &str) -> bool {
    service.build.as_ref().is_some_and(|b| b.args.iter().any(|(n, _)| n == name))
}

fn asked_by_build(system: &System, service: &Service, name: &str) -> bool {
    use plimsoll_model::dockerfile::InstructionKind;
    let Some(image) = service.built_image(system) else { return false };
    image.definition.dockerfile.stages.iter().flat_map(|s| &s.instructions).any(|i| match &i.kind {
        InstructionKind::Arg(args) => args.iter().any(|a| a.name == name),
        _ => false,
    })
}

/// Whether an agent that a library looks for by itself runs beside the services.
fn collector(system: &System, need: &Need) -> bool {
    let datadog = need.variables == DATADOG;
    datadog && system.services().iter().any(|s| s.image_text().is_some_and(|i| i.contains("datadog/agent")))
}
