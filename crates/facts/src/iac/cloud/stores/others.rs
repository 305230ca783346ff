//! Stores of smaller providers. Defaults are those of each provider's pages for Terraform and of its product documentation, November 2026.

use plimsoll_base::Sourced;

use super::{Instance, Resources, admits, flag, following, given, number, satellites, source, store};
use crate::iac::value::{Value, each};
use crate::infrastructure::{
    Holds, Infrastructure, LifecycleRule, LifecycleSubject, Opening, Property, Provider, Store, StoreKind, TrafficSource,
};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    digital_ocean(resources, found);
    atlas(resources, found);
    cloudflare(resources, found);
    aiven(resources, found);
    scaleway(resources, found);
    hosted(resources, found);
    for i in resources.of("hcloud_volume") {
        let mut s = store(i, Provider::Hetzner, StoreKind::Disk, "Hetzner volume");
        // "Volumes are not encrypted"; what a machine does to its own disk with LUKS is not written here.
        s.encrypted = Some(Property::unresolved(i.at, "Hetzner leaves the encryption of volumes to the machine that mounts them"));
        s.deletion_protection = Some(i.flag(&["delete_protection"], false));
        s.failover = given(i, false, "a volume stands in one place");
        s.size = i.word(&["size"]);
        found.stores.push(s);
    }
}

fn digital_ocean(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("digitalocean_database_cluster") {
        let engine = match i.written(&["engine"]).unwrap_or_default() {
            "pg" => "postgres",
            "advanced_pg" => "postgres",
            other => other,
        };
        let kind = match engine {
            "postgres" | "mysql" => StoreKind::Relational,
            "redis" | "valkey" => StoreKind::Cache,
            "kafka" => StoreKind::Messages,
            "opensearch" => StoreKind::Search,
            _ => StoreKind::NonRelational,
        };
        let mut s = store(i, Provider::DigitalOcean, kind, "Managed Databases");
        s.engine = i.word(&["engine"]).map(|w| following(&w, |_| engine.to_owned()));
        s.encrypted = given(i, true, "Managed Databases are encrypted with LUKS");
        // "By default, … clusters accept connections from any address"; trusted sources are the firewall.
        s.public = given(i, true, "a cluster accepts connections from anywhere unless trusted sources are named");
        for wall in satellites(resources, "digitalocean_database_firewall", &["cluster_id"], i, &[]) {
            s.groups = vec![s.name.clone()];
            for rule in wall.value.all("rule") {
                let (kind, value) = (rule.get("type"), rule.get("value"));
                let says = format!("{} {}", kind.and_then(Value::written).unwrap_or("rule"), value.and_then(Value::written).unwrap_or("?"));
                let from = match (kind, value) {
                    (Some(k), Some(v)) if k.is("ip_addr") => source(v),
                    _ => TrafficSource::Group(value.and_then(Value::written).unwrap_or("?").to_owned()),
                };
                found.openings.push(admits(&s, rule.at, says, from));
            }
        }
        // Daily copies for a week, with the log of changes: "PostgreSQL and MySQL … point-in-time"; caches and Kafka keep none.
        let copies = matches!(kind, StoreKind::Relational | StoreKind::NonRelational);
        s.backup_days = copies.then(|| Property::defaulted(7, i.at, "daily backups are kept for seven days"));
        s.point_in_time = copies.then(|| Property::defaulted(engine != "mongodb", i.at, "any moment of the last week can be restored"));
        s.failover = Some(following(&i.number(&["node_count"], 1), |n| *n >= 2));
        let replicas = satellites(resources, "digitalocean_database_replica", &["cluster_id"], i, &[]);
        s.read_replicas.extend(replicas.iter().map(|r| Sourced::new(r.address(), r.at)));
        s.size = i.word(&["size"]);
        found.stores.push(s);
    }
    for i in resources.of("digitalocean_spaces_bucket") {
        let mut s = store(i, Provider::DigitalOcean, StoreKind::Objects, "Spaces");
        s.encrypted = given(i, true, "Spaces encrypts every object");
        s.public = Some(match i.word(&["acl"]) {
            Some(word) => following(&word, |w| w.starts_with("public")),
            None => Property::defaulted(false, i.at, "acl is not set: private by default"),
        });
        s.versioned = Some(i.flag(&["versioning", "enabled"], false));
        s.force_destroy = Some(i.flag(&["force_destroy"], false));
        for rule in i.value.all("lifecycle_rule") {
            let days = rule.path(&["expiration", "days"]).and_then(|v| v.text()?.parse().ok());
            let active = flag(i, &["lifecycle_rule", "enabled"]).unwrap_or_else(|| Property::stated(true, rule.at, "a rule"));
            s.lifecycle.push(LifecycleRule { at: rule.at, says: "objects end".into(), active, concerns: LifecycleSubject::Expiry, days });
        }
        let served = resources.of("digitalocean_cdn").any(|c| resources.refers(c.value.get("origin"), i));
        if served && s.public.as_ref().is_some_and(Property::on) {
            s.holds = Holds::Assets;
        }
        found.stores.push(s);
    }
    for i in resources.of("digitalocean_volume") {
        let mut s = store(i, Provider::DigitalOcean, StoreKind::Disk, "Volumes");
        s.encrypted = given(i, true, "Volumes are encrypted at rest");
        s.failover = given(i, false, "a volume stands in one place");
        s.size = i.word(&["size"]);
        found.stores.push(s);
    }
    for i in resources.of("digitalocean_container_registry") {
        let mut s = store(i, Provider::DigitalOcean, StoreKind::Images, "Container Registry");
        s.holds = Holds::Artefacts;
        s.encrypted = given(i, true, "the registry lies in Spaces, which encrypts every object");
        found.stores.push(s);
    }
}

