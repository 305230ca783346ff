//! What a function of SAM may do: policy templates, managed policies and statements.

use plimsoll_base::Location;

use super::sam::statements;
use crate::iac::cloud::Instance;
use crate::iac::value::{Field, Shape, Value, each};
use crate::iac::vocabulary::rewrite::map;
use crate::iac::vocabulary::{Place, instance, reference};

/// Policy templates (SAM developer guide, "Policy template list"): the actions and the prefix of what they are limited to.
const TEMPLATES: &[(&str, &[&str], &str)] = &[
    (
        "DynamoDBCrudPolicy",
        &[
            "dynamodb:GetItem",
            "dynamodb:DeleteItem",
            "dynamodb:PutItem",
            "dynamodb:Scan",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:BatchGetItem",
            "dynamodb:DescribeTable",
            "dynamodb:ConditionCheckItem",
        ],
        "arn:aws:dynamodb:*:*:table/",
    ),
    (
        "DynamoDBReadPolicy",
        &["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:DescribeTable"],
        "arn:aws:dynamodb:*:*:table/",
    ),
    ("DynamoDBWritePolicy", &["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"], "arn:aws:dynamodb:*:*:table/"),
    (
        "DynamoDBStreamReadPolicy",
        &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        "arn:aws:dynamodb:*:*:table/",
    ),
    (
        "S3ReadPolicy",
        &["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation", "s3:GetObjectVersion", "s3:GetLifecycleConfiguration"],
        "arn:aws:s3:::",
    ),
    ("S3WritePolicy", &["s3:PutObject", "s3:PutObjectAcl", "s3:PutLifecycleConfiguration"], "arn:aws:s3:::"),
    (
        "S3CrudPolicy",
        &[
            "s3:GetObject",
            "s3:ListBucket",
            "s3:GetBucketLocation",
            "s3:GetObjectVersion",
            "s3:PutObject",
            "s3:PutObjectAcl",
            "s3:GetLifecycleConfiguration",
            "s3:PutLifecycleConfiguration",
            "s3:DeleteObject",
        ],
        "arn:aws:s3:::",
    ),
    ("S3FullAccessPolicy", &["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"], "arn:aws:s3:::"),
    ("SQSSendMessagePolicy", &["sqs:SendMessage*"], "arn:aws:sqs:*:*:"),
    (
        "SQSPollerPolicy",
        &["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        "arn:aws:sqs:*:*:",
    ),
    ("SNSPublishMessagePolicy", &["sns:Publish"], "arn:aws:sns:*:*:"),
    ("LambdaInvokePolicy", &["lambda:InvokeFunction"], "arn:aws:lambda:*:*:function:"),
    ("StepFunctionsExecutionPolicy", &["states:StartExecution"], "arn:aws:states:*:*:stateMachine:"),
    ("SSMParameterReadPolicy", &["ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath"], "arn:aws:ssm:*:*:parameter/"),
    ("AWSSecretsManagerGetSecretValuePolicy", &["secretsmanager:GetSecretValue"], ""),
    ("EventBridgePutEventsPolicy", &["events:PutEvents"], "arn:aws:events:*:*:event-bus/"),
    ("KMSDecryptPolicy", &["kms:Decrypt"], "arn:aws:kms:*:*:key/"),
    ("KMSEncryptPolicy", &["kms:Encrypt"], "arn:aws:kms:*:*:key/"),
    (
        "KinesisCrudPolicy",
        &["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:GetRecords", "kinesis:DescribeStream"],
        "arn:aws:kinesis:*:*:stream/",
    ),
];

/// The role that SAM makes for a function or a state machine unless one is named; the resource then refers to it.
pub(super) fn role(place: Place<'_>, kind: &str, properties: &mut Value) -> Vec<Instance> {
    if properties.get("Role").is_some() {
        return Vec::new();
    }
    let name = format!("{}Role", place.name);
    let here = Place { name: &name, ..place };
    let service = if kind == "aws_lambda_function" { "lambda.amazonaws.com" } else { "states.amazonaws.com" };
    let own = |attribute: &str, at: Location| reference(place.module, "aws_iam_role", &name, attribute, at);
    let trust = map(
        place.at,
        vec![(
            "Statement",
            map(
                place.at,
                vec![
                    ("Effect", Value::text_at("Allow", place.at)),
                    ("Principal", map(place.at, vec![("Service", Value::text_at(service, place.at))])),
                    ("Action", Value::text_at("sts:AssumeRole", place.at)),
                ],
            ),
        )],
    );
    let mut found = vec![instance("aws_iam_role", here, map(place.at, vec![("assume_role_policy", trust)]))];
    if kind == "aws_lambda_function" {
        // SAM always attaches what writing logs needs.
        let arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        let fields = vec![("role", own("name", place.at)), ("policy_arn", Value::text_at(arn, place.at))];
        found.push(instance("aws_iam_role_policy_attachment", here, map(place.at, fields)));
    }
    for policy in each(properties.get("Policies")) {
        let at = policy.at;
        let here = Place { at, ..here };
        if let Some(managed) = policy.text() {
            let arn = if managed.starts_with("arn:") { managed.to_owned() } else { format!("arn:aws:iam::aws:policy/{managed}") };
            let fields = vec![("role", own("name", at)), ("policy_arn", Value::text_at(arn, at))];
            found.push(instance("aws_iam_role_policy_attachment", here, map(at, fields)));
        } else if policy.is_unknown() {
            let fields = vec![("role", own("name", at)), ("policy_arn", policy.clone())];
            found.push(instance("aws_iam_role_policy_attachment", here, map(at, fields)));
        } else {
            let statements =
                if policy.field("Statement").is_some() { statements(policy) } else { policy.fields().iter().map(template).collect() };
            let document = map(at, vec![("Statement", Value::new(Shape::List(statements), at))]);
            found.push(instance("aws_iam_role_policy", here, map(at, vec![("role", own("id", at)), ("policy", document)])));
        }
    }
    properties.set("Role", own("arn", place.at));
    found
}

/// The statement that a policy template stands for.
fn template(field: &Field) -> Value {
    let at = field.at;
    let known = TEMPLATES.iter().find(|(name, _, _)| *name == field.name);
    let action = match known {
        Some((_, actions, _)) => Value::new(Shape::List(actions.iter().map(|a| Value::text_at(*a, at)).collect()), at),
        None => Value::unknown(format!("${{{}}}", field.name), at),
    };
    let limit = field.value.fields().first().map(|f| &f.value);
    let resource = match (known, limit) {
        (Some((_, _, prefix)), Some(limit)) => {
            let text = format!("{prefix}{}", limit.written().unwrap_or("${resource}"));
            if limit.text().is_some() { Value::text_at(text, limit.at) } else { Value::unknown(text, limit.at) }
        }
        (_, Some(limit)) => limit.clone(),
        _ => Value::unknown(format!("${{{}}}", field.name), at),
    };
    map(at, vec![("Effect", Value::text_at("Allow", at)), ("Action", action), ("Resource", resource)])
}
