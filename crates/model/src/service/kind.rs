//! What a service is for, as its image, its command and its name tell.

use plimsoll_facts::container::{Reach, Runtime, Workload};
use plimsoll_facts::technology::Capability;

use super::{ServiceKind, platform_kind};

pub(super) fn kind_of(workload: &Workload, capability: Option<Capability>) -> ServiceKind {
    match capability {
        Some(Capability::Datastore) => return ServiceKind::Datastore,
        Some(Capability::Cache) => return ServiceKind::Cache,
        Some(Capability::Broker) => return ServiceKind::Broker,
        Some(Capability::Proxy) => {
            return ServiceKind::Proxy;
        }
        Some(Capability::Monitoring) => return ServiceKind::Monitoring,
        Some(Capability::AdminUi) => return ServiceKind::AdminUi,
        Some(Capability::DevStandIn) => return ServiceKind::DevStandIn,
        _ => {}
    }
    if workload.runtime == Runtime::Function {
        return ServiceKind::Function;
    }
    // A platform's file says itself what each of its processes is for.
    match platform_kind(workload) {
        Some("web" | "private") => return ServiceKind::Web,
        Some("static") => return ServiceKind::Static,
        Some("worker") => return ServiceKind::Worker,
        Some("cron" | "release") => return ServiceKind::Job,
        _ => {}
    }
    if workload.one_shot || workload.schedule.is_some() {
        return ServiceKind::Job;
    }
    let words = |list: &Option<plimsoll_base::Sourced<Vec<String>>>| {
        list.as_ref().map(|c| c.value.join(" ").to_ascii_lowercase()).unwrap_or_default()
    };
    let command = format!("{} {}", words(&workload.entrypoint), words(&workload.command));
    let has = |list: &[&str]| list.iter().any(|w| command.contains(w));
    let restarts_no = matches!(&workload.restart, plimsoll_facts::container::Restart::No(s) if s.value == "no");
    if has(&["celery beat", " beat", "celery-beat", "sidekiq-cron", "schedule:work", "schedule:run", "rqscheduler", "clockwork"]) {
        return ServiceKind::Scheduler;
    }
    if has(&[
        "celery",
        "rq worker",
        "rqworker",
        "sidekiq",
        "queue:work",
        "horizon",
        "dramatiq",
        "arq ",
        "huey",
        "taskiq",
        "bullmq",
        "good_job",
        "solid_queue",
        "jobs:work",
        "worker.js",
        "worker.py",
        "/worker",
    ]) {
        return ServiceKind::Worker;
    }
    let migrates = has(&["migrate", "alembic upgrade", "db:prepare", "db:setup", "prisma db", "seed"]);
    let serves = has(&["uvicorn", "gunicorn", "runserver", "start", "serve", "puma", "server"]);
    if (migrates && !serves) || (restarts_no && !workload.ports.iter().any(|p| p.reach >= Reach::Loopback)) {
        return ServiceKind::Job;
    }
    let name = workload.name.to_ascii_lowercase();
    let named = |list: &[&str]| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| list.contains(&w));
    if named(&["worker", "workers", "consumer", "queue"]) {
        return ServiceKind::Worker;
    }
    if named(&["scheduler", "beat", "cron"]) {
        return ServiceKind::Scheduler;
    }
    if named(&["migrate", "migration", "migrations", "migrator", "seed", "init", "setup"]) {
        return ServiceKind::Job;
    }
    ServiceKind::Web
}
