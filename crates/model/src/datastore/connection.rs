//! What a variable says about the store that it leads to: engine and host, by its value or by its name.

/// A way to a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The engine, where the value or the name tells it: `postgres`.
    pub engine: Option<&'static str>,
    /// The host, where it is written; a reference to a variable is none.
    pub host: Option<String>,
    /// The path, for a file of SQLite.
    pub path: Option<String>,
}

/// Schemes of connection strings.
const SCHEMES: &[(&str, &str)] = &[
    ("postgresql", "postgres"),
    ("postgres", "postgres"),
    ("postgis", "postgres"),
    ("psql", "postgres"),
    ("ecto", "postgres"),
    ("mysql2", "mysql"),
    ("mysql", "mysql"),
    ("mariadb", "mariadb"),
    ("mongodb", "mongodb"),
    ("rediss", "redis"),
    ("redis", "redis"),
    ("valkey", "valkey"),
    ("amqps", "rabbitmq"),
    ("amqp", "rabbitmq"),
    ("sqlserver", "sqlserver"),
    ("mssql", "sqlserver"),
    ("clickhouse", "clickhouse"),
    ("cockroachdb", "cockroachdb"),
    ("sqlite3", "sqlite"),
    ("sqlite", "sqlite"),
    ("libsql", "sqlite"),
];

/// Words of names that tell an engine.
const WORDS: &[(&str, &str)] = &[
    ("POSTGRES", "postgres"),
    ("PGHOST", "postgres"),
    ("MYSQL", "mysql"),
    ("MARIADB", "mariadb"),
    ("MONGO", "mongodb"),
    ("REDIS", "redis"),
    ("VALKEY", "valkey"),
    ("AMQP", "rabbitmq"),
    ("RABBITMQ", "rabbitmq"),
    ("CLICKHOUSE", "clickhouse"),
];

/// Hosts of providers that run databases: the end of the name, the provider.
const PROVIDERS: &[(&str, &str)] = &[
    (".rds.amazonaws.com", "Amazon RDS"),
    (".cache.amazonaws.com", "Amazon ElastiCache"),
    (".docdb.amazonaws.com", "Amazon DocumentDB"),
    (".es.amazonaws.com", "Amazon OpenSearch"),
    (".supabase.co", "Supabase"),
    (".supabase.com", "Supabase"),
    (".neon.tech", "Neon"),
    (".mongodb.net", "MongoDB Atlas"),
    (".psdb.cloud", "PlanetScale"),
    (".upstash.io", "Upstash"),
    (".aivencloud.com", "Aiven"),
    (".db.ondigitalocean.com", "DigitalOcean"),
    (".postgres.database.azure.com", "Azure Database"),
    (".mysql.database.azure.com", "Azure Database"),
    (".database.windows.net", "Azure SQL"),
    (".documents.azure.com", "Cosmos DB"),
    (".cosmos.azure.com", "Cosmos DB"),
    (".redis.cache.windows.net", "Azure Cache for Redis"),
    (".cockroachlabs.cloud", "CockroachDB Cloud"),
    (".turso.io", "Turso"),
    (".tsdb.cloud.timescale.com", "Timescale"),
    (".clickhouse.cloud", "ClickHouse Cloud"),
    (".redislabs.com", "Redis Cloud"),
    (".redis-cloud.com", "Redis Cloud"),
    (".cloudamqp.com", "CloudAMQP"),
    (".confluent.cloud", "Confluent Cloud"),
    (".elastic-cloud.com", "Elastic Cloud"),
    (".rlwy.net", "Railway"),
    (".railway.internal", "Railway"),
    (".render.com", "Render"),
    (".crunchybridge.com", "Crunchy Bridge"),
    (".xata.sh", "Xata"),
];

/// The provider that runs a host, told by its name.
pub(super) fn provider(host: &str) -> Option<&'static str> {
    let host = host.to_ascii_lowercase();
    PROVIDERS.iter().find(|(end, _)| host.ends_with(end)).map(|(_, provider)| *provider)
}

/// Whether a host is the machine itself.
pub(super) fn local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1" | "0.0.0.0" | "host.docker.internal" | "")
}

