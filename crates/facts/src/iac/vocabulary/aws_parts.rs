//! Where CloudFormation writes into one resource what Terraform writes as several.

use plimsoll_base::Location;

use super::rewrite::{map, moved, push, snake, taken};
use super::{Place, instance, reference};
use crate::iac::cloud::Instance;
use crate::iac::value::{Field, Shape, Value, each};

fn beside(place: Place<'_>, kind: &str, value: Value, at: Location, found: &mut Vec<Instance>) {
    found.push(instance(kind, Place { at, ..place }, value));
}

fn one(value: &mut Value, name: &str) -> Option<Field> {
    taken(value, &[name]).into_iter().next()
}

/// A bucket's own settings are resources beside it.
pub(super) fn bucket(value: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    let own = |at| ("bucket", reference(place.module, "aws_s3_bucket", place.name, "id", at));
    for (name, kind, moves) in [
        ("public_access_block_configuration", "aws_s3_bucket_public_access_block", &[][..]),
        (
            "bucket_encryption",
            "aws_s3_bucket_server_side_encryption_configuration",
            &[
                ("server_side_encryption_configuration", "rule"),
                ("rule.server_side_encryption_by_default", "rule.apply_server_side_encryption_by_default"),
            ][..],
        ),
        ("website_configuration", "aws_s3_bucket_website_configuration", &[][..]),
        ("replication_configuration", "aws_s3_bucket_replication_configuration", &[("rules", "rule")][..]),
        ("cors_configuration", "aws_s3_bucket_cors_configuration", &[("cors_rules", "cors_rule")][..]),
        (
            "logging_configuration",
            "aws_s3_bucket_logging",
            &[("destination_bucket_name", "target_bucket"), ("log_file_prefix", "target_prefix")][..],
        ),
        ("object_lock_configuration", "aws_s3_bucket_object_lock_configuration", &[][..]),
        ("notification_configuration", "aws_s3_bucket_notification", &[][..]),
    ] {
        let Some(field) = one(value, name) else { continue };
        let mut inner = field.value;
        if inner.is_unknown() {
            inner = map(field.at, vec![("configuration", inner)]);
        }
        moved(&mut inner, moves);
        // Without rules or names it is still there.
        if !matches!(inner.shape, Shape::Map(_)) {
            inner = map(field.at, Vec::new());
        }
        let (name, at) = own(field.at);
        inner.set(name, at);
        beside(place, kind, inner, field.at, found);
    }
    if let Some(field) = one(value, "versioning_configuration") {
        let (name, bucket) = own(field.at);
        let mut inner = map(field.at, vec![(name, bucket)]);
        push(&mut inner, "versioning_configuration", field.value);
        beside(place, "aws_s3_bucket_versioning", inner, field.at, found);
    }
    if let Some(field) = one(value, "lifecycle_configuration") {
        let (name, bucket) = own(field.at);
        let mut inner = field.value;
        moved(
            &mut inner,
            &[
                ("rules", "rule"),
                ("rule.expiration_in_days", "rule.expiration.days"),
                ("rule.transitions", "rule.transition"),
                ("rule.transition.transition_in_days", "rule.transition.days"),
                ("rule.noncurrent_version_expiration_in_days", "rule.noncurrent_version_expiration.noncurrent_days"),
                ("rule.noncurrent_version_transitions", "rule.noncurrent_version_transition"),
                ("rule.noncurrent_version_transition.transition_in_days", "rule.noncurrent_version_transition.noncurrent_days"),
            ],
        );
        inner.set(name, bucket);
        beside(place, "aws_s3_bucket_lifecycle_configuration", inner, field.at, found);
    }
    if let Some(field) = one(value, "access_control") {
        let (name, bucket) = own(field.at);
        let acl = match field.value.text() {
            Some(text) => Value::text_at(snake(text).replace('_', "-"), field.value.at),
            None => field.value,
        };
        beside(place, "aws_s3_bucket_acl", map(field.at, vec![(name, bucket), ("acl", acl)]), field.at, found);
    }
}

