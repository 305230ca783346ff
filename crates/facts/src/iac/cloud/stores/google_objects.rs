//! Buckets, warehouses, file systems, disks, registries and messages of Google Cloud. Defaults as in [`super::google`].

use plimsoll_base::Sourced;

use super::google::google;
use super::{Instance, Resources, following, given, mentions, named, refers_within, satellites};
use crate::iac::cloud::entries::treatment::bucket_cors;
use crate::iac::value::{Value, each};
use crate::infrastructure::{Holds, Infrastructure, LifecycleRule, LifecycleSubject, Property, Store, StoreKind};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("google_storage_bucket") {
        found.stores.push(bucket(resources, i));
    }
    for i in resources.of("google_bigquery_dataset") {
        let mut s = google(i, StoreKind::Warehouse, "BigQuery");
        s.engine = given(i, "bigquery".into(), "BigQuery");
        s.own_key = named(i, &["default_encryption_configuration", "kms_key_name"]);
        let open = i.value.all("access").find(|a| ["special_group", "iam_member"].iter().any(|f| a.get(f).is_some_and(everyone)));
        s.public = open.map(|a| Property::stated(true, a.at, "access for everyone who has an account")).or_else(|| {
            granted(
                resources,
                i,
                &["google_bigquery_dataset_iam_member", "google_bigquery_dataset_iam_binding"],
                &["dataset_id"],
                &["dataset_id"],
            )
        });
        s.public = s.public.or_else(|| given(i, false, "no grant lets everyone in"));
        s.force_destroy = Some(i.flag(&["delete_contents_on_destroy"], false));
        // "Time travel … by default seven days".
        s.point_in_time = given(i, true, "BigQuery keeps former versions for seven days");
        s.backup_days = given(i, 7, "BigQuery keeps former versions for seven days");
        s.failover = given(i, true, "BigQuery keeps its data in several zones");
        if let Some(v) = i.value.get("default_table_expiration_ms") {
            let days = v.text().and_then(|t| t.parse::<u64>().ok()).map(|ms| u32::try_from(ms / 86_400_000).unwrap_or(u32::MAX));
            s.lifecycle.push(rule(v, "tables end".into(), LifecycleSubject::Expiry, days));
        }
        found.stores.push(s);
    }
    for i in resources.of("google_filestore_instance") {
        let mut s = google(i, StoreKind::Files, "Filestore");
        s.own_key = named(i, &["kms_key_name"]);
        s.public = given(i, false, "reachable within its network only");
        s.deletion_protection = Some(i.flag(&["deletion_protection_enabled"], false));
        s.failover = i.word(&["tier"]).map(|w| following(&w, |t| matches!(t.as_str(), "ENTERPRISE" | "REGIONAL")));
        s.size = i.word(&["tier"]);
        found.stores.push(s);
    }
    for i in resources.of_any(&["google_compute_disk", "google_compute_region_disk"]) {
        let mut s = google(i, StoreKind::Disk, "Persistent Disk");
        s.own_key = named(i, &["disk_encryption_key", "kms_key_self_link"]);
        let regional = i.kind == "google_compute_region_disk";
        s.failover = given(i, regional, if regional { "a regional disk stands in two zones" } else { "a disk stands in one zone" });
        s.size = i.word(&["size"]);
        found.stores.push(s);
    }
    for i in resources.of("google_artifact_registry_repository") {
        let mut s = google(i, StoreKind::Images, "Artifact Registry");
        s.holds = Holds::Artefacts;
        s.own_key = named(i, &["kms_key_name"]);
        let kinds = &["google_artifact_registry_repository_iam_member", "google_artifact_registry_repository_iam_binding"];
        s.public =
            granted(resources, i, kinds, &["repository"], &["repository_id"]).or_else(|| given(i, false, "no grant lets everyone in"));
        let dry = i.flag(&["cleanup_policy_dry_run"], false);
        for policy in i.value.all("cleanup_policies") {
            let id = policy.get("id").and_then(Value::written).unwrap_or("a policy");
            let mut r = rule(policy, format!("cleanup policy {id}"), LifecycleSubject::Expiry, None);
            r.active = following(&dry, |dry| !dry);
            s.lifecycle.push(r);
        }
        found.stores.push(s);
    }
    for i in resources.of("google_container_registry") {
        let mut s = google(i, StoreKind::Images, "Container Registry");
        s.holds = Holds::Artefacts;
        found.stores.push(s);
    }
    for i in resources.of("google_pubsub_topic") {
        let mut s = google(i, StoreKind::Messages, "Pub/Sub");
        s.engine = given(i, "pubsub".into(), "Pub/Sub");
        s.own_key = named(i, &["kms_key_name"]);
        let kinds = &["google_pubsub_topic_iam_member", "google_pubsub_topic_iam_binding"];
        s.public = granted(resources, i, kinds, &["topic"], &["name"]).or_else(|| given(i, false, "no grant lets everyone in"));
        s.failover = given(i, true, "Pub/Sub keeps every message in several zones");
        found.stores.push(s);
    }
}

fn rule(at: &Value, says: String, concerns: LifecycleSubject, days: Option<u32>) -> LifecycleRule {
    LifecycleRule { at: at.at, active: Property::stated(true, at.at, says.clone()), says, concerns, days }
}

/// Whether a member is everyone, with or without an account of Google's.
fn everyone(member: &Value) -> bool {
    matches!(member.text(), Some("allUsers" | "allAuthenticatedUsers"))
}

