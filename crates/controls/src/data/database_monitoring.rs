//! Are load, saturation and slow queries of each database visible and alarmed?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Tally};
use plimsoll_model::estate::{Alarm, Property, Provider, Store, StoreKind};
use plimsoll_model::{Datastore, RunBy, Service, System};

use super::{ask_of_outlined, databases, no_database};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "data/database-monitoring", page: include_str!("database_monitoring.md"), check };

/// Words of images that export or watch a database, with the engine; none watches several.
const EXPORTERS: &[(&str, Option<&str>)] = &[
    ("postgres-exporter", Some("postgres")),
    ("postgres_exporter", Some("postgres")),
    ("pgwatch", Some("postgres")),
    ("pganalyze", Some("postgres")),
    ("pghero", Some("postgres")),
    ("pgmonitor", Some("postgres")),
    ("mysqld-exporter", Some("mysql")),
    ("mysqld_exporter", Some("mysql")),
    ("mongodb-exporter", Some("mongodb")),
    ("mongodb_exporter", Some("mongodb")),
    ("sql_exporter", None),
    ("pmm-client", None),
];
/// Agents that take a database's metrics where they are told to elsewhere.
const AGENTS: &[&str] =
    &["datadog/agent", "newrelic/infrastructure", "dynatrace", "grafana/alloy", "netdata", "zabbix", "elastic-agent", "site24x7"];
/// Settings of a server by which slow queries are seen.
const SLOW: &[&str] =
    &["pg_stat_statements", "log_min_duration_statement", "slow_query_log", "slow-query-log", "auto_explain", "slowms", "profile="];

fn check(system: &System, mut tally: Tally) -> Judgement {
    for store in databases(system) {
        let alarms: Vec<&Alarm> = system.infrastructure().alarms.iter().filter(|a| watches(system, a, &store)).collect();
        match store.run_by {
            RunBy::Managed(managed) => declared(system, managed, &store, &alarms, &mut tally),
            RunBy::Container(service) => container(system, service, &store, &alarms, &mut tally),
            RunBy::External(external) => {
                let question = Question::new(
                    format!("who watches the database behind {}: it is declared nowhere here", external.name),
                    "show its dashboards and alarms, or declare them as code",
                );
                tally.doubt(&store.subject(), question);
            }
            RunBy::Embedded(embedded) => {
                let sought = Evidence::sought(format!("measure of load or slow queries of `{}`", store.name), system.deployment_scope());
                let gap = Gap::new(
                    "unwatched",
                    format!("nothing watches the file in which `{}` keeps its data", embedded.service),
                    Evidence::noted(embedded.at, embedded.says.clone()),
                );
                tally.gap(&store.subject(), gap.and(sought).so(BLIND));
            }
            RunBy::Volume(_) => {}
        }
    }
    ask_of_outlined(system, "who watches", &mut tally);
    tally.finish(|| no_database(system))
}

const BLIND: &str = "a full disk, exhausted connections or a slow query is first seen by users";

/// Whether an alarm is about a store: by name, by the class of what it watches, or by the prefix of its metric.
fn watches(system: &System, alarm: &Alarm, store: &Datastore<'_>) -> bool {
    if alarm.watches.contains(&store.name) {
        return true;
    }
    let metric = alarm.metric.as_ref().map(|m| m.value.as_str()).unwrap_or_default();
    let engine = store.engine.as_deref().unwrap_or_default();
    if let RunBy::Managed(managed) = store.run_by {
        // The class alone says which store is meant where there is one of it.
        let alike = system.infrastructure().stores.iter().filter(|s| s.product == managed.product).count();
        let by_class = alarm.namespace.as_deref().is_some_and(|n| classes(managed.product).contains(&n))
            || classes(managed.product).iter().any(|c| metric.contains(c));
        if alarm.watches.is_empty() && by_class {
            return alike == 1;
        }
        if managed.provider != Provider::Kubernetes {
            return false;
        }
    }
    let prefixes: &[&str] = match engine.split('-').next().unwrap_or_default() {
        "postgres" => &["pg_", "cnpg_", "postgresql_"],
        "mysql" | "mariadb" => &["mysql_"],
        "mongodb" => &["mongodb_"],
        "clickhouse" => &["ClickHouse"],
        _ => &[],
    };
    alarm.evaluator.contains("Prometheus")
        && prefixes.iter().any(|p| metric.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w.starts_with(p)))
}

