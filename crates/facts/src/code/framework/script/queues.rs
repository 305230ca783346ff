//! Queues and what works on them: BullMQ, Bull, Bee-Queue, Agenda, pg-boss, Graphile Worker, consumers of Kafka, RabbitMQ and SQS, Inngest, Trigger.dev.

use super::context::{Scoped, Script};
use crate::code::{Base, CallRef, FunctionRef, Schedule, Task, Wiring};

/// Where in a call its parts stand.
enum Part {
    Nowhere,
    Argument(usize),
    Option(&'static str),
}

/// A call that says what works on a queue.
struct Form {
    call: &'static str,
    framework: &'static str,
    name: Part,
    handler: &'static [Part],
    /// The name is that of the queue, not of one kind of work on it.
    queue: bool,
}

use Part::{Argument, Nowhere, Option as Key};

const FORMS: &[Form] = &[
    Form { call: "bullmq.Worker", framework: "bullmq", name: Argument(0), handler: &[Argument(1)], queue: true },
    Form { call: "bull().process", framework: "bull", name: Nowhere, handler: &[Argument(2), Argument(1), Argument(0)], queue: true },
    Form { call: "bull.Queue().process", framework: "bull", name: Nowhere, handler: &[Argument(2), Argument(1), Argument(0)], queue: true },
    Form { call: "bee-queue().process", framework: "bee-queue", name: Nowhere, handler: &[Argument(1), Argument(0)], queue: true },
    Form { call: "agenda.Agenda().define", framework: "agenda", name: Argument(0), handler: &[Argument(2), Argument(1)], queue: false },
    Form { call: "agenda().define", framework: "agenda", name: Argument(0), handler: &[Argument(2), Argument(1)], queue: false },
    Form { call: "pg-boss().work", framework: "pg-boss", name: Argument(0), handler: &[Argument(2), Argument(1)], queue: true },
    Form { call: "pg-boss.PgBoss().work", framework: "pg-boss", name: Argument(0), handler: &[Argument(2), Argument(1)], queue: true },
    Form { call: "kafkajs.Kafka().consumer().run", framework: "kafkajs", name: Nowhere, handler: &[Key("eachMessage"), Key("eachBatch")], queue: false },
    Form {
        call: "amqplib.connect().createChannel().consume",
        framework: "amqplib",
        name: Argument(0),
        handler: &[Argument(1)],
        queue: true,
    },
    Form {
        call: "amqplib.connect().createConfirmChannel().consume",
        framework: "amqplib",
        name: Argument(0),
        handler: &[Argument(1)],
        queue: true,
    },
    Form {
        call: "sqs-consumer.Consumer.create",
        framework: "sqs-consumer",
        name: Key("queueUrl"),
        handler: &[Key("handleMessage"), Key("handleMessageBatch")],
        queue: true,
    },
    Form { call: "@trigger.dev/sdk.task", framework: "trigger.dev", name: Key("id"), handler: &[Key("run")], queue: false },
    Form { call: "@trigger.dev/sdk/v3.task", framework: "trigger.dev", name: Key("id"), handler: &[Key("run")], queue: false },
    Form { call: "@trigger.dev/sdk.schemaTask", framework: "trigger.dev", name: Key("id"), handler: &[Key("run")], queue: false },
    Form { call: "@trigger.dev/sdk/v3.schemaTask", framework: "trigger.dev", name: Key("id"), handler: &[Key("run")], queue: false },
    Form { call: "inngest.Inngest().createFunction", framework: "inngest", name: Key("id"), handler: &[Argument(2), Argument(1)], queue: false },
];

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    for form in FORMS {
        for at in script.code.calls_of(form.call) {
            wiring.tasks.push(task(script, form, *at));
        }
    }
    for at in script.code.calls_of("graphile-worker.run") {
        listed(script, *at, wiring);
    }
    repeated(script, wiring);
}

fn part<'a>(script: Script<'a>, at: CallRef, part: &Part) -> Option<Scoped<'a>> {
    match part {
        Nowhere => None,
        Argument(index) => script.argument(at, *index),
        Key(name) => script.option(at, name),
    }
}

