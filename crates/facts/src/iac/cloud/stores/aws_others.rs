//! Caches, search, warehouses, file systems, disks, messages and accounts of Amazon Web Services. Defaults are those of the Terraform
//! provider's pages for each resource (version 6) and of the services' user guides, November 2026.

use plimsoll_base::Sourced;

use super::aws::{judged, opened, placed};
use super::{
    Instance, Resources, addresses, flag, following, given, inverse, named, number, satellites, store, subnets_of_group, switched,
};
use crate::iac::value::Value;
use crate::infrastructure::{Infrastructure, LifecycleRule, LifecycleSubject, Property, Provider, Store, StoreKind};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    caches(resources, found);
    for i in resources.of_any(&["aws_opensearch_domain", "aws_elasticsearch_domain"]) {
        found.stores.push(search(resources, i));
    }
    for i in resources.of("aws_opensearchserverless_collection") {
        let mut s = store(i, Provider::Aws, StoreKind::Search, "OpenSearch Serverless");
        s.encrypted = given(i, true, "a collection is always encrypted");
        s.failover = given(i, true, "a collection keeps standby units unless told otherwise");
        found.stores.push(s);
    }
    warehouses(resources, found);
    files(resources, found);
    disks(resources, found);
    messages(resources, found);
    smaller(resources, found);
}

fn caches(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("aws_elasticache_cluster").filter(|i| i.value.get("replication_group_id").is_none()) {
        let mut s = store(i, Provider::Aws, StoreKind::Cache, "ElastiCache");
        s.engine = i.word(&["engine"]);
        // Encryption at rest needs a replication group or a serverless cache: ElastiCache user guide, "At-Rest Encryption".
        s.encrypted = given(i, false, "a cluster outside a replication group cannot be encrypted at rest");
        s.failover = given(i, false, "a cluster outside a replication group has no standby");
        cache(resources, i, &mut s, "security_group_ids", "subnet_group_name", "aws_elasticache_subnet_group");
        found.stores.push(s);
    }
    for i in resources.of("aws_elasticache_replication_group").filter(|i| i.value.get("global_replication_group_id").is_none()) {
        let mut s = store(i, Provider::Aws, StoreKind::Cache, "ElastiCache");
        let engine = i.written(&["engine"]).unwrap_or("redis").to_owned();
        // "When engine is redis, default is false. When engine is valkey, default is true."
        s.encrypted = Some(i.flag(&["at_rest_encryption_enabled"], engine == "valkey"));
        s.engine = i.word(&["engine"]).or_else(|| given(i, engine, "redis by default"));
        let shards = number(i, &["num_node_groups"]).and_then(|n| n.known().copied()).unwrap_or(1);
        let replicas = number(i, &["replicas_per_node_group"]).and_then(|n| n.known().copied()).unwrap_or(0);
        let nodes = number(i, &["num_cache_clusters"]).or_else(|| number(i, &["number_cache_clusters"]));
        let automatic = i.flag(&["automatic_failover_enabled"], shards > 1);
        s.failover = Some(match nodes.as_ref().and_then(Property::known) {
            Some(n) if *n < 2 && replicas == 0 => Property::stated(false, nodes.as_ref().map_or(i.at, |n| n.at), format!("{n} node")),
            None if nodes.is_none() && replicas == 0 => {
                given(i, false, "one node: neither num_cache_clusters nor replicas_per_node_group is set")
                    .unwrap_or_else(|| automatic.clone())
            }
            _ => automatic,
        });
        cache(resources, i, &mut s, "security_group_ids", "subnet_group_name", "aws_elasticache_subnet_group");
        found.stores.push(s);
    }
    for i in resources.of("aws_elasticache_serverless_cache") {
        let mut s = store(i, Provider::Aws, StoreKind::Cache, "ElastiCache Serverless");
        s.engine = i.word(&["engine"]);
        s.encrypted = given(i, true, "a serverless cache is always encrypted");
        s.failover = given(i, true, "a serverless cache stands in several zones");
        cache(resources, i, &mut s, "security_group_ids", "", "");
        s.subnets = addresses(resources, i.value.get("subnet_ids"), "aws_subnet");
        s.backup_days = Some(i.number(&["snapshot_retention_limit"], 0));
        found.stores.push(s);
    }
    for i in resources.of("aws_memorydb_cluster") {
        let mut s = store(i, Provider::Aws, StoreKind::NonRelational, "MemoryDB");
        s.engine = i.word(&["engine"]).or_else(|| given(i, "redis".into(), "redis by default"));
        s.encrypted = given(i, true, "MemoryDB always encrypts its log and its snapshots");
        s.failover = Some(following(&i.number(&["num_replicas_per_shard"], 1), |n| *n > 0));
        cache(resources, i, &mut s, "security_group_ids", "subnet_group_name", "aws_memorydb_subnet_group");
        s.final_snapshot = Some(i.value.get("final_snapshot_name").map_or_else(
            || Property::defaulted(false, i.at, "final_snapshot_name is not set"),
            |v| Property::stated(true, v.at, "final_snapshot_name is set"),
        ));
        found.stores.push(s);
    }
}

