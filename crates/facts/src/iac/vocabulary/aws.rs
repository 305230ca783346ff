//! A resource of CloudFormation as the resources of Terraform that say the same.

use plimsoll_base::Location;

use super::aws_kinds::KINDS;
use super::aws_parts as parts;
use super::rewrite::{moved, push, snaked, taken};
use super::{Place, instance};
use crate::iac::cloud::Instance;
use crate::iac::value::{Field, Shape, Value};

/// Properties whose contents are documents or maps of free names.
const VERBATIM: &[&str] = &[
    "AccessPolicies",
    "AssumeRolePolicyDocument",
    "Body",
    "ContainerDefinitions",
    "Definition",
    "DefinitionBody",
    "DefinitionString",
    "DefinitionSubstitutions",
    "EventPattern",
    "FilterPolicy",
    "KeyPolicy",
    "LifecyclePolicyText",
    "Parameters",
    "PolicyDocument",
    "RedrivePolicy",
    "RepositoryPolicyText",
    "ResourcePolicy",
    "Variables",
];

/// What Terraform calls a kind of CloudFormation's.
pub(crate) fn kind(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(from, _, _)| *from == kind).map(|(_, to, _)| *to)
}

/// What a template says of a resource beside its properties.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Policies<'a> {
    /// `DeletionPolicy`.
    pub(crate) deletion: Option<&'a Value>,
}

/// The resources of Terraform that say what a resource of CloudFormation says; none where the kind has no counterpart.
pub(crate) fn translated(kind: &str, place: Place<'_>, properties: Value, policies: Policies<'_>) -> Vec<Instance> {
    let Some((_, to, moves)) = KINDS.iter().find(|(from, _, _)| *from == kind) else { return Vec::new() };
    let mut value = match properties.shape {
        Shape::Map(_) => snaked(properties, VERBATIM),
        _ => Value::new(Shape::Map(Vec::new()), place.at),
    };
    moved(&mut value, moves);
    let mut found = Vec::new();
    let mut to = *to;
    match to {
        "aws_db_instance" => {
            if value.get("cluster_identifier").is_some() {
                to = "aws_rds_cluster_instance";
            } else {
                default(&mut value, "backup_retention_period", "1", place.at);
                snapshot(&mut value, policies.deletion, place.at);
            }
            if value.get("publicly_accessible").is_none() {
                // CloudFormation's default follows the subnets; Terraform's is false.
                value.set("publicly_accessible", Value::unknown("${subnets}", place.at));
            }
        }
        "aws_rds_cluster" | "aws_docdb_cluster" | "aws_neptune_cluster" => {
            default(&mut value, "backup_retention_period", "1", place.at);
            snapshot(&mut value, policies.deletion, place.at);
        }
        "aws_redshift_cluster" => {
            let drops = policies.deletion.is_some_and(|d| !d.is("Snapshot"));
            value.set("skip_final_snapshot", Value::text_at(drops.to_string(), policies.deletion.map_or(place.at, |d| d.at)));
        }
        "aws_rds_cluster_parameter_group" | "aws_db_parameter_group" => parts::parameters(&mut value),
        "aws_dynamodb_table" => parts::table(&mut value),
        "aws_s3_bucket" => parts::bucket(&mut value, place, &mut found),
        "aws_iam_role" | "aws_iam_user" | "aws_iam_group" => parts::rights(to, &mut value, place, &mut found),
        "aws_iam_policy" => parts::attached(&mut value, place, &mut found),
        "aws_sns_topic" => parts::topic(&mut value, place, &mut found),
        "aws_cloudwatch_event_rule" => parts::rule(&mut value, place, &mut found),
        "aws_lb" | "aws_elb" => parts::balancer(&mut value),
        "aws_lb_target_group" => parts::group(&mut value, place, &mut found),
        "aws_ecs_service" => {
            default(&mut value, "desired_count", "1", place.at);
            parts::enabled(&mut value, &["network_configuration", "assign_public_ip"]);
        }
        "aws_ecs_task_definition" => parts::task(&mut value),
        "aws_ecr_repository" => parts::registry(&mut value, place, &mut found),
        "aws_efs_file_system" => parts::files(&mut value, place, &mut found),
        "aws_api_gateway_method" => parts::method(&mut value, place, &mut found),
        "aws_flow_log" => parts::flow(&mut value),
        _ => {}
    }
    if let Some(kept) = policies.deletion.filter(|d| d.is("Retain") || d.is("RetainExceptOnCreate")) {
        let switch = Value::text_at("true", kept.at);
        let block = super::rewrite::map(kept.at, vec![("prevent_destroy", switch)]);
        push(&mut value, "lifecycle", block);
    }
    found.insert(0, instance(to, place, value));
    found
}

/// Puts in what CloudFormation documents as its default where Terraform's is another.
fn default(value: &mut Value, name: &str, given: &str, at: Location) {
    if value.get(name).is_none() {
        value.set(name, Value::text_at(given, at));
    }
}

/// A database is deleted with a last snapshot unless its deletion policy says otherwise (user guide, `DeletionPolicy`).
fn snapshot(value: &mut Value, policy: Option<&Value>, at: Location) {
    let skips = match policy {
        Some(p) if p.is_unknown() => Value::unknown("${DeletionPolicy}", p.at),
        Some(p) => Value::text_at(p.is("Delete").to_string(), p.at),
        None => Value::text_at("false", at),
    };
    value.set("skip_final_snapshot", skips);
}

/// A budget, whose subscribers stand in lists of their own.
pub(crate) fn budget(place: Place<'_>, properties: Value) -> Instance {
    let mut value = snaked(properties, VERBATIM);
    moved(
        &mut value,
        &[
            ("budget", "*"),
            ("budget_limit.amount", "limit_amount"),
            ("budget_limit.unit", "limit_unit"),
            ("notifications_with_subscribers", "notification"),
            ("notification.notification", "notification.*"),
            ("notification.subscribers", "notification.subscriber"),
        ],
    );
    if let Shape::Map(fields) = &mut value.shape {
        for notification in fields.iter_mut().filter(|f| f.name == "notification") {
            for Field { at, value: subscriber, .. } in taken(&mut notification.value, &["subscriber"]) {
                let email = subscriber.get("subscription_type").is_some_and(|t| t.is("EMAIL"));
                let name = if email { "subscriber_email_addresses" } else { "subscriber_sns_topic_arns" };
                if let Some(address) = subscriber.get("address") {
                    let mut list = notification.value.get(name).map(|v| v.items().to_vec()).unwrap_or_default();
                    list.push(address.clone());
                    notification.value.set(name, Value::new(Shape::List(list), at));
                }
            }
        }
    }
    instance("aws_budgets_budget", place, value)
}
