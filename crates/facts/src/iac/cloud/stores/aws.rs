//! Databases of Amazon Web Services. Defaults are those of the Terraform provider's pages for each resource (version 6) and of the
//! services' user guides, November 2026.

use plimsoll_base::Sourced;

use super::{
    Instance, Resources, addresses, copies_of, flag, following, given, inverse, named, number, policy, satellites, store, subnets_of_group,
};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Holds, Infrastructure, LifecycleRule, LifecycleSubject, Property, Provider, Store, StoreKind};

/// What Amazon calls the group that a database in a network gets where none is named.
const DEFAULT_GROUP: &str = "the default security group of the network";

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    databases(resources, found);
    for i in resources.of("aws_rds_cluster") {
        found.stores.push(aurora(resources, i));
    }
    for i in resources.of("aws_docdb_cluster") {
        found.stores.push(cluster(resources, i, StoreKind::NonRelational, "DocumentDB", "mongodb", "aws_docdb"));
    }
    for i in resources.of("aws_neptune_cluster") {
        found.stores.push(cluster(resources, i, StoreKind::NonRelational, "Neptune", "neptune", "aws_neptune"));
    }
    for i in resources.of("aws_dynamodb_table") {
        found.stores.push(table(resources, i));
    }
}

/// Firewalls and subnets of a store in a network.
pub(super) fn placed(resources: &Resources<'_>, store: &mut Store, groups: Option<&Value>, subnets: Vec<String>) {
    store.groups = addresses(resources, groups, "aws_security_group");
    if store.groups.is_empty() {
        store.groups.push(DEFAULT_GROUP.into());
    }
    store.subnets = subnets;
}

/// Instances of RDS; replicas belong to their source.
fn databases(resources: &Resources<'_>, found: &mut Infrastructure) {
    let (replicas, sources): (Vec<&Instance>, Vec<&Instance>) =
        resources.of("aws_db_instance").partition(|i| i.value.get("replicate_source_db").is_some());
    let first = found.stores.len();
    for i in sources {
        found.stores.push(instance(resources, i));
    }
    for i in replicas {
        let of = resources.referred(i.value.get("replicate_source_db"), "aws_db_instance");
        let source = of.first().map(|s| s.address());
        match found.stores[first..].iter_mut().find(|s| Some(&s.name) == source.as_ref()) {
            Some(store) => {
                store.read_replicas.push(Sourced::new(i.address(), i.at));
                // A replica that anyone can reach gives the data away as its source would.
                let public = i.flag(&["publicly_accessible"], false);
                if !public.off() && store.public.as_ref().is_none_or(Property::off) {
                    store.public = Some(public);
                    store.groups.extend(addresses(resources, i.value.get("vpc_security_group_ids"), "aws_security_group"));
                }
            }
            None => {
                let mut store = instance(resources, i);
                store.holds = Holds::Derived;
                found.stores.push(store);
            }
        }
    }
}

fn instance(resources: &Resources<'_>, i: &Instance) -> Store {
    let mut s = store(i, Provider::Aws, StoreKind::Relational, "RDS");
    s.engine = i.word(&["engine"]);
    // "The default is false if not specified"; what is restored from a snapshot or copied from a source takes its encryption from there.
    let inherits = ["snapshot_identifier", "replicate_source_db"].iter().find_map(|a| i.value.get(a));
    s.encrypted = Some(match (i.value.get("storage_encrypted"), inherits) {
        (None, Some(from)) => Property::unresolved(from.at, "storage_encrypted is not set: the snapshot or the source decides"),
        _ => i.flag(&["storage_encrypted"], false),
    });
    s.own_key = named(i, &["kms_key_id"]);
    s.public = Some(i.flag(&["publicly_accessible"], false));
    let subnets = subnets_of_group(resources, i.value.get("db_subnet_group_name"), "aws_db_subnet_group");
    placed(resources, &mut s, i.value.get("vpc_security_group_ids"), subnets);
    let days = i.number(&["backup_retention_period"], 0);
    // Automated backups keep the log of changes too: "RDS uploads transaction logs to S3 every 5 minutes".
    s.point_in_time = Some(following(&days, |d| *d > 0));
    s.backup_days = Some(days);
    s.deletion_protection = Some(i.flag(&["deletion_protection"], false));
    s.final_snapshot = Some(inverse(&i.flag(&["skip_final_snapshot"], false)));
    s.failover = Some(i.flag(&["multi_az"], false));
    s.insights = insights(resources, i, "parameter_group_name", "aws_db_parameter_group");
    s.size = i.word(&["instance_class"]);
    for copy in resources.of("aws_db_instance_automated_backups_replication") {
        if resources.refers(copy.value.get("source_db_instance_arn"), i) {
            s.copies.push(Sourced::new("automated backups are replicated to another region".into(), copy.at));
        }
    }
    s
}

