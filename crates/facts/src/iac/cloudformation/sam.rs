//! The serverless application model: what its resources stand for.

use plimsoll_base::Location;
use plimsoll_syntax::Node;

use super::evaluate::Stack;
use super::sam_policies;
use crate::iac::cloud::Instance;
use crate::iac::value::{Shape, Value, each};
use crate::iac::vocabulary::aws::{self, Policies};
use crate::iac::vocabulary::rewrite::{map, push};
use crate::iac::vocabulary::{Place, instance, reference};

/// What Terraform calls a kind of SAM's.
pub(super) fn kind(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "AWS::Serverless::Function" => "aws_lambda_function",
        "AWS::Serverless::Api" => "aws_api_gateway_rest_api",
        "AWS::Serverless::HttpApi" => "aws_apigatewayv2_api",
        "AWS::Serverless::SimpleTable" => "aws_dynamodb_table",
        "AWS::Serverless::StateMachine" => "aws_sfn_state_machine",
        "AWS::Serverless::GraphQLApi" => "aws_appsync_graphql_api",
        "AWS::Serverless::LayerVersion" => "aws_lambda_layer_version",
        _ => return None,
    })
}

/// What `Globals` give every resource of a kind.
#[derive(Default)]
pub(super) struct Common {
    function: Option<Value>,
    api: Option<Value>,
    http: Option<Value>,
    table: Option<Value>,
}

impl Common {
    pub(super) fn of(stack: &Stack<'_>) -> Self {
        let of = |name: &str| stack.node.get("Globals").and_then(|g: &Node| g.get(name)).and_then(|n| stack.value(n, 0));
        Self { function: of("Function"), api: of("Api"), http: of("HttpApi"), table: of("SimpleTable") }
    }
}

/// The resources that a resource of SAM stands for.
pub(super) fn translated(kind: &str, place: Place<'_>, mut properties: Value, policies: Policies<'_>, common: &Common) -> Vec<Instance> {
    let globals = match kind {
        "AWS::Serverless::Function" => &common.function,
        "AWS::Serverless::Api" => &common.api,
        "AWS::Serverless::HttpApi" => &common.http,
        "AWS::Serverless::SimpleTable" => &common.table,
        _ => &None,
    };
    if let Some(globals) = globals {
        laid(&mut properties, globals);
    }
    match kind {
        "AWS::Serverless::Function" => function(place, properties, policies),
        "AWS::Serverless::Api" => {
            let stage = properties.clone();
            let mut found = aws::translated("AWS::ApiGateway::RestApi", place, properties, policies);
            found.push(staged("aws_api_gateway_stage", "rest_api_id", "aws_api_gateway_rest_api", place, &stage));
            found
        }
        "AWS::Serverless::HttpApi" => {
            let stage = properties.clone();
            let mut found = aws::translated("AWS::ApiGatewayV2::Api", place, properties, policies);
            found.push(staged("aws_apigatewayv2_stage", "api_id", "aws_apigatewayv2_api", place, &stage));
            found
        }
        "AWS::Serverless::SimpleTable" => aws::translated("AWS::DynamoDB::Table", place, properties, policies),
        "AWS::Serverless::StateMachine" => {
            let mut found = sam_policies::role(place, "aws_sfn_state_machine", &mut properties);
            found.extend(aws::translated("AWS::StepFunctions::StateMachine", place, properties, policies));
            found
        }
        "AWS::Serverless::GraphQLApi" => aws::translated("AWS::AppSync::GraphQLApi", place, properties, policies),
        _ => Vec::new(),
    }
}

/// Lays globals under a resource: maps are merged, lists joined, anything else is the resource's own.
fn laid(own: &mut Value, globals: &Value) {
    for field in globals.fields() {
        match (own.get_mut(&field.name), &field.value.shape) {
            (Some(mine), Shape::Map(_)) if matches!(mine.shape, Shape::Map(_)) => laid(mine, &field.value),
            (Some(mine), Shape::List(items)) => {
                if let Shape::List(list) = &mut mine.shape {
                    list.splice(0..0, items.iter().cloned());
                }
            }
            (Some(_), _) => {}
            (None, _) => push(own, &field.name, field.value.clone()),
        }
    }
}

/// The stage that an API of SAM has by itself.
fn staged(kind: &str, holder: &str, api: &str, place: Place<'_>, properties: &Value) -> Instance {
    let mut value = map(place.at, vec![(holder, reference(place.module, api, place.name, "id", place.at))]);
    for (from, to) in [
        ("StageName", "stage_name"),
        ("AccessLogSetting", "access_log_settings"),
        ("AccessLogSettings", "access_log_settings"),
        ("TracingEnabled", "xray_tracing_enabled"),
        ("DefaultRouteSettings", "default_route_settings"),
        ("MethodSettings", "method_settings"),
    ] {
        if let Some(given) = properties.get(from) {
            let given = crate::iac::vocabulary::rewrite::snaked(given.clone(), &[]);
            value.set(to, given);
        }
    }
    instance(kind, place, value)
}

