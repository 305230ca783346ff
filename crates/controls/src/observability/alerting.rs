//! Are symptoms and saturation turned into alerts that are really evaluated?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::estate::{Alarm, Holds, StoreKind, Symptom};
use plimsoll_model::{Datastore, RunBy, ServiceKind, System};

use super::hosted::{Hosted, hosted};
use super::watched::{Alarms, Delivery, delivery, elsewhere, said, scopes, seen};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "observability/alerting", page: include_str!("alerting.md"), check };

const CONSEQUENCE: &str = "users notice an outage before the people who run the system do";

fn check(system: &System, mut tally: Tally) -> Judgement {
    if system.services().is_empty() {
        return tally.finish(|| Evidence::sought("service that runs", system.deployment_scope()));
    }
    let subject = Subject::system();
    let alarms = Alarms::of(system);
    if alarms.live.is_empty() {
        without(system, &alarms, &subject, &mut tally);
    } else {
        judge(system, &alarms, &subject, &mut tally);
    }
    tally.finish(|| Evidence::sought("service that runs", system.deployment_scope()))
}

/// Nothing is known to be evaluated.
fn without(system: &System, alarms: &Alarms<'_>, subject: &Subject, tally: &mut Tally) {
    if let Some((alarm, why)) = alarms.open.first() {
        tally.doubt(subject, undecided(system, alarm, why));
        return;
    }
    if !alarms.dead.is_empty() {
        // A rule that is written counts for something; a mere name of a file that is missing does not.
        if let Some(rule) = alarms.dead.iter().find(|a| a.metric.is_some()) {
            tally.met(subject, seen(rule, Grade::Declared));
        }
        tally.gap(subject, dormant(&alarms.dead));
        return;
    }
    match elsewhere(system) {
        Some(question) => tally.doubt(subject, question),
        None => {
            let proof = Evidence::sought("an alarm, an alert rule or an agent of a monitoring service", scopes(system));
            let mut gap = Gap::new("no-alerts", "nothing watches the system: there is no alarm and no alert rule", proof).so(CONSEQUENCE);
            if let Some(Hosted::Silent(sign, at, why)) = hosted(system) {
                gap.proof.rest.push(Evidence::noted(at, format!("{} is connected to nothing: {why}", sign.says)));
            }
            tally.gap(subject, gap);
        }
    }
}

fn undecided(system: &System, alarm: &Alarm, why: &str) -> Question {
    Question::new(
        format!("whether `{}` can fire: {why} ({})", alarm.name, system.path_at(alarm.at)),
        "show what evaluates it and gives its metric, or attest it with a test",
    )
}

fn dormant(dead: &[&Alarm]) -> Gap {
    let many = if dead.len() == 1 { "one alert is".to_owned() } else { format!("{} alerts are", dead.len()) };
    let why = dead.first().map(|a| a.evaluated.says.clone()).unwrap_or_default();
    let mut evidence = dead.iter().take(5).map(|a| Evidence::noted(a.evaluated.at, format!("`{}`: {}", a.name, a.evaluated.says)));
    let first = evidence.next().unwrap_or_else(|| Evidence::sought("an alert", Vec::new()));
    let mut gap = Gap::new("dormant", format!("{many} written but not evaluated: {why}"), first)
        .so("the rules look like alerting, yet they can never fire");
    gap.proof.rest.extend(evidence);
    gap
}

