//! Databases, caches and search of Microsoft Azure. What Azure stores is encrypted ("Azure encryption overview": encryption at rest is on
//! by default and cannot be switched off). Other defaults are those of the Terraform provider's pages for each resource (version 4) and
//! of the services' documentation, November 2026.

use plimsoll_base::{Location, Sourced};

use super::{Instance, Resources, addresses, admits, flag, following, given, named, number, satellites, source, store, switched};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Infrastructure, Property, Provider, Store, StoreKind, TrafficSource};

pub(super) const ENCRYPTED: &str = "Azure encrypts what it stores, by default with keys of its own";

pub(super) fn azure(resources: &Resources<'_>, i: &Instance, kind: StoreKind, product: &'static str) -> Store {
    let mut s = store(i, Provider::Azure, kind, product);
    s.encrypted = given(i, true, ENCRYPTED);
    s.own_key = named(i, &["customer_managed_key", "key_vault_key_id"]).or_else(|| named(i, &["key_vault_key_id"]));
    if s.prevent_destroy.is_none() {
        let lock = resources.of("azurerm_management_lock").find(|l| resources.refers(l.value.get("scope"), i));
        s.prevent_destroy = lock.map(|l| Sourced::new(l.written(&["lock_level"]).unwrap_or("a lock").to_owned(), l.at));
    }
    s
}

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    flexible(resources, found, "azurerm_postgresql_flexible_server", "postgres");
    flexible(resources, found, "azurerm_mysql_flexible_server", "mysql");
    for (kind, engine, rules) in [
        ("azurerm_postgresql_server", "postgres", "azurerm_postgresql_firewall_rule"),
        ("azurerm_mysql_server", "mysql", "azurerm_mysql_firewall_rule"),
        ("azurerm_mariadb_server", "mariadb", "azurerm_mariadb_firewall_rule"),
    ] {
        for i in resources.of(kind) {
            let mut s = azure(resources, i, StoreKind::Relational, "Azure Database, single server");
            s.engine = given(i, engine.to_owned(), engine);
            s.public = Some(i.flag(&["public_network_access_enabled"], true));
            kept(i, &mut s);
            s.failover = given(i, true, "a single server is started anew by itself");
            s.size = i.word(&["sku_name"]);
            walls(resources, i, &mut s, found, rules, &["server_name", "server_id"]);
            found.stores.push(s);
        }
    }
    sql_server(resources, found);
    for i in resources.of("azurerm_cosmosdb_account") {
        let s = cosmos(resources, i, found);
        found.stores.push(s);
    }
    for i in resources.of("azurerm_redis_cache") {
        let mut s = azure(resources, i, StoreKind::Cache, "Azure Cache for Redis");
        s.engine = given(i, "redis".into(), "Azure Cache for Redis");
        s.public = match i.value.get("subnet_id") {
            Some(v) => Some(Property::stated(false, v.at, "subnet_id: reachable within its network only")),
            None => Some(i.flag(&["public_network_access_enabled"], true)),
        };
        s.failover = i.word(&["sku_name"]).map(|w| following(&w, |t| t != "Basic"));
        s.backup_days = flag(i, &["redis_configuration", "rdb_backup_enabled"]).map(|p| following(&p, |on| u32::from(*on)));
        s.size = i.word(&["capacity"]);
        walls(resources, i, &mut s, found, "azurerm_redis_firewall_rule", &["redis_cache_name"]);
        found.stores.push(s);
    }
    for i in resources.of("azurerm_managed_redis") {
        let mut s = azure(resources, i, StoreKind::Cache, "Azure Managed Redis");
        s.engine = given(i, "redis".into(), "Azure Managed Redis");
        s.public = Some(switched(i, &["public_network_access"], "Enabled", true));
        s.failover = Some(i.flag(&["high_availability_enabled"], true));
        found.stores.push(s);
    }
    for i in resources.of("azurerm_search_service") {
        let mut s = azure(resources, i, StoreKind::Search, "Azure AI Search");
        s.engine = given(i, "search".into(), "Azure AI Search");
        s.public = Some(i.flag(&["public_network_access_enabled"], true));
        for ip in each(i.value.get("allowed_ips")) {
            s.groups = vec![s.name.clone()];
            found.openings.push(admits(&s, ip.at, format!("allowed_ips: {}", ip.written().unwrap_or("?")), source(ip)));
        }
        s.failover = Some(following(&i.number(&["replica_count"], 1), |n| *n >= 2));
        s.size = i.word(&["sku"]);
        found.stores.push(s);
    }
}

