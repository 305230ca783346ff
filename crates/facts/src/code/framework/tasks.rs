//! Work outside of requests: Celery, Dramatiq, RQ, Huey, and what starts it at given times (Celery's beat, APScheduler, `schedule`).

use std::collections::BTreeMap;

use plimsoll_source::{Call, FunctionId, Kind, Value};

use super::python::{Python, Scoped};
use crate::code::{Base, CallRef, FunctionRef, Schedule, Task, Wiring};

/// Reads all of it.
pub(super) fn wire(python: &Python, wiring: &mut Wiring) {
    let mut reader = Reader { python, tasks: Vec::new(), schedules: Vec::new() };
    reader.decorated();
    reader.enqueued();
    reader.beat();
    reader.schedulers();
    wiring.tasks.extend(reader.tasks);
    wiring.schedules.extend(reader.schedules);
}

/// The technology of a decorator that makes a task of a function.
fn tasks(name: &str) -> Option<&'static str> {
    Some(match name {
        "celery.shared_task" | "celery.task" | "celery.decorators.task" | "celery.Celery().task" | "celery.app.base.Celery().task" => {
            "celery"
        }
        "celery.Celery().periodic_task" => "celery",
        "dramatiq.actor" => "dramatiq",
        "rq.decorators.job" | "django_rq.job" => "rq",
        "huey.RedisHuey().task"
        | "huey.Huey().task"
        | "huey.SqliteHuey().task"
        | "huey.PriorityRedisHuey().task"
        | "huey.contrib.djhuey.task"
        | "huey.contrib.djhuey.db_task" => "huey",
        "taskiq.AsyncBroker().task" | "taskiq.InMemoryBroker().task" | "taskiq_redis.ListQueueBroker().task" => "taskiq",
        _ => return None,
    })
}

/// The technology of a decorator that also tells when.
fn periodic(name: &str) -> Option<&'static str> {
    match name {
        "huey.contrib.djhuey.periodic_task" | "huey.contrib.djhuey.db_periodic_task" => Some("huey"),
        _ if name.starts_with("huey.") && name.ends_with("().periodic_task") => Some("huey"),
        _ => None,
    }
}

struct Reader<'p, 'a> {
    python: &'p Python<'a>,
    tasks: Vec<Task>,
    schedules: Vec<Schedule>,
}

