//! Programs that build infrastructure, on their surface: which resources they name. What they set is not evaluated, so that nothing of a
//! resource is known but that the program speaks of it.

use plimsoll_base::{Location, Problem, Span};

use super::cloud::Instance;
use super::root::{IacRoot, Resource};
use super::value::{Shape, Value};
use super::vocabulary::{Place, instance, pulumi_kinds};
use crate::library::{Held, Library};

/// A library of constructs.
pub(super) struct Dialect {
    /// Words in a source that imports it.
    imports: &'static [&'static str],
    /// What is told where a program is not run.
    says: &'static str,
    kind: fn(&str, &str) -> Option<String>,
}

/// AWS CDK.
pub(super) const CDK: Dialect = Dialect {
    imports: &["aws-cdk-lib", "@aws-cdk/", "aws_cdk", "awscdk", "software.amazon.awscdk", "Amazon.CDK"],
    says: "CDK programs are not run: commit the synthesized template, or assess `cdk.out`",
    kind: cdk,
};
/// Pulumi.
pub(super) const PULUMI: Dialect = Dialect {
    imports: &["@pulumi/", "pulumi_", "pulumi-", "com.pulumi", "Pulumi."],
    says: "Pulumi programs are not run: what they declare is known in outline only",
    kind: pulumi,
};

/// Sources that are kept because they may build infrastructure: those that import one of the libraries at their head.
pub(crate) fn is_program(bytes: &[u8]) -> bool {
    const HEAD: usize = 4096;
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]);
    CDK.imports.iter().chain(PULUMI.imports).any(|word| head.contains(word))
}

/// Tells that programs are not run: at each of a few, at the last of these for the rest.
pub(super) fn tell(dialect: &Dialect, projects: &[Location], problems: &mut Vec<Problem>) {
    const TOLD: usize = 5;
    for (i, at) in projects.iter().enumerate().take(TOLD) {
        let says = match projects.len().saturating_sub(TOLD) {
            more if i + 1 == TOLD && more > 0 => format!("{} (so for {more} more programs)", dialect.says),
            _ => dialect.says.to_owned(),
        };
        problems.push(Problem { at: *at, says });
    }
}

/// How far back the start of a line is looked for, in bytes.
const MAX_LINE: usize = 400;
/// Resources of one program.
const MAX_FOUND: usize = 2_000;

/// Takes in the resources that the sources of a program name.
pub(super) fn read(library: &Library, project: &Held, dialect: &Dialect, root: &mut IacRoot, instances: &mut Vec<Instance>) {
    for held in library.below(project.folder()).filter(|f| f.product() && matches!(f.format, plimsoll_discover::Format::Source(_))) {
        let Some(bytes) = held.bytes.as_deref().filter(|b| is_program(b)) else { continue };
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        let before = instances.len();
        calls(text, &mut |module, name, label, span| {
            let Some(kind) = (dialect.kind)(module, name).filter(|_| instances.len() < MAX_FOUND) else { return };
            let at = held.at(span);
            let place = Place { name: label.unwrap_or(name), module: "", at, certain: false };
            instances.push(instance(&kind, place, Value::new(Shape::Map(Vec::new()), at)));
            root.resources.push(Resource {
                kind,
                name: label.unwrap_or(name).to_owned(),
                at,
                attributes: Vec::new(),
                unresolved: Vec::new(),
            });
        });
        if instances.len() > before {
            root.files.push(held.id);
        }
    }
}

/// Every call `module.Name(…)` of a name in capitals, with the first text among its arguments.
fn calls<'t>(text: &'t str, then: &mut impl FnMut(&'t str, &'t str, Option<&'t str>, Span)) {
    let bytes = text.as_bytes();
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    for (open, _) in text.match_indices('(') {
        let mut start = open;
        while start > 0 && is_word(bytes[start - 1]) {
            start -= 1;
        }
        let name = &text[start..open];
        if start == 0 || bytes[start - 1] != b'.' || !name.starts_with(|c: char| c.is_ascii_uppercase()) {
            continue;
        }
        let near = &bytes[start.saturating_sub(MAX_LINE)..start];
        let line = near.iter().rposition(|b| *b == b'\n').map_or(near, |l| &near[l + 1..]).trim_ascii_start();
        if line.starts_with(b"//") || line.starts_with(b"#") || line.starts_with(b"*") {
            continue;
        }
        let mut first = start - 1;
        while first > 0 && (is_word(bytes[first - 1]) || bytes[first - 1] == b'.') {
            first -= 1;
        }
        let name = name.strip_prefix("New").unwrap_or(name);
        then(&text[first..start - 1], name, label(&text[open + 1..]), Span::new(first, open));
    }
}

/// The first text among the arguments of a call, before any nested call or object.
fn label(arguments: &str) -> Option<&str> {
    let mut near = arguments.len().min(200);
    while !arguments.is_char_boundary(near) {
        near -= 1;
    }
    let near = &arguments[..near];
    let stop = near.find(['{', ')']).unwrap_or(near.len());
    let start = near[..stop].find(['"', '\''])?;
    let quote = near.as_bytes()[start] as char;
    let inner = &near[start + 1..];
    inner.find(quote).map(|end| &inner[..end]).filter(|l| !l.is_empty())
}