/// What servers of every age say of their backups. Any moment within them can be restored: "automatic backups … point-in-time restore".
fn kept(i: &Instance, s: &mut Store) {
    let days = i.number(&["backup_retention_days"], 7);
    s.point_in_time = Some(following(&days, |d| *d > 0));
    s.backup_days = Some(days);
    copied(i, s);
}

fn copied(i: &Instance, s: &mut Store) {
    if let Some(v) = i.value.get("geo_redundant_backup_enabled").filter(|v| v.is_true()) {
        s.copies.push(Sourced::new("geo_redundant_backup_enabled = true".into(), v.at));
    }
}

fn flexible(resources: &Resources<'_>, found: &mut Infrastructure, kind: &'static str, engine: &'static str) {
    let first = found.stores.len();
    for i in resources.of(kind) {
        let mut s = azure(resources, i, StoreKind::Relational, "Azure Database");
        s.engine = given(i, engine.to_owned(), engine);
        s.public = Some(match i.value.get("delegated_subnet_id") {
            Some(v) => {
                s.subnets = addresses(resources, Some(v), "azurerm_subnet");
                Property::stated(false, v.at, "delegated_subnet_id: reachable within its network only")
            }
            None => match i.value.get("public_network_access").and_then(Value::text) {
                Some(_) => switched(i, &["public_network_access"], "Enabled", true),
                None => i.flag(&["public_network_access_enabled"], true),
            },
        });
        kept(i, &mut s);
        s.failover = Some(match i.value.get("high_availability") {
            Some(v) => {
                Property::stated(true, v.at, format!("high_availability: {}", v.get("mode").and_then(Value::written).unwrap_or("on")))
            }
            None => Property::defaulted(false, i.at, "no high_availability block: one server"),
        });
        let configuration = format!("{}_configuration", kind);
        for c in satellites(resources, &configuration, &["server_id", "server_name"], i, &["name"]) {
            let name = c.written(&["name"]).unwrap_or_default();
            let value = c.written(&["value"]).unwrap_or_default();
            if matches!(
                name,
                "pg_qs.query_capture_mode" | "log_min_duration_statement" | "slow_query_log" | "pgms_wait_sampling.query_capture_mode"
            ) {
                let on = !matches!(value.to_ascii_lowercase().as_str(), "none" | "-1" | "off");
                s.insights.push(Property::stated(on, c.at, format!("{name} = {value}")));
            }
        }
        s.size = i.word(&["sku_name"]);
        let rules = format!("{kind}_firewall_rule");
        walls(resources, i, &mut s, found, &rules, &["server_id", "server_name"]);
        let replica = i.written(&["create_mode"]).is_some_and(|m| m == "Replica");
        let source = resources.referred(i.value.get("source_server_id"), kind).first().map(|r| r.address());
        match found.stores[first..].iter_mut().find(|o| replica && Some(&o.name) == source.as_ref()) {
            Some(of) => {
                of.read_replicas.push(Sourced::new(i.address(), i.at));
                if s.public.as_ref().is_some_and(|p| !p.off()) {
                    of.groups.push(s.name.clone());
                    of.public = of.public.take().filter(|p| !p.off()).or(s.public);
                }
            }
            None => found.stores.push(s),
        }
    }
}

