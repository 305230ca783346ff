//! Are logs machine-readable, levelled and correlated?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Tally};
use plimsoll_model::code::{CallId, CallRef, Dialect, Form, Kind, Value};
use plimsoll_model::{Answer, Capability, Program, Service, ServiceKind, System};

use super::instrumentation::{Argument, Finding, argument, dependencies, imported, instrumentation, scopes, subjects, unseen};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/structured-logging", page: include_str!("structured_logging.md"), check };

const CONSEQUENCE: &str = "lines of an incident are searched by eye, and those of one request cannot be told from the rest";

/// Calls that make records for machines by themselves.
const RECORDS: &[&str] = &[
    "pino",
    "pino.pino",
    "pino-http",
    "pino-http.pinoHttp",
    "nestjs-pino.LoggerModule.forRoot",
    "nestjs-pino.LoggerModule.forRootAsync",
    "winston.format.json",
    "winston.format.logstash",
    "bunyan.createLogger",
    "@aws-lambda-powertools/logger.Logger",
    "structlog.processors.JSONRenderer",
    "structlog.processors.LogfmtRenderer",
    "pythonjsonlogger.jsonlogger.JsonFormatter",
    "pythonjsonlogger.json.JsonFormatter",
    "ecs_logging.StdlibFormatter",
    "ecs_logging.StructlogFormatter",
    "aws_lambda_powertools.Logger",
    "aws_lambda_powertools.logging.Logger",
    "google.cloud.logging.Client().setup_logging",
    "google.cloud.logging_v2.handlers.StructuredLogHandler",
    "json_logging.init_fastapi",
    "logfmter.Logfmter",
];
/// What carries the identity of a request into each entry.
const CORRELATES: &[&str] = &[
    "pino-http",
    "pino-http.pinoHttp",
    "nestjs-pino.LoggerModule.forRoot",
    "nestjs-pino.LoggerModule.forRootAsync",
    "async_hooks.AsyncLocalStorage",
    "node:async_hooks.AsyncLocalStorage",
    "cls-rtracer.expressMiddleware",
    "express-request-id",
    "nestjs-cls.ClsModule.forRoot",
    "structlog.contextvars.bind_contextvars",
    "structlog.contextvars.merge_contextvars",
    "contextvars.ContextVar",
    "loguru.logger.contextualize",
    "opentelemetry.instrumentation.logging.LoggingInstrumentor",
    "aws_lambda_powertools.Logger().inject_lambda_context",
    "@aws-lambda-powertools/logger/middleware.injectLambdaContext",
];
/// Levels, as the methods of loggers.
const LEVELS: &[&str] =
    &["debug", "info", "warn", "warning", "error", "critical", "fatal", "exception", "trace", "success", "verbose", "log"];

/// What the reached code writes.
#[derive(Default)]
struct Written {
    loggers: usize,
    first_logger: Option<Location>,
    plain: usize,
    first_plain: Option<Location>,
    /// It hands a request's identity to loggers.
    identity: Option<Location>,
}

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in subjects(system, false) {
        judge(system, service, &mut tally);
    }
    tally.finish(|| Evidence::sought("service of the repository's own that writes logs", system.deployment_scope()))
}