/// Whether grants beside a resource name everyone; none where no grant does.
fn granted(resources: &Resources<'_>, i: &Instance, kinds: &[&str], attributes: &[&str], names: &[&str]) -> Option<Property<bool>> {
    let grants = kinds.iter().flat_map(|kind| satellites(resources, kind, attributes, i, names));
    let open = grants.flat_map(|g| each(g.value.get("member")).iter().chain(each(g.value.get("members")))).find(|m| everyone(m))?;
    Some(Property::stated(true, open.at, format!("granted to {}", open.written().unwrap_or_default())))
}

fn bucket(resources: &Resources<'_>, i: &Instance) -> Store {
    let mut s = google(i, StoreKind::Objects, "Cloud Storage");
    s.own_key = named(i, &["encryption", "default_kms_key_name"]);
    s.public = Some(public(resources, i));
    s.versioned = Some(i.flag(&["versioning", "enabled"], false));
    s.force_destroy = Some(i.flag(&["force_destroy"], false));
    s.failover = given(i, true, "Cloud Storage keeps every object in several zones");
    if let (None, Some(lock)) = (&s.prevent_destroy, i.value.get("retention_policy")) {
        s.prevent_destroy = Some(Sourced::new("retention_policy".into(), lock.at));
    }
    for entry in i.value.all("lifecycle_rule") {
        let days: Option<u32> = entry.path(&["condition", "age"]).and_then(Value::text).and_then(|t| t.parse().ok());
        let condition = |name| entry.path(&["condition", name]).is_some();
        let former = condition("num_newer_versions")
            || condition("days_since_noncurrent_time")
            || entry.path(&["condition", "with_state"]).is_some_and(|v| v.is("ARCHIVED"));
        let (concerns, words) = match entry.path(&["action", "type"]).and_then(Value::text) {
            Some("AbortIncompleteMultipartUpload") => (LifecycleSubject::UnfinishedUploads, "unfinished uploads end"),
            Some("SetStorageClass") if !former => (LifecycleSubject::Transition, "objects move to cheaper storage"),
            Some("Delete") if !former => (LifecycleSubject::Expiry, "objects end"),
            _ => (LifecycleSubject::FormerVersions, "former versions end or move"),
        };
        let says = days.map_or_else(|| words.to_owned(), |d| format!("{words} after {d} days"));
        s.lifecycle.push(rule(entry, says, concerns, days));
    }
    for job in resources.of("google_storage_transfer_job").filter(|j| refers_within(resources, &j.value, i)) {
        let from = job.value.path(&["transfer_spec", "gcs_data_source"]).is_some_and(|v| refers_within(resources, v, i));
        if from {
            s.copies.push(Sourced::new("copied by a transfer job".into(), job.at));
        }
    }
    s.holds = holds(resources, i);
    s.cors.extend(i.value.all("cors").flat_map(|r| each(Some(r))).map(bucket_cors));
    s
}

fn public(resources: &Resources<'_>, i: &Instance) -> Property<bool> {
    if let Some(v) = i.value.get("public_access_prevention").filter(|v| v.is("enforced")) {
        return Property::stated(false, v.at, "public_access_prevention = \"enforced\"");
    }
    let kinds = &["google_storage_bucket_iam_member", "google_storage_bucket_iam_binding"];
    let grant = granted(resources, i, kinds, &["bucket"], &["name"]);
    let list = satellites(resources, "google_storage_bucket_acl", &["bucket"], i, &["name"]).into_iter().find_map(|a| {
        let predefined = a.value.get("predefined_acl").filter(|v| v.text().is_some_and(|t| t.starts_with("public")));
        predefined.or_else(|| each(a.value.get("role_entity")).iter().find(|v| mentions(v, &["allUsers", "allAuthenticatedUsers"])))
    });
    let entity = ["google_storage_bucket_access_control", "google_storage_default_object_access_control"].iter().find_map(|kind| {
        satellites(resources, kind, &["bucket"], i, &["name"]).into_iter().filter_map(|a| a.value.get("entity")).find(|v| everyone(v))
    });
    let opened = list.or(entity).map(|v| Property::stated(true, v.at, format!("an ACL names {}", v.written().unwrap_or("everyone"))));
    grant.or(opened).unwrap_or_else(|| Property::defaulted(false, i.at, "no grant and no ACL lets everyone in"))
}

fn holds(resources: &Resources<'_>, i: &Instance) -> Holds {
    let words = format!("{} {}", i.name, i.written(&["name"]).unwrap_or_default()).to_ascii_lowercase().replace('_', "-");
    if ["tfstate", "tf-state", "terraform-state", "tofu-state"].iter().any(|w| words.contains(w)) {
        return Holds::State;
    }
    let logged = resources.of("google_storage_bucket").any(|b| resources.refers(b.value.path(&["logging", "log_bucket"]), i))
        || ["google_logging_project_sink", "google_logging_organization_sink"]
            .iter()
            .any(|k| resources.of(k).any(|l| resources.refers(l.value.get("destination"), i)));
    if logged {
        return Holds::Logs;
    }
    let served = i.value.get("website").is_some()
        || resources.of("google_compute_backend_bucket").any(|b| resources.refers(b.value.get("bucket_name"), i));
    let uploads = i.value.all("cors").any(|c| mentions(c, &["PUT", "POST"]));
    let services = ["google_cloud_run_service", "google_cloud_run_v2_service", "google_cloudfunctions2_function"];
    let handed = || services.iter().any(|k| resources.of(k).any(|w| refers_within(resources, &w.value, i)));
    if served && !uploads && !handed() { Holds::Assets } else { Holds::Data }
}