fn atlas(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of_any(&[
        "mongodbatlas_advanced_cluster",
        "mongodbatlas_cluster",
        "mongodbatlas_flex_cluster",
        "mongodbatlas_serverless_instance",
    ]) {
        let mut s = store(i, Provider::Atlas, StoreKind::NonRelational, "MongoDB Atlas");
        s.engine = given(i, "mongodb".into(), "MongoDB Atlas");
        s.encrypted = given(i, true, "Atlas encrypts the disks of every cluster");
        s.own_key = i.word(&["encryption_at_rest_provider"]).filter(|w| w.known().is_some_and(|t| t != "NONE"));
        // Reachable by name from the internet; the project's access list says from where, and is empty until something is named.
        s.public = given(i, true, "a cluster has public addresses; its access list decides who may connect");
        s.groups.push(s.name.clone());
        let project = i.value.get("project_id");
        let same = |l: &&Instance| match (project.and_then(Value::written), l.value.get("project_id").and_then(Value::written)) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        for list in resources.of("mongodbatlas_project_ip_access_list").filter(same) {
            if let Some(cidr) = list.value.get("cidr_block").or_else(|| list.value.get("ip_address")) {
                let says = format!("access list: {}", cidr.written().unwrap_or("?"));
                found.openings.push(admits(&s, cidr.at, says, source(cidr)));
            } else if let Some(group) = list.value.get("aws_security_group") {
                found.openings.push(admits(
                    &s,
                    group.at,
                    "access list: a security group",
                    TrafficSource::Group(group.written().unwrap_or("?").into()),
                ));
            }
        }
        // "backup_enabled … default false" (advanced_cluster); the older resource has two names for it.
        let kept = ["backup_enabled", "cloud_backup", "provider_backup_enabled"].iter().find_map(|a| flag(i, &[a]));
        let kept = kept.unwrap_or_else(|| {
            if i.kind == "mongodbatlas_flex_cluster" || i.kind == "mongodbatlas_serverless_instance" {
                return Property::defaulted(true, i.at, "flex and serverless clusters are copied daily");
            }
            i.flag(&["backup_enabled"], false)
        });
        s.backup_days = Some(following(&kept, |on| if *on { 7 } else { 0 }));
        s.point_in_time = Some(i.flag(&["pit_enabled"], false));
        s.deletion_protection = Some(i.flag(&["termination_protection_enabled"], false));
        s.failover = given(i, true, "Atlas runs every cluster as a replica set of three or more");
        for schedule in satellites(resources, "mongodbatlas_cloud_backup_schedule", &["cluster_name"], i, &["name"]) {
            s.copies.extend(schedule.value.all("copy_settings").map(|c| Sourced::new("backups are copied to another region".into(), c.at)));
        }
        let region = ["replication_specs", "region_configs", "electable_specs", "instance_size"];
        s.size = i.word(&region).or_else(|| i.word(&["provider_instance_size_name"]));
        found.stores.push(s);
    }
}

