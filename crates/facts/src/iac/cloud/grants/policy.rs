//! How wide a statement or a managed policy of AWS is.

use plimsoll_base::{Location, Sourced};
use plimsoll_syntax::{JsonFlavour, json};

use super::super::Resources;
use crate::iac::value::{Shape, Value, each};
use crate::infrastructure::Breadth;

/// One statement that allows something, judged.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) at: Location,
    pub(super) actions: Vec<Sourced<String>>,
    pub(super) resources: Vec<Sourced<String>>,
    pub(super) breadth: Breadth,
    pub(super) says: String,
}

/// Actions that know no single resource, or whose reach the calling workload itself bounds (Service Authorization Reference of AWS).
const WITHOUT_RESOURCE: &[&str] = &[
    "logs:createloggroup",
    "logs:createlogstream",
    "logs:putlogevents",
    "logs:createlogdelivery",
    "logs:getlogdelivery",
    "logs:updatelogdelivery",
    "logs:deletelogdelivery",
    "logs:putresourcepolicy",
    "cloudwatch:putmetricdata",
    "cloudwatch:getmetricdata",
    "cloudwatch:getmetricstatistics",
    "ecr:getauthorizationtoken",
    "ecr-public:getauthorizationtoken",
    "sts:getcalleridentity",
    "sts:getservicebearertoken",
    "ec2:createnetworkinterface",
    "ec2:deletenetworkinterface",
    "ec2:assignprivateipaddresses",
    "ec2:unassignprivateipaddresses",
    "kms:generaterandom",
    "polly:synthesizespeech",
    "codedeploy:putlifecycleeventhookexecutionstatus",
    "tag:getresources",
    "ce:getcostandusage",
];
/// Services whose actions know no single resource at all.
const WITHOUT_RESOURCES: &[&str] = &["xray", "ssmmessages", "ec2messages", "textract", "rekognition", "comprehend", "translate"];

/// The statements of a policy: a document in place, JSON in a text, or the data source that a text refers to.
pub(super) fn statements(resources: &Resources<'_>, policy: Option<&Value>) -> Option<Vec<Statement>> {
    let policy = policy?;
    if policy.get("Statement").is_some() || policy.get("statement").is_some() {
        return Some(listed(policy, policy.at));
    }
    let text = policy.written()?;
    let documents: Vec<_> = resources.data("aws_iam_policy_document").filter(|d| resources.refers(Some(policy), d)).collect();
    if !documents.is_empty() {
        let mut found = Vec::new();
        for document in documents {
            found.extend(listed(&document.value, document.at));
            for field in ["source_policy_documents", "override_policy_documents"] {
                for inner in resources.data("aws_iam_policy_document").filter(|d| resources.refers(document.value.get(field), d)) {
                    found.extend(listed(&inner.value, inner.at));
                }
            }
        }
        return Some(found);
    }
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let parsed = json(text.as_bytes(), JsonFlavour::Strict);
    let value = Value::of(&parsed.value, policy.at.file).placed(policy.at);
    value.get("Statement").is_some().then(|| listed(&value, policy.at))
}

fn listed(document: &Value, at: Location) -> Vec<Statement> {
    let upper = document.get("Statement");
    let blocks = each(upper).iter().chain(document.all("statement").flat_map(|s| each(Some(s))));
    blocks.filter_map(|s| statement(s, if s.at.span.is_some() { s.at } else { at })).collect()
}

