//! Programs that back up or restore, as data: what to look for in the words of a command.

use plimsoll_syntax::{ShellCommand, Strictness, shell_with};

/// A program that copies a store's contents out, or puts them back.
pub(super) struct Program {
    /// The names by which it is called.
    names: &'static [&'static str],
    /// Words of which one must follow; empty for none.
    verbs: &'static [&'static str],
    /// Words that make it something else: a copy of the schema alone, a help text.
    unless: &'static [&'static str],
    /// What it is called in output.
    pub(super) tool: &'static str,
    /// The engine whose contents it copies; none where it copies files.
    pub(super) engine: Option<&'static str>,
    /// Whether it archives the log of changes.
    pub(super) continuous: bool,
}

const fn row(
    names: &'static [&'static str],
    verbs: &'static [&'static str],
    unless: &'static [&'static str],
    tool: &'static str,
    engine: Option<&'static str>,
) -> Program {
    Program { names, verbs, unless, tool, engine, continuous: false }
}

const fn log(names: &'static [&'static str], verbs: &'static [&'static str], tool: &'static str, engine: Option<&'static str>) -> Program {
    Program { names, verbs, unless: &[], tool, engine, continuous: true }
}

const SCHEMA: &[&str] = &["--schema-only", "-s", "--no-data", "-d", "--globals-only", "--roles-only", "--version", "--help"];
const LOOK: &[&str] = &["--version", "--help"];

/// What backs up. Rows that archive a log of changes stand before those of the same program that copy once.
static DUMPS: &[Program] = &[
    row(
        &["pg_dump", "pg_dumpall"],
        &[],
        &["--schema-only", "-s", "--globals-only", "--roles-only", "--version", "--help"],
        "pg_dump",
        Some("postgres"),
    ),
    row(&["pg_basebackup"], &[], LOOK, "pg_basebackup", Some("postgres")),
    row(&["mysqldump", "mariadb-dump", "mydumper", "mysqlpump"], &[], SCHEMA, "mysqldump", Some("mysql")),
    row(&["xtrabackup", "mariabackup", "mariadb-backup"], &["--backup"], &[], "XtraBackup", Some("mysql")),
    row(&["mongodump"], &[], LOOK, "mongodump", Some("mongodb")),
    row(&["redis-cli"], &["BGSAVE", "bgsave", "--rdb"], &[], "redis-cli", Some("redis")),
    log(&["litestream"], &["replicate"], "Litestream", Some("sqlite")),
    log(&["wal-g", "wal-e"], &["wal-push", "oplog-push", "binlog-push"], "WAL-G", Some("postgres")),
    row(&["wal-g", "wal-e"], &["backup-push"], &[], "WAL-G", Some("postgres")),
    log(&["pgbackrest"], &["archive-push"], "pgBackRest", Some("postgres")),
    row(&["pgbackrest"], &["backup"], &[], "pgBackRest", Some("postgres")),
    log(&["barman-cloud-wal-archive", "barman-wal-archive", "pg_receivewal"], &[], "Barman", Some("postgres")),
    row(&["barman", "barman-cloud-backup"], &["backup"], &[], "Barman", Some("postgres")),
    row(&["barman-cloud-backup"], &[], LOOK, "Barman", Some("postgres")),
    row(&["clickhouse-backup"], &["create", "create_remote"], &[], "clickhouse-backup", Some("clickhouse")),
    row(&["influx", "influxd"], &["backup"], &[], "influx backup", Some("influxdb")),
    row(&["neo4j-admin"], &["dump", "backup"], &[], "neo4j-admin", Some("neo4j")),
    row(&["nodetool"], &["snapshot"], &[], "nodetool snapshot", Some("cassandra")),
    row(&["elasticdump", "multielasticdump"], &[], LOOK, "elasticdump", Some("elasticsearch")),
    row(&["arangodump"], &[], LOOK, "arangodump", Some("arangodb")),
    row(&["etcdctl"], &["save"], &[], "etcdctl", Some("etcd")),
    row(&["automysqlbackup"], &[], &[], "automysqlbackup", Some("mysql")),
    row(&["autopostgresqlbackup"], &[], &[], "autopostgresqlbackup", Some("postgres")),
    row(&["restic"], &["backup"], &[], "restic", None),
    row(&["borg", "borgbackup"], &["create"], &[], "Borg", None),
    row(&["borgmatic"], &[], &["--version", "list", "info", "check", "restore", "extract", "init"], "borgmatic", None),
    row(&["kopia"], &["create"], &[], "Kopia", None),
    row(&["duplicity", "duply"], &["backup", "full", "incremental", "incr"], &[], "duplicity", None),
    row(&["velero"], &["backup"], &["get", "describe", "logs", "delete"], "Velero", None),
];

