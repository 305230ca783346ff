//! Can any instance serve any request, and be replaced without loss?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Span, Tally};
use plimsoll_model::code::{Assignment, Call, Code, Dialect, FunctionId, FunctionRef, Kind, Module, ModuleId, Target, Value};
use plimsoll_model::container::Runtime;
use plimsoll_model::{Leads, Lies, Program, Service, ServiceKind, System};

use super::instances::{capacity_of, least};
use super::nothing_serves;
use crate::Control;
use crate::data::clients::{asked_of_code, serves_files};

pub(crate) const CONTROL: Control = Control { id: "availability/stateless-services", page: include_str!("stateless_services.md"), check };

const ALONE: &str = "a second instance does not see it, and a new release starts without it";

/// Makers of limits that count in the process unless a store is handed in: the canonical name, the option.
const LIMITERS: &[(&str, &str)] = &[
    ("express-rate-limit", "store"),
    ("express-rate-limit.rateLimit", "store"),
    ("slowapi.Limiter", "storage_uri"),
    ("flask_limiter.Limiter", "storage_uri"),
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let asked = |s: &&Service| {
        matches!(s.kind, ServiceKind::Web | ServiceKind::Worker) && s.long_running() && !s.helper() && !serves_files(system, s)
    };
    let mut lacking = false;
    let mut bare = Vec::new();
    for service in system.owned().filter(asked) {
        let subject = service.subject();
        let before = gaps(system, service, &mut tally);
        lacking |= before;
        match asked_of_code(system, service, "keeps state in its process") {
            Some(question) => tally.doubt(&subject, question),
            None if before => {}
            None => {
                let entry = system.program(service).and_then(|p| p.entries.first());
                let at = entry.map_or(service.at, |e| e.at);
                let says = format!("nothing that `{}` runs keeps state in its process or on its disk", service.name);
                let evidence = Evidence::seen(at, says, Grade::Active);
                if system.opened(service).is_empty() { bare.push((subject, evidence)) } else { tally.met(&subject, evidence) }
            }
        }
    }
    // What has nothing to keep is no merit beside what keeps its state for itself.
    for (subject, evidence) in bare {
        if lacking { tally.not_applicable(evidence) } else { tally.met(&subject, evidence) }
    }
    tally.finish(|| nothing_serves(system))
}

