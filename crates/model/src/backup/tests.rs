use std::sync::Arc;

use plimsoll_discover::Tree;
use plimsoll_facts::infrastructure::{BackupPlan, Destination};

use super::Covers;
use crate::deployment::{Choice, candidates, choose};
use crate::system::System;

fn system(files: &[(&str, &str)]) -> System {
    let files = files.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect();
    let facts = Arc::new(plimsoll_facts::gather(&Tree::in_memory("case", files)));
    let mut deployments = candidates(&facts);
    let assessed = match choose(&mut deployments, None) {
        Choice::Decided(i) => Some(i),
        Choice::Tied(list) => list.first().copied(),
        Choice::None => None,
    };
    System::new(facts, Arc::new(deployments), assessed)
}

fn one(system: &System) -> &BackupPlan {
    assert_eq!(system.backups().len(), 1, "{:#?}", system.backups());
    &system.backups()[0]
}

fn covered(system: &System, store: &str) -> Covers {
    let store = system.datastores().into_iter().find(|d| d.name == store).expect("the store is known");
    store.covered_by(system, one(system))
}

const DB: &str = "services:\n  db:\n    image: postgres:17\n";

#[test]
fn a_loop_in_a_service_is_a_schedule() {
    let compose = format!(
        "{DB}  backup:\n    image: postgres:17\n    entrypoint: [\"/bin/sh\", \"/backup.sh\"]\n    volumes: [\"./ops/backup.sh:/backup.sh:ro\"]\n"
    );
    let script = "while true; do\n  pg_dump -h db app | gzip > /backups/app-$(date +%F).sql.gz\n  find /backups -mtime +14 -delete\n  sleep 86400\ndone\n";
    let system = system(&[("compose.yaml", &compose), ("ops/backup.sh", script)]);
    let plan = one(&system);
    assert!(plan.schedule.as_ref().is_some_and(|s| s.known().is_some_and(|k| k == "every 86400 s")));
    assert_eq!(plan.keep_days.as_ref().and_then(|k| k.known()), Some(&14));
    assert!(matches!(plan.destination, Destination::SameHost(_)));
    assert_eq!(covered(&system, "db"), Covers::Yes);
}

#[test]
fn a_script_that_nothing_starts_has_no_schedule_and_a_dump_of_another_host_covers_nothing() {
    let system = system(&[
        ("compose.yaml", &format!("{DB}  other:\n    image: postgres:17\n")),
        ("scripts/backup.sh", "#!/bin/sh\npg_dump -h other app > x.sql\n"),
    ]);
    assert!(one(&system).schedule.is_none());
    assert_eq!(covered(&system, "db"), Covers::No);
    assert_eq!(covered(&system, "other"), Covers::Yes);
}

#[test]
fn a_crontab_needs_a_scheduler() {
    let dockerfile = "FROM alpine\nCOPY crontab /etc/crontabs/root\nCOPY backup.sh /backup.sh\nCMD [\"crond\", \"-f\"]\n";
    let files = |dockerfile: &str| {
        system(&[
            ("compose.yaml", &format!("{DB}  backup:\n    build: ./backup\n")),
            ("backup/Dockerfile", dockerfile),
            ("backup/crontab", "0 3 * * * /backup.sh\n"),
            ("backup/backup.sh", "pg_dump -h db app | aws s3 cp - s3://copies/app-$(date +%F).sql\n"),
        ])
    };
    let live = files(dockerfile);
    assert!(one(&live).runs.on());
    assert!(matches!(one(&live).destination, Destination::Remote(_)));
    assert!(one(&files(&dockerfile.replace("\"crond\", \"-f\"", "\"sleep\", \"infinity\""))).runs.off());
}

#[test]
fn ofelia_needs_its_label_and_the_socket() {
    let compose = "services:\n  db:\n    image: postgres:17\n    labels:\n      ofelia.enabled: \"true\"\n      ofelia.job-exec.dump.schedule: \"@daily\"\n      ofelia.job-exec.dump.command: \"pg_dump -f /backups/app.sql app\"\n  ofelia:\n    image: mcuadros/ofelia:0.3\n    command: daemon --docker\n    volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\"]\n";
    let live = system(&[("compose.yaml", compose)]);
    assert!(one(&live).runs.on(), "{:?}", one(&live).runs);
    assert_eq!(covered(&live, "db"), Covers::Yes);
    let unlabelled = compose.replace("      ofelia.enabled: \"true\"\n", "");
    assert!(one(&system(&[("compose.yaml", &unlabelled)])).runs.off());
    let blind = compose.replace("    volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\"]\n", "");
    assert!(one(&system(&[("compose.yaml", &blind)])).runs.off());
}