fn cloudflare(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("cloudflare_r2_bucket") {
        let mut s = store(i, Provider::Cloudflare, StoreKind::Objects, "R2");
        s.encrypted = given(i, true, "R2 encrypts every object");
        let domains = ["cloudflare_r2_managed_domain", "cloudflare_r2_custom_domain"];
        let open = domains
            .iter()
            .flat_map(|k| satellites(resources, k, &["bucket_name"], i, &["name"]))
            .find(|d| !d.flag(&["enabled"], true).off());
        s.public = Some(match open {
            Some(d) => Property::stated(true, d.at, "a public domain serves it"),
            None => Property::defaulted(false, i.at, "no public domain serves it"),
        });
        if open.is_some() {
            s.holds = Holds::Assets;
        }
        s.failover = given(i, true, "R2 keeps every object in several places");
        for rules in satellites(resources, "cloudflare_r2_bucket_lifecycle", &["bucket_name"], i, &["name"]) {
            for rule in rules.value.all("rules").flat_map(|r| each(Some(r))) {
                let active = rule
                    .get("enabled")
                    .map_or_else(|| Property::stated(true, rule.at, "a rule"), |v| Property::stated(v.is_true(), v.at, "enabled"));
                s.lifecycle.push(LifecycleRule {
                    at: rule.at,
                    says: "a lifecycle rule".into(),
                    active,
                    concerns: LifecycleSubject::Expiry,
                    days: None,
                });
            }
        }
        found.stores.push(s);
    }
    for i in resources.of("cloudflare_d1_database") {
        let mut s = store(i, Provider::Cloudflare, StoreKind::Relational, "D1");
        d1(&mut s);
        found.stores.push(s);
    }
    for i in resources.of("cloudflare_workers_kv_namespace") {
        let mut s = store(i, Provider::Cloudflare, StoreKind::NonRelational, "Workers KV");
        kv(&mut s);
        found.stores.push(s);
    }
    for i in resources.of("cloudflare_queue") {
        let mut s = store(i, Provider::Cloudflare, StoreKind::Messages, "Queues");
        s.encrypted = given(i, true, "Queues encrypts every message");
        found.stores.push(s);
    }
}

/// What Cloudflare says of every D1 database: Time Travel restores any minute of the last 30 days (7 on the free plan).
pub(crate) fn d1(s: &mut Store) {
    let given = |value: bool, says: &str| Some(Property::defaulted(value, s.at, says));
    s.encrypted = given(true, "D1 encrypts every database");
    s.public = given(false, "D1 answers Workers and the account's tokens only");
    s.point_in_time = given(true, "Time Travel restores any minute of the last days");
    s.failover = given(true, "D1 moves a database by itself");
    s.backup_days = Some(Property::defaulted(7, s.at, "Time Travel keeps 7 days, 30 on the paid plan"));
    s.engine = Some(Property::defaulted("sqlite".to_owned(), s.at, "D1"));
}

/// What Cloudflare says of every namespace of Workers KV.
pub(crate) fn kv(s: &mut Store) {
    let given = |value: bool, says: &str| Some(Property::defaulted(value, s.at, says));
    s.encrypted = given(true, "KV encrypts every value");
    s.public = given(false, "KV answers Workers and the account's tokens only");
    s.failover = given(true, "KV keeps every value in several places");
    s.engine = Some(Property::defaulted("kv".to_owned(), s.at, "Workers KV"));
}