/// Performance Insights, enhanced monitoring, and slow queries in the log.
fn insights(resources: &Resources<'_>, i: &Instance, group: &str, kind: &str) -> Vec<Property<bool>> {
    let mut found = vec![i.flag(&["performance_insights_enabled"], false)];
    found.extend(number(i, &["monitoring_interval"]).map(|n| following(&n, |n| *n > 0)));
    found.extend(i.word(&["database_insights_mode"]).map(|w| following(&w, |w| w == "advanced")));
    for log in each(i.value.get("enabled_cloudwatch_logs_exports")) {
        if log.is("slowquery") || log.is("profiler") {
            found.push(Property::stated(true, log.at, "slow queries are logged"));
        }
    }
    for parameters in resources.referred(i.value.get(group), kind) {
        for parameter in parameters.value.all("parameter") {
            let name = parameter.get("name").and_then(Value::text).unwrap_or_default();
            let value = parameter.get("value").and_then(Value::text).unwrap_or_default();
            if matches!(name, "log_min_duration_statement" | "slow_query_log" | "auto_explain.log_min_duration" | "profiler") {
                let on = !matches!(value, "-1" | "0" | "off" | "disabled") || name == "log_min_duration_statement" && value == "0";
                found.push(Property::stated(on, parameter.at, format!("{name} = {value}")));
            }
        }
    }
    found
}

/// Aurora, and clusters of RDS over several zones.
fn aurora(resources: &Resources<'_>, i: &Instance) -> Store {
    let multi_zone = i.value.get("db_cluster_instance_class").is_some();
    let mut s = cluster(resources, i, StoreKind::Relational, if multi_zone { "RDS" } else { "Aurora" }, "mysql", "aws_rds");
    s.engine = i.word(&["engine"]);
    if multi_zone {
        // "A Multi-AZ DB cluster has a writer and two readable standbys".
        s.failover = given(i, true, "db_cluster_instance_class makes it a cluster over three zones");
    }
    if i.written(&["engine_mode"]) == Some("serverless") {
        s.encrypted = Some(i.flag(&["storage_encrypted"], true));
        s.failover = given(i, true, "the first serverless version is started anew in another zone");
    } else if i.value.get("storage_encrypted").is_none() && !multi_zone {
        // Aurora user guide: clusters created from 18 February 2026 on are encrypted by themselves; older ones are as they were made.
        s.encrypted = Some(Property::unresolved(
            i.at,
            "storage_encrypted is not set: Aurora encrypts clusters that were made since February 2026, and no older one",
        ));
    }
    for global in resources.of("aws_rds_global_cluster") {
        let member = |c: &&Instance| resources.refers(c.value.get("global_cluster_identifier"), global);
        let source = resources.refers(global.value.get("source_db_cluster_identifier"), i);
        if !source && !member(&i) {
            continue;
        }
        let leads = source || ["master_username", "manage_master_user_password"].iter().any(|a| i.value.get(a).is_some());
        if !leads {
            s.holds = Holds::Derived;
        }
        let others = resources.of("aws_rds_cluster").filter(member).filter(|c| c.address() != i.address() && leads);
        s.mirrored.extend(others.map(|c| Sourced::new(format!("{} in a global cluster", c.address()), c.at)));
    }
    s
}

