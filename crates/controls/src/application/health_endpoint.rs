//! Does each service tell when it cannot serve?

use std::collections::BTreeSet;

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Tally};
use plimsoll_model::code::{Code, FunctionId, FunctionRef, Kind, ModuleId, OutcomeKind, When};
use plimsoll_model::{Program, Service, ServiceKind, System};

use super::{no_services, running, unseen};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "application/health-endpoint", page: include_str!("health_endpoint.md"), check };

/// What routes of health are called: the last part of the path.
const NAMES: &[&str] = &[
    "health",
    "healthz",
    "healthcheck",
    "health-check",
    "health_check",
    "livez",
    "live",
    "liveness",
    "ready",
    "readyz",
    "readiness",
    "up",
    "ping",
    "status",
    "heartbeat",
];
/// Frameworks whose routes are not read: what is not found may be there.
const UNREAD: &[&str] = &[
    "fastify",
    "koa",
    "hono",
    "@nestjs/core",
    "@nestjs/common",
    "@hapi/hapi",
    "elysia",
    "restify",
    "polka",
    "tornado",
    "sanic",
    "falcon",
    "litestar",
    "bottle",
    "quart",
    "starlette",
    "@apollo/server",
    "@trpc/server",
    "strapi",
    "@strapi/strapi",
    "h3",
    "nitropack",
    "@godaddy/terminus",
    "lightship",
    "health_check",
    "streamlit",
    "gradio",
    "rest_framework",
    "dash",
    "chainlit",
];
/// Calls that ask a dependency whether it is there.
const ASKS: &[&str] = &[
    "execute",
    "query",
    "ping",
    "$queryRaw",
    "$queryRawUnsafe",
    "$executeRaw",
    "raw",
    "admin",
    "command",
    "scalar",
    "scalars",
    "fetchval",
    "fetch_one",
    "fetchrow",
    "findFirst",
    "findOne",
    "count",
    "find_one",
    "list_collection_names",
    "authenticate",
    "cursor",
    "ensure_connection",
    "server_info",
    "info",
    "isReady",
    "connect",
    "createConnection",
    "create_connection",
    "open_connection",
    "send",
    "fetch",
    "exists",
    "get",
    "head",
    "request",
    "select",
];
/// Those that only open a connection.
const CONNECTS: &[&str] = &["connect", "createConnection", "create_connection", "open_connection"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    for service in running(system) {
        if matches!(service.kind, ServiceKind::Web) {
            judge(system, service, &mut tally);
        } else {
            tally.not_applicable(Evidence::noted(service.at, format!("`{}` serves no requests", service.name)));
        }
    }
    tally.finish(|| no_services(system))
}

