//! A resource of Azure's resource manager as the resources of Terraform that say the same.

use super::azure_kinds::{KINDS, holder};
use super::rewrite::{map, moved, push, snaked, taken};
use super::{Place, instance};
use crate::iac::cloud::Instance;
use crate::iac::value::{Field, Shape, Value};

/// Properties whose contents have free names.
const VERBATIM: &[&str] = &["tags", "appSettings", "notifications", "labels"];
/// Properties that Azure switches with a word and Terraform with true and false.
const SWITCHES: &[&str] = &["public_network_access_enabled", "geo_redundant_backup_enabled", "enabled", "https_redirect_enabled"];

/// What Terraform calls a kind; `word` is the resource's own `kind`.
pub(crate) fn kind(kind: &str, word: Option<&str>) -> Option<&'static str> {
    let (_, to, _) = row(kind)?;
    let has = |part: &str| word.is_some_and(|w| w.to_ascii_lowercase().contains(part));
    Some(match *to {
        "azurerm_linux_web_app" if has("functionapp") && has("linux") => "azurerm_linux_function_app",
        "azurerm_linux_web_app" if has("functionapp") => "azurerm_windows_function_app",
        "azurerm_linux_web_app" if word.is_some() && !has("linux") => "azurerm_windows_web_app",
        to => to,
    })
}

fn row(kind: &str) -> Option<&'static super::Kind> {
    KINDS.iter().find(|(from, _, _)| from.eq_ignore_ascii_case(kind))
}

/// The resources of Terraform that say what a resource of Azure says; none where the kind has no counterpart. `parent` is a reference to
/// the one that it stands in.
pub(crate) fn translated(from: &str, place: Place<'_>, body: Value, parent: Option<Value>) -> Vec<Instance> {
    let word = body.get("kind").and_then(Value::written).map(str::to_owned);
    let (Some(to), Some((_, _, moves))) = (kind(from, word.as_deref()), row(from)) else { return Vec::new() };
    let mut value = snaked(hoisted(body), VERBATIM);
    moved(&mut value, moves);
    if let Shape::Map(fields) = &mut value.shape {
        fields.iter_mut().filter(|f| SWITCHES.contains(&f.name.as_str())).for_each(|f| switched(&mut f.value));
    }
    if let Some(parent) = parent {
        value.set(holder(to), parent);
    }
    let mut found = Vec::new();
    match to {
        "azurerm_storage_account" => storage(&mut value, place),
        "azurerm_container_app" => containers(&mut value),
        "azurerm_virtual_network" => network(&mut value, place, &mut found),
        "azurerm_subnet" => attached(&mut value, place, &mut found),
        "azurerm_linux_web_app" | "azurerm_windows_web_app" | "azurerm_linux_function_app" | "azurerm_windows_function_app" => {
            settings(&mut value)
        }
        "azurerm_mysql_flexible_server" | "azurerm_postgresql_flexible_server"
            if value.path(&["high_availability", "mode"]).is_some_and(|m| m.is("Disabled")) =>
        {
            taken(&mut value, &["high_availability"]);
        }
        "azurerm_consumption_budget_resource_group" => budget(&mut value),
        _ => {}
    }
    found.insert(0, instance(to, place, value));
    found
}

/// What stands under `properties` stands in the resource itself, at every level.
fn hoisted(value: Value) -> Value {
    let Value { shape, at } = value;
    let shape = match shape {
        Shape::List(items) => Shape::List(items.into_iter().map(hoisted).collect()),
        Shape::Map(fields) => {
            let mut out = Vec::with_capacity(fields.len());
            for field in fields {
                if VERBATIM.contains(&field.name.as_str()) && field.name != "appSettings" {
                    out.push(field);
                    continue;
                }
                let value = hoisted(field.value);
                match value.shape {
                    Shape::Map(inner) if field.name == "properties" => out.extend(inner),
                    shape => out.push(Field { value: Value::new(shape, value.at), ..field }),
                }
            }
            Shape::Map(out)
        }
        shape => shape,
    };
    Value::new(shape, at)
}

/// `Enabled` and `Disabled` as true and false.
fn switched(value: &mut Value) {
    if value.is("Enabled") {
        value.shape = Shape::Text("true".into());
    } else if value.is("Disabled") {
        value.shape = Shape::Text("false".into());
    }
}

/// A list of names and values as a map.
fn named(list: &Value) -> Value {
    let mut fields = Vec::new();
    for item in list.items() {
        if let Some(name) = item.get("name").and_then(Value::written) {
            let value = item.get("value").cloned().unwrap_or_else(|| Value::unknown(format!("${{{name}}}"), item.at));
            fields.push((name, value));
        }
    }
    map(list.at, fields)
}

fn settings(value: &mut Value) {
    let listed = value.get("app_settings").filter(|s| matches!(s.shape, Shape::List(_))).map(named);
    if let Some(listed) = listed {
        value.set("app_settings", listed);
    }
}

