//! Atlas, and machines of smaller providers whose disks are backed up as a whole.

use plimsoll_base::Sourced;

use super::covered;
use crate::iac::cloud::Resources;
use crate::iac::value::Value;
use crate::infrastructure::{BackupPlan, Coverage, Infrastructure, Property};

/// A kind of machine, the switch for backups, its value, how often and for how many days they are kept.
const MACHINES: &[(&str, &str, &str, &str, u32)] = &[
    // Weekly, kept for four weeks.
    ("digitalocean_droplet", "backups", "true", "weekly", 28),
    // Daily, seven slots.
    ("hcloud_server", "backups", "true", "daily", 7),
    ("linode_instance", "backups_enabled", "true", "daily", 14),
    ("vultr_instance", "backups", "enabled", "by its plan", 7),
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for (kind, attribute, on, often, keep) in MACHINES {
        for machine in resources.of(kind) {
            let Some(value) = machine.value.get(attribute) else { continue };
            if value.is_false() || value.is("disabled") {
                continue;
            }
            let mut told = BackupPlan::new(machine.address(), machine.at, "the machine's backups");
            let says = format!("{attribute} = {}", value.written().unwrap_or_default());
            told.runs = if value.is(on) { Property::stated(true, value.at, says) } else { Property::unresolved(value.at, says) };
            told.schedule = Some(Property::defaulted((*often).to_owned(), value.at, format!("the provider makes them {often}")));
            told.keep_days = Some(Property::defaulted(*keep, value.at, format!("the provider keeps them for {keep} days")));
            told.covers = vec![Coverage::Volumes];
            found.backups.push(told);
        }
    }
    for plan in resources.of("mongodbatlas_cloud_backup_schedule") {
        let mut told = BackupPlan::new(plan.address(), plan.at, "Atlas Cloud Backup");
        let items = ["policy_item_hourly", "policy_item_daily", "policy_item_weekly", "policy_item_monthly"];
        let first = items.iter().find_map(|k| plan.value.field(k).map(|f| (*k, f.at)));
        told.schedule = first.map(|(k, at)| Property::stated(k.trim_start_matches("policy_item_").to_owned(), at, k));
        told.keep_days = items.iter().filter_map(|k| kept(plan.value.path(&[k])?)).max_by_key(|k| k.known().copied().unwrap_or(u32::MAX));
        told.copies = plan.value.all("copy_settings").map(|c| Sourced::new("copy_settings".to_owned(), c.at)).collect();
        told.covers = covered(resources, plan.value.get("cluster_name"));
        found.backups.push(told);
    }
}

/// `retention_unit` and `retention_value` of a rule.
fn kept(item: &Value) -> Option<Property<u32>> {
    let value = item.path(&["retention_value"])?;
    let unit = item.path(&["retention_unit"]).and_then(Value::text).unwrap_or("days");
    let times = match unit {
        "weeks" => 7,
        "months" => 30,
        "years" => 365,
        _ => 1,
    };
    Some(match value.text().and_then(|t| t.trim().parse::<u32>().ok()) {
        Some(n) => Property::stated(n.saturating_mul(times), value.at, format!("kept for {n} {unit}")),
        None => Property::unresolved(value.at, "retention_value is decided elsewhere"),
    })
}
