//! AWS Backup, lifecycle policies of disks, copies of automated backups, restore testing.

use plimsoll_base::Sourced;

use super::{covered, days};
use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{BackupPlan, Coverage, Infrastructure, Property, RestoreTest};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    found.backups.extend(resources.of("aws_backup_plan").map(|plan| self::plan(resources, plan)));
    found.backups.extend(resources.of("aws_dlm_lifecycle_policy").map(disks));
    for copy in resources.of("aws_db_instance_automated_backups_replication") {
        let says = format!("`{}` copies its automated backups to another region", copy.address());
        copied(resources, copy, "source_db_instance_arn", says, found);
    }
    for testing in resources.of("aws_backup_restore_testing_plan") {
        found.restore_tests.push(restore_test(resources, testing));
    }
}

/// Notes a copy at the store that a reference names.
fn copied(resources: &Resources<'_>, copy: &Instance, attribute: &str, says: String, found: &mut Infrastructure) {
    let source = copy.value.get(attribute);
    let stores = resources.all().iter().filter(|i| !i.data && resources.refers(source, i)).map(Instance::address);
    for address in stores {
        if let Some(store) = found.stores.iter_mut().find(|s| s.name == address)
            && !store.copies.iter().any(|c| c.at == copy.at)
        {
            store.copies.push(Sourced::new(says.clone(), copy.at));
        }
    }
}

fn plan(resources: &Resources<'_>, plan: &Instance) -> BackupPlan {
    let mut told = BackupPlan::new(plan.address(), plan.at, "AWS Backup");
    let mut keeps: Vec<Property<u32>> = Vec::new();
    let mut forever = false;
    for rule in plan.value.all("rule").flat_map(|r| each(Some(r))) {
        // A rule without a schedule runs once a day at 5 o'clock UTC.
        let schedule = match rule.get("schedule") {
            Some(v) => match v.text() {
                Some(text) => Property::stated(text.to_owned(), v.at, format!("schedule = \"{text}\"")),
                None => Property::unresolved(v.at, "schedule is decided elsewhere"),
            },
            None => Property::defaulted("daily".to_owned(), rule.at, "schedule is not set: daily by default"),
        };
        told.schedule.get_or_insert(schedule);
        match rule.path(&["lifecycle", "delete_after"]) {
            Some(value) => keeps.extend(days(Some(value), "delete_after")),
            None => forever = true,
        }
        if let Some(value) = rule.get("enable_continuous_backup") {
            let on = if value.is_true() {
                Property::stated(true, value.at, "enable_continuous_backup = true")
            } else if value.is_false() {
                Property::stated(false, value.at, "enable_continuous_backup = false")
            } else {
                Property::unresolved(value.at, "enable_continuous_backup is decided elsewhere")
            };
            if told.continuous.as_ref().is_none_or(|c| !c.on()) {
                told.continuous = Some(on);
            }
        }
        for copy in rule.all("copy_action").flat_map(|c| each(Some(c))) {
            let to = copy.get("destination_vault_arn").and_then(Value::written).unwrap_or("another vault");
            told.copies.push(Sourced::new(format!("copies to {to}"), copy.at));
        }
        let vault = rule.get("target_vault_name");
        let locks = resources.of("aws_backup_vault_lock_configuration");
        let locked = locks.into_iter().find(|lock| same_vault(resources, vault, lock.value.get("backup_vault_name")));
        if let Some(lock) = locked {
            told.locked = Some(Sourced::new(format!("`{}` locks the vault", lock.address()), lock.at));
        }
        for told_by in resources.of("aws_backup_vault_notifications") {
            if same_vault(resources, vault, told_by.value.get("backup_vault_name")) {
                told.failure_told = Some(Sourced::new(format!("`{}` tells a topic", told_by.address()), told_by.at));
            }
        }
    }
    told.keep_days = if forever { None } else { keeps.into_iter().max_by_key(|k| k.known().copied().unwrap_or(u32::MAX)) };
    for selection in resources.of("aws_backup_selection").filter(|s| resources.refers(s.value.get("plan_id"), plan)) {
        told.covers.extend(selected(resources, selection));
    }
    told
}

fn same_vault(resources: &Resources<'_>, a: Option<&Value>, b: Option<&Value>) -> bool {
    let vaults = resources.of("aws_backup_vault");
    let shared = vaults.into_iter().any(|v| resources.refers(a, v) && resources.refers(b, v));
    shared || matches!((a.and_then(Value::written), b.and_then(Value::written)), (Some(a), Some(b)) if a == b)
}