/// What a variable says of the store that it leads to; none where it leads to none. The value is given where it is known.
pub fn connection(name: &str, value: Option<&str>) -> Option<Connection> {
    let upper = name.to_ascii_uppercase().replace(['.', '-'], "_");
    if let Some(found) = value.and_then(string).or_else(|| value.and_then(pairs)) {
        return Some(found);
    }
    let host = value.map(str::trim).filter(|v| !v.is_empty());
    // A hosted backend is called by its address: `https://x.supabase.co`.
    if let Some(host) = host.and_then(|v| v.strip_prefix("https://")).map(bare).filter(|h| provider(h).is_some()) {
        return Some(Connection { engine: None, host: Some(host.to_owned()), path: None });
    }
    let by_name = WORDS.iter().find(|(word, _)| upper.contains(word)).map(|(_, engine)| *engine);
    let hosts = ["_HOST", "_SERVER", "_HOSTNAME"].iter().any(|end| upper.ends_with(end)) || upper == "PGHOST";
    let generic = ["DB_HOST", "DATABASE_HOST", "DB_SERVER", "DB_HOSTNAME", "SPRING_DATASOURCE_URL"].iter().any(|n| upper.ends_with(n));
    let urls = ["_URL", "_URI", "_DSN", "_CONNECTION_STRING", "CONNECTIONSTRING"].iter().any(|end| upper.ends_with(end));
    let database = ["DATABASE_URL", "DATABASE_URI", "DB_URL", "DB_URI", "DATABASE_DSN", "DB_DSN", "DATABASE_CONNECTION_STRING"]
        .iter()
        .any(|n| upper == *n || upper.ends_with(&format!("_{n}")))
        || upper.starts_with("CONNECTIONSTRINGS__");
    let leads = generic || database || by_name.is_some() && (hosts || urls);
    if !leads || host.is_some_and(|h| h.starts_with("http")) {
        return None;
    }
    let host = host.filter(|h| !h.contains(['$', '{', '<', ' ', '/', '='])).map(|h| bare(h).to_owned());
    Some(Connection { engine: by_name, host: host.filter(|_| hosts || generic), path: None })
}

/// A connection string with a scheme: `postgresql+asyncpg://user:password@host:5432/name`.
fn string(value: &str) -> Option<Connection> {
    let value = value.trim().trim_start_matches("jdbc:");
    if let Some(path) = value.strip_prefix("file:").filter(|p| p.contains(".db") || p.contains("sqlite")) {
        let path = path.split('?').next().unwrap_or(path);
        return Some(Connection { engine: Some("sqlite"), host: None, path: Some(path.to_owned()) });
    }
    let (scheme, rest) = value.split_once(':')?;
    let base = scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase();
    let engine = SCHEMES.iter().find(|(s, _)| *s == base).map(|(_, engine)| *engine)?;
    if engine == "sqlite" {
        let remote = base == "libsql";
        let path = rest.strip_prefix("///").or_else(|| rest.strip_prefix("//")).unwrap_or(rest);
        return Some(match remote {
            true => Connection { engine: Some("sqlite"), host: Some(bare(path).to_owned()), path: None },
            false => Connection { engine: Some("sqlite"), host: None, path: Some(path.split('?').next().unwrap_or(path).to_owned()) },
        });
    }
    let rest = rest.strip_prefix("//")?;
    let authority = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = bare(authority);
    Some(Connection {
        engine: Some(engine),
        host: (!host.is_empty() && !host.contains(['$', '{', '<', '%'])).then(|| host.to_owned()),
        path: None,
    })
}

/// A connection string of pairs: `Host=db;Database=x`, `Server=tcp:x.database.windows.net,1433`, `Data Source=app.db`.
fn pairs(value: &str) -> Option<Connection> {
    if !value.contains('=') || !value.contains(';') && !value.to_ascii_lowercase().starts_with("data source=") {
        return None;
    }
    let get = |names: &[&str]| {
        value
            .split(';')
            .filter_map(|p| p.split_once('='))
            .find(|(k, _)| names.iter().any(|n| k.trim().eq_ignore_ascii_case(n)))
            .map(|(_, v)| v.trim())
    };
    let host = get(&["host", "server", "data source", "addr", "address"])?;
    let host = host.trim_start_matches("tcp:");
    if [".db", ".sqlite", ".sqlite3"].iter().any(|end| host.ends_with(end)) {
        return Some(Connection { engine: Some("sqlite"), host: None, path: Some(host.to_owned()) });
    }
    let engine = if get(&["port"]) == Some("5432") || get(&["username"]).is_some() { "postgres" } else { "sqlserver" };
    let host = host.split([',', ':', '\\']).next().unwrap_or(host);
    Some(Connection { engine: Some(engine), host: (!host.contains(['$', '{'])).then(|| host.to_owned()), path: None })
}

/// The host of an authority: without port, path and the members that follow the first.
fn bare(authority: &str) -> &str {
    let end = authority.find(['/', '?', ':', ',']).unwrap_or(authority.len());
    &authority[..end]
}
