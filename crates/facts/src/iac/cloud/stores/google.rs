//! Databases and caches of Google Cloud. Everything that Google stores is encrypted ("Default encryption at rest"). Other defaults are
//! those of the Terraform provider's pages for each resource (version 7) and of the products' documentation, November 2026.

use plimsoll_base::Sourced;

use super::{Instance, Resources, admits, flag, following, given, named, satellites, source, store, switched};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Infrastructure, Property, Provider, Store, StoreKind};

/// What Google says of everything that it stores.
pub(super) const ENCRYPTED: &str = "Google encrypts what it stores, by default with keys of its own";

pub(super) fn google(i: &Instance, kind: StoreKind, product: &'static str) -> Store {
    let mut s = store(i, Provider::Google, kind, product);
    s.encrypted = given(i, true, ENCRYPTED);
    s
}

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    cloud_sql(resources, found);
    alloydb(resources, found);
    spanner(resources, found);
    for i in resources.of("google_firestore_database") {
        let mut s = google(i, StoreKind::NonRelational, "Firestore");
        s.engine = given(i, "firestore".into(), "Firestore");
        s.own_key = named(i, &["cmek_config", "kms_key_name"]);
        s.public = given(i, false, "Firestore answers identities and its own rules only");
        s.point_in_time = Some(switched(i, &["point_in_time_recovery_enablement"], "POINT_IN_TIME_RECOVERY_ENABLED", false));
        s.deletion_protection = Some(switched(i, &["delete_protection_state"], "DELETE_PROTECTION_ENABLED", false));
        let schedules = satellites(resources, "google_firestore_backup_schedule", &["database"], i, &["name"]);
        s.backup_days = Some(scheduled(i, &schedules, &["retention"]));
        s.failover = given(i, true, "Firestore keeps every document in several zones");
        found.stores.push(s);
    }
    for i in resources.of("google_bigtable_instance") {
        let mut s = google(i, StoreKind::NonRelational, "Bigtable");
        s.engine = given(i, "bigtable".into(), "Bigtable");
        s.own_key = named(i, &["cluster", "kms_key_name"]);
        s.public = given(i, false, "Bigtable answers identities of the project only");
        s.deletion_protection = Some(i.flag(&["deletion_protection"], true));
        s.force_destroy = Some(i.flag(&["force_destroy"], false));
        let clusters: Vec<&Value> = i.value.all("cluster").collect();
        let at = clusters.last().map_or(i.at, |c| c.at);
        s.failover = Some(Property::stated(clusters.len() >= 2, at, format!("{} cluster(s)", clusters.len())));
        let tables = satellites(resources, "google_bigtable_table", &["instance_name"], i, &["name"]);
        let kept = tables.iter().find(|t| t.value.get("automated_backup_policy").is_some());
        s.backup_days = Some(match kept {
            Some(t) => Property::stated(7, t.at, "automated_backup_policy"),
            None => Property::defaulted(0, i.at, "no table has an automated_backup_policy"),
        });
        found.stores.push(s);
    }
    for i in resources.of("google_redis_instance") {
        let mut s = google(i, StoreKind::Cache, "Memorystore");
        s.engine = given(i, "redis".into(), "Memorystore for Redis");
        s.own_key = named(i, &["customer_managed_key"]);
        s.public = given(i, false, "reachable within its network only");
        s.failover = Some(switched(i, &["tier"], "STANDARD_HA", false));
        s.deletion_protection = flag(i, &["deletion_protection"]);
        s.size = i.word(&["memory_size_gb"]);
        found.stores.push(s);
    }
    for i in resources.of_any(&["google_redis_cluster", "google_memorystore_instance", "google_memcache_instance"]) {
        let mut s = google(i, StoreKind::Cache, "Memorystore");
        let memcached = i.kind == "google_memcache_instance";
        s.engine = given(i, if memcached { "memcached".into() } else { "redis".into() }, "Memorystore");
        s.public = given(i, false, "reachable within its network only");
        s.failover = if memcached {
            given(i, false, "Memcached has no standby")
        } else {
            Some(following(&i.number(&["replica_count"], 0), |n| *n > 0))
        };
        s.deletion_protection = (!memcached).then(|| i.flag(&["deletion_protection_enabled"], true));
        found.stores.push(s);
    }
}