/// What the reached code of a service keeps for itself; whether anything was found.
fn gaps(system: &System, service: &Service, tally: &mut Tally) -> bool {
    let Some(program) = system.program(service) else { return false };
    let code = system.code();
    let subject = service.subject();
    let name = &service.name;
    let mut found = false;
    let mut gap = |gap: Gap| {
        tally.gap(&subject, gap.so(ALONE));
        found = true;
    };
    let mut doubts: Vec<Question> = Vec::new();
    for at in program.calls(code, &["express-session"]) {
        let call = code.call(at);
        if call.keyword("store").is_none() && !call.spreads() && !call.arguments.is_empty() {
            let says = format!("`{name}` keeps sessions in its memory");
            gap(Gap::new("memory-sessions", says, Evidence::noted(code.call_at(at), "express-session without a store")));
        }
    }
    for (limiter, option) in LIMITERS {
        for at in program.calls(code, &[limiter]) {
            let call = code.call(at);
            if call.keyword(option).is_none() && !call.spreads() {
                let says = format!("`{name}` counts requests in its memory");
                gap(Gap::new("memory-counters", says, Evidence::noted(code.call_at(at), format!("{limiter} without `{option}`"))));
            }
        }
    }
    let servers = program.calls(code, &["socket.io.Server", "socket.io"]);
    if let Some(at) = servers.first()
        && program.calls(code, &["socket.io.Server().adapter", "socket.io().adapter"]).is_empty()
        && !servers.iter().any(|at| code.call(*at).keyword("adapter").is_some() || code.call(*at).spreads())
    {
        let says = format!("`{name}` knows only the sockets that are connected to itself");
        gap(Gap::new("local-sockets", says, Evidence::noted(code.call_at(*at), "socket.io without an adapter")));
    }
    for opened in system.opened(service).iter().filter(|o| o.engine == Some("sqlite")) {
        if let Leads::File(path, _) = &opened.leads {
            let says = format!("`{name}` keeps its data in a file of its own");
            gap(Gap::new("local-database", says, Evidence::noted(opened.at, format!("{} opens {path}", opened.client))));
        }
    }
    for file in system.written_files(service) {
        let path = file.path.as_deref().unwrap_or("a path that the run decides");
        let shared = service.runtime == Runtime::Kubernetes || service.runtime == Runtime::Ecs;
        match &file.lies {
            Lies::Mounted { source, .. } if shared => doubts.push(Question::new(
                format!("whether the volume `{source}` of `{name}` is one that all instances share"),
                "state its access mode (ReadWriteMany, EFS), or keep the files in object storage",
            )),
            Lies::Layer | Lies::Mounted { .. } => {
                let says = format!("`{name}` keeps files on its own disk");
                gap(Gap::new("local-files", says, Evidence::noted(file.at, format!("{} writes {path}", file.writer))));
            }
            Lies::Unknown if file.path.is_some() => {
                let says = format!("`{name}` keeps files on its own disk");
                gap(Gap::new("local-files", says, Evidence::noted(file.at, format!("{} writes {path}", file.writer))));
            }
            Lies::Unknown => doubts.push(Question::new(
                format!("whether what `{name}` writes ({}) is asked of another instance", system.path_at(file.at)),
                "attest it, or keep the files in object storage",
            )),
        }
    }
    let several = least(service, capacity_of(system, service)).known().is_some_and(|n| *n > 1);
    for schedule in system.wiring().schedules.iter().filter(|s| several && s.in_process && program.loads(s.module)) {
        let says = format!("every instance of `{name}` starts `{}` by itself", schedule.starts);
        gap(Gap::new("repeated-schedule", says, Evidence::noted(schedule.at, format!("{} runs in the process", schedule.framework))));
    }
    for held in collections(code, program) {
        let at = code.location(held.module, held.assignment.at);
        if held.state {
            let says = format!("`{name}` keeps `{}` in the memory of its process", held.name);
            let changed = Evidence::noted(code.location(held.module, held.changed), "changed while requests are served");
            gap(Gap::new("memory-state", says, Evidence::noted(at, format!("`{}` lives as long as the process", held.name))).and(changed));
        } else {
            let missing =
                format!("whether `{}` in the memory of `{name}` may differ between instances ({})", held.name, system.path_at(at));
            doubts.push(Question::new(missing, "attest it, or keep it in a shared store"));
        }
    }
    let doubted = !doubts.is_empty();
    for doubt in doubts {
        tally.doubt(&subject, doubt);
    }
    found || doubted
}

/// A collection of a module that running code changes.
struct Held<'c> {
    module: ModuleId,
    assignment: &'c Assignment,
    name: &'c str,
    changed: Span,
    /// Whether its name tells that requests depend on it.
    state: bool,
}

/// Words of names of what one request leaves for another.
#[rustfmt::skip]
const STATE: &[&str] = &[
    "session", "token", "user", "room", "game", "result", "job", "task", "queue", "limit", "attempt", "counter", "otp", "upload", "history",
    "message", "conversation", "progress", "blacklist", "revoked", "online", "order", "cart", "todo", "item", "post", "comment", "notification",
    "memory", "database", "db", "store", "storage", "pending", "nonce", "challenge", "rate",
];
/// Words of names of what each process may hold for itself.
#[rustfmt::skip]
const OWN: &[&str] = &[
    "cache", "memo", "registry", "handler", "listener", "plugin", "instance", "metric", "counter_", "loaded", "singleton", "model", "config", "route",
    "middleware", "connection", "client", "schema", "pool", "timer", "interval", "inflight", "lock", "observer", "hook", "logger", "formatter",
];