/// Plans of Aiven tell nodes and backups: hobbyist one node, startup one with two days, business two with 14, premium three with 30.
fn aiven(resources: &Resources<'_>, found: &mut Infrastructure) {
    for (kind, store_kind, engine) in [
        ("aiven_pg", StoreKind::Relational, "postgres"),
        ("aiven_mysql", StoreKind::Relational, "mysql"),
        ("aiven_redis", StoreKind::Cache, "redis"),
        ("aiven_valkey", StoreKind::Cache, "valkey"),
        ("aiven_opensearch", StoreKind::Search, "elasticsearch"),
        ("aiven_kafka", StoreKind::Messages, "kafka"),
        ("aiven_clickhouse", StoreKind::Warehouse, "clickhouse"),
        ("aiven_cassandra", StoreKind::NonRelational, "cassandra"),
    ] {
        for i in resources.of(kind) {
            let mut s = store(i, Provider::Other, store_kind, "Aiven");
            s.engine = given(i, engine.to_owned(), engine);
            s.encrypted = given(i, true, "Aiven encrypts disks and backups");
            s.deletion_protection = Some(i.flag(&["termination_protection"], false));
            s.size = i.word(&["plan"]);
            let plan = i.word(&["plan"]);
            s.failover = plan.as_ref().map(|w| following(w, |p| p.starts_with("business") || p.starts_with("premium")));
            if store_kind == StoreKind::Relational {
                s.backup_days = plan.as_ref().map(|w| {
                    following(w, |p| match p.split('-').next() {
                        Some("premium") => 30,
                        Some("business") => 14,
                        Some("startup") => 2,
                        _ => 1,
                    })
                });
                s.point_in_time = given(i, true, "any moment within its backups can be restored");
            }
            // "ip_filter … default 0.0.0.0/0".
            let filter = i.value.fields().iter().find(|f| f.name.ends_with("_user_config")).map(|f| &f.value);
            let ranges = filter.and_then(|c| c.get("ip_filter").or_else(|| c.get("ip_filter_string")));
            s.public = match i.value.get("project_vpc_id") {
                Some(v) => Some(Property::stated(false, v.at, "project_vpc_id: reachable within its network only")),
                None => given(i, true, "every address may connect unless ip_filter says otherwise"),
            };
            if ranges.is_some() {
                s.groups.push(s.name.clone());
                for range in each(ranges) {
                    found.openings.push(admits(&s, range.at, format!("ip_filter: {}", range.written().unwrap_or("?")), source(range)));
                }
            }
            found.stores.push(s);
        }
    }
}

fn scaleway(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("scaleway_rdb_instance") {
        let mut s = store(i, Provider::Other, StoreKind::Relational, "Scaleway Managed Database");
        s.engine =
            i.word(&["engine"]).map(|w| following(&w, |e| if e.starts_with("MySQL") { "mysql".to_owned() } else { "postgres".to_owned() }));
        s.encrypted = Some(i.flag(&["encryption_at_rest"], false));
        let off = i.flag(&["disable_backup"], false);
        let days = i.number(&["backup_schedule_retention"], 7);
        s.backup_days = Some(if off.on() { following(&off, |_| 0) } else { days });
        s.failover = Some(i.flag(&["is_ha_cluster"], false));
        s.size = i.word(&["node_type"]);
        let private_only = i.value.get("private_network").is_some() && i.value.get("load_balancer").is_none();
        s.public = given(
            i,
            !private_only,
            if private_only { "private_network alone" } else { "a public endpoint unless a private network is named" },
        );
        let lists = satellites(resources, "scaleway_rdb_acl", &["instance_id"], i, &[]);
        let rules: Vec<&Value> = lists.iter().flat_map(|l| l.value.all("acl_rules")).filter_map(|r| r.get("ip")).collect();
        if !rules.is_empty() {
            s.groups.push(s.name.clone());
            let openings: Vec<Opening> =
                rules.iter().map(|ip| admits(&s, ip.at, format!("acl_rules: {}", ip.written().unwrap_or("?")), source(ip))).collect();
            found.openings.extend(openings);
        }
        found.stores.push(s);
    }
    for i in resources.of("scaleway_object_bucket") {
        let mut s = store(i, Provider::Other, StoreKind::Objects, "Scaleway Object Storage");
        s.versioned = Some(i.flag(&["versioning", "enabled"], false));
        s.force_destroy = Some(i.flag(&["force_destroy"], false));
        found.stores.push(s);
    }
}