/// How long schedules keep their backups, in days; none where there is no schedule.
fn scheduled(i: &Instance, schedules: &[&Instance], path: &[&str]) -> Property<u32> {
    let Some(schedule) = schedules.first() else { return Property::defaulted(0, i.at, "no backup schedule") };
    match schedule.word(path) {
        Some(word) => match word.known().and_then(|w| w.trim_end_matches('s').parse::<u64>().ok()) {
            Some(seconds) => following(&word, |_| u32::try_from(seconds / 86_400).unwrap_or(u32::MAX).max(1)),
            None => Property::unresolved(word.at, word.says),
        },
        None => Property::unresolved(schedule.at, "how long backups are kept is not said"),
    }
}

fn cloud_sql(resources: &Resources<'_>, found: &mut Infrastructure) {
    let (replicas, sources): (Vec<&Instance>, Vec<&Instance>) =
        resources.of("google_sql_database_instance").partition(|i| i.value.get("master_instance_name").is_some());
    let first = found.stores.len();
    for i in sources.iter().chain(&replicas) {
        let master = resources.referred(i.value.get("master_instance_name"), "google_sql_database_instance").first().map(|m| m.address());
        let mut s = google(i, StoreKind::Relational, "Cloud SQL");
        open(i, &mut s, found);
        if let Some(store) = found.stores[first..].iter_mut().find(|s| Some(&s.name) == master.as_ref()) {
            store.read_replicas.push(Sourced::new(i.address(), i.at));
            // A replica that networks can reach gives the data away as its source would.
            if s.public.as_ref().is_some_and(|p| !p.off()) {
                store.groups.push(s.name.clone());
                store.public = store.public.take().filter(|p| !p.off()).or(s.public);
            }
            continue;
        }
        let version = i.written(&["database_version"]).unwrap_or_default().to_ascii_lowercase();
        s.engine = i.word(&["database_version"]).map(|w| following(&w, |_| version.split('_').next().unwrap_or_default().to_owned()));
        s.own_key = named(i, &["encryption_key_name"]);
        let backup = ["settings", "backup_configuration"];
        let path = |name| [backup[0], backup[1], name];
        let kept = i.flag(&path("enabled"), false);
        // "retained_backups … default 7", one a day.
        let count = i.number(&[backup[0], backup[1], "backup_retention_settings", "retained_backups"], 7);
        s.backup_days = Some(match (kept.known(), count.known()) {
            (Some(true), None) => Property::unresolved(count.at, count.says),
            _ => following(&kept, |on| if *on { count.known().copied().unwrap_or(7) } else { 0 }),
        });
        let log = if version.starts_with("mysql") { "binary_log_enabled" } else { "point_in_time_recovery_enabled" };
        s.point_in_time = Some(if kept.off() { kept.clone() } else { i.flag(&path(log), false) });
        // The provider refuses by default; the product's own protection is a second switch.
        s.deletion_protection = Some(i.flag(&["deletion_protection"], true));
        let product = i.flag(&["settings", "deletion_protection_enabled"], false);
        if s.deletion_protection.as_ref().is_some_and(Property::off) && product.on() {
            s.deletion_protection = Some(product);
        }
        s.final_snapshot = flag(i, &["settings", "final_backup_config", "enabled"]);
        s.failover = Some(switched(i, &["settings", "availability_type"], "REGIONAL", false));
        s.insights.push(i.flag(&["settings", "insights_config", "query_insights_enabled"], false));
        s.size = i.word(&["settings", "tier"]);
        if s.tags.is_empty() {
            let labels = i.value.path(&["settings", "user_labels"]).map(Value::fields).unwrap_or_default();
            s.tags = labels.iter().filter_map(|f| Some((f.name.clone(), f.value.text()?.to_owned()))).collect();
        }
        found.stores.push(s);
    }
}

