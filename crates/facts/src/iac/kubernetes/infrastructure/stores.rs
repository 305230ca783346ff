//! Stores that operators run in a cluster, told by their objects.

use plimsoll_base::Sourced;

use crate::iac::cloud::following;
use crate::iac::kubernetes::object::Object;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Infrastructure, Property, Provider, Store, StoreKind};

/// How an operator's objects say how many instances they run, and what they are.
struct Operator {
    group: &'static str,
    kind: &'static str,
    product: &'static str,
    store: StoreKind,
    engine: &'static str,
    /// The number of members, by path.
    members: &'static [&'static str],
    /// How many there are where nothing says so.
    default: u32,
}

const fn operator(
    group: &'static str,
    kind: &'static str,
    product: &'static str,
    store: StoreKind,
    engine: &'static str,
    members: &'static [&'static str],
    default: u32,
) -> Operator {
    Operator { group, kind, product, store, engine, members, default }
}

/// Operators by the group and kind of their objects. Defaults are those of each custom resource's reference, November 2026.
static OPERATORS: &[Operator] = &[
    operator("postgresql.cnpg.io", "Cluster", "CloudNativePG", StoreKind::Relational, "postgres", &["instances"], 1),
    operator("acid.zalan.do", "postgresql", "Zalando's operator", StoreKind::Relational, "postgres", &["numberOfInstances"], 1),
    operator(
        "postgres-operator.crunchydata.com",
        "PostgresCluster",
        "Crunchy Postgres",
        StoreKind::Relational,
        "postgres",
        &["instances"],
        1,
    ),
    operator("pgv2.percona.com", "PerconaPGCluster", "Percona's operator", StoreKind::Relational, "postgres", &["instances"], 1),
    operator("pxc.percona.com", "PerconaXtraDBCluster", "Percona's operator", StoreKind::Relational, "mysql", &["pxc", "size"], 3),
    operator("ps.percona.com", "PerconaServerMySQL", "Percona's operator", StoreKind::Relational, "mysql", &["mysql", "size"], 3),
    operator("psmdb.percona.com", "PerconaServerMongoDB", "Percona's operator", StoreKind::NonRelational, "mongodb", &["replsets"], 3),
    operator("mysql.oracle.com", "InnoDBCluster", "MySQL operator", StoreKind::Relational, "mysql", &["instances"], 1),
    operator("k8s.mariadb.com", "MariaDB", "MariaDB operator", StoreKind::Relational, "mariadb", &["replicas"], 1),
    operator("mongodbcommunity.mongodb.com", "MongoDBCommunity", "MongoDB operator", StoreKind::NonRelational, "mongodb", &["members"], 1),
    operator("kafka.strimzi.io", "Kafka", "Strimzi", StoreKind::Messages, "kafka", &["kafka", "replicas"], 1),
    operator("rabbitmq.com", "RabbitmqCluster", "RabbitMQ operator", StoreKind::Messages, "rabbitmq", &["replicas"], 1),
    operator("redis.redis.opstreelabs.in", "Redis", "Redis operator", StoreKind::Cache, "redis", &[], 1),
    operator("redis.redis.opstreelabs.in", "RedisCluster", "Redis operator", StoreKind::Cache, "redis", &["clusterSize"], 3),
    operator("redis.redis.opstreelabs.in", "RedisReplication", "Redis operator", StoreKind::Cache, "redis", &["clusterSize"], 1),
    operator("databases.spotahome.com", "RedisFailover", "Redis operator", StoreKind::Cache, "redis", &["redis", "replicas"], 3),
    operator("elasticsearch.k8s.elastic.co", "Elasticsearch", "ECK", StoreKind::Search, "elasticsearch", &["nodeSets"], 1),
    operator("opensearch.opster.io", "OpenSearchCluster", "OpenSearch operator", StoreKind::Search, "opensearch", &["nodePools"], 1),
    operator("kubegres.reactive-tech.io", "Kubegres", "Kubegres", StoreKind::Relational, "postgres", &["replicas"], 1),
    operator("stackgres.io", "SGCluster", "StackGres", StoreKind::Relational, "postgres", &["instances"], 1),
    operator("crdb.cockroachlabs.com", "CrdbCluster", "CockroachDB operator", StoreKind::Relational, "cockroachdb", &["nodes"], 3),
    operator("pingcap.com", "TidbCluster", "TiDB operator", StoreKind::Relational, "tidb", &["tikv", "replicas"], 3),
    operator("mongodb.com", "MongoDB", "MongoDB's operator", StoreKind::NonRelational, "mongodb", &["members"], 1),
    operator("cassandra.datastax.com", "CassandraDatacenter", "Cass operator", StoreKind::NonRelational, "cassandra", &["size"], 1),
    operator("k8ssandra.io", "K8ssandraCluster", "K8ssandra", StoreKind::NonRelational, "cassandra", &["cassandra", "datacenters"], 1),
    operator("scylla.scylladb.com", "ScyllaCluster", "Scylla operator", StoreKind::NonRelational, "scylladb", &["datacenter", "racks"], 1),
    operator("dragonflydb.io", "Dragonfly", "Dragonfly operator", StoreKind::Cache, "redis", &["replicas"], 1),
    operator("clickhouse.altinity.com", "ClickHouseInstallation", "ClickHouse operator", StoreKind::Warehouse, "clickhouse", &[], 1),
];