/// Providers that run a database as a product: what their plans give beyond this is not written in code.
fn hosted(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("supabase_project") {
        let mut s = store(i, Provider::Other, StoreKind::Relational, "Supabase");
        s.engine = given(i, "postgres".into(), "Supabase");
        s.encrypted = given(i, true, "Supabase encrypts what it stores with AES-256");
        s.backup_days = Some(Property::unresolved(i.at, "the plan of the organisation decides: none on the free plan, seven days on Pro"));
        s.size = i.word(&["instance_size"]);
        found.stores.push(s);
    }
    for i in resources.of("neon_project") {
        let mut s = store(i, Provider::Other, StoreKind::Relational, "Neon");
        s.engine = given(i, "postgres".into(), "Neon");
        s.encrypted = given(i, true, "Neon encrypts what it stores with AES-256");
        // "history_retention_seconds … default 1 day".
        let history = number(i, &["history_retention_seconds"]);
        s.backup_days = Some(match history {
            Some(seconds) => following(&seconds, |n| n.div_ceil(86_400)),
            None => Property::defaulted(1, i.at, "history_retention_seconds is not set: a day by default"),
        });
        s.point_in_time = s.backup_days.as_ref().map(|d| following(d, |d| *d > 0));
        for range in each(i.value.get("allowed_ips")) {
            s.public = given(i, true, "a project has public addresses; allowed_ips decides who may connect");
            s.groups = vec![s.name.clone()];
            found.openings.push(admits(&s, range.at, format!("allowed_ips: {}", range.written().unwrap_or("?")), source(range)));
        }
        found.stores.push(s);
    }
    for i in resources.of("planetscale_database") {
        let mut s = store(i, Provider::Other, StoreKind::Relational, "PlanetScale");
        s.engine = i.word(&["kind"]).or_else(|| given(i, "mysql".into(), "PlanetScale"));
        s.encrypted = given(i, true, "PlanetScale encrypts what it stores");
        s.failover = given(i, true, "PlanetScale keeps replicas in other zones");
        s.backup_days = given(i, 2, "PlanetScale copies daily and keeps two days by default");
        s.size = i.word(&["cluster_size"]);
        found.stores.push(s);
    }
    for i in resources.of("upstash_redis_database") {
        let mut s = store(i, Provider::Other, StoreKind::Cache, "Upstash");
        s.engine = given(i, "redis".into(), "Upstash");
        s.encrypted = Some(Property::unresolved(i.at, "Upstash encrypts at rest in some plans only"));
        s.failover = flag(i, &["multizone"]);
        found.stores.push(s);
    }
    for i in resources.of_any(&[
        "linode_database_postgresql_v2",
        "linode_database_mysql_v2",
        "linode_database_postgresql",
        "linode_database_mysql",
    ]) {
        let mut s = store(i, Provider::Other, StoreKind::Relational, "Akamai Managed Databases");
        s.engine = given(i, if i.kind.contains("mysql") { "mysql".into() } else { "postgres".into() }, "Akamai Managed Databases");
        s.encrypted = given(i, true, "Managed Databases are encrypted at rest");
        s.public = given(i, true, "a cluster has public addresses; allow_list decides who may connect");
        s.groups.push(i.address());
        for range in each(i.value.get("allow_list")) {
            found.openings.push(admits(&s, range.at, format!("allow_list: {}", range.written().unwrap_or("?")), source(range)));
        }
        s.backup_days = given(i, 14, "daily backups are kept for 14 days");
        s.failover = Some(following(&i.number(&["cluster_size"], 1), |n| *n >= 2));
        s.size = i.word(&["type"]);
        found.stores.push(s);
    }
}