fn judge(system: &System, service: &Service, tally: &mut Tally) {
    let name = &service.name;
    let subject = service.subject();
    let code = system.code();
    let whether = format!("whether `{name}` tells when it cannot serve");
    let Some(program) = system.program(service) else {
        tally.doubt(&subject, unseen(system, None, &whether));
        return;
    };
    let mut found = routes(system, program);
    found.sort_by_key(|r| r.at);
    let Some(first) = found.first() else {
        let unread = UNREAD.iter().find_map(|f| program.imports(code, f).map(|at| (*f, at)));
        if let Some((framework, at)) = unread {
            let mut question = unseen(system, None, &whether);
            question.missing = format!("{whether}: the routes of `{framework}` are not read ({})", system.path_at(at));
            tally.doubt(&subject, question);
        } else if !program.closed() || !serves(system, program) {
            tally.doubt(&subject, unseen(system, Some(program), &whether));
        } else {
            let entry =
                program.entries.first().map_or(service.at, |e| code.location(e.module, code.module(e.module).module.functions[0].at));
            let gap = Gap::new(
                "no-route",
                format!("`{name}` has no route that tells of its health"),
                Evidence::noted(entry, "serves its other routes"),
            );
            let gap =
                gap.and(Evidence::sought("route named health, ready, live, ping or status", system.scopes(&["**/*.{js,ts,mjs,cjs,py}"])));
            tally.gap(&subject, gap.so("nothing can tell a process that is up from one that can serve"));
        }
        return;
    };
    let judged: Vec<(&Health, Answer)> = found.iter().map(|r| (r, r.handler.map_or(Answer::default(), |h| answer(code, h)))).collect();
    // One route that looks at what the service needs is enough; the others may be for liveness.
    let best = judged.iter().find(|(_, a)| a.asks.is_some() && a.fails).or_else(|| judged.iter().find(|(_, a)| a.asks.is_some()));
    let (route, answer) = best.map_or((first, None), |(r, a)| (*r, Some(a)));
    tally.met(&subject, Evidence::seen(route.at, format!("`{name}` answers at {}", route.path), Grade::Active));
    match answer {
        Some(answer) if answer.fails => {
            if let Some(at) = answer.asks.filter(|_| answer.only_connects) {
                let gap = Gap::new(
                    "connects-only",
                    format!("the health route of `{name}` opens a connection and asks nothing"),
                    Evidence::noted(at, "connects"),
                );
                tally.gap(&subject, gap.so("a database that accepts connections but answers no query counts as healthy"));
            }
        }
        Some(answer) => {
            let gap = Gap::new(
                "always-ok",
                format!("{} of `{name}` answers 200 whatever it finds", route.path),
                Evidence::noted(route.at, "no other status is given"),
            );
            let gap = match answer.asks {
                Some(at) => gap.and(Evidence::noted(at, "looks at what it needs")),
                None => gap,
            };
            tally.gap(&subject, gap.so("a probe or balancer reads the status alone: traffic goes on to an instance that cannot serve"));
        }
        None if route.handler.is_none() => {
            tally.doubt(&subject, unseen(system, None, &format!("what {} of `{name}` looks at", route.path)));
        }
        None if program.closed() && !needs_something(system, service, program) => {}
        None => {
            let gap = Gap::new(
                "static-answer",
                format!("{} of `{name}` answers the same whatever the state of what it needs", route.path),
                Evidence::noted(route.at, "asks nothing"),
            );
            tally.gap(&subject, gap.so("an instance that cannot reach its database counts as healthy"));
        }
    }
}

/// A route of health.
struct Health {
    path: String,
    at: Location,
    handler: Option<FunctionRef>,
}

fn named(path: &str) -> bool {
    let plain = path.trim_end_matches(['/', '$']).to_ascii_lowercase();
    let mut parts = plain.rsplit('/').filter(|p| !p.is_empty());
    let last = parts.next().unwrap_or_default();
    // Many things have a status; the service itself has it near the root.
    let general = matches!(last, "status" | "up" | "live" | "ready" | "ping");
    let near = |p: &str| {
        matches!(
            p,
            "api" | "health" | "healthz" | "_" | "internal" | "system" | "actuator" | "core" | "app" | "monitoring" | "server" | "probes"
        ) || p.strip_prefix('v').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
    };
    NAMES.contains(&last) && (!general || parts.all(near))
}

/// The routes of health that a program serves: of frameworks, of files that a framework routes to, of plain servers that compare the address.
fn routes(system: &System, program: &Program) -> Vec<Health> {
    let code = system.code();
    let mut found: Vec<Health> = Vec::new();
    for route in program.routes(&system.wiring().routes) {
        if let Some(path) = route.path.as_deref().filter(|p| named(p)) {
            found.push(Health { path: path.to_owned(), at: route.at, handler: route.handler });
        }
    }
    for id in program.modules.keys() {
        let source = code.module(*id);
        if let Some(path) = routed_file(&source.path).filter(|p| named(p)) {
            let at = |f: FunctionId| source.module.functions.get(f.0 as usize).map(|f| f.name_at);
            let exported = ["GET", "HEAD", "default", "loader", "get"].iter().find_map(|name| match code.exported(*id, name).base {
                plimsoll_model::code::Base::Function(function) => Some(function),
                _ => None,
            });
            let place = exported.filter(|f| f.module == *id).and_then(|f| at(f.function)).unwrap_or(source.module.functions[0].at);
            if found.iter().all(|r| r.path != path) {
                found.push(Health { path, at: code.location(*id, place), handler: exported });
            }
        } else {
            compared(code, *id, program, &mut found);
        }
    }
    found
}

