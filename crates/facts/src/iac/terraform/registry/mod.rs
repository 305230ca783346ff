//! Published modules that many systems are built from, told as the resources that they make. Each is a text in Terraform's own language,
//! with the inputs that decide something and their documented defaults: one evaluator reads it like any other module.

/// A published module.
pub(super) struct Published {
    /// Its source in the registry, without host and version.
    pub(super) source: &'static str,
    /// What it makes.
    pub(super) text: &'static str,
}

/// Each source with the files of its text: what variants of a module share stands in one file, and what tells them apart in another.
macro_rules! modules {
    ($($source:literal: $($file:literal)+),* $(,)?) => {
        &[$(Published { source: $source, text: concat!($(include_str!(concat!($file, ".hcl"))),+) }),*]
    };
}

static MODULES: &[Published] = modules![
    "terraform-aws-modules/vpc/aws": "aws/vpc",
    "terraform-aws-modules/rds/aws": "aws/rds",
    "terraform-aws-modules/rds-aurora/aws": "aws/rds-aurora",
    "terraform-aws-modules/eks/aws": "aws/eks",
    "terraform-aws-modules/ecs/aws": "aws/ecs",
    "terraform-aws-modules/alb/aws": "aws/alb",
    "terraform-aws-modules/s3-bucket/aws": "aws/s3-bucket",
    "terraform-aws-modules/lambda/aws": "aws/lambda",
    "terraform-aws-modules/security-group/aws": "aws/security-group",
    "terraform-aws-modules/cloudfront/aws": "aws/cloudfront",
    "terraform-aws-modules/acm/aws": "aws/acm",
    "terraform-aws-modules/dynamodb-table/aws": "aws/dynamodb-table",
    "terraform-aws-modules/sns/aws": "aws/sns",
    "terraform-aws-modules/sqs/aws": "aws/sqs",
    "terraform-aws-modules/autoscaling/aws": "aws/autoscaling",
    "terraform-aws-modules/ec2-instance/aws": "aws/ec2-instance",
    "terraform-aws-modules/elasticache/aws": "aws/elasticache",
    "terraform-aws-modules/efs/aws": "aws/efs",
    "terraform-aws-modules/kms/aws": "aws/kms",
    "terraform-aws-modules/ecr/aws": "aws/ecr",
    "terraform-aws-modules/secrets-manager/aws": "aws/secrets-manager",
    "terraform-aws-modules/ecs/aws//modules/cluster": "aws/ecs-cluster",
    "terraform-aws-modules/ecs/aws//modules/service": "aws/ecs-service",
    "terraform-aws-modules/route53/aws//modules/zones": "aws/route53-zones",
    "terraform-aws-modules/route53/aws//modules/records": "aws/route53-records",
    "terraform-aws-modules/cloudwatch/aws//modules/metric-alarm": "aws/metric-alarm",
    "terraform-aws-modules/cloudwatch/aws//modules/log-group": "aws/log-group",
    "terraform-aws-modules/iam/aws//modules/iam-policy": "aws/iam-policy",
    "terraform-aws-modules/iam/aws//modules/iam-user": "aws/iam-user",
    "terraform-aws-modules/iam/aws//modules/iam-assumable-role": "aws/iam-role",
    "terraform-aws-modules/iam/aws//modules/iam-assumable-role-with-oidc": "aws/iam-role",
    "terraform-aws-modules/iam/aws//modules/iam-role-for-service-accounts-eks": "aws/iam-role",
    "terraform-aws-modules/iam/aws//modules/iam-role-for-service-accounts": "aws/iam-role",
    "terraform-aws-modules/iam/aws//modules/iam-github-oidc-role": "aws/iam-role",
    "terraform-aws-modules/iam/aws//modules/iam-role": "aws/iam-role",
    "terraform-google-modules/network/google": "google/network",
    "terraform-google-modules/kubernetes-engine/google": "google/public-nodes" "google/kubernetes-engine",
    "terraform-google-modules/kubernetes-engine/google//modules/private-cluster": "google/private-nodes" "google/kubernetes-engine",
    "terraform-google-modules/kubernetes-engine/google//modules/beta-private-cluster": "google/private-nodes" "google/kubernetes-engine",
    "terraform-google-modules/kubernetes-engine/google//modules/beta-public-cluster": "google/public-nodes" "google/kubernetes-engine",
    "terraform-google-modules/kubernetes-engine/google//modules/safer-cluster": "google/private-nodes" "google/kubernetes-engine",
    "terraform-google-modules/sql-db/google//modules/postgresql": "google/postgresql" "google/sql",
    "terraform-google-modules/sql-db/google//modules/mysql": "google/mysql" "google/sql",
    "terraform-google-modules/cloud-storage/google": "google/cloud-storage",
    "terraform-google-modules/cloud-storage/google//modules/simple_bucket": "google/simple-bucket",
    "terraform-google-modules/lb-http/google": "google/lb-http",
    "terraform-google-modules/lb-http/google//modules/serverless_negs": "google/lb-http",
    "terraform-google-modules/project-factory/google": "google/project-factory",
];

