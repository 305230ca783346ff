//! Rights in Google Cloud: members of roles on projects and on single resources; keys of service accounts.

use plimsoll_base::Sourced;

use super::super::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Breadth, Grant, Holder, Infrastructure};

/// Workloads, with the paths to the accounts that they run with.
const RUNS_WITH: &[(&str, &[&str])] = &[
    ("google_cloud_run_service", &["template", "spec", "service_account_name"]),
    ("google_cloud_run_v2_service", &["template", "service_account"]),
    ("google_cloud_run_v2_job", &["template", "template", "service_account"]),
    ("google_cloudfunctions_function", &["service_account_email"]),
    ("google_cloudfunctions2_function", &["service_config", "service_account_email"]),
    ("google_compute_instance", &["service_account", "email"]),
    ("google_compute_instance_template", &["service_account", "email"]),
    ("google_app_engine_standard_app_version", &["service_account"]),
];
/// Roles on a project that open data of a service everywhere in it.
const WIDE_ON_A_PROJECT: &[&str] = &[
    "roles/viewer",
    "roles/secretmanager.secretAccessor",
    "roles/storage.objectAdmin",
    "roles/storage.objectUser",
    "roles/storage.objectViewer",
    "roles/storage.objectCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/bigquery.dataEditor",
    "roles/bigquery.dataOwner",
    "roles/bigquery.dataViewer",
    "roles/datastore.owner",
    "roles/pubsub.editor",
    "roles/container.developer",
    "roles/cloudsql.editor",
    "roles/run.developer",
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for instance in resources.all().iter().filter(|i| !i.data && i.kind.starts_with("google_") && i.kind.contains("_iam_")) {
        let binds = ["_iam_member", "_iam_binding"].iter().any(|s| instance.kind.ends_with(s));
        if !binds {
            continue;
        }
        let members: Vec<&Value> = each(instance.value.get("member")).iter().chain(each(instance.value.get("members"))).collect();
        let roles = each(instance.value.get("role"));
        for role in roles {
            for member in &members {
                found.grants.extend(granted(resources, instance, role, member));
            }
        }
    }
    for key in resources.of("google_service_account_key") {
        let account = key.value.get("service_account_id");
        let holder = resources.referred(account, "google_service_account").first().map_or_else(|| key.address(), |a| a.address());
        found.grants.push(Grant {
            at: key.at,
            holder,
            used_by: Holder::StaticKey,
            workloads: Vec::new(),
            actions: Vec::new(),
            resources: Vec::new(),
            breadth: Breadth::Unresolved,
            says: "a service account key that never ends".into(),
        });
    }
    unnamed(resources, found);
}

fn granted(resources: &Resources<'_>, instance: &Instance, role: &Value, member: &Value) -> Option<Grant> {
    let who = member.written()?;
    // Who may call a service is its exposure, and no right of a workload.
    if who.contains("allUsers") || who.contains("allAuthenticatedUsers") {
        return None;
    }
    let account = resources.referred(Some(member), "google_service_account").into_iter().next();
    let workloads = account.map(|a| running(resources, a)).unwrap_or_default();
    let used_by = match account {
        _ if who.starts_with("user:") || who.starts_with("group:") || who.starts_with("domain:") => Holder::Person,
        Some(a) if federated(resources, a) && workloads.is_empty() => Holder::Pipeline,
        _ if who.contains("gcp-sa-") || who.contains("@cloudbuild.") || who.contains("@cloudservices.") => Holder::Other,
        _ => Holder::Workload,
    };
    let name = role.written().unwrap_or("decided elsewhere").to_owned();
    let scope = instance.kind.trim_start_matches("google_").split("_iam_").next().unwrap_or_default();
    let project = matches!(scope, "project" | "organization" | "folder");
    Some(Grant {
        at: if role.at.span.is_some() { role.at } else { instance.at },
        holder: account.map_or_else(|| who.trim_start_matches("serviceAccount:").to_owned(), |a| a.address()),
        used_by,
        workloads,
        actions: vec![Sourced::new(name.clone(), role.at)],
        resources: vec![Sourced::new(scope.to_owned(), instance.at)],
        breadth: if instance.certain { breadth(resources, role, project) } else { Breadth::Unresolved },
        says: format!("{name} on {}", if project { format!("the whole {scope}") } else { format!("one {}", scope.replace('_', " ")) }),
    })
}

/// How wide a role is on a project or on one resource.
fn breadth(resources: &Resources<'_>, role: &Value, project: bool) -> Breadth {
    let custom = resources.referred(Some(role), "google_project_iam_custom_role");
    let Some(name) = role.text() else { return if custom.is_empty() { Breadth::Unresolved } else { Breadth::Scoped } };
    match name {
        "roles/owner" | "roles/editor" if project => Breadth::Everything,
        "roles/resourcemanager.projectIamAdmin" | "roles/iam.securityAdmin" if project => Breadth::Everything,
        "roles/owner" | "roles/editor" => Breadth::WholeService,
        // Firestore knows no narrower place to bind the role of its exports to.
        "roles/datastore.importExportAdmin" => Breadth::Scoped,
        _ if project && (name.to_ascii_lowercase().ends_with("admin") || WIDE_ON_A_PROJECT.contains(&name)) => Breadth::WholeService,
        _ => Breadth::Scoped,
    }
}

fn running(resources: &Resources<'_>, account: &Instance) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (kind, path) in RUNS_WITH {
        for workload in resources.of(kind) {
            if resources.refers(workload.value.path(path), account) && !found.contains(&workload.title()) {
                found.push(workload.title());
            }
        }
    }
    found
}

/// Whether a pool of identities from outside, a pipeline's, takes the account on.
fn federated(resources: &Resources<'_>, account: &Instance) -> bool {
    resources.of("google_service_account_iam_member").chain(resources.of("google_service_account_iam_binding")).any(|m| {
        let principal = each(m.value.get("member")).iter().chain(each(m.value.get("members"))).filter_map(Value::written);
        resources.refers(m.value.get("service_account_id"), account)
            && principal.into_iter().any(|p| p.contains("workloadIdentityPools") || p.contains("workload_identity_pool"))
    })
}

/// Workloads without an account of their own run with the project's default one, which other workloads share.
fn unnamed(resources: &Resources<'_>, found: &mut Infrastructure) {
    if found.grants.is_empty() && resources.of("google_service_account").next().is_none() {
        return;
    }
    for (kind, path) in RUNS_WITH.iter().filter(|(kind, _)| !kind.ends_with("_template") && *kind != "google_compute_instance") {
        for workload in resources.of(kind).filter(|w| w.value.path(path).is_none()) {
            found.grants.push(Grant {
                at: workload.at,
                holder: "the default service account".into(),
                used_by: Holder::Workload,
                workloads: vec![workload.title()],
                actions: Vec::new(),
                resources: Vec::new(),
                breadth: Breadth::Shared,
                says: "runs with the project's default service account".into(),
            });
        }
    }
}