/// The address that a file answers, where its place decides it: Next's `app` and `pages`, SvelteKit, Nuxt, Remix.
fn routed_file(path: &str) -> Option<String> {
    let (folder, file) = path.rsplit_once('/')?;
    let stem = file.split('.').next().unwrap_or(file);
    let below = |folder: &str, root: &str| folder.split_once(root).map(|(_, rest)| rest.to_owned());
    let padded = format!("/{folder}/");
    let parts = match file {
        _ if file.starts_with("route.") => below(&padded, "/app/")?,
        _ if file.starts_with("+server.") => below(&padded, "/routes/")?,
        _ if padded.contains("/pages/api/") => format!("{}{stem}", below(&padded, "/pages/")?),
        _ if padded.contains("/server/api/") || padded.contains("/server/routes/") => format!("{}{stem}", below(&padded, "/server/")?),
        _ if padded.contains("/app/routes/") => stem.replace('_', "/"),
        _ => return None,
    };
    let shown: Vec<&str> = parts.split('/').filter(|p| !p.is_empty() && !p.starts_with('(')).collect();
    Some(format!("/{}", shown.join("/")))
}

/// Branches of a plain server that compare the address with a name of health.
fn compared(code: &Code, id: ModuleId, program: &Program, found: &mut Vec<Health>) {
    let module = &code.module(id).module;
    for branch in &module.branches {
        let texts: Vec<String> = match &branch.when {
            When::Test(test, true) => test.walk().iter().filter_map(|v| v.text()).map(str::to_owned).collect(),
            When::Case(_, Some(case)) => case.text().map(str::to_owned).into_iter().collect(),
            _ => continue,
        };
        let Some(path) = texts.into_iter().find(|t| t.starts_with('/') && named(t)) else { continue };
        let inside = |f: &&plimsoll_model::code::Function| f.at.start <= branch.at.start && branch.at.end <= f.at.end;
        let innermost = module.functions.iter().enumerate().filter(|(_, f)| inside(f)).min_by_key(|(_, f)| f.at.end - f.at.start);
        let Some((index, _)) = innermost else { continue };
        let function = FunctionRef { module: id, function: FunctionId(index as u32) };
        if index == 0 || !program.runs(function) {
            continue;
        }
        let within = module
            .calls
            .iter()
            .any(|c| branch.at.start <= c.at.start && c.at.end <= branch.at.end && c.method().is_some_and(|m| ASKS.contains(&m)));
        // The whole function answers many addresses; only a branch that itself asks something is followed.
        found.push(Health {
            path,
            at: code.location(id, branch.at),
            handler: Some(if within { function } else { FunctionRef { module: id, function: FunctionId(u32::MAX) } }),
        });
    }
}

/// What an answer of health looks at.
#[derive(Default)]
struct Answer {
    /// Where it asks something that the service needs.
    asks: Option<Location>,
    /// Whether a failure leads to another status than 200.
    fails: bool,
    /// Whether all that it does is to open connections.
    only_connects: bool,
}

