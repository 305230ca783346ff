//! Buckets and image registries of Amazon Web Services.
//!
//! Two defaults are the service's own since 2023, whatever the provider writes: every new object is encrypted with SSE-S3 (S3 user
//! guide, "Default encryption", January 2023), and every new bucket blocks public access and has its ACLs switched off (S3 user
//! guide, "Blocking public access", April 2023).

use plimsoll_base::Sourced;
use plimsoll_syntax::{JsonFlavour, json};

use super::aws::opened;
use super::{Instance, Resources, following, given, mentions, named, refers_within, satellites, store, switched};
use crate::iac::cloud::entries::treatment::bucket_cors;
use crate::iac::value::{Shape, Value, each};
use crate::infrastructure::{Holds, Infrastructure, LifecycleRule, LifecycleSubject, Property, Provider, Store, StoreKind};

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    for i in resources.of("aws_s3_bucket") {
        found.stores.push(bucket(resources, i));
    }
    for i in resources.of("aws_ecr_repository") {
        found.stores.push(registry(resources, i));
    }
    for i in resources.of("aws_ecrpublic_repository") {
        let mut s = store(i, Provider::Aws, StoreKind::Images, "ECR Public");
        s.holds = Holds::Artefacts;
        s.force_destroy = Some(i.flag(&["force_destroy"], false));
        found.stores.push(s);
    }
}

/// Resources that configure a bucket.
fn around<'a>(resources: &Resources<'a>, i: &Instance, kind: &str) -> Vec<&'a Instance> {
    satellites(resources, kind, &["bucket"], i, &["bucket"])
}

fn bucket(resources: &Resources<'_>, i: &Instance) -> Store {
    let mut s = store(i, Provider::Aws, StoreKind::Objects, "S3");
    encryption(resources, i, &mut s);
    s.public = Some(public(resources, i));
    let versioning = around(resources, i, "aws_s3_bucket_versioning");
    s.versioned = Some(match versioning.first() {
        Some(v) => switched(v, &["versioning_configuration", "status"], "Enabled", false),
        None => i.flag(&["versioning", "enabled"], false),
    });
    s.force_destroy = Some(i.flag(&["force_destroy"], false));
    s.failover = given(i, true, "S3 keeps every object in several zones");
    for rules in around(resources, i, "aws_s3_bucket_lifecycle_configuration") {
        rules.value.all("rule").for_each(|rule| lifecycle(rule, &mut s.lifecycle));
    }
    i.value.all("lifecycle_rule").for_each(|rule| lifecycle(rule, &mut s.lifecycle));
    for replication in around(resources, i, "aws_s3_bucket_replication_configuration") {
        for rule in replication.value.all("rule").filter(|r| r.get("status").is_none_or(|v| v.is("Enabled"))) {
            let to = rule.path(&["destination", "bucket"]).and_then(Value::written).unwrap_or("another bucket");
            s.copies.push(Sourced::new(format!("replicated to {to}"), rule.at));
        }
    }
    for rules in around(resources, i, "aws_s3_bucket_cors_configuration") {
        s.cors.extend(rules.value.all("cors_rule").flat_map(|r| each(Some(r))).map(bucket_cors));
    }
    s.cors.extend(i.value.all("cors_rule").flat_map(|r| each(Some(r))).map(bucket_cors));
    let lock = around(resources, i, "aws_s3_bucket_object_lock_configuration").first().map(|l| l.at);
    let lock = lock.or_else(|| i.value.get("object_lock_enabled").filter(|v| v.is_true()).map(|v| v.at));
    if let (None, Some(at)) = (&s.prevent_destroy, lock) {
        s.prevent_destroy = Some(Sourced::new("object lock".into(), at));
    }
    s.holds = holds(resources, i, &s);
    s
}

fn encryption(resources: &Resources<'_>, i: &Instance, s: &mut Store) {
    let kind = "aws_s3_bucket_server_side_encryption_configuration";
    let own = ["server_side_encryption_configuration", "rule", "apply_server_side_encryption_by_default"];
    let configured = around(resources, i, kind).into_iter().find_map(|c| Some((c, c.value.path(&own[1..])?)));
    let (holder, rule) = match configured {
        Some((c, rule)) => (c, rule),
        None => match i.value.path(&own) {
            Some(rule) => (i, rule),
            None => {
                s.encrypted = given(i, true, "S3 encrypts every new object with SSE-S3 since January 2023");
                return;
            }
        },
    };
    let algorithm = rule.get("sse_algorithm").and_then(Value::text).unwrap_or("SSE-S3");
    s.encrypted = Some(Property::stated(true, rule.at, format!("sse_algorithm = \"{algorithm}\"")));
    let path: &[&str] = if holder.kind == kind { &own[1..] } else { &own };
    let mut key = path.to_vec();
    key.push("kms_master_key_id");
    s.own_key = named(holder, &key);
}