/// A table's copies of itself; the first is the table itself.
pub(super) fn table(value: &mut Value) {
    let mut replicas = taken(value, &["replica"]);
    if let Some(first) = replicas.first() {
        let region = &first.value;
        for (from, to, inner) in [
            ("point_in_time_recovery_specification", "point_in_time_recovery", "point_in_time_recovery_enabled"),
            ("deletion_protection_enabled", "deletion_protection_enabled", ""),
        ] {
            if let Some(found) = region.get(from) {
                let found = match found.get(inner) {
                    Some(switch) => map(found.at, vec![("enabled", switch.clone())]),
                    None => found.clone(),
                };
                value.set(to, found);
            }
        }
        replicas.remove(0);
        replicas.into_iter().for_each(|r| push(value, "replica", r.value));
    }
}

/// Parameters of a database as blocks.
pub(super) fn parameters(value: &mut Value) {
    let Some(given) = one(value, "parameters") else { return };
    for field in given.value.fields() {
        let name = Value::text_at(field.name.clone(), field.at);
        push(value, "parameter", map(field.at, vec![("name", name), ("value", field.value.clone())]));
    }
}

/// Inline and managed policies of a role, a user or a group.
pub(super) fn rights(kind: &str, value: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    let holder = kind.trim_start_matches("aws_iam_");
    for Field { at, value: policy, .. } in taken(value, &["policies"]) {
        let document = match policy.get("policy_document") {
            Some(document) => document.clone(),
            None if policy.items().is_empty() => Value::unknown("${policy}", at),
            None => continue,
        };
        let mut fields = vec![(holder, reference(place.module, kind, place.name, "id", at)), ("policy", document)];
        fields.extend(policy.get("policy_name").map(|n| ("name", n.clone())));
        beside(place, &format!("{kind}_policy"), map(at, fields), at, found);
    }
    for arn in each(value.get("managed_policy_arns")) {
        let own = reference(place.module, kind, place.name, "name", arn.at);
        let fields = vec![(holder, own), ("policy_arn", arn.clone())];
        beside(place, &format!("{kind}_policy_attachment"), map(arn.at, fields), arn.at, found);
    }
    if kind == "aws_iam_role" {
        taken(value, &["managed_policy_arns"]);
    }
}

/// Whom a policy of its own is given to.
pub(super) fn attached(value: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    for (list, holder) in [("roles", "role"), ("users", "user"), ("groups", "group")] {
        for given in taken(value, &[list]) {
            for to in each(Some(&given.value)) {
                let arn = reference(place.module, "aws_iam_policy", place.name, "arn", to.at);
                let fields = vec![(holder, to.clone()), ("policy_arn", arn)];
                beside(place, &format!("aws_iam_{holder}_policy_attachment"), map(to.at, fields), to.at, found);
            }
        }
    }
}

/// Subscriptions written into a topic.
pub(super) fn topic(value: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    for field in taken(value, &["subscription"]) {
        let mut inner = field.value;
        inner.set("topic_arn", reference(place.module, "aws_sns_topic", place.name, "arn", field.at));
        beside(place, "aws_sns_topic_subscription", inner, field.at, found);
    }
}

/// Targets and state of a rule.
pub(super) fn rule(value: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    for target in taken(value, &["targets"]) {
        let mut inner = target.value;
        moved(&mut inner, &[("ecs_parameters", "ecs_target"), ("id", "target_id")]);
        inner.set("rule", reference(place.module, "aws_cloudwatch_event_rule", place.name, "name", target.at));
        beside(place, "aws_cloudwatch_event_target", inner, target.at, found);
    }
}

/// A switch that Terraform writes as true or false.
pub(super) fn enabled(value: &mut Value, path: &[&str]) {
    let Some((last, above)) = path.split_last() else { return };
    let mut here = value;
    for name in above {
        let Some(next) = here.get_mut(name) else { return };
        here = next;
    }
    if let Some(switch) = here.get_mut(last)
        && switch.text().is_some()
    {
        switch.shape = Shape::Text(switch.is("ENABLED").to_string());
    }
}