/// The collections at the top of loaded modules that begin empty and that functions fill while requests are served.
fn collections<'c>(code: &'c Code, program: &'c Program) -> Vec<Held<'c>> {
    let mut found = Vec::new();
    for id in program.modules.keys().copied() {
        let module = &code.module(id).module;
        if of_a_page(code, id) {
            continue;
        }
        for assignment in module.assignments.iter().filter(|a| a.function == FunctionId::BODY && a.class.is_none() && a.branch.is_none()) {
            let Target::Name(name) = &assignment.target else { continue };
            if !empty(module, &assignment.value) {
                continue;
            }
            let lower = name.to_ascii_lowercase();
            if OWN.iter().any(|w| lower.contains(w)) {
                continue;
            }
            let Some(changed) = changed(code, program, id, module, name) else { continue };
            found.push(Held { module: id, assignment, name, changed, state: STATE.iter().any(|w| lower.contains(w)) });
        }
    }
    found
}

/// Whether a module is a part of pages, which run in browsers.
fn of_a_page(code: &Code, id: ModuleId) -> bool {
    const PARTS: &[&str] = &["components", "hooks", "ui", "contexts", "context", "stores", "client", "composables", "widgets"];
    let source = code.module(id);
    let name = source.path.rsplit('/').next().unwrap_or_default();
    let server = name.starts_with("+server") || name.contains(".server.");
    let page = [".tsx", ".jsx", ".vue", ".svelte", ".astro"].iter().any(|end| name.ends_with(end)) || name.starts_with("use-");
    let client = source.module.directives.iter().any(|d| d.as_str() == "use client");
    !server && source.dialect != Dialect::Python && (page || client || source.path.split('/').any(|part| PARTS.contains(&part)))
}

/// Whether a value is a collection with nothing in it.
fn empty(module: &Module, value: &Value) -> bool {
    match &value.kind {
        Kind::Object(entries) => entries.is_empty(),
        Kind::List(values) => values.is_empty(),
        Kind::Call(_) => module.called(value).is_some_and(|call| {
            matches!(call.method(), Some("Map" | "Set" | "dict" | "set" | "list" | "defaultdict" | "OrderedDict" | "deque"))
                && call.arguments.iter().all(|a| matches!(a.value.kind, Kind::Name(_) | Kind::Function(_)))
                && call.receiver().is_none_or(|r| r.is("collections"))
        }),
        _ => false,
    }
}

/// Where a reached function changes a collection of its module, except when it only does so while modules are loaded.
fn changed(code: &Code, program: &Program, id: ModuleId, module: &Module, name: &str) -> Option<Span> {
    const CHANGES: &[&str] = &["set", "add", "push", "append", "update", "setdefault", "unshift", "appendleft", "insert", "extend"];
    let own = |value: &Value| matches!(&value.kind, Kind::Name(n) if n.as_str() == name);
    let calls = module.calls.iter().filter(|c: &&Call| c.method().is_some_and(|m| CHANGES.contains(&m)) && c.receiver().is_some_and(own));
    let places = module.assignments.iter().filter(|a| match &a.target {
        Target::Place(place) => match &place.kind {
            Kind::Index(of, _) | Kind::Member(of, _) => own(of),
            _ => false,
        },
        _ => false,
    });
    let served = |function: FunctionId| {
        let at = FunctionRef { module: id, function };
        let shadowed = |f: FunctionId| {
            f != FunctionId::BODY
                && (module.function(f).is_some_and(|f| f.parameters.iter().any(|p| p.name.as_str() == name))
                    || module.assignments.iter().any(|a| a.function == f && matches!(&a.target, Target::Name(n) if n.as_str() == name)))
        };
        let callers = code.callers(at);
        let loading = !callers.is_empty() && callers.iter().all(|c| code.call(*c).function == FunctionId::BODY);
        function != FunctionId::BODY && program.runs(at) && !loading && !module.enclosing(function).any(shadowed)
    };
    calls.filter(|c| served(c.function)).map(|c| c.at).chain(places.filter(|a| served(a.function)).map(|a| a.at)).next()
}