pub(super) fn read(objects: &[Object], found: &mut Infrastructure) {
    for object in objects {
        let Some(operator) = OPERATORS.iter().find(|o| o.group == object.group && o.kind == object.kind) else { continue };
        found.stores.push(store(object, operator, objects));
    }
}

fn store(object: &Object, operator: &Operator, objects: &[Object]) -> Store {
    let at = object.at();
    let mut s = Store::new(&object.name, at, Provider::Kubernetes, operator.store, operator.product);
    s.engine = Some(Property::defaulted(operator.engine.to_owned(), at, operator.product));
    // Disks are the storage class's affair.
    s.encrypted = Some(Property::unresolved(at, "the storage class decides whether its disks are encrypted"));
    let members = members(object, operator);
    if let (Some(n), true) = (members.known().copied().filter(|n| *n >= 2), operator.store == StoreKind::Relational) {
        s.read_replicas.push(Sourced::new(format!("{} of {n} instances serve reads", n - 1), members.at));
    }
    s.failover = Some(following(&members, |n| *n >= 2));
    s.public = Some(public(object));
    backups(object, operator, objects, &mut s);
    s.insights = insights(object);
    let labels = object.value.path(&["metadata", "labels"]).map(Value::fields).unwrap_or_default();
    s.tags = labels.iter().filter_map(|f| Some((f.name.clone(), f.value.text()?.to_owned()))).collect();
    s
}

/// How many instances there are: a number, or the sum over a list of sets.
fn members(object: &Object, operator: &Operator) -> Property<u32> {
    let written = object.spec(operator.members).filter(|_| !operator.members.is_empty());
    let Some(value) = written else {
        return Property::defaulted(operator.default, object.at(), format!("{} instance(s) by default", operator.default));
    };
    if value.items().is_empty() {
        let setting = value.count();
        return Property { setting, at: value.at, says: format!("{} = {}", operator.members.join("."), value.written().unwrap_or("?")) };
    }
    let mut total: u32 = 0;
    for set in value.items() {
        let count = ["replicas", "size", "count", "members"].iter().find_map(|n| set.get(n));
        match count.map(|c| c.text().and_then(|t| t.parse::<u32>().ok())) {
            Some(None) => return Property::unresolved(value.at, "how many instances there are is decided elsewhere"),
            Some(Some(n)) => total = total.saturating_add(n),
            None => total = total.saturating_add(1),
        }
    }
    Property::stated(total, value.at, format!("{total} instance(s)"))
}