/// Attributes of a load balancer are names and values; its scheme says whether it is internal.
pub(super) fn balancer(value: &mut Value) {
    if let Some(scheme) = one(value, "scheme") {
        let internal = match scheme.value.text() {
            Some(text) => Value::text_at((text == "internal").to_string(), scheme.value.at),
            None => scheme.value,
        };
        value.set("internal", internal);
    }
    for (name, to) in [
        ("access_logs.s3.enabled", ["access_logs", "enabled"]),
        ("access_logs.s3.bucket", ["access_logs", "bucket"]),
        ("deletion_protection.enabled", ["", "enable_deletion_protection"]),
        ("routing.http.drop_invalid_header_fields.enabled", ["", "drop_invalid_header_fields"]),
        ("load_balancing.cross_zone.enabled", ["", "enable_cross_zone_load_balancing"]),
    ] {
        attribute(value, "load_balancer_attributes", name, to);
    }
    if let Some(policy) = one(value, "access_logging_policy") {
        let mut inner = policy.value;
        moved(&mut inner, &[("s3_bucket_name", "bucket")]);
        value.set("access_logs", inner);
    }
}

fn attribute(value: &mut Value, list: &str, name: &str, to: [&str; 2]) {
    let Some(found) = value.path(&[list, name]).cloned() else { return };
    if to[0].is_empty() {
        value.set(to[1], found);
    } else {
        let mut block = value.get(to[0]).cloned().unwrap_or_else(|| map(found.at, Vec::new()));
        block.set(to[1], found);
        value.set(to[0], block);
    }
}

/// A target group with the targets that it names.
pub(super) fn group(value: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    attribute(value, "target_group_attributes", "deregistration_delay.timeout_seconds", ["", "deregistration_delay"]);
    for target in taken(value, &["targets"]) {
        let own = reference(place.module, "aws_lb_target_group", place.name, "arn", target.at);
        let mut fields = vec![("target_group_arn", own)];
        fields.extend(target.value.get("id").map(|i| ("target_id", i.clone())));
        beside(place, "aws_lb_target_group_attachment", map(target.at, fields), target.at, found);
    }
}

/// Container definitions as the service itself writes them: `portMappings`.
pub(super) fn task(value: &mut Value) {
    if let Some(definitions) = value.get_mut("container_definitions") {
        lowered(definitions);
    }
}

fn lowered(value: &mut Value) {
    match &mut value.shape {
        Shape::List(items) => items.iter_mut().for_each(lowered),
        Shape::Map(fields) => {
            for field in fields {
                let mut letters = field.name.chars();
                if let Some(first) = letters.next() {
                    field.name = first.to_ascii_lowercase().to_string() + letters.as_str();
                }
                if !matches!(field.name.as_str(), "options" | "dockerLabels") {
                    lowered(&mut field.value);
                }
            }
        }
        _ => {}
    }
}

/// What ends a registry's images, and who may pull them.
pub(super) fn registry(value: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    taken(value, &["lifecycle_policy"]);
    for (name, kind) in [("lifecycle_policy_text", "aws_ecr_lifecycle_policy"), ("repository_policy_text", "aws_ecr_repository_policy")] {
        if let Some(field) = one(value, name) {
            let own = reference(place.module, "aws_ecr_repository", place.name, "name", field.at);
            beside(place, kind, map(field.at, vec![("repository", own), ("policy", field.value)]), field.at, found);
        }
    }
}

/// Whether the service backs a file system up.
pub(super) fn files(value: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    if let Some(field) = one(value, "backup_policy") {
        let own = reference(place.module, "aws_efs_file_system", place.name, "id", field.at);
        let mut inner = map(field.at, vec![("file_system_id", own)]);
        push(&mut inner, "backup_policy", field.value);
        beside(place, "aws_efs_backup_policy", inner, field.at, found);
    }
}

/// A method's integration.
pub(super) fn method(value: &mut Value, place: Place<'_>, found: &mut Vec<Instance>) {
    if let Some(field) = one(value, "integration") {
        let mut inner = field.value;
        if let Some(api) = value.get("rest_api_id") {
            inner.set("rest_api_id", api.clone());
        }
        beside(place, "aws_api_gateway_integration", inner, field.at, found);
    }
}

/// A flow log names what it watches by a kind.
pub(super) fn flow(value: &mut Value) {
    if value.get("resource_type").is_some_and(|t| !t.is("VPC")) {
        moved(value, &[("vpc_id", "subnet_id")]);
    }
}