/// A statement that allows; one that denies gives nothing.
fn statement(value: &Value, at: Location) -> Option<Statement> {
    let field = |names: [&str; 2]| names.iter().find_map(|n| value.get(n));
    if field(["Effect", "effect"]).is_some_and(|e| e.is("Deny")) {
        return None;
    }
    let actions = field(["Action", "actions"]);
    let inverse = field(["NotAction", "not_actions"]);
    let resources = field(["Resource", "resources"]);
    let conditioned = value.get("Condition").or_else(|| value.get("condition")).is_some();
    let words: Vec<&str> = each(actions).iter().filter_map(Value::text).collect();
    let undecided = each(actions).iter().any(|v| v.text().is_none()) || actions.is_none() && inverse.is_none();
    let every = each(resources).iter().any(|r| r.is("*")) || field(["NotResource", "not_resources"]).is_some();
    let mut breadth = if inverse.is_some() || words.iter().any(|a| matches!(*a, "*" | "*:*")) {
        if every { Breadth::Everything } else { Breadth::WholeService }
    } else if every && words.iter().any(|a| matches!(a.to_ascii_lowercase().as_str(), "iam:*" | "organizations:*")) && !conditioned {
        Breadth::Everything
    } else if words.iter().any(|a| a.ends_with(":*") && !conditioned && !without_resource(a)) {
        Breadth::WholeService
    } else if undecided {
        Breadth::Unresolved
    } else if !conditioned && words.iter().any(|a| !without_resource(a)) && each(resources).iter().any(whole) {
        Breadth::WholeService
    } else if each(resources).iter().any(|r| !named(r)) {
        Breadth::Unresolved
    } else {
        Breadth::Scoped
    };
    // What a condition narrows is not everything.
    if conditioned && breadth == Breadth::Everything {
        breadth = Breadth::WholeService;
    }
    let text = |v: Option<&Value>| -> Vec<Sourced<String>> {
        each(v).iter().filter_map(|v| v.written().map(|t| Sourced::new(t.to_owned(), v.at))).collect()
    };
    let (actions, resources) = (text(actions.or(inverse)), text(resources));
    let worst = actions.iter().find(|a| a.value.contains('*')).or_else(|| actions.iter().find(|a| !without_resource(&a.value)));
    let first = worst.or(actions.first());
    let place = first.map_or(at, |a| a.at);
    let more = actions.len().saturating_sub(1);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let target = resources.iter().find(|r| r.value == "*").or(resources.first()).map_or("no resource", |r| r.value.as_str());
    let not = if inverse.is_some() { "everything but " } else { "" };
    let says = format!("{not}{}{rest} on {target}", first.map_or("actions decided elsewhere", |a| a.value.as_str()));
    Some(Statement { at: place, actions, resources, breadth, says })
}

/// Whether an action has a meaning only without a resource, or tells nothing but what there is.
fn without_resource(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let (service, verb) = action.split_once(':').unwrap_or((&action, ""));
    WITHOUT_RESOURCE.contains(&action.as_str())
        || WITHOUT_RESOURCES.contains(&service)
        || verb.starts_with("describe")
        || verb.starts_with("list") && !verb.starts_with("listsecretversion")
        || service == "ses" && verb.starts_with("send")
        || service == "bedrock" && verb.starts_with("invoke")
}

/// Whether a resource is every one of its service: `*`, `arn:aws:s3:::*`, `arn:aws:dynamodb:*:*:table/*`.
fn whole(resource: &Value) -> bool {
    let Some(text) = resource.text() else { return false };
    if text == "*" {
        return true;
    }
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let (Some(service), Some(name)) = (fields.get(2), fields.get(5)) else { return false };
    let stars = |rest: &str| rest.split(['/', ':']).all(|p| p == "*");
    // `table/*`, `secret:*`: every one of a type; what stands before the star in a bucket's name is the bucket.
    let typed = *service != "s3"
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split_once(['/', ':']).is_some_and(|(_, rest)| stars(rest));
    typed && *name != "log-group:*" || stars(name)
}

/// Whether a resource is one of the code, of a lookup or of a literal name; a variable alone tells nothing.
fn named(resource: &Value) -> bool {
    match &resource.shape {
        Shape::Text(_) => true,
        Shape::Unknown(text) => {
            let bare =
                text.strip_prefix("${").and_then(|t| t.strip_suffix('}')).is_some_and(|t| t.starts_with("var.") && !t.contains("${"));
            !text.is_empty() && !bare
        }
        _ => false,
    }
}

