//! Recovery Services and Backup vaults: policies, and what is protected by them.

use plimsoll_base::Sourced;

use super::{covered, days, duration};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{BackupPlan, Infrastructure, Property};

/// A kind of policy, the kinds that put something under it, and the attributes that name what.
const POLICIES: &[(&str, &[&str], &[&str])] = &[
    ("azurerm_backup_policy_vm", &["azurerm_backup_protected_vm"], &["source_vm_id"]),
    ("azurerm_backup_policy_file_share", &["azurerm_backup_protected_file_share"], &["source_storage_account_id"]),
    ("azurerm_data_protection_backup_policy_postgresql", &["azurerm_data_protection_backup_instance_postgresql"], &["database_id"]),
    (
        "azurerm_data_protection_backup_policy_postgresql_flexible_server",
        &["azurerm_data_protection_backup_instance_postgresql_flexible_server"],
        &["server_id"],
    ),
    (
        "azurerm_data_protection_backup_policy_mysql_flexible_server",
        &["azurerm_data_protection_backup_instance_mysql_flexible_server"],
        &["server_id"],
    ),
    ("azurerm_data_protection_backup_policy_disk", &["azurerm_data_protection_backup_instance_disk"], &["disk_id"]),
    (
        "azurerm_data_protection_backup_policy_blob_storage",
        &["azurerm_data_protection_backup_instance_blob_storage"],
        &["storage_account_id"],
    ),
    (
        "azurerm_data_protection_backup_policy_kubernetes_cluster",
        &["azurerm_data_protection_backup_instance_kubernetes_cluster"],
        &["kubernetes_cluster_id"],
    ),
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for (kind, instances, attributes) in POLICIES {
        for policy in resources.of(kind) {
            let mut told = BackupPlan::new(policy.address(), policy.at, "Azure Backup");
            told.schedule = planned(policy);
            told.keep_days = kept(policy);
            for protected in instances.iter().flat_map(|k| resources.of(k)) {
                if resources.refers(protected.value.get("backup_policy_id"), policy) {
                    told.covers.extend(attributes.iter().flat_map(|a| covered(resources, protected.value.get(a))));
                }
            }
            if let Some(vault) = vault(resources, policy) {
                told.copies.extend(geo(vault));
                let locked = vault.word(&["immutability"]).filter(|i| i.known().is_some_and(|v| v != "Disabled"));
                told.locked = locked.map(|i| Sourced::new(i.says, i.at));
            }
            found.backups.push(told);
        }
    }
}

fn planned(policy: &Instance) -> Option<Property<String>> {
    if let Some(found) = policy.word(&["backup", "frequency"]) {
        return Some(found);
    }
    let intervals = policy.value.get("backup_repeating_time_intervals")?;
    Some(match intervals.texts().first() {
        Some(first) => Property::stated(first.value.clone(), first.at, format!("backup_repeating_time_intervals = [\"{}\"]", first.value)),
        None => Property::unresolved(intervals.at, "backup_repeating_time_intervals is decided elsewhere"),
    })
}

fn kept(policy: &Instance) -> Option<Property<u32>> {
    days(policy.value.path(&["retention_daily", "count"]), "retention_daily.count")
        .or_else(|| duration(policy.value.get("default_retention_duration"), "default_retention_duration"))
        .or_else(|| duration(policy.value.path(&["default_retention_rule", "life_cycle", "duration"]), "default_retention_rule"))
        .or_else(|| duration(policy.value.get("operational_default_retention_duration"), "operational_default_retention_duration"))
        .or_else(|| duration(policy.value.get("retention_duration"), "retention_duration"))
}

fn vault<'a>(resources: &Resources<'a>, policy: &Instance) -> Option<&'a Instance> {
    let names = [policy.value.get("recovery_vault_name"), policy.value.get("vault_id")];
    let kinds = ["azurerm_recovery_services_vault", "azurerm_data_protection_backup_vault"];
    kinds.iter().find_map(|k| names.iter().find_map(|n| resources.referred(*n, k).first().copied()))
}

/// A vault keeps its copies in the paired region too: by default in the older kind of vault, where it says so in the newer.
fn geo(vault: &Instance) -> Option<Sourced<String>> {
    let attribute = if vault.kind == "azurerm_recovery_services_vault" { "storage_mode_type" } else { "redundancy" };
    match vault.value.get(attribute).map(|v| (v.at, Value::text(v))) {
        Some((at, Some("GeoRedundant"))) => Some(Sourced::new(format!("{attribute} = \"GeoRedundant\""), at)),
        None if attribute == "storage_mode_type" => {
            Some(Sourced::new(format!("{attribute} is not set: GeoRedundant by default"), vault.at))
        }
        _ => None,
    }
}
