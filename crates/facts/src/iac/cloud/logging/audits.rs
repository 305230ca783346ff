//! What records or watches the account itself, of all providers.

use plimsoll_base::Sourced;

use crate::iac::cloud::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::{Audit, AuditKind, Infrastructure, Property, Provider};

/// Kinds with what they are, the words for them, and the switch that turns them off.
#[rustfmt::skip]
const KINDS: &[(&str, Provider, AuditKind, &str, &str)] = &[
    ("aws_cloudtrail", Provider::Aws, AuditKind::Trail, "CloudTrail", "enable_logging"),
    ("aws_cloudtrail_event_data_store", Provider::Aws, AuditKind::Trail, "CloudTrail Lake", ""),
    ("aws_guardduty_detector", Provider::Aws, AuditKind::Detection, "GuardDuty", "enable"),
    ("aws_securityhub_account", Provider::Aws, AuditKind::Detection, "Security Hub", ""),
    ("aws_inspector2_enabler", Provider::Aws, AuditKind::Detection, "Inspector", ""),
    ("aws_detective_graph", Provider::Aws, AuditKind::Detection, "Detective", ""),
    ("aws_macie2_account", Provider::Aws, AuditKind::Detection, "Macie", ""),
    ("aws_accessanalyzer_analyzer", Provider::Aws, AuditKind::Detection, "Access Analyzer", ""),
    ("aws_config_configuration_recorder_status", Provider::Aws, AuditKind::Configuration, "AWS Config", "is_enabled"),
    ("aws_config_configuration_recorder", Provider::Aws, AuditKind::Configuration, "AWS Config", ""),
    ("aws_flow_log", Provider::Aws, AuditKind::Flows, "a flow log", ""),
    ("google_project_iam_audit_config", Provider::Google, AuditKind::DataAccess, "data access audit logs", ""),
    ("google_folder_iam_audit_config", Provider::Google, AuditKind::DataAccess, "data access audit logs", ""),
    ("google_organization_iam_audit_config", Provider::Google, AuditKind::DataAccess, "data access audit logs", ""),
    ("google_scc_notification_config", Provider::Google, AuditKind::Detection, "Security Command Center", ""),
    ("google_scc_v2_organization_notification_config", Provider::Google, AuditKind::Detection, "Security Command Center", ""),
    ("google_scc_source", Provider::Google, AuditKind::Detection, "Security Command Center", ""),
    ("google_scc_management_project_security_health_analytics_custom_module", Provider::Google, AuditKind::Detection, "Security Command Center", ""),
    ("azurerm_security_center_subscription_pricing", Provider::Azure, AuditKind::Detection, "Defender for Cloud", ""),
    ("azurerm_sentinel_log_analytics_workspace_onboarding", Provider::Azure, AuditKind::Detection, "Sentinel", ""),
    ("azurerm_network_watcher_flow_log", Provider::Azure, AuditKind::Flows, "a flow log", "enabled"),
];

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for (kind, provider, what, says, switch) in KINDS {
        for instance in resources.of(kind) {
            let mut audit = audit(instance, *provider, *what, says, switch);
            match *kind {
                "aws_cloudtrail" => trail(resources, instance, &mut audit),
                // Pricing of the free tier watches nothing.
                "azurerm_security_center_subscription_pricing" => {
                    if let Some(tier) = instance.value.get("tier").filter(|t| t.is("Free")) {
                        audit.enabled = Property::stated(false, tier.at, "tier = \"Free\"");
                    }
                }
                _ => {}
            }
            found.audits.push(audit);
        }
    }
    // Flow logs of Google stand in the subnet.
    for subnet in resources.of("google_compute_subnetwork").filter(|s| s.value.get("log_config").is_some()) {
        found.audits.push(audit(subnet, Provider::Google, AuditKind::Flows, "flow logs of a subnet", ""));
    }
    // A diagnostic setting of a whole subscription ships the activity log.
    for setting in resources.of("azurerm_monitor_diagnostic_setting") {
        let target = setting.written(&["target_resource_id"]).unwrap_or_default();
        let bare = target.trim_end_matches('}');
        let whole = target.contains("azurerm_subscription.") || bare.starts_with("/subscriptions/") && !bare.contains("/providers/");
        if whole {
            found.audits.push(audit(setting, Provider::Azure, AuditKind::Trail, "the activity log is exported", ""));
        }
    }
}

fn audit(instance: &Instance, provider: Provider, kind: AuditKind, says: &str, switch: &str) -> Audit {
    let enabled = match switch {
        "" => instance.settled(Property::stated(true, instance.at, says)),
        name => instance.flag(&[name], true),
    };
    Audit {
        name: instance.address(),
        at: instance.at,
        provider,
        kind,
        says: says.to_owned(),
        enabled,
        all_regions: None,
        validated: None,
        notes: Vec::new(),
    }
}

/// A trail sees one region, and its files can be changed unnoticed, unless it is told otherwise.
fn trail(resources: &Resources<'_>, instance: &Instance, audit: &mut Audit) {
    audit.all_regions = Some(instance.flag(&["is_multi_region_trail"], false));
    audit.validated = Some(instance.flag(&["enable_log_file_validation"], false));
    for (field, says) in [("is_organization_trail", "a trail of the whole organisation"), ("kms_key_id", "encrypted with a key of its own")]
    {
        if let Some(v) = instance.value.get(field).filter(|v| !v.is_false()) {
            audit.notes.push(Sourced::new(says.to_owned(), v.at));
        }
    }
    let bucket = resources.referred(instance.value.get("s3_bucket_name"), "aws_s3_bucket");
    for bucket in bucket {
        if let Some(v) = bucket.value.get("force_destroy").filter(|v| v.is_true()) {
            audit.notes.push(Sourced::new("its bucket can be deleted with all records (force_destroy)".to_owned(), v.at));
        }
        if let Some(v) = bucket.value.get("object_lock_enabled").filter(|v| v.is_true()) {
            audit.notes.push(Sourced::new("its bucket is locked".to_owned(), v.at));
        }
    }
    for selector in
        each(instance.value.get("event_selector")).iter().filter(|s| s.get("include_management_events").is_some_and(Value::is_false))
    {
        audit.enabled = Property::stated(false, selector.at, "include_management_events = false: it records data events only");
    }
}