/// What puts back.
static RESTORES: &[Program] = &[
    row(&["pg_restore"], &[], &["--list", "-l", "--version", "--help"], "pg_restore", Some("postgres")),
    row(&["mongorestore"], &[], LOOK, "mongorestore", Some("mongodb")),
    row(&["restic"], &["restore"], &[], "restic restore", None),
    row(&["borg"], &["extract"], &[], "Borg", None),
    row(&["borgmatic"], &["restore", "extract"], &[], "borgmatic", None),
    row(&["kopia"], &["restore"], &[], "Kopia", None),
    row(&["wal-g", "wal-e"], &["backup-fetch"], &[], "WAL-G", Some("postgres")),
    row(&["pgbackrest"], &["restore"], &[], "pgBackRest", Some("postgres")),
    row(&["barman"], &["recover"], &[], "Barman", Some("postgres")),
    row(&["barman-cloud-restore"], &[], &[], "Barman", Some("postgres")),
    row(&["litestream"], &["restore"], &[], "Litestream", Some("sqlite")),
    row(&["velero"], &["restore"], &["get", "describe", "logs"], "Velero", None),
    row(&["influx", "influxd"], &["restore"], &[], "influx restore", Some("influxdb")),
    row(&["clickhouse-backup"], &["restore", "restore_remote"], &[], "clickhouse-backup", Some("clickhouse")),
    row(&["neo4j-admin"], &["load", "restore"], &[], "neo4j-admin", Some("neo4j")),
    row(&["xtrabackup", "mariabackup"], &["--copy-back", "--move-back"], &[], "XtraBackup", Some("mysql")),
];

/// Words of the providers' own command lines: what they say in order, the tool, the engine, and whether it restores.
static PROVIDERS: &[(&[&str], &str, Option<&str>, bool)] = &[
    (&["aws", "rds", "create-db-snapshot"], "an RDS snapshot", Some("rds"), false),
    (&["aws", "rds", "create-db-cluster-snapshot"], "an RDS snapshot", Some("rds"), false),
    (&["aws", "dynamodb", "create-backup"], "a DynamoDB backup", Some("dynamodb"), false),
    (&["aws", "dynamodb", "export-table-to-point-in-time"], "a DynamoDB export", Some("dynamodb"), false),
    (&["aws", "ec2", "create-snapshot"], "an EBS snapshot", None, false),
    (&["aws", "docdb", "create-db-cluster-snapshot"], "a DocumentDB snapshot", Some("docdb"), false),
    (&["gcloud", "sql", "backups", "create"], "a Cloud SQL backup", Some("cloudsql"), false),
    (&["gcloud", "sql", "export"], "a Cloud SQL export", Some("cloudsql"), false),
    (&["gcloud", "firestore", "export"], "a Firestore export", Some("firestore"), false),
    (&["heroku", "pg:backups:capture"], "Heroku's pg:backups", Some("postgres"), false),
    (&["supabase", "db", "dump"], "supabase db dump", Some("postgres"), false),
    (&["turso", "db", "export"], "turso db export", Some("sqlite"), false),
    (&["wrangler", "d1", "export"], "wrangler d1 export", Some("sqlite"), false),
    (&["aws", "rds", "restore-db-instance-from-db-snapshot"], "aws rds restore", Some("rds"), true),
    (&["aws", "rds", "restore-db-instance-to-point-in-time"], "aws rds restore", Some("rds"), true),
    (&["aws", "rds", "restore-db-cluster-from-snapshot"], "aws rds restore", Some("rds"), true),
    (&["aws", "rds", "restore-db-cluster-to-point-in-time"], "aws rds restore", Some("rds"), true),
    (&["aws", "dynamodb", "restore-table-from-backup"], "aws dynamodb restore", Some("dynamodb"), true),
    (&["aws", "dynamodb", "restore-table-to-point-in-time"], "aws dynamodb restore", Some("dynamodb"), true),
    (&["aws", "backup", "start-restore-job"], "aws backup start-restore-job", None, true),
    (&["gcloud", "sql", "backups", "restore"], "gcloud sql backups restore", Some("cloudsql"), true),
    (&["gcloud", "sql", "import"], "gcloud sql import", Some("cloudsql"), true),
    (&["az", "postgres", "flexible-server", "restore"], "az postgres restore", Some("postgres"), true),
    (&["az", "mysql", "flexible-server", "restore"], "az mysql restore", Some("mysql"), true),
    (&["heroku", "pg:backups:restore"], "Heroku's pg:backups", Some("postgres"), true),
];

