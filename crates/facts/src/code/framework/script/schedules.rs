//! Times at which something starts in the process that says so.

use super::context::{Scoped, Script};
use crate::code::{CallRef, Schedule, Wiring};

/// A call that starts something at times: where in it the time stands, and what is started.
struct Form {
    call: &'static str,
    framework: &'static str,
    /// Places of the time: an argument, or an option.
    when: (Option<usize>, Option<&'static str>),
    handler: (&'static [usize], Option<&'static str>),
}

const FORMS: &[Form] = &[
    Form { call: "node-cron.schedule", framework: "node-cron", when: (Some(0), None), handler: (&[1], None) },
    Form { call: "cron.CronJob", framework: "cron", when: (Some(0), Some("cronTime")), handler: (&[1], Some("onTick")) },
    Form { call: "cron.CronJob.from", framework: "cron", when: (None, Some("cronTime")), handler: (&[], Some("onTick")) },
    Form { call: "cron.job", framework: "cron", when: (Some(0), None), handler: (&[1], None) },
    Form { call: "croner.Cron", framework: "croner", when: (Some(0), None), handler: (&[2, 1], None) },
    Form { call: "croner", framework: "croner", when: (Some(0), None), handler: (&[2, 1], None) },
    Form { call: "node-schedule.scheduleJob", framework: "node-schedule", when: (Some(0), None), handler: (&[2, 1], None) },
    Form { call: "setInterval", framework: "setInterval", when: (Some(1), None), handler: (&[0], None) },
    Form { call: "timers.setInterval", framework: "setInterval", when: (Some(1), None), handler: (&[0], None) },
    Form { call: "toad-scheduler.SimpleIntervalJob", framework: "toad-scheduler", when: (Some(0), None), handler: (&[1], None) },
    Form { call: "toad-scheduler.CronJob", framework: "toad-scheduler", when: (None, Some("cronExpression")), handler: (&[1], None) },
    Form { call: "Deno.cron", framework: "deno", when: (Some(1), None), handler: (&[2], None) },
];

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    for form in FORMS {
        for at in script.code.calls_of(form.call) {
            wiring.schedules.extend(schedule(script, form, *at));
        }
    }
}

fn schedule<'a>(script: Script<'a>, form: &Form, at: CallRef) -> Option<Schedule> {
    let when = form.when.1.and_then(|k| script.option(at, k)).or_else(|| script.argument(at, form.when.0?));
    let options = form.handler.1.and_then(|k| script.option(at, k));
    let values: Vec<Scoped<'a>> = options.into_iter().chain(form.handler.0.iter().filter_map(|i| script.argument(at, *i))).collect();
    let started = values.iter().map(|v| (v, script.handler(task_of(script, *v)).function)).find(|(_, f)| f.is_some());
    // A name may stand before the time: `scheduleJob("nightly", "0 0 * * *", run)`.
    let named = form.framework == "node-schedule" && script.code.call(at).arguments.len() > 2;
    let when = if named { script.argument(at, 1) } else { when };
    let handler = started.and_then(|(_, f)| f);
    let name = handler.map(|f| script.code.function(f).name.to_string()).filter(|n| !n.is_empty());
    let path = || values.iter().find_map(|v| Some(v.value.path()?.join(".")));
    Some(Schedule {
        starts: name.or_else(path).unwrap_or_default(),
        handler,
        when: when.and_then(|w| said(script, w)),
        framework: form.framework,
        in_process: true,
        module: at.module,
        at: script.code.call_at(at),
    })
}

/// `new AsyncTask("name", run)` is the function that it is given.
fn task_of<'a>(script: Script<'a>, of: Scoped<'a>) -> Scoped<'a> {
    let made = script.declared(of).call().filter(|c| script.code.callee(*c).is_some_and(|n| n.starts_with("toad-scheduler.")));
    made.and_then(|call| script.argument(call, 1)).unwrap_or(of)
}

/// A time as it is written: a text, a number, a name, an object's entries.
fn said(script: Script, of: Scoped) -> Option<String> {
    if let Some(text) = script.text(of) {
        return Some(text);
    }
    let object = script.written(of);
    let entries: Vec<String> = object
        .value
        .entries()
        .iter()
        .filter_map(|e| Some(format!("{}: {}", e.key.as_ref()?, script.text(object.with(&e.value))?)))
        .collect();
    if entries.is_empty() { Some(of.value.path()?.join(".")) } else { Some(entries.join(", ")) }
}