/// Google's modules are published under two names.
const OWNERS: (&str, &str) = ("GoogleCloudPlatform/", "terraform-google-modules/");

/// The module that a source names, in the registry's form or in that of its repository.
pub(super) fn find(source: &str) -> Option<&'static Published> {
    let source = &source.replacen(OWNERS.0, OWNERS.1, 1);
    let source = source.split('?').next().unwrap_or(source);
    let source = ["registry.terraform.io/", "registry.opentofu.org/", "app.terraform.io/"]
        .iter()
        .find_map(|h| source.strip_prefix(h))
        .unwrap_or(source);
    let known = MODULES.iter().find(|m| m.source == source);
    if known.is_some() {
        return known;
    }
    // `git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git//modules/x`
    let (_, rest) = source.split_once("github.com")?;
    let rest = rest.trim_start_matches(['/', ':']);
    let (repository, submodule) = rest.split_once("//").map_or((rest, None), |(r, s)| (r, Some(s)));
    let (owner, name) = repository.trim_end_matches(".git").split_once('/')?;
    let (provider, name) = name.strip_prefix("terraform-")?.split_once('-')?;
    MODULES.iter().find(|m| {
        let (module, sub) = m.source.split_once("//").map_or((m.source, None), |(m, s)| (m, Some(s)));
        let mut parts = module.split('/');
        sub == submodule && parts.next() == Some(owner) && parts.next() == Some(name) && parts.next() == Some(provider)
    })
}

/// The name under which its blocks are held beside the folders of the tree.
pub(super) fn folder(module: &Published) -> String {
    format!("{PREFIX}{}", module.source)
}

/// Whether a folder is no folder of the tree but a published module.
pub(super) fn is_published(folder: &str) -> bool {
    folder.starts_with(PREFIX)
}

/// No folder of a tree starts so.
const PREFIX: &str = "/registry/";

#[cfg(test)]
mod tests {
    use plimsoll_syntax::hcl::hcl;

    use super::*;

    #[test]
    fn every_text_is_valid_and_every_source_is_told_once() {
        for (i, module) in MODULES.iter().enumerate() {
            assert_eq!(hcl(module.text.as_bytes()).issues, [], "{}", module.source);
            assert!(MODULES[..i].iter().all(|m| m.source != module.source), "{} twice", module.source);
            assert!(find(module.source).is_some_and(|m| std::ptr::eq(m, module)));
        }
    }

    #[test]
    fn a_module_is_found_by_its_repository_too() {
        let source = |text: &str| find(text).map(|m| m.source);
        assert_eq!(
            source("git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git?ref=v5.1.0"),
            Some("terraform-aws-modules/vpc/aws")
        );
        assert_eq!(
            source("registry.terraform.io/terraform-aws-modules/ecs/aws//modules/service"),
            Some("terraform-aws-modules/ecs/aws//modules/service")
        );
        assert_eq!(
            source("GoogleCloudPlatform/sql-db/google//modules/mysql"),
            Some("terraform-google-modules/sql-db/google//modules/mysql")
        );
        assert_eq!(source("github.com/GoogleCloudPlatform/terraform-google-network"), Some("terraform-google-modules/network/google"));
        assert_eq!(source("github.com/acme/terraform-aws-vpc"), None);
    }
}