/// Whether anyone can read or write it.
fn public(resources: &Resources<'_>, i: &Instance) -> Property<bool> {
    let blocks = around(resources, i, "aws_s3_bucket_public_access_block");
    let block = blocks.first().copied();
    // A block that is declared lets through what it does not name: each of its switches is off by default.
    let held = |names: [&str; 2]| {
        let switches: Vec<Property<bool>> = block.map(|b| names.map(|n| b.flag(&[n], false)).into()).unwrap_or_default();
        if switches.iter().any(Property::on) { Some(true) } else { switches.iter().all(|p| p.known().is_some()).then_some(false) }
    };
    let policy = opened(resources, i, "aws_s3_bucket_policy", "bucket")
        .or_else(|| super::aws::judged(resources, i.value.get("policy").into_iter().collect()));
    let acls = around(resources, i, "aws_s3_bucket_acl");
    let acl = acls.iter().find_map(|a| a.word(&["acl"])).or_else(|| i.word(&["acl"]));
    let acl = acl.map(|w| Property {
        says: format!("the ACL: {}", w.says),
        ..following(&w, |w| w.starts_with("public-") || w == "authenticated-read")
    });
    let ways = [(policy, ["block_public_policy", "restrict_public_buckets"]), (acl, ["block_public_acls", "ignore_public_acls"])];
    let mut doubt = None;
    for (way, switches) in ways {
        let Some(way) = way.filter(|w| !w.off()) else { continue };
        match held(switches) {
            Some(true) => {}
            Some(false) if way.on() => return way,
            None if way.on() => doubt = block.map(|b| Property::unresolved(b.at, "whether public access is blocked is decided elsewhere")),
            _ => doubt = Some(way),
        }
    }
    if let Some(doubt) = doubt {
        return doubt;
    }
    match block {
        Some(b) if held(["block_public_policy", "restrict_public_buckets"]) == Some(true) => {
            Property::stated(false, b.at, "aws_s3_bucket_public_access_block blocks public policies")
        }
        Some(b) => Property::stated(false, b.at, "no policy and no ACL opens it"),
        None => Property::defaulted(false, i.at, "no policy and no ACL opens it; S3 blocks public access to new buckets since April 2023"),
    }
}

fn lifecycle(rule: &Value, found: &mut Vec<LifecycleRule>) {
    let active = match rule.get("status").or_else(|| rule.get("enabled")) {
        Some(v) if v.is("Enabled") || v.is_true() => Property::stated(true, v.at, "the rule is enabled"),
        Some(v) if v.is_unknown() => Property::unresolved(v.at, "whether the rule is enabled is decided elsewhere"),
        Some(v) => Property::stated(false, v.at, "the rule is disabled"),
        None => Property::unresolved(rule.at, "the rule does not say whether it is enabled"),
    };
    for (name, field, concerns, words) in [
        ("expiration", "days", LifecycleSubject::Expiry, "objects end"),
        ("transition", "days", LifecycleSubject::Transition, "objects move to cheaper storage"),
        ("noncurrent_version_expiration", "noncurrent_days", LifecycleSubject::FormerVersions, "former versions end"),
        ("noncurrent_version_transition", "noncurrent_days", LifecycleSubject::FormerVersions, "former versions move to cheaper storage"),
        ("abort_incomplete_multipart_upload", "days_after_initiation", LifecycleSubject::UnfinishedUploads, "unfinished uploads end"),
    ] {
        for part in rule.all(name) {
            let days: Option<u32> = part.get(field).or_else(|| part.get("days")).and_then(Value::text).and_then(|t| t.parse().ok());
            let says = days.map_or_else(|| words.to_owned(), |d| format!("{words} after {d} days"));
            found.push(LifecycleRule { at: part.at, says, active: active.clone(), concerns, days });
        }
    }
    if let Some(days) = rule.get("abort_incomplete_multipart_upload_days").and_then(|v| v.text()?.parse().ok()) {
        let says = format!("unfinished uploads end after {days} days");
        found.push(LifecycleRule { at: rule.at, says, active, concerns: LifecycleSubject::UnfinishedUploads, days: Some(days) });
    }
}

/// Resources that write logs into a bucket, with the attribute that names it.
const LOGGERS: &[(&str, &[&str])] = &[
    ("aws_s3_bucket_logging", &["target_bucket"]),
    ("aws_cloudtrail", &["s3_bucket_name"]),
    ("aws_flow_log", &["log_destination"]),
    ("aws_lb", &["access_logs", "bucket"]),
    ("aws_alb", &["access_logs", "bucket"]),
    ("aws_elb", &["access_logs", "bucket"]),
    ("aws_cloudfront_distribution", &["logging_config", "bucket"]),
    ("aws_config_delivery_channel", &["s3_bucket_name"]),
    ("aws_s3_bucket", &["logging", "target_bucket"]),
    ("aws_wafv2_web_acl_logging_configuration", &["log_destination_configs"]),
];

