use plimsoll_base::{FileId, Location};
use plimsoll_discover::Tree;
use plimsoll_syntax::{Strictness, shell_with};

use super::*;
use crate::infrastructure::{BackupPlan, Coverage, Destination};

fn done(text: &str) -> Work {
    let at = Location::whole(FileId(0));
    let told: Vec<Told> = shell_with(text, Strictness::PLAIN).into_iter().map(|command| Told { command, at }).collect();
    work(&told, &|name| if name == "RESTIC_REPOSITORY" { Given::Known("s3:https://s3.example.net/copies".into()) } else { Given::Absent })
}

#[test]
fn dumps_are_known_by_their_program_wherever_it_runs() {
    for (text, tool, host) in [
        ("pg_dump -h db app > app.sql", "pg_dump", Some("db")),
        ("docker compose exec -T db pg_dump -U app app", "pg_dump", Some("db")),
        ("docker exec shop_db sh -c 'mysqldump -u root shop > /x.sql'", "mysqldump", Some("shop_db")),
        ("kubectl exec db-0 -- pg_dumpall", "pg_dump", Some("db-0")),
        ("mongodump --uri=mongodb://u:p@mongo:27017/app --archive=x", "mongodump", Some("mongo")),
        ("sqlite3 /data/app.db \".backup '/b/app.db'\"", "sqlite3", None),
        ("restic backup /data", "restic", None),
        ("python manage.py dbbackup", "django-dbbackup", None),
        ("aws rds create-db-snapshot --db-instance-identifier main", "an RDS snapshot", None),
    ] {
        let found = done(text);
        let dump = found.dumps.first().unwrap_or_else(|| panic!("{text}"));
        assert_eq!((dump.tool, dump.host.as_deref()), (tool, host), "{text}");
    }
    for text in [
        "pg_dump --schema-only app > schema.sql",
        "pg_dump -h a app | psql -h b app",
        "mysqldump --no-data shop",
        "restic snapshots",
        "velero backup get",
        "echo pg_dump",
        "cp app.db app.db.bak",
    ] {
        assert!(done(text).dumps.is_empty(), "{text}");
    }
}

#[test]
fn where_copies_go_and_how_long_they_stay() {
    let remote = |text: &str| matches!(done(text).destination, Some(Destination::Remote(_)));
    assert!(remote("pg_dump app | aws s3 cp - s3://copies/app.sql"));
    assert!(remote("pg_dump app > a.sql; rclone copy a.sql remote:copies"));
    assert!(remote("pg_dump app > a.sql; scp a.sql host:/copies/"));
    assert!(remote("restic backup /data"), "by its variable");
    assert!(!remote("aws s3 cp s3://copies/a.sql a.sql; pg_dump app > b.sql"), "a download is no upload");
    assert!(!remote("restic -r /mnt/copies backup /data"));
    let keep = |text: &str| done(text).keep_days.and_then(|k| k.known().copied());
    assert_eq!(keep("D=${D:-14}\npg_dump app > a-$(date +%F).sql\nfind /b -mtime +\"$D\" -delete"), Some(14));
    assert_eq!(keep("restic backup /data; restic forget --keep-daily 7 --keep-monthly 6 --prune"), Some(180));
    assert_eq!(keep("pg_dump app > latest.sql"), Some(1), "overwritten by each run");
    assert_eq!(keep("pg_dump app > app-$(date +%F).sql"), None);
}

#[test]
fn restores_are_told_from_seeds() {
    for text in ["pg_restore -d app a.dump", "gunzip -c a.gz | psql app", "psql app < backup-2024.sql", "mongorestore --archive=a"] {
        assert_eq!(done(text).restores.len(), 1, "{text}");
    }
    for text in ["psql app -f schema.sql", "psql app < seed.sql", "cat init.sql | psql app", "git restore .", "pg_restore --list a.dump"] {
        assert!(done(text).restores.is_empty(), "{text}");
    }
}

