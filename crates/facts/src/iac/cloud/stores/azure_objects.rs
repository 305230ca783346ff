//! Storage accounts, disks, registries and messages of Microsoft Azure. Defaults as in [`super::azure`].

use plimsoll_base::Sourced;

use super::azure::azure;
use super::{Instance, Resources, flag, following, given, number, refers_within, satellites};
use crate::iac::value::Value;
use crate::infrastructure::{Holds, Infrastructure, LifecycleRule, LifecycleSubject, Property, Store, StoreKind};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("azurerm_storage_account") {
        found.stores.push(account(resources, i));
    }
    for i in resources.of("azurerm_managed_disk") {
        let mut s = azure(resources, i, StoreKind::Disk, "Managed Disk");
        s.own_key = super::named(i, &["disk_encryption_set_id"]);
        let zoned = i.word(&["storage_account_type"]).map(|w| following(&w, |t| t.ends_with("_ZRS")));
        s.failover = zoned.or_else(|| given(i, false, "a disk stands in one zone"));
        s.size = i.word(&["disk_size_gb"]);
        found.stores.push(s);
    }
    for (kind, product, engine) in
        [("azurerm_servicebus_namespace", "Service Bus", "servicebus"), ("azurerm_eventhub_namespace", "Event Hubs", "eventhubs")]
    {
        for i in resources.of(kind) {
            let mut s = azure(resources, i, StoreKind::Messages, product);
            s.engine = given(i, engine.to_owned(), product);
            s.size = i.word(&["sku"]);
            found.stores.push(s);
        }
    }
    for i in resources.of("azurerm_container_registry") {
        let mut s = azure(resources, i, StoreKind::Images, "Container Registry");
        s.holds = Holds::Artefacts;
        s.public = Some(i.flag(&["anonymous_pull_enabled"], false));
        if let Some(days) = number(i, &["retention_policy_in_days"]).or_else(|| number(i, &["retention_policy", "days"])) {
            let says = "untagged images end".to_owned();
            let active = flag(i, &["retention_policy", "enabled"]).unwrap_or_else(|| Property::stated(true, days.at, says.clone()));
            s.lifecycle.push(LifecycleRule { at: days.at, says, active, concerns: LifecycleSubject::Expiry, days: days.known().copied() });
        }
        s.size = i.word(&["sku"]);
        found.stores.push(s);
    }
}

fn account(resources: &Resources<'_>, i: &Instance) -> Store {
    let mut s = azure(resources, i, StoreKind::Objects, "Storage account");
    let containers = satellites(resources, "azurerm_storage_container", &["storage_account_name", "storage_account_id"], i, &["name"]);
    // "container_access_type … defaults to private"; an account may forbid what its containers ask for.
    let forbidden = ["allow_nested_items_to_be_public", "allow_blob_public_access", "public_network_access_enabled"]
        .iter()
        .find_map(|a| i.value.get(a))
        .filter(|v| v.is_false());
    let open =
        containers.iter().find_map(|c| c.value.get("container_access_type").filter(|v| matches!(v.text(), Some("blob" | "container"))));
    s.public = Some(match (open, forbidden) {
        (Some(_), Some(v)) => Property::stated(false, v.at, "the account forbids anonymous access"),
        (Some(v), None) => Property::stated(true, v.at, format!("container_access_type = \"{}\"", v.text().unwrap_or_default())),
        (None, Some(v)) => Property::stated(false, v.at, "the account forbids anonymous access"),
        (None, None) => Property::defaulted(false, i.at, "no container is open to anonymous reading"),
    });
    s.versioned = Some(i.flag(&["blob_properties", "versioning_enabled"], false));
    s.point_in_time = i.value.path(&["blob_properties", "restore_policy"]).map(|v| Property::stated(true, v.at, "restore_policy"));
    let replication = i.word(&["account_replication_type"]);
    if let Some(word) = &replication {
        s.failover = Some(following(word, |t| t.contains("ZRS")));
        if word.known().is_some_and(|t| t.contains('G')) {
            // What is deleted in one region is deleted in the other.
            s.mirrored.push(Sourced::new(word.says.clone(), word.at));
        }
    }
    for policy in satellites(resources, "azurerm_storage_management_policy", &["storage_account_id"], i, &[]) {
        for rule in policy.value.all("rule") {
            lifecycle(rule, &mut s.lifecycle);
        }
    }
    if let (None, Some(policy)) = (&s.prevent_destroy, i.value.get("immutability_policy")) {
        s.prevent_destroy = Some(Sourced::new("immutability_policy".into(), policy.at));
    }
    s.size = i.word(&["account_tier"]);
    s.holds = holds(resources, i, &containers);
    s
}

fn lifecycle(rule: &Value, found: &mut Vec<LifecycleRule>) {
    let active = match rule.get("enabled") {
        Some(v) if v.is_true() => Property::stated(true, v.at, "enabled = true"),
        Some(v) if v.is_false() => Property::stated(false, v.at, "enabled = false"),
        other => Property::unresolved(other.map_or(rule.at, |v| v.at), "whether the rule is enabled is decided elsewhere"),
    };
    for (part, former) in [("base_blob", false), ("snapshot", true), ("version", true)] {
        for field in rule.path(&["actions", part]).map(Value::fields).unwrap_or_default() {
            let ends = field.name.starts_with("delete") || field.name.contains("_delete_");
            let concerns = match (former, ends) {
                (true, _) => LifecycleSubject::FormerVersions,
                (false, true) => LifecycleSubject::Expiry,
                (false, false) => LifecycleSubject::Transition,
            };
            let days: Option<u32> = field.value.text().and_then(|t| t.parse().ok());
            let says = format!("{part}.{} = {}", field.name, field.value.written().unwrap_or("?"));
            found.push(LifecycleRule { at: field.at, says, active: active.clone(), concerns, days });
        }
    }
}

fn holds(resources: &Resources<'_>, i: &Instance, containers: &[&Instance]) -> Holds {
    let named = |c: &&Instance| c.written(&["name"]).unwrap_or_default().to_ascii_lowercase();
    if containers.len() == 1 && containers.iter().any(|c| ["tfstate", "terraform-state", "tf-state"].iter().any(|w| named(c).contains(w))) {
        return Holds::State;
    }
    let functions = ["azurerm_linux_function_app", "azurerm_windows_function_app", "azurerm_function_app"];
    let runtime = functions.iter().any(|k| resources.of(k).any(|f| resources.refers(f.value.get("storage_account_name"), i)));
    if runtime && containers.is_empty() {
        // What a function host keeps for itself.
        return Holds::Derived;
    }
    let logged = resources.of("azurerm_monitor_diagnostic_setting").any(|d| resources.refers(d.value.get("storage_account_id"), i));
    if logged && containers.is_empty() {
        return Holds::Logs;
    }
    let site = i.value.get("static_website").is_some()
        || !satellites(resources, "azurerm_storage_account_static_website", &["storage_account_id"], i, &[]).is_empty();
    let edges = ["azurerm_cdn_endpoint", "azurerm_cdn_frontdoor_origin"];
    let served = site || edges.iter().any(|k| resources.of(k).any(|e| refers_within(resources, &e.value, i)));
    if served && containers.iter().all(|c| named(c) == "$web") { Holds::Assets } else { Holds::Data }
}