/// Constructs of CDK by the service that their module is named for and their class.
const CONSTRUCTS: &[(&str, &str, &str)] = &[
    ("rds", "DatabaseInstance", "aws_db_instance"),
    ("rds", "DatabaseCluster", "aws_rds_cluster"),
    ("rds", "ServerlessCluster", "aws_rds_cluster"),
    ("s3", "Bucket", "aws_s3_bucket"),
    ("dynamodb", "Table", "aws_dynamodb_table"),
    ("ddb", "Table", "aws_dynamodb_table"),
    ("dynamodb", "TableV2", "aws_dynamodb_table"),
    ("sqs", "Queue", "aws_sqs_queue"),
    ("sns", "Topic", "aws_sns_topic"),
    ("lambda", "Function", "aws_lambda_function"),
    ("lambda", "DockerImageFunction", "aws_lambda_function"),
    ("nodejs", "NodejsFunction", "aws_lambda_function"),
    ("python", "PythonFunction", "aws_lambda_function"),
    ("ecs", "FargateService", "aws_ecs_service"),
    ("ecs", "Ec2Service", "aws_ecs_service"),
    ("patterns", "ApplicationLoadBalancedFargateService", "aws_ecs_service"),
    ("patterns", "ApplicationLoadBalancedEc2Service", "aws_ecs_service"),
    ("patterns", "QueueProcessingFargateService", "aws_ecs_service"),
    ("elb", "ApplicationLoadBalancer", "aws_lb"),
    ("elasticloadbalancing", "ApplicationLoadBalancer", "aws_lb"),
    ("apigateway", "RestApi", "aws_api_gateway_rest_api"),
    ("apigateway", "LambdaRestApi", "aws_api_gateway_rest_api"),
    ("apigw", "RestApi", "aws_api_gateway_rest_api"),
    ("apigw", "LambdaRestApi", "aws_api_gateway_rest_api"),
    ("apigatewayv2", "HttpApi", "aws_apigatewayv2_api"),
    ("apigwv2", "HttpApi", "aws_apigatewayv2_api"),
    ("cloudfront", "Distribution", "aws_cloudfront_distribution"),
    ("cognito", "UserPool", "aws_cognito_user_pool"),
    ("ec2", "Vpc", "aws_vpc"),
    ("ec2", "Instance", "aws_instance"),
    ("logs", "LogGroup", "aws_cloudwatch_log_group"),
    ("cloudwatch", "Alarm", "aws_cloudwatch_metric_alarm"),
    ("ecr", "Repository", "aws_ecr_repository"),
    ("efs", "FileSystem", "aws_efs_file_system"),
    ("elasticache", "CfnReplicationGroup", "aws_elasticache_replication_group"),
    ("elasticache", "CfnCacheCluster", "aws_elasticache_cluster"),
    ("opensearch", "Domain", "aws_opensearch_domain"),
    ("eks", "Cluster", "aws_eks_cluster"),
    ("kms", "Key", "aws_kms_key"),
    ("secretsmanager", "Secret", "aws_secretsmanager_secret"),
    ("wafv2", "CfnWebACL", "aws_wafv2_web_acl"),
    ("backup", "BackupPlan", "aws_backup_plan"),
];

fn cdk(module: &str, name: &str) -> Option<String> {
    let module = module.rsplit('.').next().unwrap_or(module).to_ascii_lowercase();
    CONSTRUCTS.iter().find(|(service, class, _)| *class == name && module.contains(service)).map(|(_, _, kind)| (*kind).to_owned())
}

/// `aws.rds.Instance`, `gcp.storage.Bucket`.
fn pulumi(module: &str, name: &str) -> Option<String> {
    let (provider, module) = module.split_once('.').unwrap_or((module, ""));
    pulumi_kinds::named(provider, module, name)
}

#[cfg(test)]
mod tests {
    use super::super::root::IacTool;

    #[test]
    fn programs_are_known_in_outline_and_never_by_a_default() {
        let source = "import * as rds from 'aws-cdk-lib/aws-rds';\nconst db = new rds.DatabaseInstance(this, 'Main', { multiAz: true });\n// new rds.DatabaseCluster(this, 'Old')\nnew lambda.Function(this, 'Hook', {});\n";
        let files = [("cdk.json", "{\"app\": \"npx ts-node app.ts\"}"), ("lib/stack.ts", source)];
        let tree = files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect();
        let facts = crate::gather(&plimsoll_discover::Tree::in_memory("t", tree));
        let root = &facts.iac[0];
        let kinds: Vec<(&str, &str)> = root.resources.iter().map(|r| (r.kind.as_str(), r.name.as_str())).collect();
        assert_eq!(kinds, [("aws_db_instance", "Main"), ("aws_lambda_function", "Hook")]);
        assert!(root.infrastructure.stores.iter().all(|s| s.failover.as_ref().is_none_or(|f| f.known().is_none())));
        assert_eq!(root.workloads.len(), 1);
        assert!(facts.problems.iter().any(|p| p.says.contains("CDK programs are not run")));
    }

    #[test]
    fn a_template_that_is_kept_is_the_truth() {
        let template = "{\"Resources\": {\"Q\": {\"Type\": \"AWS::SQS::Queue\"}}}";
        let files = [("cdk.json", "{\"app\": \"x\"}"), ("cdk.out/Shop.template.json", template)];
        let tree = files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect();
        let facts = crate::gather(&plimsoll_discover::Tree::in_memory("t", tree));
        assert!(facts.problems.is_empty(), "{:?}", facts.problems);
        assert!(facts.iac.iter().any(|r| r.tool == IacTool::Cdk && r.infrastructure.stores.len() == 1));
    }
}