/// Follows a handler through the functions of the tree that it calls.
fn answer(code: &Code, handler: FunctionRef) -> Answer {
    let mut answer = Answer { only_connects: true, ..Answer::default() };
    let mut seen = BTreeSet::new();
    let mut queue = vec![(handler, 0)];
    while let Some((function, depth)) = queue.pop() {
        let module = &code.module(function.module).module;
        if module.function(function.function).is_none() || !seen.insert(function) || seen.len() > 60 {
            continue;
        }
        let mine = |f: FunctionId| module.enclosing(f).any(|e| e == function.function);
        for (index, call) in module.calls.iter().enumerate().filter(|(_, c)| mine(c.function)) {
            let method = call.method().unwrap_or_default();
            let inner = code.function_of(function.module, call.function, &call.callee);
            if let Some(inner) = inner.filter(|_| depth < 4) {
                queue.push((inner, depth + 1));
            }
            let at = plimsoll_model::code::CallRef { module: function.module, call: plimsoll_model::code::CallId(index as u32) };
            if inner.is_none() && ASKS.contains(&method) && asks(code, at, method) {
                answer.asks.get_or_insert(code.call_at(at));
                answer.only_connects &= CONNECTS.contains(&method);
                let guarded = module.around(call.branch).any(|b| b.when == When::Tried)
                    || module.calls.iter().any(|c| mine(c.function) && c.method() == Some("catch"));
                answer.fails |= !guarded && depth == 0;
            }
            let values = call.arguments.iter().map(|a| &a.value);
            let status = matches!(method, "status" | "sendStatus" | "writeHead" | "code" | "HTTPException" | "error" | "abort" | "fail")
                || call.keyword("status_code").or_else(|| call.keyword("status")).is_some();
            answer.fails |= status
                && values.flat_map(|v| v.walk()).any(|v| {
                    failing(v.number())
                        || v.path().is_some_and(|p| {
                            p.last().is_some_and(|l| l.contains("503") || l.contains("500") || *l == "SERVICE_UNAVAILABLE")
                        })
                });
        }
        let literal = |v: &plimsoll_model::code::Value| v.walk().iter().any(|v| failing(v.number()));
        answer.fails |= module.assignments.iter().any(|a| mine(a.function) && literal(&a.value) && target_is_status(&a.target));
        answer.fails |=
            module.outcomes.iter().any(|o| mine(o.function) && o.kind == OutcomeKind::Return && o.value.as_ref().is_some_and(literal));
    }
    answer
}

fn failing(number: Option<f64>) -> bool {
    number.is_some_and(|n| (500.0..600.0).contains(&n))
}

fn target_is_status(target: &plimsoll_model::code::Target) -> bool {
    use plimsoll_model::code::Target;
    match target {
        Target::Name(name) => name.to_ascii_lowercase().contains("status") || name.to_ascii_lowercase().contains("code"),
        Target::Place(place) => matches!(&place.kind, Kind::Member(_, name) if name.to_ascii_lowercase().contains("status")),
        _ => false,
    }
}

/// Methods that many things have ask a dependency only where they are called on something of a package.
fn asks(code: &Code, at: plimsoll_model::code::CallRef, method: &str) -> bool {
    if !matches!(
        method,
        "get"
            | "head"
            | "request"
            | "send"
            | "info"
            | "count"
            | "exists"
            | "select"
            | "command"
            | "raw"
            | "admin"
            | "connect"
            | "authenticate"
    ) {
        return true;
    }
    const OTHERS: &[&str] = &[
        "os.",
        "process.",
        "express.",
        "flask.",
        "fastapi.",
        "django.conf",
        "console.",
        "logging.",
        "next/",
        "psutil.",
        "Map",
        "Set",
        "platform.",
    ];
    code.callee(at).is_some_and(|name| !OTHERS.iter().any(|o| name.starts_with(o)))
}

/// Whether routes of it were seen at all, so that a missing one is missing.
fn serves(system: &System, program: &Program) -> bool {
    let code = system.code();
    let by_file = |path: &str| {
        let file = path.rsplit('/').next().unwrap_or(path);
        let page = ["+page", "page.", "layout."].iter().any(|p| file.starts_with(p));
        page || routed_file(path).is_some() || path.contains("/pages/")
    };
    !program.routes(&system.wiring().routes).is_empty() || program.modules.keys().any(|id| by_file(&code.module(*id).path))
}

/// Packages with which something elsewhere is asked.
const OTHERS: &[&str] = &["axios", "node-fetch", "requests", "httpx", "aiohttp", "redis", "ioredis", "openai", "boto3"];

/// Whether it keeps or asks something elsewhere.
fn needs_something(system: &System, service: &Service, program: &Program) -> bool {
    let code = system.code();
    !service.depends_on.is_empty()
        || !system.datastores().is_empty()
        || OTHERS.iter().any(|p| program.imports(code, p).is_some())
        || !program.calls(code, &["fetch"]).is_empty()
}