/// What Aurora, DocumentDB and Neptune say alike: `prefix` is that of their kinds of resources.
fn cluster(resources: &Resources<'_>, i: &Instance, kind: StoreKind, product: &'static str, engine: &str, prefix: &str) -> Store {
    let mut s = store(i, Provider::Aws, kind, product);
    s.engine = given(i, engine.to_owned(), product);
    s.encrypted = Some(i.flag(&["storage_encrypted"], false));
    s.own_key = named(i, &["kms_key_id"]).or_else(|| named(i, &["kms_key_arn"]));
    let (group, group_kind) = match prefix {
        "aws_rds" => ("db_subnet_group_name", "aws_db_subnet_group"),
        "aws_docdb" => ("db_subnet_group_name", "aws_docdb_subnet_group"),
        _ => ("neptune_subnet_group_name", "aws_neptune_subnet_group"),
    };
    placed(resources, &mut s, i.value.get("vpc_security_group_ids"), subnets_of_group(resources, i.value.get(group), group_kind));
    // "backup_retention_period … Default 1" for each of them, and a cluster always keeps its log of changes for so long.
    let days = i.number(&["backup_retention_period"], 1);
    s.point_in_time = Some(following(&days, |d| *d > 0));
    s.backup_days = Some(days);
    s.deletion_protection = Some(i.flag(&["deletion_protection"], false));
    s.final_snapshot = Some(inverse(&i.flag(&["skip_final_snapshot"], false)));
    let instances = satellites(resources, &format!("{prefix}_cluster_instance"), &["cluster_identifier"], i, &["cluster_identifier"]);
    let counts: Vec<Option<u32>> = instances.iter().map(|m| copies_of(m)).collect();
    let known: u32 = counts.iter().flatten().fold(0, |sum, n| sum.saturating_add(*n));
    s.failover = Some(match instances.first() {
        Some(first) if known >= 2 => Property::stated(true, instances.last().unwrap_or(first).at, format!("{known} instances")),
        Some(first) if counts.contains(&None) => Property::unresolved(first.at, "how many instances there are is decided elsewhere"),
        Some(first) => Property::stated(false, first.at, format!("{known} instance")),
        None => Property::unresolved(i.at, "no instance of the cluster is declared beside it"),
    });
    if known >= 2 && kind == StoreKind::Relational {
        // Every instance but the writer answers at the reader endpoint.
        s.read_replicas.extend(instances.last().map(|m| Sourced::new(format!("{} of {known} instances serve reads", known - 1), m.at)));
    }
    // Only Aurora and Neptune can be given public addresses; DocumentDB has none.
    let public = instances.iter().map(|m| m.flag(&["publicly_accessible"], false));
    let worst = public.reduce(|a, b| if a.off() { b } else { a });
    s.public = worst.or_else(|| flag(i, &["publicly_accessible"])).or_else(|| given(i, false, "reachable within its network only"));
    if prefix == "aws_rds" {
        s.insights = insights(resources, i, "db_cluster_parameter_group_name", "aws_rds_cluster_parameter_group");
    } else {
        s.insights = insights(resources, i, "db_cluster_parameter_group_name", "aws_docdb_cluster_parameter_group");
        s.insights.remove(0);
    }
    for m in &instances {
        s.insights.extend(flag(m, &["performance_insights_enabled"]));
        s.insights.extend(flag(m, &["enable_performance_insights"]));
        s.insights.extend(number(m, &["monitoring_interval"]).map(|n| following(&n, |n| *n > 0)));
    }
    if s.insights.iter().any(Property::on) {
        s.insights.retain(|p| !matches!(p.setting, plimsoll_base::Setting::Defaulted(false)));
    }
    s.size = instances.iter().find_map(|m| m.word(&["instance_class"])).or_else(|| i.word(&["db_cluster_instance_class"]));
    s
}