fn cache(resources: &Resources<'_>, i: &Instance, s: &mut Store, groups: &str, subnets: &str, kind: &str) {
    s.own_key = named(i, &["kms_key_id"]).or_else(|| named(i, &["kms_key_arn"]));
    s.public = given(i, false, "reachable within its network only");
    placed(resources, s, i.value.get(groups), subnets_of_group(resources, i.value.get(subnets), kind));
    s.backup_days = Some(i.number(&["snapshot_retention_limit"], 0));
    s.size = i.word(&["node_type"]);
}

fn search(resources: &Resources<'_>, i: &Instance) -> Store {
    let mut s = store(i, Provider::Aws, StoreKind::Search, "OpenSearch");
    s.engine = given(i, "elasticsearch".into(), "OpenSearch");
    s.encrypted = Some(i.flag(&["encrypt_at_rest", "enabled"], false));
    s.own_key = named(i, &["encrypt_at_rest", "kms_key_id"]);
    if i.value.get("vpc_options").is_some() {
        s.public = given(i, false, "vpc_options: reachable within its network only");
        let subnets = addresses(resources, i.value.path(&["vpc_options", "subnet_ids"]), "aws_subnet");
        placed(resources, &mut s, i.value.path(&["vpc_options", "security_group_ids"]), subnets);
    } else {
        // A public endpoint that takes signed requests only, unless a policy lets everyone in.
        let own = i.value.get("access_policies").map(|p| vec![p]).unwrap_or_default();
        let opened = judged(resources, own).or_else(|| opened(resources, i, "aws_opensearch_domain_policy", "domain_name"));
        s.public = opened.or_else(|| given(i, false, "no access policy: only identities of the account may ask it"));
    }
    // "For domains running OpenSearch or Elasticsearch 5.3 and later, hourly automated snapshots … retained for 14 days".
    s.backup_days = given(i, 14, "hourly snapshots are kept for 14 days");
    let zones = i.flag(&["cluster_config", "zone_awareness_enabled"], false);
    let nodes = i.number(&["cluster_config", "instance_count"], 1);
    s.failover = Some(if nodes.known().is_some_and(|n| *n < 2) { following(&nodes, |_| false) } else { zones });
    s.size = i.word(&["cluster_config", "instance_type"]);
    s
}

