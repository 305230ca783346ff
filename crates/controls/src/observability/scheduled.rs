//! Looks at the running service that a pipeline takes on a schedule.

use plimsoll_base::Location;
use plimsoll_model::System;
use plimsoll_model::ci::{Invocation, Job, Life, Pipeline, Step};

/// A look at the service from a pipeline.
pub(super) struct ScheduledProbe {
    /// The command or action.
    pub(super) at: Location,
    /// What it does, in words.
    pub(super) says: String,
    /// Whether it can ever run.
    pub(super) live: bool,
    /// Whether an error of the service fails it.
    pub(super) fails: bool,
    /// Whether a step tells somebody of a failure.
    pub(super) told: bool,
}

impl ScheduledProbe {
    /// How much it is worth, the best first.
    pub(super) fn rank(&self) -> u8 {
        match (self.live, self.fails, self.told) {
            (true, true, true) => 0,
            (true, true, false) => 1,
            (true, false, _) => 2,
            (false, ..) => 3,
        }
    }
}

/// Actions that look at addresses and fail when they do not answer.
const ACTIONS: &[&str] =
    &["url-health-check", "website-health", "uptime-check", "site-monitor", "website-monitor", "http-healthcheck", "urlchecker-action"];
/// Parts of addresses that are no part of the product: what tells people, and the programs of providers.
const OTHERS: &[&str] = &[
    "hooks.slack.com",
    "discord",
    "telegram",
    "hc-ping",
    "api.github.com",
    "github.com",
    "githubusercontent",
    "api.render.com",
    "api.vercel.com",
    "api.cloudflare.com",
    "pagerduty",
    "opsgenie",
    "webhook",
    "healthchecks.io",
    "betterstack",
    "get.docker.com",
    "install",
    "registry.",
    "amazonaws.com/",
    "googleapis.com",
    "api.netlify.com",
    "sentry.io",
    "codecov.io",
    "localhost",
    "127.0.0.1",
    "0.0.0.0",
    "npmjs.org",
    "pypi.org",
];

/// Every look that a pipeline takes on a schedule.
pub(super) fn scheduled_probes(system: &System) -> Vec<ScheduledProbe> {
    let mut found = Vec::new();
    for pipeline in system.pipelines().iter().filter(|p| !p.triggers.schedule.is_empty()) {
        for job in pipeline.jobs.iter().filter(|j| j.on.schedule) {
            for step in &job.steps {
                found.extend(probe(pipeline, job, step));
            }
        }
    }
    found
}

fn probe(pipeline: &Pipeline, job: &Job, step: &Step) -> Option<ScheduledProbe> {
    let live = job.life == Life::Live && step.life == Life::Live && !pipeline.uncalled;
    let schedule = pipeline.triggers.schedule.first().map(|s| s.value.as_str()).unwrap_or_default();
    let tolerated = job.tolerated.is_some() || step.tolerated.is_some();
    let told = told(pipeline);
    if let Some(uses) = &step.uses {
        // Upptime opens an issue for every outage and publishes a page by itself.
        let upptime = uses.value.contains("upptime/uptime-monitor");
        let known = upptime || ACTIONS.iter().any(|a| uses.value.contains(a));
        let says = format!("`{}` looks at the service (`{schedule}`)", uses.value);
        return known.then_some(ScheduledProbe { at: uses.at, says, live, fails: !tolerated, told: told || upptime });
    }
    let script = step.script.as_ref().map(|s| s.value.as_str()).unwrap_or_default();
    let (command, address) = step.commands.iter().find_map(|c| Some((c, asks(c)?)))?;
    // A status that the script compares and turns into a failure is as good as the program's own.
    let compared = (script.contains("http_code") || script.contains("status")) && script.contains("exit 1");
    let fails = !tolerated && !command.tolerated && (refuses(command) || compared);
    let says = format!("{} asks {address} (`{schedule}`)", command.words[0]);
    Some(ScheduledProbe { at: command.at, says, live, fails, told })
}

/// The address of the product that a command asks; none where it sends something, or asks somebody else.
fn asks(command: &Invocation) -> Option<String> {
    let program = command.words.first()?.rsplit('/').next()?;
    if !matches!(program, "curl" | "wget" | "http" | "https" | "xh") {
        return None;
    }
    let sends = |w: &String| {
        matches!(w.as_str(), "-d" | "--data" | "--data-raw" | "--data-binary" | "-F" | "-T" | "POST" | "PUT" | "DELETE" | "-XPOST")
    };
    if command.words.iter().any(sends) || command.words.iter().any(|w| w.to_ascii_lowercase().contains("authorization")) {
        return None;
    }
    let address = command.words.iter().skip(1).find(|w| w.starts_with("http://") || w.starts_with("https://") || w.contains("_URL"))?;
    let lower = address.to_ascii_lowercase();
    let other = OTHERS.iter().any(|o| lower.contains(o))
        || lower.contains("/cron")
        || [".sh", ".gz", ".zip", ".deb", ".json"].iter().any(|e| lower.ends_with(e));
    (!other).then(|| address.clone())
}

/// Whether a program ends with an error when the answer is one.
fn refuses(command: &Invocation) -> bool {
    let flag = |w: &String| {
        w == "--fail"
            || w == "--fail-with-body"
            || w == "--check-status"
            || w.starts_with('-') && !w.starts_with("--") && w[1..].contains('f') && w.len() <= 6
    };
    command.words[0].ends_with("wget") || command.words.iter().skip(1).any(flag)
}

/// Whether a step of the pipeline runs when another failed, or speaks to people.
fn told(pipeline: &Pipeline) -> bool {
    pipeline.jobs.iter().any(|job| {
        let waits = |c: &Option<plimsoll_base::Sourced<String>>| {
            c.as_ref().is_some_and(|c| c.value.contains("failure()") || c.value.contains("outcome"))
        };
        waits(&job.condition) && !job.steps.is_empty()
            || job.steps.iter().any(|s| waits(&s.condition) && !s.only_echoes())
            || job.steps.iter().flat_map(|s| &s.commands).any(speaks)
    })
}

fn speaks(command: &Invocation) -> bool {
    let text = || command.words.iter().skip(1).map(|w| w.to_ascii_lowercase());
    command.words.first().is_some_and(|w| w.ends_with("curl") || w.ends_with("gh") || w.ends_with("mail"))
        && text().any(|w| ["slack", "discord", "telegram", "webhook", "pagerduty", "issue"].iter().any(|s| w.contains(s)))
}