/// Commands of frameworks that back up what the application stores: a word of the command line that says so.
static FRAMEWORKS: &[(&str, &str)] = &[
    ("dbbackup", "django-dbbackup"),
    ("mediabackup", "django-dbbackup"),
    ("backup:run", "laravel-backup"),
    ("backup:create", "a backup task"),
];

/// One of these stands in every text that a row above, or a load of a dump, is found in.
const TRACES: &[&str] = &[
    "dump",
    "backup",
    "bgsave",
    "--rdb",
    "litestream",
    "wal-",
    "barman",
    "receivewal",
    "snapshot",
    "restic",
    "borg",
    "kopia",
    "duplicity",
    "duply",
    "velero",
    "restor",
    "gcloud",
    "turso",
    "wrangler",
    "etcdctl",
    "psql",
    "mysql",
    "mariadb",
    "sqlite",
    "pgbackrest",
    "influx",
    "neo4j",
    "docker cp",
    "podman cp",
    "vacuum",
    "extract",
    "point-in-time",
];

/// Whether a text in lower case may hold a command that backs up or puts back.
pub(super) fn may_copy(lower: &str) -> bool {
    TRACES.iter().any(|trace| lower.contains(trace))
}

/// What a command does, as far as its words tell.
pub(super) struct Recognised {
    pub(super) tool: &'static str,
    pub(super) engine: Option<&'static str>,
    pub(super) continuous: bool,
    pub(super) restores: bool,
}

fn base(word: &str) -> &str {
    word.rsplit(['/', '\\']).next().unwrap_or(word)
}

/// Reads the words of one command, wrappers already removed.
pub(super) fn recognise(words: &[String]) -> Option<Recognised> {
    let (first, rest) = words.split_first()?;
    let name = base(first);
    let has = |list: &[&str]| rest.iter().any(|w| list.contains(&w.as_str()));
    let fits = |p: &&Program| p.names.contains(&name) && (p.verbs.is_empty() || has(p.verbs)) && !has(p.unless);
    if let Some(p) = RESTORES.iter().find(fits) {
        return Some(Recognised { tool: p.tool, engine: p.engine, continuous: false, restores: true });
    }
    if let Some(p) = DUMPS.iter().find(fits) {
        return Some(Recognised { tool: p.tool, engine: p.engine, continuous: p.continuous, restores: false });
    }
    if name == "sqlite3" {
        let any = |needle: &str| rest.iter().any(|w| w.to_ascii_lowercase().contains(needle));
        let found = Recognised { tool: "sqlite3", engine: Some("sqlite"), continuous: false, restores: any(".restore") };
        return (found.restores || any(".backup") || any("vacuum into") || any(".dump")).then_some(found);
    }
    if name == "sqlcmd" {
        let any = |needle: &str| rest.iter().any(|w| w.to_ascii_lowercase().contains(needle));
        let found = Recognised { tool: "sqlcmd", engine: Some("sqlserver"), continuous: false, restores: any("restore database") };
        return (found.restores || any("backup database")).then_some(found);
    }
    let said: Vec<&str> = std::iter::once(name).chain(rest.iter().map(String::as_str).filter(|w| !w.starts_with('-'))).collect();
    if let Some((_, tool, engine, restores)) = PROVIDERS.iter().find(|(words, ..)| said.starts_with(words)) {
        return Some(Recognised { tool, engine: *engine, continuous: false, restores: *restores });
    }
    let manages =
        name.ends_with("manage.py") || name == "artisan" || rest.iter().take(2).any(|w| w.ends_with("manage.py") || w.ends_with("artisan"));
    let framework = FRAMEWORKS.iter().find(|(word, _)| manages && rest.iter().any(|w| w == word))?;
    Some(Recognised { tool: framework.1, engine: None, continuous: false, restores: false })
}