/// Rules of a server's own firewall, which lets nobody in without one. Redis alone lets everyone in as long as it has none.
fn walls(resources: &Resources<'_>, i: &Instance, s: &mut Store, found: &mut Infrastructure, kind: &str, attributes: &[&str]) {
    let rules = satellites(resources, kind, attributes, i, &["name"]);
    if rules.is_empty() && s.kind == StoreKind::Cache {
        return;
    }
    s.groups.push(s.name.clone());
    for rule in rules {
        let ends = ["start_ip_address", "end_ip_address"].map(|a| rule.value.get(a));
        let ends = if ends[0].is_some() { ends } else { ["start_ip", "end_ip"].map(|a| rule.value.get(a)) };
        let (at, from) = range(ends, rule.at);
        let says = format!("a firewall rule from {} to {}", written(ends[0]), written(ends[1]));
        found.openings.push(admits(s, at, says, from));
    }
}

fn written(value: Option<&Value>) -> &str {
    value.and_then(Value::written).unwrap_or("?")
}

/// A range of addresses by its two ends; from zero to zero it means every service within Azure, other customers' included.
fn range(ends: [Option<&Value>; 2], head: Location) -> (Location, TrafficSource) {
    let at = ends[0].map_or(head, |v| v.at);
    let from = match ends.map(|e| e.and_then(Value::text)) {
        [Some("0.0.0.0"), Some("0.0.0.0")] => TrafficSource::ProviderList("every service within Azure".into()),
        [Some(start), Some(end)] => {
            let first = |ip: &str| ip.split('.').next().and_then(|n| n.parse::<u8>().ok());
            match (first(start), first(end)) {
                (Some(a), Some(b)) if b.saturating_sub(a) >= 128 => TrafficSource::World,
                _ if start == end => TrafficSource::Addresses(start.to_owned()),
                _ => TrafficSource::Addresses(format!("{start} to {end}")),
            }
        }
        _ => TrafficSource::Unresolved(at),
    };
    (at, from)
}

fn sql_server(resources: &Resources<'_>, found: &mut Infrastructure) {
    for server in resources.of("azurerm_mssql_server") {
        let databases = satellites(resources, "azurerm_mssql_database", &["server_id"], server, &["name"]);
        let mut rules = Vec::new();
        for i in databases {
            let mut s = azure(resources, i, StoreKind::Relational, "Azure SQL");
            s.engine = given(i, "sqlserver".into(), "Azure SQL");
            s.encrypted = Some(i.flag(&["transparent_data_encryption_enabled"], true));
            s.own_key = named(i, &["transparent_data_encryption_key_vault_key_id"]);
            s.public = Some(server.flag(&["public_network_access_enabled"], true));
            // The firewall is the server's: each of its databases bears it.
            s.groups.push(server.address());
            let days = i.number(&["short_term_retention_policy", "retention_days"], 7);
            s.point_in_time = Some(following(&days, |d| *d > 0));
            s.backup_days = Some(days);
            let zone = i.flag(&["zone_redundant"], false);
            let group = satellites(resources, "azurerm_mssql_failover_group", &["server_id"], server, &["name"]);
            s.failover = Some(group.first().map_or(zone, |g| Property::stated(true, g.at, "a failover group")));
            s.mirrored.extend(group.first().map(|g| Sourced::new("a failover group".to_owned(), g.at)));
            // "storage_account_type … defaults to Geo".
            let redundancy = i.word(&["storage_account_type"]);
            let geo = redundancy.as_ref().map_or(Some(true), |w| w.known().map(|t| t.starts_with("Geo")));
            if geo == Some(true) {
                let at = redundancy.as_ref().map_or(i.at, |w| w.at);
                s.copies.push(Sourced::new("backups lie in a second region too".into(), at));
            }
            if let Some(v) = i.value.get("read_scale").filter(|v| v.is_true()) {
                s.read_replicas.push(Sourced::new("read_scale = true".into(), v.at));
            }
            s.size = i.word(&["sku_name"]);
            if rules.is_empty() {
                let mut wall = s.clone();
                wall.name = server.address();
                rules = satellites(resources, "azurerm_mssql_firewall_rule", &["server_id"], server, &["name"]);
                for rule in &rules {
                    let ends = ["start_ip_address", "end_ip_address"].map(|a| rule.value.get(a));
                    let (at, from) = range(ends, rule.at);
                    found.openings.push(admits(
                        &wall,
                        at,
                        format!("a firewall rule from {} to {}", written(ends[0]), written(ends[1])),
                        from,
                    ));
                }
            }
            found.stores.push(s);
        }
    }
    for i in resources.of("azurerm_mssql_managed_instance") {
        let mut s = azure(resources, i, StoreKind::Relational, "SQL Managed Instance");
        s.engine = given(i, "sqlserver".into(), "SQL Server");
        s.public = Some(i.flag(&["public_data_endpoint_enabled"], false));
        s.subnets = addresses(resources, i.value.get("subnet_id"), "azurerm_subnet");
        s.backup_days = given(i, 7, "backups are kept for seven days by default");
        s.point_in_time = given(i, true, "any moment within its backups can be restored");
        s.failover = Some(i.flag(&["zone_redundant_enabled"], false));
        s.size = i.word(&["sku_name"]);
        found.stores.push(s);
    }
}