/// The class of metrics that a product has.
fn classes(product: &str) -> &'static [&'static str] {
    match product {
        "RDS" | "Aurora" => &["AWS/RDS"],
        "DynamoDB" => &["AWS/DynamoDB"],
        "DocumentDB" => &["AWS/DocDB"],
        "Neptune" => &["AWS/Neptune"],
        "MemoryDB" => &["AWS/MemoryDB"],
        "Redshift" | "Redshift Serverless" => &["AWS/Redshift", "AWS/Redshift-Serverless"],
        "Cloud SQL" => &["cloudsql.googleapis.com", "cloudsql_database"],
        "Spanner" => &["spanner.googleapis.com"],
        "Firestore" => &["firestore.googleapis.com"],
        "AlloyDB" => &["alloydb.googleapis.com"],
        "Bigtable" => &["bigtable.googleapis.com"],
        "Azure Database" => &["Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.DBforMySQL/flexibleServers"],
        "Azure SQL" => &["Microsoft.Sql/servers/databases"],
        "Cosmos DB" => &["Microsoft.DocumentDB/databaseAccounts"],
        _ => &[],
    }
}

/// An alarm that works as a proof, and one that does not as a gap.
fn alarmed(alarms: &[&Alarm]) -> (Option<Evidence>, Option<Gap>, Option<Question>) {
    let named = |a: &Alarm| a.metric.as_ref().map_or_else(|| a.name.clone(), |m| m.value.clone());
    if let Some(live) = alarms.iter().find(|a| a.evaluated.on()) {
        return (Some(Evidence::seen(live.at, format!("{} watches {}", live.evaluator, named(live)), Grade::Active)), None, None);
    }
    if let Some(dead) = alarms.iter().find(|a| a.evaluated.off()) {
        let proof = Evidence::noted(dead.evaluated.at, dead.evaluated.says.clone());
        let gap = Gap::new("dormant", format!("the alarm `{}` can never speak", dead.name), proof);
        return (None, Some(gap.so(BLIND)), None);
    }
    (
        None,
        None,
        alarms
            .first()
            .map(|a| Question::new(format!("whether the alarm `{}` is evaluated: {}", a.name, a.evaluated.says), "state it in the code")),
    )
}

fn declared(system: &System, managed: &Store, store: &Datastore<'_>, alarms: &[&Alarm], tally: &mut Tally) {
    let subject = store.subject();
    let (live, dead, doubt) = alarmed(alarms);
    let insight = managed.insights.iter().find(|p| p.on());
    let unresolved = managed.insights.iter().find(|p| p.known().is_none());
    // Tables by key have no slow queries to look for; throttles are what goes wrong.
    let queries = !matches!(managed.product, "DynamoDB" | "Firestore" | "Bigtable" | "Cosmos DB" | "Workers KV" | "D1" | "Keyspaces");
    if let Some(on) = insight {
        tally.met(&subject, Evidence::seen(on.at, on.says.clone(), Grade::Active));
    }
    match live {
        Some(alarm) => {
            tally.met(&subject, alarm);
            match (insight, unresolved) {
                (None, Some(p)) if queries => tally.doubt(&subject, Question::new(p.says.clone(), "state it in the code")),
                (None, None) if queries && managed.provider != Provider::Kubernetes => tally.gap(&subject, no_insight(managed)),
                _ => {}
            }
        }
        None => {
            if let Some(question) = doubt {
                tally.doubt(&subject, question);
                return;
            }
            if let Some(agent) = agent(system) {
                tally.doubt(
                    &subject,
                    Question::new(
                        format!("whether `{}` watches `{}` too: it is told so elsewhere", agent.name, store.name),
                        "show its integration",
                    ),
                );
                return;
            }
            if insight.is_none() && graphs(managed) {
                tally.met(
                    &subject,
                    Evidence::seen(managed.at, format!("{} keeps graphs of itself and nothing more", managed.product), Grade::Declared),
                );
            }
            let scopes = || system.scopes(&["**/*.tf", "**/*{alert,alarm,rule}*"]);
            let gap = dead.unwrap_or_else(|| {
                let sought = Evidence::sought(format!("alarm on `{}`", store.name), scopes());
                Gap::new("no-alarm", format!("no alarm watches `{}`", store.name), sought).so(BLIND)
            });
            tally.gap(&subject, gap);
        }
    }
}