impl<'a> Reader<'_, 'a> {
    fn decorated(&mut self) {
        let python = self.python;
        for (function, _, decorator) in python.bare_decorators() {
            if let Some(framework) = python.name(decorator).as_deref().and_then(tasks) {
                self.task(function, framework, None, python.code.location(decorator.module, decorator.value.span));
            }
        }
        for (name, calls) in python.code.names() {
            let (task, timed) = (tasks(name), periodic(name));
            let Some(framework) = task.or(timed) else { continue };
            for (at, function) in calls.iter().filter_map(|at| Some((*at, python.decorated(*at)?))) {
                self.task(function, framework, Some(at), python.code.call_at(at));
                if timed.is_some() {
                    let call = python.code.call(at);
                    let when = call.argument(0).map(|v| self.says(python.scoped(at, v)));
                    let starts = python.code.function(function).name.to_string();
                    let place = python.code.call_at(at);
                    self.schedules.push(Schedule {
                        starts,
                        handler: Some(function),
                        when,
                        framework,
                        in_process: false,
                        module: at.module,
                        at: place,
                    });
                }
            }
        }
    }
    fn task(&mut self, function: FunctionRef, framework: &'static str, made: Option<CallRef>, at: plimsoll_base::Location) {
        let python = self.python;
        let call = made.map(|made| (made, python.code.call(made)));
        let text = |word: &str| call.and_then(|(at, c)| python.text(python.scoped(at, c.keyword(word)?)));
        let name = text("name").or_else(|| text("actor_name")).unwrap_or_else(|| self.dotted(function));
        let first = || call.filter(|_| framework == "rq").and_then(|(at, c)| python.text(python.scoped(at, c.argument(0)?)));
        let queue = text("queue").or_else(|| text("queue_name")).or_else(first);
        self.tasks.push(Task { name, handler: Some(function), queue, framework, module: function.module, at, made });
    }
    /// A function by its module's path and its name, as Celery names a task that has no name of its own.
    fn dotted(&self, function: FunctionRef) -> String {
        let path = &self.python.code.module(function.module).path;
        let module = path.strip_suffix(".py").unwrap_or(path);
        let module = module.strip_suffix("/__init__").unwrap_or(module).replace('/', ".");
        format!("{module}.{}", self.python.code.function(function).name)
    }
    /// `queue.enqueue(f, …)` of RQ.
    fn enqueued(&mut self) {
        let python = self.python;
        let mut seen = BTreeMap::new();
        for name in ["rq.Queue().enqueue", "rq.Queue().enqueue_call", "rq.Queue().enqueue_in", "rq.Queue().enqueue_at"] {
            for at in python.code.calls_of(name) {
                let call = python.code.call(*at);
                let place = usize::from(name.ends_with("_in") || name.ends_with("_at"));
                let Some(work) = call.argument(place).or_else(|| call.keyword("func")) else { continue };
                let function = match python.base(python.scoped(*at, work)) {
                    Some(Base::Function(function)) => function,
                    _ => continue,
                };
                seen.entry(function).or_insert(*at);
            }
        }
        for (function, at) in seen {
            if self.tasks.iter().all(|t| t.handler != Some(function)) {
                self.task(function, "rq", Some(at), python.code.call_at(at));
            }
        }
    }

    /// The schedule of Celery's beat: an object of entries, or a call for each.
    fn beat(&mut self) {
        let python = self.python;
        for name in ["celery.Celery().conf.beat_schedule", "celery.Celery().conf.CELERYBEAT_SCHEDULE"] {
            for at in python.code.assigned(name) {
                let assignment = python.code.assignment(at);
                self.entries(Scoped { module: at.module, function: assignment.function, value: &assignment.value });
            }
        }
        for at in python.code.calls_of("celery.Celery().conf.update") {
            let call = python.code.call(*at);
            for value in [call.keyword("beat_schedule"), call.keyword("CELERYBEAT_SCHEDULE")].into_iter().flatten() {
                self.entries(python.scoped(*at, value));
            }
        }
        // Django's settings, and modules that `config_from_object` takes.
        for (module, source) in python.code.modules() {
            for assignment in source.module.assignments.iter().filter(|a| a.function == FunctionId::BODY) {
                let plimsoll_source::Target::Name(name) = &assignment.target else { continue };
                if matches!(name.as_str(), "CELERY_BEAT_SCHEDULE" | "CELERYBEAT_SCHEDULE" | "beat_schedule") {
                    self.entries(Scoped { module, function: FunctionId::BODY, value: &assignment.value });
                }
            }
        }
        for (name, calls) in python.code.names_from("celery.") {
            if !name.ends_with(".add_periodic_task") {
                continue;
            }
            for at in calls {
                let call = python.code.call(*at);
                let (Some(when), Some(work)) = (call.argument(0), call.argument(1)) else { continue };
                let when = self.says(python.scoped(*at, when));
                self.signature(*at, work, when);
            }
        }
    }
    /// `add_periodic_task(when, task.s(…))`.
    fn signature(&mut self, at: CallRef, work: &'a Value, when: String) {
        let python = self.python;
        let scoped = python.scoped(at, work);
        let called = python.call_of(scoped).and_then(|c| python.code.call(c).receiver()).map(|task| python.scoped(at, task));
        let handler = called.and_then(|task| python.base(task)).and_then(|base| if let Base::Function(f) = base { Some(f) } else { None });
        let starts = handler.map_or_else(|| called.map(|c| self.says(c)).unwrap_or_default(), |f| python.code.function(f).name.to_string());
        self.push(starts, handler, Some(when), "celery-beat", false, at);
    }
    fn entries(&mut self, of: Scoped<'a>) {
        let python = self.python;
        let object = python.written(of);
        for entry in object.value.entries() {
            let entry = python.written(object.with(&entry.value));
            let Some(starts) = entry.value.get("task").and_then(|v| python.text(entry.with(v))) else { continue };
            let when = entry.value.get("schedule").map(|v| self.says(entry.with(v)));
            let named = |t: &&Task| t.name == starts || (t.name.ends_with(&starts) && t.name[..t.name.len() - starts.len()].ends_with('.'));
            let handler = self.tasks.iter().find(named).and_then(|t| t.handler);
            let at = python.code.location(entry.module, entry.value.span);
            let schedule = Schedule { starts, handler, when, framework: "celery-beat", in_process: false, module: entry.module, at };
            self.schedules.push(schedule);
        }
    }
    /// Schedulers that run in the process.
    fn schedulers(&mut self) {
        let python = self.python;
        for (name, calls) in python.code.names_from("apscheduler.") {
            let Some((_, method @ ("add_job" | "scheduled_job"))) = name.rsplit_once("().") else { continue };
            for at in calls {
                let call = python.code.call(*at);
                let handler = match method {
                    "add_job" => call.argument(0).or_else(|| call.keyword("func")).and_then(|v| match python.base(python.scoped(*at, v)) {
                        Some(Base::Function(function)) => Some(function),
                        _ => None,
                    }),
                    _ => python.decorated(*at),
                };
                let starts = handler.map(|f| python.code.function(f).name.to_string());
                let starts = starts.or_else(|| call.argument(0).map(|v| self.says(python.scoped(*at, v))));
                let when = trigger(call, method).map(|(from, to)| self.slice(*at, from, to));
                self.push(starts.unwrap_or_default(), handler, when, "apscheduler", true, *at);
            }
        }
        for (name, calls) in python.code.names_from("schedule.") {
            if !name.ends_with(".do") || !name.starts_with("schedule.every(") {
                continue;
            }
            for at in calls {
                let call = python.code.call(*at);
                let Some(work) = call.argument(0) else { continue };
                let handler = match python.base(python.scoped(*at, work)) {
                    Some(Base::Function(function)) => Some(function),
                    _ => None,
                };
                let starts = handler.map_or_else(|| self.says(python.scoped(*at, work)), |f| python.code.function(f).name.to_string());
                let when = call.receiver().map(|r| self.says(python.scoped(*at, r)));
                self.push(starts, handler, when, "schedule", true, *at);
            }
        }
    }
    fn push(
        &mut self,
        starts: String,
        handler: Option<FunctionRef>,
        when: Option<String>,
        framework: &'static str,
        in_process: bool,
        at: CallRef,
    ) {
        let place = self.python.code.call_at(at);
        self.schedules.push(Schedule { starts, handler, when, framework, in_process, module: at.module, at: place });
    }
    /// A value in the words of its file, as far as they are short and plain.
    fn says(&self, of: Scoped) -> String {
        self.word(of, 0)
    }
    fn slice(&self, at: CallRef, from: usize, to: usize) -> String {
        let call = self.python.code.call(at);
        let shown = call.arguments.iter().skip(from).take(to.saturating_sub(from));
        shown.map(|a| self.argument(at.module, call.function, a, 0)).collect::<Vec<_>>().join(", ")
    }
    fn argument(&self, module: crate::code::ModuleId, function: FunctionId, argument: &plimsoll_source::Argument, depth: usize) -> String {
        let value = self.word(Scoped { module, function, value: &argument.value }, depth + 1);
        argument.name.as_ref().map_or(value.clone(), |name| format!("{name}={value}"))
    }
    fn word(&self, of: Scoped, depth: usize) -> String {
        match &of.value.kind {
            _ if depth > 6 => "…".to_owned(),
            Kind::Text(text) => text.to_string(),
            Kind::Number(number) => number.to_string(),
            Kind::Bool(value) => value.to_string(),
            Kind::Name(name) => name.to_string(),
            Kind::Member(inner, name) => format!("{}.{name}", self.word(Scoped { value: inner, ..of }, depth + 1)),
            Kind::Call(call) => {
                let call = self.python.code.call(CallRef { module: of.module, call: *call });
                let callee = self.word(Scoped { value: &call.callee, ..of }, depth + 1);
                let arguments: Vec<String> = call.arguments.iter().map(|a| self.argument(of.module, of.function, a, depth)).collect();
                format!("{callee}({})", arguments.join(", "))
            }
            _ => "…".to_owned(),
        }
    }
}

/// The arguments of a job that tell when: the trigger and its keywords.
fn trigger(call: &Call, method: &str) -> Option<(usize, usize)> {
    let from = usize::from(method == "add_job");
    (call.arguments.len() > from).then_some((from, call.arguments.len()))
}
