//! Services that use the image of a database for its client programs: backups, initialisers of replica sets, loaders. They keep no data.

use plimsoll_facts::Facts;
use plimsoll_facts::container::{MountSource, Restart, Workload};

use super::ServiceKind;

const CLIENTS: [&str; 19] = [
    "psql",
    "pg_dump",
    "pg_dumpall",
    "pg_isready",
    "pg_restore",
    "mysql",
    "mysqldump",
    "mariadb",
    "mariadb-dump",
    "mysqladmin",
    "mongosh",
    "mongo",
    "mongodump",
    "mongorestore",
    "mongoimport",
    "redis-cli",
    "valkey-cli",
    "cqlsh",
    "clickhouse-client",
];
const SERVERS: [&str; 12] = [
    "postgres",
    "mysqld",
    "mariadbd",
    "mongod",
    "mongos",
    "redis-server",
    "valkey-server",
    "docker-entrypoint.sh",
    "\"$@\"",
    "patroni",
    "clickhouse-server",
    "cassandra",
];

/// Whether a workload of a database's image starts clients alone, and no server.
pub(super) fn only(facts: &Facts, workload: &Workload) -> bool {
    let Some(told) = workload.entrypoint.as_ref().or(workload.command.as_ref()) else { return false };
    let all: Vec<&str> =
        [&workload.entrypoint, &workload.command].into_iter().flatten().flat_map(|w| &w.value).map(String::as_str).collect();
    let first = told.value.first().and_then(|w| w.split_whitespace().next()).unwrap_or_default();
    let name = first.rsplit('/').next().unwrap_or(first);
    if CLIENTS.contains(&name) {
        return true;
    }
    if !matches!(name, "sh" | "bash" | "ash") && !name.ends_with(".sh") || name == "docker-entrypoint.sh" {
        return false;
    }
    let mut text = all.join(" ");
    for mount in &workload.mounts {
        if let MountSource::Host { path, in_tree: true, exists: true } = &mount.source
            && let Some(held) = facts.library.get(path)
            && text.contains(&mount.target)
        {
            text.push('\n');
            text.push_str(&held.text());
        }
    }
    // A host or a user may be called as the server is: only a word that stands where a program does counts as one.
    let word = |w: &str, list: &[&str]| list.contains(&w.rsplit('/').next().unwrap_or(w).trim_matches(['"', '\'', ';', '(', ')']));
    let mut starts = text.split(['\n', ';', '|', '&']).filter_map(|part| {
        let mut words = part.split_whitespace().skip_while(|w| {
            matches!(
                w.rsplit('/').next(),
                Some("exec" | "do" | "then" | "if" | "while" | "until" | "else" | "!" | "sh" | "bash" | "ash" | "-c" | "gosu" | "su-exec")
            ) || w.contains('=')
        });
        words.next()
    });
    let clients = text.split(|c: char| c.is_whitespace() || "\"'();|&`$".contains(c)).any(|w| word(w, &CLIENTS));
    clients && !text.contains("\"$@\"") && !starts.any(|w| word(w, &SERVERS))
}

/// What such a service is: a job where it ends, else something that works on a schedule.
pub(super) fn kind(workload: &Workload) -> ServiceKind {
    match workload.restart {
        _ if workload.one_shot || workload.schedule.is_some() => ServiceKind::Job,
        Restart::Always(_) | Restart::Supervised(_) => ServiceKind::Scheduler,
        _ => ServiceKind::Job,
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_base::{FileId, Location, Sourced};
    use plimsoll_facts::container::Runtime;

    use super::*;

    #[test]
    fn clients_are_told_from_servers() {
        let at = Location::whole(FileId(0));
        let only = |words: &[&str]| {
            let mut workload = Workload::new("db", at, Runtime::Compose);
            workload.command = Some(Sourced::new(words.iter().map(|w| (*w).to_owned()).collect(), at));
            super::only(&Facts::default(), &workload)
        };
        assert!(only(&["sh", "-c", "until pg_isready -h postgres; do sleep 1; done; psql -h postgres -f init.sql"]));
        assert!(!only(&["while true; do sleep 1; done"]));
        assert!(only(&["mongosh --host mongo --eval 'rs.initiate()'"]));
        assert!(only(&["/bin/sh", "-c", "while true; do pg_dump -h db app > /b/x.sql; sleep 86400; done"]));
        assert!(!only(&["sh", "-c", "chown postgres /x && exec docker-entrypoint.sh postgres"]));
        assert!(!only(&["postgres", "-c", "wal_level=replica"]));
        assert!(!only(&["sh", "-c", "mongod --replSet rs0 & sleep 5; mongosh --eval 'rs.initiate()'; wait"]));
    }
}
