//! Stores that a platform provides, with what its plans give by themselves. Sources: the platforms' documentation of their plans and of
//! their files, November 2026.

use plimsoll_base::{Location, Sourced};

use super::PlatformTarget;
use crate::container::{Mount, MountSource};
use crate::iac::cloud::{d1, following, kv};
use crate::iac::value::{Value, each};
use crate::infrastructure::{AttachedKind, Attachment, Opening, Property, Provider, Store, StoreKind, TrafficSource};

fn store(name: &str, at: Location, kind: StoreKind, product: &'static str, engine: &str) -> Store {
    let mut s = Store::new(name, at, Provider::Platform, kind, product);
    s.engine = Some(Property::defaulted(engine.to_owned(), at, product));
    s
}

fn kind_of(engine: &str) -> StoreKind {
    match engine {
        "postgres" | "mysql" | "mariadb" => StoreKind::Relational,
        "redis" | "valkey" | "memcached" => StoreKind::Cache,
        "kafka" => StoreKind::Messages,
        "opensearch" => StoreKind::Search,
        _ => StoreKind::NonRelational,
    }
}

/// A database or cache of Render's blueprint.
pub(super) fn render(value: &Value, engine: &str, t: &mut PlatformTarget) {
    let name = value.get("name").and_then(Value::text).unwrap_or(engine);
    let mut s = store(name, value.at, kind_of(engine), if engine == "redis" { "Render Key Value" } else { "Render Postgres" }, engine);
    s.encrypted = Some(Property::defaulted(true, value.at, "Render encrypts the disks of its databases"));
    // "If you omit ipAllowList, any source with valid credentials can access"; an empty list leaves the private network.
    match value.get("ipAllowList") {
        None => {
            s.public = Some(match engine {
                "redis" => Property::defaulted(false, value.at, "ipAllowList is not set: the private network only"),
                _ => Property::defaulted(true, value.at, "ipAllowList is not set: any address with the credentials may connect"),
            });
        }
        Some(list) if list.items().is_empty() && !list.is_unknown() => {
            s.public = Some(Property::stated(false, list.at, "ipAllowList is empty: the private network only"));
        }
        Some(list) => {
            s.public = Some(Property::stated(true, list.at, "ipAllowList names who may connect from outside"));
            s.groups.push(s.name.clone());
            for entry in list.items() {
                let cidr = entry.get("source").unwrap_or(entry);
                let from = match cidr.text() {
                    Some("0.0.0.0/0" | "::/0") => TrafficSource::World,
                    Some(text) => TrafficSource::Addresses(text.to_owned()),
                    None => TrafficSource::Unresolved(cidr.at),
                };
                let attached = vec![Attachment { name: s.name.clone(), kind: AttachedKind::Store, public_address: Some(true) }];
                t.infrastructure.openings.push(Opening {
                    at: cidr.at,
                    says: format!("ipAllowList: {}", cidr.written().unwrap_or("?")),
                    group: s.name.clone(),
                    sources: vec![from],
                    protocol: "tcp".into(),
                    ports: None,
                    ports_unresolved: false,
                    attached,
                });
            }
        }
    }
    let plan = value.get("plan").and_then(Value::text).unwrap_or("the default plan").to_owned();
    let free = plan == "free";
    s.size = value.get("plan").and_then(Value::sourced).map(|p| Property::stated(p.value.clone(), p.at, format!("plan: {}", p.value)));
    if engine == "postgres" {
        let at = value.get("plan").map_or(value.at, |p| p.at);
        let says = if free {
            "the free plan keeps no copies and ends after 30 days"
        } else {
            "any moment of the last three days, seven in larger workspaces"
        };
        s.backup_days = Some(Property::defaulted(if free { 0 } else { 3 }, at, says));
        s.point_in_time = Some(Property::defaulted(!free, at, says));
        s.failover = Some(match value.path(&["highAvailability", "enabled"]) {
            Some(v) if v.is_true() => Property::stated(true, v.at, "highAvailability.enabled = true"),
            _ => Property::defaulted(false, value.at, "highAvailability is not enabled"),
        });
        s.read_replicas.extend(each(value.get("readReplicas")).iter().map(|r| Sourced::new("a read replica".to_owned(), r.at)));
    }
    t.infrastructure.stores.push(s);
}