fn warehouses(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("aws_redshift_cluster") {
        let mut s = store(i, Provider::Aws, StoreKind::Warehouse, "Redshift");
        s.engine = given(i, "redshift".into(), "Redshift");
        // The provider turned both defaults round in version 6; which version applies is not this resource's to say.
        let before = |name: &str, old: bool, new: bool| match flag(i, &[name]) {
            Some(stated) => Some(stated),
            None => Some(Property::unresolved(i.at, format!("{name} is not set: {new} since version 6 of the provider, {old} before"))),
        };
        s.encrypted = before("encrypted", false, true);
        s.public = before("publicly_accessible", true, false);
        s.own_key = named(i, &["kms_key_id"]);
        let subnets = subnets_of_group(resources, i.value.get("cluster_subnet_group_name"), "aws_redshift_subnet_group");
        placed(resources, &mut s, i.value.get("vpc_security_group_ids"), subnets);
        s.backup_days = Some(i.number(&["automated_snapshot_retention_period"], 1));
        s.final_snapshot = Some(inverse(&i.flag(&["skip_final_snapshot"], false)));
        s.failover = Some(i.flag(&["multi_az"], false));
        let copy =
            resources.of("aws_redshift_snapshot_copy").find(|c| resources.refers(c.value.get("cluster_identifier"), i)).map(|c| c.at);
        let copied = copy.or_else(|| i.value.get("snapshot_copy").map(|v| v.at));
        s.copies.extend(copied.map(|at| Sourced::new("snapshots are copied to another region".to_owned(), at)));
        s.size = i.word(&["node_type"]);
        found.stores.push(s);
    }
    for i in resources.of("aws_redshiftserverless_workgroup") {
        let mut s = store(i, Provider::Aws, StoreKind::Warehouse, "Redshift Serverless");
        s.engine = given(i, "redshift".into(), "Redshift");
        s.encrypted = given(i, true, "a namespace is always encrypted");
        s.public = Some(i.flag(&["publicly_accessible"], false));
        placed(resources, &mut s, i.value.get("security_group_ids"), addresses(resources, i.value.get("subnet_ids"), "aws_subnet"));
        // "Amazon Redshift Serverless automatically creates a recovery point every 30 minutes … available for 24 hours".
        s.backup_days = given(i, 1, "recovery points are kept for a day");
        s.failover = given(i, true, "capacity moves to another zone by itself");
        found.stores.push(s);
    }
}

fn files(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("aws_efs_file_system") {
        let mut s = store(i, Provider::Aws, StoreKind::Files, "EFS");
        s.encrypted = Some(i.flag(&["encrypted"], false));
        s.own_key = named(i, &["kms_key_id"]);
        s.public = given(i, false, "reachable within its network only");
        for target in satellites(resources, "aws_efs_mount_target", &["file_system_id"], i, &[]) {
            s.subnets.extend(addresses(resources, target.value.get("subnet_id"), "aws_subnet"));
            s.groups.extend(addresses(resources, target.value.get("security_groups"), "aws_security_group"));
        }
        s.failover = Some(match i.value.get("availability_zone_name") {
            Some(zone) => Property::stated(false, zone.at, "availability_zone_name keeps it in one zone"),
            None => Property::defaulted(true, i.at, "a regional file system stands in several zones"),
        });
        // Made by the interface, a file system is not backed up unless a policy says so; AWS's own plan keeps copies for 35 days.
        let policy = satellites(resources, "aws_efs_backup_policy", &["file_system_id"], i, &[]);
        s.backup_days = Some(match policy.first() {
            Some(p) => following(&switched(p, &["backup_policy", "status"], "ENABLED", false), |on| if *on { 35 } else { 0 }),
            None => Property::defaulted(0, i.at, "no aws_efs_backup_policy"),
        });
        for copy in satellites(resources, "aws_efs_replication_configuration", &["source_file_system_id"], i, &[]) {
            s.mirrored.push(Sourced::new("replicated to another file system".into(), copy.at));
        }
        for rule in i.value.all("lifecycle_policy") {
            let says = rule.fields().iter().filter_map(|f| Some(format!("{} {}", f.name, f.value.text()?))).collect::<Vec<_>>().join(", ");
            let active = Property::stated(true, rule.at, says.clone());
            s.lifecycle.push(LifecycleRule { at: rule.at, says, active, concerns: LifecycleSubject::Transition, days: None });
        }
        found.stores.push(s);
    }
    // Windows keeps daily backups for a week unless told otherwise, the others none.
    for (kind, days) in [
        ("aws_fsx_windows_file_system", 7),
        ("aws_fsx_lustre_file_system", 0),
        ("aws_fsx_ontap_file_system", 0),
        ("aws_fsx_openzfs_file_system", 0),
    ] {
        for i in resources.of(kind) {
            let mut s = store(i, Provider::Aws, StoreKind::Files, "FSx");
            s.encrypted = given(i, true, "FSx encrypts every file system");
            s.own_key = named(i, &["kms_key_id"]);
            s.public = given(i, false, "reachable within its network only");
            placed(resources, &mut s, i.value.get("security_group_ids"), addresses(resources, i.value.get("subnet_ids"), "aws_subnet"));
            s.backup_days = Some(i.number(&["automatic_backup_retention_days"], days));
            s.final_snapshot = flag(i, &["skip_final_backup"]).map(|p| inverse(&p));
            let zones = i.word(&["deployment_type"]).map(|w| following(&w, |w| w.starts_with("MULTI_AZ")));
            s.failover = zones.or_else(|| given(i, false, "deployment_type is not set: one zone"));
            found.stores.push(s);
        }
    }
}