fn no_insight(managed: &Store) -> Gap {
    let proof = match managed.insights.first() {
        Some(Property { at, says, .. }) => Evidence::noted(*at, says.clone()),
        None => Evidence::noted(managed.at, "no setting for slow queries"),
    };
    Gap::new("no-query-insight", format!("slow queries of `{}` are not seen", managed.name), proof)
        .so("an alarm tells that it is slow, and nothing tells why")
}

/// Whether the provider keeps graphs of a store without being asked.
fn graphs(managed: &Store) -> bool {
    !matches!(managed.provider, Provider::Kubernetes) && managed.kind != StoreKind::Disk
}

fn agent(system: &System) -> Option<&Service> {
    system.services().iter().find(|s| s.image_text().is_some_and(|i| AGENTS.iter().any(|a| i.contains(a))))
}

fn container(system: &System, service: &Service, store: &Datastore<'_>, alarms: &[&Alarm], tally: &mut Tally) {
    let subject = store.subject();
    let engine = store.engine.as_deref().unwrap_or_default();
    let answers = |of: &Option<&str>| of.is_none_or(|e| e == engine || e == "mysql" && engine == "mariadb");
    let exporter = system.services().iter().find(|s| {
        s.name != service.name && s.image_text().is_some_and(|i| EXPORTERS.iter().any(|(word, of)| i.contains(word) && answers(of)))
    });
    let words = [&service.command, &service.entrypoint].into_iter().flatten();
    let slow = words.clone().find(|c| SLOW.iter().any(|w| c.value.iter().any(|v| v.contains(w))));
    if let Some(exporter) = exporter {
        tally.met(&subject, Evidence::seen(exporter.at, format!("`{}` exports its metrics", exporter.name), Grade::Wired));
    }
    if let Some(command) = slow {
        tally.met(&subject, Evidence::seen(command.at, "slow queries are recorded", Grade::Wired));
    }
    let (live, dead, doubt) = alarmed(alarms);
    match (live, dead, doubt) {
        (Some(alarm), ..) => {
            tally.met(&subject, alarm);
            if exporter.is_none() {
                let gap = Gap::new(
                    "no-exporter",
                    format!("nothing in the deployment exports metrics of `{}`", store.name),
                    Evidence::sought("exporter of a database", system.deployment_scope()),
                );
                tally.gap(&subject, gap.so("a rule on metrics that nobody emits never speaks"));
            }
        }
        (None, Some(gap), _) => {
            if let Some(first) = alarms.first() {
                tally.met(&subject, Evidence::seen(first.at, format!("an alarm is written: `{}`", first.name), Grade::Declared));
            }
            tally.gap(&subject, gap);
        }
        (None, None, Some(question)) => tally.doubt(&subject, question),
        (None, None, None) => {
            if let Some(agent) = agent(system).filter(|_| exporter.is_none()) {
                let question = Question::new(
                    format!("whether `{}` watches `{}` too: it is told so elsewhere", agent.name, store.name),
                    "show its integration",
                );
                tally.doubt(&subject, question);
                return;
            }
            let sought = Evidence::sought(format!("exporter, alarm or insight into `{}`", store.name), system.deployment_scope());
            let gap = match (exporter.is_some() || slow.is_some(), service.probes.first()) {
                (true, _) => Gap::new("no-alarm", format!("no alarm watches `{}`", store.name), sought),
                (false, Some(probe)) => Gap::new(
                    "unwatched",
                    format!("nothing watches the load of `{}`: its probe asks only whether it answers", store.name),
                    Evidence::noted(probe.at, "a probe"),
                )
                .and(sought),
                (false, None) => Gap::new("unwatched", format!("nothing watches the load of `{}`", store.name), sought),
            };
            tally.gap(&subject, gap.so(BLIND));
        }
    }
}