/// How wide a policy is that AWS keeps, by its name (AWS managed policy reference).
pub(super) fn managed(name: &str) -> Breadth {
    let last = name.rsplit('/').next().unwrap_or(name);
    match last {
        "AdministratorAccess" | "PowerUserAccess" | "IAMFullAccess" | "SystemAdministrator" | "AdministratorAccess-Amplify" => {
            Breadth::Everything
        }
        "SecretsManagerReadWrite"
        | "ReadOnlyAccess"
        | "ViewOnlyAccess"
        | "DatabaseAdministrator"
        | "NetworkAdministrator"
        | "AWSLambdaExecute" => Breadth::WholeService,
        _ if last.contains("FullAccess") || last.contains("_FullAccess") || last.ends_with("ReadOnlyAccess") && !reads_own(last) => {
            Breadth::WholeService
        }
        _ if name.contains("service-role/") || NARROW.iter().any(|n| last.starts_with(n)) => Breadth::Scoped,
        _ if last.ends_with("RolePolicy")
            || last.ends_with("ServicePolicy")
            || last.contains("WriteOnly")
            || last.ends_with("ReadOnly") =>
        {
            Breadth::Scoped
        }
        _ => Breadth::Unresolved,
    }
}

/// Reading access that every workload of the kind needs, and that shows no data.
fn reads_own(name: &str) -> bool {
    matches!(name, "AWSXrayReadOnlyAccess" | "CloudWatchReadOnlyAccess" | "AmazonPrometheusQueryAccess")
}

/// Policies of AWS made for one agent or one kind of machine.
const NARROW: &[&str] = &[
    "AmazonSSMManagedInstanceCore",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryPowerUser",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonEKS",
    "AmazonEBSCSIDriverPolicy",
    "AmazonEFSCSIDriverPolicy",
    "CloudWatchAgentServerPolicy",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaKinesisExecutionRole",
    "AWSElasticBeanstalkWebTier",
    "AWSElasticBeanstalkWorkerTier",
    "AWSElasticBeanstalkMulticontainerDocker",
    "AmazonPrometheusRemoteWriteAccess",
    "AWSBatchServiceRole",
];

#[cfg(test)]
mod tests {
    use plimsoll_base::FileId;

    use super::*;

    fn breadth(text: &str) -> Breadth {
        let at = Location::whole(FileId(0));
        let resources = Resources::new(&[]);
        let policy = Value::text_at(format!("{{\"Statement\":[{text}]}}"), at);
        statements(&resources, Some(&policy)).and_then(|s| s.first().map(|s| s.breadth)).expect("one statement")
    }

    #[test]
    fn statements_are_as_wide_as_their_actions_and_resources() {
        let cases = [
            (r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, Breadth::Everything),
            (r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#, Breadth::Everything),
            (r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#, Breadth::Everything),
            (r#"{"Effect":"Allow","Action":["s3:*"],"Resource":"*"}"#, Breadth::WholeService),
            (r#"{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"arn:aws:dynamodb:*:*:table/*"}"#, Breadth::WholeService),
            (r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}"#, Breadth::WholeService),
            (r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::uploads/*"}"#, Breadth::Scoped),
            (r#"{"Effect":"Allow","Action":["logs:PutLogEvents","ecr:GetAuthorizationToken"],"Resource":"*"}"#, Breadth::Scoped),
            (r#"{"Effect":"Allow","Action":"ec2:DescribeInstances","Resource":"*"}"#, Breadth::Scoped),
            (r#"{"Effect":"Allow","Action":"logs:PutLogEvents","Resource":"arn:aws:logs:*:*:*"}"#, Breadth::Scoped),
            (r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::*/*"}"#, Breadth::WholeService),
            (r#"{"Effect":"Allow","Action":"ssm:GetParameter","Resource":"arn:aws:ssm:*:*:parameter/shop/*"}"#, Breadth::Scoped),
        ];
        for (text, wanted) in cases {
            assert_eq!(breadth(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_denial_gives_nothing() {
        let at = Location::whole(FileId(0));
        let policy = Value::text_at(r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#, at);
        assert!(statements(&Resources::new(&[]), Some(&policy)).expect("read").is_empty());
    }

    #[test]
    fn managed_policies_are_known_by_name() {
        assert_eq!(managed("arn:aws:iam::aws:policy/AdministratorAccess"), Breadth::Everything);
        assert_eq!(managed("arn:aws:iam::aws:policy/AmazonS3FullAccess"), Breadth::WholeService);
        assert_eq!(managed("arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess_v2"), Breadth::WholeService);
        assert_eq!(managed("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"), Breadth::Scoped);
        assert_eq!(managed("arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"), Breadth::Scoped);
        assert_eq!(managed("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"), Breadth::WholeService);
    }
}
