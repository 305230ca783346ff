//! Tasks and schedules.

use super::wired;
use crate::code::{Code, Wiring};

fn tasks(code: &Code, wiring: &Wiring) -> Vec<String> {
    let handler = |t: &crate::code::Task| t.handler.map_or("-".to_owned(), |f| code.function(f).name.to_string());
    wiring.tasks.iter().map(|t| format!("{} {} {} {}", t.framework, t.name, handler(t), t.queue.as_deref().unwrap_or("-"))).collect()
}

fn schedules(wiring: &Wiring) -> Vec<String> {
    let known = |s: &crate::code::Schedule| if s.handler.is_some() { "known" } else { "unknown" };
    wiring.schedules.iter().map(|s| format!("{} {} {} {}", s.framework, s.starts, s.when.as_deref().unwrap_or("-"), known(s))).collect()
}

#[test]
fn celery_has_tasks_and_a_beat() {
    let app = r#"
from celery import Celery, shared_task
from celery.schedules import crontab
app = Celery("work")
@app.task(bind=True, max_retries=3, queue="mail")
def send(self): ...
@shared_task
def clean(): ...
@shared_task(name="report.daily")
def report(): ...
app.conf.beat_schedule = {
    "clean": {"task": "work.tasks.clean", "schedule": crontab(hour=3, minute=0)},
    "report": {"task": "report.daily", "schedule": 60.0},
}
@app.on_after_configure.connect
def setup(sender, **kwargs):
    app.add_periodic_task(10.0, send.s("x"), name="each")
"#;
    let (code, wiring) = wired(&[("work/__init__.py", ""), ("work/tasks.py", app)]);
    assert_eq!(
        tasks(&code, &wiring),
        ["celery work.tasks.send send mail", "celery work.tasks.clean clean -", "celery report.daily report -"]
    );
    assert_eq!(
        schedules(&wiring),
        ["celery-beat work.tasks.clean crontab(hour=3, minute=0) known", "celery-beat report.daily 60 known", "celery-beat send 10 known"]
    );
    assert!(wiring.schedules.iter().all(|s| !s.in_process));
    assert!(wiring.tasks[0].made.is_some() && wiring.tasks[1].made.is_none());
}

#[test]
fn other_queues_and_schedulers_are_read() {
    let text = r#"
import dramatiq, schedule
from rq import Queue
from apscheduler.schedulers.background import BackgroundScheduler
@dramatiq.actor(queue_name="slow")
def work(): ...
def job(): ...
def tick(): ...
queue = Queue(connection=None)
queue.enqueue(job, 1)
scheduler = BackgroundScheduler()
scheduler.add_job(tick, "interval", minutes=5)
@scheduler.scheduled_job("cron", hour=1)
def nightly(): ...
schedule.every().day.at("10:00").do(tick)
"#;
    let (code, wiring) = wired(&[("main.py", text)]);
    assert_eq!(tasks(&code, &wiring), ["dramatiq main.work work slow", "rq main.job job -"]);
    assert_eq!(
        schedules(&wiring),
        [
            "apscheduler tick interval, minutes=5 known",
            "apscheduler nightly cron, hour=1 known",
            "schedule tick schedule.every().day.at(10:00) known",
        ]
    );
    assert!(wiring.schedules.iter().all(|s| s.in_process));
}
