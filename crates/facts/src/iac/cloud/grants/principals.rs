//! Who takes a role of AWS on, and which workloads run with it.

use std::collections::BTreeMap;

use super::super::{Instance, Resources};
use crate::iac::value::{Value, each};
use crate::infrastructure::Holder;

/// A workload that runs with a role.
pub(super) struct Use<'a> {
    pub(super) workload: &'a Instance,
    /// The field that names the role.
    pub(super) value: &'a Value,
    /// Whether the role starts the workload instead of being its own (pulls its image, writes its log).
    pub(super) starts: bool,
}

/// Workloads, with the paths to the roles that they run with.
const RUNS_WITH: &[(&str, &[&str], bool)] = &[
    ("aws_lambda_function", &["role"], false),
    ("aws_ecs_task_definition", &["task_role_arn"], false),
    ("aws_ecs_task_definition", &["execution_role_arn"], true),
    ("aws_instance", &["iam_instance_profile"], false),
    ("aws_spot_instance_request", &["iam_instance_profile"], false),
    ("aws_launch_template", &["iam_instance_profile", "name"], false),
    ("aws_launch_template", &["iam_instance_profile", "arn"], false),
    ("aws_launch_configuration", &["iam_instance_profile"], false),
    ("aws_apprunner_service", &["instance_configuration", "instance_role_arn"], false),
    ("aws_batch_job_definition", &["job_role_arn"], false),
    ("aws_sfn_state_machine", &["role_arn"], false),
    ("aws_eks_pod_identity_association", &["role_arn"], false),
    ("aws_glue_job", &["role_arn"], false),
    ("aws_sagemaker_model", &["execution_role_arn"], false),
    ("aws_pipes_pipe", &["role_arn"], false),
];
/// Clusters and their machines.
const CLUSTERS: &[(&str, &[&str])] = &[
    ("aws_eks_cluster", &["role_arn"]),
    ("aws_eks_node_group", &["node_role_arn"]),
    ("aws_eks_fargate_profile", &["pod_execution_role_arn"]),
    ("aws_emr_cluster", &["service_role"]),
];

/// Everything that runs with a role.
pub(super) fn uses<'a>(resources: &Resources<'a>) -> Vec<Use<'a>> {
    let mut found = Vec::new();
    for (kind, path, starts) in RUNS_WITH {
        for workload in resources.of(kind) {
            if let Some(value) = workload.value.path(path) {
                found.push(Use { workload, value, starts: *starts });
            }
        }
    }
    found
}

/// The role that a value names: directly, or through an instance profile.
pub(super) fn role_of<'a>(resources: &Resources<'a>, value: &Value) -> Option<&'a Instance> {
    let direct = resources.referred(Some(value), "aws_iam_role").into_iter().next();
    direct.or_else(|| {
        let profile = resources.referred(Some(value), "aws_iam_instance_profile").into_iter().next()?;
        resources.referred(profile.value.get("role"), "aws_iam_role").into_iter().next()
    })
}

/// The profile that a value names without a role of the code behind it.
pub(super) fn profile_role<'a>(resources: &Resources<'a>, value: &Value) -> Option<&'a Value> {
    resources.referred(Some(value), "aws_iam_instance_profile").into_iter().next().and_then(|p| p.value.get("role"))
}

/// Who holds each role of the code: by what runs with it, else by whom its trust policy names.
pub(super) fn holders(resources: &Resources<'_>, uses: &[Use<'_>]) -> BTreeMap<String, (Holder, Vec<String>)> {
    let mut found: BTreeMap<String, (Holder, Vec<String>)> = BTreeMap::new();
    for role in resources.of("aws_iam_role") {
        found.insert(role.address(), (trusted(resources, role), Vec::new()));
    }
    for one in uses {
        if let Some(entry) = role_of(resources, one.value).and_then(|r| found.get_mut(&r.address())) {
            entry.0 = Holder::Workload;
            if !one.starts && !entry.1.contains(&one.workload.title()) {
                entry.1.push(one.workload.title());
            }
        }
    }
    for (kind, path) in CLUSTERS {
        for cluster in resources.of(kind) {
            if let Some(entry) = cluster.value.path(path).and_then(|v| role_of(resources, v)).and_then(|r| found.get_mut(&r.address())) {
                entry.0 = Holder::Cluster;
            }
        }
    }
    found
}

/// Whom the trust policy of a role names: it is no permission, but tells who takes the role on.
fn trusted(resources: &Resources<'_>, role: &Instance) -> Holder {
    let policy = role.value.get("assume_role_policy");
    let mut text = String::new();
    flatten(policy, 0, &mut text);
    for document in resources.data("aws_iam_policy_document").filter(|d| resources.refers(policy, d)) {
        flatten(Some(&document.value), 0, &mut text);
    }
    // A provider of identities is told by its address.
    for provider in resources.of("aws_iam_openid_connect_provider") {
        if text.contains(&provider.address()) {
            text.push(' ');
            text.push_str(provider.written(&["url"]).unwrap_or_default());
        }
    }
    let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
    if has(&[
        "token.actions.githubusercontent.com",
        "gitlab",
        "bitbucket",
        "circleci",
        "buildkite",
        "codebuild.amazonaws.com",
        "codepipeline.amazonaws.com",
        "codedeploy.amazonaws.com",
        "app.terraform.io",
        "vercel",
    ]) || text.to_ascii_lowercase().contains("github")
    {
        Holder::Pipeline
    } else if has(&[
        "eks.amazonaws.com/",
        "sts:AssumeRoleWithWebIdentity",
        "pods.eks.amazonaws.com",
        "ecs-tasks.",
        "lambda.",
        "apprunner",
        "ec2.amazonaws",
        "states.",
        "batch",
        "glue.",
        "sagemaker",
    ]) {
        Holder::Workload
    } else if has(&["eks.amazonaws.com", "ecs.amazonaws.com"]) {
        Holder::Cluster
    } else if has(&["saml", "sso", ":user/", ":root"]) {
        Holder::Person
    } else {
        Holder::Other
    }
}

fn flatten(value: Option<&Value>, depth: usize, text: &mut String) {
    let Some(value) = value.filter(|_| depth < 8 && text.len() < 20_000) else { return };
    if let Some(own) = value.written() {
        text.push(' ');
        text.push_str(own);
    }
    for item in each(Some(value)).iter().filter(|i| !std::ptr::eq(*i, value)) {
        flatten(Some(item), depth + 1, text);
    }
    for field in value.fields() {
        flatten(Some(&field.value), depth + 1, text);
    }
}
