//! Backup for GKE, snapshot schedules of disks, Backup and DR, schedules of Firestore and Spanner.

use plimsoll_base::Sourced;

use super::{covered, days, duration, schedule};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{BackupPlan, Coverage, Infrastructure, Property};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for plan in resources.of("google_gke_backup_backup_plan") {
        let mut told = BackupPlan::new(plan.address(), plan.at, "Backup for GKE");
        told.schedule = schedule(plan, &["backup_schedule", "cron_schedule"]);
        told.keep_days = days(plan.value.path(&["retention_policy", "backup_retain_days"]), "backup_retain_days");
        let paused = plan.flag(&["backup_schedule", "paused"], false);
        told.runs = Property { setting: inverted(&paused), at: paused.at, says: paused.says };
        let volumes = plan.flag(&["backup_config", "include_volume_data"], false);
        if volumes.on() {
            told.covers.push(Coverage::Volumes);
        }
        found.backups.push(told);
    }
    for policy in resources.of("google_compute_resource_policy") {
        found.backups.extend(snapshots(resources, policy));
    }
    for plan in resources.of("google_backup_dr_backup_plan") {
        let mut told = BackupPlan::new(plan.address(), plan.at, "Backup and DR");
        told.schedule = schedule(plan, &["backup_rules", "standard_schedule", "recurrence_type"]);
        told.keep_days = days(plan.value.path(&["backup_rules", "backup_retention_days"]), "backup_retention_days");
        for link in resources.of("google_backup_dr_backup_plan_association").filter(|a| resources.refers(a.value.get("backup_plan"), plan))
        {
            told.covers.extend(covered(resources, link.value.get("resource")));
        }
        found.backups.push(told);
    }
    for kind in ["google_firestore_backup_schedule", "google_spanner_backup_schedule"] {
        for plan in resources.of(kind) {
            let mut told =
                BackupPlan::new(plan.address(), plan.at, if kind.contains("spanner") { "Spanner backups" } else { "Firestore backups" });
            let says = ["daily_recurrence", "weekly_recurrence"].iter().find_map(|k| plan.value.field(k).map(|f| (*k, f.at)));
            told.schedule = schedule(plan, &["spec", "cron_spec", "text"])
                .or_else(|| says.map(|(k, at)| Property::stated(k.trim_end_matches("_recurrence").to_owned(), at, k)));
            told.keep_days = duration(plan.value.get("retention").or_else(|| plan.value.get("retention_duration")), "retention");
            let database = plan.value.get("database");
            told.covers = match database {
                Some(_) => covered(resources, database),
                None => vec![Coverage::Engine("firestore".to_owned())],
            };
            found.backups.push(told);
        }
    }
}

fn inverted(property: &Property<bool>) -> plimsoll_base::Setting<bool> {
    use plimsoll_base::Setting;
    match &property.setting {
        Setting::Stated(s) => Setting::Stated(Sourced::new(!s.value, s.at)),
        Setting::Defaulted(v) => Setting::Defaulted(!v),
        Setting::Unresolved(at) => Setting::Unresolved(*at),
    }
}

/// A schedule of snapshots covers the disks that it is attached to, here or in the disks themselves.
fn snapshots(resources: &Resources<'_>, policy: &Instance) -> Option<BackupPlan> {
    let snapshots = policy.value.path(&["snapshot_schedule_policy"])?;
    let mut told = BackupPlan::new(policy.address(), policy.at, "disk snapshots");
    let rule = snapshots
        .path(&["schedule"])
        .and_then(|s| ["daily_schedule", "hourly_schedule", "weekly_schedule"].iter().find_map(|k| Some((*k, s.path(&[k])?.at))));
    told.schedule = rule.map(|(name, at)| Property::stated(name.trim_end_matches("_schedule").to_owned(), at, name));
    told.keep_days = days(snapshots.path(&["retention_policy", "max_retention_days"]), "max_retention_days");
    if let Some(places) = snapshots.path(&["snapshot_properties", "storage_locations"]) {
        let text = places.texts().first().map(|t| t.value.clone()).unwrap_or_default();
        // A multi-region keeps snapshots outside the zone and region of the disk.
        if matches!(text.as_str(), "eu" | "us" | "asia") {
            told.copies.push(Sourced::new(format!("storage_locations = [\"{text}\"]"), places.at));
        }
    }
    let name = policy.value.get("name").and_then(Value::written).unwrap_or_default();
    for attached in resources.of("google_compute_disk_resource_policy_attachment") {
        let of = attached.value.get("name");
        if resources.refers(of, policy) || !name.is_empty() && of.and_then(Value::written) == Some(name) {
            told.covers.extend(covered(resources, attached.value.get("disk")));
        }
    }
    let disks = resources.of_any(&["google_compute_disk", "google_compute_instance"]);
    for disk in disks.filter(|d| resources.refers(d.value.get("resource_policies"), policy)) {
        told.covers.push(Coverage::Store(disk.address()));
    }
    Some(told)
}