fn storage(value: &mut Value, place: Place<'_>) {
    let sku = value.path(&["sku", "name"]).cloned();
    if let Some(sku) = sku {
        match sku.text().and_then(|t| t.split_once('_')) {
            Some((tier, replication)) => {
                value.set("account_tier", Value::text_at(tier, sku.at));
                value.set("account_replication_type", Value::text_at(replication, sku.at));
            }
            None => value.set("account_replication_type", sku),
        }
    }
    if value.get("allow_nested_items_to_be_public").is_none() {
        // Azure's own default; Terraform's is true.
        value.set("allow_nested_items_to_be_public", Value::text_at("false", place.at));
    }
}

/// Probes stand in a list of their own, each with its type.
fn containers(value: &mut Value) {
    let Some(Shape::Map(fields)) = value.get_mut("template").map(|t| &mut t.shape) else { return };
    for container in fields.iter_mut().filter(|f| f.name == "container") {
        for Field { at, value: mut probe, .. } in taken(&mut container.value, &["probes"]) {
            let name = match probe.get("type").and_then(Value::text) {
                Some("Liveness") => "liveness_probe",
                Some("Readiness") => "readiness_probe",
                Some("Startup") => "startup_probe",
                _ => continue,
            };
            if probe.get("http_get").is_none() && probe.get("tcp_socket").is_some() {
                push(&mut probe, "transport", Value::text_at("TCP", at));
            }
            push(&mut container.value, name, probe);
        }
    }
}

/// Subnets that are written into their network.
fn network(value: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    for Field { at, value: mut subnet, .. } in taken(value, &["subnet"]) {
        let own = subnet.get("name").and_then(Value::text).unwrap_or("subnet").to_owned();
        let name = format!("{}-{own}", place.name);
        let here = Place { name: &name, at, ..place };
        subnet.set("virtual_network_name", super::reference(place.module, "azurerm_virtual_network", place.name, "name", at));
        attached(&mut subnet, here, found);
        found.push(instance("azurerm_subnet", here, subnet));
    }
}

/// A subnet's security group.
fn attached(subnet: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    if let Some(group) = subnet.path(&["network_security_group", "id"]).cloned() {
        let own = super::reference(place.module, "azurerm_subnet", place.name, "id", group.at);
        let fields = vec![("subnet_id", own), ("network_security_group_id", group)];
        found.push(instance("azurerm_subnet_network_security_group_association", place, map(place.at, fields)));
    }
}

/// Notifications of a budget are a map by name.
fn budget(value: &mut Value) {
    for Field { value: notifications, .. } in taken(value, &["notifications"]) {
        for field in notifications.fields() {
            push(value, "notification", snaked(field.value.clone(), &[]));
        }
    }
}

/// Lays a resource that only configures its parent into it; false where the kind is none of those.
pub(crate) fn merged(from: &str, name: &str, body: &Value, parent: &mut Value) -> bool {
    let body = hoisted(body.clone());
    match from.to_ascii_lowercase().as_str() {
        "microsoft.web/sites/config" if name.eq_ignore_ascii_case("appsettings") => {
            let mut settings = parent.get("app_settings").cloned().unwrap_or_else(|| map(body.at, Vec::new()));
            for field in body.fields().iter().filter(|f| !matches!(f.name.as_str(), "name" | "parent" | "kind" | "dependsOn")) {
                settings.set(&field.name, field.value.clone());
            }
            parent.set("app_settings", settings);
        }
        "microsoft.web/sites/config" if name.eq_ignore_ascii_case("web") => {
            let mut site = parent.get("site_config").cloned().unwrap_or_else(|| map(body.at, Vec::new()));
            for field in snaked(body, VERBATIM).fields() {
                let name = if field.name == "min_tls_version" { "minimum_tls_version" } else { &field.name };
                site.set(name, field.value.clone());
            }
            parent.set("site_config", site);
        }
        "microsoft.storage/storageaccounts/blobservices" => {
            let mut value = snaked(body, VERBATIM);
            moved(&mut value, &[("is_versioning_enabled", "versioning_enabled")]);
            for policy in ["delete_retention_policy", "container_delete_retention_policy"] {
                // Terraform has no switch: without the block there is none.
                if value.path(&[policy, "enabled"]).is_some_and(Value::is_false) {
                    taken(&mut value, &[policy]);
                }
            }
            parent.set("blob_properties", value);
        }
        "microsoft.sql/servers/databases/backupshorttermretentionpolicies" => {
            parent.set("short_term_retention_policy", snaked(body, VERBATIM))
        }
        "microsoft.sql/servers/databases/backuplongtermretentionpolicies" => {
            parent.set("long_term_retention_policy", snaked(body, VERBATIM))
        }
        _ => return false,
    }
    true
}