#[test]
fn a_file_of_ofelia_counts_where_it_is_mounted() {
    let jobs = "[job-exec \"dump\"]\nschedule = @daily\ncontainer = db\ncommand = pg_dump -h db -f /backups/app.sql app\n";
    let with = |mount: &str| {
        let compose = format!(
            "{DB}  ofelia:\n    image: mcuadros/ofelia:0.3\n    volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\"{mount}]\n"
        );
        system(&[("compose.yaml", &compose), ("ofelia/config.ini", jobs)])
    };
    assert!(one(&with(", \"./ofelia/config.ini:/etc/ofelia/config.ini:ro\"")).runs.on());
    assert!(one(&with("")).runs.off());
}

#[test]
fn machines_are_given_crontabs_and_timers() {
    let cloud = "#cloud-config\nwrite_files:\n  - path: /etc/cron.d/backup\n    content: |\n      0 3 * * * root pg_dump -h db app > /var/backups/app.sql\n";
    let found = system(&[("compose.yaml", DB), ("cloud-init.yaml", cloud)]);
    assert!(one(&found).runs.on() && one(&found).schedule.is_some(), "{:?}", one(&found));
    let playbook = "- hosts: all\n  tasks:\n    - copy:\n        dest: /etc/systemd/system/dump.service\n        content: |\n          [Service]\n          ExecStart=/usr/bin/pg_dump -h db -f /var/backups/app.sql app\n    - copy:\n        dest: /etc/systemd/system/dump.timer\n        content: |\n          [Timer]\n          OnCalendar=daily\n";
    let found = system(&[("compose.yaml", DB), ("site.yml", playbook)]);
    assert_eq!(one(&found).schedule.as_ref().and_then(|s| s.known()).map(String::as_str), Some("daily"));
    let script = "#!/bin/sh\ncat > /etc/systemd/system/dump.service <<EOF\n[Service]\nExecStart=/usr/bin/pg_dump -h db -f /var/backups/app.sql app\nEOF\ncat > /etc/systemd/system/dump.timer <<EOF\n[Timer]\nOnCalendar=daily\nEOF\nsystemctl enable dump.timer\n";
    let found = system(&[("compose.yaml", DB), ("setup.sh", script)]);
    let timed = found.backups().iter().find(|p| p.schedule.is_some()).expect("the timer");
    assert!(timed.runs.known().is_none(), "where the script is started is not known");
}

#[test]
fn a_scheduled_workflow_dumps_the_store_and_not_its_own_service() {
    let workflow = |services: &str| {
        format!(
            "on:\n  schedule:\n    - cron: '0 2 * * *'\njobs:\n  backup:\n    runs-on: ubuntu-latest\n{services}    steps:\n      - run: pg_dump \"$DATABASE_URL\" > dump-$(date +%F).sql\n      - run: aws s3 cp dump-*.sql s3://copies/\n        env:\n          DATABASE_URL: ${{{{ secrets.URL }}}}\n"
        )
    };
    let live = system(&[("compose.yaml", DB), (".github/workflows/backup.yml", &workflow(""))]);
    assert!(one(&live).schedule.is_some());
    assert_eq!(covered(&live, "db"), Covers::Yes);
    let own = system(&[
        ("compose.yaml", DB),
        (".github/workflows/backup.yml", &workflow("    services:\n      pg:\n        image: postgres:17\n")),
    ]);
    assert!(own.backups().is_empty(), "{:#?}", own.backups());
}

#[test]
fn a_volume_backup_covers_the_services_that_share_the_volume() {
    let compose = "services:\n  db:\n    image: postgres:17\n    volumes: [\"data:/var/lib/postgresql/data\"]\n  backup:\n    image: offen/docker-volume-backup:v2\n    volumes: [\"data:/backup/data:ro\"]\n    environment:\n      AWS_S3_BUCKET_NAME: copies\nvolumes:\n  data:\n";
    let system = system(&[("compose.yaml", compose)]);
    assert!(matches!(one(&system).destination, Destination::Remote(_)));
    assert_eq!(covered(&system, "db"), Covers::Yes);
}

#[test]
fn names_prove_nothing() {
    let system = system(&[
        ("compose.yaml", DB),
        ("scripts/backup.sh", "echo backup done; cp app.py app.py.bak\n"),
        ("scripts/schema.sh", "pg_dump --schema-only app > schema.sql\n"),
        ("db/feedback.sql", "-- feedBACK UPdate\nselect 1;\n"),
    ]);
    assert!(system.backups().is_empty(), "{:#?}", system.backups());
}