fn cosmos(resources: &Resources<'_>, i: &Instance, found: &mut Infrastructure) -> Store {
    let mut s = azure(resources, i, StoreKind::NonRelational, "Cosmos DB");
    s.engine = given(i, if i.written(&["kind"]) == Some("MongoDB") { "mongodb".into() } else { "cosmosdb".into() }, "Cosmos DB");
    s.public = Some(i.flag(&["public_network_access_enabled"], true));
    let filter = i.value.get("ip_range_filter");
    let ranges: Vec<(Location, String, TrafficSource)> = match filter.and_then(Value::text) {
        Some(list) => list
            .split(',')
            .filter(|t| !t.trim().is_empty())
            .map(|t| {
                let value = Value::text_at(t.trim(), filter.map_or(i.at, |f| f.at));
                (value.at, t.trim().to_owned(), source(&value))
            })
            .collect(),
        None => each(filter).iter().map(|v| (v.at, v.written().unwrap_or("?").to_owned(), source(v))).collect(),
    };
    let networks = i.flag(&["is_virtual_network_filter_enabled"], false);
    if !ranges.is_empty() || networks.on() {
        s.groups.push(s.name.clone());
    }
    for (at, text, from) in ranges {
        found.openings.push(admits(&s, at, format!("ip_range_filter: {text}"), from));
    }
    // "Periodic … backup interval 240 minutes, retention 8 hours" where no block says otherwise.
    let continuous = switched(i, &["backup", "type"], "Continuous", false);
    let hours = number(i, &["backup", "retention_in_hours"]);
    s.backup_days = Some(match (continuous.on(), hours) {
        (true, _) => following(&continuous, |_| if i.written(&["backup", "tier"]) == Some("Continuous7Days") { 7 } else { 30 }),
        (false, Some(hours)) => following(&hours, |h| h.div_ceil(24)),
        (false, None) => Property::defaulted(1, i.at, "periodic backups are kept for eight hours by default"),
    });
    s.point_in_time = Some(continuous);
    let regions: Vec<&Value> = i.value.all("geo_location").collect();
    s.mirrored.extend(regions.iter().skip(1).map(|r| Sourced::new(format!("a replica in {}", written(r.get("location"))), r.at)));
    let zone = regions.iter().filter_map(|r| r.get("zone_redundant")).find(|v| v.is_true());
    s.failover = Some(match zone {
        Some(v) => Property::stated(true, v.at, "zone_redundant = true"),
        None if regions.len() > 1 => i.flag(&["automatic_failover_enabled"], false),
        None => Property::defaulted(false, i.at, "one region without zone redundancy"),
    });
    s
}