/// DynamoDB: encrypted with a key of Amazon's and kept in three zones by nature; reached by signed requests only.
fn table(resources: &Resources<'_>, i: &Instance) -> Store {
    let mut s = store(i, Provider::Aws, StoreKind::NonRelational, "DynamoDB");
    s.engine = given(i, "dynamodb".to_owned(), "DynamoDB");
    s.encrypted = given(i, true, "DynamoDB encrypts every table at rest, by default with a key that AWS owns");
    if i.flag(&["server_side_encryption", "enabled"], false).on() {
        s.encrypted = Some(i.flag(&["server_side_encryption", "enabled"], true));
        s.own_key = named(i, &["server_side_encryption", "kms_key_arn"]);
    }
    s.public = Some(
        opened(resources, i, "aws_dynamodb_resource_policy", "resource_arn")
            .unwrap_or_else(|| Property::defaulted(false, i.at, "DynamoDB answers requests signed by an identity of the account only")),
    );
    let kept = i.flag(&["point_in_time_recovery", "enabled"], false);
    // "recovery_period_in_days … Default is 35".
    let days = i.number(&["point_in_time_recovery", "recovery_period_in_days"], 35);
    s.backup_days = Some(following(&kept, |on| if *on { days.known().copied().unwrap_or(35) } else { 0 }));
    s.point_in_time = Some(kept);
    s.deletion_protection = Some(i.flag(&["deletion_protection_enabled"], false));
    s.failover = given(i, true, "DynamoDB keeps every item in three zones");
    s.size = i.word(&["billing_mode"]);
    s.mirrored.extend(i.value.all("replica").map(|r| Sourced::new("a replica of a global table".to_owned(), r.at)));
    for replica in resources.of("aws_dynamodb_table_replica").filter(|r| resources.refers(r.value.get("global_table_arn"), i)) {
        s.mirrored.push(Sourced::new("a replica of a global table".to_owned(), replica.at));
    }
    for insight in satellites(resources, "aws_dynamodb_contributor_insights", &["table_name"], i, &["name"]) {
        s.insights.push(Property::stated(true, insight.at, "Contributor Insights"));
    }
    if let Some(ttl) = i.value.get("ttl") {
        let says = format!("items end by {}", ttl.get("attribute_name").and_then(Value::text).unwrap_or("an attribute"));
        let active = i.flag(&["ttl", "enabled"], false);
        s.lifecycle.push(LifecycleRule { at: ttl.at, says, active, concerns: LifecycleSubject::Expiry, days: None });
    }
    // The key by which Terraform locks its state: rows that live as long as a run.
    if i.written(&["hash_key"]) == Some("LockID") {
        s.holds = Holds::Derived;
    }
    s
}

/// Whether a policy attached to a resource opens it to everyone; none where no policy is attached.
pub(super) fn opened(resources: &Resources<'_>, i: &Instance, kind: &str, attribute: &str) -> Option<Property<bool>> {
    let attached = satellites(resources, kind, &[attribute], i, &["name"]);
    let policies = attached.iter().filter_map(|p| ["policy", "access_policies"].iter().find_map(|a| p.value.get(a)));
    judged(resources, policies.collect())
}

/// What policies say together; none where there are none.
pub(super) fn judged(resources: &Resources<'_>, policies: Vec<&Value>) -> Option<Property<bool>> {
    let mut result: Option<Property<bool>> = None;
    for p in policies {
        let next = match policy::admits(resources, p) {
            policy::Admits::Everyone(at, says) => Property::stated(true, at, says),
            policy::Admits::Named => Property::stated(false, p.at, "its policy admits only who is named"),
            policy::Admits::Unresolved(at) => Property::unresolved(at, "its policy is decided elsewhere"),
        };
        result = Some(match result {
            Some(before) if before.on() || before.known().is_none() && !next.on() => before,
            _ => next,
        });
    }
    result
}