/// Where an object asks for a load balancer in front of its store.
fn public(object: &Object) -> Property<bool> {
    for path in [
        ["enableMasterLoadBalancer"].as_slice(),
        &["service", "type"],
        &["expose", "type"],
        &["haproxy", "exposePrimary", "type"],
        &["http", "service", "spec", "type"],
        &["proxy", "pgBouncer", "service", "type"],
        &["primaryService", "type"],
    ] {
        if let Some(v) = object.spec(path).filter(|v| v.is_true() || v.is("LoadBalancer")) {
            return Property::stated(true, v.at, format!("{} = {}", path.join("."), v.text().unwrap_or_default()));
        }
    }
    for service in each(object.spec(&["managed", "services", "additional"])) {
        if let Some(v) = service.path(&["serviceTemplate", "spec", "type"]).filter(|v| v.is("LoadBalancer")) {
            return Property::stated(true, v.at, "a service of type LoadBalancer");
        }
    }
    for listener in each(object.spec(&["kafka", "listeners"])) {
        if let Some(v) = listener.get("type").filter(|v| v.is("loadbalancer")) {
            return Property::stated(true, v.at, "a listener of type loadbalancer");
        }
    }
    Property::defaulted(false, object.at(), "nothing asks for a load balancer: reachable within the cluster only")
}

/// Backups that the object itself or its schedule asks for.
fn backups(object: &Object, operator: &Operator, objects: &[Object], s: &mut Store) {
    let none = || Property::defaulted(0, object.at(), "no backup is declared");
    match operator.group {
        "postgresql.cnpg.io" => {
            let archive = object.spec(&["backup", "barmanObjectStore"]).map(|v| v.at);
            let plugin = each(object.spec(&["plugins"]))
                .iter()
                .find(|p| p.get("name").is_some_and(|n| n.text().is_some_and(|t| t.starts_with("barman-cloud"))));
            let archived = archive.or_else(|| plugin.filter(|p| p.get("isWALArchiver").is_some_and(Value::is_true)).map(|p| p.at));
            s.point_in_time = Some(match archived {
                Some(at) => Property::stated(true, at, "the log of changes is archived"),
                None => Property::defaulted(false, object.at(), "no archive of the log of changes"),
            });
            let names = |o: &&Object| {
                o.kind == "ScheduledBackup" && o.group == operator.group && o.spec(&["cluster", "name"]).is_some_and(|n| n.is(&object.name))
            };
            let suspended = |o: &&Object| o.spec(&["suspend"]).is_some_and(Value::is_true);
            let schedule = objects.iter().filter(names).find(|o| !suspended(o));
            s.backup_days = Some(match (schedule, archived.is_some() || object.spec(&["backup", "volumeSnapshot"]).is_some()) {
                (Some(plan), true) => match object.spec(&["backup", "retentionPolicy"]).and_then(Value::text).and_then(days) {
                    Some(n) => Property::stated(n, plan.at(), format!("a ScheduledBackup, kept for {n} days")),
                    None => Property::unresolved(plan.at(), "a ScheduledBackup; how long it is kept is not said"),
                },
                _ => none(),
            });
        }
        "postgres-operator.crunchydata.com" | "pgv2.percona.com" => {
            let repos = each(object.spec(&["backups", "pgbackrest", "repos"]));
            let scheduled = repos.iter().find_map(|r| r.path(&["schedules", "full"]));
            s.point_in_time = repos.first().map(|r| Property::stated(true, r.at, "pgBackRest archives the log of changes"));
            let kept = object
                .spec(&["backups", "pgbackrest", "global"])
                .and_then(|g| g.fields().iter().find(|f| f.name.ends_with("retention-full")));
            s.backup_days = Some(match (scheduled, kept.and_then(|f| f.value.text()?.parse().ok())) {
                (Some(at), Some(n)) => Property::stated(n, at.at, format!("pgBackRest on a schedule, {n} full copies kept")),
                (Some(at), None) => Property::unresolved(at.at, "pgBackRest on a schedule; how many copies are kept is not said"),
                _ => none(),
            });
        }
        "pxc.percona.com" | "ps.percona.com" => {
            s.point_in_time =
                object.spec(&["backup", "pitr", "enabled"]).map(|v| Property::stated(v.is_true(), v.at, "backup.pitr.enabled"));
            s.backup_days = Some(tasks(object, &["backup", "schedule"]).unwrap_or_else(none));
        }
        "psmdb.percona.com" => {
            s.point_in_time =
                object.spec(&["backup", "pitr", "enabled"]).map(|v| Property::stated(v.is_true(), v.at, "backup.pitr.enabled"));
            s.backup_days = Some(tasks(object, &["backup", "tasks"]).unwrap_or_else(none));
        }
        "acid.zalan.do" => {
            s.backup_days = Some(match object.spec(&["enableLogicalBackup"]) {
                Some(v) if v.is_true() => Property::unresolved(v.at, "enableLogicalBackup; the operator decides how long copies are kept"),
                _ => Property::unresolved(object.at(), "the operator's own configuration decides whether the log of changes is archived"),
            });
        }
        "k8s.mariadb.com" => {
            let names = |o: &&Object| {
                o.kind == "Backup" && o.group == operator.group && o.spec(&["mariaDbRef", "name"]).is_some_and(|n| n.is(&object.name))
            };
            let plan = objects.iter().filter(names).find(|o| o.spec(&["schedule"]).is_some());
            s.backup_days = Some(plan.map_or_else(none, |p| match p.spec(&["maxRetention"]).and_then(Value::text).and_then(days) {
                Some(n) => Property::stated(n, p.at(), format!("a Backup on a schedule, kept for {n} days")),
                None => Property::unresolved(p.at(), "a Backup on a schedule; how long it is kept is not said"),
            }));
        }
        _ if matches!(operator.store, StoreKind::Relational | StoreKind::NonRelational) => s.backup_days = Some(none()),
        _ => {}
    }
}