fn judge(system: &System, alarms: &Alarms<'_>, subject: &Subject, tally: &mut Tally) {
    let live = &alarms.live;
    let functions = system.owned().next().is_some() && system.owned().all(|s| s.kind == ServiceKind::Function);
    let stores = system.datastores();
    let names: Vec<&str> = stores.iter().map(|s| s.name.as_str()).collect();
    // What watches a store says nothing about the services that use it.
    let about = |wanted: &[Symptom]| live.iter().find(|a| wanted.contains(&a.symptom) && !of_stores(a, &names)).copied();
    let perhaps = |wanted: &[Symptom]| alarms.open.iter().find(|(a, _)| wanted.contains(&a.symptom) && !of_stores(a, &names));
    // A function that nobody can reach is one that fails: its errors are its availability.
    let available: &[Symptom] = if functions { &[Symptom::Availability, Symptom::Errors] } else { &[Symptom::Availability] };
    let aspects: [(&[Symptom], &str, &'static str); 3] = [
        (available, "no-availability", "nothing alerts when the system does not answer"),
        (&[Symptom::Errors, Symptom::Latency], "no-errors", "nothing alerts on errors or slow answers"),
        (&[Symptom::Saturation], "no-saturation", "nothing alerts when CPU, memory, disk or connections run out"),
    ];
    let mut lacking = Vec::new();
    for (symptoms, kind, says) in aspects {
        match (about(symptoms), perhaps(symptoms)) {
            (Some(alarm), _) => tally.met(subject, seen(alarm, Grade::Active)),
            (None, Some((alarm, why))) => tally.doubt(subject, undecided(system, alarm, why)),
            (None, None) => lacking.push((kind, says)),
        }
    }
    let unwatched: Vec<&Datastore<'_>> =
        stores.iter().filter(|s| watchable(system, s) && !live.iter().any(|a| watches(a, s, &names))).collect();
    if lacking.is_empty() && unwatched.is_empty() {
        delivered(system, live, subject, tally);
        return;
    }
    if tally.is_empty() {
        // Alarms that are about none of it are alarms still.
        tally.met(subject, seen(live[0], Grade::Active));
    }
    let list = || live.iter().take(4).map(|a| said(a)).collect::<Vec<_>>().join("; ");
    for (kind, says) in lacking {
        let proof = Evidence::noted(live[0].at, format!("what is watched: {}", list()));
        tally.gap(subject, lack(kind, says, proof));
    }
    if let Some(first) = unwatched.first() {
        let names = unwatched.iter().map(|s| format!("`{}`", s.name)).collect::<Vec<_>>().join(", ");
        let proof = Evidence::noted(first.at, format!("`{}` is declared, and no alarm names it", first.name));
        let gap = Gap::new("store-unwatched", format!("no alarm watches {names}"), proof);
        tally.gap(subject, gap.so("a full disk or a lost connection of the store takes the system down unannounced"));
    }
    if !alarms.dead.is_empty() {
        tally.gap(subject, dormant(&alarms.dead));
    }
    delivered(system, live, subject, tally);
}

fn lack(kind: &'static str, says: &str, proof: Evidence) -> Gap {
    match kind {
        "no-availability" => Gap::new("no-availability", says, proof).so(CONSEQUENCE),
        "no-errors" => Gap::new("no-errors", says, proof).so("the system answers, wrongly or late, and nobody knows"),
        _ => Gap::new("no-saturation", says, proof).so("the first sign of a full disk or a busy processor is the outage it causes"),
    }
}

/// An alert that tells nobody is none; how well those are reached who are told is another control's question.
fn delivered(system: &System, live: &[&Alarm], subject: &Subject, tally: &mut Tally) {
    let silent = live.iter().all(|a| matches!(delivery(system, a), Delivery::Nobody | Delivery::Empty(_) | Delivery::Placeholder(_)));
    if silent {
        let proof = Evidence::noted(live[0].at, format!("`{}` tells nobody", live[0].name));
        tally.gap(
            subject,
            Gap::new("undelivered", "no alert tells anybody", proof).so("alerts fire into the void").follows("observability/alert-routing"),
        );
    }
}

/// Whether a store can run out of something or stop answering: buckets and registries do not, state and copies are not in the way of requests.
fn watchable(system: &System, store: &Datastore<'_>) -> bool {
    let kind = matches!(
        store.kind,
        StoreKind::Relational
            | StoreKind::NonRelational
            | StoreKind::Cache
            | StoreKind::Search
            | StoreKind::Messages
            | StoreKind::Warehouse
    );
    let role = match store.run_by {
        RunBy::Managed(s) => !matches!(s.holds, Holds::State | Holds::Backups | Holds::Logs),
        RunBy::Container(_) => true,
        // Its provider's own alarms lie where nothing here can see them; files within a service have no metrics of their own.
        RunBy::External(_) | RunBy::Embedded(_) | RunBy::Volume(_) => false,
    };
    // A topic that carries alarms is a way to tell people, not a store.
    kind && role && !system.infrastructure().channels.iter().any(|c| c.name == store.name)
}

/// Products in the namespaces of metrics with the kinds of stores that they are.
#[rustfmt::skip]
const PRODUCTS: &[(&str, StoreKind)] = &[
    ("rds", StoreKind::Relational), ("cloudsql", StoreKind::Relational), ("alloydb", StoreKind::Relational), ("spanner", StoreKind::Relational),
    ("dbfor", StoreKind::Relational), ("microsoft.sql", StoreKind::Relational),
    ("dynamodb", StoreKind::NonRelational), ("docdb", StoreKind::NonRelational), ("neptune", StoreKind::NonRelational), ("firestore", StoreKind::NonRelational),
    ("bigtable", StoreKind::NonRelational), ("documentdb", StoreKind::NonRelational), ("cassandra", StoreKind::NonRelational),
    ("elasticache", StoreKind::Cache), ("memorydb", StoreKind::Cache), ("redis", StoreKind::Cache), ("memcache", StoreKind::Cache), ("microsoft.cache", StoreKind::Cache),
    ("aws/es", StoreKind::Search), ("aoss", StoreKind::Search), ("microsoft.search", StoreKind::Search),
    ("sqs", StoreKind::Messages), ("sns", StoreKind::Messages), ("kinesis", StoreKind::Messages), ("amazonmq", StoreKind::Messages), ("kafka", StoreKind::Messages),
    ("pubsub", StoreKind::Messages), ("servicebus", StoreKind::Messages), ("eventhub", StoreKind::Messages),
    ("redshift", StoreKind::Warehouse), ("bigquery", StoreKind::Warehouse),
];

/// Whether an alarm is about stores alone.
fn of_stores(alarm: &Alarm, stores: &[&str]) -> bool {
    if !alarm.watches.is_empty() && alarm.watches.iter().all(|w| stores.contains(&w.as_str())) {
        return true;
    }
    let Some(namespace) = alarm.namespace.as_ref().map(|n| n.to_ascii_lowercase()) else { return false };
    PRODUCTS.iter().any(|(product, _)| namespace.contains(product)) || ENGINES.contains(&namespace.as_str())
}

/// Engines that metrics of exporters tell of.
const ENGINES: &[&str] = &["postgres", "mysql", "mongodb", "elasticsearch", "rabbitmq", "object-storage", "clickhouse", "memcached"];

/// Whether an alarm is about a store: it names it, or it names the class and no other store.
fn watches(alarm: &Alarm, store: &Datastore<'_>, stores: &[&str]) -> bool {
    if alarm.watches.contains(&store.name) {
        return true;
    }
    let metric = alarm.metric.as_ref().map(|m| m.value.to_ascii_lowercase()).unwrap_or_default();
    let namespace = alarm.namespace.as_ref().map(|n| n.to_ascii_lowercase()).unwrap_or_default();
    if let Some(engine) = store.engine.as_deref()
        && (namespace == engine || metric.contains(&format!("\"{engine}")))
    {
        return true;
    }
    let last = store.name.rsplit('.').next().unwrap_or(&store.name).to_ascii_lowercase();
    if matches!(store.run_by, RunBy::Container(_)) && last.len() > 1 && metric.contains(&format!("\"{last}\"")) {
        return true;
    }
    let other = alarm.watches.iter().any(|w| stores.contains(&w.as_str()));
    !other && PRODUCTS.iter().any(|(product, kind)| *kind == store.kind && namespace.contains(product))
}