/// What a bucket holds, as what refers to it tells; data where nothing does.
fn holds(resources: &Resources<'_>, i: &Instance, s: &Store) -> Holds {
    if LOGGERS.iter().any(|(kind, path)| resources.of(kind).any(|l| resources.refers(l.value.path(path), i))) {
        return Holds::Logs;
    }
    let words = format!("{} {}", i.name, i.written(&["bucket"]).unwrap_or_default()).to_ascii_lowercase().replace('_', "-");
    if ["tfstate", "tf-state", "terraform-state", "terraform-backend", "tofu-state"].iter().any(|w| words.contains(w)) {
        return Holds::State;
    }
    let receives =
        |source: &Instance| source.address() != i.address() && resources.refers(source.value.path(&["rule", "destination", "bucket"]), i);
    if resources.of("aws_s3_bucket_replication_configuration").any(receives) {
        return Holds::Backups;
    }
    // A bucket that is named for copies of other data needs no copy itself; that anything writes them is not said by its name.
    if words.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| matches!(w, "backup" | "backups")) {
        return Holds::Backups;
    }
    let served =
        resources.of("aws_cloudfront_distribution").any(|d| d.value.all("origin").any(|o| resources.refers(o.get("domain_name"), i)))
            || !around(resources, i, "aws_s3_bucket_website_configuration").is_empty()
            || i.value.get("website").is_some();
    if served && !written_to(resources, i) && s.lifecycle.iter().all(|l| l.concerns != LifecycleSubject::Expiry) {
        return Holds::Assets;
    }
    if ["aws_codepipeline", "aws_codebuild_project"].iter().any(|k| resources.of(k).any(|p| refers_within(resources, &p.value, i))) {
        return Holds::Artefacts;
    }
    Holds::Data
}

/// Whether the running system puts objects into it: its name is handed to a workload, browsers may upload, or its arrivals start something.
fn written_to(resources: &Resources<'_>, i: &Instance) -> bool {
    let uploads = around(resources, i, "aws_s3_bucket_cors_configuration").iter().any(|c| mentions(&c.value, &["PUT", "POST"]))
        || i.value.all("cors_rule").any(|c| mentions(c, &["PUT", "POST"]));
    let handed = [
        ("aws_lambda_function", "environment"),
        ("aws_ecs_task_definition", "container_definitions"),
        ("aws_apprunner_service", "source_configuration"),
        ("aws_elastic_beanstalk_environment", "setting"),
    ];
    uploads
        || !around(resources, i, "aws_s3_bucket_notification").is_empty()
        || handed.iter().any(|(kind, field)| resources.of(kind).any(|w| w.value.all(field).any(|v| refers_within(resources, v, i))))
}

fn registry(resources: &Resources<'_>, i: &Instance) -> Store {
    let mut s = store(i, Provider::Aws, StoreKind::Images, "ECR");
    s.holds = Holds::Artefacts;
    s.encrypted = given(i, true, "ECR encrypts every layer");
    s.own_key = named(i, &["encryption_configuration", "kms_key"]);
    s.force_destroy = Some(i.flag(&["force_delete"], false));
    s.public = Some(
        opened(resources, i, "aws_ecr_repository_policy", "repository")
            .unwrap_or_else(|| Property::defaulted(false, i.at, "no policy: only identities of the account may pull")),
    );
    for policy in satellites(resources, "aws_ecr_lifecycle_policy", &["repository"], i, &["name"]) {
        let Some(value) = policy.value.get("policy") else { continue };
        let parsed;
        let document = match &value.shape {
            Shape::Text(text) | Shape::Unknown(text) => {
                parsed = Value::of(&json(text.as_bytes(), JsonFlavour::Strict).value, value.at.file).placed(value.at);
                &parsed
            }
            _ => value,
        };
        for rule in each(document.get("rules")) {
            let get = |name| rule.path(&["selection", name]);
            let count = get("countNumber").and_then(Value::text).unwrap_or("some");
            let (says, days) = match get("countType").and_then(Value::text) {
                Some("sinceImagePushed") => (format!("images end {count} days after their push"), count.parse().ok()),
                _ => (format!("the newest {count} images are kept"), None),
            };
            let active = Property::stated(true, rule.at, says.clone());
            s.lifecycle.push(LifecycleRule { at: rule.at, says, active, concerns: LifecycleSubject::Expiry, days });
        }
    }
    s
}