/// Tasks of Percona's operators: copies kept per task.
fn tasks(object: &Object, path: &[&str]) -> Option<Property<u32>> {
    let task = each(object.spec(path)).iter().find(|t| !t.get("enabled").is_some_and(Value::is_false))?;
    let kept = task.get("keep").or_else(|| task.path(&["retention", "count"])).and_then(Value::text).and_then(|t| t.parse().ok());
    Some(match kept {
        Some(n) => Property::stated(n, task.at, format!("a scheduled backup, {n} copies kept")),
        None => Property::unresolved(task.at, "a scheduled backup; how many copies are kept is not said"),
    })
}

/// A span of time in days: `30d`, `4w`, `720h`.
fn days(text: &str) -> Option<u32> {
    let (number, unit) = text.trim().split_at_checked(text.trim().len().checked_sub(1)?)?;
    let n: u32 = number.parse().ok()?;
    match unit {
        "d" => Some(n),
        "w" => n.checked_mul(7),
        "m" => n.checked_mul(30),
        "h" => Some(n.div_ceil(24)),
        _ => None,
    }
}

/// Metrics that the object itself exposes to a collector.
fn insights(object: &Object) -> Vec<Property<bool>> {
    let paths: [&[&str]; 5] = [
        &["monitoring", "enablePodMonitor"],
        &["monitoring", "pgmonitor"],
        &["pmm", "enabled"],
        &["metrics", "enabled"],
        &["kafka", "metricsConfig"],
    ];
    let found = paths.iter().filter_map(|p| Some((p, object.spec(p)?)));
    found.map(|(p, v)| Property::stated(!v.is_false(), v.at, format!("{} is set", p.join(".")))).collect()
}