#[test]
fn lines_of_crontabs_are_read() {
    assert_eq!(entry("0 3 * * 1-5 /b.sh"), Some(("0 3 * * 1-5".into(), "/b.sh".into())));
    assert_eq!(entry("@daily /b.sh"), Some(("@daily".into(), "/b.sh".into())));
    assert_eq!(entry("# 0 3 * * * /b.sh"), None);
    assert_eq!(entry("MAILTO=ops"), None);
    assert_eq!(entry("the quick brown fox jumps over"), None);
}

#[test]
fn images_are_known_by_the_end_of_their_name() {
    assert_eq!(backup_image("docker.io/offen/docker-volume-backup:v2").map(|i| i.tool), Some("docker-volume-backup"));
    assert_eq!(backup_image("ghcr.io/any/postgres-backup-s3@sha256:00").map(|i| i.tool), Some("postgres-backup-s3"));
    assert!(backup_image("myorg/backup").is_none());
}

fn plans(files: &[(&str, &str)]) -> Vec<BackupPlan> {
    let files = files.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect();
    let facts = crate::gather(&Tree::in_memory("case", files));
    let roots = facts.iac.into_iter().map(|r| r.infrastructure);
    roots.chain(facts.clusters.into_iter().map(|c| c.infrastructure)).flat_map(|i| i.backups).collect()
}

#[test]
fn plans_of_providers_name_what_they_cover() {
    let azure = "resource \"azurerm_linux_virtual_machine\" \"vm\" {\n  name = \"vm\"\n}\nresource \"azurerm_recovery_services_vault\" \"v\" {\n  name = \"v\"\n}\nresource \"azurerm_backup_policy_vm\" \"daily\" {\n  recovery_vault_name = azurerm_recovery_services_vault.v.name\n  backup {\n    frequency = \"Daily\"\n    time = \"23:00\"\n  }\n  retention_daily {\n    count = 10\n  }\n}\nresource \"azurerm_backup_protected_vm\" \"vm\" {\n  source_vm_id = azurerm_linux_virtual_machine.vm.id\n  backup_policy_id = azurerm_backup_policy_vm.daily.id\n}\n";
    let found = plans(&[("main.tf", azure)]);
    assert_eq!(found[0].covers, [Coverage::Store("azurerm_linux_virtual_machine.vm".into())]);
    assert_eq!(found[0].keep_days.as_ref().and_then(|k| k.known()), Some(&10));
    assert_eq!(found[0].copies.len(), 1, "a vault of this kind is geo-redundant by default");

    let google = "resource \"google_compute_disk\" \"data\" {\n  name = \"data\"\n}\nresource \"google_compute_resource_policy\" \"daily\" {\n  name = \"daily\"\n  snapshot_schedule_policy {\n    schedule {\n      daily_schedule {\n        days_in_cycle = 1\n        start_time = \"04:00\"\n      }\n    }\n    retention_policy {\n      max_retention_days = 10\n    }\n  }\n}\nresource \"google_compute_disk_resource_policy_attachment\" \"a\" {\n  name = google_compute_resource_policy.daily.name\n  disk = google_compute_disk.data.name\n}\n";
    let found = plans(&[("main.tf", google)]);
    assert_eq!(found[0].covers, [Coverage::Store("google_compute_disk.data".into())]);
    assert!(found[0].schedule.is_some());

    assert_eq!(plans(&[("main.tf", "resource \"hcloud_server\" \"web\" {\n  backups = true\n}\n")])[0].covers, [Coverage::Volumes]);
    assert!(plans(&[("main.tf", "resource \"hcloud_server\" \"web\" {\n  backups = false\n}\n")]).is_empty());
}

#[test]
fn a_suspended_job_does_not_run() {
    let job = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: dump}\nspec:\n  suspend: true\n  schedule: \"0 3 * * *\"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - name: dump\n              image: postgres:17\n              args: [\"/bin/sh\", \"-c\", \"pg_dump -h db app | aws s3 cp - s3://copies/a.sql\"]\n";
    let found = plans(&[("k8s/job.yaml", job)]);
    assert_eq!(found.len(), 1);
    assert!(found[0].runs.off());
    assert_eq!(found[0].covers[0], Coverage::Store("db".into()));
}