fn function(place: Place<'_>, mut properties: Value, policies: Policies<'_>) -> Vec<Instance> {
    let mut found = sam_policies::role(place, "aws_lambda_function", &mut properties);
    let own = |attribute: &str, at: Location| reference(place.module, "aws_lambda_function", place.name, attribute, at);
    if let Some(url) = properties.get("FunctionUrlConfig") {
        let mut value = crate::iac::vocabulary::rewrite::snaked(url.clone(), &[]);
        if let Some(kind) = url.get("AuthType") {
            value.set("authorization_type", kind.clone());
        }
        value.set("function_name", own("function_name", url.at));
        found.push(instance("aws_lambda_function_url", Place { at: url.at, ..place }, value));
    }
    if let Some(kept) = properties.path(&["ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions"]) {
        let fields = vec![("function_name", own("function_name", kept.at)), ("provisioned_concurrent_executions", kept.clone())];
        found.push(instance("aws_lambda_provisioned_concurrency_config", Place { at: kept.at, ..place }, map(kept.at, fields)));
    }
    let events = properties.get("Events").cloned();
    for event in events.as_ref().map(Value::fields).unwrap_or_default() {
        let name = format!("{}{}", place.name, event.name);
        let at = Location {
            span: event.at.span.map(|s| plimsoll_base::Span { start: s.start, end: s.start + event.name.len() as u32 }),
            ..event.at
        };
        let here = Place { name: &name, at, ..place };
        found.extend(started(here, place, &event.value, own("arn", event.at)));
    }
    let mut all = aws::translated("AWS::Lambda::Function", place, lambda(properties), policies);
    all.extend(found);
    all
}

/// Properties of SAM's function as Lambda's own.
fn lambda(mut properties: Value) -> Value {
    if let Some(image) = properties.get("ImageUri").cloned() {
        let at = image.at;
        properties.set("Code", map(at, vec![("ImageUri", image)]));
    }
    if let Some(mode) = properties.get("Tracing").cloned() {
        let at = mode.at;
        properties.set("TracingConfig", map(at, vec![("Mode", mode)]));
    }
    if let Shape::Map(fields) = &mut properties.shape {
        fields.retain(|f| !matches!(f.name.as_str(), "Events" | "Policies" | "FunctionUrlConfig" | "ImageUri"));
    }
    properties
}

/// What starts a function, and what SAM makes for it.
fn started(place: Place<'_>, function: Place<'_>, event: &Value, arn: Value) -> Vec<Instance> {
    let at = place.at;
    let get = |name: &str| event.path(&["Properties", name]).cloned();
    let kind = event.get("Type").and_then(Value::text).unwrap_or_default();
    let mut made = Vec::new();
    match kind {
        "Api" | "HttpApi" => {
            let rest = kind == "Api";
            let (api, implicit, holder, integration, uri) = if rest {
                ("aws_api_gateway_rest_api", "ServerlessRestApi", "rest_api_id", "aws_api_gateway_integration", "uri")
            } else {
                ("aws_apigatewayv2_api", "ServerlessHttpApi", "api_id", "aws_apigatewayv2_integration", "integration_uri")
            };
            let named = get(if rest { "RestApiId" } else { "ApiId" });
            if named.is_none() {
                // Without an API named SAM makes one for the whole template.
                let fields = if rest { Vec::new() } else { vec![("protocol_type", Value::text_at("HTTP", at))] };
                made.push(instance(api, Place { name: implicit, certain: true, ..place }, map(at, fields)));
            }
            let api = named.unwrap_or_else(|| reference(place.module, api, implicit, "id", at));
            made.push(instance(integration, place, map(at, vec![(holder, api.clone()), (uri, arn)])));
            if rest {
                let auth = get("Auth").and_then(|a| a.get("Authorizer").cloned());
                let authorization = auth.unwrap_or_else(|| Value::unknown("${DefaultAuthorizer}", at));
                made.push(instance("aws_api_gateway_method", place, map(at, vec![(holder, api), ("authorization", authorization)])));
            }
        }
        "Schedule" | "ScheduleV2" | "EventBridgeRule" | "CloudWatchEvent" => {
            let mut rule = map(at, Vec::new());
            for (from, to) in
                [("Schedule", "schedule_expression"), ("ScheduleExpression", "schedule_expression"), ("Pattern", "event_pattern")]
            {
                if let Some(given) = get(from) {
                    rule.set(to, given);
                }
            }
            if let Some(off) = get("Enabled") {
                rule.set("is_enabled", off);
            }
            made.push(instance("aws_cloudwatch_event_rule", place, rule));
            let own = reference(place.module, "aws_cloudwatch_event_rule", place.name, "name", at);
            made.push(instance("aws_cloudwatch_event_target", place, map(at, vec![("rule", own), ("arn", arn)])));
        }
        "SQS" | "Kinesis" | "DynamoDB" | "MSK" | "MQ" => {
            let source = ["Queue", "Stream", "Broker"].iter().find_map(|n| get(n)).unwrap_or_else(|| Value::unknown("${source}", at));
            let fields = vec![
                ("event_source_arn", source),
                ("function_name", reference(place.module, "aws_lambda_function", function.name, "arn", at)),
            ];
            made.push(instance("aws_lambda_event_source_mapping", place, map(at, fields)));
        }
        "SNS" => {
            if let Some(topic) = get("Topic") {
                let fields = vec![("topic_arn", topic), ("protocol", Value::text_at("lambda", at)), ("endpoint", arn)];
                made.push(instance("aws_sns_topic_subscription", place, map(at, fields)));
            }
        }
        "S3" => {
            if let Some(bucket) = get("Bucket") {
                let function = map(at, vec![("lambda_function_arn", arn)]);
                made.push(instance("aws_s3_bucket_notification", place, map(at, vec![("bucket", bucket), ("lambda_function", function)])));
            }
        }
        _ => {}
    }
    made
}

/// The APIs that SAM makes for a template as a whole, once each.
pub(super) fn once(instances: &mut Vec<Instance>) {
    let mut seen = std::collections::BTreeSet::new();
    instances.retain(|i| !matches!(i.name.as_str(), "ServerlessRestApi" | "ServerlessHttpApi") || seen.insert(i.address()));
}

/// Statements of a policy that is written in the template itself.
pub(super) fn statements(value: &Value) -> Vec<Value> {
    each(value.get("Statement")).to_vec()
}
