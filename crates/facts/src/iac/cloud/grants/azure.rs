//! Rights in Azure: role assignments, by role and by how much lies below their scope.

use plimsoll_base::Sourced;

use super::super::{Instance, Resources};
use crate::iac::value::Value;
use crate::infrastructure::{Breadth, Grant, Holder, Infrastructure};

/// Kinds that run workloads and carry identities of their own.
const WORKLOADS: &[&str] = &[
    "azurerm_container_app",
    "azurerm_linux_web_app",
    "azurerm_windows_web_app",
    "azurerm_app_service",
    "azurerm_linux_function_app",
    "azurerm_windows_function_app",
    "azurerm_linux_virtual_machine",
    "azurerm_container_group",
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for assignment in resources.of("azurerm_role_assignment") {
        let role = assignment.value.get("role_definition_name").or_else(|| assignment.value.get("role_definition_id"));
        let name = role.and_then(Value::written).unwrap_or("decided elsewhere").to_owned();
        let scope = assignment.value.get("scope");
        let width = Width::of(scope);
        let (holder, used_by, workloads) = holder(resources, assignment);
        found.grants.push(Grant {
            at: role.map_or(assignment.at, |r| r.at),
            holder,
            used_by,
            workloads,
            actions: vec![Sourced::new(name.clone(), assignment.at)],
            resources: scope.and_then(|s| s.written().map(|t| Sourced::new(t.to_owned(), s.at))).into_iter().collect(),
            breadth: if assignment.certain { breadth(role, width) } else { Breadth::Unresolved },
            says: format!("{name} on {}", width.words()),
        });
    }
}

/// How much lies below a scope.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    Subscription,
    Group,
    Resource,
    Undecided,
}

impl Width {
    fn of(scope: Option<&Value>) -> Self {
        let Some(text) = scope.and_then(Value::written) else { return Width::Undecided };
        if text.contains("azurerm_subscription") || text.contains("azurerm_management_group") {
            Width::Subscription
        } else if text.contains("azurerm_resource_group") {
            Width::Group
        } else if text.contains("azurerm_") || text.contains("/providers/") {
            Width::Resource
        } else if text.contains("/resourceGroups/") {
            Width::Group
        } else if text.starts_with("/subscriptions/") {
            Width::Subscription
        } else {
            Width::Undecided
        }
    }
    fn words(self) -> &'static str {
        match self {
            Width::Subscription => "the whole subscription",
            Width::Group => "the whole resource group",
            Width::Resource => "one resource",
            Width::Undecided => "a scope decided elsewhere",
        }
    }
}

fn breadth(role: Option<&Value>, width: Width) -> Breadth {
    let Some(name) = role.and_then(Value::text) else { return Breadth::Unresolved };
    let all = matches!(name, "Owner" | "Contributor" | "User Access Administrator" | "Role Based Access Control Administrator");
    match (all, width) {
        (true, Width::Subscription) => Breadth::Everything,
        (true, Width::Group | Width::Resource) => Breadth::WholeService,
        (false, Width::Subscription) => Breadth::WholeService,
        (false, Width::Group) if name.contains("Data") || name.contains("Secrets") || name.contains("Administrator") => {
            Breadth::WholeService
        }
        (false, Width::Group | Width::Resource) => Breadth::Scoped,
        (_, Width::Undecided) => Breadth::Unresolved,
    }
}

fn holder(resources: &Resources<'_>, assignment: &Instance) -> (String, Holder, Vec<String>) {
    let principal = assignment.value.get("principal_id");
    if let Some(cluster) = resources.referred(principal, "azurerm_kubernetes_cluster").first() {
        return (cluster.address(), Holder::Cluster, Vec::new());
    }
    if let Some(workload) = resources.of_any(WORKLOADS).find(|w| resources.refers(principal, w)) {
        return (workload.address(), Holder::Workload, vec![workload.title()]);
    }
    if let Some(identity) = resources.referred(principal, "azurerm_user_assigned_identity").first() {
        let carried = resources.of_any(WORKLOADS).filter(|w| resources.refers(w.value.path(&["identity", "identity_ids"]), identity));
        let workloads: Vec<String> = carried.map(Instance::title).collect();
        return (identity.address(), Holder::Workload, workloads);
    }
    let text = principal.and_then(Value::written).unwrap_or_default();
    let plain = text.trim_start_matches("${").trim_end_matches('}').to_owned();
    let by = if text.contains("azuread_group") || text.contains("azuread_user") || text.contains("azurerm_client_config") {
        Holder::Person
    } else if text.contains("azuread_service_principal") || text.contains("azuread_application") {
        Holder::Pipeline
    } else {
        Holder::Other
    };
    (plain, by, Vec::new())
}