/// A database of DigitalOcean's App Platform.
pub(super) fn digital_ocean(value: &Value, engine: &str, t: &mut PlatformTarget) {
    let name = value.get("name").and_then(Value::text).unwrap_or(engine);
    let mut s = store(name, value.at, kind_of(engine), "DigitalOcean database", engine);
    s.encrypted = Some(Property::defaulted(true, value.at, "Managed Databases are encrypted with LUKS"));
    // Without `production: true` it is a development database, which is not copied.
    let production = value.get("production").is_some_and(Value::is_true) || value.get("cluster_name").is_some();
    let at = value.get("production").or_else(|| value.get("cluster_name")).map_or(value.at, |v| v.at);
    s.backup_days = Some(if production {
        Property::defaulted(7, at, "daily backups are kept for seven days")
    } else {
        Property::defaulted(0, at, "a development database is not backed up")
    });
    s.point_in_time = Some(Property::defaulted(production, at, "any moment of the last week, for databases of production"));
    let nodes = match value.get("num_nodes") {
        Some(v) => Property { setting: v.count(), at: v.at, says: format!("num_nodes: {}", v.written().unwrap_or("?")) },
        None => Property::defaulted(1, value.at, "num_nodes is not set: one"),
    };
    s.failover = Some(following(&nodes, |n| *n >= 2));
    t.infrastructure.stores.push(s);
}

/// An add-on of Heroku, by its plan: `heroku-postgresql:standard-0`.
pub(super) fn heroku(plan: &str, engine: &str, at: Location, t: &mut PlatformTarget) {
    let mut s = store(plan, at, kind_of(engine), if engine == "postgres" { "Heroku Postgres" } else { "Heroku add-on" }, engine);
    s.size = Some(Property::stated(plan.to_owned(), at, plan));
    if plan.starts_with("heroku-postgresql") {
        let tier = plan.split_once(':').map_or("essential", |(_, p)| p);
        let large = ["standard", "premium", "private", "shield"].iter().any(|t| tier.starts_with(t));
        let ready = ["premium", "private", "shield"].iter().any(|t| tier.starts_with(t));
        s.encrypted = Some(Property::defaulted(true, at, "Heroku encrypts the disks of its databases"));
        let private = tier.starts_with("private") || tier.starts_with("shield");
        s.public = Some(Property::defaulted(!private, at, "any address with the credentials may connect, outside private spaces"));
        // Continuous protection with rollback comes with Standard (four days) and above; the essential tier has none.
        s.backup_days = Some(Property::defaulted(
            if ready {
                7
            } else if large {
                4
            } else {
                0
            },
            at,
            "rollback of the plan",
        ));
        s.point_in_time = Some(Property::defaulted(large, at, "rollback comes with the Standard plan and above"));
        s.failover = Some(Property::defaulted(ready, at, "a standby comes with the Premium plan and above"));
    }
    t.infrastructure.stores.push(s);
}

/// A binding of a Worker.
pub(super) fn cloudflare(field: &str, value: &Value, t: &mut PlatformTarget) {
    for binding in each(Some(value)) {
        let name =
            ["database_name", "bucket_name", "queue", "binding"].iter().find_map(|n| binding.get(n)).and_then(Value::text).unwrap_or(field);
        let mut s = match field {
            "d1_databases" => Store::new(name, binding.at, Provider::Cloudflare, StoreKind::Relational, "D1"),
            "kv_namespaces" => Store::new(name, binding.at, Provider::Cloudflare, StoreKind::NonRelational, "Workers KV"),
            "r2_buckets" => Store::new(name, binding.at, Provider::Cloudflare, StoreKind::Objects, "R2"),
            _ => return,
        };
        match field {
            "d1_databases" => d1(&mut s),
            "kv_namespaces" => kv(&mut s),
            _ => {
                s.encrypted = Some(Property::defaulted(true, binding.at, "R2 encrypts every object"));
                s.public = Some(Property::unresolved(binding.at, "whether a public domain serves the bucket is set at Cloudflare"));
                s.failover = Some(Property::defaulted(true, binding.at, "R2 keeps every object in several places"));
            }
        }
        t.infrastructure.stores.push(s);
    }
}

/// Volumes of Fly and disks of Render: encrypted, copied daily, and in one place.
pub(super) fn disk(mount: &Mount, value: &Value, product: &'static str, days: u32, t: &mut PlatformTarget) {
    let MountSource::Volume(name) = &mount.source else { return };
    if t.infrastructure.stores.iter().any(|s| &s.name == name) {
        return;
    }
    let mut s = Store::new(name, mount.at, Provider::Platform, StoreKind::Disk, product);
    s.encrypted = Some(Property::defaulted(true, mount.at, "the platform encrypts its volumes by default"));
    s.public = Some(Property::defaulted(false, mount.at, "only the machine that mounts it reads it"));
    s.backup_days = Some(match (value.get("snapshot_retention"), value.get("scheduled_snapshots")) {
        (_, Some(off)) if off.is_false() => Property::stated(0, off.at, "scheduled_snapshots = false"),
        (Some(kept), _) => {
            Property { setting: kept.count(), at: kept.at, says: format!("snapshot_retention = {}", kept.written().unwrap_or("?")) }
        }
        _ => Property::defaulted(days, mount.at, format!("the platform takes a snapshot every day and keeps it for {days} days")),
    });
    s.failover = Some(Property::defaulted(false, mount.at, "a volume stands in one place"));
    t.infrastructure.stores.push(s);
}
