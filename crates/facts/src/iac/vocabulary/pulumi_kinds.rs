//! Types of Pulumi, whose classic providers are those of Terraform: a rule, and the names that do not follow it.

use super::rewrite::snake;

/// Types by provider, module and name (in snake case, without a version) that Terraform calls otherwise.
const IRREGULAR: &[(&str, &str, &str)] = &[
    ("apigateway", "rest_api", "aws_api_gateway_rest_api"),
    ("apigateway", "stage", "aws_api_gateway_stage"),
    ("apigateway", "deployment", "aws_api_gateway_deployment"),
    ("apigateway", "integration", "aws_api_gateway_integration"),
    ("apigateway", "method", "aws_api_gateway_method"),
    ("cloudtrail", "trail", "aws_cloudtrail"),
    ("elb", "load_balancer", "aws_elb"),
    ("elasticloadbalancing", "load_balancer", "aws_elb"),
    ("lb", "load_balancer", "aws_lb"),
    ("alb", "load_balancer", "aws_lb"),
    ("rds", "instance", "aws_db_instance"),
    ("rds", "parameter_group", "aws_db_parameter_group"),
    ("rds", "subnet_group", "aws_db_subnet_group"),
    ("rds", "proxy", "aws_db_proxy"),
    ("route53", "zone", "aws_route53_zone"),
    ("ebs", "volume", "aws_ebs_volume"),
    ("cloudrun", "service", "google_cloud_run_service"),
    ("cloudrunv2", "service", "google_cloud_run_v2_service"),
    ("projects", "iam_member", "google_project_iam_member"),
    ("appservice", "linux_web_app", "azurerm_linux_web_app"),
    ("containerapp", "app", "azurerm_container_app"),
    ("containerapp", "environment", "azurerm_container_app_environment"),
    ("postgresql", "flexible_server", "azurerm_postgresql_flexible_server"),
    ("storage", "account", "azurerm_storage_account"),
    ("containerservice", "kubernetes_cluster", "azurerm_kubernetes_cluster"),
    ("containerservice", "registry", "azurerm_container_registry"),
];
/// Modules of AWS whose types carry no module's name.
const BARE: &[&str] = &["ec2", "vpc"];

/// What Terraform calls `aws:rds/instance:Instance` or `aws:rds:Instance`; none for providers that are not Terraform's.
pub(crate) fn kind(written: &str) -> Option<String> {
    let mut parts = written.split(':');
    let (provider, module, name) = (parts.next()?, parts.next()?, parts.next()?);
    named(provider, module.split('/').next()?, name)
}

/// The same from its parts: `aws`, `rds`, `Instance`.
pub(crate) fn named(provider: &str, module: &str, name: &str) -> Option<String> {
    let prefix = match provider {
        "aws" => "aws",
        "azure" => "azurerm",
        "gcp" => "google",
        "cloudflare" => "cloudflare",
        "digitalocean" => "digitalocean",
        "hcloud" => "hcloud",
        _ => return None,
    };
    let name = snake(name.strip_suffix("V2").unwrap_or(name));
    let module = module.to_ascii_lowercase();
    let own = |kind: &&(&str, &str, &str)| kind.0 == module && kind.1 == name && kind.2.starts_with(prefix);
    if let Some((_, _, kind)) = IRREGULAR.iter().find(own) {
        return Some((*kind).to_owned());
    }
    let bare = module == "index"
        || module.is_empty()
        || prefix == "aws" && BARE.contains(&module.as_str())
        || matches!(prefix, "cloudflare" | "digitalocean" | "hcloud");
    Some(if bare || name.starts_with(&format!("{module}_")) { format!("{prefix}_{name}") } else { format!("{prefix}_{module}_{name}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_follow_the_rule_or_the_table() {
        let kinds = [
            ("aws:rds:Instance", "aws_db_instance"),
            ("aws:rds/cluster:Cluster", "aws_rds_cluster"),
            ("aws:ec2:SecurityGroup", "aws_security_group"),
            ("aws:s3:BucketV2", "aws_s3_bucket"),
            ("aws:lb:TargetGroup", "aws_lb_target_group"),
            ("gcp:sql:DatabaseInstance", "google_sql_database_instance"),
            ("aws:cloudwatch:MetricAlarm", "aws_cloudwatch_metric_alarm"),
        ];
        for (written, expected) in kinds {
            assert_eq!(kind(written).as_deref(), Some(expected));
        }
        assert_eq!(kind("azure-native:web:WebApp"), None);
    }
}