/// Whether a word names a program of these tables.
fn known(word: &str) -> bool {
    let name = base(word);
    DUMPS.iter().chain(RESTORES).any(|p| p.names.contains(&name))
        || matches!(name, "sqlite3" | "psql" | "mysql" | "mariadb" | "mongosh" | "sqlcmd" | "sh" | "bash" | "ash" | "python" | "python3")
}

/// Programs that run another one elsewhere: in a container, on another host, as another user.
const EXECUTORS: [&str; 17] = [
    "docker",
    "podman",
    "nerdctl",
    "docker-compose",
    "podman-compose",
    "kubectl",
    "oc",
    "ssh",
    "su",
    "gosu",
    "su-exec",
    "runuser",
    "flock",
    "chronic",
    "s6-setuidgid",
    "setpriv",
    "cronitor",
];

/// One command that runs somewhere.
pub(super) struct Run {
    /// The container, pod or host that an executor names.
    pub(super) on: Option<String>,
    /// Its words.
    pub(super) words: Vec<String>,
}

/// The commands that a command really runs: itself, or what it hands to a container, a host or another user.
pub(super) fn runs(command: &ShellCommand) -> Vec<Run> {
    let Some((program, args)) = command.program_and_args() else { return Vec::new() };
    let mut words = vec![program.to_owned()];
    words.extend(args.iter().cloned());
    unfold(words, None, 0)
}

fn unfold(words: Vec<String>, on: Option<String>, depth: usize) -> Vec<Run> {
    let name = words.first().map(|w| base(w)).unwrap_or_default().to_owned();
    let shell = matches!(name.as_str(), "sh" | "bash" | "ash" | "dash");
    let executes = EXECUTORS.contains(&name.as_str());
    if depth >= 4 || !(executes || shell && depth > 0) {
        return vec![Run { on, words }];
    }
    // Text for a shell behind it, or the words of the other program.
    if let Some(text) = words[1..].iter().find(|w| w.contains(char::is_whitespace) && !w.starts_with('-')) {
        let place = on.clone().or_else(|| executes.then(|| place(&words, text)).flatten());
        let inner = shell_with(text, Strictness::PLAIN);
        let found: Vec<Run> = inner
            .iter()
            .filter_map(ShellCommand::program_and_args)
            .flat_map(|(program, args)| {
                let mut words = vec![program.to_owned()];
                words.extend(args.iter().cloned());
                unfold(words, place.clone(), depth + 1)
            })
            .collect();
        if found.iter().any(|r| r.words.first().is_some_and(|w| known(w))) {
            return found;
        }
    }
    let Some(at) = words[1..].iter().position(|w| known(w)).map(|i| i + 1) else { return vec![Run { on, words }] };
    let place = on.or_else(|| place(&words, &words[at]));
    unfold(words[at..].to_vec(), place, depth + 1)
}

/// What an executor names before the program: the last word that is no option.
fn place(words: &[String], program: &str) -> Option<String> {
    let before = words.iter().skip(1).take_while(|w| w.as_str() != program && base(w) != "sh" && base(w) != "bash");
    before.filter(|w| !w.starts_with('-') && !matches!(w.as_str(), "exec" | "compose" | "run" | "-c")).last().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_leaves_a_trace() {
        for program in DUMPS.iter().chain(RESTORES) {
            for name in program.names {
                let verb = program.verbs.first().copied().unwrap_or_default();
                assert!(may_copy(&format!("{name} {verb}").to_ascii_lowercase()), "{name}");
            }
        }
        for (words, ..) in PROVIDERS {
            assert!(may_copy(&words.join(" ")), "{words:?}");
        }
        for (word, _) in FRAMEWORKS {
            assert!(may_copy(word), "{word}");
        }
        assert!(!may_copy("docker build -t app . && docker push app"));
    }
}