fn selected(resources: &Resources<'_>, selection: &Instance) -> Vec<Coverage> {
    let mut found = Vec::new();
    for coverage in covered(resources, selection.value.get("resources")) {
        found.push(match coverage {
            Coverage::Store(text) if text == "*" => Coverage::Everything,
            // `arn:aws:dynamodb:*:*:table/*` is every table.
            Coverage::Store(text) if text.starts_with("arn:") && text.contains('*') => {
                Coverage::Engine(text.split(':').nth(2).unwrap_or_default().to_owned())
            }
            other => other,
        });
    }
    for tag in selection.value.all("selection_tag").flat_map(|t| each(Some(t))) {
        found.push(match (tag.get("key").and_then(Value::text), tag.get("value").and_then(Value::text)) {
            (Some(key), Some(value)) => Coverage::Tag(key.to_owned(), value.to_owned()),
            _ => Coverage::Unresolved(tag.at),
        });
    }
    for condition in selection.value.all("condition").flat_map(|c| c.all("string_equals")).flat_map(|c| each(Some(c))) {
        found.push(match (condition.get("key").and_then(Value::text), condition.get("value").and_then(Value::text)) {
            (Some(key), Some(value)) => Coverage::Tag(key.trim_start_matches("aws:ResourceTag/").to_owned(), value.to_owned()),
            _ => Coverage::Unresolved(condition.at),
        });
    }
    found
}

/// A lifecycle policy of disks and machines selects by tag.
fn disks(policy: &Instance) -> BackupPlan {
    let mut told = BackupPlan::new(policy.address(), policy.at, "Data Lifecycle Manager");
    told.runs = match policy.word(&["state"]) {
        Some(state) => match state.known().map(String::as_str) {
            Some("ENABLED") => Property::stated(true, state.at, state.says),
            Some(_) => Property::stated(false, state.at, state.says),
            None => Property::unresolved(state.at, state.says),
        },
        None => told.runs,
    };
    let Some(details) = policy.value.path(&["policy_details"]) else { return told };
    let details = each(Some(details)).first().unwrap_or(details);
    for schedule in details.all("schedule").flat_map(|s| each(Some(s))) {
        let rule = schedule.path(&["create_rule"]).and_then(|r| r.path(&["cron_expression"]).or_else(|| r.path(&["interval"])));
        if let Some(rule) = rule {
            let says = format!("create_rule {}", rule.written().unwrap_or("decided elsewhere"));
            told.schedule = Some(match rule.text() {
                Some(text) => Property::stated(text.to_owned(), rule.at, says),
                None => Property::unresolved(rule.at, says),
            });
        }
        told.keep_days =
            days(schedule.path(&["retain_rule", "count"]).or_else(|| schedule.path(&["retain_rule", "interval"])), "retain_rule");
        for copy in schedule.all("cross_region_copy_rule") {
            told.copies.push(Sourced::new("cross_region_copy_rule".to_owned(), copy.at));
        }
    }
    let tags = details.get("target_tags").map(Value::fields).unwrap_or_default();
    told.covers = tags
        .iter()
        .map(|f| match f.value.text() {
            Some(value) => Coverage::Tag(f.name.clone(), value.to_owned()),
            None => Coverage::Unresolved(f.at),
        })
        .collect();
    told
}

fn restore_test(resources: &Resources<'_>, testing: &Instance) -> RestoreTest {
    let name = testing.value.get("name").and_then(Value::written).unwrap_or_default();
    let mut covers = Vec::new();
    for selection in resources.of("aws_backup_restore_testing_selection") {
        let of = selection.value.get("restore_testing_plan_name");
        if !resources.refers(of, testing) && of.and_then(Value::written) != Some(name) {
            continue;
        }
        let named = covered(resources, selection.value.get("protected_resource_arns"));
        let kind = selection.value.get("protected_resource_type").and_then(Value::text).unwrap_or_default().to_ascii_lowercase();
        let any = named.is_empty() || named.contains(&Coverage::Store("*".to_owned()));
        covers.extend(if any { vec![Coverage::Engine(kind)] } else { named });
    }
    RestoreTest {
        at: testing.at,
        says: format!("`{}` restores recovery points on a schedule", testing.address()),
        schedule: super::schedule(testing, &["schedule_expression"]),
        asserts: true,
        covers,
    }
}