fn task(script: Script, form: &Form, at: CallRef) -> Task {
    let handler = form.handler.iter().find_map(|p| script.handler(part(script, at, p)?).function);
    let written = part(script, at, &form.name).and_then(|v| script.text(v).or_else(|| script.name(v)));
    // `queue.process("kind", 5, handler)` says the kind; the queue is named where it is made.
    let made = script.receiver(at).and_then(|r| match script.base(r) {
        Some(Base::Result(call)) => script.text(script.argument(call, 0)?),
        _ => None,
    });
    let kind = if matches!(form.name, Nowhere) { script.argument(at, 0).and_then(|v| script.text(v)) } else { None };
    let queue = if form.queue { written.clone().or(made) } else { None };
    let of_function = handler.map(|f| script.code.function(f).name.to_string()).filter(|n| !n.is_empty());
    let name = kind.or(written).or_else(|| queue.clone()).or(of_function).unwrap_or_else(|| form.framework.to_owned());
    Task { name, handler, queue, framework: form.framework, module: at.module, at: script.code.call_at(at), made: Some(at) }
}

/// `run({ taskList: { send: handler } })`.
fn listed(script: Script, at: CallRef, wiring: &mut Wiring) {
    let Some(list) = script.option(at, "taskList").map(|l| script.written(l)) else { return };
    for entry in list.value.entries() {
        let Some(key) = &entry.key else { continue };
        let handler = script.handler(list.with(&entry.value)).function;
        let location = script.code.location(list.module, entry.at);
        let framework = "graphile-worker";
        wiring.tasks.push(Task { name: key.to_string(), handler, queue: None, framework, module: list.module, at: location, made: Some(at) });
    }
}

/// Work that a queue repeats by itself.
fn repeated(script: Script, wiring: &mut Wiring) {
    let mut tell = |at: CallRef, starts: Option<String>, when: Option<String>, handler: Option<FunctionRef>, framework: &'static str| {
        let module = at.module;
        let starts = starts.unwrap_or_default();
        wiring.schedules.push(Schedule { starts, handler, when, framework, in_process: true, module, at: script.code.call_at(at) });
    };
    let text = |at: CallRef, index: usize| script.argument(at, index).and_then(|v| script.text(v));
    for name in ["bullmq.Queue().add", "bull().add", "bull.Queue().add"] {
        for at in script.code.calls_of(name) {
            let Some(repeat) = script.option(*at, "repeat").map(|r| script.written(r)) else { continue };
            let when = ["pattern", "cron", "every"].iter().find_map(|k| script.text(repeat.with(repeat.value.get(k)?)));
            tell(*at, text(*at, 0), when, None, "bullmq");
        }
    }
    for at in script.code.calls_of("bullmq.Queue().upsertJobScheduler") {
        let when = ["pattern", "every"].iter().find_map(|k| script.text(script.option(*at, k)?));
        tell(*at, text(*at, 0), when, None, "bullmq");
    }
    for name in ["agenda.Agenda().every", "agenda().every"] {
        for at in script.code.calls_of(name) {
            tell(*at, text(*at, 1), text(*at, 0), None, "agenda");
        }
    }
    for name in ["pg-boss().schedule", "pg-boss.PgBoss().schedule"] {
        for at in script.code.calls_of(name) {
            tell(*at, text(*at, 0), text(*at, 1), None, "pg-boss");
        }
    }
    for at in script.code.calls_of("inngest.Inngest().createFunction") {
        if let Some(cron) = script.option(*at, "cron") {
            let handler = script.argument(*at, 2).and_then(|h| script.handler(h).function);
            tell(*at, script.option(*at, "id").and_then(|v| script.text(v)), script.text(cron), handler, "inngest");
        }
    }
    for name in ["@trigger.dev/sdk.schedules.task", "@trigger.dev/sdk/v3.schedules.task"] {
        for at in script.code.calls_of(name) {
            let part = |key: &str| script.option(*at, key);
            let when = part("cron").map(|c| script.written(c)).and_then(|c| script.text(c.value.get("pattern").map_or(c, |p| c.with(p))));
            let handler = part("run").and_then(|h| script.handler(h).function);
            tell(*at, part("id").and_then(|v| script.text(v)), when, handler, "trigger.dev");
        }
    }
}