fn judge(system: &System, service: &Service, tally: &mut Tally) {
    let (subject, name) = (service.subject(), &service.name);
    let Some(program) = system.program(service).filter(|p| !p.modules.is_empty()) else {
        return tally.doubt(&subject, unseen(system, service, "writes records that machines read"));
    };
    let written = written(system, program);
    let records = records(system, service, program);
    let silent = written.loggers == 0 && written.plain == 0;
    if silent && !program.closed() {
        return tally.doubt(&subject, unseen(system, service, "writes records that machines read"));
    }
    let ratio = format!("{} of {} entries go through a logger", written.loggers, written.loggers + written.plain);
    let plain = |written: &Written| match written.first_plain {
        Some(at) => Evidence::noted(at, format!("one of {} plain prints", written.plain)),
        None => Evidence::sought("a logger", scopes(system, service)),
    };
    match records {
        Records::Yes(at, says) => {
            tally.met(&subject, Evidence::seen(at, says, Grade::Active));
            if written.plain > written.loggers {
                let gap = Gap::new("console", format!("`{name}` prints past its logger: {ratio}"), plain(&written));
                tally.gap(&subject, gap.so(CONSEQUENCE));
            }
            let correlates = program.calls(system.code(), CORRELATES).first().map(|c| system.code().call_at(*c)).or(written.identity);
            match correlates {
                Some(at) => tally.met(&subject, Evidence::seen(at, "the identity of a request goes into its entries", Grade::Active)),
                None => {
                    let proof = Evidence::sought("an identity of requests in entries", scopes(system, service));
                    let gap = Gap::new("no-correlation", format!("no entry of `{name}` tells which request it belongs to"), proof);
                    tally.gap(&subject, gap.so("entries of one request cannot be told from those of others"));
                }
            }
        }
        Records::Open(question) => tally.doubt(&subject, question),
        // A logger here and there among prints is none.
        Records::No
            if written.loggers > 0
                && written.loggers * 10 >= written.plain
                && (written.loggers >= written.plain || configured(system, service, program)) =>
        {
            let at = written.first_logger.unwrap_or(service.at);
            tally.met(&subject, Evidence::seen(at, format!("entries have levels: {ratio}"), Grade::Wired));
            let proof = Evidence::sought("a set-up that writes JSON or logfmt", scopes(system, service));
            tally.gap(&subject, Gap::new("text", format!("`{name}` writes text with levels, not records"), proof).so(CONSEQUENCE));
            if written.plain > written.loggers {
                tally.gap(
                    &subject,
                    Gap::new("console", format!("`{name}` prints past its logger: {ratio}"), plain(&written)).so(CONSEQUENCE),
                );
            }
        }
        Records::No => {
            let unused = dependencies(system, service, Capability::StructuredLogging);
            let unused = unused.into_iter().find(|d| {
                let library = d.says.split_whitespace().next().unwrap_or_default();
                imported(system, program, library).is_none()
            });
            if let Some(sign) = unused {
                let library = sign.says.split_whitespace().next().unwrap_or_default();
                tally.met(&subject, Evidence::seen(sign.at, format!("{library} is among the dependencies"), Grade::Declared));
                let gap = Gap::new(
                    "dormant",
                    format!("{library} is installed, and nothing that `{name}` runs uses it: {ratio}"),
                    plain(&written),
                );
                return tally.gap(&subject, gap.so(CONSEQUENCE));
            }
            let says = match silent {
                true => format!("`{name}` writes no entries of its own"),
                false => format!("`{name}` prints plain lines: {ratio}"),
            };
            tally.gap(&subject, Gap::new("no-logger", says, plain(&written)).so(CONSEQUENCE));
        }
    }
}

/// Whether a set-up that writes records runs.
enum Records {
    Yes(Location, String),
    Open(plimsoll_base::Question),
    No,
}

fn records(system: &System, service: &Service, program: &Program) -> Records {
    let code = system.code();
    let says = |c: CallRef| format!("`{}` writes records", code.callee(c).unwrap_or_default());
    if let Some(call) = program.calls(code, RECORDS).into_iter().find(|c| !pretty(system, service, *c)) {
        return Records::Yes(code.call_at(call), says(call));
    }
    for (names, keys) in [
        (&["loguru.logger.add", "loguru.logger.configure"][..], &["serialize"][..]),
        (&["@nestjs/common.ConsoleLogger"][..], &["json"][..]),
        (&["fastify", "fastify.fastify"][..], &["logger"][..]),
    ] {
        for call in program.calls(code, names) {
            let Argument::Given(asked) = argument(system, call, keys, false) else { continue };
            let object = matches!(asked.value.kind, Kind::Object(_)) && !pretty(system, service, call);
            if object || system.answer(service, asked).truth() == Some(true) {
                return Records::Yes(code.call_at(call), says(call));
            }
        }
    }
    for call in program.calls(code, &["winston.createLogger"]) {
        if let Argument::Missing = argument(system, call, &["format"], false) {
            return Records::Yes(code.call_at(call), says(call));
        }
    }
    // Formatters are also named by a text in a dictionary of settings, where no call shows them.
    let named = ["python-json-logger", "ecs-logging", "json-logging", "logfmter", "structlog", "django-structlog"];
    let unclear = dependencies(system, service, Capability::StructuredLogging).into_iter().find(|d| {
        let library = d.says.split_whitespace().next().unwrap_or_default();
        named.contains(&library) && (imported(system, program, library).is_some() || dictionary(system, program))
    });
    if unclear.is_some() || !program.closed() && !program.showing(system, Capability::StructuredLogging).is_empty() {
        // What is known of it decides nothing: a wrapper, a dictionary.
        if let Finding::Open(question) = instrumentation(system, service, Capability::StructuredLogging, "writes records", &|_, _| None) {
            return Records::Open(question);
        }
        if unclear.is_some() {
            return Records::Open(unseen(system, service, "writes records that machines read"));
        }
    }
    Records::No
}