fn disks(resources: &Resources<'_>, found: &mut Infrastructure) {
    let always = resources.of("aws_ebs_encryption_by_default").find(|e| !e.flag(&["enabled"], true).off());
    let encrypted = |i: &Instance, value: &Value| match (value.get("encrypted"), always) {
        (Some(v), _) if v.is_true() => Property::stated(true, v.at, "encrypted = true"),
        (_, Some(default)) => Property::stated(true, default.at, "the account encrypts every new volume"),
        (Some(v), None) if v.is_false() => Property::stated(false, v.at, "encrypted = false"),
        (Some(v), None) => Property::unresolved(v.at, "encrypted is decided elsewhere"),
        (None, None) => Property::defaulted(false, i.at, "encrypted is not set: false unless the account's settings say otherwise"),
    };
    for i in resources.of("aws_ebs_volume") {
        let mut s = store(i, Provider::Aws, StoreKind::Disk, "EBS");
        s.encrypted = Some(encrypted(i, &i.value));
        s.own_key = named(i, &["kms_key_id"]);
        s.final_snapshot = Some(i.flag(&["final_snapshot"], false));
        s.failover = given(i, false, "a volume stands in one zone");
        s.size = i.word(&["size"]);
        found.stores.push(s);
    }
    for i in resources.of("aws_instance") {
        for (n, block) in i.value.all("ebs_block_device").enumerate() {
            let mut s = store(i, Provider::Aws, StoreKind::Disk, "EBS");
            s.name = if n == 0 { format!("{}/disk", i.address()) } else { format!("{}/disk-{}", i.address(), n + 1) };
            s.at = block.at;
            s.encrypted = Some(encrypted(i, block));
            s.failover = given(i, false, "a volume stands in one zone");
            found.stores.push(s);
        }
    }
}

fn messages(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("aws_sqs_queue") {
        let mut s = store(i, Provider::Aws, StoreKind::Messages, "SQS");
        s.engine = given(i, "sqs".into(), "SQS");
        // "Newly created queues are encrypted with SSE-SQS by default" since October 2022.
        s.own_key = named(i, &["kms_master_key_id"]);
        s.encrypted = Some(match &s.own_key {
            Some(key) => following(key, |_| true),
            None => i.flag(&["sqs_managed_sse_enabled"], true),
        });
        let own = i.value.get("policy").map(|p| vec![p]).unwrap_or_default();
        let opened = judged(resources, own).or_else(|| opened(resources, i, "aws_sqs_queue_policy", "queue_url"));
        s.public = opened.or_else(|| given(i, false, "no policy: only identities of the account may use it"));
        s.failover = given(i, true, "SQS keeps every message in several zones");
        found.stores.push(s);
    }
    for i in resources.of("aws_kinesis_stream") {
        let mut s = store(i, Provider::Aws, StoreKind::Messages, "Kinesis");
        s.engine = given(i, "kinesis".into(), "Kinesis");
        s.encrypted = Some(switched(i, &["encryption_type"], "KMS", false));
        s.own_key = named(i, &["kms_key_id"]);
        s.public = given(i, false, "Kinesis answers requests signed by an identity of the account only");
        s.failover = given(i, true, "Kinesis keeps every record in three zones");
        found.stores.push(s);
    }
    for i in resources.of("aws_msk_cluster") {
        let mut s = store(i, Provider::Aws, StoreKind::Messages, "MSK");
        s.engine = given(i, "kafka".into(), "Kafka");
        s.encrypted = given(i, true, "MSK always encrypts at rest");
        s.own_key = named(i, &["encryption_info", "encryption_at_rest_kms_key_arn"]);
        let access = ["broker_node_group_info", "connectivity_info", "public_access", "type"];
        s.public = Some(switched(i, &access, "SERVICE_PROVIDED_EIPS", false));
        let subnets = addresses(resources, i.value.path(&["broker_node_group_info", "client_subnets"]), "aws_subnet");
        placed(resources, &mut s, i.value.path(&["broker_node_group_info", "security_groups"]), subnets);
        s.failover = Some(following(&i.number(&["number_of_broker_nodes"], 1), |n| *n >= 2));
        s.size = i.word(&["broker_node_group_info", "instance_type"]);
        found.stores.push(s);
    }
    for i in resources.of("aws_mq_broker") {
        let mut s = store(i, Provider::Aws, StoreKind::Messages, "Amazon MQ");
        s.engine = i.word(&["engine_type"]);
        s.encrypted = given(i, true, "Amazon MQ always encrypts at rest");
        s.own_key = named(i, &["encryption_options", "kms_key_id"]);
        s.public = Some(i.flag(&["publicly_accessible"], false));
        placed(resources, &mut s, i.value.get("security_groups"), addresses(resources, i.value.get("subnet_ids"), "aws_subnet"));
        let several = i.word(&["deployment_mode"]).map(|w| following(&w, |w| w.contains("MULTI_AZ")));
        s.failover = several.or_else(|| given(i, false, "deployment_mode is not set: SINGLE_INSTANCE"));
        s.size = i.word(&["host_instance_type"]);
        found.stores.push(s);
    }
}