/// The address and the authorised networks of an instance of Cloud SQL.
fn open(i: &Instance, s: &mut Store, found: &mut Infrastructure) {
    s.public = Some(i.flag(&["settings", "ip_configuration", "ipv4_enabled"], true));
    s.groups.push(s.name.clone());
    let configuration = i.value.path(&["settings", "ip_configuration"]);
    for network in configuration.into_iter().flat_map(|c| c.all("authorized_networks")) {
        for one in each(Some(network)) {
            let Some(cidr) = one.get("value") else { continue };
            let says = format!("authorized_networks: {}", cidr.written().unwrap_or("decided elsewhere"));
            found.openings.push(admits(s, cidr.at, says, source(cidr)));
        }
        if network.is_unknown() {
            found.openings.push(admits(s, network.at, "authorized_networks is decided elsewhere", source(network)));
        }
    }
}

fn alloydb(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("google_alloydb_cluster") {
        let mut s = google(i, StoreKind::Relational, "AlloyDB");
        s.engine = given(i, "postgres".into(), "AlloyDB speaks PostgreSQL");
        s.own_key = named(i, &["encryption_config", "kms_key_name"]);
        // Both are on unless switched off, and keep 14 days: AlloyDB documentation, "Backup and recovery overview".
        let policy = i.flag(&["automated_backup_policy", "enabled"], true);
        s.backup_days = Some(following(&policy, |on| if *on { 14 } else { 0 }));
        s.point_in_time = Some(i.flag(&["continuous_backup_config", "enabled"], true));
        s.deletion_protection =
            flag(i, &["deletion_protection"]).or_else(|| given(i, true, "deletion_protection is not set: true by default"));
        s.groups.push(s.name.clone());
        s.public = given(i, false, "reachable within its network only");
        s.failover = given(i, false, "no instance is declared beside the cluster");
        for instance in satellites(resources, "google_alloydb_instance", &["cluster"], i, &["cluster_id"]) {
            if instance.written(&["instance_type"]) == Some("READ_POOL") {
                s.read_replicas.push(Sourced::new(instance.address(), instance.at));
            } else {
                s.failover = Some(switched(instance, &["availability_type"], "REGIONAL", true));
                s.size = instance.word(&["machine_config", "cpu_count"]);
            }
            let public = instance.flag(&["network_config", "enable_public_ip"], false);
            if !public.off() {
                s.public = Some(public);
            }
            let configuration = instance.value.get("network_config");
            for network in configuration.into_iter().flat_map(|c| c.all("authorized_external_networks")) {
                let Some(cidr) = network.get("cidr_range") else { continue };
                found.openings.push(admits(
                    &s,
                    cidr.at,
                    format!("authorized_external_networks: {}", cidr.written().unwrap_or("?")),
                    source(cidr),
                ));
            }
            s.insights.extend(instance.value.get("query_insights_config").map(|v| Property::stated(true, v.at, "query_insights_config")));
        }
        found.stores.push(s);
    }
}

fn spanner(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("google_spanner_instance") {
        let databases = satellites(resources, "google_spanner_database", &["instance"], i, &["name"]);
        let own = databases.is_empty().then_some(i);
        for d in databases.into_iter().chain(own) {
            let mut s = google(d, StoreKind::Relational, "Spanner");
            s.engine = given(d, "spanner".into(), "Spanner");
            s.own_key = named(d, &["encryption_config", "kms_key_name"]);
            s.public = given(d, false, "Spanner answers identities of the project only");
            s.deletion_protection = Some(d.flag(&["deletion_protection"], true));
            s.failover = given(d, true, "Spanner keeps its data in several zones");
            // An hour of versions unless version_retention_period says more: "Point-in-time recovery" of Spanner.
            s.point_in_time = given(d, true, "Spanner keeps former versions for an hour or more");
            let schedules = satellites(resources, "google_spanner_backup_schedule", &["database"], d, &["name"]);
            s.backup_days = Some(match i.word(&["default_backup_schedule_type"]) {
                Some(word) if schedules.is_empty() => following(&word, |w| if w == "AUTOMATIC" { 7 } else { 0 }),
                _ => scheduled(d, &schedules, &["retention_duration"]),
            });
            s.size = i.word(&["num_nodes"]).or_else(|| i.word(&["processing_units"]));
            found.stores.push(s);
        }
    }
}