/// Whether the loggers of a program have anywhere to write to: until Python's are set up, entries below warnings vanish and the rest lose their level.
fn configured(system: &System, service: &Service, program: &Program) -> bool {
    const SET_UP: &[&str] = &["logging.basicConfig", "logging.StreamHandler", "logging.Formatter", "logging.handlers.RotatingFileHandler"];
    let code = system.code();
    let python = program.modules.keys().any(|m| code.module(*m).dialect == Dialect::Python);
    let own = ["loguru", "structlog", "aws_lambda_powertools", "flask"].iter().any(|p| program.imports(code, p).is_some());
    // Lambda gives the root logger a handler of its own.
    let runtime = service.kind == ServiceKind::Function;
    !python || own || runtime || dictionary(system, program) || !program.calls(code, SET_UP).is_empty()
}

/// Whether logging is set up from a dictionary.
fn dictionary(system: &System, program: &Program) -> bool {
    let django = program.imports(system.code(), "django").is_some();
    django || !program.calls(system.code(), &["logging.config.dictConfig", "logging.config.fileConfig"]).is_empty()
}

/// Whether what is handed to a logger makes its entries pretty for people, whatever the environment.
fn pretty(system: &System, service: &Service, call: CallRef) -> bool {
    let Argument::Given(asked) = argument(system, call, &["transport"], false) else { return false };
    let always = matches!(asked.value.kind, Kind::Object(_));
    always
        && asked.value.get("target").is_some_and(|t| {
            matches!(system.answer(service, plimsoll_model::Asked { value: t, scope: asked.scope }), Answer::Text(text, _) if text == "pino-pretty")
        })
}

/// Counts what reached code writes, by loggers and past them.
fn written(system: &System, program: &Program) -> Written {
    let code = system.code();
    let mut found = Written::default();
    for module in program.modules.keys().copied() {
        let source = code.module(module);
        for (index, call) in (0..).zip(&source.module.calls) {
            if call.form != Form::Plain {
                continue;
            }
            let plain = match &call.callee.kind {
                Kind::Name(name) => &**name == "print" && source.dialect == Dialect::Python,
                Kind::Member(of, level) if LEVELS.contains(&&**level) => match holder(of) {
                    Some("console") => true,
                    Some(name) if is_logger(name, level) => false,
                    _ => continue,
                },
                _ => continue,
            };
            if !plain && matches!(call.callee.kind, Kind::Name(_)) {
                continue;
            }
            let at = CallRef { module, call: CallId(index) };
            if !program.reaches(code, at) {
                continue;
            }
            let (count, first) =
                if plain { (&mut found.plain, &mut found.first_plain) } else { (&mut found.loggers, &mut found.first_logger) };
            *count += 1;
            *first = first.or_else(|| Some(code.call_at(at)));
            if !plain && found.identity.is_none() && call.arguments.iter().any(|a| identity(a.name.as_deref(), &a.value)) {
                found.identity = Some(code.call_at(at));
            }
        }
    }
    found
}

/// The last name of what a method is called on.
fn holder(value: &Value) -> Option<&str> {
    match &value.kind {
        Kind::Name(name) | Kind::Member(_, name) => Some(name),
        _ => None,
    }
}

fn is_logger(name: &str, level: &str) -> bool {
    let bare = name.trim_start_matches('_').to_ascii_lowercase();
    let logger = bare == "log"
        || bare == "logging"
        || bare.ends_with("logger")
        || bare.ends_with("_log")
        || bare == "structlog"
        || bare == "winston";
    logger && (level != "log" || bare.ends_with("logger"))
}

/// Whether an argument of a logger is the identity of a request.
fn identity(keyword: Option<&str>, value: &Value) -> bool {
    let names = |text: &str| {
        let bare = text.to_ascii_lowercase().replace(['_', '-'], "");
        ["requestid", "reqid", "correlationid", "traceid"].contains(&bare.as_str())
    };
    keyword.is_some_and(names)
        || value
            .entries()
            .iter()
            .any(|e| e.key.as_deref().is_some_and(names) || e.key.as_deref() == Some("extra") && identity(None, &e.value))
}