fn smaller(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("aws_cognito_user_pool") {
        let mut s = store(i, Provider::Aws, StoreKind::Accounts, "Cognito");
        s.encrypted = given(i, true, "Cognito encrypts what it keeps");
        s.deletion_protection = Some(switched(i, &["deletion_protection"], "ACTIVE", false));
        s.failover = given(i, true, "Cognito stands in several zones");
        found.stores.push(s);
    }
    for i in resources.of("aws_dsql_cluster") {
        let mut s = store(i, Provider::Aws, StoreKind::Relational, "Aurora DSQL");
        s.engine = given(i, "postgres".into(), "Aurora DSQL speaks PostgreSQL");
        s.encrypted = given(i, true, "DSQL always encrypts at rest");
        s.own_key = named(i, &["kms_encryption_key"]);
        s.public = given(i, false, "DSQL takes connections signed by an identity of the account only");
        s.deletion_protection = Some(i.flag(&["deletion_protection_enabled"], false));
        s.failover = given(i, true, "DSQL stands in three zones");
        found.stores.push(s);
    }
    for i in resources.of("aws_lightsail_database") {
        let mut s = store(i, Provider::Aws, StoreKind::Relational, "Lightsail database");
        s.encrypted = given(i, true, "Lightsail encrypts its databases");
        s.public = Some(i.flag(&["publicly_accessible"], false));
        // "backup_retention_enabled … default true": a week of daily copies, any minute within it.
        let kept = i.flag(&["backup_retention_enabled"], true);
        s.backup_days = Some(following(&kept, |on| if *on { 7 } else { 0 }));
        s.point_in_time = Some(kept);
        s.final_snapshot = Some(inverse(&i.flag(&["skip_final_snapshot"], false)));
        let plan = i.word(&["bundle_id"]);
        s.failover = plan.as_ref().map(|w| following(w, |w| w.contains("_ha_")));
        s.size = plan;
        found.stores.push(s);
    }
    for i in resources.of_any(&["aws_keyspaces_table", "aws_timestreamwrite_table"]) {
        let cassandra = i.kind == "aws_keyspaces_table";
        let product = if cassandra { "Keyspaces" } else { "Timestream" };
        let mut s = store(i, Provider::Aws, StoreKind::NonRelational, product);
        s.engine = given(i, if cassandra { "cassandra".into() } else { "timestream".into() }, product);
        s.encrypted = given(i, true, "encrypted at rest by nature");
        s.public = given(i, false, "answers requests signed by an identity of the account only");
        s.failover = given(i, true, "kept in three zones by nature");
        if cassandra {
            let kept = switched(i, &["point_in_time_recovery", "status"], "ENABLED", false);
            s.backup_days = Some(following(&kept, |on| if *on { 35 } else { 0 }));
            s.point_in_time = Some(kept);
        }
        found.stores.push(s);
    }
}
