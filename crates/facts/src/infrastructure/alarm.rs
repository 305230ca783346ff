//! Conditions that are watched, and whom they reach.

use plimsoll_base::{Location, Sourced};

use super::Property;

/// A condition that something evaluates.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Its address, or the rule's name.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// What evaluates it: `CloudWatch`, `Prometheus`, `Cloud Monitoring`.
    pub evaluator: &'static str,
    /// What it is about.
    pub symptom: Symptom,
    /// The metric or expression in the file's words.
    pub metric: Option<Sourced<String>>,
    /// The services, stores or entries that it watches, by address; empty where that is not told.
    pub watches: Vec<String>,
    /// Who has to give the metric.
    pub emitter: Emitter,
    /// The class of what it watches, where the metric's namespace tells: `AWS/RDS`.
    pub namespace: Option<String>,
    /// Whether it is evaluated: loaded, enabled, on a metric that something emits; with the reason.
    pub evaluated: Property<bool>,
    /// Whom it tells, by the address of a [`Channel`]; empty for none.
    pub tells: Vec<Sourced<String>>,
    /// Whether its actions are decided elsewhere.
    pub tells_unresolved: Option<Location>,
}

impl Alarm {
    /// An alarm of which nothing is known but what it is about; `evaluated` says whether anything looks at it.
    pub fn new(name: impl Into<String>, at: Location, evaluator: &'static str, symptom: Symptom, evaluated: Property<bool>) -> Self {
        Self {
            name: name.into(),
            at,
            evaluator,
            symptom,
            metric: None,
            watches: Vec::new(),
            emitter: Emitter::Provider,
            namespace: None,
            evaluated,
            tells: Vec::new(),
            tells_unresolved: None,
        }
    }
}

/// Who has to give the metric of an alarm, so that there is something to evaluate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emitter {
    /// The provider, or an exporter that is scraped.
    Provider,
    /// The product, by a library that gives such metrics without further code: `http_requests_total`, `process_cpu_seconds_total`.
    Library,
    /// The product, by code of its own.
    Product,
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Symptom {
    /// Something does not answer: unhealthy targets, a failed probe, no running tasks.
    Availability,
    /// Errors: 5xx, function errors, failed jobs.
    Errors,
    /// Time: latency, duration.
    Latency,
    /// Load and room: CPU, memory, disk, connections, throttles.
    Saturation,
    /// Work that waits: queue depth, age of messages, lag.
    Backlog,
    /// A backup failed.
    Backup,
    /// A certificate ends.
    Certificate,
    /// Actions in the account: sign-ins, changes of rights.
    Security,
    /// Money.
    Spending,
    /// Anything else.
    Other,
}

/// A way to reach a person.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its address: a topic, an action group, a contact point, a receiver.
    pub name: String,
    /// Its head.
    pub at: Location,
    /// Those that receive what is sent to it; empty for none.
    pub receivers: Vec<Receiver>,
}

/// One receiver of a channel.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// Where it stands.
    pub at: Location,
    /// How it is reached.
    pub kind: ReceiverKind,
    /// Its address in the file's words, masked where it is a secret.
    pub says: String,
    /// Whether it can be reached: a placeholder cannot (`false`); an address handed in at deployment is known only there (unresolved).
    pub real: Property<bool>,
}

/// How a receiver is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReceiverKind {
    /// A mailbox.
    Email,
    /// An on-call service: PagerDuty, Opsgenie.
    Pager,
    /// A chat room: Slack, Teams.
    Chat,
    /// A text message.
    Sms,
    /// A web hook.
    Webhook,
    /// A function or queue that may pass it on.
    Program,
}
